//! Copies of one thing at several members, and who may change them: a leader, a chain, everybody, quorums; and what hangs on a log.
//!
//! | | takes writes | a write waits for | loses |
//! |---|---|---|---|
//! | this module: a leader and followers | the leader | nobody, some or all of them | with the leader, what was not shipped |
//! | [`chain`] | the head | everybody, one after the other | nothing that was answered |
//! | [`multi_leader`] | everybody | nobody | what its rule for conflicts says |
//! | [`leaderless`] | everybody | W of N | nothing with R + W > N, until two write at once |
//!
//! # Leader and followers
//! One member takes the writes and ships its log, entry by entry, to members that copy it.
//!
//! ```text
//!             write ──► ┌────────┐  ship: one entry a message     ┌──────────┐
//!  client               │ leader │ ──────────────────────────────►│ follower │──► reads, maybe stale
//!             done  ◄── │ log    │ ◄───────── stored up to ────── │ log      │
//!   when? see           │ table  │  heartbeat / alive             │ table    │    no heartbeat for a while:
//!   `Acknowledge`       └────────┘ ◄─────────────────────────────►└──────────┘    failover
//! ```
//!
//! What each way of acknowledging costs and loses (each line is a test, in `tests/`):
//!
//! | | a write is done after | follower down | leader dies, most advanced follower promoted |
//! |---|---|---|---|
//! | `Async` | the leader's disk | nothing happens | loses exactly what was not shipped to the promoted one |
//! | `SemiSync` of k | the k-th fastest follower's disk | writes wait below k, or degrade | loses nothing if one of the k is in reach |
//! | `Sync` | the slowest follower's disk | writes wait | loses nothing |
//!
//! # Where things are
//! - `config`: what may be set. `words`: messages, timers, replies, notes.
//! - `log`, `table`, `snapshot`, `disk`: what a member holds; everything but the term is derived from the log.
//! - `leader`, `ship`, `acknowledge`: taking writes, sending entries, counting a write as done.
//! - `merkle`: finding what two replicas hold differently.
//! - [`chain`], [`multi_leader`], [`leaderless`]: groups of other kinds, each with words of its own.
//! - [`journal`]: a table with its log; [`capture`] follows it, [`backup`] archives it.
//! - `follower`: copying. `failover`: who leads next, split brain, fencing. `replica`: which role hears what. `inspect`: questions.
//!
//! # Rules that always hold
//! 1. A term has one leader, and a version (`term << 40 | index`) is one write for ever; a newer leader's compares greater.
//! 2. Two logs that hold the same term at the same index are equal up to there.
//! 3. What disappears from a disk is named in a [`Note::Discarded`], and nothing else is.
//! 4. A leader's table shows acknowledged writes only; a follower's shows what is on its disk.
//! 5. When faults stop, one leader remains and all logs become equal.
//!
//! # Cost
//! A write: one message to and one from each follower, and 6 to 8 effects; about 70 ns an input natively, no allocation in steady
//! state. Memory: 32 bytes an entry kept, 16 a key, twice (the table readers see, and the one at the fold); a clone shares both.
//!
//! # Sources
//! MySQL 8.4 reference manual, "Semisynchronous Replication"; PostgreSQL 17 documentation, "Log-Shipping Standby Servers" and
//! `synchronous_standby_names`; Ongaro and Ousterhout, *In Search of an Understandable Consensus Algorithm*, 2014, §5.3 and §7 (the
//! consistency check and the state transfer, not the commit rule: that is what leader-follower replication lacks); Kafka's KIP-101
//! (finding where logs part); etcd's `tracker.Progress` (probe, replicate, snapshot); Gray and Cheriton, *Leases*, 1989.
//!
//! # Not modelled
//! Relay logs apart from applied state, parallel appliers, statement replication, changing the number of members, clock drift,
//! disks that lie about what they stored, retransmission before `resend_after`.
//!
//! # Example
//! Two members, carried by hand: the client is told before the follower has heard.
//!
//! ```
//! use base::{Rng, Time};
//! use machine::{Effect, Machine, Out, Peer};
//! use replication::{Config, Message, Replica, Reply, Request, version};
//!
//! let config = Config { members: 2, ..Config::default() };
//! let mut leader = Replica::new(Peer(0), config)?;
//! let mut follower = Replica::new(Peer(1), config)?;
//! let mut out = Out::new(Rng::new(1));
//! leader.on_start(Time::ZERO, &mut out);
//! follower.on_start(Time::ZERO, &mut out);
//! out.drain().for_each(drop);
//!
//! leader.on_request(7, Request::Write { key: 3, value: 33 }, Time::ZERO, &mut out);
//! let mut shipped = None;
//! for effect in out.drain() {
//!     match effect {
//!         Effect::Reply { token, reply } => assert_eq!((token, reply), (7, Reply::Written { version: version(1, 1) })),
//!         Effect::Send { message: message @ Message::Ship { .. }, .. } => shipped = Some(message),
//!         _ => {}
//!     }
//! }
//! assert_eq!((leader.read(3), follower.read(3)), (Some((version(1, 1), 33)), None));
//!
//! follower.on_message(Peer(0), shipped.expect("asynchronous, and nothing held back"), Time::ZERO, &mut out);
//! assert_eq!(follower.read(3), leader.read(3));
//! # Ok::<(), replication::ConfigError>(())
//! ```

mod acknowledge;
pub mod backup;
pub mod capture;
pub mod chain;
mod config;
mod disk;
mod failover;
mod follower;
mod inspect;
pub mod journal;
mod leader;
pub mod leaderless;
mod log;
pub mod merkle;
pub mod multi_leader;
mod replica;
mod ship;
mod snapshot;
mod table;
mod words;

pub use config::{Acknowledge, Config, ConfigError, MEMBERS_MAX};
pub use disk::{DiskWrite, Image};
pub use inspect::{FollowerView, RoleName};
pub use log::{Log, Position, Run};
pub use replica::Replica;
pub use snapshot::Snapshot;
pub use table::Table;
pub use words::{
    Entry, Heartbeat, Message, Note, Reply, Request, Standing, Timer, version, version_index, version_term,
};
