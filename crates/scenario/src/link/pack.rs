//! Bytes in and out: variable-length integers, numbers in their shortest exact form, bounded texts.
//!
//! A varint has seven bits a byte, lowest first, the top bit saying that more follow; signed numbers are folded (0, -1, 1, -2 …)
//! so that small ones stay short. The reader takes nothing on trust: every length is held against its maximum *and* against the
//! bytes that are left before anything is allocated.

use crate::Scenario;
use base::Span;

/// Why reading stopped.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Stop {
    /// The bytes end before the design does.
    End,
    /// What stands here makes no sense.
    Bad(&'static str),
    /// There is more of something than there may be.
    TooMany { what: &'static str, max: u64 },
}

type Read<T> = Result<T, Stop>;

/// The units a length of time is counted in: the largest in which it is whole.
const UNITS: [u64; 4] = [1_000_000_000, 1_000_000, 1_000, 1];

#[derive(Default)]
pub(crate) struct Packer {
    pub bytes: Vec<u8>,
    names: Vec<String>,
}

impl Packer {
    pub fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub fn varint(&mut self, mut n: u64) {
        while n > 0x7F {
            self.bytes.push(n as u8 | 0x80);
            n >>= 7;
        }
        self.bytes.push(n as u8);
    }

    pub fn count(&mut self, n: usize) {
        self.varint(n as u64);
    }

    pub fn signed(&mut self, n: i64) {
        self.varint(fold(n));
    }

    pub fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// A name that is likely to come again: from the second time on it is a small number.
    pub fn name(&mut self, name: &str) {
        match self.names.iter().position(|known| known == name) {
            Some(at) => self.count(at + 1),
            None => {
                self.byte(0);
                self.text(name);
                self.names.push(name.to_string());
            }
        }
    }

    pub fn span(&mut self, span: Span) {
        let unit = UNITS.iter().position(|unit| span.0.is_multiple_of(*unit)).unwrap_or(3);
        let count = span.0 / UNITS[unit];
        // A length that needs more than 62 bits with its unit, 146 years, is not one that a scenario may have.
        self.varint((count.min(u64::MAX >> 2) << 2) | unit as u64);
    }

    /// The two low bits say which form follows: a whole number, a decimal with an exponent of ten, or all 64 bits.
    pub fn number(&mut self, n: f64) {
        let n = n + 0.0;
        let whole = n as u64;
        let mut best = Packer::default();
        best.varint(2);
        best.bytes.extend_from_slice(&n.to_bits().to_le_bytes());
        if let Some((digits, exponent)) = decimal(n) {
            let mut form = Packer::default();
            form.varint(fold(digits) << 2 | 1);
            form.signed(exponent);
            best.keep_shorter(form);
        }
        if n >= 0.0 && whole as f64 == n && whole < 1 << 53 {
            let mut form = Packer::default();
            form.varint(whole << 2);
            best.keep_shorter(form);
        }
        self.bytes.append(&mut best.bytes);
    }

    fn keep_shorter(&mut self, other: Packer) {
        if other.bytes.len() <= self.bytes.len() {
            *self = other;
        }
    }
}

/// The shortest digits and the exponent of ten that give exactly `n` again; `None` when there are too many digits, or none.
fn decimal(n: f64) -> Option<(i64, i64)> {
    if !n.is_finite() {
        return None;
    }
    let shortest = format!("{n:e}");
    let (mantissa, exponent) = shortest.split_once('e')?;
    let decimals = mantissa.split_once('.').map_or(0, |(_, after)| after.len());
    let digits = mantissa.replace('.', "").parse::<i64>().ok().filter(|digits| digits.unsigned_abs() < 1 << 60)?;
    Some((digits, exponent.parse::<i64>().ok()? - decimals as i64))
}

pub(super) fn fold(n: i64) -> u64 {
    ((n << 1) ^ (n >> 63)) as u64
}

pub(super) fn unfold(n: u64) -> i64 {
    (n >> 1) as i64 ^ -((n & 1) as i64)
}

pub(crate) struct Unpacker<'a> {
    bytes: &'a [u8],
    at: usize,
    names: Vec<String>,
}

impl<'a> Unpacker<'a> {
    pub fn new(bytes: &'a [u8]) -> Unpacker<'a> {
        Unpacker { bytes, at: 0, names: Vec::new() }
    }

    /// How many bytes have been read.
    pub fn at(&self) -> usize {
        self.at
    }

    pub fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn take(&mut self, count: usize) -> Read<&'a [u8]> {
        if count > self.left() {
            return Err(Stop::End);
        }
        let taken = &self.bytes[self.at..self.at + count];
        self.at += count;
        Ok(taken)
    }

    pub fn byte(&mut self) -> Read<u8> {
        Ok(self.take(1)?[0])
    }

    pub fn varint(&mut self) -> Read<u64> {
        let mut n = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            n |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return if shift == 63 && byte > 1 { Err(Stop::Bad("a number has more than 64 bits")) } else { Ok(n) };
            }
        }
        Err(Stop::Bad("a number never ends"))
    }

    /// A count of things, each of which takes at least one byte.
    pub fn count(&mut self, what: &'static str, max: usize) -> Read<usize> {
        let count = self.varint()?;
        let max = max as u64;
        if count > max {
            return Err(Stop::TooMany { what, max });
        }
        let count = count as usize;
        if count > self.left() { Err(Stop::End) } else { Ok(count) }
    }

    pub fn signed(&mut self) -> Read<i64> {
        self.varint().map(unfold)
    }

    /// A text of at most `max` characters.
    pub fn text(&mut self, max: usize) -> Read<String> {
        let length = self.count("bytes in one text", 4 * max)?;
        let text = core::str::from_utf8(self.take(length)?).map_err(|_| Stop::Bad("a text is not made of letters"))?;
        if text.chars().count() > max {
            return Err(Stop::TooMany { what: "characters in one text", max: max as u64 });
        }
        Ok(text.to_string())
    }

    pub fn name(&mut self) -> Read<String> {
        match self.varint()? {
            0 => {
                let name = self.text(Scenario::NAME_MAX)?;
                self.names.push(name.clone());
                Ok(name)
            }
            at => {
                let known = usize::try_from(at - 1).ok().and_then(|at| self.names.get(at));
                known.cloned().ok_or(Stop::Bad("a name refers to one that is not there"))
            }
        }
    }

    pub fn span(&mut self) -> Read<Span> {
        let n = self.varint()?;
        Ok(Span((n >> 2).saturating_mul(UNITS[(n & 3) as usize])))
    }

    pub fn number(&mut self) -> Read<f64> {
        let n = self.varint()?;
        match n & 3 {
            0 => Ok((n >> 2) as f64),
            1 => {
                let (digits, exponent) = (unfold(n >> 2), self.signed()?);
                // Parsing rounds correctly and equally everywhere, which arithmetic with powers of ten would not.
                format!("{digits}e{exponent}").parse().map_err(|_| Stop::Bad("a number cannot be read"))
            }
            2 => {
                let bits = self.take(8)?.try_into().map_err(|_| Stop::End)?;
                Ok(f64::from_bits(u64::from_le_bytes(bits)) + 0.0)
            }
            _ => Err(Stop::Bad("a number has an unknown form")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number_back(n: f64) -> (f64, usize) {
        let mut packer = Packer::default();
        packer.number(n);
        let mut unpacker = Unpacker::new(&packer.bytes);
        let back = unpacker.number().unwrap_or_else(|stop| panic!("{n}: {stop:?}"));
        assert_eq!(unpacker.left(), 0, "{n}");
        (back, packer.bytes.len())
    }

    #[test]
    fn numbers_come_back_to_the_bit_in_few_bytes() {
        for (n, bytes) in [(0.0, 1), (31.0, 1), (1_200.0, 2), (99.9, 3), (1e6, 2), (0.5, 2), (-3.0, 2), (1e300, 3)] {
            assert_eq!(number_back(n), (n, bytes), "{n}");
        }
        let mut rng = base::Rng::new(3);
        for _ in 0..20_000 {
            let n = f64::from_bits(rng.next_u64());
            let back = number_back(n).0;
            assert!(back.to_bits() == n.to_bits() || back.is_nan() && n.is_nan(), "{n}");
        }
        assert_eq!(number_back(-0.0).0.to_bits(), 0);
    }

    #[test]
    fn integers_and_spans_come_back() {
        let mut rng = base::Rng::new(4);
        for _ in 0..20_000 {
            let n = rng.next_u64() >> rng.below(64);
            let mut packer = Packer::default();
            packer.varint(n);
            packer.signed(n as i64);
            packer.span(Span(n >> 2));
            let mut unpacker = Unpacker::new(&packer.bytes);
            let back = (unpacker.varint(), unpacker.signed(), unpacker.span());
            assert_eq!(back, (Ok(n), Ok(n as i64), Ok(Span(n >> 2))));
        }
    }

    #[test]
    fn a_length_is_not_believed_before_it_is_checked() {
        let mut packer = Packer::default();
        packer.varint(u64::MAX);
        assert_eq!(Unpacker::new(&packer.bytes).count("boxes", 200), Err(Stop::TooMany { what: "boxes", max: 200 }));
        packer.bytes = vec![100];
        assert_eq!(Unpacker::new(&packer.bytes).count("boxes", 200), Err(Stop::End));
        assert_eq!(Unpacker::new(&[0xFF; 11]).varint(), Err(Stop::Bad("a number never ends")));
        assert_eq!(Unpacker::new(&[3, b'a', 0xFF, b'b']).text(9), Err(Stop::Bad("a text is not made of letters")));
    }
}
