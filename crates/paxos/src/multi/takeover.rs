//! What a new leader must propose, as a pure function of what a majority of promises told it.
//!
//! Rule: in each slot the command of the greatest ballot; in a slot that nobody told of, nothing, because a majority has promised that
//! no older ballot gets anything chosen there. Cost: O(n log n) of the slots told.

use super::config::Bug;
use super::disk::Proposal;
use super::words::Command;
use std::collections::BTreeMap;

/// Slots that a leader may have unfinished at once; so no log has more gaps than that.
pub const WINDOW: u64 = 64;

/// The slots behind `after`, which is chosen, up to the last one `told`, each with what to propose there. `None` if more slots are
/// missing than a leader ever has unfinished: then what was told does not come from this protocol.
#[must_use]
pub fn to_propose(after: u64, told: impl IntoIterator<Item = (u64, Proposal)>) -> Option<Vec<(u64, Command)>> {
    propose_with(None, after, told)
}

pub(super) fn propose_with(
    bug: Option<Bug>,
    after: u64,
    told: impl IntoIterator<Item = (u64, Proposal)>,
) -> Option<Vec<(u64, Command)>> {
    let mut best: BTreeMap<u64, Proposal> = BTreeMap::new();
    for (slot, proposal) in told.into_iter().filter(|(slot, _)| *slot > after) {
        let kept = best.entry(slot).or_insert(proposal);
        let is_better = match bug {
            Some(Bug::LeastBallotsCommand) => proposal.ballot < kept.ballot,
            _ => proposal.ballot > kept.ballot,
        };
        if is_better {
            *kept = proposal;
        }
    }
    let last = best.last_key_value().map_or(after, |(last, _)| *last);
    if last - after > best.len() as u64 + WINDOW {
        return None;
    }
    let known = |slot| best.get(&slot).map(|proposal| (slot, proposal.command));
    let slots = after + 1..=last;
    Some(match bug {
        Some(Bug::AcceptedIgnored) => Vec::new(),
        Some(Bug::GapSkipped) => slots.filter_map(known).collect(),
        _ => slots.map(|slot| known(slot).unwrap_or((slot, Command::Nothing))).collect(),
    })
}
