//! One member's copy of one key: siblings with dotted versions, or a register that the last writer wins.
//!
//! A deletion is a write of nothing, a *tombstone*: it must outlive the value in every copy that may still hold it.

use super::config::Conflicts;
use base::Time;
use clocks::{Exhausted, Siblings, VersionVector};
use crdt::{Crdt as _, LwwRegister};

/// What a write sets: a value, or nothing.
pub type Value = Option<u64>;

/// A copy of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// Under [`Conflicts::Versions`].
    Siblings(Siblings<Value>),
    /// Under [`Conflicts::LastWriteWins`].
    Register(LwwRegister<Value>),
}

impl Item {
    /// A key that nobody has written.
    #[must_use]
    pub fn new(conflicts: Conflicts) -> Item {
        match conflicts {
            Conflicts::Versions => Item::Siblings(Siblings::new()),
            Conflicts::LastWriteWins => Item::Register(LwwRegister::default()),
        }
    }

    /// A client that has read `context` writes through `member`, whose clock says `at`.
    ///
    /// # Errors
    /// [`Exhausted`] if a version stands at its greatest number; nothing is changed.
    pub fn write(&mut self, member: u16, at: Time, context: &VersionVector, value: Value) -> Result<(), Exhausted> {
        match self {
            Item::Siblings(siblings) => siblings.write(member.into(), context, value).map(drop),
            Item::Register(register) => {
                register.write(member.into(), at, value);
                Ok(())
            }
        }
    }

    /// Takes over what another copy holds; order and repetition do not matter. A copy of the other kind says nothing.
    pub fn merge(&mut self, other: &Item) {
        match (self, other) {
            (Item::Siblings(mine), Item::Siblings(theirs)) => mine.merge(theirs),
            (Item::Register(mine), Item::Register(theirs)) => mine.merge(theirs),
            _ => {}
        }
    }

    /// What a client reads: every value of which none replaces another, in the order of their versions.
    #[must_use]
    pub fn values(&self) -> Vec<u64> {
        match self {
            Item::Siblings(siblings) => siblings.versions().iter().filter_map(|version| version.value).collect(),
            Item::Register(register) => register.value().copied().flatten().into_iter().collect(),
        }
    }

    /// Whether it holds versions of which none replaces another. A register never does.
    #[must_use]
    pub fn has_siblings(&self) -> bool {
        matches!(self, Item::Siblings(siblings) if siblings.versions().len() > 1)
    }

    /// What a client hands back with its next write. Empty for a register.
    #[must_use]
    pub fn context(&self) -> VersionVector {
        match self {
            Item::Siblings(siblings) => siblings.context(),
            Item::Register(_) => VersionVector::new(),
        }
    }

    /// The bytes that a tree hashes: equal exactly for copies with equal versions.
    pub(super) fn fingerprint(&self, bytes: &mut Vec<u8>) {
        match self {
            Item::Siblings(siblings) => {
                for version in siblings.versions() {
                    bytes.extend(version.dot.replica.to_le_bytes());
                    bytes.extend(version.dot.count.to_le_bytes());
                }
            }
            Item::Register(register) => {
                let (at, member) = register.stamp().unwrap_or_default();
                bytes.extend(at.0.to_le_bytes());
                bytes.extend(member.to_le_bytes());
                let value = register.value().copied().flatten();
                bytes.push(u8::from(value.is_some()));
                bytes.extend(value.unwrap_or(0).to_le_bytes());
            }
        }
    }
}
