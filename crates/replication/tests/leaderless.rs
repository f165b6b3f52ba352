//! Leaderless groups: what quorums promise, what sloppy ones do not, and what each wrong version does.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::group;
use base::{Rng, Span};
use clocks::VersionVector;
use group::Group;
use machine::Peer;
use quorum::ReadWrite;
use replication::leaderless::*;

fn group(config: Config, seed: u64) -> Group<Node> {
    Group::new((0..config.members).map(|me| Node::new(Peer(me), config).unwrap()).collect(), seed)
}

fn put(value: u64) -> Request {
    Request::Put { key: 0, value: Some(value), context: VersionVector::new() }
}

fn values(reply: Option<&Reply>) -> Vec<u64> {
    match reply {
        Some(Reply::Found { values, .. }) => values.clone(),
        other => panic!("no answer to a read: {other:?}"),
    }
}

fn context(reply: Option<&Reply>) -> VersionVector {
    match reply {
        Some(Reply::Found { context, .. } | Reply::Stored { context }) => context.clone(),
        other => panic!("no context in {other:?}"),
    }
}

/// Only the members of `set` hear each other.
fn only(group: &mut Group<Node>, set: u32, n: u16) {
    group.cut.clear();
    for (a, b) in (0..n).flat_map(|a| (0..n).map(move |b| (a, b))) {
        if set >> a & 1 == 0 || set >> b & 1 == 0 {
            group.cut.insert((a, b));
        }
    }
}

fn sets(n: u16, size: u16) -> impl Iterator<Item = u32> {
    (0..1_u32 << n).filter(move |set| set.count_ones() == u32::from(size))
}

/// Every pair of sets that a write and a read can meet. Oracle: the quorum arithmetic, which counts sets without running anything.
#[test]
fn stale_reads_are_none_exactly_where_r_and_w_overlap() {
    for n in 1..=7_u16 {
        for (w, r) in (1..=n).flat_map(|w| (1..=n).map(move |r| (w, r))) {
            let config = Config {
                members: n,
                copies: n,
                write_quorum: w,
                read_quorum: r,
                read_repair: false,
                compare_every: None,
                ..Config::default()
            };
            let (mut stale, mut all) = (0_u64, 0_u64);
            let step = if n == 7 { 5 } else { 1 }; // every fifth write set of the largest group: the reads stay all
            for written in sets(n, w).step_by(step) {
                let mut base = group(config, 1);
                only(&mut base, written, n);
                base.ask(written.trailing_zeros() as usize, 1, put(5));
                base.run(10);
                assert!(matches!(base.reply(1), Some(Reply::Stored { .. })), "N={n} W={w}: {:?}", base.reply(1));
                for (token, read) in (2..).zip(sets(n, r)) {
                    only(&mut base, read, n);
                    base.ask(read.trailing_zeros() as usize, token, Request::Get { key: 0 });
                    base.run(10);
                    all += 1;
                    stale += u64::from(values(base.reply(token)).is_empty());
                }
            }
            let (stale_oracle, all_oracle) = ReadWrite::new(n.into(), w.into(), r.into()).unwrap().stale_reads();
            assert_eq!(
                u128::from(stale) * u128::from(all_oracle),
                u128::from(all) * u128::from(stale_oracle),
                "N={n} W={w} R={r}: {stale} of {all} reads stale, the arithmetic says {stale_oracle} of {all_oracle}"
            );
            assert_eq!(stale == 0, r + w > n, "N={n} W={w} R={r}: {stale} of {all} reads stale");
        }
    }
}

const SLOPPY: Config = Config {
    members: 5,
    copies: 3,
    write_quorum: 2,
    read_quorum: 2,
    sloppy: true,
    conflicts: Conflicts::Versions,
    read_repair: true,
    fallback_after: Span::from_millis(20),
    expire_after: Span::from_millis(100),
    handoff_every: Span::from_millis(200),
    compare_every: None,
    variant: Variant::Faithful,
};

/// Homes 0, 1, 2; a write on the side of 3 and 4 is acknowledged there. Returns what a read at the homes found before the partition
/// healed and after, and how often the write was acknowledged.
fn across_a_partition(config: Config) -> (Vec<u64>, Vec<u64>, bool) {
    let mut group = group(config, 3);
    group.part(&[0, 1, 2], &[3, 4]);
    group.ask(3, 1, put(5));
    group.run(150);
    let acknowledged = matches!(group.reply(1), Some(Reply::Stored { .. }));
    group.ask(0, 2, Request::Get { key: 0 });
    group.run(150);
    let before = values(group.reply(2));
    group.heal();
    group.run(1_000);
    // The stand-ins are gone for good; what the homes have is what there is.
    group.crash(3);
    group.crash(4);
    group.ask(0, 3, Request::Get { key: 0 });
    group.run(150);
    (before, values(group.reply(3)), acknowledged)
}

#[test]
fn a_sloppy_quorum_reads_stale_under_a_partition_and_its_hints_bring_the_write_home() {
    assert_eq!(across_a_partition(SLOPPY), (vec![], vec![5], true), "R + W = 4 > N = 3, and stale all the same");
    let strict = Config { sloppy: false, ..SLOPPY };
    assert_eq!(across_a_partition(strict), (vec![], vec![], false), "a strict one refuses the write instead");
}

#[test]
fn a_stand_in_that_drops_its_hint_loses_an_acknowledged_write() {
    let wrong = Config { variant: Variant::DropsHints, ..SLOPPY };
    assert_eq!(across_a_partition(wrong), (vec![], vec![], true));
}

#[test]
fn a_read_repairs_the_one_old_copy_of_three() {
    // A and B hold {Alice, v5}, C {Al, v3}: the read answers v5 and C has it afterwards.
    let mut group = group(Config { compare_every: None, read_quorum: 3, ..Config::default() }, 1);
    let mut seen = VersionVector::new();
    for version in 1..=5 {
        if version == 4 {
            group.part(&[0, 1], &[2]);
        }
        group.ask(0, version, Request::Put { key: 0, value: Some(version), context: seen.clone() });
        group.run(20);
        seen = context(group.reply(version));
    }
    assert_eq!(group.members[2].copy(0).map(Item::values), Some(vec![3]));
    group.heal();
    group.ask(1, 9, Request::Get { key: 0 });
    group.run(20);
    assert_eq!(values(group.reply(9)), [5]);
    assert_eq!(group.members[2].copy(0), group.members[0].copy(0));
    let repairs: Vec<_> = group.notes.iter().filter(|(_, _, note)| matches!(note, Note::Repaired { .. })).collect();
    assert_eq!(repairs.len(), 1, "{repairs:?}");
}

/// A cold key that nobody reads differs among a thousand.
#[test]
fn trees_find_the_one_cold_key_that_differs() {
    let every = Some(Span::from_secs(600));
    let mut group = group(Config { compare_every: every, ..Config::default() }, 1);
    for key in 0..1_000 {
        if key == 500 {
            group.crash(2);
        }
        group.ask(0, key, Request::Put { key, value: Some(key), context: VersionVector::new() });
        group.run(5);
        group.restart(2);
    }
    assert_eq!(group.members[2].copy(500), None);
    group.run(2 * 600_000 + 1_000);
    assert_eq!(group.members[2].copy(500), group.members[0].copy(500));
    let costs: Vec<u64> = group
        .notes
        .iter()
        .filter_map(|(_, _, note)| match note {
            Note::Compared { leaves: 1, comparisons, .. } => Some(*comparisons),
            _ => None,
        })
        .collect();
    assert!(!costs.is_empty() && costs.iter().all(|cost| *cost == 17), "1 + 2 log2 256 = 17, not {costs:?}");
}

/// Written everywhere, deleted while one member sleeps; then everybody compares with everybody.
fn after_a_delete(variant: Variant) -> Vec<u64> {
    let config = Config { compare_every: Some(Span::from_millis(300)), variant, ..Config::default() };
    let mut group = group(config, 1);
    group.ask(0, 1, put(5));
    group.run(20);
    group.crash(2);
    let seen = context(group.reply(1));
    group.ask(0, 2, Request::Put { key: 0, value: None, context: seen });
    group.run(20);
    assert!(matches!(group.reply(2), Some(Reply::Stored { .. })));
    group.restart(2);
    group.run(2_000);
    group.ask(1, 3, Request::Get { key: 0 });
    group.run(20);
    values(group.reply(3))
}

#[test]
fn a_deleted_key_stays_deleted_and_comes_back_where_tombstones_are_forgotten() {
    assert_eq!(after_a_delete(Variant::Faithful), Vec::<u64>::new());
    assert_eq!(after_a_delete(Variant::ForgetsTombstones), [5]);
}

#[test]
fn concurrent_writes_are_both_kept_until_somebody_who_read_both_writes() {
    let mut group = group(Config { compare_every: None, ..Config::default() }, 1);
    group.ask(0, 1, put(10));
    group.ask(1, 2, put(20));
    group.run(20);
    group.ask(2, 3, Request::Get { key: 0 });
    group.run(20);
    assert_eq!(values(group.reply(3)), [10, 20]);
    let seen = context(group.reply(3));
    group.ask(2, 4, Request::Put { key: 0, value: Some(30), context: seen });
    group.run(20);
    group.ask(0, 5, Request::Get { key: 0 });
    group.run(20);
    assert_eq!(values(group.reply(5)), [30]);
}

#[test]
fn the_last_writer_wins_by_its_clock_and_the_later_write_is_lost() {
    let config = Config { compare_every: None, conflicts: Conflicts::LastWriteWins, ..Config::default() };
    let mut group = group(config, 1);
    group.members[0].set_clock_ahead(Span::from_millis(100));
    group.ask(0, 1, put(10));
    group.run(50);
    group.ask(1, 2, put(20));
    group.run(20);
    assert!(matches!(group.reply(2), Some(Reply::Stored { .. })), "acknowledged");
    group.ask(2, 3, Request::Get { key: 0 });
    group.run(20);
    assert_eq!(values(group.reply(3)), [10], "a clock 100 ms ahead beats a write 50 ms later");
}

/// Faults of every kind on three keys; returns how many reads missed a write that was acknowledged before they began.
fn missed(config: Config, seed: u64) -> (u64, u64) {
    let mut group = group(config, seed);
    (group.loss, group.duplication, group.latency) = (0.05, 0.05, (1, 30));
    let mut rng = Rng::stream(seed, &[9]);
    let mut requests = Vec::new(); // token, key, what was acknowledged before, whether it reads
    let mut read: Vec<VersionVector> = vec![VersionVector::new(); 3];
    let mut due: Vec<VersionVector> = vec![VersionVector::new(); 3];
    let (mut misses, mut reads) = (0, 0);
    for token in 0..150_u64 {
        let at = rng.below(u64::from(config.members)) as usize;
        match rng.below(12) {
            0 => group.crash(at),
            1 => (0..config.members.into()).for_each(|at| group.restart(at)),
            2 => group.part(&[at as u16], &(0..config.members).filter(|other| *other != at as u16).collect::<Vec<_>>()),
            3 => group.cut.clear(),
            _ => {}
        }
        let key = rng.below(3);
        let is_read = rng.chance(0.5);
        let request = match is_read {
            true => Request::Get { key },
            false => {
                let context = read[key as usize].clone();
                let value = (!rng.chance(0.2)).then_some(token);
                Request::Put { key, value, context }
            }
        };
        requests.push((token, key as usize, due[key as usize].clone(), is_read));
        group.ask(at, token, request);
        group.run(rng.below(60));
        requests.retain(|(token, key, before, is_read)| {
            match group.reply(*token) {
                None => return true,
                Some(Reply::Stored { context }) if !is_read => due[*key].merge(context),
                Some(Reply::Found { context, .. }) => {
                    reads += 1;
                    misses += u64::from(!context.covers(before));
                    read[*key].merge(context);
                }
                Some(_) => {}
            }
            false
        });
    }
    (misses, reads)
}

fn missed_in_40_seeds(config: Config) -> (u64, u64) {
    (0..40).map(|seed| missed(config, seed)).fold((0, 0), |sum, run| (sum.0 + run.0, sum.1 + run.1))
}

#[test]
fn no_read_misses_an_acknowledged_write_whatever_fails_and_each_wrong_version_does() {
    let config = Config {
        copies: 3,
        members: 4,
        fallback_after: Span::from_millis(30),
        expire_after: Span::from_millis(200),
        compare_every: Some(Span::from_secs(1)),
        ..Config::default()
    };
    let (misses, reads) = missed_in_40_seeds(config);
    assert!(misses == 0 && reads > 500, "{misses} of {reads}");
    for variant in [Variant::ReadsOne, Variant::IgnoresVersions] {
        let (misses, reads) = missed_in_40_seeds(Config { variant, ..config });
        assert!(misses > 0, "{variant:?}: {misses} of {reads}");
    }
    let (misses, reads) = missed_in_40_seeds(Config { read_quorum: 1, ..config });
    assert!(misses > 0, "R + W = N: {misses} of {reads}");
}

#[test]
fn all_homes_hold_the_same_some_time_after_faults_stop() {
    for seed in 0..10 {
        let config =
            Config { compare_every: Some(Span::from_millis(500)), members: 5, sloppy: true, ..Config::default() };
        let mut group = group(config, seed);
        (group.loss, group.latency) = (0.3, (1, 40));
        let mut rng = Rng::stream(seed, &[5]);
        for token in 0..60 {
            let request = Request::Put { key: rng.below(5), value: Some(token), context: VersionVector::new() };
            group.ask(rng.below(5) as usize, token, request);
            group.run(rng.below(40));
        }
        group.heal();
        group.run(10_000);
        for key in 0..5_u16 {
            let copies: Vec<_> = (0..3).map(|i| group.members[usize::from((key + i) % 5)].copy(key.into())).collect();
            assert!(copies[0].is_some() && copies[0] == copies[1] && copies[1] == copies[2], "seed {seed} key {key}");
        }
        assert!(group.members.iter().all(|member| member.hints() == 0), "seed {seed}: hints are left");
    }
}
