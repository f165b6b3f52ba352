//! What a caller does about failure on a wire: the mechanisms of `resilience` behind the simulator's [`sim::Caller`].
//!
//! ```text
//!   attempt -> breaker -> pool -> network          failed: attempts left? deadline? budget? -> pause -> attempt
//!              open:      full:
//!              unavailable   overloaded
//! ```
//!
//! The breaker is asked before the pool, so that nobody waits in line for a breaker that is open, and again when a place is free. What
//! the called does not answer for says something of it: no answer, an error, nobody there, overloaded. A rate limit does not: that is
//! the caller's own doing. Hedges are paid from the retry budget where there is one, and never wait for a place.

use base::{Rng, Span, Time};
use resilience::breaker::{self, Breaker, BreakerConfig, State};
use resilience::bulkhead::{Bulkhead, Compartment, Entry};
use resilience::{BackoffConfig, Jitter, RetryBudget, RetryBudgetConfig};
use sim::{Admission, Attempt, CallId, Failed};
use trace::{Circuit, Status};

/// What can be set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct CallerConfig {
    /// How long to wait before each retry.
    pub backoff: BackoffConfig,
    /// How many retries there may be.
    pub budget: Option<RetryBudgetConfig>,
    /// When not to call at all.
    pub breaker: Option<BreakerConfig>,
    /// How many calls may be under way.
    pub pool: Option<Compartment>,
}

/// A pool that is switched off lets everybody in, because some may still be in it.
const UNBOUNDED: Compartment = Compartment { places: u32::MAX, line_max: 0 };

/// The caller's side of one wire.
#[derive(Clone, Debug)]
pub struct Caller {
    config: CallerConfig,
    budget: Option<RetryBudget>,
    breaker: Option<Breaker>,
    /// Counts breakers: a permit of one says nothing to the next.
    era: u32,
    pool: Option<Bulkhead<CallId>>,
    /// Has a place in the pool since somebody left, and has not been told.
    handed: Option<CallId>,
}

/// What an attempt holds.
#[derive(Clone, Copy, Debug)]
pub struct Ticket {
    breaker: Option<(u32, breaker::Permit)>,
    place: bool,
}

impl Caller {
    pub(crate) fn new(config: CallerConfig) -> Caller {
        let pool = config.pool.map(|size| Bulkhead::new(&[size]));
        Caller {
            config,
            budget: config.budget.map(RetryBudget::new),
            breaker: config.breaker.and_then(|config| Breaker::new(config).ok()),
            era: 0,
            pool,
            handed: None,
        }
    }

    /// Takes over new settings. What they do not concern goes on as it is.
    pub(crate) fn retune(&mut self, config: CallerConfig) {
        let before = std::mem::replace(&mut self.config, config);
        if before.budget != config.budget {
            self.budget = config.budget.map(RetryBudget::new);
        }
        if before.breaker != config.breaker {
            self.breaker = config.breaker.and_then(|config| Breaker::new(config).ok());
            self.era += 1;
        }
        match (&mut self.pool, config.pool) {
            (Some(pool), size) => pool.resize(0, size.unwrap_or(UNBOUNDED)).expect(ONE),
            (None, Some(size)) => self.pool = Some(Bulkhead::new(&[size])),
            (None, None) => {}
        }
    }

    /// What the breaker is doing now; `None` without one.
    #[must_use]
    pub fn breaker(&self, now: Time) -> Option<Circuit> {
        self.breaker.as_ref().map(|breaker| circuit(breaker, now))
    }

    /// Calls under way and waiting, and how many of each there may be; `None` without a pool.
    #[must_use]
    pub fn pool(&self) -> Option<[u32; 4]> {
        let size = self.config.pool?;
        let (under_way, waiting) = self.pool.as_ref()?.load(0).expect(ONE);
        Some([under_way, waiting, size.places, size.line_max])
    }

    /// Retries that the budget would pay now; `None` without one.
    #[must_use]
    pub fn budget(&self) -> Option<u64> {
        self.budget.as_ref().map(RetryBudget::balance)
    }

    fn past_breaker(&mut self, now: Time) -> Option<Option<(u32, breaker::Permit)>> {
        let Some(breaker) = &mut self.breaker else { return Some(None) };
        match breaker.ask(now) {
            breaker::Admission::Allowed(permit) => Some(Some((self.era, permit))),
            breaker::Admission::Refused { .. } => None,
        }
    }

    fn is_full(&self) -> bool {
        self.pool().is_some_and(|[under_way, _, places, _]| under_way >= places)
    }

    /// Charges the budget for an attempt that is not the first. False when it cannot pay.
    fn pays(&mut self) -> bool {
        self.budget.as_mut().is_none_or(RetryBudget::ask)
    }

    fn cancel(&mut self, permit: Option<(u32, breaker::Permit)>) {
        if let (Some(breaker), Some((era, permit))) = (&mut self.breaker, permit)
            && era == self.era
        {
            breaker.on_cancelled(permit);
        }
    }

    fn leave(&mut self, ticket: Ticket) {
        if let (Some(pool), true) = (&mut self.pool, ticket.place) {
            self.handed = pool.leave(0).expect("it holds the place of the ticket");
        }
    }
}

/// Why asking the pool cannot fail.
const ONE: &str = "a pool has one compartment";

fn circuit(breaker: &Breaker, now: Time) -> Circuit {
    match breaker.state(now) {
        State::Closed => Circuit::Closed,
        State::Open => Circuit::Open,
        State::HalfOpen => Circuit::HalfOpen,
    }
}

impl sim::Caller for Caller {
    type Permit = Ticket;

    fn is_guarded(&self) -> bool {
        // A pause that depends on the one before it needs the table in which guarded calls are remembered.
        let remembers = self.config.backoff.jitter == Jitter::Decorrelated;
        self.budget.is_some() || self.breaker.is_some() || self.pool.is_some() || remembers
    }

    fn ask(&mut self, now: Time, call: CallId, attempt: Attempt) -> Admission<Ticket> {
        let is_hedge = attempt == Attempt::Hedge;
        if let (Some(budget), Attempt::First) = (&mut self.budget, attempt) {
            budget.on_call();
        }
        if is_hedge && self.is_full() {
            return Admission::Refused(Status::Overloaded);
        }
        let Some(permit) = self.past_breaker(now) else { return Admission::Refused(Status::Unavailable) };
        if is_hedge && !self.pays() {
            self.cancel(permit);
            return Admission::Refused(Status::Unavailable);
        }
        let entry = self.pool.as_mut().map(|pool| pool.enter(0, call).expect(ONE));
        if matches!(entry, Some(Entry::Waits | Entry::Refused)) {
            self.cancel(permit);
        }
        match entry {
            None => Admission::Go(Ticket { breaker: permit, place: false }),
            Some(Entry::In) => Admission::Go(Ticket { breaker: permit, place: true }),
            Some(Entry::Waits) => Admission::Wait,
            Some(Entry::Refused) => Admission::Refused(Status::Overloaded),
        }
    }

    fn ended(&mut self, now: Time, ticket: Ticket, status: Status, took: Span) {
        if let (Some(breaker), Some((era, permit))) = (&mut self.breaker, ticket.breaker)
            && era == self.era
        {
            breaker.on_outcome(now, permit, status.is_ok() || status == Status::Limited, took);
        }
        self.leave(ticket);
    }

    fn dropped(&mut self, ticket: Ticket) {
        self.cancel(ticket.breaker);
        self.leave(ticket);
    }

    fn withdrawn(&mut self, call: CallId) {
        if let Some(pool) = &mut self.pool {
            pool.withdraw(0, &call).expect(ONE);
        }
    }

    fn pull(&mut self, now: Time) -> Option<(CallId, Result<Ticket, Status>)> {
        let pool = self.pool.as_mut()?;
        let call = match self.handed.take() {
            Some(call) => call,
            None => pool.next(0).expect(ONE)?,
        };
        let turn = self.past_breaker(now).map(|permit| Ticket { breaker: permit, place: true });
        if turn.is_none() {
            self.leave(Ticket { breaker: None, place: true });
        }
        Some((call, turn.ok_or(Status::Unavailable)))
    }

    fn pause(&mut self, failed: Failed, rng: &mut Rng) -> Option<Span> {
        let Failed { now, until, retry, last } = failed;
        let backoff = &self.config.backoff;
        let last = if retry == 0 { backoff.base } else { last };
        let wait = backoff.wait(u32::from(retry), last, rng);
        // The budget comes last: a retry that is not made charges nothing.
        (now + wait < until && self.pays()).then_some(wait)
    }

    fn circuit(&self, now: Time) -> Circuit {
        self.breaker(now).unwrap_or_default()
    }

    fn forget(&mut self) {
        let era = self.era + 1;
        *self = Caller { era, ..Caller::new(self.config) };
    }
}
