//! What operators see a system by: which traces are kept, and when somebody is woken.
//!
//! ```text
//!   spans ──> head: by the trace's number, before anything is known ──┐
//!         └─> tail: when it is over, by errors and length ────────────┴──> kept, bounded ──> waterfall
//!   counters ──> share of errors ──> condition, or burn rate over two windows ──> inactive → pending → firing
//! ```
//!
//! | | decides | knows | costs |
//! |---|---|---|---|
//! | [`HeadSampler`] | at the first span | the trace's number | nothing is sent for what is left out; of rare errors as small a share is kept as of anything |
//! | [`TailSampler`] | after a wait | errors and length of the whole | every span is sent, and held while it waits |
//! | [`Alert`] | at each evaluation | whether a condition holds | as long a wait before it fires as it was told |
//! | [`BurnRule`] | at each evaluation | the share of errors over windows of time | the counters of the longest window |
//!
//! ```
//! use base::{Span, Time};
//! use telemetry::{Alert, AlertState};
//!
//! // Fires once the condition has held for 5 s.
//! let mut alert = Alert::new(Span::from_secs(5), Span::ZERO);
//! let at = |seconds| Time::ZERO + Span::from_secs(seconds);
//! assert_eq!(alert.step(at(0), true), Some(AlertState::Pending));
//! assert_eq!(alert.step(at(4), true), None);
//! assert_eq!(alert.step(at(5), true), Some(AlertState::Firing));
//! assert_eq!(alert.step(at(6), false), Some(AlertState::Inactive));
//! ```
//!
//! When not to use it: metrics of a program are not gathered here. Quantiles are in `sketch`, series of points in `storage`.

mod alert;
mod burn;
mod head;
mod tail;
mod traces;

pub use alert::{Alert, AlertState};
pub use burn::{BurnError, BurnPair, BurnRule};
pub use head::{HeadSampler, NotAShare};
pub use tail::{Fate, TailConfig, TailCounts, TailSampler, Taken};
pub use traces::{Row, Trace, TraceSpan, TraceStore};
