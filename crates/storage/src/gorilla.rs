//! Gorilla compression: a column of times by the change of their steps, a column of values by the bits in which they differ.
//!
//! ```text
//!   times   100 110 120 130 141   steps 10 10 10 11   changes 0 0 1      a 0 is one bit
//!   values  12.0 12.0 12.5        XOR 0 ···1100···    a 0 is one bit; else only the bits between the zeros
//! ```
//!
//! The rule: what comes out is bit for bit what went in, NaN and negative zero included, and times that go back too.
//!
//! Cost: O(1) a point; 2 bits for a regular time with an unchanged value, up to 5 + 11 + 136 bits for the worst. Source: Pelkonen et
//! al., "Gorilla: A Fast, Scalable, In-Memory Time Series Database", VLDB 2015, §4.1. Times here have 64 bits where the paper has 32,
//! so the longest code of a change is 1111 and 64 bits.

/// A point of a series: when, and what.
pub type Point = (u64, f64);

/// Widths of the change of a step, behind `10`, `110` and `1110`.
const WIDTHS: [u32; 3] = [7, 9, 12];

/// Points, compressed, with more to come.
///
/// ```
/// use storage::gorilla::Encoder;
///
/// let mut encoder = Encoder::default();
/// for minute in 0..120_u64 {
///     encoder.push((1_700_000_000 + 60 * minute, 21.5));
/// }
/// let block = encoder.finish();
/// assert_eq!(block.points().count(), 120);
/// assert!(block.bytes() < 120 * 16 / 20, "{} bytes instead of {}", block.bytes(), 120 * 16);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encoder {
    bits: Bits,
    count: u32,
    time: u64,
    step: u64,
    value: u64,
    window: Option<Window>,
}

/// The bits between the zeros of the last difference that wrote them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    leading: u32,
    width: u32,
}

/// Points, compressed, complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    bits: Bits,
    count: u32,
}

impl Encoder {
    /// Adds a point.
    pub fn push(&mut self, (time, value): Point) {
        let value = value.to_bits();
        if self.count == 0 {
            self.bits.write(time, 64);
            self.bits.write(value, 64);
        } else {
            let step = time.wrapping_sub(self.time);
            self.push_change(step.wrapping_sub(self.step) as i64);
            self.push_difference(value ^ self.value);
            self.step = step;
        }
        (self.time, self.value) = (time, value);
        self.count += 1;
    }

    /// Points so far.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The points, to be read.
    #[must_use]
    pub fn finish(self) -> Block {
        Block { bits: self.bits, count: self.count }
    }

    fn push_change(&mut self, change: i64) {
        if change == 0 {
            return self.bits.write(0, 1);
        }
        for (ones, width) in WIDTHS.iter().enumerate() {
            let half = 1_i64 << (width - 1);
            if (1 - half..=half).contains(&change) {
                // So many ones more than this is the first, and a zero that ends them.
                self.bits.write((1 << (ones + 2)) - 2, ones as u32 + 2);
                return self.bits.write((change + half - 1) as u64, *width);
            }
        }
        self.bits.write(0b1111, 4);
        self.bits.write(change as u64, 64);
    }

    fn push_difference(&mut self, difference: u64) {
        if difference == 0 {
            return self.bits.write(0, 1);
        }
        self.bits.write(1, 1);
        // Five bits say how many zeros lead.
        let (leading, trailing) = (difference.leading_zeros().min(31), difference.trailing_zeros());
        let fits = |window: &Window| leading >= window.leading && trailing >= 64 - window.leading - window.width;
        if let Some(window) = self.window.filter(fits) {
            self.bits.write(0, 1);
            return self.bits.write(difference >> (64 - window.leading - window.width), window.width);
        }
        let width = 64 - leading - trailing;
        self.bits.write(1, 1);
        self.bits.write(u64::from(leading), 5);
        // Six bits say the width; it is never 0, so 64 is written as 0.
        self.bits.write(u64::from(width % 64), 6);
        self.bits.write(difference >> trailing, width);
        self.window = Some(Window { leading, width });
    }
}

impl Block {
    /// The points, in the order in which they came.
    pub fn points(&self) -> impl Iterator<Item = Point> + '_ {
        let mut reader = Decoder { bits: &self.bits, at: 0, time: 0, step: 0, value: 0, window: None };
        (0..self.count).map(move |nth| reader.next(nth == 0))
    }

    /// Points in it.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Bytes that it takes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bits.length.div_ceil(8)
    }
}

struct Decoder<'a> {
    bits: &'a Bits,
    at: u64,
    time: u64,
    step: u64,
    value: u64,
    window: Option<Window>,
}

impl Decoder<'_> {
    fn next(&mut self, is_first: bool) -> Point {
        if is_first {
            (self.time, self.value) = (self.read(64), self.read(64));
        } else {
            self.step = self.step.wrapping_add(self.change() as u64);
            self.time = self.time.wrapping_add(self.step);
            self.value ^= self.difference();
        }
        (self.time, f64::from_bits(self.value))
    }

    fn change(&mut self) -> i64 {
        if self.read(1) == 0 {
            return 0;
        }
        for width in WIDTHS {
            if self.read(1) == 0 {
                return self.read(width) as i64 - ((1 << (width - 1)) - 1);
            }
        }
        self.read(64) as i64
    }

    fn difference(&mut self) -> u64 {
        if self.read(1) == 0 {
            return 0;
        }
        if self.read(1) == 1 {
            let (leading, width) = (self.read(5) as u32, self.read(6) as u32);
            self.window = Some(Window { leading, width: if width == 0 { 64 } else { width } });
        }
        let window = self.window.expect("the first difference always writes its window");
        self.read(window.width) << (64 - window.leading - window.width)
    }

    fn read(&mut self, width: u32) -> u64 {
        self.at += u64::from(width);
        self.bits.read(self.at - u64::from(width), width)
    }
}

/// Bits, the highest of each word first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Bits {
    words: Vec<u64>,
    length: u64,
}

impl Bits {
    /// Adds the lowest `width` bits of `value`, from 1 to 64.
    fn write(&mut self, value: u64, width: u32) {
        let aligned = value << (64 - width);
        let offset = (self.length % 64) as u32;
        if offset == 0 {
            self.words.push(aligned);
        } else {
            let last = self.words.len() - 1;
            self.words[last] |= aligned >> offset;
            if offset + width > 64 {
                self.words.push(aligned << (64 - offset));
            }
        }
        self.length += u64::from(width);
    }

    fn read(&self, at: u64, width: u32) -> u64 {
        let (word, offset) = ((at / 64) as usize, (at % 64) as u32);
        let mut aligned = self.words[word] << offset;
        if offset + width > 64 {
            aligned |= self.words[word + 1] >> (64 - offset);
        }
        aligned >> (64 - width)
    }
}
