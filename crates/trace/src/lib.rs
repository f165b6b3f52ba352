//! What a run leaves behind: [`Record`]s that checks judge, [`Meter`]s that the screen shows, and the digest over both.
//!
//! Everything here is updated in O(1) without allocation; percentiles are computed when somebody looks.

mod histogram;
mod meter;
mod record;

pub use histogram::Histogram;
pub use meter::{Count, Meter, Sample};
pub use record::{Alarm, BoxIndex, Circuit, Journal, MemberIndex, Record, Status, TraceFate, WireIndex};
