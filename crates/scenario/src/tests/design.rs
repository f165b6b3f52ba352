//! Designs by chance: plausible ones, which mostly can run, and nonsense, which mostly cannot.

use super::sample::schema;
use crate::naming::name_of;
use crate::{
    Act, CheckSpec, Claim, Distance, Field, FieldKind, Group, Guess, Lesson, LessonStep, Moment, Note, Op, Party,
    Placed, Plan, PlanStep, Prediction, Scenario, Setting, Sides, Target, Trace, Value, Variant, Verb, View, Weight,
    Wire, WireEnds, Zone, repair,
};
use base::{Span, Time};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Texts of any script, with markup, quotation marks and now and then something invisible.
fn text(max: usize) -> impl Strategy<Value = String> {
    let letters =
        prop_oneof![8 => select("etaoin shrdlu <b>&\"'\\{}.#=é日".chars().collect::<Vec<_>>()), 1 => any::<char>()];
    vec(letters, 0..max).prop_map(String::from_iter)
}

fn id() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec!["service", "cache", "service-2", "web-1", "posts", "orders-db", "clients", "a"])
            .prop_map(String::from),
        "[a-z][a-z0-9-]{0,39}",
    ]
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        (0..5_000_u32).prop_map(f64::from),
        (0..100_000_u32).prop_map(|n| f64::from(n) / 100.0),
        0.0..1e6,
        any::<f64>(),
        select(vec![0.0, -0.0, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE, 1e300, -1.0]),
    ]
}

fn span() -> impl Strategy<Value = Span> {
    prop_oneof![
        (0..90_000_u64).prop_map(Span::from_millis),
        (0..Scenario::LENGTH_MAX.0).prop_map(Span),
        any::<u64>().prop_map(|n| Span(n >> 2)),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let name = prop_oneof![3 => select(vec!["read", "write", "feed", "post"]).prop_map(String::from), 1 => text(12)];
    (name, any::<bool>(), number()).prop_map(|(name, write, weight)| Op { name, write, weight })
}

fn trace() -> impl Strategy<Value = Trace> {
    let line = (0..10_000_000_000_u64, select(vec!["read", "write", "feed"]), 0..3_000_000_u64);
    let of =
        |lines: Vec<(u64, &str, u64)>| Trace::of(lines.into_iter().map(|(at, op, key)| (at, op, op == "write", key)));
    vec(line, 1..20).prop_map(move |lines| of(lines).expect("few and short"))
}

fn value(field: &Field) -> BoxedStrategy<Value> {
    let any_of = match &field.kind {
        FieldKind::Number { .. } => number().prop_map(Value::Number).boxed(),
        FieldKind::Choice { options, .. } => (0..options.len() as u8).prop_map(Value::Choice).boxed(),
        FieldKind::Ops { .. } => vec(op(), 1..6).prop_map(Value::Ops).boxed(),
        FieldKind::Trace { .. } => trace().prop_map(Value::Trace).boxed(),
    };
    prop_oneof![2 => Just(field.default_value()), 1 => any_of].boxed()
}

fn config(fields: &[Field]) -> BoxedStrategy<Vec<Value>> {
    fields.iter().map(value).collect::<Vec<_>>().boxed()
}

fn placed() -> impl Strategy<Value = Placed> {
    let kinds = schema().kinds;
    let position = || prop_oneof![4 => (0..60_i32).prop_map(|n| n * 20), 1 => any::<i32>()];
    select(kinds).prop_flat_map(move |kind| {
        let config = config(&kind.fields);
        let title = kind.title.to_string();
        let name = prop_oneof![
            Just(None),
            Just(Some(title.clone())),
            Just(Some(format!("{title} 2"))),
            text(30).prop_map(Some)
        ];
        (id(), name, position(), position(), config).prop_map(move |(id, name, x, y, config)| {
            let name = name.unwrap_or_else(|| name_of(&id));
            Placed { id, kind: kind.slug.to_string(), name, x, y, config, ..Placed::default() }
        })
    })
}

/// Something to choose among the boxes and wires of a design once it is known how many there are.
#[derive(Clone, Debug)]
struct Pick {
    boxes: [Index; 2],
    wire: Index,
    member: u8,
    form: u8,
}

fn pick() -> impl Strategy<Value = Pick> {
    ([any::<Index>(), any::<Index>()], any::<Index>(), 0..4_u8, 0..7_u8).prop_map(|(boxes, wire, member, form)| Pick {
        boxes,
        wire,
        member,
        form,
    })
}

impl Pick {
    fn id(&self, scenario: &Scenario, end: usize) -> String {
        let boxes = &scenario.boxes;
        if boxes.is_empty() { "nobody".to_string() } else { self.boxes[end].get(boxes).id.clone() }
    }

    fn zone(&self, scenario: &Scenario, end: usize) -> String {
        let zones = &scenario.zones;
        if zones.is_empty() { "nowhere".to_string() } else { self.boxes[end].get(zones).id.clone() }
    }

    fn sides(&self, scenario: &Scenario) -> Sides {
        let (one, other) = (Party::Box(self.id(scenario, 0)), Party::Member(self.id(scenario, 1), self.member));
        let sides = match self.member {
            0 => vec![vec![one, other], vec![Party::Rest]],
            1 => vec![vec![one], vec![other], vec![Party::Rest]],
            2 => vec![vec![other], vec![one]],
            _ => vec![vec![one], Vec::new()],
        };
        Sides { sides, is_one_way: self.form == 6 }
    }

    fn target(&self, scenario: &Scenario) -> Target {
        match self.form {
            0 => Target::Box(self.id(scenario, 0)),
            1 => Target::Member(self.id(scenario, 0), self.member),
            3 => Target::Zone(self.zone(scenario, 0)),
            4 => Target::Between(self.zone(scenario, 0), self.zone(scenario, 1)),
            5 | 6 => Target::Sides(self.sides(scenario)),
            _ if scenario.wires.is_empty() => {
                Target::Wire(WireEnds { from: self.id(scenario, 0), to: self.id(scenario, 1) })
            }
            _ => Target::Wire(self.wire.get(&scenario.wires).ends.clone()),
        }
    }
}

/// A moment still without its target: when, how long, what, how much, which field, which value.
type Raw = (Span, Option<Span>, Verb, Option<f64>, Index, f64, Pick);

fn raw_moment() -> impl Strategy<Value = Raw> {
    (span(), of(span()), select(Verb::ALL.to_vec()), of(number()), any::<Index>(), number(), pick())
}

fn moment((at, lasts, verb, amount, field, new, pick): Raw, scenario: &Scenario) -> Moment {
    let on = pick.target(scenario);
    let schema = schema();
    let fields = match &on {
        Target::Wire(_) => schema.wire,
        Target::Zone(_) | Target::Between(..) | Target::Sides(_) => Vec::new(),
        Target::Box(id) | Target::Member(id, _) => {
            let placed = scenario.place(id).map(|at| &scenario.boxes[at].kind);
            placed.and_then(|kind| schema.kind(kind)).map_or_else(Vec::new, |kind| kind.fields.clone())
        }
    };
    let sets = pick.member == 3 && !fields.is_empty();
    let act = if sets {
        let field = field.get(&fields);
        let value = if let FieldKind::Number { .. } = field.kind { Value::Number(new) } else { field.default_value() };
        Act::Set { on, field: field.name.to_string(), value }
    } else {
        // What can be done to a partition is so little that chance alone would seldom find it.
        let verb = if matches!(on, Target::Sides(_)) { Verb::Cut } else { verb };
        Act::Do { verb, on, amount }
    };
    Moment { at: Time::ZERO + at, lasts, act }
}

/// A reading that can often be taken, and sometimes not.
fn reading(pick: &Pick, scenario: &Scenario) -> String {
    let id = pick.id(scenario, 0);
    match pick.form {
        0 => format!("{id}.rate"),
        1 => format!("p99.{id}"),
        _ => format!("availability.{id}"),
    }
}

/// A question still without its reading: what it asks, when, which, and the choices.
type Asked = (String, Option<Span>, Pick, Vec<(String, f64)>);

fn asked() -> impl Strategy<Value = Asked> {
    let after = prop_oneof![3 => (1..90_u64).prop_map(Span::from_secs).prop_map(Some), 1 => of(span())];
    let choices = vec((line(), prop_oneof![9 => 0.0..10.0, 1 => number()]), 1..5);
    (line(), after, pick(), choices)
}

fn predict((ask, after, pick, mut choices): Asked, scenario: &Scenario) -> Prediction {
    choices.sort_by(|a, b| a.1.total_cmp(&b.1));
    let last = choices.len() - 1;
    let guess = |(at, (says, to)): (usize, (String, f64))| Guess { says, to: (at != last).then_some(to) };
    let choices = choices.into_iter().enumerate().map(guess).collect();
    Prediction { ask, reads: reading(&pick, scenario), after, choices }
}

/// A text that is mostly there.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-z]{1,8}", 1 => text(12)]
}

prop_compose! {
    /// What is beside a lesson's steps: questions, claims and variants, still without their boxes.
    fn choices()(
        asked in vec(of(asked()), 3),
        claims in vec((line(), line(), line(), of(span()), text(30), pick()), 0..3),
        variants in vec((line(), text(30), vec(raw_moment(), 1..3)), 0..3),
    ) -> (Vec<Option<Asked>>, Vec<(String, String, String, Option<Span>, String, Pick)>, Vec<(String, String, Vec<Raw>)>) {
        (asked, claims, variants)
    }
}

fn variant((name, about, set): (String, String, Vec<Raw>), scenario: &Scenario) -> Variant {
    // The fourth member stands for a setting; see `moment`.
    let sets = |mut raw: Raw| {
        raw.6.member = 3;
        raw.6.form = if raw.6.form == 1 { 0 } else { raw.6.form };
        match moment(raw, scenario).act {
            Act::Set { on, field, value } => Setting { on, field, value },
            Act::Do { on, .. } => Setting { on, field: "rate".into(), value: Value::Number(1.0) },
        }
    };
    Variant { name, about, set: set.into_iter().map(sets).collect() }
}

/// A step still without its boxes: which, a number, and among which wires to choose.
type RawStep = (u8, f64, Index);

fn raw_steps() -> impl Strategy<Value = Vec<RawStep>> {
    vec((0..13_u8, prop_oneof![4 => (0..9_u32).prop_map(f64::from), 1 => number()], any::<Index>()), 0..8)
}

/// Steps over the wires that leave `from`; one with others inside takes all that come after it.
fn plan_steps(raw: &[RawStep], from: &str, all: &Scenario) -> Vec<PlanStep> {
    let called: Vec<String> =
        all.wires.iter().filter(|wire| wire.ends.from == from).map(|wire| wire.ends.to.clone()).collect();
    let to = |index: &Index| if called.is_empty() { "nobody".to_string() } else { index.get(&called).clone() };
    let mut steps = Vec::new();
    for (at, (kind, number, index)) in raw.iter().enumerate() {
        let inside = || plan_steps(&raw[at + 1..], from, all);
        steps.push(match kind {
            0 | 1 => PlanStep::Call(to(index)),
            2 => PlanStep::Lookup(to(index)),
            3 => PlanStep::Fill(to(index)),
            4 => PlanStep::Forget(to(index)),
            5 => PlanStep::Send(to(index)),
            6 => PlanStep::Parallel(vec![to(index); *number as usize % 4]),
            7 => PlanStep::Work(*number),
            8 | 9 => PlanStep::Reply(*kind == 8),
            10 => PlanStep::OnMiss(inside()),
            11 => PlanStep::OnError(inside()),
            _ => PlanStep::Repeat(*number as u32, inside()),
        });
        if *kind >= 10 {
            break;
        }
    }
    steps
}

/// Zones, who lies in which (box, place of a zone, members too), and distances by the places of their ends.
type RawZones = (Vec<Zone>, Vec<(Index, Index, bool)>, Vec<(Index, Index, f64)>);

fn zones() -> impl Strategy<Value = RawZones> {
    let side = || prop_oneof![6 => 60..2_000_i32, 1 => any::<i32>()];
    let zone = (id(), of(text(20)), side(), side(), side(), side()).prop_map(|(id, name, x, y, width, height)| {
        let name = name.unwrap_or_else(|| name_of(&id));
        Zone { id, name, x, y, width, height }
    });
    let lies = (any::<Index>(), any::<Index>(), any::<bool>());
    let distance = (any::<Index>(), any::<Index>(), prop_oneof![3 => Just(75.0), 1 => number()]);
    prop_oneof![
        1 => Just((Vec::new(), Vec::new(), Vec::new())),
        2 => (vec(zone, 1..5), vec(lies, 0..8), vec(distance, 0..4)),
    ]
}

fn lay(all: &mut Scenario, (zones, lies, distances): RawZones) {
    let count = zones.len();
    let zone = |at: &Index| zones[at.index(count)].id.clone();
    for (at, lies_in, apart) in lies {
        let Some(placed) = (!all.boxes.is_empty()).then(|| at.index(all.boxes.len())) else { continue };
        let placed = &mut all.boxes[placed];
        if apart {
            placed.member_zones = vec![String::new(), zone(&lies_in)];
        } else {
            placed.zone = Some(zone(&lies_in));
        }
    }
    let between = |a: &Index, b: &Index| [zone(a), zone(b)];
    all.distances = distances
        .iter()
        .map(|(a, b, latency_ms)| Distance { between: between(a, b), latency_ms: *latency_ms })
        .collect();
    all.zones = zones;
}

prop_compose! {
    /// Fits the language by its shape; values, names and references are by chance.
    pub(crate) fn plausible()(
        slug in of(id()),
        texts in (text(40), text(80)),
        seed in any::<u64>(),
        length in span(),
        boxes in vec(placed(), 0..14),
        wires in vec((pick(), vec(prop_oneof![Just("read".to_string()), text(8)], 0..3), config(&schema().wire)), 0..20),
        faults in vec(raw_moment(), 0..6),
        actions in vec(raw_moment(), 0..6),
        checks in vec((0..6_usize, pick(), of(number())), 0..5),
        steps in vec((text(20), text(60), text(10), vec(pick(), 0..3), vec(raw_moment(), 0..3)), 0..3),
        sources in vec(text(30), 0..2),
        choices in choices(),
        view in (of(span()), of(number()), of(pick())),
        plans in vec((pick(), prop_oneof![3 => Just("read".to_string()), 1 => text(8)], raw_steps()), 0..12),
        weight in prop_oneof![3 => Just(1), 2 => 1..2_000_000_u32, 1 => any::<u32>()],
        zones in zones(),
        notes in vec((any::<i32>(), -900..900_i32, text(60)), 0..3),
        groups in vec((id(), of(text(20)), vec(pick(), 0..5), any::<bool>()), 0..4),
    ) -> Scenario {
        let mut all = Scenario { slug, title: texts.0, about: texts.1, seed, length, boxes, ..Scenario::default() };
        lay(&mut all, zones);
        all.notes = notes.into_iter().map(|(x, y, text)| Note { x, y, text }).collect();
        let group = |(id, name, held, folded): (String, Option<String>, Vec<Pick>, bool)| {
            let boxes = held.iter().map(|pick| pick.id(&all, 0)).collect();
            Group { name: name.unwrap_or_else(|| name_of(&id)), id, boxes, folded }
        };
        all.groups = groups.into_iter().map(group).collect();
        let ends = |pick: &Pick, all: &Scenario| WireEnds { from: pick.id(all, 0), to: pick.id(all, 1) };
        all.wires = wires.into_iter().map(|(pick, ops, config)| Wire { ends: ends(&pick, &all), ops, config }).collect();
        all.weight = Weight(weight);
        for (pick, op, raw) in plans {
            // Most boxes of these designs carry out no plan: half of the time one that does is looked for.
            let picked = all.place(&pick.id(&all, 0));
            let service = all.boxes.iter().position(|placed| placed.kind == "service");
            if let Some(at) = if pick.form == 0 { picked } else { service.or(picked) } {
                let steps = plan_steps(&raw, &all.boxes[at].id, &all);
                all.boxes[at].plans.push(Plan { op, steps });
            }
        }
        all.faults = faults.into_iter().map(|raw| moment(raw, &all)).collect();
        all.actions = actions.into_iter().map(|raw| moment(raw, &all)).collect();
        let slugs: Vec<String> = schema().checks.iter().map(|check| check.slug.to_string()).collect();
        let check = |(at, pick, bound): (usize, Pick, _)| CheckSpec { check: slugs[at].clone(), on: pick.id(&all, 0), bound };
        all.checks = checks.into_iter().map(check).collect();
        let steps = steps.into_iter().map(|(title, text, label, focus, offer)| LessonStep {
            title, text, label,
            focus: focus.iter().map(|pick| pick.id(&all, 0)).collect(),
            predict: None,
            offer: offer.into_iter().map(|raw| moment(raw, &all)).collect(),
        });
        let mut steps: Vec<LessonStep> = steps.collect();
        let (asked, claims, variants) = choices;
        for (step, asked) in steps.iter_mut().zip(asked) {
            step.predict = asked.map(|asked| predict(asked, &all));
            // Most moments by chance cannot be, and a question needs one.
            if let Some(placed) = all.boxes.first().filter(|_| step.predict.is_some()) {
                let act = Act::Do { verb: Verb::Heal, on: Target::Box(placed.id.clone()), amount: None };
                step.offer.push(Moment { at: Time::ZERO, lasts: None, act });
            }
        }
        let claims = claims.into_iter().map(|(claim, says, words, after, because, pick)| {
            Claim { claim, says, measured: format!("{words} {{{}}}", reading(&pick, &all)), after, because }
        });
        all.lesson = Lesson { steps, claims: claims.collect(), sources };
        all.variants = variants.into_iter().map(|raw| variant(raw, &all)).collect();
        let (at, speed, selected) = view;
        all.view = View { at: at.map(|at| Time::ZERO + at), speed, selected: selected.map(|pick| pick.id(&all, 0)) };
        all
    }
}

/// Can run.
pub(crate) fn valid() -> impl Strategy<Value = Scenario> {
    plausible().prop_map(|scenario| repair(scenario, &schema()).0)
}

prop_compose! {
    /// Names kinds, fields and boxes that are not there, and has values of the wrong kind in places that do not exist.
    pub(crate) fn nonsense()(
        mut scenario in plausible(),
        ids in vec((any::<Index>(), text(50)), 1..5),
        values in vec((any::<Index>(), prop_oneof![
            number().prop_map(Value::Number),
            any::<u8>().prop_map(Value::Choice),
            vec(op(), 0..20).prop_map(Value::Ops),
        ]), 0..8),
    ) -> Scenario {
        for (at, text) in ids {
            if scenario.boxes.is_empty() {
                break;
            }
            let count = scenario.boxes.len();
            let placed = &mut scenario.boxes[at.index(count)];
            match text.len() % 3 {
                0 => placed.id = text,
                1 => placed.kind = text,
                _ => placed.config.truncate(text.len() / 8),
            }
        }
        for (at, value) in values {
            if let Some(place) = scenario.boxes.get_mut(at.index(14)) {
                place.config.push(value);
            } else if let Some(Moment { act: Act::Set { value: old, .. }, .. }) = scenario.faults.first_mut() {
                *old = value;
            }
        }
        scenario
    }
}

/// Without this, the properties that are tested with these designs might say nothing.
#[test]
fn every_part_of_a_design_comes_by_chance() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    const PARTS: usize = 21;
    let mut parts = [0; PARTS];
    for _ in 0..200 {
        let all = proptest::strategy::ValueTree::current(&valid().new_tree(&mut runner).expect("it always makes one"));
        let sets = all.faults.iter().chain(&all.actions).filter(|moment| matches!(moment.act, Act::Set { .. })).count();
        let counts: [usize; PARTS] = [
            all.boxes.len(),
            all.wires.len(),
            all.faults.len(),
            all.actions.len(),
            sets,
            all.checks.len(),
            all.lesson.steps.len(),
            usize::from(all.view.selected.is_some()),
            all.variants.len(),
            all.lesson.steps.iter().filter(|step| step.predict.is_some()).count(),
            all.lesson.claims.len(),
            all.boxes.iter().flat_map(|placed| &placed.plans).map(|plan| plan.steps.len()).sum(),
            usize::from(all.weight != Weight::ONE),
            all.notes.len(),
            all.zones.len(),
            all.distances.len(),
            all.boxes.iter().filter(|placed| placed.zone.is_some() || !placed.member_zones.is_empty()).count(),
            all.faults
                .iter()
                .filter(|moment| matches!(&moment.act, Act::Do { on: Target::Zone(_) | Target::Between(..), .. }))
                .count(),
            all.faults.iter().filter(|moment| matches!(&moment.act, Act::Do { on: Target::Sides(_), .. })).count(),
            all.groups.len(),
            all.groups.iter().filter(|group| group.folded).count(),
        ];
        parts.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    assert!(
        parts.iter().all(|sum| *sum >= 20),
        "boxes, wires, faults, actions, settings, checks, lesson steps, views, variants, questions, claims, plan steps, weights, \
         notes, zones, distances, boxes in zones, faults on them, partition sets, groups, folded groups: {parts:?}"
    );
}
