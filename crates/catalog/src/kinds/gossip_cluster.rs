//! Gossip cluster: members that find out by asking around who is alive, and spread the newest value the same way.
//!
//! The protocols are [`gossip::swim`] and [`gossip::epidemic`], side by side in each member; this file gives them a network, timers
//! and a clock, and holds what they believe against what is.

mod form;

use crate::desk::Desk;
use crate::face::Face;
use crate::front::Front;
use crate::hosted::{Host, Hosted};
use crate::kind::{Cx, Glance, Kind, Setup};
use crate::kinds::Message;
use crate::settings::Settings;
use base::{Delay, Rng, Time, stable_hash};
use check::CheckKind;
use gossip::epidemic::{self, Rumour};
use gossip::swim::{self, Member, Note, State};
use machine::Peer;
use scenario::{KindSpec, Text};
use sim::{CallId, Reply, Request};
use std::collections::BTreeMap;
use trace::Status;

/// One member of a cluster.
#[derive(Clone)]
pub struct GossipCluster {
    number: u8,
    swim: Box<Hosted<Member, Watcher>>,
    rumour: Box<Hosted<Rumour, Silent>>,
    desk: Desk<(CallId, Request)>,
    /// When it died last.
    died: Option<Time>,
}

/// What members say to each other.
#[derive(Clone, Debug)]
pub enum Said {
    /// Of who is alive.
    Swim(swim::Message),
    /// Of the value.
    Rumour(epidemic::Message),
}

/// Holds what a member believes against what is.
#[derive(Clone, Default)]
struct Watcher {
    /// Suspicions of members that were running.
    false_suspicions: u64,
    /// Members taken for dead that were running.
    false_deaths: u64,
    /// When it declared each of the others dead last.
    declared: BTreeMap<u16, Time>,
}

/// The rumour says nothing but messages.
#[derive(Clone, Default)]
struct Silent;

impl Watcher {
    fn runs(cx: &Cx<'_>, of: u16) -> bool {
        let core = cx.core();
        let member = core.boxes[usize::from(cx.home())].members.get(usize::from(of));
        member.is_some_and(|member| core.lives[usize::from(*member)].up)
    }
}

impl Host<Member> for Watcher {
    fn wrap(message: swim::Message) -> Message {
        Message::GossipCluster(Said::Swim(message))
    }

    fn reply(&mut self, _cx: &mut Cx<'_>, _machine: &Member, _token: u64, (): ()) {}

    fn note(&mut self, cx: &mut Cx<'_>, _machine: &Member, note: Note) {
        match note {
            Note::Suspected(of) => self.false_suspicions += u64::from(Watcher::runs(cx, of)),
            Note::DeclaredDead(of) => {
                self.false_deaths += u64::from(Watcher::runs(cx, of));
                self.declared.insert(of, cx.now());
            }
            Note::Refuted(_) => {}
        }
    }
}

impl Host<Rumour> for Silent {
    fn wrap(message: epidemic::Message) -> Message {
        Message::GossipCluster(Said::Rumour(message))
    }

    fn reply(&mut self, _cx: &mut Cx<'_>, _machine: &Rumour, _token: u64, (): ()) {}

    fn note(&mut self, _cx: &mut Cx<'_>, _machine: &Rumour, (): ()) {}
}

impl GossipCluster {
    /// A write begins a rumour here; a read tells the newest that has come here.
    fn serve(&mut self, cx: &mut Cx<'_>, job: u32) {
        let (call, request) = self.desk.close(job);
        if request.write {
            let version = (cx.now().0 + 1) << 5 | u64::from(cx.number());
            self.rumour.on_request(cx, call.token(), version);
            return cx.reply(call, Reply { status: Status::Ok, store: cx.home(), version, value: 0 });
        }
        let version = self.rumour.machine.known();
        cx.reply(call, Reply { status: Status::Ok, store: cx.home(), version, value: version });
    }

    fn states(&self, members: usize) -> impl Iterator<Item = (usize, State)> + '_ {
        let me = usize::from(self.number);
        (0..members).filter(move |other| *other != me).map(|other| (other, self.swim.machine.state_of(Peer(other as u16))))
    }

    /// From the last death of a member to the first of the others that declared it dead, in milliseconds.
    fn detection(&self, members: &[&GossipCluster]) -> Option<f64> {
        let died = self.died?;
        let declared = members.iter().filter_map(|other| other.swim.host.declared.get(&u16::from(self.number)).copied());
        declared.filter(|at| *at >= died).min().map(|at| at.since(died).as_millis_f64())
    }

    fn row(&self, members: &[&GossipCluster], newest: u64) -> Vec<String> {
        let me = usize::from(self.number);
        let states = (0..members.len()).map(|other| match self.swim.machine.state_of(Peer(other as u16)) {
            _ if other == me => format!("inc {}", self.swim.machine.incarnation()),
            State::Alive => "alive".into(),
            State::Suspected => "suspected".into(),
            State::Dead => "dead".into(),
        });
        let news = if self.rumour.machine.known() == newest { "newest" } else { "older" };
        [format!(".{me}"), news.into()].into_iter().chain(states).collect()
    }
}

fn newest(members: &[&GossipCluster]) -> u64 {
    members.iter().map(|member| member.rumour.machine.known()).max().unwrap_or(0)
}

impl Kind for GossipCluster {
    const SLUG: &'static str = "gossip-cluster";
    type Message = Said;
    const CHECKS: &'static [CheckKind] = &[CheckKind::StaleReads];

    fn spec() -> KindSpec {
        form::spec(Self::SLUG)
    }

    fn members(settings: &Settings<'_>) -> u8 {
        settings.whole("members").clamp(1, 32) as u8
    }

    fn front(_settings: &Settings<'_>, _members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        Front::Turn(0)
    }

    fn mesh(settings: &Settings<'_>) -> Delay {
        settings.delay("mesh_ms", "mesh_law")
    }

    fn new(setup: &Setup<'_>) -> GossipCluster {
        let settings = &setup.settings;
        let (number, me) = (setup.number, Peer(u16::from(setup.number)));
        let rng = |what: &str| Rng::stream(setup.seed, &[stable_hash(what), u64::from(number)]);
        let member = Member::new(me, form::swim(settings, setup.members));
        let rumour = Rumour::new(me, form::rumour(settings, setup.members));
        GossipCluster {
            number,
            swim: Box::new(Hosted::new(member, Watcher::default(), rng("swim"))),
            rumour: Box::new(Hosted::new(rumour, Silent, rng("rumour")).beside()),
            desk: Desk::new(settings),
            died: None,
        }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let settings = &setup.settings;
        self.desk.retune(cx, settings);
        self.swim.machine.retune(form::swim(settings, setup.members));
        self.rumour.machine.retune(form::rumour(settings, setup.members));
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.swim.on_start(cx);
        self.rumour.on_start(cx);
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.desk.take(cx, call, (call, request));
    }

    #[inline]
    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if !self.swim.on_timer(cx, token) && !self.rumour.on_timer(cx, token) {
            self.serve(cx, token as u32);
            self.desk.release(cx);
        }
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, message: Said) {
        match message {
            Said::Swim(message) => self.swim.on_message(cx, from, message),
            Said::Rumour(message) => self.rumour.on_message(cx, from, message),
        }
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.desk.abandon(cx);
        self.died = Some(cx.now());
        self.swim.on_crash();
        self.rumour.on_crash();
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.swim.on_restart(cx);
        self.rumour.on_restart(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        let (members, style) = (settings.whole("members"), settings.choice_name("style"));
        format!("{members} members · {style} to {}", settings.whole("fanout"))
    }

    fn face(members: &[&GossipCluster], _glance: &Glance<'_>) -> Face {
        let newest = newest(members);
        let head = ["believes".to_string(), "value".to_string()].into_iter();
        let head = head.chain((0..members.len()).map(|other| format!(".{other}"))).collect();
        Face::Table { head, rows: members.iter().map(|member| member.row(members, newest)).collect() }
    }

    fn gauges(members: &[&GossipCluster], _glance: &Glance<'_>) -> Vec<Option<f64>> {
        let sum = |of: fn(&Watcher) -> u64| Some(members.iter().map(|member| of(&member.swim.host)).sum::<u64>() as f64);
        let latest = members.iter().filter(|member| member.died.is_some()).max_by_key(|member| member.died);
        let newest = newest(members);
        let informed = members.iter().filter(|member| member.rumour.machine.known() == newest).count();
        vec![
            latest.and_then(|member| member.detection(members)),
            sum(|watcher| watcher.false_suspicions),
            sum(|watcher| watcher.false_deaths),
            crate::kind::percent(informed as u64, members.len() as u64),
        ]
    }

    fn note(&self, members: &[&GossipCluster]) -> String {
        let count = |wanted: State| self.states(members.len()).filter(|(_, state)| *state == wanted).count();
        let (alive, suspected, dead) = (count(State::Alive), count(State::Suspected), count(State::Dead));
        format!("{alive} alive · {suspected} suspected · {dead} dead")
    }

    fn role(&self) -> Text {
        Text::default()
    }
}
