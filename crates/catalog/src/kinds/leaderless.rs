//! Leaderless store: any member takes a request, quorums make a write found again, and three kinds of repair bring it everywhere.
//!
//! The protocol is [`replication::leaderless`]; this file gives it workers, a network, timers and a clock, and is the client library:
//! where siblings are kept, a write first reads what it replaces.

mod form;

use crate::desk::Desk;
use crate::face::{Face, TreeNode};
use crate::front::Front;
use crate::hosted::{Host, Hosted};
use crate::kind::{Cx, Glance, Kind, Setup, percent};
use crate::kinds::Message;
use crate::settings::Settings;
use base::{Delay, Rng};
use check::CheckKind;
use machine::Peer;
use replication::merkle::MerkleTree;
use replication::leaderless::{Conflicts, Node, Note, Reply as Told, Request as Ask};
use scenario::{KindSpec, Text};
use sim::{CallId, Reply, Request};
use slab::Slab;
use trace::Status;

/// One member of a group.
#[derive(Clone)]
pub struct Leaderless {
    node: Box<Hosted<Node, Teller>>,
    desk: Desk<(CallId, Request)>,
}

/// What the machine has been asked.
#[derive(Clone)]
struct Asked {
    call: CallId,
    request: Request,
    /// Of a write that has been given to the machine.
    version: u64,
}

/// Tells callers what the machine says, and counts what it does.
#[derive(Clone, Default)]
struct Teller {
    asked: Slab<Asked>,
    /// Writes that have read what they replace, and go on.
    go_on: Vec<(u64, clocks::VersionVector)>,
    reads: u64,
    /// Reads that found siblings.
    conflicts: u64,
    repaired: u64,
    hinted: u64,
    handed_off: u64,
    /// Comparisons with other members, and leaves that differed in the last.
    compared: u64,
    differing: u64,
}

/// Keys of a member up to which its tree is drawn.
const KEYS_DRAWN: u64 = 20_000;
/// How deep a tree is drawn.
const DEPTH: usize = 4;

impl Host<Node> for Teller {
    fn wrap(message: replication::leaderless::Message) -> Message {
        Message::Leaderless(message)
    }

    fn reply(&mut self, cx: &mut Cx<'_>, _machine: &Node, token: u64, reply: Told) {
        let store = cx.home();
        let Some(asked) = self.asked.get(token as usize) else { return };
        let (call, writes, version) = (asked.call, asked.request.write, asked.version);
        let answer = match reply {
            Told::Found { context, .. } if writes => return self.go_on.push((token, context)),
            Told::Found { values, .. } => {
                self.reads += 1;
                self.conflicts += u64::from(values.len() > 1);
                // Of siblings the newest; a key that nobody has written yet is there all the same, as version 0.
                let newest = values.into_iter().max().unwrap_or(0);
                Reply { status: Status::Ok, store, version: newest, value: newest }
            }
            Told::Stored { .. } => Reply { status: Status::Ok, store, version, value: 0 },
            Told::Unavailable { .. } => Reply::plain(Status::Unavailable),
            Told::Exhausted => Reply::plain(Status::Failed),
        };
        self.asked.remove(token as usize);
        cx.reply(call, answer);
    }

    fn note(&mut self, _cx: &mut Cx<'_>, _machine: &Node, note: Note) {
        match note {
            Note::Repaired { .. } => self.repaired += 1,
            Note::Hinted { .. } => self.hinted += 1,
            Note::HandedOff { .. } => self.handed_off += 1,
            Note::Compared { leaves, .. } => (self.compared, self.differing) = (self.compared + 1, leaves),
        }
    }
}

impl Leaderless {
    fn serve(&mut self, cx: &mut Cx<'_>, job: u32) {
        let (call, request) = self.desk.close(job);
        let token = self.node.host.asked.insert(Asked { call, request, version: 0 }) as u64;
        let reads_first = self.node.machine.config().conflicts == Conflicts::Versions;
        if request.write && !reads_first {
            return self.put(cx, token, clocks::VersionVector::new());
        }
        self.node.on_request(cx, token, Ask::Get { key: request.key });
        self.go_on(cx);
    }

    /// Writes what has been read meanwhile.
    fn go_on(&mut self, cx: &mut Cx<'_>) {
        while let Some((token, context)) = self.node.host.go_on.pop() {
            self.put(cx, token, context);
        }
    }

    /// What is written is a name of the write: when, and through whom. It orders the writes of a key as the protocol does.
    fn put(&mut self, cx: &mut Cx<'_>, token: u64, context: clocks::VersionVector) {
        let version = (cx.now().0 + 1) << 5 | u64::from(cx.number());
        let Some(asked) = self.node.host.asked.get_mut(token as usize) else { return };
        asked.version = version;
        let key = asked.request.key;
        self.node.on_request(cx, token, Ask::Put { key, value: Some(version), context });
    }

    fn row(&self, number: usize) -> Vec<String> {
        let (machine, host) = (&self.node.machine, &self.node.host);
        let counts = [machine.copies(), machine.hints(), host.handed_off, host.repaired, host.conflicts, host.differing];
        [format!(".{number}")].into_iter().chain(counts.map(|count| count.to_string())).collect()
    }

    fn table(members: &[&Leaderless]) -> Face {
        let head = ["Member", "Keys", "Hints", "Handed off", "Repaired", "Conflicts", "Leaves differing"];
        let rows = members.iter().enumerate().map(|(number, member)| member.row(number)).collect();
        Face::Table { head: head.map(String::from).to_vec(), rows }
    }
}

/// Two trees over each other: what differs is lit.
fn tree(mine: &MerkleTree, theirs: &MerkleTree, root: String) -> Face {
    let mut nodes = Vec::new();
    for depth in 0..=DEPTH {
        let below = nodes.len() as u16 - if depth == 0 { 0 } else { 1 << (depth - 1) };
        for (place, (a, b)) in mine.level(depth).iter().zip(theirs.level(depth)).enumerate() {
            let label = if depth == 0 { root.clone() } else { format!("{:02x}{:02x}", a[0], a[1]) };
            let parent = (depth > 0).then_some(below + place as u16 / 2);
            nodes.push(TreeNode { parent, label, lit: a != b });
        }
    }
    Face::Tree { nodes }
}

impl Kind for Leaderless {
    const SLUG: &'static str = "leaderless";
    type Message = replication::leaderless::Message;
    const CHECKS: &'static [CheckKind] = &[CheckKind::StaleReads];

    fn spec() -> KindSpec {
        form::spec(Self::SLUG)
    }

    fn members(settings: &Settings<'_>) -> u8 {
        settings.whole("members").clamp(1, 16) as u8
    }

    fn front(_settings: &Settings<'_>, _members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        Front::Turn(0)
    }

    fn mesh(settings: &Settings<'_>) -> Delay {
        Delay::constant(settings.millis("mesh_ms"))
    }

    fn new(setup: &Setup<'_>) -> Leaderless {
        let settings = &setup.settings;
        let config = form::config(settings, setup.members);
        let me = Peer(u16::from(setup.number));
        let machine = Node::new(me, config).expect("the range of each field lies within the range of the protocol");
        let rng = Rng::stream(setup.seed, &[u64::from(setup.number)]);
        Leaderless { node: Box::new(Hosted::new(machine, Teller::default(), rng)), desk: Desk::new(settings) }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let settings = &setup.settings;
        self.desk.retune(cx, settings);
        let config = form::config(settings, setup.members);
        // N is not live: quorums stay within the one that the members were made with.
        let born = self.node.machine.config().copies;
        let config = form::within(config, born);
        self.node.step(cx, |machine, _, out| {
            machine.retune(config, out).expect("the range of each field lies within the range of the protocol");
        });
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.node.on_start(cx);
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.desk.take(cx, call, (call, request));
    }

    #[inline]
    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if !self.node.on_timer(cx, token) {
            self.serve(cx, token as u32);
            self.desk.release(cx);
        }
        self.go_on(cx);
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, message: replication::leaderless::Message) {
        self.node.on_message(cx, from, message);
        self.go_on(cx);
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.desk.abandon(cx);
        self.node.host.asked.clear();
        self.node.host.go_on.clear();
        self.node.on_crash();
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.node.on_restart(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        let config = form::config(settings, Leaderless::members(settings));
        let sloppy = if config.sloppy { " · sloppy" } else { "" };
        format!("N {} · R {} · W {}{sloppy}", config.copies, config.read_quorum, config.write_quorum)
    }

    /// The trees of two members that differ, if any do; what each member holds where a tree is too large to be drawn.
    fn face(members: &[&Leaderless], _glance: &Glance<'_>) -> Face {
        let [first, others @ ..] = members else { return Face::Nothing };
        if others.is_empty() || members.iter().any(|member| member.node.machine.copies() > KEYS_DRAWN) {
            return Leaderless::table(members);
        }
        let pair = |number: usize| {
            let peer = Peer(number as u16);
            (number, first.node.machine.tree_with(peer), members[number].node.machine.tree_with(Peer(0)))
        };
        let differs = (1..members.len()).map(pair).find(|(_, mine, theirs)| mine.root() != theirs.root());
        let (number, mine, theirs) = differs.unwrap_or_else(|| pair(1));
        tree(&mine, &theirs, format!(".0 and .{number}"))
    }

    fn gauges(members: &[&Leaderless], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let hints: u64 = members.iter().map(|member| member.node.machine.hints()).sum();
        let (reads, conflicts) =
            members.iter().map(|member| &member.node.host).fold((0, 0), |(r, c), host| (r + host.reads, c + host.conflicts));
        vec![
            Some(hints as f64),
            percent(conflicts, reads),
            Some(glance.rate(glance.sample.count.arrived)),
            glance.p99_ms(),
            members.iter().map(|member| member.node.machine.conflicts()).max().map(|most| most as f64),
        ]
    }

    fn member_face(&self, _glance: &Glance<'_>) -> Face {
        let (machine, host) = (&self.node.machine, &self.node.host);
        let counts = [
            ("keys held", machine.copies()),
            ("hints held", machine.hints()),
            ("hints taken", host.hinted),
            ("hints handed off", host.handed_off),
            ("copies repaired", host.repaired),
            ("reads with siblings", host.conflicts),
            ("trees compared", host.compared),
            ("leaves that differed last", host.differing),
        ];
        let rows = counts.map(|(what, count)| vec![what.to_string(), count.to_string()]).to_vec();
        Face::Table { head: vec!["What".into(), "How many".into()], rows }
    }

    fn role(&self) -> Text {
        if self.node.machine.hints() > 0 { "stands in".into() } else { Text::default() }
    }

    fn note(&self, _members: &[&Leaderless]) -> String {
        let machine = &self.node.machine;
        format!("{} keys · {} hints", machine.copies(), machine.hints())
    }
}
