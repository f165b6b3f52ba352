//! What can be set on a service registry.

use super::{Check, Rules};
use crate::kind::Kind;
use crate::kinds::service::Service;
use crate::settings::{FieldExt, Settings, choice, gauge, number, whole};
use balance::Algorithm;
use base::Span;
use scenario::{KindSpec, Ports, Verb};

/// The registry and its instances.
pub(super) const MEMBERS_MAX: u8 = 33;
/// What a caller can do that knows a list and how much each has in hand, and nothing of answers or weights.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RoundRobin,
    Algorithm::LeastConnections,
    Algorithm::TwoChoices,
    Algorithm::Random,
    Algorithm::IpHash,
    Algorithm::UrlHash,
    Algorithm::BoundedLoad,
    Algorithm::StickyCookie,
    Algorithm::ActivePassive,
];
const CHECKS: [Check; 3] = [Check::Heartbeats, Check::HeartbeatsOfTheFit, Check::Nothing];

/// How a caller chooses.
pub(super) fn algorithm(settings: &Settings<'_>) -> Algorithm {
    settings.one_of("algorithm", &ALGORITHMS)
}

/// When who is in the list.
pub(super) fn rules(settings: &Settings<'_>) -> Rules {
    Rules {
        check: settings.one_of("check", &CHECKS),
        beat: settings.millis("beat_ms").max(Span::from_millis(1)),
        ttl: settings.millis("ttl_ms"),
        refresh: settings.millis("refresh_ms").max(Span::from_millis(1)),
        is_durable: settings.choice("restart") == 0,
    }
}

/// What there is to know about the kind.
pub(super) fn spec(slug: &'static str) -> KindSpec {
    const BEATS: &[&str] = &["heartbeats", "heartbeats of the fit"];
    let algorithms: Vec<(&'static str, &'static str)> = ALGORITHMS.iter().map(|a| (a.name(), a.help())).collect();
    let service = Service::spec();
    let mut fields = vec![
        whole("members", "Members", "", (2.0, f64::from(MEMBERS_MAX)), 5.0, "Processes: the first is the registry, the others are instances of the service"),
        choice("check", "Health check", "What keeps an instance in the list", &[
            ("heartbeats", "it says that it lives; its entry expires when it has not said so for its time to live"),
            ("heartbeats of the fit", "the same, but an instance whose line is more than half full says nothing"),
            ("none", "nothing: who has registered stays, dead or alive"),
        ]).live(),
        number("beat_ms", "Heartbeat", "ms", (1.0, 600_000.0), 1_000.0, "How often an instance says that it lives").live().when("check", BEATS),
        number("ttl_ms", "Time to live", "ms", (1.0, 3.6e6), 3_000.0, "How long an entry is good for after a heartbeat; best three heartbeats or more").live().when("check", BEATS),
        number("refresh_ms", "Callers ask", "ms", (1.0, 3.6e6), 1_000.0, "How often callers take a new copy of the list; they go by the old one when the registry is dead").live(),
        choice("algorithm", "Callers choose", "Who of the list gets the next request", &algorithms).live(),
        whole("keep_percent", "Distrust below", "%", (0.0, 100.0), 0.0, "With a smaller share of all instances in the list, callers do not believe it and use all; 0 believes always").live(),
        choice("restart", "List is kept", "What the registry knows after a crash", &[
            ("on disk", "whom it knew before, each with a new time to live"),
            ("in memory", "nobody, until they are heard again"),
        ]).live(),
        number("mesh_ms", "To the registry", "ms", (0.0, 60_000.0), 1.0, "One-way latency of a heartbeat"),
    ];
    fields.extend(service.fields);
    KindSpec {
        slug: slug.into(),
        title: "Service registry".into(),
        group: "Entry".into(),
        purpose: "Instances of a service, the registry that knows who of them lives, and callers who go by its list.".into(),
        icon: "M4 2h10v14H4zM7 5.500h4M7 9h4M7 12.500h2M1.500 5.500H4M1.500 9H4M1.500 12.500H4".into(),
        fields,
        ports: Ports { accepts: true, out_max: 32, refusal: "An instance calls at most 32 boxes".into() },
        verbs: vec![
            Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Isolate, Verb::Heal,
        ],
        gauges: vec![
            gauge("listed", "Listed", ""),
            gauge("stale", "Listed and dead", ""),
            gauge("missing", "Alive, not listed", ""),
            gauge("p99_ms", "p99", "ms"),
        ],
        members: Some("members".into()),
        modelled: vec![
            "each heartbeat as a message, each entry with its time to live, the callers' copy of the list and its age".into(),
            "the algorithm itself, over what each instance has in hand; each instance with workers, line and plan, as a service has them".into(),
            "an instance isolated from the registry expires and could serve; one cut off from everybody is as good as dead".into(),
            "a registry that is dead or cut off leaves callers with the list they have".into(),
        ],
        left_out: vec![
            "all callers have the same copy, and learn at once how much an instance has in hand".into(),
            "a registry of several members; instances that say good-bye when they are stopped".into(),
            "algorithms that go by weights or by how long answers took".into(),
        ],
    }
}
