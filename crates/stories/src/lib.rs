//! For tests of protocols: stories as text with the whole expected trace, a network for any machine, many runs from many seeds.
//!
//! A story is a file of commands; below each stands what happened until the next, and prose begins with `#`. The test runs the
//! commands and compares every line, in the manner of etcd's Raft. `STORIES=write` writes the traces anew; the diff is then reviewed.
//!
//! ```text
//! # A holder that sleeps past its lease is refused.         prose
//! > run 5s                                                  a command
//! 00:00.001 2→0 may I have it, wish 1                       what happened: a message arrived; `✗` for one that was lost, with the reason
//! 00:00.002 2 enters with token 1                           member 2 noted something; `writes …`: it has that on its disk
//! 00:05.003 2 tells 1: refused, token 1                     member 2 answered request 1
//! ```
//!
//! [`Script`] knows lines and files and nothing of protocols; [`Net`] carries the messages of any [`machine::Machine`] with the faults
//! that the contract allows; [`Telling`] joins the two, so that a protocol only says how its messages read and what may be asked. It is
//! a crate so that six protocols do not hold six copies; only tests use it.
//!
//! ```
//! use stories::Script;
//! let script = Script::default();
//! let told = script.retold("# one and one\n> add 1 1\n", |words| {
//!     let sum: u64 = words[1..].iter().map(|word| word.parse::<u64>().unwrap()).sum();
//!     script.line(&sum.to_string());
//! });
//! assert_eq!(told, "# one and one\n> add 1 1\n2\n");
//! ```

/// The folder of the calling crate's stories of this name: `tests/stories/NAME`.
#[macro_export]
macro_rules! folder {
    ($name:literal) => {
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stories/", $name)
    };
}

mod net;
mod script;
mod seeds;
mod telling;
mod words;

pub use net::{Line, Net, Tell, Wire};
pub use script::{Script, files, hold, hold_harm, without};
pub use seeds::{for_seeds, from_environment};
pub use telling::{Names, Story, Telling, retold};
pub use words::{named, number, numbered, setting, sides, ways};
