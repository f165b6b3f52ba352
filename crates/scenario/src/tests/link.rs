//! Links: what goes in comes out, every broken one says which way it is broken, and nothing that a stranger sends does harm.

use super::design::{nonsense, valid};
use super::sample::{choice, choosing, kind, newsfeed, number, op, placed, schema, tiered, wire};
use crate::link::{LinkError, decode, encode, envelope, explain, pack::Packer, rescue};
use crate::naming::name_of;
use crate::{Act, FieldKind, Scenario, Schema, Value, Zone, validate};
use base::Rng;
use proptest::prelude::*;

fn refusal(text: &str) -> String {
    match decode(text, &schema()) {
        Ok(read) => format!("none: {} boxes", read.scenario.boxes.len()),
        Err(error) => error.to_string(),
    }
}

/// A whole link around a content that no encoder made.
fn forged(write: impl FnOnce(&mut Packer)) -> String {
    let mut packer = Packer::default();
    write(&mut packer);
    envelope::seal(1, &packer.bytes)
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded_again(mut scenario in valid()) {
        let texts = (scenario.about.clone(), scenario.lesson.clone());
        let variants = scenario.variants.clone();
        let row =
            Scenario { about: texts.0, variants, lesson: texts.1, slug: scenario.slug.clone(), ..Scenario::default() };
        let link = encode(&scenario, &schema());
        let read = decode(&link, &schema()).expect("it was just made");
        prop_assert_eq!(&read.notes, &vec![]);
        prop_assert_eq!(read.texts_from_library, scenario.slug.is_some());
        let read = read.with_texts_of(&row);
        prop_assert_eq!(&read.scenario, &scenario);
        prop_assert!(!read.texts_from_library);
        scenario.slug = None;
        prop_assert_eq!(decode(&encode(&scenario, &schema()), &schema()).expect("it was just made").scenario, scenario);
    }

    /// Encoding never fails, and what it made of nonsense is refused or mended, never believed.
    #[test]
    fn what_cannot_run_is_mended_visibly(scenario in nonsense()) {
        if let Ok(read) = decode(&encode(&scenario, &schema()), &schema()) {
            let errors: Vec<_> = validate(&read.scenario, &schema()).into_iter().filter(|problem| problem.is_error()).collect();
            prop_assert!(errors.is_empty(), "{errors:#?}");
            let was_valid = !validate(&scenario, &schema()).iter().any(|problem| problem.is_error());
            prop_assert!(was_valid || !read.notes.is_empty(), "changed without a word: {scenario:#?}");
        }
    }

    #[test]
    fn a_link_survives_its_file(scenario in valid()) {
        let text = crate::file::write(&scenario, &schema());
        let read = crate::file::read(&text, &schema()).expect("it was just written");
        prop_assert_eq!(encode(&read, &schema()), encode(&scenario, &schema()));
    }
}

/// Measured here: 391 with a description, 351 without.
#[test]
fn twelve_boxes_fit_into_a_chat_message() {
    let scenario = tiered();
    assert!(scenario.boxes.len() == 12 && scenario.wires.len() == 15 && scenario.faults.len() == 5);
    let link = encode(&scenario, &schema());
    println!("{}", explain(&link, &schema()).expect("it was just made"));
    assert!(link.len() <= 420, "{} characters", link.len());
    assert!("https://somebody.github.io/faultline/#s=".len() + link.len() <= 600);
    let from_library = encode(&Scenario { slug: Some("tiered-web".into()), ..scenario }, &schema());
    println!("as a library row: {} characters", from_library.len());
    assert!(from_library.len() <= 400, "{} characters", from_library.len());
}

/// The sizes of `facts.md`'s table, with names, places, faults and configs drawn by chance.
#[test]
fn larger_designs_stay_short() {
    for (boxes, wires, characters) in [(12, 15, 420), (50, 80, 1_300), (100, 250, 2_900)] {
        let scenario = drawn(boxes, wires);
        let link = encode(&scenario, &schema());
        println!("{boxes} boxes, {} wires: {} characters", scenario.wires.len(), link.len());
        assert!(link.len() <= characters, "{boxes} boxes, {wires} wires: {} characters", link.len());
        assert_eq!(decode(&link, &schema()).expect("it was just made").scenario, scenario);
    }
}

fn drawn(boxes: u64, wires: usize) -> Scenario {
    let schema = schema();
    let mut rng = Rng::new(9);
    let words = ["web", "orders", "posts", "feed", "cache", "users", "pages", "mails", "search", "login"];
    let mut scenario =
        Scenario { title: "Drawn by chance".into(), seed: 9, length: base::Span::from_secs(60), ..Scenario::default() };
    for at in 0..boxes {
        let kind = &schema.kinds[rng.below(schema.kinds.len() as u64) as usize];
        let id = format!("{}-{at}", words[rng.below(10) as usize]);
        let mut placed = placed(&id, &kind.slug, 20 * rng.below(60) as i32, 20 * rng.below(40) as i32, &[]);
        let field = rng.below(kind.fields.len() as u64) as usize;
        if let FieldKind::Number { max, .. } = kind.fields[field].kind {
            placed.config[field] = Value::Number(1.0 + rng.below(max as u64 - 1) as f64);
        }
        scenario.boxes.push(placed);
    }
    for _ in 0..20 * wires {
        let ends = [0, 1].map(|_| scenario.boxes[rng.below(boxes) as usize].id.clone());
        let timeout = (10 * rng.below(50)).to_string();
        scenario.wires.push(wire(&ends[0], &ends[1], &[], &[("timeout_ms", &timeout)]));
        if crate::validate(&scenario, &schema).iter().any(crate::Problem::is_error) {
            scenario.wires.pop();
        }
        if scenario.wires.len() == wires {
            break;
        }
    }
    scenario
}

#[test]
fn every_way_to_be_bad_is_told_apart() {
    let link = encode(&tiered(), &schema());
    let changed = link.replacen(&link[200..201], if &link[200..201] == "x" { "y" } else { "x" }, 1);
    let huge = envelope::seal(1, &vec![0; 20 << 20]);
    assert!(huge.len() < 40_000, "a bomb of 20 MiB has {} characters", huge.len());
    let cases = [
        (
            "https://example.org/".into(),
            "There is no design in this text. A link has a # followed by s= and a long row of letters and digits.",
        ),
        (
            link[..link.len() / 2].into(),
            "The link is cut off: its end is missing. Copy it again, all of it, from where it was shared.",
        ),
        (
            changed,
            "The link is damaged: some of its letters have changed on the way. Copy it again from where it was shared.",
        ),
        (
            envelope::seal(2, b"?"),
            "The link was made by a newer version of Faultline (link form 2): it needs version 2 of the link form, which this version \
             does not have. Reload the page to get the newest.",
        ),
        (
            "8".repeat(200_001),
            "The link is too large: it has more than 200000 characters, which is the most that is opened.",
        ),
        (
            huge,
            "The link is too large: it has more than 1048576 bytes when unfolded, which is the most that is opened.",
        ),
        (
            forged(|out| [0, 1, 240, 201].into_iter().for_each(|n| out.varint(n))),
            "The link is too large: it has more than 200 boxes, which is the most that is opened.",
        ),
        (
            forged(|out| [0, 1, 240, 0, 1, 1 << 2, 1].into_iter().for_each(|n| out.varint(n))),
            "The link arrived whole, but what it says makes no design. wires[0]: it names a box that is not there.",
        ),
        (
            forged(|out| [0, 1, 240].into_iter().for_each(|n| out.varint(n))),
            "The link arrived whole, but what it says makes no design. boxes: the link ends in the middle of it.",
        ),
        (
            forged(|out| [0, 1, 240, 0, 0, 7].into_iter().for_each(|n| out.varint(n))),
            "The link arrived whole, but what it says makes no design. it goes on after its end.",
        ),
    ];
    for (text, said) in cases {
        assert_eq!(refusal(&text), said, "{}", &text[..text.len().min(80)]);
    }
}

#[test]
fn every_shortened_link_is_called_cut_off() {
    let link = encode(&newsfeed(), &schema());
    for length in 2..link.len() {
        assert_eq!(decode(&link[..length], &schema()), Err(LinkError::CutOff), "{length} of {} characters", link.len());
    }
}

#[test]
fn no_changed_letter_goes_unnoticed() {
    let link = encode(&newsfeed(), &schema()).into_bytes();
    let mut told = [0_u32; 3];
    for at in 0..link.len() {
        for letter in b"AZaz09-_ .%" {
            let mut changed = link.clone();
            changed[at] = *letter;
            let text = String::from_utf8(changed).expect("only ASCII was put in");
            let kind = match decode(&text, &schema()) {
                Ok(read) => {
                    assert!(
                        text.as_bytes() == link && read.scenario == newsfeed(),
                        "letter {at} became {}",
                        *letter as char
                    );
                    continue;
                }
                Err(LinkError::Damaged) => 0,
                Err(LinkError::CutOff) => 1,
                Err(LinkError::NotALink) if at < 2 => 2,
                Err(other) => panic!("letter {at} became {}: {other}", *letter as char),
            };
            told[kind] += 1;
        }
    }
    assert!(told[0] > 4_000 && told.iter().all(|count| *count > 0), "damaged, cut off, no link: {told:?}");
}

/// What each kind of result was counted, by name.
fn tell(result: &Result<crate::link::Decoded, LinkError>) -> usize {
    match result {
        Ok(_) => 0,
        Err(LinkError::NotALink) => 1,
        Err(LinkError::CutOff) => 2,
        Err(LinkError::Damaged) => 3,
        Err(LinkError::Newer { .. }) => 4,
        Err(LinkError::TooLarge { .. }) => 5,
        Err(LinkError::Invalid(problems)) => {
            assert!(!problems.is_empty());
            6
        }
    }
}

fn mangle(rng: &mut Rng, bytes: &mut Vec<u8>) {
    for _ in 0..=rng.below(4) {
        let at = rng.below(bytes.len() as u64 + 1) as usize;
        match rng.below(6) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, rng.next_u64() as u8),
            2 if at < bytes.len() => drop(bytes.remove(at)),
            3 if at < bytes.len() => bytes[at] = rng.next_u64() as u8,
            4 if at < bytes.len() => bytes[at] ^= 1 << rng.below(8),
            _ => {
                let end = bytes.len().min(at + rng.below(12) as usize);
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
        }
    }
}

/// 120,000 links whose letters were changed, lost and repeated, and rows of letters by chance.
#[test]
fn mangled_links_are_refused_without_harm() {
    let schema = schema();
    let links = [newsfeed(), tiered(), Scenario::default()].map(|scenario| encode(&scenario, &schema).into_bytes());
    let mut rng = Rng::new(10);
    let mut told = [0_u32; 7];
    for round in 0..120_000_u64 {
        let mut bytes = links[(round % 3) as usize].clone();
        if round % 7 == 0 {
            bytes = (0..rng.below(300)).map(|_| b' ' + rng.below(95) as u8).collect();
            bytes.insert(0, b'8');
        } else {
            mangle(&mut rng, &mut bytes);
        }
        let text = String::from_utf8_lossy(&bytes);
        told[tell(&decode(&text, &schema))] += 1;
        if round % 16 == 0 {
            let _ = rescue(&text, &schema);
            let _ = explain(&text, &schema);
        }
    }
    println!("ok, no link, cut off, damaged, newer, too large, invalid: {told:?}");
    assert!(told[1] > 0 && told[2] > 0 && told[3] > 0, "{told:?}");
}

/// 120,000 contents that were mangled before they were sealed, so that every checksum is right and the decoder itself is met.
#[test]
fn mangled_contents_are_mended_or_refused() {
    let schema = schema();
    let contents = [newsfeed(), tiered()].map(|scenario| crate::link::content(&scenario, &schema));
    let mut rng = Rng::new(11);
    let mut told = [0_u32; 7];
    for round in 0..120_000_u64 {
        let mut bytes = contents[(round % 2) as usize].clone();
        if round % 11 == 0 {
            bytes = (0..rng.below(400)).map(|_| rng.next_u64() as u8 >> rng.below(8)).collect();
        } else {
            mangle(&mut rng, &mut bytes);
        }
        let result = decode(&envelope::seal_body(1, &bytes, false), &schema);
        told[tell(&result)] += 1;
        let Ok(read) = result else { continue };
        if round % 8 == 0 {
            let errors: Vec<_> =
                validate(&read.scenario, &schema).into_iter().filter(|problem| problem.is_error()).collect();
            assert!(errors.is_empty(), "{errors:#?}");
        }
    }
    println!("ok, no link, cut off, damaged, newer, too large, invalid: {told:?}");
    assert!([0, 4, 5, 6].into_iter().all(|kind| told[kind] > 100), "{told:?}");
}

/// 20,000 deflated bodies that were mangled and sealed again, so that the checksum is right and inflating is met.
#[test]
fn mangled_compression_is_refused() {
    let schema = schema();
    let bodies = [newsfeed(), tiered()].map(|scenario| envelope::deflate(&crate::link::content(&scenario, &schema)));
    let mut rng = Rng::new(12);
    let mut told = [0_u32; 7];
    for round in 0..20_000_u64 {
        let mut body = bodies[(round % 2) as usize].clone();
        mangle(&mut rng, &mut body);
        told[tell(&decode(&envelope::seal_body(1, &body, true), &schema))] += 1;
    }
    println!("ok, no link, cut off, damaged, newer, too large, invalid: {told:?}");
    assert!(told[3] > 100 && told[6] > 100, "{told:?}");
}

#[test]
fn counts_are_held_before_anything_is_allocated() {
    let most = u64::MAX >> 1;
    let cases: [(&[u64], &str); 9] = [
        (&[0, 1, 240, most], "200 boxes"),
        (&[0, 1, 240, 0, most], "600 wires"),
        (&[16, 1, 240, 0, 0, most], "500 faults"),
        (&[32, 1, 240, 0, 0, most], "100 checks"),
        (&[1, 1, 240, most], "480 bytes in one text"),
        (&[256, 1, 240, 0, 0, most], "40 lesson steps"),
        (&[512, 1, 240, 0, 0, most], "12 variants"),
        (&[512, 1, 240, 0, 0, 0, most], "40 questions"),
        (&[512, 1, 240, 0, 0, 0, 0, most], "40 claims"),
    ];
    for (numbers, what) in cases {
        let link = forged(|out| numbers.iter().for_each(|n| out.varint(*n)));
        let said = format!("The link is too large: it has more than {what}, which is the most that is opened.");
        assert_eq!(refusal(&link), said);
    }
}

/// As much of everything as may be, and every name in it wrong: the most work that a link can ask for. It must come back, and
/// with no more notes than a person can read.
#[test]
fn the_heaviest_link_is_opened_with_few_words() {
    let link = forged(|out| {
        [16 | 128 | 256, 1, 240, 200, 2, 2].into_iter().for_each(|n| out.varint(n));
        for at in 0..200 {
            out.varint(1);
            out.byte(0);
            out.text(&format!("b{at}-{}", "x".repeat(30)));
            [0, 0, 7 << 2 | 2, 12, 0].into_iter().for_each(|n| out.varint(n));
            for op in 0..12 {
                out.name(&format!("op{at}-{op}-{}", "y".repeat(40)));
                out.number(1.0);
            }
            out.byte(0);
        }
        out.varint(600);
        for at in 0..600 {
            out.varint(1);
            out.text(&"q".repeat(60));
            out.varint(at % 200 + 1);
            out.varint(48);
            (0..48).for_each(|op| out.varint(op + at + 1));
        }
        for _ in 0..2 {
            out.varint(500);
            for _ in 0..500 {
                [1, 4, 0].into_iter().for_each(|n| out.varint(n));
                out.text(&"s".repeat(60));
                out.text(&"t".repeat(60));
                [0, 4].into_iter().for_each(|n| out.varint(n));
            }
        }
        out.varint(40);
        for _ in 0..40 {
            out.text("");
            out.text(&"{a}".repeat(1_300));
            [0, 0, 0].into_iter().for_each(|n| out.varint(n));
        }
        out.varint(0);
    });
    let read = decode(&link, &schema()).expect("all of it can be left out");
    assert_eq!((read.scenario.boxes.len(), read.scenario.wires.len()), (200, 0));
    assert_eq!(read.notes.len(), 51);
    assert_eq!(read.notes[50].message, "there are 1550 more of these");
}

#[test]
fn numbers_that_are_none_are_clamped_and_noted() {
    let mut scenario = newsfeed();
    let (limit, window) = (Value::Number(f64::INFINITY), Value::Number(f64::NAN));
    let limiter = scenario.place("limiter").expect("the sample has it");
    scenario.boxes[limiter].config[1] = limit;
    scenario.boxes[limiter].config[2] = window;
    scenario.boxes[0].config[2] = Value::Number(-0.0);
    scenario.boxes[0].x = i32::MIN;
    scenario.wires[0].config[4] = Value::Number(1e9);
    let read = decode(&encode(&scenario, &schema()), &schema()).expect("it is only out of range");
    let notes: Vec<String> = read.notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "boxes[0].at: it lay at -2147483648, 268; it lies at -100000, 268 now",
            "boxes[1].limit: Limit is inf; it must be between 1 and 1000000. It is 1000000 now",
            "boxes[1].window_ms: Window ms is NaN; it must be between 1 and 3600000 ms. It is 1000 ms now",
            "wires[0].retries: Retries is 1000000000; it must be between 0 and 20. It is 20 now",
        ]
    );
    let Value::Number(rate) = read.scenario.boxes[0].config[2] else { panic!("the rate is a number") };
    assert_eq!(rate.to_bits(), 0, "-0.0 becomes 0.0");
}

#[test]
fn markup_is_text() {
    let mut scenario = newsfeed();
    scenario.title = "<script>alert(1)</script>".into();
    scenario.boxes[0].name = "\"><img src=x onerror=alert(1)>".into();
    scenario.about = "[a](javascript:alert(1)) & &amp; {{x}}".into();
    let read = decode(&encode(&scenario, &schema()), &schema()).expect("markup is no error").scenario;
    assert_eq!(read, scenario);
    let text = crate::file::write(&scenario, &schema());
    assert_eq!(crate::file::read(&text, &schema()), Ok(scenario));
}

/// The language of some later day: every list has grown at its end.
fn grown() -> Schema {
    let mut schema = schema();
    schema.kinds[3].fields.push(number("retries", 0.0, 9.0, 1.0, true));
    if let FieldKind::Choice { options, .. } = &mut schema.kinds[5].fields[1].kind {
        options.push(crate::ChoiceOption { name: "quorum".into(), help: "".into() });
    }
    schema.kinds.push(kind("sketch", "Sketch", vec![choice("form", &["bloom"])], 0, &[]));
    schema.wire.push(number("hedge_ms", 0.0, 1_000.0, 0.0, false));
    schema.checks.push(schema.checks[0].clone());
    schema.checks[6].slug = "phantoms".into();
    schema
}

#[test]
fn an_older_link_opens_in_a_language_that_has_grown() {
    for scenario in [newsfeed(), tiered()] {
        let read = decode(&encode(&scenario, &schema()), &grown()).expect("nothing was taken away");
        assert_eq!(read.notes, []);
        let (service, now) = (scenario.boxes.iter().position(|placed| placed.kind == "service"), grown());
        let config = &read.scenario.boxes[service.expect("the samples have one")].config;
        assert_eq!(config.len(), now.kinds[3].fields.len());
        assert_eq!(config.last(), Some(&Value::Number(1.0)), "a new setting has its default");
        assert_eq!(encode(&read.scenario, &now), encode(&scenario, &schema()), "and costs nothing");
    }
}

#[test]
fn what_is_newer_is_named_and_the_rest_rescued() {
    let grow = |change: fn(&mut Scenario)| {
        let mut scenario = decode(&encode(&newsfeed(), &schema()), &grown()).expect("nothing was taken away").scenario;
        change(&mut scenario);
        encode(&scenario, &grown())
    };
    type Change = fn(&mut Scenario);
    let cases: [(Change, &str, usize); 5] = [
        (|s| s.boxes[2].config[5] = Value::Number(3.0), "a setting of a box or wire", 6),
        (|s| s.boxes[4].config[1] = Value::Choice(3), "a choice in the setting of a box or wire", 6),
        (|s| s.wires[0].config[5] = Value::Number(3.0), "a setting of a box or wire", 6),
        (|s| s.checks[0].check = "phantoms".into(), "a check, number 7 in its list", 6),
        (
            |s| {
                s.boxes[3].kind = "sketch".into();
                s.boxes[3].config = vec![Value::Choice(0)];
            },
            "a kind of box, number 10 in its palette",
            5,
        ),
    ];
    for (change, needs, rescued) in cases {
        let link = grow(change);
        let refused = decode(&link, &schema()).expect_err(needs);
        assert_eq!(refused, LinkError::Newer { version: 1, needs: needs.into() });
        let rest = rescue(&link, &schema()).expect("the rest is known");
        assert_eq!(rest.scenario.boxes.len(), rescued, "{needs}");
        assert!(rest.notes.iter().any(|note| note.message.contains(needs)), "{:#?}", rest.notes);
    }
}

#[test]
fn the_beginning_of_a_cut_link_is_rescued() {
    let link = encode(&tiered(), &schema());
    let mut before = 0;
    let mut seen = std::collections::BTreeSet::new();
    for length in 0..=link.len() {
        let boxes = rescue(&link[..length], &schema()).map_or(0, |rest| rest.scenario.boxes.len());
        assert!(boxes >= before, "{length} characters: {boxes} boxes after {before}");
        before = boxes;
        seen.insert(boxes);
    }
    assert!(before == 12 && seen.len() >= 6, "{seen:?}");
    let half = rescue(&link[..2 * link.len() / 3], &schema()).expect("two thirds hold some boxes");
    assert!(half.notes.iter().any(|note| note.message == "from here on nothing could be read"), "{:#?}", half.notes);
}

#[test]
fn ids_and_names_are_written_once() {
    let size = |id: &str, name: &str| {
        let mut scenario = Scenario { length: base::Span::from_secs(60), ..Scenario::default() };
        scenario.boxes = vec![placed(id, "leader-follower", 0, 0, &[])];
        scenario.boxes[0].name = name.into();
        assert_eq!(decode(&encode(&scenario, &schema()), &schema()).expect(id).scenario, scenario);
        crate::link::content(&scenario, &schema()).len()
    };
    let bare = size("leader-follower", "Leader and followers");
    assert_eq!(size("leader-follower", "Leader follower"), bare);
    assert_eq!(size("leader-follower-2", "Leader and followers 2"), bare + 2);
    assert_eq!(size("leader-follower-12", "Leader and followers"), bare + 1);
    assert_eq!(size("posts", "Posts"), bare + 6, "the id and its length");
    assert_eq!(size("orders-eu", "Orders (EU)"), bare + 12, "the name and its length");
    assert_eq!(size("posts", "Beiträge"), bare + 6 + 10, "both");
}

#[test]
fn a_mix_of_operations_keeps_its_writes() {
    let mut scenario = newsfeed();
    let mix: Vec<_> = (0..12).map(|at| op(&format!("op-{at}"), at % 3 == 0, 1.5 * f64::from(at) + 0.1)).collect();
    *scenario.boxes[0].config.last_mut().expect("the mix is last") = Value::Ops(mix);
    let set = super::sample::set(1, "posts", "reads", Value::Choice(2));
    assert!(matches!(set.act, Act::Set { .. }));
    scenario.actions = vec![set];
    assert_eq!(decode(&encode(&scenario, &schema()), &schema()).expect("it can run").scenario, scenario);
}

#[test]
fn explaining_accounts_for_every_byte() {
    let link = encode(&choosing(), &schema());
    let table = explain(&format!("https://example.org/#s={link}"), &schema()).expect("it was just made");
    assert_eq!(table.characters as usize, link.len());
    assert_eq!(table.sections.iter().map(|section| section.bytes).sum::<u32>(), table.content_bytes);
    let names: Vec<_> = table.sections.iter().map(|section| (section.name, section.items)).collect();
    let parts = [
        ("seed and texts", 1),
        ("boxes", 6),
        ("wires", 6),
        ("faults", 3),
        ("actions", 2),
        ("checks", 2),
        ("view", 1),
        ("lesson", 2),
        ("choices, claims", 5),
    ];
    assert_eq!(names, parts);
    assert!(table.to_string().starts_with(&format!("{} characters, link form 1; ", link.len())), "{table}");
}

#[test]
fn a_design_without_zones_says_nothing_of_them() {
    let (plain, mut zoned) = (newsfeed(), newsfeed());
    let bytes = crate::link::content(&plain, &schema()).len();
    zoned.zones =
        ["us", "eu"].map(|id| Zone { id: id.into(), name: name_of(id), x: 40, y: 40, width: 480, height: 320 }).into();
    zoned.boxes.iter_mut().for_each(|placed| placed.zone = Some("us".into()));
    zoned.boxes[0].zone = Some("eu".into());
    let explained = explain(&encode(&plain, &schema()), &schema()).expect("it was just made");
    assert!(explained.sections.iter().all(|section| section.name != "zones"));
    let more = crate::link::content(&zoned, &schema()).len() - bytes;
    let (short, long) = (encode(&plain, &schema()).len(), encode(&zoned, &schema()).len());
    let boxes = zoned.boxes.len();
    assert!(
        more <= 32 + boxes && long <= short + 56,
        "{more} bytes more for {boxes} boxes; {short} and {long} characters"
    );
    assert_eq!(decode(&encode(&zoned, &schema()), &schema()).expect("it was just made").scenario, zoned);
}

#[test]
fn a_group_costs_a_link_little_and_a_design_without_one_nothing() {
    let (plain, mut grouped) = (newsfeed(), newsfeed());
    let boxes: Vec<String> = plain.boxes.iter().map(|placed| placed.id.clone()).take(3).collect();
    grouped.groups = vec![crate::Group { id: "group-1".into(), name: "Group 1".into(), boxes, folded: true }];
    let explained = explain(&encode(&plain, &schema()), &schema()).expect("it was just made");
    assert!(explained.sections.iter().all(|section| section.name != "groups"));
    let [before, after] = [&plain, &grouped].map(|design| crate::link::content(design, &schema()).len());
    // The flags need a byte more at most; then the count, the id with its form and length, an empty name, what is in it.
    assert!(after <= before + 1 + 1 + 9 + 1 + 1 + 3, "{before} and {after} bytes");
    assert_eq!(decode(&encode(&grouped, &schema()), &schema()).expect("it was just made").scenario, grouped);
}
