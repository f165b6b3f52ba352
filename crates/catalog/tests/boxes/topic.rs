//! The topic: everybody gets everything, and what one misses is its own loss.

use base::{Span, Time};
use catalog::{Face, Plant};
use check::{Finding, Panel, Verdict};
use scenario::file;
use std::collections::BTreeMap;
use trace::{BoxIndex, Record, Sample};

struct Ran {
    plant: Plant,
    verdict: Verdict,
    /// By store, how often each write took effect in it.
    effects: BTreeMap<(BoxIndex, u64), u64>,
    published: u64,
    delivered: u64,
    dropped: u64,
}

/// Twenty seconds of 50 messages a second to three subscribers, and forty seconds without; the second subscriber is `second`.
fn run(topic: &str, second: &str, moments: &str) -> Ran {
    let text = format!(
        r#"{{ "faultline": 1, "length": "60s",
            "boxes": [
                {{ "id": "crowd", "kind": "clients", "rate": 50, "arrivals": "constant", "ops": [{{ "name": "post", "does": "write" }}] }},
                {{ "id": "topic", "kind": "topic" {topic} }},
                {{ "id": "a", "kind": "leader-follower", "members": 1 }},
                {{ "id": "b", "kind": "leader-follower", "members": 1 {second} }},
                {{ "id": "c", "kind": "leader-follower", "members": 1 }}
            ],
            "wires": [
                {{ "from": "crowd", "to": "topic" }},
                {{ "from": "topic", "to": "a" }}, {{ "from": "topic", "to": "b" }}, {{ "from": "topic", "to": "c" }}
            ],
            "faults": [{moments}],
            "actions": [{{ "at": "20s", "set": "rate", "on": "crowd", "to": 0 }}] }}"#
    );
    let scenario = file::read(&text, catalog::schema()).expect("the design is valid");
    let mut plant = Plant::build(&scenario).expect("it can be built");
    let mut panel = Panel::new(plant.checks());
    let mut effects = BTreeMap::new();
    let (mut published, mut delivered, mut dropped) = (0, 0, 0);
    for second in 1..=60 {
        while plant.run_before(Time::ZERO + Span::from_secs(second), 100_000).expect("within budget").more {}
        panel.observe_all(plant.records());
        for (_, record) in plant.records() {
            match *record {
                Record::Acknowledged { store, write, .. } => *effects.entry((store, write)).or_insert(0) += 1,
                Record::Queued { .. } => published += 1,
                Record::Delivered { .. } => delivered += 1,
                Record::Dropped { .. } => dropped += 1,
                _ => {}
            }
        }
        plant.clear_records();
    }
    let verdicts = panel.verdicts(plant.now(), &plant.names(&scenario));
    let verdict = verdicts.into_iter().find(|verdict| verdict.check == "delivery").expect("a topic is judged");
    Ran { plant, verdict, effects, published, delivered, dropped }
}

impl Ran {
    fn got(&self, store: BoxIndex) -> u64 {
        self.effects.keys().filter(|(at, _)| *at == store).count() as u64
    }
}

const DEAD_FOR_A_WHILE: &str = r#"{ "at": "5s", "for": "4s", "do": "crash", "on": "b" }"#;

#[test]
fn everybody_gets_everything_also_after_four_seconds_of_death() {
    let ran = run("", "", DEAD_FOR_A_WHILE);
    assert_eq!((ran.got(2), ran.got(3), ran.got(4)), (ran.published, ran.published, ran.published));
    assert_eq!((ran.delivered, ran.dropped), (3 * ran.published, 0), "{}", ran.verdict.headline);
    assert_eq!(ran.verdict.finding, Finding::Holds);
}

/// With two tries, a time-out of a second each and 0.2 s between them, whatever was tried while it was dead is given up.
#[test]
fn who_is_dead_for_longer_than_the_tries_last_misses_messages_and_nobody_else_does() {
    let ran = run(r#", "tries": 2, "at_once": 1000"#, "", DEAD_FOR_A_WHILE);
    let missed = ran.published - ran.got(3);
    assert_eq!((ran.got(2), ran.got(4)), (ran.published, ran.published));
    assert_eq!((ran.dropped, ran.verdict.figure), (missed, missed as f64), "{}", ran.verdict.headline);
    // Those whose second try also fell into the four seconds: fifty a second for 2.8 s.
    assert!((136..=144).contains(&missed), "{missed} were missed");
}

/// A subscriber that takes 100 ms for one at a time gets ten a second of fifty; the others wait for nothing.
#[test]
fn a_slow_subscriber_has_a_backlog_of_its_own_and_loses_what_does_not_fit() {
    let slow = r#", "workers": 1, "time_ms": 100, "time_law": "constant""#;
    let ran = run(r#", "at_once": 1, "backlog_max": 300"#, slow, "");
    // Three hundred wait, one is under way, and ten a second, less the ways there and back, were done in twenty seconds.
    let got = ran.got(3);
    assert!((470..=505).contains(&got), "{got} of {}", ran.published);
    assert_eq!((ran.got(2), ran.got(4)), (ran.published, ran.published));
    assert_eq!(ran.dropped, ran.published - got, "{}", ran.verdict.headline);
}

#[test]
fn a_crash_of_the_topic_loses_backlogs_in_memory_and_none_on_disk() {
    let slow = r#", "workers": 1, "time_ms": 100, "time_law": "constant""#;
    let crash = r#"{ "at": "10s", "for": "1s", "do": "crash", "on": "topic" }"#;
    let ran = |kept: &str| run(&format!(r#", "backlog": "{kept}""#), slow, crash);
    let (disk, memory) = (ran("on disk"), ran("in memory"));
    assert_eq!((disk.got(2), disk.dropped), (disk.published, 0), "{}", disk.verdict.headline);
    // Ten a second, but for the second of death; the rest still waits at the end of the minute.
    assert!((560..=600).contains(&disk.got(3)), "{}", disk.got(3));
    assert!(memory.dropped > 300, "{}", memory.verdict.headline);
    assert_eq!(memory.delivered + memory.dropped, 3 * memory.published, "each copy is accounted for");
}

#[test]
fn the_face_shows_each_subscribers_backlog() {
    let ran = run("", r#", "workers": 1, "time_ms": 60000"#, "");
    let Face::Bars { bars, .. } = ran.plant.view(1, &Sample::default(), Span::from_secs(1)).face else {
        panic!("a topic shows bars");
    };
    let shown: Vec<&str> = bars.iter().map(|bar| bar.label.as_str()).collect();
    assert_eq!(shown, ["a", "b", "c"]);
    assert!(bars[1].value > 900.0 && bars[0].value == 0.0, "{bars:?}");
}
