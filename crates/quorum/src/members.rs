//! A set of members, as the bits of one word.

use crate::MEMBERS_MAX;

/// Members by number, 0 to 63. Copying costs nothing; every operation is a few instructions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Members(pub u64);

impl Members {
    /// Nobody.
    pub const NONE: Members = Members(0);

    /// These members; numbers from 64 on are left out.
    #[must_use]
    pub fn of(members: &[u32]) -> Members {
        members.iter().fold(Members::NONE, |set, member| set.with(*member))
    }

    /// The members 0 to `count` − 1.
    #[must_use]
    pub fn first(count: u32) -> Members {
        if count >= MEMBERS_MAX { Members(u64::MAX) } else { Members((1 << count) - 1) }
    }

    /// This set and `member`, unless that is 64 or more.
    #[must_use]
    pub fn with(self, member: u32) -> Members {
        Members(self.0 | 1_u64.checked_shl(member).unwrap_or(0))
    }

    /// Whether `member` is in it.
    #[must_use]
    pub fn contains(self, member: u32) -> bool {
        self.0.checked_shr(member).unwrap_or(0) & 1 == 1
    }

    /// How many.
    #[must_use]
    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether nobody is in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Who is in both.
    #[must_use]
    pub fn and(self, other: Members) -> Members {
        Members(self.0 & other.0)
    }

    /// The members, ascending.
    pub fn iter(self) -> impl Iterator<Item = u32> {
        (0..MEMBERS_MAX).filter(move |member| self.contains(*member))
    }

    /// Every set of the members 0 to `members` − 1, at most 63, the empty one first.
    pub fn subsets(members: u32) -> impl Iterator<Item = Members> {
        (0..1_u64.checked_shl(members).unwrap_or(u64::MAX)).map(Members)
    }
}
