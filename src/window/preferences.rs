//! The window's dealings with what is around the photo: what is remembered, steps back and forth, notices,
//! the clipboard.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use crossbeam_channel::Receiver;
use egui::ColorImage;

use super::{app::RedawnApp, asides::Answer};
use crate::{
    desktop::{Dialogs, Memory, Picture, Store, diagnostics, paste, pictures_folder},
    engine::DeviceChoice,
    imaging::{Head, IfExists, SaveOptions},
    restore::{Noise, Recipe, Rendition},
    state::{Appearance, Choices, Grip, History, Item, Notice, Offer, Place, Settings, State, save_name},
    ui::text,
    worker::{Body, End, Event, Update},
};

/// What of a recipe is dragged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slider {
    Compression,
    Noise,
    AutoAmount,
    Strength,
}

/// All choices that can be undone.
#[derive(Debug)]
pub(super) struct Chosen {
    /// What is done to photos that come next.
    recipe: Recipe,
    /// The preset chosen last.
    preset: Option<String>,
    /// The photos, and what is done to them.
    photos: Choices,
}

/// What the user prefers, kept from one start to the next.
pub struct Preferences {
    /// The settings, and their file.
    pub(super) memory: Memory,
    /// Default recipe for newly added photos.
    pub(super) recipe: Recipe,
    /// Dark or light.
    pub(super) appearance: Appearance,
    /// Choices to undo and redo.
    pub(super) history: History<Chosen, Slider>,
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

    /// A photo could not be opened. One that is gone is no recent photo any more.
    pub(super) fn forget_if_gone(&mut self, path: &Path) {
        // The worker has just asked the same of the disk: the answer is at hand.
        if !path.exists() && self.preferences.memory.settings.forget(path) {
            self.notices.post(Notice::info(text::recent_not_found(path)));
        }
    }

    /// Chooses everything as in the beginning; that can be taken back.
    pub(super) fn reset_settings(&mut self, context: &egui::Context) {
        let before = Box::new(self.preferences.memory.settings.clone());
        self.apply(context, before.reset());
        self.notices.post(Notice::info(text::SETTINGS_RESET).offering(Offer::TakeBack(before)));
    }

    /// A person chose another recipe: it can be taken back.
    pub(super) fn choose_by_hand(&mut self, context: &egui::Context, recipe: Recipe) {
        let press = context.input(|input| input.pointer.any_down().then(|| input.pointer.press_start_time()).flatten());
        let grip = dragged(self.recipe(), recipe).map(|field| Grip { field, press });
        self.record(grip);
        self.choose(recipe);
    }

    /// Something is about to be chosen that can be taken back.
    pub(super) fn record(&mut self, grip: Option<Grip<Slider>>) {
        self.preferences.history.record(self.chosen(), grip, Instant::now());
    }

    fn chosen(&self) -> Chosen {
        let preset = self.preferences.memory.settings.preset.clone();
        Chosen { recipe: self.preferences.recipe, preset, photos: self.list.queue.choices() }
    }

    /// Undo or redo. Selects the photo that it changes.
    pub(super) fn step(&mut self, back: bool) {
        let present = self.chosen();
        let Some(chosen) =
            (if back { self.preferences.history.undo(present) } else { self.preferences.history.redo(present) })
        else {
            return;
        };
        let differs = |item: &&Arc<Item>| self.list.queue.get(item.id).is_none_or(|now| now.recipe != item.recipe);
        let changed = chosen.photos.photos().iter().find(differs).map(|item| item.id);
        self.preferences.recipe = chosen.recipe;
        self.preferences.memory.settings.preset = chosen.preset;
        self.list.queue.choose(chosen.photos);
        changed.into_iter().for_each(|id| self.list.queue.select(id));
        self.after_change_of_photos();
        self.compare_all_with_saved();
    }

    /// Whether there are steps back and forth.
    pub(super) fn steps(&self) -> [bool; 2] {
        [self.preferences.history.can_undo(), self.preferences.history.can_redo()]
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

    /// The folder that a result counts as beside its photo in: that of the photo, but of a pasted picture, which is no
    /// folder of the user's, the one the user saved in or opened from last, or that of their pictures.
    fn folder_for(&self, source: &Path) -> Option<PathBuf> {
        if !self.is_pasted(source) {
            return source.parent().map(Path::to_owned);
        }
        let settings = &self.preferences.memory.settings;
        let mut used = settings.save_folder.iter().chain(&settings.open_folder);
        used.find(|folder| folder.is_dir()).cloned().or_else(pictures_folder::folder)
    }

    /// The photo as if it were where [`folder_for`](Self::folder_for) says: what names are made from.
    pub(super) fn as_if_there(&self, source: &Path) -> PathBuf {
        match (self.folder_for(source), source.file_name()) {
            (Some(folder), Some(name)) => folder.join(name),
            _ => source.to_owned(),
        }
    }

    /// Where a result is to be saved, as long as the user says nothing else.
    pub(super) fn suggestion(&self, source: &Path, result: &Head) -> PathBuf {
        save_name::suggested(&self.as_if_there(source), result)
    }

    /// The same, in the folder the user chose last.
    pub(super) fn suggestion_to_ask(&self, source: &Path, result: &Head) -> PathBuf {
        let suggestion = self.suggestion(source, result);
        match (&self.preferences.memory.settings.save_folder, suggestion.file_name()) {
            (Some(folder), Some(name)) => folder.join(name),
            _ => suggestion,
        }
    }

    /// Saves the result without a question, but that of a pasted picture, which has no place of its own. What is saved
    /// already stays as it is.
    pub(super) fn save_at_once(&mut self, context: &egui::Context) {
        let Some(id) = self.photo.item.filter(|_| self.photo.session.restoration().is_some()) else { return };
        let saved = self.list.queue.get(id).and_then(|item| match &item.state {
            State::Done(path) => Some(path.clone()),
            _ => None,
        });
        match saved {
            Some(path) => self.off_window(context, move |_| Answer::Saved { is_there: path.exists(), path }),
            None if self.shows_pasted() => self.choose_target(context),
            None => self.save_as_suggested(),
        }
    }

    /// Saves the result of a list as the others of the list, and else where it is suggested, and never over another
    /// file.
    pub(super) fn save_as_suggested(&mut self) {
        self.results.to_save = self.listed();
        if self.results.to_save.is_some() {
            return self.save_as_named();
        }
        if let (Some(source), Some(restoration)) = (self.photo.session.source(), self.photo.session.restoration()) {
            self.save_under(self.suggestion(&source.path, &restoration.result.head()));
        }
    }

    /// Saves the result under this name, or one beside it that is free.
    pub(super) fn save_under(&mut self, path: PathBuf) {
        self.save(path, SaveOptions { if_exists: IfExists::Rename, ..SaveOptions::default() });
    }

    /// Whether the photo on screen was pasted.
    pub(super) fn shows_pasted(&self) -> bool {
        self.photo.session.source().is_some_and(|source| self.is_pasted(&source.path))
    }

    /// Copies what there is to see: the result, or the photo.
    pub(super) fn copy_picture(&mut self, context: &egui::Context) {
        let (what, print) = match (self.photo.session.print(self.recipe().strength), self.photo.session.source()) {
            (Some(result), _) => (text::RESULT_COPIED, result),
            (None, Some(source)) => (text::PHOTO_COPIED, Rendition::Photo(source.photo.clone())),
            (None, None) => return,
        };
        self.off_window(context, move |dialogs| {
            let copied = dialogs.copy_picture(Picture::of(&print));
            Answer::Notice(Some(match copied {
                Ok(()) => Notice::info(what),
                Err(why) => Notice::problem(text::not_copied(&why)),
            }))
        });
    }

    pub(super) fn paste_text(&mut self, text: &str) {
        match paste::paths_in(text) {
            paths if paths.is_empty() => self.notices.post(Notice::problem(text::NOTHING_TO_PASTE)),
            paths => self.open(paths),
        }
    }

    /// Opens a picture of the clipboard, from a file of the program's own.
    pub(super) fn paste_picture(&mut self, context: &egui::Context, image: Arc<ColorImage>) {
        let folder = match self.pasted.folder() {
            Ok(folder) => folder,
            Err(error) => return self.notices.post(Notice::problem(text::not_pasted(&error))),
        };
        self.off_window(context, move |_| match paste::keep(&image, &folder) {
            Ok(path) => Answer::Pasted(path),
            Err(error) => Answer::Notice(Some(Notice::problem(text::not_pasted(&error)))),
        });
    }

    pub(super) fn is_pasted(&self, path: &Path) -> bool {
        self.pasted.holds(path)
    }

    pub(super) fn copy_diagnostics(&mut self, context: &egui::Context) {
        let (devices, settings) = (self.devices.known().map(<[_]>::to_vec), self.preferences.memory.settings.clone());
        let mut photos: Vec<PathBuf> = self.list.queue.items().iter().map(|item| item.path.clone()).collect();
        photos.extend(settings.recent.iter().cloned());
        self.off_window(context, move |_| {
            Answer::Diagnostics(diagnostics::report(devices.as_deref(), &settings, &photos))
        });
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

/// What was dragged when only that is different.
fn dragged(before: Recipe, after: Recipe) -> Option<Slider> {
    if before.scale != after.scale || before.best != after.best {
        return None;
    }
    let noise = match (before.noise, after.noise) {
        (Noise::Auto(_), Noise::Auto(_)) => Slider::AutoAmount,
        _ => Slider::Noise,
    };
    let changed = [
        (before.compression != after.compression, Slider::Compression),
        (before.noise != after.noise, noise),
        (before.strength != after.strength, Slider::Strength),
    ];
    let mut changed = changed.into_iter().filter(|(changed, _)| *changed).map(|(_, slider)| slider);
    changed.next().filter(|_| changed.next().is_none())
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
