//! Finding damage: the network runs from a quarter of the size to the whole, each time with what it found before.

use std::sync::Arc;

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamageMap {
    size: Size,
    /// 0–255 stand for 0–1; row by row.
    probabilities: Vec<u8>,
}

impl DamageMap {
    /// From values of 0–255 for 0–1, row by row.
    ///
    /// # Panics
    /// If their number is wrong.
    pub fn new(size: Size, probabilities: Vec<u8>) -> Self {
        assert_eq!(probabilities.len(), size.area(), "{size:?}");
        Self { size, probabilities }
    }

    /// Size of the photo, in px.
    pub fn size(&self) -> Size {
        self.size
    }

    /// A row: 0–255 stand for 0–1.
    pub fn row(&self, y: usize) -> &[u8] {
        &self.probabilities[y * self.size.width..(y + 1) * self.size.width]
    }
}

/// The sizes it runs at, the smallest first.
fn sizes(photo: Size) -> [Size; 3] {
    let half = halved_size(photo);
    [halved_size(half), half, photo]
}

/// The passes needed for a photo of this size.
pub fn detection_passes(photo: Size) -> impl Iterator<Item = PlannedPass> {
    let pass = |size: Size| PlannedPass { task: Task::Detect, size: size.evened(), wanted: size.rect() };
    sizes(photo).into_iter().map(pass)
}

/// Memory for the pictures and the probabilities of a photo of this size with so many channels, in bytes.
pub fn detection_memory(photo: Size, channels: usize) -> u64 {
    let smaller = (channels + 1) * size_of::<f32>();
    let (half, quarter) = (halved_size(photo), halved_size(halved_size(photo)));
    (photo.area() + smaller * (half.area() + quarter.area())) as u64
}

/// Runs the network on a photo.
///
/// # Errors
/// When it is cancelled, or no device works.
pub fn detect(colours: &PhotoColours, runner: &mut Runner) -> Result<DamageMap, RestoreError> {
    let half = halved(colours, None);
    let quarter = halved(&half, None);
    let of_quarter = probabilities(&quarter, LevelPlane::Constant(0.0), runner)?;
    let of_half = probabilities(&half, LevelPlane::Doubled(Arc::new(of_quarter), half.size()), runner)?;
    drop((half, quarter));
    let size = colours.size();
    let mut bytes = vec![0; size.area()];
    run(colours, LevelPlane::Doubled(Arc::new(of_half), size), runner, &mut |x, y, values| {
        let start = y * size.width + x;
        for (byte, value) in bytes[start..start + values.len()].iter_mut().zip(values) {
            *byte = (value * 255.0 + 0.5) as u8;
        }
    })?;
    Ok(DamageMap::new(size, bytes))
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
