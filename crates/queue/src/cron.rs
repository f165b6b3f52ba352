//! Cron: five fields that say at which minutes something is due, in UTC.
//!
//! ```text
//!   minute 0–59   hour 0–23   day of month 1–31   month 1–12 or jan–dec   day of week 0–7 or sun–sat (0 and 7 are Sunday)
//!   */15          9-17        *                   *                       mon-fri      every quarter of an hour at work
//! ```
//!
//! The rules: a field is a list of `*`, `n`, `a-b`, each with an optional `/step` (`n/step` runs to the field's end). If both
//! days are restricted, which is when neither field begins with `*`, a day matches when *either* does; otherwise both have to.
//! There is no daylight saving in UTC, so nothing is skipped or doubled.
//!
//! Cost: [`Cron::next_after`] looks at days one by one, at most 400 years of them, after which the calendar repeats: 29 February
//! on its own is found within eight. Source: POSIX `crontab`; steps and the rule of the two days as in Vixie's cron.

use core::fmt;

const MINUTE: u64 = 60;
const DAY: u64 = 86_400;
/// Days of 400 years, after which dates and weekdays repeat together.
const CYCLE_DAYS: u64 = 146_097;

/// Why an expression is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CronError {
    /// There have to be five fields.
    FieldCount {
        /// How many there are.
        count: u32,
    },
    /// A part of a field cannot be read or is out of its range.
    Part {
        /// Which field.
        field: &'static str,
        /// What stands there.
        part: String,
        /// The smallest value.
        min: u32,
        /// The greatest value.
        max: u32,
    },
}

impl fmt::Display for CronError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CronError::FieldCount { count } => write!(f, "a cron expression has 5 fields, not {count}"),
            CronError::Part { field, part, min, max } => {
                write!(f, "{part:?} is no {field}: numbers go from {min} to {max}, as n, a-b, * and with /step")
            }
        }
    }
}

impl core::error::Error for CronError {}

struct Field {
    name: &'static str,
    min: u32,
    max: u32,
    names: &'static [&'static str],
}

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const FIELDS: [Field; 5] = [
    Field { name: "minute", min: 0, max: 59, names: &[] },
    Field { name: "hour", min: 0, max: 23, names: &[] },
    Field { name: "day of month", min: 1, max: 31, names: &[] },
    Field { name: "month", min: 1, max: 12, names: MONTHS },
    Field { name: "day of week", min: 0, max: 7, names: WEEKDAYS },
];

impl Field {
    /// The values that the text names, a bit each.
    fn parse(&self, text: &str) -> Result<u64, CronError> {
        text.split(',').try_fold(0, |bits, part| Ok(bits | self.part(part).ok_or_else(|| self.error(part))?))
    }

    fn error(&self, part: &str) -> CronError {
        CronError::Part { field: self.name, part: part.to_owned(), min: self.min, max: self.max }
    }

    fn part(&self, part: &str) -> Option<u64> {
        let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
        let step = step.map_or(Some(1), number).filter(|step| *step > 0)?;
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (self.min, if self.max == 7 { 6 } else { self.max }),
            Some((first, last)) => (self.value(first)?, self.value(last)?),
            None if part.contains('/') => (self.value(range)?, self.max),
            None => (self.value(range)?, self.value(range)?),
        };
        let is_range = first >= self.min && first <= last && last <= self.max;
        is_range.then(|| (first..=last).step_by(step as usize).fold(0, |bits, value| bits | 1 << value))
    }

    fn value(&self, text: &str) -> Option<u32> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        // Months count from 1 and weekdays from 0, like the fields.
        named.map(|at| at as u32 + self.min).or_else(|| number(text))
    }
}

/// Digits only: no sign, at most nine of them.
fn number(text: &str) -> Option<u32> {
    let is_number = (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// A parsed expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Both days are restricted: either will do.
    is_either_day: bool,
}

impl core::str::FromStr for Cron {
    type Err = CronError;

    fn from_str(text: &str) -> Result<Cron, CronError> {
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let count = words.len().min(u32::MAX as usize) as u32;
        let words: [&str; 5] = words.try_into().map_err(|_| CronError::FieldCount { count })?;
        let mut bits = [0; 5];
        for ((bits, field), word) in bits.iter_mut().zip(&FIELDS).zip(words) {
            *bits = field.parse(word)?;
        }
        let [minutes, hours, days, months, weekdays] = bits;
        let is_either_day = !words[2].starts_with('*') && !words[4].starts_with('*');
        let weekdays = (weekdays | weekdays >> 7) & 0x7F;
        Ok(Cron { minutes, hours, days, months, weekdays, is_either_day })
    }
}

impl Cron {
    /// The first moment after `unix_seconds` (seconds since 1970-01-01 00:00 UTC) that matches; `None` if none ever does.
    #[must_use]
    pub fn next_after(&self, unix_seconds: u64) -> Option<u64> {
        let from = (unix_seconds / MINUTE).checked_add(1)?.checked_mul(MINUTE)?;
        let first_day = from / DAY;
        let mut minute_of_day = from % DAY / MINUTE;
        for day in first_day..=first_day.saturating_add(CYCLE_DAYS) {
            if self.has_day(day)
                && let Some(minute) = self.next_minute(minute_of_day)
            {
                return day.checked_mul(DAY)?.checked_add(minute * MINUTE);
            }
            minute_of_day = 0;
        }
        None
    }

    fn has_day(&self, day: u64) -> bool {
        let (month, day_of_month) = month_and_day(day);
        // 1970-01-01 was a Thursday.
        let weekday = (day + 4) % 7;
        let (of_month, of_week) = (self.days >> day_of_month & 1 == 1, self.weekdays >> weekday & 1 == 1);
        let is_day = if self.is_either_day { of_month || of_week } else { of_month && of_week };
        is_day && self.months >> month & 1 == 1
    }

    fn next_minute(&self, from: u64) -> Option<u64> {
        (from..1_440).find(|minute| self.hours >> (minute / 60) & 1 == 1 && self.minutes >> (minute % 60) & 1 == 1)
    }
}

/// Month and day of month of a day since 1970-01-01. Counts years from March, so that the leap day comes last.
fn month_and_day(day: u64) -> (u64, u64) {
    // From 0000-03-01 on, in cycles of 400 years.
    let of_cycle = (day % CYCLE_DAYS + 719_468) % CYCLE_DAYS;
    let year = (of_cycle - of_cycle / 1_460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
    let of_year = of_cycle - (365 * year + year / 4 - year / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day_of_month = of_year - (153 * month_from_march + 2) / 5 + 1;
    ((month_from_march + 2) % 12 + 1, day_of_month)
}
