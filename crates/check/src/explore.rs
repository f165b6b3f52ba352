//! Every state of a small world: whatever can happen does, in every order, until nothing new comes.
//!
//! ```text
//!           ┌─ a ─▶ ○ ─ b ─▶ ●        a state is looked at once, however it was reached;
//!   begin ──┤                ▲        breadth first, so that the path to the first broken promise
//!           └─ b ─▶ ○ ─ a ───┘        is one of the shortest
//! ```
//!
//! What a simulation finds with luck, this finds for certain, in a world small enough: three members, two terms, a crash. States are
//! compared whole, so the count is exact, and a test that asserts it notices any rule that changes in any way that shows. Memory for
//! each state: the state itself and nine bytes. For a world too large for that, a [swarm](crate::swarm) of seeds.
//!
//! ```
//! use check::explore::{World, explore};
//!
//! /// Two jugs of 3 and 5 litres; it is promised that neither ever holds 4.
//! struct Jugs;
//! impl World for Jugs {
//!     type State = [u8; 2];
//!     type Move = &'static str;
//!     fn begin(&mut self) -> [u8; 2] {
//!         [0, 0]
//!     }
//!     fn moves(&mut self, _: &[u8; 2], moves: &mut Vec<&'static str>) {
//!         moves.extend(["fill 3", "fill 5", "empty 3", "empty 5", "3 into 5", "5 into 3"]);
//!     }
//!     fn step(&mut self, [a, b]: &[u8; 2], happens: &&'static str) -> Option<[u8; 2]> {
//!         let (to_b, to_a) = ((*a).min(5 - b), (*b).min(3 - a));
//!         Some(match *happens {
//!             "fill 3" => [3, *b],
//!             "fill 5" => [*a, 5],
//!             "empty 3" => [0, *b],
//!             "empty 5" => [*a, 0],
//!             "3 into 5" => [a - to_b, b + to_b],
//!             _ => [a + to_a, b - to_a],
//!         })
//!     }
//!     fn look(&mut self, state: &[u8; 2]) -> Result<(), String> {
//!         if state.contains(&4) { Err(format!("a jug holds 4: {state:?}")) } else { Ok(()) }
//!     }
//! }
//!
//! let found = explore(&mut Jugs, 1_000);
//! let broken = found.broken.expect("everybody knows this riddle");
//! assert_eq!(broken.path, ["fill 5", "5 into 3", "empty 3", "5 into 3", "fill 5", "5 into 3"]);
//! ```
//!
//! Source: model checking by explicit states; Holzmann, *The Model Checker SPIN*, 1997; Clarke, Grumberg and Peled, 1999.

use crate::seen::States;
use core::fmt::Debug;
use core::hash::{Hash, Hasher};

/// A world whose every state can be reached by moves from its beginning.
///
/// What it is given mutably is for memory only, such as numbers for parts that many states share, or counts of what was seen: the same
/// state must always have the same moves and the same steps.
pub trait World {
    /// All that makes a difference to what can happen and to what is promised.
    type State: Clone + Eq + Hash;
    /// One thing that can happen.
    type Move: Clone + Debug;

    /// The state in which it begins.
    fn begin(&mut self) -> Self::State;

    /// Adds all that can happen in a state. The order decides which of several shortest paths is found.
    fn moves(&mut self, state: &Self::State, moves: &mut Vec<Self::Move>);

    /// The state after a move; `None` if nothing changes.
    fn step(&mut self, state: &Self::State, happens: &Self::Move) -> Option<Self::State>;

    /// Looks at a state, each once.
    ///
    /// # Errors
    /// The promise that is broken in it.
    fn look(&mut self, state: &Self::State) -> Result<(), String>;
}

/// A state whose type cannot be compared: equal to another if both show equal, so everything that makes a difference must show.
#[derive(Clone)]
pub struct Shown<S> {
    state: S,
    shown: String,
}

impl<S: Debug> Shown<S> {
    /// The state with what it shows.
    pub fn new(state: S) -> Shown<S> {
        Shown { shown: format!("{state:?}"), state }
    }

    /// The state.
    pub fn state(&self) -> &S {
        &self.state
    }
}

impl<S> PartialEq for Shown<S> {
    fn eq(&self, other: &Shown<S>) -> bool {
        self.shown == other.shown
    }
}

impl<S> Eq for Shown<S> {}

impl<S> Hash for Shown<S> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.shown.hash(hasher);
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<M> {
    /// Different states that were met.
    pub states: u64,
    /// Moves to the furthest state that was looked at, on the shortest way there.
    pub depth: u32,
    /// Whether every state was looked at.
    pub is_whole: bool,
    /// The first promise that was broken.
    pub broken: Option<Broken<M>>,
}

/// A broken promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken<M> {
    /// What [`World::look`] said.
    pub what: String,
    /// What happens, from the beginning; as short as can be.
    pub path: Vec<M>,
}

/// Looks at every state, in the order of their distance from the beginning, until a promise is broken or `states_max` states (at most
/// 2³² − 1) have been met.
pub fn explore<W: World>(world: &mut W, states_max: u32) -> Found<W::Move> {
    let mut states = States::new();
    let mut parents: Vec<u32> = vec![0];
    states.number(world.begin());
    let (mut moves, mut at, mut level_end, mut depth) = (Vec::new(), 0, 1, 0);
    while at < states.len() {
        if at == level_end {
            (level_end, depth) = (states.len(), depth + 1);
        }
        let state = states.get(at).clone();
        if let Err(what) = world.look(&state) {
            let broken = Some(Broken { what, path: path(world, &states, &parents, at) });
            return Found { states: states.len().into(), depth, is_whole: false, broken };
        }
        world.moves(&state, &mut moves);
        for happens in moves.drain(..) {
            let Some(next) = world.step(&state, &happens) else { continue };
            if states.number(next) as usize == parents.len() {
                parents.push(at);
            }
            if states.len() > states_max {
                return Found { states: states_max.into(), depth, is_whole: false, broken: None };
            }
        }
        at += 1;
    }
    Found { states: states.len().into(), depth, is_whole: true, broken: None }
}

/// The moves from the beginning to a state: each is looked for again among those of its parent.
fn path<W: World>(world: &mut W, states: &States<W::State>, parents: &[u32], to: u32) -> Vec<W::Move> {
    let (mut path, mut moves, mut to) = (Vec::new(), Vec::new(), to);
    while to > 0 {
        let from = parents[to as usize];
        world.moves(states.get(from), &mut moves);
        let mut leads = |happens: &W::Move| world.step(states.get(from), happens).as_ref() == Some(states.get(to));
        let found = moves.drain(..).find(|happens| leads(happens));
        path.push(found.expect("the state was found by one of these moves, and they are the same every time"));
        to = from;
    }
    path.reverse();
    path
}
