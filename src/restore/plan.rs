//! Plan of a restoration: its networks and their levels, the size of the result, its metadata, and the regions each
//! step needs.

use super::{
    AutoAmount, Compression, Mask, ModelChoice, Noise, NoiseEstimate, Order, Recipe, Repair, Scale, Sensitivity,
    runner::PlannedPass, tensor_io::LevelPlane,
};
use crate::{
    engine::{Footprint, Model, NetworkId, Task, models},
    imaging::{Head, JpegHistory, Metadata, Photo, Resizing},
    pixels::{Raster, Rect, Size},
};

/// How the alpha channel of the result is computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AlphaPlan {
    /// There is none, or it stays.
    Untouched,
    /// It is constant, without edges to restore.
    Constant(f32),
    /// It is enlarged by the network, like a luminance.
    Restored,
}

/// One network of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The network's task.
    pub task: Task,
    /// The network's last input plane.
    pub level: LevelPlane,
}

/// Plan of a restoration.
#[derive(Debug)]
pub struct RestorePlan {
    /// Size of the photo, in px.
    pub photo: Size,
    /// Size of the result, in px.
    pub size: Size,
    /// Whether scratches are repaired, before the other steps.
    pub repairs: bool,
    /// The JPEG quality whose artefacts are removed, 1–100; none if none are.
    pub quality: Option<u8>,
    /// The σ to remove (root mean square over the whole photo), on the 0–255 scale; 0 if none is.
    pub sigma: f32,
    /// Whether the photo was found clean, so that no noise is removed.
    pub clean: bool,
    /// The networks that run over all of the photo, in order.
    pub steps: Vec<Step>,
    /// Size of the picture that the enlarging network works on, in px: a whole multiple of the photo's.
    pub enlarged: Size,
    /// Resizing of the photo to that size; none if the size stays.
    pub enlarging: Option<Resizing>,
    /// Resizing of the network's output to the result's size; none if they are the same.
    pub reducing: Option<Resizing>,
    /// How the alpha channel of the result is computed.
    pub alpha: AlphaPlan,
}

impl Recipe {
    /// The recipe with what is found in a photo in place of `auto`; `auto` noise stays unless the photo is clean. A size
    /// that is not larger than the photo is [`Scale::X1`].
    pub fn resolved(self, photo: &Photo, noise: &NoiseEstimate) -> Self {
        let clean = matches!(self.noise, Noise::Auto(_)) && noise.is_clean();
        let compression = self.compression.quality(photo.metadata.jpeg).into();
        let scale = if self.scale.enlarges(photo.size()) { self.scale } else { Scale::X1 };
        let resolved = Self { compression, noise: if clean { Noise::NONE } else { self.noise }, scale, ..self };
        resolved.with_model_that_counts()
    }

    /// The same with the default model if there is only one network for each of its steps.
    pub fn with_model_that_counts(self) -> Self {
        let counts = networks(&self).iter().any(|network| models::has_fast(network.task));
        if counts { self } else { Self { model: ModelChoice::default(), ..self } }
    }
}

impl RestorePlan {
    /// Plans a restoration.
    pub fn new(order: &Order) -> Self {
        let photo = &order.photo;
        let recipe = order.recipe.for_networks(&order.mask);
        let clean = matches!(recipe.noise, Noise::Auto(_)) && order.noise.is_clean();
        let size = recipe.scale.size_of(photo.size());
        let factor = recipe.scale.network_factor(photo.size());
        let enlarged = photo.size().times(factor);
        let resizing = |from: Size, to: Size| (from != to).then(|| Resizing::new(from, to));
        let known = recipe.resolved(photo, &order.noise);
        let denoising = denoising(&known, order);
        let networks: Vec<_> = tasks(&known).collect();
        Self {
            photo: photo.size(),
            size,
            repairs: repairs(&recipe) && order.marks.has_any(recipe.repair),
            quality: known.quality(JpegHistory::default()),
            sigma: denoising.as_ref().map_or(0.0, |(sigma, _)| *sigma),
            clean,
            steps: steps(&known, denoising.map(|(_, level)| level), factor),
            alpha: if networks.contains(&Task::Enlarge) { alpha_plan(&photo.pixels) } else { AlphaPlan::Untouched },
            enlarged,
            enlarging: resizing(photo.size(), enlarged),
            reducing: resizing(enlarged, size),
        }
    }

    /// Whether there is a fast network beside the best one for one of its steps.
    pub fn has_fast(&self) -> bool {
        self.steps.iter().any(|step| models::has_fast(step.task))
    }

    /// Whether the result is larger than the photo.
    pub fn enlarges(&self) -> bool {
        self.enlarging.is_some()
    }

    /// The result without its pixels.
    pub fn head(&self, order: &Order) -> Head {
        let noise = if self.clean { Noise::NONE } else { order.recipe.noise };
        let scale = if self.enlarges() { order.recipe.scale } else { Scale::X1 };
        let repair = if self.repairs { order.marks.edits.repeatable(order.recipe.repair) } else { Repair::None };
        let done = Recipe { repair, compression: self.quality.into(), noise, scale, ..order.recipe };
        let metadata = Metadata { history: history(&done, &order.mask, order.model), ..order.photo.metadata.clone() };
        Head { size: self.size, metadata, ..order.photo.head() }
    }

    /// The region each step has to compute, in its own picture, for the part `wanted` of the result: with the halos of
    /// the steps after it. `footprints`: those of the steps' networks.
    pub fn parts(&self, wanted: Rect, footprints: &[Footprint]) -> Vec<Rect> {
        self.regions(wanted, footprints).0
    }

    /// The region of the photo that is read for the part `wanted` of the result.
    pub fn source_of(&self, wanted: Rect, footprints: &[Footprint]) -> Rect {
        self.regions(wanted, footprints).1
    }

    fn regions(&self, wanted: Rect, footprints: &[Footprint]) -> (Vec<Rect>, Rect) {
        let mut next = self.reducing.as_ref().map_or(wanted, |reducing| reducing.source_of(wanted));
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
        (parts, next)
    }

    /// The passes needed for the part `wanted` of the result.
    pub fn passes(&self, wanted: Rect, footprints: &[Footprint]) -> Vec<PlannedPass> {
        let pass = |task: Task, wanted: Rect| PlannedPass { task, size: self.picture(task), wanted };
        let parts = self.parts(wanted, footprints);
        let mut passes: Vec<_> = self.steps.iter().zip(parts).map(|(step, part)| pass(step.task, part)).collect();
        if let (AlphaPlan::Restored, Some(last)) = (self.alpha, passes.last()) {
            passes.push(*last);
        }
        passes
    }

    /// Whether the next step reads the output of step `number` as the network computes it, or enlarges it: not the mean of a grey
    /// picture's colours or of several runs.
    pub fn next_reads_unchanged(&self, number: usize, order: &Order) -> bool {
        let is_mean = order.photo.pixels.colour_channels() == 1 || order.recipe.best;
        !is_mean && number + 1 < self.steps.len()
    }

    /// Size of the picture that a task works on.
    pub fn picture(&self, task: Task) -> Size {
        if task == Task::Enlarge { self.enlarged } else { self.photo }
    }
}

/// The σ that a resolved recipe removes, and the level plane for the denoiser; none if it is not needed.
fn denoising(recipe: &Recipe, order: &Order) -> Option<(f32, LevelPlane)> {
    if !denoises(recipe) {
        return None;
    }
    Some(match recipe.noise {
        Noise::Auto(amount) => {
            let (noise, factor) = (&order.noise, amount.factor());
            ((noise.sigma() * factor).min(Noise::MAX_SIGMA), noise.level_plane(factor))
        }
        Noise::Sigma(sigma) => {
            let sigma = sigma.min(Noise::MAX_SIGMA);
            (sigma, LevelPlane::Constant(sigma / 255.0))
        }
    })
}

/// Whether a recipe repairs scratches.
fn repairs(recipe: &Recipe) -> bool {
    recipe.repair != Repair::None && !recipe.strength.is_none()
}

fn denoises(recipe: &Recipe) -> bool {
    let wanted = match recipe.noise {
        Noise::Auto(_) => true,
        Noise::Sigma(sigma) => sigma > 0.0,
    };
    wanted && !recipe.strength.is_none()
}

/// The networks of a resolved recipe (no `auto` quality, no clean photo).
fn tasks(recipe: &Recipe) -> impl Iterator<Item = Task> {
    let takes = |task: Task| match task {
        Task::Deblock => recipe.quality(JpegHistory::default()).is_some(),
        Task::Denoise => denoises(recipe),
        Task::Enlarge => recipe.scale != Scale::X1 && !recipe.strength.is_none(),
        Task::Estimate | Task::Detect | Task::Repair => false,
    };
    Task::ALL.into_iter().filter(move |task| takes(*task))
}

/// The networks that a recipe may use, before it is known what a photo needs.
pub fn networks(recipe: &Recipe) -> Vec<NetworkId> {
    let measures = matches!(recipe.noise, Noise::Auto(_)) && denoises(recipe);
    let repair = match recipe.repair {
        _ if !repairs(recipe) => &[][..],
        Repair::None => &[],
        Repair::Auto(_) | Repair::Given => &[Task::Estimate, Task::Detect, Task::Repair],
    };
    let deblocks = recipe.compression != Compression::None && !recipe.strength.is_none();
    let all = [
        (Task::Estimate, measures),
        (Task::Deblock, deblocks),
        (Task::Denoise, denoises(recipe)),
        (Task::Enlarge, recipe.scale != Scale::X1 && !recipe.strength.is_none()),
    ];
    let used = all.into_iter().filter(|(task, used)| *used && !repair.contains(task)).map(|(task, _)| task);
    let networks = repair.iter().copied().chain(used).flat_map(|task| {
        let fast = (recipe.model == ModelChoice::Auto && models::has_fast(task)).then_some(Model::Fast);
        let model = recipe.model.given().unwrap_or_default();
        fast.into_iter().chain([model]).map(move |model| NetworkId::new(task, model))
    });
    networks.collect()
}

/// These networks with their level planes; `noise`: that of the denoiser; `factor`: the network's
/// enlargement.
fn steps(recipe: &Recipe, noise: Option<LevelPlane>, factor: usize) -> Vec<Step> {
    let quality = recipe.quality(JpegHistory::default()).unwrap_or(100);
    let level = |task: Task| match task {
        Task::Deblock => LevelPlane::Constant(f32::from(100 - quality) / 100.0),
        Task::Denoise => noise.clone().unwrap_or(LevelPlane::Constant(0.0)),
        Task::Estimate | Task::Detect | Task::Repair => LevelPlane::Constant(0.0),
        Task::Enlarge => LevelPlane::Constant(factor as f32 / Scale::MOST as f32),
    };
    tasks(recipe).map(|task| Step { task, level: level(task) }).collect()
}

/// A resolved recipe, and the networks that were used, as options of the command line, for the metadata, so that it can be
/// repeated; none if it changes nothing.
pub fn history(recipe: &Recipe, mask: &Mask, model: Model) -> Option<String> {
    let done = recipe.for_networks(mask);
    let repair = match done.repair {
        _ if !repairs(&done) => None,
        Repair::None => None,
        Repair::Auto(sensitivity) => Some(sensitivity_option(sensitivity)),
        Repair::Given => Some("MASK".to_owned()),
    };
    let repairing = repair.iter().flat_map(|_| [Task::Detect, Task::Repair]);
    let used: Vec<_> = repairing.chain(tasks(&done)).collect();
    if used.is_empty() && recipe.scale == Scale::X1 {
        return None;
    }
    let jpeg = done.quality(JpegHistory::default()).map_or_else(|| "none".to_owned(), |quality| quality.to_string());
    let noise = match recipe.noise {
        _ if !denoises(&done) => "none".to_owned(),
        Noise::Auto(AutoAmount::ALL) => "auto".to_owned(),
        Noise::Auto(amount) => format!("auto:{}", amount.percent()),
        Noise::Sigma(sigma) => sigma.to_string(),
    };
    let [strength, luminance, colour] = recipe.strength.percents();
    let size = match recipe.scale {
        Scale::Percent(percent) => format!("--scale {}", f64::from(percent) / 100.0),
        Scale::LongSide(length) => format!("--long-side {length}"),
    };
    let mut options = format!("--jpeg {jpeg} --noise {noise} {size} --strength {strength}");
    if let Some(option) = repair {
        options = format!("--repair {option} {options}");
    }
    for (option, percent) in [("luminance", luminance), ("colour", colour)] {
        if percent != 100 {
            options += &format!(" --{option} {percent}");
        }
    }
    if !mask.is_everywhere() {
        options += &format!(" --mask MASK --elsewhere {:.0}", 100.0 * mask.elsewhere);
    }
    if model == Model::Fast && used.iter().any(|task| models::has_fast(*task)) {
        options += " --model fast";
    }
    if recipe.best {
        options += " --best";
    }
    // At strength 0 no network enlarges.
    if !used.is_empty() {
        let names: Vec<_> = used.into_iter().map(|task| NetworkId::new(task, model).name()).collect();
        options += &format!("; {}", names.join(", "));
    }
    Some(format!("Redawn {} ({options})", env!("CARGO_PKG_VERSION")))
}

/// A sensitivity as on the command line.
fn sensitivity_option(sensitivity: Sensitivity) -> String {
    let named = Sensitivity::PRESETS.into_iter().find(|(_, preset)| *preset == sensitivity);
    named.map_or_else(|| sensitivity.percent().to_string(), |(name, _)| name.to_owned())
}

/// Whether the alpha channel is constant; read row by row.
fn alpha_plan(pixels: &Raster) -> AlphaPlan {
    let Size { width, height } = pixels.size();
    let first = pixels.value(pixels.channels() - 1, 0, 0);
    for y in 0..height {
        match pixels.alpha_in(Rect::new(0, y, width, 1)) {
            None => return AlphaPlan::Untouched,
            Some(row) if row.data().iter().any(|&alpha| alpha != first) => return AlphaPlan::Restored,
            Some(_) => {}
        }
    }
    AlphaPlan::Constant(first)
}
