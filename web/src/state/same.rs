//! A shared value that is equal to another only if it is the very same one: cheap to compare, as properties must be.

use std::ops::Deref;
use std::rc::Rc;

/// A shared value, compared by where it lies.
#[derive(Debug, Default)]
pub struct Same<T>(Rc<T>);

impl<T> Same<T> {
    /// Shares `value`.
    #[must_use]
    pub fn new(value: T) -> Same<T> {
        Same(Rc::new(value))
    }
}

impl<T> From<&Rc<T>> for Same<T> {
    fn from(shared: &Rc<T>) -> Same<T> {
        Same(Rc::clone(shared))
    }
}

impl<T: Clone> Same<T> {
    /// The value, to be changed; a copy of it when somebody else holds it too.
    pub fn make_mut(&mut self) -> &mut T {
        Rc::make_mut(&mut self.0)
    }
}

impl<T> Clone for Same<T> {
    fn clone(&self) -> Same<T> {
        Same(Rc::clone(&self.0))
    }
}

impl<T> PartialEq for Same<T> {
    fn eq(&self, other: &Same<T>) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Deref for Same<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}
