//! A group of members behind one wire of clients: what the tests of such kinds have in common.
#![allow(dead_code, reason = "each test file uses its part")]

use base::{Rng, Span, Time};
use catalog::{Face, MemberView, Plant};
use check::{CheckKind, Finding, Panel, Verdict};
use scenario::{Scenario, file};
use trace::{Record, Sample, Status};

/// A group of one kind with a hundred requests a second, a third of them writes.
#[derive(Clone)]
pub struct Trial {
    pub kind: &'static str,
    pub fields: String,
    pub seed: u64,
    pub seconds: u32,
    pub keys: u32,
    pub faults: Vec<String>,
}

impl Trial {
    /// A trial of 20 seconds over 50 keys.
    pub fn of(kind: &'static str, fields: &str) -> Trial {
        Trial { kind, fields: fields.to_string(), seed: 1, seconds: 20, keys: 50, faults: Vec::new() }
    }

    pub fn seed(self, seed: u64) -> Trial {
        Trial { seed, ..self }
    }

    pub fn seconds(self, seconds: u32) -> Trial {
        Trial { seconds, ..self }
    }

    /// Adds a fault on member `member`, from `at` for `lasts` milliseconds.
    pub fn fault(mut self, at: u32, lasts: u32, verb: &str, member: usize) -> Trial {
        self.faults
            .push(format!(r#"{{ "at": "{at}ms", "for": "{lasts}ms", "do": "{verb}", "on": "group.{member}" }}"#));
        self
    }

    pub fn scenario(&self) -> Scenario {
        let comma = if self.fields.is_empty() { "" } else { ", " };
        let text = format!(
            r#"{{ "faultline": 1, "length": "{}s", "seed": {},
                "boxes": [
                    {{ "id": "clients", "kind": "clients", "rate": 200, "arrivals": "poisson", "keys": {},
                       "ops": [{{ "name": "read", "weight": 2 }}, {{ "name": "write", "does": "write" }}] }},
                    {{ "id": "group", "kind": "{}"{comma}{} }}
                ],
                "wires": [{{ "from": "clients", "to": "group", "timeout_ms": 1000 }}],
                "faults": [{}] }}"#,
            self.seconds,
            self.seed,
            self.keys,
            self.kind,
            self.fields,
            self.faults.join(", ")
        );
        file::read(&text, catalog::schema()).unwrap_or_else(|why| panic!("{why:?} in {text}"))
    }

    pub fn start(&self) -> Run {
        Run::of(self.scenario())
    }

    pub fn run(&self) -> Run {
        let mut run = self.start();
        run.to(u64::from(self.seconds) * 1_000);
        run
    }
}

/// A run with everything that was said in it.
pub struct Run {
    pub scenario: Scenario,
    pub plant: Plant,
    panel: Panel,
    pub records: Vec<(Time, Record)>,
}

impl Run {
    /// At the beginning of `scenario`, in which the group is the second box.
    pub fn of(scenario: Scenario) -> Run {
        let plant = Plant::build(&scenario).expect("it can be built");
        let panel = Panel::new(plant.checks());
        Run { scenario, plant, panel, records: Vec::new() }
    }

    /// Runs on until `ms` after the beginning.
    pub fn to(&mut self, ms: u64) {
        loop {
            let more = self.plant.run_before(Time::ZERO + Span::from_millis(ms), 10_000).expect("within budget").more;
            self.panel.observe_all(self.plant.records());
            self.records.extend_from_slice(self.plant.records());
            self.plant.clear_records();
            if !more {
                return;
            }
        }
    }

    pub fn members(&self) -> Vec<MemberView> {
        self.plant.view(1, &Sample::default(), Span::from_secs(1)).members
    }

    pub fn face(&self) -> Face {
        self.plant.view(1, &Sample::default(), Span::from_secs(1)).face
    }

    pub fn gauge(&self, place: usize) -> Option<f64> {
        self.plant.view(1, &Sample::default(), Span::from_secs(1)).gauges[place]
    }

    /// The member that leads now.
    pub fn leader(&self) -> Option<usize> {
        self.members().iter().position(|member| member.role == "leader")
    }

    pub fn verdict(&self, kind: CheckKind) -> Verdict {
        let names = self.plant.names(&self.scenario);
        let verdicts = self.panel.verdicts(self.plant.now(), &names);
        verdicts.into_iter().find(|verdict| verdict.check == kind.slug()).expect("the kind is judged by it")
    }

    pub fn is(&self, kind: CheckKind, finding: Finding) -> bool {
        self.verdict(kind).finding == finding
    }

    /// How many records of a sort lie between two moments, in milliseconds.
    pub fn count(&self, from: u64, to: u64, sort: impl Fn(&Record) -> bool) -> usize {
        let within = |at: &Time| (from..to).contains(&((at.0) / 1_000_000));
        self.records.iter().filter(|(at, record)| within(at) && sort(record)).count()
    }

    /// Requests that ended well, and requests that did not, between two moments.
    pub fn answered(&self, from: u64, to: u64) -> (usize, usize) {
        let ok = |record: &Record| matches!(record, Record::Answered { status: Status::Ok | Status::Missing, .. });
        let any = |record: &Record| matches!(record, Record::Answered { .. });
        let good = self.count(from, to, ok);
        (good, self.count(from, to, any) - good)
    }

    /// Everything that was asked was answered, or is under way.
    pub fn is_accounted(&self) -> bool {
        let count = self.plant.meter(0).count;
        count.arrived - count.ended() <= self.plant.calls_open() as u64
    }
}

/// Random faults on the members of a group, from the first second to the `until`th.
pub fn any_faults(mut trial: Trial, members: u64, until: u64, count: u64) -> Trial {
    let mut rng = Rng::stream(trial.seed, &[99]);
    for _ in 0..count {
        let verb = ["crash", "pause", "isolate", "cut-off", "slow"][rng.below(5) as usize];
        let (at, lasts) = (1_000 + rng.below(until * 1_000 - 1_000), 50 + rng.below(3_000));
        trial = trial.fault(at as u32, lasts as u32, verb, rng.below(members) as usize);
    }
    trial
}
