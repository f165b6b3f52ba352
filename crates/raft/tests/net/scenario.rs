//! A run as a value: its group, and what is done to it step by step. So a run that fails can be made smaller.

use super::*;

/// Whom a step is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Every server that believes to lead.
    Leaders,
    /// This one.
    Server(u16),
}

/// One thing done to a group.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Run(Span),
    Write(Whom, u64),
    Read(Whom, u64),
    Crash(Whom),
    Restart(u16),
    /// Crashes and comes back at once.
    Bounce(u16),
    /// Its election timer fires at once.
    TimeOut(u16),
    /// Cuts those that believe to lead, and one other, from the rest.
    Isolate(u16),
    /// One voter more, or one less.
    Toggle(u16),
    /// Cuts these from the others, both ways.
    Split(Vec<u16>),
    Cut(u16, u16),
    Heal,
    /// Of a thousand messages so many are lost, and so many come twice.
    Lossy(u64, u64),
    /// The longest way of a message.
    Slow(Span),
    Transfer(u16),
    Change(Members, Members),
}

/// A group and what is done to it.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub seed: u64,
    pub config: Config,
    pub fast_ppm: Vec<i64>,
    pub steps: Vec<Step>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All properties held, and after the faults there was progress.
    Good,
    Broken(Violation),
    /// All properties held, but without any faults left nothing moved.
    Stalled(&'static str),
}

fn ms(n: u64) -> Span {
    Span::from_millis(n)
}

/// A group of `members` voters, by luck with others that may be brought in.
pub fn any_config(rng: &mut Rng, members: u16) -> Config {
    let read = if rng.chance(0.5) { Read::Index } else { Read::Lease };
    let others = if rng.chance(0.5) { rng.below(3) as u16 } else { 0 };
    let others = others.min(MEMBERS_MAX - members);
    let election_timeout = ms([60, 150, 300][rng.below(3) as usize]);
    Config {
        members: members + others,
        election_timeout,
        heartbeat: Span(election_timeout.0 / (2 + rng.below(9))),
        voters: members,
        learners: rng.below(u64::from(others) + 1) as u16,
        pre_vote: rng.chance(0.6),
        protect_leader: read == Read::Lease || rng.chance(0.5),
        read,
        batch_max: [1, 3, 64][rng.below(3) as usize],
        window: [1, 4, 256][rng.below(3) as usize],
        snapshot_after: [3, 20, 1_000][rng.below(3) as usize],
        waiting_max: if rng.chance(0.1) { 5 } else { 4_096 },
        ..Config::default()
    }
}

/// Clocks within what the lease allows for; far apart if there is no lease.
fn any_clocks(rng: &mut Rng, config: &Config) -> Vec<i64> {
    let most = if config.read == Read::Lease { config.drift_max_ppm as i64 } else { 300_000 };
    (0..config.members).map(|_| rng.below(2 * most as u64 + 1) as i64 - most).collect()
}

fn any_members(rng: &mut Rng, config: &Config, chance: f64) -> Members {
    (0..config.members).map(Peer).filter(|_| rng.chance(chance)).collect()
}

/// How often each kind of fault comes. Each run has its own taste: what is rare in all runs is frequent in some (swarm testing).
#[derive(Clone, Copy, Debug, Default)]
pub struct Taste(pub [u64; KINDS]);

/// Kinds of faults, in the order of `push_fault`.
pub const KINDS: usize = 20;

impl Taste {
    pub fn any(rng: &mut Rng) -> Taste {
        let mut weights = [0; KINDS];
        weights.iter_mut().for_each(|weight| *weight = rng.below(2) * (1 + rng.below(6)));
        // What is broken is also mended.
        (weights[0], weights[1]) = (1 + rng.below(6), 1 + rng.below(6));
        Taste(weights)
    }

    /// Only these kinds, and what mends.
    pub fn only(rng: &mut Rng, kinds: &[usize]) -> Taste {
        let mut weights = [0; KINDS];
        [0, 1].iter().chain(kinds).for_each(|kind| weights[*kind] += 1 + rng.below(6));
        Taste(weights)
    }

    fn draw(&self, rng: &mut Rng) -> usize {
        let mut luck = rng.below(self.0.iter().sum());
        self.0.iter().position(|weight| luck.checked_sub(*weight).map(|rest| luck = rest).is_none()).unwrap_or(0)
    }
}

fn any_span(rng: &mut Rng, most_ms: u64) -> Span {
    Span(rng.below(ms(most_ms).0))
}

/// A fault by luck: one step, or a few that belong together.
fn push_fault(rng: &mut Rng, taste: &Taste, config: &Config, steps: &mut Vec<Step>) {
    let one = |rng: &mut Rng| rng.below(config.members.into()) as u16;
    let step = match taste.draw(rng) {
        0 => Step::Restart(one(rng)),
        1 => Step::Heal,
        2 => Step::Crash(Whom::Server(one(rng))),
        3 => Step::Crash(Whom::Leaders),
        4 => Step::Bounce(one(rng)),
        5 => Step::Split((0..config.members).filter(|_| rng.chance(0.5)).collect()),
        6 => Step::Isolate(one(rng)),
        7 => Step::Cut(one(rng), one(rng)),
        8 => Step::Lossy(rng.below(200), rng.below(200)),
        9 => Step::Slow(ms(1 + rng.below(40))),
        10 => Step::Slow(ms(1 + rng.below(400))),
        11 => Step::TimeOut(one(rng)),
        12 => {
            // Two rivals, and a voter that may forget.
            steps.extend([Step::TimeOut(one(rng)), Step::TimeOut(one(rng)), Step::Run(Span(rng.below(ms(12).0)))]);
            Step::Bounce(one(rng))
        }
        13 => Step::Transfer(one(rng)),
        14 => Step::Toggle(one(rng)),
        15 => {
            steps.extend([Step::TimeOut(one(rng)), Step::Run(Span(rng.below(ms(20).0)))]);
            Step::Isolate(one(rng))
        }
        16 => {
            // A coup: another leads and writes while the old leader still reads.
            let key = rng.below(4);
            steps.extend([Step::Isolate(one(rng)), Step::TimeOut(one(rng)), Step::Run(any_span(rng, 40))]);
            steps.extend([Step::Write(Whom::Leaders, key), Step::Run(any_span(rng, 40))]);
            Step::Read(Whom::Leaders, key)
        }
        17 => {
            // A short reign.
            steps.extend([Step::TimeOut(one(rng)), Step::Run(any_span(rng, 40)), Step::Write(Whom::Leaders, 0)]);
            steps.push(Step::Run(any_span(rng, 15)));
            Step::Crash(Whom::Leaders)
        }
        18 => {
            // A reign that begins with a change.
            let changed = one(rng);
            steps.extend([Step::TimeOut(one(rng)), Step::Run(any_span(rng, 25)), Step::Toggle(changed)]);
            steps.push(Step::Run(any_span(rng, 15)));
            Step::Isolate(if rng.chance(0.5) { changed } else { one(rng) })
        }
        _ => {
            let chance = 0.3 + 0.6 * rng.unit();
            let voters = any_members(rng, config, chance);
            let learners = any_members(rng, config, 0.2);
            Step::Change(voters, learners.and(voters).differing(learners))
        }
    };
    steps.push(step);
}

/// A scenario by luck: `length` turns of faults, requests and time.
pub fn any_scenario(seed: u64, config: Config, taste: Taste, rng: &mut Rng, length: u64) -> Scenario {
    let (quiet, pause) = (rng.unit(), ms(5 + rng.below(100)));
    let fast_ppm = any_clocks(rng, &config);
    let mut steps = Vec::new();
    for _ in 0..length {
        if !rng.chance(quiet) {
            push_fault(rng, &taste, &config, &mut steps);
        }
        for _ in 0..rng.below(4) {
            let whom =
                if rng.chance(0.8) { Whom::Leaders } else { Whom::Server(rng.below(config.members.into()) as u16) };
            let key = rng.below(4);
            steps.push(if rng.chance(0.5) { Step::Write(whom, key) } else { Step::Read(whom, key) });
        }
        steps.push(Step::Run(Span(rng.below(pause.0))));
    }
    Scenario { seed, config, fast_ppm, steps }
}

struct Run {
    net: Net,
    token: u64,
}

impl Run {
    fn whom(&self, whom: Whom) -> Vec<usize> {
        match whom {
            Whom::Leaders => self.net.leaders(),
            Whom::Server(me) => vec![me.into()],
        }
    }

    fn ask(&mut self, whom: Whom, request: impl Fn(u64) -> Request) {
        for at in self.whom(whom) {
            self.token += 1;
            self.net.ask(at, self.token, request(self.token));
        }
    }

    fn step(&mut self, step: &Step) {
        let net = &mut self.net;
        match step {
            Step::Run(span) => net.run(*span),
            Step::Write(whom, key) => self.ask(*whom, |value| Request::Write { key: *key, value }),
            Step::Read(whom, key) => self.ask(*whom, |_| Request::Read { key: *key }),
            Step::Crash(whom) => self.whom(*whom).into_iter().for_each(|at| self.net.crash(at)),
            Step::Restart(at) => net.restart((*at).into()),
            Step::Bounce(at) => {
                net.crash((*at).into());
                net.restart((*at).into());
            }
            Step::TimeOut(at) => net.time_out((*at).into()),
            Step::Isolate(other) => {
                let leaders = net.leaders();
                let in_cut = |me: u16| me == *other || leaders.contains(&usize::from(me));
                let (side, rest): (Vec<u16>, Vec<u16>) = (0..net.servers.len() as u16).partition(|me| in_cut(*me));
                net.split(&[&side, &rest]);
            }
            Step::Toggle(peer) => {
                for at in net.leaders() {
                    self.token += 1;
                    let Membership { voters, learners, .. } = net.servers[at].configuration();
                    let voters = voters.differing(Members::default().with(Peer(*peer)));
                    let learners = learners.and(voters).differing(learners);
                    net.ask(at, self.token, Request::Change { voters, learners });
                }
            }
            Step::Split(side) => {
                let all = 0..net.servers.len() as u16;
                let other: Vec<u16> = all.filter(|me| !side.contains(me)).collect();
                net.split(&[side, &other]);
            }
            Step::Cut(from, to) => drop(net.cut.insert((*from, *to))),
            Step::Heal => net.cut.clear(),
            Step::Lossy(loss, duplication) => {
                net.wire.loss = *loss as f64 / 1_000.0;
                net.wire.duplication = *duplication as f64 / 1_000.0;
            }
            Step::Slow(latency_max) => net.wire.latency_max = *latency_max,
            Step::Transfer(to) => self.ask(Whom::Leaders, |_| Request::Transfer { to: Peer(*to) }),
            Step::Change(voters, learners) => {
                self.ask(Whom::Leaders, |_| Request::Change { voters: *voters, learners: *learners });
            }
        }
        self.net.met.two_leaders += u64::from(self.net.leaders().len() > 1);
    }

    /// Faults stop: from here on the group must get somewhere.
    fn calm(&mut self) -> Result<(), &'static str> {
        let net = &mut self.net;
        net.wire = Wire { latency_min: ms(1), latency_max: ms(5), loss: 0.0, duplication: 0.0 };
        net.cut.clear();
        (0..net.servers.len()).for_each(|me| net.restart(me));
        let mut why = "no leader";
        for turn in 0..20 {
            self.retire();
            self.net.run(ms(if turn < 10 { 200 } else { 1_000 }));
            match self.progress() {
                Ok(()) => return Ok(()),
                Err(reason) => why = reason,
            }
            if self.net.violation.is_some() {
                return Ok(());
            }
        }
        Err(why)
    }

    /// Without pre-votes and protection servers that were removed disturb the group for ever, because they hear no leader (§6):
    /// whoever removes them has to turn them off.
    fn retire(&mut self) {
        let config = self.net.servers[0].config();
        if config.pre_vote || config.protect_leader {
            return;
        }
        let latest = self.net.leaders().into_iter().max_by_key(|leader| self.net.servers[*leader].term());
        let Some(leader) = latest.map(|leader| &self.net.servers[leader]) else { return };
        let (index, membership) = leader.disk().log().membership();
        if index <= leader.commit() && !membership.is_joint() {
            let all = 0..self.net.servers.len();
            let removed: Vec<usize> = all.filter(|me| !membership.all().has(Peer(*me as u16))).collect();
            removed.into_iter().for_each(|me| self.net.crash(me));
        }
    }

    /// One leader, which writes and reads; and all that it sends to have what it has.
    fn progress(&mut self) -> Result<(), &'static str> {
        let leaders = self.net.leaders();
        let [leader] = leaders[..] else { return Err(if leaders.is_empty() { "no leader" } else { "two leaders" }) };
        let (write, read) = (self.token + 1, self.token + 2);
        self.token += 2;
        self.net.ask(leader, write, Request::Write { key: 0, value: write });
        self.net.ask(leader, read, Request::Read { key: 0 });
        self.net.run(ms(150));
        let is_done = |token| matches!(self.net.replies.get(&token), Some(Reply::Written { .. } | Reply::Value { .. }));
        if !is_done(write) || !is_done(read) {
            return Err("requests are not answered");
        }
        let leader = &self.net.servers[leader];
        let (last, digest) = (leader.last(), leader.state().digest());
        let mut others = leader.configuration().all().iter().map(|peer| &self.net.servers[usize::from(peer.0)]);
        let same =
            |other: &Server| other.last() == last && other.commit() == last.index && other.state().digest() == digest;
        if others.all(same) { Ok(()) } else { Err("a server does not catch up") }
    }
}

impl Scenario {
    /// Runs it: faults first, then calm. Says what came of it, and what it met.
    pub fn play(&self) -> (Outcome, Met) {
        let wire = Wire { latency_min: ms(1), latency_max: ms(10), loss: 0.0, duplication: 0.0 };
        let mut net = Net::new(self.config, wire, self.seed);
        net.fast_ppm.clone_from(&self.fast_ppm);
        net.start();
        let mut run = Run { net, token: 0 };
        for step in &self.steps {
            run.step(step);
            if run.net.violation.is_some() {
                break;
            }
        }
        let calmed = if run.net.violation.is_none() { run.calm() } else { Ok(()) };
        let outcome = match (run.net.violation, calmed) {
            (Some(violation), _) => Outcome::Broken(violation),
            (None, Err(why)) => Outcome::Stalled(why),
            (None, Ok(())) => Outcome::Good,
        };
        (outcome, run.net.met)
    }

    /// The same with fewer steps, as few as still lead to an outcome that `is_like` it: removes ever smaller stretches.
    pub fn shrunk(&self, is_like: impl Fn(&Outcome) -> bool) -> Scenario {
        let mut least = self.clone();
        let mut stretch = least.steps.len().max(1);
        loop {
            let before = least.steps.len();
            let mut from = 0;
            while from < least.steps.len() {
                let mut fewer = least.clone();
                fewer.steps.drain(from..(from + stretch).min(least.steps.len()));
                if is_like(&fewer.play().0) { least = fewer } else { from += stretch }
            }
            if stretch > 1 {
                stretch = stretch.div_ceil(2);
            } else if least.steps.len() == before {
                return least;
            }
        }
    }
}
