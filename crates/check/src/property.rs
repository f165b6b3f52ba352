//! Always, sometimes, eventually: promises over a sequence of states, records, or whatever happens one after the other.
//!
//! | promise | holds | is broken | else nothing is told |
//! |---|---|---|---|
//! | [`always`] | it was true of all so far | once it is not true | before the first |
//! | [`sometimes`] | once it was true | never | until then: a test in which it never happened shows nothing |
//! | [`eventually`] | once it was true | if it was not by the end | before the first |
//! | [`finally`] | if it is true at the end and has stayed so | if it is not true at the end | before the first |
//!
//! Each is told of states as they come and asked when it is over, in O(1) memory.
//!
//! ```
//! use check::Finding;
//! use check::property::{always, finally, sometimes};
//!
//! let mut sound = always(|level: &i32| *level >= 0);
//! let mut full = sometimes(|level: &i32| *level == 10);
//! let mut settled = finally(|level: &i32| *level == 3);
//! for level in [0, 4, 10, -1, 3, 3] {
//!     sound.observe(&level);
//!     full.observe(&level);
//!     settled.observe(&level);
//! }
//! assert_eq!((sound.finding(), sound.since()), (Finding::Broken, Some(3)));
//! assert_eq!((full.finding(), full.since()), (Finding::Holds, Some(2)));
//! assert_eq!((settled.finding(), settled.since()), (Finding::Holds, Some(4)));
//! ```
//!
//! Source: Pnueli, *The Temporal Logic of Programs*, 1977, on runs that end; Alpern and Schneider, 1985, for which of these a finite
//! run can break.

use crate::Finding;

/// Which promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Always,
    Sometimes,
    Eventually,
    Finally,
}

/// A promise about a sequence of `S`, and what has become of it.
#[derive(Clone, Debug)]
pub struct Property<P> {
    kind: Kind,
    is_true: P,
    observed: u64,
    /// The state that decided, from zero: the first that broke it or made it true; for `finally`, the first of those true to the end.
    since: Option<u64>,
}

fn property<P>(kind: Kind, is_true: P) -> Property<P> {
    Property { kind, is_true, observed: 0, since: None }
}

/// `is_true` of every state.
pub fn always<S: ?Sized, P: Fn(&S) -> bool>(is_true: P) -> Property<P> {
    property(Kind::Always, is_true)
}

/// `is_true` of some state, or the run shows nothing.
pub fn sometimes<S: ?Sized, P: Fn(&S) -> bool>(is_true: P) -> Property<P> {
    property(Kind::Sometimes, is_true)
}

/// `is_true` of some state, or the run is broken.
pub fn eventually<S: ?Sized, P: Fn(&S) -> bool>(is_true: P) -> Property<P> {
    property(Kind::Eventually, is_true)
}

/// `is_true` of all states from some one on to the end.
pub fn finally<S: ?Sized, P: Fn(&S) -> bool>(is_true: P) -> Property<P> {
    property(Kind::Finally, is_true)
}

impl<P> Property<P> {
    /// The next state.
    pub fn observe<S: ?Sized>(&mut self, state: &S)
    where
        P: Fn(&S) -> bool,
    {
        let (is_true, at) = ((self.is_true)(state), Some(self.observed));
        self.observed += 1;
        self.since = match self.kind {
            Kind::Always if !is_true => self.since.or(at),
            Kind::Sometimes | Kind::Eventually if is_true => self.since.or(at),
            Kind::Finally => {
                if is_true {
                    self.since.or(at)
                } else {
                    None
                }
            }
            _ => self.since,
        };
    }

    /// What has become of it, if the run ends here.
    #[must_use]
    pub fn finding(&self) -> Finding {
        match (self.kind, self.since) {
            _ if self.observed == 0 => Finding::Untold,
            (Kind::Sometimes, None) => Finding::Untold,
            (Kind::Always, Some(_)) | (Kind::Eventually | Kind::Finally, None) => Finding::Broken,
            _ => Finding::Holds,
        }
    }

    /// The place of the state that decided: the first that broke an `always` or made the others true.
    #[must_use]
    pub fn since(&self) -> Option<u64> {
        self.since
    }
}

/// A judge of sums: what is moved about is neither made nor lost. True of all states whose `amounts` come to the same as in the first.
///
/// ```
/// use check::property::{always, conserves};
///
/// let mut kept = always(conserves(|accounts: &[i64; 2]| accounts.iter().map(|amount| i128::from(*amount)).sum()));
/// kept.observe(&[70, 30]);
/// kept.observe(&[50, 50]);
/// assert_eq!(kept.since(), None);
/// kept.observe(&[50, 51]);
/// assert_eq!(kept.since(), Some(2));
/// ```
pub fn conserves<S: ?Sized>(sum: impl Fn(&S) -> i128) -> impl Fn(&S) -> bool {
    let first = core::cell::Cell::new(None);
    move |state| {
        let sum = sum(state);
        let before = first.get().unwrap_or(sum);
        first.set(Some(before));
        sum == before
    }
}

/// True of all states that are the same in every place: for [`finally`], that copies agree once the faults are over.
pub fn agree<S, T: PartialEq>(copies: impl Fn(&S) -> Vec<T>) -> impl Fn(&S) -> bool {
    move |state| copies(state).windows(2).all(|pair| pair[0] == pair[1])
}
