//! What callers know of the instances behind a service registry: its list, as it was when they last asked.

use balance::{Algorithm, Balance, Balancer, Candidates, Panic};
use base::{Rng, Time, stable_hash_u64};
use sim::Request;

/// A copy of the registry's list, and how one is chosen from it. Instance n is member n + 1.
#[derive(Clone, Debug)]
pub struct ListFront {
    mechanism: Balancer,
    goes_by_key: bool,
    panic: Panic,
    listed: Vec<bool>,
    outstanding: Vec<u32>,
    rng: Rng,
    /// When the list was last asked for.
    pub refreshed: Time,
}

impl ListFront {
    /// All of so many instances are listed.
    #[must_use]
    pub fn new(instances: usize, algorithm: Algorithm, keep_percent: u32) -> ListFront {
        ListFront {
            mechanism: algorithm.build(),
            goes_by_key: algorithm.goes_by_key(),
            panic: Panic::new(keep_percent),
            listed: vec![true; instances],
            outstanding: vec![0; instances],
            rng: Rng::new(0),
            refreshed: Time::ZERO,
        }
    }

    /// The luck of the run.
    pub fn draw_from(&mut self, rng: Rng) {
        self.rng = rng;
    }

    /// Chooses in another way from now on.
    pub fn retune(&mut self, algorithm: Algorithm, keep_percent: u32) {
        (self.mechanism, self.goes_by_key) = (algorithm.build(), algorithm.goes_by_key());
        self.panic = Panic::new(keep_percent);
    }

    /// The registry's list as it is now.
    pub fn refresh(&mut self, now: Time, listed: impl Iterator<Item = bool>) {
        self.refreshed = now;
        self.listed.iter_mut().zip(listed).for_each(|(known, is_listed)| *known = is_listed);
    }

    /// An instance has so many requests in hand.
    #[inline]
    pub fn holds(&mut self, instance: usize, requests: u32) {
        if let Some(outstanding) = self.outstanding.get_mut(instance) {
            *outstanding = requests;
        }
    }

    /// Who is in the callers' list.
    #[must_use]
    pub fn listed(&self) -> &[bool] {
        &self.listed
    }

    /// Requests in the hands of each instance.
    #[must_use]
    pub fn outstanding(&self) -> &[u32] {
        &self.outstanding
    }

    pub(crate) fn route(&mut self, request: &Request) -> Option<u8> {
        let candidates = Candidates::new(self.panic.candidates(&self.listed), &self.outstanding);
        let hash = stable_hash_u64(if self.goes_by_key { request.key } else { u64::from(request.user) });
        self.mechanism.pick(&candidates, hash, &mut self.rng).map(|instance| instance as u8 + 1)
    }
}
