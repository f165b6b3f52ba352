//! A leader by lease, with clocks that disagree: at no moment do two members believe that they lead.
//!
//! ```text
//!   candidate's clock   ask ──────────────────────── believes until ask + ttl·(1-ε)/(1+ε)
//!                          ╲        ╱ yes
//!   voter's clock           promise ───────────────────── promises nobody else until arrival + ttl
//! ```
//!
//! - **The candidate counts from when it asked,** the voter from when it heard: the voter's time begins later and ends later.
//! - **The candidate's time is shorter by what clocks may drift apart.** Two clocks that each run wrong by at most ε measure the same span
//!   with a ratio of at most (1+ε)/(1-ε).
//! - **Only spans are compared, never moments of two clocks:** offsets do not matter.
//! - **A promise is on disk before the yes,** and the disk's clock goes on during a crash.
//!
//! Cost: one round trip to a majority a lease; renewal at half of it. Sources: Gray and Cheriton, *Leases*, SOSP 1989, §2 and §5 (clocks
//! that are fast at the holder or slow at the grantor are harmless, the others are not); Ongaro, *Consensus: Bridging Theory and Practice*,
//! 2014, §6.4.1 (lease counted from the start of the round, divided by the drift bound).

mod clock;
mod voter;

pub use clock::Clock;
pub use voter::{Config, Message, Promise, Rule, Timer, Voter};
