//! What holds for every scenario of the library.

use crate::{hold, rows, schema};
use scenario::{file, link, validate};

/// Longest link of a scenario of up to 12 boxes, in characters.
const LINK_MAX: usize = 600;
/// Most events that a second of a run may cost: a thousandth of what one core does in a second.
const EVENTS_PER_SECOND_MAX: f64 = 30_000.0;

#[test]
fn every_scenario_is_valid_and_complete() {
    for (slug, scenario) in rows() {
        assert_eq!(validate(&scenario, &schema()), [], "{slug}");
        assert_eq!(scenario.slug.as_deref(), Some(slug), "{slug}");
        assert_eq!(scenario.seed, 42, "{slug}: the golden seed");
        let seconds = scenario.length.as_secs_f64();
        assert!((40.0..=120.0).contains(&seconds), "{slug}: {seconds} s");
        let steps = scenario.lesson.steps.len();
        assert!((3..=8).contains(&steps), "{slug}: {steps} steps");
        assert!(
            !scenario.about.is_empty() && !scenario.lesson.sources.is_empty() && !scenario.checks.is_empty(),
            "{slug}"
        );
        for step in &scenario.lesson.steps {
            assert!(
                !step.title.is_empty() && !step.text.is_empty() && !step.focus.is_empty(),
                "{slug}: {}",
                step.title
            );
            assert_eq!(step.label.is_empty(), step.offer.is_empty(), "{slug}: {}", step.title);
        }
        let speaks_of_figures = scenario.lesson.steps.iter().filter(|step| step.text.contains('{')).count();
        assert!(speaks_of_figures >= 2, "{slug}: a lesson speaks of what is measured");
    }
}

#[test]
fn every_file_is_in_its_normal_form() {
    for (slug, scenario) in rows() {
        hold(&format!("static/scenarios/{slug}.json"), &file::write(&scenario, &schema()));
    }
}

#[test]
fn every_link_gives_the_scenario_back() {
    for (slug, scenario) in rows() {
        let encoded = link::encode(&scenario, &schema());
        let decoded = link::decode(&encoded, &schema()).unwrap_or_else(|why| panic!("{slug}: {why}"));
        assert_eq!(decoded.notes, [], "{slug}");
        assert!(decoded.texts_from_library, "{slug}");
        assert_eq!(decoded.with_texts_of(&scenario).scenario, scenario, "{slug}");
        let characters = "#s=".len() + encoded.len();
        println!("{slug}: {} boxes, {characters} characters", scenario.boxes.len());
        assert!(characters <= LINK_MAX, "{slug}: {characters} characters");
    }
}

#[test]
fn the_tiers_are_twelve_boxes() {
    assert_eq!(crate::row("tiered-web").boxes.len(), 12);
}

#[test]
fn every_run_keeps_real_time_easily() {
    for (slug, scenario) in rows() {
        let seconds = scenario.length.as_secs_f64();
        let report = cli::run::to_end(scenario, None).unwrap_or_else(|why| panic!("{slug}: {why}")).report;
        let rate = report.events as f64 / seconds;
        println!("{slug}: {rate:.0} events a second");
        assert!(rate <= EVENTS_PER_SECOND_MAX, "{slug}: {rate} events a second");
    }
}
