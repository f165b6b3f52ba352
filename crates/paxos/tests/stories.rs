//! Stories of one value, chosen once: commands and the whole expected trace (the format and the common commands: crate `stories`).
//! `STORIES=write cargo test -p paxos --test stories` writes them anew.
//!
//! A ballot is written round.proposer. `group` takes `retry=` and `bug=` as in the code; three acceptors and two proposers. `propose M
//! VALUE ROUND` asks; `judge` says what is chosen, by who accepted what; `ended` says so too, and finds it a harm if nothing is.

#![cfg(not(target_arch = "wasm32"))] // reads its stories from files, which Node does not show to WASM

use machine::{Peer, Write};
use paxos::{Accepted, Bug, Config, Message, Node, Note, Reply, Request};
use std::collections::{BTreeMap, BTreeSet};
use stories::{Names, Net, Telling, hold, hold_harm, retold};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stories");

struct Single;

/// A proposer's name, not its number, in ballots.
fn ballot_text(names: &Names, ballot: paxos::Ballot) -> String {
    format!("{}.{}", ballot.round, names.of(Peer(ballot.proposer)))
}

fn accepted_text(names: &Names, accepted: &Accepted) -> String {
    format!("{} in {}", accepted.value, ballot_text(names, accepted.ballot))
}

/// Values that a majority has accepted in one ballot: from what acceptors noted, whatever proposers believe.
fn chosen(net: &Net<Node>) -> BTreeSet<u64> {
    let mut who: BTreeMap<Accepted, BTreeSet<Peer>> = BTreeMap::new();
    for (_, at, note) in &net.notes {
        if let Note::Accepted { proposal } = note {
            who.entry(*proposal).or_default().insert(*at);
        }
    }
    who.iter().filter(|(_, who)| who.len() >= 2).map(|(accepted, _)| accepted.value).collect()
}

impl Telling for Single {
    type Machine = Node;

    fn group(words: &[&str]) -> Vec<Node> {
        let mut config = Config::default();
        for word in words {
            match word.split_once('=') {
                Some(("retry", value)) => config.retry_after = value.parse().unwrap(),
                Some(("bug", value)) => config.bug = Bug::ALL.into_iter().find(|bug| format!("{bug:?}") == value),
                _ => panic!("group has no {word}"),
            }
        }
        (0..config.acceptors + config.proposers).map(|me| Node::new(Peer(me), config).unwrap()).collect()
    }

    fn request(_: &Names, words: &[&str]) -> Option<Request> {
        let number = |place: usize| words[place].parse().unwrap();
        (words[0] == "propose").then(|| Request::Propose { value: number(2), round: number(3) })
    }

    fn look(net: &Net<Node>, _: &Names, words: &[&str]) -> Option<String> {
        let chosen: Vec<u64> = chosen(net).into_iter().collect();
        let is_harm = match words[0] {
            "judge" => chosen.len() > 1,
            "ended" => chosen.len() != 1,
            _ => return None,
        };
        let text = match chosen[..] {
            [] => "nothing is chosen".to_owned(),
            [one] => format!("{one} is chosen"),
            _ => format!("{chosen:?} are chosen"),
        };
        Some(format!("{text}{}", if is_harm { " HARM" } else { "" }))
    }

    fn message(names: &Names, message: &Message) -> String {
        let ballot_text = |ballot| ballot_text(names, ballot);
        match message {
            Message::Prepare { ballot } => format!("prepare {}", ballot_text(*ballot)),
            Message::Promise { ballot, accepted: None } => format!("promised {}", ballot_text(*ballot)),
            Message::Promise { ballot, accepted: Some(accepted) } => {
                format!("promised {}, and I accepted {}", ballot_text(*ballot), accepted_text(names, accepted))
            }
            Message::Accept { proposal } => format!("accept {}", accepted_text(names, proposal)),
            Message::Agreed { ballot } => format!("accepted in {}", ballot_text(*ballot)),
            Message::Refused { ballot, promised } => {
                format!("not in {}, I promised {}", ballot_text(*ballot), ballot_text(*promised))
            }
            Message::Chosen { value } => format!("{value} is chosen"),
        }
    }

    /// Said by the notes.
    fn write(_: &Names, _: &Write<Node>) -> Option<String> {
        None
    }

    fn note(names: &Names, note: &Note) -> Option<String> {
        Some(match note {
            Note::Prepared { ballot } => format!("begins {}", ballot_text(names, *ballot)),
            Note::Promised { ballot } => format!("promises {}", ballot_text(names, *ballot)),
            Note::Proposed { proposal, is_forced } => {
                format!(
                    "proposes {}{}",
                    accepted_text(names, proposal),
                    if *is_forced { ", because it has to" } else { "" }
                )
            }
            Note::Accepted { proposal } => format!("accepts {}", accepted_text(names, proposal)),
            Note::Learned { value } => format!("learns that {value} is chosen"),
        })
    }

    fn reply(_: &Names, reply: &Reply) -> String {
        match reply {
            Reply::Chosen { value } => format!("{value} is chosen"),
            Reply::Refused => "refused".into(),
        }
    }
}

#[test]
fn every_story_goes_as_written() {
    hold(FOLDER, 10, retold::<Single>);
}

/// A story of a rule that is left out ends with the harm, and with the rule it does not.
#[test]
fn every_mistake_does_harm_and_nothing_else_does() {
    hold_harm(FOLDER, "bug=", "HARM", retold::<Single>);
}
