//! Alias table: draws from any fixed discrete distribution in constant time (Walker, 1977; built in linear time by Vose, 1991).
//!
//! ```text
//!   p = 1/2, 1/3, 1/6 over three columns of height 1/3
//!
//!     ┌───┬───┬───┐
//!     │ 0 │ 1 │ 0 │   a column is its own choice up to a threshold and one other choice, its alias, above:
//!     │   │   ├───┤   one random number picks the column and the height in it
//!     │   │   │ 2 │
//!     └───┴───┴───┘
//! ```
//!
//! The rule: each choice's columns and parts of columns add up to its probability, to within 2^-32 of a column. 8 bytes a choice
//! behind an `Arc`: cloning a run copies a pointer.

use crate::WorkloadError;
use base::Rng;
use std::sync::Arc;

/// Most choices of a table, so that column and height fit into one random number without a 128-bit product.
const CHOICES_MAX: usize = 1 << 20;

/// Bits of the random number that pick the height within a column.
const HEIGHT_BITS: u32 = 44;

/// A fixed discrete distribution over `0..len`.
#[derive(Clone, Debug)]
pub struct Alias {
    columns: Arc<[Column]>,
}

#[derive(Clone, Copy, Debug)]
struct Column {
    /// Heights from here on, of 2^32, belong to the alias.
    threshold: u32,
    alias: u32,
}

impl Alias {
    /// The distribution with probabilities proportional to `weights`, 1 to 1,048,576 of them, none negative, one above zero.
    pub fn new(weights: &[f64]) -> Result<Alias, WorkloadError> {
        WorkloadError::check("number of weights", weights.len() as f64, 1.0, CHOICES_MAX as f64)?;
        for weight in weights {
            WorkloadError::check("weight", *weight, 0.0, f64::MAX)?;
        }
        let sum: f64 = weights.iter().sum();
        if sum <= 0.0 {
            return Err(WorkloadError::NothingToChoose);
        }
        WorkloadError::check("sum of weights", sum, 0.0, f64::MAX)?;
        Ok(Alias { columns: columns(weights, sum).into() })
    }

    /// Number of choices.
    #[must_use]
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Never: a table has at least one choice.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// One draw, from one random number.
    #[inline]
    #[must_use]
    pub fn pick(&self, rng: &mut Rng) -> u32 {
        let product = (rng.next_u64() >> (64 - HEIGHT_BITS)) * self.columns.len() as u64;
        let at = (product >> HEIGHT_BITS) as u32;
        let column = self.columns[at as usize];
        if (product >> (HEIGHT_BITS - 32)) as u32 >= column.threshold { column.alias } else { at }
    }
}

/// Vose's construction: fill each column that is too low from one that is too high.
fn columns(weights: &[f64], sum: f64) -> Vec<Column> {
    let n = weights.len();
    let mut heights: Vec<f64> = weights.iter().map(|weight| weight / sum * n as f64).collect();
    let mut columns: Vec<Column> = (0..n as u32).map(|alias| Column { threshold: u32::MAX, alias }).collect();
    let (mut low, mut high): (Vec<usize>, Vec<usize>) = (0..n).partition(|at| heights[*at] < 1.0);
    while let (Some(&poor), Some(&rich)) = (low.last(), high.last()) {
        low.pop();
        columns[poor] = Column { threshold: (heights[poor] * 4_294_967_296.0) as u32, alias: rich as u32 };
        heights[rich] -= 1.0 - heights[poor];
        if heights[rich] < 1.0 {
            high.pop();
            low.push(rich);
        }
    }
    // What is left is full but for rounding, and is its own alias.
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: the weights themselves; what columns and aliases add up to is read off the table, without a draw.
    #[test]
    fn columns_and_their_parts_add_up_to_the_weights() {
        let mut rng = Rng::new(3);
        for n in [1, 2, 3, 10, 1_000, 100_000] {
            let weights: Vec<f64> =
                (0..n).map(|at| if at % 10 == 7 { 0.0 } else { libm::exp(5.0 * rng.unit()) }).collect();
            let sum: f64 = weights.iter().sum();
            let table = Alias::new(&weights).expect("weights");
            let mut shares = vec![0.0; n];
            for (at, column) in table.columns.iter().enumerate() {
                let own = f64::from(column.threshold) / 4_294_967_296.0 / n as f64;
                shares[at] += own;
                shares[column.alias as usize] += 1.0 / n as f64 - own;
            }
            let close =
                |at: usize| (shares[at] - weights[at] / sum).abs() < 1e-9 * (1.0 / n as f64 + shares[at]) * 10.0;
            assert!((0..n).all(close), "{n} choices");
        }
    }
}
