//! Sentences: what happened, what is wrong, why a run starts over.

use base::{Span, Time};
use catalog::{Afflicted, Plant, Trouble};
use check::Names;
use scenario::{Act, Moment, Scenario, Target, Verb};
use sim::Budget;
use trace::{Alarm, BoxIndex, Circuit, MemberIndex, Record, WireIndex};

/// Why a budget stopped the run.
pub(crate) fn budget(budget: Budget) -> &'static str {
    match budget {
        Budget::Instant => {
            "Stopped: two million events happened at one moment; somewhere boxes call each other without any delay"
        }
        Budget::Pending => "Stopped: four million events are pending; traffic comes in much faster than it is answered",
    }
}

/// What a person or fault did: `cut off posts.0`.
pub(crate) fn moment(moment: &Moment) -> String {
    match &moment.act {
        Act::Do { verb, on, amount } => {
            let spec = verb.spec();
            let amount = amount.or(spec.amount.map(|range| range.default)).zip(spec.amount);
            let by = amount.map_or_else(String::new, |(amount, range)| format!(" {}", with_unit(amount, range.unit)));
            format!("{}{by} {}", deed(*verb, on), whom(on))
        }
        Act::Set { on, field, .. } => format!("retune {field} of {on}"),
    }
}

/// What is done, as it is said in the middle of a sentence.
pub(crate) fn deed(verb: Verb, on: &Target) -> String {
    match (verb, on) {
        // Neither a border nor a partition is a wire.
        (Verb::Cut, Target::Between(..) | Target::Sides(_)) => "cut".to_string(),
        _ => verb.spec().title.to_ascii_lowercase(),
    }
}

/// To whom: `posts.0`, `zone eu`, `between eu and us`.
pub(crate) fn whom(on: &Target) -> String {
    match on {
        Target::Zone(id) => format!("zone {id}"),
        Target::Between(a, b) => format!("between {a} and {b}"),
        Target::Sides(sides) => sides.spoken(),
        on => on.to_string(),
    }
}

fn with_unit(amount: f64, unit: &str) -> String {
    if unit == "×" { format!("×{amount}") } else { format!("{amount} {unit}") }
}

/// What is wrong, and for how long: `cut off 3.2 s`.
pub(crate) fn trouble(trouble: &Trouble, now: Time) -> String {
    let what = match trouble.verb {
        Verb::Crash => "down".to_string(),
        Verb::Pause => "paused".to_string(),
        Verb::Slow => format!("slow ×{}", trouble.amount),
        Verb::CutOff => "cut off".to_string(),
        Verb::Isolate => "isolated".to_string(),
        Verb::Cut => "cut".to_string(),
        Verb::AddLatency => format!("+{} ms", trouble.amount),
        Verb::Lose => format!("loses {} %", trouble.amount),
        Verb::Spike => format!("spike ×{}", trouble.amount),
        verb => verb.spec().title.to_ascii_lowercase(),
    };
    format!("{what} {}", seconds(now.since(trouble.since)))
}

fn seconds(span: Span) -> String {
    format!("{:.1} s", span.as_secs_f64())
}

/// The troubles of one member, box or wire.
pub(crate) fn troubles(plant: &Plant, on: Afflicted) -> Vec<String> {
    let now = plant.now();
    plant.troubles().iter().filter(|known| known.on == on).map(|known| trouble(known, now)).collect()
}

/// The partitions on whose sides a member stands: `on side 2 of a partition 3.2 s`.
pub(crate) fn parted(plant: &Plant, member: MemberIndex) -> Vec<String> {
    let said = |known: &Trouble| {
        let side = plant.side_of(known.on, member)?;
        Some(format!("on side {side} of a partition {}", seconds(plant.now().since(known.since))))
    };
    plant.troubles().iter().filter_map(said).collect()
}

/// What the caller of a wire does about failure, as far as anything was asked for or has happened: `breaker open`, `pool 3 of 10`.
pub(crate) fn policy(plant: &Plant, wire: usize) -> Vec<String> {
    let (caller, tally) = plant.caller(wire);
    let mut said = Vec::new();
    said.extend(caller.breaker(plant.now()).map(|circuit| format!("breaker {}", circuit.name())));
    if let Some([under_way, waiting, places, line]) = caller.pool() {
        let line = if line > 0 || waiting > 0 { format!(", {waiting} waiting") } else { String::new() };
        said.push(format!("pool {under_way} of {places}{line}"));
    }
    said.extend(caller.budget().map(|left| format!("budget pays {left} {}", plural(left, "retry", "retries"))));
    let counts = [
        (tally.retries, "retry", "retries"),
        (tally.withheld, "retry not made", "retries not made"),
        (tally.hedges, "hedge", "hedges"),
        (tally.dropped, "answer not needed", "answers not needed"),
        (tally.refused, "call not made", "calls not made"),
    ];
    let count = |(count, one, many)| (count > 0).then(|| format!("{count} {}", plural(count, one, many)));
    said.extend(counts.into_iter().filter_map(count));
    said
}

fn plural(count: u64, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}

/// What is wrong with a wire: faults, and a breaker that is not closed.
pub(crate) fn wire_troubles(plant: &Plant, wire: usize) -> Vec<String> {
    let mut said = troubles(plant, Afflicted::Wire(wire as WireIndex));
    let circuit = plant.caller(wire).0.breaker(plant.now()).filter(|circuit| *circuit != Circuit::Closed);
    said.extend(circuit.map(|circuit| format!("breaker {}", circuit.name())));
    said
}

/// A version as people write it: term and index for a log, else just the number.
fn version(version: u64) -> String {
    format!("{}.{}", version >> 40, version & ((1 << 40) - 1))
}

/// A notable record as a sentence; `None` for those that say nothing to a person.
pub(crate) fn record(record: &Record, names: &Names, scenario: &Scenario, moments: &[&Moment]) -> Option<String> {
    let member = |place| names.member(place);
    let what = |place: u16| moments.get(usize::from(place)).map(|known| moment(known));
    let sentence = match *record {
        Record::Promoted { member: who, term, version: last, .. } => {
            format!("{} made itself leader of term {term}; its log ends in {}", member(who), version(last))
        }
        Record::SteppedDown { member: who, term, .. } => format!("{} stepped down: term {term} has begun", member(who)),
        Record::Discarded { member: who, from, to, .. } => {
            format!(
                "{} discarded {} to {}, which its new leader does not have",
                member(who),
                version(from),
                version(to)
            )
        }
        Record::Degraded { member: who, on: true, .. } => format!("{} goes on without its followers", member(who)),
        Record::Degraded { member: who, on: false, .. } => format!("{} waits for its followers again", member(who)),
        Record::Resized { store, members, moved, total, .. } => {
            format!("{} has {members} members now; {moved} of {total} keys moved", names.of_box(store))
        }
        Record::Down { member: who } => format!("{} is down", member(who)),
        Record::Up { member: who } => format!("{} is up again", member(who)),
        Record::Happened { moment } => what(moment)?,
        Record::Ended { moment } => format!("over: {}", what(moment)?),
        Record::Dropped { queue, message } => {
            format!("{} gave up a delivery of message {message}", names.of_box(queue))
        }
        Record::Breaker { wire, circuit } => {
            let ends = &scenario.wires.get(usize::from(wire))?.ends;
            let name = |id| scenario.place(id).map(|place| names.of_box(place as BoxIndex));
            let whose = format!("the breaker of {} → {}", name(&ends.from)?, name(&ends.to)?);
            match circuit {
                Circuit::Open => format!("{whose} opened"),
                Circuit::HalfOpen => format!("{whose} is half-open: a few calls pass, to see"),
                Circuit::Closed => format!("{whose} closed"),
            }
        }
        Record::Granted { lock, key, holder, token } => {
            format!("{} gave lock {key} to {holder}, with token {token}", names.of_box(lock))
        }
        Record::Released { lock, key, holder, .. } => {
            format!("{} has lock {key} back from {holder}", names.of_box(lock))
        }
        Record::Alarmed { monitor, target, alarm, after } => {
            let (monitor, target) = (names.of_box(monitor), names.of_box(target));
            match alarm {
                Alarm::Pending => format!("{monitor}: the rule holds for {target}; the alert is pending"),
                Alarm::Firing => format!("{monitor}: the alert on {target} fires, after {} of waiting", seconds(after)),
                Alarm::Inactive => format!("{monitor}: the rule no longer holds for {target}; the alert is inactive"),
            }
        }
        Record::Undone { member: who, key, write, .. } => {
            format!("{} undid write {write} of key {key}", member(who))
        }
        Record::DiskLost { member: who, .. } => format!("the disk of {} is gone", member(who)),
        Record::Lost { store, key, version: last, write } => {
            let what = format!("write {write} of key {key} (version {})", version(last));
            format!("{} has lost {what}: too little of it is left on any disk", names.of_box(store))
        }
        Record::Repaired { store, pieces } => {
            format!("{} has every copy and piece again; {pieces} were made anew", names.of_box(store))
        }
        _ => return None,
    };
    Some(sentence)
}

/// Why the run of `after` can't go on where that of `before` was.
pub(crate) fn why_start_over(before: &Scenario, after: &Scenario) -> String {
    let ids = |scenario: &Scenario| scenario.boxes.iter().map(|placed| placed.id.clone()).collect::<Vec<_>>();
    if ids(before) != ids(after) {
        return "there are other boxes than before".to_string();
    }
    if before.wires.iter().map(|wire| &wire.ends).ne(after.wires.iter().map(|wire| &wire.ends)) {
        return "the wiring has changed".to_string();
    }
    if before.seed != after.seed {
        return "the seed has changed, and with it all luck".to_string();
    }
    if before.length != after.length {
        return "its length has changed".to_string();
    }
    if let Some((_, placed)) = before.boxes.iter().zip(&after.boxes).find(|(a, b)| a.plans != b.plans) {
        return format!("{} has another plan", placed.name);
    }
    let homes = |scenario: &Scenario| -> Vec<_> {
        scenario.boxes.iter().map(|placed| (placed.zone.clone(), placed.member_zones.clone())).collect()
    };
    if homes(before) != homes(after) {
        return "somebody lies in another zone now".to_string();
    }
    if before.distances != after.distances {
        return "zones are at another distance from each other now".to_string();
    }
    let changed = before.boxes.iter().zip(&after.boxes).find(|(a, b)| a.config != b.config);
    match changed {
        Some((_, placed)) => format!("{} was changed in a way that only works from the start", placed.name),
        None => "the design was changed in a way that only works from the start".to_string(),
    }
}
