//! Weight files: safetensors with the [`NetworkShape`] as JSON under the metadata key `rednet`.
//!
//! Names of the tensors: `enc.I.weight|bias`, `dec.I.weight|bias`, `out.weight|bias`, all f16 or f32.

use std::{borrow::Cow, path::Path};

use half::f16;
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use super::{EngineError, Footprint, Task};
use crate::pixels::Size;

/// The shape of a RED-Net, as its weight file states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
pub struct NetworkShape {
    /// What the network was trained for.
    #[serde(with = "task_name")]
    pub task: Task,
    /// Input planes: the picture's, and the level plane if the task has one.
    pub planes_in: usize,
    /// Output planes; the residual is added to the first input planes.
    pub planes_out: usize,
    /// Number of convolutions, and of deconvolutions: RED10 has 5, RED20 10, RED30 15.
    pub pairs: usize,
    /// Feature maps between the layers.
    pub width: usize,
    /// 2 when the outer pair halves and doubles the resolution, else 1.
    pub stride: usize,
}

mod task_name {
    use serde::{Deserialize, Deserializer, de::Error};

    use crate::engine::Task;

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Task, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "noise" => Ok(Task::Denoise),
            "jpeg" => Ok(Task::Deblock),
            "sr" => Ok(Task::Enlarge),
            "estimate" => Ok(Task::Estimate),
            "detect" => Ok(Task::Detect),
            "repair" => Ok(Task::Repair),
            other => Err(D::Error::custom(format!("no task is called \"{other}\""))),
        }
    }
}

impl NetworkShape {
    /// The receptive field. Stride 1: 1 px per layer. Stride 2: 2 px per layer, at half the resolution, and 3 px for
    /// the outer pair together.
    pub fn footprint(&self) -> Footprint {
        let radius = if self.stride == 2 { 4 * (self.pairs - 1) + 3 } else { 2 * self.pairs };
        Footprint { radius, stride: self.stride }
    }

    /// Multiplications and additions of the convolutions for a picture of `pixels` px, in flop
    /// (direct convolution; a multiply-add counts as two).
    pub fn flops(&self, pixels: usize) -> f64 {
        let taps = self.outer_kernel().pow(2) * self.width;
        let inner = 2 * (self.pairs - 1) * 9 * self.width * self.width;
        // With stride 2 all layers run on a quarter of the pixels; the transposed convolution costs all its taps per
        // input pixel.
        let area = pixels as f64 / (self.stride * self.stride) as f64;
        2.0 * area * (inner + taps * (self.planes_in + self.planes_out)) as f64
    }

    /// Memory for the feature maps of a run over a tile, in bytes, with values of `value_bytes` each: those of every second
    /// layer for the skip connections, and those being computed.
    pub fn memory(&self, tile: Size, value_bytes: usize) -> u64 {
        let maps = self.pairs.div_ceil(2) + 3;
        (maps * self.width * value_bytes * tile.area() / (self.stride * self.stride)) as u64
    }

    /// Side of the first and last kernel, in px.
    pub fn outer_kernel(&self) -> usize {
        if self.stride == 2 { 4 } else { 3 }
    }

    fn check(&self) -> Result<(), String> {
        if !(1..=2).contains(&self.stride) {
            return Err(format!("a stride of {} is not 1 or 2", self.stride));
        }
        if !(2..=64).contains(&self.pairs) {
            return Err(format!("{} pairs of layers are not 2 to 64", self.pairs));
        }
        if !(1..=1024).contains(&self.width) {
            return Err(format!("{} feature maps are not 1 to 1024", self.width));
        }
        if (self.planes_in, self.planes_out) != self.task.planes() {
            return Err(format!("{} planes in and {} out don't fit its task", self.planes_in, self.planes_out));
        }
        Ok(())
    }
}

/// The weights of one layer.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerWeights {
    /// Convolution: out × in × kernel × kernel; transposed convolution: in × out × kernel × kernel.
    pub weight: Vec<f32>,
    /// The dimensions of `weight`.
    pub dims: [usize; 4],
    /// One value per output plane.
    pub bias: Vec<f32>,
}

/// The weights of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// The file name without extension.
    pub name: String,
    /// Shape of the network.
    pub shape: NetworkShape,
    /// The encoder, first layer first; `shape.pairs` layers.
    pub encoder: Vec<LayerWeights>,
    /// The decoder without its last layer.
    pub decoder: Vec<LayerWeights>,
    /// The last layer.
    pub out: LayerWeights,
}

impl Weights {
    /// Reads a weight file.
    ///
    /// # Errors
    /// When it can't be read, or is not a complete weight file of a RED-Net.
    pub fn open(path: &Path) -> Result<Self, EngineError> {
        let name = path.file_stem().map_or(Cow::Borrowed("model"), |stem| stem.to_string_lossy());
        let bytes = std::fs::read(path)
            .map_err(|error| EngineError::Weights { file: path.display().to_string(), reason: error.to_string() })?;
        Self::parse(&name, &bytes)
    }

    /// Reads the bytes of a weight file; `name` is used in errors.
    ///
    /// # Errors
    /// When they are not a complete weight file of a RED-Net.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, EngineError> {
        Self::read(name, bytes).map_err(|reason| EngineError::Weights { file: name.to_owned(), reason })
    }

    fn read(name: &str, bytes: &[u8]) -> Result<Self, String> {
        let foreign = |error| format!("it is not a complete safetensors file ({error})");
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(foreign)?;
        let tensors = SafeTensors::deserialize(bytes).map_err(foreign)?;
        let rednet = metadata
            .metadata()
            .as_ref()
            .and_then(|metadata| metadata.get("rednet"))
            .ok_or("it is not a RED-Net (its metadata has no key \"rednet\")")?;
        let shape: NetworkShape =
            serde_json::from_str(rednet).map_err(|error| format!("its key \"rednet\" is wrong: {error}"))?;
        shape.check()?;

        let NetworkShape { planes_in, planes_out, width, stride, .. } = shape;
        let kernel = shape.outer_kernel();
        let inner = [width, width, 3, 3];
        let layer = |layer: String, dims: [usize; 4], outputs: usize| {
            Ok::<_, String>(LayerWeights {
                weight: values(&tensors, &format!("{layer}.weight"), &dims)?,
                dims,
                bias: values(&tensors, &format!("{layer}.bias"), &[outputs])?,
            })
        };
        Ok(Self {
            name: name.to_owned(),
            shape,
            encoder: (0..shape.pairs)
                .map(|i| {
                    layer(format!("enc.{i}"), if i == 0 { [width, planes_in, kernel, kernel] } else { inner }, width)
                })
                .collect::<Result<_, _>>()?,
            decoder: (0..shape.pairs - 1).map(|j| layer(format!("dec.{j}"), inner, width)).collect::<Result<_, _>>()?,
            out: layer(
                "out".into(),
                if stride == 2 { [width, planes_out, kernel, kernel] } else { [planes_out, width, kernel, kernel] },
                planes_out,
            )?,
        })
    }
}

fn values(tensors: &SafeTensors, name: &str, dims: &[usize]) -> Result<Vec<f32>, String> {
    let view = tensors.tensor(name).map_err(|_| format!("the tensor {name} is missing"))?;
    let wrong = || format!("the tensor {name} is {:?} {:?} and not F16 or F32 {dims:?}", view.dtype(), view.shape());
    if view.shape() != dims {
        return Err(wrong());
    }
    let values: Vec<f32> = match view.dtype() {
        Dtype::F16 => numbers(view.data(), |bytes| f16::from_le_bytes(bytes).to_f32()),
        Dtype::F32 => numbers(view.data(), f32::from_le_bytes),
        _ => return Err(wrong()),
    };
    if values.iter().any(|value| !value.is_finite()) {
        return Err(format!("the tensor {name} holds values that are not finite"));
    }
    Ok(values)
}

fn numbers<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&bytes| number(bytes)).collect()
}
