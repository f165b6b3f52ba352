//! Feed: a write is a post that reaches its author's followers, a read is the newest of whom the reader follows.
//!
//! Who is pushed to and who pulls is [`feed::Policy`]; timelines are [`feed::Timeline`]. This file gives them workers for requests,
//! pushers for deliveries, and a clock. Who follows whom is in `feed/timelines.rs`.

mod timelines;

use crate::desk::Desk;
use crate::face::Face;
use crate::kind::{Cx, Decision, Glance, Kind, Setup};
use crate::settings::{FieldExt, Settings, choice, law, number, whole, gauge};
use base::{Delay, Law, Span, Time, stable_hash_u64};
use check::CheckKind;
use feed::{Algorithm, Author, FanOut, Policy, Post};
use scenario::{KindSpec, Ports, Verb};
use sim::{CallId, Reply, Request};
use slab::Slab;
use std::collections::VecDeque;
use std::sync::Arc;
use timelines::{Graph, Timelines};
use trace::{Record, Status};

/// A feed.
#[derive(Clone)]
pub struct Feed {
    inside: Box<Inside>,
}

#[derive(Clone)]
struct Inside {
    timelines: Timelines,
    policy: Policy,
    page: u32,
    desk: Desk<(CallId, Request)>,
    lookup: Delay,
    pushers: u32,
    push: Delay,
    /// Posts with deliveries still to be begun.
    line: VecDeque<Fanning>,
    /// Deliveries in a pusher's hands.
    pushing: Slab<(Post, u32)>,
    /// Deliveries still to be begun.
    depth: u64,
    posts: u64,
    deliveries: u64,
    reads: u64,
    lookups: u64,
}

#[derive(Clone)]
struct Fanning {
    post: Post,
    /// Which of the followers are pushed to, when not all are.
    targets: Option<Vec<u32>>,
    next: u32,
    end: u32,
}

/// Set in the token of a delivery's timer.
const PUSH: u64 = 1 << 63;
/// Set in the token of a read that looks into outboxes; else the token is a job whose first look-up is done.
const PULL: u64 = 1 << 62;
/// Authors that a face shows.
const SHOWN: u32 = 10;

fn policy(settings: &Settings<'_>) -> Policy {
    let (below, from) = (u64::from(settings.whole("push_below")), u64::from(settings.whole("pull_from")));
    match settings.one_of("algorithm", Algorithm::ALL) {
        // A middle tier that would end before it begins is empty.
        Algorithm::Hybrid => Policy::hybrid(below, from.max(below), settings.millis("active_ms"))
            .expect("the middle tier does not end before it begins"),
        other => other.policy(),
    }
}

impl Inside {
    fn post(&mut self, cx: &mut Cx<'_>, request: Request) {
        self.posts += 1;
        let author = request.key % u64::from(self.timelines.graph.users());
        let post = Post { at: cx.now(), id: self.posts, author };
        let fan_out = self.timelines.publish(&self.policy, post);
        let targets = self.timelines.targets(fan_out, post);
        let all = self.timelines.graph.followers(author as u32);
        let end = targets.as_ref().map_or(all, |targets| targets.len() as u32);
        cx.decide(|| {
            let words = [post.id.into(), author.into(), all.into(), end.into()];
            Decision::new("post {} of author {} with {} followers: pushed to {} timelines, the others pull it", words)
        });
        cx.record(Record::Queued { queue: cx.home(), message: post.id, copies: end });
        if end > 0 {
            self.depth += u64::from(end);
            cx.shift_load(end as i32, 0);
            self.line.push_back(Fanning { post, targets, next: 0, end });
            self.start_pushers(cx);
        }
    }

    fn start_pushers(&mut self, cx: &mut Cx<'_>) {
        while (self.pushing.len() as u32) < self.pushers
            && let Some(first) = self.line.front_mut()
        {
            let nth = first.targets.as_ref().map_or(first.next, |targets| targets[first.next as usize]);
            let post = first.post;
            first.next += 1;
            if first.next == first.end {
                self.line.pop_front();
            }
            self.depth -= 1;
            cx.shift_load(-1, 1);
            let key = self.pushing.insert((post, nth)) as u64;
            let time = cx.work(&self.push);
            cx.timer(time, PUSH | key);
        }
    }

    fn pushed(&mut self, cx: &mut Cx<'_>, key: usize) {
        let Some((post, nth)) = self.pushing.try_remove(key) else { return };
        self.timelines.push(post, nth);
        self.deliveries += 1;
        cx.shift_load(0, -1);
        cx.record(Record::Delivered { queue: cx.home(), message: post.id });
        self.start_pushers(cx);
    }

    fn reader(&self, request: &Request) -> u32 {
        (stable_hash_u64(u64::from(request.user)) % u64::from(self.timelines.graph.users())) as u32
    }

    /// The first look-up, or the post itself, is done.
    fn worked(&mut self, cx: &mut Cx<'_>, job: u32) {
        let (call, request) = *self.desk.job(job);
        if request.write {
            self.desk.close(job);
            self.desk.release(cx);
            self.post(cx, request);
            cx.reply(call, Reply::plain(Status::Ok));
            return;
        }
        let pulls = self.timelines.pulls(&self.policy, self.reader(&request), cx.now());
        self.reads += 1;
        self.lookups += 1 + u64::from(pulls);
        let reader = self.reader(&request);
        cx.decide(|| Decision::new("reader {} has a timeline, and {} authors are pulled as well", [reader.into(), pulls.into()]));
        if pulls == 0 {
            return self.show(cx, job);
        }
        // One outbox after the other.
        let each = Delay { mean: self.lookup.mean.scaled(f64::from(pulls)), ..self.lookup };
        let time = cx.work(&each);
        cx.timer(time, PULL | u64::from(job));
    }

    fn show(&mut self, cx: &mut Cx<'_>, job: u32) {
        let (call, request) = self.desk.close(job);
        self.desk.release(cx);
        let posts = self.timelines.read(&self.policy, self.reader(&request), self.page, cx.now());
        let status = if posts.is_empty() { Status::Missing } else { Status::Ok };
        cx.reply(call, Reply::plain(status));
    }

    fn tune(&mut self, settings: &Settings<'_>) {
        self.policy = policy(settings);
        self.page = settings.whole("page");
        self.lookup = settings.delay("lookup_ms", "time_law");
        self.pushers = settings.whole("pushers");
        self.push = settings.delay("push_ms", "time_law");
    }
}

impl Kind for Feed {
    const SLUG: &'static str = "feed";
    type Message = ();
    const CHECKS: &'static [CheckKind] = &[CheckKind::Delivery];

    #[allow(clippy::too_many_lines, reason = "a list")]
    fn spec() -> KindSpec {
        const HYBRID: &[&str] = &["hybrid"];
        let algorithms: Vec<(&'static str, &'static str)> = Algorithm::ALL.iter().map(|a| (a.name(), a.help())).collect();
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Feed".into(),
            group: "Messaging".into(),
            purpose: "Timelines of whom one follows: posts are pushed to followers, pulled by readers, or both.".into(),
            icon: "M3 3h12v4H3zM3 10h12M3 13h12M3 16h7M5 5h4".into(),
            fields: vec![
                choice("algorithm", "Fan-out", "When the work is done", &algorithms).live(),
                whole("push_below", "Pushes below", "followers", (0.0, 2_000.0), 100.0, "Authors with fewer are pushed to every follower").live().when("algorithm", HYBRID),
                whole("pull_from", "Pulls from", "followers", (0.0, 2_000.0), 200.0, "Authors with so many are never pushed; those between are pushed to who was active lately").live().when("algorithm", HYBRID),
                number("active_ms", "Active within", "ms", (0.0, 8.64e7), 30_000.0, "Who has read since then is active").live().when("algorithm", HYBRID),
                whole("users", "Users", "", (2.0, 2_000.0), 1_000.0, "Authors and readers"),
                whole("followers", "Most followers", "", (1.0, 2_000.0), 500.0, "Followers of user 0; the r-th has so many divided by r to the power of the skew"),
                number("skew", "Skew", "", (0.5, 3.0), 1.0, "How fast the number of followers falls with the rank"),
                whole("kept", "Kept", "posts", (1.0, 200.0), 50.0, "Posts in one timeline and in one outbox; the oldest go"),
                whole("page", "Page", "posts", (1.0, 100.0), 20.0, "Posts that a read gives").live(),
                whole("workers", "Workers", "", (1.0, 1_000.0), 32.0, "Posts and reads that are worked on at the same time").live(),
                whole("line_max", "Line", "", (0.0, 1e5), 1_000.0, "Posts and reads that may wait; more are refused").live(),
                number("time_ms", "Work", "ms", (0.0, 60_000.0), 1.0, "Mean time to take a post in, or to look into one's timeline").live(),
                number("lookup_ms", "Look-up", "ms", (0.0, 10_000.0), 0.5, "Mean time to look into one author's outbox").live(),
                whole("pushers", "Pushers", "", (1.0, 1_000.0), 8.0, "Deliveries that are made at the same time").live(),
                number("push_ms", "Delivery", "ms", (0.0, 10_000.0), 1.0, "Mean time to write one post into one timeline").live(),
                law("time_law", "Times vary", Law::Exponential).live(),
            ],
            ports: Ports { accepts: true, out_max: 0, refusal: "A feed is called; it calls nobody".into() },
            verbs: vec![Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Heal],
            gauges: vec![
                gauge("deliveries", "Deliveries a post", ""),
                gauge("lookups", "Look-ups a read", ""),
                gauge("stale_s", "Oldest post under way", "s"),
                gauge("waiting", "Deliveries waiting", ""),
            ],
            members: None,
            modelled: vec![
                "the author of a post is its key, modulo the users; the reader is the asking user, hashed".into(),
                "who follows whom: Zipf numbers of followers, who are neighbours on a circle from a hashed place on".into(),
                "each delivery as work of its own, in the order of posts; each outbox that a reader looks into as work of its own".into(),
                "who reads becomes active, and keeps in its timeline what it has pulled; timelines are trimmed".into(),
                "a crash keeps timelines and posts; what pushers had in hand is pushed again".into(),
            ],
            left_out: vec![
                "ranking, and posts that are deleted".into(),
                "follows that come and go, and backfill for them".into(),
                "timelines spread over machines".into(),
            ],
        }
    }

    fn new(setup: &Setup<'_>) -> Feed {
        let settings = &setup.settings;
        let graph = Graph::new(settings.whole("users").clamp(2, 2_000), settings.whole("followers"), settings.number("skew"));
        let inside = Inside {
            timelines: Timelines::new(Arc::new(graph), settings.whole("kept")),
            policy: policy(settings),
            page: settings.whole("page"),
            desk: Desk::new(settings),
            lookup: settings.delay("lookup_ms", "time_law"),
            pushers: settings.whole("pushers"),
            push: settings.delay("push_ms", "time_law"),
            line: VecDeque::new(),
            pushing: Slab::new(),
            depth: 0,
            posts: 0,
            deliveries: 0,
            reads: 0,
            lookups: 0,
        };
        Feed { inside: Box::new(inside) }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let me = &mut *self.inside;
        me.desk.retune(cx, &setup.settings);
        me.tune(&setup.settings);
        me.start_pushers(cx);
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.inside.desk.take(cx, call, (call, request));
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        let me = &mut *self.inside;
        if token & PUSH != 0 {
            me.pushed(cx, (token & !PUSH) as usize);
        } else if token & PULL != 0 {
            me.show(cx, token as u32);
        } else {
            me.worked(cx, token as u32);
        }
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        let me = &mut *self.inside;
        me.desk.abandon(cx);
        let held = me.pushing.len() as i32;
        cx.shift_load(held, -held);
        me.depth += held as u64;
        for (post, nth) in me.pushing.drain() {
            me.line.push_back(Fanning { post, targets: Some(vec![nth]), next: 0, end: 1 });
        }
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.inside.start_pushers(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        format!("{} · {} users", settings.choice_name("algorithm"), settings.whole("users"))
    }

    fn face(members: &[&Feed], _glance: &Glance<'_>) -> Face {
        let Some(me) = members.first() else { return Face::Nothing };
        let me = &me.inside;
        let graph = &me.timelines.graph;
        let row = |author: u32| {
            let followers = graph.followers(author);
            let to = match me.policy.on_post(Author { followers: u64::from(followers) }) {
                FanOut::Everybody => "pushed to all",
                FanOut::Active { .. } => "pushed to the active",
                FanOut::Nobody => "pulled",
            };
            vec![author.to_string(), followers.to_string(), graph.followed(author).to_string(), me.timelines.posts(author).to_string(), to.to_string()]
        };
        let head = ["author", "followers", "follows", "posts kept", "a post is"].map(String::from).to_vec();
        Face::Table { head, rows: (0..graph.users().min(SHOWN)).map(row).collect() }
    }

    fn gauges(members: &[&Feed], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Some(me) = members.first() else { return Vec::new() };
        let me = &me.inside;
        let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        let waiting = me.line.iter().map(|fanning| fanning.post.at).min();
        let oldest: Option<Time> = me.pushing.iter().map(|(_, (post, _))| post.at).chain(waiting).min();
        let stale = oldest.map_or(Span::ZERO, |at| glance.now.since(at));
        vec![
            share(me.deliveries, me.posts),
            share(me.lookups, me.reads),
            Some(stale.as_secs_f64()),
            Some(me.depth as f64),
        ]
    }
}
