//! Links that were not made by the page: of a file, and bad ones of each kind.

use base::Digest;
use scenario::{file, link};

/// Most characters that are opened, and more than a browser's address bar would ever be given.
const TOO_MANY: usize = 210_000;

/// The payload of a link that holds the design of a file's text.
#[must_use]
pub fn of_file(text: &str) -> String {
    let schema = catalog::schema();
    let scenario = file::read(text, schema).unwrap_or_else(|problems| panic!("the file is no scenario: {problems:?}"));
    link::encode(&scenario, schema)
}

/// The first part of a link.
#[must_use]
pub fn cut_off(payload: &str) -> String {
    payload[..payload.len() * 2 / 3].to_owned()
}

/// A link with one letter changed.
#[must_use]
pub fn damaged(payload: &str) -> String {
    let middle = payload.len() / 2;
    let other = if &payload[middle..=middle] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &payload[..middle], &payload[middle + 1..])
}

/// A whole link that claims to be of a version to come.
///
/// The outside of a link keeps its form in every version: 0xF0 + version, a varint, three bytes of checksum, the body.
#[must_use]
pub fn newer(payload: &str) -> String {
    let mut bytes = decoded(payload);
    bytes[0] = 0xFE;
    let end_of_head = 2 + bytes[1..].iter().position(|byte| byte & 0x80 == 0).expect("a varint ends");
    let (head, rest) = bytes.split_at(end_of_head);
    let check = checksum(head, &rest[3..]).to_le_bytes();
    encoded(&[head, &check[..3], &rest[3..]].concat())
}

/// A link of more characters than are opened.
#[must_use]
pub fn too_large(payload: &str) -> String {
    payload.repeat(TOO_MANY / payload.len() + 1)
}

fn checksum(head: &[u8], body: &[u8]) -> u32 {
    let mut digest = Digest::default();
    for part in [head, body] {
        digest.add(part.len() as u64);
        for chunk in part.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            digest.add(u64::from_le_bytes(word));
        }
    }
    (digest.value() >> 40) as u32
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn encoded(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        text.extend((0..=chunk.len()).map(|at| char::from(LETTERS[(group >> (18 - 6 * at) & 63) as usize])));
    }
    text
}

/// Base64, of links and of pictures; empty when it is none.
pub(crate) fn decoded(text: &str) -> Vec<u8> {
    let digit = |letter: u8| match letter {
        b'+' => 62,
        b'/' => 63,
        _ => LETTERS.iter().position(|known| *known == letter).unwrap_or(0) as u32,
    };
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    for four in text.trim_end_matches('=').as_bytes().chunks(4) {
        let group = four.iter().fold(0, |group, letter| group << 6 | digit(*letter)) << (6 * (4 - four.len()));
        bytes.extend_from_slice(&group.to_be_bytes()[1..four.len()]);
    }
    bytes
}
