//! What a network is fed for a part of a picture, and what its answer means for the picture.

use std::sync::Arc;

use super::noise::NoiseMap;
use crate::{
    engine::Task,
    pixels::{Planes, Rect, Size, each_row},
};

/// What a network's last plane holds.
#[derive(Debug, Clone, PartialEq)]
pub enum LevelPlane {
    /// The same value everywhere.
    Constant(f32),
    /// The noise of the photo, so many times as strong.
    Map(Arc<NoiseMap>, f32),
}

impl LevelPlane {
    /// The largest σ/255 that a network was trained for.
    const MAX_SIGMA: f32 = super::Noise::MAX_SIGMA / 255.0;

    /// The values of the part `rect` of the photo, row by row, at the end of `planes`.
    fn append(&self, rect: Rect, planes: &mut Vec<f32>) {
        match self {
            LevelPlane::Constant(value) => planes.resize(planes.len() + rect.size().area(), *value),
            LevelPlane::Map(map, factor) => {
                planes.extend(map.part(rect).into_iter().map(|sigma| (sigma * factor).min(Self::MAX_SIGMA)));
            }
        }
    }
}

/// What a network is shown of a value: far beyond black and white (in a floating-point picture) it
/// answers nonsense, and noise reaches no further.
const SHOWN: std::ops::RangeInclusive<f32> = -1.0..=2.0;

/// The planes a network wants for the part `rect` of a picture (1 or 3 planes): see [`Task`]. Grey goes in
/// as red = green = blue. And the part itself, where [`planes_out`] needs it: colours that are shown as they are
/// become the network's planes without a copy.
pub fn planes_in(task: Task, (part, rect): (Planes, Rect), level: &LevelPlane) -> (Planes, Option<Planes>) {
    let (size, (channels, _)) = (part.size(), task.planes());
    let with_level = |mut data: Vec<f32>| {
        level.append(rect, &mut data);
        Planes::new(channels, size, data)
    };
    if task != Task::Enlarge && part.channels() == 3 && are_shown(part.data()) {
        return (with_level(part.into_data()), None);
    }
    let planes = if task == Task::Enlarge { part.luma() } else { in_colours(&part) };
    (with_level(shown_planes(planes).into_data()), Some(part))
}

/// What a network without a plane of its own for a level is shown of a part of a picture (1 or 3 planes): three planes.
pub fn colours_in(part: &Planes) -> Planes {
    shown_planes(in_colours(part))
}

fn in_colours(part: &Planes) -> Planes {
    let planes = (0..3).map(|channel| part.plane(channel.min(part.channels() - 1)));
    Planes::new(3, part.size(), planes.collect::<Vec<_>>().concat())
}

fn shown_planes(mut planes: Planes) -> Planes {
    let width = planes.width();
    each_row(planes.data_mut(), width, |_, row| row.iter_mut().for_each(|value| *value = shown(*value)));
    planes
}

/// The restored part of the picture: what the network's answer means for `part`.
pub fn planes_out(task: Task, part: Option<Planes>, answer: Planes) -> Planes {
    let Some(part) = part else { return answer };
    match task {
        Task::Denoise | Task::Deblock | Task::Estimate => {
            let mut restored = match part.channels() {
                1 => {
                    let mean = |i| (answer.plane(0)[i] + answer.plane(1)[i] + answer.plane(2)[i]) / 3.0;
                    Planes::new(1, part.size(), (0..part.size().area()).map(mean).collect())
                }
                _ => answer,
            };
            // What the network was not shown stays.
            let width = part.width();
            each_row(restored.data_mut(), width, |row, values| {
                let before = &part.data()[row * width..];
                values.iter_mut().zip(before).for_each(|(value, before)| *value += before - shown(*before));
            });
            restored
        }
        // A new luminance with the old chroma: every channel moves by the same amount.
        Task::Enlarge => {
            let before = part.luma();
            let mut restored = part;
            let Size { width, height } = restored.size();
            each_row(restored.data_mut(), width, |row, values| {
                let (after, before) = (answer.row(0, row % height), before.row(0, row % height));
                let moved = after.iter().zip(before).map(|(after, before)| after - shown(*before));
                values.iter_mut().zip(moved).for_each(|(value, moved)| *value += moved);
            });
            restored
        }
    }
}

fn shown(value: f32) -> f32 {
    value.clamp(*SHOWN.start(), *SHOWN.end())
}

/// Whether a network is shown all of the values as they are.
fn are_shown(values: &[f32]) -> bool {
    // All of a piece are looked at, which is quicker than to stop at the first.
    values.chunks(4096).all(|piece| piece.iter().fold(true, |all, value| all & (shown(*value) == *value)))
}
