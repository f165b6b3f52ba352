//! Protocol stories: each file in `stories/` holds commands and the whole expected trace, in the manner of etcd's Raft.
//!
//! `STORIES=write cargo test -p replication --test stories` writes the traces anew; the diff is then to be reviewed. The format:
//!
//! ```text
//! # prose
//! > command arguments          a command; the lines below it are what happened until the next
//! 00:00.010 0→1 ship 1.1 k7=70 a message arrived; `✗` for one that was lost, with the reason
//! 00:00.010 0 appended 1.1 k7=70   member 0 noted something
//! 00:00.020 0 tells 1: written 1.1   member 0 answered request 1
//! ```
//! A version is written term.index. Heartbeats and their answers are left out unless `show heartbeats`.
//!
//! Commands: `group members=3 mode=async` (also `semi-sync:1`, `semi-sync:1:500ms`, `sync`; and `ship=` `heartbeat=` `missed=`
//! `window=` `resend=` `retain=` `latency=` durations or numbers, `failover=off`, `fenced`), `write M KEY VALUE`,
//! `writes M COUNT` (keys 0 to 9), `run SPAN`, `crash M`, `restart M`, `cut A B` (both ways), `cut A>B`, `split 0 1 | 2`, `heal`,
//! `read M KEY`, `status`, `lost M` (acknowledged writes that member M lacks), `show all|heartbeats|notes|nothing`.

#![cfg(not(target_arch = "wasm32"))] // reads its stories from files, which Node does not show to WASM

use crate::net;
use base::{Span, Time};
use net::{Line, Net, Wire};
use replication::*;
use std::cell::RefCell;
use std::fmt::Write as _;
use std::rc::Rc;
use stories::{Script, numbered, sides, ways};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stories");

fn dotted(version: u64) -> String {
    format!("{}.{}", version_term(version), version_index(version))
}

fn place(at: Position) -> String {
    format!("{}.{}", at.term, at.index)
}

fn message_text(message: &Message) -> String {
    match message {
        Message::Ship { prev_term, entry, .. } => {
            let (version, before) = (dotted(entry.version()), version(*prev_term, entry.index - 1));
            format!("ship {version} k{}={} after {}", entry.key, entry.value, dotted(before))
        }
        Message::Stored { upto, .. } => format!("stored up to {upto}"),
        Message::Mismatch { at, install, .. } if *install => format!("mismatch at {}, install", place(*at)),
        Message::Mismatch { at, .. } => format!("mismatch, shared at most {}", place(*at)),
        Message::Heartbeat(beat) => {
            format!("heartbeat of term {} last {} floor {}", beat.term, place(beat.last), beat.floor)
        }
        Message::Alive { matched: Some(upto), .. } => format!("alive, matched {upto}"),
        Message::Alive { matched: None, .. } => "alive".into(),
        Message::Deposed { term } => format!("deposed by term {term}"),
        Message::Probe { .. } => "probe".into(),
        Message::Standing(standing) => {
            let mut text = format!("stands at {} in term {}", place(standing.last), standing.term);
            text += if standing.leads { ", leads" } else { "" };
            text += if standing.hears { ", hears its leader" } else { "" };
            text
        }
        Message::Promote { above } => format!("promote above {above}"),
        Message::Install { snapshot, .. } => format!("install up to {}", place(snapshot.at())),
    }
}

fn note_text(note: Note) -> String {
    match note {
        Note::Appended { version, key, value } => format!("appended {} k{key}={value}", dotted(version)),
        Note::Acknowledged { version } => format!("acknowledged {}", dotted(version)),
        Note::Persisted { member, upto } => format!("knows that {} has up to {upto}", member.0),
        Note::Suspected { term } => format!("suspects the leader of term {term}"),
        Note::Promoted { term, last_index, last_term } => {
            format!("is promoted in term {term}, last {}", dotted(version(last_term, last_index)))
        }
        Note::SteppedDown { term } => format!("steps down for term {term}"),
        Note::Discarded { from, to } => format!("discards {} to {}", dotted(from), dotted(to)),
        Note::Installed { upto } => format!("is installed up to {upto}"),
        Note::Degraded { waiting } => format!("degrades, {waiting} waiting"),
        Note::Recovered => "recovers".into(),
    }
}

fn reply_text(reply: Reply) -> String {
    match reply {
        Reply::Written { version } => format!("written {}", dotted(version)),
        Reply::NotLeader { hint: Some(hint) } => format!("not the leader, try {}", hint.0),
        Reply::NotLeader { hint: None } => "not the leader".into(),
        Reply::Unknown { version } => format!("unknown {}", dotted(version)),
        Reply::Busy { waiting } => format!("busy, {waiting} waiting"),
    }
}

fn line_text(now: Time, line: &Line<'_>, show: &str) -> Option<String> {
    let hidden = |message: &Message| {
        let beat = matches!(message, Message::Heartbeat(_) | Message::Alive { .. });
        show == "notes" || (beat && show != "heartbeats")
    };
    let text = match line {
        _ if show == "nothing" => return None,
        Line::Arrived { message, .. } | Line::Lost { message, .. } if hidden(message) => return None,
        Line::Arrived { from, to, message } => format!("{}→{} {}", from.0, to.0, message_text(message)),
        Line::Lost { from, to, message, why } => format!("{}✗{} {} ({why})", from.0, to.0, message_text(message)),
        Line::Told { at, note } => format!("{} {}", at.0, note_text(*note)),
        Line::Answered { at, token, reply } => format!("{} tells {token}: {}", at.0, reply_text(*reply)),
    };
    Some(format!("{now} {text}"))
}

fn status(net: &Net) -> String {
    let mut text = String::new();
    for member in &net.members {
        let me = member.me().0;
        if !net.up[usize::from(me)] {
            let _ = writeln!(text, "{me} is down, last {} in term {}", place(member.last()), member.term());
            continue;
        }
        let role = format!("{:?}", member.role()).to_lowercase();
        let _ = write!(text, "{me} {role} of term {}, last {}", member.term(), place(member.last()));
        let _ = match member.role() {
            RoleName::Leader => write!(text, ", acknowledged {}, waiting {}", member.acknowledged(), member.waiting()),
            _ => write!(text, ", matched {}", member.acknowledged()),
        };
        for view in member.followers() {
            let lag = member.last().index - view.persisted;
            let _ = write!(text, "; {} shipped {} persisted {} lag {lag}", view.peer.0, view.shipped, view.persisted);
        }
        text += if member.is_degraded() { "; degraded\n" } else { "\n" };
    }
    text
}

struct Story {
    net: Option<Net>,
    script: Script,
    show: Rc<RefCell<String>>,
    token: u64,
}

impl Story {
    fn group(&mut self, words: &[&str]) {
        let mut config = Config::default();
        let mut latency = Span::from_millis(10);
        for word in words {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            let span = || value.parse::<Span>().unwrap();
            let number = || value.parse::<u64>().unwrap();
            match name {
                "members" => config.members = value.parse().unwrap(),
                "ship" => config.ship_delay = span(),
                "heartbeat" => config.heartbeat = span(),
                "missed" => config.missed_max = value.parse().unwrap(),
                "window" => config.window = number(),
                "resend" => config.resend_after = span(),
                "retain" => config.retain_max = number(),
                "latency" => latency = span(),
                "failover" => config.failover = value != "off",
                "fenced" => config.fenced = true,
                "mode" => config.acknowledge = mode(value),
                _ => panic!("group has no {name}"),
            }
        }
        let mut net = Net::new(config, Wire::constant(latency), 1);
        let (script, show) = (self.script.clone(), Rc::clone(&self.show));
        net.tell = Some(Box::new(move |now, line| {
            if let Some(text) = line_text(now, &line, &show.borrow()) {
                script.line(&text);
            }
        }));
        net.start();
        self.net = Some(net);
    }

    fn command(&mut self, words: &[&str]) {
        let number = |place: usize| words[place].parse::<u64>().unwrap();
        let member = |place: usize| words[place].parse::<usize>().unwrap();
        match words[0] {
            "group" => return self.group(&words[1..]),
            "show" => return *self.show.borrow_mut() = words[1].into(),
            _ => {}
        }
        let net = self.net.as_mut().expect("a story begins with `group`");
        match words[0] {
            "write" => {
                self.token += 1;
                net.write(member(1), self.token, number(2), number(3));
            }
            "writes" => {
                for _ in 0..number(2) {
                    self.token += 1;
                    net.write(member(1), self.token, self.token % 10, self.token);
                }
            }
            "run" => net.run(words[1].parse().unwrap()),
            "crash" => net.crash(member(1)),
            "restart" => net.restart(member(1)),
            "cut" => net.cut.extend(ways(&words[1..], numbered)),
            "split" => {
                let sides = sides(&words[1..], numbered);
                net.split(&sides.iter().map(Vec::as_slice).collect::<Vec<_>>());
            }
            "heal" => net.cut.clear(),
            "read" => {
                let shown = net.members[member(1)].read(number(2));
                let shown =
                    shown.map_or("nothing".into(), |(version, value)| format!("{value}, version {}", dotted(version)));
                self.script.line(&format!("k{} is {shown}", number(2)));
            }
            "status" => self.script.lines(&status(net)),
            "lost" => {
                let lost: Vec<String> = net.lost(member(1)).into_iter().map(dotted).collect();
                self.script.line(&format!("{} lost: {}", lost.len(), lost.join(" ")));
            }
            other => panic!("no command {other}"),
        }
    }
}

fn mode(text: &str) -> Acknowledge {
    let parts: Vec<&str> = text.split(':').collect();
    match parts[..] {
        ["async"] => Acknowledge::Async,
        ["sync"] => Acknowledge::Sync,
        ["semi-sync", k] => Acknowledge::SemiSync { followers: k.parse().unwrap(), degrade_after: None },
        ["semi-sync", k, after] => {
            Acknowledge::SemiSync { followers: k.parse().unwrap(), degrade_after: Some(after.parse().unwrap()) }
        }
        _ => panic!("no mode {text}"),
    }
}

/// Runs the commands in `text`; gives the text with what really happened.
fn retold(text: &str) -> String {
    let script = Script::default();
    let mut story = Story { net: None, script: script.clone(), show: Rc::new(RefCell::new("all".into())), token: 0 };
    script.retold(text, |words| story.command(words))
}

#[test]
fn every_story_goes_as_written() {
    stories::hold(FOLDER, 10, retold);
}
