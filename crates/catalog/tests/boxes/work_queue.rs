//! The work queue: what comes back, what comes twice, what is put aside.

use base::{Span, Time};
use catalog::{Face, Plant};
use check::{Finding, Panel, Verdict};
use scenario::file;
use std::collections::BTreeMap;
use trace::{Record, Sample};

struct Ran {
    plant: Plant,
    verdict: Verdict,
    /// How often each write took effect at the consumer.
    effects: BTreeMap<u64, u64>,
    queued: u64,
    delivered: u64,
    dropped: u64,
    /// Requests of the second operation.
    seconds: u64,
}

impl Ran {
    fn twice(&self) -> u64 {
        self.effects.values().map(|times| times - 1).sum()
    }

    fn gauge(&self, nth: usize) -> f64 {
        self.plant.view(1, &Sample::default(), Span::from_secs(1)).gauges[nth].expect("it has a value")
    }
}

/// Twenty seconds of traffic into a queue whose consumer is `consumer`, and the rest of a minute without.
fn run(traffic: &str, queue: &str, consumer: &str, moments: &str) -> Ran {
    let text = format!(
        r#"{{ "faultline": 1, "length": "60s",
            "boxes": [
                {{ "id": "crowd", "kind": "clients", {traffic} }},
                {{ "id": "queue", "kind": "work-queue", {queue} }},
                {{ "id": "worker", {consumer} }}
            ],
            "wires": [
                {{ "from": "crowd", "to": "queue" }},
                {{ "from": "queue", "to": "worker", "timeout_ms": 0, "latency_ms": 1 }}
            ],
            "faults": [{moments}],
            "actions": [{{ "at": "20s", "set": "rate", "on": "crowd", "to": 0 }}] }}"#
    );
    let scenario = file::read(&text, catalog::schema()).expect("the design is valid");
    let mut plant = Plant::build(&scenario).expect("it can be built");
    let mut panel = Panel::new(plant.checks());
    let mut effects = BTreeMap::new();
    let (mut queued, mut delivered, mut dropped, mut seconds) = (0, 0, 0, 0);
    for second in 1..=60 {
        while plant.run_before(Time::ZERO + Span::from_secs(second), 100_000).expect("within budget").more {}
        panel.observe_all(plant.records());
        for (_, record) in plant.records() {
            match *record {
                Record::Acknowledged { write, .. } => *effects.entry(write).or_insert(0) += 1,
                Record::Answered { op: 1, .. } => seconds += 1,
                Record::Queued { .. } => queued += 1,
                Record::Delivered { .. } => delivered += 1,
                Record::Dropped { .. } => dropped += 1,
                _ => {}
            }
        }
        plant.clear_records();
    }
    let verdicts = panel.verdicts(plant.now(), &plant.names(&scenario));
    let verdict = verdicts.into_iter().find(|verdict| verdict.check == "delivery").expect("a queue is judged");
    Ran { plant, verdict, effects, queued, delivered, dropped, seconds }
}

const WRITES: &str = r#""rate": 20, "arrivals": "constant", "ops": [{ "name": "work", "does": "write" }]"#;
const STORE: &str = r#""kind": "leader-follower", "members": 1, "workers": 100, "time_ms": 50, "time_law": "constant""#;

/// 50 ms of work and 1 ms each way, and after 20 ms somebody else gets it: every answer is of a delivery that is over, until the tries
/// are used up; the last one still counts.
#[test]
fn a_visibility_shorter_than_the_work_has_it_done_until_the_tries_are_used_up() {
    let ran = run(WRITES, r#""visibility_ms": 20, "tries": 10, "backoff_ms": 0"#, STORE, "");
    let times: Vec<u64> = ran.effects.values().copied().collect();
    assert!(times.len() >= 399 && times.iter().all(|times| *times == 10), "each ten times: {times:?}");
    assert_eq!(ran.verdict.figure, 9.0 * ran.queued as f64, "{}", ran.verdict.headline);
    assert_eq!(ran.gauge(1), 0.0, "the last answer takes it out of the dead letters");
    let patient = run(WRITES, r#""visibility_ms": 60"#, STORE, "");
    assert_eq!((patient.twice(), patient.verdict.finding), (0, Finding::Holds), "{}", patient.verdict.headline);
}

/// What the worker had in hand comes back, and so does what the queue had handed out when it died itself.
#[test]
fn neither_a_dead_worker_nor_a_dead_queue_loses_a_message() {
    let crash = |what: &str| format!(r#"{{ "at": "5020ms", "for": "3s", "do": "crash", "on": "{what}" }}"#);
    for what in ["worker", "queue"] {
        let ran = run(WRITES, r#""visibility_ms": 5000, "tries": 10"#, STORE, &crash(what));
        assert_eq!((ran.dropped, ran.effects.len() as u64), (0, ran.queued), "{what}: {}", ran.verdict.headline);
        assert_eq!(ran.gauge(0), 0.0, "{what}: nothing waits");
        assert!(ran.gauge(2) >= 1.0, "{what}: something was delivered again");
        // What the worker did for the dead queue it did twice; the queue has heard of one.
        assert_eq!((ran.delivered, ran.twice() > 0), (ran.queued, what == "queue"), "{what}: {} twice", ran.twice());
    }
    let ran = run(WRITES, r#""acknowledge": "when taken""#, STORE, &crash("queue"));
    assert!(ran.dropped > 0 && ran.verdict.figure == ran.dropped as f64, "{}", ran.verdict.headline);
    assert_eq!(ran.twice(), 0);
}

/// With five tries and a back-off of one second a message that never works dies 1 + 2 + 4 + 8 s after its first delivery.
#[test]
fn a_poisoned_queue_puts_its_messages_aside_until_they_are_redriven() {
    const SICK: &str = r#""kind": "service", "workers": 100, "time_ms": 0, "fails_percent": 100"#;
    let sick = |moments: &str, more: &str| run(WRITES, &format!(r#""backoff_ms": 1000{more}"#), SICK, moments);
    let left = sick("", "");
    assert_eq!(
        (left.delivered, left.dropped, left.gauge(1)),
        (0, 0, left.queued as f64),
        "all of them are dead letters"
    );
    let few = sick("", r#", "dead_max": 100"#);
    assert_eq!((few.gauge(1), few.dropped), (100.0, few.queued - 100), "more are not kept");
    let healed = r#"{ "at": "30s", "set": "fails_percent", "on": "worker", "to": 0 }"#;
    let ran = sick(healed, r#", "redrive_ms": 10000"#);
    assert_eq!((ran.delivered, ran.gauge(1)), (ran.queued, 0.0), "{}", ran.verdict.headline);
    assert_eq!(ran.verdict.finding, Finding::Holds, "{}", ran.verdict.headline);
}

/// More than one consumer can do, half of it writes: with priority all writes get through and reads wait.
#[test]
fn what_is_urgent_goes_first_and_the_rest_starves() {
    const BOTH: &str =
        r#""rate": 32, "ops": [{ "name": "read", "weight": 1 }, { "name": "write", "does": "write", "weight": 1 }]"#;
    let ran = |priority: &str| {
        let queue = format!(r#""consumers": 1, "priority": "{priority}""#);
        run(BOTH, &queue, STORE, r#"{ "at": "20s", "do": "crash", "on": "worker" }"#)
    };
    let (with, without) = (ran("writes first"), ran("none"));
    // Twenty seconds at one message every 52 ms.
    assert!(
        (380..=386).contains(&with.delivered) && (380..=386).contains(&without.delivered),
        "{} {}",
        with.delivered,
        without.delivered
    );
    let (urgent, fair) = (with.effects.len() as u64, without.effects.len() as u64);
    assert!(urgent + 5 > with.seconds, "{urgent} of {} writes are done with priority", with.seconds);
    assert!(fair * 10 < without.seconds * 7, "{fair} of {} without", without.seconds);
}

#[test]
fn the_face_shows_what_is_where() {
    let ran = run(WRITES, r#""delay_ms": 600000"#, STORE, "");
    let Face::Bars { bars, .. } = ran.plant.view(1, &Sample::default(), Span::from_secs(1)).face else {
        panic!("a work queue shows bars");
    };
    let shown: Vec<(&str, f64)> = bars.iter().map(|bar| (bar.label.as_str(), bar.value)).collect();
    assert_eq!(shown, [("delayed", ran.queued as f64), ("ready", 0.0), ("in flight", 0.0), ("dead", 0.0)]);
}
