//! The sequencer: one order for everybody, over a network that overtakes and loses.

use base::{Span, Time};
use catalog::{Face, Plant};
use check::{Finding, Panel, Verdict};
use scenario::file;
use trace::{Record, Sample};

struct Ran {
    plant: Plant,
    verdict: Verdict,
    numbered: u64,
    delivered: u64,
    dropped: u64,
}

/// Ten seconds of 200 messages a second to three receivers over a network that loses one in ten, and twenty seconds without.
fn run(sequencer: &str, faults: &str) -> Ran {
    let text = format!(
        r#"{{ "faultline": 1, "length": "30s",
            "boxes": [
                {{ "id": "crowd", "kind": "clients", "rate": 200, "ops": [{{ "name": "send", "does": "write" }}] }},
                {{ "id": "order", "kind": "sequencer", "lose_percent": 10, "mesh_ms": 20 {sequencer} }}
            ],
            "wires": [{{ "from": "crowd", "to": "order" }}], "faults": [{faults}],
            "actions": [{{ "at": "10s", "set": "rate", "on": "crowd", "to": 0 }}] }}"#
    );
    let scenario = file::read(&text, catalog::schema()).expect("the design is valid");
    let mut plant = Plant::build(&scenario).expect("it can be built");
    let mut panel = Panel::new(plant.checks());
    let (mut numbered, mut delivered, mut dropped) = (0, 0, 0);
    for second in 1..=30 {
        while plant.run_before(Time::ZERO + Span::from_secs(second), 100_000).expect("within budget").more {}
        panel.observe_all(plant.records());
        for (_, record) in plant.records() {
            match record {
                Record::Queued { .. } => numbered += 1,
                Record::Delivered { .. } => delivered += 1,
                Record::Dropped { .. } => dropped += 1,
                _ => {}
            }
        }
        plant.clear_records();
    }
    let verdicts = panel.verdicts(plant.now(), &plant.names(&scenario));
    let verdict = verdicts.into_iter().find(|verdict| verdict.check == "delivery").expect("a sequencer is judged");
    Ran { plant, verdict, numbered, delivered, dropped }
}

/// The numbers that each member shows, the sequencer's first.
fn shown(plant: &Plant) -> Vec<Vec<u64>> {
    let members = plant.view(1, &Sample::default(), Span::from_secs(1)).members;
    let numbers = |face: &Face| match face {
        Face::Log { entries, .. } => entries.iter().map(|entry| entry.index).collect(),
        other => panic!("a member shows its log, not {other:?}"),
    };
    members.iter().map(|member| numbers(&member.face)).collect()
}

#[test]
fn every_receiver_delivers_everything_in_the_same_order_also_one_that_was_dead_or_cut_off() {
    let faults = r#"{ "at": "3s", "for": "2s", "do": "crash", "on": "order.1" }, { "at": "4s", "for": "3s", "do": "isolate", "on": "order.2" }"#;
    for faults in ["", faults] {
        let ran = run("", faults);
        assert!(ran.numbered > 1_900, "{}", ran.numbered);
        assert_eq!((ran.delivered, ran.dropped), (3 * ran.numbered, 0), "{}", ran.verdict.headline);
        assert_eq!(ran.verdict.finding, Finding::Holds);
        let members = shown(&ran.plant);
        let last: Vec<u64> = (ran.numbered - 13..=ran.numbered).collect();
        assert!(members.iter().all(|numbers| *numbers == last), "{members:?}");
    }
}

#[test]
fn a_counter_that_was_kept_in_memory_gives_numbers_twice_and_what_follows_is_lost() {
    let crash = r#"{ "at": "4s", "for": "100ms", "do": "crash", "on": "order.0" }"#;
    let (disk, memory) = (run("", crash), run(r#", "counter": "in memory""#, crash));
    assert_eq!((disk.delivered, disk.dropped), (3 * disk.numbered, 0), "{}", disk.verdict.headline);
    // The 800 numbers of four seconds are given again, and each of three receivers takes the nine in ten that come for known.
    assert!((1_850..=2_350).contains(&memory.dropped), "{}", memory.verdict.headline);
    assert_eq!(memory.verdict.figure, memory.dropped as f64);
}

#[test]
fn a_receiver_that_gives_up_goes_on_without_and_its_loss_is_counted() {
    let cut = r#"{ "at": "4s", "for": "3s", "do": "isolate", "on": "order.3" }"#;
    let ran = run(r#", "give_up_ms": 1000, "history": 100"#, cut);
    // Three seconds at 200 a second, less the last hundred, which the sequencer still has.
    assert!((420..=640).contains(&ran.dropped), "{}", ran.verdict.headline);
    assert_eq!(ran.delivered + ran.dropped, 3 * ran.numbered, "each copy is accounted for");
}
