//! Edits: a design in, a changed design out, with the words for the undo button. Nothing here knows of a run.

use crate::command::Edit;
use crate::edit_groups as groups;
use crate::edit_notes as notes;
use crate::edit_zones as zones;
use scenario::{
    Act, Group, Moment, Placed, Plan, PlanStep, Prediction, Scenario, Schema, Setting, Target, Value, Weight, Wire,
    WireEnds, naming::name_of,
};

/// Applies `edit`, and says what was done.
///
/// # Errors
/// A sentence that says why it cannot be done; the scenario is then as it was.
pub(crate) fn apply(scenario: &mut Scenario, edit: &Edit, schema: &Schema) -> Result<String, String> {
    match edit {
        Edit::Add { kind, x, y } => add(scenario, schema, kind, (*x, *y)),
        Edit::Duplicate { ids } => duplicate(scenario, ids),
        Edit::Remove { ids } => Ok(remove(scenario, ids)),
        Edit::Move { to } => Ok(relocate(scenario, to)),
        Edit::Rename { id, name } => rename(scenario, id, name),
        Edit::Set { on, field, value } => set(scenario, schema, on, field, value),
        Edit::Connect { ends } => connect(scenario, schema, ends),
        Edit::Disconnect { ends } => {
            scenario.wires.retain(|wire| wire.ends != *ends);
            forget_targets(scenario);
            Ok(format!("remove wire {ends}"))
        }
        Edit::Carry { ends, ops } => {
            let at = scenario.wire(ends).ok_or_else(|| format!("there is no wire {ends}"))?;
            scenario.wires[at].ops.clone_from(ops);
            Ok(format!("operations of {ends}"))
        }
        Edit::Plan { id, op, steps } => plan(scenario, schema, id, op, steps.as_deref()),
        Edit::Describe { title, about } => {
            scenario.title = clip(title, Scenario::NAME_MAX);
            scenario.about = clip(about, Scenario::TEXT_MAX);
            Ok("describe the design".to_string())
        }
        Edit::Seed(seed) => {
            scenario.seed = *seed;
            Ok(format!("seed {seed}"))
        }
        Edit::Length(length) => {
            if *length == base::Span::ZERO || *length > Scenario::LENGTH_MAX {
                return Err(format!("a run lasts {length}; it must be above 0 and at most {}", Scenario::LENGTH_MAX));
            }
            scenario.length = *length;
            Ok(format!("run length {length}"))
        }
        Edit::Weight(weight) => {
            if !(1..=Weight::MAX).contains(weight) {
                return Err(format!("one request stands for {weight}; it must stand for 1 to {}", Weight::MAX));
            }
            scenario.weight = Weight(*weight);
            Ok(format!("one request stands for {}", scenario.weight.grouped()))
        }
        Edit::Checks(checks) => {
            scenario.checks.clone_from(checks);
            Ok("what is judged".to_string())
        }
        Edit::Choose { name, set } => choose(scenario, schema, name, set),
        Edit::AddZone { x, y, width, height, holds } => zones::add(scenario, [*x, *y, *width, *height], holds),
        Edit::RemoveZone { id } => zones::remove(scenario, id),
        Edit::RenameZone { id, name } => zones::rename(scenario, id, name),
        Edit::Arrange { boxes, zones, homes } => zones::arrange(scenario, boxes, zones, homes),
        Edit::Settle { id, member, zone } => zones::settle(scenario, schema, id, *member, zone.as_deref()),
        Edit::AddNote { x, y, text } => notes::add(scenario, (*x, *y), text),
        Edit::WriteNote { at, text } => notes::write(scenario, usize::from(*at), text),
        Edit::MoveNote { at, x, y } => notes::relocate(scenario, usize::from(*at), (*x, *y)),
        Edit::Distance { a, b, latency_ms } => zones::distance(scenario, a, b, *latency_ms),
        Edit::Group { ids } => groups::add(scenario, ids),
        Edit::Ungroup { id } => groups::dissolve(scenario, id),
        Edit::RenameGroup { id, name } => groups::rename(scenario, id, name),
        Edit::Fold { id, folded } => groups::fold(scenario, id, *folded),
    }
}

pub(crate) fn clip(text: &str, max: usize) -> String {
    text.chars().take(max).collect()
}

pub(crate) fn name_for(scenario: &Scenario, id: &str) -> String {
    scenario.place(id).map_or_else(|| id.to_string(), |place| scenario.boxes[place].name.clone())
}

/// An id that nobody has: the kind's, or with the smallest number that is free.
fn free_id(scenario: &Scenario, stem: &str) -> String {
    let stem: String = stem.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-').chars().take(30).collect();
    let taken = |id: &String| scenario.place(id).is_some();
    let numbered = (2..).map(|n| format!("{stem}-{n}"));
    std::iter::once(stem.clone()).chain(numbered).find(|id| !taken(id)).unwrap_or(stem)
}

fn add(scenario: &mut Scenario, schema: &Schema, kind: &str, (x, y): (i32, i32)) -> Result<String, String> {
    let spec = schema.kind(kind).ok_or_else(|| format!("there is no kind of box called {kind}"))?;
    if scenario.boxes.len() >= Scenario::BOXES_MAX {
        return Err(format!("there are {} boxes; there can be no more", scenario.boxes.len()));
    }
    let id = free_id(scenario, kind);
    let number = id.strip_prefix(kind).map_or("", |rest| rest.trim_start_matches('-'));
    let name = format!("{} {number}", spec.title).trim_end().to_string();
    let zone = scenario.zone_around(x.saturating_add(NEW_MIDDLE.0), y.saturating_add(NEW_MIDDLE.1));
    let zone = zone.map(|zone| zone.id.clone());
    let (kind, config) = (kind.to_string(), spec.defaults());
    scenario.boxes.push(Placed { id, kind, name: name.clone(), x, y, config, zone, ..Placed::default() });
    Ok(format!("add {name}"))
}

/// About where the middle of a new box lies from its corner, in points.
const NEW_MIDDLE: (i32, i32) = (86, 60);

/// How far a copy lies from its original, in points.
const ASIDE: i32 = 44;

fn duplicate(scenario: &mut Scenario, ids: &[String]) -> Result<String, String> {
    if scenario.boxes.len() + ids.len() > Scenario::BOXES_MAX {
        return Err(format!("there would be more than {} boxes", Scenario::BOXES_MAX));
    }
    let mut copies: Vec<(String, String)> = Vec::new();
    for id in ids {
        let Some(place) = scenario.place(id) else { continue };
        let original = scenario.boxes[place].clone();
        let copy = free_id(scenario, id);
        let name = name_of(&copy);
        copies.push((id.clone(), copy.clone()));
        scenario.boxes.push(Placed { id: copy, name, x: original.x + ASIDE, y: original.y + ASIDE, ..original });
    }
    let copy_of = |id: &str| copies.iter().find(|(original, _)| original == id).map(|(_, copy)| copy.clone());
    for (_, copy) in &copies {
        if let Some(place) = scenario.place(copy) {
            rewire(&mut scenario.boxes[place], &copy_of);
        }
    }
    let between = scenario.wires.iter().filter_map(|wire| {
        let ends = WireEnds { from: copy_of(&wire.ends.from)?, to: copy_of(&wire.ends.to)? };
        Some(Wire { ends, ..wire.clone() })
    });
    let new: Vec<Wire> = between.collect();
    scenario.wires.extend(new);
    groups::duplicate(scenario, &copy_of);
    Ok(format!("duplicate {}", listed(scenario, ids)))
}

fn listed(scenario: &Scenario, ids: &[String]) -> String {
    let is_all = |group: &&Group| group.boxes.len() == ids.len() && ids.iter().all(|id| group.holds(id));
    match (ids, scenario.groups.iter().find(is_all)) {
        ([one], _) => name_for(scenario, one),
        (_, Some(group)) => group.name.clone(),
        _ => format!("{} boxes", ids.len()),
    }
}

fn remove(scenario: &mut Scenario, ids: &[String]) -> String {
    let said = format!("delete {}", listed(scenario, ids));
    scenario.boxes.retain(|placed| !ids.contains(&placed.id));
    scenario.wires.retain(|wire| !ids.contains(&wire.ends.from) && !ids.contains(&wire.ends.to));
    forget_targets(scenario);
    said
}

/// Drops the faults, actions, checks, variants and pointers whose box or wire is gone, and the questions that it would have
/// answered.
pub(crate) fn forget_targets(scenario: &mut Scenario) {
    let ids: Vec<String> = scenario.boxes.iter().map(|placed| placed.id.clone()).collect();
    let wires: Vec<WireEnds> = scenario.wires.iter().map(|wire| wire.ends.clone()).collect();
    let zones: Vec<String> = scenario.zones.iter().map(|zone| zone.id.clone()).collect();
    let is_there = |on: &Target| match on {
        Target::Box(id) | Target::Member(id, _) => ids.contains(id),
        Target::Wire(ends) => wires.contains(ends),
        Target::Zone(id) => zones.contains(id),
        Target::Between(a, b) => zones.contains(a) && zones.contains(b),
        Target::Sides(sides) => {
            sides.parties().filter_map(|party| party.home()).all(|id| ids.iter().any(|it| it == id))
        }
    };
    for moment in scenario.faults.iter_mut().chain(&mut scenario.actions) {
        if let Act::Do { on: Target::Sides(sides), .. } = &mut moment.act
            && let Some(left) = sides.among(|id| ids.iter().any(|it| it == id))
        {
            *sides = left;
        }
    }
    let stands = |moment: &Moment| {
        let (Act::Do { on, .. } | Act::Set { on, .. }) = &moment.act;
        is_there(on)
    };
    scenario.faults.retain(stands);
    scenario.actions.retain(stands);
    scenario.checks.retain(|check| ids.contains(&check.on));
    scenario.variants.retain(|variant| variant.set.iter().all(|setting| is_there(&setting.on)));
    // A reading names its box before the dot or behind it.
    let reads = |asked: &Prediction| asked.reads.split('.').any(|part| ids.iter().any(|id| id == part));
    for step in &mut scenario.lesson.steps {
        let offered = step.offer.len();
        step.offer.retain(stands);
        let is_whole = step.offer.len() == offered;
        step.predict = step.predict.take().filter(|asked| is_whole && reads(asked));
        step.focus.retain(|id| ids.contains(id));
    }
    scenario.view.selected = scenario.view.selected.take().filter(|id| ids.contains(id));
    groups::forget(scenario);
    for placed in &mut scenario.boxes {
        let from = placed.id.clone();
        let is_wired = |to: &str| {
            let ends = WireEnds { from: from.clone(), to: to.to_string() };
            wires.contains(&ends).then_some(ends.to)
        };
        rewire(placed, &is_wired);
    }
}

/// Renames what the plans of a box call; steps that lose it go, and a plan goes with its last step.
fn rewire(placed: &mut Placed, of: &dyn Fn(&str) -> Option<String>) {
    placed.plans.retain_mut(|plan| {
        let had_steps = !plan.steps.is_empty();
        plan.steps = Plan::rewired(&plan.steps, of);
        !had_steps || !plan.steps.is_empty()
    });
}

fn plan(
    scenario: &mut Scenario,
    schema: &Schema,
    id: &str,
    op: &str,
    steps: Option<&[PlanStep]>,
) -> Result<String, String> {
    let place = scenario.place(id).ok_or_else(|| format!("there is no box {id}"))?;
    let plans = &mut scenario.boxes[place].plans;
    let at = plans.iter().position(|plan| plan.op == op);
    match (at, steps) {
        (Some(at), None) => {
            plans.remove(at);
        }
        (Some(at), Some(steps)) => plans[at].steps = steps.to_vec(),
        (None, Some(steps)) => plans.push(Plan { op: op.to_string(), steps: steps.to_vec() }),
        (None, None) => {}
    }
    let part = format!("boxes[{place}].plans");
    let problems = scenario::validate(scenario, schema);
    match problems.into_iter().find(|problem| problem.is_error() && problem.path.starts_with(&part)) {
        Some(problem) => Err(problem.message),
        None => Ok(format!("plan of {} for {op}", name_for(scenario, id))),
    }
}

pub(crate) fn relocate(scenario: &mut Scenario, to: &[(String, i32, i32)]) -> String {
    const FAR: i32 = 100_000;
    for (id, x, y) in to {
        if let Some(place) = scenario.place(id) {
            (scenario.boxes[place].x, scenario.boxes[place].y) = ((*x).clamp(-FAR, FAR), (*y).clamp(-FAR, FAR));
        }
    }
    let ids: Vec<String> = to.iter().map(|(id, _, _)| id.clone()).collect();
    format!("move {}", listed(scenario, &ids))
}

fn rename(scenario: &mut Scenario, id: &str, name: &str) -> Result<String, String> {
    let place = scenario.place(id).ok_or_else(|| format!("there is no box {id}"))?;
    let name = clip(name.trim(), Scenario::NAME_MAX);
    if name.is_empty() {
        return Err("a box needs a name".to_string());
    }
    scenario.boxes[place].name.clone_from(&name);
    Ok(format!("rename to {name}"))
}

fn set(scenario: &mut Scenario, schema: &Schema, on: &Target, field: &str, value: &Value) -> Result<String, String> {
    let (fields, config, whose) = match on {
        Target::Wire(ends) => {
            let at = scenario.wire(ends).ok_or_else(|| format!("there is no wire {ends}"))?;
            (&schema.wire, &mut scenario.wires[at].config, ends.to_string())
        }
        Target::Zone(_) | Target::Between(..) => return Err("a zone has no settings".to_string()),
        Target::Sides(_) => return Err("a partition set has no settings".to_string()),
        Target::Box(id) | Target::Member(id, _) => {
            let place = scenario.place(id).ok_or_else(|| format!("there is no box {id}"))?;
            let placed = &mut scenario.boxes[place];
            let kind = schema.kind(&placed.kind).ok_or_else(|| format!("there is no kind {}", placed.kind))?;
            (&kind.fields, &mut placed.config, placed.name.clone())
        }
    };
    let at =
        fields.iter().position(|known| known.name == field).ok_or_else(|| format!("{whose} has no field {field}"))?;
    fields[at].accepts(value)?;
    *config.get_mut(at).ok_or_else(|| format!("{whose} has no value for {field}"))? = value.clone();
    drop_operations_nobody_makes(scenario);
    Ok(format!("{} of {whose}", fields[at].title))
}

/// Makes all of `settings`, or none.
fn choose(scenario: &mut Scenario, schema: &Schema, name: &str, settings: &[Setting]) -> Result<String, String> {
    let mut next = scenario.clone();
    for Setting { on, field, value } in settings {
        set(&mut next, schema, on, field, value)?;
    }
    *scenario = next;
    Ok(format!("variant {}", clip(name, Scenario::NAME_MAX)))
}

/// A wire that named only operations that are gone would carry nothing: it carries everything again.
fn drop_operations_nobody_makes(scenario: &mut Scenario) {
    let mut known: Vec<String> = Vec::new();
    for placed in &scenario.boxes {
        let makes = placed.config.iter().flat_map(Value::makes);
        known.extend(makes.map(|(op, _)| op.to_string()));
    }
    for wire in &mut scenario.wires {
        wire.ops.retain(|op| known.contains(op));
    }
}

fn connect(scenario: &mut Scenario, schema: &Schema, ends: &WireEnds) -> Result<String, String> {
    let kind_of = |id: &str| {
        let placed =
            scenario.place(id).map(|place| &scenario.boxes[place]).ok_or_else(|| format!("there is no box {id}"))?;
        schema.kind(&placed.kind).ok_or_else(|| format!("there is no kind {}", placed.kind))
    };
    let (from, to) = (kind_of(&ends.from)?, kind_of(&ends.to)?);
    if ends.from == ends.to {
        return Err("a box can't be wired to itself".to_string());
    }
    if scenario.wire(ends).is_some() {
        return Err(format!(
            "{} and {} are wired already",
            name_for(scenario, &ends.from),
            name_for(scenario, &ends.to)
        ));
    }
    if !to.ports.accepts {
        return Err(to.ports.refusal.to_string());
    }
    let leaving = scenario.wires.iter().filter(|wire| wire.ends.from == ends.from).count();
    if leaving >= usize::from(from.ports.out_max) {
        return Err(from.ports.refusal.to_string());
    }
    if scenario.wires.len() >= Scenario::WIRES_MAX {
        return Err(format!("there are {} wires; there can be no more", scenario.wires.len()));
    }
    let config = schema.wire.iter().map(scenario::Field::default_value).collect();
    scenario.wires.push(Wire { ends: ends.clone(), ops: Vec::new(), config });
    Ok(format!("wire {} to {}", name_for(scenario, &ends.from), name_for(scenario, &ends.to)))
}
