//! What to do with each photo.

use std::path::PathBuf;

use clap::value_parser;

use super::super::parse;
use crate::restore::{Compression, ModelChoice, Noise, Recipe, Repair, Scale, Sensitivity, Strength};

/// Options of the recipe.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Restoration")]
pub struct RestorationArgs {
    /// Scratches, dust and creases to fill: none, auto, low, medium, high, a sensitivity from 0 to 100, or a mask
    ///
    /// They are filled before all else. auto marks what is found at medium, which is 50; low is 25 and high 75. A mask is a
    /// picture of the photo's size: white is filled, damage also from what shows through, all else from its surroundings only; light
    /// grey, as --save-mask writes what was found, is damage. Holes that show nothing of the picture and are more than 128 px
    /// wide stay, and are reported; what else is white may not be wider. A folder of masks has one for each input, of the same name except for
    /// the extension.
    #[arg(long, value_name = "WHAT|MASK", default_value = "none", value_parser = parse::repair, allow_negative_numbers = true)]
    pub repair: RepairArg,
    /// JPEG artefacts to remove: auto, none, or those of a quality from 1 to 100
    ///
    /// They are removed before noise. auto uses the worst quality found, in the file's quantisation tables or from an earlier
    /// compression detected in the pixels (also of a file that is a PNG now), and removes nothing from 90 on.
    #[arg(long, value_name = "QUALITY", default_value = "auto", value_parser = parse::jpeg, allow_negative_numbers = true)]
    pub jpeg: Compression,
    /// Noise to remove: auto, auto:PERCENT (50 to 200), none, low, medium, high, very-high, or σ from 0 to 75
    ///
    /// auto measures the noise at every brightness and removes all of it; auto:150 removes one and a half times as much.
    /// A clean photo, a drawing or a page of text is left unchanged, and still written. The levels none, low, medium,
    /// high and very-high are σ 0, 10, 25, 50 and 70 on the 0–255 scale.
    #[arg(long, value_name = "LEVEL", default_value = "auto", value_parser = parse::noise, allow_negative_numbers = true)]
    pub noise: Noise,
    /// Enlargement factor for width and height, 1 to 4, such as 2 or 2.5
    ///
    /// Artefacts and noise are removed first.
    #[arg(long, value_name = "N", default_value = "1", value_parser = parse::scale, allow_negative_numbers = true)]
    pub scale: Scale,
    /// Length of the longer side of the result, in px, in place of a factor
    ///
    /// A photo is enlarged at most four times, and never made smaller.
    #[arg(long, value_name = "PX", conflicts_with = "scale", value_parser = value_parser!(u32).range(1..), allow_negative_numbers = true)]
    pub long_side: Option<u32>,
    /// Strength of the restoration, 0 to 100 %; 0 leaves the original
    #[arg(long, value_name = "PERCENT", default_value_t = 100, value_parser = value_parser!(u8).range(0..=100), allow_negative_numbers = true)]
    pub strength: u8,
    /// Strength for the luminance, 0 to 100 % of --strength; less keeps grain
    #[arg(long, value_name = "PERCENT", default_value_t = 100, value_parser = value_parser!(u8).range(0..=100), allow_negative_numbers = true)]
    pub luminance: u8,
    /// Strength for the colours, 0 to 100 % of --strength; less keeps colour noise
    #[arg(long, value_name = "PERCENT", default_value_t = 100, value_parser = value_parser!(u8).range(0..=100), allow_negative_numbers = true)]
    pub colour: u8,
    /// Picture of where to restore, of the photo's size: white is restored, black left as it is
    ///
    /// Grey is in between. --strength applies where it is white, --elsewhere where it is black. With several inputs, to
    /// each of them.
    #[arg(long, value_name = "FILE")]
    pub mask: Option<PathBuf>,
    /// Strength where the mask is black, 0 to 100 %
    #[arg(long, value_name = "PERCENT", default_value_t = 0, requires = "mask", value_parser = value_parser!(u8).range(0..=100), allow_negative_numbers = true)]
    pub elsewhere: u8,
    /// Networks, where there are two: fast, best, or auto
    ///
    /// auto takes the best ones if a photo takes at most 10 seconds with them on this device (--repair not counted), else the
    /// fast ones, which need about half the time. Which one that is can differ from device to device and from run to run; fast and best are the same
    /// everywhere. Only noise has two networks yet.
    #[arg(long, value_name = "WHICH", default_value = "best", value_parser = parse::model)]
    pub model: ModelChoice,
    /// Best quality: the mean over 8 flips and rotations, in 8 times the time
    #[arg(long)]
    pub best: bool,
}

impl RestorationArgs {
    /// The recipe for each photo.
    pub fn recipe(&self) -> Recipe {
        let [overall, luminance, colour] =
            [self.strength, self.luminance, self.colour].map(|percent| f32::from(percent) / 100.0);
        let strength = Strength { overall, luminance, colour };
        let scale = self.long_side.map_or(self.scale, Scale::LongSide);
        let repair = self.repair.repair();
        let (model, best) = (self.model, self.best);
        Recipe { repair, compression: self.jpeg, noise: self.noise, scale, strength, model, best }
    }
}

/// What to repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RepairArg {
    /// Nothing.
    None,
    /// What is found at this sensitivity.
    Auto(Sensitivity),
    /// What is white in this picture, or in those of this folder.
    Masks(PathBuf),
}

impl RepairArg {
    /// As part of a recipe.
    pub fn repair(&self) -> Repair {
        match self {
            RepairArg::None => Repair::None,
            RepairArg::Auto(sensitivity) => Repair::Auto(*sensitivity),
            RepairArg::Masks(_) => Repair::Given,
        }
    }
}
