//! Handles events of the workers and results of tasks.

use std::time::{Duration, Instant};

use super::{app::RedawnApp, background::TaskResult, jobs::Owner, photo_on_screen::OpenFailure};
use crate::{
    desktop::Dialogs,
    state::{Closing, Naming, Notice, RunState, Session},
    ui::text,
    worker::{Body, End, Event, Update},
};

/// Maximum time per frame for handling events.
const MAX_TIME: Duration = Duration::from_millis(12);

impl RedawnApp {
    /// Handles events for at most [`MAX_TIME`]. Returns whether some may be left.
    pub(super) fn handle_events(&mut self, context: &egui::Context) -> bool {
        let start = Instant::now();
        while let Some(event) = self.workers.next_event() {
            // Layout needs a second frame, since it uses sizes of the previous one.
            if event.is_end() {
                context.request_repaint();
            }
            self.handle_event(context, event);
            if start.elapsed() > MAX_TIME {
                return true;
            }
        }
        false
    }

    /// Passes an event to the part of the window that started its job.
    fn handle_event(&mut self, context: &egui::Context, event: Event) {
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
            Owner::Marks => self.marks_event(event),
            Owner::Estimate => {
                if let Body::End(End::Estimated { speeds, .. }) = &event.body {
                    self.devices.speeds.set_known(speeds.clone());
                }
                self.forecast.apply(event);
                Vec::new()
            }
            Owner::Speed => {
                self.devices.speeds.apply(event);
                Vec::new()
            }
            Owner::Preview => {
                if let Some(previews) = &mut self.previews {
                    previews.apply(event);
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

    /// Handles an event of the result being saved.
    fn save_event(&mut self, event: Event) -> Vec<Notice> {
        let (saving, notices) = self.results.saving.apply(&event);
        self.results.saving = saving;
        match event.body {
            Body::End(End::Saved { path, full }) => self.saved(path, full),
            // Closes the dialog, which covers the notice.
            Body::End(End::Failed(_)) if matches!(self.closing, Closing::Confirming(_)) => self.closing = Closing::No,
            _ => {}
        }
        notices
    }

    /// Handles an event of the photo on screen.
    fn photo_event(&mut self, event: Event) -> Vec<Notice> {
        if self.photo.session.job() != Some(event.job) {
            return Vec::new();
        }
        let Event { job, body } = event;
        let was_opening = matches!(self.photo.session, Session::Opening { .. });
        let shown_in_queue = self.is_shown_in_queue(was_opening);
        let end = match body {
            Body::Update(Update::Tile { frame, rect, pixels, finished }) => {
                self.screen.add_live_tile(frame, finished, rect, &pixels);
                if finished {
                    self.photo.live.tile_landed();
                }
                return Vec::new();
            }
            Body::Update(update) => {
                let (session, notices) =
                    std::mem::take(&mut self.photo.session).apply(Event::update(job, update), Instant::now());
                self.photo.session = session;
                return if shown_in_queue { Vec::new() } else { notices };
            }
            Body::End(End::Partial { partial, outcome }) => {
                self.live_ended(partial, outcome);
                return Vec::new();
            }
            Body::End(end) => end,
        };
        if matches!(self.photo.session, Session::Restoring { .. }) && matches!(end, End::Failed(_)) {
            self.give_up();
        }
        let failure = OpenFailure::of(&end);
        let damage = match &end {
            End::Opened { photo, .. } => photo.metadata.damage.as_ref().map(|it| Notice::problem(it.notice())),
            _ => None,
        };
        let pages = match &end {
            End::Opened { pages, .. } if pages.len() > 1 => Some(Notice::info(text::pages(pages.len()))),
            _ => None,
        };
        let (on_screen, in_a_file) = (matches!(end, End::Restored { .. }), matches!(end, End::Written { .. }));
        let (session, notices) = std::mem::take(&mut self.photo.session).apply(Event::end(job, end), Instant::now());
        self.photo.session = session;
        match (&self.photo.session, self.photo.item) {
            (_, None) => {}
            _ if was_opening => self.opened(failure),
            (Session::Restored { source, .. }, Some(id)) if on_screen => {
                if let Some(item) = self.list.queue.get(id) {
                    let made = item.recipe.resolved(&source.photo, &source.noise);
                    self.list.queue.restored(id, made);
                }
            }
            // The next photo is shown soon.
            (Session::Ready { .. }, Some(_))
                if in_a_file && self.photo.following && self.list.batch.has_next(&self.list.queue) => {}
            // The restoration that was stopped may have replaced a saved result.
            (Session::Ready { .. }, Some(id)) => self.load_saved_result(id),
            _ => {}
        }
        let mut notices = if shown_in_queue { Vec::new() } else { notices };
        notices.extend(damage.into_iter().chain(pages));
        notices
    }

    /// Whether the photo's row in the queue shows what happens to it.
    fn is_shown_in_queue(&self, was_opening: bool) -> bool {
        self.list.queue.items().len() > 1 && (was_opening || self.list.batch.run_state() != RunState::Idle)
    }

    /// Handles the results of tasks.
    pub(super) fn receive_task_results(&mut self, context: &egui::Context) {
        while let Some(result) = self.background.next_result() {
            if result.is_from_dialog() && !self.background.has_dialogs() {
                self.notices.post(Notice::problem(text::NO_DIALOGS));
            }
            match result {
                TaskResult::Photos(Some(files)) => self.open(files),
                TaskResult::Target { item, chosen } => self.target_chosen(item, chosen),
                TaskResult::SavedFile { item, path, exists } => self.save_unless_exists(item, path, exists),
                TaskResult::Pasted(path) => self.open(vec![path]),
                TaskResult::Diagnostics(text) => {
                    context.copy_text(text);
                    self.notices.post(Notice::info(text::DIAGNOSTICS_COPIED));
                }
                TaskResult::Notice(notice) => notice.into_iter().for_each(|notice| self.notices.post(notice)),
                TaskResult::Folder(Some(folder)) => {
                    self.set_naming(Naming { folder: Some(folder), ..self.list.names.naming().clone() });
                }
                TaskResult::Photos(None) | TaskResult::Folder(None) => {}
            }
        }
    }

    /// Opens a file dialog. Ignored if one is open.
    pub(super) fn open_dialog(
        &mut self,
        context: &egui::Context,
        dialog: impl FnOnce(&dyn Dialogs) -> TaskResult + Send + 'static,
    ) {
        let folder = self.preferences.settings().open_folder.as_deref();
        if let Err(error) = self.background.open_dialog(context, folder, dialog) {
            self.notices.post(Notice::problem(text::no_thread(&error)));
        }
    }

    /// Starts a blocking task in a thread. Its result arrives in a later frame.
    pub(super) fn spawn_task(
        &mut self,
        context: &egui::Context,
        task: impl FnOnce(&dyn Dialogs) -> TaskResult + Send + 'static,
    ) {
        if let Err(error) = self.background.spawn(context, task) {
            self.notices.post(Notice::problem(text::no_thread(&error)));
        }
    }

    /// Logs an event.
    fn log(event: &Event) {
        match &event.body {
            Body::Update(Update::Device { device, reason }) => log::info!("device: {}, {reason}", device.name),
            Body::Update(Update::Notice(text) | Update::Fallback(text)) => log::info!("{text}"),
            Body::End(End::Restored { outcome, .. }) => {
                log::info!("restored in {:.2} s", outcome.duration.as_secs_f64());
            }
            Body::End(End::Failed(error)) => log::warn!("{error}"),
            _ => {}
        }
    }
}
