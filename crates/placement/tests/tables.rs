//! Placements that are told where things go: ranges, directories, regions, compound keys, hot keys, tiers.

use base::{Span, Time, stable_hash, stable_hash_u64};
use placement::{
    Algorithm, Compound, Directory, Found, Geographic, Home, HomeError, HotKeys, Place, Placement, Plan, RangeError,
    Ranges, Region, Relocation, RememberedDirectory, ScanError, ShardLoad, Switch, Tier, Tiers, TiersConfig, Trigger,
    TriggerConfig, touched_when_hashed, triggers,
};
use proptest::collection::vec;
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn ring(members: u32) -> Placement {
    let mut ring = Algorithm::Ring.config().build();
    (0..members).for_each(|member| ring.add(member, stable_hash(&format!("m{member}")), 1).expect("a new member"));
    ring
}

/// What can be done to a table of ranges.
#[derive(Clone, Debug)]
enum Change {
    Split(u64),
    Merge(u64),
    Assign(u64, u32),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (0..32_u64).prop_map(Change::Split),
        (0..32_u64).prop_map(Change::Merge),
        (0..32_u64, 0..4_u32).prop_map(|(at, shard)| Change::Assign(at, shard)),
    ]
}

proptest! {
    /// Oracle: an array with the shard of every key, and one with the cuts.
    #[test]
    fn ranges_are_what_an_array_of_all_keys_would_be(changes in vec(change(), 0..40), from in 0..34_u64, to in 0..34_u64) {
        let mut ranges = Ranges::new(0);
        let (mut shards, mut cuts) = ([0_u32; 32], [false; 32]);
        cuts[0] = true;
        let end = |cuts: &[bool; 32], at: usize| (at + 1..32).find(|key| cuts[*key]).unwrap_or(32);
        for change in changes {
            let before = ranges.clone();
            let (done, moves) = match change {
                Change::Split(at) => {
                    let expected = if cuts[at as usize] { Err(RangeError::AlreadyCut { at }) } else { Ok(()) };
                    cuts[at as usize] = true;
                    (ranges.split(at) == expected, false)
                }
                Change::Merge(at) => {
                    let index = at as usize;
                    let expected = match (cuts[index], index.checked_sub(1)) {
                        (true, Some(left)) if shards[left] == shards[index] => {
                            cuts[index] = false;
                            Ok(())
                        }
                        (true, Some(left)) => Err(RangeError::Different { left: shards[left], right: shards[index] }),
                        _ => Err(RangeError::NotCut { at }),
                    };
                    (ranges.merge(at) == expected, false)
                }
                Change::Assign(at, shard) => {
                    let index = at as usize;
                    if cuts[index] {
                        let end = end(&cuts, index);
                        shards[index..end].fill(shard);
                    }
                    let expected = if cuts[index] { Ok(()) } else { Err(RangeError::NotCut { at }) };
                    (ranges.assign(at, shard) == expected, true)
                }
            };
            prop_assert!(done, "{:?}", ranges);
            let plan = Plan::between(&before, &ranges);
            prop_assert!(moves || plan.moves().is_empty(), "splitting and merging move nothing");
            for key in 0..32 {
                prop_assert_eq!(plan.of(key).map(|range| range.to), (before.owner(key) != shards[key as usize]).then_some(Some(shards[key as usize])));
                prop_assert_eq!(ranges.owner(key), shards[key as usize]);
            }
        }
        prop_assert_eq!(ranges.iter().count(), cuts.iter().filter(|cut| **cut).count());
        let mut expected: Vec<u32> = Vec::new();
        (from..to).map(|key| shards[key.min(31) as usize]).for_each(|shard| if !expected.contains(&shard) { expected.push(shard) });
        prop_assert_eq!(ranges.touched(from, to), expected);
    }

    /// Oracle: every row of the scan placed by itself.
    #[test]
    fn a_scan_asks_exactly_the_places_of_its_rows(bucket in 0..9_u64, from in 0..60_u64, to in 0..60_u64) {
        let compound = Compound { bucket };
        let mut expected: Vec<u64> = (from..to).map(|sort| compound.hash(7, sort)).collect();
        expected.dedup();
        prop_assert_eq!(compound.scan(7, from, to), Ok(expected));
    }

    /// Law: whatever is written under a split key is found by asking its parts.
    #[test]
    fn readers_ask_every_place_that_a_writer_may_choose(hash: u64, luck: u64, parts in 0..40_u32, fewer in 0..40_u32) {
        let mut hot = HotKeys::new();
        prop_assert_eq!(hot.split(hash, parts), Vec::<u64>::new(), "nothing has to be folded when a key is split");
        let written = hot.write(hash, luck);
        prop_assert!(hot.read(hash).any(|place| place == written));
        prop_assert_eq!(hot.read(hash).next(), Some(hash), "what was there before stays where it is");
        let before: Vec<u64> = hot.read(hash).collect();
        let folded = hot.split(hash, fewer);
        let mut after: Vec<u64> = hot.read(hash).collect();
        if fewer.max(1) < parts.max(1) {
            after.extend(folded);
            prop_assert_eq!(after, before, "every part that goes has to be folded");
        }
        prop_assert_eq!(hot.read(hash ^ 1).collect::<Vec<_>>(), [hash ^ 1], "other keys are left alone");
    }
}

/// A listing of range shards has the boundaries off by one: half-open ranges put 1,000,000 into the second.
#[test]
fn ranges_of_a_million_ids_are_half_open() {
    let ranges = Ranges::of_size(1_000_000, 3);
    for (id, shard) in
        [(1, 0), (999_999, 0), (1_000_000, 1), (1_000_001, 1), (1_500_000, 1), (2_000_000, 2), (9_000_000, 2)]
    {
        assert_eq!(ranges.owner(id), shard, "id {id}");
    }
    assert_eq!(ranges.touched(100, 201), [0], "users 100 to 200 lie on one shard");
    assert_eq!(ranges.touched(1_000_000, 2_000_001), [1, 2]);
    let growing = (2_000_000..3_000_000_u64).step_by(1_000).filter(|id| ranges.owner(*id) == 2).count();
    assert_eq!(growing, 1_000, "every new id goes to the last shard");
    assert_eq!(touched_when_hashed(&ring(3)).len(), 3, "a scan of a hashed placement asks everybody");
    assert_eq!(Ranges::of_size(u64::MAX, 5).iter().count(), 2, "the third would begin beyond the last key");
    assert_eq!((Ranges::of_size(0, 0).owner(u64::MAX), Ranges::new(4).owner(0)), (0, 4));
}

/// A directory of 1,024 slots: what a newcomer gets is exactly its due, from everybody alike, and a leaver's goes to all alike.
#[test]
fn a_newcomer_gets_its_due_of_the_ranges_and_nobody_else_anything() {
    let mut before = Ranges::of_size(1 << 54, 1_024);
    (0..1_024).for_each(|slot| before.assign(slot << 54, slot as u32 % 4).expect("a slot begins there"));
    let mut after = before.clone();
    assert_eq!(after.join(4), 204, "1024 / 5");
    let plan = Plan::between(&before, &after);
    assert!(plan.moves().iter().all(|range| range.to == Some(4)));
    assert_eq!(plan.share(), 204.0 / 1_024.0);
    let parts: Vec<f64> = before.shards().iter().map(|shard| plan.leaving(*shard).share()).collect();
    assert!(parts.iter().all(|part| *part == 51.0 / 1_024.0), "{parts:?}: each hands over its own, together all");
    assert_eq!(after.clone().join(4), 0, "it is there");

    let back = {
        let mut back = after.clone();
        assert_eq!(back.leave(4), 204);
        back
    };
    assert!(Plan::between(&after, &back).moves().iter().all(|range| range.from == Some(4)));
    let each = |shard: u32| back.iter().filter(|(_, _, owner)| *owner == shard).count();
    assert_eq!([0, 1, 2, 3].map(each), [256; 4]);
    let mut alone = Ranges::new(7);
    assert_eq!((alone.leave(7), alone.shards()), (0, vec![7]), "the last has nobody to give to");
}

#[test]
fn a_tenant_that_moves_is_asked_for_at_its_old_shard_until_the_answer_is_forgotten() {
    let mut directory = Directory::new(ring(2));
    let tenant = stable_hash("large-b");
    assert_eq!(directory.assign(tenant, 0), directory.owner(tenant).filter(|_| false).or(ring(2).owner(tenant)));
    let hour = Span::from_millis(3_600_000);
    let mut caller = RememberedDirectory::new(hour);
    assert_eq!(caller.find(tenant, Some(&directory), Time(0)), Found::Asked(0));
    assert_eq!(directory.assign(tenant, 9), Some(0), "it moves to a dedicated shard");
    assert_eq!(caller.find(tenant, Some(&directory), Time(hour.0 - 1)), Found::Remembered(0), "stale for an hour");
    assert_eq!(
        caller.find(tenant, None, Time(hour.0)),
        Found::Nowhere,
        "the directory is down and nothing is remembered"
    );
    assert_eq!(caller.find(tenant, Some(&directory), Time(hour.0)), Found::Asked(9));
    assert_eq!(directory.assign(tenant, 5), Some(9));
    caller.invalidate(tenant);
    assert_eq!(caller.find(tenant, Some(&directory), Time(hour.0)), Found::Asked(5), "unless somebody tells it");
    assert_eq!((directory.named(), directory.forget(tenant), directory.forget(tenant)), (1, true, false));
    assert_eq!(directory.owner(tenant), ring(2).owner(tenant), "an unnamed key falls to the rule");
}

fn three_regions() -> Geographic {
    let region = |number: u64, distances: [u64; 3]| {
        let mut place = Algorithm::Ring.config().build();
        (0..2).for_each(|member| place.add(member, number * 10 + u64::from(member), 1).expect("a new member"));
        Region { place, is_pinned: number == 1, is_up: true, distances: distances.map(Span::from_millis).to_vec() }
    };
    Geographic { regions: vec![region(0, [0, 80, 150]), region(1, [80, 0, 200]), region(2, [150, 200, 0])] }
}

#[test]
fn a_region_that_is_down_sends_its_users_to_the_nearest_unless_its_data_is_pinned() {
    let mut geographic = three_regions();
    let home = |geographic: &Geographic, region| geographic.home(region, 77).map(|home| home.region);
    assert_eq!([0, 1, 2].map(|region| home(&geographic, region)), [Ok(0), Ok(1), Ok(2)]);
    geographic.regions[0].is_up = false;
    geographic.regions[1].is_up = false;
    assert_eq!(home(&geographic, 0), Ok(2), "the nearer one is down too");
    assert_eq!(home(&geographic, 1), Err(HomeError::Pinned { region: 1 }));
    assert_eq!(home(&geographic, 3), Err(HomeError::Unknown { region: 3, regions: 3 }));
    geographic.regions[1].is_up = true;
    assert_eq!(home(&geographic, 0), Ok(1));
    geographic.regions.iter_mut().for_each(|region| region.is_up = false);
    assert_eq!(home(&geographic, 0), Err(HomeError::NoneUp));
}

/// Claim: geographic shards skew with the population. 60, 30 and 10 percent on three regions: 1.8 times the mean on the largest.
#[test]
fn regions_are_as_uneven_as_people_are_spread() {
    let geographic = three_regions();
    let mut loads = [0_u32; 3];
    for user in 0..100_000_u64 {
        let region = match user % 10 {
            0..6 => 0,
            6..9 => 1,
            _ => 2,
        };
        let Home { region, .. } = geographic.home(region, stable_hash_u64(user)).expect("all are up");
        loads[region as usize] += 1;
    }
    let skew = f64::from(loads[0]) * 3.0 / 100_000.0;
    assert!((skew - 1.8).abs() < 1e-9, "the largest region has {skew} times the mean");
}

#[test]
fn compound_keys_keep_a_users_rows_together_or_spread_them_by_time() {
    let (hour, together, spread) = (3_600, Compound { bucket: 0 }, Compound { bucket: 3_600 });
    assert_eq!(together.scan(7, 0, u64::MAX).map(|places| places.len()), Ok(1), "a timeline is one question");
    assert_eq!(spread.scan(7, 0, 24 * hour).map(|places| places.len()), Ok(24), "or one for every hour");
    let now: Vec<u64> = (0..hour).map(|second| spread.hash(7, 500 * hour + second)).collect();
    assert!(now.iter().all(|place| *place == now[0]), "what is written now still goes to one place");
    assert_eq!(spread.scan(7, 0, u64::MAX), Err(ScanError { buckets: u64::MAX / 3_600 + 1 }));
}

/// Claim: a celebrity makes 10, 10 and 10,000 questions a second of three shards; her key split in ten and spread over thirty
/// members leaves no member with more than a few tenths of that.
#[test]
fn splitting_a_celebritys_key_levels_the_writes_and_multiplies_the_reads() {
    let (place, mut hot, star) = (ring(30), HotKeys::new(), stable_hash_u64(12_345));
    let peak = |hot: &HotKeys| {
        let mut loads = [0_u32; 30];
        for luck in 0..10_000 {
            loads[place.owner(hot.write(star, luck)).expect("members") as usize] += 1;
        }
        loads.into_iter().max().unwrap_or(0)
    };
    let (before, reads_before) = (peak(&hot), hot.read(star).count());
    hot.split(star, 10);
    let (after, reads_after) = (peak(&hot), hot.read(star).count());
    assert_eq!((before, reads_before, reads_after), (10_000, 1, 10));
    assert!(after <= 4_000, "the busiest member takes {after} of 10,000 writes");
}

#[test]
fn a_celebrity_is_served_where_its_data_is() {
    let tiers = |switch| Tiers::new(TiersConfig { switch, ..TiersConfig::default() }, ring(100), 100, 101);
    let user = stable_hash_u64(1);
    let home = ring(100).owner(user);
    let mut right = tiers(Switch::AfterCopy);
    assert_eq!(right.observe(user, 1_000_000), None, "a million is not above a million");
    assert_eq!(right.observe(user, 1_000_001), Some(Relocation { user, from: home, to: Some(100) }));
    assert_eq!(right.observe(user, 60_000_000), None, "it is on its way already");
    assert_eq!((right.owner(user), right.tier(user)), (home, Tier::Normal), "served where the data is");
    assert!(right.on_moved(user) && !right.on_moved(user));
    assert_eq!(right.owner(user), Some(100));
    assert_eq!(right.observe(user, 60_000_000), Some(Relocation { user, from: Some(100), to: Some(101) }));
    right.on_moved(user);
    assert_eq!(right.observe(user, 30_000_000), None, "a little below the threshold it stays");
    assert_eq!(right.observe(user, 20_000_000).map(|move_| move_.to), Some(Some(100)));
    right.on_moved(user);
    assert_eq!(right.observe(user, 100).map(|move_| move_.to), Some(home));
    right.on_moved(user);
    assert_eq!((right.tier(user), right.owner(user)), (Tier::Normal, home));
    // The harm of the listing that switches first.
    let mut wrong = tiers(Switch::BeforeCopy);
    assert!(wrong.observe(user, 2_000_000).is_some());
    assert_eq!(wrong.owner(user), Some(100), "reads go to a shard that has nothing of this user yet");
    let ttls = [Tier::Normal, Tier::Hot, Tier::Ultra].map(|tier| tier.ttl().0 / 1_000_000_000);
    assert_eq!(ttls, [300, 3_600, 7_200]);
}

/// The notes' cases: 900 GB of a terabyte; shards 90, 20 and 15% busy; one key that makes nearly all of 10,000 requests a second.
#[test]
fn full_skewed_and_hot_shards_call_for_a_change() {
    let gigabyte = 1_000_000_000;
    let load = |bytes, requests, requests_hottest| ShardLoad {
        bytes: bytes * gigabyte,
        bytes_max: 1_000 * gigabyte,
        requests,
        requests_hottest,
    };
    let due = |shards: &[ShardLoad]| triggers(shards, TriggerConfig::default());
    assert_eq!(due(&[load(899, 5, 0), load(900, 5, 0)]), [(1, Trigger::Full)]);
    assert_eq!(due(&[load(0, 90, 1), load(0, 20, 1), load(0, 15, 1)]), [(0, Trigger::Skewed)]);
    let star = due(&[load(0, 10, 1), load(0, 10, 1), load(0, 10_000, 9_990)]);
    assert_eq!(star, [(2, Trigger::Skewed), (2, Trigger::HotKey)]);
    assert_eq!(due(&[]), []);
    let huge = ShardLoad { bytes: 0, bytes_max: u64::MAX, requests: u64::MAX, requests_hottest: u64::MAX };
    assert_eq!(due(&[huge; 3]), [0, 1, 2].map(|at| (at, Trigger::HotKey)), "sums do not overflow");
}
