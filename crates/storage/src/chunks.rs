//! Content-addressed chunks: a blob is a list of chunks, a chunk is named by the hash of its bytes, and each is kept once.
//!
//! ```text
//!   fixed          |abcd|efgh|ijkl|      one byte put in front moves every border:    |Xabc|defg|hijk|l|
//!   by content     |abc|defghi|jkl|      borders lie where the bytes say so:          |Xabc|defghi|jkl|
//! ```
//!
//! The rules: a blob comes out as it went in; a chunk is kept while a blob names it, and counts who does, so that a removal frees what
//! nobody else needs. [`Cut::Fixed`] cuts every so many bytes. [`Cut::ByContent`] cuts where a rolling hash of the last 64 bytes has
//! so many zeros, within a least and a most, so that an edit changes the chunks that it touches and no others.
//!
//! Cost: O(bytes) to put and to read; O(log chunks) a chunk. Source: SHA-256 (FIPS 180-4); the gear hash of Xia et al., "FastCDC",
//! USENIX ATC 2016, §3, without its normalisation.

use base::stable_hash_u64;
use core::fmt;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// The name of a chunk: the SHA-256 of its bytes.
pub type ChunkId = [u8; 32];

/// Where a blob is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Every so many bytes; at least 1.
    Fixed {
        /// Bytes of a chunk. Usual: 4 MiB.
        bytes: u32,
    },
    /// Where the content says so.
    ByContent {
        /// The fewest bytes of a chunk but the last; at least 1.
        least: u32,
        /// A border is expected once in 2 to the power of so many bytes, at most 32.
        average_bits: u32,
        /// The most bytes of a chunk; not under `least`.
        most: u32,
    },
}

/// Why chunks refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChunkError {
    /// A cut that can cut nothing.
    BadCut {
        /// Which cut.
        cut: Cut,
    },
    /// A blob that is not there.
    NoSuchBlob {
        /// Its name.
        name: String,
    },
}

impl fmt::Display for ChunkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChunkError::BadCut { cut } => {
                write!(
                    f,
                    "{cut:?} cannot cut: sizes must be at least 1, `most` at least `least`, `average_bits` at most 32"
                )
            }
            ChunkError::NoSuchBlob { name } => write!(f, "there is no blob {name:?}"),
        }
    }
}

impl core::error::Error for ChunkError {}

/// What a put has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Put {
    /// Chunks that the blob has.
    pub chunks: u64,
    /// Bytes of those that were not there before: what has to be sent and kept.
    pub bytes_new: u64,
}

#[derive(Clone, Debug)]
struct Chunk {
    bytes: Vec<u8>,
    /// How often blobs name it.
    uses: u64,
}

/// Blobs by name, and their chunks by content.
///
/// ```
/// use storage::chunks::{Chunks, Cut};
///
/// let mut chunks = Chunks::new(Cut::Fixed { bytes: 4 })?;
/// assert_eq!(chunks.put("one", b"logologo").bytes_new, 4, "the same four bytes twice");
/// assert_eq!(chunks.put("two", b"logo").bytes_new, 0);
/// assert_eq!(chunks.read("one")?, b"logologo");
/// # Ok::<(), storage::chunks::ChunkError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Chunks {
    cut: Cut,
    blobs: BTreeMap<String, Vec<ChunkId>>,
    chunks: BTreeMap<ChunkId, Chunk>,
}

impl Chunks {
    /// No blobs. Refused if the cut can cut nothing.
    pub fn new(cut: Cut) -> Result<Chunks, ChunkError> {
        let is_good = match cut {
            Cut::Fixed { bytes } => bytes > 0,
            Cut::ByContent { least, average_bits, most } => least > 0 && most >= least && average_bits <= 32,
        };
        if !is_good {
            return Err(ChunkError::BadCut { cut });
        }
        Ok(Chunks { cut, blobs: BTreeMap::new(), chunks: BTreeMap::new() })
    }

    /// Keeps a blob under a name, instead of the one that had it.
    pub fn put(&mut self, name: &str, bytes: &[u8]) -> Put {
        let mut put = Put::default();
        let mut ids = Vec::new();
        for piece in cut(bytes, self.cut) {
            let id = name_of(piece);
            put.chunks += 1;
            let is_new = !self.chunks.contains_key(&id);
            put.bytes_new += if is_new { piece.len() as u64 } else { 0 };
            self.chunks.entry(id).or_insert_with(|| Chunk { bytes: piece.to_vec(), uses: 0 }).uses += 1;
            ids.push(id);
        }
        // Only now, so that what the old blob shares with the new one is not freed in between.
        if let Some(old) = self.blobs.insert(name.to_owned(), ids) {
            self.release(&old);
        }
        put
    }

    /// The bytes of a blob.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, ChunkError> {
        let ids = self.ids(name)?;
        Ok(ids.iter().flat_map(|id| &self.chunks[id].bytes).copied().collect())
    }

    /// Forgets a blob; says how many bytes that freed.
    pub fn remove(&mut self, name: &str) -> Result<u64, ChunkError> {
        let missing = || ChunkError::NoSuchBlob { name: name.to_owned() };
        let ids = self.blobs.remove(name).ok_or_else(missing)?;
        Ok(self.release(&ids))
    }

    /// The chunks of a blob in order: what a client compares to know which it has to send.
    pub fn ids(&self, name: &str) -> Result<&[ChunkId], ChunkError> {
        self.blobs.get(name).map(Vec::as_slice).ok_or_else(|| ChunkError::NoSuchBlob { name: name.to_owned() })
    }

    /// Bytes of all blobs, each counted whole.
    #[must_use]
    pub fn bytes_logical(&self) -> u64 {
        self.chunks.values().map(|chunk| chunk.uses * chunk.bytes.len() as u64).sum()
    }

    /// Bytes of all chunks, each counted once.
    #[must_use]
    pub fn bytes_kept(&self) -> u64 {
        self.chunks.values().map(|chunk| chunk.bytes.len() as u64).sum()
    }

    fn release(&mut self, ids: &[ChunkId]) -> u64 {
        let mut freed = 0;
        for id in ids {
            let chunk = self.chunks.get_mut(id).expect("a chunk is kept while a blob names it");
            chunk.uses -= 1;
            if chunk.uses == 0 {
                freed += chunk.bytes.len() as u64;
                self.chunks.remove(id);
            }
        }
        freed
    }
}

/// The name of a chunk with these bytes.
#[must_use]
pub fn name_of(bytes: &[u8]) -> ChunkId {
    Sha256::digest(bytes).into()
}

/// Cuts bytes where `cut` says, at least one byte each time; no bytes are no chunk.
pub fn cut(mut rest: &[u8], cut: Cut) -> impl Iterator<Item = &[u8]> {
    core::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, behind) = rest.split_at(length(rest, cut));
        rest = behind;
        Some(piece)
    })
}

fn length(rest: &[u8], cut: Cut) -> usize {
    match cut {
        Cut::Fixed { bytes } => rest.len().min(bytes.max(1) as usize),
        Cut::ByContent { least, average_bits, most } => {
            let end = rest.len().min(most.max(1) as usize);
            // The highest bits, because those depend on the last 64 bytes; the lowest only on the last few.
            let mask = !(u64::MAX.checked_shr(average_bits).unwrap_or(0));
            let mut gear = 0_u64;
            for (at, byte) in rest[..end].iter().enumerate() {
                gear = (gear << 1).wrapping_add(stable_hash_u64(u64::from(*byte)));
                if at + 1 >= least as usize && gear & mask == 0 {
                    return at + 1;
                }
            }
            end
        }
    }
}
