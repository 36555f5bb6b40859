//! The marks of the photo on screen: requested whenever what they are made of changes, one request at a time.

use std::sync::Arc;

use super::notice::Notice;
use crate::{
    imaging::Photo,
    restore::{DamageMap, MarkEdits, MarkSummary, Marks, Repair},
    worker::{Body, End, Event, JobControl, JobId, Update},
};

/// What marks are made of.
#[derive(Debug, Clone)]
pub struct MarkInput {
    /// The photo.
    pub photo: Arc<Photo>,
    /// What is marked.
    pub repair: Repair,
    /// Changes by hand.
    pub edits: MarkEdits,
}

impl PartialEq for MarkInput {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.photo, &other.photo) && self.repair == other.repair && self.edits == other.edits
    }
}

/// The marks of a photo.
#[derive(Debug, Clone)]
pub struct PhotoMarks {
    /// The marks.
    pub marks: Arc<Marks>,
    /// Their number and share.
    pub summary: MarkSummary,
    /// Why they can't be filled, if so: a sentence.
    pub refusal: Option<String>,
    /// The changes by hand they were made with.
    pub edits: MarkEdits,
}

/// Why marks are not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarkFailure {
    /// The user stopped the search.
    Stopped,
    /// It failed, with the reason as a sentence.
    Failed(String),
}

/// A request.
#[derive(Debug)]
struct Pending {
    job: JobId,
    cancel: JobControl,
    input: MarkInput,
    /// How much of the photo was searched, 0–1; none if nothing has to be searched.
    searched: Option<f32>,
}

/// A photo, and where it is damaged.
pub type FoundDamage = (Arc<Photo>, Arc<DamageMap>);

/// The marks of the photo on screen.
#[derive(Debug, Default)]
pub struct Marking {
    pending: Option<Pending>,
    latest: Option<(MarkInput, PhotoMarks)>,
    failed: Option<(MarkInput, MarkFailure)>,
}

impl Marking {
    /// Whether to request the marks of `input`: none are requested, and these are unknown.
    pub fn needs(&self, input: &MarkInput) -> bool {
        self.pending.is_none() && self.of(input).is_none() && self.failure(input).is_none()
    }

    /// The marks were requested as this job. `searches`: whether the photo has to be searched first.
    pub fn started(&mut self, job: JobId, cancel: JobControl, input: MarkInput, searches: bool) {
        self.failed = None;
        self.pending = Some(Pending { job, cancel, input, searched: searches.then_some(0.0) });
    }

    /// The marks of exactly this, if they are known.
    pub fn of(&self, input: &MarkInput) -> Option<&PhotoMarks> {
        self.latest.as_ref().filter(|(of, _)| of == input).map(|(_, marks)| marks)
    }

    /// The latest marks of a photo, which may have others by now.
    pub fn latest(&self, photo: &Arc<Photo>) -> Option<&PhotoMarks> {
        self.latest.as_ref().filter(|(of, _)| Arc::ptr_eq(&of.photo, photo)).map(|(_, marks)| marks)
    }

    /// Why the marks of exactly this are not known.
    pub fn failure(&self, input: &MarkInput) -> Option<&MarkFailure> {
        self.failed.as_ref().filter(|(of, _)| of == input).map(|(_, why)| why)
    }

    /// Why the marks of the last request are not known.
    pub fn last_failure(&self) -> Option<&MarkFailure> {
        self.failed.as_ref().map(|(_, why)| why)
    }

    /// How much of the photo was searched, 0–1, while it is being searched.
    pub fn searched(&self) -> Option<f32> {
        self.pending.as_ref().and_then(|pending| pending.searched)
    }

    /// Whether marks are requested.
    pub fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    /// Drops the marks of other photos than `shown`, and the request if it is not of the photo of `wanted`: what is to be
    /// marked, none if nothing is.
    pub fn keep_only(&mut self, shown: Option<&Arc<Photo>>, wanted: Option<&MarkInput>) {
        let is_of =
            |photo: Option<&Arc<Photo>>, input: &MarkInput| photo.is_some_and(|of| Arc::ptr_eq(of, &input.photo));
        let wanted_photo = wanted.map(|wanted| &wanted.photo);
        if let Some(pending) = self.pending.take_if(|pending| !is_of(wanted_photo, &pending.input)) {
            pending.cancel.cancel();
        }
        self.latest.take_if(|(input, _)| !is_of(shown, input));
        self.failed.take_if(|(input, _)| wanted != Some(input));
    }

    /// Stops the search. It is not repeated until [`retry`](Self::retry), or for other marks.
    pub fn stop(&mut self) {
        if let Some(pending) = self.pending.take() {
            pending.cancel.cancel();
            self.failed = Some((pending.input, MarkFailure::Stopped));
        }
    }

    /// What failed or was stopped may be requested again.
    pub fn retry(&mut self) {
        self.failed = None;
    }

    /// Applies an event of the pending job. Returns where the photo is damaged, if that was searched for, and notices.
    pub fn apply(&mut self, event: Event) -> (Option<FoundDamage>, Vec<Notice>) {
        let nothing = (None, Vec::new());
        let Some(pending) = self.pending.as_mut().filter(|pending| pending.job == event.job) else { return nothing };
        let end = match event.body {
            Body::Update(Update::Progress { done, total, .. }) => {
                // The total is unknown at first, also after a fallback.
                let share = if total == 0 { 0.0 } else { done as f32 / total as f32 };
                pending.searched = pending.searched.map(|_| share.min(1.0));
                return nothing;
            }
            Body::Update(Update::Notice(text)) => return (None, vec![Notice::info(text)]),
            Body::Update(Update::Fallback(text)) => return (None, vec![Notice::problem(text)]),
            Body::Update(_) => return nothing,
            Body::End(end) => end,
        };
        let Some(Pending { input, .. }) = self.pending.take() else { return nothing };
        match end {
            End::Marked { marks, summary, refusal, found } => {
                let found = found.map(|found| (input.photo.clone(), found));
                let edits = input.edits.clone();
                self.latest = Some((input, PhotoMarks { marks, summary, refusal, edits }));
                (found, Vec::new())
            }
            End::Failed(error) => {
                self.failed = Some((input, MarkFailure::Failed(error.to_string())));
                nothing
            }
            _ => nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        imaging::{Depth, Format},
        pixels::{Planes, Raster, Size},
        restore::{MarkEdit, Sensitivity, Stage, Texture},
        worker::JobError,
    };

    const SIZE: Size = Size::new(2, 2);

    fn input() -> MarkInput {
        let pixels = Raster::blank(3, SIZE, Depth::Eight);
        let photo = Arc::new(Photo { pixels, format: Format::Png, metadata: Default::default() });
        MarkInput { photo, repair: Repair::Auto(Sensitivity::MEDIUM), edits: MarkEdits::default() }
    }

    fn marked(job: JobId) -> Event {
        let found =
            Some(Arc::new(DamageMap::new(SIZE, vec![0; 4], Arc::new(Texture::of(&Planes::filled(1, SIZE, 0.0))))));
        let (marks, summary) = (Arc::new(Marks::none(SIZE)), MarkSummary::default());
        Event::end(job, End::Marked { marks, summary, refusal: None, found })
    }

    #[test]
    fn earlier_marks_stay_until_the_new_ones_are_there() {
        let (first, mut marking) = (input(), Marking::default());
        let second = MarkInput { edits: MarkEdits::from(vec![MarkEdit::Remove([0.5, 0.5])]), ..first.clone() };
        assert!(marking.needs(&first));
        marking.started(JobId(1), JobControl::default(), first.clone(), true);
        assert!(!marking.needs(&second), "one at a time");
        marking.apply(Event::update(JobId(1), Update::Progress { stage: Stage::Finding, done: 1, total: 4 }));
        assert_eq!(marking.searched(), Some(0.25));
        marking.apply(Event::update(JobId(1), Update::Progress { stage: Stage::Preparing, done: 1, total: 0 }));
        assert_eq!(marking.searched(), Some(0.0), "after a fallback");
        assert!(marking.apply(marked(JobId(0))).0.is_none(), "another job");
        let (found, _) = marking.apply(marked(JobId(1)));
        assert!(found.is_some_and(|(photo, _)| Arc::ptr_eq(&photo, &first.photo)));
        assert!(marking.of(&first).is_some() && marking.of(&second).is_none() && marking.needs(&second));
        marking.started(JobId(2), JobControl::default(), second.clone(), false);
        assert!(marking.searched().is_none() && marking.latest(&first.photo).is_some());
        marking.apply(marked(JobId(2)));
        assert!(marking.of(&second).is_some() && marking.needs(&first));
    }

    #[test]
    fn what_failed_or_was_stopped_is_not_tried_again_unasked() {
        let (first, mut marking) = (input(), Marking::default());
        let other = MarkInput { repair: Repair::Given, ..first.clone() };
        let cancel = JobControl::default();
        marking.started(JobId(1), cancel.clone(), first.clone(), true);
        marking.stop();
        assert!(cancel.is_cancelled() && !marking.needs(&first) && marking.needs(&other));
        assert_eq!(marking.failure(&first), Some(&MarkFailure::Stopped));
        marking.retry();
        assert!(marking.needs(&first));
        marking.started(JobId(2), JobControl::default(), first.clone(), true);
        marking.apply(Event::end(JobId(2), End::Failed(JobError::Panicked("no".into()))));
        assert!(matches!(marking.failure(&first), Some(MarkFailure::Failed(_))) && !marking.needs(&first));
        marking.keep_only(Some(&other.photo), Some(&other));
        assert!(marking.needs(&first), "other settings were chosen meanwhile");
    }

    #[test]
    fn another_photo_cancels_the_request() {
        let (first, mut marking) = (input(), Marking::default());
        marking.started(JobId(1), JobControl::default(), first.clone(), true);
        marking.apply(marked(JobId(1)));
        let cancel = JobControl::default();
        marking.started(JobId(2), cancel.clone(), MarkInput { repair: Repair::Given, ..first.clone() }, false);
        marking.keep_only(Some(&first.photo), Some(&first));
        assert!(!cancel.is_cancelled() && marking.is_pending());
        // While the list is exported nothing is requested, but what is known stays.
        marking.keep_only(Some(&first.photo), None);
        assert!(cancel.is_cancelled() && !marking.is_pending() && marking.latest(&first.photo).is_some());
        let other = input();
        marking.keep_only(Some(&other.photo), Some(&other));
        assert!(marking.latest(&first.photo).is_none());
    }
}
