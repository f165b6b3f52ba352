//! The write-ahead log: records appended one after the other, each with its length and a checksum.
//!
//! ```text
//!   length  checksum  payload        checksum = CRC-32 of length and payload
//!   4       4         length bytes   a payload has at least one byte
//! ```
//!
//! The rule: what a sync covered is read back whole, in order. What came after it is read back as far as it is whole, and cut off
//! from the first record that is not: its length runs past the end, or its checksum is wrong. A record of no bytes is never
//! written, because eight zeros, which a lost write leaves, would look like one (the CRC-32 of nothing is 0).
//!
//! Cost: an append O(bytes), a recovery O(log). Source: Mohan et al., "ARIES", TODS 1992, for logging before writing; the torn tail
//! as in SQLite's and LevelDB's log formats.

use crate::disk::{Disk, FileId};

const HEADER: usize = 8;

/// The end of a log: where records are added.
#[derive(Clone, Debug)]
pub struct Log {
    file: FileId,
    /// Where the records begin, so that the last one is known.
    starts: Vec<u64>,
}

/// What a recovery found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Whole records that were read back.
    pub records: u64,
    /// Bytes behind them that were cut off.
    pub bytes_cut: u64,
}

impl Log {
    /// A new, empty log in `file`.
    #[must_use]
    pub fn create(disk: &mut Disk, file: FileId) -> Log {
        disk.create(file);
        Log { file, starts: Vec::new() }
    }

    /// Opens the log in `file` after a crash: its whole records in order, and the log ready for more.
    pub fn recover(disk: &mut Disk, file: FileId) -> (Log, Vec<Vec<u8>>, Recovery) {
        let bytes = disk.read(file);
        let (mut at, mut starts, mut records) = (0, Vec::new(), Vec::new());
        while let Some(payload) = record_at(bytes, at) {
            starts.push(at as u64);
            records.push(payload.to_vec());
            at += HEADER + payload.len();
        }
        let recovery = Recovery { records: records.len() as u64, bytes_cut: (bytes.len() - at) as u64 };
        if recovery.bytes_cut > 0 {
            // Otherwise the next records would stand behind garbage and never be found.
            disk.truncate(file, at as u64);
        }
        (Log { file, starts }, records, recovery)
    }

    /// Adds a record of at least one byte; it survives a crash from the next sync on.
    pub fn append(&mut self, disk: &mut Disk, payload: &[u8]) {
        assert!(!payload.is_empty(), "a record of no bytes could not be told from a lost write");
        self.starts.push(disk.read(self.file).len() as u64);
        disk.append(self.file, &encode(payload));
    }

    /// Makes everything appended so far survive a crash.
    pub fn sync(&self, disk: &mut Disk) {
        disk.sync(self.file);
    }

    /// Forgets all records.
    pub fn clear(&mut self, disk: &mut Disk) {
        disk.truncate(self.file, 0);
        self.starts.clear();
    }

    /// Leaves half of the last record, as a power failure in the middle of its write does.
    pub fn tear_last(&self, disk: &mut Disk) {
        let length = disk.read(self.file).len() as u64;
        if let Some(start) = self.starts.last().filter(|start| **start < length) {
            disk.truncate(self.file, start + (length - start) / 2);
        }
    }

    /// The last record, if it is whole.
    #[must_use]
    pub fn last<'a>(&self, disk: &'a Disk) -> Option<&'a [u8]> {
        self.starts.last().and_then(|start| record_at(disk.read(self.file), *start as usize))
    }

    /// Bytes in the log.
    #[must_use]
    pub fn length(&self, disk: &Disk) -> u64 {
        disk.read(self.file).len() as u64
    }
}

/// A record as it lies on the disk.
#[must_use]
pub(crate) fn encode(payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_le_bytes();
    let mut bytes = Vec::with_capacity(HEADER + payload.len());
    bytes.extend_from_slice(&length);
    bytes.extend_from_slice(&checksum(&length, payload).to_le_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// The payload of the record that begins at `at`, if a whole one does.
#[must_use]
pub(crate) fn record_at(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let header = bytes.get(at..at + HEADER)?;
    let (length, sum) = header.split_first_chunk::<4>()?;
    let size = u32::from_le_bytes(*length) as usize;
    let payload = bytes.get(at + HEADER..(at + HEADER).checked_add(size)?)?;
    let is_whole = size > 0 && sum == checksum(length, payload).to_le_bytes();
    is_whole.then_some(payload)
}

fn checksum(length: &[u8; 4], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(length);
    hasher.update(payload);
    hasher.finalize()
}
