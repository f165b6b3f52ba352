//! What a round should do, in closed form: the mean-field recurrences of Demers et al., 1987, §1.3.

use super::rumour::Style;

/// How many of `members` know after one round in which `informed` knew before, each contacting `fanout` others. The expected value of
/// the next step; O(1).
#[must_use]
pub fn expected_informed(style: Style, members: u64, informed: f64, fanout: u32) -> f64 {
    if members < 2 {
        return informed;
    }
    let (n, k) = (members as f64, f64::from(fanout));
    let others = n - 1.0;
    let missing = n - informed;
    // One who does not know is missed by a contact of one who does.
    let is_missed = libm::pow(1.0 - 1.0 / others, k * informed);
    // And draws only members who do not know.
    let draws_none = libm::pow((missing - 1.0).clamp(0.0, n) / others, k);
    let stays = match style {
        Style::Push => is_missed,
        Style::Pull => draws_none,
        Style::PushPull => is_missed * draws_none,
    };
    n - missing * stays
}

/// Rounds until fewer than half a member is expected not to know, starting from one.
#[must_use]
pub fn expected_rounds(style: Style, members: u64, fanout: u32) -> u64 {
    let (mut informed, mut rounds) = (1.0, 0);
    while members as f64 - informed > 0.5 && rounds < 100_000 {
        informed = expected_informed(style, members, informed, fanout);
        rounds += 1;
    }
    rounds
}

/// The fraction that never hears when everybody pushes to `contacts` others once and stops: the solution of x = e^(-k·(1-x)) below 1
/// (Demers et al., §1.4). 1 for no contact or one.
#[must_use]
pub fn expected_residue(contacts: u32) -> f64 {
    let mut x = 0.0;
    for _ in 0..10_000 {
        x = libm::exp(-f64::from(contacts) * (1.0 - x));
    }
    x
}
