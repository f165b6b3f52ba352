//! Keys, values and counts as bytes: each text with its length before it, numbers in four bytes, the lowest first.

/// A key or a value.
pub(crate) type Bytes = Vec<u8>;

pub(crate) fn write_u32(out: &mut Bytes, number: u32) {
    out.extend_from_slice(&number.to_le_bytes());
}

pub(crate) fn write_u64(out: &mut Bytes, number: u64) {
    out.extend_from_slice(&number.to_le_bytes());
}

pub(crate) fn write_text(out: &mut Bytes, text: &[u8]) {
    write_u32(out, text.len() as u32);
    out.extend_from_slice(text);
}

/// Reads what was written, front to back; `None` when it is not there.
pub(crate) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub fn u32(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*number))
    }

    pub fn u64(&mut self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*number))
    }

    pub fn text(&mut self) -> Option<&'a [u8]> {
        let length = self.u32()? as usize;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(text)
    }
}

/// A write as a log holds it: the value, or `None` where the key is deleted.
pub(crate) fn encode_write(key: &[u8], value: Option<&[u8]>) -> Bytes {
    let mut out = Vec::with_capacity(9 + key.len() + value.map_or(0, <[u8]>::len));
    out.push(u8::from(value.is_some()));
    write_text(&mut out, key);
    if let Some(value) = value {
        write_text(&mut out, value);
    }
    out
}

/// The write that [`encode_write`] made.
pub(crate) fn decode_write<'a>(reader: &mut Reader<'a>) -> Option<(&'a [u8], Option<&'a [u8]>)> {
    let has_value = reader.byte()? == 1;
    let key = reader.text()?;
    let value = if has_value { Some(reader.text()?) } else { None };
    Some((key, value))
}
