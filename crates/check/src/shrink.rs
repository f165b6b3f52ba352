//! What of a failure is needed for it: parts are left out as long as it still fails.
//!
//! ```text
//!   ○○○●○○○○○○●○     twelve parts, and two are to blame
//!   ○○○●○○│○○○○●○    a half left out? then it passes: both are needed
//!   ···●○○○○○○●○     a quarter, the next, …; then eighths, then one by one until nothing more can go
//! ```
//!
//! O(n²) runs at worst, about k·log n for k parts to blame.
//!
//! Source: Zeller and Hildebrandt, *Simplifying and Isolating Failure-Inducing Input*, 2002, §3 (ddmin). As there, a half that fails
//! alone is found by leaving out the other one; unlike there, after a success the search goes on where it was and not from the start.

/// What is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shrunk<T> {
    /// The parts, in their order. They fail.
    pub parts: Vec<T>,
    /// Whether it is known that without any single one of them it does not fail.
    pub is_minimal: bool,
}

/// Leaves out as many of `parts`, which fail, as it can. `fails` says whether some of them still do; `None` ends the search.
///
/// ```
/// let needs = |parts: &[u32]| Some(parts.contains(&3) && parts.contains(&70));
/// assert_eq!(check::shrink::shrink((0..100).collect(), needs).parts, [3, 70]);
/// ```
pub fn shrink<T: Clone>(parts: Vec<T>, mut fails: impl FnMut(&[T]) -> Option<bool>) -> Shrunk<T> {
    let mut parts = parts;
    let mut size = parts.len().div_ceil(2);
    while size > 0 {
        let (before, mut from) = (parts.len(), 0);
        while from < parts.len() {
            let rest: Vec<T> = [&parts[..from], &parts[parts.len().min(from + size)..]].concat();
            match fails(&rest) {
                Some(true) => parts = rest,
                Some(false) => from += size,
                None => return Shrunk { parts, is_minimal: false },
            }
        }
        // Single ones are tried until a whole round leaves nothing out.
        let again = usize::from(parts.len() < before);
        size = if size > 1 { size / 2 } else { again };
    }
    Shrunk { parts, is_minimal: true }
}
