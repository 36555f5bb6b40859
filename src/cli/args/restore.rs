//! Arguments of `redawn restore`.

use std::path::PathBuf;

use clap::{ValueEnum, value_parser};

use super::{help, parse};
use crate::{
    engine::{DeviceChoice, Threads, TileChoice},
    imaging::{Background, Depth, Format, IfExists, MemoryLimit, MetadataChoice, SaveOptions},
    restore::{Compression, Noise, Recipe, Repair, Scale, Sensitivity, Strength},
};

/// `redawn restore`
#[derive(Debug, clap::Args)]
#[command(after_long_help = help::RESTORE)]
pub struct RestoreArgs {
    /// Photos to restore; - is standard input
    ///
    /// Two inputs of one name do not overwrite each other in a folder: the second result becomes name (2).png. A file
    /// named - is ./-
    #[arg(value_name = "INPUT", required = true)]
    pub inputs: Vec<PathBuf>,
    /// Output file or folder; - for standard output
    ///
    /// A file if there is one input and OUT has an extension. Otherwise, or if it is a folder or ends in /, a folder,
    /// created if missing: each result gets its input's name and format (PNG if that format can't be written). An input
    /// is only overwritten with --if-exists replace. - for standard output: the picture is written as a whole or not at
    /// all, and all messages go to stderr.
    #[arg(short, long, value_name = "OUT", required_unless_present = "repair_only_mask")]
    pub output: Option<PathBuf>,
    /// Format of the results [default: that of OUT's name, else of the input]
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: Option<FormatArg>,
    /// Scratches, dust and creases to fill: none, auto, low, medium, high, a sensitivity from 0 to 100, or a mask
    ///
    /// They are filled before all else. auto marks what is found at medium, which is 50; low is 25 and high 75. A mask is a
    /// picture of the photo's size: white is filled. A folder of masks has one for each input, of the same name except for
    /// the extension.
    #[arg(long, value_name = "WHAT|MASK", default_value = "none", value_parser = parse::repair, allow_negative_numbers = true)]
    pub repair: RepairArg,
    /// Write what --repair marks as PNG, to a file, or to a folder under the names of the inputs
    #[arg(long, value_name = "FILE|FOLDER")]
    pub save_mask: Option<PathBuf>,
    /// Write only that, and restore nothing; -o is not needed
    #[arg(long, requires = "save_mask")]
    pub repair_only_mask: bool,
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
    /// Best quality: the mean over 8 flips and rotations, in 8 times the time
    #[arg(long)]
    pub best: bool,
    /// JPEG or WebP quality, 1 to 100 [default: 95 for JPEG, lossless for WebP]
    #[arg(long, value_name = "Q", value_parser = value_parser!(u8).range(1..=100), allow_negative_numbers = true)]
    pub quality: Option<u8>,
    /// Bits per channel, 8 or 16, as far as the format holds them [default: those of the photo]
    #[arg(long, value_name = "BITS", value_parser = parse::depth, allow_negative_numbers = true)]
    pub depth: Option<Depth>,
    /// auto, cpu, or part of a device name listed by `redawn devices`
    #[arg(long, value_name = "DEVICE", default_value = "auto", value_parser = parse::device)]
    pub device: DeviceChoice,
    /// Side of the tiles in px, overlap included: auto, or 16 to 16384
    ///
    /// auto depends on the limits of the device. The result does not depend on the tiles.
    #[arg(long, value_name = "PX", default_value = "auto", value_parser = parse::tile, allow_negative_numbers = true)]
    pub tile: TileChoice,
    /// Threads of the CPU engine [default: one per core]
    ///
    /// The result does not depend on it.
    #[arg(long, value_name = "N", value_parser = parse::threads, allow_negative_numbers = true)]
    pub threads: Option<Threads>,
    /// Memory limit such as 800M or 4G [default: three quarters of the free memory]
    ///
    /// In bytes, or with the unit k, M, G or T in powers of 1024. A photo that needs more is refused before it is restored.
    #[arg(long, value_name = "SIZE", value_parser = parse::memory)]
    pub memory: Option<MemoryLimit>,
    /// What to do if the output exists
    #[arg(long, value_name = "WHAT", value_enum, default_value = "rename")]
    pub if_exists: IfExistsArg,
    /// What to do with metadata: camera, place, dates, captions
    #[arg(long, value_name = "WHAT", value_enum, default_value = "keep")]
    pub metadata: MetadataArg,
    /// Background for transparent photos saved as JPEG: white, black, or #RRGGBB
    #[arg(long, value_name = "COLOUR", default_value = "white", value_parser = parse::background)]
    pub background: Background,
    /// What to do with a JPEG of which a part can't be read
    #[arg(long, value_name = "WHAT", value_enum, default_value = "refuse")]
    pub damaged: DamagedArg,
    /// Print JSON lines
    ///
    /// Not with -o -
    #[arg(long)]
    pub json: bool,
    /// Print errors only
    ///
    /// With --json the lines are still printed.
    #[arg(long)]
    pub quiet: bool,
}

impl RestoreArgs {
    /// The recipe for each photo.
    pub fn recipe(&self) -> Recipe {
        let [overall, luminance, colour] =
            [self.strength, self.luminance, self.colour].map(|percent| f32::from(percent) / 100.0);
        let strength = Strength { overall, luminance, colour };
        let scale = self.long_side.map_or(self.scale, Scale::LongSide);
        let repair = self.repair.repair();
        Recipe { repair, compression: self.jpeg, noise: self.noise, scale, strength, best: self.best }
    }

    /// How to write each result.
    pub fn save_options(&self) -> SaveOptions {
        SaveOptions {
            quality: self.quality,
            depth: self.depth,
            if_exists: self.if_exists.into(),
            metadata: self.metadata.into(),
            background: self.background,
        }
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

/// A format that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    #[value(alias = "jpeg")]
    Jpg,
    Png,
    #[value(alias = "tiff")]
    Tif,
    Webp,
    Bmp,
}

impl From<FormatArg> for Format {
    fn from(choice: FormatArg) -> Self {
        match choice {
            FormatArg::Jpg => Format::Jpeg,
            FormatArg::Png => Format::Png,
            FormatArg::Tif => Format::Tiff,
            FormatArg::Webp => Format::WebP,
            FormatArg::Bmp => Format::Bmp,
        }
    }
}

/// What to do if the output exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum IfExistsArg {
    /// Write name (2).png instead
    Rename,
    /// Skip this input
    Skip,
    /// Replace it; permissions, owner, extended attributes and hard links are kept as far as the system allows
    Replace,
}

impl From<IfExistsArg> for IfExists {
    fn from(choice: IfExistsArg) -> Self {
        match choice {
            IfExistsArg::Rename => IfExists::Rename,
            IfExistsArg::Skip => IfExists::Skip,
            IfExistsArg::Replace => IfExists::Replace,
        }
    }
}

/// What to do with a JPEG of which a part can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DamagedArg {
    /// Report how much is missing, and write nothing
    Refuse,
    /// Report it, and restore the rest; the input is never replaced by that
    Keep,
}

/// What to do with metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MetadataArg {
    /// Write all that the format can hold
    Keep,
    /// Write the colour profile only
    Strip,
}

impl From<MetadataArg> for MetadataChoice {
    fn from(choice: MetadataArg) -> Self {
        match choice {
            MetadataArg::Keep => MetadataChoice::Keep,
            MetadataArg::Strip => MetadataChoice::Strip,
        }
    }
}
