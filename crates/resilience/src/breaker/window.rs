//! The last n outcomes, a bit each, with their count kept up to date. O(1) an outcome.

/// A ring of bits.
#[derive(Clone, Debug)]
pub(super) struct Window {
    bits: Vec<u64>,
    capacity: u32,
    len: u32,
    /// Where the next bit goes.
    next: u32,
    ones: u32,
}

impl Window {
    /// An empty window of `capacity` bits; one of 0 bits counts nothing.
    pub(super) fn new(capacity: u32) -> Window {
        Window { bits: vec![0; capacity.div_ceil(64) as usize], capacity, len: 0, next: 0, ones: 0 }
    }

    pub(super) fn push(&mut self, is_one: bool) {
        if self.capacity == 0 {
            return;
        }
        let (word, mask) = ((self.next / 64) as usize, 1_u64 << (self.next % 64));
        let was_one = self.len == self.capacity && self.bits[word] & mask != 0;
        self.bits[word] = if is_one { self.bits[word] | mask } else { self.bits[word] & !mask };
        self.ones = self.ones + u32::from(is_one) - u32::from(was_one);
        self.len = (self.len + 1).min(self.capacity);
        self.next = if self.next + 1 == self.capacity { 0 } else { self.next + 1 };
    }

    /// Ones, and bits in all.
    pub(super) fn counts(&self) -> (u32, u32) {
        (self.ones, self.len)
    }

    pub(super) fn clear(&mut self) {
        (self.len, self.next, self.ones) = (0, 0, 0);
    }
}
