//! Two-phase commit with presumed abort: all of several members make a change, or none does.
//!
//! ```text
//!  client      coordinator            participants (each holds its locks from here ...)
//!    │ commit ──► │ ── prepare ─────────► lock, write "prepared" to disk
//!    │            │ ◄──────── yes / no ──
//!    │            │ write "committed" ← the moment of decision
//!    │ ◄── done ──│ ── committed ───────► apply, unlock (... to here)
//!    │            │ ◄──────────── done ── the coordinator forgets
//! ```
//!
//! - **A yes is a promise:** it is on disk before it is sent, and from then on only the coordinator's word, or the word of a
//!   participant that knows, ends it. A participant that hears neither is *in doubt*, with its locks held: the blocking of 2PC.
//! - **Presumed abort:** the coordinator writes nothing before it commits; what it has no record of did not commit.
//! - **An identity is never used twice:** it carries how often its coordinator has started. Without, a yes from before a crash could
//!   be counted for the transaction after it.
//!
//! Cost without faults: 4 messages and 2 durable writes a participant, 2 durable writes at the coordinator, 2 round trips of locks held.
//! Sources: Gray, *Notes on Data Base Operating Systems*, 1978, §5.8.3.3; Bernstein, Hadzilacos and Goodman, *Concurrency Control and Recovery in
//! Database Systems*, 1987, §7.4 (the protocol, its time-outs, cooperative termination); Mohan, Lindsay and Obermarck, *Transaction
//! Management in the R\* Distributed Database Management System*, 1986, §3 (presumed abort).

mod coordinator;
mod image;
mod participant;
mod site;
mod words;

pub use image::{Image, ImageWrite, OUTCOMES_KEPT, Pending};
pub use site::Site;
pub use words::{
    Change, Config, ConfigError, MEMBERS_MAX, Message, Note, Outcome, Reply, Request, Rule, Timer, TransactionId,
};
