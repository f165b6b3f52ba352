//! What a session may rely on when each of its requests may go to another copy: the four guarantees of Bayou.
//!
//! | guarantee | in one session | else |
//! |---|---|---|
//! | read your writes | a read sees what the session wrote before | you post, reload, and it is gone |
//! | monotonic reads | a read sees what the session read before | reload, and the newest comment is gone |
//! | monotonic writes | who sees a write sees the session's earlier ones | the reply is there, the photo is not |
//! | writes follow reads | who sees a write sees what the session had read before it | an answer without its question |
//!
//! A version of a key is a number that grows with each write to it: to see a version is to read it or a later one. The first two are
//! about one key; the last two are about two, and show in whoever reads both: first the later write, and then not the earlier thing.
//! Within one key they say that a session's write comes after what it wrote and read there before.
//!
//! O(n·k·log n) for n steps of sessions that touch k keys.
//!
//! Source: Terry et al., *Session Guarantees for Weakly Consistent Replicated Data*, 1994, §2 and §3.

use std::collections::BTreeMap;

/// Which guarantee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guarantee {
    /// A read sees what the session wrote before.
    ReadYourWrites,
    /// A read sees what the session read before.
    MonotonicReads,
    /// Who sees a write sees the session's earlier ones.
    MonotonicWrites,
    /// Who sees a write sees what the session had read before it.
    WritesFollowReads,
}

impl Guarantee {
    /// All four, in the order of the paper.
    pub const ALL: [Guarantee; 4] = [
        Guarantee::ReadYourWrites,
        Guarantee::MonotonicReads,
        Guarantee::WritesFollowReads,
        Guarantee::MonotonicWrites,
    ];
}

/// One step of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Whose.
    pub session: u32,
    /// Of which key.
    pub key: u32,
    /// The version that was read (0: none yet) or written.
    pub version: u64,
    /// Whether it was written.
    pub is_write: bool,
}

/// Two steps that contradict a guarantee, as places in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// What had to be seen.
    pub earlier: usize,
    /// Who did not see it.
    pub later: usize,
}

/// By key, the highest version and the step that it comes from.
type Versions = BTreeMap<u32, (u64, usize)>;

fn raise(versions: &mut Versions, key: u32, version: u64, step: usize) {
    let known = versions.entry(key).or_insert((version, step));
    if version > known.0 {
        *known = (version, step);
    }
}

/// What a session has done and must see.
#[derive(Default)]
struct Session {
    read: Versions,
    written: Versions,
    /// What the writes that it has read stand on.
    promised: Versions,
}

/// The first step, in the order of the history, that contradicts the guarantee. Steps of one session must be in its order; a read of a
/// write may stand before it.
#[must_use]
pub fn contradiction(guarantee: Guarantee, history: &[Step]) -> Option<Contradiction> {
    let stands_on = stands_on(guarantee, history);
    let mut sessions: BTreeMap<u32, Session> = BTreeMap::new();
    for (at, step) in history.iter().enumerate() {
        let session = sessions.entry(step.session).or_default();
        let must_see = match (guarantee, step.is_write) {
            (Guarantee::ReadYourWrites, false) | (Guarantee::MonotonicWrites, true) => session.written.get(&step.key),
            (Guarantee::MonotonicReads, false) | (Guarantee::WritesFollowReads, true) => session.read.get(&step.key),
            (Guarantee::MonotonicWrites | Guarantee::WritesFollowReads, false) => session.promised.get(&step.key),
            (Guarantee::ReadYourWrites | Guarantee::MonotonicReads, true) => None,
        };
        if let Some((_, earlier)) = must_see.filter(|(version, _)| step.version < *version) {
            return Some(Contradiction { earlier: *earlier, later: at });
        }
        let seen = if step.is_write { &mut session.written } else { &mut session.read };
        raise(seen, step.key, step.version, at);
        let promised = stands_on.get(&(step.key, step.version)).filter(|_| !step.is_write);
        for (key, (version, earlier)) in promised.into_iter().flatten() {
            raise(&mut session.promised, *key, *version, *earlier);
        }
    }
    None
}

/// For each version that was written, what its session had written or read before.
fn stands_on(guarantee: Guarantee, history: &[Step]) -> BTreeMap<(u32, u64), Versions> {
    let (mut before, mut of): (BTreeMap<u32, Versions>, BTreeMap<(u32, u64), Versions>) = Default::default();
    let is_write = match guarantee {
        Guarantee::MonotonicWrites => true,
        Guarantee::WritesFollowReads => false,
        Guarantee::ReadYourWrites | Guarantee::MonotonicReads => return of,
    };
    for (at, step) in history.iter().enumerate() {
        let own = before.entry(step.session).or_default();
        if step.is_write {
            of.insert((step.key, step.version), own.clone());
        }
        if step.is_write == is_write {
            raise(own, step.key, step.version, at);
        }
    }
    of
}
