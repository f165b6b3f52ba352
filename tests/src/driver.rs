//! A chromedriver of our own, on a free port, for as long as the value lives.

use crate::browser::{Browser, Shape};
use crate::wire::Wire;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long it may take to go.
const GRACE: Duration = Duration::from_secs(5);

/// A running chromedriver.
pub struct Driver {
    child: Child,
    address: SocketAddr,
}

impl Driver {
    /// Starts `CHROMEDRIVER`, or the one on the path.
    #[must_use]
    pub fn start() -> Driver {
        let program = std::env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
        let mut command = Command::new(&program);
        command.args(["--port=0", "--log-level=SEVERE"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!("{} does not start ({error}); cargo xtask setup gets it, CHROMEDRIVER names it", program.display())
        });
        let mut said = BufReader::new(child.stdout.take().expect("its output was asked for"));
        let mut line = String::new();
        let port = loop {
            line.clear();
            let read = said.read_line(&mut line).unwrap_or(0);
            assert!(read > 0, "{} ended before it said its port", program.display());
            if let Some((_, port)) = line.trim_end().trim_end_matches('.').rsplit_once("successfully on port ") {
                break port.parse().expect("a port is a number");
            }
        };
        // It would stand still if nobody read what else it says.
        std::thread::spawn(move || said.lines().for_each(drop));
        Driver { child, address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)) }
    }

    /// A browser with a profile in which nothing has ever happened.
    #[must_use]
    pub fn browser(&self, shape: Shape) -> Browser {
        Browser::open(self.address, shape)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Asked to go, it ends the browsers that are left; killed, it would leave them behind.
        let _ = Wire::new(self.address).ask("GET", "/shutdown", &Value::Null);
        let asked = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && asked.elapsed() < GRACE {
            std::thread::sleep(GRACE / 100);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
