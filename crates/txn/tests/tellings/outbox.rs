//! Outbox and inbox.

use super::harm;
use base::Span;
use machine::Write;
use stories::{Names, Net, Telling, named, number, setting};
use txn::outbox::{Event, ImageWrite, Member, Message, Place, Rule};

pub struct Outbox;

fn event_text(event: &Event) -> String {
    format!("k{}+{}", event.key, event.amount)
}

impl Telling for Outbox {
    type Machine = Member;

    fn group(words: &[&str]) -> Vec<Member> {
        let (mut retry_after, mut rule) = (Span::from_millis(100), Rule::Sound);
        for word in words {
            match setting(word) {
                ("retry", value) => retry_after = number(value),
                ("rule", value) => {
                    rule = named(&[Rule::Sound, Rule::DualWrite, Rule::ForgetWhenSent, Rule::NoInbox], value);
                }
                _ => panic!("group has no {word}"),
            }
        }
        [Place::Producer, Place::Consumer].map(|place| Member::new(place, rule, retry_after)).into()
    }

    fn request(_: &Names, words: &[&str]) -> Option<(u64, u64)> {
        (words[0] == "grow").then(|| (number(words[2]), number(words[3])))
    }

    /// Harm: the consumer has more than the producer, or less although nothing waits.
    fn look(net: &Net<Member>, _: &Names, words: &[&str]) -> Option<String> {
        let key = words.get(1).filter(|_| words[0] == "totals").map(|word| number(word))?;
        let [made, taken] = [0, 1].map(|me| net.members[me].image().total(key));
        let waiting = net.members[0].image().waiting();
        let is_harm = taken > made || (taken < made && waiting == 0);
        Some(format!("k{key}: made {made}, taken {taken}, {waiting} waiting in the outbox{}", harm(is_harm)))
    }

    fn message(_: &Names, message: &Message) -> String {
        match message {
            Message::Publish(event) => format!("event {}: {}", event.number, event_text(event)),
            Message::Taken(upto) => format!("taken up to {upto}"),
        }
    }

    fn write(_: &Names, write: &Write<Member>) -> Option<String> {
        Some(match write {
            ImageWrite::Made { event, is_kept: true } => {
                format!("{} and event {} in the outbox", event_text(event), event.number)
            }
            ImageWrite::Made { event, is_kept: false } => event_text(event),
            ImageWrite::Cleared(upto) => format!("that events up to {upto} left the outbox"),
            ImageWrite::Taken(event) => format!("{} and event {} in the inbox", event_text(event), event.number),
        })
    }

    fn note(_: &Names, (): &()) -> Option<String> {
        None
    }

    fn reply(_: &Names, number: &u64) -> String {
        format!("event {number}")
    }
}
