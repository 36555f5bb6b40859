//! Closing the window. Pure.

/// State of closing the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Closing {
    /// Not requested.
    #[default]
    No,
    /// Requested; the dialog asks for confirmation because of what is at stake.
    Confirming(AtStake),
    /// Confirmed, or nothing is at stake.
    Yes,
}

/// What closing the window would interrupt or lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AtStake {
    /// Number of unsaved results.
    pub unsaved: usize,
    /// Whether the result on screen is one of them.
    pub on_screen: bool,
    /// Whether a result is being saved.
    pub saving: bool,
    /// Number of remaining photos, if the queue is being restored.
    pub remaining: usize,
    /// Whether the queue is restored at the next start.
    pub kept: bool,
}

impl AtStake {
    /// Whether nothing is at stake.
    pub fn is_nothing(self) -> bool {
        !self.saving && self.unsaved + self.remaining == 0
    }

    /// Whether it is only the result on screen, so that saving it would suffice.
    pub fn is_only_shown_result(self) -> bool {
        self == Self { unsaved: 1, on_screen: true, kept: self.kept, ..Self::default() }
    }
}
