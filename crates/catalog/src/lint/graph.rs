//! Who calls whom with which operations. Sets of operations are the bits of a number, as in [`crate::plan::Outlet`].

use crate::kinds::KindOf;
use crate::plan::{self, Outlet, Role, Serves};
use crate::settings::Settings;
use scenario::{Placed, Scenario, Value};

/// A design as the rules see it.
pub(super) struct Graph<'a> {
    pub scenario: &'a Scenario,
    /// The names of all operations; a bit each.
    pub ops: Vec<String>,
    /// The operations that change state.
    pub writes: u64,
    /// For each box, its kind when there is one of this name.
    pub kinds: Vec<Option<KindOf>>,
    /// For each box, the wires that leave it.
    pub outlets: Vec<Vec<Outlet>>,
    /// For each wire, the box at its far end.
    pub targets: Vec<Option<usize>>,
    /// For each box, the operations that clients send its way; a bit stands for them all when there are none.
    pub arriving: Vec<u64>,
    /// For each box, whether anything that clients begin reaches it.
    pub is_reached: Vec<bool>,
}

impl<'a> Graph<'a> {
    pub fn of(scenario: &'a Scenario) -> Graph<'a> {
        let ops = plan::operations(scenario);
        let bit = |(at, name): (usize, &String)| u64::from(plan::is_write(scenario, name)) << at;
        let mut graph = Graph {
            scenario,
            writes: ops.iter().enumerate().map(bit).fold(0, |all, bit| all | bit),
            kinds: scenario.boxes.iter().map(|placed| KindOf::from_slug(&placed.kind)).collect(),
            outlets: scenario.boxes.iter().map(|placed| plan::outlets(scenario, &placed.id, &ops)).collect(),
            targets: scenario.wires.iter().map(|wire| scenario.place(&wire.ends.to)).collect(),
            arriving: vec![0; scenario.boxes.len()],
            is_reached: vec![false; scenario.boxes.len()],
            ops,
        };
        graph.flow();
        graph
    }

    /// Lets the operations of the clients flow along the wires until nothing changes.
    fn flow(&mut self) {
        let mut changed: Vec<usize> = Vec::new();
        for at in 0..self.kinds.len() {
            // Who watches has nobody's requests, and needs none.
            self.is_reached[at] = self.kinds[at] == Some(KindOf::Metrics);
            if self.is_clients(at) {
                (self.arriving[at], self.is_reached[at]) = (self.makes(at), true);
                changed.push(at);
            }
        }
        while let Some(at) = changed.pop() {
            for outlet in &self.outlets[at] {
                let Some(to) = self.targets[usize::from(outlet.wire)] else { continue };
                let more = self.arriving[at] & outlet.carries & !self.arriving[to];
                if more != 0 || !self.is_reached[to] {
                    self.arriving[to] |= more;
                    self.is_reached[to] = true;
                    changed.push(to);
                }
            }
        }
    }

    pub fn is_clients(&self, at: usize) -> bool {
        self.placed(at).sends()
    }

    /// The operations that a box of clients makes.
    pub fn makes(&self, at: usize) -> u64 {
        let mixes = self.placed(at).config.iter();
        let named = mixes.flat_map(Value::makes);
        named.filter_map(|(op, _)| self.ops.iter().position(|known| known == op)).fold(0, |all, at| all | 1 << at)
    }

    pub fn placed(&self, at: usize) -> &'a Placed {
        &self.scenario.boxes[at]
    }

    pub fn name(&self, at: usize) -> &'a str {
        &self.placed(at).name
    }

    /// What is set on a box, when its kind is known.
    pub fn settings(&self, at: usize) -> Option<Settings<'a>> {
        let placed = self.placed(at);
        let kind = crate::schema().kind(&placed.kind)?;
        Some(Settings { fields: &kind.fields, values: &placed.config })
    }

    /// The number in a field, for a kind that has such a field.
    pub fn number(&self, at: usize, field: &str) -> Option<f64> {
        let settings = self.settings(at)?;
        settings.fields.iter().any(|known| known.name == field).then(|| settings.number(field))
    }

    /// What is set on a wire.
    pub fn policy(&self, wire: usize) -> Settings<'a> {
        Settings { fields: &crate::schema().wire, values: &self.scenario.wires[wire].config }
    }

    /// Whether a box answers before what it was asked is done.
    pub fn hands_over(&self, at: usize) -> bool {
        self.kinds[at].is_some_and(|kind| matches!(kind.serves(), Serves::Handover | Serves::Spans))
    }

    /// The wires whose answer somebody waits for: who calls, the wire, who is called, and which operations that really come by.
    pub fn waits(&self) -> impl Iterator<Item = (usize, &Outlet, usize, u64)> {
        let of = move |from: usize| {
            let awaited = move |outlet: &&Outlet| {
                !matches!(outlet.role, Role::Queue | Role::Tracer) || !self.kinds[from].is_some_and(KindOf::plans)
            };
            self.outlets[from].iter().filter(awaited).filter_map(move |outlet| {
                let to = self.targets[usize::from(outlet.wire)]?;
                Some((from, outlet, to, self.arriving[from] & outlet.carries))
            })
        };
        (0..self.kinds.len()).flat_map(of)
    }

    /// Operations by name, in words: all of them.
    pub fn listed(&self, ops: u64) -> String {
        super::listed(&self.names(ops))
    }

    /// Operations by name, in words: any of them.
    pub fn either(&self, ops: u64) -> String {
        super::joined(&self.names(ops), "or")
    }

    fn names(&self, ops: u64) -> Vec<&str> {
        self.ops.iter().enumerate().filter(|(at, _)| ops >> at & 1 == 1).map(|(_, name)| name.as_str()).collect()
    }
}
