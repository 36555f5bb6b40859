//! Records which parts of a picture could not be read.

use std::path::Path;

use image::metadata::Orientation;

use crate::imaging::{Damage, DamagePlace};

/// Loss of data in an MCU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    Nothing,
    /// Some detail.
    Detail,
    /// The DC coefficient of a component, and with it everything.
    All,
}

/// The loss in each MCU of a picture, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Loss {
    columns: usize,
    mcus: Vec<Missing>,
    /// Whether there was more data than the picture needs, so that a part in an unknown place is wrong.
    pub is_doubtful: bool,
    /// Whether the file ends before the picture does.
    pub is_cut_off: bool,
}

impl Loss {
    /// Nothing is missing in a picture of that number of MCUs, across and down.
    pub fn none((columns, rows): (usize, usize)) -> Self {
        Self { columns, mcus: vec![Missing::Nothing; columns * rows], is_doubtful: false, is_cut_off: false }
    }

    /// Records the loss in an MCU.
    pub fn add(&mut self, (column, row): (usize, usize), missing: Missing) {
        if let Some(mcu) = self.mcus.get_mut(row * self.columns + column) {
            *mcu = missing.max(*mcu);
        }
    }

    /// Records the same for all MCUs.
    pub fn add_everywhere(&mut self, missing: Missing) {
        self.mcus.iter_mut().for_each(|mcu| *mcu = missing.max(*mcu));
    }

    /// Share of the MCUs of which that is missing, 0 to 1.
    pub fn share(&self, missing: Missing) -> f64 {
        self.mcus.iter().filter(|mcu| **mcu == missing).count() as f64 / self.mcus.len().max(1) as f64
    }

    /// Whether anything is missing or wrong.
    pub fn is_any(&self) -> bool {
        self.is_doubtful || self.mcus.iter().any(|mcu| *mcu > Missing::Nothing)
    }

    /// The damage of the upright photo in `file`; none if nothing is missing.
    pub fn damage(&self, file: &Path, orientation: Orientation) -> Option<Damage> {
        use Orientation::*;
        let [missing, blurred] = [Missing::All, Missing::Detail].map(|missing| self.share(missing));
        let [end, beginning] = match orientation {
            NoTransforms | FlipHorizontal => [DamagePlace::Lower, DamagePlace::Upper],
            FlipVertical | Rotate180 => [DamagePlace::Upper, DamagePlace::Lower],
            Rotate90 | Rotate270FlipH => [DamagePlace::Left, DamagePlace::Right],
            Rotate270 | Rotate90FlipH => [DamagePlace::Right, DamagePlace::Left],
        };
        let place = match (self.is_the_end(), self.is_the_beginning()) {
            (true, false) => end,
            (false, true) => beginning,
            _ => DamagePlace::Scattered,
        };
        let &Self { is_doubtful, is_cut_off, .. } = self;
        self.is_any().then(|| Damage { file: file.into(), is_cut_off, missing, blurred, place, is_doubtful })
    }

    /// Whether exactly the MCUs from some MCU on are affected.
    fn is_the_end(&self) -> bool {
        self.mcus.is_sorted() && self.mcus.last().is_some_and(|last| *last > Missing::Nothing)
    }

    /// Whether exactly the MCUs up to some MCU are affected.
    fn is_the_beginning(&self) -> bool {
        self.mcus.is_sorted_by(|a, b| a >= b) && self.mcus.first().is_some_and(|first| *first > Missing::Nothing)
    }
}
