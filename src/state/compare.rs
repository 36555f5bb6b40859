//! The ways to look at before and after. Which part of the canvas shows what then is for `ui`.

use serde::{Deserialize, Serialize};

/// How before and after are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compare {
    /// One picture, before on one side of a divider and after on the other.
    Split(Cut),
    /// Two pictures under one zoom and pan.
    SideBySide(Cut),
    /// The photo alone.
    Before,
    /// The result alone.
    After,
    /// What the two differ by, amplified.
    Difference,
}

impl Default for Compare {
    fn default() -> Self {
        Self::Split(Cut::Auto)
    }
}

/// Which way the canvas is cut in two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Cut {
    /// The way that leaves more room.
    #[default]
    Auto,
    /// Left and right.
    Upright,
    /// Top and bottom.
    Level,
}
