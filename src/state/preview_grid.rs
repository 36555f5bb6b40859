//! The preview grid: one crop of a photo, restored with each choice of a setting. Pure.

use std::sync::Arc;

use super::restoration::Source;
use crate::{
    imaging::Photo,
    pixels::{Rect, Size},
    restore::{Noise, Recipe, Scale},
    worker::{Body, End, Event, JobControl, JobId},
};

/// Maximum side of a crop, in px. Its surroundings are restored too, which takes time.
const MAX_SIDE: usize = 640;

/// The setting whose choices are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// Noise levels.
    Levels,
    /// Sizes.
    Sizes,
}

/// State of one preview.
#[derive(Debug, Clone)]
pub enum Preview {
    /// Not requested yet, or being restored as this job.
    Pending(Option<JobId>),
    /// The crop, as it would be saved.
    Ready(Arc<Photo>),
    /// Why it failed, as a sentence.
    Failed(String),
}

/// One choice.
#[derive(Debug, Clone)]
pub struct PreviewCell {
    /// Its recipe.
    pub recipe: Recipe,
    /// The σ it removes, on the 0–255 scale.
    pub sigma: f32,
    /// Whether it equals [`Noise::AUTO`].
    pub auto: bool,
    /// Whether it is the current choice.
    pub chosen: bool,
    /// Its preview.
    pub preview: Preview,
}

/// The grid.
#[derive(Debug)]
pub struct PreviewGrid {
    /// The setting compared.
    pub compared: Compared,
    /// The choices, ascending.
    pub cells: Vec<PreviewCell>,
    /// The photo.
    pub source: Source,
    /// Cancels the pending previews.
    pub cancel: JobControl,
    /// Centre of the crop, as shares of the photo's width and height.
    centre: (f64, f64),
    /// Whether the previews were requested.
    requested: bool,
}

impl PreviewGrid {
    /// The choices for `recipe`. The crop is centred on `view`, the visible part in px of its result.
    pub fn new(compared: Compared, source: Source, recipe: Recipe, view: Option<Rect>) -> Self {
        let size = recipe.scale.size_of(source.photo.size());
        let view = view.unwrap_or(size.rect());
        let share = |at: usize, length: usize, side: usize| (at as f64 + length as f64 / 2.0) / side.max(1) as f64;
        let centre = (share(view.x, view.width, size.width), share(view.y, view.height, size.height));
        let sigma_of = |noise: Noise| source.sigma_removed(noise);
        let is_auto = |noise: Noise| matches!(noise, Noise::Auto(_));
        // Auto depends on brightness, so it differs from every fixed level except 0.
        let like = |a: Noise, b: Noise| {
            let sigmas = [a, b].map(|noise| sigma_of(noise).round());
            sigmas[0] == sigmas[1] && (is_auto(a) == is_auto(b) || sigmas[0] == 0.0)
        };
        let recipes: Vec<Recipe> = match compared {
            Compared::Levels => {
                let mut noises: Vec<_> = Noise::PRESETS.iter().map(|step| Noise::Sigma(step.1)).collect();
                for other in [Noise::AUTO, recipe.noise] {
                    // Equal levels are listed once.
                    if !noises.iter().any(|noise| like(*noise, other)) {
                        noises.push(other);
                    }
                }
                noises.sort_by(|a, b| sigma_of(*a).total_cmp(&sigma_of(*b)));
                noises.into_iter().map(|noise| Recipe { noise, ..recipe }).collect()
            }
            Compared::Sizes => Scale::WHOLE.into_iter().map(|scale| Recipe { scale, ..recipe }).collect(),
        };
        let cell = |choice: Recipe| PreviewCell {
            recipe: choice,
            sigma: sigma_of(choice.noise),
            auto: like(choice.noise, Noise::AUTO),
            chosen: like(choice.noise, recipe.noise) && choice.scale == recipe.scale,
            preview: Preview::Pending(None),
        };
        let cells = recipes.into_iter().map(cell).collect();
        Self { compared, cells, source, cancel: JobControl::default(), centre, requested: false }
    }

    /// Whether the previews still have to be requested.
    pub fn wants(&self) -> bool {
        !self.requested
    }

    /// Requests the previews, of at most `room` px each. Returns for each its job, its recipe, and the part of the
    /// result. Empty if they were requested before.
    pub fn request(&mut self, room: Size, mut job: impl FnMut() -> JobId) -> Vec<(JobId, Recipe, Rect)> {
        if std::mem::replace(&mut self.requested, true) {
            return Vec::new();
        }
        let (photo, centre) = (self.source.photo.size(), self.centre);
        let part = |scale: Scale| {
            let size = scale.size_of(photo);
            let span = |side: usize, room: usize, centre: f64| {
                let length = room.clamp(1, MAX_SIDE).min(side);
                let start = (centre * side as f64 - length as f64 / 2.0).round().max(0.0) as usize;
                (start.min(side - length), length)
            };
            let ((x, width), (y, height)) =
                (span(size.width, room.width, centre.0), span(size.height, room.height, centre.1));
            Rect::new(x, y, width, height)
        };
        let request = |cell: &mut PreviewCell| {
            let job = job();
            cell.preview = Preview::Pending(Some(job));
            (job, cell.recipe, part(cell.recipe.scale))
        };
        self.cells.iter_mut().map(request).collect()
    }

    /// Applies an event of a preview's job.
    pub fn apply(&mut self, event: Event) {
        let Event { job, body } = event;
        let is_pending =
            |cell: &&mut PreviewCell| matches!(cell.preview, Preview::Pending(Some(pending)) if pending == job);
        if let Some(cell) = self.cells.iter_mut().find(is_pending) {
            cell.preview = match body {
                Body::End(End::Previewed { part }) => Preview::Ready(part),
                Body::End(End::Failed(error)) => Preview::Failed(error.to_string()),
                Body::End(_) => Preview::Pending(None),
                Body::Update(_) => return,
            };
        }
    }
}

impl Drop for PreviewGrid {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        imaging::{Depth, Format},
        pixels::Raster,
        restore::{AutoAmount, NoiseEstimate},
        worker::JobError,
    };

    fn source(sigma: f32) -> Source {
        let pixels = Raster::blank(3, Size::new(400, 300), Depth::Eight);
        let photo = Arc::new(Photo { pixels, format: Format::Png, metadata: Default::default() });
        Source { path: "owl.png".into(), photo, noise: NoiseEstimate::white(sigma), pages: Vec::new(), damage: None }
    }

    fn levels(sigma: f32, noise: Noise) -> Vec<(f32, bool, bool)> {
        let grid = PreviewGrid::new(Compared::Levels, source(sigma), Recipe { noise, ..Recipe::default() }, None);
        grid.cells.iter().map(|cell| (cell.sigma, cell.auto, cell.chosen)).collect()
    }

    #[test]
    fn presets_auto_and_the_current_level_are_listed() {
        let sigmas = |cells: &[(f32, bool, bool)]| cells.iter().map(|cell| cell.0).collect::<Vec<_>>();
        let cells = levels(18.3, Noise::AUTO);
        assert_eq!(sigmas(&cells), [0.0, 10.0, 18.3, 25.0, 50.0, 70.0]);
        assert_eq!(cells[2], (18.3, true, true));
        let cells = levels(18.3, Noise::Sigma(37.0));
        assert_eq!(sigmas(&cells), [0.0, 10.0, 18.3, 25.0, 37.0, 50.0, 70.0]);
        assert_eq!(cells.iter().filter(|cell| cell.2).count(), 1);
        // In a clean photo Auto equals level 0. In one of σ 25 it differs from level 25.
        assert_eq!(levels(0.1, Noise::AUTO)[0], (0.0, true, true));
        assert_eq!(levels(0.1, Noise::AUTO).len(), 5);
        let cells = levels(24.8, Noise::Sigma(25.0));
        assert_eq!(cells[2..4], [(24.8, true, false), (25.0, false, true)]);
    }

    #[test]
    fn another_amount_of_auto_is_listed_too() {
        let cells = levels(18.0, Noise::Auto(AutoAmount::of(150)));
        assert_eq!(cells[2..5], [(18.0, true, false), (25.0, false, false), (27.0, false, true)]);
        // Any amount of no noise is 0, and the level is limited.
        assert_eq!(levels(0.5, Noise::Auto(AutoAmount::of(200)))[0], (0.0, true, true));
        let cells = levels(60.0, Noise::Auto(AutoAmount::of(200)));
        assert_eq!(cells.last(), Some(&(Noise::MAX_SIGMA, false, true)));
    }

    #[test]
    fn crops_are_around_the_same_point_and_inside_the_result() {
        let seen = Some(Rect::new(360, 280, 40, 20));
        let mut grid = PreviewGrid::new(Compared::Sizes, source(5.0), Recipe::default(), seen);
        let mut number = 0;
        let asked = grid.request(Size::new(100, 80), || {
            number += 1;
            JobId(number)
        });
        let parts: Vec<_> = asked.iter().map(|(_, _, part)| *part).collect();
        assert_eq!(parts[0], Rect::new(300, 220, 100, 80), "moved inside");
        assert_eq!(parts[3], Rect::new(1470, 1120, 100, 80), "around (380, 290), four times");
        assert!(grid.request(Size::new(10, 10), || JobId(9)).is_empty(), "requested once");

        let part = grid.source.photo.clone();
        grid.apply(Event::end(JobId(2), End::Previewed { part }));
        grid.apply(Event::end(JobId(3), End::Failed(JobError::Panicked("no".into()))));
        assert!(matches!(grid.cells[1].preview, Preview::Ready(_)));
        assert!(matches!(grid.cells[2].preview, Preview::Failed(_)));
        let cancel = grid.cancel.clone();
        drop(grid);
        assert!(cancel.is_cancelled());
    }
}
