//! One network on one GPU.

use burn::tensor::{Device, Tensor, TensorData};

use super::{
    OpenGpu, ResidentPicture, Variant,
    buffer::Reading,
    burn_network::RedNet,
    guard::{IsUsable, failure, guarded},
    network::GpuNetwork,
    storage::Storage,
};
use crate::{
    engine::{
        DeviceInfo, EngineError, Footprint, NetworkShape, ResidentRestorer, ResidentTile, ResizedTile, Restorer, Run,
        Weights, layers::TimedStep,
    },
    pixels::{Planes, Rect, Size},
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
    gpu: OpenGpu,
    shape: NetworkShape,
    storage: Storage,
    tile_side: usize,
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
        Ok(Self { network, gpu: gpu.clone(), shape: weights.shape, storage: kernels.storage(), tile_side })
    }

    /// [`Restorer::restore`], and the time of each step; none with burn's kernels.
    ///
    /// # Errors
    /// When the device fails.
    pub fn time_steps(&self, tile: &Planes) -> Result<Vec<TimedStep>, EngineError> {
        self.guarded(|| match &self.network {
            Network::Own(network) => network.time_steps(tile),
            Network::Burn(..) => Ok(Vec::new()),
        })
    }
}

impl Restorer for GpuRestorer {
    fn device(&self) -> &DeviceInfo {
        &self.gpu.info
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
            let values = self.guarded(|| run_burn(network, device, tile))?;
            return self.output_check().planes(size, values);
        }
        let run = self.start(tile)?;
        self.finish(run, &|| false).map(|output| output.unwrap_or_else(|| unreachable!("it is never stopped")))
    }

    fn start(&mut self, tile: Planes) -> Result<Run, EngineError> {
        let Network::Own(network) = &self.network else { return Ok(Run::Waiting(tile)) };
        let reading = self.guarded(|| Ok(network.start(&tile)))?;
        Ok(self.started(tile.size(), reading))
    }

    fn resident(&mut self) -> Option<&mut dyn ResidentRestorer> {
        match self.network {
            Network::Own(_) => Some(self),
            Network::Burn(..) => None,
        }
    }
}

impl ResidentRestorer for GpuRestorer {
    fn reserve(&mut self, part: Rect, picture: Size) -> Option<ResidentPicture> {
        ResidentPicture::reserve(&self.gpu, part, picture)
    }

    fn can_read(&self, picture: &ResidentPicture) -> bool {
        picture.is_on(&self.gpu)
    }

    fn start_resident(&mut self, planes: Planes, tile: &ResidentTile) -> Result<Run, EngineError> {
        let reading = self.guarded(|| match &self.network {
            Network::Own(network) => network.start_resident(&planes, tile),
            Network::Burn(..) => Err("burn's kernels can't read a picture in its memory".into()),
        })?;
        Ok(self.started(tile.rect.size(), reading))
    }

    fn start_resized(&mut self, tile: &ResizedTile) -> Result<Run, EngineError> {
        let reading = self.guarded(|| match &self.network {
            Network::Own(network) => network.start_resized(tile),
            Network::Burn(..) => Err("burn's kernels can't resize a picture".into()),
        })?;
        Ok(self.started(tile.size(), reading))
    }
}

impl GpuRestorer {
    fn guarded<T>(&self, work: impl FnOnce() -> Result<T, String>) -> Result<T, EngineError> {
        guarded(&self.gpu.info, &self.gpu.is_usable, work)
    }

    fn started(&self, size: Size, reading: Reading) -> Run {
        let check = self.output_check();
        Run::Started(Box::new(move || {
            let values = guarded(&check.info, &check.is_usable, || reading.wait())?;
            check.planes(size, values)
        }))
    }

    fn output_check(&self) -> OutputCheck {
        let OpenGpu { info, is_usable, .. } = &self.gpu;
        OutputCheck { info: info.clone(), is_usable: is_usable.clone(), planes_out: self.shape.planes_out }
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
