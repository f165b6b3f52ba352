//! Multi-leader groups: each choice for a conflict converges after a heal in each topology, what it loses, and what wrong versions do.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::group;
use base::{Rng, Span};
use clocks::{Dot, VersionVector};
use group::Group;
use machine::Peer;
use replication::multi_leader::*;
use std::collections::{BTreeMap, BTreeSet};

fn config(members: u16, resolve: Resolve) -> Config {
    Config { members, resolve, resend_every: Span::from_millis(100), ..Config::default() }
}

fn group(config: Config, seed: u64) -> Group<Leader> {
    Group::new((0..config.members).map(|me| Leader::new(Peer(me), config).unwrap()).collect(), seed)
}

fn written(group: &Group<Leader>, token: u64) -> Dot {
    match group.reply(token) {
        Some(Reply::Written { dot }) => *dot,
        other => panic!("write {token}: {other:?}"),
    }
}

/// Writes what a client that has just read the key here would.
fn write_on(group: &mut Group<Leader>, at: usize, token: u64, key: u64, value: u64) {
    let context = group.members[at].context(key);
    group.ask(at, token, Request::Write { key, change: Change::Put(value), context });
}

fn reads(group: &Group<Leader>, key: u64) -> Vec<Vec<i128>> {
    group.members.iter().map(|member| member.read(key)).collect()
}

fn is_converged(group: &Group<Leader>, keys: u64) -> bool {
    (0..keys).all(|key| group.members.iter().all(|member| member.copy(key) == group.members[0].copy(key)))
}

/// US and EU write the same row while the ocean is cut, EU 2 ms later; what both read after the heal.
fn both_write(config: Config, us: u64, eu: u64, us_ahead_ms: u64) -> Vec<Vec<i128>> {
    let mut group = group(config, 1);
    group.members[0].set_clock_ahead(Span::from_millis(us_ahead_ms));
    group.part(&[0], &[1]);
    group.run(1_000);
    group.ask(0, 1, Request::put(1, us));
    group.run(2);
    group.ask(1, 2, Request::put(1, eu));
    group.run(10);
    assert_ne!(group.members[0].read(1), group.members[1].read(1), "cut off, both go on");
    group.heal();
    group.run(500);
    reads(&group, 1)
}

const ALICE: u64 = 0b01;
const ALICIA: u64 = 0b10;

#[test]
fn alice_at_1000_and_alicia_at_1002_become_what_the_choice_says() {
    let both = |resolve, ahead| {
        let read = both_write(config(2, resolve), ALICE, ALICIA, ahead);
        assert_eq!(read[0], read[1], "{resolve:?}");
        read[0].clone()
    };
    assert_eq!(both(Resolve::LastWriteWins, 0), [0b10], "Alicia is newer; Alice is lost");
    assert_eq!(
        both(Resolve::LastWriteWins, 3),
        [0b01],
        "A's clock 3 ahead: Alice at 1003, and the later write is lost"
    );
    assert_eq!(both(Resolve::Siblings, 3), [0b01, 0b10]);
    assert_eq!(both(Resolve::Merge(MergeRule::Union), 3), [0b11], "Alice/Alicia");
    assert_eq!(both(Resolve::Merge(MergeRule::Greatest), 3), [0b10]);
    assert_eq!(both(Resolve::Merge(MergeRule::Least), 3), [0b01]);
    assert_eq!(both(Resolve::Counter, 3), [3], "every like counts");
    assert_eq!(both(Resolve::Set, 3), [1, 2]);
}

/// Two members whose clocks agree to the nanosecond.
fn at_one_moment(variant: Variant) -> Vec<Vec<i128>> {
    let mut group = group(Config { variant, ..config(2, Resolve::LastWriteWins) }, 1);
    group.ask(0, 1, Request::put(1, 25));
    group.ask(1, 2, Request::put(1, 30));
    group.run(500);
    reads(&group, 1)
}

#[test]
fn applied_as_they_arrive_two_ages_change_places() {
    assert_eq!(at_one_moment(Variant::ByArrival), [[30], [25]], "A shows B's and B shows A's");
}

#[test]
fn equal_stamps_need_somebody_to_decide() {
    assert_eq!(at_one_moment(Variant::Faithful), [[30], [30]], "the higher member's");
    assert_eq!(at_one_moment(Variant::StrictlyNewer), [[25], [30]], "each keeps its own, for ever");
}

#[test]
fn versions_tell_the_update_that_knew_from_the_one_that_did_not() {
    // A: Alice [A:1]. B hears of it and makes it Alice B. [A:1, B:1], while A makes it Alice A. [A:2].
    let (alice, alice_b, alice_a) = (1, 2, 3);
    let mut group = group(config(2, Resolve::Siblings), 1);
    write_on(&mut group, 0, 1, 1, alice);
    group.run(20);
    assert_eq!(reads(&group, 1), [[1], [1]]);
    group.part(&[0], &[1]);
    write_on(&mut group, 1, 2, 1, alice_b);
    write_on(&mut group, 0, 3, 1, alice_a);
    group.run(20);
    group.heal();
    group.run(500);
    assert_eq!(reads(&group, 1), [[3, 2], [3, 2]], "both, and Alice is replaced");
    let conflicts = group.notes.iter().filter(|(_, _, note)| matches!(note, Note::Conflict { versions: 2, .. }));
    assert_eq!(conflicts.count(), 2, "each member found it");
    write_on(&mut group, 0, 4, 1, 4);
    group.run(20);
    assert_eq!(reads(&group, 1), [[4], [4]], "who has read both replaces both");
}

#[test]
fn likes_of_three_members_are_ten_in_whatever_order_they_meet() {
    for (seed, topology) in (0..10).flat_map(|seed| Topology::ALL.map(|topology| (seed, topology))) {
        let mut group = group(Config { topology, ..config(3, Resolve::Counter) }, seed);
        group.latency = (1, 40);
        for (at, likes) in [5, 3, 2].into_iter().enumerate() {
            group.ask(at, at as u64, Request::put(1, likes));
        }
        group.run(1_000);
        assert_eq!(reads(&group, 1), [[10], [10], [10]], "{topology:?}");
    }
}

#[test]
fn an_addition_beats_a_removal_that_has_not_seen_it() {
    let mut group = group(config(2, Resolve::Set), 1);
    group.ask(0, 1, Request::put(1, 7));
    group.run(20);
    group.ask(0, 2, Request::put(1, 7));
    let context = VersionVector::new();
    group.ask(1, 3, Request::Write { key: 1, change: Change::Remove(7), context });
    group.run(20);
    assert_eq!(reads(&group, 1), [[7], [7]]);
}

#[test]
fn two_columns_and_two_orders_with_ids_of_their_own_do_not_conflict() {
    let mut group = group(config(2, Resolve::LastWriteWins), 1);
    let mut ids: Vec<Ids> = (0..2).map(|me| Ids::new(Peer(me), 2)).collect();
    for (at, ids) in ids.iter_mut().enumerate() {
        let id = ids.next().unwrap();
        group.ask(at, id, Request::put(id, 100 + id));
    }
    group.run(50);
    assert_eq!((reads(&group, 1), reads(&group, 2)), (vec![vec![101]; 2], vec![vec![102]; 2]));
    assert!(group.notes.iter().all(|(_, _, note)| !matches!(note, Note::Lost { .. })));
    // Without offsets both give the id 1, and one order is lost.
    let naive: Vec<u64> = (0..2).filter_map(|_| Ids::new(Peer(0), 1).next()).collect();
    assert_eq!(naive, [1, 1]);
}

#[test]
fn keys_that_only_their_owner_writes_never_conflict() {
    let mut group = group(config(2, Resolve::LastWriteWins), 1);
    let mut rng = Rng::new(5);
    for token in 0..100 {
        let key = rng.below(10);
        group.ask(owner(key, 2).0.into(), token, Request::put(key, token));
        group.run(rng.below(3));
    }
    group.run(100);
    assert!(is_converged(&group, 10));
    assert!(group.notes.iter().all(|(_, _, note)| !matches!(note, Note::Lost { .. })));
    assert_eq!((owner(7, 2), owner(8, 2), owner(8, 0)), (Peer(1), Peer(0), Peer(0)));
}

/// Which members have heard of a write at member 0 while one member is down.
fn heard(topology: Topology, down: usize) -> Vec<usize> {
    let mut group = group(Config { topology, ..config(4, Resolve::LastWriteWins) }, 1);
    group.crash(down);
    group.ask(0, 1, Request::put(1, 11));
    group.run(1_000);
    (0..4).filter(|at| group.members[*at].read(1) == [11]).collect()
}

#[test]
fn one_member_that_is_down_splits_a_line_and_stops_a_ring_but_not_a_mesh() {
    assert_eq!(heard(Topology::AllToAll, 1), [0, 2, 3]);
    assert_eq!(heard(Topology::Ring, 1), [0]);
    assert_eq!(heard(Topology::Line, 1), [0]);
    assert_eq!(heard(Topology::Star, 1), [0, 2, 3]);
    let links = |topology: Topology| (0..4).map(|me| topology.neighbours(Peer(me), 4).count()).sum::<usize>();
    assert_eq!(Topology::ALL.map(links), [12, 4, 6, 6]);
}

#[test]
fn a_change_waits_for_the_ship_delay_and_goes_once_for_many() {
    let mut group = group(Config { ship_delay: Span::from_millis(50), ..config(2, Resolve::Counter) }, 1);
    for token in 0..10 {
        group.ask(0, token, Request::put(1, 1));
        group.run(1);
    }
    group.run(35);
    assert_eq!(group.members[1].read(1), Vec::<i128>::new());
    group.run(10);
    assert_eq!(group.members[1].read(1), [10]);
    let applied = group.notes.iter().filter(|(_, at, note)| *at == Peer(1) && matches!(note, Note::Applied { .. }));
    assert_eq!(applied.count(), 1);
    assert_eq!(group.members[0].owed(), 0);
}

/// A group after writes under loss, doubling, crashes and cuts, healed; with what was written.
fn faulty(config: Config, seed: u64, writes: u64, keys: u64) -> (Group<Leader>, Vec<Write>) {
    let mut group = group(config, seed);
    (group.loss, group.duplication, group.latency) = (0.2, 0.1, (1, 50));
    let mut rng = Rng::stream(seed, &[4]);
    let n = u64::from(config.members);
    for at in 0..config.members {
        group.members[usize::from(at)].set_clock_ahead(Span::from_millis(rng.below(20)));
    }
    let mut made = Vec::new();
    for token in 0..writes {
        let at = rng.below(n) as usize;
        match rng.below(10) {
            0 => group.crash(at),
            1 => group.restart(at),
            2 => group.part(&[at as u16], &[((at as u64 + 1) % n) as u16]),
            3 => group.cut.clear(),
            _ => {}
        }
        let key = rng.below(keys);
        let before = group.members[at].read(key);
        write_on(&mut group, at, token, key, 1 << (token % 60));
        if group.reply(token).is_some() {
            let is_shown = group.members[at].read(key).contains(&(1 << (token % 60)));
            made.push(Write { key, dot: written(&group, token), value: 1 << (token % 60), before, is_shown });
        }
        group.run(rng.below(40));
    }
    group.heal();
    group.run(4_000);
    (group, made)
}

/// One write as its client saw it.
struct Write {
    key: u64,
    dot: Dot,
    value: i128,
    /// What was there before, at the same member.
    before: Vec<i128>,
    /// Whether the writer could read it afterwards.
    is_shown: bool,
}

#[test]
fn all_members_become_equal_whatever_the_choice_the_topology_and_the_faults() {
    for (resolve, topology) in Resolve::ALL.into_iter().flat_map(|resolve| Topology::ALL.map(|it| (resolve, it))) {
        for seed in 0..12 {
            let (group, made) = faulty(Config { topology, ..config(4, resolve) }, seed, 25, 2);
            assert!(is_converged(&group, 2), "seed {seed}, {resolve:?}, {topology:?}: {:?}", reads(&group, 0));
            assert!(group.members.iter().all(|member| member.owed() == 0), "seed {seed}, {resolve:?}, {topology:?}");
            let sum: i128 = made.iter().filter(|write| write.key == 0).map(|write| write.value).sum();
            if resolve == Resolve::Counter && sum > 0 {
                assert_eq!(group.members[0].read(0), [sum], "seed {seed}: added up by the test");
            }
        }
    }
}

/// Oracle: the test's own book of which write replaced which value; the winner is the greatest stamp.
#[test]
fn last_write_wins_loses_exactly_the_writes_that_nobody_had_seen() {
    let (mut losses, mut writes) = (0, 0);
    for (seed, topology) in (0..60).flat_map(|seed| Topology::ALL.map(|topology| (seed, topology))) {
        let (group, made) = faulty(Config { topology, ..config(4, Resolve::LastWriteWins) }, seed, 25, 1);
        let end = group.members[0].read(0);
        let replaced: BTreeSet<i128> =
            made.iter().filter(|write| write.is_shown).flat_map(|write| write.before.iter().copied()).collect();
        let dots: BTreeMap<Dot, i128> = made.iter().map(|write| (write.dot, write.value)).collect();
        let lost: BTreeSet<i128> = made.iter().map(|write| write.value).collect();
        let lost: BTreeSet<i128> =
            lost.into_iter().filter(|value| !end.contains(value) && !replaced.contains(value)).collect();
        let noted: Vec<i128> = group
            .notes
            .iter()
            .filter_map(|(_, _, note)| match note {
                Note::Lost { lost, .. } => Some(dots[lost]),
                _ => None,
            })
            .collect();
        let once: BTreeSet<i128> = noted.iter().copied().collect();
        assert_eq!(once.len(), noted.len(), "seed {seed}: a loss is told once");
        let silent: BTreeSet<i128> = once.difference(&replaced).copied().collect();
        assert_eq!(silent, lost, "seed {seed}, {topology:?}");
        (losses, writes) = (losses + lost.len(), writes + made.len());
    }
    assert!(losses * 5 > writes, "{losses} of {writes} writes lost: too few to show anything");
}

/// Oracle: a set of values, from which a write takes what its client had read.
#[test]
fn siblings_lose_no_write_that_nobody_had_read() {
    for (seed, topology) in (0..60).flat_map(|seed| Topology::ALL.map(|topology| (seed, topology))) {
        let (group, made) = faulty(Config { topology, ..config(4, Resolve::Siblings) }, seed, 25, 1);
        let read: BTreeSet<i128> = made.iter().flat_map(|write| write.before.iter().copied()).collect();
        let kept: BTreeSet<i128> = made.iter().map(|write| write.value).filter(|value| !read.contains(value)).collect();
        let held: BTreeSet<i128> = group.members[0].read(0).into_iter().collect();
        assert_eq!(held, kept, "seed {seed}, {topology:?}");
    }
}

/// In how many of 40 runs the members differ in the end.
fn diverged(config: Config) -> usize {
    (0..40).filter(|seed| !is_converged(&faulty(config, *seed, 25, 2).0, 2)).count()
}

#[test]
fn each_wrong_version_leaves_members_that_differ() {
    let last = config(4, Resolve::LastWriteWins);
    for (wrong, least) in [
        (Config { variant: Variant::ByArrival, ..last }, 5),
        (Config { variant: Variant::TellsOnce, ..last }, 5),
        (Config { variant: Variant::NoRelay, topology: Topology::Ring, ..last }, 20),
        (Config { variant: Variant::NoRelay, topology: Topology::Star, ..last }, 20),
        (Config { variant: Variant::NoRelay, topology: Topology::Line, ..last }, 20),
    ] {
        let runs = diverged(wrong);
        assert!(runs >= least, "{wrong:?}: {runs} of 40 runs");
    }
}

/// A client that asks for changes now and then. Oracle: reading every key.
#[test]
fn a_cursor_of_the_members_own_misses_no_change() {
    let (mut group, mut rng) = (group(config(2, Resolve::LastWriteWins), 3), Rng::new(8));
    let (mut copy, mut cursor): (BTreeMap<u64, Vec<i128>>, u64) = (BTreeMap::new(), 0);
    let mut ask = |group: &mut Group<Leader>, token: u64, copy: &mut BTreeMap<u64, Vec<i128>>| -> u64 {
        group.ask(0, token, Request::Changes { since: cursor });
        let Some(Reply::Changes { cursor: next, keys }) = group.reply(token).cloned() else { panic!("no changes") };
        cursor = next;
        let told = keys.len() as u64;
        copy.extend(keys);
        told
    };
    for token in 0..1_000 {
        let (at, key) = (rng.below(2) as usize, rng.below(400));
        let change = if rng.chance(0.2) { Change::Delete } else { Change::Put(token) };
        group.ask(at, token, Request::Write { key, change, context: VersionVector::new() });
        if rng.chance(0.05) {
            ask(&mut group, 10_000 + token, &mut copy);
        }
        if rng.chance(0.5) {
            group.run(1);
        }
    }
    group.run(500);
    (0..).take_while(|round| ask(&mut group, 20_000 + round, &mut copy) > 0).for_each(drop);
    for key in 0..400 {
        assert_eq!(copy.get(&key).cloned().unwrap_or_default(), group.members[0].read(key), "key {key}");
    }
    // From the beginning: page by page.
    let mut fresh = BTreeMap::new();
    group.ask(0, 30_000, Request::Changes { since: 0 });
    match group.reply(30_000) {
        Some(Reply::Changes { keys, .. }) => fresh.extend(keys.clone()),
        other => panic!("{other:?}"),
    }
    assert_eq!(fresh.len() as u64, CHANGES_MAX);
}

#[test]
fn changes_that_make_no_sense_are_refused_and_an_overflow_too() {
    let ask = |resolve, change| {
        let mut group = group(config(1, resolve), 1);
        group.ask(0, 1, Request::put(1, u64::MAX));
        group.ask(0, 2, Request::Write { key: 1, change, context: VersionVector::new() });
        group.reply(2).cloned()
    };
    assert_eq!(ask(Resolve::LastWriteWins, Change::Remove(1)), Some(Reply::Refused));
    assert_eq!(ask(Resolve::Siblings, Change::Remove(1)), Some(Reply::Refused));
    assert_eq!(ask(Resolve::Counter, Change::Delete), Some(Reply::Refused));
    assert_eq!(ask(Resolve::Counter, Change::Put(1)), Some(Reply::Exhausted));
    assert!(matches!(ask(Resolve::Set, Change::Delete), Some(Reply::Written { .. })));
}

#[test]
fn settings_out_of_range_are_refused() {
    let good = config(3, Resolve::LastWriteWins);
    for (config, text) in [
        (Config { members: 33, ..good }, "members is 33; it must lie between 1 and 32"),
        (
            Config { resend_every: Span::ZERO, ..good },
            "resend_every (ns) is 0; it must lie between 1000000 and 3600000000000",
        ),
    ] {
        assert_eq!(config.check().map_err(|error| error.to_string()), Err(text.into()));
    }
    let mut leader = Leader::new(Peer(0), good).unwrap();
    assert!(Leader::new(Peer(3), good).is_err());
    assert!(leader.retune(Config { resend_every: Span::ZERO, ..good }).is_err());
    assert_eq!(leader.read(1), Vec::<i128>::new());
}
