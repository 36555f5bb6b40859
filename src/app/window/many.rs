//! The window's dealings with the queue: what comes in, what is looked at, what is restored into files.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use super::{Recall, RedawnApp, results};
use crate::{
    app::{
        Keeper, Notice, Session, Store,
        batch::{Asked, Pace},
        clerk::{Errand, Report},
        history::History,
        naming::Naming,
        queue::{Found, Item, ItemId, Queue, State, Stored},
    },
    imaging::Allowance,
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
    /// Looks what these files and folders are; the answer comes from the clerk.
    pub(super) fn open(&mut self, paths: Vec<PathBuf>) {
        if !paths.is_empty() {
            self.clerk.ask(Errand::Find { paths, subfolders: self.subfolders });
        }
    }

    /// Takes in what the clerk found out.
    pub(super) fn hear_clerk(&mut self) {
        while let Some(report) = self.clerk.report() {
            match report {
                Report::Found { photos, problems, folders } => {
                    self.notices.clear();
                    self.first_words.take().into_iter().for_each(|words| self.notices.post(words));
                    problems.into_iter().for_each(|problem| self.notices.post(Notice::problem(problem)));
                    self.add(photos, folders);
                }
                Report::Named { revision, targets } => {
                    self.targets = targets;
                    self.names_of = Some(revision);
                }
            }
        }
    }

    /// One photo takes the place of the one there is; more become a queue.
    fn add(&mut self, photos: Vec<Found>, folders: bool) {
        let recipe = self.recipe();
        let alone = self.queue.items().len() <= 1 && self.batch.pace() == Pace::Idle;
        if alone && photos.len() == 1 && !folders {
            // Steps back belong to the photos that are there.
            self.history = History::default();
            let mut queue = Queue::following(&self.queue);
            queue.add(photos, recipe);
            self.park();
            self.replaced = self.queue.items().first().cloned();
            self.queue = queue;
            let id = self.queue.items().first().map(|item| item.id);
            id.into_iter().for_each(|id| self.show(id));
        } else if !photos.is_empty() {
            self.record(None);
            let first = self.queue.add(photos, recipe);
            first.into_iter().for_each(|id| self.show(id));
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
            memory: Allowance::default(),
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
                self.queue = Queue::of(item);
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
                if self.batch.pace() == Pace::Going && !self.has_next() {
                    let counts = self.queue.counts();
                    self.notices.post(Notice::info(text::batch_done(counts)));
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
        let revision = self.queue.revision();
        let needed = self.queue.items().len() > 1 || self.batch.pace() != Pace::Idle;
        if needed && self.names_asked != Some(revision) {
            self.names_asked = Some(revision);
            let photos = self.queue.items().iter();
            let photos = photos.map(|item| (self.as_if_there(&item.path), item.within.clone(), item.recipe)).collect();
            self.clerk.ask(Errand::Name { revision, naming: self.naming.clone(), photos });
        }
        let named = self.names_of == Some(revision) && self.names_asked == Some(revision);
        while named && self.batch.pace() == Pace::Going && self.batch.passage().is_none() {
            let jobs = &mut self.jobs;
            let results = (self.targets.as_slice(), self.naming.options, &mut self.full);
            let asked = self.batch.next(&mut self.queue, || jobs.take(), results, &self.device, Instant::now());
            self.ask_for(asked);
            self.keep_queue();
        }
        self.look_at_next();
    }

    /// Has the next small picture made, one at a time: photos to be looked at come first.
    fn look_at_next(&mut self) {
        if self.thumbnail.is_some() || !self.reader.is_clear() || self.queue.items().len() < 2 {
            return;
        }
        let mut items = self.queue.items().iter();
        let wanted = items.find(|item| !self.screen.has_thumbnail(item.id) && !matches!(item.state, State::Failed(_)));
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
                self.screen.add_thumbnail(context, id, Some(&thumbnail));
                if let Some(item) = self.queue.get_mut(id) {
                    item.size = Some(size);
                }
            }
            Event::Failed { error, .. } => {
                self.screen.add_thumbnail(context, id, None);
                if let Some(item) = self.queue.get_mut(id).filter(|item| item.state == State::Waiting) {
                    item.state = State::Failed(error);
                    self.keep_queue();
                }
            }
            _ => {}
        }
    }

    fn ask_for(&mut self, asked: Option<Asked>) {
        match asked {
            Some(Asked::Reader(request)) => self.reader.ask(request),
            Some(Asked::Network(request)) => self.network.ask(request),
            None => {}
        }
    }

    /// Restores all that waits, into files.
    pub(super) fn restore_all(&mut self) {
        if self.session.run().is_some() {
            return;
        }
        self.notices.clear();
        self.following = true;
        self.batch.go();
        self.keep_queue();
    }

    /// Where the results go from now on.
    pub(super) fn name_by(&mut self, naming: Naming) {
        self.naming = naming;
        (self.names_asked, self.names_of) = (None, None);
        self.keep_queue();
    }

    /// Brings back the queue of the last time, when something in it is not done; it goes on when it was
    /// going when the program ended, which it did not do by itself then.
    ///
    /// Of two windows only the first keeps its queue: the second would do the same work again.
    pub(super) fn recall_queue(&mut self, store: Store) {
        let Some(claim) = store.claim(QUEUE) else { return };
        let (stored, notice) = store.load::<Stored>(QUEUE);
        notice.into_iter().for_each(|notice| self.notices.post(notice));
        (self.naming, self.subfolders) = (stored.naming, stored.subfolders);
        let queue = Queue::recall(&stored.photos);
        let counts = queue.counts();
        if queue.is_unfinished() {
            self.queue = queue;
            match stored.going {
                true => self.restore_all(),
                false => self.queue.selected().into_iter().for_each(|id| self.show(id)),
            }
            self.notices.post(Notice::info(text::queue_recalled(counts, stored.going)));
        }
        let root = results::full_results(&store);
        match Keeper::new(store, QUEUE, KEEPING) {
            Ok(keeper) => {
                self.kept = Some((keeper, claim));
                self.clerk.ask(Errand::Tidy { root, kept: self.full_results_kept() });
            }
            Err(error) => self.notices.post(Notice::problem(text::queue_not_kept(&error))),
        }
    }

    /// Has the queue kept as it is now. One photo alone is no queue.
    pub(super) fn keep_queue(&mut self) {
        let Some((kept, _)) = &self.kept else { return };
        let many = self.queue.items().len() > 1;
        kept.keep(Stored {
            photos: if many { self.queue.store() } else { Vec::new() },
            going: self.batch.pace() != Pace::Idle,
            naming: self.naming.clone(),
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
