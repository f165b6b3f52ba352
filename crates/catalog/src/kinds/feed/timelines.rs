//! Who follows whom, and what everybody's timeline and outbox hold: a feed without clock, workers or network.

use base::{Time, stable_hash_u64};
use feed::{Author, FanOut, Policy, Post, Reader, Timeline, merge};
use std::sync::Arc;

/// Who follows whom.
///
/// The r-th user (from 0) has `most / (r + 1)^skew` followers, at least one and never all. Followers are neighbours on a circle of all
/// users, from a place on that is hashed from the author's number.
#[derive(Debug)]
pub(super) struct Graph {
    /// Of each author: where its followers begin, and how many they are.
    authors: Vec<(u32, u32)>,
    /// Of each user: whom it follows.
    follows: Vec<Vec<u16>>,
}

impl Graph {
    pub fn new(users: u32, most: u32, skew: f64) -> Graph {
        let mut follows = vec![Vec::new(); users as usize];
        let mut authors = Vec::new();
        for author in 0..users {
            let share = f64::from(most) / libm::pow(f64::from(author + 1), skew);
            let followers = ((share + 0.5) as u32).clamp(1, most.max(1)).min(users - 1);
            let begin = (stable_hash_u64(u64::from(author)) % u64::from(users)) as u32;
            let mut first = begin;
            if (author + users - first) % users < followers {
                // Nobody follows themselves: the block begins behind the author.
                first = (author + 1) % users;
            }
            for nth in 0..followers {
                follows[((first + nth) % users) as usize].push(author as u16);
            }
            authors.push((first, followers));
        }
        Graph { authors, follows }
    }

    pub fn users(&self) -> u32 {
        self.authors.len() as u32
    }

    pub fn followers(&self, author: u32) -> u32 {
        self.authors[author as usize].1
    }

    pub fn follower(&self, author: u32, nth: u32) -> u32 {
        (self.authors[author as usize].0 + nth) % self.users()
    }

    pub fn followed(&self, reader: u32) -> u32 {
        self.follows[reader as usize].len() as u32
    }
}

/// Everybody's timeline, outbox and last visit.
#[derive(Clone)]
pub(super) struct Timelines {
    pub graph: Arc<Graph>,
    timelines: Vec<Timeline>,
    outboxes: Vec<Timeline>,
    visits: Vec<Time>,
}

impl Timelines {
    pub fn new(graph: Arc<Graph>, kept: u32) -> Timelines {
        let users = graph.users() as usize;
        let empty = || vec![Timeline::new(kept); users];
        Timelines { timelines: empty(), outboxes: empty(), visits: vec![Time::ZERO; users], graph }
    }

    /// A post stands in its author's outbox; returns to whom it has to be pushed.
    pub fn publish(&mut self, policy: &Policy, post: Post) -> FanOut {
        let author = post.author as u32;
        self.outboxes[author as usize].push(post);
        policy.on_post(Author { followers: u64::from(self.graph.followers(author)) })
    }

    /// Which of the author's followers are pushed to, if not all of them are: decided when it is posted.
    pub fn targets(&self, fan_out: FanOut, post: Post) -> Option<Vec<u32>> {
        let author = post.author as u32;
        let is_reached = |nth: &u32| {
            let follower = self.graph.follower(author, *nth);
            fan_out.reaches(self.visits[follower as usize], post.at)
        };
        match fan_out {
            FanOut::Everybody => None,
            FanOut::Nobody => Some(Vec::new()),
            FanOut::Active { .. } => Some((0..self.graph.followers(author)).filter(is_reached).collect()),
        }
    }

    /// Writes a post into one follower's timeline.
    pub fn push(&mut self, post: Post, nth: u32) {
        let follower = self.graph.follower(post.author as u32, nth);
        self.timelines[follower as usize].push(post);
    }

    /// How many outboxes a reader has to look into besides its own timeline.
    pub fn pulls(&self, policy: &Policy, reader: u32, now: Time) -> u32 {
        self.pulled(policy, reader, now).count() as u32
    }

    fn pulled(&self, policy: &Policy, reader: u32, now: Time) -> impl Iterator<Item = usize> + '_ {
        let (policy, last_active) = (*policy, self.visits[reader as usize]);
        self.graph.follows[reader as usize].iter().map(|author| usize::from(*author)).filter(move |author| {
            let followers = u64::from(self.graph.followers(*author as u32));
            policy.pulls(Author { followers }, Reader { last_active }, now)
        })
    }

    /// The newest posts of whom a reader follows. What was pulled is then in its timeline too.
    pub fn read(&mut self, policy: &Policy, reader: u32, page: u32, now: Time) -> Vec<Post> {
        let outboxes = self.pulled(policy, reader, now).map(|author| &self.outboxes[author]);
        let own = core::iter::once(&self.timelines[reader as usize]);
        let posts = merge(own.chain(outboxes), page);
        for post in &posts {
            self.timelines[reader as usize].push(*post);
        }
        self.visits[reader as usize] = now;
        posts
    }

    /// Posts in an author's outbox.
    pub fn posts(&self, author: u32) -> u32 {
        self.outboxes[author as usize].len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::{Rng, Span};
    use feed::Algorithm;
    use std::collections::BTreeSet;

    /// Against brute force: all posts of all whom the reader follows, sorted.
    #[test]
    fn every_way_shows_the_same_page_once_everything_is_pushed() {
        let graph = Arc::new(Graph::new(60, 40, 1.0));
        for algorithm in [Algorithm::OnWrite, Algorithm::OnRead, Algorithm::Hybrid] {
            let policy = match algorithm {
                Algorithm::Hybrid => Policy::hybrid(10, 25, Span(40)).expect("the tiers are in order"),
                other => other.policy(),
            };
            let (mut feed, mut all, mut rng) = (Timelines::new(Arc::clone(&graph), 1_000), BTreeSet::new(), Rng::new(7));
            for step in 0..600 {
                let now = Time(step);
                if rng.chance(0.5) {
                    let post = Post { at: now, id: step, author: rng.below(60) };
                    all.insert(post);
                    let fan_out = feed.publish(&policy, post);
                    let all_of_them = || (0..graph.followers(post.author as u32)).collect();
                    let targets: Vec<u32> = feed.targets(fan_out, post).unwrap_or_else(all_of_them);
                    targets.into_iter().for_each(|nth| feed.push(post, nth));
                    continue;
                }
                let reader = rng.below(60) as u32;
                let follows = |author: u64| (0..graph.followers(author as u32)).any(|nth| graph.follower(author as u32, nth) == reader);
                let expected: Vec<Post> = all.iter().rev().filter(|post| follows(post.author)).take(20).copied().collect();
                assert_eq!(feed.read(&policy, reader, 20, now), expected, "{algorithm:?}, reader {reader} at step {step}");
            }
        }
    }

    #[test]
    fn followers_fall_off_as_a_power_of_the_rank_and_nobody_follows_themselves() {
        let graph = Graph::new(1_000, 500, 1.0);
        let counts: Vec<u32> = (0..4).map(|author| graph.followers(author)).collect();
        assert_eq!(counts, [500, 250, 167, 125]);
        let edges: u32 = (0..1_000).map(|author| graph.followers(author)).sum();
        assert_eq!((0..1_000).map(|reader| graph.followed(reader)).sum::<u32>(), edges);
        assert!((0..1_000).all(|author| !graph.follows[author].contains(&(author as u16))));
    }
}
