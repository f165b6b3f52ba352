//! What can be set on a Paxos group, and what the protocol makes of it.

use crate::settings::{FieldExt, Settings, choice, gauge, law, number, whole};
use base::{Law, Span};
use paxos::multi::{Bug, Config, Proposers, Quorums};
use resilience::{BackoffConfig, Jitter};
use scenario::{Field, FieldKind, KindSpec, Ports, Verb};

/// The name of the choice that leaves no rule out.
pub(super) const NO_BUG: &str = "none";

/// Whether everybody proposes.
pub(super) fn asks_all(settings: &Settings<'_>) -> bool {
    settings.choice("proposers") == 1
}

/// Whether callers ask the leader.
pub(super) fn asks_leader(settings: &Settings<'_>) -> bool {
    !asks_all(settings) && settings.choice("callers") == 0
}

/// Whether who does not lead passes on what he is asked.
pub(super) fn passes_on(settings: &Settings<'_>) -> bool {
    !asks_all(settings) && settings.choice("callers") == 1
}

/// Whether whoever is asked reads from his state.
pub(super) fn reads_here(settings: &Settings<'_>) -> bool {
    settings.choice("reads") == 1
}

fn bug(settings: &Settings<'_>) -> Option<Bug> {
    settings.choice("left_out").checked_sub(1).and_then(|nth| Bug::ALL.get(nth).copied())
}

/// How many must promise, and how many accept: what is set, as far as there are members, and as many promises as the rule wants.
pub(super) fn counts(settings: &Settings<'_>, members: u8) -> (u16, u16) {
    let members = u16::from(members.max(1));
    if settings.choice("quorums") == 0 {
        return (members / 2 + 1, members / 2 + 1);
    }
    let set = |name: &str| (settings.whole(name) as u16).clamp(1, members);
    let (prepare, accept) = (set("prepare_quorum"), set("accept_quorum"));
    let least = if bug(settings) == Some(Bug::QuorumsApart) { 1 } else { members + 1 - accept };
    (prepare.max(least), accept)
}

/// The settings of the protocol.
pub(super) fn config(settings: &Settings<'_>, members: u8) -> Config {
    let takeover_after = settings.millis("takeover_ms");
    let (prepare, accept) = counts(settings, members);
    let base = settings.millis("retry_ms").max(Span::from_millis(1));
    Config {
        members: u16::from(members.max(1)),
        heartbeat: settings.millis("heartbeat_ms").min(takeover_after.scaled(0.5)),
        takeover_after,
        proposers: if asks_all(settings) { Proposers::Everybody } else { Proposers::Leader },
        quorums: Quorums::Flexible { prepare, accept },
        retry: BackoffConfig {
            base,
            cap: settings.millis("retry_max_ms").max(base),
            jitter: settings.one_of("retry_jitter", Jitter::ALL),
            ..BackoffConfig::default()
        },
        kept: u64::from(settings.whole("kept")),
        bug: bug(settings),
    }
}

fn jitter() -> Field {
    let jitters: Vec<_> = Jitter::ALL.iter().map(|jitter| (jitter.name(), jitter.help())).collect();
    let mut field = choice("retry_jitter", "Jitter", "How luck enters that wait; without any, two proposers can outbid each other for ever", &jitters);
    if let FieldKind::Choice { default, .. } = &mut field.kind {
        *default = Jitter::ALL.iter().position(|jitter| *jitter == Jitter::Full).unwrap_or(0) as u8;
    }
    field.live().when("proposers", &["every member"])
}

#[allow(clippy::too_many_lines, reason = "a list")]
fn fields() -> Vec<Field> {
    const FLEXIBLE: &[&str] = &["flexible"];
    const DUEL: &[&str] = &["every member"];
    let bugs: Vec<_> =
        [(NO_BUG, "the protocol as it should be")].into_iter().chain(Bug::ALL.iter().map(|bug| (bug.name(), bug.help()))).collect();
    vec![
        whole("members", "Members", "", (1.0, 7.0), 3.0, "Processes in the group; with majorities, of 2n + 1 n may fail"),
        choice("proposers", "Proposes", "Who begins ballots", &[
            ("the leader", "it prepares once for all slots; the others take over when they hear nobody"),
            ("every member", "whoever is asked, in a ballot of its own: they outbid each other"),
        ]),
        choice("callers", "Callers ask", "Whom a request goes to", &[
            ("the leader", "they know the newest one and reach it, wherever it is"),
            ("any member", "each in turn; who does not lead passes it on, and refuses while it knows no leader"),
        ]).when("proposers", &["the leader"]),
        number("retry_ms", "Outbid, waits", "ms", (1.0, 60_000.0), 5.0, "How long a member that was outbid waits before its next ballot; twice as long each time in a row").live().when("proposers", DUEL),
        number("retry_max_ms", "At most", "ms", (1.0, 60_000.0), 500.0, "The longest that it waits").live().when("proposers", DUEL),
        jitter(),
        choice("quorums", "Quorums", "How many members must answer", &[
            ("majorities", "more than half, for promises and for acceptances"),
            ("flexible", "as set, as long as the two share a member"),
        ]),
        whole("accept_quorum", "Accept", "members", (1.0, 7.0), 2.0, "Acceptances that choose a command; at most all").when("quorums", FLEXIBLE),
        whole("prepare_quorum", "Promise", "members", (1.0, 7.0), 2.0, "Promises that make a leader; raised to members + 1 − acceptances, so that the two share a member").when("quorums", FLEXIBLE),
        number("takeover_ms", "Takeover", "ms", (10.0, 600_000.0), 150.0, "A member that hears no leader for one to two of these begins a ballot").live(),
        number("heartbeat_ms", "Heartbeat", "ms", (5.0, 60_000.0), 30.0, "A leader speaks at least this often; never less than twice in a takeover time").live(),
        number("mesh_ms", "Between members", "ms", (0.0, 60_000.0), 1.0, "One-way latency from member to member"),
        choice("reads", "Reads", "Where a read is answered", &[
            ("the log", "each takes a slot, as a write does: never stale"),
            ("any member", "everyone in turn answers from what it knows to be chosen, which may be stale"),
        ]).live(),
        whole("kept", "Keeps", "slots", (10.0, 100_000.0), 1_000.0, "Chosen slots kept for members that are a little behind, at times twice as many; who is further behind gets a snapshot").live(),
        choice("left_out", "Rule left out", "What goes wrong without one of the protocol's rules", &bugs),
        whole("workers", "Connections", "", (1.0, 10_000.0), 32.0, "Requests that one member works on at the same time").live(),
        whole("line_max", "Line", "", (0.0, 1e6), 1_000.0, "Requests that may wait at one member; more are refused").live(),
        number("time_ms", "Work", "ms", (0.0, 60_000.0), 2.0, "Mean time of one read or write at the member that is asked, its disk included").live(),
        law("time_law", "Work varies", Law::Exponential).live(),
    ]
}

/// What there is to know about the kind.
pub(super) fn spec(slug: &'static str) -> KindSpec {
    KindSpec {
        slug: slug.into(),
        title: "Paxos group".into(),
        group: "Coordination".into(),
        purpose: "A store whose members agree on a log slot by slot, under a leader or by outbidding each other.".into(),
        icon: "M9 2a2 2 0 1 0 0 4a2 2 0 1 0 0-4M2 12h3v3H2zM7.500 12h3v3h-3zM13 12h3v3h-3zM7.500 5.500L4 12M9 6v6M10.500 5.500L14 12".into(),
        fields: fields(),
        ports: Ports { accepts: true, out_max: 0, refusal: "A store is called; it calls nobody".into() },
        verbs: vec![
            Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Isolate, Verb::Heal,
        ],
        gauges: vec![
            gauge("chosen", "Chosen", "/s"),
            gauge("ballots", "Ballots", "/s"),
            gauge("leader", "Leads", "member"),
            gauge("lag_slots", "Behind", "slots"),
        ],
        members: Some("members".into()),
        modelled: vec![
            "ballots, promises and acceptances of each slot at each member; a prepare for all slots at once; gaps filled at a takeover".into(),
            "duels: who is outbid learns what became of its command, and proposes it again where another took the slot".into(),
            "prepare and accept quorums of any sizes that meet; each rule of the protocol, left out if wanted".into(),
            "what a crash loses and what the disk keeps: promises, acceptances, what is chosen".into(),
            "chosen slots are forgotten once they are in the registers, and who is behind them gets a snapshot".into(),
            "every key is there from the start, as version 0; a version is the how manieth leader numbered the slot, and the slot".into(),
        ],
        left_out: vec![
            "the client library that knows the newest leader: it is always reachable, unless callers ask any member".into(),
            "changes of the members; leases, and linearizable reads outside the log; a repeated write that counts once".into(),
            "time of its own for the disk; snapshots in pieces".into(),
            "at most 64 slots are on their way at once, and as many requests wait at one member; more are refused".into(),
            "a leader that is cut off goes on believing that it leads; it gets nothing chosen".into(),
        ],
    }
}
