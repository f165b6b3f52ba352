//! Nearest vectors: exactly, by looking at all, or nearly, by walking a graph of neighbours (HNSW).
//!
//! ```text
//!   layer 2      ●───────────●            few, far apart: long steps
//!   layer 1      ●───●───────●───●
//!   layer 0      ●─●─●─●─●─●─●─●─●        everybody: the last steps, and the neighbourhood that is the answer
//! ```
//!
//! The rule: vectors are near by the sum of squared differences. [`Vectors::exact`] costs n·d. [`Neighbours`] gives every vector a
//! greatest layer by luck, each with a probability of 1/`links` of the one below; a search goes down greedily to layer 0 and there
//! keeps the best `breadth` it has seen. More breadth finds more of the truth and costs more. Building costs a search a vector.
//!
//! Source: Malkov and Yashunin, Efficient and Robust Approximate Nearest Neighbor Search Using Hierarchical Navigable Small World
//! Graphs (2018), algorithms 1, 2, 4 and 5.
//!
//! When not: a few thousand vectors; looking at all is exact and takes a millisecond.

use base::Rng;
use core::cmp::{Ordering, Reverse};
use core::fmt;
use std::collections::{BTreeSet, BinaryHeap};

/// Why a vector cannot join or be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VectorError {
    /// It has another number of values.
    Dimension {
        /// How many it has.
        given: u64,
        /// How many it must have.
        wanted: u64,
    },
    /// One of its values is no finite number.
    NotFinite {
        /// Which.
        at: u64,
    },
}

impl fmt::Display for VectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VectorError::Dimension { given, wanted } => {
                write!(f, "the vector has {given} values, but must have {wanted}")
            }
            VectorError::NotFinite { at } => write!(f, "value {at} of the vector is not a finite number"),
        }
    }
}

impl core::error::Error for VectorError {}

/// A vector, by the order of joining, at its squared distance. Ordered by distance, ties by number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    /// The square of the distance.
    pub squared: f64,
    /// Which.
    pub vector: u32,
}

impl Eq for Near {}

impl PartialOrd for Near {
    fn partial_cmp(&self, other: &Near) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Near {
    fn cmp(&self, other: &Near) -> Ordering {
        self.squared.total_cmp(&other.squared).then(self.vector.cmp(&other.vector))
    }
}

/// Vectors of one dimension.
#[derive(Clone, Debug)]
pub struct Vectors {
    dimension: usize,
    values: Vec<f64>,
}

impl Vectors {
    /// None yet, of `dimension` values each; 0 counts as 1.
    #[must_use]
    pub fn new(dimension: usize) -> Vectors {
        Vectors { dimension: dimension.max(1), values: Vec::new() }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> u32 {
        (self.values.len() / self.dimension) as u32
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Adds one; its number.
    pub fn push(&mut self, vector: &[f64]) -> Result<u32, VectorError> {
        self.check(vector)?;
        self.values.extend(vector);
        Ok(self.len() - 1)
    }

    fn check(&self, vector: &[f64]) -> Result<(), VectorError> {
        if vector.len() != self.dimension {
            return Err(VectorError::Dimension { given: vector.len() as u64, wanted: self.dimension as u64 });
        }
        let wrong = vector.iter().position(|value| !value.is_finite());
        wrong.map_or(Ok(()), |at| Err(VectorError::NotFinite { at: at as u64 }))
    }

    fn at(&self, vector: u32) -> &[f64] {
        &self.values[vector as usize * self.dimension..][..self.dimension]
    }

    fn near(&self, vector: u32, query: &[f64]) -> Near {
        let squares = self.at(vector).iter().zip(query).map(|(one, other)| (one - other) * (one - other));
        Near { squared: squares.fold(0.0, |sum, square| sum + square), vector }
    }

    /// The `k` nearest, nearest first, by looking at all.
    pub fn exact(&self, query: &[f64], k: usize) -> Result<Vec<Near>, VectorError> {
        self.check(query)?;
        let mut all: Vec<Near> = (0..self.len()).map(|vector| self.near(vector, query)).collect();
        all.sort_unstable();
        all.truncate(k);
        Ok(all)
    }
}

/// Settings of [`Neighbours`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeighboursConfig {
    /// Links of a vector on each layer, 2 to 100; twice as many on layer 0. The paper's M.
    pub links: u32,
    /// How many candidates are kept while a vector joins, at least `links`. The paper's efConstruction.
    pub breadth: u32,
}

/// 16 links, chosen of 100.
impl Default for NeighboursConfig {
    fn default() -> NeighboursConfig {
        NeighboursConfig { links: 16, breadth: 100 }
    }
}

/// Layers that a vector can reach at most.
const LAYERS_MAX: usize = 16;

/// A graph of neighbours over vectors.
#[derive(Clone, Debug)]
pub struct Neighbours {
    config: NeighboursConfig,
    vectors: Vectors,
    /// Links of each vector by layer.
    links: Vec<Vec<Vec<u32>>>,
    /// Where searches begin: a vector of the greatest layer.
    entry: Option<u32>,
}

/// What a search found, and what it took.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Walked {
    /// Nearest first.
    pub nearest: Vec<Near>,
    /// Distances that were worked out.
    pub compared: u32,
}

impl Neighbours {
    /// None yet.
    #[must_use]
    pub fn new(config: NeighboursConfig, dimension: usize) -> Neighbours {
        let links = config.links.clamp(2, 100);
        let config = NeighboursConfig { links, breadth: config.breadth.max(links) };
        Neighbours { config, vectors: Vectors::new(dimension), links: Vec::new(), entry: None }
    }

    /// The vectors, to compare with looking at all.
    #[must_use]
    pub fn vectors(&self) -> &Vectors {
        &self.vectors
    }

    /// Adds a vector, with luck for its layer; its number.
    pub fn insert(&mut self, vector: &[f64], rng: &mut Rng) -> Result<u32, VectorError> {
        let new = self.vectors.push(vector)?;
        let layer = (rng.exponential() / libm::log(f64::from(self.config.links))) as usize;
        let layer = layer.min(LAYERS_MAX - 1);
        self.links.push(vec![Vec::new(); layer + 1]);
        let Some(mut at) = self.entry else {
            self.entry = Some(new);
            return Ok(new);
        };
        let (highest, mut compared) = (self.layer(at), 0);
        for above in (layer + 1..=highest).rev() {
            at = self.descend(vector, at, above, &mut compared);
        }
        let mut entries = vec![self.vectors.near(at, vector)];
        for layer in (0..=layer.min(highest)).rev() {
            entries = self.spread(vector, &entries, self.config.breadth as usize, layer, &mut compared);
            let chosen = self.choose(&entries, self.config.links as usize);
            for other in &chosen {
                self.link(*other, new, layer);
            }
            self.links[new as usize][layer] = chosen;
        }
        if layer > highest {
            self.entry = Some(new);
        }
        Ok(new)
    }

    fn layer(&self, vector: u32) -> usize {
        self.links[vector as usize].len() - 1
    }

    /// The nearest to the query that single steps on a layer lead to.
    fn descend(&self, query: &[f64], from: u32, layer: usize, compared: &mut u32) -> u32 {
        let mut best = self.vectors.near(from, query);
        loop {
            let links = &self.links[best.vector as usize][layer];
            *compared += links.len() as u32;
            let next = links.iter().map(|vector| self.vectors.near(*vector, query)).min();
            match next {
                Some(next) if next < best => best = next,
                _ => return best.vector,
            }
        }
    }

    /// The best `breadth` on a layer that can be reached from the entries by going on from what is among the best so far.
    fn spread(&self, query: &[f64], entries: &[Near], breadth: usize, layer: usize, compared: &mut u32) -> Vec<Near> {
        let mut seen: BTreeSet<u32> = entries.iter().map(|near| near.vector).collect();
        let mut open: BinaryHeap<Reverse<Near>> = entries.iter().copied().map(Reverse).collect();
        let mut best: BinaryHeap<Near> = entries.iter().copied().collect();
        while let Some(Reverse(next)) = open.pop() {
            if best.len() >= breadth && best.peek().is_some_and(|worst| next > *worst) {
                break;
            }
            for vector in &self.links[next.vector as usize][layer] {
                if !seen.insert(*vector) {
                    continue;
                }
                *compared += 1;
                let near = self.vectors.near(*vector, query);
                if best.len() < breadth || best.peek().is_some_and(|worst| near < *worst) {
                    open.push(Reverse(near));
                    best.push(near);
                    if best.len() > breadth {
                        best.pop();
                    }
                }
            }
        }
        best.into_sorted_vec()
    }

    /// Links in different directions rather than the nearest alone: one that is nearer to a chosen one than to the vector itself can
    /// be reached through that. What room is left goes to the nearest of the others.
    fn choose(&self, candidates: &[Near], most: usize) -> Vec<u32> {
        let (mut chosen, mut others) = (Vec::new(), Vec::new());
        for near in candidates {
            let own = self.vectors.at(near.vector);
            let is_apart = chosen.iter().all(|other| self.vectors.near(*other, own).squared > near.squared);
            if is_apart && chosen.len() < most { chosen.push(near.vector) } else { others.push(near.vector) }
        }
        let room = most - chosen.len();
        chosen.extend(others.into_iter().take(room));
        chosen
    }

    /// Links a vector to a new one, and drops a link if there are too many.
    fn link(&mut self, from: u32, to: u32, layer: usize) {
        self.links[from as usize][layer].push(to);
        let most = self.config.links as usize * if layer == 0 { 2 } else { 1 };
        if self.links[from as usize][layer].len() > most {
            let own = self.vectors.at(from);
            let links = &self.links[from as usize][layer];
            let mut candidates: Vec<Near> = links.iter().map(|vector| self.vectors.near(*vector, own)).collect();
            candidates.sort_unstable();
            self.links[from as usize][layer] = self.choose(&candidates, most);
        }
    }

    /// Nearly the `k` nearest, nearest first; `breadth` candidates are kept, at least `k`. The paper's ef.
    pub fn nearest(&self, query: &[f64], k: usize, breadth: usize) -> Result<Walked, VectorError> {
        self.vectors.check(query)?;
        let Some(mut at) = self.entry else { return Ok(Walked::default()) };
        let mut compared = 1;
        for layer in (1..=self.layer(at)).rev() {
            at = self.descend(query, at, layer, &mut compared);
        }
        let breadth = breadth.max(k).max(1);
        let mut nearest = self.spread(query, &[self.vectors.near(at, query)], breadth, 0, &mut compared);
        nearest.truncate(k);
        Ok(Walked { nearest, compared })
    }
}
