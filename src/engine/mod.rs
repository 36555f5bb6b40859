//! Inference: devices, weight files, and the networks that run on them. Tiles in, tiles out; independent of photos and
//! the window.

pub mod bench;
mod cache_file;
pub mod cpu;
mod device;
mod device_selection;
pub mod fake;
pub mod gpu;
mod layers;
pub mod models;
mod panic_text;
mod random;
mod resized_tile;
mod trial_file;
mod trials;
mod weights;

use std::ops::{Range, RangeInclusive};

pub use device::{DeviceChoice, DeviceInfo, DeviceKind, Threads, TileChoice};
pub use device_selection::{
    Selection, choose, list_devices, named, open_weights, opener, opener_on, smallest_tile, tried,
};
pub use gpu::ResidentPicture;
pub use models::{Model, NetworkId};
pub use panic_text::panic_text;
pub use resized_tile::{ResizedFrom, ResizedTile, Taps};
pub use trials::{DeviceTrial, Trial, candidates, rate};
pub use weights::{LayerWeights, NetworkShape, Weights};

use crate::pixels::{Planes, Rect, Size};

/// Range that a network's input values are clamped to: far beyond black and white (in a floating-point picture) its output is
/// meaningless, and noise does not reach that far.
pub const INPUT_RANGE: RangeInclusive<f32> = -1.0..=2.0;

/// Task of a network, with its input and output planes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Task {
    /// R, G, B (0–1) and a plane σ/255 in; R, G, B out.
    Denoise,
    /// R, G, B (0–1) and a constant plane (100 − JPEG quality)/100 in; R, G, B out.
    Deblock,
    /// Luminance (0–1) and a constant plane scale/4 in; luminance out.
    Enlarge,
    /// R, G, B (0–1) in. The output minus the input is ln(1 + σ/2) of the luminance noise near each px, the same of the
    /// chroma noise (σ on the 0–255 scale), and the logarithm of the uncertainty of both.
    Estimate,
    /// R, G, B (0–1) and a plane of how likely each px is damage (0–1, from half the size) in. The output minus R is the
    /// logit of "this px is damage".
    Detect,
    /// R, G, B (0–1; marked px filled from half the size), what the photo has there minus that (R, G, B; 0 if it must not be
    /// seen, and at unmarked px) and the mask (0 or 1) in; R, G, B out.
    Repair,
}

impl Task {
    /// The tasks that change all of a photo, in the order in which they are applied.
    pub const ALL: [Task; 3] = [Task::Deblock, Task::Denoise, Task::Enlarge];

    /// Number of input and output planes.
    pub const fn planes(self) -> (usize, usize) {
        match self {
            Task::Denoise | Task::Deblock => (4, 3),
            Task::Repair => (7, 3),
            Task::Enlarge => (2, 1),
            Task::Estimate => (3, 3),
            Task::Detect => (4, 1),
        }
    }
}

/// Receptive field and stride of a network, which determine its tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// Receptive radius in px: the halo a tile needs.
    pub radius: usize,
    /// Tile origins and sizes must be multiples of this, in px.
    pub stride: usize,
}

/// One network loaded on one device. The interface of all engines.
pub trait Restorer: Send {
    /// The device it runs on.
    fn device(&self) -> &DeviceInfo;
    /// Constraints for tiles.
    fn footprint(&self) -> Footprint;
    /// Recommended side of tiles, halo included, in px.
    fn tile_side(&self) -> usize;
    /// Memory for a run over a tile of that size in addition to its input and output, in bytes.
    fn memory(&self, tile: Size) -> u64;
    /// Runs the network over one tile (planes as [`Task`] says; both sides multiples of the
    /// stride). The borders of the tile are treated as the borders of a picture.
    ///
    /// # Errors
    /// When the device fails.
    fn restore(&mut self, tile: Planes) -> Result<Planes, EngineError>;
    /// [`Self::restore`] that can be cancelled: none once `stop` returns true. It is called as often as the device
    /// allows.
    ///
    /// # Errors
    /// When the device fails.
    fn restore_unless(&mut self, tile: Planes, stop: &dyn Fn() -> bool) -> Result<Option<Planes>, EngineError> {
        if stop() { Ok(None) } else { self.restore(tile).map(Some) }
    }
    /// Starts [`Self::restore`] and returns before its end, so that other runs can be started and a GPU does not wait for the
    /// CPU. The CPU engine only starts in [`Self::finish`].
    ///
    /// # Errors
    /// When the device fails.
    fn start(&mut self, tile: Planes) -> Result<Run, EngineError> {
        Ok(Run::Waiting(tile))
    }
    /// The output of a run; see [`Self::restore_unless`].
    ///
    /// # Errors
    /// When the device fails.
    fn finish(&mut self, run: Run, stop: &dyn Fn() -> bool) -> Result<Option<Planes>, EngineError> {
        match run {
            Run::Waiting(tile) => self.restore_unless(tile, stop),
            Run::Started(_) if stop() => Ok(None),
            Run::Started(output) => output().map(Some),
        }
    }
    /// The same network for a stream of rows; none if the engine does not support it.
    fn streaming(&mut self) -> Option<&mut dyn StreamingRestorer> {
        None
    }
    /// The same network for tiles that are put together in the device's memory; none if the engine does not support it.
    fn resident(&mut self) -> Option<&mut dyn ResidentRestorer> {
        None
    }
}

/// A network whose output can stay in the device's memory, from where the next network on that device reads its input, also
/// resized.
pub trait ResidentRestorer {
    /// Reserves memory for the part `part` of a picture: three planes, with undefined content. None if the device does not
    /// have that much.
    fn reserve(&mut self, part: Rect, picture: Size) -> Option<ResidentPicture>;
    /// Whether this network can read that picture: not if the device was opened again since.
    fn can_read(&self, picture: &ResidentPicture) -> bool;
    /// [`Restorer::start`] for a tile of such a picture. `planes` are those that have to be uploaded; see [`ResidentTile`].
    ///
    /// # Errors
    /// When the device fails.
    fn start_resident(&mut self, planes: Planes, tile: &ResidentTile) -> Result<Run, EngineError>;
    /// [`Restorer::start`] for a tile of a picture that is resized on the device. Where the picture is before that makes no
    /// difference to the output.
    ///
    /// # Errors
    /// When the device fails, or the network is not for [`Task::Enlarge`].
    fn start_resized(&mut self, tile: &ResizedTile) -> Result<Run, EngineError>;
}

/// Where a tile's input is in the device's memory, and where its output will be.
#[derive(Debug, Clone, Copy)]
pub struct ResidentTile<'a> {
    /// The tile, in px of the picture. What is beyond the picture is its reflection.
    pub rect: Rect,
    /// R, G and B of the input. Then only the level is uploaded: a plane of the tile's size, or of 1 px if it is the same
    /// everywhere. None: all planes are uploaded.
    pub input: Option<&'a ResidentPicture>,
    /// Where the output is copied to, and the part that is, in px of the picture.
    pub output: Option<(&'a ResidentPicture, Rect)>,
}

/// A run of a network over a tile that is not finished.
pub enum Run {
    /// It has not started.
    Waiting(Planes),
    /// It has; the function waits for its output.
    Started(Box<dyn FnOnce() -> Result<Planes, EngineError> + Send>),
}

/// A network that processes a picture of any height as a stream of rows: nothing is computed twice, and the memory
/// does not depend on the height.
pub trait StreamingRestorer {
    /// Runs over a picture of `size` (both sides multiples of the stride). Returns false if `rows` ended it early.
    fn restore_stream(&mut self, size: Size, rows: &mut dyn RowIo) -> bool;
}

/// Input and output of a stream of rows. Every row is read and written once, from the top.
pub trait RowIo: Send {
    /// Reads these input rows: planes as [`Task`] says.
    fn read(&mut self, rows: Range<usize>) -> Planes;
    /// Writes these output rows, which lag behind the rows read. Returns whether to continue.
    fn write(&mut self, rows: Range<usize>, output: Planes) -> bool;
}

/// Opens a device and loads a network on it. The last argument is called before a GPU is prepared, which takes a while:
/// devices are tried, kernels are compiled and measured.
pub type RestorerFactory = Box<
    dyn FnMut(&DeviceChoice, TileChoice, NetworkId, &mut dyn FnMut()) -> Result<OpenedRestorer, EngineError> + Send,
>;

/// A loaded network, and why it runs on its device.
pub struct OpenedRestorer {
    /// The loaded network.
    pub restorer: Box<dyn Restorer>,
    /// Why this device: part of a sentence for users.
    pub reason: String,
    /// Why the requested device could not be used, if this is a fallback: a sentence.
    pub notice: Option<String>,
}

/// Errors of engines, in sentences for users.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// There is no device of that name.
    #[error("there is no device \"{name}\"; `redawn devices` lists those available: {known}")]
    UnknownDevice {
        /// The requested name.
        name: String,
        /// The names of the available devices, separated by commas.
        known: String,
    },
    /// The device could not be opened, or failed while running.
    #[error("{device} failed: {reason}")]
    Device {
        /// Name of the device.
        device: String,
        /// What failed.
        reason: String,
    },
    /// The device could not be opened: a sentence about it.
    #[error("{0}")]
    Unusable(String),
    /// The weight file is not a valid RED-Net.
    #[error("the weight file {file} can't be used: {reason}")]
    Weights {
        /// Name or path of the file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
}
