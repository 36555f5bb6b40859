//! What the workers and the file dialogs say.

use std::time::{Duration, Instant};

use super::{app::RedawnApp, asides::Answer, jobs::Owner, photo_on_screen::Unopened};
use crate::{
    desktop::Dialogs,
    state::{Closing, Naming, Notice, RunState, Session},
    ui::text,
    worker::{Body, End, Event, Update},
};

/// How long one frame may take in events; the rest waits for the next frame.
const DRAIN_TIME: Duration = Duration::from_millis(12);

impl RedawnApp {
    /// Takes in events for at most [`DRAIN_TIME`]; whether some were left.
    pub(super) fn drain(&mut self, context: &egui::Context) -> bool {
        let start = Instant::now();
        while let Some(event) = self.workers.next_event() {
            // What is drawn next is laid out with the sizes of this frame: it settles one frame later.
            if event.is_end() {
                context.request_repaint();
            }
            self.handle(context, event);
            if start.elapsed() > DRAIN_TIME {
                return true;
            }
        }
        false
    }

    /// Passes an event to the part of the window that started its job.
    pub(super) fn handle(&mut self, context: &egui::Context, event: Event) {
        Self::log(&event);
        let Some(owner) = self.workers.owner_of(&event) else { return };
        let notices = match owner {
            Owner::Photo => self.photo_event(event),
            Owner::Queue => {
                self.queue_event(&event);
                self.photo_event(event)
            }
            Owner::Saving => self.save_event(event),
            Owner::SavedResult => {
                self.saved_result_event(event);
                Vec::new()
            }
            Owner::Estimate => {
                if let Body::End(End::Estimated { speeds, .. }) = &event.body {
                    self.devices.speeds.learn(speeds.clone());
                }
                self.forecast.apply(event);
                Vec::new()
            }
            Owner::Speed => {
                self.devices.speeds.apply(event);
                Vec::new()
            }
            Owner::Preview => {
                if let Some(glance) = &mut self.previews {
                    glance.apply(event);
                }
                Vec::new()
            }
            Owner::Thumbnail => {
                self.thumbnail_event(context, event);
                Vec::new()
            }
        };
        notices.into_iter().for_each(|notice| self.notices.post(notice));
    }

    fn save_event(&mut self, event: Event) -> Vec<Notice> {
        let (saving, notices) = self.results.saving.apply(&event);
        self.results.saving = saving;
        match event.body {
            Body::End(End::Saved { path, full }) => self.saved(path, full),
            // Why it is not saved must be seen.
            Body::End(End::Failed(_)) if matches!(self.closing, Closing::Asked(_)) => self.closing = Closing::No,
            _ => {}
        }
        notices
    }

    /// Takes in an event of the photo on screen.
    fn photo_event(&mut self, event: Event) -> Vec<Notice> {
        if self.photo.session.job() != Some(event.job) {
            return Vec::new();
        }
        let Event { job, body } = event;
        let was_opening = matches!(self.photo.session, Session::Opening { .. });
        let is_told = self.is_told_by_its_row(was_opening);
        let end = match body {
            Body::Update(Update::Tile { frame, rect, pixels, finished }) => {
                self.screen.add_live_tile((frame, finished), rect, &pixels);
                return Vec::new();
            }
            Body::Update(update) => {
                let (session, notices) =
                    std::mem::take(&mut self.photo.session).apply(Event::update(job, update), Instant::now());
                self.photo.session = session;
                return if is_told { Vec::new() } else { notices };
            }
            Body::End(end) => end,
        };
        let failure = Unopened::of(&end);
        let damage = match &end {
            End::Opened { photo, .. } => photo.metadata.damage.as_ref().map(|it| Notice::problem(it.notice())),
            _ => None,
        };
        let (on_screen, in_a_file) = (matches!(end, End::Restored { .. }), matches!(end, End::Written { .. }));
        let (session, notices) = std::mem::take(&mut self.photo.session).apply(Event::end(job, end), Instant::now());
        self.photo.session = session;
        match (&self.photo.session, self.photo.item) {
            (_, None) => {}
            _ if was_opening => self.opened(failure),
            (Session::Restored { .. }, Some(id)) if on_screen => {
                self.list.queue.restored(id);
            }
            // The next one is about to be shown in its place.
            (Session::Ready { .. }, Some(_)) if in_a_file && self.photo.following && self.has_next() => {}
            // A run that was stopped had the place of a result that was being read.
            (Session::Ready { .. }, Some(id)) => self.look_for_result(id),
            _ => {}
        }
        let mut notices = if is_told { Vec::new() } else { notices };
        notices.extend(damage);
        notices
    }

    /// Whether a photo's row in the list says what became of it.
    fn is_told_by_its_row(&self, was_opening: bool) -> bool {
        self.list.queue.items().len() > 1 && (was_opening || self.list.batch.run_state() != RunState::Idle)
    }

    /// Takes in what the file dialogs brought.
    pub(super) fn receive_answers(&mut self, context: &egui::Context) {
        while let Some(answer) = self.asides.next_answer() {
            if answer.is_of_a_dialog() && !self.asides.has_dialogs() {
                self.notices.post(Notice::problem(text::NO_DIALOGS));
            }
            match answer {
                Answer::Photos(Some(files)) => self.open(files),
                Answer::Target { item, chosen } => self.target_chosen(context, item, chosen),
                Answer::SaveAgain { item, path, exists } => self.save_again(item, path, exists),
                Answer::Pasted(path) => self.open(vec![path]),
                Answer::Diagnostics(text) => {
                    context.copy_text(text);
                    self.notices.post(Notice::info(text::DIAGNOSTICS_COPIED));
                }
                Answer::Notice(notice) => notice.into_iter().for_each(|notice| self.notices.post(notice)),
                Answer::Folder(Some(folder)) => {
                    self.name_by(Naming { folder: Some(folder), ..self.list.names.naming().clone() });
                }
                Answer::Photos(None) | Answer::Folder(None) => {}
            }
        }
    }

    /// Opens a file dialog, unless one is open already.
    pub(super) fn ask(
        &mut self,
        context: &egui::Context,
        question: impl FnOnce(&dyn Dialogs) -> Answer + Send + 'static,
    ) {
        let folder = self.preferences.memory.settings.open_folder.as_deref();
        if let Err(error) = self.asides.ask(context, folder, question) {
            self.notices.post(Notice::problem(text::no_thread(&error)));
        }
    }
}
