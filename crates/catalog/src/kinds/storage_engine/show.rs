//! What a storage engine shows: levels or pages, what is being merged, and the three amplifications.

use super::StorageEngine;
use crate::face::{Bar, Face};
use scenario::Text;
use storage::{AnyStore, Store};

const KIB: f64 = 1_024.0;

impl StorageEngine {
    /// Levels as bars against what they may hold, or a B-tree's figures as a table.
    pub(super) fn inside(&self) -> Face {
        let buffer = (self.store.waiting_bytes() as f64 / KIB, self.knobs.buffer_bytes as f64 / KIB);
        match &*self.store {
            AnyStore::Lsm(tree) => {
                let mut bars = vec![Bar { label: "memtable".into(), value: buffer.0, full: buffer.1 }];
                for (at, level) in tree.levels().into_iter().enumerate() {
                    let merging = self.merging.filter(|due| due.level as usize == at);
                    let arrow = merging.map_or_else(String::new, |due| format!(", {} merging down", due.runs));
                    let value = level.bytes as f64 / KIB;
                    let full = (level.bytes_max as f64 / KIB).clamp(1.0, 1e12);
                    bars.push(Bar { label: format!("L{at}: {} runs{arrow}", level.runs), value, full: if full < value { value } else { full } });
                }
                Face::Bars { bars, unit: "KiB".into() }
            }
            AnyStore::BTree(tree) => {
                let row = |name: &str, value: String| vec![name.to_string(), value];
                let rows = vec![
                    row("levels", tree.depth().to_string()),
                    row("pages", tree.page_count().to_string()),
                    row("full", format!("{:.0}%", tree.fill() * 100.0)),
                    row("changed pages", tree.dirty_count().to_string()),
                    row("log", format!("{:.1} of {:.0} KiB", buffer.0, buffer.1)),
                ];
                Face::Table { head: vec!["B-tree".into(), String::new()], rows }
            }
        }
    }

    /// Bytes written for a byte given and blocks read for a look-up, both since the run began; bytes kept for a byte that is live; and
    /// writes that are waiting.
    pub(super) fn readings(&self) -> Vec<Option<f64>> {
        let (now, then) = (self.store.spent(), &self.before);
        let ratio = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        let live = self.keys.len() as u64 * (8 + self.knobs.value_bytes.max(16) as u64);
        vec![
            ratio(now.bytes_written - then.bytes_written, now.bytes_given - then.bytes_given),
            ratio(now.blocks_read - then.blocks_read, now.gets - then.gets),
            ratio(now.bytes_on_disk, live),
            Some(self.stalled.len() as f64),
        ]
    }

    /// In a word.
    pub(super) fn doing(&self) -> Text {
        match (self.is_recovering, self.stalled.is_empty(), self.merging.is_some(), self.is_flushing) {
            (true, ..) => "reading its log",
            (_, false, ..) => "writes stall",
            (_, _, true, _) => "merging",
            (_, _, _, true) => "flushing",
            _ => "",
        }
        .into()
    }
}
