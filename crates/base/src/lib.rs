//! Words every layer shares: virtual [`Time`] and [`Span`], stable hashes, random streams, delay distributions.
//!
//! Nothing in here knows of distributed systems. Everything in here gives the same bits natively and in every browser:
//! time is an integer, logarithms come from `libm`, and the generator is our own so that no library update changes a run.
//!
//! ```
//! use base::{Delay, Law, Rng, Span};
//! let mut rng = Rng::stream(42, &[base::stable_hash("readers"), 0]);
//! let delay = Delay::new(Law::Exponential, Span::from_millis(10));
//! let drawn = delay.draw(&mut rng);
//! assert!(drawn < Span::from_secs(1));
//! ```

mod choices;
mod delay;
mod hash;
mod logarithm;
mod rng;
mod time;
mod wide;
mod ziggurat;

pub use delay::{Delay, Law};
pub use hash::{Digest, stable_hash, stable_hash_u64};
pub use logarithm::logarithm;
pub use rng::Rng;
pub use time::{Span, Time, TimeError};
pub use wide::Wide;
