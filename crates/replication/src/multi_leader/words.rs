//! What members of a multi-leader group say to each other, what clients ask and are told.

use super::item::Item;
use clocks::{Dot, VersionVector};

/// How many changed keys one answer to [`Request::Changes`] tells at most.
pub const CHANGES_MAX: u64 = 256;

/// Member to member.
#[derive(Clone, Debug)]
pub enum Message {
    /// All that I know of a key.
    Share {
        /// Which key.
        key: u64,
        /// The sender's number of its copy's last change.
        change: u64,
        /// The copy.
        item: Item,
    },
    /// It is on my disk.
    Known {
        /// Which key.
        key: u64,
        /// The number that came with it.
        change: u64,
    },
}

/// Why a member wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// `ship_delay` after the first change that has not been told.
    Ship,
    /// Every `resend_every` while something is not known to have arrived.
    Resend,
}

/// What a client wants done to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Set it; of a counter: add to it; of a set: insert an element.
    Put(u64),
    /// Set it to nothing; of a set: remove all elements. A counter refuses.
    Delete,
    /// Of a counter: take away from it; of a set: remove an element. Others refuse.
    Remove(u64),
}

impl Change {
    pub(super) fn value(self) -> Option<u64> {
        match self {
            Change::Put(value) => Some(value),
            Change::Delete | Change::Remove(_) => None,
        }
    }
}

/// What a client asks any member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Change a key here and now.
    Write {
        /// Which.
        key: u64,
        /// How.
        change: Change,
        /// What the client had read before, as told by [`Reply::Found`]; counts for siblings and merges, which keep beside a write
        /// whatever it had not read.
        context: VersionVector,
    },
    /// Read a key here.
    Read {
        /// Which.
        key: u64,
    },
    /// What has changed here? For a client that keeps a copy of its own.
    Changes {
        /// The cursor of the last answer *of this member*; 0 at first.
        since: u64,
    },
}

impl Request {
    /// Sets `key` to `value` without having read anything.
    #[must_use]
    pub fn put(key: u64, value: u64) -> Request {
        Request::Write { key, change: Change::Put(value), context: VersionVector::new() }
    }
}

/// What a client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// On this member's disk; the others hear of it later. With last-write-wins it may have lost already.
    Written {
        /// Which write it is.
        dot: Dot,
    },
    /// What this member holds.
    Found {
        /// Nothing, one value, the siblings, or the elements.
        values: Vec<i128>,
        /// To hand back with the next write.
        context: VersionVector,
    },
    /// Keys that changed here, in the order of their last change, at most [`CHANGES_MAX`].
    Changes {
        /// To hand back with the next question.
        cursor: u64,
        /// Each key with what a reader sees now; nothing if it was deleted.
        keys: Vec<(u64, Vec<i128>)>,
    },
    /// Such a key knows no such change. Nothing was written.
    Refused,
    /// A version or a counter stands at its greatest number. Nothing was written.
    Exhausted,
}

/// What happened at a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// A client's write is on disk here.
    Written {
        /// Which key.
        key: u64,
        /// Which write.
        dot: Dot,
        /// The write that it replaced here, with last-write-wins.
        replaces: Option<Dot>,
    },
    /// Last-write-wins dropped a write that was taken *here*, for one that did not know of it. Told once for each such write. It is
    /// lost, unless some other write had [replaced](Note::Written) it elsewhere.
    Lost {
        /// Which key.
        key: u64,
        /// The write that nobody will see again.
        lost: Dot,
        /// The one with the greater stamp.
        kept: Dot,
    },
    /// Versions that do not know of each other stand beside each other here, more than before.
    Conflict {
        /// Which key.
        key: u64,
        /// How many.
        versions: u64,
    },
    /// What another member told changed the copy here.
    Applied {
        /// Which key.
        key: u64,
    },
}
