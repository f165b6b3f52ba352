//! What expires, and who notices: on touch, by samples, or by a wheel.
//!
//! ```text
//!   lazy      a key that nobody asks for stays for ever
//!   sampled   20 keys by luck; if more than a quarter were dead, again       dead keys settle near a quarter, cycle by cycle
//!   wheel     a slot a tick, 64 slots a turn, wheels within wheels           each key leaves in its tick
//! ```
//!
//! The rule: whoever asks never gets what has expired ([`Lives::is_alive`] looks at the time itself). The ways differ only in how long
//! the dead take room.
//!
//! Cost: lazy nothing, sampled O(log n) a key looked at, the wheel O(levels) a key in all. Source: Redis, `expire.c` (the cycle of 20
//! samples and 25 %); Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", SOSP 1987, scheme 7.

use base::{Rng, Span, Time};
use std::collections::BTreeMap;

/// Keys, each with the moment from which it is dead. Removed when asked for ([`Lives::is_alive`]) or when sampled ([`Lives::sample`]).
#[derive(Clone, Debug, Default)]
pub struct Lives {
    /// Of each key its end, and where it stands in `keys`.
    ends: BTreeMap<u64, (Time, u32)>,
    /// All keys, in no order, so that one can be drawn.
    keys: Vec<u64>,
}

/// What a cycle of samples has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sampled {
    /// Keys that were looked at.
    pub looked_at: u64,
    /// Of those the dead ones; they are gone.
    pub removed: u64,
    /// Rounds.
    pub rounds: u32,
}

impl Lives {
    /// No keys.
    #[must_use]
    pub fn new() -> Lives {
        Lives::default()
    }

    /// A key lives until `end`, whatever it had.
    pub fn set(&mut self, key: u64, end: Time) {
        let place = self.keys.len() as u32;
        let entry = self.ends.entry(key).or_insert_with(|| {
            self.keys.push(key);
            (end, place)
        });
        entry.0 = end;
    }

    /// Whether a key is there and alive at `now`; a dead one is removed.
    pub fn is_alive(&mut self, key: u64, now: Time) -> bool {
        match self.ends.get(&key) {
            Some((end, _)) if now < *end => true,
            Some(_) => {
                self.remove(key);
                false
            }
            None => false,
        }
    }

    /// Removes a key; says whether it was there.
    pub fn remove(&mut self, key: u64) -> bool {
        let Some((_, place)) = self.ends.remove(&key) else { return false };
        self.keys.swap_remove(place as usize);
        if let Some(moved) = self.keys.get(place as usize).and_then(|moved| self.ends.get_mut(moved)) {
            moved.1 = place;
        }
        true
    }

    /// One cycle: draws `samples` keys, removes the dead, and begins again while more than `again_above` of the drawn were dead, for at
    /// most `rounds_max` rounds. Redis: 20 samples and a quarter.
    pub fn sample(&mut self, now: Time, samples: u32, again_above: f64, rounds_max: u32, rng: &mut Rng) -> Sampled {
        let mut done = Sampled::default();
        while done.rounds < rounds_max && !self.keys.is_empty() {
            let mut dead = 0;
            let drawn = u64::from(samples).min(self.keys.len() as u64);
            for _ in 0..drawn {
                if self.keys.is_empty() {
                    break;
                }
                let key = self.keys[rng.below(self.keys.len() as u64) as usize];
                dead += u64::from(!self.is_alive(key, now));
            }
            done = Sampled { looked_at: done.looked_at + drawn, removed: done.removed + dead, rounds: done.rounds + 1 };
            if dead as f64 <= again_above * drawn as f64 {
                break;
            }
        }
        done
    }

    /// Keys that take room, dead ones included.
    #[must_use]
    pub fn kept(&self) -> u64 {
        self.keys.len() as u64
    }

    /// Keys that take room and are dead at `now`. Looks at all of them.
    #[must_use]
    pub fn dead(&self, now: Time) -> u64 {
        self.ends.values().filter(|(end, _)| now >= *end).count() as u64
    }
}

/// Slots of a wheel: 6 bits of the time.
const SLOTS: u64 = 64;
/// Wheels: 11 times 6 bits hold every time.
const WHEELS: usize = 11;

/// A hierarchy of wheels of 64 slots: a slot of the first is a tick, a slot of each other one turn of the one before.
///
/// A key stands in the wheel of the highest digit, in base 64, in which its tick differs from now. When time comes to its slot it
/// moves to a finer wheel, or is due. Slots without keys are passed over at once.
///
/// ```
/// use base::{Span, Time};
/// use feed::expiry::Wheel;
///
/// let mut wheel = Wheel::new(Span::from_millis(1));
/// wheel.schedule(7, Time(5_500_000));
/// assert!(wheel.advance(Time(5_900_000)).is_empty(), "its tick is not over");
/// assert_eq!(wheel.advance(Time(6_000_000)), [7]);
/// ```
#[derive(Clone, Debug)]
pub struct Wheel {
    tick: Span,
    now: u64,
    /// Of each wheel its slots with keys, as bits.
    occupied: [u64; WHEELS],
    /// By wheel and slot; made when first used.
    slots: BTreeMap<(u8, u8), Vec<(u64, u64)>>,
    /// The tick of each key; what a slot says otherwise is out of date.
    ticks: BTreeMap<u64, u64>,
}

impl Wheel {
    /// A wheel at time zero with this tick; of 0 it is 1 ns.
    #[must_use]
    pub fn new(tick: Span) -> Wheel {
        let tick = Span(tick.0.max(1));
        Wheel { tick, now: 0, occupied: [0; WHEELS], slots: BTreeMap::new(), ticks: BTreeMap::new() }
    }

    /// Lets a key be due at `at`, rounded up to a tick, whatever it had; what is past is due at the next tick.
    pub fn schedule(&mut self, key: u64, at: Time) {
        let tick = at.0.div_ceil(self.tick.0).max(self.now.saturating_add(1));
        self.ticks.insert(key, tick);
        self.place(key, tick);
    }

    /// Forgets a key; says whether it was there. Its slot forgets it when its time comes.
    pub fn cancel(&mut self, key: u64) -> bool {
        self.ticks.remove(&key).is_some()
    }

    /// Keys that are not due yet.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.ticks.len() as u64
    }

    /// Goes on to `now` and says who is due, in the order of ticks, of one tick by key. A clock that goes back stands still.
    pub fn advance(&mut self, now: Time) -> Vec<u64> {
        let to = now.0 / self.tick.0;
        let mut due = Vec::new();
        while let Some((at, wheel, slot)) = self.next_slot().filter(|(at, ..)| *at <= to) {
            self.now = at;
            self.occupied[wheel] &= !(1 << slot);
            let mut of_tick = Vec::new();
            for (key, tick) in self.slots.remove(&(wheel as u8, slot as u8)).unwrap_or_default() {
                if self.ticks.get(&key) != Some(&tick) {
                    continue;
                }
                if tick <= at {
                    self.ticks.remove(&key);
                    of_tick.push(key);
                } else {
                    self.place(key, tick);
                }
            }
            of_tick.sort_unstable();
            due.extend(of_tick);
        }
        self.now = self.now.max(to);
        due
    }

    fn place(&mut self, key: u64, tick: u64) {
        let wheel = (63 - (tick ^ self.now).leading_zeros().min(63)) / 6;
        let slot = tick >> (6 * wheel) & (SLOTS - 1);
        self.occupied[wheel as usize] |= 1 << slot;
        self.slots.entry((wheel as u8, slot as u8)).or_default().push((key, tick));
    }

    /// The next slot with keys: when it begins, its wheel, and its number. Every key of a wheel lies ahead in its present turn, so
    /// finer wheels come first.
    fn next_slot(&self) -> Option<(u64, usize, u64)> {
        let wheel = self.occupied.iter().position(|slots| *slots != 0)?;
        let slot = u64::from(self.occupied[wheel].trailing_zeros());
        let shift = 6 * wheel as u32;
        // The digits above the wheel's are those of now; the slot is its digit; below are zeros.
        let above = self.now.checked_shr(shift + 6).map_or(0, |turns| turns.checked_shl(shift + 6).unwrap_or(0));
        Some((above | slot << shift, wheel, slot))
    }
}
