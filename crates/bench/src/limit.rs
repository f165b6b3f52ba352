//! The practical limit: the two models as tight loops that do nothing but what no simulation can do without.
//!
//! Topology, times and servers are written into the code; there are no boxes, faults, time-outs, meters, records or digests. What
//! is left is the event list, the draws, and the lines in front of the servers.

use base::{Rng, Span, Time};
use sim::Heap;
use std::collections::VecDeque;

/// An entry of the event list: time, order of scheduling, and what happens.
fn entry(at: u64, sequence: u32, what: u32) -> u128 {
    u128::from(at) << 64 | u128::from(sequence) << 32 | u128::from(what)
}

fn time_of(entry: u128) -> u64 {
    (entry >> 64) as u64
}

/// M/M/1 at load 0.9 until `customers` have come: events, and the last moment, which nobody can know without running it.
#[must_use]
pub fn m_m_1(customers: u64, seed: u64) -> (u64, Time) {
    let (mut rng, mut list, mut line) = (Rng::new(seed), Heap::default(), VecDeque::with_capacity(1_024));
    let (gap, service) = (1e9 / 0.9, 1e9);
    let (mut sequence, mut came, mut events, mut busy, mut waited, mut now) = (1u32, 0, 0, false, 0u64, 0);
    list.push(entry((rng.exponential() * gap) as u64, 0, 0));
    loop {
        let next = list.pop();
        if next == u128::MAX {
            return (events, Time(now ^ waited & 1));
        }
        now = time_of(next);
        events += 1;
        let mut schedule = |after: f64, what| {
            list.push(entry(now + after as u64, sequence, what));
            sequence = sequence.wrapping_add(1);
        };
        if next as u32 == 0 {
            came += 1;
            if came < customers {
                schedule(rng.exponential() * gap, 0);
            }
            if busy {
                line.push_back(now);
            } else {
                busy = true;
                schedule(rng.exponential() * service, 1);
            }
        } else if let Some(since) = line.pop_front() {
            waited += now - since;
            schedule(rng.exponential() * service, 1);
        } else {
            busy = false;
        }
    }
}

/// A number of servers with one line.
struct Station {
    idle: u32,
    line: VecDeque<u32>,
}

impl Station {
    fn new(servers: u32) -> Station {
        Station { idle: servers, line: VecDeque::with_capacity(1_024) }
    }
}

/// Most hops on their way at one moment; at this load there are about twenty.
const HOPS: usize = 4_096;
const HOP: u64 = Span::from_micros(500).0;

/// Clients, a balancer, four services of 16 workers and a database of 32 connections, at 70% load, until `requests` have come:
/// nine events a request. Hops take a constant time and come from a line of their own instead of the heap.
#[must_use]
pub fn tiers(requests: u64, seed: u64) -> (u64, Time) {
    let mut rng = Rng::new(seed);
    let (mut heap, mut head) = (Heap::default(), u128::MAX);
    // A ring of hops on their way; a free place holds "never".
    let (mut hops, mut first, mut end) = (vec![u128::MAX; HOPS], 0usize, 0usize);
    let mut services: [Station; 4] = std::array::from_fn(|_| Station::new(16));
    let mut database = Station::new(32);
    let (mut at_service, mut born, mut free) = (Vec::<u8>::new(), Vec::<u64>::new(), Vec::<u32>::new());
    let (mut sequence, mut came, mut events, mut now, mut latency, mut turn) = (1u32, 0, 0, 0u64, 0u64, 0u8);
    let mut histogram = vec![0u32; 4_096];
    heap.push(entry((rng.exponential() * 1e9 / 4_480.0) as u64, 0, 0));
    loop {
        if head == u128::MAX {
            head = heap.pop();
        }
        let hop = hops[first % HOPS];
        let next = if hop < head {
            hops[first % HOPS] = u128::MAX;
            first += 1;
            hop
        } else {
            std::mem::replace(&mut head, u128::MAX)
        };
        if next == u128::MAX {
            return (events, Time(now ^ (latency ^ u64::from(histogram[9])) & 1));
        }
        now = time_of(next);
        events += 1;
        let (slot, step) = (next as u32 >> 4, next as u32 & 15);
        macro_rules! after {
            ($mean:expr, $what:expr) => {{
                let key = entry(now + (rng.exponential() * $mean) as u64, sequence, $what);
                sequence = sequence.wrapping_add(1);
                if head != u128::MAX && key < head {
                    heap.push(head);
                    head = key;
                } else {
                    heap.push(key);
                }
            }};
        }
        macro_rules! hop {
            ($what:expr) => {{
                hops[end % HOPS] = entry(now + HOP, sequence, $what);
                end += 1;
                sequence = sequence.wrapping_add(1);
            }};
        }
        macro_rules! serve {
            ($station:expr, $mean:expr, $done:expr) => {
                if $station.idle > 0 {
                    $station.idle -= 1;
                    after!($mean, slot << 4 | $done);
                } else {
                    $station.line.push_back(slot);
                }
            };
        }
        macro_rules! release {
            ($station:expr, $mean:expr, $done:expr) => {
                match $station.line.pop_front() {
                    Some(waiting) => after!($mean, waiting << 4 | $done),
                    None => $station.idle += 1,
                }
            };
        }
        match step {
            0 => {
                came += 1;
                if came < requests {
                    after!(1e9 / 4_480.0, 0);
                }
                let slot = free.pop().unwrap_or_else(|| {
                    at_service.push(0);
                    born.push(0);
                    born.len() as u32 - 1
                });
                born[slot as usize] = now;
                hop!(slot << 4 | 1);
            }
            1 => {
                at_service[slot as usize] = turn;
                turn = (turn + 1) & 3;
                hop!(slot << 4 | 2);
            }
            2 => serve!(services[usize::from(at_service[slot as usize]) & 3], 10e6, 3),
            3 => {
                release!(services[usize::from(at_service[slot as usize]) & 3], 10e6, 3);
                hop!(slot << 4 | 4);
            }
            4 => serve!(database, 5e6, 5),
            5 => {
                release!(database, 5e6, 5);
                hop!(slot << 4 | 6);
            }
            6 => hop!(slot << 4 | 7),
            7 => hop!(slot << 4 | 8),
            _ => {
                let took = now - born[slot as usize];
                latency += took;
                histogram[(64 - took.leading_zeros()) as usize & 4_095] += 1;
                free.push(slot);
            }
        }
    }
}
