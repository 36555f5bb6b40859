//! Colours under full transparency: nobody sees them, some programs use them, and they must neither
//! change nor show through at the edges of what is seen.

use std::borrow::Cow;

use crate::pixels::Planes;

/// The picture with the nearest seen colour in place of those under full transparency, so that a
/// network or a filter which looks around a seen pixel sees nothing else.
pub fn filled<'a>(pixels: &'a Planes, alpha: Option<&Planes>) -> Cow<'a, Planes> {
    let Some(alpha) = alpha.filter(|alpha| alpha.data().contains(&0.0)) else { return Cow::Borrowed(pixels) };
    if alpha.data().iter().all(|&alpha| alpha == 0.0) {
        return Cow::Borrowed(pixels);
    }
    let nearest = nearest_seen(alpha);
    let mut filled = pixels.clone();
    for channel in 0..pixels.channels() {
        let colors = pixels.plane(channel);
        for (value, &seen) in filled.plane_mut(channel).iter_mut().zip(&nearest) {
            *value = colors[seen as usize];
        }
    }
    Cow::Owned(filled)
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
/// sweeps (Borgefors 1986), by steps along rows and columns.
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
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::Size;

    #[test]
    fn the_nearest_seen_colour_is_taken_and_put_back() {
        let size = Size::new(4, 2);
        let pixels = Planes::new(1, size, vec![0.1, 0.9, 0.9, 0.2, 0.9, 0.9, 0.9, 0.9]);
        let alpha = Planes::new(1, size, vec![1.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0]);
        let mut seen = filled(&pixels, Some(&alpha)).into_owned();
        assert_eq!(seen.data(), [0.1, 0.1, 0.2, 0.2, 0.1, 0.1, 0.2, 0.2]);
        put_back(&mut seen, &pixels, &alpha);
        assert_eq!(seen, pixels);
    }

    #[test]
    fn where_nothing_is_seen_nothing_changes() {
        let pixels = Planes::filled(3, Size::new(3, 3), 0.4);
        for alpha in [0.0, 1.0] {
            let alpha = Planes::filled(1, pixels.size(), alpha);
            assert_eq!(*filled(&pixels, Some(&alpha)), pixels);
        }
    }
}
