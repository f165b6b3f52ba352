//! Versions of an item: the worked examples of the study notes, and what a replica forgets that tells its clients apart badly.

use base::Rng;
use clocks::{Dot, Relation, Siblings, VectorClock, VersionVector};
use std::collections::{BTreeMap, BTreeSet};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The notes' run: A writes "Alice", B takes it over and writes "Alice B.", A meanwhile "Alice A.".
#[test]
fn two_writers_of_a_name_are_found_to_be_in_conflict() {
    let clock = |a, b| VectorClock::from_counts([("A", a), ("B", b)]);
    let mut a = VectorClock::new();
    a.tick("A").expect("few");
    assert_eq!(a, clock(1, 0));
    let mut b = a.clone();
    b.tick("B").expect("few");
    assert_eq!(b, clock(1, 1));
    a.tick("A").expect("few");
    assert_eq!(a, clock(2, 0));
    assert_eq!(b.relation(&a), Relation::Concurrent, "1 > 0 at B, 1 < 2 at A");

    assert_eq!(clock(1, 0).relation(&clock(2, 1)), Relation::Before, "the notes' example without a conflict");
    a.merge(&b);
    a.tick("A").expect("few");
    assert_eq!(a, clock(3, 1), "after a merge at A");
}

/// The notes' regions: {us:5, eu:3, asia:2} against its neighbours.
#[test]
fn a_region_that_is_behind_everywhere_is_replaced_and_one_that_is_ahead_somewhere_is_not() {
    let [us, eu, asia] = [0, 1, 2];
    let held = VersionVector::from_counts([(us, 5), (eu, 3), (asia, 2)]);
    assert_eq!(VersionVector::from_counts([(us, 5), (eu, 3)]).relation(&held), Relation::Before);
    let mut elsewhere = VersionVector::from_counts([(us, 4), (eu, 3), (asia, 2)]);
    elsewhere.write(eu).expect("few");
    assert_eq!(elsewhere.relation(&held), Relation::Concurrent);
    elsewhere.merge(&held);
    assert_eq!(elsewhere, VersionVector::from_counts([(us, 5), (eu, 4), (asia, 2)]));
}

/// Two clients that have read nothing write through the same replica.
#[test]
fn a_plain_version_vector_loses_a_clients_write_where_dots_keep_both() {
    // With the replica's counter alone, the second write seems to have seen the first.
    let (mut first, mut second) = (VersionVector::new(), VersionVector::new());
    first.write(0).expect("few");
    second.merge(&first);
    second.write(0).expect("few");
    assert_eq!(
        first.relation(&second),
        Relation::Before,
        "so x would be dropped, though nobody who wrote y had read it"
    );

    let mut item = Siblings::new();
    item.write(0, &VersionVector::new(), "x").expect("few");
    item.write(0, &VersionVector::new(), "y").expect("few");
    let kept: Vec<&str> = item.versions().iter().map(|version| version.value).collect();
    assert_eq!(kept, ["x", "y"]);

    // Who has read both replaces both.
    let context = item.context();
    assert_eq!(item.write(0, &context, "x and y"), Ok(Dot { replica: 0, count: 3 }));
    assert_eq!(item.versions().len(), 1);
}

/// Oracle: every write with the set of writes that its client had read, closed over their own reads. A write stays exactly if no
/// write that the replica knows of had read it.
#[test]
fn what_stays_is_what_nobody_has_read_and_replaced() {
    let mut siblings_max = 0;
    for seed in 0..300 {
        let mut rng = Rng::new(seed);
        let mut replicas = vec![Siblings::<usize>::new(); 3];
        let mut known: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); 3];
        let mut read_by: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        // What clients have read somewhere and may still come back with.
        let mut sessions = vec![(VersionVector::new(), BTreeSet::new())];
        for step in 0..60 {
            let at = rng.below(3) as usize;
            match rng.below(3) {
                0 => {
                    let from = rng.below(3) as usize;
                    let other = replicas[from].clone();
                    replicas[at].merge(&other);
                    let other = known[from].clone();
                    known[at].extend(other);
                }
                1 => sessions.push((replicas[at].context(), known[at].clone())),
                _ => {
                    let (context, read) = sessions[rng.below(sessions.len() as u64) as usize].clone();
                    replicas[at].write(at as u32, &context, step).expect("few");
                    let indirect: Vec<usize> = read.iter().flat_map(|write| read_by[write].clone()).collect();
                    let read = read.into_iter().chain(indirect).collect();
                    read_by.insert(step, read);
                    known[at].insert(step);
                }
            }
            for (replica, known) in replicas.iter().zip(&known) {
                let is_read = |write: &usize| known.iter().any(|other| read_by[other].contains(write));
                let expected: BTreeSet<usize> = known.iter().copied().filter(|write| !is_read(write)).collect();
                let kept: BTreeSet<usize> = replica.versions().iter().map(|version| version.value).collect();
                assert_eq!(kept, expected, "seed {seed}, step {step}");
                siblings_max = siblings_max.max(kept.len());
            }
        }
    }
    assert!(siblings_max >= 4, "the histories had conflicts: {siblings_max}");
}

#[test]
fn siblings_meet_in_any_order_and_any_number_of_times() {
    for seed in 0..200 {
        let mut rng = Rng::new(seed);
        let mut replicas = vec![Siblings::<u64>::new(); 3];
        for step in 0..30 {
            let at = rng.below(3) as usize;
            let context = if rng.chance(0.5) { replicas[at].context() } else { VersionVector::new() };
            replicas[at].write(at as u32, &context, step).expect("few");
            if rng.chance(0.3) {
                let other = replicas[(at + 1) % 3].clone();
                replicas[at].merge(&other);
            }
        }
        let [a, b, c] = [&replicas[0], &replicas[1], &replicas[2]];
        let merged = |of: &[&Siblings<u64>]| {
            let mut all = Siblings::new();
            of.iter().for_each(|one| all.merge(one));
            all
        };
        assert_eq!(merged(&[a, b, c]), merged(&[c, a, b, a]), "seed {seed}");
        assert_eq!(merged(&[&merged(&[a, b]), c]), merged(&[a, &merged(&[b, c])]), "seed {seed}");
    }
}
