//! What a caller does about failure, and what a server does about too much.
//!
//! | | on whose side | the promise |
//! |---|---|---|
//! | [`Backoff`] | caller | waits that grow, and not the same for everybody |
//! | [`RetryBudget`] | caller | retries are at most so large a part of all calls |
//! | [`Retry`] | caller | backoff, budget and deadline together: retry, or why not |
//! | [`Deadline`] | both | nobody works longer than somebody waits |
//! | [`Hedge`] | caller | a slow answer costs one more call, not more time |
//! | [`breaker`] | caller | no calls into a hole; careful probes |
//! | [`bulkhead`] | both | one class of calls never takes the places of another |
//! | [`shed`] | server | whoever is served is served in time |
//! | [`idempotency`] | server | asked twice, done once |
//!
//! They belong together. Retries without a budget turn a slow service into a dead one (five attempts through four services are 625
//! calls); a budget without idempotency keys charges twice; a breaker without time-outs does not see a hang. [`theory`] has the
//! closed formulas that the tests compare with.
//!
//! Everything is a value: time and luck are arguments, and nothing calls anybody. Whoever drives it makes the calls.
//!
//! ```
//! use base::{Rng, Span, Time};
//! use resilience::{BackoffConfig, Deadline, Jitter, Retry, RetryBudget, RetryBudgetConfig, Verdict};
//!
//! let config = BackoffConfig { jitter: Jitter::None, ..BackoffConfig::default() };
//! let (mut budget, mut rng) = (RetryBudget::new(RetryBudgetConfig::default()), Rng::new(1));
//! let mut retry = Retry::new(config, Deadline::after(Time::ZERO, Span::from_secs(3)), &mut budget)?;
//!
//! // 1 s after the first failure; after the second it would be 2 s more, which is when the caller gives up.
//! assert_eq!(retry.on_failure(Time::ZERO, &mut budget, &mut rng), Verdict::RetryAfter(Span::from_secs(1)));
//! let second = Time::ZERO + Span::from_secs(1) + Span(1);
//! assert_eq!(retry.on_failure(second, &mut budget, &mut rng), Verdict::GiveUp(resilience::Reason::Deadline));
//! # Ok::<(), resilience::BackoffError>(())
//! ```

mod backoff;
pub mod breaker;
mod budget;
pub mod bulkhead;
mod deadline;
mod hedge;
pub mod idempotency;
mod retry;
pub mod shed;
pub mod theory;

pub use backoff::{Backoff, BackoffConfig, BackoffError, Jitter};
pub use budget::{RetryBudget, RetryBudgetConfig};
pub use deadline::Deadline;
pub use hedge::{Arrived, Hedge, HedgeConfig};
pub use retry::{Reason, Retry, Verdict};
