//! From the tree of a file to a scenario: every key known, every value of the right shape. Ranges and names of boxes are the
//! business of validation, so a part that is broken here is still put in its place, and the paths of the others stay right.

use super::json::{Json, Node};
use crate::migrate::{Past, Step};
use crate::naming::{hint, name_of, shown};
use crate::problem::Path;
use crate::repair::LENGTH_DEFAULT;
use crate::{
    Act, CheckSpec, Claim, Distance, Field, FieldKind, Group, Guess, Lesson, LessonStep, Moment, Note, Op, Placed,
    Plan, PlanStep, Prediction, Problem, Scenario, Schema, Setting, Target, Trace, Value, Variant, Verb, View, Weight,
    Wire, WireEnds, Zone,
};
use base::{Span, Time};
use core::fmt::Arguments;

/// The keys of each part of a file. Boxes and wires also have the settings of their kind, beside these.
pub(crate) mod keys {
    pub const SCENARIO: &[&str] = &[
        "faultline",
        "slug",
        "title",
        "about",
        "seed",
        "length",
        "weight",
        "boxes",
        "wires",
        "faults",
        "actions",
        "checks",
        "variants",
        "lesson",
        "view",
        "zones",
        "distances",
        "notes",
        "groups",
    ];
    pub const BOX: &[&str] = &["id", "kind", "name", "at", "plans", "zone", "member_zones"];
    pub const PLAN: &[&str] = &["op", "steps"];
    /// A step of a plan has one of these keys; `repeat` also has `steps`.
    pub const PLAN_STEP: &[&str] = &[
        "call", "lookup", "on-miss", "fill", "forget", "send", "parallel", "on-error", "work_ms", "reply", "repeat",
        "steps",
    ];
    pub const ZONE: &[&str] = &["id", "name", "at", "size"];
    pub const NOTE: &[&str] = &["at", "text"];
    pub const GROUP: &[&str] = &["id", "name", "boxes", "folded"];
    pub const DISTANCE: &[&str] = &["between", "latency_ms"];
    pub const WIRE: &[&str] = &["from", "to", "ops"];
    pub const OP: &[&str] = &["name", "does", "weight"];
    pub const DO: &[&str] = &["at", "for", "do", "on", "amount"];
    pub const SET: &[&str] = &["at", "set", "on", "to"];
    pub const CHECK: &[&str] = &["check", "on", "bound"];
    pub const VARIANT: &[&str] = &["name", "about", "set"];
    pub const SETTING: &[&str] = &["set", "on", "to"];
    pub const LESSON: &[&str] = &["steps", "claims", "sources"];
    pub const STEP: &[&str] = &["title", "text", "focus", "predict", "label", "offer"];
    pub const PREDICT: &[&str] = &["ask", "reads", "after", "choices"];
    pub const CHOICE: &[&str] = &["says", "to"];
    pub const CLAIM: &[&str] = &["claim", "says", "measured", "after", "because"];
    pub const VIEW: &[&str] = &["at", "speed", "selected"];
}

pub(super) fn scenario(
    root: &Node,
    schema: &Schema,
    newest: u8,
    steps: &'static [Step],
) -> Result<Scenario, Vec<Problem>> {
    let version = version(root, newest).map_err(|problem| vec![problem])?;
    let mut reader = Reader { schema, past: Past::new(version, steps), boxes: Vec::new(), problems: Vec::new() };
    let mut scenario = reader.scenario(root);
    if reader.problems.is_empty() {
        reader.past.bring(&mut scenario);
        Ok(scenario)
    } else {
        Err(reader.problems)
    }
}

/// Which version wrote the file. Nothing else is looked at before this is known.
fn version(root: &Node, newest: u8) -> Result<u8, Problem> {
    let refuse = |place, message| Problem { place: Some(place), ..Problem::error("faultline", message) };
    let said = |of: &Node| match &of.json {
        Json::Number(digits) => digits.parse::<u64>().ok(),
        _ => None,
    };
    let Some(node) = root.get("faultline") else {
        let message = format!("this is not a Faultline scenario: the file begins with {{ \"faultline\": {newest}");
        return Err(refuse(root.place, message));
    };
    match said(node) {
        Some(version) if (1..=u64::from(newest)).contains(&version) => Ok(version as u8),
        Some(version) if version > u64::from(newest) => {
            let message = format!(
                "the file has version {version}, made by a newer Faultline; this one reads up to version {newest}"
            );
            Err(refuse(node.place, message))
        }
        _ => Err(refuse(
            node.place,
            format!("the version is {}; it must be a whole number from 1 to {newest}", node.shape()),
        )),
    }
}

struct Reader<'a> {
    schema: &'a Schema,
    past: Past,
    /// What was read of them: settings that change during a run are read by the kind of their box.
    boxes: Vec<Placed>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    #[inline(never)]
    fn refuse(&mut self, node: &Node, path: &Path<'_>, message: Arguments<'_>) {
        let problem = Problem::error(path.to_string(), message.to_string());
        self.problems.push(Problem { place: Some(node.place), ..problem });
    }

    fn refuse_shape(&mut self, node: &Node, path: &Path<'_>, wanted: Arguments<'_>) {
        self.refuse(node, path, format_args!("this is {}; it must be {wanted}", node.shape()));
    }

    fn object(&mut self, node: &Node, path: &Path<'_>, whose: &str, keys: &[&str]) -> bool {
        self.configured(node, path, whose, keys, "", &[])
    }

    /// Refuses keys that nobody knows. `fields` are the settings, of a kind or of wires, that may stand beside `keys`.
    fn configured(
        &mut self,
        node: &Node,
        path: &Path<'_>,
        whose: &str,
        keys: &[&str],
        kind: &str,
        fields: &[Field],
    ) -> bool {
        let Json::Object(entries) = &node.json else {
            self.refuse_shape(node, path, format_args!("an object with {}", keys.join(", ")));
            return false;
        };
        for entry in entries {
            let known = || keys.iter().copied().chain(fields.iter().map(|field| field.name.as_ref()));
            let name = self.past.field(kind, &entry.key);
            if !known().any(|key| key == name) {
                let (key, hint) = (shown(&entry.key), hint(&entry.key, &mut known()));
                let at_key = Node { place: entry.place, json: Json::Null };
                self.refuse(&at_key, &path.key(&key), format_args!("{whose} has no key `{key}`{hint}"));
            }
        }
        true
    }

    /// Reads each item of the list under `key`, at most `max` of them.
    fn list<T>(
        &mut self,
        of: &Node,
        path: &Path<'_>,
        key: &str,
        max: usize,
        read: fn(&mut Self, &Node, &Path<'_>) -> T,
    ) -> Vec<T> {
        let Some(node) = of.get(key) else { return Vec::new() };
        let path = path.key(key);
        let Json::List(items) = &node.json else {
            self.refuse_shape(node, &path, format_args!("a list between [ and ]"));
            return Vec::new();
        };
        if items.len() > max {
            self.refuse(node, &path, format_args!("there are {}; there may be at most {max}", items.len()));
        }
        items.iter().take(max).enumerate().map(|(at, item)| read(self, item, &path.at(at))).collect()
    }

    fn text(&mut self, of: &Node, path: &Path<'_>, key: &str) -> Option<String> {
        let node = of.get(key)?;
        let text = self.text_of(node, &path.key(key));
        Some(text)
    }

    fn text_of(&mut self, node: &Node, path: &Path<'_>) -> String {
        match &node.json {
            Json::Text(text) => text.clone(),
            _ => {
                self.refuse_shape(node, path, format_args!("a text between quotation marks"));
                String::new()
            }
        }
    }

    fn need(&mut self, of: &Node, path: &Path<'_>, key: &str, what: &str) -> String {
        if of.get(key).is_none() && matches!(of.json, Json::Object(_)) {
            self.refuse(of, path, format_args!("`{key}` is missing: {what}"));
        }
        self.text(of, path, key).unwrap_or_default()
    }

    fn number(&mut self, of: &Node, path: &Path<'_>, key: &str) -> Option<f64> {
        let node = of.get(key)?;
        let number = self.number_of(node, &path.key(key));
        Some(number)
    }

    fn number_of(&mut self, node: &Node, path: &Path<'_>) -> f64 {
        let Json::Number(digits) = &node.json else {
            self.refuse_shape(node, path, format_args!("a number"));
            return 0.0;
        };
        match digits.parse::<f64>() {
            Ok(number) if number.is_finite() => number,
            _ => {
                self.refuse(node, path, format_args!("the number {} is too large", node.shape()));
                0.0
            }
        }
    }

    fn span(&mut self, of: &Node, path: &Path<'_>, key: &str) -> Option<Span> {
        let node = of.get(key)?;
        let path = path.key(key);
        let read = match &node.json {
            Json::Text(text) => text.parse::<Span>().ok(),
            _ => None,
        };
        if read.is_none() {
            self.refuse_shape(
                node,
                &path,
                format_args!("a length of time: a number with ns, us, ms, s, m or h, such as \"250ms\""),
            );
        }
        read
    }

    fn scenario(&mut self, root: &Node) -> Scenario {
        let top = &Path::Root;
        self.object(root, top, "a scenario", keys::SCENARIO);
        self.boxes = self.list(root, top, "boxes", Scenario::BOXES_MAX, Self::placed);
        let faults = self.list(root, top, "faults", Scenario::MOMENTS_MAX, Self::moment);
        let actions = self.list(root, top, "actions", Scenario::MOMENTS_MAX, Self::moment);
        Scenario {
            slug: self.text(root, top, "slug"),
            title: self.text(root, top, "title").unwrap_or_default(),
            about: self.text(root, top, "about").unwrap_or_default(),
            seed: self.seed(root),
            length: self.span(root, top, "length").unwrap_or(LENGTH_DEFAULT),
            weight: self.whole(root, top, "weight").map_or(Weight::ONE, Weight),
            wires: self.list(root, top, "wires", Scenario::WIRES_MAX, Self::wire),
            checks: self.list(root, top, "checks", Scenario::CHECKS_MAX, Self::check),
            variants: self.list(root, top, "variants", Scenario::VARIANTS_MAX, Self::variant),
            lesson: self.lesson(root),
            view: self.view(root),
            zones: self.list(root, top, "zones", Scenario::ZONES_MAX, Self::zone),
            distances: self.list(root, top, "distances", Scenario::DISTANCES_MAX, Self::distance),
            notes: self.list(root, top, "notes", Scenario::NOTES_MAX, Self::note),
            groups: self.list(root, top, "groups", Scenario::GROUPS_MAX, Self::group),
            faults,
            actions,
            boxes: core::mem::take(&mut self.boxes),
        }
    }

    fn seed(&mut self, root: &Node) -> u64 {
        let Some(node) = root.get("seed") else { return 0 };
        match &node.json {
            Json::Number(digits) if digits.parse::<u64>().is_ok() => digits.parse().unwrap_or_default(),
            _ => {
                self.refuse_shape(node, &Path::top("seed"), format_args!("a whole number from 0 to {}", u64::MAX));
                0
            }
        }
    }

    fn placed(&mut self, node: &Node, path: &Path<'_>) -> Placed {
        let slug = self.need(node, path, "kind", "the slug of a kind of box");
        let slug = self.past.kind(&slug).to_string();
        let kind = self.schema.kind(&slug);
        match kind {
            Some(kind) => {
                self.configured(node, path, &format!("a box of kind `{slug}`"), keys::BOX, &slug, &kind.fields);
            }
            None if node.get("kind").is_some() => {
                let message = crate::validate::Boxes::new(self.schema).unknown_kind(&slug);
                self.refuse(node.get("kind").unwrap_or(node), &path.key("kind"), format_args!("{message}"));
            }
            None => {}
        }
        let id = self.need(node, path, "id", "the name by which wires and faults call this box");
        let name = self.text(node, path, "name").unwrap_or_else(|| name_of(&id));
        let (x, y) =
            self.pair(node, path, "at", "from the left and from the top, such as [40, 268]").unwrap_or_default();
        let mut config = kind.map_or_else(Vec::new, |kind| self.past.defaults(kind));
        if let Some(kind) = kind {
            self.config(node, path, &kind.slug, &kind.fields, &mut config);
        }
        let plans = self.list(node, path, "plans", Plan::PLANS_MAX, Self::plan);
        let zone = self.text(node, path, "zone");
        let member_zones = self.list(node, path, "member_zones", Scenario::MEMBERS_MAX as usize, Self::text_of);
        Placed { id, kind: slug, name, x, y, config, plans, zone, member_zones }
    }

    fn plan(&mut self, node: &Node, path: &Path<'_>) -> Plan {
        self.object(node, path, "a plan", keys::PLAN);
        let op = self.need(node, path, "op", "the operation whose plan it is");
        Plan { op, steps: self.steps(node, path, "steps", 0) }
    }

    /// The steps under `key`, which stand `depth` deep inside others.
    fn steps(&mut self, of: &Node, path: &Path<'_>, key: &str, depth: usize) -> Vec<PlanStep> {
        let Some(node) = of.get(key) else { return Vec::new() };
        let path = path.key(key);
        let Json::List(items) = &node.json else {
            self.refuse_shape(node, &path, format_args!("a list of steps, such as [{{ \"call\": \"posts\" }}]"));
            return Vec::new();
        };
        let (max, deepest) = (Plan::STEPS_MAX, Plan::DEPTH_MAX);
        if depth > deepest {
            self.refuse(node, &path, format_args!("steps may stand at most {deepest} deep inside others"));
            return Vec::new();
        }
        if items.len() > max {
            self.refuse(node, &path, format_args!("there are {}; there may be at most {max}", items.len()));
        }
        let items = items.iter().take(max).enumerate();
        items.filter_map(|(at, item)| self.plan_step(item, &path.at(at), depth)).collect()
    }

    fn plan_step(&mut self, node: &Node, path: &Path<'_>, depth: usize) -> Option<PlanStep> {
        if !self.object(node, path, "a step", keys::PLAN_STEP) {
            return None;
        }
        let Json::Object(entries) = &node.json else { return None };
        let mut named = entries.iter().map(|entry| entry.key.as_str()).filter(|key| keys::PLAN_STEP.contains(key));
        let key = if node.get("repeat").is_some() { "repeat" } else { named.next().unwrap_or_default() };
        let others = usize::from(key == "repeat" && node.get("steps").is_some());
        if key.is_empty() || key == "steps" || entries.len() != 1 + others {
            self.refuse(node, path, format_args!("a step has one of the keys {}", keys::PLAN_STEP.join(", ")));
            return None;
        }
        let step = match key {
            "parallel" => PlanStep::Parallel(self.list(node, path, key, Plan::STEPS_MAX, Self::text_of)),
            "on-miss" => PlanStep::OnMiss(self.steps(node, path, key, depth + 1)),
            "on-error" => PlanStep::OnError(self.steps(node, path, key, depth + 1)),
            "repeat" => {
                let times = self.whole(node, path, key).unwrap_or_default();
                PlanStep::Repeat(times, self.steps(node, path, "steps", depth + 1))
            }
            "work_ms" => PlanStep::Work(self.number(node, path, key).unwrap_or_default()),
            "reply" => PlanStep::Reply(self.says_ok(node.get(key).unwrap_or(node), &path.key(key))),
            _ => {
                let to = self.text(node, path, key).unwrap_or_default();
                match key {
                    "call" => PlanStep::Call(to),
                    "lookup" => PlanStep::Lookup(to),
                    "fill" => PlanStep::Fill(to),
                    "forget" => PlanStep::Forget(to),
                    _ => PlanStep::Send(to),
                }
            }
        };
        Some(step)
    }

    fn says_ok(&mut self, node: &Node, path: &Path<'_>) -> bool {
        match &node.json {
            Json::Text(text) if text == "ok" => true,
            Json::Text(text) if text == "failed" => false,
            _ => {
                self.refuse_shape(node, path, format_args!("\"ok\" or \"failed\""));
                true
            }
        }
    }

    /// A whole number of at most 32 bits.
    fn whole(&mut self, of: &Node, path: &Path<'_>, key: &str) -> Option<u32> {
        let node = of.get(key)?;
        let read = if let Json::Number(digits) = &node.json { digits.parse::<u32>().ok() } else { None };
        if read.is_none() {
            self.refuse_shape(node, &path.key(key), format_args!("a whole number"));
        }
        read
    }

    fn zone(&mut self, node: &Node, path: &Path<'_>) -> Zone {
        self.object(node, path, "a zone", keys::ZONE);
        let id = self.need(node, path, "id", "the name by which boxes and faults call this zone");
        let name = self.text(node, path, "name").unwrap_or_else(|| name_of(&id));
        let (x, y) =
            self.pair(node, path, "at", "from the left and from the top, such as [40, 268]").unwrap_or_default();
        let size = self.pair(node, path, "size", "width and height, such as [480, 320]");
        let (width, height) = size.unwrap_or(Zone::SIZE);
        Zone { id, name, x, y, width, height }
    }

    fn note(&mut self, node: &Node, path: &Path<'_>) -> Note {
        self.object(node, path, "a note", keys::NOTE);
        let text = self.need(node, path, "text", "what the note says");
        let (x, y) =
            self.pair(node, path, "at", "from the left and from the top, such as [40, 268]").unwrap_or_default();
        Note { x, y, text }
    }

    fn group(&mut self, node: &Node, path: &Path<'_>) -> Group {
        self.object(node, path, "a group", keys::GROUP);
        let id = self.need(node, path, "id", "the stable name of this group");
        let name = self.text(node, path, "name").unwrap_or_else(|| name_of(&id));
        let boxes = self.list(node, path, "boxes", Scenario::BOXES_MAX, Self::text_of);
        Group { id, name, boxes, folded: self.truth(node, path, "folded") }
    }

    /// `true` or `false`; false when nothing is said.
    fn truth(&mut self, of: &Node, path: &Path<'_>, key: &str) -> bool {
        let Some(node) = of.get(key) else { return false };
        let Json::Bool(truth) = node.json else {
            self.refuse_shape(node, &path.key(key), format_args!("true or false"));
            return false;
        };
        truth
    }

    fn distance(&mut self, node: &Node, path: &Path<'_>) -> Distance {
        self.object(node, path, "a distance", keys::DISTANCE);
        let between = self.list(node, path, "between", 2, Self::text_of);
        let between = <[String; 2]>::try_from(between).unwrap_or_else(|_| {
            let wanted = format_args!("the ids of two zones, such as [\"eu\", \"us\"]");
            self.refuse(node.get("between").unwrap_or(node), &path.key("between"), wanted);
            Default::default()
        });
        Distance { between, latency_ms: self.number(node, path, "latency_ms").unwrap_or(Distance::USUAL_MS) }
    }

    /// Two whole numbers.
    fn pair(&mut self, of: &Node, path: &Path<'_>, key: &str, which: &str) -> Option<(i32, i32)> {
        let node = of.get(key)?;
        let whole = |node: &Node| match &node.json {
            Json::Number(digits) => digits.parse::<i32>().ok(),
            _ => None,
        };
        let read = match &node.json {
            Json::List(items) if items.len() == 2 => whole(&items[0]).zip(whole(&items[1])),
            _ => None,
        };
        if read.is_none() {
            self.refuse_shape(node, &path.key(key), format_args!("two whole numbers, {which}"));
        }
        read
    }

    fn config(&mut self, of: &Node, path: &Path<'_>, kind: &str, fields: &[Field], config: &mut [Value]) {
        let Json::Object(entries) = &of.json else { return };
        for entry in entries {
            let name = self.past.field(kind, &entry.key);
            if let Some(at) = fields.iter().position(|field| field.name == name) {
                config[at] = self.value(&entry.value, &path.key(&entry.key), &fields[at]);
            }
        }
    }

    fn value(&mut self, node: &Node, path: &Path<'_>, field: &Field) -> Value {
        match &field.kind {
            FieldKind::Number { .. } => Value::Number(self.number_of(node, path)),
            FieldKind::Choice { options, .. } => {
                let names = || options.iter().map(|option| option.name.as_ref());
                let chosen = match &node.json {
                    Json::Text(text) => names().position(|name| name == text).and_then(|at| u8::try_from(at).ok()),
                    _ => None,
                };
                if chosen.is_none() {
                    let typed = if let Json::Text(text) = &node.json { text } else { "" };
                    let all: Vec<&str> = names().collect();
                    let near = crate::naming::nearest(typed, &all);
                    let near = near.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
                    self.refuse_shape(node, path, format_args!("one of {}{near}", all.join(", ")));
                }
                Value::Choice(chosen.unwrap_or_default())
            }
            FieldKind::Ops { .. } => Value::Ops(match &node.json {
                Json::List(items) => {
                    let items = items.iter().take(Scenario::OPS_MAX + 1).enumerate();
                    items.map(|(at, item)| self.op(item, &path.at(at))).collect()
                }
                _ => {
                    let wanted =
                        format_args!("a list of operations, such as [{{ \"name\": \"feed\", \"does\": \"read\" }}]");
                    self.refuse_shape(node, path, wanted);
                    Vec::new()
                }
            }),
            FieldKind::Trace { default } => Value::Trace(self.trace(node, path).unwrap_or_else(|| default.clone())),
        }
    }

    /// The lines of a trace, each an item of a list.
    fn trace(&mut self, node: &Node, path: &Path<'_>) -> Option<Trace> {
        let lines = if let Json::List(lines) = &node.json { &lines[..] } else { &[] };
        let text = |line: &Node| if let Json::Text(text) = &line.json { Some(text.clone()) } else { None };
        let texts: Option<Vec<String>> = lines.iter().map(text).collect();
        let Some(texts) =
            texts.filter(|texts| !texts.is_empty() && texts.iter().all(|text| !text.contains(['\n', '\r'])))
        else {
            let wanted = format_args!("a list of lines of CSV, such as [\"time,op,key\", \"0.25,read,17\"]");
            self.refuse_shape(node, path, wanted);
            return None;
        };
        match Trace::from_csv(&texts.join("\n")) {
            Ok(trace) => Some(trace),
            Err(Problem { place: Some(place), path: column, message, .. }) => {
                let at = (place.line as usize).clamp(1, lines.len()) - 1;
                let column = if column.is_empty() { column } else { format!(", {column}") };
                self.refuse(&lines[at], &path.at(at), format_args!("column {}{column}: {message}", place.column));
                None
            }
            Err(whole) => {
                self.refuse(node, path, format_args!("{}", whole.message));
                None
            }
        }
    }

    fn op(&mut self, node: &Node, path: &Path<'_>) -> Op {
        self.object(node, path, "an operation", keys::OP);
        let name = self.need(node, path, "name", "what this operation is called");
        let write = match node.get("does") {
            Some(Node { json: Json::Text(text), .. }) if text == "write" => true,
            Some(Node { json: Json::Text(text), .. }) if text == "read" => false,
            Some(does) => {
                self.refuse_shape(does, &path.key("does"), format_args!("\"read\" or \"write\""));
                false
            }
            None => false,
        };
        Op { name, write, weight: self.number(node, path, "weight").unwrap_or(1.0) }
    }

    fn wire(&mut self, node: &Node, path: &Path<'_>) -> Wire {
        let schema = self.schema;
        self.configured(node, path, "a wire", keys::WIRE, "", &schema.wire);
        let from = self.need(node, path, "from", "the id of the box that calls");
        let to = self.need(node, path, "to", "the id of the box that is called");
        let ops = self.list(node, path, "ops", Scenario::WIRE_OPS_MAX, Self::text_of);
        let mut config = self.past.wire_defaults(schema);
        self.config(node, path, "", &schema.wire, &mut config);
        Wire { ends: WireEnds { from, to }, ops, config }
    }

    fn moment(&mut self, node: &Node, path: &Path<'_>) -> Moment {
        let sets = node.get("set").is_some();
        let whole = self.object(node, path, "this", if sets { keys::SET } else { keys::DO });
        if whole && node.get("at").is_none() {
            self.refuse(node, path, format_args!("`at` is missing: when it happens, such as \"20s\""));
        }
        let at = Time::ZERO + self.span(node, path, "at").unwrap_or_default();
        let lasts = self.span(node, path, "for");
        let on = self.target(node, path, "a box, a member or a wire: `posts`, `posts.0` or `service>posts`");
        let act = if sets {
            let Setting { on, field, value } = self.set(node, path, on);
            Act::Set { on, field, value }
        } else {
            self.act(node, path, on)
        };
        Moment { at, lasts, act }
    }

    fn target(&mut self, node: &Node, path: &Path<'_>, what: &str) -> Target {
        let on = self.need(node, path, "on", what);
        on.parse::<Target>().unwrap_or_else(|why| {
            self.refuse(node.get("on").unwrap_or(node), &path.key("on"), format_args!("{why}"));
            Target::Box(String::new())
        })
    }

    fn act(&mut self, node: &Node, path: &Path<'_>, on: Target) -> Act {
        let slug = self.need(node, path, "do", "what happens, such as \"crash\"; or `set` with the name of a setting");
        let verb = Verb::from_slug(&slug);
        if let (None, Some(node)) = (verb, node.get("do")) {
            let hint = hint(&slug, &mut Verb::ALL.iter().map(|verb| verb.spec().slug));
            self.refuse(node, &path.key("do"), format_args!("nothing is called `{}`{hint}", shown(&slug)));
        }
        Act::Do { verb: verb.unwrap_or(Verb::Heal), on, amount: self.number(node, path, "amount") }
    }

    fn set(&mut self, node: &Node, path: &Path<'_>, on: Target) -> Setting {
        let schema = self.schema;
        let name = self.text(node, path, "set").unwrap_or_default();
        let (kind, fields): (&str, &[Field]) = match &on {
            Target::Wire(_) => ("", &schema.wire),
            Target::Zone(_) | Target::Between(..) | Target::Sides(_) => ("", &[]),
            Target::Box(id) | Target::Member(id, _) => {
                let placed = self.boxes.iter().find(|placed| placed.id == *id);
                let kind = placed.and_then(|placed| schema.kind(&placed.kind));
                kind.map_or(("", &[][..]), |kind| (&kind.slug, &kind.fields))
            }
        };
        let field = self.past.field(kind, &name).to_string();
        let value = match (fields.iter().find(|known| known.name == field), node.get("to")) {
            (_, None) => {
                self.refuse(node, path, format_args!("`to` is missing: the new value"));
                Value::Number(0.0)
            }
            (Some(known), Some(to)) => self.value(to, &path.key("to"), known),
            // Validation says that there is no such box or no such setting.
            (None, Some(_)) => Value::Number(0.0),
        };
        Setting { on, field, value }
    }

    fn check(&mut self, node: &Node, path: &Path<'_>) -> CheckSpec {
        self.object(node, path, "a check", keys::CHECK);
        let check = self.need(node, path, "check", "the slug of a check");
        let on = self.need(node, path, "on", "the id of the box it is asked of");
        CheckSpec { check, on, bound: self.number(node, path, "bound") }
    }

    fn variant(&mut self, node: &Node, path: &Path<'_>) -> Variant {
        self.object(node, path, "a variant", keys::VARIANT);
        Variant {
            name: self.need(node, path, "name", "what its button says"),
            about: self.text(node, path, "about").unwrap_or_default(),
            set: self.list(node, path, "set", Scenario::STEP_PARTS_MAX, Self::setting),
        }
    }

    fn setting(&mut self, node: &Node, path: &Path<'_>) -> Setting {
        if self.object(node, path, "a setting", keys::SETTING) && node.get("set").is_none() {
            self.refuse(node, path, format_args!("`set` is missing: the name of a setting"));
        }
        let on = self.target(node, path, "a box or a wire: `posts` or `service>posts`");
        self.set(node, path, on)
    }

    fn lesson(&mut self, root: &Node) -> Lesson {
        let Some(node) = root.get("lesson") else { return Lesson::default() };
        let path = &Path::top("lesson");
        self.object(node, path, "a lesson", keys::LESSON);
        let steps = self.list(node, path, "steps", Scenario::STEPS_MAX, Self::step);
        let claims = self.list(node, path, "claims", Scenario::STEPS_MAX, Self::claim);
        Lesson { steps, claims, sources: self.list(node, path, "sources", Scenario::STEPS_MAX, Self::text_of) }
    }

    fn step(&mut self, node: &Node, path: &Path<'_>) -> LessonStep {
        self.object(node, path, "a step", keys::STEP);
        LessonStep {
            title: self.text(node, path, "title").unwrap_or_default(),
            text: self.text(node, path, "text").unwrap_or_default(),
            focus: self.list(node, path, "focus", Scenario::STEP_PARTS_MAX, Self::text_of),
            predict: node.get("predict").map(|asked| self.predict(asked, &path.key("predict"))),
            offer: self.list(node, path, "offer", Scenario::STEP_PARTS_MAX, Self::moment),
            label: self.text(node, path, "label").unwrap_or_default(),
        }
    }

    fn predict(&mut self, node: &Node, path: &Path<'_>) -> Prediction {
        self.object(node, path, "a question", keys::PREDICT);
        Prediction {
            ask: self.need(node, path, "ask", "the question"),
            reads: self.need(node, path, "reads", "the reading that answers it, such as \"lost-writes.posts\""),
            after: self.span(node, path, "after"),
            choices: self.list(node, path, "choices", Scenario::CHOICES_MAX, Self::guess),
        }
    }

    fn guess(&mut self, node: &Node, path: &Path<'_>) -> Guess {
        self.object(node, path, "a choice", keys::CHOICE);
        Guess { says: self.need(node, path, "says", "the answer"), to: self.number(node, path, "to") }
    }

    fn claim(&mut self, node: &Node, path: &Path<'_>) -> Claim {
        self.object(node, path, "a claim", keys::CLAIM);
        Claim {
            claim: self.need(node, path, "claim", "what is claimed"),
            says: self.need(node, path, "says", "the source's figure"),
            measured: self.need(node, path, "measured", "what the run says, with readings such as {posts.lag_entries}"),
            after: self.span(node, path, "after"),
            because: self.text(node, path, "because").unwrap_or_default(),
        }
    }

    fn view(&mut self, root: &Node) -> View {
        let Some(node) = root.get("view") else { return View::default() };
        let path = &Path::top("view");
        self.object(node, path, "a view", keys::VIEW);
        View {
            at: self.span(node, path, "at").map(|at| Time::ZERO + at),
            speed: self.number(node, path, "speed"),
            selected: self.text(node, path, "selected"),
        }
    }
}
