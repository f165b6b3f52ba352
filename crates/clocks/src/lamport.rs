//! Lamport's clock: a counter that never runs behind a message it has received.
//!
//! The rule: count one for each event; on a message, first go up to the number it carries. If a happened before b then C(a) < C(b).
//! The reverse does not hold: a smaller number proves nothing. One counter of state, O(1) an event.
//!
//! Source: Lamport, *Time, Clocks, and the Ordering of Events in a Distributed System*, 1978, rules IR1 and IR2.

use crate::{Exhausted, next};

/// The counter of one process, zero before its first event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lamport {
    count: u64,
}

impl Lamport {
    /// A clock before its first event.
    #[must_use]
    pub fn new() -> Lamport {
        Lamport::default()
    }

    /// Counts an event of the process itself: something local, or a message sent. Returns the event's number, which a message
    /// carries along.
    ///
    /// # Errors
    /// [`Exhausted`] at the greatest number.
    pub fn tick(&mut self) -> Result<u64, Exhausted> {
        self.count = next(self.count)?;
        Ok(self.count)
    }

    /// Counts the receipt of a message that carries `sent`. Returns the event's number: one more than both clocks.
    ///
    /// # Errors
    /// [`Exhausted`] if either stands at the greatest number; the clock is unchanged.
    pub fn receive(&mut self, sent: u64) -> Result<u64, Exhausted> {
        self.count = next(self.count.max(sent))?;
        Ok(self.count)
    }

    /// The number of the last event.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }
}

/// An event's number with the process it happened in: a total order of all events that respects causes (the paper's ⇒).
///
/// Equal numbers are ordered by process, which favours the smaller id for ever; the paper allows any fixed order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LamportStamp {
    /// The event's number.
    pub count: u64,
    /// The process it happened in.
    pub process: u32,
}
