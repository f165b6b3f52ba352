//! Several editors, a server, and messages that are late.

use base::{Rng, Span, Time};
use collab::{Accepted, Cursor, EditError, Editor, Entry, Log, Operation, Presence, Sent, Server};
use std::collections::VecDeque;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A server and editors with lines of messages between them, which keep their order and may be long.
struct Room {
    server: Server,
    editors: Vec<Editor>,
    up: Vec<VecDeque<Sent>>,
    down: Vec<VecDeque<Accepted>>,
}

impl Room {
    fn new(text: &str, editors: u32) -> Room {
        let all = editors as usize;
        let editors = (0..editors).map(|id| Editor::new(id, text)).collect();
        Room { server: Server::new(text), editors, up: vec![VecDeque::new(); all], down: vec![VecDeque::new(); all] }
    }

    fn edit(&mut self, at: usize, rng: &mut Rng, is_insert: bool) {
        let editor = &mut self.editors[at];
        let length = editor.text().chars().count() as u64;
        let sent = if is_insert || length == 0 {
            let new: String = (0..=rng.below(3)).map(|_| char::from(b'a' + rng.below(26) as u8)).collect();
            editor.insert(rng.below(length + 1), &new)
        } else {
            let place = rng.below(length);
            editor.delete(place, 1 + rng.below((length - place).min(3)))
        };
        self.up[at].extend(sent.expect("in range"));
    }

    fn deliver_up(&mut self, at: usize) {
        if let Some(sent) = self.up[at].pop_front() {
            let accepted = self.server.receive(sent).expect("it fits");
            self.down.iter_mut().for_each(|line| line.push_back(accepted.clone()));
        }
    }

    fn deliver_down(&mut self, at: usize) {
        if let Some(accepted) = self.down[at].pop_front() {
            let sent = self.editors[at].receive(&accepted).expect("it fits");
            self.up[at].extend(sent);
        }
    }

    fn settle(&mut self) {
        while self.up.iter().any(|line| !line.is_empty()) || self.down.iter().any(|line| !line.is_empty()) {
            (0..self.editors.len()).for_each(|at| {
                self.deliver_up(at);
                self.deliver_down(at);
            });
        }
    }
}

#[test]
fn ten_thousand_random_operations_of_three_editors_converge() {
    let mut rng = Rng::new(17);
    let mut room = Room::new("", 3);
    let mut behind_max = 0;
    for _ in 0..10_000 {
        let is_insert = rng.chance(0.5);
        room.edit(rng.below(3) as usize, &mut rng, is_insert);
        for _ in 0..rng.below(5) {
            let at = rng.below(3) as usize;
            if rng.chance(0.5) { room.deliver_up(at) } else { room.deliver_down(at) }
        }
        behind_max = behind_max.max(room.down.iter().map(VecDeque::len).max().unwrap_or(0));
    }
    assert!(behind_max > 10, "somebody was {behind_max} operations behind");
    room.settle();
    for editor in &room.editors {
        assert!(editor.is_settled());
        assert_eq!(editor.text(), room.server.text());
    }
    // The log alone gives the same text, from the beginning and from the last snapshot.
    let log = room.server.log();
    let replayed =
        log.since(0).expect("the beginning").try_fold(String::new(), |text, entry| entry.operation.apply(&text));
    assert_eq!(replayed.as_deref(), Ok(room.server.text()));
    let (text, replays) = log.text_at(log.revision()).expect("the newest");
    assert!(text == room.server.text() && replays < 100, "{replays} operations from the snapshot");
}

/// The notes' log of four operations, and the text at each of its moments.
#[test]
fn a_log_gives_back_every_moment() {
    for every in [1, 2, 3, 100, 0] {
        let mut log = Log::new("", every);
        let edits = [
            Operation::insertion(0, 0, "H"),
            Operation::insertion(1, 1, "e"),
            Operation::insertion(2, 1, "i"),
            Operation::deletion(3, 2, 1),
        ];
        for operation in edits {
            log.append(Entry { author: 0, at: Time(1), operation: operation.expect("in range") }).expect("fits");
        }
        let texts: Vec<String> = (0..=4).map(|revision| log.text_at(revision).expect("there").0).collect();
        assert_eq!(texts, ["", "H", "He", "Hie", "Hi"], "a snapshot every {every}");
        assert!((0..=4).all(|revision| log.text_at(revision).expect("there").1 < every.max(1)));
        assert_eq!(log.text_at(5), Err(EditError::Revision { revision: 5, newest: 4 }));
        let misfit = Entry { author: 0, at: Time(2), operation: Operation::identity(7) };
        assert!(log.append(misfit).is_err() && log.text() == "Hi" && log.revision() == 4);
    }
}

/// A log whose key is the time of the entry loses operations of one tick; the notes' example counts in seconds.
#[test]
fn a_log_by_timestamp_forgets_what_shares_a_tick() {
    let mut log = Log::new("", 10);
    let mut by_second = std::collections::BTreeMap::new();
    for (at, character) in [(100, "H"), (400, "e"), (1_200, "y")] {
        let at = Time::ZERO + Span::from_millis(at);
        let length = log.text().len() as u64;
        let operation = Operation::insertion(length, length, character).expect("in range");
        by_second.insert(at.0 / 1_000_000_000, operation.clone());
        log.append(Entry { author: 0, at, operation }).expect("fits");
    }
    assert_eq!((log.text(), log.revision()), ("Hey", 3));
    assert_eq!(by_second.len(), 2, "one of the two operations of the first second is gone");
    let mut kept = by_second.into_values();
    let first = kept.next().expect("two").apply("");
    assert!(first.is_err(), "and what is left does not even fit: {first:?}");
}

#[test]
fn an_editor_who_was_away_comes_back_to_one_text() {
    let mut rng = Rng::new(5);
    let mut room = Room::new("the quick brown fox", 2);
    for _ in 0..300 {
        room.edit(0, &mut rng, true);
        room.deliver_up(0);
        room.deliver_down(0);
        // Editor 1 hears nothing and writes all the same.
        if rng.chance(0.2) {
            room.edit(1, &mut rng, false);
        }
    }
    room.settle();
    assert_eq!(room.editors[0].text(), room.editors[1].text());
}

#[test]
fn what_comes_from_nowhere_changes_nothing() {
    let mut server = Server::new("abc");
    let sent = |revision, length| Sent { author: 0, revision, operation: Operation::identity(length) };
    assert_eq!(server.receive(sent(1, 3)), Err(EditError::Revision { revision: 1, newest: 0 }));
    assert!(server.receive(sent(u64::MAX, 3)).is_err() && server.receive(sent(0, 4)).is_err());
    assert_eq!((server.text(), server.log().revision()), ("abc", 0));
    let mut editor = Editor::new(0, "abc");
    let accepted = Accepted { revision: 2, author: 1, operation: Operation::identity(3) };
    assert!(editor.receive(&accepted).is_err() && editor.delete(2, 2).is_err());
    let misfit = Accepted { revision: 1, author: 1, operation: Operation::identity(4) };
    assert!(editor.receive(&misfit).is_err() && editor.text() == "abc");
}

#[test]
fn cursors_move_with_the_text_and_whoever_is_silent_is_gone() {
    let mut presence = Presence::new(Span::from_secs(30));
    let at = |place, seconds| Cursor { anchor: place, head: place, seen: Time::ZERO + Span::from_secs(seconds) };
    presence.note(0, at(6, 10));
    presence.note(1, at(6, 20));
    presence.note(2, Cursor { anchor: 0, head: 11, seen: Time::ZERO });
    presence.shift(0, &Operation::insertion(11, 6, "new ").expect("in range"));
    let heads = |presence: &Presence, seconds| -> Vec<(u32, u64)> {
        presence.present(Time::ZERO + Span::from_secs(seconds)).map(|(id, cursor)| (id, cursor.head)).collect()
    };
    assert_eq!(heads(&presence, 30), [(0, 10), (1, 6), (2, 15)], "the author goes on behind what was typed");
    assert_eq!(heads(&presence, 31), [(0, 10), (1, 6)], "30 s without a word");
    presence.shift(1, &Operation::deletion(15, 4, 8).expect("in range"));
    assert_eq!(heads(&presence, 20), [(0, 4), (1, 4), (2, 7)]);
    presence.leave(0);
    assert_eq!(heads(&presence, 20), [(1, 4), (2, 7)]);
}

/// Oracle: the log that forgets nothing.
#[test]
fn a_log_that_forgets_keeps_every_moment_since_its_last_snapshot_before() {
    for (forgotten, oldest) in [(0, 0), (9, 0), (10, 10), (25, 20), (40, 40), (u64::MAX, 40)] {
        let (mut whole, mut short) = (Log::new("", 10), Log::new("", 10));
        for at in 0..45 {
            let operation = Operation::insertion(at, at / 2, "x").expect("in range");
            for log in [&mut whole, &mut short] {
                log.append(Entry { author: 0, at: Time(1), operation: operation.clone() }).expect("fits");
            }
        }
        short.forget(forgotten);
        assert_eq!((short.oldest(), short.revision(), short.text()), (oldest, 45, whole.text()), "{forgotten}");
        for revision in 0..=45 {
            let expected = if revision < oldest {
                Err(EditError::Forgotten { revision, oldest })
            } else {
                whole.text_at(revision)
            };
            assert_eq!(short.text_at(revision), expected, "{revision} of {forgotten}");
        }
        let operation = Operation::identity(45);
        assert_eq!(short.append(Entry { author: 0, at: Time(2), operation }), Ok(46));
    }
}

#[test]
fn an_editor_that_missed_too_much_begins_with_the_text_and_goes_on() {
    let (mut server, mut here, mut away) = (Server::new(""), Editor::new(0, ""), Editor::new(1, ""));
    let late = away.insert(0, "z").expect("in range").expect("nothing is under way");
    for at in 0..250 {
        let sent = here.insert(at, "x").expect("in range").expect("nothing is under way");
        here.receive(&server.receive(sent).expect("fits")).expect("the next one");
    }
    server.forget(250);
    assert_eq!(server.receive(late), Err(EditError::Forgotten { revision: 0, oldest: 200 }));
    away.adopt(server.text(), server.log().revision());
    assert_eq!((away.text(), away.revision(), away.is_settled()), (here.text(), here.revision(), true));
    let sent = away.insert(250, "y").expect("in range").expect("nothing is under way");
    let accepted = server.receive(sent).expect("fits");
    here.receive(&accepted).expect("the next one");
    away.receive(&accepted).expect("its own");
    assert!(here.text() == server.text() && away.text() == server.text());
}
