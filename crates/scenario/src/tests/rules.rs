//! What validation says, and what repair makes of it.

use super::design::{nonsense, plausible, valid};
use super::sample::{act, check, choice, choosing, newsfeed, number, op, schema, set, tiered, wire};
use crate::{
    FieldKind, Moment, Plan, PlanStep, Prediction, Problem, Scenario, Value, Verb, Weight, When, repair, validate,
};
use base::{Span, Time};
use proptest::prelude::*;

pub(super) fn problems(scenario: &Scenario) -> Vec<String> {
    let mark = |problem: &Problem| format!("{}{problem}", if problem.is_error() { "" } else { "(warning) " });
    validate(scenario, &schema()).iter().map(mark).collect()
}

#[test]
fn the_samples_can_run() {
    for scenario in [newsfeed(), choosing(), tiered(), Scenario { length: Span::from_secs(1), ..Scenario::default() }] {
        assert_eq!(problems(&scenario), Vec::<String>::new(), "{}", scenario.title);
        let (same, notes) = repair(scenario.clone(), &schema());
        assert_eq!((same, notes), (scenario, vec![]));
    }
}

type Change = fn(&mut Scenario);

/// Each case: a change to a design that can run, what is said of it, and what of it repair notes (its beginning).
const CASES: &[(Change, &[&str], &[&str])] = &[
    (
        |s| s.boxes[2].id = "Feed".into(),
        &[
            "boxes[2].id: `Feed` is not an id: use lower-case letters, digits and -, beginning with a letter, at most 40 characters",
            "wires[1].to: there is no box `feed`; did you mean `Feed`?",
            "wires[2].from: there is no box `feed`; did you mean `Feed`?",
            "wires[3].from: there is no box `feed`; did you mean `Feed`?",
            "wires[4].from: there is no box `feed`; did you mean `Feed`?",
            "lesson.steps[1].focus[1]: there is no box `feed`; did you mean `Feed`?",
        ],
        &[
            "boxes[2].id: ",
            "wires[1].to: ",
            "wires[2].from: ",
            "wires[3].from: ",
            "wires[4].from: ",
            "faults[2].on: ",
            "lesson.steps[1].focus: ",
        ],
    ),
    (
        |s| s.boxes[3].id = "feed".into(),
        &[
            "boxes[3].id: `feed` is already the id of boxes[2]",
            "wires[2].to: there is no box `feeds`; did you mean `feed`?",
            "wires[5].to: there is no box `feeds`; did you mean `feed`?",
            "actions[0].on: there is no box `feeds`; did you mean `feed`?",
        ],
        &["boxes[3].id: ", "wires[2].to: ", "wires[5].to: ", "actions[0].on: "],
    ),
    (
        |s| s.boxes[0].name = "x".repeat(61),
        &["boxes[0].name: the text has 61 characters; it may have at most 60"],
        &["boxes[0].name: the text was cut to 60 characters that can be shown"],
    ),
    (
        |s| s.boxes[0].name = "a\tb".into(),
        &["boxes[0].name: the text has the invisible character U+0009 in it; take it out"],
        &["boxes[0].name: the text was cut to 60 characters that can be shown"],
    ),
    (|s| s.boxes[0].name.clear(), &["boxes[0].name: the name is empty"], &[]),
    (|s| s.boxes[1].config.truncate(2), &["boxes[1]: 2 values are set; Rate limiter takes 4"], &[]),
    (
        |s| s.boxes[1].config[0] = Value::Choice(9),
        &["boxes[1].algorithm: Algorithm must be one of token-bucket, fixed-window"],
        &["boxes[1].algorithm: Algorithm must be one of token-bucket, fixed-window. It is token-bucket now"],
    ),
    (
        |s| s.boxes[1].config[1] = Value::Choice(0),
        &["boxes[1].limit: Limit must be a number"],
        &["boxes[1].limit: Limit must be a number. It is 1000 now"],
    ),
    (
        |s| {
            s.boxes[0].config[6] =
                Value::Ops(vec![op("feed", false, 1.0), op("feed", true, 1.0), op("post", true, 1.0)])
        },
        &["boxes[0].ops: operation feed is there twice"],
        &["boxes[0].ops: operation feed is there twice. It is read, write now"],
    ),
    (
        |s| s.wires[2].ops = vec!["fed".into()],
        &["(warning) wires[2].ops[0]: no client makes an operation `fed`; did you mean `feed`?"],
        &[],
    ),
    (
        |s| s.wires[0].ends.to = "readers".into(),
        &[
            "wires[0].to: `readers` cannot be wired to itself",
            "wires[0].to: `readers` cannot be called. Clients only send; wire them to what they call",
        ],
        &["wires[0].to: `readers` cannot be wired to itself. It was left out"],
    ),
    (
        |s| s.wires.push(wire("feed", "posts", &[], &[])),
        &["wires[6]: `feed>posts` is already wires[3]"],
        &["wires[6]: "],
    ),
    (
        |s| s.wires.extend([wire("feeds", "posts", &[], &[]), wire("feeds", "fan-out", &[], &[])]),
        &["wires[7].from: `feeds` would have 2 wires out; Cache can have 1. A cache reads through to one store"],
        &["wires[7].from: "],
    ),
    (
        |s| s.faults[0] = act(1, None, Verb::CutOff, "post.0", None),
        &["faults[0].on: there is no box `post`; did you mean `posts`?"],
        &["faults[0].on: "],
    ),
    (
        |s| s.faults[0] = act(1, None, Verb::Crash, "posts.7", None),
        &["faults[0].on: there is no member 7; Leader and followers has at most 7, counted from 0"],
        &["faults[0].on: "],
    ),
    (
        |s| s.faults[0] = act(1, None, Verb::Crash, "posts.4", None),
        &["(warning) faults[0].on: there is no member 4; `posts` has 3, counted from 0"],
        &[],
    ),
    (
        |s| s.faults[0] = act(1, None, Verb::Crash, "feed.1", None),
        &["faults[0].on: there is no member 1; Service has at most 1, counted from 0"],
        &["faults[0].on: "],
    ),
    (
        |s| s.faults[0] = act(1, None, Verb::Flush, "posts", None),
        &[
            "faults[0].do: `flush` cannot be done to Leader and followers; what can: crash, restart, pause, resume, slow, cut-off, heal, isolate",
        ],
        &["faults[0].do: "],
    ),
    (
        |s| s.faults[0] = act(1, None, Verb::Flush, "feeds.0", None),
        &["faults[0].on: `flush` is done to a whole box, written `posts`"],
        &["faults[0].on: "],
    ),
    (
        |s| s.faults[0] = act(1, None, Verb::Cut, "posts", None),
        &["faults[0].on: `cut` is done to a wire, written `service>posts`"],
        &["faults[0].on: "],
    ),
    (
        |s| s.faults[0] = act(1, None, Verb::Cut, "posts>feed", None),
        &["faults[0].on: there is no wire `posts>feed`"],
        &["faults[0].on: "],
    ),
    (
        |s| s.faults[0] = act(1, Some(5), Verb::Flush, "feeds", None),
        &["faults[0].for: `flush` is over at once; leave `for` out"],
        &["faults[0].for: the time it lasted could not be used; it was left out"],
    ),
    (
        |s| s.faults[1] = act(1, None, Verb::Spike, "readers", Some(1e6)),
        &["faults[1].amount: the amount is 1000000; `spike` takes 0 to 1000 ×"],
        &["faults[1].amount: the amount was 1000000; it is 1000 now"],
    ),
    (
        |s| s.faults[0] = act(1, None, Verb::Crash, "posts", Some(2.0)),
        &["faults[0].amount: `crash` has no amount; leave it out"],
        &["faults[0].amount: the amount was 2; it was left out"],
    ),
    (
        |s| s.faults[0].at = Time::ZERO + Span::from_secs(61),
        &["(warning) faults[0].at: it happens at 61s, after the run's end at 60s"],
        &[],
    ),
    (
        |s| s.faults[0].at = Time::NEVER,
        &["faults[0].at: it happens at 18446744073709551615ns; a run ends at 86400s at the latest"],
        &["faults[0].at: "],
    ),
    (
        |s| s.actions[1] = set(1, "posts", "members", Value::Number(5.0)),
        &["actions[1].set: Members cannot change while the design runs; set it on the box or wire itself"],
        &["actions[1].set: "],
    ),
    (
        |s| s.actions[1].lasts = Some(Span::from_secs(1)),
        &["actions[1].for: a setting keeps its new value; leave `for` out"],
        &["actions[1].for: the time it lasted could not be used; it was left out"],
    ),
    (
        |s| s.actions[1] = set(1, "posts.0", "reads", Value::Choice(1)),
        &["actions[1].on: a setting belongs to a whole box or a wire, not to a member"],
        &["actions[1].on: "],
    ),
    (
        |s| s.actions[1] = set(1, "feed>posts", "timeout_ms", Value::Number(-1.0)),
        &["actions[1].to: Timeout ms is -1; it must be between 0 and 3600000 ms"],
        &["actions[1].to: "],
    ),
    (
        |s| s.checks[0].check = "lost-write".into(),
        &["checks[0].check: there is no check `lost-write`; did you mean `lost-writes`?"],
        &["checks[0].check: "],
    ),
    (
        |s| s.checks[0].on = "feed".into(),
        &["checks[0].on: `lost-writes` cannot be asked of a service, only of leader-follower"],
        &["checks[0].on: "],
    ),
    (
        |s| s.checks[0] = check("lost-writes", "posts", Some(3.0)),
        &["checks[0].bound: `lost-writes` has no bound; leave it out"],
        &["checks[0].bound: the bound could not be used; it was left out"],
    ),
    (
        |s| s.checks[1].bound = Some(f64::NAN),
        &["checks[1].bound: the bound is NaN; it must be a number from 0 on"],
        &["checks[1].bound: the bound could not be used; it was left out"],
    ),
    (
        |s| s.length = Span::ZERO,
        &[
            "length: the run lasts 0s; it must last more than 0s and at most 86400s",
            "(warning) faults[0].at: it happens at 20s, after the run's end at 0s",
            "(warning) faults[1].at: it happens at 35s, after the run's end at 0s",
            "(warning) faults[2].at: it happens at 40s, after the run's end at 0s",
            "(warning) actions[0].at: it happens at 12345ms, after the run's end at 0s",
            "(warning) actions[1].at: it happens at 30s, after the run's end at 0s",
            "view.at: the moment shown is 21400ms; the run ends at 0s",
        ],
        &["length: the run lasted 0s; it lasts 60s now"],
    ),
    (
        |s| s.slug = Some("../etc".into()),
        &[
            "slug: `../etc` is not an id: use lower-case letters, digits and -, beginning with a letter, at most 40 characters",
        ],
        &["slug: the library row it came from is not a name; it was left out"],
    ),
    (|s| s.boxes[0].config[2] = Value::Number(1e6), &[], &[]),
    (
        |s| {
            s.boxes[0].config[2] = Value::Number(1e6);
            s.boxes.push(s.boxes[0].clone());
            s.boxes[6].id = "more".into();
        },
        &["(warning) boxes: the clients together send 2000000 requests/s; above 1000000/s a run is slow to watch"],
        &[],
    ),
    (
        |s| s.lesson.steps[0].text = "{posts.lag} {lost-writes.post} {nobody.rate} {x}".into(),
        &[
            "(warning) lesson.steps[0].text: `{posts.lag}` shows nothing: Leader and followers has no gauge `lag`; there is only lag_entries",
            "(warning) lesson.steps[0].text: `{lost-writes.post}` shows nothing: there is no box `post`; did you mean `posts`?",
            "(warning) lesson.steps[0].text: `{nobody.rate}` shows nothing: there is no box `nobody`; there are fan-out, feed, feeds, limiter, posts, readers",
            "(warning) lesson.steps[0].text: `{x}` shows nothing: write a box, a dot and a gauge, or a check, a dot and a box",
        ],
        &[],
    ),
    (
        |s| s.lesson.steps[1].label.clear(),
        &["(warning) lesson.steps[1].label: the step's button does something but says nothing"],
        &[],
    ),
    (
        |s| {
            let fallback = PlanStep::OnError(vec![PlanStep::Call("readers".into())]);
            s.boxes[2].plans = vec![Plan { op: "feed".into(), steps: vec![PlanStep::Call("posts".into()), fallback] }];
        },
        &[
            "boxes[2].plans[0].steps[1].on-error[0].call: `feed` has no wire to `readers`; there are fan-out, feeds, posts",
        ],
        &["boxes[2].plans[0].steps: steps that cannot be taken were left out"],
    ),
    (
        |s| {
            let post = |to: &str| PlanStep::Call(to.into());
            let inner = PlanStep::Repeat(2, vec![post("posts")]);
            s.boxes[2].plans = vec![
                Plan { op: "post".into(), steps: vec![PlanStep::Repeat(3, vec![inner])] },
                Plan { op: "post".into(), steps: vec![] },
                Plan {
                    op: "feed".into(),
                    steps: vec![post("fan-out"), PlanStep::Work(-1.0), PlanStep::OnMiss(vec![post("posts")])],
                },
                Plan { op: "peek".into(), steps: vec![PlanStep::Fill("posts".into())] },
            ];
            s.boxes[4].plans = vec![Plan { op: "feed".into(), steps: vec![] }];
        },
        &[
            "boxes[2].plans[0].steps[0].steps[0].repeat: a `repeat` cannot stand inside another",
            "boxes[2].plans[1].op: `post` has a plan already",
            "(warning) boxes[2].plans[2].steps[0].call: the wire `feed>fan-out` does not carry `feed`, so this step is left out",
            "boxes[2].plans[2].steps[1].work_ms: the work takes -1; it must be between 0 and 600000 ms",
            "boxes[2].plans[2].steps[2].on-miss: no `lookup` comes before it",
            "(warning) boxes[2].plans[3].op: no client makes an operation `peek`; there are feed, post",
            "boxes[2].plans[3].steps[0].fill: `posts` is a leader-follower; only a cache can be filled and told to forget",
            "boxes[4].plans: Leader and followers carries out no plan; only service can",
        ],
        &[
            "boxes[2].plans[0].steps[0].steps[0].repeat: ",
            "boxes[2].plans[2].steps: steps that cannot be taken",
            "boxes[2].plans[2].steps: a number was out of its range",
            "boxes[2].plans[2].steps[0].fill: ",
            "boxes[4].plans: ",
        ],
    ),
    (
        |s| s.weight = Weight(0),
        &["weight: one request stands for 0; it must stand for 1 to 1000000"],
        &["weight: one request stood for 0; it stands for 1 now"],
    ),
    (
        |s| s.view.selected = Some("nobody".into()),
        &["view.selected: there is no box `nobody`; there are fan-out, feed, feeds, limiter, posts, readers"],
        &["view: a part of the view could not be used; it was left out"],
    ),
];

#[test]
fn each_mistake_is_said_once_and_mended_with_a_note() {
    mended_one_by_one(newsfeed, CASES);
}

fn mended_one_by_one(sample: fn() -> Scenario, cases: &[(Change, &[&str], &[&str])]) {
    let mut wrong = Vec::new();
    for (at, (change, said, noted)) in cases.iter().enumerate() {
        let mut scenario = sample();
        change(&mut scenario);
        let found = problems(&scenario);
        if found != *said {
            wrong.push(format!("case {at} says\n  {}\nshould\n  {}", found.join("\n  "), said.join("\n  ")));
        }
        let (mended, notes) = repair(scenario, &schema());
        let notes: Vec<String> = notes.iter().map(ToString::to_string).collect();
        if notes.len() != noted.len() || notes.iter().zip(*noted).any(|(note, start)| !note.starts_with(start)) {
            wrong.push(format!("case {at} notes\n  {}\nshould\n  {}", notes.join("\n  "), noted.join("\n  ")));
        }
        let left: Vec<_> = validate(&mended, &schema()).into_iter().filter(Problem::is_error).collect();
        if !left.is_empty() {
            wrong.push(format!("case {at} is still wrong: {left:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn asked(scenario: &mut Scenario) -> &mut Prediction {
    scenario.lesson.steps[1].predict.as_mut().expect("the second step asks")
}

/// The same for what a learner chooses.
const CHOICES: &[(Change, &[&str], &[&str])] = &[
    (
        |s| asked(s).reads = "lost-writes.post".into(),
        &[
            "lesson.steps[1].predict.reads: `lost-writes.post` cannot be read: there is no box `post`; did you mean `posts`?",
        ],
        &["lesson.steps[1].predict.reads: "],
    ),
    (
        |s| asked(s).reads = "posts.lag".into(),
        &[
            "lesson.steps[1].predict.reads: `posts.lag` cannot be read: Leader and followers has no gauge `lag`; there is only lag_entries",
        ],
        &["lesson.steps[1].predict.reads: "],
    ),
    (
        |s| s.lesson.steps[1].offer.clear(),
        &["lesson.steps[1].predict: nothing is offered, so nothing happens that could answer it"],
        &["lesson.steps[1].predict: "],
    ),
    (
        |s| asked(s).after = None,
        &[
            "lesson.steps[1].predict.after: nothing offered takes any time; say when it is answered, from above 0s to 86400s",
        ],
        &["lesson.steps[1].predict.after: "],
    ),
    (
        |s| asked(s).choices.truncate(1),
        &[
            "lesson.steps[1].predict.choices: there are 1 choices; there must be 2 to 8",
            "lesson.steps[1].predict.choices[0].to: the last choice takes whatever is above the others; leave `to` out",
        ],
        &["lesson.steps[1].predict.choices: "],
    ),
    (
        |s| asked(s).choices[1].to = Some(0.0),
        &["lesson.steps[1].predict.choices[1].to: the bound is 0; it must be a number above the choice before"],
        &["lesson.steps[1].predict.choices[1].to: "],
    ),
    (
        |s| asked(s).choices[0].to = None,
        &["lesson.steps[1].predict.choices[0].to: `to` is missing: only the last choice has no bound"],
        &["lesson.steps[1].predict.choices[0].to: "],
    ),
    (
        |s| asked(s).choices[0].says = "x".repeat(61),
        &["lesson.steps[1].predict.choices[0].says: the text has 61 characters; it may have at most 60"],
        &["lesson.steps[1].predict.choices[0].says: the text was cut to 60 characters that can be shown"],
    ),
    (
        |s| asked(s).ask.clear(),
        &["lesson.steps[1].predict.ask: the text is empty"],
        &["lesson.steps[1].predict.ask: the text is empty. It was left out"],
    ),
    (
        |s| s.lesson.claims[0].measured = "12 {posts.lag}".into(),
        &[
            "(warning) lesson.claims[0].measured: `{posts.lag}` shows nothing: Leader and followers has no gauge `lag`; there is only lag_entries",
        ],
        &[],
    ),
    (
        |s| s.lesson.claims[0].measured = "about twelve".into(),
        &["(warning) lesson.claims[0].measured: nothing in it is read from the run"],
        &[],
    ),
    (
        |s| s.lesson.claims[1].says.clear(),
        &["lesson.claims[1].says: the text is empty"],
        &["lesson.claims[1].says: the text is empty. It was left out"],
    ),
    (
        |s| s.lesson.claims[0].after = Some(Span::ZERO),
        &["lesson.claims[0].after: it is read after 0s; it must be more than 0s and at most 86400s"],
        &["lesson.claims[0].after: "],
    ),
    (
        |s| s.variants[0].set[0].field = "acknowledges".into(),
        &["variants[0].set[0].set: Leader and followers has no setting `acknowledges`; did you mean `acknowledge`?"],
        &["variants[0].set[0].set: "],
    ),
    (
        |s| s.variants[0].set[0].on = "post".parse().expect("a box"),
        &["variants[0].set[0].on: there is no box `post`; did you mean `posts`?"],
        &["variants[0].set[0].on: "],
    ),
    (
        |s| s.variants[1].set[2].on = "feeds>posts".parse().expect("a wire"),
        &["variants[1].set[2].on: there is no wire `feeds>posts`"],
        &["variants[1].set[2].on: "],
    ),
    (
        |s| s.variants[0].set[0].on = "posts.0".parse().expect("a member"),
        &["variants[0].set[0].on: a setting belongs to a whole box or a wire, not to a member"],
        &["variants[0].set[0].on: "],
    ),
    (
        |s| s.variants[1].set[1].value = Value::Number(8.0),
        &["variants[1].set[1].to: Members is 8; it must be between 1 and 7"],
        &["variants[1].set[1].to: "],
    ),
    (
        |s| s.variants[1].set[1] = s.variants[1].set[0].clone(),
        &["variants[1].set[1]: `acknowledge` of `posts` is set twice"],
        &["variants[1].set[1]: "],
    ),
    (|s| s.variants[0].set.clear(), &["variants[0].set: it sets nothing"], &["variants[0].set: "]),
    (|s| s.variants[0].name.clear(), &["variants[0].name: the text is empty"], &["variants[0].name: "]),
];

#[test]
fn each_mistake_in_a_question_a_claim_or_a_variant_is_said_once_and_mended_with_a_note() {
    mended_one_by_one(choosing, CHOICES);
}

#[test]
fn the_right_choice_is_the_first_whose_bound_is_not_below_what_was_read() {
    let mut all = choosing();
    let asked = asked(&mut all).clone();
    let right = [-1.0, 0.0, 0.1, 30.5, 30.6, 1e9].map(|value| asked.right(value));
    assert_eq!(right, [0, 0, 1, 1, 2, 2]);
}

#[test]
fn a_question_is_answered_when_it_says_so_or_when_all_that_was_offered_is_over() {
    let mut step = choosing().lesson.steps.remove(1);
    assert_eq!(step.answered_after(), Some(Span::from_secs(8)));
    step.predict.as_mut().expect("it asks").after = None;
    step.offer =
        vec![act(2_000, Some(3_000), Verb::CutOff, "posts.0", None), act(1_000, None, Verb::Flush, "feeds", None)];
    assert_eq!(step.answered_after(), Some(Span::from_secs(5)));
    step.predict = None;
    assert_eq!(step.answered_after(), None);
}

#[test]
fn a_variant_is_the_current_one_when_everything_has_its_value() {
    let mut all = choosing();
    let current = |all: &Scenario| all.variants.iter().map(|one| one.is_set_in(all, &schema())).collect::<Vec<_>>();
    assert_eq!(current(&all), [true, false]);
    all.boxes[4].config[1] = Value::Choice(2);
    assert_eq!(current(&all), [false, false]);
    all.boxes[4].config[0] = Value::Number(5.0);
    all.wires[3].config[3] = Value::Number(2500.0);
    assert_eq!(current(&all), [false, true]);
    all.wires.remove(3);
    assert_eq!(current(&all), [false, false]);
}

fn errors(scenario: &Scenario) -> usize {
    validate(scenario, &schema()).iter().filter(|problem| problem.is_error()).count()
}

proptest! {
    #[test]
    fn what_was_mended_can_run(scenario in prop_oneof![plausible(), nonsense()]) {
        let (mended, notes) = repair(scenario.clone(), &schema());
        prop_assert_eq!(errors(&mended), 0);
        prop_assert_eq!(&repair(mended.clone(), &schema()), &(mended.clone(), vec![]), "mending twice changes nothing");
        // Names that are empty and settings that are missing are filled without a word.
        prop_assert!(errors(&scenario) == 0 || mended != scenario);
        prop_assert!(notes.iter().all(|note| !note.is_error()));
    }

    #[test]
    fn what_can_run_is_left_alone(scenario in valid()) {
        prop_assert_eq!(repair(scenario.clone(), &schema()), (scenario, vec![]));
    }
}

#[test]
fn too_many_of_anything_is_refused_and_cut() {
    let mut scenario = newsfeed();
    scenario.lesson.steps[1].offer = vec![act(0, None, Verb::Flush, "feeds", None); 41];
    scenario.faults = vec![act(1, None, Verb::Flush, "feeds", None); 501];
    scenario.checks = vec![check("p99", "readers", None); 101];
    let more = (0..200).map(|at| super::sample::placed(&format!("ring-{at}"), "hash-ring", 0, 0, &[("members", "16")]));
    scenario.boxes.extend(more);
    let found = problems(&scenario);
    assert_eq!(
        found[..4],
        [
            "boxes: there are 206; there may be at most 200",
            "boxes: they have 3208 members together; there may be at most 2000",
            "faults: there are 501; there may be at most 500",
            "checks: there are 101; there may be at most 100",
        ]
    );
    let (mended, notes) = repair(scenario, &schema());
    assert_eq!((mended.boxes.len(), mended.faults.len(), mended.checks.len()), (200, 500, 100));
    assert_eq!(errors(&mended), 0);
    let notes: Vec<String> = notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "boxes: there are 206; there may be at most 200. The rest was left out",
            "boxes: they had more than 2000 members together; each has its kind's usual number now",
            "faults: there are 501; there may be at most 500. The rest was left out",
            "checks: there are 101; there may be at most 100. The rest was left out",
            "lesson.steps[1].offer: there are 41; there may be at most 40. The rest was left out",
        ]
    );
}

#[test]
fn moments_come_in_order_faults_before_actions() {
    let mut scenario = newsfeed();
    scenario.actions.push(Moment { at: scenario.faults[0].at, ..scenario.actions[0].clone() });
    let order: Vec<&Moment> = scenario.moments();
    assert!(order.windows(2).all(|pair| pair[0].at <= pair[1].at));
    let first_at = order.iter().position(|moment| moment.at == scenario.faults[0].at).expect("it is there");
    assert_eq!(order[first_at], &scenario.faults[0]);
}

#[test]
fn a_schema_without_flaws_has_none_and_each_flaw_is_named() {
    assert_eq!(schema().flaws(), Vec::<String>::new());
    let mut bad = schema();
    bad.kinds[1].slug = "service".into();
    bad.kinds[2].fields.push(number("at", 0.0, 1.0, 5.0, false));
    bad.kinds[4].fields[0] = choice("policy", &["lru", "lru"]);
    bad.kinds[4].fields[1].when = Some(When { field: "policy".into(), is: vec!["fifo".into()] });
    bad.kinds[5].members = Some("ship_delay_ms".into());
    bad.wire.push(choice("ops", &["a"]));
    bad.checks[0].kinds.push("blockchain".into());
    if let FieldKind::Choice { default, .. } = &mut bad.wire[1].kind {
        *default = 9;
    }
    assert_eq!(
        bad.flaws(),
        [
            "among the kinds, `service` is there twice",
            "limiter has a field `at`, which means something else in a file",
            "the default of `at` of limiter cannot be set: At is 5; it must be between 0 and 1",
            "among the choices of `policy` of cache, `lru` is there twice",
            "`capacity` of cache depends on `policy` being `fifo`, which it cannot be",
            "`ship_delay_ms` of leader-follower is no whole number from 1 to 255, so it cannot count members",
            "the default of `latency_law` of a wire cannot be set: Latency law must be one of constant, uniform, exponential, erlang, log-normal, pareto",
            "a wire has a field `ops`, which means something else in a file",
            "the check `lost-writes` is for a kind `blockchain` that is not there",
        ]
    );
}
