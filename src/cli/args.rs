//! What can be said on the command line, and the values it turns into.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{ArgGroup, Parser, Subcommand, ValueEnum, value_parser};

use crate::{
    engine::{DeviceChoice, Task, Threads, TileChoice, models},
    imaging::{Background, Format, IfExists, MemoryLimit, MetadataChoice, SaveOptions},
    pixels::Size,
    restore::{AutoAmount, Compression, Noise, Recipe, Scale, Strength},
};

/// Brings photos back: removes noise and JPEG artefacts and enlarges on your own GPU, offline.
///
/// Without a command, the window opens with the photos named. A photo that is called like a
/// command opens as ./restore.
#[derive(Debug, Parser)]
#[command(name = "redawn", version, args_conflicts_with_subcommands = true)]
pub struct Args {
    /// What to do without a window.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Photos to open in the window.
    #[arg(value_name = "FILES")]
    pub files: Vec<PathBuf>,
}

/// What to do without a window.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Remove JPEG artefacts and noise, and enlarge
    Restore(RestoreArgs),
    /// Every device with its name, kind and driver, and which one auto picks and why
    Devices(DevicesArgs),
    /// The noise level σ estimated from each photo, and the quality a JPEG was saved with
    Estimate(EstimateArgs),
    /// Time the network alone
    Bench(BenchArgs),
    /// Damage clean pictures in a known way, restore them, and measure how near they come
    Eval(EvalArgs),
    /// Write the manual pages into a folder
    #[command(hide = true)]
    Manual(ManualArgs),
    /// Print the completions for a shell
    #[command(hide = true)]
    Completions(CompletionsArgs),
}

/// `redawn manual`, for packages
#[derive(Debug, clap::Args)]
pub struct ManualArgs {
    /// A folder, made if missing
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// `redawn completions`, for packages
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// The shell to write for
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// `redawn eval`
#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("damage").required(true).args(["noise", "scale", "jpeg"])))]
pub struct EvalArgs {
    /// A folder of clean pictures
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Add Gaussian noise of this σ, up to 75
    #[arg(long, value_name = "SIGMA", value_parser = parse_sigma)]
    pub noise: Option<f32>,
    /// Save the pictures as JPEG of this quality, colours at half the resolution
    #[arg(long, value_name = "Q", value_parser = value_parser!(u8).range(1..=100))]
    pub jpeg: Option<u8>,
    /// Make the pictures grey first
    #[arg(long, conflicts_with = "scale")]
    pub grey: bool,
    /// The noise is the same for the same seed
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Shrink the pictures 2, 3 or 4 times
    #[arg(long, value_name = "N", value_parser = parse_enlargement)]
    pub scale: Option<Scale>,
    /// A built-in model, or a weight file, in place of the one that restore uses
    #[arg(long, value_name = "NAME|FILE")]
    pub model: Option<String>,
    /// Best quality: the mean over 8 flips and turns
    #[arg(long)]
    pub best: bool,
    /// auto, cpu, or part of a device's name
    #[arg(long, value_name = "DEVICE", default_value = "auto", value_parser = parse_device)]
    pub device: DeviceChoice,
    /// Print JSON lines
    #[arg(long)]
    pub json: bool,
}

/// `redawn restore`
#[derive(Debug, clap::Args)]
pub struct RestoreArgs {
    /// Photos to restore; - is standard input
    #[arg(value_name = "INPUT", required = true)]
    pub inputs: Vec<PathBuf>,
    /// A file (one input, a name with an extension), - for standard output, else a folder, made if missing
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
    /// Format of the results; without it that of OUT's name, or else of the input
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: Option<FormatArg>,
    /// JPEG artefacts to remove: auto, none, or the quality they come from, 1 to 100
    #[arg(long, value_name = "QUALITY", default_value = "auto", value_parser = parse_jpeg, allow_negative_numbers = true)]
    pub jpeg: Compression,
    /// Noise to remove: auto, auto:PERCENT (50 to 200), none, low, medium, high, very-high, or σ from 0 to 75
    #[arg(long, value_name = "LEVEL", default_value = "auto", value_parser = parse_noise, allow_negative_numbers = true)]
    pub noise: Noise,
    /// Times wider and higher: 1, 2, 3 or 4
    #[arg(long, value_name = "N", default_value = "1", value_parser = parse_scale, allow_negative_numbers = true)]
    pub scale: Scale,
    /// Share of the restored picture in the result, 0 to 100 %
    #[arg(long, value_name = "PERCENT", default_value_t = 100, value_parser = value_parser!(u8).range(0..=100), allow_negative_numbers = true)]
    pub strength: u8,
    /// Share of what is restored of the luminance, within --strength; less keeps grain
    #[arg(long, value_name = "PERCENT", default_value_t = 100, value_parser = value_parser!(u8).range(0..=100), allow_negative_numbers = true)]
    pub luminance: u8,
    /// Share of what is restored of the colours, within --strength; less keeps blotches of colour
    #[arg(long, value_name = "PERCENT", default_value_t = 100, value_parser = value_parser!(u8).range(0..=100), allow_negative_numbers = true)]
    pub colour: u8,
    /// Best quality: the mean over 8 flips and turns, in 8 times the time
    #[arg(long)]
    pub best: bool,
    /// JPEG or WebP quality, 1 to 100; without it JPEG 95 and lossless WebP
    #[arg(long, value_name = "Q", value_parser = value_parser!(u8).range(1..=100), allow_negative_numbers = true)]
    pub quality: Option<u8>,
    /// auto, cpu, or a part of a name that `redawn devices` prints
    #[arg(long, value_name = "DEVICE", default_value = "auto", value_parser = parse_device)]
    pub device: DeviceChoice,
    /// Side of the tiles in px, edges that overlap included; auto picks it from the device's limits
    #[arg(long, value_name = "PX", default_value = "auto", value_parser = parse_tile, allow_negative_numbers = true)]
    pub tile: TileChoice,
    /// Threads of the CPU engine; without it, one for each core
    #[arg(long, value_name = "N", value_parser = parse_threads, allow_negative_numbers = true)]
    pub threads: Option<Threads>,
    /// Memory to take at most, such as 800M or 4G; without it, three quarters of what is free
    #[arg(long, value_name = "SIZE", value_parser = parse_memory)]
    pub memory: Option<MemoryLimit>,
    /// What to do when the output exists already
    #[arg(long, value_name = "WHAT", value_enum, default_value = "rename")]
    pub if_exists: IfExistsArg,
    /// What to do with camera, place, dates, captions and the like
    #[arg(long, value_name = "WHAT", value_enum, default_value = "keep")]
    pub metadata: MetadataArg,
    /// What a transparent photo is laid on in a JPEG: white, black, or #RRGGBB
    #[arg(long, value_name = "COLOUR", default_value = "white", value_parser = parse_background)]
    pub background: Background,
    /// What to do with a photo of which a part can't be read
    #[arg(long, value_name = "WHAT", value_enum, default_value = "refuse")]
    pub damaged: DamagedArg,
    /// Print JSON lines
    #[arg(long)]
    pub json: bool,
    /// Print errors only
    #[arg(long)]
    pub quiet: bool,
}

impl RestoreArgs {
    /// What to do with each photo.
    pub fn recipe(&self) -> Recipe {
        let [overall, luminance, colour] =
            [self.strength, self.luminance, self.colour].map(|percent| f32::from(percent) / 100.0);
        let strength = Strength { overall, luminance, colour };
        Recipe { compression: self.jpeg, noise: self.noise, scale: self.scale, strength, best: self.best }
    }

    /// How to write each result.
    pub fn save_options(&self) -> SaveOptions {
        SaveOptions {
            quality: self.quality,
            if_exists: self.if_exists.into(),
            metadata: self.metadata.into(),
            background: self.background,
        }
    }
}

/// `redawn devices`
#[derive(Debug, clap::Args)]
pub struct DevicesArgs {
    /// Print JSON lines, one for each device
    #[arg(long)]
    pub json: bool,
}

/// `redawn estimate`
#[derive(Debug, clap::Args)]
pub struct EstimateArgs {
    /// Photos to measure; - is standard input
    #[arg(value_name = "INPUT", required = true)]
    pub inputs: Vec<PathBuf>,
    /// Print JSON lines, one for each photo
    #[arg(long)]
    pub json: bool,
}

/// `redawn bench`
#[derive(Debug, clap::Args)]
pub struct BenchArgs {
    /// auto, cpu, or a part of a name that `redawn devices` prints
    #[arg(long, value_name = "DEVICE", default_value = "auto", value_parser = parse_device)]
    pub device: DeviceChoice,
    /// A model of the program by name, or a weight file
    #[arg(long, value_name = "MODEL", default_value = models::model_for(Task::Denoise))]
    pub model: String,
    /// Size of the picture in px
    #[arg(long, value_name = "WxH", default_value = "1024x1024", value_parser = parse_size)]
    pub size: Size,
    /// Runs to time; one more before them is not counted
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = value_parser!(u16).range(1..=1000), allow_negative_numbers = true)]
    pub runs: u16,
    /// Threads of the CPU engine; without it, one for each core
    #[arg(long, value_name = "N", value_parser = parse_threads, allow_negative_numbers = true)]
    pub threads: Option<Threads>,
    /// Print the time of each step too, and the share of the processor's peak (CPU engine only)
    #[arg(long)]
    pub profile: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
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

/// What to do when the output exists already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum IfExistsArg {
    /// Write beside it, as name (2).png
    Rename,
    /// Leave it, and do nothing for this input
    Skip,
    /// Put the new file in its place
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

/// What to do with a photo of which a part can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DamagedArg {
    /// Say how much is missing, and do nothing for this input
    Refuse,
    /// Say it, and restore what is there; the input is never replaced
    Keep,
}

/// What to do with what the file says beside its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MetadataArg {
    /// Write all that the format holds
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

fn parse_jpeg(text: &str) -> Result<Compression, String> {
    match (text, text.parse()) {
        ("auto", _) => Ok(Compression::Auto),
        ("none", _) => Ok(Compression::None),
        (_, Ok(quality @ 1..=100)) => Ok(Compression::Quality(quality)),
        _ => Err("use auto, none, or a quality from 1 to 100".to_owned()),
    }
}

fn parse_noise(text: &str) -> Result<Noise, String> {
    if let Some(amount) = text.strip_prefix("auto") {
        return parse_amount(amount).map(Noise::Auto);
    }
    if let Some((_, sigma)) = Noise::STEPS.into_iter().find(|(name, _)| *name == text) {
        return Ok(Noise::Sigma(sigma));
    }
    match text.parse::<f32>() {
        Ok(sigma) if (0.0..=Noise::MAX_SIGMA).contains(&sigma) => Ok(Noise::Sigma(sigma)),
        _ => Err("use auto, auto:PERCENT, none, low, medium, high, very-high, or a number from 0 to 75".to_owned()),
    }
}

/// What follows `auto`: nothing, or `:150`.
fn parse_amount(text: &str) -> Result<AutoAmount, String> {
    if text.is_empty() {
        return Ok(AutoAmount::ALL);
    }
    let percent = text.strip_prefix(':').and_then(|percent| percent.parse().ok());
    let percent = percent.filter(|percent| AutoAmount::RANGE.contains(percent));
    percent.map(AutoAmount::of).ok_or_else(|| "after auto: use a percentage from 50 to 200, as in auto:150".to_owned())
}

fn parse_sigma(text: &str) -> Result<f32, String> {
    let sigma = text.parse().ok().filter(|sigma| (0.0..=Noise::MAX_SIGMA).contains(sigma));
    sigma.ok_or_else(|| "use a number from 0 to 75".to_owned())
}

fn parse_enlargement(text: &str) -> Result<Scale, String> {
    parse_scale(text).ok().filter(|scale| *scale != Scale::X1).ok_or_else(|| "use 2, 3 or 4".to_owned())
}

fn parse_scale(text: &str) -> Result<Scale, String> {
    text.parse().ok().and_then(Scale::from_factor).ok_or_else(|| "use 1, 2, 3 or 4".to_owned())
}

fn parse_device(text: &str) -> Result<DeviceChoice, String> {
    if text.trim().is_empty() {
        return Err("use auto, cpu, or a part of a name that `redawn devices` prints".to_owned());
    }
    Ok(DeviceChoice::from(text))
}

fn parse_tile(text: &str) -> Result<TileChoice, String> {
    if text == "auto" {
        return Ok(TileChoice::Auto);
    }
    match text.parse::<usize>() {
        Ok(px) if (16..=16_384).contains(&px) => Ok(TileChoice::Px(px)),
        _ => Err("use auto, or a side in px from 16 to 16384".to_owned()),
    }
}

fn parse_threads(text: &str) -> Result<Threads, String> {
    match text.parse::<NonZeroUsize>() {
        Ok(count) if count.get() <= 1024 => Ok(Threads::Exactly(count)),
        _ => Err("use a number from 1 to 1024".to_owned()),
    }
}

fn parse_background(text: &str) -> Result<Background, String> {
    let digits = match text.to_ascii_lowercase().as_str() {
        "white" => "ffffff".to_owned(),
        "black" => "000000".to_owned(),
        other => other.trim_start_matches('#').to_owned(),
    };
    let number = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 6 && !digits.starts_with('+'));
    let [_, colour @ ..] = number.ok_or_else(|| "use white, black, or #RRGGBB".to_owned())?.to_be_bytes();
    Ok(Background(colour))
}

/// A number of bytes, in powers of 1024: `800M`, `1.5G`, `4GiB`, `900000k`.
fn parse_memory(text: &str) -> Result<MemoryLimit, String> {
    let lower = text.trim().to_ascii_lowercase();
    let number = lower.trim_end_matches("ib").trim_end_matches('b');
    let (number, unit) = match number.char_indices().last() {
        Some((at, 'k')) => (&number[..at], 10),
        Some((at, 'm')) => (&number[..at], 20),
        Some((at, 'g')) => (&number[..at], 30),
        Some((at, 't')) => (&number[..at], 40),
        _ => (number, 0),
    };
    let bytes = number.trim().parse::<f64>().ok().map(|number| number * (1_u64 << unit) as f64);
    match bytes.filter(|bytes| (1.0..1e18).contains(bytes)) {
        Some(bytes) => Ok(MemoryLimit::Bytes(bytes as u64)),
        None => Err("use a size such as 800M or 4G".to_owned()),
    }
}

fn parse_size(text: &str) -> Result<Size, String> {
    let side = |text: &str| text.parse::<usize>().ok().filter(|px| (1..=65_535).contains(px));
    text.split_once(['x', 'X', '×'])
        .and_then(|(width, height)| Some(Size::new(side(width)?, side(height)?)))
        .ok_or_else(|| "use WIDTHxHEIGHT in px, such as 1920x1080".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn restore_args(options: &[&str]) -> Result<RestoreArgs, clap::Error> {
        let line = ["redawn", "restore", "a.png", "-o", "b.png"].iter().chain(options);
        match Args::try_parse_from(line)?.command {
            Some(Command::Restore(args)) => Ok(args),
            other => panic!("parsed as {other:?}"),
        }
    }

    #[test]
    fn the_definition_holds_together() {
        Args::command().debug_assert();
    }

    #[test]
    fn names_and_numbers_are_noise_levels() {
        assert_eq!(parse_noise("auto"), Ok(Noise::AUTO));
        assert_eq!(parse_noise("auto:150"), Ok(Noise::Auto(AutoAmount::of(150))));
        for wrong in ["auto:", "auto:49", "auto:201", "auto150", "automatic", "auto:-50"] {
            assert!(parse_noise(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_noise("none"), Ok(Noise::Sigma(0.0)));
        assert_eq!(parse_noise("low"), Ok(Noise::Sigma(10.0)));
        assert_eq!(parse_noise("very-high"), Ok(Noise::Sigma(70.0)));
        assert_eq!(parse_noise("12.5"), Ok(Noise::Sigma(12.5)));
        assert_eq!(parse_noise("75"), Ok(Noise::Sigma(75.0)));
        for wrong in ["-1", "75.1", "NaN", "inf", "loud", ""] {
            assert!(parse_noise(wrong).is_err(), "{wrong:?} was taken");
        }
    }

    #[test]
    fn compression_is_a_quality_or_a_word() {
        assert_eq!(restore_args(&[]).unwrap().recipe().compression, Compression::Auto);
        assert_eq!(parse_jpeg("none"), Ok(Compression::None));
        assert_eq!(parse_jpeg("100"), Ok(Compression::Quality(100)));
        for wrong in ["0", "101", "-1", "40.5", "low", ""] {
            assert!(parse_jpeg(wrong).is_err(), "{wrong:?} was taken");
        }
    }

    #[test]
    fn sizes_are_two_sides() {
        assert_eq!(parse_size("640x480"), Ok(Size::new(640, 480)));
        assert_eq!(parse_size("1×7"), Ok(Size::new(1, 7)));
        for wrong in ["640", "0x480", "640x", "x", "640x480x3", "-1x5"] {
            assert!(parse_size(wrong).is_err(), "{wrong:?} was taken");
        }
    }

    #[test]
    fn memory_is_counted_in_powers_of_1024() {
        for (text, bytes) in [("800M", 800 << 20), ("1.5G", 3 << 29), ("4 GiB", 4 << 30), ("70000", 70_000)] {
            assert_eq!(parse_memory(text), Ok(MemoryLimit::Bytes(bytes)), "{text}");
        }
        for wrong in ["", "G", "-1G", "NaN", "1e30G", "4X"] {
            assert!(parse_memory(wrong).is_err(), "{wrong:?} was taken");
        }
    }

    #[test]
    fn the_defaults_are_those_of_the_readme() {
        let args = restore_args(&[]).unwrap();
        assert_eq!(args.recipe(), Recipe::default());
        assert_eq!(args.save_options(), SaveOptions::default());
        assert_eq!((args.device, args.tile), (DeviceChoice::Auto, TileChoice::Auto));
    }

    #[test]
    fn values_out_of_range_are_wrong_usage() {
        for wrong in [
            ["--noise", "76"],
            ["--scale", "5"],
            ["--strength", "101"],
            ["--strength", "-1"],
            ["--luminance", "101"],
            ["--colour", "-1"],
            ["--quality", "0"],
            ["--tile", "3"],
            ["--threads", "0"],
            ["--if-exists", "ask"],
            ["--metadata", "some"],
            ["--memory", "much"],
            ["--memory", "0"],
            ["--background", "#12345"],
            ["--background", "blueish"],
            ["--device", " "],
        ] {
            let error = restore_args(&wrong).expect_err(&format!("{wrong:?} was taken"));
            assert_eq!(error.exit_code(), i32::from(crate::cli::WRONG_USAGE), "{wrong:?}");
        }
    }

    #[test]
    fn without_a_command_the_words_are_photos_for_the_window() {
        let args = Args::try_parse_from(["redawn", "one.jpg", "two.jpg"]).unwrap();
        assert!(args.command.is_none());
        assert_eq!(args.files, [PathBuf::from("one.jpg"), PathBuf::from("two.jpg")]);
    }
}
