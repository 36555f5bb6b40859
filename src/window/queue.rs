//! The window's dealings with the queue: what comes in, what is looked at, what is restored into files.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    app::{Recall, RedawnApp},
    results,
};
use crate::{
    desktop::{Findings, Keeper, Search, Store},
    imaging::MemoryLimit,
    state::{
        Asked, Found, History, Item, ItemId, Kept, Naming, Notice, Offer, Pace, Session, State, Stored, StoredItem,
        stored_queue,
    },
    ui::text,
    worker::{CancelToken, Event, Measures, Request},
};

/// The name under which the queue is kept.
const QUEUE: &str = "queue";
/// A change is kept at most so long after it was made: what a power cut takes.
const KEEPING: Duration = Duration::from_millis(50);
/// Longer side of the small pictures in the list, in px.
const THUMBNAIL_SIDE: usize = 128;

impl RedawnApp {
    /// Looks what these files and folders are; the search brings them with a later frame.
    pub(super) fn open(&mut self, paths: Vec<PathBuf>) {
        if paths.is_empty() {
            return;
        }
        match self.clerk.search(paths, self.subfolders) {
            Ok(search) => self.searches.push_back(search),
            Err(error) => self.notices.post(Notice::problem(text::no_thread(&error))),
        }
    }

    /// Takes in what the clerk found out, searches in the order they were asked for.
    pub(super) fn hear_clerk(&mut self) {
        while let Some(Findings { photos, problems, folders }) = self.searches.front().and_then(Search::findings) {
            self.searches.pop_front();
            self.notices.clear();
            std::mem::take(&mut self.first_words).into_iter().for_each(|words| self.notices.post(words));
            problems.into_iter().for_each(|problem| self.notices.post(Notice::problem(problem)));
            self.add(photos, folders);
        }
        while let Some(answer) = self.clerk.answer() {
            self.names.hear(answer);
        }
    }

    /// One photo takes the place of the one there is; more become a queue.
    fn add(&mut self, photos: Vec<Found>, folders: bool) {
        let recipe = self.recipe();
        let alone = self.queue.items().len() <= 1 && self.batch.pace() == Pace::Idle;
        match <[Found; 1]>::try_from(photos) {
            Ok([photo]) if alone && !folders => {
                // Steps back belong to the photos that are there.
                self.history = History::default();
                self.park();
                self.replaced = self.queue.replace_with(photo, recipe);
                self.queue.selected().into_iter().for_each(|id| self.show(id));
            }
            photos => {
                let photos = photos.map_or_else(|photos| photos, Vec::from);
                let first = self.queue.add(photos, recipe);
                first.into_iter().for_each(|id| self.show(id));
            }
        }
        self.keep_queue();
    }

    /// Looks at a photo from now on.
    pub(super) fn show(&mut self, id: ItemId) {
        let Some(item) = self.queue.get(id).cloned() else { return };
        self.queue.select(id);
        self.following = self.batch.passage().is_some_and(|passage| passage.item == id);
        if self.shown == Some(id) && self.session.source().is_some_and(|source| source.path == item.path) {
            return;
        }
        self.park();
        self.recall = Recall::Nothing;
        self.shown = Some(id);
        if self.following && self.watch() {
            return;
        }
        if let State::Failed(_) = item.state {
            // What can't be done is said in its place, with a button to try again.
            self.session.stop();
            self.session = Session::Empty;
            return;
        }
        if let Some(session) = self.parked.take(id) {
            self.session.stop();
            self.session = session;
            return;
        }
        let (job, cancel) = (self.jobs.take(), CancelToken::default());
        self.session = std::mem::take(&mut self.session).open(job, cancel.clone(), item.path.clone());
        self.reader.ask(Request::Open {
            job,
            cancel,
            path: item.path,
            memory: MemoryLimit::default(),
            measure: Measures::ALL,
        });
    }

    /// Keeps a result that is not on disk, until its photo is looked at again.
    fn park(&mut self) {
        if let (Some(id), Session::Restored { .. }) = (self.shown, &self.session) {
            let unsaved = self.queue.get(id).is_some_and(|item| item.state == State::Restored);
            if unsaved {
                let lost = self.parked.keep(id, self.session.clone());
                // What is on disk at another strength is read again from there.
                for id in lost {
                    self.queue.retry(|item| item.id == id && item.saved.is_none());
                }
            }
        }
    }

    /// Shows the photo that is being restored into a file; whether it is far enough to be shown.
    fn watch(&mut self) -> bool {
        let Some(passage) = self.batch.passage() else { return false };
        let Some(source) = passage.source.clone() else { return false };
        let progress = self.queue.get(passage.item).and_then(|item| match item.state {
            State::Running(progress) => Some(progress),
            _ => None,
        });
        let (item, job, recipe) = (passage.item, passage.job, passage.recipe);
        self.session.stop();
        self.screen.clear_landing();
        self.session = Session::watch(source, job, recipe, progress.unwrap_or_default());
        self.queue.select(item);
        self.shown = Some(item);
        true
    }

    /// The photo that is looked at is open, or could not be opened.
    pub(super) fn opened(&mut self, error: Option<String>) {
        let Some(id) = self.shown else { return };
        let Some(error) = error else {
            let replaced = self.replaced.take();
            replaced.into_iter().for_each(|item| self.parked.forget(item.id));
            self.remember_photo();
            if let Some(source) = self.session.source()
                && let Some(item) = self.queue.get_mut(id)
            {
                item.size = Some(source.photo.size());
            }
            self.look_for_result(id);
            return;
        };
        let path = self.queue.get(id).map(|item| item.path.clone());
        path.into_iter().for_each(|path| self.forget_if_gone(&path));
        match self.replaced.take() {
            // The one photo there was comes back.
            Some(item) => {
                self.parked.forget(item.id);
                self.shown = Some(item.id);
                self.queue.put_back(item);
            }
            None if self.queue.items().len() <= 1 => {
                self.queue.remove(|item| item.id == id);
                self.shown = None;
            }
            None => {
                self.session = Session::Empty;
                if let Some(item) = self.queue.get_mut(id) {
                    item.state = State::Failed(error);
                }
            }
        }
    }

    /// Takes in an event of the photo that is restored into a file.
    pub(super) fn hear_batch(&mut self, event: &Event) {
        let before = self.batch.passage().map(|passage| (passage.item, passage.job));
        let jobs = &mut self.jobs;
        let asked = self.batch.apply(event, &mut self.queue, || jobs.take(), Instant::now());
        self.ask_for(asked);
        let now = self.batch.passage().map(|passage| (passage.item, passage.job));
        match (before, now) {
            (Some(before), Some(now)) if before != now && self.following => {
                self.park();
                self.watch();
            }
            (Some((item, _)), None) => {
                // Its result is on disk now.
                self.parked.forget(item);
                self.compare_with_saved(item);
                self.keep_queue();
                // The last one could not be shown: the one before it still is, and gets its result.
                if let (false, Session::Ready { .. }, Some(id)) = (self.has_next(), &self.session, self.shown) {
                    self.look_for_result(id);
                }
            }
            _ => {}
        }
    }

    /// Whether another photo comes after the one under way.
    pub(super) fn has_next(&self) -> bool {
        self.batch.pace() != Pace::Idle && self.queue.next_waiting().is_some()
    }

    /// Goes on with the queue when nothing is under way: with the names that are shown, once they are known.
    pub(super) fn go_on(&mut self) {
        let many = self.queue.items().len() > 1;
        let needed = many || self.batch.pace() != Pace::Idle || self.to_save.is_some();
        if needed && self.names.are_due(&self.queue) {
            let pasted = self.queue.items().iter().filter(|item| self.is_pasted(&item.path));
            let elsewhere = pasted.map(|item| (item.id, self.as_if_there(&item.path))).collect();
            self.clerk.name(self.names.request(&self.queue, elsewhere));
        }
        self.begin_next();
        self.save_as_named();
        self.look_at_next();
    }

    fn begin_next(&mut self) {
        let Some(names) = self.names.agreed(&self.queue) else { return };
        if self.batch.pace() != Pace::Going || self.batch.passage().is_some() {
            return;
        }
        let (jobs, means) = (&mut self.jobs, (names, || self.full.next_file()));
        let asked = self.batch.next(&mut self.queue, || jobs.take(), means, &self.device, Instant::now());
        self.ask_for(asked);
        if self.batch.pace() == Pace::Idle {
            self.notices.post(Notice::info(text::batch_done(self.queue.counts())));
        }
        self.keep_queue();
    }

    /// Has the next small picture made, one at a time: photos to be looked at come first. Those that can't be read
    /// are known then.
    fn look_at_next(&mut self) {
        if self.thumbnail.is_some() || !self.reader.is_clear() || self.queue.items().len() < 2 {
            return;
        }
        let wanted = self.screen.wanted_thumbnail(&self.queue);
        let Some((id, path)) = wanted.map(|item| (item.id, item.path.clone())) else { return };
        let job = self.jobs.take();
        self.thumbnail = Some((job, id));
        self.reader.ask(Request::Thumbnail { job, path, side: THUMBNAIL_SIDE });
    }

    /// Takes in a small picture, or why there is none: then the photo has failed already.
    pub(super) fn hear_thumbnail(&mut self, context: &egui::Context, event: Event) {
        let Some((_, id)) = self.thumbnail.take() else { return };
        match event {
            Event::Thumbnail { thumbnail, size, .. } => {
                self.screen.add_thumbnail(context, &self.queue, id, Some(&thumbnail));
                if let Some(item) = self.queue.get_mut(id) {
                    item.size = Some(size);
                }
            }
            Event::Failed { error, .. } => {
                self.screen.add_thumbnail(context, &self.queue, id, None);
                if let Some(item) = self.queue.get_mut(id).filter(|item| item.state == State::Waiting) {
                    item.state = State::Failed(error);
                    self.keep_queue();
                }
            }
            _ => {}
        }
    }

    pub(super) fn ask_for(&mut self, asked: Option<Asked>) {
        match asked {
            Some(Asked::Reader(request)) => self.reader.ask(request),
            Some(Asked::Network(request)) => self.network.ask(request),
            None => {}
        }
    }

    /// Restores all that waits or was stopped, into files.
    pub(super) fn restore_all(&mut self) {
        let alone = |job| self.batch.passage().is_none_or(|passage| passage.job != job);
        if self.batch.pace() == Pace::Going || self.session.run().is_some_and(|run| alone(run.job)) {
            return;
        }
        self.notices.clear();
        self.following = true;
        self.queue.retry(|item| item.state == State::Stopped);
        self.names.ask_again();
        self.batch.go();
        self.keep_queue();
    }

    /// Where the results go from now on.
    pub(super) fn name_by(&mut self, naming: Naming) {
        self.names.change(naming);
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
        self.first_words.extend(notice);
        self.names.change(naming);
        self.subfolders = subfolders;
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
            self.first_words.push(Notice::info(text::queue_recalled(self.queue.counts(), going)));
        }
        let root = results::full_results(&store);
        match Keeper::new(store, QUEUE, KEEPING) {
            Ok(keeper) => {
                self.kept = Some((keeper, claim));
                self.clerk.tidy(root, self.full_results_kept());
            }
            Err(error) => self.first_words.push(Notice::problem(text::queue_not_kept(&error))),
        }
    }

    /// Keeps a list of an earlier time, beside the photos that the program was started with.
    fn lay_by(&mut self, photos: Vec<StoredItem>) {
        if !photos.is_empty() {
            let counts = stored_queue::queue_of(&photos).counts();
            self.first_words.push(Notice::info(text::queue_laid_by(counts)).offering(Offer::BringBack));
            self.laid_by = photos.into();
        }
    }

    /// Adds the list that was laid by.
    pub(super) fn bring_back_laid_by(&mut self) {
        let photos = std::mem::replace(&mut self.laid_by, Arc::new([]));
        let first = self.bring_back(&photos);
        if self.shown.is_none() {
            first.into_iter().for_each(|id| self.show(id));
        }
        self.keep_queue();
    }

    /// Adds photos that were kept. The first that waits is looked at, when none is yet; it is returned.
    fn bring_back(&mut self, photos: &[StoredItem]) -> Option<ItemId> {
        self.queue.bring_back(photos);
        let first = self.queue.next_waiting().or(self.queue.items().first().map(Arc::as_ref)).map(|item| item.id);
        if self.queue.selected().is_none() {
            first.into_iter().for_each(|id| self.queue.select(id));
        }
        first
    }

    /// Has the queue kept as it is now. One photo alone is no queue.
    pub(super) fn keep_queue(&mut self) {
        let Some((keeper, _)) = &self.kept else { return };
        let many = self.queue.items().len() > 1;
        keeper.keep(Kept {
            photos: if many { self.queue.items().to_vec() } else { Vec::new() },
            laid_by: self.laid_by.clone(),
            going: self.batch.pace() != Pace::Idle,
            naming: self.names.naming().clone(),
            subfolders: self.subfolders,
        });
    }

    /// Says so when the queue can't be kept.
    pub(super) fn hear_keeper(&mut self) {
        if let Some(error) = self.kept.as_ref().and_then(|(keeper, _)| keeper.trouble()) {
            self.notices.post(Notice::problem(text::queue_not_kept(&error)));
        }
    }

    /// A photo waits again; its result on disk stays.
    pub(super) fn retry(&mut self, id: ItemId) {
        self.queue.retry(|item| item.id == id);
        self.shown = self.shown.filter(|shown| *shown != id);
        self.keep_queue();
        self.show(id);
    }

    /// Takes photos out of the queue.
    pub(super) fn remove(&mut self, unwanted: impl Fn(&Item) -> bool) {
        self.record(None);
        self.queue.remove(unwanted);
        self.after_change_of_photos();
    }

    /// What is looked at may be gone.
    pub(super) fn after_change_of_photos(&mut self) {
        match self.queue.selected() {
            Some(id) => self.show(id),
            None => {
                self.session.stop();
                self.session = Session::Empty;
                self.shown = None;
            }
        }
        let queue = &self.queue;
        self.parked.forget_unless(|id| queue.get(id).is_some());
        self.screen.forget_thumbnails(|id| queue.get(id).is_some());
        self.keep_queue();
    }
}
