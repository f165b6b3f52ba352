//! Both queues against models that search lists from end to end.

use base::{Span, Time};
use proptest::collection::vec;
use proptest::prelude::*;
use queue::{Fifo, Full, Returned, Ticket, WorkQueue, WorkQueueConfig};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// One thing done to a work queue. `Ack` and `Nack` name a delivery by its age among all that were made.
#[derive(Clone, Copy, Debug)]
enum Step {
    Push,
    Take,
    Ack(usize),
    Nack(usize),
    Wait(u64),
    Clear,
    Retune(u32, u64, u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        30 => Just(Step::Push),
        30 => Just(Step::Take),
        12 => (0..6_usize).prop_map(Step::Ack),
        8 => (0..6_usize).prop_map(Step::Nack),
        15 => (0..8_u64).prop_map(Step::Wait),
        1 => Just(Step::Clear),
        2 => (0..8_u32, 1..20_u64, 0..4_u32).prop_map(|(capacity, visibility, most)| Step::Retune(capacity, visibility, most)),
    ];
    vec(step, 1..250)
}

#[derive(Clone, Copy, Debug)]
struct Item {
    item: u32,
    deliveries: u32,
    /// The number of its last delivery among all.
    delivery: Option<usize>,
    deadline: u64,
}

/// The rules of the queue, said with two lists.
struct Model {
    config: WorkQueueConfig,
    ready: Vec<Item>,
    in_flight: Vec<Item>,
    done: Vec<u32>,
}

impl Model {
    fn bring_back(&mut self, at: usize) -> Returned<u32> {
        let Item { item, deliveries, .. } = self.in_flight[at];
        let back = self.in_flight.remove(at);
        if deliveries >= self.config.deliveries_max.max(1) {
            self.done.push(item);
            return Returned::Dead { item, deliveries };
        }
        self.ready.push(back);
        Returned::Ready { item, deliveries }
    }

    fn in_flight_at(&self, delivery: usize) -> Option<usize> {
        self.in_flight.iter().position(|item| item.delivery == Some(delivery))
    }

    fn ack(&mut self, delivery: usize) -> Option<u32> {
        let ready = self.ready.iter().position(|item| item.delivery == Some(delivery));
        let item = match (self.in_flight_at(delivery), ready) {
            (Some(at), _) => self.in_flight.remove(at),
            (None, Some(at)) => self.ready.remove(at),
            (None, None) => return None,
        };
        self.done.push(item.item);
        Some(item.item)
    }

    /// The one due first; of those due together the one taken first.
    fn due(&self, now: u64) -> Option<usize> {
        let due =
            (0..self.in_flight.len()).min_by_key(|at| (self.in_flight[*at].deadline, self.in_flight[*at].delivery))?;
        (self.in_flight[due].deadline <= now).then_some(due)
    }
}

struct Watched {
    queue: WorkQueue<u32>,
    model: Model,
    tickets: Vec<Ticket>,
    now: u64,
    pushed: u32,
}

impl Watched {
    fn step(&mut self, step: Step) {
        match step {
            Step::Push => self.push(),
            Step::Take => self.take(),
            Step::Ack(age) => self.with_ticket(age, |queue, ticket, model, delivery| {
                assert_eq!(queue.ack(ticket), model.ack(delivery));
            }),
            Step::Nack(age) => self.with_ticket(age, |queue, ticket, model, delivery| {
                let expected = model.in_flight_at(delivery).map(|at| model.bring_back(at));
                assert_eq!(queue.nack(ticket), expected);
            }),
            Step::Wait(span) => self.wait(span),
            Step::Clear => {
                assert_eq!(self.queue.clear() as usize, self.model.ready.len() + self.model.in_flight.len());
                let Model { ready, in_flight, done, .. } = &mut self.model;
                done.extend(ready.drain(..).chain(in_flight.drain(..)).map(|item| item.item));
            }
            Step::Retune(capacity, visibility, deliveries_max) => {
                self.model.config = WorkQueueConfig { capacity, visibility: Span(visibility), deliveries_max };
                self.queue.set_config(self.model.config);
            }
        }
        self.check();
    }

    fn push(&mut self) {
        let room = self.model.ready.len() + self.model.in_flight.len() < self.model.config.capacity as usize;
        let full = Full { capacity: self.model.config.capacity };
        assert_eq!(self.queue.push(self.pushed, Time(self.now)), room.then_some(()).ok_or(full));
        if room {
            self.model.ready.push(Item { item: self.pushed, deliveries: 0, delivery: None, deadline: 0 });
            self.pushed += 1;
        }
    }

    fn take(&mut self) {
        let Some(delivery) = self.queue.take(Time(self.now)) else {
            assert!(self.model.ready.is_empty());
            return;
        };
        let mut item = self.model.ready.remove(0);
        (item.deliveries, item.delivery) = (item.deliveries + 1, Some(self.tickets.len()));
        item.deadline = self.now + self.model.config.visibility.0;
        self.tickets.push(delivery.ticket);
        assert_eq!(
            (delivery.item, delivery.deliveries, delivery.deadline.0),
            (item.item, item.deliveries, item.deadline)
        );
        self.model.in_flight.push(item);
    }

    fn with_ticket(&mut self, age: usize, act: impl FnOnce(&mut WorkQueue<u32>, Ticket, &mut Model, usize)) {
        if let Some(delivery) = self.tickets.len().checked_sub(age + 1) {
            act(&mut self.queue, self.tickets[delivery], &mut self.model, delivery);
        }
    }

    fn wait(&mut self, span: u64) {
        self.now += span;
        loop {
            let expected = self.model.due(self.now).map(|at| self.model.bring_back(at));
            assert_eq!(self.queue.on_timeout(Time(self.now)), expected);
            if expected.is_none() {
                return;
            }
        }
    }

    fn check(&self) {
        let Model { ready, in_flight, done, .. } = &self.model;
        assert!(self.queue.ready().map(|item| item.item).eq(ready.iter().map(|item| item.item)));
        assert_eq!(self.queue.ready_len() as usize, ready.len());
        assert_eq!(self.queue.in_flight_len() as usize, in_flight.len());
        let first = in_flight.iter().map(|item| Time(item.deadline)).min();
        assert_eq!(self.queue.next_timeout(), first);
        assert!(self.queue.in_flight().map(|item| item.deadline).is_sorted());
        // Nothing is lost and nothing is twice: every item is in exactly one place.
        let mut everywhere: Vec<u32> =
            ready.iter().chain(in_flight).map(|item| item.item).chain(done.iter().copied()).collect();
        everywhere.sort_unstable();
        assert!(everywhere.into_iter().eq(0..self.pushed));
    }
}

proptest! {
    #[test]
    fn work_queue_does_as_two_lists_do(steps in steps(), capacity in 0..8_u32, visibility in 1..20_u64, deliveries_max in 0..4_u32) {
        let config = WorkQueueConfig { capacity, visibility: Span(visibility), deliveries_max };
        let model = Model { config, ready: Vec::new(), in_flight: Vec::new(), done: Vec::new() };
        let mut watched = Watched { queue: WorkQueue::new(config), model, tickets: Vec::new(), now: 0, pushed: 0 };
        steps.iter().for_each(|step| watched.step(*step));
    }

    /// Oracle: a list.
    #[test]
    fn fifo_does_as_a_list_does(capacity in 0..6_u32, pushes in vec(any::<bool>(), 1..200)) {
        let (mut fifo, mut list) = (Fifo::new(capacity), Vec::new());
        for (item, is_push) in pushes.into_iter().enumerate() {
            if is_push {
                let room = list.len() < capacity as usize;
                prop_assert_eq!(fifo.is_full(), !room);
                prop_assert_eq!(fifo.push(item), room.then_some(()).ok_or(Full { capacity }));
                list.extend(room.then_some(item));
            } else {
                prop_assert_eq!(fifo.first(), list.first());
                prop_assert_eq!(fifo.pop(), (!list.is_empty()).then(|| list.remove(0)));
            }
            prop_assert!(fifo.iter().eq(list.iter()));
            prop_assert_eq!((fifo.len() as usize, fifo.is_empty()), (list.len(), list.is_empty()));
        }
    }
}

#[test]
fn a_poison_item_is_dead_after_its_last_delivery_and_holds_nobody_up() {
    let config = WorkQueueConfig { capacity: 10, visibility: Span(100), deliveries_max: 3 };
    let mut queue = WorkQueue::new(config);
    ["poison", "good", "better"].iter().for_each(|item| queue.push(*item, Time::ZERO).expect("there is room"));
    let mut story = Vec::new();
    while let Some(delivery) = queue.take(Time::ZERO) {
        if delivery.item == "poison" {
            story.push(format!("{:?}", queue.nack(delivery.ticket).expect("just taken")));
        } else {
            story.push(queue.ack(delivery.ticket).expect("just taken").to_owned());
        }
    }
    let expected = [
        "Ready { item: \"poison\", deliveries: 1 }",
        "good",
        "better",
        "Ready { item: \"poison\", deliveries: 2 }",
        "Dead { item: \"poison\", deliveries: 3 }",
    ];
    assert_eq!(story, expected);
    assert!(queue.is_empty());
}

#[test]
fn a_late_acknowledgement_counts_until_somebody_else_has_the_item() {
    let mut queue = WorkQueue::new(WorkQueueConfig { capacity: 1, visibility: Span(10), deliveries_max: 5 });
    queue.push('x', Time(0)).expect("there is room");
    let first = queue.take(Time(0)).expect("ready");
    assert_eq!(queue.on_timeout(Time(9)), None, "not a moment too early");
    assert_eq!(queue.on_timeout(Time(10)), Some(Returned::Ready { item: 'x', deliveries: 1 }));
    let mut other_worker_first = queue.clone();
    assert_eq!(queue.ack(first.ticket), Some('x'), "nobody else has it: done");
    let second = other_worker_first.take(Time(11)).expect("ready again");
    assert_eq!(other_worker_first.ack(first.ticket), None, "somebody else works on it: stale");
    assert_eq!(other_worker_first.ack(second.ticket), Some('x'));
}

#[test]
fn an_endless_visibility_never_times_out() {
    let mut queue = WorkQueue::new(WorkQueueConfig { visibility: Span::MAX, ..WorkQueueConfig::default() });
    queue.push(1, Time(5)).expect("there is room");
    queue.take(Time(5)).expect("ready");
    assert_eq!((queue.next_timeout(), queue.on_timeout(Time::NEVER)), (None, None));
}

#[test]
fn a_smaller_room_keeps_what_waits() {
    let mut fifo = Fifo::new(3);
    (0..3).for_each(|item| fifo.push(item).expect("there is room"));
    fifo.set_capacity(1);
    assert_eq!((fifo.push(9), fifo.len()), (Err(Full { capacity: 1 }), 3));
    assert_eq!([fifo.pop(), fifo.pop(), fifo.pop(), fifo.pop()], [Some(0), Some(1), Some(2), None]);
    assert_eq!(fifo.push(9).map(|()| fifo.clear()), Ok(1));
}
