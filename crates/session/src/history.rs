//! What lately happened at one box or member, for whoever looks into it: its notable happenings, and the very last of everything
//! that was decided there.
//!
//! The log of a run keeps what is notable. Of all the rest each box keeps its last few records ([`Recent`]), so that standing
//! still or stepping shows what just happened: O(1) and no allocation for each record. What a box decides for each request is not
//! recorded at all: it is kept only of what somebody looks into ([`Session::look_into`]), from then on, and from before by running a
//! copy again from an earlier checkpoint. Sentences are made when somebody looks.

use crate::Session;
use crate::describe;
use crate::frame::{History, LogLine};
use crate::run::Run;
use base::Time;
use catalog::{Decided, Plant, Word};
use check::Names;
use scenario::{Act, Moment, Target, Wire};
use std::collections::VecDeque;
use trace::{BoxIndex, MemberIndex, Record, TraceFate};

/// Records kept for each box.
const KEPT: usize = 32;
/// Notable happenings told.
const NOTABLE_MAX: usize = 60;
/// Of everything else, as many are told.
const LATEST_MAX: usize = 24;

/// The last records of each box.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recent {
    boxes: Vec<VecDeque<(Time, Record)>>,
}

impl Recent {
    /// Nothing yet, of so many boxes.
    pub fn of(boxes: usize) -> Recent {
        Recent { boxes: vec![VecDeque::new(); boxes] }
    }

    /// Takes in a record that is not notable.
    pub fn take(&mut self, at: Time, record: Record) {
        let Some(place) = place_of(&record) else { return };
        let Some(kept) = self.boxes.get_mut(usize::from(place)) else { return };
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back((at, record));
    }
}

/// The box that a record is about, when it says one.
fn place_of(record: &Record) -> Option<BoxIndex> {
    match *record {
        Record::Answered { client: place, .. }
        | Record::Wrote { store: place, .. }
        | Record::Read { store: place, .. }
        | Record::Acknowledged { store: place, .. }
        | Record::Held { store: place, .. }
        | Record::Promoted { store: place, .. }
        | Record::SteppedDown { store: place, .. }
        | Record::Discarded { store: place, .. }
        | Record::Degraded { store: place, .. }
        | Record::Admitted { limiter: place, .. }
        | Record::Resized { store: place, .. }
        | Record::Queued { queue: place, .. }
        | Record::Delivered { queue: place, .. }
        | Record::Overwritten { store: place, .. }
        | Record::DiskLost { store: place, .. }
        | Record::Lost { store: place, .. }
        | Record::Repaired { store: place, .. }
        | Record::Sampled { tracer: place, .. }
        | Record::Alarmed { monitor: place, .. }
        | Record::Dropped { queue: place, .. }
        | Record::Granted { lock: place, .. }
        | Record::Released { lock: place, .. }
        | Record::Guarded { lock: place, .. }
        | Record::Applied { store: place, .. }
        | Record::Undone { store: place, .. }
        | Record::Copied { store: place, .. } => Some(place),
        _ => None,
    }
}

/// The member that a record is about, when it says one.
fn member_of(record: &Record) -> Option<MemberIndex> {
    match *record {
        Record::Acknowledged { member, .. }
        | Record::Held { member, .. }
        | Record::Promoted { member, .. }
        | Record::SteppedDown { member, .. }
        | Record::Discarded { member, .. }
        | Record::Degraded { member, .. }
        | Record::Overwritten { member, .. }
        | Record::Applied { member, .. }
        | Record::Undone { member, .. }
        | Record::Copied { member, .. }
        | Record::DiskLost { member, .. }
        | Record::Down { member }
        | Record::Up { member } => Some(member),
        _ => None,
    }
}

/// Whom somebody asks about: a box by place, and one of its members.
struct Whom<'a> {
    id: &'a str,
    place: usize,
    number: Option<u8>,
    plant: &'a Plant,
    wires: &'a [Wire],
    moments: &'a [&'a Moment],
}

impl Whom<'_> {
    /// True for what happened there.
    fn is_meant(&self, record: &Record) -> bool {
        if let Record::Happened { moment } | Record::Ended { moment } = *record {
            return self.moments.get(usize::from(moment)).is_some_and(|moment| self.is_target(moment));
        }
        if let Record::Breaker { wire, .. } = *record {
            // A breaker is its caller's.
            return self.wires.get(usize::from(wire)).is_some_and(|wire| wire.ends.from == self.id);
        }
        match (member_of(record), self.number) {
            (Some(member), number) => {
                let (place, its) = self.plant.member(member);
                usize::from(place) == self.place && number.is_none_or(|number| number == its)
            }
            (None, None) => place_of(record).is_some_and(|place| usize::from(place) == self.place),
            (None, Some(_)) => false,
        }
    }

    fn is_target(&self, moment: &Moment) -> bool {
        match &moment.act {
            Act::Do { on: Target::Member(id, its), .. } => {
                id == self.id && self.number.is_none_or(|number| number == *its)
            }
            Act::Do { on: Target::Sides(sides), .. } => {
                sides.parties().any(|party| party.home() == Some(self.id))
                    && self.number.is_none_or(|number| sides.side_of(self.id, number).is_some())
            }
            Act::Do { on: Target::Box(id), .. } | Act::Set { on: Target::Box(id), .. } => id == self.id,
            _ => false,
        }
    }
}

impl Session {
    /// Somebody looks into a box or member from now on, or into nothing any more: what is decided there becomes part of its history,
    /// and of nothing else. Nothing is kept of a wire or a zone.
    pub fn look_into(&mut self, of: Option<&Target>) {
        let whom = of.and_then(|of| match of {
            Target::Box(id) => Some((self.scenario.place(id)?, None)),
            Target::Member(id, number) => Some((self.scenario.place(id)?, Some(*number))),
            _ => None,
        });
        if let Ok(run) = &mut self.run {
            run.look_into(whom);
            run.recall(&self.scenario);
        }
    }

    /// What was decided by whom somebody looks into, newest first.
    fn decided(&self, run: &Run, whom: &Whom<'_>, names: &Names, ops: &[String]) -> Vec<LogLine> {
        if run.looked_into() != Some((whom.place, whom.number)) {
            return Vec::new();
        }
        let is_one_of_several = whom.number.is_none() && run.plant.members_of(whom.place).len() > 1;
        let line = |decided: &Decided| {
            let text = decided.decision.told(|word| spoken(word, run, whom.id, names, ops));
            let by = if is_one_of_several { format!("{}.{}: ", whom.id, decided.by) } else { String::new() };
            LogLine { at: decided.at, text: by + &text }
        };
        run.plant.decisions().rev().map(line).collect()
    }

    /// What lately happened at a box or member; nothing for a wire or for what is not there. At most 60 notable happenings and 24
    /// others, among them what was decided where somebody looks into. Cost: O(log of the run).
    #[must_use]
    pub fn history(&self, of: &Target) -> History {
        let (id, number) = match of {
            Target::Box(id) => (id, None),
            Target::Member(id, number) => (id, Some(*number)),
            Target::Wire(_) | Target::Zone(_) | Target::Between(..) | Target::Sides(_) => return History::default(),
        };
        let (Ok(run), Some(place)) = (&self.run, self.scenario.place(id)) else { return History::default() };
        let (names, moments) = (run.plant.names(&self.scenario), self.scenario.moments());
        let ops = catalog::operations(&self.scenario);
        let whom = Whom { id, place, number, plant: &run.plant, wires: &self.scenario.wires, moments: &moments };
        let told = |text: Option<String>, at: &Time| Some(LogLine { at: *at, text: text? });
        let meant = |(_, record): &&(Time, Record)| whom.is_meant(record);
        let notable = run.log.iter().rev().filter(meant);
        let notable =
            notable.filter_map(|(at, record)| told(describe::record(record, &names, &self.scenario, &moments), at));
        let decided = self.decided(run, &whom, &names, &ops);
        // What was decided says more of the same.
        let is_said = |record: &Record| !decided.is_empty() && matches!(record, Record::Admitted { .. });
        let latest = run.recent.boxes.get(place).into_iter().flatten().rev().filter(meant);
        let latest = latest.filter(|(_, record)| !is_said(record));
        let latest = latest.filter_map(|(at, record)| told(sentence(record, &names, &ops), at));
        let latest: Vec<LogLine> = latest.collect();
        let mut history = History { notable: notable.take(NOTABLE_MAX).collect(), latest };
        history.latest.extend(decided);
        history.notable.reverse();
        // Of what happened at one moment, what was decided comes before the record of it.
        history.latest.reverse();
        history.latest.sort_by_key(|line| line.at);
        history.latest.drain(..history.latest.len().saturating_sub(LATEST_MAX));
        history
    }
}

/// A version as people write it: term and index for a log, else just the number.
fn version(version: u64) -> String {
    match version >> 40 {
        0 => version.to_string(),
        term => format!("{term}.{}", version & ((1 << 40) - 1)),
    }
}

/// A word of a decision of the box `id`.
fn spoken(word: Word, run: &Run, id: &str, names: &Names, ops: &[String]) -> String {
    match word {
        Word::Number(n) => n.to_string(),
        Word::Level(level) => format!("{level:.1}"),
        Word::Lasts(span) => milliseconds(span.as_millis_f64()),
        Word::At(at) => format!("{:.3} s", at.since(Time::ZERO).as_secs_f64()),
        Word::Op(op) => {
            let known = || ops.get(usize::from(op)).cloned().unwrap_or_else(|| "a request".to_string());
            catalog::own_operation(op).map_or_else(known, ToString::to_string)
        }
        Word::Status(status) => status.name().to_string(),
        Word::Wire(wire) => names.of_box(run.plant.wire_target(wire)).to_string(),
        Word::Peer(number) => format!("{id}.{number}"),
        Word::Text(text) => text.to_string(),
    }
}

/// A record that every request makes, as a sentence; `None` for those that the log tells.
fn sentence(record: &Record, names: &Names, ops: &[String]) -> Option<String> {
    let member = |place| names.member(place);
    let sentence = match *record {
        Record::Answered { op, status, latency, .. } => {
            let op = ops.get(usize::from(op)).map_or("a request", String::as_str);
            format!("{op}: {} after {}", status.name(), milliseconds(latency.as_millis_f64()))
        }
        Record::Wrote { key, version: of, .. } => format!("told a caller that key {key} is {} now", version(of)),
        Record::Read { key, version: 0, .. } => format!("read key {key}: not there"),
        Record::Read { key, version: of, .. } => format!("read key {key}: version {}", version(of)),
        Record::Acknowledged { member: who, key, version: of, .. } => {
            format!("{} acknowledged key {key} as {}", member(who), version(of))
        }
        Record::Held { member: who, version: of, .. } => {
            format!("{} holds all up to {}", member(who), version(of))
        }
        Record::Overwritten { member: who, key, write, .. } => {
            format!("{} dropped write {write} of key {key} for one that did not know of it", member(who))
        }
        Record::Admitted { .. } => "let a request pass".to_string(),
        Record::Guarded { key, token, .. } => format!("what lock {key} protects took a write with token {token}"),
        Record::Applied { member: who, key, write, .. } => {
            format!("{} applied write {write} of key {key}", member(who))
        }
        Record::Copied { member: who, key, version: of, .. } => {
            format!("{} has key {key} as {} from now on", member(who), version(of))
        }
        Record::Queued { message, copies: 1, .. } => format!("took in message {message}"),
        Record::Queued { message, copies, .. } => format!("took in message {message}, to be delivered {copies} times"),
        Record::Delivered { message, .. } => format!("delivered message {message}"),
        Record::Sampled { trace, fate, .. } => {
            let trace = catalog::trace_name(trace);
            match fate {
                TraceFate::Error => format!("kept trace {trace}: it has an error"),
                TraceFate::Slow => format!("kept trace {trace}: it was slow"),
                TraceFate::Drawn => format!("kept trace {trace}, as one of its share"),
                TraceFate::LeftOut => format!("left trace {trace} out"),
                TraceFate::Evicted => format!("threw trace {trace} away undecided: there was no room"),
            }
        }
        _ => return None,
    };
    Some(sentence)
}

fn milliseconds(value: f64) -> String {
    if value < 10.0 { format!("{value:.2} ms") } else { format!("{value:.0} ms") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Command;
    use base::Span;
    use scenario::Verb;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// The newsfeed of the library, with its leader cut off after two seconds, at so many milliseconds.
    fn cut_off_at(ms: u64) -> Session {
        let scenario = scenario::file::read(include_str!("../../../static/scenarios/newsfeed.json"), catalog::schema());
        let mut session = Session::new();
        let mut go = |command| session.handle(command).expect("it can be done");
        go(Command::Open(Box::new(scenario.expect("a scenario of the library"))));
        go(Command::Seek(Time(2_000_000_000)));
        while session.advance(1_000_000) {}
        let on = Target::Member("posts".into(), 0);
        let act = Command::Act { verb: Verb::CutOff, on, amount: None, lasts: Some(Span::from_secs(3)) };
        session.handle(act).expect("a member can be cut off");
        session.handle(Command::Seek(Time(ms * 1_000_000))).expect("it is within the run");
        while session.advance(1_000_000) {}
        session
    }

    fn texts(lines: &[LogLine]) -> String {
        lines.iter().map(|line| format!("{}\n", line.text)).collect()
    }

    #[test]
    fn a_box_tells_what_its_members_did_and_a_member_only_its_own() {
        let session = cut_off_at(9_000);
        let whole = session.history(&Target::Box("posts".into()));
        let said = texts(&whole.notable);
        assert!(said.contains("cut off posts.0") && said.contains("made itself leader of term 2"), "{said}");
        assert!(!whole.latest.is_empty() && whole.latest.len() <= LATEST_MAX);
        assert!(whole.latest.is_sorted_by_key(|line| line.at), "newest last");
        let first = texts(&session.history(&Target::Member("posts".into(), 0)).notable);
        assert!(first.contains("cut off posts.0") && !first.contains("posts.1 made itself"), "{first}");
        let authors = texts(&session.history(&Target::Box("authors".into())).latest);
        assert!(authors.contains("post: ok after"), "{authors}");
        let cache = session.history(&Target::Box("cache".into()));
        assert!(!texts(&cache.notable).contains("posts"), "another box says nothing of it");
        assert_eq!(session.history(&Target::Box("gone".into())), History::default());
    }

    #[test]
    fn a_moment_has_the_same_history_however_it_is_reached() {
        let forward = cut_off_at(5_000);
        let mut back = cut_off_at(9_000);
        back.handle(Command::Seek(Time(5_000_000_000))).expect("it is within the run");
        while back.advance(1_000_000) {}
        for placed in &forward.scenario().boxes {
            let of = Target::Box(placed.id.clone());
            assert_eq!(forward.history(&of), back.history(&of), "{}", placed.id);
        }
    }
}
