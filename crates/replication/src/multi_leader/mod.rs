//! Multi-leader replication: every member takes writes at once and tells the others later; conflicts are found after the fact.
//!
//! ```text
//!   US  ── name = Alice ──●────────●──►      each answers its client at once, across an ocean or a partition;
//!                          ╲      ╱          what both wrote meets later, and [`Resolve`] says what becomes of it
//!   EU  ── name = Anna ────●────●────►
//! ```
//!
//! | [`Resolve`] | Alice and Anna become | loses |
//! |---|---|---|
//! | `LastWriteWins` | the one with the later stamp | the other, silently (here: a [`Note::Lost`]); a slow clock's always |
//! | `Siblings` | both, until somebody who has read both writes | nothing; the reader must choose, as with a *conflicted copy* of a file |
//! | `Merge` | what the application's rule makes of both | what the rule loses; removals come back from a union |
//! | `Counter` | the sum of what was added | nothing |
//! | `Set` | both elements; an addition beats a removal that had not seen it | such removals |
//!
//! The rule: a member owes each neighbour in its [`Topology`] its copy of a key until that one has it on disk. What changed by
//! hearing is passed on, unless everybody hears everybody. Copies are brought together in a way in which order and repetition do not
//! matter, so once faults stop all members become equal; a test holds every pair of choice and topology to it.
//!
//! Cost: a write is one disk for the client, and one message to and from each neighbour; a change goes once over each link of a ring, a
//! line or a star. A copy is kept for ever, tombstones too.
//!
//! Clients that want to know what is new ask with [`Request::Changes`]: the cursor is the member's own count of changes. (A cursor that
//! is the client's clock misses what was written between the question and the answer.)
//!
//! Better than resolving conflicts is not to have them: [`owner`] and [`Ids`].
//!
//! ```
//! use base::{Rng, Time};
//! use machine::{Effect, Machine, Out, Peer};
//! use replication::multi_leader::{Change, Config, Leader, Reply, Request};
//!
//! let mut leader = Leader::new(Peer(0), Config::default())?;
//! let mut out = Out::new(Rng::new(1));
//! leader.on_start(Time::ZERO, &mut out);
//! leader.on_request(7, Request::put(1, 11), Time::ZERO, &mut out);
//! assert!(out.drain().any(|effect| matches!(effect, Effect::Reply { token: 7, reply: Reply::Written { .. } })), "nobody was asked");
//! assert_eq!(leader.read(1), [11]);
//! # Ok::<(), replication::ConfigError>(())
//! ```
//!
//! When not to use it: for anything that must be unique or bounded over all members. A write is acknowledged by one disk.
//!
//! Sources: Terry et al., *Managing Update Conflicts in Bayou*, 1995; Shapiro et al., *Conflict-free Replicated Data Types*, 2011;
//! dotted versions as in [`clocks::Siblings`]; MySQL's reference manual on `auto_increment_increment` and `auto_increment_offset`.

mod avoid;
mod config;
mod copies;
mod item;
mod leader;
mod ship;
mod words;

pub use avoid::{Ids, owner};
pub use config::{Config, MEMBERS_MAX, MergeRule, Resolve, Topology, Variant};
pub use copies::{Copies, CopiesWrite};
pub use item::{Item, Stamped, Value};
pub use leader::Leader;
pub use words::{CHANGES_MAX, Change, Message, Note, Reply, Request, Timer};
