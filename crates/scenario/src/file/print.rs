//! JSON that a person likes to read: what fits on a line stands on one, and the parts of a design each have their own.

use core::fmt::Write;

/// Longest line, in characters; a single text may be longer.
const WIDTH: usize = 120;

/// A value to be printed; keys keep their order.
pub(crate) enum Out<'a> {
    Number(String),
    Truth(bool),
    Text(String),
    /// Stands on one line if it fits.
    List(Vec<Out<'a>>),
    /// Has a line for each item, even if there is only one.
    Lines(Vec<Out<'a>>),
    Object(Vec<(&'a str, Out<'a>)>),
}

/// `value` as the text of a file.
pub(crate) fn print(value: &Out<'_>) -> String {
    let mut text = String::new();
    tall(value, 0, &mut text);
    text.push('\n');
    text
}

fn put(value: &Out<'_>, indent: usize, before: usize, after: usize, text: &mut String) {
    let mut line = String::new();
    if flat(value, &mut line) && before + line.chars().count() + after <= WIDTH {
        text.push_str(&line);
    } else {
        tall(value, indent, text);
    }
}

/// Writes `value` without a line break; false when it must have one.
fn flat(value: &Out<'_>, line: &mut String) -> bool {
    match value {
        Out::Number(digits) => line.push_str(digits),
        Out::Truth(truth) => line.push_str(if *truth { "true" } else { "false" }),
        Out::Text(said) => quote(said, line),
        Out::Lines(items) if items.is_empty() => line.push_str("[]"),
        Out::Lines(_) => return false,
        Out::List(items) => {
            line.push('[');
            for (at, item) in items.iter().enumerate() {
                line.push_str(if at == 0 { "" } else { ", " });
                if !flat(item, line) {
                    return false;
                }
            }
            line.push(']');
        }
        Out::Object(entries) if entries.is_empty() => line.push_str("{}"),
        Out::Object(entries) => {
            line.push_str("{ ");
            for (at, (key, item)) in entries.iter().enumerate() {
                let _ = write!(line, "{}\"{key}\": ", if at == 0 { "" } else { ", " });
                if !flat(item, line) {
                    return false;
                }
            }
            line.push_str(" }");
        }
    }
    true
}

fn tall(value: &Out<'_>, indent: usize, text: &mut String) {
    let inner = indent + 2;
    match value {
        Out::Number(_) | Out::Truth(_) | Out::Text(_) => {
            flat(value, text);
        }
        Out::List(items) | Out::Lines(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                start_line(at, inner, text);
                put(item, inner, inner, 1, text);
            }
            end_block(items.is_empty(), indent, text);
            text.push(']');
        }
        Out::Object(entries) => {
            text.push('{');
            for (at, (key, item)) in entries.iter().enumerate() {
                start_line(at, inner, text);
                let _ = write!(text, "\"{key}\": ");
                put(item, inner, inner + key.len() + 4, 1, text);
            }
            end_block(entries.is_empty(), indent, text);
            text.push('}');
        }
    }
}

fn start_line(at: usize, indent: usize, text: &mut String) {
    text.push_str(if at == 0 { "\n" } else { ",\n" });
    text.extend(core::iter::repeat_n(' ', indent));
}

fn end_block(empty: bool, indent: usize, text: &mut String) {
    if !empty {
        text.push('\n');
        text.extend(core::iter::repeat_n(' ', indent));
    }
}

fn quote(said: &str, line: &mut String) {
    line.push('"');
    for c in said.chars() {
        match c {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            '\n' => line.push_str("\\n"),
            '\t' => line.push_str("\\t"),
            c if c.is_control() => drop(write!(line, "\\u{:04x}", u32::from(c))),
            c => line.push(c),
        }
    }
    line.push('"');
}
