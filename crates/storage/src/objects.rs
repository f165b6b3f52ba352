//! Where objects are: which chunks each has, on whose disks the pieces of a chunk lie, and which of them have to be made anew.
//!
//! ```text
//!   object 7, version 3 ── chunk 12 ── piece 0 at member 1 · piece 1 at 4 · piece 2 at 6      whole
//!                      └── chunk 15 ── piece 0 at member 2 · piece 1 at 5 ✗ down · piece 2 at 7      short of one: next to be repaired
//! ```
//!
//! The rules: an object is a list of chunks, and is there once all of them have enough pieces on disks ([`Objects::commit`]). Chunks
//! are named by content and kept once, however many objects name them. What nobody names is garbage, and is taken away by a sweep only
//! when it has not been touched for a while: an upload that is going on, or is begun again, finds the pieces that it has sent. Of the
//! chunks that are short of pieces, those with the fewest left are repaired first.
//!
//! Cost: O(log chunks) an operation on a chunk; O(chunks) when a member goes or comes back, and a sweep. It holds no bytes: it is
//! what a metadata server knows. Source: Ghemawat et al., "The Google File System", SOSP 2003, §4.3 (order of repair) and §4.4
//! (garbage); Muralidhar et al., "f4", OSDI 2014.

use crate::chunks::ChunkId;
use crate::erasure::Erasure;
use base::Time;
use std::collections::{BTreeMap, BTreeSet};

/// Where a piece is, or will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The member.
    pub member: u16,
    /// Which of its disks: it has a new one, with another number, when it lost the old.
    pub disk: u32,
    /// Whether it is there already.
    pub is_held: bool,
}

/// One chunk.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// Its name.
    pub name: ChunkId,
    /// Its length.
    pub bytes: u32,
    /// By piece, where it is.
    pub places: Vec<Option<Place>>,
    /// How often objects name it.
    uses: u32,
    touched: Time,
    /// Since when a piece of it is being made anew.
    repairing: Option<Time>,
}

/// One object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// The version; orders the writes of a key.
    pub version: u64,
    /// What the writer calls this write.
    pub write: u64,
    /// How often it has been written.
    pub revision: u32,
    /// Its chunks in order.
    pub chunks: Vec<u32>,
    /// Of some chunk too few pieces are left on any disk.
    pub is_lost: bool,
}

/// What an upload has to send of a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The number of the chunk.
    pub chunk: u32,
    /// Pieces that are not there yet, and where they go.
    pub send: Vec<(u16, u16)>,
    /// Pieces that are there.
    pub held: u16,
}

/// A piece that has to be made anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// Of this chunk.
    pub chunk: u32,
    /// This one.
    pub piece: u16,
    /// Where it was, if anywhere.
    pub from: Option<u16>,
}

/// An object that is not there yet: of this chunk too few pieces are on disks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotThere {
    /// The chunk.
    pub chunk: u32,
}

/// The index of an object store.
#[derive(Clone, Debug)]
pub struct Objects {
    code: Erasure,
    objects: BTreeMap<u64, Object>,
    chunks: BTreeMap<u32, Chunk>,
    names: BTreeMap<ChunkId, u32>,
    next: u32,
    down: BTreeSet<u16>,
    /// Chunks in use that lack pieces and can be read, by how many are left.
    short: BTreeSet<(u16, u32)>,
    /// Chunks in use that cannot be read now.
    unreadable: BTreeSet<u32>,
}

impl Objects {
    /// Nothing yet, with chunks in pieces of this code.
    #[must_use]
    pub fn new(code: Erasure) -> Objects {
        Objects {
            code,
            objects: BTreeMap::new(),
            chunks: BTreeMap::new(),
            names: BTreeMap::new(),
            next: 0,
            down: BTreeSet::new(),
            short: BTreeSet::new(),
            unreadable: BTreeSet::new(),
        }
    }

    /// The object under a key.
    #[must_use]
    pub fn object(&self, key: u64) -> Option<&Object> {
        self.objects.get(&key)
    }

    /// All objects.
    pub fn objects(&self) -> impl Iterator<Item = (u64, &Object)> {
        self.objects.iter().map(|(key, object)| (*key, object))
    }

    /// A chunk by number.
    #[must_use]
    pub fn chunk(&self, chunk: u32) -> Option<&Chunk> {
        self.chunks.get(&chunk)
    }

    /// A chunk is to be uploaded: what has to be sent of it. Pieces without a place get one of `members`, in their order.
    pub fn expect(&mut self, name: ChunkId, bytes: u32, members: &[(u16, u32)], now: Time) -> Due {
        let next = self.next;
        let chunk = *self.names.entry(name).or_insert(next);
        if chunk == next {
            self.next += 1;
            let places = vec![None; usize::from(self.code.count())];
            self.chunks.insert(chunk, Chunk { name, bytes, places, uses: 0, touched: now, repairing: None });
        }
        let down = &self.down;
        let Some(entry) = self.chunks.get_mut(&chunk) else { return Due { chunk, send: Vec::new(), held: 0 } };
        entry.touched = now;
        let held = held_by(entry, down);
        let mut send = Vec::new();
        // What objects use and can be read is the repair's business.
        if entry.uses == 0 || held < self.code.data() {
            let stays = |place: &Option<Place>| place.is_some_and(|place| !down.contains(&place.member));
            let taken: Vec<u16> =
                entry.places.iter().filter(|place| stays(place)).flatten().map(|place| place.member).collect();
            let mut free = members.iter().filter(|(member, _)| !taken.contains(member));
            for (piece, place) in entry.places.iter_mut().enumerate() {
                if !stays(place) {
                    *place = free.next().map(|(member, disk)| Place { member: *member, disk: *disk, is_held: false });
                }
                if let Some(place) = place.filter(|place| !place.is_held) {
                    send.push((piece as u16, place.member));
                }
            }
        }
        Due { chunk, send, held }
    }

    /// A piece is on this disk of a member. False when it does not belong there any more.
    pub fn hold(&mut self, chunk: u32, piece: u16, member: u16, disk: u32, now: Time) -> bool {
        let Some(entry) = self.chunks.get_mut(&chunk) else { return false };
        let Some(place) = entry.places.get_mut(usize::from(piece)) else { return false };
        let is_its = place.is_none_or(|place| place.member == member && place.disk == disk);
        if is_its {
            *place = Some(Place { member, disk, is_held: true });
            entry.touched = now;
            self.settle(chunk);
        }
        is_its
    }

    /// Puts an object under a key, if of each chunk so many pieces are on disks.
    pub fn commit(
        &mut self,
        key: u64,
        version: u64,
        write: u64,
        chunks: &[u32],
        least: u16,
        now: Time,
    ) -> Result<(), NotThere> {
        for chunk in chunks {
            let Some(entry) = self.chunks.get(chunk) else { return Err(NotThere { chunk: *chunk }) };
            // What other objects use already need only be readable: mending it is the repair's business.
            let needed = if entry.uses > 0 { self.code.data() } else { least };
            if held_by(entry, &self.down) < needed {
                return Err(NotThere { chunk: *chunk });
            }
        }
        for chunk in chunks {
            if let Some(entry) = self.chunks.get_mut(chunk) {
                entry.uses += 1;
                entry.touched = now;
            }
        }
        let revision = self.objects.get(&key).map_or(0, |old| old.revision + 1);
        let object = Object { version, write, revision, chunks: chunks.to_vec(), is_lost: false };
        let old = self.objects.insert(key, object).map(|old| old.chunks).unwrap_or_default();
        for chunk in &old {
            if let Some(entry) = self.chunks.get_mut(chunk) {
                entry.uses -= 1;
                entry.touched = now;
            }
        }
        chunks.iter().chain(&old).for_each(|chunk| self.settle(*chunk));
        Ok(())
    }

    /// A member is silent, or is back with what it had.
    pub fn set_down(&mut self, member: u16, is_down: bool) {
        let changed = if is_down { self.down.insert(member) } else { self.down.remove(&member) };
        if changed {
            self.settle_all();
        }
    }

    /// Whether a member is silent.
    #[must_use]
    pub fn is_down(&self, member: u16) -> bool {
        self.down.contains(&member)
    }

    /// A member has another disk now: what lay on its old ones is gone.
    pub fn wipe(&mut self, member: u16, disk: u32) {
        for entry in self.chunks.values_mut() {
            let gone = |place: &Place| place.member == member && place.disk != disk;
            entry
                .places
                .iter_mut()
                .filter(|place| place.is_some_and(|place| gone(&place)))
                .for_each(|place| *place = None);
        }
        self.settle_all();
    }

    /// Finds the objects that are lost now, though not before, because too few of some chunk's pieces lie on a disk that there still
    /// is: key, version and write of each.
    pub fn find_lost(&mut self, is_there: impl Fn(&Place) -> bool) -> Vec<(u64, u64, u64)> {
        let (chunks, data) = (&self.chunks, usize::from(self.code.data()));
        let kept = |chunk: &u32| {
            let places = chunks.get(chunk).into_iter().flat_map(|entry| entry.places.iter().flatten());
            places.filter(|place| place.is_held && is_there(place)).count()
        };
        let mut lost = Vec::new();
        for (key, object) in self.objects.iter_mut().filter(|(_, object)| !object.is_lost) {
            object.is_lost = object.chunks.iter().any(|chunk| kept(chunk) < data);
            if object.is_lost {
                lost.push((*key, object.version, object.write));
            }
        }
        lost
    }

    /// The piece that has to be made anew first, of the chunks that were not touched after `settled`, and are not being repaired
    /// since a moment after `patient`. It counts as being repaired from `now` on.
    pub fn repair(&mut self, settled: Time, patient: Time, now: Time) -> Option<Repair> {
        let is_due = |entry: &Chunk| entry.touched <= settled && entry.repairing.is_none_or(|since| since <= patient);
        let (_, chunk) = *self.short.iter().find(|(_, chunk)| self.chunks.get(chunk).is_some_and(is_due))?;
        let entry = self.chunks.get_mut(&chunk)?;
        entry.repairing = Some(now);
        let down = &self.down;
        let piece = entry.places.iter().position(|place| place.is_none_or(|place| !is_up(&place, down)))?;
        Some(Repair { chunk, piece: piece as u16, from: entry.places[piece].map(|place| place.member) })
    }

    /// A repair has put a piece on a new disk, in place of where it was.
    pub fn repaired(&mut self, chunk: u32, piece: u16, member: u16, disk: u32) {
        let Some(entry) = self.chunks.get_mut(&chunk) else { return };
        entry.repairing = None;
        if let Some(place) = entry.places.get_mut(usize::from(piece)) {
            *place = Some(Place { member, disk, is_held: true });
        }
        self.settle(chunk);
    }

    /// Takes away what nobody names and nobody has touched after `before`: the chunks, each with the members that have pieces.
    pub fn sweep(&mut self, before: Time) -> Vec<(u32, Vec<u16>)> {
        let is_garbage = |(_, entry): &(&u32, &Chunk)| entry.uses == 0 && entry.touched <= before;
        let garbage: Vec<u32> = self.chunks.iter().filter(is_garbage).map(|(chunk, _)| *chunk).collect();
        let taken = garbage.into_iter().filter_map(|chunk| {
            let entry = self.chunks.remove(&chunk)?;
            self.names.remove(&entry.name);
            Some((chunk, entry.places.iter().flatten().map(|place| place.member).collect()))
        });
        taken.collect()
    }

    /// Pieces that chunks in use lack, and chunks in use that cannot be read now.
    #[must_use]
    pub fn missing(&self) -> (u64, u64) {
        let of = |left: u16| u64::from(self.code.count() - left);
        let short: u64 = self.short.iter().map(|(left, _)| of(*left)).sum();
        let unreadable = self.unreadable.iter().filter_map(|chunk| self.chunks.get(chunk));
        let lacking: u64 = unreadable.map(|entry| of(held_by(entry, &self.down))).sum();
        (short + lacking, self.unreadable.len() as u64)
    }

    /// Bytes of all objects, each counted whole; and of all chunks, each counted once.
    #[must_use]
    pub fn bytes(&self) -> (u64, u64) {
        let sum = |of: fn(&Chunk) -> u64| self.chunks.values().map(of).sum();
        (sum(|entry| u64::from(entry.uses) * u64::from(entry.bytes)), sum(|entry| u64::from(entry.bytes)))
    }

    /// Chunks that somebody names, and chunks that nobody does.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        let used = self.chunks.values().filter(|entry| entry.uses > 0).count();
        (used as u64, (self.chunks.len() - used) as u64)
    }

    fn settle_all(&mut self) {
        let all: Vec<u32> = self.chunks.keys().copied().collect();
        (self.short, self.unreadable) = (BTreeSet::new(), BTreeSet::new());
        all.into_iter().for_each(|chunk| self.settle(chunk));
    }

    /// Finds out anew whether a chunk is whole, short or unreadable.
    fn settle(&mut self, chunk: u32) {
        let Some(entry) = self.chunks.get(&chunk) else { return };
        let (held, count, data) = (held_by(entry, &self.down), self.code.count(), self.code.data());
        let uses = entry.uses;
        (data..count).for_each(|left| _ = self.short.remove(&(left, chunk)));
        self.unreadable.remove(&chunk);
        match held {
            _ if uses == 0 || held >= count => {}
            _ if held >= data => _ = self.short.insert((held, chunk)),
            _ => _ = self.unreadable.insert(chunk),
        }
    }
}

fn is_up(place: &Place, down: &BTreeSet<u16>) -> bool {
    place.is_held && !down.contains(&place.member)
}

fn held_by(entry: &Chunk, down: &BTreeSet<u16>) -> u16 {
    entry.places.iter().flatten().filter(|place| is_up(place, down)).count() as u16
}
