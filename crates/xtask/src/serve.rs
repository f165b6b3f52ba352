//! A small server for the built page, on this machine only.
//!
//! Any static host serves the page; this one exists so that the first command needs nothing installed. It answers GET and HEAD,
//! knows the types that the page consists of, and never leaves its folder.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A folder under an address.
#[derive(Debug, Clone)]
pub struct Site {
    folder: PathBuf,
    /// Begins and ends with a slash.
    base: String,
}

/// What is sent back.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: &'static str,
    kind: &'static str,
    location: Option<String>,
    body: Vec<u8>,
}

/// How many ports are tried when the wanted one is taken.
const PORTS_TRIED: u16 = 20;
/// The longest request that is read: a browser's is about a kilobyte.
const REQUEST_BYTES_MAX: u64 = 64 * 1024;
/// A connection that a browser opened and does not use must not keep its thread for good.
const PATIENCE: Duration = Duration::from_secs(30);

impl Site {
    /// The files of `folder` under the path `base`.
    pub fn new(folder: impl Into<PathBuf>, base: &str) -> Self {
        let name = base.trim_matches('/');
        let base = if name.is_empty() { "/".to_owned() } else { format!("/{name}/") };
        Self { folder: folder.into(), base }
    }

    /// The path under which the page is.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Listens on `port` of this machine, or on the next one that is free.
    pub fn listen(port: u16) -> io::Result<(TcpListener, SocketAddr)> {
        let mut refused = io::Error::other("no port to try");
        for port in port..=port.saturating_add(PORTS_TRIED) {
            match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
                Ok(listener) => return listener.local_addr().map(|address| (listener, address)),
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    /// Answers for ever, each connection on a thread of its own.
    pub fn serve(self, listener: &TcpListener) {
        let site = Arc::new(self);
        for stream in listener.incoming().flatten() {
            let site = Arc::clone(&site);
            // A connection that breaks is the browser's business: it asks again.
            std::thread::spawn(move || site.attend(stream).ok());
        }
    }

    fn attend(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut reader = BufReader::new(stream.try_clone()?.take(REQUEST_BYTES_MAX));
        let mut request = String::new();
        reader.read_line(&mut request)?;
        // The headers say nothing that we need, but a connection closed with unread words is reset, and the answer with it.
        let mut header = String::new();
        while reader.read_line(&mut header)? > 2 {
            header.clear();
        }
        let answer = self.answer(&request);
        let is_head = request.starts_with("HEAD ");
        let mut stream = stream;
        stream.write_all(answer.head().as_bytes())?;
        stream.write_all(if is_head { &[] } else { &answer.body })
    }

    fn answer(&self, request: &str) -> Answer {
        let mut words = request.split_whitespace();
        let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        if !matches!(method, "GET" | "HEAD") {
            return Answer::words("405 Method Not Allowed", "only GET and HEAD are answered here");
        }
        let path = target.split(['?', '#']).next().unwrap_or("");
        if path.len() + 1 == self.base.len() && self.base.starts_with(path) {
            // Without the slash at the end, every relative address in the page would miss the last folder.
            return Answer { location: Some(self.base.clone()), ..Answer::words("301 Moved Permanently", "") };
        }
        let missing =
            || Answer::words("404 Not Found", &format!("there is no {path} here; the page is at {}", self.base));
        let Some(file) = path.strip_prefix(&self.base).and_then(inside) else { return missing() };
        let file = self.folder.join(file);
        let file = if file.is_dir() { file.join("index.html") } else { file };
        match std::fs::read(&file) {
            Ok(body) => Answer { status: "200 OK", kind: kind(&file), location: None, body },
            Err(_) => missing(),
        }
    }
}

impl Answer {
    fn words(status: &'static str, words: &str) -> Self {
        Self { status, kind: "text/plain; charset=utf-8", location: None, body: format!("{words}\n").into_bytes() }
    }

    fn head(&self) -> String {
        let location = self.location.as_ref().map_or(String::new(), |path| format!("Location: {path}\r\n"));
        // Not cached, because the next build has other files under some of the same names.
        format!(
            "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{location}Cache-Control: no-cache\r\n\
             X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
            self.status,
            self.kind,
            self.body.len()
        )
    }
}

/// The relative path that an address names, unless it would leave the folder.
fn inside(path: &str) -> Option<PathBuf> {
    let path = String::from_utf8(percent_decoded(path)?).ok()?;
    let is_plain = |part: &str| !matches!(part, "." | "..") && !part.contains(['\\', '\0', ':']);
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    parts.iter().all(|part| is_plain(part)).then(|| parts.iter().collect())
}

fn percent_decoded(path: &str) -> Option<Vec<u8>> {
    let mut bytes = path.bytes();
    let mut decoded = Vec::with_capacity(path.len());
    while let Some(byte) = bytes.next() {
        decoded.push(if byte == b'%' { hex(bytes.next()?)? << 4 | hex(bytes.next()?)? } else { byte });
    }
    Some(decoded)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// The type of a file, without which a browser refuses scripts and compiles WASM slowly.
fn kind(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()).unwrap_or("") {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// A site with a page, in a folder that goes when the test ends.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("xtask-site-{name}-{}", std::process::id()));
            fs::create_dir_all(folder.join("site/scenarios")).expect("a temporary folder");
            fs::write(folder.join("site/index.html"), "<!doctype html>").expect("a file");
            fs::write(folder.join("site/app_bg.wasm"), b"\0asm").expect("a file");
            fs::write(folder.join("site/scenarios/a b.json"), "{}").expect("a file");
            fs::write(folder.join("secret"), "not for the browser").expect("a file");
            Self(folder)
        }

        fn site(&self, base: &str) -> Site {
            Site::new(self.0.join("site"), base)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn get(site: &Site, path: &str) -> Answer {
        site.answer(&format!("GET {path} HTTP/1.1\r\n"))
    }

    #[test]
    fn files_have_the_types_that_browsers_insist_on() {
        let folder = Folder::new("types");
        let site = folder.site("/");
        assert_eq!(get(&site, "/").kind, "text/html; charset=utf-8");
        assert_eq!(get(&site, "/index.html?seed=1#x").status, "200 OK");
        assert_eq!(get(&site, "/app_bg.wasm").kind, "application/wasm");
        assert_eq!(get(&site, "/scenarios/a%20b.json").kind, "application/json");
        assert_eq!(kind(Path::new("x.js")), "text/javascript; charset=utf-8");
    }

    #[test]
    fn the_page_is_found_under_its_sub_path_and_only_there() {
        let folder = Folder::new("base");
        let site = folder.site("some/where");
        assert_eq!(site.base(), "/some/where/");
        assert_eq!(get(&site, "/some/where/app_bg.wasm").status, "200 OK");
        assert_eq!(get(&site, "/app_bg.wasm").status, "404 Not Found");
        assert_eq!(get(&site, "/some/where").location.as_deref(), Some("/some/where/"));
    }

    #[test]
    fn nothing_outside_the_folder_is_served() {
        let folder = Folder::new("outside");
        let site = folder.site("/");
        for path in [
            "/../secret",
            "/%2e%2e/secret",
            "/scenarios/../../secret",
            "/%2e%2e%2fsecret",
            "/..%5csecret",
            "//../secret",
        ] {
            assert_eq!(get(&site, path).status, "404 Not Found", "{path}");
        }
        for broken in ["/%", "/%4", "/%zz", "/%ff", "secret", ""] {
            assert_eq!(get(&site, broken).status, "404 Not Found", "{broken}");
        }
    }

    #[test]
    fn what_is_not_a_question_is_refused() {
        let folder = Folder::new("refused");
        assert_eq!(folder.site("/").answer("POST / HTTP/1.1\r\n").status, "405 Method Not Allowed");
        assert_eq!(folder.site("/").answer("").status, "405 Method Not Allowed");
    }

    #[test]
    fn a_browser_gets_the_bytes_over_a_real_connection_on_this_machine_only() {
        let folder = Folder::new("socket");
        let (listener, address) = Site::listen(47_000).expect("one of the ports is free");
        assert!(address.ip().is_loopback());
        let site = folder.site("/");
        std::thread::spawn(move || site.serve(&listener));
        let ask = |words: &str| {
            let mut stream = TcpStream::connect(address).expect("the server listens");
            stream.write_all(words.as_bytes()).expect("it reads");
            let mut said = Vec::new();
            stream.read_to_end(&mut said).expect("it answers");
            String::from_utf8_lossy(&said).into_owned()
        };
        let got = ask("GET /app_bg.wasm HTTP/1.1\r\nHost: here\r\n\r\n");
        assert!(got.starts_with("HTTP/1.1 200 OK\r\n") && got.ends_with("\r\n\r\n\0asm"), "{got}");
        let head = ask("HEAD /app_bg.wasm HTTP/1.1\r\nHost: here\r\n\r\n");
        assert!(head.contains("Content-Length: 4\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    }

    #[test]
    fn a_taken_port_moves_on_to_the_next() {
        let (first, one) = Site::listen(47_100).expect("one of the ports is free");
        let (_second, two) = Site::listen(one.port()).expect("the next one is free");
        assert_ne!(one.port(), two.port());
        drop(first);
    }
}
