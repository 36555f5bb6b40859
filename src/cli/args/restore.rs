//! Arguments of `redawn restore`.

mod device;
mod inputs;
mod output;
mod reports;
mod restoration;

pub use device::DeviceArgs;
pub use inputs::{DamagedArg, InputArgs};
pub use output::{IfExistsArg, OutputArgs};
pub use reports::ReportArgs;
pub use restoration::{RepairArg, RestorationArgs};

use super::help;

/// `redawn restore`
#[derive(Debug, clap::Args)]
#[command(after_long_help = help::RESTORE)]
pub struct RestoreArgs {
    /// Which photos.
    #[command(flatten)]
    pub inputs: InputArgs,
    /// Which files to write.
    #[command(flatten)]
    pub output: OutputArgs,
    /// What to do.
    #[command(flatten)]
    pub restoration: RestorationArgs,
    /// Where to run.
    #[command(flatten)]
    pub device: DeviceArgs,
    /// What to report.
    #[command(flatten)]
    pub reports: ReportArgs,
}
