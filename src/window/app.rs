//! The window: drains the workers' events into the state, shows it, carries out commands.

use std::{path::PathBuf, sync::Arc, time::Duration};

use crossbeam_channel::Receiver;

use super::{
    asides::Asides,
    devices::Devices,
    intake::Intake,
    photo_on_screen::PhotoOnScreen,
    preferences::Preferences,
    queue::List,
    results::{self, Results},
    workers::Workers,
};
use crate::{
    desktop::{Dialogs, Needed, PastedPictures, PathScanner, Store},
    engine::DeviceInfo,
    restore::Recipe,
    state::{
        Closing, Command, Compare, ForecastState, Notice, NoticeBoard, PreviewGrid, Queue, RunState, Session, Settings,
    },
    ui::{Scene, Screen, text},
    worker::Worker,
};

/// What a window is made of.
pub struct Parts {
    /// The worker that restores.
    pub worker: Worker,
    /// The worker that reads and saves meanwhile; it needs no network.
    pub reader: Worker,
    /// Searches folders and names results.
    pub scanner: PathScanner,
    /// Brings the devices there are, once they are known.
    pub devices: Receiver<Vec<DeviceInfo>>,
    /// Brings how many times larger than usual the desktop's texts are, when that is not in the display's scale.
    pub text_scale: Receiver<f32>,
    /// The questions for files.
    pub dialogs: Arc<dyn Dialogs>,
    /// The photos to start with.
    pub files: Vec<PathBuf>,
    /// Where the window finds what it is to remember; none: it remembers nothing.
    pub store: Option<Store>,
}

/// The window of the program: each part has its own file.
pub struct RedawnApp {
    pub(super) workers: Workers,
    pub(super) photo: PhotoOnScreen,
    pub(super) list: List,
    pub(super) results: Results,
    pub(super) intake: Intake,
    pub(super) preferences: Preferences,
    pub(super) devices: Devices,
    pub(super) asides: Asides,
    pub(super) pasted: PastedPictures,
    pub(super) forecast: ForecastState,
    /// The preview grid, while it is on screen.
    pub(super) previews: Option<PreviewGrid>,
    pub(super) closing: Closing,
    pub(super) notices: NoticeBoard,
    /// Whether files can be dropped here.
    drops: bool,
    title: String,
    pub(super) screen: Screen,
}

impl RedawnApp {
    /// A window with these parts. Sets the theme on `context`.
    pub fn new(context: &egui::Context, parts: Parts) -> Self {
        let Parts { worker, reader, scanner, devices, text_scale, dialogs, files, store } = parts;
        let (preferences, trouble) = Preferences::recall(store.as_ref(), text_scale);
        let mut app = Self {
            workers: Workers::new(worker, reader),
            photo: PhotoOnScreen::default(),
            list: List::default(),
            results: Results::new(store.as_ref()),
            intake: Intake::new(scanner, trouble),
            preferences,
            devices: Devices::new(devices),
            asides: Asides::new(dialogs),
            pasted: PastedPictures::below(store.as_ref().map(results::pasted_pictures)),
            forecast: ForecastState::default(),
            previews: None,
            closing: Closing::default(),
            notices: NoticeBoard::default(),
            drops: true,
            title: String::new(),
            screen: Screen::new(context),
        };
        app.apply(context, app.preferences.memory.settings.clone());
        store.into_iter().for_each(|store| app.recall_queue(store, !files.is_empty()));
        if files.is_empty() {
            app.intake.take_greetings().into_iter().for_each(|greeting| app.notices.post(greeting));
        }
        app.open(files);
        app
    }

    /// What the window is doing.
    pub fn session(&self) -> &Session {
        &self.photo.session
    }

    /// The recipe of the selected photo, or of the next one to be added.
    pub fn recipe(&self) -> Recipe {
        let item = self.list.queue.selected().and_then(|id| self.list.queue.get(id));
        item.map_or(self.preferences.recipe, |item| item.recipe)
    }

    /// What is remembered.
    pub fn settings(&self) -> &Settings {
        &self.preferences.memory.settings
    }

    /// No file can be dropped here: the start screen says how else.
    pub fn without_drops(mut self) -> Self {
        self.drops = false;
        self
    }

    /// Whether the photos of the queue are being restored.
    pub fn run_state(&self) -> RunState {
        self.list.batch.run_state()
    }

    /// Whether the window closes although work is under way.
    pub fn may_close(&self) -> bool {
        self.closing == Closing::Agreed
    }

    /// The photos, and what became of them.
    pub fn queue(&self) -> &Queue {
        &self.list.queue
    }

    /// Where the divider between before and after stands, as a share of the canvas' width.
    pub fn divider(&self) -> f32 {
        self.screen.divider()
    }

    /// How before and after are compared.
    pub fn compare(&self) -> Compare {
        self.screen.compare()
    }

    fn show_title(&mut self, context: &egui::Context) {
        let title = text::title(&self.photo.session);
        if title != self.title {
            context.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }
}

impl eframe::App for RedawnApp {
    fn logic(&mut self, context: &egui::Context, _frame: &mut eframe::Frame) {
        let gone = self.devices.poll();
        gone.into_iter().for_each(|name| self.notices.post(Notice::info(text::device_not_found(&name))));
        self.preferences.poll_text_scale(context);
        self.receive_answers(context);
        self.receive_findings();
        self.check_keeper();
        if self.drain(context) {
            context.request_repaint();
        }
        self.advance_queue();
        self.check_previews();
        self.estimate_next();
        if let Some(rest) = self.keep_changed_queue() {
            context.request_repaint_after(rest);
        }
        self.keep_closing(context);
        if self.workers.post() {
            context.request_repaint_after(Duration::from_millis(50));
        }
        // The time left counts down between tiles too.
        if self.photo.session.run().is_some() || self.list.batch.run_state() == RunState::Going {
            context.request_repaint_after(Duration::from_secs(1));
        }
        // It is shown that it is searched, and how far.
        if self.intake.is_searching() {
            context.request_repaint_after(Duration::from_millis(100));
        }
        self.show_title(context);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let search = self.intake.progress();
        let scene = Scene {
            session: &self.photo.session,
            saving: self.results.saving,
            forecast: &self.forecast,
            recipe: self.recipe(),
            previews: self.previews.as_ref(),
            queue: &self.list.queue,
            batch: &self.list.batch,
            names: &self.list.names,
            search: search.as_ref(),
            subfolders: self.intake.subfolders,
            closing: self.closing,
            device: &self.devices.choice,
            devices: self.devices.known(),
            speeds: &self.devices.speeds,
            notices: &self.notices,
            appearance: self.preferences.appearance,
            settings: &self.preferences.memory.settings,
            undo_redo: self.steps(),
            drops: self.drops,
        };
        let commands = self.screen.show(ui, &scene);
        let context = ui.ctx().clone();
        // What was drawn is older than what the commands change.
        if commands.iter().any(|command| !matches!(command, Command::Look(_))) {
            context.request_repaint();
        }
        commands.into_iter().for_each(|command| self.run(&context, command));
        self.remember(&context);
        if self.workers.post() {
            context.request_repaint_after(Duration::from_millis(50));
        }
    }

    fn on_exit(&mut self) {
        self.photo.session.stop();
        self.previews = None;
        self.end_batch();
        self.keep_queue_now();
        let needed = |files: Vec<PathBuf>| match self.list.keeper {
            Some(_) => Needed::Only(files),
            None => Needed::NoneOfItsOwn,
        };
        let (full, pasted) = (needed(self.full_results_kept()), needed(self.pasted_pictures_kept()));
        self.results.full.end(full);
        self.pasted.end(pasted);
    }
}
