//! Replicated data types. Elements, keys and values may be any scalar of JSON; the crate has numbers, so they are numbered in their
//! order, and so are timestamps.

use crate::number::signed;
use crate::{Outcome, Refusal, Row, ask};
use base::Time;
use core::cmp::Ordering;
use crdt::{Crdt, Kind, Operation, Replicated, Sequence};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) const TABLE: &[Row] = &[("crdt", crdt), ("sequence-crdt", sequence_crdt)];

/// Most replicas of a trace.
const REPLICAS_MAX: u32 = 10_000;

#[derive(Deserialize)]
struct Request {
    #[serde(rename = "type")]
    kind: Kind,
    replicas: u32,
    trace: Vec<Step>,
}

/// A local operation at replica `r`, or a merge of another's full state. An operation's timestamp may also stand beside it.
#[derive(Deserialize)]
struct Step {
    r: u32,
    op: Option<Vec<Value>>,
    merge_from: Option<u32>,
    #[serde(alias = "t", alias = "timestamp")]
    ts: Option<Value>,
}

fn crdt(request: Value) -> Outcome {
    #[derive(Serialize)]
    struct Answer {
        values: Vec<Value>,
        after_full_sync: Value,
    }
    ask(request, |request: Request| {
        if !(1..=REPLICAS_MAX).contains(&request.replicas) {
            return Err(Refusal(format!("{} replicas, but it must be 1 to {REPLICAS_MAX}", request.replicas)));
        }
        let words = Words::of(&request)?;
        let mut copies = vec![request.kind.fresh(); request.replicas as usize];
        let mut values = Vec::with_capacity(request.trace.len());
        for step in &request.trace {
            words.take(step, &mut copies)?;
            values.push(words.value(&copies[step.r as usize]));
        }
        let mut all = request.kind.fresh();
        copies.iter().for_each(|copy| all.merge(copy));
        Ok(Answer { values, after_full_sync: words.value(&all) })
    })
}

/// Everything that a trace names, in order: the number of a word is its place.
struct Words {
    kind: Kind,
    words: Vec<Value>,
    times: Vec<i128>,
}

impl Words {
    fn of(request: &Request) -> Result<Words, Refusal> {
        let mut words = Words { kind: request.kind, words: Vec::new(), times: Vec::new() };
        for step in &request.trace {
            let (arguments, time) = words.arguments(step)?;
            words.words.extend(arguments.iter().map(|word| (*word).clone()));
            words.times.extend(time);
        }
        words.words.sort_by(order);
        words.words.dedup();
        words.times.sort_unstable();
        words.times.dedup();
        Ok(words)
    }

    /// An operation's arguments and its timestamp, if its type has one: the last argument, or the first if the last is no time.
    fn arguments<'a>(&self, step: &'a Step) -> Result<(Vec<&'a Value>, Option<i128>), Refusal> {
        let mut arguments: Vec<&Value> = step.op.iter().flatten().skip(1).collect();
        if step.op.is_none() || !matches!(self.kind, Kind::LwwRegister | Kind::LwwMap) {
            return Ok((arguments, None));
        }
        let beside = step.ts.as_ref().map(signed);
        let time = beside.or_else(|| match (arguments.last().map(|last| signed(last)), arguments.first()) {
            (Some(Ok(time)), _) => arguments.pop().map(|_| Ok(time)),
            (_, Some(first)) => {
                let time = signed(first);
                arguments.remove(0);
                Some(time)
            }
            _ => None,
        });
        let time =
            time.ok_or_else(|| Refusal::new("a write of this type carries its timestamp as its last argument"))?;
        Ok((arguments, Some(time?)))
    }

    fn number(&self, word: &Value) -> u64 {
        self.words.partition_point(|known| order(known, word) == Ordering::Less) as u64
    }

    fn take(&self, step: &Step, copies: &mut [Replicated]) -> Result<(), Refusal> {
        let replicas = copies.len();
        let beyond = |replica: u32| Refusal(format!("replica {replica} of {replicas}"));
        match (step.op.as_ref(), step.merge_from) {
            (Some(_), None) => {
                let operation = self.operation(step)?;
                let copy = copies.get_mut(step.r as usize).ok_or_else(|| beyond(step.r))?;
                copy.apply(step.r, operation).map(drop).map_err(Refusal::new)
            }
            (None, Some(from)) => {
                let other = copies.get(from as usize).ok_or_else(|| beyond(from))?.clone();
                copies.get_mut(step.r as usize).ok_or_else(|| beyond(step.r))?.merge(&other);
                Ok(())
            }
            _ => Err(Refusal::new("a step has either `op` or `merge_from`")),
        }
    }

    fn operation(&self, step: &Step) -> Result<Operation, Refusal> {
        let (arguments, time) = self.arguments(step)?;
        let name = step.op.iter().flatten().next().and_then(Value::as_str).unwrap_or_default();
        let at = Time(time.map_or(0, |time| self.times.partition_point(|known| *known < time) as u64));
        let is = |names: &[&str]| names.contains(&name);
        let is_out = is(&["remove", "rem", "rmv", "del", "delete", "discard", "unset"]);
        let is_in = is(&["write", "set", "assign", "put", "update"]);
        match (self.kind, &*arguments) {
            (Kind::GCounter | Kind::PnCounter, amount @ ([] | [_])) => {
                let amount = amount.first().map_or(Ok(1), |amount| signed(amount))?;
                let is_down = is(&["dec", "decrement", "sub", "subtract"]);
                if !is_down && !is(&["inc", "increment", "add"]) {
                    return Err(self.unknown(step));
                }
                let by = u64::try_from(amount.unsigned_abs()).map_err(Refusal::new)?;
                Ok(if is_down == (amount < 0) { Operation::Increment(by) } else { Operation::Decrement(by) })
            }
            (Kind::LwwRegister | Kind::MvRegister, [value]) if is_in => Ok(Operation::Write(at, self.number(value))),
            (Kind::LwwMap | Kind::OrMap, [key, value]) if is_in || is(&["add", "insert"]) => {
                Ok(Operation::Put(at, self.number(key), self.number(value)))
            }
            (Kind::LwwMap | Kind::OrMap, [key]) if is_out => Ok(Operation::Delete(at, self.number(key))),
            (Kind::GSet | Kind::TwoPhaseSet | Kind::OrSet | Kind::RwSet, [element]) => match () {
                () if is(&["add", "insert"]) => Ok(Operation::Add(self.number(element))),
                () if is_out => Ok(Operation::Remove(self.number(element))),
                () => Err(self.unknown(step)),
            },
            (Kind::EwFlag | Kind::DwFlag, [Value::Bool(up)]) if is_in => Ok(flag(*up)),
            (Kind::EwFlag | Kind::DwFlag, []) if is(&["enable", "on", "raise", "set"]) => Ok(flag(true)),
            (Kind::EwFlag | Kind::DwFlag, []) if is(&["disable", "off", "lower", "clear", "unset"]) => Ok(flag(false)),
            _ => Err(self.unknown(step)),
        }
    }

    fn unknown(&self, step: &Step) -> Refusal {
        Refusal(format!("a {} has no operation {}", self.kind.name(), Value::from(step.op.clone().unwrap_or_default())))
    }

    fn value(&self, copy: &Replicated) -> Value {
        let word = |number: u64| self.words[number as usize].clone();
        let list = |numbers: Vec<u64>| Value::Array(numbers.into_iter().map(word).collect());
        match copy.value() {
            crdt::Value::Count(count) => crate::number::integer(count),
            crdt::Value::Register(value) => value.map_or(Value::Null, word),
            crdt::Value::Set(elements) => list(elements),
            crdt::Value::Flag(up) => Value::Bool(up),
            crdt::Value::Map(entries) => {
                let single = |mut values: Vec<u64>| match (self.kind, values.pop()) {
                    (Kind::LwwMap, Some(value)) => word(value),
                    (_, last) => list(values.into_iter().chain(last).collect()),
                };
                let name = |key: Value| key.as_str().map_or_else(|| key.to_string(), str::to_owned);
                let entry = |(key, values)| (name(word(key)), single(values));
                Value::Object(entries.into_iter().map(entry).collect::<Map<_, _>>())
            }
            crdt::Value::Sequence(values) => list(values),
        }
    }
}

fn flag(up: bool) -> Operation {
    if up { Operation::Enable } else { Operation::Disable }
}

/// Null, truth values, numbers by value, texts by code point, then the rest.
fn order(a: &Value, b: &Value) -> Ordering {
    let class = |value: &Value| match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        _ => 4,
    };
    let by_value = match (a, b) {
        (Value::Number(a), Value::Number(b)) => match (a.as_i128(), b.as_i128()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => a.as_f64().unwrap_or(0.0).total_cmp(&b.as_f64().unwrap_or(0.0)),
        },
        (Value::String(a), Value::String(b)) => a.cmp(b),
        _ => Ordering::Equal,
    };
    // What is equal by value and not as written stays apart.
    class(a).cmp(&class(b)).then(by_value).then_with(|| a.to_string().cmp(&b.to_string()))
}

/// An edit of a sequence: characters in, or a number of them out, one if none is said.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Edit {
    Ins(u64, String),
    #[serde(alias = "delete")]
    Del(Cut),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Cut {
    Range(u64, u64),
    One((u64,)),
    At(u64),
}

fn sequence_crdt(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        base: String,
        sites: Vec<Vec<Edit>>,
    }
    #[derive(Serialize)]
    struct Answer {
        text: String,
    }
    ask(request, |request: Request| {
        let mut base = Sequence::default();
        edit(&mut base, u32::MAX, &Edit::Ins(0, request.base))?;
        let mut all = base.clone();
        for (site, edits) in (0..).zip(&request.sites) {
            let mut own = base.clone();
            edits.iter().try_for_each(|one| edit(&mut own, site, one))?;
            all.merge(&own);
        }
        Ok(Answer { text: all.text() })
    })
}

fn edit(text: &mut Sequence<char>, site: u32, edit: &Edit) -> Result<(), Refusal> {
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    match edit {
        Edit::Ins(at, run) => {
            for (offset, character) in (0..).zip(run.chars()) {
                text.insert(site, place(at.saturating_add(offset)), character).map_err(Refusal::new)?;
            }
            Ok(())
        }
        Edit::Del(cut) => {
            let (at, count) = match cut {
                Cut::Range(at, count) => (*at, *count),
                Cut::One((at,)) | Cut::At(at) => (*at, 1),
            };
            // A range that ends beyond the text is refused at the text's end, after as many steps as there are characters.
            (0..count).try_for_each(|_| text.remove(place(at)).map(drop)).map_err(Refusal::new)
        }
    }
}
