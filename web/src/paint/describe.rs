//! Tables: what is drawn, in words and numbers, for those who cannot or would rather not look at the drawing.

/// A table of texts. Every row has as many cells as the head.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Names of the columns, with their units.
    pub head: Vec<String>,
    /// The cells.
    pub rows: Vec<Vec<String>>,
}
