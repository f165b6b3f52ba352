//! Latency histogram with logarithmic buckets: 32 to each doubling, so a percentile is at most 3.2% too high, never too low.
//!
//! The layout is that of HdrHistogram (Tene, 2012) with five significant bits. Recording is a shift and an increment; reading a
//! percentile walks the buckets. It covers 0 ns to 18 hours in 1,440 buckets of 4 bytes and grows only as far as it is used.

use base::Span;

/// Bits of precision below the leading one.
const FINE: u32 = 5;

/// Counts of lengths of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<u32>,
    /// A bit for each doubling that was counted in, so that absorbing a window need not look at the many that were not.
    used: u64,
    total: u64,
}

impl Histogram {
    #[inline]
    fn bucket(nanos: u64) -> usize {
        if nanos < 1 << FINE {
            return nanos as usize;
        }
        let shift = 63 - nanos.leading_zeros() - FINE;
        (u64::from(shift + 1) << FINE | ((nanos >> shift) & ((1 << FINE) - 1))) as usize
    }

    /// The largest length that falls into `bucket`.
    fn top(bucket: usize) -> u64 {
        let bucket = bucket as u64;
        if bucket < 1 << FINE {
            return bucket;
        }
        let shift = (bucket >> FINE) - 1;
        let base = (1 << FINE | bucket & ((1 << FINE) - 1)) << shift;
        base + ((1u64 << shift) - 1)
    }

    /// Counts one length.
    #[inline]
    pub fn record(&mut self, span: Span) {
        let bucket = Histogram::bucket(span.0);
        if bucket >= self.counts.len() {
            self.grow(bucket);
        }
        self.counts[bucket] = self.counts[bucket].saturating_add(1);
        self.used |= 1 << (bucket >> FINE);
        self.total += 1;
    }

    #[cold]
    fn grow(&mut self, bucket: usize) {
        self.counts.resize((bucket + 1).next_multiple_of(1 << FINE), 0);
    }

    /// How many were counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The length that a share `q` of all counted ones does not exceed; `None` when nothing was counted.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<Span> {
        if self.total == 0 {
            return None;
        }
        let rank = ceil(q.clamp(0.0, 1.0) * self.total as f64).max(1);
        let mut seen = 0;
        let found = self.counts.iter().position(|count| {
            seen += u64::from(*count);
            seen >= rank
        });
        found.map(|bucket| Span(Histogram::top(bucket)))
    }

    /// Takes over all counts of `other`, which is left empty with its memory kept, and says on the way which lengths the shares
    /// `quantiles`, in ascending order, of the counts of `other` did not exceed; zero when it had none. One pass.
    pub fn absorb<const N: usize>(&mut self, other: &mut Histogram, quantiles: [f64; N]) -> [Span; N] {
        let mut found = [Span::ZERO; N];
        if other.total == 0 {
            return found;
        }
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        let ranks = quantiles.map(|q| ceil(q.clamp(0.0, 1.0) * other.total as f64).max(1));
        let (mut seen, mut next) = (0, 0);
        let doublings = (0..).take_while(|doubling| other.used >> doubling > 0);
        for doubling in doublings.filter(|doubling| other.used >> doubling & 1 == 1) {
            let buckets = doubling << FINE..(doubling + 1) << FINE;
            let pairs = self.counts[buckets.clone()].iter_mut().zip(&mut other.counts[buckets.clone()]);
            for (bucket, (mine, theirs)) in buckets.zip(pairs) {
                seen += u64::from(*theirs);
                while next < N && seen >= ranks[next] {
                    found[next] = Span(Histogram::top(bucket));
                    next += 1;
                }
                *mine = mine.saturating_add(*theirs);
                *theirs = 0;
            }
        }
        self.used |= other.used;
        self.total += other.total;
        (other.used, other.total) = (0, 0);
        found
    }

    /// The buckets that hold anything, as (largest length, count), in ascending order.
    pub fn buckets(&self) -> impl Iterator<Item = (Span, u32)> + '_ {
        self.counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
            .map(|(at, count)| (Span(Histogram::top(at)), *count))
    }
}

/// The smallest whole number not below `x`, for `x` at or above 0.
fn ceil(x: f64) -> u64 {
    let floor = x as u64;
    floor + u64::from((floor as f64) < x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Rng;

    /// Oracle: the `hdrhistogram` crate with three significant digits.
    #[test]
    fn percentiles_agree_with_hdrhistogram_within_a_bucket() {
        let mut rng = Rng::new(5);
        let mut ours = Histogram::default();
        let mut theirs = hdrhistogram::Histogram::<u64>::new(3).unwrap();
        for _ in 0..100_000 {
            let nanos = (rng.exponential() * 2e7) as u64;
            ours.record(Span(nanos));
            theirs.record(nanos).unwrap();
        }
        for q in [0.0, 0.01, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0] {
            let (a, b) = (ours.quantile(q).unwrap().0 as f64, theirs.value_at_quantile(q) as f64);
            assert!((a / if b < 1.0 { 1.0 } else { b } - 1.0).abs() < 0.035, "q {q}: {a} against {b}");
        }
    }

    #[test]
    fn absorbing_reads_the_same_percentiles_and_loses_no_count() {
        let mut rng = Rng::new(6);
        let (mut all, mut total) = (Histogram::default(), Histogram::default());
        for round in 0..20 {
            let mut window = Histogram::default();
            for _ in 0..rng.below(400) {
                let span = Span((rng.exponential() * 1e6) as u64);
                window.record(span);
                all.record(span);
            }
            let expected = [0.5, 0.95, 0.99].map(|q| window.quantile(q).unwrap_or_default());
            assert_eq!(total.absorb(&mut window, [0.5, 0.95, 0.99]), expected, "round {round}");
            assert_eq!(window.quantile(0.5), None);
        }
        assert!(all.buckets().eq(total.buckets()) && all.total() == total.total());
    }

    #[test]
    fn a_percentile_is_never_too_low_and_at_most_a_bucket_too_high() {
        for nanos in (0..200).chain((0..60).map(|bit| (1u64 << bit) + 7)) {
            let mut one = Histogram::default();
            one.record(Span(nanos));
            let read = one.quantile(0.99).unwrap().0;
            assert!(read >= nanos && read as f64 <= nanos as f64 * 1.032 + 1.0, "{nanos} read as {read}");
        }
    }
}
