//! What callers know of a group that agrees slot by slot: who leads, and how fast slots are chosen and ballots begun.

use crate::eras::Eras;
use crate::front;
use base::{Span, Time};
use sim::Request;
use trace::MemberIndex;

/// How a group that agrees on a log slot by slot is reached.
#[derive(Clone, Debug)]
pub struct SlotFront {
    /// Writes go to the newest leader, else to everybody in turn.
    pub(crate) writes_to_leader: bool,
    /// The same of reads.
    pub(crate) reads_to_leader: bool,
    leader: u8,
    led: bool,
    turn: u32,
    /// By leader. A slot's ballot may change until it is chosen, and after; its version does not.
    eras: Eras,
    /// The last slot that anybody knows to be chosen.
    newest: u64,
    chosen: Pace,
    ballots: Pace,
}

impl SlotFront {
    pub(crate) fn new(writes_to_leader: bool, reads_to_leader: bool) -> SlotFront {
        SlotFront {
            writes_to_leader,
            reads_to_leader,
            leader: 0,
            led: false,
            turn: 0,
            eras: Eras::new(0),
            newest: 0,
            chosen: Pace::default(),
            ballots: Pace::default(),
        }
    }

    pub(crate) fn route(&mut self, request: &Request, members: &[MemberIndex]) -> Option<u8> {
        let to_leader = if request.write { self.writes_to_leader } else { self.reads_to_leader };
        if to_leader { Some(self.leader) } else { front::next(&mut self.turn, members) }
    }

    /// A member leads, and what is new comes behind slot `last`: the how manieth that does.
    pub(crate) fn lead(&mut self, member: u8, last: u64) -> u64 {
        let term = self.eras.newest() + 1;
        self.eras.begin(last, term);
        (self.leader, self.led) = (member, true);
        term
    }

    /// Who announced itself leader last.
    pub(crate) fn leader(&self) -> Option<u8> {
        self.led.then_some(self.leader)
    }

    /// The version of what a slot holds: its leader's term and the slot; 0 of none.
    pub(crate) fn version(&self, slot: u64) -> u64 {
        self.eras.version(slot)
    }

    /// A member knows that all up to `slot` is chosen.
    pub(crate) fn choose(&mut self, slot: u64, now: Time) {
        let more = slot.saturating_sub(self.newest);
        self.newest += more;
        self.chosen.count(more, now);
    }

    /// A member begins a ballot.
    pub(crate) fn prepare(&mut self, now: Time) {
        self.ballots.count(1, now);
    }

    /// The last slot that anybody knows to be chosen.
    pub(crate) fn newest(&self) -> u64 {
        self.newest
    }

    /// Slots chosen and ballots begun in the last full second.
    pub(crate) fn paces(&self, now: Time) -> (u64, u64) {
        (self.chosen.last(now), self.ballots.last(now))
    }
}

/// Counts by the second.
#[derive(Clone, Copy, Debug, Default)]
struct Pace {
    second: u64,
    count: u64,
    before: u64,
}

impl Pace {
    fn at(self, now: Time) -> Pace {
        let second = now.0 / Span::from_secs(1).0;
        match second.saturating_sub(self.second) {
            0 => self,
            1 => Pace { second, count: 0, before: self.count },
            _ => Pace { second, count: 0, before: 0 },
        }
    }

    fn count(&mut self, more: u64, now: Time) {
        *self = self.at(now);
        self.count += more;
    }

    fn last(&self, now: Time) -> u64 {
        self.at(now).before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_that_of_the_last_full_second() {
        let at = |ms: u64| Time(ms * 1_000_000);
        let mut front = SlotFront::new(true, true);
        (0..30).for_each(|n| front.prepare(at(n * 100)));
        front.choose(7, at(2_500));
        front.choose(5, at(2_600));
        assert_eq!(front.paces(at(2_999)), (0, 10));
        assert_eq!(front.paces(at(3_000)), (7, 10));
        assert_eq!(front.paces(at(4_000)), (0, 0));
    }
}
