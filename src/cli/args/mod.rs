//! Definition of the command line, from which `--help`, the manual pages and the completions are generated.

mod help;
mod parse;
mod restore;

use std::path::PathBuf;

use clap::{ArgGroup, Parser, Subcommand, value_parser};

pub use restore::{DamagedArg, IfExistsArg, InputArgs, RepairArg, RestorationArgs, RestoreArgs};

use crate::{
    engine::{DeviceChoice, NetworkId, Task, Threads},
    pixels::Size,
};

/// Restores photos: removes noise and JPEG artefacts, and enlarges, offline on your own GPU or CPU
///
/// Without a command, a window opens with the given photos. If a file name equals a command, prefix it with ./ (as in
/// ./restore).
#[derive(Debug, Parser)]
#[command(name = "redawn", version, args_conflicts_with_subcommands = true)]
pub struct Args {
    /// What to do, without a window
    #[command(subcommand)]
    pub command: Option<CliCommand>,
    /// Photos to open in the window
    #[arg(value_name = "FILES")]
    pub files: Vec<PathBuf>,
}

/// The commands, which open no window.
#[derive(Debug, Subcommand)]
pub enum CliCommand {
    /// Repair scratches, remove JPEG artefacts and noise, and enlarge
    Restore(Box<RestoreArgs>),
    /// List the devices, and which one auto selects and why
    Devices(DevicesArgs),
    /// Estimate the noise level σ of photos, and their JPEG quality
    Estimate(EstimateArgs),
    /// Measure the speed of a network
    Bench(BenchArgs),
    /// Degrade clean pictures, restore them, and measure PSNR and SSIM
    Eval(EvalArgs),
    /// Write the manual pages to a folder
    #[command(hide = true)]
    Manual(ManualArgs),
    /// Print shell completions
    #[command(hide = true)]
    Completions(CompletionsArgs),
}

/// `redawn manual`, for packages
#[derive(Debug, clap::Args)]
pub struct ManualArgs {
    /// Folder to write to, created if missing
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// `redawn completions`, for packages
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// Shell
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// `redawn eval`
#[derive(Debug, clap::Args)]
#[command(after_long_help = help::EVAL)]
#[command(group(ArgGroup::new("damage").required(true).args(["noise", "scale", "jpeg", "repair"])))]
pub struct EvalArgs {
    /// Folder of clean pictures
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Add Gaussian noise of this σ, 0 to 75
    #[arg(long, value_name = "SIGMA", value_parser = parse::sigma)]
    pub noise: Option<f32>,
    /// Save as JPEG of this quality, 1 to 100, with chroma at half the resolution
    #[arg(long, value_name = "Q", value_parser = value_parser!(u8).range(1..=100))]
    pub jpeg: Option<u8>,
    /// Paint white what is white in the masks of this folder, and repair it with them
    #[arg(long, value_name = "MASKS")]
    pub repair: Option<PathBuf>,
    /// Convert the pictures to grey first
    #[arg(long, conflicts_with = "scale")]
    pub grey: bool,
    /// Seed of the noise
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Shrink by 2, 3 or 4, then enlarge
    #[arg(long, value_name = "N", value_parser = parse::enlargement)]
    pub scale: Option<usize>,
    /// Built-in model or weight file [default: that of restore]
    #[arg(long, value_name = "NAME|FILE")]
    pub model: Option<String>,
    /// Best quality: the mean over 8 flips and rotations
    #[arg(long)]
    pub best: bool,
    /// auto, cpu, or part of a device name listed by `redawn devices`
    #[arg(long, value_name = "DEVICE", default_value = "auto", value_parser = parse::device)]
    pub device: DeviceChoice,
    /// Print JSON lines
    #[arg(long)]
    pub json: bool,
}

/// `redawn devices`
#[derive(Debug, clap::Args)]
#[command(after_long_help = help::DEVICES)]
pub struct DevicesArgs {
    /// Print JSON lines, one per device
    #[arg(long)]
    pub json: bool,
}

/// `redawn estimate`
#[derive(Debug, clap::Args)]
#[command(after_long_help = help::ESTIMATE)]
pub struct EstimateArgs {
    /// Photos to measure; - is standard input
    #[arg(value_name = "INPUT", required = true)]
    pub inputs: Vec<PathBuf>,
    /// Print JSON lines, one per photo
    #[arg(long)]
    pub json: bool,
}

/// `redawn bench`
#[derive(Debug, clap::Args)]
#[command(after_long_help = help::BENCH)]
pub struct BenchArgs {
    /// auto, cpu, or part of a device name listed by `redawn devices`
    #[arg(long, value_name = "DEVICE", default_value = "auto", value_parser = parse::device)]
    pub device: DeviceChoice,
    /// Built-in model or weight file
    #[arg(long, value_name = "MODEL", default_value = NetworkId::best(Task::Denoise).name())]
    pub model: String,
    /// Size of the picture, in px
    #[arg(long, value_name = "WxH", default_value = "1024x1024", value_parser = parse::size)]
    pub size: Size,
    /// Timed runs, after one warm-up run
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = value_parser!(u16).range(1..=1000), allow_negative_numbers = true)]
    pub runs: u16,
    /// Threads of the CPU engine [default: one per core]
    #[arg(long, value_name = "N", value_parser = parse::threads, allow_negative_numbers = true)]
    pub threads: Option<Threads>,
    /// Print the time of each step, and the fraction of the device's peak
    #[arg(long)]
    pub profile: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::{engine::TileChoice, imaging::SaveOptions, restore::Recipe};

    fn restore_args(options: &[&str]) -> Result<RestoreArgs, clap::Error> {
        let line = ["redawn", "restore", "a.png", "-o", "b.png"].iter().chain(options);
        match Args::try_parse_from(line)?.command {
            Some(CliCommand::Restore(args)) => Ok(*args),
            other => panic!("parsed as {other:?}"),
        }
    }

    #[test]
    fn the_definition_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_defaults_are_those_of_the_program() {
        let args = restore_args(&[]).unwrap();
        assert_eq!(args.restoration.recipe(), Recipe::default());
        let options = SaveOptions::default();
        assert_eq!(args.output.save_options(options.if_exists), options);
        assert_eq!(args.output.if_exists(), IfExistsArg::Rename);
        assert_eq!((args.device.device, args.device.tile), (DeviceChoice::Auto, TileChoice::Auto));
    }

    #[test]
    fn values_out_of_range_are_wrong_usage() {
        for wrong in [
            ["--noise", "76"],
            ["--repair", "101"],
            ["--repair", "-1"],
            ["--scale", "5"],
            ["--strength", "101"],
            ["--strength", "-1"],
            ["--luminance", "101"],
            ["--colour", "-1"],
            ["--quality", "0"],
            ["--elsewhere", "50"],
            ["--tile", "3"],
            ["--threads", "0"],
            ["--if-exists", "ask"],
            ["--shard", "0/3"],
            ["--shard", "4/3"],
            ["--shard", "3"],
            ["--metadata", "some"],
            ["--memory", "much"],
            ["--memory", "0"],
            ["--background", "#12345"],
            ["--background", "blueish"],
            ["--device", " "],
        ] {
            let error = restore_args(&wrong).expect_err(&format!("{wrong:?} was accepted"));
            assert_eq!(error.exit_code(), i32::from(crate::cli::WRONG_USAGE), "{wrong:?}");
        }
    }

    #[test]
    fn without_a_command_the_arguments_are_photos_for_the_window() {
        let args = Args::try_parse_from(["redawn", "one.jpg", "two.jpg"]).unwrap();
        assert!(args.command.is_none());
        assert_eq!(args.files, [PathBuf::from("one.jpg"), PathBuf::from("two.jpg")]);
    }
}
