//! The weight of a first visit: everything that is loaded before a person can play, as it travels, compressed.

use crate::sources::files;
use crate::trouble::{Advise, Done, Trouble};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

/// What all of it together should weigh.
const FIRST_VISIT_BYTES_GOAL: u64 = 300_000;

/// What it may weigh until then. The page misses its goal: Yew makes the life cycle anew for every type of component, which is a
/// third of the page's code, and the first engine carries the texts of every kind of box besides the members of those that most
/// designs are made of. This holds it from growing unseen: it is lowered with every step towards the goal, and raised only together
/// with what the page learns.
const FIRST_VISIT_BYTES_MAX: u64 = 1_115_000;

/// The script that other people's pages load.
const EMBED: &str = "embed.js";
/// The engine with every kind of box, which is loaded when a design has one that the first engine lacks.
const WHOLE: &str = "whole_bg.wasm";

/// Files with a limit of their own, and what to think of when they exceed it. The engine's is raised only together with what boxes learn.
const LIMITS: &[(&str, u64, &str)] = &[
    (EMBED, 4_096, "pages of other people load it before anything is seen: what can move into the figure?"),
    (WHOLE, 1_400_000, "what came in with the last kinds of box? see also `twiggy top` on the WASM module"),
];

/// What is loaded when somebody asks for it, and so is not part of a first visit: folder, and the file in it that is one.
const LATER: &[(&str, &str)] = &[("scenarios/", "scenarios/index.json"), (EMBED, ""), ("post.", ""), ("whole", "")];

/// One file of the built page.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Weight {
    name: String,
    bytes: u64,
    gzip_bytes: u64,
    is_first: bool,
}

/// Weighs the page at `dist`. Gives back the table and a summary; too heavy a page is a failure.
pub fn weigh(dist: &Path) -> Done<(String, String)> {
    let advice = "build the page first: cargo xtask test page";
    let mut weights = Vec::new();
    for file in files(dist, &|_| true).advise(dist.display(), advice)? {
        let bytes = std::fs::read(&file).advise(file.display(), advice)?;
        let name = file.strip_prefix(dist).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        weights.push(Weight {
            bytes: bytes.len() as u64,
            gzip_bytes: gzip_bytes(&bytes).advise(file.display(), advice)?,
            is_first: is_first(&name),
            name,
        });
    }
    if !weights.iter().any(|weight| weight.name == "index.html") {
        return Err(Trouble::new(format!("there is no page in {}", dist.display()), advice));
    }
    weights.sort_by_key(|weight| (!weight.is_first, std::cmp::Reverse(weight.gzip_bytes)));
    judge(&weights)
}

fn judge(weights: &[Weight]) -> Done<(String, String)> {
    for (name, most, advice) in LIMITS {
        if let Some(file) = weights.iter().find(|weight| weight.name == *name && weight.gzip_bytes > *most) {
            let (has, most) = (grouped(file.gzip_bytes), grouped(*most));
            return Err(Trouble::new(format!("{name} is too heavy: {has} of {most} bytes, gzip"), *advice));
        }
    }
    let total: u64 = weights.iter().filter(|weight| weight.is_first).map(|weight| weight.gzip_bytes).sum();
    let goal = if total > FIRST_VISIT_BYTES_GOAL { ", MISSES its goal of " } else { ", within its goal of " };
    let most = grouped(FIRST_VISIT_BYTES_MAX);
    let summary = format!("{} of {most} bytes, gzip{goal}{}", grouped(total), grouped(FIRST_VISIT_BYTES_GOAL));
    let table = table(weights, total);
    if total <= FIRST_VISIT_BYTES_MAX {
        return Ok((table, summary));
    }
    let advice = "the largest rows first: a dependency too many? see also `twiggy top` on the WASM modules";
    Err(Trouble::new(format!("the first visit is too heavy: {summary}\n{table}"), advice))
}

fn table(weights: &[Weight], total: u64) -> String {
    let mut table = format!("        {:>9} {:>9}\n", "bytes", "gzip");
    for weight in weights {
        let later = if weight.is_first { "" } else { "  (when asked for)" };
        // Writing to a text cannot fail.
        let _ = writeln!(
            table,
            "        {:>9} {:>9}  {}{later}",
            grouped(weight.bytes),
            grouped(weight.gzip_bytes),
            weight.name
        );
    }
    let _ = write!(table, "        {:>9} {:>9}  first visit", "", grouped(total));
    table
}

fn is_first(name: &str) -> bool {
    !LATER.iter().any(|(folder, first)| name.starts_with(folder) && name != *first)
}

/// At the level that static hosts use.
fn gzip_bytes(bytes: &[u8]) -> std::io::Result<u64> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len() as u64)
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(name: &str, gzip_bytes: u64) -> Weight {
        Weight { name: name.to_owned(), bytes: gzip_bytes * 3, gzip_bytes, is_first: is_first(name) }
    }

    #[test]
    fn a_page_is_too_heavy_from_one_byte_over_the_limit() {
        let half = FIRST_VISIT_BYTES_MAX / 2;
        assert!(judge(&[weight("index.html", half), weight("app.wasm", half)]).is_ok());
        let trouble = judge(&[weight("index.html", half), weight("app.wasm", half + 1)]).expect_err("one byte over");
        let (over, most) = (grouped(FIRST_VISIT_BYTES_MAX + 1), grouped(FIRST_VISIT_BYTES_MAX));
        assert!(trouble.what.contains(&format!("{over} of {most}")), "{}", trouble.what);
    }

    #[test]
    fn some_files_have_a_limit_of_their_own() {
        for (name, most, _) in LIMITS {
            let page = |bytes| judge(&[weight("index.html", 1), weight(name, bytes)]);
            assert!(page(*most).is_ok());
            let over = format!("{} of {} bytes", grouped(most + 1), grouped(*most));
            assert!(page(most + 1).expect_err("one byte over").what.contains(&over));
        }
    }

    #[test]
    fn a_page_over_its_goal_says_so() {
        let said = |bytes| judge(&[weight("index.html", bytes)]).expect("it is below the limit").1;
        assert!(said(FIRST_VISIT_BYTES_GOAL).contains("within its goal of 300,000"));
        assert!(said(FIRST_VISIT_BYTES_GOAL + 1).contains("MISSES its goal of 300,000"));
    }

    #[test]
    fn scenarios_are_loaded_later_but_their_index_is_not() {
        assert!(is_first("scenarios/index.json") && is_first("worker_bg.wasm") && is_first("scenarios.css"));
        assert!(!is_first("scenarios/newsfeed.json") && !is_first(WHOLE) && !is_first("whole.js"));
        assert!(judge(&[weight("index.html", 1), weight("scenarios/a.json", FIRST_VISIT_BYTES_MAX)]).is_ok());
    }

    #[test]
    fn a_folder_without_a_page_is_a_failure() {
        assert!(weigh(Path::new("/no/such/folder")).expect_err("there is none").what.contains("no page"));
    }

    #[test]
    fn compression_is_measured_and_numbers_are_readable() {
        let repeated = gzip_bytes("a".repeat(100_000).as_bytes()).expect("memory is written");
        assert!(repeated < 1_000, "{repeated}");
        assert_eq!([grouped(7), grouped(1_000), grouped(1_234_567)], ["7", "1,000", "1,234,567"]);
    }
}
