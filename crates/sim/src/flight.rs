//! What is under way, for the screen.

use crate::core::Core;
use crate::words::{Event, MemberIndex, WireIndex};
use crate::world::Member;
use base::Time;

/// A message under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InFlight {
    /// Its wire; none between members of a box.
    pub wire: Option<WireIndex>,
    /// The sending member; on a wire, the called member either way.
    pub from: MemberIndex,
    /// The receiving member; on a wire, the called member either way.
    pub to: MemberIndex,
    /// The part of its way that lies behind it, 0 to 65535.
    pub progress: u16,
    /// True for an answer.
    pub reply: bool,
    /// True when it changes state.
    pub write: bool,
    /// True for an answer that is a refusal or an error.
    pub bad: bool,
}

impl<M: Member> Core<M> {
    /// What is under way: each message with the part of its way that lies behind it.
    pub fn in_flight(&self) -> impl Iterator<Item = InFlight> + '_ {
        let part = |sent: Time, at: Time| {
            let whole = at.since(sent).0.max(1);
            (self.now.since(sent).0.min(whole) as f64 / whole as f64 * 65_535.0) as u16
        };
        self.agenda.iter().filter_map(move |(at, event)| match *event {
            Event::Arrival { to, wire, sent, request, .. } => Some(InFlight {
                wire: Some(wire),
                from: to,
                to,
                progress: part(sent, at),
                reply: false,
                write: request.write,
                bad: false,
            }),
            Event::Answer { call, from, sent, reply } => {
                let known = self.calls.get(call.slot as usize).filter(|known| known.generation == call.generation)?;
                Some(InFlight {
                    wire: Some(known.wire),
                    from,
                    to: from,
                    progress: part(sent, at),
                    reply: true,
                    write: known.request.write,
                    bad: !reply.status.is_ok(),
                })
            }
            Event::Message { from, to, sent, .. } => {
                Some(InFlight { wire: None, from, to, progress: part(sent, at), reply: false, write: true, bad: false })
            }
            Event::Timer { .. } | Event::Expiry { .. } | Event::Retry { .. } | Event::Hedge { .. } => None,
        })
    }
}
