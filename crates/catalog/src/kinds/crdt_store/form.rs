//! What can be set on a CRDT store.

use crate::front::Front;
use crate::settings::{FieldExt, Settings, choice, gauge, law, number, whole};
use base::Law;
use crdt::{Kind, Sends};
use scenario::{Field, KindSpec, Ports, Verb};

/// How clients find a replica.
pub(super) fn front(settings: &Settings<'_>) -> Front {
    if settings.choice("routing") == 0 { Front::Turn(0) } else { Front::Nearest }
}

/// What a replica sends.
pub(super) fn sends(settings: &Settings<'_>) -> Sends {
    settings.one_of("sends", &Sends::ALL)
}

fn fields() -> Vec<Field> {
    let types: Vec<(&'static str, &'static str)> = Kind::ALL.iter().map(|kind| (kind.name(), kind.help())).collect();
    vec![
        whole("members", "Replicas", "", (1.0, 16.0), 3.0, "Each takes any request, and asks nobody first"),
        choice("type", "Type", "What the copy of a key is", &types),
        choice("sends", "Replicas send", "Of a key that has changed", &[
            ("deltas", "what is new of it since the other acknowledged something"),
            ("states", "the whole copy"),
        ]).live(),
        number("gossip_ms", "Tell every", "ms", (10.0, 600_000.0), 200.0, "How often a replica tells some others what they lack").live(),
        whole("fanout", "Others at once", "", (1.0, 15.0), 2.0, "How many others it tells each time, drawn at random").live(),
        whole("log_max", "Log", "changes", (0.0, 100_000.0), 1_000.0, "Changes that a replica keeps to tell; whoever is further behind gets all copies").live(),
        number("mesh_ms", "Between replicas", "ms", (0.0, 60_000.0), 10.0, "One-way latency from replica to replica"),
        choice("routing", "Clients go to", "Which replica a request goes to", &[
            ("anybody", "everybody in turn"),
            ("their own", "each user to one replica, or the next that is up"),
        ]),
        whole("workers", "Connections", "", (1.0, 10_000.0), 32.0, "Requests that one replica works on at the same time").live(),
        whole("line_max", "Line", "", (0.0, 1e6), 1_000.0, "Requests that may wait at one replica; more are refused").live(),
        number("time_ms", "Work", "ms", (0.0, 60_000.0), 2.0, "Mean time of one request, the replica's disk included").live(),
        law("time_law", "Work varies", Law::Exponential).live(),
    ]
}

/// What there is to know about the kind.
pub(super) fn spec(slug: &'static str) -> KindSpec {
    KindSpec {
        slug: slug.into(),
        title: "CRDT store".into(),
        group: "Data".into(),
        purpose: "A store of copies that converge by themselves: every replica takes writes, alone if it must.".into(),
        icon: "M3 4h4.500l3 5-3 5H3M15 4h-2.500l-3 5 3 5H15M3 4v10M15 4v10".into(),
        fields: fields(),
        ports: Ports { accepts: true, out_max: 0, refusal: "A store is called; it calls nobody".into() },
        verbs: vec![
            Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Isolate, Verb::Heal,
        ],
        gauges: vec![
            gauge("owed", "Not yet told", "changes"),
            gauge("sent", "Sent", "entries a write"),
            gauge("whole", "All copies sent", "times"),
            gauge("p99_ms", "p99", "ms"),
        ],
        members: Some("members".into()),
        modelled: vec![
            "each replica's copy of each key, entry by entry, and its merge with what it hears".into(),
            "deltas joined to intervals, acknowledged, told again, and all copies where the log does not reach back".into(),
            "what a write does is drawn from its id: one more or one less, one of 16 elements in or out, one of 8 entries, a place in a list of up to 32".into(),
            "a crash keeps the copies and loses the log; every key is there from the start, empty, as version 0".into(),
        ],
        left_out: vec![
            "clocks that disagree: the greatest timestamp is the latest write".into(),
            "forgetting tombstones, which a sequence and a set of two phases keep for ever".into(),
            "a read is judged stale by the newest write in the copy, not by each".into(),
            "time of its own for merging: the replica that takes the request pays for all".into(),
        ],
    }
}
