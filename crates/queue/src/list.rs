//! Doubly linked lists through the slots of one slab, so that an item can leave from the middle in constant time.

/// No slot.
pub(crate) const NONE: u32 = u32::MAX;

/// The neighbours of a slot on the list it is on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    before: u32,
    after: u32,
}

/// Something that lies on a list.
pub(crate) trait Linked {
    fn link(&mut self) -> &mut Link;
    fn after(&self) -> u32;
}

/// The two ends of one list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List {
    first: u32,
    last: u32,
    len: u32,
}

impl Link {
    pub(crate) const LOOSE: Link = Link { before: NONE, after: NONE };

    pub(crate) fn after(self) -> u32 {
        self.after
    }

    pub(crate) fn before(self) -> u32 {
        self.before
    }
}

impl List {
    pub(crate) const EMPTY: List = List { first: NONE, last: NONE, len: 0 };

    pub(crate) fn first(&self) -> Option<u32> {
        (self.first != NONE).then_some(self.first)
    }

    pub(crate) fn last(&self) -> u32 {
        self.last
    }

    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    /// Puts `slot`, which is on no list, behind `before`, or first if that is [`NONE`].
    pub(crate) fn insert<T: Linked>(&mut self, slots: &mut [T], slot: u32, before: u32) {
        let after = if before == NONE { self.first } else { slots[before as usize].after() };
        *slots[slot as usize].link() = Link { before, after };
        match before {
            NONE => self.first = slot,
            before => slots[before as usize].link().after = slot,
        }
        match after {
            NONE => self.last = slot,
            after => slots[after as usize].link().before = slot,
        }
        self.len += 1;
    }

    /// Takes `slot` off; it must be on this list.
    pub(crate) fn unlink<T: Linked>(&mut self, slots: &mut [T], slot: u32) {
        let Link { before, after } = *slots[slot as usize].link();
        match before {
            NONE => self.first = after,
            before => slots[before as usize].link().after = after,
        }
        match after {
            NONE => self.last = before,
            after => slots[after as usize].link().before = before,
        }
        self.len -= 1;
    }

    /// The slots from the first to the last.
    pub(crate) fn iter<'a, T: Linked>(&self, slots: &'a [T]) -> impl Iterator<Item = &'a T> + use<'a, T> {
        let next = |slot: u32| slots.get(slot as usize);
        core::iter::successors(next(self.first), move |item| next(item.after()))
    }
}
