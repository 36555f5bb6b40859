//! What is reported.

use std::path::PathBuf;

/// Options about reports.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Reports")]
pub struct ReportArgs {
    /// Append one JSON line for each result to a file, which several processes may share
    ///
    /// --if-exists skip reads it. Its fields are listed below.
    #[arg(long, value_name = "FILE")]
    pub records: Option<PathBuf>,
    /// Write the inputs that failed to a file, as a list for --files-from
    ///
    /// The file is replaced at the start.
    #[arg(long, value_name = "FILE")]
    pub failed: Option<PathBuf>,
    /// Print the plan, and write nothing: number, bytes, time, networks, and what would be refused
    ///
    /// The time is extrapolated from a few photos of all sizes, which are measured; only they are opened.
    #[arg(long)]
    pub dry_run: bool,
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
