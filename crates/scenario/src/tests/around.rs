//! What lies around boxes on the canvas: zones, which matter to a run, and groups, which do not.

use super::rules::problems;
use super::sample::{act, schema};
use crate::{Scenario, Verb, repair};

/// Two zones with a box in each, a member elsewhere, and what can happen to them.
fn zoned() -> Scenario {
    let text = r#"{ "faultline": 1, "length": "60s",
        "boxes": [{ "id": "a", "kind": "clients", "zone": "us" },
            { "id": "b", "kind": "leader-follower", "zone": "us", "member_zones": ["", "eu"] }],
        "wires": [{ "from": "a", "to": "b" }],
        "faults": [{ "at": "1s", "do": "crash", "on": "zone:eu" }, { "at": "2s", "for": "3s", "do": "cut", "on": "zone:eu|us" }],
        "zones": [{ "id": "us" }, { "id": "eu", "at": [520, 0] }],
        "distances": [{ "between": ["us", "eu"], "latency_ms": 75 }] }"#;
    crate::file::read(text, &schema()).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

#[test]
fn zones_hold_boxes_and_members_and_lie_at_distances() {
    let design = zoned();
    assert_eq!(problems(&design), Vec::<String>::new());
    let group = &design.boxes[1];
    let members = [0, 1, 2].map(|member| group.zone_of(member));
    assert_eq!(members, [Some("us"), Some("eu"), Some("us")], "nothing said is where the box lies");
    let far = [("us", "eu"), ("eu", "us"), ("us", "us"), ("us", "asia")].map(|(a, b)| design.distance_ms(a, b));
    assert_eq!(far, [75.0, 75.0, 0.0, 1.0], "the order says nothing; usual is one region");
    let on: Vec<String> = design
        .faults
        .iter()
        .map(|moment| match &moment.act {
            crate::Act::Do { on, .. } | crate::Act::Set { on, .. } => on.to_string(),
        })
        .collect();
    assert_eq!(on, ["zone:eu", "zone:eu|us"]);
}

/// Two groups over three boxes, one of them folded.
fn grouped() -> Scenario {
    let text = r#"{ "faultline": 1, "length": "60s",
        "boxes": [{ "id": "a", "kind": "clients" }, { "id": "b", "kind": "service" }, { "id": "c", "kind": "cache" }],
        "wires": [{ "from": "a", "to": "b" }, { "from": "b", "to": "c" }],
        "groups": [{ "id": "back", "name": "Back end", "boxes": ["b", "c"], "folded": true }, { "id": "front", "boxes": ["a"] }] }"#;
    crate::file::read(text, &schema()).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

#[test]
fn a_group_holds_boxes_and_is_folded_over_them_or_not() {
    let design = grouped();
    assert_eq!(problems(&design), Vec::<String>::new());
    assert_eq!([design.group("back"), design.group("front"), design.group("side")], [Some(0), Some(1), None]);
    assert_eq!(["a", "b", "c", "d"].map(|id| design.group_of(id)), [Some(1), Some(0), Some(0), None]);
    assert_eq!(["a", "b", "d"].map(|id| design.folded_over(id)), [None, Some(0), None], "the second is not folded");
    assert_eq!(design.groups[1].name, "Front");
    let text = crate::file::write(&design, &schema());
    assert_eq!(crate::file::read(&text, &schema()), Ok(design));
}

#[test]
fn what_groups_may_not_be_is_said_and_left_out() {
    type Spoil = fn(&mut Scenario);
    let cases: [(Spoil, &str, usize); 7] = [
        (|design| design.groups[1].id = "back".into(), "`back` is already the id of a group", 1),
        (|design| design.groups[1].id = "F T".into(), "`F T` is not an id", 1),
        (|design| design.groups[1].name = "x".repeat(61), "61 characters", 2),
        (|design| design.groups[1].boxes.clear(), "no box is in it", 1),
        (|design| design.groups[1].boxes.push("d".into()), "there is no box `d`", 2),
        (|design| design.groups[1].boxes.push("a".into()), "`a` is in it already", 2),
        (
            |design| design.groups[1].boxes.push("c".into()),
            "`c` is in groups[0] already; a box is in at most one group",
            2,
        ),
    ];
    for (spoil, says, left) in cases {
        let mut design = grouped();
        spoil(&mut design);
        let found = problems(&design);
        assert!(found.iter().any(|problem| problem.contains(says)), "{says}: {found:?}");
        let (mended, notes) = repair(design, &schema());
        assert!(!notes.is_empty(), "{says}: mended without a word");
        assert_eq!((problems(&mended), mended.groups.len()), (Vec::<String>::new(), left), "{says}");
    }
}

#[test]
fn what_zones_may_not_be_is_said_and_left_out() {
    type Spoil = fn(&mut Scenario);
    let cases: [(Spoil, &str); 11] = [
        (|design| design.zones[1].id = "us".into(), "`us` is already the id of a zone"),
        (|design| design.zones[1].id = "E U".into(), "`E U` is not an id"),
        (|design| design.zones[0].width = 3, "it is 3 by 320; both must be from 60 to 20000"),
        (|design| design.zones[0].x = 200_000, "it lies at 200000, 0"),
        (|design| design.boxes[0].zone = Some("asia".into()), "there is no zone `asia`"),
        (|design| design.boxes[0].member_zones = vec!["us".into(); 2], "there are 2; it has at most 1 members"),
        (|design| design.distances[0].between[1] = "us".into(), "`us` is at no distance from itself"),
        (|design| design.distances.push(design.distances[0].clone()), "this is already distances[0]"),
        (|design| design.distances[0].latency_ms = -1.0, "it is -1 ms; it must be from 0 to 60000 ms"),
        (
            |design| design.faults[0] = act(0, None, Verb::Isolate, "zone:us", None),
            "`isolate` cannot be done to a whole zone",
        ),
        (|design| design.faults[0] = act(0, None, Verb::Cut, "zone:us|us", None), "`us` is one zone; it takes two"),
    ];
    for (spoil, says) in cases {
        let mut design = zoned();
        spoil(&mut design);
        let found = problems(&design);
        assert!(found.iter().any(|problem| problem.contains(says)), "{says}: {found:?}");
        let (mended, notes) = repair(design, &schema());
        assert!(!notes.is_empty(), "{says}: mended without a word");
        assert_eq!(problems(&mended), Vec::<String>::new(), "{says}");
    }
}
