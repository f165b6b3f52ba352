//! Sticky cookie: the first pick is the least loaded, and the client comes back to it with a cookie that names it.
//!
//! The rule: a client meets one member for as long as that is healthy; then it gets a new one, and **stays there** when the old one
//! returns, where an [`IpHash`](crate::IpHash) would send it back. What it had in the lost member's memory is lost. The load follows
//! the clients and not the requests: new members stay idle until new clients come, which is why sessions and autoscaling fight. The
//! table here stands for the cookies, which in reality the clients keep; it remembers at most a million of them. O(log clients); O(n)
//! for a client without a cookie.

use crate::{Balance, Candidates, LeastConnections};
use base::Rng;
use std::collections::BTreeMap;

/// Clients whose cookie is remembered; the others are new every time.
pub(crate) const CLIENTS_MAX: usize = 1_000_000;

/// Picks whom the client has met before.
#[derive(Clone, Debug, Default)]
pub struct StickyCookie {
    cookies: BTreeMap<u64, u32>,
    first: LeastConnections,
}

impl Balance for StickyCookie {
    fn pick(&mut self, candidates: &Candidates<'_>, hash: u64, rng: &mut Rng) -> Option<usize> {
        let known = self.cookies.get(&hash).map(|member| *member as usize);
        if let Some(member) = known.filter(|member| *member < candidates.len() && candidates.is_healthy(*member)) {
            return Some(member);
        }
        let member = self.first.pick(candidates, hash, rng)?;
        if known.is_some() || self.cookies.len() < CLIENTS_MAX {
            self.cookies.insert(hash, member as u32);
        }
        Some(member)
    }
}
