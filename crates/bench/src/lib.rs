//! How fast the engine is: the same measurements natively and as WASM, and the models they are made on.
//!
//! A [`Case`] is run for an amount of work and tells how many events that was; whoever calls it holds the watch. `cargo xtask bench`
//! interleaves them and prints ratios, because only ratios mean something on a machine that others use too.

pub mod limit;
pub mod models;
#[cfg(not(target_arch = "wasm32"))]
pub mod peers;

use base::{Rng, Span, Time};
use session::{Command, Session};
use sim::{Agenda, Due};
use std::collections::VecDeque;
use wasm_bindgen::prelude::wasm_bindgen;

/// One thing to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// M/M/1 as a tight loop.
    LimitQueue,
    /// Clients to database as a tight loop.
    LimitTiers,
    /// M/M/1 on the kernel's agenda.
    KernelQueue,
    /// M/M/1 of real boxes, everything on.
    BoxesQueue,
    /// Clients to database of real boxes, everything on.
    BoxesTiers,
}

impl Case {
    /// All cases with the name they are called by.
    pub const ALL: [(Case, &str); 5] = [
        (Case::LimitQueue, "limit-queue"),
        (Case::LimitTiers, "limit-tiers"),
        (Case::KernelQueue, "kernel-queue"),
        (Case::BoxesQueue, "boxes-queue"),
        (Case::BoxesTiers, "boxes-tiers"),
    ];

    /// Runs it for about `events` events; how many it was.
    #[must_use]
    pub fn run(self, events: u64, seed: u64) -> u64 {
        match self {
            Case::LimitQueue => limit::m_m_1(events / 2, seed).0,
            Case::LimitTiers => limit::tiers(events / 9, seed).0,
            Case::KernelQueue => kernel_m_m_1(events / 2, seed),
            Case::BoxesQueue => boxes(models::m_m_c(1, 0.9, 1.0, seed, Span::from_millis(events / 4 * 10 / 9))),
            Case::BoxesTiers => boxes(models::tiers(seed, Span::from_micros(events / 9 * 1_000 / 4_480 * 1_000))),
        }
    }
}

/// Runs the case called `name`; how many events it was, 0 when there is none of that name. For hosts of the WASM.
#[wasm_bindgen]
#[must_use]
pub fn run_case(name: &str, events: f64) -> f64 {
    let case = Case::ALL.iter().find(|(_, known)| *known == name);
    case.map_or(0.0, |(case, _)| case.run(events as u64, 1) as f64)
}

/// Runs the design in a link to its end, as fast as it goes, and tells `events digest`; nothing when the link cannot be opened.
/// For hosts of the WASM.
#[wasm_bindgen]
#[must_use]
pub fn run_link(link: &str) -> String {
    let Ok(opened) = scenario::link::decode(link, catalog::schema()) else { return String::new() };
    let mut session = Session::open(opened.scenario);
    let end = Time::ZERO + session.scenario().length;
    if session.handle(Command::Seek(end)).is_err() {
        return String::new();
    }
    while session.advance(8_192) {}
    format!("{} {:016x}", session.events(), session.digest())
}

/// The file form of the model that the page is measured on, `seconds` long.
#[wasm_bindgen]
#[must_use]
pub fn page_model(seconds: f64) -> String {
    scenario::file::write(&models::tiers(1, Span::from_millis_f64(seconds * 1e3)), catalog::schema())
}

/// A session at full speed, in short calls as a page makes them.
fn boxes(scenario: scenario::Scenario) -> u64 {
    let mut session = Session::open(scenario);
    for command in [Command::Speed(0.0), Command::Play] {
        session.handle(command).expect("both are always possible");
    }
    while session.advance(8_192) {}
    session.events()
}

/// What happens in M/M/1.
#[derive(Clone, Copy)]
enum What {
    Comes,
    Leaves,
}

/// M/M/1 at load 0.9 on the kernel's agenda.
fn kernel_m_m_1(customers: u64, seed: u64) -> u64 {
    let (mut rng, mut agenda, mut line) = (Rng::new(seed), Agenda::default(), VecDeque::<Time>::with_capacity(1_024));
    let (gap, service) = (Span(1_111_111_111), Span(1_000_000_000));
    let (mut came, mut events, mut busy, mut waited) = (0, 0, false, Span::ZERO);
    agenda.push(Time::ZERO + gap.scaled(rng.exponential()), || What::Comes);
    while let Some((now, due)) = agenda.pop_before(Time::NEVER) {
        events += 1;
        let Due::Event(taken) = due else { continue };
        match *agenda.event(taken) {
            What::Comes => {
                came += 1;
                if came < customers {
                    agenda.push(now + gap.scaled(rng.exponential()), || What::Comes);
                }
                if busy {
                    line.push_back(now);
                } else {
                    busy = true;
                    agenda.push(now + service.scaled(rng.exponential()), || What::Leaves);
                }
            }
            What::Leaves => match line.pop_front() {
                Some(since) => {
                    waited = waited + now.since(since);
                    agenda.push(now + service.scaled(rng.exponential()), || What::Leaves);
                }
                None => busy = false,
            },
        }
    }
    std::hint::black_box(waited);
    events
}
