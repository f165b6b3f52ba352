//! Locks, leaders and the registry on a network that loses, doubles and delays, with members that crash and holders that pause.

use base::{Rng, Span, Time};
use machine::Peer;
use std::collections::BTreeMap;
use stories::{Net, Wire, for_seeds};

fn ms(n: u64) -> Span {
    Span::from_millis(n)
}

mod lock {
    use super::*;
    use lease::lock::{Config, Member, Note, Reply, Request, Rule};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// What a run did wrong, by kind, and how many writes were done and refused.
    #[derive(Debug, Default)]
    struct Tally {
        stale: u64,
        doubled_tokens: u64,
        overlaps: u64,
        done: u64,
        fenced: u64,
        timed_out: u64,
    }

    fn group(config: Config, clients: u16, wire: Wire, seed: u64) -> Net<Member> {
        Net::new((0..2 + clients).map(|me| Member::new(Peer(me), config).unwrap()).collect(), wire, seed)
    }

    fn tally(net: &Net<Member>, sums: &mut Tally) {
        let (mut inside, mut tokens) = (BTreeMap::new(), BTreeMap::new());
        for (_, at, note) in &net.notes {
            match *note {
                Note::Entered { token } => {
                    sums.overlaps += u64::from(!inside.is_empty());
                    inside.insert(*at, token);
                    sums.doubled_tokens += u64::from(tokens.insert(token, *at).is_some());
                }
                Note::Left { .. } => drop(inside.remove(at)),
                Note::Applied { token, largest } => sums.stale += u64::from(token < largest),
            }
        }
        for (_, _, _, reply) in &net.replies {
            match reply {
                Reply::Written { .. } => sums.done += 1,
                Reply::Fenced { .. } => sums.fenced += 1,
                Reply::TimedOut => sums.timed_out += 1,
                Reply::Busy => {}
            }
        }
    }

    /// Three clients at work for ten seconds, ttl 300 ms, one in `pause_every` works for 900 ms, crashes of the store and of clients.
    fn run(rule: Rule, seeds: u64, pause_every: u64, crashes: bool) -> Tally {
        let mut sums = Tally::default();
        for_seeds(seeds, |seed| {
            let mut rng = Rng::stream(seed, &[7]);
            let config = Config { ttl: ms(300), poll: ms(20), patience: ms(1_000), rule };
            let mut net = group(config, 3, Wire::hostile(), seed);
            net.start();
            for token in 0..200 {
                let lasts = if rng.below(pause_every) == 0 { ms(900) } else { ms(1 + rng.below(100)) };
                let at = rng.below(5) as usize;
                net.ask(2 + (token % 3) as usize, token, Request::Work { lasts });
                if crashes && rng.chance(0.05) {
                    net.crash(at);
                }
                net.run(ms(rng.below(100)));
                net.restart(at);
            }
            tally(&net, &mut sums);
        });
        sums
    }

    #[test]
    fn a_resource_that_checks_tokens_never_goes_back() {
        let sums = run(Rule::Sound, 60, 5, true);
        assert_eq!((sums.stale, sums.doubled_tokens), (0, 0), "{sums:?}");
        assert!(sums.done > 500 && sums.fenced > 50 && sums.overlaps > 50, "pauses happened: {sums:?}");
    }

    #[test]
    fn every_mistake_with_a_lock_is_caught() {
        for rule in [Rule::NoFencing, Rule::EnterAnyway, Rule::ReleaseAnyones] {
            let sums = run(rule, 20, 5, false);
            assert!(sums.stale > 0, "{rule:?}: {sums:?}");
        }
        let sums = run(Rule::LoseAtFailover, 20, 5, true);
        assert!(sums.doubled_tokens > 0, "{sums:?}");
    }

    /// The listing's own numbers: ttl 5 s, a holder that pauses for 8.
    #[test]
    fn a_pause_past_the_ttl_gives_two_holders_and_only_the_token_helps() {
        for (rule, stale, last) in [(Rule::NoFencing, 1, false), (Rule::Sound, 0, true)] {
            let config = Config { ttl: Span::from_secs(5), rule, ..Config::default() };
            let mut net = group(config, 2, Wire::constant(ms(1)), 1);
            net.start();
            net.ask(2, 1, Request::Work { lasts: Span::from_secs(8) });
            net.run(ms(10));
            net.ask(3, 2, Request::Work { lasts: ms(10) });
            net.run(Span::from_secs(20));
            let mut sums = Tally::default();
            tally(&net, &mut sums);
            let mut entered =
                net.notes.iter().filter(|(_, _, note)| matches!(note, Note::Entered { .. })).map(|(at, ..)| *at);
            let waited = entered.next_back().unwrap().since(Time::ZERO);
            assert!(
                waited >= ms(5_000) && waited <= ms(5_110),
                "the second entered after {waited}: the ttl and a poll"
            );
            assert_eq!((sums.overlaps, sums.stale), (1, stale), "{rule:?}: {sums:?}");
            assert_eq!(matches!(net.replies.last().unwrap().3, Reply::Fenced { token: 1 }), last, "{rule:?}");
        }
    }

    /// A crash of the holder blocks the others for a ttl; a waiter whose time is over goes away, or, as listed, goes in.
    #[test]
    fn a_dead_holder_blocks_for_a_ttl_and_a_waiter_for_its_patience() {
        for (rule, timed_out, overlaps) in [(Rule::Sound, 1, 0), (Rule::EnterAnyway, 0, 1)] {
            let config = Config { ttl: Span::from_secs(60), rule, ..Config::default() };
            let mut net = group(config, 2, Wire::constant(ms(1)), 1);
            net.start();
            net.ask(2, 1, Request::Work { lasts: Span::from_secs(50) });
            net.run(ms(10));
            let sent = net.sent_by[3];
            net.ask(3, 2, Request::Work { lasts: ms(10) });
            net.run(Span::from_secs(31));
            let mut sums = Tally::default();
            tally(&net, &mut sums);
            assert_eq!((sums.timed_out, sums.overlaps), (timed_out, overlaps), "{rule:?} after 30 s: {sums:?}");
            let asked = net.sent_by[3] - sent;
            assert!((299..=304).contains(&asked), "a waiter asks ten times a second: {asked} in 30 s");
        }
    }
}

mod leader {
    use super::*;
    use lease::leader::{Clock, Config, Rule, Voter};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Moments with two leaders, and moments with one, of five members whose clocks are wrong by what is allowed.
    fn run(rule: Rule, seeds: u64, wire: Wire, crashes: bool) -> (u64, u64) {
        let (mut two, mut one) = (0, 0);
        for_seeds(seeds, |seed| {
            let mut rng = Rng::stream(seed, &[7]);
            let config = Config { members: 5, ttl: ms(200), drift_ppm_max: 100_000, rule };
            let clock = |rng: &mut Rng| Clock {
                ahead: ms(rng.below(10_000)),
                drift_ppm: if rng.chance(0.5) { 100_000 } else { -100_000 },
            };
            let members = (0..5).map(|me| Voter::new(Peer(me), config, clock(&mut rng)).unwrap()).collect();
            let mut net: Net<Voter> = Net::new(members, wire, seed);
            net.start();
            for _ in 0..8_000 {
                net.run(ms(1));
                let leads = |me: usize| net.up[me] && net.members[me].leads(net.now);
                let leaders = (0..5).filter(|me| leads(*me)).count();
                two += u64::from(leaders > 1);
                one += u64::from(leaders == 1);
                if rng.chance(0.01) {
                    let at = rng.below(5) as usize;
                    match rng.below(4) {
                        0 => net.isolate(at as u16),
                        1 if crashes => net.crash(at),
                        // A short power cut for a majority.
                        2 if crashes => (0..3).for_each(|at| {
                            net.crash(at);
                            net.restart(at);
                        }),
                        _ => net.cut.clear(),
                    }
                    net.restart(rng.below(5) as usize);
                }
            }
        });
        (two, one)
    }

    #[test]
    fn two_never_believe_that_they_lead_while_clocks_drift_within_the_bound() {
        for latency_max in [2, 10, 80] {
            let wire = Wire { latency_max: ms(latency_max), ..Wire::hostile() };
            let (two, one) = run(Rule::Sound, 15, wire, true);
            assert!(two == 0 && one > 10_000, "{two} ms with two leaders, {one} with one, of 120,000");
        }
    }

    #[test]
    fn every_mistake_with_a_leader_lease_is_caught() {
        for rule in [Rule::CountFromTheAnswer, Rule::IgnoreDrift, Rule::AbsoluteTime, Rule::ForgetPromises] {
            // Drift shows in the margin that a short way leaves; the others show in a long way.
            let latency_max = if rule == Rule::IgnoreDrift { ms(2) } else { ms(80) };
            let (two, one) = run(rule, 200, Wire { latency_max, ..Wire::hostile() }, true);
            assert!(two > 0, "{rule:?}: {two} ms with two leaders, {one} with one");
        }
    }

    /// Oracle: the inequality. Belief on the slowest clock must not outlast the promise on the fastest.
    #[test]
    fn belief_ends_before_the_promise_does_for_every_pair_of_clocks() {
        for drift_ppm_max in [0, 1, 200, 100_000, 500_000] {
            for ttl in [ms(1), Span(1_000_003), Span::from_secs(3_600)] {
                let config = Config { members: 3, ttl, drift_ppm_max, rule: Rule::Sound };
                let clock = |drift_ppm| Clock { ahead: Span::ZERO, drift_ppm };
                let bound = drift_ppm_max as i32;
                // A clock that shows less than the belief after this long would still believe.
                let slow_ends = clock(-bound).takes(config.belief());
                let fast_ends = clock(bound).takes(ttl);
                assert!(slow_ends <= fast_ends, "{drift_ppm_max} ppm, {ttl}: {slow_ends:?} and {fast_ends:?}");
            }
        }
    }
}

mod registry {
    use super::*;
    use lease::registry::{Config, Member, Request, Rule};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Clients 1 to 4 watch key 100; clients 1 and 2 register. Gives (went back, last version missed, dead still registered).
    fn run(rule: Rule, seeds: u64) -> [u64; 3] {
        let mut wrong = [0; 3];
        for_seeds(seeds, |seed| {
            let mut rng = Rng::stream(seed, &[7]);
            let config = Config { beat: ms(50), session_timeout: ms(200), rule };
            let members = (0..5).map(|me| Member::new(Peer(me), config, 100)).collect();
            let mut net: Net<Member> = Net::new(members, Wire::hostile(), seed);
            net.start();
            net.ask(1, 1, Request::Register { value: 11 });
            net.ask(2, 2, Request::Register { value: 22 });
            let mut seen = [0; 5];
            for token in 10..110 {
                net.ask(0, token, Request::Set { key: 100, value: token });
                if rng.chance(0.05) {
                    net.crash(0);
                }
                for _ in 0..rng.below(30) {
                    net.run(ms(1));
                    for (seen, member) in seen.iter_mut().zip(&net.members) {
                        let (version, _) = member.seen();
                        wrong[0] += u64::from(version < *seen);
                        *seen = version;
                    }
                }
                net.restart(0);
            }
            net.run(ms(200));
            let alive = net.members[0].registry().node(1).and_then(|node| node.value);
            assert_eq!(alive, Some(11), "a live one is registered");
            net.crash(1);
            // A lost beat more at the other client does not end its session: four fit into a time-out.
            net.run(ms(251));
            wrong[2] += u64::from(net.members[0].registry().node(1).and_then(|node| node.value).is_some());
            let last = net.members[0].registry().node(100).map(|node| node.version).unwrap();
            net.run(ms(500));
            wrong[1] += (2..5).filter(|me| net.members[*me].seen().0 != last).count() as u64;
        });
        wrong
    }

    #[test]
    fn watchers_never_go_back_and_end_at_the_last_version_and_the_dead_disappear() {
        assert_eq!(run(Rule::Sound, 60), [0, 0, 0], "went back, missed the last, dead still there");
    }

    #[test]
    fn every_mistake_of_a_registry_is_caught() {
        for (rule, kind) in [(Rule::IgnoreVersions, 0), (Rule::TellOnce, 1), (Rule::ImmortalSessions, 2)] {
            let wrong = run(rule, 30);
            assert!(wrong[kind] > 0, "{rule:?}: {wrong:?}");
        }
    }
}
