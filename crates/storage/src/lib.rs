//! Stores, and what stands around them: what survives a crash, and what a read, a write and a byte kept really cost.
//!
//! The disk is a value ([`Disk`]): it has explicit syncs, it can lose what was not synced, and tear what was being written. A
//! [`Store`] is an ordered map on it. The rules, which the suite in `tests/conformance.rs` holds over [`Engine::ALL`]:
//!
//! - its answers are those of an ordered map;
//! - after a crash at any byte it is the map of some moment between the last sync and the crash: nothing synced is lost, nothing comes
//!   back, and no write is kept whose predecessor is lost.
//!
//! ```
//! use storage::{Crash, Engine, Store};
//!
//! let mut store = Engine::Lsm.build();
//! store.put(b"a", b"1")?;
//! store.put(b"b", b"2")?;
//! store.crash(Crash::TearingLastRecord);
//! assert_eq!(store.get(b"a").as_deref(), Some(b"1".as_slice()));
//! assert_eq!(store.get(b"b"), None, "its record was torn, so its put had not returned");
//! # Ok::<(), storage::StoreError>(())
//! ```
//!
//! | | a write | a look-up | on disk | use it when |
//! |---|---|---|---|---|
//! | [`BTree`] | its record, and later its whole page twice | one page a level | pages two thirds full | reads and ranges matter |
//! | [`Lsm`] | its record, and later once a merge | memory, then run after run | old versions until merged | writes come in streams |
//!
//! Around them: [`table`] (secondary, composite and covering indexes), [`series`] and [`gorilla`] (time series by columns),
//! [`chunks`] (content-addressed, each once), [`erasure`] (any k of k + m pieces) and [`objects`] (where the pieces of chunks are),
//! [`checkpoint`] (of processes that talk), [`mvcc`] (snapshots) and [`locks`].
//!
//! Not for: real files. Nothing here does I/O, and everything a store knows is also in memory.
//!
//! To add a store: one file with its [`Store`], and one line in the list below.

mod btree;
pub mod checkpoint;
pub mod chunks;
mod codec;
mod disk;
pub mod erasure;
pub mod gorilla;
pub mod locks;
mod log;
mod lsm;
pub mod mvcc;
pub mod objects;
mod page;
mod run;
pub mod series;
pub mod table;

pub use btree::{BTree, BTreeConfig};
pub use disk::{Crash, Disk, FileId};
pub use log::{Log, Recovery};
pub use lsm::{Level, Lsm, LsmConfig, Merge, Shape, Tombstones};

use core::fmt;
use serde::{Deserialize, Serialize};

/// A key and its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// An ordered map that survives crashes. Keys and values are bytes; keys are ordered as bytes are.
pub trait Store {
    /// Gives `key` the value `value`. Refused if the store cannot hold so much; a refusal changes nothing.
    fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), StoreError>;

    /// Forgets `key`. Forgetting what is not there is no error.
    fn delete(&mut self, key: &[u8]) -> Result<(), StoreError>;

    /// The value of `key`. Takes the store mutably because it counts what it reads.
    fn get(&mut self, key: &[u8]) -> Option<Vec<u8>>;

    /// The keys from `from` on and before `to` with their values, in order; without `to` up to the end.
    fn scan(&mut self, from: &[u8], to: Option<&[u8]>) -> Vec<Pair>;

    /// Makes every write so far survive a crash: one sync of the log, if anything is to be synced.
    fn sync(&mut self);

    /// Moves what the log holds to where it stays (pages, or a run) and empties the log.
    fn flush(&mut self);

    /// Merges everything there is, down to the bottom. Nothing to do for a store that writes in place.
    fn compact(&mut self);

    /// Merges what lies above the bottom, and leaves the bottom alone. Nothing to do for a store that writes in place.
    fn compact_upper(&mut self);

    /// The machine fails and comes back: memory is gone, the disk keeps what `crash` leaves, and the store opens what it finds.
    fn crash(&mut self, crash: Crash) -> Recovery;

    /// What has been counted. Walks through everything, for the bytes that are live.
    fn counters(&self) -> Counters;

    /// What has been counted, except for the bytes that are live, which are left at 0. O(files).
    fn spent(&self) -> Counters;

    /// Bytes of writes that wait for the next flush: those of the memtable, or of the log. O(1).
    fn waiting_bytes(&self) -> u64;

    /// The disk, to look at its size or to let its power fail.
    fn disk(&mut self) -> &mut Disk;
}

/// What a store has counted: the three amplifications and what they are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Bytes of keys and values that were given to the store.
    pub bytes_given: u64,
    /// Bytes that were written to the disk for them.
    pub bytes_written: u64,
    /// Syncs of the disk.
    pub syncs: u64,
    /// Look-ups of one key.
    pub gets: u64,
    /// Pages or blocks that these look-ups read.
    pub blocks_read: u64,
    /// Runs that these look-ups need not read, because a filter or the range of keys said so.
    pub runs_skipped: u64,
    /// Bytes of the keys and values that are there now.
    pub bytes_live: u64,
    /// Bytes on the disk now.
    pub bytes_on_disk: u64,
}

impl Counters {
    /// Bytes written for a byte given; 0 before the first write.
    #[must_use]
    pub fn write_amplification(&self) -> f64 {
        ratio(self.bytes_written, self.bytes_given)
    }

    /// Pages or blocks read for a look-up; 0 before the first.
    #[must_use]
    pub fn read_amplification(&self) -> f64 {
        ratio(self.blocks_read, self.gets)
    }

    /// Bytes on the disk for a byte that is live; 0 when nothing is live.
    #[must_use]
    pub fn space_amplification(&self) -> f64 {
        ratio(self.bytes_on_disk, self.bytes_live)
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Why a store refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// A key with its value is larger than the store can hold.
    TooLarge {
        /// Bytes of both.
        bytes: u64,
        /// Bytes that it can hold.
        most: u64,
    },
    /// A setting is out of its range.
    Setting {
        /// Which one.
        field: &'static str,
        /// What it is.
        value: u64,
        /// The least it may be.
        least: u64,
        /// The most it may be.
        most: u64,
    },
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::TooLarge { bytes, most } => {
                write!(f, "a key and its value have {bytes} bytes, but may have at most {most}")
            }
            StoreError::Setting { field, value, least, most } => {
                write!(f, "`{field}` is {value}, but must be from {least} to {most}")
            }
        }
    }
}

impl core::error::Error for StoreError {}

pub(crate) fn within(field: &'static str, value: u64, least: u64, most: u64) -> Result<(), StoreError> {
    if (least..=most).contains(&value) { Ok(()) } else { Err(StoreError::Setting { field, value, least, most }) }
}

/// Makes the list of the family: names and help, and one type that holds any of them without dynamic dispatch.
macro_rules! family {
    ($($engine:ident($config:ident), $name:literal, $help:literal;)+) => {
        base::choices! {
            /// Which store; the list of the family.
            #[derive(Serialize, Deserialize)]
            #[serde(rename_all = "kebab-case")]
            pub enum Engine {
                $(#[serde(rename = $name)] $engine = $name, $help;)+
            }
        }

        impl Engine {
            /// The store with its usual settings, empty.
            #[must_use]
            pub fn build(self) -> AnyStore {
                match self {
                    $(Engine::$engine => AnyStore::$engine(
                        $engine::new($config::default()).expect("the usual settings are in their ranges"),
                    )),+
                }
            }
        }

        /// Any store, dispatched by `match`.
        #[derive(Clone, Debug)]
        pub enum AnyStore {
            $(#[doc = $help] $engine($engine),)+
        }

        impl Store for AnyStore {
            fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
                match self { $(AnyStore::$engine(store) => store.put(key, value)),+ }
            }
            fn delete(&mut self, key: &[u8]) -> Result<(), StoreError> {
                match self { $(AnyStore::$engine(store) => store.delete(key)),+ }
            }
            fn get(&mut self, key: &[u8]) -> Option<Vec<u8>> {
                match self { $(AnyStore::$engine(store) => store.get(key)),+ }
            }
            fn scan(&mut self, from: &[u8], to: Option<&[u8]>) -> Vec<Pair> {
                match self { $(AnyStore::$engine(store) => store.scan(from, to)),+ }
            }
            fn sync(&mut self) {
                match self { $(AnyStore::$engine(store) => store.sync()),+ }
            }
            fn flush(&mut self) {
                match self { $(AnyStore::$engine(store) => store.flush()),+ }
            }
            fn compact(&mut self) {
                match self { $(AnyStore::$engine(store) => store.compact()),+ }
            }
            fn compact_upper(&mut self) {
                match self { $(AnyStore::$engine(store) => store.compact_upper()),+ }
            }
            fn crash(&mut self, crash: Crash) -> Recovery {
                match self { $(AnyStore::$engine(store) => store.crash(crash)),+ }
            }
            fn counters(&self) -> Counters {
                match self { $(AnyStore::$engine(store) => store.counters()),+ }
            }
            fn spent(&self) -> Counters {
                match self { $(AnyStore::$engine(store) => store.spent()),+ }
            }
            fn waiting_bytes(&self) -> u64 {
                match self { $(AnyStore::$engine(store) => store.waiting_bytes()),+ }
            }
            fn disk(&mut self) -> &mut Disk {
                match self { $(AnyStore::$engine(store) => store.disk()),+ }
            }
        }
    };
}

family! {
    BTree(BTreeConfig), "btree", "A B-tree of fixed pages, written in place behind a log.";
    Lsm(LsmConfig), "lsm", "Sorted runs that are never changed, merged from time to time, behind a log.";
}
