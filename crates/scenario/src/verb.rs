//! What can be done to a running system: each fault, its repair, and the changes of members and traffic.

use serde::{Deserialize, Serialize};

/// One thing that can be done. The order is the saved form: append only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// The process dies; what it had not persisted is gone.
    Crash,
    /// A dead process starts again from what it had persisted.
    Restart,
    /// The process stands still, as in a long garbage collection; messages wait for it.
    Pause,
    /// A paused process goes on.
    Resume,
    /// All work of the process takes `amount` times as long.
    Slow,
    /// Nothing passes between the process and anybody else.
    CutOff,
    /// Nothing passes between the process and the other members of its box; callers still reach it.
    Isolate,
    /// Nothing passes over the wire, either way.
    Cut,
    /// Every message on the wire takes `amount` ms longer, each way.
    AddLatency,
    /// Each message on the wire is lost with a chance of `amount` percent.
    Lose,
    /// Clients send `amount` times as much.
    Spike,
    /// The cache forgets everything.
    Flush,
    /// One more member joins.
    AddMember,
    /// The last member leaves in good order.
    RemoveMember,
    /// Every fault on the target ends.
    Heal,
}

/// What a verb can be done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subject {
    /// One member, or every member of a box.
    Member,
    /// A box as a whole.
    Box,
    /// A wire.
    Wire,
    /// Anything.
    Any,
}

/// How much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AmountSpec {
    /// Unit on screen.
    pub unit: &'static str,
    /// Smallest.
    pub min: f64,
    /// Largest.
    pub max: f64,
    /// When nothing is said.
    pub default: f64,
}

/// What there is to know about a verb.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VerbSpec {
    /// Name in files: `cut-off`.
    pub slug: &'static str,
    /// Name on a button: `Cut off`.
    pub title: &'static str,
    /// One line: what it does.
    pub help: &'static str,
    /// To whom.
    pub subject: Subject,
    /// How much, when it has an amount.
    pub amount: Option<AmountSpec>,
    /// What ends it, when it goes on until something does.
    pub ended_by: Option<Verb>,
}

impl Verb {
    /// All verbs, in saved order.
    pub const ALL: [Verb; 15] = [
        Verb::Crash,
        Verb::Restart,
        Verb::Pause,
        Verb::Resume,
        Verb::Slow,
        Verb::CutOff,
        Verb::Isolate,
        Verb::Cut,
        Verb::AddLatency,
        Verb::Lose,
        Verb::Spike,
        Verb::Flush,
        Verb::AddMember,
        Verb::RemoveMember,
        Verb::Heal,
    ];

    /// The verb with this name in files.
    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Verb> {
        Verb::ALL.into_iter().find(|verb| verb.spec().slug == slug)
    }

    /// What there is to know about it.
    #[must_use]
    pub fn spec(self) -> VerbSpec {
        let amount = |unit, min, max, default| Some(AmountSpec { unit, min, max, default });
        let spec =
            |slug, title, help, subject, amount, ended_by| VerbSpec { slug, title, help, subject, amount, ended_by };
        use Subject::{Any, Box, Member, Wire};
        match self {
            Verb::Crash => spec(
                "crash",
                "Crash",
                "The process dies and does not answer; what it had not persisted is gone",
                Member,
                None,
                Some(Verb::Restart),
            ),
            Verb::Restart => spec(
                "restart",
                "Restart",
                "The dead process starts again from what it had persisted",
                Member,
                None,
                None,
            ),
            Verb::Pause => spec(
                "pause",
                "Pause",
                "The process stands still, as in a long garbage collection; messages wait for it",
                Member,
                None,
                Some(Verb::Resume),
            ),
            Verb::Resume => {
                spec("resume", "Resume", "The paused process goes on with what has piled up", Member, None, None)
            }
            Verb::Slow => spec(
                "slow",
                "Slow",
                "All of its work takes this many times as long",
                Member,
                amount("×", 1.0, 1_000.0, 10.0),
                Some(Verb::Heal),
            ),
            Verb::CutOff => {
                spec("cut-off", "Cut off", "Nothing passes between it and anybody else", Member, None, Some(Verb::Heal))
            }
            Verb::Isolate => spec(
                "isolate",
                "Isolate from members",
                "Nothing passes between it and the other members; callers still reach it",
                Member,
                None,
                Some(Verb::Heal),
            ),
            Verb::Cut => {
                spec("cut", "Cut the wire", "Nothing passes over it, either way", Wire, None, Some(Verb::Heal))
            }
            Verb::AddLatency => spec(
                "add-latency",
                "Add latency",
                "Every message takes this much longer, each way",
                Wire,
                amount("ms", 0.0, 60_000.0, 200.0),
                Some(Verb::Heal),
            ),
            Verb::Lose => spec(
                "lose",
                "Lose messages",
                "Each message is lost with this chance, each way",
                Wire,
                amount("%", 0.0, 100.0, 20.0),
                Some(Verb::Heal),
            ),
            Verb::Spike => spec(
                "spike",
                "Traffic spike",
                "It sends this many times as much",
                Box,
                amount("×", 0.0, 1_000.0, 5.0),
                Some(Verb::Heal),
            ),
            Verb::Flush => spec("flush", "Flush", "It forgets everything it holds", Box, None, None),
            Verb::AddMember => spec(
                "add-member",
                "Add a member",
                "One more member joins and takes over its share of the keys",
                Box,
                None,
                None,
            ),
            Verb::RemoveMember => spec(
                "remove-member",
                "Remove a member",
                "The last member hands its keys over and leaves",
                Box,
                None,
                None,
            ),
            Verb::Heal => spec("heal", "Heal", "Every fault on it ends", Any, None, None),
        }
    }
}
