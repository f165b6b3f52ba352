//! A run of an LSM tree (an SSTable): writes sorted by key, never changed, with a Bloom filter and the range of its keys before it.
//!
//! ```text
//!   look-up ─▶ within first..=last? ─▶ filter: perhaps? ─▶ read the one block that can hold it
//! ```
//!
//! The filter (Bloom, CACM 1970) has `bits_per_key` bits a key and ln 2 times as many hashes (Kirsch and Mitzenmacher, 2006: two
//! hashes make all of them); at 10 bits about one look-up in a hundred is told "perhaps" in vain.
//!
//! Cost: a look-up O(log entries), at most one block read.

use crate::codec::{Bytes, Reader, decode_write, encode_write, write_u32};
use crate::disk::{Disk, FileId};
use crate::page::{seal, unsealed};
use base::stable_hash_u64;
use std::sync::Arc;

/// A key, and its value or `None` where it was deleted: a tombstone.
pub(crate) type Entry = (Bytes, Option<Bytes>);

#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub file: FileId,
    pub bytes: u64,
    pub entries: Arc<[Entry]>,
    filter: Arc<[u64]>,
    hashes: u32,
}

/// What a run says about a key.
pub(crate) enum Found<'a> {
    /// It is not here, and nothing was read to know it.
    Skipped,
    /// A block was read, and it is not there.
    Absent,
    /// A block was read: its value, or that it was deleted.
    Entry(Option<&'a [u8]>),
}

impl Run {
    /// Writes a run of at least one entry to `file` and syncs it.
    pub fn write(disk: &mut Disk, file: FileId, entries: Vec<Entry>, bits_per_key: u32) -> Run {
        let mut bytes = vec![0; 4];
        write_u32(&mut bytes, entries.len() as u32);
        for (key, value) in &entries {
            bytes.extend(encode_write(key, value.as_deref()));
        }
        seal(&mut bytes);
        disk.create(file);
        disk.append(file, &bytes);
        disk.sync(file);
        Run::of(file, bytes.len() as u64, entries, bits_per_key)
    }

    /// Reads a run; `None` if it is not whole.
    pub fn read(disk: &Disk, file: FileId, bits_per_key: u32) -> Option<Run> {
        let bytes = disk.read(file);
        let mut reader = Reader(unsealed(bytes)?);
        let count = reader.u32()?;
        let mut entry = || {
            let (key, value) = decode_write(&mut reader)?;
            Some((key.to_vec(), value.map(<[u8]>::to_vec)))
        };
        let entries = (0..count).map(|_| entry()).collect::<Option<Vec<Entry>>>()?;
        Some(Run::of(file, bytes.len() as u64, entries, bits_per_key))
    }

    fn of(file: FileId, bytes: u64, entries: Vec<Entry>, bits_per_key: u32) -> Run {
        let hashes = (f64::from(bits_per_key) * core::f64::consts::LN_2 + 0.5) as u32;
        let words = (entries.len() as u64 * u64::from(bits_per_key)).div_ceil(64);
        let mut filter = vec![0_u64; words as usize];
        for (key, _) in &entries {
            for bit in bits(key, hashes, words * 64) {
                filter[(bit / 64) as usize] |= 1 << (bit % 64);
            }
        }
        Run { file, bytes, entries: entries.into(), filter: filter.into(), hashes }
    }

    /// Its least key; `None` of a run without entries, which none is.
    pub fn first(&self) -> Option<&Bytes> {
        self.entries.first().map(|(key, _)| key)
    }

    fn last(&self) -> Option<&Bytes> {
        self.entries.last().map(|(key, _)| key)
    }

    /// Whether some key may be in both.
    pub fn overlaps(&self, other: &Run) -> bool {
        self.first() <= other.last() && other.first() <= self.last()
    }

    pub fn get(&self, key: &[u8]) -> Found<'_> {
        let is_outside = |(first, _): &Entry, (last, _): &Entry| key < first.as_slice() || key > last.as_slice();
        let size = self.filter.len() as u64 * 64;
        let is_out = self.entries.first().zip(self.entries.last()).is_none_or(|(first, last)| is_outside(first, last));
        let is_told =
            || bits(key, self.hashes, size).all(|bit| self.filter[(bit / 64) as usize] >> (bit % 64) & 1 == 1);
        if is_out || (size > 0 && !is_told()) {
            return Found::Skipped;
        }
        match self.entries.binary_search_by(|(known, _)| known.as_slice().cmp(key)) {
            Ok(at) => Found::Entry(self.entries[at].1.as_deref()),
            Err(_) => Found::Absent,
        }
    }

    /// The entries from `from` on and before `to`.
    pub fn range(&self, from: &[u8], to: Option<&[u8]>) -> &[Entry] {
        let begin = self.entries.partition_point(|(key, _)| key.as_slice() < from);
        let end = to.map_or(self.entries.len(), |to| self.entries.partition_point(|(key, _)| key.as_slice() < to));
        &self.entries[begin..end.max(begin)]
    }
}

fn bits(key: &[u8], hashes: u32, size: u64) -> impl Iterator<Item = u64> {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3);
    let first = stable_hash_u64(key.iter().fold(0xCBF2_9CE4_8422_2325, step));
    let second = stable_hash_u64(first) | 1;
    (0..u64::from(hashes)).map(move |i| first.wrapping_add(i.wrapping_mul(second)) % size)
}

/// Merges runs, the newest first, to one: of each key the newest write. Each step takes the least key of all.
pub(crate) fn merge<'a>(newest_first: impl Iterator<Item = &'a [Entry]>) -> Vec<Entry> {
    let mut rest: Vec<&[Entry]> = newest_first.collect();
    let mut merged = Vec::with_capacity(rest.iter().map(|run| run.len()).sum());
    loop {
        let heads = rest.iter().filter_map(|run| run.first());
        // Of equal keys `min_by` takes the first, which is the newest.
        let Some(least) = heads.min_by(|a, b| a.0.cmp(&b.0)) else { return merged };
        for run in &mut rest {
            if run.first().is_some_and(|(key, _)| *key == least.0) {
                *run = &run[1..];
            }
        }
        merged.push(least.clone());
    }
}
