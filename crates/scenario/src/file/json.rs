//! JSON as a tree that remembers where each value stood.
//!
//! A person writes these files by hand, so every complaint must say where: that, the refusal of a key given twice, and limits that
//! hold before anything is allocated are why this is not a general parser. It accepts exactly the texts of RFC 8259 within the
//! limits (tests hold it against `serde_json`); numbers keep their digits, so that a seed of 64 bits stays exact.

use crate::naming::shown;
use crate::{Place, Problem};

/// Longest text, in bytes.
pub(crate) const TEXT_MAX: usize = 1 << 20;
/// Deepest nesting; the format needs 7.
pub(crate) const DEPTH_MAX: u32 = 24;
/// Most values in one text.
const VALUES_MAX: u32 = 100_000;
/// Most keys in one object.
const KEYS_MAX: usize = 200;

/// A value and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub place: Place,
    pub json: Json,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// Its digits, as written.
    Number(String),
    Text(String),
    List(Vec<Node>),
    Object(Vec<Entry>),
}

/// A key with its value; `place` is the key's.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub key: String,
    pub place: Place,
    pub value: Node,
}

impl Node {
    /// The value under `key`, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.json {
            Json::Object(entries) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value),
            _ => None,
        }
    }

    /// What it is, in words.
    pub fn shape(&self) -> String {
        match &self.json {
            Json::Null => "null".to_string(),
            Json::Bool(truth) => truth.to_string(),
            Json::Number(digits) => shown(digits),
            Json::Text(text) => format!("\"{}\"", shown(text)),
            Json::List(_) => "a list".to_string(),
            Json::Object(_) => "an object".to_string(),
        }
    }

    /// Where `path` (`boxes[2].rate`) stands, or the nearest thing around it.
    pub fn locate(&self, path: &str) -> Place {
        let mut node = self;
        for part in path.split(['.', '[']).filter(|part| !part.is_empty()) {
            let next = match (&node.json, part.strip_suffix(']')) {
                (Json::List(items), Some(at)) => at.parse::<usize>().ok().and_then(|at| items.get(at)),
                _ => node.get(part),
            };
            let Some(next) = next else { break };
            node = next;
        }
        node.place
    }
}

/// The one value that `text` holds.
///
/// # Errors
/// The first thing that is not JSON, or the limit that was met.
pub(crate) fn parse(text: &str) -> Result<Node, Problem> {
    if text.len() > TEXT_MAX {
        let length = text.len();
        return Err(Problem::error("", format!("the file has {length} bytes; at most {TEXT_MAX} are read")));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut parser = Parser { rest: text, place: Place { line: 1, column: 1 }, values: 0 };
    let node = parser.value(0)?;
    parser.skip_space();
    match parser.peek() {
        None => Ok(node),
        Some(c) => Err(parser.refuse(format!("the file should end here, but goes on with {}", quoted(c)))),
    }
}

fn quoted(c: char) -> String {
    if c.is_control() { format!("the invisible character U+{:04X}", u32::from(c)) } else { format!("`{c}`") }
}

struct Parser<'a> {
    rest: &'a str,
    place: Place,
    values: u32,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = &self.rest[c.len_utf8()..];
        if c == '\n' {
            self.place = Place { line: self.place.line + 1, column: 1 };
        } else {
            self.place.column += 1;
        }
        Some(c)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.next();
        }
    }

    fn refuse(&self, message: impl Into<String>) -> Problem {
        Problem { place: Some(self.place), ..Problem::error("", message) }
    }

    fn expected(&self, what: &str) -> Problem {
        match self.peek() {
            Some(c) => self.refuse(format!("{what} should be here, not {}", quoted(c))),
            None => self.refuse(format!("the file ends where {what} should be")),
        }
    }

    fn value(&mut self, depth: u32) -> Result<Node, Problem> {
        self.skip_space();
        self.values += 1;
        if depth > DEPTH_MAX {
            return Err(self.refuse(format!("this is nested deeper than {DEPTH_MAX} levels")));
        }
        if self.values > VALUES_MAX {
            return Err(self.refuse(format!("the file holds more than {VALUES_MAX} values")));
        }
        let place = self.place;
        let json = match self.peek() {
            Some('{') => self.object(depth)?,
            Some('[') => self.list(depth)?,
            Some('"') => Json::Text(self.text()?),
            Some('-' | '0'..='9') => Json::Number(self.number()?.to_string()),
            Some('a'..='z' | 'A'..='Z') => self.word()?,
            _ => return Err(self.expected("a value")),
        };
        Ok(Node { place, json })
    }

    fn word(&mut self) -> Result<Json, Problem> {
        let length = self.rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(self.rest.len());
        let json = match &self.rest[..length] {
            "null" => Json::Null,
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            word => {
                return Err(
                    self.refuse(format!("`{}` is not a value; a text stands between quotation marks", shown(word)))
                );
            }
        };
        for _ in 0..length {
            self.next();
        }
        Ok(json)
    }

    fn digits(&mut self) -> Result<(), Problem> {
        if !matches!(self.peek(), Some('0'..='9')) {
            return Err(self.expected("a digit"));
        }
        while matches!(self.peek(), Some('0'..='9')) {
            self.next();
        }
        Ok(())
    }

    fn number(&mut self) -> Result<&'a str, Problem> {
        let from = self.rest;
        if self.peek() == Some('-') {
            self.next();
        }
        if self.peek() == Some('0') {
            self.next();
            if matches!(self.peek(), Some('0'..='9')) {
                return Err(self.refuse("a number does not begin with 0 unless a point follows"));
            }
        } else {
            self.digits()?;
        }
        if self.peek() == Some('.') {
            self.next();
            self.digits()?;
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            self.next();
            if matches!(self.peek(), Some('+' | '-')) {
                self.next();
            }
            self.digits()?;
        }
        Ok(&from[..from.len() - self.rest.len()])
    }

    fn list(&mut self, depth: u32) -> Result<Json, Problem> {
        let mut items = Vec::new();
        self.next();
        loop {
            self.skip_space();
            match self.peek() {
                Some(']') if items.is_empty() => break,
                Some(']') => {
                    return Err(self.refuse("there is a comma before this `]`; after the last value comes none"));
                }
                _ => items.push(self.value(depth + 1)?),
            }
            if self.closes(']', "a comma or `]`")? {
                return Ok(Json::List(items));
            }
        }
        self.next();
        Ok(Json::List(items))
    }

    fn object(&mut self, depth: u32) -> Result<Json, Problem> {
        let mut entries: Vec<Entry> = Vec::new();
        self.next();
        loop {
            self.skip_space();
            let place = self.place;
            match self.peek() {
                Some('}') if entries.is_empty() => break,
                Some('}') => {
                    return Err(self.refuse("there is a comma before this `}`; after the last value comes none"));
                }
                Some('"') => {}
                _ => return Err(self.expected("a key between quotation marks")),
            }
            let key = self.text()?;
            let again = Problem {
                place: Some(place),
                ..Problem::error("", format!("the key `{}` is there twice", shown(&key)))
            };
            if entries.iter().any(|entry| entry.key == key) {
                return Err(again);
            }
            if entries.len() == KEYS_MAX {
                return Err(self.refuse(format!("this object has more than {KEYS_MAX} keys")));
            }
            self.skip_space();
            if self.peek() != Some(':') {
                return Err(self.expected("a colon"));
            }
            self.next();
            entries.push(Entry { key, place, value: self.value(depth + 1)? });
            if self.closes('}', "a comma or `}`")? {
                return Ok(Json::Object(entries));
            }
        }
        self.next();
        Ok(Json::Object(entries))
    }

    /// Takes the comma before the next value, or the closing bracket; true for the latter.
    fn closes(&mut self, bracket: char, either: &str) -> Result<bool, Problem> {
        self.skip_space();
        match self.peek() {
            Some(c) if c == bracket || c == ',' => {
                self.next();
                Ok(c == bracket)
            }
            _ => Err(self.expected(either)),
        }
    }

    fn text(&mut self) -> Result<String, Problem> {
        let opening = self.place;
        let mut text = String::new();
        self.next();
        loop {
            match self.peek() {
                None => {
                    return Err(Problem { place: Some(opening), ..Problem::error("", "this text is never closed") });
                }
                Some('"') => {
                    self.next();
                    return Ok(text);
                }
                Some('\\') => text.push(self.escape()?),
                Some('\n') => return Err(self.refuse("a text ends on its own line; write \\n for a line break")),
                Some(c) if c < ' ' => return Err(self.refuse(format!("a text may not hold {}", quoted(c)))),
                Some(_) => text.extend(self.next()),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Problem> {
        self.next();
        let plain = match self.peek() {
            Some(c @ ('"' | '\\' | '/')) => c,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => return self.code_point(),
            _ => return Err(self.expected("one of \" \\ / b f n r t u after a backslash")),
        };
        self.next();
        Ok(plain)
    }

    /// `\u00e9`, or two of them for a character beyond 16 bits.
    fn code_point(&mut self) -> Result<char, Problem> {
        let first = self.unit()?;
        let code = match first {
            0xD800..=0xDBFF if self.rest.starts_with("\\u") => {
                self.next();
                let second = self.unit()?;
                let low = second.checked_sub(0xDC00).filter(|low| *low < 0x400);
                low.map(|low| 0x1_0000 + ((first - 0xD800) << 10) + low)
            }
            _ => Some(first),
        };
        code.and_then(char::from_u32)
            .ok_or_else(|| self.refuse("half of a character; one beyond 16 bits takes two \\u in a row"))
    }

    fn unit(&mut self) -> Result<u32, Problem> {
        self.next();
        let mut unit = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(16)) else {
                return Err(self.expected("four hexadecimal digits after \\u"));
            };
            unit = unit * 16 + digit;
            self.next();
        }
        Ok(unit)
    }
}
