//! Designs made from the table of kinds alone, and runs of them with what must be true of any.

#![allow(dead_code, reason = "each file of tests takes what it needs")]

use base::{Rng, Span, Time};
use catalog::{Face, Plant};
use scenario::{
    Act, Field, FieldKind, KindSpec, Moment, Placed, Scenario, Subject, Target, Value, Verb, Wire, WireEnds,
};
use trace::Sample;

/// Longer than a request of these designs can be under way: its caller waits a second and does not try again.
const PATIENCE: Span = Span::from_millis(1_500);
/// Events after which a run is long enough, whatever its clock says.
const EVENTS_MAX: u64 = 400_000;

/// A box of `kind` as it is when nothing is said.
pub fn placed(id: &str, kind: &KindSpec) -> Placed {
    let config = kind.defaults();
    Placed { id: id.to_string(), kind: kind.slug.to_string(), name: id.to_string(), config, ..Placed::default() }
}

/// A box of the kind with this slug, with some of its numbers set.
pub fn set(id: &str, slug: &str, numbers: &[(&str, f64)]) -> Placed {
    let kind = catalog::schema().kind(slug).expect("a known kind");
    let mut placed = placed(id, kind);
    numbers.iter().for_each(|(name, number)| give(&mut placed, name, Value::Number(*number)));
    placed
}

/// Sets one field of a box.
pub fn give(placed: &mut Placed, field: &str, value: Value) {
    let kind = catalog::schema().kind(&placed.kind).expect("a known kind");
    placed.config[kind.field(field).expect("a known field")] = value;
}

/// Sets a field of a box to one of its choices.
pub fn choose(placed: &mut Placed, field: &str, choice: u8) {
    give(placed, field, Value::Choice(choice));
}

/// A valid design run to its end.
pub fn ran(scenario: &Scenario) -> Plant {
    let mut plant = Plant::build(scenario).expect("a valid design can be built");
    to(&mut plant, scenario.length);
    plant
}

/// Runs on until `span` after the beginning.
pub fn to(plant: &mut Plant, span: Span) {
    while plant.run_before(Time::ZERO + span, 100_000).expect("within budget").more {}
}

/// A wire as it is when nothing is said.
pub fn wire(from: &str, to: &str) -> Wire {
    let ends = WireEnds { from: from.to_string(), to: to.to_string() };
    Wire { ends, ops: Vec::new(), config: catalog::schema().wire_defaults() }
}

fn clients(rate: f64) -> Placed {
    set("clients", "clients", &[("rate", rate), ("keys", 200.0)])
}

/// Clients that call `kind`, which calls a store and a service as far as it calls anybody; or the kind's own traffic.
pub fn alone(kind: &KindSpec, rate: f64) -> Scenario {
    let mut scenario = Scenario { length: Span::from_secs(60), seed: 7, ..Scenario::default() };
    if is_traffic(kind) && kind.slug != "clients" {
        scenario.boxes = vec![placed("it", kind), set("store", "leader-follower", &[])];
        scenario.wires = vec![wire("it", "store")];
        return scenario;
    }
    if kind.slug == "clients" {
        scenario.boxes = vec![clients(rate), set("store", "leader-follower", &[])];
        scenario.wires = vec![wire("clients", "store")];
        return scenario;
    }
    scenario.boxes = vec![clients(rate), placed("it", kind)];
    if kind.ports.accepts {
        scenario.wires.push(wire("clients", "it"));
    }
    let targets = [("store", "leader-follower"), ("service", "service")];
    for (id, slug) in targets.into_iter().take(usize::from(kind.ports.out_max)) {
        scenario.boxes.push(set(id, slug, &[]));
        scenario.wires.push(wire("it", id));
    }
    scenario
}

/// True for kinds that send traffic of their own.
pub fn is_traffic(kind: &KindSpec) -> bool {
    kind.defaults().iter().any(Value::is_traffic)
}

/// The values at both ends of a field's range; every choice of a list.
pub fn extremes(field: &Field) -> Vec<Value> {
    match &field.kind {
        FieldKind::Number { min, max, .. } => vec![Value::Number(*min), Value::Number(*max)],
        FieldKind::Choice { options, .. } => (0..options.len()).map(|at| Value::Choice(at as u8)).collect(),
        FieldKind::Ops { .. } | FieldKind::Trace { .. } => Vec::new(),
    }
}

/// A verb done to the whole box `id` from the first second to the second.
pub fn done(verb: Verb, on: Target) -> Moment {
    let spec = verb.spec();
    let lasts = spec.ended_by.map(|_| Span::from_secs(1));
    let act = Act::Do { verb, on, amount: spec.amount.map(|amount| amount.default) };
    Moment { at: Time::ZERO + Span::from_secs(1), lasts, act }
}

/// Runs a valid design for `length` or until it has had enough events, and holds it to what must be true of every run: each
/// request that clients began has ended once its caller's patience is over, and none ended twice; pictures and readings can be asked for
/// at any time, have numbers where they have any, and change nothing.
pub fn hold(scenario: &Scenario, length: Span) -> Plant {
    let problems = scenario::validate(scenario, catalog::schema());
    assert!(!problems.iter().any(scenario::Problem::is_error), "{problems:?}");
    let mut plant = Plant::build(scenario).expect("a valid design can be built");
    let mut begun: Vec<(Time, Vec<u64>)> = Vec::new();
    let step = Span::from_millis(500);
    let mut samples = Vec::new();
    while plant.now() < Time::ZERO + length && plant.events() < EVENTS_MAX {
        let (from, until) = (plant.now(), plant.now() + step);
        let before = plant.events();
        while plant.run_before(until, 10_000).expect("nothing is asked for without end").more {
            let (events, now) = (plant.events() - before, plant.now());
            assert!(events < EVENTS_MAX || now > from, "{:?} does without end what takes no time", kinds(scenario));
            if plant.events() > 4 * EVENTS_MAX {
                return plant;
            }
        }
        begun.push((plant.now(), clients_of(scenario).map(|place| plant.meter(place).count.arrived).collect()));
        samples.clear();
        plant.sample(&mut samples);
        let digest = plant.digest();
        (0..scenario.boxes.len()).for_each(|place| look(&plant, scenario, place, &samples[place], step));
        assert_eq!(plant.digest(), digest);
        plant.clear_records();
    }
    let patient = begun.iter().rev().find(|(at, _)| *at + PATIENCE <= plant.now());
    for (nth, place) in clients_of(scenario).enumerate() {
        let count = plant.meter(place).count;
        assert!(count.ended() <= count.arrived, "{count:?} of {:?}", kinds(scenario));
        if let Some((_, arrived)) = patient {
            assert!(
                count.ended() >= arrived[nth],
                "{} were begun long ago; {count:?} of {:?}",
                arrived[nth],
                kinds(scenario)
            );
        }
    }
    plant
}

fn kinds(scenario: &Scenario) -> Vec<&str> {
    scenario.boxes.iter().map(|placed| placed.kind.as_str()).collect()
}

fn clients_of(scenario: &Scenario) -> impl Iterator<Item = usize> + '_ {
    (0..scenario.boxes.len()).filter(|place| scenario.boxes[*place].sends())
}

fn look(plant: &Plant, scenario: &Scenario, place: usize, sample: &Sample, window: Span) {
    let slug = &scenario.boxes[place].kind;
    let view = plant.view(place, sample, window);
    let kind = catalog::schema().kind(slug).expect("a known kind");
    assert_eq!(view.gauges.len(), kind.gauges.len(), "the gauges of {slug}");
    assert!(view.gauges.iter().flatten().all(|reading| reading.is_finite()), "{slug} reads {:?}", view.gauges);
    assert!(!plant.summary(place).is_empty(), "{slug} has no summary");
}

/// True when a box or one of its members shows something of its inside.
pub fn shows(plant: &Plant, place: usize) -> bool {
    let view = plant.view(place, &Sample::default(), Span::from_secs(1));
    view.face != Face::Nothing || view.members.iter().any(|member| member.face != Face::Nothing)
}

/// A design of up to seven boxes of any kinds, wired as far as their ports allow, with up to six faults: all drawn from `seed`.
pub fn random(seed: u64) -> Scenario {
    let schema = catalog::schema();
    let mut rng = Rng::new(seed);
    let mut scenario = Scenario { length: Span::from_secs(5), seed, ..Scenario::default() };
    scenario.boxes.push(clients(40.0));
    let others: Vec<&KindSpec> = schema.kinds.iter().filter(|kind| kind.slug != "clients").collect();
    for number in 0..1 + rng.below(6) {
        let kind = others[rng.below(others.len() as u64) as usize];
        let mut it = placed(&format!("box-{number}"), kind);
        for (value, field) in it.config.iter_mut().zip(&kind.fields) {
            let ends = extremes(field);
            if let Some(one) = ends.get(rng.below(12) as usize) {
                *value = one.clone();
            }
        }
        scenario.boxes.push(it);
    }
    for from in 0..scenario.boxes.len() {
        for to in from + 1..scenario.boxes.len() {
            if to == from + 1 || rng.chance(0.3) {
                let new = wire(&scenario.boxes[from].id, &scenario.boxes[to].id);
                scenario.wires.push(new);
                if scenario::validate(&scenario, schema).iter().any(scenario::Problem::is_error) {
                    scenario.wires.pop();
                }
            }
        }
    }
    for _ in 0..rng.below(7) {
        let fault = any_fault(&scenario, &mut rng);
        scenario.faults.extend(fault);
    }
    scenario.faults.sort_by_key(|moment| moment.at);
    scenario
}

fn any_fault(scenario: &Scenario, rng: &mut Rng) -> Option<Moment> {
    let at = Time::ZERO + Span::from_millis(rng.below(4_000));
    if rng.chance(0.3)
        && let Some(wire) = scenario.wires.get(rng.below(1 + scenario.wires.len() as u64) as usize)
    {
        let verb = [Verb::Cut, Verb::AddLatency, Verb::Lose][rng.below(3) as usize];
        return Some(Moment { at, ..done(verb, Target::Wire(wire.ends.clone())) });
    }
    let placed = &scenario.boxes[rng.below(scenario.boxes.len() as u64) as usize];
    let kind = catalog::schema().kind(&placed.kind)?;
    let verb = *kind.verbs.get(rng.below(1 + kind.verbs.len() as u64) as usize)?;
    let members = u64::from(placed.members(catalog::schema()).clamp(1, 200));
    let one = verb.spec().subject == Subject::Member && rng.chance(0.7);
    let on =
        if one { Target::Member(placed.id.clone(), rng.below(members) as u8) } else { Target::Box(placed.id.clone()) };
    Some(Moment { at, ..done(verb, on) })
}
