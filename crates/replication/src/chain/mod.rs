//! Chain replication: members in a row; writes enter at the head, leave at the tail, and whatever the tail has, all have.
//!
//! ```text
//!   write ──► head ──forward──► middle ──forward──► tail ◄── read
//!               ▲ ◄─────ack────── ◄───────ack──────  │
//!   done ◄──────┴────────────────done────────────────┘
//! ```
//!
//! | fails | the master | what was on its way | clients wait |
//! |---|---|---|---|
//! | head | makes the next one head | what the next one lacks is lost; nobody was told it is done | two messages |
//! | middle | tells its neighbours of each other | the one before sends its *Sent* again | nobody but those writes |
//! | tail | makes the one before tail | is done at once: it has it all | two messages |
//! | – | adds a tail | the old tail gives it the state, and answers until then | one hand-over |
//!
//! What it promises, each a test: reads and writes are linearizable, whatever is lost, doubled or late and whoever crashes, as long as
//! the master takes out only who has failed; and a write that was answered survives all failures but the last member's. Compared
//! with a leader and a majority: one member fewer for the same number of failures, reads that cost one member one look, and no
//! election; but a write waits for the slowest of all, and a failure stops writes until the master has noticed.
//!
//! The **master** ([`Master`], or whoever else does it) stands outside: it makes chains ([`Chain::first`], [`Chain::without`],
//! [`Chain::with`]) and says them with [`Request::Configure`]. The paper has members that fail by stopping, and then [`Time::NEVER`](base::Time::NEVER) is right. Where the
//! master may be wrong, since a member is only cut off, it grants time, and waits for its end before it goes on without that member.
//!
//! Two differences to the paper. The tail tells the head, not the client, that a write is done: a client hears from whom it asked, as
//! many messages later. And links may lose and reorder: updates are numbered, kept until their turn, and sent again.
//!
//! [`Reads::Any`] is CRAQ: every member answers for keys of which nothing is on its way, and asks the tail how far it is otherwise.
//!
//! Cost: a write is n - 1 forwards, n - 1 acks and one *done*, one after the other; the head of three sends one message a write, not
//! two. A read is one look-up, O(log n + window). Memory: each key once, and what is on its way.
//!
//! ```
//! use base::{Rng, Time};
//! use machine::{Effect, Machine, Out, Peer};
//! use replication::chain::{Chain, Config, Member, Reply, Request};
//!
//! // A chain of one is head and tail.
//! let mut member = Member::new(Peer(0), Config { members: 1, ..Config::default() })?;
//! let mut out = Out::new(Rng::new(1));
//! member.on_start(Time::ZERO, &mut out);
//! let chain = Chain::first([Peer(0)]).expect("one member, once");
//! member.on_request(1, Request::Configure { chain, until: Time::NEVER }, Time::ZERO, &mut out);
//! member.on_request(2, Request::Write { key: 7, value: 70 }, Time::ZERO, &mut out);
//! member.on_request(3, Request::Read { key: 7 }, Time::ZERO, &mut out);
//! let found = out.drain().find_map(|effect| match effect {
//!     Effect::Reply { token: 3, reply: Reply::Found { value } } => value,
//!     _ => None,
//! });
//! assert_eq!(found, Some((1, 70)));
//! # Ok::<(), replication::ConfigError>(())
//! ```
//!
//! When not to use it: over wide distances (a write pays all of them, one after the other), or where no reliable master is at hand.
//!
//! Sources: van Renesse and Schneider, *Chain Replication for Supporting High Throughput and Availability*, OSDI 2004; Terrace and
//! Freedman, *Object Storage on CRAQ*, USENIX ATC 2009 (their version query asks for one object's version; here it asks for the number
//! of the last update, because the chain numbers updates of all keys together).

mod config;
mod join;
mod master;
mod member;
mod order;
mod read;
mod store;
mod update;
mod words;

pub use config::{Config, MEMBERS_MAX, Reads, Variant};
pub use master::{Master, MasterConfig};
pub use member::Member;
pub use order::{Chain, ChainError, Link};
pub use store::{Store, StoreWrite, Table, Update, Versioned};
pub use words::{Message, Note, Reply, Request, Timer, Word};
