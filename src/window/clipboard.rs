//! Copying and pasting.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use egui::ColorImage;

use super::{app::RedawnApp, background::TaskResult};
use crate::{
    desktop::{Picture, diagnostics, paste},
    restore::Rendition,
    state::Notice,
    ui::text,
};

impl RedawnApp {
    /// Copies the result, or the photo if there is none.
    pub(super) fn copy_picture(&mut self, context: &egui::Context) {
        let (what, rendition) =
            match (self.photo.session.rendition(self.recipe().strength, &self.mask()), self.photo.session.source()) {
                (Some(result), _) if self.is_current() => (text::RESULT_COPIED, result),
                (Some(result), _) => (text::OLD_RESULT_COPIED, result),
                (None, Some(source)) => (text::PHOTO_COPIED, Rendition::Photo(source.photo.clone())),
                (None, None) => return,
            };
        self.spawn_task(context, move |dialogs| {
            let copied = dialogs.copy_picture(Picture::of(&rendition));
            TaskResult::Notice(Some(match copied {
                Ok(()) => Notice::info(what),
                Err(why) => Notice::problem(text::not_copied(&why)),
            }))
        });
    }

    /// Opens the paths in a text.
    pub(super) fn paste_text(&mut self, text: &str) {
        match paste::paths_in(text) {
            paths if paths.is_empty() => self.notices.post(Notice::problem(text::NOTHING_TO_PASTE)),
            paths => self.open(paths),
        }
    }

    /// Opens a picture of the clipboard, from a file of the program's own.
    pub(super) fn paste_picture(&mut self, context: &egui::Context, image: Arc<ColorImage>) {
        let Some(folder) = self.pasted.folder().map(Path::to_owned) else {
            return self.notices.post(Notice::problem(text::NOWHERE_TO_PASTE));
        };
        self.spawn_task(context, move |_| match paste::save_picture(&image, &folder) {
            Ok(path) => TaskResult::Pasted(path),
            Err(error) => TaskResult::Notice(Some(Notice::problem(text::not_pasted(&error)))),
        });
    }

    /// Whether a photo was pasted.
    pub(super) fn is_pasted(&self, path: &Path) -> bool {
        self.pasted.holds(path)
    }

    /// Copies the program's and the system's state, without names of photos.
    pub(super) fn copy_diagnostics(&mut self, context: &egui::Context) {
        let (devices, settings) = (self.devices.known().map(<[_]>::to_vec), self.preferences.settings().clone());
        let mut photos: Vec<PathBuf> = self.list.queue.items().iter().map(|item| item.path.clone()).collect();
        photos.extend(settings.recent.iter().cloned());
        self.spawn_task(context, move |_| {
            TaskResult::Diagnostics(diagnostics::report(devices.as_deref(), &settings, &photos))
        });
    }
}
