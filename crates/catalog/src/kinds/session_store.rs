//! Session store: who is logged in, and where that is known: at one server, at two, at all, in a store they share, or in the browser.
//!
//! Sessions are entries of a [`cache::Cache`]: they have an end, and the one not used for longest goes when there is no more room. What
//! browsers hold, and what became of users who were logged in, is `cookies.rs`. This file says which server knows what.

use crate::cookies::{CookieFront, Outcome, Way};
use crate::desk::Desk;
use crate::face::{Bar, Cell, Face};
use crate::front::Front;
use crate::gather::Gatherings;
use crate::kind::{Cx, Glance, Kind, Setup};
use crate::kinds::Message;
use crate::settings::{FieldExt, Settings, choice, gauge, law, number, whole};
use base::{Delay, Law, Rng, Span, Time, stable_hash, stable_hash_u64};
use cache::{Algorithm, Cache, Lookup};
use scenario::{KindSpec, Ports, Text, Verb};
use sim::{CallId, Reply, Request};
use trace::Status;

/// One server, or the store that the servers share.
#[derive(Clone)]
pub struct SessionStore {
    number: u8,
    members: u8,
    keep: Keep,
    knobs: Knobs,
    desk: Desk<Job>,
    /// By session, who it is: on servers and in the shared store. In memory.
    sessions: Cache<Session>,
    /// Tokens that are refused until they expire: revoked ones, by session. In memory.
    denied: Cache<()>,
    /// Revoked here and not told to the others yet: session, and when its token expires.
    to_tell: Vec<(u64, Time)>,
    /// Requests that wait for the shared store.
    open: Gatherings<(Request, Ask)>,
    /// Questions to the shared store, and sessions sent to other servers.
    messages: u64,
    requests: u64,
    evicted: u64,
}

/// Where sessions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    Sticky,
    Paired,
    Everywhere,
    Shared,
    Tokens,
}

#[derive(Clone, Copy)]
struct Knobs {
    idle: Span,
    absolute: Span,
    token: Span,
    is_denied: bool,
    deny_every: Span,
    log_in: Delay,
    patience: Span,
    secret: u64,
}

/// A session, where it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    user: u32,
    made: Time,
}

#[derive(Clone, Copy)]
enum Job {
    /// A request of a user.
    Serve(CallId, Request),
    /// A question of a server to the store they share.
    Look(u8, u64, Ask),
    /// A user logs in, which takes the worker longer.
    LogIn(CallId, Request),
}

/// What the shared store is asked.
#[derive(Clone, Copy, Debug)]
pub enum Ask {
    /// Is there this session? It is used now.
    Use(u64),
    /// Keep it.
    Keep(u64, Session),
    /// It is over.
    Forget(u64),
}

/// What servers say to each other.
#[derive(Clone, Debug)]
pub enum Said {
    /// To the shared store, with the number of the question.
    Ask(u64, Ask),
    /// From it: whether there is such a session; nothing when its line is full.
    Told(u64, Option<bool>),
    /// Keep a copy of this session, used last at that moment.
    Copy(u64, Session, Time),
    /// These sessions are over.
    Over(Vec<u64>),
    /// These tokens are refused until they expire.
    Deny(Vec<(u64, Time)>),
}

/// Set in a timer's token: the patience with the shared store ends.
const LATE: u64 = 1 << 62;
/// Set in a timer's token: a log-in is done.
const LOGGED_IN: u64 = 1 << 32;
/// The token of the timer that tells the others what was revoked.
const TELL: u64 = 1 << 40;
/// Sessions that a face shows.
const SHOWN: usize = 64;
/// Revoked tokens that a server remembers.
const DENIED_MAX: u32 = 100_000;

impl Keep {
    const ALL: &'static [Keep] = &[Keep::Sticky, Keep::Paired, Keep::Everywhere, Keep::Shared, Keep::Tokens];

    fn way(self) -> Way {
        match self {
            Keep::Sticky | Keep::Paired => Way::Pinned,
            Keep::Everywhere | Keep::Tokens => Way::Anybody,
            Keep::Shared => Way::Behind,
        }
    }
}

impl Knobs {
    fn read(settings: &Settings<'_>, seed: u64) -> Knobs {
        Knobs {
            idle: settings.millis("idle_ms"),
            absolute: settings.millis("absolute_ms"),
            token: settings.millis("token_ms"),
            is_denied: settings.choice("revoke") == 1,
            deny_every: settings.millis("deny_ms"),
            log_in: settings.delay("log_in_ms", "time_law"),
            patience: settings.millis("patience_ms"),
            secret: seed,
        }
    }

    /// When a session that was made and is used now ends.
    fn end(&self, made: Time, now: Time) -> Time {
        (now + self.idle).min(made + self.absolute)
    }

    /// What stands under a token: it depends on all that the token says, and on the servers' secret.
    fn signature(&self, user: u32, session: u64, expires: Time) -> u64 {
        [u64::from(user), session, expires.0].iter().fold(self.secret, |sum, word| stable_hash_u64(sum ^ word))
    }
}

fn cookies<'a>(cx: &'a mut Cx<'_>) -> Option<&'a mut CookieFront> {
    match cx.front() {
        Front::Cookies(front) => Some(front),
        _ => None,
    }
}

impl SessionStore {
    fn keep_session(&mut self, session: u64, what: Session, used: Time, now: Time) {
        let end = self.knobs.end(what.made, used);
        if end > now && self.sessions.put(session, what, end, now).is_some() {
            self.evicted += 1;
        }
    }

    /// Whether the session is here and not over; it is used now.
    fn use_session(&mut self, session: u64, now: Time) -> Option<Session> {
        let Lookup::Hit(what) = self.sessions.get(session, now) else { return None };
        self.keep_session(session, what, now, now);
        Some(what)
    }

    /// Sends what was said to all other servers that there are.
    fn spread(&mut self, cx: &mut Cx<'_>, said: &Said) {
        for to in (0..self.members).filter(|to| *to != self.number) {
            self.messages += 1;
            cx.send(to, Message::SessionStore(said.clone()));
        }
    }

    /// Gives copies of a session that was used now to those who have one.
    fn copy(&mut self, cx: &mut Cx<'_>, session: u64, what: Session) {
        let said = Said::Copy(session, what, cx.now());
        match self.keep {
            Keep::Paired if self.members > 1 => {
                self.messages += 1;
                cx.send((self.number + 1) % self.members, Message::SessionStore(said));
            }
            Keep::Everywhere => self.spread(cx, &said),
            _ => {}
        }
    }

    fn ask(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request, ask: Ask) {
        let number = self.open.begin(call, 1, (request, ask));
        self.messages += 1;
        cx.timer(self.knobs.patience, LATE | number);
        cx.send(0, Message::SessionStore(Said::Ask(number, ask)));
    }

    /// A request has been thought about: is its user logged in?
    fn serve(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) -> bool {
        self.requests += 1;
        let (now, user) = (cx.now(), request.user);
        let Some(cookie) = cookies(cx).and_then(|front| front.cookie(user)) else {
            return false;
        };
        if request.write && cookie.revoked.is_none() {
            return self.log_out(cx, call, request);
        }
        let is_known = match self.keep {
            Keep::Shared => {
                self.ask(cx, call, request, Ask::Use(cookie.session));
                return true;
            }
            Keep::Tokens => {
                let is_signed = cookie.signature == self.knobs.signature(user, cookie.session, cookie.expires);
                is_signed && now < cookie.expires && self.denied.peek(cookie.session, now).is_none()
            }
            Keep::Sticky | Keep::Paired | Keep::Everywhere => {
                let found = self.use_session(cookie.session, now);
                if let Some(what) = found {
                    self.copy(cx, cookie.session, what);
                }
                found.is_some()
            }
        };
        self.is_let_in(cx, call, request, cookie.session, is_known)
    }

    /// Lets a user in, or has it log in again; whether the request has ended.
    fn is_let_in(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request, session: u64, is_known: bool) -> bool {
        let (now, number, Knobs { idle, absolute, .. }) = (cx.now(), self.number, self.knobs);
        let Some(front) = cookies(cx) else { return true };
        if is_known {
            front.let_in(request.user, number, now);
            cx.reply(call, Reply::plain(Status::Ok));
        } else {
            // A token has no idle time: nobody notes when it was used.
            let idle = if self.keep == Keep::Tokens { Span(u64::MAX / 4) } else { idle };
            front.turn_away((request.user, session), now, idle, absolute);
        }
        is_known
    }

    /// A user has logged in.
    fn log_in(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        let (now, number, user) = (cx.now(), self.number, request.user);
        let expires = match self.keep {
            Keep::Tokens => now + self.knobs.token.min(self.knobs.absolute),
            _ => Time::NEVER,
        };
        let sign = |session| self.knobs.signature(user, session, expires);
        let Some(session) = cookies(cx).map(|front| front.log_in(user, number, now, expires, sign)) else { return };
        let what = Session { user, made: now };
        match self.keep {
            Keep::Tokens => {}
            Keep::Shared => return self.ask(cx, call, request, Ask::Keep(session, what)),
            Keep::Sticky | Keep::Paired | Keep::Everywhere => {
                self.keep_session(session, what, now, now);
                self.copy(cx, session, what);
            }
        }
        cx.reply(call, Reply::plain(Status::Ok));
    }

    /// A user logs out everywhere: whoever has a copy of what its browser holds shall not be let in any more.
    fn log_out(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) -> bool {
        let now = cx.now();
        let Some(front) = cookies(cx) else { return true };
        let Some(cookie) = front.cookie(request.user) else { return true };
        front.revoke(request.user, now);
        match self.keep {
            Keep::Shared => {
                self.ask(cx, call, request, Ask::Forget(cookie.session));
                return true;
            }
            Keep::Tokens if self.knobs.is_denied => {
                self.denied.put(cookie.session, (), cookie.expires, now);
                self.to_tell.push((cookie.session, cookie.expires));
            }
            Keep::Tokens => {}
            Keep::Sticky | Keep::Paired | Keep::Everywhere => {
                self.sessions.remove(cookie.session);
                if self.keep != Keep::Sticky {
                    self.spread(cx, &Said::Over(vec![cookie.session]));
                }
            }
        }
        cx.reply(call, Reply::plain(Status::Ok));
        true
    }

    /// Serves the shared store's part.
    fn look(&mut self, now: Time, ask: Ask) -> bool {
        match ask {
            Ask::Use(session) => self.use_session(session, now).is_some(),
            Ask::Keep(session, what) => {
                self.keep_session(session, what, now, now);
                true
            }
            Ask::Forget(session) => self.sessions.remove(session).is_some(),
        }
    }

    /// The shared store has answered a request, or is not going to.
    fn hear(&mut self, cx: &mut Cx<'_>, number: u64, told: Option<bool>) {
        let Some(gathering) = self.open.end(number) else { return };
        let (call, (request, ask)) = (gathering.call, gathering.what);
        match (told, ask) {
            (None, _) => {
                if let (Ask::Keep(session, _), Some(front)) = (ask, cookies(cx)) {
                    front.take_back(request.user, session);
                }
                cx.reply(call, Reply::plain(Status::Unavailable));
            }
            (Some(_), Ask::Keep(..) | Ask::Forget(_)) => cx.reply(call, Reply::plain(Status::Ok)),
            (Some(is_known), Ask::Use(session)) => {
                if !self.is_let_in(cx, call, request, session, is_known) && !self.desk.accept(cx, Job::LogIn(call, request)) {
                    cx.reply(call, Reply::plain(Status::Overloaded));
                }
            }
        }
    }
}

impl Kind for SessionStore {
    const SLUG: &'static str = "session-store";
    type Message = Said;

    fn spec() -> KindSpec {
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Session store".into(),
            group: "Data".into(),
            purpose: "Servers that know who is logged in: each for itself, together, or from what the browser brings along.".into(),
            icon: "M9 2.500a3 3 0 1 0 0 6a3 3 0 1 0 0-6M3 15.500c0-6 12-6 12 0zM12.500 11.500l1.500 1.500 2.500-3".into(),
            fields: vec![
                whole("members", "Members", "", (1.0, 16.0), 4.0, "Servers; with a shared store the first is that store"),
                choice("keep", "Sessions are", "Where it is known who is logged in", &[
                    ("sticky", "at the server that made them; a user goes to it again, and has no session elsewhere"),
                    ("paired", "at that server and the next one, which takes over when it dies"),
                    ("everywhere", "copied to every server: each use is told to all"),
                    ("shared", "in one store that all servers ask"),
                    ("tokens", "in the browser, signed: no server keeps anything"),
                ]),
                number("idle_ms", "Idle", "ms", (1.0, 8.64e7), 30_000.0, "A session that is not used for so long is over; a token has no such end").live(),
                number("absolute_ms", "Absolute", "ms", (1.0, 8.64e7), 600_000.0, "A session is over so long after the log-in, however much it is used").live(),
                number("token_ms", "Token", "ms", (1.0, 8.64e7), 60_000.0, "A token is good for so long").live().when("keep", &["tokens"]),
                choice("revoke", "Log-out", "What a log-out does to a token that somebody has copied", &[
                    ("nothing", "it is good until it expires"),
                    ("deny list", "servers tell each other which to refuse"),
                ]).live().when("keep", &["tokens"]),
                number("deny_ms", "Tell every", "ms", (1.0, 3.6e6), 1_000.0, "How often a server tells the others whom to refuse").live().when("keep", &["tokens"]),
                whole("capacity", "Room", "sessions", (1.0, 1e6), 100_000.0, "Sessions that fit into one member's memory; the one not used for longest goes").live(),
                number("log_in_ms", "Log-in", "ms", (0.0, 60_000.0), 50.0, "Mean time that a log-in takes a worker, beside the work of a request").live(),
                number("patience_ms", "Patience", "ms", (1.0, 60_000.0), 500.0, "How long a server waits for the shared store").live().when("keep", &["shared"]),
                number("mesh_ms", "Between members", "ms", (0.0, 10_000.0), 0.5, "One-way latency from member to member"),
                whole("workers", "At once", "", (1.0, 10_000.0), 32.0, "Requests that one member works on at the same time").live(),
                whole("line_max", "Line", "", (0.0, 1e6), 1_000.0, "Requests that may wait at one member; more are refused").live(),
                number("time_ms", "Work", "ms", (0.0, 60_000.0), 1.0, "Mean time of one request").live(),
                law("time_law", "Work varies", Law::Exponential).live(),
            ],
            ports: Ports { accepts: true, out_max: 0, refusal: "A session store is called; it calls nobody".into() },
            verbs: vec![Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Isolate, Verb::Heal],
            gauges: vec![
                gauge("lost", "Logged out", "users"),
                gauge("late_ms", "In after log-out", "ms"),
                gauge("messages", "Messages", "/request"),
                gauge("p99_ms", "p99", "ms"),
            ],
            members: Some("members".into()),
            modelled: vec![
                "every session with its end, at each server that knows it; what each user's browser holds".into(),
                "a read is a user's request, and a log-in when the user is not let in; a write logs the user out everywhere".into(),
                "after a log-out somebody who has copied the browser's cookie goes on trying it, until it is refused".into(),
            ],
            left_out: vec![
                "what is in a session: that a user has one is all".into(),
                "cryptography: a keyed hash stands for the signature, and nobody forges one".into(),
                "a balancer: callers go at once to a server that is up".into(),
                "a shared store of several members, or with a disk: its crash loses all sessions".into(),
            ],
        }
    }

    fn members(settings: &Settings<'_>) -> u8 {
        let least = if settings.one_of("keep", Keep::ALL) == Keep::Shared { 2 } else { 1 };
        settings.whole("members").clamp(least, 16) as u8
    }

    fn front(settings: &Settings<'_>, _members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        Front::Cookies(Box::new(CookieFront::new(settings.one_of("keep", Keep::ALL).way())))
    }

    fn mesh(settings: &Settings<'_>) -> Delay {
        Delay::constant(settings.millis("mesh_ms"))
    }

    fn new(setup: &Setup<'_>) -> SessionStore {
        let settings = &setup.settings;
        let luck = |what: &str| Rng::stream(setup.seed, &[stable_hash(what), u64::from(setup.number)]);
        SessionStore {
            number: setup.number,
            members: setup.members,
            keep: settings.one_of("keep", Keep::ALL),
            knobs: Knobs::read(settings, setup.seed),
            desk: Desk::new(settings),
            sessions: Cache::of(Algorithm::Lru, settings.whole("capacity"), luck("sessions")),
            denied: Cache::of(Algorithm::Lru, DENIED_MAX, luck("denied")),
            to_tell: Vec::new(),
            open: Gatherings::default(),
            messages: 0,
            requests: 0,
            evicted: 0,
        }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        self.knobs = Knobs::read(&setup.settings, setup.seed);
        self.desk.retune(cx, &setup.settings);
        let evicted = &mut self.evicted;
        self.sessions.set_capacity(setup.settings.whole("capacity"), cx.now(), |_| *evicted += 1);
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        if self.keep == Keep::Tokens {
            cx.timer(self.knobs.deny_every, TELL);
        }
    }

    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.desk.take(cx, call, Job::Serve(call, request));
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if token & LATE != 0 {
            return self.hear(cx, token & !LATE, None);
        }
        if token == TELL {
            cx.timer(self.knobs.deny_every, TELL);
            if !self.to_tell.is_empty() {
                let said = Said::Deny(std::mem::take(&mut self.to_tell));
                self.spread(cx, &said);
            }
            return;
        }
        let at = token as u32;
        let job = *self.desk.job(at);
        match job {
            Job::Look(from, number, ask) => {
                let told = self.look(cx.now(), ask);
                cx.send(from, Message::SessionStore(Said::Told(number, Some(told))));
            }
            Job::LogIn(call, request) if token & LOGGED_IN != 0 => self.log_in(cx, call, request),
            Job::Serve(call, request) if self.serve(cx, call, request) => {}
            Job::LogIn(call, request) | Job::Serve(call, request) => {
                // The worker goes on with the log-in.
                *self.desk.job(at) = Job::LogIn(call, request);
                let span = cx.work(&self.knobs.log_in);
                return cx.timer(span, LOGGED_IN | u64::from(at));
            }
        }
        self.desk.close(at);
        self.desk.release(cx);
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, said: Said) {
        let now = cx.now();
        match said {
            Said::Ask(number, ask) => {
                if !self.desk.accept(cx, Job::Look(from, number, ask)) {
                    cx.send(from, Message::SessionStore(Said::Told(number, None)));
                }
            }
            Said::Told(number, told) => self.hear(cx, number, told),
            Said::Copy(session, what, used) => self.keep_session(session, what, used, now),
            Said::Over(sessions) => sessions.into_iter().for_each(|session| _ = self.sessions.remove(session)),
            Said::Deny(tokens) => {
                let alive = tokens.into_iter().filter(|(_, expires)| *expires > now);
                alive.for_each(|(session, expires)| _ = self.denied.put(session, (), expires, now));
            }
        }
    }

    /// Sessions are in memory.
    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.desk.abandon(cx);
        self.open.abandon();
        self.sessions.clear();
        self.denied.clear();
        self.to_tell.clear();
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.on_start(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        format!("{} · {} members", settings.choice_name("keep"), settings.whole("members"))
    }

    /// What became of users.
    fn face(members: &[&SessionStore], glance: &Glance<'_>) -> Face {
        let Front::Cookies(front) = glance.front() else { return Face::Nothing };
        let Outcome { lost, over, late, let_in, logins, .. } = front.tally;
        let evicted = members.iter().map(|member| member.evicted).sum::<u64>();
        let most = let_in.max(logins).max(1) as f64;
        let bar = |label: &str, value: u64| Bar { label: label.into(), value: value as f64, full: most };
        let bars = vec![
            bar("let in", let_in),
            bar("log-ins", logins),
            bar("session over", over),
            bar("session lost", lost),
            bar("in after log-out", late),
            bar("no room", evicted),
        ];
        Face::Bars { bars, unit: String::new() }
    }

    fn gauges(members: &[&SessionStore], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Front::Cookies(front) = glance.front() else { return Vec::new() };
        let sum = |of: fn(&SessionStore) -> u64| members.iter().map(|member| of(member)).sum::<u64>();
        let (messages, requests) = (sum(|member| member.messages), sum(|member| member.requests));
        vec![
            Some(front.tally.lost as f64),
            Some(front.tally.latest.as_millis_f64()),
            (requests > 0).then(|| messages as f64 / requests as f64),
            glance.p99_ms(),
        ]
    }

    fn member_face(&self, _glance: &Glance<'_>) -> Face {
        let shown: Vec<_> = self.sessions.cells().take(SHOWN).collect();
        let most = shown.len().max(1) as f64;
        let heat = |rank: usize| 1.0 - rank as f64 / most;
        let cells = shown.iter().enumerate().map(|(rank, cell)| Cell { key: cell.key, heat: heat(rank) }).collect();
        Face::Cells { cells, used: u64::from(self.sessions.len()), capacity: u64::from(self.sessions.capacity()) }
    }

    fn role(&self) -> Text {
        match (self.keep, self.number) {
            (Keep::Shared, 0) => "store".into(),
            _ => Text::default(),
        }
    }

    fn note(&self, _members: &[&SessionStore]) -> String {
        match self.keep {
            Keep::Tokens => format!("{} tokens refused", self.denied.len()),
            _ => format!("{} sessions", self.sessions.len()),
        }
    }
}
