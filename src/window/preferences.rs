//! The user's preferences: applying and storing them.

use std::path::Path;

use crossbeam_channel::Receiver;

use super::{
    app::RedawnApp,
    undo::{Field, UndoStep},
};
use crate::{
    desktop::{SettingsFile, Store},
    restore::Recipe,
    state::{Appearance, History, ItemId, Notice, Offer, Settings, WindowPlacement},
    ui::text,
};

/// The settings, and the history of changes.
pub struct Preferences {
    file: SettingsFile,
    /// Default recipe for newly added photos.
    pub(super) recipe: Recipe,
    /// Steps to undo and redo.
    pub(super) history: History<UndoStep, (Field, Option<ItemId>)>,
    /// The desktop's text scale, if the display's scale does not include it.
    text_scale: f32,
    text_scale_found: Receiver<f32>,
}

impl Preferences {
    /// Loads the settings, with a notice about what could not be read. `text_scale` receives the desktop's text scale.
    pub fn load(store: Option<&Store>, text_scale: Receiver<f32>) -> (Self, Option<Notice>) {
        let (file, notice) = SettingsFile::load(store);
        let preferences = Self {
            file,
            recipe: Recipe::default(),
            history: History::default(),
            text_scale: 1.0,
            text_scale_found: text_scale,
        };
        (preferences, notice)
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.file.settings
    }

    /// The settings, to be changed. Changes are stored after each frame.
    pub fn settings_mut(&mut self) -> &mut Settings {
        &mut self.file.settings
    }

    /// Stores changed settings soon. Returns a notice if an earlier change could not be stored.
    pub fn store_changes(&mut self) -> Option<Notice> {
        self.file.store_changes()
    }

    /// Applies the desktop's text scale, once received.
    pub fn poll_text_scale(&mut self, context: &egui::Context) {
        if let Ok(scale) = self.text_scale_found.try_recv() {
            context.set_zoom_factor(context.zoom_factor() / self.text_scale * scale);
            self.text_scale = scale;
        }
    }
}

impl RedawnApp {
    /// Applies these settings.
    pub(super) fn apply(&mut self, context: &egui::Context, settings: Settings) {
        self.devices.choice = settings.device.clone();
        self.set_appearance(context, settings.appearance);
        self.screen.place_divider(settings.divider);
        self.screen.set_compare(settings.compare);
        self.screen.set_difference_gain(settings.difference_gain);
        context.set_zoom_factor(settings.zoom * self.preferences.text_scale);
        self.set_recipe(settings.recipe);
        if settings.output != *self.list.names.naming() {
            self.set_naming(settings.output.clone());
        }
        *self.preferences.settings_mut() = settings;
    }

    pub(super) fn set_appearance(&mut self, context: &egui::Context, appearance: Appearance) {
        self.preferences.settings_mut().appearance = appearance;
        context.set_theme(match appearance {
            Appearance::System => egui::ThemePreference::System,
            Appearance::Dark => egui::ThemePreference::Dark,
            Appearance::Light => egui::ThemePreference::Light,
        });
    }

    /// Updates the settings at the end of a frame, and stores them if they have changed.
    pub(super) fn update_settings(&mut self, context: &egui::Context) {
        let (recipe, divider, compare) = (self.recipe(), self.screen.divider(), self.screen.compare());
        let gain = self.screen.difference_gain();
        let zoom = context.zoom_factor() / self.preferences.text_scale;
        let settings = self.preferences.settings_mut();
        (settings.recipe, settings.divider, settings.compare, settings.zoom) = (recipe, divider, compare, zoom);
        settings.difference_gain = gain;
        settings.window = placement_of(context, settings.window);
        if settings.device != self.devices.choice {
            settings.device.clone_from(&self.devices.choice);
        }
        if settings.output != *self.list.names.naming() {
            settings.output.clone_from(self.list.names.naming());
        }
        let notice = self.preferences.store_changes();
        notice.into_iter().for_each(|notice| self.notices.post(notice));
    }

    /// Adds the photo on screen to the recent ones.
    pub(super) fn add_recent_photo(&mut self) {
        if let Some(source) = self.photo.session.source()
            && !self.is_pasted(&source.path)
        {
            self.preferences.settings_mut().add_recent(&source.path);
        }
    }

    /// Removes a photo from the recent ones, because its file does not exist.
    pub(super) fn remove_recent_photo(&mut self, path: &Path) {
        if self.preferences.settings_mut().remove_recent(path) {
            self.notices.post(Notice::info(text::recent_not_found(path)));
        }
    }

    /// Resets the settings. The notice offers to undo that.
    pub(super) fn reset_settings(&mut self, context: &egui::Context) {
        let before = Box::new(self.preferences.settings().clone());
        self.apply(context, before.reset());
        self.notices.post(Notice::info(text::SETTINGS_RESET).offering(Offer::UndoReset(before)));
    }
}

/// Placement of the window. `before` is used for values the system doesn't report, and while minimised or full screen.
fn placement_of(context: &egui::Context, before: Option<WindowPlacement>) -> Option<WindowPlacement> {
    // In points of the screen, not of the zoomed user interface.
    let zoom = context.zoom_factor();
    context.input(|input| {
        let viewport = input.viewport();
        let inner = viewport.inner_rect.filter(|inner| inner.is_positive());
        if viewport.minimized == Some(true) || viewport.fullscreen == Some(true) {
            return before;
        }
        match (inner, before) {
            (_, Some(before)) if viewport.maximized == Some(true) => {
                Some(WindowPlacement { maximised: true, ..before })
            }
            (Some(inner), _) => Some(WindowPlacement {
                size: [inner.width() * zoom, inner.height() * zoom],
                position: viewport.outer_rect.map(|outer| [outer.left() * zoom, outer.top() * zoom]),
                maximised: viewport.maximized == Some(true),
            }),
            (None, before) => before,
        }
    })
}
