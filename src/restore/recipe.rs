//! What a person asks for: noise level, scale, strength, quality.

use serde::{Deserialize, Serialize};

use super::Strength;

/// How much noise to take out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Noise {
    /// Estimated from the photo; a clean photo is left alone.
    Auto,
    /// Standard deviation σ of the noise on the 0–255 scale, 0–75. 0 leaves the photo as it is.
    Sigma(f32),
}

impl Noise {
    /// The largest σ the network was trained for.
    pub const MAX_SIGMA: f32 = 75.0;
    /// The named steps with their σ, as the window and the command line offer them.
    pub const STEPS: [(&'static str, f32); 5] =
        [("none", 0.0), ("low", 10.0), ("medium", 25.0), ("high", 50.0), ("very-high", 70.0)];
}

/// How many times wider and higher the result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Scale {
    /// The size stays.
    #[default]
    X1,
    /// Twice as wide and high.
    X2,
    /// Three times as wide and high.
    X3,
    /// Four times as wide and high.
    X4,
}

impl Scale {
    /// All scales, smallest first.
    pub const ALL: [Scale; 4] = [Scale::X1, Scale::X2, Scale::X3, Scale::X4];

    /// The factor, 1–4.
    pub const fn factor(self) -> usize {
        match self {
            Scale::X1 => 1,
            Scale::X2 => 2,
            Scale::X3 => 3,
            Scale::X4 => 4,
        }
    }

    /// The scale of a factor 1–4.
    pub fn from_factor(factor: usize) -> Option<Self> {
        Self::ALL.into_iter().find(|scale| scale.factor() == factor)
    }
}

/// Everything a person chooses about one restoration.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// How much noise to take out.
    pub noise: Noise,
    /// How many times to enlarge.
    pub scale: Scale,
    /// How much of the restored picture goes into the result. No network runs again to change it.
    pub strength: Strength,
    /// Self-ensemble: the mean over 8 flips and turns (section 4 of the paper); 8 times the work.
    pub best: bool,
}

impl Default for Recipe {
    fn default() -> Self {
        Self { noise: Noise::Auto, scale: Scale::X1, strength: Strength::FULL, best: false }
    }
}

impl Recipe {
    /// The same at full strength: all that the networks have to do with it.
    pub fn at_full_strength(self) -> Self {
        Self { strength: Strength::FULL, ..self }
    }
}

/// What a job is doing. Shown in words beside the progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Opening the device and loading the network.
    Preparing,
    /// Taking noise out.
    Denoising,
    /// Making the picture larger.
    Enlarging,
}
