//! Sagas: a chain of local transactions, each with one that undoes it; on a failure what was done is undone in reverse.
//!
//! ```text
//!  create order ─► charge payment ─► reserve stock ─► ship        refused: stock
//!  cancel order ◄─ refund         ◄───────┘                       undone in reverse
//! ```
//!
//! In between, others see half of it: a saga has no isolation. What it promises is that in the end either every step is done or none is,
//! or that a person is told which one could not be undone. For that:
//!
//! - **Progress is on disk before the next step is asked for,** so that a coordinator that dies goes on where it was.
//! - **A step that did not answer is undone too.** It may have happened: the answer may be what was lost.
//! - **Each service does a step once,** however often it is asked, because the saga and the step are the key of what it did; and an
//!   undo that comes before its action leaves a stone that the action stumbles over.
//! - **An undo is repeated** until it works, or until it is parked for a person: it may not be dropped.
//!
//! [`orchestrated`] has one member that knows the chain; in [`choreographed`] each service knows its neighbours. Cost without faults, n
//! steps: 2n messages orchestrated (and n + 1 durable writes at the orchestrator), 2n choreographed with confirmations.
//!
//! Sources: Garcia-Molina and Salem, *Sagas*, SIGMOD 1987, §2 and §5 (backward recovery, saga log); Richardson, *Microservices
//! Patterns*, 2018, §4.2 (orchestration and choreography); Helland, *Life beyond Distributed Transactions*, CIDR 2007, §4 (a message may
//! come twice).

pub mod choreographed;
pub mod orchestrated;
mod service;

pub use service::{Failing, Ledger, LedgerWrite, Mark};
