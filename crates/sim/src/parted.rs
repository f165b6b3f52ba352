//! Partitions: members on sides between which nothing passes.
//!
//! ```text
//!   { a, b.1 } │ { c } │ { d, e }        a → c lost, a → b.1 passes, whoever is on no side talks to all
//! ```
//!
//! Several may be in force; a message passes when none of them stops it. One may stop one way only: what the first side says to the
//! others is lost, and what they say reaches it. Cost: O(partitions) for each message that arrives, nothing while there is none.

use crate::core::Core;
use crate::world::Member;
use trace::MemberIndex;

/// One partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    sides: Vec<u8>,
    is_one_way: bool,
}

impl Partition {
    /// On no side.
    pub const NOBODY: u8 = 0;

    /// By member its side from 1, or [`Partition::NOBODY`]; members beyond the end are on none. With `is_one_way` only what side 1 says
    /// is lost.
    #[must_use]
    pub fn new(sides: Vec<u8>, is_one_way: bool) -> Partition {
        Partition { sides, is_one_way }
    }

    /// The side of a member.
    #[must_use]
    pub fn side(&self, member: MemberIndex) -> u8 {
        self.sides.get(usize::from(member)).copied().unwrap_or(Partition::NOBODY)
    }

    /// True when a message from one to the other is lost.
    #[must_use]
    pub fn stops(&self, from: MemberIndex, to: MemberIndex) -> bool {
        let (from, to) = (self.side(from), self.side(to));
        from != Partition::NOBODY && to != Partition::NOBODY && from != to && (!self.is_one_way || from == 1)
    }
}

impl<M: Member> Core<M> {
    /// The partitions in force from now on, in place of those before.
    pub fn set_partitions(&mut self, partitions: Vec<Partition>) {
        self.parted = if partitions.is_empty() { None } else { Some(partitions.into_boxed_slice()) };
    }

    /// The partitions in force.
    #[must_use]
    pub fn partitions(&self) -> &[Partition] {
        self.parted.as_deref().unwrap_or_default()
    }

    /// True when a message from one to the other, which has just come that far, is lost.
    #[inline]
    pub(crate) fn stands_between(&self, from: MemberIndex, to: MemberIndex) -> bool {
        let (a, b) = (&self.lives[usize::from(from)], &self.lives[usize::from(to)]);
        let is_troubled = a.cut_off | b.cut_off | a.isolated | b.isolated;
        (is_troubled | self.zones.is_some() | self.parted.is_some()) && self.trouble_stands_between(from, to)
    }

    #[cold]
    #[inline(never)]
    fn trouble_stands_between(&self, from: MemberIndex, to: MemberIndex) -> bool {
        if self.border_is_cut(from, to) || self.partitions().iter().any(|partition| partition.stops(from, to)) {
            return true;
        }
        let (a, b) = (&self.lives[usize::from(from)], &self.lives[usize::from(to)]);
        a.cut_off || b.cut_off || (a.box_index == b.box_index && (a.isolated || b.isolated))
    }

    /// True while the border between the zones of two members is cut.
    fn border_is_cut(&self, a: MemberIndex, b: MemberIndex) -> bool {
        self.zones.as_ref().is_some_and(|zones| zones.between(a, b).cut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Admission, Attempt, CallId, Caller, Cx, Failed, Front, Life, Link, Member, Policy, Reply, Request, World,
    };
    use base::{Delay, Rng, Span, Time};
    use trace::{Circuit, Status, WireIndex};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Answers everything and keeps whom it heard from.
    #[derive(Clone, Default)]
    struct Ear {
        heard: Vec<u8>,
        asked: u32,
        answered: u32,
    }

    /// Goes to the member whose number is the request's key.
    #[derive(Clone)]
    struct ByKey;

    impl Front for ByKey {
        fn route(&mut self, request: &Request, _attempt: u8, _lives: &[Life], _members: &[MemberIndex]) -> Option<u8> {
            Some(request.key as u8)
        }
    }

    /// Does nothing about failure.
    #[derive(Clone)]
    struct Plain;

    impl Caller for Plain {
        type Permit = ();
        fn is_guarded(&self) -> bool {
            false
        }
        fn ask(&mut self, _now: Time, _call: CallId, _attempt: Attempt) -> Admission<()> {
            Admission::Go(())
        }
        fn ended(&mut self, _now: Time, (): (), _status: Status, _took: Span) {}
        fn dropped(&mut self, (): ()) {}
        fn withdrawn(&mut self, _call: CallId) {}
        fn pull(&mut self, _now: Time) -> Option<(CallId, Result<(), Status>)> {
            None
        }
        fn pause(&mut self, _failed: Failed, _rng: &mut Rng) -> Option<Span> {
            None
        }
        fn circuit(&self, _now: Time) -> Circuit {
            Circuit::Closed
        }
        fn forget(&mut self) {}
    }

    impl Member for Ear {
        type Front = ByKey;
        type Message = ();
        type Caller = Plain;
        fn on_start(&mut self, _cx: &mut Cx<'_, Ear>) {}
        fn on_request(&mut self, cx: &mut Cx<'_, Ear>, call: CallId, _request: Request) {
            self.asked += 1;
            cx.reply(call, Reply::plain(Status::Ok));
        }
        fn on_reply(&mut self, _cx: &mut Cx<'_, Ear>, _wire: WireIndex, _token: u64, _request: &Request, reply: Reply) {
            self.answered += u32::from(reply.status == Status::Ok);
        }
        fn on_timer(&mut self, _cx: &mut Cx<'_, Ear>, _token: u64) {}
        fn on_message(&mut self, _cx: &mut Cx<'_, Ear>, from: u8, (): ()) {
            self.heard.push(from);
        }
        fn on_crash(&mut self, _cx: &mut Cx<'_, Ear>) {}
        fn on_restart(&mut self, _cx: &mut Cx<'_, Ear>) {}
    }

    const BOXES: u16 = 3;
    const EACH: u16 = 3;
    const ALL: u16 = BOXES * EACH;

    /// Three boxes of three members; every box may call every other.
    fn world() -> World<Ear> {
        let mut world = World::new(1);
        for id in ["a", "b", "c"] {
            let home = world.add_box(id, ByKey, Delay::constant(Span::from_millis(1)));
            for _ in 0..EACH {
                world.add_member(home, Ear::default());
            }
        }
        let policy = Policy { timeout: Span::from_secs(1), ..Policy::default() };
        for (from, to) in (0..BOXES).flat_map(|from| (0..BOXES).map(move |to| (from, to))).filter(|(a, b)| a != b) {
            world.add_wire((from, to), Link::default(), policy, Plain);
        }
        world
    }

    /// A partition as lists of members, drawn by chance: each member on one of the sides or on none.
    fn drawn(rng: &mut Rng) -> (Vec<Vec<u16>>, bool) {
        let mut lists = vec![Vec::new(); 2 + rng.below(2) as usize];
        for member in 0..ALL {
            let at = rng.below(lists.len() as u64 + 1) as usize;
            if let Some(list) = lists.get_mut(at) {
                list.push(member);
            }
        }
        (lists, rng.chance(0.4))
    }

    fn partition((lists, is_one_way): &(Vec<Vec<u16>>, bool)) -> Partition {
        let side = |member| lists.iter().position(|list| list.contains(&member)).map_or(0, |at| at as u8 + 1);
        Partition::new((0..ALL).map(side).collect(), *is_one_way)
    }

    /// Oracle: the lists themselves, asked for each ordered pair.
    fn is_lost(all: &[(Vec<Vec<u16>>, bool)], from: u16, to: u16) -> bool {
        all.iter().any(|(lists, is_one_way)| {
            lists.iter().enumerate().any(|(at, list)| {
                let others = lists.iter().enumerate().filter(|(other, _)| *other != at);
                let is_there = others.into_iter().any(|(_, other)| other.contains(&to));
                list.contains(&from) && is_there && (!is_one_way || at == 0)
            })
        })
    }

    /// One message or call from each to each, and who got what.
    fn is_heard(partitions: &[Partition], from: u16, to: u16) -> (bool, bool) {
        let mut world = world();
        world.core.set_partitions(partitions.to_vec());
        if from / EACH == to / EACH {
            world.with(from, |_, cx| cx.send((to % EACH) as u8, ()));
        } else {
            let (home, there) = (from / EACH, to / EACH);
            let wire = (0..).find(|wire| {
                world.core.boxes[usize::from(home)].wires.contains(wire) && world.core.wire_target(*wire) == there
            });
            let request = Request { key: u64::from(to % EACH), ..Request::default() };
            world.with(from, |_, cx| cx.call(wire.expect("every box calls every other"), request, 0));
        }
        world.run_before(Time(2_000_000_000), 1_000).expect("within all budgets");
        let (ear, back) = (&world.members()[usize::from(to)], &world.members()[usize::from(from)]);
        (!ear.heard.is_empty() || ear.asked > 0, back.answered > 0)
    }

    #[test]
    fn what_passes_between_sides_is_lost_and_within_a_side_all_goes_on() {
        let mut rng = Rng::stream(7, &[1]);
        let (mut lost, mut passed, mut unheard) = (0, 0, 0);
        for round in 0..40 {
            let lists: Vec<_> = (0..=rng.below(3)).map(|_| drawn(&mut rng)).collect();
            let all: Vec<Partition> = lists.iter().map(partition).collect();
            for (from, to) in (0..ALL).flat_map(|from| (0..ALL).map(move |to| (from, to))).filter(|(a, b)| a != b) {
                let (there, back) = is_heard(&all, from, to);
                assert_eq!(there, !is_lost(&lists, from, to), "round {round}: {from} to {to} under {lists:?}");
                if from / EACH != to / EACH {
                    assert_eq!(
                        back,
                        there && !is_lost(&lists, to, from),
                        "round {round}: the answer of {to} to {from}"
                    );
                    unheard += u32::from(there && !back);
                }
                (lost, passed) = (lost + u32::from(!there), passed + u32::from(there));
            }
        }
        assert!(
            lost > 500 && passed > 500 && unheard > 50,
            "{lost} lost, {passed} passed, {unheard} answers lost one way"
        );
    }

    #[test]
    fn a_partition_that_is_over_stops_nothing() {
        let cut = Partition::new((0..ALL).map(|member| 1 + (member % 2) as u8).collect(), false);
        assert_eq!(is_heard(&[cut], 0, 1), (false, false));
        assert!(is_heard(&[], 0, 1).0);
        let mut world = world();
        world.core.set_partitions(vec![Partition::new(vec![1, 2], false)]);
        assert_eq!(world.core.partitions().len(), 1);
        world.core.set_partitions(Vec::new());
        assert!(world.core.partitions().is_empty());
    }
}
