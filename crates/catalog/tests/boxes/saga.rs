//! The saga orchestrator: whole or undone, also when it dies in the middle.

use base::{Span, Time};
use catalog::{Face, Mood, Plant};
use check::{Finding, Panel, Verdict};
use scenario::file;
use std::collections::BTreeMap;
use trace::{Record, Sample};

const UNDO: u64 = 1 << 63;

struct Ran {
    plant: Plant,
    verdict: Verdict,
    /// For each saga, by the value it writes: how often it was done minus how often it was undone at each of the two stores.
    effects: BTreeMap<u64, [i64; 2]>,
}

impl Ran {
    fn gauge(&self, nth: usize) -> f64 {
        self.plant.view(1, &Sample::default(), Span::from_secs(1)).gauges[nth].expect("it has a value")
    }
    fn with(&self, effects: [i64; 2]) -> u64 {
        self.effects.values().filter(|seen| **seen == effects).count() as u64
    }
}

/// Ten seconds of 50 sagas a second over two stores and a service that fails three times in ten; then thirty seconds without.
fn run(saga: &str, faults: &str) -> Ran {
    let text = format!(
        r#"{{ "faultline": 1, "length": "40s",
            "boxes": [
                {{ "id": "crowd", "kind": "clients", "rate": 50, "ops": [{{ "name": "order", "does": "write" }}] }},
                {{ "id": "saga", "kind": "saga" {saga} }},
                {{ "id": "stock", "kind": "leader-follower", "members": 1 }},
                {{ "id": "money", "kind": "leader-follower", "members": 1 }},
                {{ "id": "parcel", "kind": "service", "fails_percent": 30 }}
            ],
            "wires": [
                {{ "from": "crowd", "to": "saga", "timeout_ms": 0 }}, {{ "from": "saga", "to": "stock" }},
                {{ "from": "saga", "to": "money" }}, {{ "from": "saga", "to": "parcel" }}
            ],
            "faults": [{faults}], "actions": [{{ "at": "10s", "set": "rate", "on": "crowd", "to": 0 }}] }}"#
    );
    let scenario = file::read(&text, catalog::schema()).expect("the design is valid");
    let mut plant = Plant::build(&scenario).expect("it can be built");
    let mut panel = Panel::new(plant.checks());
    let mut effects = BTreeMap::new();
    for second in 1..=40 {
        while plant.run_before(Time::ZERO + Span::from_secs(second), 100_000).expect("within budget").more {}
        panel.observe_all(plant.records());
        for (_, record) in plant.records() {
            if let Record::Acknowledged { store, write, .. } = *record {
                let seen = effects.entry(write & !UNDO).or_insert([0, 0]);
                seen[usize::from(store) - 2] += if write & UNDO == 0 { 1 } else { -1 };
            }
        }
        plant.clear_records();
    }
    let verdicts = panel.verdicts(plant.now(), &plant.names(&scenario));
    let verdict = verdicts.into_iter().find(|verdict| verdict.check == "delivery").expect("a saga is judged");
    Ran { plant, verdict, effects }
}

const CRASH: &str = r#"{ "at": "5s", "for": "1s", "do": "crash", "on": "saga" }"#;

#[test]
fn every_saga_is_whole_or_undone_at_every_store() {
    let ran = run("", "");
    let (whole, none) = (ran.with([1, 1]), ran.with([0, 0]));
    assert_eq!(whole + none, ran.effects.len() as u64, "nothing is half done: {:?}", ran.effects);
    assert_eq!((ran.gauge(0), ran.gauge(1), ran.gauge(2), ran.gauge(3)), (0.0, whole as f64, none as f64, 0.0));
    let share = none as f64 / ran.effects.len() as f64;
    assert!((0.22..0.38).contains(&share), "three in ten fail at the last step: {share}");
    // Clients are told what became of it.
    let count = ran.plant.meter(0).count;
    assert_eq!((count.ok, count.bad()), (whole, none));
    assert_eq!(ran.verdict.finding, Finding::Holds, "{}", ran.verdict.headline);
}

/// Asked again after a crash a store may do its step twice; but no saga stays half done.
#[test]
fn a_dead_orchestrator_goes_on_where_it_was_and_one_that_forgets_leaves_sagas_half_done() {
    let sound = run("", CRASH);
    assert_eq!((sound.gauge(0), sound.verdict.finding), (0.0, Finding::Holds), "{}", sound.verdict.headline);
    let forgetful = run(r#", "rule": "forget progress""#, CRASH);
    let left = forgetful.gauge(0);
    assert!(left >= 1.0, "{left} are half done for ever");
    let half = forgetful.effects.len() as f64 - forgetful.gauge(1) - forgetful.gauge(2);
    assert!(half >= 1.0 && half <= left, "{half} of them have left their mark at a store");
}

/// The store does what it is asked and its answer is lost: a step that was not answered may have happened.
#[test]
fn silence_is_undone_too_and_taking_it_for_a_no_leaves_a_charge_that_nobody_refunds() {
    let lossy = r#"{ "at": "2s", "for": "6s", "do": "lose", "on": "saga>money", "amount": 60 }"#;
    let stuck = |rule: &str| {
        let ran = run(&format!(r#", "tries": 1, "rule": "{rule}""#), lossy);
        let charged = ran.effects.values().filter(|seen| seen[0] == 0 && seen[1] > 0).count();
        (charged, ran.gauge(0))
    };
    let ((sound, open), (skipping, _)) = (stuck("sound"), stuck("skip the silent"));
    assert_eq!((sound, open), (0, 0.0), "no charge without its order");
    assert!(skipping > 20, "{skipping} were charged for nothing");
}

#[test]
fn the_face_shows_what_was_done_and_undone_when() {
    let ran = run("", "");
    let Face::Timeline { phases, span } = ran.plant.view(1, &Sample::default(), Span::from_secs(1)).face else {
        panic!("a saga shows its steps");
    };
    assert_eq!((phases.len(), span > 29_000.0), (24, true), "the last began before the traffic ended");
    assert!(phases.iter().all(|phase| phase.mood != Mood::Open && phase.began >= phase.ended));
    assert!(phases.iter().any(|phase| phase.lane == "stock"));
}
