//! Arrays of numbers in a GPU's memory.

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
use half::{f16, slice::HalfFloatSliceExt};

use super::{guard::caught, storage::Storage};

/// An array. Clones share it; its memory is used again after the last one.
#[derive(Debug, Clone)]
pub struct Buffer {
    handle: Handle,
    len: usize,
    storage: Storage,
}

impl Buffer {
    /// An array with undefined content.
    pub fn empty(client: &Client, len: usize, storage: Storage) -> Self {
        Self { handle: client.empty(len * storage.bytes()), len, storage }
    }

    /// Copies values to the GPU, rounded if necessary.
    pub fn new(client: &Client, values: &[f32], storage: Storage) -> Self {
        let handle = match storage {
            Storage::F32 => client.create_from_slice(f32::as_bytes(values)),
            Storage::F16 => {
                let mut rounded = vec![f16::ZERO; values.len()];
                rounded.convert_from_f32_slice(values);
                client.create_from_slice(f16::as_bytes(&rounded))
            }
        };
        Self { handle, len: values.len(), storage }
    }

    /// Copies positions to the GPU, each in 4 bytes.
    pub fn of_positions(client: &Client, positions: &[u32]) -> Self {
        let handle = client.create_from_slice(u32::as_bytes(positions));
        Self { handle, len: positions.len(), storage: Storage::F32 }
    }

    /// Queues a copy of f32 to the CPU, after the kernels that write them.
    pub fn read(self, client: &Client) -> Reading {
        let client = client.clone();
        let mut copy: Copy = Box::pin(async move { client.read_async(vec![self.handle]).await });
        // The first poll queues it.
        match copy.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => Reading(Some(Box::pin(ready(result)))),
            Poll::Pending => Reading(Some(copy)),
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

    /// Its size, in bytes.
    pub fn bytes(&self) -> usize {
        self.len * self.storage.bytes()
    }

    /// As an argument of a kernel.
    pub fn arg(&self) -> BufferArg {
        let binding = self.handle.clone().binding();
        TensorBinding { handle: binding, shape: [self.len].into(), strides: [1].into(), tiling: Tiling::default() }
            .into_buffer_arg()
    }
}

type Copy = Pin<Box<dyn Future<Output = Result<Vec<Bytes>, ServerError>> + Send>>;

/// A queued copy to the CPU. Dropping it waits for it too: CubeCL would use its mapped buffer for the next copy, which fails then.
pub struct Reading(Option<Copy>);

impl Reading {
    /// Waits for the values.
    ///
    /// # Errors
    /// When the device or a kernel before the copy failed.
    pub fn wait(mut self) -> Result<Vec<f32>, String> {
        let Some(copy) = self.0.take() else { return Ok(Vec::new()) };
        let arrays = pollster::block_on(copy).map_err(|error| error.to_string())?;
        Ok(arrays.iter().map(|bytes| f32::from_bytes(bytes)).collect::<Vec<_>>().concat())
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if let Some(copy) = self.0.take() {
            // The values are not needed, so an error does no harm.
            let _ = caught(|| pollster::block_on(copy).map(|_| ()).map_err(|error| error.to_string()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::gpu::{
        self,
        guard::{IsUsable, caught, failure},
    };

    /// As when a job is cancelled.
    #[test]
    fn a_dropped_copy_leaves_the_gpu_usable() {
        for device in gpu::list() {
            let client = gpu::open(&device).expect("a device").client;
            let read = |value: f32| Buffer::new(&client, &[value; 100], Storage::F32).read(&client);
            for value in 0..3 {
                drop((read(0.5), read(1.5)));
                assert_eq!(read(value as f32).wait(), Ok(vec![value as f32; 100]));
            }
        }
    }

    /// Then smaller tiles are tried (`restore/runner.rs`). On software Vulkan too, if there is one here.
    #[test]
    fn memory_that_runs_out_is_an_error() {
        for device in gpu::list() {
            let client = gpu::open(&device).expect("a device").client;
            let huge = || Buffer::empty(&client, 1 << 40, Storage::F32).read(&client).wait();
            let reason = caught(huge).map(|values| values.len()).expect_err("no GPU has that");
            let error = failure(&device, &IsUsable::default(), reason).to_string();
            assert_eq!(error, format!("{} failed: can't allocate buffer of size: {}", device.name, 1u64 << 42));
            let client = gpu::open(&device).expect("a device").client;
            assert_eq!(Buffer::new(&client, &[0.5], Storage::F32).read(&client).wait(), Ok(vec![0.5]), "opened again");
        }
    }
}
