//! What survives a crash, kept apart by type from what does not.

use crate::Machine;
use core::fmt::Debug;
use core::ops::Deref;

/// State that survives a crash: whatever its writes have made of it.
pub trait Durable: Clone {
    /// One durable write, as small as the protocol's smallest atomic step.
    type Write: Clone + Debug;
    /// Carries out one write.
    fn apply(&mut self, write: &Self::Write);
}

/// The durable write of a machine.
pub type Write<M> = <<M as Machine>::Durable as Durable>::Write;

/// Holds durable state. Reads like the state itself; changes only through [`Out::persist`](crate::Out::persist), so that no durable
/// change escapes the host, which may count, delay or record it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disk<D>(D);

impl<D> Disk<D> {
    /// A disk as it leaves the shop: holding `initial`, which every member is born with.
    #[must_use]
    pub const fn new(initial: D) -> Disk<D> {
        Disk(initial)
    }
}

impl<D: Durable> Disk<D> {
    /// Carries out one write. Only [`Out::persist`](crate::Out::persist) may.
    #[inline]
    pub(crate) fn apply(&mut self, write: &D::Write) {
        self.0.apply(write);
    }
}

impl<D> Deref for Disk<D> {
    type Target = D;
    fn deref(&self) -> &D {
        &self.0
    }
}
