//! What one member decides, kept only while somebody looks into it.
//!
//! A run that nobody looks into pays for one look at a pointer where a decision is made: nothing is written, and what would be written
//! is not even put together. What is kept is no part of the digest, draws no luck and changes nothing, so that a run is the same
//! whether it is looked into or not. Cost while somebody looks: O(1) for each decision, [`Watch::KEPT`] of them in memory.

use crate::core::Core;
use crate::words::{BoxIndex, MemberIndex, Request, Status, WireIndex};
use crate::world::Member;
use base::{Span, Time};
use std::collections::VecDeque;

/// A part of a sentence that is filled in when it is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Word {
    /// A count, a key, a version.
    Number(u64),
    /// A reading with a fraction.
    Level(f64),
    /// A length of time.
    Lasts(Span),
    /// A moment.
    At(Time),
    /// An operation of the scenario, by place.
    Op(u8),
    /// How something ended.
    Status(Status),
    /// The box that a wire leads to.
    Wire(WireIndex),
    /// A member of the same box, by number.
    Peer(u8),
    /// A fixed word.
    Text(&'static str),
}

impl From<u64> for Word {
    fn from(n: u64) -> Word {
        Word::Number(n)
    }
}

impl From<Status> for Word {
    fn from(status: Status) -> Word {
        Word::Status(status)
    }
}

impl From<u32> for Word {
    fn from(n: u32) -> Word {
        Word::Number(u64::from(n))
    }
}

impl From<Span> for Word {
    fn from(span: Span) -> Word {
        Word::Lasts(span)
    }
}

impl From<&'static str> for Word {
    fn from(text: &'static str) -> Word {
        Word::Text(text)
    }
}

/// One decision: a sentence with a `{}` for each of its words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decision {
    say: &'static str,
    words: [Word; Decision::WORDS_MAX],
}

impl Decision {
    /// Most words that are filled in.
    pub const WORDS_MAX: usize = 6;

    /// The sentence `say`, whose `{}` stand for `words` in their order.
    #[must_use]
    pub fn new<const N: usize>(say: &'static str, words: [Word; N]) -> Decision {
        const { assert!(N <= Decision::WORDS_MAX, "a decision has few words") };
        debug_assert_eq!(say.matches("{}").count(), N, "{say}");
        let mut all = [Word::Text(""); Decision::WORDS_MAX];
        all[..N].copy_from_slice(&words);
        Decision { say, words: all }
    }

    /// The sentence, with each word as `name` calls it.
    pub fn told(&self, mut name: impl FnMut(Word) -> String) -> String {
        let mut said = String::new();
        let mut parts = self.say.split("{}");
        said.push_str(parts.next().unwrap_or_default());
        for (part, word) in parts.zip(self.words) {
            said.push_str(&name(word));
            said.push_str(part);
        }
        said
    }
}

/// A decision with when it was made, and by which member of the box, by number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decided {
    /// When.
    pub at: Time,
    /// By whom.
    pub by: u8,
    /// What.
    pub decision: Decision,
}

/// Who is looked into, and what was decided there.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    home: BoxIndex,
    number: Option<u8>,
    kept: VecDeque<Decided>,
}

impl Watch {
    /// Decisions kept.
    pub const KEPT: usize = 40;

    /// One of a box's members, or all of them.
    pub fn new(home: BoxIndex, number: Option<u8>) -> Watch {
        Watch { home, number, kept: VecDeque::with_capacity(Watch::KEPT) }
    }

    pub fn is_on(&self, home: BoxIndex, number: u8) -> bool {
        self.home == home && self.number.is_none_or(|watched| watched == number)
    }

    pub fn keep(&mut self, decided: Decided) {
        if self.kept.len() == Watch::KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(decided);
    }

    pub fn kept(&self) -> &VecDeque<Decided> {
        &self.kept
    }

    pub fn replace(&mut self, kept: VecDeque<Decided>) {
        self.kept = kept;
    }
}

impl<M: Member> Core<M> {
    /// From now on the decisions of a box's members, or of one of them, are kept; those kept before are forgotten.
    pub fn watch(&mut self, home: BoxIndex, number: Option<u8>) {
        self.watch = Some(Box::new(Watch::new(home, number)));
    }

    /// Nobody looks into anything any more.
    pub fn unwatch(&mut self) {
        self.watch = None;
    }

    pub(crate) fn is_watched(&self) -> bool {
        self.watch.is_some()
    }

    /// The decisions kept, oldest first; none while nobody looks.
    pub fn decisions(&self) -> impl DoubleEndedIterator<Item = &Decided> + ExactSizeIterator {
        static NONE: VecDeque<Decided> = VecDeque::new();
        self.watch.as_ref().map_or(&NONE, |watch| watch.kept()).iter()
    }

    /// True when as many are kept as ever are.
    #[must_use]
    pub fn is_watch_full(&self) -> bool {
        self.watch.as_ref().is_some_and(|watch| watch.kept().len() >= Watch::KEPT)
    }

    /// Takes over what another run that came to the same moment has kept.
    pub fn take_decisions(&mut self, other: &Core<M>) {
        if let (Some(mine), Some(theirs)) = (&mut self.watch, &other.watch) {
            mine.replace(theirs.kept().clone());
        }
    }

    /// Keeps what a member decides, where somebody looks into it.
    #[inline]
    pub(crate) fn decide(&mut self, member: MemberIndex, decision: impl FnOnce() -> Decision) {
        if self.watch.is_some() {
            self.keep(member, decision);
        }
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn keep(&mut self, member: MemberIndex, decision: impl FnOnce() -> Decision) {
        let life = &self.lives[usize::from(member)];
        if let Some(watch) = self.watch.as_mut().filter(|watch| watch.is_on(life.box_index, life.number)) {
            watch.keep(Decided { at: self.now, by: life.number, decision: decision() });
        }
    }
}

/// A call begins.
pub(crate) fn asked(wire: WireIndex, op: u8, key: u64) -> Decision {
    Decision::new("asked {} for {} of key {}", [Word::Wire(wire), Word::Op(op), Word::Number(key)])
}

/// A call's attempt has ended.
pub(crate) fn heard(wire: WireIndex, request: &Request, status: Status, took: Span) -> Decision {
    let words =
        [Word::Wire(wire), Word::Op(request.op), Word::Number(request.key), Word::Status(status), Word::Lasts(took)];
    Decision::new("{} on {} of key {}: {} after {}", words)
}

/// A request has its answer.
pub(crate) fn answered(request: &Request, status: Status, took: Span) -> Decision {
    let words = [Word::Op(request.op), Word::Number(request.key), Word::Status(status), Word::Lasts(took)];
    Decision::new("answered {} of key {}: {}, {} after it came", words)
}

/// A call is not made: its breaker is open, its pool full, or its time over.
pub(crate) fn withheld(wire: WireIndex, status: Status) -> Decision {
    let why = match status {
        Status::Unavailable => "the breaker is open",
        Status::TimedOut => "its deadline is over",
        _ => "the pool and its line are full",
    };
    Decision::new("did not ask {}: {}", [Word::Wire(wire), Word::Text(why)])
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn the_words_stand_where_the_sentence_has_them() {
        let decision = Decision::new("missed key {}; {} goes for it", [Word::Number(7), Word::Text("a reader")]);
        let told = decision.told(|word| match word {
            Word::Number(n) => n.to_string(),
            Word::Text(text) => text.to_string(),
            _ => unreachable!("there are two words"),
        });
        assert_eq!(told, "missed key 7; a reader goes for it");
    }

    #[test]
    fn the_latest_are_kept_of_whom_somebody_looks_into() {
        let mut watch = Watch::new(3, Some(1));
        assert!(watch.is_on(3, 1) && !watch.is_on(3, 0) && !watch.is_on(2, 1));
        assert!(Watch::new(3, None).is_on(3, 200));
        for n in 0..100 {
            watch.keep(Decided { at: Time(n), by: 1, decision: Decision::new("{}", [Word::Number(n)]) });
        }
        assert_eq!(watch.kept().len(), Watch::KEPT);
        assert_eq!(watch.kept().back().map(|decided| decided.at), Some(Time(99)));
    }
}
