//! The window: drains the worker's events into the state, shows it, carries out commands.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::{
    Appearance, Command, Dialogs, Notice, NoticeBoard, Saving, Session,
    outlook::{Outlook, Question},
    session::Source,
};
use crate::{
    engine::{DeviceChoice, DeviceInfo, TileChoice},
    imaging::{Allowance, IfExists, SaveOptions},
    pixels::Rect,
    restore::Recipe,
    ui::{Scene, Screen, text},
    worker::{CancelToken, Event, JobId, Request, RestoreRequest, Target, Worker},
};

/// What a window is made of.
pub struct Parts {
    /// The worker that does all the work.
    pub worker: Worker,
    /// Brings the devices there are, once they are known.
    pub devices: Receiver<Vec<DeviceInfo>>,
    /// The questions for files.
    pub dialogs: Arc<dyn Dialogs>,
    /// The photos to start with.
    pub files: Vec<PathBuf>,
}

/// What a file dialog brought.
enum Answer {
    Photos(Option<Vec<PathBuf>>),
    Target(Option<PathBuf>),
}

/// The window of the program.
pub struct RedawnApp {
    worker: Worker,
    /// What the worker's channel had no room for yet. The window never waits for it.
    outbox: VecDeque<Request>,
    next_job: u64,
    session: Session,
    saving: Saving,
    outlook: Outlook,
    recipe: Recipe,
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
    title: String,
    screen: Screen,
}

/// How long one frame may take in events; the rest waits for the next frame.
const DRAIN_TIME: Duration = Duration::from_millis(12);

impl RedawnApp {
    /// A window with these parts. Sets the theme on `context`.
    pub fn new(context: &egui::Context, parts: Parts) -> Self {
        let Parts { worker, devices, dialogs, files } = parts;
        let mut app = Self {
            worker,
            outbox: VecDeque::new(),
            next_job: 1,
            session: Session::Empty,
            saving: Saving::Idle,
            outlook: Outlook::default(),
            recipe: Recipe::default(),
            device: DeviceChoice::Auto,
            devices: None,
            devices_found: devices,
            dialogs,
            asking: false,
            answers: unbounded(),
            notices: NoticeBoard::default(),
            appearance: Appearance::default(),
            focus: None,
            title: String::new(),
            screen: Screen::new(context),
        };
        app.open(files);
        app
    }

    /// What the window is doing.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// What is chosen for the next restoration.
    pub fn recipe(&self) -> Recipe {
        self.recipe
    }

    /// Where the divider between before and after stands, as a share of the canvas' width.
    pub fn divider(&self) -> f32 {
        self.screen.divider()
    }

    fn new_job(&mut self) -> JobId {
        let job = JobId(self.next_job);
        self.next_job += 1;
        job
    }

    fn run(&mut self, context: &egui::Context, command: Command) {
        match command {
            Command::ChoosePhoto => self.ask(context, |dialogs| Answer::Photos(dialogs.photos_to_open())),
            Command::Open(files) => self.open(files),
            Command::SetRecipe(recipe) => self.recipe = recipe,
            Command::SetDevice(device) => self.device = device,
            Command::Restore => self.restore(),
            Command::Cancel => self.session.stop(),
            Command::ChooseTarget => self.choose_target(context),
            Command::Dismiss(number) => self.notices.dismiss(number),
            Command::SetAppearance(appearance) => self.appearance = appearance,
            Command::Look(rect) => self.look(rect),
            Command::Close => context.send_viewport_cmd(egui::ViewportCommand::Close),
        }
    }

    /// Asks on a thread of its own: the dialogs block.
    fn ask(&mut self, context: &egui::Context, question: impl FnOnce(&dyn Dialogs) -> Answer + Send + 'static) {
        if self.asking {
            return;
        }
        let (dialogs, answers, context) = (self.dialogs.clone(), self.answers.0.clone(), context.clone());
        let asked = std::thread::Builder::new().name("redawn-dialog".to_owned()).spawn(move || {
            // Nobody listens any more when the window was closed meanwhile.
            if answers.send(question(dialogs.as_ref())).is_ok() {
                context.request_repaint();
            }
        });
        match asked {
            Ok(_) => self.asking = true,
            Err(error) => self.notices.post(Notice::problem(text::no_dialog(&error))),
        }
    }

    fn open(&mut self, mut files: Vec<PathBuf>) {
        if files.is_empty() {
            return;
        }
        let others = files.split_off(1).len();
        let path = files.remove(0);
        self.notices.clear();
        if others > 0 {
            self.notices.post(Notice::info(text::only_first_opened(&path, others)));
        }
        let (job, cancel) = (self.new_job(), CancelToken::default());
        self.session = std::mem::take(&mut self.session).open(job, cancel.clone(), path.clone());
        self.outbox.push_back(Request::Open { job, cancel, path, memory: Allowance::default() });
    }

    fn restore(&mut self) {
        let Some(source) = self.session.source().filter(|_| self.session.can_restore()).cloned() else { return };
        self.notices.clear();
        self.screen.clear_landing();
        let (job, cancel) = (self.new_job(), CancelToken::default());
        self.session = std::mem::take(&mut self.session).restore(job, cancel.clone(), self.recipe);
        self.outbox.push_back(Request::Restore(self.request(job, cancel, source)));
    }

    /// The restoration of a photo as it is chosen now.
    fn request(&self, job: JobId, cancel: CancelToken, source: Source) -> RestoreRequest {
        RestoreRequest {
            job,
            cancel,
            photo: source.photo,
            estimated_sigma: source.estimated_sigma,
            recipe: self.recipe,
            device: self.device.clone(),
            tile: TileChoice::Auto,
            memory: Allowance::default(),
            target: Target::Memory,
            focus: self.focus,
        }
    }

    /// Asks what a restoration would come to, when that is not known yet and nothing else is to be done.
    fn look_ahead(&mut self) {
        let Some(source) = self.session.source().filter(|_| self.session.can_restore()).cloned() else { return };
        let (recipe, device) = (self.recipe, self.device.clone());
        let question = Question { photo: source.photo.clone(), recipe, device };
        if self.saving == Saving::Idle && self.outbox.is_empty() && self.outlook.wants(&question) {
            let job = self.new_job();
            self.outlook.ask(job, question);
            self.outbox.push_back(Request::Foretell(self.request(job, CancelToken::default(), source)));
        }
    }

    fn choose_target(&mut self, context: &egui::Context) {
        let Session::Restored { source, .. } = &self.session else { return };
        if self.saving == Saving::Idle {
            let suggestion = suggested_target(&source.path);
            self.ask(context, move |dialogs| Answer::Target(dialogs.target_to_save(&suggestion)));
        }
    }

    fn save(&mut self, path: PathBuf) {
        let Some(photo) = self.session.restoration().map(|restoration| restoration.result.clone()) else { return };
        let job = self.new_job();
        // The dialog has asked already whether to replace the file.
        let options = SaveOptions { if_exists: IfExists::Replace, ..SaveOptions::default() };
        self.saving = Saving::Writing { job };
        self.outbox.push_back(Request::Save { job, photo, path, options });
    }

    fn look(&mut self, rect: Rect) {
        if self.focus == Some(rect) {
            return;
        }
        self.focus = Some(rect);
        if let Some(run) = self.session.run() {
            self.outbox.retain(|request| !matches!(request, Request::Focus { .. }));
            self.outbox.push_back(Request::Focus { job: run.job, rect });
        }
    }

    /// Takes in events for at most [`DRAIN_TIME`]; whether some were left.
    fn drain(&mut self, context: &egui::Context) -> bool {
        let start = Instant::now();
        while let Ok(event) = self.worker.events().try_recv() {
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
        let notices = match event {
            event if self.saving.job() == Some(event.job()) => {
                let (saving, notices) = self.saving.apply(&event);
                self.saving = saving;
                notices
            }
            event if self.outlook.job() == Some(event.job()) => {
                self.outlook.apply(event);
                context.request_repaint();
                Vec::new()
            }
            Event::Tile { job, frame, rect, pixels } => {
                if let (true, Some(source)) = (self.session.job() == Some(job), self.session.source()) {
                    self.screen.land(context, &source.photo, frame, rect, &pixels);
                }
                Vec::new()
            }
            event => {
                let (session, notices) = std::mem::take(&mut self.session).apply(event, Instant::now());
                self.session = session;
                notices
            }
        };
        notices.into_iter().for_each(|notice| self.notices.post(notice));
    }

    /// Hands over what the channel has room for; whether some is left.
    fn post(&mut self) -> bool {
        while let Some(request) = self.outbox.pop_front() {
            if let Err(request) = self.worker.try_send(request) {
                self.outbox.push_front(request);
                return true;
            }
        }
        false
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
        }
        while let Ok(answer) = self.answers.1.try_recv() {
            self.asking = false;
            match answer {
                Answer::Photos(Some(files)) => self.open(files),
                Answer::Target(Some(path)) => self.save(path),
                Answer::Photos(None) | Answer::Target(None) => {}
            }
        }
        if self.drain(context) {
            context.request_repaint();
        }
        self.look_ahead();
        if self.post() {
            context.request_repaint_after(Duration::from_millis(50));
        }
        // The time left counts down between tiles too.
        if self.session.run().is_some() {
            context.request_repaint_after(Duration::from_secs(1));
        }
        self.show_title(context);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let scene = Scene {
            session: &self.session,
            saving: self.saving,
            outlook: &self.outlook,
            recipe: self.recipe,
            device: &self.device,
            devices: self.devices.as_deref(),
            notices: &self.notices,
            appearance: self.appearance,
        };
        let commands = self.screen.show(ui, &scene);
        let context = ui.ctx().clone();
        // What was drawn is older than what the commands change.
        if commands.iter().any(|command| !matches!(command, Command::Look(_))) {
            context.request_repaint();
        }
        commands.into_iter().for_each(|command| self.run(&context, command));
        if self.post() {
            context.request_repaint_after(Duration::from_millis(50));
        }
    }

    fn on_exit(&mut self) {
        self.session.stop();
    }
}

/// `photo.jpg` → `photo-restored.jpg` beside it; formats that can't be written become PNG.
fn suggested_target(source: &Path) -> PathBuf {
    const KEPT: [&str; 7] = ["jpg", "jpeg", "png", "tif", "tiff", "webp", "bmp"];
    let stem = source.file_stem().unwrap_or_default().to_string_lossy();
    let extension = source.extension().map(|extension| extension.to_string_lossy());
    let extension = extension.filter(|extension| KEPT.contains(&extension.to_ascii_lowercase().as_str()));
    source.with_file_name(format!("{stem}-restored.{}", extension.as_deref().unwrap_or("png")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suggested_name_says_restored_and_can_be_written() {
        for (source, target) in [
            ("/a/owl.jpg", "/a/owl-restored.jpg"),
            ("/a/owl.TIF", "/a/owl-restored.TIF"),
            ("/a/owl.gif", "/a/owl-restored.png"),
            ("/a/owl", "/a/owl-restored.png"),
        ] {
            assert_eq!(suggested_target(Path::new(source)), Path::new(target));
        }
    }
}
