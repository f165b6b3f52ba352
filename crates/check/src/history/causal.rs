//! Causal consistency: whoever sees an effect has seen its causes. Told from a history alone, by the patterns that break it.
//!
//! ```text
//!   causes: a client's own order, a write before who read it, and what follows from both
//!
//!   w(x,1) ──▶ w(x,2) ──▶ r(x)=1     a cause of the reader had overwritten what it read
//!   w(x,1) ──▶ r(x)=null             a cause of the reader had written, and it saw nothing
//!   a ──▶ b ──▶ a                    an effect before its cause
//! ```
//!
//! | level | besides | also broken by |
//! |---|---|---|
//! | [`Level::Causal`] | each reader for itself | the patterns above, and a value that nobody wrote |
//! | [`Level::Convergent`] | all agree which of two writes won | two writes each of which somebody saw win |
//!
//! Each value must be written once per key, so that it is known who read what whom wrote; without that the question is as hard as for
//! linearizability. O(n³/64) for n operations at worst.
//!
//! Source: Bouajjani, Enea, Guerraoui and Hamza, *On Verifying Causal Consistency*, 2017, §5 (CC and CCv; their CM is not here).

use super::model::Register;
use super::saturated::Rows;
use super::{Call, HistoryError, checked};
use core::fmt;
use std::collections::BTreeMap;

/// How much is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Causal consistency (CC): whoever reads has its causes.
    Causal,
    /// Causal convergence (CCv): and all order writes in one way.
    Convergent,
}

/// How a history breaks it; operations as places in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Effects before their causes (CyclicCO): this operation is among its own causes.
    Circle(usize),
    /// A value that nobody wrote (ThinAirRead).
    ThinAir(usize),
    /// A reader saw nothing although a cause of it had written (WriteCOInitRead).
    Unseen {
        /// The cause.
        write: usize,
        /// The reader.
        read: usize,
    },
    /// A reader saw what a cause of it had overwritten (WriteCORead).
    Overwritten {
        /// The cause.
        write: usize,
        /// The reader.
        read: usize,
    },
    /// Readers disagree which of the writes won (CyclicCF): this operation would come before itself.
    Disagreement(usize),
}

/// Why a history cannot be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CausalError {
    /// It is no history.
    History(HistoryError),
    /// More than [`OPERATIONS_MAX`] operations.
    TooMany {
        /// How many.
        operations: usize,
    },
    /// The same value is written to a key twice, or the value that is there in the beginning is.
    Ambiguous {
        /// The second write.
        at: usize,
    },
    /// Not a read or a write.
    NotPlain {
        /// Its place.
        at: usize,
    },
}

/// Most operations of a history: what is known of each is a row of bits, 32 MB in all.
pub const OPERATIONS_MAX: usize = 1 << 14;

impl fmt::Display for CausalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CausalError::History(error) => error.fmt(f),
            CausalError::TooMany { operations } => {
                write!(f, "{operations} operations, but at most {OPERATIONS_MAX} can be judged")
            }
            CausalError::Ambiguous { at } => write!(f, "operation {at} writes a value that its key has had before"),
            CausalError::NotPlain { at } => write!(f, "operation {at} is neither a read nor a write"),
        }
    }
}

impl core::error::Error for CausalError {}

/// How the history breaks the level, or `None` if it does not. Moments count only for the order of each client's own calls. A read that
/// was never answered says nothing; a write that was never answered counts as written once somebody reads it.
///
/// # Errors
/// [`CausalError`] if it cannot be judged.
pub fn broken(level: Level, history: &[Call<Register>]) -> Result<Option<Pattern>, CausalError> {
    checked(history).map_err(CausalError::History)?;
    if history.len() > OPERATIONS_MAX {
        return Err(CausalError::TooMany { operations: history.len() });
    }
    let mut writers: BTreeMap<(u32, u64), usize> = BTreeMap::new();
    for (at, call) in history.iter().enumerate() {
        match call.op {
            Register::Write(value) if writers.insert((call.key, value), at).is_some() => {
                return Err(CausalError::Ambiguous { at });
            }
            Register::Write(_) | Register::Read(_) | Register::ReadUnknown => {}
            Register::Clear => return Err(CausalError::Ambiguous { at }),
            Register::Cas(..) => return Err(CausalError::NotPlain { at }),
        }
    }
    // Each read with the write that it read from; `None` for the beginning.
    let mut reads: Vec<(usize, Option<usize>)> = Vec::new();
    for (at, call) in history.iter().enumerate().filter(|(_, call)| call.ret.is_some()) {
        match call.op {
            Register::Read(None) => reads.push((at, None)),
            Register::Read(Some(value)) => match writers.get(&(call.key, value)) {
                Some(writer) => reads.push((at, Some(*writer))),
                None => return Ok(Some(Pattern::ThinAir(at))),
            },
            _ => {}
        }
    }
    let mut edges = own_order(history);
    edges.extend(reads.iter().filter_map(|(read, writer)| Some(((*writer)?, *read))));
    let causes = match Rows::closed(history.len(), &edges) {
        Ok(causes) => causes,
        Err(at) => return Ok(Some(Pattern::Circle(at))),
    };
    let conflicts = match conflicts(history, &reads, &causes) {
        Ok(conflicts) => conflicts,
        Err(pattern) => return Ok(Some(pattern)),
    };
    if level == Level::Causal {
        return Ok(None);
    }
    edges.extend(conflicts);
    Ok(Rows::closed(history.len(), &edges).err().map(Pattern::Disagreement))
}

/// Each client's calls, one after the other.
fn own_order(history: &[Call<Register>]) -> Vec<(usize, usize)> {
    let mut order: Vec<usize> = (0..history.len()).collect();
    order.sort_by_key(|at| (history[*at].client, history[*at].call, *at));
    let pairs = order.windows(2).filter(|pair| history[pair[0]].client == history[pair[1]].client);
    pairs.map(|pair| (pair[0], pair[1])).collect()
}

/// Which write somebody saw lose against which: it was a cause of a reader of the other. Or what is wrong with one reader.
fn conflicts(
    history: &[Call<Register>],
    reads: &[(usize, Option<usize>)],
    causes: &Rows,
) -> Result<Vec<(usize, usize)>, Pattern> {
    let mut writes: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, call) in history.iter().enumerate().filter(|(_, call)| matches!(call.op, Register::Write(_))) {
        writes.entry(call.key).or_default().push(at);
    }
    let mut lost = Vec::new();
    for (read, from) in reads.iter().copied() {
        let of_key = writes.get(&history[read].key).map_or(&[][..], Vec::as_slice);
        for write in of_key.iter().copied().filter(|write| Some(*write) != from && causes.is_before(*write, read)) {
            match from {
                None => return Err(Pattern::Unseen { write, read }),
                Some(from) if causes.is_before(from, write) => return Err(Pattern::Overwritten { write, read }),
                Some(from) => lost.push((write, from)),
            }
        }
    }
    Ok(lost)
}
