//! The real boxes against queueing theory and closed formulas, and stories whose outcome can be counted by hand.

use base::{Span, Time};
use bench::models;
use catalog::Plant;
use scenario::{Act, Moment, Scenario, Target, Verb};
use trace::Record;

/// Runs to the end and hands every record to `see`.
fn run(scenario: &Scenario, mut see: impl FnMut(Time, &Record)) -> Plant {
    let mut plant = Plant::build(scenario).expect("the model is valid");
    let end = Time::ZERO + scenario.length;
    loop {
        let progress = plant.run_before(end, 8_192).expect("within budget");
        plant.records().iter().for_each(|(at, record)| see(*at, record));
        plant.clear_records();
        if !progress.more {
            return plant;
        }
    }
}

/// Mean wait in the line of the second box, in seconds, by Little's law from its time average.
fn mean_wait(servers: u32, load: f64, seed: u64, length: Span) -> f64 {
    let scenario = models::m_m_c(servers, load, 1.0, seed, length);
    let plant = run(&scenario, |_, _| {});
    let meter = plant.meter(1);
    let (waiting, _) = meter.averages(plant.now());
    waiting / (meter.count.arrived as f64 / plant.now().as_secs_f64())
}

/// Erlang's C: the chance to wait, for `servers` at `load` each (Erlang 1917; Kleinrock 1975, section 3.5).
fn erlang_c(servers: u32, load: f64) -> f64 {
    let offered = load * f64::from(servers);
    let blocking = (1..=servers).fold(1.0, |b, n| offered * b / (f64::from(n) + offered * b));
    blocking / (1.0 - load * (1.0 - blocking))
}

/// Oracle: the closed formulas of M/M/1 and M/M/c. The theory must lie in the 99% interval of 20 seeds, and the mean within 2%.
#[test]
fn mean_waits_are_those_of_theory() {
    // Student's t for 19 degrees of freedom at 99%.
    const T: f64 = 2.861;
    for (servers, load, seconds) in [(1, 0.5, 120), (1, 0.8, 300), (1, 0.9, 900), (4, 0.8, 150)] {
        let theory = erlang_c(servers, load) * 0.001 / (f64::from(servers) * (1.0 - load));
        let waits: Vec<f64> = (1..=20).map(|seed| mean_wait(servers, load, seed, Span::from_secs(seconds))).collect();
        let mean = waits.iter().sum::<f64>() / 20.0;
        let variance = waits.iter().map(|wait| (wait - mean) * (wait - mean)).sum::<f64>() / 19.0;
        let half = T * libm::sqrt(variance / 20.0);
        let off = mean / theory - 1.0;
        println!(
            "M/M/{servers} at {load}: {:.4} ms ± {:.4}, theory {:.4}, {:+.2}% off",
            mean * 1e3,
            half * 1e3,
            theory * 1e3,
            off * 1e2
        );
        assert!((mean - theory).abs() <= half, "M/M/{servers} at {load}: {mean} ± {half}, theory {theory}");
        assert!(off.abs() < 0.02, "M/M/{servers} at {load}: {off} off");
    }
}

/// Oracle: Che's approximation (Che, Tung and Wang 2002), within one point of the LRU box.
#[test]
fn hit_ratio_of_the_lru_box_is_ches() {
    for (skew, capacity) in [(0.8, 1_000), (1.0, 1_000), (1.2, 200)] {
        let scenario = models::cached_reads(skew, capacity, 3, Span::from_secs(400));
        let plant = run(&scenario, |_, _| {});
        let view = plant.view(1, &trace::Sample::default(), Span::from_secs(1));
        let measured = view.gauges[0].expect("there was traffic");
        let weights: Vec<f64> = (1..=10_000).map(|rank| libm::pow(f64::from(rank), -skew)).collect();
        let sum: f64 = weights.iter().sum();
        let popularity: Vec<f64> = weights.iter().map(|weight| weight / sum).collect();
        let che = cache::che_hit_ratio(&popularity, capacity) * 100.0;
        println!("Zipf {skew}, {capacity} keys: measured {measured:.2}%, Che {che:.2}%");
        assert!((measured - che).abs() < 1.0, "Zipf {skew}, {capacity} keys: measured {measured}%, Che {che}%");
    }
}

#[test]
fn a_fourth_member_takes_a_quarter_of_the_ring_and_nothing_else_moves() {
    let mut scenario = models::ring(3, 150, 100_000, Span::from_secs(20));
    let act = Act::Do { verb: Verb::AddMember, on: Target::Box("ring".to_string()), amount: None };
    scenario.actions.push(Moment { at: Time::ZERO + Span::from_secs(5), lasts: None, act });
    let mut resized = Vec::new();
    let plant = run(&scenario, |_, record| {
        if let Record::Resized { members, moved, astray, total, .. } = record {
            resized.push((*members, *moved, *astray, *total));
        }
    });
    let [(members, moved, astray, total)] = resized[..] else { panic!("one change, not {resized:?}") };
    let share = moved as f64 / total as f64;
    println!("{moved} of {total} keys moved: {share:.4}");
    assert_eq!((members, astray, total), (4, 0, 100_000));
    assert!((share - 0.25).abs() <= 0.03, "{share} moved");
    let notes: u64 =
        plant.view(1, &trace::Sample::default(), Span::from_secs(1)).members.iter().map(|m| keys_in(&m.note)).sum();
    assert_eq!(notes, 100_000, "every key lives at exactly one member");
}

fn keys_in(note: &str) -> u64 {
    note.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// Oracle: the definition. In async an entry leaves the leader 100 ms after it was acknowledged; what has not left when the leader
/// dies is lost, and nothing else is.
#[test]
fn async_loses_exactly_the_unshipped_tail() {
    let (delay, dies) = (Span::from_millis(100), Time::ZERO + Span::from_secs(10));
    for seed in 1..=5 {
        let mut scenario = models::writes(1_000.0, delay, seed, Span::from_secs(30));
        let act = Act::Do { verb: Verb::Crash, on: Target::Member("store".to_string(), 0), amount: None };
        scenario.actions.push(Moment { at: dies, lasts: None, act });
        let (mut unshipped, mut panel) = (Vec::new(), None);
        let plant = Plant::build(&scenario).expect("the model is valid");
        let mut judges = check::Panel::new(plant.checks());
        let plant = run(&scenario, |at, record| {
            judges.observe(at, record);
            if let Record::Acknowledged { version, .. } = record
                && at < dies
                && at + delay >= dies
            {
                unshipped.push((at, *version));
            }
        });
        panel.replace(judges.verdicts(plant.now(), &plant.names(&scenario)));
        let verdicts = panel.unwrap_or_default();
        let lost = verdicts.iter().find(|verdict| verdict.check == "lost-writes").expect("it is judged");
        println!("seed {seed}: {}; unshipped {}", lost.headline, unshipped.len());
        assert_eq!(lost.figure as usize, unshipped.len(), "seed {seed}: {lost:?}");
        assert_eq!(lost.evidence.len(), unshipped.len(), "each of them is listed");
        assert!(unshipped.len() > 60, "100 ms at 1,000 writes a second");
    }
}
