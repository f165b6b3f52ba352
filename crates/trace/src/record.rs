//! Records: the facts of a run, in the order in which they happened. Checks read these and nothing else.
//!
//! A record is small and `Copy`; it names boxes and members by their place. The journal is drained by whoever drives the run, so
//! that a long run needs no more memory than a short one.

use base::{Digest, Span, Time};
use serde::{Deserialize, Serialize};

/// The place of a box in the scenario.
pub type BoxIndex = u16;
/// The place of a member among all members of the run.
pub type MemberIndex = u16;
/// The place of a wire in the scenario.
pub type WireIndex = u16;

/// How a request ended for the one who made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Status {
    /// Answered.
    Ok,
    /// Answered: there is no such key.
    Missing,
    /// Refused by a rate limit.
    Limited,
    /// Refused because a queue or pool was full.
    Overloaded,
    /// Refused because nobody was there to serve it: no healthy target, no leader.
    Unavailable,
    /// No answer before the caller's time-out.
    TimedOut,
    /// The called answered with an error of its own.
    Failed,
}

impl Status {
    /// True for an answer the caller wanted.
    #[must_use]
    pub fn is_ok(self) -> bool {
        matches!(self, Status::Ok | Status::Missing)
    }

    /// The name on screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Missing => "missing",
            Status::Limited => "rate limited",
            Status::Overloaded => "overloaded",
            Status::Unavailable => "unavailable",
            Status::TimedOut => "timed out",
            Status::Failed => "failed",
        }
    }
}

/// What the circuit breaker of a wire is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Circuit {
    /// Calls pass.
    #[default]
    Closed,
    /// No call passes.
    Open,
    /// A few calls pass, to see.
    HalfOpen,
}

impl Circuit {
    /// The name on screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Circuit::Closed => "closed",
            Circuit::Open => "open",
            Circuit::HalfOpen => "half-open",
        }
    }
}

/// What a tracer did with a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum TraceFate {
    /// Kept: something in it ended badly.
    Error,
    /// Kept: it took long.
    Slow,
    /// Kept, as one of a share.
    Drawn,
    /// Looked at, and not kept.
    LeftOut,
    /// Thrown away undecided, for want of room.
    Evicted,
}

/// What an alert is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Alarm {
    /// Its condition does not hold.
    #[default]
    Inactive,
    /// It holds, but not for long enough.
    Pending,
    /// Somebody is woken.
    Firing,
}

/// One fact.
#[allow(missing_docs, reason = "each field is named and explained in the sentence of its variant")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// A client got its answer, or gave up.
    Answered { client: BoxIndex, op: u8, status: Status, latency: Span },
    /// A caller learned that its write took effect in `store`. `write` is the unique id of the write.
    Wrote { store: BoxIndex, key: u64, version: u64, write: u64 },
    /// A caller that began to read at `began` learned `version` of `key` (0: absent) in `store`, from a cache or the store itself.
    Read { store: BoxIndex, key: u64, version: u64, began: Time },
    /// A store's leader acknowledged a write.
    Acknowledged { store: BoxIndex, member: MemberIndex, key: u64, version: u64, write: u64 },
    /// A follower holds everything up to and including `version`.
    Held { store: BoxIndex, member: MemberIndex, version: u64 },
    /// A member made itself leader of `term` with a log that ends in `version`.
    Promoted { store: BoxIndex, member: MemberIndex, term: u64, version: u64 },
    /// A leader gave up its role.
    SteppedDown { store: BoxIndex, member: MemberIndex, term: u64 },
    /// A member erased the entries `from..=to` of its log: they conflict with the new leader's.
    Discarded { store: BoxIndex, member: MemberIndex, from: u64, to: u64 },
    /// A semi-synchronous leader went on without its followers (`on`), or has them back.
    Degraded { store: BoxIndex, member: MemberIndex, on: bool },
    /// A limiter let a request pass; `budget` in `window` is what it promises.
    Admitted { limiter: BoxIndex, budget: u32, window: Span },
    /// Members of a ring changed: of `total` keys `moved` changed their owner, `astray` of them to somebody other than the newcomer
    /// (or from somebody other than the leaver); `ideal` is the share in millionths that had to move.
    Resized { store: BoxIndex, members: u16, moved: u64, astray: u64, total: u64, ideal: u32 },
    /// A message was accepted by a queue and will be delivered `copies` times.
    Queued { queue: BoxIndex, message: u64, copies: u32 },
    /// One delivery of a message was done.
    Delivered { queue: BoxIndex, message: u64 },
    /// A delivery was given up.
    Dropped { queue: BoxIndex, message: u64 },
    /// A member stopped running.
    Down { member: MemberIndex },
    /// A member runs again.
    Up { member: MemberIndex },
    /// A fault or action of the scenario took effect; `moment` is its place in the merged list.
    Happened { moment: u16 },
    /// A lasting fault ended by itself.
    Ended { moment: u16 },
    /// The circuit breaker of a wire is in another state now.
    Breaker { wire: WireIndex, circuit: Circuit },
    /// A lock service gave the lock `key` to `holder`, with a fencing token.
    Granted { lock: BoxIndex, key: u64, holder: u64, token: u64 },
    /// A lock service took the lock `key` back: it was returned, or its lease ran out.
    Released { lock: BoxIndex, key: u64, holder: u64, token: u64 },
    /// What the lock `key` protects took a write that came with this token.
    Guarded { lock: BoxIndex, key: u64, token: u64 },
    /// The effect of a write (a step, an event) was applied by a member. `write` is the unique id of the write.
    Applied { store: BoxIndex, member: MemberIndex, key: u64, write: u64 },
    /// What a member had applied was undone.
    Undone { store: BoxIndex, member: MemberIndex, key: u64, write: u64 },
    /// A member's copy of `key` is `version` from now on.
    Copied { store: BoxIndex, member: MemberIndex, key: u64, version: u64 },
    /// From now on `troubles` faults are in force on the members of a store or between them.
    Troubled { store: BoxIndex, troubles: u16 },
    /// A member dropped the write `write` of `key`, which it had acknowledged as `version`, for one that did not know of it, `kept`.
    Overwritten { store: BoxIndex, member: MemberIndex, key: u64, version: u64, write: u64, kept: u64 },
    /// A tracer decided what becomes of a trace.
    Sampled { tracer: BoxIndex, trace: u64, fate: TraceFate },
    /// The alert of a monitor on `target` is doing something else now, `after` so long in what it did before.
    Alarmed { monitor: BoxIndex, target: BoxIndex, alarm: Alarm, after: Span },
    /// A member's disk is gone with all that was on it.
    DiskLost { store: BoxIndex, member: MemberIndex },
    /// Too little of an acknowledged write is left on any disk to read it. `write` is the unique id of the write.
    Lost { store: BoxIndex, key: u64, version: u64, write: u64 },
    /// Whatever a store keeps has all its copies or pieces again; so many were made anew for that.
    Repaired { store: BoxIndex, pieces: u64 },
}

impl Record {
    /// True for the few that a person reads one by one, false for those that every request makes.
    #[must_use]
    pub fn is_notable(&self) -> bool {
        !matches!(
            self,
            Record::Answered { .. }
                | Record::Wrote { .. }
                | Record::Read { .. }
                | Record::Acknowledged { .. }
                | Record::Held { .. }
                | Record::Admitted { .. }
                | Record::Queued { .. }
                | Record::Delivered { .. }
                | Record::Guarded { .. }
                | Record::Applied { .. }
                | Record::Copied { .. }
                | Record::Overwritten { .. }
                | Record::Sampled { .. }
        )
    }
}

/// The records made since the last drain, and the digest of the whole run.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    records: Vec<(Time, Record)>,
    digest: Digest,
}

impl Journal {
    /// Adds a record, and folds it into the digest.
    #[inline]
    pub fn push(&mut self, at: Time, record: Record) {
        let (a, b) = record.words();
        self.digest.add(a);
        self.digest.add(b);
        self.records.push((at, record));
    }

    /// Folds an event of the kernel into the digest.
    #[inline]
    pub fn mark(&mut self, word: u64) {
        self.digest.add(word);
    }

    /// The records since the last call of [`Journal::clear`].
    #[must_use]
    pub fn records(&self) -> &[(Time, Record)] {
        &self.records
    }

    /// Forgets the records, keeps the digest.
    pub fn clear(&mut self) {
        self.records.clear();
    }

    /// The digest so far.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.digest.value()
    }
}

impl Record {
    /// The record as two words for the digest: its kind with its small parts, and its large parts mixed.
    #[inline]
    fn words(&self) -> (u64, u64) {
        let head = |kind: u64, a: u16, b: u16| kind | u64::from(a) << 8 | u64::from(b) << 24;
        let fold = |a: u64, b: u64| a.rotate_left(32) ^ b.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        match *self {
            Record::Answered { client, op, status, latency } => {
                (head(1, client, u16::from(op)) | (status as u64) << 40, latency.0)
            }
            Record::Wrote { store, key, version, write } => (head(2, store, 0), fold(fold(key, version), write)),
            Record::Read { store, key, version, began } => (head(3, store, 0), fold(fold(key, version), began.0)),
            Record::Acknowledged { store, member, key, version, write } => {
                (head(4, store, member), fold(fold(key, version), write))
            }
            Record::Held { store, member, version } => (head(5, store, member), version),
            Record::Promoted { store, member, term, version } => (head(6, store, member), fold(term, version)),
            Record::SteppedDown { store, member, term } => (head(7, store, member), term),
            Record::Discarded { store, member, from, to } => (head(8, store, member), fold(from, to)),
            Record::Degraded { store, member, on } => (head(9, store, member), u64::from(on)),
            Record::Admitted { limiter, budget, window } => (head(10, limiter, 0), fold(u64::from(budget), window.0)),
            Record::Resized { store, members, moved, astray, total, ideal } => {
                (head(11, store, members), fold(fold(moved, astray), fold(total, u64::from(ideal))))
            }
            Record::Queued { queue, message, copies } => (head(12, queue, 0), fold(message, u64::from(copies))),
            Record::Delivered { queue, message } => (head(13, queue, 0), message),
            Record::Dropped { queue, message } => (head(14, queue, 0), message),
            Record::Down { member } => (head(15, member, 0), 0),
            Record::Up { member } => (head(16, member, 0), 0),
            Record::Happened { moment } => (head(17, moment, 0), 0),
            Record::Ended { moment } => (head(18, moment, 0), 0),
            Record::Breaker { wire, circuit } => (head(26, wire, circuit as u16), 0),
            Record::Granted { lock, key, holder, token } => (head(19, lock, 0), fold(fold(key, holder), token)),
            Record::Released { lock, key, holder, token } => (head(20, lock, 0), fold(fold(key, holder), token)),
            Record::Guarded { lock, key, token } => (head(21, lock, 0), fold(key, token)),
            Record::Applied { store, member, key, write } => (head(22, store, member), fold(key, write)),
            Record::Undone { store, member, key, write } => (head(23, store, member), fold(key, write)),
            Record::Copied { store, member, key, version } => (head(24, store, member), fold(key, version)),
            Record::Troubled { store, troubles } => (head(25, store, troubles), 0),
            Record::Overwritten { store, member, key, version, write, kept } => {
                (head(27, store, member), fold(fold(key, version), fold(write, kept)))
            }
            Record::Sampled { tracer, trace, fate } => (head(28, tracer, fate as u16), trace),
            Record::Alarmed { monitor, target, alarm, after } => {
                (head(29, monitor, target) | (alarm as u64) << 40, after.0)
            }
            Record::DiskLost { store, member } => (head(30, store, member), 0),
            Record::Lost { store, key, version, write } => (head(31, store, 0), fold(fold(key, version), write)),
            Record::Repaired { store, pieces } => (head(32, store, 0), pieces),
        }
    }
}
