//! Worker pool: tasks that are given to workers, and given to others when a worker dies over them.
//!
//! Member 0 keeps the tasks in a [`queue::TaskQueue`], the others work. A task is in one worker's hands for a time, which heartbeats
//! prolong. A worker that stood still and goes on does not know that its task was given away: fencing refuses its result.

mod form;
mod keeper;
mod worker;

use crate::face::{Face, Phase};
use crate::front::Front;
use crate::kind::{Cx, Glance, Kind, Setup};
use crate::plan::Serves;
use crate::settings::Settings;
use base::{Delay, Span, Time};
use check::CheckKind;
use keeper::Keeper;
use queue::Task;
use scenario::{KindSpec, Text};
use sim::{CallId, Reply, Request};
use trace::{Status, WireIndex};
use worker::Worker;

/// The keeper of the tasks, or a worker.
#[derive(Clone)]
pub struct WorkerPool {
    inside: Box<Role>,
}

#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "it is boxed as a whole")]
enum Role {
    Keeps(Keeper),
    Works(Worker),
}

/// What a task is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Its number among all.
    number: u64,
    came: Time,
    request: Request,
}

/// What the keeper and the workers say to each other.
#[derive(Clone, Copy, Debug)]
pub enum Word {
    /// To a worker: do this.
    Assign(Task<Work>),
    /// To the keeper: I live, and have so many hands free.
    Beat { free: u32 },
    /// To the keeper: I am still at it.
    Extend(Task<Work>),
    /// To the keeper: it is done, or it failed.
    Ended { task: Task<Work>, ok: bool },
}

/// How it is noticed that a task is in dead hands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Notice {
    Heartbeats,
    Timeout,
    Never,
}

#[derive(Clone, Copy)]
struct Rules {
    notice: Notice,
    beat: Span,
    lease: Span,
    is_fenced: bool,
    slots: u32,
    dead_max: u32,
    fails: f64,
    time: Delay,
}

const KEEPER: u8 = 0;

impl Kind for WorkerPool {
    const SLUG: &'static str = "worker-pool";
    type Message = Word;
    const SERVES: Serves = Serves::Handover;
    const CHECKS: &'static [CheckKind] = &[CheckKind::Delivery, CheckKind::EffectOnce];

    fn spec() -> KindSpec {
        form::spec(Self::SLUG)
    }

    fn members(settings: &Settings<'_>) -> u8 {
        settings.whole("members").clamp(2, u32::from(form::MEMBERS_MAX)) as u8
    }

    fn front(_settings: &Settings<'_>, _members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        Front::Only
    }

    fn mesh(settings: &Settings<'_>) -> Delay {
        Delay::constant(settings.millis("mesh_ms"))
    }

    fn new(setup: &Setup<'_>) -> WorkerPool {
        let rules = form::rules(&setup.settings);
        let role = if setup.number == KEEPER {
            Role::Keeps(Keeper::new(rules, form::config(&setup.settings), setup.members))
        } else {
            Role::Works(Worker::new(rules, setup.number, setup.outlets))
        };
        WorkerPool { inside: Box::new(role) }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let rules = form::rules(&setup.settings);
        match &mut *self.inside {
            Role::Keeps(keeper) => keeper.retune(cx, rules, form::config(&setup.settings)),
            Role::Works(worker) => worker.retune(cx, rules),
        }
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        if let Role::Works(worker) = &mut *self.inside {
            worker.beat(cx);
        }
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        match &mut *self.inside {
            Role::Keeps(keeper) => keeper.take_in(cx, call, request),
            Role::Works(_) => cx.reply(call, Reply::plain(Status::Failed)),
        }
    }

    fn on_reply(&mut self, cx: &mut Cx<'_>, _wire: WireIndex, token: u64, request: &Request, reply: Reply) {
        if let Role::Works(worker) = &mut *self.inside {
            worker.on_reply(cx, token, request, &reply);
        }
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        match &mut *self.inside {
            Role::Keeps(keeper) => keeper.on_timer(cx, token),
            Role::Works(worker) => worker.on_timer(cx, token),
        }
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, message: Word) {
        match (&mut *self.inside, message) {
            (Role::Works(worker), Word::Assign(task)) => worker.take(cx, task),
            (Role::Keeps(keeper), message) => keeper.hear(cx, from, message),
            (Role::Works(_), _) => {}
        }
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        match &mut *self.inside {
            Role::Keeps(keeper) => keeper.on_crash(),
            Role::Works(worker) => worker.on_crash(cx),
        }
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        match &mut *self.inside {
            Role::Keeps(keeper) => keeper.on_restart(cx),
            Role::Works(worker) => worker.beat(cx),
        }
    }

    fn summary(settings: &Settings<'_>) -> String {
        let (workers, slots) = (settings.whole("members").saturating_sub(1), settings.whole("slots"));
        format!("{workers} workers × {slots} · {}", settings.choice_name("notices"))
    }

    /// Who was at which task when: one that was given away stands in two lanes.
    fn face(members: &[&WorkerPool], glance: &Glance<'_>) -> Face {
        let phases: Vec<Phase> = members
            .iter()
            .filter_map(|member| if let Role::Works(worker) = &*member.inside { Some(worker) } else { None })
            .flat_map(|worker| worker.phases(glance.now))
            .collect();
        let span = phases.iter().map(|phase| phase.began).fold(0.0, |most, began| if began > most { began } else { most });
        Face::Timeline { phases, span }
    }

    fn gauges(members: &[&WorkerPool], _glance: &Glance<'_>) -> Vec<Option<f64>> {
        let keeper = members.iter().find_map(|member| if let Role::Keeps(keeper) = &*member.inside { Some(keeper) } else { None });
        keeper.map_or(vec![None; 4], Keeper::gauges)
    }

    fn member_face(&self, _glance: &Glance<'_>) -> Face {
        match &*self.inside {
            Role::Keeps(keeper) => keeper.face(),
            Role::Works(worker) => worker.face(),
        }
    }

    fn role(&self) -> Text {
        match &*self.inside {
            Role::Keeps(_) => "keeps the tasks".into(),
            Role::Works(_) => "worker".into(),
        }
    }

    fn note(&self, _members: &[&WorkerPool]) -> String {
        match &*self.inside {
            Role::Keeps(keeper) => keeper.note(),
            Role::Works(worker) => worker.note(),
        }
    }
}
