//! SWIM: who is alive, found out by asking around, at a cost for each member that does not grow with the group.
//!
//! ```text
//!   A ── ping ──► B        no answer within the ping's time
//!   A ── ping B for me ──► C, D, E ── ping ──► B ── alive ──► C ── alive ──► A       the wire A–B may be bad, not B
//!   no answer within the period: B is suspected; it hears of it and says "alive, incarnation 1"; or it is declared dead
//! ```
//!
//! - **One random member each period,** each once before any twice: a dead one is found within 2n−1 periods by each, e/(e−1) on average by
//!   somebody.
//! - **Indirect probes:** a loss between two does not make a death.
//! - **Suspicion:** a slow member has time to object.
//! - **Incarnation:** only the member itself raises its own number, and a higher number beats what was said of a lower one. Without it an old
//!   suspicion could not be told from a new one.
//! - **News ride on pings and answers,** each some log n times.
//!
//! Order of news of one member: dead beats all; else the higher incarnation; at the same incarnation suspected beats alive (SWIM §4.2).
//! [`Rule::Heartbeat`] is what it is measured against: everybody speaks to everybody, and silence is death.
//!
//! Cost: 2 messages a member and period, 2 + 4k on a miss. Source: Das, Gupta and Motivala, *SWIM: Scalable Weakly-consistent
//! Infection-style Process Group Membership Protocol*, DSN 2002, §3.1 (probes), §4.1 (piggyback), §4.2 (suspicion), §4.3 (round robin).
//! Not modelled: joining, leaving by oneself, a dead member that comes back (it raises its incarnation on restart and stays dead here).

mod member;
mod news;

pub use member::{Config, Member, Message, Note, Rule, Timer};
pub use news::{News, State};
