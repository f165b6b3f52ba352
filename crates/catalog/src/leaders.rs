//! What callers know of a store with many leaders, and what its leaders have written over knowingly.

use crate::front;
use base::stable_hash_u64;
use clocks::Dot;
use foldhash::quality::FixedState;
use hashbrown::HashSet;
use sim::{Life, Request};
use std::collections::VecDeque;
use trace::MemberIndex;

/// Writes that are remembered as replaced: one that is dropped after so many others had been replaced counts as overwritten unseen.
const REMEMBERED: usize = 1 << 13;

/// Which of the leaders a caller goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Routing {
    /// Everybody in turn.
    Turn,
    /// Each user to its own.
    Home,
    /// Each key to its own: nothing can conflict while nobody fails.
    Owner,
}

/// How a store with many leaders is reached.
#[derive(Clone, Debug)]
pub struct LeadersFront {
    pub(crate) routing: Routing,
    turn: u32,
    /// Writes that a leader other than the one that took them replaced after it had heard of them.
    replaced: HashSet<u64, FixedState>,
    order: VecDeque<u64>,
}

fn name(dot: Dot) -> u64 {
    u64::from(dot.replica) << 48 ^ dot.count
}

impl LeadersFront {
    pub(crate) fn new(routing: Routing) -> LeadersFront {
        let replaced = HashSet::with_hasher(FixedState::with_seed(0));
        LeadersFront { routing, turn: 0, replaced, order: VecDeque::new() }
    }

    pub(crate) fn route(&mut self, request: &Request, lives: &[Life], members: &[MemberIndex]) -> Option<u8> {
        match self.routing {
            Routing::Turn => front::next(&mut self.turn, members),
            Routing::Home => front::first_up(stable_hash_u64(u64::from(request.user)), lives, members),
            Routing::Owner => {
                let owner = replication::multi_leader::owner(request.key, members.len() as u16);
                front::first_up(u64::from(owner.0), lives, members)
            }
        }
    }

    /// A leader replaced a write that it had heard of. O(1).
    pub(crate) fn replace(&mut self, dot: Dot) {
        if self.replaced.insert(name(dot)) {
            self.order.push_back(name(dot));
        }
        if let Some(oldest) = self.order.pop_front_if(|_| self.replaced.len() > REMEMBERED) {
            self.replaced.remove(&oldest);
        }
    }

    /// Whether some leader has replaced a write of another knowingly.
    pub(crate) fn has_replaced(&self, dot: Dot) -> bool {
        self.replaced.contains(&name(dot))
    }
}
