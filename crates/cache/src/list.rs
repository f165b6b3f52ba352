//! Doubly linked lists through slots: the links lie in one vector, so that moving an entry is six writes and no allocation.
//!
//! ```text
//!   newest ─> 4 ─older─> 0 ─older─> 7 <─ oldest
//! ```

/// No slot.
pub(crate) const NONE: u32 = u32::MAX;

/// The neighbours of every slot, whichever list it is on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Links(Vec<Link>);

#[derive(Clone, Copy, Debug)]
struct Link {
    newer: u32,
    older: u32,
}

impl Links {
    /// The slot after `slot` on the way to the oldest.
    #[inline]
    pub(crate) fn older(&self, slot: u32) -> Option<u32> {
        some(self.0[slot as usize].older)
    }

    /// The slot after `slot` on the way to the newest.
    #[inline]
    pub(crate) fn newer(&self, slot: u32) -> Option<u32> {
        some(self.0[slot as usize].newer)
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// The two ends of one list, and its length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List {
    newest: u32,
    oldest: u32,
    len: u32,
}

impl Default for List {
    fn default() -> List {
        List { newest: NONE, oldest: NONE, len: 0 }
    }
}

impl List {
    /// Puts `slot`, which is on no list, before the newest.
    #[inline]
    pub(crate) fn push(&mut self, links: &mut Links, slot: u32) {
        if slot as usize >= links.0.len() {
            links.0.resize(slot as usize + 1, Link { newer: NONE, older: NONE });
        }
        links.0[slot as usize] = Link { newer: NONE, older: self.newest };
        match self.newest {
            NONE => self.oldest = slot,
            newest => links.0[newest as usize].newer = slot,
        }
        self.newest = slot;
        self.len += 1;
    }

    /// Takes `slot` off; it must be on this list.
    #[inline]
    pub(crate) fn unlink(&mut self, links: &mut Links, slot: u32) {
        let Link { newer, older } = links.0[slot as usize];
        match newer {
            NONE => self.newest = older,
            newer => links.0[newer as usize].older = older,
        }
        match older {
            NONE => self.oldest = newer,
            older => links.0[older as usize].newer = newer,
        }
        self.len -= 1;
    }

    /// Takes off the oldest, if there is one.
    #[inline]
    pub(crate) fn pop(&mut self, links: &mut Links) -> Option<u32> {
        let slot = self.oldest()?;
        self.unlink(links, slot);
        Some(slot)
    }

    /// Makes `slot`, which is on this list, the newest.
    #[inline]
    pub(crate) fn renew(&mut self, links: &mut Links, slot: u32) {
        if self.newest != slot {
            self.unlink(links, slot);
            self.push(links, slot);
        }
    }

    #[inline]
    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    #[inline]
    pub(crate) fn newest(&self) -> Option<u32> {
        some(self.newest)
    }

    #[inline]
    pub(crate) fn oldest(&self) -> Option<u32> {
        some(self.oldest)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.newest == NONE
    }
}

#[inline]
pub(crate) fn some(slot: u32) -> Option<u32> {
    (slot != NONE).then_some(slot)
}
