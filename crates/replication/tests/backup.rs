//! Backups: recovery to every moment against a model, and every piece that may be missing.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use base::{Rng, Time};
use replication::backup::*;
use replication::journal::Journal;
use std::collections::BTreeMap;

type Rows = BTreeMap<u64, u64>;

/// A journal and the oracle: the table after each change, kept whole, with the change's time.
struct World {
    journal: Journal,
    model: Vec<(Time, Rows)>,
    now: Time,
    rng: Rng,
}

impl World {
    fn new(seed: u64) -> World {
        let rng = Rng::new(seed);
        World { journal: Journal::new(), model: vec![(Time::ZERO, Rows::new())], now: Time(10), rng }
    }

    fn write(&mut self) {
        self.now.0 += self.rng.below(4);
        let (key, mut rows) = (self.rng.below(12), self.model.last().unwrap().1.clone());
        if self.rng.chance(0.3) {
            if self.journal.delete(key, self.now).is_none() {
                return;
            }
            rows.remove(&key);
        } else {
            let value = self.rng.below(1_000);
            self.journal.put(key, value, self.now);
            rows.insert(key, value);
        }
        self.model.push((self.now, rows));
    }

    fn writes(&mut self, n: u64) {
        (0..n).for_each(|_| self.write());
    }

    fn at(&self, time: Time) -> &Rows {
        &self.model.iter().rev().find(|(at, _)| *at <= time).unwrap().1
    }

    /// A copy while writes go on.
    fn copying(&mut self) -> Copying {
        let mut copying = Copying::begin(&self.journal);
        loop {
            let n = self.rng.below(4);
            self.writes(n);
            if copying.copy(&self.journal, 3) {
                return copying;
            }
        }
    }
}

/// A world with backups of every kind in any order; everything is archived in the end, later than the last change.
fn busy(seed: u64) -> (World, Archive) {
    let (mut world, mut archive) = (World::new(seed), Archive::default());
    for _ in 0..40 {
        let n = world.rng.below(6);
        world.writes(n);
        match world.rng.below(8) {
            0 => archive.back_up_fully(&world.journal),
            1 => archive.add(world.copying().end(&world.journal).unwrap()),
            2 | 3 => drop(archive.back_up_increment(&world.journal).unwrap()),
            4 | 5 => drop(archive.archive_log(&world.journal, world.now).unwrap()),
            _ => {}
        }
    }
    world.now.0 += 1;
    archive.archive_log(&world.journal, world.now).unwrap();
    (world, archive)
}

/// Oracle: the model replayed to that moment.
#[test]
fn every_position_and_every_time_that_a_backup_covers_is_recovered_exactly() {
    let (mut by_increment, mut moments) = (0, 0);
    for seed in 0..150 {
        let (world, archive) = busy(seed);
        let earliest = archive.backups().map(Backup::end).min();
        for position in 0..world.model.len() as u64 {
            match archive.recover(Target::Position(position)) {
                Ok(recovered) => {
                    let rows = &world.model[position as usize].1;
                    assert_eq!((&recovered.rows, recovered.position), (rows, position), "seed {seed}, {position}");
                    by_increment += u64::from(recovered.increments > 0);
                    moments += 1;
                }
                Err(error) => {
                    assert_eq!(error, RecoverError::NoBackup { target: position, earliest }, "seed {seed}");
                    assert!(earliest.is_none_or(|earliest| position < earliest), "seed {seed}, {position}");
                }
            }
        }
        for time in 0..world.now.0 {
            match archive.recover(Target::Time(Time(time))) {
                Ok(recovered) => assert_eq!(&recovered.rows, world.at(Time(time)), "seed {seed}, time {time}"),
                Err(error) => assert!(matches!(error, RecoverError::NoBackup { .. }), "seed {seed}: {error}"),
            }
        }
        let closed = archive.recover(Target::Time(world.now));
        assert!(matches!(closed, Err(RecoverError::NotArchived { .. })), "seed {seed}: {closed:?}");
    }
    assert!(by_increment > 1_000 && moments > 5_000, "{by_increment} of {moments} by increments");
}

/// Whatever is lost, what comes back is the table as it was, or an error. Oracle: the model.
#[test]
fn with_pieces_missing_recovery_is_exact_or_an_error() {
    let (mut errors, mut moments) = (0, 0);
    for seed in 0..150 {
        let (mut world, mut archive) = busy(seed);
        let segments: Vec<u64> = archive.segments().filter_map(|it| it.changes.first().map(|it| it.position)).collect();
        let ends: Vec<u64> = archive.backups().map(Backup::end).collect();
        for lost in segments {
            if world.rng.chance(0.2) {
                archive.lose_segment(lost);
            }
        }
        for lost in ends {
            if world.rng.chance(0.2) {
                archive.lose_backup(lost);
            }
        }
        for position in 0..world.model.len() as u64 {
            let recovered = archive.recover(Target::Position(position));
            errors += u64::from(recovered.is_err());
            moments += 1;
            if let Ok(recovered) = recovered {
                assert_eq!(recovered.rows, world.model[position as usize].1, "seed {seed}, position {position}");
            }
        }
        for time in 0..world.now.0 {
            if let Ok(recovered) = archive.recover(Target::Time(Time(time))) {
                assert_eq!(&recovered.rows, world.at(Time(time)), "seed {seed}, time {time}");
            }
        }
    }
    assert!(errors > 500 && moments - errors > 500, "{errors} errors in {moments} moments");
}

/// Ten changes a segment, a full backup at 0 and at 50, an increment at 20.
fn regular() -> (World, Archive) {
    let (mut world, mut archive) = (World::new(1), Archive::default());
    archive.back_up_fully(&world.journal);
    for end in (10..=100).step_by(10) {
        while world.journal.position() < end {
            world.write();
        }
        archive.archive_log(&world.journal, world.now).unwrap();
        match end {
            20 => drop(archive.back_up_increment(&world.journal).unwrap()),
            50 => archive.back_up_fully(&world.journal),
            _ => {}
        }
    }
    (world, archive)
}

#[test]
fn recovery_takes_the_newest_backup_and_replays_the_rest() {
    let (_, archive) = regular();
    let cost = |position| archive.recover(Target::Position(position)).map(|it| (it.full, it.increments, it.replayed));
    assert_eq!(cost(19), Ok((0, 0, 19)));
    assert_eq!(cost(35), Ok((0, 1, 15)));
    assert_eq!(cost(50), Ok((50, 0, 0)));
    assert_eq!(cost(87), Ok((50, 0, 37)));
}

#[test]
fn a_missing_segment_is_named_and_stops_what_is_behind_it_up_to_the_next_backup() {
    let (world, mut archive) = regular();
    assert!(archive.lose_segment(31) && !archive.lose_segment(32));
    for position in 0..=100 {
        let recovered = archive.recover(Target::Position(position)).map(|it| it.rows);
        match position {
            31..=49 => assert_eq!(recovered, Err(RecoverError::SegmentMissing { position: 31 }), "{position}"),
            _ => assert_eq!(recovered.as_ref(), Ok(&world.model[position as usize].1), "{position}"),
        }
    }
    assert_eq!(RecoverError::SegmentMissing { position: 31 }.to_string(), "no archived segment holds position 31");
}

#[test]
fn a_missing_increment_costs_a_longer_replay() {
    let (world, mut archive) = regular();
    assert!(archive.lose_backup(20));
    let recovered = archive.recover(Target::Position(35)).unwrap();
    assert_eq!((recovered.full, recovered.replayed), (0, 35));
    assert_eq!(recovered.rows, world.model[35].1);
}

#[test]
fn what_was_not_archived_is_lost_with_the_machine_and_nothing_else() {
    let (mut world, archive) = regular();
    while world.journal.position() < 107 {
        world.write();
    }
    let recovered = archive.recover(Target::Latest).unwrap();
    assert_eq!((recovered.position, world.journal.position() - archive.archived()), (100, 7), "seven changes");
    let error = archive.recover(Target::Position(101)).unwrap_err();
    assert!(matches!(error, RecoverError::NotArchived { archived: 100, .. }), "{error}");
}

#[test]
fn a_log_forgotten_before_it_was_archived_leaves_a_gap() {
    let (mut world, mut archive) = regular();
    world.writes(40);
    world.journal.forget(105);
    assert!(archive.archive_log(&world.journal, world.now).is_err());
    assert!(archive.back_up_increment(&world.journal).is_err(), "the last backup is at 50");
    archive.skip_gap(&world.journal);
    archive.archive_log(&world.journal, world.now).unwrap();
    assert_eq!(
        archive.recover(Target::Latest).map(|it| it.position),
        Err(RecoverError::SegmentMissing { position: 101 })
    );
    archive.back_up_fully(&world.journal);
    assert_eq!(archive.recover(Target::Latest).unwrap().rows, *world.journal.rows());
}

#[test]
fn what_no_retained_backup_needs_is_forgotten() {
    let (world, mut archive) = regular();
    archive.retain(1);
    assert_eq!((archive.backups().count(), archive.segments().count()), (1, 5));
    assert_eq!(archive.recover(Target::Position(50)).unwrap().rows, world.model[50].1);
    assert_eq!(archive.recover(Target::Position(49)), Err(RecoverError::NoBackup { target: 49, earliest: Some(50) }));
    let empty = Archive::default();
    assert_eq!(empty.recover(Target::Latest), Err(RecoverError::NoBackup { target: 0, earliest: None }));
}

/// A copy that took its time, laid back. In how many of 100 worlds it is the table at its end.
fn fuzzy(end: impl Fn(Copying, &Journal) -> Option<Backup>) -> usize {
    let is_right = |seed: &u64| {
        let (mut world, mut archive) = (World::new(*seed), Archive::default());
        world.writes(40);
        archive.archive_log(&world.journal, world.now).unwrap();
        let copying = world.copying();
        archive.add(end(copying, &world.journal).unwrap());
        archive.archive_log(&world.journal, world.now).unwrap();
        archive.recover(Target::Latest).unwrap().rows == *world.journal.rows()
    };
    (0..100).filter(is_right).count()
}

#[test]
fn a_copy_of_a_table_in_use_is_right_only_with_the_log_from_where_it_began() {
    assert_eq!(fuzzy(Copying::end), 100);
    let right = fuzzy(Copying::end_without_start);
    assert!(right < 50, "{right} of 100 copies of no moment happen to be right");
}
