//! The index of an object store: against a recount of everything after each of many random steps, and its rules one by one.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use base::{Rng, Time};
use storage::chunks::{ChunkId, name_of};
use storage::erasure::Erasure;
use storage::objects::{Objects, Place};

const MEMBERS: u64 = 6;

fn name(of: u64) -> ChunkId {
    name_of(&of.to_le_bytes())
}

/// Uploads one object of one chunk; its pieces go to these members with their first disks.
fn put(objects: &mut Objects, key: u64, content: u64, members: &[u16], now: Time) -> u32 {
    let members: Vec<(u16, u32)> = members.iter().map(|member| (*member, 0)).collect();
    let due = objects.expect(name(content), 10, &members, now);
    for (piece, member) in &due.send {
        objects.hold(due.chunk, *piece, *member, 0, now);
    }
    objects.commit(key, now.0 + 1, 0, &[due.chunk], 1, now).expect("all is there");
    due.chunk
}

/// Oracle: everything counted anew from the places of the chunks that objects name.
#[test]
fn what_is_missing_and_lost_is_what_a_recount_finds() {
    for (data, spare) in [(1, 2), (2, 1), (3, 2)] {
        let code = Erasure::new(data, spare).expect("a code");
        let (mut objects, mut rng) = (Objects::new(code), Rng::new(u64::from(data)));
        let (mut disks, mut down, mut lost_once) = (vec![0_u32; MEMBERS as usize], vec![false; MEMBERS as usize], 0);
        for step in 0..2_000 {
            let now = Time(step);
            let member = rng.below(MEMBERS) as u16;
            match rng.below(10) {
                0 => {
                    disks[usize::from(member)] += 1;
                    objects.wipe(member, disks[usize::from(member)]);
                    lost_once += objects.find_lost(|place| disks[usize::from(place.member)] == place.disk).len();
                }
                1 | 2 => {
                    down[usize::from(member)] = !down[usize::from(member)];
                    objects.set_down(member, down[usize::from(member)]);
                }
                3..6 => {
                    if let Some(repair) = objects.repair(now, Time(step.saturating_sub(5)), now) {
                        let places = &objects.chunk(repair.chunk).expect("it is known").places;
                        let has = |member: u16| places.iter().flatten().any(|place| place.member == member);
                        let to = (0..MEMBERS as u16).find(|to| !down[usize::from(*to)] && !has(*to));
                        if let Some(to) = to {
                            objects.repaired(repair.chunk, repair.piece, to, disks[usize::from(to)]);
                        }
                    }
                }
                _ => {
                    let up: Vec<(u16, u32)> = (0..MEMBERS as u16)
                        .filter(|m| !down[usize::from(*m)])
                        .map(|m| (m, disks[usize::from(m)]))
                        .collect();
                    let due = objects.expect(name(rng.below(30)), 10, &up, now);
                    for (piece, member) in &due.send {
                        objects.hold(due.chunk, *piece, *member, disks[usize::from(*member)], now);
                    }
                    let _ = objects.commit(rng.below(20), step + 1, step, &[due.chunk], data, now);
                }
            }
            let held = |chunk: u32| {
                let places = &objects.chunk(chunk).expect("a chunk that an object names is known").places;
                places.iter().flatten().filter(|place| place.is_held && !down[usize::from(place.member)]).count() as u64
            };
            let mut used: Vec<u32> = objects.objects().flat_map(|(_, object)| object.chunks.clone()).collect();
            used.sort_unstable();
            used.dedup();
            let missing: u64 = used.iter().map(|chunk| u64::from(code.count()) - held(*chunk)).sum();
            let unreadable = used.iter().filter(|chunk| held(**chunk) < u64::from(data)).count() as u64;
            assert_eq!(objects.missing(), (missing, unreadable), "{data}+{spare}, step {step}");
            assert_eq!(objects.counts().0, used.len() as u64);
        }
        assert!(lost_once > 0, "{data}+{spare}: something was lost at times, or this shows nothing");
    }
}

/// Source of the order: "The Google File System", §4.3: a chunk that has lost two copies goes before one that has lost one.
#[test]
fn the_chunk_with_the_fewest_pieces_left_is_repaired_first() {
    let mut objects = Objects::new(Erasure::new(1, 2).expect("a code"));
    put(&mut objects, 1, 1, &[0, 2, 3], Time(0));
    let worse = put(&mut objects, 2, 2, &[0, 1, 4], Time(0));
    objects.set_down(0, true);
    objects.set_down(1, true);
    let first = objects.repair(Time(1), Time(0), Time(1)).expect("there is something to repair");
    assert_eq!((first.chunk, first.from), (worse, Some(0)));
    assert_ne!(objects.repair(Time(1), Time(0), Time(1)).map(|next| next.chunk), Some(worse), "it is being repaired");
}

#[test]
fn a_chunk_is_kept_once_and_swept_when_the_last_object_has_gone_and_a_while_has_passed() {
    let mut objects = Objects::new(Erasure::new(1, 0).expect("a code"));
    let logo = put(&mut objects, 1, 7, &[0], Time(0));
    assert_eq!(put(&mut objects, 2, 7, &[3], Time(1)), logo, "the same content");
    assert_eq!(objects.bytes(), (20, 10));
    put(&mut objects, 1, 8, &[1], Time(2));
    assert!(objects.sweep(Time(100)).is_empty(), "object 2 names it still");
    put(&mut objects, 2, 8, &[1], Time(3));
    assert!(objects.sweep(Time(2)).is_empty(), "touched at 3");
    assert_eq!(objects.sweep(Time(3)), [(logo, vec![0])]);
}

#[test]
fn an_upload_begun_again_sends_what_is_not_there_and_commits_only_when_it_is() {
    let mut objects = Objects::new(Erasure::new(2, 1).expect("a code"));
    let members = [(0, 0), (1, 0), (2, 0)];
    let due = objects.expect(name(1), 10, &members, Time(0));
    assert_eq!(due.send, [(0, 0), (1, 1), (2, 2)]);
    objects.hold(due.chunk, 1, 1, 0, Time(1));
    assert!(objects.commit(1, 1, 0, &[due.chunk], 2, Time(1)).is_err(), "one piece of two");
    let again = objects.expect(name(1), 10, &members, Time(2));
    assert_eq!((again.send.as_slice(), again.held), ([(0, 0), (2, 2)].as_slice(), 1));
    objects.hold(due.chunk, 0, 0, 0, Time(3));
    assert!(objects.commit(1, 1, 0, &[due.chunk], 2, Time(3)).is_ok());
    assert!(!objects.hold(due.chunk, 0, 5, 0, Time(4)), "piece 0 belongs to member 0");
    assert!(objects.find_lost(|place: &Place| place.member == 0).len() == 1, "one piece of two is left");
}
