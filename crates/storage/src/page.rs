//! A page of a B-tree: a leaf with keys and values, or an inner node with the keys that part its children.
//!
//! ```text
//!   leaf    [a 1] [c 3] [e 5]             inner     c       m
//!                                                 /    |       \
//!                                          keys < c  c ≤ … < m  ≥ m
//! ```
//!
//! On the disk a page has exactly the size of a page: a checksum, its kind, how many entries, the entries, zeros.

use crate::codec::{Bytes, Reader, write_text, write_u32};

/// The number of a page; page 0 is the header, which says where the root is.
pub(crate) type PageId = u32;

/// Bytes of a page that hold no entry: checksum, kind, count, and an inner node's first child.
pub(crate) const HEAD: usize = 16;
/// Bytes that an entry takes beside its texts: two lengths, or a length and a child.
pub(crate) const ENTRY: usize = 8;

const LEAF: u32 = 1;
const INNER: u32 = 2;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    Free,
    Leaf(Vec<(Bytes, Bytes)>),
    Inner { keys: Vec<Bytes>, children: Vec<PageId> },
}

impl Page {
    /// Bytes that it needs.
    pub fn size(&self) -> usize {
        let entries: usize = match self {
            Page::Free => 0,
            Page::Leaf(entries) => entries.iter().map(|(key, value)| ENTRY + key.len() + value.len()).sum(),
            Page::Inner { keys, .. } => keys.iter().map(|key| ENTRY + key.len()).sum(),
        };
        HEAD + entries
    }

    /// Splits off the upper half, by bytes: the key that parts the halves, and the upper half.
    pub fn split(&mut self) -> (Bytes, Page) {
        let half = (self.size() - HEAD) / 2;
        match self {
            Page::Free => unreachable!("a free page is in no tree"),
            Page::Leaf(entries) => {
                let at = first_past(half, entries.iter().map(|(key, value)| ENTRY + key.len() + value.len()));
                let upper = entries.split_off((at + 1).min(entries.len() - 1));
                (upper[0].0.clone(), Page::Leaf(upper))
            }
            Page::Inner { keys, children } => {
                // The key in the middle goes up: it parts the halves, and is in neither.
                let at = first_past(half, keys.iter().map(|key| ENTRY + key.len())).clamp(1, keys.len() - 2);
                let upper = keys.split_off(at + 1);
                let parting = keys.pop().expect("at least one key is left below the middle");
                (parting, Page::Inner { keys: upper, children: children.split_off(at + 1) })
            }
        }
    }

    /// Takes in the page to its right, from which it is parted by `parting`.
    pub fn merge(&mut self, parting: Bytes, right: Page) {
        match (self, right) {
            (Page::Leaf(entries), Page::Leaf(right)) => entries.extend(right),
            (Page::Inner { keys, children }, Page::Inner { keys: right_keys, children: right_children }) => {
                keys.push(parting);
                keys.extend(right_keys);
                children.extend(right_children);
            }
            _ => unreachable!("neighbours are on the same level"),
        }
    }

    /// The page as it lies on the disk.
    pub fn encode(&self, page_bytes: usize) -> Bytes {
        let mut out = Vec::with_capacity(page_bytes);
        write_u32(&mut out, 0);
        match self {
            Page::Free => unreachable!("a free page is not written"),
            Page::Leaf(entries) => {
                head(&mut out, LEAF, entries.len(), 0);
                for (key, value) in entries {
                    write_text(&mut out, key);
                    write_text(&mut out, value);
                }
            }
            Page::Inner { keys, children } => {
                head(&mut out, INNER, keys.len(), children[0]);
                for (key, child) in keys.iter().zip(&children[1..]) {
                    write_text(&mut out, key);
                    write_u32(&mut out, *child);
                }
            }
        }
        assert!(out.len() <= page_bytes, "{} bytes in a page of {page_bytes}", out.len());
        out.resize(page_bytes, 0);
        seal(&mut out);
        out
    }

    /// Reads a page; `None` if it is not whole.
    pub fn decode(bytes: &[u8]) -> Option<Page> {
        let mut reader = Reader(unsealed(bytes)?);
        let (kind, count, first) = (reader.u32()?, reader.u32()?, reader.u32()?);
        match kind {
            LEAF => {
                let entry = |_| Some((reader.text()?.to_vec(), reader.text()?.to_vec()));
                Some(Page::Leaf((0..count).map(entry).collect::<Option<_>>()?))
            }
            INNER => {
                let (mut keys, mut children) = (Vec::new(), vec![first]);
                for _ in 0..count {
                    keys.push(reader.text()?.to_vec());
                    children.push(reader.u32()?);
                }
                Some(Page::Inner { keys, children })
            }
            _ => None,
        }
    }
}

fn head(out: &mut Bytes, kind: u32, count: usize, first_child: PageId) {
    write_u32(out, kind);
    write_u32(out, count as u32);
    write_u32(out, first_child);
}

/// Writes the checksum of everything behind it to the first four bytes.
pub(crate) fn seal(bytes: &mut [u8]) {
    let sum = crc32fast::hash(&bytes[4..]);
    bytes[..4].copy_from_slice(&sum.to_le_bytes());
}

/// What is behind the checksum, if that is right.
pub(crate) fn unsealed(bytes: &[u8]) -> Option<&[u8]> {
    let (sum, rest) = bytes.split_first_chunk::<4>()?;
    (u32::from_le_bytes(*sum) == crc32fast::hash(rest)).then_some(rest)
}

/// The first position at which the sum of the sizes is past `half`.
fn first_past(half: usize, sizes: impl Iterator<Item = usize>) -> usize {
    let mut sum = 0;
    sizes
        .take_while(|size| {
            sum += size;
            sum <= half
        })
        .count()
}
