//! The agenda: what will happen, in order of (time, sequence).
//!
//! Two events at one time happen in the order in which they were scheduled; that tie-break is part of every digest. An entry is one
//! `u128`, so that comparing two is one comparison:
//!
//! ```text
//!  127            64 63            24 23           0
//! | time in ns      | sequence       | slot in slab |
//! ```
//!
//! Most events come from a heap: implicit, 4-ary, with a hole left at the root by a removal that the next insertion fills (one sift
//! instead of two). Events that are scheduled a constant time ahead, such as messages over wires of constant latency and time-outs,
//! are already in order and come from FIFO lanes at O(1). Payloads lie in a slab; nothing is allocated in steady state. Alarms are
//! events that mostly come to nothing, such as time-outs: they carry one word and lie in their lane, so that thousands of them
//! pending do not push what matters out of the processor's cache.
//!
//! Bounds: 2^24 events pending, 2^40 events scheduled over a run; going beyond the first is refused, and no machine reaches the
//! second within hours. Cost at 100 pending: about 10 ns for a push and a pop.

use base::{Span, Time};
use std::collections::VecDeque;

const SLOT_BITS: u32 = 24;
const SLOT_MASK: u128 = (1 << SLOT_BITS) - 1;
/// An entry later than every entry.
const NEVER: u128 = u128::MAX;

/// A lane for events scheduled one constant time ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneId(u8);

/// What waits behind the front of a lane.
#[derive(Clone, Debug)]
struct Lane {
    delay: Span,
    rest: Rest,
}

#[derive(Clone, Debug)]
enum Rest {
    Events(VecDeque<u128>),
    /// With the word of the alarm at the front, and behind it the others.
    Alarms(u64, VecDeque<(u128, u64)>),
}

/// An event that was taken out of the agenda and can still be read there, until the next one is scheduled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken(u32);

/// What was taken out of the agenda.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// An event, to be read by [`Agenda::event`].
    Event(Taken),
    /// The word of an alarm, and its lane.
    Alarm(LaneId, u64),
}

/// What will happen, in order. `E` is the payload of an event.
#[derive(Clone, Debug)]
pub struct Agenda<E> {
    heap: Heap,
    /// The earliest entry of the heap when it has been taken out to be compared with the lanes, else [`NEVER`].
    head: u128,
    /// The earliest entry of each lane, or [`NEVER`]: side by side, to be compared.
    fronts: Vec<u128>,
    lanes: Vec<Lane>,
    slab: Vec<E>,
    free: Vec<u32>,
    sequence: u64,
}

impl<E: Copy> Default for Agenda<E> {
    fn default() -> Agenda<E> {
        Agenda {
            heap: Heap::default(),
            head: NEVER,
            fronts: Vec::new(),
            lanes: Vec::new(),
            slab: Vec::new(),
            free: Vec::new(),
            sequence: 0,
        }
    }
}

impl<E: Copy> Agenda<E> {
    /// Most lanes for events, and most for alarms; a delay beyond them goes to the heap, which is slower and gives the same order.
    pub const LANES_MAX: usize = 6;
    /// Most events that can be pending.
    pub const PENDING_MAX: usize = 1 << SLOT_BITS;

    /// The lane for events exactly `delay` ahead, or `None` when there are enough lanes.
    pub fn lane(&mut self, delay: Span) -> Option<LaneId> {
        self.lane_like(delay, Rest::Events(VecDeque::new()))
    }

    /// The lane for alarms exactly `delay` ahead, or `None` when there are enough lanes.
    pub fn alarm_lane(&mut self, delay: Span) -> Option<LaneId> {
        self.lane_like(delay, Rest::Alarms(0, VecDeque::new()))
    }

    fn lane_like(&mut self, delay: Span, empty: Rest) -> Option<LaneId> {
        let is_alike = |lane: &Lane| std::mem::discriminant(&lane.rest) == std::mem::discriminant(&empty);
        let known = self.lanes.iter().position(|lane| lane.delay == delay && is_alike(lane));
        if known.is_none() && self.lanes.iter().filter(|lane| is_alike(lane)).count() < Self::LANES_MAX {
            self.lanes.push(Lane { delay, rest: empty });
            self.fronts.push(NEVER);
            return Some(LaneId(self.lanes.len() as u8 - 1));
        }
        known.map(|at| LaneId(at as u8))
    }

    #[inline]
    fn key(&mut self, at: Time, slot: u32) -> u128 {
        let sequence = self.sequence;
        self.sequence += 1;
        u128::from(at.0) << 64 | u128::from(sequence) << SLOT_BITS | u128::from(slot)
    }

    /// Schedules an alarm in `lane`; `at` must be the present plus the lane's delay.
    #[inline]
    pub fn push_alarm(&mut self, lane: LaneId, at: Time, word: u64) {
        let key = self.key(at, 0);
        let front = &mut self.fronts[usize::from(lane.0)];
        let Rest::Alarms(first, rest) = &mut self.lanes[usize::from(lane.0)].rest else { return };
        if *front == NEVER {
            (*front, *first) = (key, word);
        } else {
            rest.push_back((key, word));
        }
    }

    /// Stores an event that is made where it is to lie. Made elsewhere it would be copied whole right after it was written field by
    /// field, and a processor cannot hand such stores on: that copy alone waits longer than a heap's push takes.
    #[inline(always)]
    fn store(&mut self, at: Time, event: impl FnOnce() -> E) -> u128 {
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slab[slot as usize] = event();
                slot
            }
            None => self.store_anew(event()),
        };
        self.key(at, slot)
    }

    #[cold]
    #[inline(never)]
    fn store_anew(&mut self, event: E) -> u32 {
        assert!(self.slab.len() < Self::PENDING_MAX, "more than {} events pending", Self::PENDING_MAX);
        self.slab.push(event);
        self.slab.len() as u32 - 1
    }

    /// Schedules what `event` makes at `at`, which must not lie before the last event taken.
    #[inline(always)]
    pub fn push(&mut self, at: Time, event: impl FnOnce() -> E) {
        let key = self.store(at, event);
        self.enter(key);
    }

    #[inline]
    fn enter(&mut self, key: u128) {
        if key < self.head && self.head != NEVER {
            self.heap.push(self.head);
            self.head = key;
        } else {
            self.heap.push(key);
        }
    }

    /// Schedules what `event` makes in `lane`; `at` must be the present plus the lane's delay.
    #[inline(always)]
    pub fn push_lane(&mut self, lane: LaneId, at: Time, event: impl FnOnce() -> E) {
        let key = self.store(at, event);
        let front = &mut self.fronts[usize::from(lane.0)];
        if *front == NEVER {
            *front = key;
        } else if let Rest::Events(rest) = &mut self.lanes[usize::from(lane.0)].rest {
            rest.push_back(key);
        }
    }

    /// Takes out what comes next if it happens before `limit`.
    #[inline]
    pub fn pop_before(&mut self, limit: Time) -> Option<(Time, Due)> {
        if self.head == NEVER {
            self.head = self.heap.pop();
        }
        let (mut best, mut from) = (self.head, usize::MAX);
        for (at, front) in self.fronts.iter().enumerate() {
            (best, from) = if *front < best { (*front, at) } else { (best, from) };
        }
        let time = Time((best >> 64) as u64);
        if time >= limit {
            return None;
        }
        if from == usize::MAX {
            self.head = NEVER;
        } else {
            self.fronts[from] = match &mut self.lanes[from].rest {
                Rest::Events(rest) => rest.pop_front().unwrap_or(NEVER),
                Rest::Alarms(first, rest) => {
                    let word = *first;
                    (self.fronts[from], *first) = rest.pop_front().unwrap_or((NEVER, 0));
                    return Some((time, Due::Alarm(LaneId(from as u8), word)));
                }
            };
        }
        let slot = (best & SLOT_MASK) as u32;
        self.free.push(slot);
        Some((time, Due::Event(Taken(slot))))
    }

    /// Forgets the alarms next in `lane`, however far ahead, as long as `is_void` says of their words that they come to nothing.
    /// Cheaper by far than taking them one by one when each one's time has come.
    #[inline]
    pub fn forget_alarms(&mut self, lane: LaneId, is_void: impl Fn(u64) -> bool) {
        let at = usize::from(lane.0);
        let Rest::Alarms(word, rest) = &mut self.lanes[at].rest else { return };
        while self.fronts[at] != NEVER && is_void(*word) {
            (self.fronts[at], *word) = rest.pop_front().unwrap_or((NEVER, 0));
        }
    }

    /// An event that was taken; after the next one was scheduled, perhaps that one.
    #[inline(always)]
    #[must_use]
    pub fn event(&self, taken: Taken) -> &E {
        &self.slab[taken.0 as usize]
    }

    /// How many events are pending, alarms not counted.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.slab.len() - self.free.len()
    }

    /// Every pending event with its time, in no particular order; alarms are not among them.
    pub fn iter(&self) -> impl Iterator<Item = (Time, &E)> {
        let lanes = self.fronts.iter().zip(&self.lanes).filter_map(|(front, lane)| match &lane.rest {
            Rest::Events(rest) => Some(std::iter::once(front).chain(rest)),
            Rest::Alarms(..) => None,
        });
        self.heap
            .entries()
            .iter()
            .chain([&self.head])
            .chain(lanes.flatten())
            .filter(|key| **key != NEVER)
            .map(|key| (Time((key >> 64) as u64), &self.slab[(key & SLOT_MASK) as usize]))
    }
}

/// Implicit 4-ary heap of `u128` entries, least first, with a lazy hole at the root: a removal leaves it, the next insertion fills
/// it. [`u128::MAX`] stands for "nothing" and must not be pushed.
#[derive(Clone, Debug, Default)]
pub struct Heap {
    entries: Vec<u128>,
    hole: bool,
}

impl Heap {
    fn entries(&self) -> &[u128] {
        &self.entries[usize::from(self.hole && !self.entries.is_empty())..]
    }

    /// Adds an entry.
    #[inline(always)]
    pub fn push(&mut self, key: u128) {
        if self.hole {
            self.hole = false;
            self.sift_down(key);
        } else {
            self.entries.push(key);
            self.sift_up(key);
        }
    }

    /// Takes the least entry out; [`u128::MAX`] when there is none.
    #[inline(always)]
    pub fn pop(&mut self) -> u128 {
        if self.hole {
            self.hole = false;
            let last = self.entries.pop();
            if let (Some(last), false) = (last, self.entries.is_empty()) {
                self.sift_down(last);
            }
        }
        match self.entries.first() {
            Some(first) => {
                self.hole = true;
                *first
            }
            None => NEVER,
        }
    }

    #[inline]
    fn sift_up(&mut self, key: u128) {
        let mut at = self.entries.len() - 1;
        while at > 0 {
            let parent = (at - 1) / 4;
            if self.entries[parent] <= key {
                break;
            }
            self.entries[at] = self.entries[parent];
            at = parent;
        }
        self.entries[at] = key;
    }

    #[inline(always)]
    fn sift_down(&mut self, key: u128) {
        let entries = self.entries.as_mut_slice();
        let mut at = 0;
        loop {
            let child = 4 * at + 1;
            let (least, place) = match entries.get(child..child + 4) {
                Some(&[a, b, c, d]) => {
                    let (ab, ab_at) = if b < a { (b, child + 1) } else { (a, child) };
                    let (cd, cd_at) = if d < c { (d, child + 3) } else { (c, child + 2) };
                    if cd < ab { (cd, cd_at) } else { (ab, ab_at) }
                }
                _ => least_of(entries, child),
            };
            if least >= key {
                break;
            }
            entries[at] = least;
            at = place;
        }
        entries[at] = key;
    }
}

/// The least of an incomplete family of children and its place, or [`NEVER`].
#[inline(always)]
fn least_of(entries: &[u128], child: usize) -> (u128, usize) {
    let Some(first) = entries.get(child) else { return (NEVER, child) };
    let (mut least, mut place) = (*first, child);
    for (at, key) in entries.iter().enumerate().skip(child + 1) {
        if *key < least {
            (least, place) = (*key, at);
        }
    }
    (least, place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Rng;
    use std::collections::BTreeMap;

    /// Oracle: an ordered map from (time, sequence) to payload.
    #[test]
    fn gives_the_order_of_a_sorted_map_for_any_mix_of_heap_and_lanes() {
        for seed in 0..200 {
            let mut rng = Rng::new(seed);
            let mut agenda = Agenda::default();
            let mut model = BTreeMap::new();
            let delays: Vec<Span> = (0..rng.below(9)).map(|i| Span(i * 37)).collect();
            let lanes: Vec<_> = delays.iter().map(|delay| agenda.lane(*delay)).collect();
            let alarm_lanes: Vec<_> = delays.iter().map(|delay| agenda.alarm_lane(*delay)).collect();
            let mut alarm_of = BTreeMap::new();
            let (mut now, mut sequence) = (Time(0), 0u64);
            for _ in 0..2_000 {
                if rng.chance(0.52) {
                    let which = rng.below(delays.len() as u64 * 2 + 1) as usize;
                    let at = match delays.get(which) {
                        Some(delay) => now + *delay,
                        None => now + Span(rng.below(100)),
                    };
                    match (lanes.get(which).copied().flatten(), alarm_lanes.get(which).copied().flatten()) {
                        (_, Some(lane)) if rng.chance(0.3) => {
                            agenda.push_alarm(lane, at, sequence);
                            alarm_of.insert(sequence, (at, lane));
                        }
                        (Some(lane), _) => agenda.push_lane(lane, at, || sequence),
                        (None, _) => agenda.push(at, || sequence),
                    }
                    model.insert((at, sequence), sequence);
                    sequence += 1;
                } else if rng.chance(0.05) && !alarm_lanes.is_empty() {
                    // Some alarms turn out to be void; at the front of a lane they are forgotten, elsewhere they come when they are due.
                    let which = rng.below(delays.len() as u64) as usize;
                    let Some(lane) = alarm_lanes[which] else { continue };
                    let void = rng.below(4);
                    agenda.forget_alarms(lane, |word| word % 4 <= void);
                    let its = |at: Time, word: u64| alarm_of.get(&word) == Some(&(at, lane));
                    let front =
                        model.iter().filter(|((at, _), word)| its(*at, **word)).map(|(key, word)| (*key, *word));
                    let gone: Vec<_> = front.take_while(|(_, word)| word % 4 <= void).collect();
                    gone.into_iter().for_each(|(key, _)| _ = model.remove(&key));
                } else {
                    let limit = now + Span(rng.below(50));
                    let expected =
                        model.first_key_value().filter(|((at, _), _)| *at < limit).map(|((at, _), e)| (*at, *e));
                    let taken = agenda.pop_before(limit).map(|(at, due)| match due {
                        Due::Event(taken) => (at, *agenda.event(taken), false),
                        Due::Alarm(_, word) => (at, word, true),
                    });
                    let expected_due = expected.map(|(at, event)| (at, event, alarm_of.contains_key(&event)));
                    assert_eq!(taken, expected_due, "seed {seed}");
                    if let Some((at, event)) = expected {
                        model.remove(&(at, event));
                        now = at;
                    }
                }
                assert_eq!(agenda.pending(), model.values().filter(|event| !alarm_of.contains_key(event)).count());
            }
            let mut left: Vec<_> = agenda.iter().map(|(at, event)| (at, *event)).collect();
            left.sort_unstable();
            model.retain(|_, event| !alarm_of.contains_key(event));
            assert_eq!(left, model.into_keys().collect::<Vec<_>>());
        }
    }

    #[test]
    fn events_at_one_moment_keep_the_order_of_scheduling() {
        let mut agenda = Agenda::default();
        let lane = agenda.lane(Span(5)).unwrap();
        agenda.push(Time(5), || "first");
        agenda.push_lane(lane, Time(5), || "second");
        agenda.push(Time(5), || "third");
        let mut order = Vec::new();
        while let Some((_, Due::Event(taken))) = agenda.pop_before(Time(6)) {
            order.push(*agenda.event(taken));
        }
        assert_eq!(order, ["first", "second", "third"]);
    }
}
