//! Work queues with priorities and delays, topics, sequencers and credit, against plain lists; and what the notes claim of them.

use base::{Rng, Span, Time};
use proptest::collection::vec;
use proptest::prelude::*;
use queue::{CreditReceiver, CreditSender, GapBuffer, NoCredit, Sequencer, Task, TaskQueue, TaskQueueConfig, Topic};
use std::collections::BTreeMap;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const CONFIG: TaskQueueConfig =
    TaskQueueConfig { capacity: 6, visibility: Span(5), deliveries_max: 3, backoff: Span(2), backoff_max: Span(3) };

#[derive(Clone, Copy, Debug)]
enum Step {
    Push(u8, u64),
    Take,
    Ack(usize),
    Nack(usize),
    Redrive(u32),
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..3_u8, prop_oneof![Just(0), 1..6_u64]).prop_map(|(priority, delay)| Step::Push(priority, delay)),
        6 => Just(Step::Take),
        3 => (0..4_usize).prop_map(Step::Ack),
        3 => (0..4_usize).prop_map(Step::Nack),
        1 => (0..3_u32).prop_map(Step::Redrive),
        4 => (0..7_u64).prop_map(Step::Wait),
    ];
    vec(step, 1..150)
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Waiting(u64),
    InFlight(u64),
    Dead,
}

/// One list; an item is ready when its moment has come, and the order among the ready is that of their moments, then of time put.
#[derive(Clone, Copy, Debug)]
struct Item {
    id: u64,
    priority: u8,
    deliveries: u32,
    place: Place,
    /// When put where it waits; among equal moments those put without delay come after those that fell due.
    put: u64,
}

#[derive(Default)]
struct Model {
    items: Vec<Item>,
    puts: u64,
}

impl Model {
    /// Lets everything happen that is due by `now`, moment by moment, by id within one.
    fn advance(&mut self, now: u64) {
        loop {
            let due = |item: &Item| match item.place {
                Place::InFlight(at) => Some((at, item.id)),
                Place::Waiting(at) if item.put == 0 => Some((at, item.id)),
                _ => None,
            };
            let Some((at, id)) = self.items.iter().filter_map(due).filter(|(at, _)| *at <= now).min() else { return };
            let position = self.items.iter().position(|item| item.id == id).unwrap();
            match self.items[position].place {
                Place::InFlight(_) => self.fail(position, at),
                _ => self.ready(position),
            }
        }
    }

    fn ready(&mut self, position: usize) {
        self.puts += 1;
        self.items[position].put = self.puts;
    }

    fn put(&mut self, position: usize, delay: u64, now: u64) {
        self.items[position].place = Place::Waiting(now + delay);
        self.items[position].put = 0;
        if delay == 0 {
            self.ready(position);
        }
    }

    fn fail(&mut self, position: usize, now: u64) {
        let deliveries = self.items[position].deliveries;
        if deliveries >= CONFIG.deliveries_max {
            self.items[position].place = Place::Dead;
        } else {
            self.put(position, (2 << (deliveries - 1)).min(3), now);
        }
    }

    fn live(&self) -> u32 {
        self.items.iter().filter(|item| item.place != Place::Dead).count() as u32
    }
}

proptest! {
    #[test]
    fn a_task_queue_is_what_one_list_says(steps in steps()) {
        let (mut queue, mut model) = (TaskQueue::new(CONFIG), Model::default());
        let (mut now, mut tasks, mut pushed) = (0_u64, Vec::<Task<u64>>::new(), 0_u64);
        for step in steps {
            let at = Time(now);
            if !matches!(step, Step::Wait(_) | Step::Ack(_) | Step::Redrive(_)) {
                model.advance(now);
            }
            match step {
                Step::Push(priority, delay) => {
                    let is_full = model.live() >= CONFIG.capacity;
                    prop_assert_eq!(queue.push(pushed, priority, Span(delay), at).ok(), (!is_full).then_some(pushed));
                    if !is_full {
                        model.items.push(Item { id: pushed, priority, deliveries: 0, place: Place::Dead, put: 0 });
                        model.put(model.items.len() - 1, delay, now);
                        pushed += 1;
                    }
                }
                Step::Take => {
                    let ready = model.items.iter().enumerate().filter(|(_, item)| matches!(item.place, Place::Waiting(_)) && item.put > 0);
                    let first = ready.min_by_key(|(_, item)| (255 - item.priority, item.put)).map(|(position, _)| position);
                    let task = queue.take(at);
                    prop_assert_eq!(task.map(|task| task.id), first.map(|position| model.items[position].id));
                    if let Some(position) = first {
                        model.items[position].deliveries += 1;
                        model.items[position].place = Place::InFlight(now + 5);
                        prop_assert_eq!(task.unwrap().deliveries, model.items[position].deliveries);
                    }
                    tasks.extend(task);
                }
                Step::Ack(age) => {
                    let Some(task) = tasks.iter().rev().nth(age) else { continue };
                    let position = model.items.iter().position(|item| item.id == task.id && item.deliveries == task.deliveries);
                    prop_assert_eq!(queue.ack(task).is_some(), position.is_some());
                    position.map(|position| model.items.remove(position));
                }
                Step::Nack(age) => {
                    let Some(task) = tasks.iter().rev().nth(age) else { continue };
                    let is_it = |item: &Item| item.id == task.id && item.deliveries == task.deliveries && matches!(item.place, Place::InFlight(_));
                    let position = model.items.iter().position(is_it);
                    let nacked = queue.nack(task, at);
                    position.iter().for_each(|position| model.fail(*position, now));
                    let died = position.map(|position| model.items[position].place == Place::Dead);
                    prop_assert_eq!(nacked, died);
                }
                Step::Redrive(count) => {
                    let room = CONFIG.capacity.saturating_sub(model.live()).min(count);
                    let dead: Vec<usize> = (0..model.items.len()).filter(|at| model.items[*at].place == Place::Dead).take(room as usize).collect();
                    prop_assert_eq!(queue.redrive(count, at) as usize, dead.len());
                    for position in dead {
                        model.items[position].deliveries = 0;
                        model.put(position, 0, now);
                    }
                }
                Step::Wait(span) => now += span,
            }
            prop_assert_eq!(queue.len(), model.live());
            let dead: Vec<u64> = model.items.iter().filter(|item| item.place == Place::Dead).map(|item| item.id).collect();
            prop_assert_eq!(queue.dead().map(|(id, _)| id).collect::<Vec<_>>(), dead);
        }
    }

    /// Whatever the network does short of losing, everything is delivered once and in order.
    #[test]
    fn a_gap_buffer_undoes_reordering_and_duplication(seed in any::<u64>(), count in 1..40_u64) {
        let (mut rng, mut sequencer) = (Rng::new(seed), Sequencer::default());
        let mut arriving: Vec<u64> = (0..count).map(|_| sequencer.next_number()).flat_map(|number| [number, number]).collect();
        rng.shuffle(&mut arriving);
        let mut buffer = GapBuffer::new(100, Span::MAX);
        let (mut delivered, mut news) = (Vec::new(), 0);
        for number in arriving {
            news += u64::from(buffer.on_message(number, number, Time::ZERO));
            while let Some((number, _)) = buffer.deliver(Time::ZERO) {
                delivered.push(number);
            }
        }
        prop_assert_eq!((delivered, news), ((1..=count).collect::<Vec<_>>(), count));
        prop_assert_eq!(buffer.gives_up_after(), None);
    }

    #[test]
    fn credit_never_lets_a_buffer_overflow_and_never_dries_up(capacity in 1..9_u32, batch in 0..12_u32, seed in any::<u64>()) {
        let (mut rng, mut sender, mut receiver) = (Rng::new(seed), CreditSender::new(capacity), CreditReceiver::new(capacity, batch));
        let (mut sent, mut taken) = (0_u64, 0_u64);
        for _ in 0..300 {
            if rng.chance(0.6) {
                if sender.spend().is_ok() {
                    prop_assert!(receiver.on_message(sent), "a message within its credit was refused");
                    sent += 1;
                }
            } else if let Some((message, credit)) = receiver.take() {
                prop_assert_eq!(message, taken);
                taken += 1;
                sender.on_credit(credit);
            }
            prop_assert!(receiver.len() <= capacity);
            prop_assert!(!receiver.is_empty() || sender.credit() > 0, "both wait for each other");
        }
        (0..sender.credit()).for_each(|_| sender.spend().unwrap());
        prop_assert_eq!(sender.spend(), Err(NoCredit { capacity }));
    }
}

/// M98, C24 and K65 of the notes: three attempts, then the dead letters; without them the poison item holds up the line.
#[test]
fn a_poison_item_is_dead_after_three_attempts_and_the_others_go_on() {
    let run = |deliveries_max| {
        let config = TaskQueueConfig { deliveries_max, backoff: Span::ZERO, ..TaskQueueConfig::default() };
        let mut queue = TaskQueue::new(config);
        for item in 0..5_u32 {
            queue.push(item, u8::from(item == 0), Span::ZERO, Time::ZERO).unwrap();
        }
        let (mut attempts, mut done) = (0, 0);
        for _ in 0..20 {
            let Some(task) = queue.take(Time::ZERO) else { break };
            if task.item == 0 {
                attempts += 1;
                queue.nack(&task, Time::ZERO);
            } else {
                done += u32::from(queue.ack(&task).is_some());
            }
        }
        (attempts, done, queue.dead().count())
    };
    assert_eq!(run(3), (3, 4, 1), "attempts at the poison item, others done, dead letters");
    assert_eq!(run(1_000), (20, 0, 0), "without a limit an item of high priority takes every one of 20 turns");
}

#[test]
fn a_redriven_item_is_as_new() {
    let mut queue = TaskQueue::new(TaskQueueConfig { deliveries_max: 1, ..CONFIG });
    queue.push('a', 0, Span::ZERO, Time::ZERO).unwrap();
    let first = queue.take(Time::ZERO).unwrap();
    assert_eq!((first.deadline, queue.next_change()), (Time(5), Some(Time(5))));
    assert_eq!(queue.advance(Time(5)), [first.id]);
    assert_eq!((queue.len(), queue.redrive(9, Time(6)), queue.len()), (0, 1, 1));
    let second = queue.take(Time(6)).unwrap();
    assert_eq!((second.id, second.deliveries), (first.id, 1));
}

/// 03 §1.12 of the notes: five attempts, which wait 0, 1, 2, 4, 8 s.
#[test]
fn the_defaults_wait_one_two_four_and_eight_seconds_and_give_up_after_the_fifth() {
    let mut queue = TaskQueue::new(TaskQueueConfig::default());
    queue.push((), 0, Span::ZERO, Time::ZERO).unwrap();
    let (mut now, mut waits) = (Time::ZERO, Vec::new());
    loop {
        let task = queue.take(now).unwrap();
        if queue.nack(&task, now) == Some(true) {
            break;
        }
        let next = queue.next_change().unwrap();
        waits.push(next.since(now).0 / 1_000_000_000);
        now = next;
    }
    assert_eq!((waits, queue.dead().count()), (vec![1, 2, 4, 8], 1), "waits in seconds, dead letters");
}

/// K62 and S11 of the notes: two kinds of worker on one queue halve the work between them; on a topic both see all of it.
#[test]
fn a_queue_gives_each_message_to_one_and_a_topic_to_everyone() {
    let mut queue = TaskQueue::new(TaskQueueConfig::default());
    let mut topic = Topic::new(100);
    [1, 2].into_iter().for_each(|id| topic.subscribe(id));
    let mut seen: BTreeMap<&str, [u32; 2]> = BTreeMap::new();
    for upload in 0..10_u32 {
        queue.push(upload, 0, Span::ZERO, Time::ZERO).unwrap();
        assert_eq!(topic.publish(upload), 2);
    }
    for turn in 0..20_u32 {
        let worker = (turn % 2) as usize;
        seen.entry("queue").or_default()[worker] += u32::from(queue.take(Time::ZERO).is_some());
        seen.entry("topic").or_default()[worker] += u32::from(topic.pull(worker as u32 + 1).is_some());
    }
    assert_eq!((seen["queue"], seen["topic"]), ([5, 5], [10, 10]), "of 10 uploads: thumbnails, scans");
}

#[test]
fn a_slow_subscriber_loses_its_own_copies_only() {
    let mut topic = Topic::new(3);
    [1, 2].into_iter().for_each(|id| topic.subscribe(id));
    let mut read = 0;
    for message in 0..10 {
        topic.publish(message);
        read += u32::from(topic.pull(1) == Some(message));
    }
    assert_eq!((read, topic.backlog(1), topic.backlog(2)), (10, Some((0, 0)), Some((3, 7))));
    assert_eq!((topic.unsubscribe(2), topic.backlog(2), topic.pull(2)), (3, None, None));
}

/// W9 of the notes: sent at 10:00:00 and 10:00:01, arrived at :03 and :02. And a gap that never fills is given up.
#[test]
fn reversed_messages_wait_for_each_other_and_a_lost_one_is_given_up() {
    let mut buffer = GapBuffer::new(10, Span::from_secs(5));
    let second = |at| Time::ZERO + Span::from_secs(at);
    assert!(buffer.on_message(2, "are you there?", second(2)));
    assert_eq!(buffer.deliver(second(2)), None);
    assert!(buffer.on_message(1, "hello", second(3)));
    assert_eq!(
        (buffer.deliver(second(3)), buffer.deliver(second(3))),
        (Some((1, "hello")), Some((2, "are you there?")))
    );
    assert!(buffer.on_message(4, "bye", second(4)));
    assert_eq!((buffer.gives_up_after(), buffer.deliver(second(9))), (Some(second(9)), None));
    assert_eq!(buffer.deliver(second(9) + Span(1)), Some((4, "bye")));
    assert_eq!((buffer.skipped(), buffer.on_message(3, "too late", second(10))), (1, false));
}

/// 08 E2 and claim 56: twice the load for 1,000 messages, with and without credit.
#[test]
fn an_overloaded_queue_grows_refuses_or_slows_its_sender_down() {
    let (mut unbounded, mut deepest, mut bounded, mut refused) = (0_u32, 0, queue::Fifo::new(10), 0);
    let (mut sender, mut receiver, mut held_back, mut kept) = (CreditSender::new(10), CreditReceiver::new(10, 5), 0, 0);
    for turn in 0..1_000 {
        unbounded += 1;
        refused += u32::from(bounded.push(turn).is_err());
        if sender.spend().is_ok() {
            kept += u32::from(receiver.on_message(turn))
        } else {
            held_back += 1
        }
        if turn % 2 == 1 {
            unbounded -= 1;
            bounded.pop();
            receiver.take().into_iter().for_each(|(_, credit)| sender.on_credit(credit));
        }
        deepest = deepest.max(receiver.len());
    }
    assert_eq!(unbounded, 500, "left in the unbounded queue");
    assert_eq!(refused, 1_000 - 500 - 9, "refused by the bounded one: all but the 500 taken and the 9 that are left");
    assert_eq!(held_back + kept, 1_000, "{held_back} held back at the sender, none refused");
    assert!(held_back > 400 && deepest <= 10, "{held_back} held back, at most {deepest} waiting in a room for 10");
}

#[test]
fn only_those_who_want_a_message_get_it_and_only_they_can_lose_it() {
    let mut topic = Topic::new(1);
    (0..3).for_each(|id| topic.subscribe(id));
    assert_eq!(topic.publish_where("a", |id| id != 1), (2, 0));
    assert_eq!(topic.publish_where("b", |id| id < 2), (1, 1), "the first has no room left");
    assert_eq!((topic.next(0), topic.next(1), topic.next(2)), (Some(&"a"), Some(&"b"), Some(&"a")));
    topic.set_capacity(2);
    assert_eq!((topic.capacity(), topic.publish("c")), (2, 3));
}

#[test]
fn dead_letters_are_thrown_away_oldest_first_and_the_delayed_are_counted() {
    let config = TaskQueueConfig { deliveries_max: 1, ..CONFIG };
    let mut queue = TaskQueue::new(TaskQueueConfig { capacity: 0, ..config });
    assert!(queue.push(1, 0, Span::ZERO, Time(0)).is_err());
    queue.set_config(config);
    for item in 1..=3 {
        queue.push(item, 0, Span(item), Time(0)).expect("there is room");
    }
    assert_eq!((queue.delayed_len(), queue.ready_len()), (3, 0));
    for now in 1..=3 {
        let task = queue.take(Time(now)).expect("one is due each moment");
        assert_eq!(queue.nack(&task, Time(now)), Some(true));
    }
    assert_eq!((queue.delayed_len(), queue.dead_len()), (0, 3));
    assert_eq!((queue.discard_dead(), queue.discard_dead(), queue.dead_len()), (Some(1), Some(2), 1));
}

#[test]
fn a_receiver_names_every_gap_and_keeps_what_it_delivered_through_a_crash() {
    let mut buffer = GapBuffer::new(10, Span::MAX);
    for number in [1, 3, 4, 7] {
        assert!(buffer.on_message(number, (), Time(0)));
    }
    assert_eq!(buffer.deliver(Time(0)), Some((1, ())));
    assert_eq!(buffer.gaps().collect::<Vec<_>>(), [(2, 3), (5, 7)]);
    assert_eq!((buffer.next_expected(), buffer.highest(), buffer.waiting_len()), (2, 7, 3));
    buffer.on_crash();
    assert_eq!((buffer.next_expected(), buffer.highest(), buffer.gaps().count()), (2, 1, 0));
}

#[test]
fn who_says_that_he_is_at_it_keeps_an_item_and_who_lost_it_cannot() {
    let mut queue = TaskQueue::new(CONFIG);
    queue.push("slow", 0, Span::ZERO, Time(0)).unwrap();
    let first = queue.take(Time(0)).unwrap();
    assert!((0..40).step_by(4).all(|now| queue.extend(&first, Time(now))), "each time it is his for 5 ns more");
    assert_eq!((queue.next_change(), queue.take(Time(40))), (Some(Time(41)), None));
    // At 41 it comes back, waits for 2 ns and is another's.
    assert!(!queue.extend(&first, Time(41)), "too late");
    let second = queue.take(Time(43)).unwrap();
    assert_eq!((second.deliveries, queue.extend(&first, Time(43)), queue.extend(&second, Time(44))), (2, false, true));
    assert_eq!((queue.ack(&first), queue.ack(&second), queue.extend(&second, Time(45))), (None, Some("slow"), false));
    assert_eq!(queue.next_change(), None);
}
