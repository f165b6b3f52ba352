//! From a scenario to the tree that is printed. Keys come in one order, and what is as the reader would fill it in is left out.

use super::print::Out;
use crate::migrate::VERSION;
use crate::naming::name_of;
use crate::{
    Act, CheckSpec, Claim, Distance, Field, FieldKind, Group, Guess, LessonStep, Moment, Note, Op, Placed, Plan,
    PlanStep, Prediction, Scenario, Schema, Target, Value, Variant, View, Weight, Wire, Zone,
};
use base::{Span, Time};

/// Keys and values in the order in which they are written.
type Entries<'a> = Vec<(&'a str, Out<'a>)>;

pub(super) fn scenario<'a>(scenario: &'a Scenario, schema: &'a Schema) -> Out<'a> {
    let mut entries: Entries<'_> = vec![("faultline", Out::Number(VERSION.to_string()))];
    if let Some(slug) = &scenario.slug {
        entries.push(("slug", text(slug)));
    }
    entries.push(("title", text(&scenario.title)));
    if !scenario.about.is_empty() {
        entries.push(("about", text(&scenario.about)));
    }
    entries.push(("seed", Out::Number(scenario.seed.to_string())));
    entries.push(("length", span(scenario.length)));
    if scenario.weight != Weight::ONE {
        entries.push(("weight", Out::Number(scenario.weight.0.to_string())));
    }
    entries.push(("boxes", lines(&scenario.boxes, |placed| placed_out(placed, schema))));
    entries.push(("wires", lines(&scenario.wires, |wire| wire_out(wire, schema))));
    let moments = |all: &'a [Moment]| lines(all, |moment| moment_out(moment, scenario, schema));
    if !scenario.faults.is_empty() {
        entries.push(("faults", moments(&scenario.faults)));
    }
    if !scenario.actions.is_empty() {
        entries.push(("actions", moments(&scenario.actions)));
    }
    if !scenario.checks.is_empty() {
        entries.push(("checks", lines(&scenario.checks, check_out)));
    }
    if !scenario.variants.is_empty() {
        entries.push(("variants", lines(&scenario.variants, |variant| variant_out(variant, scenario, schema))));
    }
    let lesson = lesson_out(scenario, schema);
    if !lesson.is_empty() {
        entries.push(("lesson", Out::Object(lesson)));
    }
    let view = view_out(&scenario.view);
    if !view.is_empty() {
        entries.push(("view", Out::Object(view)));
    }
    if !scenario.zones.is_empty() {
        entries.push(("zones", lines(&scenario.zones, zone_out)));
    }
    if !scenario.distances.is_empty() {
        entries.push(("distances", lines(&scenario.distances, distance_out)));
    }
    if !scenario.notes.is_empty() {
        entries.push(("notes", lines(&scenario.notes, note_out)));
    }
    if !scenario.groups.is_empty() {
        entries.push(("groups", lines(&scenario.groups, group_out)));
    }
    Out::Object(entries)
}

fn text(said: &str) -> Out<'static> {
    Out::Text(said.to_string())
}

fn span(span: Span) -> Out<'static> {
    Out::Text(span.to_string())
}

fn number(n: f64) -> Out<'static> {
    // JSON has no word for what is not finite; such a value is refused by validation and never gets here from a valid design.
    Out::Number(if n.is_finite() { (n + 0.0).to_string() } else { "0".to_string() })
}

fn lines<'a, T>(all: &'a [T], out: impl Fn(&'a T) -> Out<'a>) -> Out<'a> {
    Out::Lines(all.iter().map(out).collect())
}

fn texts(all: &[String]) -> Out<'static> {
    Out::List(all.iter().map(|said| text(said)).collect())
}

fn placed_out<'a>(placed: &'a Placed, schema: &'a Schema) -> Out<'a> {
    let mut entries: Entries<'_> = vec![("id", text(&placed.id)), ("kind", text(&placed.kind))];
    if placed.name != name_of(&placed.id) {
        entries.push(("name", text(&placed.name)));
    }
    entries.push(("at", pair(placed.x, placed.y)));
    if let Some(zone) = &placed.zone {
        entries.push(("zone", text(zone)));
    }
    if !placed.member_zones.is_empty() {
        entries.push(("member_zones", texts(&placed.member_zones)));
    }
    if let Some(kind) = schema.kind(&placed.kind) {
        config(&placed.config, &kind.fields, &mut entries);
    }
    if !placed.plans.is_empty() {
        entries.push(("plans", lines(&placed.plans, plan_out)));
    }
    Out::Object(entries)
}

fn plan_out(plan: &Plan) -> Out<'_> {
    Out::Object(vec![("op", text(&plan.op)), ("steps", steps_out(&plan.steps))])
}

fn steps_out(steps: &[PlanStep]) -> Out<'_> {
    Out::List(steps.iter().map(plan_step_out).collect())
}

fn plan_step_out(step: &PlanStep) -> Out<'_> {
    let key = step.key();
    Out::Object(match step {
        PlanStep::Call(to) | PlanStep::Lookup(to) | PlanStep::Fill(to) | PlanStep::Forget(to) | PlanStep::Send(to) => {
            vec![(key, text(to))]
        }
        PlanStep::Parallel(all) => vec![(key, texts(all))],
        PlanStep::Work(ms) => vec![(key, number(*ms))],
        PlanStep::Reply(ok) => vec![(key, text(if *ok { "ok" } else { "failed" }))],
        PlanStep::OnMiss(steps) | PlanStep::OnError(steps) => vec![(key, steps_out(steps))],
        PlanStep::Repeat(times, steps) => vec![(key, Out::Number(times.to_string())), ("steps", steps_out(steps))],
    })
}

fn pair(a: i32, b: i32) -> Out<'static> {
    Out::List([a, b].map(|n| Out::Number(n.to_string())).into())
}

fn zone_out(zone: &Zone) -> Out<'_> {
    let mut entries: Entries<'_> = vec![("id", text(&zone.id))];
    if zone.name != name_of(&zone.id) {
        entries.push(("name", text(&zone.name)));
    }
    entries.push(("at", pair(zone.x, zone.y)));
    if (zone.width, zone.height) != Zone::SIZE {
        entries.push(("size", pair(zone.width, zone.height)));
    }
    Out::Object(entries)
}

fn note_out(note: &Note) -> Out<'_> {
    let entries = vec![("at", pair(note.x, note.y)), ("text", text(&note.text))];
    Out::Object(entries)
}

fn group_out(group: &Group) -> Out<'_> {
    let mut entries: Entries<'_> = vec![("id", text(&group.id))];
    if group.name != name_of(&group.id) {
        entries.push(("name", text(&group.name)));
    }
    entries.push(("boxes", texts(&group.boxes)));
    if group.folded {
        entries.push(("folded", Out::Truth(true)));
    }
    Out::Object(entries)
}

fn distance_out(distance: &Distance) -> Out<'_> {
    let entries = vec![("between", texts(&distance.between)), ("latency_ms", number(distance.latency_ms))];
    Out::Object(entries)
}

fn wire_out<'a>(wire: &'a Wire, schema: &'a Schema) -> Out<'a> {
    let mut entries: Entries<'_> = vec![("from", text(&wire.ends.from)), ("to", text(&wire.ends.to))];
    if !wire.ops.is_empty() {
        entries.push(("ops", texts(&wire.ops)));
    }
    config(&wire.config, &schema.wire, &mut entries);
    Out::Object(entries)
}

/// Appends every value that is not its field's default.
fn config<'a>(config: &[Value], fields: &'a [Field], entries: &mut Entries<'a>) {
    for (value, field) in config.iter().zip(fields) {
        if *value != field.default_value() {
            entries.push((&field.name, value_out(value, Some(field))));
        }
    }
}

fn value_out(value: &Value, field: Option<&Field>) -> Out<'static> {
    match (value, field.map(|field| &field.kind)) {
        (Value::Number(n), _) => number(*n),
        (Value::Choice(at), Some(FieldKind::Choice { options, .. })) => {
            options.get(usize::from(*at)).map_or_else(|| text(""), |option| text(&option.name))
        }
        (Value::Choice(_), _) => text(""),
        (Value::Ops(ops), _) => Out::List(ops.iter().map(op_out).collect()),
        (Value::Trace(trace), _) => Out::Lines(trace.to_csv().split('\n').map(text).collect()),
    }
}

fn op_out(op: &Op) -> Out<'static> {
    let mut entries: Entries<'static> = vec![("name", text(&op.name))];
    if op.write {
        entries.push(("does", text("write")));
    }
    if op.weight != 1.0 {
        entries.push(("weight", number(op.weight)));
    }
    Out::Object(entries)
}

fn moment_out(moment: &Moment, scenario: &Scenario, schema: &Schema) -> Out<'static> {
    let mut entries: Entries<'_> = vec![("at", span(moment.at.since(Time::ZERO)))];
    if let Some(lasts) = moment.lasts {
        entries.push(("for", span(lasts)));
    }
    match &moment.act {
        Act::Do { verb, on, amount } => {
            entries.push(("do", text(verb.spec().slug)));
            entries.push(("on", text(&on.to_string())));
            if let Some(amount) = amount {
                entries.push(("amount", number(*amount)));
            }
        }
        Act::Set { on, field, value } => {
            setting_out((on, field, value), scenario, schema, &mut entries);
        }
    }
    Out::Object(entries)
}

fn setting_out(
    (on, field, value): (&Target, &str, &Value),
    scenario: &Scenario,
    schema: &Schema,
    entries: &mut Entries<'_>,
) {
    entries.push(("set", text(field)));
    entries.push(("on", text(&on.to_string())));
    entries.push(("to", value_out(value, find_field(scenario, schema, on, field))));
}

fn variant_out(variant: &Variant, scenario: &Scenario, schema: &Schema) -> Out<'static> {
    let mut entries: Entries<'_> = vec![("name", text(&variant.name))];
    said("about", &variant.about, &mut entries);
    let settings = variant.set.iter().map(|setting| {
        let mut entries = Vec::new();
        setting_out((&setting.on, &setting.field, &setting.value), scenario, schema, &mut entries);
        Out::Object(entries)
    });
    entries.push(("set", Out::Lines(settings.collect())));
    Out::Object(entries)
}

/// Appends a text that there is.
fn said(key: &'static str, words: &str, entries: &mut Entries<'_>) {
    if !words.is_empty() {
        entries.push((key, text(words)));
    }
}

fn find_field<'a>(scenario: &Scenario, schema: &'a Schema, on: &Target, name: &str) -> Option<&'a Field> {
    let fields = match on {
        Target::Wire(_) => &schema.wire,
        Target::Zone(_) | Target::Between(..) | Target::Sides(_) => return None,
        Target::Box(id) | Target::Member(id, _) => {
            let placed = scenario.boxes.iter().find(|placed| placed.id == *id)?;
            &schema.kind(&placed.kind)?.fields
        }
    };
    fields.iter().find(|field| field.name == name)
}

fn check_out(check: &CheckSpec) -> Out<'_> {
    let mut entries: Entries<'_> = vec![("check", text(&check.check)), ("on", text(&check.on))];
    if let Some(bound) = check.bound {
        entries.push(("bound", number(bound)));
    }
    Out::Object(entries)
}

fn lesson_out<'a>(scenario: &'a Scenario, schema: &'a Schema) -> Entries<'a> {
    let lesson = &scenario.lesson;
    let mut entries = Vec::new();
    if !lesson.steps.is_empty() {
        entries.push(("steps", lines(&lesson.steps, |step| step_out(step, scenario, schema))));
    }
    if !lesson.claims.is_empty() {
        entries.push(("claims", lines(&lesson.claims, claim_out)));
    }
    if !lesson.sources.is_empty() {
        entries.push(("sources", Out::Lines(lesson.sources.iter().map(|source| text(source)).collect())));
    }
    entries
}

fn step_out<'a>(step: &'a LessonStep, scenario: &'a Scenario, schema: &'a Schema) -> Out<'a> {
    let mut entries: Entries<'_> = vec![("title", text(&step.title))];
    said("text", &step.text, &mut entries);
    if !step.focus.is_empty() {
        entries.push(("focus", texts(&step.focus)));
    }
    if let Some(asked) = &step.predict {
        entries.push(("predict", predict_out(asked)));
    }
    said("label", &step.label, &mut entries);
    if !step.offer.is_empty() {
        entries.push(("offer", lines(&step.offer, |moment| moment_out(moment, scenario, schema))));
    }
    Out::Object(entries)
}

fn predict_out(asked: &Prediction) -> Out<'static> {
    let mut entries: Entries<'_> = vec![("ask", text(&asked.ask)), ("reads", text(&asked.reads))];
    if let Some(after) = asked.after {
        entries.push(("after", span(after)));
    }
    entries.push(("choices", Out::Lines(asked.choices.iter().map(guess_out).collect())));
    Out::Object(entries)
}

fn guess_out(guess: &Guess) -> Out<'static> {
    let mut entries: Entries<'_> = vec![("says", text(&guess.says))];
    if let Some(to) = guess.to {
        entries.push(("to", number(to)));
    }
    Out::Object(entries)
}

fn claim_out(claim: &Claim) -> Out<'_> {
    let mut entries: Entries<'_> = vec![("claim", text(&claim.claim)), ("says", text(&claim.says))];
    entries.push(("measured", text(&claim.measured)));
    if let Some(after) = claim.after {
        entries.push(("after", span(after)));
    }
    said("because", &claim.because, &mut entries);
    Out::Object(entries)
}

fn view_out(view: &View) -> Entries<'_> {
    let mut entries = Vec::new();
    if let Some(at) = view.at {
        entries.push(("at", span(at.since(Time::ZERO))));
    }
    if let Some(speed) = view.speed {
        entries.push(("speed", number(speed)));
    }
    if let Some(id) = &view.selected {
        entries.push(("selected", text(id)));
    }
    entries
}
