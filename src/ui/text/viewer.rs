//! The photo on screen: comparing, zooming, previews.

use std::path::Path;

use super::file_name;
use crate::state::{Compared, SidePanel};

pub const PHOTO: &str = "Photo";
pub const BEFORE: &str = "Before";
pub const AFTER: &str = "After";
pub const DIVIDER: &str = "Before and after divider";
pub const SPLIT: &str = "Split";
pub const SPLIT_HINT: &str = "Split view (Shift+Y); press again to change direction";
pub const SIDE_BY_SIDE: &str = "Side by side";
pub const SIDE_BY_SIDE_HINT: &str = "Side by side (Y); press again to change direction";
pub const BEFORE_ONLY: &str = "Before only";
pub const BEFORE_ONLY_HINT: &str = "The original photo (hold \\ or Space)";
pub const AFTER_ONLY: &str = "After only";
pub const AFTER_ONLY_HINT: &str = "The restored photo";
pub const DIFFERENCE: &str = "Difference";
pub const DIFFERENCE_GAIN: &str = "Amplification of the difference";
pub const DIFFERENCE_GAIN_HINT: &str = "How strongly the difference is amplified; double click for ×8";

pub const NAVIGATOR: &str = "Navigator";
pub const HIDE_NAVIGATOR: &str = "Hide the navigator";

pub const ZOOM: &str = "Zoom";
pub const ZOOM_HINT: &str = "100 % is one screen pixel per image pixel; type or drag";
pub const ZOOM_OUT: &str = "Zoom out";
pub const ZOOM_IN: &str = "Zoom in";
pub const FIT: &str = "Fit";
pub const FIT_HINT: &str = "Show the whole photo (F)";
pub const ONE_TO_ONE: &str = "1:1";
pub const ONE_TO_ONE_HINT: &str = "One screen pixel per image pixel";

pub const PREVIEWS_HINT: &str = "Click one to use it";
pub const CLOSE_PREVIEWS: &str = "Back to the photo (Esc)";

/// In place of a photo.
pub const OPENING_STOPPED: &str = "Opening was stopped.";
pub const OPEN_PHOTO: &str = "Open this photo";

/// `Opening… owl.png`
pub fn opening(path: &Path) -> String {
    format!("Opening… {}", file_name(path))
}

/// Tooltip of a panel's edge.
pub fn panel_edge(panel: SidePanel, shown: bool) -> String {
    let name = match panel {
        SidePanel::List => "the list",
        SidePanel::Settings => "the settings",
    };
    if shown { format!("Hide {name} (Tab hides all); drag to resize") } else { format!("Show {name}") }
}

/// `Difference ×8`
pub fn difference(amplification: u8) -> String {
    format!("{DIFFERENCE} ×{amplification}")
}

/// `Shows what changed, ×8 (D)`
pub fn difference_hint(amplification: u8) -> String {
    format!("Shows what changed, ×{amplification} (D)")
}

pub fn preview_title(compared: Compared) -> &'static str {
    match compared {
        Compared::Levels => "Compare noise levels",
        Compared::Sizes => "Compare sizes",
    }
}

/// Accessible name of a preview.
pub fn preview_of(choice: &str) -> String {
    format!("Preview of {choice}")
}

/// Note next to a preview's name.
pub fn preview_note(measured: bool, current: bool) -> &'static str {
    match (measured, current) {
        (true, true) => "measured, current",
        (true, false) => "measured",
        (false, true) => "current",
        (false, false) => "",
    }
}
