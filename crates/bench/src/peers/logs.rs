//! A replicated log of three members, without faults, on a wire in memory: ours, and the raft of TiKV, each driven as its documentation says.
//!
//! Both sides propose so many entries at a time, and then let everybody speak until nobody has anything to say. What is committed is put
//! into a map. Both keep some thousand entries of their log.

use super::groups::Wire;
use super::{Job, Side, counted, job};
use machine::{Machine as _, Peer};
use raft::{Config, Request, Server, Timer};
use raft_rs::eraftpb::{Entry, Message};
use raft_rs::storage::{MemStorage, Storage as _};
use raft_rs::{RawNode, StateRole};
use std::collections::{BTreeMap, VecDeque};

const MEMBERS: u16 = 3;
/// Entries proposed at a time.
const BATCH: usize = 16;
/// Entries after which the log is cut.
const KEPT: u64 = 1_000;

/// The answer: entries that the leader has applied and answered for.
pub fn committed(side: Side, values: &[u64]) -> Job<'_> {
    match side {
        Side::Ours => job(ours(), |wire| all_ours(wire, values), |_, done| counted((), done)),
        Side::Theirs => job(Theirs::new(), |group| group.all(values), |_, done| counted((), done)),
    }
}

fn ours() -> Wire<Server> {
    let settings =
        Config { members: MEMBERS, voters: MEMBERS, pre_vote: false, protect_leader: false, ..Config::default() };
    let config = Config { snapshot_after: KEPT, ..settings };
    let server = |me| Server::new(Peer(me), config).expect("settings in range");
    let mut wire = Wire::new((0..MEMBERS).map(server).collect(), 1);
    wire.input(0, |server, out| server.on_timer(Timer::Election, base::Time::ZERO, out));
    wire.deliver();
    wire
}

fn all_ours(wire: &mut Wire<Server>, values: &[u64]) -> u64 {
    for batch in values.chunks(BATCH) {
        for value in batch {
            let request = Request::Write { key: value % 1_024, value: *value };
            wire.input(0, |server, out| server.on_request(*value, request, base::Time::ZERO, out));
        }
        wire.deliver();
    }
    wire.replies
}

struct Theirs {
    members: Vec<RawNode<MemStorage>>,
    states: Vec<BTreeMap<u64, u64>>,
    applied: u64,
    queue: VecDeque<Message>,
}

impl Theirs {
    fn new() -> Theirs {
        let logger = slog::Logger::root(slog::Discard, slog::o!());
        let member = |id| {
            let config = raft_rs::Config { id, ..raft_rs::Config::default() };
            let storage = MemStorage::new_with_conf_state((vec![1, 2, 3], vec![]));
            RawNode::new(&config, storage, &logger).expect("settings in range")
        };
        let members: Vec<_> = (1..=u64::from(MEMBERS)).map(member).collect();
        let states = members.iter().map(|_| BTreeMap::new()).collect();
        let mut group = Theirs { members, states, applied: 0, queue: VecDeque::new() };
        group.members[0].campaign().expect("a voter may");
        group.settle();
        assert_eq!(group.members[0].raft.state, StateRole::Leader);
        group
    }

    fn all(&mut self, values: &[u64]) -> u64 {
        for batch in values.chunks(BATCH) {
            for value in batch {
                self.members[0].propose(Vec::new(), value.to_le_bytes().to_vec()).expect("it leads");
            }
            self.settle();
        }
        self.applied
    }

    /// Until nobody has anything to say.
    fn settle(&mut self) {
        loop {
            (0..self.members.len()).for_each(|me| self.ready(me));
            if self.queue.is_empty() {
                return;
            }
            while let Some(message) = self.queue.pop_front() {
                self.members[message.to as usize - 1].step(message).expect("a message of a member");
            }
        }
    }

    /// What its documentation asks of a host, in its order.
    fn ready(&mut self, me: usize) {
        while self.members[me].has_ready() {
            let mut ready = self.members[me].ready();
            self.queue.extend(ready.take_messages());
            self.apply(me, ready.take_committed_entries());
            let store = self.members[me].raft.raft_log.store.clone();
            store.wl().append(ready.entries()).expect("entries that follow");
            if let Some(hard) = ready.hs() {
                store.wl().set_hardstate(hard.clone());
            }
            self.queue.extend(ready.take_persisted_messages());
            let mut light = self.members[me].advance(ready);
            if let Some(commit) = light.commit_index() {
                store.wl().mut_hard_state().set_commit(commit);
            }
            self.queue.extend(light.take_messages());
            self.apply(me, light.take_committed_entries());
            self.members[me].advance_apply();
            let (first, applied) = (store.first_index().expect("in memory"), self.members[me].raft.raft_log.applied);
            if applied > first + 2 * KEPT {
                store.wl().compact(applied - KEPT).expect("what is applied");
            }
        }
    }

    fn apply(&mut self, me: usize, entries: Vec<Entry>) {
        for entry in entries {
            let Ok(bytes) = <[u8; 8]>::try_from(&entry.data[..]) else { continue }; // a leader's first entry is empty
            let value = u64::from_le_bytes(bytes);
            self.states[me].insert(value % 1_024, value);
            self.applied += u64::from(me == 0);
        }
    }
}
