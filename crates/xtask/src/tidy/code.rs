//! Rust sources without their comments and texts, so that a check for a word in code does not trip over prose.

/// The source with every comment, and the inside of every text and character literal, blanked out. Lines stay where they are.
pub fn code_only(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut code = String::with_capacity(source.len());
    let mut at = 0;
    while at < chars.len() {
        let end = at + comment(&chars[at..]).max(text(&chars, at));
        if end == at {
            code.push(chars[at]);
            at += 1;
        } else {
            code.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

/// Whether the word stands in the line, not as a part of a longer word.
pub fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + word.len()..]);
        !before.chars().next_back().is_some_and(is_part) && !after.chars().next().is_some_and(is_part)
    })
}

/// The length of the comment that begins here, or zero. Block comments nest.
fn comment(rest: &[char]) -> usize {
    match rest {
        ['/', '/', ..] => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
        ['/', '*', ..] => {
            let (mut depth, mut at) = (0, 0);
            while at < rest.len() {
                match &rest[at..] {
                    ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
                    ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
                    _ => at += 1,
                }
                if depth == 0 {
                    break;
                }
            }
            at
        }
        _ => 0,
    }
}

/// The length of the text or character literal that begins at `at`, or zero.
fn text(chars: &[char], at: usize) -> usize {
    let rest = &chars[at..];
    let follows_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    match rest {
        ['"', ..] => quoted(rest, '"'),
        ['r', ..] if !follows_word => raw(&rest[1..]).map_or(0, |length| 1 + length),
        ['b' | 'c', 'r', ..] if !follows_word => raw(&rest[2..]).map_or(0, |length| 2 + length),
        // A lifetime has no closing quote after its first character.
        ['\'', '\\', ..] => quoted(rest, '\''),
        ['\'', _, '\'', ..] => 3,
        _ => 0,
    }
}

fn quoted(rest: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            '\\' => at += 2,
            c if c == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// The length of a raw text from its hashes on, if it is one.
fn raw(rest: &[char]) -> Option<usize> {
    let hashes = rest.iter().take_while(|c| **c == '#').count();
    if rest.get(hashes) != Some(&'"') {
        return None;
    }
    let is_end = |at: &usize| rest[*at] == '"' && rest[at + 1..].iter().take_while(|c| **c == '#').count() >= hashes;
    let end = (hashes + 1..rest.len()).find(is_end);
    Some(end.map_or(rest.len(), |at| at + 1 + hashes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_texts_go_and_code_stays_in_its_place() {
        for (source, code) in [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            (r#"f("x // y", 1)"#, "f(        , 1)"),
            (r#""a\"b" c"#, "       c"),
            (r##"r#"a"b"# c"##, "         c"),
            ("'a' 'b", "    'b"),
            (r"'\'' x", "     x"),
            ("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)"),
            ("for r in x", "for r in x"),
            ("\"two\nlines\" x", "    \n       x"),
            ("/* open", "       "),
            ("\"open", "     "),
        ] {
            assert_eq!(code_only(source), code, "{source}");
        }
    }

    #[test]
    fn a_word_is_not_a_part_of_another() {
        assert!(has_word("x: f32,", "f32") && has_word("f32", "f32"));
        assert!(!has_word("to_f32x", "f32") && !has_word("my_f32", "f32"));
    }
}
