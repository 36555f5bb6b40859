//! What a network is fed for a part of a picture, and what its answer means for the picture.

use crate::{
    engine::Task,
    pixels::{Planes, Rect},
};

/// Cuts `rect` out of a picture that is continued by reflection to the right and below (as far as
/// the stride of a network asks: 1 px).
pub fn crop_padded(picture: &Planes, rect: Rect) -> Planes {
    let size = picture.size();
    if rect.right() <= size.width && rect.bottom() <= size.height {
        return picture.crop(rect);
    }
    let reflect = |i: usize, length: usize| if i < length { i } else { (2 * length - 2).saturating_sub(i) };
    let mut part = Planes::filled(picture.channels(), rect.size(), 0.0);
    for channel in 0..picture.channels() {
        for y in 0..rect.height {
            let row = picture.row(channel, reflect(rect.y + y, size.height));
            for (x, value) in part.row_mut(channel, y).iter_mut().enumerate() {
                *value = row[reflect(rect.x + x, size.width)];
            }
        }
    }
    part
}

/// The planes a network wants for a part of a picture (1 or 3 planes): see [`Task`]. Grey goes in
/// as red = green = blue.
pub fn planes_in(task: Task, part: &Planes, level: f32) -> Planes {
    let area = part.size().area();
    let mut data;
    let channels = match task {
        Task::Denoise => {
            data = Vec::with_capacity(4 * area);
            for channel in 0..3 {
                data.extend_from_slice(part.plane(channel.min(part.channels() - 1)));
            }
            4
        }
        Task::Enlarge => {
            data = part.luma().into_data();
            2
        }
    };
    data.resize(channels * area, level);
    Planes::new(channels, part.size(), data)
}

/// The restored part of the picture: what the network's answer means for `part`.
pub fn planes_out(task: Task, part: &Planes, answer: Planes) -> Planes {
    match task {
        Task::Denoise if part.channels() == 1 => {
            let mean = |i| (answer.plane(0)[i] + answer.plane(1)[i] + answer.plane(2)[i]) / 3.0;
            Planes::new(1, part.size(), (0..part.size().area()).map(mean).collect())
        }
        Task::Denoise => answer,
        // A new luminance with the old chroma: every channel moves by the same amount.
        Task::Enlarge => {
            let mut restored = part.clone();
            let before = part.luma();
            for channel in 0..part.channels() {
                for ((value, after), before) in
                    restored.plane_mut(channel).iter_mut().zip(answer.data()).zip(before.data())
                {
                    *value += after - before;
                }
            }
            restored
        }
    }
}
