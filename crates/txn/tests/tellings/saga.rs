//! Sagas, led and danced.

use super::harm;
use machine::{Peer, Write};
use stories::{Names, Net, Telling, named, number, setting};
use txn::saga::{Failing, Ledger, LedgerWrite, Mark, choreographed as danced, orchestrated as led};

pub struct Orchestrated;
pub struct Choreographed;

/// `refuses=M`, `undo-fails=M:TIMES`: how each member fails.
#[derive(Default)]
struct Failures {
    refuses: Option<u16>,
    undo_fails: Option<(u16, u32)>,
}

impl Failures {
    fn set(&mut self, name: &str, value: &str) -> bool {
        match name {
            "refuses" => self.refuses = Some(number(value)),
            "undo-fails" => {
                let (member, times) = value.split_once(':').unwrap();
                self.undo_fails = Some((number(member), if times == "ever" { u32::MAX } else { number(times) }));
            }
            _ => return false,
        }
        true
    }

    fn of(&self, me: u16) -> Failing {
        let undo_failures = self.undo_fails.filter(|(member, _)| *member == me).map_or(0, |(_, times)| times);
        Failing { refuses_every: u64::from(self.refuses == Some(me)), undo_failures }
    }
}

fn did_text(write: LedgerWrite) -> String {
    match write {
        LedgerWrite::Done(saga) => format!("that its step of {saga} is done"),
        LedgerWrite::Undone(saga) => format!("that its step of {saga} is undone, or never will be done"),
        LedgerWrite::Failed(saga) => format!("that undoing {saga} failed"),
    }
}

/// How often each step stands in the world. Half of a saga that is over is a harm, and so is a step that was done twice.
fn effects_text<'a>(
    names: &Names,
    saga: u64,
    first: u16,
    ledgers: impl Iterator<Item = &'a Ledger>,
) -> (String, Vec<i64>) {
    let effects: Vec<i64> = ledgers.map(|ledger| ledger.effect(saga)).collect();
    let text = |(effect, me): (&i64, u16)| format!("{} {effect}", names.of(Peer(me)));
    (effects.iter().zip(first..).map(text).collect::<Vec<_>>().join(", "), effects)
}

fn phase_text(names: &Names, saga: u64, phase: led::Phase) -> String {
    match phase {
        led::Phase::Acting(step) => format!("{saga} wants {} to act", names.of(Peer(step))),
        led::Phase::Undoing(step) => format!("{saga} wants {} to undo", names.of(Peer(step))),
        led::Phase::Completed => format!("{saga} is completed"),
        led::Phase::Compensated => format!("{saga} is compensated"),
        led::Phase::Parked(step) => format!("{saga} is parked: {} could not undo", names.of(Peer(step))),
    }
}

impl Telling for Orchestrated {
    type Machine = led::Member;

    fn group(words: &[&str]) -> Vec<led::Member> {
        use led::Rule::{ActTwice, DropFailedUndos, ForgetProgress, SkipTheSilent, Sound};
        let (mut config, mut failures) = (led::Config::default(), Failures::default());
        for word in words {
            match setting(word) {
                ("steps", value) => config.steps = number(value),
                ("attempts", value) => config.attempts_max = number(value),
                ("retry", value) => config.retry_after = number(value),
                ("undo-max", value) => config.undo_failures_max = number(value),
                ("rule", value) => {
                    config.rule = named(&[Sound, ForgetProgress, SkipTheSilent, DropFailedUndos, ActTwice], value);
                }
                (name, value) => assert!(failures.set(name, value), "group has no {word}"),
            }
        }
        (0..=config.steps).map(|me| led::Member::new(Peer(me), config, failures.of(me)).unwrap()).collect()
    }

    fn request(_: &Names, words: &[&str]) -> Option<led::Begin> {
        (words[0] == "begin").then(|| led::Begin { saga: number(words[2]) })
    }

    fn look(net: &Net<led::Member>, names: &Names, words: &[&str]) -> Option<String> {
        let saga = words.get(1).filter(|_| words[0] == "effects").map(|word| number(word))?;
        let ledgers = net.members[1..].iter().map(|service| service.image().ledger());
        let (text, effects) = effects_text(names, saga, 1, ledgers);
        let phase = net.members[0].image().phases().get(&saga).copied();
        let is_harm = match phase {
            Some(led::Phase::Completed) => effects.iter().any(|effect| *effect != 1),
            Some(led::Phase::Compensated) => effects.iter().any(|effect| *effect != 0),
            // A person knows; or it goes on.
            Some(_) => false,
            None => effects.iter().any(|effect| *effect != 0),
        };
        let phase = phase.map_or(format!("{saga} is not known"), |phase| phase_text(names, saga, phase));
        Some(format!("{text}; {phase}{}", harm(is_harm)))
    }

    fn message(_: &Names, message: &led::Message) -> String {
        match message {
            led::Message::Act { saga } => format!("{saga}: do your step"),
            led::Message::Undo { saga } => format!("{saga}: undo your step"),
            led::Message::Answer { saga, undo: false, worked: true } => format!("{saga}: done"),
            led::Message::Answer { saga, undo: false, worked: false } => format!("{saga}: refused"),
            led::Message::Answer { saga, undo: true, worked: true } => format!("{saga}: undone"),
            led::Message::Answer { saga, undo: true, worked: false } => format!("{saga}: could not undo"),
        }
    }

    fn write(names: &Names, write: &Write<led::Member>) -> Option<String> {
        Some(match *write {
            led::ImageWrite::Phase(saga, phase) => format!("that {}", phase_text(names, saga, phase)),
            led::ImageWrite::Ledger(write) => did_text(write),
            led::ImageWrite::Forgot(saga) => format!("that {saga} need not be remembered"),
        })
    }

    /// Said by the write.
    fn note(_: &Names, _: &(u64, led::Phase)) -> Option<String> {
        None
    }

    fn reply(names: &Names, reply: &led::Phase) -> String {
        match reply {
            led::Phase::Completed => "completed".into(),
            led::Phase::Compensated => "compensated".into(),
            led::Phase::Parked(step) => format!("parked at {}", names.of(Peer(*step))),
            led::Phase::Acting(_) | led::Phase::Undoing(_) => "running".into(),
        }
    }
}

impl Telling for Choreographed {
    type Machine = danced::Service;

    fn group(words: &[&str]) -> Vec<danced::Service> {
        use danced::Rule::{ForgetFailedUndos, Sound, TellWithoutOutbox};
        let retry_after = base::Span::from_millis(100);
        let mut config = danced::Config { steps: 4, retry_after, rule: Sound };
        let mut failures = Failures::default();
        for word in words {
            match setting(word) {
                ("steps", value) => config.steps = number(value),
                ("retry", value) => config.retry_after = number(value),
                ("rule", value) => config.rule = named(&[Sound, TellWithoutOutbox, ForgetFailedUndos], value),
                (name, value) => assert!(failures.set(name, value), "group has no {word}"),
            }
        }
        (0..config.steps).map(|me| danced::Service::new(Peer(me), config, failures.of(me)).unwrap()).collect()
    }

    fn request(_: &Names, words: &[&str]) -> Option<u64> {
        (words[0] == "begin").then(|| number(words[2]))
    }

    /// Harm: half of it is done, and nobody owes a word or an undo that would change that.
    fn look(net: &Net<danced::Service>, names: &Names, words: &[&str]) -> Option<String> {
        let saga = words.get(1).filter(|_| words[0] == "effects").map(|word| number(word))?;
        let ledgers = net.members.iter().map(|service| service.image().ledger());
        let (text, effects) = effects_text(names, saga, 0, ledgers);
        let owed: u64 = net.members.iter().map(|service| service.image().owed()).sum();
        let is_half = effects.iter().any(|effect| *effect != effects[0]);
        let is_undoing = net.members.iter().any(|service| {
            let ledger = service.image().ledger();
            ledger.failures(saga) > 0 && ledger.mark(saga) == Some(Mark::Done)
        });
        Some(format!("{text}; {owed} words owed{}", harm(is_half && owed == 0 && !is_undoing)))
    }

    fn message(_: &Names, message: &danced::Message) -> String {
        match message {
            danced::Message::Tell { saga, word: danced::Word::Onward } => format!("{saga}: mine is done, do yours"),
            danced::Message::Tell { saga, word: danced::Word::Back } => format!("{saga}: undo yours"),
            danced::Message::Heard { saga, word: danced::Word::Onward } => format!("{saga}: heard, onward"),
            danced::Message::Heard { saga, word: danced::Word::Back } => format!("{saga}: heard, back"),
        }
    }

    fn write(_: &Names, write: &Write<danced::Service>) -> Option<String> {
        let owes = write.owes.map(|(saga, word, is_owed)| {
            let whom = if word == danced::Word::Onward { "the next" } else { "the one before" };
            let is_owed = if is_owed { "owes" } else { "no longer owes" };
            format!("that it {is_owed} {whom} a word about {saga}")
        });
        let parts: Vec<String> = write.did.map(did_text).into_iter().chain(owes).collect();
        Some(parts.join(" and "))
    }

    fn note(_: &Names, note: &danced::End) -> Option<String> {
        Some(match note {
            danced::End::Completed(saga) => format!("ends {saga}: completed"),
            danced::End::Compensated(saga) => format!("ends {saga}: compensated"),
        })
    }

    fn reply(_: &Names, (): &()) -> String {
        "begun".into()
    }
}
