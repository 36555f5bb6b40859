//! Arrays of f32 in a GPU's memory.

use std::{
    future::{Future, ready},
    pin::Pin,
    task::{Context, Poll, Waker},
};

use cubecl::{
    bytes::Bytes,
    client::Client,
    prelude::{BufferArg, CubeElement, TensorBinding},
    server::{Handle, ServerError},
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

    /// Queues a copy to the CPU, after the kernels that write it.
    pub fn read(self, client: &Client) -> Reading {
        let client = client.clone();
        let mut copy: Copy = Box::pin(async move { client.read_async(vec![self.handle]).await });
        // The first poll queues it.
        match copy.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => Reading(Box::pin(ready(result))),
            Poll::Pending => Reading(copy),
        }
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

type Copy = Pin<Box<dyn Future<Output = Result<Vec<Bytes>, ServerError>> + Send>>;

/// A queued copy to the CPU.
pub struct Reading(Copy);

impl Reading {
    /// Waits for the values.
    ///
    /// # Errors
    /// When the device or a kernel before the copy failed.
    pub fn wait(self) -> Result<Vec<f32>, String> {
        let arrays = pollster::block_on(self.0).map_err(|error| error.to_string())?;
        Ok(arrays.iter().flat_map(|bytes| f32::from_bytes(bytes)).copied().collect())
    }
}
