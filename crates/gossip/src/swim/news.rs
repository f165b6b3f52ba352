//! What is said of a member, and which of two sayings counts.

/// What a member is taken for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It answered, or nobody has complained.
    #[default]
    Alive,
    /// It did not answer; it may object.
    Suspected,
    /// It did not object. For ever.
    Dead,
}

/// A saying: of whom, what, and as of which of its incarnations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct News {
    /// Of whom.
    pub of: u16,
    /// What it is taken for.
    pub state: State,
    /// The incarnation that this is about.
    pub incarnation: u32,
}

impl News {
    /// Whether this counts against what is known (SWIM §4.2): dead beats all, then the higher incarnation, then the worse state.
    #[must_use]
    pub fn overrides(self, state: State, incarnation: u32) -> bool {
        match (self.state, state) {
            (_, State::Dead) => false,
            (State::Dead, _) => true,
            _ => (self.incarnation, self.state) > (incarnation, state),
        }
    }
}
