//! Concurrency control at one member: transactions that overlap end as if one had run after the other.
//!
//! | | when two touch the same | waits | starts again | when |
//! |---|---|---|---|---|
//! | [`Optimistic`] | the later one to commit loses | never | on conflict | conflicts are rare |
//! | [`Pessimistic`] | the later one to ask waits | yes | on deadlock | conflicts are usual, or work is dear |
//!
//! Both serialize in the order in which transactions commit. Sources: Kung and Robinson, *On Optimistic Methods for Concurrency Control*,
//! TODS 1981, §3 (backward validation); Eswaran, Gray, Lorie and Traiger, *The Notions of Consistency and Predicate Locks*, CACM 1976,
//! §3 (two phases make serializable); Bernstein, Hadzilacos and Goodman, 1987, §3.2 (strictness), §3.4 (waits-for graph); Berenson
//! et al., *A Critique of ANSI SQL Isolation Levels*, SIGMOD 1995, §4.2 (write skew). Not modelled: ranges (phantoms), versions for readers.
//!
//! ```
//! use txn::concurrency::{Optimistic, Validation};
//! let mut store = Optimistic::new(Validation::ReadsAndWrites);
//! let (first, second) = (store.begin(), store.begin());
//! for id in [first, second] {
//!     let seen = store.read(id, 1).unwrap_or(0);
//!     store.write(id, 1, seen + 1);
//! }
//! assert_eq!((store.commit(first), store.commit(second)), (true, false)); // the second begins again
//! ```

mod locks;
mod optimistic;
mod pessimistic;

pub use locks::{Grant, LockMode, LockTable};
pub use optimistic::{Optimistic, Validation};
pub use pessimistic::{Holding, Pessimistic, Step};
