//! A trace as CSV (RFC 4180), for people and for the programs that they take it from.
//!
//! Times, operations and keys, then whether it reads or writes, size and user, in this order; or in any other, with a first line that
//! names them. Fields stand apart by comma, semicolon or tab, may be quoted, and lines end in any way. The reading itself is done by
//! the crate `csv-core`. Linear in the text.

use super::draft::{Column, Draft, Row, sounds_like_a_write};
use super::{Asked, Trace};
use crate::problem::{Place, Problem};
use core::fmt::Write;
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// Longest line, in bytes: longer than any that may be.
const LINE_MAX: usize = 8_192;
const SECOND: u64 = 1_000_000_000;

/// What a first line may call the columns; a time with its unit in nanoseconds.
const NAMES: &[(&str, Column, u64)] = &[
    ("time", Column::Time, SECOND),
    ("time_s", Column::Time, SECOND),
    ("timestamp", Column::Time, SECOND),
    ("time_ms", Column::Time, 1_000_000),
    ("time_us", Column::Time, 1_000),
    ("time_ns", Column::Time, 1),
    ("op", Column::Op, 0),
    ("operation", Column::Op, 0),
    ("key", Column::Key, 0),
    ("does", Column::Does, 0),
    ("bytes", Column::Bytes, 0),
    ("size", Column::Bytes, 0),
    ("user", Column::User, 0),
];

/// Where each column stands in a line, and in which unit times are.
struct Layout {
    columns: Vec<Column>,
    unit: u64,
}

/// One line with its fields.
struct Record<'a> {
    /// As it stands.
    raw: &'a str,
    line: u32,
    delimiter: char,
    fields: Vec<String>,
}

impl Record<'_> {
    /// What is wrong with one of its fields.
    fn refuse(&self, at: usize, column: Option<Column>, why: impl Into<String>) -> Problem {
        let place = Place { line: self.line, column: begins(self.raw, at, self.delimiter) };
        let path = column.map_or_else(String::new, |column| column.to_string());
        Problem { place: Some(place), ..Problem::error(path, why) }
    }
}

impl Trace {
    /// The trace in `text`.
    ///
    /// Each line is a request: its time in seconds from the start of the trace (or since 1970: see [`Trace::origin`]), its operation,
    /// its key; and where that is known `read` or `write`, its size in bytes and its user. A first line that names the columns (`time`
    /// or `time_ms`, `time_us`, `time_ns`; `op`; `key`; `does`; `bytes`; `user`) puts them in another order or another unit. Where
    /// `does` is not said, the name of the operation decides. Lines may stand in any order of time.
    ///
    /// # Errors
    /// What is wrong with the first line that is no request, with its line and column; or with the whole.
    pub fn from_csv(text: &str) -> Result<Trace, Problem> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut records = Records::new(text);
        let mut draft = Draft::default();
        let mut layout = None;
        while let Some(record) = records.next()? {
            let Some(layout) = &layout else {
                let (found, is_header) = Layout::of(&record)?;
                if !is_header {
                    found.read(&record, &mut draft)?;
                }
                layout = Some(found);
                continue;
            };
            layout.read(&record, &mut draft)?;
        }
        draft.finish().map_err(|why| Problem::error("", why))
    }

    /// It as CSV, with a first line that names the columns, and no line break at the end. What [`Trace::from_csv`] makes of it is the
    /// same trace.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let asked = self.asked();
        let is_said = self.ops().iter().any(|op| op.write != sounds_like_a_write(&op.name));
        let (has_bytes, has_users) =
            (asked.iter().any(|asked| asked.bytes.is_some()), asked.iter().any(|asked| asked.user.is_some()));
        let mut text = "time,op,key".to_string();
        for (name, is_there) in [("does", is_said), ("bytes", has_bytes), ("user", has_users)] {
            if is_there {
                text.extend([",", name]);
            }
        }
        let number = |n: Option<u32>| n.map_or_else(String::new, |n| n.to_string());
        for one in asked {
            let Asked { at, op, key, user, bytes } = *one;
            let op = &self.ops()[usize::from(op)];
            text.push('\n');
            seconds(at, &mut text);
            field(&op.name, &mut text);
            field(&self.key_name(key), &mut text);
            if is_said {
                field(if op.write { "write" } else { "read" }, &mut text);
            }
            if has_bytes {
                field(&number(bytes), &mut text);
            }
            if has_users {
                field(&user.map_or_else(String::new, |user| self.user_name(user)), &mut text);
            }
        }
        text
    }
}

/// Appends a time without the digits that say nothing.
fn seconds(at: u64, text: &mut String) {
    // A text takes everything.
    let _ = write!(text, "{}.{:09}", at / SECOND, at % SECOND);
    let end = text.trim_end_matches('0').trim_end_matches('.').len();
    text.truncate(end);
}

/// Appends a comma and a field.
fn field(said: &str, text: &mut String) {
    text.push(',');
    if said.contains([',', '"', ';', '\t']) {
        text.push('"');
        text.push_str(&said.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(said);
    }
}

impl Layout {
    /// As the first line says, or the usual; and whether that line says it.
    fn of(first: &Record<'_>) -> Result<(Layout, bool), Problem> {
        let known = |name: &String| {
            let name = name.to_ascii_lowercase();
            NAMES.iter().find(|(known, ..)| *known == name)
        };
        let usual = Layout { columns: Column::ALL.to_vec(), unit: SECOND };
        if !first.fields.iter().any(|name| known(name).is_some_and(|(_, column, _)| *column == Column::Time)) {
            return Ok((usual, false));
        }
        let mut layout = Layout { columns: Vec::new(), unit: SECOND };
        for (at, name) in first.fields.iter().enumerate() {
            let Some((_, column, unit)) = known(name) else {
                let why =
                    format!("there is no column `{name}`; there are time, op, key, does, bytes and user: take it out");
                return Err(first.refuse(at, None, why));
            };
            if layout.columns.contains(column) {
                return Err(first.refuse(at, Some(*column), "this column is there twice"));
            }
            layout.columns.push(*column);
            if *column == Column::Time {
                layout.unit = *unit;
            }
        }
        if let Some(missing) = [Column::Op, Column::Key].iter().find(|column| !layout.columns.contains(column)) {
            return Err(first.refuse(first.fields.len(), None, format!("there is no column `{missing}`")));
        }
        Ok((layout, true))
    }

    fn read(&self, record: &Record<'_>, draft: &mut Draft) -> Result<(), Problem> {
        if let Some(extra) = record.fields.get(self.columns.len()) {
            let (has, takes) = (record.fields.len(), self.columns.len());
            let why = format!("there are {has} fields; `{extra}` is one more than the {takes} columns");
            return Err(record.refuse(takes, None, why));
        }
        let place = |column: Column| self.columns.iter().position(|known| *known == column);
        let of = |column: Column| place(column).and_then(|at| record.fields.get(at)).map_or("", String::as_str);
        let refuse = |column: Column, why: String| record.refuse(place(column).unwrap_or_default(), Some(column), why);
        let given = |column: Column| Some(of(column)).filter(|said| !said.is_empty());
        let at = nanoseconds(of(Column::Time), self.unit).map_err(|why| refuse(Column::Time, why))?;
        let write = given(Column::Does).map(does).transpose().map_err(|why| refuse(Column::Does, why))?;
        let bytes = given(Column::Bytes).map(bytes).transpose().map_err(|why| refuse(Column::Bytes, why))?;
        let row = Row { at, op: of(Column::Op), write, key: of(Column::Key), bytes, user: given(Column::User) };
        draft.push(&row).map_err(|(column, why)| refuse(column, why))
    }
}

fn does(said: &str) -> Result<bool, String> {
    match said.to_ascii_lowercase().as_str() {
        "write" | "w" => Ok(true),
        "read" | "r" => Ok(false),
        _ => Err(format!("it is `{said}`; it must be read or write")),
    }
}

fn bytes(said: &str) -> Result<u32, String> {
    said.parse::<u32>()
        .map_err(|_| format!("it is `{said}`; it must be a whole number of at most {}", Trace::BYTES_MAX))
}

/// A time as nanoseconds, which it is rounded down to. Whole in integers, because a time since 1970 has more digits than an `f64`.
fn nanoseconds(said: &str, unit: u64) -> Result<u64, String> {
    let refusal = || match said {
        "" => "it is empty".to_string(),
        _ => format!("it is `{said}`; it must be a number, 0 or more, such as 12.5"),
    };
    if said.contains(['e', 'E']) {
        let number = said.parse::<f64>().ok().map(|number| libm::floor(number * unit as f64));
        return number.filter(|n| (0.0..1.8e19).contains(n)).map(|n| n as u64).ok_or_else(refusal);
    }
    let (whole, part) = said.split_once('.').unwrap_or((said, ""));
    let is_number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
    if !is_number(whole) || !is_number(part) || (whole.is_empty() && part.is_empty()) {
        return Err(refusal());
    }
    let mut place = unit;
    let part = part.bytes().fold(0, |sum, digit| {
        place /= 10;
        sum + u64::from(digit - b'0') * place
    });
    let whole = if whole.is_empty() { Some(0) } else { whole.parse::<u64>().ok() };
    let sum = whole.and_then(|whole| whole.checked_mul(unit)?.checked_add(part));
    sum.ok_or_else(|| format!("it is `{said}`, which is more than 500 years"))
}

/// The lines of a text, by turns.
struct Records<'a> {
    text: &'a str,
    reader: Reader,
    delimiter: char,
    at: usize,
    line: u32,
}

impl<'a> Records<'a> {
    fn new(text: &'a str) -> Records<'a> {
        let first = text.lines().find(|line| !line.is_empty()).unwrap_or_default();
        let delimiter = [',', '\t', ';'].into_iter().find(|c| first.contains(*c)).unwrap_or(',');
        let reader = ReaderBuilder::new().delimiter(delimiter as u8).build();
        Records { text, reader, delimiter, at: 0, line: 1 }
    }

    /// The next line with anything on it.
    fn next(&mut self) -> Result<Option<Record<'a>>, Problem> {
        let blank = self.text[self.at..].bytes().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        self.pass(blank);
        let rest = &self.text[self.at..];
        let (mut output, mut ends) = ([0; LINE_MAX], [0; 16]);
        let (mut read, mut wrote, mut fields) = (0, 0, 0);
        let line = self.line;
        let result = loop {
            let (result, n_in, n_out, n_ends) =
                self.reader.read_record(&rest.as_bytes()[read..], &mut output[wrote..], &mut ends[fields..]);
            (read, wrote, fields) = (read + n_in, wrote + n_out, fields + n_ends);
            // At the end of the text it asks once more, with nothing left to give.
            if result != ReadRecordResult::InputEmpty {
                break result;
            }
        };
        let place = Some(Place { line, column: 1 });
        let refuse = |why: String| Err(Problem { place, ..Problem::error("", why) });
        match result {
            ReadRecordResult::End => Ok(None),
            ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => refuse(format!(
                "the line has more than {LINE_MAX} bytes or 16 fields; is there a quotation mark that does not end?"
            )),
            ReadRecordResult::Record | ReadRecordResult::InputEmpty => {
                let fields = split(&output[..wrote], &ends[..fields]);
                self.pass(read);
                Ok(Some(Record { raw: &rest[..read], line, delimiter: self.delimiter, fields }))
            }
        }
    }

    /// Goes on by so many bytes.
    fn pass(&mut self, bytes: usize) {
        let passed = &self.text.as_bytes()[self.at..self.at + bytes];
        let is_end = |at: usize| {
            passed[at] == b'\n' || passed[at] == b'\r' && self.text.as_bytes().get(self.at + at + 1) != Some(&b'\n')
        };
        self.line += (0..bytes).filter(|at| is_end(*at)).count() as u32;
        self.at += bytes;
    }
}

/// The fields of a line, without the spaces around them.
fn split(bytes: &[u8], ends: &[usize]) -> Vec<String> {
    let from = |at: usize| if at == 0 { 0 } else { ends[at - 1] };
    let one = |(at, end): (usize, &usize)| String::from_utf8_lossy(&bytes[from(at)..*end]).trim().to_string();
    ends.iter().enumerate().map(one).collect()
}

/// Where the field at this place begins in a line: the character, counted from 1.
fn begins(raw: &str, field: usize, delimiter: char) -> u32 {
    let (mut left, mut is_quoted) = (field, false);
    for (at, c) in raw.trim_end_matches(['\r', '\n']).chars().enumerate() {
        if left == 0 {
            return at as u32 + 1;
        }
        if c == '"' {
            is_quoted = !is_quoted;
        } else if c == delimiter && !is_quoted {
            left -= 1;
        }
    }
    raw.trim_end_matches(['\r', '\n']).chars().count() as u32 + 1
}
