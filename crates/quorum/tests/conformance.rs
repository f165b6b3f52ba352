//! What every quorum system promises, held over the list of the family by trying every set of members, and every pair of sets.

use quorum::{
    Grid, Joint, Majority, Members, QuorumError, QuorumSystem, ReadWrite, Rule, System, Weighted, availability,
};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Every system of the list for 1 to 7 members, and every setting of those that have any.
fn systems() -> Vec<System> {
    let sizes = 1..=7_u32;
    let usual = Rule::ALL.iter().flat_map(|rule| sizes.clone().map(|members| rule.over(members).expect("1 to 7")));
    let counts = sizes.clone().flat_map(|n| (1..=n).flat_map(move |r| (1..=n).map(move |w| ReadWrite::new(n, r, w))));
    let grids = sizes.clone().flat_map(|n| (1..=n).map(move |columns| Grid::new(n, columns)));
    let joint = (0..32_u64).flat_map(|old| (0..32).map(move |new| Joint::of(Members(old), Members(new))));
    let weights = (1..256_u64).map(|code| Weighted::new(&[code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6]));
    let mut all: Vec<System> = usual.collect();
    all.extend(counts.map(|system| System::ReadWrite(system.expect("in range"))));
    all.extend(grids.map(|system| System::Grid(system.expect("in range"))));
    all.extend(joint.map(System::Joint));
    all.extend(weights.map(|system| System::Weighted(system.expect("a weight above 0"))));
    all
}

#[test]
fn whoever_is_added_to_a_quorum_the_set_stays_one() {
    for system in systems() {
        let members = system.members();
        for set in Members::subsets(members) {
            for member in 0..members {
                let more = set.with(member);
                assert!(!system.can_read(set) || system.can_read(more), "{system:?}: {set:?} reads, {more:?} does not");
                assert!(!system.can_write(set) || system.can_write(more), "{system:?}: {set:?} and {more:?}");
            }
            let strangers = Members(set.0 | !Members::first(members).0);
            assert_eq!(system.can_write(set), system.can_write(strangers), "{system:?}: strangers count");
            assert_eq!(system.can_read(set), system.can_read(strangers), "{system:?}: strangers count");
        }
        let all = Members::first(members);
        assert!(system.can_read(all) && system.can_write(all), "{system:?}");
    }
}

/// Oracle: every pair of quorums. What is promised holds, and what is not promised has a pair that shows why.
#[test]
fn quorums_meet_exactly_where_it_is_promised() {
    for system in systems() {
        let sets = |is_enough: &dyn Fn(Members) -> bool| -> Vec<Members> {
            Members::subsets(system.members()).filter(|set| is_enough(*set)).collect()
        };
        let (reads, writes) = (sets(&|set| system.can_read(set)), sets(&|set| system.can_write(set)));
        let meet = |some: &[Members], others: &[Members]| {
            some.iter().all(|one| others.iter().all(|other| !one.and(*other).is_empty()))
        };
        assert_eq!(system.reads_meet_writes(), meet(&reads, &writes), "{system:?}");
        assert_eq!(system.writes_meet_writes(), meet(&writes, &writes), "{system:?}");
    }
}

/// Oracle: the closed forms, floor((n − 1) / 2) of a majority and N − W of W copies.
#[test]
fn as_many_may_be_down_as_the_closed_form_says() {
    for members in 1..=12 {
        let majority = Majority::over(members).expect("1 to 12");
        assert_eq!(majority.write_faults_max(), Some((members - 1) / 2));
        for writes in 1..=members {
            let system = ReadWrite::new(members, 1, writes).expect("in range");
            assert_eq!(system.write_faults_max(), Some(members - writes));
        }
    }
    assert_eq!(Grid::over(9).expect("9").write_faults_max(), Some(2), "one of each of 3 columns stops it");
    assert_eq!(Weighted::new(&[3, 1, 1]).expect("weights").write_faults_max(), Some(0), "the heavy one is needed");
    assert_eq!(Majority::over(21).expect("21").write_faults_max(), None, "too many sets to try");
}

/// Oracle: the binomial sum, by its recurrence.
#[test]
fn a_majority_is_up_as_often_as_the_binomial_says() {
    for (members, up) in [(1, 0.9), (3, 0.9), (3, 0.99), (5, 0.99), (7, 0.5)] {
        let majority = Majority::over(members).expect("in range");
        let measured = availability(members, up, |set| majority.is_met(set)).expect("few members");
        // Probability of each number of members up, adding one member at a time.
        let mut exactly = vec![1.0];
        for _ in 0..members {
            let mut next = vec![0.0; exactly.len() + 1];
            for (count, p) in exactly.iter().enumerate() {
                next[count] += p * (1.0 - up);
                next[count + 1] += p * up;
            }
            exactly = next;
        }
        let expected: f64 = exactly[majority.needed() as usize..].iter().sum();
        assert!((measured - expected).abs() < 1e-12, "{members} at {up}: {measured}, expected {expected}");
    }
    let three = availability(3, 0.99, |set| set.len() >= 2).expect("few");
    assert!((three - 0.999_702).abs() < 1e-9, "3 members at 99%: {three}");
    assert_eq!(availability(21, 0.5, |_| true), None);
}

#[test]
fn names_are_those_of_the_saved_form_and_bad_numbers_are_named() {
    for rule in Rule::ALL {
        assert_eq!(serde_json::to_string(rule).expect("a name"), format!("\"{}\"", rule.name()));
        assert!(!rule.help().is_empty());
        for members in [0, 65, u32::MAX] {
            let error = rule.over(members).expect_err("not 1 to 64");
            assert_eq!(error, QuorumError::Members { members: members.into() }, "{rule:?}");
        }
        for members in [1, 2, 63, 64] {
            let system = rule.over(members).expect("in range");
            assert!(system.can_write(Members(u64::MAX)) && !system.can_write(Members::NONE), "{rule:?} of {members}");
        }
    }
    assert!(ReadWrite::new(3, 4, 1).expect_err("4 of 3").to_string().contains("`reads` is 4, but must be 1 to 3"));
    assert!(ReadWrite::new(3, 1, 0).is_err() && Grid::new(4, 5).is_err());
    assert_eq!(Weighted::new(&[0, 0]), Err(QuorumError::Weightless));
    assert!(Weighted::new(&[u64::MAX; 64]).expect("heavy").is_met(Members(u64::MAX)));
}
