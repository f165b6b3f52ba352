//! Sorted set: a leaderboard over several shards.
//!
//! The list with its ranks is [`feed::SortedSet`]; this file asks shards, makes their steps cost time, and merges what comes back.

mod form;

use crate::desk::Desk;
use crate::face::{Bar, Face};
use crate::front::Front;
use crate::gather::{self, Gatherings};
use crate::kind::{Cx, Glance, Kind, Setup, percent};
use crate::kinds::Message;
use crate::settings::Settings;
use base::{Delay, Rng, Time, stable_hash_u64};
use check::CheckKind;
use form::{Knobs, Rule};
use scenario::{KindSpec, Text};
use sim::{CallId, Reply, Request};
use std::collections::BTreeMap;
use trace::Status;

/// One shard, which also gathers for those who ask it.
#[derive(Clone)]
pub struct SortedSet {
    number: u8,
    members: u8,
    knobs: Knobs,
    desk: Desk<Job>,
    scores: Box<feed::SortedSet<u64>>,
    /// How often each player was written.
    versions: BTreeMap<u64, u64>,
    /// Answers whose steps have not ended, by job.
    ready: BTreeMap<u32, Told>,
    open: Gatherings<Gather>,
    /// The best of each shard as it told them, and when.
    told: Vec<(Time, Vec<(u64, i64)>)>,
    requests: u64,
    failed: u64,
    /// The last top and the last rank that were gathered here.
    last_top: Vec<(u64, i64)>,
    last_rank: Option<(Time, u64, i64, u32)>,
}

/// A shard's part of a request.
#[derive(Clone, Copy)]
struct Job {
    from: u8,
    number: u64,
    ask: Ask,
}

/// What a shard is asked.
#[derive(Clone, Copy, Debug)]
pub enum Ask {
    /// A player is written, with the id of the write.
    Write(u64, u64),
    /// The best.
    Top,
    /// What a player has.
    Score(u64),
    /// How many have more than a player with this score.
    Above(u64, i64),
}

/// What a shard answers.
#[derive(Clone, Debug)]
pub enum Told {
    /// How often the player has been written.
    Written(u64),
    Top(Vec<(u64, i64)>),
    /// What the player has, and how often it was written.
    Score(Option<i64>, u64),
    Above(u32),
    /// Its line is full.
    Refused,
}

/// What shards say to each other.
#[derive(Clone, Debug)]
pub enum Said {
    Ask(u64, Ask),
    Told(u64, Told),
    /// Unasked: my best.
    Best(Vec<(u64, i64)>),
}

/// What has been gathered for a request.
#[derive(Clone, Default)]
struct Gather {
    player: u64,
    writes: bool,
    top: Vec<(u64, i64)>,
    /// The player's score, once it is known, and its version.
    score: Option<i64>,
    version: u64,
    above: u32,
    /// Whether those above are being counted.
    is_counting: bool,
}

/// Set in the token of the timer that ends a shard's steps.
const STEPPED: u64 = 1 << 32;
/// The token of the timer for telling the others.
const TELL: u64 = 1 << 40;
/// Set in the token of the timer that ends a request's patience; its number is in the rest.
const LATE: u64 = 1 << 62;
/// Players that a face shows.
const SHOWN: usize = 10;

/// The highest `wanted` of several tops: by score, of equals the one with the higher number, as in one list.
fn merged(mut top: Vec<(u64, i64)>, wanted: u32) -> Vec<(u64, i64)> {
    top.sort_by_key(|(player, score)| core::cmp::Reverse((*score, *player)));
    top.truncate(wanted as usize);
    top
}

impl SortedSet {
    fn owner(&self, player: u64) -> u8 {
        (player % u64::from(self.members)) as u8
    }

    fn own_top(&self) -> Vec<(u64, i64)> {
        self.scores.descending(0).take(self.knobs.wanted as usize).map(|(player, score)| (*player, score)).collect()
    }

    fn write(&mut self, rng: &mut Rng, player: u64, write: u64) -> u64 {
        let luck = stable_hash_u64(write);
        let (few, many) = (1 + (luck % 100) as i64, 1 + (luck % 10_000) as i64);
        match self.knobs.rule {
            Rule::Add => self.scores.add(player, few, rng),
            Rule::Raise => self.scores.raise(player, many, rng),
            Rule::Set => self.scores.insert(player, many, rng).unwrap_or_default(),
        };
        let version = self.versions.entry(player).or_insert(0);
        *version += 1;
        *version
    }

    /// A shard's part: what it answers, and through how many places of the list that goes.
    fn part(&mut self, cx: &mut Cx<'_>, ask: Ask) -> (Told, u64) {
        let way = u64::from(u32::BITS - self.scores.len().leading_zeros());
        match ask {
            Ask::Write(player, write) => (Told::Written(self.write(cx.rng(), player, write)), 2 * way),
            Ask::Top => {
                let top = self.own_top();
                let places = way + top.len() as u64;
                (Told::Top(top), places)
            }
            Ask::Score(player) => {
                (Told::Score(self.scores.score(&player), self.versions.get(&player).copied().unwrap_or(0)), way)
            }
            Ask::Above(player, score) => (Told::Above(self.scores.above(score, &player)), way),
        }
    }

    fn ask(&mut self, cx: &mut Cx<'_>, number: u64, shards: impl Iterator<Item = u8>, ask: Ask) {
        for shard in shards {
            let said = Said::Ask(number, ask);
            if shard == self.number { self.on_said(cx, shard, said) } else { cx.send(shard, Message::SortedSet(said)) }
        }
    }

    fn tell(&mut self, cx: &mut Cx<'_>, to: u8, number: u64, told: Told) {
        let said = Said::Told(number, told);
        if to == self.number { self.on_said(cx, to, said) } else { cx.send(to, Message::SortedSet(said)) }
    }

    fn on_said(&mut self, cx: &mut Cx<'_>, from: u8, said: Said) {
        match said {
            Said::Ask(number, ask) => {
                if !self.desk.accept(cx, Job { from, number, ask }) {
                    self.tell(cx, from, number, Told::Refused);
                }
            }
            Said::Told(number, told) => self.hear(cx, from, number, told),
            Said::Best(top) => {
                if let Some(known) = self.told.get_mut(usize::from(from)) {
                    *known = (cx.now(), top);
                }
            }
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
            Told::Written(version) => gather.version = version,
            Told::Top(top) => gather.top.extend(top),
            Told::Score(score, version) => (gather.score, gather.version) = (score, version),
            Told::Above(above) => gather.above += above,
            Told::Refused => gathering.is_refused = true,
        }
        if gathering.is_late() {
            return;
        }
        let gather = &gathering.what;
        match gather.score {
            // What the player has is known: now all are asked who has more.
            Some(score) if !gather.is_counting => {
                let player = gather.player;
                self.count(cx, number, player, score);
            }
            _ => self.answer(cx, number),
        }
    }

    fn count(&mut self, cx: &mut Cx<'_>, number: u64, player: u64, score: i64) {
        let Some(former) = self.open.end(number) else { return };
        let what = Gather { is_counting: true, ..former.what };
        let number = self.open.begin(former.call, gather::all(self.members), what);
        cx.timer(self.knobs.patience, LATE | number);
        self.ask(cx, number, 0..self.members, Ask::Above(player, score));
    }

    /// All have answered who will.
    fn answer(&mut self, cx: &mut Cx<'_>, number: u64) {
        let Some(gathering) = self.open.end(number) else { return };
        let (is_late, store) = (gathering.is_late(), cx.home());
        self.requests += 1;
        if gathering.is_partial() {
            self.failed += 1;
            let status = if is_late { Status::Unavailable } else { Status::Overloaded };
            return cx.reply(gathering.call, Reply::plain(status));
        }
        let Gather { player, writes, top, score, version, above, .. } = gathering.what;
        let reply = if writes {
            Reply { status: Status::Ok, store, version, value: 0 }
        } else if self.knobs.asks_top && score.is_none() && !top.is_empty() {
            self.last_top = merged(top, self.knobs.wanted);
            Reply { value: self.last_top.len() as u64, ..Reply::plain(Status::Ok) }
        } else if let Some(score) = score {
            self.last_rank = Some((cx.now(), player, score, above));
            Reply { status: Status::Ok, store, version, value: u64::from(above) + 1 }
        } else {
            Reply::plain(Status::Missing)
        };
        cx.reply(gathering.call, reply);
    }

    /// Tells the others its best, and itself.
    fn tell_best(&mut self, cx: &mut Cx<'_>) {
        let Some(every) = self.knobs.told_every else { return };
        let top = self.own_top();
        for shard in (0..self.members).filter(|shard| *shard != self.number) {
            cx.send(shard, Message::SortedSet(Said::Best(top.clone())));
        }
        if let Some(own) = self.told.get_mut(usize::from(self.number)) {
            *own = (cx.now(), top);
        }
        cx.timer(every, TELL);
    }
}

impl Kind for SortedSet {
    const SLUG: &'static str = "sorted-set";
    type Message = Said;
    const CHECKS: &'static [CheckKind] = &[CheckKind::StaleReads];

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

    fn new(setup: &Setup<'_>) -> SortedSet {
        let (settings, number, members) = (&setup.settings, setup.number, setup.members.max(1));
        let (mut scores, mut luck) = (feed::SortedSet::new(), Rng::stream(setup.seed, &[u64::from(number)]));
        let own = (0..u64::from(settings.whole("players"))).filter(|player| player % u64::from(members) == u64::from(number));
        for player in own {
            scores.insert(player, 1 + (stable_hash_u64(player) % 100) as i64, &mut luck);
        }
        SortedSet {
            number,
            members,
            knobs: Knobs::read(settings),
            desk: Desk::new(settings),
            scores: Box::new(scores),
            versions: BTreeMap::new(),
            ready: BTreeMap::new(),
            open: Gatherings::default(),
            told: vec![(Time::ZERO, Vec::new()); usize::from(members)],
            requests: 0,
            failed: 0,
            last_top: Vec::new(),
            last_rank: None,
        }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let is_durable = self.knobs.is_durable;
        self.knobs = Knobs { is_durable, ..Knobs::read(&setup.settings) };
        self.desk.retune(cx, &setup.settings);
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.tell_best(cx);
    }

    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        let player = request.key;
        let asks_all = !request.write && self.knobs.asks_top;
        if asks_all && self.knobs.told_every.is_some() {
            let all = self.told.iter().flat_map(|(_, top)| top.iter().copied()).collect();
            self.last_top = merged(all, self.knobs.wanted);
            self.requests += 1;
            return cx.reply(call, Reply { value: self.last_top.len() as u64, ..Reply::plain(Status::Ok) });
        }
        let asked = if asks_all { gather::all(self.members) } else { 1 << self.owner(player) };
        let number = self.open.begin(call, asked, Gather { player, writes: request.write, ..Gather::default() });
        cx.timer(self.knobs.patience, LATE | number);
        let ask = match request.write {
            true => Ask::Write(player, request.value),
            false if asks_all => Ask::Top,
            false => Ask::Score(player),
        };
        let shards = (0..self.members).filter(move |shard| asked >> shard & 1 == 1);
        self.ask(cx, number, shards, ask);
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if token & LATE != 0 {
            return self.answer(cx, token & !LATE);
        }
        if token == TELL {
            return self.tell_best(cx);
        }
        let at = token as u32;
        if token & STEPPED == 0 {
            let Job { ask, .. } = *self.desk.job(at);
            let (told, places) = self.part(cx, ask);
            self.ready.insert(at, told);
            let span = cx.work(&self.knobs.look).scaled(places as f64);
            return cx.timer(span, STEPPED | u64::from(at));
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
        self.ready.clear();
        self.told.iter_mut().for_each(|(_, top)| top.clear());
        if !self.knobs.is_durable {
            *self.scores = feed::SortedSet::new();
            self.versions.clear();
        }
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.tell_best(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        let (players, shards) = (settings.whole("players"), settings.whole("members"));
        format!("{players} players · {shards} shards · top from {}", settings.choice_name("top_from"))
    }

    /// The top as the shards have it now.
    fn face(members: &[&SortedSet], _glance: &Glance<'_>) -> Face {
        let of = |member: &SortedSet| member.scores.descending(0).take(SHOWN).map(|(player, score)| (*player, score)).collect::<Vec<_>>();
        let top = merged(members.iter().flat_map(|member| of(member)).collect(), SHOWN as u32);
        let full = top.first().map_or(1.0, |(_, score)| *score as f64);
        let bar = |(player, score): (u64, i64)| Bar { label: format!("player {player}"), value: score as f64, full };
        Face::Bars { bars: top.into_iter().map(bar).collect(), unit: "points".into() }
    }

    fn gauges(members: &[&SortedSet], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let sum = |of: fn(&SortedSet) -> u64| members.iter().map(|member| of(member)).sum::<u64>();
        let told = members.iter().filter(|member| member.knobs.told_every.is_some()).flat_map(|member| &member.told);
        let oldest = told.map(|(at, _)| glance.now.since(*at).as_millis_f64()).fold(None, |most: Option<f64>, age| {
            Some(most.map_or(age, |most| if age > most { age } else { most }))
        });
        vec![
            oldest,
            percent(sum(|member| member.failed), sum(|member| member.requests)),
            Some(glance.rate(glance.sample.count.arrived)),
            glance.p99_ms(),
        ]
    }

    /// Its own list, the top that it answered last, and the rank.
    fn member_face(&self, glance: &Glance<'_>) -> Face {
        let mut rows: Vec<Vec<String>> = Vec::new();
        let own: Vec<(u64, i64)> = self.scores.descending(0).take(SHOWN).map(|(player, score)| (*player, score)).collect();
        let cell = |of: Option<&(u64, i64)>| of.map_or_else(String::new, |(player, score)| format!("{player}: {score}"));
        for place in 0..own.len().max(self.last_top.len()).min(SHOWN) {
            rows.push(vec![(place + 1).to_string(), cell(own.get(place)), cell(self.last_top.get(place))]);
        }
        if let Some((at, player, score, above)) = self.last_rank {
            let ago = glance.now.since(at).as_secs_f64();
            rows.push(vec![(above + 1).to_string(), String::new(), format!("{player}: {score}, asked {ago:.1} s ago")]);
        }
        Face::Table { head: vec!["Place".into(), "Here".into(), "Answered".into()], rows }
    }

    fn role(&self) -> Text {
        Text::default()
    }

    fn note(&self, _members: &[&SortedSet]) -> String {
        format!("{} players", self.scores.len())
    }
}
