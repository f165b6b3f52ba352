//! What survives a crash: the term, the folded prefix as a table, and the log after it.

use crate::log::{Log, Position, Run, term_in};
use crate::snapshot::Snapshot;
use crate::table::Table;
use crate::words::Entry;
use machine::Durable;
use std::sync::Arc;

/// One durable write.
#[derive(Clone, Debug)]
pub enum DiskWrite {
    /// The member belongs to this reign now.
    Term(u64),
    /// The entry after the last.
    Append(Entry),
    /// Forget this index and all after it.
    Truncate(u64),
    /// Fold what can be folded up to this index.
    Fold(u64),
    /// Replace log and table by this state.
    Install(Arc<Snapshot>),
}

/// The durable state of a member.
#[derive(Clone, Debug)]
pub struct Image {
    pub(crate) term: u64,
    pub(crate) log: Log,
    /// The state at the log's base.
    pub(crate) base: Table,
}

/// Members are born into term 1, with nothing written.
impl Default for Image {
    fn default() -> Image {
        Image { term: 1, log: Log::default(), base: Table::default() }
    }
}

impl Image {
    /// The reign the member belongs to.
    #[must_use]
    pub fn term(&self) -> u64 {
        self.term
    }

    /// The log.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The state after the first `index` entries, for a follower that needs what was folded. Cost: what is kept up to there.
    pub(crate) fn snapshot(&self, index: u64) -> Arc<Snapshot> {
        let log = &self.log;
        assert!(index >= log.base().index && index <= log.last().index, "{index} is outside of {log:?}");
        let mut table = self.base.clone();
        (log.base().index + 1..=index).filter_map(|index| log.entry(index)).for_each(|entry| table.apply(&entry));
        let runs: Vec<Run> = log.runs().iter().copied().take_while(|run| run.first <= index).collect();
        Arc::new(Snapshot { at: Position { term: term_in(&runs, index), index }, runs, table })
    }
}

impl Durable for Image {
    type Write = DiskWrite;

    fn apply(&mut self, write: &DiskWrite) {
        match write {
            DiskWrite::Term(term) => {
                assert!(*term >= self.term, "terms only rise: {term} after {}", self.term);
                self.term = *term;
            }
            DiskWrite::Append(entry) => self.log.append(*entry),
            DiskWrite::Truncate(from) => self.log.truncate(*from),
            DiskWrite::Fold(index) => self.log.fold(*index, &mut self.base),
            DiskWrite::Install(snapshot) => {
                self.log = Log::after(snapshot.at, snapshot.runs.clone());
                self.base = snapshot.table.clone();
            }
        }
    }
}
