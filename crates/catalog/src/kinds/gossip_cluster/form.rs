//! What can be set on a gossip cluster, and what the protocols make of it.

use crate::settings::{FieldExt, Settings, choice, law, number, whole, gauge};
use base::Law;
use gossip::{epidemic, swim};
use scenario::{Field, KindSpec, Ports, Verb};

/// The settings of the membership protocol.
pub(super) fn swim(settings: &Settings<'_>, members: u8) -> swim::Config {
    let period = settings.millis("period_ms");
    swim::Config {
        members: u16::from(members),
        period,
        ping_within: settings.millis("ping_ms").min(period.scaled(0.3)),
        proxies: settings.whole("proxies") as u16,
        suspect_for: settings.millis("suspect_ms"),
        rule: match settings.choice("detector") {
            0 => swim::Rule::Sound,
            1 => swim::Rule::Heartbeat,
            2 => swim::Rule::NoSuspicion,
            3 => swim::Rule::NoIndirect,
            _ => swim::Rule::NoRefutation,
        },
    }
}

/// The settings of the rumour.
pub(super) fn rumour(settings: &Settings<'_>, members: u8) -> epidemic::Config {
    epidemic::Config {
        members: u16::from(members),
        fanout: settings.whole("fanout") as u16,
        round: settings.millis("round_ms"),
        style: match settings.choice("style") {
            0 => epidemic::Style::PushPull,
            1 => epidemic::Style::Push,
            _ => epidemic::Style::Pull,
        },
        rule: match settings.choice("stops") {
            0 => epidemic::Rule::Sound,
            1 => epidemic::Rule::ForwardOnce,
            _ => epidemic::Rule::TakeLast,
        },
    }
}

fn fields() -> Vec<Field> {
    vec![
        whole("members", "Members", "", (1.0, 32.0), 8.0, "Processes in the cluster; each takes any request"),
        choice("detector", "Failure detector", "How a death is told from silence", &[
            ("SWIM", "probes, proxies, suspicion, and the right to object"),
            ("heartbeat", "everybody tells everybody each period; silence is death"),
            ("no suspicion", "a probe without an answer is a death"),
            ("no proxies", "nobody else is asked to probe: the wire between two decides"),
            ("no objection", "whoever is suspected does not object, and is dead"),
        ]).live(),
        number("period_ms", "Period", "ms", (50.0, 60_000.0), 1_000.0, "One probe of one other each period").live(),
        number("ping_ms", "Answer within", "ms", (1.0, 20_000.0), 200.0, "After this long others are asked to probe; never more than 0.3 periods").live(),
        whole("proxies", "Proxies", "", (0.0, 8.0), 3.0, "How many others are asked to probe").live(),
        number("suspect_ms", "Suspect for", "ms", (1.0, 600_000.0), 3_000.0, "How long a suspected member may object").live(),
        choice("style", "Spread by", "Who tells whom when two talk", &[
            ("push-pull", "both tell: the fewest rounds"),
            ("push", "the caller tells; at the end some are missed again and again"),
            ("pull", "the called tells; slow while few know"),
        ]).live(),
        choice("stops", "Rumour", "When a member stops telling, and what it takes for news", &[
            ("newest for ever", "never stops; the newest wins: all hear in the end"),
            ("told once", "stops after the round in which it spoke first: some never hear"),
            ("last to come", "takes whatever comes last for the newest"),
        ]).live(),
        whole("fanout", "Fan-out", "", (1.0, 5.0), 1.0, "Others contacted each round").live(),
        number("round_ms", "Round", "ms", (20.0, 60_000.0), 200.0, "How often a member talks").live(),
        number("mesh_ms", "Between members", "ms", (0.0, 60_000.0), 1.0, "Mean one-way latency from member to member"),
        law("mesh_law", "Latency varies", Law::Constant),
        whole("workers", "Connections", "", (1.0, 10_000.0), 32.0, "Requests that one member works on at the same time").live(),
        whole("line_max", "Line", "", (0.0, 1e6), 1_000.0, "Requests that may wait at one member; more are refused").live(),
        number("time_ms", "Work", "ms", (0.0, 60_000.0), 1.0, "Mean time of one request").live(),
        law("time_law", "Work varies", Law::Exponential).live(),
    ]
}

/// What there is to know about the kind.
pub(super) fn spec(slug: &'static str) -> KindSpec {
    KindSpec {
        slug: slug.into(),
        title: "Gossip cluster".into(),
        group: "Coordination".into(),
        purpose: "Members that find out by asking around who is alive, and spread the newest value.".into(),
        icon: "M5 4a2 2 0 1 0 0 4a2 2 0 1 0 0-4M13 2.500a2 2 0 1 0 0 4a2 2 0 1 0 0-4M11 11.500a2 2 0 1 0 0 4a2 2 0 1 0 0-4M7 5.700l4-.900M6 7.800l3.800 4.200M12.700 6.500l-1.200 5".into(),
        fields: fields(),
        ports: Ports { accepts: true, out_max: 0, refusal: "A cluster is called; it calls nobody".into() },
        verbs: vec![
            Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Isolate, Verb::Heal,
        ],
        gauges: vec![
            gauge("detection_ms", "Last death found in", "ms"),
            gauge("false_suspicions", "False suspicions", ""),
            gauge("false_deaths", "Taken for dead, alive", ""),
            gauge("informed_percent", "Have the newest", "%"),
        ],
        members: Some("members".into()),
        modelled: vec![
            "what each member believes of each other, by probes, proxies, suspicion, objection and incarnations".into(),
            "the spreading of the newest value round by round; a read tells what has come to the member that is asked".into(),
            "a detection is measured from the death to the first who declares it; a suspicion is false when its subject runs".into(),
        ],
        left_out: vec![
            "a member that comes back stays dead to those who have declared it so; joining and leaving".into(),
            "keys: the cluster spreads one value, the newest; a read of any key is judged by it".into(),
            "the rumour does not avoid members that are taken for dead".into(),
        ],
    }
}
