//! What members, clients and traces say.

use super::disk::{Proposal, Snapshot};
use crate::rules::Ballot;
use machine::Peer;
use std::sync::Arc;

/// What a slot may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Command {
    /// A no-op: a new leader's answer to a gap.
    Nothing,
    /// A client's: the register of this key holds this value from here on.
    Write {
        /// Which register.
        key: u64,
        /// What it holds then.
        value: u64,
    },
    /// A client's: what this register holds here.
    Read {
        /// Which register.
        key: u64,
    },
}

/// What members say to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Phase 1a, for all slots at once: "promise to take part in nothing below".
    Prepare {
        /// The new leader's.
        ballot: Ballot,
        /// Tell what you have accepted from this slot on: before it all is known.
        first: u64,
    },
    /// Phase 1b: promised.
    Promise {
        /// What was asked.
        ballot: Ballot,
        /// What was accepted, in the order of slots.
        accepted: Vec<(u64, Proposal)>,
        /// Up to here it is chosen.
        commit: u64,
        /// In place of what was asked for and is forgotten.
        snapshot: Option<Arc<Snapshot>>,
    },
    /// Phase 2a, for one slot.
    Accept {
        /// Which.
        slot: u64,
        /// In which ballot, what.
        proposal: Proposal,
        /// The leader's commit index.
        commit: u64,
    },
    /// Phase 2b: accepted.
    Agreed {
        /// In which ballot.
        ballot: Ballot,
        /// Which slot.
        slot: u64,
    },
    /// A later ballot was promised.
    Refused {
        /// What was asked.
        ballot: Ballot,
        /// What was promised.
        promised: Ballot,
    },
    /// The leader lives, and this much is chosen.
    Heartbeat {
        /// The leader's.
        ballot: Ballot,
        /// The leader's commit index.
        commit: u64,
    },
    /// A follower cannot tell from its own log what is chosen.
    Behind {
        /// The leader's.
        ballot: Ballot,
        /// The first slot that it misses.
        first: u64,
    },
    /// What is chosen, for one who is behind.
    Chosen {
        /// The leader's.
        ballot: Ballot,
        /// The first command's slot; the others follow it.
        first: u64,
        /// What.
        commands: Vec<Command>,
    },
    /// The same, for one who is behind what the leader still has.
    Installs {
        /// The leader's.
        ballot: Ballot,
        /// What is chosen.
        snapshot: Arc<Snapshot>,
    },
}

/// Why a member wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Fires when no leader was heard for a random time, or when promises did not come: prepares a greater ballot.
    Takeover,
    /// Fires at a leader: it shows itself, and sends again what was not answered.
    Heartbeat,
    /// Fires at a proposer that was outbid and has waited: prepares a greater ballot. Only where everybody proposes.
    Retry,
}

/// What a client asks. Each takes a slot of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Put this value into the register of this key.
    Write {
        /// Which register.
        key: u64,
        /// What.
        value: u64,
    },
    /// What is in the register of this key.
    Read {
        /// Which register.
        key: u64,
    },
}

/// What a client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The write is chosen, and all slots before it are.
    Written {
        /// Where.
        slot: u64,
    },
    /// The read is chosen, and this is what all slots before it have made.
    Value {
        /// Where.
        slot: u64,
        /// The slot of the register's last write, and what that wrote; nothing if there was none.
        found: Option<(u64, u64)>,
    },
    /// This member does not lead: ask that one, if it is known.
    NotLeader {
        /// Who was heard to lead last.
        leader: Option<Peer>,
    },
    /// Too many slots are unfinished ([`WINDOW`](super::WINDOW)): ask later.
    Busy,
    /// The leader was replaced before it knew: the value may be chosen, or not.
    Unknown,
}

/// What a trace wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// A member began a ballot.
    Prepared {
        /// Which.
        ballot: Ballot,
    },
    /// A member promised.
    Promised {
        /// What.
        ballot: Ballot,
    },
    /// Enough promised: the member leads.
    Led {
        /// In which ballot.
        ballot: Ballot,
        /// The last slot in which something may be chosen; what is new comes behind it.
        last: u64,
    },
    /// Somebody has a greater ballot: the member leads no longer.
    Deposed,
    /// A new leader found nothing for a slot and proposes a no-op.
    Filled {
        /// Which.
        slot: u64,
    },
    /// A member accepted.
    Accepted {
        /// Where.
        slot: u64,
        /// What.
        proposal: Proposal,
    },
    /// A member knows what is chosen in the next slot, and carries it out.
    Applied {
        /// Where.
        slot: u64,
        /// What.
        command: Command,
    },
    /// A member was given what all slots up to this one have made.
    Installed {
        /// The last of them.
        slot: u64,
    },
}
