//! Anti-entropy.

use base::Span;
use gossip::repair::{Config, Entry, ImageWrite, Message, Replica, Request, Rule, Stamp};
use machine::{Peer, Write};
use stories::{Names, Net, Telling, named, number, setting};

pub struct Repair;

const RULES: [Rule; 4] = [Rule::Sound, Rule::NoTombstones, Rule::TakeTheirs, Rule::DigestKeysOnly];

fn held_text(held: Option<(Stamp, Option<u64>)>) -> String {
    match held {
        None => "nothing".into(),
        Some((stamp, Some(value))) => format!("{value} (version {} of {})", stamp.version, stamp.writer),
        Some((stamp, None)) => format!("deleted (version {} of {})", stamp.version, stamp.writer),
    }
}

fn entry_text(entry: &Entry) -> String {
    format!("k{} is {}", entry.key, held_text(Some((entry.stamp, entry.value))))
}

impl Telling for Repair {
    type Machine = Replica;

    fn group(words: &[&str]) -> Vec<Replica> {
        let mut config = Config { members: 2, every: Span::from_secs(600), rule: Rule::Sound };
        for word in words {
            match setting(word) {
                ("members", value) => config.members = number(value),
                ("every", value) => config.every = number(value),
                ("rule", value) => config.rule = named(&RULES, value),
                _ => panic!("group has no {word}"),
            }
        }
        (0..config.members).map(|me| Replica::new(Peer(me), config)).collect()
    }

    fn request(_: &Names, words: &[&str]) -> Option<Request> {
        match words[0] {
            "put" => Some(Request::Put { key: number(words[2]), value: Some(number(words[3])) }),
            "delete" => Some(Request::Put { key: number(words[2]), value: None }),
            _ => None,
        }
    }

    /// `settled KEY VALUE`: as `see`; harm: somebody holds another value (`-` for none).
    fn look(net: &Net<Replica>, names: &Names, words: &[&str]) -> Option<String> {
        let key = words.get(1).filter(|_| words[0] == "see" || words[0] == "settled").map(|word| number(word))?;
        let held: Vec<_> = net.members.iter().map(|member| member.image().entry(key)).collect();
        let wanted = words.get(2).map(|word| word.parse::<u64>().ok());
        let is_harm = wanted.is_some_and(|wanted| held.iter().any(|held| held.and_then(|(_, value)| value) != wanted));
        let text = |(held, me): (&Option<_>, u16)| format!("{} at {}", held_text(*held), names.of(Peer(me)));
        let held: Vec<String> = held.iter().zip(0..).map(text).collect();
        Some(format!("k{key} is {}{}", held.join(", "), if is_harm { " HARM" } else { "" }))
    }

    fn message(_: &Names, message: &Message) -> String {
        match message {
            Message::Root(_) => "here is my root".into(),
            Message::Buckets(buckets) => format!("mine differs, here are my {} buckets", buckets.len()),
            Message::Entries { buckets, entries, asks } => {
                let entries: Vec<String> = entries.iter().map(entry_text).collect();
                let entries = if entries.is_empty() { "nothing".into() } else { entries.join(", ") };
                let asks = if *asks { "; and yours?" } else { "" };
                format!("in the {} that differ: {entries}{asks}", buckets.len())
            }
        }
    }

    fn write(_: &Names, write: &Write<Replica>) -> Option<String> {
        Some(match write {
            ImageWrite::Put(entry) => entry_text(entry),
            ImageWrite::Forget(key) => format!("nothing of k{key}"),
        })
    }

    fn note(_: &Names, (): &()) -> Option<String> {
        None
    }

    fn reply(_: &Names, stamp: &Stamp) -> String {
        format!("version {} of {}", stamp.version, stamp.writer)
    }
}
