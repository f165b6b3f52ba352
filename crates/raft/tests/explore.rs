//! Every state that three servers can reach within two terms and logs of two entries: an exhaustive search, breadth first.
//!
//! The network is the set of all messages ever sent, and any of them may arrive at any time and any number of times: that is loss
//! (it never arrives), duplication and reordering in one. Servers time out whenever they like, as long as the term stays within the
//! bound; a leader takes a write as long as its log is short; each server may crash and come back. What is checked in every state
//! is written from the paper's figure 3, without the crate's observer: it is a second opinion on both.

use base::{Rng, Time};
use check::explore::{Broken, World, explore};
use machine::{Effect, Machine, Out, Peer};
use raft::*;
use std::collections::BTreeMap;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const SERVERS: usize = 3;
/// Room for terms, from 0.
const TERMS: usize = 4;
/// Room for committed entries.
const ENTRIES: usize = 6;

/// How far the search goes.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    terms: u64,
    /// A leader takes no write once its log is this long.
    entries: u64,
    crashes: u8,
    /// Who may stand in the first term, and who in a later one. Servers are alike: that one of them only votes costs little.
    stands: [u16; 2],
    bug: Option<Bug>,
}

/// What may happen to a server. A message by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Input {
    TimeOut,
    Write,
    Crash,
    Deliver(u16),
}

/// A server after an input: its number, the messages sent, and the term in which it was elected by it.
#[derive(Clone, Copy, Debug)]
struct After {
    server: u32,
    sent: u128,
    elected: Option<u64>,
}

/// The group: servers and messages by their numbers, and of the past only what the properties need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Group {
    servers: [u32; SERVERS],
    /// A bit for each message.
    sent: u128,
    crashes: u8,
    /// Who was elected, by term: a bit for each server.
    elected: [u8; TERMS],
    /// What was ever committed: the term of each entry, and the term in which the first server knew; zeros behind.
    committed: [(u8, u8); ENTRIES],
}

/// Numbers for servers and messages, and what each input makes of each server: computed once, looked up from then on.
struct Explorer {
    bounds: Bounds,
    servers: Vec<Server>,
    server_numbers: BTreeMap<String, u32>,
    messages: Vec<(Peer, Peer, Message)>,
    message_numbers: BTreeMap<(Peer, Peer, Message), u16>,
    /// By server, then by input.
    steps: Vec<Vec<Option<After>>>,
    out: Out<Server>,
    found: Found,
}

impl Explorer {
    fn new(bounds: Bounds) -> Explorer {
        Explorer {
            bounds,
            servers: Vec::new(),
            server_numbers: BTreeMap::new(),
            messages: Vec::new(),
            message_numbers: BTreeMap::new(),
            steps: Vec::new(),
            out: Out::new(Rng::new(1)),
            found: Found::default(),
        }
    }

    fn first(&mut self) -> Group {
        let config =
            Config { pre_vote: false, protect_leader: false, bug: self.bounds.bug, ..Config::of(SERVERS as u16) };
        let servers = core::array::from_fn(|me| {
            let mut server = Server::new(Peer(me as u16), config).unwrap();
            server.on_start(Time::ZERO, &mut self.out);
            self.out.drain().for_each(drop);
            self.server_number(server)
        });
        Group { servers, sent: 0, crashes: 0, elected: [0; TERMS], committed: [(0, 0); ENTRIES] }
    }

    /// Servers are equal if they show equal: everything they hold is part of that.
    fn server_number(&mut self, server: Server) -> u32 {
        let next = self.servers.len() as u32;
        let number = *self.server_numbers.entry(format!("{server:?}")).or_insert(next);
        if number == next {
            self.servers.push(server);
            self.steps.push(Vec::new());
        }
        number
    }

    fn message_number(&mut self, message: (Peer, Peer, Message)) -> u16 {
        let next = self.messages.len() as u16;
        let number = *self.message_numbers.entry(message.clone()).or_insert(next);
        if number == next {
            self.messages.push(message);
        }
        number
    }

    fn is_possible(&self, world: &Group, me: usize, input: Input) -> bool {
        let server = &self.servers[world.servers[me] as usize];
        let leads = server.role() == RoleName::Leader;
        match input {
            Input::TimeOut => {
                let standing = self.bounds.stands[usize::from(server.term() > 0)];
                !leads && server.term() < self.bounds.terms && (me as u16) < standing
            }
            Input::Write => leads && server.last().index < self.bounds.entries,
            Input::Crash => world.crashes < self.bounds.crashes,
            Input::Deliver(message) => self.messages[usize::from(message)].1 == Peer(me as u16),
        }
    }

    fn after(&mut self, number: u32, input: Input) -> After {
        let place = match input {
            Input::TimeOut => 0,
            Input::Write => 1,
            Input::Crash => 2,
            Input::Deliver(message) => 3 + usize::from(message),
        };
        let known = &mut self.steps[number as usize];
        known.resize(known.len().max(place + 1), None);
        if let Some(after) = known[place] {
            return after;
        }
        let mut server = self.servers[number as usize].clone();
        let (me, now) = (server.me(), Time::ZERO);
        match input {
            Input::TimeOut => server.on_timer(Timer::Election, now, &mut self.out),
            Input::Write => server.on_request(0, Request::Write { key: 0, value: 0 }, now, &mut self.out),
            Input::Crash => {
                server.on_crash();
                server.on_restart(now, &mut self.out);
            }
            Input::Deliver(message) => {
                let (from, _, message) = self.messages[usize::from(message)].clone();
                server.on_message(from, message, now, &mut self.out);
            }
        }
        let effects: Vec<Effect<Server>> = self.out.drain().collect();
        let (mut sent, mut elected) = (0, None);
        for effect in effects {
            match effect {
                Effect::Send { to, message } => sent |= 1 << self.message_number((me, to, message)),
                Effect::Note { note: Note::Elected { term, .. } } => elected = Some(term),
                _ => {}
            }
        }
        let after = After { server: self.server_number(server), sent, elected };
        self.steps[number as usize][place] = Some(after);
        after
    }

    /// The group after an input; `None` if nothing changes.
    fn after_input(&mut self, world: &Group, me: usize, input: Input) -> Option<Group> {
        let after = self.after(world.servers[me], input);
        if after.server == world.servers[me] && after.sent | world.sent == world.sent {
            return None;
        }
        let mut next = *world;
        next.servers[me] = after.server;
        next.sent |= after.sent;
        next.crashes += u8::from(input == Input::Crash);
        if let Some(term) = after.elected {
            next.elected[term as usize] |= 1 << me;
        }
        let server = &self.servers[after.server as usize];
        for index in 1..=server.commit() {
            let entry = &mut next.committed[index as usize - 1];
            if entry.0 == 0 {
                let term = server.disk().log().term_at(index).expect("committed, and nothing is folded");
                *entry = (term as u8, server.term() as u8);
            }
        }
        Some(next)
    }

    /// Figure 3, in this state.
    fn complaint(&self, world: &Group) -> Option<&'static str> {
        let servers = world.servers.map(|number| &self.servers[number as usize]);
        let logs = servers.map(|server| server.disk().log().entries());
        let is_elected_twice = world.elected.iter().any(|elected| elected.count_ones() > 1);
        let matches = |a: &[Entry], b: &[Entry]| {
            let agree = a.iter().zip(b).rposition(|(a, b)| a.at == b.at);
            agree.is_none_or(|last| a[..=last] == b[..=last])
        };
        let committed = || (1..).zip(world.committed).take_while(|(_, (term, _))| *term > 0);
        let holds = |server: &Server, index, term: u8| server.disk().log().term_at(index) == Some(term.into());
        let has_all = |server: &Server| {
            let mut older = committed().filter(|(_, (_, known_in))| u64::from(*known_in) < server.term());
            older.all(|(index, (term, _))| holds(server, index, term))
        };
        let agrees = |server: &Server| {
            let mut applied = committed().take(server.commit() as usize);
            applied.all(|(index, (term, _))| holds(server, index, term))
        };
        let mut leaders = servers.into_iter().filter(|server| server.role() == RoleName::Leader);
        match () {
            () if is_elected_twice => Some("election safety"),
            () if !matches(logs[0], logs[1]) || !matches(logs[0], logs[2]) || !matches(logs[1], logs[2]) => {
                Some("log matching")
            }
            () if !leaders.all(has_all) => Some("leader completeness"),
            () if !servers.into_iter().all(agrees) => Some("state machine safety"),
            () => None,
        }
    }
}

impl World for Explorer {
    type State = Group;
    type Move = (usize, Input);

    fn begin(&mut self) -> Group {
        self.first()
    }

    fn moves(&mut self, group: &Group, moves: &mut Vec<(usize, Input)>) {
        for me in 0..SERVERS {
            let sent = (0..128).filter(|message| group.sent >> message & 1 == 1).map(Input::Deliver);
            let inputs = [Input::TimeOut, Input::Write, Input::Crash].into_iter().chain(sent);
            moves.extend(inputs.filter(|input| self.is_possible(group, me, *input)).map(|input| (me, input)));
        }
    }

    fn step(&mut self, group: &Group, (me, input): &(usize, Input)) -> Option<Group> {
        self.after_input(group, *me, *input)
    }

    fn look(&mut self, group: &Group) -> Result<(), String> {
        if let Some(property) = self.complaint(group) {
            return Err(property.to_owned());
        }
        self.found.count(group);
        Ok(())
    }
}

/// Everything that was found, or after how many states which property was broken.
fn search(bounds: Bounds) -> Result<Found, (u64, String)> {
    let mut explorer = Explorer::new(bounds);
    let all = explore(&mut explorer, u32::MAX);
    if let Some(Broken { what, .. }) = all.broken {
        return Err((all.states, what));
    }
    assert!(all.is_whole);
    let (servers, messages) = (explorer.servers.len(), explorer.messages.len());
    Ok(Found { states: all.states, servers, messages, ..explorer.found })
}

/// What a search has found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Found {
    states: u64,
    servers: usize,
    messages: usize,
    /// States in which both terms had a leader.
    with_two_reigns: usize,
    /// States with something of each term committed.
    with_both_committed: usize,
}

impl Found {
    fn count(&mut self, world: &Group) {
        self.with_two_reigns += usize::from(world.elected.iter().filter(|elected| **elected > 0).count() > 1);
        let has = |term| world.committed.iter().any(|(committed, _)| *committed == term);
        self.with_both_committed += usize::from(has(1) && has(2));
    }
}

/// Two terms, logs of two entries: the second term may begin in the middle of everything that the first one does.
const TWO_REIGNS: Bounds = Bounds { terms: 2, entries: 2, crashes: 0, stands: [1, 2], bug: None };
/// One term, three rivals, and a crash.
const RIVALS: Bounds = Bounds { terms: 1, entries: 2, crashes: 1, stands: [3, 3], bug: None };

/// The count is exact: a rule that changes in any way that shows in any state changes it.
#[test]
fn every_state_of_two_terms_and_two_entries_is_safe() {
    let found = search(TWO_REIGNS);
    let expected = Found {
        states: 1_245_855,
        servers: 148,
        messages: 77,
        with_two_reigns: 1_218_892,
        with_both_committed: 822_828,
    };
    assert_eq!(found, Ok(expected));
}

#[test]
fn every_state_of_three_rivals_and_a_crash_is_safe() {
    let found = search(RIVALS);
    let expected = Found { states: 32_186, servers: 201, messages: 48, with_two_reigns: 0, with_both_committed: 0 };
    assert_eq!(found, Ok(expected));
}

/// The search finds what it is for: rules left out break the property that they keep, after so many states.
#[test]
fn rules_left_out_are_found_by_searching() {
    let two_and_a_crash = Bounds { crashes: 1, ..TWO_REIGNS };
    let cases = [
        (Bug::VoteForgotten, RIVALS, 5_188, "election safety"),
        (Bug::VoteForgotten, two_and_a_crash, 14_826, "election safety"),
        (Bug::VoteWithoutLogCheck, two_and_a_crash, 8_135, "leader completeness"),
        (Bug::EntryForgotten, two_and_a_crash, 20_931, "leader completeness"),
        (Bug::AppendWithoutCheck, two_and_a_crash, 17_478, "log matching"),
        (Bug::TruncateAlways, two_and_a_crash, 137_159, "leader completeness"),
    ];
    for (bug, bounds, states, property) in cases {
        let found = search(Bounds { bug: Some(bug), ..bounds });
        assert_eq!(found, Err((states, property.to_owned())), "{bug}");
    }
}
