//! Logical clocks: which of two events happened before the other, told without trusting anybody's wall clock.
//!
//! ```text
//!  p0  ──a(1)────────m──────────────d(2)──►        a → b → c: a message carries the order along
//!                     ╲                            c ∥ d: nobody can have known of the other,
//!  p1  ─────────────────b(2)──c(3)────────►               whatever their numbers say
//! ```
//!
//! | | state | sees a → b | tells concurrent | reads as a time | use it when |
//! |---|---|---|---|---|---|
//! | [`Lamport`] | 1 counter | one way: a → b gives C(a) < C(b) | no | no | a total order that respects causes is enough |
//! | [`VectorClock`] | 1 counter a process | both ways | **yes** | no | few processes; conflicts must be found |
//! | [`VersionVector`] | 1 counter a replica | both ways, of versions | yes, of replicas | no | clients write under their own id |
//! | [`Siblings`] (dotted) | the same and a dot | both ways, of versions | **yes, of clients too** | no | many clients write through few replicas |
//! | [`HybridClock`] | a time and a counter | one way | no | **within the skew** | snapshots and logs that people read |
//!
//! ```
//! use clocks::{Relation, VectorClock};
//!
//! // A writes, B hears of it and writes, A writes again without having heard: a conflict.
//! let mut a = VectorClock::new();
//! a.tick("A")?;
//! let mut b = a.clone();
//! b.tick("B")?;
//! a.tick("A")?;
//! assert_eq!(a.relation(&b), Relation::Concurrent);
//!
//! // What merges both is after both.
//! let mut merged = a.merged(&b);
//! merged.tick("A")?;
//! assert_eq!((merged.count(&"A"), merged.count(&"B")), (3, 1));
//! assert_eq!(b.relation(&merged), Relation::Before);
//! # Ok::<(), clocks::Exhausted>(())
//! ```
//!
//! When not to use them: a logical clock says nothing of how long ago something was, and none of them resolves a conflict; they
//! find it. One leader with a log needs none of this: its index is the clock.

mod dotted;
mod hybrid;
mod lamport;
mod vector;
mod version;

pub use dotted::{Dot, Siblings, Version};
pub use hybrid::{HybridClock, HybridStamp, ReceiveError};
pub use lamport::{Lamport, LamportStamp};
pub use vector::VectorClock;
pub use version::VersionVector;

use core::fmt;

/// How two moments of a history stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// They know exactly the same events.
    Equal,
    /// The first is part of what the second knows.
    Before,
    /// The second is part of what the first knows.
    After,
    /// Each knows something that the other does not: neither can have caused the other.
    Concurrent,
}

impl Relation {
    /// The relation of two sets of events of which the first lacks some of the second, the second some of the first, or not.
    pub(crate) fn of_lacks(first_lacks: bool, second_lacks: bool) -> Relation {
        match (first_lacks, second_lacks) {
            (false, false) => Relation::Equal,
            (true, false) => Relation::Before,
            (false, true) => Relation::After,
            (true, true) => Relation::Concurrent,
        }
    }

    /// The name in files and on screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Relation::Equal => "equal",
            Relation::Before => "before",
            Relation::After => "after",
            Relation::Concurrent => "concurrent",
        }
    }
}

/// A counter stands at 18446744073709551615 and cannot count one more event. Nothing was changed.
///
/// No clock counts that far by itself; a message from a stranger can claim it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted;

impl fmt::Display for Exhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the clock stands at {}, its greatest value, and cannot count one more event", u64::MAX)
    }
}

impl core::error::Error for Exhausted {}

/// One more, or [`Exhausted`].
pub(crate) fn next(count: u64) -> Result<u64, Exhausted> {
    count.checked_add(1).ok_or(Exhausted)
}
