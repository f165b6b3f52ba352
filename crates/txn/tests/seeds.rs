//! Two-phase commit, sagas and the outbox on a network that loses, doubles, delays and cuts, with members that crash at every
//! kind of write. Faults stop at some moment; what must be true in the end is judged after that.

#![cfg(not(target_arch = "wasm32"))] // catches the panics of broken promises, which WASM cannot

use base::{Rng, Span};
use machine::{Machine, Peer};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use stories::{Net, Wire, for_seeds};
use txn::saga::{Failing, choreographed, orchestrated};
use txn::{outbox, two_phase};

fn ms(n: u64) -> Span {
    Span::from_millis(n)
}

/// Asks, crashes, cuts and heals for two seconds, then lets everybody live for as long as `calm`.
fn trouble<M: Machine>(net: &mut Net<M>, rng: &mut Rng, calm: Span, mut ask: impl FnMut(&mut Net<M>, &mut Rng)) {
    let n = net.members.len() as u64;
    net.start();
    for _ in 0..60 {
        ask(net, rng);
        let at = rng.below(n) as usize;
        match rng.below(10) {
            0 => net.crash(at),
            1 if net.up[at] => {
                net.doomed.insert(at, 1 + rng.below(3));
            }
            2 => net.isolate(at as u16),
            3 => net.cut.clear(),
            _ => net.restart(at),
        }
        net.run(ms(1 + rng.below(60)));
    }
    net.wire = Wire::constant(ms(1));
    net.cut.clear();
    net.doomed.clear();
    (0..net.members.len()).for_each(|at| net.restart(at));
    net.run(calm);
}

/// How many of the seeds break a promise.
fn broken(seeds: u64, run: impl Fn(u64)) -> u64 {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let count = (0..seeds).filter(|seed| catch_unwind(AssertUnwindSafe(|| run(*seed))).is_err()).count() as u64;
    std::panic::set_hook(hook);
    count
}

fn commit_run(seed: u64, rule: two_phase::Rule) -> (u64, u64, u64) {
    use two_phase::{Change, Config, Note, Outcome, Reply, Request, Site, TransactionId};
    let mut rng = Rng::stream(seed, &[7]);
    let members = 3 + rng.below(3) as u16;
    let cooperative = rng.chance(0.5);
    let config = Config { members, rule, cooperative, ..Config::default() };
    let sites: Vec<Site> = (0..members).map(|me| Site::new(Peer(me), config).unwrap()).collect();
    let mut net = Net::new(sites, Wire::hostile(), seed);
    let mut token = 0;
    trouble(&mut net, &mut rng, Span::from_secs(5), |net, rng| {
        token += 1;
        let at = rng.below(members.into()) as u16;
        let others = (0..members).filter(|other| *other != at).map(Peer);
        let key = rng.below(6);
        let changes = others.take(2 + rng.below(2) as usize).map(|at| Change { at, key, value: token }).collect();
        net.ask(at.into(), token, Request::Commit { changes });
    });
    let mut ends: BTreeMap<TransactionId, BTreeSet<Outcome>> = BTreeMap::new();
    for site in &net.members {
        site.image().outcomes().for_each(|(id, end)| {
            ends.entry(id).or_default().insert(end);
        });
        assert_eq!(site.locked(), 0, "locks left after the faults stopped");
        assert_eq!(site.image().prepared().count(), 0);
        assert_eq!(site.image().unconfirmed().count(), 0);
    }
    let mut told = BTreeMap::new();
    for (_, _, token, reply) in &net.replies {
        assert!(told.insert(token, reply).is_none(), "request {token} was answered twice");
        if let Reply::Decided { id, outcome } = reply {
            ends.entry(*id).or_default().insert(*outcome);
        }
    }
    for (id, ends) in &ends {
        assert_eq!(ends.len(), 1, "{id:?} ended as {ends:?}");
    }
    let count = |outcome| ends.values().filter(|ends| ends.contains(&outcome)).count() as u64;
    let doubts = net.notes.iter().filter(|(_, _, note)| matches!(note, Note::Doubted(_))).count() as u64;
    (count(Outcome::Committed), count(Outcome::Aborted), doubts)
}

#[test]
fn two_phase_commit_ends_equally_everywhere_and_leaves_no_locks() {
    let mut sums = (0, 0, 0);
    for_seeds(300, |seed| {
        let (committed, aborted, doubts) = commit_run(seed, two_phase::Rule::Sound);
        sums = (sums.0 + committed, sums.1 + aborted, sums.2 + doubts);
    });
    assert!(sums.0 > 300 && sums.1 > 300 && sums.2 > 30, "committed, aborted, in doubt: {sums:?}");
}

#[test]
fn the_mistakes_of_two_phase_commit_show_on_the_network_too() {
    use two_phase::Rule;
    for rule in [Rule::AbortInDoubt, Rule::PresumeCommit] {
        let count = broken(60, |seed| {
            commit_run(seed, rule);
        });
        assert!(count > 0, "{rule:?} broke {count} of 60 runs");
    }
}

fn orchestrated_run(seed: u64, rule: orchestrated::Rule, undo_failures: u32) -> [u64; 3] {
    use orchestrated::{Begin, Config, Member, Phase};
    let mut rng = Rng::stream(seed, &[7]);
    let config = Config { rule, ..Config::default() };
    let failing = |me: u16| Failing { refuses_every: [0, 0, 5, 3, 4][usize::from(me)], undo_failures };
    let members = (0..=config.steps).map(|me| Member::new(Peer(me), config, failing(me)).unwrap()).collect();
    let mut net: Net<Member> = Net::new(members, Wire::hostile(), seed);
    let mut saga = 0;
    let mut begun = BTreeSet::new();
    trouble(&mut net, &mut rng, Span::from_secs(60), |net, _| {
        saga += 1;
        if net.up[0] {
            begun.insert(saga);
        }
        net.ask(0, saga, Begin { saga });
    });
    let mut ends = [0; 3];
    for saga in begun {
        let phase = net.members[0].image().phases().get(&saga).copied();
        let effects: Vec<i64> = net.members[1..].iter().map(|service| service.image().ledger().effect(saga)).collect();
        match phase {
            Some(Phase::Completed) => assert!(effects.iter().all(|effect| *effect == 1), "{saga}: {effects:?}"),
            Some(Phase::Compensated) => assert!(effects.iter().all(|effect| *effect == 0), "{saga}: {effects:?}"),
            Some(Phase::Parked(step)) => {
                let (before, after) = effects.split_at(step.into());
                assert!(before.iter().all(|effect| *effect == 1 || *effect == 0), "{saga}: {effects:?}");
                assert!(after.iter().all(|effect| *effect == 0), "{saga}: {effects:?}");
            }
            _ => panic!("{saga} is still {phase:?}, its effects are {effects:?}"),
        }
        ends[match phase {
            Some(Phase::Completed) => 0,
            Some(Phase::Compensated) => 1,
            _ => 2,
        }] += 1;
    }
    ends
}

#[test]
fn an_orchestrated_saga_is_done_or_undone_or_parked() {
    let mut sums = [0; 3];
    for_seeds(100, |seed| {
        let undo_failures = [0, 2, u32::MAX][(seed % 3) as usize];
        let ends = orchestrated_run(seed, orchestrated::Rule::Sound, undo_failures);
        sums = [0, 1, 2].map(|end| sums[end] + ends[end]);
        assert!(ends[2] == 0 || undo_failures == u32::MAX, "parked although undoing works: {ends:?}");
    });
    assert!(sums.iter().all(|sum| *sum > 100), "completed, compensated, parked: {sums:?}");
}

#[test]
fn every_mistake_of_an_orchestrated_saga_is_caught() {
    use orchestrated::Rule;
    for rule in [Rule::ForgetProgress, Rule::SkipTheSilent, Rule::DropFailedUndos, Rule::ActTwice] {
        let count = broken(20, |seed| {
            orchestrated_run(seed, rule, 2);
        });
        assert!(count > 0, "{rule:?} broke {count} of 20 runs");
    }
}

fn choreographed_run(seed: u64, rule: choreographed::Rule) -> [u64; 2] {
    use choreographed::{Config, End, Service};
    let mut rng = Rng::stream(seed, &[7]);
    let config = Config { steps: 4, retry_after: ms(100), rule };
    let failing = |me: u16| Failing { refuses_every: [0, 5, 3, 4][usize::from(me)], undo_failures: 2 };
    let members = (0..4).map(|me| Service::new(Peer(me), config, failing(me)).unwrap()).collect();
    let mut net: Net<Service> = Net::new(members, Wire::hostile(), seed);
    let mut saga = 0;
    let mut begun = BTreeSet::new();
    trouble(&mut net, &mut rng, Span::from_secs(20), |net, _| {
        saga += 1;
        if net.up[0] {
            begun.insert(saga);
        }
        net.ask(0, saga, saga);
    });
    let ends: BTreeSet<End2> = net.notes.iter().map(|(_, _, end)| end2(*end)).collect();
    let mut sums = [0; 2];
    for saga in begun {
        let effects: Vec<i64> = net.members.iter().map(|service| service.image().ledger().effect(saga)).collect();
        let is_done = effects.iter().all(|effect| *effect == 1);
        let is_undone = effects.iter().all(|effect| *effect == 0);
        assert!(is_done || is_undone, "{saga}: {effects:?}");
        assert_eq!((ends.contains(&(saga, true)), ends.contains(&(saga, false))), (is_done, is_undone), "{saga}");
        sums[usize::from(is_undone)] += 1;
    }
    fn end2(end: End) -> End2 {
        match end {
            End::Completed(saga) => (saga, true),
            End::Compensated(saga) => (saga, false),
        }
    }
    sums
}
type End2 = (u64, bool);

#[test]
fn a_choreographed_saga_is_done_or_undone() {
    let mut sums = [0; 2];
    for_seeds(100, |seed| {
        let ends = choreographed_run(seed, choreographed::Rule::Sound);
        sums = [0, 1].map(|end| sums[end] + ends[end]);
    });
    assert!(sums.iter().all(|sum| *sum > 100), "completed, compensated: {sums:?}");
}

#[test]
fn every_mistake_of_a_choreographed_saga_is_caught() {
    use choreographed::Rule;
    for rule in [Rule::TellWithoutOutbox, Rule::ForgetFailedUndos] {
        let count = broken(20, |seed| {
            choreographed_run(seed, rule);
        });
        assert!(count > 0, "{rule:?} broke {count} of 20 runs");
    }
}

fn outbox_run(seed: u64, rule: outbox::Rule) -> u64 {
    use outbox::{Member, Place};
    let mut rng = Rng::stream(seed, &[7]);
    let members = [Place::Producer, Place::Consumer].map(|place| Member::new(place, rule, ms(50))).into();
    let mut net: Net<Member> = Net::new(members, Wire::hostile(), seed);
    let mut token = 0;
    trouble(&mut net, &mut rng, Span::from_secs(10), |net, rng| {
        token += 1;
        net.ask(0, token, (rng.below(4), 1 + rng.below(9)));
    });
    let [producer, consumer] = [0, 1].map(|at| net.members[at].image());
    assert_eq!(producer.totals(), consumer.totals());
    assert_eq!((producer.last(), producer.waiting()), (consumer.last(), 0));
    producer.last()
}

#[test]
fn every_row_of_the_outbox_counts_exactly_once() {
    let mut rows = 0;
    for_seeds(200, |seed| rows += outbox_run(seed, outbox::Rule::Sound));
    assert!(rows > 5_000, "{rows}");
}

#[test]
fn every_mistake_with_an_outbox_is_caught() {
    use outbox::Rule;
    for rule in [Rule::DualWrite, Rule::ForgetWhenSent, Rule::NoInbox] {
        let count = broken(20, |seed| {
            outbox_run(seed, rule);
        });
        assert!(count > 10, "{rule:?} broke {count} of 20 runs");
    }
}
