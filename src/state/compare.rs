//! Ways to compare before and after. Their layout is up to `ui`.

use serde::{Deserialize, Serialize};

/// How before and after are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compare {
    /// One picture: before on one side of the divider, after on the other.
    Split(Cut),
    /// Two pictures with the same zoom and pan.
    SideBySide(Cut),
    /// The original only.
    Before,
    /// The result only.
    After,
    /// Their difference, amplified.
    Difference,
}

impl Default for Compare {
    fn default() -> Self {
        Self::Split(Cut::Auto)
    }
}

/// How the canvas is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Cut {
    /// The direction that shows the photo larger.
    #[default]
    Auto,
    /// By a vertical line, left and right.
    Upright,
    /// By a horizontal line, top and bottom.
    Level,
}
