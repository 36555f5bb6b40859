//! What the window is doing with a photo. Pure: events in, the next state and notices out.

use std::{path::PathBuf, sync::Arc, time::Instant};

use super::{
    notice::{Notice, Offer},
    progress::Progress,
};
use crate::{
    engine::{DeviceInfo, DeviceKind},
    imaging::Photo,
    restore::{Blended, Noise, NoiseEstimate, Recipe, Rendition, Strength},
    worker::{Body, End, Event, JobControl, JobId, Outcome, Update},
};

/// The photo that is open.
#[derive(Debug, Clone)]
pub struct Source {
    /// Where it came from.
    pub path: PathBuf,
    /// Its pixels, as they came.
    pub photo: Arc<Photo>,
    /// Its noise as measured.
    pub noise: NoiseEstimate,
}

impl Source {
    /// The σ that is removed from it, on the 0–255 scale.
    pub fn sigma_removed(&self, noise: Noise) -> f32 {
        match noise {
            Noise::Auto(_) if self.noise.is_clean() => 0.0,
            Noise::Auto(amount) => (self.noise.sigma() * amount.factor()).min(Noise::MAX_SIGMA),
            Noise::Sigma(sigma) => sigma,
        }
    }
}

/// A finished restoration.
#[derive(Debug, Clone)]
pub struct Restoration {
    /// The picture.
    pub result: Arc<Photo>,
    /// How it was made, with what was found in place of `auto`: at full strength when it was done just now, at
    /// the strength it was saved at when it was read from its file. None when that is not known.
    pub made: Option<Recipe>,
    /// The same at full strength, where it was made at one that does not tell that ([`Strength::is_invertible`]).
    pub full: Option<Arc<Photo>>,
    /// How it went, when it was done just now; none when it was read from its file.
    pub outcome: Option<Outcome>,
}

/// A restoration under way.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its job.
    pub job: JobId,
    /// Stops it.
    pub cancel: JobControl,
    /// What it does.
    pub recipe: Recipe,
    /// How far it is.
    pub progress: Progress,
    /// Where it runs and why there, as soon as it is known.
    pub device: Option<(DeviceInfo, String)>,
}

/// What the window is doing.
#[derive(Debug, Clone, Default)]
pub enum Session {
    /// No photo yet.
    #[default]
    Empty,
    /// A photo is being read. When that fails, `before` comes back.
    Opening {
        /// Its job.
        job: JobId,
        /// Stops it.
        cancel: JobControl,
        /// The photo's file.
        path: PathBuf,
        /// What was there before.
        before: Box<Session>,
    },
    /// A photo is open.
    Ready {
        /// The photo.
        source: Source,
    },
    /// It is being restored.
    Restoring {
        /// The photo.
        source: Source,
        /// The result there was already: it comes back when this run gives none.
        earlier: Option<Restoration>,
        /// The run.
        run: Run,
    },
    /// What was visible of it is restored, or what came before a stop.
    Partial {
        /// The photo.
        source: Source,
        /// The result there was already.
        earlier: Option<Restoration>,
        /// How its blocks were made.
        recipe: Recipe,
        /// Summary; none if it was stopped.
        outcome: Option<Outcome>,
    },
    /// It is restored.
    Restored {
        /// The photo.
        source: Source,
        /// The result.
        restoration: Restoration,
    },
}

impl Session {
    /// The next state after an event of the worker, and what to tell the person. Events of a job
    /// that is not this state's own change nothing.
    pub fn apply(self, event: Event, now: Instant) -> (Session, Vec<Notice>) {
        if self.job() != Some(event.job) {
            return (self, Vec::new());
        }
        match event.body {
            Body::Update(update) => self.updated(update, now),
            Body::End(end) => self.ended(end),
        }
    }

    fn updated(mut self, update: Update, now: Instant) -> (Session, Vec<Notice>) {
        let notice = match (&mut self, update) {
            (Session::Restoring { run, .. }, Update::Progress { stage, done, total }) => {
                run.progress.advance(stage, done, total, now);
                None
            }
            (Session::Restoring { run, .. }, Update::Device { device, reason }) => {
                run.device = Some((device, reason));
                None
            }
            (_, Update::Notice(text)) => Some(Notice::info(text)),
            (_, Update::Fallback(text)) => Some(Notice::problem(text).offering(Offer::StayOnCpu)),
            _ => None,
        };
        (self, notice.into_iter().collect())
    }

    fn ended(self, end: End) -> (Session, Vec<Notice>) {
        match (self, end) {
            (Session::Opening { .. }, End::Opened { path, photo, noise }) => {
                (Session::Ready { source: Source { path, photo, noise } }, Vec::new())
            }
            (Session::Restoring { source, run, .. }, End::Restored { result, outcome }) => {
                let made = Some(outcome.recipe(run.recipe.at_full_strength()));
                let restoration = Restoration { result, made, full: None, outcome: Some(outcome) };
                (Session::Restored { source, restoration }, Vec::new())
            }
            // The result went into a file.
            (session, End::Cancelled | End::Written { .. } | End::Skipped { .. }) => (session.settle(), Vec::new()),
            (session, End::Failed(error)) => {
                let offer = session.remedy();
                let notice = Notice { offer, ..Notice::problem(error.to_string()) };
                (session.settle(), vec![notice])
            }
            (session, _) => (session, Vec::new()),
        }
    }

    /// What can be done when its job fails.
    fn remedy(&self) -> Option<Offer> {
        match self {
            Session::Opening { path, .. } => Some(Offer::Open(path.clone())),
            Session::Restoring { run: Run { device: Some((device, _)), .. }, .. } if device.kind != DeviceKind::Cpu => {
                Some(Offer::UseCpu)
            }
            Session::Restoring { .. } => Some(Offer::Restore),
            _ => None,
        }
    }

    /// The state without its job: what was there before an opening, the photo and any earlier
    /// result before a restoration.
    pub fn settle(self) -> Session {
        match self {
            Session::Opening { before, .. } => *before,
            Session::Restoring { source, earlier: Some(restoration), .. } => Session::Restored { source, restoration },
            Session::Restoring { source, earlier: None, .. } => Session::Ready { source },
            Session::Partial { source, earlier: Some(restoration), .. } => Session::Restored { source, restoration },
            Session::Partial { source, earlier: None, .. } => Session::Ready { source },
            settled => settled,
        }
    }

    /// The state after its run ended with blocks missing. `outcome`: none if it was stopped.
    pub fn interrupted(self, outcome: Option<Outcome>) -> Session {
        match self {
            Session::Restoring { source, earlier, run } => {
                Session::Partial { source, earlier, recipe: run.recipe, outcome }
            }
            other => other,
        }
    }

    /// Whether its result is complete, and what `recipe` says.
    pub fn is_current(&self, recipe: Recipe) -> bool {
        let Session::Restored { source, .. } = self else { return false };
        let made = self.print(recipe.strength).and_then(|print| print.recipe());
        made == Some(recipe.resolved(&source.photo, &source.noise))
    }

    /// Reads a photo from now on; whatever is under way is told to stop.
    pub fn open(self, job: JobId, cancel: JobControl, path: PathBuf) -> Session {
        self.stop();
        Session::Opening { job, cancel, path, before: Box::new(self.settle()) }
    }

    /// Shows a restoration that others began.
    pub fn watch(source: Source, job: JobId, recipe: Recipe, progress: Progress) -> Session {
        // Who began it stops it.
        let run = Run { job, cancel: JobControl::default(), recipe, progress, device: None };
        Session::Restoring { source, earlier: None, run }
    }

    /// Shows a result that was read from its file, beside its photo; with the same at full strength, where that is
    /// kept. How it was `made` is not believed when it is not of that size or of other colours, nor is one at full
    /// strength of another size or other channels.
    pub fn recalled(
        self,
        result: Arc<Photo>,
        full: Option<Arc<Photo>>,
        made: Option<Recipe>,
        outcome: Option<Outcome>,
    ) -> Session {
        match self {
            Session::Ready { source } => {
                let mut result = result;
                if source.photo.metadata.damage.is_some() {
                    // Saved again, it replaces that photo as little.
                    Arc::make_mut(&mut result).metadata.damage.clone_from(&source.photo.metadata.damage);
                }
                let colours = [&source.photo, &result].map(|photo| photo.pixels.colour_channels());
                let may_be = |made: &Recipe| result.size() == source.photo.size().times(made.scale.factor());
                let made = made.filter(|made| may_be(made) && colours[0] == colours[1]);
                let channels = source.photo.pixels.channels();
                let fits = |full: &Arc<Photo>| full.size() == result.size() && full.pixels.channels() == channels;
                let full = full.filter(|full| made.is_some() && fits(full));
                Session::Restored { source, restoration: Restoration { result, made, full, outcome } }
            }
            other => other,
        }
    }

    /// Restores the open photo from now on. Without an open photo nothing changes.
    pub fn restore(self, job: JobId, cancel: JobControl, recipe: Recipe) -> Session {
        let run = Run { job, cancel, recipe, progress: Progress::default(), device: None };
        match self {
            Session::Ready { source } => Session::Restoring { source, earlier: None, run },
            Session::Restored { source, restoration } => Session::Restoring { source, earlier: Some(restoration), run },
            Session::Partial { source, earlier, .. } => Session::Restoring { source, earlier, run },
            Session::Restoring { source, earlier, run: outdated } => {
                outdated.cancel.cancel();
                Session::Restoring { source, earlier, run }
            }
            other => other,
        }
    }

    /// Asks the job under way to stop; its ending event follows.
    pub fn stop(&self) {
        match self {
            Session::Opening { cancel, .. } => cancel.cancel(),
            Session::Restoring { run, .. } => run.cancel.cancel(),
            _ => {}
        }
    }

    /// The job under way.
    pub fn job(&self) -> Option<JobId> {
        match self {
            Session::Opening { job, .. } => Some(*job),
            Session::Restoring { run, .. } => Some(run.job),
            _ => None,
        }
    }

    /// The photo to show: while another is being read, the one before it.
    pub fn source(&self) -> Option<&Source> {
        match self {
            Session::Empty => None,
            Session::Opening { before, .. } => before.source(),
            Session::Ready { source }
            | Session::Restoring { source, .. }
            | Session::Partial { source, .. }
            | Session::Restored { source, .. } => Some(source),
        }
    }

    /// The result to show beside it: while a new one is made, the earlier one.
    pub fn restoration(&self) -> Option<&Restoration> {
        match self {
            Session::Restored { restoration, .. } => Some(restoration),
            Session::Restoring { earlier, .. } | Session::Partial { earlier, .. } => earlier.as_ref(),
            Session::Opening { before, .. } => before.restoration(),
            _ => None,
        }
    }

    /// The result at a strength: what is shown and what is saved. As it was made where that strength can't come
    /// of it.
    pub fn print(&self, strength: Strength) -> Option<Rendition> {
        let (source, Restoration { result, made, full, .. }) = (self.source()?, self.restoration()?);
        let grey = source.photo.is_grey();
        let mixed = made.and_then(|made| {
            let (wanted, made_at) = (strength.effective_for(grey), made.strength.effective_for(grey));
            let (result, made_at) = match full {
                Some(full) if wanted != made_at => (full, Strength::FULL),
                _ => (result, made_at),
            };
            let weights = wanted.weights_from(made_at)?;
            let recipe = Recipe { strength, ..made };
            Some(Blended { photo: source.photo.clone(), result: result.clone(), weights, recipe })
        });
        Some(mixed.map_or_else(|| Rendition::Photo(result.clone()), Rendition::Blended))
    }

    /// The restoration under way.
    pub fn run(&self) -> Option<&Run> {
        match self {
            Session::Restoring { run, .. } => Some(run),
            _ => None,
        }
    }

    /// Whether a restoration could start now.
    pub fn can_restore(&self) -> bool {
        matches!(self, Session::Ready { .. } | Session::Partial { .. } | Session::Restored { .. })
    }

    /// Whether its picture is made of tiles, wholly or in part.
    pub fn has_live_tiles(&self) -> bool {
        matches!(self, Session::Restoring { .. } | Session::Partial { .. })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        imaging::{Depth, Format},
        pixels::{Raster, Size},
        state::notice::Tone,
        worker::{JobError, Stage},
    };

    const OURS: JobId = JobId(7);
    const STALE: JobId = JobId(6);

    fn photo() -> Arc<Photo> {
        let pixels = Raster::blank(3, Size::new(2, 2), Depth::Eight);
        Arc::new(Photo { pixels, format: Format::Png, metadata: Default::default() })
    }

    fn outcome() -> Outcome {
        Outcome { quality: None, sigma: 25.0, clean: false, device: None, duration: Duration::from_secs(1) }
    }

    fn ready() -> Session {
        Session::Ready { source: Source { path: "old.png".into(), photo: photo(), noise: NoiseEstimate::white(25.0) } }
    }

    fn restored() -> Session {
        let source = Source { path: "old.png".into(), photo: photo(), noise: NoiseEstimate::white(25.0) };
        let (result, made) = (photo(), Some(Recipe::default()));
        let restoration = Restoration { result, made, full: None, outcome: Some(outcome()) };
        Session::Restored { source, restoration }
    }

    fn opening(before: Session) -> Session {
        before.open(OURS, JobControl::default(), "new.png".into())
    }

    fn restoring(before: Session) -> Session {
        before.restore(OURS, JobControl::default(), Recipe::default())
    }

    fn opened(job: JobId) -> Event {
        Event::end(job, End::Opened { path: "new.png".into(), photo: photo(), noise: NoiseEstimate::white(3.0) })
    }

    fn finished(job: JobId) -> Event {
        Event::end(job, End::Restored { result: photo(), outcome: outcome() })
    }

    fn failed(job: JobId) -> Event {
        Event::end(job, End::Failed(JobError::Panicked("of the decoder".to_owned())))
    }

    fn name(session: &Session) -> &'static str {
        match session {
            Session::Empty => "empty",
            Session::Opening { .. } => "opening",
            Session::Ready { .. } => "ready",
            Session::Restoring { .. } => "restoring",
            Session::Restored { .. } => "restored",
        }
    }

    #[test]
    fn every_event_leads_where_the_table_says() {
        let cancelled = |job| Event::end(job, End::Cancelled);
        let notice = |job| Event::update(job, Update::Notice("kept no profile".to_owned()));
        let table: Vec<(&str, Session, Event, &str, &[Tone])> = vec![
            ("opened", opening(Session::Empty), opened(OURS), "ready", &[]),
            ("opened over a result", opening(restored()), opened(OURS), "ready", &[]),
            ("open failed", opening(Session::Empty), failed(OURS), "empty", &[Tone::Problem]),
            ("open failed, photo kept", opening(ready()), failed(OURS), "ready", &[Tone::Problem]),
            ("open failed, result kept", opening(restored()), failed(OURS), "restored", &[Tone::Problem]),
            ("open cancelled", opening(restored()), cancelled(OURS), "restored", &[]),
            ("open while restoring, failed", opening(restoring(ready())), failed(OURS), "ready", &[Tone::Problem]),
            ("restored", restoring(ready()), finished(OURS), "restored", &[]),
            ("restored again", restoring(restored()), finished(OURS), "restored", &[]),
            ("restore failed", restoring(ready()), failed(OURS), "ready", &[Tone::Problem]),
            ("restore failed, result kept", restoring(restored()), failed(OURS), "restored", &[Tone::Problem]),
            ("restore cancelled", restoring(ready()), cancelled(OURS), "ready", &[]),
            ("restore cancelled, result kept", restoring(restored()), cancelled(OURS), "restored", &[]),
            ("notice", restoring(ready()), notice(OURS), "restoring", &[Tone::Info]),
            ("stale notice", restoring(ready()), notice(STALE), "restoring", &[]),
            ("stale opened", opening(ready()), opened(STALE), "opening", &[]),
            ("stale restored", restoring(ready()), finished(STALE), "restoring", &[]),
            ("stale failure", restoring(ready()), failed(STALE), "restoring", &[]),
            ("late ending", ready(), cancelled(OURS), "ready", &[]),
            ("late result", ready(), finished(OURS), "ready", &[]),
            ("late photo", Session::Empty, opened(OURS), "empty", &[]),
            ("a result does not end an opening", opening(ready()), finished(OURS), "opening", &[]),
            ("a photo does not end a restoration", restoring(ready()), opened(OURS), "restoring", &[]),
        ];
        for (case, before, event, after, tones) in table {
            let (session, notices) = before.apply(event, Instant::now());
            assert_eq!(name(&session), after, "{case}");
            assert_eq!(notices.iter().map(|notice| notice.tone).collect::<Vec<_>>(), tones, "{case}");
        }
    }

    #[test]
    fn a_failure_offers_what_may_help() {
        let offer = |session: Session| session.apply(failed(OURS), Instant::now()).1[0].offer.clone();
        let on = |kind| {
            let device = DeviceInfo { name: "a device".into(), kind, driver: String::new() };
            let event = Event::update(OURS, Update::Device { device, reason: String::new() });
            restoring(ready()).apply(event, Instant::now()).0
        };
        assert_eq!(offer(opening(ready())), Some(Offer::Open("new.png".into())));
        assert_eq!(offer(restoring(ready())), Some(Offer::Restore));
        assert_eq!(offer(on(DeviceKind::Cpu)), Some(Offer::Restore));
        assert_eq!(offer(on(DeviceKind::DiscreteGpu)), Some(Offer::UseCpu));
    }

    #[test]
    fn an_opened_photo_replaces_the_one_before() {
        let (session, _) = opening(restored()).apply(opened(OURS), Instant::now());
        assert_eq!(session.source().map(|source| source.path.as_path()), Some("new.png".as_ref()));
        assert!(session.restoration().is_none());
    }

    #[test]
    fn opening_stops_the_restoration_under_way() {
        let cancel = JobControl::default();
        let session = ready().restore(OURS, cancel.clone(), Recipe::default());
        let session = session.open(JobId(8), JobControl::default(), "new.png".into());
        assert!(cancel.is_cancelled());
        let (session, _) = session.apply(Event::end(OURS, End::Cancelled), Instant::now());
        assert_eq!(name(&session), "opening");
    }

    #[test]
    fn progress_belongs_to_its_run() {
        let progress = |job, done| Event::update(job, Update::Progress { stage: Stage::Denoising, done, total: 8 });
        let (session, _) = restoring(ready()).apply(progress(OURS, 2), Instant::now());
        let (session, _) = session.apply(progress(STALE, 6), Instant::now());
        assert_eq!(session.run().map(|run| run.progress.share()), Some(0.25));
    }
}
