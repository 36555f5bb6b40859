//! The user's preferences: applied, and kept from one start to the next.

use std::path::Path;

use super::{
    app::RedawnApp,
    asides::Answer,
    undo::{Slider, Step},
};
use crate::{
    desktop::{Dialogs, Memory, Store},
    engine::DeviceChoice,
    restore::Recipe,
    state::{Appearance, History, ItemId, Notice, Offer, Place, Settings},
    ui::text,
    worker::{Body, End, Event, Update},
};
use crossbeam_channel::Receiver;

/// What the user prefers, kept from one start to the next.
pub struct Preferences {
    /// The settings, and their file.
    pub(super) memory: Memory,
    /// Default recipe for newly added photos.
    pub(super) recipe: Recipe,
    /// Dark or light.
    pub(super) appearance: Appearance,
    /// Steps to undo and redo.
    pub(super) history: History<Step, (Slider, Option<ItemId>)>,
    /// How much larger than usual texts are on this desktop.
    text_scale: f32,
    text_scale_found: Receiver<f32>,
}

impl Preferences {
    /// The stored preferences, and what went wrong with them. `text_scale` brings the desktop's text size, where the
    /// display does not include it.
    pub fn recall(store: Option<&Store>, text_scale: Receiver<f32>) -> (Self, Option<Notice>) {
        let (memory, trouble) = Memory::recall(store);
        let preferences = Self {
            memory,
            recipe: Recipe::default(),
            appearance: Appearance::default(),
            history: History::default(),
            text_scale: 1.0,
            text_scale_found: text_scale,
        };
        (preferences, trouble)
    }

    /// Applies the desktop's text size, once it is known.
    pub fn poll_text_scale(&mut self, context: &egui::Context) {
        if let Ok(scale) = self.text_scale_found.try_recv() {
            context.set_zoom_factor(context.zoom_factor() / self.text_scale * scale);
            self.text_scale = scale;
        }
    }
}

impl RedawnApp {
    /// Works with these settings from now on.
    pub(super) fn apply(&mut self, context: &egui::Context, settings: Settings) {
        self.devices.choice = settings.device.clone();
        self.set_appearance(context, settings.appearance);
        self.screen.place_divider(settings.divider);
        self.screen.set_compare(settings.compare);
        context.set_zoom_factor(settings.zoom * self.preferences.text_scale);
        self.choose(settings.recipe);
        self.preferences.memory.settings = settings;
    }

    pub(super) fn set_appearance(&mut self, context: &egui::Context, appearance: Appearance) {
        self.preferences.appearance = appearance;
        context.set_theme(match appearance {
            Appearance::System => egui::ThemePreference::System,
            Appearance::Dark => egui::ThemePreference::Dark,
            Appearance::Light => egui::ThemePreference::Light,
        });
    }

    /// Writes down what may have changed in this frame.
    pub(super) fn remember(&mut self, context: &egui::Context) {
        let (recipe, divider) = (self.recipe(), self.screen.divider());
        let settings = &mut self.preferences.memory.settings;
        (settings.recipe, settings.divider, settings.appearance) = (recipe, divider, self.preferences.appearance);
        settings.compare = self.screen.compare();
        settings.zoom = context.zoom_factor() / self.preferences.text_scale;
        settings.window = place_of(context, settings.window);
        if settings.device != self.devices.choice {
            settings.device.clone_from(&self.devices.choice);
        }
        let trouble = self.preferences.memory.keep();
        trouble.into_iter().for_each(|trouble| self.notices.post(trouble));
    }

    /// The photo on screen is open.
    pub(super) fn remember_photo(&mut self) {
        if let Some(source) = self.photo.session.source()
            && !self.is_pasted(&source.path)
        {
            self.preferences.memory.settings.opened(&source.path);
        }
    }

    /// Forgets a recent photo whose file is gone.
    pub(super) fn forget_recent(&mut self, path: &Path) {
        if self.preferences.memory.settings.forget(path) {
            self.notices.post(Notice::info(text::recent_not_found(path)));
        }
    }

    /// Chooses everything as in the beginning; that can be taken back.
    pub(super) fn reset_settings(&mut self, context: &egui::Context) {
        let before = Box::new(self.preferences.memory.settings.clone());
        self.apply(context, before.reset());
        self.notices.post(Notice::info(text::SETTINGS_RESET).offering(Offer::TakeBack(before)));
    }

    /// Does what a notice offers.
    pub(super) fn accept(&mut self, context: &egui::Context, number: u64) {
        let Some(offer) = self.notices.get(number).and_then(|notice| notice.offer.clone()) else { return };
        if !matches!(offer, Offer::ShowFile(_)) {
            self.notices.dismiss(number);
        }
        match offer {
            Offer::ShowFile(path) => self.off_window(context, move |dialogs| {
                Answer::Notice(
                    dialogs.show_file(&path).err().map(|why| Notice::problem(text::file_not_shown(&path, &why))),
                )
            }),
            Offer::Open(path) => self.open(vec![path]),
            Offer::Restore => self.restore(),
            Offer::UseCpu => {
                self.devices.choice = DeviceChoice::Cpu;
                self.restore();
            }
            Offer::StayOnCpu => self.devices.choice = DeviceChoice::Cpu,
            Offer::SaveAs => self.choose_target(context),
            Offer::TakeBack(settings) => self.apply(context, *settings),
            Offer::BringBack => self.bring_back_laid_by(),
        }
    }

    /// Logs an event.
    pub(super) fn log(event: &Event) {
        match &event.body {
            Body::Update(Update::Device { device, reason }) => log::info!("works on {}: {reason}", device.name),
            Body::Update(Update::Notice(text) | Update::Fallback(text)) => log::info!("{text}"),
            Body::End(End::Restored { outcome, .. }) => {
                log::info!("restored in {:.2} s", outcome.duration.as_secs_f64());
            }
            Body::End(End::Failed(error)) => log::warn!("{error}"),
            _ => {}
        }
    }

    /// Does something slow on a thread of its own; the answer comes with a later frame.
    pub(super) fn off_window(
        &mut self,
        context: &egui::Context,
        work: impl FnOnce(&dyn Dialogs) -> Answer + Send + 'static,
    ) {
        if let Err(error) = self.asides.begin(context, work) {
            self.notices.post(Notice::problem(text::no_thread(&error)));
        }
    }
}

/// Where the window is, as far as the system tells; `before` counts for what it doesn't.
fn place_of(context: &egui::Context, before: Option<Place>) -> Option<Place> {
    // Points of the screen, not of a window whose contents are enlarged.
    let zoom = context.zoom_factor();
    context.input(|input| {
        let viewport = input.viewport();
        let inner = viewport.inner_rect.filter(|inner| inner.is_positive());
        if viewport.minimized == Some(true) || viewport.fullscreen == Some(true) {
            return before;
        }
        match (inner, before) {
            (_, Some(before)) if viewport.maximized == Some(true) => Some(Place { maximised: true, ..before }),
            (Some(inner), _) => Some(Place {
                size: [inner.width() * zoom, inner.height() * zoom],
                position: viewport.outer_rect.map(|outer| [outer.left() * zoom, outer.top() * zoom]),
                maximised: viewport.maximized == Some(true),
            }),
            (None, before) => before,
        }
    })
}
