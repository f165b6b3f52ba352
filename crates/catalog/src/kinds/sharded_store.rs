//! Sharded store: each key lives at one shard, by a rule or by a directory; shards join and leave while it runs.
//!
//! Where keys live, and how far a change has come, is in [`ShardFront`]: the plan and the step machines are the crate's. This file is
//! a shard: it reads and writes its rows, sends a write to the other side as well while its key has two homes, and in `mover.rs`
//! copies, compares and repairs what goes elsewhere.

mod mover;

use crate::desk::Desk;
use crate::face::{Bar, Face};
use crate::front::{Front, RingFront};
use crate::kind::{Cx, Decision, Glance, Kind, Setup, percent};
use crate::kinds::Message;
use crate::settings::{FieldExt, Settings, choice, law, number, whole, gauge};
use crate::shards::{How, Map, ShardFront, Spread, Standing};
use base::{Delay, Law, Span, Time};
use check::CheckKind;
use foldhash::quality::FixedState;
use hashbrown::HashMap;
use mover::Mover;
use placement::{Algorithm, Backfill, DualWriteConfig, Legs, Targets};
use scenario::{KindSpec, Ports, Text, Verb};
use sim::{CallId, Reply, Request};
use std::collections::BTreeMap;
use std::sync::Arc;
use trace::Status;

/// A key with its version and value.
type Row = (u64, u64, u64);

/// One shard.
#[derive(Clone)]
pub struct ShardedStore {
    number: u8,
    table: HashMap<u64, (u64, u64), FixedState>,
    preloaded: u64,
    desk: Desk<(CallId, Request)>,
    served: u64,
    /// Writes that wait for the other side.
    legs: BTreeMap<u64, Leg>,
    /// The number of the last message that wants an answer.
    serial: u64,
    mover: Option<Box<Mover>>,
    /// How many keys are copied or compared in a second.
    pace: f64,
    /// How long both sides are kept after reads have gone over.
    soak: Span,
    /// How long an answer of another shard is waited for.
    patience: Span,
}

/// A write that waits for the other side.
#[derive(Clone, Copy)]
struct Leg {
    call: CallId,
    reply: Reply,
    position: u64,
    /// Whether it waits at the side from which the key moves.
    is_old: bool,
}

/// What shards say to each other.
#[derive(Clone, Debug)]
pub enum Shift {
    /// Rows to take over.
    Rows {
        /// The sender's number for them.
        serial: u64,
        /// The rows.
        rows: Arc<Vec<(u64, u64, u64)>>,
        /// Whether a newer row stays.
        only_if_newer: bool,
    },
    /// Rows to compare.
    Compare {
        /// The sender's number for them.
        serial: u64,
        /// The rows.
        rows: Arc<Vec<(u64, u64, u64)>>,
    },
    /// It is done; these keys were different.
    Done {
        /// Of what was asked.
        serial: u64,
        /// Keys.
        differing: Vec<u64>,
    },
    /// The other half of a write.
    Leg {
        /// The sender's number for it.
        serial: u64,
        /// The row.
        row: (u64, u64, u64),
    },
    /// The other half is written.
    LegDone {
        /// Of which.
        serial: u64,
    },
}

/// The upper bits of a timer's token say what it is for; a job of the desk has none.
const LEG: u64 = 1 << 60;
const MOVER: u64 = 2 << 60;
const PURPOSE: u64 = 3 << 60;

impl ShardedStore {
    /// Callers' knowledge; every shard's box has it.
    fn front<'a>(cx: &'a mut Cx<'_>) -> Option<&'a mut ShardFront> {
        if let Front::Shards(front) = cx.front() { Some(front) } else { None }
    }

    fn me(&self) -> u32 {
        u32::from(self.number)
    }

    fn keep(&mut self, (key, version, value): Row, only_if_newer: bool) {
        let entry = self.table.entry(key).or_insert((0, 0));
        if version > entry.0 || !only_if_newer {
            *entry = (version, value);
        }
    }

    /// The next version of a key: as in a hash ring, time in microseconds with the shard's number below it.
    fn version_after(&self, key: u64, now: Time) -> u64 {
        let held = self.table.get(&key).map_or(0, |(version, _)| *version);
        (now.0 / 1_000).max((held >> 5) + 1) << 5 | u64::from(self.number)
    }

    fn serve(&mut self, cx: &mut Cx<'_>, job: u32) {
        let (call, request) = self.desk.close(job);
        let (store, me) = (cx.home(), self.me());
        let Some(front) = Self::front(cx) else { return };
        let position = front.spread.position(request.key);
        let standing = front.standing(position, me);
        cx.decide(|| {
            let what = match standing {
                Standing::Stopped => "stopped while its keys move",
                Standing::Elsewhere => "of another shard by now",
                Standing::Both { is_old: true, .. } => "moving: written here, whence it goes, and there",
                Standing::Both { is_old: false, .. } => "moving: written here, where it comes, and there",
                _ => "of this shard",
            };
            Decision::new("key {} is {}", [request.key.into(), what.into()])
        });
        if matches!(standing, Standing::Stopped | Standing::Elsewhere) {
            // Under maintenance, or moved since the caller asked where it is; who asks again learns the new place.
            cx.reply(call, Reply::plain(Status::Unavailable));
            return;
        }
        self.served += 1;
        if !request.write {
            let held = self.table.get(&request.key).copied();
            let (status, (version, value)) = held.map_or((Status::Missing, (0, 0)), |held| (Status::Ok, held));
            cx.reply(call, Reply { status, store, version, value });
            return;
        }
        let version = self.version_after(request.key, cx.now());
        let row = (request.key, version, request.value);
        self.keep(row, true);
        let reply = Reply { status: Status::Ok, store, version, value: request.value };
        let Standing::Both { other, is_old } = standing else {
            cx.reply(call, reply);
            return;
        };
        if let Some(mover) = self.mover.as_mut().filter(|_| is_old) {
            mover.notice(position, request.key, other);
        }
        self.serial += 1;
        self.legs.insert(self.serial, Leg { call, reply, position, is_old });
        cx.timer(self.patience, LEG | self.serial);
        cx.send(other, Message::ShardedStore(Shift::Leg { serial: self.serial, row }));
    }

    /// The other side has answered, or has not for too long.
    fn settle(&mut self, cx: &mut Cx<'_>, serial: u64, other_worked: bool) {
        let Some(Leg { call, reply, position, is_old }) = self.legs.remove(&serial) else { return };
        let worked = Targets { old: is_old || other_worked, new: !is_old || other_worked };
        let may_be_acknowledged = Self::front(cx).is_none_or(|front| front.settle(position, worked));
        cx.reply(call, if may_be_acknowledged { reply } else { Reply::plain(Status::Failed) });
        self.drive(cx);
    }

    fn how(settings: &Settings<'_>) -> How {
        let backfill = if settings.choice("backfill") == 0 { Backfill::IfNewer } else { Backfill::Overwrite };
        let legs = if settings.choice("legs") == 0 { Legs::Verified } else { Legs::Trusted };
        match settings.choice("resharding") {
            0 => How::DualWrite(DualWriteConfig { backfill, legs }),
            _ => How::StopAndCopy,
        }
    }

    fn spread(settings: &Settings<'_>) -> Spread {
        match settings.choice("order") {
            0 => Spread::Hash,
            _ => Spread::Order { keys: u64::from(settings.whole("keys")) },
        }
    }

    fn tune(&mut self, settings: &Settings<'_>) {
        self.pace = settings.number("pace");
        self.soak = settings.millis("soak_ms");
        self.patience = Span::from_millis(200) + settings.millis("mesh_ms").scaled(4.0);
    }
}

impl Kind for ShardedStore {
    const SLUG: &'static str = "sharded-store";
    type Message = Shift;
    const CHECKS: &'static [CheckKind] = &[CheckKind::StaleReads, CheckKind::KeysMoved];

    #[allow(clippy::too_many_lines, reason = "the whole of what can be set and said stands in one place")]
    fn spec() -> KindSpec {
        let mut placements = vec![("directory", "A table says for each of 1,024 slots which shard has it: any slot can be moved.")];
        placements.extend(Algorithm::ALL.iter().map(|algorithm| (algorithm.name(), algorithm.help())));
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Sharded store".into(),
            group: "Data".into(),
            purpose: "A store cut into shards, to which shards are added while it is used.".into(),
            icon: "M2.500 3.500h3.500v11H2.500zM7.250 3.500h3.500v11h-3.500zM12 3.500h3.500v11H12zM2.500 11h3.500M7.250 7.500h3.500M12 9.500h3.500".into(),
            fields: vec![
                whole("members", "Shards", "", (1.0, 16.0), 4.0, "Shards at the start"),
                choice("placement", "Placement", "What says which shard has a key", &placements),
                choice("order", "A key lies", "Where on the scale that is divided among the shards", &[
                    ("at its hash", "neighbouring keys are far apart, and what is popular is spread"),
                    ("in order", "neighbouring keys are together, and what is popular too: a hot shard"),
                ]),
                whole("keys", "Keys", "", (0.0, 100_000.0), 10_000.0, "Keys that are there from the start"),
                choice("resharding", "Resharding", "How keys move when a shard joins or leaves", &[
                    ("dual-write", "both sides are written while history is copied and compared; nobody waits"),
                    ("stop-and-copy", "a shard refuses everything until it has copied what goes elsewhere"),
                ]).live(),
                choice("backfill", "Copies", "What a copied row does to a newer one", &[
                    ("if newer", "leaves it alone"),
                    ("overwrite", "replaces it: wrong, what was written since the row was read is undone"),
                ]).live().when("resharding", &["dual-write"]),
                choice("legs", "Half-written", "What becomes of a write that reached one side only", &[
                    ("verified", "its key is copied again, and both sides are compared before reads go over"),
                    ("trusted", "nothing: wrong, the sides stay different"),
                ]).live().when("resharding", &["dual-write"]),
                number("pace", "Copying", "keys/s", (1.0, 1e6), 500.0, "How many keys a shard copies or compares in a second").live(),
                number("soak_ms", "Keep both", "ms", (0.0, 600_000.0), 1_000.0, "How long both sides are written after reads have gone over").live().when("resharding", &["dual-write"]),
                whole("workers", "Connections", "", (1.0, 10_000.0), 32.0, "Requests that one shard works on at the same time").live(),
                whole("line_max", "Line", "", (0.0, 1e6), 1_000.0, "Requests that may wait at one shard; more are refused").live(),
                number("time_ms", "Work", "ms", (0.0, 60_000.0), 1.0, "Mean time of one read or write, its disk included").live(),
                law("time_law", "Work varies", Law::Exponential).live(),
                number("mesh_ms", "Between shards", "ms", (0.0, 60_000.0), 1.0, "One-way latency from shard to shard"),
            ],
            ports: Ports { accepts: true, out_max: 0, refusal: "A store is called; it calls nobody".into() },
            verbs: vec![
                Verb::AddMember, Verb::RemoveMember, Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff,
                Verb::Isolate, Verb::Heal,
            ],
            gauges: vec![
                gauge("hottest_percent", "Hottest shard", "%"),
                gauge("copied_percent", "Copied", "%"),
                gauge("moved_percent", "Moved", "%"),
                gauge("p99_ms", "p99", "ms"),
            ],
            members: Some("members".into()),
            modelled: vec![
                "every key at its shard, and a change of shards as a plan of ranges that each old shard works off".into(),
                "stop and copy, and dual writes with history copied, compared and repaired, under the same traffic".into(),
                "halves of writes that get lost, and callers that still go to the old shard".into(),
            ],
            left_out: vec![
                "copies of a shard: its keys are out of reach while it is down".into(),
                "the service that keeps the table of shards: it is always reachable".into(),
                "what copying costs the requests: it takes its own time, and no worker".into(),
                "going back once reads have gone over".into(),
            ],
        }
    }

    fn members(settings: &Settings<'_>) -> u8 {
        settings.whole("members").clamp(1, 16) as u8
    }

    fn front(settings: &Settings<'_>, members: u8, seed_of: &dyn Fn(u8) -> u64) -> Front {
        let algorithm = settings.choice("placement").checked_sub(1).and_then(|at| Algorithm::ALL.get(at)).copied();
        let map = Map::new(algorithm, members, seed_of);
        Front::Shards(Box::new(ShardFront::new(map, ShardedStore::spread(settings), ShardedStore::how(settings))))
    }

    fn mesh(settings: &Settings<'_>) -> Delay {
        Delay::constant(settings.millis("mesh_ms"))
    }

    fn new(setup: &Setup<'_>) -> ShardedStore {
        let settings = &setup.settings;
        let mut shard = ShardedStore {
            number: setup.number,
            table: HashMap::with_hasher(FixedState::with_seed(0)),
            preloaded: u64::from(settings.whole("keys")),
            desk: Desk::new(settings),
            served: 0,
            legs: BTreeMap::new(),
            serial: 0,
            mover: None,
            pace: 1.0,
            soak: Span::ZERO,
            patience: Span::ZERO,
        };
        shard.tune(settings);
        shard
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        self.desk.retune(cx, &setup.settings);
        self.tune(&setup.settings);
        if let Some(front) = Self::front(cx) {
            front.how = ShardedStore::how(&setup.settings);
        }
    }

    /// Takes the keys that are there from the start and belong to this shard; a newcomer has none yet.
    fn on_start(&mut self, cx: &mut Cx<'_>) {
        let me = self.me();
        let Some(front) = Self::front(cx) else { return };
        let is_mine = |key: &u64| front.standing(front.spread.position(*key), me) == Standing::Here;
        let mine: Vec<u64> = (0..self.preloaded).filter(is_mine).collect();
        self.table.reserve(mine.len());
        mine.into_iter().for_each(|key| self.keep((key, 1, 0), true));
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.desk.take(cx, call, (call, request));
    }

    #[inline]
    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        match token & PURPOSE {
            LEG => self.settle(cx, token & !PURPOSE, false),
            MOVER => self.on_mover_timer(cx, token & !PURPOSE),
            _ => {
                self.serve(cx, token as u32);
                self.desk.release(cx);
            }
        }
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, message: Shift) {
        match message {
            Shift::Rows { serial, rows, only_if_newer } => {
                rows.iter().for_each(|row| self.keep(*row, only_if_newer));
                cx.send(from, Message::ShardedStore(Shift::Done { serial, differing: Vec::new() }));
            }
            Shift::Compare { serial, rows } => {
                let differs = |row: &&Row| self.table.get(&row.0) != Some(&(row.1, row.2));
                let differing = rows.iter().filter(differs).map(|row| row.0).collect();
                cx.send(from, Message::ShardedStore(Shift::Done { serial, differing }));
            }
            Shift::Done { serial, differing } => self.on_batch_done(cx, from, serial, &differing),
            Shift::Leg { serial, row } => {
                self.keep(row, true);
                cx.send(from, Message::ShardedStore(Shift::LegDone { serial }));
            }
            Shift::LegDone { serial } => self.settle(cx, serial, true),
        }
    }

    /// The table is on disk. What was in hand is gone; of a write in two halves nobody knows whether the other was written.
    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.desk.abandon(cx);
        self.mover = None;
        for (_, Leg { position, is_old, .. }) in std::mem::take(&mut self.legs) {
            if let Some(front) = Self::front(cx) {
                front.settle(position, Targets { old: is_old, new: !is_old });
            }
        }
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.hand_over(cx);
    }

    fn hand_over(&mut self, cx: &mut Cx<'_>) {
        self.begin_moving(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        format!("{} shards · {}", settings.whole("members"), settings.choice_name("placement"))
    }

    fn face(members: &[&ShardedStore], _glance: &Glance<'_>) -> Face {
        let most = members.iter().map(|me| me.table.len()).max().unwrap_or(0).max(1) as f64;
        let bar = |me: &&ShardedStore| Bar { label: format!(".{}", me.number), value: me.table.len() as f64, full: most };
        Face::Bars { bars: members.iter().map(bar).collect(), unit: "keys".into() }
    }

    fn gauges(members: &[&ShardedStore], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Front::Shards(front) = glance.front() else { return Vec::new() };
        let (most, all) = members.iter().fold((0, 0), |(most, all), me| (me.served.max(most), all + me.served));
        let moved = front.last.and_then(|change| percent(change.moved, change.total));
        vec![
            percent(most, all),
            front.progress().and_then(|(copied, moved)| percent(copied.min(moved), moved)),
            moved,
            glance.p99_ms(),
        ]
    }

    fn role(&self) -> Text {
        self.mover.as_ref().map_or_else(Text::default, |mover| mover.doing().into())
    }

    fn note(&self, members: &[&ShardedStore]) -> String {
        let served: u64 = members.iter().map(|me| me.served).sum();
        let share = percent(self.served, served).map_or_else(String::new, |share| format!(" · {share:.0}% of requests"));
        format!("{} keys{share}", self.table.len())
    }
}

/// Shards that can be told apart in one word of bits.
const _: () = assert!(RingFront::MEMBERS_MAX <= 32);
