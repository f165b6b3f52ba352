//! Copies apart: of a list of preference, those members that share as few failure domains (racks, zones) as possible.
//!
//! ```text
//!   preference  a(rack 1) b(rack 1) c(rack 2) d(rack 3)      three of them:  a c d     without regard to racks:  a b c
//! ```
//!
//! The rule: the member preferred most goes first; each further one is the first of those whose domain has the fewest of them so far.
//! So no domain has two while another has none, and what falls with one domain is as little as the domains allow. O(n · members).

/// The `n` members to take beside those that have been `taken`, or all when there are fewer; `domain_of` says which failure domain a
/// member lies in.
#[must_use]
pub fn apart(preference: &[u32], taken: &[u32], domain_of: impl Fn(u32) -> u32, n: usize) -> Vec<u32> {
    let mut all = taken.to_vec();
    while all.len() < taken.len() + n {
        let shared = |member: u32| all.iter().filter(|other| domain_of(**other) == domain_of(member)).count();
        // The first of equals: the one preferred most.
        let left = preference.iter().filter(|member| !all.contains(member));
        let Some(next) = left.min_by_key(|member| shared(**member)) else { break };
        all.push(*next);
    }
    all.split_off(taken.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Oracle: arithmetic. n members over d domains that have room share the domains to within one.
    #[test]
    fn no_domain_has_two_while_another_has_none() {
        for (members, domains, n) in [(12, 4, 3), (12, 4, 6), (12, 3, 6), (5, 5, 9), (7, 1, 3)] {
            let order: Vec<u32> = (0..members).map(|at| at * 11 % members).collect();
            let taken = apart(&order, &[], |member| member % domains, n);
            let by_domain: Vec<usize> =
                (0..domains).map(|domain| taken.iter().filter(|member| **member % domains == domain).count()).collect();
            let (most, least) = (by_domain.iter().max(), by_domain.iter().min());
            assert_eq!(taken.len(), n.min(members as usize));
            assert!(most.zip(least).is_some_and(|(most, least)| most - least <= 1), "{by_domain:?}");
            assert_eq!(taken[0], order[0], "who is preferred most is always one of them");
        }
    }

    #[test]
    fn a_replacement_keeps_away_from_the_domains_of_those_that_stay() {
        // Racks by remainder: 0 and 1 stay, so that of 4, 5 and 6 only the last is alone in its rack.
        assert_eq!(apart(&[4, 5, 0, 6, 1], &[0, 1], |member| member % 4, 1), [6]);
    }
}
