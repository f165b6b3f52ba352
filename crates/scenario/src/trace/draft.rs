//! A trace in the making: lines in any order, checked one by one, then put in order and numbered.

use super::{Asked, Bulk, Held, Trace, TraceOp};
use crate::Scenario;
use crate::validate::is_clean;
use core::fmt;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a line says, in the order in which it is said when no line names the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Time,
    Op,
    Key,
    Does,
    Bytes,
    User,
}

impl Column {
    pub const ALL: [Column; 6] = [Column::Time, Column::Op, Column::Key, Column::Does, Column::Bytes, Column::User];
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Column::Time => "time",
            Column::Op => "op",
            Column::Key => "key",
            Column::Does => "does",
            Column::Bytes => "bytes",
            Column::User => "user",
        })
    }
}

/// A line.
pub(super) struct Row<'a> {
    pub at: u64,
    pub op: &'a str,
    /// Whether it changes state; as the operation's name suggests when that is not said.
    pub write: Option<bool>,
    pub key: &'a str,
    pub bytes: Option<u32>,
    pub user: Option<&'a str>,
}

#[derive(Default)]
pub(super) struct Draft {
    ops: Vec<TraceOp>,
    keys: Names,
    users: Names,
    rows: Vec<Asked>,
}

/// Names, numbered as they come.
#[derive(Default)]
struct Names {
    numbers: BTreeMap<String, u32>,
}

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(known) = self.numbers.get(name) {
            return *known;
        }
        let next = self.numbers.len() as u32;
        self.numbers.insert(name.to_string(), next);
        next
    }

    /// For each name what it is from now on, and what those are called: nothing when all are numbers. `used` are the names as they
    /// come.
    fn settle(&self, used: impl Iterator<Item = u32>) -> (Vec<u32>, Vec<String>) {
        let mut texts = vec![""; self.numbers.len()];
        self.numbers.iter().for_each(|(name, at)| texts[*at as usize] = name);
        if let Some(numbers) = texts.iter().map(|text| plain(text)).collect::<Option<Vec<u32>>>() {
            return (numbers, Vec::new());
        }
        let mut settled = vec![u32::MAX; texts.len()];
        let mut names = Vec::new();
        for at in used {
            let place = &mut settled[at as usize];
            if *place == u32::MAX {
                *place = names.len() as u32;
                names.push(texts[at as usize].to_string());
            }
        }
        (settled, names)
    }
}

/// The number that a name is, if it is written as that number always is and boxes have room for it.
fn plain(text: &str) -> Option<u32> {
    let number = text.parse::<u32>().ok().filter(|number| u64::from(*number) < Trace::NUMBER_MAX)?;
    (number.to_string() == text).then_some(number)
}

/// Operations with these names change state where nothing else is said.
const WRITES: &[&str] = &[
    "write", "put", "set", "post", "add", "insert", "update", "upsert", "patch", "replace", "create", "append",
    "prepend", "delete", "del", "remove", "incr", "decr", "cas",
];

/// Whether an operation of this name changes state where nothing else is said.
pub(super) fn sounds_like_a_write(name: &str) -> bool {
    WRITES.iter().any(|write| name.eq_ignore_ascii_case(write))
}

impl Draft {
    /// One more line.
    ///
    /// # Errors
    /// What is wrong with it, and in which column.
    pub fn push(&mut self, row: &Row<'_>) -> Result<(), (Column, String)> {
        if self.rows.len() == Trace::LINES_MAX {
            return Err((
                Column::Time,
                format!("there are more than {} requests, which is the most", Trace::LINES_MAX),
            ));
        }
        let names = [(Column::Op, Some(row.op)), (Column::Key, Some(row.key)), (Column::User, row.user)];
        for (column, name) in names {
            name.map_or(Ok(()), sane).map_err(|why| (column, why))?;
        }
        if let Some(bytes) = row.bytes.filter(|bytes| *bytes > Trace::BYTES_MAX) {
            return Err((Column::Bytes, format!("it is {bytes}; it must be at most {}", Trace::BYTES_MAX)));
        }
        let op = self.op(row)?;
        let key = u64::from(self.keys.number(row.key));
        let user = row.user.map(|user| self.users.number(user));
        self.rows.push(Asked { at: row.at, op, key, user, bytes: row.bytes });
        Ok(())
    }

    fn op(&mut self, row: &Row<'_>) -> Result<u8, (Column, String)> {
        let (name, words) = (row.op, |write: bool| if write { "write" } else { "read" });
        let Some(at) = self.ops.iter().position(|known| known.name == name) else {
            if self.ops.len() == Trace::OPS_MAX {
                return Err((Column::Op, format!("`{name}` is one operation more than {}", Trace::OPS_MAX)));
            }
            let write = row.write.unwrap_or_else(|| sounds_like_a_write(name));
            self.ops.push(TraceOp { name: name.to_string(), write });
            return Ok(self.ops.len() as u8 - 1);
        };
        let was = self.ops[at].write;
        match row.write.filter(|write| *write != was) {
            Some(now) => Err((
                Column::Does,
                format!("`{name}` is a {} here and a {} before; which is it?", words(now), words(was)),
            )),
            None => Ok(at as u8),
        }
    }

    /// The lines in order of time, their names numbered as they first come.
    ///
    /// # Errors
    /// What is wrong with the whole.
    pub fn finish(mut self) -> Result<Trace, String> {
        self.rows.sort_by_key(|asked| asked.at);
        let rows = &mut self.rows;
        let mut order: Vec<u8> = Vec::new();
        for asked in rows.iter() {
            if !order.contains(&asked.op) {
                order.push(asked.op);
            }
        }
        let (keys, key_names) = self.keys.settle(rows.iter().map(|asked| asked.key as u32));
        let (users, user_names) = self.users.settle(rows.iter().filter_map(|asked| asked.user));
        for asked in rows.iter_mut() {
            asked.op = order.iter().position(|op| *op == asked.op).unwrap_or_default() as u8;
            asked.key = u64::from(keys[asked.key as usize]);
            asked.user = asked.user.map(|user| users[user as usize]);
        }
        let ops = order.iter().map(|op| self.ops[usize::from(*op)].clone()).collect();
        let held = Held { ops, keys: key_names, users: user_names, asked: self.rows, bulk: Bulk::default() };
        whole(held)
    }
}

/// The trace, when it is not empty, too long or too large.
fn whole(held: Held) -> Result<Trace, String> {
    if held.asked.is_empty() {
        return Err("there are no requests in it".to_string());
    }
    let mut trace = Trace { held: Arc::new(held) };
    let (length, max) = (trace.length(), Scenario::LENGTH_MAX);
    if length > max {
        return Err(format!("the last request is {length} after the start; it must be at most {max}"));
    }
    let bulk = trace.measured();
    bulk.validate()?;
    if let Some(held) = Arc::get_mut(&mut trace.held) {
        held.bulk = bulk;
    }
    Ok(trace)
}

/// Why a name may not be one.
fn sane(name: &str) -> Result<(), String> {
    let max = Scenario::NAME_MAX;
    if name.is_empty() {
        Err("it is empty".to_string())
    } else if !is_clean(name, max, false) {
        let count = name.chars().count();
        Err(if count > max {
            format!("it has {count} characters; it may have at most {max}")
        } else {
            "it has an invisible character in it; take it out".to_string()
        })
    } else if name.trim() != name {
        Err("it begins or ends with a space".to_string())
    } else {
        Ok(())
    }
}
