//! What can be set on a collaborative document.

use crate::settings::{FieldExt, choice, gauge, law, number, whole};
use base::Law;
use scenario::{Field, KindSpec, Ports, Verb};

fn fields() -> Vec<Field> {
    vec![
        choice("way", "Edits come together by", "What becomes of two edits that were made without knowing of each other", &[
            ("transformation", "a server puts all operations in one order and moves each past those its author had not seen"),
            ("sequence", "a CRDT: every letter has a name and hangs on its neighbour, and no server is needed"),
            ("last writer wins", "wrong: whole texts are sent, the newest stays, and edits it did not know of are gone"),
        ]),
        whole("members", "Replicas", "", (1.0, 16.0), 4.0, "Each is what some users edit; with transformation the first is the server too"),
        whole("documents", "Documents", "", (1.0, 20.0), 3.0, "How many texts there are; a key belongs to one of them"),
        whole("length_max", "Longest text", "letters", (4.0, 1_000.0), 40.0, "From this length on every edit takes a letter out").live(),
        whole("cuts_percent", "Letters out", "%", (0.0, 100.0), 25.0, "Share of the edits of a shorter text that take a letter out; the others put one in").live(),
        number("sync_ms", "Ask again every", "ms", (20.0, 600_000.0), 200.0, "How often a replica tells what others may lack, or asks for what it has missed").live(),
        whole("log_max", "Log", "operations", (100.0, 100_000.0), 2_000.0, "Operations of a document that the server keeps; who has missed more begins with the text, and its unsent edits are gone").live().when("way", &["transformation"]),
        number("mesh_ms", "Between replicas", "ms", (0.0, 60_000.0), 40.0, "One-way latency from replica to replica"),
        whole("workers", "Connections", "", (1.0, 10_000.0), 32.0, "Requests that one replica works on at the same time").live(),
        whole("line_max", "Line", "", (0.0, 1e6), 1_000.0, "Requests that may wait at one replica; more are refused").live(),
        number("time_ms", "Work", "ms", (0.0, 60_000.0), 1.0, "Mean time of one edit or reading, the replica's disk included").live(),
        law("time_law", "Work varies", Law::Exponential).live(),
    ]
}

/// What there is to know about the kind.
pub(super) fn spec(slug: &'static str) -> KindSpec {
    KindSpec {
        slug: slug.into(),
        title: "Collaborative document".into(),
        group: "Domain".into(),
        purpose: "Texts that many edit at once, each on a copy of their own.".into(),
        icon: "M4 2.500h7l3 3v10H4zM6.500 6.500h4M6.500 9.500h2M6.500 12.500h2M11.500 8v6M10.500 8h2M10.500 14h2".into(),
        fields: fields(),
        ports: Ports { accepts: true, out_max: 0, refusal: "A document is called; it calls nobody".into() },
        verbs: vec![
            Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Isolate, Verb::Heal,
        ],
        gauges: vec![
            gauge("untold", "Not yet told", "edits"),
            gauge("lost", "Edits lost", ""),
            gauge("kept", "Kept besides the text", ""),
            gauge("p99_ms", "p99", "ms"),
        ],
        members: Some("members".into()),
        modelled: vec![
            "every operation, its transformation, the server's log, and what each replica has sent and not heard back".into(),
            "every letter of a sequence with its place in the tree, tombstones included".into(),
            "a write is one letter in or out at a place drawn from its id; a read gets the length of the text".into(),
            "edits are shown and acknowledged at once, also by a replica that is cut off".into(),
            "a crash keeps the copies and what was not yet told".into(),
        ],
        left_out: vec![
            "formatting, undo, and more than one letter an edit".into(),
            "another server in place of a dead one: until it is back, each replica goes on alone".into(),
            "forgetting the tombstones of a sequence".into(),
            "clocks that disagree: with last writer wins the latest edit is the newest text".into(),
        ],
    }
}
