//! JSON over HTTP/1.1, as WebDriver speaks it, on one connection that is kept.

use serde_json::Value;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than any command's own time-out in the driver.
const PATIENCE: Duration = Duration::from_secs(120);

/// A connection to a driver.
pub struct Wire {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

impl Wire {
    /// A connection to `address`, which is made when it is needed.
    #[must_use]
    pub fn new(address: SocketAddr) -> Wire {
        Wire { address, stream: None }
    }

    /// Where it leads.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends one command; its value, or what the driver has against it.
    ///
    /// # Errors
    /// The driver's error and message, or what broke on the way.
    pub fn ask(&mut self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let answer = match self.exchange(method, path, body) {
            // A kept connection may have been closed on the other side: that is seen before any answer, and asked again once.
            Err(_) if self.stream.take().is_some() => self.exchange(method, path, body),
            other => other,
        };
        let answer = answer.map_err(|error| format!("{method} {path}: {error}"))?;
        let value = answer.get("value").cloned().unwrap_or(Value::Null);
        match value.get("error").and_then(Value::as_str) {
            Some(error) => {
                let message = value["message"].as_str().unwrap_or("");
                Err(format!("{method} {path}: {error}: {}", message.lines().next().unwrap_or("")))
            }
            None => Ok(value),
        }
    }

    fn exchange(&mut self, method: &str, path: &str, body: &Value) -> io::Result<Value> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.connect()?,
        };
        let body = if method == "POST" { body.to_string() } else { String::new() };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        stream.get_mut().write_all((head + &body).as_bytes())?;
        let answer = answer(&mut stream)?;
        self.stream = Some(stream);
        Ok(answer)
    }

    fn connect(&self) -> io::Result<BufReader<TcpStream>> {
        let stream = TcpStream::connect(self.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(BufReader::new(stream))
    }
}

fn answer(stream: &mut BufReader<TcpStream>) -> io::Result<Value> {
    let mut length = 0;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    serde_json::from_slice(&body).map_err(io::Error::other)
}
