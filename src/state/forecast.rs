//! The forecast of the next restoration: requested while the worker is idle, one at a time.

use std::sync::Arc;

use crate::{
    engine::DeviceChoice,
    imaging::Photo,
    restore::{Forecast, MarkEdits, Mask, Recipe, Strength},
    worker::{Body, End, Event, FileTarget, JobId, Stage, Update},
};

/// What a forecast depends on.
#[derive(Debug, Clone)]
pub struct ForecastInput {
    /// The photo.
    pub photo: Arc<Photo>,
    /// The recipe.
    pub recipe: Recipe,
    /// The marks by hand.
    pub edits: MarkEdits,
    /// The device.
    pub device: DeviceChoice,
}

impl PartialEq for ForecastInput {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.photo, &other.photo)
            && self.recipe == other.recipe
            && self.edits == other.edits
            && self.device == other.device
    }
}

/// How a result at full strength is saved, which its file's size depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedAs {
    /// The file; none while its name is unknown.
    pub file: Option<FileTarget>,
    /// The strength.
    pub strength: Strength,
    /// Where it applies.
    pub mask: Mask,
}

/// Result of a forecast.
#[derive(Debug, Clone, PartialEq)]
pub enum ForecastResult {
    /// Time, memory and file size, and as a sentence why the result could not be saved next to the photo in its
    /// format, if so.
    Forecast(Forecast, Option<String>),
    /// Why the photo can't be restored, as a sentence.
    Refused(String),
}

/// The latest forecast and the pending one.
#[derive(Debug, Default)]
pub struct ForecastState {
    pending: Option<(JobId, ForecastInput, SavedAs)>,
    /// Whether the pending one has to prepare a GPU first.
    prepares_gpu: bool,
    latest: Option<(ForecastInput, SavedAs, ForecastResult)>,
}

impl ForecastState {
    /// Whether to request a forecast for `input`, to be saved like this: none is pending, and the latest one is for
    /// something else.
    pub fn needs(&self, input: &ForecastInput, saved: &SavedAs) -> bool {
        self.pending.is_none() && !self.is_of(input, saved)
    }

    /// Whether the latest forecast is for `input`, saved like this. While the file's name is unknown, that of an earlier
    /// one counts.
    pub fn is_of(&self, input: &ForecastInput, saved: &SavedAs) -> bool {
        self.latest.as_ref().is_some_and(|(latest, of, _)| {
            let file = if saved.file.is_some() { &saved.file } else { &of.file };
            latest == input && of.file == *file && of.strength == saved.strength && of.mask == saved.mask
        })
    }

    /// A forecast was requested as this job.
    pub fn started(&mut self, job: JobId, input: ForecastInput, saved: SavedAs) {
        self.pending = Some((job, input, saved));
    }

    /// The pending job.
    pub fn job(&self) -> Option<JobId> {
        self.pending.as_ref().map(|(job, ..)| *job)
    }

    /// Whether the pending job is preparing a GPU.
    pub fn prepares_gpu(&self) -> bool {
        self.prepares_gpu
    }

    /// The stage of a run: one that has not started may wait until the pending job has prepared a GPU.
    pub fn stage_of(&self, run: Stage) -> Stage {
        match run {
            Stage::Preparing if self.prepares_gpu => Stage::PreparingGpu,
            stage => stage,
        }
    }

    /// Applies an event of the pending job.
    pub fn apply(&mut self, event: Event) {
        let result = match event.body {
            Body::End(End::Estimated { forecast, warning, .. }) => Some(ForecastResult::Forecast(forecast, warning)),
            // Only the file differs from the latest forecast.
            Body::End(End::FileEstimated { bytes, warning }) => match self.latest.take() {
                Some((_, _, ForecastResult::Forecast(forecast, _))) => {
                    Some(ForecastResult::Forecast(Forecast { bytes, ..forecast }, warning))
                }
                _ => None,
            },
            Body::End(End::Failed(error)) => Some(ForecastResult::Refused(error.to_string())),
            Body::End(_) => None,
            Body::Update(Update::Progress { stage, .. }) => {
                self.prepares_gpu = stage == Stage::PreparingGpu;
                return;
            }
            Body::Update(_) => return,
        };
        self.prepares_gpu = false;
        if let Some((_, input, saved)) = self.pending.take() {
            self.latest = result.map(|result| (input, saved, result));
        }
    }

    /// The forecast for exactly this input.
    pub fn result_for(&self, input: &ForecastInput) -> Option<&ForecastResult> {
        self.latest.as_ref().filter(|(latest, ..)| latest == input).map(|(.., result)| result)
    }

    /// The latest forecast for this photo. While a slider moves, the recipe may be an earlier one.
    pub fn result(&self, photo: &Arc<Photo>) -> Option<&ForecastResult> {
        self.latest.as_ref().filter(|(input, ..)| Arc::ptr_eq(&input.photo, photo)).map(|(.., result)| result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        imaging::{Depth, Format, SaveOptions},
        pixels::{Raster, Size},
        worker::JobError,
    };

    fn input(sigma: f32) -> ForecastInput {
        let pixels = Raster::blank(3, Size::new(2, 2), Depth::Eight);
        let photo = Arc::new(Photo { pixels, format: Format::Png, metadata: Default::default() });
        let recipe = Recipe { noise: crate::restore::Noise::Sigma(sigma), ..Recipe::default() };
        ForecastInput { photo, recipe, edits: MarkEdits::default(), device: DeviceChoice::Auto }
    }

    #[test]
    fn one_forecast_at_a_time_and_each_once() {
        let (first, mut state) = (input(1.0), ForecastState::default());
        let second = ForecastInput { recipe: Recipe::default(), ..first.clone() };
        let saved = |file| SavedAs { file, strength: Strength::FULL, mask: Mask::default() };
        assert!(state.needs(&first, &saved(None)));
        state.started(JobId(4), first.clone(), saved(None));
        assert!(!state.needs(&second, &saved(None)), "one is pending");
        let forecast = Forecast { size: Size::new(2, 2), bytes: 9, memory: 8, seconds: 0.1, model: None };
        state.apply(Event::end(JobId(4), End::Estimated { forecast, speeds: Vec::new(), warning: None }));
        assert!(!state.needs(&first, &saved(None)) && state.needs(&second, &saved(None)));
        let file = FileTarget { path: "no.png".into(), options: SaveOptions::default() };
        assert!(state.needs(&first, &saved(Some(file.clone()))), "another file");
        let weaker = SavedAs { strength: Strength { overall: 0.5, ..Strength::FULL }, ..saved(None) };
        assert!(state.needs(&first, &weaker), "another strength");
        assert_eq!(state.result(&first.photo), Some(&ForecastResult::Forecast(forecast, None)));
        assert_eq!(state.result(&input(1.0).photo), None, "another photo");
        state.started(JobId(5), second.clone(), saved(Some(file)));
        for (stage, prepares) in [(Stage::PreparingGpu, true), (Stage::Preparing, false), (Stage::PreparingGpu, true)] {
            state.apply(Event::update(JobId(5), Update::Progress { stage, done: 0, total: 0 }));
            assert_eq!(state.prepares_gpu(), prepares);
            assert_eq!(state.stage_of(Stage::Preparing) == Stage::PreparingGpu, prepares, "a run waits for it");
            assert_eq!(state.stage_of(Stage::Denoising), Stage::Denoising);
        }
        let error = JobError::Exists("no.png".into());
        let refused = ForecastResult::Refused(error.to_string());
        state.apply(Event::end(JobId(5), End::Failed(error)));
        assert_eq!(state.result(&first.photo), Some(&refused));
        assert!(!state.prepares_gpu(), "it has ended");
        assert!(!state.needs(&second, &saved(None)), "its name is unknown for a moment");
    }
}
