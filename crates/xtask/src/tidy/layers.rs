//! Who may know whom. Arrows point down only.
//!
//! ```text
//!   faces        web  cli  xtask  tests
//!   application  session
//!   boxes        catalog          the only place where mechanisms and protocols meet the simulator
//!   language     scenario
//!   protocols    raft ...  |  simulator  sim workload trace check
//!   contract     machine   |
//!   mechanisms   limits ...
//!   words        base
//! ```
//!
//! A protocol that could see the simulator would soon need it to be tested; a simulator that knew a protocol would soon favour it.

use super::Finding;
use super::metadata::Member;
use std::collections::{BTreeMap, BTreeSet};

/// A group of packages that may know the same others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// Time, ids, luck: nothing of distributed systems.
    Words,
    /// Values in, values out.
    Mechanism,
    /// What a protocol is to whoever drives it.
    Contract,
    /// State machines that exchange messages.
    Protocol,
    /// The world in which they run.
    Simulator,
    /// What is saved and shared.
    Language,
    /// What a person places.
    Boxes,
    /// The application without a screen.
    Application,
    /// The screen, the terminal, the build, and tests of the whole.
    Face,
}

use Layer::{Application, Boxes, Contract, Face, Language, Mechanism, Protocol, Simulator, Words};

/// Every package and its layer.
const PACKAGES: &[(Layer, &[&str])] = &[
    (Words, &["base"]),
    (
        Mechanism,
        &[
            "limits",
            "resilience",
            "balance",
            "placement",
            "cache",
            "sketch",
            "telemetry",
            "clocks",
            "quorum",
            "crdt",
            "collab",
            "queue",
            "search",
            "geo",
            "storage",
            "feed",
        ],
    ),
    (Contract, &["machine"]),
    (Protocol, &["raft", "paxos", "replication", "gossip", "txn", "lease"]),
    (Simulator, &["sim", "workload", "trace", "check"]),
    (Language, &["scenario"]),
    (Boxes, &["catalog"]),
    (Application, &["session"]),
    (Face, &["web", "veneer", "cli", "xtask", "browser-tests", "conformance", "bench", "stories"]),
];

impl Layer {
    /// The layer of a package, if it has been given one.
    pub fn of(package: &str) -> Option<Self> {
        PACKAGES.iter().find(|(_, names)| names.contains(&package)).map(|(layer, _)| *layer)
    }

    /// Whether what is in this layer must give the same results on every machine.
    pub fn is_engine(self) -> bool {
        self != Face
    }

    /// The layers that it may know.
    fn may_know(self) -> &'static [Layer] {
        match self {
            Words => &[],
            Mechanism | Contract => &[Words],
            Protocol => &[Words, Mechanism, Contract],
            // The parts of the simulator are one idea in four packages.
            Simulator => &[Words, Simulator],
            // What is saved must be readable without the boxes that give it meaning.
            Language => &[Words, Simulator],
            Boxes => &[Words, Mechanism, Contract, Protocol, Simulator, Language],
            Application => &[Words, Simulator, Language, Boxes],
            Face => &[Words, Mechanism, Contract, Protocol, Simulator, Language, Boxes, Application, Face],
        }
    }
}

/// Edges that point the wrong way, and packages without a layer.
pub fn findings(members: &[Member]) -> Vec<Finding> {
    let below: BTreeMap<&str, BTreeSet<&str>> =
        members.iter().map(|member| (&*member.name, member.uses.iter().map(String::as_str).collect())).collect();
    members.iter().flat_map(|member| of_one(member, &below)).collect()
}

fn of_one(member: &Member, below: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<Finding> {
    let finding = |what: String| Finding { path: member.name.clone(), line: 0, what };
    let Some(layer) = Layer::of(&member.name) else {
        return vec![finding("has no layer: give it one in crates/xtask/src/tidy/layers.rs".to_owned())];
    };
    let is_up = |used: &&String| !Layer::of(used).is_some_and(|to| layer.may_know().contains(&to));
    let up = member.uses.iter().filter(is_up).map(|used| {
        let to = Layer::of(used).map_or("no layer".to_owned(), |to| format!("{to:?}"));
        finding(format!("knows {used}, but {layer:?} may not know {to}"))
    });
    // Tests may look up, as long as what they look at does not stand on what they test: cargo would build it twice, and two
    // builds of one type are two types.
    let is_cycle = |used: &&String| reaches(used, &member.name, below);
    let cycles = member.tests_use.iter().filter(is_cycle);
    let cycles = cycles.map(|used| finding(format!("its tests use {used}, which stands on it: move those tests up")));
    up.chain(cycles).collect()
}

fn reaches(from: &str, to: &str, below: &BTreeMap<&str, BTreeSet<&str>>) -> bool {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(name) = open.pop() {
        if name == to {
            return true;
        }
        if seen.insert(name) {
            open.extend(below.get(name).into_iter().flatten());
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, uses: &[&str], tests_use: &[&str]) -> Member {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Member { name: name.to_owned(), folder: name.into(), uses: owned(uses), tests_use: owned(tests_use) }
    }

    fn is_allowed(from: &str, to: &str) -> bool {
        findings(&[member(from, &[to], &[]), member(to, &[], &[])]).is_empty()
    }

    #[test]
    fn arrows_point_down() {
        for (from, to) in [
            ("limits", "base"),
            ("raft", "machine"),
            ("raft", "quorum"),
            ("sim", "trace"),
            ("scenario", "workload"),
            ("catalog", "raft"),
            ("catalog", "sim"),
            ("session", "catalog"),
            ("web", "session"),
            ("cli", "session"),
        ] {
            assert!(is_allowed(from, to), "{from} may know {to}");
            assert!(!is_allowed(to, from) || Layer::of(from) == Layer::of(to), "{to} must not know {from}");
        }
    }

    #[test]
    fn protocols_and_the_simulator_never_see_each_other() {
        for (from, to) in
            [("raft", "sim"), ("sim", "raft"), ("sim", "machine"), ("machine", "sim"), ("check", "limits")]
        {
            assert!(!is_allowed(from, to), "{from} must not know {to}");
        }
    }

    #[test]
    fn only_the_catalog_knows_mechanisms_and_the_simulator() {
        for (from, to) in
            [("session", "raft"), ("session", "limits"), ("scenario", "cache"), ("scenario", "replication")]
        {
            assert!(!is_allowed(from, to), "{from} must not know {to}");
        }
    }

    #[test]
    fn mechanisms_and_protocols_stand_alone() {
        assert!(!is_allowed("cache", "limits") && !is_allowed("raft", "gossip"));
    }

    #[test]
    fn a_package_without_a_layer_is_found() {
        let found = findings(&[member("helpers", &[], &[])]);
        assert!(found[0].what.contains("has no layer"), "{found:?}");
        assert!(!is_allowed("session", "helpers"));
    }

    #[test]
    fn tests_may_look_up_but_not_in_a_circle() {
        let catalog = member("catalog", &["sim"], &[]);
        let up = findings(&[member("scenario", &[], &["catalog"]), catalog.clone(), member("sim", &[], &[])]);
        assert_eq!(up, []);
        let circle = findings(&[member("sim", &[], &["catalog"]), catalog]);
        assert!(circle[0].what.contains("stands on it"), "{circle:?}");
    }
}
