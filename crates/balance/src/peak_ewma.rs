//! Peak EWMA: of two members drawn at random, the one whose recent *worst* response times its outstanding requests is less.
//!
//! ```text
//!   cost   jumps up to a response that is slower at once; forgets slowly, by e^(-time / decay)
//!   load   cost × (outstanding + 1)
//! ```
//!
//! The rule: a slow answer is believed at once and a quick one only with time, so that a member in trouble loses its traffic within
//! one response and gets it back carefully. Outstanding requests count before any of them is answered, and only two are compared:
//! it does not herd. A failure counts as if it had taken as long as the costliest member's peak: to fail quickly is no merit. (It
//! still has nothing outstanding, and so gets more than its share under load: take it out by [`Outliers`](crate::Outliers).) A
//! member not heard of yet, but with requests under way, counts as the costliest, too. O(1) when all are healthy and heard of, an
//! exponential each; O(n) a failure.
//!
//! Source: Finagle's `PeakEwma` (Twitter), decay 10 s. With one difference: failures, which Finagle leaves to its failure accrual.

use crate::{Balance, Candidates, Response};
use base::{Rng, Span, Time};

/// Time in which a peak fades to 1/e.
const DECAY: Span = Span::from_secs(10);

/// Picks the less loaded of two, by peak response time.
#[derive(Clone, Debug, Default)]
pub struct PeakEwma {
    members: Vec<Member>,
    /// The latest moment seen.
    now: Time,
}

#[derive(Clone, Copy, Debug, Default)]
struct Member {
    /// In nanoseconds at `heard`; 0 while nothing was heard.
    cost: f64,
    heard: Time,
}

impl Member {
    fn cost_at(&self, now: Time) -> f64 {
        self.cost * fade(now.since(self.heard))
    }
}

/// What is left of a peak after so long.
fn fade(elapsed: Span) -> f64 {
    libm::exp(-(elapsed.0 as f64) / DECAY.0 as f64)
}

impl PeakEwma {
    /// What a member would cost now: peak × (outstanding + 1), in nanoseconds.
    fn load(&self, candidates: &Candidates<'_>, index: usize) -> f64 {
        let waiting = f64::from(candidates.outstanding(index));
        let member = &self.members[index];
        if member.cost > 0.0 {
            return member.cost_at(self.now) * (waiting + 1.0);
        }
        // Whoever was never heard of is tried, but not by everybody at once.
        if waiting > 0.0 { self.dearest(self.now) * (waiting + 1.0) } else { 0.0 }
    }

    /// The greatest cost of all members, at least a nanosecond.
    fn dearest(&self, now: Time) -> f64 {
        self.members.iter().map(|member| member.cost_at(now)).fold(1.0, |a, b| if b > a { b } else { a })
    }
}

impl Balance for PeakEwma {
    fn pick(&mut self, candidates: &Candidates<'_>, _hash: u64, rng: &mut Rng) -> Option<usize> {
        self.members.resize(candidates.len(), Member::default());
        self.now = self.now.max(candidates.now());
        let (first, second) = candidates.two_healthy(rng)?;
        Some(if self.load(candidates, second) < self.load(candidates, first) { second } else { first })
    }

    fn on_response(&mut self, response: Response) {
        let least = if response.ok { 1.0 } else { self.dearest(response.now) };
        let Some(member) = self.members.get_mut(response.member) else { return };
        let took = (response.took.0 as f64).clamp(least, f64::MAX);
        let kept = fade(response.now.since(member.heard));
        let faded = member.cost * kept;
        member.cost = if took >= faded { took } else { faded + took * (1.0 - kept) };
        member.heard = member.heard.max(response.now);
        self.now = self.now.max(response.now);
    }
}
