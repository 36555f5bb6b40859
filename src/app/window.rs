//! The window: drains the workers' events into the state, shows it, carries out commands.

mod around;
mod glancing;
mod many;

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::{
    Appearance, Command, Compare, Dialogs, Keeper, Memory, Notice, NoticeBoard, Saving, Session, Settings, Store,
    batch::{Batch, Pace},
    clerk::{self, Clerk},
    glance::Glance,
    history::History,
    line::Line,
    naming::Naming,
    outlook::{Outlook, Question},
    parked::Parked,
    queue::{ItemId, Queue, State, Stored, Subfolders},
    session::Source,
};
use crate::{
    engine::{DeviceChoice, DeviceInfo, TileChoice},
    imaging::{self, Allowance, Format, Head, IfExists, SaveOptions},
    pixels::Rect,
    restore::Recipe,
    ui::{Scene, Screen, text},
    worker::{CancelToken, Event, JobId, Request, RestoreRequest, Target, Worker},
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
    /// The questions for files.
    pub dialogs: Arc<dyn Dialogs>,
    /// The photos to start with.
    pub files: Vec<PathBuf>,
    /// Where the window finds what it is to remember; none: it remembers nothing.
    pub store: Option<Store>,
}

/// What a file dialog brought.
enum Answer {
    Photos(Option<Vec<PathBuf>>),
    Target(Option<PathBuf>),
    Folder(Option<PathBuf>),
    Pasted(PathBuf),
    Diagnostics(String),
    Notice(Option<Notice>),
}

/// Numbers for jobs, each of them once.
#[derive(Debug, Default)]
struct Jobs(u64);

impl Jobs {
    fn take(&mut self) -> JobId {
        self.0 += 1;
        JobId(self.0)
    }
}

/// Whether the result of the photo that is looked at is being read from its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Recall {
    #[default]
    Nothing,
    Reading {
        job: JobId,
        item: ItemId,
    },
}

/// Whether the window may be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Closing {
    /// Nobody wants to.
    #[default]
    No,
    /// Somebody wants to, while something is under way: asked whether to.
    Asked,
    /// Somebody said so.
    Agreed,
}

/// The window of the program.
pub struct RedawnApp {
    network: Line,
    reader: Line,
    clerk: Clerk,
    jobs: Jobs,
    /// The photo that is looked at.
    session: Session,
    saving: Saving,
    outlook: Outlook,
    /// What is done to photos that come next.
    recipe: Recipe,
    queue: Queue,
    batch: Batch,
    naming: Naming,
    subfolders: Subfolders,
    /// The files of the queue's results, as the clerk said; for which state of the queue it was asked last,
    /// and for which it has answered.
    targets: Vec<clerk::Target>,
    names_asked: Option<u64>,
    names_of: Option<u64>,
    /// Which photo of the queue `session` is about.
    shown: Option<ItemId>,
    /// Whether the photo that is being restored is shown, and the next one will be.
    following: bool,
    /// The one photo there was, as long as it is not sure that another one takes its place.
    replaced: Option<super::queue::Item>,
    recall: Recall,
    thumbnail: Option<(JobId, ItemId)>,
    /// Which photo's result is being saved.
    saved: Option<ItemId>,
    parked: Parked,
    /// Keeps the queue from one start to the next, and the claim to do so.
    kept: Option<(Keeper<Stored>, File)>,
    closing: Closing,
    memory: Memory,
    /// What was chosen before, and what was taken back.
    history: History<around::Chosen, around::Slider>,
    /// The folder of pasted pictures, gone with the window.
    pasted: Option<tempfile::TempDir>,
    /// What is to be said when the first photo has been looked for.
    first_words: Option<Notice>,
    /// Whether files can be dropped here.
    drops: bool,
    device: DeviceChoice,
    devices: Option<Vec<DeviceInfo>>,
    devices_found: Receiver<Vec<DeviceInfo>>,
    dialogs: Arc<dyn Dialogs>,
    /// A dialog is on screen: a second one would only hide behind it.
    asking: bool,
    answers: (Sender<Answer>, Receiver<Answer>),
    notices: NoticeBoard,
    appearance: Appearance,
    /// What is on screen, in px of the result.
    focus: Option<Rect>,
    /// The choices next to each other, while they are on screen.
    glance: Option<Glance>,
    title: String,
    screen: Screen,
}

/// How long one frame may take in events; the rest waits for the next frame.
const DRAIN_TIME: Duration = Duration::from_millis(12);

impl RedawnApp {
    /// A window with these parts. Sets the theme on `context`.
    pub fn new(context: &egui::Context, parts: Parts) -> Self {
        let Parts { worker, reader, clerk, devices, dialogs, files, store } = parts;
        let (memory, first_words) = Memory::recall(store.as_ref());
        let mut app = Self {
            network: Line::new(worker),
            reader: Line::new(reader),
            clerk,
            jobs: Jobs::default(),
            session: Session::Empty,
            saving: Saving::Idle,
            outlook: Outlook::default(),
            recipe: Recipe::default(),
            queue: Queue::default(),
            batch: Batch::default(),
            naming: Naming::default(),
            subfolders: Subfolders::default(),
            targets: Vec::new(),
            names_asked: None,
            names_of: None,
            shown: None,
            following: false,
            replaced: None,
            recall: Recall::default(),
            thumbnail: None,
            saved: None,
            parked: Parked::default(),
            kept: None,
            closing: Closing::default(),
            memory,
            history: History::default(),
            pasted: None,
            first_words,
            drops: true,
            device: DeviceChoice::Auto,
            devices: None,
            devices_found: devices,
            dialogs,
            asking: false,
            answers: unbounded(),
            notices: NoticeBoard::default(),
            appearance: Appearance::default(),
            focus: None,
            glance: None,
            title: String::new(),
            screen: Screen::new(context),
        };
        app.apply(context, app.memory.settings.clone());
        store.into_iter().for_each(|store| app.recall_queue(store));
        if files.is_empty() {
            app.first_words.take().into_iter().for_each(|notice| app.notices.post(notice));
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

    fn run(&mut self, context: &egui::Context, command: Command) {
        match command {
            Command::ChoosePhoto => self.ask(context, |dialogs| Answer::Photos(dialogs.photos_to_open())),
            Command::Open(files) => self.open(files),
            Command::SetRecipe(recipe) => self.choose_by_hand(context, recipe),
            Command::SetDevice(device) => self.device = device,
            Command::Restore => self.restore(),
            Command::Cancel if self.batch.pace() != Pace::Idle => self.batch.stop(),
            Command::Cancel => self.session.stop(),
            Command::AddFolders => self.ask(context, |dialogs| Answer::Photos(dialogs.folders_to_open())),
            Command::Select(id) => self.show(id),
            Command::Step { down } => self.queue.neighbour(down).into_iter().for_each(|id| self.show(id)),
            Command::Remove(id) => self.remove(|item| item.id == id),
            Command::RemoveDone => self.remove(|item| matches!(item.state, State::Done(_) | State::Skipped(_))),
            Command::RemoveAll => self.remove(|_| true),
            Command::Move(id, place) => {
                self.record(None);
                self.queue.move_to(id, place);
                self.keep_queue();
            }
            Command::ApplyToAll => {
                self.record(None);
                self.queue.apply_to_all(self.recipe());
                self.keep_queue();
            }
            Command::Retry(id) => self.retry(id),
            Command::RetryFailed => {
                self.queue.retry(|item| matches!(item.state, State::Failed(_) | State::Stopped));
                self.keep_queue();
            }
            Command::RestoreAll => self.restore_all(),
            Command::Pause => self.batch.pause(),
            Command::GoOn => self.batch.go(),
            Command::StopOne => self.batch.stop_one(),
            Command::SetNaming(naming) => self.name_by(naming),
            Command::SetSubfolders(subfolders) => self.subfolders = subfolders,
            Command::ChooseFolder => {
                let now = self.naming.folder.clone();
                self.ask(context, move |dialogs| Answer::Folder(dialogs.folder_to_save_in(now.as_deref())));
            }
            Command::Stay => self.closing = Closing::No,
            Command::Leave => {
                self.closing = Closing::Agreed;
                context.send_viewport_cmd(egui::ViewportCommand::Close);
            }
            Command::ChooseTarget => self.choose_target(context),
            Command::Dismiss(number) => self.notices.dismiss(number),
            Command::SetAppearance(appearance) => self.set_appearance(context, appearance),
            Command::Look(rect) => self.look(rect),
            Command::Glance(compared) => self.open_glance(compared),
            Command::FillGlance(room) => self.fill_glance(room),
            Command::TakeAtGlance(number) => self.take_at_glance(context, number),
            Command::CloseGlance => self.glance = None,
            Command::Close => context.send_viewport_cmd(egui::ViewportCommand::Close),
            Command::Save => self.save_at_once(),
            Command::Accept(number) => self.accept(context, number),
            Command::Undo => self.step(true),
            Command::Redo => self.step(false),
            Command::CopyPicture => self.copy_picture(context),
            Command::Paste(text) => self.paste_text(&text),
            Command::PastePicture(image) => self.paste_picture(context, image),
            Command::SavePreset(name) => self.memory.settings.add_preset(&name, self.recipe()),
            Command::DeletePreset(name) => self.memory.settings.presets.retain(|preset| preset.name != name),
            Command::ForgetRecent => self.memory.settings.recent.clear(),
            Command::ResetSettings => self.reset_settings(context),
            Command::CopyDiagnostics => self.copy_diagnostics(context),
        }
    }

    /// Asks on a thread of its own: the dialogs block.
    fn ask(&mut self, context: &egui::Context, question: impl FnOnce(&dyn Dialogs) -> Answer + Send + 'static) {
        if self.asking {
            return;
        }
        self.asking = true;
        self.dialogs.start_in(self.memory.settings.open_folder.as_deref());
        self.off_window(context, question);
    }

    /// What is to be done to the photo that is looked at, and to those that come next.
    fn choose(&mut self, recipe: Recipe) {
        let mixes_anew = recipe.strength != self.recipe().strength && self.session.is_mixed();
        self.recipe = recipe;
        if let Some(id) = self.queue.selected() {
            if mixes_anew && let Some(item) = self.queue.get_mut(id).filter(|item| matches!(item.state, State::Done(_)))
            {
                // What is on disk is no longer what is shown.
                item.state = State::Restored;
            }
            self.queue.set_recipe(id, recipe);
            self.keep_queue();
        }
    }

    fn restore(&mut self) {
        let Some(source) = self.session.source().filter(|_| self.can_restore()).cloned() else { return };
        self.notices.clear();
        self.screen.clear_landing();
        let (job, cancel) = (self.jobs.take(), CancelToken::default());
        self.session = std::mem::take(&mut self.session).restore(job, cancel.clone(), self.recipe());
        self.network.ask(Request::Restore(self.request(job, cancel, source)));
    }

    /// The network is free, and a photo is there for it.
    fn can_restore(&self) -> bool {
        self.batch.pace() == Pace::Idle && self.session.can_restore()
    }

    /// The restoration of a photo as it is chosen now.
    fn request(&self, job: JobId, cancel: CancelToken, source: Source) -> RestoreRequest {
        RestoreRequest {
            job,
            cancel,
            photo: source.photo,
            estimated_sigma: source.estimated_sigma,
            recipe: self.recipe(),
            device: self.device.clone(),
            tile: TileChoice::Auto,
            memory: Allowance::default(),
            target: Target::Memory,
            focus: self.focus,
        }
    }

    /// Asks what a restoration would come to, when that is not known yet and nothing else is to be done.
    fn look_ahead(&mut self) {
        let Some(source) = self.session.source().filter(|_| self.can_restore()).cloned() else { return };
        // A strength is mixed in without another run: no question of its own.
        let (recipe, device) = (self.recipe().at_full_strength(), self.device.clone());
        let question = Question { photo: source.photo.clone(), recipe, device };
        if self.network.is_clear() && self.outlook.wants(&question) {
            let job = self.jobs.take();
            self.outlook.ask(job, question);
            let meant = target_beside(&source.path);
            self.network.ask(Request::Foretell(self.request(job, CancelToken::default(), source), Some(meant)));
        }
    }

    fn choose_target(&mut self, context: &egui::Context) {
        let Session::Restored { source, restoration } = &self.session else { return };
        if self.saving == Saving::Idle {
            let suggestion = self.suggestion_to_ask(&source.path, &restoration.result.head());
            self.ask(context, move |dialogs| Answer::Target(dialogs.target_to_save(&suggestion)));
        }
    }

    fn save(&mut self, path: PathBuf, options: SaveOptions) {
        let Some(result) = self.session.print(self.recipe().strength) else { return };
        if self.saving != Saving::Idle {
            return;
        }
        let job = self.jobs.take();
        self.saving = Saving::Writing { job };
        self.saved = self.shown;
        self.reader.ask(Request::Save { job, result, path, options });
    }

    fn look(&mut self, rect: Rect) {
        if self.focus == Some(rect) {
            return;
        }
        self.focus = Some(rect);
        if let Some(run) = self.session.run() {
            self.network.look(run.job, rect);
        }
    }

    /// Takes in events for at most [`DRAIN_TIME`]; whether some were left.
    fn drain(&mut self, context: &egui::Context) -> bool {
        let start = Instant::now();
        while let Some(event) = self.network.hear().or_else(|| self.reader.hear()) {
            // What is drawn next is laid out with the sizes of this frame: it settles one frame later.
            if event.is_ending() {
                context.request_repaint();
            }
            self.take_in(context, event);
            if start.elapsed() > DRAIN_TIME {
                return true;
            }
        }
        false
    }

    fn take_in(&mut self, context: &egui::Context, event: Event) {
        Self::log(&event);
        let job = Some(event.job());
        if self.batch.passage().map(|passage| passage.job) == job {
            self.hear_batch(&event);
        }
        let notices = match event {
            event if self.saving.job() == job => {
                let (saving, notices) = self.saving.apply(&event);
                self.saving = saving;
                if let (Event::Saved { path, .. }, Some(id)) = (event, self.saved) {
                    self.queue.get_mut(id).into_iter().for_each(|item| item.state = State::Done(path.clone()));
                    self.keep_queue();
                }
                notices
            }
            event if self.outlook.job() == job => {
                self.outlook.apply(event);
                context.request_repaint();
                Vec::new()
            }
            event if self.glance.as_ref().is_some_and(|glance| glance.has(event.job())) => {
                if let Some(glance) = &mut self.glance {
                    glance.apply(event);
                }
                Vec::new()
            }
            event if self.thumbnail.is_some_and(|(thumbnail, _)| Some(thumbnail) == job) => {
                if event.is_ending() {
                    self.hear_thumbnail(context, event);
                }
                Vec::new()
            }
            event if matches!(self.recall, Recall::Reading { job: recall, .. } if Some(recall) == job) => {
                if event.is_ending() {
                    self.recalled(event);
                }
                Vec::new()
            }
            Event::Tile { job, frame, rect, pixels } => {
                if self.session.job() == Some(job) {
                    self.screen.land(frame, rect, &pixels);
                }
                Vec::new()
            }
            event if self.session.job() == job => self.take_in_own(event),
            _ => Vec::new(),
        };
        notices.into_iter().for_each(|notice| self.notices.post(notice));
    }

    /// Takes in an event of the photo that is looked at.
    fn take_in_own(&mut self, event: Event) -> Vec<Notice> {
        let was_opening = matches!(self.session, Session::Opening { .. });
        let error = match &event {
            Event::Failed { error, .. } => Some(error.clone()),
            Event::Cancelled { .. } => Some(String::new()),
            _ => None,
        };
        let ending = event.is_ending();
        let in_a_file = matches!(event, Event::Written { .. });
        let (session, notices) = std::mem::take(&mut self.session).apply(event, Instant::now());
        self.session = session;
        let many = self.queue.items().len() > 1;
        match (&self.session, self.shown) {
            (_, None) => {}
            _ if was_opening && ending => self.opened(error),
            (Session::Restored { .. }, Some(id)) if ending => {
                self.queue.get_mut(id).into_iter().for_each(|item| item.state = State::Restored);
            }
            // The next one is about to be shown in its place.
            (Session::Ready { .. }, Some(_)) if in_a_file && self.following && self.has_next() => {}
            (Session::Ready { .. }, Some(id)) if in_a_file => self.look_for_result(id),
            _ => {}
        }
        // In the queue a photo says itself what became of it.
        if many && (was_opening || self.batch.pace() != Pace::Idle) { Vec::new() } else { notices }
    }

    /// Hands over what the channels have room for; whether some is left.
    fn post(&mut self) -> bool {
        let left = self.network.post();
        self.reader.post() || left
    }

    /// A photo waits again; its result on disk stays.
    fn retry(&mut self, id: ItemId) {
        self.queue.retry(|item| item.id == id);
        self.shown = self.shown.filter(|shown| *shown != id);
        self.keep_queue();
        self.show(id);
    }

    /// Whether closing now would end something that takes long: a photo alone is restored again in seconds,
    /// and what is being saved is saved to its end.
    fn is_busy(&self) -> bool {
        self.batch.pace() != Pace::Idle
    }

    fn ask_before_closing(&mut self, context: &egui::Context) {
        let wanted = context.input(|input| input.viewport().close_requested());
        if wanted && self.closing != Closing::Agreed && self.is_busy() {
            context.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.closing = Closing::Asked;
        }
        // What was under way is done meanwhile: nothing is lost any more.
        if self.closing == Closing::Asked && !self.is_busy() {
            self.closing = Closing::Agreed;
            context.send_viewport_cmd(egui::ViewportCommand::Close);
        }
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
        while let Ok(answer) = self.answers.1.try_recv() {
            if matches!(answer, Answer::Photos(_) | Answer::Target(_) | Answer::Folder(_)) {
                self.asking = false;
                if !self.dialogs.could_ask() {
                    self.notices.post(Notice::problem(text::NO_DIALOGS));
                }
            }
            match answer {
                Answer::Photos(Some(files)) => self.open(files),
                Answer::Target(Some(path)) => {
                    self.memory.settings.saved(&path);
                    // The dialog has asked already whether to replace the file.
                    self.save(path, SaveOptions { if_exists: IfExists::Replace, ..SaveOptions::default() });
                }
                Answer::Pasted(path) => self.open(vec![path]),
                Answer::Diagnostics(text) => {
                    context.copy_text(text);
                    self.notices.post(Notice::info(text::DIAGNOSTICS_COPIED));
                }
                Answer::Notice(notice) => notice.into_iter().for_each(|notice| self.notices.post(notice)),
                Answer::Folder(Some(folder)) => self.name_by(Naming { folder: Some(folder), ..self.naming.clone() }),
                Answer::Photos(None) | Answer::Target(None) | Answer::Folder(None) => {}
            }
        }
        self.hear_clerk();
        self.hear_keeper();
        if self.drain(context) {
            context.request_repaint();
        }
        self.go_on();
        self.keep_glance();
        self.look_ahead();
        self.ask_before_closing(context);
        if self.post() {
            context.request_repaint_after(Duration::from_millis(50));
        }
        // The time left counts down between tiles too.
        if self.session.run().is_some() || self.batch.pace() == Pace::Going {
            context.request_repaint_after(Duration::from_secs(1));
        }
        self.show_title(context);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let scene = Scene {
            session: &self.session,
            saving: self.saving,
            outlook: &self.outlook,
            recipe: self.recipe(),
            glance: self.glance.as_ref(),
            queue: &self.queue,
            batch: &self.batch,
            naming: &self.naming,
            targets: &self.targets,
            subfolders: self.subfolders,
            closing: self.closing,
            device: &self.device,
            devices: self.devices.as_deref(),
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
        self.batch.stop();
        self.keep_queue();
    }
}

/// `photo.jpg` → `photo-restored.jpg` beside it; formats that can't be written become PNG.
fn target_beside(source: &Path) -> PathBuf {
    let stem = source.file_stem().unwrap_or_default().to_string_lossy();
    let extension = source.extension().map(|extension| extension.to_string_lossy());
    let extension = extension.filter(|_| imaging::format_of(source).is_some());
    source.with_file_name(format!("{stem}-restored.{}", extension.as_deref().unwrap_or("png")))
}

/// The same in a format that can hold the result.
fn suggested_target(source: &Path, result: &Head) -> PathBuf {
    let beside = target_beside(source);
    match imaging::format_of(&beside) {
        Some(format) if !format.holds(result) => beside.with_extension(Format::Png.extension()),
        _ => beside,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        imaging::{Depth, Metadata},
        pixels::Size,
    };

    #[test]
    fn the_suggested_name_says_restored_and_can_be_written() {
        for (source, target) in [
            ("/a/owl.jpg", "/a/owl-restored.jpg"),
            ("/a/owl.TIF", "/a/owl-restored.TIF"),
            ("/a/owl.gif", "/a/owl-restored.png"),
            ("/a/owl", "/a/owl-restored.png"),
        ] {
            assert_eq!(target_beside(Path::new(source)), Path::new(target));
        }
    }

    #[test]
    fn a_format_that_can_hold_the_result_is_suggested() {
        let head =
            |width| Head { size: Size::new(width, 9), channels: 3, depth: Depth::Eight, metadata: Metadata::default() };
        for (source, width, target) in [
            ("/a/owl.webp", 16_383, "/a/owl-restored.webp"),
            ("/a/owl.webp", 16_384, "/a/owl-restored.png"),
            ("/a/owl.JPG", 65_536, "/a/owl-restored.png"),
            ("/a/owl.tif", 65_536, "/a/owl-restored.tif"),
        ] {
            assert_eq!(suggested_target(Path::new(source), &head(width)), Path::new(target));
        }
    }
}
