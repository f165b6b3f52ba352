//! A lock as a lease, with a fencing token that the protected resource checks.
//!
//! ```text
//!  holder A ── acquire ─► store: A until 5 s, token 33        resource: largest token seen
//!     │  pause ...........  expired                              │
//!  holder B ── acquire ─► store: B until 12 s, token 34 ─ write ►│ 34: done
//!     └─ wakes, believes that it holds ────────── write, 33 ────►│ 33 < 34: refused
//! ```
//!
//! - **A lease ends by itself,** so a holder that dies blocks the others for one ttl at most.
//! - **No client can know that it still holds:** it may be paused between looking at its clock and writing. Only the resource can tell,
//!   by refusing a token smaller than one that it has seen.
//! - **Release and renewal name the token,** so that a late one does not end another's lease.
//! - **The counter of tokens is durable** and is never set back, also not by expiry.
//!
//! Cost: 2 messages to acquire, 2 to renew, 2 a write. Member 0 is the lock store, member 1 the resource, the others are clients.
//!
//! Sources: Gray and Cheriton, *Leases*, SOSP 1989, §2 (a lease ends by itself; the clocks it needs); Burrows, *The Chubby Lock
//! Service*, OSDI 2006, §2.4 (sequencers, which are fencing tokens); Kleppmann, *How to do distributed locking*, 2016 (the pause).
//! Not modelled: a replicated store (see the variant [`Rule::LoseAtFailover`] for what an asynchronous copy does), fairness.

mod member;
mod words;

pub use member::{Image, ImageWrite, Member};
pub use words::{Config, ConfigError, Message, Note, Place, Reply, Request, Rule, Timer};
