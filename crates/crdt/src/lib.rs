//! Replicated data types that converge: every replica takes writes, alone if it must, and all that hear the same hold the same.
//!
//! ```text
//!   A  ──add x──────────────●──►        no leader, no locks, no agreement: a merge of two states gives one
//!                  ╲       ╱            that holds what both knew, in whatever order they meet, however often
//!   B  ──remove x───●─────●────►
//! ```
//!
//! The rule that makes it work is algebra: merging is associative, commutative and idempotent. `tests/laws.rs` holds every type of
//! [`Kind::ALL`] to it. Each mutation also returns its *delta*, a small state that says only what is new; deltas are merged like
//! states and may be lost, repeated or joined with each other on the way.
//!
//! | | value | concurrent | loses | use it when |
//! |---|---|---|---|---|
//! | [`GCounter`], [`PnCounter`] | a number | both count | nothing | likes, views; not stock: nothing holds it above zero |
//! | [`LwwRegister`], [`LwwMap`] | the newest | the greater timestamp | **writes, silently** | a loss is cheaper than a question |
//! | [`MvRegister`], [`OrMap`] | the newest, or several | all are kept | nothing | somebody can choose |
//! | [`GSet`], [`TwoPhaseSet`] | a set | – | the right to come back | ids that are used once |
//! | [`OrSet`], [`EwFlag`] | a set, a flag | adding wins | removals | carts |
//! | [`RwSet`], [`DwFlag`] | a set, a flag | removing wins | additions | access lists |
//! | [`Sequence`] | a list, a text | both, run by run | nothing; keeps tombstones | editing together |
//!
//! ```
//! use crdt::{Crdt, OrSet};
//!
//! let mut a = OrSet::default();
//! a.add(0, "item1");
//! let mut b = a.clone();
//! // A adds it once more while B removes it.
//! let delta = a.add(0, "item1");
//! b.remove(&"item1");
//! b.merge(&delta);
//! a.merge(&b);
//! assert!(a == b && a.contains(&"item1"), "the add wins: nobody had seen it when removing");
//! ```
//!
//! When not to use them: an invariant over what several may write (stock that must not go below zero, a name that must be unique)
//! needs agreement. To converge is not to be right; it is to be wrong in the same way everywhere.
//!
//! [`Replica`] is a store of many such copies that tells others what is new, by [`Sends`].
//!
//! To add a type: its file, and one line in the list in `any.rs`.

mod any;
mod counter;
mod dots;
mod gossip;
mod map;
mod observed;
mod register;
mod sequence;
mod sets;
pub mod stores;

pub use any::{Kind, Operation, OperationError, Replicated, Value};
pub use counter::{GCounter, PnCounter};
pub use dots::{Context, Dot};
pub use gossip::{Parcel, Part, Replica, Sends};
pub use map::{LwwMap, OrMap};
pub use observed::{DwFlag, EwFlag, OrSet, RwSet};
pub use register::{LwwRegister, MvRegister};
pub use sequence::Sequence;
pub use sets::{GSet, TwoPhaseSet};

use core::fmt;

/// A state that can be merged with another of its kind.
///
/// Merging is associative, commutative and idempotent, and a mutation only ever adds: it is a merge with its delta.
pub trait Crdt: Clone + PartialEq {
    /// Takes over everything that `other` knows; a state or a delta.
    fn merge(&mut self, other: &Self);

    /// How much it is to send: entries, elements, dots and tombstones, each counted as one.
    fn size(&self) -> u64;
}

/// A slot of a counter cannot hold so much: it ends at 18446744073709551615.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

impl fmt::Display for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a replica's slot would go beyond {}", u64::MAX)
    }
}

impl core::error::Error for Overflow {}

/// There is no such place in a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfRange {
    /// The place.
    pub index: u64,
    /// How many values there are.
    pub count: u64,
}

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "place {} of a sequence of {}", self.index, self.count)
    }
}

impl core::error::Error for OutOfRange {}
