//! Collaborative document: texts that many edit at once, each on a copy of their own, which have to become the same again.
//!
//! Operations and their transformation are [`collab`], sequences and registers are [`crdt`]; this file gives them users, a network,
//! time and faults, and tells the trace what was acknowledged, what each copy is, and what was lost.

mod copy;
mod form;

use crate::copies;
use crate::desk::Desk;
use crate::face::Face;
use crate::front::Front;
use crate::kind::{Cx, Glance, Kind, Setup};
use crate::kinds::Message;
use crate::settings::Settings;
use base::{Delay, Span, stable_hash, stable_hash_u64};
use check::CheckKind;
pub use copy::Said;
use copy::{Desktop, Lost, Out, Way, legible};
use scenario::{KindSpec, Text};
use sim::{CallId, Reply, Request};
use std::collections::{BTreeMap, VecDeque};
use trace::{Record, Status};

/// Edits of its own that a replica can still name when it hears that they are gone.
const NAMED: usize = 1_000;
/// The token of the timer for telling others.
const TELL: u64 = 1 << 40;
/// How much of a text is shown.
const SHOWN: usize = 48;

/// One replica.
#[derive(Clone)]
pub struct Document {
    number: u8,
    way: Way,
    documents: u64,
    length_max: u64,
    /// How many edits in a hundred take a letter out of a text that has room.
    cuts: u64,
    every: Span,
    desktop: Box<Desktop>,
    /// By document: how many edits were made here, and the last of them with their writes and versions.
    made: BTreeMap<u64, (u64, VecDeque<(u64, u64)>)>,
    lost: u64,
    /// The document that changed last.
    latest: u64,
    desk: Desk<(CallId, Request)>,
}

impl Document {
    fn serve(&mut self, cx: &mut Cx<'_>, job: u32) {
        let (call, request) = self.desk.close(job);
        let (doc, store) = (request.key % self.documents, cx.home());
        let length = self.desktop.text(doc).chars().count() as u64;
        if !request.write {
            return cx.reply(call, Reply { status: Status::Ok, store, version: self.desktop.stamp(doc), value: length });
        }
        // The name of the write: when, and through whom.
        let version = (cx.now().0 + 1) << 5 | u64::from(self.number);
        let luck = stable_hash_u64(request.value);
        let takes_out = length >= self.length_max || length > 0 && luck % 100 < self.cuts;
        let mark = (!takes_out).then_some(request.value);
        let out = self.desktop.edit(cx.now(), doc, luck >> 8, mark, version);
        let (made, named) = self.made.entry(doc).or_default();
        *made += 1;
        if named.len() == NAMED {
            named.pop_front();
        }
        named.push_back((request.value, version));
        cx.record(Record::Acknowledged { store, member: cx.me(), key: doc, version, write: request.value });
        self.changed(cx, doc);
        self.send(cx, out);
        cx.reply(call, Reply { status: Status::Ok, store, version, value: length });
    }

    fn send(&mut self, cx: &mut Cx<'_>, out: Out) {
        out.into_iter().for_each(|(to, said)| cx.send(to, Message::Document(said)));
    }

    fn changed(&mut self, cx: &mut Cx<'_>, doc: u64) {
        self.latest = doc;
        let version = copies::version(self.desktop.stamp(doc), stable_hash(&self.desktop.text(doc)));
        cx.record(Record::Copied { store: cx.home(), member: cx.me(), key: doc, version });
    }

    /// Tells of edits that were acknowledged here and are gone.
    fn mourn(&mut self, cx: &mut Cx<'_>, lost: Lost) {
        let Lost { doc: key, after, upto } = lost;
        self.lost += upto - after;
        let kept = self.desktop.stamp(key);
        let Some((made, named)) = self.made.get(&key) else { return };
        let first = made - named.len() as u64;
        let gone = named.iter().zip(first + 1..).filter(|(_, nth)| (after + 1..=upto).contains(nth));
        for ((write, version), _) in gone {
            let (store, member) = (cx.home(), cx.me());
            cx.record(Record::Overwritten { store, member, key, version: *version, write: *write, kept });
        }
    }

    fn seen(&self, doc: u64) -> String {
        let text = legible(&self.desktop.text(doc));
        match text.char_indices().nth(SHOWN) {
            _ if text.is_empty() => "–".to_string(),
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }
}

impl Kind for Document {
    const SLUG: &'static str = "document";
    type Message = Said;
    const CHECKS: &'static [CheckKind] = &[CheckKind::Convergence, CheckKind::Overwrites];

    fn spec() -> KindSpec {
        form::spec(Self::SLUG)
    }

    fn members(settings: &Settings<'_>) -> u8 {
        settings.whole("members").clamp(1, 16) as u8
    }

    /// Each user has one replica: the copy on their own machine.
    fn front(_settings: &Settings<'_>, _members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        Front::Nearest
    }

    fn mesh(settings: &Settings<'_>) -> Delay {
        Delay::constant(settings.millis("mesh_ms"))
    }

    fn new(setup: &Setup<'_>) -> Document {
        let (settings, number) = (&setup.settings, setup.number);
        let way = settings.one_of("way", &Way::ALL);
        Document {
            number,
            way,
            documents: u64::from(settings.whole("documents").max(1)),
            length_max: u64::from(settings.whole("length_max")),
            cuts: u64::from(settings.whole("cuts_percent")),
            every: settings.millis("sync_ms"),
            desktop: Box::new(Desktop::new(way, number, setup.members, u64::from(settings.whole("log_max")))),
            made: BTreeMap::new(),
            lost: 0,
            latest: 0,
            desk: Desk::new(settings),
        }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let settings = &setup.settings;
        self.desk.retune(cx, settings);
        self.desktop.retune(u64::from(settings.whole("log_max")));
        (self.every, self.length_max) = (settings.millis("sync_ms"), u64::from(settings.whole("length_max")));
        self.cuts = u64::from(settings.whole("cuts_percent"));
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        cx.timer(self.every, TELL);
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.desk.take(cx, call, (call, request));
    }

    #[inline]
    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if token == TELL {
            cx.timer(self.every, TELL);
            let out = self.desktop.tell(self.documents);
            return self.send(cx, out);
        }
        self.serve(cx, token as u32);
        self.desk.release(cx);
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, said: Said) {
        let mut out = Vec::new();
        let (changed, lost) = self.desktop.hear(from, said, &mut out);
        changed.into_iter().for_each(|doc| self.changed(cx, doc));
        if let Some(lost) = lost {
            self.mourn(cx, lost);
        }
        self.send(cx, out);
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.desk.abandon(cx);
        self.desktop.on_crash();
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        cx.timer(self.every, TELL);
    }

    fn summary(settings: &Settings<'_>) -> String {
        format!("{} · {} replicas", settings.choice_name("way"), settings.whole("members"))
    }

    /// The document that changed last, as each replica sees it.
    fn face(members: &[&Document], _glance: &Glance<'_>) -> Face {
        let Some(doc) = members.first().map(|member| member.latest) else { return Face::Nothing };
        let head = ["Replica".to_string(), format!("Document {doc}"), "Not yet told".to_string()].to_vec();
        let row = |member: &&Document| {
            vec![format!(".{}", member.number), member.seen(doc), member.desktop.untold().to_string()]
        };
        Face::Table { head, rows: members.iter().map(row).collect() }
    }

    fn gauges(members: &[&Document], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let sum = |of: fn(&Document) -> u64| Some(members.iter().map(|member| of(member)).sum::<u64>() as f64);
        vec![
            sum(|member| member.desktop.untold()),
            sum(|member| member.lost),
            sum(|member| member.desktop.kept()),
            glance.p99_ms(),
        ]
    }

    /// All documents, as this replica sees them.
    fn member_face(&self, _glance: &Glance<'_>) -> Face {
        let head = ["Document", "Text", "Letters", "Edits made here"].map(String::from).to_vec();
        let made = |doc: u64| self.made.get(&doc).map_or(0, |(made, _)| *made);
        let letters = |doc: u64| self.desktop.text(doc).chars().count();
        let row = |doc: u64| vec![doc.to_string(), self.seen(doc), letters(doc).to_string(), made(doc).to_string()];
        Face::Table { head, rows: (0..self.documents.min(10)).map(row).collect() }
    }

    fn role(&self) -> Text {
        if self.way == Way::Transform && self.number == 0 { "server".into() } else { Text::default() }
    }

    fn note(&self, _members: &[&Document]) -> String {
        format!("{} not yet told · {} lost", self.desktop.untold(), self.lost)
    }
}
