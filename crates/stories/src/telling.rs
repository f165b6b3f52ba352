//! Stories of any machine on the network for any machine: what is common to them, and what a protocol adds.

use crate::net::{Line, Net, Wire};
use crate::script::Script;
use crate::words::{number, numbered, sides, ways};
use base::{Span, Time};
use machine::{Machine, Peer, Write};
use std::cell::RefCell;
use std::rc::Rc;

/// What members are called: `names=store,resource,A,B`; without, by their numbers.
#[derive(Clone, Debug, Default)]
pub struct Names(Vec<String>);

impl Names {
    /// A member's name.
    #[must_use]
    pub fn of(&self, peer: Peer) -> String {
        self.0.get(usize::from(peer.0)).cloned().unwrap_or_else(|| peer.0.to_string())
    }

    /// The member of a name, or of a number.
    #[must_use]
    pub fn find(&self, word: &str) -> u16 {
        self.0.iter().position(|name| name == word).map_or_else(|| numbered(word), |place| place as u16)
    }
}

/// How a protocol's stories read. All words are the protocol's; lines come without their end.
pub trait Telling {
    /// Whose stories.
    type Machine: Machine;

    /// The members that `group` asks for.
    fn group(words: &[&str]) -> Vec<Self::Machine>;

    /// What is asked of member `words[1]`; `None` if `words[0]` is no request.
    fn request(names: &Names, words: &[&str]) -> Option<<Self::Machine as Machine>::Request>;

    /// What a command shows that changes nothing; `None` if there is no such command.
    fn look(net: &Net<Self::Machine>, names: &Names, words: &[&str]) -> Option<String>;

    /// A command that lets time pass and says what it sees meanwhile; `false` if there is no such command.
    fn watch(_: &mut Net<Self::Machine>, _: &Names, _: &Script, _: &[&str]) -> bool {
        false
    }

    /// A message.
    fn message(names: &Names, message: &<Self::Machine as Machine>::Message) -> String;

    /// A durable write; `None` if it is not worth a line.
    fn write(names: &Names, write: &Write<Self::Machine>) -> Option<String>;

    /// A note; `None` if it is not worth a line.
    fn note(names: &Names, note: &<Self::Machine as Machine>::Note) -> Option<String>;

    /// A reply.
    fn reply(names: &Names, reply: &<Self::Machine as Machine>::Reply) -> String;
}

/// A story while it runs.
///
/// Its commands, beside those of the protocol: `group …` (with `latency=`, else 10 ms, `names=`, `seed=`, else 1), `run SPAN`,
/// `crash M…`, `restart M…`, `doom M N` (it dies after N more durable writes, before it says what follows), `doom M N torn` (the last
/// of them is lost, what it said before is not), `cut A B` (both ways), `cut A>B`, `split 0 1 | 2`, `heal`, `fire M…` (its next timer
/// fires now), `latency SPAN`, `loss SHARE`, `show all|notes|nothing`.
pub struct Story<T: Telling> {
    net: Option<Net<T::Machine>>,
    names: Names,
    script: Script,
    shown: Rc<RefCell<String>>,
    token: u64,
}

fn line_text<T: Telling>(names: &Names, now: Time, line: &Line<'_, T::Machine>, shown: &str) -> Option<String> {
    let text = match line {
        _ if shown == "nothing" => return None,
        Line::Arrived { .. } | Line::Lost { .. } | Line::Wrote { .. } if shown == "notes" => return None,
        Line::Arrived { from, to, message } => {
            format!("{}→{} {}", names.of(*from), names.of(*to), T::message(names, message))
        }
        Line::Lost { from, to, message, why } => {
            format!("{}✗{} {} ({why})", names.of(*from), names.of(*to), T::message(names, message))
        }
        Line::Wrote { at, write } => format!("{} writes {}", names.of(*at), T::write(names, write)?),
        Line::Told { at, note } => format!("{} {}", names.of(*at), T::note(names, note)?),
        Line::Answered { at, token, reply } => format!("{} tells {token}: {}", names.of(*at), T::reply(names, reply)),
        Line::Died { at } => format!("{} dies", names.of(*at)),
    };
    Some(format!("{now} {text}"))
}

impl<T: Telling> Story<T> {
    fn new(script: Script) -> Story<T> {
        let shown = Rc::new(RefCell::new("all".to_owned()));
        Story { net: None, names: Names::default(), script, shown, token: 0 }
    }

    fn group(&mut self, words: &[&str]) {
        let (mut latency, mut seed) = (Span::from_millis(10), 1);
        self.names = Names::default();
        let mut own = Vec::new();
        for word in words {
            match word.split_once('=') {
                Some(("latency", value)) => latency = number(value),
                Some(("seed", value)) => seed = number(value),
                Some(("names", value)) => self.names = Names(value.split(',').map(str::to_owned).collect()),
                _ => own.push(*word),
            }
        }
        let mut net = Net::new(T::group(&own), Wire::constant(latency), seed);
        let (script, shown, names) = (self.script.clone(), Rc::clone(&self.shown), self.names.clone());
        net.tell = Some(Box::new(move |now, line| {
            if let Some(text) = line_text::<T>(&names, now, &line, &shown.borrow()) {
                script.line(&text);
            }
        }));
        net.start();
        self.net = Some(net);
    }

    fn command(&mut self, words: &[&str]) {
        match words[0] {
            "group" => return self.group(&words[1..]),
            "show" => return *self.shown.borrow_mut() = words[1].to_owned(),
            _ => {}
        }
        let (names, net) = (&self.names, self.net.as_mut().expect("a story begins with `group`"));
        if let Some(request) = T::request(names, words) {
            self.token += 1;
            return net.ask(names.find(words[1]).into(), self.token, request);
        }
        let find = |word: &str| names.find(word);
        match words[0] {
            "run" => net.run(number(words[1])),
            "crash" => words[1..].iter().for_each(|word| net.crash(find(word).into())),
            "restart" => words[1..].iter().for_each(|word| net.restart(find(word).into())),
            "doom" => {
                net.doomed.insert(find(words[1]).into(), number(words[2]));
                net.torn.extend(words.get(3).filter(|word| **word == "torn").map(|_| usize::from(find(words[1]))));
            }
            "cut" => net.cut.extend(ways(&words[1..], find)),
            "split" => net.split(&sides(&words[1..], find)),
            "heal" => net.cut.clear(),
            "fire" => words[1..].iter().for_each(|word| net.fire(find(word).into())),
            "latency" => (net.wire.latency_min, net.wire.latency_max) = (number(words[1]), number(words[1])),
            "loss" => net.wire.loss = number(words[1]),
            _ if T::watch(net, names, &self.script, words) => {}
            _ => {
                let text = T::look(net, names, words).unwrap_or_else(|| panic!("no command {words:?}"));
                self.script.line(&text);
            }
        }
    }
}

/// Runs the commands in `text`; gives the text with what really happened.
#[must_use]
pub fn retold<T: Telling>(text: &str) -> String {
    let script = Script::default();
    let mut story = Story::<T>::new(script.clone());
    script.retold(text, |words| story.command(words))
}
