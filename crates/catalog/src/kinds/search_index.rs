//! Search index: documents by their words, over shards that are asked all at once.
//!
//! Segments, ranking and the two cuts are [`search`]; this file sends questions to shards, makes reading cost time, and merges what
//! comes back.

mod form;

use crate::desk::Desk;
use crate::face::Face;
use crate::front::Front;
use crate::gather::{self, Gatherings};
use crate::kind::{Cx, Glance, Kind, Setup, percent};
use crate::kinds::Message;
use crate::settings::Settings;
use crate::words;
use base::{Delay, Rng, Time, stable_hash};
use form::{Cut, Knobs};
use scenario::{KindSpec, Text};
use search::{Counts, Index, Postings, Scored, Segments, Statistics, shard_of, top};
use sim::{CallId, Reply, Request};
use std::collections::BTreeMap;
use trace::Status;

/// One shard, which also gathers for those who ask it.
#[derive(Clone)]
pub struct SearchIndex {
    number: u8,
    members: u8,
    knobs: Knobs,
    desk: Desk<Job>,
    /// On disk.
    segments: Box<Segments>,
    /// Written and not yet found, by document: when it was written, and the seed of its text. On disk.
    waiting: BTreeMap<u32, (u64, u64)>,
    /// Counts of all that came with a question, by who gathers and its number.
    counts: BTreeMap<(u8, u64), Box<Statistics>>,
    /// Answers whose reading has not ended, by job.
    ready: BTreeMap<u32, Told>,
    /// Searches and writes that wait for shards.
    open: Gatherings<Gather>,
    tally: Tally,
    last: Option<Box<Last>>,
}

/// A shard's part of a search or write.
#[derive(Clone, Copy)]
struct Job {
    from: u8,
    number: u64,
    ask: Ask,
}

/// What a shard is asked.
#[derive(Clone, Copy, Debug)]
pub enum Ask {
    /// How many documents have the words that are looked for by this key?
    Counts(u64),
    /// Your best by your own counts.
    Own(u64),
    /// Your best by the counts that come along: see [`Said::Ask`].
    Best(u64),
    /// The postings of those of the words that you have.
    Lists(u64),
    /// A document is written: when, which, and the seed of its text.
    Write(u64, u32, u64),
}

/// What a shard answers.
#[derive(Clone, Debug)]
pub enum Told {
    Counts(Statistics),
    /// Its best, and how many postings it has read.
    Best(Vec<Scored>, u64),
    /// Postings by word with the lengths of their documents, how many it has read, and its documents with their words.
    Lists(Vec<(String, Postings)>, BTreeMap<u32, u32>, u64, (u64, u64)),
    Written,
    /// Its line is full.
    Refused,
}

/// What shards say to each other.
#[derive(Clone, Debug)]
pub enum Said {
    /// With the number of the gathering, and for [`Ask::Best`] the counts of all.
    Ask(u64, Ask, Option<Box<Statistics>>),
    Told(u64, Box<Told>),
}

/// What has been gathered for a search or write.
#[derive(Clone, Default)]
struct Gather {
    key: u64,
    writes: bool,
    counts: Statistics,
    found: Vec<(u8, Scored)>,
    lists: BTreeMap<String, Postings>,
    lengths: BTreeMap<u32, u32>,
    documents: (u64, u64),
    read: u64,
    /// Whether it asks for counts first.
    is_counting: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    searches: u64,
    partial: u64,
    /// Postings read for searches gathered here.
    read: u64,
    /// Postings read here for anybody's.
    own: u64,
    refreshes: u64,
}

/// The last search gathered here.
#[derive(Clone)]
struct Last {
    at: Time,
    terms: [String; 2],
    found: Vec<(u8, Scored)>,
    read: u64,
}

/// Set in the token of the timer that ends reading.
const READ: u64 = 1 << 32;
/// The token of the timer for the next refresh.
const REFRESH: u64 = 1 << 40;
/// Set in the token of the timer that ends a search's patience; its number is in the rest.
const LATE: u64 = 1 << 62;
/// Words of the language, and of a document.
const LANGUAGE: u64 = 1_000;
const LENGTH: u64 = 20;
/// Results that a face shows.
const SHOWN: usize = 10;

/// A word, the frequent ones much more often.
fn draw(luck: &mut Rng) -> u64 {
    luck.below(LANGUAGE).min(luck.below(LANGUAGE)).min(luck.below(LANGUAGE))
}

/// The words of a document written with this seed, by number.
fn draws(document: u32, seed: u64) -> impl Iterator<Item = u64> {
    let mut luck = Rng::stream(seed, &[u64::from(document), stable_hash("text")]);
    (0..LENGTH).map(move |_| draw(&mut luck))
}

fn text(document: u32, seed: u64) -> String {
    draws(document, seed).map(words::word).collect::<Vec<_>>().join(" ")
}

/// What is looked for by a key: two words that its document had at first.
fn terms(key: u64) -> [String; 2] {
    let mut all = draws(key as u32, 0).skip((key % 7) as usize).map(words::word);
    [all.next().unwrap_or_default(), all.next().unwrap_or_default()]
}

impl SearchIndex {
    fn holds(&self, document: u32) -> bool {
        self.knobs.cut == Cut::Words || document % u32::from(self.members) == u32::from(self.number)
    }

    fn refresh(&mut self) {
        let (me, members, is_cut_by_words) = (u32::from(self.number), u32::from(self.members), self.knobs.cut == Cut::Words);
        let texts: Vec<(u32, String)> =
            std::mem::take(&mut self.waiting).into_iter().map(|(document, (_, seed))| (document, text(document, seed))).collect();
        let keeps = |word: &str| !is_cut_by_words || shard_of(word, members) == me;
        let made = self.segments.refresh(texts.iter().map(|(document, text)| (*document, text.as_str())), keeps);
        debug_assert!(made.is_ok(), "a document waits once");
        self.tally.refreshes += 1;
    }

    /// The shards that have to do with a request.
    fn concerned(&self, request: &Request) -> u32 {
        match (self.knobs.cut, request.write) {
            (Cut::Documents, true) => 1 << (request.key as u32 % u32::from(self.members)),
            (Cut::Words, false) => {
                let shard = |word: &str| 1 << shard_of(word, u32::from(self.members));
                terms(request.key).iter().fold(0, |sum, word| sum | shard(&self.stemmed(word)))
            }
            _ => gather::all(self.members),
        }
    }

    /// A word as it stands in the index.
    fn stemmed(&self, word: &str) -> String {
        self.knobs.tokeniser.tokens(word).next().map_or_else(String::new, |token| token.word)
    }

    /// Asks the shards that are concerned.
    fn ask(&mut self, cx: &mut Cx<'_>, number: u64, ask: Ask, counts: Option<&Statistics>) {
        let Some(gathering) = self.open.get_mut(number) else { return };
        gathering.again();
        for shard in gathering.asked() {
            let said = Said::Ask(number, ask, counts.map(|counts| Box::new(counts.clone())));
            if shard == self.number { self.on_said(cx, shard, said) } else { cx.send(shard, Message::SearchIndex(said)) }
        }
    }

    fn tell(&mut self, cx: &mut Cx<'_>, to: u8, number: u64, told: Told) {
        let said = Said::Told(number, Box::new(told));
        if to == self.number { self.on_said(cx, to, said) } else { cx.send(to, Message::SearchIndex(said)) }
    }

    fn on_said(&mut self, cx: &mut Cx<'_>, from: u8, said: Said) {
        match said {
            Said::Ask(number, ask, counts) => {
                let is_refused = !self.desk.accept(cx, Job { from, number, ask });
                if is_refused {
                    return self.tell(cx, from, number, Told::Refused);
                }
                if let Some(counts) = counts {
                    self.counts.insert((from, number), counts);
                }
            }
            Said::Told(number, told) => self.hear(cx, from, number, *told),
        }
    }

    /// A shard has answered.
    fn hear(&mut self, cx: &mut Cx<'_>, from: u8, number: u64, told: Told) {
        let Some(gathering) = self.open.get_mut(number) else { return };
        if !gathering.hear(from) {
            return;
        }
        let gather = &mut gathering.what;
        match told {
            Told::Counts(counts) => {
                gather.counts = std::mem::take(&mut gather.counts).and(&counts);
            }
            Told::Best(best, read) => {
                gather.found.extend(best.into_iter().map(|scored| (from, scored)));
                gather.read += read;
            }
            Told::Lists(lists, lengths, read, documents) => {
                gather.lists.extend(lists);
                gather.lengths.extend(lengths);
                gather.read += read;
                gather.documents = documents;
            }
            Told::Written => {}
            Told::Refused => gathering.is_refused = true,
        }
        if gathering.is_late() {
            return;
        }
        let gather = &mut gathering.what;
        if std::mem::replace(&mut gather.is_counting, false) {
            let (counts, key) = (std::mem::take(&mut gather.counts), gather.key);
            return self.ask(cx, number, Ask::Best(key), Some(&counts));
        }
        self.answer(cx, number);
    }

    /// All have answered who will.
    fn answer(&mut self, cx: &mut Cx<'_>, number: u64) {
        let Some(gathering) = self.open.end(number) else { return };
        let (call, is_partial, is_late) = (gathering.call, gathering.is_partial(), gathering.is_late());
        let mut gather = gathering.what;
        if gather.writes {
            let status = match (is_partial, is_late) {
                (false, _) => Status::Ok,
                (true, false) => Status::Overloaded,
                (true, true) => Status::Unavailable,
            };
            return cx.reply(call, Reply::plain(status));
        }
        self.tally.searches += 1;
        self.tally.partial += u64::from(is_partial);
        self.tally.read += gather.read;
        let terms = terms(gather.key);
        if self.knobs.cut == Cut::Words {
            gather.found = self.merge(&mut gather, &terms);
        } else {
            let best = top(gather.found.iter().map(|(_, scored)| *scored).collect(), self.knobs.wanted);
            let whose = |scored: Scored| gather.found.iter().find(|(_, other)| other.document == scored.document);
            gather.found = best.into_iter().filter_map(|scored| whose(scored).copied()).collect();
        }
        let found = gather.found.len() as u64;
        self.last = Some(Box::new(Last { at: cx.now(), terms, found: gather.found, read: gather.read }));
        let status = match found {
            _ if is_partial && !self.knobs.takes_parts => Status::Failed,
            0 => Status::Missing,
            _ => Status::Ok,
        };
        cx.reply(call, Reply { value: found, ..Reply::plain(status) });
    }

    /// Ranks postings that came from the shards of their words, as one index would.
    fn merge(&self, gather: &mut Gather, terms: &[String; 2]) -> Vec<(u8, Scored)> {
        let having = gather.lists.iter().map(|(word, list)| (word.clone(), u64::from(list.documents()))).collect();
        let (documents, length_total) = gather.documents;
        let counts = Statistics { documents, length_total, having };
        let (lists, lengths) = (std::mem::take(&mut gather.lists), std::mem::take(&mut gather.lengths));
        let index = Index::from_parts(self.knobs.tokeniser, lists, lengths);
        let asked = terms.each_ref().map(String::as_str);
        let best = self.knobs.ranking.best_with(&index, &asked, self.knobs.wanted, &counts);
        let shard = shard_of(&self.stemmed(&terms[0]), u32::from(self.members)) as u8;
        best.into_iter().map(|scored| (shard, scored)).collect()
    }

    /// A shard's part is thought about: what it answers, and how many postings that read.
    fn part(&mut self, from: u8, number: u64, ask: Ask) -> (Told, u64) {
        let counts = self.counts.remove(&(from, number));
        match ask {
            Ask::Write(at, document, seed) => {
                let waiting = self.waiting.entry(document).or_default();
                if at >= waiting.0 {
                    *waiting = (at, seed);
                }
                (Told::Written, 0)
            }
            Ask::Counts(key) => {
                let terms = terms(key);
                (Told::Counts(self.segments.statistics(&terms.each_ref().map(String::as_str))), 0)
            }
            Ask::Own(key) | Ask::Best(key) => {
                let terms = terms(key);
                let asked = terms.each_ref().map(String::as_str);
                let counts = counts.map_or_else(|| self.segments.statistics(&asked), |counts| *counts);
                let (best, read) = self.segments.best(self.knobs.ranking, &asked, self.knobs.wanted, &counts);
                (Told::Best(best, read), read)
            }
            Ask::Lists(key) => {
                let (mut lists, mut lengths, mut read) = (Vec::new(), BTreeMap::new(), 0);
                for word in terms(key).iter().map(|word| self.stemmed(word)) {
                    if shard_of(&word, u32::from(self.members)) == u32::from(self.number) {
                        let (list, of, looked_at) = self.segments.postings(&word);
                        lengths.extend(of);
                        read += looked_at;
                        lists.push((word, list));
                    }
                }
                (Told::Lists(lists, lengths, read, self.segments.documents()), read)
            }
        }
    }
}

impl Kind for SearchIndex {
    const SLUG: &'static str = "search-index";
    type Message = Said;

    fn spec() -> KindSpec {
        form::spec(Self::SLUG)
    }

    fn members(settings: &Settings<'_>) -> u8 {
        settings.whole("members").clamp(1, 16) as u8
    }

    fn front(_settings: &Settings<'_>, _members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        Front::Turn(0)
    }

    fn mesh(settings: &Settings<'_>) -> Delay {
        Delay::constant(settings.millis("mesh_ms"))
    }

    fn new(setup: &Setup<'_>) -> SearchIndex {
        let settings = &setup.settings;
        let knobs = Knobs::read(settings);
        let mut index = SearchIndex {
            number: setup.number,
            members: setup.members.max(1),
            knobs,
            desk: Desk::new(settings),
            segments: Box::new(Segments::new(knobs.tokeniser, knobs.segments_max)),
            waiting: BTreeMap::new(),
            counts: BTreeMap::new(),
            ready: BTreeMap::new(),
            open: Gatherings::default(),
            tally: Tally::default(),
            last: None,
        };
        let own = (0..settings.whole("documents")).filter(|document| index.holds(*document));
        index.waiting = own.map(|document| (document, (0, 0))).collect();
        index.refresh();
        index
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let Knobs { cut, tokeniser, segments_max, .. } = self.knobs;
        self.knobs = Knobs { cut, tokeniser, segments_max, ..Knobs::read(&setup.settings) };
        self.desk.retune(cx, &setup.settings);
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        cx.timer(self.knobs.refresh_every, REFRESH);
    }

    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        let (key, writes) = (request.key, request.write);
        let is_counting = !writes && (self.knobs.cut, self.knobs.counts) == (Cut::Documents, Counts::Global);
        let concerned = self.concerned(&request);
        let number = self.open.begin(call, concerned, Gather { key, writes, is_counting, ..Gather::default() });
        cx.timer(self.knobs.patience, LATE | number);
        let ask = match (self.knobs.cut, self.knobs.counts) {
            _ if request.write => Ask::Write(cx.now().0, key as u32, request.value),
            (Cut::Words, _) => Ask::Lists(key),
            (Cut::Documents, Counts::Global) => Ask::Counts(key),
            (Cut::Documents, Counts::Local) => Ask::Own(key),
        };
        self.ask(cx, number, ask, None);
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if token & LATE != 0 {
            return self.answer(cx, token & !LATE);
        }
        if token == REFRESH {
            self.refresh();
            return cx.timer(self.knobs.refresh_every, REFRESH);
        }
        let at = token as u32;
        if token & READ == 0 {
            let Job { from, number, ask, .. } = *self.desk.job(at);
            let (told, read) = self.part(from, number, ask);
            self.tally.own += read;
            self.ready.insert(at, told);
            let span = cx.work(&self.knobs.look).scaled(read as f64);
            return cx.timer(span, READ | u64::from(at));
        }
        let Job { from, number, .. } = self.desk.close(at);
        self.desk.release(cx);
        if let Some(told) = self.ready.remove(&at) {
            self.tell(cx, from, number, told);
        }
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, said: Said) {
        self.on_said(cx, from, said);
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.desk.abandon(cx);
        self.open.abandon();
        self.counts.clear();
        self.ready.clear();
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        cx.timer(self.knobs.refresh_every, REFRESH);
    }

    fn summary(settings: &Settings<'_>) -> String {
        let (shards, cut) = (settings.whole("members"), settings.choice_name("cut"));
        format!("{} · {shards} shards by {cut}", settings.choice_name("ranking"))
    }

    /// The last search, wherever it was gathered.
    fn face(members: &[&SearchIndex], _glance: &Glance<'_>) -> Face {
        let last = members.iter().filter_map(|member| member.last.as_ref()).max_by_key(|last| last.at);
        last.map_or(Face::Nothing, |last| SearchIndex::results(last))
    }

    fn gauges(members: &[&SearchIndex], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let sum = |of: fn(&Tally) -> u64| members.iter().map(|member| of(&member.tally)).sum::<u64>();
        let (searches, own) = (sum(|tally| tally.searches), sum(|tally| tally.own));
        vec![
            (searches > 0).then(|| sum(|tally| tally.read) as f64 / searches as f64),
            percent(members.iter().map(|member| member.tally.own).max().unwrap_or(0), own),
            percent(sum(|tally| tally.partial), searches),
            glance.p99_ms(),
        ]
    }

    /// Its segments, what waits, and what it has read.
    fn member_face(&self, glance: &Glance<'_>) -> Face {
        let segment = |(place, segment): (usize, &Index)| {
            let held = format!("{} documents · {} words · {} bytes", segment.documents(), segment.words().count(), segment.size());
            vec![format!("segment {}", place + 1), held]
        };
        let mut rows: Vec<Vec<String>> = self.segments.segments().iter().enumerate().map(segment).collect();
        rows.push(vec!["waits for a refresh".into(), format!("{} documents", self.waiting.len())]);
        rows.push(vec!["refreshes".into(), self.tally.refreshes.to_string()]);
        rows.push(vec!["merges".into(), self.segments.merged().to_string()]);
        rows.push(vec!["read".into(), format!("{} postings", self.tally.own)]);
        if let Some(last) = &self.last {
            let ago = glance.now.since(last.at).as_secs_f64();
            let found = format!("{} · {} found of {} postings, {ago:.1} s ago", last.terms.join(" "), last.found.len(), last.read);
            rows.push(vec!["gathered last".into(), found]);
        }
        Face::Table { head: vec!["What".into(), "How much".into()], rows }
    }

    fn role(&self) -> Text {
        Text::default()
    }

    fn note(&self, _members: &[&SearchIndex]) -> String {
        let (documents, _) = self.segments.documents();
        format!("{documents} documents · {} segments · {} wait", self.segments.segments().len(), self.waiting.len())
    }
}

impl SearchIndex {
    fn results(last: &Last) -> Face {
        let row = |(place, (shard, scored)): (usize, &(u8, Scored))| {
            vec![(place + 1).to_string(), scored.document.to_string(), format!("{:.3}", scored.score), format!(".{shard}")]
        };
        let head = vec![last.terms.join(" "), "Document".into(), "Score".into(), "Shard".into()];
        Face::Table { head, rows: last.found.iter().take(SHOWN).enumerate().map(row).collect() }
    }
}
