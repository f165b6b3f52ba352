//! `static/reference/`: what the catalog says of each kind, for people who read.

use crate::{hold, is_blessing, repository};
use cli::reference;
use std::collections::BTreeSet;

#[test]
fn the_reference_says_what_the_catalog_says() {
    for page in reference::pages() {
        hold(&format!("static/reference/{}", page.path), &page.text);
    }
}

#[test]
fn the_reference_has_no_page_of_a_kind_that_is_gone() {
    let wanted: BTreeSet<String> = reference::pages().into_iter().map(|page| page.path).collect();
    let files = std::fs::read_dir(repository("static/reference")).expect("the reference is there");
    let found: BTreeSet<String> = files.filter_map(|file| file.ok()?.file_name().into_string().ok()).collect();
    assert!(is_blessing() || found == wanted, "{:?}", found.symmetric_difference(&wanted).collect::<Vec<_>>());
}

/// No cell of the table of kinds is empty without a reason.
#[test]
fn every_kind_has_its_row_and_no_cell_is_empty() {
    let pages = reference::pages();
    let rows: Vec<&str> = pages[0].text.lines().filter(|line| line.starts_with("| [")).collect();
    assert_eq!(rows.len(), crate::schema().kinds.len());
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        assert!(cells.len() == 5 && cells.iter().all(|cell| !cell.is_empty()), "{row}");
    }
}
