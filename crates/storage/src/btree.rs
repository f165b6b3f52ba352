//! A B-tree of fixed pages (a B+tree: values only in the leaves), written in place behind a write-ahead log.
//!
//! ```text
//!   put ─▶ log: (put k v), synced ─▶ page in memory, dirty
//!   flush ─▶ log: image of every dirty page, then "checkpoint", synced ─▶ the pages in place, synced ─▶ log emptied
//! ```
//!
//! The rule: a page is overwritten only when its new image is safe in the log, so that a write that tears it can be repeated
//! (Mohan et al., "ARIES", TODS 1992; full-page images as in PostgreSQL's `full_page_writes`). Between two checkpoints the log holds
//! writes, not pages: the pages on the disk are the tree of the last checkpoint, and the log's writes lead from there to now.
//!
//! A page that overflows splits in the middle, by bytes; one that falls under a quarter joins its neighbour, and splits again if both
//! are too much for one page. So every page but the root is at least a quarter full.
//!
//! Cost: O(log n) pages a look-up or a write; a flush two pages for each that changed. Source: Bayer and McCreight, 1972; Comer,
//! "The Ubiquitous B-Tree", Computing Surveys 1979.

use crate::codec::{Bytes, Reader, decode_write, encode_write, write_u32};
use crate::disk::{Crash, Disk, FileId};
use crate::log::{Log, Recovery};
use crate::page::{ENTRY, HEAD, Page, PageId, seal, unsealed};
use crate::{Counters, Pair, Store, StoreError, within};
use std::collections::BTreeSet;

const LOG: FileId = 0;
const PAGES: FileId = 1;
/// First byte of the log's records beside those of a write (0 and 1).
const IMAGE: u8 = 2;
const CHECKPOINT: u8 = 3;
/// Where a checkpoint's images begin: those of one that was cut short before it are not its own.
const BEGIN: u8 = 4;

/// Settings of a B-tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BTreeConfig {
    /// Bytes of a page, from 128 to 1 MiB; a key with its value may have a quarter of it. Usual: 4096.
    pub page_bytes: u32,
    /// Bytes of the log at which it is flushed by itself; at least 1. Usual: 1 MiB.
    pub log_bytes: u64,
    /// Writes after which the log is synced by itself; 1 is each, 0 is never. Usual: 1.
    pub sync_every: u32,
}

impl Default for BTreeConfig {
    fn default() -> BTreeConfig {
        BTreeConfig { page_bytes: 4096, log_bytes: 1 << 20, sync_every: 1 }
    }
}

/// The tree.
#[derive(Clone, Debug)]
pub struct BTree {
    config: BTreeConfig,
    disk: Disk,
    log: Log,
    unsynced: u32,
    /// Every page, by its number; 0 is the header and stays free here.
    pages: Vec<Page>,
    free: Vec<PageId>,
    dirty: BTreeSet<PageId>,
    root: PageId,
    counters: Counters,
}

impl BTree {
    /// An empty tree on an empty disk. Refused if a setting is out of its range.
    pub fn new(config: BTreeConfig) -> Result<BTree, StoreError> {
        within("page_bytes", u64::from(config.page_bytes), 128, 1 << 20)?;
        within("log_bytes", config.log_bytes, 1, u64::MAX)?;
        let mut disk = Disk::new();
        let log = Log::create(&mut disk, LOG);
        disk.create(PAGES);
        let (pages, root) = (vec![Page::Free, Page::Leaf(Vec::new())], 1);
        let counters = Counters::default();
        let (free, dirty) = (Vec::new(), BTreeSet::from([root]));
        Ok(BTree { config, disk, log, unsynced: 0, pages, free, dirty, root, counters })
    }

    /// Levels from the root to the leaves: what a look-up reads.
    #[must_use]
    pub fn depth(&self) -> u32 {
        let mut depth = 1;
        let mut at = self.root;
        while let Page::Inner { children, .. } = self.page(at) {
            at = children[0];
            depth += 1;
        }
        depth
    }

    /// Pages in the tree.
    #[must_use]
    pub fn page_count(&self) -> u64 {
        (self.pages.len() - 1 - self.free.len()) as u64
    }

    /// Pages that have changed since the last flush, which writes each of them twice.
    #[must_use]
    pub fn dirty_count(&self) -> u64 {
        self.dirty.len() as u64
    }

    /// Bytes in use of all bytes of the tree's pages: 0 to 1.
    #[must_use]
    pub fn fill(&self) -> f64 {
        let used: usize = self.pages.iter().filter(|page| **page != Page::Free).map(Page::size).sum();
        used as f64 / (self.page_count() * u64::from(self.config.page_bytes)) as f64
    }

    fn page(&self, id: PageId) -> &Page {
        &self.pages[id as usize]
    }

    fn change(&mut self, id: PageId) -> &mut Page {
        self.dirty.insert(id);
        &mut self.pages[id as usize]
    }

    /// Which child of `id` a key belongs to; `None` for a leaf.
    fn child(&self, id: PageId, key: &[u8]) -> Option<(usize, PageId)> {
        match self.page(id) {
            Page::Inner { keys, children } => {
                let slot = keys.partition_point(|parting| parting.as_slice() <= key);
                Some((slot, children[slot]))
            }
            _ => None,
        }
    }

    fn log_and_apply(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), StoreError> {
        let most = (self.config.page_bytes as usize - HEAD) / 4 - ENTRY;
        let bytes = key.len() + value.map_or(0, <[u8]>::len);
        if bytes > most {
            return Err(StoreError::TooLarge { bytes: bytes as u64, most: most as u64 });
        }
        self.counters.bytes_given += bytes as u64;
        self.log.append(&mut self.disk, &encode_write(key, value));
        self.unsynced += 1;
        if self.config.sync_every > 0 && self.unsynced >= self.config.sync_every {
            self.sync();
        }
        self.apply(key, value);
        if self.log.length(&self.disk) >= self.config.log_bytes {
            self.flush();
        }
        Ok(())
    }

    /// Makes the change in the pages, and mends them from the leaf to the root.
    fn apply(&mut self, key: &[u8], value: Option<&[u8]>) {
        let (mut path, mut at) = (Vec::new(), self.root);
        while let Some((slot, child)) = self.child(at, key) {
            path.push((at, slot));
            at = child;
        }
        let Page::Leaf(entries) = self.page(at) else { unreachable!("a page without children is a leaf") };
        let found = entries.binary_search_by(|(known, _)| known.as_slice().cmp(key));
        if found.is_err() && value.is_none() {
            return;
        }
        let Page::Leaf(entries) = self.change(at) else { unreachable!("it was a leaf") };
        match (found, value) {
            (Ok(place), Some(value)) => entries[place].1 = value.to_vec(),
            (Ok(place), None) => drop(entries.remove(place)),
            (Err(place), Some(value)) => entries.insert(place, (key.to_vec(), value.to_vec())),
            (Err(_), None) => unreachable!("nothing to delete"),
        }
        for (parent, slot) in path.into_iter().rev() {
            self.settle(parent, slot);
        }
        self.settle_root();
    }

    /// Brings a child that is too full or too empty within its bounds, at the cost of its parent.
    fn settle(&mut self, parent: PageId, slot: usize) {
        let Page::Inner { keys, children } = self.page(parent) else { unreachable!("a parent has children") };
        let (id, neighbours) = (children[slot], keys.len());
        let size = self.page(id).size();
        if size > self.config.page_bytes as usize {
            self.split_child(parent, slot);
        } else if size < self.config.page_bytes as usize / 4 && neighbours > 0 {
            self.join_children(parent, slot.min(neighbours - 1));
        }
    }

    fn split_child(&mut self, parent: PageId, slot: usize) {
        let Page::Inner { children, .. } = self.page(parent) else { unreachable!("a parent has children") };
        let (parting, upper) = self.change(children[slot]).split();
        let id = self.allocate(upper);
        let Page::Inner { keys, children } = self.change(parent) else { unreachable!("a parent has children") };
        keys.insert(slot, parting);
        children.insert(slot + 1, id);
    }

    /// Joins the children at `slot` and `slot + 1`, and splits them again if they are too much for one page.
    fn join_children(&mut self, parent: PageId, slot: usize) {
        let Page::Inner { keys, children } = self.change(parent) else { unreachable!("a parent has children") };
        let (parting, right) = (keys.remove(slot), children.remove(slot + 1));
        let left = children[slot];
        let right_page = core::mem::replace(&mut self.pages[right as usize], Page::Free);
        self.dirty.remove(&right);
        self.free.push(right);
        self.change(left).merge(parting, right_page);
        if self.page(left).size() > self.config.page_bytes as usize {
            self.split_child(parent, slot);
        }
    }

    fn settle_root(&mut self) {
        if self.page(self.root).size() > self.config.page_bytes as usize {
            let above = Page::Inner { keys: Vec::new(), children: vec![self.root] };
            self.root = self.allocate(above);
            self.split_child(self.root, 0);
        }
        let only = match self.page(self.root) {
            Page::Inner { keys, children } if keys.is_empty() => children[0],
            _ => return,
        };
        let old = core::mem::replace(&mut self.root, only);
        self.pages[old as usize] = Page::Free;
        self.dirty.remove(&old);
        self.free.push(old);
    }

    fn allocate(&mut self, page: Page) -> PageId {
        let id = self.free.pop().unwrap_or(self.pages.len() as PageId);
        if id as usize == self.pages.len() {
            self.pages.push(Page::Free);
        }
        *self.change(id) = page;
        id
    }

    fn header(&self) -> Bytes {
        let mut bytes = Vec::with_capacity(self.config.page_bytes as usize);
        for number in [0, self.root, self.pages.len() as u32] {
            write_u32(&mut bytes, number);
        }
        bytes.resize(self.config.page_bytes as usize, 0);
        seal(&mut bytes);
        bytes
    }

    /// Writes an image to its place, filling the file up to there with zeros if it is shorter.
    fn write_page(&mut self, id: PageId, image: &[u8]) {
        let at = id as usize * self.config.page_bytes as usize;
        let end = self.disk.read(PAGES).len();
        if end < at {
            self.disk.append(PAGES, &vec![0; at - end]);
        }
        // A failed power leaves the file short; what is written then reaches nothing anyway.
        if self.disk.read(PAGES).len() >= at {
            self.disk.write_at(PAGES, at, image);
        }
    }

    /// Replays the log: images up to the last checkpoint in it, then the writes after that.
    fn replay(&mut self, records: &[Bytes]) {
        let after = records.iter().rposition(|record| record[0] == CHECKPOINT).map_or(0, |at| at + 1);
        let begin = records[..after].iter().rposition(|record| record[0] == BEGIN).unwrap_or(0);
        let mut has_images = false;
        for record in records[begin..after].iter().filter(|record| record[0] == IMAGE) {
            let mut reader = Reader(&record[1..]);
            let id = reader.u32().expect("a record with a right checksum is as it was written");
            self.write_page(id, reader.0);
            has_images = true;
        }
        if has_images {
            self.disk.sync(PAGES);
        }
        self.load();
        for record in records[after..].iter().filter(|record| record[0] < IMAGE) {
            let (key, value) =
                decode_write(&mut Reader(record)).expect("a record with a right checksum is as it was written");
            self.apply(key, value);
        }
    }

    /// Reads the tree that the pages on the disk hold. What the root does not reach is free.
    fn load(&mut self) {
        (self.pages, self.root) = (vec![Page::Free, Page::Leaf(Vec::new())], 1);
        self.dirty = BTreeSet::from([1]);
        self.free.clear();
        let size = self.config.page_bytes as usize;
        let image = |id: PageId| self.disk.read(PAGES).get(id as usize * size..(id as usize + 1) * size);
        let Some(mut header) = image(0).and_then(unsealed).map(Reader) else { return };
        let (Some(root), Some(count)) = (header.u32(), header.u32()) else { return };
        let mut pages = vec![Page::Free; count as usize];
        let mut open = vec![root];
        while let Some(id) = open.pop() {
            let page =
                image(id).and_then(Page::decode).expect("a page is overwritten only when its image is in the log");
            if let Page::Inner { children, .. } = &page {
                open.extend(children);
            }
            pages[id as usize] = page;
        }
        self.free = (1..count).filter(|id| pages[*id as usize] == Page::Free).collect();
        (self.pages, self.root) = (pages, root);
        self.dirty.clear();
    }

    fn collect(&self, id: PageId, from: &[u8], to: Option<&[u8]>, out: &mut Vec<Pair>) {
        match self.page(id) {
            Page::Free => unreachable!("a free page is in no tree"),
            Page::Leaf(entries) => {
                let begin = entries.partition_point(|(key, _)| key.as_slice() < from);
                let end = to.map_or(entries.len(), |to| entries.partition_point(|(key, _)| key.as_slice() < to));
                out.extend_from_slice(&entries[begin..end.max(begin)]);
            }
            Page::Inner { keys, children } => {
                let begin = keys.partition_point(|key| key.as_slice() <= from);
                let end = to.map_or(keys.len(), |to| keys.partition_point(|key| key.as_slice() < to));
                for child in &children[begin..=end.max(begin)] {
                    self.collect(*child, from, to, out);
                }
            }
        }
    }
}

impl Store for BTree {
    fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.log_and_apply(key, Some(value))
    }

    fn delete(&mut self, key: &[u8]) -> Result<(), StoreError> {
        self.log_and_apply(key, None)
    }

    fn get(&mut self, key: &[u8]) -> Option<Vec<u8>> {
        self.counters.gets += 1;
        self.counters.blocks_read += 1;
        let mut at = self.root;
        while let Some((_, child)) = self.child(at, key) {
            at = child;
            self.counters.blocks_read += 1;
        }
        let Page::Leaf(entries) = self.page(at) else { unreachable!("a page without children is a leaf") };
        let place = entries.binary_search_by(|(known, _)| known.as_slice().cmp(key)).ok()?;
        Some(entries[place].1.clone())
    }

    fn scan(&mut self, from: &[u8], to: Option<&[u8]>) -> Vec<Pair> {
        let mut out = Vec::new();
        self.collect(self.root, from, to, &mut out);
        out
    }

    fn sync(&mut self) {
        if self.unsynced > 0 {
            self.log.sync(&mut self.disk);
            self.unsynced = 0;
        }
    }

    fn flush(&mut self) {
        if self.log.length(&self.disk) == 0 {
            return;
        }
        let size = self.config.page_bytes as usize;
        let mut images = vec![(0, self.header())];
        images.extend(self.dirty.iter().map(|id| (*id, self.page(*id).encode(size))));
        self.log.append(&mut self.disk, &[BEGIN]);
        for (id, image) in &images {
            let record = [&[IMAGE][..], &id.to_le_bytes(), image].concat();
            self.log.append(&mut self.disk, &record);
        }
        self.log.append(&mut self.disk, &[CHECKPOINT]);
        self.log.sync(&mut self.disk);
        self.unsynced = 0;
        for (id, image) in &images {
            self.write_page(*id, image);
        }
        self.disk.sync(PAGES);
        self.log.clear(&mut self.disk);
        self.dirty.clear();
    }

    fn compact(&mut self) {}

    fn compact_upper(&mut self) {}

    fn crash(&mut self, crash: Crash) -> Recovery {
        self.disk.crash(crash);
        // A checkpoint that the pages follow has been written whole before them.
        let is_write = self.log.last(&self.disk).is_some_and(|record| record[0] < IMAGE);
        if crash == Crash::TearingLastRecord && is_write {
            self.log.tear_last(&mut self.disk);
        }
        let (log, records, recovery) = Log::recover(&mut self.disk, LOG);
        (self.log, self.unsynced) = (log, 0);
        self.replay(&records);
        recovery
    }

    fn counters(&self) -> Counters {
        let live = |page: &Page| match page {
            Page::Leaf(entries) => entries.iter().map(|(key, value)| key.len() + value.len()).sum(),
            _ => 0,
        };
        Counters { bytes_live: self.pages.iter().map(live).sum::<usize>() as u64, ..self.spent() }
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
        self.log.length(&self.disk)
    }

    fn disk(&mut self) -> &mut Disk {
        &mut self.disk
    }
}
