//! Lengths of time that vary: a [`Law`] gives the shape, a mean gives the size, one draw gives whole nanoseconds.

use crate::{Rng, Span};
use serde::{Deserialize, Serialize};

/// The shape of a distribution of delays. Every law is scaled to the mean that [`Delay`] holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Law {
    /// Always the mean.
    #[default]
    Constant,
    /// Uniform between half the mean and one and a half times the mean.
    Uniform,
    /// Exponential: memoryless, deviation equal to the mean.
    Exponential,
    /// Erlang of 4 stages: deviation half the mean.
    Erlang,
    /// Log-normal with sigma 0.5: a moderate tail, as response times of healthy services have.
    LogNormal,
    /// Pareto with shape 1.5: a heavy tail of infinite variance.
    Pareto,
}

impl Law {
    /// All laws, in the order in which they are saved.
    pub const ALL: [Law; 6] = [Law::Constant, Law::Uniform, Law::Exponential, Law::Erlang, Law::LogNormal, Law::Pareto];

    /// The name in files and on screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Law::Constant => "constant",
            Law::Uniform => "uniform",
            Law::Exponential => "exponential",
            Law::Erlang => "erlang",
            Law::LogNormal => "log-normal",
            Law::Pareto => "pareto",
        }
    }
}

/// A distribution of delays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Delay {
    /// Its shape.
    pub law: Law,
    /// Its mean.
    pub mean: Span,
}

/// Log-normal: deviation of the logarithm, and the factor e^(-sigma²/2) that makes the mean 1.
const SIGMA: f64 = 0.5;
/// Pareto: shape, and the scale (shape - 1) / shape that makes the mean 1.
const SHAPE: f64 = 1.5;

impl Delay {
    /// A delay with this law and mean.
    #[must_use]
    pub const fn new(law: Law, mean: Span) -> Delay {
        Delay { law, mean }
    }

    /// Always exactly `span`.
    #[must_use]
    pub const fn constant(span: Span) -> Delay {
        Delay::new(Law::Constant, span)
    }

    /// One draw, rounded once to whole nanoseconds. A constant law draws nothing from the stream.
    #[inline]
    pub fn draw(&self, rng: &mut Rng) -> Span {
        match self.law {
            Law::Constant => self.mean,
            Law::Exponential => self.mean.scaled(rng.exponential()),
            _ => self.mean.scaled(self.unit_draw(rng)),
        }
    }

    /// A draw of mean 1 for the rarer laws.
    fn unit_draw(&self, rng: &mut Rng) -> f64 {
        match self.law {
            Law::Constant => 1.0,
            Law::Uniform => 0.5 + rng.unit(),
            Law::Exponential => rng.exponential(),
            Law::Erlang => (0..4).map(|_| rng.exponential()).sum::<f64>() / 4.0,
            Law::LogNormal => libm::exp(SIGMA * rng.normal() - SIGMA * SIGMA / 2.0),
            Law::Pareto => (SHAPE - 1.0) / SHAPE * libm::pow(rng.unit_open(), -1.0 / SHAPE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Oracle: the mean and variance of each law in closed form.
    #[test]
    fn every_law_has_the_mean_it_promises() {
        let variance = |law| match law {
            Law::Constant => 0.0,
            Law::Uniform => 1.0 / 12.0,
            Law::Exponential => 1.0,
            Law::Erlang => 0.25,
            Law::LogNormal => libm::exp(SIGMA * SIGMA) - 1.0,
            Law::Pareto => f64::INFINITY,
        };
        for law in Law::ALL {
            let (mut rng, delay, n) = (Rng::new(3), Delay::new(law, Span::from_millis(10)), 400_000);
            let sum: f64 = (0..n).map(|_| delay.draw(&mut rng).as_millis_f64()).sum();
            let mean = sum / f64::from(n) / 10.0;
            // Pareto's variance is infinite: its mean converges slowly, so it gets a fixed band.
            let band = if law == Law::Pareto { 0.1 } else { 5.0 * libm::sqrt(variance(law) / f64::from(n)) + 1e-9 };
            assert!((mean - 1.0).abs() < band, "{}: mean {mean}, band {band}", law.name());
        }
    }
}
