//! One trace of edits through last writer wins, operational transformation and a sequence CRDT; and through the `yrs` crate.

use base::{Rng, Time};
use collab::{Editor, Operation, Server};
use crdt::{Crdt, LwwRegister, Sequence};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use yrs::updates::decoder::Decode;
use yrs::{Doc, GetString, ReadTxn, StateVector, Text, Transact, Update};

/// What each of two people inserts at the same moment, and the text they both see.
const BASE: &str = "Hello World";
const EDITS: [(u64, &str); 2] = [(6, "Beautiful "), (6, "Amazing ")];

fn typed(text: &mut Sequence<char>, replica: u32, at: usize, run: &str) {
    run.chars().enumerate().for_each(|(offset, c)| drop(text.insert(replica, at + offset, c).expect("in range")));
}

#[test]
fn two_words_typed_at_once_survive_both_ways_of_transforming_and_not_the_last_writer() {
    // The whole document as a register.
    let mut copies = [LwwRegister::<String>::default(), LwwRegister::default()];
    for (site, (at, word)) in (0..).zip(EDITS) {
        let text = Operation::insertion(11, at, word).expect("in range").apply(BASE).expect("fits");
        copies[site as usize].write(site, Time(1_000 + u64::from(site)), text);
    }
    let (mut first, second) = (copies[0].clone(), copies[1].clone());
    first.merge(&second);
    assert_eq!(first.value().map(String::as_str), Some("Hello Amazing World"), "an edit is lost");

    // Without any transformation, each replica applies its own edit and then the other's as it is.
    let raw = |order: [usize; 2]| {
        order.iter().fold(BASE.to_owned(), |text, at| {
            let (place, word) = EDITS[*at];
            Operation::insertion(text.len() as u64, place, word).expect("in range").apply(&text).expect("fits")
        })
    };
    assert_eq!((&*raw([0, 1]), &*raw([1, 0])), ("Hello Amazing Beautiful World", "Hello Beautiful Amazing World"));

    // Through a server.
    let mut server = Server::new(BASE);
    let mut editors = [Editor::new(0, BASE), Editor::new(1, BASE)];
    let sent: Vec<_> =
        editors.iter_mut().zip(EDITS).map(|(editor, (at, word))| editor.insert(at, word).expect("in range")).collect();
    let accepted: Vec<_> = sent.into_iter().flatten().map(|sent| server.receive(sent).expect("it fits")).collect();
    assert_eq!(accepted[1].operation, Operation::insertion(21, 16, "Amazing ").expect("in range"), "6 becomes 16");
    for editor in &mut editors {
        accepted.iter().for_each(|accepted| drop(editor.receive(accepted).expect("it fits")));
        assert_eq!(editor.text(), "Hello Beautiful Amazing World");
    }
    assert_eq!(server.text().len(), 29);

    // Without a server.
    let mut base = Sequence::default();
    typed(&mut base, 9, 0, BASE);
    let mut sites = [base.clone(), base];
    for (site, (at, word)) in (0..).zip(EDITS) {
        typed(&mut sites[site as usize], site, at as usize, word);
    }
    let [a, b] = &mut sites;
    a.merge(b);
    b.merge(a);
    assert_eq!((a.text().as_str(), &*a), ("Hello Beautiful Amazing World", &*b));
}

/// What a person does in a round: place and text.
type Round = [(u64, String); 3];

fn trace(seed: u64) -> Vec<Round> {
    let mut rng = Rng::new(seed);
    let mut length = 0;
    let mut rounds = Vec::new();
    for _ in 0..40 {
        let round: Round = core::array::from_fn(|_| {
            let at = if rng.chance(0.4) { length / 2 } else { rng.below(length + 1) };
            (at, (0..=rng.below(4)).map(|_| char::from(b'a' + rng.below(26) as u8)).collect())
        });
        length += round.iter().map(|(_, text)| text.len() as u64).sum::<u64>();
        rounds.push(round);
    }
    rounds
}

/// The text after each round, by operational transformation.
fn transformed(rounds: &[Round]) -> Vec<String> {
    let mut server = Server::new("");
    let mut editors: Vec<Editor> = (0..3).map(|id| Editor::new(id, "")).collect();
    let after = |round: &Round| {
        let sent =
            editors.iter_mut().zip(round).filter_map(|(editor, (at, run))| editor.insert(*at, run).expect("in range"));
        let accepted: Vec<_> = sent.map(|sent| server.receive(sent).expect("it fits")).collect();
        for editor in &mut editors {
            accepted.iter().for_each(|accepted| drop(editor.receive(accepted).expect("it fits")));
            assert_eq!(editor.text(), server.text());
        }
        server.text().to_owned()
    };
    rounds.iter().map(after).collect()
}

/// The same, by our sequence.
fn merged(rounds: &[Round]) -> Vec<String> {
    let mut sites = vec![Sequence::<char>::default(); 3];
    let after = |round: &Round| {
        for (site, (at, run)) in (0..).zip(round) {
            typed(&mut sites[site as usize], site, *at as usize, run);
        }
        let mut all = Sequence::default();
        sites.iter().for_each(|site| all.merge(site));
        sites.fill(all.clone());
        all.text()
    };
    rounds.iter().map(after).collect()
}

/// The same, by the `yrs` crate.
fn by_yrs(rounds: &[Round]) -> Vec<String> {
    let docs: Vec<Doc> = (0..3).map(Doc::with_client_id).collect();
    let texts: Vec<_> = docs.iter().map(|doc| doc.get_or_insert_text("text")).collect();
    let after = |round: &Round| {
        for ((doc, text), (at, run)) in docs.iter().zip(&texts).zip(round) {
            text.insert(&mut doc.transact_mut(), *at as u32, run);
        }
        let updates: Vec<Vec<u8>> =
            docs.iter().map(|doc| doc.transact().encode_state_as_update_v1(&StateVector::default())).collect();
        for doc in &docs {
            for update in &updates {
                doc.transact_mut().apply_update(Update::decode_v1(update).expect("an update")).expect("it applies");
            }
        }
        texts[0].get_string(&docs[0].transact())
    };
    rounds.iter().map(after).collect()
}

/// Oracle: `yrs`. Three people, 40 rounds of a run each, often at one place; the server takes them in the order of their ids.
#[test]
fn transformation_the_sequence_and_yrs_give_one_text_for_insertions() {
    for seed in 0..12 {
        let rounds = trace(seed);
        let expected = by_yrs(&rounds);
        assert_eq!(transformed(&rounds), expected, "seed {seed}");
        assert_eq!(merged(&rounds), expected, "seed {seed}");
    }
}
