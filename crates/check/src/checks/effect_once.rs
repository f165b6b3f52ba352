//! A write takes effect once: a member that applies it again, or undoes it again, has been asked twice and did not notice.
//!
//! Applied, undone and applied again is twice as well: whoever wants the effect back makes a new write. Members are independent: each
//! copy applies a write once.
//!
//! The last [`WRITES_MAX`] effects are remembered; a repetition of an older one is not seen, and so the figure is a least one. O(1).

use crate::keys::Stable;
use crate::{Check, Evidence, Finding, Names, Spec, Topic, Verdict, say};
use base::{Time, stable_hash_u64};
use hashbrown::HashMap;
use std::collections::VecDeque;
use trace::{MemberIndex, Record};

/// Effects that are remembered: 3 MB.
const WRITES_MAX: usize = 1 << 16;

/// What a member did with a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Effect {
    member: MemberIndex,
    key: u64,
    write: u64,
    is_undone: bool,
}

impl Effect {
    /// Its place in the table; whole effects are compared there.
    fn place(&self) -> u64 {
        stable_hash_u64(self.write ^ u64::from(self.member) << 48 ^ u64::from(self.is_undone) << 47)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct EffectOnce {
    /// When each happened first.
    first: HashMap<u64, (Effect, Time), Stable>,
    /// The oldest first.
    order: VecDeque<u64>,
    effects: u64,
    forgotten: u64,
    broken: u64,
    again: Vec<(Time, Effect, Time)>,
}

impl EffectOnce {
    fn happen(&mut self, at: Time, effect: Effect) {
        self.effects += 1;
        let place = effect.place();
        match self.first.get(&place) {
            Some((known, since))
                if (known.member, known.write) == (effect.member, effect.write)
                    && known.is_undone == effect.is_undone =>
            {
                let since = *since;
                self.broken += 1;
                if self.again.len() < Verdict::EVIDENCE_MAX {
                    self.again.push((at, effect, since));
                }
            }
            // Two that fall on one place: the second is not followed.
            Some(_) => self.forgotten += 1,
            None => {
                self.first.insert(place, (effect, at));
                self.order.push_back(place);
                if let Some(oldest) = self.order.pop_front_if(|_| self.first.len() > WRITES_MAX) {
                    self.first.remove(&oldest);
                    self.forgotten += 1;
                }
            }
        }
    }
}

impl Check for EffectOnce {
    const TOPICS: &'static [Topic] = &[Topic::Effect];

    fn new(_spec: &Spec) -> EffectOnce {
        let (first, order) = (HashMap::default(), VecDeque::new());
        EffectOnce { first, order, effects: 0, forgotten: 0, broken: 0, again: Vec::new() }
    }

    fn observe(&mut self, at: Time, record: &Record) {
        match *record {
            Record::Applied { member, key, write, .. } => {
                self.happen(at, Effect { member, key, write, is_undone: false });
            }
            Record::Undone { member, key, write, .. } => {
                self.happen(at, Effect { member, key, write, is_undone: true });
            }
            _ => {}
        }
    }

    fn summary(&self, _now: Time, _names: &Names) -> Verdict {
        let least = if self.forgotten > 0 { "at least " } else { "" };
        let of = say::counted(self.effects, "effect");
        let (finding, headline, detail) = match self.again.first() {
            Some((at, ..)) => (
                Finding::Broken,
                format!("{least}{} happened again", say::counted(self.broken, "effect")),
                format!("first at {at}; of {of}"),
            ),
            None if self.effects > 1 => (Finding::Holds, "Every effect happened once".to_string(), of),
            None => (Finding::Untold, "Nothing happened twice or could have".to_string(), format!("{of} so far")),
        };
        Verdict {
            finding,
            headline,
            detail,
            figure: self.broken as f64,
            broken_at: self.again.first().map(|(at, ..)| *at),
            evidence_total: self.broken,
            ..Verdict::default()
        }
    }

    fn evidence(&self, _now: Time, names: &Names) -> Vec<Evidence> {
        let text = |effect: &Effect, since: &Time| {
            let did = if effect.is_undone { "undid" } else { "applied" };
            let Effect { member, key, write, .. } = effect;
            format!("{} {did} write {write} of key {key} again; it had done so at {since}", names.member(*member))
        };
        self.again.iter().map(|(at, effect, since)| Evidence { at: *at, text: text(effect, since) }).collect()
    }
}
