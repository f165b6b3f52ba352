//! Hand-made runs, each with the verdict a person would give. Moments are in milliseconds; a version is (term, index).

use base::{Span, Time};
use check::{CheckKind, Finding, Names, Spec};
use trace::{Record, Status};

/// One run and how it ends.
pub struct Story {
    pub title: &'static str,
    pub spec: Spec,
    pub records: Vec<(Time, Record)>,
    pub now: Time,
    pub finding: Finding,
    pub headline: &'static str,
    pub detail: &'static str,
}

pub fn names() -> Names {
    let named = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
    Names { ids: named(&["posts"]), boxes: named(&["Posts"]), members: named(&["posts.0", "posts.1", "posts.2"]) }
}

pub fn all() -> impl Iterator<Item = Story> {
    [lost_writes(), stale_reads(), p99(), availability(), limiter_budget(), keys_moved(), delivery()]
        .into_iter()
        .flatten()
}

fn ms(millis: u64) -> Time {
    Time::ZERO + Span::from_millis(millis)
}

fn v(term: u64, index: u64) -> u64 {
    term << 40 | index
}

fn story(
    spec: Spec,
    title: &'static str,
    records: Vec<(u64, Record)>,
    (finding, headline, detail): (Finding, &'static str, &'static str),
) -> Story {
    let records: Vec<_> = records.into_iter().map(|(millis, record)| (ms(millis), record)).collect();
    let now = records.last().map_or(Time::ZERO, |(at, _)| *at);
    Story { title, spec, records, now, finding, headline, detail }
}

fn acknowledged(member: u16, version: u64) -> Record {
    let write = version & 0xFFFF;
    Record::Acknowledged { store: 0, member, key: write % 10, version, write }
}

fn held(member: u16, version: u64) -> Record {
    Record::Held { store: 0, member, version }
}

fn promoted(member: u16, term: u64, version: u64) -> Record {
    Record::Promoted { store: 0, member, term, version }
}

fn lost_writes() -> Vec<Story> {
    let spec = || Spec::new(CheckKind::LostWrites, 0).of_members(0..3);
    // Writes 1.1 to 1.5 at 1 ms to 5 ms; posts.1 has three of them, posts.2 one.
    let tail = |more: Vec<(u64, Record)>| {
        let writes = (1..=5).map(|index| (index, acknowledged(0, v(1, index))));
        let followers = [(6, held(1, v(1, 3))), (6, held(2, v(1, 1)))];
        writes.chain(followers).chain(more).collect::<Vec<_>>()
    };
    vec![
        story(
            spec(),
            "nobody was promoted",
            tail(vec![]),
            (
                Finding::Untold,
                "No acknowledged write lost",
                "5 acknowledged writes, 4 not yet on every member; nobody has been promoted yet",
            ),
        ),
        story(
            spec(),
            "a leader begins before any write",
            vec![(0, promoted(0, 1, 0)), (1, acknowledged(0, v(1, 1)))],
            (
                Finding::Untold,
                "No acknowledged write lost",
                "1 acknowledged write, 1 not yet on every member; nobody has been promoted yet",
            ),
        ),
        story(
            spec(),
            "the new leader has everything",
            tail(vec![(7, held(1, v(1, 5))), (9, promoted(1, 2, v(1, 5)))]),
            (Finding::Holds, "No acknowledged write lost", "5 acknowledged writes outlived 1 promotion"),
        ),
        story(
            spec(),
            "the new leader lacks the unshipped tail",
            tail(vec![(21_400, promoted(1, 2, v(1, 3)))]),
            (
                Finding::Broken,
                "2 acknowledged writes lost",
                "at 00:21.400, when posts.1 was promoted; of 5 acknowledged",
            ),
        ),
        story(
            spec(),
            "losing twice counts each write once",
            tail(vec![
                (9, promoted(1, 2, v(1, 3))),
                (10, acknowledged(1, v(2, 4))),
                (11, promoted(2, 3, v(1, 1))),
                (12, acknowledged(2, v(3, 2))),
            ]),
            (
                Finding::Broken,
                "5 acknowledged writes lost",
                "at 00:00.009, when posts.1 was promoted, and 1 time after that; of 7 acknowledged",
            ),
        ),
        story(
            spec(),
            "a deposed leader goes on: at risk until it is known to be erased",
            tail(vec![(9, promoted(1, 2, v(1, 5))), (10, acknowledged(0, v(1, 6))), (11, acknowledged(1, v(2, 6)))]),
            (
                Finding::Holds,
                "No acknowledged write lost",
                "7 acknowledged writes outlived 1 promotion; 1 more at risk, acknowledged by a leader already replaced",
            ),
        ),
        story(
            spec(),
            "a deposed leader erases what it acknowledged",
            tail(vec![
                (9, promoted(1, 2, v(1, 5))),
                (10, acknowledged(0, v(1, 6))),
                (11, acknowledged(0, v(1, 7))),
                (12, Record::Discarded { store: 0, member: 0, from: v(1, 6), to: v(1, 6) }),
            ]),
            (
                Finding::Broken,
                "1 acknowledged write lost",
                "at 00:00.012, when posts.0 erased what it had acknowledged after being replaced; of 7 acknowledged; \
                 1 more at risk, acknowledged by a leader already replaced",
            ),
        ),
        story(
            spec(),
            "the old leader is promoted again and brings its tail back",
            tail(vec![(9, promoted(1, 2, v(1, 3))), (30, promoted(0, 3, v(1, 5)))]),
            (
                Finding::Holds,
                "No acknowledged write lost",
                "5 acknowledged writes outlived 2 promotions; 2 were missing until a leader that had them was promoted at 00:00.030",
            ),
        ),
    ]
}

fn wrote(key: u64, version: u64) -> Record {
    Record::Wrote { store: 0, key, version, write: version }
}

fn read(key: u64, version: u64, began: u64) -> Record {
    Record::Read { store: 0, key, version, began: ms(began) }
}

fn stale_reads() -> Vec<Story> {
    let spec = || Spec::new(CheckKind::StaleReads, 0);
    vec![
        story(
            spec(),
            "a read of a key never written",
            vec![(1, read(7, 0, 0)), (2, wrote(8, 1)), (5, read(7, 0, 3))],
            (Finding::Untold, "No stale read", "2 reads, none of a key whose write had been acknowledged before"),
        ),
        story(
            spec(),
            "a read that began before the write was acknowledged",
            vec![(4, wrote(7, 2)), (5, read(7, 1, 4))],
            (Finding::Untold, "No stale read", "1 read, none of a key whose write had been acknowledged before"),
        ),
        story(
            spec(),
            "a read of the newest",
            vec![(1, wrote(7, 1)), (4, wrote(7, 2)), (9, read(7, 2, 8))],
            (Finding::Holds, "No stale read", "1 read"),
        ),
        story(
            spec(),
            "the age counts from the first newer write",
            vec![
                (1, wrote(7, 1)),
                (4, wrote(7, 2)),
                (6, wrote(7, 3)),
                (9, read(7, 1, 8)),
                (9, read(7, 2, 8)),
                (9, read(7, 3, 8)),
            ],
            (
                Finding::Broken,
                "2 stale reads",
                "66.7% of 3 reads; the stalest was overwritten 4 ms before it began, half of them 2.03 ms or less",
            ),
        ),
        story(
            spec().within(5.0),
            "staleness up to the bound is accepted",
            vec![(1, wrote(7, 1)), (4, wrote(7, 2)), (10, read(7, 1, 9))],
            (Finding::Holds, "No read staler than 5 ms", "1 read; 1 stale by less"),
        ),
        story(
            spec().within(5.0),
            "staleness beyond the bound is not",
            vec![(4, wrote(7, 2)), (10, read(7, 1, 9)), (416, read(7, 1, 416))],
            (
                Finding::Broken,
                "1 read staler than 5 ms",
                "50.0% of 2 reads; the stalest was overwritten 412 ms before it began, half of them 412 ms or less; 1 stale by less",
            ),
        ),
        story(
            spec(),
            "a lost write makes nothing stale once the leader without it is there",
            vec![
                (1, wrote(7, v(1, 1))),
                (2, wrote(7, v(1, 2))),
                (3, promoted(1, 2, v(1, 1))),
                (9, read(7, v(1, 1), 8)),
            ],
            (Finding::Holds, "No stale read", "1 read"),
        ),
        story(
            spec(),
            "a write of the new leader does",
            vec![
                (2, wrote(7, v(1, 2))),
                (3, promoted(1, 2, v(1, 1))),
                (4, wrote(7, v(2, 2))),
                (9, read(7, v(1, 2), 8)),
            ],
            (
                Finding::Broken,
                "1 stale read",
                "100.0% of 1 read; the stalest was overwritten 4 ms before it began, half of them 4 ms or less",
            ),
        ),
    ]
}

fn answered(status: Status, millis: u64) -> Record {
    Record::Answered { client: 0, op: 0, status, latency: Span::from_millis(millis) }
}

fn p99() -> Vec<Story> {
    let spec = || Spec::new(CheckKind::P99, 0);
    let run = |fast: u64, slow: u64| {
        let fast = (0..fast).map(|at| (10 * at, answered(Status::Ok, 20)));
        fast.chain((0..slow).map(|at| (5_000 + at, answered(Status::Missing, 250)))).collect::<Vec<_>>()
    };
    vec![
        story(
            spec(),
            "too few to know",
            run(90, 9),
            (
                Finding::Untold,
                "p99 not known yet; at most 100 ms wanted",
                "99 requests answered so far; 100 are needed for p99",
            ),
        ),
        story(
            spec(),
            "one in a hundred may be slow",
            run(198, 2),
            (
                Finding::Holds,
                "p99 20.4 ms; at most 100 ms wanted",
                "2 of 200 requests took longer than 100 ms; 1.0% may",
            ),
        ),
        story(
            spec(),
            "one more may not",
            run(197, 3),
            (
                Finding::Broken,
                "p99 252 ms; at most 100 ms wanted",
                "3 of 200 requests took longer than 100 ms; 1.0% may",
            ),
        ),
        story(
            spec().within(20.0),
            "the bound itself is within the bound",
            run(200, 0),
            (Finding::Holds, "p99 20 ms; at most 20 ms wanted", "0 of 200 requests took longer than 20 ms; 1.0% may"),
        ),
        story(
            spec(),
            "what failed has no latency",
            vec![(1, answered(Status::TimedOut, 900)); 300],
            (
                Finding::Untold,
                "p99 not known yet; at most 100 ms wanted",
                "0 requests answered so far; 100 are needed for p99",
            ),
        ),
    ]
}

fn availability() -> Vec<Story> {
    let spec = || Spec::new(CheckKind::Availability, 0);
    let run = |good: u64, bad: &[Status]| {
        let good = (0..good).map(|at| (at, answered(Status::Ok, 1)));
        let bad = bad.iter().enumerate().map(|(at, status)| (9_000 + at as u64, answered(*status, 1)));
        good.chain(bad).collect::<Vec<_>>()
    };
    let (out, full) = (Status::TimedOut, Status::Overloaded);
    vec![
        story(
            spec(),
            "nobody asked",
            vec![],
            (Finding::Untold, "No request ended yet; 99.9% answered wanted", "all of 0 requests"),
        ),
        story(
            spec(),
            "all answered",
            run(2_000, &[]),
            (Finding::Holds, "100.0% answered; 99.9% wanted", "all of 2,000 requests"),
        ),
        story(
            spec(),
            "the error budget is there to be used",
            run(1_999, &[out, full]),
            (
                Finding::Holds,
                "99.9% answered; 99.9% wanted",
                "2 of 2,001 requests failed: 1 timed out, 1 overloaded; 99% of the error budget used; worst second from 00:09.000, 2 of 2",
            ),
        ),
        story(
            spec().within(99.0),
            "and not to be overdrawn",
            run(97, &[out, full, out]),
            (
                Finding::Broken,
                "97.0% answered; 99% wanted",
                "3 of 100 requests failed: 2 timed out, 1 overloaded; 300% of the error budget used; worst second from 00:09.000, 3 of 3",
            ),
        ),
        story(
            spec().within(100.0),
            "where none may fail, one is enough",
            run(999, &[Status::Limited]),
            (
                Finding::Broken,
                "99.9% answered; 100% wanted",
                "1 of 1,000 requests failed: 1 rate limited; none may fail; worst second from 00:09.000, 1 of 1",
            ),
        ),
    ]
}

fn admitted(budget: u32) -> Record {
    Record::Admitted { limiter: 0, budget, window: Span::from_secs(1) }
}

fn limiter_budget() -> Vec<Story> {
    let spec = || Spec::new(CheckKind::LimiterBudget, 0);
    let passes = |moments: &[u64]| moments.iter().map(|at| (*at, admitted(2))).collect::<Vec<_>>();
    vec![
        story(
            spec(),
            "too few",
            passes(&[0, 10]),
            (
                Finding::Untold,
                "At most 2 passed within 1 s; 2 are promised",
                "2 passed in all, too few to be over budget",
            ),
        ),
        story(
            spec(),
            "a window apart is not within a window",
            passes(&[0, 10, 1_000, 1_010]),
            (Finding::Holds, "At most 2 passed within 1 s; 2 are promised", "fullest up to 00:00.010; 4 passed in all"),
        ),
        story(
            spec(),
            "windows slide: two halves make one too full",
            passes(&[900, 990, 1_000, 1_010, 3_000, 3_001, 3_002]),
            (
                Finding::Broken,
                "4 passed within 1 s; 2 are promised",
                "fullest up to 00:01.010; 2 stretches over budget; 7 passed in all",
            ),
        ),
        story(
            spec(),
            "a new promise does not judge what passed under the old one",
            vec![(0, admitted(4)), (1, admitted(4)), (2, admitted(4)), (3, admitted(1)), (1_500, admitted(1))],
            (Finding::Holds, "At most 1 passed within 1 s; 1 is promised", "fullest up to 00:00.003; 5 passed in all"),
        ),
    ]
}

fn resized(moved: u64, astray: u64) -> Record {
    Record::Resized { store: 0, members: 4, moved, astray, total: 100_000, ideal: 250_000 }
}

fn keys_moved() -> Vec<Story> {
    let spec = || Spec::new(CheckKind::KeysMoved, 0);
    vec![
        story(
            spec(),
            "nobody came, or there was nothing to move",
            vec![(1, Record::Resized { store: 0, members: 4, moved: 0, astray: 0, total: 0, ideal: 250_000 })],
            (Finding::Untold, "No keys moved", "no member has joined or left yet, or there were no keys"),
        ),
        story(
            spec(),
            "about what had to",
            vec![(30_000, resized(25_100, 0))],
            (
                Finding::Holds,
                "25.1% of 100,000 keys moved; 25.0% had to",
                "at 00:30.000, from then on 4 members; up to 31.2% wanted",
            ),
        ),
        story(
            spec(),
            "nearly everything, as modulo n does",
            vec![(9, resized(25_100, 0)), (30_000, resized(75_000, 0))],
            (
                Finding::Broken,
                "75.0% of 100,000 keys moved; 25.0% had to",
                "at 00:30.000, from then on 4 members; up to 31.2% wanted; the worst, 1 of 2 changes were too dear",
            ),
        ),
        story(
            spec(),
            "few, but to the wrong member",
            vec![(30_000, resized(24_000, 312))],
            (
                Finding::Broken,
                "24.0% of 100,000 keys moved, 312 of them astray; 25.0% had to",
                "at 00:30.000, from then on 4 members; up to 31.2% wanted",
            ),
        ),
        story(
            spec().within(0.0),
            "not one more than the ideal",
            vec![(1, resized(25_000, 0)), (2, resized(25_001, 0))],
            (
                Finding::Broken,
                "25.0% of 100,000 keys moved; 25.0% had to",
                "at 00:00.002, from then on 4 members; up to 25.0% wanted; the worst, 1 of 2 changes were too dear",
            ),
        ),
    ]
}

fn queued(message: u64, copies: u32) -> Record {
    Record::Queued { queue: 0, message, copies }
}

fn delivered(message: u64) -> Record {
    Record::Delivered { queue: 0, message }
}

fn delivery() -> Vec<Story> {
    let spec = || Spec::new(CheckKind::Delivery, 0);
    let dropped = |message| Record::Dropped { queue: 0, message };
    vec![
        story(
            spec(),
            "all still under way",
            vec![(1, queued(1, 1)), (4, queued(2, 3)), (101, queued(3, 1))],
            (
                Finding::Untold,
                "No delivery lost or duplicated",
                "0 delivered for 5 copies of 3 messages; 5 under way, the oldest for 100 ms",
            ),
        ),
        story(
            spec(),
            "a post to three followers",
            vec![(1, queued(1, 3)), (2, delivered(1)), (3, delivered(1)), (4, delivered(1))],
            (Finding::Holds, "No delivery lost or duplicated", "3 delivered for 3 copies of 1 message"),
        ),
        story(
            spec(),
            "the oldest is the oldest that is left",
            vec![(1, queued(1, 1)), (2, queued(2, 2)), (3, queued(3, 1)), (5, delivered(1)), (12, delivered(2))],
            (
                Finding::Holds,
                "No delivery lost or duplicated",
                "2 delivered for 4 copies of 3 messages; 2 under way, the oldest for 10 ms",
            ),
        ),
        story(
            spec(),
            "one copy too many",
            vec![(1, queued(1, 1)), (2, delivered(1)), (3, delivered(1))],
            (Finding::Broken, "1 duplicate", "2 delivered for 1 copy of 1 message"),
        ),
        story(
            spec(),
            "given up",
            vec![(1, queued(1, 2)), (2, delivered(1)), (3, dropped(1)), (4, queued(2, 1)), (4, dropped(2))],
            (Finding::Broken, "2 deliveries lost", "1 delivered for 3 copies of 2 messages"),
        ),
    ]
}
