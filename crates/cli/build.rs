//! Makes a list of the scenarios in the library, so that one becomes part of the program by lying in its folder.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/scenarios");
    let folder = folder.canonicalize().expect("static/scenarios is part of the repository");
    println!("cargo::rerun-if-changed={}", folder.display());
    let files = fs::read_dir(&folder).expect("static/scenarios can be read");
    let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
    let mut slugs: Vec<String> = names.filter_map(|name| Some(name.strip_suffix(".json")?.to_owned())).collect();
    slugs.retain(|slug| slug != "index");
    slugs.sort();
    let mut list = String::from("&[\n");
    for slug in slugs {
        let file = folder.join(format!("{slug}.json"));
        writeln!(list, "    ({slug:?}, include_str!({file:?})),").expect("a text takes whatever is written");
    }
    list.push_str("]\n");
    let made = Path::new(&env::var("OUT_DIR").expect("cargo says where")).join("scenarios.rs");
    fs::write(made, list).expect("cargo's folder can be written to");
}
