//! Signatures first; the judging follows.
use crate::{Check, Evidence, Names, Spec, Topic, Verdict};
use base::Time;
use trace::Record;
#[derive(Clone, Debug)]
pub(crate) struct StaleReads;
impl Check for StaleReads {
    const TOPICS: &'static [Topic] = &[];
    fn new(_spec: &Spec) -> Self {
        StaleReads
    }
    fn observe(&mut self, _at: Time, _record: &Record) {}
    fn summary(&self, _now: Time, _names: &Names) -> Verdict {
        Verdict::default()
    }
    fn evidence(&self, _now: Time, _names: &Names) -> Vec<Evidence> {
        Vec::new()
    }
}
