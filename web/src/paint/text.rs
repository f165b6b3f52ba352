//! How wide a text is, and where it is cut when it has no room.
//!
//! Widths of ASCII are sums over a table of single characters, so that a number that changes on every frame costs no call into
//! the browser; any other text is measured whole, once, and remembered (at most [`REMEMBERED_MAX`] of them).

use std::collections::BTreeMap;

/// Most measured texts kept.
const REMEMBERED_MAX: usize = 2_000;
/// What stands for what was cut off.
pub const ELLIPSIS: &str = "…";

/// How heavy type is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weight {
    /// Labels and prose.
    #[default]
    Regular,
    /// Names and values.
    Strong,
}

impl Weight {
    /// As style sheets write it.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Weight::Regular => 400,
            Weight::Strong => 600,
        }
    }
}

/// A size and a weight of type.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Type {
    /// How heavy.
    pub weight: Weight,
    /// Size in canvas points.
    pub size: f64,
}

impl Type {
    /// Names of boxes.
    pub const NAME: Type = Type { weight: Weight::Strong, size: 13.0 };
    /// Names of members.
    pub const MEMBER: Type = Type { weight: Weight::Strong, size: 12.5 };
    /// Labels and summaries.
    pub const LABEL: Type = Type { weight: Weight::Regular, size: 11.5 };
    /// Values of gauges.
    pub const VALUE: Type = Type { weight: Weight::Strong, size: 11.5 };
    /// What is said inside faces, chips and notes.
    pub const SMALL: Type = Type { weight: Weight::Regular, size: 11.0 };

    /// The same at another size.
    #[must_use]
    pub const fn sized(self, size: f64) -> Type {
        Type { weight: self.weight, size }
    }
}

/// Whoever can tell how wide a text is at a size of one.
pub trait Ruler {
    /// The width of `text`, for a size of one.
    fn measure(&mut self, text: &str, weight: Weight) -> f64;
}

/// What has been measured.
#[derive(Debug)]
pub struct Widths {
    ascii: [[Option<f64>; 128]; 2],
    others: [BTreeMap<String, f64>; 2],
}

impl Default for Widths {
    fn default() -> Widths {
        Widths { ascii: [[None; 128]; 2], others: Default::default() }
    }
}

impl Widths {
    /// How wide `text` is in `set`.
    pub fn width(&mut self, text: &str, set: Type, ruler: &mut impl Ruler) -> f64 {
        let row = set.weight as usize;
        if !text.is_ascii() {
            return self.whole(text, set.weight, ruler) * set.size;
        }
        let mut sum = 0.0;
        for byte in text.bytes() {
            let known = &mut self.ascii[row][usize::from(byte)];
            sum += *known.get_or_insert_with(|| ruler.measure(char::from(byte).encode_utf8(&mut [0; 4]), set.weight));
        }
        sum * set.size
    }

    fn whole(&mut self, text: &str, weight: Weight, ruler: &mut impl Ruler) -> f64 {
        let others = &mut self.others[weight as usize];
        if let Some(width) = others.get(text) {
            return *width;
        }
        let width = ruler.measure(text, weight);
        if others.len() >= REMEMBERED_MAX {
            others.clear();
        }
        others.insert(text.to_string(), width);
        width
    }

    /// How many bytes of `text` fit into `room`, and how wide they are: all of them, or as many as leave room for an ellipsis,
    /// whose width is counted. Nothing when not even one character fits.
    pub fn fit(&mut self, text: &str, set: Type, room: f64, ruler: &mut impl Ruler) -> (usize, f64) {
        let all = self.width(text, set, ruler);
        if all <= room {
            return (text.len(), all);
        }
        let dots = self.width(ELLIPSIS, set, ruler);
        let (mut fits, mut width) = (0, 0.0);
        let (mut low, mut high) = (0, text.len());
        while low < high {
            let middle = cut(text, low + (high - low).div_ceil(2), low);
            if middle == low {
                break;
            }
            let taken = self.width(&text[..middle], set, ruler) + dots;
            if taken <= room {
                (low, fits, width) = (middle, middle, taken);
            } else {
                high = middle - 1;
            }
        }
        let kept = text[..fits].trim_end().len();
        if kept == 0 { (0, 0.0) } else { (kept, width) }
    }
}

/// The last place at or before `at`, but after `floor`, where `text` may be cut; `floor` when there is none. Never inside a
/// character, before a mark that combines with it, or beside a joiner.
fn cut(text: &str, at: usize, floor: usize) -> usize {
    let mut at = at.min(text.len());
    while at > floor {
        if text.is_char_boundary(at) {
            let after = text[at..].chars().next();
            let before = text[..at].chars().next_back();
            if !after.is_some_and(clings) && before != Some('\u{200d}') {
                return at;
            }
        }
        at -= 1;
    }
    floor
}

fn clings(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{20d0}'..='\u{20ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every character is as wide as it is high; counts what it is asked.
    struct Square(usize);

    impl Ruler for Square {
        fn measure(&mut self, text: &str, _weight: Weight) -> f64 {
            self.0 += 1;
            text.chars().count() as f64
        }
    }

    fn fitted(text: &str, room: f64) -> (String, f64) {
        let (kept, width) = Widths::default().fit(text, Type::NAME.sized(1.0), room, &mut Square(0));
        let dots = if kept > 0 && kept < text.len() { ELLIPSIS } else { "" };
        (format!("{}{dots}", &text[..kept]), width)
    }

    #[test]
    fn a_text_that_has_room_is_left_alone() {
        assert_eq!(fitted("Readers", 7.0), ("Readers".to_string(), 7.0));
        assert_eq!(fitted("", 0.0), (String::new(), 0.0));
    }

    #[test]
    fn a_cut_text_and_its_ellipsis_fit_into_the_room() {
        for room in 2..7 {
            let (text, width) = fitted("Readers", f64::from(room));
            assert_eq!(text.chars().count(), room as usize, "{text}");
            assert!(width <= f64::from(room) && text.ends_with('…'));
        }
        assert_eq!(fitted("a b", 2.9).0, "a…");
    }

    #[test]
    fn without_room_for_one_character_nothing_is_drawn() {
        assert_eq!(fitted("Readers", 1.5), (String::new(), 0.0));
        assert_eq!(fitted("Readers", -3.0), (String::new(), 0.0));
    }

    #[test]
    fn what_belongs_together_is_not_torn_apart() {
        assert_eq!(fitted("e\u{301}e\u{301}e\u{301}e\u{301}", 4.0).0, "e\u{301}…");
        assert_eq!(fitted("👩\u{200d}🚀👩\u{200d}🚀", 5.0).0, "👩\u{200d}🚀…");
        for room in 0..9 {
            fitted("日本語のテキスト", f64::from(room));
        }
    }

    #[test]
    fn numbers_that_change_are_not_measured_again() {
        let (mut widths, mut ruler) = (Widths::default(), Square(0));
        for n in 0..10_000 {
            widths.width(&format!("{n}"), Type::VALUE, &mut ruler);
        }
        assert_eq!(ruler.0, 10);
    }
}
