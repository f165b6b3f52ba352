//! What survives a crash: the promise, the slots, and how many of them are chosen.
//!
//! The commit index may be lost without harm to safety; it is kept so that a restart does not ask for the whole log again.

use super::words::Command;
use crate::rules::Ballot;
use machine::Durable;
use std::collections::BTreeMap;

/// What a slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Proposal {
    /// In which ballot it was accepted; of what was learned later, the ballot of the teller.
    pub ballot: Ballot,
    /// What.
    pub command: Command,
}

/// A member's memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// It takes part in no ballot below this one, in any slot.
    pub promised: Ballot,
    /// What it accepted last in each slot, from 1; holes are possible above the commit index.
    pub log: BTreeMap<u64, Proposal>,
    /// All slots up to this one are chosen, and the log holds what.
    pub commit: u64,
}

/// One durable write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskWrite {
    /// A promise, for all slots.
    Promised(Ballot),
    /// An acceptance; it is a promise too.
    Accepted(u64, Proposal),
    /// What is in this slot is chosen, and in all before it.
    Committed(u64),
}

impl Durable for Image {
    type Write = DiskWrite;
    fn apply(&mut self, write: &DiskWrite) {
        match *write {
            DiskWrite::Promised(ballot) => self.promised = ballot,
            DiskWrite::Accepted(slot, proposal) => {
                self.promised = self.promised.max(proposal.ballot);
                self.log.insert(slot, proposal);
            }
            DiskWrite::Committed(slot) => self.commit = slot,
        }
    }
}
