//! Noise level as a function of brightness.

/// σ of the noise at one brightness, on the 0–255 scale.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct NoiseLevel {
    /// σ of the brightness, the mean of red, green and blue.
    pub brightness: f32,
    /// σ of the colour: the root mean square of the differences of red, green and blue from their mean.
    pub colour: f32,
}

impl NoiseLevel {
    /// σ of the three channels together (root mean square).
    pub fn sigma(self) -> f32 {
        self.brightness.hypot(self.colour)
    }

    /// Multiplied by a factor.
    pub fn times(self, factor: f32) -> Self {
        Self { brightness: self.brightness * factor, colour: self.colour * factor }
    }
}

/// A noise-level function (Liu, Szeliski, Kang, Zitnick, Freeman, IEEE TPAMI 2008): σ as a function of the brightness.
/// Linear between knots, constant beyond the first and the last.
#[derive(Debug, Clone, PartialEq)]
pub struct NoiseLevels {
    /// Brightness (0–1, ascending) and level; at least one.
    knots: Vec<(f32, NoiseLevel)>,
}

impl NoiseLevels {
    /// Brightness that represents shadows, 0–1.
    pub const SHADOWS: f32 = 0.15;
    /// Brightness that represents midtones, 0–1.
    pub const MIDTONES: f32 = 0.5;
    /// Brightness that represents highlights, 0–1.
    pub const HIGHLIGHTS: f32 = 0.85;

    /// The same level at every brightness.
    pub fn constant(level: NoiseLevel) -> Self {
        Self { knots: vec![(0.0, level)] }
    }

    /// Interpolates these knots of brightness (0–1) and level. Without knots there is no noise.
    pub fn through(mut knots: Vec<(f32, NoiseLevel)>) -> Self {
        knots.sort_by(|a, b| a.0.total_cmp(&b.0));
        if knots.is_empty() {
            return Self::constant(NoiseLevel::default());
        }
        Self { knots }
    }

    /// Brightness (0–1, ascending) and level of each knot; at least one.
    pub fn knots(&self) -> impl Iterator<Item = (f32, NoiseLevel)> + '_ {
        self.knots.iter().copied()
    }

    /// The level at a brightness, 0–1; NaN counts as black.
    pub fn at(&self, brightness: f32) -> NoiseLevel {
        let brightness = if brightness.is_nan() { 0.0 } else { brightness };
        let after = self.knots.partition_point(|(knot, _)| *knot <= brightness);
        let last = self.knots.len() - 1;
        let ((from, low), (to, high)) = (self.knots[after.saturating_sub(1)], self.knots[after.min(last)]);
        let share = if to > from { ((brightness - from) / (to - from)).clamp(0.0, 1.0) } else { 0.0 };
        let lerp = |low: f32, high: f32| low + (high - low) * share;
        NoiseLevel { brightness: lerp(low.brightness, high.brightness), colour: lerp(low.colour, high.colour) }
    }

    /// Multiplied by a factor.
    pub fn times(&self, factor: f32) -> Self {
        Self { knots: self.knots.iter().map(|(at, level)| (*at, level.times(factor))).collect() }
    }
}

#[cfg(test)]
impl NoiseLevels {
    /// Linear from (brightness, colour) at black to those at white.
    pub fn line(black: (f32, f32), white: (f32, f32)) -> Self {
        let level = |(brightness, colour): (f32, f32)| NoiseLevel { brightness, colour };
        Self::through(vec![(0.0, level(black)), (1.0, level(white))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_between_the_knots_and_constant_beyond() {
        let at = |brightness: f32| NoiseLevel { brightness, colour: 2.0 * brightness };
        let levels = NoiseLevels::through(vec![(0.8, at(2.0)), (0.2, at(8.0))]);
        assert_eq!(levels.at(0.0), at(8.0));
        assert_eq!(levels.at(1.0), at(2.0));
        assert!((levels.at(0.5).brightness - 5.0).abs() < 1e-5 && (levels.at(0.5).colour - 10.0).abs() < 1e-5);
        assert_eq!(levels.times(2.0).at(0.1), at(16.0));
        assert_eq!(levels.at(f32::NAN), at(8.0));
        assert_eq!(NoiseLevels::through(Vec::new()).at(0.3).sigma(), 0.0);
        assert_eq!(NoiseLevel { brightness: 3.0, colour: 4.0 }.sigma(), 5.0);
    }
}
