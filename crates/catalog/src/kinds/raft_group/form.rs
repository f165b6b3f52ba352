//! What can be set on a Raft group, and what the protocol makes of it.

use super::Reading;
use crate::front::Reads;
use crate::settings::{FieldExt, Settings, choice, law, number, switch, whole, gauge};
use base::Law;
use raft::{Bug, Config, Read};
use scenario::{Field, KindSpec, Ports, Verb};

/// The name of the choice that leaves no rule out.
pub(super) const NO_BUG: &str = "none";

/// The rules that can be left out here: all but those of changing members, which these groups do not do.
fn bugs() -> impl Iterator<Item = Bug> {
    let changes = [Bug::ChangeDirectly, Bug::ChangeBeforeOwnCommit, Bug::ChangesOverlap];
    Bug::ALL.into_iter().filter(move |bug| !changes.contains(bug))
}

/// Who is asked to read.
pub(super) fn asked(settings: &Settings<'_>) -> Reads {
    if reading(settings) == Reading::Anybody { Reads::Anybody } else { Reads::Leader }
}

/// Whether callers ask anybody, who passes on what only a leader can do.
pub(super) fn passes_on(settings: &Settings<'_>) -> bool {
    settings.choice("callers") == 1
}

/// How reads are served.
pub(super) fn reading(settings: &Settings<'_>) -> Reading {
    match settings.choice("reads") {
        0 | 1 => Reading::Linearizable,
        2 => Reading::Leader,
        _ => Reading::Anybody,
    }
}

/// The settings of the protocol.
pub(super) fn config(settings: &Settings<'_>, members: u8) -> Config {
    let members = u16::from(members.max(1));
    let learners = (settings.whole("learners") as u16).min(members - 1);
    let is_leased = settings.choice("reads") == 1;
    let election_timeout = settings.millis("election_ms");
    Config {
        members,
        voters: members - learners,
        learners,
        election_timeout,
        heartbeat: settings.millis("heartbeat_ms").min(election_timeout.scaled(0.5)),
        pre_vote: settings.switch("pre_vote"),
        protect_leader: settings.switch("protect") || is_leased,
        read: if is_leased { Read::Lease } else { Read::Index },
        batch_max: u64::from(settings.whole("batch_max")),
        window: u64::from(settings.whole("window")),
        snapshot_after: u64::from(settings.whole("snapshot_after")),
        bug: settings.choice("left_out").checked_sub(1).and_then(|nth| bugs().nth(nth)),
        ..Config::default()
    }
}

fn fields() -> Vec<Field> {
    let bugs: Vec<_> =
        [(NO_BUG, "the protocol as it should be")].into_iter().chain(bugs().map(|bug| (bug.name(), bug.help()))).collect();
    vec![
        whole("members", "Members", "", (1.0, 7.0), 3.0, "Processes in the group; of 2n + 1 voters n may fail"),
        whole("learners", "Learners", "", (0.0, 6.0), 0.0, "How many of the members get the log and have no vote; one always votes"),
        number("election_ms", "Election time-out", "ms", (10.0, 600_000.0), 150.0, "A member that hears no leader for one to two of these asks for votes"),
        number("heartbeat_ms", "Heartbeat", "ms", (5.0, 300_000.0), 30.0, "A leader speaks at least this often; never less than twice in an election time-out").live(),
        number("mesh_ms", "Between members", "ms", (0.0, 60_000.0), 1.0, "One-way latency from member to member"),
        choice("reads", "Reads", "How a read makes sure that it is not stale", &[
            ("read index", "the leader asks a majority whether it still leads"),
            ("lease", "the leader trusts its last round of heartbeats, and clocks"),
            ("leader", "the leader answers at once; it may have been replaced"),
            ("any member", "everyone in turn answers from its state, which may be stale"),
        ]).live(),
        switch("pre_vote", "Pre-vote", true, "Whether a member asks if it would win before it begins a term").live(),
        switch("protect", "Protect the leader", true, "Whether nobody votes against a leader just heard; a lease needs it, and has it").live(),
        whole("batch_max", "Batch", "entries", (1.0, 4_096.0), 64.0, "Most entries in one message").live(),
        whole("window", "Window", "entries", (1.0, 4_096.0), 256.0, "Entries on their way to one follower before its answer is awaited").live(),
        whole("snapshot_after", "Snapshot after", "entries", (100.0, 100_000.0), 1_000.0, "Applied entries that a snapshot then replaces").live(),
        choice("left_out", "Rule left out", "What goes wrong without one of the protocol's rules", &bugs),
        whole("workers", "Connections", "", (1.0, 10_000.0), 32.0, "Requests that one member works on at the same time").live(),
        whole("line_max", "Line", "", (0.0, 1e6), 1_000.0, "Requests that may wait at one member; more are refused").live(),
        number("time_ms", "Work", "ms", (0.0, 60_000.0), 2.0, "Mean time of one read or write at the member that is asked, its disk included").live(),
        law("time_law", "Work varies", Law::Exponential).live(),
        choice("callers", "Callers ask", "Whom a request goes to", &[
            ("the leader", "they know the newest one and reach it, wherever it is"),
            ("any member", "each in turn, as users near it would; who does not lead passes it on, and refuses while it knows no leader"),
        ]),
    ]
}

/// What there is to know about the kind.
pub(super) fn spec(slug: &'static str) -> KindSpec {
    KindSpec {
        slug: slug.into(),
        title: "Raft group".into(),
        group: "Coordination".into(),
        purpose: "A store whose members agree on one log, and that serves while a majority of them lives.".into(),
        icon: "M9 1.500a2 2 0 1 0 0 4a2 2 0 1 0 0-4M3.500 12a2 2 0 1 0 0 4a2 2 0 1 0 0-4M14.500 12a2 2 0 1 0 0 4a2 2 0 1 0 0-4M8 5.500L4.500 12M10 5.500l3.500 6.500M5.500 14h7".into(),
        fields: fields(),
        ports: Ports { accepts: true, out_max: 0, refusal: "A store is called; it calls nobody".into() },
        verbs: vec![
            Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Isolate, Verb::Heal,
        ],
        gauges: vec![
            gauge("elections", "Leaders elected", ""),
            gauge("lag_entries", "Behind", "entries"),
            gauge("rate", "Requests", "/s"),
            gauge("p99_ms", "p99", "ms"),
        ],
        members: Some("members".into()),
        modelled: vec![
            "terms, votes and pre-votes, each entry of the log at each member, commit by a majority, snapshots in place of old entries".into(),
            "reads by read index and by lease; reads that ask nobody, which may be stale".into(),
            "what a crash loses and what the disk keeps; each rule of the protocol, left out if wanted".into(),
            "every key is there from the start, as version 0; a version is the term and index of the write".into(),
        ],
        left_out: vec![
            "the client library that knows the newest leader: it is always reachable, unless callers ask any member".into(),
            "changes of the members while it runs; clocks that drift; sessions that make a repeated write count once".into(),
            "time of its own for the disk and for carrying out entries at followers; snapshots in pieces".into(),
            "a leader's first entry in each term writes no key and is shown as key 0".into(),
        ],
    }
}
