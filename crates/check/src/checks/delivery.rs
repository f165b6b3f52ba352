//! Every accepted message is delivered exactly as often as it should be: once by a queue of work, once to every follower by a
//! fan-out. A delivery given up is lost; one more than was due is a duplicate; what is under way is neither, and its age is shown.
//!
//! A message is remembered until its last delivery, in O(1) by its id and in order of age:
//!
//! ```text
//!  by id:  17 ─┐  4 ─┐  9 ─┐
//!  oldest ─> [ 4 ] <─> [ 9 ] <─> [ 17 ] <─ newest
//! ```
//!
//! At most [`UNDER_WAY_MAX`] messages are followed at once; those accepted beyond that are counted and not judged, and neither is
//! any delivery whose id lies between theirs.

use crate::keys::Stable;
use crate::{Check, Evidence, Finding, Names, Spec, Topic, Verdict, say};
use base::Time;
use hashbrown::HashMap;
use trace::Record;

/// Messages followed at once: 3 MB.
pub(crate) const UNDER_WAY_MAX: usize = 1 << 16;
const NONE: u32 = u32::MAX;

/// A message under way, linked to the one before and after it in order of age.
#[derive(Clone, Copy, Debug)]
struct Slot {
    message: u64,
    at: Time,
    left: u32,
    older: u32,
    newer: u32,
}

/// Messages under way.
#[derive(Clone, Debug)]
struct UnderWay {
    places: HashMap<u64, u32, Stable>,
    slots: Vec<Slot>,
    free: Vec<u32>,
    oldest: u32,
    newest: u32,
}

impl UnderWay {
    fn new() -> UnderWay {
        UnderWay { places: HashMap::default(), slots: Vec::new(), free: Vec::new(), oldest: NONE, newest: NONE }
    }

    fn get_mut(&mut self, message: u64) -> Option<(u32, &mut Slot)> {
        let place = *self.places.get(&message)?;
        Some((place, &mut self.slots[place as usize]))
    }

    fn push(&mut self, message: u64, at: Time, left: u32) {
        let slot = Slot { message, at, left, older: self.newest, newer: NONE };
        let place = match self.free.pop() {
            Some(place) => {
                self.slots[place as usize] = slot;
                place
            }
            None => {
                self.slots.push(slot);
                self.slots.len() as u32 - 1
            }
        };
        match self.newest {
            NONE => self.oldest = place,
            newest => self.slots[newest as usize].newer = place,
        }
        self.newest = place;
        self.places.insert(message, place);
    }

    fn remove(&mut self, place: u32) {
        let Slot { message, older, newer, .. } = self.slots[place as usize];
        match older {
            NONE => self.oldest = newer,
            older => self.slots[older as usize].newer = newer,
        }
        match newer {
            NONE => self.newest = older,
            newer => self.slots[newer as usize].older = older,
        }
        self.places.remove(&message);
        self.free.push(place);
    }

    fn oldest(&self) -> Option<&Slot> {
        self.slots.get(self.oldest as usize)
    }
}

/// One thing that went wrong.
#[derive(Clone, Copy, Debug)]
struct Wrong {
    at: Time,
    message: u64,
    is_lost: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    under_way: UnderWay,
    under_way_max: usize,
    accepted: u64,
    copies: u64,
    delivered: u64,
    /// Deliveries still due.
    due: u64,
    lost: u64,
    duplicates: u64,
    /// Messages not followed for want of room, and the range of their ids.
    unfollowed: u64,
    unfollowed_ids: Option<(u64, u64)>,
    wrong: Vec<Wrong>,
}

impl Delivery {
    fn queue(&mut self, at: Time, message: u64, copies: u32) {
        self.accepted += 1;
        self.copies += u64::from(copies);
        if let Some((_, slot)) = self.under_way.get_mut(message) {
            slot.left = slot.left.saturating_add(copies);
        } else if self.under_way.places.len() >= self.under_way_max {
            self.unfollowed += 1;
            let (low, high) = self.unfollowed_ids.unwrap_or((message, message));
            self.unfollowed_ids = Some((low.min(message), high.max(message)));
            return;
        } else if copies > 0 {
            self.under_way.push(message, at, copies);
        }
        self.due += u64::from(copies);
    }

    /// One delivery of `message` was done or given up.
    fn end(&mut self, at: Time, message: u64, is_lost: bool) {
        self.delivered += u64::from(!is_lost);
        match self.under_way.get_mut(message) {
            Some((place, slot)) => {
                slot.left -= 1;
                let is_last = slot.left == 0;
                self.due -= 1;
                if is_last {
                    self.under_way.remove(place);
                }
                if is_lost {
                    self.lost += 1;
                    self.wrong(Wrong { at, message, is_lost });
                }
            }
            None if self.unfollowed_ids.is_some_and(|(low, high)| (low..=high).contains(&message)) => {}
            None if is_lost => {}
            None => {
                self.duplicates += 1;
                self.wrong(Wrong { at, message, is_lost });
            }
        }
    }

    #[cold]
    fn wrong(&mut self, wrong: Wrong) {
        if self.wrong.len() < Verdict::EVIDENCE_MAX {
            self.wrong.push(wrong);
        }
    }

    fn detail(&self, now: Time) -> String {
        let (delivered, copies) = (say::count(self.delivered), say::counted_as(self.copies, "copy", "copies"));
        let mut detail = format!("{delivered} delivered for {copies} of {}", say::counted(self.accepted, "message"));
        if let Some(oldest) = self.under_way.oldest() {
            let (due, lag) = (say::count(self.due), say::span(now.since(oldest.at)));
            detail += &format!("; {due} under way, the oldest for {lag}");
        }
        if self.unfollowed > 0 {
            let unfollowed = say::counted(self.unfollowed, "message");
            detail += &format!("; {unfollowed} not judged, too many were under way");
        }
        detail
    }
}

impl Check for Delivery {
    const TOPICS: &'static [Topic] = &[Topic::Message];

    fn new(_spec: &Spec) -> Delivery {
        Delivery {
            under_way: UnderWay::new(),
            under_way_max: UNDER_WAY_MAX,
            accepted: 0,
            copies: 0,
            delivered: 0,
            due: 0,
            lost: 0,
            duplicates: 0,
            unfollowed: 0,
            unfollowed_ids: None,
            wrong: Vec::new(),
        }
    }

    #[inline]
    fn observe(&mut self, at: Time, record: &Record) {
        match *record {
            Record::Queued { message, copies, .. } => self.queue(at, message, copies),
            Record::Delivered { message, .. } => self.end(at, message, false),
            Record::Dropped { message, .. } => self.end(at, message, true),
            _ => {}
        }
    }

    fn summary(&self, now: Time, _names: &Names) -> Verdict {
        let wrong = self.lost + self.duplicates;
        let finding = match (wrong, self.delivered) {
            (0, 0) => Finding::Untold,
            (0, _) => Finding::Holds,
            _ => Finding::Broken,
        };
        let lost = format!("{} lost", say::counted_as(self.lost, "delivery", "deliveries"));
        let headline = match (self.lost, self.duplicates) {
            (0, 0) => "No delivery lost or duplicated".to_string(),
            (0, duplicates) => say::counted(duplicates, "duplicate"),
            (_, 0) => lost,
            (_, duplicates) => format!("{lost}, {}", say::counted(duplicates, "duplicate")),
        };
        Verdict {
            finding,
            headline,
            detail: self.detail(now),
            figure: wrong as f64,
            broken_at: self.wrong.first().map(|wrong| wrong.at),
            evidence_total: wrong,
            ..Verdict::default()
        }
    }

    fn evidence(&self, _now: Time, _names: &Names) -> Vec<Evidence> {
        let text = |wrong: &Wrong| match wrong.is_lost {
            true => format!("a delivery of message {} was given up", say::count(wrong.message)),
            false => format!("message {} was delivered once more than was due", say::count(wrong.message)),
        };
        self.wrong.iter().map(|wrong| Evidence { at: wrong.at, text: text(wrong) }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CheckKind;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn messages_beyond_the_room_are_counted_and_not_judged() {
        let mut check = Delivery { under_way_max: 3, ..Delivery::new(&Spec::new(CheckKind::Delivery, 0)) };
        (1..=5).for_each(|message| check.queue(Time(message), message, 1));
        for message in [4, 4, 5, 1, 2, 3] {
            check.end(Time(10), message, false);
        }
        let verdict = check.summary(Time(11), &Names::default());
        assert_eq!((verdict.finding, verdict.figure), (Finding::Holds, 0.0));
        assert_eq!(
            verdict.detail,
            "6 delivered for 5 copies of 5 messages; 2 messages not judged, too many were under way"
        );
        check.end(Time(12), 3, false);
        assert_eq!(check.duplicates, 1, "the others are judged as ever");
        check.queue(Time(13), 6, 1);
        assert_eq!(check.under_way.slots.len(), 3, "memory is used again");
    }
}
