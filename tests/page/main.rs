//! The built page, used as a person would use it, by role and name, in a real Chromium.
//!
//! The tests run one after the other in one browser whose memory is wiped in between; those that need two profiles, or a telephone,
//! start another. After each of them, nothing may have been logged as an error by the page, the network or the content security
//! policy. Words on the command line choose tests by parts of their names, as everywhere in Rust.

mod accessible;
mod breaking;
mod building;
mod digests;
mod embedding;
mod inside;
mod learning;
mod narrow;
mod opening;
mod sharing;
mod smooth;

use browser_tests::browser::{Browser, Shape};
use browser_tests::driver::Driver;
use browser_tests::{seen, serve};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Instant;

/// What a test finds when it starts.
pub struct World {
    // Before the driver, because it is dropped first: a browser whose driver is gone would stay for ever.
    browser: Option<Browser>,
    driver: Driver,
    /// The address of the page.
    pub url: String,
}

type Test = (&'static str, fn(&mut World));

/// Several tests, each under its own name.
macro_rules! tests {
    ($($module:ident :: $name:ident),* $(,)?) => {
        &[$((concat!(stringify!($module), "::", stringify!($name)), $module::$name as fn(&mut World))),*]
    };
}

const TESTS: &[Test] = tests![
    opening::a_first_visit_opens_a_running_design,
    opening::everything_that_can_be_pressed_has_a_name,
    opening::the_page_works_under_any_sub_path,
    opening::the_policy_holds_and_its_violations_are_noticed,
    opening::a_reload_brings_the_work_back,
    breaking::a_leader_cut_off_loses_acknowledged_writes_and_sync_loses_none,
    breaking::the_same_moment_is_the_same_state_however_it_is_reached,
    building::a_design_is_built_by_mouse,
    building::a_box_beyond_the_first_engine_takes_the_work_along,
    building::a_design_is_built_by_keyboard_alone,
    inside::a_member_is_looked_into_by_keyboard,
    inside::a_box_is_looked_into_by_double_click,
    learning::a_prediction_is_answered_by_the_run_and_a_variant_changes_it,
    sharing::a_link_gives_a_stranger_the_same_design,
    sharing::a_bad_link_explains_itself_and_touches_nothing,
    sharing::a_snippet_shows_the_one_figure_that_it_writes,
    sharing::the_library_is_searched_by_keyboard,
    embedding::a_post_of_another_origin_drives_a_figure_and_hears_of_it,
    embedding::a_figure_stands_still_out_of_sight_and_changes_no_design,
    embedding::a_figure_hears_nobody_but_the_page_around_it,
    embedding::a_bad_link_is_told_inside_the_figure,
    embedding::the_post_shows_three_figures_that_its_paragraphs_drive,
    accessible::the_workbench_and_its_dialogs_shut_nobody_out,
    accessible::figures_and_the_post_shut_nobody_out,
    accessible::a_telephone_shuts_nobody_out,
    digests::every_library_scenario_gives_its_golden_digest,
    narrow::a_telephone_breaks_by_tap,
    narrow::a_telephone_builds_from_the_sheet,
    smooth::nothing_holds_the_page_up_at_full_speed,
];

impl World {
    /// The shared browser, as at a first visit.
    pub fn browser(&mut self) -> &Browser {
        let browser = self.browser.get_or_insert_with(|| self.driver.browser(Shape::Desk));
        browser.forget(&self.url);
        browser.errors();
        browser
    }

    /// Another browser, with a profile of its own.
    pub fn stranger(&self, shape: Shape) -> Browser {
        self.driver.browser(shape)
    }
}

/// Nothing may have been logged as an error.
#[track_caller]
pub fn no_errors(browser: &Browser) {
    let errors = browser.errors();
    assert!(errors.is_empty(), "errors were logged: {errors:#?}");
}

/// What the last panic said, and what was seen then.
static SAID: Mutex<String> = Mutex::new(String::new());

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (options, names): (Vec<&String>, Vec<&String>) = words.iter().partition(|word| word.starts_with('-'));
    let is_exact = options.iter().any(|option| *option == "--exact");
    let matches = |name: &str| {
        names.iter().any(|wanted| if is_exact { name == **wanted } else { name.contains(wanted.as_str()) })
    };
    let chosen: Vec<&Test> = TESTS.iter().filter(|(name, _)| names.is_empty() || matches(name)).collect();
    if options.iter().any(|option| *option == "--list") {
        chosen.iter().for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    std::panic::set_hook(Box::new(|info| {
        let said = format!("{info}\n{}", seen::on_panic());
        *SAID.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = said;
    }));
    run(&chosen)
}

/// Runs the tests and tells about them in the words of Rust's own runner.
fn run(tests: &[&Test]) -> ExitCode {
    let start = Instant::now();
    println!("\nrunning {} tests", tests.len());
    let mut failed: Vec<(&str, String)> = Vec::new();
    match catch_unwind(|| World { browser: None, driver: Driver::start(), url: serve("/") }) {
        Ok(mut world) => tests.iter().for_each(|test| failed.extend(attempt(&mut world, test))),
        Err(_) => failed.extend(tests.iter().map(|(name, _)| (*name, said()))),
    }
    if !failed.is_empty() {
        println!("\nfailures:\n");
        failed.iter().for_each(|(name, said)| println!("---- {name} ----\n{said}\n"));
        println!("failures:");
        failed.iter().for_each(|(name, _)| println!("    {name}"));
    }
    let word = if failed.is_empty() { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {word}. {} passed; {} failed; 0 ignored; 0 measured; {} filtered out; finished in {:.2}s\n",
        tests.len() - failed.len(),
        failed.len(),
        TESTS.len() - tests.len(),
        start.elapsed().as_secs_f64()
    );
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs one test; its name and what it said if it failed.
fn attempt(world: &mut World, (name, test): &Test) -> Option<(&'static str, String)> {
    seen::running(name);
    let start = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        test(world);
        if let Some(browser) = &world.browser {
            no_errors(browser);
        }
    }));
    let word = if outcome.is_ok() { "ok" } else { "FAILED" };
    println!("test {name} ... {word} <{:.1}s>", start.elapsed().as_secs_f64());
    outcome.is_err().then(|| {
        // The next test does not begin on what this one left behind.
        world.browser = None;
        (*name, said())
    })
}

fn said() -> String {
    std::mem::take(&mut *SAID.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
}
