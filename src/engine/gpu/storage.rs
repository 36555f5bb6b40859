//! How a GPU stores the features between the layers, and the weights.

use cubecl::{
    client::Client,
    ir::{ElemType, FloatKind},
};
use serde::{Deserialize, Serialize};

/// Numbers in memory. Sums are f32, and so are the picture's planes at both ends of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Storage {
    /// 4 bytes, on every GPU.
    F32,
    /// 2 bytes: half the traffic and the memory, but each value is rounded to 11 bits.
    F16,
}

impl Storage {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::F32, Self::F16];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
        }
    }

    /// Size of a number, in bytes.
    pub const fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 => 2,
        }
    }

    /// Whether a GPU has it (for f16: the feature `SHADER_F16`).
    pub fn is_supported(self, client: &Client) -> bool {
        client.properties().supports_type(self.element())
    }

    /// As a type of a kernel.
    pub fn element(self) -> ElemType {
        ElemType::Float(match self {
            Self::F32 => FloatKind::F32,
            Self::F16 => FloatKind::F16,
        })
    }
}
