//! What can be set on a leaderless store, and what the protocol makes of it.

use crate::settings::{FieldExt, Settings, choice, law, number, switch, whole, gauge};
use base::{Law, Span};
use replication::leaderless::{Config, Conflicts, Variant};
use scenario::{Field, KindSpec, Ports, Verb};

/// The settings of the protocol.
pub(super) fn config(settings: &Settings<'_>, members: u8) -> Config {
    let members = u16::from(members.max(1));
    let expire_after = settings.millis("expire_ms");
    let compare = settings.millis("compare_ms");
    let config = Config {
        members,
        copies: (settings.whole("copies") as u16).clamp(1, members),
        write_quorum: settings.whole("write_quorum") as u16,
        read_quorum: settings.whole("read_quorum") as u16,
        sloppy: settings.switch("sloppy"),
        conflicts: if settings.choice("conflicts") == 0 { Conflicts::Versions } else { Conflicts::LastWriteWins },
        read_repair: settings.switch("read_repair"),
        fallback_after: settings.millis("fallback_ms").min(expire_after),
        expire_after,
        handoff_every: settings.millis("handoff_ms"),
        compare_every: (compare != Span::ZERO).then(|| compare.max(Span::from_secs(1))),
        variant: match settings.choice("left_out") {
            0 => Variant::Faithful,
            1 => Variant::ReadsOne,
            2 => Variant::DropsHints,
            _ => Variant::IgnoresVersions,
        },
    };
    within(config, config.copies)
}

/// The same with quorums that `copies` homes can make.
pub(super) fn within(config: Config, copies: u16) -> Config {
    Config {
        copies,
        write_quorum: config.write_quorum.clamp(1, copies),
        read_quorum: config.read_quorum.clamp(1, copies),
        ..config
    }
}

fn fields() -> Vec<Field> {
    vec![
        whole("members", "Members", "", (1.0, 16.0), 5.0, "Processes in the group; each takes any request"),
        whole("copies", "Copies N", "", (1.0, 16.0), 3.0, "Homes of each key; never more than members"),
        whole("write_quorum", "Write quorum W", "", (1.0, 16.0), 2.0, "Homes that must have stored a write before it is acknowledged; never more than N").live(),
        whole("read_quorum", "Read quorum R", "", (1.0, 16.0), 2.0, "Homes that must have answered a read; with W more than N, some home has the newest").live(),
        switch("sloppy", "Sloppy quorum", false, "Whether members that are no homes of a key stand in for silent ones, and keep hints for them").live(),
        choice("conflicts", "Concurrent writes", "What becomes of two writes of which neither has seen the other", &[
            ("siblings", "both are kept until a write that has read both replaces them"),
            ("last write wins", "the later stamp wins, and the other is lost silently"),
        ]),
        switch("read_repair", "Read repair", true, "Whether a read writes the newest copy back to homes that answered with an older one").live(),
        number("fallback_ms", "Stand in after", "ms", (1.0, 60_000.0), 100.0, "A home silent this long gets a stand-in").live().when("sloppy", &["on"]),
        number("expire_ms", "Give up after", "ms", (1.0, 60_000.0), 500.0, "A request that lacks answers this long is refused").live(),
        number("handoff_ms", "Hand off every", "ms", (10.0, 3.6e6), 1_000.0, "How often hints are offered to their homes").live().when("sloppy", &["on"]),
        number("compare_ms", "Compare every", "ms", (0.0, 3.6e6), 10_000.0, "How often each member compares its hash tree with another's, at most once a second; 0 is never").live(),
        number("mesh_ms", "Between members", "ms", (0.0, 60_000.0), 1.0, "One-way latency from member to member"),
        choice("left_out", "Rule left out", "What goes wrong without one of the protocol's rules", &[
            ("none", "the protocol as it should be"),
            ("reads-one", "a read answers with the first copy that comes, whatever R says"),
            ("drops-hints", "a stand-in says that it keeps a hint, and does not"),
            ("ignores-versions", "a home keeps what arrived last, whatever its version"),
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
        title: "Leaderless store".into(),
        group: "Data".into(),
        purpose: "A store in which any member takes a write, and quorums make it found again.".into(),
        icon: "M9 2a2 2 0 1 0 0 4a2 2 0 1 0 0-4M3.500 7.500a2 2 0 1 0 0 4a2 2 0 1 0 0-4M14.500 7.500a2 2 0 1 0 0 4a2 2 0 1 0 0-4M9 12.500a2 2 0 1 0 0 4a2 2 0 1 0 0-4M7.500 5.500L5 8M10.500 5.500L13 8M5 11l2.500 2.500M13 11l-2.500 2.500".into(),
        fields: fields(),
        ports: Ports { accepts: true, out_max: 0, refusal: "A store is called; it calls nobody".into() },
        verbs: vec![
            Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Isolate, Verb::Heal,
        ],
        gauges: vec![
            gauge("hints", "Hints held", ""),
            gauge("conflict_percent", "Reads with siblings", "%"),
            gauge("rate", "Requests", "/s"),
            gauge("p99_ms", "p99", "ms"),
            gauge("in_conflict", "Keys with siblings", ""),
        ],
        members: Some("members".into()),
        modelled: vec![
            "each copy of each key at each home, with the dotted versions or stamps by which copies are brought together".into(),
            "quorums, stand-ins with their hints, read repair, and hash trees compared from the root down".into(),
            "where siblings are kept, a write reads first and replaces what it has read: two quorums, one after the other".into(),
            "a write's version is the moment and the member at which it was taken; a read of siblings is judged by the newest; never written is version 0".into(),
        ],
        left_out: vec![
            "deleting, and forgetting the tombstones; members that join and leave".into(),
            "clocks that disagree; merging siblings by what they mean".into(),
            "time of its own for work at the homes: the member that takes the request pays for all".into(),
            "virtual nodes: key k lives at member k modulo the members and at those after it".into(),
        ],
    }
}
