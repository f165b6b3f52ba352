//! Leases: what is held for a time only, so that nobody waits for the dead for ever. And what that costs: nobody knows for sure that it
//! still holds.
//!
//! | | ends by | who is safe from a holder that wakes up late |
//! |---|---|---|
//! | [`lock`] | the store's clock | the resource, by its fencing token |
//! | [`leader`] | the holder's clock, earlier than the voters' | everybody, while clocks drift within the bound |
//! | [`registry`] | the store's clock, by session | watchers, once they have heard |
//!
//! # Rules that always hold
//! 1. A token is given once, and the resource never does a write whose token is smaller than one it has seen.
//! 2. At no moment do two members believe that they lead, if no clock drifts by more than the bound; offsets do not matter.
//! 3. A watcher never goes back to an earlier version, and has the last one soon after changes stop; a dead session's nodes are gone
//!    within its time-out.
//!
//! Each has named variants that break it (`Rule` in each module), and a test that shows how. When not to use a lock: where a conditional
//! write at the resource does the same in one step.

pub mod leader;
pub mod lock;
pub mod registry;
