//! Paxos: proposers and acceptors agree on one value, and never on a second; and, in [`multi`], on a log of values under a leader.
//!
//! ```text
//!   proposer                              acceptors
//!      │ 1a prepare 2.4 ───────────────────► 0 1 2
//!      │ ◄─────── 1b promise 2.4, accepted 1.3 = X      "nothing below 2.4 any more; and I have accepted this"
//!      │ 2a accept 2.4 = X ────────────────► 0 1 2      X, not its own value: of what a majority told it, the greatest ballot's
//!      │ ◄─────── 2b agreed 2.4                         a majority: X is chosen, for ever
//!      └ chosen X ─────────────────────────► learners
//! ```
//!
//! Each [`Node`] is a [`Machine`](machine::Machine): the first of a group are its acceptors, the others proposers and learners. The
//! rules themselves are the pure functions of [`rules`].
//!
//! # What always holds
//! At most one value is chosen; only a value that was proposed is; a node learns only what was chosen. Not promised: that anything is
//! chosen at all. Two proposers can outbid each other as long as they like, which is why retries wait for a random time.
//!
//! | rule left out ([`Bug`]) | harm |
//! |---|---|
//! | the value of the greatest accepted ballot must be proposed | a chosen value is replaced |
//! | a promise is durable and kept | two values are chosen in two ballots |
//! | no ballot is used twice | two values are chosen in one ballot |
//! | retries wait for a random time | nothing is ever chosen |
//!
//! # Cost
//! Two round trips to a majority, 4 messages an acceptor, two durable writes an acceptor and one a proposer. Raft, and [`multi`]-Paxos
//! with a stable leader, save the first round trip by asking once for many values.
//!
//! # When not to use it
//! For a log of many values: a [`Node`] is one cell that is written once. A [`multi::Member`] keeps a log; when that and when Raft is
//! said [there](multi#raft-or-paxos).
//!
//! # Not modelled
//! Learners apart from proposers, changing the acceptors.
//!
//! # Source
//! Lamport, *Paxos Made Simple*, 2001.
//!
//! # Example
//! A late proposer must take the value that was chosen before it came.
//!
//! ```
//! use paxos::rules::{Accepted, Ballot, must_propose};
//!
//! let first = Accepted { ballot: Ballot { round: 1, proposer: 3 }, value: 70 };
//! assert_eq!(must_propose(99, [Some(first), None]), 70);
//! assert_eq!(must_propose(99, [None, None]), 99);
//! ```

mod config;
pub mod multi;
mod node;
pub mod rules;

pub use config::{Bug, Config, ConfigError};
pub use node::{Image, Message, Node, Note, Reply, Request, Timer};
pub use rules::{Accepted, Acceptor, Ballot};
