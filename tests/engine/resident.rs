//! What stays in a GPU's memory between two networks gives the same picture as what is uploaded, to the bit. On every GPU of
//! this machine (in tests, software Vulkan).

use std::sync::{Arc, Mutex};

use redawn::{
    engine::{
        DeviceChoice, DeviceInfo, EngineError, Footprint, OpenedRestorer, ResidentPicture, ResidentRestorer,
        ResidentTile, Restorer, RestorerFactory, Run, Task, Threads, TileChoice, Weights,
        cpu::{CpuRestorer, CpuWeights},
        gpu::{self, GpuRestorer, Kernels, OpenGpu, Storage, Tiling, Variant},
        smallest_tile,
    },
    imaging::Photo,
    pixels::{Planes, Raster, Rect, Size},
    restore::{
        self, Buffering, Compression, Follower, NoFollower, Noise, NoiseEstimate, NoiseLevel, NoiseLevels, Order,
        Recipe, Update,
    },
};

use super::gpu::gpus;
use crate::support::{
    golden::max_difference,
    photos::{photo_of, random_photo},
    random_networks::Numbers,
};

/// The networks for artefacts and for noise, whose outputs are near their inputs.
#[derive(Clone)]
struct Networks([Weights; 2]);

impl Networks {
    fn random(stride: usize) -> Self {
        let mut numbers = Numbers(20);
        Self([Task::Deblock, Task::Denoise].map(|task| {
            let mut weights = numbers.network(task, 2, 16, stride);
            weights.out.weight.iter_mut().for_each(|weight| *weight *= 0.02);
            weights.out.bias.fill(0.0);
            weights
        }))
    }

    fn of(&self, task: Task) -> &Weights {
        self.0.iter().find(|weights| weights.shape.task == task).expect("one of both")
    }
}

/// What was uploaded for runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Uploads {
    /// Runs whose colours were uploaded, and those that read them from the GPU's memory.
    colours: usize,
    resident: usize,
    /// Values uploaded for the latter.
    levels: usize,
    /// Runs on what is in the GPU's memory that failed.
    failures: usize,
}

/// How a network differs from a GPU's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Keeping,
    /// It has no memory for pictures.
    Uploading,
    /// Runs on what is in its memory fail.
    Broken,
}

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
}

fn on_gpu(gpu: &OpenGpu, weights: &Weights, side: usize) -> GpuRestorer {
    let variant = Variant { tiling: Tiling::Wide, storage: Storage::F32 };
    GpuRestorer::load(Kernels::Own(variant), weights, gpu, side).expect("a network")
}

/// Side of the tiles if `auto` selects it, in px.
fn side(networks: &Networks) -> usize {
    smallest_tile(networks.of(Task::Denoise).shape.footprint().radius)
}

fn opener(gpu: &OpenGpu, networks: &Networks, kind: Kind, uploads: &Arc<Mutex<Uploads>>) -> RestorerFactory {
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
fn recipe(noise: Noise) -> Recipe {
    Recipe { compression: Compression::Quality(20), noise, ..Recipe::default() }
}

/// With noise that grows with the brightness, for an uneven map.
fn order(gpu: &OpenGpu, photo: &Photo, recipe: Recipe) -> Order {
    let level = |sigma: f32| NoiseLevel { brightness: sigma, colour: sigma };
    let levels = NoiseLevels::through(vec![(0.3, level(2.0)), (0.7, level(40.0))]);
    let noise = NoiseEstimate::from_levels(&photo.pixels, levels);
    Order { device: DeviceChoice::Named(gpu.info.name.clone()), ..Order::new(Arc::new(photo.clone()), noise, recipe) }
}

/// A part of the result; all of it if `part` is none. Also what was uploaded for it.
fn restored(gpu: &OpenGpu, networks: &Networks, kind: Kind, order: &Order, part: Option<Rect>) -> (Planes, Uploads) {
    let uploads = Arc::default();
    let mut open = opener(gpu, networks, kind, &uploads);
    let pixels = match part {
        Some(part) => restore::restore_part(order, part, &mut open, &mut None, &mut NoFollower).expect("restored"),
        None => restore::restore(order, &mut open, &mut NoFollower).expect("restored").0.pixels,
    };
    let uploads = *uploads.lock().expect("no panic");
    (pixels.colours_in(pixels.size().rect()), uploads)
}

/// Tiles inside and at each border of kept parts, with one level and with one for each px.
#[test]
fn a_tile_is_read_as_if_it_was_uploaded() {
    for gpu in gpus() {
        let mut numbers = Numbers(8);
        for stride in [1, 2] {
            let networks = Networks::random(stride);
            let [mut first, mut second] =
                [Task::Deblock, Task::Denoise].map(|task| on_gpu(&gpu, networks.of(task), 64));
            let wholes = [Size::new(1, 1), Size::new(7, 5), Size::new(17, 33)].map(|size| (size, size.rect()));
            let parts = [Rect::new(3, 6, 9, 20), Rect::new(0, 12, 17, 9), Rect::new(6, 11, 11, 22)];
            for (size, part) in wholes.into_iter().chain(parts.map(|part| (Size::new(17, 33), part))) {
                let padded = Size::new(size.width.next_multiple_of(stride), size.height.next_multiple_of(stride));
                let kept = first.reserve(part, size).expect("memory");
                assert!(second.can_read(&kept));
                let tile = ResidentTile { rect: padded.rect(), input: None, output: Some((&kept, part)) };
                let run = first.start_resident(numbers.planes(4, padded), &tile).expect("started");
                let output = first.finish(run, &|| false).expect("an output").expect("not stopped");
                for (rect, levels) in tiles_in(part, size, stride).into_iter().flat_map(|rect| [(rect, 1), (rect, 2)]) {
                    let level = numbers.planes(1, if levels == 1 { Size::new(1, 1) } else { rect.size() });
                    let uploaded = with_level(&output, size, rect, &level);
                    let expected = second.restore(uploaded).expect("an output");
                    let tile = ResidentTile { rect, input: Some(&kept), output: None };
                    let run = second.start_resident(level, &tile).expect("started");
                    let read = second.finish(run, &|| false).expect("an output").expect("not stopped");
                    assert!(read == expected, "{rect:?} of {part:?} of {size:?}, stride {stride}");
                }
            }
        }
    }
}

/// The largest tile in a part, and a smaller one at its end: with padding at the picture's right and bottom.
fn tiles_in(part: Rect, size: Size, stride: usize) -> Vec<Rect> {
    let span = |from: usize, to: usize, length: usize| {
        let end = if to == length { to.next_multiple_of(stride) } else { to - to % stride };
        (from.next_multiple_of(stride), end)
    };
    let ((left, right), (top, bottom)) =
        (span(part.x, part.right(), size.width), span(part.y, part.bottom(), size.height));
    let tile = |left: usize, top: usize| Rect::new(left, top, right - left, bottom - top);
    // The reflection of the last column needs the one before.
    let near = |from: usize, end: usize| from.max(end.saturating_sub(2 * stride));
    vec![tile(left, top), tile(near(left, right), near(top, bottom))]
}

/// The tile `rect` of a picture of `size` px, reflected at its right and bottom, with a level.
fn with_level(picture: &Planes, size: Size, rect: Rect, level: &Planes) -> Planes {
    let inside = |at: usize, length: usize| if at < length { at } else { (2 * length - 2).saturating_sub(at) };
    let mut values = Vec::new();
    for plane in 0..3 {
        for y in rect.y..rect.bottom() {
            let row = picture.row(plane, inside(y, size.height));
            values.extend((rect.x..rect.right()).map(|x| row[inside(x, size.width)]));
        }
    }
    let levels = level.data().iter().cycle().take(rect.size().area());
    Planes::new(4, rect.size(), values.into_iter().chain(levels.copied()).collect())
}

/// The whole result, parts in the middle and in the corner of it, several tiles each, and photos of a few px.
#[test]
fn results_are_the_same_to_the_bit() {
    let size = Size::new(203, 167);
    let parts = [None, Some(Rect::new(61, 47, 71, 66)), Some(Rect::new(150, 121, 53, 46))];
    let cases = parts.map(|part| (size, part)).into_iter();
    let tiny = [Size::new(1, 1), Size::new(7, 5), Size::new(17, 33)].map(|size| (size, None));
    let cases: Vec<_> = cases.chain(tiny).collect();
    for gpu in gpus() {
        for stride in [1, 2] {
            let networks = Networks::random(stride);
            for &(size, part) in &cases {
                let photo = random_photo(size, 3, 5);
                for noise in [Noise::Sigma(25.0), Noise::AUTO] {
                    let order = order(&gpu, &photo, recipe(noise));
                    let [(kept, uploads), (uploaded, all)] =
                        [Kind::Keeping, Kind::Uploading].map(|kind| restored(&gpu, &networks, kind, &order, part));
                    let case = format!("{size:?} {part:?} {noise:?} stride {stride}: {uploads:?}, {all:?}");
                    println!("{case}");
                    assert!(kept == uploaded, "{case}");
                    assert!(uploads.resident > 0 && uploads.colours + uploads.resident == all.colours, "{case}");
                    let least = if noise == Noise::AUTO { size.area().min(64) } else { 1 };
                    assert!(uploads.levels >= least * uploads.resident, "{case}");
                    assert!(
                        noise == Noise::AUTO || uploads.levels == uploads.resident,
                        "one level for each tile: {case}"
                    );
                }
            }
        }
    }
}

/// Visible blocks first, and bands for a file.
#[test]
fn blocks_and_bands_are_the_same_to_the_bit() {
    for gpu in gpus() {
        let networks = Networks::random(2);
        let photo = random_photo(Size::new(301, 283), 3, 6);
        let order = Order { watched: true, ..order(&gpu, &photo, recipe(Noise::AUTO)) };
        let results = [Kind::Keeping, Kind::Uploading].map(|kind| {
            let uploads = Arc::default();
            let mut open = opener(&gpu, &networks, kind, &uploads);
            let mut viewer = Viewer::default();
            let blocks = restore::restore(&order, &mut open, &mut viewer).expect("restored").0.pixels;
            assert!(viewer.unfinished > 4, "{} tiles of the step before the last", viewer.unfinished);
            let in_blocks = uploads.lock().expect("no panic").resident;
            let mut bands: Vec<Raster> = Vec::new();
            let unwatched = Order { watched: false, ..order.clone() };
            let mut write = |band| {
                bands.push(band);
                true
            };
            restore::restore_rows(&unwatched, Buffering::Bands, &mut open, &mut None, &mut NoFollower, &mut write)
                .expect("restored");
            let kept = uploads.lock().expect("no panic").resident;
            assert_eq!([in_blocks > 0, kept > in_blocks], [kind == Kind::Keeping; 2]);
            assert!(bands.len() > 1);
            let bands = bands.iter().flat_map(|band| band.colours_in(band.size().rect()).into_data());
            (blocks.colours_in(blocks.size().rect()), bands.collect::<Vec<_>>())
        });
        assert!(results[0] == results[1]);
    }
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

/// Then the CPU computes what the next network reads: the mean of a grey picture's colours or of several runs, and values far
/// beyond black and white.
#[test]
fn what_the_cpu_has_to_change_is_uploaded() {
    for gpu in gpus() {
        let mut networks = Networks::random(2);
        let photo = random_photo(Size::new(131, 67), 3, 4);
        let grey = random_photo(Size::new(131, 67), 1, 4);
        let scaled = |factor: f32| {
            let mut pixels = photo.pixels.colours_in(photo.size().rect());
            pixels.data_mut().iter_mut().for_each(|value| *value *= factor);
            photo_of(pixels)
        };
        let sigma = recipe(Noise::Sigma(25.0));
        let check = |networks: &Networks, photo: &Photo, recipe: Recipe, is_kept: bool| {
            let order = order(&gpu, photo, recipe);
            let [(kept, uploads), (uploaded, _)] =
                [Kind::Keeping, Kind::Uploading].map(|kind| restored(&gpu, networks, kind, &order, None));
            assert!(kept == uploaded);
            assert_eq!(uploads.resident > 0, is_kept, "{uploads:?}");
        };
        check(&networks, &photo, sigma, true);
        check(&networks, &photo, Recipe { best: true, ..sigma }, false);
        check(&networks, &grey, sigma, false);
        check(&networks, &scaled(2.5), sigma, false);
        check(&networks, &scaled(1.8), sigma, true);
        // The output is out of range, the input is not.
        networks.0[0].out.bias.fill(0.14);
        check(&networks, &scaled(1.98), sigma, false);
    }
}

/// The second network fails on what was kept: its next attempt gets what the first network's output was in main memory.
#[test]
fn a_failure_in_the_second_step_does_not_lose_the_output_of_the_first() {
    for gpu in gpus() {
        let networks = Networks::random(2);
        let photo = random_photo(Size::new(203, 167), 3, 5);
        let auto = order(&gpu, &photo, recipe(Noise::AUTO));
        let (expected, _) = restored(&gpu, &networks, Kind::Uploading, &auto, None);
        for tile in [TileChoice::Px(2 * side(&networks)), TileChoice::Auto] {
            let order = Order { tile, ..auto.clone() };
            let (output, uploads) = restored(&gpu, &networks, Kind::Broken, &order, None);
            // Smaller tiles on the GPU if there can be any, else the CPU.
            let is_on_gpu = tile != TileChoice::Auto;
            let difference = max_difference(&output, &expected);
            println!("{tile:?}: {uploads:?}, {difference:.1e}");
            assert!(difference == 0.0 || !is_on_gpu && difference <= 1e-4, "{difference}");
            assert_eq!((uploads.resident, uploads.failures), (0, 1));
        }
    }
}

/// A GPU that was opened again does not read what was kept before.
#[test]
fn a_picture_belongs_to_a_gpu_as_it_was_opened() {
    for opened in gpus() {
        let networks = Networks::random(1);
        let again = gpu::open(&opened.info).expect("a device");
        let [mut before, after] = [&opened, &again].map(|gpu| on_gpu(gpu, networks.of(Task::Denoise), 64));
        let size = Size::new(7, 5);
        let kept = before.reserve(size.rect(), size).expect("memory");
        assert!(before.can_read(&kept) && !after.can_read(&kept));
        let mut burn = GpuRestorer::load(Kernels::Burn, networks.of(Task::Denoise), &opened, 64).expect("a network");
        assert!(burn.resident().is_none());
    }
}
