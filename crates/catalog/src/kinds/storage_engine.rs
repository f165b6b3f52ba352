//! Storage engine: one machine with an LSM tree or a B-tree on a disk that loses what was not synced.
//!
//! The trees, their log and their disk are the crate's. This file gives them workers and time: what a look-up reads is waited for, a
//! sync is waited for by whom it covers, and flushes and merges go on in the background at the disk's pace. When they do not keep
//! up, writes stall.

mod show;

use crate::desk::Desk;
use crate::face::Face;
use crate::kind::{Cx, Decision, Glance, Kind, Setup};
use crate::settings::{FieldExt, Settings, choice, law, number, whole, gauge};
use base::{Delay, Law, Span};
use check::CheckKind;
use foldhash::quality::FixedState;
use hashbrown::HashSet;
use replication::{version, version_index};
use scenario::{KindSpec, Ports, Text, Verb};
use sim::{CallId, Reply, Request};
use std::collections::VecDeque;
use storage::{AnyStore, BTree, BTreeConfig, Counters, Crash, Lsm, LsmConfig, Merge, Shape, Store, Tombstones};
use trace::{Record, Status};

/// A storage engine.
#[derive(Clone)]
pub struct StorageEngine {
    store: Box<AnyStore>,
    desk: Desk<Job>,
    knobs: Knobs,
    /// Keys that are there: what is live, without walking through everything.
    keys: HashSet<u64, FixedState>,
    /// What had been counted before the run.
    before: Counters,
    /// Begins anew with each start of the process, so that a version is never given twice.
    term: u64,
    /// The entry of the last write.
    last: u64,
    unsynced: u32,
    /// Writes that wait until there is room again.
    stalled: VecDeque<u32>,
    stalls: u64,
    /// Whether the last flush is still on its way to the disk.
    is_flushing: bool,
    merging: Option<Merge>,
    /// Whether it reads its log after a crash.
    is_recovering: bool,
}

/// What is set.
#[derive(Clone, Copy)]
struct Knobs {
    is_btree: bool,
    buffer_bytes: u64,
    value_bytes: usize,
    stall_runs: u32,
    block: Delay,
    sync: Sync,
    sync_time: Delay,
    bytes_per_second: f64,
    crash: usize,
}

/// When the log is synced.
#[derive(Clone, Copy)]
enum Sync {
    Every(u32),
    Never,
}

/// A request in hand.
#[derive(Clone, Copy)]
struct Job {
    call: CallId,
    request: Request,
    /// What will be said once the disk has done its part.
    reply: Option<Reply>,
    /// Whether that part is a sync.
    syncs: bool,
}

/// The upper bits of a timer's token say what it is for; else it is a job whose thinking is done.
const DISK: u64 = 1 << 60;
const FLUSHED: u64 = 2 << 60;
const MERGED: u64 = 3 << 60;
const RECOVERED: u64 = 4 << 60;
const PURPOSE: u64 = 7 << 60;

impl Knobs {
    fn read(settings: &Settings<'_>) -> Knobs {
        Knobs {
            is_btree: settings.choice("engine") == 1,
            buffer_bytes: (settings.number("buffer_kb") * 1_024.0) as u64,
            value_bytes: settings.whole("value_bytes") as usize,
            // Before a merge is due, there would be nothing to wait for.
            stall_runs: settings.whole("stall_runs").max(settings.whole("ratio")),
            block: Delay::new(Law::Exponential, settings.millis("block_ms")),
            sync: match settings.choice("sync") {
                0 => Sync::Every(1),
                1 => Sync::Every(settings.whole("sync_every").max(1)),
                _ => Sync::Never,
            },
            sync_time: Delay::new(Law::Exponential, settings.millis("sync_ms")),
            bytes_per_second: settings.number("disk_mb_s") * 1e6,
            crash: settings.choice("crash"),
        }
    }

    fn time_for(&self, bytes: u64) -> Delay {
        Delay::constant(Span::from_millis_f64(bytes as f64 * 1_000.0 / self.bytes_per_second))
    }

    /// The engine, empty. It syncs and merges when it is told to, and flushes by itself.
    fn build(&self, settings: &Settings<'_>) -> AnyStore {
        if self.is_btree {
            let config = BTreeConfig { page_bytes: settings.whole("page_bytes"), log_bytes: self.buffer_bytes, sync_every: 0 };
            AnyStore::BTree(BTree::new(config).expect("the range of each field lies within the range of the tree"))
        } else {
            let config = LsmConfig {
                memtable_bytes: self.buffer_bytes,
                ratio: settings.whole("ratio"),
                shape: if settings.choice("shape") == 0 { Shape::Levelled } else { Shape::Tiered },
                tombstones: Tombstones::KeptToTheBottom,
                bits_per_key: settings.whole("bits_per_key"),
                sync_every: 0,
                is_merging: false,
            };
            AnyStore::Lsm(Lsm::new(config).expect("the range of each field lies within the range of the tree"))
        }
    }

    /// What a row holds beside its key: version and value, and bytes to fill it up.
    fn row(&self, version: u64, value: u64) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.value_bytes.max(16));
        bytes.extend_from_slice(&version.to_be_bytes());
        bytes.extend_from_slice(&value.to_be_bytes());
        bytes.resize(self.value_bytes.max(16), 0);
        bytes
    }
}

/// Version and value of a row.
fn read_row(bytes: &[u8]) -> (u64, u64) {
    let number = |at: usize| bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes);
    (number(0), number(8))
}

impl StorageEngine {
    fn put(&mut self, key: u64, version: u64, value: u64) {
        self.keys.insert(key);
        let refused = self.store.put(&key.to_be_bytes(), &self.knobs.row(version, value));
        debug_assert!(refused.is_ok(), "the ranges of the fields leave room for a row: {refused:?}");
    }

    /// Thinking is done: a read waits for its blocks, a write for room.
    fn work(&mut self, cx: &mut Cx<'_>, at: u32) {
        let request = self.desk.job(at).request;
        if request.write {
            if self.has_room() {
                self.write(cx, at);
            } else {
                self.stalls += 1;
                self.stalled.push_back(at);
                let (runs, waiting) = (self.runs_on_top(), self.store.waiting_bytes());
                cx.decide(|| {
                    let words = [request.key.into(), waiting.into(), runs.into()];
                    Decision::new("write of key {} stalls: {} bytes wait for a flush, {} runs on top wait for a merge", words)
                });
            }
            return;
        }
        let blocks_before = self.store.spent().blocks_read;
        let found = self.store.get(&request.key.to_be_bytes());
        // A tree's inner pages are few and asked for all the time: they are in memory, and only the leaf is waited for.
        let blocks = self.store.spent().blocks_read - blocks_before;
        let blocks = if self.knobs.is_btree { blocks.min(1) } else { blocks };
        let (status, (version, value)) = found.map_or((Status::Missing, (0, 0)), |row| (Status::Ok, read_row(&row)));
        let store = cx.home();
        cx.decide(|| Decision::new("looked key {} up: {}, {} blocks from the disk", [request.key.into(), status.into(), blocks.into()]));
        self.desk.job(at).reply = Some(Reply { status, store, version, value });
        let mut wait = Span::ZERO;
        for _ in 0..blocks {
            wait = wait + cx.work(&self.knobs.block);
        }
        cx.timer(wait, DISK | u64::from(at));
    }

    /// Whether a write can be taken: no flush is due while the last is on its way, and not too many runs are to be merged.
    fn has_room(&self) -> bool {
        let row = 8 + self.knobs.value_bytes.max(16) as u64;
        let is_full = self.store.waiting_bytes() + row >= self.knobs.buffer_bytes;
        !(is_full && self.is_flushing || self.runs_on_top() >= self.knobs.stall_runs)
    }

    fn runs_on_top(&self) -> u32 {
        match &*self.store {
            AnyStore::Lsm(tree) => tree.levels().first().map_or(0, |level| level.runs),
            AnyStore::BTree(_) => 0,
        }
    }

    fn write(&mut self, cx: &mut Cx<'_>, at: u32) {
        let request = self.desk.job(at).request;
        self.last += 1;
        let version = version(self.term, self.last);
        let (waited, written) = (self.store.waiting_bytes(), self.store.disk().written());
        self.put(request.key, version, request.value);
        self.unsynced += 1;
        if self.store.waiting_bytes() < waited {
            let bytes = self.store.disk().written() - written;
            self.begin_flush(cx, bytes);
        }
        let reply = Reply { status: Status::Ok, store: cx.home(), version, value: request.value };
        let job = self.desk.job(at);
        job.reply = Some(reply);
        job.syncs = matches!(self.knobs.sync, Sync::Every(writes) if self.unsynced >= writes);
        if job.syncs {
            // From here on it is the next one's turn to wait.
            self.unsynced = 0;
            let wait = cx.work(&self.knobs.sync_time);
            cx.timer(wait, DISK | u64::from(at));
        } else {
            self.finish(cx, at);
        }
    }

    /// A flush has gone to the disk, which takes its time; what it wrote is synced.
    fn begin_flush(&mut self, cx: &mut Cx<'_>, bytes: u64) {
        self.unsynced = 0;
        self.held(cx);
        self.is_flushing = true;
        let span = cx.work(&self.knobs.time_for(bytes));
        cx.decide(|| Decision::new("flushes {} bytes to the disk; it takes {}", [bytes.into(), span.into()]));
        cx.timer(span, FLUSHED);
        self.begin_merge(cx);
    }

    fn begin_merge(&mut self, cx: &mut Cx<'_>) {
        let AnyStore::Lsm(tree) = &*self.store else { return };
        if self.merging.is_some() {
            return;
        }
        self.merging = tree.merge_due();
        if let Some(due) = self.merging {
            // It reads so much, and writes as much again.
            let span = cx.work(&self.knobs.time_for(due.bytes.saturating_mul(2)));
            cx.decide(|| Decision::new("merges runs of {} bytes; it takes {}", [due.bytes.into(), span.into()]));
            cx.timer(span, MERGED);
        }
    }

    fn end_merge(&mut self, cx: &mut Cx<'_>) {
        if let (AnyStore::Lsm(tree), Some(due)) = (&mut *self.store, self.merging.take()) {
            tree.merge(due);
        }
        self.begin_merge(cx);
        self.let_go(cx);
    }

    /// Takes the writes that have stalled, as long as there is room.
    fn let_go(&mut self, cx: &mut Cx<'_>) {
        while self.has_room()
            && let Some(at) = self.stalled.pop_front()
        {
            self.write(cx, at);
        }
    }

    /// Everything written so far survives a crash.
    fn held(&mut self, cx: &mut Cx<'_>) {
        let (store, member) = (cx.home(), cx.me());
        cx.record(Record::Held { store, member, version: version(self.term, self.last) });
    }

    fn finish(&mut self, cx: &mut Cx<'_>, at: u32) {
        let job = self.desk.close(at);
        if job.syncs {
            self.store.sync();
        }
        let (store, member) = (cx.home(), cx.me());
        let reply = job.reply.unwrap_or(Reply::plain(Status::Failed));
        if job.request.write {
            let (key, version, write) = (job.request.key, reply.version, job.request.value);
            cx.record(Record::Acknowledged { store, member, key, version, write });
            if job.syncs {
                self.held(cx);
            }
        }
        cx.reply(job.call, reply);
        self.desk.release(cx);
    }
}

impl Kind for StorageEngine {
    const SLUG: &'static str = "storage-engine";
    type Message = ();
    const CHECKS: &'static [CheckKind] = &[CheckKind::LostWrites, CheckKind::StaleReads];

    #[allow(clippy::too_many_lines, reason = "the whole of what can be set and said stands in one place")]
    fn spec() -> KindSpec {
        const LSM: &[&str] = &["lsm"];
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Storage engine".into(),
            group: "Data".into(),
            purpose: "What is under a database: an LSM tree or a B-tree, its log, and its disk.".into(),
            icon: "M6.500 2.500h5v2.500h-5zM4.500 7.500h9v2.500h-9zM2.500 12.500h13v2.500h-13zM9 5v2.500M9 10v2.500".into(),
            fields: vec![
                choice("engine", "Engine", "How rows lie on the disk", &[
                    ("lsm", "sorted runs that are never changed, merged from level to level: writes come cheap"),
                    ("btree", "pages written in place: reads come cheap"),
                ]),
                choice("shape", "Runs", "How runs lie in the levels", &[
                    ("levelled", "one a level: fewer to look into, more is written again"),
                    ("tiered", "several a level: less is written again, more to look into"),
                ]).when("engine", LSM),
                whole("ratio", "Ratio", "", (2.0, 20.0), 4.0, "How much larger each level is, and how many runs on top start a merge").when("engine", LSM),
                whole("bits_per_key", "Filter", "bits a key", (0.0, 32.0), 10.0, "Size of each run's Bloom filter; 0 is none").when("engine", LSM),
                whole("stall_runs", "Stall at", "runs", (2.0, 100.0), 12.0, "Writes wait when so many runs lie on top").live().when("engine", LSM),
                whole("page_bytes", "Page", "bytes", (2_048.0, 65_536.0), 4_096.0, "Size of a page").when("engine", &["btree"]),
                number("buffer_kb", "Buffer", "KiB", (1.0, 4_096.0), 16.0, "Size of the memtable, or of a B-tree's log, at which it is flushed"),
                whole("keys", "Keys", "", (0.0, 20_000.0), 5_000.0, "Keys that are there from the start"),
                whole("value_bytes", "Value", "bytes", (16.0, 256.0), 64.0, "Size of a value"),
                choice("sync", "Sync", "When the log is made to survive a crash", &[
                    ("every write", "each write waits for it"),
                    ("every n writes", "one in so many waits; a crash loses those after the last sync, acknowledged as they are"),
                    ("never", "only a flush does; a crash loses what came after the last"),
                ]).live(),
                whole("sync_every", "Sync after", "writes", (1.0, 10_000.0), 100.0, "Writes that one sync covers").live().when("sync", &["every n writes"]),
                number("sync_ms", "A sync", "ms", (0.0, 10_000.0), 1.0, "Mean time of one sync").live(),
                number("block_ms", "A block", "ms", (0.0, 10_000.0), 0.1, "Mean time to read one block").live(),
                number("disk_mb_s", "Background", "MB/s", (0.001, 10_000.0), 1.0, "How fast a flush is written; and how fast a merge reads and writes").live(),
                choice("crash", "A crash leaves", "What becomes of writes that no sync has covered", &[
                    ("nothing of them", "they were in memory"),
                    ("the first of them", "up to some byte, in the middle of a record"),
                    ("some of them", "each by luck: a disk may reorder; the log is read up to the first gap"),
                ]).live(),
                whole("workers", "Connections", "", (1.0, 10_000.0), 32.0, "Requests that it works on at the same time").live(),
                whole("line_max", "Line", "", (0.0, 1e6), 1_000.0, "Requests that may wait; more are refused").live(),
                number("time_ms", "Thinking", "ms", (0.0, 60_000.0), 0.2, "Mean time of one read or write without the disk").live(),
                law("time_law", "Thinking varies", Law::Exponential).live(),
            ],
            ports: Ports { accepts: true, out_max: 0, refusal: "A store is called; it calls nobody".into() },
            verbs: vec![Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Heal],
            gauges: vec![
                gauge("write_amplification", "Written a byte", ""),
                gauge("read_amplification", "Blocks a read", ""),
                gauge("space_amplification", "Kept a byte", ""),
                gauge("stalls", "Stalled", ""),
            ],
            members: None,
            modelled: vec![
                "every row in the memtable, runs or pages, the log, and what the disk has synced".into(),
                "flushes and merges that take their time, filters, and writes that stall".into(),
                "what a crash leaves, and the log read again afterwards".into(),
            ],
            left_out: vec![
                "a block cache: an LSM reads a block each time; a B-tree only its leaf".into(),
                "requests and background work in each other's way on the disk".into(),
                "a flush is there at once and then takes its time: a crash in its middle loses nothing".into(),
            ],
        }
    }

    fn new(setup: &Setup<'_>) -> StorageEngine {
        let settings = &setup.settings;
        let knobs = Knobs::read(settings);
        let mut engine = StorageEngine {
            store: Box::new(knobs.build(settings)),
            desk: Desk::new(settings),
            knobs,
            keys: HashSet::with_hasher(FixedState::with_seed(0)),
            before: Counters::default(),
            term: 1,
            last: 0,
            unsynced: 0,
            stalled: VecDeque::new(),
            stalls: 0,
            is_flushing: false,
            merging: None,
            is_recovering: false,
        };
        let keys = 0..u64::from(settings.whole("keys"));
        engine.keys.extend(keys.clone());
        let rows = keys.map(|key| (key.to_be_bytes().to_vec(), knobs.row(0, 0)));
        match &mut *engine.store {
            AnyStore::Lsm(tree) => tree.load(rows),
            AnyStore::BTree(tree) => {
                // The ranges of the fields leave room for a row.
                rows.for_each(|(key, row)| drop(tree.put(&key, &row)));
                tree.flush();
            }
        }
        engine.before = engine.store.spent();
        engine
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let settings = &setup.settings;
        let Knobs { is_btree, buffer_bytes, value_bytes, .. } = self.knobs;
        self.knobs = Knobs { is_btree, buffer_bytes, value_bytes, ..Knobs::read(settings) };
        self.desk.retune(cx, settings);
        self.let_go(cx);
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        if self.is_recovering {
            cx.reply(call, Reply::plain(Status::Unavailable));
        } else if !self.desk.accept(cx, Job { call, request, reply: None, syncs: false }) {
            cx.reply(call, Reply::plain(Status::Overloaded));
        }
    }

    #[inline]
    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        match token & PURPOSE {
            DISK => self.finish(cx, token as u32),
            FLUSHED => {
                self.is_flushing = false;
                self.let_go(cx);
            }
            MERGED => self.end_merge(cx),
            RECOVERED => {
                self.is_recovering = false;
                self.begin_merge(cx);
            }
            _ => self.work(cx, token as u32),
        }
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.desk.abandon(cx);
        self.stalled.clear();
        (self.is_flushing, self.merging, self.unsynced) = (false, None, 0);
        let kept = cx.rng().below(self.knobs.buffer_bytes.max(1));
        let seed = cx.rng().below(u64::MAX);
        self.store.crash(match self.knobs.crash {
            0 => Crash::Clean,
            1 => Crash::Torn { kept },
            _ => Crash::Scattered { seed },
        });
    }

    /// Reads its log, which takes as long as the disk needs for it, and begins a new term with what is there.
    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        let (store, member) = (cx.home(), cx.me());
        self.keys.clear();
        let mut survived = 0;
        for (key, row) in self.store.scan(&[], None) {
            self.keys.insert(key.as_slice().try_into().map_or(0, u64::from_be_bytes));
            // Of writes in their order the last one that is there was the last of all.
            survived = read_row(&row).0.max(survived);
        }
        (self.term, self.last) = (self.term + 1, version_index(survived));
        self.is_recovering = true;
        let wait = cx.work(&self.knobs.time_for(self.store.waiting_bytes()));
        cx.timer(wait, RECOVERED);
        cx.record(Record::Promoted { store, member, term: self.term, version: survived });
    }

    fn summary(settings: &Settings<'_>) -> String {
        format!("{} · sync {}", settings.choice_name("engine"), settings.choice_name("sync"))
    }

    fn face(members: &[&StorageEngine], _glance: &Glance<'_>) -> Face {
        members.first().map_or(Face::Nothing, |me| me.inside())
    }

    fn gauges(members: &[&StorageEngine], _glance: &Glance<'_>) -> Vec<Option<f64>> {
        members.first().map_or_else(Vec::new, |me| me.readings())
    }

    fn role(&self) -> Text {
        self.doing()
    }
}
