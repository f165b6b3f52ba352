//! Judges of recorded histories. Clients, keys, values and moments may be whatever JSON has; the judges have numbers.

use crate::number::signed;
use crate::{Outcome, Refusal, Row, ask};
use base::Time;
use check::history::model::{Counter, KvAppend, Lock, Model, Queue, Register, Set};
use check::history::transactions::{Access, Isolation, Transaction, allows};
use check::history::{Call, HistoryError, Judgement, STEPS_MAX, linearizable, sequentially_consistent};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

pub(crate) const TABLE: &[Row] =
    &[("linearizability", linear), ("sequential-consistency", sequential), ("transactions", transactions)];

#[derive(Deserialize)]
struct Request {
    model: Object,
    ops: Vec<Recorded>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Object {
    Register,
    CasRegister,
    KvAppend,
    Counter,
    Queue,
    Set,
    Lock,
}

/// An operation as it was recorded; never answered if `ret` is null, and then `out` says nothing.
#[derive(Deserialize)]
struct Recorded {
    client: Value,
    #[serde(default)]
    key: Value,
    f: String,
    #[serde(default)]
    args: Vec<Value>,
    call: Value,
    #[serde(default)]
    ret: Value,
    #[serde(default)]
    out: Value,
}

impl Recorded {
    fn answer(&self) -> Option<&Value> {
        Some(&self.out).filter(|out| !self.ret.is_null() && **out != "unknown")
    }

    /// Whether it was done, if it is known: what is not said was done.
    fn done(&self) -> Result<Option<bool>, Refusal> {
        match self.answer() {
            None => Ok(None),
            Some(Value::Bool(done)) => Ok(Some(*done)),
            Some(Value::Null) => Ok(Some(true)),
            Some(Value::String(said)) if ["ok", "true"].contains(&said.as_str()) => Ok(Some(true)),
            Some(Value::String(said)) if ["fail", "false"].contains(&said.as_str()) => Ok(Some(false)),
            Some(other) => Err(Refusal(format!("{:?} answered {other}: neither true nor false", self.f))),
        }
    }

    fn argument(&self, at: usize) -> Result<&Value, Refusal> {
        // A pair may also come as one list.
        let args = match &*self.args {
            [Value::Array(args)] => args,
            args => args,
        };
        args.get(at).ok_or_else(|| Refusal(format!("{:?} has no argument {at}", self.f)))
    }

    /// An amount; one if none is said.
    fn amount(&self) -> Result<i128, Refusal> {
        if self.args.is_empty() { Ok(1) } else { signed(self.argument(0)?) }
    }

    fn text(&self) -> Result<String, Refusal> {
        text(self.argument(0)?)
    }

    fn unknown(&self) -> Refusal {
        Refusal(format!("this model has no operation {:?}", self.f))
    }
}

fn text(value: &Value) -> Result<String, Refusal> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Null => Ok(String::new()),
        other => Err(Refusal(format!("{other} is no text"))),
    }
}

/// Numbers for things, in the order in which they are met.
#[derive(Default)]
struct Numbers(BTreeMap<String, u64>);

impl Numbers {
    fn of(&mut self, value: &Value) -> u64 {
        let next = self.0.len() as u64;
        *self.0.entry(value.to_string()).or_insert(next)
    }

    fn unless_null(&mut self, value: &Value) -> Option<u64> {
        (!value.is_null()).then(|| self.of(value))
    }
}

/// Moments as numbers that keep their order.
struct Moments(Vec<i128>);

impl Moments {
    fn of<'a>(all: impl Iterator<Item = &'a Value>) -> Result<Moments, Refusal> {
        let moments: Result<Vec<i128>, Refusal> = all.filter(|moment| !moment.is_null()).map(signed).collect();
        let mut moments = moments?;
        moments.sort_unstable();
        moments.dedup();
        Ok(Moments(moments))
    }

    fn time(&self, moment: &Value) -> Result<Option<Time>, Refusal> {
        if moment.is_null() {
            return Ok(None);
        }
        let moment = signed(moment)?;
        Ok(Some(Time(self.0.partition_point(|known| *known < moment) as u64)))
    }
}

fn register(op: &Recorded, values: &mut Numbers) -> Result<Register, Refusal> {
    match &*op.f {
        "read" | "get" => {
            Ok(op.answer().map_or(Register::ReadUnknown, |value| Register::Read(values.unless_null(value))))
        }
        "write" | "set" | "put" => {
            let value = values.unless_null(op.argument(0)?);
            Ok(value.map_or(Register::Clear, Register::Write))
        }
        "cas" => {
            let (from, to) = (values.unless_null(op.argument(0)?), values.unless_null(op.argument(1)?));
            Ok(Register::Cas(from, to, op.done()?))
        }
        _ => Err(op.unknown()),
    }
}

fn kv_append(op: &Recorded, _: &mut Numbers) -> Result<KvAppend, Refusal> {
    match &*op.f {
        "get" | "read" => op.answer().map(text).transpose().map(KvAppend::Get),
        "put" | "write" => op.text().map(KvAppend::Put),
        "append" => op.text().map(KvAppend::Append),
        _ => Err(op.unknown()),
    }
}

fn counter(op: &Recorded, _: &mut Numbers) -> Result<Counter, Refusal> {
    let answer = || op.answer().map(signed).transpose();
    match &*op.f {
        "add" | "inc" => op.amount().map(Counter::Add),
        "read" | "get" => answer().map(Counter::Read),
        "inc_get" | "add_get" => Ok(Counter::AddAndGet(op.amount()?, answer()?)),
        _ => Err(op.unknown()),
    }
}

fn queue(op: &Recorded, values: &mut Numbers) -> Result<Queue, Refusal> {
    match &*op.f {
        "enq" | "enqueue" => Ok(Queue::Enqueue(values.of(op.argument(0)?))),
        "deq" | "dequeue" => {
            Ok(op.answer().map_or(Queue::DequeueUnknown, |value| Queue::Dequeue(values.unless_null(value))))
        }
        _ => Err(op.unknown()),
    }
}

fn set(op: &Recorded, values: &mut Numbers) -> Result<Set, Refusal> {
    match &*op.f {
        "add" => Ok(Set::Add(values.of(op.argument(0)?))),
        "read" | "get" => {
            let elements = |answer: &Value| match answer {
                Value::Array(elements) => Ok(elements.iter().map(|element| values.of(element)).collect()),
                Value::Null => Ok([].into()),
                other => Err(Refusal(format!("{other} is no list of elements"))),
            };
            op.answer().map(elements).transpose().map(Set::Read)
        }
        _ => Err(op.unknown()),
    }
}

fn lock(op: &Recorded, _: &mut Numbers) -> Result<Lock, Refusal> {
    match &*op.f {
        "acquire" | "lock" => op.done().map(Lock::Acquire),
        "release" | "unlock" => op.done().map(Lock::Release),
        _ => Err(op.unknown()),
    }
}

/// Which judge.
#[derive(Clone, Copy)]
enum Judge {
    Linear,
    Sequential,
}

fn judged<M: Model>(
    ops: &[Recorded],
    judge: Judge,
    read: fn(&Recorded, &mut Numbers) -> Result<M, Refusal>,
) -> Result<Judgement, Refusal> {
    let moments = Moments::of(ops.iter().flat_map(|op| [&op.call, &op.ret]))?;
    let (mut clients, mut keys, mut values) = (Numbers::default(), Numbers::default(), Numbers::default());
    let mut call = |op: &Recorded| {
        let call = moments.time(&op.call)?.ok_or_else(|| Refusal::new("`call` is null: when was it called?"))?;
        let (client, key) = (clients.of(&op.client) as u32, keys.of(&op.key) as u32);
        Ok(Call { client, key, call, ret: moments.time(&op.ret)?, op: read(op, &mut values)? })
    };
    let history: Vec<Call<M>> = ops.iter().map(&mut call).collect::<Result<_, Refusal>>()?;
    let judge: fn(&[Call<M>], u64) -> Result<Judgement, HistoryError> = match judge {
        Judge::Linear => linearizable,
        Judge::Sequential => sequentially_consistent,
    };
    judge(&history, STEPS_MAX).map_err(Refusal::new)
}

fn verdict(request: Value, judge: Judge) -> Outcome {
    #[derive(Serialize)]
    struct Answer {
        verdict: &'static str,
    }
    ask(request, |Request { model, ops }| {
        let judgement = match model {
            Object::Register | Object::CasRegister => judged(&ops, judge, register),
            Object::KvAppend => judged(&ops, judge, kv_append),
            Object::Counter => judged(&ops, judge, counter),
            Object::Queue => judged(&ops, judge, queue),
            Object::Set => judged(&ops, judge, set),
            Object::Lock => judged(&ops, judge, lock),
        };
        let verdict = match judgement? {
            Judgement::Holds => "holds",
            Judgement::Broken(_) => "broken",
            Judgement::Unknown => "unknown",
        };
        Ok(Answer { verdict })
    })
}

fn linear(request: Value) -> Outcome {
    verdict(request, Judge::Linear)
}

fn sequential(request: Value) -> Outcome {
    verdict(request, Judge::Sequential)
}

/// Null where the steps ran out.
#[derive(Serialize)]
struct Levels {
    serializable: Option<bool>,
    strict_serializable: Option<bool>,
    snapshot_isolation: Option<bool>,
}

fn transactions(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        txns: Vec<Recorded>,
    }
    #[derive(Deserialize)]
    struct Recorded {
        ops: Vec<(Kind, Value, Value)>,
        start: Value,
        end: Value,
    }
    #[derive(Clone, Copy, Deserialize)]
    enum Kind {
        #[serde(rename = "r", alias = "read")]
        Read,
        #[serde(rename = "w", alias = "write")]
        Write,
    }
    ask(request, |request: Request| {
        let moments = Moments::of(request.txns.iter().flat_map(|recorded| [&recorded.start, &recorded.end]))?;
        let (mut keys, mut values) = (Numbers::default(), Numbers::default());
        let mut history = Vec::new();
        for recorded in &request.txns {
            let time = |moment| moments.time(moment)?.ok_or_else(|| Refusal::new("a transaction has begun and ended"));
            let mut access = |(kind, key, value): &(Kind, Value, Value)| {
                let (key, value) = (keys.of(key) as u32, values.unless_null(value));
                match kind {
                    Kind::Read => Access::Read(key, value),
                    Kind::Write => Access::Write(key, value),
                }
            };
            let accesses = recorded.ops.iter().map(&mut access).collect();
            history.push(Transaction { accesses, start: time(&recorded.start)?, end: time(&recorded.end)? });
        }
        let level = |level| allows(level, &history, STEPS_MAX).map_err(Refusal::new);
        Ok(Levels {
            serializable: level(Isolation::Serializable)?,
            strict_serializable: level(Isolation::StrictSerializable)?,
            snapshot_isolation: level(Isolation::Snapshot)?,
        })
    })
}
