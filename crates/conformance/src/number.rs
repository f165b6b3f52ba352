//! Integers on the wire: numbers up to 2^53, decimal strings beyond, because that is as far as a reader of JSON may count. And
//! fractions.

use crate::Refusal;
use core::fmt;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The greatest integer that is written as a number.
const NUMBER_MAX: u64 = 1 << 53;

/// An unsigned integer, read from a number or a decimal string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(pub u64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0 <= NUMBER_MAX { to.serialize_u64(self.0) } else { to.collect_str(&self.0) }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Digits;

        impl Visitor<'_> for Digits {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an integer from 0 to 18446744073709551615, as a number or a decimal string")
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Number, E> {
                Ok(Number(value))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
                text.parse().map(Number).map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }

        from.deserialize_any(Digits)
    }
}

/// A whole number of either sign, read from a number or a decimal string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Signed(pub i64);

/// A number as it may be written.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Number(serde_json::Number),
}

impl Written {
    fn text(self) -> String {
        match self {
            Written::Text(text) => text,
            Written::Number(number) => number.to_string(),
        }
    }
}

impl TryFrom<Written> for Signed {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let text = written.text();
        text.parse().map(Signed).map_err(|_| format!("{text:?} is no whole number of 64 bits"))
    }
}

/// A fraction of at least zero, read from a text such as "1/2" or "0.25", or a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Fraction {
    /// Above the line.
    pub over: u64,
    /// Below it.
    pub under: u64,
}

impl Fraction {
    /// The value of the text, exactly; `None` if it is no such number or has too many digits.
    fn parse(text: &str) -> Option<Fraction> {
        if let Some((over, under)) = text.split_once('/') {
            return Some(Fraction { over: over.trim().parse().ok()?, under: under.trim().parse().ok()? });
        }
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let under = 10_u64.checked_pow(u32::try_from(decimals.len()).ok()?)?;
        let decimals = if decimals.is_empty() { 0 } else { decimals.parse().ok()? };
        let over = whole.parse::<u64>().ok()?.checked_mul(under)?.checked_add(decimals)?;
        Some(Fraction { over, under })
    }
}

impl TryFrom<Written> for Fraction {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let text = written.text();
        let wrong = || format!("{text:?} is no fraction of at least 0, such as \"1/2\" or \"0.25\"");
        Fraction::parse(&text).ok_or_else(wrong)
    }
}

/// A whole number of either sign, from a number or a decimal string.
pub(crate) fn signed(value: &Value) -> Result<i128, Refusal> {
    let text = Written::deserialize(value).map(Written::text).unwrap_or_default();
    text.parse().map_err(|_| Refusal(format!("{value} is no whole number")))
}

/// A whole number of either sign as it is written: as a number up to 2^53, as a decimal string beyond.
pub(crate) fn integer(value: i128) -> Value {
    match i64::try_from(value) {
        Ok(small) if small.unsigned_abs() <= NUMBER_MAX => Value::from(small),
        _ => Value::from(value.to_string()),
    }
}
