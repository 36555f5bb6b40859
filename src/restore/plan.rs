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

/// What one order comes to.
#[derive(Debug)]
pub struct Plan {
    /// Size of the result, in px.
    pub size: Size,
    /// The σ to take out, on the 0–255 scale; 0 for none.
    pub sigma: f32,
    /// Whether the photo was found clean and its noise is left alone.
    pub clean: bool,
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
        Self {
            size,
            sigma: if recipe.strength.is_none() { 0.0 } else { sigma },
            clean,
            alpha: if enlarging.is_some() { alpha_way(&photo.pixels) } else { AlphaWay::Untouched },
            enlarging,
        }
    }

    pub fn denoises(&self) -> bool {
        self.sigma > 0.0
    }

    pub fn enlarges(&self) -> bool {
        self.enlarging.is_some()
    }

    /// The networks it takes, the last one first.
    pub fn tasks(&self) -> impl Iterator<Item = Task> {
        tasks(self.denoises(), self.enlarges())
    }

    /// All of the result but its pixels.
    pub fn head(&self, order: &Order) -> Head {
        let done = Recipe { noise: Noise::Sigma(self.sigma), ..order.recipe };
        let metadata = Metadata { history: history(&done), ..order.photo.metadata.clone() };
        Head { size: self.size, metadata, ..order.photo.head() }
    }

    /// The part of the photo that has to be without noise for the part `wanted` of the result.
    pub fn clean_part(&self, wanted: Rect, footprint: Option<Footprint>) -> Rect {
        match (&self.enlarging, footprint) {
            (Some(resizing), Some(Footprint { radius, stride })) => {
                resizing.source_of(wanted.grown(radius + 2 * stride, self.size))
            }
            _ => wanted,
        }
    }

    /// The passes that the part `wanted` of the result takes. `footprint` is that of the network that enlarges.
    pub fn passes(&self, order: &Order, wanted: Rect, footprint: Option<Footprint>) -> Vec<Expected> {
        let photo = order.photo.size();
        let clean = Expected { task: Task::Denoise, size: photo, wanted: self.clean_part(wanted, footprint) };
        let large = Expected { task: Task::Enlarge, size: self.size, wanted };
        let passes = [(self.denoises(), clean), (self.enlarges(), large), (self.alpha == AlphaWay::Restored, large)];
        passes.into_iter().filter(|(takes, _)| *takes).map(|(_, pass)| pass).collect()
    }
}

fn tasks(denoises: bool, enlarges: bool) -> impl Iterator<Item = Task> {
    let tasks = [(enlarges, Task::Enlarge), (denoises, Task::Denoise)];
    tasks.into_iter().filter(|(takes, _)| *takes).map(|(_, task)| task)
}

/// What is done by a recipe whose σ is known, in the words of the command line, so that it can be done
/// again; none when nothing is.
pub fn history(recipe: &Recipe) -> Option<String> {
    let sigma = match recipe.noise {
        Noise::Sigma(sigma) if !recipe.strength.is_none() => sigma,
        _ => 0.0,
    };
    let mut used: Vec<_> = tasks(sigma > 0.0, recipe.scale != Scale::X1).map(models::model_for).collect();
    used.reverse();
    if used.is_empty() {
        return None;
    }
    let noise = if sigma > 0.0 { sigma.to_string() } else { "none".to_owned() };
    let [strength, luminance, colour] = recipe.strength.percents();
    let mut options = format!("--noise {noise} --scale {} --strength {strength}", recipe.scale.factor());
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
