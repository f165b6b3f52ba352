//! What a lease promises with fencing tokens, and what it does without.

use crate::groups::{Run, Trial, any_faults};
use catalog::Face;
use check::{CheckKind, Finding};

const KIND: &str = "lock-service";

/// Every member that takes the lock is paused in turn for longer than its lease lasts; work is long, so that it likely holds it.
fn paused(rule: &str, seed: u64) -> Run {
    let fields = format!(r#""members": 5, "rule": "{rule}", "ttl_ms": 300, "hold_ms": 20"#);
    let trial = Trial::of(KIND, &fields).seed(seed);
    (0..12).fold(trial, |trial, nth| trial.fault(2_000 + 1_500 * nth, 1_000, "pause", 2 + nth as usize % 3)).run()
}

/// Oracle: Kleppmann's figure. A holder that sleeps through its lease writes over its successor, unless the resource refuses.
#[test]
fn a_paused_holder_does_harm_without_fencing_and_none_with() {
    let mut overwritten = 0.0;
    let mut refused = 0.0;
    let mut seen = 0;
    for seed in 1..=6 {
        let (sound, naive) = (paused("fenced", seed), paused("no fencing", seed));
        assert_eq!(sound.gauge(0), Some(0.0), "seed {seed}: no older token writes after a newer one");
        assert!(
            sound.is(CheckKind::StaleReads, Finding::Holds),
            "seed {seed}: {:?}",
            sound.verdict(CheckKind::StaleReads)
        );
        refused += sound.gauge(1).unwrap_or_default();
        overwritten += naive.gauge(0).unwrap_or_default();
        assert_eq!(naive.gauge(1), Some(0.0), "nothing is refused that is not checked");
        seen += u64::from(naive.is(CheckKind::StaleReads, Finding::Broken));
        assert!(sound.is_accounted() && naive.is_accounted());
    }
    // What was overwritten stands until the next write: only some reads fall into that time.
    assert!(seen >= 2, "stale reads in {seen} of 6 runs");
    assert!(refused >= 6.0 && overwritten >= 6.0, "{refused} refused with fencing, {overwritten} overwritten without");
}

#[test]
fn a_dead_holder_blocks_the_others_for_one_lease_at_most() {
    let mut run = Trial::of(KIND, r#""members": 3, "ttl_ms": 800, "hold_ms": 400, "hold_law": "constant""#).start();
    run.to(3_100);
    let holds = |run: &Run| run.members()[2].role == "holds";
    assert!(holds(&run), "the only one who takes the lock works most of the time");
    let trial = Trial::of(KIND, r#""members": 4, "ttl_ms": 800, "hold_ms": 100, "hold_law": "constant""#);
    let run = trial.fault(4_000, 6_000, "crash", 2).run();
    let (good, _) = run.answered(5_000, 10_000);
    assert!(good > 300, "{good} answered by those who live");
    assert!(run.is_accounted());
}

/// At a failover that loses the counter, tokens begin anew: the resource, which has seen larger ones, refuses them all for a while.
#[test]
fn a_counter_that_is_lost_makes_the_resource_refuse_everybody() {
    let fields = |rule: &str| format!(r#""members": 5, "rule": "{rule}""#);
    let fenced = |rule: &str| {
        let run = Trial::of(KIND, &fields(rule)).fault(8_000, 100, "crash", 0).run();
        run.gauge(1).unwrap_or_default()
    };
    let (sound, lost) = (fenced("fenced"), fenced("lost at failover"));
    assert!(sound <= 3.0 && lost > 100.0, "{sound} refused where the counter is kept, {lost} where it is lost");
}

#[test]
fn every_rule_accounts_for_every_request_whatever_happens() {
    for rule in ["fenced", "no fencing", "enter anyway", "release anyone's", "lost at failover"] {
        for seed in 1..=3 {
            let fields = format!(r#""members": 6, "rule": "{rule}", "ttl_ms": 200, "line_max": 3"#);
            let run = any_faults(Trial::of(KIND, &fields).seed(seed).seconds(10), 6, 8, 12).run();
            assert!(run.is_accounted(), "{rule}");
        }
    }
}

#[test]
fn the_face_shows_who_believed_when_that_it_held_the_lock() {
    let run = Trial::of(KIND, "").seconds(5).run();
    let Face::Timeline { phases, span } = run.face() else { panic!("the box shows a timeline") };
    assert!(phases.len() > 10 && phases.iter().all(|phase| phase.began >= phase.ended && phase.ended < span));
    let roles: Vec<_> = run.members().into_iter().map(|member| member.role).collect();
    assert_eq!(roles[..2], ["lock", "resource"]);
}
