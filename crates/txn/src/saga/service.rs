//! What a service remembers of sagas, so that it does each step once and undoes it once.

use machine::Durable;
use std::collections::BTreeMap;

/// What became of a saga's step at its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// The action has happened.
    Done,
    /// It has happened and been undone; or was undone before it came, and will not happen any more.
    Undone,
}

/// How a service fails. Which saga fails where is the test's or the scenario's affair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failing {
    /// Refuses the action of every saga whose number is divisible by this; 0 refuses none.
    pub refuses_every: u64,
    /// How many times an undo fails before it works; `u32::MAX` for ever.
    pub undo_failures: u32,
}

impl Failing {
    /// Whether the action of `saga` is refused.
    #[must_use]
    pub fn refuses(&self, saga: u64) -> bool {
        self.refuses_every != 0 && saga.is_multiple_of(self.refuses_every)
    }
}

/// One durable write of a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerWrite {
    /// The action happened: once more, if the service has no keys.
    Done(u64),
    /// It was undone, or forbidden.
    Undone(u64),
    /// An undo failed.
    Failed(u64),
}

/// What a service has done, by saga. Its effect on the world (the money charged) is counted apart, so that a double shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    marks: BTreeMap<u64, Mark>,
    /// Actions minus undos.
    effect: BTreeMap<u64, i64>,
    failures: BTreeMap<u64, u32>,
}

impl Ledger {
    /// What became of the saga's step; `None`: it never came.
    #[must_use]
    pub fn mark(&self, saga: u64) -> Option<Mark> {
        self.marks.get(&saga).copied()
    }

    /// How many times the step stands in the world: 1 if done, 0 if not or undone; anything else is a mistake.
    #[must_use]
    pub fn effect(&self, saga: u64) -> i64 {
        self.effect.get(&saga).copied().unwrap_or(0)
    }

    /// How often undoing has failed.
    #[must_use]
    pub fn failures(&self, saga: u64) -> u32 {
        self.failures.get(&saga).copied().unwrap_or(0)
    }
}

impl Durable for Ledger {
    type Write = LedgerWrite;

    fn apply(&mut self, write: &LedgerWrite) {
        match write {
            LedgerWrite::Done(saga) => {
                self.marks.insert(*saga, Mark::Done);
                *self.effect.entry(*saga).or_default() += 1;
            }
            LedgerWrite::Undone(saga) => {
                if self.marks.insert(*saga, Mark::Undone) == Some(Mark::Done) {
                    *self.effect.entry(*saga).or_default() -= 1;
                }
            }
            LedgerWrite::Failed(saga) => {
                let failures = self.failures.entry(*saga).or_default();
                *failures = failures.saturating_add(1);
            }
        }
    }
}
