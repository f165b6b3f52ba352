//! Transformation: every pair of small operations, an independent crate, and the rules that are often written down.

use base::Rng;
use collab::noted::{Edit, Rule, moved};
use collab::{EditError, Operation, Step};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Every single insertion and deletion on a text of `length`, deletions of nothing included.
fn edits(length: u64, inserted: &str) -> Vec<Edit> {
    let insertions = (0..=length).map(|at| Edit::Insert { at, text: inserted.to_owned() });
    let deletions = (0..=length).flat_map(|at| (0..=length - at).map(move |count| Edit::Delete { at, count }));
    insertions.chain(deletions).collect()
}

/// Every operation on a text of `length`: before each character something new or not, and each character kept or deleted.
fn operations(length: u64, inserted: &str) -> Vec<Operation> {
    let code_max = 1_u32 << (2 * length + 1);
    let of = |code: u32| {
        let mut operation = Operation::identity(length);
        // From the end, so that places do not move.
        for at in (0..=length).rev() {
            let now = operation.length_after();
            if at < length && code >> (2 * at + 1) & 1 == 1 {
                operation = operation.compose(&Operation::deletion(now, at, 1).expect("in range")).expect("fits");
            }
            let now = operation.length_after();
            if code >> (2 * at) & 1 == 1 {
                let insertion = Operation::insertion(now, at, inserted).expect("in range");
                operation = operation.compose(&insertion).expect("fits");
            }
        }
        operation
    };
    (0..code_max).map(of).collect()
}

const TEXT: &str = "0123456789";

/// TP1, over all pairs of all operations on texts of up to 4 characters: 2^9 each, 262,144 pairs for the longest.
#[test]
fn both_orders_give_the_same_text_for_every_pair_of_operations() {
    let mut pairs = 0_u32;
    for length in 0..=4_u64 {
        let text = &TEXT[..length as usize];
        let (all_a, all_b) = (operations(length, "ab"), operations(length, "X"));
        for a in &all_a {
            let after_a = a.apply(text).expect("fits");
            for b in &all_b {
                let (a_after, b_after) = Operation::transform(a, b).expect("one text");
                let a_then_b = b_after.apply(&after_a).expect("fits");
                let b_then_a = a_after.apply(&b.apply(text).expect("fits")).expect("fits");
                assert_eq!(a_then_b, b_then_a, "{a:?} and {b:?}");
                pairs += 1;
            }
        }
    }
    assert_eq!(pairs, 4 + 64 + 1_024 + 16_384 + 262_144, "pairs tried");
}

/// Oracle: characters as marked things. What either deletes is gone, everything else is there once, what was inserted stands where
/// it was put, the first's left of the second's.
#[test]
fn every_intention_is_kept() {
    for length in 0..=6_u64 {
        let text = &TEXT[..length as usize];
        for (a, b) in
            edits(length, "ab").into_iter().flat_map(|a| edits(length, "X").into_iter().map(move |b| (a.clone(), b)))
        {
            let (op_a, op_b) = (a.operation(length).expect("in range"), b.operation(length).expect("in range"));
            let (_, b_after) = Operation::transform(&op_a, &op_b).expect("one text");
            let result = b_after.apply(&op_a.apply(text).expect("fits")).expect("fits");
            let mut expected = String::new();
            for place in 0..=length {
                for edit in [&a, &b] {
                    if let Edit::Insert { at, text } = edit
                        && *at == place
                    {
                        expected.push_str(text);
                    }
                }
                let is_gone = [&a, &b]
                    .iter()
                    .any(|edit| matches!(edit, Edit::Delete { at, count } if (*at..at + count).contains(&place)));
                if place < length && !is_gone {
                    expected.push_str(&TEXT[place as usize..=place as usize]);
                }
            }
            assert_eq!(result, expected, "{a:?} and {b:?} on {text:?}");
        }
    }
}

fn random_operation(text: &str, rng: &mut Rng) -> Operation {
    let mut operation = Operation::identity(text.chars().count() as u64);
    for _ in 0..=rng.below(4) {
        let length = operation.length_after();
        let at = rng.below(length + 1);
        let next = if rng.chance(0.5) {
            let new: String = (0..=rng.below(3)).map(|_| ['a', 'é', '日', '🦀'][rng.below(4) as usize]).collect();
            Operation::insertion(length, at, &new)
        } else {
            Operation::deletion(length, at, rng.below(length - at + 1))
        };
        operation = operation.compose(&next.expect("in range")).expect("fits");
    }
    operation
}

/// The same operation for the independent crate.
fn theirs(operation: &Operation) -> operational_transform::OperationSeq {
    let mut built = operational_transform::OperationSeq::default();
    for step in operation.steps() {
        match step {
            Step::Keep(count) => built.retain(*count),
            Step::Insert(text) => built.insert(text),
            Step::Delete(count) => built.delete(*count),
        }
    }
    built
}

/// Oracle: the `operational-transform` crate: applying, composing and transforming, on texts with wide characters.
#[test]
fn it_agrees_with_an_independent_implementation() {
    for seed in 0..3_000 {
        let mut rng = Rng::new(seed);
        let text: String = (0..rng.below(12)).map(|_| ['x', 'ß', '語', '🚀'][rng.below(4) as usize]).collect();
        let (a, b) = (random_operation(&text, &mut rng), random_operation(&text, &mut rng));
        let after_a = a.apply(&text).expect("fits");
        assert_eq!(after_a, theirs(&a).apply(&text).expect("fits"), "seed {seed}");
        let (new_a, new_b) = Operation::transform(&a, &b).expect("one text");
        let (their_a, their_b) = theirs(&a).transform(&theirs(&b)).expect("one text");
        assert_eq!((theirs(&new_a), theirs(&new_b)), (their_a, their_b), "seed {seed}");
        let next = random_operation(&after_a, &mut rng);
        let composed = a.compose(&next).expect("fits");
        assert_eq!(theirs(&composed), theirs(&a).compose(&theirs(&next)).expect("fits"), "seed {seed}");
        assert_eq!(composed.apply(&text), next.apply(&after_a), "seed {seed}");
    }
}

/// The texts of the two replicas when each applies its own edit first, by one of the wrong rules. `None` if an edit does not even fit.
fn noted(a: &Edit, b: &Edit, rule: Rule, text: &str) -> Option<(String, String)> {
    let both = |first: &Edit, second: &Edit, is_second: bool| {
        let once = first.operation(text.len() as u64).ok()?.apply(text).ok()?;
        moved(second, first, is_second, rule).operation(once.len() as u64).ok()?.apply(&once).ok()
    };
    Some((both(a, b, true)?, both(b, a, false)?))
}

/// Oracle for the claims: all pairs on "0123456789", counted.
#[test]
fn the_rules_as_often_written_down_lose_characters_or_end_apart() {
    let delete = |at, count| Edit::Delete { at, count };
    let (a, b) = (delete(5, 3), delete(7, 2));
    assert_eq!(moved(&b, &a, true, Rule::Agreed), delete(5, 2), "the rule as written down");
    assert_eq!(noted(&a, &b, Rule::Agreed, TEXT).expect("it fits").0, "01234", "one character more is lost");
    let (op_a, op_b) = (a.operation(10).expect("in range"), b.operation(10).expect("in range"));
    let (_, b_after) = Operation::transform(&op_a, &op_b).expect("one text");
    assert_eq!(b_after, delete(5, 1).operation(7).expect("in range"), "the right one: Del(5,1)");
    assert_eq!(b_after.apply(&op_a.apply(TEXT).expect("fits")).expect("fits"), "012349");

    let mut harm = [(Rule::LocalFirst, 0, 0), (Rule::Agreed, 0, 0)];
    for (rule, apart, wrong) in &mut harm {
        for (a, b) in edits(10, "ab").iter().flat_map(|a| edits(10, "X").into_iter().map(move |b| (a, b))) {
            let (op_a, op_b) = (a.operation(10).expect("in range"), b.operation(10).expect("in range"));
            let (_, b_after) = Operation::transform(&op_a, &op_b).expect("one text");
            let right = b_after.apply(&op_a.apply(TEXT).expect("fits")).expect("fits");
            match noted(a, &b, *rule, TEXT) {
                Some((here, there)) if here == there => *wrong += u32::from(here != right),
                _ => *apart += 1,
            }
        }
    }
    let [(_, local_apart, _), (_, agreed_apart, agreed_wrong)] = harm;
    assert_eq!(local_apart - agreed_apart, 11, "one pair for each place at which two insert: {harm:?}");
    assert!(agreed_apart > 500, "of 5,929 pairs: {harm:?}");
    assert!(agreed_wrong > 0, "equal, and both wrong: {harm:?}");
}

/// The notes' vectors for an insertion and a deletion.
#[test]
fn a_deletion_that_moves_over_an_insertion_deletes_the_same_character() {
    let insert = Operation::insertion(10, 5, "A").expect("in range");
    let delete = Operation::deletion(10, 5, 1).expect("in range");
    let (_, after) = Operation::transform(&insert, &delete).expect("one text");
    assert_eq!(after, Operation::deletion(11, 6, 1).expect("in range"), "from 5 to 6");
    assert_eq!(after.apply("01234A56789").expect("fits"), "01234A6789", "the 5 goes, as was meant");

    let (insert, delete) =
        (Operation::insertion(10, 5, "A").expect("in range"), Operation::deletion(10, 3, 1).expect("in range"));
    let (after, _) = Operation::transform(&insert, &delete).expect("one text");
    assert_eq!(after, Operation::insertion(9, 4, "A").expect("in range"), "A's place becomes 4");
}

#[test]
fn what_does_not_fit_is_refused_with_the_figures() {
    assert_eq!(Operation::insertion(3, 4, "x"), Err(EditError::OutOfRange { end: 4, length: 3 }));
    assert_eq!(Operation::deletion(3, 2, u64::MAX), Err(EditError::OutOfRange { end: u64::MAX, length: 3 }));
    assert_eq!(Operation::insertion(u64::MAX, 0, "x"), Err(EditError::TooLong));
    let (three, four) = (Operation::identity(3), Operation::identity(4));
    assert_eq!(three.apply("abcd"), Err(EditError::Length { expected: 3, length: 4 }));
    assert!(Operation::transform(&three, &four).is_err() && three.compose(&four).is_err());
    assert!(three.is_identity() && Operation::deletion(3, 1, 0).expect("nothing").is_identity());
    assert_eq!(Operation::identity(u64::MAX).moved(u64::MAX, true), u64::MAX);
}
