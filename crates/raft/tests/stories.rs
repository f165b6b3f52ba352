//! Protocol stories: each file in `stories/` holds commands and the whole expected trace, in the manner of etcd's Raft.
//!
//! `STORIES=write cargo test -p raft --test stories` writes the traces anew; the diff is then to be reviewed. The format:
//!
//! ```text
//! # prose
//! > command arguments                     a command; the lines below it are what happened until the next
//! 00:00.010 0→1 append after 1.1: 1.2 k7=70, commit 1     a message arrived; `✗` for one that was lost, with the reason
//! 00:00.010 1 stores 1.2 k7=70            server 1 noted something
//! 00:00.020 0 tells 1: written at 1.2     server 0 answered request 1
//! 00:00.020 BROKEN election safety: …     the observer complains; the run ends here
//! ```
//! An entry is written term.index. Time-outs are long (10 s, heartbeats 1 s), pre-vote and the protection of leaders are off, unless
//! a story says otherwise; messages take 10 ms.
//!
//! Commands: `group members=5` (also `voters=` `learners=` `bug=` `timeout=` `heartbeat=` `latency=` `batch=` `window=` `snapshot=`
//! `waiting=` `drift=` numbers or durations, `read=lease`, `pre-vote`, `protect`); before anything else happens `log M TERM…` (what is
//! on a disk; further `TERM` for each entry) and `ballot M TERM` or `ballot M TERM VOTE`; then `elect M` (its election timer
//! fires), `beat M` (its heartbeat timer), `write M KEY VALUE`, `writes M COUNT`, `read M KEY`, `change M 0,1,2` or
//! `change M 0,1,2 learners 3`, `transfer M TO`, `run SPAN`, `crash M…`, `restart M…`, `cut A B` (both ways), `cut A>B`,
//! `split 0 1 | 2`, `heal`, `lose` (what is on its way), `latency SPAN`, `fast M PPM`, `logs`, `status`, `state M KEY`, `show all|notes|nothing`.

#![cfg(not(target_arch = "wasm32"))] // reads its stories from files, which Node does not show to WASM

use crate::net;
use base::{Span, Time};
use machine::{Durable, Peer};
use net::{Line, Net, Wire};
use raft::*;
use std::cell::RefCell;
use std::fmt::Write as _;
use std::rc::Rc;
use stories::{Script, numbered, sides, ways};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stories");

fn entry_text(entry: &Entry) -> String {
    match entry.payload {
        Payload::Blank => format!("{} blank", entry.at),
        Payload::Write { key, value } => format!("{} k{key}={value}", entry.at),
        Payload::Membership(membership) => format!("{} configuration {membership}", entry.at),
    }
}

fn yes(is_granted: bool) -> &'static str {
    if is_granted { "yes" } else { "no" }
}

fn message_text(message: &Message) -> String {
    match message {
        Message::Vote { term, last, is_transfer } => {
            let why = if *is_transfer { ", the leader asked me to" } else { "" };
            format!("vote for me in term {term}, last {last}{why}")
        }
        Message::Voted { term, is_granted } => format!("{} in term {term}", yes(*is_granted)),
        Message::PreVote { term, last } => format!("would you vote for me in term {term}, last {last}"),
        Message::PreVoted { term, is_granted: true } => format!("yes, I would in term {term}"),
        Message::PreVoted { term, is_granted: false } => format!("no, I would not, it is term {term}"),
        Message::Append { prev, entries, commit, .. } => {
            let entries: Vec<String> = entries.iter().map(entry_text).collect();
            let colon = if entries.is_empty() { "" } else { ": " };
            format!("append after {prev}{colon}{}, commit {commit}", entries.join(", "))
        }
        Message::Install { snapshot, .. } => format!("install the state at {}", snapshot.at),
        Message::Accepted { upto, .. } => format!("equal up to {upto}"),
        Message::Rejected { term, prev: 0, .. } => format!("no, it is term {term}"),
        Message::Rejected { prev, conflict: Conflict { term: Some(term), first_index }, .. } => {
            format!("no, at {prev} is term {term}, which begins at {first_index}")
        }
        Message::Rejected { prev, conflict: Conflict { first_index, .. }, .. } => {
            format!("no, nothing at {prev}, the log ends before {first_index}")
        }
        Message::Succeed { term } => format!("succeed me, term {term}"),
    }
}

fn note_text(note: &Note) -> Option<String> {
    Some(match note {
        Note::Restarted { at, .. } => format!("restarts behind {at}"),
        Note::PreCandidate { term } => format!("asks whether it would win term {term}"),
        Note::Candidate { term } => format!("stands for term {term}"),
        Note::Voted { term, candidate } => format!("votes for {} in term {term}", candidate.0),
        Note::Elected { term, .. } => format!("LEADS term {term}"),
        Note::SteppedDown { term } => format!("leads term {term} no longer"),
        Note::Appended { entry } => format!("stores {}", entry_text(entry)),
        Note::Truncated { from, .. } => format!("deletes from {from} on"),
        Note::Committed { upto, .. } => format!("commits up to {upto}"),
        Note::Applied { .. } => return None,
        Note::Compacted { at } => format!("has a snapshot at {at}"),
        Note::Installed { at, keeps_tail: true, .. } => format!("is installed at {at}, keeps what follows"),
        Note::Installed { at, keeps_tail: false, .. } => format!("is installed at {at}"),
        Note::Reconfigured { membership } => format!("goes by {membership}"),
        Note::Handing { to } => format!("hands over to {}", to.0),
    })
}

fn reply_text(reply: Reply) -> String {
    match reply {
        Reply::Written { at } => format!("written at {at}"),
        Reply::Value { found: Some((at, value)), .. } => format!("{value}, written at index {}", at.index),
        Reply::Value { found: None, .. } => "nothing".into(),
        Reply::Changed { at } => format!("changed at {at}"),
        Reply::Transferred { term } => format!("transferred, term {term}"),
        Reply::TransferFailed => "transfer failed".into(),
        Reply::NotLeader { hint: Some(hint) } => format!("not the leader, try {}", hint.0),
        Reply::NotLeader { hint: None } => "not the leader".into(),
        Reply::Unknown { at } => format!("unknown, was at {at}"),
        Reply::Refused(refusal) => format!("refused: {refusal:?}").to_lowercase(),
    }
}

fn line_text(now: Time, line: &Line<'_>, show: &str) -> Option<String> {
    let text = match line {
        Line::Broken(violation) => format!("BROKEN {violation}"),
        _ if show == "nothing" => return None,
        Line::Arrived { .. } | Line::Lost { .. } if show == "notes" => return None,
        Line::Arrived { from, to, message } => format!("{}→{} {}", from.0, to.0, message_text(message)),
        Line::Lost { from, to, message, why } => format!("{}✗{} {} ({why})", from.0, to.0, message_text(message)),
        Line::Told { at, note } => format!("{} {}", at.0, note_text(note)?),
        Line::Answered { at, token, reply } => format!("{} tells {token}: {}", at.0, reply_text(*reply)),
    };
    Some(format!("{now} {text}"))
}

/// The logs as the paper's figures draw them: the term of each entry in its column.
fn logs(net: &Net) -> String {
    let mut text = String::new();
    for server in &net.servers {
        let log = server.disk().log();
        let _ = write!(text, "{} term {:2} |", server.me().0, server.term());
        if log.base().index > 0 {
            let _ = write!(text, " snapshot at {} |", log.base());
        }
        for entry in log.entries() {
            let _ = write!(text, " {}", entry.at.term);
        }
        let _ = writeln!(text, "{}", if log.entries().is_empty() { " -" } else { "" });
    }
    text
}

fn status(net: &Net) -> String {
    let mut text = String::new();
    for server in &net.servers {
        let me = server.me().0;
        let role = format!("{:?}", server.role()).to_lowercase();
        let _ =
            write!(text, "{me} {role} in term {}, last {}, commit {}", server.term(), server.last(), server.commit());
        let _ = write!(text, ", goes by {}", server.configuration());
        for (peer, progress) in server.followers() {
            let pace = format!("{:?}", progress.pace).to_lowercase();
            let _ = write!(text, "; {} {pace} matched {} next {}", peer.0, progress.matched, progress.next);
        }
        text += if server.is_leased(net.now) { "; leased\n" } else { "\n" };
    }
    text
}

struct Story {
    config: Config,
    latency: Span,
    images: Vec<Image>,
    net: Option<Net>,
    script: Script,
    show: Rc<RefCell<String>>,
    token: u64,
}

fn members(text: &str) -> Members {
    text.split(',').map(|peer| Peer(peer.parse().unwrap())).collect()
}

impl Story {
    fn group(&mut self, words: &[&str]) {
        let mut config = Config {
            election_timeout: Span::from_secs(10),
            heartbeat: Span::from_secs(1),
            pre_vote: false,
            protect_leader: false,
            ..Config::default()
        };
        let mut voters = None;
        for word in words {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            let span = || value.parse::<Span>().unwrap();
            let number = || value.parse::<u64>().unwrap();
            match name {
                "members" => config.members = value.parse().unwrap(),
                "voters" => voters = value.parse().ok(),
                "learners" => config.learners = value.parse().unwrap(),
                "timeout" => config.election_timeout = span(),
                "heartbeat" => config.heartbeat = span(),
                "latency" => self.latency = span(),
                "batch" => config.batch_max = number(),
                "window" => config.window = number(),
                "snapshot" => config.snapshot_after = number(),
                "waiting" => config.waiting_max = number(),
                "drift" => config.drift_max_ppm = number(),
                "pre-vote" => config.pre_vote = true,
                "protect" => config.protect_leader = true,
                "read" => config.read = if value == "lease" { Read::Lease } else { Read::Index },
                "bug" => config.bug = Some(Bug::ALL.into_iter().find(|bug| bug.name() == value).unwrap()),
                _ => panic!("group has no {name}"),
            }
        }
        config.voters = voters.unwrap_or(config.members - config.learners);
        self.config = config;
        self.images = (0..config.members).map(|_| Image::new(config.genesis())).collect();
    }

    fn image(&mut self, words: &[&str]) {
        let image = &mut self.images[words[1].parse::<usize>().unwrap()];
        let numbers = words[2..].iter().map(|word| word.parse::<u64>().unwrap());
        if words[0] == "ballot" {
            let numbers: Vec<u64> = numbers.collect();
            let vote = numbers.get(1).map(|vote| Peer(*vote as u16));
            return image.apply(&DiskWrite::Ballot { term: numbers[0], vote });
        }
        for term in numbers {
            let index = image.log().end().index + 1;
            let at = Position { term, index };
            image.apply(&DiskWrite::Append(Entry { at, payload: Payload::Write { key: index, value: term } }));
            image.apply(&DiskWrite::Ballot { term: term.max(image.term()), vote: None });
        }
    }

    fn net(&mut self) -> &mut Net {
        if self.net.is_none() {
            let images = core::mem::take(&mut self.images);
            let mut net = Net::with_images(self.config, images, Wire::constant(self.latency), 1);
            let (script, show) = (self.script.clone(), Rc::clone(&self.show));
            net.tell = Some(Box::new(move |now, line| {
                if let Some(text) = line_text(now, &line, &show.borrow()) {
                    script.line(&text);
                }
            }));
            net.start();
            self.net = Some(net);
        }
        self.net.as_mut().expect("made above")
    }

    fn ask(&mut self, at: usize, request: Request) {
        self.token += 1;
        let token = self.token;
        self.net().ask(at, token, request);
    }

    fn command(&mut self, words: &[&str]) {
        match words[0] {
            "group" => self.group(&words[1..]),
            "log" | "ballot" => self.image(words),
            "show" => *self.show.borrow_mut() = words[1].into(),
            "write" | "writes" | "read" | "change" | "transfer" => self.request(words),
            "logs" | "status" | "state" => {
                let net = self.net();
                let text = match words[0] {
                    "logs" => logs(net),
                    "status" => status(net),
                    _ => {
                        let (at, key) = (words[1].parse::<usize>().unwrap(), words[2].parse().unwrap());
                        let value = net.servers[at].state().read(key);
                        value.map_or("nothing\n".into(), |(at, value)| {
                            format!("{value}, written at index {}\n", at.index)
                        })
                    }
                };
                self.script.lines(&text);
            }
            _ => self.happening(words),
        }
    }

    fn request(&mut self, words: &[&str]) {
        let number = |place: usize| words[place].parse::<u64>().unwrap();
        let at = number(1) as usize;
        match words[0] {
            "write" => self.ask(at, Request::Write { key: number(2), value: number(3) }),
            "writes" => {
                for _ in 0..number(2) {
                    let value = self.token + 1;
                    self.ask(at, Request::Write { key: value % 10, value });
                }
            }
            "read" => self.ask(at, Request::Read { key: number(2) }),
            "change" => {
                let learners = words.get(4).map_or(Members::default(), |learners| members(learners));
                self.ask(at, Request::Change { voters: members(words[2]), learners });
            }
            _ => self.ask(at, Request::Transfer { to: Peer(number(2) as u16) }),
        }
    }

    fn happening(&mut self, words: &[&str]) {
        let server = |place: usize| words[place].parse::<usize>().unwrap();
        let net = self.net();
        match words[0] {
            "elect" => net.time_out(server(1)),
            "beat" => net.beat(server(1)),
            "run" => net.run(words[1].parse().unwrap()),
            "crash" => (1..words.len()).for_each(|place| net.crash(server(place))),
            "restart" => (1..words.len()).for_each(|place| net.restart(server(place))),
            "cut" => net.cut.extend(ways(&words[1..], numbered)),
            "split" => {
                let sides = sides(&words[1..], numbered);
                net.split(&sides.iter().map(Vec::as_slice).collect::<Vec<_>>());
            }
            "heal" => net.cut.clear(),
            "lose" => net.lose_all(),
            "latency" => {
                let latency = words[1].parse().unwrap();
                (net.wire.latency_min, net.wire.latency_max) = (latency, latency);
            }
            "fast" => net.fast_ppm[server(1)] = words[2].parse().unwrap(),
            other => panic!("no command {other}"),
        }
    }
}

/// Runs the commands in `text`; gives the text with what really happened.
fn retold(text: &str) -> String {
    let script = Script::default();
    let mut story = Story {
        config: Config::default(),
        latency: Span::from_millis(10),
        images: Vec::new(),
        net: None,
        script: script.clone(),
        show: Rc::new(RefCell::new("all".into())),
        token: 0,
    };
    script.retold(text, |words| story.command(words))
}

#[test]
fn every_story_goes_as_written() {
    stories::hold(FOLDER, 40, retold);
}

/// A story about a bug ends with the harm, any other without.
#[test]
fn stories_are_broken_where_a_rule_is_left_out_and_nowhere_else() {
    stories::hold_harm(FOLDER, "bug=", "BROKEN", retold);
}
