//! A small number beside each slot: reference bits, visited bits, capped counts.

#[derive(Clone, Debug, Default)]
pub(crate) struct Marks(Vec<u8>);

impl Marks {
    #[inline]
    pub(crate) fn set(&mut self, slot: u32, mark: u8) {
        if slot as usize >= self.0.len() {
            self.0.resize(slot as usize + 1, 0);
        }
        self.0[slot as usize] = mark;
    }

    /// The mark of a slot that was set before.
    #[inline]
    pub(crate) fn of(&self, slot: u32) -> u8 {
        self.0[slot as usize]
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
