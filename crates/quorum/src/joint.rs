//! Joint consensus: while members change, a majority of the old ones and a majority of the new ones.
//!
//! ```text
//!   old {1,2,3}   ■ ■ □                going over in one step, {1,2} could elect one leader by the old rule
//!   new {3,4,5}       □ ■ ■            while {4,5} elects another by the new one; needing both excludes it
//! ```
//!
//! The rule: what either half has not decided is not decided. The commit index is the smaller of both; a vote is won when both
//! halves are, lost when one is. O(n log n). Source: Ongaro and Ousterhout, 2014, §6; the empty half as etcd's raft.

use crate::{Majority, Members, QuorumError, QuorumSystem, Vote, checked_members};

/// Two majorities, both of which are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joint {
    old: Majority,
    new: Majority,
}

impl Joint {
    /// A majority of `old` and one of `new`. An empty half decides nothing.
    #[must_use]
    pub fn of(old: Members, new: Members) -> Joint {
        Joint { old: Majority::of(old), new: Majority::of(new) }
    }

    /// The change from all of `members` but the last to all but the first: one comes, one goes.
    ///
    /// # Errors
    /// [`QuorumError::Members`] unless it is 1 to 64.
    pub fn over(members: u32) -> Result<Joint, QuorumError> {
        let members = checked_members(members.into())?;
        let all = Members::first(members);
        let others = |of: Members| if of.is_empty() { all } else { of };
        Ok(Joint::of(others(Members::first(members - 1)), others(Members(all.0 & !1))))
    }

    /// Whether these are enough in both halves.
    #[must_use]
    pub fn is_met(self, answered: Members) -> bool {
        self.old.is_met(answered) && self.new.is_met(answered)
    }

    /// How an election stands in which `yes` and `no` have answered.
    #[must_use]
    pub fn vote(self, yes: Members, no: Members) -> Vote {
        match (self.old.vote(yes, no), self.new.vote(yes, no)) {
            (Vote::Won, Vote::Won) => Vote::Won,
            (Vote::Lost, _) | (_, Vote::Lost) => Vote::Lost,
            _ => Vote::Pending,
        }
    }

    /// The greatest index that both majorities have stored; `u64::MAX` if nobody votes.
    pub fn committed(self, stored: impl Fn(u32) -> u64) -> u64 {
        self.old.committed(&stored).min(self.new.committed(&stored))
    }
}

impl QuorumSystem for Joint {
    fn members(&self) -> u32 {
        self.old.members().max(self.new.members())
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
        self.old.writes_meet_writes() || self.new.writes_meet_writes()
    }
}
