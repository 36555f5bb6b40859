//! Devices by name, as a person sees and chooses them.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum DeviceChoice {
    /// A discrete GPU, else an integrated one, else the CPU. Never a software adapter.
    #[default]
    Auto,
    /// The CPU engine.
    Cpu,
    /// The first device whose name contains this text, whatever the case.
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

/// How large the tiles are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TileChoice {
    /// Picked from the device's limits.
    #[default]
    Auto,
    /// Side in px, halo included.
    Px(usize),
}

/// How many threads the CPU engine computes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Threads {
    /// One for each core.
    #[default]
    All,
    /// One less where there are more than two cores: a window stays quick beside them.
    BesideWindow,
    /// That many.
    Exactly(NonZeroUsize),
}

impl Threads {
    /// How many these are here.
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

/// What kind of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceKind {
    /// A GPU with memory of its own.
    DiscreteGpu,
    /// A GPU that shares the machine's memory.
    IntegratedGpu,
    /// A GPU lent by a virtual machine.
    VirtualGpu,
    /// A GPU's interface computed on the CPU (llvmpipe, WARP): slower than the CPU engine.
    Software,
    /// The CPU engine.
    Cpu,
    /// An adapter that does not say.
    Other,
}

/// One device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo {
    /// As its driver calls it.
    pub name: String,
    /// What kind of device.
    pub kind: DeviceKind,
    /// Driver and graphics API in words; empty for the CPU.
    pub driver: String,
}
