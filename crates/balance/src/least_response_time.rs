//! Least response time: the member whose answers have been the quickest on average, ties in turn.
//!
//! ```text
//!   average <- average + (response - average) / 8        one never heard of counts as the quickest
//! ```
//!
//! The rule: the pick has the least average over the healthy members. Here with its two known faults, because many products have
//! them: all go to the one that looked quickest until its answers, which come late by then, say otherwise (it herds); and whoever
//! fails at once looks quickest of all. [`PeakEwma`](crate::PeakEwma) has neither. O(n).

use crate::{Balance, Candidates, Response};
use base::Rng;

/// The weight of the newest response: 1/8, as in TCP's smoothed rtt.
const NEWEST: f64 = 0.125;

/// Picks the quickest on average.
#[derive(Clone, Debug, Default)]
pub struct LeastResponseTime {
    /// Average response of each member in nanoseconds; 0 while nothing was heard.
    averages: Vec<f64>,
    next: usize,
}

impl Balance for LeastResponseTime {
    fn pick(&mut self, candidates: &Candidates<'_>, _hash: u64, _rng: &mut Rng) -> Option<usize> {
        self.averages.resize(candidates.len(), 0.0);
        let start = if self.next < candidates.len() { self.next } else { 0 };
        let mut best = None;
        for index in (start..candidates.len()).chain(0..start).filter(|index| candidates.is_healthy(*index)) {
            if best.is_none_or(|best: usize| self.averages[index] < self.averages[best]) {
                best = Some(index);
            }
        }
        self.next = best? + 1;
        best
    }

    fn on_response(&mut self, response: Response) {
        if let Some(average) = self.averages.get_mut(response.member) {
            let took = response.took.0 as f64;
            *average = if *average > 0.0 { *average + (took - *average) * NEWEST } else { took };
        }
    }
}
