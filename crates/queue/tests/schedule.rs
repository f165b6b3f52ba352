//! Cron against a calendar that walks minute by minute, the scheduler against a list, graphs against every order.

use base::{Rng, Span, Time};
use proptest::collection::vec;
use proptest::prelude::*;
use queue::{Cron, CronError, Dag, DagError, Missed, RetryWait, Scheduler, TaskState};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A calendar that knows nothing but how long months are, moved on minute by minute.
#[derive(Clone, Copy, Debug)]
struct Calendar {
    unix_minutes: u64,
    year: u32,
    month: u32,
    day: u32,
    weekday: u32,
    hour: u32,
    minute: u32,
}

impl Calendar {
    const EPOCH: Calendar = Calendar { unix_minutes: 0, year: 1970, month: 1, day: 1, weekday: 4, hour: 0, minute: 0 };

    fn days_in_month(self) -> u32 {
        let is_leap = self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        match self.month {
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u32::from(is_leap),
            _ => 31,
        }
    }

    fn next_day(mut self) -> Calendar {
        self.unix_minutes += 1_440 - u64::from(self.hour * 60 + self.minute);
        (self.hour, self.minute, self.weekday) = (0, 0, (self.weekday + 1) % 7);
        self.day += 1;
        if self.day > self.days_in_month() {
            (self.day, self.month) = (1, self.month + 1);
        }
        if self.month > 12 {
            (self.month, self.year) = (1, self.year + 1);
        }
        self
    }

    fn next_minute(mut self) -> Calendar {
        if self.hour == 23 && self.minute == 59 {
            return self.next_day();
        }
        self.unix_minutes += 1;
        self.minute += 1;
        if self.minute == 60 {
            (self.minute, self.hour) = (0, self.hour + 1);
        }
        self
    }
}

/// Whether a field of numbers, ranges and steps names a value, read in the plainest way.
fn names(field: &str, value: u32, min: u32, max: u32) -> bool {
    field.split(',').any(|part| {
        let (range, step) = part.split_once('/').unwrap_or((part, "1"));
        let (first, last) = match range.split_once('-') {
            Some((first, last)) => (first.parse().unwrap(), last.parse().unwrap()),
            None if range == "*" => (min, max),
            None if part.contains('/') => (range.parse().unwrap(), max),
            None => (range.parse().unwrap(), range.parse().unwrap()),
        };
        (first..=last).step_by(step.parse().unwrap()).any(|named| named == value)
    })
}

fn matches(fields: &[String; 5], at: Calendar) -> bool {
    let of_month = names(&fields[2], at.day, 1, 31);
    let of_week = names(&fields[4], at.weekday, 0, 7)
        || (at.weekday == 0 && names(&fields[4], 7, 0, 7) && !fields[4].starts_with('*'));
    let is_either = !fields[2].starts_with('*') && !fields[4].starts_with('*');
    names(&fields[0], at.minute, 0, 59)
        && names(&fields[1], at.hour, 0, 23)
        && names(&fields[3], at.month, 1, 12)
        && if is_either { of_month || of_week } else { of_month && of_week }
}

fn field(min: u32, max: u32) -> impl Strategy<Value = String> {
    let pair = move || (min..=max, min..=max).prop_map(|(a, b)| (a.min(b), a.max(b)));
    prop_oneof![
        3 => Just("*".to_owned()),
        2 => (1..=max).prop_map(|step| format!("*/{step}")),
        3 => (min..=max).prop_map(|value| value.to_string()),
        1 => pair().prop_map(|(a, b)| format!("{a}-{b}")),
        1 => (pair(), 1..9_u32).prop_map(|((a, b), step)| format!("{a}-{b}/{step}")),
        1 => (min..=max, 1..9_u32).prop_map(|(value, step)| format!("{value}/{step}")),
        1 => (min..=max, pair()).prop_map(|(value, (a, b))| format!("{value},{a}-{b}")),
    ]
}

proptest! {
    /// Minute by minute within a day, day by day where no minute of the day can match, for at most three years.
    #[test]
    fn cron_is_what_walking_the_calendar_says(
        minute in field(0, 59), hour in field(0, 23), day in field(1, 31), month in field(1, 12), weekday in field(0, 7),
        start_day in 0..30_000_u32, start in 0..1_440_u32, seconds in 0..60_u64,
    ) {
        let fields = [minute, hour, day, month, weekday];
        let cron: Cron = fields.join(" ").parse().unwrap();
        let mut at = (0..start_day).fold(Calendar::EPOCH, |at, _| at.next_day());
        at = (0..start).fold(at, |at, _| at.next_minute());
        let from = at.unix_minutes * 60 + seconds;
        at = at.next_minute();
        let limit = at.unix_minutes + 3 * 366 * 1_440;
        let any_time = |at: Calendar| {
            let whole_day = [&fields[2], &fields[3], &fields[4]].map(String::clone);
            let [day, month, weekday] = whole_day;
            matches(&["*".to_owned(), "*".to_owned(), day, month, weekday], at)
        };
        while at.unix_minutes < limit && !matches(&fields, at) {
            at = if any_time(at) { at.next_minute() } else { at.next_day() };
        }
        let next = cron.next_after(from);
        if at.unix_minutes < limit {
            prop_assert_eq!(next, Some(at.unix_minutes * 60), "{:?}", fields);
        } else {
            prop_assert!(next.is_none_or(|next| next >= limit * 60), "{:?}", fields);
        }
    }

    #[test]
    fn whatever_is_no_expression_is_refused_without_a_panic(text in "[-*/,0-9a-z ]{0,20}") {
        if let Ok(cron) = text.parse::<Cron>() {
            assert!(cron.next_after(u64::MAX).is_none());
            assert!(cron.next_after(1 << 60).is_none_or(|next| next > 1 << 60));
        }
    }

    #[test]
    fn a_scheduler_hands_out_what_a_sorted_list_holds(entries in vec((0..50_u64, 0..20_u64), 0..12), step in 1..9_u64) {
        let (mut scheduler, mut expected) = (Scheduler::new(0), Vec::new());
        for (id, (first, every)) in (0_u64..).zip(&entries) {
            if *every == 0 {
                scheduler.once(id, Time(*first));
                expected.push((*first, id));
            } else {
                scheduler.every(id, Time(*first), Span(*every), Missed::EachOne);
                expected.extend((*first..100).step_by(*every as usize).map(|at| (at, id)));
            }
        }
        expected.sort_unstable();
        let mut taken = Vec::new();
        for now in (0..100_u64).step_by(step as usize).chain([99]) {
            while let Some((id, at, item)) = scheduler.take_due(Time(now)) {
                prop_assert_eq!(id, item);
                taken.push((at.0, id));
            }
        }
        prop_assert_eq!(taken, expected);
    }

    /// Whatever fails how often: nobody starts before what it depends on is done, and exactly those behind a failure are skipped.
    #[test]
    fn a_graph_runs_in_an_order_it_allows_and_skips_what_is_behind_a_failure(
        pairs in vec((0..10_u32, 0..10_u32), 0..25), failures in vec(0..5_u32, 10), attempts_max in 0..4_u32,
    ) {
        let forward: Vec<(u32, u32)> = pairs.into_iter().filter(|(a, b)| a < b).collect();
        let mut dag = Dag::new(10, &forward, attempts_max).unwrap();
        let order = dag.order();
        let place = |task: u32| order.iter().position(|other| *other == task).unwrap();
        prop_assert!(forward.iter().all(|(a, b)| place(*a) < place(*b)));
        while let Some((task, attempt)) = dag.start() {
            prop_assert!(forward.iter().filter(|(_, b)| *b == task).all(|(a, _)| dag.state(*a) == Some(TaskState::Done)));
            if attempt <= failures[task as usize] { dag.on_failed(task).unwrap(); } else { prop_assert!(dag.on_done(task)); }
        }
        prop_assert!(dag.is_over());
        // Second way: in order of numbers, every pair goes forward.
        let mut states = Vec::new();
        for task in 0..10_u32 {
            let is_blocked = forward.iter().any(|(a, b)| *b == task && states[*a as usize] != TaskState::Done);
            let is_failing = failures[task as usize] >= attempts_max.max(1);
            states.push(if is_blocked { TaskState::Skipped } else if is_failing { TaskState::Failed } else { TaskState::Done });
        }
        let seen: Vec<TaskState> = (0..10).map(|task| dag.state(task).unwrap()).collect();
        prop_assert_eq!(seen, states);
    }
}

#[test]
fn cron_fires_at_published_moments() {
    // Saturday, 2000-01-01 00:00:00 UTC.
    let y2k = 946_684_800;
    let next = |expression: &str, from: u64| expression.parse::<Cron>().unwrap().next_after(from);
    assert_eq!(next("0 0 * * *", y2k), Some(y2k + 86_400), "the notes' example, strictly after");
    assert_eq!(next("0 0 * * *", y2k - 1), Some(y2k));
    assert_eq!(next("*/15 9-17 * * mon-fri", y2k), Some(y2k + 2 * 86_400 + 9 * 3_600), "Monday at nine");
    assert_eq!(next("0 0 29 2 *", 1_709_164_800), Some(1_835_395_200), "from 2024-02-29 to 2028-02-29");
    assert_eq!(
        next("0 0 29 2 *", 3_981_312_000),
        Some(4_233_686_400),
        "from 2096-02-29 over 2100, which has none, to 2104-02-29"
    );
    assert_eq!(next("0 0 31 2 *", y2k), None, "never");
    assert_eq!(next("0 0 * JAN Sun", y2k), next("0 0 * 1 7", y2k));
    assert_eq!(next("0 0 * * *", u64::MAX), None);
}

#[test]
fn a_wrong_expression_is_told_why() {
    let error = |text: &str| text.parse::<Cron>().unwrap_err().to_string();
    assert_eq!("* * * *".parse::<Cron>(), Err(CronError::FieldCount { count: 4 }));
    assert_eq!(error("60 * * * *"), "\"60\" is no minute: numbers go from 0 to 59, as n, a-b, * and with /step");
    for text in [
        "*/0 * * * *",
        "5-3 * * * *",
        "+1 * * * *",
        "* * 0 * *",
        "* * * feb-jan *",
        ", * * * *",
        "* * * * 8",
        "*-3 * * * *",
        "99999999999 * * * *",
    ] {
        assert!(text.parse::<Cron>().is_err(), "{text}");
    }
}

#[test]
fn a_scheduler_that_was_away_catches_up_on_each_or_runs_once() {
    let runs = |missed| {
        let mut scheduler = Scheduler::new(946_684_800);
        scheduler.cron('c', "* * * * *".parse().unwrap(), missed, Time::ZERO).unwrap();
        let hour = Time::ZERO + Span::from_secs(3_600);
        let runs = core::iter::from_fn(|| scheduler.take_due(hour)).count();
        (runs, scheduler.next_due().unwrap().since(hour).0 / 1_000_000_000)
    };
    assert_eq!(
        (runs(Missed::EachOne), runs(Missed::OneForAll)),
        ((60, 60), (1, 60)),
        "runs after an hour away, seconds to the next"
    );
    let mut scheduler = Scheduler::new(0);
    let id = scheduler.once('x', Time(5));
    assert_eq!((scheduler.take_due(Time(4)), scheduler.cancel(id), scheduler.cancel(id)), (None, Some('x'), None));
    let every = scheduler.every('y', Time(10), Span(10), Missed::OneForAll);
    assert_eq!((scheduler.take_due(Time(35)), scheduler.next_due()), (Some((every, Time(10), 'y')), Some(Time(40))));
    scheduler.every('z', Time::NEVER, Span(10), Missed::EachOne);
    assert_eq!(scheduler.take_due(Time::NEVER).map(|due| due.2), Some('y'));
}

#[test]
fn a_cycle_is_refused_with_a_task_that_waits_for_it() {
    assert_eq!(Dag::new(4, &[(0, 1), (1, 2), (2, 1), (2, 3)], 1).unwrap_err(), DagError::Cycle { task: 1 });
    assert_eq!(Dag::new(2, &[(0, 0)], 1).unwrap_err(), DagError::Cycle { task: 0 });
    assert_eq!(Dag::new(2, &[(0, 2)], 1).unwrap_err(), DagError::NoTask { task: 2, tasks: 2 });
    let mut empty = Dag::new(0, &[], 1).unwrap();
    assert!(empty.is_over() && empty.start().is_none() && !empty.on_done(0) && empty.on_failed(7).is_none());
}

/// C25 and C26 of the notes: the table 0, 1, 2, 4, 8 s, and the listing that does not reproduce it.
#[test]
fn retries_wait_as_the_table_says_and_the_listing_waits_four_times_as_long() {
    let waits = |wait: RetryWait, jitter| -> Vec<u64> {
        let mut rng = Rng::new(1);
        (1..=5).map(|attempt| wait.before(attempt, Span::from_secs(1), jitter, &mut rng).0).collect()
    };
    let seconds = |waits: Vec<u64>| -> Vec<u64> { waits.into_iter().map(|wait| wait / 1_000_000_000).collect() };
    let (table, listing) =
        (seconds(waits(RetryWait::Doubling, Span::ZERO)), seconds(waits(RetryWait::AsListed, Span::ZERO)));
    assert_eq!((table.clone(), listing.clone()), (vec![0, 1, 2, 4, 8], vec![2, 4, 8, 16, 32]));
    assert_eq!((table.iter().sum::<u64>(), listing.iter().sum::<u64>()), (15, 62), "seconds over five attempts");
    let jittered = waits(RetryWait::AsListed, Span::from_secs(1));
    assert!(
        jittered
            .iter()
            .zip(&listing)
            .all(|(wait, whole)| (0..=1_000_000_000).contains(&(wait - whole * 1_000_000_000)))
    );
    let mut rng = Rng::new(1);
    assert_eq!(RetryWait::Doubling.before(u32::MAX, Span(1), Span::MAX, &mut rng), Span::MAX);
}
