//! Where to run.

use super::super::parse;
use crate::{
    engine::{DeviceChoice, Threads, TileChoice},
    imaging::MemoryLimit,
};

/// Options about the device.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Device")]
pub struct DeviceArgs {
    /// auto, cpu, or part of a device name listed by `redawn devices`
    #[arg(long, value_name = "DEVICE", default_value = "auto", value_parser = parse::device)]
    pub device: DeviceChoice,
    /// Side of the tiles in px, overlap included: auto, or 16 to 16384
    ///
    /// auto depends on the limits of the device. Other tiles change values a little (by at most 1 of 255).
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
}
