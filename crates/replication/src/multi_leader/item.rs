//! One member's copy of one key, how a client changes it, and how two copies become one.

use super::config::{MergeRule, Resolve, Variant};
use super::words::Change;
use base::Time;
use clocks::{Dot, Siblings, Version, VersionVector};
use crdt::{Crdt as _, OrSet, PnCounter};

/// What a write sets: a value, or nothing.
pub type Value = Option<u64>;

/// A write with the stamp of its writer's wall clock. The version decides nothing: by it one can say what the stamps have lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamped {
    /// The writer's clock.
    pub at: Time,
    /// Which write it is, what it replaced, and its value.
    pub version: Version<Value>,
}

impl Stamped {
    fn rank(&self) -> (Time, u32, u64) {
        (self.at, self.version.dot.replica, self.version.dot.count)
    }

    fn knows(&self, other: &Stamped) -> bool {
        self.version.past.count(other.version.dot.replica) >= other.version.dot.count
    }
}

/// A copy of a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// Under [`Resolve::LastWriteWins`]; `None` if nobody has written.
    Last(Option<Stamped>),
    /// Under [`Resolve::Siblings`] and [`Resolve::Merge`].
    Siblings(Siblings<Value>),
    /// Under [`Resolve::Counter`].
    Counter(PnCounter),
    /// Under [`Resolve::Set`].
    Set(OrSet<u64>),
}

/// Who writes, and when.
pub(super) struct Writer<'a> {
    pub member: u32,
    /// A number that this member never gives to another write.
    pub count: u64,
    pub at: Time,
    /// What the client had read.
    pub context: &'a VersionVector,
}

/// What became of two writes that met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lost {
    pub lost: Dot,
    pub kept: Dot,
}

/// Why a write was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotWritten {
    Refused,
    Exhausted,
}

impl Item {
    /// A key that nobody has written.
    #[must_use]
    pub fn new(resolve: Resolve) -> Item {
        match resolve {
            Resolve::LastWriteWins => Item::Last(None),
            Resolve::Siblings | Resolve::Merge(_) => Item::Siblings(Siblings::new()),
            Resolve::Counter => Item::Counter(PnCounter::default()),
            Resolve::Set => Item::Set(OrSet::default()),
        }
    }

    /// Makes a client's change. Returns the write's own loss, if what was there has a greater stamp.
    pub(super) fn write(&mut self, change: Change, writer: &Writer<'_>) -> Result<(Dot, Option<Lost>), NotWritten> {
        let dot = Dot { replica: writer.member, count: writer.count };
        match (self, change) {
            (Item::Last(held), Change::Put(_) | Change::Delete) => Ok((dot, write_last(held, change, dot, writer.at))),
            (Item::Siblings(siblings), Change::Put(_) | Change::Delete) => {
                let written = siblings.write(writer.member, writer.context, change.value());
                written.map(|dot| (dot, None)).map_err(|_| NotWritten::Exhausted)
            }
            (Item::Counter(counter), Change::Put(by)) => {
                counter.increment(writer.member, by).map(|_| (dot, None)).map_err(|_| NotWritten::Exhausted)
            }
            (Item::Counter(counter), Change::Remove(by)) => {
                counter.decrement(writer.member, by).map(|_| (dot, None)).map_err(|_| NotWritten::Exhausted)
            }
            (Item::Set(set), change) => {
                write_set(set, change, writer.member);
                Ok((dot, None))
            }
            _ => Err(NotWritten::Refused),
        }
    }

    /// Takes over what another copy holds; order and repetition do not matter, except in the wrong variants. A copy of another kind says
    /// nothing. Returns what was lost here.
    pub(super) fn merge(&mut self, other: &Item, variant: Variant) -> Option<Lost> {
        match (self, other) {
            (Item::Last(mine), Item::Last(Some(theirs))) => merge_last(mine, theirs, variant),
            (Item::Siblings(mine), Item::Siblings(theirs)) => {
                mine.merge(theirs);
                None
            }
            (Item::Counter(mine), Item::Counter(theirs)) => {
                mine.merge(theirs);
                None
            }
            (Item::Set(mine), Item::Set(theirs)) => {
                mine.merge(theirs);
                None
            }
            _ => None,
        }
    }

    /// What a reader sees: nothing, one value, the siblings in the order of their versions, or the elements of the set.
    #[must_use]
    pub fn values(&self, resolve: Resolve) -> Vec<i128> {
        match self {
            Item::Last(held) => held.iter().filter_map(|held| held.version.value).map(i128::from).collect(),
            Item::Siblings(siblings) => {
                let values = siblings.versions().iter().filter_map(|version| version.value);
                match resolve {
                    Resolve::Merge(rule) => MergeRule::merge(rule, values).map(i128::from).into_iter().collect(),
                    _ => values.map(i128::from).collect(),
                }
            }
            Item::Counter(counter) => vec![counter.value()],
            Item::Set(set) => set.elements().copied().map(i128::from).collect(),
        }
    }

    /// What a client hands back with its next write. Counts for siblings only: other copies need none.
    #[must_use]
    pub fn context(&self) -> VersionVector {
        match self {
            Item::Siblings(siblings) => siblings.context(),
            _ => VersionVector::new(),
        }
    }

    /// How many versions stand beside each other.
    pub(super) fn siblings(&self) -> u64 {
        match self {
            Item::Siblings(siblings) => siblings.versions().len() as u64,
            _ => 1,
        }
    }
}

fn write_last(held: &mut Option<Stamped>, change: Change, dot: Dot, at: Time) -> Option<Lost> {
    let mut past = held.as_ref().map(|held| held.version.past.clone()).unwrap_or_default();
    if let Some(held) = held {
        past.merge(&VersionVector::from_counts([(held.version.dot.replica, held.version.dot.count)]));
    }
    let written = Stamped { at, version: Version { dot, past, value: change.value() } };
    let greater = held.as_ref().filter(|held| held.rank() > written.rank());
    if let Some(held) = greater {
        return Some(Lost { lost: dot, kept: held.version.dot });
    }
    *held = Some(written);
    None
}

fn merge_last(mine: &mut Option<Stamped>, theirs: &Stamped, variant: Variant) -> Option<Lost> {
    let Some(held) = mine else {
        *mine = Some(theirs.clone());
        return None;
    };
    let wins = match variant {
        Variant::ByArrival => held.version.dot != theirs.version.dot,
        Variant::StrictlyNewer => theirs.at > held.at,
        _ => theirs.rank() > held.rank(),
    };
    if !wins {
        return None;
    }
    let lost = (!theirs.knows(held)).then_some(Lost { lost: held.version.dot, kept: theirs.version.dot });
    *held = theirs.clone();
    lost
}

fn write_set(set: &mut OrSet<u64>, change: Change, member: u32) {
    match change {
        Change::Put(element) => drop(set.add(member, element)),
        Change::Remove(element) => drop(set.remove(&element)),
        Change::Delete => {
            let elements: Vec<u64> = set.elements().copied().collect();
            elements.iter().for_each(|element| drop(set.remove(element)));
        }
    }
}
