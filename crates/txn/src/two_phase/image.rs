//! What survives a crash: promises, outcomes, values; and at a coordinator the commits that are not confirmed yet.

use super::words::{Outcome, TransactionId};
use machine::{Durable, Peer};
use std::collections::BTreeMap;

/// A promise: what will be written if the outcome is commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Key and value.
    pub changes: Vec<(u64, u64)>,
    /// All participants.
    pub members: Vec<Peer>,
}

/// One durable write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageWrite {
    /// A new life begins; identities of earlier ones are not used again.
    Began {
        /// How often the site has restarted.
        incarnation: u32,
    },
    /// The promise behind a yes.
    Prepared {
        /// Which transaction.
        id: TransactionId,
        /// What was promised.
        pending: Pending,
    },
    /// The outcome at a participant; a commit carries out what was promised, in the same write.
    Finished {
        /// Which transaction.
        id: TransactionId,
        /// How it ended.
        outcome: Outcome,
    },
    /// The coordinator's decision to commit: the moment at which the transaction has happened.
    Committed {
        /// Which transaction.
        id: TransactionId,
        /// Who must confirm.
        members: Vec<Peer>,
    },
    /// All have confirmed.
    Forgot {
        /// Which transaction.
        id: TransactionId,
    },
}

/// Outcomes that a participant keeps of each coordinator.
///
/// Of an older one it says nothing to others in doubt, because it does not know any more; the coordinator does, until all have
/// confirmed. So nobody is told anything wrong, and only a doubt that lasts this many transactions has one fewer to ask.
pub const OUTCOMES_KEPT: usize = 1_024;

/// The durable state of a site. Of each coordinator the last [`OUTCOMES_KEPT`] outcomes are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    pub(super) incarnation: u32,
    pub(super) prepared: BTreeMap<TransactionId, Pending>,
    pub(super) outcomes: BTreeMap<TransactionId, Outcome>,
    /// The newest outcome that was let go, for each coordinator: what it knows nothing of up to here has ended.
    pub(super) let_go: BTreeMap<u16, TransactionId>,
    /// How many outcomes are kept, for each coordinator.
    kept: BTreeMap<u16, usize>,
    pub(super) values: BTreeMap<u64, (u64, TransactionId)>,
    pub(super) unconfirmed: BTreeMap<TransactionId, Vec<Peer>>,
}

impl Image {
    /// The value of a key; `None` if it was never written.
    #[must_use]
    pub fn value(&self, key: u64) -> Option<u64> {
        self.values.get(&key).map(|(value, _)| *value)
    }

    /// The transaction that wrote the present value of a key; `None` if it was never written.
    #[must_use]
    pub fn writer(&self, key: u64) -> Option<TransactionId> {
        self.values.get(&key).map(|(_, writer)| *writer)
    }

    /// How a transaction ended here.
    #[must_use]
    pub fn outcome(&self, id: TransactionId) -> Option<Outcome> {
        self.outcomes.get(&id).copied()
    }

    /// Whether a transaction ended so long ago that its outcome was let go.
    #[must_use]
    pub fn is_let_go(&self, id: TransactionId) -> bool {
        let is_past = self.let_go.get(&id.coordinator).is_some_and(|newest| id <= *newest);
        is_past && !self.outcomes.contains_key(&id) && !self.prepared.contains_key(&id)
    }

    /// Whether a promise is open.
    #[must_use]
    pub fn is_prepared(&self, id: TransactionId) -> bool {
        self.prepared.contains_key(&id)
    }

    /// Open promises, oldest identity first.
    pub fn prepared(&self) -> impl Iterator<Item = (TransactionId, &Pending)> {
        self.prepared.iter().map(|(id, pending)| (*id, pending))
    }

    /// Outcomes at this participant.
    pub fn outcomes(&self) -> impl Iterator<Item = (TransactionId, Outcome)> + '_ {
        self.outcomes.iter().map(|(id, outcome)| (*id, *outcome))
    }

    /// Commits that this coordinator decided and that somebody has not confirmed.
    pub fn unconfirmed(&self) -> impl Iterator<Item = TransactionId> + '_ {
        self.unconfirmed.keys().copied()
    }
}

impl Image {
    /// Keeps an outcome, and lets the oldest of the same coordinator go when there are too many. O(log n).
    fn keep(&mut self, id: TransactionId, outcome: Outcome) {
        let kept = self.kept.entry(id.coordinator).or_default();
        *kept += usize::from(self.outcomes.insert(id, outcome).is_none());
        let first = TransactionId { coordinator: id.coordinator, incarnation: 0, sequence: 0 };
        if *kept > OUTCOMES_KEPT
            && let Some((oldest, _)) = self.outcomes.range(first..).next().map(|(id, end)| (*id, *end))
        {
            self.outcomes.remove(&oldest);
            *kept -= 1;
            let newest = self.let_go.entry(id.coordinator).or_insert(oldest);
            *newest = oldest.max(*newest);
        }
    }
}

impl Durable for Image {
    type Write = ImageWrite;

    fn apply(&mut self, write: &ImageWrite) {
        match write {
            ImageWrite::Began { incarnation } => self.incarnation = *incarnation,
            ImageWrite::Prepared { id, pending } => {
                self.prepared.insert(*id, pending.clone());
            }
            ImageWrite::Finished { id, outcome } => {
                let pending = self.prepared.remove(id);
                if let (Outcome::Committed, Some(pending)) = (outcome, pending) {
                    self.values.extend(pending.changes.into_iter().map(|(key, value)| (key, (value, *id))));
                }
                self.keep(*id, *outcome);
            }
            ImageWrite::Committed { id, members } => {
                self.unconfirmed.insert(*id, members.clone());
            }
            ImageWrite::Forgot { id } => {
                self.unconfirmed.remove(id);
            }
        }
    }
}
