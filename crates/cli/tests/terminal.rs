//! What the terminal says, word for word: each `.txt` in `terminal/` is a conversation, run beside the files it speaks of.
//!
//! ```text
//! $ faultline link decode nonsense       a command; `< file` gives it a file to read
//! | what it printed
//! ! what it said on the side, on the standard error
//! = 2                                    its exit status, when that is not 0
//! ```
//!
//! Other lines are remarks. `FAULTLINE_BLESS=1 cargo test -p cli` writes the answers anew; read the difference before keeping it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/terminal")
}

fn faultline(words: &[&str], input: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_faultline"));
    command.current_dir(folder()).args(words);
    match input {
        Some(file) => command.stdin(File::open(folder().join(file)).unwrap_or_else(|why| panic!("{file}: {why}"))),
        None => command.stdin(Stdio::null()),
    };
    command.output().expect("the terminal's program starts")
}

fn ask(line: &str) -> Output {
    let (line, input) = line.split_once(" < ").map_or((line, None), |(line, input)| (line, Some(input)));
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words.first(), Some(&"faultline"), "{line}");
    faultline(&words[1..], input)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the terminal speaks UTF-8")
}

fn quoted(mark: char, said: &[u8], out: &mut String) {
    for line in text(said).lines() {
        out.push_str(format!("{mark} {line}").trim_end());
        out.push('\n');
    }
}

/// The conversation with its questions and remarks as they are, and the answers that are given today.
fn answered(conversation: &str) -> String {
    let mut out = String::new();
    for line in conversation.lines() {
        let is_answer = ["| ", "! ", "= "].iter().any(|mark| format!("{line} ").starts_with(mark));
        if is_answer {
            continue;
        }
        out.push_str(line);
        out.push('\n');
        if let Some(command) = line.strip_prefix("$ ") {
            let output = ask(command);
            quoted('|', &output.stdout, &mut out);
            quoted('!', &output.stderr, &mut out);
            if output.status.code() != Some(0) {
                out.push_str(&format!(
                    "= {}\n",
                    output.status.code().map_or("killed".to_string(), |code| code.to_string())
                ));
            }
        }
    }
    out
}

#[test]
fn conversations_go_word_for_word() {
    let files = fs::read_dir(folder()).expect("there is a folder of conversations");
    let mut files: Vec<PathBuf> = files.filter_map(|file| Some(file.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|kind| kind == "txt"));
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let conversation = fs::read_to_string(&file).expect("a conversation can be read");
        let today = answered(&conversation);
        if std::env::var_os("FAULTLINE_BLESS").is_some() {
            fs::write(&file, today).expect("a conversation can be written");
        } else {
            assert_eq!(today, conversation, "{}; if it should: FAULTLINE_BLESS=1 cargo test -p cli", file.display());
        }
    }
}

#[test]
fn file_link_and_slug_make_the_same_run() {
    let digest = |design: &str| {
        let output = faultline(&["run", design, "--until", "2s", "--json"], None);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
        (report["digest"].as_str().expect("a digest").to_string(), report)
    };
    for (slug, text_of) in cli::library::SCENARIOS {
        let link = text(&faultline(&["link", "encode", slug], None).stdout);
        let file = std::env::temp_dir().join(format!("faultline-{}-{slug}.json", std::process::id()));
        fs::write(&file, text_of).expect("a file for a moment");
        let by_slug = digest(slug);
        assert_eq!(by_slug.0.len(), 16, "{slug}");
        assert_eq!(digest(link.trim()), by_slug, "{slug}: its link");
        assert_eq!(
            digest(&format!("https://example.org/play/{}&x=1", link.trim())),
            by_slug,
            "{slug}: a whole address"
        );
        assert_eq!(digest(&file.to_string_lossy()), by_slug, "{slug}: its file");
        let decoded = faultline(&["link", "decode", link.trim()], None);
        assert_eq!(text(&decoded.stdout), *text_of, "{slug}: the file in its link");
        fs::remove_file(file).expect("it can go again");
    }
}

#[test]
fn another_seed_makes_another_run_and_the_same_seed_the_same() {
    let run = |seed: &str| faultline(&["run", "newsfeed", "--until", "500ms", "--seed", seed], None).stdout;
    assert_eq!(run("7"), run("7"));
    assert_ne!(run("7"), run("8"));
    assert_eq!(run("42"), faultline(&["run", "newsfeed", "--until", "500ms"], None).stdout);
}

#[test]
fn a_command_that_is_mistyped_is_refused_with_status_2() {
    let cases: [&[&str]; 6] = [
        &[],
        &["jump"],
        &["run"],
        &["run", "newsfeed", "--seed", "-1"],
        &["run", "newsfeed", "--until", "3 parsecs"],
        &["link", "explain"],
    ];
    for words in cases {
        let output = faultline(words, None);
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{words:?}");
    }
    let said = text(&faultline(&["run", "newsfeed", "--until", "3 parsecs"], None).stderr);
    assert!(said.contains("`3 parsecs` is not a length of time"), "{said}");
}

/// Every key that the program prints is explained beside it.
#[test]
fn the_readme_explains_every_key_of_the_json() {
    let output = faultline(&["run", "broken.json", "--json"], None);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("there is a README");
    let mut keys = Vec::new();
    collect(&report, &mut keys);
    assert!(keys.len() > 30, "{keys:?}");
    for key in keys {
        assert!(readme.contains(&format!("`{key}`")), "README.md does not explain `{key}`");
    }
}

/// All keys but the names of gauges, which belong to the kinds of box.
fn collect(value: &serde_json::Value, keys: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(entries) => {
            for (key, value) in entries {
                if !keys.contains(key) {
                    keys.push(key.clone());
                }
                if key != "gauges" {
                    collect(value, keys);
                }
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, keys)),
        _ => {}
    }
}
