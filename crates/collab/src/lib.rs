//! Several people edit one text: operational transformation through a server, the log of what was done, and who is there.
//!
//! ```text
//!   doc "Hello World"     A inserts "Beautiful " at 6 ──►┌────────┐  first: as it is
//!                                                        │ server │
//!                         B inserts "Amazing " at 6  ───►└────────┘  second: transformed, at 16
//!
//!   everybody: "Hello Beautiful Amazing World"
//! ```
//!
//! An [`Operation`] says what becomes of every character of a text. Two operations made on the same text are brought together by
//! [`Operation::transform`]: whichever is applied first, the text is the same (the property TP1 of the literature). A [`Server`]
//! puts the operations in one order, which makes TP1 enough; without a server, transformations must also agree in threes (TP2),
//! and nearly all published ones do not.
//!
//! ```
//! use collab::{Editor, Server};
//!
//! let mut server = Server::new("Hello World");
//! let (mut a, mut b) = (Editor::new(0, "Hello World"), Editor::new(1, "Hello World"));
//! let from_a = a.insert(6, "Beautiful ")?.expect("nothing is under way");
//! let from_b = b.insert(6, "Amazing ")?.expect("nothing is under way");
//! for sent in [from_a, from_b] {
//!     let accepted = server.receive(sent)?;
//!     a.receive(&accepted)?;
//!     b.receive(&accepted)?;
//! }
//! assert_eq!(server.text(), "Hello Beautiful Amazing World");
//! assert!(a.text() == server.text() && b.text() == server.text());
//! # Ok::<(), collab::EditError>(())
//! ```
//!
//! | | needs a server | offline for long | memory | order of two at one place |
//! |---|---|---|---|---|
//! | last writer wins | no | **loses everything but one copy** | the text | – |
//! | this crate | yes | transforms against all that was missed | the text and a log | the server's |
//! | a sequence of crate `crdt` | no | merges | tombstones | the replicas' |
//!
//! `tests/compare.rs` runs one trace of edits through all three. [`noted`] has two rules that are often written down and are wrong.
//!
//! Source: Ellis and Gibbs, 1989; Nichols, Curtis, Dixon and Lamping, *High-Latency, Low-Bandwidth Windowing in the Jupiter
//! Collaboration System*, 1995; operations over the whole text as in Google Wave, 2009.

mod editor;
mod log;
pub mod noted;
mod operation;
mod presence;
mod server;

pub use editor::{Editor, Sent};
pub use log::{Entry, Log};
pub use operation::{EditError, Operation, Step};
pub use presence::{Cursor, Presence};
pub use server::{Accepted, Server};
