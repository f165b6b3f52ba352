//! Back pressure by credit: a sender sends only what the receiver has said that it has room for.
//!
//! The rule: credit granted minus messages sent is never negative, and credit granted is never more than messages taken plus the
//! room. So the buffer never overflows, nothing is refused, and a slow receiver slows its sender down instead of losing messages.
//! Without it a bounded queue refuses or drops, and an unbounded one grows for as long as the overload lasts. O(1).
//! Source: Kung, Blackwell, Chapman, "Credit-based flow control for ATM networks", SIGCOMM 1994; Reactive Streams' `request(n)`.

use std::collections::VecDeque;

/// There is no credit: the sender has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoCredit {
    /// The room of the receiver, all of which is used or on its way.
    pub capacity: u32,
}

impl core::fmt::Display for NoCredit {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "no credit: all {} places of the receiver are taken", self.capacity)
    }
}

impl core::error::Error for NoCredit {}

/// The sender's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditSender {
    capacity: u32,
    credit: u32,
}

impl CreditSender {
    /// A sender to a receiver with room for `capacity` messages, all of it free.
    #[must_use]
    pub fn new(capacity: u32) -> CreditSender {
        CreditSender { capacity, credit: capacity }
    }

    /// Spends the credit of one message that is sent now.
    pub fn spend(&mut self) -> Result<(), NoCredit> {
        self.credit = self.credit.checked_sub(1).ok_or(NoCredit { capacity: self.capacity })?;
        Ok(())
    }

    /// The receiver has room for `credit` more.
    pub fn on_credit(&mut self, credit: u32) {
        self.credit = self.credit.saturating_add(credit).min(self.capacity);
    }

    /// How many messages may be sent now.
    #[must_use]
    pub fn credit(&self) -> u32 {
        self.credit
    }
}

/// The receiver's end: a buffer that gives credit back in batches.
#[derive(Clone, Debug)]
pub struct CreditReceiver<T> {
    capacity: u32,
    batch: u32,
    buffer: VecDeque<T>,
    /// Taken and not yet given back.
    owed: u32,
}

impl<T> CreditReceiver<T> {
    /// Room for `capacity` messages; credit goes back for `batch` at a time, 1 to `capacity`, to save messages.
    #[must_use]
    pub fn new(capacity: u32, batch: u32) -> CreditReceiver<T> {
        CreditReceiver { capacity, batch: batch.clamp(1, capacity.max(1)), buffer: VecDeque::new(), owed: 0 }
    }

    /// A message arrives. `false` if there is no room, which a sender that keeps to its credit never sees.
    pub fn on_message(&mut self, message: T) -> bool {
        let has_room = self.buffer.len() as u64 + u64::from(self.owed) < u64::from(self.capacity);
        if has_room {
            self.buffer.push_back(message);
        }
        has_room
    }

    /// Takes the first message, and says how much credit to send now, which may be 0.
    pub fn take(&mut self) -> Option<(T, u32)> {
        let message = self.buffer.pop_front()?;
        self.owed += 1;
        let credit = if self.owed >= self.batch { core::mem::take(&mut self.owed) } else { 0 };
        Some((message, credit))
    }

    /// How many messages wait.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.buffer.len() as u32
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }
}
