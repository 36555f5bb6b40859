//! Which photos to restore.

use std::path::PathBuf;

use clap::ValueEnum;

use super::super::parse;
use crate::cli::shard::Shard;

/// Options about the inputs.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Inputs")]
pub struct InputArgs {
    /// Photos, or folders of photos; - is standard input
    ///
    /// A folder stands for all photos in it and below; hidden files and files that are no pictures by their extension are left
    /// out and counted, and so is the folder of the results. Two inputs of one name do not overwrite each other in a folder:
    /// the second result becomes name (2).png (see --keep-tree). A file named - is ./-
    #[arg(value_name = "INPUT", required_unless_present = "files_from")]
    pub given: Vec<PathBuf>,
    /// Further inputs from a list, one a line; - is standard input
    #[arg(long, value_name = "FILE")]
    pub files_from: Option<PathBuf>,
    /// The lists of --files-from and --failed have a NUL after each name in place of a line break
    #[arg(long)]
    pub null: bool,
    /// Restore only share I of N, such as 3/8, for as many processes or machines
    ///
    /// A photo's share is a hash of its path below the input folder (or below that of --keep-tree=FOLDER; otherwise of its path
    /// as given), so all machines agree without talking to each other. Names of results don't depend on it.
    #[arg(long, value_name = "I/N", value_parser = parse::shard)]
    pub shard: Option<Shard>,
    /// What to do with a JPEG of which a part can't be read
    #[arg(long, value_name = "WHAT", value_enum, default_value = "refuse")]
    pub damaged: DamagedArg,
}

/// What to do with a JPEG of which a part can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DamagedArg {
    /// Report how much is missing, and write nothing
    Refuse,
    /// Report it, and restore the rest; the input is never replaced by that
    Keep,
}

impl DamagedArg {
    /// Whether damaged files are restored.
    pub fn keeps(self) -> bool {
        self == Self::Keep
    }
}
