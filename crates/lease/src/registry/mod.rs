//! A configuration store: versions, watches, and nodes that vanish with whoever registered them.
//!
//! ```text
//!   service ── register "here I am" ─► store ── key, version, value ─► watcher: rereads what it watches until confirmed
//!      └─ alive, alive, (dies) ....... session over: its nodes go, watchers hear
//! ```
//!
//! - **A version only rises,** also over deletion: a watcher that has version 7 knows that 6 is old news, whatever order they come in.
//! - **A watch is a difference between versions,** repeated until the watcher confirms: a change may be skipped over, the last one not.
//! - **An ephemeral node lives as long as its session,** and a session as long as it is heard of. So a dead service disappears within the
//!   session's time-out, and a live one that is cut off disappears too.
//! - **Compare and set:** a change may name the version it was decided on.
//!
//! Sources: Hunt, Konar, Junqueira and Reed, *ZooKeeper*, USENIX ATC 2010, §2.1 and §2.2 (ephemeral znodes, watches, conditional updates);
//! Burrows, *Chubby*, OSDI 2006, §2.6 and §2.8 (ephemeral files, KeepAlives). Not modelled: replication of the store, children of nodes.
//!
//! ```
//! use base::{Span, Time};
//! use lease::registry::{Registry, SetError};
//! let mut store = Registry::new(Span::from_secs(3));
//! store.alive(9, Time::ZERO);
//! assert_eq!(store.set(1, 80, None, Some(9), Time::ZERO), Ok(1)); // ephemeral, of session 9
//! assert_eq!(store.set(1, 81, Some(0), None, Time::ZERO), Err(SetError::Version { expected: 0, found: 1 }));
//! assert_eq!(store.expire(Time::ZERO + Span::from_secs(3)), [1]); // unheard of for 3 s
//! assert_eq!(store.node(1).map(|node| (node.version, node.value)), Some((2, None)));
//! ```

mod member;
mod store;

pub use member::{Config, Image, ImageWrite, Member, Message, Request, Rule, Timer};
pub use store::{Node, Registry, SetError};
