//! Many runs from many seeds, with the failing one named.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// A number from the environment.
#[must_use]
pub fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

/// Runs `run` for every seed; on a failure says which. `SEED=n` runs that one alone, `SEEDS=n` that many.
pub fn for_seeds(count: u64, mut run: impl FnMut(u64)) {
    let seeds = match from_environment("SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..from_environment("SEEDS").unwrap_or(count),
    };
    for seed in seeds {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run(seed))) {
            eprintln!("seed {seed} failed; repeat it with SEED={seed}");
            std::panic::resume_unwind(panic);
        }
    }
}
