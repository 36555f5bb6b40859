//! One network on one GPU.

use burn::tensor::{Device, Tensor, TensorData};

use super::{
    OpenGpu, Variant,
    burn_network::RedNet,
    guard::{IsUsable, failure, guarded},
    network::GpuNetwork,
    storage::Storage,
};
use crate::{
    engine::{DeviceInfo, EngineError, Footprint, NetworkShape, Restorer, Run, Weights, layers::TimedStep},
    pixels::{Planes, Size},
};

/// The kernels that run a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernels {
    /// Our own.
    Own(Variant),
    /// burn's.
    Burn,
}

impl Kernels {
    /// How they divide the work, and what they store.
    pub fn name(self) -> String {
        match self {
            Self::Own(variant) => variant.name(),
            Self::Burn => "burn's kernels".into(),
        }
    }

    /// What is stored between the layers.
    fn storage(self) -> Storage {
        match self {
            Self::Own(variant) => variant.storage,
            Self::Burn => Storage::F32,
        }
    }
}

/// One network on one GPU.
pub struct GpuRestorer {
    network: Network,
    info: DeviceInfo,
    shape: NetworkShape,
    storage: Storage,
    tile_side: usize,
    is_usable: IsUsable,
}

enum Network {
    Own(GpuNetwork),
    Burn(Box<RedNet>, Device),
}

impl GpuRestorer {
    /// Loads a network onto a GPU, with given kernels.
    ///
    /// # Errors
    /// When the device fails.
    pub fn load(kernels: Kernels, weights: &Weights, gpu: &OpenGpu, tile_side: usize) -> Result<Self, EngineError> {
        let network = guarded(&gpu.info, &gpu.is_usable, || {
            Ok(match kernels {
                Kernels::Own(variant) => Network::Own(GpuNetwork::load(&gpu.client, weights, variant)),
                Kernels::Burn => Network::Burn(Box::new(RedNet::load(weights, &gpu.device)), gpu.device.clone()),
            })
        })?;
        let (info, is_usable) = (gpu.info.clone(), gpu.is_usable.clone());
        Ok(Self { network, info, shape: weights.shape, storage: kernels.storage(), tile_side, is_usable })
    }

    /// [`Restorer::restore`], and the time of each step; none with burn's kernels.
    ///
    /// # Errors
    /// When the device fails.
    pub fn time_steps(&self, tile: &Planes) -> Result<Vec<TimedStep>, EngineError> {
        guarded(&self.info, &self.is_usable, || match &self.network {
            Network::Own(network) => network.time_steps(tile),
            Network::Burn(..) => Ok(Vec::new()),
        })
    }
}

impl Restorer for GpuRestorer {
    fn device(&self) -> &DeviceInfo {
        &self.info
    }

    fn footprint(&self) -> Footprint {
        self.shape.footprint()
    }

    fn tile_side(&self) -> usize {
        self.tile_side
    }

    fn memory(&self, tile: Size) -> u64 {
        self.shape.memory(tile, self.storage.bytes())
    }

    fn restore(&mut self, tile: Planes) -> Result<Planes, EngineError> {
        if let Network::Burn(network, device) = &self.network {
            let size = tile.size();
            let values = guarded(&self.info, &self.is_usable, || run_burn(network, device, tile))?;
            return self.output_check().planes(size, values);
        }
        let run = self.start(tile)?;
        self.finish(run, &|| false).map(|output| output.unwrap_or_else(|| unreachable!("it is never stopped")))
    }

    fn start(&mut self, tile: Planes) -> Result<Run, EngineError> {
        let Network::Own(network) = &self.network else { return Ok(Run::Waiting(tile)) };
        let size = tile.size();
        let reading = guarded(&self.info, &self.is_usable, || Ok(network.start(&tile)))?;
        let check = self.output_check();
        Ok(Run::Started(Box::new(move || {
            let values = guarded(&check.info, &check.is_usable, || reading.wait())?;
            check.planes(size, values)
        })))
    }
}

impl GpuRestorer {
    fn output_check(&self) -> OutputCheck {
        OutputCheck { info: self.info.clone(), is_usable: self.is_usable.clone(), planes_out: self.shape.planes_out }
    }
}

/// What is needed to judge a run.
struct OutputCheck {
    info: DeviceInfo,
    is_usable: IsUsable,
    planes_out: usize,
}

impl OutputCheck {
    fn planes(&self, size: Size, values: Vec<f32>) -> Result<Planes, EngineError> {
        if values.len() != self.planes_out * size.area() {
            return Err(failure(&self.info, &self.is_usable, "its output has a wrong size".into()));
        }
        Ok(Planes::new(self.planes_out, size, values))
    }
}

fn run_burn(network: &RedNet, device: &Device, tile: Planes) -> Result<Vec<f32>, String> {
    let (size, channels) = (tile.size(), tile.channels());
    let input = TensorData::new(tile.into_data(), [1, channels, size.height, size.width]);
    let output = network.forward(Tensor::from_data(input, device));
    // A lost device is reported here, when the output is read back, as an error and not as a panic.
    let data = output.try_into_data().map_err(|error| error.to_string())?;
    data.try_into_vec::<f32>().map_err(|error| format!("{error:?}"))
}
