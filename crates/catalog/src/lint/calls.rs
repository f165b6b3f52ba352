//! How callers deal with failure: time-outs, retries, and the lines in which calls wait.

use super::graph::Graph;
use super::{Finding, Rule};
use scenario::Target;

pub(super) fn look(graph: &Graph<'_>, found: &mut Vec<Finding>) {
    timeouts(graph, found);
    budgets(graph, found);
    products(graph, found);
    lines(graph, found);
}

/// What a wire's caller does at worst before it gives up.
struct Patience {
    timeout_ms: f64,
    tries: f64,
}

impl Patience {
    fn of(graph: &Graph<'_>, wire: usize) -> Patience {
        let policy = graph.policy(wire);
        Patience { timeout_ms: policy.number("timeout_ms"), tries: 1.0 + policy.number("retries") }
    }

    /// How long it waits for answers at most, back-off not counted; for ever without a time-out.
    fn whole_ms(&self) -> f64 {
        if self.timeout_ms > 0.0 { self.timeout_ms * self.tries } else { f64::INFINITY }
    }

    fn said(&self) -> String {
        match (self.timeout_ms > 0.0, self.tries > 1.0) {
            (false, _) => "for ever".to_string(),
            (true, false) => time(self.timeout_ms),
            (true, true) => {
                format!("{} ({} × {} tries)", time(self.whole_ms()), time(self.timeout_ms), self.tries)
            }
        }
    }
}

fn time(ms: f64) -> String {
    if ms >= 1_000.0 { format!("{} s", round(ms / 1_000.0)) } else { format!("{} ms", round(ms)) }
}

/// At most one digit behind the point.
fn round(n: f64) -> f64 {
    libm::round(n * 10.0) / 10.0
}

/// A box that waits longer for those it calls than its own caller waits for it.
fn timeouts(graph: &Graph<'_>, found: &mut Vec<Finding>) {
    // The shortest time-out with which each box is called, and by whom.
    let mut shortest: Vec<Option<(f64, usize, u64)>> = vec![None; graph.kinds.len()];
    for (from, outlet, to, ops) in graph.waits() {
        let timeout = Patience::of(graph, usize::from(outlet.wire)).timeout_ms;
        let is_shorter = shortest[to].is_none_or(|(known, ..)| timeout < known);
        if timeout > 0.0 && ops != 0 && is_shorter && !graph.hands_over(to) {
            shortest[to] = Some((timeout, from, ops));
        }
    }
    for (at, outlet, to, ops) in graph.waits() {
        let wire = usize::from(outlet.wire);
        let (Some((timeout, caller, with)), patience) = (shortest[at], Patience::of(graph, wire)) else { continue };
        if graph.policy(wire).switch("deadline") || ops & with == 0 || patience.whole_ms() <= timeout {
            continue;
        }
        let (name, called) = (graph.name(at), graph.name(to));
        let what = format!(
            "{name} waits {} for {called}; {} has waited only {} for {name}",
            patience.said(),
            graph.name(caller),
            time(timeout)
        );
        let mend =
            format!("Make time-out and retries of this wire fit into {}, or switch on Hand on deadline", time(timeout));
        let on = Some(Target::Wire(graph.scenario.wires[wire].ends.clone()));
        found.push(Finding { rule: Rule::TimeoutOrder, on, what, mend });
    }
}

/// Whether a wire's caller tries again without any bound on how much that adds.
fn is_unbounded(graph: &Graph<'_>, wire: usize) -> bool {
    let policy = graph.policy(wire);
    policy.whole("retries") > 0 && policy.whole("retry_budget_percent") == 0
}

fn budgets(graph: &Graph<'_>, found: &mut Vec<Finding>) {
    for (wire, known) in graph.scenario.wires.iter().enumerate() {
        if !is_unbounded(graph, wire) {
            continue;
        }
        let (Some(from), Some(to)) = (graph.scenario.place(&known.ends.from), graph.targets[wire]) else { continue };
        let tries = 1 + graph.policy(wire).whole("retries");
        let breaker = if graph.policy(wire).choice("breaker") == 0 { "no budget and no breaker" } else { "no budget" };
        let what = format!(
            "When {} fails, {} calls it {tries} times for each request: {breaker}",
            graph.name(to),
            graph.name(from)
        );
        let mend = "Set Retry budget of this wire, such as 10 %: then retries add at most a tenth".to_string();
        found.push(Finding { rule: Rule::RetriesUnbounded, on: Some(Target::Wire(known.ends.clone())), what, mend });
    }
}

/// The largest product of tries along any way from the clients, told where it ends.
fn products(graph: &Graph<'_>, found: &mut Vec<Finding>) {
    let boxes = graph.kinds.len();
    // For each box, the largest product with which it is called, and over which wire.
    let mut most: Vec<(f64, Option<usize>)> = vec![(1.0, None); boxes];
    // A way has no more wires than there are boxes; circles stop there.
    for _ in 0..boxes {
        let mut changed = false;
        for (from, outlet, to, ops) in graph.waits() {
            let wire = usize::from(outlet.wire);
            let tries = if is_unbounded(graph, wire) { Patience::of(graph, wire).tries } else { 1.0 };
            let before = if graph.hands_over(from) { 1.0 } else { most[from].0 };
            let product = before * tries;
            if ops != 0 && product > most[to].0 && !is_behind(&most, graph, from, to) {
                most[to] = (product, Some(wire));
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    for at in 0..boxes {
        let way = way_to(&most, graph, at);
        let [.., last] = way.as_slice() else { continue };
        let repeats: Vec<usize> = way.iter().copied().filter(|wire| is_unbounded(graph, *wire)).collect();
        // Told once, at the wire that multiplies last.
        if repeats.len() < 2 || repeats.last() != Some(last) {
            continue;
        }
        let tries: Vec<String> = repeats.iter().map(|wire| Patience::of(graph, *wire).tries.to_string()).collect();
        let what = format!("One request can become {} calls of {}: {}", most[at].0, graph.name(at), tries.join(" × "));
        let mend = "Let only one layer try again, the one nearest to the fault or to the client, and give it a budget"
            .to_string();
        let on = Some(Target::Wire(graph.scenario.wires[*last].ends.clone()));
        found.push(Finding { rule: Rule::RetryProduct, on, what, mend });
    }
}

/// The wires over which the largest product comes to a box, first to last.
fn way_to(most: &[(f64, Option<usize>)], graph: &Graph<'_>, mut at: usize) -> Vec<usize> {
    let mut way = Vec::new();
    while let Some(wire) = most[at].1.filter(|_| way.len() < most.len()) {
        way.push(wire);
        match graph.scenario.place(&graph.scenario.wires[wire].ends.from) {
            Some(from) if !graph.hands_over(from) => at = from,
            _ => break,
        }
    }
    way.reverse();
    way
}

/// Whether the way to `from` comes through `to`: one more round of a circle.
fn is_behind(most: &[(f64, Option<usize>)], graph: &Graph<'_>, from: usize, to: usize) -> bool {
    let comes_by = |wire: &usize| graph.scenario.place(&graph.scenario.wires[*wire].ends.from) == Some(to);
    from == to || way_to(most, graph, from).iter().any(comes_by)
}

/// Lines that take longer to work off than anybody in them waits, and rooms that are as large as they can be set.
fn lines(graph: &Graph<'_>, found: &mut Vec<Finding>) {
    let mut longest: Vec<f64> = vec![0.0; graph.kinds.len()];
    for (_, outlet, to, _) in graph.waits() {
        let timeout = Patience::of(graph, usize::from(outlet.wire)).timeout_ms;
        let timeout = if timeout > 0.0 { timeout } else { f64::INFINITY };
        if timeout > longest[to] {
            longest[to] = timeout;
        }
    }
    for at in (0..graph.kinds.len()).filter(|at| graph.is_reached[*at]) {
        let said = if graph.hands_over(at) { room(graph, at) } else { line(graph, at, longest[at]) };
        let on = Some(Target::Box(graph.placed(at).id.clone()));
        found.extend(said.map(|(what, mend)| Finding { rule: Rule::QueueUnbounded, on, what, mend }));
    }
}

fn line(graph: &Graph<'_>, at: usize, longest_ms: f64) -> Option<(String, String)> {
    let (room, work) = (graph.number(at, "line_max")?, graph.number(at, "time_ms")?);
    let workers = graph.number(at, "workers").unwrap_or(1.0).clamp(1.0, f64::MAX);
    let drain = room * work / workers;
    (longest_ms > 0.0 && drain > longest_ms).then(|| {
        let fits = libm::floor(longest_ms * workers / work.clamp(f64::MIN_POSITIVE, f64::MAX));
        let what = format!(
            "A full line of {room} at {} takes {} to work off; its callers wait {} at most",
            graph.name(at),
            time(drain),
            time(longest_ms)
        );
        (what, format!("Set Line to {fits} or less: whoever gets in is then answered in time"))
    })
}

fn room(graph: &Graph<'_>, at: usize) -> Option<(String, String)> {
    let kind = crate::schema().kind(&graph.placed(at).kind)?;
    let field = kind.fields.iter().find(|field| matches!(field.name.as_ref(), "room" | "backlog_max"))?;
    let scenario::FieldKind::Number { max, .. } = field.kind else { return None };
    let room = graph.number(at, &field.name)?;
    (room >= max).then(|| {
        let what = format!("{} takes in up to {room} messages before it refuses one", graph.name(at));
        (what, format!("Set {} to what can be worked off in the time a message is worth waiting for", field.title))
    })
}
