//! The outside of a link: which version, how long, is it whole. This much keeps its form in every version, so that an older page
//! can still tell a newer link from a broken one.
//!
//! ```text
//! 1 byte    0xF0 + version
//! varint    length of the body × 2, plus 1 if the body is deflated behind the words of [`super::words`]
//! 3 bytes   checksum of everything else
//! body
//! ```
//!
//! All of it in base64 with `-` and `_` and no padding, so that every link of version 1 begins with `8`. The checksum finds
//! accidents, not forgeries: what the body says is believed no more than any other input.

use super::LinkError;
use super::pack::{Packer, Unpacker};
use super::words::WORDS;
use base::Digest;
use miniz_oxide::deflate::core::{CompressorOxide, TDEFLFlush, compress_to_output, create_comp_flags_from_zip_params};
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};

/// Longest link, in characters: what browsers and hosts were seen to pass in a fragment.
pub(crate) const CHARACTERS_MAX: usize = 200_000;
/// Most bytes that a link may unfold to.
pub(crate) const CONTENT_MAX: usize = 1 << 20;
/// The high half of the first byte of every link.
const MARK: u8 = 0xF0;
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What was inside.
#[derive(Debug)]
pub(crate) struct Opened {
    pub version: u8,
    pub content: Vec<u8>,
}

/// Seals `content` into a link.
pub(crate) fn seal(version: u8, content: &[u8]) -> String {
    let deflated = deflate(content);
    if deflated.len() < content.len() {
        seal_body(version, &deflated, true)
    } else {
        seal_body(version, content, false)
    }
}

/// Seals a body as it is.
pub(crate) fn seal_body(version: u8, body: &[u8], deflated: bool) -> String {
    let mut head = Packer::default();
    head.byte(MARK | version);
    head.varint((body.len() as u64) << 1 | u64::from(deflated));
    let check = checksum(&head.bytes, body).to_le_bytes();
    head.bytes.extend_from_slice(&check[..3]);
    head.bytes.extend_from_slice(body);
    letters(&head.bytes)
}

/// Opens a link, whichever way it was handed over.
///
/// # Errors
/// The first thing that keeps it from being opened.
pub(crate) fn open(text: &str, newest: u8) -> Result<Opened, LinkError> {
    let payload = payload(text)?;
    let (bytes, strange) = bytes(payload);
    if bytes.first().is_none_or(|first| first & MARK != MARK || *first == MARK) {
        return Err(LinkError::NotALink);
    }
    if strange {
        return Err(LinkError::Damaged);
    }
    let parts = Parts::of(&bytes).ok_or(LinkError::CutOff)?;
    if (parts.body.len() as u64) < parts.length {
        return Err(LinkError::CutOff);
    }
    if parts.body.len() as u64 > parts.length || checksum(parts.head, parts.body) != parts.check {
        return Err(LinkError::Damaged);
    }
    if parts.version > newest {
        return Err(LinkError::Newer {
            version: parts.version,
            needs: format!("version {} of the link form", parts.version),
        });
    }
    if !parts.deflated {
        return Ok(Opened { version: parts.version, content: parts.body.to_vec() });
    }
    match inflate(parts.body) {
        (content, TINFLStatus::Done) => Ok(Opened { version: parts.version, content }),
        (_, TINFLStatus::HasMoreOutput) => {
            Err(LinkError::TooLarge { what: "bytes when unfolded", max: CONTENT_MAX as u64 })
        }
        _ => Err(LinkError::Damaged),
    }
}

/// Whatever of the content is still there in a link that cannot be opened.
pub(crate) fn pry(text: &str, newest: u8) -> Option<Opened> {
    let (bytes, _) = bytes(payload(text).ok()?);
    let parts = Parts::of(&bytes).filter(|parts| (1..=newest).contains(&parts.version))?;
    let content = if parts.deflated { inflate(parts.body).0 } else { parts.body.to_vec() };
    Some(Opened { version: parts.version, content })
}

/// Compresses `content` as what follows the words. Flushing after them ends their block on a whole byte, so that what comes out
/// from there on is a stream of its own that may point back into them.
pub(crate) fn deflate(content: &[u8]) -> Vec<u8> {
    let mut compressor = CompressorOxide::new(create_comp_flags_from_zip_params(10, -15, 0));
    compress_to_output(&mut compressor, WORDS.as_bytes(), TDEFLFlush::Sync, |_| true);
    let mut body = Vec::new();
    compress_to_output(&mut compressor, content, TDEFLFlush::Finish, |bytes| {
        body.extend_from_slice(bytes);
        true
    });
    body
}

/// Unfolds a body, to no more than [`CONTENT_MAX`] bytes, and says how it ended. The words are put before it as a stored block.
fn inflate(body: &[u8]) -> (Vec<u8>, TINFLStatus) {
    let length = WORDS.len() as u16;
    let mut stream = vec![0];
    stream.extend_from_slice(&length.to_le_bytes());
    stream.extend_from_slice(&(!length).to_le_bytes());
    stream.extend_from_slice(WORDS.as_bytes());
    stream.extend_from_slice(body);
    let (mut output, status) = match decompress_to_vec_with_limit(&stream, CONTENT_MAX + WORDS.len()) {
        Ok(output) => (output, TINFLStatus::Done),
        Err(error) => (error.output, error.status),
    };
    output.drain(..WORDS.len().min(output.len()));
    (output, status)
}

struct Parts<'a> {
    version: u8,
    head: &'a [u8],
    length: u64,
    deflated: bool,
    check: u32,
    body: &'a [u8],
}

impl Parts<'_> {
    fn of(bytes: &[u8]) -> Option<Parts<'_>> {
        let mut input = Unpacker::new(bytes);
        let version = input.byte().ok()? & !MARK;
        let length = input.varint().ok()?;
        let (head, rest) = bytes.split_at(input.at());
        let (check, body) = rest.split_at_checked(3)?;
        let check = u32::from_le_bytes([check[0], check[1], check[2], 0]);
        Some(Parts { version, head, length: length >> 1, deflated: length & 1 == 1, check, body })
    }
}

/// 24 bits over everything but the checksum itself.
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

/// The part of `text` that is the link: after `s=` in a whole address or a fragment, or all of it.
fn payload(text: &str) -> Result<&str, LinkError> {
    if text.len() > CHARACTERS_MAX {
        return Err(LinkError::TooLarge { what: "characters", max: CHARACTERS_MAX as u64 });
    }
    let text = text.trim();
    let after = ["#s=", "&s=", "?s="].iter().find_map(|key| text.find(key).map(|at| &text[at + key.len()..]));
    let payload = after.or_else(|| text.strip_prefix("s=")).unwrap_or(text);
    let end = payload.find(['&', '#']).unwrap_or(payload.len());
    // What a sentence puts behind an address is not part of it.
    let payload = payload[..end].trim_end_matches(|c: char| c.is_ascii_punctuation() && c != '-' && c != '_');
    if payload.is_empty() { Err(LinkError::NotALink) } else { Ok(payload) }
}

/// Length of the link in `text`, without what stands around it.
pub(crate) fn characters(text: &str) -> Result<u32, LinkError> {
    Ok(payload(text)?.bytes().filter(|letter| !letter.is_ascii_whitespace()).count() as u32)
}

fn letters(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 4 / 3 + 3);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..=chunk.len() {
            text.push(char::from(LETTERS[(group >> (18 - 6 * at) & 63) as usize]));
        }
    }
    text
}

/// The bytes up to the first letter that no link has, and whether there was one. Line breaks that a mail program put in are
/// passed over; bits of a byte that was cut in two are dropped.
fn bytes(text: &str) -> (Vec<u8>, bool) {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4 + 3);
    let (mut group, mut bits) = (0u32, 0u32);
    for letter in text.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            _ => return (bytes, true),
        };
        group = (group << 6 | u32::from(value)) & 0xFFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((group >> bits) as u8);
        }
    }
    (bytes, false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::BASE64URL_NOPAD;

    /// Oracle: the `data-encoding` crate.
    #[test]
    fn letters_are_base64url_without_padding() {
        let mut rng = base::Rng::new(5);
        for length in (0..300).chain([5_000]) {
            let raw: Vec<u8> = (0..length).map(|_| rng.next_u64() as u8).collect();
            let text = letters(&raw);
            assert_eq!(text, BASE64URL_NOPAD.encode(&raw));
            assert_eq!(bytes(&text), (raw, false));
        }
    }

    #[test]
    fn the_link_is_found_in_whatever_was_pasted() {
        let link = seal(1, b"content");
        let wrapped = format!("{}\n  {}", &link[..5], &link[5..]);
        for text in [
            link.clone(),
            wrapped,
            format!("#s={link}"),
            format!("s={link}"),
            format!("https://example.org/faultline/#s={link}&embed=1"),
            format!("https://example.org/faultline/?x=1#embed=1&s={link}"),
            format!("  <https://example.org/#s={link}>. "),
        ] {
            assert_eq!(open(&text, 1).expect(&text).content, b"content", "{text}");
        }
        for text in ["", " ", "#s=", "https://example.org/", "hello", "{\"faultline\": 1}", "s=&s=", "#"] {
            assert_eq!(open(text, 1).expect_err(text), LinkError::NotALink, "{text}");
        }
    }

    #[test]
    fn a_newer_link_is_told_from_a_broken_one() {
        let link = seal(2, b"from the future");
        let newer = LinkError::Newer { version: 2, needs: "version 2 of the link form".to_string() };
        assert_eq!(open(&link, 1).expect_err("newer"), newer);
        let broken = format!("{}__{}", &link[..10], &link[12..]);
        assert_eq!(open(&broken, 1).expect_err("broken"), LinkError::Damaged);
        assert_eq!(open(&link[..9], 1).expect_err("cut"), LinkError::CutOff);
    }
}
