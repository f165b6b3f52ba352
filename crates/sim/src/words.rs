//! The words of the simulator: requests, replies, calls and the ids of who makes them.

use base::Time;
pub use trace::{BoxIndex, MemberIndex, Status, WireIndex};

/// What a client asks of a system, as it travels from box to box.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// What it is about.
    pub key: u64,
    /// For a write: the value written, unique over the run, so that a write can be told from every other.
    pub value: u64,
    /// The version of the value, for a message that hands a value on, as when a cache is filled.
    pub version: u64,
    /// The store of that version.
    pub store: BoxIndex,
    /// Who asks, as one of the client's users; an IP hash looks at this.
    pub user: u32,
    /// Its size on the wire in bytes, both ways.
    pub bytes: u32,
    /// Which of the scenario's operations it is.
    pub op: u8,
    /// True when it changes state.
    pub write: bool,
}

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// How it went.
    pub status: Status,
    /// The store that the version below belongs to; [`Reply::NO_STORE`] when no store was involved.
    pub store: BoxIndex,
    /// The version written or read; 0 for none.
    pub version: u64,
    /// The value read.
    pub value: u64,
}

impl Reply {
    /// No store was involved.
    pub const NO_STORE: BoxIndex = BoxIndex::MAX;

    /// An answer that carries no data.
    #[must_use]
    pub fn plain(status: Status) -> Reply {
        Reply { status, store: Reply::NO_STORE, version: 0, value: 0 }
    }
}

/// A call under way, as its callee knows it. Answering a call whose caller has given up does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallId {
    pub(crate) slot: u32,
    pub(crate) generation: u32,
}

impl CallId {
    /// As a token, for a box that passes a request on and keeps no other memory of it.
    #[must_use]
    pub fn token(self) -> u64 {
        u64::from(self.slot) << 32 | u64::from(self.generation)
    }

    /// Back from a token.
    #[must_use]
    pub fn from_token(token: u64) -> CallId {
        CallId { slot: (token >> 32) as u32, generation: token as u32 }
    }
}

/// An entry of the agenda.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    /// A request reaches its callee.
    Arrival { call: CallId, to: MemberIndex, wire: WireIndex, sent: Time, request: Request },
    /// An answer reaches its caller.
    Answer { call: CallId, from: MemberIndex, sent: Time, reply: Reply },
    /// A timer of a member fires, unless the member has died since.
    Timer { member: MemberIndex, life: u32, token: u64 },
    /// A call has had no answer for as long as its caller waits.
    Expiry { call: CallId },
    /// A call is made again.
    Retry { call: CallId },
    /// A message between members reaches its receiver.
    Message { from: MemberIndex, to: MemberIndex, slot: u32, sent: Time },
}
