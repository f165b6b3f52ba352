//! The configuration store.

use base::Span;
use lease::registry::{Config, ImageWrite, Member, Message, Request, Rule};
use machine::{Peer, Write};
use stories::{Names, Net, Script, Telling, named, number, setting};

pub struct Registry;

const RULES: [Rule; 4] = [Rule::Sound, Rule::TellOnce, Rule::IgnoreVersions, Rule::ImmortalSessions];

fn value_text(value: Option<u64>) -> String {
    value.map_or("nothing".into(), |value| value.to_string())
}

impl Telling for Registry {
    type Machine = Member;

    fn group(words: &[&str]) -> Vec<Member> {
        let (beat, session_timeout) = (Span::from_secs(1), Span::from_secs(3));
        let mut config = Config { beat, session_timeout, rule: Rule::Sound };
        let (mut clients, mut watches) = (2, 100);
        for word in words {
            match setting(word) {
                ("clients", value) => clients = number(value),
                ("watches", value) => watches = number(value),
                ("beat", value) => config.beat = number(value),
                ("timeout", value) => config.session_timeout = number(value),
                ("rule", value) => config.rule = named(&RULES, value),
                _ => panic!("group has no {word}"),
            }
        }
        (0..=clients).map(|me| Member::new(Peer(me), config, watches)).collect()
    }

    fn request(_: &Names, words: &[&str]) -> Option<Request> {
        match words[0] {
            "set" => Some(Request::Set { key: number(words[2]), value: number(words[3]) }),
            "register" => Some(Request::Register { value: number(words[2]) }),
            _ => None,
        }
    }

    /// `node KEY`: what the store has. `settled`: after enough time; harm: a watcher has not the last version, or a dead one's node lives.
    fn look(net: &Net<Member>, names: &Names, words: &[&str]) -> Option<String> {
        let store = net.members[0].registry();
        let key = words.get(1).filter(|_| words[0] == "node" || words[0] == "settled").map(|word| number(word))?;
        let node = store.node(key);
        let text =
            node.map_or("never was".into(), |node| format!("version {}: {}", node.version, value_text(node.value)));
        let watchers = net.members.iter().zip(0..).skip(1).filter(|(_, me)| net.up[usize::from(*me)]);
        let behind = watchers.filter(|(member, _)| node.is_some_and(|node| member.seen().0 != node.version));
        let behind: Vec<String> = behind.map(|(_, me)| names.of(Peer(me))).collect();
        let is_dead =
            !net.up.get(key as usize).copied().unwrap_or(true) && node.is_some_and(|node| node.value.is_some());
        if words[0] == "node" {
            return Some(format!("{key} {text}"));
        }
        let harm = if behind.is_empty() && !is_dead { "" } else { " HARM" };
        let behind =
            if behind.is_empty() { "all have it".into() } else { format!("{} has another", behind.join(", ")) };
        Some(format!("{key} {text}; {behind}{harm}"))
    }

    /// `watch SPAN`: says to the millisecond what watchers see. Harm: one goes back.
    fn watch(net: &mut Net<Member>, names: &Names, script: &Script, words: &[&str]) -> bool {
        if words[0] != "watch" {
            return false;
        }
        let end = net.now + number(words[1]);
        while net.now < end {
            let before: Vec<_> = net.members.iter().map(Member::seen).collect();
            net.run(Span::from_millis(1));
            for ((member, before), me) in net.members.iter().zip(before).zip(0..) {
                let (version, value) = member.seen();
                if (version, value) != before {
                    let harm = if version < before.0 { ", HARM: it goes back" } else { "" };
                    let name = names.of(Peer(me));
                    script.line(&format!("{} {name} sees version {version}: {}{harm}", net.now, value_text(value)));
                }
            }
        }
        true
    }

    fn message(_: &Names, message: &Message) -> String {
        match message {
            Message::Alive { watches, version, registers: None } => {
                format!("I live, and have version {version} of {watches}")
            }
            Message::Alive { watches, version, registers: Some(value) } => {
                format!("I live, register {value}, and have version {version} of {watches}")
            }
            Message::Changed { version, value } => format!("version {version} is {}", value_text(*value)),
        }
    }

    fn write(_: &Names, write: &Write<Member>) -> Option<String> {
        match write {
            ImageWrite::Set(key, value, Some(session), _) => Some(format!("{key}={value} of session {session}")),
            ImageWrite::Set(key, value, None, _) => Some(format!("{key}={value}")),
            ImageWrite::Forgiven(_) => Some("that everybody was heard of".into()),
            // Each beat, and mostly nothing.
            ImageWrite::Alive(..) | ImageWrite::Expired(_) => None,
        }
    }

    fn note(_: &Names, (): &()) -> Option<String> {
        None
    }

    fn reply(_: &Names, (): &()) -> String {
        "done".into()
    }
}
