//! A RED-Net on a GPU, as a list of 3×3 convolutions ([`crate::engine::layers`]).

use std::time::Instant;

use cubecl::client::Client;

use super::{
    buffer::{Buffer, Reading},
    convolution::{GpuConvolution, LayerStorage, padded_inputs},
    picture, resizing,
    storage::Storage,
    tiling::Variant,
};
use crate::{
    engine::{
        NetworkShape, ResidentTile, ResizedTile, Task, Weights,
        layers::{self, NetworkStep, PostOp, TimedStep},
    },
    pixels::{Planes, Size},
};

/// Queues a step. Returns its output, and what it reads and writes, in bytes.
type QueueStep<'a> = dyn FnMut() -> (Buffer, usize) + 'a;

/// A network with its weights on a GPU.
pub struct GpuNetwork {
    client: Client,
    shape: NetworkShape,
    /// Number of features of the picture, padded.
    inputs: usize,
    layers: Vec<GpuConvolution>,
}

impl GpuNetwork {
    /// Copies a network's weights to a GPU.
    pub fn load(client: &Client, weights: &Weights, Variant { tiling, storage }: Variant) -> Self {
        let mut layers: Vec<GpuConvolution> = Vec::new();
        let mut first_inputs = None;
        for layer in layers::convolutions(weights) {
            let inputs = layers.last().map_or_else(|| padded_inputs(layer.inputs, tiling), GpuConvolution::outputs);
            first_inputs.get_or_insert(inputs);
            // The picture and what is added to it keep their precision.
            let input = if layers.is_empty() { Storage::F32 } else { storage };
            let output = if layer.after == PostOp::Bias { Storage::F32 } else { storage };
            layers.push(GpuConvolution::new(client, &layer, inputs, tiling, LayerStorage { input, output }));
        }
        Self { client: client.clone(), shape: weights.shape, inputs: first_inputs.unwrap_or_default(), layers }
    }

    /// Queues a run over a picture, whose sides are multiples of the stride. The output has the same size.
    pub fn start(&self, picture: &Planes) -> Reading {
        self.run(&self.uploaded(picture), picture.size()).read(&self.client)
    }

    /// Queues a run over a tile of a picture in the GPU's memory.
    ///
    /// # Errors
    /// When the tile reaches out of the resident part of the picture, or is not one for this network.
    pub fn start_resident(&self, planes: &Planes, tile: &ResidentTile) -> Result<Reading, String> {
        let uploaded = self.uploaded(planes);
        let input = match tile.input {
            Some(resident) => resident.with_level(&self.client, &uploaded, tile.rect)?,
            None => uploaded,
        };
        let size = tile.rect.size();
        if input.len() != self.shape.planes_in * size.area() {
            return Err(format!("{} values for a tile of {size:?}", input.len()));
        }
        let output = self.run(&input, size);
        if let Some((resident, part)) = tile.output {
            resident.put(&self.client, &output, tile.rect, part)?;
        }
        Ok(output.read(&self.client))
    }

    /// Queues a run over a tile of a resized picture.
    ///
    /// # Errors
    /// When the tile needs more than there is of the picture, or is not one for this network.
    pub fn start_resized(&self, tile: &ResizedTile) -> Result<Reading, String> {
        if self.shape.task != Task::Enlarge {
            return Err("only the network that enlarges takes resized pictures".into());
        }
        let input = resizing::luminance_and_level(&self.client, tile)?;
        Ok(self.run(&input, tile.size()).read(&self.client))
    }

    fn uploaded(&self, planes: &Planes) -> Buffer {
        Buffer::new(&self.client, planes.data(), Storage::F32)
    }

    fn run(&self, picture: &Buffer, size: Size) -> Buffer {
        self.queue(picture, size, &mut |_, queue| queue().0)
    }

    /// Runs over a picture, and waits after each step. Returns the time of each.
    ///
    /// # Errors
    /// When the device fails.
    pub fn time_steps(&self, picture: &Planes) -> Result<Vec<TimedStep>, String> {
        let (mut times, mut failed) = (Vec::new(), None);
        let output = self.queue(&self.uploaded(picture), picture.size(), &mut |step, queue| {
            let start = Instant::now();
            let (output, moved_bytes) = queue();
            failed = failed.take().or(output.wait(&self.client).err());
            times.push(TimedStep { step, time: start.elapsed(), moved_bytes: Some(moved_bytes) });
            output
        });
        failed.map_or(Ok(()), Err)?;
        output.wait(&self.client)?;
        Ok(times)
    }

    /// Queues a run over a picture, each step by `step`, which has to call the closure it gets.
    fn queue(
        &self,
        picture: &Buffer,
        size: Size,
        step: &mut dyn FnMut(NetworkStep, &mut QueueStep<'_>) -> Buffer,
    ) -> Buffer {
        let client = &self.client;
        let NetworkShape { pairs, stride, planes_out, .. } = self.shape;
        let blocks = Size::new(size.width / stride, size.height / stride);
        let mut input = step(NetworkStep::Input, &mut || {
            let features = picture::to_features(client, picture, size, stride, self.inputs);
            let moved_bytes = picture.bytes() + features.bytes();
            (features, moved_bytes)
        });
        let mut kept: Vec<Option<Buffer>> = Vec::new();
        for (index, layer) in self.layers.iter().enumerate() {
            let added_to = match layer.after {
                PostOp::AddRelu => kept[layers::mirrored(pairs, index)].take(),
                PostOp::Relu | PostOp::Bias => None,
            };
            let output = added_to.unwrap_or_else(|| layer.new_output(client, blocks.area()));
            let flops_per_pixel = layer.flops_per_pixel();
            input = step(NetworkStep::Layer { index, flops_per_pixel }, &mut || {
                layer.run(client, &input, &output, blocks);
                (output.clone(), layer.moved_bytes(&input, &output))
            });
            let mirror = (index < pairs).then(|| &self.layers[layers::mirrored(pairs, index)]);
            let is_added_to = mirror.is_some_and(|mirror| mirror.after == PostOp::AddRelu);
            kept.push(is_added_to.then_some(output));
        }
        let features = self.layers.last().map_or(0, GpuConvolution::outputs);
        step(NetworkStep::Output, &mut || {
            let output = picture::add_to_picture(client, &input, features, picture, size, stride, planes_out);
            // The picture's last plane may be a level; of the features, some are padding.
            let moved_bytes = 3 * output.bytes();
            (output, moved_bytes)
        })
    }
}
