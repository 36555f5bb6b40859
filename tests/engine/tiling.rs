//! The tiled output equals the untiled one, also for odd sizes, 1×1 and pictures smaller than the halo; and effects of
//! recipes on a photo.

use std::sync::Arc;

use redawn::{
    engine::{self, DeviceChoice, RestorerFactory, TileChoice, Weights},
    imaging::{self, Depth, MemoryLimit, metrics::psnr},
    pixels::{Planes, Rect, Size},
    restore::{
        self, Buffering, Compression, Follower, NoFollower, Noise, NoiseEstimate, NoiseLevel, NoiseLevels, Order,
        Recipe, Scale, Strength, Update,
    },
};

use crate::support::{
    golden::{self, max_difference},
    photos::{self, random_photo},
    skip,
};

/// Opens the given network for every task.
fn opener_of(weights: Weights) -> RestorerFactory {
    Box::new(move |choice, tile, _, _| engine::open_weights(choice, tile, &weights))
}

/// Noise that grows with the brightness, for an uneven map.
fn uneven(photo: &imaging::Photo) -> NoiseEstimate {
    let level = |sigma: f32| NoiseLevel { brightness: sigma, colour: sigma };
    NoiseEstimate::from_levels(&photo.pixels, NoiseLevels::through(vec![(0.3, level(2.0)), (0.7, level(40.0))]))
}

fn run(open: &mut RestorerFactory, photo: &imaging::Photo, recipe: Recipe, tile: TileChoice) -> imaging::Photo {
    run_with(open, (photo, NoiseEstimate::none()), recipe, tile)
}

fn run_with(
    open: &mut RestorerFactory,
    (photo, noise): (&imaging::Photo, NoiseEstimate),
    recipe: Recipe,
    tile: TileChoice,
) -> imaging::Photo {
    let order = Order { device: DeviceChoice::Cpu, tile, ..Order::new(Arc::new(photo.clone()), noise, recipe) };
    restore::restore(&order, open, &mut NoFollower).expect("restored").0
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
        // The network for luminance enlarges; the others denoise.
        let recipes = match golden.weights.shape.planes_out {
            1 => [Scale::X2, Scale::Percent(170)].map(|scale| Recipe { noise: Noise::NONE, scale, ..recipe }).to_vec(),
            _ => vec![recipe, Recipe { noise: Noise::AUTO, ..recipe }],
        };
        let mut open = opener_of(golden.weights);
        for (width, height) in sizes {
            // The network gets the enlarged photo.
            let size = Size::new(width, height);
            let factor = recipes[0].scale.network_factor(size);
            let photo = random_photo(Size::new(width.div_ceil(factor), height.div_ceil(factor)), 3, 7);
            for recipe in recipes.clone() {
                let [whole, tiled] = [4096, smallest]
                    .map(|side| run_with(&mut open, (&photo, uneven(&photo)), recipe, TileChoice::Px(side)));
                let difference = max_difference(&whole.colours(), &tiled.colours());
                assert!(difference <= 1e-5, "{name} {width}×{height} {recipe:?}: {difference}");
            }
        }
    }
}

#[test]
fn a_clipped_halo_would_show() {
    // Shows that the test above can fail: with a halo of one pixel less the output differs.
    let golden = golden::all().remove(0);
    let mut restorer =
        engine::open_weights(&DeviceChoice::Cpu, TileChoice::Auto, &golden.weights).expect("a restorer").restorer;
    let photo = random_photo(Size::new(96, 64), 3, 3);
    let mut input = photo.colours().into_data();
    input.resize(4 * 96 * 64, 0.1);
    let input = Planes::new(4, Size::new(96, 64), input);
    let whole = restorer.restore(input.clone()).expect("an output");
    let radius = golden.weights.shape.footprint().radius;
    let column = |halo: usize| {
        // Column 48 of a picture that begins `halo` px left of it.
        let cut = Rect::new(48 - halo, 0, 96 - 48 + halo, 64);
        let output = restorer.restore(input.crop(cut)).expect("an output");
        max_difference(&output.crop(Rect::new(halo, 0, 1, 64)), &whole.crop(Rect::new(48, 0, 1, 64)))
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
            Recipe { noise: Noise::Sigma(50.0), strength: Strength::of(0.0), ..Recipe::default() },
            // An estimated σ of 0 means a clean photo.
            Recipe { noise: Noise::AUTO, ..Recipe::default() },
        ] {
            assert_eq!(run(&mut open, &photo, recipe, TileChoice::Auto), photo, "{recipe:?}");
        }
    }
}

#[test]
fn denoising_improves_the_psnr() {
    let mut open = engine::opener();
    let (clean, noisy) = photos::clean_and_noisy(25.0);
    let before = psnr(&clean.colours(), &noisy.colours());
    let mut near = |recipe| psnr(&clean.colours(), &run(&mut open, &noisy, recipe, TileChoice::Auto).colours());
    let recipe = Recipe { noise: Noise::Sigma(25.0), ..Recipe::default() };
    let after = near(recipe);
    let best = near(Recipe { best: true, ..recipe });
    let half = near(Recipe { strength: Strength::of(0.5), ..recipe });
    println!("PSNR before {before:.2}, half strength {half:.2}, after {after:.2}, best quality {best:.2} dB");
    assert!(after > before + 5.0 && best > after && half > before && half < after);
}

#[test]
fn enlarging_beats_bicubic_and_grey_stays_grey() {
    let mut open = engine::opener();
    let (clean, _) = photos::clean_and_noisy(0.0);
    for factor in [1.25, 1.5, 2.0, 2.5, 3.0, 4.0] {
        let small = |side: usize| (side as f64 / factor) as usize / 4 * 4;
        let small = Size::new(small(clean.size().width), small(clean.size().height));
        let scale = Scale::from_factor(factor).expect("a factor");
        let fit = scale.size_of(small);
        let target = clean.pixels.colours_in(fit.rect());
        let photo = photos::photo_of(imaging::resize_bicubic(&target, small));
        let recipe = Recipe { noise: Noise::Sigma(0.0), scale, ..Recipe::default() };
        let bicubic = psnr(&target, &imaging::resize_bicubic(&photo.colours(), fit));
        let restored = psnr(&target, &run(&mut open, &photo, recipe, TileChoice::Auto).colours());
        println!("×{factor}: bicubic {bicubic:.2}, restored {restored:.2} dB");
        assert!(restored > bicubic + 0.1);
    }
    let grey = random_photo(Size::new(31, 20), 1, 5);
    let recipe = Recipe { noise: Noise::Sigma(10.0), scale: Scale::X2, ..Recipe::default() };
    let result = run(&mut open, &grey, recipe, TileChoice::Auto);
    assert_eq!((result.pixels.channels(), result.size()), (1, Size::new(62, 40)));
}

#[test]
fn gpu_and_cpu_give_the_same_picture() {
    let mut gpus = engine::list_devices().into_iter().filter(|device| device.kind != engine::DeviceKind::Cpu);
    let Some(gpu) = gpus.next_back() else {
        skip::skip("no adapter here, not even a software one (mesa-vulkan-drivers)");
        return;
    };
    // Several tiles, but few pixels: a software adapter takes seconds for this.
    let photo = random_photo(Size::new(131, 107), 1, 4);
    let mut open = engine::opener();
    let recipe = Recipe { noise: Noise::Sigma(30.0), ..Recipe::default() };
    let mut restored = |device| {
        let order = Order {
            device,
            tile: TileChoice::Px(104),
            ..Order::new(Arc::new(photo.clone()), NoiseEstimate::none(), recipe)
        };
        restore::restore(&order, &mut open, &mut NoFollower).expect("restored")
    };
    let (expected, _) = restored(DeviceChoice::Cpu);
    let (output, outcome) = restored(DeviceChoice::Named(gpu.name.clone()));
    assert_eq!(outcome.device, Some(gpu));
    assert!(max_difference(&expected.colours(), &output.colours()) <= 1e-3);
}

#[test]
fn alpha_is_enlarged_as_sharply_as_the_picture() {
    // The alpha channel equals the (grey) picture, so both results must be equal.
    let (clean, _) = photos::clean_and_noisy(0.0);
    let plane = Planes::new(1, clean.size(), clean.colours().plane(1).to_vec());
    let small = imaging::resize_bicubic(&plane, Size::new(96, 96));
    let photo = photos::photo_with(&small, Some(&small), Depth::Float);
    let recipe = Recipe { noise: Noise::Sigma(0.0), scale: Scale::X2, ..Recipe::default() };
    let result = run(&mut engine::opener(), &photo, recipe, TileChoice::Auto);
    assert_eq!(result.alpha().as_ref(), Some(&result.colours()));
    assert!(psnr(&plane, &result.colours()) > psnr(&plane, &imaging::resize_bicubic(&small, plane.size())));

    // Opaque alpha stays opaque.
    let opaque = Planes::filled(1, small.size(), 1.0);
    let photo = photos::photo_with(&small, Some(&opaque), Depth::Float);
    let result = run(&mut engine::opener(), &photo, recipe, TileChoice::Auto);
    assert!(result.alpha().is_some_and(|alpha| alpha.data().iter().all(|&a| a == 1.0)));
}

/// Bands for a file equal the result in memory, for all kinds of photos and heights of bands, and for streaming.
#[test]
fn bands_equal_the_whole() {
    // Large transparent parts, so that colours are filled across bands; and constant half transparency.
    let size = Size::new(31, 377);
    let holes = |i: usize| {
        let (x, y) = (i % size.width, i / size.width);
        if y % 90 < 50 && x > 9 { 0.0 } else { 0.2 + x as f32 / 40.0 }
    };
    let even = |_: usize| 0.5;
    let alpha = |value: &dyn Fn(usize) -> f32| Some(Planes::new(1, size, (0..size.area()).map(value).collect()));
    for (channels, alpha, depth) in [
        (3, None, Depth::Eight),
        (1, alpha(&holes), Depth::Sixteen),
        (3, alpha(&holes), Depth::Float),
        (3, alpha(&even), Depth::Sixteen),
        (1, None, Depth::Float),
    ] {
        let photo = photos::photo_with(&random_photo(size, channels, 3).colours(), alpha.as_ref(), depth);
        let has_edges = alpha.is_some_and(|alpha| alpha.data()[0] != 0.5);
        let plain = Recipe { noise: Noise::Sigma(0.0), ..Recipe::default() };
        let noisy = Recipe { noise: Noise::Sigma(30.0), ..plain };
        let separate = Strength { colour: 0.4, ..Strength::of(0.7) };
        let blocky = Recipe { compression: Compression::Quality(30), ..plain };
        for (recipe, networks) in [
            (noisy, 1),
            (Recipe { noise: Noise::AUTO, ..plain }, 1),
            (Recipe { noise: Noise::AUTO, scale: Scale::X2, ..blocky }, 3),
            (Recipe { strength: separate, ..noisy }, 1),
            (Recipe { scale: Scale::X2, strength: separate, ..noisy }, 2),
            (blocky, 1),
            (Recipe { noise: Noise::Sigma(20.0), ..blocky }, 2),
            (Recipe { noise: Noise::Sigma(20.0), scale: Scale::X2, ..blocky }, 3),
            (Recipe { scale: Scale::X3, ..plain }, 1),
            (Recipe { scale: Scale::X2, strength: separate, ..plain }, 1),
            (Recipe { scale: Scale::Percent(250), strength: separate, ..noisy }, 2),
            (plain, 0),
        ] {
            let case = format!("{channels} {depth:?} {recipe:?}");
            let rows = recipe.scale.size_of(size).height;
            let [in_tiles, as_it_comes] = bands_of(&photo, recipe, &case);
            assert!(in_tiles.0 > 1 && in_tiles.1 != rows || networks == 0, "{case}: {in_tiles:?}");
            // A streamed restoration counts rows.
            assert_eq!(as_it_comes.1 == rows, networks == 1 && !has_edges, "{case}: {as_it_comes:?}");
        }
    }
}

/// The largest total of the reported progress.
struct Total(usize);

impl Follower for Total {
    fn update(&mut self, update: Update) {
        if let Update::Progress { total, .. } = update {
            self.0 = total;
        }
    }

    fn focus(&mut self) -> Option<Rect> {
        None
    }

    fn checkpoint(&self) -> bool {
        false
    }
}

/// Number of bands, and total of the progress: with the smallest tiles, and with automatic ones. Compares both with the
/// result in memory.
fn bands_of(photo: &imaging::Photo, recipe: Recipe, case: &str) -> [(usize, usize); 2] {
    let mut open = engine::opener();
    let smallest = engine::smallest_tile(golden::all()[0].weights.shape.footprint().radius);
    let order = Order {
        device: DeviceChoice::Cpu,
        tile: TileChoice::Px(smallest),
        ..Order::new(Arc::new(photo.clone()), uneven(photo), recipe)
    };
    let (whole, outcome) = restore::restore(&order, &mut open, &mut NoFollower).expect("restored");
    let allowed = match photo.pixels.depth() {
        Depth::Eight => 1.01 / 255.0,
        Depth::Sixteen => 1.01 / 65_535.0,
        // Streaming sums in a different order; the tolerance against PyTorch is 1e-4.
        Depth::Float => 3e-5,
    };
    let mut bands_in = |tile: TileChoice| {
        let (mut bands, mut total) = (Vec::new(), Total(0));
        let order = Order { tile, ..order.clone() };
        let streamed = restore::restore_rows(&order, Buffering::Bands, &mut open, &mut None, &mut total, &mut |band| {
            bands.push(band);
            true
        });
        assert_eq!(streamed.expect("restored").sigma, outcome.sigma);
        let mut y = 0;
        for band in &bands {
            let (part, height) = (whole.pixels.rows(y, y + band.size().height), band.size().height);
            let difference = max_difference(&part.colours_in(part.size().rect()), &band.colours_in(band.size().rect()));
            assert!(difference <= allowed, "{case} {tile:?}: {difference} in the band at {y}");
            let alphas = [&part, band].map(|raster| raster.alpha_in(raster.size().rect()));
            if let [Some(part), Some(band)] = alphas {
                assert!(max_difference(&part, &band) <= allowed.max(1e-5), "{case} {tile:?}: alpha at {y}");
            }
            y += height;
        }
        assert_eq!(y, whole.size().height, "{case} {tile:?}");
        (bands.len(), total.0)
    };
    [bands_in(order.tile), bands_in(TileChoice::Auto)]
}

#[test]
fn values_beyond_black_and_white_are_kept() {
    let size = Size::new(64, 48);
    let value = |i: usize| if i % 64 < 32 { 0.5 } else { 40.0 };
    let photo = photos::photo_of(Planes::new(3, size, (0..3 * size.area()).map(value).collect()));
    for factor in [1, 2] {
        let scale = Scale::Percent(100 * factor as u16);
        let recipe = Recipe { noise: Noise::Sigma(25.0), scale, ..Recipe::default() };
        let result = run(&mut engine::opener(), &photo, recipe, TileChoice::Auto);
        let (x, y) = (60 * factor, 20 * factor);
        assert!((result.pixels.value(1, x, y) - 40.0).abs() < 0.5, "{}", result.pixels.value(1, x, y));
        assert!((result.pixels.value(1, 4, y) - 0.5).abs() < 0.05, "{}", result.pixels.value(1, 4, y));
    }
}

#[test]
fn too_little_memory_is_refused_in_advance() {
    let photo = random_photo(Size::new(300, 200), 3, 1);
    let recipe = Recipe { noise: Noise::Sigma(25.0), scale: Scale::X4, ..Recipe::default() };
    let order = Order {
        device: DeviceChoice::Cpu,
        memory: MemoryLimit::Bytes(1 << 20),
        ..Order::new(Arc::new(photo), NoiseEstimate::none(), recipe)
    };
    let error = restore::restore(&order, &mut engine::opener(), &mut NoFollower).expect_err("too little").to_string();
    assert!(error.contains("1200 × 800") && error.contains("memory"), "{error}");
}
