//! What can be set on a group that commits together, and how it looks inside.

use super::clerk::{Line, Linger};
use super::{COORDINATOR, HELD, Inside, RULES, SPAN_MS};
use crate::face::{Face, Mood, Phase};
use crate::settings::{FieldExt, Settings, choice, gauge, law, number, switch, whole};
use base::{Law, Time};
use scenario::{Field, KindSpec, Ports, Verb};
use txn::two_phase::{Config, TransactionId};

/// Rows that a table shows.
const ROWS: usize = 8;
const NOWHERE: &str = "nowhere";
const _: () = assert!(HELD > u32::MAX as u64, "no job has such a number");

/// The settings of the protocol.
pub(super) fn config(settings: &Settings<'_>, members: u8) -> Config {
    Config {
        members: u16::from(members.max(2)),
        votes_within: settings.millis("votes_ms"),
        inquire_after: settings.millis("inquire_ms"),
        resend_after: settings.millis("resend_ms"),
        cooperative: settings.switch("cooperative"),
        rule: settings.one_of("rule", &RULES),
    }
}

/// Participants of a transaction: never more than there are.
pub(super) fn spread(settings: &Settings<'_>, members: u8) -> u8 {
    (settings.whole("spread") as u8).clamp(1, members.saturating_sub(1).max(1))
}

/// Whether a read waits for a row that a transaction holds.
pub(super) fn waits(settings: &Settings<'_>) -> bool {
    settings.choice("reads") == 0
}

/// Where the coordinator takes its time.
pub(super) fn lingers(settings: &Settings<'_>) -> Linger {
    let lasts = settings.millis("linger_ms");
    match settings.choice("linger") {
        1 => Linger::BeforeDeciding(lasts),
        2 => Linger::BeforeTelling(lasts),
        3 => Linger::AfterOne(lasts),
        _ => Linger::Nowhere,
    }
}

fn fields() -> Vec<Field> {
    const LINGERS: &[&str] = &["before it decides", "before it tells", "after it told one"];
    vec![
        whole("members", "Members", "", (2.0, 16.0), 4.0, "Processes: the first coordinates, the others hold the rows"),
        whole("spread", "Participants", "", (1.0, 8.0), 2.0, "Members that each write changes a row at; never more than hold rows"),
        choice("rule", "Rule", "The protocol, or a well-known mistake in it", &[
            ("sound", "a promise and a decision are on disk before they are said; what has no record is aborted"),
            ("vote before writing", "the yes leaves before the promise is on disk: a crash forgets it"),
            ("decide before writing", "the decision leaves before it is on disk: a crash presumes the contrary"),
            ("abort in doubt", "a participant that does not hear the outcome aborts by itself, to free its rows"),
            ("presume commit", "what the coordinator has no record of is taken to have committed"),
            ("reuse identities", "numbers begin anew after a restart: old votes count for new transactions"),
        ]),
        switch("cooperative", "Ask each other", true, "Whether a participant in doubt asks the other participants too"),
        choice("linger", "Coordinator lingers", "Where it takes its time, so that a crash finds it there", &[
            (NOWHERE, "it goes on at once"),
            ("before it decides", "all have promised and nothing is written: a crash means abort"),
            ("before it tells", "the commit is on its disk and nobody knows: a crash leaves all in doubt until it is back"),
            ("after it told one", "one participant knows the commit: it can tell the others if they ask each other"),
        ]).live(),
        number("linger_ms", "For", "ms", (0.0, 600_000.0), 50.0, "How long it lingers there in each transaction").live().when("linger", LINGERS),
        number("votes_ms", "Votes within", "ms", (1.0, 3.6e6), 500.0, "Votes that are missing after this count as no"),
        number("inquire_ms", "In doubt after", "ms", (1.0, 3.6e6), 300.0, "A participant that has not heard the outcome asks for it after this, and again"),
        number("resend_ms", "Told again", "ms", (1.0, 3.6e6), 200.0, "A commit that is not confirmed is sent again after this"),
        choice("reads", "Rows in hand", "What a read of a row gets that a transaction holds", &[
            ("wait", "nothing, before the outcome is known"),
            ("old value", "what was there before, which may be past already"),
        ]).live(),
        number("mesh_ms", "Between members", "ms", (0.0, 60_000.0), 1.0, "One-way latency from member to member"),
        number("disk_ms", "Disk", "ms", (0.0, 60_000.0), 1.0, "Time until a write is safe; what follows it waits, writes do not wait for each other").live(),
        whole("workers", "Transactions", "", (1.0, 1_000.0), 100.0, "Requests that one member has in hand at the same time, until they are answered").live(),
        whole("line_max", "Line", "", (0.0, 1e5), 1_000.0, "Requests that may wait at one member; more are refused").live(),
        number("time_ms", "Work", "ms", (0.0, 60_000.0), 1.0, "Mean time of one request at the member that takes it, its disk not included").live(),
        law("time_law", "Work varies", Law::Exponential).live(),
    ]
}

/// What there is to know about the kind.
pub(super) fn spec(slug: &'static str) -> KindSpec {
    KindSpec {
        slug: slug.into(),
        title: "Two-phase commit".into(),
        group: "Coordination".into(),
        purpose: "A coordinator and participants that change rows of several members together, or not at all.".into(),
        icon: "M9 2v4M9 6L4 11M9 6l5 5M2 11h4v5H2zM12 11h4v5h-4zM3 13.500l1 1 1.500-2M13 13.500l1 1 1.500-2".into(),
        fields: fields(),
        ports: Ports { accepts: true, out_max: 0, refusal: "The participants are members of this box; it calls nobody".into() },
        verbs: vec![
            Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Isolate, Verb::Heal,
        ],
        gauges: vec![
            gauge("in_doubt", "In doubt", ""),
            gauge("aborted_percent", "Aborted", "%"),
            gauge("split", "Ended differently", ""),
            gauge("p99_ms", "p99", "ms"),
        ],
        members: Some("members".into()),
        modelled: vec![
            "prepare, vote, decide, confirm: each message, each promise and decision on disk, each row that is held meanwhile".into(),
            "presumed abort, time-outs, a participant in doubt that asks the coordinator and the others, repeated commits".into(),
            "a disk that takes its time: what follows a write waits for it, and a crash in between forgets the write".into(),
            "a write changes the rows of its key at as many participants as are set: an order and its stock; key k begins at member 1 + k modulo the participants".into(),
            "delivery: a commit is carried out at each participant once; a read asks one of them, in turn".into(),
        ],
        left_out: vec![
            "waiting for a row that another transaction holds: that is a no, and the transaction aborts".into(),
            "three-phase commit; a coordinator that is a group itself; transactions that read first".into(),
            "a disk as a queue: writes are safe one disk time after they are asked for".into(),
            "outcomes older than the last 1,024 are forgotten by participants, not by the coordinator".into(),
        ],
    }
}

fn name(id: TransactionId) -> String {
    if id.incarnation == 0 { format!("tx {}", id.sequence) } else { format!("tx {}.{}", id.incarnation, id.sequence) }
}

impl Inside {
    /// What a member is bound by now.
    pub(super) fn table(&self, now: Time) -> Face {
        let (site, clerk) = (&self.site.machine, &self.site.host);
        let row = |cells: [String; 3]| cells.to_vec();
        let (head, mut rows): (_, Vec<Vec<String>>) = if self.me == COORDINATOR {
            let open = site.image().unconfirmed().take(ROWS);
            let lines = open.map(|id| row([name(id), "committed".into(), "not confirmed by all".into()]));
            (["Transaction", "Is", "And"], lines.collect())
        } else {
            let bound = |id: TransactionId| clerk.shown.iter().find(|line| line.id == id).map(|line| line.began);
            let since = |id| bound(id).map_or("—".into(), |at| format!("{:.0} ms", now.since(at).as_millis_f64()));
            let state = |id| if clerk.doubted.contains(&id) { "in doubt" } else { "promised" };
            let lines = site.image().prepared().take(ROWS);
            (["Transaction", "Is", "For"], lines.map(|(id, _)| row([name(id), state(id).into(), since(id)])).collect())
        };
        let counts = if self.me == COORDINATOR {
            [("undecided", site.undecided()), ("committed", clerk.committed), ("aborted", clerk.aborted)]
        } else {
            [("rows held", site.locked()), ("reads waiting", self.waiting.len() as u64), ("refused votes", clerk.conflicts)]
        };
        rows.extend(counts.map(|(what, count)| row([what.into(), count.to_string(), String::new()])));
        Face::Table { head: head.map(String::from).to_vec(), rows }
    }

    /// How long promises bound this member lately; at the coordinator, how long commits were not confirmed.
    pub(super) fn phases(&self, now: Time) -> Vec<Phase> {
        let ago = |at: Time| now.since(at).as_millis_f64();
        let lane = if self.me == COORDINATOR { ".0 commits".to_string() } else { format!(".{}", self.me.0) };
        let phase = |line: &Line| Phase {
            lane: lane.clone(),
            label: name(line.id) + if line.mood == Mood::Failed { ", in doubt" } else { "" },
            began: ago(line.began),
            ended: line.ended.map_or(0.0, ago),
            mood: line.mood,
        };
        self.site.host.shown.iter().map(phase).filter(|phase| phase.ended < SPAN_MS).collect()
    }
}
