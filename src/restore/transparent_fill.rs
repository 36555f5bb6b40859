//! Colours under full transparency: nobody sees them, some programs use them, and they must neither
//! change nor show through at the edges of what is seen.

use crate::pixels::{Planes, Raster, Rect};

/// So far from what is seen, in steps along rows and columns, a colour is filled in: twice as far as
/// the largest network looks (RED30 at stride 2: 59 px each way), so that it never sees beyond.
pub const REACH: usize = 128;

/// Whether there are colours that nobody sees, beside some that are seen.
pub fn any(pixels: &Raster) -> bool {
    let (mut seen, mut unseen) = (false, false);
    for y in 0..pixels.size().height {
        let Some(alpha) = pixels.alpha_in(Rect::new(0, y, pixels.size().width, 1)) else { return false };
        seen |= alpha.data().iter().any(|&alpha| alpha != 0.0);
        unseen |= alpha.data().contains(&0.0);
        if seen && unseen {
            return true;
        }
    }
    false
}

/// The picture with the nearest seen colour in place of those under full transparency, within
/// [`REACH`], so that a network or a filter which looks around a seen pixel sees nothing else. What it
/// puts at a pixel depends on nothing further away.
pub fn filled(mut pixels: Planes, alpha: &Planes) -> Planes {
    if !alpha.data().contains(&0.0) {
        return pixels;
    }
    let nearest = nearest_seen(alpha);
    for channel in 0..pixels.channels() {
        let plane = pixels.plane_mut(channel);
        // Those that are seen stay, so what is read was not written.
        for (at, &seen) in nearest.iter().enumerate() {
            plane[at] = plane[seen as usize];
        }
    }
    pixels
}

/// Puts the colours under full transparency back to what they were.
pub fn put_back(pixels: &mut Planes, before: &Planes, alpha: &Planes) {
    for channel in 0..pixels.channels() {
        let places = pixels.plane_mut(channel).iter_mut().zip(before.plane(channel)).zip(alpha.plane(0));
        for ((value, &before), _) in places.filter(|(_, alpha)| **alpha == 0.0) {
            *value = before;
        }
    }
}

/// For each pixel the number of a pixel that is seen, about the nearest: a distance transform in two
/// sweeps (Borgefors 1986), by steps along rows and columns. Its own where none is within [`REACH`].
fn nearest_seen(alpha: &Planes) -> Vec<u32> {
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
    fn the_nearest_seen_colour_is_taken_and_put_back() {
        let size = Size::new(4, 2);
        let pixels = Planes::new(1, size, vec![0.1, 0.9, 0.9, 0.2, 0.9, 0.9, 0.9, 0.9]);
        let alpha = Planes::new(1, size, vec![1.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0]);
        let mut seen = filled(pixels.clone(), &alpha);
        assert_eq!(seen.data(), [0.1, 0.1, 0.2, 0.2, 0.1, 0.1, 0.2, 0.2]);
        put_back(&mut seen, &pixels, &alpha);
        assert_eq!(seen, pixels);
    }

    #[test]
    fn where_nothing_is_seen_or_all_is_nothing_changes() {
        let pixels = Planes::filled(3, Size::new(3, 3), 0.4);
        for alpha in [0.0, 1.0] {
            let alpha = Planes::filled(1, pixels.size(), alpha);
            assert_eq!(filled(pixels.clone(), &alpha), pixels);
            assert!(!any(&Raster::of(&pixels, Some(&alpha), Depth::Eight)));
        }
    }

    /// Parts are filled as the whole is, because nothing beyond the reach counts.
    #[test]
    fn a_part_with_its_reach_around_it_is_filled_as_the_whole() {
        let size = Size::new(400, 300);
        let random = |i: usize| (i.wrapping_mul(2_654_435_761) >> 7) % 1009;
        let pixels = Planes::new(1, size, (0..size.area()).map(|i| random(i) as f32 / 1009.0).collect());
        // Seen in few places, none near the left side.
        let seen = |i: usize| if random(i) < 2 && i % size.width > 180 { 1.0 } else { 0.0 };
        let alpha = Planes::new(1, size, (0..size.area()).map(seen).collect());
        let whole = filled(pixels.clone(), &alpha);
        assert_eq!(whole.row(0, 150)[0], pixels.row(0, 150)[0], "beyond the reach");
        for rect in [Rect::new(130, 140, 20, 10), Rect::new(0, 0, 60, 60), Rect::new(300, 200, 100, 100)] {
            let around = rect.grown(REACH, size);
            let part = filled(pixels.crop(around), &alpha.crop(around)).crop(rect.seen_from(around.x, around.y));
            assert_eq!(part, whole.crop(rect), "{rect:?}");
        }
    }
}
