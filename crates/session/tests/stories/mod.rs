//! The stories of the library, and the digests that `tests/golden.json` holds for them. The command line and the page are held to
//! the same file.

use base::{Span, Time};
use scenario::{Scenario, View, link};
use serde::Deserialize;
use session::{Command, Session};

#[derive(Deserialize)]
struct Golden {
    slug: String,
    case: String,
    link: String,
    events: u64,
    digest: String,
}

/// The stories, with the design that each link carries.
fn stories() -> Vec<(Golden, Scenario)> {
    let stories: Vec<Golden> =
        serde_json::from_str(include_str!("../../../../tests/golden.json")).expect("golden results");
    let opened = |story: Golden| {
        let decoded =
            link::decode(&story.link, catalog::schema()).unwrap_or_else(|why| panic!("{}: {why}", story.case));
        let design = Scenario { view: View::default(), ..decoded.scenario };
        (story, design)
    };
    stories.into_iter().map(opened).collect()
}

fn seek(session: &mut Session, at: Time) {
    session.handle(Command::Seek(at)).expect("seeking is always possible");
    while session.advance(10_000) {}
}

/// Holds every story to its digest in one go, and the first of each design also after going back and through a link again.
pub fn every_story_has_its_golden_digest_however_it_is_reached() {
    let mut last = String::new();
    for (story, design) in stories() {
        let (end, name) = (Time::ZERO + design.length, format!("{}, {}", story.slug, story.case));
        let mut session = Session::open(design.clone());
        seek(&mut session, end);
        let reached = (session.events(), format!("{:016x}", session.digest()));
        assert_eq!(reached, (story.events, story.digest.clone()), "{name}");
        if story.slug == last {
            continue;
        }
        last.clone_from(&story.slug);

        seek(&mut session, Time::ZERO + Span(design.length.0 * 2 / 3 + 1));
        seek(&mut session, end);
        assert_eq!(format!("{:016x}", session.digest()), story.digest, "{name}: after going back");

        let again = link::decode(&link::encode(&design, catalog::schema()), catalog::schema()).expect("our own link");
        let mut fresh = Session::open(Scenario { view: View::default(), ..again.scenario });
        seek(&mut fresh, end);
        assert_eq!(format!("{:016x}", fresh.digest()), story.digest, "{name}: through a link");
    }
}
