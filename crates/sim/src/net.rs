//! The network: what a wire does to a message.
//!
//! Each direction of a wire has its own stream of luck, its own line for bandwidth, and the same link: latency, loss, duplication,
//! reordering. A cut wire loses what is under way as well as what is sent.

use crate::agenda::LaneId;
use crate::caller::Tally;
use base::{Delay, Law, Rng, Span, Time};
use trace::{Circuit, Meter};

/// What a wire is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// One-way latency.
    pub latency: Delay,
    /// Chance that a message is lost, 0 to 1.
    pub loss: f64,
    /// Chance that a message arrives twice, 0 to 1.
    pub duplication: f64,
    /// Chance that a message takes up to four times its latency longer, and so is overtaken, 0 to 1.
    pub reordering: f64,
    /// Bytes a second, each way; infinite when it does not matter.
    pub bandwidth: f64,
}

impl Default for Link {
    fn default() -> Link {
        Link { latency: Delay::default(), loss: 0.0, duplication: 0.0, reordering: 0.0, bandwidth: f64::INFINITY }
    }
}

/// How a caller deals with a wire, as far as the kernel does it; the rest is the [`Caller`](crate::Caller)'s.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// How long it waits for an answer; [`Span::MAX`] is for ever.
    pub timeout: Span,
    /// How many times it tries again after a call that timed out, failed, or found nobody.
    pub retries: u8,
    /// How late the answer to a read has to be for a second attempt beside the first; [`Span::MAX`] is never.
    pub hedge_after: Span,
    /// Whether it waits no longer than the one it works for, and tells the called how long it waits.
    pub hands_on_deadline: bool,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy { timeout: Span::MAX, retries: 0, hedge_after: Span::MAX, hands_on_deadline: false }
    }
}

/// A direction of a wire.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    pub rng: Rng,
    pub free_at: Time,
}

/// A wire as it stands.
#[derive(Clone, Debug)]
pub struct WireState<C> {
    pub(crate) to: trace::BoxIndex,
    pub(crate) link: Link,
    pub(crate) policy: Policy,
    pub(crate) out: Lane,
    pub(crate) back: Lane,
    /// Faults: each counts how many of its kind hold at present.
    pub(crate) cut: bool,
    pub(crate) added: Span,
    pub(crate) lose: f64,
    /// Set when every message takes the same time and none is lost: the common case, which needs no draw.
    pub(crate) plain: Option<LaneId>,
    pub(crate) expiry: Option<LaneId>,
    /// Set once anything but a time-out and plain retries was asked for; attempts are then asked for one by one.
    pub(crate) guarded: bool,
    /// What the breaker did when it was last looked at.
    pub(crate) circuit: Circuit,
    /// What is counted on it: attempts of its caller.
    pub meter: Meter,
    /// How often the caller did something about failure.
    pub tally: Tally,
    /// What the caller does about failure.
    pub caller: C,
}

/// What becomes of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passage {
    Lost,
    Once(Span),
    Twice(Span, Span),
}

impl<C> WireState<C> {
    pub(crate) fn new(to: trace::BoxIndex, link: Link, policy: Policy, caller: C, seed: u64, id: u64) -> WireState<C> {
        let lane = |way| Lane { rng: Rng::stream(seed, &[id, way]), free_at: Time::ZERO };
        WireState {
            to,
            link,
            policy,
            out: lane(1),
            back: lane(2),
            cut: false,
            added: Span::ZERO,
            lose: 0.0,
            plain: None,
            expiry: None,
            guarded: false,
            circuit: Circuit::Closed,
            meter: Meter::default(),
            tally: Tally::default(),
            caller,
        }
    }

    /// True when no draw is needed: constant latency and nothing else.
    pub(crate) fn is_plain(&self) -> bool {
        let Link { latency, loss, duplication, reordering, bandwidth } = self.link;
        latency.law == Law::Constant && loss + duplication + reordering + self.lose == 0.0 && bandwidth == f64::INFINITY
    }

    /// What is wrong with it: cut, latency added, share of messages lost.
    #[must_use]
    pub fn troubles(&self) -> (bool, Span, f64) {
        (self.cut, self.added, self.lose)
    }

    /// What becomes of a message of `bytes` sent `now`, outward or back.
    pub(crate) fn pass(&mut self, now: Time, bytes: u32, outward: bool) -> Passage {
        let link = self.link;
        let lane = if outward { &mut self.out } else { &mut self.back };
        let mut delay = link.latency.draw(&mut lane.rng) + self.added;
        if link.bandwidth != f64::INFINITY {
            let transmission = Span::from_nanos_f64(f64::from(bytes) / link.bandwidth * 1e9);
            lane.free_at = lane.free_at.max(now) + transmission;
            delay = delay + lane.free_at.since(now);
        }
        if link.reordering > 0.0 && lane.rng.chance(link.reordering) {
            delay = delay + link.latency.mean.scaled(4.0 * lane.rng.unit());
        }
        let chance_lost = link.loss + self.lose - link.loss * self.lose;
        if chance_lost > 0.0 && lane.rng.chance(chance_lost) {
            return Passage::Lost;
        }
        if link.duplication > 0.0 && lane.rng.chance(link.duplication) {
            return Passage::Twice(delay, link.latency.draw(&mut lane.rng) + self.added);
        }
        Passage::Once(delay)
    }
}
