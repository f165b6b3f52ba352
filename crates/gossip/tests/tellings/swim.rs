//! Who is alive.

use gossip::swim::{Config, Member, Message, News, Note, Rule, State};
use machine::{Peer, Write};
use stories::{Names, Net, Telling, named, number, setting};

pub struct Swim;

const RULES: [Rule; 5] = [Rule::Sound, Rule::Heartbeat, Rule::NoSuspicion, Rule::NoIndirect, Rule::NoRefutation];

fn state_text(state: State) -> &'static str {
    match state {
        State::Alive => "alive",
        State::Suspected => "suspected",
        State::Dead => "dead",
    }
}

fn news_text(names: &Names, news: &[News]) -> String {
    let one = |news: &News| format!("{} {} {}", names.of(Peer(news.of)), state_text(news.state), news.incarnation);
    match news {
        [] => String::new(),
        _ => format!(" [{}]", news.iter().map(one).collect::<Vec<_>>().join(", ")),
    }
}

impl Telling for Swim {
    type Machine = Member;

    fn group(words: &[&str]) -> Vec<Member> {
        let mut config = Config { members: 4, ..Config::default() };
        for word in words {
            match setting(word) {
                ("members", value) => config.members = number(value),
                ("period", value) => config.period = number(value),
                ("ping", value) => config.ping_within = number(value),
                ("proxies", value) => config.proxies = number(value),
                ("suspect", value) => config.suspect_for = number(value),
                ("rule", value) => config.rule = named(&RULES, value),
                _ => panic!("group has no {word}"),
            }
        }
        (0..config.members).map(|me| Member::new(Peer(me), config)).collect()
    }

    fn request(_: &Names, _: &[&str]) -> Option<()> {
        None
    }

    /// Harm: somebody takes a living one for dead.
    fn look(net: &Net<Member>, names: &Names, words: &[&str]) -> Option<String> {
        let of = words.get(1).filter(|_| words[0] == "view").map(|word| names.find(word))?;
        let others = net.members.iter().zip(0..).filter(|(_, me)| *me != of && net.up[usize::from(*me)]);
        let views: Vec<(u16, State)> = others.map(|(member, me)| (me, member.state_of(Peer(of)))).collect();
        let is_harm = net.up[usize::from(of)] && views.iter().any(|(_, state)| *state == State::Dead);
        let text = |(me, state): &(u16, State)| format!("{} to {}", state_text(*state), names.of(Peer(*me)));
        let incarnation = net.members[usize::from(of)].incarnation();
        let harm = if is_harm { " HARM" } else { "" };
        let views = views.iter().map(text).collect::<Vec<_>>().join(", ");
        Some(format!("{} (incarnation {incarnation}) is {views}{harm}", names.of(Peer(of))))
    }

    fn message(names: &Names, message: &Message) -> String {
        match message {
            Message::Ping { asker, news, .. } => {
                format!("are you there? for {}{}", names.of(*asker), news_text(names, news))
            }
            Message::Ack { of, asker, news, .. } => {
                format!("{} is there, for {}{}", names.of(*of), names.of(*asker), news_text(names, news))
            }
            Message::PingFor { target, .. } => format!("ping {} for me", names.of(*target)),
            Message::Beat => "I am there".into(),
        }
    }

    fn write(_: &Names, incarnation: &Write<Member>) -> Option<String> {
        Some(format!("its incarnation {incarnation}"))
    }

    fn note(names: &Names, note: &Note) -> Option<String> {
        Some(match note {
            Note::Suspected(of) => format!("had no answer from {}", names.of(Peer(*of))),
            Note::DeclaredDead(of) => format!("takes {} for dead", names.of(Peer(*of))),
            Note::Refuted(incarnation) => format!("objects: alive, incarnation {incarnation}"),
        })
    }

    fn reply(_: &Names, (): &()) -> String {
        "heard".into()
    }
}
