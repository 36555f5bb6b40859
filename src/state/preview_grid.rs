//! One crop of a photo, restored in every way there is to choose from, next to each other. Pure.

use std::sync::Arc;

use super::session::Source;
use crate::{
    imaging::Photo,
    pixels::{Rect, Size},
    restore::{Noise, Recipe, Scale},
    worker::{Body, End, Event, JobControl, JobId},
};

/// The longest side of a crop, in px: what lies beside it is restored too, and takes its time.
const LONGEST: usize = 640;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// Noise levels.
    Levels,
    /// Sizes.
    Sizes,
}

/// How far one picture is.
#[derive(Debug, Clone)]
pub enum Preview {
    /// It is not asked for, or not there yet.
    Awaited(Option<JobId>),
    /// The crop as it would be saved.
    Made(Arc<Photo>),
    /// Why there is none: a sentence for people.
    Failed(String),
}

/// One way to choose.
#[derive(Debug, Clone)]
pub struct Cell {
    /// What would be done.
    pub recipe: Recipe,
    /// The σ that is removed, on the 0–255 scale.
    pub sigma: f32,
    /// Whether it is what [`Noise::Auto`] does.
    pub auto: bool,
    /// Whether it is what is chosen now.
    pub chosen: bool,
    /// What it gives.
    pub preview: Preview,
}

/// All of them.
#[derive(Debug)]
pub struct PreviewGrid {
    /// What is compared.
    pub compared: Compared,
    /// The ways to choose, from the least on.
    pub cells: Vec<Cell>,
    /// The photo it is of.
    pub source: Source,
    /// Stops what is not made yet.
    pub cancel: JobControl,
    /// The middle of the crop, in shares of the photo's sides.
    centre: (f64, f64),
    /// Whether the pictures were asked for.
    asked: bool,
}

impl PreviewGrid {
    /// The ways beside `recipe`, around the middle of what is on screen: `seen`, in px of its result.
    pub fn new(compared: Compared, source: Source, recipe: Recipe, seen: Option<Rect>) -> Self {
        let size = source.photo.size().times(recipe.scale.factor());
        let seen = seen.unwrap_or(size.rect());
        let share = |at: usize, length: usize, side: usize| (at as f64 + length as f64 / 2.0) / side.max(1) as f64;
        let centre = (share(seen.x, seen.width, size.width), share(seen.y, seen.height, size.height));
        let sigma_of = |noise: Noise| source.sigma_removed(noise);
        let is_auto = |noise: Noise| matches!(noise, Noise::Auto(_));
        // Auto follows the photo's brightness: but for nothing at all, that is no level by hand.
        let like = |a: Noise, b: Noise| {
            let sigmas = [a, b].map(|noise| sigma_of(noise).round());
            sigmas[0] == sigmas[1] && (is_auto(a) == is_auto(b) || sigmas[0] == 0.0)
        };
        let recipes: Vec<Recipe> = match compared {
            Compared::Levels => {
                let mut noises: Vec<_> = Noise::PRESETS.iter().map(|step| Noise::Sigma(step.1)).collect();
                for other in [Noise::AUTO, recipe.noise] {
                    // Levels that look the same are one.
                    if !noises.iter().any(|noise| like(*noise, other)) {
                        noises.push(other);
                    }
                }
                noises.sort_by(|a, b| sigma_of(*a).total_cmp(&sigma_of(*b)));
                noises.into_iter().map(|noise| Recipe { noise, ..recipe }).collect()
            }
            Compared::Sizes => Scale::ALL.into_iter().map(|scale| Recipe { scale, ..recipe }).collect(),
        };
        let cell = |way: Recipe| Cell {
            recipe: way,
            sigma: sigma_of(way.noise),
            auto: like(way.noise, Noise::AUTO),
            chosen: like(way.noise, recipe.noise) && way.scale == recipe.scale,
            preview: Preview::Awaited(None),
        };
        let cells = recipes.into_iter().map(cell).collect();
        Self { compared, cells, source, cancel: JobControl::default(), centre, asked: false }
    }

    /// Whether the pictures are still to be asked for.
    pub fn wants(&self) -> bool {
        !self.asked
    }

    /// Asks for pictures of at most `room`: a job, what it does, and the part of its result, for each. Once.
    pub fn ask(&mut self, room: Size, mut job: impl FnMut() -> JobId) -> Vec<(JobId, Recipe, Rect)> {
        if std::mem::replace(&mut self.asked, true) {
            return Vec::new();
        }
        let (photo, centre) = (self.source.photo.size(), self.centre);
        let part = |scale: Scale| {
            let size = photo.times(scale.factor());
            let span = |side: usize, room: usize, centre: f64| {
                let length = room.clamp(1, LONGEST).min(side);
                let start = (centre * side as f64 - length as f64 / 2.0).round().max(0.0) as usize;
                (start.min(side - length), length)
            };
            let ((x, width), (y, height)) =
                (span(size.width, room.width, centre.0), span(size.height, room.height, centre.1));
            Rect::new(x, y, width, height)
        };
        let ask = |cell: &mut Cell| {
            let job = job();
            cell.preview = Preview::Awaited(Some(job));
            (job, cell.recipe, part(cell.recipe.scale))
        };
        self.cells.iter_mut().map(ask).collect()
    }

    /// Takes in an event of one of these jobs.
    pub fn apply(&mut self, event: Event) {
        let Event { job, body } = event;
        let awaits = |cell: &&mut Cell| matches!(cell.preview, Preview::Awaited(Some(awaited)) if awaited == job);
        if let Some(cell) = self.cells.iter_mut().find(awaits) {
            cell.preview = match body {
                Body::End(End::Previewed { part }) => Preview::Made(part),
                Body::End(End::Failed(error)) => Preview::Failed(error.to_string()),
                Body::End(_) => Preview::Awaited(None),
                Body::Update(_) => return,
            };
        }
    }
}

impl Drop for PreviewGrid {
    fn drop(&mut self) {
        // Its previews are no longer needed.
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
        Source { path: "owl.png".into(), photo, noise: NoiseEstimate::white(sigma) }
    }

    fn levels(sigma: f32, noise: Noise) -> Vec<(f32, bool, bool)> {
        let glance = PreviewGrid::new(Compared::Levels, source(sigma), Recipe { noise, ..Recipe::default() }, None);
        glance.cells.iter().map(|cell| (cell.sigma, cell.auto, cell.chosen)).collect()
    }

    #[test]
    fn all_steps_are_there_and_what_is_measured_and_what_is_chosen() {
        let sigmas = |cells: &[(f32, bool, bool)]| cells.iter().map(|cell| cell.0).collect::<Vec<_>>();
        let cells = levels(18.3, Noise::AUTO);
        assert_eq!(sigmas(&cells), [0.0, 10.0, 18.3, 25.0, 50.0, 70.0]);
        assert_eq!(cells[2], (18.3, true, true));
        let cells = levels(18.3, Noise::Sigma(37.0));
        assert_eq!(sigmas(&cells), [0.0, 10.0, 18.3, 25.0, 37.0, 50.0, 70.0]);
        assert_eq!(cells.iter().filter(|cell| cell.2).count(), 1);
        // Of a clean photo what is measured is a step already; that of one of σ 25 is something else.
        assert_eq!(levels(0.1, Noise::AUTO)[0], (0.0, true, true));
        assert_eq!(levels(0.1, Noise::AUTO).len(), 5);
        let cells = levels(24.8, Noise::Sigma(25.0));
        assert_eq!(cells[2..4], [(24.8, true, false), (25.0, false, true)]);
    }

    #[test]
    fn another_amount_stands_beside_what_was_measured() {
        let cells = levels(18.0, Noise::Auto(AutoAmount::of(150)));
        assert_eq!(cells[2..5], [(18.0, true, false), (25.0, false, false), (27.0, false, true)]);
        // Of nothing any amount is nothing, and nothing is more than the most.
        assert_eq!(levels(0.5, Noise::Auto(AutoAmount::of(200)))[0], (0.0, true, true));
        let cells = levels(60.0, Noise::Auto(AutoAmount::of(200)));
        assert_eq!(cells.last(), Some(&(Noise::MAX_SIGMA, false, true)));
    }

    #[test]
    fn crops_are_around_the_same_point_and_inside_the_result() {
        let seen = Some(Rect::new(360, 280, 40, 20));
        let mut glance = PreviewGrid::new(Compared::Sizes, source(5.0), Recipe::default(), seen);
        let mut number = 0;
        let asked = glance.ask(Size::new(100, 80), || {
            number += 1;
            JobId(number)
        });
        let parts: Vec<_> = asked.iter().map(|(_, _, part)| *part).collect();
        assert_eq!(parts[0], Rect::new(300, 220, 100, 80), "moved inside");
        assert_eq!(parts[3], Rect::new(1470, 1120, 100, 80), "around (380, 290), four times");
        assert!(glance.ask(Size::new(10, 10), || JobId(9)).is_empty(), "asked for once");

        let part = glance.source.photo.clone();
        glance.apply(Event::end(JobId(2), End::Previewed { part }));
        glance.apply(Event::end(JobId(3), End::Failed(JobError::Panicked("no".into()))));
        assert!(matches!(glance.cells[1].preview, Preview::Made(_)));
        assert!(matches!(glance.cells[2].preview, Preview::Failed(_)));
        let cancel = glance.cancel.clone();
        drop(glance);
        assert!(cancel.is_cancelled());
    }
}
