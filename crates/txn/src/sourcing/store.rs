//! Streams of events in one log, with snapshots.

use core::fmt;
use std::collections::BTreeMap;

/// One event, where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Whose.
    pub stream: u64,
    /// The how-manieth of its stream, from 1.
    pub version: u64,
    /// What happened: an account was given this, or less.
    pub amount: i64,
}

/// The fold of a stream's first events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// How many events are in it.
    pub version: u64,
    /// What they come to.
    pub balance: i64,
}

/// The stream went on since the command was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The version that the command was decided on.
    pub expected: u64,
    /// The version that the stream has.
    pub found: u64,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "decided on version {}; the stream is at version {}", self.expected, self.found)
    }
}

impl core::error::Error for Conflict {}

/// The events, and shortcuts to their sums.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Store {
    log: Vec<Recorded>,
    /// Places in the log, by stream.
    streams: BTreeMap<u64, Vec<u64>>,
    snapshots: BTreeMap<u64, Snapshot>,
    snapshot_every: u64,
}

impl Store {
    /// An empty store that takes a snapshot of a stream every `snapshot_every` events; 0 takes none.
    #[must_use]
    pub fn new(snapshot_every: u64) -> Store {
        Store { snapshot_every, ..Store::default() }
    }

    /// Appends an event that was decided on version `expected`. Gives the new version.
    pub fn append(&mut self, stream: u64, expected: u64, amount: i64) -> Result<u64, Conflict> {
        let found = self.version(stream);
        if found != expected {
            return Err(Conflict { expected, found });
        }
        let version = found + 1;
        self.streams.entry(stream).or_default().push(self.log.len() as u64);
        self.log.push(Recorded { stream, version, amount });
        if self.snapshot_every != 0 && version.is_multiple_of(self.snapshot_every) {
            let balance = self.balance(stream);
            self.snapshots.insert(stream, Snapshot { version, balance });
        }
        Ok(version)
    }

    /// How many events a stream has.
    #[must_use]
    pub fn version(&self, stream: u64) -> u64 {
        self.streams.get(&stream).map_or(0, |places| places.len() as u64)
    }

    /// The state of a stream: its snapshot, and the events after it.
    #[must_use]
    pub fn balance(&self, stream: u64) -> i64 {
        let snapshot = self.snapshot(stream);
        self.folded(stream, snapshot.balance, snapshot.version)
    }

    /// The state without snapshots: every event from the first.
    #[must_use]
    pub fn replayed(&self, stream: u64) -> i64 {
        self.folded(stream, 0, 0)
    }

    /// A mistake, named: the snapshot, and then every event again, because the snapshot does not say how far it reaches.
    #[must_use]
    pub fn balance_of_unversioned_snapshot(&self, stream: u64) -> i64 {
        self.folded(stream, self.snapshot(stream).balance, 0)
    }

    fn folded(&self, stream: u64, balance: i64, skip: u64) -> i64 {
        let places = self.streams.get(&stream).map_or(&[][..], Vec::as_slice);
        let after = places.iter().skip(skip as usize).map(|place| self.log[*place as usize].amount);
        after.fold(balance, i64::saturating_add)
    }

    /// The latest snapshot of a stream; of none, the empty one.
    #[must_use]
    pub fn snapshot(&self, stream: u64) -> Snapshot {
        self.snapshots.get(&stream).copied().unwrap_or_default()
    }

    /// How many events have to be folded to know a stream's state.
    #[must_use]
    pub fn to_fold(&self, stream: u64) -> u64 {
        self.version(stream) - self.snapshot(stream).version
    }

    /// The event at a position of the log, from 0.
    #[must_use]
    pub fn at(&self, position: u64) -> Option<Recorded> {
        self.log.get(usize::try_from(position).ok()?).copied()
    }

    /// How many events there are.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.log.len() as u64
    }
}
