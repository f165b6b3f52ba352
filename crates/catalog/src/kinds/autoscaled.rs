//! Autoscaled group: instances of a service that come and go with the load.
//!
//! ```text
//!   every interval:  wanted = ceil(ready × used / target)        nothing within the tolerance
//!   off ──(wanted > ready)──> booting ──(boot time)──> ready ──(wanted < ready, for long enough)──> draining ──(empty)──> off
//! ```
//!
//! The rule is that of Kubernetes' horizontal autoscaler ("Algorithm details" of its documentation): the ratio of what is used to what
//! should be, a tolerance round 1, and a window in which the highest wish of late wins before anybody is sent away. An instance is a
//! [`Service`] with its plan; the group's controller lives beside them, as long as any of them runs.

use crate::face::{Bar, Face};
use crate::front::Front;
use crate::kind::{Cx, Decision, Glance, Kind, Setup, Word};
use crate::kinds::service::Service;
use crate::settings::{FieldExt, Settings, number, whole, gauge};
use base::{Span, Time};
use scenario::{KindSpec, Ports, Text};
use sim::{CallId, Reply, Request};
use std::collections::VecDeque;
use trace::WireIndex;

/// One instance.
#[derive(Clone)]
pub struct Autoscaled {
    service: Service,
    number: u8,
}

/// What the controller and the callers know of the group.
#[derive(Clone, Debug)]
pub struct Group {
    states: Vec<State>,
    /// For each instance, when its last boot ends.
    boots: Vec<Time>,
    turn: u32,
    rule: Rule,
    /// The last moment at which the controller looked, and what was busy until then, in workers times nanoseconds.
    looked: Time,
    busy: f64,
    /// Share of the ready workers that was busy in the last interval.
    used: f64,
    wanted: u8,
    /// What was wanted lately, newest last.
    wishes: VecDeque<(Time, u8)>,
}

/// Where an instance is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Off,
    Booting,
    Ready,
    Draining,
}

/// What the controller goes by.
#[derive(Clone, Copy, Debug)]
struct Rule {
    least: u8,
    most: u8,
    target: f64,
    tolerance: f64,
    interval: Span,
    boot: Span,
    patience: Span,
    workers: u32,
}

/// Set in the token of the controller's timer; else the token is the service's.
const LOOK: u64 = 1 << 63;
/// Most instances of a group.
const MOST: u8 = 32;

impl Rule {
    fn read(settings: &Settings<'_>) -> Rule {
        let most = settings.whole("members").clamp(1, u32::from(MOST)) as u8;
        Rule {
            least: (settings.whole("least").max(1) as u8).min(most),
            most,
            target: settings.number("target_percent") / 100.0,
            tolerance: settings.number("tolerance_percent") / 100.0,
            interval: settings.millis("interval_ms"),
            boot: settings.millis("boot_ms"),
            patience: settings.millis("patience_ms"),
            workers: settings.whole("workers"),
        }
    }
}

impl Group {
    fn new(rule: Rule) -> Group {
        let state = |number| if number < rule.least { State::Ready } else { State::Off };
        Group {
            states: (0..rule.most).map(state).collect(),
            boots: vec![Time::ZERO; usize::from(rule.most)],
            turn: 0,
            rule,
            looked: Time::ZERO,
            busy: 0.0,
            used: 0.0,
            wanted: rule.least,
            wishes: VecDeque::new(),
        }
    }

    fn count(&self, state: State) -> usize {
        self.states.iter().filter(|known| **known == state).count()
    }

    fn find(&self, state: State) -> Option<usize> {
        self.states.iter().position(|known| *known == state)
    }

    /// Whose turn it is among the ready that are up; with none of them, whoever is ready.
    pub fn route(&mut self, is_up: impl Fn(usize) -> bool) -> Option<u8> {
        self.turn = self.turn.wrapping_add(1);
        let ready = || (0..self.states.len()).filter(|number| self.states[*number] == State::Ready);
        let up = ready().filter(|number| is_up(*number)).count();
        let turn = self.turn as usize;
        let chosen = match up {
            0 => ready().next(),
            _ => ready().filter(|number| is_up(*number)).nth(turn % up),
        };
        chosen.map(|number| number as u8)
    }

    /// Brings the states of the instances towards what is wanted; `up` says whose process runs.
    fn adjust(&mut self, now: Time, busy: f64, up: &[bool]) {
        let runs = |group: &Group, number: usize| up.get(number).copied().unwrap_or(false) && group.states[number] == State::Ready;
        let ready = (0..self.states.len()).filter(|number| runs(self, *number)).count();
        let wanted = usize::from(self.decide(now, ready, busy));
        for _ in ready + self.count(State::Booting)..wanted {
            // One that is draining is taken back before a new one is booted.
            if let Some(number) = self.find(State::Draining) {
                self.states[number] = State::Ready;
            } else if let Some(number) = self.find(State::Off) {
                (self.states[number], self.boots[number]) = (State::Booting, now + self.rule.boot);
            }
        }
        for _ in wanted..ready {
            if let Some(number) = self.states.iter().rposition(|state| *state == State::Ready) {
                self.states[number] = State::Draining;
            }
        }
    }

    /// How many instances there should be, of `ready` that run, by what was used since the last look.
    fn decide(&mut self, now: Time, ready: usize, busy: f64) -> u8 {
        let span = now.since(self.looked).0 as f64;
        let workers = ready.max(1) as f64 * f64::from(self.rule.workers.max(1));
        self.used = if span > 0.0 { ((busy - self.busy) / span / workers).clamp(0.0, 1.0) } else { 0.0 };
        (self.looked, self.busy) = (now, busy);
        let ratio = self.used / self.rule.target;
        let wish = if (ratio - 1.0).abs() <= self.rule.tolerance { ready as f64 } else { (ready as f64 * ratio).ceil() };
        let wish = wish.clamp(f64::from(self.rule.least), f64::from(self.rule.most)) as u8;
        while self.wishes.front().is_some_and(|(at, _)| now.since(*at) > self.rule.patience) {
            self.wishes.pop_front();
        }
        self.wishes.push_back((now, wish));
        // Up at once; down only to the highest wish of late.
        let highest = self.wishes.iter().map(|(_, wish)| *wish).max().unwrap_or(wish);
        self.wanted = if wish as usize >= ready { wish } else { highest.min(ready as u8) };
        self.wanted
    }
}

impl Autoscaled {
    fn group<'a>(cx: &'a mut Cx<'_>) -> Option<&'a mut Group> {
        if let Front::Scaled(group) = cx.front() { Some(group) } else { None }
    }

    /// The controller looks at the group: whichever instance's timer is first at this moment does it for all.
    fn look(&mut self, cx: &mut Cx<'_>) {
        let (now, home) = (cx.now(), usize::from(cx.home()));
        let state = &cx.core().boxes[home];
        let busy = state.meter.averages(now).1 * now.0 as f64;
        let up: Vec<bool> = state.members.iter().map(|member| cx.core().lives[usize::from(*member)].up).collect();
        let Some(group) = Autoscaled::group(cx).filter(|group| group.looked < now) else { return };
        let before = group.count(State::Ready);
        group.adjust(now, busy, &up);
        let (used, target, wanted) = (group.used * 100.0, group.rule.target * 100.0, u64::from(group.wanted));
        let (booting, draining) = (group.count(State::Booting) as u64, group.count(State::Draining) as u64);
        let told = {
            let words = [Word::Level(used), Word::Level(target), wanted.into(), (before as u64).into(), booting.into(), draining.into()];
            Decision::new("controller: {} % busy of {} % wanted, so {} instances; {} were ready, {} boot, {} drain", words)
        };
        if group.count(State::Booting) > 0 {
            let boot = group.rule.boot;
            cx.timer(boot, LOOK);
        }
        cx.decide(|| told);
    }

    /// A boot that is over, and an instance that has drained, change their states.
    fn settle(&mut self, cx: &mut Cx<'_>) {
        let (now, number, idle) = (cx.now(), usize::from(self.number), self.service.is_idle());
        let Some(group) = Autoscaled::group(cx) else { return };
        for (state, ready) in group.states.iter_mut().zip(&group.boots) {
            if *state == State::Booting && *ready <= now {
                *state = State::Ready;
            }
        }
        if let Some(state) = group.states.get_mut(number).filter(|state| **state == State::Draining && idle) {
            *state = State::Off;
        }
    }

    fn tick(&self, cx: &mut Cx<'_>) {
        if let Some(interval) = Autoscaled::group(cx).map(|group| group.rule.interval) {
            cx.timer(interval, LOOK | 1);
        }
    }
}

impl Kind for Autoscaled {
    const SLUG: &'static str = "autoscaled";
    type Message = ();
    const PLANS: bool = true;

    fn spec() -> KindSpec {
        let service = Service::spec();
        let mut fields = service.fields;
        fields.extend([
            whole("members", "Most", "instances", (1.0, f64::from(MOST)), 8.0, "Instances that there may be at most"),
            whole("least", "Least", "instances", (1.0, f64::from(MOST)), 1.0, "Instances that there are always").live(),
            number("target_percent", "Target", "%", (1.0, 100.0), 60.0, "How busy the instances' workers should be").live(),
            number("tolerance_percent", "Tolerance", "%", (0.0, 100.0), 10.0, "How far from its target it may be before anything is done").live(),
            number("interval_ms", "Look every", "ms", (100.0, 600_000.0), 5_000.0, "Time between two looks at how busy they are").live(),
            number("boot_ms", "Boot", "ms", (0.0, 600_000.0), 10_000.0, "Time until a new instance takes requests").live(),
            number("patience_ms", "Patience", "ms", (0.0, 3.6e6), 60_000.0, "How long less must do before an instance is sent away").live(),
        ]);
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Autoscaled group".into(),
            group: "Compute".into(),
            purpose: "Instances of a service that come and go with the load.".into(),
            icon: "M3 9h5v6H3zM10 3h5v5h-5zM10 11h5v4h-5zM5.500 6V3M4 4.500l1.500-1.500L7 4.500".into(),
            fields,
            ports: Ports { accepts: true, out_max: 32, refusal: "An instance calls at most 32 boxes".into() },
            verbs: service.verbs,
            gauges: vec![
                gauge("ready", "Ready", ""),
                gauge("wanted", "Wanted", ""),
                gauge("used_percent", "Used", "%"),
                gauge("p99_ms", "p99", "ms"),
            ],
            members: Some("members".into()),
            modelled: vec![
                "each instance with its workers, line and plan, as a service has them".into(),
                "what was used in the last interval, the time that a boot takes, and requests that end before an instance goes".into(),
                "a registry that knows at once who is ready, and sends nobody to the dead".into(),
            ],
            left_out: vec!["what an instance costs".into(), "a controller that dies with the last instance comes back with the first".into()],
        }
    }

    fn members(settings: &Settings<'_>) -> u8 {
        Rule::read(settings).most
    }

    fn front(settings: &Settings<'_>, _members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        Front::Scaled(Group::new(Rule::read(settings)))
    }

    fn new(setup: &Setup<'_>) -> Autoscaled {
        Autoscaled { service: Service::new(setup), number: setup.number }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        self.service.retune(cx, setup);
        if let Some(group) = Autoscaled::group(cx) {
            group.rule = Rule { most: group.rule.most, ..Rule::read(&setup.settings) };
        }
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.tick(cx);
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.service.on_request(cx, call, request);
    }

    #[inline]
    fn on_reply(&mut self, cx: &mut Cx<'_>, wire: WireIndex, token: u64, request: &Request, reply: Reply) {
        self.service.on_reply(cx, wire, token, request, reply);
    }

    #[inline]
    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if token & LOOK == 0 {
            self.service.on_timer(cx, token);
            return;
        }
        self.settle(cx);
        if token != LOOK {
            self.look(cx);
            self.tick(cx);
        }
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.service.on_crash(cx);
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.tick(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        format!("{} to {} · {}%", settings.whole("least"), settings.whole("members"), settings.number("target_percent"))
    }

    fn face(_members: &[&Autoscaled], glance: &Glance<'_>) -> Face {
        let Front::Scaled(group) = glance.front() else { return Face::Nothing };
        let full = f64::from(group.rule.most);
        let bar = |label: &str, value: usize| Bar { label: label.to_string(), value: value as f64, full };
        let bars = vec![
            bar("wanted", usize::from(group.wanted)),
            bar("ready", group.count(State::Ready)),
            bar("booting", group.count(State::Booting)),
            bar("draining", group.count(State::Draining)),
        ];
        Face::Bars { bars, unit: "instances".into() }
    }

    fn gauges(_members: &[&Autoscaled], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Front::Scaled(group) = glance.front() else { return vec![None; 4] };
        vec![
            Some(group.count(State::Ready) as f64),
            Some(f64::from(group.wanted)),
            Some(group.used * 100.0),
            glance.p99_ms(),
        ]
    }

    fn role(&self) -> Text {
        "instance".into()
    }
}
