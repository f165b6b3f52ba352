//! What a reader makes of the copies it was told: the newest version, or, as a trap, the value that most of them have.
//!
//! ```text
//!   N = 5, W = 3, R = 3    copies ■ ■ ■ □ □ (■ new, □ old)    a read is told ■ □ □:
//!                          newest version: ■                  most copies: □, although R + W > N
//! ```
//!
//! Overlap promises that one of the answers is new, not that most of them are: only versions tell which one.

use crate::read_write::choose;

/// The newest of the copies that a read was told, as (version, value): the right rule. `None` if it was told none.
#[must_use]
pub fn newest<V>(copies: &[(u64, V)]) -> Option<&(u64, V)> {
    copies.iter().max_by_key(|(version, _)| *version)
}

/// The value that most copies have, `None` on a tie for the most: **wrong**, kept to show the harm. See [`majority_harm`].
pub fn majority<V: PartialEq>(copies: &[(u64, V)]) -> Option<&V> {
    let count = |value: &V| copies.iter().filter(|(_, other)| other == value).count();
    let (_, best) = copies.iter().max_by_key(|(_, value)| count(value))?;
    let is_tie = copies.iter().any(|(_, value)| value != best && count(value) == count(best));
    (!is_tie).then_some(best)
}

/// Stale copies that a read quorum repairs: those whose version is below the newest.
pub fn stale<V>(copies: &[(u64, V)]) -> impl Iterator<Item = usize> {
    let newest = newest(copies).map_or(0, |(version, _)| *version);
    copies.iter().enumerate().filter(move |(_, (version, _))| *version < newest).map(|(at, _)| at)
}

/// What a vote over values does to the reads after one write, counted over all sets that a read may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Harm {
    /// Sets in which most copies are old.
    pub old: u64,
    /// Sets in which as many are old as new.
    pub tied: u64,
    /// All sets.
    pub all: u64,
}

/// The sets of `reads` out of `members` copies, of which `writes` have the new value, by what [`majority`] makes of them. Up to 64
/// members; zero sets where a number is out of its range.
#[must_use]
pub fn majority_harm(members: u32, reads: u32, writes: u32) -> Harm {
    let mut harm = Harm { old: 0, tied: 0, all: 0 };
    if members > crate::MEMBERS_MAX || writes > members || reads > members {
        return harm;
    }
    for new in 0..=reads {
        let sets = choose(writes, new) * choose(members - writes, reads - new);
        harm.all += sets;
        match new.cmp(&(reads - new)) {
            core::cmp::Ordering::Less => harm.old += sets,
            core::cmp::Ordering::Equal => harm.tied += sets,
            core::cmp::Ordering::Greater => {}
        }
    }
    harm
}
