//! Every sentence and word the window shows.

mod area;
mod controls;
mod notices;
mod queue;
mod repair;
mod run;
mod viewer;

use std::path::Path;

pub use self::{area::*, controls::*, notices::*, queue::*, repair::*, run::*, viewer::*};
use crate::{
    pixels::Size,
    state::{Appearance, Session},
};

pub const APP: &str = "Redawn";
pub const OPEN: &str = "Open…";
pub const OPEN_HINT: &str = "Open photos";
pub const SAVE: &str = "Save";
pub const SAVE_HINT: &str = "Save under the name shown in Output";
pub const SAVE_AS: &str = "Save as…";
pub const SAVE_AS_HINT: &str = "Choose a name and folder for the restored photo";
pub const SAVE_NEEDS_PHOTO: &str = "Open a photo first";
pub const SAVING: &str = "Saving…";

pub const DROP_HERE: &str = "Drop a photo here";
pub const DROP_OR: &str = "or choose a file";
pub const OPEN_FILES: &str = "Open a photo";
pub const DROP_UNSUPPORTED: &str =
    "Files can't be dropped here yet under Wayland. Choose a photo, or paste it with Ctrl+V.";
pub const WELCOME_OPEN: &str = "Open a photo…";
pub const SAMPLE: &str = "A sample photo, before and after";
pub const FIRST_STEPS: [&str; 3] = [
    "Open a photo: its noise and JPEG artefacts are measured and removed.",
    "Drag the line to compare; click the photo to see it at 1:1.",
    "Adjust on the right, then save. The original stays as it is.",
];
pub const WELCOME_FORMATS: &str = "JPEG, PNG, TIFF, WebP and more. Nothing leaves this computer.";

pub const RECENT: &str = "Recent photos";
pub const CLEAR_RECENT: &str = "Clear recent";
pub const NO_RECENT: &str = "No recent photos";

pub const MENU: &str = "View, settings and help";
pub const SHOW_LIST: &str = "List of photos";
pub const SHOW_SETTINGS: &str = "Settings panel";
pub const SHOW_NAVIGATOR: &str = "Navigator over zoomed photos";
pub const FULL_SCREEN: &str = "Full screen";
pub const MORE_BELOW: &str = "More settings below";
pub const APPEARANCE: &str = "Appearance";
pub const SHORTCUTS: &str = "Keyboard shortcuts";
pub const COPY_DIAGNOSTICS: &str = "Copy diagnostics";
pub const COPY_DIAGNOSTICS_HINT: &str =
    "Version, system, devices, settings and recent log messages, without photo names. Nothing is sent.";
pub const RESET_SETTINGS: &str = "Reset settings";

pub fn appearance(appearance: Appearance) -> &'static str {
    match appearance {
        Appearance::System => "Match system",
        Appearance::Dark => "Dark",
        Appearance::Light => "Light",
    }
}

/// `owl.png`
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Title of the window.
pub fn title(session: &Session) -> String {
    let name = match session {
        Session::Opening { path, .. } => Some(file_name(path)),
        session => session.source().map(|source| file_name(&source.path)),
    };
    match (name, session.run()) {
        (Some(name), Some(run)) => format!("{:.0} % · {name} – {APP}", (run.progress.share() * 100.0).floor()),
        (Some(name), None) => format!("{name} – {APP}"),
        (None, _) => APP.to_owned(),
    }
}

/// What dropping these files will do. `adds`: to the queue; `running`: a photo is being restored.
pub fn drop_action(names: &[String], adds: bool, running: bool) -> String {
    match (names, adds) {
        ([], _) => "Open".to_owned(),
        ([name], true) => format!("Add “{name}”"),
        ([name], false) if running => format!("Stop and open “{name}”"),
        ([name], false) => format!("Open “{name}”"),
        (names, _) => format!("Add {}", photos(names.len())),
    }
}

/// With a capital first letter.
pub fn sentence_case(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `1 photo`, `12 photos`
pub fn photos(count: usize) -> String {
    if count == 1 { "1 photo".to_owned() } else { format!("{count} photos") }
}

/// `Open photos (Ctrl+O)`
pub fn with_keys(what: &str, keys: &str) -> String {
    format!("{what} ({keys})")
}

/// `Redawn 0.1.0 · works offline`
pub fn version() -> String {
    format!("{APP} {} · works offline", env!("CARGO_PKG_VERSION"))
}

/// `σ 25`
pub fn sigma(sigma: f32) -> String {
    format!("σ {sigma:.0}")
}

/// `1920 × 1080 px`
pub fn px(size: Size) -> String {
    format!("{} × {} px", size.width, size.height)
}

/// `1920 × 1080 px · 2.1 MP`, without MP below 0.01.
pub fn px_and_megapixels(size: Size) -> String {
    let megapixels = size.area() as f64 / 1e6;
    match megapixels {
        0.0..0.01 => px(size),
        0.01..1.0 => format!("{} · {megapixels:.2} MP", px(size)),
        _ => format!("{} · {megapixels:.1} MP", px(size)),
    }
}

/// `100 %`
pub fn percent(share: f32) -> String {
    format!("{:.0} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drop_is_named_beforehand() {
        let names = ["a.png".to_owned(), "b.png".to_owned(), "c.png".to_owned()];
        assert_eq!(drop_action(&names[..1], false, false), "Open “a.png”");
        assert_eq!(drop_action(&names[..1], true, true), "Add “a.png”");
        assert_eq!(drop_action(&names, false, true), "Add 3 photos");
    }

    #[test]
    fn sizes_in_px_and_megapixels() {
        assert_eq!(px_and_megapixels(Size::new(64, 48)), "64 × 48 px");
        assert_eq!(px_and_megapixels(Size::new(640, 480)), "640 × 480 px · 0.31 MP");
        assert_eq!(px_and_megapixels(Size::new(6000, 4000)), "6000 × 4000 px · 24.0 MP");
    }
}
