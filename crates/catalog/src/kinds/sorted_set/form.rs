//! What can be set on a sorted set.

use crate::settings::{FieldExt, Settings, choice, gauge, law, number, whole};
use base::{Delay, Law, Span};
use scenario::{Field, KindSpec, Ports, Verb};

/// What a write does to a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    Add,
    Raise,
    Set,
}

/// What can be set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Knobs {
    pub rule: Rule,
    /// Whether a read asks for the top, or for a player's rank.
    pub asks_top: bool,
    /// The best of all shards are told to all this often; else every read of the top asks all.
    pub told_every: Option<Span>,
    pub wanted: u32,
    pub is_durable: bool,
    pub look: Delay,
    pub patience: Span,
}

impl Knobs {
    pub fn read(settings: &Settings<'_>) -> Knobs {
        Knobs {
            rule: settings.one_of("rule", &[Rule::Add, Rule::Raise, Rule::Set]),
            asks_top: settings.choice("question") == 0,
            told_every: (settings.choice("top_from") == 1).then(|| settings.millis("told_ms").max(settings.millis("mesh_ms"))),
            wanted: settings.whole("wanted").clamp(1, 100),
            is_durable: settings.choice("kept") == 0,
            look: Delay::constant(Span::from_millis_f64(settings.number("look_us") / 1_000.0)),
            patience: settings.millis("patience_ms"),
        }
    }
}

fn fields() -> Vec<Field> {
    vec![
        whole("members", "Shards", "", (1.0, 16.0), 4.0, "Each has some of the players; any of them takes a request"),
        choice("rule", "A write", "What it does to a player's score", &[
            ("adds", "1 to 100 points are added"),
            ("raises", "1 to 10,000 points count if they are the player's best"),
            ("sets", "1 to 10,000 points replace what there was"),
        ]).live(),
        choice("question", "A read asks", "What it wants to know", &[
            ("the top", "the players with most points"),
            ("a rank", "how many players have more points than one"),
        ]).live(),
        whole("wanted", "Top", "", (1.0, 100.0), 10.0, "How many players of the top").live(),
        choice("top_from", "Top from", "Where a shard has it from", &[
            ("all shards", "every read asks all of them: exact, and as slow as the slowest"),
            ("what was told", "shards tell each other their best now and then: nobody is asked, and it is a little old"),
        ]),
        number("told_ms", "Told every", "ms", (10.0, 600_000.0), 1_000.0, "How often a shard tells the others its best; never more often than a message takes").live().when("top_from", &["what was told"]),
        whole("players", "Players", "", (0.0, 20_000.0), 2_000.0, "Players that are there from the start, each with 1 to 100 points"),
        choice("kept", "Kept", "Where scores are", &[
            ("on disk", "a crash loses none that was acknowledged"),
            ("in memory", "a crash loses all of its shard, and players begin with nothing"),
        ]),
        number("patience_ms", "Waits", "ms", (1.0, 60_000.0), 500.0, "How long a request waits for shards; then it fails").live(),
        number("mesh_ms", "Between shards", "ms", (0.0, 60_000.0), 1.0, "One-way latency from shard to shard"),
        number("look_us", "Step", "µs", (0.0, 1e5), 1.0, "Time of one step through the list; a place is found in as many as the number of players has digits in base two").live(),
        whole("workers", "Connections", "", (1.0, 10_000.0), 16.0, "Requests that one shard works on at the same time").live(),
        whole("line_max", "Line", "", (0.0, 1e6), 1_000.0, "What may wait at one shard; more is refused").live(),
        number("time_ms", "Work", "ms", (0.0, 60_000.0), 0.5, "Mean time of a shard's part in a request, beside its steps").live(),
        law("time_law", "Work varies", Law::Exponential).live(),
    ]
}

/// What there is to know about the kind.
pub(super) fn spec(slug: &'static str) -> KindSpec {
    KindSpec {
        slug: slug.into(),
        title: "Sorted set".into(),
        group: "Data".into(),
        purpose: "Members by score: a leaderboard that knows its top and everybody's rank.".into(),
        icon: "M3 15.500V9.500h4v6M7 15.500V3.500h4v12M11 15.500V6.500h4v9M2 15.500h14".into(),
        fields: fields(),
        ports: Ports { accepts: true, out_max: 0, refusal: "A store is called; it calls nobody".into() },
        verbs: vec![
            Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Isolate, Verb::Heal,
        ],
        gauges: vec![
            gauge("age_ms", "Oldest part of the top", "ms"),
            gauge("failed", "Without some shard", "% of requests"),
            gauge("rate", "Requests", "/s"),
            gauge("p99_ms", "p99", "ms"),
        ],
        members: Some("members".into()),
        modelled: vec![
            "each shard's skip list with the ranks in its links, and every step through it".into(),
            "the top of all shards merged from the tops of each; a rank as the sum of those above at each".into(),
            "player k is at shard k modulo the shards, and a request at any of them".into(),
        ],
        left_out: vec![
            "shards by ranges of scores, between which players would move".into(),
            "copies of a shard; shards that join and leave; seasons that end".into(),
        ],
    }
}
