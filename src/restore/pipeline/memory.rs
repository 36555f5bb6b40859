//! The memory that a restoration needs in addition to the photo.

use super::Pipeline;
use crate::{
    engine::Task,
    pixels::{Rect, Size},
    restore::{
        Buffering, RestoreError,
        image_source::ImageSource,
        plan::AlphaPlan,
        repair::{Detection, detection_memory},
        runner::Runner,
    },
};

/// Bands in memory at once: one being computed, one in the channel, one being written.
const BANDS: u64 = 3;
/// Memory for an encoder, and for what the allocator keeps of freed memory, in bytes.
const ENCODING: u64 = 64 << 20;
/// Planes of a tile's size in memory in addition to the network's.
const TILE_PLANES: u64 = 24;

impl Pipeline<'_> {
    /// # Errors
    /// If it is more than the limit. `whole`: whether the result would be in memory as a whole.
    pub(super) fn fits(&self, need: u64, whole: bool) -> Result<(), RestoreError> {
        let size = self.plan.size;
        self.order.memory.check(need).map_err(|have| RestoreError::TooLarge { size, need, have, whole })
    }

    /// Memory for the result and its encoder when it is computed in bands of that size, in bytes.
    pub(super) fn need_of_rows(&self, band: Size, buffering: Buffering) -> u64 {
        let head = self.plan.head(self.order);
        let pixel = (head.channels * head.depth.bytes()) as u64;
        match buffering {
            Buffering::Whole => bytes(self.plan.size, pixel),
            Buffering::Bands => ENCODING + BANDS * bytes(band, pixel),
            Buffering::BandsAndEncoder(encoder) => ENCODING + encoder + BANDS * bytes(band, pixel),
            // The collected rows, and the encoded file.
            Buffering::Collected => ENCODING + BANDS * bytes(band, pixel) + 2 * bytes(self.plan.size, pixel),
        }
    }

    /// Memory in addition to the photo when it is computed in parts like `band`, in bytes.
    pub(super) fn need(&mut self, band: Rect, buffering: Buffering) -> Result<u64, RestoreError> {
        let mut need = self.need_of_rows(band.size(), buffering);
        // Intermediate results between the steps.
        let parts = self.plan.parts(band, &self.footprints);
        let pixel = (self.colours.channels() * size_of::<f32>()) as u64;
        let unbuffered = usize::from(self.plan.reducing.is_none() && self.plan.alpha != AlphaPlan::Restored);
        for part in &parts[..parts.len().saturating_sub(unbuffered)] {
            need += bytes(part.size(), pixel);
        }
        // And in a GPU's memory, which may be the main memory.
        for (number, (step, part)) in self.plan.steps.iter().zip(&parts).enumerate() {
            if self.plan.next_reads_unchanged(number, self.order)
                && self.runner.network(step.task)?.resident().is_some()
            {
                need += bytes(part.size(), pixel);
            }
        }
        if let (Some(_), Some(enlarged)) = (&self.plan.reducing, parts.last()) {
            // Reduced in width first, then in height.
            need += bytes(Size::new(band.width, enlarged.height), pixel) + bytes(band.size(), pixel);
        }
        for step in &self.plan.steps {
            need += need_of_network(&mut self.runner, step.task, self.plan.picture(step.task))?;
        }
        Ok(need + self.need_of_repair()?)
    }

    /// Checks the memory for the part `rect` of the result.
    ///
    /// # Errors
    /// When there is no device, or too little memory.
    pub fn check_memory(&mut self, rect: Rect) -> Result<(), RestoreError> {
        let need = self.need(rect, Buffering::Bands)?;
        self.fits(need, false)
    }

    /// Memory to find and fill marks, in bytes.
    pub(super) fn need_of_repair(&mut self) -> Result<u64, RestoreError> {
        if !self.plan.repairs {
            return Ok(0);
        }
        let (photo, channels) = (self.plan.photo, self.colours.channels());
        // The pictures of half the size, a quarter, and so on, what the first of them is filled with, and the marks.
        let mut need = bytes(photo, (channels * size_of::<f32>()) as u64) * 7 / 12 + bytes(photo, 2);
        // What is filled; all blocks if the marks are not known yet.
        let kept = self.filling_need().map_or(photo.area(), |need| need.kept);
        need += (kept * channels * size_of::<f32>()) as u64;
        need += need_of_network(&mut self.runner, Task::Repair, photo)?;
        let Some(detection) = self.detection() else { return Ok(need) };
        // Before the marks are filled; what is found is kept.
        let searching = need_of_detection(&mut self.runner, photo, channels, detection)?;
        Ok(searching.max(need + bytes(photo, 1)))
    }
}

/// Memory to find damage in a photo, in bytes.
///
/// # Errors
/// When there is no device.
pub fn need_of_detection(
    runner: &mut Runner,
    photo: Size,
    channels: usize,
    detection: Detection,
) -> Result<u64, RestoreError> {
    Ok(detection_memory(photo, channels, detection) + need_of_network(runner, Task::Detect, photo)?)
}

/// Memory for a network's runs over the tiles of a picture, in bytes.
fn need_of_network(runner: &mut Runner, task: Task, picture: Size) -> Result<u64, RestoreError> {
    let network = runner.network(task)?;
    let side = network.tile_side();
    let tile = Size::new(side.min(picture.width), side.min(picture.height));
    Ok(network.memory(tile) + planes_of(tile))
}

/// Memory for the planes of a tile in addition to the network's, in bytes.
pub fn planes_of(tile: Size) -> u64 {
    bytes(tile, TILE_PLANES * size_of::<f32>() as u64)
}

fn bytes(size: Size, each: u64) -> u64 {
    (size.area() as u64).saturating_mul(each)
}
