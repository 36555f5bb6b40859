//! The queue: adding, selecting, restoring into files, and storing it.

use std::{
    collections::HashSet,
    fs::File,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    app::RedawnApp,
    jobs::Owner,
    photo_on_screen::{OpenFailure, ResultLoad},
    results,
};
use crate::{
    desktop::{SearchResults, Store, StoreWriter},
    imaging::MemoryLimit,
    restore::Recipe,
    state::{
        Batch, Edit, Found, History, Item, ItemId, Naming, Notice, Offer, OutputNames, Queue, QueueSnapshot, RunState,
        Saving, Session, State, StoredItem, StoredQueue, stored_queue,
    },
    ui::text,
    worker::{Body, End, Event, JobControl, Measures, Request},
};

/// Name of the stored queue.
const QUEUE: &str = "queue";
/// The queue is stored this long after a change, so that a drag doesn't copy it with every step.
const DEBOUNCE: Duration = Duration::from_millis(100);
/// Longer side of the thumbnails, in px.
const THUMBNAIL_SIDE: usize = 128;

/// The queue, its run, and its file.
#[derive(Default)]
pub struct QueueController {
    /// The photos.
    pub(super) queue: Queue,
    /// The run.
    pub(super) batch: Batch,
    /// Output names.
    pub(super) names: OutputNames,
    /// Copied settings.
    pub(super) copied: Option<Recipe>,
    /// The photo whose thumbnail is being created.
    thumbnail: Option<ItemId>,
    /// Stores the queue, with the lock of its file. None if another window does, or nothing is stored.
    pub(super) writer: Option<(StoreWriter<QueueSnapshot>, File)>,
    /// Time of the first change that is not stored yet.
    changed_at: Option<Instant>,
    /// The queue of the previous session, if the user was offered to add it.
    pub(super) previous: Arc<[StoredItem]>,
}

impl RedawnApp {
    /// Starts opening files and folders. The search adds their photos in a later frame.
    pub(super) fn open(&mut self, paths: Vec<PathBuf>) {
        if paths.is_empty() {
            return;
        }
        if let Err(error) = self.import.search(paths) {
            self.notices.post(Notice::problem(text::no_thread(&error)));
        }
    }

    /// Handles the results of searches, in the order they were started, and new output names.
    pub(super) fn receive_search_results(&mut self) {
        while let Some(SearchResults { photos, problems, folders }) = self.import.results() {
            self.notices.clear();
            self.import.take_startup_notices().into_iter().for_each(|notice| self.notices.post(notice));
            problems.into_iter().for_each(|problem| self.notices.post(Notice::problem(problem)));
            self.add(photos, folders);
        }
        while let Some(answer) = self.import.scanner().names() {
            self.list.names.receive(answer);
        }
    }

    /// Adds photos to the queue. A single file replaces a single photo that has no unsaved result.
    fn add(&mut self, mut photos: Vec<Found>, folders: bool) {
        let recipe = self.recipe();
        if folders {
            // A folder that is added again contains results of its photos.
            let saved = self.list.queue.items().iter().filter_map(|item| item.saved());
            let results: HashSet<PathBuf> = saved.map(|saved| saved.path.clone()).collect();
            let found = photos.len();
            photos.retain(|photo| !results.contains(&photo.path));
            if photos.len() < found {
                self.notices.post(Notice::info(text::results_not_added(found - photos.len())));
            }
        }
        let is_saving = !self.results.requested.is_empty();
        let unsaved = is_saving || self.list.queue.items().iter().any(|item| item.has_unsaved_edits());
        let alone = self.list.queue.items().len() <= 1 && self.list.batch.run_state() == RunState::Idle && !unsaved;
        match <[Found; 1]>::try_from(photos) {
            Ok([photo]) if alone && !folders => {
                // The steps refer to the replaced photo.
                self.preferences.history = History::default();
                self.keep_result();
                // If that one was not open yet, the one before it returns.
                let replaced = self.list.queue.replace_with(photo, recipe);
                self.photo.replaced = self.photo.replaced.take().or(replaced);
                self.list.queue.selected().into_iter().for_each(|id| self.show(id));
            }
            photos => {
                let photos = photos.map_or_else(|photos| photos, Vec::from);
                let first = self.list.queue.add(photos, recipe);
                first.into_iter().for_each(|id| self.show(id));
            }
        }
        self.queue_changed();
    }

    /// Shows a photo.
    pub(super) fn show(&mut self, id: ItemId) {
        let Some(item) = self.list.queue.get(id).cloned() else { return };
        self.list.queue.select(id);
        self.photo.following = self.list.batch.active().is_some_and(|active| active.item == id);
        if self.photo.item == Some(id) && self.photo.session.source().is_some_and(|source| source.path == item.path) {
            return;
        }
        self.keep_result();
        self.photo.result_load = ResultLoad::Idle;
        self.photo.item = Some(id);
        self.photo.live.clear();
        if self.photo.following && self.show_active() {
            return;
        }
        if let State::Failed(_) = item.state {
            // The reason is shown in place of the photo.
            self.photo.session.stop();
            self.photo.session = Session::Empty;
            return;
        }
        if let Some(session) = self.results.unsaved.take(id) {
            self.photo.session.stop();
            self.photo.session = session;
            return;
        }
        let (job, cancel) = (self.workers.start(Owner::Photo), JobControl::default());
        self.photo.session = std::mem::take(&mut self.photo.session).open(job, cancel.clone(), item.path.clone());
        self.workers.send(Request::Open {
            job,
            cancel,
            path: item.path,
            page: Some(0),
            memory: MemoryLimit::default(),
            measure: Measures::ALL,
        });
    }

    /// Keeps a result that is not on disk in memory, so that it is at once there when its photo is shown again.
    fn keep_result(&mut self) {
        // While another photo is being opened, the session is that of the one before, which was kept already.
        let Some(id) = self.photo.item.filter(|_| !matches!(self.photo.session, Session::Opening { .. })) else {
            return;
        };
        let unsaved = self.list.queue.get(id).is_some_and(Item::is_unsaved);
        // A running restoration is cancelled; its previous result is kept.
        if unsaved && let session @ Session::Restored { .. } = self.photo.session.clone().without_job() {
            for id in self.results.unsaved.keep(id, session) {
                // It is computed again when it is shown.
                if self.list.queue.get(id).is_some_and(|item| item.saved().is_none()) {
                    self.list.queue.lose_result(id);
                }
            }
        }
    }

    /// Shows the active photo of the run. Returns false if it is not open yet.
    fn show_active(&mut self) -> bool {
        let Some(active) = self.list.batch.active() else { return false };
        let Some(source) = active.source.clone() else { return false };
        let progress = self.list.queue.get(active.item).and_then(|item| match item.state {
            State::Running(progress) => Some(progress),
            _ => None,
        });
        let (item, job, recipe, edits) = (active.item, active.job, active.recipe, active.edits.clone());
        self.photo.session.stop();
        self.screen.clear_live_tiles();
        self.photo.session = Session::from_queue(source, job, recipe, edits, progress.unwrap_or_default());
        self.list.queue.select(item);
        self.photo.item = Some(item);
        true
    }

    /// Called when the photo on screen is open, or opening failed.
    pub(super) fn opened(&mut self, failure: Option<OpenFailure>) {
        let Some(id) = self.photo.item else { return };
        let Some(failure) = failure else {
            let replaced = self.photo.replaced.take();
            replaced.into_iter().for_each(|item| self.results.unsaved.forget(item.id));
            self.add_recent_photo();
            if let Some(source) = self.photo.session.source() {
                self.list.queue.set_size(id, source.photo.size());
            }
            self.load_saved_result(id);
            return;
        };
        if let OpenFailure::Missing(path, _) = &failure {
            self.remove_recent_photo(path);
        }
        match self.photo.replaced.take() {
            // The replaced photo returns.
            Some(item) => {
                self.results.unsaved.forget(item.id);
                self.photo.item = Some(item.id);
                self.list.queue.put_back(item);
            }
            None if self.list.queue.items().len() <= 1 => {
                self.list.queue.edit(Edit::remove(&self.list.queue, |item| item.id == id));
                self.photo.item = None;
            }
            None => match failure {
                OpenFailure::Missing(_, reason) | OpenFailure::Failed(reason) => {
                    self.photo.session = Session::Empty;
                    self.list.queue.fail(id, reason);
                }
                OpenFailure::Cancelled => self.show_photo_before(),
            },
        }
    }

    /// The photo on screen is again the one before that whose opening was stopped.
    fn show_photo_before(&mut self) {
        self.photo.item = self.shown_item();
        if let Some(before) = self.photo.item {
            self.results.unsaved.forget(before);
            self.list.queue.select(before);
        }
    }

    /// Handles an event of the active photo of the run.
    pub(super) fn queue_event(&mut self, event: &Event) {
        let before = self.list.batch.active().map(|active| (active.item, active.job));
        let workers = &mut self.workers;
        let mut next =
            self.list.batch.apply(event, &mut self.list.queue, || workers.start(Owner::Queue), Instant::now());
        if let (Some(Request::Restore(request)), true) = (&mut next, self.photo.following) {
            request.focus = self.view();
        }
        next.into_iter().for_each(|request| self.workers.send(request));
        let now = self.list.batch.active().map(|active| (active.item, active.job));
        match (before, now) {
            (Some(before), Some(now)) if before != now && self.photo.following => {
                self.keep_result();
                self.show_active();
            }
            (Some((item, _)), None) => {
                self.results.unsaved.forget(item);
                self.compare_with_saved(item);
                self.queue_changed();
                // The last photo may have failed to open. The one before is still shown, without its result.
                if let (false, Session::Ready { .. }, Some(id)) =
                    (self.list.batch.has_next(&self.list.queue), &self.photo.session, self.photo.item)
                {
                    self.load_saved_result(id);
                }
            }
            _ => {}
        }
    }

    /// Requests output names if needed, then starts the next photo, a pending save, and the next thumbnail.
    pub(super) fn advance_queue(&mut self) {
        if !self.list.queue.items().is_empty() && self.list.names.are_stale(&self.list.queue) {
            let pasted = self.pasted_among(self.list.queue.items());
            self.import.scanner().request_names(self.list.names.request(&self.list.queue, pasted));
        }
        self.start_next();
        self.save_requested();
        self.export_requested();
        self.request_thumbnail();
    }

    /// Starts the next photo of the run once its output name is known.
    fn start_next(&mut self) {
        let Some(names) = self.list.names.current(&self.list.queue) else { return };
        if self.list.batch.run_state() != RunState::Running || self.list.batch.active().is_some() {
            return;
        }
        let workers = &mut self.workers;
        let request = self.list.batch.start_next(
            &mut self.list.queue,
            || workers.start(Owner::Queue),
            names,
            || self.results.full.next_file(),
            &self.devices.choice,
            Instant::now(),
        );
        request.into_iter().for_each(|request| self.workers.send(request));
        self.list.batch.active().into_iter().for_each(|active| {
            self.results.saved_otherwise.remove(&active.item);
        });
        if self.list.batch.run_state() == RunState::Idle {
            self.run_finished();
        }
        self.queue_changed();
    }

    fn run_finished(&mut self) {
        let queue = &self.list.queue;
        if let Some(item) = self.list.batch.only(queue) {
            if let State::Done(saved) = &item.state {
                self.notices.post(Saving::saved(&saved.path));
            }
            return;
        }
        let finished = Notice::info(text::queue_finished(queue.counts()));
        let last = queue.items().iter().rev().find_map(|item| item.saved());
        self.notices.post(match last {
            _ if queue.counts().failed > 0 => finished.offering(Offer::RetryFailed),
            Some(saved) => finished.offering(Offer::ShowFile(saved.path.clone())),
            None => finished,
        });
    }

    /// Requests the next thumbnail, one at a time, visible rows first. This also finds photos that can't be read.
    fn request_thumbnail(&mut self) {
        if self.list.thumbnail.is_some() || !self.workers.reader_is_flushed() || self.list.queue.items().len() < 2 {
            return;
        }
        let wanted = self.screen.wanted_thumbnail(&self.list.queue);
        let Some((id, path)) = wanted.map(|item| (item.id, item.path.clone())) else { return };
        let job = self.workers.start(Owner::Thumbnail);
        self.list.thumbnail = Some(id);
        self.workers.send(Request::Thumbnail { job, path, side: THUMBNAIL_SIDE });
    }

    /// Handles a thumbnail. A photo without one has failed.
    pub(super) fn thumbnail_event(&mut self, context: &egui::Context, event: Event) {
        let Body::End(end) = event.body else { return };
        let Some(id) = self.list.thumbnail.take() else { return };
        match end {
            End::Thumbnail { thumbnail, size } => {
                self.screen.add_thumbnail(context, &self.list.queue, id, Some(&thumbnail));
                self.list.queue.set_size(id, size);
            }
            End::Failed(error) => {
                self.screen.add_thumbnail(context, &self.list.queue, id, None);
                if self.list.queue.get(id).is_some_and(|item| item.state == State::Waiting) {
                    self.list.queue.fail(id, error.to_string());
                    self.queue_changed();
                }
            }
            _ => {}
        }
    }

    /// Starts restoring all waiting and stopped photos into files.
    pub(super) fn restore_all(&mut self) {
        if self.list.batch.run_state() == RunState::Running {
            return;
        }
        self.notices.clear();
        self.photo.following = true;
        self.list.queue.retry(|item| item.state == State::Stopped);
        self.list.names.invalidate();
        self.list.batch.start();
        self.queue_changed();
    }

    /// Changes the output settings.
    pub(super) fn set_naming(&mut self, naming: Naming) {
        self.list.names.set_naming(naming);
        // The one being exported is written as the settings were.
        let is_otherwise = |item: &&Arc<Item>| item.is_done() || item.is_running();
        let otherwise = self.list.queue.items().iter().filter(is_otherwise).map(|item| item.id);
        self.results.saved_otherwise.extend(otherwise);
    }

    /// Loads the queue of the previous session if it is unfinished, and resumes its run if it was running. If the program
    /// was started with photos, the queue is kept for later instead.
    ///
    /// Only the first of several windows does this, so that no work is done twice.
    pub(super) fn load_queue(&mut self, store: Store, with_photos: bool) {
        let Some(lock) = store.lock(QUEUE) else { return };
        let (StoredQueue { photos, previous, running, subfolders }, notice) = store.load::<StoredQueue>(QUEUE);
        self.import.add_startup_notices(notice);
        self.import.set_subfolders(subfolders);
        let unfinished = |photos: &[StoredItem]| stored_queue::queue_of(photos).is_unfinished();
        let running = running && unfinished(&photos);
        let remaining: Vec<StoredItem> =
            [photos, previous].into_iter().filter(|photos| unfinished(photos)).flatten().collect();
        if with_photos {
            self.keep_previous_queue(remaining);
        } else if !remaining.is_empty() {
            let first = self.add_stored(&remaining);
            match running {
                true => self.restore_all(),
                false => first.into_iter().for_each(|id| self.show(id)),
            }
            self.import
                .add_startup_notices([Notice::info(text::previous_queue_restored(self.list.queue.counts(), running))]);
        }
        let (full, pasted) = (results::full_results(&store), results::pasted_pictures(&store));
        match StoreWriter::new(store, QUEUE, Duration::ZERO) {
            Ok(writer) => {
                self.list.writer = Some((writer, lock));
                self.import.scanner().clean_up(full, self.full_results_kept());
                self.import.scanner().clean_up(pasted, self.pasted_pictures_kept());
            }
            Err(error) => self.import.add_startup_notices([Notice::problem(text::queue_not_stored(&error))]),
        }
    }

    /// Keeps the queue of the previous session, and offers to add it.
    fn keep_previous_queue(&mut self, photos: Vec<StoredItem>) {
        if !photos.is_empty() {
            let counts = stored_queue::queue_of(&photos).counts();
            self.import.add_startup_notices([
                Notice::info(text::previous_queue_kept(counts)).offering(Offer::AddPreviousQueue)
            ]);
            self.list.previous = photos.into();
        }
    }

    /// Adds the queue of the previous session.
    pub(super) fn add_previous_queue(&mut self) {
        let photos = std::mem::replace(&mut self.list.previous, Arc::new([]));
        let first = self.add_stored(&photos);
        if self.photo.item.is_none() {
            first.into_iter().for_each(|id| self.show(id));
        }
        self.queue_changed();
    }

    /// Adds stored photos. Selects the first waiting one if none is selected, and returns it.
    fn add_stored(&mut self, photos: &[StoredItem]) -> Option<ItemId> {
        self.list.queue.add_stored(photos);
        let first =
            self.list.queue.next_waiting().or(self.list.queue.items().first().map(Arc::as_ref)).map(|item| item.id);
        if self.list.queue.selected().is_none() {
            first.into_iter().for_each(|id| self.list.queue.select(id));
        }
        first
    }

    /// Stores the queue soon.
    pub(super) fn queue_changed(&mut self) {
        self.list.changed_at.get_or_insert_with(Instant::now);
    }

    /// Stores the queue if that is due. Returns the time until then, if it has changed.
    pub(super) fn store_queue_when_due(&mut self) -> Option<Duration> {
        let delay = DEBOUNCE.saturating_sub(self.list.changed_at?.elapsed());
        if delay.is_zero() {
            self.store_queue();
            return None;
        }
        Some(delay)
    }

    /// Stores the queue now, if it is to be stored.
    pub(super) fn store_queue(&mut self) {
        self.list.changed_at = None;
        let Some((writer, _)) = &self.list.writer else { return };
        let is_stored = self.list.queue.is_stored();
        writer.write(QueueSnapshot {
            photos: if is_stored { self.list.queue.items().to_vec() } else { Vec::new() },
            previous: self.list.previous.clone(),
            running: self.list.batch.is_of_all(),
            subfolders: self.import.subfolders(),
        });
    }

    /// Shows a notice if the queue could not be stored.
    pub(super) fn report_queue_error(&mut self) {
        if let Some(error) = self.list.writer.as_ref().and_then(|(writer, _)| writer.error()) {
            self.notices.post(Notice::problem(text::queue_not_stored(&error)));
        }
    }

    /// Requeues a photo and opens it again. Its result on disk is kept.
    pub(super) fn retry(&mut self, id: ItemId) {
        self.list.queue.retry(|item| item.id == id);
        self.photo.item = self.photo.item.filter(|shown| *shown != id);
        self.queue_changed();
        self.show(id);
    }

    /// Called after photos were added, removed or moved: the one on screen may be gone.
    pub(super) fn after_change_of_photos(&mut self) {
        match self.list.queue.selected() {
            Some(id) => self.show(id),
            None => {
                self.photo.session.stop();
                self.photo.session = Session::Empty;
                self.photo.item = None;
            }
        }
        let queue = &self.list.queue;
        self.results.unsaved.forget_unless(|id| queue.get(id).is_some());
        self.screen.forget_thumbnails(|id| queue.get(id).is_some());
        self.queue_changed();
    }
}
