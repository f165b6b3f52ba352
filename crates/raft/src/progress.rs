//! What a leader knows of one follower, and what it may send next.
//!
//! ```text
//!            accepted                       the log no longer reaches back far enough
//!   Probe ─────────────► Replicate        (either) ──────────────► Snapshot ──accepted──► Replicate
//!     ▲      rejected        │
//!     └──────────────────────┘
//! ```
//! *Probe* sends one message a heartbeat, until the place is found where the logs part; *Replicate* sends ahead of the answers,
//! up to a window; *Snapshot* waits for the follower to take the state. (Names as in etcd's Raft.)

/// How the leader sends to a follower.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pace {
    /// One message, then silence until its answer or the next heartbeat.
    #[default]
    Probe,
    /// One after the other, ahead of the answers.
    Replicate,
    /// Nothing but the snapshot, until it is taken.
    Snapshot,
}

/// What a leader knows of one follower (figure 2: nextIndex, matchIndex).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Progress {
    /// The last index known to be on its disk and equal to the leader's.
    pub matched: u64,
    /// The index to send next; always greater than `matched`.
    pub next: u64,
    /// How to send.
    pub pace: Pace,
    /// The last round of heartbeats that it has answered.
    pub round: u64,
    /// In [`Pace::Probe`] and [`Pace::Snapshot`]: the one message is on its way.
    pub(crate) is_waiting: bool,
}

impl Progress {
    /// Nothing is known: try behind the leader's last entry (figure 2).
    pub(crate) fn unknown(last: u64) -> Progress {
        Progress { next: last + 1, ..Progress::default() }
    }

    /// How many entries may be sent now.
    pub(crate) fn room(&self, window: u64, batch_max: u64) -> u64 {
        let on_the_way = self.next - 1 - self.matched;
        match self.pace {
            // A heartbeat need not carry again what may only be slow.
            Pace::Probe if self.is_waiting => 0,
            Pace::Probe => batch_max,
            Pace::Replicate => window.saturating_sub(on_the_way).min(batch_max),
            Pace::Snapshot => 0,
        }
    }

    /// The follower's log equals the leader's up to `upto`; `base` is where the leader's log begins.
    pub(crate) fn accept(&mut self, upto: u64, base: u64) {
        self.matched = self.matched.max(upto);
        self.next = self.next.max(self.matched + 1);
        if self.pace == Pace::Probe || self.matched >= base {
            (self.pace, self.is_waiting) = (Pace::Replicate, false);
        }
    }

    /// Whether a rejection of `prev` is news, and not an answer to something from long ago. What was matched once stays so: a
    /// follower that says otherwise is not asked again before the next heartbeat.
    pub(crate) fn is_news(&self, prev: u64) -> bool {
        let is_new = match self.pace {
            Pace::Probe => self.next.checked_sub(1) == Some(prev),
            Pace::Replicate => prev < self.next,
            Pace::Snapshot => false,
        };
        is_new && prev > self.matched
    }

    /// The logs part before `next`.
    pub(crate) fn back_up(&mut self, next: u64) {
        self.next = next.max(self.matched + 1);
        (self.pace, self.is_waiting) = (Pace::Probe, false);
    }
}
