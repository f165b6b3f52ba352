//! What can be asked for, and the text that answers it.

use crate::open::{self, Opened};
use crate::{Trouble, json, library, review, run, table};
use base::Span;
use clap::{Args, Parser, Subcommand};
use scenario::{file, link};

/// Runs designs of distributed systems, and makes, opens and explains the links that carry them.
#[derive(Debug, Parser)]
#[command(name = "faultline", version, propagate_version = false)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a design and prints its figures, its verdicts with their evidence, what happened, and the digest
    Run(Run),
    /// Says what a reviewer would say of a design, without running it
    Lint(Lint),
    /// Makes, opens and explains links
    #[command(subcommand)]
    Link(Link),
    /// Lists the designs of the library
    List,
}

#[derive(Debug, Args)]
struct Run {
    /// A file, a link, or a slug of the library; - reads a file from the standard input
    design: String,
    /// Where all luck comes from, instead of the design's own seed
    #[arg(long)]
    seed: Option<u64>,
    /// How far to run, such as 10s or 1500ms, instead of to the end
    #[arg(long, value_name = "TIME")]
    until: Option<Span>,
    /// Prints JSON for another program, as crates/cli/README.md describes it
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Lint {
    /// A file, a link, or a slug of the library; - reads a file from the standard input
    design: String,
    /// Ends with status 1 when there is anything to say
    #[arg(long)]
    strict: bool,
}

#[derive(Debug, Subcommand)]
enum Link {
    /// Prints the link of a design: append it to the address of any page that shows Faultline
    Encode {
        /// A file, a link, or a slug of the library; - reads a file from the standard input
        design: String,
    },
    /// Prints the design in a link as a file
    Decode {
        /// The link, with or without the address before it
        link: String,
        /// Prints what can still be read of a link that is damaged
        #[arg(long)]
        rescue: bool,
    },
    /// Prints where the characters of a link go
    Explain {
        /// The link, with or without the address before it
        link: String,
    },
}

/// What a command says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// What was asked for.
    pub out: String,
    /// What is worth knowing besides.
    pub notes: Vec<String>,
    /// Why the answer is not all that was asked for.
    pub failed: Option<Trouble>,
}

impl Answer {
    fn of(out: String, notes: Vec<String>) -> Answer {
        Answer { out, notes, failed: None }
    }
}

impl Cli {
    /// Does what was asked.
    ///
    /// # Errors
    /// Why it cannot be done.
    pub fn answer(self) -> Result<Answer, Trouble> {
        match self.command {
            Command::Run(asked) => asked.answer(),
            Command::Lint(asked) => asked.answer(),
            Command::Link(asked) => asked.answer(),
            Command::List => list(),
        }
    }
}

impl Run {
    fn answer(self) -> Result<Answer, Trouble> {
        let Opened { mut scenario, notes } = open::design(&self.design)?;
        scenario.seed = self.seed.unwrap_or(scenario.seed);
        let length = scenario.length;
        if let Some(until) = self.until.filter(|until| *until > length) {
            return Err(Trouble::input(format!("--until {until}: the run ends at {length}")));
        }
        let ran = run::to_end(scenario, self.until)?;
        let failed = ran.report.stopped.clone().map(Trouble::Run);
        let out = if self.json { json::text(&ran) } else { table::text(&ran) };
        Ok(Answer { out, notes, failed })
    }
}

impl Lint {
    fn answer(self) -> Result<Answer, Trouble> {
        let Opened { scenario, notes } = open::design(&self.design)?;
        let findings = session::lint(&scenario);
        let many = findings.len();
        let failed = (self.strict && many > 0).then(|| Trouble::Run(review::counted(many)));
        Ok(Answer { out: review::text(&findings), notes, failed })
    }
}

impl Link {
    fn answer(self) -> Result<Answer, Trouble> {
        let schema = open::schema();
        match self {
            Link::Encode { design } => {
                let Opened { scenario, notes } = open::design(&design)?;
                Ok(Answer::of(format!("#s={}\n", link::encode(&scenario, &schema)), notes))
            }
            Link::Decode { link, rescue } => {
                let Opened { scenario, notes } = if rescue { open::rescue(&link)? } else { open::follow(&link)? };
                Ok(Answer::of(file::write(&scenario, &schema), notes))
            }
            Link::Explain { link } => {
                open::follow(&link)?;
                let explained = link::explain(&link, &schema).map_err(|why| Trouble::input(why.to_string()))?;
                Ok(Answer::of(explained.to_string(), Vec::new()))
            }
        }
    }
}

fn list() -> Result<Answer, Trouble> {
    let rows = library::SCENARIOS.iter().map(|(slug, text)| Ok((*slug, open::read(slug, text)?.scenario.title)));
    let rows: Vec<(&str, String)> = rows.collect::<Result<_, Trouble>>()?;
    let width = rows.iter().map(|(slug, _)| slug.len()).max().unwrap_or(0);
    let out = rows.iter().map(|(slug, title)| format!("{slug:width$}  {title}\n")).collect();
    Ok(Answer::of(out, Vec::new()))
}
