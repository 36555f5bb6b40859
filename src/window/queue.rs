//! The list of photos: adding, selecting, and restoring into files.

use std::{
    fs::File,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    app::RedawnApp,
    jobs::Owner,
    photo_on_screen::{Recall, Unopened},
    results,
};
use crate::{
    desktop::{Findings, Keeper, Store},
    imaging::MemoryLimit,
    state::{
        Batch, Edit, Found, History, Item, ItemId, Kept, Names, Naming, Notice, Offer, Pasted, Queue, RunState,
        Session, State, Stored, StoredItem, stored_queue,
    },
    ui::text,
    worker::{Body, End, Event, JobControl, JobId, Measures, Request},
};

/// The name under which the queue is kept.
const QUEUE: &str = "queue";
/// Changes of the list are gathered for so long, so that a drag doesn't copy it with every step.
const GATHERING: Duration = Duration::from_millis(100);
/// Longer side of the small pictures in the list, in px.
const THUMBNAIL_SIDE: usize = 128;

/// The list of photos, and their run.
#[derive(Default)]
pub struct List {
    /// The photos.
    pub(super) queue: Queue,
    /// Their run.
    pub(super) batch: Batch,
    /// The files the results become.
    pub(super) names: Names,
    /// The thumbnail being made.
    pub(super) thumbnail: Option<(JobId, ItemId)>,
    /// Keeps the list from one start to the next, and the claim to do so.
    pub(super) keeper: Option<(Keeper<Kept>, File)>,
    /// When it first changed since it was kept.
    unkept: Option<Instant>,
    /// The list of an earlier start, which the user may add.
    pub(super) laid_by: Arc<[StoredItem]>,
}

impl RedawnApp {
    /// Looks what these files and folders are; the search brings them with a later frame.
    pub(super) fn open(&mut self, paths: Vec<PathBuf>) {
        if paths.is_empty() {
            return;
        }
        if let Err(error) = self.intake.search(paths) {
            self.notices.post(Notice::problem(text::no_thread(&error)));
        }
    }

    /// Takes in what the scanner found out, searches in the order they were asked for.
    pub(super) fn receive_findings(&mut self) {
        while let Some(Findings { photos, problems, folders }) = self.intake.findings() {
            self.notices.clear();
            self.intake.take_greetings().into_iter().for_each(|greeting| self.notices.post(greeting));
            problems.into_iter().for_each(|problem| self.notices.post(Notice::problem(problem)));
            self.add(photos, folders);
        }
        while let Some(answer) = self.intake.scanner.answer() {
            self.list.names.hear(answer);
        }
    }

    /// One photo takes the place of the one there is, unless that has a result which is not saved; more become a queue.
    fn add(&mut self, photos: Vec<Found>, folders: bool) {
        let recipe = self.recipe();
        let unsaved = self.list.queue.items().iter().any(|item| item.is_unsaved());
        let alone = self.list.queue.items().len() <= 1 && self.list.batch.run_state() == RunState::Idle && !unsaved;
        match <[Found; 1]>::try_from(photos) {
            Ok([photo]) if alone && !folders => {
                // Steps back belong to the photos that are there.
                self.preferences.history = History::default();
                self.park();
                self.photo.replaced = self.list.queue.replace_with(photo, recipe);
                self.list.queue.selected().into_iter().for_each(|id| self.show(id));
            }
            photos => {
                let photos = photos.map_or_else(|photos| photos, Vec::from);
                let first = self.list.queue.add(photos, recipe);
                first.into_iter().for_each(|id| self.show(id));
            }
        }
        self.keep_queue();
    }

    /// Shows a photo.
    pub(super) fn show(&mut self, id: ItemId) {
        let Some(item) = self.list.queue.get(id).cloned() else { return };
        self.list.queue.select(id);
        self.photo.following = self.list.batch.active().is_some_and(|active| active.item == id);
        if self.photo.item == Some(id) && self.photo.session.source().is_some_and(|source| source.path == item.path) {
            return;
        }
        self.park();
        self.photo.recall = Recall::Nothing;
        self.photo.item = Some(id);
        if self.photo.following && self.watch() {
            return;
        }
        if let State::Failed(_) = item.state {
            // What can't be done is said in its place, with a button to try again.
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
        self.workers.ask(Request::Open {
            job,
            cancel,
            path: item.path,
            memory: MemoryLimit::default(),
            measure: Measures::ALL,
        });
    }

    /// Keeps an unsaved result until its photo is shown again.
    fn park(&mut self) {
        let Some(id) = self.photo.item else { return };
        let unsaved = self.list.queue.get(id).is_some_and(Item::is_unsaved);
        // A run that is left stops, and the result before it stays.
        if unsaved && let session @ Session::Restored { .. } = self.photo.session.clone().settle() {
            for id in self.results.unsaved.keep(id, session) {
                // What is on disk at another strength is read again from there.
                if let Some(item) = self.list.queue.get(id).filter(|item| item.saved().is_none()) {
                    self.notices.post(Notice::problem(text::result_dropped(&item.path)));
                    self.list.queue.retry(|item| item.id == id);
                }
            }
        }
    }

    /// Shows the photo that is being restored into a file; whether it is far enough to be shown.
    fn watch(&mut self) -> bool {
        let Some(active) = self.list.batch.active() else { return false };
        let Some(source) = active.source.clone() else { return false };
        let progress = self.list.queue.get(active.item).and_then(|item| match item.state {
            State::Running(progress) => Some(progress),
            _ => None,
        });
        let (item, job, recipe) = (active.item, active.job, active.recipe);
        self.photo.session.stop();
        self.screen.clear_live_tiles();
        self.photo.session = Session::watch(source, job, recipe, progress.unwrap_or_default());
        self.list.queue.select(item);
        self.photo.item = Some(item);
        true
    }

    /// The photo on screen is open, or could not be opened.
    pub(super) fn opened(&mut self, failure: Option<Unopened>) {
        let Some(id) = self.photo.item else { return };
        let Some(failure) = failure else {
            let replaced = self.photo.replaced.take();
            replaced.into_iter().for_each(|item| self.results.unsaved.forget(item.id));
            self.remember_photo();
            if let Some(source) = self.photo.session.source() {
                self.list.queue.set_size(id, source.photo.size());
            }
            self.look_for_result(id);
            return;
        };
        if let Unopened::Missing(path, _) = &failure {
            self.forget_recent(path);
        }
        match self.photo.replaced.take() {
            // The one photo there was comes back.
            Some(item) => {
                self.results.unsaved.forget(item.id);
                self.photo.item = Some(item.id);
                self.list.queue.put_back(item);
            }
            None if self.list.queue.items().len() <= 1 => {
                self.list.queue.edit(Edit::remove(&self.list.queue, |item| item.id == id));
                self.photo.item = None;
            }
            None => {
                self.photo.session = Session::Empty;
                self.list.queue.fail(id, failure.reason());
            }
        }
    }

    /// Takes in an event of the photo that is restored into a file.
    pub(super) fn queue_event(&mut self, event: &Event) {
        let before = self.list.batch.active().map(|active| (active.item, active.job));
        let workers = &mut self.workers;
        let mut asked =
            self.list.batch.apply(event, &mut self.list.queue, || workers.start(Owner::Queue), Instant::now());
        if let (Some(Request::Restore(request)), true) = (&mut asked, self.photo.following) {
            request.focus = self.photo.view;
        }
        asked.into_iter().for_each(|request| self.workers.ask(request));
        let now = self.list.batch.active().map(|active| (active.item, active.job));
        match (before, now) {
            (Some(before), Some(now)) if before != now && self.photo.following => {
                self.park();
                self.watch();
            }
            (Some((item, _)), None) => {
                // Its result is on disk now.
                self.results.unsaved.forget(item);
                self.compare_with_saved(item);
                self.keep_queue();
                // The last one could not be shown: the one before it still is, and gets its result.
                if let (false, Session::Ready { .. }, Some(id)) =
                    (self.has_next(), &self.photo.session, self.photo.item)
                {
                    self.look_for_result(id);
                }
            }
            _ => {}
        }
    }

    /// Whether another photo comes after the one under way.
    pub(super) fn has_next(&self) -> bool {
        self.list.batch.run_state() != RunState::Idle && self.list.queue.next_waiting().is_some()
    }

    /// Goes on with the queue when nothing is under way: with the names that are shown, once they are known.
    pub(super) fn advance_queue(&mut self) {
        let many = self.list.queue.items().len() > 1;
        let needed = many || self.list.batch.run_state() != RunState::Idle || self.results.to_save.is_some();
        if needed && self.list.names.are_due(&self.list.queue) {
            let pasted = self.list.queue.items().iter().filter(|item| self.is_pasted(&item.path));
            let pasted = Pasted { photos: pasted.map(|item| item.id).collect(), folders: self.folders_for_pasted() };
            self.intake.scanner.name(self.list.names.request(&self.list.queue, pasted));
        }
        self.begin_next();
        self.save_as_named();
        self.look_at_next();
    }

    fn begin_next(&mut self) {
        let Some(names) = self.list.names.agreed(&self.list.queue) else { return };
        if self.list.batch.run_state() != RunState::Going || self.list.batch.active().is_some() {
            return;
        }
        let (workers, means) = (&mut self.workers, (names, || self.results.full.next_file()));
        let asked = self.list.batch.next(
            &mut self.list.queue,
            || workers.start(Owner::Queue),
            means,
            &self.devices.choice,
            Instant::now(),
        );
        asked.into_iter().for_each(|request| self.workers.ask(request));
        if self.list.batch.run_state() == RunState::Idle {
            self.notices.post(Notice::info(text::queue_finished(self.list.queue.counts())));
        }
        self.keep_queue();
    }

    /// Requests the next thumbnail, one at a time: visible rows first. Photos that can't be read
    /// are known then.
    fn look_at_next(&mut self) {
        if self.list.thumbnail.is_some() || !self.workers.reader_is_clear() || self.list.queue.items().len() < 2 {
            return;
        }
        let wanted = self.screen.wanted_thumbnail(&self.list.queue);
        let Some((id, path)) = wanted.map(|item| (item.id, item.path.clone())) else { return };
        let job = self.workers.start(Owner::Thumbnail);
        self.list.thumbnail = Some((job, id));
        self.workers.ask(Request::Thumbnail { job, path, side: THUMBNAIL_SIDE });
    }

    /// Takes in a small picture, or why there is none: then the photo has failed already.
    pub(super) fn thumbnail_event(&mut self, context: &egui::Context, event: Event) {
        let Body::End(end) = event.body else { return };
        let Some((_, id)) = self.list.thumbnail.take() else { return };
        match end {
            End::Thumbnail { thumbnail, size } => {
                self.screen.add_thumbnail(context, &self.list.queue, id, Some(&thumbnail));
                self.list.queue.set_size(id, size);
            }
            End::Failed(error) => {
                self.screen.add_thumbnail(context, &self.list.queue, id, None);
                if self.list.queue.get(id).is_some_and(|item| item.state == State::Waiting) {
                    self.list.queue.fail(id, error.to_string());
                    self.keep_queue();
                }
            }
            _ => {}
        }
    }

    /// Restores all that waits or was stopped, into files.
    pub(super) fn restore_all(&mut self) {
        let alone = |job| self.list.batch.active().is_none_or(|active| active.job != job);
        if self.list.batch.run_state() == RunState::Going || self.photo.session.run().is_some_and(|run| alone(run.job))
        {
            return;
        }
        self.notices.clear();
        self.photo.following = true;
        self.list.queue.retry(|item| item.state == State::Stopped);
        self.list.names.ask_again();
        self.list.batch.go();
        self.keep_queue();
    }

    /// Where the results go from now on.
    pub(super) fn name_by(&mut self, naming: Naming) {
        self.list.names.change(naming);
        self.keep_queue();
    }

    /// Brings back the queue of the last time, when something in it is not done; it goes on when it was
    /// going when the program ended, which it did not do by itself then. When the program was started with photos
    /// the queue is laid by.
    ///
    /// Of two windows only the first keeps its queue: the second would do the same work again.
    pub(super) fn recall_queue(&mut self, store: Store, with_photos: bool) {
        let Some(claim) = store.claim(QUEUE) else { return };
        let (Stored { photos, laid_by, going, naming, subfolders }, notice) = store.load::<Stored>(QUEUE);
        self.intake.greet(notice);
        self.list.names.change(naming);
        self.intake.subfolders = subfolders;
        let unfinished = |photos: &[StoredItem]| stored_queue::queue_of(photos).is_unfinished();
        let going = going && unfinished(&photos);
        let left: Vec<StoredItem> =
            [photos, laid_by].into_iter().filter(|photos| unfinished(photos)).flatten().collect();
        if with_photos {
            self.lay_by(left);
        } else if !left.is_empty() {
            let first = self.bring_back(&left);
            match going {
                true => self.restore_all(),
                false => first.into_iter().for_each(|id| self.show(id)),
            }
            self.intake.greet([Notice::info(text::previous_queue_restored(self.list.queue.counts(), going))]);
        }
        let (full, pasted) = (results::full_results(&store), results::pasted_pictures(&store));
        match Keeper::new(store, QUEUE, Duration::ZERO) {
            Ok(keeper) => {
                self.list.keeper = Some((keeper, claim));
                self.intake.scanner.tidy(full, self.full_results_kept());
                self.intake.scanner.tidy(pasted, self.pasted_pictures_kept());
            }
            Err(error) => self.intake.greet([Notice::problem(text::queue_not_stored(&error))]),
        }
    }

    /// Keeps a list of an earlier time, beside the photos that the program was started with.
    fn lay_by(&mut self, photos: Vec<StoredItem>) {
        if !photos.is_empty() {
            let counts = stored_queue::queue_of(&photos).counts();
            self.intake.greet([Notice::info(text::previous_queue_kept(counts)).offering(Offer::BringBack)]);
            self.list.laid_by = photos.into();
        }
    }

    /// Adds the list that was laid by.
    pub(super) fn bring_back_laid_by(&mut self) {
        let photos = std::mem::replace(&mut self.list.laid_by, Arc::new([]));
        let first = self.bring_back(&photos);
        if self.photo.item.is_none() {
            first.into_iter().for_each(|id| self.show(id));
        }
        self.keep_queue();
    }

    /// Adds stored photos. Selects the first waiting one if none is selected, and returns it.
    fn bring_back(&mut self, photos: &[StoredItem]) -> Option<ItemId> {
        self.list.queue.bring_back(photos);
        let first =
            self.list.queue.next_waiting().or(self.list.queue.items().first().map(Arc::as_ref)).map(|item| item.id);
        if self.list.queue.selected().is_none() {
            first.into_iter().for_each(|id| self.list.queue.select(id));
        }
        first
    }

    /// Has the queue kept soon, as it is then.
    pub(super) fn keep_queue(&mut self) {
        self.list.unkept.get_or_insert_with(Instant::now);
    }

    /// Has the queue kept if it changed some time ago; how long that is still to be waited for.
    pub(super) fn keep_changed_queue(&mut self) -> Option<Duration> {
        let rest = GATHERING.saturating_sub(self.list.unkept?.elapsed());
        if rest.is_zero() {
            self.keep_queue_now();
            return None;
        }
        Some(rest)
    }

    /// Has the queue kept as it is now. One photo alone is no queue.
    pub(super) fn keep_queue_now(&mut self) {
        self.list.unkept = None;
        let Some((keeper, _)) = &self.list.keeper else { return };
        let many = self.list.queue.items().len() > 1;
        keeper.keep(Kept {
            photos: if many { self.list.queue.items().to_vec() } else { Vec::new() },
            laid_by: self.list.laid_by.clone(),
            going: self.list.batch.run_state() != RunState::Idle,
            naming: self.list.names.naming().clone(),
            subfolders: self.intake.subfolders,
        });
    }

    /// Says so when the queue can't be kept.
    pub(super) fn check_keeper(&mut self) {
        if let Some(error) = self.list.keeper.as_ref().and_then(|(keeper, _)| keeper.trouble()) {
            self.notices.post(Notice::problem(text::queue_not_stored(&error)));
        }
    }

    /// A photo waits again; its result on disk stays.
    pub(super) fn retry(&mut self, id: ItemId) {
        self.list.queue.retry(|item| item.id == id);
        self.photo.item = self.photo.item.filter(|shown| *shown != id);
        self.keep_queue();
        self.show(id);
    }

    /// The photo on screen may be gone.
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
        self.keep_queue();
    }
}
