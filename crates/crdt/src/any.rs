//! Any type of the family behind one face: the list, operations and values as data.
//!
//! Elements, keys and values are numbers here; whoever has other things numbers them. Nothing is dispatched dynamically.

use crate::{
    Crdt, DwFlag, EwFlag, GCounter, GSet, LwwMap, LwwRegister, MvRegister, OrMap, OrSet, OutOfRange, Overflow,
    PnCounter, RwSet, Sequence, TwoPhaseSet,
};
use base::Time;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Something that a replica does to its own copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Counters: add so much.
    Increment(u64),
    /// Counters that go both ways: take so much away.
    Decrement(u64),
    /// Sets: put an element in.
    Add(u64),
    /// Sets: take an element out.
    Remove(u64),
    /// Registers: write a value. The time is what the writer's clock reads; only the last writer wins by it.
    Write(Time, u64),
    /// Flags: raise.
    Enable,
    /// Flags: lower.
    Disable,
    /// Maps: write a value under a key.
    Put(Time, u64, u64),
    /// Maps: remove a key.
    Delete(Time, u64),
    /// Sequences: put a value at a place.
    Insert(u64, u64),
    /// Sequences: remove what is at a place.
    Cut(u64),
}

/// What a copy says when it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A counter's.
    Count(i128),
    /// A register's, if anything was written.
    Register(Option<u64>),
    /// The elements of a set, or the different values of a register with several, ascending.
    Set(Vec<u64>),
    /// Whether a flag is up.
    Flag(bool),
    /// Keys, ascending, with their different values, ascending; one each unless several are kept.
    Map(Vec<(u64, Vec<u64>)>),
    /// A sequence's values in order.
    Sequence(Vec<u64>),
}

/// Why an operation was refused. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationError {
    /// This type has no such operation.
    Unknown {
        /// The type.
        kind: Kind,
        /// The operation.
        operation: Operation,
    },
    /// A counter is full.
    Overflow(Overflow),
    /// A sequence has no such place.
    OutOfRange(OutOfRange),
}

impl fmt::Display for OperationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OperationError::Unknown { kind, operation } => {
                write!(f, "a {} has no operation {operation:?}", kind.name())
            }
            OperationError::Overflow(error) => error.fmt(f),
            OperationError::OutOfRange(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for OperationError {}

impl From<Overflow> for OperationError {
    fn from(error: Overflow) -> Self {
        OperationError::Overflow(error)
    }
}

impl From<OutOfRange> for OperationError {
    fn from(error: OutOfRange) -> Self {
        OperationError::OutOfRange(error)
    }
}

/// A type of the family as the list sees it.
trait Listed: Crdt + Default {
    /// Does it and returns the delta; `None` if the type has no such operation.
    fn apply(&mut self, replica: u32, operation: Operation) -> Result<Option<Self>, OperationError>;

    fn value(&self) -> Value;
}

/// A place as an index; beyond the range of one it is beyond any sequence.
fn index(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

fn distinct<'a>(values: impl Iterator<Item = &'a u64>) -> Vec<u64> {
    let mut values: Vec<u64> = values.copied().collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// Makes the list of the family: names and help, and one type that holds any of them. A line gives the type, its operations as
/// arms of a `match`, and how its value is read.
macro_rules! family {
    ($($kind:ident($type:ty), $name:literal, $help:literal, |$copy:ident, $replica:ident| {
        $($operation:pat => $delta:expr),+ $(,)?
    }, $value:expr;)+) => {
        base::choices! {
            /// Which type; the list of the family.
            #[derive(Serialize, Deserialize)]
            #[serde(rename_all = "kebab-case")]
            pub enum Kind {
                $(#[serde(rename = $name)] $kind = $name, $help;)+
            }
        }

        impl Kind {
            /// A copy that nobody has written.
            #[must_use]
            pub fn fresh(self) -> Replicated {
                match self { $(Kind::$kind => Replicated::$kind(<$type>::default())),+ }
            }
        }

        $(impl Listed for $type {
            fn apply(&mut self, $replica: u32, operation: Operation) -> Result<Option<Self>, OperationError> {
                let ($copy, _) = (self, $replica);
                Ok(Some(match operation { $($operation => $delta,)+ _ => return Ok(None) }))
            }
            fn value(&self) -> Value {
                let $copy = self;
                $value
            }
        })+

        /// A copy of any type, dispatched by `match`.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Replicated {
            $(#[doc = $help] $kind($type),)+
        }

        impl Replicated {
            /// Which type it is.
            #[must_use]
            pub fn kind(&self) -> Kind {
                match self { $(Replicated::$kind(_) => Kind::$kind),+ }
            }

            /// What it says when it is read.
            #[must_use]
            pub fn value(&self) -> Value {
                match self { $(Replicated::$kind(copy) => Listed::value(copy)),+ }
            }

            /// Does `operation` as `replica` and returns the delta.
            ///
            /// # Errors
            /// [`OperationError`]; nothing is changed.
            pub fn apply(&mut self, replica: u32, operation: Operation) -> Result<Replicated, OperationError> {
                let kind = self.kind();
                let delta = match self {
                    $(Replicated::$kind(copy) => copy.apply(replica, operation)?.map(Replicated::$kind)),+
                };
                delta.ok_or(OperationError::Unknown { kind, operation })
            }
        }

        impl Crdt for Replicated {
            /// Two of different types have nothing to tell each other.
            fn merge(&mut self, other: &Self) {
                match (self, other) {
                    $((Replicated::$kind(copy), Replicated::$kind(other)) => copy.merge(other),)+
                    _ => {}
                }
            }

            fn size(&self) -> u64 {
                match self { $(Replicated::$kind(copy) => copy.size()),+ }
            }
        }
    };
}

use Operation::{Add, Cut, Decrement, Delete, Disable, Enable, Increment, Insert, Put, Remove, Write};

family! {
    GCounter(GCounter), "g-counter", "A counter that only grows.", |copy, replica| {
        Increment(by) => copy.increment(replica, by)?,
    }, Value::Count(copy.value() as i128);

    PnCounter(PnCounter), "pn-counter", "A counter that goes up and down.", |copy, replica| {
        Increment(by) => copy.increment(replica, by)?,
        Decrement(by) => copy.decrement(replica, by)?,
    }, Value::Count(copy.value());

    LwwRegister(LwwRegister<u64>), "lww-register", "One value; the greatest timestamp wins.", |copy, replica| {
        Write(at, value) => copy.write(replica, at, value),
    }, Value::Register(copy.value().copied());

    MvRegister(MvRegister<u64>), "mv-register", "One value, or all that were written concurrently.", |copy, replica| {
        Write(_, value) => copy.write(replica, value),
    }, Value::Set(distinct(copy.values().map(|(_, value)| value)));

    GSet(GSet<u64>), "g-set", "A set that only grows.", |copy, replica| {
        Add(element) => copy.add(element),
    }, Value::Set(copy.elements().copied().collect());

    TwoPhaseSet(TwoPhaseSet<u64>), "2p-set", "A set in which what was removed never comes back.", |copy, replica| {
        Add(element) => copy.add(element),
        Remove(element) => copy.remove(element),
    }, Value::Set(copy.elements().copied().collect());

    OrSet(OrSet<u64>), "or-set", "A set in which adding wins over a concurrent removal.", |copy, replica| {
        Add(element) => copy.add(replica, element),
        Remove(element) => copy.remove(&element),
    }, Value::Set(copy.elements().copied().collect());

    RwSet(RwSet<u64>), "rw-set", "A set in which removing wins over a concurrent add.", |copy, replica| {
        Add(element) => copy.add(replica, element),
        Remove(element) => copy.remove(replica, element),
    }, Value::Set(copy.elements().copied().collect());

    EwFlag(EwFlag), "ew-flag", "A flag in which raising wins over a concurrent lowering.", |copy, replica| {
        Enable => copy.enable(replica),
        Disable => copy.disable(),
    }, Value::Flag(copy.is_enabled());

    DwFlag(DwFlag), "dw-flag", "A flag in which lowering wins over a concurrent raising.", |copy, replica| {
        Enable => copy.enable(replica),
        Disable => copy.disable(replica),
    }, Value::Flag(copy.is_enabled());

    LwwMap(LwwMap<u64, u64>), "lww-map", "A map; under each key the greatest timestamp wins.", |copy, replica| {
        Put(at, key, value) => copy.put(replica, at, key, value),
        Delete(at, key) => copy.remove(replica, at, key),
    }, Value::Map(copy.entries().map(|(key, value)| (*key, vec![*value])).collect());

    OrMap(OrMap<u64, u64>), "or-map", "A map; under each key all that was written concurrently.", |copy, replica| {
        Put(_, key, value) => copy.put(replica, key, value),
        Delete(_, key) => copy.remove(&key),
    }, Value::Map(copy.keys().map(|key| (*key, distinct(copy.get(key)))).collect());

    Sequence(Sequence<u64>), "sequence", "A list that several write at once, run by run.", |copy, replica| {
        Insert(at, value) => copy.insert(replica, index(at), value)?,
        Cut(at) => copy.remove(index(at))?,
    }, Value::Sequence(copy.values().copied().collect());
}
