//! What members of a leaderless group say to each other, what clients ask and are told.

use super::item::{Item, Value};
use crate::merkle::MerkleTree;
use clocks::VersionVector;
use machine::Peer;
use std::sync::Arc;

/// Member to member. `op` names the coordinator's request and comes back in the answer.
#[derive(Clone, Debug)]
pub enum Message {
    /// Coordinator: store this copy.
    Store {
        /// The request.
        op: u64,
        /// Which key.
        key: u64,
        /// The coordinator's whole copy, so that its own versions have no gap anywhere.
        item: Item,
        /// The home in whose place the receiver keeps it.
        hint: Option<Peer>,
    },
    /// It is on disk.
    Stored {
        /// The request.
        op: u64,
    },
    /// Coordinator: what do you hold?
    Fetch {
        /// The request.
        op: u64,
        /// Which key.
        key: u64,
    },
    /// The answer.
    Fetched {
        /// The request.
        op: u64,
        /// The copy, if there is one.
        item: Option<Item>,
    },
    /// A reader saw that your copy is old.
    Repair {
        /// Which key.
        key: u64,
        /// All that the reader has seen of it.
        item: Item,
    },
    /// Stand-in: this was written for you while you were away.
    Handoff {
        /// The stand-in's number of the hint.
        number: u64,
        /// Which key.
        key: u64,
        /// The copy.
        item: Item,
    },
    /// Home: the hint is on my disk, forget it.
    HandedOff {
        /// The stand-in's number of the hint.
        number: u64,
        /// Which key.
        key: u64,
    },
    /// Anti-entropy: the hashes of all keys of which we both are homes. The tree travels whole; its comparison is counted as if
    /// the two had descended from the root.
    Tree(Arc<MerkleTree>),
    /// Anti-entropy: what I hold in the leaves that differ.
    Leaves {
        /// Which leaves, ascending.
        leaves: Vec<u64>,
        /// Their copies.
        items: Vec<(u64, Item)>,
        /// Whether the receiver shall answer with its own.
        answer: bool,
    },
}

/// Why a member wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// `fallback_after` a request: stand-ins for silent homes.
    Fallback(u64),
    /// `expire_after` a request: give up.
    Expire(u64),
    /// Every `handoff_every` while there are hints.
    Handoff,
    /// Every `compare_every`.
    Compare,
}

/// What a client asks any member, which becomes the request's coordinator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Set a key, or delete it.
    Put {
        /// Which.
        key: u64,
        /// To what; `None` deletes.
        value: Value,
        /// What the client had read before, as told by [`Reply::Found`]; empty if nothing.
        context: VersionVector,
    },
    /// Read a key.
    Get {
        /// Which.
        key: u64,
    },
}

/// What a client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// W members have it.
    Stored {
        /// All versions that the coordinator knew when it wrote, and the new one.
        context: VersionVector,
    },
    /// R members answered.
    Found {
        /// Every value that no other replaces: none if deleted or never written, several in a conflict.
        values: Vec<u64>,
        /// To hand back with the next write.
        context: VersionVector,
    },
    /// Too few members answered in time. A write may be stored at some of them and appear later.
    Unavailable {
        /// How many did.
        answered: u16,
        /// How many must.
        needed: u16,
    },
    /// A version stands at its greatest number. Nothing was written.
    Exhausted,
}

/// What happened at a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// A reader found this member's copy old and sent the newest.
    Repaired {
        /// Whose.
        member: Peer,
        /// Which key.
        key: u64,
    },
    /// This member stands in for a silent home.
    Hinted {
        /// For whom.
        home: Peer,
        /// Which key.
        key: u64,
    },
    /// The home has what was kept for it.
    HandedOff {
        /// Who.
        home: Peer,
        /// Which key.
        key: u64,
    },
    /// This member compared its tree with another's.
    Compared {
        /// Whose.
        with: Peer,
        /// How many leaves differed.
        leaves: u64,
        /// How many pairs of hashes it took.
        comparisons: u64,
    },
}
