//! Sloppy quorum: a write goes to the first N members of the key's preference list that are up, homes or not.
//!
//! ```text
//!   preference   A B C | D E        homes of the key: A B C (N = 3)
//!   up           ■ □ □ | ■ ■        the write goes to A, D with a hint for B, E with a hint for C
//! ```
//!
//! It takes a write as long as W members are up anywhere, which is the point, and gives up what a quorum is for: a reader that
//! reaches the homes and not the stand-ins misses the write until the hints are handed over. So R + W > N promises nothing here.
//!
//! O(length of the list). Source: DeCandia et al., *Dynamo*, 2007, §4.6.

use crate::QuorumError;

/// Where a write went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Homes that are up and took it.
    pub homes: Vec<u32>,
    /// Members that took it for a home that is down.
    pub hints: Vec<Hint>,
    /// Whether at least W members took it.
    pub is_enough: bool,
}

/// A copy in the wrong place, with the address of the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Who keeps it for now.
    pub keeper: u32,
    /// Whom it is for, to be handed over when that member is back.
    pub home: u32,
}

/// Places a write. `preference` names all members once in the key's order; its first `copies` are the key's homes. Each home that is
/// down is stood in for by the next member after the homes that is up, in order, as far as there are any.
///
/// # Errors
/// [`QuorumError::Count`] if `copies` is 0 or beyond the list, or `writes` is 0 or beyond `copies`.
pub fn place(
    preference: &[u32],
    copies: u32,
    writes: u32,
    is_up: impl Fn(u32) -> bool,
) -> Result<Placement, QuorumError> {
    let listed = u32::try_from(preference.len()).unwrap_or(u32::MAX);
    for (field, count, count_max) in [("copies", copies, listed), ("writes", writes, copies)] {
        if !(1..=count_max).contains(&count) {
            return Err(QuorumError::Count { field, count, count_max });
        }
    }
    let (homes, others) = preference.split_at(copies as usize);
    let (up, down): (Vec<u32>, Vec<u32>) = homes.iter().partition(|member| is_up(**member));
    let keepers = others.iter().copied().filter(|member| is_up(*member));
    let hints: Vec<Hint> = keepers.zip(down).map(|(keeper, home)| Hint { keeper, home }).collect();
    let is_enough = up.len() + hints.len() >= writes as usize;
    Ok(Placement { homes: up, hints, is_enough })
}
