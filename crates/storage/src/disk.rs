//! A disk as a value: what is written is seen at once, and survives a crash only from the next sync on.
//!
//! Each file keeps its writes since the last sync. A crash takes them back, all or in part, as the [`Crash`] says. The power can be
//! set to fail after a number of bytes ([`Disk::fail_after`]): from there on nothing reaches the disk and nobody is told, so that a
//! test can crash a store in the middle of any step that it makes.
//!
//! Creating, emptying and removing a file are at once and durable, as a journalling file system makes them.
//!
//! Cost: a write O(bytes), a sync O(1), a crash O(bytes since the sync). Source of the failure model: Pillai et al., "All File
//! Systems Are Not Created Equal", OSDI 2014, §2: appends may be torn, unsynced writes may be lost in any order.

use base::Rng;
use std::collections::BTreeMap;

/// What a crash leaves of the writes that no sync had covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// Nothing of them.
    Clean,
    /// Of each file the first so many bytes of them: the last write that is kept may be torn.
    Torn {
        /// Bytes kept, a file.
        kept: u64,
    },
    /// Each write by its own luck kept, lost, or torn: a disk may reorder what was not synced.
    Scattered {
        /// Seed of that luck.
        seed: u64,
    },
    /// The power failed while the last record of the log was written, although its sync was already asked for: half of that
    /// record is there, everything before it is.
    TearingLastRecord,
}

/// The number of a file.
pub type FileId = u32;

/// A write that no sync has covered.
#[derive(Clone, Debug)]
struct Pending {
    at: usize,
    old: Vec<u8>,
    new: Vec<u8>,
}

#[derive(Clone, Debug, Default)]
struct File {
    seen: Vec<u8>,
    pending: Vec<Pending>,
}

/// The disk.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    files: BTreeMap<FileId, File>,
    /// Bytes until the power fails; `None` is never.
    power: Option<u64>,
    written: u64,
    syncs: u64,
}

impl Disk {
    /// An empty disk with unlimited power.
    #[must_use]
    pub fn new() -> Disk {
        Disk::default()
    }

    /// Lets the power fail after `bytes` more bytes; a sync and a change of the folder cost one.
    pub fn fail_after(&mut self, bytes: u64) {
        self.power = Some(bytes);
    }

    /// Whether the power is still on, so that what returned did happen.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.power != Some(0)
    }

    /// Bytes written since the beginning.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Syncs since the beginning: what a commit waits for.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.syncs
    }

    /// Bytes that all files hold together.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.files.values().map(|file| file.seen.len() as u64).sum()
    }

    /// The files that exist, in order.
    pub fn files(&self) -> impl Iterator<Item = FileId> + '_ {
        self.files.keys().copied()
    }

    /// What a file holds; nothing if it does not exist.
    #[must_use]
    pub fn read(&self, file: FileId) -> &[u8] {
        self.files.get(&file).map_or(&[], |file| &file.seen)
    }

    /// Makes a file, or empties the one that is there.
    pub fn create(&mut self, file: FileId) {
        if self.spend(1) == 1 {
            self.files.insert(file, File::default());
        }
    }

    /// Removes a file, if it is there.
    pub fn remove(&mut self, file: FileId) {
        if self.spend(1) == 1 {
            self.files.remove(&file);
        }
    }

    /// Cuts a file off after `length` bytes. What of it was not synced counts as synced: the file system writes the new length after it.
    pub fn truncate(&mut self, file: FileId, length: u64) {
        if self.spend(1) == 1
            && let Some(file) = self.files.get_mut(&file)
        {
            file.seen.truncate(usize::try_from(length).unwrap_or(usize::MAX));
            file.pending.clear();
        }
    }

    /// Adds `bytes` at the end of a file.
    pub fn append(&mut self, file: FileId, bytes: &[u8]) {
        let end = self.read(file).len();
        self.write_at(file, end, bytes);
    }

    /// Writes `bytes` from position `at` on, which lies within the file or at its end; makes the file if there is none.
    pub fn write_at(&mut self, file: FileId, at: usize, bytes: &[u8]) {
        let room = self.spend(bytes.len() as u64) as usize;
        if room == 0 {
            return;
        }
        self.written += room as u64;
        let file = self.files.entry(file).or_default();
        assert!(at <= file.seen.len(), "a write at {at} leaves a hole behind {}", file.seen.len());
        let end = file.seen.len().min(at + room);
        let old = file.seen[at..end].to_vec();
        put(&mut file.seen, at, &bytes[..room]);
        file.pending.push(Pending { at, old, new: bytes[..room].to_vec() });
    }

    /// Makes everything written to a file so far survive a crash.
    pub fn sync(&mut self, file: FileId) {
        if self.spend(1) == 1 {
            self.syncs += 1;
            if let Some(file) = self.files.get_mut(&file) {
                file.pending.clear();
            }
        }
    }

    /// Takes back what was not synced, except for what the crash leaves; the power is on again.
    pub fn crash(&mut self, crash: Crash) {
        self.power = None;
        for (id, file) in &mut self.files {
            let pending = core::mem::take(&mut file.pending);
            for write in pending.iter().rev() {
                file.seen.truncate(file.seen.len() - (write.new.len() - write.old.len()));
                file.seen[write.at..write.at + write.old.len()].copy_from_slice(&write.old);
            }
            match crash {
                Crash::Clean | Crash::TearingLastRecord => {}
                Crash::Torn { kept } => keep_first(&mut file.seen, &pending, kept),
                Crash::Scattered { seed } => {
                    keep_by_luck(&mut file.seen, &pending, &mut Rng::stream(seed, &[u64::from(*id)]));
                }
            }
        }
    }

    /// As many of `bytes` as the power lasts for.
    fn spend(&mut self, bytes: u64) -> u64 {
        let Some(left) = &mut self.power else { return bytes };
        let spent = bytes.min(*left);
        *left -= spent;
        spent
    }
}

fn put(seen: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    // A write that was lost before this one leaves zeros.
    seen.resize(seen.len().max(at + bytes.len()), 0);
    seen[at..at + bytes.len()].copy_from_slice(bytes);
}

fn keep_first(seen: &mut Vec<u8>, pending: &[Pending], kept: u64) {
    let mut left = usize::try_from(kept).unwrap_or(usize::MAX);
    for write in pending {
        let part = write.new.len().min(left);
        put(seen, write.at, &write.new[..part]);
        left -= part;
        if left == 0 {
            return;
        }
    }
}

fn keep_by_luck(seen: &mut Vec<u8>, pending: &[Pending], rng: &mut Rng) {
    for write in pending {
        let part = match rng.below(3) {
            0 => 0,
            1 => write.new.len(),
            _ => rng.below(write.new.len() as u64 + 1) as usize,
        };
        if part > 0 {
            put(seen, write.at, &write.new[..part]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_crash_takes_back_exactly_what_was_not_synced() {
        let mut disk = Disk::new();
        disk.append(1, b"durable");
        disk.sync(1);
        disk.write_at(1, 3, b"XXXXXXXX");
        disk.append(1, b"more");
        assert_eq!(disk.read(1), b"durXXXXXXXXmore");
        let mut torn = disk.clone();
        torn.crash(Crash::Torn { kept: 5 });
        assert_eq!(torn.read(1), b"durXXXXX");
        disk.crash(Crash::Clean);
        assert_eq!(disk.read(1), b"durable");
    }

    #[test]
    fn nothing_reaches_the_disk_after_the_power_failed() {
        let mut disk = Disk::new();
        disk.fail_after(4);
        disk.append(1, b"abc");
        disk.sync(1);
        assert!(!disk.is_alive());
        disk.append(1, b"def");
        disk.remove(1);
        disk.crash(Crash::Torn { kept: u64::MAX });
        assert_eq!(disk.read(1), b"abc");
        disk.append(1, b"d");
        assert_eq!(disk.read(1), b"abcd", "the power is on again");
    }
}
