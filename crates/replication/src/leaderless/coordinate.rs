//! Taking a request: ask all N homes, answer when W or R of them have, repair what turns out to be old.
//!
//! The coordinator keeps a copy of what it writes even if it is no home of the key: its numbers must never be given twice, and a
//! copy that holds its n-th version must hold, or have replaced, all before. So it sends its whole copy, and its own counts
//! for W only where it is a home of the key.

use super::config::Variant;
use super::item::{Item, Value};
use super::node::Node;
use super::words::{Message, Note, Reply, Timer};
use base::Time;
use clocks::VersionVector;
use machine::{Out, Peer};

/// A request that is not settled yet.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    token: u64,
    key: u64,
    /// Who answered, by bit.
    answered: u32,
    /// Whether the client was told.
    is_told: bool,
    work: Work,
}

#[derive(Clone, Debug)]
enum Work {
    Write(Item),
    /// What each member is known to hold, for the repair.
    Read(Vec<(Peer, Option<Item>)>),
}

fn bit(peer: Peer) -> u32 {
    1_u32.checked_shl(peer.0.into()).unwrap_or(0)
}

impl Node {
    fn open(&mut self, token: u64, key: u64, work: Work, out: &mut Out<Self>) -> u64 {
        self.live.asked += 1;
        let op = self.disk.boots << 40 | self.live.asked;
        self.live.pending.insert(op, Pending { token, key, answered: 0, is_told: false, work });
        out.set_timer(Timer::Expire(op), self.config.expire_after);
        if self.config.sloppy {
            out.set_timer(Timer::Fallback(op), self.config.fallback_after);
        }
        op
    }

    fn close(&mut self, op: u64, out: &mut Out<Self>) {
        self.live.pending.remove(&op);
        out.cancel_timer(Timer::Expire(op));
        if self.config.sloppy {
            out.cancel_timer(Timer::Fallback(op));
        }
    }

    pub(super) fn on_put(
        &mut self,
        token: u64,
        key: u64,
        value: Value,
        context: &VersionVector,
        now: Time,
        out: &mut Out<Self>,
    ) {
        let mut item = self.copy(key).cloned().unwrap_or_else(|| Item::new(self.config.conflicts));
        if item.write(self.me.0, now + self.clock_ahead, context, value).is_err() {
            return out.reply(token, Reply::Exhausted);
        }
        self.keep(key, &item, out);
        let op = self.open(token, key, Work::Write(item.clone()), out);
        for home in self.homes(key).filter(|home| *home != self.me) {
            out.send(home, Message::Store { op, key, item: item.clone(), hint: None });
        }
        if self.homes(key).any(|home| home == self.me) {
            self.on_stored(op, self.me, out);
        }
    }

    pub(super) fn on_stored(&mut self, op: u64, from: Peer, out: &mut Out<Self>) {
        let Some(pending) = self.live.pending.get_mut(&op) else { return };
        let Work::Write(item) = &pending.work else { return };
        pending.answered |= bit(from);
        if pending.answered.count_ones() >= u32::from(self.config.write_quorum) {
            out.reply(pending.token, Reply::Stored { context: item.context() });
            self.close(op, out);
        }
    }

    pub(super) fn on_get(&mut self, token: u64, key: u64, out: &mut Out<Self>) {
        let op = self.open(token, key, Work::Read(Vec::new()), out);
        for home in self.homes(key).filter(|home| *home != self.me) {
            out.send(home, Message::Fetch { op, key });
        }
        if self.homes(key).any(|home| home == self.me) {
            self.on_fetched(op, self.me, self.known(key), out);
        }
    }

    pub(super) fn on_fetched(&mut self, op: u64, from: Peer, item: Option<Item>, out: &mut Out<Self>) {
        let Some(pending) = self.live.pending.get_mut(&op) else { return };
        let Work::Read(held) = &mut pending.work else { return };
        if pending.answered & bit(from) != 0 {
            return;
        }
        pending.answered |= bit(from);
        held.push((from, item));
        let needed = match self.config.variant {
            Variant::ReadsOne => 1,
            _ => u32::from(self.config.read_quorum),
        };
        if pending.answered.count_ones() < needed {
            return;
        }
        let newest = newest(held);
        if !pending.is_told {
            pending.is_told = true;
            let (values, context) = newest.as_ref().map(|item| (item.values(), item.context())).unwrap_or_default();
            out.reply(pending.token, Reply::Found { values, context });
        }
        if self.config.read_repair {
            self.repair(op, newest, out);
        }
        let answered = self.live.pending[&op].answered;
        let key = self.live.pending[&op].key;
        if self.homes(key).all(|home| answered & bit(home) != 0) {
            self.close(op, out);
        }
    }

    /// Writes the newest to every home that answered with less. Nobody waits for it.
    fn repair(&mut self, op: u64, newest: Option<Item>, out: &mut Out<Self>) {
        let (Some(newest), Some(pending)) = (newest, self.live.pending.get_mut(&op)) else { return };
        let key = pending.key;
        let mut held = match &mut pending.work {
            Work::Read(held) => core::mem::take(held),
            Work::Write(_) => return,
        };
        let mut is_mine_old = false;
        let is_home = |member: Peer| self.homes(key).any(|home| home == member);
        for (member, item) in
            held.iter_mut().filter(|(member, item)| item.as_ref() != Some(&newest) && is_home(*member))
        {
            *item = Some(newest.clone());
            out.note(Note::Repaired { member: *member, key });
            match *member == self.me {
                true => is_mine_old = true,
                false => out.send(*member, Message::Repair { key, item: newest.clone() }),
            }
        }
        if is_mine_old {
            self.keep(key, &newest, out);
        }
        if let Some(Pending { work: Work::Read(place), .. }) = self.live.pending.get_mut(&op) {
            *place = held;
        }
    }

    /// Some homes are silent: the next members of the ring stand in for them. Each is told for whom.
    pub(super) fn on_fallback(&mut self, op: u64, out: &mut Out<Self>) {
        let Some(pending) = self.live.pending.get(&op) else { return };
        let (key, answered, work) = (pending.key, pending.answered, pending.work.clone());
        let silent: Vec<Peer> = self.homes(key).filter(|home| answered & bit(*home) == 0).collect();
        if silent.is_empty() {
            return;
        }
        let others: Vec<Peer> = self.preference(key).skip(self.config.copies.into()).collect();
        for (other, home) in others.into_iter().zip(silent.into_iter().cycle()) {
            match &work {
                Work::Write(item) if other == self.me => {
                    self.keep_hint(home, key, item.clone(), out);
                    self.on_stored(op, other, out);
                }
                Work::Write(item) => {
                    out.send(other, Message::Store { op, key, item: item.clone(), hint: Some(home) });
                }
                Work::Read(_) if other == self.me => self.on_fetched(op, other, self.known(key), out),
                Work::Read(_) => out.send(other, Message::Fetch { op, key }),
            }
        }
    }

    pub(super) fn on_expire(&mut self, op: u64, out: &mut Out<Self>) {
        let Some(pending) = self.live.pending.remove(&op) else { return };
        if pending.is_told {
            return; // a read that waited for late answers to repair
        }
        let needed = match pending.work {
            Work::Write(_) => self.config.write_quorum,
            Work::Read(_) => self.config.read_quorum,
        };
        out.reply(pending.token, Reply::Unavailable { answered: pending.answered.count_ones() as u16, needed });
    }
}

/// All that the answers say together.
fn newest(held: &[(Peer, Option<Item>)]) -> Option<Item> {
    let mut copies = held.iter().filter_map(|(_, item)| item.as_ref());
    let mut newest = copies.next()?.clone();
    copies.for_each(|item| newest.merge(item));
    Some(newest)
}
