//! Judges of recorded histories: what several clients did, when each call began and ended, and what it answered.
//!
//! ```text
//!   A   ├─write 1─┤                 linearizable: each operation can be given one moment between its call and its answer,
//!   B        ├──read──┤ 1           so that in the order of the moments every answer is right;
//!   C                    ├─read─┤   sequentially consistent: some order that keeps each client's own will do,
//!                          null     whatever the clock says. This one: sequentially yes, linearizable no
//! ```
//!
//! | judge | asks for an order that keeps | of | cost |
//! |---|---|---|---|
//! | [`linearizable`] | real time | each key by itself | about linear for a few clients; exponential in how many overlap |
//! | [`sequentially_consistent`] | each client's own order | all keys together | exponential in the clients at worst |
//! | [`causal`] | causes before effects | reads and writes of values that are each written once | cubic |
//! | [`sessions`] | what one session has seen and done | versions that were read and written | about linear |
//! | [`transactions`] | nothing, real time, or snapshots | whole transactions | exponential: small histories |
//!
//! Linearizability, sequential consistency and transactions are searches, bounded by a count of steps rather than by a clock, so that
//! the answer is the same on every machine: [`Judgement::Unknown`] when the steps ran out, and then never anything else.
//!
//! ```
//! use base::Time;
//! use check::history::{Call, Judgement, STEPS_MAX, linearizable, model::Register, sequentially_consistent};
//!
//! let call = |client, op, call, ret| Call { client, key: 0, call: Time(call), ret: Some(Time(ret)), op };
//! let history = [
//!     call(0, Register::Write(1), 0, 2),
//!     call(1, Register::Read(Some(1)), 1, 3),
//!     call(2, Register::Read(None), 4, 5),
//! ];
//! assert!(matches!(linearizable(&history, STEPS_MAX)?, Judgement::Broken(_)));
//! assert_eq!(sequentially_consistent(&history, STEPS_MAX)?, Judgement::Holds);
//! # Ok::<(), check::history::HistoryError>(())
//! ```
//!
//! Sources: Herlihy and Wing, 1990; Wing and Gong, *Testing and Verifying Concurrent Objects*, 1993; Lowe, *Testing for
//! Linearizability*, 2017; Lamport, 1979.

pub mod causal;
mod fifo;
mod linear;
pub mod model;
mod overwrites;
mod saturated;
mod sequential;
pub mod sessions;
mod sums;
pub mod transactions;

pub use linear::{linearizable, minimal};
pub use sequential::sequentially_consistent;

use base::Time;
use core::fmt;

/// Steps that are enough for every history of a few thousand operations that anybody has recorded, and take some seconds at most.
pub const STEPS_MAX: u64 = 30_000_000;

/// One operation of one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call<O> {
    /// Who called.
    pub client: u32,
    /// The object that was called; objects are independent of each other.
    pub key: u32,
    /// When it was called.
    pub call: Time,
    /// When it was answered; `None` if never: then it may have taken effect at any moment after the call, or not at all.
    pub ret: Option<Time>,
    /// What was asked and answered.
    pub op: O,
}

/// What a judge says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// There is such an order.
    Holds,
    /// There is none.
    Broken(Broken),
    /// The steps ran out before either was certain.
    Unknown,
}

/// Where no order was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The operation, by its place in the history, whose answer cannot be explained together with all before it.
    pub stuck: usize,
}

/// Why a history cannot be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryError {
    /// An operation was answered before it was called.
    Backwards {
        /// Its place in the history.
        at: usize,
    },
    /// There are more operations than can be told apart.
    TooLong {
        /// How many there are.
        operations: usize,
        /// How many there may be.
        operations_max: usize,
    },
}

impl fmt::Display for HistoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HistoryError::Backwards { at } => write!(f, "operation {at} was answered before it was called"),
            HistoryError::TooLong { operations, operations_max } => {
                write!(f, "{operations} operations, but at most {operations_max} can be judged")
            }
        }
    }
}

impl core::error::Error for HistoryError {}

/// Most operations of a history.
const OPERATIONS_MAX: usize = 1_000_000;

fn checked<O>(history: &[Call<O>]) -> Result<(), HistoryError> {
    if history.len() > OPERATIONS_MAX {
        return Err(HistoryError::TooLong { operations: history.len(), operations_max: OPERATIONS_MAX });
    }
    let backwards = history.iter().position(|call| call.ret.is_some_and(|ret| ret < call.call));
    backwards.map_or(Ok(()), |at| Err(HistoryError::Backwards { at }))
}

/// What is left of the steps.
struct Steps(u64);

/// The steps ran out.
struct RanOut;

impl Steps {
    fn spend(&mut self, steps: u64) -> Result<(), RanOut> {
        self.0 = self.0.checked_sub(steps).ok_or(RanOut)?;
        Ok(())
    }
}
