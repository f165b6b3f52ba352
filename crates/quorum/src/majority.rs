//! Majority: more than half. Two majorities share a member, so a term has one leader and a committed entry is met by the next one.
//!
//! The rule: floor(n / 2) + 1 of n. An even member more does not let one more fail: 3 and 4 both survive 1. O(1) a question;
//! O(n log n) for the commit index.
//!
//! Nobody at all is a majority of nobody: an empty half of a [`crate::Joint`] configuration decides nothing, so it must stand in
//! nobody's way. Source: Thomas, *A Majority Consensus Approach to Concurrency Control*, 1979; the empty case as etcd's raft.

use crate::{Members, QuorumError, QuorumSystem, checked_members};

/// How an election stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vote {
    /// Enough said yes.
    Won,
    /// Neither, and the missing votes can decide it.
    Pending,
    /// So many said no that it cannot be won any more.
    Lost,
}

/// A majority of some members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Majority {
    voters: Members,
}

impl Majority {
    /// A majority of these voters; of none, everything is decided.
    #[must_use]
    pub fn of(voters: Members) -> Majority {
        Majority { voters }
    }

    /// A majority of the members 0 to `members` − 1.
    ///
    /// # Errors
    /// [`QuorumError::Members`] unless it is 1 to 64.
    pub fn over(members: u32) -> Result<Majority, QuorumError> {
        checked_members(members.into()).map(|members| Majority::of(Members::first(members)))
    }

    /// The voters.
    #[must_use]
    pub fn voters(self) -> Members {
        self.voters
    }

    /// How many are enough; 0 if nobody votes.
    #[must_use]
    pub fn needed(self) -> u32 {
        if self.voters.is_empty() { 0 } else { self.voters.len() / 2 + 1 }
    }

    /// Whether these are enough.
    #[must_use]
    pub fn is_met(self, answered: Members) -> bool {
        self.voters.and(answered).len() >= self.needed()
    }

    /// How an election stands in which `yes` and `no` have answered; who is in both counts as yes.
    #[must_use]
    pub fn vote(self, yes: Members, no: Members) -> Vote {
        let no = Members(no.0 & !yes.0);
        if self.is_met(yes) {
            Vote::Won
        } else if self.is_met(Members(!no.0)) {
            Vote::Pending
        } else {
            Vote::Lost
        }
    }

    /// The greatest index that a majority has stored, if `stored` says how far each voter is (0: nothing yet).
    /// `u64::MAX` if nobody votes: nobody holds anything back.
    pub fn committed(self, stored: impl Fn(u32) -> u64) -> u64 {
        let mut indices: Vec<u64> = self.voters.iter().map(stored).collect();
        indices.sort_unstable_by(|a, b| b.cmp(a));
        let decisive = self.needed().checked_sub(1);
        decisive.map_or(u64::MAX, |at| indices[at as usize])
    }
}

impl QuorumSystem for Majority {
    fn members(&self) -> u32 {
        u64::BITS - self.voters.0.leading_zeros()
    }
    fn can_read(&self, answered: Members) -> bool {
        self.is_met(answered)
    }
    fn can_write(&self, answered: Members) -> bool {
        self.is_met(answered)
    }
    fn reads_meet_writes(&self) -> bool {
        self.writes_meet_writes()
    }
    fn writes_meet_writes(&self) -> bool {
        !self.voters.is_empty()
    }
}
