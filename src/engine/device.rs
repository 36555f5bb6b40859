//! Devices by name, as a person sees and chooses them.

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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
