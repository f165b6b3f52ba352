//! The master: who is taken out of a chain, and when somebody may come back.
//!
//! ```text
//!   word ─────► word ─────► word ─ ─ ► silent ─ ─ ─ ─ ─► its time is over: the chain without it
//!     granted until ──────────────────────────────┘
//! ```
//!
//! The rule: whoever has been silent for too long is granted no more time, and is taken out when the time that it was granted is over:
//! then it can no longer answer, even if it was only cut off. The last one that holds what there is stays, and so does everybody while
//! nobody answers: then it is the master that is cut off. Who was taken out and answers again joins behind the tail.
//!
//! It is one process here; where it must not fail, its few decisions are a consensus group's. O(members) a word.
//!
//! Source: van Renesse and Schneider, 2004, §3; the time that is granted is a lease (Gray and Cheriton, 1989).

use super::order::Chain;
use base::{Span, Time};
use machine::Peer;

/// What may be set for a master.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MasterConfig {
    /// How often it speaks.
    pub every: Span,
    /// Who has not answered for longer than this is silent. Wants to be longer than `every` and a round trip.
    pub silent_after: Span,
    /// How long its word holds. [`None`] is for ever: then nobody must be silent who is only cut off, or two may answer.
    pub grant: Option<Span>,
}

/// What the master knows of a member.
#[derive(Clone, Copy, Debug)]
struct Known {
    heard: Time,
    /// It may act until then.
    granted: Time,
    /// It holds what there is.
    is_whole: bool,
}

/// Keeps the order of a chain.
#[derive(Clone, Debug)]
pub struct Master {
    config: MasterConfig,
    chain: Chain,
    known: Vec<Known>,
}

impl Master {
    /// A master of a chain of all members of a group, of which nobody has been told.
    ///
    /// # Errors
    /// [`super::ChainError::Empty`] of a group without members.
    pub fn new(members: u16, config: MasterConfig) -> Result<Master, super::ChainError> {
        let chain = Chain::first((0..members).map(Peer))?;
        let fresh = Known { heard: Time::ZERO, granted: Time::ZERO, is_whole: true };
        Ok(Master { config, chain, known: vec![fresh; usize::from(members)] })
    }

    /// Changes how often it speaks and what its word is worth; what it has granted stays granted.
    pub fn retune(&mut self, config: MasterConfig) {
        self.config = config;
    }

    /// The chain as it is now.
    #[must_use]
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The last member that holds what there is: who answers reads.
    #[must_use]
    pub fn tail(&self) -> Option<Peer> {
        self.chain.links().iter().map(|link| link.peer).rfind(|peer| self.known[usize::from(peer.0)].is_whole)
    }

    /// When a member answered last.
    #[must_use]
    pub fn heard(&self, peer: Peer) -> Option<Time> {
        self.known.get(usize::from(peer.0)).map(|known| known.heard)
    }

    fn is_silent(&self, peer: Peer, now: Time) -> bool {
        self.known.get(usize::from(peer.0)).is_none_or(|known| now.since(known.heard) > self.config.silent_after)
    }

    /// Whether it can be done without a member: another answers and holds what there is.
    fn is_spared(&self, peer: Peer, now: Time) -> bool {
        let mut others = self.chain.links().iter().map(|link| link.peer).filter(|other| *other != peer);
        others.any(|other| self.known[usize::from(other.0)].is_whole && !self.is_silent(other, now))
    }

    /// It is time to speak: to each of these say the present chain, and that it may act on it until then.
    pub fn speak(&mut self, now: Time) -> Vec<(Peer, Time)> {
        let peers = || (0..self.known.len() as u16).map(Peer);
        for peer in peers().collect::<Vec<_>>() {
            let (at, is_silent) = (usize::from(peer.0), self.is_silent(peer, now));
            let is_over = self.config.grant.is_none() || self.known[at].granted <= now;
            let next = match self.chain.link(peer) {
                Some(_) if is_silent && is_over && self.is_spared(peer, now) => self.chain.without(peer),
                None if !is_silent => self.chain.with(peer),
                _ => continue,
            };
            if let Ok(next) = next {
                self.chain = next;
                self.known[at].is_whole = false;
            }
        }
        let until = self.config.grant.map_or(Time::NEVER, |grant| now + grant);
        let mut words = Vec::with_capacity(self.known.len());
        for at in 0..self.known.len() {
            let peer = Peer(at as u16);
            if self.chain.link(peer).is_some() && !self.is_silent(peer, now) {
                self.known[at].granted = self.known[at].granted.max(until);
            }
            words.push((peer, self.known[at].granted));
        }
        words
    }

    /// A member answers: the number of the newest chain that it knows, and whether it holds what there is.
    pub fn on_configured(&mut self, from: Peer, number: u64, is_whole: bool, now: Time) {
        let is_present = number == self.chain.number() && self.chain.link(from).is_some();
        if let Some(known) = self.known.get_mut(usize::from(from.0)) {
            known.heard = now;
            known.is_whole |= is_present && is_whole;
        }
    }

    /// It starts again from its disk, which holds the chain and what it has granted: it gives everybody time to answer.
    pub fn on_restart(&mut self, now: Time) {
        self.known.iter_mut().for_each(|known| known.heard = now);
    }
}
