//! How a convolution is divided among the threads of a GPU. Which division is the fastest depends on the GPU's registers,
//! shared memory and caches.

use serde::{Deserialize, Serialize};

use super::storage::Storage;

/// Components of a vector: 16 bytes of f32.
pub const LANES: usize = 4;
/// Padded layers have a multiple of so many outputs.
pub const FEATURES: usize = 16;

/// A kernel to choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Variant {
    /// How the work is divided.
    pub tiling: Tiling,
    /// What is stored between the layers.
    pub storage: Storage,
}

impl Variant {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        Storage::ALL.into_iter().flat_map(|storage| Tiling::ALL.map(|tiling| Self { tiling, storage }))
    }

    /// What a thread computes at a time, and what is stored, for the report of a benchmark.
    pub fn name(self) -> String {
        format!("{}, {}", self.tiling.name(), self.storage.name())
    }
}

/// The tilings to choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Tiling {
    /// 8 px × 8 outputs per thread, 4 inputs at a time: about 110 registers per thread.
    Wide,
    /// As [`Wide`](Self::Wide), with 8 inputs at a time: half the barriers, twice the shared memory.
    Deep,
    /// 4 px × 8 outputs per thread, 4 inputs at a time: about 70 registers per thread.
    Narrow,
    /// 4 px × 16 outputs per thread; all threads of a group read the same weights, from the cache.
    Uniform,
}

impl Tiling {
    /// All of them; the first, in f32, is for devices where none is measured.
    pub const ALL: [Self; 4] = [Self::Wide, Self::Deep, Self::Narrow, Self::Uniform];

    /// What a thread computes at a time, for the report of a benchmark.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wide => "8 px x 8 outputs, 4 inputs at a time",
            Self::Deep => "8 px x 8 outputs, 8 inputs at a time",
            Self::Narrow => "4 px x 8 outputs, 4 inputs at a time",
            Self::Uniform => "4 px x 16 outputs, 4 inputs at a time, weights from the cache",
        }
    }

    /// The groups of threads for a layer with that number of outputs, a multiple of [`FEATURES`].
    pub fn group(self, outputs: usize) -> ThreadGroup {
        let outputs = [64, 48, 32].into_iter().find(|block| outputs.is_multiple_of(*block)).unwrap_or(FEATURES);
        let (pixels, depth) = match self {
            Self::Wide => (8, 1),
            Self::Deep => (8, 2),
            Self::Narrow => (4, 1),
            Self::Uniform => {
                let shared_weights = false;
                return ThreadGroup {
                    pixels: 4,
                    vectors: 4,
                    columns: 4,
                    rows: 16,
                    across: 1,
                    depth: 1,
                    shared_weights,
                };
            }
        };
        let (vectors, columns) = (2, 2);
        let across = outputs / (LANES * vectors);
        // Fewer outputs, more rows: about 128 threads.
        let rows = if across > 4 { 8 } else { 16 };
        ThreadGroup { pixels, vectors, columns, rows, across, depth, shared_weights: true }
    }
}

/// A group of threads ("workgroup") computes a rectangle of pixels for a block of outputs. Numbers of features are counted
/// in vectors of [`LANES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ThreadGroup {
    /// Pixels of a row per thread.
    pub pixels: usize,
    /// Vectors of outputs per thread.
    pub vectors: usize,
    /// Threads side by side.
    pub columns: usize,
    /// Threads one below the other.
    pub rows: usize,
    /// Threads for the outputs of a pixel.
    pub across: usize,
    /// Vectors of inputs that are in shared memory at a time.
    pub depth: usize,
    /// Whether the weights are in shared memory too.
    pub shared_weights: bool,
}

impl ThreadGroup {
    /// Number of threads.
    pub const fn threads(&self) -> usize {
        self.columns * self.rows * self.across
    }

    /// Width of the rectangle, in px.
    pub const fn width(&self) -> usize {
        self.columns * self.pixels
    }

    /// Vectors of outputs in the block.
    pub const fn outputs(&self) -> usize {
        self.across * self.vectors
    }

    /// Vectors of the rectangle's input, with a border of 1 px.
    pub const fn halo(&self) -> usize {
        (self.width() + 2) * (self.rows + 2) * self.depth
    }

    /// Vectors of weights for the inputs that are in shared memory.
    pub const fn taps(&self) -> usize {
        9 * self.depth * LANES * self.outputs()
    }

    /// Shared memory, in bytes.
    pub const fn shared_bytes(&self, storage: Storage) -> usize {
        let vectors = self.halo() + if self.shared_weights { self.taps() } else { 0 };
        vectors * LANES * storage.bytes()
    }
}
