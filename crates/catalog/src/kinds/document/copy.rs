//! One replica's copies of all documents, by each of the three ways to bring edits together, and what they have to tell the others.
//!
//! Transformation is [`collab`], the sequence and the register are [`crdt`]; here they get a common face: an edit, what is to be sent,
//! what was heard. A copy never forgets an edit of its own silently: those that are dropped come out as [`Lost`].

use base::{Span, Time};
use collab::{Accepted, Editor, Operation, Sent, Server};
use crdt::{Crdt, Kind, LwwRegister, Parcel, Replica, Sends, Value};
use std::collections::BTreeMap;

/// Changes that the replicas of a sequence keep to tell.
const DELTAS: u32 = 1_000;

/// How edits are brought together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Transform,
    Sequence,
    LastWriter,
}

impl Way {
    pub const ALL: [Way; 3] = [Way::Transform, Way::Sequence, Way::LastWriter];
}

/// What replicas say to each other.
#[derive(Clone, Debug)]
pub enum Said {
    /// To the server: I have heard up to here; this is new, and may have come before.
    Ask(u64, u64, Option<Sent>),
    /// From the server: what comes next in a document.
    Next(u64, Vec<Accepted>),
    /// From the server: what you have missed, or what your operation was made on, is no longer kept.
    Whole(u64, Anew),
    /// What is new in the sequences.
    News(Parcel),
    /// It is here, up to this.
    Known(u64),
    /// The whole of a document, to be taken if it is newer.
    Text(u64, LwwRegister<Text>),
}

/// What an editor begins with anew.
#[derive(Clone, Debug)]
pub struct Anew {
    text: String,
    revision: u64,
    /// On which revision the last operation was made that the server took from it.
    taken: Option<u64>,
    /// On which revision the one was made that the server could not take.
    refused: Option<u64>,
}

/// A whole text, and how many edits of each replica have gone into it or into what it was made from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text {
    pub text: String,
    pub seen: Vec<u64>,
}

/// Edits of this replica that are gone: those of a document after the first and up to the last, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lost {
    pub doc: u64,
    pub after: u64,
    pub upto: u64,
}

/// A replica's copy of a document that is transformed.
#[derive(Clone, Debug)]
struct Typed {
    editor: Editor,
    sent: Option<Sent>,
    /// Edits made here; of those, how many are in what is under way or was before; and how many have come back.
    made: u64,
    sent_upto: u64,
    settled: u64,
}

impl Typed {
    fn new(me: u8) -> Typed {
        Typed { editor: Editor::new(u32::from(me), ""), sent: None, made: 0, sent_upto: 0, settled: 0 }
    }

    fn goes_out(&mut self, sent: Option<Sent>) {
        if sent.is_some() {
            self.sent = sent;
            self.sent_upto = self.made;
        }
    }

    /// Takes the next operation, if it is the next.
    fn hear(&mut self, accepted: &Accepted) -> bool {
        let waits = !self.editor.is_settled();
        let Ok(more) = self.editor.receive(accepted) else { return false };
        if waits && self.sent.as_ref().is_some_and(|sent| sent.author == accepted.author) {
            self.settled = self.sent_upto;
            self.sent = None;
        }
        self.goes_out(more);
        true
    }
}

/// The document as its server has it.
#[derive(Clone, Debug)]
struct Held {
    server: Server,
    /// What each replica has heard of, as far as is known.
    heard: Vec<u64>,
    /// On which revision the last operation was made that was taken from each: it has one under way, and the next is made on a later one.
    taken: Vec<Option<u64>>,
}

impl Held {
    fn new(members: u8) -> Held {
        let members = usize::from(members);
        Held { server: Server::new(""), heard: vec![0; members], taken: vec![None; members] }
    }

    /// Takes what was sent, unless that has come before. Else, on which revision it was made, when that is no longer kept.
    fn take(&mut self, sent: Sent) -> Result<Option<Accepted>, u64> {
        let Some(taken) = self.taken.get_mut(sent.author as usize) else { return Ok(None) };
        let revision = sent.revision;
        if taken.is_some_and(|taken| revision <= taken) {
            return Ok(None);
        }
        let accepted = self.server.receive(sent).map_err(|_| revision)?;
        *taken = Some(revision);
        Ok(Some(accepted))
    }

    /// What a replica has missed that has heard of so much; nothing if it has not.
    fn missed(&self, doc: u64, to: u8, revision: u64, refused: Option<u64>) -> Option<Said> {
        let log = self.server.log();
        let since = log.since(revision).ok().filter(|_| refused.is_none());
        let Some(since) = since else {
            let taken = self.taken.get(usize::from(to)).copied().flatten();
            let (text, revision) = (log.text().to_string(), log.revision());
            return Some(Said::Whole(doc, Anew { text, revision, taken, refused }));
        };
        let one = |(at, entry): (u64, &collab::Entry)| {
            Accepted { revision: at, author: entry.author, operation: entry.operation.clone() }
        };
        let next: Vec<Accepted> = (revision + 1..).zip(since).map(one).collect();
        (!next.is_empty()).then_some(Said::Next(doc, next))
    }
}

#[derive(Clone, Debug)]
enum Copies {
    /// The copies, and at the server the documents.
    Transform(BTreeMap<u64, Typed>, BTreeMap<u64, Held>),
    Sequence(Box<Replica>),
    /// With how many of this replica's edits there were, and whether the others are to be told.
    LastWriter(BTreeMap<u64, (LwwRegister<Text>, u64, bool)>),
}

/// All copies of one replica.
#[derive(Clone, Debug)]
pub(super) struct Desktop {
    me: u8,
    members: u8,
    log_max: u64,
    copies: Copies,
}

/// What a call wants to have sent: to whom, and what.
pub(super) type Out = Vec<(u8, Said)>;

impl Desktop {
    pub fn new(way: Way, me: u8, members: u8, log_max: u64) -> Desktop {
        let copies = match way {
            Way::Transform => Copies::Transform(BTreeMap::new(), BTreeMap::new()),
            Way::Sequence => {
                Copies::Sequence(Box::new(Replica::new(u32::from(me), Kind::Sequence, Sends::Deltas, DELTAS)))
            }
            Way::LastWriter => Copies::LastWriter(BTreeMap::new()),
        };
        Desktop { me, members, log_max, copies }
    }

    pub fn retune(&mut self, log_max: u64) {
        self.log_max = log_max;
    }

    /// The text of a document as this replica sees it.
    pub fn text(&self, doc: u64) -> String {
        match &self.copies {
            Copies::Transform(copies, _) => copies.get(&doc).map_or_else(String::new, |copy| copy.editor.text().to_string()),
            Copies::Sequence(replica) => match replica.copy(doc).map(crdt::Replicated::value) {
                Some(Value::Sequence(marks)) => marks.into_iter().map(letter).collect(),
                _ => String::new(),
            },
            Copies::LastWriter(copies) => {
                copies.get(&doc).and_then(|copy| copy.0.value()).map_or_else(String::new, |text| text.text.clone())
            }
        }
    }

    /// What orders the states of a copy.
    pub fn stamp(&self, doc: u64) -> u64 {
        match &self.copies {
            Copies::Transform(copies, _) => copies.get(&doc).map_or(0, |copy| copy.editor.revision() << 16),
            Copies::Sequence(replica) => replica.stamp(doc),
            Copies::LastWriter(copies) => copies.get(&doc).and_then(|copy| copy.0.stamp()).map_or(0, |(at, _)| at.0),
        }
    }

    /// Puts the letter `mark` in at a place, or takes the one there out. What has to be sent.
    pub fn edit(&mut self, now: Time, doc: u64, place: u64, mark: Option<u64>, version: u64) -> Out {
        let length = self.text(doc).chars().count() as u64;
        let (me, members) = (self.me, self.members);
        match &mut self.copies {
            Copies::Transform(copies, _) => {
                let copy = copies.entry(doc).or_insert_with(|| Typed::new(me));
                let operation = match mark {
                    Some(mark) => Operation::insertion(length, place % (length + 1), &letter(mark).to_string()),
                    None => Operation::deletion(length, place % length.max(1), u64::from(length > 0)),
                };
                // The place lies in the text, which is far from too long.
                let Ok(sent) = operation.and_then(|operation| copy.editor.edit(operation)) else { return Vec::new() };
                copy.made += 1;
                copy.goes_out(sent.clone());
                let revision = copy.editor.revision();
                let mut out = Vec::new();
                if sent.is_some() && me == 0 {
                    self.take(doc, 0, revision, sent, &mut out);
                } else if sent.is_some() {
                    out.push((0, Said::Ask(doc, revision, sent)));
                }
                out
            }
            Copies::Sequence(replica) => {
                let operation = match mark {
                    Some(mark) => crdt::Operation::Insert(place % (length + 1), mark),
                    None if length == 0 => return Vec::new(),
                    None => crdt::Operation::Cut(place % length),
                };
                // The place lies in the sequence.
                let _ = replica.apply(doc, operation, version);
                Vec::new()
            }
            Copies::LastWriter(copies) => {
                let (register, made, is_new) = copies.entry(doc).or_default();
                let mut next = register.value().cloned().unwrap_or_default();
                next.seen.resize(usize::from(members), 0);
                *made += 1;
                next.seen[usize::from(me)] = *made;
                let mut letters: Vec<char> = next.text.chars().collect();
                match mark {
                    Some(mark) => letters.insert((place % (length + 1)) as usize, letter(mark)),
                    None if length > 0 => drop(letters.remove((place % length) as usize)),
                    None => {}
                }
                next.text = letters.into_iter().collect();
                // Later than what it was made from, also when both are of one moment.
                let at = register.stamp().map_or(now, |(at, _)| now.max(at + Span(1)));
                register.write(u32::from(me), at, next);
                *is_new = true;
                Vec::new()
            }
        }
    }

    /// From time to time: what the others may lack, and what may have got lost on the way.
    pub fn tell(&mut self, documents: u64) -> Out {
        let (me, others) = (self.me, (0..self.members).filter(|other| *other != self.me));
        match &mut self.copies {
            Copies::Transform(..) if me == 0 => Vec::new(),
            Copies::Transform(copies, _) => {
                // Also of what was begun while it was cut off.
                let known = |doc: u64| copies.get(&doc).map(|copy| (copy.editor.revision(), copy.sent.clone()));
                let ask = |doc: u64| {
                    let (revision, sent) = known(doc).unwrap_or_default();
                    (0, Said::Ask(doc, revision, sent))
                };
                (0..documents).map(ask).collect()
            }
            Copies::Sequence(replica) => {
                others.filter_map(|to| Some((to, Said::News(replica.tell(u32::from(to))?)))).collect()
            }
            // The newest text of all is told again and again: who was cut off when it was new has nobody to ask.
            Copies::LastWriter(copies) => {
                let mut out = Vec::new();
                for to in others {
                    out.extend(copies.iter().map(|(doc, copy)| (to, Said::Text(*doc, copy.0.clone()))));
                }
                copies.values_mut().for_each(|copy| copy.2 = false);
                out
            }
        }
    }

    /// Somebody says something. The documents that have changed here, and the edits of this replica that are gone.
    pub fn hear(&mut self, from: u8, said: Said, out: &mut Out) -> (Vec<u64>, Option<Lost>) {
        match said {
            Said::Ask(doc, revision, sent) => {
                let changed = self.take(doc, from, revision, sent, out);
                (if changed { vec![doc] } else { Vec::new() }, None)
            }
            Said::Next(doc, next) => (if self.next(doc, &next, out) { vec![doc] } else { Vec::new() }, None),
            Said::Whole(doc, anew) => self.adopt(doc, &anew),
            Said::News(parcel) => {
                let Copies::Sequence(replica) = &mut self.copies else { return (Vec::new(), None) };
                out.push((from, Said::Known(parcel.upto)));
                (replica.hear(parcel), None)
            }
            Said::Known(upto) => {
                if let Copies::Sequence(replica) = &mut self.copies {
                    replica.on_acknowledged(u32::from(from), upto);
                }
                (Vec::new(), None)
            }
            Said::Text(doc, register) => self.newer(doc, &register),
        }
    }

    /// The server's text, because too much was missed: what the server has not taken is gone.
    fn adopt(&mut self, doc: u64, anew: &Anew) -> (Vec<u64>, Option<Lost>) {
        let me = self.me;
        let Copies::Transform(copies, _) = &mut self.copies else { return (Vec::new(), None) };
        let copy = copies.entry(doc).or_insert_with(|| Typed::new(me));
        let under_way = copy.sent.as_ref().map(|sent| sent.revision);
        let is_refused = anew.refused.is_some() && anew.refused == under_way;
        let known = copy.editor.revision();
        // What is older than what it knows has come late; it will ask again.
        if anew.revision < known || anew.revision == known && !is_refused {
            return (Vec::new(), None);
        }
        copy.editor.adopt(&anew.text, anew.revision);
        let is_taken = under_way.is_some() && under_way == anew.taken;
        let after = if is_taken { copy.sent_upto } else { copy.settled };
        let lost = Lost { doc, after, upto: copy.made };
        (copy.sent, copy.settled, copy.sent_upto) = (None, copy.made, copy.made);
        (vec![doc], Some(lost).filter(|lost| lost.after < lost.upto))
    }

    /// A whole text: taken if it is newer, whatever it knows.
    fn newer(&mut self, doc: u64, heard: &LwwRegister<Text>) -> (Vec<u64>, Option<Lost>) {
        let me = usize::from(self.me);
        let Copies::LastWriter(copies) = &mut self.copies else { return (Vec::new(), None) };
        let (register, ..) = copies.entry(doc).or_default();
        let known = |register: &LwwRegister<Text>| {
            register.value().and_then(|text| text.seen.get(me)).copied().unwrap_or_default()
        };
        let (before, stood) = (register.stamp(), known(register));
        register.merge(heard);
        if register.stamp() == before {
            return (Vec::new(), None);
        }
        let lost = Lost { doc, after: known(register), upto: stood };
        (vec![doc], Some(lost).filter(|lost| lost.after < lost.upto))
    }

    /// The server takes what was sent, tells everybody what is next, and forgets what everybody knows. Whether its own copy changed.
    fn take(&mut self, doc: u64, from: u8, revision: u64, sent: Option<Sent>, out: &mut Out) -> bool {
        let (members, log_max) = (self.members, self.log_max);
        let Copies::Transform(_, documents) = &mut self.copies else { return false };
        let held = documents.entry(doc).or_insert_with(|| Held::new(members));
        if let Some(heard) = held.heard.get_mut(usize::from(from)) {
            *heard = revision.max(*heard);
        }
        let taken = sent.map_or(Ok(None), |sent| held.take(sent));
        let (accepted, refused) = (taken.clone().ok().flatten(), taken.err());
        if from != 0 {
            out.extend(held.missed(doc, from, revision, refused).map(|said| (from, said)));
        }
        let Some(accepted) = accepted else { return false };
        let others = (1..members).filter(|other| *other != from);
        out.extend(others.map(|other| (other, Said::Next(doc, vec![accepted.clone()]))));
        let newest = held.server.log().revision();
        held.heard[0] = newest;
        let slowest = held.heard.iter().copied().min().unwrap_or(0);
        held.server.forget(slowest.max(newest.saturating_sub(log_max)));
        self.next(doc, &[accepted], out)
    }

    /// Whether any of what is next was.
    fn next(&mut self, doc: u64, next: &[Accepted], out: &mut Out) -> bool {
        let me = self.me;
        let Copies::Transform(copies, _) = &mut self.copies else { return false };
        let copy = copies.entry(doc).or_insert_with(|| Typed::new(me));
        let before = (copy.editor.revision(), copy.sent_upto);
        for accepted in next.iter().filter(|accepted| accepted.revision > before.0) {
            // What does not follow is told again when it is asked for.
            if !copy.hear(accepted) {
                break;
            }
        }
        let revision = copy.editor.revision();
        let more = copy.sent.clone().filter(|_| copy.sent_upto > before.1);
        if more.is_some() && me == 0 {
            self.take(doc, 0, revision, more, out);
        } else if more.is_some() {
            out.push((0, Said::Ask(doc, revision, more)));
        }
        revision > before.0
    }

    /// How many edits of its own, or changes, the others are not known to have.
    pub fn untold(&self) -> u64 {
        match &self.copies {
            Copies::Transform(copies, _) => copies.values().map(|copy| copy.made - copy.settled).sum(),
            Copies::Sequence(replica) => {
                (0..self.members).filter(|other| *other != self.me).map(|other| replica.owed(u32::from(other))).max().unwrap_or(0)
            }
            Copies::LastWriter(copies) => copies.values().filter(|copy| copy.2).count() as u64,
        }
    }

    /// What it keeps besides the texts: operations of the log, or letters with their tombstones.
    pub fn kept(&self) -> u64 {
        match &self.copies {
            Copies::Transform(_, documents) => {
                let log = |held: &Held| held.server.log().revision() - held.server.log().oldest();
                documents.values().map(log).sum()
            }
            Copies::Sequence(replica) => {
                let docs = replica.recent().collect::<std::collections::BTreeSet<u64>>();
                docs.into_iter().filter_map(|doc| replica.copy(doc)).map(Crdt::size).sum()
            }
            Copies::LastWriter(_) => 0,
        }
    }

    /// What is not on the disk is gone: who has heard of what.
    pub fn on_crash(&mut self) {
        if let Copies::Sequence(replica) = &mut self.copies {
            replica.on_crash();
        }
    }
}

/// The letter of an edit: a million of them, so that no two that stand in one text are the same.
fn letter(mark: u64) -> char {
    char::from_u32(0x1_0000 + (mark % 0x10_0000) as u32).unwrap_or('?')
}

/// A text as a person reads it: the letters of the edits as those of the alphabet.
pub(super) fn legible(text: &str) -> String {
    let one = |c: char| char::from(b'a' + (base::stable_hash_u64(u64::from(u32::from(c))) % 26) as u8);
    text.chars().map(one).collect()
}
