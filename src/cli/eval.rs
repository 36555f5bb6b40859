//! `redawn eval`: degrades clean pictures in a known way, restores them, and measures the result, by the protocols of
//! the paper (Mao, Shen, Yang, NIPS 2016) and its demo code.
//!
//! Denoising: Gaussian noise is added to values of 0–1, neither clipped nor rounded; PSNR and SSIM of the whole picture.
//! JPEG: saved as a baseline file with chroma at half the resolution; PSNR and SSIM of the whole picture; grey ones are Y
//! in 16–235. Enlarging: the picture is cropped to a multiple of the scale, shrunk by an antialiased bicubic filter, and
//! restored; PSNR and SSIM of Y (BT.601, 16–235) without a border of `scale` px. Repairing: the marked pixels are painted
//! white, and filled; PSNR and SSIM of the whole picture, and PSNR of the marked pixels alone.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use serde::Serialize;

use super::{
    EvalArgs, FAILED, INTERRUPTED,
    client::{Client, Stop},
    input::Input,
    marking::Masks,
    output::{Output, complain},
};
use crate::{
    engine::{self, RestorerFactory, models},
    imaging::{self, MemoryLimit, Photo, classical, metrics, quoted},
    pixels::{Depth, Planes, Raster, Size},
    restore::{Compression, GivenMarks, MarkSources, ModelChoice, Noise, NoiseEstimate, Recipe, Repair, Scale},
    worker::{Measures, Order},
};

/// PSNR in dB, and SSIM.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct QualityScore {
    psnr: f64,
    ssim: f64,
}

impl QualityScore {
    fn new(clean: &Planes, other: &Planes) -> Self {
        Self { psnr: metrics::psnr(clean, other), ssim: metrics::ssim(clean, other) }
    }
}

/// Scores of one picture, or the mean of all: degraded (and enlarged bicubically if it was shrunk), restored by a
/// classical method (see [`classical`]), and restored by the network.
#[derive(Debug, Clone, Default, Serialize)]
struct EvalLine {
    picture: String,
    before: QualityScore,
    classical: QualityScore,
    after: QualityScore,
    #[serde(skip_serializing_if = "Option::is_none")]
    inside: Option<InsideScore>,
}

/// PSNR in dB of the marked pixels alone.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct InsideScore {
    before: f64,
    classical: f64,
    after: f64,
}

/// How the pictures are degraded.
#[derive(Debug, Clone, Copy)]
enum Degradation {
    /// Gaussian noise of this σ, on the 0–255 scale.
    Noise(f32),
    /// JPEG compression of this quality.
    Jpeg(u8),
    /// Bicubic reduction by this factor.
    Shrunk(usize),
    /// White where it is marked.
    Marked,
}

/// Evaluates every picture of a folder, and prints each and the mean.
pub fn run(args: &EvalArgs) -> ExitCode {
    match evaluate(args) {
        Ok(code) => code,
        Err(sentence) => {
            complain(sentence);
            ExitCode::from(FAILED)
        }
    }
}

fn evaluate(args: &EvalArgs) -> Result<ExitCode, String> {
    let damage = match (args.noise, args.jpeg, args.scale) {
        (Some(sigma), ..) => Degradation::Noise(sigma),
        (None, Some(quality), _) => Degradation::Jpeg(quality),
        (None, None, Some(scale)) => Degradation::Shrunk(scale),
        (None, None, None) => Degradation::Marked,
    };
    let pictures = pictures_in(&args.folder)?;
    let inputs: Vec<_> = pictures.iter().map(|path| Input::new(path, MemoryLimit::default())).collect();
    let masks =
        args.repair.as_deref().map(|masks| Masks::find(masks, &inputs, false, MemoryLimit::default())).transpose()?;
    let masks = masks.unwrap_or(Masks::None);
    let mut client = Client::start(opener(args.model.as_deref())?)?;
    let mut output = Output::default();
    let mut lines = Vec::new();
    let mut some_failed = false;
    for (index, path) in pictures.iter().enumerate() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match evaluate_one((args, damage), &masks, &mut client, path, index) {
            Ok(([before, classical, after], inside)) => {
                let line = EvalLine { picture: name, before, classical, after, inside };
                print(&mut output, args.json, &line);
                lines.push(line);
            }
            Err(Stop::Failed(error)) => {
                some_failed = true;
                complain(error.about(path));
            }
            Err(Stop::Cancelled) => return Ok(ExitCode::from(INTERRUPTED)),
        }
    }
    print(&mut output, args.json, &mean(&lines));
    Ok(if some_failed || output.is_broken() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}

fn print(output: &mut Output, json: bool, line: &EvalLine) {
    if json {
        output.json(line);
    } else {
        let EvalLine { picture, before, classical, after, inside } = line;
        let inside = inside.map(|InsideScore { before, classical, after }| {
            format!("   inside {before:6.2}, {classical:6.2}, {after:6.2} dB")
        });
        let inside = inside.unwrap_or_default();
        output.line(format_args!(
            "{picture:24} before {:6.2} dB {:.4}   classical {:6.2} dB {:.4}   after {:6.2} dB {:.4}{inside}",
            before.psnr, before.ssim, classical.psnr, classical.ssim, after.psnr, after.ssim
        ));
    }
}

fn mean(lines: &[EvalLine]) -> EvalLine {
    let mean = |score: fn(&EvalLine) -> QualityScore| {
        let mean = |value: fn(QualityScore) -> f64| {
            lines.iter().map(|line| value(score(line))).sum::<f64>() / lines.len().max(1) as f64
        };
        QualityScore { psnr: mean(|score| score.psnr), ssim: mean(|score| score.ssim) }
    };
    EvalLine {
        picture: "mean".into(),
        before: mean(|line| line.before),
        classical: mean(|line| line.classical),
        after: mean(|line| line.after),
        inside: mean_inside(lines),
    }
}

fn mean_inside(lines: &[EvalLine]) -> Option<InsideScore> {
    let inside: Vec<_> = lines.iter().filter_map(|line| line.inside).collect();
    let mean = |value: fn(&InsideScore) -> f64| inside.iter().map(value).sum::<f64>() / inside.len() as f64;
    let scores = || InsideScore {
        before: mean(|score| score.before),
        classical: mean(|score| score.classical),
        after: mean(|score| score.after),
    };
    (!inside.is_empty()).then(scores)
}

fn evaluate_one(
    (args, damage): (&EvalArgs, Degradation),
    masks: &Masks,
    client: &mut Client,
    path: &Path,
    index: usize,
) -> Result<([QualityScore; 3], Option<InsideScore>), Stop> {
    let photo = client.open(path, None, MemoryLimit::default(), Measures::NONE, |_| {})?.if_whole()?.photo;
    let nothing = Recipe { compression: Compression::None, noise: Noise::Sigma(0.0), ..Recipe::default() };
    let marks =
        masks.of(index, photo.size(), MemoryLimit::default()).map_err(|sentence| Stop::Failed(sentence.into()))?;
    let is_marked = |x: usize, y: usize| marks.as_ref().is_some_and(|marks| marks.bits().contains(x, y));
    let clean = if args.grey { photo.colours().luma() } else { photo.colours() };
    let (clean, damaged, recipe) = match damage {
        Degradation::Noise(sigma) => {
            let noisy = with_noise(&clean, sigma / 255.0, args.seed.wrapping_add(index as u64));
            (clean, noisy, Recipe { noise: Noise::Sigma(sigma), ..nothing })
        }
        Degradation::Jpeg(quality) => {
            let clean = if args.grey && !photo.is_grey() { papers_luma(&clean) } else { clean };
            // Rounded to 8 bits, as the file holds it.
            let clean = Raster::from_planes(&clean, None, Depth::Eight).colours_in(clean.size().rect());
            let coded = imaging::compress(&clean, quality).map_err(|sentence| Stop::Failed(sentence.into()))?;
            (clean, coded, Recipe { compression: Compression::Quality(quality), ..nothing })
        }
        Degradation::Shrunk(factor) => {
            let small = Size::new(photo.size().width / factor, photo.size().height / factor);
            if small.width.min(small.height) * factor <= 2 * factor + 10 {
                return Err(Stop::Failed(format!("it is too small to be shrunk by {factor}").into()));
            }
            let clean = clean.crop(small.times(factor).rect());
            let shrunk = imaging::resize_bicubic(&clean, small);
            (clean, shrunk, Recipe { scale: Scale::Percent(100 * factor as u16), ..nothing })
        }
        Degradation::Marked => {
            let mut damaged = clean.clone();
            for (channel, y) in (0..clean.channels()).flat_map(|channel| (0..clean.height()).map(move |y| (channel, y)))
            {
                let row = damaged.row_mut(channel, y).iter_mut().enumerate();
                row.filter(|(x, _)| is_marked(*x, y)).for_each(|(_, value)| *value = 1.0);
            }
            (clean, damaged, Recipe { repair: Repair::Given, ..nothing })
        }
    };
    let recipe = Recipe { best: args.best, model: ModelChoice::Best, ..recipe };
    // Not rounded, neither before nor after: as the papers measure.
    let pixels = Raster::from_planes(&damaged, None, Depth::Float);
    let photo = Arc::new(Photo { pixels, format: photo.format, metadata: Default::default() });
    let noise = NoiseEstimate::none();
    let sources = MarkSources { given: marks.clone().map(GivenMarks::Known), ..MarkSources::default() };
    let order = Order { device: args.device.clone(), marks: sources, ..Order::new(photo, noise, recipe) };
    let (restored, _) = client.restore(order, |_| {})?;
    let mut restored = restored.colours();
    restored.data_mut().iter_mut().for_each(|value| *value = value.clamp(0.0, 1.0));
    let mut inside = None;
    let scores = match damage {
        Degradation::Noise(_) | Degradation::Jpeg(_) => {
            let blurred = classical::blurred(&damaged, &clean);
            [&damaged, &blurred, &restored].map(|planes| QualityScore::new(&clean, planes))
        }
        Degradation::Shrunk(factor) => {
            let bicubic = imaging::resize_bicubic(&damaged, clean.size());
            let lanczos = classical::lanczos(&damaged, clean.size());
            let clean = measured(&clean, factor);
            [&bicubic, &lanczos, &restored].map(|planes| QualityScore::new(&clean, &measured(planes, factor)))
        }
        Degradation::Marked => {
            let averaged = classical::filled(&damaged, &is_marked);
            let pictures = [&damaged, &averaged, &restored];
            let [before, classical, after] = pictures.map(|planes| metrics::psnr_where(&clean, planes, &is_marked));
            inside = marks.as_ref().filter(|marks| !marks.bits().is_empty()).map(|_| InsideScore {
                before,
                classical,
                after,
            });
            pictures.map(|planes| QualityScore::new(&clean, planes))
        }
    };
    Ok((scores, inside))
}

/// Luma in 16–235 (divided by 255): the papers' conversion to grey before saving as JPEG.
fn papers_luma(planes: &Planes) -> Planes {
    let mut luma = planes.luma();
    luma.data_mut().iter_mut().for_each(|value| *value = (16.0 + 219.0 * *value) / 255.0);
    luma
}

/// The part of an enlarged picture that is measured: its luma in 16–235 (divided by 255), without `border` px.
fn measured(planes: &Planes, border: usize) -> Planes {
    let mut inner = planes.size().rect();
    (inner.x, inner.y) = (border, border);
    (inner.width, inner.height) = (inner.width - 2 * border, inner.height - 2 * border);
    let mut luma = planes.luma().crop(inner);
    luma.data_mut().iter_mut().for_each(|value| *value = value.clamp(0.0, 1.0) * 219.0 / 255.0);
    luma
}

/// Adds Gaussian noise of standard deviation `sigma` (for values 0–1); deterministic for a seed.
fn with_noise(clean: &Planes, sigma: f32, seed: u64) -> Planes {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    // SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), as a value in 0–1.
    let mut uniform = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    };
    let mut noisy = clean.clone();
    for value in noisy.data_mut() {
        // Box–Muller transform.
        let radius = (-2.0 * (1.0 - uniform()).ln()).sqrt();
        *value += sigma * (radius * (std::f64::consts::TAU * uniform()).cos()) as f32;
    }
    noisy
}

/// Loads the given model (name or file) for its task; without one, the built-in models.
fn opener(model: Option<&str>) -> Result<RestorerFactory, String> {
    let Some(model) = model else { return Ok(engine::opener()) };
    let weights = models::find(model).map_err(|error| error.to_string())?;
    Ok(Box::new(move |choice, tile, network, _| {
        if network.task == weights.shape.task {
            engine::open_weights(choice, tile, &weights)
        } else {
            let reason = "it was trained for another task".into();
            Err(engine::EngineError::Weights { file: weights.name.clone(), reason })
        }
    }))
}

/// The visible files of a folder, sorted by name.
fn pictures_in(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let unreadable = |error| format!("{} could not be listed: {error}. Name a folder of pictures.", quoted(folder));
    let mut pictures = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_file() && !hidden {
            pictures.push(path);
        }
    }
    pictures.sort();
    if pictures.is_empty() {
        return Err(format!("{} contains no pictures. Name a folder of pictures.", quoted(folder)));
    }
    Ok(pictures)
}
