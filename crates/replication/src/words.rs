//! What members say to each other, what clients ask and are told, what timers mean, and what a trace hears of it.

use crate::log::Position;
use crate::snapshot::Snapshot;
use base::Time;
use machine::Peer;
use std::sync::Arc;

/// One write in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The reign in which it was written.
    pub term: u64,
    /// Its place in the log, from 1.
    pub index: u64,
    /// Which value it sets.
    pub key: u64,
    /// What to: an id the client chose.
    pub value: u64,
}

impl Entry {
    /// See [`version`].
    #[must_use]
    pub const fn version(&self) -> u64 {
        version(self.term, self.index)
    }
}

/// The version of the value that entry (`term`, `index`) wrote: unique for ever, and a newer leader's compares newer.
#[must_use]
pub const fn version(term: u64, index: u64) -> u64 {
    term << 40 | index
}

/// The term in which `version` was written.
#[must_use]
pub const fn version_term(version: u64) -> u64 {
    version >> 40
}

/// The log index that wrote `version`.
#[must_use]
pub const fn version_index(version: u64) -> u64 {
    version & ((1 << 40) - 1)
}

/// Member to member. Everything but [`Message::Install`] is plain data.
#[derive(Clone, Debug)]
pub enum Message {
    /// Leader: one entry, and the term of the entry before it.
    Ship {
        /// The leader's reign.
        term: u64,
        /// Of the entry before; 0 before the first.
        prev_term: u64,
        /// The entry.
        entry: Entry,
    },
    /// Follower: my log is yours, and on disk, up to here.
    Stored {
        /// The reign it follows.
        term: u64,
        /// The last index.
        upto: u64,
    },
    /// Follower: what you sent does not continue my log.
    Mismatch {
        /// The reign it follows.
        term: u64,
        /// The newest position at which the logs may still agree.
        at: Position,
        /// The disagreement lies in what was folded away: only the whole state helps.
        install: bool,
    },
    /// Leader: I live.
    Heartbeat(Heartbeat),
    /// Follower: I hear you.
    Alive {
        /// The reign it follows.
        term: u64,
        /// Of the heartbeat that it answers.
        sent: Time,
        /// As in [`Message::Stored`]; nothing while it does not know how the logs fit.
        matched: Option<u64>,
    },
    /// Anyone, to a leader of an older term: your reign is over.
    Deposed {
        /// The newer term.
        term: u64,
    },
    /// A member that misses the leader: how far is your log?
    Probe {
        /// When the probe began; comes back in the answer.
        asked: Time,
    },
    /// The answer.
    Standing(Standing),
    /// A member that counted standings, to the most advanced one: lead.
    Promote {
        /// All terms known to the sender; the new one must be above.
        above: u64,
    },
    /// Leader, to a follower that needs entries folded away: the state itself.
    Install {
        /// The leader's reign.
        term: u64,
        /// Shared, not copied.
        snapshot: Arc<Snapshot>,
    },
}

/// A leader's sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// The leader's reign.
    pub term: u64,
    /// When it was sent; comes back in the answer.
    pub sent: Time,
    /// The end of what may have been shipped so far.
    pub last: Position,
    /// Every member has everything up to here on disk.
    pub floor: u64,
}

/// How a member stands, for a candidate that asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// When the probe began.
    pub asked: Time,
    /// The member's term.
    pub term: u64,
    /// The end of its log.
    pub last: Position,
    /// It leads.
    pub leads: bool,
    /// It heard its leader within the allowed silence.
    pub hears: bool,
}

/// Why a member wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Leader: every `heartbeat`.
    Beat,
    /// Leader, asynchronous: the oldest entry held back by `ship_delay` is due.
    Ship,
    /// Leader: a follower may have been silent for `resend_after` about what it was sent.
    Resend,
    /// Leader, semi-synchronous: the oldest waiting write may have waited `degrade_after`.
    Degrade,
    /// Follower: the leader may have been silent for `missed_max` heartbeats.
    Overdue,
    /// Candidate: one `heartbeat` after its probes left, to count the answers.
    Count,
}

/// What a client asks. Reads are [`crate::Replica::read`]: who may serve them is the host's choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Set a key.
    Write {
        /// Which.
        key: u64,
        /// An id, unique per write, so that a check can name the write.
        value: u64,
    },
}

/// What a client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Done, as the acknowledge mode defines it.
    Written {
        /// Of the value.
        version: u64,
    },
    /// Nothing was written: ask the leader.
    NotLeader {
        /// Who leads, as far as this member knows.
        hint: Option<Peer>,
    },
    /// The leader stepped down while the write waited. It may survive or not.
    Unknown {
        /// Of the value.
        version: u64,
    },
    /// Nothing was written: this many writes wait for followers already (`retain_max`).
    Busy {
        /// How many wait.
        waiting: u64,
    },
}

/// What happened at a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// The leader put a write on its own disk.
    Appended {
        /// Its version.
        version: u64,
        /// Its key.
        key: u64,
        /// Its value.
        value: u64,
    },
    /// The leader told the client that the write is done.
    Acknowledged {
        /// Its version.
        version: u64,
    },
    /// The leader learned that a follower has everything up to here on disk.
    Persisted {
        /// The follower.
        member: Peer,
        /// The last index.
        upto: u64,
    },
    /// A member took the leader for dead and asks who is most advanced.
    Suspected {
        /// The term whose leader is silent.
        term: u64,
    },
    /// This member leads from now on. What an older leader wrote after (`last_term`, `last_index`) is lost.
    Promoted {
        /// The new reign.
        term: u64,
        /// Where its log ended.
        last_index: u64,
        /// The term of that entry.
        last_term: u64,
    },
    /// This member led and heard of a newer reign.
    SteppedDown {
        /// The newer term.
        term: u64,
    },
    /// This member threw away entries that its new leader does not have: every version from `from` to `to`, all of one term. One
    /// note a term, oldest first.
    Discarded {
        /// The first version.
        from: u64,
        /// The last version.
        to: u64,
    },
    /// This follower's state was replaced by the leader's.
    Installed {
        /// The index up to which.
        upto: u64,
    },
    /// A semi-synchronous leader goes on asynchronously.
    Degraded {
        /// Writes that were waiting and are acknowledged now.
        waiting: u64,
    },
    /// The followers have caught up; the leader waits for them again.
    Recovered,
}
