//! What callers know of a chain: its head, and who answers reads.

use crate::eras::Eras;
use machine::Peer;
use replication::chain::{Master, Reads};
use sim::Request;

/// How a chain is reached: as its master said last.
#[derive(Clone, Debug)]
pub struct ChainFront {
    /// Who answers reads.
    pub(crate) reads: Reads,
    /// Members from head to tail.
    order: Vec<u8>,
    tail: u8,
    turn: u32,
    /// Since which chain its head is head.
    term: u64,
    /// By head, and the chain with which it became one.
    eras: Eras,
}

impl ChainFront {
    pub(crate) fn new(reads: Reads, members: u8) -> ChainFront {
        let order: Vec<u8> = (0..members).collect();
        ChainFront { reads, tail: members.saturating_sub(1), order, turn: 0, term: 1, eras: Eras::new(1) }
    }

    /// The master has a new chain, or knows that its tail is another.
    pub(crate) fn learn(&mut self, master: &Master) {
        let number = |peer: Peer| peer.0 as u8;
        let order: Vec<u8> = master.chain().links().iter().map(|link| number(link.peer)).collect();
        if order.first() != self.order.first() {
            self.term = master.chain().number();
        }
        (self.tail, self.order) = (master.tail().map_or(self.tail, number), order);
    }

    /// A member begins to be head, with updates up to `last`: the term, if it is the head of it and had not begun yet.
    pub(crate) fn lead(&mut self, member: u8, last: u64) -> Option<u64> {
        if self.order.first() != Some(&member) || self.eras.newest() >= self.term {
            return None;
        }
        self.eras.begin(last, self.term);
        Some(self.term)
    }

    /// The version of an update: the term of the head that numbered it, and its number; 0 of none.
    pub(crate) fn version(&self, update: u64) -> u64 {
        self.eras.version(update)
    }

    /// Members from head to tail.
    pub(crate) fn order(&self) -> &[u8] {
        &self.order
    }

    pub(crate) fn route(&mut self, request: &Request, attempt: u8) -> Option<u8> {
        if request.write {
            return self.order.first().copied();
        }
        if self.reads == Reads::Tail {
            return Some(self.tail);
        }
        self.turn = self.turn.wrapping_add(1 + u32::from(attempt));
        let place = (self.turn as usize).checked_rem(self.order.len())?;
        self.order.get(place).copied()
    }
}
