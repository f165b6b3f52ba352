//! Why a command did not do what was asked, and what its caller is told by the exit status.

use core::fmt;

/// Why a command failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// What was given cannot be used. Lines that say what and where.
    Input(Vec<String>),
    /// A run could not be made, or could not go on.
    Run(String),
}

impl Trouble {
    /// What was given cannot be used, for one reason.
    pub fn input(line: impl Into<String>) -> Trouble {
        Trouble::Input(vec![line.into()])
    }

    /// 2 for bad input, as for a command that was mistyped; 1 for a run that went wrong.
    #[must_use]
    pub fn status(&self) -> u8 {
        match self {
            Trouble::Input(_) => 2,
            Trouble::Run(_) => 1,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Input(lines) => {
                let mut lines = lines.iter();
                lines.next().map_or(Ok(()), |first| write!(f, "{first}"))?;
                lines.try_for_each(|line| write!(f, "\n{line}"))
            }
            Trouble::Run(why) => f.write_str(why),
        }
    }
}

impl core::error::Error for Trouble {}
