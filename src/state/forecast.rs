//! The forecast of the next restoration: requested while the worker is idle, one at a time.

use std::sync::Arc;

use crate::{
    engine::DeviceChoice,
    imaging::Photo,
    restore::{Forecast, MarkEdits, Recipe},
    worker::{Body, End, Event, FileTarget, JobId},
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
    pending: Option<(JobId, ForecastInput, Option<FileTarget>)>,
    latest: Option<(ForecastInput, Option<FileTarget>, ForecastResult)>,
}

impl ForecastState {
    /// Whether to request a forecast for `input`, to be saved as `file`: none is pending, and the latest one is for
    /// another input or file. While the file's name is unknown, that of an earlier one counts.
    pub fn needs(&self, input: &ForecastInput, file: Option<&FileTarget>) -> bool {
        let is_latest = |(latest, of, _): &(ForecastInput, Option<FileTarget>, _)| {
            latest == input && (file.is_none() || of.as_ref() == file)
        };
        self.pending.is_none() && !self.latest.as_ref().is_some_and(is_latest)
    }

    /// A forecast was requested as this job.
    pub fn started(&mut self, job: JobId, input: ForecastInput, file: Option<FileTarget>) {
        self.pending = Some((job, input, file));
    }

    /// The pending job.
    pub fn job(&self) -> Option<JobId> {
        self.pending.as_ref().map(|(job, ..)| *job)
    }

    /// Applies an event of the pending job.
    pub fn apply(&mut self, event: Event) {
        let result = match event.body {
            Body::End(End::Estimated { forecast, warning, .. }) => Some(ForecastResult::Forecast(forecast, warning)),
            Body::End(End::Failed(error)) => Some(ForecastResult::Refused(error.to_string())),
            Body::End(_) => None,
            Body::Update(_) => return,
        };
        if let Some((_, input, file)) = self.pending.take() {
            self.latest = result.map(|result| (input, file, result));
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
        assert!(state.needs(&first, None));
        state.started(JobId(4), first.clone(), None);
        assert!(!state.needs(&second, None), "one is pending");
        let forecast = Forecast { size: Size::new(2, 2), bytes: 9, memory: 8, seconds: 0.1 };
        state.apply(Event::end(JobId(4), End::Estimated { forecast, speeds: Vec::new(), warning: None }));
        assert!(!state.needs(&first, None) && state.needs(&second, None));
        let file = FileTarget { path: "no.png".into(), options: SaveOptions::default() };
        assert!(state.needs(&first, Some(&file)), "another file");
        assert_eq!(state.result(&first.photo), Some(&ForecastResult::Forecast(forecast, None)));
        assert_eq!(state.result(&input(1.0).photo), None, "another photo");
        state.started(JobId(5), second.clone(), Some(file));
        let error = JobError::Exists("no.png".into());
        let refused = ForecastResult::Refused(error.to_string());
        state.apply(Event::end(JobId(5), End::Failed(error)));
        assert_eq!(state.result(&first.photo), Some(&refused));
        assert!(!state.needs(&second, None), "its name is unknown for a moment");
    }
}
