//! Feeds: when somebody posts, who is written to now, and who reads later; and what a feed is made of.
//!
//! ```text
//!   on write   post ─▶ every follower's timeline       a read is one look-up, a post is F writes
//!   on read    post ─▶ the author's outbox             a post is one write, a read is K look-ups
//!   hybrid     by the author's tier: everybody, the active, nobody; the rest is read
//! ```
//!
//! A [`Policy`] says for each post who is pushed to, and for each reader whose outboxes to pull. The rules, which the suite in
//! `tests/conformance.rs` holds over [`Algorithm::ALL`]:
//!
//! - nobody misses a post: whoever was not pushed to pulls from its author's outbox;
//! - nobody sees a post twice, even when an author has changed tier in between: [`merge`] removes doubles;
//! - the newest come first, and of one moment those with the higher id.
//!
//! ```
//! use base::{Span, Time};
//! use feed::{Author, FanOut, Policy};
//!
//! let policy = Policy::hybrid(10_000, 1_000_000, Span::from_secs(7 * 86_400))?;
//! assert_eq!(policy.on_post(Author { followers: 500 }), FanOut::Everybody);
//! assert_eq!(policy.on_post(Author { followers: 10_000 }), FanOut::Active { within: Span::from_secs(7 * 86_400) });
//! assert_eq!(policy.on_post(Author { followers: 1_000_000 }), FanOut::Nobody);
//! # Ok::<(), feed::FeedError>(())
//! ```
//!
//! | | a post costs | a read costs | use it when |
//! |---|---|---|---|
//! | on write | its followers | 1 | many read often, nobody has very many followers |
//! | on read | 1 | the followed | few read, or authors have very many followers |
//! | hybrid | its active followers, to a limit | 1 and the large authors | both kinds of authors are there |
//!
//! Around it: [`Timeline`], [`Stages`] of a ranking, [`SortedSet`], [`id`] and [`expiry`].
//!
//! Not for: delivering. Who is written to is the answer; writing takes queues and workers.

pub mod expiry;
mod fan_out;
pub mod id;
mod rank;
mod sorted_set;
mod timeline;

pub use fan_out::{Algorithm, Author, FanOut, FeedError, Policy, Reader};
pub use rank::{Candidate, Ranked, Ranking, Stages, blend};
pub use sorted_set::SortedSet;
pub use timeline::{Post, Timeline, merge};
