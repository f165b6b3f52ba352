//! One file per check; the list is in `lib.rs`.

pub(crate) mod availability;
pub(crate) mod convergence;
pub(crate) mod delivery;
pub(crate) mod effect_once;
pub(crate) mod elections;
pub(crate) mod keys_moved;
pub(crate) mod latency;
pub(crate) mod limiter_budget;
pub(crate) mod lost_writes;
pub(crate) mod mutual_exclusion;
pub(crate) mod overwrites;
pub(crate) mod stale_reads;
