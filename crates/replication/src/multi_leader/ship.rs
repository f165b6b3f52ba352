//! Telling the neighbours: once after a change, and again until it is known to have arrived.

use super::config::{Topology, Variant};
use super::leader::Leader;
use super::words::{Message, Timer};
use base::Span;
use core::ops::Bound;
use machine::{Out, Peer};

/// Copies told again at once; the others have their turn in the next round.
const RESEND_MAX: usize = 256;

impl Leader {
    /// Who has to hear from this member of what it heard from `from`, or was asked to write (then `from` is itself).
    pub(super) fn listeners(&self, from: Peer) -> Vec<Peer> {
        let is_own = from == self.me;
        let is_relay = self.config.topology != Topology::AllToAll && self.config.variant != Variant::NoRelay;
        let neighbours = self.config.topology.neighbours(self.me, self.config.members);
        neighbours.filter(|peer| is_own || is_relay && *peer != from).collect()
    }

    pub(super) fn tell(&mut self, key: u64, peers: &[Peer], out: &mut Out<Self>) {
        if self.config.ship_delay == Span::ZERO {
            peers.iter().for_each(|peer| self.share(*peer, key, out));
        } else {
            if self.live.untold.is_empty() && !peers.is_empty() {
                out.set_timer(Timer::Ship, self.config.ship_delay);
            }
            self.live.untold.extend(peers.iter().map(|peer| (*peer, key)));
        }
        self.expect_answers(out);
    }

    fn share(&self, peer: Peer, key: u64, out: &mut Out<Self>) {
        if let Some((change, item)) = self.disk.items.get(&key) {
            out.send(peer, Message::Share { key, change: *change, item: item.clone() });
        }
    }

    pub(super) fn ship(&mut self, out: &mut Out<Self>) {
        for (peer, key) in core::mem::take(&mut self.live.untold) {
            self.share(peer, key, out);
        }
    }

    pub(super) fn expect_answers(&mut self, out: &mut Out<Self>) {
        if !self.disk.owed.is_empty() && !self.live.is_resend_set && self.config.variant != Variant::TellsOnce {
            self.live.is_resend_set = true;
            out.set_timer(Timer::Resend, self.config.resend_every);
        }
    }

    pub(super) fn resend(&mut self, out: &mut Out<Self>) {
        self.live.is_resend_set = false;
        let (from, owed) = (self.live.resent, &self.disk.owed);
        let rest = owed.range((Bound::Excluded(from), Bound::Unbounded)).chain(owed.range(..=from));
        let due: Vec<(Peer, u64)> = rest.map(|(to, _)| *to).take(RESEND_MAX).collect();
        for (peer, key) in due.iter().filter(|due| !self.live.untold.contains(due)) {
            self.share(*peer, *key, out);
        }
        self.live.resent = due.last().copied().unwrap_or_default();
        self.expect_answers(out);
    }
}
