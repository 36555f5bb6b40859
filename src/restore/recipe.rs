//! Recipe of a restoration, the user's choices: scratches, JPEG artefacts, noise, scale, strength, quality.

use serde::{Deserialize, Serialize};

use super::{Mask, Scale, Strength, WeightMap};
use crate::{engine::Model, imaging::JpegHistory};

/// Which artefacts of JPEG compression (blocks, fringes around edges) to remove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Compression {
    /// Those of the worst quality found in the file's tables or detected in its pixels; none if none is found or it is
    /// at least [`FINE`](Self::FINE).
    #[default]
    Auto,
    /// None.
    None,
    /// Those of this JPEG quality, 1–100.
    Quality(u8),
}

impl Compression {
    /// [`Auto`](Self::Auto) removes nothing from this quality on. Cameras save at such qualities; the loss is hardly
    /// visible (37 dB at 90, where a network gains 0.7 dB; 0.4 dB at 95), and a further network costs time.
    pub const FINE: u8 = 90;
    /// Named presets with their quality, as offered by the window.
    pub const PRESETS: [(&'static str, u8); 3] = [("light", 75), ("medium", 40), ("strong", 15)];

    /// The quality whose artefacts are removed from a photo with the JPEG history `found`.
    pub fn quality(self, found: JpegHistory) -> Option<u8> {
        match self {
            Compression::Auto => found.quality().map(|(quality, _)| quality).filter(|quality| *quality < Self::FINE),
            Compression::None => None,
            Compression::Quality(quality) => Some(quality.clamp(1, 100)),
        }
    }
}

impl From<Option<u8>> for Compression {
    fn from(quality: Option<u8>) -> Self {
        quality.map_or(Compression::None, Compression::Quality)
    }
}

/// How much noise to remove.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "StoredNoise")]
pub enum Noise {
    /// The measured noise, which varies over the photo; nothing for a clean photo.
    Auto(AutoAmount),
    /// Noise of this standard deviation σ, 0–75 on the 0–255 scale; 0 removes nothing.
    Sigma(f32),
}

/// How much of the measured noise to remove, in percent (50–200).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "u8")]
pub struct AutoAmount(u8);

impl AutoAmount {
    /// 100 %.
    pub const ALL: Self = Self(100);
    /// The valid range, in percent.
    pub const RANGE: std::ops::RangeInclusive<u8> = 50..=200;

    /// From a percentage, clamped to [`RANGE`](Self::RANGE).
    pub fn of(percent: u8) -> Self {
        Self(percent.clamp(*Self::RANGE.start(), *Self::RANGE.end()))
    }

    /// In percent.
    pub fn percent(self) -> u8 {
        self.0
    }

    /// As a factor, 0.5–2.
    pub fn factor(self) -> f32 {
        f32::from(self.0) / 100.0
    }
}

impl From<u8> for AutoAmount {
    fn from(percent: u8) -> Self {
        Self::of(percent)
    }
}

/// [`Noise`] in stored settings. Settings of earlier versions have `Auto` without an amount.
#[derive(Deserialize)]
#[serde(untagged)]
enum StoredNoise {
    Plain(PlainAuto),
    Full(FullNoise),
}

#[derive(Deserialize)]
enum PlainAuto {
    Auto,
}

#[derive(Deserialize)]
enum FullNoise {
    Auto(AutoAmount),
    Sigma(f32),
}

impl From<StoredNoise> for Noise {
    fn from(stored: StoredNoise) -> Self {
        match stored {
            StoredNoise::Plain(PlainAuto::Auto) => Noise::AUTO,
            StoredNoise::Full(FullNoise::Auto(amount)) => Noise::Auto(amount),
            StoredNoise::Full(FullNoise::Sigma(sigma)) => Noise::Sigma(sigma),
        }
    }
}

impl Noise {
    /// The measured noise, all of it.
    pub const AUTO: Self = Noise::Auto(AutoAmount::ALL);
    /// No noise is removed.
    pub const NONE: Self = Noise::Sigma(0.0);
    /// The largest σ the network was trained for, on the 0–255 scale.
    pub const MAX_SIGMA: f32 = 75.0;
    /// Named presets with their σ, as offered by the window and the command line.
    pub const PRESETS: [(&'static str, f32); 5] =
        [("none", 0.0), ("low", 10.0), ("medium", 25.0), ("high", 50.0), ("very-high", 70.0)];
}

/// What to repair: scratches, dust, creases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Repair {
    /// Nothing.
    #[default]
    None,
    /// What is found at this sensitivity, and what is marked by hand.
    Auto(Sensitivity),
    /// Only what is marked by hand or in a file.
    Given,
}

/// How easily damage is marked, 0–100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "u8")]
pub struct Sensitivity(u8);

impl Sensitivity {
    /// Only what is certain.
    pub const LOW: Self = Self(25);
    /// The usual one.
    pub const MEDIUM: Self = Self(50);
    /// Also faint damage, and some that is none.
    pub const HIGH: Self = Self(75);
    /// The named ones.
    pub const PRESETS: [(&'static str, Self); 3] = [("low", Self::LOW), ("medium", Self::MEDIUM), ("high", Self::HIGH)];

    /// From 0–100; more is 100.
    pub fn of(percent: u8) -> Self {
        Self(percent.min(100))
    }

    /// 0–100.
    pub fn percent(self) -> u8 {
        self.0
    }
}

impl Default for Sensitivity {
    fn default() -> Self {
        Self::MEDIUM
    }
}

impl From<u8> for Sensitivity {
    fn from(percent: u8) -> Self {
        Self::of(percent)
    }
}

/// Which networks to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ModelChoice {
    /// The best ones if that takes at most [`MAX_SECONDS_WITH_BEST`](super::MAX_SECONDS_WITH_BEST) seconds, else the fast ones.
    Auto,
    /// The fast ones.
    Fast,
    /// The best ones, the same on every machine.
    #[default]
    Best,
}

impl ModelChoice {
    /// The named ones.
    pub const ALL: [(&'static str, Self); 3] = [("best", Self::Best), ("fast", Self::Fast), ("auto", Self::Auto)];

    /// The networks, unless they depend on the time.
    pub fn given(self) -> Option<Model> {
        match self {
            Self::Auto => None,
            Self::Fast => Some(Model::Fast),
            Self::Best => Some(Model::Best),
        }
    }
}

/// The user's choices for a restoration.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// What to repair, before all else.
    #[serde(default)]
    pub repair: Repair,
    /// Which JPEG artefacts to remove; they are removed before noise.
    #[serde(default)]
    pub compression: Compression,
    /// How much noise to remove.
    pub noise: Noise,
    /// How large the result is.
    pub scale: Scale,
    /// How much of the restoration is applied. Changing it runs no network.
    pub strength: Strength,
    /// Which networks to use, where a task has a fast and a best one.
    #[serde(default)]
    pub model: ModelChoice,
    /// Self-ensemble: the mean over 8 flips and rotations (section 4 of the paper); 8 times the work.
    pub best: bool,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            repair: Repair::None,
            compression: Compression::Auto,
            noise: Noise::AUTO,
            scale: Scale::X1,
            strength: Strength::FULL,
            model: ModelChoice::Best,
            best: false,
        }
    }
}

impl Recipe {
    /// The JPEG quality whose artefacts are removed from a photo with the JPEG history `found`.
    pub fn quality(self, found: JpegHistory) -> Option<u8> {
        self.compression.quality(found).filter(|_| !self.strength.is_none())
    }

    /// The same at full strength: all that the networks depend on.
    pub fn at_full_strength(self) -> Self {
        Self { strength: Strength::FULL, ..self }
    }

    /// What the networks are to do: nothing if the result is the original everywhere.
    pub fn for_networks(self, mask: &Mask) -> Self {
        let is_none = WeightMap::new(self.strength, mask).is_none();
        Self { strength: if is_none { Strength::of(0.0) } else { Strength::FULL }, ..self }
    }
}

/// Stage of a restoration, shown beside its progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Opening the device and loading the network.
    Preparing,
    /// The first use of a GPU: devices are tried, kernels are compiled and measured.
    PreparingGpu,
    /// Finding scratches.
    Finding,
    /// Filling scratches.
    Filling,
    /// Removing the artefacts of compression.
    Deblocking,
    /// Removing noise.
    Denoising,
    /// Enlarging the picture.
    Enlarging,
}
