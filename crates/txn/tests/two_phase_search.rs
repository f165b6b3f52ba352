//! Every state that two participants and their coordinator can reach: each message arrives never, once or again, in any order,
//! each timer fires whenever it may, and crashes fall between any two effects.

use base::{Rng, Time};
use check::explore::{Found, Shown, World, explore};
use machine::{Durable, Effect, Machine, Out, Peer};
use std::collections::{BTreeMap, BTreeSet};
use txn::two_phase::{
    Change, Config, Image, ImageWrite, Message, Note, Outcome, Request, Rule, Site, Timer, TransactionId,
};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The world between two transitions. What was sent stays deliverable for ever: loss, doubling and reordering in one.
#[derive(Clone, Debug)]
struct State {
    sites: Vec<Site>,
    up: [bool; 3],
    timers: BTreeSet<(u16, Timer)>,
    sent: BTreeMap<String, (Peer, Peer, Message)>,
    answered: BTreeSet<(TransactionId, Outcome)>,
    crashes: u32,
    requests: u64,
}

#[derive(Clone, Debug)]
enum Input {
    Ask,
    Deliver(Peer, Message),
    Wake(Timer),
    Restart,
}

struct Search {
    config: Config,
    crashes_max: u32,
    requests_max: u64,
    /// States in which a participant that is up has promised, nobody of those up knows the outcome, and the coordinator is down.
    blocked: u64,
    ends: BTreeSet<Outcome>,
}

fn site(me: u16, config: Config, image: Image) -> Site {
    Site::with_image(Peer(me), config, image).unwrap()
}

impl Search {
    fn first(&self) -> State {
        let sites = (0..3).map(|me| site(me, self.config, Image::default())).collect();
        let (timers, sent, answered) = Default::default();
        State { sites, up: [true; 3], timers, sent, answered, crashes: 0, requests: 0 }
    }

    fn inputs(&self, state: &State) -> Vec<(u16, Input)> {
        let mut inputs: Vec<(u16, Input)> = Vec::new();
        if state.requests < self.requests_max {
            inputs.push((0, Input::Ask));
        }
        let letters = state.sent.values();
        inputs.extend(letters.map(|(from, to, message)| (to.0, Input::Deliver(*from, message.clone()))));
        inputs.extend(state.timers.iter().map(|(at, timer)| (*at, Input::Wake(*timer))));
        inputs.retain(|(at, _)| state.up[usize::from(*at)]);
        let down = (0..3u16).filter(|at| !state.up[usize::from(*at)]);
        inputs.extend(down.map(|at| (at, Input::Restart)));
        inputs
    }

    /// The transition, whole, and cut short by a crash after each of its effects.
    fn after(&self, state: &State, at: u16, input: &Input) -> Vec<State> {
        let mut next = state.clone();
        let mut out = Out::new(Rng::new(1));
        let me = &mut next.sites[usize::from(at)];
        let changes = vec![Change { at: Peer(1), key: 1, value: 7 }, Change { at: Peer(2), key: 2, value: 7 }];
        match input {
            Input::Ask => {
                next.requests += 1;
                me.on_request(next.requests, Request::Commit { changes }, Time::ZERO, &mut out);
            }
            Input::Deliver(from, message) => me.on_message(*from, message.clone(), Time::ZERO, &mut out),
            Input::Wake(timer) => {
                next.timers.remove(&(at, *timer));
                me.on_timer(*timer, Time::ZERO, &mut out);
            }
            Input::Restart => {
                next.up[usize::from(at)] = true;
                me.on_restart(Time::ZERO, &mut out);
            }
        }
        let effects: Vec<Effect<Site>> = out.drain().collect();
        let mut states = Vec::new();
        if state.crashes < self.crashes_max {
            for cut in 0..=effects.len() {
                let mut cut_short = next.clone();
                let mut image = state.sites[usize::from(at)].image().clone();
                effects[..cut].iter().for_each(|effect| happen(&mut cut_short, at, effect, &mut image));
                cut_short.sites[usize::from(at)] = site(at, self.config, image);
                cut_short.up[usize::from(at)] = false;
                cut_short.crashes += 1;
                cut_short.timers.retain(|(of, _)| *of != at);
                states.push(cut_short);
            }
        }
        let mut image = Image::default();
        effects.iter().for_each(|effect| happen(&mut next, at, effect, &mut image));
        states.push(next);
        states
    }

    /// What must be true in every state.
    fn judge(&mut self, state: &State) -> Result<(), String> {
        let ids = |outcome| {
            let of_sites = state.sites.iter().flat_map(|site| site.image().outcomes());
            let all = of_sites.chain(state.answered.iter().copied());
            all.filter(move |(_, end)| *end == outcome).map(|(id, _)| id).collect::<BTreeSet<_>>()
        };
        let (committed, aborted) = (ids(Outcome::Committed), ids(Outcome::Aborted));
        if let Some(id) = committed.intersection(&aborted).next() {
            return Err(format!("{id:?} is committed here and aborted there"));
        }
        for id in &committed {
            for part in &state.sites[1..] {
                let image = part.image();
                if !image.is_prepared(*id) && image.outcome(*id) != Some(Outcome::Committed) {
                    return Err(format!("{id:?} is committed, and a participant has no promise on disk"));
                }
            }
        }
        self.ends.extend(state.answered.iter().map(|(_, outcome)| *outcome));
        let promised =
            (1..3).filter(|at| state.up[*at] && state.sites[*at].image().prepared().next().is_some()).count();
        let know = (1..3).filter(|at| state.up[*at] && state.sites[*at].image().prepared().next().is_none()).count();
        self.blocked += u64::from(!state.up[0] && promised > 0 && know == 0);
        Ok(())
    }
}

impl World for Search {
    type State = Shown<State>;
    /// Who, what, and which of the ways in which it can end.
    type Move = (u16, Input, usize);

    fn begin(&mut self) -> Shown<State> {
        Shown::new(self.first())
    }

    fn moves(&mut self, shown: &Shown<State>, moves: &mut Vec<Self::Move>) {
        for (at, input) in self.inputs(shown.state()) {
            let ways = self.after(shown.state(), at, &input).len();
            moves.extend((0..ways).map(|way| (at, input.clone(), way)));
        }
    }

    fn step(&mut self, shown: &Shown<State>, (at, input, way): &Self::Move) -> Option<Shown<State>> {
        Some(Shown::new(self.after(shown.state(), *at, input).swap_remove(*way)))
    }

    fn look(&mut self, shown: &Shown<State>) -> Result<(), String> {
        self.judge(shown.state())
    }
}

fn happen(state: &mut State, at: u16, effect: &Effect<Site>, image: &mut Image) {
    match effect {
        Effect::Send { to, message } => {
            let from = Peer(at);
            state.sent.insert(format!("{from:?}{to:?}{message:?}"), (from, *to, message.clone()));
        }
        Effect::SetTimer { timer, .. } => {
            state.timers.insert((at, *timer));
        }
        Effect::CancelTimer { timer } => {
            state.timers.remove(&(at, *timer));
        }
        Effect::Persist { write } => image.apply(write),
        Effect::Note { note: Note::Decided(id, outcome) } => {
            state.answered.insert((*id, *outcome));
        }
        Effect::Reply { .. } | Effect::Note { .. } => {}
    }
}

fn search(rule: Rule, cooperative: bool, crashes_max: u32, requests_max: u64) -> (Search, Found<(u16, Input, usize)>) {
    let config = Config { rule, cooperative, ..Config::default() };
    let mut search = Search { config, crashes_max, requests_max, blocked: 0, ends: BTreeSet::new() };
    let found = explore(&mut search, u32::MAX);
    (search, found)
}

/// Oracle: the definition of atomic commitment (Bernstein et al., §7.3, AC1 to AC3), in every reachable state.
#[test]
fn nothing_ends_differently_at_two_places_whatever_crashes() {
    let cases = [(false, 0), (false, 1), (true, 1), (false, 2)];
    let found = cases.map(|(cooperative, crashes)| {
        let (search, found) = search(Rule::Sound, cooperative, crashes, 1);
        assert!(found.is_whole, "cooperative {cooperative}, {crashes} crashes: {:?}", found.broken);
        assert_eq!(search.ends.len(), 2, "both outcomes happen");
        (found.states, search.blocked)
    });
    assert_eq!(
        found,
        [(112, 0), (1_143, 32), (2_332, 32), (6_501, 370)],
        "states, and those in which somebody is blocked"
    );
}

#[test]
fn every_mistake_is_caught() {
    let table = [
        (Rule::VoteBeforeWriting, 1, "has no promise on disk"),
        (Rule::DecideBeforeWriting, 1, "committed here and aborted there"),
        (Rule::AbortInDoubt, 0, "committed here and aborted there"),
        (Rule::PresumeCommit, 1, "no promise on disk"),
    ];
    for (rule, crashes, what) in table {
        let (_, found) = search(rule, false, crashes, 1);
        let broken = found.broken.unwrap_or_else(|| panic!("{rule:?} must be caught"));
        assert!(broken.what.contains(what), "{rule:?}: {broken:?}");
    }
}

/// The write that a restart makes, and that its absence is found, by hand: the search would need two transactions.
#[test]
fn a_yes_from_before_a_crash_does_not_count_after_it() {
    let story = |rule| {
        let config = Config { rule, ..Config::default() };
        let mut sites: Vec<Site> = (0..3).map(|me| site(me, config, Image::default())).collect();
        let mut out = Out::new(Rng::new(1));
        let ask = |value| Request::Commit {
            changes: vec![Change { at: Peer(1), key: 1, value }, Change { at: Peer(2), key: 2, value }],
        };
        let mut carry = |sites: &mut Vec<Site>, at: u16, message: Option<(u16, Message)>, token: u64| {
            match message {
                Some((from, message)) => {
                    sites[usize::from(at)].on_message(Peer(from), message, Time::ZERO, &mut out);
                }
                None => sites[usize::from(at)].on_request(token, ask(token), Time::ZERO, &mut out),
            }
            let sent = |effect| match effect {
                Effect::Send { to, message } => Some((to.0, message)),
                _ => None,
            };
            out.drain().filter_map(sent).collect::<Vec<_>>()
        };
        let prepares = carry(&mut sites, 0, None, 7);
        let late_yes = carry(&mut sites, 1, Some((0, prepares[0].1.clone())), 0).remove(0).1;
        sites[0].on_crash();
        let mut restarted = Out::new(Rng::new(1));
        sites[0].on_restart(Time::ZERO, &mut restarted);
        // The participant asks, and hears that nothing is known: aborted.
        let Message::Prepare { id, .. } = prepares[0].1 else { unreachable!() };
        let inquiry = carry(&mut sites, 0, Some((1, Message::Inquire { id })), 0).remove(0).1;
        carry(&mut sites, 1, Some((0, inquiry)), 0);
        let again = carry(&mut sites, 0, None, 8);
        let yes = carry(&mut sites, 2, Some((0, again[1].1.clone())), 0).remove(0).1;
        carry(&mut sites, 0, Some((2, yes)), 0);
        carry(&mut sites, 0, Some((1, late_yes)), 0);
        let decided = sites[0].image().unconfirmed().count();
        (decided, sites[1].image().prepared().count())
    };
    assert_eq!(story(Rule::Sound), (0, 0), "committed, promised at the first participant");
    assert_eq!(story(Rule::ReuseIdentities), (1, 0), "it commits what the first participant has not promised");
}

#[test]
fn a_restart_writes_its_incarnation_first() {
    let (mut member, mut out) = (site(0, Config::default(), Image::default()), Out::new(Rng::new(1)));
    member.on_restart(Time::ZERO, &mut out);
    let first = out.drain().next();
    assert!(matches!(first, Some(Effect::Persist { write: ImageWrite::Began { incarnation: 1 } })), "{first:?}");
}
