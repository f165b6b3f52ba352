//! Frames, documents and series: the run as the screen wants it. Everything here is computed when somebody looks.

use crate::Session;
use crate::describe;
use crate::frame::{
    BoxFrame, Document, Flight, Frame, Health, LogLine, Mark, MemberFrame, Path, RunState, Series, WireFrame, ZoneFrame,
};
use crate::run::Run;
use base::Time;
use catalog::{Afflicted, MemberView};
use scenario::{Act, Moment, Scenario, Target, Value, Verb, Weight};
use sim::InFlight;
use trace::{MemberIndex, Sample, WireIndex};

/// Messages that are drawn one by one at most; beyond, wires show flow.
const FLIGHTS_MAX: usize = 400;
/// Happenings in a frame.
const LOG_SHOWN: usize = 60;
/// Share of bad ends from which something counts as failing.
const FAILING: f64 = 0.05;

impl Session {
    /// The design with the settings as they are at the present moment, and what can be undone.
    #[must_use]
    pub fn document(&self) -> Document {
        let mut scenario = self.scenario.clone();
        if let Ok(run) = &self.run {
            for (place, placed) in scenario.boxes.iter_mut().enumerate() {
                placed.config = run.plant.config(place).to_vec();
            }
            for (at, wire) in scenario.wires.iter_mut().enumerate() {
                wire.config = run.plant.wire_config(at).to_vec();
            }
        }
        Document {
            revision: self.revision,
            undo: self.undo.last().map(|(label, _)| label.clone()),
            redo: self.redo.last().map(|(label, _)| label.clone()),
            steps: catalog::step_labels(&self.scenario),
            plans: catalog::plans(&self.scenario),
            findings: catalog::lint(&self.scenario),
            scenario,
        }
    }

    /// Everything that can be seen now.
    pub fn frame(&mut self) -> Frame {
        self.notice_retuning();
        let state = self.state();
        let Ok(run) = &self.run else {
            let stands = self.scenario.boxes.iter().map(|_| BoxFrame::default()).collect();
            return Frame {
                state,
                length: self.scenario.length,
                revision: self.revision,
                boxes: stands,
                ..Frame::default()
            };
        };
        let names = run.plant.names(&self.scenario);
        let flow = self.flows(run);
        Frame {
            now: run.now(),
            length: self.scenario.length,
            reached: self.reached,
            state,
            speed: self.speed,
            revision: self.revision,
            events: run.plant.events(),
            digest: run.plant.digest(),
            boxes: (0..self.scenario.boxes.len()).map(|place| box_frame(run, place, self.scenario.weight)).collect(),
            wires: (0..self.scenario.wires.len()).map(|at| wire_frame(run, &self.scenario, at)).collect(),
            zones: (0..self.scenario.zones.len()).map(|at| zone_frame(run, &self.scenario, at)).collect(),
            flights: if flow {
                Vec::new()
            } else {
                run.plant.in_flight().filter_map(|message| flight(run, &message)).collect()
            },
            flow,
            verdicts: run.panel.verdicts(run.now(), &names),
            marks: marks(&self.scenario),
            log: self.log_lines(run, LOG_SHOWN),
        }
    }

    /// A knob that was retuned at some moment has other values before and after it: the document changes when that is passed.
    fn notice_retuning(&mut self) {
        let Ok(run) = &self.run else { return };
        let retuned =
            self.scenario.moments().iter().filter(|m| matches!(m.act, Act::Set { .. }) && m.at <= run.now()).count();
        if retuned != self.retuned {
            self.retuned = retuned;
            self.revision += 1;
        }
    }

    fn state(&self) -> RunState {
        if let Some(why) = self.run.as_ref().err().or(self.stopped.as_ref()) {
            return RunState::Stopped { why: why.clone() };
        }
        match self.seeking {
            Some(to) => RunState::Seeking { to },
            None if self.is_finished() => RunState::Finished,
            None if self.playing => RunState::Running,
            None => RunState::Paused,
        }
    }

    /// Whether messages are too many, or too fast at this speed, to be followed one by one.
    fn flows(&self, run: &Run) -> bool {
        let mut latencies: Vec<f64> =
            (0..self.scenario.wires.len()).filter_map(|at| latency_ms(run.plant.wire_config(at))).collect();
        latencies.sort_by(f64::total_cmp);
        let typical = latencies.get(latencies.len() / 2).copied().unwrap_or(1.0);
        let per_frame_ms = self.speed * 16.7;
        let fast = self.playing && (self.speed == 0.0 || per_frame_ms > typical);
        fast || run.plant.in_flight().take(FLIGHTS_MAX + 1).count() > FLIGHTS_MAX
    }

    /// The latest notable happenings as sentences, at most so many.
    pub(crate) fn log_lines(&self, run: &Run, most: usize) -> Vec<LogLine> {
        let names = run.plant.names(&self.scenario);
        let moments = self.scenario.moments();
        let line = |(at, record): &(Time, trace::Record)| {
            Some(LogLine { at: *at, text: describe::record(record, &names, &self.scenario, &moments)? })
        };
        let mut lines: Vec<LogLine> = run.log.iter().rev().filter_map(line).take(most).collect();
        lines.reverse();
        lines
    }

    /// The course of a box or wire over the run so far; of the first clients when nothing is said.
    #[must_use]
    pub fn series(&self, of: Option<&Target>) -> Series {
        let Ok(run) = &self.run else { return Series::default() };
        let boxes = self.scenario.boxes.len();
        let first_clients = || self.scenario.boxes.iter().position(scenario::Placed::sends);
        let thing = match of {
            None => first_clients(),
            Some(Target::Box(id) | Target::Member(id, _)) => self.scenario.place(id),
            Some(Target::Wire(ends)) => self.scenario.wire(ends).map(|at| boxes + at),
            Some(Target::Zone(_) | Target::Between(..) | Target::Sides(_)) => None,
        };
        let weight = self.scenario.weight;
        let Some(thing) = thing else { return Series { weight, window: run.window, ..Series::default() } };
        Series {
            weight,
            window: run.window,
            samples: run.series[thing].clone(),
            gauges: run.gauges.get(thing).cloned().unwrap_or_default(),
        }
    }
}

fn latency_ms(wire: &[Value]) -> Option<f64> {
    match wire.first() {
        Some(Value::Number(latency)) => Some(*latency),
        _ => None,
    }
}

fn health(sample: &Sample, began: bool) -> Health {
    let ended = sample.count.ended();
    if ended > 0 && sample.count.bad() as f64 / ended as f64 >= FAILING {
        Health::Failing
    } else if sample.waiting > 2.0 && sample.waiting > 2.0 * sample.busy {
        Health::Slow
    } else if sample.count.arrived + ended > 0 {
        Health::Healthy
    } else if began {
        // It had traffic before: still there, just not asked now.
        Health::Healthy
    } else {
        Health::Idle
    }
}

fn box_frame(run: &Run, place: usize, weight: Weight) -> BoxFrame {
    let (sample, span) = run.recent(place);
    let view = run.plant.view(place, &sample, span);
    let members: Vec<MemberFrame> = view.members.into_iter().map(|member| member_frame(run, member, &sample)).collect();
    let all_cut = !members.is_empty() && members.iter().all(|member| member.health == Health::Cut);
    let own = health(&sample, run.plant.meter(place).count.arrived > 0);
    BoxFrame {
        health: if all_cut { Health::Cut } else { own },
        summary: weighed(run.plant.summary(place), weight),
        face: line_of(run, place, view.face, weight),
        gauges: view.gauges,
        members,
    }
}

/// A text in which each rate, a number with `/s` behind it, says of how many requests it is.
fn weighed(text: String, weight: Weight) -> String {
    if weight == Weight::ONE || !text.contains("/s") {
        return text;
    }
    let mut said = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("/s") {
        let (before, after) = (&rest[..at], &rest[at + 2..]);
        let is_rate = before.ends_with(|c: char| c.is_ascii_digit()) && !after.starts_with(char::is_alphanumeric);
        said.push_str(before);
        said.push_str(&if is_rate { weight.unit("/s") } else { "/s".to_string() });
        rest = after;
    }
    said + rest
}

/// A face that is the course of a reading gets that course from the series.
fn line_of(run: &Run, place: usize, face: catalog::Face, weight: Weight) -> catalog::Face {
    const POINTS: usize = 60;
    match face {
        catalog::Face::Line { unit, .. } => {
            let course = run.gauges.get(place).and_then(|gauges| gauges.first()).map_or(&[][..], Vec::as_slice);
            let values =
                course[course.len().saturating_sub(POINTS)..].iter().map(|value| value.unwrap_or(0.0)).collect();
            catalog::Face::Line { values, unit: weight.unit(&unit) }
        }
        other => other,
    }
}

fn member_frame(run: &Run, view: MemberView, sample: &Sample) -> MemberFrame {
    let on = Afflicted::Member(view.member);
    let mut troubles = describe::troubles(&run.plant, on);
    troubles.extend(describe::parted(&run.plant, view.member));
    let gone = |verb: Verb| matches!(verb, Verb::Crash | Verb::Pause | Verb::CutOff | Verb::Isolate);
    let mut verbs = run.plant.troubles().iter().filter(|trouble| trouble.on == on).map(|trouble| trouble.verb);
    let health = if verbs.clone().any(gone) {
        Health::Cut
    } else if verbs.any(|verb| verb == Verb::Slow) {
        Health::Slow
    } else if sample.count.arrived > 0 || run.now() > Time::ZERO {
        Health::Healthy
    } else {
        Health::Idle
    };
    MemberFrame {
        name: run.plant.member_name(view.member),
        role: view.role,
        health,
        troubles,
        face: view.face,
        note: view.note,
    }
}

fn wire_frame(run: &Run, scenario: &Scenario, at: usize) -> WireFrame {
    let (sample, span) = run.recent(scenario.boxes.len() + at);
    let on = Afflicted::Wire(at as WireIndex);
    let cut = run.plant.troubles().iter().any(|trouble| trouble.on == on && trouble.verb == Verb::Cut);
    let ended = sample.count.ended();
    WireFrame {
        health: if cut { Health::Cut } else { health(&sample, run.plant.wire_meter(at).count.arrived > 0) },
        rate: sample.count.arrived as f64 / span.as_secs_f64(),
        bad: if ended == 0 { 0.0 } else { sample.count.bad() as f64 / ended as f64 },
        p99: sample.p99,
        troubles: describe::wire_troubles(&run.plant, at),
        policy: describe::policy(&run.plant, at),
    }
}

/// A zone is cut while nothing passes its borders, or all that lies in it is dead or unreachable.
fn zone_frame(run: &Run, scenario: &Scenario, at: usize) -> ZoneFrame {
    let me = at as u8 + 1;
    let mut members = Vec::new();
    for place in 0..scenario.boxes.len() {
        let inside = run.plant.members_of(place).into_iter().filter(|member| run.plant.zone_of(*member) == me);
        members.extend(inside.map(Afflicted::Member));
    }
    let has = |on: Afflicted, verb: Verb| run.plant.troubles().iter().any(|known| known.on == on && known.verb == verb);
    let down = members.iter().filter(|on| has(**on, Verb::Crash)).count();
    let mut troubles = describe::troubles(&run.plant, Afflicted::Zone(me));
    if down > 0 {
        troubles.push(format!("{down} of {} members down", members.len()));
    }
    for other in (1..=scenario.zones.len() as u8).filter(|other| *other != me) {
        let name = &scenario.zones[usize::from(other) - 1].name;
        let between = describe::troubles(&run.plant, Afflicted::Between(me.min(other), me.max(other)));
        troubles.extend(between.into_iter().map(|trouble| format!("{trouble} to {name}")));
    }
    let health = if has(Afflicted::Zone(me), Verb::CutOff) || (down > 0 && down == members.len()) {
        Health::Cut
    } else if troubles.is_empty() {
        Health::Healthy
    } else {
        Health::Slow
    };
    ZoneFrame { health, members: members.len() as u32, troubles }
}

fn flight(run: &Run, message: &InFlight) -> Option<Flight> {
    let number = |member: MemberIndex| run.plant.member(member).1;
    let path = match message.wire {
        Some(wire) => Path::Wire(wire, number(message.to)),
        None if message.from == message.to => return None,
        None => Path::Inside(run.plant.member(message.from).0, number(message.from), number(message.to)),
    };
    Some(Flight { path, progress: message.progress, reply: message.reply, write: message.write, bad: message.bad })
}

/// Faults and actions as spans of time; one that goes on until something ends it ends at the first moment that does.
fn marks(scenario: &Scenario) -> Vec<Mark> {
    let moments = scenario.moments();
    let mark = |(at, moment): (usize, &&Moment)| {
        let action = scenario.actions.iter().position(|action| std::ptr::eq(action, *moment)).map(|place| place as u16);
        let until = moment.lasts.map(|lasts| moment.at + lasts).or_else(|| end_of(moment, &moments[at + 1..]));
        Mark { from: moment.at, until, label: describe::moment(moment), action }
    };
    moments.iter().enumerate().map(mark).collect()
}

/// When a moment is over that has no length: at once, or when something ends it; `None` when nothing does.
fn end_of(moment: &Moment, later: &[&Moment]) -> Option<Time> {
    let Act::Do { verb, on, .. } = &moment.act else { return Some(moment.at) };
    let Some(ended_by) = verb.spec().ended_by else { return Some(moment.at) };
    let covers = |other: &Target| match (other, on) {
        (Target::Box(a), Target::Box(b) | Target::Member(b, _)) => a == b,
        (a, b) => a == b,
    };
    let ends = |moment: &&&Moment| matches!(&moment.act, Act::Do { verb, on, .. } if (*verb == ended_by || *verb == Verb::Heal) && covers(on));
    later.iter().find(ends).map(|moment| moment.at)
}
