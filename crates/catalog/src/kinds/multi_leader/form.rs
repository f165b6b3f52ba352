//! What can be set on a store with many leaders, and what the protocol makes of it.

use crate::leaders::Routing;
use crate::settings::{FieldExt, Settings, choice, gauge, law, number, whole};
use base::{Law, Span};
use replication::multi_leader::{Config, MergeRule, Resolve, Topology, Variant};
use scenario::{Field, KindSpec, Ports, Verb};

const ROUTINGS: [Routing; 3] = [Routing::Turn, Routing::Home, Routing::Owner];

/// The settings of the protocol.
pub(super) fn config(settings: &Settings<'_>, members: u8) -> Config {
    let mesh = settings.millis("mesh_ms");
    Config {
        members: u16::from(members.max(1)),
        resolve: settings.one_of("rule", &Resolve::ALL),
        topology: settings.one_of("topology", &Topology::ALL),
        ship_delay: settings.millis("ship_delay_ms"),
        resend_every: Span::from_millis(200) + mesh.scaled(3.0),
        variant: settings.one_of("left_out", &Variant::ALL),
    }
}

/// How clients find a leader.
pub(super) fn routing(settings: &Settings<'_>) -> Routing {
    settings.one_of("routing", &ROUTINGS)
}

fn rule(rule: Resolve) -> (&'static str, &'static str) {
    let help = match rule {
        Resolve::LastWriteWins => "the later stamp stays, and the other write is lost silently",
        Resolve::Siblings => "both are kept until somebody writes who has read both",
        Resolve::Merge(MergeRule::Union) => "values are sets: everything that is in either; what was taken out comes back",
        Resolve::Merge(MergeRule::Greatest) => "the greater number stays, as with bids",
        Resolve::Merge(MergeRule::Least) => "the smaller number stays, as with prices",
        Resolve::Counter => "a write adds one; all of them count",
        Resolve::Set => "a write puts an element in or takes it out; putting in beats a removal that had not seen it",
    };
    (rule.title(), help)
}

fn topology(topology: Topology) -> (&'static str, &'static str) {
    let help = match topology {
        Topology::AllToAll => "everybody tells everybody what was written at it",
        Topology::Ring => "everybody tells the next; one that fails stops what is behind it",
        Topology::Star => "everybody talks with the first, which passes on",
        Topology::Line => "everybody talks with its two neighbours; without the middle, the ends are apart",
    };
    (topology.title(), help)
}

fn fields() -> Vec<Field> {
    vec![
        whole("members", "Leaders", "", (1.0, 32.0), 3.0, "Members of the store; each takes writes at once"),
        choice("rule", "Conflicts", "What becomes of two writes of which neither knew of the other", &Resolve::ALL.map(rule)),
        choice("topology", "Who tells whom", "The way by which a write comes to the other leaders", &Topology::ALL.map(topology)).live(),
        choice("routing", "Clients go to", "Which leader a request goes to", &[
            ("anybody", "everybody in turn: a key is written at all of them"),
            ("their own", "each user to one leader, or the next that is up"),
            ("the owner of the key", "each key is written at one leader: nothing conflicts while nobody fails"),
        ]).live(),
        number("ship_delay_ms", "Told after", "ms", (0.0, 60_000.0), 0.0, "A change waits this long, with what else has changed by then").live(),
        number("mesh_ms", "Between leaders", "ms", (0.0, 60_000.0), 40.0, "One-way latency from leader to leader"),
        number("clock_ms", "Clocks apart", "ms", (0.0, 60_000.0), 0.0, "Each leader's clock is ahead of the one before by this much").live().when("rule", &["last write wins"]),
        choice("left_out", "Rule left out", "What goes wrong without one of the protocol's rules", &[
            ("none", "the protocol as it should be"),
            ("by-arrival", "with last write wins: what arrives last stays, whatever its stamp"),
            ("strictly-newer", "with last write wins: nothing decides between equal stamps"),
            ("no-relay", "what a leader hears it does not pass on"),
            ("tells-once", "a change is told once; if that message is lost, so is the change"),
        ]).live(),
        whole("workers", "Connections", "", (1.0, 10_000.0), 32.0, "Requests that one leader works on at the same time").live(),
        whole("line_max", "Line", "", (0.0, 1e6), 1_000.0, "Requests that may wait at one leader; more are refused").live(),
        number("time_ms", "Work", "ms", (0.0, 60_000.0), 2.0, "Mean time of one request at the leader that takes it, its disk included").live(),
        law("time_law", "Work varies", Law::Exponential).live(),
    ]
}

/// What there is to know about the kind.
pub(super) fn spec(slug: &'static str) -> KindSpec {
    KindSpec {
        slug: slug.into(),
        title: "Multi-leader store".into(),
        group: "Data".into(),
        purpose: "A store whose every member takes writes at once and tells the others later; conflicts are found after the fact.".into(),
        icon: "M5 2.500a2 2 0 1 0 0 4a2 2 0 1 0 0-4M13 2.500a2 2 0 1 0 0 4a2 2 0 1 0 0-4M5 6.500v3M13 6.500v3M7 4.500h4M5 9.500l4 3 4-3M9 12.500v3".into(),
        fields: fields(),
        ports: Ports { accepts: true, out_max: 0, refusal: "A store is called; it calls nobody".into() },
        verbs: vec![
            Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Isolate, Verb::Heal,
        ],
        gauges: vec![
            gauge("owed", "Not yet told", "copies"),
            gauge("dropped", "Writes dropped", ""),
            gauge("conflicts", "Conflicts", ""),
            gauge("p99_ms", "p99", "ms"),
        ],
        members: Some("members".into()),
        modelled: vec![
            "each leader's copy of each key with its stamp, versions, counts or elements, and how two copies become one".into(),
            "who owes whom which key, told again until it is known to have arrived; what a crash leaves on disk".into(),
            "which acknowledged writes the last write wins drops, unless another leader had replaced them knowing of them".into(),
            "a client reads at its leader before it writes: a write replaces what that leader holds".into(),
            "a union or a set holds 16 elements, and a write toggles one of them; a bid or a price is a number below 1,000".into(),
        ],
        left_out: vec![
            "deleting, and forgetting the tombstones; leaders that join and leave".into(),
            "transactions over several keys; conflicts between keys, as two bookings of one room".into(),
            "a counter's or set's read is judged stale by the newest write that it holds, not by each".into(),
        ],
    }
}
