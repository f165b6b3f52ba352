//! Scatter and gather: requests that wait for the answers of several members of their box.
//!
//! A member that gathers keeps each request open until all that it asked have answered, or it has waited long enough. O(log open).

use sim::CallId;
use std::collections::BTreeMap;

/// A request that waits for members.
#[derive(Clone, Debug)]
pub(crate) struct Gathering<T> {
    pub call: CallId,
    /// Members that were asked, by bit.
    asked: u32,
    /// Of those, the ones that have not answered.
    missing: u32,
    /// Whether somebody has refused.
    pub is_refused: bool,
    /// What has been gathered.
    pub what: T,
}

impl<T> Gathering<T> {
    /// Whether somebody refused, or has not answered.
    pub fn is_partial(&self) -> bool {
        self.is_refused || self.missing != 0
    }

    /// Whether somebody has not answered.
    pub fn is_late(&self) -> bool {
        self.missing != 0
    }

    /// A member answers; false when it was not asked or has answered.
    pub fn hear(&mut self, from: u8) -> bool {
        let bit = 1_u32.checked_shl(from.into()).unwrap_or(0);
        let is_new = self.missing & bit != 0;
        self.missing &= !bit;
        is_new
    }

    /// Asks all of them once more.
    pub fn again(&mut self) {
        self.missing = self.asked;
    }

    /// The members that were asked.
    pub fn asked(&self) -> impl Iterator<Item = u8> + use<T> {
        let asked = self.asked;
        (0..32).filter(move |member| asked >> member & 1 == 1)
    }
}

/// The requests of one member that wait for others.
#[derive(Clone, Debug)]
pub(crate) struct Gatherings<T> {
    open: BTreeMap<u64, Gathering<T>>,
    begun: u64,
}

impl<T> Default for Gatherings<T> {
    fn default() -> Self {
        Gatherings { open: BTreeMap::new(), begun: 0 }
    }
}

impl<T> Gatherings<T> {
    /// A request waits for these members, by bit; its number, which no other has had.
    pub fn begin(&mut self, call: CallId, asked: u32, what: T) -> u64 {
        self.begun += 1;
        self.open.insert(self.begun, Gathering { call, asked, missing: asked, is_refused: false, what });
        self.begun
    }

    /// A request that still waits.
    pub fn get_mut(&mut self, number: u64) -> Option<&mut Gathering<T>> {
        self.open.get_mut(&number)
    }

    /// Ends a request that waits.
    pub fn end(&mut self, number: u64) -> Option<Gathering<T>> {
        self.open.remove(&number)
    }

    /// Drops everything, as a crash does. Numbers are not given again.
    pub fn abandon(&mut self) {
        self.open.clear();
    }
}

/// So many members from the first, by bit.
pub(crate) fn all(members: u8) -> u32 {
    u32::MAX >> (32 - u32::from(members.clamp(1, 32)))
}
