//! A sequence that several write at once: Fugue, a tree whose left-to-right walk is the text.
//!
//! ```text
//!   "Hello!"            A types " Alice" before the !, B " Charlie":
//!
//!   ... o ─ !           the first letter of each run hangs to the left of "!", the rest of the run to the right of its first
//!          ╱ ╲          letter: the walk visits a whole run before it comes to the other one, whatever they hold
//!        ␣A.. ␣C..      → "Hello Alice Charlie!", never "Hello AClhiacre…!"
//! ```
//!
//! The rule: a new node becomes the right child of its left neighbour if that has none, else the left child of its right neighbour,
//! tombstones counting as neighbours. Siblings stand by replica, then by number. It follows that the walk of every replica that has
//! the same nodes is the same, and that runs typed at one place do not interleave, forward or backward.
//!
//! A removed node stays as a tombstone: others may hang from it. O(n / 256) an operation at its replica, O(log n) more for a remote
//! one and its place among its siblings; about 60 bytes a node.
//!
//! Source: Weidner and Kleppmann, *The Art of the Fugue: Minimizing Interleaving in Collaborative Text Editing*, 2023, algorithm 1.

mod order;

use crate::{Crdt, Dot, OutOfRange};
use order::Order;
use std::collections::{BTreeMap, BTreeSet};

/// On which side of its parent a node hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Left,
    Right,
}

/// What one insertion says. The beginning of the sequence is the parent of number 0.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Insertion<V> {
    dot: Dot,
    parent: Dot,
    side: Side,
    value: V,
}

/// The name of the beginning; no update has the number 0.
const BEGINNING: Dot = Dot { replica: 0, count: 0 };

/// A node: what was inserted, and what hangs from it, by dot.
#[derive(Clone, Debug)]
struct Node {
    dot: Dot,
    left: Vec<u32>,
    right: Vec<u32>,
}

/// A sequence of values.
///
/// The delta of an insertion is a sequence too, one that holds a single node and waits for its parent: deltas may be merged with each
/// other, come in any order and more than once.
#[derive(Clone, Debug)]
pub struct Sequence<V> {
    /// Node 0 is the beginning; the insertion of node n is at n − 1, so that a parent always stands before its children.
    nodes: Vec<Node>,
    insertions: Vec<Insertion<V>>,
    order: Order,
    by_dot: BTreeMap<Dot, u32>,
    /// Removed, whether the node has arrived or not.
    removed: BTreeSet<Dot>,
    /// Insertions whose parent has not arrived, by parent.
    waiting: BTreeMap<Dot, BTreeMap<Dot, Insertion<V>>>,
}

impl<V> Default for Sequence<V> {
    fn default() -> Self {
        Sequence {
            nodes: vec![Node { dot: BEGINNING, left: Vec::new(), right: Vec::new() }],
            insertions: Vec::new(),
            order: Order::new(),
            by_dot: BTreeMap::from([(BEGINNING, 0)]),
            removed: BTreeSet::new(),
            waiting: BTreeMap::new(),
        }
    }
}

impl<V: Clone + PartialEq> Sequence<V> {
    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values in order.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.order.iter().filter(|node| self.order.is_visible(*node)).map(|node| self.value(node))
    }

    /// How many places are held by values that have been removed.
    #[must_use]
    pub fn tombstones(&self) -> usize {
        self.insertions.len() - self.len()
    }

    /// Puts `value` at `index`, from 0 to [`len`](Self::len). Returns the delta.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the end; nothing is changed.
    pub fn insert(&mut self, replica: u32, index: usize, value: V) -> Result<Self, OutOfRange> {
        if index > self.len() {
            return Err(OutOfRange { index: index as u64, count: self.len() as u64 });
        }
        let left = if index == 0 { 0 } else { self.order.visible_at(index - 1) };
        let (parent, side) = match self.order.next(left) {
            Some(right) if !self.nodes[left as usize].right.is_empty() => (right, Side::Left),
            _ => (left, Side::Right),
        };
        let dot = self.next_dot(replica);
        let insertion = Insertion { dot, parent: self.nodes[parent as usize].dot, side, value };
        self.take(insertion.clone());
        let mut delta = Sequence::default();
        delta.take(insertion);
        Ok(delta)
    }

    /// Removes the value at `index`. Returns the delta.
    ///
    /// # Errors
    /// [`OutOfRange`] if there is none; nothing is changed.
    pub fn remove(&mut self, index: usize) -> Result<Self, OutOfRange> {
        if index >= self.len() {
            return Err(OutOfRange { index: index as u64, count: self.len() as u64 });
        }
        let dot = self.nodes[self.order.visible_at(index) as usize].dot;
        self.hide(dot);
        let mut delta = Sequence::default();
        delta.hide(dot);
        Ok(delta)
    }

    fn value(&self, node: u32) -> &V {
        &self.insertions[node as usize - 1].value
    }

    fn next_dot(&self, replica: u32) -> Dot {
        let of_replica = Dot { replica, count: 0 }..=Dot { replica, count: u64::MAX };
        let known = self.by_dot.range(of_replica).next_back().map_or(0, |(dot, _)| dot.count);
        let waits = self.waiting.values().flat_map(BTreeMap::keys).filter(|dot| dot.replica == replica);
        let count = waits.fold(known, |count, dot| count.max(dot.count));
        Dot { replica, count: count.checked_add(1).expect("nobody makes 2^64 updates one by one") }
    }

    /// Puts an insertion in, and whatever has waited for it; or lets it wait for its parent.
    fn take(&mut self, insertion: Insertion<V>) {
        let mut arrived = vec![insertion];
        while let Some(insertion) = arrived.pop() {
            if self.by_dot.contains_key(&insertion.dot) {
                continue;
            }
            let Some(parent) = self.by_dot.get(&insertion.parent).copied() else {
                self.waiting.entry(insertion.parent).or_default().insert(insertion.dot, insertion);
                continue;
            };
            let dot = insertion.dot;
            self.hang(parent, insertion);
            arrived.extend(self.waiting.remove(&dot).into_iter().flat_map(BTreeMap::into_values));
        }
    }

    /// Hangs a node below its parent, in its place among the siblings, and so in the order.
    fn hang(&mut self, parent: u32, insertion: Insertion<V>) {
        let (new, dot, side) = (self.nodes.len() as u32, insertion.dot, insertion.side);
        let siblings = self.children(parent, side);
        let at = siblings.partition_point(|sibling| self.nodes[*sibling as usize].dot < dot);
        // The walk goes: left children with all below them, the node, right children with all below them.
        match (side, at.checked_sub(1).map(|before| siblings[before]), siblings.get(at).copied()) {
            (Side::Right, Some(before), _) => self.order.push_after(self.outermost(before, Side::Right)),
            (Side::Right, None, _) => self.order.push_after(parent),
            (Side::Left, _, Some(after)) => self.order.push_before(self.outermost(after, Side::Left)),
            (Side::Left, _, None) => self.order.push_before(parent),
        }
        match side {
            Side::Left => self.nodes[parent as usize].left.insert(at, new),
            Side::Right => self.nodes[parent as usize].right.insert(at, new),
        }
        self.nodes.push(Node { dot, left: Vec::new(), right: Vec::new() });
        self.insertions.push(insertion);
        self.by_dot.insert(dot, new);
        if self.removed.contains(&dot) {
            self.order.hide(new);
        }
    }

    fn children(&self, node: u32, side: Side) -> &[u32] {
        match side {
            Side::Left => &self.nodes[node as usize].left,
            Side::Right => &self.nodes[node as usize].right,
        }
    }

    /// The last node of the walk below `node`, or the first one, `node` itself included.
    fn outermost(&self, node: u32, side: Side) -> u32 {
        let below = |node: &u32| match side {
            Side::Left => self.children(*node, side).first().copied(),
            Side::Right => self.children(*node, side).last().copied(),
        };
        std::iter::successors(Some(node), below).last().unwrap_or(node)
    }

    fn hide(&mut self, dot: Dot) {
        if let (true, Some(node)) = (self.removed.insert(dot), self.by_dot.get(&dot)) {
            self.order.hide(*node);
        }
    }

    /// What is known, in an order that does not depend on the order of arrival.
    fn walk(&self) -> impl Iterator<Item = (&Insertion<V>, bool)> {
        let all = self.order.iter().skip(1);
        all.map(|node| (&self.insertions[node as usize - 1], self.order.is_visible(node)))
    }
}

impl<V: Clone + PartialEq> PartialEq for Sequence<V> {
    fn eq(&self, other: &Self) -> bool {
        self.removed == other.removed && self.waiting == other.waiting && self.walk().eq(other.walk())
    }
}

impl<V: Clone + PartialEq> Crdt for Sequence<V> {
    fn merge(&mut self, other: &Self) {
        // In the order of arrival there, in which parents come first.
        let waiting = other.waiting.values().flat_map(BTreeMap::values);
        other.insertions.iter().chain(waiting).for_each(|insertion| self.take(insertion.clone()));
        other.removed.iter().for_each(|dot| self.hide(*dot));
    }

    fn size(&self) -> u64 {
        let waiting: usize = self.waiting.values().map(BTreeMap::len).sum();
        (self.insertions.len() + waiting + self.removed.len()) as u64
    }
}

impl Sequence<char> {
    /// The characters as a text.
    #[must_use]
    pub fn text(&self) -> String {
        self.values().collect()
    }
}
