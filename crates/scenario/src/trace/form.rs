//! A trace as bytes of a link: a column after the other, which compresses better than a line after the other.
//!
//! ```text
//! count of requests, what is said (bits), unit of times, operations: count, writes (bits), names
//! [names of keys] [names of users]      count, texts; left out when they are numbers
//! times     the first, then the steps between them, in the unit
//! ops       a place each; left out when there is one operation
//! keys      a number each
//! [bytes] [users]      a number each, counted from 1; 0 when it is not said of this one
//! ```

use super::draft::{Draft, Row};
use super::{Bulk, Trace, TraceOp};
use crate::Scenario;
use crate::link::pack::{Packer, Stop, Unpacker};

/// What is said of requests.
mod said {
    pub const KEY_NAMES: u64 = 1;
    pub const USERS: u64 = 1 << 1;
    pub const USER_NAMES: u64 = 1 << 2;
    pub const BYTES: u64 = 1 << 3;
    /// All that this version knows.
    pub const ALL: u64 = (1 << 4) - 1;
}

/// The units that times are counted in, in nanoseconds: the largest in which all are whole.
const UNITS: [u64; 10] = [1_000_000_000, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];

impl Trace {
    /// Writes it.
    pub(crate) fn pack(&self, out: &mut Packer) {
        let held = &self.held;
        let asked = &held.asked;
        let has = |flag: u64, is: bool| if is { flag } else { 0 };
        let flags = has(said::KEY_NAMES, !held.keys.is_empty())
            | has(said::USERS, asked.iter().any(|asked| asked.user.is_some()))
            | has(said::USER_NAMES, !held.users.is_empty())
            | has(said::BYTES, asked.iter().any(|asked| asked.bytes.is_some()));
        let is_whole = |unit: &u64| asked.iter().all(|asked| asked.at.is_multiple_of(*unit));
        let unit = UNITS.iter().position(is_whole).unwrap_or(UNITS.len() - 1);
        out.count(asked.len());
        out.varint(flags);
        out.byte(unit as u8);
        out.count(held.ops.len());
        out.varint(held.ops.iter().enumerate().fold(0, |bits, (at, op)| bits | u64::from(op.write) << at));
        held.ops.iter().for_each(|op| out.name(&op.name));
        for names in [&held.keys, &held.users].into_iter().filter(|names| !names.is_empty()) {
            out.count(names.len());
            names.iter().for_each(|name| out.text(name));
        }
        let mut before = 0;
        for asked in asked {
            out.varint((asked.at - before) / UNITS[unit]);
            before = asked.at;
        }
        if held.ops.len() > 1 {
            asked.iter().for_each(|asked| out.byte(asked.op));
        }
        asked.iter().for_each(|asked| out.varint(asked.key));
        let one_up = |said: Option<u32>| said.map_or(0, |n| u64::from(n) + 1);
        if flags & said::BYTES != 0 {
            asked.iter().for_each(|asked| out.varint(one_up(asked.bytes)));
        }
        if flags & said::USERS != 0 {
            asked.iter().for_each(|asked| out.varint(one_up(asked.user)));
        }
    }

    /// Reads what [`Trace::pack`] wrote, or what a stranger says it did.
    pub(crate) fn unpack(input: &mut Unpacker<'_>) -> Result<Trace, Stop> {
        let count = input.count("requests in a trace", Trace::LINES_MAX)?;
        let flags = input.varint()?;
        if flags & !said::ALL != 0 {
            return Err(Stop::Bad("a trace says what is not known"));
        }
        let unit = *UNITS.get(usize::from(input.byte()?)).ok_or(Stop::Bad("a trace counts time in an unknown unit"))?;
        let many_ops = input.count("operations in a trace", Trace::OPS_MAX)?;
        let writes = input.varint()?;
        let op = |at: usize| Ok(TraceOp { name: input.name()?, write: writes >> at & 1 == 1 });
        let ops = (0..many_ops).map(op).collect::<Result<Vec<TraceOp>, Stop>>()?;
        let names = |flag: u64, input: &mut Unpacker<'_>| -> Result<Option<Vec<String>>, Stop> {
            if flags & flag == 0 {
                return Ok(None);
            }
            let count = input.count("names in a trace", Trace::LINES_MAX)?;
            (0..count).map(|_| input.text(Scenario::NAME_MAX)).collect::<Result<_, Stop>>().map(Some)
        };
        let keys = names(said::KEY_NAMES, input)?;
        let users = names(said::USER_NAMES, input)?;
        let column = |is_there: bool, input: &mut Unpacker<'_>| -> Result<Vec<u64>, Stop> {
            if is_there { (0..count).map(|_| input.varint()).collect() } else { Ok(vec![0; count]) }
        };
        let steps = column(true, input)?;
        let op_of = column(ops.len() > 1, input)?;
        let key_of = column(true, input)?;
        let bytes_of = column(flags & said::BYTES != 0, input)?;
        let user_of = column(flags & said::USERS != 0, input)?;
        let mut draft = Draft::default();
        let mut at = 0u64;
        for line in 0..count {
            at = at.saturating_add(steps[line].saturating_mul(unit));
            let op = usize::try_from(op_of[line]).ok().and_then(|at| ops.get(at));
            let op = op.ok_or(Stop::Bad("a trace asks for an operation that it does not have"))?;
            let key = called(keys.as_deref(), key_of[line])?;
            let user = user_of[line].checked_sub(1).map(|user| called(users.as_deref(), user)).transpose()?;
            let bytes = bytes_of[line].checked_sub(1).map(u32::try_from).transpose();
            let bytes = bytes.map_err(|_| Stop::Bad("a request of a trace is too large"))?;
            let row = Row { at, op: &op.name, write: Some(op.write), key: &key, bytes, user: user.as_deref() };
            draft.push(&row).map_err(|_| Stop::Bad("a request of a trace makes no sense"))?;
        }
        draft.finish().map_err(|_| Stop::Bad("a trace is empty, too long or too large"))
    }

    /// What it takes, when it is written.
    pub(super) fn measured(&self) -> Bulk {
        let mut packer = Packer::default();
        self.pack(&mut packer);
        let csv = self.to_csv();
        let escapes = csv.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count();
        // Each line of a file has its quotation marks, its comma and its place.
        let file = csv.len() + escapes + 16 * (self.asked().len() + 1);
        Bulk { link: packer.bytes.len() as u32, file: u32::try_from(file).unwrap_or(u32::MAX) }
    }
}

fn called(names: Option<&[String]>, number: u64) -> Result<String, Stop> {
    match names {
        None => Ok(number.to_string()),
        Some(names) => {
            let name = usize::try_from(number).ok().and_then(|at| names.get(at));
            name.cloned().ok_or(Stop::Bad("a trace names a key or user that it does not have"))
        }
    }
}

impl From<Trace> for Vec<u8> {
    fn from(trace: Trace) -> Vec<u8> {
        let mut packer = Packer::default();
        trace.pack(&mut packer);
        packer.bytes
    }
}

impl TryFrom<Vec<u8>> for Trace {
    type Error = String;

    fn try_from(bytes: Vec<u8>) -> Result<Trace, String> {
        Trace::unpack(&mut Unpacker::new(&bytes)).map_err(|stop| format!("no trace: {stop:?}"))
    }
}
