//! Who takes the changes: a copy of the table, and an effect for each change that must not happen twice.

use super::bootstrap::Captured;
use crate::journal::RowChange;
use std::collections::BTreeMap;

/// A copy that remembers how far it is. Everything in it is durable, and one step changes all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sink {
    rows: BTreeMap<u64, u64>,
    position: u64,
    effects: u64,
    skipped: u64,
    is_forgetful: bool,
}

impl Sink {
    /// A sink that does not look at positions: the wrong version, whose effects happen again whenever a change is delivered again.
    #[must_use]
    pub fn forgetful() -> Sink {
        Sink { is_forgetful: true, ..Sink::default() }
    }

    /// Takes a change. Returns whether it had an effect; a change that it has already had none.
    pub fn take(&mut self, change: &RowChange) -> bool {
        if change.position <= self.position && !self.is_forgetful {
            self.skipped += 1;
            return false;
        }
        change.apply(&mut self.rows);
        self.position = self.position.max(change.position);
        self.effects += 1;
        true
    }

    /// Takes what a [`Bootstrap`](super::Bootstrap) hands over. A row of a copy is set; it is no change and has no effect beyond.
    pub fn take_captured(&mut self, captured: &Captured) {
        match captured {
            Captured::Change(change) => drop(self.take(change)),
            Captured::Row { key, value } => drop(self.rows.insert(*key, *value)),
        }
    }

    /// The copy.
    #[must_use]
    pub fn rows(&self) -> &BTreeMap<u64, u64> {
        &self.rows
    }

    /// The last change that it took.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// How often a change had an effect: mails sent, points added.
    #[must_use]
    pub fn effects(&self) -> u64 {
        self.effects
    }

    /// How many changes came again and were skipped.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.skipped
    }
}
