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

/// The durable state of a site. Outcomes are kept for ever: letting go of old ones is not modelled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    pub(super) incarnation: u32,
    pub(super) prepared: BTreeMap<TransactionId, Pending>,
    pub(super) outcomes: BTreeMap<TransactionId, Outcome>,
    pub(super) values: BTreeMap<u64, u64>,
    pub(super) unconfirmed: BTreeMap<TransactionId, Vec<Peer>>,
}

impl Image {
    /// The value of a key; `None` if it was never written.
    #[must_use]
    pub fn value(&self, key: u64) -> Option<u64> {
        self.values.get(&key).copied()
    }

    /// How a transaction ended here.
    #[must_use]
    pub fn outcome(&self, id: TransactionId) -> Option<Outcome> {
        self.outcomes.get(&id).copied()
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
                    self.values.extend(pending.changes);
                }
                self.outcomes.insert(*id, *outcome);
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
