//! Signatures first; the judging follows.
use crate::{Check, Evidence, Names, Spec, Topic, Verdict};
use base::Time;
use trace::Record;
#[derive(Clone, Debug)]
pub(crate) struct KeysMoved;
impl Check for KeysMoved {
    const TOPICS: &'static [Topic] = &[];
    fn new(_spec: &Spec) -> Self {
        KeysMoved
    }
    fn observe(&mut self, _at: Time, _record: &Record) {}
    fn summary(&self, _now: Time, _names: &Names) -> Verdict {
        Verdict::default()
    }
    fn evidence(&self, _now: Time, _names: &Names) -> Vec<Evidence> {
        Vec::new()
    }
}
