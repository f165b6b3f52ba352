//! What a reviewer would say of a design, as text for a person.

use session::Finding;
use std::fmt::Write;

/// The findings under the titles of their rules: where, what, and what would mend it; then why it matters and what shows it.
#[must_use]
pub fn text(findings: &[Finding]) -> String {
    let mut out = String::new();
    for group in findings.chunk_by(|a, b| a.rule == b.rule) {
        let rule = group[0].rule;
        say(&mut out, format_args!("{}", rule.title()));
        for Finding { on, what, mend, .. } in group {
            let place = on.as_ref().map_or_else(String::new, |on| format!("{on}: "));
            say(&mut out, format_args!("  {place}{what}."));
            say(&mut out, format_args!("    {mend}."));
        }
        say(&mut out, format_args!("  Why: {}", rule.why()));
        if let Some(slug) = rule.shown_by() {
            say(&mut out, format_args!("  Seen in: faultline run {slug}"));
        }
        out.push('\n');
    }
    say(&mut out, format_args!("{}", counted(findings.len())));
    out
}

/// `no findings`, `1 finding`, `3 findings`.
#[must_use]
pub fn counted(many: usize) -> String {
    match many {
        0 => "no findings".to_string(),
        1 => "1 finding".to_string(),
        many => format!("{many} findings"),
    }
}

fn say(out: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(out, "{line}").expect("a text takes whatever is written");
}
