//! What the engine may not use. The compiler's lints hold most of it, by the `clippy.toml` at the top; here is what they cannot
//! see: single-precision numbers, strangers' crates, and packages that step out from under the lints.

use super::code::{code_only, has_word};
use super::layers::Layer;
use super::metadata::Member;
use super::{Finding, Source};

/// Crates that the engine may not build on, and why.
const STRANGERS: &[(&str, &str)] = &[
    ("rand", "its values change between versions; base has streams of its own"),
    (
        "rand_distr",
        "it turns to the platform's mathematics as soon as any crate in the build asks for it; base has distributions",
    ),
    ("getrandom", "luck comes from the scenario's seed"),
    ("fastrand", "luck comes from the scenario's seed"),
    ("ahash", "its hashes differ between machines"),
    ("chrono", "time is an argument"),
    ("web-time", "time is an argument"),
    ("instant", "time is an argument"),
];

/// Engine packages that escape the bans, and single-precision numbers in them.
pub fn findings(sources: &[Source], members: &[Member]) -> Vec<Finding> {
    let engine = sources.iter().filter(|source| source.crate_name().and_then(Layer::of).is_some_and(Layer::is_engine));
    let found = engine.flat_map(|source| [single_precision(source), silenced(source), own_rules(source)].concat());
    found.chain(without_lints(sources, members)).collect()
}

/// `f32` has too few digits for a time in nanoseconds, and is widened on the way to the screen in a way that nobody sees.
fn single_precision(source: &Source) -> Vec<Finding> {
    if !source.is_rust() {
        return Vec::new();
    }
    let code = code_only(&source.text);
    let hits = code.lines().enumerate().filter(|(_, line)| has_word(line, "f32") || line.contains("_f32"));
    hits.map(|(at, _)| source.finding(at + 1, "f32 in the engine: use f64, or integers")).collect()
}

/// A ban that is lifted must say why.
fn silenced(source: &Source) -> Vec<Finding> {
    let code = code_only(&source.text);
    let lines: Vec<&str> = code.lines().collect();
    let is_silenced = |at: &usize| lines[*at].contains("clippy::disallowed_");
    let has_reason = |at: usize| lines[at..lines.len().min(at + 4)].iter().any(|line| has_word(line, "reason"));
    let bare = (0..lines.len()).filter(is_silenced).filter(|at| source.is_rust() && !has_reason(*at));
    bare.map(|at| source.finding(at + 1, "a ban is lifted without `reason = \"...\"`")).collect()
}

/// The nearest `clippy.toml` wins alone, so one in an engine package would lift every ban.
fn own_rules(source: &Source) -> Vec<Finding> {
    let is_rules = source.path.ends_with("/clippy.toml") || source.path.ends_with("/.clippy.toml");
    if is_rules {
        vec![source.finding(0, "the engine's packages follow the clippy.toml at the top")]
    } else {
        Vec::new()
    }
}

/// Every package takes the workspace's lints.
fn without_lints(sources: &[Source], members: &[Member]) -> Vec<Finding> {
    let manifest = |member: &Member| {
        let ending = member.folder.to_string_lossy().replace('\\', "/");
        sources.iter().find(|source| {
            source.path.strip_suffix("/Cargo.toml").is_some_and(|folder| ending.ends_with(&format!("/{folder}")))
        })
    };
    let takes_lints = |source: &&Source| {
        let (_, lints) = source.text.split_once("\n[lints]").unwrap_or_default();
        lints.lines().take_while(|line| !line.starts_with('[')).any(|line| line.replace(' ', "") == "workspace=true")
    };
    let without = members.iter().filter_map(manifest).filter(|source| !takes_lints(source));
    without
        .map(|source| source.finding(0, "it does not take the workspace's lints: [lints] workspace = true"))
        .collect()
}

/// Strangers among the crates, one a line, that the engine is built on.
pub fn strangers(tree: &str) -> Vec<Finding> {
    let name = |line: &str| line.split_whitespace().next().unwrap_or_default().to_owned();
    let mut names: Vec<String> = tree.lines().map(name).collect();
    names.sort();
    names.dedup();
    let stranger = |name: &String| {
        let (_, reason) = STRANGERS.iter().find(|(stranger, _)| stranger == name)?;
        let what = format!("the engine builds on {name}, but {reason}; who brings it: cargo tree -e normal -i {name}");
        Some(Finding { path: "Cargo.toml".to_owned(), line: 0, what })
    };
    names.iter().filter_map(stranger).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{lines, source};
    use super::*;
    use crate::host::Host;
    use std::process::Command;

    fn of_engine(text: &str) -> Vec<Finding> {
        findings(&[source("crates/sim/src/lib.rs", text)], &[])
    }

    #[test]
    fn single_precision_is_found_in_the_engine_only() {
        assert_eq!(lines(&of_engine("fn f() {}\nfn g(x: f32) {}\nlet y = 1_f32;")), [2, 3]);
        assert_eq!(of_engine("// f32 has too few digits\nlet x = \"f32\";"), []);
        assert_eq!(findings(&[source("web/src/app.rs", "fn g(x: f32) {}")], &[]), []);
    }

    #[test]
    fn a_ban_is_lifted_only_with_a_reason() {
        assert_eq!(lines(&of_engine("#[allow(clippy::disallowed_types)]\nfn f() {}")), [1]);
        assert_eq!(of_engine("#[expect(clippy::disallowed_types, reason = \"never iterated\")]\nfn f() {}"), []);
        assert_eq!(
            of_engine("#[expect(\n    clippy::disallowed_types,\n    reason = \"never iterated\"\n)]\nfn f() {}"),
            []
        );
    }

    #[test]
    fn an_engine_package_has_no_rules_of_its_own() {
        assert_eq!(findings(&[source("crates/sim/clippy.toml", "")], &[]).len(), 1);
        assert_eq!(findings(&[source("crates/xtask/clippy.toml", ""), source("clippy.toml", "")], &[]), []);
    }

    #[test]
    fn a_package_that_does_not_take_the_lints_is_found() {
        let member = Member { name: "sim".to_owned(), folder: "/r/crates/sim".into(), uses: vec![], tests_use: vec![] };
        let found = |manifest: &str| {
            findings(&[source("crates/sim/Cargo.toml", manifest)], std::slice::from_ref(&member)).len()
        };
        assert_eq!(found("[package]\nname = \"sim\"\n\n[lints]\nworkspace = true\n"), 0);
        assert_eq!(found("[package]\nname = \"sim\"\n\n[lints]\n[dependencies]\nworkspace = true\n"), 1);
        assert_eq!(found("[package]\nname = \"sim\"\n"), 1);
    }

    #[test]
    fn strangers_are_found_however_deep_they_are() {
        assert_eq!(strangers("base v0.1.0 (/r)\nlibm v0.2.16\nrand_core v0.9.3\n"), []);
        let found = strangers("base v0.1.0\nrand v0.9.2\nrand v0.9.2 (*)\ngetrandom v0.3.1\n");
        assert_eq!(found.len(), 2, "{found:?}");
    }

    /// The bans stand in a file of another program. Whether that program knows them is seen only by showing it bad code.
    #[test]
    fn clippy_refuses_what_differs_between_machines() {
        let host = Host::this();
        let folder = std::env::temp_dir().join(format!("xtask-bans-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let refused = |body: &str| {
            let file = folder.join("bad.rs");
            std::fs::write(&file, format!("pub fn f(x: f64, y: f64) -> f64 {{\n    {body}\n}}\n"))
                .expect("a temporary file");
            let mut clippy: Command = host.native("clippy-driver");
            clippy
                .args(["--crate-type", "lib", "--edition", "2024", "--emit", "metadata", "-o"])
                .arg(folder.join("bad.rmeta"));
            clippy.args(["-Dclippy::disallowed_methods", "-Dclippy::disallowed_types"]).arg(&file);
            // It takes its rules from the folder of the package that it believes to check.
            let output = clippy.env("CLIPPY_CONF_DIR", &host.root).output().expect("clippy runs");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!said.contains("does not refer to"), "a ban names what is not there: {said}");
            said.contains("use of a disallowed")
        };
        assert!(!refused("x + y.sqrt().floor() % 2.0"), "what is the same everywhere is allowed");
        let of_one =
            "acos acosh asin asinh atan atanh cbrt cos cosh exp exp2 exp_m1 ln ln_1p log10 log2 sin sinh tan tanh";
        let of_two = "atan2 hypot log powf max min";
        let one = of_one.split(' ').map(|name| format!("x.{name}() + y"));
        let two = of_two.split(' ').map(|name| format!("x.{name}(y)"));
        let others = ["x.powi(3) + y", "x.sin_cos().0 + y", "x.mul_add(y, x)"].map(str::to_owned);
        for body in one.chain(two).chain(others) {
            assert!(refused(&body), "{body}");
        }
        for body in [
            "x + y + std::collections::HashMap::from([(1, 2)]).len() as f64",
            "x + y + std::collections::HashSet::from([1]).len() as f64",
            "x + y + std::time::Instant::now().elapsed().as_secs_f64()",
            "x + y + f64::from(u8::from(std::time::SystemTime::now() > std::time::SystemTime::UNIX_EPOCH))",
            "{ use std::hash::Hasher; x + y + std::hash::DefaultHasher::new().finish() as f64 }",
        ] {
            assert!(refused(body), "{body}");
        }
        std::fs::remove_dir_all(&folder).expect("it can go again");
    }
}
