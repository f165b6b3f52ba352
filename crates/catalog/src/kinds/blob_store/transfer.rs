//! Requests and repairs on their way: chunks fetched piece by piece and put together, and chunks cut, coded and sent.

use super::{Ask, BlobStore, Commit, Job, Known, LATE, MENDED, Part, Told};
use crate::kind::Cx;
use sim::{CallId, Reply, Request};
use std::collections::BTreeMap;
use std::sync::Arc;
use storage::chunks::{self, ChunkId};
use storage::objects::Due;
use trace::Status;

/// What is under way at one member.
#[derive(Clone, Default)]
pub(super) struct Transfers {
    open: BTreeMap<u64, Transfer>,
    begun: u64,
}

#[derive(Clone)]
struct Transfer {
    /// Who waits; nobody for a repair.
    whose: Option<(CallId, Request)>,
    stage: Stage,
    /// Something came since its patience was looked at.
    is_moving: bool,
    /// Those who were silent have been asked again.
    is_pressed: bool,
    is_refused: bool,
}

#[derive(Clone)]
enum Stage {
    /// The index is asked.
    Asking,
    Fetching(Fetching),
    Sending(Box<Sending>),
    /// The index is told that all is there.
    Committing,
}

/// Chunks that are fetched.
#[derive(Clone)]
struct Fetching {
    /// Version and write of the object.
    of: (u64, u64),
    /// Not begun yet, the first at the end.
    parts: Vec<Part>,
    open: Vec<Fetch>,
    /// The piece that is to be made from the only chunk.
    mends: Option<u16>,
}

#[derive(Clone)]
struct Fetch {
    part: Part,
    /// So many of its places have been asked.
    asked: usize,
    got: Vec<(u16, Arc<Vec<u8>>)>,
}

/// Chunks that are sent.
#[derive(Clone)]
struct Sending {
    /// Different chunks, and which of them the object has in order.
    chunks: Vec<Vec<u8>>,
    order: Vec<usize>,
    due: Arc<Vec<Due>>,
    next: usize,
    /// Chunks on their way, with how many pieces of each are on disks.
    open: Vec<(usize, u16)>,
    held: Vec<(u32, u16, u16, u32)>,
}

impl Transfers {
    fn begin(&mut self, whose: Option<(CallId, Request)>, stage: Stage) -> u64 {
        self.begun += 1;
        let transfer = Transfer { whose, stage, is_moving: false, is_pressed: false, is_refused: false };
        self.open.insert(self.begun, transfer);
        self.begun
    }

    /// Drops everything, as a crash does. Numbers are not given again.
    pub fn abandon(&mut self) {
        self.open.clear();
    }
}

impl Fetch {
    /// The next places to ask, up to so many.
    fn next(&mut self, places: usize) -> Vec<(u8, u32)> {
        let left = self.part.places.iter().skip(self.asked).take(places);
        let next: Vec<(u8, u32)> = left.map(|(_, member)| (*member, self.part.chunk)).collect();
        self.asked += next.len();
        next
    }
}

impl BlobStore {
    pub(super) fn begin(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        let number = self.open.begin(Some((call, request)), Stage::Asking);
        cx.timer(self.knobs.patience, LATE | number);
        self.ask(cx, 0, number, Ask::Find(request.key));
    }

    /// A piece has to be made anew here.
    pub(super) fn mend(&mut self, cx: &mut Cx<'_>, piece: u16, part: Part) {
        let fetching = Fetching { of: (0, 0), parts: vec![part], open: Vec::new(), mends: Some(piece) };
        let number = self.open.begin(None, Stage::Fetching(fetching));
        cx.timer(self.knobs.patience, LATE | number);
        self.fetch(cx, number);
    }

    pub(super) fn hear(&mut self, cx: &mut Cx<'_>, from: u8, number: u64, told: Told) {
        let Some(transfer) = self.open.open.get_mut(&number) else { return };
        transfer.is_moving = true;
        match (&mut transfer.stage, told) {
            (Stage::Asking, Told::Known(known)) => self.on_known(cx, number, known),
            (Stage::Sending(sending), Told::Due(due)) => {
                sending.due = due;
                self.send(cx, number);
            }
            (Stage::Sending(sending), Told::Kept(chunk, piece, disk)) => {
                sending.held.push((chunk, piece, from.into(), disk));
                let due = &sending.due;
                if let Some((_, kept)) = sending.open.iter_mut().find(|(nth, _)| due[*nth].chunk == chunk) {
                    *kept += 1;
                }
                self.send(cx, number);
            }
            (Stage::Fetching(_), Told::Piece(chunk, piece)) => self.on_piece(cx, number, chunk, piece),
            (Stage::Committing, Told::Committed(version)) => {
                let status = if version.is_some() { Status::Ok } else { Status::Unavailable };
                self.end(cx, number, status, version.unwrap_or(0));
            }
            (_, Told::Refused) => {
                transfer.is_refused = true;
                if from == 0 {
                    self.end(cx, number, Status::Overloaded, 0);
                }
            }
            // Late, of an earlier stage.
            _ => {}
        }
    }

    /// Ends a transfer: whoever waits is told.
    fn end(&mut self, cx: &mut Cx<'_>, number: u64, status: Status, version: u64) {
        let Some(Transfer { whose: Some((call, request)), stage, .. }) = self.open.open.remove(&number) else { return };
        let store = cx.home();
        let reply = match (status, stage) {
            (Status::Ok, Stage::Fetching(Fetching { of: (version, value), .. })) => Reply { status, store, version, value },
            (Status::Ok, _) => Reply { status, store, version, value: request.value },
            (Status::Missing, _) => Reply { status, store, version: 0, value: 0 },
            _ => Reply::plain(status),
        };
        cx.reply(call, reply);
    }

    fn on_known(&mut self, cx: &mut Cx<'_>, number: u64, known: Option<Arc<Known>>) {
        let Some(transfer) = self.open.open.get_mut(&number) else { return };
        let Some((_, request)) = transfer.whose else { return };
        if request.write {
            let revision = known.map_or(0, |known| known.revision + 1);
            return self.cut(cx, number, request.key, revision);
        }
        let Some(known) = known else { return self.end(cx, number, Status::Missing, 0) };
        if known.is_lost {
            return self.end(cx, number, Status::Failed, 0);
        }
        let parts = self.range(cx, &known.parts);
        let fetching = Fetching { of: (known.version, known.write), parts, open: Vec::new(), mends: None };
        if let Some(transfer) = self.open.open.get_mut(&number) {
            transfer.stage = Stage::Fetching(fetching);
        }
        self.fetch(cx, number);
    }

    /// The chunks that a read needs, the first at the end.
    fn range(&self, cx: &mut Cx<'_>, parts: &[Part]) -> Vec<Part> {
        let total: u64 = parts.iter().map(|part| u64::from(part.bytes)).sum();
        let range = self.knobs.range as u64;
        let (from, to) = match total.checked_sub(range) {
            Some(room) if range > 0 => {
                let from = cx.rng().below(room + 1);
                (from, from + range)
            }
            _ => (0, total),
        };
        let mut end = 0;
        let mut needed = Vec::new();
        for part in parts {
            let start = end;
            end += u64::from(part.bytes);
            if start < to && end > from {
                let mut part = part.clone();
                if self.knobs.code.data() == 1 && !part.places.is_empty() {
                    let first = cx.rng().below(part.places.len() as u64);
                    part.places.rotate_left(first as usize);
                }
                needed.push(part);
            }
        }
        needed.reverse();
        needed
    }

    /// Goes on fetching: as many chunks at once as may be; ends when none is left.
    fn fetch(&mut self, cx: &mut Cx<'_>, number: u64) {
        let (data, at_once) = (usize::from(self.knobs.code.data()), self.knobs.parts);
        let Some(Transfer { stage: Stage::Fetching(fetching), .. }) = self.open.open.get_mut(&number) else { return };
        let mut asks = Vec::new();
        let mut is_unreadable = false;
        while fetching.open.len() < at_once
            && let Some(part) = fetching.parts.pop()
        {
            is_unreadable |= part.places.len() < data;
            let mut fetch = Fetch { part, asked: 0, got: Vec::new() };
            asks.extend(fetch.next(data));
            fetching.open.push(fetch);
        }
        let is_done = fetching.open.is_empty();
        if is_unreadable {
            return self.end(cx, number, Status::Unavailable, 0);
        }
        asks.into_iter().for_each(|(member, chunk)| self.ask(cx, member, number, Ask::Get(chunk)));
        if is_done {
            self.end(cx, number, Status::Ok, 0);
        }
    }

    fn on_piece(&mut self, cx: &mut Cx<'_>, number: u64, chunk: u32, piece: Option<(u16, Arc<Vec<u8>>)>) {
        let (code, data) = (self.knobs.code, usize::from(self.knobs.code.data()));
        let Some(Transfer { stage: Stage::Fetching(fetching), .. }) = self.open.open.get_mut(&number) else { return };
        let Some(at) = fetching.open.iter().position(|fetch| fetch.part.chunk == chunk) else { return };
        let fetch = &mut fetching.open[at];
        match piece {
            Some(piece) => fetch.got.push(piece),
            None => {
                // It is not there any more: the next.
                let next = fetch.next(1);
                return next.into_iter().for_each(|(member, chunk)| self.ask(cx, member, number, Ask::Get(chunk)));
            }
        }
        if fetch.got.len() < data {
            return;
        }
        let Fetch { part, got, .. } = fetching.open.swap_remove(at);
        let mends = fetching.mends;
        let given: Vec<(u16, &[u8])> = got.iter().map(|(piece, bytes)| (*piece, bytes.as_slice())).collect();
        let whole = code.whole(&given, part.bytes as usize);
        let is_right = whole.is_ok_and(|whole| chunks::name_of(&whole) == part.name);
        self.tally.read += 1;
        self.tally.computed += u64::from(data > 1 && given.iter().any(|(piece, _)| *piece >= code.data()));
        self.tally.wrong += u64::from(!is_right);
        if !is_right {
            return self.end(cx, number, Status::Failed, 0);
        }
        if let Some(mended) = mends {
            if let Ok(bytes) = code.piece(&given, mended) {
                // A full line leaves it to the next try.
                let ask = Ask::Put(chunk, mended, Arc::new(bytes));
                let _ = self.desk.accept(cx, Job { from: self.number, number: MENDED, ask });
            }
            self.open.open.remove(&number);
            return;
        }
        self.fetch(cx, number);
    }

    /// Cuts what is written into chunks, and asks where they go.
    fn cut(&mut self, cx: &mut Cx<'_>, number: u64, key: u64, revision: u32) {
        let content = self.knobs.content(key, revision);
        let mut nth: BTreeMap<ChunkId, usize> = BTreeMap::new();
        let (mut different, mut names, mut order) = (Vec::new(), Vec::new(), Vec::new());
        for bytes in chunks::cut(&content, self.knobs.cut) {
            let name = chunks::name_of(bytes);
            let at = *nth.entry(name).or_insert_with(|| {
                different.push(bytes.to_vec());
                names.push((name, bytes.len() as u32));
                names.len() - 1
            });
            order.push(at);
        }
        let due = Arc::new(Vec::new());
        let sending = Sending { chunks: different, order, due, next: 0, open: Vec::new(), held: Vec::new() };
        if let Some(transfer) = self.open.open.get_mut(&number) {
            transfer.stage = Stage::Sending(Box::new(sending));
        }
        self.ask(cx, 0, number, Ask::Expect(Arc::new(names)));
    }

    /// Goes on sending: as many chunks at once as may be; commits when all are there.
    fn send(&mut self, cx: &mut Cx<'_>, number: u64) {
        let (code, least, at_once) = (self.knobs.code, self.knobs.least, self.knobs.parts);
        let Some(Transfer { stage, whose: Some((_, request)), .. }) = self.open.open.get_mut(&number) else { return };
        let Stage::Sending(sending) = stage else { return };
        sending.open.retain(|(_, kept)| *kept < least);
        let mut puts = Vec::new();
        let mut has_too_few = false;
        while sending.open.len() < at_once
            && let Some(due) = sending.due.get(sending.next)
        {
            let at = sending.next;
            sending.next += 1;
            if due.send.is_empty() {
                continue;
            }
            has_too_few |= usize::from(due.held) + due.send.len() < usize::from(least);
            let pieces = code.pieces(&sending.chunks[at]);
            let piece = |(piece, member): &(u16, u16)| (*member as u8, due.chunk, *piece, pieces[usize::from(*piece)].clone());
            puts.extend(due.send.iter().map(piece));
            if due.held < least {
                sending.open.push((at, due.held));
            }
        }
        if sending.open.is_empty() && sending.next == sending.due.len() {
            let chunks = sending.order.iter().filter_map(|at| sending.due.get(*at)).map(|due| due.chunk).collect();
            let commit = Commit { key: request.key, write: request.value, chunks, held: std::mem::take(&mut sending.held) };
            *stage = Stage::Committing;
            self.ask(cx, 0, number, Ask::Commit(Box::new(commit)));
        }
        if has_too_few {
            return self.end(cx, number, Status::Unavailable, 0);
        }
        self.put(cx, number, puts);
    }

    fn put(&mut self, cx: &mut Cx<'_>, number: u64, puts: Vec<(u8, u32, u16, Vec<u8>)>) {
        for (member, chunk, piece, bytes) in puts {
            self.ask(cx, member, number, Ask::Put(chunk, piece, Arc::new(bytes)));
        }
    }

    /// The patience of a transfer ends: those who were silent are asked again, and if that has not helped it fails.
    pub(super) fn late(&mut self, cx: &mut Cx<'_>, number: u64) {
        let code = self.knobs.code;
        let Some(transfer) = self.open.open.get_mut(&number) else { return };
        let is_moving = std::mem::take(&mut transfer.is_moving);
        if !is_moving && std::mem::replace(&mut transfer.is_pressed, true) {
            let status = if transfer.is_refused { Status::Overloaded } else { Status::Unavailable };
            return self.end(cx, number, status, 0);
        }
        cx.timer(self.knobs.patience, LATE | number);
        if is_moving {
            return;
        }
        let (mut asks, mut puts) = (Vec::new(), Vec::new());
        match &mut transfer.stage {
            Stage::Fetching(fetching) => fetching.open.iter_mut().for_each(|fetch| asks.extend(fetch.next(usize::MAX))),
            Stage::Sending(sending) => {
                for (at, _) in &sending.open {
                    let (due, pieces) = (&sending.due[*at], code.pieces(&sending.chunks[*at]));
                    let kept = |piece: u16| sending.held.iter().any(|(chunk, held, ..)| (*chunk, *held) == (due.chunk, piece));
                    let silent = due.send.iter().filter(|(piece, _)| !kept(*piece));
                    puts.extend(silent.map(|(piece, member)| (*member as u8, due.chunk, *piece, pieces[usize::from(*piece)].clone())));
                }
            }
            Stage::Asking | Stage::Committing => {}
        }
        asks.into_iter().for_each(|(member, chunk)| self.ask(cx, member, number, Ask::Get(chunk)));
        self.put(cx, number, puts);
    }
}
