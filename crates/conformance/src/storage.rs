//! Stores under a script of writes, reads and crashes.

use crate::{Outcome, Refusal, Row, ask};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use storage::{AnyStore, BTree, BTreeConfig, Crash, Engine, Lsm, LsmConfig, Pair, Store};

pub(crate) const TABLE: &[Row] = &[("store", store)];

/// A step: its name and what it is about.
type Step = Vec<Value>;

fn store(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        engine: Engine,
        script: Vec<Step>,
    }
    #[derive(Serialize)]
    struct Answer {
        results: Vec<Value>,
    }
    ask(request, |request: Request| {
        let mut store = build(request.engine, &request.script)?;
        let mut results = Vec::new();
        for step in &request.script {
            perform(&mut store, step, &mut results)?;
        }
        Ok(Answer { results })
    })
}

/// An empty store that can hold what the script writes, and that flushes only when it is told.
fn build(engine: Engine, script: &[Step]) -> Result<AnyStore, Refusal> {
    let size = |value: &Value| value.to_string().len();
    let largest = script.iter().map(|step| step.iter().skip(1).map(size).sum()).max().unwrap_or(0_usize);
    match engine {
        Engine::BTree => {
            let page_bytes = (4 * largest + 128).next_power_of_two().max(256);
            let config = BTreeConfig { page_bytes: page_bytes as u32, log_bytes: u64::MAX, sync_every: 1 };
            BTree::new(config).map(AnyStore::BTree).map_err(Refusal::new)
        }
        Engine::Lsm => {
            let config = LsmConfig { memtable_bytes: u64::MAX, ..LsmConfig::default() };
            Lsm::new(config).map(AnyStore::Lsm).map_err(Refusal::new)
        }
    }
}

fn perform(store: &mut AnyStore, step: &Step, results: &mut Vec<Value>) -> Result<(), Refusal> {
    let (name, rest) = step.split_first().ok_or_else(|| Refusal::new("a step has no name"))?;
    let name = name.as_str().ok_or_else(|| Refusal(format!("a step's name is {name}, but must be a text")))?;
    match (name, rest) {
        ("put" | "set", [key, value]) => {
            store.put(bytes(key)?, value.to_string().as_bytes()).map_err(Refusal::new)?;
        }
        ("del" | "delete", [key]) => store.delete(bytes(key)?).map_err(Refusal::new)?,
        ("get", [key]) => {
            let value = store.get(bytes(key)?);
            results.push(value.map_or(Ok(Value::Null), |value| read(&value))?);
        }
        ("scan", rest @ ([] | [_] | [_, _])) => {
            let from = bound(rest.first())?.unwrap_or_default();
            let pairs = store.scan(from, bound(rest.get(1))?);
            results.push(pairs.iter().map(pair).collect::<Result<Value, Refusal>>()?);
        }
        ("sync", []) => store.sync(),
        ("flush" | "checkpoint", []) => store.flush(),
        ("compact_to_bottom" | "compact" | "compact_all" | "compact_full", []) => store.compact(),
        ("compact_upper_only" | "compact_upper", []) => store.compact_upper(),
        ("crash", []) => drop(store.crash(Crash::Clean)),
        ("crash_tearing_last_record" | "crash_torn", []) => drop(store.crash(Crash::TearingLastRecord)),
        // A store opens what it finds as soon as the machine is back, so there is nothing left to do.
        ("recover" | "restart" | "reopen" | "open", []) => {}
        _ => return Err(Refusal(format!("there is no step {}", json!(step)))),
    }
    Ok(())
}

fn bytes(key: &Value) -> Result<&[u8], Refusal> {
    key.as_str().map(str::as_bytes).ok_or_else(|| Refusal(format!("a key is {key}, but must be a text")))
}

/// One end of a range; `null` or nothing is no end.
fn bound(end: Option<&Value>) -> Result<Option<&[u8]>, Refusal> {
    end.filter(|end| !end.is_null()).map(bytes).transpose()
}

fn read(value: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(value).map_err(Refusal::new)
}

fn pair((key, value): &Pair) -> Result<Value, Refusal> {
    Ok(json!([String::from_utf8_lossy(key), read(value)?]))
}
