//! Replay: what is sent is the trace, to the nanosecond.

use crate::graphs::{give, ran, set, to, wire};
use base::{Rng, Span, Time};
use catalog::Plant;
use scenario::{Act, Moment, Placed, Scenario, Target, Trace, Value, Verb};
use trace::Record;

/// What was sent: when, which operation, whether it was a write, which key.
type Sent = (u64, String, bool, u64);

fn replay(csv: &str) -> Placed {
    let mut it = set("it", "replay", &[]);
    give(&mut it, "trace", Value::Trace(Trace::from_csv(csv).expect("a trace")));
    give(&mut it, "repeat", Value::Choice(0));
    it
}

/// A box that replays, with a store that answers everything.
fn design(it: Placed, length: u64) -> Scenario {
    let boxes = vec![it, set("store", "leader-follower", &[("line_max", 1e6), ("workers", 1_000.0)])];
    Scenario { length: Span::from_secs(length), boxes, wires: vec![wire("it", "store")], ..Scenario::default() }
}

/// What was sent, told by the answers: each says how long it took, and what was learned from the store right before.
fn sent(plant: &Plant, scenario: &Scenario) -> Vec<Sent> {
    let ops = catalog::operations(scenario);
    let mut learned = None;
    let mut sent = Vec::new();
    for (at, record) in plant.records() {
        match record {
            Record::Wrote { key, .. } => learned = Some((true, *key)),
            Record::Read { key, .. } => learned = Some((false, *key)),
            Record::Answered { client: 0, op, latency, status } => {
                assert!(status.is_ok(), "{status:?} at {at}");
                let (write, key) = learned.take().expect("the store says what it was asked");
                sent.push((at.since(Time(latency.0)).0, ops[usize::from(*op)].clone(), write, key));
            }
            _ => {}
        }
    }
    sent.sort();
    sent
}

fn lines(many: u64, seed: u64) -> Vec<Sent> {
    let mut rng = Rng::new(seed);
    let mut lines = Vec::new();
    for _ in 0..many {
        let op = ["view", "search", "order"][rng.below(3) as usize];
        lines.push((rng.below(8_000_000_000), op.to_string(), op == "order", rng.below(500)));
    }
    lines
}

fn csv(lines: &[Sent]) -> String {
    let does = |write: bool| if write { "write" } else { "read" };
    let one = |(at, op, write, key): &Sent| format!("{at},{op},{key},{}\n", does(*write));
    String::from("time_ns,op,key,does\n") + &lines.iter().map(one).collect::<String>()
}

/// Oracle: the lines that were drawn.
#[test]
fn what_is_sent_is_exactly_the_trace() {
    let mut lines = lines(3_000, 5);
    let scenario = design(replay(&csv(&lines)), 10);
    lines.sort();
    assert_eq!(sent(&ran(&scenario), &scenario), lines);
    let before = |ns: u64| lines.iter().filter(|line| line.0 < ns).count() as u64;
    let mut plant = Plant::build(&scenario).expect("it can be built");
    for ns in [lines[0].0, lines[0].0 + 1, lines[1_500].0, lines[2_999].0, 9_000_000_000] {
        to(&mut plant, Span(ns));
        assert_eq!(plant.meter(0).count.arrived, before(ns), "sent before {ns} ns");
    }
    let saved = scenario::link::encode(&scenario, catalog::schema());
    let shared = scenario::link::decode(&saved, catalog::schema()).expect("it was just made").scenario;
    assert_eq!(ran(&shared).digest(), ran(&scenario).digest(), "a link runs the same");
}

/// Oracle: the times of the lines over the speed, from each change on.
#[test]
fn speed_and_spikes_shrink_the_times_and_nothing_is_sent_twice_or_left_out() {
    let lines: Vec<Sent> = (0..400).map(|n| (n * 20_000_000, "read".to_string(), false, n)).collect();
    for speed in [0.5, 3.0, 100.0] {
        let mut it = replay(&csv(&lines));
        give(&mut it, "speed", Value::Number(speed));
        let scenario = design(it, 20);
        for ((at, _, _, key), line) in sent(&ran(&scenario), &scenario).iter().zip(&lines) {
            let due = line.0 as f64 / speed;
            assert!((*at as f64 - due).abs() <= 1.0 && *key == line.3, "{at} for {due} at {speed}");
        }
    }
    let mut scenario = design(replay(&csv(&lines)), 20);
    let act = |verb, amount| Act::Do { verb, on: Target::Box("it".into()), amount };
    let moment =
        |ms: u64, lasts: u64, act| Moment { at: Time(ms * 1_000_000), lasts: Some(Span::from_millis(lasts)), act };
    scenario.faults.push(moment(1_010, 1_000, act(Verb::Spike, Some(4.0))));
    scenario.faults.push(moment(3_005, 2_000, act(Verb::Spike, Some(0.0))));
    let found = sent(&ran(&scenario), &scenario);
    // In milliseconds of the run: as written, then four times as fast, as written again, then not at all, then to the end.
    let due = |ms: f64| match ms {
        _ if ms < 1_010.0 => ms,
        _ if ms < 5_010.0 => 1_010.0 + (ms - 1_010.0) / 4.0,
        _ if ms < 6_005.0 => ms - 3_000.0,
        _ => ms - 1_000.0,
    };
    assert_eq!(found.len(), lines.len());
    for (n, (at, _, _, key)) in found.iter().enumerate() {
        let due = due(n as f64 * 20.0);
        assert!((*at as f64 / 1e6 - due).abs() < 1e-5 && *key == n as u64, "{at} for {due}");
    }
}

#[test]
fn it_begins_again_after_its_pause_and_from_the_first_request_when_times_are_since_1970() {
    let since_1970 = "1700000000.25,get,apple\n1700000000.5,get,pear\n1700000001.25,put,apple\n";
    let mut it = replay(since_1970);
    give(&mut it, "repeat", Value::Choice(1));
    give(&mut it, "pause_ms", Value::Number(500.0));
    let scenario = design(it, 6);
    let found = sent(&ran(&scenario), &scenario);
    let ms: Vec<u64> = found.iter().map(|sent| sent.0 / 1_000_000).collect();
    // A round is one second and the pause.
    assert_eq!(ms, [0, 250, 1_000, 1_500, 1_750, 2_500, 3_000, 3_250, 4_000, 4_500, 4_750, 5_500]);
    let keys: Vec<u64> = found.iter().map(|sent| sent.3).collect();
    assert_eq!(keys[..3], [0, 1, 0], "names are numbered as they first come");
    assert!(found[2].2 && !found[1].2, "put changes state");
}

/// Oracle: nobody answers, so every request ends when its caller's patience does.
#[test]
fn it_does_not_wait_for_answers_and_policies_of_its_wire_hold() {
    let lines = lines(1_000, 8);
    let mut scenario = design(replay(&csv(&lines)), 12);
    let crash = Act::Do { verb: Verb::Crash, on: Target::Box("store".into()), amount: None };
    scenario.faults.push(Moment { at: Time::ZERO, lasts: None, act: crash });
    let timeout = catalog::schema().wire.iter().position(|field| field.name == "timeout_ms").expect("a wire waits");
    scenario.wires[0].config[timeout] = Value::Number(700.0);
    let plant = ran(&scenario);
    let count = plant.meter(0).count;
    assert_eq!((count.arrived, count.ok, count.ended(), plant.calls_open()), (1_000, 0, 1_000, 0));
    for (_, record) in plant.records() {
        if let Record::Answered { latency, .. } = record {
            assert_eq!(*latency, Span::from_millis(700));
        }
    }
}
