//! The simulator: events in order of (time, sequence), a network that can fail, members that can die, and calls between them.
//!
//! It knows requests, replies, timers and messages, and nothing of what any box does with them; that is a [`Member`].
//!
//! ```text
//!  Member  --call-->  wire (latency, loss, cut)  --arrival-->  Member
//!     ^                                                         |
//!     +------------- answer, or expiry, or retry <----reply-----+
//! ```
//!
//! A caller gets exactly one answer for each call: the callee's, or `TimedOut` when its patience ends, after as many attempts as
//! its wire's policy allows. A late answer is dropped. A dead callee says nothing. What a caller does beyond that about failure
//! (pauses, budgets, breakers, pools) is a [`Caller`].

mod agenda;
mod caller;
mod core;
mod flight;
mod guard;
mod net;
mod parted;
mod watch;
mod words;
mod world;
mod zones;

pub use agenda::{Agenda, Due, Heap, LaneId, Taken};
pub use caller::{Admission, Attempt, Caller, Failed, Tally};
pub use core::{BoxState, Budget, Core, Life};
pub use flight::InFlight;
pub use net::{Link, Policy, WireState};
pub use parted::Partition;
pub use watch::{Decided, Decision, Word};
pub use words::{CallId, Reply, Request, Until};
pub use world::{Cx, Front, Member, Progress, World};
pub use zones::{Border, ZoneIndex, Zones};
