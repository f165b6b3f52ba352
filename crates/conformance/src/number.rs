//! Integers on the wire: numbers up to 2^53, decimal strings beyond, because that is as far as a reader of JSON may count.

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

/// A whole number of either sign, from a number or a decimal string.
pub(crate) fn signed(value: &Value) -> Result<i128, Refusal> {
    let number = match value {
        Value::Number(number) => number.as_i128(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| Refusal(format!("{value} is no whole number")))
}

/// A whole number of either sign as it is written: as a number up to 2^53, as a decimal string beyond.
pub(crate) fn integer(value: i128) -> Value {
    match i64::try_from(value) {
        Ok(small) if small.unsigned_abs() <= NUMBER_MAX => Value::from(small),
        _ => Value::from(value.to_string()),
    }
}
