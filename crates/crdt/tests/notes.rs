//! The study notes' worked examples and claims on conflicts, re-measured.

use base::Time;
use crdt::{Crdt, GCounter, LwwRegister, MvRegister, OrSet, PnCounter, Sequence};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// "A {5,0,0}, B {0,3,0}, C {0,0,2}: merged {5,3,2}, value 10, in any order."
#[test]
fn three_nodes_that_counted_apart_agree_on_ten() {
    let counted = |replica, by| {
        let mut counter = GCounter::default();
        counter.increment(replica, by).expect("small");
        counter
    };
    let nodes = [counted(0, 5), counted(1, 3), counted(2, 2)];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut merged = GCounter::default();
        order.iter().for_each(|at| merged.merge(&nodes[*at]));
        assert_eq!((merged.value(), merged.slots().collect::<Vec<_>>()), (10, vec![(0, 5), (1, 3), (2, 2)]));
    }
}

/// Base 10, node 1 adds 5, node 2 adds 3: 18. The three rules that are not a CRDT: 15 or 13, 15, 28.
#[test]
fn a_counter_from_ten_merges_to_eighteen_where_naive_rules_lose_or_invent() {
    let mut base = PnCounter::default();
    base.increment(0, 10).expect("small");
    let (mut first, mut second) = (base.clone(), base.clone());
    first.increment(1, 5).expect("small");
    second.increment(2, 3).expect("small");
    assert_eq!((first.value(), second.value()), (15, 13));
    let (naive_max, naive_sum) = (first.value().max(second.value()), first.value() + second.value());
    first.merge(&second);
    assert_eq!(first.value(), 18);
    assert_eq!((naive_max, naive_sum), (15, 28), "one forgets the 3, the other counts the 10 twice");

    // The last writer of the total wins, by whichever clock is ahead.
    for (ahead, expected) in [(1, 15), (2, 13)] {
        let (mut a, mut b) = (LwwRegister::default(), LwwRegister::default());
        a.write(1, Time(1_000 + u64::from(ahead == 1)), 15);
        b.write(2, Time(1_000 + u64::from(ahead == 2)), 13);
        a.merge(&b);
        assert_eq!(a.value(), Some(&expected));
    }
}

/// Alice at 1000 in the US, Alicia at 1002 in the EU.
#[test]
fn the_last_writer_wins_and_a_clock_ahead_makes_an_earlier_write_the_last() {
    let resolved = |skew: u64| {
        let (mut us, mut eu) = (LwwRegister::default(), LwwRegister::default());
        us.write(0, Time(1_000 + skew), "Alice");
        eu.write(1, Time(1_002), "Alicia");
        us.merge(&eu);
        eu.merge(&us.clone());
        assert_eq!(us, eu);
        us.value().copied()
    };
    assert_eq!(resolved(0), Some("Alicia"));
    assert_eq!(resolved(3), Some("Alice"), "A's clock 3 ahead: 1003 beats the later 1002");
    assert_eq!(resolved(2), Some("Alicia"), "a tie goes to the higher replica");
    let mut register = LwwRegister::default();
    register.write(0, Time(1_000), "Alice");
    let mut other = LwwRegister::default();
    other.write(1, Time(1_005), "Bob");
    register.merge(&other);
    assert_eq!((register.value(), register.stamp()), (Some(&"Bob"), Some((Time(1_005), 1))));
}

/// Claim of a summary table: "CRDT: no loss". A last-writer-wins register is one, and drops a write; one with several values does
/// not.
#[test]
fn that_it_converges_does_not_say_that_nothing_is_lost() {
    let (mut us, mut eu) = (MvRegister::default(), MvRegister::default());
    us.write(0, "John");
    eu.write(1, "Johnny");
    us.merge(&eu);
    assert_eq!(us.values().map(|(_, name)| *name).collect::<Vec<_>>(), ["John", "Johnny"], "nothing is lost");
    us.write(0, "Johnny B.");
    eu.merge(&us);
    assert_eq!(eu.values().count(), 1, "who has read both decides");
}

/// Two carts, merged by the union of what is in them.
#[test]
fn an_item_added_while_it_is_removed_stays_in_the_cart() {
    let mut a = OrSet::default();
    a.add(0, "item1");
    a.add(0, "item2");
    let mut b = a.clone();
    a.add(0, "item1");
    b.remove(&"item1");
    b.remove(&"item2");
    a.merge(&b);
    assert_eq!(a.elements().collect::<Vec<_>>(), [&"item1"], "item2 had been seen when it was removed");
}

/// The notes' listing of a sequence as it stands: nodes (id, character, previous), siblings by the text of their ids, which sorts
/// "100" before "6". Converges, to a text that nobody meant.
fn listing(nodes: &[(&str, char, &str)], previous: &str) -> String {
    let mut siblings: Vec<_> = nodes.iter().filter(|(.., anchor)| *anchor == previous).collect();
    siblings.sort_by_key(|(id, ..)| *id);
    siblings.iter().map(|(id, character, _)| format!("{character}{}", listing(nodes, id))).collect()
}

#[test]
fn ids_compared_as_texts_tear_a_word_apart_where_fugue_keeps_it() {
    // "Hello World" by user a, from id 1 on; "Beautiful " after the 5th by a from 100 on, "Amazing " after the 5th by b from 200 on.
    let mut names: Vec<(String, char, String)> = Vec::new();
    let mut run = |user: &str, first: u32, anchor: &str, text: &str| {
        let mut previous = anchor.to_owned();
        for (id, character) in (first..).zip(text.chars()) {
            let name = format!("user_{user}_{id}");
            names.push((name.clone(), character, previous));
            previous = name;
        }
    };
    run("a", 1, "", "Hello World");
    run("a", 100, "user_a_5", "Beautiful ");
    run("b", 200, "user_a_5", "Amazing ");
    let nodes: Vec<(&str, char, &str)> = names.iter().map(|(id, c, anchor)| (&**id, *c, &**anchor)).collect();
    assert_eq!(listing(&nodes, ""), "HelloBeautiful  WorldAmazing ");

    let mut a = Sequence::default();
    "Hello World".chars().enumerate().for_each(|(at, c)| drop(a.insert(0, at, c)));
    let mut b = a.clone();
    "Beautiful ".chars().enumerate().for_each(|(at, c)| drop(a.insert(0, 6 + at, c)));
    "Amazing ".chars().enumerate().for_each(|(at, c)| drop(b.insert(1, 6 + at, c)));
    a.merge(&b);
    b.merge(&a);
    assert_eq!((a.text().as_str(), &a), ("Hello Beautiful Amazing World", &b));
}
