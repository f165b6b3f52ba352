//! A saga led by one member that knows the chain: member 0 leads, members 1 to n are the services in order.

use super::service::{Failing, Ledger, LedgerWrite, Mark};
use crate::two_phase::ConfigError;
use base::{Span, Time};
use machine::{Disk, Durable, Machine, Out, Peer};
use std::collections::BTreeMap;

/// What members say to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// To a service: do your step.
    Act {
        /// Of which saga.
        saga: u64,
    },
    /// To a service: undo your step, or see to it that it never happens.
    Undo {
        /// Of which saga.
        saga: u64,
    },
    /// From a service.
    Answer {
        /// Of which saga.
        saga: u64,
        /// Whether it is about an undo.
        undo: bool,
        /// Whether it worked.
        worked: bool,
    },
}

/// Why a member wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Fires at the orchestrator when a service has not answered: it is asked again, or given up.
    Overdue(u64),
}

/// Where a saga is. On disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Service `step` (from 1) is asked to act.
    Acting(u16),
    /// Service `step` is asked to undo; those after it have nothing any more.
    Undoing(u16),
    /// Every step is done.
    Completed,
    /// Every step is undone.
    Compensated,
    /// Service `step` could not undo; those before it are as they were. A person must look.
    Parked(u16),
}

impl Phase {
    /// Whether nothing more will happen by itself.
    #[must_use]
    pub fn is_end(self) -> bool {
        matches!(self, Phase::Completed | Phase::Compensated | Phase::Parked(_))
    }
}

/// The protocol, or one well-known mistake in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// As in the module's documentation.
    Sound,
    /// Progress is kept in memory. A crash of the orchestrator leaves sagas half done for ever.
    ForgetProgress,
    /// The step that did not answer is taken as not done. A charge whose answer was lost is never refunded.
    SkipTheSilent,
    /// An undo that fails is only noted and the rest go on. Money stays where it is.
    DropFailedUndos,
    /// Services have no key of what they did. A repeated question charges twice.
    ActTwice,
}

/// The settings of a group; the same at every member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Services, 1 to 64.
    pub steps: u16,
    /// A service that has not answered is asked again after this, 1 ms to 1 h.
    pub retry_after: Span,
    /// How often a step is asked for before it is given up and undone, 1 to 1,000.
    pub attempts_max: u32,
    /// How often an undo may be answered by a failure before it is parked, 1 to 1,000,000. Silence does not count: it is asked again.
    pub undo_failures_max: u32,
    /// [`Rule::Sound`], unless a mistake is to be shown.
    pub rule: Rule,
}

impl Default for Config {
    fn default() -> Config {
        let retry_after = Span::from_millis(100);
        Config { steps: 4, retry_after, attempts_max: 3, undo_failures_max: 10, rule: Rule::Sound }
    }
}

impl Config {
    /// Refuses what is out of range, with the value and the bound.
    pub fn check(&self) -> Result<(), ConfigError> {
        let rows = [
            ("steps", u64::from(self.steps), 1, 64),
            ("retry_after (ns)", self.retry_after.0, 1_000_000, 3_600_000_000_000),
            ("attempts_max", u64::from(self.attempts_max), 1, 1_000),
            ("undo_failures_max", u64::from(self.undo_failures_max), 1, 1_000_000),
        ];
        match rows.into_iter().find(|(_, value, low, high)| !(low..=high).contains(&value)) {
            Some((field, value, low, high)) => Err(ConfigError { field, value, low, high }),
            None => Ok(()),
        }
    }
}

/// What a client asks of member 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begin {
    /// The saga's number. The same again is answered as the first.
    pub saga: u64,
}

/// What survives a crash: at the orchestrator where each saga is, at a service what it did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    phases: BTreeMap<u64, Phase>,
    ledger: Ledger,
}

impl Image {
    /// Where each saga is.
    #[must_use]
    pub fn phases(&self) -> &BTreeMap<u64, Phase> {
        &self.phases
    }

    /// What the service did.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }
}

/// One durable write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageWrite {
    /// A saga moved on.
    Phase(u64, Phase),
    /// A service did something.
    Ledger(LedgerWrite),
    /// A saga that has ended is no longer remembered.
    Forgot(u64),
}

impl Durable for Image {
    type Write = ImageWrite;

    fn apply(&mut self, write: &ImageWrite) {
        match write {
            ImageWrite::Phase(saga, phase) => {
                self.phases.insert(*saga, *phase);
            }
            ImageWrite::Ledger(write) => self.ledger.apply(write),
            ImageWrite::Forgot(saga) => drop(self.phases.remove(saga)),
        }
    }
}

/// One member: the orchestrator, or a service.
#[derive(Clone, Debug)]
pub struct Member {
    me: Peer,
    config: Config,
    failing: Failing,
    disk: Disk<Image>,
    /// Of each running saga: where it is, how often this was asked, how often its undo failed.
    live: BTreeMap<u64, Run>,
    tokens: BTreeMap<u64, u64>,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    phase: Phase,
    asked: u32,
    failed: u32,
}

impl Member {
    /// Member `me`; `failing` says how it fails as a service.
    pub fn new(me: Peer, config: Config, failing: Failing) -> Result<Member, ConfigError> {
        config.check()?;
        let high = u64::from(config.steps);
        if u64::from(me.0) > high {
            return Err(ConfigError { field: "member", value: u64::from(me.0), low: 0, high });
        }
        let (disk, live, tokens) = Default::default();
        Ok(Member { me, config, failing, disk, live, tokens })
    }

    /// What is durable.
    #[must_use]
    pub fn image(&self) -> &Image {
        &self.disk
    }

    /// Lets go of a saga that has ended, so that the disk does not grow for ever. The same number then begins a new one. Nothing
    /// happens while it runs.
    pub fn forget(&mut self, saga: u64, out: &mut Out<Self>) {
        if self.disk.phases.get(&saga).is_some_and(|phase| phase.is_end()) {
            out.persist(&mut self.disk, ImageWrite::Forgot(saga));
        }
    }

    /// Other settings from now on.
    ///
    /// # Errors
    /// As [`Member::new`].
    pub fn retune(&mut self, config: Config) -> Result<(), ConfigError> {
        config.check()?;
        self.config = config;
        Ok(())
    }

    /// Goes to a phase: to disk first, then the question that belongs to it.
    fn go(&mut self, saga: u64, phase: Phase, out: &mut Out<Self>) {
        if self.config.rule != Rule::ForgetProgress || phase.is_end() {
            out.persist(&mut self.disk, ImageWrite::Phase(saga, phase));
        }
        out.note((saga, phase));
        if phase.is_end() {
            self.live.remove(&saga);
            out.cancel_timer(Timer::Overdue(saga));
            if let Some(token) = self.tokens.remove(&saga) {
                out.reply(token, phase);
            }
        } else {
            self.live.insert(saga, Run { phase, asked: 0, failed: 0 });
            self.ask(saga, out);
        }
    }

    fn ask(&mut self, saga: u64, out: &mut Out<Self>) {
        let Some(run) = self.live.get_mut(&saga) else { return };
        run.asked = run.asked.saturating_add(1);
        match run.phase {
            Phase::Acting(step) => out.send(Peer(step), Message::Act { saga }),
            Phase::Undoing(step) => out.send(Peer(step), Message::Undo { saga }),
            Phase::Completed | Phase::Compensated | Phase::Parked(_) => {}
        }
        out.set_timer(Timer::Overdue(saga), self.config.retry_after);
    }

    /// The phase that undoes `step` and all before it.
    fn undo_from(step: u16) -> Phase {
        if step == 0 { Phase::Compensated } else { Phase::Undoing(step) }
    }

    fn on_answer(&mut self, from: Peer, saga: u64, undo: bool, worked: bool, out: &mut Out<Self>) {
        let Some(run) = self.live.get(&saga).copied() else { return };
        match run.phase {
            Phase::Acting(step) if step == from.0 && !undo => {
                let next = match worked {
                    true if step == self.config.steps => Phase::Completed,
                    true => Phase::Acting(step + 1),
                    false => Member::undo_from(step - 1),
                };
                self.go(saga, next, out);
            }
            Phase::Undoing(step) if step == from.0 && undo => {
                let is_dropped = self.config.rule == Rule::DropFailedUndos;
                if worked || is_dropped {
                    return self.go(saga, Member::undo_from(step - 1), out);
                }
                let failed = run.failed + 1;
                if failed >= self.config.undo_failures_max {
                    return self.go(saga, Phase::Parked(step), out);
                }
                self.live.insert(saga, Run { failed, ..run }); // asked again when the timer fires
            }
            _ => {} // late, or doubled
        }
    }

    fn serve(&mut self, from: Peer, saga: u64, undo: bool, out: &mut Out<Self>) {
        let mark = self.disk.ledger.mark(saga);
        let (write, worked) = match (undo, mark) {
            (false, Some(Mark::Undone)) => (None, false),
            (false, Some(Mark::Done)) if self.config.rule != Rule::ActTwice => (None, true),
            (false, _) if self.failing.refuses(saga) => (None, false),
            (false, _) => (Some(LedgerWrite::Done(saga)), true),
            (true, Some(Mark::Undone)) => (None, true),
            (true, _) if self.disk.ledger.failures(saga) < self.failing.undo_failures => {
                (Some(LedgerWrite::Failed(saga)), false)
            }
            // Also when the action never came: it may still be on its way, and must find this.
            (true, _) => (Some(LedgerWrite::Undone(saga)), true),
        };
        if let Some(write) = write {
            out.persist(&mut self.disk, ImageWrite::Ledger(write));
        }
        out.send(from, Message::Answer { saga, undo, worked });
    }
}

impl Machine for Member {
    type Message = Message;
    type Timer = Timer;
    type Request = Begin;
    /// The phase in which it ended.
    type Reply = Phase;
    type Durable = Image;
    /// A saga, and the phase it went to.
    type Note = (u64, Phase);

    fn on_start(&mut self, _: Time, _: &mut Out<Self>) {}

    fn on_message(&mut self, from: Peer, message: Message, _: Time, out: &mut Out<Self>) {
        match message {
            Message::Act { saga } => self.serve(from, saga, false, out),
            Message::Undo { saga } => self.serve(from, saga, true, out),
            Message::Answer { saga, undo, worked } => self.on_answer(from, saga, undo, worked, out),
        }
    }

    fn on_timer(&mut self, Timer::Overdue(saga): Timer, _: Time, out: &mut Out<Self>) {
        let Some(run) = self.live.get(&saga).copied() else { return };
        match run.phase {
            Phase::Acting(step) if run.asked >= self.config.attempts_max => {
                // Unknown is not "no": the silent step is undone with the rest.
                let last = if self.config.rule == Rule::SkipTheSilent { step - 1 } else { step };
                self.go(saga, Member::undo_from(last), out);
            }
            _ => self.ask(saga, out),
        }
    }

    fn on_request(&mut self, token: u64, Begin { saga }: Begin, _: Time, out: &mut Out<Self>) {
        if self.me != Peer(0) {
            return; // services are not asked by clients
        }
        match self.disk.phases.get(&saga) {
            Some(phase) if phase.is_end() => out.reply(token, *phase),
            _ => {
                self.tokens.insert(saga, token);
                if !self.live.contains_key(&saga) {
                    self.go(saga, Phase::Acting(1), out);
                }
            }
        }
    }

    fn on_crash(&mut self) {
        self.live.clear();
        self.tokens.clear();
    }

    fn on_restart(&mut self, _: Time, out: &mut Out<Self>) {
        let open = self.disk.phases.iter().filter(|(_, phase)| !phase.is_end());
        self.live = open.map(|(saga, phase)| (*saga, Run { phase: *phase, asked: 0, failed: 0 })).collect();
        let sagas: Vec<u64> = self.live.keys().copied().collect();
        sagas.into_iter().for_each(|saga| self.ask(saga, out));
    }
}
