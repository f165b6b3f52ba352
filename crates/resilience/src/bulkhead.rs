//! Bulkhead: a compartment of workers for each class of calls, so that one that hangs does not sink the others.
//!
//! ```text
//!   shared     [ s s s s s s s s ]           a slow dependency has taken all eight: everybody waits
//!   bulkheads  [ s s s s ] [ . f . . ]       its own four are taken; the fast class does not notice
//! ```
//!
//! The rule: a class never has more under way than its compartment holds, nor more waiting than its line; one class never takes a
//! place of another. The price is unused places: two compartments of four refuse more than one of eight when the load is mixed, which
//! is Erlang's formula read twice. First come, first served within a class. O(1).
//!
//! ```
//! use resilience::bulkhead::{Bulkhead, Compartment, Entry};
//! let mut bulkhead = Bulkhead::new(&[Compartment { places: 1, line_max: 1 }, Compartment { places: 1, line_max: 0 }]);
//! assert_eq!([bulkhead.enter(0, "a")?, bulkhead.enter(0, "b")?, bulkhead.enter(0, "c")?], [Entry::In, Entry::Waits, Entry::Refused]);
//! assert_eq!(bulkhead.enter(1, "d")?, Entry::In, "the other class does not notice");
//! assert_eq!(bulkhead.leave(0)?, Some("b"), "the next in line is in now");
//! # Ok::<(), resilience::bulkhead::BulkheadError>(())
//! ```

use core::fmt;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The size of one compartment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Compartment {
    /// Calls that may be under way; 0 refuses all.
    pub places: u32,
    /// Calls that may wait.
    pub line_max: u32,
}

/// What becomes of a call that comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// It is under way.
    In,
    /// It waits for a place.
    Waits,
    /// No place and no room to wait.
    Refused,
}

/// Compartments and who is in them.
#[derive(Clone, Debug)]
pub struct Bulkhead<T> {
    compartments: Vec<Held<T>>,
}

#[derive(Clone, Debug)]
struct Held<T> {
    size: Compartment,
    under_way: u32,
    line: VecDeque<T>,
}

impl<T> Bulkhead<T> {
    /// Empty compartments, one a class, numbered from 0.
    #[must_use]
    pub fn new(sizes: &[Compartment]) -> Bulkhead<T> {
        let held = |size: &Compartment| Held { size: *size, under_way: 0, line: VecDeque::new() };
        Bulkhead { compartments: sizes.iter().map(held).collect() }
    }

    /// A call of a class comes.
    pub fn enter(&mut self, class: u32, call: T) -> Result<Entry, BulkheadError> {
        let held = self.held(class)?;
        if held.under_way < held.size.places {
            held.under_way += 1;
            return Ok(Entry::In);
        }
        if held.size.places > 0 && (held.line.len() as u64) < u64::from(held.size.line_max) {
            held.line.push_back(call);
            return Ok(Entry::Waits);
        }
        Ok(Entry::Refused)
    }

    /// A call of a class has ended. The next of its line, if any, is under way now.
    pub fn leave(&mut self, class: u32) -> Result<Option<T>, BulkheadError> {
        let held = self.held(class)?;
        if held.under_way == 0 {
            return Err(BulkheadError::Empty { class });
        }
        held.under_way -= 1;
        Ok(held.next())
    }

    /// Takes over a new size. Those in excess stay until they leave; whoever waits and has a place now is told by
    /// [`Bulkhead::next`].
    pub fn resize(&mut self, class: u32, size: Compartment) -> Result<(), BulkheadError> {
        self.held(class)?.size = size;
        Ok(())
    }

    /// The next of a line, who is under way now; `None` when nobody waits or no place is free.
    pub fn next(&mut self, class: u32) -> Result<Option<T>, BulkheadError> {
        Ok(self.held(class)?.next())
    }

    /// A call of a class will not wait any longer. False when it was not waiting. O(1) at the head of the line, where those whose
    /// patience ends usually are, else as long as the line.
    pub fn withdraw(&mut self, class: u32, call: &T) -> Result<bool, BulkheadError>
    where
        T: PartialEq,
    {
        let line = &mut self.held(class)?.line;
        let place = line.iter().position(|waiting| waiting == call);
        Ok(place.and_then(|place| line.remove(place)).is_some())
    }

    /// Calls of a class under way, and waiting.
    pub fn load(&self, class: u32) -> Result<(u32, u32), BulkheadError> {
        let classes = self.compartments.len() as u64;
        let held = self.compartments.get(class as usize).ok_or(BulkheadError::Unknown { class, classes })?;
        Ok((held.under_way, held.line.len() as u32))
    }

    fn held(&mut self, class: u32) -> Result<&mut Held<T>, BulkheadError> {
        let classes = self.compartments.len() as u64;
        self.compartments.get_mut(class as usize).ok_or(BulkheadError::Unknown { class, classes })
    }
}

impl<T> Held<T> {
    fn next(&mut self) -> Option<T> {
        let next = if self.under_way < self.size.places { self.line.pop_front() } else { None };
        self.under_way += u32::from(next.is_some());
        next
    }
}

/// Why a class cannot be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkheadError {
    /// There is no such class.
    Unknown {
        /// The number asked for.
        class: u32,
        /// How many there are.
        classes: u64,
    },
    /// Nobody of the class is under way, so nobody can leave.
    Empty {
        /// The class.
        class: u32,
    },
}

impl fmt::Display for BulkheadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BulkheadError::Unknown { class, classes } => {
                write!(f, "there is no class {class}: the {classes} classes count from 0")
            }
            BulkheadError::Empty { class } => write!(f, "a call of class {class} left, but none is under way"),
        }
    }
}

impl core::error::Error for BulkheadError {}
