//! The list of kinds: each line names a file in `kinds/` and the type in it. The order is the saved form: append only.
//!
//! What is known of a kind is always here. Its members are left out of the small engine, which a page loads at first, unless the kind
//! stands in the list's first group: without the feature `every-kind`, `HERE` is that group.

use crate::face::Face;
use crate::front::Front;
use crate::kind::{Cx, Glance, Kind, Setup, at_once, say};
use crate::plan::Serves;
use crate::settings::Settings;
use base::Delay;
use check::CheckKind;
use scenario::{KindSpec, Text, Verb};
use sim::{CallId, Reply, Request};
use trace::WireIndex;

/// Makes, from the list of kinds, one type that holds a member of any of them without dynamic dispatch.
macro_rules! kinds {
    (first { $($first_file:ident $first:ident;)+ } rest { $($file:ident $kind:ident;)+ }) => {
        kinds! { $([] $first_file $first;)+ $([cfg(feature = "every-kind")] $file $kind;)+ }
    };
    ($([$($when:meta)?] $file:ident $kind:ident;)+) => {
        $(pub(crate) mod $file;)+

        /// A member of any kind, dispatched by `match`.
        #[derive(Clone)]
        #[allow(clippy::large_enum_variant, reason = "members are few and are given every event: no detour")]
        pub enum Unit {
            $($(#[$when])? #[doc = concat!("See `kinds/", stringify!($file), ".rs`.")] $kind($file::$kind),)+
        }

        /// What members of one box say to each other, by kind.
        #[derive(Clone, Debug)]
        #[allow(dead_code, reason = "nobody makes the message of a kind whose members say nothing")]
        pub enum Message {
            $(#[doc = concat!("See `kinds/", stringify!($file), ".rs`.")] $kind(<$file::$kind as Kind>::Message),)+
        }

        /// What there is to know about each kind, in saved order.
        pub(crate) fn specs() -> Vec<KindSpec> {
            vec![$($file::$kind::spec()),+]
        }

        /// What of a kind does not need a member: by its place in the list.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum KindOf { $($kind),+ }

        impl KindOf {
            pub const ALL: &[KindOf] = &[$(KindOf::$kind),+];
            /// Those whose members this engine has.
            pub const HERE: &[KindOf] = &[$($(#[$when])? KindOf::$kind),+];

            pub fn slug(self) -> &'static str {
                match self { $(KindOf::$kind => $file::$kind::SLUG),+ }
            }
            pub fn from_slug(slug: &str) -> Option<KindOf> {
                KindOf::ALL.iter().copied().find(|kind| kind.slug() == slug)
            }
            pub fn serves(self) -> Serves {
                match self { $(KindOf::$kind => $file::$kind::SERVES),+ }
            }
            pub fn plans(self) -> bool {
                match self { $(KindOf::$kind => $file::$kind::PLANS),+ }
            }
            pub fn checks(self) -> &'static [CheckKind] {
                match self { $(KindOf::$kind => $file::$kind::CHECKS),+ }
            }

            pub fn members(self, settings: &Settings<'_>) -> u8 {
                match self { $(KindOf::$kind => $file::$kind::members(settings)),+ }
            }
            pub fn front(self, settings: &Settings<'_>, members: u8, seed_of: &dyn Fn(u8) -> u64) -> Front {
                match self { $(KindOf::$kind => $file::$kind::front(settings, members, seed_of)),+ }
            }
            pub fn mesh(self, settings: &Settings<'_>) -> Delay {
                match self { $(KindOf::$kind => $file::$kind::mesh(settings)),+ }
            }
            pub fn summary(self, settings: &Settings<'_>) -> String {
                match self { $(KindOf::$kind => $file::$kind::summary(settings)),+ }
            }
            /// A member; none of a kind that is not here.
            pub fn build(self, setup: &Setup<'_>) -> Option<Unit> {
                match self {
                    $($(#[$when])? KindOf::$kind => Some(Unit::$kind($file::$kind::new(setup))),)+
                    #[cfg(not(feature = "every-kind"))]
                    _ => None,
                }
            }
            /// Gauges of a box; where somebody looks at it also its face, and for each member role, face and note.
            pub fn show(self, units: &[&Unit], glance: &Glance<'_>, is_looked_at: bool) -> Shown {
                match self {
                    $($(#[$when])? KindOf::$kind => {
                        let members: Vec<&$file::$kind> =
                            units.iter().filter_map(|unit| if let Unit::$kind(member) = unit { Some(member) } else { None }).collect();
                        Shown::of(&members, glance, is_looked_at)
                    })+
                    #[cfg(not(feature = "every-kind"))]
                    _ => Shown { face: Face::Nothing, gauges: Vec::new(), members: Vec::new() },
                }
            }
        }

        impl Unit {
            pub(crate) fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
                match self { $($(#[$when])? Unit::$kind(member) => member.retune(cx, setup)),+ }
            }
            pub(crate) fn hand_over(&mut self, cx: &mut Cx<'_>) {
                match self { $($(#[$when])? Unit::$kind(member) => member.hand_over(cx)),+ }
            }
            pub(crate) fn obey(&mut self, cx: &mut Cx<'_>, verb: Verb, amount: f64) {
                match self { $($(#[$when])? Unit::$kind(member) => member.obey(cx, verb, amount)),+ }
            }
        }

        impl sim::Member for Unit {
            type Front = Front;
            type Message = self::Message;
            type Caller = crate::caller::Caller;

            fn on_start(&mut self, cx: &mut Cx<'_>) {
                match self { $($(#[$when])? Unit::$kind(member) => member.on_start(cx)),+ }
            }
            #[inline]
            fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
                if request.op >= say::COUNTS
                    && let Some(reply) = at_once(cx, request.op)
                {
                    cx.reply(call, reply);
                    return;
                }
                match self { $($(#[$when])? Unit::$kind(member) => member.on_request(cx, call, request)),+ }
            }
            #[inline]
            fn on_reply(&mut self, cx: &mut Cx<'_>, wire: WireIndex, token: u64, request: &Request, reply: Reply) {
                match self { $($(#[$when])? Unit::$kind(member) => member.on_reply(cx, wire, token, request, reply)),+ }
            }
            #[inline]
            fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
                match self { $($(#[$when])? Unit::$kind(member) => member.on_timer(cx, token)),+ }
            }
            fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, message: Message) {
                match (self, message) {
                    $($(#[$when])? (Unit::$kind(member), Message::$kind(message)) => member.on_message(cx, from, message),)+
                    // Members of one box are of one kind.
                    _ => {}
                }
            }
            fn on_crash(&mut self, cx: &mut Cx<'_>) {
                match self { $($(#[$when])? Unit::$kind(member) => member.on_crash(cx)),+ }
            }
            fn on_restart(&mut self, cx: &mut Cx<'_>) {
                match self { $($(#[$when])? Unit::$kind(member) => member.on_restart(cx)),+ }
            }
        }
    };
}

kinds! {
    first {
        clients Clients;
        balancer Balancer;
        limiter Limiter;
        service Service;
        cache Cache;
        leader_follower LeaderFollower;
        hash_ring HashRing;
        queue Queue;
    }
    rest {
        cdn Cdn;
        gateway Gateway;
        third_party ThirdParty;
        dns Dns;
        autoscaled Autoscaled;
        raft_group RaftGroup;
        sharded_store ShardedStore;
        partitioned_log PartitionedLog;
        work_queue WorkQueue;
        topic Topic;
        leaderless Leaderless;
        lock_service LockService;
        storage_engine StorageEngine;
        sharded_counter ShardedCounter;
        id_generator IdGenerator;
        feed Feed;
        gossip_cluster GossipCluster;
        geo_index GeoIndex;
        sequencer Sequencer;
        saga Saga;
        two_phase_commit TwoPhaseCommit;
        outbox Outbox;
        registry Registry;
        connection_hub ConnectionHub;
        worker_pool WorkerPool;
        stream_processor StreamProcessor;
        multi_leader MultiLeader;
        chain Chain;
        crdt_store CrdtStore;
        typeahead Typeahead;
        search_index SearchIndex;
        sorted_set SortedSet;
        tracer Tracer;
        metrics Metrics;
        paxos_group PaxosGroup;
        task_scheduler TaskScheduler;
        blob_store BlobStore;
        session_store SessionStore;
        replay Replay;
        document Document;
    }
}

/// What a box shows at one moment.
pub(crate) struct Shown {
    pub face: Face,
    pub gauges: Vec<Option<f64>>,
    /// Role, face and note of each member.
    pub members: Vec<(Text, Face, String)>,
}

impl Shown {
    fn of<K: Kind>(members: &[&K], glance: &Glance<'_>, is_looked_at: bool) -> Shown {
        let gauges = K::gauges(members, glance);
        if !is_looked_at {
            return Shown { face: Face::Nothing, gauges, members: Vec::new() };
        }
        let member = |me: &&K| (me.role(), me.member_face(glance), me.note(members));
        Shown { face: K::face(members, glance), gauges, members: members.iter().map(member).collect() }
    }
}
