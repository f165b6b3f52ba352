//! Our mechanisms beside well-kept crates of the same purpose: one list of comparisons, [`PEERS`].
//!
//! ```text
//!   inputs(operations) ──> build(side, inputs) ──> job() ──> answer()
//!                          memory counts from here  timed     both sides' answers must agree
//! ```
//!
//! Both sides do the same work on the same inputs and answer for it with a number: hits, admissions, items found. Peers get whatever
//! makes them faster: a hasher made for speed where one can be chosen, bulk loading, a clock that costs one read of memory. One side
//! of one comparison runs in a process of its own (see the program), so that neither warms the other's memory. To compare with
//! another crate: a line in the list, its inputs, and what either side does.

mod caches;
mod groups;
#[cfg(feature = "raft-peer")]
mod logs;
mod places;
mod roads;
mod small;

use base::Rng;

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The mechanism in the boxes.
    Ours,
    /// The crate beside it.
    Theirs,
}

/// What a side has to show for its work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Hits, admissions, items found: what the sides must agree on.
    pub value: u64,
    /// Steps taken, where steps are compared and not time; else 0.
    pub steps: u64,
}

/// The work itself, done once. What it returns still holds all that was built, so that memory can be read, and tells the answer.
pub type Job<'a> = Box<dyn FnOnce() -> Box<dyn FnOnce() -> Answer + 'a> + 'a>;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Operations in a second of processor time.
    Time,
    /// Steps: a count, the same on every machine.
    Steps,
}

/// One comparison.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// What it is called on the command line.
    pub name: &'static str,
    /// Our side, as a reader knows it.
    pub ours: &'static str,
    /// The other side, likewise.
    pub theirs: &'static str,
    /// What is compared.
    pub measure: Measure,
    /// The least that ours may reach, as a multiple of theirs: of its speed, or how many times fewer steps.
    pub bar: f64,
    /// Least and most that our answer may be, as a multiple of theirs: (1, 1) where both compute the same.
    pub agreement: (f64, f64),
    /// Operations in one run.
    pub operations: u64,
    /// Keys, points or items held at the end, among which memory is shared; 0 where memory says nothing.
    pub keys: u64,
    inputs: fn(u64) -> Vec<u64>,
    build: for<'a> fn(Side, &'a [u64]) -> Job<'a>,
}

impl Peer {
    /// The comparison called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Peer> {
        PEERS.iter().find(|peer| peer.name == name)
    }

    /// What both sides are given: the same for both, and in every process.
    #[must_use]
    pub fn inputs(&self, operations: u64) -> Vec<u64> {
        (self.inputs)(operations)
    }

    /// Everything that is there before the first operation.
    #[must_use]
    pub fn build<'a>(&self, side: Side, inputs: &'a [u64]) -> Job<'a> {
        (self.build)(side, inputs)
    }

    /// Whether two answers agree.
    #[must_use]
    pub fn agrees(&self, ours: Answer, theirs: Answer) -> bool {
        let (least, most) = self.agreement;
        let (ours, theirs) = (ours.value as f64, theirs.value as f64);
        ours >= theirs * least && ours <= theirs * most
    }
}

const EQUAL: (f64, f64) = (1.0, 1.0);

/// All comparisons.
pub const PEERS: &[Peer] = &[
    Peer {
        name: "limiter",
        ours: "limits::Gcra",
        theirs: "governor",
        measure: Measure::Time,
        bar: 1.0,
        agreement: EQUAL,
        operations: 8_000_000,
        keys: 0,
        inputs: small::instants,
        build: small::limiter,
    },
    Peer {
        name: "lru",
        ours: "cache::Lru",
        theirs: "lru",
        measure: Measure::Time,
        bar: 0.7,
        agreement: EQUAL,
        operations: 4_000_000,
        keys: caches::CAPACITY,
        inputs: caches::zipf,
        build: caches::lru,
    },
    // The same algorithm, in the crate that is known for it. It is made for many threads, and pays for that in one.
    Peer {
        name: "w-tiny-lfu",
        ours: "cache::WTinyLfu",
        theirs: "moka (sync)",
        measure: Measure::Time,
        bar: 0.7,
        agreement: (0.98, 1.1),
        operations: 4_000_000,
        keys: caches::CAPACITY,
        inputs: caches::zipf,
        build: caches::beside_moka,
    },
    // Another algorithm of the same purpose (clock with ghosts), in the fastest single-threaded crate there is.
    Peer {
        name: "w-tiny-lfu-quick",
        ours: "cache::WTinyLfu",
        theirs: "quick_cache (unsync)",
        measure: Measure::Time,
        bar: 0.7,
        agreement: (0.98, 1.1),
        operations: 4_000_000,
        keys: caches::CAPACITY,
        inputs: caches::zipf,
        build: caches::beside_quick_cache,
    },
    Peer {
        name: "bloom",
        ours: "sketch::Bloom",
        theirs: "fastbloom",
        measure: Measure::Time,
        bar: 0.5,
        // False positives. Of 1,500,000 that are not there, the textbook's formula expects 0.995%: ours 1.004%, theirs 0.915% by
        // hash functions of its own.
        agreement: (0.75, 1.3),
        operations: 4_000_000,
        keys: small::ITEMS,
        inputs: small::items,
        build: small::bloom,
    },
    Peer {
        name: "ring",
        ours: "placement::Ring",
        theirs: "Vec<u64>, binary search",
        measure: Measure::Time,
        bar: 1.0 / 3.0,
        agreement: EQUAL,
        operations: 4_000_000,
        keys: 0,
        inputs: randoms,
        build: small::ring,
    },
    Peer {
        name: "quadtree",
        ours: "geo::Quadtree",
        theirs: "rstar",
        measure: Measure::Time,
        bar: 0.5,
        agreement: EQUAL,
        operations: 50_000,
        keys: places::ITEMS,
        inputs: randoms,
        build: places::radius,
    },
    Peer {
        name: "hierarchy",
        ours: "geo::Hierarchy",
        theirs: "Dijkstra",
        measure: Measure::Steps,
        bar: 20.0,
        agreement: EQUAL,
        operations: 200,
        keys: 0,
        inputs: randoms,
        build: roads::routes,
    },
    Peer {
        name: "linearizable",
        ours: "check::linearizable",
        theirs: "every order",
        measure: Measure::Time,
        bar: 2.0,
        agreement: EQUAL,
        operations: 20_000,
        keys: 0,
        inputs: randoms,
        build: groups::judged,
    },
    // A thousand members of which each tells three others a round: the notes' "log n rounds".
    Peer {
        name: "rumour",
        ours: "gossip::Rumour",
        theirs: "log2 n rounds",
        measure: Measure::Steps,
        bar: 1.0,
        agreement: EQUAL,
        operations: 50,
        keys: 0,
        inputs: randoms,
        build: groups::rumour,
    },
    // Its build makes code of Protocol Buffers, by a program that is packed for some machines only: hence the feature.
    #[cfg(feature = "raft-peer")]
    Peer {
        name: "raft",
        ours: "raft::Server",
        theirs: "raft (TiKV)",
        measure: Measure::Time,
        bar: 0.5,
        agreement: EQUAL,
        operations: 400_000,
        keys: 0,
        inputs: randoms,
        build: logs::committed,
    },
];

/// Any numbers.
fn randoms(operations: u64) -> Vec<u64> {
    let mut rng = Rng::new(1);
    (0..operations).map(|_| rng.next_u64()).collect()
}

/// A job from what is there (`state`), what is done with it, and how it answers for that.
fn job<'a, S: 'a, R: 'a>(
    mut state: S,
    work: impl FnOnce(&mut S) -> R + 'a,
    answer: impl FnOnce(S, R) -> Answer + 'a,
) -> Job<'a> {
    Box::new(move || {
        let result = work(&mut state);
        Box::new(move || answer(state, result))
    })
}

/// The answer of a job that counts as it goes.
fn counted<S>(_state: S, value: u64) -> Answer {
    Answer { value, steps: 0 }
}
