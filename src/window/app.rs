//! The window: drains the workers' events into the state, shows it, carries out commands.

use std::{collections::VecDeque, fs::File, path::PathBuf, sync::Arc, time::Duration};

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::{jobs::Jobs, preferences, results, worker_client::Line};
use crate::{
    desktop::{Clerk, Dialogs, FullResults, Keeper, Memory, Needed, PastedPictures, Search, Store},
    engine::{DeviceChoice, DeviceInfo},
    imaging::{IfExists, Photo},
    pixels::Rect,
    restore::Recipe,
    state::{
        Appearance, Batch, Closing, Command, Compare, Glance, History, Item, ItemId, Kept, Names, Notice, NoticeBoard,
        Outlook, Pace, Parked, Queue, Saving, Session, Settings, Speeds, StoredItem, Subfolders,
    },
    ui::{Scene, Screen, text},
    worker::{JobId, Worker},
};

/// What a window is made of.
pub struct Parts {
    /// The worker that restores.
    pub worker: Worker,
    /// The worker that reads and saves meanwhile; it needs no network.
    pub reader: Worker,
    /// Looks at folders.
    pub clerk: Clerk,
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

/// What a file dialog brought.
pub(super) enum Answer {
    Photos(Option<Vec<PathBuf>>),
    Target(Option<(PathBuf, IfExists)>),
    /// Whether the file of a result is still there.
    Saved {
        path: PathBuf,
        is_there: bool,
    },
    Folder(Option<PathBuf>),
    Pasted(PathBuf),
    Diagnostics(String),
    Notice(Option<Notice>),
}

/// Whether the result of the photo that is looked at is being read from its file.
#[derive(Debug, Clone, Default)]
pub(super) enum Recall {
    #[default]
    Nothing,
    /// As it was saved.
    Saved { job: JobId, item: ItemId },
    /// At full strength, after that.
    Full { job: JobId, item: ItemId, saved: Arc<Photo> },
}

impl Recall {
    pub(super) fn job(&self) -> Option<JobId> {
        match self {
            Recall::Nothing => None,
            Recall::Saved { job, .. } | Recall::Full { job, .. } => Some(*job),
        }
    }

    pub(super) fn item(&self) -> Option<ItemId> {
        match self {
            Recall::Nothing => None,
            Recall::Saved { item, .. } | Recall::Full { item, .. } => Some(*item),
        }
    }
}

/// The window of the program.
pub struct RedawnApp {
    pub(super) network: Line,
    pub(super) reader: Line,
    pub(super) clerk: Clerk,
    pub(super) jobs: Jobs,
    /// The photo that is looked at.
    pub(super) session: Session,
    pub(super) saving: Saving,
    pub(super) outlook: Outlook,
    /// What is known of the devices' speeds.
    pub(super) speeds: Speeds,
    /// What is done to photos that come next.
    pub(super) recipe: Recipe,
    pub(super) queue: Queue,
    pub(super) batch: Batch,
    /// Which files the results become.
    pub(super) names: Names,
    /// The photo whose result is saved as soon as its name is known.
    pub(super) to_save: Option<ItemId>,
    pub(super) subfolders: Subfolders,
    /// The searches for photos, the oldest first.
    pub(super) searches: VecDeque<Search>,
    /// Which photo of the queue `session` is about.
    pub(super) shown: Option<ItemId>,
    /// Whether the photo that is being restored is shown, and the next one will be.
    pub(super) following: bool,
    /// The one photo there was, as long as it is not sure that another one takes its place.
    pub(super) replaced: Option<Arc<Item>>,
    pub(super) recall: Recall,
    pub(super) thumbnail: Option<(JobId, ItemId)>,
    /// Which photo's result is being saved, how it was made, and where it is at full strength already.
    pub(super) saved: Option<(ItemId, Option<Recipe>, Option<PathBuf>)>,
    /// Where results at full strength are kept.
    pub(super) full: FullResults,
    pub(super) parked: Parked,
    /// Keeps the queue from one start to the next, and the claim to do so.
    pub(super) kept: Option<(Keeper<Kept>, File)>,
    /// The list of an earlier time, while others are looked at.
    pub(super) laid_by: Arc<[StoredItem]>,
    pub(super) closing: Closing,
    pub(super) memory: Memory,
    /// What was chosen before, and what was taken back.
    pub(super) history: History<preferences::Chosen, preferences::Slider>,
    pub(super) pasted: PastedPictures,
    /// What is to be said when the first photo has been looked for.
    pub(super) first_words: Vec<Notice>,
    /// Whether files can be dropped here.
    pub(super) drops: bool,
    pub(super) device: DeviceChoice,
    pub(super) devices: Option<Vec<DeviceInfo>>,
    pub(super) devices_found: Receiver<Vec<DeviceInfo>>,
    /// How many times larger than usual texts are, before anybody zooms.
    pub(super) text_scale: f32,
    pub(super) text_scale_found: Receiver<f32>,
    pub(super) dialogs: Arc<dyn Dialogs>,
    /// A dialog is on screen: a second one would only hide behind it.
    pub(super) asking: bool,
    pub(super) answers: (Sender<Answer>, Receiver<Answer>),
    pub(super) notices: NoticeBoard,
    pub(super) appearance: Appearance,
    /// What is on screen, in px of the result.
    pub(super) focus: Option<Rect>,
    /// The same, as the run on screen was told.
    pub(super) seen: Option<(JobId, Rect)>,
    /// The choices next to each other, while they are on screen.
    pub(super) glance: Option<Glance>,
    pub(super) title: String,
    pub(super) screen: Screen,
}

impl RedawnApp {
    /// A window with these parts. Sets the theme on `context`.
    pub fn new(context: &egui::Context, parts: Parts) -> Self {
        let Parts { worker, reader, clerk, devices, text_scale, dialogs, files, store } = parts;
        let (memory, first_words) = Memory::recall(store.as_ref());
        let mut app = Self {
            network: Line::new(worker),
            reader: Line::new(reader),
            clerk,
            jobs: Jobs::default(),
            session: Session::Empty,
            saving: Saving::Idle,
            outlook: Outlook::default(),
            speeds: Speeds::default(),
            recipe: Recipe::default(),
            queue: Queue::default(),
            batch: Batch::default(),
            names: Names::default(),
            to_save: None,
            subfolders: Subfolders::default(),
            searches: VecDeque::new(),
            shown: None,
            following: false,
            replaced: None,
            recall: Recall::default(),
            thumbnail: None,
            saved: None,
            full: FullResults::below(store.as_ref().map(results::full_results)),
            parked: Parked::default(),
            kept: None,
            laid_by: Arc::new([]),
            closing: Closing::default(),
            memory,
            history: History::default(),
            pasted: PastedPictures::below(store.as_ref().map(results::pasted_pictures)),
            first_words: first_words.into_iter().collect(),
            drops: true,
            device: DeviceChoice::Auto,
            devices: None,
            devices_found: devices,
            text_scale: 1.0,
            text_scale_found: text_scale,
            dialogs,
            asking: false,
            answers: unbounded(),
            notices: NoticeBoard::default(),
            appearance: Appearance::default(),
            focus: None,
            seen: None,
            glance: None,
            title: String::new(),
            screen: Screen::new(context),
        };
        app.apply(context, app.memory.settings.clone());
        store.into_iter().for_each(|store| app.recall_queue(store, !files.is_empty()));
        if files.is_empty() {
            std::mem::take(&mut app.first_words).into_iter().for_each(|words| app.notices.post(words));
        }
        app.open(files);
        app
    }

    /// What the window is doing.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// What is chosen for the photo that is looked at, or for the next one that comes.
    pub fn recipe(&self) -> Recipe {
        let item = self.queue.selected().and_then(|id| self.queue.get(id));
        item.map_or(self.recipe, |item| item.recipe)
    }

    /// What is remembered.
    pub fn settings(&self) -> &Settings {
        &self.memory.settings
    }

    /// No file can be dropped here: the start screen says how else.
    pub fn without_drops(mut self) -> Self {
        self.drops = false;
        self
    }

    /// Whether the photos of the queue are being restored.
    pub fn pace(&self) -> Pace {
        self.batch.pace()
    }

    /// Whether somebody agreed to close in the middle of the work.
    pub fn may_close(&self) -> bool {
        self.closing == Closing::Agreed
    }

    /// The photos, and what became of them.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Where the divider between before and after stands, as a share of the canvas' width.
    pub fn divider(&self) -> f32 {
        self.screen.divider()
    }

    /// How before and after are looked at.
    pub fn compare(&self) -> Compare {
        self.screen.compare()
    }

    /// Hands over what the channels have room for; whether some is left.
    pub(super) fn post(&mut self) -> bool {
        let left = self.network.post();
        self.reader.post() || left
    }

    fn show_title(&mut self, context: &egui::Context) {
        let title = text::title(&self.session);
        if title != self.title {
            context.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }
}

impl eframe::App for RedawnApp {
    fn logic(&mut self, context: &egui::Context, _frame: &mut eframe::Frame) {
        if let Ok(devices) = self.devices_found.try_recv() {
            self.devices = Some(devices);
            self.check_device();
        }
        if let Ok(scale) = self.text_scale_found.try_recv() {
            context.set_zoom_factor(context.zoom_factor() / self.text_scale * scale);
            self.text_scale = scale;
        }
        self.hear_answers(context);
        self.hear_clerk();
        self.hear_keeper();
        if self.drain(context) {
            context.request_repaint();
        }
        self.go_on();
        self.keep_glance();
        self.look_ahead();
        self.keep_closing(context);
        if self.post() {
            context.request_repaint_after(Duration::from_millis(50));
        }
        // The time left counts down between tiles too.
        if self.session.run().is_some() || self.batch.pace() == Pace::Going {
            context.request_repaint_after(Duration::from_secs(1));
        }
        // It is shown that it is searched, and how far.
        if !self.searches.is_empty() {
            context.request_repaint_after(Duration::from_millis(100));
        }
        self.show_title(context);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let search = self.searches.front().and_then(Search::progress);
        let scene = Scene {
            session: &self.session,
            saving: self.saving,
            outlook: &self.outlook,
            recipe: self.recipe(),
            glance: self.glance.as_ref(),
            queue: &self.queue,
            batch: &self.batch,
            names: &self.names,
            search: search.as_ref(),
            subfolders: self.subfolders,
            closing: self.closing,
            device: &self.device,
            devices: self.devices.as_deref(),
            speeds: &self.speeds,
            notices: &self.notices,
            appearance: self.appearance,
            settings: &self.memory.settings,
            steps: self.steps(),
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
        if self.post() {
            context.request_repaint_after(Duration::from_millis(50));
        }
    }

    fn on_exit(&mut self) {
        self.session.stop();
        self.glance = None;
        self.end_batch();
        self.keep_queue();
        let needed = |files: Vec<PathBuf>| match self.kept {
            Some(_) => Needed::Only(files),
            None => Needed::NoneOfItsOwn,
        };
        let (full, pasted) = (needed(self.full_results_kept()), needed(self.pasted_pictures_kept()));
        self.full.end(full);
        self.pasted.end(pasted);
    }
}
