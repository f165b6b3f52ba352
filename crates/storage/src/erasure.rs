//! Reed–Solomon: so many data pieces and so many spare ones, and any so many as there are data pieces give everything back.
//!
//! ```text
//!   data 4 + spare 2     d0 d1 d2 d3 │ s4 s5      d1 and s4 are lost:   d0 d2 d3 s5 ──▶ d1
//!   kept: 6/4 = 1.5 times the bytes, and any 2 losses are survived;  3 whole copies survive 2 as well and keep 3 times the bytes
//! ```
//!
//! The rule: byte `i` of the pieces are the values of one polynomial over GF(2⁸) of a degree less than the number of data pieces, at
//! the points 0, 1, 2…; so many values determine it, and with it every other (Lagrange). The data pieces come first and are the bytes
//! themselves: nothing has to be computed to read them. One data piece is plain copies.
//!
//! Cost: a piece of b bytes from k others takes k·b multiplications. Mending one lost piece reads k pieces, which is what this costs
//! beside copies. Source: Reed and Solomon, "Polynomial Codes over Certain Finite Fields" (1960); the field is that of Plank's tutorial
//! (1997), x⁸ + x⁴ + x³ + x² + 1, and with it the pieces are those of Backblaze's and klauspost's coders.
//!
//! When not: pieces that may be wrong, not missing. A piece that lies is believed; [`chunks`](crate::chunks) has names that tell.

use core::fmt;

/// Most pieces, data and spare together: the field has so many points.
pub const PIECES_MAX: u16 = 256;

/// Why a code refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErasureError {
    /// No data piece, or too many pieces.
    BadCode {
        /// Data pieces asked for.
        data: u16,
        /// Spare pieces asked for.
        spare: u16,
    },
    /// Fewer different pieces than data pieces are needed.
    TooFew {
        /// Different pieces given.
        given: u16,
        /// Pieces needed.
        needed: u16,
    },
    /// Pieces of one whole are equally long.
    UnequalLengths,
    /// There is no such piece.
    NoSuchPiece {
        /// Its number.
        piece: u16,
        /// Pieces there are.
        pieces: u16,
    },
}

impl fmt::Display for ErasureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ErasureError::BadCode { data, spare } => {
                write!(
                    f,
                    "{data} data and {spare} spare pieces: there must be a data piece and at most {PIECES_MAX} in all"
                )
            }
            ErasureError::TooFew { given, needed } => write!(f, "{given} different pieces given, {needed} needed"),
            ErasureError::UnequalLengths => write!(f, "the pieces of one whole must be equally long"),
            ErasureError::NoSuchPiece { piece, pieces } => write!(f, "there is no piece {piece}, only {pieces} from 0"),
        }
    }
}

impl core::error::Error for ErasureError {}

/// How a whole is cut into pieces.
///
/// ```
/// use storage::erasure::Erasure;
///
/// let code = Erasure::new(4, 2)?;
/// let pieces = code.pieces(b"any four of six");
/// let left: Vec<(u16, &[u8])> = [0, 2, 3, 5].map(|n| (n, pieces[usize::from(n)].as_slice())).to_vec();
/// assert_eq!(code.whole(&left, 15)?, b"any four of six");
/// # Ok::<(), storage::erasure::ErasureError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erasure {
    data: u16,
    spare: u16,
}

impl Erasure {
    /// So many data pieces, at least 1, and spare ones; at most [`PIECES_MAX`] in all.
    pub fn new(data: u16, spare: u16) -> Result<Erasure, ErasureError> {
        if data == 0 || u32::from(data) + u32::from(spare) > u32::from(PIECES_MAX) {
            return Err(ErasureError::BadCode { data, spare });
        }
        Ok(Erasure { data, spare })
    }

    /// Pieces that give everything back.
    #[must_use]
    pub fn data(self) -> u16 {
        self.data
    }

    /// All pieces.
    #[must_use]
    pub fn count(self) -> u16 {
        self.data + self.spare
    }

    /// Bytes of a piece of a whole of so many; the last data piece is filled up with zeros.
    #[must_use]
    pub fn piece_bytes(self, bytes: u64) -> u64 {
        bytes.div_ceil(u64::from(self.data))
    }

    /// All pieces of a whole, the data pieces first.
    #[must_use]
    pub fn pieces(self, whole: &[u8]) -> Vec<Vec<u8>> {
        let length = self.piece_bytes(whole.len() as u64) as usize;
        let mut padded = whole.to_vec();
        padded.resize(length * usize::from(self.data), 0);
        let mut pieces: Vec<Vec<u8>> =
            (0..usize::from(self.data)).map(|at| padded[at * length..][..length].to_vec()).collect();
        for piece in self.data..self.count() {
            let data: Vec<(u16, &[u8])> = (0..self.data).zip(pieces.iter().map(Vec::as_slice)).collect();
            pieces.push(at(&data, piece));
        }
        pieces
    }

    /// One piece, from any so many others as there are data pieces.
    pub fn piece(self, others: &[(u16, &[u8])], piece: u16) -> Result<Vec<u8>, ErasureError> {
        let others = self.enough(others)?;
        self.known(piece)?;
        Ok(at(&others, piece))
    }

    /// The first `bytes` bytes of the whole, from any so many pieces as there are data pieces.
    pub fn whole(self, pieces: &[(u16, &[u8])], bytes: usize) -> Result<Vec<u8>, ErasureError> {
        let pieces = self.enough(pieces)?;
        let mut whole: Vec<u8> = (0..self.data).flat_map(|piece| at(&pieces, piece)).collect();
        whole.truncate(bytes);
        Ok(whole)
    }

    fn known(self, piece: u16) -> Result<(), ErasureError> {
        if piece < self.count() { Ok(()) } else { Err(ErasureError::NoSuchPiece { piece, pieces: self.count() }) }
    }

    /// The first so many different ones as are needed.
    fn enough<'a>(self, given: &[(u16, &'a [u8])]) -> Result<Vec<(u16, &'a [u8])>, ErasureError> {
        let mut different: Vec<(u16, &[u8])> = Vec::with_capacity(usize::from(self.data));
        for (piece, bytes) in given {
            self.known(*piece)?;
            if different.iter().all(|(other, _)| other != piece) && different.len() < usize::from(self.data) {
                different.push((*piece, bytes));
            }
        }
        if different.len() < usize::from(self.data) {
            return Err(ErasureError::TooFew { given: different.len() as u16, needed: self.data });
        }
        if different.windows(2).any(|pair| pair[0].1.len() != pair[1].1.len()) {
            return Err(ErasureError::UnequalLengths);
        }
        Ok(different)
    }
}

/// The values at `point` of the polynomials that have these values: Lagrange, where subtraction is XOR.
fn at(known: &[(u16, &[u8])], point: u16) -> Vec<u8> {
    if let Some((_, bytes)) = known.iter().find(|(piece, _)| *piece == point) {
        return bytes.to_vec();
    }
    let mut sum = vec![0; known.first().map_or(0, |(_, bytes)| bytes.len())];
    for (own, bytes) in known {
        let others = known.iter().filter(|(other, _)| other != own);
        let factor =
            others.fold(1, |product, (other, _)| multiply(product, divide((point ^ other) as u8, (own ^ other) as u8)));
        sum.iter_mut().zip(*bytes).for_each(|(sum, byte)| *sum ^= multiply(factor, *byte));
    }
    sum
}

/// Powers of 2 in the field, twice in a row so that a sum of logarithms needs no remainder; and logarithms.
const TABLES: ([u8; 510], [u16; 256]) = {
    let (mut powers, mut logarithms) = ([0; 510], [0; 256]);
    let (mut value, mut power) = (1_u16, 0);
    while power < 255 {
        powers[power] = value as u8;
        powers[power + 255] = value as u8;
        logarithms[value as usize] = power as u16;
        value <<= 1;
        if value > 255 {
            value ^= 0x11D;
        }
        power += 1;
    }
    (powers, logarithms)
};
static POWERS: [u8; 510] = TABLES.0;
static LOGARITHMS: [u16; 256] = TABLES.1;

fn multiply(a: u8, b: u8) -> u8 {
    if a == 0 || b == 0 {
        return 0;
    }
    POWERS[usize::from(LOGARITHMS[usize::from(a)] + LOGARITHMS[usize::from(b)])]
}

/// `b` is not 0: it is the difference of two points.
fn divide(a: u8, b: u8) -> u8 {
    if a == 0 {
        return 0;
    }
    POWERS[usize::from(LOGARITHMS[usize::from(a)] + 255 - LOGARITHMS[usize::from(b)])]
}
