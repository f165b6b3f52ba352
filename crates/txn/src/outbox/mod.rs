//! Outbox and inbox: a change of data and the message about it, as one; and the message taken in once.
//!
//! ```text
//!   producer: one write { row, outbox entry }        consumer: one write { effect, number in the inbox }
//!        relay: oldest first ───── event 7 ────────────► new? apply : drop
//!               entry goes when  ◄──── taken 7 ───────── and confirm either way
//! ```
//!
//! - **The row and its message are one durable write.** With two (database, then broker) a crash between them loses the message.
//! - **The entry goes when the consumer has it,** not when it was sent. So it comes at least once.
//! - **The inbox entry and the effect are one durable write.** So at least once becomes exactly once, at the consumer's data.
//! - **Order:** the consumer takes a producer's events in the order of their numbers, so that one mark is its whole memory.
//!
//! Cost: one more write a change, 2 messages an event. Member 0 produces, member 1 consumes.
//!
//! Sources: Helland, *Life beyond Distributed Transactions*, CIDR 2007, §4; Richardson, *Microservices Patterns*, 2018, §3.3
//! (transactional outbox, polling publisher, tracking of message ids). Not modelled: more than one consumer, reading the outbox from
//! the database's log instead of asking for it.

mod member;

pub use member::{Event, Image, ImageWrite, Member, Message, Place, RELAY_MAX, Rule, Timer};
