//! Locks with fencing tokens.

use lease::lock::{Config, ImageWrite, Member, Message, Note, Reply, Request, Rule};
use machine::{Peer, Write};
use std::collections::BTreeSet;
use stories::{Names, Net, Telling, named, number, setting};

pub struct Lock;

const RULES: [Rule; 5] = [Rule::Sound, Rule::NoFencing, Rule::EnterAnyway, Rule::ReleaseAnyones, Rule::LoseAtFailover];

impl Telling for Lock {
    type Machine = Member;

    fn group(words: &[&str]) -> Vec<Member> {
        let (mut config, mut clients) = (Config::default(), 2);
        for word in words {
            match setting(word) {
                ("clients", value) => clients = number(value),
                ("ttl", value) => config.ttl = number(value),
                ("poll", value) => config.poll = number(value),
                ("patience", value) => config.patience = number(value),
                ("rule", value) => config.rule = named(&RULES, value),
                _ => panic!("group has no {word}"),
            }
        }
        (0..2 + clients).map(|me| Member::new(Peer(me), config).unwrap()).collect()
    }

    fn request(_: &Names, words: &[&str]) -> Option<Request> {
        (words[0] == "work").then(|| Request::Work { lasts: number(words[2]) })
    }

    /// Harm: a write in the name of an earlier holder after one of a later, or one token for two.
    fn look(net: &Net<Member>, _: &Names, words: &[&str]) -> Option<String> {
        let (mut inside, mut tokens) = (BTreeSet::new(), BTreeSet::new());
        let (mut together, mut doubled, mut late) = (0, 0, 0);
        for (_, at, note) in &net.notes {
            match note {
                Note::Entered { token } => {
                    together += u64::from(!inside.is_empty());
                    inside.insert(*at);
                    doubled += u64::from(!tokens.insert(*token));
                }
                Note::Left { .. } => drop(inside.remove(at)),
                Note::Applied { token, largest } => late += u64::from(token < largest),
            }
        }
        let harm = if doubled + late > 0 { " HARM" } else { "" };
        (words[0] == "judge").then(|| {
            format!("entered while another was inside: {together}, writes of an earlier holder: {late}, tokens given twice: {doubled}{harm}")
        })
    }

    fn message(_: &Names, message: &Message) -> String {
        match message {
            Message::Acquire { wish } => format!("may I have it? wish {wish}"),
            Message::Granted { wish, token } => format!("wish {wish}: yours, token {token}"),
            Message::Denied { wish } => format!("wish {wish}: another has it"),
            Message::Release { token } => format!("I am done, token {token}"),
            Message::Write { token } => format!("write, token {token}"),
            Message::Written { token, done: true } => format!("written, token {token}"),
            Message::Written { token, done: false } => format!("refused, token {token}"),
        }
    }

    fn write(names: &Names, write: &Write<Member>) -> Option<String> {
        match write {
            ImageWrite::Leased { holder, token, until, .. } => {
                Some(format!("that it is {}'s until {until}, token {token}", names.of(*holder)))
            }
            ImageWrite::Freed => Some("that it is free".into()),
            ImageWrite::Lost => Some("nothing: lease and counter are lost".into()),
            ImageWrite::Seen(token) => Some(format!("that it has seen token {token}")),
            ImageWrite::Wished(_) => None,
        }
    }

    fn note(_: &Names, note: &Note) -> Option<String> {
        Some(match note {
            Note::Entered { token: 0 } => "enters without a token".into(),
            Note::Entered { token } => format!("enters with token {token}"),
            Note::Left { token } => format!("leaves, token {token}"),
            Note::Applied { token, largest } if token < largest => {
                format!("is written to with token {token} after token {largest}")
            }
            Note::Applied { token, .. } => format!("is written to with token {token}"),
        })
    }

    fn reply(_: &Names, reply: &Reply) -> String {
        match reply {
            Reply::Written { token } => format!("written, token {token}"),
            Reply::Fenced { token } => format!("refused, token {token}: another has had the lock since"),
            Reply::TimedOut => "waited as long as allowed".into(),
            Reply::Busy => "busy".into(),
        }
    }
}
