//! Rumours, SWIM and anti-entropy on a network that loses, doubles, delays and cuts, with members that crash.

use base::{Rng, Span, Time};
use machine::Peer;
use stories::{Net, Wire, for_seeds};

fn ms(n: u64) -> Span {
    Span::from_millis(n)
}

mod epidemic {
    use super::*;
    use gossip::epidemic::{Config, Rule, Rumour, Style, expected_informed, expected_residue, expected_rounds};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const STYLES: [Style; 3] = [Style::Push, Style::Pull, Style::PushPull];

    fn group(style: Style, members: u16, fanout: u16, rule: Rule, seed: u64) -> Net<Rumour> {
        let config = Config { members, fanout, round: ms(10), style, rule };
        let mut net =
            Net::new((0..members).map(|me| Rumour::new(Peer(me), config)).collect(), Wire::constant(ms(1)), seed);
        net.start();
        net.ask(0, 1, 1);
        net
    }

    fn informed(net: &Net<Rumour>) -> u64 {
        net.members.iter().filter(|member| member.known() == 1).count() as u64
    }

    /// Members that know after each round, until all do.
    fn curve(style: Style, members: u16, fanout: u16, seed: u64) -> Vec<u64> {
        let mut net = group(style, members, fanout, Rule::Sound, seed);
        let mut curve = vec![1];
        while *curve.last().unwrap() < members.into() && curve.len() < 200 {
            net.run(ms(if curve.len() == 1 { 15 } else { 10 }));
            curve.push(informed(&net));
        }
        curve
    }

    /// Oracle: the closed form of the recurrences. Each round is held against what is expected from the round before; the rounds in
    /// all against the iterated recurrence.
    #[test]
    fn rumours_spread_as_the_recurrences_say_from_16_to_4096_members() {
        let mut table = String::new();
        for style in STYLES {
            for members in [16, 64, 256, 1_024, 4_096u16] {
                // Small groups vary more: 400 runs of 16 members keep the mean within 1% or so.
                let runs = (12_800 / u64::from(members)).clamp(2, 400);
                let (mut rounds, mut gained, mut expected) = (0, 0.0, 0.0);
                for seed in 0..runs {
                    let curve = curve(style, members, 1, seed);
                    rounds += curve.len() as u64 - 1;
                    for pair in curve.windows(2) {
                        gained += (pair[1] - pair[0]) as f64;
                        expected += expected_informed(style, members.into(), pair[0] as f64, 1) - pair[0] as f64;
                    }
                }
                let mean = rounds as f64 / runs as f64;
                let ideal = expected_rounds(style, members.into(), 1) as f64;
                let log2 = f64::from(members.ilog2());
                table += &format!("{style:?} {members}: {mean:.1} rounds, recurrence {ideal}, log2 n {log2}\n");
                assert!((gained / expected - 1.0).abs() < 0.05, "{table}gained {gained}, expected {expected:.1}");
                assert!((mean - ideal).abs() < 3.5, "{table}");
                assert!(mean < 2.2 * log2 + 4.0, "{table}");
            }
        }
        println!("{table}");
    }

    /// The notes: "three random members each, log n rounds": forward once and stop reaches 98, 95 and 94% of 10, 100 and 1,000
    /// (limit 94.05%), go on forwarding reaches all in 2.8, 5.7 and 8.1 rounds.
    #[test]
    fn three_contacts_once_leave_six_in_a_hundred_out_and_for_ever_reach_all() {
        assert!((1.0 - expected_residue(3) - 0.9405).abs() < 0.0001);
        for (members, reached, rounds_max) in [(10u16, 0.98, 4.0), (100, 0.95, 7.0), (1_000, 0.94, 9.5)] {
            let runs = if members == 1_000 { 5 } else { 100 };
            let (mut share, mut rounds) = (0.0, 0);
            for seed in 0..runs {
                let mut net = group(Style::Push, members, 3, Rule::ForwardOnce, seed);
                net.run(Span::from_secs(1));
                share += informed(&net) as f64 / f64::from(members) / runs as f64;
                rounds += curve(Style::Push, members, 3, seed).len() - 1;
            }
            let mean = rounds as f64 / runs as f64;
            assert!((share - reached).abs() < 0.015, "{members}: {share:.3} reached, the notes measured {reached}");
            assert!(mean < rounds_max, "{members}: {mean:.1} rounds");
        }
    }

    /// How many members do not hold the newest of five rumours, or went back, after faults have stopped.
    fn behind(rule: Rule, style: Style) -> (u64, u64) {
        let (mut behind, mut back) = (0, 0);
        for_seeds(20, |seed| {
            let mut rng = Rng::stream(seed, &[7]);
            let config = Config { members: 20, fanout: 2, round: ms(10), style, rule };
            let members = (0..20).map(|me| Rumour::new(Peer(me), config)).collect();
            let mut net: Net<Rumour> = Net::new(members, Wire::hostile(), seed);
            net.start();
            let mut seen = [0; 20];
            for step in 0..100 {
                if step % 20 == 0 {
                    net.restart(0);
                    net.ask(0, step, step / 20 + 1);
                }
                let at = rng.below(20) as usize;
                match rng.below(6) {
                    0 => net.crash(at),
                    1 => net.isolate(at as u16),
                    2 => net.cut.clear(),
                    _ => net.restart(at),
                }
                net.run(ms(5));
                for (seen, member) in seen.iter_mut().zip(&net.members) {
                    back += u64::from(member.known() < *seen);
                    *seen = member.known();
                }
            }
            net.cut.clear();
            (0..20).for_each(|at| net.restart(at));
            net.run(ms(1_000));
            behind += net.members.iter().filter(|member| member.known() != 5).count() as u64;
        });
        (behind, back)
    }

    #[test]
    fn everybody_has_the_newest_rumour_in_the_end_and_nobody_goes_back() {
        for style in STYLES {
            assert_eq!(behind(Rule::Sound, style), (0, 0), "{style:?}: behind, gone back");
        }
        let (once, _) = behind(Rule::ForwardOnce, Style::Push);
        let (_, back) = behind(Rule::TakeLast, Style::Push);
        assert!(once > 0 && back > 0, "the mistakes: {once} of 400 behind, {back} times back");
    }
}

mod swim {
    use super::*;
    use gossip::swim::{Config, Member, Note, Rule, State};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn group(config: Config, wire: Wire, seed: u64) -> Net<Member> {
        let members = (0..config.members).map(|me| Member::new(Peer(me), config)).collect();
        let mut net = Net::new(members, wire, seed);
        net.start();
        net
    }

    fn lossy() -> Wire {
        Wire { loss: 0.05, ..Wire::hostile() }
    }

    fn declared(net: &Net<Member>) -> u64 {
        net.notes.iter().filter(|(_, _, note)| matches!(note, Note::DeclaredDead(_))).count() as u64
    }

    /// Living members that a living member takes for dead, of 16 × 15 pairs in each run, after five minutes at this loss.
    fn false_deaths(rule: Rule, suspect_for: Span, runs: u64) -> u64 {
        let mut count = 0;
        for_seeds(runs, |seed| {
            let config = Config { rule, suspect_for, ..Config::default() };
            let mut net = group(config, lossy(), seed);
            net.run(Span::from_secs(300));
            count += declared(&net);
        });
        count
    }

    /// Both tolerate three seconds of silence: the heartbeat of a member that speaks each second, SWIM of one that may object. The
    /// heartbeat is quicker, and pays with 15 messages a member and second instead of 2 (see the load, below).
    #[test]
    fn swim_takes_fewer_living_for_dead_than_a_heartbeat_at_five_per_cent_loss() {
        let swim = false_deaths(Rule::Sound, Span::from_secs(3), 4);
        let heartbeat = false_deaths(Rule::Heartbeat, Span::from_secs(3), 4);
        assert!(swim < heartbeat, "of 960 pairs in 5 min: SWIM {swim}, heartbeat {heartbeat}");
        println!("false deaths of 960 pairs in 5 min at 5% loss: SWIM {swim}, heartbeat {heartbeat}");
    }

    #[test]
    fn every_part_of_swim_is_needed() {
        let sound = false_deaths(Rule::Sound, Span::from_secs(3), 2);
        for rule in [Rule::NoSuspicion, Rule::NoRefutation] {
            let count = false_deaths(rule, Span::from_secs(3), 2);
            assert!(count > sound, "{rule:?}: {count} false deaths, sound {sound}");
        }
        let suspicions = |rule| {
            let mut net = group(Config { rule, ..Config::default() }, lossy(), 1);
            net.run(Span::from_secs(300));
            net.notes.iter().filter(|(_, _, note)| matches!(note, Note::Suspected(_))).count()
        };
        let (with, without) = (suspicions(Rule::Sound), suspicions(Rule::NoIndirect));
        assert!(without > 5 * with.max(1), "suspicions with proxies {with}, without {without}");
    }

    /// Oracle: e/(e-1) periods until some member probes a dead one (SWIM §3.1; round robin is a little faster), plus the rest of the
    /// period in which it does, plus the suspicion; and everybody a few periods later.
    #[test]
    fn every_death_is_found_by_all_within_some_periods() {
        for members in [8u16, 32, 64] {
            let runs = 12;
            let (mut first_sum, mut last_sum) = (0.0, 0.0);
            for_seeds(runs, |seed| {
                let config = Config { members, ..Config::default() };
                let mut net = group(config, Wire { loss: 0.0, ..Wire::hostile() }, seed);
                net.run(Span::from_secs(5) + Span(Rng::stream(seed, &[3]).below(1_000_000_000)));
                net.crash(0);
                let crashed = net.now;
                net.run(Span::from_secs(40));
                let found: Vec<Time> = net
                    .notes
                    .iter()
                    .filter(|(_, _, note)| *note == Note::DeclaredDead(0))
                    .map(|(at, ..)| *at)
                    .collect();
                assert_eq!(found.len() as u16, members - 1, "every living one knows");
                let suspected = net.notes.iter().find(|(_, _, note)| *note == Note::Suspected(0)).unwrap().0;
                first_sum += suspected.since(crashed).as_secs_f64();
                last_sum += found.last().unwrap().since(crashed).as_secs_f64();
                assert_eq!(declared(&net), u64::from(members) - 1, "and of nobody else");
            });
            let [first, last] = [first_sum, last_sum].map(|sum| sum / runs as f64);
            // A probe begins after e/(e-1) - 1/2 periods on average at the most, and is judged a period later.
            assert!((1.0..=2.6).contains(&first), "{members}: suspected after {first:.2} periods");
            assert!(last < first + 3.0 + 6.0, "{members}: all know after {last:.2} periods");
            println!("{members} members: suspected after {first:.2} periods, dead for all after {last:.2}");
        }
    }

    #[test]
    fn a_load_that_does_not_grow_with_the_group() {
        let per_second = |rule, members: u16| {
            let mut net = group(Config { members, rule, ..Config::default() }, Wire::constant(ms(1)), 1);
            net.run(Span::from_secs(20));
            net.sent as f64 / f64::from(members) / 20.0
        };
        let [swim_small, swim_large] = [8, 64].map(|members| per_second(Rule::Sound, members));
        let [beat_small, beat_large] = [8, 64].map(|members| per_second(Rule::Heartbeat, members));
        assert!(swim_large < 2.1 && swim_small < 2.1, "SWIM {swim_small:.2} and {swim_large:.2} messages a second");
        assert!(beat_large > 60.0 && beat_small > 6.0, "heartbeat {beat_small:.2} and {beat_large:.2}");
    }

    /// A member that is cut off for less than the time to object comes back with a higher incarnation, and nobody takes it for dead.
    #[test]
    fn who_is_suspected_and_lives_objects() {
        let config = Config { suspect_for: Span::from_secs(10), ..Config::default() };
        let mut net = group(config, Wire::constant(ms(1)), 3);
        net.run(Span::from_secs(5));
        net.isolate(4);
        net.run(Span::from_secs(5));
        net.cut.clear();
        net.run(Span::from_secs(30));
        let of_four = net.notes.iter().filter(|(_, _, note)| *note == Note::DeclaredDead(4)).count();
        assert!(net.members[4].incarnation() > 0 && of_four == 0, "{of_four} took it for dead");
        assert!((0..16).filter(|me| *me != 4).all(|me| net.members[me].state_of(Peer(4)) == State::Alive));
    }
}

mod repair {
    use super::*;
    use gossip::repair::{Config, Replica, Request, Rule};
    use std::collections::BTreeMap;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Oracle: the put with the largest stamp of each key. Gives how many members hold something else in the end.
    fn wrong(rule: Rule, seeds: u64) -> u64 {
        let mut wrong = 0;
        for_seeds(seeds, |seed| {
            let mut rng = Rng::stream(seed, &[7]);
            let config = Config { members: 5, every: ms(50), rule };
            let members = (0..5).map(|me| Replica::new(Peer(me), config)).collect();
            let mut net: Net<Replica> = Net::new(members, Wire::hostile(), seed);
            net.start();
            let mut puts = BTreeMap::new();
            for token in 0..150 {
                let at = rng.below(5) as usize;
                let (key, value) = (rng.below(12), rng.chance(0.7).then_some(token));
                net.ask(at, token, Request::Put { key, value });
                if net.up[at] {
                    puts.insert(token, (key, value));
                }
                match rng.below(8) {
                    0 => net.crash(at),
                    1 => net.isolate(at as u16),
                    2 => net.cut.clear(),
                    _ => net.restart(rng.below(5) as usize),
                }
                net.run(ms(rng.below(20)));
            }
            net.cut.clear();
            (0..5).for_each(|at| net.restart(at));
            net.run(Span::from_secs(3));
            let mut newest = BTreeMap::new();
            for (_, _, token, stamp) in &net.replies {
                let (key, value) = puts[token];
                let slot = newest.entry(key).or_insert((*stamp, value));
                *slot = (*slot).max((*stamp, value));
            }
            let values: Vec<(u64, u64)> =
                newest.into_iter().filter_map(|(key, (_, value))| value.map(|value| (key, value))).collect();
            wrong += net.members.iter().filter(|member| member.image().values().collect::<Vec<_>>() != values).count()
                as u64;
        });
        wrong
    }

    #[test]
    fn copies_become_equal_to_the_newest_of_each_key() {
        assert_eq!(wrong(Rule::Sound, 60), 0, "members that hold something else");
    }

    #[test]
    fn every_mistake_of_anti_entropy_is_caught() {
        for rule in [Rule::NoTombstones, Rule::TakeTheirs, Rule::DigestKeysOnly] {
            let wrong = wrong(rule, 20);
            assert!(wrong > 0, "{rule:?}: {wrong} of 100 members");
        }
    }

    /// Where nothing differs, a comparison is one message.
    #[test]
    fn equal_copies_cost_one_message_a_comparison() {
        let config = Config { members: 2, every: ms(100), rule: Rule::Sound };
        let mut net: Net<Replica> =
            Net::new((0..2).map(|me| Replica::new(Peer(me), config)).collect(), Wire::constant(ms(1)), 1);
        net.start();
        (0..1_000).for_each(|key| net.ask(0, key, Request::Put { key, value: Some(key) }));
        net.run(Span::from_secs(1));
        let sent = net.sent;
        net.run(Span::from_secs(10));
        assert_eq!(net.sent - sent, 200, "two members, ten comparisons a second, ten seconds");
    }
}
