//! Words for keys: a made-up language whose words begin with letters as often as those of a dictionary, and which member has which.

use base::stable_hash_u64;
use search::PrefixPartitions;
use sim::Request;

/// Of a thousand words of an English dictionary, about so many begin with each letter.
const FIRST: [(char, u64); 26] = [
    ('a', 62),
    ('b', 57),
    ('c', 95),
    ('d', 60),
    ('e', 39),
    ('f', 41),
    ('g', 33),
    ('h', 38),
    ('i', 38),
    ('j', 8),
    ('k', 9),
    ('l', 31),
    ('m', 56),
    ('n', 22),
    ('o', 25),
    ('p', 78),
    ('q', 5),
    ('r', 58),
    ('s', 111),
    ('t', 52),
    ('u', 25),
    ('v', 16),
    ('w', 26),
    ('x', 1),
    ('y', 4),
    ('z', 10),
];
const CONSONANTS: &[u8] = b"bdfgklmnprstvz";
const VOWELS: &[u8] = b"aeiou";

/// The first letter of the word of a key. O(1).
pub(crate) fn first(key: u64) -> char {
    let mut left = stable_hash_u64(key) % FIRST.iter().map(|(_, share)| share).sum::<u64>();
    for (letter, share) in FIRST {
        if left < share {
            return letter;
        }
        left -= share;
    }
    'z'
}

/// The word of a key; no two keys have the same.
pub(crate) fn word(key: u64) -> String {
    let luck = stable_hash_u64(key) >> 32;
    let pick = |all: &[u8], luck: u64| char::from(all[(luck % all.len() as u64) as usize]);
    let mut word = String::from(first(key));
    word.push(if VOWELS.contains(&(first(key) as u8)) { pick(CONSONANTS, luck) } else { pick(VOWELS, luck) });
    // The number of the key in syllables, the last first: two at least.
    let mut left = key;
    for syllable in 0.. {
        if left == 0 && syllable > 1 {
            break;
        }
        let (consonant, vowel) = (left / VOWELS.len() as u64, left);
        word.push(pick(CONSONANTS, consonant));
        word.push(pick(VOWELS, vowel));
        left /= (CONSONANTS.len() * VOWELS.len()) as u64;
    }
    word
}

/// Ranges of first letters for so many members: of even width, or as even in words as letters can be cut.
pub(crate) fn partitions(members: u8, is_by_words: bool) -> PrefixPartitions {
    let weight = |share: u64| if is_by_words { share } else { 1 };
    let total: u64 = FIRST.iter().map(|(_, share)| weight(*share)).sum();
    let (mut ranges, mut sum, mut last): (Vec<(char, char)>, u64, u64) = (Vec::new(), 0, 0);
    for (letter, share) in FIRST {
        // The member in whose share the middle of this letter's falls.
        let member = (2 * sum + weight(share)) * u64::from(members.max(1)) / (2 * total);
        sum += weight(share);
        match ranges.last_mut() {
            Some(range) if member == last => range.1 = letter,
            _ => ranges.push((letter, letter)),
        }
        last = member;
    }
    PrefixPartitions::new(&ranges)
}

/// How a partitioned typeahead is reached: by the first letter of what is typed.
#[derive(Clone, Debug)]
pub struct PrefixFront {
    partitions: PrefixPartitions,
}

impl PrefixFront {
    pub(crate) fn new(partitions: PrefixPartitions) -> PrefixFront {
        PrefixFront { partitions }
    }

    pub(crate) fn route(&self, request: &Request) -> Option<u8> {
        Some(owner(&self.partitions, request.key))
    }
}

/// The member that has the word of a key.
pub(crate) fn owner(partitions: &PrefixPartitions, key: u64) -> u8 {
    partitions.of(first(key).encode_utf8(&mut [0; 4])) as u8
}
