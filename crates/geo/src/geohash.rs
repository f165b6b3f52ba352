//! Geohash: a place on earth as a short text; places whose texts begin alike are near each other.
//!
//! ```text
//!   bits of longitude and latitude in turn, each halving what is left:   west 0 | 1 east      south 0 | 1 north
//!   57.64911, 10.40744   11010 00101 00010 …  →  u 4 p r u y d q q v j 8        five bits a letter
//! ```
//!
//! The rule: cells are half-open, a place on a border belongs to the cell north or east of it. One letter more divides a cell
//! into 32: 5 letters are 4.9 km squares at the equator, 6 are 1.2 by 0.6 km. Encoding and neighbours cost O(letters).
//!
//! Source: Gustavo Niemeyer, geohash.org (2008); Morton, A Computer Oriented Geodetic Data Base (1966).
//!
//! When not: near does not mean alike. Two places on both sides of a border, of the equator most of all, may share no letter:
//! search the cell *and* its eight neighbours, and see that the radius is not larger than a cell.

use core::fmt;

const LETTERS: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";

/// Most letters of a hash.
pub const LENGTH_MAX: u64 = 12;

/// Why there is no such hash.
#[derive(Clone, Debug, PartialEq)]
pub enum GeohashError {
    /// The latitude is not between -90 and 90.
    Latitude(f64),
    /// The longitude is not between -180 and 180.
    Longitude(f64),
    /// Too many letters.
    Length(u64),
    /// A letter that is none of the 32.
    Letter(char),
}

impl fmt::Display for GeohashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GeohashError::Latitude(value) => write!(f, "the latitude is {value}, but must be between -90 and 90"),
            GeohashError::Longitude(value) => write!(f, "the longitude is {value}, but must be between -180 and 180"),
            GeohashError::Length(length) => {
                write!(f, "{length} letters are asked for, and at most {LENGTH_MAX} make sense")
            }
            GeohashError::Letter(letter) => {
                write!(f, "{letter:?} is none of the letters 0-9 and b-z without i, l and o")
            }
        }
    }
}

impl core::error::Error for GeohashError {}

/// A cell of the earth: column and row among all cells of its size, counted from the south-west corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Geohash {
    length: u8,
    column: u32,
    row: u32,
}

/// What a cell covers, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Degrees {
    /// Southern border, included.
    pub south: f64,
    /// Western border, included.
    pub west: f64,
    /// Northern border.
    pub north: f64,
    /// Eastern border.
    pub east: f64,
}

impl Geohash {
    /// The cell of `length` letters, 0 (the whole earth) to 12, around a place in degrees.
    pub fn encode(latitude: f64, longitude: f64, length: u64) -> Result<Geohash, GeohashError> {
        if !(-90.0..=90.0).contains(&latitude) {
            return Err(GeohashError::Latitude(latitude));
        }
        if !(-180.0..=180.0).contains(&longitude) {
            return Err(GeohashError::Longitude(longitude));
        }
        if length > LENGTH_MAX {
            return Err(GeohashError::Length(length));
        }
        let length = length as u8;
        let (columns, rows) = bits(length);
        Ok(Geohash { length, column: halve(longitude, 180.0, columns), row: halve(latitude, 90.0, rows) })
    }

    /// The cell that a text stands for. Capital letters count as small ones.
    pub fn parse(text: &str) -> Result<Geohash, GeohashError> {
        let length = text.chars().count() as u64;
        if length > LENGTH_MAX {
            return Err(GeohashError::Length(length));
        }
        let (mut column, mut row, mut is_column) = (0, 0, true);
        for letter in text.chars() {
            let is_it = |known: &u8| char::from(*known) == letter.to_ascii_lowercase();
            let value = LETTERS.iter().position(is_it).ok_or(GeohashError::Letter(letter))?;
            for bit in (0..5).rev() {
                let target = if is_column { &mut column } else { &mut row };
                *target = *target << 1 | (value >> bit & 1) as u32;
                is_column = !is_column;
            }
        }
        Ok(Geohash { length: length as u8, column, row })
    }

    /// How many letters it has; 0 is the whole earth.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length.into()
    }

    /// What it covers.
    #[must_use]
    pub fn bounds(&self) -> Degrees {
        let (columns, rows) = bits(self.length);
        let border = |index: u32, bits: u32, half: f64| f64::from(index) * (2.0 * half / (1_u64 << bits) as f64) - half;
        let (west, south) = (border(self.column, columns, 180.0), border(self.row, rows, 90.0));
        let (width, height) = (360.0 / (1_u64 << columns) as f64, 180.0 / (1_u64 << rows) as f64);
        Degrees { south, west, north: south + height, east: west + width }
    }

    /// The cell so many columns to the east and rows to the north, negative for west and south. Around the earth it goes on, beyond
    /// a pole there is none.
    #[must_use]
    pub fn step(&self, east: i64, north: i64) -> Option<Geohash> {
        let (columns, rows) = bits(self.length);
        let row = i64::from(self.row).checked_add(north).filter(|row| (0..1_i64 << rows).contains(row))?;
        let column = i64::from(self.column).wrapping_add(east.rem_euclid(1 << columns)).rem_euclid(1 << columns);
        Some(Geohash { length: self.length, column: column as u32, row: row as u32 })
    }

    /// The up to eight cells around it, each once, itself not among them: north first, then clockwise.
    #[must_use]
    pub fn neighbours(&self) -> Vec<Geohash> {
        let around = [(0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)];
        let mut cells = Vec::with_capacity(8);
        for cell in around.into_iter().filter_map(|(east, north)| self.step(east, north)) {
            if cell != *self && !cells.contains(&cell) {
                cells.push(cell);
            }
        }
        cells
    }

    /// The cell of the first `length` letters.
    #[must_use]
    pub fn prefix(&self, length: u64) -> Geohash {
        let length = length.min(self.length()) as u8;
        let ((columns, rows), (fewer_columns, fewer_rows)) = (bits(self.length), bits(length));
        Geohash { length, column: self.column >> (columns - fewer_columns), row: self.row >> (rows - fewer_rows) }
    }
}

/// How many bits of so many letters are columns and rows: columns come first.
fn bits(length: u8) -> (u32, u32) {
    let all = u32::from(length) * 5;
    (all.div_ceil(2), all / 2)
}

/// Which of 2^`bits` equal parts of [-half, half) a value lies in; the upper end belongs to the last. Halving keeps every border
/// exact, which a multiplication would not.
fn halve(value: f64, half: f64, bits: u32) -> u32 {
    let (mut low, mut high) = (-half, half);
    (0..bits).fold(0, |index, _| {
        let middle = (low + high) / 2.0;
        let is_upper = value >= middle;
        if is_upper {
            low = middle
        } else {
            high = middle
        }
        index << 1 | u32::from(is_upper)
    })
}

/// The text: base 32.
impl fmt::Display for Geohash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (columns, rows) = bits(self.length);
        let bit = |index: u32| {
            if index.is_multiple_of(2) {
                self.column >> (columns - 1 - index / 2) & 1
            } else {
                self.row >> (rows - 1 - index / 2) & 1
            }
        };
        for letter in 0..u32::from(self.length) {
            let value = (0..5).fold(0, |value, index| value << 1 | bit(letter * 5 + index));
            write!(f, "{}", char::from(LETTERS[value as usize]))?;
        }
        Ok(())
    }
}

/// Mean radius of the earth, in metres.
const EARTH_METRES: f64 = 6_371_008.8;

/// The way between two places (latitude, longitude, in degrees) along the ground, in metres, on a sphere: within 0.5% of the truth.
#[must_use]
pub fn haversine_metres((latitude, longitude): (f64, f64), (other_latitude, other_longitude): (f64, f64)) -> f64 {
    let radians = |degrees: f64| degrees * (core::f64::consts::PI / 180.0);
    let half_sine = |from: f64, to: f64| libm::sin(radians(to - from) / 2.0);
    let (north, east) = (half_sine(latitude, other_latitude), half_sine(longitude, other_longitude));
    let a = north * north + libm::cos(radians(latitude)) * libm::cos(radians(other_latitude)) * east * east;
    2.0 * EARTH_METRES * libm::asin(a.sqrt().clamp(0.0, 1.0))
}
