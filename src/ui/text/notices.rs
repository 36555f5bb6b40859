//! Notices and the close dialog.

use std::path::Path;

use super::{RETRY_FAILED, SAVE_AS, UNDO, counts, file_name, photos};
use crate::{
    imaging::quoted,
    state::{AtStake, Counts, Offer},
};

pub const DISMISS: &str = "Dismiss";
pub const DETAILS: &str = "Details";
pub const COPY_DETAILS: &str = "Copy details";
pub const SHOW_FILE: &str = "Show in folder";
pub const RETRY: &str = "Try again";
pub const USE_CPU: &str = "Use CPU";
pub const ALWAYS_USE_CPU: &str = "Always use CPU";
pub const ADD_TO_QUEUE: &str = "Add to queue";
pub const STOP_SEARCH: &str = "Stop search";

pub const CLOSE: &str = "Close";
pub const KEEP_OPEN: &str = "Keep open";
pub const CLOSE_UNSAVED: &str = "Close without saving";
pub const SAVE_AND_CLOSE: &str = "Save and close";

pub const DIAGNOSTICS_COPIED: &str = "Diagnostics copied. They contain no photo names.";
pub const SETTINGS_RESET: &str = "Settings reset. Presets and recent photos were kept.";
pub const NO_DIALOGS: &str = "No file dialog available: install xdg-desktop-portal or zenity. Until then drop photos on the \
     window, paste their paths with Ctrl+V, or start the program with them: redawn PHOTO";
/// A folder contains results of photos in the queue.
pub fn results_not_added(count: usize) -> String {
    let results = if count == 1 { "1 result".to_owned() } else { format!("{count} results") };
    format!("{results} of photos in the queue not added.")
}

/// `what` of a photo was applied to so many others of its size.
pub fn applied_to_others(what: &str, photos: usize) -> String {
    match photos {
        0 => "No other photo changed: finished ones and those of other sizes stay as they are.".to_owned(),
        1 => format!("{what} applied to 1 other photo."),
        others => format!("{what} applied to {others} other photos."),
    }
}

pub const NOWHERE_TO_PASTE: &str = "The picture can't be pasted: no temporary folder can be created.";
pub const NOTHING_TO_PASTE: &str = "No picture or path of a picture in the clipboard.";
pub const RESULT_COPIED: &str = "Restored photo copied.";
pub const OLD_RESULT_COPIED: &str = "Restored photo copied as it was before the last change.";
pub const PHOTO_COPIED: &str = "Original photo copied. It is not restored yet.";

/// Label of a notice's button.
pub fn offer(offer: &Offer) -> &'static str {
    match offer {
        Offer::ShowFile(_) => SHOW_FILE,
        Offer::RetryFailed => RETRY_FAILED,
        Offer::Open(_) | Offer::Restore => RETRY,
        Offer::UseCpu => USE_CPU,
        Offer::AlwaysUseCpu => ALWAYS_USE_CPU,
        Offer::SaveAs => SAVE_AS,
        Offer::UndoReset(_) => UNDO,
        Offer::AddPreviousQueue => ADD_TO_QUEUE,
    }
}

/// Title of the close dialog.
pub fn close_question(at_stake: AtStake) -> &'static str {
    match at_stake {
        AtStake { remaining: 1.., .. } => "Close while photos are being exported?",
        AtStake { saving: true, .. } => "Close while a result is being saved?",
        _ => "Close without saving?",
    }
}

/// What closing stops or loses.
pub fn close_explained(at_stake: AtStake) -> String {
    let AtStake { unsaved, saving, remaining, kept, .. } = at_stake;
    let mut sentences = Vec::new();
    if remaining > 0 {
        let are = if remaining == 1 { "is" } else { "are" };
        let later = match kept {
            true => "They stay in the queue for the next start.",
            false => "They will not be in the queue at the next start.",
        };
        sentences.push(format!("{} {are} not finished. {later}", photos(remaining)));
    }
    match (saving, unsaved) {
        // It may be the unsaved one.
        (true, _) => sentences.push("A result is being saved.".to_owned()),
        (false, 0) => {}
        (false, 1) => sentences.push("1 result is not saved and will be lost.".to_owned()),
        (false, count) => sentences.push(format!("{count} results are not saved and will be lost.")),
    }
    sentences.join(" ")
}

/// The queue of the last session was loaded. `running`: it is being restored.
pub fn previous_queue_restored(counts: Counts, running: bool) -> String {
    let next = if running { "Resuming." } else { "“Export all” resumes it." };
    format!("Previous queue restored: {}. {next}", self::counts(counts))
}

/// The queue of the last session was not loaded, since the program was started with photos.
pub fn previous_queue_kept(counts: Counts) -> String {
    format!("Previous queue kept: {}.", self::counts(counts))
}

/// `Searching “holiday”… 12 photos found`
pub fn searching(place: &Path, found: usize) -> String {
    format!("Searching “{}”… {} found", file_name(place), photos(found))
}

/// An unsaved result was removed from memory.
pub fn result_dropped(photo: &Path) -> String {
    format!("“{}” was not saved, since another photo was opened. Show it and save it again.", file_name(photo))
}

/// The queue can't be written to disk.
pub fn queue_not_stored(error: &std::io::Error) -> String {
    format!("The queue can't be stored for the next start ({error}). It is kept while the window is open.")
}

/// A recent photo does not exist.
pub fn recent_not_found(path: &Path) -> String {
    format!("{} was not found, and was removed from the recent photos.", quoted(path))
}

/// A thread can't be started.
pub fn no_thread(error: &std::io::Error) -> String {
    format!("The system can't start a thread ({error}). Close other programs and try again.")
}

/// The file manager can't be opened.
pub fn file_not_shown(path: &Path, why: &str) -> String {
    format!("The file manager can't be opened ({why}). The file is {}", quoted(path))
}

pub fn not_copied(why: &str) -> String {
    format!("The photo can't be copied ({why}). Save it instead.")
}

pub fn not_pasted(why: &impl std::fmt::Display) -> String {
    format!("The picture can't be pasted: {why}")
}

/// The selected device is not available.
pub fn device_not_found(name: &str) -> String {
    format!("{name} is not available. The device is now selected automatically.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_close_dialog_names_what_is_at_stake() {
        let nothing = AtStake::default();
        assert_eq!(close_question(AtStake { remaining: 2, ..nothing }), "Close while photos are being exported?");
        assert_eq!(close_question(AtStake { saving: true, ..nothing }), "Close while a result is being saved?");
        assert_eq!(close_question(AtStake { unsaved: 1, ..nothing }), "Close without saving?");
        assert_eq!(
            close_explained(AtStake { remaining: 2, kept: true, unsaved: 1, ..nothing }),
            "2 photos are not finished. They stay in the queue for the next start. \
             1 result is not saved and will be lost."
        );
    }
}
