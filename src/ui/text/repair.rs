//! Scratches and dust.

use crate::restore::{MarkSummary, Repair};

pub const SCRATCHES: &str = "Scratches";
pub const SCRATCHES_HINT: &str = "Fills scratches, dust, hairs and creases from what is around them, before all else. Only what is marked \
     changes.";
pub const SENSITIVITY: &str = "Sensitivity";
pub const SENSITIVITY_HINT: &str =
    "Low marks only what is certainly a scratch, high also faint ones, and some that are none.";
pub const MARK_BRUSH: &str = "Brush for scratches";
pub const MARK_BRUSH_HINT: &str = "Mark what to fill (J)";
pub const MARK_ERASER: &str = "Eraser for scratches";
pub const MARK_ERASER_HINT: &str =
    "Drag to unmark, click to remove a whole mark; with the brush, use the right button or Alt to unmark";
pub const SHOW_MARKS: &str = "Show marks";
pub const SHOW_MARKS_HINT: &str = "Show what is filled in colour over the photo (M). Alt+click removes a mark.";
pub const ALONE: &str = "Alone";
pub const MARKS_ALONE: &str = "Show marks alone";
pub const MARKS_ALONE_HINT: &str = "Show the marks without the photo, white on black";
pub const BRUSH_SIZES: [&str; 3] = ["S", "M", "L"];
pub const MARK_BRUSH_SIZE_HINT: &str =
    "Diameter of the brush on the screen; [ and ] change it. Zoom in to paint finer.";
pub const CLEAR_MARKS: &str = "Clear marks by hand";
pub const CLEAR_MARKS_HINT: &str = "Undo all that was marked and unmarked by hand";
pub const MARK_BRUSH_HELP: &str =
    "Drag to mark, Shift for a straight line; click a mark to remove it. Right button or Alt: drag to unmark.";
pub const MARK_BRUSH_OFF: &str = "Press J to mark, M to show or hide the marks. Alt+click removes a mark.";
pub const SEARCHING: &str = "Searching…";
pub const SEARCHING_SCRATCHES: &str = "Searching for scratches…";
pub const UPDATING_MARKS: &str = "Updating marks…";
pub const SEARCH_STOPPED: &str = "The search was stopped.";
pub const MARKS_BY_HAND: &str = "Marks by hand";
pub const APPLY_MARKS_TO_ALL: &str = "Apply marks by hand to photos of this size";

pub fn repair(repair: Repair) -> &'static str {
    match repair {
        Repair::None => "Off",
        Repair::Auto(_) => "Find automatically",
        Repair::Given => "Only what I mark",
    }
}

pub fn repair_hint(repair: Repair) -> &'static str {
    match repair {
        Repair::None => "Scratches stay",
        Repair::Auto(_) => "Searches the photo; the brush adds and removes marks",
        Repair::Given => "Fills what you paint with the brush, and nothing else",
    }
}

/// Accessible name of a named sensitivity.
pub fn sensitivity(step: &str) -> String {
    format!("{SENSITIVITY} {step}")
}

/// Accessible name of a size of the brush.
pub fn brush_size(size: &str) -> String {
    format!("Brush size {size}")
}

/// `12 marks, 0.8 % of the photo`. `edited`: some were added or removed by hand.
pub fn marks(summary: &MarkSummary, repair: Repair, edited: bool) -> String {
    let percent = summary.share * 100.0;
    let share = match percent {
        0.0..0.01 => "less than 0.01 %".to_owned(),
        0.01..0.1 => format!("{percent:.2} %"),
        0.1..10.0 => format!("{percent:.1} %"),
        _ => format!("{percent:.0} %"),
    };
    match (summary.marks, repair) {
        (0, _) if edited => "No marks.".to_owned(),
        (0, Repair::Given) => "Nothing is marked yet.".to_owned(),
        (0, _) => "No scratches found.".to_owned(),
        (1, _) => format!("1 mark, {share} of the photo"),
        (count, _) => format!("{count} marks, {share} of the photo"),
    }
}

/// What is marked but not filled; none if there is nothing.
pub fn too_wide(summary: &MarkSummary) -> Option<String> {
    match summary.too_wide {
        0 => None,
        1 => Some("1 hole is too wide to be filled and stays as it is.".to_owned()),
        count => Some(format!("{count} holes are too wide to be filled and stay as they are.")),
    }
}

/// Why marks can't be filled, as the worker says it.
pub fn not_fillable(refusal: &str) -> String {
    format!("Not filled: {refusal}.")
}

/// Why the search failed, as the worker says it.
pub fn search_failed(why: &str) -> String {
    format!("The search failed: {why}.")
}

/// A result is not saved, since the search failed, as the worker says it.
pub fn not_saved_without_marks(why: &str) -> String {
    format!("Not saved: the search for scratches failed: {why}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::restore::Sensitivity;

    #[test]
    fn marks_in_numbers() {
        let words = |marks, share| super::marks(&MarkSummary { marks, share, too_wide: 0 }, Repair::Given, false);
        assert_eq!(words(12, 0.0084), "12 marks, 0.8 % of the photo");
        assert_eq!(words(1, 0.000_34), "1 mark, 0.03 % of the photo");
        assert_eq!(words(3, 0.000_01), "3 marks, less than 0.01 % of the photo");
        assert_eq!(words(0, 0.0), "Nothing is marked yet.");
        let none = |repair, edited| super::marks(&MarkSummary::default(), repair, edited);
        let auto = Repair::Auto(Sensitivity::MEDIUM);
        assert_eq!(none(auto, false), "No scratches found.");
        assert_eq!([none(auto, true), none(Repair::Given, true)], ["No marks."; 2]);
        let too_wide = [0, 1, 3].map(|too_wide| super::too_wide(&MarkSummary { too_wide, ..MarkSummary::default() }));
        assert!(too_wide[0].is_none() && too_wide[2].as_ref().is_some_and(|text| text.starts_with("3 holes are")));
    }
}
