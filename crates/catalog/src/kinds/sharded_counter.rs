//! Sharded counter: one count in several places, so that those who add to it do not wait for one another.
//!
//! Each shard has a number of its own for each key. Adding takes the row's lock, or carelessly does not; a read adds up all shards, or
//! some of them; or every shard is a replica of a counter that converges ([`crdt::GCounter`]) and answers by itself.

use crate::desk::Desk;
use crate::face::{Bar, Face};
use crate::front::Front;
use crate::kind::{Cx, Glance, Kind, Setup};
use crate::kinds::Message;
use crate::settings::{FieldExt, Settings, choice, law, number, whole, gauge};
use base::{Delay, Law, Span, Time};
use check::CheckKind;
use crdt::{Crdt, GCounter};
use foldhash::quality::FixedState;
use hashbrown::HashMap;
use scenario::{KindSpec, Ports, Text, Verb};
use sim::{CallId, Reply, Request};
use slab::Slab;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use trace::Status;

/// One shard.
#[derive(Clone)]
pub struct ShardedCounter {
    number: u8,
    knobs: Knobs,
    desk: Desk<Job>,
    /// What this shard has counted of each key.
    counts: HashMap<u64, u64, FixedState>,
    /// What this replica knows of each key, when counters converge.
    known: HashMap<u64, GCounter, FixedState>,
    /// For each row whose lock is taken, those who wait for it.
    locks: BTreeMap<u64, VecDeque<u32>>,
    gathers: BTreeMap<u64, Gather>,
    /// Questions of other shards whose row is being reached.
    asked: Slab<Asked>,
    /// For each other replica, keys that it has not confirmed.
    owed: Vec<Owed>,
    serial: u64,
    /// Increments that were acknowledged here.
    acknowledged: u64,
    /// The last estimate that was given, of which key.
    estimate: Option<(u64, u64)>,
}

/// What is set.
#[derive(Clone, Copy)]
struct Knobs {
    members: u8,
    adding: Adding,
    /// How many shards a read asks; 0 is all.
    sample: u8,
    access: Delay,
    hold: Delay,
    merge: Span,
    patience: Span,
}

/// How an increment is made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Adding {
    Locked,
    Careless,
    Converging,
}

#[derive(Clone, Copy)]
struct Job {
    call: CallId,
    request: Request,
    /// What was there when it was read.
    read: u64,
}

/// A read that waits for other shards.
#[derive(Clone, Copy)]
struct Gather {
    job: u32,
    began: Time,
    sum: u64,
    asked: u8,
    missing: u8,
}

/// What another shard wants to know.
#[derive(Clone, Copy)]
struct Asked {
    by: u8,
    serial: u64,
    key: u64,
}

/// What another replica has not confirmed.
#[derive(Clone, Debug, Default)]
struct Owed {
    keys: BTreeSet<u64>,
    /// With the number of the message, and when it was sent.
    on_its_way: Option<(u64, Time, BTreeSet<u64>)>,
}

/// What shards say to each other.
#[derive(Clone, Debug)]
pub enum Count {
    /// What have you counted of a key?
    Ask {
        /// The asker's number for it.
        serial: u64,
        /// The key.
        key: u64,
    },
    /// So much.
    Answer {
        /// The asker's number for it.
        serial: u64,
        /// Counted.
        count: u64,
    },
    /// What a replica knows.
    Merge {
        /// The sender's number for it.
        serial: u64,
        /// Counters by key.
        counters: Arc<Vec<(u64, GCounter)>>,
    },
    /// It is merged.
    Merged {
        /// Of which.
        serial: u64,
    },
}

/// The upper bits of a timer's token say what it is for; else it is a job whose access is done.
const WRITTEN: u64 = 1 << 60;
const PATIENCE: u64 = 2 << 60;
const MERGE: u64 = 3 << 60;
const ASKED: u64 = 4 << 60;
const PURPOSE: u64 = 7 << 60;

impl Knobs {
    fn read(settings: &Settings<'_>, members: u8) -> Knobs {
        Knobs {
            members,
            adding: match settings.choice("adding") {
                0 => Adding::Locked,
                1 => Adding::Careless,
                _ => Adding::Converging,
            },
            sample: if settings.choice("reading") == 0 { 0 } else { settings.whole("sample").clamp(1, 16) as u8 },
            access: settings.delay("time_ms", "time_law"),
            hold: settings.delay("hold_ms", "time_law"),
            merge: settings.millis("merge_ms"),
            patience: Span::from_millis(200) + settings.millis("mesh_ms").scaled(4.0),
        }
    }
}

impl ShardedCounter {
    fn count(&self, key: u64) -> u64 {
        self.counts.get(&key).copied().unwrap_or(0)
    }

    /// The row has been reached: a write takes its lock or looks at it, a read begins to add up.
    fn reached(&mut self, cx: &mut Cx<'_>, at: u32) {
        let Job { request, .. } = *self.desk.job(at);
        if !request.write {
            self.begin_read(cx, at, request.key);
        } else if self.knobs.adding == Adding::Careless {
            self.hold(cx, at);
        } else if let Some(waiting) = self.locks.get_mut(&request.key) {
            waiting.push_back(at);
        } else {
            self.locks.insert(request.key, VecDeque::new());
            self.hold(cx, at);
        }
    }

    /// Reads the row; the write comes a while later.
    fn hold(&mut self, cx: &mut Cx<'_>, at: u32) {
        let key = self.desk.job(at).request.key;
        self.desk.job(at).read = self.count(key);
        let span = cx.work(&self.knobs.hold);
        cx.timer(span, WRITTEN | u64::from(at));
    }

    /// Writes one more than was read, and gives the lock to the next.
    fn written(&mut self, cx: &mut Cx<'_>, at: u32) {
        let Job { request, read, .. } = *self.desk.job(at);
        let key = request.key;
        self.counts.insert(key, read + 1);
        self.acknowledged += 1;
        if self.knobs.adding == Adding::Converging {
            // So many increments that a slot is full are not made in any run.
            let _ = self.known.entry(key).or_default().increment(u32::from(self.number), 1);
            for owed in &mut self.owed {
                owed.keys.insert(key);
            }
        }
        // Who is careless has taken no lock, also when others took it before the knob was turned.
        let next = self.locks.get_mut(&key).filter(|_| self.knobs.adding != Adding::Careless).map(VecDeque::pop_front);
        match next {
            Some(Some(next)) => self.hold(cx, next),
            Some(None) => drop(self.locks.remove(&key)),
            None => {}
        }
        let now = cx.now();
        self.answer(cx, at, Reply { value: read + 1, ..self.counted(cx, now) });
    }

    /// An answer as of a moment. That is its version: whatever was written before it is in the sum. Replicas know no such moment.
    fn counted(&self, cx: &Cx<'_>, as_of: Time) -> Reply {
        match self.knobs.adding {
            Adding::Converging => Reply::plain(Status::Ok),
            Adding::Locked | Adding::Careless => Reply { store: cx.home(), version: as_of.0 + 1, ..Reply::plain(Status::Ok) },
        }
    }

    fn answer(&mut self, cx: &mut Cx<'_>, at: u32, reply: Reply) {
        let job = self.desk.close(at);
        cx.reply(job.call, reply);
        self.desk.release(cx);
    }

    fn begin_read(&mut self, cx: &mut Cx<'_>, at: u32, key: u64) {
        if self.knobs.adding == Adding::Converging {
            let value = self.known.get(&key).map_or(0, GCounter::value);
            let value = u64::try_from(value).unwrap_or(u64::MAX);
            self.answer(cx, at, Reply { value, ..Reply::plain(Status::Ok) });
            return;
        }
        let members = self.knobs.members;
        let asked = if self.knobs.sample == 0 { members } else { self.knobs.sample.min(members) };
        self.serial += 1;
        let gather = Gather { job: at, began: cx.now(), sum: self.count(key), asked, missing: asked - 1 };
        self.gathers.insert(self.serial, gather);
        // Itself, and the next ones after a place drawn by luck.
        let shift = if asked < members { cx.rng().below(u64::from(members) - 1) as u8 } else { 0 };
        for nth in 0..asked - 1 {
            let step = (shift + nth) % (members - 1) + 1;
            cx.send((self.number + step) % members, Message::ShardedCounter(Count::Ask { serial: self.serial, key }));
        }
        if asked == 1 {
            self.gathered(cx, self.serial);
        } else {
            cx.timer(self.knobs.patience, PATIENCE | self.serial);
        }
    }

    fn gathered(&mut self, cx: &mut Cx<'_>, serial: u64) {
        let Some(gather) = self.gathers.remove(&serial) else { return };
        let key = self.desk.job(gather.job).request.key;
        let value = (gather.sum as f64 * f64::from(self.knobs.members) / f64::from(gather.asked) + 0.5) as u64;
        self.estimate = Some((key, value));
        self.answer(cx, gather.job, Reply { value, ..self.counted(cx, gather.began) });
    }

    /// Tells every other replica what it has not confirmed, all of it anew where no confirmation has come.
    fn tell(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now();
        for to in 0..self.owed.len() {
            let owed = &mut self.owed[to];
            // Who has not confirmed for long has not got it: all of it is sent again, with what has come since.
            if owed.on_its_way.as_ref().is_some_and(|(_, sent, _)| now.since(*sent) < self.knobs.patience) {
                continue;
            }
            if let Some((_, _, keys)) = owed.on_its_way.take() {
                owed.keys.extend(keys);
            }
            if to == usize::from(self.number) || owed.keys.is_empty() {
                owed.keys.clear();
                continue;
            }
            let keys = std::mem::take(&mut owed.keys);
            let known = &self.known;
            let counters = keys.iter().filter_map(|key| Some((*key, known.get(key)?.clone()))).collect();
            self.serial += 1;
            owed.on_its_way = Some((self.serial, now, keys));
            let message = Count::Merge { serial: self.serial, counters: Arc::new(counters) };
            cx.send(to as u8, Message::ShardedCounter(message));
        }
        cx.timer(self.knobs.merge, MERGE);
    }
}

impl Kind for ShardedCounter {
    const SLUG: &'static str = "sharded-counter";
    type Message = Count;
    const CHECKS: &'static [CheckKind] = &[CheckKind::StaleReads];

    fn spec() -> KindSpec {
        const ADDED: &[&str] = &["locked", "careless"];
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Sharded counter".into(),
            group: "Data".into(),
            purpose: "Counts in several places, so that many can add at once: likes, views, stock.".into(),
            icon: "M3 3h5v5H3zM10 3h5v5h-5zM5.500 8v3h7V8M9 11v4M7 13h4".into(),
            fields: vec![
                whole("members", "Shards", "", (1.0, 16.0), 4.0, "Places where one counter is kept"),
                choice("adding", "Adding", "What an increment does to the row of its counter", &[
                    ("locked", "locks it: one after the other, each counts"),
                    ("careless", "reads it and writes one more: wrong, of two at once one is lost"),
                    ("converging", "locks it; shards are replicas that tell each other what they counted"),
                ]),
                choice("reading", "Reading", "What a read asks", &[
                    ("exact", "all shards"),
                    ("sampled", "some, and takes the rest to be alike"),
                ]).live().when("adding", ADDED),
                whole("sample", "Asks", "shards", (1.0, 16.0), 2.0, "How many shards a sampled read asks").live().when("reading", &["sampled"]),
                number("merge_ms", "Tells others", "ms", (10.0, 600_000.0), 500.0, "How often a replica tells the others what it has counted").live().when("adding", &["converging"]),
                number("hold_ms", "Writing", "ms", (0.0, 60_000.0), 2.0, "Mean time from reading a row until it is written: as long as its lock is held").live(),
                whole("workers", "Connections", "", (1.0, 10_000.0), 64.0, "Requests that one shard works on, or that wait for a lock, at the same time").live(),
                whole("line_max", "Line", "", (0.0, 1e6), 1_000.0, "Requests that may wait at one shard; more are refused").live(),
                number("time_ms", "Access", "ms", (0.0, 60_000.0), 0.5, "Mean time to reach a row").live(),
                law("time_law", "Times vary", Law::Exponential).live(),
                number("mesh_ms", "Between shards", "ms", (0.0, 60_000.0), 1.0, "One-way latency from shard to shard"),
            ],
            ports: Ports { accepts: true, out_max: 0, refusal: "A counter is called; it calls nobody".into() },
            verbs: vec![
                Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Isolate, Verb::Heal,
            ],
            gauges: vec![
                gauge("lost", "Lost", ""),
                gauge("locked", "Wait for a row", ""),
                gauge("off_percent", "Reads off by", "%"),
                gauge("p99_ms", "p99", "ms"),
            ],
            members: Some("members".into()),
            modelled: vec![
                "every counter's row at every shard, its lock and who waits for it".into(),
                "an increment that reads, and writes later, with what it loses without a lock".into(),
                "replicas that send what they counted until it is confirmed, and merge by the greater of each slot".into(),
            ],
            left_out: vec![
                "telling an increment that is repeated from a new one: after a time-out it may count twice".into(),
                "places at other shards: reaching a row there takes its time, and no connection".into(),
                "what a read misses without a lock, in a sample or at a replica that lags: its version says when it was made".into(),
            ],
        }
    }

    fn members(settings: &Settings<'_>) -> u8 {
        settings.whole("members").clamp(1, 16) as u8
    }

    fn front(_settings: &Settings<'_>, _members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        Front::Turn(0)
    }

    fn mesh(settings: &Settings<'_>) -> Delay {
        Delay::constant(settings.millis("mesh_ms"))
    }

    fn new(setup: &Setup<'_>) -> ShardedCounter {
        let members = setup.members.max(1);
        ShardedCounter {
            number: setup.number,
            knobs: Knobs::read(&setup.settings, members),
            desk: Desk::new(&setup.settings),
            counts: HashMap::with_hasher(FixedState::with_seed(0)),
            known: HashMap::with_hasher(FixedState::with_seed(0)),
            locks: BTreeMap::new(),
            gathers: BTreeMap::new(),
            asked: Slab::new(),
            owed: vec![Owed::default(); usize::from(members)],
            serial: 0,
            acknowledged: 0,
            estimate: None,
        }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let adding = self.knobs.adding;
        self.knobs = Knobs { adding, ..Knobs::read(&setup.settings, self.knobs.members) };
        self.desk.retune(cx, &setup.settings);
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        if self.knobs.adding == Adding::Converging {
            cx.timer(self.knobs.merge, MERGE);
        }
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.desk.take(cx, call, Job { call, request, read: 0 });
    }

    #[inline]
    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        match token & PURPOSE {
            WRITTEN => self.written(cx, token as u32),
            PATIENCE => {
                // Somebody has not answered: there is no exact sum, and no sample.
                if let Some(gather) = self.gathers.remove(&(token & !PURPOSE)) {
                    self.answer(cx, gather.job, Reply::plain(Status::Unavailable));
                }
            }
            MERGE => self.tell(cx),
            ASKED => {
                let Some(Asked { by, serial, key }) = self.asked.try_remove((token & !PURPOSE) as usize) else { return };
                cx.send(by, Message::ShardedCounter(Count::Answer { serial, count: self.count(key) }));
            }
            _ => self.reached(cx, token as u32),
        }
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, message: Count) {
        match message {
            Count::Ask { serial, key } => {
                let asked = self.asked.insert(Asked { by: from, serial, key });
                let span = cx.work(&self.knobs.access);
                cx.timer(span, ASKED | asked as u64);
            }
            Count::Answer { serial, count } => {
                let Some(gather) = self.gathers.get_mut(&serial) else { return };
                gather.sum += count;
                gather.missing = gather.missing.saturating_sub(1);
                if gather.missing == 0 {
                    self.gathered(cx, serial);
                }
            }
            Count::Merge { serial, counters } => {
                counters.iter().for_each(|(key, counter)| self.known.entry(*key).or_default().merge(counter));
                cx.send(from, Message::ShardedCounter(Count::Merged { serial }));
            }
            Count::Merged { serial } => {
                let owed = self.owed.get_mut(usize::from(from));
                if let Some(owed) = owed.filter(|owed| owed.on_its_way.as_ref().is_some_and(|sent| sent.0 == serial)) {
                    owed.on_its_way = None;
                }
            }
        }
    }

    /// Rows are on disk; what was in hand is gone, and with it its locks.
    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.desk.abandon(cx);
        self.locks.clear();
        self.gathers.clear();
        self.asked.clear();
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.on_start(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        let shards = settings.whole("members");
        let word = if shards == 1 { "shard" } else { "shards" };
        format!("{shards} {word} · {}", settings.choice_name("adding"))
    }

    fn face(members: &[&ShardedCounter], _glance: &Glance<'_>) -> Face {
        let most = members.iter().map(|me| me.acknowledged).max().unwrap_or(0).max(1) as f64;
        let bar = |me: &&ShardedCounter| Bar { label: format!(".{}", me.number), value: me.acknowledged as f64, full: most };
        Face::Bars { bars: members.iter().map(bar).collect(), unit: "increments".into() }
    }

    fn gauges(members: &[&ShardedCounter], glance: &Glance<'_>) -> Vec<Option<f64>> {
        // A sum does not depend on the order in which it is made.
        let sum = |me: &&ShardedCounter| me.counts.values().sum::<u64>();
        let (made, there): (u64, u64) = (members.iter().map(|me| me.acknowledged).sum(), members.iter().map(sum).sum());
        let waiting: usize = members.iter().flat_map(|me| me.locks.values()).map(VecDeque::len).sum();
        let off = |me: &&ShardedCounter| match me.knobs.adding {
            Adding::Converging => {
                let knows = me.known.values().map(GCounter::value).sum::<u128>() as f64;
                (there > 0).then(|| (there as f64 - knows) / there as f64 * 100.0)
            }
            Adding::Locked | Adding::Careless => me.estimate.and_then(|(key, value)| {
                let truth: u64 = members.iter().map(|other| other.count(key)).sum();
                (truth > 0).then(|| (truth as f64 - value as f64) / truth as f64 * 100.0)
            }),
        };
        let furthest = members.iter().filter_map(off).map(f64::abs).reduce(|a, b| if b > a { b } else { a });
        vec![Some(made.saturating_sub(there) as f64), Some(waiting as f64), furthest, glance.p99_ms()]
    }

    fn role(&self) -> Text {
        Text::default()
    }

    fn note(&self, _members: &[&ShardedCounter]) -> String {
        format!("{} counters · {} increments", self.counts.len(), self.acknowledged)
    }
}
