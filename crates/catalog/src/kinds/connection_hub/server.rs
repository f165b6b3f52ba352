//! A server: what it holds open, what it pushes, and the work of taking a device in.

use super::{CROWD, Rules, Transport, Word};
use crate::desk::Desk;
use crate::face::Face;
use crate::front::Front;
use crate::kind::{Cx, Setup};
use crate::kinds::Message;
use crate::mailboxes::{HubFront, Letter};
use base::Delay;
use sim::{CallId, Reply, Request};
use trace::{Record, Status};

/// One server.
#[derive(Clone)]
pub(super) struct Server {
    rules: Rules,
    number: u8,
    desk: Desk<Job>,
    /// Work that is not a message's: it takes its own time on top of the desk's.
    later: slab::Slab<Job>,
    /// Who is connected here.
    is_connected: Vec<bool>,
    /// Whose long poll is held here.
    is_held: Vec<bool>,
    connections: u32,
    pub refused: u64,
    /// Bytes sent to devices.
    pub bytes: u64,
}

#[derive(Clone, Copy)]
enum Job {
    Message { call: CallId, request: Request },
    Connect { device: u32, attempt: u32, seen: u64 },
    Ask { device: u32, seen: u64 },
}

/// Set in the token of the second part of a job's work.
const LATER: u64 = 1 << 40;
/// Bytes of a pong, and of a comment that keeps a stream open.
const PONG_BYTES: u64 = 2;

impl Server {
    pub fn new(rules: Rules, setup: &Setup<'_>) -> Server {
        let is_home = |device: u32| HubFront::first_home(device, setup.members) == setup.number && rules.transport != Transport::Poll;
        let is_connected: Vec<bool> = (0..rules.devices).map(is_home).collect();
        let is_held = if rules.transport == Transport::LongPoll { is_connected.clone() } else { vec![false; is_connected.len()] };
        let connections = is_connected.iter().filter(|connected| **connected).count() as u32;
        let (number, desk) = (setup.number, Desk::new(&setup.settings));
        Server { rules, number, desk, later: slab::Slab::new(), is_connected, is_held, connections, refused: 0, bytes: 0 }
    }

    pub fn retune(&mut self, cx: &mut Cx<'_>, rules: Rules, setup: &Setup<'_>) {
        self.rules = Rules { devices: self.rules.devices, transport: self.rules.transport, ..rules };
        self.desk.retune(cx, &setup.settings);
    }

    pub fn connections(&self) -> u32 {
        self.connections
    }

    #[inline]
    pub fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.desk.take(cx, call, Job::Message { call, request });
    }

    pub fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if token & LATER != 0 {
            if let Some(job) = self.later.try_remove((token & !LATER) as usize) {
                self.desk.release(cx);
                self.finish(cx, job);
            }
            return;
        }
        let job = self.desk.close(token as u32);
        let more: &Delay = match job {
            Job::Message { .. } => {
                self.desk.release(cx);
                return self.finish(cx, job);
            }
            Job::Connect { .. } => &self.rules.handshake,
            Job::Ask { .. } => &self.rules.ask,
        };
        let more = cx.work(more);
        let key = self.later.insert(job) as u64;
        cx.timer(more, LATER | key);
    }

    fn finish(&mut self, cx: &mut Cx<'_>, job: Job) {
        match job {
            Job::Message { call, request } => self.take_in(cx, call, &request),
            Job::Connect { device, attempt, seen } => {
                self.connect(cx, device);
                self.send(cx, self.rules.header_bytes, Word::Accepted { device, attempt });
                self.confirm(cx, device, seen);
                self.is_held[device as usize] = self.rules.transport == Transport::LongPoll;
                self.push_all(cx, device, seen);
            }
            Job::Ask { device, seen } => {
                self.confirm(cx, device, seen);
                if self.rules.transport == Transport::LongPoll {
                    if self.is_held[device as usize] {
                        // The one that is held ends with nothing, so that no proxy on the way loses its patience.
                        self.send(cx, self.rules.header_bytes, Word::Empty { device });
                    }
                    self.is_held[device as usize] = true;
                    self.push_all(cx, device, seen);
                } else if !self.push_all(cx, device, seen) {
                    self.send(cx, self.rules.header_bytes, Word::Empty { device });
                }
            }
        }
    }

    /// A message has come for a device: into its mailbox, and to the device if it can be reached.
    fn take_in(&mut self, cx: &mut Cx<'_>, call: CallId, request: &Request) {
        cx.reply(call, Reply::plain(Status::Ok));
        let (queue, now) = (cx.home(), cx.now());
        let Front::Hub(front) = cx.front() else { return };
        if !request.write {
            return;
        }
        let device = front.device(request.user);
        let (letter, thrown) = front.put(device, self.rules.room, now);
        cx.record(Record::Queued { queue, message: letter.message, copies: 1 });
        if let Some(thrown) = thrown.filter(|letter| !letter.is_delivered) {
            cx.record(Record::Dropped { queue, message: thrown.message });
        }
        let is_here = self.is_connected.get(device as usize) == Some(&true);
        match self.rules.transport {
            Transport::Poll => {}
            Transport::LongPoll => {
                if self.is_held.get(device as usize) == Some(&true) {
                    self.push_all(cx, device, letter.number - 1);
                }
            }
            Transport::WebSocket | Transport::ServerSentEvents => {
                if is_here {
                    self.push(cx, device, letter, true);
                } else if !self.rules.keeps {
                    self.forget(cx, device, letter.number, true);
                }
            }
        }
    }

    /// Everything that a device has not seen; false when there is nothing.
    fn push_all(&mut self, cx: &mut Cx<'_>, device: u32, seen: u64) -> bool {
        let Front::Hub(front) = cx.front() else { return false };
        let letters: Vec<Letter> = front.after(device, seen).collect();
        let Some((last, others)) = letters.split_last() else { return false };
        others.iter().for_each(|letter| self.push(cx, device, *letter, false));
        self.push(cx, device, *last, true);
        self.is_held[device as usize] = false;
        true
    }

    fn push(&mut self, cx: &mut Cx<'_>, device: u32, letter: Letter, is_last: bool) {
        let has_headers = is_last && matches!(self.rules.transport, Transport::LongPoll | Transport::Poll);
        let headers = if has_headers { self.rules.header_bytes } else { 0 };
        self.send(cx, headers + self.rules.transport.frame_bytes(), Word::Push { device, letter, is_last });
        if !self.rules.keeps {
            self.forget(cx, device, letter.number, false);
        }
    }

    /// It is sent, or cannot be; nobody keeps it.
    fn forget(&self, cx: &mut Cx<'_>, device: u32, number: u64, is_lost: bool) {
        let queue = cx.home();
        let Front::Hub(front) = cx.front() else { return };
        if let Some(letter) = front.take(device, number)
            && is_lost
            && !letter.is_delivered
        {
            cx.record(Record::Dropped { queue, message: letter.message });
        }
    }

    fn confirm(&self, cx: &mut Cx<'_>, device: u32, seen: u64) {
        if let Front::Hub(front) = cx.front() {
            front.confirm(device, seen);
        }
    }

    fn send(&mut self, cx: &mut Cx<'_>, bytes: u64, word: Word) {
        self.bytes += bytes;
        cx.send(CROWD, Message::ConnectionHub(word));
    }

    fn connect(&mut self, cx: &mut Cx<'_>, device: u32) {
        let number = self.number;
        if let Some(connected) = self.is_connected.get_mut(device as usize) {
            self.connections += u32::from(!*connected);
            *connected = true;
        }
        if let Front::Hub(front) = cx.front() {
            front.connect(device, number);
        }
    }

    pub fn on_message(&mut self, cx: &mut Cx<'_>, word: Word) {
        let (device, attempt, job) = match word {
            Word::Connect { device, attempt, seen } => (device, attempt, Job::Connect { device, attempt, seen }),
            Word::Ask { device, seen } => (device, 0, Job::Ask { device, seen }),
            Word::Ping { device } => {
                return if self.is_connected.get(device as usize) == Some(&true) {
                    self.send(cx, PONG_BYTES, Word::Empty { device });
                } else {
                    self.send(cx, PONG_BYTES, Word::Refused { device, attempt: 0 });
                };
            }
            Word::Got { device, seen } => return self.confirm(cx, device, seen),
            Word::Accepted { .. } | Word::Refused { .. } | Word::Push { .. } | Word::Empty { .. } => return,
        };
        let is_known = self.is_connected.get(device as usize).copied();
        let is_stranger = self.rules.transport == Transport::LongPoll && matches!(job, Job::Ask { .. }) && is_known == Some(false);
        if is_known.is_none() {
            return;
        }
        if is_stranger || !self.desk.accept(cx, job) {
            self.refused += 1;
            self.send(cx, self.rules.header_bytes, Word::Refused { device, attempt });
        }
    }

    pub fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.desk.abandon(cx);
        self.later.clear();
        self.is_connected.fill(false);
        self.is_held.fill(false);
        self.connections = 0;
        let number = self.number;
        if let Front::Hub(front) = cx.front() {
            front.died(number);
        }
    }

    pub fn face(&self) -> Face {
        let ((waiting, room), (busy, workers)) = (self.desk.line(), self.desk.workers());
        Face::Queue {
            waiting: u64::from(waiting),
            room: Some(u64::from(room)),
            busy: u64::from(busy),
            workers: u64::from(workers),
        }
    }
}
