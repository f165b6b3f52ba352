//! The first member: what is where, who is there, what has to be made anew, and what is garbage.

use super::form::Knobs;
use super::{Ask, BlobStore, Commit, EVERY, Known, LOOK, Part, REPAIR, SWEEP, Said, Told, part};
use crate::face::Face;
use crate::front::Front;
use crate::kind::Cx;
use base::{Span, Time, stable_hash_u64};
use placement::{Config, Place, Placement, RendezvousConfig, apart};
use replication::version;
use std::collections::BTreeMap;
use std::sync::Arc;
use storage::chunks::ChunkId;
use storage::objects::{Due, Objects};
use trace::Record;

/// What the first member knows; on its disk but for who is there.
#[derive(Clone)]
pub(super) struct Index {
    pub objects: Objects,
    place: Placement,
    members: u8,
    /// By member, its rack or zone; the first is nowhere.
    domains: Vec<u32>,
    are_zones: bool,
    heard: Vec<Time>,
    disks: Vec<u32>,
    /// Chunks that a member which is away has to forget when it is back.
    surplus: BTreeMap<u16, Vec<u32>>,
    /// Chunks that are being mended, with who had the piece.
    mending: BTreeMap<u32, Option<u16>>,
    versions: u64,
    /// Lost disks that have been looked into.
    disks_lost: u32,
    is_repairing: bool,
    repaired: u64,
    /// Of those, since all was whole.
    lately: u64,
}

/// A repair of which nothing has been heard for so long is begun again.
const REPAIR_LATE: Span = Span::from_secs(10);
/// Rows of the table.
const SHOWN: usize = 10;

impl Index {
    pub fn new(cx: &Cx<'_>, knobs: &Knobs, members: u8) -> Index {
        let mut place = Config::Rendezvous(RendezvousConfig::default()).build();
        for member in 1..members {
            // Members are few, and each is new.
            let _ = place.add(u32::from(member), u64::from(member), 1);
        }
        let core = cx.core();
        let all = &core.boxes[usize::from(cx.home())].members;
        let zones: Vec<u32> = all.iter().map(|member| core.zones().map_or(0, |zones| u32::from(zones.of(*member)))).collect();
        let are_zones = zones.windows(2).skip(1).any(|pair| pair[0] != pair[1]);
        let racks = (0..u32::from(members)).map(|member| (member + knobs.racks - 1) % knobs.racks);
        Index {
            objects: Objects::new(knobs.code),
            place,
            members,
            domains: if are_zones { zones } else { racks.collect() },
            are_zones,
            heard: vec![cx.now(); usize::from(members)],
            disks: vec![0; usize::from(members)],
            surplus: BTreeMap::new(),
            mending: BTreeMap::new(),
            versions: 0,
            disks_lost: 0,
            is_repairing: false,
            repaired: 0,
            lately: 0,
        }
    }

    fn domain(&self, member: u32) -> u32 {
        self.domains.get(member as usize).copied().unwrap_or(0)
    }

    pub fn domain_name(&self, member: u8) -> String {
        let what = if self.are_zones { "zone" } else { "rack" };
        format!("{what} {}", self.domain(member.into()))
    }

    /// So many members for pieces of a chunk, beside those that have been taken.
    fn choose(&self, knobs: &Knobs, name: &ChunkId, taken: &[u32], n: usize) -> Vec<u32> {
        let hash = name.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let mut order = Vec::new();
        self.place.preference(stable_hash_u64(hash), usize::from(self.members), &mut order);
        order.retain(|member| !self.objects.is_down(*member as u16) && !taken.contains(member));
        if knobs.is_apart {
            return apart(&order, taken, |member| self.domain(member), n);
        }
        order.truncate(n);
        order
    }

    pub fn expect(&mut self, knobs: &Knobs, name: ChunkId, bytes: u32, now: Time) -> Due {
        let members = self.choose(knobs, &name, &[], usize::from(knobs.code.count()));
        let disk = |member: &u32| self.disks.get(*member as usize).copied().unwrap_or(0);
        let members: Vec<(u16, u32)> = members.iter().map(|member| (*member as u16, disk(member))).collect();
        self.objects.expect(name, bytes, &members, now)
    }

    /// It starts again: nobody has been silent while it was not listening.
    pub fn restart(&mut self, now: Time) {
        self.heard.fill(now);
        self.is_repairing = false;
        self.mending.clear();
    }

    pub fn lost(&self) -> u64 {
        self.objects.objects().filter(|(_, object)| object.is_lost).count() as u64
    }

    pub fn repaired(&self) -> u64 {
        self.repaired
    }

    /// Objects with chunks that lack pieces, else those written last: one chunk a row.
    pub fn table(&self) -> Face {
        let places = |chunk: u32| {
            let entry = self.objects.chunk(chunk)?;
            let name = |place: &Option<storage::objects::Place>| match place {
                Some(place) if self.objects.is_down(place.member) => format!(".{} down", place.member),
                Some(place) if place.is_held => format!(".{}", place.member),
                Some(place) => format!(".{} on its way", place.member),
                None => "gone".to_string(),
            };
            let is_whole = |place: &&Option<storage::objects::Place>| place.is_some_and(|place| place.is_held && !self.objects.is_down(place.member));
            let whole = entry.places.iter().filter(is_whole).count();
            Some((whole, entry.places.len(), entry.places.iter().map(name).collect::<Vec<_>>().join(" ")))
        };
        let mut rows: Vec<(usize, u64, Vec<String>)> = Vec::new();
        for (key, object) in self.objects.objects() {
            for (nth, chunk) in object.chunks.iter().enumerate() {
                let Some((whole, all, text)) = places(*chunk) else { continue };
                let row = || vec![key.to_string(), nth.to_string(), chunk.to_string(), text, format!("{whole} of {all}")];
                rows.push((whole, u64::MAX - object.version, row()));
            }
        }
        rows.sort_by_key(|(whole, newest, _)| (*whole, *newest));
        let head = ["Object", "Part", "Chunk", "Pieces at", "There"].map(str::to_string).to_vec();
        Face::Table { head, rows: rows.into_iter().take(SHOWN).map(|(_, _, row)| row).collect() }
    }

    pub fn figures(&self) -> Face {
        let (used, garbage) = self.objects.counts();
        let (missing, unreadable) = self.objects.missing();
        let (logical, once) = self.objects.bytes();
        let size = |bytes: u64| format!("{:.1} MiB", Knobs::mebibytes(bytes));
        let row = |what: &str, how: String| vec![what.to_string(), how];
        Face::Table {
            head: vec!["What".into(), "How much".into()],
            rows: vec![
                row("objects", format!("{} · {}", self.objects.objects().count(), size(logical))),
                row("chunks, each once", format!("{used} · {}", size(once))),
                row("to be swept", format!("{garbage} chunks")),
                row("pieces missing", missing.to_string()),
                row("unreadable now", format!("{unreadable} chunks")),
                row("being mended", self.mending.len().to_string()),
                row("pieces made anew", self.repaired.to_string()),
                row("objects lost", self.lost().to_string()),
            ],
        }
    }
}

impl BlobStore {
    /// What the index answers.
    pub(super) fn look_up(&mut self, cx: &mut Cx<'_>, ask: Ask) -> Told {
        let (now, knobs) = (cx.now(), &self.knobs);
        let Some(index) = &mut self.index else { return Told::Refused };
        match ask {
            Ask::Find(key) => Told::Known(index.objects.object(key).map(|object| {
                let parts: Vec<Part> = object.chunks.iter().filter_map(|chunk| part(&index.objects, *chunk)).collect();
                let (version, write, revision, is_lost) = (object.version, object.write, object.revision, object.is_lost);
                Arc::new(Known { version, write, revision, is_lost, parts })
            })),
            Ask::Expect(names) => {
                let due = names.iter().map(|(name, bytes)| index.expect(knobs, *name, *bytes, now));
                Told::Due(Arc::new(due.collect()))
            }
            Ask::Commit(commit) => {
                let Commit { key, write, chunks, held } = *commit;
                for (chunk, piece, member, disk) in held {
                    index.objects.hold(chunk, piece, member, disk, now);
                }
                let version = version(1, index.versions + 1);
                let done = index.objects.commit(key, version, write, &chunks, knobs.least, now);
                if done.is_ok() {
                    index.versions += 1;
                    let (store, member) = (cx.home(), cx.me());
                    cx.record(Record::Acknowledged { store, member, key, version, write });
                }
                Told::Committed(done.ok().map(|()| version))
            }
            Ask::Put(..) | Ask::Get(_) => Told::Refused,
        }
    }

    pub(super) fn on_beat(&mut self, cx: &mut Cx<'_>, from: u8, disk: u32) {
        let Some(index) = &mut self.index else { return };
        let (member, at) = (u16::from(from), usize::from(from));
        let (Some(heard), Some(known)) = (index.heard.get_mut(at), index.disks.get_mut(at)) else { return };
        *heard = cx.now();
        if *known != disk {
            *known = disk;
            index.objects.wipe(member, disk);
        }
        index.objects.set_down(member, false);
        if let Some(surplus) = index.surplus.remove(&member) {
            self.say(cx, from, Said::Drop(Arc::new(surplus)));
        }
    }

    pub(super) fn on_held(&mut self, cx: &mut Cx<'_>, from: u8, chunk: u32, piece: u16, disk: u32) {
        let Some(index) = &mut self.index else { return };
        if !index.objects.hold(chunk, piece, from.into(), disk, cx.now()) {
            self.say(cx, from, Said::Drop(Arc::new(vec![chunk])));
        }
    }

    pub(super) fn on_mended(&mut self, cx: &mut Cx<'_>, from: u8, chunk: u32, piece: u16, disk: u32) {
        let Some(index) = &mut self.index else { return };
        let Some(before) = index.mending.remove(&chunk) else { return };
        index.objects.repaired(chunk, piece, from.into(), disk);
        (index.repaired, index.lately) = (index.repaired + 1, index.lately + 1);
        if let Some(before) = before.filter(|before| *before != u16::from(from)) {
            index.surplus.entry(before).or_default().push(chunk);
        }
        if index.objects.missing().0 == 0 {
            let pieces = std::mem::take(&mut index.lately);
            cx.record(Record::Repaired { store: cx.home(), pieces });
        }
    }

    /// Who has been silent for too long; what lost disks mean; and whether there is something to repair.
    pub(super) fn look(&mut self, cx: &mut Cx<'_>) {
        cx.timer(EVERY, LOOK);
        let (now, store) = (cx.now(), cx.home());
        let Some(index) = &mut self.index else { return };
        for member in 1..index.members {
            if now.since(index.heard[usize::from(member)]) > self.knobs.lost_after {
                index.objects.set_down(member.into(), true);
            }
        }
        if let Front::Disks(front) = cx.front()
            && front.lost != index.disks_lost
        {
            index.disks_lost = front.lost;
            let lost = index.objects.find_lost(|place| front.disk(place.member) == place.disk);
            for (key, version, write) in lost.into_iter().filter(|(_, version, _)| *version > 0) {
                cx.record(Record::Lost { store, key, version, write });
            }
        }
        if !index.is_repairing {
            self.repair(cx);
        }
    }

    /// Has the next piece made anew, and waits as long as the bandwidth says.
    pub(super) fn repair(&mut self, cx: &mut Cx<'_>) {
        let Some(index) = &mut self.index else { return };
        let now = cx.now();
        let before = |span: Span| Time(now.0.saturating_sub(span.0));
        // What has just been uploaded may still be on its way to the last disks.
        let due = index.objects.repair(before(self.knobs.patience.scaled(2.0)), before(REPAIR_LATE), now);
        let next = due.and_then(|due| Some((part(&index.objects, due.chunk)?, due)));
        index.is_repairing = next.is_some();
        let Some((part, due)) = next else { return };
        let span = self.knobs.repair_time(part.bytes.into());
        let taken: Vec<u32> = part.places.iter().map(|(_, member)| u32::from(*member)).collect();
        if let Some(to) = index.choose(&self.knobs, &part.name, &taken, 1).first() {
            index.mending.insert(due.chunk, due.from);
            self.say(cx, *to as u8, Said::Mend(due.piece, Box::new(part)));
        }
        cx.timer(span.max(Span(1)), REPAIR);
    }

    /// Takes away what nobody names.
    pub(super) fn sweep(&mut self, cx: &mut Cx<'_>) {
        cx.timer(self.knobs.sweep, SWEEP);
        let Some(index) = &mut self.index else { return };
        let mut drops: BTreeMap<u16, Vec<u32>> = BTreeMap::new();
        for (chunk, members) in index.objects.sweep(Time(cx.now().0.saturating_sub(self.knobs.sweep.0))) {
            members.into_iter().for_each(|member| drops.entry(member).or_default().push(chunk));
        }
        for (member, chunks) in drops {
            if index.objects.is_down(member) {
                index.surplus.entry(member).or_default().extend(chunks);
            } else {
                cx.send(member as u8, crate::kinds::Message::BlobStore(Said::Drop(Arc::new(chunks))));
            }
        }
    }
}
