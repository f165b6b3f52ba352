//! Merkle trees: two replicas find what differs by comparing hashes from the root down, and send only that.
//!
//! ```text
//!          root ≠              compare the root; on a difference both children, and so on down
//!         ╱      ╲             1 of 2^d leaves differs: 1 + 2d comparisons; 2^20 leaves: 41
//!       = □       ≠ □          equal subtrees are never looked into
//!      ╱  ╲      ╱  ╲
//!     a    b    c    d'        a leaf is the hash of one key, or of a range of keys
//! ```
//!
//! The rule: leaves are hashed with a byte 0 before them and inner nodes with a byte 1, so that nobody can pass an inner node off as
//! a leaf. A tree of n leaves has its left part as large as the greatest power of two below n. Building costs 2n hashes and 64 n
//! bytes; changing a leaf or finding k differences, O(log n) each. Few keys are compared faster without a tree: with four, one of them
//! different, it takes five comparisons.
//!
//! Source: Merkle, 1987; the tree as RFC 6962, §2.1; for replicas DeCandia et al., *Dynamo*, 2007, §4.7.

use core::fmt;
use sha2::{Digest as _, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// The hash of a leaf that holds `data`.
#[must_use]
pub fn leaf_hash(data: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(data).finalize().into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// Two trees that cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MerkleError {
    /// They have different numbers of leaves: their leaves do not mean the same keys.
    Leaves {
        /// How many the first has.
        first: u64,
        /// How many the second has.
        second: u64,
    },
    /// There is no such leaf.
    OutOfRange {
        /// Which.
        leaf: u64,
        /// How many there are.
        leaves: u64,
    },
    /// The tree is deeper than leaves can be numbered.
    TooDeep {
        /// How deep.
        depth: u32,
    },
}

impl fmt::Display for MerkleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MerkleError::Leaves { first, second } => write!(f, "a tree of {first} leaves and one of {second}"),
            MerkleError::OutOfRange { leaf, leaves } => write!(f, "leaf {leaf} of {leaves}"),
            MerkleError::TooDeep { depth } => write!(f, "depth {depth}, but at most {DEPTH_MAX}"),
        }
    }
}

impl core::error::Error for MerkleError {}

/// The greatest depth: its leaves are numbered by 64 bits.
pub const DEPTH_MAX: u32 = 63;

/// What a comparison found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// The leaves that differ, ascending.
    pub leaves: Vec<u64>,
    /// How many pairs of hashes were compared.
    pub comparisons: u64,
}

/// A tree over leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MerkleTree {
    /// From the leaves to the root. A node without a neighbour goes up as it is, which gives RFC 6962's shape.
    levels: Vec<Vec<Hash>>,
}

impl MerkleTree {
    /// The tree over these leaf hashes, see [`leaf_hash`].
    #[must_use]
    pub fn new(leaves: Vec<Hash>) -> MerkleTree {
        let mut levels = vec![leaves];
        while let Some(below) = levels.last().filter(|below| below.len() > 1) {
            let above = below.chunks(2).map(parent).collect();
            levels.push(above);
        }
        MerkleTree { levels }
    }

    /// How many leaves there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.levels[0].len() as u64
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The hash of everything; of nothing, the hash of no bytes.
    #[must_use]
    pub fn root(&self) -> Hash {
        let top = self.levels.last().and_then(|top| top.first());
        top.copied().unwrap_or_else(|| Sha256::digest([]).into())
    }

    /// The hashes that lie `depth` below the root, from left to right: of a tree of 2^d leaves, 2^depth; the leaves when it is not so deep.
    #[must_use]
    pub fn level(&self, depth: usize) -> &[Hash] {
        &self.levels[(self.levels.len() - 1).saturating_sub(depth)]
    }

    /// Replaces a leaf's hash: one hash a level.
    ///
    /// # Errors
    /// [`MerkleError::OutOfRange`]; nothing is changed.
    pub fn set(&mut self, leaf: u64, hash: Hash) -> Result<(), MerkleError> {
        let leaves = self.len();
        let at = usize::try_from(leaf).ok().filter(|_| leaf < leaves);
        let mut at = at.ok_or(MerkleError::OutOfRange { leaf, leaves })?;
        self.levels[0][at] = hash;
        for level in 1..self.levels.len() {
            at /= 2;
            let below = &self.levels[level - 1];
            self.levels[level][at] = parent(&below[2 * at..below.len().min(2 * at + 2)]);
        }
        Ok(())
    }

    /// Compares with another replica's tree from the root down, on a difference both children.
    ///
    /// # Errors
    /// [`MerkleError::Leaves`] if the trees have not the same number of leaves.
    pub fn difference(&self, other: &MerkleTree) -> Result<Difference, MerkleError> {
        let (first, second) = (self.len(), other.len());
        if first != second {
            return Err(MerkleError::Leaves { first, second });
        }
        let mut found = Difference::default();
        let mut open: Vec<(usize, usize)> = if first == 0 { Vec::new() } else { vec![(self.levels.len() - 1, 0)] };
        while let Some((level, at)) = open.pop() {
            found.comparisons += 1;
            if self.levels[level][at] == other.levels[level][at] {
                continue;
            }
            self.descend(level, at, &mut open, &mut found.leaves);
        }
        Ok(found)
    }

    /// What lies below a node that differs. One that went up as it is has one child, which differs too: it is not compared again.
    fn descend(&self, level: usize, at: usize, open: &mut Vec<(usize, usize)>, leaves: &mut Vec<u64>) {
        let (mut level, mut at) = (level, at);
        while level > 0 && self.levels[level - 1].len() == 2 * at + 1 {
            (level, at) = (level - 1, 2 * at);
        }
        match level {
            0 => leaves.push(at as u64),
            // The left one is looked at first, so leaves come out ascending.
            _ => open.extend([(level - 1, 2 * at + 1), (level - 1, 2 * at)]),
        }
    }
}

fn parent(children: &[Hash]) -> Hash {
    match children {
        [left, right] => node_hash(left, right),
        _ => children[0],
    }
}

/// How many comparisons find `differing` in trees of 2^`depth` leaves, without the trees: the root, and two for each inner node above
/// a leaf that differs. O(k · depth · log k) for k leaves; one named twice counts once.
///
/// # Errors
/// [`MerkleError`]: too deep, or there is no such leaf.
pub fn comparisons(depth: u32, differing: &[u64]) -> Result<u64, MerkleError> {
    if depth > DEPTH_MAX {
        return Err(MerkleError::TooDeep { depth });
    }
    let leaves = 1_u64 << depth;
    if let Some(leaf) = differing.iter().find(|leaf| **leaf >= leaves) {
        return Err(MerkleError::OutOfRange { leaf: *leaf, leaves });
    }
    let mut nodes = differing.to_vec();
    nodes.sort_unstable();
    let mut comparisons = 1;
    for _ in 0..depth {
        nodes.iter_mut().for_each(|node| *node /= 2);
        nodes.dedup();
        comparisons += 2 * nodes.len() as u64;
    }
    Ok(comparisons)
}
