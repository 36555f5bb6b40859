//! Strength: how much of a restoration goes into the result, and the mixing itself. Pure.

use serde::{Deserialize, Serialize};

use crate::pixels::Planes;

/// BlendWeights of the restored picture in the result, 0–1; the rest is the photo as it was (bicubically
/// enlarged where the size changes).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Strength {
    /// Of all that the restoration changes.
    pub overall: f32,
    /// And of what it changes of the luminance: less keeps grain.
    pub luminance: f32,
    /// And of what it changes of the colours alone: less keeps blotches of colour.
    pub colour: f32,
}

impl Strength {
    /// The restored picture alone.
    pub const FULL: Self = Self { overall: 1.0, luminance: 1.0, colour: 1.0 };

    /// The same share of luminance and colours.
    pub const fn of(overall: f32) -> Self {
        Self { overall, ..Self::FULL }
    }

    /// The share of the restored luminance, 0–1. Transparency is restored as a luminance and follows it.
    pub fn of_luminance(self) -> f32 {
        (self.overall * self.luminance).clamp(0.0, 1.0)
    }

    /// The share of the restored colours, 0–1.
    pub fn of_colour(self) -> f32 {
        (self.overall * self.colour).clamp(0.0, 1.0)
    }

    /// What is mixed of a picture restored at full strength.
    pub fn weights(self) -> BlendWeights {
        BlendWeights { luminance: self.of_luminance(), colour: self.of_colour() }
    }

    /// What is mixed of a picture that was made at the strength `made` itself, and kept with values of its depth;
    /// none when that does not tell what the restoration was ([`Strength::is_invertible`]), and another is wanted.
    pub fn weights_from(self, made: Strength) -> Option<BlendWeights> {
        let share = |wanted: f32, made: f32| match wanted == made {
            true => Some(1.0),
            false => (made >= MIN_INVERTIBLE).then(|| wanted / made),
        };
        let luminance = share(self.of_luminance(), made.of_luminance())?;
        Some(BlendWeights { luminance, colour: share(self.of_colour(), made.of_colour())? })
    }

    /// Whether a picture made at this strength tells well enough what the restoration was, so that every other
    /// strength can be mixed of it.
    pub fn is_invertible(self) -> bool {
        self.of_luminance() >= MIN_INVERTIBLE && self.of_colour() >= MIN_INVERTIBLE
    }

    /// What counts of it: a photo without colours has none to mix.
    pub fn effective_for(self, grey: bool) -> Self {
        Self { colour: if grey { self.luminance } else { self.colour }, ..self }
    }

    /// Whether the result is the restored picture alone.
    pub fn is_full(self) -> bool {
        self.weights() == BlendWeights::ALL
    }

    /// Whether nothing of the restored picture is in the result.
    pub fn is_none(self) -> bool {
        self.of_luminance() == 0.0 && self.of_colour() == 0.0
    }

    /// The weights as whole percents: overall, luminance, colour.
    pub fn percents(self) -> [u8; 3] {
        [self.overall, self.luminance, self.colour].map(|share| (share.clamp(0.0, 1.0) * 100.0).round() as u8)
    }
}

impl Default for Strength {
    fn default() -> Self {
        Self::FULL
    }
}

/// A share from which on a mixture still tells what the restoration was: its rounding by half a level becomes one
/// level at most, and what a lossy file loses of it no more than doubles.
const MIN_INVERTIBLE: f32 = 0.5;

/// What is mixed into what was there before, of a restored picture's luminance and colours: 0–1, and up to
/// twice that when the picture itself is a mixture and more is wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BlendWeights {
    luminance: f32,
    colour: f32,
}

impl BlendWeights {
    /// The restored picture as it is.
    pub const ALL: Self = Self { luminance: 1.0, colour: 1.0 };
    /// What was there before.
    pub const NONE: Self = Self { luminance: 0.0, colour: 0.0 };
}

/// A restored part mixed with what was there `before`, both of 1 (grey, or transparency) or 3 planes:
///
/// before + c·d + (l − c)·Y(d), with d = restored − before, l and c the weights of luminance and colour,
/// and Y the luminance of BT.601. Those weights because values are encoded ones, because the network that
/// enlarges works on just this luminance, and because they are JPEG's: grain that a camera left in Y is
/// what "luminance" moves.
pub fn blend(mut restored: Planes, before: &Planes, weights: BlendWeights) -> Planes {
    if weights == BlendWeights::ALL {
        return restored;
    }
    let BlendWeights { luminance: light, colour } = weights;
    if restored.channels() == 1 || light == colour {
        for (value, before) in restored.data_mut().iter_mut().zip(before.data()) {
            *value = before + light * (*value - before);
        }
        return restored;
    }
    // The luminance is a sum: that of the difference is the difference of the luminances.
    let (after, earlier) = (restored.luma(), before.luma());
    for channel in 0..restored.channels() {
        let places = restored.plane_mut(channel).iter_mut().zip(before.plane(channel));
        for ((value, before), (after, earlier)) in places.zip(after.data().iter().zip(earlier.data())) {
            *value = before + colour * (*value - before) + (light - colour) * (after - earlier);
        }
    }
    restored
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::Size;

    fn planes(channels: usize, seed: u32) -> Planes {
        let mut state = seed;
        let size = Size::new(7, 5);
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32
        };
        Planes::new(channels, size, (0..channels * size.area()).map(|_| next()).collect())
    }

    #[test]
    fn full_strength_is_the_result_and_none_is_what_was_there() {
        for channels in [1, 3] {
            let (before, after) = (planes(channels, 1), planes(channels, 2));
            assert_eq!(blend(after.clone(), &before, BlendWeights::ALL), after);
            for none in [Strength::of(0.0), Strength { luminance: 0.0, colour: 0.0, ..Strength::FULL }] {
                assert!(none.is_none());
                assert_eq!(blend(after.clone(), &before, none.weights()), before);
            }
        }
    }

    #[test]
    fn luminance_and_colour_move_apart() {
        let (before, after) = (planes(3, 3), planes(3, 4));
        let near = |a: &Planes, b: &Planes| a.data().iter().zip(b.data()).all(|(a, b)| (a - b).abs() < 1e-6);
        // Luminance alone: Y is the result's, and the colours stand to it as they did.
        let light = blend(after.clone(), &before, Strength { colour: 0.0, ..Strength::FULL }.weights());
        assert!(near(&light.luma(), &after.luma()));
        for channel in 0..3 {
            for index in 0..35 {
                let stands = |planes: &Planes| planes.plane(channel)[index] - planes.luma().data()[index];
                assert!((stands(&light) - stands(&before)).abs() < 1e-6);
            }
        }
        // Colour alone: Y stays as it was.
        let colour = blend(after.clone(), &before, Strength { luminance: 0.0, ..Strength::FULL }.weights());
        assert!(near(&colour.luma(), &before.luma()));
        assert!(!near(&colour, &before));
    }

    #[test]
    fn the_formula_holds_at_every_strength() {
        let (before, after) = (planes(3, 5), planes(3, 6));
        for (overall, luminance, colour) in [(0.3, 1.0, 1.0), (1.0, 0.25, 0.75), (0.5, 0.8, 0.1)] {
            let mixed = blend(after.clone(), &before, Strength { overall, luminance, colour }.weights());
            for index in 0..35 {
                let d = [0, 1, 2].map(|channel| after.plane(channel)[index] - before.plane(channel)[index]);
                let y = 0.299 * d[0] + 0.587 * d[1] + 0.114 * d[2];
                let (l, c) = (overall * luminance, overall * colour);
                for (channel, d) in d.into_iter().enumerate() {
                    let expected = before.plane(channel)[index] + c * d + (l - c) * y;
                    assert!((mixed.plane(channel)[index] - expected).abs() < 1e-6);
                }
            }
        }
    }

    #[test]
    fn a_mixture_is_mixed_on_as_the_restoration_would_be() {
        let (before, after) = (planes(3, 9), planes(3, 10));
        let apart = |luminance, colour| Strength { luminance, colour, ..Strength::FULL };
        let strengths = [Strength::FULL, Strength::of(0.0), Strength::of(0.6), apart(0.5, 0.9), apart(0.7, 0.4)];
        assert_eq!(strengths.map(Strength::is_invertible), [true, false, true, true, false]);
        for made in strengths.into_iter().filter(|made| made.is_invertible()) {
            let mixture = blend(after.clone(), &before, made.weights());
            for wanted in strengths {
                let again = blend(mixture.clone(), &before, wanted.weights_from(made).unwrap());
                let at_once = blend(after.clone(), &before, wanted.weights());
                let off = again.data().iter().zip(at_once.data()).map(|(a, b)| (a - b).abs());
                assert!(off.fold(0.0, f32::max) < 1e-5, "{made:?} {wanted:?}");
            }
        }
        // What is hardly in it does not come back out, and what is wanted as it is needs nothing.
        let faint = apart(1.0, 0.2);
        assert_eq!(Strength::FULL.weights_from(faint), None);
        assert_eq!(faint.weights_from(faint), Some(BlendWeights::ALL));
        assert_eq!(apart(0.5, 0.2).weights_from(faint), Some(BlendWeights { luminance: 0.5, colour: 1.0 }));
        // A photo without colours has none to miss.
        assert!(!faint.effective_for(false).is_invertible() && faint.effective_for(true).is_invertible());
    }

    #[test]
    fn grey_follows_its_luminance_alone() {
        let (before, after) = (planes(1, 7), planes(1, 8));
        let grey = |colour| blend(after.clone(), &before, Strength { overall: 0.5, luminance: 0.5, colour }.weights());
        assert_eq!(grey(0.0), grey(1.0));
        assert!((grey(0.0).data()[3] - (0.75 * before.data()[3] + 0.25 * after.data()[3])).abs() < 1e-6);
    }
}
