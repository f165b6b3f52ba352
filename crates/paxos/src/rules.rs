//! Paxos on paper: what an acceptor answers, and what a proposer may propose, as pure functions.
//!
//! Source: Lamport, *Paxos Made Simple*, 2001, §2.2: phases 1a to 2b, and invariants P1a, P2c.

use core::fmt;

/// The number of a proposal. Ordered by round, then by proposer, so that no two proposers ever use the same one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ballot {
    /// From 1; 0 is "none yet".
    pub round: u64,
    /// The proposer's number.
    pub proposer: u16,
}

/// Written `round.proposer`.
impl fmt::Display for Ballot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.round, self.proposer)
    }
}

/// A value accepted in a ballot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Accepted {
    /// In which.
    pub ballot: Ballot,
    /// What.
    pub value: u64,
}

/// All that an acceptor has to remember, across crashes (§2.2, end).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Acceptor {
    /// It takes part in no ballot below this one.
    pub promised: Ballot,
    /// What it accepted last.
    pub accepted: Option<Accepted>,
}

impl Acceptor {
    /// Phase 1b: whether it promises to take part in nothing below `ballot`; true again for the ballot already promised, whose
    /// request may have come twice. With a promise goes what it has [`accepted`](Acceptor::accepted).
    #[must_use]
    pub fn promises(&self, ballot: Ballot) -> bool {
        ballot >= self.promised && ballot.round > 0
    }

    /// Phase 2b: whether it accepts in `ballot`: unless it has promised a later one (P1a).
    #[must_use]
    pub fn accepts(&self, ballot: Ballot) -> bool {
        ballot >= self.promised && ballot.round > 0
    }
}

/// More than half of `acceptors`: any two such sets share one.
#[must_use]
pub const fn majority(acceptors: u16) -> u16 {
    acceptors / 2 + 1
}

/// Phase 2a: what a proposer with a majority of promises must propose: the value accepted in the greatest ballot among them; its own
/// only if there is none (P2c). That is why a value once chosen stays: every later majority meets it.
pub fn must_propose(own: u64, promised: impl IntoIterator<Item = Option<Accepted>>) -> u64 {
    promised.into_iter().flatten().max_by_key(|accepted| accepted.ballot).map_or(own, |accepted| accepted.value)
}
