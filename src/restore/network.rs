//! What a network is fed for a part of a picture, and what its answer means for the picture.

use rayon::prelude::*;

use crate::{engine::Task, pixels::Planes};

/// What a network is shown of a value: far beyond black and white (in a floating-point picture) it
/// answers nonsense, and noise reaches no further.
const SHOWN: std::ops::RangeInclusive<f32> = -1.0..=2.0;

/// The planes a network wants for a part of a picture (1 or 3 planes): see [`Task`]. Grey goes in
/// as red = green = blue. And the part itself, where [`planes_out`] needs it: colours that are shown as they are
/// become the network's planes without a copy.
pub fn planes_in(task: Task, part: Planes, level: f32) -> (Planes, Option<Planes>) {
    let (size, (channels, _)) = (part.size(), task.planes());
    let with_level = |mut data: Vec<f32>| {
        data.resize(channels * size.area(), level);
        Planes::new(channels, size, data)
    };
    if task != Task::Enlarge && part.channels() == 3 && part.data().par_iter().all(|value| shown(*value) == *value) {
        return (with_level(part.into_data()), None);
    }
    let mut data = match task {
        Task::Denoise | Task::Deblock => {
            let planes = (0..3).map(|channel| part.plane(channel.min(part.channels() - 1)));
            planes.collect::<Vec<_>>().concat()
        }
        Task::Enlarge => part.luma().into_data(),
    };
    data.par_iter_mut().for_each(|value| *value = shown(*value));
    (with_level(data), Some(part))
}

/// The restored part of the picture: what the network's answer means for `part`.
pub fn planes_out(task: Task, part: Option<Planes>, answer: Planes) -> Planes {
    let Some(part) = part else { return answer };
    match task {
        Task::Denoise | Task::Deblock => {
            let mut restored = match part.channels() {
                1 => {
                    let mean = |i| (answer.plane(0)[i] + answer.plane(1)[i] + answer.plane(2)[i]) / 3.0;
                    Planes::new(1, part.size(), (0..part.size().area()).map(mean).collect())
                }
                _ => answer,
            };
            // What the network was not shown stays.
            let hidden = |(value, before): (&mut f32, &f32)| *value += before - shown(*before);
            restored.data_mut().par_iter_mut().zip(part.data()).for_each(hidden);
            restored
        }
        // A new luminance with the old chroma: every channel moves by the same amount.
        Task::Enlarge => {
            let before = part.luma();
            let mut restored = part;
            for channel in 0..restored.channels() {
                let values = restored.plane_mut(channel).par_iter_mut().zip(answer.data()).zip(before.data());
                values.for_each(|((value, after), before)| *value += after - shown(*before));
            }
            restored
        }
    }
}

fn shown(value: f32) -> f32 {
    value.clamp(*SHOWN.start(), *SHOWN.end())
}
