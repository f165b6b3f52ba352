//! Blob store: objects in chunks, chunks in copies or erasure-coded pieces, pieces on many disks.
//!
//! The first member keeps the metadata ([`storage::objects`]); the others hold pieces, and each of them takes requests: it asks the
//! first member where the pieces are or shall go, and fetches or sends them. Cuts, names and the code are the crate's. This file has
//! what a member with a disk does; `transfer.rs` the requests, `index.rs` the first member.

mod form;
mod index;
mod transfer;

use crate::desk::Desk;
use crate::disks::DisksFront;
use crate::face::{Bar, Face};
use crate::front::Front;
use crate::kind::{Cx, Glance, Kind, Setup};
use crate::kinds::Message;
use crate::settings::Settings;
use base::{Delay, Span};
use check::CheckKind;
use form::Knobs;
use index::Index;
use scenario::{KindSpec, Text};
use sim::{CallId, Request};
use std::collections::BTreeMap;
use std::sync::Arc;
use storage::chunks::{self, ChunkId};
use storage::objects::{Due, Objects};
use trace::Record;
use transfer::Transfers;

/// One member.
#[derive(Clone)]
pub struct BlobStore {
    number: u8,
    members: u8,
    knobs: Box<Knobs>,
    desk: Desk<Job>,
    /// By chunk, the piece that lies on this member's disk.
    pieces: BTreeMap<u32, (u16, Arc<Vec<u8>>)>,
    bytes: u64,
    /// Which of its disks it has.
    disk: u32,
    open: Transfers,
    /// What the first member knows.
    index: Option<Box<Index>>,
    tally: Tally,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    /// Chunks put together from pieces, and of these not from data pieces alone.
    read: u64,
    computed: u64,
    /// Pieces written here.
    written: u64,
    /// Chunks that were not what their name says.
    wrong: u64,
}

/// Something that takes a worker's time.
#[derive(Clone)]
struct Job {
    from: u8,
    number: u64,
    ask: Ask,
}

/// What one member asks of another: of the first what is in the index, of others pieces.
#[derive(Clone, Debug)]
pub enum Ask {
    /// What is known of this key?
    Find(u64),
    /// These chunks will come, by name and length: where do their pieces go?
    Expect(Arc<Vec<(ChunkId, u32)>>),
    /// All is there.
    Commit(Box<Commit>),
    /// Keep this piece of a chunk.
    Put(u32, u16, Arc<Vec<u8>>),
    /// Give the piece of a chunk.
    Get(u32),
}

/// An object that can be committed.
#[derive(Clone, Debug)]
pub struct Commit {
    key: u64,
    write: u64,
    chunks: Vec<u32>,
    /// Pieces that the uploader knows to be on disks: chunk, piece, member, disk.
    held: Vec<(u32, u16, u16, u32)>,
}

/// A chunk, and who has which piece of it.
#[derive(Clone, Debug)]
pub struct Part {
    chunk: u32,
    name: ChunkId,
    bytes: u32,
    places: Vec<(u16, u8)>,
}

/// What is known of a key.
#[derive(Clone, Debug)]
pub struct Known {
    version: u64,
    write: u64,
    revision: u32,
    is_lost: bool,
    parts: Vec<Part>,
}

/// What is answered.
#[derive(Clone, Debug)]
pub enum Told {
    /// What the index has under the key.
    Known(Option<Arc<Known>>),
    /// What has to be sent, chunk by chunk.
    Due(Arc<Vec<Due>>),
    /// The version of the object, if all of it was there.
    Committed(Option<u64>),
    /// A piece is on this disk of the one who says so.
    Kept(u32, u16, u32),
    /// A piece of a chunk, if it is there.
    Piece(u32, Option<(u16, Arc<Vec<u8>>)>),
    /// The line is full.
    Refused,
}

/// What members say to each other.
#[derive(Clone, Debug)]
pub enum Said {
    /// With the number of the transfer.
    Ask(u64, Ask),
    Told(u64, Told),
    /// To the first: I am here, with this disk.
    Beat(u32),
    /// To the first: a piece of a chunk is on this disk of mine.
    Held(u32, u16, u32),
    /// From the first: make this piece anew.
    Mend(u16, Box<Part>),
    /// To the first: that piece is on this disk of mine now.
    Mended(u32, u16, u32),
    /// From the first: these chunks are no longer needed from you.
    Drop(Arc<Vec<u32>>),
}

/// Set in a timer's token: the disk is done with a job; its number is in the rest.
const DISK: u64 = 1 << 32;
/// Set in a timer's token: the patience of a transfer ends; its number is in the rest.
const LATE: u64 = 1 << 62;
/// Tokens of timers: say that you are there; the first looks who is; it repairs; it sweeps.
const BEAT: u64 = 1 << 40;
const LOOK: u64 = 2 << 40;
const REPAIR: u64 = 3 << 40;
const SWEEP: u64 = 4 << 40;
/// How often members say that they are there.
const EVERY: Span = Span::from_millis(500);
/// The number of a transfer that makes a piece anew and has it: nobody waits for its disk but the index.
const MENDED: u64 = 0;

impl BlobStore {
    fn is_first(&self) -> bool {
        self.number == 0
    }

    fn say(&mut self, cx: &mut Cx<'_>, to: u8, said: Said) {
        if to == self.number { self.on_message(cx, to, said) } else { cx.send(to, Message::BlobStore(said)) }
    }

    fn tell(&mut self, cx: &mut Cx<'_>, to: u8, number: u64, told: Told) {
        self.say(cx, to, Said::Told(number, told));
    }

    fn ask(&mut self, cx: &mut Cx<'_>, to: u8, number: u64, ask: Ask) {
        self.say(cx, to, Said::Ask(number, ask));
    }

    /// A job has been thought about: the disk has to move so many bytes for it.
    fn to_move(&self, ask: &Ask) -> u64 {
        match ask {
            Ask::Put(_, _, bytes) => bytes.len() as u64,
            Ask::Get(chunk) => self.pieces.get(chunk).map_or(0, |(_, bytes)| bytes.len() as u64),
            Ask::Find(_) | Ask::Expect(_) | Ask::Commit(_) => 0,
        }
    }

    fn carry_out(&mut self, cx: &mut Cx<'_>, job: Job) {
        let Job { from, number, ask } = job;
        match ask {
            Ask::Put(chunk, piece, bytes) => {
                self.keep(chunk, piece, bytes);
                let disk = self.disk;
                if number == MENDED {
                    return self.say(cx, 0, Said::Mended(chunk, piece, disk));
                }
                self.say(cx, 0, Said::Held(chunk, piece, disk));
                self.tell(cx, from, number, Told::Kept(chunk, piece, disk));
            }
            Ask::Get(chunk) => {
                let piece = self.pieces.get(&chunk).cloned();
                self.tell(cx, from, number, Told::Piece(chunk, piece));
            }
            Ask::Find(_) | Ask::Expect(_) | Ask::Commit(_) => {
                let told = self.look_up(cx, ask);
                self.tell(cx, from, number, told);
            }
        }
    }

    fn keep(&mut self, chunk: u32, piece: u16, bytes: Arc<Vec<u8>>) {
        self.tally.written += 1;
        self.bytes += bytes.len() as u64;
        if let Some((_, old)) = self.pieces.insert(chunk, (piece, bytes)) {
            self.bytes -= old.len() as u64;
        }
    }

    fn forget(&mut self, chunks: &[u32]) {
        for (_, old) in chunks.iter().filter_map(|chunk| self.pieces.remove(chunk)).collect::<Vec<_>>() {
            self.bytes -= old.len() as u64;
        }
    }

    /// What is there from the start: every member finds the same places, the first keeps them, and the others their pieces.
    fn preload(&mut self, cx: &mut Cx<'_>) {
        let mut index = Index::new(cx, &self.knobs, self.members);
        for key in 0..self.knobs.objects {
            let content = self.knobs.content(key, 0);
            let mut numbers = Vec::new();
            for bytes in chunks::cut(&content, self.knobs.cut) {
                let due = index.expect(&self.knobs, chunks::name_of(bytes), bytes.len() as u32, cx.now());
                for (piece, member) in &due.send {
                    index.objects.hold(due.chunk, *piece, *member, 0, cx.now());
                    if *member == u16::from(self.number) {
                        let own = self.knobs.code.pieces(bytes).swap_remove(usize::from(*piece));
                        self.keep(due.chunk, *piece, Arc::new(own));
                    }
                }
                numbers.push(due.chunk);
            }
            // Where there are fewer members than pieces are needed, nothing is there from the start.
            let _ = index.objects.commit(key, 0, 0, &numbers, self.knobs.code.data(), cx.now());
        }
        self.tally.written = 0;
        self.index = self.is_first().then(|| Box::new(index));
    }

    fn set_out(&mut self, cx: &mut Cx<'_>) {
        cx.timer(EVERY, BEAT);
        if self.is_first() {
            cx.timer(EVERY, LOOK);
            cx.timer(self.knobs.sweep, SWEEP);
        }
    }
}

impl Kind for BlobStore {
    const SLUG: &'static str = "blob-store";
    type Message = Said;
    const CHECKS: &'static [CheckKind] = &[CheckKind::LostWrites, CheckKind::StaleReads];

    fn spec() -> KindSpec {
        form::spec(Self::SLUG)
    }

    fn members(settings: &Settings<'_>) -> u8 {
        settings.whole("members").clamp(2, 25) as u8
    }

    fn front(_settings: &Settings<'_>, members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        Front::Disks(Box::new(DisksFront::new(members)))
    }

    fn mesh(settings: &Settings<'_>) -> Delay {
        Delay::constant(settings.millis("mesh_ms"))
    }

    fn new(setup: &Setup<'_>) -> BlobStore {
        BlobStore {
            number: setup.number,
            members: setup.members,
            knobs: Box::new(Knobs::read(&setup.settings)),
            desk: Desk::new(&setup.settings),
            pieces: BTreeMap::new(),
            bytes: 0,
            disk: 0,
            open: Transfers::default(),
            index: None,
            tally: Tally::default(),
        }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        self.knobs.retune(&Knobs::read(&setup.settings));
        self.desk.retune(cx, &setup.settings);
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.preload(cx);
        self.set_out(cx);
    }

    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.begin(cx, call, request);
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        match token {
            BEAT => {
                cx.timer(EVERY, BEAT);
                let disk = self.disk;
                self.say(cx, 0, Said::Beat(disk));
            }
            LOOK => self.look(cx),
            REPAIR => self.repair(cx),
            SWEEP => self.sweep(cx),
            _ if token & LATE != 0 => self.late(cx, token & !LATE),
            _ if token & DISK == 0 => {
                let ask = self.desk.job(token as u32).ask.clone();
                let span = self.knobs.disk_time(self.to_move(&ask));
                let span = cx.work(&Delay::constant(span));
                cx.timer(span, token | DISK);
            }
            _ => {
                let job = self.desk.close(token as u32);
                self.desk.release(cx);
                self.carry_out(cx, job);
            }
        }
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, said: Said) {
        match said {
            Said::Ask(number, ask) => {
                if !self.desk.accept(cx, Job { from, number, ask }) {
                    self.tell(cx, from, number, Told::Refused);
                }
            }
            Said::Told(number, told) => self.hear(cx, from, number, told),
            Said::Mend(piece, part) => self.mend(cx, piece, *part),
            Said::Drop(chunks) => self.forget(&chunks),
            Said::Beat(disk) => self.on_beat(cx, from, disk),
            Said::Held(chunk, piece, disk) => self.on_held(cx, from, chunk, piece, disk),
            Said::Mended(chunk, piece, disk) => self.on_mended(cx, from, chunk, piece, disk),
        }
    }

    /// What was in hand is gone, and perhaps the disk. The first member's disk stays.
    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.desk.abandon(cx);
        self.open.abandon();
        if self.knobs.takes_disk && !self.is_first() {
            self.pieces.clear();
            self.bytes = 0;
            if let (number, Front::Disks(front)) = (self.number, cx.front()) {
                self.disk = front.lose(number);
            }
            cx.record(Record::DiskLost { store: cx.home(), member: cx.me() });
        }
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        if let Some(index) = &mut self.index {
            index.restart(cx.now());
        }
        self.set_out(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        let members = settings.whole("members").saturating_sub(1);
        match settings.choice("redundancy") {
            0 => format!("{} copies on {members} members", settings.whole("copies")),
            _ => format!("{} + {} pieces on {members} members", settings.whole("data"), settings.whole("spare")),
        }
    }

    /// Where the chunks are that stand worst, else those written last.
    fn face(members: &[&BlobStore], _glance: &Glance<'_>) -> Face {
        members.first().and_then(|first| first.index.as_ref()).map_or(Face::Nothing, |index| index.table())
    }

    fn gauges(members: &[&BlobStore], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Some(index) = members.first().and_then(|first| first.index.as_ref()) else { return Vec::new() };
        let kept: u64 = members.iter().map(|member| member.bytes).sum();
        let (logical, _) = index.objects.bytes();
        vec![
            Some(index.objects.missing().0 as f64),
            Some(index.lost() as f64),
            (logical > 0).then(|| kept as f64 / logical as f64),
            glance.p99_ms(),
        ]
    }

    fn member_face(&self, _glance: &Glance<'_>) -> Face {
        if let Some(index) = &self.index {
            return index.figures();
        }
        let bar = |label: &str, value: u64, full: u64| Bar { label: label.into(), value: value as f64, full: full.max(1) as f64 };
        let pieces = self.pieces.len() as u64;
        let data = self.pieces.values().filter(|(piece, _)| *piece < self.knobs.code.data()).count() as u64;
        let Tally { read, computed, .. } = self.tally;
        let bars = vec![
            bar("pieces here", pieces, pieces),
            bar("data pieces or copies", data, pieces),
            bar("chunks read for others", read, read),
            bar("of them computed", computed, read),
        ];
        Face::Bars { bars, unit: String::new() }
    }

    fn role(&self) -> Text {
        if self.is_first() { "metadata".into() } else { Text::default() }
    }

    fn note(&self, members: &[&BlobStore]) -> String {
        let first = members.first().and_then(|first| first.index.as_ref());
        let Some(index) = first else { return String::new() };
        if self.is_first() {
            let (used, garbage) = index.objects.counts();
            return format!("{used} chunks · {garbage} to sweep · {} repaired", index.repaired());
        }
        let state = if index.objects.is_down(self.number.into()) { " · counts as lost" } else { "" };
        let (pieces, size) = (self.pieces.len(), Knobs::mebibytes(self.bytes));
        format!("{} · {pieces} pieces · {size:.0} MiB{state}", index.domain_name(self.number))
    }
}

/// The members whose pieces can be read now.
fn part(objects: &Objects, chunk: u32) -> Option<Part> {
    let entry = objects.chunk(chunk)?;
    let is_up = |place: &storage::objects::Place| place.is_held && !objects.is_down(place.member);
    let places = entry.places.iter().enumerate().filter_map(|(piece, place)| {
        place.filter(is_up).map(|place| (piece as u16, place.member as u8))
    });
    Some(Part { chunk, name: entry.name, bytes: entry.bytes, places: places.collect() })
}
