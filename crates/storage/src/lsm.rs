//! A log-structured merge tree: writes are gathered in memory, written as sorted runs, and merged from level to level.
//!
//! ```text
//!   put ─▶ log, synced ─▶ memtable ─flush─▶ level 0  [newest] [  ] [  ]
//!                                             │ merge
//!                                             ▼
//!                                           level 1  tiered: up to T runs   levelled: one run   by table: [a-f] [g-p] [q-z]
//!                                             ▼                                                               │ merge
//!                                           level 2  T times as large       T times as large    [a-e] [f-g] [h-p] [q-s] [t-z]
//! ```
//!
//! Levelled as the papers draw it merges a whole level at a time, and whoever writes then waits for all of it. [`Shape::ByTable`] cuts each
//! level into tables that do not overlap and merges one with those that it overlaps in the next, as RocksDB does: as much is written, in
//! small pieces.
//!
//! The rules: the newest write of a key decides, in the memtable, then run after run from the newest on. A deletion is a write too, a
//! *tombstone*: it hides older writes of its key, and so it may be forgotten only in a merge below which nothing older lies.
//! [`Tombstones::DroppedInAnyMerge`] breaks that rule on purpose, and deleted keys come back.
//!
//! Which runs exist is written in turn to two files, the newer of which that is whole counts. A run or a log is removed only when
//! that no longer names it. After a crash a file that it does not name is removed.
//!
//! Cost: a write its log record, and later about T / 2 a level (levelled) or 1 a level (tiered) times its size; a look-up the memtable
//! and a block a run whose filter says "perhaps". Source: O'Neil et al., "The Log-Structured Merge-Tree", 1996; the two shapes as
//! Dayan and Idreos, "Dostoevsky", SIGMOD 2018, §2; which table is merged first (the one with the least below it for its size) as RocksDB's
//! `kMinOverlappingRatio`.

use crate::codec::{Bytes, Reader, decode_write, encode_write, write_u32, write_u64};
use crate::disk::{Crash, Disk, FileId};
use crate::log::{Log, Recovery, encode, record_at};
use crate::run::{Entry, Found, Run, merge};
use crate::{Counters, Pair, Store, StoreError, within};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Bound;

/// The two files that say in turn which runs exist.
const MANIFESTS: [FileId; 2] = [0, 1];
const FIRST_FREE: FileId = 2;
/// Bytes that a key with its value may have: lengths are kept in four bytes.
const ENTRY_BYTES_MAX: u64 = 1 << 30;

/// How runs lie in the levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Size-tiered: a level has up to `ratio` runs, and is then merged to one run of the next. Writes cheaply.
    Tiered,
    /// Levelled: a level below the first has one run; what arrives is merged into it. Reads and keeps cheaply.
    Levelled,
    /// Levelled, but a level below the first is cut into tables of about a memtable; of a level that is too large one table at a time is
    /// merged into those of the next that it overlaps. Reads and keeps as cheaply, and nobody waits long.
    ByTable,
}

/// When a merge forgets a tombstone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tombstones {
    /// When nothing older lies below: the rule.
    KeptToTheBottom,
    /// In any merge: wrong. An older value below comes back.
    DroppedInAnyMerge,
}

/// Settings of an LSM tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LsmConfig {
    /// Bytes of keys and values at which the memtable is flushed by itself; at least 1. Usual: 64 KiB.
    pub memtable_bytes: u64,
    /// How much larger each level is, and the most runs of level 0, from 2 to 100. Usual: 4.
    pub ratio: u32,
    /// How runs lie in the levels.
    pub shape: Shape,
    /// When tombstones are forgotten.
    pub tombstones: Tombstones,
    /// Bits of the Bloom filter a key, at most 64; 0 is no filter. Usual: 10.
    pub bits_per_key: u32,
    /// Writes after which the log is synced by itself; 1 is each, 0 is never. Usual: 1.
    pub sync_every: u32,
    /// Whether levels that are full are merged by themselves after a flush.
    pub is_merging: bool,
}

impl Default for LsmConfig {
    fn default() -> LsmConfig {
        LsmConfig {
            memtable_bytes: 64 << 10,
            ratio: 4,
            shape: Shape::Levelled,
            tombstones: Tombstones::KeptToTheBottom,
            bits_per_key: 10,
            sync_every: 1,
            is_merging: true,
        }
    }
}

/// What lies in a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// Its runs.
    pub runs: u32,
    /// Their entries together.
    pub entries: u64,
    /// Their bytes together.
    pub bytes: u64,
    /// Bytes beyond which a levelled tree merges it; the top level and a tiered tree go by the number of runs.
    pub bytes_max: u64,
}

/// A merge that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The level whose runs are merged into the next.
    pub level: u32,
    /// How many of its runs, the oldest.
    pub runs: u32,
    /// Bytes that it reads; it writes as many at most.
    pub bytes: u64,
}

/// The tree.
#[derive(Clone, Debug)]
pub struct Lsm {
    config: LsmConfig,
    disk: Disk,
    log: Log,
    log_file: FileId,
    unsynced: u32,
    memtable: BTreeMap<Bytes, Option<Bytes>>,
    memtable_bytes: u64,
    /// Runs of each level, the newest first; an upper level is newer than a lower one.
    levels: Vec<Vec<Run>>,
    /// How often the manifest was written; its low bit says to which file.
    version: u64,
    file_next: FileId,
    counters: Counters,
}

impl Lsm {
    /// An empty tree on an empty disk. Refused if a setting is out of its range.
    pub fn new(config: LsmConfig) -> Result<Lsm, StoreError> {
        within("memtable_bytes", config.memtable_bytes, 1, u64::MAX)?;
        within("ratio", u64::from(config.ratio), 2, 100)?;
        within("bits_per_key", u64::from(config.bits_per_key), 0, 64)?;
        let mut disk = Disk::new();
        let log = Log::create(&mut disk, FIRST_FREE);
        let mut tree = Lsm {
            config,
            disk,
            log,
            log_file: FIRST_FREE,
            unsynced: 0,
            memtable: BTreeMap::new(),
            memtable_bytes: 0,
            levels: vec![Vec::new()],
            version: 0,
            file_next: FIRST_FREE + 1,
            counters: Counters::default(),
        };
        tree.write_manifest();
        Ok(tree)
    }

    /// Runs of each level from the top, and the entries of each run, the newest first.
    #[must_use]
    pub fn shape(&self) -> Vec<Vec<u64>> {
        let sizes = |level: &Vec<Run>| level.iter().map(|run| run.entries.len() as u64).collect();
        self.levels.iter().map(sizes).collect()
    }

    /// Tombstones in all runs: what deletions still cost.
    #[must_use]
    pub fn tombstones(&self) -> u64 {
        let entries = self.levels.iter().flatten().flat_map(|run| run.entries.iter());
        entries.filter(|(_, value)| value.is_none()).count() as u64
    }

    fn write(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), StoreError> {
        let bytes = key.len() as u64 + value.map_or(0, |value| value.len() as u64);
        if bytes > ENTRY_BYTES_MAX {
            return Err(StoreError::TooLarge { bytes, most: ENTRY_BYTES_MAX });
        }
        self.counters.bytes_given += bytes;
        self.log.append(&mut self.disk, &encode_write(key, value));
        self.unsynced += 1;
        if self.config.sync_every > 0 && self.unsynced >= self.config.sync_every {
            self.sync();
        }
        self.remember(key, value);
        if self.memtable_bytes >= self.config.memtable_bytes {
            self.flush();
        }
        Ok(())
    }

    fn remember(&mut self, key: &[u8], value: Option<&[u8]>) {
        let size = |value: Option<&[u8]>| (key.len() + value.map_or(0, <[u8]>::len)) as u64;
        let old = self.memtable.insert(key.to_vec(), value.map(<[u8]>::to_vec));
        self.memtable_bytes += size(value);
        if let Some(old) = old {
            self.memtable_bytes -= size(old.as_deref());
        }
    }

    fn take_file(&mut self) -> FileId {
        self.file_next += 1;
        self.file_next - 1
    }

    /// Says durably which log and which runs count from now on.
    fn write_manifest(&mut self) {
        self.version += 1;
        let mut bytes = Vec::new();
        write_u64(&mut bytes, self.version);
        write_u32(&mut bytes, self.log_file);
        write_u32(&mut bytes, self.levels.len() as u32);
        for level in &self.levels {
            write_u32(&mut bytes, level.len() as u32);
            for run in level {
                write_u32(&mut bytes, run.file);
            }
        }
        let file = MANIFESTS[(self.version % 2) as usize];
        self.disk.create(file);
        self.disk.append(file, &encode(&bytes));
        self.disk.sync(file);
    }

    /// What a manifest says: its version, the log's file, and the runs' files by level.
    fn read_manifest(&self, file: FileId) -> Option<(u64, FileId, Vec<Vec<FileId>>)> {
        let mut reader = Reader(record_at(self.disk.read(file), 0)?);
        let (version, log_file, count) = (reader.u64()?, reader.u32()?, reader.u32()?);
        let mut level = |_| {
            let runs = reader.u32()?;
            (0..runs).map(|_| reader.u32()).collect::<Option<Vec<FileId>>>()
        };
        Some((version, log_file, (0..count).map(&mut level).collect::<Option<_>>()?))
    }

    /// Merges the runs of the levels `from..=to` to one run, which becomes the newest of level `into`.
    fn merge_levels(&mut self, from: usize, to: usize, into: usize) {
        let runs: Vec<Run> = self.levels[from..=to].iter_mut().flat_map(core::mem::take).collect();
        // What stays from here on down is older than what was taken.
        let is_bottom = self.levels[from..].iter().all(Vec::is_empty);
        self.merge_runs(runs, is_bottom, into);
    }

    /// Merges runs that have been taken out of their levels, the newest first, to the newest run of level `into`.
    fn merge_runs(&mut self, runs: Vec<Run>, is_bottom: bool, into: usize) {
        while self.levels.len() <= into {
            self.levels.push(Vec::new());
        }
        let mut entries = merge(runs.iter().map(|run| &*run.entries));
        if is_bottom || self.config.tombstones == Tombstones::DroppedInAnyMerge {
            entries.retain(|(_, value)| value.is_some());
        }
        self.replace(runs, entries, into);
    }

    /// Puts entries as runs into a level, says so durably, and only then removes the runs that they come from.
    fn replace(&mut self, old: Vec<Run>, entries: Vec<Entry>, into: usize) {
        let is_cut = self.config.shape == Shape::ByTable && into > 0;
        let tables = if is_cut { cut(entries, self.config.memtable_bytes) } else { vec![entries] };
        for entries in tables.into_iter().filter(|entries| !entries.is_empty()) {
            let file = self.take_file();
            let run = Run::write(&mut self.disk, file, entries, self.config.bits_per_key);
            // Tables of a level stand in the order of their keys; runs of a level the newest first.
            let place = if is_cut { self.levels[into].partition_point(|other| other.first() < run.first()) } else { 0 };
            self.levels[into].insert(place, run);
        }
        self.write_manifest();
        for run in old {
            self.disk.remove(run.file);
        }
    }

    /// Puts rows below everything there is, as one run: how a tree is filled from a dump. What is there already hides them; of equal
    /// keys among them the last counts. O(rows · log rows), whatever the size of the memtable.
    pub fn load(&mut self, rows: impl IntoIterator<Item = Pair>) {
        let rows: BTreeMap<Bytes, Bytes> = rows.into_iter().collect();
        if rows.is_empty() {
            return;
        }
        let file = self.take_file();
        let entries = rows.into_iter().map(|(key, value)| (key, Some(value))).collect();
        let run = Run::write(&mut self.disk, file, entries, self.config.bits_per_key);
        // Each level is at least twice as large: the lowest that is needed is never far.
        let fits = (1..64).find(|level| self.bytes_max(*level) >= run.bytes).unwrap_or(1);
        // Tables of one level must not overlap: the rows get a level of their own.
        let is_cut = self.config.shape == Shape::ByTable;
        let level = fits.max(self.levels.len() - usize::from(!is_cut));
        while self.levels.len() <= level {
            self.levels.push(Vec::new());
        }
        self.levels[level].push(run);
        self.write_manifest();
    }

    /// The levels from the top down.
    #[must_use]
    pub fn levels(&self) -> Vec<Level> {
        let level = |(at, runs): (usize, &Vec<Run>)| Level {
            runs: runs.len() as u32,
            entries: runs.iter().map(|run| run.entries.len() as u64).sum(),
            bytes: runs.iter().map(|run| run.bytes).sum(),
            bytes_max: self.bytes_max(at),
        };
        self.levels.iter().enumerate().map(level).collect()
    }

    /// The merge that is due first, for a tree that does not merge by itself: of the uppermost level that is full. O(runs).
    #[must_use]
    pub fn merge_due(&self) -> Option<Merge> {
        let level = (0..self.levels.len()).find(|level| self.is_full(*level))?;
        let below = self.levels.get(level + 1).filter(|_| self.config.shape == Shape::Levelled);
        let bytes = self.levels[level].iter().chain(below.into_iter().flatten()).map(|run| run.bytes).sum();
        Some(Merge { level: level as u32, runs: self.levels[level].len() as u32, bytes })
    }

    /// Carries out a merge that was due, of the runs that were there then: the oldest. Runs that came meanwhile stay where they are.
    /// Nothing is done if there are no longer so many.
    pub fn merge(&mut self, due: Merge) {
        let level = due.level as usize;
        if self.config.shape == Shape::ByTable {
            if self.levels.get(level).is_some_and(|runs| !runs.is_empty()) {
                self.merge_table(level);
            }
            return;
        }
        let Some(newer) = self.levels.get(level).and_then(|runs| runs.len().checked_sub(due.runs as usize)) else {
            return;
        };
        let mut runs = self.levels[level].split_off(newer);
        if let Some(below) = self.levels.get_mut(level + 1).filter(|_| self.config.shape == Shape::Levelled) {
            runs.append(below);
        }
        let is_bottom = self.levels[level + 1..].iter().all(Vec::is_empty);
        self.merge_runs(runs, is_bottom, level + 1);
    }

    /// Merges one table of a level, or all runs of level 0, into the tables of the next that they overlap.
    fn merge_table(&mut self, level: usize) {
        if self.levels.len() == level + 1 {
            self.levels.push(Vec::new());
        }
        let mut runs = if level == 0 {
            core::mem::take(&mut self.levels[0])
        } else {
            let place = self.least_overlap(level);
            vec![self.levels[level].remove(place)]
        };
        let is_met = |runs: &[Run], other: &Run| runs.iter().any(|run| run.overlaps(other));
        let below = core::mem::take(&mut self.levels[level + 1]);
        let (met, rest): (Vec<Run>, Vec<Run>) = below.into_iter().partition(|other| is_met(&runs, other));
        self.levels[level + 1] = rest;
        runs.extend(met);
        let mut entries = merge(runs.iter().map(|run| &*run.entries));
        // Nothing older lies further down in this range of keys.
        let is_bottom = !self.levels[level + 2..].iter().flatten().any(|other| is_met(&runs, other));
        if is_bottom || self.config.tombstones == Tombstones::DroppedInAnyMerge {
            entries.retain(|(_, value)| value.is_some());
        }
        self.replace(runs, entries, level + 1);
    }

    /// The place of the table of a level that has the least below it for its own size: it moves the most for what it costs.
    fn least_overlap(&self, level: usize) -> usize {
        let below = |run: &Run| {
            let met = self.levels[level + 1].iter().filter(|other| run.overlaps(other));
            met.map(|other| u128::from(other.bytes)).sum::<u128>()
        };
        let tables =
            self.levels[level].iter().enumerate().map(|(place, run)| (below(run), u128::from(run.bytes), place));
        // Compared as fractions, without dividing.
        let least = tables.min_by(|a, b| (a.0 * b.1).cmp(&(b.0 * a.1)));
        least.map_or(0, |(.., place)| place)
    }

    /// The lowest level that has a run.
    fn bottom(&self) -> usize {
        self.levels.iter().rposition(|level| !level.is_empty()).unwrap_or(0)
    }

    /// Whether a level has more than it may.
    fn is_full(&self, level: usize) -> bool {
        let ratio = u64::from(self.config.ratio);
        if level == 0 || self.config.shape == Shape::Tiered {
            return self.levels[level].len() as u64 >= ratio;
        }
        self.levels[level].iter().map(|run| run.bytes).sum::<u64>() > self.bytes_max(level)
    }

    /// Bytes that a level may have: of the size of the memtable, `ratio` times more with each level.
    fn bytes_max(&self, level: usize) -> u64 {
        let ratio = u64::from(self.config.ratio);
        (0..=level).fold(self.config.memtable_bytes, |most, _| most.saturating_mul(ratio))
    }

    /// Merges every level that is full into the next, from the top down.
    fn relieve(&mut self) {
        let mut level = 0;
        while level < self.levels.len() {
            while self.config.shape == Shape::ByTable && self.is_full(level) {
                self.merge_table(level);
            }
            if self.is_full(level) {
                let to =
                    if self.config.shape == Shape::Levelled { (level + 1).min(self.levels.len() - 1) } else { level };
                self.merge_levels(level, to, level + 1);
            }
            level += 1;
        }
    }

    /// Opens what the disk holds.
    fn open(&mut self) -> Recovery {
        let newest = MANIFESTS.iter().filter_map(|file| self.read_manifest(*file)).max_by_key(|(version, ..)| *version);
        let (version, log_file, files) = newest.unwrap_or((0, FIRST_FREE, vec![Vec::new()]));
        let bits = self.config.bits_per_key;
        let run =
            |file: &FileId| Run::read(&self.disk, *file, bits).expect("a run is synced before a manifest names it");
        self.levels = files.iter().map(|level| level.iter().map(run).collect()).collect();
        let named: Vec<FileId> = files.into_iter().flatten().chain(MANIFESTS).chain([log_file]).collect();
        let orphans: Vec<FileId> = self.disk.files().filter(|file| !named.contains(file)).collect();
        for file in orphans {
            self.disk.remove(file);
        }
        (self.version, self.log_file) = (version, log_file);
        self.file_next = named.iter().max().map_or(FIRST_FREE, |file| file + 1);
        let (log, records, recovery) = Log::recover(&mut self.disk, log_file);
        (self.log, self.unsynced) = (log, 0);
        (self.memtable, self.memtable_bytes) = (BTreeMap::new(), 0);
        for record in records {
            let (key, value) =
                decode_write(&mut Reader(&record)).expect("a record with a right checksum is as it was written");
            self.remember(key, value);
        }
        recovery
    }

    fn visible(&self, from: &[u8], to: Option<&[u8]>) -> Vec<Entry> {
        let end = to.map_or(Bound::Unbounded, Bound::Excluded);
        let is_empty = to.is_some_and(|to| to <= from);
        let in_memory: Vec<Entry> = if is_empty {
            Vec::new()
        } else {
            let range = self.memtable.range::<[u8], _>((Bound::Included(from), end));
            range.map(|(key, value)| (key.clone(), value.clone())).collect()
        };
        let runs = self.levels.iter().flatten().map(|run| run.range(from, to));
        let mut merged = merge(core::iter::once(in_memory.as_slice()).chain(runs));
        merged.retain(|(_, value)| value.is_some());
        merged
    }
}

/// Cuts entries into tables of about so many bytes, at least one entry each.
fn cut(entries: Vec<Entry>, most: u64) -> Vec<Vec<Entry>> {
    let mut tables = vec![Vec::new()];
    let mut bytes = 0;
    for (key, value) in entries {
        let size = (key.len() + value.as_ref().map_or(0, Vec::len)) as u64;
        if bytes + size > most && bytes > 0 {
            tables.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        tables.last_mut().expect("there is always a last table").push((key, value));
    }
    tables
}

impl Store for Lsm {
    fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.write(key, Some(value))
    }

    fn delete(&mut self, key: &[u8]) -> Result<(), StoreError> {
        self.write(key, None)
    }

    fn get(&mut self, key: &[u8]) -> Option<Vec<u8>> {
        self.counters.gets += 1;
        if let Some(value) = self.memtable.get(key) {
            return value.clone();
        }
        for run in self.levels.iter().flatten() {
            match run.get(key) {
                Found::Skipped => self.counters.runs_skipped += 1,
                Found::Absent => self.counters.blocks_read += 1,
                Found::Entry(value) => {
                    self.counters.blocks_read += 1;
                    return value.map(<[u8]>::to_vec);
                }
            }
        }
        None
    }

    fn scan(&mut self, from: &[u8], to: Option<&[u8]>) -> Vec<Pair> {
        self.visible(from, to).into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }

    fn sync(&mut self) {
        if self.unsynced > 0 {
            self.log.sync(&mut self.disk);
            self.unsynced = 0;
        }
    }

    fn flush(&mut self) {
        if self.memtable.is_empty() {
            return;
        }
        let entries = core::mem::take(&mut self.memtable).into_iter().collect();
        self.memtable_bytes = 0;
        let (file, old_log) = (self.take_file(), self.log_file);
        let run = Run::write(&mut self.disk, file, entries, self.config.bits_per_key);
        self.levels[0].insert(0, run);
        self.log_file = self.take_file();
        (self.log, self.unsynced) = (Log::create(&mut self.disk, self.log_file), 0);
        self.write_manifest();
        self.disk.remove(old_log);
        if self.config.is_merging {
            self.relieve();
        }
    }

    fn compact(&mut self) {
        let bottom = self.bottom();
        if self.levels.iter().any(|level| !level.is_empty()) {
            self.merge_levels(0, bottom, bottom.max(1));
        }
    }

    fn compact_upper(&mut self) {
        let bottom = self.bottom();
        if bottom > 0 {
            self.merge_levels(0, bottom - 1, bottom - 1);
        } else if self.levels[0].len() > 2 {
            // Nothing has come to a bottom yet: the oldest run stands for it.
            let oldest = self.levels[0].pop().expect("there are more than two");
            self.levels.push(vec![oldest]);
            self.merge_levels(0, 0, 0);
        }
    }

    fn crash(&mut self, crash: Crash) -> Recovery {
        self.disk.crash(crash);
        if crash == Crash::TearingLastRecord {
            self.log.tear_last(&mut self.disk);
        }
        self.open()
    }

    fn counters(&self) -> Counters {
        let live = self.visible(&[], None);
        let size = |(key, value): &Entry| (key.len() + value.as_ref().map_or(0, Vec::len)) as u64;
        Counters { bytes_live: live.iter().map(size).sum(), ..self.spent() }
    }

    fn spent(&self) -> Counters {
        Counters {
            bytes_written: self.disk.written(),
            syncs: self.disk.syncs(),
            bytes_on_disk: self.disk.length(),
            ..self.counters
        }
    }

    fn waiting_bytes(&self) -> u64 {
        self.memtable_bytes
    }

    fn disk(&mut self) -> &mut Disk {
        &mut self.disk
    }
}
