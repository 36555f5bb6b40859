//! What one order comes to: which networks, what size, what is said of it in the file, and in which
//! parts it is done.

use super::{Noise, Order, Recipe, Scale, runner::Expected};
use crate::{
    engine::{Footprint, Task, models},
    imaging::{self, Head, Metadata, Resizing},
    pixels::{Raster, Rect, Size},
};

/// How the transparency of the result comes about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AlphaWay {
    /// There is none, or it stays as it is.
    Untouched,
    /// It is the same everywhere: no edges to restore.
    Everywhere(f32),
    /// Through the network, as a luminance.
    Restored,
}

/// One network's turn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    pub task: Task,
    /// The value of the network's constant plane.
    pub level: f32,
}

/// What one order comes to.
#[derive(Debug)]
pub struct Plan {
    /// Size of the photo, in px.
    pub photo: Size,
    /// Size of the result, in px.
    pub size: Size,
    /// The JPEG quality whose marks are to be taken out; none for none.
    pub quality: Option<u8>,
    /// The σ to take out, on the 0–255 scale; 0 for none.
    pub sigma: f32,
    /// Whether the photo was found clean and its noise is left alone.
    pub clean: bool,
    /// The networks it takes, in turn.
    pub steps: Vec<Step>,
    /// The way to the result's size, when that is another.
    pub enlarging: Option<Resizing>,
    pub alpha: AlphaWay,
}

impl Plan {
    pub fn of(order: &Order) -> Self {
        let Order { photo, recipe, .. } = order;
        let (sigma, clean) = match recipe.noise {
            Noise::Sigma(sigma) => (sigma.clamp(0.0, Noise::MAX_SIGMA), false),
            Noise::Auto if order.estimated_sigma < imaging::CLEAN_SIGMA => (0.0, true),
            Noise::Auto => (order.estimated_sigma.min(Noise::MAX_SIGMA), false),
        };
        let size = photo.size().times(recipe.scale.factor());
        let enlarging = (recipe.scale != Scale::X1).then(|| Resizing::new(photo.size(), size));
        let known = Recipe {
            compression: recipe.compression.quality(photo.metadata.jpeg_quality).into(),
            noise: Noise::Sigma(sigma),
            ..*recipe
        };
        let (quality, sigma) = taken_out(&known);
        Self {
            photo: photo.size(),
            size,
            quality,
            sigma,
            clean,
            steps: steps(&known),
            alpha: if enlarging.is_some() { alpha_way(&photo.pixels) } else { AlphaWay::Untouched },
            enlarging,
        }
    }

    pub fn enlarges(&self) -> bool {
        self.enlarging.is_some()
    }

    /// All of the result but its pixels.
    pub fn head(&self, order: &Order) -> Head {
        let done = Recipe { compression: self.quality.into(), noise: Noise::Sigma(self.sigma), ..order.recipe };
        let metadata = Metadata { history: history(&done), ..order.photo.metadata.clone() };
        Head { size: self.size, metadata, ..order.photo.head() }
    }

    /// What each step has to make, of its own picture, for the part `wanted` of the result: as much more as the
    /// steps after it look at. `footprints` are those of the steps' networks.
    pub fn parts(&self, wanted: Rect, footprints: &[Footprint]) -> Vec<Rect> {
        let mut next = wanted;
        let mut parts = Vec::new();
        for (step, Footprint { radius, stride }) in self.steps.iter().zip(footprints).rev() {
            parts.push(next);
            let seen = next.grown(radius + 2 * stride, self.picture(step.task));
            next = match &self.enlarging {
                Some(resizing) if step.task == Task::Enlarge => resizing.source_of(seen),
                _ => seen,
            };
        }
        parts.reverse();
        parts
    }

    /// The passes that the part `wanted` of the result takes.
    pub fn passes(&self, wanted: Rect, footprints: &[Footprint]) -> Vec<Expected> {
        let pass = |task: Task, wanted: Rect| Expected { task, size: self.picture(task), wanted };
        let parts = self.parts(wanted, footprints);
        let mut passes: Vec<_> = self.steps.iter().zip(parts).map(|(step, part)| pass(step.task, part)).collect();
        if self.alpha == AlphaWay::Restored {
            passes.push(pass(Task::Enlarge, wanted));
        }
        passes
    }

    /// The size of what a task works on.
    fn picture(&self, task: Task) -> Size {
        if task == Task::Enlarge { self.size } else { self.photo }
    }
}

/// JPEG quality and σ that a recipe that names them takes out.
fn taken_out(recipe: &Recipe) -> (Option<u8>, f32) {
    let sigma = match recipe.noise {
        Noise::Sigma(sigma) if !recipe.strength.is_none() => sigma,
        _ => 0.0,
    };
    (recipe.quality(None), sigma)
}

/// The networks that a recipe takes whose quality and σ are known.
fn steps(recipe: &Recipe) -> Vec<Step> {
    let (quality, sigma) = taken_out(recipe);
    let levels = Task::ALL.map(|task| match task {
        Task::Deblock => quality.map(|quality| f32::from(100 - quality) / 100.0),
        Task::Denoise => (sigma > 0.0).then_some(sigma / 255.0),
        Task::Enlarge => (recipe.scale != Scale::X1).then(|| recipe.scale.factor() as f32 / 4.0),
    });
    let steps = Task::ALL.into_iter().zip(levels);
    steps.filter_map(|(task, level)| Some(Step { task, level: level? })).collect()
}

/// What is done by a recipe whose quality and σ are known, in the words of the command line, so that it can be
/// done again; none when nothing is.
pub fn history(recipe: &Recipe) -> Option<String> {
    let used: Vec<_> = steps(recipe).iter().map(|step| models::model_for(step.task)).collect();
    if used.is_empty() {
        return None;
    }
    let (quality, sigma) = taken_out(recipe);
    let none = || "none".to_owned();
    let jpeg = quality.map_or_else(none, |quality| quality.to_string());
    let noise = if sigma > 0.0 { sigma.to_string() } else { none() };
    let [strength, luminance, colour] = recipe.strength.percents();
    let scale = recipe.scale.factor();
    let mut options = format!("--jpeg {jpeg} --noise {noise} --scale {scale} --strength {strength}");
    for (option, percent) in [("luminance", luminance), ("colour", colour)] {
        if percent != 100 {
            options += &format!(" --{option} {percent}");
        }
    }
    if recipe.best {
        options += " --best";
    }
    Some(format!("Redawn {} ({options}; {})", env!("CARGO_PKG_VERSION"), used.join(", ")))
}

fn alpha_way(pixels: &Raster) -> AlphaWay {
    let Size { width, height } = pixels.size();
    let first = pixels.value(pixels.channels() - 1, 0, 0);
    for y in 0..height {
        match pixels.alpha_in(Rect::new(0, y, width, 1)) {
            None => return AlphaWay::Untouched,
            Some(row) if row.data().iter().any(|&alpha| alpha != first) => return AlphaWay::Restored,
            Some(_) => {}
        }
    }
    AlphaWay::Everywhere(first)
}
