//! What of a picture could not be read.

/// What is missing of a unit of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    Nothing,
    /// Some of its detail.
    Detail,
    /// Brightness or colour, and all that goes with it.
    All,
}

/// What is missing of each unit of a picture, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Loss {
    columns: usize,
    units: Vec<Missing>,
    /// Whether more was stored than belongs to the picture, so that some of what was read is wrong.
    pub is_doubtful: bool,
}

impl Loss {
    /// Nothing is missing of so many units across and down.
    pub fn none((columns, rows): (usize, usize)) -> Self {
        Self { columns, units: vec![Missing::Nothing; columns * rows], is_doubtful: false }
    }

    /// Something is missing of a unit.
    pub fn add(&mut self, (column, row): (usize, usize), missing: Missing) {
        if let Some(unit) = self.units.get_mut(row * self.columns + column) {
            *unit = missing.max(*unit);
        }
    }

    /// The same is missing everywhere.
    pub fn add_everywhere(&mut self, missing: Missing) {
        self.units.iter_mut().for_each(|unit| *unit = missing.max(*unit));
    }

    /// The share of the units of which that is missing, 0 to 1.
    pub fn share(&self, missing: Missing) -> f64 {
        self.units.iter().filter(|unit| **unit == missing).count() as f64 / self.units.len().max(1) as f64
    }

    /// Whether all from some unit on, and nothing before it, is missing.
    pub fn is_the_end(&self) -> bool {
        self.units.is_sorted() && self.units.last().is_some_and(|last| *last > Missing::Nothing)
    }

    /// Whether all up to some unit, and nothing after it, is missing.
    pub fn is_the_beginning(&self) -> bool {
        self.units.is_sorted_by(|a, b| a >= b) && self.units.first().is_some_and(|first| *first > Missing::Nothing)
    }
}
