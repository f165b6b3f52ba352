//! Sorting of short lists. The standard library's sort, made for millions, is 4 KB to download for every type that it sorts.

use std::cmp::Ordering;

/// The items in order, equal ones as they came. Takes time with the square of their number, though little of it: what stands on a
/// page is tens or hundreds.
pub fn ordered<T>(items: impl IntoIterator<Item = T>, mut by: impl FnMut(&T, &T) -> Ordering) -> Vec<T> {
    let mut sorted: Vec<T> = Vec::new();
    for item in items {
        let place = sorted.partition_point(|other| by(other, &item).is_le());
        sorted.insert(place, item);
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_what_a_stable_sort_gives() {
        let items: Vec<(u64, u64)> = (0..60).map(|at| (at * 37 % 11, at)).collect();
        let mut expected = items.clone();
        expected.sort_by_key(|(first, _)| *first);
        assert_eq!(ordered(items, |a, b| a.0.cmp(&b.0)), expected);
    }
}
