//! What a replicated log has been asked: requests on their way through a protocol, some of them passed on by a member that does not
//! lead; and how their ends are told.

use crate::kind::Cx;
use sim::{CallId, Reply, Request};
use slab::Slab;
use trace::{Record, Status};

/// What members of a group say to each other.
#[derive(Clone, Debug)]
pub enum Word<M> {
    /// The protocol.
    Said(M),
    /// A request that somebody has passed on who does not lead.
    Ask(CallId, Request),
    /// Its answer, for who has passed it on.
    Told(CallId, Reply),
}

/// What a machine has been asked and has not answered.
#[derive(Clone, Default)]
pub(crate) struct Asked {
    open: Slab<Open>,
}

/// One of them.
#[derive(Clone)]
pub(crate) struct Open {
    call: CallId,
    pub request: Request,
    passed_on: Option<u8>,
}

impl Asked {
    /// A request, and who has passed it on: the token to ask the machine with.
    pub fn begin(&mut self, call: CallId, request: Request, passed_on: Option<u8>) -> u64 {
        self.open.insert(Open { call, request, passed_on }) as u64
    }

    /// The machine answers; `None` when the member has died since it was asked.
    pub fn end(&mut self, token: u64) -> Option<Open> {
        self.open.try_remove(token as usize)
    }

    /// The member dies.
    pub fn clear(&mut self) {
        self.open.clear();
    }
}

impl Open {
    /// The write took effect as `version`.
    pub fn written(&self, cx: &mut Cx<'_>, version: u64) -> Reply {
        let (store, member) = (cx.home(), cx.me());
        let (key, write) = (self.request.key, self.request.value);
        cx.record(Record::Acknowledged { store, member, key, version, write });
        found(cx, version, 0)
    }

    /// Tells the caller, or who has passed it on: `wrap` makes a word a message of the box.
    pub fn answer<M>(self, cx: &mut Cx<'_>, answer: Reply, wrap: impl FnOnce(Word<M>) -> crate::kinds::Message) {
        match self.passed_on {
            Some(member) => cx.send(member, wrap(Word::Told(self.call, answer))),
            None => cx.reply(self.call, answer),
        }
    }
}

/// The answer of who has looked: a key that nobody has written yet is there all the same, as version 0.
pub(crate) fn found(cx: &Cx<'_>, version: u64, value: u64) -> Reply {
    Reply { status: Status::Ok, store: cx.home(), version, value }
}
