//! Both ways of resharding against two stores that fail, lag and race; the oracle is what was acknowledged.

use base::{Rng, stable_hash_u64};
use placement::{
    Backfill, Config, DualWrite, DualWriteConfig, Legs, ModuloConfig, Move, NotYet, Phase, Place, Placement, Plan,
    RingConfig, Side, StopAndCopy, StopPhase, Targets, Work,
};
use std::collections::BTreeMap;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Rows by hash: version and value; a value of `None` is a deletion that is remembered.
type Store = BTreeMap<u64, (u64, Option<u64>)>;

fn place(config: Config, members: u32) -> Placement {
    let mut place = config.build();
    (0..members).for_each(|member| place.add(member, u64::from(member), 1).expect("a new member"));
    place
}

/// The worked example: four shards by modulo become eight on a ring. Coarse, so that a run passes through every range.
fn plan() -> Plan {
    let (modulo, ring) = (Config::Modulo(ModuloConfig { slots: 16 }), Config::Ring(RingConfig { points: 2 }));
    Plan::between(&place(modulo, 4), &place(ring, 8))
}

fn put(store: &mut Store, hash: u64, row: (u64, Option<u64>), only_if_newer: bool) {
    if !only_if_newer || store.get(&hash).is_none_or(|(version, _)| *version < row.0) {
        store.insert(hash, row);
    }
}

/// A write on its way: one leg after the other, each at some later step, each may fail.
struct Flight {
    hash: u64,
    row: (u64, Option<u64>),
    targets: Targets,
    worked: Targets,
    old_at: u64,
    new_at: u64,
}

/// A copy that has been read and not yet written.
struct Carried {
    rows: Vec<(u64, (u64, Option<u64>))>,
    only_if_newer: bool,
    at: u64,
    through: u64,
    repair: Option<(u64, u64, Side)>,
}

struct World {
    machine: DualWrite,
    old: Store,
    new: Store,
    flights: Vec<Flight>,
    carried: Option<Carried>,
    acknowledged: BTreeMap<u64, (u64, Option<u64>)>,
    stale_reads: u32,
    rng: Rng,
    loss: f64,
    step: u64,
}

const KEYS: u64 = 60;

impl World {
    fn new(config: DualWriteConfig, seed: u64, loss: f64) -> World {
        let old: Store = (0..KEYS).map(|key| (stable_hash_u64(key), (1, Some(key)))).collect();
        World {
            machine: DualWrite::new(config, plan()),
            acknowledged: old.clone(),
            old,
            new: Store::new(),
            flights: Vec::new(),
            carried: None,
            stale_reads: 0,
            rng: Rng::new(seed),
            loss,
            step: 1,
        }
    }

    /// Keys that do not move are not the machine's business, and have one home here.
    fn some_key(&mut self) -> u64 {
        stable_hash_u64(self.rng.below(KEYS))
    }

    fn tick(&mut self) {
        self.step += 1;
        self.land();
        self.carry();
        if self.rng.chance(0.3) {
            self.begin_write();
        }
        if self.rng.chance(0.5) {
            self.read();
        }
        if self.carried.is_none() {
            self.begin_work();
        }
    }

    fn begin_write(&mut self) {
        let hash = self.some_key();
        let targets = self.machine.write(hash);
        let value = (!self.rng.chance(0.2)).then_some(self.step);
        let (old_at, new_at) = (self.step + 1 + self.rng.below(4), self.step + 1 + self.rng.below(4));
        let worked = Targets { old: false, new: false };
        self.flights.push(Flight { hash, row: (self.step, value), targets, worked, old_at, new_at });
    }

    fn land(&mut self) {
        let (step, loss) = (self.step, self.loss);
        for mut flight in core::mem::take(&mut self.flights) {
            if flight.targets.old && flight.old_at == step && !self.rng.chance(loss) {
                put(&mut self.old, flight.hash, flight.row, true);
                flight.worked.old = true;
            }
            if flight.targets.new && flight.new_at == step && !self.rng.chance(loss) {
                put(&mut self.new, flight.hash, flight.row, true);
                flight.worked.new = true;
            }
            if step < flight.old_at.max(flight.new_at) {
                self.flights.push(flight);
                continue;
            }
            let counts = self.machine.on_write(flight.hash, flight.worked);
            if counts {
                put(&mut self.acknowledged, flight.hash, flight.row, true);
            }
        }
    }

    fn read(&mut self) {
        let hash = self.some_key();
        if plan().of(hash).is_none() {
            return;
        }
        let store = if self.machine.read() == Side::Old { &self.old } else { &self.new };
        let seen = store.get(&hash).map_or(0, |(version, _)| *version);
        self.stale_reads += u32::from(seen < self.acknowledged[&hash].0);
    }

    fn begin_work(&mut self) {
        let at = self.step + 1 + self.rng.below(5);
        let within =
            |store: &Store, rest: Move| -> Vec<u64> { store.range(rest.first..=rest.last).map(|row| *row.0).collect() };
        self.carried = match self.machine.work() {
            None => None,
            Some(Work::Copy { rest, only_if_newer }) => {
                let rows: Vec<_> =
                    self.old.range(rest.first..=rest.last).take(3).map(|(hash, row)| (*hash, *row)).collect();
                let through = if rows.len() < 3 { rest.last } else { rows[2].0 };
                Some(Carried { rows, only_if_newer, at, through, repair: None })
            }
            Some(Work::Compare { rest }) => {
                let mut hashes = within(&self.old, rest);
                hashes.extend(within(&self.new, rest));
                hashes.sort_unstable();
                hashes.dedup();
                hashes.retain(|hash| self.old.get(hash) != self.new.get(hash));
                self.machine.on_compared_through(rest.last, &hashes);
                None
            }
            Some(Work::Repair { hash, from, serial }) => {
                let source = if from == Side::Old { &self.old } else { &self.new };
                let rows = source.get(&hash).map(|row| (hash, *row)).into_iter().collect();
                Some(Carried { rows, only_if_newer: true, at, through: 0, repair: Some((hash, serial, from)) })
            }
        };
    }

    fn carry(&mut self) {
        let Some(carried) = self.carried.take_if(|carried| carried.at <= self.step) else { return };
        let to_old = matches!(carried.repair, Some((_, _, Side::New)));
        for (hash, row) in carried.rows {
            put(if to_old { &mut self.old } else { &mut self.new }, hash, row, carried.only_if_newer);
        }
        match carried.repair {
            Some((hash, serial, _)) => self.machine.on_repaired(hash, serial),
            None => self.machine.on_copied_through(carried.through),
        }
    }

    /// Runs until complete, going on as soon as the machine lets it; the keys of which an acknowledged write is not there.
    fn run(mut self) -> (usize, u32) {
        // Writes go on only until it is complete: later ones would cover up what was lost.
        for _ in 0..20_000 {
            self.tick();
            if self.machine.phase() == Phase::Complete {
                break;
            }
            // Stay a while in each phase, so that writes race with every part of it.
            if self.rng.chance(0.05) {
                let _ = self.machine.advance();
            }
        }
        assert_eq!(self.machine.phase(), Phase::Complete);
        while !self.flights.is_empty() {
            self.step += 1;
            self.land();
        }
        let is_lost = |(hash, row): &(&u64, &(u64, Option<u64>))| {
            plan().of(**hash).is_some() && self.new.get(hash).is_none_or(|there| there.0 < row.0)
        };
        (self.acknowledged.iter().filter(is_lost).count(), self.stale_reads)
    }
}

/// Every key of the worked example moves or not by the plan; only moving ones are judged. Here all are, or the test shows little.
#[test]
fn most_keys_of_the_example_move() {
    let moving = (0..KEYS).filter(|key| plan().of(stable_hash_u64(*key)).is_some()).count();
    assert!(moving > 40, "{moving} of {KEYS} keys move from 4 shards by modulo to 8 on a ring");
}

fn lost_and_stale(config: DualWriteConfig, loss: f64) -> (usize, u32) {
    let runs = (0..40).map(|seed| World::new(config, seed, loss).run());
    runs.fold((0, 0), |sum, run| (sum.0 + run.0, sum.1 + run.1))
}

fn lost(config: DualWriteConfig, loss: f64) -> usize {
    lost_and_stale(config, loss).0
}

#[test]
fn no_acknowledged_write_is_lost_whatever_fails_and_races() {
    for loss in [0.0, 0.1, 0.4] {
        let (lost, stale) = lost_and_stale(DualWriteConfig::default(), loss);
        assert_eq!(
            (lost, stale),
            (0, 0),
            "acknowledged writes lost, and reads that missed one, with {loss} of the legs failing"
        );
    }
}

#[test]
fn copies_that_overwrite_lose_writes() {
    let config = DualWriteConfig { backfill: Backfill::Overwrite, legs: Legs::Trusted };
    let lost = lost(config, 0.0);
    assert!(lost > 0, "{lost} acknowledged writes were undone by copies that arrived after them");
}

#[test]
fn legs_that_fail_and_are_not_repaired_lose_writes() {
    let config = DualWriteConfig { backfill: Backfill::IfNewer, legs: Legs::Trusted };
    let lost = lost(config, 0.2);
    assert!(lost > 0, "{lost} acknowledged writes were never at the new side");
}

/// The comparison catches what the careless copy breaks.
#[test]
fn comparing_repairs_what_overwriting_broke_before_the_switch() {
    let careful = DualWriteConfig { backfill: Backfill::Overwrite, legs: Legs::Verified };
    let careless = DualWriteConfig { legs: Legs::Trusted, ..careful };
    let (with, without) = (lost(careful, 0.0), lost(careless, 0.0));
    assert!(with < without, "{with} lost with comparing, {without} without");
}

#[test]
fn phases_follow_each_other_and_say_what_is_missing() {
    let plan = plan();
    let ranges = plan.moves().len() as u64;
    let mut machine = DualWrite::new(DualWriteConfig::default(), plan.clone());
    let hash = plan.moves()[0].first;
    assert_eq!((machine.work(), machine.write(hash)), (None, Targets { old: true, new: false }));
    assert_eq!(machine.roll_back(), Err(NotYet::End { phase: Phase::Prepared }));
    assert_eq!(machine.advance(), Ok(Phase::DualWrite));
    assert_eq!((machine.read(), machine.write(hash)), (Side::Old, Targets { old: true, new: true }));
    assert_eq!(machine.advance(), Err(NotYet::Copying { ranges }));
    machine.on_copied_through(u64::MAX);
    assert_eq!(machine.advance(), Err(NotYet::Comparing { ranges }));
    assert!(machine.on_write(hash, Targets { old: true, new: false }), "the side that is read has it");
    assert!(!machine.on_write(hash, Targets { old: false, new: true }), "and here it does not");
    machine.on_compared_through(u64::MAX, &[]);
    assert_eq!(machine.advance(), Err(NotYet::Suspect { keys: 1 }));
    assert_eq!(machine.work(), Some(Work::Repair { hash, from: Side::Old, serial: 2 }));
    machine.on_repaired(hash, 1);
    assert_eq!(machine.suspects(), 1, "it became suspect again while it was being repaired");
    machine.on_repaired(hash, 2);
    assert_eq!(machine.advance(), Ok(Phase::ReadNew));
    assert_eq!((machine.read(), machine.write(hash)), (Side::New, Targets { old: true, new: true }));
    assert_eq!(machine.roll_back(), Ok(Phase::DualWrite), "back, as long as the old side is written");
    assert_eq!(machine.advance(), Ok(Phase::ReadNew));
    assert_eq!(machine.advance(), Ok(Phase::Complete));
    assert_eq!(machine.roll_back(), Err(NotYet::End { phase: Phase::Complete }), "there is no way back from here");
    assert_eq!(machine.write(hash), Targets { old: false, new: true });
}

#[test]
fn going_back_to_the_beginning_copies_everything_again() {
    let mut machine = DualWrite::new(DualWriteConfig::default(), plan());
    machine.advance().expect("the beginning");
    let first = machine.work();
    machine.on_copied_through(u64::MAX);
    assert_eq!(machine.roll_back(), Ok(Phase::Prepared));
    machine.advance().expect("the beginning");
    assert_eq!(machine.work(), first);
}

/// Downtime of stop and copy is the copying; all writes of that time are refused, and nothing is lost.
#[test]
fn stop_and_copy_refuses_for_as_long_as_it_copies() {
    let mut machine = StopAndCopy::new(plan());
    assert_eq!((machine.side(), machine.work()), (Some(Side::Old), None));
    machine.on_copied_through(u64::MAX);
    assert_eq!(machine.phase(), StopPhase::Serving, "nothing is copied before it stops");
    machine.stop();
    let (mut batches, mut copied) = (0, Vec::new());
    while let Some(Work::Copy { rest, .. }) = machine.work() {
        assert_eq!(machine.side(), None, "reads and writes are refused");
        copied.push((rest.first, rest.last));
        machine.on_copied_through(rest.last);
        batches += 1;
    }
    let planned: Vec<(u64, u64)> = plan().moves().iter().map(|range| (range.first, range.last)).collect();
    assert_eq!((machine.side(), &copied), (Some(Side::New), &planned));
    assert!(batches > 10, "refused during {batches} batches");
    let mut nothing = StopAndCopy::new(Plan::default());
    nothing.stop();
    assert_eq!(nothing.phase(), StopPhase::Switched);
}
