//! Networks on GPUs that count what is uploaded for their runs.

use std::sync::{Arc, Mutex};

use redawn::{
    engine::{
        DeviceChoice, DeviceInfo, EngineError, Footprint, OpenedRestorer, ResidentPicture, ResidentRestorer,
        ResidentTile, ResizedFrom, ResizedTile, Restorer, RestorerFactory, Run, Task, Threads, TileChoice, Weights,
        cpu::{CpuRestorer, CpuWeights},
        gpu::{GpuRestorer, Kernels, OpenGpu, Storage, Tiling, Variant},
        smallest_tile,
    },
    imaging::Photo,
    pixels::{Planes, Raster, Rect, Size},
    restore::{
        self, Buffering, Compression, Follower, NoFollower, Noise, NoiseEstimate, NoiseLevel, NoiseLevels, Order,
        Recipe, Update,
    },
};

use crate::support::random_networks::Numbers;

/// The networks for artefacts, for noise and for size, whose outputs are near their inputs.
#[derive(Clone)]
pub struct Networks(pub [Weights; 3]);

impl Networks {
    pub fn random(stride: usize) -> Self {
        let mut numbers = Numbers(20);
        Self(Task::ALL.map(|task| {
            let mut weights = numbers.network(task, 2, 16, stride);
            weights.out.weight.iter_mut().for_each(|weight| *weight *= 0.02);
            weights.out.bias.fill(0.0);
            weights
        }))
    }

    pub fn of(&self, task: Task) -> &Weights {
        self.0.iter().find(|weights| weights.shape.task == task).expect("one of them")
    }
}

/// What was uploaded for runs, and how many of them failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Uploads {
    /// Runs for which all planes were uploaded, and those that read the colours from the GPU's memory.
    pub colours: usize,
    pub resident: usize,
    /// Values uploaded for the latter.
    pub levels: usize,
    /// Runs on pictures that the GPU resized: uploaded before, and from its memory.
    pub resized: usize,
    pub resized_resident: usize,
    /// Runs on what is in the GPU's memory that failed.
    pub failures: usize,
}

/// How a network differs from a GPU's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Keeping,
    /// It has no memory for pictures.
    Uploading,
    /// Runs on what is in its memory fail.
    Broken,
    /// Enlarged pictures are too bright.
    Bright,
}

/// A GPU's network that counts what is uploaded.
struct Noting {
    network: GpuRestorer,
    kind: Kind,
    uploads: Arc<Mutex<Uploads>>,
}

impl Restorer for Noting {
    fn device(&self) -> &DeviceInfo {
        self.network.device()
    }

    fn footprint(&self) -> Footprint {
        self.network.footprint()
    }

    fn tile_side(&self) -> usize {
        self.network.tile_side()
    }

    fn memory(&self, tile: Size) -> u64 {
        self.network.memory(tile)
    }

    fn restore(&mut self, tile: Planes) -> Result<Planes, EngineError> {
        self.network.restore(tile)
    }

    fn start(&mut self, tile: Planes) -> Result<Run, EngineError> {
        self.uploads.lock().expect("no panic").colours += 1;
        self.network.start(tile)
    }

    fn resident(&mut self) -> Option<&mut dyn ResidentRestorer> {
        Some(self)
    }
}

impl ResidentRestorer for Noting {
    fn reserve(&mut self, part: Rect, picture: Size) -> Option<ResidentPicture> {
        self.network.reserve(part, picture).filter(|_| self.kind != Kind::Uploading)
    }

    fn can_read(&self, picture: &ResidentPicture) -> bool {
        self.network.can_read(picture)
    }

    fn start_resident(&mut self, planes: Planes, tile: &ResidentTile) -> Result<Run, EngineError> {
        let mut uploads = self.uploads.lock().expect("no panic");
        match tile.input {
            Some(_) if self.kind == Kind::Broken => {
                uploads.failures += 1;
                return Err(EngineError::Device { device: "a GPU".into(), reason: "it was lost".into() });
            }
            Some(_) => {
                uploads.resident += 1;
                uploads.levels += planes.data().len();
            }
            None => uploads.colours += 1,
        }
        self.network.start_resident(planes, tile)
    }

    fn start_resized(&mut self, tile: &ResizedTile) -> Result<Run, EngineError> {
        let mut uploads = self.uploads.lock().expect("no panic");
        match tile.from {
            ResizedFrom::Resident(_) if self.kind == Kind::Broken => {
                uploads.failures += 1;
                return Err(EngineError::Device { device: "a GPU".into(), reason: "it was lost".into() });
            }
            ResizedFrom::Resident(_) => uploads.resized_resident += 1,
            ResizedFrom::Uploaded(..) => uploads.resized += 1,
        }
        match self.network.start_resized(tile)? {
            Run::Started(output) if self.kind == Kind::Bright => Ok(Run::Started(Box::new(|| {
                let mut output = output()?;
                output.data_mut().iter_mut().for_each(|value| *value += 0.25);
                Ok(output)
            }))),
            run => Ok(run),
        }
    }
}

/// A network on a GPU.
pub fn on_gpu(gpu: &OpenGpu, weights: &Weights, side: usize) -> GpuRestorer {
    let variant = Variant { tiling: Tiling::Wide, storage: Storage::F32 };
    GpuRestorer::load(Kernels::Own(variant), weights, gpu, side).expect("a network")
}

/// Side of the tiles if `auto` selects it, in px.
pub fn side(networks: &Networks) -> usize {
    smallest_tile(networks.of(Task::Denoise).shape.footprint().radius)
}

/// Opens the networks on this GPU, or on the CPU.
pub fn opener(gpu: &OpenGpu, networks: &Networks, kind: Kind, uploads: &Arc<Mutex<Uploads>>) -> RestorerFactory {
    let (gpu, networks, uploads) = (gpu.clone(), networks.clone(), uploads.clone());
    Box::new(move |choice, tile, network, _| {
        let weights = networks.of(network.task);
        let side = if let TileChoice::Px(side) = tile { side } else { side(&networks) };
        let restorer: Box<dyn Restorer> = match choice {
            DeviceChoice::Cpu => Box::new(CpuRestorer::load(CpuWeights::new(weights), side, Threads::All)?),
            _ => Box::new(Noting { network: on_gpu(&gpu, weights, side), kind, uploads: uploads.clone() }),
        };
        Ok(OpenedRestorer { restorer, reason: "requested by a test".into(), notice: None })
    })
}

/// Artefacts, then noise.
pub fn recipe(noise: Noise) -> Recipe {
    Recipe { compression: Compression::Quality(20), noise, ..Recipe::default() }
}

/// With noise that grows with the brightness, for an uneven map.
pub fn order(gpu: &OpenGpu, photo: &Photo, recipe: Recipe) -> Order {
    let level = |sigma: f32| NoiseLevel { brightness: sigma, colour: sigma };
    let levels = NoiseLevels::through(vec![(0.3, level(2.0)), (0.7, level(40.0))]);
    let noise = NoiseEstimate::from_levels(&photo.pixels, levels);
    Order { device: DeviceChoice::Named(gpu.info.name.clone()), ..Order::new(Arc::new(photo.clone()), noise, recipe) }
}

/// A part of the result; all of it if `part` is none. Also what was uploaded for it.
pub fn restored(
    gpu: &OpenGpu,
    networks: &Networks,
    kind: Kind,
    order: &Order,
    part: Option<Rect>,
) -> (Planes, Uploads) {
    let uploads = Arc::default();
    let mut open = opener(gpu, networks, kind, &uploads);
    let pixels = match part {
        Some(part) => restore::restore_part(order, part, &mut open, &mut None, &mut NoFollower).expect("restored"),
        None => restore::restore(order, &mut open, &mut NoFollower).expect("restored").0.pixels,
    };
    let uploads = *uploads.lock().expect("no panic");
    (pixels.colours_in(pixels.size().rect()), uploads)
}

/// The whole result, shown in blocks, visible ones first, and in bands for a file, with what was uploaded for each.
pub fn in_blocks_and_bands(gpu: &OpenGpu, networks: &Networks, kind: Kind, order: &Order) -> [(Vec<f32>, Uploads); 2] {
    let uploads = Arc::default();
    let mut open = opener(gpu, networks, kind, &uploads);
    let taken = || std::mem::take(&mut *uploads.lock().expect("no panic"));
    let mut viewer = Viewer::default();
    let watched = Order { watched: true, ..order.clone() };
    let pixels = restore::restore(&watched, &mut open, &mut viewer).expect("restored").0.pixels;
    assert!(viewer.unfinished > 4, "{} tiles of the steps before the last", viewer.unfinished);
    let blocks = (pixels.colours_in(pixels.size().rect()).into_data(), taken());
    let mut bands: Vec<Raster> = Vec::new();
    let mut write = |band| {
        bands.push(band);
        true
    };
    restore::restore_rows(order, Buffering::Bands, &mut open, &mut None, &mut NoFollower, &mut write)
        .expect("restored");
    assert!(bands.len() > 1);
    let mut planes = Planes::filled(3, pixels.size(), 0.0);
    let mut top = 0;
    for band in bands {
        planes.paste(&band.colours_in(band.size().rect()), band.size().rect(), 0, top);
        top += band.size().height;
    }
    [blocks, (planes.into_data(), taken())]
}

/// Looks at the middle of the photo.
#[derive(Default)]
struct Viewer {
    /// Tiles that are not finished.
    unfinished: usize,
}

impl Follower for Viewer {
    fn update(&mut self, update: Update) {
        self.unfinished += usize::from(matches!(update, Update::Tile { finished: false, .. }));
    }

    fn focus(&mut self) -> Option<Rect> {
        Some(Rect::new(140, 130, 40, 40))
    }

    fn checkpoint(&self) -> bool {
        false
    }
}
