//! Ranking: a cheap look at everything, a costly look at what is left, and then what is fair to the reader.
//!
//! ```text
//!   1000 candidates ─▶ light ─▶ 500 ─▶ heavy ─▶ at most so many an author ─▶ 100 ─▶ an advertisement in every fifth slot
//! ```
//!
//! The rules: what the light stage cuts the heavy one never sees, however good it is; that is the price of half the work. Equal scores go
//! by the higher id, so that the order is one. [`blend`] weighs scores as given, and a score that is no number counts as nothing.
//!
//! Cost: n light looks, `kept_by_light` heavy ones, O(n log n). Source: Covington et al., "Deep Neural Networks for YouTube
//! Recommendations", RecSys 2016, §2, for the two stages.

use crate::fan_out::FeedError;
use std::collections::BTreeMap;

/// Something to be ranked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The post.
    pub id: u64,
    /// Who made it.
    pub author: u64,
    /// What the light stage sees.
    pub light: f64,
}

/// How much each stage keeps, and what the last one allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stages {
    /// What the light stage leaves. Usual: 500.
    pub kept_by_light: u32,
    /// What the heavy stage leaves, at most as much. Usual: 100.
    pub kept_by_heavy: u32,
    /// The most of one author; 0 is no limit. Usual: 3.
    pub most_by_author: u32,
    /// Every so many-th slot is an advertisement; 0 and 1 are none. Usual: 5.
    pub advertisement_every: u32,
}

impl Default for Stages {
    fn default() -> Stages {
        Stages { kept_by_light: 500, kept_by_heavy: 100, most_by_author: 3, advertisement_every: 5 }
    }
}

/// A slot of the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ranked {
    /// A post, by its id.
    Post(u64),
    /// Room for an advertisement.
    Advertisement,
}

/// What a ranking gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranking {
    /// The slots in order, the advertisements between the posts.
    pub slots: Vec<Ranked>,
    /// How often the heavy stage looked.
    pub heavy_looks: u64,
}

impl Stages {
    /// Ranks the candidates; `heavy` is the costly look. Refused if the second stage keeps more than the first.
    pub fn rank(
        &self,
        candidates: &[Candidate],
        mut heavy: impl FnMut(&Candidate) -> f64,
    ) -> Result<Ranking, FeedError> {
        if self.kept_by_heavy > self.kept_by_light {
            let (kept_by_light, kept_by_heavy) = (u64::from(self.kept_by_light), u64::from(self.kept_by_heavy));
            return Err(FeedError::Stages { kept_by_light, kept_by_heavy });
        }
        let mut left: Vec<(f64, &Candidate)> =
            candidates.iter().map(|candidate| (candidate.light, candidate)).collect();
        best_first(&mut left);
        left.truncate(self.kept_by_light as usize);
        let heavy_looks = left.len() as u64;
        left.iter_mut().for_each(|(score, candidate)| *score = heavy(candidate));
        best_first(&mut left);
        let mut of_author: BTreeMap<u64, u32> = BTreeMap::new();
        left.retain(|(_, candidate)| {
            let count = of_author.entry(candidate.author).or_default();
            *count += 1;
            self.most_by_author == 0 || *count <= self.most_by_author
        });
        left.truncate(self.kept_by_heavy as usize);
        Ok(Ranking { slots: self.with_advertisements(left.iter().map(|(_, candidate)| candidate.id)), heavy_looks })
    }

    fn with_advertisements(&self, posts: impl Iterator<Item = u64>) -> Vec<Ranked> {
        let between = self.advertisement_every.saturating_sub(1);
        let mut slots = Vec::new();
        for (nth, id) in posts.enumerate() {
            slots.push(Ranked::Post(id));
            if between > 0 && (nth as u64 + 1).is_multiple_of(u64::from(between)) {
                slots.push(Ranked::Advertisement);
            }
        }
        slots
    }
}

/// Several scores as one: each by its weight. The weights of the notes: collaborative 0.6, content 0.3, trending 0.1.
#[must_use]
pub fn blend(weighted: &[(f64, f64)]) -> f64 {
    weighted.iter().map(|(weight, score)| weight * score).filter(|part| !part.is_nan()).sum()
}

/// Sorts by score, the highest first, of equals the higher id; what is no number comes last.
fn best_first(scored: &mut [(f64, &Candidate)]) {
    let value = |score: f64| if score.is_nan() { f64::NEG_INFINITY } else { score };
    // Adding zero makes one of the two zeros, which `total_cmp` would tell apart.
    scored.sort_by(|(a, x), (b, y)| (value(*b) + 0.0).total_cmp(&(value(*a) + 0.0)).then(y.id.cmp(&x.id)));
}
