//! What callers of a group that commits together know of it, and whether its transactions ended the same everywhere.

use std::collections::BTreeMap;

/// Committed transactions that are followed until each participant has carried them out.
const FOLLOWED_MAX: usize = 1 << 14;

/// How a coordinator and its participants are reached, and what came of their transactions.
#[derive(Clone, Debug)]
pub struct CommitFront {
    /// Participants that hold the rows of one key.
    pub spread: u8,
    turn: u32,
    /// Decided to commit, and how many participants have not carried it out.
    open: BTreeMap<u64, u8>,
    /// Carried out at one participant and not at another, or against the decision.
    pub split: u64,
}

/// What a participant's end of a transaction means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// A commit was carried out.
    Delivered,
    /// A commit was thrown away.
    Dropped,
    /// Nothing was decided, and nothing happened.
    Nothing,
}

impl CommitFront {
    /// The rows of a key lie at so many participants.
    #[must_use]
    pub fn new(spread: u8) -> CommitFront {
        CommitFront { spread, turn: 0, open: BTreeMap::new(), split: 0 }
    }

    /// The member that holds row `nth` of a key, in a group of `members` of which the first is the coordinator.
    #[must_use]
    pub fn place(key: u64, nth: u8, members: u64) -> u8 {
        let participants = members.saturating_sub(1).max(1);
        (1 + (key % participants + u64::from(nth)) % participants) as u8
    }

    /// Writes go to the coordinator, reads to those who hold a row, in turn.
    pub(crate) fn route(&mut self, key: u64, write: bool, members: usize) -> Option<u8> {
        if write || members < 2 {
            return (members > 0).then_some(0);
        }
        self.turn = self.turn.wrapping_add(1);
        let nth = self.turn % u32::from(self.spread.max(1));
        Some(CommitFront::place(key, nth as u8, members as u64))
    }

    /// The coordinator has decided to commit at `copies` participants.
    pub(crate) fn decided(&mut self, transaction: u64, copies: u8) {
        *self.open.entry(transaction).or_default() += copies;
        if self.open.len() > FOLLOWED_MAX {
            self.open.pop_first();
        }
    }

    /// A participant has ended a transaction.
    pub(crate) fn ended(&mut self, transaction: u64, committed: bool) -> Ending {
        let Some(left) = self.open.get_mut(&transaction) else {
            self.split += u64::from(committed);
            return if committed { Ending::Delivered } else { Ending::Nothing };
        };
        *left = left.saturating_sub(1);
        if *left == 0 {
            self.open.remove(&transaction);
        }
        self.split += u64::from(!committed);
        if committed { Ending::Delivered } else { Ending::Dropped }
    }
}
