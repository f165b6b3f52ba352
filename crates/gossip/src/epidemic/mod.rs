//! Rumours by push, pull and both: each round every member talks to one or more others drawn by luck.
//!
//! ```text
//!   informed  1   2   4   8 ...  n/2        push: doubles            after half: push leaves e^-1 of the rest each round,
//!                                                                    pull squares the rest: p → p²
//! ```
//!
//! | | says | from one to half | from half to all |
//! |---|---|---|---|
//! | push | "I know" to a random member | about log2 n rounds | about ln n more: some are missed again and again |
//! | pull | "do you know?" to a random member | slow at first: somebody must ask the one | log log n more |
//! | push-pull | both in one contact | about log3 n | log log n more |
//!
//! A push that goes on for ever reaches all; one that speaks once and stops leaves the fraction x of n out that solves x = e^(-k·(1-x))
//! for k contacts: 6% for three. [`Rumour`] runs it on a network; [`expected_informed`] is what it should be.
//!
//! Cost: n·k contacts a round. Sources: Demers et al., *Epidemic Algorithms for Replicated Database Maintenance*, PODC 1987, §1.3
//! (anti-entropy: the recurrences of push and pull) and §1.4 (rumours that stop; the residue); Pittel, *On Spreading a Rumor*, 1987
//! (push takes log2 n + ln n rounds); Karp et al., *Randomized Rumor Spreading*, FOCS 2000, §2 (push-pull, log3 n).

mod expect;
mod rumour;

pub use expect::{expected_informed, expected_residue, expected_rounds};
pub use rumour::{Config, Message, Rule, Rumour, Style, Timer};
