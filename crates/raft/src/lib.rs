//! Raft: a group of servers that agree on one log, as long as a majority of them lives.
//!
//! ```text
//!  client ──write──► ┌────────┐ ── append after 1.4: 2.5 x=7 ──► ┌──────────┐      term    1 1 1 1 2
//!                    │ leader │ ◄── equal up to 5 ────────────── │ follower │      index   1 2 3 4 5
//!  client ◄─written─ │ log    │                                  │ log      │                  ▲
//!        once a      │ state  │ ── append after 2.5, commit 5 ─► │ state    │      committed: a majority has it,
//!        majority    └────────┘        (a heartbeat)             └──────────┘      and it is of the leader's term
//!        has it           ▲                                           │
//!                         └── vote for me in term 3, last 2.5 ◄───────┘  no heartbeat for a while: an election
//! ```
//!
//! A member of the group is a [`Server`]: a [`Machine`](machine::Machine), to be driven by any host. It has no clock, no sockets and
//! no disk of its own. Its state machine is a table of keys ([`State`]).
//!
//! # What keeps a group from lying
//! Each rule can be left out ([`Config::bug`], [`Bug`]), and what then goes wrong is a test and mostly a story.
//!
//! | rule | source | without it |
//! |---|---|---|
//! | one vote a term, on disk before the answer | figure 2 | two leaders in a term |
//! | a vote only for a log at least as up-to-date | §5.4.1 | a leader without what was committed |
//! | an entry only behind the one that it followed at the leader | §5.3 | logs that differ at one place |
//! | an entry of the leader's own term commits, and with it all before | §5.4.2 | figure 8: a committed entry is deleted |
//! | a read after a round of heartbeats, and after the leader's first entry | §8 | the value of yesterday |
//! | more than one voter changes by two majorities at once | §6 | figure 10: two groups |
//!
//! Always true, and checked after every event of every run by an [`Observer`] (the paper's figure 3): a term has at most one leader;
//! a leader only appends; logs with an entry of the same term and index are equal up to there; a leader has all that was committed
//! before it; no two servers apply different entries at an index. And when faults stop, a leader serves and all logs become equal.
//!
//! # Where things are
//! - [`rules`]: figure 2's receiver rules as pure functions, for logs on paper too.
//! - `config`, `bug`: what may be set. `words`: entries, messages, timers, requests, replies, notes.
//! - `log`, `snapshot`, `disk`, `membership`: what a server holds.
//! - `election`: time-outs, pre-votes, votes. `follower`: storing. `leader`, `progress`: sending, counting. `apply`: committing.
//! - `reads`: read index and lease. `change`: configurations and the hand-over of leadership.
//! - `server`: which role hears what. `inspect`: questions. `observe`: the judge of a run.
//!
//! # Cost
//! A write: a message to and from each follower, and a round trip to the fastest majority. A read: the same without the log; with a
//! lease nothing. An election: a round trip (two with pre-votes) after a silence of T to 2T. About 0.6 µs an event natively, network
//! and checks of the tests included. Memory: 40 bytes an entry kept.
//!
//! | servers | survive | a write needs |
//! |---|---|---|
//! | 3 | 1 failure | 2 copies |
//! | 4 | 1: an even group buys nothing | 3 |
//! | 5 | 2 | 3 |
//! | 7 | 3 | 4 |
//!
//! # When not to use it
//! To spread load: every write goes through one leader and to everybody. Over slow links between few places: each write waits for a
//! round trip to a majority. Where a stale read is good enough and losing the last second is too: plain replication is cheaper. For
//! two servers: either failure stops both.
//!
//! # Not modelled
//! Snapshots in pieces, sessions of clients that make a repeated write count once (dissertation, §6.3), reads at followers, catching
//! up in rounds before a new voter counts (§4.2.1; add it as a learner first), disks that lie.
//!
//! # Sources
//! Ongaro and Ousterhout, *In Search of an Understandable Consensus Algorithm (Extended Version)*, 2014: "§" and "figure". Ongaro,
//! *Consensus: Bridging Theory and Practice*, dissertation, Stanford, 2014. Ongaro, "bug in single-server membership changes", raft-dev,
//! 2015. The names of a follower's paces are those of etcd's Raft.
//!
//! # Example
//! Three servers, carried by hand: an election, and a write that is done when one follower has it.
//!
//! ```
//! use base::{Rng, Time};
//! use machine::{Effect, Machine, Out, Peer};
//! use raft::{Config, Reply, Request, RoleName, Server, Timer};
//! use std::collections::VecDeque;
//!
//! let config = Config { pre_vote: false, ..Config::of(3) };
//! let mut servers = [0, 1, 2].map(|me| Server::new(Peer(me), config).expect("the settings are in range"));
//! let mut out = Out::new(Rng::new(1));
//! let (mut wire, mut replies) = (VecDeque::new(), Vec::new());
//! let mut take = |from: usize, out: &mut Out<Server>, wire: &mut VecDeque<_>| {
//!     for effect in out.drain() {
//!         match effect {
//!             Effect::Send { to, message } => wire.push_back((from, to, message)),
//!             Effect::Reply { token, reply } => replies.push((token, reply)),
//!             _ => {} // timers, disk writes and notes
//!         }
//!     }
//! };
//! for me in 0..3 {
//!     servers[me].on_start(Time::ZERO, &mut out);
//!     take(me, &mut out, &mut wire);
//! }
//!
//! // Server 0 misses a leader first, and a client asks it as soon as it leads. Server 2 never hears of anything.
//! servers[0].on_timer(Timer::Election, Time::ZERO, &mut out);
//! take(0, &mut out, &mut wire);
//! let mut is_asked = false;
//! while let Some((from, to, message)) = wire.pop_front() {
//!     if to == Peer(2) {
//!         continue;
//!     }
//!     let at = usize::from(to.0);
//!     servers[at].on_message(Peer(from as u16), message, Time::ZERO, &mut out);
//!     if servers[0].role() == RoleName::Leader && !is_asked {
//!         is_asked = true;
//!         servers[0].on_request(7, Request::Write { key: 3, value: 33 }, Time::ZERO, &mut out);
//!         take(0, &mut out, &mut wire);
//!     }
//!     take(at, &mut out, &mut wire);
//! }
//!
//! assert_eq!((servers[0].term(), servers[0].commit()), (1, 2)); // its own first entry, and the write
//! assert_eq!(servers[0].state().read(3).map(|(at, value)| (at.index, value)), Some((2, 33)));
//! assert!(matches!(replies[..], [(7, Reply::Written { .. })]));
//! ```

mod apply;
mod bug;
mod change;
mod config;
mod disk;
mod election;
mod follower;
mod inspect;
mod leader;
mod log;
mod membership;
mod observe;
mod progress;
mod reads;
pub mod rules;
mod server;
mod snapshot;
mod words;

pub use bug::Bug;
pub use config::{Config, ConfigError, Read};
pub use disk::{DiskWrite, Image};
pub use inspect::RoleName;
pub use log::Log;
pub use membership::{MEMBERS_MAX, Members, Membership};
pub use observe::{Observer, Violation};
pub use progress::{Pace, Progress};
pub use rules::{Conflict, Position, Terms};
pub use server::Server;
pub use snapshot::{Snapshot, State};
pub use words::{Entry, Message, Note, Payload, Refusal, Reply, Request, Timer};
