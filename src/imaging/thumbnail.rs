//! Thumbnails for the queue.

use super::{Photo, ScreenColours};
use crate::pixels::{Rect, Size};

/// A thumbnail in sRGB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// Its size in px.
    pub size: Size,
    /// Red, green, blue and alpha (not premultiplied), row by row.
    pub texels: Vec<[u8; 4]>,
}

/// Maximum number of samples per texel along each axis.
const MAX_SAMPLES: usize = 4;

/// Reduces the photo to a longer side of at most `side` px (at least 1); smaller photos keep their size.
pub fn thumbnail(photo: &Photo, side: usize) -> Thumbnail {
    let whole = photo.size();
    let longer = whole.width.max(whole.height).max(1);
    let reduced = |length: usize| if longer <= side { length } else { (length * side / longer).max(1) };
    let size = Size::new(reduced(whole.width), reduced(whole.height));
    let grey = photo.is_grey();
    let mut texels = Vec::with_capacity(size.area());
    for y in 0..size.height {
        let places = samples(y, size.height, whole.height);
        let rows: Vec<_> = places
            .map(|y| {
                let row = Rect::new(0, y, whole.width, 1);
                (photo.pixels.colours_in(row), photo.pixels.alpha_in(row))
            })
            .collect();
        for x in 0..size.width {
            let (mut sums, mut count) = ([0.0; 4], 0.0);
            for (colours, alpha) in &rows {
                for x in samples(x, size.width, whole.width) {
                    let alpha = alpha.as_ref().map_or(1.0, |alpha| alpha.plane(0)[x]);
                    for (channel, sum) in sums[..3].iter_mut().enumerate() {
                        *sum += alpha * colours.plane(if grey { 0 } else { channel })[x];
                    }
                    sums[3] += alpha;
                    count += 1.0;
                }
            }
            let [red, green, blue, alpha] = sums;
            // `as` clamps to 0–255, and turns NaN into 0.
            let byte = |sum: f32, by: f32| (255.0 * sum / by + 0.5) as u8;
            texels.push([byte(red, alpha), byte(green, alpha), byte(blue, alpha), byte(alpha, count)]);
        }
    }
    if let Some(colours) = ScreenColours::of(photo) {
        colours.convert(&mut texels);
    }
    Thumbnail { size, texels }
}

/// The sampled positions along a side for the texel `at` of `parts`.
fn samples(at: usize, parts: usize, side: usize) -> impl Iterator<Item = usize> {
    let (start, end) = (at * side / parts, ((at + 1) * side / parts).max(at * side / parts + 1).min(side));
    let count = (end - start).clamp(1, MAX_SAMPLES);
    (0..count).map(move |sample| start + (end - start) * sample / count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        imaging::{Depth, Format},
        pixels::{Planes, Raster},
    };

    #[test]
    fn it_is_the_reduced_photo() {
        let size = Size::new(400, 200);
        // Red on the left, transparent green on the right.
        let half = |left: f32, right: f32| (0..size.area()).map(move |i| if i % 400 < 200 { left } else { right });
        let values: Vec<f32> = [half(1.0, 0.0), half(0.0, 1.0), half(0.0, 0.0)].into_iter().flatten().collect();
        let colours = Planes::new(3, size, values);
        let alpha = Planes::new(1, size, half(1.0, 0.0).collect());
        let pixels = Raster::from_planes(&colours, Some(&alpha), Depth::Sixteen);
        let photo = Photo { pixels, format: Format::Png, metadata: Default::default() };
        let small = thumbnail(&photo, 100);
        assert_eq!(small.size, Size::new(100, 50));
        assert_eq!((small.texels[0], small.texels[99][3]), ([255, 0, 0, 255], 0));
        assert_eq!(thumbnail(&photo, 1000).size, size);
    }
}
