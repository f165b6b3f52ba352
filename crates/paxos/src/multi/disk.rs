//! What survives a crash: the promise, the slots, how many of them are chosen, and the registers that they have made.
//!
//! The registers are those after the last chosen slot, so chosen slots are kept only for others: the oldest are forgotten, and who is
//! behind them gets a [`Snapshot`].
//!
//! The commit index may be lost without harm to safety; it is kept so that a restart does not ask for the whole log again.

use super::words::Command;
use crate::rules::Ballot;
use machine::Durable;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Proposal {
    /// In which ballot it was accepted; of what was learned later, the ballot of the teller.
    pub ballot: Ballot,
    /// What.
    pub command: Command,
}

/// For each key that was written: the slot of its last write, and what that wrote.
pub type Registers = BTreeMap<u64, (u64, u64)>;

/// What all slots up to one have made, in their place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The last slot that is in it.
    pub at: u64,
    /// What they have made.
    pub registers: Registers,
}

/// A member's memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// It takes part in no ballot below this one, in any slot.
    pub promised: Ballot,
    /// What it accepted last in each slot behind `base`; holes are possible above the commit index.
    pub log: BTreeMap<u64, Proposal>,
    /// All slots up to this one are chosen, and the log holds what is behind `base`.
    pub commit: u64,
    /// Slots up to this one are forgotten.
    pub base: u64,
    /// What the slots up to the commit index have made.
    pub registers: Registers,
}

/// One durable write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiskWrite {
    /// A promise, for all slots.
    Promised(Ballot),
    /// An acceptance; it is a promise too.
    Accepted(u64, Proposal),
    /// What is in this slot is chosen, and in all before it.
    Committed(u64),
    /// Slots up to this one, all chosen, are forgotten.
    Forgot(u64),
    /// In place of all that was chosen before.
    Installed(Arc<Snapshot>),
}

impl Durable for Image {
    type Write = DiskWrite;
    fn apply(&mut self, write: &DiskWrite) {
        match write {
            DiskWrite::Promised(ballot) => self.promised = *ballot,
            DiskWrite::Accepted(slot, proposal) => {
                self.promised = self.promised.max(proposal.ballot);
                self.log.insert(*slot, *proposal);
            }
            DiskWrite::Committed(slot) => {
                self.commit = *slot;
                if let Some(Proposal { command: Command::Write { key, value }, .. }) = self.log.get(slot) {
                    self.registers.insert(*key, (*slot, *value));
                }
            }
            DiskWrite::Forgot(upto) => self.forget(*upto),
            DiskWrite::Installed(snapshot) => {
                self.forget(snapshot.at);
                self.commit = snapshot.at;
                self.registers.clone_from(&snapshot.registers);
            }
        }
    }
}

impl Image {
    fn forget(&mut self, upto: u64) {
        self.base = upto;
        while self.log.first_key_value().is_some_and(|(slot, _)| *slot <= upto) {
            self.log.pop_first();
        }
    }
}
