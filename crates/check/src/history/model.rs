//! Models: what an object is by itself, one operation at a time.
//!
//! An operation holds its answer, if it is known; a state has one successor for each operation, or none if the answer is wrong
//! there. To add a model: a type of operations with its [`Model`].

use core::fmt::Debug;
use core::hash::Hash;
use std::collections::{BTreeSet, VecDeque};

/// An object that takes operations one by one. Implemented by the type of its operations.
pub trait Model: Clone + PartialEq + Debug {
    /// What it holds.
    type State: Clone + Eq + Hash + Debug;

    /// What it holds in the beginning.
    fn initial() -> Self::State;

    /// What it holds after this operation; `None` if it would have answered otherwise. An unknown answer is right.
    fn step(&self, state: &Self::State) -> Option<Self::State>;

    /// Whether it can change anything: a read cannot.
    fn is_update(&self) -> bool;

    /// The value that must be there for this operation's answer to be right, if it needs a single one.
    fn needs(&self) -> Option<u64> {
        None
    }

    /// The only value that can be there after this operation if it changes anything, where [`Model::needs`] has a meaning.
    fn gives(&self) -> Option<u64> {
        None
    }

    /// Whether it leaves what it [gives](Model::gives) whatever was there before.
    fn always_gives(&self) -> bool {
        false
    }

    /// The value that is there, where [`Model::needs`] has a meaning.
    fn held(_state: &Self::State) -> Option<u64> {
        None
    }

    /// Whether what it leaves, if it changes anything, does not depend on what was there before, as with an overwrite.
    fn is_reset(&self) -> bool {
        false
    }

    /// What a reset leaves, if it changes anything.
    fn leaves(&self) -> Option<Self::State> {
        None
    }

    /// For a read: whether this state can still become one in which its answer is right, by updates that are no resets.
    fn can_come_true(&self, _state: &Self::State) -> bool {
        true
    }

    /// Whether it does or answers here anything that it would not do or answer in a state that nobody looks at. Who does not look at a
    /// state looks at none that updates which are no resets make of it.
    fn looks(&self, _state: &Self::State) -> bool {
        true
    }

    /// Where what is held is a sum: the sum, what this operation adds to it, and the sum that its answer needs to be there before.
    fn sum(_state: &Self::State) -> Option<i128> {
        None
    }

    /// See [`Model::sum`].
    fn adds(&self) -> i128 {
        0
    }

    /// See [`Model::sum`].
    fn expects(&self) -> Option<i128> {
        None
    }

    /// For what is first in, first out: the value that this operation puts in.
    fn puts(&self) -> Option<u64> {
        None
    }

    /// For what is first in, first out: the value that it answered to have taken out.
    fn takes(&self) -> Option<u64> {
        None
    }

    /// For what is first in, first out: the value that is taken out next.
    fn front(_state: &Self::State) -> Option<u64> {
        None
    }

    /// How much work a step is, in units of a small one.
    fn size(_state: &Self::State) -> u64 {
        1
    }
}

/// A register, with or without compare-and-set; values are numbers, null (`None`) in the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Register {
    /// Writes a value.
    Write(u64),
    /// Writes null.
    Clear,
    /// Answered this value.
    Read(Option<u64>),
    /// Was never answered, or the answer is not known.
    ReadUnknown,
    /// From, to, and whether it was done, if that is known.
    Cas(Option<u64>, Option<u64>, Option<bool>),
}

/// A register's value as one number; null is zero.
fn coded(value: Option<u64>) -> u64 {
    value.map_or(0, |value| value.saturating_add(1))
}

impl Model for Register {
    type State = Option<u64>;

    fn initial() -> Option<u64> {
        None
    }

    fn step(&self, state: &Option<u64>) -> Option<Option<u64>> {
        match self {
            Register::Write(value) => Some(Some(*value)),
            Register::Clear => Some(None),
            Register::Read(value) => (value == state).then_some(*state),
            Register::ReadUnknown => Some(*state),
            Register::Cas(from, to, done) => {
                let matches = from == state;
                let next = if matches { *to } else { *state };
                (*done != Some(!matches)).then_some(next)
            }
        }
    }

    fn is_update(&self) -> bool {
        !matches!(self, Register::Read(_) | Register::ReadUnknown | Register::Cas(_, _, Some(false)))
    }

    fn is_reset(&self) -> bool {
        self.gives().is_some()
    }

    fn leaves(&self) -> Option<Option<u64>> {
        match self {
            Register::Write(value) => Some(Some(*value)),
            Register::Clear => Some(None),
            Register::Cas(_, to, None | Some(true)) => Some(*to),
            _ => None,
        }
    }

    fn can_come_true(&self, state: &Option<u64>) -> bool {
        match self {
            Register::Read(value) => value == state,
            Register::Cas(from, _, Some(false)) => from != state,
            _ => true,
        }
    }

    fn looks(&self, state: &Option<u64>) -> bool {
        matches!(self, Register::Read(value) | Register::Cas(value, ..) if value == state)
    }

    fn needs(&self) -> Option<u64> {
        match self {
            Register::Read(value) | Register::Cas(value, _, Some(true)) => Some(coded(*value)),
            _ => None,
        }
    }

    fn gives(&self) -> Option<u64> {
        match self {
            Register::Write(value) => Some(coded(Some(*value))),
            Register::Clear => Some(coded(None)),
            Register::Cas(_, to, None | Some(true)) => Some(coded(*to)),
            _ => None,
        }
    }

    fn always_gives(&self) -> bool {
        matches!(self, Register::Write(_) | Register::Clear)
    }

    fn held(state: &Option<u64>) -> Option<u64> {
        Some(coded(*state))
    }
}

/// A text under a key, empty in the beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KvAppend {
    /// Answered this text, if it is known.
    Get(Option<String>),
    /// Replaces the text.
    Put(String),
    /// Goes on with the text.
    Append(String),
}

impl Model for KvAppend {
    type State = String;

    fn initial() -> String {
        String::new()
    }

    fn step(&self, state: &String) -> Option<String> {
        match self {
            KvAppend::Get(text) => text.as_ref().is_none_or(|text| text == state).then(|| state.clone()),
            KvAppend::Put(text) => Some(text.clone()),
            KvAppend::Append(text) => Some(format!("{state}{text}")),
        }
    }

    fn is_update(&self) -> bool {
        !matches!(self, KvAppend::Get(_))
    }

    fn is_reset(&self) -> bool {
        matches!(self, KvAppend::Put(_))
    }

    fn leaves(&self) -> Option<String> {
        if let KvAppend::Put(text) = self { Some(text.clone()) } else { None }
    }

    fn can_come_true(&self, state: &String) -> bool {
        !matches!(self, KvAppend::Get(Some(text)) if !text.starts_with(state))
    }

    fn looks(&self, state: &String) -> bool {
        matches!(self, KvAppend::Get(Some(text)) if text.starts_with(state))
    }

    fn size(state: &String) -> u64 {
        1 + state.len() as u64 / 16
    }
}

/// A counter, zero in the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// Adds so much.
    Add(i128),
    /// Answered this value, if it is known.
    Read(Option<i128>),
    /// Adds so much, and answered the new value, if it is known.
    AddAndGet(i128, Option<i128>),
}

impl Model for Counter {
    type State = i128;

    fn initial() -> i128 {
        0
    }

    fn step(&self, state: &i128) -> Option<i128> {
        match self {
            Counter::Add(by) => Some(state.wrapping_add(*by)),
            Counter::Read(value) => value.is_none_or(|value| value == *state).then_some(*state),
            Counter::AddAndGet(by, value) => {
                let next = state.wrapping_add(*by);
                value.is_none_or(|value| value == next).then_some(next)
            }
        }
    }

    fn is_update(&self) -> bool {
        !matches!(self, Counter::Read(_) | Counter::Add(0) | Counter::AddAndGet(0, _))
    }

    fn sum(state: &i128) -> Option<i128> {
        Some(*state)
    }

    fn adds(&self) -> i128 {
        match self {
            Counter::Add(by) | Counter::AddAndGet(by, _) => *by,
            Counter::Read(_) => 0,
        }
    }

    fn expects(&self) -> Option<i128> {
        match self {
            Counter::AddAndGet(by, Some(value)) => Some(value.wrapping_sub(*by)),
            Counter::Read(value) => *value,
            Counter::Add(_) | Counter::AddAndGet(..) => None,
        }
    }
}

/// A queue, first in first out, empty in the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// Puts a value at the end.
    Enqueue(u64),
    /// Took this value from the front, or found none.
    Dequeue(Option<u64>),
    /// Takes whatever is at the front; the answer is not known.
    DequeueUnknown,
}

impl Model for Queue {
    type State = VecDeque<u64>;

    fn initial() -> VecDeque<u64> {
        VecDeque::new()
    }

    fn step(&self, state: &VecDeque<u64>) -> Option<VecDeque<u64>> {
        let (front, mut next) = (state.front().copied(), state.clone());
        match self {
            Queue::Enqueue(value) => next.push_back(*value),
            Queue::Dequeue(value) if *value != front => return None,
            Queue::Dequeue(_) | Queue::DequeueUnknown => drop(next.pop_front()),
        }
        Some(next)
    }

    fn is_update(&self) -> bool {
        !matches!(self, Queue::Dequeue(None))
    }

    fn puts(&self) -> Option<u64> {
        if let Queue::Enqueue(value) = self { Some(*value) } else { None }
    }

    fn takes(&self) -> Option<u64> {
        if let Queue::Dequeue(value) = self { *value } else { None }
    }

    fn front(state: &VecDeque<u64>) -> Option<u64> {
        state.front().copied()
    }

    fn size(state: &VecDeque<u64>) -> u64 {
        1 + state.len() as u64 / 8
    }
}

/// A set that grows, empty in the beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Set {
    /// Puts a value in.
    Add(u64),
    /// Answered these elements, if they are known.
    Read(Option<BTreeSet<u64>>),
}

impl Model for Set {
    type State = BTreeSet<u64>;

    fn initial() -> BTreeSet<u64> {
        BTreeSet::new()
    }

    fn step(&self, state: &BTreeSet<u64>) -> Option<BTreeSet<u64>> {
        match self {
            Set::Add(value) => {
                let mut next = state.clone();
                next.insert(*value);
                Some(next)
            }
            Set::Read(elements) => elements.as_ref().is_none_or(|seen| seen == state).then(|| state.clone()),
        }
    }

    fn is_update(&self) -> bool {
        matches!(self, Set::Add(_))
    }

    fn can_come_true(&self, state: &BTreeSet<u64>) -> bool {
        !matches!(self, Set::Read(Some(elements)) if !elements.is_superset(state))
    }

    fn looks(&self, state: &BTreeSet<u64>) -> bool {
        matches!(self, Set::Read(Some(elements)) if elements.is_superset(state))
    }

    fn size(state: &BTreeSet<u64>) -> u64 {
        1 + state.len() as u64 / 4
    }
}

/// A lock, free in the beginning. Nobody asks who releases it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Takes it, and whether it got it, if that is known.
    Acquire(Option<bool>),
    /// Gives it back, and whether there was anything to give back, if that is known.
    Release(Option<bool>),
}

impl Model for Lock {
    type State = bool;

    fn initial() -> bool {
        false
    }

    fn step(&self, held: &bool) -> Option<bool> {
        let (Lock::Acquire(done) | Lock::Release(done)) = self;
        let is_acquire = matches!(self, Lock::Acquire(_));
        let can = *held != is_acquire;
        (*done != Some(!can)).then_some(is_acquire)
    }

    fn is_update(&self) -> bool {
        !matches!(self, Lock::Acquire(Some(false)) | Lock::Release(Some(false)))
    }
}
