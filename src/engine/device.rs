//! Devices, tile sizes and threads, as the user sees and chooses them.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

/// The user's choice of a device.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum DeviceChoice {
    /// The fastest GPU or the CPU, by measurement. Never a software adapter.
    #[default]
    Auto,
    /// The CPU engine.
    Cpu,
    /// The first device whose name contains this text (case-insensitive).
    Named(String),
}

impl From<&str> for DeviceChoice {
    fn from(text: &str) -> Self {
        match text.to_ascii_lowercase().as_str() {
            "auto" => DeviceChoice::Auto,
            "cpu" => DeviceChoice::Cpu,
            _ => DeviceChoice::Named(text.to_owned()),
        }
    }
}

/// Size of the tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TileChoice {
    /// Selected by the limits of the device.
    #[default]
    Auto,
    /// Side in px, halo included.
    Px(usize),
}

/// Number of threads of the CPU engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Threads {
    /// One per core.
    #[default]
    All,
    /// One less than [`All`](Self::All) if there are more than two cores, so that the window stays responsive.
    BesideWindow,
    /// This number.
    Exactly(NonZeroUsize),
}

impl Threads {
    /// The number of threads on this machine.
    pub fn count(self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        match self {
            Self::All => cores,
            Self::BesideWindow if cores > 2 => cores - 1,
            Self::BesideWindow => cores,
            Self::Exactly(count) => count.get(),
        }
    }
}

/// Kind of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceKind {
    /// A GPU with memory of its own.
    DiscreteGpu,
    /// A GPU that shares the machine's memory.
    IntegratedGpu,
    /// A GPU provided by a virtual machine.
    VirtualGpu,
    /// A software implementation of a GPU API (llvmpipe, WARP): slower than the CPU engine.
    Software,
    /// The CPU engine.
    Cpu,
    /// An adapter of unknown kind.
    Other,
}

/// One device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// Name reported by the driver.
    pub name: String,
    /// Its kind.
    pub kind: DeviceKind,
    /// Driver and graphics API; for the CPU the instruction set and the number of threads.
    pub driver: String,
}
