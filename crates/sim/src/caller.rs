//! What a caller does about failure on one of its wires: when it asks again, and when it does not ask at all.
//!
//! The mechanisms (backoff, retry budget, circuit breaker, bulkhead) stand in a crate that the simulator must not know, and the
//! simulator does what they say without knowing which of them said it. So they are a trait, and dispatched statically: whoever
//! makes the members brings the callers too ([`Member::Caller`](crate::Member::Caller)). What only the kernel can do is done here
//! and steered by numbers in [`Policy`](crate::Policy): time-outs, the number of retries, the second attempt of a hedge, deadlines.
//!
//! ```text
//!   attempt --ask--> Go(permit) --------> network ---> ended(permit, how)
//!              |---> Wait     ... pull -> network ---> ended(permit, how)
//!              \---> Refused  ---------------------->  the call ends, and nothing was sent
//! ```
//!
//! A wire whose caller [guards](Caller::is_guarded) nothing is never asked: all this costs it one test of a flag per attempt.

use crate::words::CallId;
use base::{Rng, Span, Time};
use trace::{Circuit, Status};

/// Why an attempt is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It is the first of its call.
    First,
    /// The one before it failed; [`Caller::pause`] has allowed it.
    Again,
    /// The one before it is late. It is made at once or not at all.
    Hedge,
}

/// What becomes of an attempt that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission<P> {
    /// It is made now; the permit comes back when it ends.
    Go(P),
    /// It waits until [`Caller::pull`] names it.
    Wait,
    /// It is not made. The call ends with this status, and is not tried again.
    Refused(Status),
}

/// An attempt that failed, of a call that has retries left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The present moment.
    pub now: Time,
    /// When nobody waits for the call any more.
    pub until: Time,
    /// Retries before this one.
    pub retry: u8,
    /// The pause before the last of them, on a wire that is guarded.
    pub last: Span,
}

/// What a caller knows of one wire. All its calls are O(1).
pub trait Caller: Clone {
    /// What an attempt holds while it is under way.
    type Permit: Copy;

    /// Whether attempts have to be asked for. While not, only [`Caller::pause`] is called.
    fn is_guarded(&self) -> bool;
    /// May an attempt of `call` be made?
    fn ask(&mut self, now: Time, call: CallId, attempt: Attempt) -> Admission<Self::Permit>;
    /// An attempt has ended with `status`, so long after it was asked for.
    fn ended(&mut self, now: Time, permit: Self::Permit, status: Status, took: Span);
    /// Nobody waits for an attempt any more: another one of its call was quicker, or its caller has died.
    fn dropped(&mut self, permit: Self::Permit);
    /// A call that waits will not be made.
    fn withdrawn(&mut self, call: CallId);
    /// The next of those that wait whose turn has come: it is made now, or refused. Asked until there is none.
    fn pull(&mut self, now: Time) -> Option<(CallId, Result<Self::Permit, Status>)>;
    /// How long to wait before the retry of an attempt that failed; `None` for no retry.
    fn pause(&mut self, failed: Failed, rng: &mut Rng) -> Option<Span>;
    /// What the circuit breaker is doing; closed when there is none.
    fn circuit(&self, now: Time) -> Circuit;
    /// The caller has died: what it knew is gone.
    fn forget(&mut self);
}

/// How often a caller did something about failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Attempts after one that failed.
    pub retries: u64,
    /// Retries that were left, and not made.
    pub withheld: u64,
    /// Attempts after one that was late.
    pub hedges: u64,
    /// Attempts whose answer was not waited for any more, because another one had come.
    pub dropped: u64,
    /// Attempts that were not made.
    pub refused: u64,
}
