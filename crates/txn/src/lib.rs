//! Transactions over more than one member: how a change becomes all or nothing, and what it costs to keep that promise.
//!
//! | | all or nothing | others see half of it | while the coordinator is dead | locks |
//! |---|---|---|---|---|
//! | [`two_phase`] | always | never | participants in doubt wait | two round trips |
//! | [`saga`] | in the end, or a person is told | yes | it goes on after the restart | none |
//! | [`outbox`] | a row and its message | for the time of the relay | the relay goes on after the restart | none |
//! | [`sourcing`] | one stream | the read side lags | – | none |
//! | [`concurrency`] | one member | never | – | one transaction long, or none |
//!
//! Advice that stands before all of it: keep what changes together on one member, by sharding on the key that they share.
//!
//! # Rules that always hold
//! 1. 2PC: no transaction commits here and aborts there, and none commits without a promise on every participant's disk.
//! 2. Saga: in the end all steps are done once, or none is, or the saga is parked with the step that could not be undone.
//! 3. Outbox and inbox: every change is counted at the consumer exactly once, in order.
//! 4. Event sourcing: the state from a snapshot is the state from the first event; a projection that caught up is the fold of the log.
//! 5. Concurrency control: what committed transactions read and wrote is what they would have in the order of their commits.
//!
//! Each has named variants that break it (`Rule`, `Validation`, `Holding`), and a test that shows how.
//!
//! # Example
//! Two participants, carried by hand: the promise is on disk before the yes is on the wire.
//!
//! ```
//! use base::{Rng, Time};
//! use machine::{Effect, Machine, Out, Peer};
//! use txn::two_phase::{Change, Config, ImageWrite, Message, Request, Site};
//!
//! let config = Config::default();
//! let mut coordinator = Site::new(Peer(0), config)?;
//! let mut participant = Site::new(Peer(1), config)?;
//! let mut out = Out::new(Rng::new(1));
//! let changes = vec![Change { at: Peer(1), key: 5, value: 50 }];
//! coordinator.on_request(7, Request::Commit { changes }, Time::ZERO, &mut out);
//! let prepare = out.drain().find_map(|effect| match effect {
//!     Effect::Send { message, .. } => Some(message),
//!     _ => None,
//! });
//! participant.on_message(Peer(0), prepare.expect("one participant"), Time::ZERO, &mut out);
//! let effects: Vec<Effect<Site>> = out.drain().collect();
//! assert!(matches!(&effects[0], Effect::Persist { write: ImageWrite::Prepared { .. } }));
//! assert!(matches!(&effects[1], Effect::Send { message: Message::Vote { yes: true, .. }, .. }));
//! assert_eq!((participant.locked(), participant.image().value(5)), (1, None));
//! # Ok::<(), txn::two_phase::ConfigError>(())
//! ```

pub mod concurrency;
pub mod outbox;
pub mod saga;
pub mod sourcing;
pub mod two_phase;
