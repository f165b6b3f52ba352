//! Typeahead: the words most searched that begin with what has been typed so far.
//!
//! The trie and its partitions are [`search`]; this file counts what is searched, has tries built and swapped, and makes looking at
//! nodes cost time.

mod form;

use crate::desk::Desk;
use crate::face::{Face, TreeNode};
use crate::front::Front;
use crate::kind::{Cx, Glance, Kind, Setup, percent};
use crate::settings::Settings;
use crate::words::{self, PrefixFront};
use base::{Time, stable_hash_u64};
use form::{Knobs, Update};
use scenario::{KindSpec, Text};
use search::{PrefixPartitions, Suggested, Trie};
use sim::{CallId, Reply, Request};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use trace::Status;

/// One member.
#[derive(Clone)]
pub struct Typeahead {
    knobs: Knobs,
    desk: Desk<Job>,
    /// How often each of its words was searched, by key: on disk.
    counts: BTreeMap<u64, u64>,
    /// What answers, and as of when.
    served: Option<(Arc<Trie>, Time)>,
    /// What is being built.
    building: Option<(Arc<Trie>, Time)>,
    reads: u64,
    looked_at: u64,
    swaps: u64,
    asked: VecDeque<Asked>,
}

/// A request in hand.
#[derive(Clone, Copy)]
struct Job {
    call: CallId,
    request: Request,
    reply: Option<Reply>,
}

/// A question that was answered.
#[derive(Clone, Copy, Debug)]
struct Asked {
    at: Time,
    key: u64,
    /// Letters typed; none for a mistyped word.
    letters: Option<usize>,
    looked_at: u32,
    found: u32,
}

/// Set in the token of the timer that ends looking.
const LOOKED: u64 = 1 << 32;
/// The token of the timer that begins a build.
const BEGIN: u64 = 1 << 40;
/// The token of the timer that ends one.
const BUILT: u64 = 1 << 41;
/// Questions that are remembered, and letters of each level that a face shows.
const SHOWN: usize = 8;

/// How often a word was searched before the run began: few words very often.
fn before(key: u64) -> u64 {
    1_000 / (1 + stable_hash_u64(key ^ 0x5EA2) % 1_000)
}

/// The partitions of a box of so many members.
fn partitions(settings: &Settings<'_>, members: u8) -> PrefixPartitions {
    words::partitions(members, settings.choice("cut") == 0)
}

/// The letters typed of a word.
fn typed(word: &str, letters: usize) -> &str {
    word.get(..letters).unwrap_or(word)
}

/// A word with its third letter, or its last, typed wrong.
fn mistyped(word: &str) -> String {
    let at = 2.min(word.len().saturating_sub(1));
    word.char_indices().map(|(place, letter)| if place == at { 'q' } else { letter }).collect()
}

impl Typeahead {
    fn build(&self) -> Trie {
        let words: Vec<(String, u64)> = self.counts.iter().map(|(key, count)| (words::word(*key), *count)).collect();
        Trie::build(self.knobs.stored, words.iter().map(|(word, count)| (word.as_str(), *count)))
    }

    /// A new trie of what has been counted by now; it is there when every word has taken its time.
    fn begin(&mut self, cx: &mut Cx<'_>) {
        self.building = Some((Arc::new(self.build()), cx.now()));
        if self.knobs.update == Update::InPlace {
            self.served = None;
        }
        cx.timer(self.knobs.build_word.scaled(self.counts.len() as f64), BUILT);
    }

    fn put_in_place(&mut self, cx: &mut Cx<'_>) {
        if let Some(built) = self.building.take() {
            self.served = Some(built);
            self.swaps += 1;
        }
        if self.knobs.update != Update::AtOnce {
            cx.timer(self.knobs.rebuild_every, BEGIN);
        }
    }

    /// Counts a search, and how many nodes that renews.
    fn count(&mut self, key: u64) -> u64 {
        let count = self.counts.entry(key).or_insert(0);
        *count += 1;
        if self.knobs.update != Update::AtOnce {
            return 0;
        }
        let word = words::word(key);
        for (trie, _) in self.served.iter_mut().chain(&mut self.building) {
            Arc::make_mut(trie).insert(&word, *count);
        }
        word.len() as u64 + 1
    }

    fn suggest(&self, trie: &Trie, asked: (u64, Option<usize>)) -> Suggested {
        let word = words::word(asked.0);
        match (asked.1, self.knobs.edits) {
            (None, Some(edits)) => trie.fuzzy(&mistyped(&word), edits, self.knobs.wanted),
            (letters, _) => trie.suggest(typed(&word, letters.unwrap_or(word.len())), self.knobs.wanted),
        }
    }

    /// Thinking is done: a search is counted, or a question is answered, which takes as long as there was to look at.
    fn work(&mut self, cx: &mut Cx<'_>, at: u32) {
        let request = self.desk.job(at).request;
        let (reply, looked_at) = if request.write {
            (Reply::plain(Status::Ok), self.count(request.key))
        } else {
            let letters = self.knobs.edits.is_none().then(|| 1 + cx.rng().below(self.knobs.letters) as usize);
            self.answer(cx.now(), request.key, letters)
        };
        self.desk.job(at).reply = Some(reply);
        let span = cx.work(&self.knobs.look).scaled(looked_at as f64);
        cx.timer(span, LOOKED | u64::from(at));
    }

    fn answer(&mut self, now: Time, key: u64, letters: Option<usize>) -> (Reply, u64) {
        let Some((trie, _)) = &self.served else { return (Reply::plain(Status::Unavailable), 0) };
        let Suggested { best, visited } = self.suggest(trie, (key, letters));
        self.reads += 1;
        self.looked_at += u64::from(visited);
        if self.asked.len() == SHOWN {
            self.asked.pop_front();
        }
        let found = best.len() as u32;
        self.asked.push_back(Asked { at: now, key, letters, looked_at: visited, found });
        let status = if found > 0 { Status::Ok } else { Status::Missing };
        (Reply { value: u64::from(found), ..Reply::plain(status) }, u64::from(visited))
    }

    fn finish(&mut self, cx: &mut Cx<'_>, at: u32) {
        let job = self.desk.close(at);
        cx.reply(job.call, job.reply.unwrap_or(Reply::plain(Status::Failed)));
        self.desk.release(cx);
    }

    /// What was typed in a question.
    fn prefix(asked: &Asked) -> String {
        let word = words::word(asked.key);
        match asked.letters {
            Some(letters) => typed(&word, letters).to_string(),
            None => mistyped(&word),
        }
    }

    /// The way of the last question through the trie: on each level the letters that there are, and at its end the words found.
    fn tree(&self) -> Face {
        let (Some(asked), Some((trie, _))) = (self.asked.back(), &self.served) else { return Face::Nothing };
        let prefix = Typeahead::prefix(asked);
        let mut nodes = vec![TreeNode { parent: None, label: "·".into(), lit: true }];
        let mut at = 0_u16;
        for (depth, letter) in prefix.char_indices() {
            let above = at;
            let mut there: Vec<char> = trie.letters(&prefix[..depth]).collect();
            let place = there.iter().position(|other| *other == letter);
            // Those around the one that was typed.
            let from = place.unwrap_or(0).saturating_sub(SHOWN / 2).min(there.len().saturating_sub(SHOWN));
            there = there.into_iter().skip(from).take(SHOWN).collect();
            for other in there {
                if other == letter {
                    at = nodes.len() as u16;
                }
                nodes.push(TreeNode { parent: Some(above), label: other.to_string(), lit: other == letter });
            }
            if at == above {
                break;
            }
        }
        let best = self.suggest(trie, (asked.key, asked.letters)).best;
        nodes.extend(best.into_iter().take(SHOWN).map(|one| TreeNode {
            parent: Some(at),
            label: format!("{} {}", one.word, one.weight),
            lit: true,
        }));
        Face::Tree { nodes }
    }
}

impl Kind for Typeahead {
    const SLUG: &'static str = "typeahead";
    type Message = ();

    fn spec() -> KindSpec {
        form::spec(Self::SLUG)
    }

    fn members(settings: &Settings<'_>) -> u8 {
        settings.whole("members").clamp(1, 8) as u8
    }

    fn front(settings: &Settings<'_>, members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        Front::Prefix(Box::new(PrefixFront::new(partitions(settings, members))))
    }

    fn new(setup: &Setup<'_>) -> Typeahead {
        let knobs = Knobs::read(&setup.settings);
        let partitions = partitions(&setup.settings, setup.members);
        let own = (0..u64::from(setup.settings.whole("words"))).filter(|key| words::owner(&partitions, *key) == setup.number);
        let mut typeahead = Typeahead {
            knobs,
            desk: Desk::new(&setup.settings),
            counts: own.map(|key| (key, before(key))).collect(),
            served: None,
            building: None,
            reads: 0,
            looked_at: 0,
            swaps: 0,
            asked: VecDeque::with_capacity(SHOWN),
        };
        typeahead.served = Some((Arc::new(typeahead.build()), Time::ZERO));
        typeahead
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let Knobs { update, stored, wanted, .. } = self.knobs;
        self.knobs = Knobs { update, stored, wanted, ..Knobs::read(&setup.settings) };
        self.desk.retune(cx, &setup.settings);
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        if self.knobs.update != Update::AtOnce {
            cx.timer(self.knobs.rebuild_every, BEGIN);
        }
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.desk.take(cx, call, Job { call, request, reply: None });
    }

    #[inline]
    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        match token {
            BEGIN => self.begin(cx),
            BUILT => self.put_in_place(cx),
            _ if token & LOOKED != 0 => self.finish(cx, token as u32),
            _ => self.work(cx, token as u32),
        }
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.desk.abandon(cx);
        (self.served, self.building) = (None, None);
        self.asked.clear();
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.begin(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        let stored = if settings.switch("stored") { "best stored" } else { "nothing stored" };
        format!("{} words · {stored} · {}", settings.whole("words"), settings.choice_name("update"))
    }

    /// The last question of all members.
    fn face(members: &[&Typeahead], _glance: &Glance<'_>) -> Face {
        let last = members.iter().max_by_key(|member| member.asked.back().map(|asked| asked.at));
        last.map_or(Face::Nothing, |member| member.tree())
    }

    fn gauges(members: &[&Typeahead], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let sum = |of: fn(&Typeahead) -> u64| members.iter().map(|member| of(member)).sum::<u64>();
        let (reads, looked_at) = (sum(|member| member.reads), sum(|member| member.looked_at));
        let oldest = members.iter().filter_map(|member| member.served.as_ref()).map(|(_, since)| *since).min();
        let at_once = members.iter().any(|member| member.knobs.update == Update::AtOnce);
        vec![
            (reads > 0).then(|| looked_at as f64 / reads as f64),
            oldest.map(|since| if at_once { 0.0 } else { glance.now.since(since).as_secs_f64() }),
            percent(members.iter().map(|member| member.reads).max().unwrap_or(0), reads),
            glance.p99_ms(),
        ]
    }

    /// The last questions and what each took.
    fn member_face(&self, glance: &Glance<'_>) -> Face {
        let row = |asked: &Asked| {
            let suggested = self.served.as_ref().map(|(trie, _)| self.suggest(trie, (asked.key, asked.letters)));
            let best = suggested.into_iter().flat_map(|suggested| suggested.best).take(3).map(|best| best.word);
            let best = best.collect::<Vec<_>>().join(", ");
            let ago = format!("{:.1} s ago", glance.now.since(asked.at).as_secs_f64());
            vec![Typeahead::prefix(asked), best, asked.found.to_string(), asked.looked_at.to_string(), ago]
        };
        let head = ["Typed", "Best", "Found", "Nodes", "When"].map(String::from).to_vec();
        Face::Table { head, rows: self.asked.iter().rev().map(row).collect() }
    }

    fn role(&self) -> Text {
        if self.building.is_some() { "building".into() } else { Text::default() }
    }

    fn note(&self, _members: &[&Typeahead]) -> String {
        let size = self.served.as_ref().map_or_else(|| "no trie".into(), |(trie, _)| {
            let (nodes, listed) = trie.size();
            format!("{} words · {nodes} nodes · {listed} in lists", trie.len())
        });
        format!("{size} · swapped {}×", self.swaps)
    }
}
