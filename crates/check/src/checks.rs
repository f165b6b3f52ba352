//! One file per check; the list is in `lib.rs`.

pub(crate) mod availability;
pub(crate) mod delivery;
pub(crate) mod keys_moved;
pub(crate) mod latency;
pub(crate) mod limiter_budget;
pub(crate) mod lost_writes;
pub(crate) mod stale_reads;
