//! The tiled answer equals the untiled one, over odd sizes, 1×1 and pictures thinner than the halo;
//! and what a recipe does to a photo.

#[path = "support/golden.rs"]
mod golden;
#[path = "support/photos.rs"]
mod photos;
#[path = "support/skip.rs"]
mod skip;

use golden::max_difference;
use photos::{Silent, random_photo};
use redawn::{
    engine::{self, DeviceChoice, OpenRestorer, TileChoice, Weights},
    imaging::{self, metrics::psnr},
    pixels::Size,
    restore::{self, Noise, Order, Recipe, Scale},
};

/// Opens the given network whatever the task.
fn opener_of(weights: Weights) -> OpenRestorer {
    Box::new(move |choice, tile, _| engine::open_weights(choice, tile, &weights))
}

fn run(open: &mut OpenRestorer, photo: &imaging::Photo, recipe: Recipe, tile: TileChoice) -> imaging::Photo {
    let order = Order { photo, estimated_sigma: 0.0, recipe, device: DeviceChoice::Cpu, tile };
    restore::restore(&order, open, &mut Silent).expect("restored").0
}

#[test]
fn tiled_equals_whole() {
    let recipe = Recipe { noise: Noise::Sigma(25.0), ..Recipe::default() };
    for golden in golden::all() {
        let footprint = golden.weights.shape.footprint();
        let name = golden.weights.name.clone();
        let smallest = engine::smallest_tile(footprint.radius);
        let sizes =
            [(1, 1), (2, 1), (1, 300), (7, 5), (301, 33), (smallest, smallest + 1), (smallest + 61, 2 * smallest + 3)];
        // The network of luminance is run as what it is; the others denoise.
        let recipe = if golden.weights.shape.planes_out == 1 {
            Recipe { noise: Noise::Sigma(0.0), scale: Scale::X2, ..recipe }
        } else {
            recipe
        };
        let mut open = opener_of(golden.weights);
        for (width, height) in sizes {
            // A twice enlarged picture of half the size covers the same sizes and is quicker.
            let (width, height) = (width.div_ceil(recipe.scale.factor()), height.div_ceil(recipe.scale.factor()));
            let photo = random_photo(Size::new(width, height), 3, 7);
            let whole = run(&mut open, &photo, recipe, TileChoice::Px(4096));
            let tiled = run(&mut open, &photo, recipe, TileChoice::Px(smallest));
            let difference = max_difference(&whole.pixels, &tiled.pixels);
            assert!(difference <= 1e-5, "{name} {width}×{height}: {difference}");
        }
    }
}

#[test]
fn a_clipped_halo_would_show() {
    // The property above can fail: the same network with tiles of one pixel less halo differs.
    let golden = golden::all().remove(0);
    let mut restorer =
        engine::open_weights(&DeviceChoice::Cpu, TileChoice::Auto, &golden.weights).expect("a restorer").restorer;
    let photo = random_photo(Size::new(96, 64), 3, 3);
    let mut input = photo.pixels.clone().into_data();
    input.resize(4 * 96 * 64, 0.1);
    let input = redawn::pixels::Planes::new(4, Size::new(96, 64), input);
    let whole = restorer.restore(&input).expect("an answer");
    let radius = golden.weights.shape.footprint().radius;
    let column = |halo: usize| {
        // What column 48 becomes when the picture begins `halo` px left of it.
        let cut = redawn::pixels::Rect::new(48 - halo, 0, 96 - 48 + halo, 64);
        let answer = restorer.restore(&input.crop(cut)).expect("an answer");
        max_difference(
            &answer.crop(redawn::pixels::Rect::new(halo, 0, 1, 64)),
            &whole.crop(redawn::pixels::Rect::new(48, 0, 1, 64)),
        )
    };
    let mut column = column;
    assert!(column(radius.next_multiple_of(2)) <= 1e-5);
    assert!(column(4) > 1e-5);
}

#[test]
fn level_zero_and_strength_zero_give_the_photo_bit_for_bit() {
    let mut open = engine::opener();
    for channels in [1, 3] {
        let photo = random_photo(Size::new(65, 40), channels, 1);
        for recipe in [
            Recipe { noise: Noise::Sigma(0.0), ..Recipe::default() },
            Recipe { noise: Noise::Sigma(50.0), strength: 0.0, ..Recipe::default() },
            // An estimated σ of 0 is a clean photo.
            Recipe { noise: Noise::Auto, ..Recipe::default() },
        ] {
            assert_eq!(run(&mut open, &photo, recipe, TileChoice::Auto), photo, "{recipe:?}");
        }
    }
}

#[test]
fn denoising_a_noisy_photo_brings_it_nearer_to_the_clean_one() {
    let mut open = engine::opener();
    let (clean, noisy) = photos::clean_and_noisy(25.0);
    let before = psnr(&clean.pixels, &noisy.pixels);
    let recipe = Recipe { noise: Noise::Sigma(25.0), ..Recipe::default() };
    let after = psnr(&clean.pixels, &run(&mut open, &noisy, recipe, TileChoice::Auto).pixels);
    let best = psnr(&clean.pixels, &run(&mut open, &noisy, Recipe { best: true, ..recipe }, TileChoice::Auto).pixels);
    let half =
        psnr(&clean.pixels, &run(&mut open, &noisy, Recipe { strength: 0.5, ..recipe }, TileChoice::Auto).pixels);
    println!("PSNR before {before:.2}, half strength {half:.2}, after {after:.2}, best quality {best:.2} dB");
    assert!(after > before + 5.0 && best > after && half > before && half < after);
}

#[test]
fn enlarging_beats_bicubic_and_grey_stays_grey() {
    let mut open = engine::opener();
    let (clean, _) = photos::clean_and_noisy(0.0);
    for scale in [Scale::X2, Scale::X3, Scale::X4] {
        let factor = scale.factor();
        let fit = Size::new(clean.size().width / factor * factor, clean.size().height / factor * factor);
        let target = clean.pixels.crop(fit.rect());
        let small = Size::new(fit.width / factor, fit.height / factor);
        let mut photo = clean.clone();
        photo.pixels = imaging::resize_bicubic(&target, small);
        let recipe = Recipe { noise: Noise::Sigma(0.0), scale, ..Recipe::default() };
        let bicubic = psnr(&target, &imaging::resize_bicubic(&photo.pixels, fit));
        let restored = psnr(&target, &run(&mut open, &photo, recipe, TileChoice::Auto).pixels);
        println!("×{factor}: bicubic {bicubic:.2}, restored {restored:.2} dB");
        assert!(restored > bicubic + 0.1);
    }
    let grey = random_photo(Size::new(31, 20), 1, 5);
    let recipe = Recipe { noise: Noise::Sigma(10.0), scale: Scale::X2, ..Recipe::default() };
    let result = run(&mut open, &grey, recipe, TileChoice::Auto);
    assert_eq!((result.pixels.channels(), result.size()), (1, Size::new(62, 40)));
}

#[test]
fn a_gpu_gives_the_picture_that_the_cpu_gives() {
    let mut gpus = engine::list_devices().into_iter().filter(|device| device.kind != engine::DeviceKind::Cpu);
    let Some(gpu) = gpus.next_back() else {
        skip::skip("no adapter here, not even a software one (mesa-vulkan-drivers)");
        return;
    };
    // More than one tile each way, and yet few pixels: a software adapter takes seconds for this.
    let photo = random_photo(Size::new(131, 107), 1, 4);
    let mut open = engine::opener();
    let recipe = Recipe { noise: Noise::Sigma(30.0), ..Recipe::default() };
    let mut restored = |device| {
        let order = Order { photo: &photo, estimated_sigma: 0.0, recipe, device, tile: TileChoice::Px(104) };
        restore::restore(&order, &mut open, &mut Silent).expect("restored")
    };
    let (expected, _) = restored(DeviceChoice::Cpu);
    let (answer, outcome) = restored(DeviceChoice::Named(gpu.name.clone()));
    assert_eq!(outcome.device, Some(gpu));
    assert!(max_difference(&expected.pixels, &answer.pixels) <= 1e-3);
}

#[test]
fn an_enlarged_alpha_has_edges_as_sharp_as_the_pictures() {
    // The alpha channel is the picture itself, in grey: what is restored in one is restored in the other.
    let (clean, _) = photos::clean_and_noisy(0.0);
    let plane = redawn::pixels::Planes::new(1, clean.size(), clean.pixels.plane(1).to_vec());
    let small = imaging::resize_bicubic(&plane, Size::new(96, 96));
    let mut photo = photos::photo_of(small.clone());
    photo.alpha = Some(small);
    let recipe = Recipe { noise: Noise::Sigma(0.0), scale: Scale::X2, ..Recipe::default() };
    let result = run(&mut engine::opener(), &photo, recipe, TileChoice::Auto);
    assert_eq!(result.alpha.as_ref(), Some(&result.pixels));
    assert!(psnr(&plane, &result.pixels) > psnr(&plane, &imaging::resize_bicubic(&photo.pixels, plane.size())));

    // One that is opaque everywhere stays so.
    photo.alpha = Some(redawn::pixels::Planes::filled(1, Size::new(96, 96), 1.0));
    let result = run(&mut engine::opener(), &photo, recipe, TileChoice::Auto);
    assert!(result.alpha.is_some_and(|alpha| alpha.data().iter().all(|&a| a == 1.0)));
}
