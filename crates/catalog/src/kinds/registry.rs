//! Service registry: instances that say that they are alive, a list of those who did, and callers who choose from an old copy of it.
//!
//! ```text
//!   instance ── heartbeat, every so often ──► registry: entry, good for its time to live
//!   callers  ◄── the list, every so often ─── registry
//!   callers  ── requests, by the copy they have ──► instance, perhaps dead by now
//! ```
//!
//! Who dies stays in use for up to the time to live and one refresh. The choice is [`balance`]'s, an instance is a [`Service`].

mod form;

use crate::face::{Bar, Face};
use crate::front::Front;
use crate::kind::{Cx, Glance, Kind, Setup};
use crate::kinds::Message;
use crate::kinds::service::Service;
use crate::listed::ListFront;
use crate::settings::Settings;
use base::{Delay, Rng, Span, Time};
use scenario::{KindSpec, Text};
use sim::{CallId, Reply, Request};
use trace::{Status, WireIndex};

/// The registry, or an instance.
#[derive(Clone)]
pub struct Registry {
    inside: Box<Role>,
}

#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "it is boxed as a whole")]
enum Role {
    Keeps(Book),
    Serves(Instance),
}

/// The registry's list.
#[derive(Clone)]
struct Book {
    /// When each instance was last heard; `None` of who is not known.
    heard: Vec<Option<Time>>,
    rules: Rules,
    seed: u64,
    expired: u64,
}

#[derive(Clone)]
struct Instance {
    service: Service,
    number: u8,
    rules: Rules,
}

#[derive(Clone, Copy)]
struct Rules {
    check: Check,
    beat: Span,
    ttl: Span,
    refresh: Span,
    is_durable: bool,
}

/// What keeps an instance in the list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Check {
    Heartbeats,
    /// Who has more in line than he should is silent.
    HeartbeatsOfTheFit,
    Nothing,
}

/// "I am alive."
#[derive(Clone, Copy, Debug)]
pub struct Heartbeat;

/// The token of an instance's next heartbeat; others are its service's.
const BEAT: u64 = 1 << 63;
/// The token of the callers' next question.
const REFRESH: u64 = 1 << 62;
const REGISTRY: u8 = 0;

impl Book {
    /// Who is in the list at a moment.
    fn listed(&self, now: Time) -> impl Iterator<Item = bool> + '_ {
        let never_expires = self.rules.check == Check::Nothing;
        self.heard.iter().map(move |heard| heard.is_some_and(|at| never_expires || now.since(at) <= self.rules.ttl))
    }

    /// The callers ask, and hear nothing from a registry that they cannot reach.
    fn refresh(&mut self, cx: &mut Cx<'_>) {
        let (now, me) = (cx.now(), usize::from(cx.me()));
        cx.timer(self.rules.refresh, REFRESH);
        let is_cut_off = cx.core().lives[me].cut_off;
        if let Front::Listed(front) = cx.front()
            && !is_cut_off
        {
            let before = front.listed().iter().filter(|listed| **listed).count();
            front.refresh(now, self.listed(now));
            let after = front.listed().iter().filter(|listed| **listed).count();
            self.expired += before.saturating_sub(after) as u64;
        }
    }
}

impl Instance {
    fn beat(&self, cx: &mut Cx<'_>) {
        cx.timer(self.rules.beat, BEAT);
        let (waiting, room) = self.service.line();
        let is_fit = waiting * 2 <= room;
        if is_fit || self.rules.check != Check::HeartbeatsOfTheFit {
            cx.send(REGISTRY, Message::Registry(Heartbeat));
        }
    }

    /// Callers know how much an instance has in hand.
    #[inline]
    fn show(&self, cx: &mut Cx<'_>) {
        let (number, in_hand) = (usize::from(self.number) - 1, self.service.in_hand());
        if let Front::Listed(front) = cx.front() {
            front.holds(number, in_hand);
        }
    }
}

impl Kind for Registry {
    const SLUG: &'static str = "registry";
    type Message = Heartbeat;
    const PLANS: bool = true;

    fn spec() -> KindSpec {
        form::spec(Self::SLUG)
    }

    fn members(settings: &Settings<'_>) -> u8 {
        settings.whole("members").clamp(2, u32::from(form::MEMBERS_MAX)) as u8
    }

    fn front(settings: &Settings<'_>, members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        let instances = usize::from(members.saturating_sub(1));
        Front::Listed(Box::new(ListFront::new(instances, form::algorithm(settings), settings.whole("keep_percent"))))
    }

    fn mesh(settings: &Settings<'_>) -> Delay {
        Delay::constant(settings.millis("mesh_ms"))
    }

    fn new(setup: &Setup<'_>) -> Registry {
        let rules = form::rules(&setup.settings);
        let role = if setup.number == REGISTRY {
            let instances = usize::from(setup.members.saturating_sub(1));
            Role::Keeps(Book { heard: vec![Some(Time::ZERO); instances], rules, seed: setup.seed, expired: 0 })
        } else {
            Role::Serves(Instance { service: Service::new(setup), number: setup.number, rules })
        };
        Registry { inside: Box::new(role) }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let rules = form::rules(&setup.settings);
        match &mut *self.inside {
            Role::Keeps(book) => {
                book.rules = rules;
                if let Front::Listed(front) = cx.front() {
                    front.retune(form::algorithm(&setup.settings), setup.settings.whole("keep_percent"));
                }
            }
            Role::Serves(me) => {
                me.rules = rules;
                me.service.retune(cx, setup);
            }
        }
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        match &mut *self.inside {
            Role::Keeps(book) => {
                let rng = Rng::stream(book.seed, &[u64::from(cx.me())]);
                if let Front::Listed(front) = cx.front() {
                    front.draw_from(rng);
                }
                cx.timer(book.rules.refresh, REFRESH);
            }
            // They did not start at the same moment.
            Role::Serves(me) => {
                let first = Span(cx.rng().below(me.rules.beat.0.max(1)));
                cx.timer(first, BEAT);
            }
        }
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        match &mut *self.inside {
            Role::Keeps(_) => cx.reply(call, Reply::plain(Status::Failed)),
            Role::Serves(me) => {
                me.service.on_request(cx, call, request);
                me.show(cx);
            }
        }
    }

    #[inline]
    fn on_reply(&mut self, cx: &mut Cx<'_>, wire: WireIndex, token: u64, request: &Request, reply: Reply) {
        if let Role::Serves(me) = &mut *self.inside {
            me.service.on_reply(cx, wire, token, request, reply);
            me.show(cx);
        }
    }

    #[inline]
    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        match &mut *self.inside {
            Role::Keeps(book) => book.refresh(cx),
            Role::Serves(me) if token == BEAT => me.beat(cx),
            Role::Serves(me) => {
                me.service.on_timer(cx, token);
                me.show(cx);
            }
        }
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, Heartbeat: Heartbeat) {
        if let Role::Keeps(book) = &mut *self.inside
            && let Some(heard) = book.heard.get_mut(usize::from(from).wrapping_sub(1))
        {
            *heard = Some(cx.now());
        }
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        match &mut *self.inside {
            Role::Keeps(book) if !book.rules.is_durable => book.heard.fill(None),
            Role::Keeps(_) => {}
            Role::Serves(me) => {
                me.service.on_crash(cx);
                me.show(cx);
            }
        }
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now();
        match &mut *self.inside {
            // Nobody could be heard while it was down: whom it knows has a new time to live.
            Role::Keeps(book) => {
                book.heard.iter_mut().flatten().for_each(|heard| *heard = now);
                cx.timer(book.rules.refresh, REFRESH);
            }
            Role::Serves(me) => me.beat(cx),
        }
    }

    fn summary(settings: &Settings<'_>) -> String {
        let instances = settings.whole("members").saturating_sub(1);
        format!("{instances} instances · {} · {}", settings.choice_name("check"), settings.choice_name("algorithm"))
    }

    /// What the registry has heard, and what the callers believe.
    fn face(members: &[&Registry], glance: &Glance<'_>) -> Face {
        let (Front::Listed(front), Some(book)) = (glance.front(), book(members)) else { return Face::Nothing };
        let ago = |heard: &Option<Time>| heard.map_or("never".into(), |at| format!("{:.0} ms ago", glance.now.since(at).as_millis_f64()));
        let row = |(place, heard): (usize, &Option<Time>)| {
            let listed = if front.listed().get(place) == Some(&true) { "listed" } else { "—" };
            let in_hand = front.outstanding().get(place).copied().unwrap_or(0);
            vec![format!(".{}", place + 1), ago(heard), listed.to_string(), in_hand.to_string()]
        };
        let head = ["Instance", "Heard", "Callers", "In hand"].map(String::from).to_vec();
        Face::Table { head, rows: book.heard.iter().enumerate().map(row).collect() }
    }

    fn gauges(_members: &[&Registry], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Front::Listed(front) = glance.front() else { return vec![None; 4] };
        let state = &glance.core.boxes[usize::from(glance.home)];
        let is_up = |place: usize| state.members.get(place + 1).is_some_and(|member| glance.core.lives[usize::from(*member)].up);
        let count = |wanted: fn(bool, bool) -> bool| {
            let listed = front.listed().iter().enumerate();
            Some(listed.filter(|(place, listed)| wanted(**listed, is_up(*place))).count() as f64)
        };
        vec![
            count(|is_listed, _| is_listed),
            count(|is_listed, is_up| is_listed && !is_up),
            count(|is_listed, is_up| !is_listed && is_up),
            glance.p99_ms(),
        ]
    }

    fn member_face(&self, glance: &Glance<'_>) -> Face {
        match &*self.inside {
            Role::Serves(me) => Service::face(&[&me.service], glance),
            Role::Keeps(book) => {
                let ttl = book.rules.ttl.as_millis_f64();
                let since = |heard: &Option<Time>| heard.map_or(ttl, |at| glance.now.since(at).as_millis_f64());
                let bar = |(place, heard): (usize, &Option<Time>)| Bar { label: format!(".{}", place + 1), value: since(heard), full: ttl };
                Face::Bars { bars: book.heard.iter().enumerate().map(bar).collect(), unit: "ms since heard".into() }
            }
        }
    }

    fn role(&self) -> Text {
        match &*self.inside {
            Role::Keeps(_) => "registry".into(),
            Role::Serves(_) => "instance".into(),
        }
    }

    fn note(&self, members: &[&Registry]) -> String {
        match &*self.inside {
            Role::Keeps(book) => format!("{} known · {} expired", book.heard.iter().flatten().count(), book.expired),
            Role::Serves(me) => {
                let known = book(members).and_then(|book| *book.heard.get(usize::from(me.number) - 1)?);
                format!("{} in hand{}", me.service.in_hand(), if known.is_none() { " · unknown to the registry" } else { "" })
            }
        }
    }
}

/// The registry's list, as long as the registry is one of the members.
fn book<'a>(members: &[&'a Registry]) -> Option<&'a Book> {
    members.iter().find_map(|member| if let Role::Keeps(book) = &*member.inside { Some(book) } else { None })
}
