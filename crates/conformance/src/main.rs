//! Reads one request per line on standard input and writes one answer per line, in order.

use std::io::{self, BufRead, BufWriter, Write};

fn main() -> io::Result<()> {
    let mut answers = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().split(b'\n') {
        // What is no text is answered like any other request that is malformed.
        writeln!(answers, "{}", conformance::answer(&String::from_utf8_lossy(&line?)))?;
    }
    answers.flush()
}
