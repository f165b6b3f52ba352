//! What the servers of a connection hub share: where each device is connected, and what waits for it.

use base::Time;
use std::collections::VecDeque;

/// One message on its way to a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its place among those of its device, from 1.
    pub number: u64,
    /// Its number among all.
    pub message: u64,
    /// When the hub took it in.
    pub came: Time,
    /// The device has it; it is kept only to be sent again.
    pub is_delivered: bool,
}

/// The directory and the mailboxes.
#[derive(Clone, Debug)]
pub struct HubFront {
    turn: u32,
    /// The server at which each device is connected; 0 for none.
    homes: Vec<u8>,
    boxes: Vec<VecDeque<Letter>>,
    last: Vec<u64>,
    messages: u64,
    /// How often each member has died: its operating system tells those who were connected.
    deaths: Vec<u32>,
}

impl HubFront {
    /// Empty mailboxes of `devices`, of which each is connected to one of `members` but the first.
    #[must_use]
    pub fn new(devices: usize, members: u8) -> HubFront {
        let homes = (0..devices).map(|device| HubFront::first_home(device as u32, members)).collect();
        HubFront {
            turn: 0,
            homes,
            boxes: vec![VecDeque::new(); devices],
            last: vec![0; devices],
            messages: 0,
            deaths: vec![0; usize::from(members)],
        }
    }

    /// The server at which a device is at the beginning.
    #[must_use]
    pub fn first_home(device: u32, members: u8) -> u8 {
        1 + (device % u32::from(members.saturating_sub(1).max(1))) as u8
    }

    /// The device that belongs to a user.
    #[must_use]
    pub fn device(&self, user: u32) -> u32 {
        user % (self.homes.len() as u32).max(1)
    }

    /// The server in turn.
    pub fn next_server(&mut self) -> u8 {
        self.turn = self.turn.wrapping_add(1);
        HubFront::first_home(self.turn, self.deaths.len() as u8)
    }

    pub(crate) fn route(&mut self, user: u32) -> Option<u8> {
        let home = self.homes.get(self.device(user) as usize).copied()?;
        Some(if home == 0 { self.next_server() } else { home })
    }

    /// A device is connected to a server now, or to none.
    pub fn connect(&mut self, device: u32, server: u8) {
        if let Some(home) = self.homes.get_mut(device as usize) {
            *home = server;
        }
    }

    /// A server died, and what it held open is closed.
    pub fn died(&mut self, server: u8) {
        self.homes.iter_mut().filter(|home| **home == server).for_each(|home| *home = 0);
        if let Some(deaths) = self.deaths.get_mut(usize::from(server)) {
            *deaths = deaths.wrapping_add(1);
        }
    }

    /// How often each member has died.
    #[must_use]
    pub fn deaths(&self) -> &[u32] {
        &self.deaths
    }

    /// A message for a device comes in; with more than `room` waiting the oldest is thrown away, and is returned.
    pub fn put(&mut self, device: u32, room: usize, now: Time) -> (Letter, Option<Letter>) {
        self.messages += 1;
        let at = device as usize;
        self.last[at] += 1;
        let letter = Letter { number: self.last[at], message: self.messages, came: now, is_delivered: false };
        self.boxes[at].push_back(letter);
        let thrown = if self.boxes[at].len() > room { self.boxes[at].pop_front() } else { None };
        (letter, thrown)
    }

    /// What a device that has seen everything up to `seen` has not.
    pub fn after(&self, device: u32, seen: u64) -> impl Iterator<Item = Letter> + '_ {
        let mailbox = self.boxes.get(device as usize).into_iter().flatten();
        mailbox.copied().filter(move |letter| letter.number > seen)
    }

    /// A device has everything up to here.
    pub fn confirm(&mut self, device: u32, upto: u64) {
        let Some(mailbox) = self.boxes.get_mut(device as usize) else { return };
        while mailbox.front().is_some_and(|letter| letter.number <= upto) {
            mailbox.pop_front();
        }
    }

    /// A device has got this one, and nobody at the hub knows yet.
    pub fn delivered(&mut self, device: u32, number: u64) {
        let Some(mailbox) = self.boxes.get_mut(device as usize) else { return };
        if let Some(letter) = mailbox.iter_mut().rev().find(|letter| letter.number == number) {
            letter.is_delivered = true;
        }
    }

    /// Takes one message out, delivered or not.
    pub fn take(&mut self, device: u32, number: u64) -> Option<Letter> {
        let mailbox = self.boxes.get_mut(device as usize)?;
        let at = mailbox.iter().rposition(|letter| letter.number == number)?;
        mailbox.remove(at)
    }
}
