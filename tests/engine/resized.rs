//! A GPU resizes the input of the network that enlarges: as the CPU does, but for the last bits, and the same, to the bit, from its
//! memory and from what is uploaded. On every GPU of this machine (in tests, software Vulkan).

use redawn::{
    engine::{
        DeviceChoice, ResidentRestorer, ResidentTile, ResizedFrom, ResizedTile, Restorer, Taps, Task, TileChoice,
        gpu::{GpuRestorer, Kernels, OpenGpu},
    },
    imaging::{Photo, Resizing},
    pixels::{Depth, Planes, Rect, Size},
    restore::{Compression, Noise, Order, Recipe, Scale},
};

use super::{
    gpu::gpus,
    uploads::{Kind, Networks, Uploads, in_blocks_and_bands, on_gpu, order, recipe, restored, side},
};
use crate::support::{
    golden::max_difference,
    photos::{photo_of, photo_with, random_photo},
    random_networks::Numbers,
};

/// Far above what rounding may change, far below what can be seen.
const TOLERANCE: f32 = 1e-4;

fn random_of(gpu: &OpenGpu, networks: &Networks, task: Task) -> GpuRestorer {
    on_gpu(gpu, networks.of(task), 64)
}

/// The tile `rect` of a picture resized by the CPU: luminance and level, padded by reflection.
fn resized_by_cpu(before: &Planes, to: Size, rect: Rect, level: f32) -> Planes {
    let resizing = Resizing::new(before.size(), to);
    let luminance = resizing.part(before, before.size().rect(), to.rect()).luma();
    let inside = |at: usize, length: usize| if at < length { at } else { (2 * length - 2).saturating_sub(at) };
    let row = |y: usize| {
        let luminance = &luminance;
        (rect.x..rect.right())
            .map(move |x| luminance.row(0, inside(y, to.height))[inside(x, to.width)].clamp(-1.0, 2.0))
    };
    let values = (rect.y..rect.bottom()).flat_map(row).collect::<Vec<_>>();
    Planes::new(2, rect.size(), [values, vec![level; rect.size().area()]].concat())
}

/// Columns and rows of such a tile.
fn taps_of(from: Size, to: Size, rect: Rect) -> (Taps, Taps) {
    let resizing = Resizing::new(from, to);
    let inside = |at: usize, length: usize| if at < length { at } else { (2 * length - 2).saturating_sub(at) };
    let columns = (rect.x..rect.right()).map(|x| resizing.column(inside(x, to.width)).collect::<Vec<_>>());
    let rows = (rect.y..rect.bottom()).map(|y| resizing.row(inside(y, to.height)).collect::<Vec<_>>());
    (Taps::new(columns), Taps::new(rows))
}

/// Colours and grey; whole pictures and tiles in them; with values beyond what networks take; padded and not.
#[test]
fn a_tile_is_resized_as_by_the_cpu() {
    for gpu in gpus() {
        let mut numbers = Numbers(9);
        for stride in [1, 2] {
            let networks = Networks::random(stride);
            let [mut first, mut network] = [Task::Deblock, Task::Enlarge].map(|task| random_of(&gpu, &networks, task));
            let mut run = |tile: &ResizedTile| {
                let run = network.start_resized(tile).expect("started");
                network.finish(run, &|| false).expect("an output").expect("not stopped")
            };
            for (size, factor) in [(1, 1), (7, 5), (17, 33)].into_iter().flat_map(|size| [2, 3, 4].map(|by| (size, by)))
            {
                let size = Size::new(size.0, size.1);
                let to = size.times(factor);
                let padded = Size::new(to.width.next_multiple_of(stride), to.height.next_multiple_of(stride));
                let level = factor as f32 / 4.0;
                // The output of a network that stays.
                let even = Size::new(size.width.next_multiple_of(stride), size.height.next_multiple_of(stride));
                let kept = first.reserve(size.rect(), size).expect("memory");
                let tile = ResidentTile { rect: even.rect(), input: None, output: Some((&kept, size.rect())) };
                let mut input = numbers.planes(4, even);
                input.data_mut().iter_mut().for_each(|value| *value = 4.0 * *value - 1.5);
                let started = first.start_resident(input, &tile).expect("started");
                let colours = first.finish(started, &|| false).expect("an output").expect("not stopped");
                let colours = colours.crop(size.rect());
                let grey = Planes::new(1, size, colours.plane(1).to_vec());
                let middle = |length: usize| length / 4 - length / 4 % stride;
                let (x, y) = (middle(padded.width), middle(padded.height));
                for rect in [padded.rect(), Rect::new(x, y, padded.width - x, padded.height - y)] {
                    let (columns, rows) = taps_of(size, to, rect);
                    let at =
                        Rect::new(columns.reach().start, rows.reach().start, columns.reach().len(), rows.reach().len());
                    for before in [&colours, &grey] {
                        let part = before.crop(at);
                        let tile = |from| ResizedTile { from, columns: &columns, rows: &rows, level };
                        let uploaded = run(&tile(ResizedFrom::Uploaded(&part, at)));
                        let case =
                            format!("{rect:?} of {size:?} × {factor}, {} planes, stride {stride}", before.channels());
                        if before.channels() == 3 {
                            assert!(run(&tile(ResizedFrom::Resident(&kept))) == uploaded, "{case}");
                        }
                        let expected = network_on(&gpu, &networks, resized_by_cpu(before, to, rect, level));
                        let difference = max_difference(&uploaded, &expected);
                        assert!(difference <= 1e-5, "{difference} in {case}");
                    }
                }
            }
        }
    }
}

fn network_on(gpu: &OpenGpu, networks: &Networks, input: Planes) -> Planes {
    random_of(gpu, networks, Task::Enlarge).restore(input).expect("an output")
}

/// A tile that needs more than there is of the picture, values that are not those of a part, sums of different lengths, and
/// networks that don't enlarge are refused.
#[test]
fn only_what_is_there_is_read() {
    for gpu in gpus() {
        let networks = Networks::random(1);
        let size = Size::new(12, 10);
        let rect = Rect::new(8, 6, 6, 4);
        let (columns, rows) = taps_of(size, size.times(2), rect);
        let at = Rect::new(columns.reach().start, rows.reach().start, columns.reach().len(), rows.reach().len());
        let even = Taps::new((0..6).map(|_| [(at.x, 1.0)]));
        let uneven = Taps::new([vec![(at.x, 1.0)], vec![]].into_iter());
        let start = |task, columns: &Taps, values: Size, part, planes| {
            let values = Planes::filled(planes, values, 0.5);
            let from = ResizedFrom::Uploaded(&values, part);
            let tile = ResizedTile { from, columns, rows: &rows, level: 0.5 };
            random_of(&gpu, &networks, task).start_resized(&tile).map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(start(Task::Enlarge, &columns, at.size(), at, 3), Ok(()));
        assert_eq!(start(Task::Enlarge, &even, at.size(), at, 1), Ok(()));
        assert!(start(Task::Denoise, &columns, at.size(), at, 3).is_err());
        assert!(start(Task::Enlarge, &uneven, at.size(), at, 3).is_err());
        assert!(start(Task::Enlarge, &columns, size, at, 3).is_err(), "values");
        assert!(start(Task::Enlarge, &columns, at.size(), at, 2).is_err(), "planes");
        for less in [
            Rect { x: at.x + 1, width: at.width - 1, ..at },
            Rect { width: at.width - 1, ..at },
            Rect { y: at.y + 1, height: at.height - 1, ..at },
            Rect { height: at.height - 1, ..at },
        ] {
            assert!(start(Task::Enlarge, &columns, less.size(), less, 3).is_err(), "{less:?}");
        }
        let mut burn = GpuRestorer::load(Kernels::Burn, networks.of(Task::Enlarge), &gpu, 64).expect("a network");
        assert!(burn.resident().is_none());
    }
}

/// Of artefacts, noise and size, these, at this scale.
fn steps(deblocks: bool, denoises: bool, percent: u16) -> Recipe {
    let compression = if deblocks { Compression::Quality(20) } else { Compression::None };
    let noise = if denoises { Noise::AUTO } else { Noise::NONE };
    Recipe { compression, noise, scale: Scale::Percent(percent), ..recipe(noise) }
}

/// On a GPU whose memory is free, on one without room, untiled there, and on the CPU. Returns what was uploaded in the first two
/// cases.
fn check(gpu: &OpenGpu, networks: &Networks, photo: &Photo, recipe: Recipe, part: Option<Rect>) -> [Uploads; 2] {
    let order = order(gpu, photo, recipe);
    let [(kept, uploads), (uploaded, all)] =
        [Kind::Keeping, Kind::Uploading].map(|kind| restored(gpu, networks, kind, &order, part));
    let case = format!("{:?} {part:?} {:?}: {uploads:?}, {all:?}", photo.size(), recipe.scale);
    assert!(kept == uploaded, "{case}");
    let untiled = Order { tile: TileChoice::Px(2048), ..order.clone() };
    assert!(restored(gpu, networks, Kind::Keeping, &untiled, part).0 == kept, "tiled is untiled: {case}");
    let on_cpu = Order { device: DeviceChoice::Cpu, ..order };
    let difference = max_difference(&kept, &restored(gpu, networks, Kind::Keeping, &on_cpu, part).0);
    println!("{case}: {difference:.1e} from the CPU");
    assert!(difference <= TOLERANCE, "{difference} in {case}");
    [uploads, all]
}

/// The whole result, parts in the middle and in the corner of it, several tiles each, and photos of a few px.
#[test]
fn results_do_not_depend_on_where_the_picture_was() {
    let size = Size::new(83, 67);
    for gpu in gpus() {
        for stride in [1, 2] {
            let networks = Networks::random(stride);
            let photo = random_photo(size, 3, 5);
            for (percent, part) in
                [(200, None), (300, Some((61, 47, 71, 66))), (400, Some((250, 201, 82, 67))), (250, None)]
            {
                let part = part.map(|(x, y, width, height)| Rect::new(x, y, width, height));
                for (deblocks, denoises) in [(true, false), (false, true), (true, true), (false, false)] {
                    let recipe = steps(deblocks, denoises, percent);
                    let [uploads, all] = check(&gpu, &networks, &photo, recipe, part);
                    let earlier = deblocks || denoises;
                    let (kept, given) = (uploads.resized_resident, all.resized);
                    assert_eq!([uploads.resized, all.resized_resident], [if earlier { 0 } else { given }, 0]);
                    assert!(given > 1 && kept == if earlier { given } else { 0 }, "{uploads:?}, {all:?}");
                }
            }
            for (width, height) in [(1, 1), (7, 5), (17, 33)] {
                let photo = random_photo(Size::new(width, height), 3, 5);
                for percent in [200, 300, 400, 270] {
                    check(&gpu, &networks, &photo, steps(true, true, percent), None);
                    check(&gpu, &networks, &photo, steps(false, false, percent), None);
                }
            }
        }
    }
}

/// Visible blocks first, and bands for a file.
#[test]
fn blocks_and_bands_do_not_depend_on_where_the_picture_was() {
    for gpu in gpus() {
        let networks = Networks::random(2);
        let photo = random_photo(Size::new(151, 143), 3, 6);
        for percent in [200, 170] {
            let order = order(&gpu, &photo, steps(true, true, percent));
            let results = [Kind::Keeping, Kind::Uploading].map(|kind| {
                let [blocks, bands] = in_blocks_and_bands(&gpu, &networks, kind, &order);
                for uploads in [blocks.1, bands.1] {
                    let resized = [uploads.resized_resident > 0, uploads.resized > 0];
                    assert_eq!(resized, [kind == Kind::Keeping, kind == Kind::Uploading], "{uploads:?}");
                }
                assert!(blocks.0 == bands.0);
                blocks.0
            });
            assert!(results[0] == results[1]);
        }
    }
}

/// What the CPU changes after a network is uploaded before it is resized; the orientations of `--best` are uploaded resized.
#[test]
fn what_the_cpu_has_to_change_is_uploaded() {
    for gpu in gpus() {
        let networks = Networks::random(2);
        let size = Size::new(67, 43);
        let (photo, grey) = (random_photo(size, 3, 4), random_photo(size, 1, 4));
        let both = steps(true, true, 200);
        let [uploads, _] = check(&gpu, &networks, &grey, both, None);
        assert!(uploads.resized > 1 && uploads.resized_resident == 0, "{uploads:?}");
        let mut pixels = photo.pixels.colours_in(size.rect());
        pixels.data_mut().iter_mut().for_each(|value| *value *= 2.5);
        let [uploads, _] = check(&gpu, &networks, &photo_of(pixels), both, None);
        assert!(uploads.resized > 1 && uploads.resized_resident == 0, "{uploads:?}");
        let [uploads, _] = check(&gpu, &networks, &photo, Recipe { best: true, ..both }, None);
        assert!(uploads.resized + uploads.resized_resident == 0 && uploads.colours > 0, "{uploads:?}");
        // The alpha channel is uploaded, the colours are not.
        let alpha = random_photo(size, 1, 9).pixels.colours_in(size.rect());
        let transparent = photo_with(&photo.pixels.colours_in(size.rect()), Some(&alpha), Depth::Float);
        let [uploads, _] = check(&gpu, &networks, &transparent, both, None);
        assert!(uploads.resized > 1 && uploads.resized == uploads.resized_resident, "{uploads:?}");
    }
}

/// The next attempt uploads what the step before left in main memory, and gives the same picture; so does the CPU, but for the
/// last bits.
#[test]
fn a_failure_does_not_lose_the_output_of_the_step_before() {
    for gpu in gpus() {
        let networks = Networks::random(2);
        let photo = random_photo(Size::new(203, 167), 3, 5);
        let auto = order(&gpu, &photo, steps(false, true, 200));
        let (expected, _) = restored(&gpu, &networks, Kind::Uploading, &auto, None);
        for (kind, tile) in [
            (Kind::Broken, TileChoice::Px(2 * side(&networks))),
            (Kind::Broken, TileChoice::Auto),
            (Kind::Bright, TileChoice::Px(2 * side(&networks))),
        ] {
            let (output, uploads) = restored(&gpu, &networks, kind, &Order { tile, ..auto.clone() }, None);
            let difference = max_difference(&output, &expected);
            println!("{kind:?} {tile:?}: {uploads:?}, {difference:.1e}");
            // Smaller tiles on the GPU if there can be any, else the CPU.
            let is_on_gpu = kind == Kind::Broken && tile != TileChoice::Auto;
            assert!(difference == 0.0 || !is_on_gpu && difference <= TOLERANCE, "{difference}");
            assert_eq!(uploads.resized_resident > 0, kind == Kind::Bright);
            assert_eq!(uploads.resized > 0, kind == Kind::Bright || is_on_gpu);
        }
    }
}
