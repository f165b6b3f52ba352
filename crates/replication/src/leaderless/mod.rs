//! Leaderless replication, Dynamo style: any member takes a write, quorums make it found again, repair makes it everywhere.
//!
//! ```text
//!   put x ──► coordinator ──► A ■  B ■  C □ (slow)       W = 2 of N = 3 have it: acknowledged
//!   get x ──► coordinator ──►      B ■  C □              R = 2 answer, one of them knows: R + W > N
//!                                        ▲ read repair: C was seen to be old, and is sent the newest
//! ```
//!
//! | | heals | when | needs |
//! |---|---|---|---|
//! | read repair | keys that are read | at once | two answers to compare |
//! | hinted handoff | writes during an absence | when the home is back | a stand-in that survives until then |
//! | anti-entropy | everything | every `compare_every` | a tree of hashes over all keys |
//!
//! What it promises, each a test: with strict quorums and R + W > N a read that begins after an acknowledged write sees it or what
//! replaced it; with fewer, or sloppy, it may not. Whatever was acknowledged is at all homes some time after faults stop. It does
//! *not* promise linearizability: of two reads during a write the first may see it and the second not; nor that a write which was
//! answered [`Reply::Unavailable`] is not there.
//!
//! Cost: a request is a message to and from each of N homes; an open operation keeps the copies that it
//! has seen, at most N. A copy is kept for ever,
//! tombstones too: forgetting one is safe only when every home has it. Comparing two members costs a hash a key of both.
//!
//! Source: DeCandia et al., *Dynamo: Amazon's Highly Available Key-value Store*, 2007, §4.3 to §4.7. Dotted versions instead of its
//! client-bound vectors: see [`clocks::Siblings`].
//!
//! ```
//! use base::{Rng, Time};
//! use machine::{Effect, Machine, Out, Peer};
//! use replication::leaderless::{Config, Node, Reply, Request};
//!
//! // A group of one is its own quorum.
//! let mut node = Node::new(Peer(0), Config { members: 1, copies: 1, write_quorum: 1, read_quorum: 1, ..Config::default() })?;
//! let mut out = Out::new(Rng::new(1));
//! node.on_start(Time::ZERO, &mut out);
//! node.on_request(1, Request::Put { key: 7, value: Some(70), context: Default::default() }, Time::ZERO, &mut out);
//! node.on_request(2, Request::Get { key: 7 }, Time::ZERO, &mut out);
//! let found = out.drain().find_map(|effect| match effect {
//!     Effect::Reply { token: 2, reply: Reply::Found { values, .. } } => Some(values),
//!     _ => None,
//! });
//! assert_eq!(found, Some(vec![70]));
//! # Ok::<(), replication::ConfigError>(())
//! ```
//!
//! When not to use it: a value that must be checked before it is changed (stock, a unique name), or readers who cannot handle
//! siblings.

mod config;
mod coordinate;
mod heal;
mod item;
mod node;
mod shelf;
mod words;

pub use config::{Config, Conflicts, MEMBERS_MAX, Variant};
pub use item::{Item, Value};
pub use node::Node;
pub use shelf::{Shelf, ShelfWrite};
pub use words::{Message, Note, Reply, Request, Timer};
