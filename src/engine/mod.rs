//! The network: tiles in, tiles out. Knows no file, no window, no thread.

pub mod bench;
mod burn_restorer;
pub mod cpu;
mod device;
mod device_selection;
pub mod fake;
mod gpu;
pub mod models;
mod rednet;
pub mod reference;
mod weights;

use std::ops::Range;

pub use burn_restorer::panic_text;
pub use device::{DeviceChoice, DeviceInfo, DeviceKind, Threads, TileChoice};
pub use device_selection::{choose, choose_among, list_devices, open_weights, opener, opener_on, smallest_tile};
pub use weights::{LayerWeights, NetworkShape, Weights};

use crate::pixels::{Planes, Size};

/// What a network does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Task {
    /// R, G, B (0–1) and a plane σ/255 in; R, G, B out.
    Denoise,
    /// R, G, B (0–1) and a constant plane (100 − JPEG quality)/100 in; R, G, B out.
    Deblock,
    /// Luminance (0–1) and a constant plane scale/4 in; luminance out.
    Enlarge,
    /// R, G, B (0–1) in. Out, added to them: ln(1 + σ/2) of the noise of the brightness around each px, the same of the
    /// colours (σ on the 0–255 scale), and the logarithm of how far off both may be.
    Estimate,
}

impl Task {
    /// Those that change a photo, in the order in which they are done to it.
    pub const ALL: [Task; 3] = [Task::Deblock, Task::Denoise, Task::Enlarge];

    /// Planes that go in, and planes that come out.
    pub const fn planes(self) -> (usize, usize) {
        match self {
            Task::Denoise | Task::Deblock => (4, 3),
            Task::Enlarge => (2, 1),
            Task::Estimate => (3, 3),
        }
    }
}

/// What a tile needs to know of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// How far an output pixel sees, in px: the halo a tile needs.
    pub radius: usize,
    /// Tile origins and sizes must be multiples of this, in px.
    pub stride: usize,
}

/// One network, loaded on one device: the seam between the engines and all that asks for them.
pub trait Restorer: Send {
    /// The device it runs on.
    fn device(&self) -> &DeviceInfo;
    /// What a tile must be like.
    fn footprint(&self) -> Footprint;
    /// The side of the tiles to cut, halo included, in px.
    fn tile_side(&self) -> usize;
    /// Bytes of memory that a run over a tile of that size takes, beside the tile and the answer.
    fn memory(&self, tile: Size) -> u64;
    /// Runs the network over one tile (planes as [`Task`] says; both sides multiples of the
    /// stride). The borders of the tile are treated as the borders of a picture.
    fn restore(&mut self, tile: Planes) -> Result<Planes, EngineError>;
    /// [`Self::restore`], and nothing once `stop` says so: asked on the way, as often as the device allows it.
    fn restore_unless(&mut self, tile: Planes, stop: &dyn Fn() -> bool) -> Result<Option<Planes>, EngineError> {
        if stop() { Ok(None) } else { self.restore(tile).map(Some) }
    }
    /// The same network for pictures of any height, where the device can do that.
    fn streaming(&mut self) -> Option<&mut dyn StreamingRestorer> {
        None
    }
}

/// A network that goes down a picture row by row: nothing is computed twice, and the memory does not grow with
/// the height.
pub trait StreamingRestorer {
    /// Runs it over a picture of `size` (both sides multiples of the stride); whether it came to the end.
    fn restore_stream(&mut self, size: Size, rows: &mut dyn RowIo) -> bool;
}

/// A picture by its rows, and who takes those of the answer: each once, from the top.
pub trait RowIo: Send {
    /// The planes of these rows, as [`Task`] says.
    fn read(&mut self, rows: Range<usize>) -> Planes;
    /// The answer's rows, some behind those that were taken; whether it is to go on.
    fn write(&mut self, rows: Range<usize>, answer: Planes) -> bool;
}

/// Opens a device and loads the network for a task on it.
pub type RestorerFactory =
    Box<dyn FnMut(&DeviceChoice, TileChoice, Task) -> Result<OpenedRestorer, EngineError> + Send>;

/// A restorer, and why it runs where it does.
pub struct OpenedRestorer {
    /// The loaded network.
    pub restorer: Box<dyn Restorer>,
    /// Why this device: a part of a sentence for people.
    pub reason: String,
    /// What went wrong with the device that was asked for, when this is another one.
    pub notice: Option<String>,
}

/// What can go wrong in an engine, in sentences for people.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No device of that name.
    #[error("there is no device \"{name}\" here; `redawn devices` lists what there is: {known}")]
    UnknownDevice { name: String, known: String },
    /// The device could not be opened, or failed in the middle.
    #[error("{device} failed: {reason}")]
    Device { device: String, reason: String },
    /// The device could not be opened: a sentence about it.
    #[error("{0}")]
    Unusable(String),
    /// The weight file is not one of ours.
    #[error("the weight file {file} can't be used: {reason}")]
    Weights { file: String, reason: String },
}
