//! Stream processor: counts events by key in windows of the time at which they happened, and tells what it counted.
//!
//! ```text
//!   events ──► log ──► [ one after the other ] ──► windows ──► results ──► the boxes behind
//!                offset └───── checkpoint: offset and windows, together ─────┘
//! ```
//!
//! The windows are [`queue::Windows`], the log is a [`queue::Log`]. After a crash it goes on from its last checkpoint: what it counts is
//! right again; what it had told since then it tells again, unless results wait for the checkpoint that contains them.

mod form;

use crate::face::{Face, Mood, Phase};
use crate::kind::{Cx, Decision, Glance, Kind, Setup, Word};
use crate::plan::{Outlet, Serves};
use crate::settings::Settings;
use base::{Delay, Span, Time, stable_hash_u64};
use check::CheckKind;
use queue::{Fired, Log, Recent, Retention, Windows};
use scenario::KindSpec;
use sim::{CallId, Reply, Request};
use std::collections::VecDeque;
use trace::{Record, Status};

/// A stream processor.
#[derive(Clone)]
pub struct StreamProcessor {
    inside: Box<Inside>,
}

#[derive(Clone)]
struct Inside {
    rules: Rules,
    outlets: Vec<Outlet>,
    /// What has come and may be needed again: on disk.
    log: Log<Event>,
    /// The next event to be looked at.
    offset: u64,
    windows: Windows,
    is_busy: bool,
    /// On disk: where to go on after a crash.
    checkpoint: Checkpoint,
    /// Results that wait for the next checkpoint.
    held: Vec<Fired>,
    /// The request that the last result is made from.
    last: Request,
    told: Recent<u64, ()>,
    results: u64,
    again: u64,
    /// Events that were looked at, those looked at again included.
    processed: u64,
    late: u64,
    shown: VecDeque<(Fired, Time)>,
}

#[derive(Clone)]
struct Checkpoint {
    offset: u64,
    windows: Windows,
    late: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Event {
    key: u64,
    happened: Time,
    request: Request,
}

#[derive(Clone, Copy)]
struct Rules {
    promise: Promise,
    every: Span,
    late: Delay,
    time: Delay,
    keys: u64,
    room: u64,
}

/// What a crash does to the results.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Promise {
    /// They are told when the checkpoint that contains them is there.
    Exactly,
    /// They are told at once, and again after a crash.
    AtLeast,
    /// The offset is kept and the windows are not: what was counted is forgotten.
    AtMost,
}

/// Tokens of the timers: the event in hand is done; a checkpoint is due.
const STEP: u64 = 1;
const CHECKPOINT: u64 = 2;
/// The token of calls whose answer nobody waits for.
const NOBODY: u64 = u64::MAX;
const SHOWN: usize = 10;
/// Results that are recognised when they are told again.
const TOLD_MAX: u32 = 1 << 14;

impl Inside {
    /// Looks at the next event, if there is one and its hands are free.
    fn begin(&mut self, cx: &mut Cx<'_>) {
        if self.is_busy || self.offset >= self.log.end() {
            return;
        }
        self.is_busy = true;
        cx.shift_load(-1, 1);
        let lasts = cx.work(&self.rules.time);
        cx.timer(lasts, STEP);
    }

    fn step(&mut self, cx: &mut Cx<'_>) {
        self.is_busy = false;
        cx.shift_load(0, -1);
        let next = self.log.read(self.offset, u64::MAX).ok().and_then(|mut records| records.next().and_then(|record| record.value));
        self.offset += 1;
        if let Some(event) = next {
            self.processed += 1;
            self.last = event.request;
            let counted = self.windows.on_event(event.key, event.happened, 1);
            let watermark = self.windows.watermark();
            cx.decide(|| {
                let words = [event.key.into(), Word::At(event.happened), counted.into(), Word::At(watermark)];
                match counted {
                    0 => Decision::new("dropped an event of key {} from {}, counted in {} windows: too late, the watermark is at {}", words),
                    _ => Decision::new("counted an event of key {} from {} in {} windows; the watermark is at {}", words),
                }
            });
            for fired in self.windows.fire() {
                let is_held = self.rules.promise == Promise::Exactly;
                cx.decide(|| {
                    let what = if is_held { "its result waits for the checkpoint" } else { "its result is told" };
                    let words = [fired.key.into(), Word::At(fired.start), Word::At(fired.end), fired.count.into(), what.into()];
                    Decision::new("closed the window of key {} from {} to {} with {} events: {}", words)
                });
                if self.rules.promise == Promise::Exactly {
                    self.held.push(fired);
                } else {
                    self.tell(cx, fired);
                }
            }
        }
        self.begin(cx);
    }

    /// Sends a result to every box behind that takes such operations, without waiting.
    fn tell(&mut self, cx: &mut Cx<'_>, fired: Fired) {
        let parts = [fired.start.0, fired.end.0, fired.count];
        let write = parts.iter().fold(stable_hash_u64(fired.key), |hash, part| stable_hash_u64(hash ^ part));
        self.results += 1;
        self.again += u64::from(self.told.note(write, ()).is_some());
        if self.shown.len() == SHOWN {
            self.shown.pop_front();
        }
        self.shown.push_back((fired, cx.now()));
        let (store, member, key) = (cx.home(), cx.me(), fired.key);
        cx.record(Record::Applied { store, member, key, write });
        let request = Request { key, value: write, write: true, ..self.last };
        for outlet in self.outlets.iter().filter(|outlet| outlet.carries(request.op)) {
            cx.call(outlet.wire, request, NOBODY);
        }
    }

    /// Offset and windows are written as one; then what they contain may be told, and what came before may be forgotten.
    fn check(&mut self, cx: &mut Cx<'_>) {
        cx.timer(self.rules.every, CHECKPOINT);
        if self.checkpoint.offset == self.offset && self.held.is_empty() {
            return;
        }
        let (offset, held) = (self.offset, self.held.len() as u64);
        cx.decide(|| Decision::new("checkpoint at offset {}; {} results that waited for it are told", [offset.into(), held.into()]));
        self.checkpoint = Checkpoint { offset: self.offset, windows: self.windows.clone(), late: self.late() };
        for fired in core::mem::take(&mut self.held) {
            self.tell(cx, fired);
        }
        let unread = self.log.end() - self.offset;
        self.log.retain(Retention { records_max: unread, ..Retention::default() }, cx.now());
    }

    /// Events that came too late for all of their windows.
    fn late(&self) -> u64 {
        self.late + self.windows.dropped()
    }
}

impl Kind for StreamProcessor {
    const SLUG: &'static str = "stream-processor";
    type Message = ();
    const SERVES: Serves = Serves::Handover;
    const CHECKS: &'static [CheckKind] = &[CheckKind::EffectOnce];

    fn spec() -> KindSpec {
        form::spec(Self::SLUG)
    }

    fn new(setup: &Setup<'_>) -> StreamProcessor {
        let windows = Windows::new(form::windows(&setup.settings)).expect("lengths are at least a millisecond, and at most 100 overlap");
        let inside = Inside {
            rules: form::rules(&setup.settings),
            outlets: setup.outlets.to_vec(),
            log: Log::default(),
            offset: 0,
            checkpoint: Checkpoint { offset: 0, windows: windows.clone(), late: 0 },
            windows,
            is_busy: false,
            held: Vec::new(),
            last: Request::default(),
            told: Recent::new(TOLD_MAX),
            results: 0,
            again: 0,
            processed: 0,
            late: 0,
            shown: VecDeque::new(),
        };
        StreamProcessor { inside: Box::new(inside) }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        self.inside.rules = Rules { keys: self.inside.rules.keys, ..form::rules(&setup.settings) };
        self.inside.begin(cx);
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        cx.timer(self.inside.rules.every, CHECKPOINT);
    }

    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        let me = &mut *self.inside;
        if me.log.end() - me.offset >= me.rules.room {
            return cx.reply(call, Reply::plain(Status::Overloaded));
        }
        let now = cx.now();
        // How long it was on its way to here is the source's luck, not this machine's pace.
        let age = me.rules.late.draw(cx.rng());
        let event = Event { key: request.key % me.rules.keys, happened: Time(now.0.saturating_sub(age.0)), request };
        me.log.append(None, Some(event), now);
        cx.shift_load(1, 0);
        cx.reply(call, Reply::plain(Status::Ok));
        me.begin(cx);
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        match token {
            STEP => self.inside.step(cx),
            _ => self.inside.check(cx),
        }
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        let me = &mut *self.inside;
        cx.shift_load(0, -i32::from(me.is_busy));
        let unread = me.log.end() - me.offset - u64::from(me.is_busy);
        cx.shift_load(-(unread as i32), 0);
        me.is_busy = false;
        me.held.clear();
        if me.rules.promise == Promise::AtMost {
            // The offset was written with each event, the windows never: they begin anew, with whatever comes next.
            me.late = me.late();
            if let Ok(empty) = Windows::new(me.windows.config()) {
                me.windows = empty;
            }
        } else {
            (me.windows, me.offset) = (me.checkpoint.windows.clone(), me.checkpoint.offset);
            me.late = me.checkpoint.late - me.windows.dropped();
        }
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        let me = &mut *self.inside;
        cx.shift_load((me.log.end() - me.offset) as i32, 0);
        cx.timer(me.rules.every, CHECKPOINT);
        me.begin(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        format!("{} windows · {}", settings.choice_name("windows"), settings.choice_name("promise"))
    }

    /// Windows that are open, and those that were told last, by when they were.
    fn face(members: &[&StreamProcessor], glance: &Glance<'_>) -> Face {
        let Some(me) = members.first() else { return Face::Nothing };
        let me = &me.inside;
        let ago = |at: Time| glance.now.since(at).as_millis_f64();
        let phase = |key: u64, start: Time, end: Time, count: u64, mood: Mood| Phase {
            lane: format!("key {key}"),
            label: format!("{count} events"),
            began: ago(start),
            ended: if mood == Mood::Open { 0.0 } else { ago(end) },
            mood,
        };
        let told = me.shown.iter().map(|(fired, _)| phase(fired.key, fired.start, fired.end, fired.count, Mood::Done));
        let open = me.windows.open().take(SHOWN).map(|fired| phase(fired.key, fired.start, fired.end, fired.count, Mood::Open));
        let phases: Vec<Phase> = told.chain(open).collect();
        let span = phases.iter().map(|phase| phase.began).fold(1.0, |most, began| if began > most { began } else { most });
        Face::Timeline { phases, span }
    }

    fn gauges(members: &[&StreamProcessor], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Some(me) = members.first() else { return Vec::new() };
        let me = &me.inside;
        let behind = glance.now.since(me.windows.watermark()).as_secs_f64();
        vec![Some((me.log.end() - me.offset) as f64), Some(behind), Some(me.late() as f64), Some(me.again as f64)]
    }
}
