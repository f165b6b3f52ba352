//! A leader by lease.

use base::Span;
use lease::leader::{Clock, Config, Message, Promise, Rule, Voter};
use machine::{Peer, Write};
use stories::{Names, Net, Script, Telling, named, number, setting};

pub struct Leader;

const RULES: [Rule; 5] =
    [Rule::Sound, Rule::CountFromTheAnswer, Rule::IgnoreDrift, Rule::AbsoluteTime, Rule::ForgetPromises];

impl Telling for Leader {
    type Machine = Voter;

    fn group(words: &[&str]) -> Vec<Voter> {
        let mut config = Config { members: 3, ttl: Span::from_secs(1), drift_ppm_max: 0, rule: Rule::Sound };
        let mut clocks = [Clock::default(); 8];
        let of =
            |value: &str| value.split_once(':').map(|(me, value)| (number::<usize>(me), value.to_owned())).unwrap();
        for word in words {
            match setting(word) {
                ("members", value) => config.members = number(value),
                ("ttl", value) => config.ttl = number(value),
                ("drift", value) => config.drift_ppm_max = number(value),
                ("ahead", value) => clocks[of(value).0].ahead = number(&of(value).1),
                ("fast", value) => clocks[of(value).0].drift_ppm = number(&of(value).1),
                ("rule", value) => config.rule = named(&RULES, value),
                _ => panic!("group has no {word}"),
            }
        }
        (0..config.members).map(|me| Voter::new(Peer(me), config, clocks[usize::from(me)]).unwrap()).collect()
    }

    fn request(_: &Names, _: &[&str]) -> Option<()> {
        None
    }

    fn look(_: &Net<Voter>, _: &Names, _: &[&str]) -> Option<String> {
        None
    }

    /// `watch SPAN`: says to the millisecond who believes that it leads. Harm: two do.
    fn watch(net: &mut Net<Voter>, names: &Names, script: &Script, words: &[&str]) -> bool {
        if words[0] != "watch" {
            return false;
        }
        let end = net.now + number(words[1]);
        let leaders = |net: &Net<Voter>| {
            let leads = |me: &u16| net.up[usize::from(*me)] && net.members[usize::from(*me)].leads(net.now);
            (0..net.members.len() as u16).filter(leads).map(Peer).collect::<Vec<Peer>>()
        };
        let mut before = leaders(net);
        while net.now < end {
            net.run(Span::from_millis(1));
            let now = leaders(net);
            if now != before {
                let text = match now[..] {
                    [] => "nobody leads".into(),
                    [one] => format!("{} leads", names.of(one)),
                    _ => format!(
                        "{} lead HARM",
                        now.iter().map(|peer| names.of(*peer)).collect::<Vec<_>>().join(" and ")
                    ),
                };
                script.line(&format!("{} {text}", net.now));
                before = now;
            }
        }
        true
    }

    fn message(_: &Names, message: &Message) -> String {
        match message {
            Message::Ask { round, .. } => format!("promise me that you promise nobody else, round {round}"),
            Message::Yes { round } => format!("promised, round {round}"),
        }
    }

    fn write(names: &Names, write: &Write<Voter>) -> Option<String> {
        let Promise { to, until } = write;
        to.map(|to| format!("its promise to {} until its clock shows {until}", names.of(to)))
    }

    fn note(_: &Names, (): &()) -> Option<String> {
        None
    }

    fn reply(_: &Names, (): &()) -> String {
        "done".into()
    }
}
