//! The queue and its output.

use std::path::Path;

use super::{file_name, percent, photos, sentence_case, stage};
use crate::{
    engine::Model,
    imaging::{Depth, IfExists, quoted},
    restore::ModelChoice,
    state::{Counts, Item, State},
};

pub const QUEUE_MENU: &str = "Queue options";
pub const ADD_PHOTOS: &str = "Add photos…";
pub const ADD_FOLDERS: &str = "Add folders…";
pub const INCLUDE_SUBFOLDERS: &str = "Include subfolders";
pub const APPLY_TO_ALL: &str = "Apply settings to all";
pub const COPY_SETTINGS: &str = "Copy settings";
pub const SHOW_IN_FOLDER: &str = "Show in folder";
pub const OWN_SETTINGS_HINT: &str = "Other settings than most photos";
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
pub const OUTPUT_HINT: &str = "Folder, file names, format";
pub const SAVED: &str = "Saved";
pub const NEXT_TO_ORIGINAL: &str = "Next to original";
pub const OTHER_FOLDER: &str = "Other folder…";
pub const FOLDER: &str = "Folder";
pub const FILE_NAMES: &str = "File names";
pub const FILE_NAMES_HINT: &str = "{name}: original name, {task}: what was done, {level}: how much";
pub const FORMAT: &str = "Format";
pub const SAME_FORMAT: &str = "Same as original";
pub const QUALITY: &str = "Quality";
pub const DEPTH: &str = "Bits per channel";
pub const DEPTH_HINT: &str = "JPEG, WebP and BMP hold 8, AVIF 10. A photo with 8 gains nothing from 16.";
pub const SAME_DEPTH: &str = "Same as original";
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
        State::Done(saved) => {
            let is_auto = saved.made_with.is_some_and(|made_with| made_with.model == ModelChoice::Auto);
            let network = match saved.model.filter(|_| is_auto) {
                Some(Model::Fast) => ", with the fast network",
                Some(Model::Best) => ", with the best network",
                None => "",
            };
            format!("Saved as {}{network}", file_name(&saved.path))
        }
        State::Skipped(path) => format!("Skipped: {} exists", file_name(path)),
        State::Failed(reason) => format!("Failed: {reason}"),
        State::Stopped => "Stopped".to_owned(),
    }
}

/// State of a photo in a row, next to its name: short words, and the file name that follows them.
pub fn short_state(item: &Item, target: Option<&str>) -> (String, Option<String>) {
    let words = |words: &str, name: String| (words.to_owned(), Some(name));
    match &item.state {
        State::Waiting | State::Restored { saved: None } if target.is_some() => {
            words("Saves as ", target.unwrap_or_default().to_owned())
        }
        State::Restored { saved: Some(saved) } => words("Changed since ", file_name(&saved.path)),
        State::Done(saved) => words("Saved as ", file_name(&saved.path)),
        State::Skipped(path) => words("Skipped, exists: ", file_name(path)),
        State::Failed(reason) => (reason_alone(reason, &item.path), None),
        _ => (item_state(item, target), None),
    }
}

/// Why a photo failed, without its name, which is beside it: `Is damaged (no end). Copy or download it again.`
fn reason_alone(reason: &str, path: &Path) -> String {
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

/// Where a result is saved, and what happens to the file that exists there.
pub fn place(folder: &str, existing: Option<IfExists>) -> String {
    match existing {
        None | Some(IfExists::Rename) => folder.to_owned(),
        Some(IfExists::Skip) => format!("{folder} · exists, skipped"),
        Some(IfExists::Replace) => format!("{folder} · replaces the file"),
    }
}

/// Accessible name of the output options.
pub fn output(file: &str, place: &str) -> String {
    format!("{OUTPUT}: {file}, {place}")
}

/// `8 bits`
pub fn depth(depth: Option<Depth>) -> &'static str {
    match depth {
        None => SAME_DEPTH,
        Some(Depth::Eight) => "8 bits",
        Some(Depth::Sixteen) => "16 bits",
        Some(Depth::Float) => "32 bits, floating point",
    }
}

/// Example of a file name.
pub fn example(path: &Path) -> String {
    format!("Example: {}", file_name(path))
}

/// Accessible name of a row.
pub fn row(name: &str, state: &str, has_own_settings: bool) -> String {
    let settings = if has_own_settings { ", own settings" } else { "" };
    format!("{name}: {state}{settings}")
}

/// The menu entry that pastes settings into a number of photos.
pub fn paste_settings(count: usize) -> String {
    match count {
        1 => "Paste settings".to_owned(),
        _ => format!("Paste settings to {}", photos(count)),
    }
}

/// The menu entry that removes a number of photos.
pub fn remove_photos(count: usize) -> String {
    match count {
        1 => "Remove from the queue".to_owned(),
        _ => format!("Remove {} from the queue", photos(count)),
    }
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
