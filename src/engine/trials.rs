//! `auto`: every device denoises the same tile, and the fastest is selected. A GPU whose output differs from the CPU's is
//! not used.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::{DeviceInfo, DeviceKind, EngineError, Restorer, Task, random};
use crate::pixels::{Planes, Size};

/// Side of the tile, in px.
const SIDE: usize = 256;
/// Time spent on a device after its first run, which may compile kernels, in seconds.
const MIN_SECONDS: f64 = 0.4;
/// Largest difference of a value (0–1) from the CPU's.
pub const TOLERANCE: f32 = 1e-3;

/// How a device did in a trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Trial {
    /// It denoises so many megapixels (10⁶ px) per second.
    Megapixels(f64),
    /// Its output is wrong: how, as a clause.
    Wrong(String),
    /// It failed: the reason, as a clause.
    Failed(String),
}

impl Trial {
    /// The device's speed in 10⁶ px per second, if it can be used.
    pub fn megapixels(&self) -> Option<f64> {
        match self {
            Self::Megapixels(megapixels) => Some(*megapixels),
            Self::Wrong(_) | Self::Failed(_) => None,
        }
    }

    /// Why it can't be used, as a clause.
    pub fn refusal(&self) -> Option<&str> {
        match self {
            Self::Megapixels(_) => None,
            Self::Wrong(why) | Self::Failed(why) => Some(why),
        }
    }
}

/// A device and its trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceTrial {
    /// The device.
    pub device: DeviceInfo,
    /// Its trial.
    pub trial: Trial,
}

/// The devices that `auto` may select: all but software adapters, which are slower than the CPU itself.
pub fn candidates(devices: &[DeviceInfo]) -> impl Iterator<Item = &DeviceInfo> {
    devices.iter().filter(|device| device.kind != DeviceKind::Software)
}

/// Loads the denoiser on a device.
pub type Open<'a> = dyn FnMut(&DeviceInfo) -> Result<Box<dyn Restorer>, EngineError> + 'a;

/// Tries the devices with the denoiser that `open` loads on each. Takes half a second for each, and the time to open it.
pub fn run(devices: &[DeviceInfo], open: &mut Open) -> Vec<DeviceTrial> {
    let tile = tile();
    let is_cpu = |device: &&DeviceInfo| device.kind == DeviceKind::Cpu;
    // The CPU first: its output is the reference.
    let (cpu, gpus): (Vec<_>, Vec<_>) = devices.iter().partition(is_cpu);
    let mut reference: Option<Planes> = None;
    let trials = cpu.into_iter().chain(gpus).map(|device| {
        let trial = match open(device).and_then(|mut restorer| time(restorer.as_mut(), &tile)) {
            Ok((output, megapixels)) => {
                let reference = reference.get_or_insert_with(|| output.clone());
                let difference = largest_difference(reference, &output);
                if difference <= TOLERANCE {
                    Trial::Megapixels(megapixels)
                } else {
                    Trial::Wrong(format!("its output differs from the CPU's by {difference:.3} of 1"))
                }
            }
            Err(error) => Trial::Failed(error.to_string()),
        };
        DeviceTrial { device: device.clone(), trial }
    });
    trials.collect()
}

/// The fastest usable device, and why. None if there is none.
pub fn fastest(trials: &[DeviceTrial]) -> Option<(DeviceInfo, String)> {
    let mut usable: Vec<(&DeviceInfo, f64)> =
        trials.iter().filter_map(|tried| Some((&tried.device, tried.trial.megapixels()?))).collect();
    usable.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let ((device, first), others) = usable.split_first()?;
    let mut reason = format!("the fastest, {} when measured", rate(*first));
    let slower = others.iter().map(|(device, megapixels)| format!("{}: {}", device.name, rate(*megapixels)));
    for other in slower {
        reason += &format!("; {other}");
    }
    Some(((*device).clone(), reason))
}

/// A sentence on the devices that can't be used. None if all can.
pub fn refusals(trials: &[DeviceTrial]) -> Option<String> {
    let refusal = |DeviceTrial { device, trial }: &DeviceTrial| {
        trial.refusal().map(|why| format!("{} is not used: {why}", device.name))
    };
    let refusals: Vec<_> = trials.iter().filter_map(refusal).collect();
    (!refusals.is_empty()).then(|| refusals.join("; "))
}

/// `12 MP/s`, `0.34 MP/s`
pub fn rate(megapixels: f64) -> String {
    let decimals = if megapixels < 1.0 {
        2
    } else if megapixels < 10.0 {
        1
    } else {
        0
    };
    format!("{megapixels:.decimals$} MP/s")
}

/// The output, and the speed of the fastest run in 10⁶ px per second.
fn time(restorer: &mut dyn Restorer, tile: &Planes) -> Result<(Planes, f64), EngineError> {
    let output = restorer.restore(tile.clone())?;
    let (start, mut fastest) = (Instant::now(), f64::INFINITY);
    while start.elapsed().as_secs_f64() < MIN_SECONDS {
        let run = Instant::now();
        restorer.restore(tile.clone())?;
        fastest = fastest.min(run.elapsed().as_secs_f64());
    }
    let pixels = tile.size().area() as f64;
    Ok((output, (pixels / fastest / 1000.0).round() / 1000.0))
}

/// Edges, gradients and noise in colour, with a σ of 25.
fn tile() -> Planes {
    let mut random = random::values();
    let mut noise = || random.next().unwrap_or_default() - 0.5;
    let (planes, sigma) = (Task::Denoise.planes().0, 25.0 / 255.0);
    let mut values = Vec::with_capacity(planes * SIDE * SIDE);
    for plane in 0..planes {
        for (y, x) in (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (y, x))) {
            let edge = if (x / 24 + y / 40 + plane) % 2 == 0 { 0.25 } else { 0.6 };
            let value = edge + 0.1 * (x as f32 / SIDE as f32) + 0.3 * noise();
            values.push(if plane + 1 == planes { sigma } else { value });
        }
    }
    Planes::new(planes, Size::new(SIDE, SIDE), values)
}

fn largest_difference(one: &Planes, other: &Planes) -> f32 {
    if (one.channels(), one.size()) != (other.channels(), other.size()) {
        return f32::INFINITY;
    }
    // Not a number is the largest difference.
    let difference =
        |(one, other): (&f32, &f32)| Some((one - other).abs()).filter(|d| d.is_finite()).unwrap_or(f32::INFINITY);
    one.data().iter().zip(other.data()).map(difference).fold(0.0, f32::max)
}
