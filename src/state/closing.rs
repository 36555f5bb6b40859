//! Whether the window may be closed. Pure.

/// Whether the window may be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Closing {
    /// Not requested.
    #[default]
    No,
    /// The user wants to, and is asked whether to in spite of this.
    Asked(AtStake),
    /// The user said so.
    Agreed,
}

/// What closing the window would end or lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AtStake {
    /// Results that are not saved.
    pub unsaved: usize,
    /// Whether that on screen is one of them.
    pub on_screen: bool,
    /// Whether a result is being saved.
    pub saving: bool,
    /// Whether a photo is being restored on screen.
    pub restoring: bool,
    /// Photos still to be done of a list that is being restored.
    pub ahead: usize,
    /// Whether that list is there again at the next start.
    pub kept: bool,
}

impl AtStake {
    /// Whether nothing is.
    pub fn is_nothing(self) -> bool {
        !self.saving && !self.restoring && self.unsaved + self.ahead == 0
    }

    /// Whether saving the result on screen would do.
    pub fn is_one_result(self) -> bool {
        self == Self { unsaved: 1, on_screen: true, kept: self.kept, ..Self::default() }
    }
}
