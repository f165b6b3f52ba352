//! What members, clients and traces say.

use super::disk::Proposal;
use crate::rules::Ballot;
use machine::Peer;

/// What a slot may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Command {
    /// A no-op: a new leader's answer to a gap.
    Nothing,
    /// A client's.
    Value(u64),
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
}

/// Why a member wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Fires when no leader was heard for a random time, or when promises did not come: prepares a greater ballot.
    Takeover,
    /// Fires at a leader: it shows itself, and sends again what was not answered.
    Heartbeat,
}

/// What a client asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Put this value into a slot.
    Append {
        /// What.
        value: u64,
    },
}

/// What a client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It is chosen, and all slots before it are.
    Done {
        /// Where.
        slot: u64,
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
    /// A majority promised: the member leads.
    Led {
        /// In which ballot.
        ballot: Ballot,
    },
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
}
