//! Finding damage: the network runs from a 32nd of the size to the whole, each time with what it found before.

use std::sync::Arc;

use super::{Texture, prevalence::Prevalence};
use crate::{
    engine::Task,
    pixels::{Planes, Size},
    restore::{
        RestoreError,
        image_source::{Evened, ImageSource, PhotoColours},
        pyramid::{halved, halved_size},
        runner::{NetworkPass, PlannedPass, Runner},
        tensor_io::LevelPlane,
    },
};

/// How likely each px of a photo is damage.
#[derive(Debug, Clone, PartialEq)]
pub struct DamageMap {
    size: Size,
    /// Of the network: 0–255 stand for 0–1; row by row.
    probabilities: Vec<u8>,
    prevalence: Prevalence,
    texture: Arc<Texture>,
}

impl DamageMap {
    /// From the network's probabilities, 0–255 for 0–1, row by row, and the photo's texture.
    ///
    /// # Panics
    /// If their number is wrong.
    pub fn new(size: Size, probabilities: Vec<u8>, texture: Arc<Texture>) -> Self {
        assert_eq!(probabilities.len(), size.area(), "{size:?}");
        let prevalence = Prevalence::of(size, &probabilities);
        Self { size, probabilities, prevalence, texture }
    }

    /// Size of the photo, in px.
    pub fn size(&self) -> Size {
        self.size
    }

    /// How likely a px is damage, 0–1, corrected by how much damage is around it.
    pub fn corrected(&self, x: usize, y: usize) -> f32 {
        self.prevalence.corrected(x, y, self.row(y)[x])
    }

    /// The photo's texture.
    pub fn texture(&self) -> &Arc<Texture> {
        &self.texture
    }

    /// The network's own probabilities of a row, not corrected: 0–255 stand for 0–1.
    pub fn row(&self, y: usize) -> &[u8] {
        &self.probabilities[y * self.size.width..(y + 1) * self.size.width]
    }
}

/// How often the photo is halved for the smallest picture that the network runs on.
const HALVINGS: usize = 5;

/// The sizes of the halved pictures, the largest first.
fn smaller_sizes(photo: Size) -> impl Iterator<Item = Size> {
    std::iter::successors(Some(halved_size(photo)), |size| Some(halved_size(*size))).take(HALVINGS)
}

/// How closely a photo is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detection {
    /// To tell which marks are damage.
    HalfSize,
    /// To find it.
    FullSize,
}

/// The passes needed for a photo of this size.
pub fn detection_passes(photo: Size, detection: Detection) -> impl Iterator<Item = PlannedPass> {
    let pass = |size: Size| PlannedPass { task: Task::Detect, size: size.evened(), wanted: size.rect() };
    let full = (detection == Detection::FullSize).then_some(photo);
    let sizes: Vec<_> = full.into_iter().chain(smaller_sizes(photo)).collect();
    sizes.into_iter().rev().map(pass)
}

/// Memory for the pictures and the probabilities of a photo of this size with so many channels, in bytes.
pub fn detection_memory(photo: Size, channels: usize, detection: Detection) -> u64 {
    let smaller: usize = smaller_sizes(photo).map(Size::area).sum();
    let full = if detection == Detection::FullSize { photo.area() } else { 0 };
    (full + (channels + 1) * size_of::<f32>() * smaller) as u64
}

/// Runs the network on a photo.
///
/// # Errors
/// When it is cancelled, or no device works.
pub fn detect(colours: &PhotoColours, runner: &mut Runner) -> Result<DamageMap, RestoreError> {
    let size = colours.size();
    let level = LevelPlane::Doubled(Arc::new(detect_at_half_size(colours, runner)?), size);
    let mut bytes = vec![0; size.area()];
    run(colours, level, runner, &mut |x, y, values| {
        let start = y * size.width + x;
        for (byte, value) in bytes[start..start + values.len()].iter_mut().zip(values) {
            *byte = (value * 255.0 + 0.5) as u8;
        }
    })?;
    Ok(DamageMap::new(size, bytes, Arc::new(Texture::of(colours))))
}

/// Runs the network on a photo of half the size. Returns its probabilities, 0–1.
///
/// # Errors
/// When it is cancelled, or no device works.
pub fn detect_at_half_size(colours: &PhotoColours, runner: &mut Runner) -> Result<Planes, RestoreError> {
    of_half(colours, HALVINGS, runner)
}

/// The probabilities of the picture of half the size, from the smallest of so many halved pictures on.
fn of_half(picture: &dyn ImageSource, halvings: usize, runner: &mut Runner) -> Result<Planes, RestoreError> {
    let half = halved(picture, None);
    let level = match halvings {
        1 => LevelPlane::Constant(0.0),
        _ => LevelPlane::Doubled(Arc::new(of_half(&half, halvings - 1, runner)?), half.size()),
    };
    probabilities(&half, level, runner)
}

fn probabilities(picture: &dyn ImageSource, level: LevelPlane, runner: &mut Runner) -> Result<Planes, RestoreError> {
    let mut found = Planes::filled(1, picture.size(), 0.0);
    run(picture, level, runner, &mut |x, y, values| {
        found.row_mut(0, y)[x..x + values.len()].copy_from_slice(values);
    })?;
    Ok(found)
}

/// `take` receives a column, a row, and the probabilities from there.
fn run(
    picture: &dyn ImageSource,
    level: LevelPlane,
    runner: &mut Runner,
    take: &mut dyn FnMut(usize, usize, &[f32]),
) -> Result<(), RestoreError> {
    let pass = NetworkPass { task: Task::Detect, input: &Evened(picture), level, wanted: picture.size().rect() };
    runner.run(&pass, &mut |rect, part, _| {
        (0..rect.height).for_each(|row| take(rect.x, rect.y + row, part.row(0, row)));
    })
}
