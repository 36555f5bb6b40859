//! Conversion between parts of a picture and the planes a network takes and returns.

use std::sync::Arc;

use super::{Bitmap, noise::NoiseMap, pyramid::doubled};
use crate::{
    engine::{INPUT_RANGE, Task},
    pixels::{Planes, Rect, Size, each_row},
};

/// Content of a network's last input plane.
#[derive(Debug, Clone, PartialEq)]
pub enum LevelPlane {
    /// The same value everywhere.
    Constant(f32),
    /// The noise map of the photo (σ/255), multiplied by the factor.
    Map(Arc<NoiseMap>, f32),
    /// 1 for these px of the picture, else 0.
    Marks(Arc<Bitmap>),
    /// The plane of half the size, doubled to a picture of this size.
    Doubled(Arc<Planes>, Size),
}

impl LevelPlane {
    /// The largest σ/255 that a network was trained for.
    const MAX_SIGMA: f32 = super::Noise::MAX_SIGMA / 255.0;

    /// The values of the part `rect` of the picture as a plane: of 1 px if they are the same everywhere.
    pub fn plane(&self, rect: Rect) -> Planes {
        let rect = if let LevelPlane::Constant(_) = self { Rect::new(0, 0, 1, 1) } else { rect };
        let mut values = Vec::with_capacity(rect.size().area());
        self.append(rect, &mut values);
        Planes::new(1, rect.size(), values)
    }

    /// The value, if it is the same everywhere.
    pub fn constant(&self) -> Option<f32> {
        if let LevelPlane::Constant(value) = self { Some(*value) } else { None }
    }

    /// Appends the values of the part `rect` of the picture to `planes`, row by row. Beyond the picture its last row and
    /// column are repeated.
    fn append(&self, rect: Rect, planes: &mut Vec<f32>) {
        match self {
            LevelPlane::Constant(value) => planes.resize(planes.len() + rect.size().area(), *value),
            LevelPlane::Map(map, factor) => {
                planes.extend(map.part(rect).into_iter().map(|sigma| (sigma * factor).min(Self::MAX_SIGMA)));
            }
            LevelPlane::Marks(marks) => marks.values(rect, planes),
            LevelPlane::Doubled(half, size) => {
                for y in rect.y..rect.bottom() {
                    let y = y.min(size.height - 1);
                    planes.extend((rect.x..rect.right()).map(|x| doubled(half, 0, (x.min(size.width - 1), y))));
                }
            }
        }
    }
}

/// The input planes of a network (see [`Task`]) for the part `rect` of a picture (1 or 3 planes; for repair twice as many); grey
/// becomes red = green = blue. Also the part itself, if [`planes_out`] needs it: colours within [`INPUT_RANGE`] become the
/// input planes without a copy.
pub fn planes_in(task: Task, part: Planes, rect: Rect, level: &LevelPlane) -> (Planes, Option<Planes>) {
    let (size, (channels, _)) = (part.size(), task.planes());
    let with_level = |mut data: Vec<f32>| {
        level.append(rect, &mut data);
        Planes::new(channels, size, data)
    };
    if task == Task::Detect {
        let colours = colours_in(&part);
        let red = Planes::new(1, size, colours.plane(0).to_vec());
        return (with_level(colours.into_data()), Some(red));
    }
    if task != Task::Enlarge && part.channels() + 1 == channels && are_in_range(part.data()) {
        return (with_level(part.into_data()), None);
    }
    let planes = match task {
        Task::Enlarge => luminance_in(&part),
        Task::Repair => clamped_planes(in_colours(&part, 2)),
        _ => colours_in(&part),
    };
    (with_level(planes.into_data()), Some(part))
}

/// The luminance of a part of a picture (1 or 3 planes), within [`INPUT_RANGE`].
pub fn luminance_in(part: &Planes) -> Planes {
    clamped_planes(part.luma())
}

/// The input planes of a network without a level plane, for a part of a picture (1 or 3 planes): three planes.
pub fn colours_in(part: &Planes) -> Planes {
    clamped_planes(in_colours(part, 1))
}

/// Three planes for each of so many pictures of 1 or 3 planes.
fn in_colours(part: &Planes, pictures: usize) -> Planes {
    let channels = part.channels() / pictures;
    let planes = (0..3 * pictures).map(|plane| part.plane(plane / 3 * channels + (plane % 3).min(channels - 1)));
    Planes::new(3 * pictures, part.size(), planes.collect::<Vec<_>>().concat())
}

fn clamped_planes(mut planes: Planes) -> Planes {
    let width = planes.width();
    each_row(planes.data_mut(), width, |_, row| row.iter_mut().for_each(|value| *value = clamped(*value)));
    planes
}

/// The restored part of the picture, from the network's output and the `part` kept by [`planes_in`]; for detection, how
/// likely each px is damage.
pub fn planes_out(task: Task, part: Option<Planes>, output: Planes) -> Planes {
    let Some(part) = part else { return output };
    match task {
        Task::Detect => {
            let logits = output.data().iter().zip(part.data()).map(|(output, red)| output - red);
            Planes::new(1, part.size(), logits.map(|logit| 1.0 / (1.0 + (-logit).exp())).collect())
        }
        Task::Repair => in_channels(part.channels() / 2, output),
        Task::Denoise | Task::Deblock | Task::Estimate => {
            let mut restored = in_channels(part.channels(), output);
            // Adds back what was clamped from the input.
            let width = part.width();
            each_row(restored.data_mut(), width, |row, values| {
                let before = &part.data()[row * width..];
                values.iter_mut().zip(before).for_each(|(value, before)| *value += before - clamped(*before));
            });
            restored
        }
        // New luma, old chroma: every channel changes by the same amount.
        Task::Enlarge => {
            let before = part.luma();
            let mut restored = part;
            let Size { width, height } = restored.size();
            each_row(restored.data_mut(), width, |row, values| {
                let (after, before) = (output.row(0, row % height), before.row(0, row % height));
                let changes = after.iter().zip(before).map(|(after, before)| after - clamped(*before));
                values.iter_mut().zip(changes).for_each(|(value, change)| *value += change);
            });
            restored
        }
    }
}

/// Three planes, or their mean for a grey picture.
fn in_channels(channels: usize, output: Planes) -> Planes {
    if channels != 1 {
        return output;
    }
    let mean = |i| (output.plane(0)[i] + output.plane(1)[i] + output.plane(2)[i]) / 3.0;
    Planes::new(1, output.size(), (0..output.size().area()).map(mean).collect())
}

fn clamped(value: f32) -> f32 {
    value.clamp(*INPUT_RANGE.start(), *INPUT_RANGE.end())
}

/// Whether no value has to be clamped.
pub fn are_in_range(values: &[f32]) -> bool {
    // Without an early exit within a chunk, so that it is vectorised.
    values.chunks(4096).all(|piece| piece.iter().fold(true, |all, value| all & (clamped(*value) == *value)))
}
