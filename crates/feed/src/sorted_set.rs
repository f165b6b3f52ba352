//! A sorted set with ranks: members with scores, and who is the how-manieth, in O(log n). A skip list that counts what its links pass.
//!
//! ```text
//!   level 2   head ─────────────3────────────▶ 789 ────────2──────▶ end
//!   level 1   head ──1──▶ 123 ──────2────────▶ 789 ──1──▶ 456 ─1──▶ end
//!   level 0   head ──1──▶ 123 ──1──▶ 555 ──1─▶ 789 ──1──▶ 456 ─1──▶ end
//! ```
//!
//! The rules: ordered by score, of equals by member, upwards; a member is there once. The rank of a member is the sum of what the
//! links on the way to it pass. Each node reaches a next level with probability 1/4, drawn from the stream that is given: the order
//! never depends on it, only the time does.
//!
//! Cost: O(log n) expected for every operation and O(k) more to read k members. Source: Pugh, "Skip Lists", CACM 1990; "A Skip List
//! Cookbook", 1990, §3.4, for the ranks; as Redis keeps its sorted sets.

use base::Rng;
use std::collections::BTreeMap;

/// 4 to the power of 32 members are more than memory holds.
const LEVELS_MAX: usize = 32;
const HEAD: u32 = 0;

#[derive(Clone, Copy, Debug)]
struct Link {
    /// The next node of this level; `None` is the end.
    next: Option<u32>,
    /// How many nodes of level 0 it goes on.
    passes: u32,
}

#[derive(Clone, Debug)]
struct Node<M> {
    /// `None` for the head.
    member: Option<M>,
    score: i64,
    links: Vec<Link>,
}

/// Members with scores, in order.
///
/// ```
/// use base::Rng;
/// use feed::SortedSet;
///
/// let (mut players, mut rng) = (SortedSet::new(), Rng::new(1));
/// for (player, score) in [(123, 1_500), (456, 2_000), (789, 1_800)] {
///     players.insert(player, score, &mut rng);
/// }
/// assert_eq!(players.descending(0).map(|(player, _)| *player).collect::<Vec<_>>(), [456, 789, 123]);
/// assert_eq!(players.rank_from_top(&123), Some(2), "the third");
/// assert_eq!(players.add(123, 50, &mut rng), 1_550);
/// ```
#[derive(Clone, Debug)]
pub struct SortedSet<M> {
    nodes: Vec<Node<M>>,
    free: Vec<u32>,
    scores: BTreeMap<M, i64>,
}

/// On each level the last node before a place, and its rank (the head has 0).
type Path = [(u32, u32); LEVELS_MAX];

impl<M: Ord + Clone> Default for SortedSet<M> {
    fn default() -> SortedSet<M> {
        SortedSet::new()
    }
}

impl<M: Ord + Clone> SortedSet<M> {
    /// Nobody.
    #[must_use]
    pub fn new() -> SortedSet<M> {
        let head = Node { member: None, score: i64::MIN, links: vec![Link { next: None, passes: 1 }] };
        SortedSet { nodes: vec![head], free: Vec::new(), scores: BTreeMap::new() }
    }

    /// How many members there are.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.scores.len() as u32
    }

    /// Whether nobody is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.scores.is_empty()
    }

    /// The score of a member.
    #[must_use]
    pub fn score(&self, member: &M) -> Option<i64> {
        self.scores.get(member).copied()
    }

    /// Gives a member a score, whatever it had; says what it had.
    pub fn insert(&mut self, member: M, score: i64, rng: &mut Rng) -> Option<i64> {
        let old = self.score(&member);
        if old == Some(score) {
            return old;
        }
        self.remove(&member);
        let path = self.path(score, &member);
        let mut levels = 1;
        while levels < LEVELS_MAX && rng.below(4) == 0 {
            levels += 1;
        }
        self.link(path, Node { member: Some(member.clone()), score, links: Vec::with_capacity(levels) }, levels);
        self.scores.insert(member, score);
        old
    }

    /// Gives a member a score only if it has none or a lower one: a best score never falls. Says which it has now.
    pub fn raise(&mut self, member: M, score: i64, rng: &mut Rng) -> i64 {
        let best = self.score(&member).map_or(score, |old| old.max(score));
        self.insert(member, best, rng);
        best
    }

    /// Adds to the score of a member, who has 0 if it is not there; says which it has now. Stops at the ends of the numbers.
    pub fn add(&mut self, member: M, by: i64, rng: &mut Rng) -> i64 {
        let score = self.score(&member).unwrap_or(0).saturating_add(by);
        self.insert(member, score, rng);
        score
    }

    /// Removes a member; says which score it had.
    pub fn remove(&mut self, member: &M) -> Option<i64> {
        let score = self.scores.remove(member)?;
        let path = self.path(score, member);
        let id = self.nodes[path[0].0 as usize].links[0].next.expect("a member with a score has a node");
        let gone = core::mem::take(&mut self.nodes[id as usize].links);
        self.nodes[id as usize].member = None;
        for (level, (before, _)) in path.iter().enumerate().take(self.levels()) {
            let link = &mut self.nodes[*before as usize].links[level];
            *link = match gone.get(level) {
                Some(own) => Link { next: own.next, passes: link.passes + own.passes - 1 },
                None => Link { passes: link.passes - 1, ..*link },
            };
        }
        self.free.push(id);
        Some(score)
    }

    /// How many members come before this one, upwards: 0 is the lowest.
    #[must_use]
    pub fn rank(&self, member: &M) -> Option<u32> {
        let score = self.score(member)?;
        Some(self.path(score, member)[0].1)
    }

    /// How many members come before this one, from the highest on: 0 is the highest.
    #[must_use]
    pub fn rank_from_top(&self, member: &M) -> Option<u32> {
        self.rank(member).map(|rank| self.len() - 1 - rank)
    }

    /// How many members come after a score that `member` has or would have: who would be above it. O(log n).
    ///
    /// Summed over sets that share no members it is the rank from the top in all of them together.
    #[must_use]
    pub fn above(&self, score: i64, member: &M) -> u32 {
        let (_, before) = self.path(score, member)[0];
        self.len() - before - u32::from(self.score(member) == Some(score))
    }

    /// The members from a rank on, upwards.
    pub fn ascending(&self, from: u32) -> impl Iterator<Item = (&M, i64)> {
        let first = self.at(from);
        let next = |id: &u32| self.nodes[*id as usize].links[0].next;
        core::iter::successors(first, next).filter_map(|id| self.entry(id))
    }

    /// The members from a rank from the top on, downwards. Each costs O(log n): the links lead upwards.
    pub fn descending(&self, from: u32) -> impl Iterator<Item = (&M, i64)> {
        let ranks = (0..self.len().saturating_sub(from)).rev();
        ranks.filter_map(|rank| self.at(rank)).filter_map(|id| self.entry(id))
    }

    /// The members around one, from so many above it to so many below it, downwards; nothing if it is not there.
    #[must_use]
    pub fn around(&self, member: &M, each_side: u32) -> Vec<(&M, i64)> {
        let Some(rank) = self.rank_from_top(member) else { return Vec::new() };
        let first = rank.saturating_sub(each_side);
        let count = rank.saturating_add(each_side).saturating_sub(first).saturating_add(1);
        self.descending(first).take(count as usize).collect()
    }

    /// The members with scores from `least` to `most`, both included, upwards.
    pub fn between(&self, least: i64, most: i64) -> impl Iterator<Item = (&M, i64)> {
        let mut at = HEAD;
        for level in (0..self.levels()).rev() {
            while let Some(next) =
                self.nodes[at as usize].links[level].next.filter(|next| self.nodes[*next as usize].score < least)
            {
                at = next;
            }
        }
        let first = self.nodes[at as usize].links[0].next;
        let next = |id: &u32| self.nodes[*id as usize].links[0].next;
        core::iter::successors(first, next).filter_map(|id| self.entry(id)).take_while(move |(_, score)| *score <= most)
    }

    fn entry(&self, id: u32) -> Option<(&M, i64)> {
        let node = &self.nodes[id as usize];
        node.member.as_ref().map(|member| (member, node.score))
    }

    fn levels(&self) -> usize {
        self.nodes[HEAD as usize].links.len()
    }

    /// The node of a rank.
    fn at(&self, rank: u32) -> Option<u32> {
        if rank >= self.len() {
            return None;
        }
        let (mut at, mut left) = (HEAD, rank + 1);
        for level in (0..self.levels()).rev() {
            while let Link { next: Some(next), passes } = self.nodes[at as usize].links[level] {
                if passes > left {
                    break;
                }
                (at, left) = (next, left - passes);
            }
        }
        Some(at)
    }

    /// Where a member with this score belongs.
    fn path(&self, score: i64, member: &M) -> Path {
        let mut path = [(HEAD, 0); LEVELS_MAX];
        let (mut at, mut rank) = (HEAD, 0);
        for level in (0..self.levels()).rev() {
            while let Link { next: Some(next), passes } = self.nodes[at as usize].links[level] {
                let node = &self.nodes[next as usize];
                if (node.score, node.member.as_ref()) >= (score, Some(member)) {
                    break;
                }
                (at, rank) = (next, rank + passes);
            }
            path[level] = (at, rank);
        }
        path
    }

    fn link(&mut self, path: Path, mut node: Node<M>, levels: usize) {
        let passes = self.len() + 1;
        while self.levels() < levels {
            self.nodes[HEAD as usize].links.push(Link { next: None, passes });
        }
        let id = self.free.pop().unwrap_or(self.nodes.len() as u32);
        let rank = path[0].1;
        for (level, (before, before_rank)) in path.iter().enumerate().take(self.levels()) {
            let link = &mut self.nodes[*before as usize].links[level];
            if level < levels {
                let to_node = rank - before_rank + 1;
                node.links.push(Link { next: link.next, passes: link.passes + 1 - to_node });
                *link = Link { next: Some(id), passes: to_node };
            } else {
                link.passes += 1;
            }
        }
        if id as usize == self.nodes.len() {
            self.nodes.push(node);
        } else {
            self.nodes[id as usize] = node;
        }
    }
}
