//! Repair that no reader asks for: hints go home, and pairs of members compare Merkle trees.

use super::config::Variant;
use super::item::Item;
use super::node::Node;
use super::shelf::ShelfWrite;
use super::words::{Message, Note, Timer};
use crate::merkle::{MerkleTree, leaf_hash};
use machine::{Out, Peer};
use std::sync::Arc;

/// Leaves of a tree: keys are spread over them by their remainder.
const LEAVES: u64 = 256;
/// Hints offered at once.
const HANDOFF_MAX: usize = 256;

impl Node {
    /// Keeps `item` for a home that is silent.
    pub(super) fn keep_hint(&mut self, home: Peer, key: u64, item: Item, out: &mut Out<Self>) {
        if self.config.variant == Variant::DropsHints || home == self.me || home.0 >= self.config.members {
            return;
        }
        if self.disk.hints.is_empty() {
            out.set_timer(Timer::Handoff, self.config.handoff_every);
        }
        out.persist(&mut self.disk, ShelfWrite::Hint { home, key, item });
        out.note(Note::Hinted { home, key });
    }

    /// Offers hints to their homes; those that are still away do not answer.
    pub(super) fn on_handoff(&mut self, out: &mut Out<Self>) {
        for ((home, key), (number, item)) in self.disk.hints.iter().take(HANDOFF_MAX) {
            out.send(*home, Message::Handoff { number: *number, key: *key, item: item.clone() });
        }
        if !self.disk.hints.is_empty() {
            out.set_timer(Timer::Handoff, self.config.handoff_every);
        }
    }

    /// The home has the hint. If it has changed since it was offered, it stays and is offered again.
    pub(super) fn on_handed_off(&mut self, home: Peer, number: u64, key: u64, out: &mut Out<Self>) {
        if self.disk.hints.get(&(home, key)).is_some_and(|(held, _)| *held == number) {
            out.persist(&mut self.disk, ShelfWrite::HandedOff { home, key });
            out.note(Note::HandedOff { home, key });
        }
    }

    /// Sends the next member in turn the tree of what both are homes of.
    pub(super) fn on_compare(&mut self, out: &mut Out<Self>) {
        let Some(every) = self.config.compare_every else { return };
        out.set_timer(Timer::Compare, every);
        let members = self.config.members;
        if members < 2 {
            return;
        }
        self.live.compared = self.live.compared % (members - 1) + 1;
        let partner = Peer((self.me.0 + self.live.compared) % members);
        out.send(partner, Message::Tree(Arc::new(self.tree_with(partner))));
    }

    pub(super) fn on_tree(&mut self, from: Peer, theirs: &MerkleTree, out: &mut Out<Self>) {
        let Ok(difference) = self.tree_with(from).difference(theirs) else { return };
        let (leaves, comparisons) = (difference.leaves, difference.comparisons);
        out.note(Note::Compared { with: from, leaves: leaves.len() as u64, comparisons });
        if !leaves.is_empty() {
            let items = self.items_in(from, &leaves);
            out.send(from, Message::Leaves { leaves, items, answer: true });
        }
    }

    pub(super) fn on_leaves(
        &mut self,
        from: Peer,
        leaves: Vec<u64>,
        items: &[(u64, Item)],
        answer: bool,
        out: &mut Out<Self>,
    ) {
        for (key, item) in items {
            self.keep(*key, item, out);
        }
        if answer {
            let items = self.items_in(from, &leaves);
            out.send(from, Message::Leaves { leaves, items, answer: false });
        }
    }

    /// The copies whose homes both this member and `other` are. Cost: all keys.
    fn shared_with(&self, other: Peer) -> impl Iterator<Item = (u64, &Item)> {
        let is_shared = move |key: u64| {
            let mut both = self.homes(key).filter(|home| [self.me, other].contains(home));
            both.next().is_some() && both.next().is_some()
        };
        self.disk.items.iter().map(|(key, item)| (*key, item)).filter(move |(key, _)| is_shared(*key))
    }

    fn items_in(&self, other: Peer, leaves: &[u64]) -> Vec<(u64, Item)> {
        let is_asked = |key: u64| leaves.binary_search(&(key % LEAVES)).is_ok();
        let shared = self.shared_with(other).filter(|(key, _)| is_asked(*key));
        shared.map(|(key, item)| (key, item.clone())).collect()
    }

    /// The tree of hashes over the keys of which both this member and `other` are homes, 256 leaves. Cost: all keys.
    #[must_use]
    pub fn tree_with(&self, other: Peer) -> MerkleTree {
        let mut leaves = vec![Vec::new(); LEAVES as usize];
        for (key, item) in self.shared_with(other) {
            let leaf = &mut leaves[(key % LEAVES) as usize];
            leaf.extend(key.to_le_bytes());
            item.fingerprint(leaf);
        }
        MerkleTree::new(leaves.iter().map(|leaf| leaf_hash(leaf)).collect())
    }
}
