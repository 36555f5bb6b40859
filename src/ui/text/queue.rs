//! The queue and its output.

use std::path::Path;

use super::{file_name, percent, photos, sentence_case, stage};
use crate::{
    imaging::{IfExists, quoted},
    state::{Counts, Item, State},
};

pub const QUEUE_MENU: &str = "Queue options";
pub const ADD_PHOTOS: &str = "Add photos…";
pub const ADD_FOLDERS: &str = "Add folders…";
pub const INCLUDE_SUBFOLDERS: &str = "Include subfolders";
pub const APPLY_TO_ALL: &str = "Apply settings to all";
pub const RETRY_FAILED: &str = "Retry failed and stopped";
pub const REMOVE_FINISHED: &str = "Remove finished";
pub const CLEAR_QUEUE: &str = "Clear queue";

pub const EXPORT_ALL: &str = "Export all";
pub const EXPORT_ALL_HINT: &str = "Restore and save all photos in the queue (Ctrl+Shift+R)";
pub const NOTHING_TO_EXPORT: &str = "No photos to export";
pub const EXPORTING_ALL: &str = "Exporting";
pub const PAUSED: &str = "Paused";
pub const PAUSE: &str = "Pause";
pub const RESUME: &str = "Resume";
pub const STOP_ALL: &str = "Stop";
pub const STOP_ALL_HINT: &str = "Stop; finished photos are kept (Esc)";
pub const QUEUE_PROGRESS: &str = "Progress of all photos";

pub const OUTPUT: &str = "Output";
pub const OUTPUT_BUTTON: &str = "Output folder and file names";
pub const NEXT_TO_ORIGINAL: &str = "Next to original";
pub const OTHER_FOLDER: &str = "Other folder…";
pub const FOLDER: &str = "Folder";
pub const FILE_NAMES: &str = "File names";
pub const FILE_NAMES_HINT: &str = "{name}: original name, {task}: what was done, {level}: how much";
pub const FORMAT: &str = "Format";
pub const SAME_FORMAT: &str = "Same as original";
pub const QUALITY: &str = "Quality";
pub const IF_EXISTS: &str = "If the file exists";
pub const KEEP_METADATA: &str = "Keep metadata";
pub const KEEP_METADATA_HINT: &str = "Camera, date, location and more. The colour profile is always kept.";

/// State of a photo in the queue. `target` is the file name its result will have.
pub fn item_state(item: &Item, target: Option<&str>) -> String {
    match &item.state {
        State::Waiting | State::Restored { saved: None } => {
            target.map_or_else(|| "Waiting".to_owned(), |target| format!("Will be saved as {target}"))
        }
        State::Restored { saved: Some(saved) } => format!("Changed since saved as {}", file_name(&saved.path)),
        State::Running(progress) => format!("{} {}", stage(progress.stage()), percent(progress.share())),
        State::Done(saved) => format!("Saved as {}", file_name(&saved.path)),
        State::Skipped(path) => format!("Skipped: {} exists", file_name(path)),
        State::Failed(reason) => format!("Failed: {reason}"),
        State::Stopped => "Stopped".to_owned(),
    }
}

/// Why a photo failed, without its name, which is beside it: `Is damaged (no end). Copy or download it again.`
pub fn reason_alone(reason: &str, path: &Path) -> String {
    let name = quoted(path).to_string();
    let words = match reason.strip_prefix(&name) {
        Some(rest) => rest.trim_start().to_owned(),
        None => reason.replace(&format!(": {name}"), "").replace(&format!(" {name}"), ""),
    };
    sentence_case(&words)
}

/// `3 to do · 8 done · 1 failed`
pub fn counts(counts: Counts) -> String {
    let Counts { remaining, done, failed, stopped } = counts;
    let words = [(remaining, "to do"), (done, "done"), (failed, "failed"), (stopped, "stopped")];
    let words: Vec<_> =
        words.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    words.join(" · ")
}

/// The whole queue was restored.
pub fn queue_finished(counts: Counts) -> String {
    match (counts.failed, counts.stopped) {
        (0, 0) => format!("Finished: {} restored.", photos(counts.done)),
        _ => format!("Finished: {}.", self::counts(counts)),
    }
}

/// Example of a file name.
pub fn example(path: &Path) -> String {
    format!("Example: {}", file_name(path))
}

pub fn progress_of(name: &str) -> String {
    format!("Progress of {name}")
}

pub fn stop_photo(name: &str) -> String {
    format!("Stop {name}")
}

pub fn remove_photo(name: &str) -> String {
    format!("Remove {name} from the queue")
}

pub fn retry_photo(name: &str) -> String {
    format!("Restore {name} again")
}

pub fn if_exists(choice: IfExists) -> &'static str {
    match choice {
        IfExists::Rename => "Keep both (add number)",
        IfExists::Skip => "Skip",
        IfExists::Replace => "Replace",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_come_first_in_a_row() {
        let path = Path::new("/photos/owl.jpg");
        for (reason, expected) in [
            ("“/photos/owl.jpg” is empty (0 bytes). Copy it again.", "Is empty (0 bytes). Copy it again."),
            ("The file is incomplete: “/photos/owl.jpg”. Copy it again.", "The file is incomplete. Copy it again."),
            ("There is no file “/photos/owl.jpg”. Check the name.", "There is no file. Check the name."),
            ("The device was lost.", "The device was lost."),
        ] {
            assert_eq!(reason_alone(reason, path), expected);
        }
    }
}
