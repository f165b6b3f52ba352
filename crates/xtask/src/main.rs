//! The build. `cargo xtask play` and `cargo xtask test` do all of their own set-up, say what they do and how long each step took,
//! skip what is done, and explain a failure with the next thing to try.

mod bench;
mod budget;
mod child;
mod conformance;
mod docs;
mod host;
mod library;
mod page;
mod play;
mod policy;
mod setup;
mod sources;
mod test;
mod tidy;
mod trouble;
mod under_node;

use host::Host;
use std::process::ExitCode;
use trouble::{Done, Trouble};
use xtask::serve;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(true) => ExitCode::SUCCESS,
        // What is not well has been said already, and the last line is for whoever reads logs.
        Ok(false) => ExitCode::FAILURE,
        Err(trouble) => {
            eprintln!("\nfailed: {trouble}");
            ExitCode::FAILURE
        }
    }
}

/// Carries out a command. Tells whether all is well, where that is what the command is to find out.
fn run(words: &[String]) -> Done<bool> {
    let host = Host::this();
    let (command, rest) = words.split_first().map_or(("help", &[][..]), |(command, rest)| (command.as_str(), rest));
    match command {
        "play" => play::run(&host, rest).map(|()| true),
        "test" => test::run(&host, rest),
        "bench" => bench::run(&host, rest).map(|()| true),
        "conformance" => conformance::run(&host, rest),
        "docs" => docs::run(&host).map(|()| true),
        "library" => library::run(&host, rest),
        "tidy" => tidy::run(&host).map(|()| true),
        "setup" => {
            setup::ensure(&host, setup::PAGE)?;
            setup::ensure(&host, setup::TESTS)?;
            Ok(true)
        }
        "help" | "--help" | "-h" => {
            println!("{}", usage());
            Ok(true)
        }
        _ => Err(Trouble::new(format!("there is no command {command:?}"), usage())),
    }
}

fn usage() -> String {
    let rows = [
        (play::USAGE, "build the page, serve it on this machine, open it"),
        (test::USAGE, "run everything that must hold before a change lands"),
        (
            bench::USAGE,
            "measure the engine beside tight loops and SimPy, the mechanisms beside other crates, and print the ratios",
        ),
        (conformance::USAGE, "ask the conformance program, natively and as WASM, and compare the answers"),
        (library::USAGE, "run every row of the library, natively and as WASM: what it costs, proves and settles"),
        (docs::USAGE, "write the reference of the kinds of boxes from the catalog"),
        ("tidy", "check what the code keeps to beyond what the compiler checks"),
        ("setup", "get every tool that the others need"),
    ];
    let rows = rows.map(|(usage, about)| format!("cargo xtask {usage}\n    {about}"));
    format!("the build of Faultline:\n{}", rows.join("\n"))
}
