//! Outbox: a store that tells others of every write, and the ways to do that, of which some lose what they should tell.
//!
//! The mechanisms are [`txn::outbox`] in its part as producer, and [`replication::capture`], a reader that follows the table's log.
//! Both say "publish this"; this file carries it over the outgoing wires, where the boxes at the far end are the consumers, and gives
//! back what was confirmed.

mod relay;

use crate::desk::Desk;
use crate::face::{Face, LogCell, LogMark};
use crate::kind::{Cx, Glance, Kind, Setup};
use crate::settings::{FieldExt, Settings, choice, gauge, law, number, whole};
use base::{Law, Rng, Span};
use check::CheckKind;
use relay::{GAP, POLL, Relay, Table, Told, Way};
use scenario::{KindSpec, Ports, Verb};
use sim::{CallId, Reply, Request};
use trace::{Record, Status, WireIndex};

/// A store that tells of its writes.
#[derive(Clone)]
pub struct Outbox {
    inside: Box<Inside>,
}

#[derive(Clone)]
struct Inside {
    desk: Desk<(CallId, Request)>,
    table: Table,
    room: u64,
}

fn relay(settings: &Settings<'_>) -> relay::Rules {
    relay::Rules {
        way: settings.one_of("way", &Way::ALL),
        poll: settings.millis("poll_ms").max(Span::from_millis(1)),
        gap: settings.millis("gap_ms"),
    }
}

impl Inside {
    /// The work for a request is done: a write and what is to be told of it are one, or they are two.
    fn serve(&mut self, cx: &mut Cx<'_>, job: u32) {
        let (call, request) = self.desk.close(job);
        self.desk.release(cx);
        let (store, member, key) = (cx.home(), cx.me(), request.key);
        if !request.write {
            let (value, version) = self.table.read(key);
            // A key that nobody has written yet is there all the same, as version 0.
            return cx.reply(call, Reply { status: Status::Ok, store, version, value });
        }
        if self.table.relay().waiting() >= self.room {
            return cx.reply(call, Reply::plain(Status::Overloaded));
        }
        let version = self.table.write(cx, request);
        cx.record(Record::Acknowledged { store, member, key, version, write: request.value });
        cx.reply(call, Reply { status: Status::Ok, store, version, value: 0 });
    }
}

impl Kind for Outbox {
    const SLUG: &'static str = "outbox";
    type Message = ();
    const CHECKS: &'static [CheckKind] = &[CheckKind::StaleReads, CheckKind::Delivery];

    #[allow(clippy::too_many_lines, reason = "a list")]
    fn spec() -> KindSpec {
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Outbox relay".into(),
            group: "Coordination".into(),
            purpose: "A store that tells the boxes behind it of every write: by an outbox, from its log, or by hope.".into(),
            icon: "M2 4c0-1.500 8-1.500 8 0v10c0 1.500-8 1.500-8 0zM2 4c0 1.500 8 1.500 8 0M5 10h11M13 7l3 3-3 3".into(),
            fields: vec![
                choice("way", "Tells by", "How the others hear of a write", &[
                    ("outbox", "the row and its message are one write; a relay sends the oldest until they are confirmed"),
                    ("change capture", "a reader follows the table's log; its bookmark moves when all that it read is confirmed"),
                    ("dual write", "the row is written, then the message is sent once: two systems, nothing holds them together"),
                    ("forget when sent", "an outbox whose entries go as soon as they are sent"),
                    ("bookmark first", "a reader of the log whose bookmark moves when it has read, before anything is confirmed"),
                ]),
                number("poll_ms", "Looks every", "ms", (1.0, 3.6e6), 20.0, "How often the relay or reader looks for what to send, at most 16 at a time; failed ones go again then"),
                number("gap_ms", "Row to message", "ms", (0.0, 60_000.0), 5.0, "Time between the two writes, in which a crash loses the second").live().when("way", &["dual write"]),
                whole("room", "Room", "", (1.0, 1e6), 100_000.0, "Writes that may wait to be told; beyond it writes are refused").live(),
                whole("workers", "Connections", "", (1.0, 10_000.0), 32.0, "Requests that it works on at the same time").live(),
                whole("line_max", "Line", "", (0.0, 1e6), 1_000.0, "Requests that may wait; more are refused").live(),
                number("time_ms", "Work", "ms", (0.0, 60_000.0), 2.0, "Mean time of one read or write, its disk included").live(),
                law("time_law", "Work varies", Law::Exponential).live(),
            ],
            ports: Ports { accepts: true, out_max: 16, refusal: "An outbox tells at most 16 boxes".into() },
            verbs: vec![Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Heal],
            gauges: vec![
                gauge("waiting", "To be told", ""),
                gauge("lag_ms", "Oldest waits", "ms"),
                gauge("again", "Sent again", ""),
                gauge("lost", "Given up", ""),
            ],
            members: None,
            modelled: vec![
                "the row and its outbox entry as one durable write; the table's log with the row before and after, and a reader's bookmark".into(),
                "each message as a call over each wire that carries its operation; an error or no answer is not a confirmation".into(),
                "what is confirmed leaves in order: one that fails holds back the bookmark, not the others under way".into(),
                "a crash forgets what is under way; after it, what was not confirmed is sent again, and may come twice".into(),
                "delivery: each write is confirmed by each consumer; whether it is carried out twice is for the consumer to say".into(),
                "every key is there from the start, as version 0; a version counts all writes of the store".into(),
            ],
            left_out: vec![
                "the consumer's inbox: a third party with idempotency keys is one; other boxes do again what comes again".into(),
                "order at the consumer: up to 16 messages are under way at once".into(),
                "the first copy of a table that is older than its log; copies of the store".into(),
            ],
        }
    }

    fn new(setup: &Setup<'_>) -> Outbox {
        let settings = &setup.settings;
        let relay = Relay::new(relay(settings), setup.outlets);
        let rng = Rng::stream(setup.seed, &[u64::from(setup.number)]);
        let inside = Inside {
            desk: Desk::new(settings),
            table: Table::new(relay, rng),
            room: u64::from(settings.whole("room")),
        };
        Outbox { inside: Box::new(inside) }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let me = &mut *self.inside;
        me.desk.retune(cx, &setup.settings);
        me.table.relay_mut().rules.gap = setup.settings.millis("gap_ms");
        me.room = u64::from(setup.settings.whole("room"));
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.inside.table.on_start(cx);
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.inside.desk.take(cx, call, (call, request));
    }

    fn on_reply(&mut self, cx: &mut Cx<'_>, _wire: WireIndex, token: u64, request: &Request, reply: Reply) {
        self.inside.table.on_reply(cx, token, request, &reply);
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        let me = &mut *self.inside;
        if token == POLL {
            me.table.poll(cx);
        } else if token & GAP != 0 && token >> 63 == 0 {
            me.table.relay_mut().publish(cx, token & !GAP);
        } else if !me.table.on_timer(cx, token) {
            me.serve(cx, token as u32);
        }
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        let me = &mut *self.inside;
        me.desk.abandon(cx);
        me.table.on_crash(cx);
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.inside.table.on_restart(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        format!("{} · every {} ms", settings.choice_name("way"), settings.number("poll_ms"))
    }

    /// The last writes, and which of them are confirmed.
    fn face(members: &[&Outbox], _glance: &Glance<'_>) -> Face {
        let Some(me) = members.first() else { return Face::Nothing };
        let table = &me.inside.table;
        let cell = |told: &Told| LogCell { index: told.number, term: 1, key: told.key, acknowledged: told.is_confirmed };
        let mark = |label: &str, index: u64| LogMark { label: label.to_string(), index };
        Face::Log {
            entries: table.relay().shown().map(cell).collect(),
            last: table.last(),
            acknowledged: table.confirmed(),
            marks: vec![mark("sent", table.relay().sent()), mark("confirmed", table.confirmed())],
        }
    }

    fn gauges(members: &[&Outbox], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Some(me) = members.first() else { return Vec::new() };
        let relay = me.inside.table.relay();
        let lag = relay.oldest().map_or(0.0, |at| glance.now.since(at).as_millis_f64());
        vec![Some(relay.waiting() as f64), Some(lag), Some(relay.again() as f64), Some(relay.lost() as f64)]
    }
}
