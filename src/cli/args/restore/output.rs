//! Which files to write, and how.

use std::path::{Path, PathBuf};

use clap::{ValueEnum, value_parser};

use super::super::parse;
use crate::imaging::{Background, Depth, Format, IfExists, MetadataChoice, SaveOptions};

/// Options about the results.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Results")]
pub struct OutputArgs {
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
    /// Lay the results out in folders as the inputs are below the folders named, or below FOLDER
    ///
    /// Each result has its input's name (a.tif becomes a.tif), never a numbered one. If two would get one name, also one that
    /// differs in case only, nothing is done. An input that is named itself has no folder: its result is in OUT. Inputs of
    /// --files-from need FOLDER.
    #[arg(long, value_name = "FOLDER", num_args = 0..=1, require_equals = true)]
    pub keep_tree: Option<Option<PathBuf>>,
    /// Names of the results without extension, with {name}, {task} and {level}, as in "{name}-{task}"
    ///
    /// {name} is the input's name, {task} what is done (denoised, enlarged, restored…), {level} how much (auto, s25, x2…), both
    /// as they were asked for.
    #[arg(long, value_name = "TEMPLATE")]
    pub name: Option<String>,
    /// What to do if the output exists [default: rename; with --keep-tree: refuse]
    #[arg(long, value_name = "WHAT", value_enum)]
    pub if_exists: Option<IfExistsArg>,
    /// JPEG, AVIF or WebP quality, 1 to 100 [default: 95, lossless for WebP]
    #[arg(long, value_name = "Q", value_parser = value_parser!(u8).range(1..=100), allow_negative_numbers = true)]
    pub quality: Option<u8>,
    /// Bits per channel, 8 or 16, as far as the format holds them [default: those of the photo]
    #[arg(long, value_name = "BITS", value_parser = parse::depth, allow_negative_numbers = true)]
    pub depth: Option<Depth>,
    /// What to do with metadata: camera, place, dates, captions
    #[arg(long, value_name = "WHAT", value_enum, default_value = "keep")]
    pub metadata: MetadataArg,
    /// Background for transparent photos saved as JPEG: white, black, or #RRGGBB
    #[arg(long, value_name = "COLOUR", default_value = "white", value_parser = parse::background)]
    pub background: Background,
    /// Write what --repair marks as PNG, to a file, or to a folder under the names of the inputs
    #[arg(long, value_name = "FILE|FOLDER")]
    pub save_mask: Option<PathBuf>,
    /// Write only that, and restore nothing; -o is not needed
    #[arg(long, requires = "save_mask")]
    pub repair_only_mask: bool,
}

impl OutputArgs {
    /// What to do if the output exists.
    pub fn if_exists(&self) -> IfExistsArg {
        let default = if self.keep_tree.is_some() { IfExistsArg::Refuse } else { IfExistsArg::Rename };
        self.if_exists.unwrap_or(default)
    }

    /// The folder of `--keep-tree=FOLDER`.
    pub fn tree(&self) -> Option<&Path> {
        self.keep_tree.as_ref().and_then(Option::as_deref)
    }

    /// The format of `--format`, or that of masks if only they are written.
    pub fn format(&self) -> Option<Format> {
        if self.repair_only_mask { Some(Format::Png) } else { self.format.map(Into::into) }
    }

    /// How to write a result.
    pub fn save_options(&self, if_exists: IfExists) -> SaveOptions {
        SaveOptions {
            quality: self.quality,
            depth: self.depth,
            if_exists,
            metadata: self.metadata.into(),
            background: self.background,
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
    Jxl,
    Avif,
    Bmp,
}

impl From<FormatArg> for Format {
    fn from(choice: FormatArg) -> Self {
        match choice {
            FormatArg::Jpg => Format::Jpeg,
            FormatArg::Png => Format::Png,
            FormatArg::Tif => Format::Tiff,
            FormatArg::Webp => Format::WebP,
            FormatArg::Jxl => Format::JpegXl,
            FormatArg::Avif => Format::Avif,
            FormatArg::Bmp => Format::Bmp,
        }
    }
}

/// What to do if the output exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum IfExistsArg {
    /// Write name (2).png instead; not with --keep-tree
    Rename,
    /// Write nothing, and end with an error
    Refuse,
    /// Skip this input if it is done: --records has it, its bytes are those of then, so are the recipe, the version and the
    /// networks, and the result is there. Otherwise it is done again, and the result replaced. A file that is not in the records,
    /// or the result of another photo, is refused
    Skip,
    /// Skip this input, whatever the file is
    SkipAny,
    /// Replace it; permissions, owner, extended attributes and hard links are kept as far as the system allows. An input whose
    /// file the result of another one would replace is refused
    Replace,
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
