//! Sequencer: one member numbers everything, the others deliver it in the order of the numbers, whatever the network does.
//!
//! Numbers are [`queue::Sequencer`]'s, order is restored by [`queue::GapBuffer`]. Receivers see from a gap that something is missing and
//! ask for it; from time to time the sequencer says how far it is, so that a gap at the end is seen too.

use crate::desk::Desk;
use crate::face::{Face, LogCell, LogMark};
use crate::front::Front;
use crate::kind::{Cx, Decision, Glance, Kind, Setup};
use crate::kinds::Message;
use crate::settings::{FieldExt, Settings, choice, law, number, whole, gauge};
use base::{Delay, Law, Span};
use check::CheckKind;
use queue::GapBuffer;
use scenario::{KindSpec, Ports, Text, Verb};
use sim::{CallId, Reply, Request};
use std::collections::VecDeque;
use trace::{Record, Status};

/// The sequencer, or one of those who listen to it.
#[derive(Clone)]
pub struct Sequencer {
    inside: Box<Inside>,
}

#[derive(Clone)]
struct Inside {
    role: Role,
    rules: Rules,
    /// What was numbered or delivered last, for the face: number and key.
    shown: VecDeque<(u64, u64)>,
}

#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "there are few, and all are in a box of their own")]
enum Role {
    Numbers(Numbering),
    Listens(Listening),
}

#[derive(Clone)]
struct Numbering {
    desk: Desk<(CallId, Request)>,
    numbers: queue::Sequencer,
    /// How often the numbers began anew.
    epoch: u32,
    messages: u64,
    receivers: u8,
    /// The last messages, for those who ask again.
    history: VecDeque<Numbered>,
}

#[derive(Clone)]
struct Listening {
    buffer: GapBuffer<Numbered>,
    /// The newest epoch heard of, and what was due next at that moment: smaller numbers of that epoch have been given twice.
    epoch: (u32, u64),
    /// The last number that the sequencer says it has given.
    last: u64,
    is_armed: bool,
    delivered: u64,
    lost: u64,
}

/// A message with its number.
#[derive(Clone, Copy, Debug)]
pub struct Numbered {
    number: u64,
    epoch: u32,
    message: u64,
    key: u64,
}

/// What members say to each other.
#[derive(Clone, Copy, Debug)]
pub enum Word {
    /// To a receiver: a message.
    Numbered(Numbered),
    /// To a receiver: this is the last number so far.
    Last {
        /// The number.
        number: u64,
    },
    /// To the sequencer: numbers from here to before there are missing.
    Missing {
        /// The first.
        from: u64,
        /// The one behind the last.
        to: u64,
    },
}

#[derive(Clone, Copy)]
struct Rules {
    ask: Span,
    give_up: Span,
    room: u32,
    history: usize,
    lose: f64,
    is_durable: bool,
    say: Span,
}

/// Entries that a face shows.
const SHOWN: usize = 14;
/// Messages that are sent again at one question.
const AGAIN_MAX: usize = 256;
/// Gaps that a receiver asks about at a time.
const GAPS_MAX: usize = 64;
/// The token of the timer by which the sequencer says how far it is, and of that by which a receiver looks at its gap.
const SAY: u64 = 1 << 63;
const LOOK: u64 = 1 << 62;

impl Rules {
    fn read(settings: &Settings<'_>) -> Rules {
        let give_up = settings.millis("give_up_ms");
        Rules {
            ask: settings.millis("ask_ms").max(Span(1_000_000)),
            give_up: if give_up == Span::ZERO { Span::MAX } else { give_up },
            room: settings.whole("room"),
            history: settings.whole("history") as usize,
            lose: settings.number("lose_percent") / 100.0,
            is_durable: settings.choice("counter") == 0,
            say: settings.millis("say_ms").max(Span(1_000_000)),
        }
    }
}

impl Inside {
    fn show(&mut self, number: u64, key: u64) {
        self.shown.push_back((number, key));
        if self.shown.len() > SHOWN {
            self.shown.pop_front();
        }
    }

    fn say_later(&self, cx: &mut Cx<'_>) {
        if matches!(self.role, Role::Numbers(_)) {
            cx.timer(self.rules.say, SAY);
        }
    }

    fn number(&mut self, cx: &mut Cx<'_>, job: u32) {
        let rules = self.rules;
        let Role::Numbers(me) = &mut self.role else { return };
        let (call, request) = me.desk.close(job);
        me.desk.release(cx);
        me.messages += 1;
        let number = me.numbers.next_number();
        let numbered = Numbered { number, epoch: me.epoch, message: me.messages, key: request.key };
        me.history.push_back(numbered);
        while me.history.len() > rules.history {
            me.history.pop_front();
        }
        let receivers = u64::from(me.receivers);
        cx.decide(|| {
            let words = [number.into(), request.key.into(), receivers.into()];
            Decision::new("gave number {} to a message of key {} and told {} receivers", words)
        });
        cx.record(Record::Queued { queue: cx.home(), message: numbered.message, copies: u32::from(me.receivers) });
        for receiver in 1..=me.receivers {
            send(cx, receiver, Word::Numbered(numbered), rules.lose);
        }
        cx.reply(call, Reply { version: number, ..Reply::plain(Status::Ok) });
        self.show(number, request.key);
    }

    /// Delivers what is in order, and sees to what is not.
    fn deliver(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now();
        let Role::Listens(me) = &mut self.role else { return };
        let mut shown = Vec::new();
        let mut due = me.buffer.next_expected();
        while let Some((number, numbered)) = me.buffer.deliver(now) {
            // In one epoch numbers and messages run side by side.
            for skipped in due..number {
                me.lost += 1;
                let message = numbered.message - (number - skipped);
                cx.record(Record::Dropped { queue: cx.home(), message });
            }
            cx.decide(|| match number - due {
                0 => Decision::new("delivered number {}: it was the next", [number.into()]),
                skipped => Decision::new("gave up waiting for {} numbers and delivered number {}", [skipped.into(), number.into()]),
            });
            due = number + 1;
            me.delivered += 1;
            cx.record(Record::Delivered { queue: cx.home(), message: numbered.message });
            shown.push((number, numbered.key));
        }
        let is_behind = me.buffer.waiting_len() > 0 || me.last >= me.buffer.next_expected();
        if is_behind && !me.is_armed {
            me.is_armed = true;
            cx.timer(self.rules.ask, LOOK);
        }
        shown.into_iter().for_each(|(number, key)| self.show(number, key));
    }

    /// Still a gap: asks for what is missing.
    fn look(&mut self, cx: &mut Cx<'_>) {
        if let Role::Listens(me) = &mut self.role {
            me.is_armed = false;
            let end = me.buffer.highest() + 1;
            let at_end = (me.last >= end).then_some((end, me.last + 1));
            for (from, to) in me.buffer.gaps().chain(at_end).take(GAPS_MAX) {
                cx.decide(|| Decision::new("asks for the numbers from {} to {}, which are missing", [from.into(), (to - 1).into()]));
                cx.send(0, Message::Sequencer(Word::Missing { from, to }));
            }
        }
        self.deliver(cx);
    }

    fn hear(&mut self, cx: &mut Cx<'_>, numbered: Numbered) {
        let now = cx.now();
        let Role::Listens(me) = &mut self.role else { return };
        if numbered.epoch > me.epoch.0 {
            me.epoch = (numbered.epoch, me.buffer.next_expected());
        }
        let is_taken = numbered.epoch == me.epoch.0 && numbered.number < me.epoch.1;
        me.last = me.last.max(numbered.number);
        if !me.buffer.on_message(numbered.number, numbered, now) && is_taken {
            // A number that was given before the counter was lost: the receiver takes it for a repetition.
            me.lost += 1;
            cx.record(Record::Dropped { queue: cx.home(), message: numbered.message });
        }
        self.deliver(cx);
    }

    fn again(&mut self, cx: &mut Cx<'_>, to: u8, from: u64, upto: u64) {
        let lose = self.rules.lose;
        let Role::Numbers(me) = &mut self.role else { return };
        let start = me.history.partition_point(|numbered| numbered.number < from);
        for numbered in me.history.range(start..).take_while(|numbered| numbered.number < upto).take(AGAIN_MAX) {
            send(cx, to, Word::Numbered(*numbered), lose);
        }
    }
}

/// Says something to a receiver, unless it is lost on the way.
fn send(cx: &mut Cx<'_>, to: u8, word: Word, lose: f64) {
    if lose == 0.0 || !cx.rng().chance(lose) {
        cx.send(to, Message::Sequencer(word));
    }
}

impl Kind for Sequencer {
    const SLUG: &'static str = "sequencer";
    type Message = Word;
    const CHECKS: &'static [CheckKind] = &[CheckKind::Delivery];

    fn spec() -> KindSpec {
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Sequencer".into(),
            group: "Messaging".into(),
            purpose: "Numbers all messages without gaps, so that every receiver delivers them in the same order.".into(),
            icon: "M3 4.500l1.500-1v5M8 4h7M3 11c2-1.500 3 0.500 0 3h3M8 12.500h7M8 8h4".into(),
            fields: vec![
                whole("members", "Members", "", (2.0, 16.0), 4.0, "The sequencer, and those that deliver what it numbers"),
                number("mesh_ms", "Between members", "ms", (0.0, 10_000.0), 5.0, "Mean one-way latency from the sequencer to a receiver"),
                law("mesh_law", "Latency varies", Law::Exponential),
                number("lose_percent", "Lost", "%", (0.0, 100.0), 1.0, "Share of messages to receivers that are lost on the way").live(),
                number("ask_ms", "Asks again", "ms", (1.0, 60_000.0), 50.0, "How long a receiver waits before it asks for what is missing").live(),
                number("say_ms", "Says how far", "ms", (1.0, 60_000.0), 200.0, "How often the sequencer tells its last number").live(),
                number("give_up_ms", "Gives up", "ms", (0.0, 600_000.0), 0.0, "A receiver goes on without what is missing for longer; 0 is never"),
                whole("room", "Room", "", (1.0, 100_000.0), 10_000.0, "Messages that may wait at a receiver for those before them; with more it goes on without"),
                whole("history", "History", "", (1.0, 100_000.0), 5_000.0, "Messages that the sequencer can send again").live(),
                choice("counter", "Counter", "What becomes of the last number when the sequencer dies", &[
                    ("on disk", "it goes on from there"),
                    ("in memory", "it begins at one again: receivers take what follows for repetitions"),
                ]).live(),
                whole("workers", "Workers", "", (1.0, 1_000.0), 1.0, "Messages that are numbered at the same time").live(),
                whole("line_max", "Line", "", (0.0, 1e5), 1_000.0, "Messages that may wait to be numbered; more are refused").live(),
                number("time_ms", "Work", "ms", (0.0, 10_000.0), 0.1, "Mean time to number one message, its disk included").live(),
                law("time_law", "Work varies", Law::Exponential).live(),
            ],
            ports: Ports { accepts: true, out_max: 0, refusal: "A sequencer's receivers are its own members".into() },
            verbs: vec![Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Isolate, Verb::Heal],
            gauges: vec![
                gauge("behind", "Behind", "messages"),
                gauge("held", "Held back", "messages"),
                gauge("lost", "Given up", ""),
                gauge("rate", "Numbered", "/s"),
            ],
            members: Some("members".into()),
            modelled: vec![
                "member 0 numbers, the others receive; each message to each receiver takes its own time, overtakes others, or is lost".into(),
                "a receiver delivers number n after n−1, asks for what is missing, and gives up what is missing for too long".into(),
                "receivers keep on disk how far they have delivered, and lose what waits when they die".into(),
                "an answer carries the number as its version".into(),
            ],
            left_out: vec!["somebody who takes over from a dead sequencer".into(), "boxes behind the receivers".into()],
        }
    }

    fn members(settings: &Settings<'_>) -> u8 {
        settings.whole("members").clamp(2, 16) as u8
    }

    fn mesh(settings: &Settings<'_>) -> Delay {
        settings.delay("mesh_ms", "mesh_law")
    }

    fn front(_settings: &Settings<'_>, _members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        Front::Only
    }

    fn new(setup: &Setup<'_>) -> Sequencer {
        let (settings, rules) = (&setup.settings, Rules::read(&setup.settings));
        let role = if setup.number == 0 {
            let (numbers, receivers) = (queue::Sequencer::default(), setup.members.saturating_sub(1));
            Role::Numbers(Numbering { desk: Desk::new(settings), numbers, epoch: 0, messages: 0, receivers, history: VecDeque::new() })
        } else {
            let buffer = GapBuffer::new(rules.room, rules.give_up);
            Role::Listens(Listening { buffer, epoch: (0, 0), last: 0, is_armed: false, delivered: 0, lost: 0 })
        };
        Sequencer { inside: Box::new(Inside { role, rules, shown: VecDeque::new() }) }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        self.inside.rules = Rules::read(&setup.settings);
        if let Role::Numbers(me) = &mut self.inside.role {
            me.desk.retune(cx, &setup.settings);
        }
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.inside.say_later(cx);
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        let is_taken = match &mut self.inside.role {
            Role::Numbers(me) => me.desk.accept(cx, (call, request)),
            Role::Listens(_) => false,
        };
        if !is_taken {
            cx.reply(call, Reply::plain(Status::Overloaded));
        }
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        match token {
            SAY => {
                if let Role::Numbers(me) = &self.inside.role {
                    let last = Word::Last { number: me.numbers.last() };
                    (1..=me.receivers).for_each(|receiver| send(cx, receiver, last, self.inside.rules.lose));
                }
                self.inside.say_later(cx);
            }
            LOOK => self.inside.look(cx),
            job => self.inside.number(cx, job as u32),
        }
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, message: Word) {
        match message {
            Word::Numbered(numbered) => self.inside.hear(cx, numbered),
            Word::Last { number } => {
                if let Role::Listens(me) = &mut self.inside.role {
                    me.last = me.last.max(number);
                }
                self.inside.deliver(cx);
            }
            Word::Missing { from: first, to } => self.inside.again(cx, from, first, to),
        }
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        let is_durable = self.inside.rules.is_durable;
        match &mut self.inside.role {
            Role::Numbers(me) => {
                me.desk.abandon(cx);
                if !is_durable {
                    (me.numbers, me.epoch) = (queue::Sequencer::default(), me.epoch + 1);
                    me.history.clear();
                }
            }
            Role::Listens(me) => {
                me.buffer.on_crash();
                me.is_armed = false;
            }
        }
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.inside.say_later(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        format!("{} members · counter {}", settings.whole("members"), settings.choice_name("counter"))
    }

    /// The members are drawn one by one.
    fn face(_members: &[&Sequencer], _glance: &Glance<'_>) -> Face {
        Face::Nothing
    }

    fn gauges(members: &[&Sequencer], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let last = members.iter().find_map(|me| if let Role::Numbers(me) = &me.inside.role { Some(me.numbers.last()) } else { None });
        let listening = || members.iter().filter_map(|me| if let Role::Listens(me) = &me.inside.role { Some(me) } else { None });
        let behind = listening().map(|me| (last.unwrap_or(0) + 1).saturating_sub(me.buffer.next_expected())).max();
        vec![
            behind.map(|behind| behind as f64),
            Some(listening().map(|me| f64::from(me.buffer.waiting_len())).sum()),
            Some(listening().map(|me| me.lost).sum::<u64>() as f64),
            Some(glance.rate(glance.sample.count.arrived)),
        ]
    }

    fn member_face(&self, _glance: &Glance<'_>) -> Face {
        let (last, done, marks) = match &self.inside.role {
            Role::Numbers(me) => (me.numbers.last(), me.numbers.last(), Vec::new()),
            Role::Listens(me) => {
                let next = me.buffer.next_expected();
                let gap = me.buffer.gaps().next().map(|(from, _)| LogMark { label: "missing".to_string(), index: from });
                (me.last.max(next - 1), next - 1, gap.into_iter().collect())
            }
        };
        let cell = |(number, key): &(u64, u64)| LogCell { index: *number, term: 1, key: *key, acknowledged: true };
        Face::Log { entries: self.inside.shown.iter().map(cell).collect(), last, acknowledged: done, marks }
    }

    fn role(&self) -> Text {
        match self.inside.role {
            Role::Numbers(_) => "sequencer".into(),
            Role::Listens(_) => "receiver".into(),
        }
    }

    fn note(&self, _members: &[&Sequencer]) -> String {
        match &self.inside.role {
            Role::Numbers(me) => format!("last number {}", me.numbers.last()),
            Role::Listens(me) => format!("delivered {} · {} wait", me.delivered, me.buffer.waiting_len()),
        }
    }
}
