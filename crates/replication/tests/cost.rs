//! What a write costs: no allocation in steady state. And what a clone costs.

#![cfg(not(target_arch = "wasm32"))] // counts what the allocator does, which is the machine's own
#![allow(unsafe_code)] // counting allocations means being the allocator

use base::{Rng, Span, Time};
use machine::{Effect, Machine, Out, Peer};
use replication::{Acknowledge, Config, Message, Replica, Reply, Request, Timer};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::VecDeque;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: hands everything to the system allocator; counting touches a constant-initialised thread-local only.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The least host there is: one queue, no latency, heartbeats by hand.
struct Host {
    members: Vec<Replica>,
    outs: Vec<Out<Replica>>,
    queue: VecDeque<(Peer, Peer, Message)>,
    written: u64,
}

impl Host {
    fn input(&mut self, me: usize, input: impl FnOnce(&mut Replica, &mut Out<Replica>)) {
        input(&mut self.members[me], &mut self.outs[me]);
        for effect in self.outs[me].drain() {
            match effect {
                Effect::Send { to, message } => self.queue.push_back((Peer(me as u16), to, message)),
                Effect::Reply { reply: Reply::Written { .. }, .. } => self.written += 1,
                _ => {}
            }
        }
    }

    fn settle(&mut self, now: Time) {
        while let Some((from, to, message)) = self.queue.pop_front() {
            self.input(to.0.into(), |member, out| member.on_message(from, message, now, out));
        }
    }

    fn writes(&mut self, range: std::ops::Range<u64>) {
        for token in range {
            let now = Time(token * 1_000);
            let (key, value) = (token % 10_000, token);
            self.input(0, |member, out| member.on_request(token, Request::Write { key, value }, now, out));
            self.settle(now);
            if token % 1_000 == 0 {
                self.input(0, |member, out| member.on_timer(Timer::Beat, now, out));
                self.settle(now);
            }
        }
    }
}

#[test]
fn a_write_allocates_nothing_once_warm() {
    let semi_sync = Acknowledge::SemiSync { followers: 1, degrade_after: Some(Span::from_secs(1)) };
    for acknowledge in [Acknowledge::Async, semi_sync, Acknowledge::Sync] {
        let config = Config { acknowledge, ..Config::default() };
        let mut host = Host {
            members: (0..3).map(|me| Replica::new(Peer(me), config).unwrap()).collect(),
            outs: (0..3).map(|me| Out::new(Rng::new(me))).collect(),
            queue: VecDeque::new(),
            written: 0,
        };
        for me in 0..3 {
            host.input(me, |member, out| member.on_start(Time::ZERO, out));
        }
        host.writes(0..50_000);
        let allocations = ALLOCATIONS.get();
        host.writes(50_000..250_000);
        let allocations = ALLOCATIONS.get() - allocations;
        assert_eq!(allocations, 0, "{acknowledge:?}");
        assert_eq!(host.written, 250_000);
    }
}

/// A checkpoint copies pointers, not entries: what it costs does not grow with what the table holds of each key.
#[test]
fn a_clone_shares_the_log_and_the_table() {
    let mut member = Replica::new(Peer(0), Config { members: 1, ..Config::default() }).unwrap();
    let mut out = Out::new(Rng::new(1));
    member.on_start(Time::ZERO, &mut out);
    for token in 0..100_000 {
        member.on_request(token, Request::Write { key: token, value: token }, Time::ZERO, &mut out);
        out.drain().for_each(drop);
    }
    let before = ALLOCATIONS.get();
    let copy = member.clone();
    let cost = ALLOCATIONS.get() - before;
    assert!(cost < 20, "{cost} allocations");
    assert_eq!(copy.read(99_999), member.read(99_999));
}
