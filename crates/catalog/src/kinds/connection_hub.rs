//! Connection hub: many devices, the servers to which they are connected, and messages that come for them at any time.
//!
//! ```text
//!                    poll        long poll        server-sent events     WebSocket
//!   a message waits  one period  not, or a trip   not                    not
//!   a message costs  requests    a request        a few bytes            a few bytes
//!   a dead server    nothing     a reconnect      a reconnect, replayed  a reconnect
//! ```
//!
//! Member 0 is the devices, the others are servers. How long a device waits before it comes back is [`resilience`]'s back-off.

mod crowd;
mod form;
mod server;

use crate::face::Face;
use crate::front::Front;
use crate::kind::{Cx, Glance, Kind, Setup};
use crate::mailboxes::{HubFront, Letter};
use crate::settings::Settings;
use base::{Delay, Span};
use check::CheckKind;
use crowd::Crowd;
use resilience::BackoffConfig;
use scenario::{KindSpec, Text};
use server::Server;
use sim::{CallId, Reply, Request};
use trace::Status;

/// The devices, or a server.
#[derive(Clone)]
pub struct ConnectionHub {
    inside: Box<Role>,
}

#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "it is boxed as a whole")]
enum Role {
    Crowd(Crowd),
    Serves(Server),
}

/// What devices and servers say to each other.
#[derive(Clone, Copy, Debug)]
pub enum Word {
    /// To a server: a new connection. Everything up to `seen` has come.
    Connect { device: u32, attempt: u32, seen: u64 },
    /// To a server: what is there? A poll, or a long poll that is held.
    Ask { device: u32, seen: u64 },
    /// To a server: are you there?
    Ping { device: u32 },
    /// To a server: everything up to `seen` has come.
    Got { device: u32, seen: u64 },
    /// To a device: it is connected.
    Accepted { device: u32, attempt: u32 },
    /// To a device: no room, or no such connection.
    Refused { device: u32, attempt: u32 },
    /// To a device.
    Push { device: u32, letter: Letter, is_last: bool },
    /// To a device: nothing new, or "I am".
    Empty { device: u32 },
}

/// How a server reaches a device.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Transport {
    WebSocket,
    ServerSentEvents,
    LongPoll,
    Poll,
}

impl Transport {
    const ALL: [Transport; 4] = [Transport::WebSocket, Transport::ServerSentEvents, Transport::LongPoll, Transport::Poll];

    /// Bytes that a message costs beside its own, where the connection is open: the frame of RFC 6455, §5.2, or the `id:` and `data:`
    /// lines of an event.
    fn frame_bytes(self) -> u64 {
        match self {
            Transport::WebSocket => 4,
            Transport::ServerSentEvents => 24,
            Transport::LongPoll | Transport::Poll => 0,
        }
    }
}

/// What can be set, as devices and servers need it.
#[derive(Clone, Copy)]
struct Rules {
    transport: Transport,
    devices: u32,
    /// Time between two pings, or until a long poll is renewed.
    ping: Span,
    poll: Span,
    connect_within: Span,
    backoff: BackoffConfig,
    handshake: Delay,
    ask: Delay,
    header_bytes: u64,
    keeps: bool,
    room: usize,
}

/// The member that stands for all devices.
const CROWD: u8 = 0;

impl Kind for ConnectionHub {
    const SLUG: &'static str = "connection-hub";
    type Message = Word;
    const CHECKS: &'static [CheckKind] = &[CheckKind::Delivery];

    fn spec() -> KindSpec {
        form::spec(Self::SLUG)
    }

    fn members(settings: &Settings<'_>) -> u8 {
        settings.whole("members").clamp(2, u32::from(form::MEMBERS_MAX)) as u8
    }

    fn front(settings: &Settings<'_>, members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        let devices = form::rules(settings).devices as usize;
        Front::Hub(Box::new(HubFront::new(devices, members)))
    }

    fn mesh(settings: &Settings<'_>) -> Delay {
        Delay::constant(settings.millis("mesh_ms"))
    }

    fn new(setup: &Setup<'_>) -> ConnectionHub {
        let rules = form::rules(&setup.settings);
        let role = if setup.number == CROWD {
            Role::Crowd(Crowd::new(rules, setup.members))
        } else {
            Role::Serves(Server::new(rules, setup))
        };
        ConnectionHub { inside: Box::new(role) }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let rules = form::rules(&setup.settings);
        match &mut *self.inside {
            Role::Crowd(crowd) => crowd.retune(rules),
            Role::Serves(server) => server.retune(cx, rules, setup),
        }
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        if let Role::Crowd(crowd) = &mut *self.inside {
            crowd.begin(cx);
        }
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        match &mut *self.inside {
            Role::Serves(server) => server.on_request(cx, call, request),
            Role::Crowd(_) => cx.reply(call, Reply::plain(Status::Failed)),
        }
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        match &mut *self.inside {
            Role::Serves(server) => server.on_timer(cx, token),
            Role::Crowd(crowd) => crowd.on_timer(cx, token),
        }
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, message: Word) {
        match &mut *self.inside {
            Role::Serves(server) => server.on_message(cx, message),
            Role::Crowd(crowd) => crowd.on_message(cx, from, message),
        }
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        match &mut *self.inside {
            Role::Serves(server) => server.on_crash(cx),
            Role::Crowd(crowd) => crowd.on_crash(cx),
        }
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        if let Role::Crowd(crowd) = &mut *self.inside {
            crowd.come_back(cx);
        }
    }

    fn summary(settings: &Settings<'_>) -> String {
        format!("{} devices · {}", settings.whole("devices"), settings.choice_name("transport"))
    }

    /// What the devices are doing.
    fn face(members: &[&ConnectionHub], _glance: &Glance<'_>) -> Face {
        crowd(members).map_or(Face::Nothing, Crowd::face)
    }

    fn gauges(members: &[&ConnectionHub], _glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Some(crowd) = crowd(members) else { return vec![None; 4] };
        let servers = members.iter().filter_map(|member| if let Role::Serves(server) = &*member.inside { Some(server) } else { None });
        let bytes = crowd.bytes + servers.map(|server| server.bytes).sum::<u64>();
        let each = (crowd.delivered > 0).then(|| bytes as f64 / crowd.delivered as f64);
        vec![Some(f64::from(crowd.connected())), crowd.delivery_p99_ms(), each, Some(crowd.tries as f64)]
    }

    fn member_face(&self, _glance: &Glance<'_>) -> Face {
        match &*self.inside {
            Role::Crowd(crowd) => crowd.face(),
            Role::Serves(server) => server.face(),
        }
    }

    fn role(&self) -> Text {
        match &*self.inside {
            Role::Crowd(_) => "devices".into(),
            Role::Serves(_) => "server".into(),
        }
    }

    fn note(&self, _members: &[&ConnectionHub]) -> String {
        match &*self.inside {
            Role::Crowd(crowd) => format!("{} delivered · {} came twice", crowd.delivered, crowd.twice),
            Role::Serves(server) => format!("{} connected · {} refused", server.connections(), server.refused),
        }
    }
}

/// The devices, as long as they are one of the members.
fn crowd<'a>(members: &[&'a ConnectionHub]) -> Option<&'a Crowd> {
    members.iter().find_map(|member| if let Role::Crowd(crowd) = &*member.inside { Some(crowd) } else { None })
}
