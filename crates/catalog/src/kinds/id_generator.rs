//! Id generator: numbers that name things, made by several machines: by clock, by a counting row, by luck, or by hash.
//!
//! Each machine has a clock of its own, which runs a little fast or slow and is set right from time to time: then it jumps back. What
//! a machine does then, and what it forgets when it dies, decides whether it gives an id twice. Callers compare what they got
//! ([`crate::ids::IdFront`]).

use crate::desk::Desk;
use crate::face::Face;
use crate::front::Front;
use crate::kind::{Cx, Decision, Glance, Kind, Setup, Word, percent};
use crate::kinds::Message;
use crate::settings::{FieldExt, Settings, choice, law, number, whole, gauge};
use base::{Delay, Law, Span, Time};
use feed::id::{Codes, IdError, Layout, OnRegress, Snowflake, Tickets, base62, from_base62, random_code};
use scenario::{KindSpec, Ports, Text, Verb};
use sim::{CallId, Reply, Request};
use std::collections::VecDeque;
use std::ops::Range;
use trace::Status;

/// One machine.
#[derive(Clone)]
pub struct IdGenerator {
    number: u8,
    knobs: Knobs,
    desk: Desk<(CallId, Request)>,
    maker: Maker,
    clock: Clock,
    /// The row that counts; machine 0 keeps it, on disk.
    tickets: Tickets,
    /// Jobs that wait for numbers.
    waiting: VecDeque<u32>,
    /// Whether numbers have been asked for, by the number of the question.
    asked: Option<u64>,
    serial: u64,
    unused: u64,
    shown: VecDeque<u64>,
}

/// What makes ids.
#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "there is one for each machine")]
enum Maker {
    Snowflake(Snowflake),
    Range(Range<u64>),
    Random,
    Hash(Box<Codes>),
}

/// What is set.
#[derive(Clone, Copy)]
struct Knobs {
    scheme: usize,
    layout: Layout,
    machine: u64,
    on_regress: OnRegress,
    range: u64,
    length: u32,
    tries: u32,
    correct_every: Span,
    patience: Span,
}

/// A clock that runs fast or slow by a share, and is set right from time to time.
#[derive(Clone, Copy)]
struct Clock {
    drift: f64,
    right_at: Time,
}

/// What the clocks show when a run begins: they count from an epoch, and are never before it.
const EPOCH_AGO: Span = Span::from_secs(3_600);

impl Clock {
    fn read(self, now: Time) -> Time {
        let off = now.since(self.right_at).0 as f64 * self.drift;
        let shown = Time(now.0.saturating_add(EPOCH_AGO.0));
        if off < 0.0 { Time(shown.0.saturating_sub(-off as u64)) } else { Time(shown.0.saturating_add(off as u64)) }
    }
}

/// What machines say to each other.
#[derive(Clone, Debug)]
pub enum Ticket {
    /// May I have numbers?
    Ask {
        /// The asker's number for it.
        serial: u64,
        /// How many.
        count: u64,
    },
    /// These are yours.
    Yours {
        /// The asker's number for it.
        serial: u64,
        /// The first.
        from: u64,
        /// The one after the last.
        to: u64,
    },
}

/// The upper bits of a timer's token say what it is for; else it is a job whose work is done.
const AGAIN: u64 = 1 << 60;
const CORRECT: u64 = 2 << 60;
const ASK: u64 = 3 << 60;
const PURPOSE: u64 = 7 << 60;
/// Ids that a face shows.
const SHOWN: usize = 8;

impl Knobs {
    fn read(settings: &Settings<'_>, number: u8) -> Knobs {
        let at_most = settings.millis("tolerate_ms");
        Knobs {
            scheme: settings.choice("scheme"),
            layout: Layout { time_bits: 41, machine_bits: 10, sequence_bits: settings.whole("sequence_bits").clamp(1, 12) },
            machine: if settings.choice("machines") == 0 { u64::from(number) } else { 0 },
            on_regress: match settings.choice("on_regress") {
                0 => OnRegress::Wait { at_most },
                1 => OnRegress::Borrow { at_most },
                2 => OnRegress::Refuse,
                _ => OnRegress::Ignore,
            },
            range: u64::from(settings.whole("range").max(1)),
            length: settings.whole("length"),
            tries: settings.whole("tries"),
            correct_every: settings.millis("correct_every_ms"),
            patience: Span::from_millis(100) + settings.millis("mesh_ms").scaled(4.0),
        }
    }

    /// What makes ids in a process that has just started.
    fn maker(&self) -> Maker {
        match self.scheme {
            0 => {
                let made = Snowflake::new(self.layout, self.machine, Time::ZERO, self.on_regress);
                Maker::Snowflake(made.expect("63 bits, and fewer machines than ten bits hold"))
            }
            1 => Maker::Range(0..0),
            2 => Maker::Random,
            _ => Maker::Hash(Box::new(Codes::new(self.length, self.tries))),
        }
    }
}

impl IdGenerator {
    /// Tries to make an id for a job whose work is done; it is answered, or tried again later.
    fn make(&mut self, cx: &mut Cx<'_>, at: u32) {
        let (now, request) = (cx.now(), self.desk.job(at).1);
        let made = match &mut self.maker {
            Maker::Snowflake(maker) => maker.next(self.clock.read(now)),
            Maker::Random => Ok(random_code(self.knobs.length, cx.rng())),
            // Ten digits of base 62 are a number of 64 bits.
            Maker::Hash(codes) => codes.code(&text(request.key)).and_then(|code| from_base62(&code)),
            Maker::Range(numbers) => match numbers.next() {
                Some(id) => {
                    self.unused = self.unused.saturating_sub(1);
                    Ok(id)
                }
                None => {
                    self.waiting.push_back(at);
                    self.ask(cx);
                    return;
                }
            },
        };
        match made {
            Ok(id) => self.give(cx, at, id),
            Err(IdError::NotBefore { at: when }) => {
                let wait = when.since(self.clock.read(now)).max(Span(1));
                cx.decide(|| Decision::new("no id yet: its clock went back, or all of this millisecond are used; again in {}", [wait.into()]));
                cx.timer(wait, AGAIN | u64::from(at));
            }
            Err(_) => self.answer(cx, at, Reply::plain(Status::Failed)),
        }
    }

    /// What an id is made of.
    fn told(&self, id: u64) -> Decision {
        let Layout { time_bits, machine_bits, sequence_bits } = self.knobs.layout;
        let part = |bits: u32, from: u32| Word::Number((id >> from) & ((1 << bits) - 1));
        match &self.maker {
            Maker::Snowflake(_) => {
                let time = part(time_bits, machine_bits + sequence_bits);
                let words = [id.into(), time, part(machine_bits, sequence_bits), part(sequence_bits, 0)];
                Decision::new("gave id {}: millisecond {}, machine {}, sequence {}", words)
            }
            Maker::Range(_) => Decision::new("gave id {}, the next of its range; {} are left", [id.into(), self.unused.into()]),
            Maker::Random => Decision::new("gave id {}, drawn by lot", [id.into()]),
            Maker::Hash(_) => Decision::new("gave id {}, a hash of what it is for", [id.into()]),
        }
    }

    fn give(&mut self, cx: &mut Cx<'_>, at: u32, id: u64) {
        let request = self.desk.job(at).1;
        let is_hash = matches!(self.maker, Maker::Hash(_));
        cx.decide(|| self.told(id));
        if let Front::Ids(front) = cx.front() {
            let owner = if is_hash { request.key } else { front.given };
            front.give(id, owner);
        }
        self.shown.push_front(id);
        self.shown.truncate(SHOWN);
        self.answer(cx, at, Reply { value: id, ..Reply::plain(Status::Ok) });
    }

    fn answer(&mut self, cx: &mut Cx<'_>, at: u32, reply: Reply) {
        let (call, _) = self.desk.close(at);
        cx.reply(call, reply);
        self.desk.release(cx);
    }

    /// Asks the machine with the counting row for numbers, unless that has been done.
    fn ask(&mut self, cx: &mut Cx<'_>) {
        if self.asked.is_some() {
            return;
        }
        self.serial += 1;
        self.asked = Some(self.serial);
        cx.send(0, Message::IdGenerator(Ticket::Ask { serial: self.serial, count: self.knobs.range }));
        cx.timer(self.knobs.patience, ASK | self.serial);
    }

    fn take(&mut self, cx: &mut Cx<'_>, numbers: Range<u64>) {
        self.asked = None;
        self.unused = numbers.end - numbers.start;
        self.maker = Maker::Range(numbers);
        for at in std::mem::take(&mut self.waiting) {
            self.make(cx, at);
        }
    }
}

/// What a key stands for where codes are made of texts.
fn text(key: u64) -> String {
    format!("https://example.com/{key}")
}

impl Kind for IdGenerator {
    const SLUG: &'static str = "id-generator";
    type Message = Ticket;

    #[allow(clippy::too_many_lines, reason = "the whole of what can be set and said stands in one place")]
    fn spec() -> KindSpec {
        const FLAKE: &[&str] = &["snowflake"];
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Id generator".into(),
            group: "Data".into(),
            purpose: "Gives each thing a number of its own, from several machines at once.".into(),
            icon: "M5 3v12M9 3v12M3 7h8M3 11h8M14 4l1.500-1v6M13.500 15h3l-3-3.500a1.500 1.500 0 1 1 3 0".into(),
            fields: vec![
                whole("members", "Machines", "", (1.0, 16.0), 3.0, "Machines that make ids"),
                choice("scheme", "Ids from", "How a machine knows that nobody else gives the same", &[
                    ("snowflake", "clock, machine and sequence: nobody is asked"),
                    ("ranges", "a row that counts, at machine 0, gives each a range of numbers"),
                    ("random", "luck: nobody is asked, and nobody looks whether it is there"),
                    ("hash", "the beginning of a hash of what it stands for, hashed again if this machine has given it"),
                ]),
                whole("sequence_bits", "Sequence", "bits", (1.0, 12.0), 12.0, "How many ids a machine has in a millisecond, as a power of two").when("scheme", FLAKE),
                choice("machines", "Machine numbers", "Which number each machine puts into its ids", &[
                    ("its own", "no two the same"),
                    ("all 0", "somebody forgot to set it: wrong"),
                ]).when("scheme", FLAKE),
                choice("on_regress", "Clock went back", "What it does when the clock is behind what was used", &[
                    ("wait", "says come back later, up to a bound"),
                    ("borrow", "goes on from the latest time it used, up to a bound"),
                    ("refuse", "gives none until the clock has caught up"),
                    ("ignore", "goes on from the clock: wrong, it gives ids twice"),
                ]).when("scheme", FLAKE),
                number("tolerate_ms", "Bound", "ms", (0.0, 60_000.0), 100.0, "How far back a clock may go").when("on_regress", &["wait", "borrow"]),
                number("drift_ppm", "Drift", "ppm", (0.0, 100_000.0), 200.0, "How fast the first machine's clock runs ahead; the others' lie between as much fast and slow").when("scheme", FLAKE),
                number("correct_every_ms", "Set right every", "ms", (10.0, 3_600_000.0), 10_000.0, "How often clocks are set right: a fast one jumps back").live().when("scheme", FLAKE),
                whole("range", "Range", "numbers", (1.0, 100_000.0), 100.0, "How many numbers a machine asks for at a time; 1 is a plain increment").live().when("scheme", &["ranges"]),
                whole("length", "Length", "digits", (1.0, 10.0), 7.0, "Digits of base 62").when("scheme", &["random", "hash"]),
                whole("tries", "Tries", "", (1.0, 100.0), 10.0, "How often a code that is taken is hashed again").when("scheme", &["hash"]),
                whole("workers", "Connections", "", (1.0, 10_000.0), 32.0, "Requests that one machine works on at the same time").live(),
                whole("line_max", "Line", "", (0.0, 1e6), 1_000.0, "Requests that may wait at one machine; more are refused").live(),
                number("time_ms", "Work", "ms", (0.0, 60_000.0), 0.1, "Mean time to make one").live(),
                law("time_law", "Work varies", Law::Exponential).live(),
                number("mesh_ms", "Between machines", "ms", (0.0, 60_000.0), 1.0, "One-way latency from machine to machine"),
            ],
            ports: Ports { accepts: true, out_max: 0, refusal: "A generator is called; it calls nobody".into() },
            verbs: vec![
                Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Isolate, Verb::Heal,
            ],
            gauges: vec![
                gauge("collisions", "Given twice", ""),
                gauge("inverted_percent", "Out of order", "%"),
                gauge("rate", "Ids", "/s"),
                gauge("p99_ms", "p99", "ms"),
            ],
            members: Some("members".into()),
            modelled: vec![
                "every id bit by bit, clocks that drift and jump, and what a machine forgets when it dies".into(),
                "ranges that are asked for, waited for, and lost with their holder".into(),
                "what a request's key stands for is the text of a code; every request, read or write, makes an id".into(),
            ],
            left_out: vec![
                "what came twice more than 65,536 ids apart".into(),
                "a table of codes that machines share".into(),
            ],
        }
    }

    fn members(settings: &Settings<'_>) -> u8 {
        settings.whole("members").clamp(1, 16) as u8
    }

    fn front(_settings: &Settings<'_>, _members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        Front::Ids(Box::default())
    }

    fn mesh(settings: &Settings<'_>) -> Delay {
        Delay::constant(settings.millis("mesh_ms"))
    }

    fn new(setup: &Setup<'_>) -> IdGenerator {
        let knobs = Knobs::read(&setup.settings, setup.number);
        // The first clock is the fastest; the others lie between it and as much slow, the same in every run.
        let place = if setup.number == 0 { 1.0 } else { 1.0 - 2.0 * f64::from(setup.number) / f64::from(setup.members.max(1)) };
        let drift = setup.settings.number("drift_ppm") / 1e6 * place;
        IdGenerator {
            number: setup.number,
            knobs,
            desk: Desk::new(&setup.settings),
            maker: knobs.maker(),
            clock: Clock { drift, right_at: Time::ZERO },
            tickets: Tickets::new(1),
            waiting: VecDeque::new(),
            asked: None,
            serial: 0,
            unused: 0,
            shown: VecDeque::new(),
        }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let read = Knobs::read(&setup.settings, setup.number);
        self.knobs = Knobs { range: read.range, correct_every: read.correct_every, ..self.knobs };
        self.desk.retune(cx, &setup.settings);
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        cx.timer(self.knobs.correct_every, CORRECT);
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.desk.take(cx, call, (call, request));
    }

    #[inline]
    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        match token & PURPOSE {
            CORRECT => {
                self.clock.right_at = cx.now();
                cx.timer(self.knobs.correct_every, CORRECT);
            }
            ASK => {
                if self.asked == Some(token & !PURPOSE) {
                    self.asked = None;
                    if !self.waiting.is_empty() {
                        self.ask(cx);
                    }
                }
            }
            _ => self.make(cx, token as u32),
        }
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, message: Ticket) {
        match message {
            Ticket::Ask { serial, count } => {
                let Range { start, end } = self.tickets.take(count);
                cx.send(from, Message::IdGenerator(Ticket::Yours { serial, from: start, to: end }));
            }
            // An answer that came too late is not taken: its numbers are never used.
            Ticket::Yours { serial, from, to } if self.asked == Some(serial) => self.take(cx, from..to),
            Ticket::Yours { .. } => {}
        }
    }

    /// What it knew is gone: the latest time it used, its range, its codes. The counting row is on disk.
    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.desk.abandon(cx);
        self.waiting.clear();
        (self.asked, self.unused) = (None, 0);
        self.maker = self.knobs.maker();
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.on_start(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        format!("{} · {} machines", settings.choice_name("scheme"), settings.whole("members"))
    }

    /// The last ids of all machines, as their parts or as a code.
    fn face(members: &[&IdGenerator], _glance: &Glance<'_>) -> Face {
        let head = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect();
        let is_flake = members.first().is_some_and(|me| me.knobs.scheme == 0);
        let row = |me: &&IdGenerator, id: u64| {
            let mut row = vec![format!(".{}", me.number)];
            if is_flake {
                let Layout { machine_bits, sequence_bits, .. } = me.knobs.layout;
                let time = id >> (machine_bits + sequence_bits);
                let machine = id >> sequence_bits & ((1 << machine_bits) - 1);
                row.extend([time.to_string(), machine.to_string(), (id & ((1 << sequence_bits) - 1)).to_string()]);
            } else {
                row.extend([id.to_string(), base62(id)]);
            }
            row
        };
        let rows = members.iter().flat_map(|me| me.shown.iter().take(SHOWN).map(move |id| row(me, *id))).collect();
        Face::Table { head: head(if is_flake { &["", "ms", "machine", "sequence"] } else { &["", "number", "code"] }), rows }
    }

    fn gauges(_members: &[&IdGenerator], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Front::Ids(front) = glance.front() else { return Vec::new() };
        vec![
            Some(front.collisions as f64),
            percent(front.inversions, front.given),
            Some(glance.rate(glance.sample.count.ok)),
            glance.p99_ms(),
        ]
    }

    fn role(&self) -> Text {
        if matches!(self.maker, Maker::Range(_)) && self.number == 0 { "keeps the row".into() } else { Text::default() }
    }

    fn note(&self, _members: &[&IdGenerator]) -> String {
        match &self.maker {
            Maker::Range(_) => format!("{} numbers left", self.unused),
            Maker::Hash(codes) => format!("{} codes hashed again", codes.collisions()),
            Maker::Snowflake(_) | Maker::Random => String::new(),
        }
    }
}
