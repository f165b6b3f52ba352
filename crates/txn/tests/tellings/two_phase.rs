//! Two-phase commit.

use super::harm;
use base::Time;
use machine::{Peer, Write};
use std::collections::BTreeSet;
use stories::{Names, Net, Telling, named, number, setting};
use txn::two_phase::{Change, Config, ImageWrite, Message, Note, Outcome, Reply, Request, Rule, Site, TransactionId};

pub struct TwoPhase;

const RULES: [Rule; 6] = [
    Rule::Sound,
    Rule::VoteBeforeWriting,
    Rule::DecideBeforeWriting,
    Rule::AbortInDoubt,
    Rule::PresumeCommit,
    Rule::ReuseIdentities,
];

fn id_text(id: &TransactionId) -> String {
    format!("t{}.{}.{}", id.coordinator, id.incarnation, id.sequence)
}

fn outcome_text(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Committed => "committed",
        Outcome::Aborted => "aborted",
    }
}

fn changes_text(changes: &[(u64, u64)]) -> String {
    changes.iter().map(|(key, value)| format!("k{key}={value}")).collect::<Vec<_>>().join(" ")
}

/// Whether some transaction is committed at one place and aborted, or unheard of, at another. Clients are places too.
fn is_split(net: &Net<Site>) -> bool {
    let ends = |outcome| {
        let of = |site: &Site| site.image().outcomes().collect::<Vec<_>>();
        let told = net.replies.iter().filter_map(|(.., reply)| match reply {
            Reply::Decided { id, outcome } => Some((*id, *outcome)),
            Reply::Refused => None,
        });
        let ends = net.members.iter().flat_map(of).chain(told).filter(move |(_, end)| *end == outcome);
        ends.map(|(id, _)| id).collect::<BTreeSet<_>>()
    };
    let is_unheard_of = |(_, _, write): &(Time, Peer, ImageWrite)| match write {
        ImageWrite::Committed { id, members } => members.iter().any(|member| {
            let image = net.members[usize::from(member.0)].image();
            image.outcome(*id).is_none() && !image.is_prepared(*id)
        }),
        _ => false,
    };
    !ends(Outcome::Committed).is_disjoint(&ends(Outcome::Aborted)) || net.writes.iter().any(is_unheard_of)
}

impl Telling for TwoPhase {
    type Machine = Site;

    fn group(words: &[&str]) -> Vec<Site> {
        let mut config = Config::default();
        for word in words {
            match setting(word) {
                ("members", value) => config.members = number(value),
                ("votes", value) => config.votes_within = number(value),
                ("inquire", value) => config.inquire_after = number(value),
                ("resend", value) => config.resend_after = number(value),
                ("rule", value) => config.rule = named(&RULES, value),
                ("alone", _) => config.cooperative = false,
                _ => panic!("group has no {word}"),
            }
        }
        (0..config.members).map(|me| Site::new(Peer(me), config).unwrap()).collect()
    }

    fn request(names: &Names, words: &[&str]) -> Option<Request> {
        let change = |word: &&str| {
            let (at, change) = word.split_once(':').unwrap();
            let (key, value) = setting(change);
            Change { at: Peer(names.find(at)), key: number(key), value: number(value) }
        };
        (words[0] == "commit").then(|| Request::Commit { changes: words[2..].iter().map(change).collect() })
    }

    fn look(net: &Net<Site>, names: &Names, words: &[&str]) -> Option<String> {
        let key = words.get(1).filter(|_| words[0] == "see").map(|word| number(word))?;
        let site = |(site, me): (&Site, u16)| {
            let value = site.image().value(key).map_or("nothing".into(), |value| value.to_string());
            let held = site.locked_by(key).map_or(String::new(), |id| format!(", held by {}", id_text(&id)));
            format!("k{key} at {} is {value}{held}", names.of(Peer(me)))
        };
        let sites: Vec<String> = net.members.iter().zip(0..).skip(1).map(site).collect();
        // "written": a client was told so.
        let is_missing =
            words.get(2) == Some(&"written") && net.members[1..].iter().any(|site| site.image().value(key).is_none());
        Some(format!("{}{}", sites.join("; "), harm(is_missing || is_split(net))))
    }

    fn message(_: &Names, message: &Message) -> String {
        match message {
            Message::Prepare { id, changes, .. } => format!("{}: can you {}?", id_text(id), changes_text(changes)),
            Message::Vote { id, yes: true } => format!("{}: yes", id_text(id)),
            Message::Vote { id, yes: false } => format!("{}: no", id_text(id)),
            Message::Decide { id, outcome } => format!("{} is {}", id_text(id), outcome_text(*outcome)),
            Message::Done { id } => format!("{}: done", id_text(id)),
            Message::Inquire { id } => format!("{}: what became of it?", id_text(id)),
        }
    }

    fn write(_: &Names, write: &Write<Site>) -> Option<String> {
        Some(match write {
            ImageWrite::Began { incarnation } => format!("that life {incarnation} begins"),
            ImageWrite::Prepared { id, pending } => {
                format!("its promise of {}: {}", id_text(id), changes_text(&pending.changes))
            }
            ImageWrite::Finished { id, outcome } => format!("that {} is {}", id_text(id), outcome_text(*outcome)),
            ImageWrite::Committed { id, .. } => format!("its decision to commit {}", id_text(id)),
            ImageWrite::Forgot { id } => format!("that all have {}", id_text(id)),
        })
    }

    fn note(_: &Names, note: &Note) -> Option<String> {
        match note {
            Note::Conflicted(id) => Some(format!("finds a key of {} held by another", id_text(id))),
            Note::Doubted(id) => Some(format!("is in doubt about {}", id_text(id))),
            Note::Decided(id, outcome) => Some(format!("decides: {} is {}", id_text(id), outcome_text(*outcome))),
            // Said by the write.
            Note::Prepared(_) | Note::Finished(..) | Note::Forgot(_) => None,
        }
    }

    fn reply(_: &Names, reply: &Reply) -> String {
        match reply {
            Reply::Decided { id, outcome } => format!("{} is {}", id_text(id), outcome_text(*outcome)),
            Reply::Refused => "refused".into(),
        }
    }
}
