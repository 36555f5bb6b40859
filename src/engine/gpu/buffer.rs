//! Arrays of f32 in a GPU's memory.

use cubecl::{
    client::Client,
    prelude::{BufferArg, CubeElement, TensorBinding},
    server::Handle,
    zspace::Tiling,
};

/// An array. Clones share it; its memory is used again after the last one.
#[derive(Debug, Clone)]
pub struct Buffer {
    handle: Handle,
    len: usize,
}

impl Buffer {
    /// An array with undefined content.
    pub fn empty(client: &Client, len: usize) -> Self {
        Self { handle: client.empty(len * size_of::<f32>()), len }
    }

    /// Copies values to the GPU.
    pub fn new(client: &Client, values: &[f32]) -> Self {
        Self { handle: client.create_from_slice(f32::as_bytes(values)), len: values.len() }
    }

    /// Waits for the kernels that write it, and copies it to the CPU.
    ///
    /// # Errors
    /// When the device or one of those kernels failed.
    pub fn read(self, client: &Client) -> Result<Vec<f32>, String> {
        let bytes = client.read_one(self.handle).map_err(|error| error.to_string())?;
        Ok(f32::from_bytes(&bytes).to_vec())
    }

    /// Waits for the kernels that write it.
    ///
    /// # Errors
    /// When the device or one of those kernels failed.
    pub fn wait(&self, client: &Client) -> Result<(), String> {
        pollster::block_on(client.sync_buffers([&self.handle])).map_err(|error| error.to_string())
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// As an argument of a kernel.
    pub fn arg(&self) -> BufferArg {
        let binding = self.handle.clone().binding();
        TensorBinding { handle: binding, shape: [self.len].into(), strides: [1].into(), tiling: Tiling::default() }
            .into_buffer_arg()
    }
}
