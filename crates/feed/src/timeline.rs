//! Timelines: what was pushed to a reader, the newest first, and never more than so many.
//!
//! The rules: the newest come first, of one moment those with the higher id; a post stands in a timeline once, however often it is pushed; when one is
//! too many the oldest goes. A post that is deleted is left out when read, and removed when somebody gets to it.
//!
//! Cost: an insert and a removal O(log n), a read O(what is read); [`merge`] O(entries · log). Source: Krikorian, "Timelines at Scale",
//! QCon 2012 (800 entries kept).

use base::Time;
use std::collections::{BTreeMap, BTreeSet};

/// A post, as a feed knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Post {
    /// When it was made.
    pub at: Time,
    /// Its number.
    pub id: u64,
    /// Who made it.
    pub author: u64,
}

/// The posts that were pushed to one reader, or that one author has made: an outbox is a timeline too.
///
/// ```
/// use base::Time;
/// use feed::{Post, Timeline};
///
/// let mut timeline = Timeline::new(2);
/// for id in 1..=3 {
///     timeline.push(Post { at: Time(10 * id), id, author: 7 });
/// }
/// let ids: Vec<u64> = timeline.newest(50).map(|post| post.id).collect();
/// assert_eq!(ids, [3, 2], "the oldest had to go");
/// ```
#[derive(Clone, Debug)]
pub struct Timeline {
    capacity: u32,
    posts: BTreeSet<Post>,
    /// When each post was made, by its id, so that it is found without its time.
    times: BTreeMap<u64, Post>,
}

impl Timeline {
    /// An empty one of at most `capacity` posts; 0 keeps nothing.
    #[must_use]
    pub fn new(capacity: u32) -> Timeline {
        Timeline { capacity, posts: BTreeSet::new(), times: BTreeMap::new() }
    }

    /// Adds a post, if it is not there; says which went to make room, perhaps itself.
    pub fn push(&mut self, post: Post) -> Option<Post> {
        if self.times.contains_key(&post.id) {
            return None;
        }
        self.times.insert(post.id, post);
        self.posts.insert(post);
        if self.posts.len() as u64 <= u64::from(self.capacity) {
            return None;
        }
        let oldest = self.posts.pop_first()?;
        self.times.remove(&oldest.id);
        Some(oldest)
    }

    /// Removes a post; says whether it was there.
    pub fn remove(&mut self, id: u64) -> bool {
        self.times.remove(&id).is_some_and(|post| self.posts.remove(&post))
    }

    /// The newest posts, at most `count`.
    pub fn newest(&self, count: u32) -> impl Iterator<Item = Post> + '_ {
        self.posts.iter().rev().take(count as usize).copied()
    }

    /// The wrong variant: the first positions of a set in ascending order, which are the *oldest* posts. A full timeline read like
    /// this shows the same for ever.
    pub fn first_ascending(&self, count: u32) -> impl Iterator<Item = Post> + '_ {
        self.posts.iter().take(count as usize).copied()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.posts.len() as u32
    }

    /// Whether nothing is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.posts.is_empty()
    }
}

/// The newest `count` posts of several timelines and outboxes, each once.
#[must_use]
pub fn merge<'a>(sources: impl Iterator<Item = &'a Timeline>, count: u32) -> Vec<Post> {
    let mut all: BTreeSet<Post> = BTreeSet::new();
    for source in sources {
        // No source can give more than all that is wanted.
        all.extend(source.newest(count));
    }
    all.into_iter().rev().take(count as usize).collect()
}
