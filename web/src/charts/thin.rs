//! Fewer points where many would fall into one column of pixels, without losing a peak.

/// A point of a line: the place of its window, and its value.
pub(super) type Sample = (usize, f64);

/// The pieces of a line between which nothing could be read, with at most two points, the smallest and the largest, for each of
/// `columns` columns over `windows` windows. `value` answers for each window; cost O(windows).
pub(super) fn pieces(windows: usize, columns: usize, value: impl Fn(usize) -> Option<f64>) -> Vec<Vec<Sample>> {
    let per_column = windows.div_ceil(columns.max(1)).max(1);
    let mut pieces: Vec<Vec<Sample>> = Vec::new();
    let mut is_open = false;
    for start in (0..windows).step_by(per_column) {
        let mut least: Option<Sample> = None;
        let mut most: Option<Sample> = None;
        let mut count = 0;
        for at in start..(start + per_column).min(windows) {
            let Some(value) = value(at) else { continue };
            count += 1;
            if least.is_none_or(|(_, least)| value < least) {
                least = Some((at, value));
            }
            if most.is_none_or(|(_, most)| value > most) {
                most = Some((at, value));
            }
        }
        let (Some(least), Some(most)) = (least, most) else {
            is_open = false;
            continue;
        };
        if !is_open {
            pieces.push(Vec::new());
            is_open = true;
        }
        if let Some(piece) = pieces.last_mut() {
            let (first, second) = if least.0 <= most.0 { (least, most) } else { (most, least) };
            piece.push(first);
            if count > 1 && second.0 != first.0 {
                piece.push(second);
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_line_keeps_every_point() {
        let values = [3.0, 1.0, 2.0];
        assert_eq!(pieces(3, 100, |at| Some(values[at])), [vec![(0, 3.0), (1, 1.0), (2, 2.0)]]);
        assert!(pieces(0, 100, |_| None).is_empty());
    }

    #[test]
    fn one_peak_and_one_gap_among_a_million_windows_survive() {
        let value = |at: usize| {
            if at == 654_321 {
                99.0
            } else if at == 123_456 {
                -99.0
            } else {
                (at % 7) as f64
            }
        };
        let line = pieces(1_000_000, 300, |at| Some(value(at)));
        assert_eq!(line.len(), 1);
        assert!(line[0].len() <= 600);
        assert!(line[0].contains(&(654_321, 99.0)) && line[0].contains(&(123_456, -99.0)));
        assert!(line[0].is_sorted_by_key(|(at, _)| *at));
    }

    #[test]
    fn where_nothing_was_read_the_line_breaks() {
        let line = pieces(10, 100, |at| (at != 4 && at != 5).then_some(at as f64));
        assert_eq!(line.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4]);
        assert!(pieces(10, 100, |_| None).is_empty());
    }

    #[test]
    fn a_canvas_without_width_is_no_trouble() {
        assert_eq!(pieces(5, 0, |at| Some(at as f64)), [vec![(0, 0.0), (4, 4.0)]]);
    }
}
