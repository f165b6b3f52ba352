//! The words of the simulator: requests, replies, calls and the ids of who makes them.

use base::Time;
pub use trace::{BoxIndex, MemberIndex, Status, WireIndex};

/// Until when somebody waits, as it travels with a request: in steps of 2^15 ns (33 µs), rounded down so that nobody works longer
/// than somebody waits. Four bytes, which a request has to spare; eight would make every event of the agenda larger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Until(u32);

impl Until {
    /// For ever.
    pub const EVER: Until = Until(0);
    const STEP: u32 = 15;

    /// Until a moment; what is beyond 39 hours is for ever, and what is in the first step until its end.
    #[must_use]
    pub fn moment(at: Time) -> Until {
        u32::try_from(at.0 >> Until::STEP).map_or(Until::EVER, |steps| Until(steps.max(1)))
    }

    /// The moment; [`Time::NEVER`] for ever.
    #[must_use]
    pub fn time(self) -> Time {
        if self == Until::EVER { Time::NEVER } else { Time(u64::from(self.0) << Until::STEP) }
    }
}

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
    /// Until when its caller waits, where a wire on its way hands that on.
    pub until: Until,
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
    /// A call has had no answer for as long as its caller waits, or may not be made.
    Expiry { call: CallId },
    /// A call is made again.
    Retry { call: CallId },
    /// A call has had no answer for so long that a second attempt is made beside the first.
    Hedge { call: CallId },
    /// A message between members reaches its receiver.
    Message { from: MemberIndex, to: MemberIndex, slot: u32, sent: Time },
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_deadline_is_never_later_on_its_way_and_costs_a_request_no_byte() {
        for at in [1 << 15, 1_000_000, 999_999_999, 24 * 3_600 * 1_000_000_000] {
            let told = Until::moment(Time(at)).time();
            assert!(told <= Time(at) && Time(at).since(told).0 < 1 << 15, "{at} told as {told:?}");
        }
        assert_eq!(Until::moment(Time::NEVER).time(), Time::NEVER);
        assert_eq!(Until::moment(Time::ZERO).time(), Time(1 << 15), "nothing is not for ever");
        assert_eq!(size_of::<Request>(), 40);
    }
}
