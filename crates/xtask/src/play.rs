//! `cargo xtask play`: from a clone to a running page.

use crate::child::seconds;
use crate::host::Host;
use crate::serve::Site;
use crate::trouble::{Advise, Done, Trouble};
use crate::{page, setup};
use std::env;
use std::process::{Command, Stdio};
use std::time::Instant;

/// What may be said after `play`.
#[derive(Debug, PartialEq, Eq)]
struct Wish {
    port: u16,
    base: String,
    opens_browser: bool,
    serves: bool,
}

/// How it is used.
pub const USAGE: &str = "play [--port N] [--base PATH] [--no-open] [--build-only]";

/// Sets up, builds, serves.
pub fn run(host: &Host, words: &[String]) -> Done {
    let wish = Wish::parse(words)?;
    let start = Instant::now();
    println!("set-up");
    setup::ensure(host, setup::PAGE)?;
    println!("page");
    println!("  build  (the first time takes some minutes)");
    let built = Instant::now();
    let outcome = page::build(host)?;
    println!("  done   {outcome}, in {}", seconds(built.elapsed()));
    if !wish.serves {
        println!("the page is in {}", page::dist(host).display());
        return Ok(());
    }
    let site = Site::new(page::dist(host), &wish.base);
    let (listener, address) = Site::listen(wish.port).advise("no port to serve on", "name a free one: --port N")?;
    let url = format!("http://{address}{}", site.base());
    println!("\nFaultline is at {url}  (after {}; Ctrl-C stops it)", seconds(start.elapsed()));
    if wish.opens_browser {
        open(&url);
    }
    site.serve(&listener);
    Ok(())
}

impl Wish {
    fn parse(words: &[String]) -> Done<Self> {
        let mut wish = Self { port: 8080, base: "/".to_owned(), opens_browser: true, serves: true };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| Trouble::new(format!("{word} wants a value"), USAGE));
            match word.as_str() {
                "--port" => wish.port = value()?.parse().advise("--port", "a number from 1 to 65535")?,
                "--base" => value()?.clone_into(&mut wish.base),
                "--no-open" => wish.opens_browser = false,
                "--build-only" => wish.serves = false,
                _ => return Err(Trouble::new(format!("play does not know {word:?}"), USAGE)),
            }
        }
        Ok(wish)
    }
}

/// Opens the person's browser where there is a screen. That it does not open is no failure: the address is on the screen.
fn open(url: &str) {
    let has_screen =
        cfg!(target_os = "macos") || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| env::var_os(name).is_some());
    if has_screen && env::var_os("CI").is_none() {
        let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
        let _ = Command::new(opener).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> Done<Wish> {
        Wish::parse(&words.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn wishes_are_understood() {
        let wish = parse("--port 9000 --base /sub --no-open").expect("all of it is known");
        assert_eq!(wish, Wish { port: 9000, base: "/sub".to_owned(), opens_browser: false, serves: true });
    }

    #[test]
    fn wishes_that_make_no_sense_are_refused() {
        for words in ["--port", "--port x", "--port 70000", "--fast", "now"] {
            assert!(parse(words).is_err(), "{words}");
        }
    }
}
