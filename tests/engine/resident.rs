//! What stays in a GPU's memory between two networks gives the same picture as what is uploaded, to the bit. On every GPU of
//! this machine (in tests, software Vulkan).

use redawn::{
    engine::{
        ResidentRestorer, ResidentTile, Restorer, Task, TileChoice,
        gpu::{self, GpuRestorer, Kernels},
    },
    imaging::Photo,
    pixels::{Planes, Rect, Size},
    restore::{Noise, Order, Recipe},
};

use super::{
    gpu::gpus,
    uploads::{Kind, Networks, in_blocks_and_bands, on_gpu, order, recipe, restored, side},
};
use crate::support::{
    golden::max_difference,
    photos::{photo_of, random_photo},
    random_networks::Numbers,
};

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
        let order = order(&gpu, &photo, recipe(Noise::AUTO));
        let results = [Kind::Keeping, Kind::Uploading].map(|kind| {
            let [blocks, bands] = in_blocks_and_bands(&gpu, &networks, kind, &order);
            assert_eq!([blocks.1.resident > 0, bands.1.resident > 0], [kind == Kind::Keeping; 2]);
            [blocks.0, bands.0]
        });
        assert!(results[0] == results[1]);
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
