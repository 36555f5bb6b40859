//! The app: applies the workers' events to the state, draws it, and executes commands.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use crossbeam_channel::Receiver;

use super::{
    background::BackgroundTasks,
    devices::Devices,
    import::Import,
    photo_on_screen::PhotoOnScreen,
    preferences::Preferences,
    queue::QueueController,
    results::{self, Results},
    workers::Workers,
};
use crate::{
    desktop::{Cleanup, Dialogs, PastedPictures, PathScanner, Store},
    engine::DeviceInfo,
    restore::{Mask, Recipe},
    state::{
        Closing, Command, Compare, ForecastState, Notice, NoticeBoard, PreviewGrid, Queue, RunState, Saving, Session,
        Settings,
    },
    ui::{DeviceState, PossibleEdits, ResultState, Scene, Screen, text},
    worker::Worker,
};

/// Everything the app starts with.
pub struct Startup {
    /// The worker that restores.
    pub worker: Worker,
    /// The worker that reads and saves meanwhile. It needs no network.
    pub reader: Worker,
    /// Searches folders and finds output names.
    pub scanner: PathScanner,
    /// Receives the available devices.
    pub devices: Receiver<Vec<DeviceInfo>>,
    /// Receives the desktop's text scale, if the display's scale does not include it.
    pub text_scale: Receiver<f32>,
    /// File dialogs, file manager and clipboard.
    pub dialogs: Arc<dyn Dialogs>,
    /// Files and folders to open.
    pub files: Vec<PathBuf>,
    /// Settings and queue of the previous session. None: nothing is stored.
    pub store: Option<Store>,
}

/// The app. Each part has its own file.
pub struct RedawnApp {
    pub(super) workers: Workers,
    pub(super) photo: PhotoOnScreen,
    pub(super) list: QueueController,
    pub(super) results: Results,
    pub(super) import: Import,
    pub(super) preferences: Preferences,
    pub(super) devices: Devices,
    pub(super) background: BackgroundTasks,
    pub(super) pasted: PastedPictures,
    pub(super) forecast: ForecastState,
    /// The preview grid, while it is open.
    pub(super) previews: Option<PreviewGrid>,
    pub(super) closing: Closing,
    pub(super) notices: NoticeBoard,
    /// Whether files can be dropped on the window.
    drops: bool,
    title: String,
    pub(super) screen: Screen,
}

impl RedawnApp {
    /// Creates the app. Sets the theme on `context`.
    pub fn new(context: &egui::Context, startup: Startup) -> Self {
        let Startup { worker, reader, scanner, devices, text_scale, dialogs, files, store } = startup;
        let (preferences, notice) = Preferences::load(store.as_ref(), text_scale);
        let mut app = Self {
            workers: Workers::new(worker, reader),
            photo: PhotoOnScreen::default(),
            list: QueueController::default(),
            results: Results::new(store.as_ref()),
            import: Import::new(scanner, notice),
            preferences,
            devices: Devices::new(devices),
            background: BackgroundTasks::new(dialogs),
            pasted: PastedPictures::below(store.as_ref().map(results::pasted_pictures)),
            forecast: ForecastState::default(),
            previews: None,
            closing: Closing::default(),
            notices: NoticeBoard::default(),
            drops: true,
            title: String::new(),
            screen: Screen::new(context),
        };
        app.apply(context, app.preferences.settings().clone());
        store.into_iter().for_each(|store| app.load_queue(store, !files.is_empty()));
        if files.is_empty() {
            app.import.take_startup_notices().into_iter().for_each(|notice| app.notices.post(notice));
        }
        app.open(files);
        app
    }

    /// State of the photo on screen.
    pub fn session(&self) -> &Session {
        &self.photo.session
    }

    /// Recipe of the selected photo, or the default one.
    pub fn recipe(&self) -> Recipe {
        let item = self.list.queue.selected().and_then(|id| self.list.queue.get(id));
        item.map_or(self.preferences.recipe, |item| item.recipe)
    }

    /// Where the recipe of the selected photo applies.
    pub fn mask(&self) -> Mask {
        let item = self.list.queue.selected().and_then(|id| self.list.queue.get(id));
        item.map_or_else(Mask::default, |item| item.mask.clone())
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        self.preferences.settings()
    }

    /// Files can't be dropped on the window; the start screen shows other ways.
    pub fn without_drops(mut self) -> Self {
        self.drops = false;
        self
    }

    /// State of the run over the queue.
    pub fn run_state(&self) -> RunState {
        self.list.batch.run_state()
    }

    /// Whether closing is confirmed.
    pub fn may_close(&self) -> bool {
        self.closing == Closing::Yes
    }

    /// The photos and their states.
    pub fn queue(&self) -> &Queue {
        &self.list.queue
    }

    /// Position of the divider as a share of the canvas' width, 0–1.
    pub fn divider(&self) -> f32 {
        self.screen.divider()
    }

    /// The comparison in use.
    pub fn compare(&self) -> Compare {
        self.screen.compare()
    }

    fn update_title(&mut self, context: &egui::Context) {
        let title = text::title(&self.photo.session);
        if title != self.title {
            context.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }
}

impl eframe::App for RedawnApp {
    fn logic(&mut self, context: &egui::Context, _frame: &mut eframe::Frame) {
        let missing = self.devices.poll();
        missing.into_iter().for_each(|name| self.notices.post(Notice::info(text::device_not_found(&name))));
        self.preferences.poll_text_scale(context);
        self.receive_task_results(context);
        self.receive_search_results();
        self.report_queue_error();
        if self.handle_events(context) {
            context.request_repaint();
        }
        self.advance_queue();
        self.check_previews();
        // The picture comes before its forecast.
        self.update_live(context);
        self.estimate_next();
        if let Some(delay) = self.store_queue_when_due() {
            context.request_repaint_after(delay);
        }
        self.update_closing(context);
        if self.workers.flush() {
            context.request_repaint_after(Duration::from_millis(50));
        }
        // The remaining time counts down between tiles.
        if self.photo.session.run().is_some() || self.list.batch.run_state() == RunState::Running {
            context.request_repaint_after(Duration::from_secs(1));
        }
        let is_attended = context.input(|input| input.focused);
        if let Some(left) = self.notices.expire(Instant::now(), is_attended) {
            context.request_repaint_after(left);
        }
        // Shows the progress of a search.
        if self.import.is_searching() {
            context.request_repaint_after(Duration::from_millis(100));
        }
        self.update_title(context);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let (search, mask) = (self.import.progress(), self.mask());
        let scene = Scene {
            session: &self.photo.session,
            result: ResultState {
                is_outdated: self.is_outdated(),
                can_compute: self.waits_to_be_asked(),
                is_saving: self.results.saving != Saving::Idle || self.is_save_requested(),
                is_saved: self.is_shown_saved(),
            },
            forecast: &self.forecast,
            recipe: self.recipe(),
            mask: &mask,
            previews: self.previews.as_ref(),
            queue: &self.list.queue,
            batch: &self.list.batch,
            names: &self.list.names,
            search: search.as_ref(),
            subfolders: self.import.subfolders(),
            closing: self.closing,
            devices: DeviceState {
                choice: &self.devices.choice,
                available: self.devices.known(),
                speeds: &self.devices.speeds,
            },
            notices: &self.notices,
            settings: self.preferences.settings(),
            edits: PossibleEdits {
                undo: self.preferences.history.can_undo(),
                redo: self.preferences.history.can_redo(),
                paste: self.list.copied.is_some(),
            },
            drops: self.drops,
        };
        let commands = self.screen.show(ui, &scene);
        let context = ui.ctx().clone();
        let view = self.photo.view;
        let is_change =
            commands.iter().any(|command| !matches!(command, Command::SetView { .. } | Command::KeepNotices));
        commands.into_iter().for_each(|command| self.run(&context, command));
        // Draws the changes made by the commands, and restores what has come into view.
        if is_change || view != self.photo.view {
            context.request_repaint();
        }
        self.update_settings(&context);
        if self.workers.flush() {
            context.request_repaint_after(Duration::from_millis(50));
        }
    }

    fn on_exit(&mut self) {
        self.photo.session.stop();
        self.previews = None;
        self.stop_batch();
        self.store_queue();
        let cleanup = |files: Vec<PathBuf>| match self.list.writer {
            Some(_) => Cleanup::AllExcept(files),
            None => Cleanup::OwnFolder,
        };
        let (full, pasted) = (cleanup(self.full_results_kept()), cleanup(self.pasted_pictures_kept()));
        self.results.full.set_cleanup(full);
        self.pasted.set_cleanup(pasted);
    }
}
