//! What a chain with its master promises as a box.

use crate::groups::{Trial, any_faults};
use base::Span;
use catalog::Face;
use check::{CheckKind, Finding};
use trace::{Record, Status};

const KIND: &str = "chain";
/// Three in the chain, and the master.
const MASTER: usize = 3;

/// Whoever dies: a write that was acknowledged is at every head that comes later, and reads find it.
#[test]
fn head_middle_and_tail_may_die_and_nothing_acknowledged_is_lost_or_read_stale() {
    for reads in ["tail", "anybody"] {
        let trial = Trial::of(KIND, &format!(r#""reads": "{reads}""#));
        let trial =
            trial.fault(3_000, 2_000, "crash", 0).fault(8_000, 2_000, "crash", 2).fault(13_000, 2_000, "crash", 1);
        let mut run = trial.start();
        run.to(4_500);
        assert_eq!(run.gauge(1), Some(2.0), "the head is out");
        run.to(20_000);
        assert_eq!(run.gauge(1), Some(3.0), "all are back");
        for check in [CheckKind::LostWrites, CheckKind::StaleReads, CheckKind::Elections] {
            let verdict = run.verdict(check);
            assert_eq!(verdict.finding, Finding::Holds, "{reads}: {} {}", verdict.headline, verdict.detail);
        }
        // Silent for three asks, then until the master's word is over: at most 0.9 s each, of 17 s.
        let (good, bad) = run.answered(0, 20_000);
        assert!(run.is_accounted() && good > 3_000 && bad < 3 * 200, "{good} well, {bad} not");
    }
}

#[test]
fn a_head_that_answers_alone_loses_what_it_could_not_pass_on() {
    let lost = |left_out: &str| {
        let fields = format!(r#""left_out": "{left_out}""#);
        let verdict = Trial::of(KIND, &fields).fault(5_000, 5_000, "isolate", 0).run().verdict(CheckKind::LostWrites);
        (verdict.finding, verdict.figure)
    };
    assert_eq!(lost("none"), (Finding::Holds, 0.0));
    // The master's word holds for half a second more: up to 40 of 67 writes a second.
    let (finding, writes) = lost("head-acknowledges");
    assert!(finding == Finding::Broken && (15.0..70.0).contains(&writes), "{writes} writes lost");
}

/// Oracle: a write is passed on by all but the last, and one message says that it is done: as many messages as members, one after the
/// other; a read is answered at once.
#[test]
fn a_write_takes_a_message_for_each_member_and_a_read_takes_none() {
    let fastest = |members: u32| {
        let fields = format!(r#""members": {}, "mesh_ms": 10, "time_ms": 0"#, members + 1);
        let run = Trial::of(KIND, &fields).seconds(5).run();
        let mut least = [Span(u64::MAX); 2];
        for (_, record) in &run.records {
            if let Record::Answered { op, status: Status::Ok, latency, .. } = *record {
                least[usize::from(op)] = least[usize::from(op)].min(latency);
            }
        }
        (least[1].0 - least[0].0) / 1_000_000
    };
    // The head of two hears from its successor; from three on the tail tells it past the others.
    assert_eq!([2, 3, 5].map(fastest), [20, 30, 50], "ms that a write takes longer than a read");
}

#[test]
fn without_its_master_a_chain_stops_when_the_word_is_over_unless_it_holds_for_ever() {
    let answered = |grant: u32| {
        let run = Trial::of(KIND, &format!(r#""grant_ms": {grant}"#)).fault(5_000, 3_000, "crash", MASTER).run();
        (run.answered(5_600, 8_000).0, run.answered(8_300, 20_000).1)
    };
    let (during, after) = answered(500);
    assert!(during < 5 && after < 20, "{during} answered without a master, {after} refused after it is back");
    let (during, _) = answered(0);
    assert!(during > 400, "{during} answered on a word that holds for ever");
}

/// Where reads go to anybody, those of keys that are being written ask the tail, and the tail has a third of the work.
#[test]
fn reads_at_anybody_ask_the_tail_about_what_is_being_written() {
    let trial = Trial { keys: 4, ..Trial::of(KIND, r#""reads": "anybody", "mesh_ms": 2"#) };
    let mut run = any_faults(trial.clone(), 4, 10, 8).start();
    run.to(20_000);
    let asked = run.gauge(2).unwrap_or_default();
    assert!(asked > 5.0 && asked < 60.0, "{asked}% of the reads asked the tail");
    assert!(run.is(CheckKind::StaleReads, Finding::Holds) && run.is_accounted());
    let Face::Lanes { lanes, .. } = run.face() else { panic!("the box shows how far each is") };
    assert_eq!(lanes.len(), 3);
    assert!(lanes[0].label.ends_with("head") && lanes[2].label.ends_with("tail"), "{lanes:?}");
    assert!(run.members().iter().all(|member| member.face != Face::Nothing));
}

#[test]
fn any_faults_keep_every_promise_at_every_size() {
    for (members, seed) in [(2, 1), (3, 2), (4, 3), (4, 4), (6, 5), (17, 6)] {
        let fields = format!(r#""members": {members}, "reads": "anybody""#);
        let run = any_faults(Trial::of(KIND, &fields).seed(seed).seconds(14), members, 9, 10).run();
        for check in [CheckKind::LostWrites, CheckKind::StaleReads] {
            let verdict = run.verdict(check);
            assert_ne!(verdict.finding, Finding::Broken, "{members}: {} {}", verdict.headline, verdict.detail);
        }
        assert!(run.is_accounted() && run.answered(0, 14_000).0 > 200);
    }
}
