//! A rumour's spread.

use base::Span;
use gossip::epidemic::{Config, Message, Rule, Rumour, Style};
use machine::{Peer, Write};
use stories::{Names, Net, Script, Telling, named, number, setting};

pub struct Rumours;

const ROUND: Span = Span::from_millis(10);

impl Telling for Rumours {
    type Machine = Rumour;

    fn group(words: &[&str]) -> Vec<Rumour> {
        let mut config = Config { members: 8, fanout: 1, round: ROUND, style: Style::Push, rule: Rule::Sound };
        for word in words {
            match setting(word) {
                ("members", value) => config.members = number(value),
                ("fanout", value) => config.fanout = number(value),
                ("style", value) => config.style = named(&[Style::Push, Style::Pull, Style::PushPull], value),
                ("rule", value) => config.rule = named(&[Rule::Sound, Rule::ForwardOnce, Rule::TakeLast], value),
                _ => panic!("group has no {word}"),
            }
        }
        (0..config.members).map(|me| Rumour::new(Peer(me), config)).collect()
    }

    fn request(_: &Names, words: &[&str]) -> Option<u64> {
        (words[0] == "tell").then(|| number(words[2]))
    }

    /// `all NUMBER`: harm: not everybody has it.
    fn look(net: &Net<Rumour>, names: &Names, words: &[&str]) -> Option<String> {
        let rumour: u64 = words.get(1).filter(|_| words[0] == "all").map(|word| number(word))?;
        let without = net.members.iter().zip(0..).filter(|(member, _)| member.known() != rumour);
        let without: Vec<String> = without.map(|(_, me)| names.of(Peer(me))).collect();
        Some(match without[..] {
            [] => format!("all know {rumour}"),
            _ => format!("without {rumour}: {} HARM", without.join(" ")),
        })
    }

    /// `rounds N`: how many know the newest after each round, and what it cost.
    fn watch(net: &mut Net<Rumour>, _: &Names, script: &Script, words: &[&str]) -> bool {
        if words[0] != "rounds" {
            return false;
        }
        for _ in 0..number::<u64>(words[1]) {
            let sent = net.sent;
            net.run(ROUND);
            let newest = net.members.iter().map(Rumour::known).fold(0, u64::max);
            let know = net.members.iter().filter(|member| member.known() == newest).count();
            let (round, sent) = (net.now.0 / ROUND.0, net.sent - sent);
            script.line(&format!("round {round}: {know} of {} know {newest}, {sent} messages", net.members.len()));
        }
        true
    }

    fn message(_: &Names, message: &Message) -> String {
        match message {
            Message::Tell(rumour) => format!("{rumour}!"),
            Message::Ask(0) => "what do you know?".into(),
            Message::Ask(rumour) => format!("{rumour}! And what do you know?"),
        }
    }

    fn write(_: &Names, rumour: &Write<Rumour>) -> Option<String> {
        Some(rumour.to_string())
    }

    fn note(_: &Names, (): &()) -> Option<String> {
        None
    }

    fn reply(_: &Names, (): &()) -> String {
        "heard".into()
    }
}
