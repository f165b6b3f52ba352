//! A partition set: who stands on which side of a cut.
//!
//! ```text
//!   sides:a,b.1|c,d     nothing passes between { a, b.1 } and { c, d }; within each all goes on
//!   sides:a|b|*         three sides; the last is everybody who is named on no other
//!   sides:a,b>*         one way: what a and b say to the rest is lost, and they hear what the rest says
//! ```
//!
//! A member that is named by itself stands where it is named, even when its box is named elsewhere. Who is on no side talks to all.

use crate::Verb;
use serde::{Deserialize, Serialize};

/// Who is on which side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sides {
    /// The sides, two or more.
    pub sides: Vec<Vec<Party>>,
    /// True when only what the first side says to the others is lost.
    pub is_one_way: bool,
}

/// One who is on a side.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Party {
    /// All members of a box. Written `posts`.
    Box(String),
    /// One member. Written `posts.0`.
    Member(String, u8),
    /// Everybody who is on no other side. Written `*`.
    Rest,
}

impl Sides {
    /// Most sides.
    pub const SIDES_MAX: usize = 8;
    /// Most who are named on one side.
    pub const PARTIES_MAX: usize = 200;
    /// What a target begins with that is a partition set.
    pub const PREFIX: &'static str = "sides:";

    /// These against all others.
    #[must_use]
    pub fn off_from_the_rest(parties: Vec<Party>) -> Sides {
        Sides { sides: vec![parties, vec![Party::Rest]], is_one_way: false }
    }

    /// The side of a member, from 1; `None` when it is on none.
    #[must_use]
    pub fn side_of(&self, id: &str, number: u8) -> Option<usize> {
        let find = |fits: &dyn Fn(&Party) -> bool| self.sides.iter().position(|side| side.iter().any(fits));
        let own = find(&|party| matches!(party, Party::Member(home, its) if home == id && *its == number));
        let place = own.or_else(|| find(&|party| matches!(party, Party::Box(home) if home == id)));
        place.or_else(|| find(&|party| *party == Party::Rest)).map(|place| place + 1)
    }

    /// Everybody who is named.
    pub fn parties(&self) -> impl Iterator<Item = &Party> {
        self.sides.iter().flatten()
    }

    /// What is left of it when only some boxes are; `None` when nothing is cut any more.
    #[must_use]
    pub fn among(&self, is_there: impl Fn(&str) -> bool) -> Option<Sides> {
        let stays = |party: &&Party| party.home().is_none_or(&is_there);
        let left = |side: &Vec<Party>| side.iter().filter(stays).cloned().collect::<Vec<_>>();
        let mut sides: Vec<Vec<Party>> = self.sides.iter().map(left).collect();
        // Who says nothing to whom is the first: without it there is nothing to lose.
        if self.is_one_way && sides.first().is_none_or(Vec::is_empty) {
            return None;
        }
        sides.retain(|side| !side.is_empty());
        (sides.len() > 1).then_some(Sides { sides, is_one_way: self.is_one_way })
    }

    /// In words: `a, b from c`, or one way `a, b → c`; everybody else is `the rest`.
    #[must_use]
    pub fn spoken(&self) -> String {
        let side = |side: &Vec<Party>| side.iter().map(Party::spoken).collect::<Vec<_>>().join(", ");
        let said: Vec<String> = self.sides.iter().map(side).collect();
        match (self.is_one_way, said.split_first()) {
            (true, Some((first, others))) => format!("{first} → {}", others.join(" | ")),
            _ if said.len() == 2 => said.join(" from "),
            _ => said.join(" | "),
        }
    }
}

impl Party {
    /// The id of the box that is meant, or whose member is.
    #[must_use]
    pub fn home(&self) -> Option<&str> {
        match self {
            Party::Box(id) | Party::Member(id, _) => Some(id),
            Party::Rest => None,
        }
    }

    fn spoken(&self) -> String {
        if *self == Party::Rest { "the rest".to_string() } else { self.to_string() }
    }
}

impl core::fmt::Display for Party {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Party::Box(id) => f.write_str(id),
            Party::Member(id, member) => write!(f, "{id}.{member}"),
            Party::Rest => f.write_str("*"),
        }
    }
}

/// Reads `posts`, `posts.0` or `*`.
impl core::str::FromStr for Party {
    type Err = String;

    fn from_str(text: &str) -> Result<Party, String> {
        let text = text.trim();
        match text.rsplit_once('.') {
            _ if text == "*" => Ok(Party::Rest),
            _ if text.is_empty() => Err("somebody on a side has no name: write `sides:a,b|c`".to_string()),
            None => Ok(Party::Box(text.to_string())),
            Some((id, member)) => match member.parse() {
                Ok(member) => Ok(Party::Member(id.to_string(), member)),
                Err(_) => Err(format!("`{text}` names no member: write the box, a dot and the member's number")),
            },
        }
    }
}

impl core::fmt::Display for Sides {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(Sides::PREFIX)?;
        for (at, side) in self.sides.iter().enumerate() {
            match (at, self.is_one_way) {
                (0, _) => {}
                (1, true) => f.write_str(">")?,
                _ => f.write_str("|")?,
            }
            for (at, party) in side.iter().enumerate() {
                write!(f, "{}{party}", if at > 0 { "," } else { "" })?;
            }
        }
        Ok(())
    }
}

/// Reads what stands behind `sides:`.
impl core::str::FromStr for Sides {
    type Err = String;

    fn from_str(text: &str) -> Result<Sides, String> {
        let side = |text: &str| text.split(',').map(str::parse).collect::<Result<Vec<Party>, String>>();
        let (first, others) = match text.split_once('>') {
            Some((first, others)) => (Some(first), others),
            None => (None, text),
        };
        let sides = first.into_iter().chain(others.split('|')).map(side).collect::<Result<_, _>>()?;
        Ok(Sides { sides, is_one_way: first.is_some() })
    }
}

impl Verb {
    /// What it does between the sides of a partition set: its name on a button and one line of help; `None` when it cannot be done
    /// to one.
    #[must_use]
    pub fn between_sides(self) -> Option<(&'static str, &'static str)> {
        match self {
            Verb::Cut => Some(("Partition", "Nothing passes between the sides; within each all goes on")),
            Verb::Heal => Some(("Heal", "The partition ends")),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Target;

    fn sides(text: &str) -> Sides {
        match text.parse::<Target>() {
            Ok(Target::Sides(sides)) => sides,
            other => panic!("{text} was read as {other:?}"),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for text in ["sides:a,b.1|c,d", "sides:a|b|*", "sides:a,b>*", "sides:a>b.0|c", "sides:posts.0|posts.1,posts.2"]
        {
            assert_eq!(sides(text).to_string(), text);
        }
        assert_eq!(sides("sides: a , b.1 | c "), sides("sides:a,b.1|c"));
        for (text, why) in
            [("sides:a,|b", "has no name"), ("sides:", "has no name"), ("sides:a.x|b", "names no member")]
        {
            let said = text.parse::<Target>().expect_err("it is no partition set");
            assert!(said.contains(why), "{text}: {said}");
        }
    }

    #[test]
    fn a_member_stands_where_it_is_named_itself_before_its_box_and_that_before_the_rest() {
        let all = sides("sides:posts,api|posts.1|*");
        let at = |id: &str, number| all.side_of(id, number);
        assert_eq!((at("posts", 0), at("posts", 1), at("api", 3)), (Some(1), Some(2), Some(1)));
        assert_eq!(at("cache", 0), Some(3), "it is of the rest");
        assert_eq!(sides("sides:posts|api").side_of("cache", 0), None);
    }

    #[test]
    fn what_is_gone_is_on_no_side_and_a_cut_of_one_side_is_none() {
        let left =
            |text: &str, there: &[&str]| sides(text).among(|id| there.contains(&id)).map(|left| left.to_string());
        assert_eq!(left("sides:a,b|c", &["a", "c"]), Some("sides:a|c".to_string()));
        assert_eq!(left("sides:a|b|c", &["a", "c"]), Some("sides:a|c".to_string()));
        assert_eq!(left("sides:a|c", &["a"]), None);
        assert_eq!(left("sides:a>*", &["b"]), None, "who was to be unheard is gone");
        assert_eq!(left("sides:a|*", &["a"]), Some("sides:a|*".to_string()));
    }

    #[test]
    fn it_is_said_in_words() {
        assert_eq!(sides("sides:a,b.1|*").spoken(), "a, b.1 from the rest");
        assert_eq!(sides("sides:a>b|*").spoken(), "a → b | the rest");
        assert_eq!(sides("sides:a|b|c").spoken(), "a | b | c");
    }
}
