//! The table with what tells of it, and the carrier between the mechanisms and the wires.

use crate::hosted::{Host, Hosted};
use crate::kind::{Cx, learn};
use crate::kinds::Message;
use crate::plan::Outlet;
use base::{Rng, Span, Time};
use machine::{Machine, Peer};
use replication::capture::{Commit, Reader};
use replication::journal::Journal;
use sim::{Reply, Request, Until};
use slab::Slab;
use std::collections::{BTreeMap, VecDeque};
use trace::Record;
use txn::outbox::{Member, Message as Word, Place, RELAY_MAX, Rule};

/// The token of the timer at which a reader of the log looks again.
pub(super) const POLL: u64 = 1 << 41;
/// Set in the token of the timer between a row and its message; the rest is the message's number.
pub(super) const GAP: u64 = 1 << 62;
/// Writes that a face shows.
const SHOWN: usize = 14;
const CONSUMER: Peer = Peer(1);

/// How others hear of a write.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Outbox,
    Capture,
    DualWrite,
    ForgetWhenSent,
    BookmarkFirst,
}

impl Way {
    pub const ALL: [Way; 5] = [Way::Outbox, Way::Capture, Way::DualWrite, Way::ForgetWhenSent, Way::BookmarkFirst];

    /// Whether what is not confirmed is sent again.
    fn repeats(self) -> bool {
        matches!(self, Way::Outbox | Way::Capture | Way::BookmarkFirst)
    }

    /// Whether what was sent is known after a crash to be unconfirmed.
    fn remembers(self) -> bool {
        matches!(self, Way::Outbox | Way::Capture)
    }
}

/// What can be set.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    pub way: Way,
    pub poll: Span,
    pub gap: Span,
}

/// A write as a face shows it.
#[derive(Clone, Copy)]
pub(super) struct Told {
    pub number: u64,
    pub key: u64,
    pub is_confirmed: bool,
}

/// A write that somebody has to hear of.
#[derive(Clone, Copy)]
struct Open {
    request: Request,
    at: Time,
    /// Wires that carry it: one bit for each, by place.
    wires: u32,
    /// Of those, wires whose consumer has not confirmed it, as far as is remembered.
    missing: u32,
    /// Calls under way.
    under_way: u32,
    was_sent: bool,
    /// All have confirmed it once, so that it is delivered, whatever is forgotten after.
    is_told: bool,
}

/// A call under way.
#[derive(Clone, Copy)]
struct Asked {
    number: u64,
    /// The place of its wire.
    place: u32,
    began: Time,
}

/// Carries messages over the wires, and knows what was confirmed.
#[derive(Clone)]
pub(super) struct Relay {
    pub rules: Rules,
    outlets: Vec<Outlet>,
    /// What is on disk to be told, or under way; what is confirmed stays until the mechanism lets it go.
    open: BTreeMap<u64, Open>,
    /// Those that nobody, or not everybody, has confirmed.
    waiting: u64,
    asked: Slab<Asked>,
    /// The write under way into the table, which its message will be about.
    writes: Option<Request>,
    /// The newest number that was sent.
    sent: u64,
    again: u64,
    lost: u64,
    shown: VecDeque<Told>,
}

impl Relay {
    pub fn new(rules: Rules, outlets: &[Outlet]) -> Relay {
        Relay {
            rules,
            outlets: outlets.iter().take(16).cloned().collect(),
            open: BTreeMap::new(),
            waiting: 0,
            asked: Slab::new(),
            writes: None,
            sent: 0,
            again: 0,
            lost: 0,
            shown: VecDeque::new(),
        }
    }

    /// Writes that not everybody has confirmed.
    pub fn waiting(&self) -> u64 {
        self.waiting
    }

    /// When the oldest of them was made.
    pub fn oldest(&self) -> Option<Time> {
        self.first_missing().map(|(_, open)| open.at)
    }

    pub fn sent(&self) -> u64 {
        self.sent
    }

    pub fn again(&self) -> u64 {
        self.again
    }

    pub fn lost(&self) -> u64 {
        self.lost
    }

    pub fn shown(&self) -> impl Iterator<Item = &Told> {
        self.shown.iter()
    }

    /// A write has been made: from here on somebody should hear of it.
    fn made(&mut self, cx: &mut Cx<'_>, number: u64, request: Request) {
        let carries = |outlet: &Outlet| outlet.carries(request.op);
        let places = self.outlets.iter().enumerate().filter(|(_, outlet)| carries(outlet));
        let wires = places.fold(0, |bits, (place, _)| bits | 1 << place);
        // Nobody waits for what becomes of it.
        let request = Request { until: Until::EVER, ..request };
        let open = Open { request, at: cx.now(), wires, missing: wires, under_way: 0, was_sent: false, is_told: false };
        self.open.insert(number, open);
        self.waiting += 1;
        if self.shown.len() == SHOWN {
            self.shown.pop_front();
        }
        self.shown.push_back(Told { number, key: request.key, is_confirmed: false });
        cx.record(Record::Queued { queue: cx.home(), message: number, copies: 1 });
    }

    /// Sends a message to those who have not confirmed it, unless it is under way already.
    pub fn publish(&mut self, cx: &mut Cx<'_>, number: u64) {
        let is_due = |open: &&mut Open| open.under_way == 0 && (open.missing != 0 || !open.is_told);
        let Some(open) = self.open.get_mut(&number).filter(is_due) else { return };
        self.again += u64::from(open.was_sent);
        open.was_sent = true;
        self.sent = self.sent.max(number);
        let (request, missing) = (open.request, open.missing);
        open.under_way = missing.count_ones();
        for (place, outlet) in self.outlets.iter().enumerate().filter(|(place, _)| missing >> place & 1 == 1) {
            let key = self.asked.insert(Asked { number, place: place as u32, began: cx.now() }) as u64;
            cx.call(outlet.wire, request, key);
        }
        if missing == 0 {
            self.end(cx, number, true);
        }
    }

    /// It is confirmed by all, or given up.
    fn end(&mut self, cx: &mut Cx<'_>, number: u64, is_confirmed: bool) {
        let Some(open) = self.open.get_mut(&number) else { return };
        let was_told = core::mem::replace(&mut open.is_told, true);
        if !is_confirmed || !self.rules.way.remembers() {
            self.open.remove(&number);
        }
        if was_told {
            return;
        }
        self.waiting -= 1;
        self.lost += u64::from(!is_confirmed);
        if let Some(told) = self.shown.iter_mut().rev().find(|told| told.number == number) {
            told.is_confirmed = is_confirmed;
        }
        let (queue, message) = (cx.home(), number);
        cx.record(if is_confirmed { Record::Delivered { queue, message } } else { Record::Dropped { queue, message } });
    }

    fn on_reply(&mut self, cx: &mut Cx<'_>, token: u64, request: &Request, reply: &Reply) {
        let Some(Asked { number, place, began }) = self.asked.try_remove(token as usize) else { return };
        learn(cx, request, reply, began);
        let Some(open) = self.open.get_mut(&number) else { return };
        open.under_way = open.under_way.saturating_sub(1);
        if reply.status.is_ok() {
            open.missing &= !(1 << place);
        }
        let (missing, under_way) = (open.missing, open.under_way);
        if missing == 0 {
            self.end(cx, number, true);
        } else if under_way == 0 && !self.rules.way.repeats() {
            self.end(cx, number, false);
        }
    }

    /// Everything before the oldest that is open is confirmed, or given up.
    fn confirmed(&self, last: u64) -> u64 {
        self.first_missing().map_or(last, |(number, _)| number - 1)
    }

    /// The oldest that is not confirmed: few confirmed ones stand before it, because few are under way at once.
    fn first_missing(&self) -> Option<(&u64, &Open)> {
        self.open.iter().find(|(_, open)| !open.is_told || open.missing != 0)
    }

    /// What is confirmed up to here is told for good.
    fn let_go(&mut self, upto: u64) {
        while let Some(first) = self.open.first_entry()
            && *first.key() <= upto
        {
            first.remove();
        }
    }

    /// Calls and confirmations are forgotten; and where there is no record of them, so is what they were to tell.
    fn on_crash(&mut self, cx: &mut Cx<'_>, durable_from: u64) {
        self.asked.clear();
        self.open.values_mut().for_each(|open| (open.under_way, open.missing) = (0, open.wires));
        let forgotten = self.open.keys().copied().take_while(|number| *number < durable_from);
        for number in forgotten.collect::<Vec<u64>>() {
            self.end(cx, number, false);
        }
    }
}

impl Host<Member> for Relay {
    /// There are no other members.
    fn wrap(_message: Word) -> Message {
        Message::Outbox(())
    }

    fn send(&mut self, cx: &mut Cx<'_>, _to: Peer, message: Word) {
        let Word::Publish(event) = message else { return };
        if self.rules.way == Way::DualWrite && self.rules.gap > Span::ZERO {
            cx.timer(self.rules.gap, GAP | event.number);
        } else {
            self.publish(cx, event.number);
        }
    }

    /// The answer to a write is its number. It comes before anything is published.
    fn reply(&mut self, cx: &mut Cx<'_>, _machine: &Member, _token: u64, number: u64) {
        if let Some(request) = self.writes.take() {
            self.made(cx, number, request);
        }
    }

    fn note(&mut self, _cx: &mut Cx<'_>, _machine: &Member, (): ()) {}
}

/// The store, and who follows it.
#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "there is one of it, and it is boxed as a whole")]
pub(super) enum Table {
    /// Rows and their messages are written by the producer's part of the outbox.
    Producer { member: Hosted<Member, Relay>, rows: BTreeMap<u64, (u64, u64)> },
    /// Rows are written, and somebody reads the log.
    Logged { journal: Journal, versions: BTreeMap<u64, u64>, reader: Reader, batch: Vec<u64>, relay: Relay },
}

impl Table {
    pub fn new(relay: Relay, rng: Rng) -> Table {
        let commit = match relay.rules.way {
            Way::Capture => Some(Commit::AfterDelivery),
            Way::BookmarkFirst => Some(Commit::BeforeDelivery),
            Way::Outbox | Way::DualWrite | Way::ForgetWhenSent => None,
        };
        if let Some(commit) = commit {
            let (journal, reader) = (Journal::new(), Reader::new(0, commit));
            return Table::Logged { journal, versions: BTreeMap::new(), reader, batch: Vec::new(), relay };
        }
        let rule = match relay.rules.way {
            Way::DualWrite => Rule::DualWrite,
            Way::ForgetWhenSent => Rule::ForgetWhenSent,
            Way::Outbox | Way::Capture | Way::BookmarkFirst => Rule::Sound,
        };
        let member = Member::new(Place::Producer, rule, relay.rules.poll);
        Table::Producer { member: Hosted::new(member, relay, rng), rows: BTreeMap::new() }
    }

    pub fn relay(&self) -> &Relay {
        match self {
            Table::Producer { member, .. } => &member.host,
            Table::Logged { relay, .. } => relay,
        }
    }

    pub fn relay_mut(&mut self) -> &mut Relay {
        match self {
            Table::Producer { member, .. } => &mut member.host,
            Table::Logged { relay, .. } => relay,
        }
    }

    /// The number of the last write.
    pub fn last(&self) -> u64 {
        match self {
            Table::Producer { member, .. } => member.machine.image().last(),
            Table::Logged { journal, .. } => journal.position(),
        }
    }

    /// Everybody has confirmed everything up to here, or it was given up.
    pub fn confirmed(&self) -> u64 {
        self.relay().confirmed(self.last())
    }

    /// Value and version of a row.
    pub fn read(&self, key: u64) -> (u64, u64) {
        match self {
            Table::Producer { rows, .. } => rows.get(&key).copied().unwrap_or_default(),
            Table::Logged { journal, versions, .. } => {
                let version = versions.get(&key).copied().unwrap_or_default();
                (journal.rows().get(&key).copied().unwrap_or_default(), version)
            }
        }
    }

    /// Writes a row; its version is the number of the write.
    pub fn write(&mut self, cx: &mut Cx<'_>, request: Request) -> u64 {
        let (key, value) = (request.key, request.value);
        match self {
            Table::Producer { member, rows } => {
                member.host.writes = Some(request);
                member.on_request(cx, 0, (key, 1));
                let number = member.machine.image().last();
                rows.insert(key, (value, number));
                confirm(cx, member);
                number
            }
            Table::Logged { journal, versions, relay, .. } => {
                let position = journal.put(key, value, cx.now());
                versions.insert(key, position);
                relay.made(cx, position, request);
                position
            }
        }
    }

    /// Where the log is read: the next changes, when those before are confirmed, and those again that are not.
    pub fn poll(&mut self, cx: &mut Cx<'_>) {
        let Table::Logged { journal, reader, batch, relay, .. } = self else { return };
        cx.timer(relay.rules.poll, POLL);
        batch.retain(|number| relay.open.get(number).is_some_and(|open| open.missing != 0 || !open.is_told));
        if batch.is_empty() {
            reader.delivered();
            // A log is only forgotten up to the bookmark, so that it always reaches back to the reader.
            journal.forget(reader.bookmark());
            if relay.rules.way.remembers() {
                relay.let_go(reader.bookmark());
            }
            batch.extend(reader.poll(journal, RELAY_MAX).unwrap_or_default().iter().map(|change| change.position));
        }
        batch.iter().for_each(|number| relay.publish(cx, *number));
    }

    pub fn on_start(&mut self, cx: &mut Cx<'_>) {
        match self {
            Table::Producer { member, .. } => member.on_start(cx),
            Table::Logged { relay, .. } => cx.timer(relay.rules.poll, POLL),
        }
    }

    pub fn on_reply(&mut self, cx: &mut Cx<'_>, token: u64, request: &Request, reply: &Reply) {
        self.relay_mut().on_reply(cx, token, request, reply);
        if let Table::Producer { member, .. } = self {
            confirm(cx, member);
        }
    }

    /// False when the timer is not the machine's.
    pub fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) -> bool {
        let Table::Producer { member, .. } = self else { return false };
        let was_its = member.on_timer(cx, token);
        if was_its {
            confirm(cx, member);
        }
        was_its
    }

    pub fn on_crash(&mut self, cx: &mut Cx<'_>) {
        match self {
            Table::Producer { member, .. } => {
                member.on_crash();
                let last = member.machine.image().last();
                let kept = member.machine.image().waiting();
                let durable_from = if member.host.rules.way.remembers() { 0 } else { last + 1 - kept };
                member.host.on_crash(cx, durable_from);
            }
            Table::Logged { reader, batch, relay, .. } => {
                batch.clear();
                reader.crash();
                relay.on_crash(cx, reader.bookmark() + 1);
            }
        }
    }

    pub fn on_restart(&mut self, cx: &mut Cx<'_>) {
        match self {
            Table::Producer { member, .. } => {
                member.on_restart(cx);
                confirm(cx, member);
            }
            Table::Logged { relay, .. } => cx.timer(relay.rules.poll, POLL),
        }
    }
}

/// Tells the outbox what has been confirmed, oldest first without a gap, as a consumer with one mark would.
fn confirm(cx: &mut Cx<'_>, member: &mut Hosted<Member, Relay>) {
    let image = member.machine.image();
    if image.waiting() == 0 {
        return;
    }
    let upto = member.host.confirmed(image.last());
    if upto + image.waiting() > image.last() {
        member.step(cx, |machine, now, out| machine.on_message(CONSUMER, Word::Taken(upto), now, out));
        member.host.let_go(upto);
    }
}
