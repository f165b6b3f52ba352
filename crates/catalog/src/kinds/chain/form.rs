//! What can be set on a chain, and what protocol and master make of it.

use crate::settings::{FieldExt, Settings, choice, gauge, law, number, whole};
use base::{Law, Span};
use replication::chain::{Config, MasterConfig, Reads, Variant};
use scenario::{Field, KindSpec, Ports, Verb};

/// The settings of the protocol in a box of so many members, of which the last is the master.
pub(super) fn config(settings: &Settings<'_>, members: u8) -> Config {
    Config {
        members: u16::from(members.max(2)) - 1,
        reads: settings.one_of("reads", &Reads::ALL),
        resend_every: Span::from_millis(200) + settings.millis("mesh_ms").scaled(2.0 * f64::from(members)),
        window: u64::from(settings.whole("window").clamp(1, 65_536)),
        variant: settings.one_of("left_out", &Variant::ALL),
    }
}

/// The settings of the master.
pub(super) fn master(settings: &Settings<'_>) -> MasterConfig {
    let (every, grant, mesh) = (settings.millis("every_ms"), settings.millis("grant_ms"), settings.millis("mesh_ms"));
    MasterConfig {
        every,
        silent_after: every.scaled(f64::from(settings.whole("missed_max"))) + mesh.scaled(2.0),
        // From when it comes, not from when it is said.
        grant: (grant != Span::ZERO).then_some(grant + mesh),
    }
}

fn fields() -> Vec<Field> {
    vec![
        whole("members", "Members", "", (2.0, 17.0), 4.0, "The chain from head to tail, and last the master"),
        choice("reads", "Reads", "Who answers them", &[
            ("tail", "the last of the chain alone: what it holds is done"),
            ("anybody", "everyone in turn, and where a write is under way after asking the tail (CRAQ)"),
        ]).live(),
        number("mesh_ms", "Between members", "ms", (0.0, 60_000.0), 1.0, "One-way latency from member to member"),
        number("every_ms", "Master asks", "ms", (10.0, 600_000.0), 100.0, "How often the master says the chain to everybody, and hears who answers").live(),
        whole("missed_max", "Taken out after", "missed", (1.0, 100.0), 3.0, "Answers that a member may miss before the master does without it").live(),
        number("grant_ms", "Word holds", "ms", (0.0, 600_000.0), 500.0, "How long a member may act on the master's word; a member is taken out when it is over. 0 is for ever: wrong where a member may only be cut off").live(),
        whole("window", "Under way", "", (1.0, 65_536.0), 1_024.0, "Writes on their way down the chain at once; more are refused").live(),
        choice("left_out", "Rule left out", "What goes wrong without one of the protocol's rules", &[
            ("none", "the protocol as it should be"),
            ("head-answers-reads", "the head answers reads too, with writes that may die with it"),
            ("head-acknowledges", "a write is said to be done as soon as the head has it"),
            ("no-resend", "whoever gets a new successor does not send again what the failed one may have kept"),
            ("ignores-numbers", "messages of other chains count as well"),
            ("joins-empty", "a new tail answers before it has been given what the others hold"),
            ("answers-dirty", "with reads by anybody: nobody asks the tail"),
        ]).live(),
        whole("workers", "Connections", "", (1.0, 10_000.0), 32.0, "Requests that one member works on at the same time").live(),
        whole("line_max", "Line", "", (0.0, 1e6), 1_000.0, "Requests that may wait at one member; more are refused").live(),
        number("time_ms", "Work", "ms", (0.0, 60_000.0), 2.0, "Mean time of one request at the member that takes it, its disk included").live(),
        law("time_law", "Work varies", Law::Exponential).live(),
    ]
}

/// What there is to know about the kind.
pub(super) fn spec(slug: &'static str) -> KindSpec {
    KindSpec {
        slug: slug.into(),
        title: "Chain".into(),
        group: "Data".into(),
        purpose: "A store whose members stand in a row: writes enter at the head and are done at the tail, and a master takes out who fails.".into(),
        icon: "M2 6.500h3.500v5h-3.500zM7.250 6.500h3.500v5h-3.500zM12.500 6.500h3.500v5h-3.500zM5.500 9h1.750M10.750 9h1.750M9 2v2.500".into(),
        fields: fields(),
        ports: Ports { accepts: true, out_max: 0, refusal: "A store is called; it calls nobody".into() },
        verbs: vec![
            Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Isolate, Verb::Heal,
        ],
        gauges: vec![
            gauge("under_way", "Under way", "writes"),
            gauge("length", "In the chain", "members"),
            gauge("asked_tail", "Asked the tail", "% of reads"),
            gauge("p99_ms", "p99", "ms"),
        ],
        members: Some("members".into()),
        modelled: vec![
            "each update passed down the chain and acknowledged up again, numbered, kept until it is done, sent again when lost".into(),
            "chains numbered by the master: head, middle or tail taken out, and who comes back given the state behind the tail".into(),
            "time that the master grants, and waits for before it does without a member that may only be cut off".into(),
            "what a crash leaves on disk; every key is there from the start, as version 0".into(),
        ],
        left_out: vec![
            "the group of masters that agree: one process is the master, and what it knows survives its crash".into(),
            "clocks that disagree about when granted time is over".into(),
            "callers that know an old chain: they learn of a new one at once, as from a registry".into(),
            "time of its own for passing an update on: the member that takes the request pays for all".into(),
        ],
    }
}
