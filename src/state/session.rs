//! The photo on screen, its result and its job. Pure: events in, the next state and notices out.

use std::{path::PathBuf, sync::Arc, time::Instant};

use super::{
    notice::{Notice, Offer},
    progress::Progress,
    queue::Saved,
    restoration::{Restoration, Source},
};
use crate::{
    engine::{DeviceInfo, DeviceKind},
    imaging::Photo,
    restore::{Blended, DamageMap, MarkEdits, Mask, Recipe, Rendition, Strength},
    worker::{Body, End, Event, JobControl, JobId, Outcome, Update},
};

/// A running restoration.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its job.
    pub job: JobId,
    /// Cancels it.
    pub cancel: JobControl,
    /// Its recipe.
    pub recipe: Recipe,
    /// Its marks by hand.
    pub edits: MarkEdits,
    /// Its progress.
    pub progress: Progress,
    /// Its device and why that was selected, once known.
    pub device: Option<(DeviceInfo, String)>,
}

/// State of the photo on screen.
#[derive(Debug, Clone, Default)]
pub enum Session {
    /// No photo.
    #[default]
    Empty,
    /// A photo is being opened. If that fails, `before` returns.
    Opening {
        /// Its job.
        job: JobId,
        /// Cancels it.
        cancel: JobControl,
        /// The photo's file.
        path: PathBuf,
        /// The state before.
        before: Box<Session>,
    },
    /// A photo is open.
    Ready {
        /// The photo.
        source: Source,
    },
    /// The photo is being restored.
    Restoring {
        /// The photo.
        source: Source,
        /// The previous result, which returns if this run yields none.
        earlier: Option<Restoration>,
        /// The run.
        run: Run,
    },
    /// The photo has a result with blocks missing: those out of view, or those after a stop.
    Partial {
        /// The photo.
        source: Source,
        /// The complete result made before.
        earlier: Option<Restoration>,
        /// How its blocks were made.
        recipe: Recipe,
        /// Summary; none if it was stopped.
        outcome: Option<Outcome>,
    },
    /// The photo has a complete result.
    Restored {
        /// The photo.
        source: Source,
        /// The result.
        restoration: Restoration,
    },
}

impl Session {
    /// The state after an event, and notices. Events of other jobs are ignored.
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
            (Session::Restoring { source, .. }, Update::Detected(damage)) => {
                source.damage = Some(damage);
                None
            }
            (_, Update::Notice(text)) => Some(Notice::info(text)),
            (_, Update::Fallback(text)) => Some(Notice::problem(text).offering(Offer::AlwaysUseCpu)),
            _ => None,
        };
        (self, notice.into_iter().collect())
    }

    fn ended(self, end: End) -> (Session, Vec<Notice>) {
        match (self, end) {
            (Session::Opening { .. }, End::Opened { path, photo, noise, pages }) => {
                (Session::Ready { source: Source { path, photo, noise, pages, damage: None } }, Vec::new())
            }
            (Session::Restoring { source, run, .. }, End::Restored { result, outcome }) => {
                let recipe = run.recipe.at_full_strength();
                let made_with = Some(recipe.resolved(&source.photo, &source.noise));
                let mask = Mask::default();
                let (edits, model, outcome) = (run.edits, outcome.model, Some(outcome));
                let restoration = Restoration { result, made_with, edits, mask, model, full: None, outcome };
                (Session::Restored { source, restoration }, Vec::new())
            }
            // The result is in a file.
            (session, End::Cancelled | End::Written { .. } | End::Skipped { .. }) => {
                (session.without_job(), Vec::new())
            }
            (session, End::Failed(error)) => {
                let offer = session.offer_on_failure();
                let notice = Notice { offer, ..Notice::problem(error.to_string()) };
                (session.without_job(), vec![notice])
            }
            (session, _) => (session, Vec::new()),
        }
    }

    /// The action to offer when the job fails.
    fn offer_on_failure(&self) -> Option<Offer> {
        match self {
            Session::Opening { path, .. } => Some(Offer::Open(path.clone())),
            Session::Restoring { run: Run { device: Some((device, _)), .. }, .. } if device.kind != DeviceKind::Cpu => {
                Some(Offer::UseCpu)
            }
            Session::Restoring { .. } => Some(Offer::Restore),
            _ => None,
        }
    }

    /// The state if the job is dropped: the one before opening, or the photo with its previous result.
    pub fn without_job(self) -> Session {
        match self {
            Session::Opening { before, .. } => *before,
            Session::Restoring { source, earlier: Some(restoration), .. } => Session::Restored { source, restoration },
            Session::Restoring { source, earlier: None, .. } => Session::Ready { source },
            Session::Partial { source, earlier: Some(restoration), .. } => Session::Restored { source, restoration },
            Session::Partial { source, earlier: None, .. } => Session::Ready { source },
            idle => idle,
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

    /// Whether its result is complete, and what these settings say.
    pub fn is_current(&self, recipe: Recipe, edits: &MarkEdits, mask: &Mask) -> bool {
        matches!(self, Session::Restored { .. }) && self.has_result_of(recipe, edits, mask)
    }

    /// Whether its result, or the earlier one, is what these settings say.
    pub fn has_result_of(&self, recipe: Recipe, edits: &MarkEdits, mask: &Mask) -> bool {
        let made = self.rendition(recipe.strength, mask).and_then(|rendition| rendition.recipe());
        let wanted = self.source().map(|source| recipe.resolved(&source.photo, &source.noise));
        let edits = edits.effective(recipe.repair);
        made.is_some() && made == wanted && self.restoration().is_some_and(|restoration| restoration.edits == edits)
    }

    /// Starts opening a photo, and cancels the running job.
    pub fn open(self, job: JobId, cancel: JobControl, path: PathBuf) -> Session {
        self.stop();
        Session::Opening { job, cancel, path, before: Box::new(self.without_job()) }
    }

    /// The session of a photo that is being restored by the queue.
    pub fn from_queue(source: Source, job: JobId, recipe: Recipe, edits: MarkEdits, progress: Progress) -> Session {
        // Only the queue cancels it.
        let run = Run { job, cancel: JobControl::default(), recipe, edits, progress, device: None };
        Session::Restoring { source, earlier: None, run }
    }

    /// Adds a result read from its file, and the one at full strength if there is one. The files may have been changed
    /// by others: what `saved` says it was made with is ignored if size or colours don't match, `full` if size or channels don't.
    pub fn with_saved_result(
        self,
        result: Arc<Photo>,
        full: Option<Arc<Photo>>,
        Saved { made_with, edits, mask, model, .. }: Saved,
        outcome: Option<Outcome>,
    ) -> Session {
        match self {
            Session::Ready { source } => {
                let mut result = result;
                if source.photo.metadata.damage.is_some() {
                    // Like the damaged photo, its result must not replace the original.
                    Arc::make_mut(&mut result).metadata.damage.clone_from(&source.photo.metadata.damage);
                }
                let colours = [&source.photo, &result].map(|photo| photo.pixels.colour_channels());
                let fits_size = |made_with: &Recipe| result.size() == made_with.scale.size_of(source.photo.size());
                let made_with = made_with.filter(|made_with| fits_size(made_with) && colours[0] == colours[1]);
                let channels = source.photo.pixels.channels();
                let fits = |full: &Arc<Photo>| full.size() == result.size() && full.pixels.channels() == channels;
                let full = full.filter(|full| made_with.is_some() && fits(full));
                let restoration = Restoration { result, made_with, edits, mask, model, full, outcome };
                Session::Restored { source, restoration }
            }
            other => other,
        }
    }

    /// Starts restoring the open photo. Ignored without one.
    pub fn restore(self, job: JobId, cancel: JobControl, recipe: Recipe, edits: MarkEdits) -> Session {
        let run = Run { job, cancel, recipe, edits, progress: Progress::default(), device: None };
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

    /// Cancels the running job, which ends with an event.
    pub fn stop(&self) {
        match self {
            Session::Opening { cancel, .. } => cancel.cancel(),
            Session::Restoring { run, .. } => run.cancel.cancel(),
            _ => {}
        }
    }

    /// Cancels the running restoration, if there is one.
    pub fn stop_run(&self) {
        self.run().into_iter().for_each(|run| run.cancel.cancel());
    }

    /// The running job.
    pub fn job(&self) -> Option<JobId> {
        match self {
            Session::Opening { job, .. } => Some(*job),
            Session::Restoring { run, .. } => Some(run.job),
            _ => None,
        }
    }

    /// The photo to show: while another is being opened, the one before.
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

    /// The result to show: while a new one is being restored, the previous one.
    pub fn restoration(&self) -> Option<&Restoration> {
        match self {
            Session::Restored { restoration, .. } => Some(restoration),
            Session::Restoring { earlier, .. } | Session::Partial { earlier, .. } => earlier.as_ref(),
            Session::Opening { before, .. } => before.restoration(),
            _ => None,
        }
    }

    /// The result at a strength within a mask, as shown and saved. The unchanged result if that can't be computed from it.
    pub fn rendition(&self, strength: Strength, mask: &Mask) -> Option<Rendition> {
        let (source, restoration) = (self.source()?, self.restoration()?);
        let blended = restoration.made_with.and_then(|made_with| {
            let (result, weights) = restoration.at(strength, mask, source.photo.is_grey())?;
            let (photo, recipe) = (source.photo.clone(), Recipe { strength, ..made_with });
            Some(Blended {
                photo,
                result: result.clone(),
                weights,
                recipe,
                mask: mask.effective(),
                edits: restoration.edits.clone(),
                model: restoration.model,
            })
        });
        Some(blended.map_or_else(|| Rendition::Photo(restoration.result.clone()), Rendition::Blended))
    }

    /// Its photo's damage was found.
    pub fn set_damage(&mut self, photo: &Arc<Photo>, damage: Arc<DamageMap>) {
        match self {
            Session::Opening { before, .. } => before.set_damage(photo, damage),
            Session::Ready { source }
            | Session::Restoring { source, .. }
            | Session::Partial { source, .. }
            | Session::Restored { source, .. } => {
                if Arc::ptr_eq(&source.photo, photo) {
                    source.damage = Some(damage);
                }
            }
            Session::Empty => {}
        }
    }

    /// The running restoration.
    pub fn run(&self) -> Option<&Run> {
        match self {
            Session::Restoring { run, .. } => Some(run),
            _ => None,
        }
    }

    /// How the picture on screen was made, if that is known.
    pub fn outcome(&self) -> Option<&Outcome> {
        match self {
            Session::Partial { outcome, .. } => outcome.as_ref(),
            session => session.restoration()?.outcome.as_ref(),
        }
    }

    /// Whether a restoration can start.
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
        restore::NoiseEstimate,
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
        Outcome {
            model: None,
            repaired: None,
            quality: None,
            sigma: 25.0,
            clean: false,
            device: None,
            duration: Duration::from_secs(1),
        }
    }

    fn ready() -> Session {
        Session::Ready { source: source() }
    }

    fn source() -> Source {
        Source {
            path: "old.png".into(),
            photo: photo(),
            noise: NoiseEstimate::white(25.0),
            pages: Vec::new(),
            damage: None,
        }
    }

    fn restored() -> Session {
        let (result, made_with) = (photo(), Some(Recipe::default()));
        let (edits, mask) = (MarkEdits::default(), Mask::default());
        let restoration =
            Restoration { result, made_with, edits, mask, model: None, full: None, outcome: Some(outcome()) };
        Session::Restored { source: source(), restoration }
    }

    fn opening(before: Session) -> Session {
        before.open(OURS, JobControl::default(), "new.png".into())
    }

    fn restoring(before: Session) -> Session {
        before.restore(OURS, JobControl::default(), Recipe::default(), MarkEdits::default())
    }

    fn opened(job: JobId) -> Event {
        Event::end(
            job,
            End::Opened { path: "new.png".into(), photo: photo(), noise: NoiseEstimate::white(3.0), pages: Vec::new() },
        )
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
            Session::Partial { .. } => "partial",
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
    fn a_failure_offers_an_action() {
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
    fn an_opened_photo_replaces_the_previous_one() {
        let (session, _) = opening(restored()).apply(opened(OURS), Instant::now());
        assert_eq!(session.source().map(|source| source.path.as_path()), Some("new.png".as_ref()));
        assert!(session.restoration().is_none());
    }

    #[test]
    fn opening_cancels_the_running_restoration() {
        let cancel = JobControl::default();
        let session = ready().restore(OURS, cancel.clone(), Recipe::default(), MarkEdits::default());
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
