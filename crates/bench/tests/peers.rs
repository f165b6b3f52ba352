//! Both sides of every comparison do the same work: each is the other's oracle.

#![cfg(not(target_arch = "wasm32"))]

use bench::peers::{Measure, PEERS, Peer, Side};

/// Operations beyond those that fill what is to be filled, if the comparison has so many.
const OPERATIONS: u64 = 400_000;

#[test]
fn both_sides_of_every_comparison_agree() {
    for peer in PEERS {
        let inputs = peer.inputs(peer.operations.min(peer.keys + OPERATIONS));
        let [ours, theirs] = [Side::Ours, Side::Theirs].map(|side| peer.build(side, &inputs)()());
        assert!(theirs.value > 0, "{}: the other side did nothing", peer.name);
        assert!(peer.agrees(ours, theirs), "{}: ours {ours:?}, theirs {theirs:?}", peer.name);
        // A count is the same on every machine, so its bar can be held here.
        if peer.measure == Measure::Steps {
            let ratio = theirs.steps as f64 / ours.steps as f64;
            assert!(ratio >= peer.bar, "{}: {ratio:.1} times fewer steps", peer.name);
        }
    }
}

#[test]
fn names_are_found_and_differ() {
    for peer in PEERS {
        let found = Peer::named(peer.name).map(|found| (found.ours, found.theirs));
        assert_eq!(found, Some((peer.ours, peer.theirs)));
    }
    assert!(Peer::named("nobody").is_none());
}
