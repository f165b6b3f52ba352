//! A leader and its followers, reduced to their logs: every log is kept whole, and every step is one that a correct protocol
//! might take, with leaders that do not know that they were replaced.

use base::{Rng, Span, Time};
use trace::Record;

pub const KEYS: u64 = 3;

/// What a step did, told by what is in the logs rather than by versions.
pub enum Event {
    Acknowledged { version: u64, key: u64, write: u64 },
    Promoted { is_newest: bool },
    Discarded { versions: Vec<u64> },
    Other,
}

#[derive(Clone, Default)]
struct Member {
    log: Vec<u64>,
    /// The newest term it has heard of.
    term: u64,
    leads: bool,
    /// Of its own entries, how many it has acknowledged.
    acknowledged: usize,
}

pub struct Group {
    pub now: Time,
    rng: Rng,
    members: Vec<Member>,
    /// The leader of each term, by term.
    leaders: Vec<Option<usize>>,
    /// Terms handed out but not used yet: their leader is promoted late.
    late: Vec<u64>,
    newest: usize,
    records: Vec<(Time, Record)>,
}

impl Group {
    pub fn new(seed: u64, members: usize) -> Group {
        let mut all = vec![Member { term: 1, ..Member::default() }; members];
        all[0].leads = true;
        Group {
            now: Time::ZERO,
            rng: Rng::stream(seed, &[42]),
            members: all,
            leaders: vec![None, None],
            late: Vec::new(),
            newest: 0,
            records: Vec::new(),
        }
    }

    /// The records of the step that was told last.
    pub fn drain(&mut self) -> Vec<(Time, Record)> {
        std::mem::take(&mut self.records)
    }

    /// The log of the leader of the newest term; of the first leader before any promotion.
    pub fn newest_log(&self) -> &[u64] {
        &self.members[self.newest].log
    }

    /// The newest term that was begun.
    pub fn newest_term(&self) -> u64 {
        self.leaders.iter().rposition(Option::is_some).unwrap_or(1) as u64
    }

    /// The member that led `term`; member 0 began.
    pub fn leader_of(&self, term: u64) -> usize {
        self.leaders[term as usize].unwrap_or(0)
    }

    /// A version of `key` that somebody has or once had; 0 at times.
    pub fn any_version_of(&self, key: u64, rng: &mut Rng) -> u64 {
        let log = &self.members[rng.below(self.members.len() as u64) as usize].log;
        let of_key: Vec<u64> = log.iter().copied().filter(|version| key_of(*version) == key).collect();
        let back = rng.below(4) as usize;
        of_key.len().checked_sub(1 + back).map_or(0, |place| of_key[place])
    }

    /// One thing happens, some time later.
    pub fn step(&mut self) -> Vec<Event> {
        self.now += Span::from_millis(self.rng.below(3));
        let place = self.rng.below(self.members.len() as u64) as usize;
        match self.rng.below(100) {
            0..30 => self.append(place),
            30..55 => self.acknowledge(place),
            55..95 => self.follow(place),
            95..98 => self.promote(place),
            _ => self.reserve(),
        }
    }

    fn append(&mut self, place: usize) -> Vec<Event> {
        let member = &mut self.members[place];
        if member.leads {
            member.log.push(member.term << 40 | (member.log.len() as u64 + 1));
        }
        vec![Event::Other]
    }

    fn acknowledge(&mut self, place: usize) -> Vec<Event> {
        let member = &mut self.members[place];
        let own = member.log.iter().copied().filter(|version| version >> 40 == member.term).nth(member.acknowledged);
        let Some(version) = own.filter(|_| member.leads) else { return vec![Event::Other] };
        member.acknowledged += 1;
        let (key, write) = (key_of(version), version & 0xFFFF);
        self.records.push((self.now, Record::Acknowledged { store: 0, member: place as u16, key, version, write }));
        vec![Event::Acknowledged { version, key, write }]
    }

    /// A member takes the next few entries from some leader whose term is not older than all it has heard of.
    fn follow(&mut self, place: usize) -> Vec<Event> {
        let leaders: Vec<usize> = (0..self.members.len())
            .filter(|other| {
                *other != place && self.members[*other].leads && self.members[*other].term >= self.members[place].term
            })
            .collect();
        if leaders.is_empty() {
            return vec![Event::Other];
        }
        let leader = self.members[leaders[self.rng.below(leaders.len() as u64) as usize]].clone();
        let member = &mut self.members[place];
        if member.leads {
            self.records.push((self.now, Record::SteppedDown { store: 0, member: place as u16, term: leader.term }));
        }
        (member.leads, member.term) = (false, leader.term);
        let shared = member.log.iter().zip(&leader.log).take_while(|(mine, theirs)| mine == theirs).count();
        let erased = member.log.split_off(shared);
        let more = self.rng.below(4) as usize;
        member.log.extend(leader.log.iter().skip(shared).take(more));
        let held = member.log.last().copied();
        // One record for each term, oldest first.
        for stretch in erased.chunk_by(|a, b| a >> 40 == b >> 40) {
            let (from, to) = (stretch[0], stretch[stretch.len() - 1]);
            self.records.push((self.now, Record::Discarded { store: 0, member: place as u16, from, to }));
        }
        if let Some(version) = held {
            self.records.push((self.now, Record::Held { store: 0, member: place as u16, version }));
        }
        vec![Event::Discarded { versions: erased }]
    }

    fn promote(&mut self, place: usize) -> Vec<Event> {
        let usable =
            self.late.iter().position(|term| *term > self.members[place].term).filter(|_| self.rng.chance(0.5));
        let term = match usable {
            Some(at) => self.late.remove(at),
            None => {
                self.leaders.push(None);
                self.leaders.len() as u64 - 1
            }
        };
        self.leaders[term as usize] = Some(place);
        let is_newest = self.newest_term() == term;
        let member = &mut self.members[place];
        (member.leads, member.term, member.acknowledged) = (true, term, 0);
        let version = member.log.last().copied().unwrap_or(0);
        self.records.push((self.now, Record::Promoted { store: 0, member: place as u16, term, version }));
        if is_newest {
            self.newest = place;
        }
        vec![Event::Promoted { is_newest }]
    }

    /// A term is agreed on whose leader is promoted later than that of a newer one.
    fn reserve(&mut self) -> Vec<Event> {
        self.late.push(self.leaders.len() as u64);
        self.leaders.push(None);
        vec![Event::Other]
    }
}

fn key_of(version: u64) -> u64 {
    (version & ((1 << 40) - 1)).wrapping_mul(7) % KEYS
}
