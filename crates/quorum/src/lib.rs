//! Quorums: how many answers are enough, so that whoever comes later meets somebody who knows.
//!
//! ```text
//!   N = 5     a write reached   ■ ■ ■ □ □        W = 3
//!             a read asks       □ □ ■ ■ ■        R = 3      R + W > N: the two sets share a member, always
//! ```
//!
//! Arithmetic only: which sets of members are enough, what that guarantees, what it survives. Whoever counts votes or
//! acknowledgements asks here. Members are the numbers from 0; a set of them is [`Members`].
//!
//! | | a write needs | a read needs | survives (N = 9) | use it when |
//! |---|---|---|---|---|
//! | [`Majority`] | more than half | the same | 4 down | consensus, votes, locks |
//! | [`ReadWrite`] | W of N | R of N | N − W, N − R | the mix of reads and writes is known; R + W > N or it is stale |
//! | [`Weighted`] | votes for more than half | the same | by weight | members are not equally good |
//! | [`Joint`] | a majority of the old **and** of the new | the same | the worse of both | membership changes |
//! | [`Grid`] | one of each column and a whole column | one of each column | 2 down for certain | many members, small quorums |
//! | [`sloppy`] | W of whoever is up | R | nearly everything, without a promise | a write must never be refused |
//!
//! ```
//! use quorum::{Members, QuorumSystem, ReadWrite};
//!
//! let quorum = ReadWrite::new(3, 2, 2)?;
//! let answered = Members::of(&[0, 2]);
//! assert!(quorum.can_write(answered) && quorum.can_read(answered));
//! assert!(quorum.reads_meet_writes());
//! // The cheap setting does not promise that: two of three reads miss the one member that has the write.
//! let cheap = ReadWrite::new(3, 1, 1)?;
//! assert!(!cheap.reads_meet_writes());
//! assert_eq!(cheap.stale_reads(), (2, 3));
//! # Ok::<(), quorum::QuorumError>(())
//! ```
//!
//! What overlap does not give: it says that a reader meets the newest value, not that it recognises it; for that every copy needs
//! a version ([`resolve`] shows what becomes of a majority vote over values). And it does not make reads linearizable: a read that
//! runs during a write may see it and the next one not, unless the first reader writes back what it saw.
//!
//! To add a system: one file with its type and its [`QuorumSystem`], and one line in the list below.

mod grid;
mod joint;
mod majority;
mod members;
mod read_write;
pub mod resolve;
pub mod sloppy;
mod weighted;

pub use grid::Grid;
pub use joint::Joint;
pub use majority::{Majority, Vote};
pub use members::Members;
pub use read_write::ReadWrite;
pub use weighted::Weighted;

use core::fmt;
use serde::{Deserialize, Serialize};

/// Most members that a system here can have: a set of them is the bits of one word.
pub const MEMBERS_MAX: u32 = 64;

/// Which sets of members are enough to read, and which to write.
///
/// What every system here keeps, and `tests/conformance.rs` holds over [`Rule::ALL`]: a set that holds a quorum is one; all
/// members together are one if any set is; and where [`reads_meet_writes`](Self::reads_meet_writes) or
/// [`writes_meet_writes`](Self::writes_meet_writes) says so, no two quorums of those kinds are apart.
pub trait QuorumSystem {
    /// How many members there are, at most [`MEMBERS_MAX`].
    fn members(&self) -> u32;

    /// Whether these members are enough for a read. Members beyond [`members`](Self::members) do not count.
    fn can_read(&self, answered: Members) -> bool;

    /// Whether these members are enough for a write.
    fn can_write(&self, answered: Members) -> bool;

    /// Whether every read quorum has a member in common with every write quorum.
    fn reads_meet_writes(&self) -> bool;

    /// Whether every two write quorums have a member in common: what excludes two leaders, and two values for one version.
    fn writes_meet_writes(&self) -> bool;

    /// How many members may be down, whichever they are, with writes still possible. O(2^members): for up to 20 members, and
    /// `None` beyond, or if writes are impossible even when all are up.
    fn write_faults_max(&self) -> Option<u32> {
        let members = self.members();
        if members > 20 || !self.can_write(Members::first(members)) {
            return None;
        }
        let blocked = Members::subsets(members).filter(|up| !self.can_write(*up));
        Some(blocked.map(|up| members - up.len()).min().map_or(members, |down| down - 1))
    }
}

/// The probability that enough members are up for `is_enough`, if each is up with probability `up`, independently. Exact sum over
/// all sets, O(2^members): `None` beyond 20 members.
pub fn availability(members: u32, up: f64, is_enough: impl Fn(Members) -> bool) -> Option<f64> {
    if members > 20 {
        return None;
    }
    // Sets of one size are equally likely: count them first, so that the sum has few terms and a fixed order.
    let mut enough = vec![0_u32; members as usize + 1];
    Members::subsets(members).filter(|set| is_enough(*set)).for_each(|set| enough[set.len() as usize] += 1);
    let power = |base: f64, times: u32| (0..times).fold(1.0, |product, _| product * base);
    let term = |(size, sets): (u32, u32)| f64::from(sets) * power(up, size) * power(1.0 - up, members - size);
    Some((0..=members).zip(enough).map(term).sum())
}

/// Why a system cannot be built, or a placement not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuorumError {
    /// There are more members than a set can hold, or none.
    Members {
        /// How many.
        members: u64,
    },
    /// A number of members is zero or above the number that there are.
    Count {
        /// Which field.
        field: &'static str,
        /// What it is.
        count: u32,
        /// What it may be at most.
        count_max: u32,
    },
    /// No member has a weight above zero, so no set is more than half.
    Weightless,
}

impl fmt::Display for QuorumError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            QuorumError::Members { members } => write!(f, "{members} members, but it must be 1 to {MEMBERS_MAX}"),
            QuorumError::Count { field, count, count_max } => {
                write!(f, "`{field}` is {count}, but must be 1 to {count_max}")
            }
            QuorumError::Weightless => f.write_str("all weights are 0, but one must be above"),
        }
    }
}

impl core::error::Error for QuorumError {}

/// Whether there may be so many members.
pub(crate) fn checked_members(members: u64) -> Result<u32, QuorumError> {
    let in_range = (1..=u64::from(MEMBERS_MAX)).contains(&members);
    if in_range { Ok(members as u32) } else { Err(QuorumError::Members { members }) }
}

/// Makes the list of the family: names and help, and one type that holds any system without dynamic dispatch.
macro_rules! family {
    ($($rule:ident, $name:literal, $help:literal;)+) => {
        base::choices! {
            /// Which system; the list of the family.
            #[derive(Serialize, Deserialize)]
            #[serde(rename_all = "kebab-case")]
            pub enum Rule {
                $($rule = $name, $help;)+
            }
        }

        impl Rule {
            /// The usual system of this kind for 1 to 64 members.
            ///
            /// # Errors
            /// [`QuorumError::Members`] for another number.
            pub fn over(self, members: u32) -> Result<System, QuorumError> {
                match self { $(Rule::$rule => $rule::over(members).map(System::$rule)),+ }
            }
        }

        /// Any system, dispatched by `match`.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum System {
            $(#[doc = $help] $rule($rule),)+
        }

        impl QuorumSystem for System {
            fn members(&self) -> u32 {
                match self { $(System::$rule(system) => system.members()),+ }
            }
            fn can_read(&self, answered: Members) -> bool {
                match self { $(System::$rule(system) => system.can_read(answered)),+ }
            }
            fn can_write(&self, answered: Members) -> bool {
                match self { $(System::$rule(system) => system.can_write(answered)),+ }
            }
            fn reads_meet_writes(&self) -> bool {
                match self { $(System::$rule(system) => system.reads_meet_writes()),+ }
            }
            fn writes_meet_writes(&self) -> bool {
                match self { $(System::$rule(system) => system.writes_meet_writes()),+ }
            }
        }
    };
}

family! {
    Majority, "majority", "More than half of the members, for reads and for writes.";
    ReadWrite, "read-write", "R of N to read, W of N to write; they meet when R + W > N.";
    Weighted, "weighted", "Members have votes; more than half of the votes.";
    Joint, "joint", "A majority of the old members and one of the new, while members change.";
    Grid, "grid", "Members in rows and columns: one of each column to read, and a whole column besides to write.";
}
