//! What quorums, stand-ins and repair promise as a box.

use crate::groups::{self, Trial, any_faults};
use catalog::Face;
use check::{CheckKind, Finding};

const KIND: &str = "leaderless";

/// Three members, one after the other alone for three seconds.
fn isolated(fields: &str, seed: u64) -> Trial {
    let trial = Trial::of(KIND, fields).seed(seed);
    (0..3).fold(trial, |trial, member| trial.fault(3_000 + 5_000 * member as u32, 3_000, "isolate", member))
}

/// Oracle: two sets of R and W out of N have a member in common exactly if R + W > N.
#[test]
fn overlapping_quorums_read_nothing_stale_and_others_do() {
    for conflicts in ["siblings", "last write wins"] {
        for (quorums, finding) in [((2, 2), Finding::Holds), ((1, 3), Finding::Holds), ((1, 1), Finding::Broken)] {
            let (read, write) = quorums;
            let fields = format!(
                r#""members": 3, "copies": 3, "read_quorum": {read}, "write_quorum": {write}, "conflicts": "{conflicts}""#
            );
            let run = isolated(&fields, 5).run();
            let stale = run.verdict(CheckKind::StaleReads);
            assert_eq!(stale.finding, finding, "{quorums:?}, {conflicts}: {} {}", stale.headline, stale.detail);
            assert!(run.is_accounted());
            assert!(finding == Finding::Holds || stale.figure > 20.0, "{}", stale.headline);
        }
    }
}

#[test]
fn strict_quorums_of_five_members_are_never_stale_whatever_happens() {
    for seed in 1..=8 {
        let run = any_faults(Trial::of(KIND, "").seed(seed).seconds(12), 5, 10, 10).run();
        let stale = run.verdict(CheckKind::StaleReads);
        assert_eq!(stale.finding, Finding::Holds, "seed {seed}: {} {}", stale.headline, stale.detail);
        assert!(run.is_accounted());
    }
}

/// Members 0 and 1 are two of the three homes of every fifth key: strict quorums of those fail, sloppy ones do not.
#[test]
fn stand_ins_take_what_homes_cannot_and_hand_it_over_when_they_are_back() {
    let refused = |sloppy: &str| {
        let fields = format!(r#""sloppy": "{sloppy}", "compare_ms": 0, "read_repair": "off""#);
        let trial = Trial::of(KIND, &fields);
        let trial = trial.fault(4_000, 6_000, "isolate", 0).fault(4_000, 6_000, "isolate", 1);
        let mut run = trial.start();
        run.to(9_900);
        let (held, bad) = (run.gauge(0).unwrap_or_default(), run.answered(5_000, 9_900).1);
        run.to(13_000);
        (held, run.gauge(0).unwrap_or_default(), bad)
    };
    let (strict, sloppy) = (refused("off"), refused("on"));
    assert!(strict.0 == 0.0 && strict.2 > 150, "{strict:?}");
    assert!(sloppy.0 > 20.0 && sloppy.2 < strict.2, "{sloppy:?} hints during, hints after, refused; strict {strict:?}");
    assert_eq!(sloppy.1, 0.0, "every hint has found its home");
}

#[test]
fn trees_find_what_an_absent_member_missed_and_bring_it() {
    let fields = r#""members": 3, "compare_ms": 2000, "read_repair": "off""#;
    let trial = Trial { keys: 1_000, ..Trial::of(KIND, fields) };
    let mut run = trial.fault(4_000, 4_000, "isolate", 0).start();
    let lit = |run: &groups::Run| {
        let Face::Tree { nodes } = run.face() else { panic!("the box shows two trees") };
        assert_eq!(nodes.len(), 31, "a root and four levels");
        assert!(nodes.iter().enumerate().all(|(at, node)| node.parent.is_none_or(|parent| usize::from(parent) < at)));
        nodes.iter().filter(|node| node.lit).count()
    };
    run.to(7_900);
    let apart = lit(&run);
    assert!(apart > 16, "{apart} nodes differ while it is alone");
    run.to(20_000);
    // What was written in the last milliseconds may still be on its way.
    let after = lit(&run);
    assert!(after < 8, "{after} nodes differ long after");
    let held = run.members().into_iter().map(|member| {
        let Face::Table { rows, .. } = member.face else { panic!("a member shows what it holds") };
        assert_eq!(rows[0][0], "keys held");
        rows[0][1].parse::<u64>().expect("a number")
    });
    let held: Vec<u64> = held.collect();
    let (least, most) = (held.iter().min(), held.iter().max());
    assert!(least > Some(&300) && most.zip(least).is_some_and(|(most, least)| most - least < 5), "{held:?} keys held");
}

#[test]
fn one_member_and_sixteen_serve_and_account_for_every_request() {
    for (members, copies) in [(1, 16), (16, 16), (16, 1), (2, 3)] {
        let fields = format!(r#""members": {members}, "copies": {copies}, "sloppy": "on", "compare_ms": 1"#);
        let run = any_faults(Trial::of(KIND, &fields).seconds(8), members, 7, 6).run();
        assert!(run.is_accounted());
        assert!(run.answered(0, 8_000).0 > 100);
    }
}

/// Oracle: neither side of a cut can know what the other writes meanwhile; a register holds one version whatever happens.
#[test]
fn what_both_sides_of_a_cut_have_written_is_counted_where_versions_are_kept() {
    let held = |conflicts: &str| {
        let quorums = r#""members": 3, "copies": 3, "read_quorum": 1, "write_quorum": 1, "compare_ms": 1000"#;
        let trial = Trial::of(KIND, &format!(r#"{quorums}, "conflicts": "{conflicts}""#)).seconds(10);
        let mut run = trial.fault(3_000, 4_000, "isolate", 0).start();
        run.to(2_900);
        let before = run.gauge(4).expect("it counts");
        run.to(7_500);
        (before, run.gauge(4).expect("it counts"))
    };
    let (before, after) = held("siblings");
    assert!(before <= 2.0 && after >= before + 5.0, "{before} before the cut, {after} after it");
    assert_eq!(held("last write wins"), (0.0, 0.0));
}
