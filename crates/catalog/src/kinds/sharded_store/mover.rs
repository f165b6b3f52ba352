//! The work of an old shard in a change of shards: copy, compare, repair, forget, in batches that take time and are confirmed.
//!
//! Which batch is next, and when it is safe to go on, the step machine in the front says. A batch is read, takes its time, is sent to
//! whom it concerns, and is sent again until everybody has confirmed it; a shard that is down is waited for.

use super::{MOVER, Row, Shift, ShardedStore};
use crate::kind::Cx;
use crate::kinds::Message;
use crate::shards::Task;
use base::{Delay, Span};
use std::sync::Arc;
use trace::Record;

/// Keys in one batch.
const BATCH: usize = 100;
/// How long confirmations are waited for before a batch is sent again, beyond the way there and back.
const AGAIN: Span = Span::from_millis(300);

/// What an old shard moves.
#[derive(Clone, Debug, Default)]
pub(super) struct Mover {
    /// Position, key and new shard of everything that goes elsewhere, in order.
    index: Vec<(u64, u64, u8)>,
    batch: Option<Batch>,
    /// The number of the timer that runs while both sides are kept.
    soak: Option<u64>,
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Copy { only_if_newer: bool },
    Compare,
    Repair { position: u64, serial: u64 },
}

#[derive(Clone, Debug)]
struct Batch {
    what: What,
    serial: u64,
    keys: u64,
    /// The last position that it covers.
    through: u64,
    /// For whom, and whether that one has still to confirm.
    parcels: Vec<(u8, Arc<Vec<Row>>, bool)>,
    is_sent: bool,
    differing: Vec<u64>,
}

impl Mover {
    /// A key that is written in two places has to be findable by its position.
    pub fn notice(&mut self, position: u64, key: u64, to: u8) {
        if let Err(place) = self.index.binary_search_by_key(&position, |entry| entry.0) {
            self.index.insert(place, (position, key, to));
        }
    }

    /// In a word.
    pub fn doing(&self) -> &'static str {
        match self.batch.as_ref().map(|batch| batch.what) {
            Some(What::Copy { .. }) => "copying",
            Some(What::Compare) => "comparing",
            Some(What::Repair { .. }) => "repairing",
            None if self.soak.is_some() => "keeping both",
            None => "waiting",
        }
    }

    /// The places in the index of the next batch from a position on, and the last position that it covers.
    fn next(&self, first: u64) -> (&[(u64, u64, u8)], u64) {
        let from = self.index.partition_point(|entry| entry.0 < first);
        let mut to = self.index.len().min(from + BATCH);
        // Keys of equal position stay together: progress is reported by position.
        while to > from && to < self.index.len() && self.index[to].0 == self.index[to - 1].0 {
            to += 1;
        }
        let through = if to == self.index.len() { u64::MAX } else { self.index[to - 1].0 };
        (&self.index[from..to], through)
    }

    fn at(&self, position: u64) -> &[(u64, u64, u8)] {
        let from = self.index.partition_point(|entry| entry.0 < position);
        let to = self.index.partition_point(|entry| entry.0 <= position);
        &self.index[from..to]
    }
}

impl ShardedStore {
    /// Begins this shard's part of a change, or goes on with it after a crash.
    pub(super) fn begin_moving(&mut self, cx: &mut Cx<'_>) {
        let (me, total) = (self.me(), self.table.len() as u64);
        let Some(front) = Self::front(cx) else { return };
        let is_again = front.has_begun(me);
        if !front.enter(me, total) {
            return;
        }
        // What comes out of the table in no order is put into one.
        let place = |(key, _): (&u64, &(u64, u64))| {
            let position = front.spread.position(*key);
            Some((position, *key, front.moves_to(position, me)? as u8))
        };
        let mut index: Vec<(u64, u64, u8)> = self.table.iter().filter_map(place).collect();
        index.sort_unstable();
        if !is_again {
            index.iter().for_each(|entry| front.count(me, u32::from(entry.2)));
        }
        let is_soaking = front.is_soaking(me);
        self.mover = Some(Box::new(Mover { index, batch: None, soak: None }));
        if is_soaking {
            self.soak(cx);
        }
        self.drive(cx);
    }

    fn soak(&mut self, cx: &mut Cx<'_>) {
        self.serial += 1;
        if let Some(mover) = &mut self.mover {
            mover.soak = Some(self.serial);
        }
        cx.timer(self.soak, MOVER | self.serial);
    }

    /// Does what is to be done next, if nothing is being done.
    pub(super) fn drive(&mut self, cx: &mut Cx<'_>) {
        let me = self.me();
        while let Some(mover) = self.mover.as_ref().filter(|mover| mover.batch.is_none()) {
            let Some(front) = Self::front(cx) else { return };
            let (what, (entries, through)) = match front.task(me) {
                Task::Copy { first, only_if_newer } => (What::Copy { only_if_newer }, mover.next(first)),
                Task::Compare { first } => (What::Compare, mover.next(first)),
                Task::Repair { position, serial } => {
                    (What::Repair { position, serial }, (mover.at(position), position))
                }
                Task::Soak => return self.soak(cx),
                Task::Wait => return,
                Task::Finish => return self.finish(cx),
            };
            let entries = entries.to_vec();
            self.begin_batch(cx, what, &entries, through);
        }
    }

    fn begin_batch(&mut self, cx: &mut Cx<'_>, what: What, entries: &[(u64, u64, u8)], through: u64) {
        let mut parcels: Vec<(u8, Vec<Row>)> = Vec::new();
        for (_, key, to) in entries {
            let Some((version, value)) = self.table.get(key).copied() else { continue };
            let row = (*key, version, value);
            match parcels.iter_mut().find(|(other, _)| other == to) {
                Some((_, rows)) => rows.push(row),
                None => parcels.push((*to, vec![row])),
            }
        }
        self.serial += 1;
        let keys = entries.len() as u64;
        let parcels: Vec<_> = parcels.into_iter().map(|(to, rows)| (to, Arc::new(rows), true)).collect();
        let (serial, is_empty) = (self.serial, parcels.is_empty());
        let batch = Batch { what, serial, keys, through, parcels, is_sent: false, differing: Vec::new() };
        if is_empty {
            self.report(cx, &batch);
            return;
        }
        if let Some(mover) = &mut self.mover {
            mover.batch = Some(batch);
        }
        let span = cx.work(&Delay::constant(Span::from_millis_f64(keys as f64 * 1_000.0 / self.pace)));
        cx.timer(span, MOVER | serial);
    }

    /// The batch has been read, or not been confirmed for too long; or both sides have been kept for long enough.
    pub(super) fn on_mover_timer(&mut self, cx: &mut Cx<'_>, serial: u64) {
        let Some(mover) = &mut self.mover else { return };
        match &mut mover.batch {
            Some(batch) if batch.serial == serial => {
                batch.is_sent = true;
                for (to, rows, _) in batch.parcels.iter().filter(|(_, _, is_open)| *is_open) {
                    let rows = Arc::clone(rows);
                    let message = match batch.what {
                        What::Copy { only_if_newer } => Shift::Rows { serial, rows, only_if_newer },
                        What::Compare => Shift::Compare { serial, rows },
                        What::Repair { .. } => Shift::Rows { serial, rows, only_if_newer: true },
                    };
                    cx.send(*to, Message::ShardedStore(message));
                }
                cx.timer(AGAIN + self.patience, MOVER | serial);
            }
            None if mover.soak == Some(serial) => {
                let me = self.me();
                if let Some(front) = Self::front(cx) {
                    front.soaked(me);
                }
                self.drive(cx);
            }
            _ => {}
        }
    }

    /// Somebody has taken, or compared, what is for it.
    pub(super) fn on_batch_done(&mut self, cx: &mut Cx<'_>, from: u8, serial: u64, differing: &[u64]) {
        let Some(batch) = self.mover.as_mut().and_then(|mover| mover.batch.as_mut()) else { return };
        if batch.serial != serial {
            return;
        }
        let Some(parcel) = batch.parcels.iter_mut().find(|(to, _, is_open)| *to == from && *is_open) else { return };
        parcel.2 = false;
        batch.differing.extend(differing);
        if batch.parcels.iter().any(|(_, _, is_open)| *is_open) {
            return;
        }
        if let Some(batch) = self.mover.as_mut().and_then(|mover| mover.batch.take()) {
            self.report(cx, &batch);
            self.drive(cx);
        }
    }

    fn report(&mut self, cx: &mut Cx<'_>, batch: &Batch) {
        let me = self.me();
        let Some(front) = Self::front(cx) else { return };
        match batch.what {
            What::Copy { .. } => front.copied(me, batch.through, batch.keys),
            What::Compare => {
                let positions: Vec<u64> = batch.differing.iter().map(|key| front.spread.position(*key)).collect();
                front.compared(me, batch.through, &positions);
            }
            What::Repair { position, serial } => front.repaired(me, position, serial),
        }
    }

    /// Its part is done: it forgets what is elsewhere now; after the last shard the change is complete.
    fn finish(&mut self, cx: &mut Cx<'_>) {
        let (store, me) = (cx.home(), self.me());
        self.mover = None;
        let Some(front) = Self::front(cx) else { return };
        self.table.retain(|key, _| front.moves_to(front.spread.position(*key), me).is_none());
        if let Some(change) = front.finish(me) {
            let (members, moved, astray, total, ideal) = (change.members, change.moved, change.astray, change.total, change.ideal);
            cx.record(Record::Resized { store, members, moved, astray, total, ideal });
        }
    }
}
