//! Colours of fully transparent pixels: filled from visible ones before a network runs, so that they don't bleed into
//! the edges, and reset after it, because some programs use them.

use crate::pixels::{Planes, Raster, Rect};

/// How far from visible pixels colours are filled, in steps along rows and columns (px): twice the receptive radius
/// of the largest network (RED30 at stride 2: 59 px).
pub const REACH: usize = 128;

/// Whether there are both fully transparent and visible pixels.
pub fn any(pixels: &Raster) -> bool {
    let (mut visible, mut transparent) = (false, false);
    for y in 0..pixels.size().height {
        let Some(alpha) = pixels.alpha_in(Rect::new(0, y, pixels.size().width, 1)) else { return false };
        visible |= alpha.data().iter().any(|&alpha| alpha != 0.0);
        transparent |= alpha.data().contains(&0.0);
        if visible && transparent {
            return true;
        }
    }
    false
}

/// Replaces the colours of fully transparent pixels by that of the nearest visible pixel within [`REACH`]. A filled
/// pixel depends on nothing further away.
pub fn filled(mut pixels: Planes, alpha: &Planes) -> Planes {
    if !alpha.data().contains(&0.0) {
        return pixels;
    }
    let nearest = nearest_visible(alpha);
    for channel in 0..pixels.channels() {
        let plane = pixels.plane_mut(channel);
        // Visible pixels map to themselves, so no value is read after it was replaced.
        for (at, &source) in nearest.iter().enumerate() {
            plane[at] = plane[source as usize];
        }
    }
    pixels
}

/// Resets the colours of fully transparent pixels to those of `before`.
pub fn reset(pixels: &mut Planes, before: &Planes, alpha: &Planes) {
    for channel in 0..pixels.channels() {
        let places = pixels.plane_mut(channel).iter_mut().zip(before.plane(channel)).zip(alpha.plane(0));
        for ((value, &before), _) in places.filter(|(_, alpha)| **alpha == 0.0) {
            *value = before;
        }
    }
}

/// For each pixel the index of the (approximately) nearest visible pixel: a two-pass distance transform (Borgefors
/// 1986) with steps along rows and columns. Its own index where none is within [`REACH`].
fn nearest_visible(alpha: &Planes) -> Vec<u32> {
    let (width, area) = (alpha.width(), alpha.data().len());
    let mut nearest: Vec<u32> = (0..area as u32).collect();
    let far = |alpha: &f32| if *alpha == 0.0 { u32::MAX } else { 0 };
    let mut distance: Vec<u32> = alpha.data().iter().map(far).collect();
    let mut take = |at: usize, from: usize| {
        let there = distance[from].saturating_add(1);
        if there < distance[at] {
            distance[at] = there;
            nearest[at] = nearest[from];
        }
    };
    for at in 0..area {
        if at % width > 0 {
            take(at, at - 1);
        }
        if at >= width {
            take(at, at - width);
        }
    }
    for at in (0..area).rev() {
        if at % width + 1 < width {
            take(at, at + 1);
        }
        if at + width < area {
            take(at, at + width);
        }
    }
    for (at, nearest) in nearest.iter_mut().enumerate() {
        if distance[at] > REACH as u32 {
            *nearest = at as u32;
        }
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::{Depth, Size};

    #[test]
    fn the_nearest_visible_colour_is_filled_in_and_reset() {
        let size = Size::new(4, 2);
        let pixels = Planes::new(1, size, vec![0.1, 0.9, 0.9, 0.2, 0.9, 0.9, 0.9, 0.9]);
        let alpha = Planes::new(1, size, vec![1.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0]);
        let mut colours = filled(pixels.clone(), &alpha);
        assert_eq!(colours.data(), [0.1, 0.1, 0.2, 0.2, 0.1, 0.1, 0.2, 0.2]);
        reset(&mut colours, &pixels, &alpha);
        assert_eq!(colours, pixels);
    }

    #[test]
    fn nothing_changes_if_all_or_no_pixels_are_visible() {
        let pixels = Planes::filled(3, Size::new(3, 3), 0.4);
        for alpha in [0.0, 1.0] {
            let alpha = Planes::filled(1, pixels.size(), alpha);
            assert_eq!(filled(pixels.clone(), &alpha), pixels);
            assert!(!any(&Raster::from_planes(&pixels, Some(&alpha), Depth::Eight)));
        }
    }

    /// Pixels beyond the reach have no influence.
    #[test]
    fn a_part_grown_by_the_reach_is_filled_like_the_whole() {
        let size = Size::new(400, 300);
        let random = |i: usize| (i.wrapping_mul(2_654_435_761) >> 7) % 1009;
        let pixels = Planes::new(1, size, (0..size.area()).map(|i| random(i) as f32 / 1009.0).collect());
        // Few visible pixels, none near the left side.
        let visible = |i: usize| if random(i) < 2 && i % size.width > 180 { 1.0 } else { 0.0 };
        let alpha = Planes::new(1, size, (0..size.area()).map(visible).collect());
        let whole = filled(pixels.clone(), &alpha);
        assert_eq!(whole.row(0, 150)[0], pixels.row(0, 150)[0], "beyond the reach");
        for rect in [Rect::new(130, 140, 20, 10), Rect::new(0, 0, 60, 60), Rect::new(300, 200, 100, 100)] {
            let reach = rect.grown(REACH, size);
            let part = filled(pixels.crop(reach), &alpha.crop(reach)).crop(rect.relative_to(reach.x, reach.y));
            assert_eq!(part, whole.crop(rect), "{rect:?}");
        }
    }
}
