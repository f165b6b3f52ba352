//! Files and the lists that name them: where there is a file, there is a line.
//!
//! A new mechanism, box or scenario is one file and one line. A file without its line compiles, passes every test and does
//! nothing, which is why it is looked for here.

use super::code::{code_only, has_word};
use super::layers::Layer;
use super::metadata::Member;
use super::{Finding, Source};

/// The documents that every visitor looks for.
const DOCUMENTS: &[&str] = &["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];
/// The library: one file a scenario, and the list of them.
const SCENARIOS: &str = "static/scenarios/";
const LIBRARY: &str = "static/scenarios/index.json";

/// Files without their lines.
pub fn findings(sources: &[Source], members: &[Member]) -> Vec<Finding> {
    let checks = [undeclared, unlisted, unindexed, undriven, undocumented];
    checks.iter().flat_map(|check| check(sources)).chain(unhurried(sources, members)).collect()
}

/// Rust files that no `mod` names: they are never compiled. A list that is a macro may stand for the `mod`s: it makes one of
/// each line's first word.
fn undeclared(sources: &[Source]) -> Vec<Finding> {
    let is_named = |parent: &Source, stem: &str| {
        let code = code_only(&parent.text);
        let is_listed = |line: &str| line.split_whitespace().next() == Some(stem);
        let is_list = code.contains("mod $");
        code.lines().any(|line| has_word(line, "mod") && has_word(line, stem) || is_list && is_listed(line))
    };
    let declared = |parent: &str, stem: &str| {
        sources.iter().filter(|source| source.path == parent).any(|source| is_named(source, stem))
    };
    let is_module =
        |source: &&Source| source.is_rust() && source.path.contains("/src/") && !source.path.contains("/src/bin/");
    let orphans = sources.iter().filter(is_module).filter(|source| {
        let (folder, stem) = place(&source.path);
        if folder.ends_with("/src") && matches!(stem, "lib" | "main") {
            return false;
        }
        // A folder's own module is named where the folder is.
        let (folder, stem) = if stem == "mod" { place(folder) } else { (folder, stem) };
        let parents = [
            format!("{folder}/lib.rs"),
            format!("{folder}/main.rs"),
            format!("{folder}/mod.rs"),
            format!("{folder}.rs"),
        ];
        !parents.iter().any(|parent| declared(parent, stem))
    });
    let orphans = orphans.chain(sources.iter().filter(|source| is_untold_test(sources, source)));
    orphans.map(|source| source.finding(0, "no `mod` names this file, so it is never compiled")).collect()
}

/// Whether a file of tests, in a package whose tests are one program, is neither named by that program nor a program of its own.
fn is_untold_test(sources: &[Source], source: &Source) -> bool {
    let (folder, stem) = place(&source.path);
    let Some(package) = folder.strip_suffix("/tests").filter(|_| source.is_rust() && stem != "all") else {
        return false;
    };
    let find = |path: String| sources.iter().find(|source| source.path == path);
    let Some(all) = find(format!("{folder}/all.rs")) else { return false };
    let is_alone = || {
        find(format!("{package}/Cargo.toml"))
            .is_some_and(|manifest| manifest.text.contains(&format!("name = \"{stem}\"")))
    };
    !code_only(&all.text).lines().any(|line| has_word(line, "mod") && has_word(line, stem)) && !is_alone()
}

/// Algorithms that are missing from their family's list: types that keep the family's contract, a trait in the family's
/// `lib.rs`, and do not stand in the `family! { ... }` there.
fn unlisted(sources: &[Source]) -> Vec<Finding> {
    let is_family = |source: &&Source| source.path.starts_with("crates/") && source.path.ends_with("/src/lib.rs");
    let mut findings = Vec::new();
    for family in sources.iter().filter(is_family) {
        let code = code_only(&family.text);
        let Some((_, list)) = code.split_once("\nfamily! {") else { continue };
        let list = list.split("\n}").next().unwrap_or_default();
        let (folder, _) = place(&family.path);
        let siblings =
            |source: &&Source| source.is_rust() && place(&source.path).0 == folder && source.path != family.path;
        for source in sources.iter().filter(siblings) {
            let missing = algorithms(&source.text, &code).into_iter().filter(|name| !has_word(list, name));
            let what = |name| format!("{name} is missing from the list, family! in {}", family.path);
            findings.extend(missing.map(|name| source.finding(0, what(name))));
        }
    }
    findings
}

/// The types in `text` that implement a public trait of `family`. What only tests need is no algorithm.
fn algorithms(text: &str, family: &str) -> Vec<String> {
    let identifier = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let contracts: Vec<String> = family.split("pub trait ").skip(1).map(identifier).collect();
    let code = code_only(text);
    let code = code.split("#[cfg(test)]").next().unwrap_or_default();
    let implementations =
        code.lines().filter(|line| line.starts_with("impl")).filter_map(|line| line.split_once(" for "));
    let of_family = implementations.filter(|(contract, _)| contracts.iter().any(|name| has_word(contract, name)));
    of_family.map(|(_, name)| identifier(name)).collect()
}

/// Packages of the engine that the worker's profile does not name, and so builds small instead of fast.
fn unhurried(sources: &[Source], members: &[Member]) -> Vec<Finding> {
    let Some(manifest) = sources.iter().find(|source| source.path == "Cargo.toml") else { return Vec::new() };
    let (_, profile) = manifest.text.split_once("[profile.worker.package]").unwrap_or_default();
    let profile = profile.split("\n[").next().unwrap_or_default();
    // Reading what is saved happens once, at the start.
    let is_hot =
        |member: &&Member| Layer::of(&member.name).is_some_and(|layer| layer.is_engine() && layer != Layer::Language);
    let slow = members.iter().filter(is_hot).filter(|member| {
        let name = format!("{}.opt-level", member.name);
        !profile.lines().any(|line| line.split('=').next().is_some_and(|key| key.trim() == name))
    });
    let what = |name: &str| {
        format!("[profile.worker.package] has no line `{name}.opt-level = 3`: the page would run it slowly")
    };
    slow.map(|member| manifest.finding(0, what(&member.name))).collect()
}

/// Scenarios that the library does not name, and names without a scenario.
fn unindexed(sources: &[Source]) -> Vec<Finding> {
    let is_scenario = |source: &&Source| source.path.starts_with(SCENARIOS) && source.path.ends_with(".json");
    let scenarios: Vec<&Source> = sources.iter().filter(is_scenario).filter(|source| source.path != LIBRARY).collect();
    let index = sources.iter().find(|source| source.path == LIBRARY).map_or("", |source| &source.text);
    let missing = scenarios.iter().filter(|source| !index.contains(&format!("\"{}\"", place(&source.path).1)));
    missing.map(|source| source.finding(0, format!("the library, {LIBRARY}, does not name it"))).collect()
}

/// Packages with tests for a browser that do not say how to start one.
fn undriven(sources: &[Source]) -> Vec<Finding> {
    let configure = concat!("wasm_bindgen_test_", "configure!");
    let needs_browser = |source: &&Source| source.is_rust() && code_only(&source.text).contains(configure);
    let without = sources.iter().filter(needs_browser).filter(|source| {
        let package = source.path.split("/src/").next().unwrap_or_default().split("/tests/").next().unwrap_or_default();
        !sources.iter().any(|other| other.path == format!("{package}/webdriver.json"))
    });
    without
        .map(|source| source.finding(0, "it has tests for a browser, and its package has no webdriver.json"))
        .collect()
}

/// Documents that are not there, or are empty.
fn undocumented(sources: &[Source]) -> Vec<Finding> {
    let is_there = |name: &str| sources.iter().any(|source| source.path == name && !source.text.trim().is_empty());
    let missing = DOCUMENTS.iter().filter(|name| !is_there(name));
    missing
        .map(|name| Finding { path: (*name).to_owned(), line: 0, what: "there is no such document".to_owned() })
        .collect()
}

/// A path's folder, and its file's name without its ending.
fn place(path: &str) -> (&str, &str) {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    (folder, name.rsplit_once('.').map_or(name, |(stem, _)| stem))
}

#[cfg(test)]
mod tests {
    use super::super::tests::source;
    use super::*;

    #[test]
    fn a_module_that_nobody_names_is_found() {
        let files = |lib: &str| {
            [source("crates/a/src/lib.rs", lib), source("crates/a/src/b.rs", ""), source("crates/a/src/b/c.rs", "")]
        };
        assert_eq!(undeclared(&files("pub mod b;")).len(), 1, "b does not name c");
        assert_eq!(undeclared(&files("// mod b;")).len(), 2);
        let whole = [
            source("crates/a/src/lib.rs", "mod b;"),
            source("crates/a/src/b.rs", "mod c;"),
            source("crates/a/src/b/c.rs", ""),
        ];
        assert_eq!(undeclared(&whole), []);
        let folder = [
            source("crates/a/src/main.rs", "mod b;"),
            source("crates/a/src/b/mod.rs", "mod c;"),
            source("crates/a/src/b/c.rs", ""),
        ];
        assert_eq!(undeclared(&folder), []);
        let list = |lines: &str| {
            let kinds = format!(
                "macro_rules! kinds {{\n ($($file:ident)+) => {{ $(mod $file;)+ }};\n}}\nkinds! {{\n{lines}\n}}"
            );
            [source("crates/a/src/lib.rs", &kinds), source("crates/a/src/b.rs", "")]
        };
        assert_eq!(undeclared(&list("    b Box;")), []);
        assert_eq!(undeclared(&list("    c Box;\n    // b Box;")).len(), 1);
    }

    #[test]
    fn a_test_that_the_one_program_of_its_package_does_not_name_is_found() {
        let files = |all: &str, manifest: &str| {
            let b = source("crates/a/tests/b.rs", "");
            [source("crates/a/tests/all.rs", all), b, source("crates/a/Cargo.toml", manifest)]
        };
        assert_eq!(undeclared(&files("mod b;", "")), []);
        assert_eq!(undeclared(&files("mod c;", "")).len(), 1);
        assert_eq!(undeclared(&files("mod c;", "[[test]]\nname = \"b\"\n")), []);
        assert_eq!(undeclared(&[source("crates/a/tests/b.rs", "")]), [], "each file is a program of its own");
    }

    #[test]
    fn an_algorithm_that_its_family_does_not_list_is_found() {
        let with = |list: &str, file: &str| {
            let lib = format!("pub trait Limit {{}}\npub trait Other {{}}\nfamily! {{\n    {list}, \"name\";\n}}\n");
            unlisted(&[source("crates/limits/src/lib.rs", &lib), source("crates/limits/src/bucket.rs", file)]).len()
        };
        assert_eq!(with("FixedWindow", "pub struct A;\nimpl Limit for TokenBucket {}"), 1);
        assert_eq!(with("TokenBucket", "impl Limit for TokenBucket {}"), 0);
        assert_eq!(with("TokenBucketConfig", "impl<T> Limit for TokenBucket<T> {}"), 1);
        assert_eq!(with("A", "impl Limit for A {}\nimpl Limit for B {}\nimpl Debug for C {}"), 1);
        assert_eq!(with("A", "impl Debug for B {}\n#[cfg(test)]\nmod tests {\nimpl Limit for B {}\n}"), 0);
    }

    #[test]
    fn a_scenario_that_the_library_does_not_name_is_found() {
        let library = |index: &str| [source(LIBRARY, index), source("static/scenarios/newsfeed.json", "{}")];
        assert_eq!(unindexed(&library(r#"["newsfeed"]"#)), []);
        assert_eq!(unindexed(&library(r#"["newsfeed-2"]"#)).len(), 1);
        assert_eq!(unindexed(&library("")[1..]).len(), 1, "no library at all");
        assert_eq!(unindexed(&[]), []);
    }

    #[test]
    fn browser_tests_without_a_browser_are_found() {
        let configure = concat!("wasm_bindgen_test_", "configure!(run_in_browser);");
        let tests = source("crates/session/tests/wasm.rs", configure);
        assert_eq!(undriven(std::slice::from_ref(&tests)).len(), 1);
        assert_eq!(undriven(&[tests, source("crates/session/webdriver.json", "{}")]), []);
    }

    #[test]
    fn an_engine_package_that_the_page_would_run_slowly_is_found() {
        let member =
            |name: &str| Member { name: name.to_owned(), folder: name.into(), uses: vec![], tests_use: vec![] };
        let found = |lines: &str, name: &str| {
            let manifest =
                source("Cargo.toml", &format!("[profile.worker.package]\n{lines}\n[other]\nsim.opt-level = 3\n"));
            unhurried(&[manifest], &[member(name)]).len()
        };
        assert_eq!(found("trace.opt-level = 3\nsim.opt-level = 3", "sim"), 0);
        assert_eq!(found("trace.opt-level = 3", "sim"), 1);
        assert_eq!(found("# sim.opt-level = 3", "sim"), 1);
        assert_eq!(found("", "cli") + found("", "scenario"), 0);
    }

    #[test]
    fn a_missing_or_empty_document_is_found() {
        let all: Vec<Source> = DOCUMENTS.iter().map(|name| source(name, "words")).collect();
        assert_eq!(undocumented(&all), []);
        assert_eq!(undocumented(&all[1..]).len(), 1);
        assert_eq!(undocumented(&[]).len(), DOCUMENTS.len());
        let empty: Vec<Source> = DOCUMENTS.iter().map(|name| source(name, "\n")).collect();
        assert_eq!(undocumented(&empty).len(), DOCUMENTS.len());
    }

    #[test]
    fn a_path_has_a_folder_and_a_stem() {
        assert_eq!(place("crates/a/src/lib.rs"), ("crates/a/src", "lib"));
    }
}
