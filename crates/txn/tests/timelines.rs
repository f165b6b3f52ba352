//! Worked timelines of the study notes, with the figures as measured.

use base::{Span, Time};
use machine::Peer;
use stories::{Net, Wire};
use txn::saga::Failing;
use txn::saga::orchestrated::{Begin, Config as SagaConfig, Member, Phase};
use txn::two_phase::{Change, Config, Note, Request, Site};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn ms(n: u64) -> Span {
    Span::from_millis(n)
}

fn group(cooperative: bool, latency: Span) -> Net<Site> {
    let config = Config { cooperative, ..Config::default() };
    let mut net = Net::new((0..3).map(|me| Site::new(Peer(me), config).unwrap()).collect(), Wire::constant(latency), 1);
    net.start();
    net
}

fn ask(net: &mut Net<Site>) {
    let changes = [1, 2].map(|at| Change { at: Peer(at), key: 1, value: 9 }).into();
    net.ask(0, 1, Request::Commit { changes });
}

/// The moments of a kind of note.
fn moments(net: &Net<Site>, is_it: impl Fn(&Note) -> bool) -> Vec<(u16, Time)> {
    net.notes.iter().filter(|(_, _, note)| is_it(note)).map(|(at, by, _)| (by.0, *at)).collect()
}

/// "Two round trips, locks held during them": with 10 ms one way, locks are held for 20 ms and the client waits for 20.
#[test]
fn two_phases_hold_their_locks_for_a_round_trip() {
    let mut net = group(true, ms(10));
    ask(&mut net);
    net.run(Span::from_secs(1));
    let locked = moments(&net, |note| matches!(note, Note::Prepared(_)));
    let unlocked = moments(&net, |note| matches!(note, Note::Finished(..)));
    let held: Vec<Span> = locked.iter().zip(&unlocked).map(|((_, from), (_, to))| to.since(*from)).collect();
    assert_eq!(held, [ms(20), ms(20)], "held from vote to outcome");
    assert_eq!((net.sent, net.writes.len()), (8, 6), "messages and durable writes");
    assert_eq!(net.replies[0].0, Time::ZERO + ms(20), "decided after one round trip; the second is the participants'");
}

/// "A crash of the coordinator blocks": before it asks nothing is held; after the votes locks are held until it is back; after a
/// partial commit they are too, unless the participants ask each other.
#[test]
fn where_the_coordinator_dies_decides_who_waits() {
    let held = |net: &Net<Site>| net.members[1..].iter().map(Site::locked).sum::<u64>();
    // After the votes, before the decision: the coordinator dies at 15 ms, with both yeses on the wire.
    for cooperative in [false, true] {
        let mut net = group(cooperative, ms(10));
        ask(&mut net);
        net.run(ms(15));
        net.crash(0);
        net.run(Span::from_secs(30));
        assert_eq!(held(&net), 2, "30 s later, cooperative {cooperative}");
        net.restart(0);
        net.run(ms(500));
        assert_eq!(held(&net), 0, "it comes back, knows of nothing, and so it is aborted");
        assert_eq!(net.members[1].image().value(1), None);
    }
    // After a partial commit: participant 1 hears, participant 2 is cut off from the coordinator.
    for (cooperative, left) in [(false, 1), (true, 0)] {
        let mut net = group(cooperative, ms(10));
        ask(&mut net);
        net.run(ms(15));
        net.cut.insert((0, 2));
        net.run(ms(16));
        net.crash(0);
        net.run(Span::from_secs(30));
        assert_eq!(held(&net), left, "30 s later, cooperative {cooperative}");
        net.restart(0);
        net.cut.clear();
        net.run(ms(500));
        assert_eq!((held(&net), net.members[2].image().value(1)), (0, Some(9)), "the decision was on disk");
    }
    // Before it asks: nothing has happened.
    let mut net = group(true, ms(10));
    net.crash(0);
    ask(&mut net);
    net.run(Span::from_secs(30));
    assert_eq!((held(&net), net.sent), (0, 0));
}

/// Order, payment, stock, shipment; which step refuses decides what is undone, in reverse.
#[test]
fn a_saga_undoes_in_reverse_what_was_done() {
    let names = ["", "order", "payment", "stock", "shipment"];
    let story = |refusing: u16| {
        let config = SagaConfig::default();
        let failing = |me: u16| Failing { refuses_every: u64::from(me == refusing), undo_failures: 0 };
        let members = (0..5).map(|me| Member::new(Peer(me), config, failing(me)).unwrap()).collect();
        let mut net: Net<Member> = Net::new(members, Wire::constant(ms(10)), 1);
        net.start();
        net.ask(0, 1, Begin { saga: 123 });
        net.run(Span::from_secs(5));
        let undone = net.notes.iter().filter_map(|(_, _, (_, phase))| match phase {
            Phase::Undoing(step) => Some(names[usize::from(*step)]),
            _ => None,
        });
        let took = net.replies[0].0.since(Time::ZERO);
        (net.replies[0].3, undone.collect::<Vec<_>>().join(", "), took)
    };
    assert_eq!(story(0), (Phase::Completed, String::new(), ms(80)));
    assert_eq!(story(1), (Phase::Compensated, String::new(), ms(20)));
    assert_eq!(story(2), (Phase::Compensated, "order".into(), ms(60)));
    assert_eq!(story(3), (Phase::Compensated, "payment, order".into(), ms(100)));
    assert_eq!(story(4), (Phase::Compensated, "stock, payment, order".into(), ms(140)));
}
