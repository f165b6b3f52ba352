//! Ids: numbers that many machines make without asking each other, and short codes for them.
//!
//! ```text
//!   Snowflake   0 | time since the epoch, 41 bits of ms | machine, 10 bits | sequence, 12 bits
//! ```
//!
//! The rules: a machine never makes an id twice, and a later one is larger, whatever its clock does. When the clock goes back a machine
//! can refuse, wait, or *borrow*: go on from the latest time it has used. [`OnRegress::Ignore`] goes on from the clock, as the usual
//! listing does, and makes ids twice.
//!
//! A code is either the id in base 62 (no collision, but it tells how many there are), or the beginning of a hash of what it stands
//! for, which collides ([`Codes`]: at 36 to the power of the half length there is likely one) and is then hashed again.
//!
//! Cost: O(1) an id; O(log n) a code. Source: Twitter's Snowflake, 2010; the borrowed time as Sonyflake's and Instagram's successors do.

use base::{Rng, Span, Time, stable_hash, stable_hash_u64};
use core::fmt;
use core::ops::Range;
use std::collections::BTreeMap;

/// What to do when the clock is behind what was used already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnRegress {
    /// Make no id until somebody has looked.
    Refuse,
    /// Say when to come back, if that is not too long.
    Wait {
        /// The longest wait.
        at_most: Span,
    },
    /// Go on from the latest time used, if the clock is not too far behind it.
    Borrow {
        /// The furthest ahead of the clock.
        at_most: Span,
    },
    /// Go on from the clock: wrong, it makes ids twice.
    Ignore,
}

/// How the bits of an id are used. Together 63 or 64; usual: 41, 10, 12.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Bits of the time in milliseconds since the epoch, at least 1.
    pub time_bits: u32,
    /// Bits of the machine's number.
    pub machine_bits: u32,
    /// Bits of the sequence within a millisecond, at least 1.
    pub sequence_bits: u32,
}

impl Default for Layout {
    fn default() -> Layout {
        Layout { time_bits: 41, machine_bits: 10, sequence_bits: 12 }
    }
}

/// Why there is no id or no code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdError {
    /// Bits that are more than 64, or none for the time or the sequence.
    Layout {
        /// The layout.
        layout: Layout,
    },
    /// A machine that its bits cannot hold.
    Machine {
        /// Its number.
        machine: u64,
        /// One more than the largest there can be.
        machines: u64,
    },
    /// The clock is behind, and by the setting nobody waits or borrows so far.
    ClockBack {
        /// By how much.
        behind: Span,
    },
    /// Come back then: the sequence of this millisecond is used up, or the clock has to catch up.
    NotBefore {
        /// When.
        at: Time,
    },
    /// The bits of the time are used up, or it is before the epoch.
    OutOfTime {
        /// When.
        at: Time,
    },
    /// A code that is no number in base 62 of 64 bits.
    BadCode {
        /// The code.
        code: String,
    },
    /// Every try for a free code met another's.
    NoFreeCode {
        /// How many tries.
        tries: u32,
    },
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IdError::Layout { layout } => {
                write!(f, "{layout:?} must have 64 bits at most, and at least one for the time and the sequence")
            }
            IdError::Machine { machine, machines } => write!(f, "machine {machine} must be under {machines}"),
            IdError::ClockBack { behind } => write!(f, "the clock is {} ns behind what was used", behind.0),
            IdError::NotBefore { at } => write!(f, "no id is free before {} ns", at.0),
            IdError::OutOfTime { at } => write!(f, "{} ns is outside the years that the bits of the time hold", at.0),
            IdError::BadCode { code } => write!(f, "{code:?} is no number of 64 bits in base 62"),
            IdError::NoFreeCode { tries } => write!(f, "{tries} codes were tried, and each stands for something else"),
        }
    }
}

impl core::error::Error for IdError {}

/// Nanoseconds of a tick.
const TICK: u64 = 1_000_000;

/// A maker of ids.
///
/// ```
/// use base::{Span, Time};
/// use feed::id::{IdError, Layout, OnRegress, Snowflake};
///
/// let wait = OnRegress::Wait { at_most: Span::from_millis(10) };
/// let mut maker = Snowflake::new(Layout::default(), 5, Time::ZERO, wait)?;
/// let first = maker.next(Time(3_000_000))?;
/// assert_eq!(first, 3 << 22 | 5 << 12);
/// assert_eq!(maker.next(Time(1_000_000)), Err(IdError::NotBefore { at: Time(3_000_000) }), "the clock went back");
/// # Ok::<(), IdError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Snowflake {
    layout: Layout,
    machine: u64,
    epoch: Time,
    on_regress: OnRegress,
    /// The latest tick used and its next sequence.
    latest: Option<(u64, u64)>,
}

impl Snowflake {
    /// A maker. Refused if the layout has too many bits, or too few for the machine.
    pub fn new(layout: Layout, machine: u64, epoch: Time, on_regress: OnRegress) -> Result<Snowflake, IdError> {
        let bits = [layout.time_bits, layout.machine_bits, layout.sequence_bits]
            .iter()
            .map(|bits| u64::from(*bits))
            .sum::<u64>();
        if bits > 64 || layout.time_bits == 0 || layout.sequence_bits == 0 {
            return Err(IdError::Layout { layout });
        }
        let machines = 1 << layout.machine_bits;
        if machine >= machines {
            return Err(IdError::Machine { machine, machines });
        }
        Ok(Snowflake { layout, machine, epoch, on_regress, latest: None })
    }

    /// The next id, by a clock that shows `now`. A refusal uses nothing up.
    pub fn next(&mut self, now: Time) -> Result<u64, IdError> {
        let tick = now.0.checked_sub(self.epoch.0).ok_or(IdError::OutOfTime { at: now })? / TICK;
        let (tick, sequence) = match self.latest {
            Some((latest, _)) if tick < latest && self.on_regress == OnRegress::Ignore => (tick, 0),
            Some((latest, sequence)) if tick <= latest => self.after(latest, sequence, tick)?,
            _ => (tick, 0),
        };
        let Layout { time_bits, machine_bits, sequence_bits } = self.layout;
        if tick.checked_shr(time_bits).unwrap_or(0) > 0 {
            return Err(IdError::OutOfTime { at: now });
        }
        self.latest = Some((tick, sequence + 1));
        // With 63 bits of time and one of sequence nothing is shifted out: the time was checked.
        Ok(tick << (machine_bits + sequence_bits) | self.machine << sequence_bits | sequence)
    }

    /// What comes after the latest id, while the clock shows that tick or an earlier one.
    fn after(&self, latest: u64, sequence: u64, tick: u64) -> Result<(u64, u64), IdError> {
        let is_used_up = sequence >> self.layout.sequence_bits > 0;
        let next = if is_used_up { (latest + 1, 0) } else { (latest, sequence) };
        let ahead = Span((next.0 - tick).saturating_mul(TICK));
        let at = Time(self.epoch.0.saturating_add(next.0.saturating_mul(TICK)));
        match self.on_regress {
            _ if next.0 == tick => Ok(next),
            OnRegress::Borrow { at_most } if ahead <= at_most => Ok(next),
            OnRegress::Wait { at_most } if ahead <= at_most => Err(IdError::NotBefore { at }),
            // The clock is right, only its millisecond is full.
            _ if latest == tick => Err(IdError::NotBefore { at }),
            _ => Err(IdError::ClockBack { behind: Span((latest - tick).saturating_mul(TICK)) }),
        }
    }
}

/// A row that counts: what a database with an increment, or a ticket server, keeps. Numbers are given in ranges, so that who needs
/// many asks seldom; what a holder has not used when it dies is never used.
///
/// ```
/// use feed::id::Tickets;
///
/// let mut tickets = Tickets::new(1);
/// assert_eq!(tickets.take(100), 1..101);
/// assert_eq!(tickets.take(1), 101..102);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tickets {
    next: u64,
}

impl Tickets {
    /// A row whose first number is `first`.
    #[must_use]
    pub fn new(first: u64) -> Tickets {
        Tickets { next: first }
    }

    /// The next `count` numbers; fewer, in the end none, where 64 bits end.
    pub fn take(&mut self, count: u64) -> Range<u64> {
        let from = self.next;
        self.next = from.saturating_add(count);
        from..self.next
    }
}

/// A number of `length` random digits in base 62 (brought to 1 to 10): nobody is asked, and nothing keeps two from being the same.
pub fn random_code(length: u32, rng: &mut Rng) -> u64 {
    rng.below(62_u64.pow(length.clamp(1, 10)))
}

/// The digits, in the order of their bytes: codes of one length sort as their numbers do.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A number in base 62: at most 11 digits.
#[must_use]
pub fn base62(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(char::from(DIGITS[(number % 62) as usize]));
        number /= 62;
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

/// The number that a code stands for. Zeros in front are allowed.
pub fn from_base62(code: &str) -> Result<u64, IdError> {
    let bad = || IdError::BadCode { code: code.to_owned() };
    let digit = |byte: u8| DIGITS.binary_search(&byte).map_err(|_| bad());
    let add = |number: u64, byte: u8| {
        number.checked_mul(62).and_then(|number| number.checked_add(digit(byte).ok()? as u64)).ok_or_else(bad)
    };
    if code.is_empty() { Err(bad()) } else { code.bytes().try_fold(0, add) }
}

/// Codes from hashes: the same text has the same code, and two texts never share one.
///
/// ```
/// use feed::id::Codes;
///
/// let mut codes = Codes::new(7, 10);
/// let code = codes.code("https://example.com/")?;
/// assert_eq!(code.len(), 7);
/// assert_eq!(codes.code("https://example.com/")?, code);
/// assert_eq!(codes.text(&code), Some("https://example.com/"));
/// # Ok::<(), feed::id::IdError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Codes {
    length: u32,
    tries_max: u32,
    texts: BTreeMap<String, String>,
    codes: BTreeMap<String, String>,
    collisions: u64,
}

impl Codes {
    /// No codes yet; of `length` digits in base 62, from 1 to 10 (outside it is the nearest), with at most `tries_max` tries each.
    #[must_use]
    pub fn new(length: u32, tries_max: u32) -> Codes {
        let (texts, codes) = (BTreeMap::new(), BTreeMap::new());
        Codes { length: length.clamp(1, 10), tries_max, texts, codes, collisions: 0 }
    }

    /// The code of a text; a new one is made if it has none.
    pub fn code(&mut self, text: &str) -> Result<String, IdError> {
        if let Some(code) = self.codes.get(text) {
            return Ok(code.clone());
        }
        for attempt in 0..u64::from(self.tries_max) {
            let code = self.candidate(text, attempt);
            if !self.texts.contains_key(&code) {
                self.texts.insert(code.clone(), text.to_owned());
                self.codes.insert(text.to_owned(), code.clone());
                return Ok(code);
            }
            self.collisions += 1;
        }
        Err(IdError::NoFreeCode { tries: self.tries_max })
    }

    /// What a code stands for.
    #[must_use]
    pub fn text(&self, code: &str) -> Option<&str> {
        self.texts.get(code).map(String::as_str)
    }

    /// Codes that were tried and stood for something else.
    #[must_use]
    pub fn collisions(&self) -> u64 {
        self.collisions
    }

    fn candidate(&self, text: &str, attempt: u64) -> String {
        let hash = stable_hash_u64(stable_hash(text).wrapping_add(attempt.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        let number = hash % 62_u64.pow(self.length);
        format!("{:0>width$}", base62(number), width = self.length as usize)
    }
}
