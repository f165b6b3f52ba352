//! Sequences: order, runs, and an independent implementation.

use base::Rng;
use crdt::{Crdt, Sequence};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use yrs::updates::decoder::Decode;
use yrs::{Doc, GetString, ReadTxn, StateVector, Text, Transact, Update};

fn typed(text: &mut Sequence<char>, replica: u32, at: usize, run: &str) {
    for (offset, character) in run.chars().enumerate() {
        text.insert(replica, at + offset, character).expect("in range");
    }
}

/// Every replica takes over everything.
fn synced(replicas: &[Sequence<char>]) -> Sequence<char> {
    let mut all = Sequence::default();
    replicas.iter().for_each(|replica| all.merge(replica));
    all
}

#[test]
fn runs_typed_at_one_place_do_not_interleave_forward_or_backward() {
    let mut base = Sequence::default();
    typed(&mut base, 9, 0, "[]");
    for is_backward in [false, true] {
        let mut sites = vec![base.clone(); 3];
        for (site, character) in (0..).zip(['a', 'b', 'c']) {
            for offset in 0..4 {
                let at = if is_backward { 1 } else { 1 + offset };
                sites[site as usize].insert(site, at, character).expect("in range");
            }
        }
        assert_eq!(synced(&sites).text(), "[aaaabbbbcccc]", "backward: {is_backward}");
    }
}

/// Oracle: a plain list, for one replica alone.
#[test]
fn alone_it_is_a_list() {
    let (mut sequence, mut list, mut rng) = (Sequence::default(), Vec::new(), Rng::new(3));
    for step in 0..3_000_u64 {
        let at = rng.below(list.len() as u64 + 1) as usize;
        if rng.chance(0.35) && at < list.len() {
            sequence.remove(at).expect("in range");
            list.remove(at);
        } else {
            sequence.insert(0, at, step).expect("in range");
            list.insert(at, step);
        }
        assert_eq!(sequence.len(), list.len());
    }
    assert!(sequence.values().eq(&list));
    assert!(sequence.tombstones() > 500 && !sequence.is_empty());
}

/// Three editors of one text, who hear of each other's deltas late, in any order, and more than once.
#[test]
fn ten_thousand_random_operations_of_three_editors_converge() {
    let mut rng = Rng::new(11);
    let mut editors = vec![Sequence::<char>::default(); 3];
    let mut inboxes: Vec<Vec<Sequence<char>>> = vec![Vec::new(); 3];
    for step in 0..10_000_u32 {
        let at = rng.below(3) as usize;
        let length = editors[at].len() as u64;
        let delta = if length > 0 && rng.chance(0.4) {
            editors[at].remove(rng.below(length) as usize)
        } else {
            let character = char::from(b'a' + (step % 26) as u8);
            editors[at].insert(at as u32, rng.below(length + 1) as usize, character)
        };
        let delta = delta.expect("in range");
        (0..3).filter(|other| *other != at).for_each(|other| inboxes[other].push(delta.clone()));
        let reader = rng.below(3) as usize;
        for _ in 0..rng.below(6).min(inboxes[reader].len() as u64) {
            let letter = rng.below(inboxes[reader].len() as u64) as usize;
            let delta =
                if rng.chance(0.1) { inboxes[reader][letter].clone() } else { inboxes[reader].swap_remove(letter) };
            editors[reader].merge(&delta);
        }
    }
    for (editor, inbox) in editors.iter_mut().zip(&inboxes) {
        inbox.iter().for_each(|delta| editor.merge(delta));
    }
    assert!(editors[0] == editors[1] && editors[1] == editors[2]);
    assert!(editors[0].len() > 1_000, "{} characters", editors[0].len());
}

struct Yrs {
    doc: Doc,
    text: yrs::TextRef,
}

impl Yrs {
    fn new(client: u64) -> Yrs {
        let doc = Doc::with_client_id(client);
        let text = doc.get_or_insert_text("text");
        Yrs { doc, text }
    }

    fn insert(&self, at: usize, run: &str) {
        self.text.insert(&mut self.doc.transact_mut(), at as u32, run);
    }

    fn hear(&self, other: &Yrs) {
        let update = other.doc.transact().encode_state_as_update_v1(&StateVector::default());
        self.doc.transact_mut().apply_update(Update::decode_v1(&update).expect("an update")).expect("it applies");
    }

    fn text(&self) -> String {
        self.text.get_string(&self.doc.transact())
    }
}

/// Oracle: the `yrs` crate (Yjs's algorithm, YATA), clients numbered alike. Everybody types a run at some place of the text that all
/// share, often the same place, then all sync; insertions only.
#[test]
fn it_agrees_with_yrs_on_insertions() {
    let mut ties = 0;
    for seed in 0..30 {
        let mut rng = Rng::new(seed);
        let mut ours = vec![Sequence::<char>::default(); 3];
        let theirs: Vec<Yrs> = (0..3).map(Yrs::new).collect();
        for round in 0..25 {
            let length = ours[0].len() as u64;
            let mut places = Vec::new();
            for site in 0..3_usize {
                let at = if rng.chance(0.4) { length / 2 } else { rng.below(length + 1) } as usize;
                let run: String = (0..=rng.below(4)).map(|_| char::from(b'a' + rng.below(26) as u8)).collect();
                typed(&mut ours[site], site as u32, at, &run);
                theirs[site].insert(at, &run);
                places.push(at);
            }
            ties += u32::from(places[0] == places[1] || places[1] == places[2]);
            let all = synced(&ours);
            ours.iter_mut().for_each(|site| site.merge(&all));
            for (site, other) in (0..3).flat_map(|site| (0..3).map(move |other| (site, other))) {
                theirs[site].hear(&theirs[other]);
            }
            assert_eq!(ours[0].text(), theirs[0].text(), "seed {seed}, round {round}");
        }
    }
    assert!(ties > 200, "{ties} rounds in which two typed at one place");
}
