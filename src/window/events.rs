//! What the workers and the file dialogs say.

use std::time::{Duration, Instant};

use super::app::{Answer, RedawnApp};
use crate::{
    desktop::Dialogs,
    imaging::SaveOptions,
    state::{Closing, Naming, Notice, Pace, Saving, Session},
    ui::text,
    worker::Event,
};

/// How long one frame may take in events; the rest waits for the next frame.
const DRAIN_TIME: Duration = Duration::from_millis(12);

impl RedawnApp {
    /// Takes in events for at most [`DRAIN_TIME`]; whether some were left.
    pub(super) fn drain(&mut self, context: &egui::Context) -> bool {
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

    pub(super) fn take_in(&mut self, context: &egui::Context, event: Event) {
        Self::log(&event);
        let job = Some(event.job());
        if self.batch.passage().map(|passage| passage.job) == job {
            self.hear_batch(&event);
        }
        let notices = match event {
            event if self.saving.job() == job => {
                let (saving, notices) = self.saving.apply(&event);
                self.saving = saving;
                if let (Event::Failed { .. }, Closing::Asked(_)) = (&event, self.closing) {
                    // Why it is not saved must be seen.
                    self.closing = Closing::No;
                }
                if let Event::Saved { path, full, .. } = event {
                    self.hear_saved(path, full);
                }
                notices
            }
            event if self.outlook.job() == job => {
                if let Event::Foretold { speeds, .. } = &event {
                    self.speeds.learn(speeds.clone());
                }
                self.outlook.apply(event);
                context.request_repaint();
                Vec::new()
            }
            event if self.speeds.job() == job => {
                self.speeds.apply(event);
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
            event if self.recall.job() == job => {
                if event.is_ending() {
                    self.recalled(event);
                }
                Vec::new()
            }
            Event::Tile { job, frame, rect, pixels, finished } => {
                if self.session.job() == Some(job) {
                    self.screen.land((frame, finished), rect, &pixels);
                }
                Vec::new()
            }
            event if self.session.job() == job => self.take_in_own(event),
            _ => Vec::new(),
        };
        notices.into_iter().for_each(|notice| self.notices.post(notice));
    }

    /// Takes in an event of the photo that is looked at.
    pub(super) fn take_in_own(&mut self, event: Event) -> Vec<Notice> {
        let was_opening = matches!(self.session, Session::Opening { .. });
        let error = match &event {
            Event::Failed { error, .. } => Some(error.clone()),
            Event::Cancelled { .. } => Some(String::new()),
            _ => None,
        };
        let damage = match &event {
            Event::Opened { photo, .. } => photo.metadata.damage.as_ref().map(|it| Notice::problem(it.notice())),
            _ => None,
        };
        let ending = event.is_ending();
        let (on_screen, in_a_file) = (matches!(event, Event::Restored { .. }), matches!(event, Event::Written { .. }));
        let (session, notices) = std::mem::take(&mut self.session).apply(event, Instant::now());
        self.session = session;
        let many = self.queue.items().len() > 1;
        match (&self.session, self.shown) {
            (_, None) => {}
            _ if was_opening && ending => self.opened(error),
            (Session::Restored { .. }, Some(id)) if on_screen => {
                self.queue.get_mut(id).into_iter().for_each(|item| item.restored());
            }
            // The next one is about to be shown in its place.
            (Session::Ready { .. }, Some(_)) if in_a_file && self.following && self.has_next() => {}
            // A run that was stopped had the place of a result that was being read.
            (Session::Ready { .. }, Some(id)) if ending => self.look_for_result(id),
            _ => {}
        }
        // In the queue a photo says itself what became of it; but not what can be seen of it.
        let mut notices = if many && (was_opening || self.batch.pace() != Pace::Idle) { Vec::new() } else { notices };
        notices.extend(damage);
        notices
    }

    /// Takes in what the file dialogs brought.
    pub(super) fn hear_answers(&mut self, context: &egui::Context) {
        while let Ok(answer) = self.answers.1.try_recv() {
            if matches!(answer, Answer::Photos(_) | Answer::Target(_) | Answer::Folder(_)) {
                self.asking = false;
                if !self.dialogs.could_ask() {
                    self.notices.post(Notice::problem(text::NO_DIALOGS));
                }
            }
            match answer {
                Answer::Photos(Some(files)) => self.open(files),
                Answer::Target(Some((path, if_exists))) => {
                    self.memory.settings.saved(&path);
                    self.save(path, SaveOptions { if_exists, ..SaveOptions::default() });
                }
                // Nothing else could say where.
                Answer::Target(None) if !self.dialogs.could_ask() && self.shows_pasted() => self.save_as_suggested(),
                Answer::Saved { path, is_there: true } => self.notices.post(Saving::saved(&path)),
                Answer::Saved { path, is_there: false } => self.save_under(path),
                Answer::Pasted(path) => self.open(vec![path]),
                Answer::Diagnostics(text) => {
                    context.copy_text(text);
                    self.notices.post(Notice::info(text::DIAGNOSTICS_COPIED));
                }
                Answer::Notice(notice) => notice.into_iter().for_each(|notice| self.notices.post(notice)),
                Answer::Folder(Some(folder)) => {
                    self.name_by(Naming { folder: Some(folder), ..self.names.naming().clone() });
                }
                Answer::Photos(None) | Answer::Target(None) | Answer::Folder(None) => {}
            }
        }
    }

    /// Asks on a thread of its own: the dialogs block.
    pub(super) fn ask(
        &mut self,
        context: &egui::Context,
        question: impl FnOnce(&dyn Dialogs) -> Answer + Send + 'static,
    ) {
        if self.asking {
            return;
        }
        self.asking = true;
        self.dialogs.start_in(self.memory.settings.open_folder.as_deref());
        self.off_window(context, question);
    }
}
