//! What `auto` makes of noise as files hold it: cameras' and films' is found and removed, white noise is measured, and
//! what has none is left alone. The pictures of `tests/noise/` are made by `models/training/test_photos.py`.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use redawn::{
    engine::{self, DeviceChoice, RestorerFactory},
    imaging::{self, Depth, Photo, metrics::psnr},
    pixels::{Planes, Raster},
    restore::{self, AutoAmount, Compression, NoFollower, Noise, NoiseEstimate, NoiseLevels, Order, Outcome, Recipe},
};

use crate::support::photos::{self, Random};

/// What a picture keeps of itself at least where there is no noise, in dB: nobody sees the difference.
const UNHARMED: f64 = 40.0;
/// And a photo at worst that a camera has sharpened.
const SHARPENED: f64 = 37.0;

fn pictures(ending: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/noise");
    let entries = std::fs::read_dir(folder).expect("the pictures").map(|entry| entry.expect("an entry").path());
    let mut found: Vec<_> = entries.filter(|path| path.to_string_lossy().contains(ending)).collect();
    found.sort();
    assert!(!found.is_empty(), "no pictures called {ending}");
    found
}

fn read(path: &Path) -> Photo {
    imaging::open(path).expect("a picture").photo
}

fn measured(photo: &Photo, open: &mut RestorerFactory) -> NoiseEstimate {
    restore::measure_noise(photo, open, &|| false).expect("measured").expect("not stopped")
}

fn restored(photo: &Photo, recipe: Recipe, open: &mut RestorerFactory) -> (Photo, Outcome) {
    let order =
        Order { device: DeviceChoice::Cpu, ..Order::new(Arc::new(photo.clone()), measured(photo, open), recipe) };
    restore::restore(&order, open, &mut NoFollower).expect("restored")
}

fn auto() -> Recipe {
    Recipe { noise: Noise::AUTO, ..Recipe::default() }
}

/// The noise of cameras and films is found at about its strength, and auto removes most of it; the same pictures
/// without it stay as they are.
#[test]
fn noise_of_cameras_and_films_is_removed_and_clean_photos_stay() {
    let open = &mut engine::opener();
    let mut all_kept = Vec::new();
    for path in pictures("-noisy") {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let noisy = read(&path);
        let clean = read(&path.with_file_name(format!("{}-clean.png", name.split("-noisy").next().expect("a name"))));
        let (noise, stays) = (measured(&noisy, open), measured(&clean, open));
        let before = psnr(&clean.colours(), &noisy.colours());
        let after = psnr(&clean.colours(), &restored(&noisy, auto(), open).0.colours());
        let kept = psnr(&clean.colours(), &restored(&clean, auto(), open).0.colours());
        let sigma = 255.0 / 10_f64.powf(before / 20.0);
        println!(
            "{name}: σ {sigma:.1} measured as {:.1}, clean {:.1}; {before:.2} dB, {after:.2} after; clean {kept:.1}",
            noise.sigma(),
            stays.sigma()
        );
        assert!(!noise.is_clean(), "{name} is noisy");
        let ratio = f64::from(noise.sigma()) / sigma;
        // Coarse grain of films looks most like texture, and in doubt only a part of it is removed.
        let (least, gain) = if name.starts_with("film") { (0.2, 0.4) } else { (0.5, 2.5) };
        assert!((least..1.6).contains(&ratio), "{name}: σ {sigma:.1} measured as {}", noise.sigma());
        assert!(after > before + gain, "{name}: {before:.2} dB, {after:.2} after");
        assert!(kept >= SHARPENED, "{name} without its noise: {kept:.1} dB");
        all_kept.push(kept);
    }
    let mean = all_kept.iter().sum::<f64>() / all_kept.len() as f64;
    assert!(mean > UNHARMED, "clean photos keep {mean:.1} dB");
}

/// Drawings, text, dithers, halftones, patterns, codes, stars and screens, as PNG and as JPEG: left alone.
#[test]
fn what_is_no_photo_is_not_harmed() {
    let open = &mut engine::opener();
    for path in pictures("drawn-") {
        let picture = read(&path);
        let noise = measured(&picture, open);
        let kept = psnr(&picture.colours(), &restored(&picture, auto(), open).0.colours());
        println!("{}: measured {:.1}, kept {kept:.1} dB", path.display(), noise.sigma());
        assert!(kept >= UNHARMED, "{}: {kept:.1} dB", path.display());
    }
}

/// White noise is measured to a tenth, and told to the network that is as good as told by hand.
#[test]
fn white_noise_is_measured_and_removed_as_by_hand() {
    let open = &mut engine::opener();
    let (mut random, folder) = (Random(78), Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/photos"));
    for name in ["perched-osprey.png", "piazza-gae-aulenti.png", "pondering-heron.png"] {
        let clean = read(&folder.join(name));
        for sigma in [5.0_f32, 15.0, 25.0, 50.0] {
            let mut values = clean.colours();
            values.data_mut().iter_mut().for_each(|value| *value += random.normal() * sigma / 255.0);
            let noisy = Photo { pixels: Raster::from_planes(&values, None, Depth::Eight), ..clean.clone() };
            let noise = measured(&noisy, open);
            // What black and white have left of it.
            let there = 255.0 / 10_f64.powf(psnr(&clean.colours(), &noisy.colours()) / 20.0) as f32;
            let by_hand = Recipe { noise: Noise::Sigma(sigma), ..auto() };
            let [auto, by_hand] = [auto(), by_hand].map(|recipe| {
                let (result, _) = restored(&noisy, recipe, open);
                psnr(&clean.colours(), &result.colours())
            });
            println!("{name}: σ {sigma} measured as {:.2}; {auto:.2} dB, by hand {by_hand:.2}", noise.sigma());
            assert!((noise.sigma() / there - 1.0).abs() <= 0.1, "{name}: σ {there} measured as {}", noise.sigma());
            assert!(auto > by_hand - 0.1, "{name}: σ {sigma}: {auto:.2} dB, by hand {by_hand:.2}");
        }
    }
}

/// The estimate for a photo of 24 MP takes at most a tenth of the time of its denoising, of which a part is measured.
#[test]
fn the_estimate_costs_little_beside_the_denoising() {
    const SHARE: usize = 24;
    let open = &mut engine::opener();
    let noisy = read(&pictures("camera-0-noisy")[0]).colours();
    let repeated = |width: usize, height: usize| {
        let mut values = Planes::filled(3, redawn::pixels::Size::new(width, height), 0.0);
        for (channel, y) in (0..3).flat_map(|channel| (0..height).map(move |y| (channel, y))) {
            let row = noisy.row(channel, y % noisy.size().height);
            values.row_mut(channel, y).iter_mut().zip(row.iter().cycle()).for_each(|(value, from)| *value = *from);
        }
        let pixels = Raster::from_planes(&values, None, Depth::Eight);
        Photo { pixels, ..photos::photo_of(Planes::filled(3, redawn::pixels::Size::new(1, 1), 0.0)) }
    };
    let (whole, part) = (repeated(6000, 4000), repeated(1000, 1000));
    let mut seconds = [f64::INFINITY; 2];
    // The best of three, side by side: other tests run at the same time.
    for _ in 0..3 {
        let start = std::time::Instant::now();
        let noise = measured(&whole, open);
        seconds[0] = seconds[0].min(start.elapsed().as_secs_f64());
        let order = Order { device: DeviceChoice::Cpu, ..Order::new(Arc::new(part.clone()), noise, auto()) };
        let start = std::time::Instant::now();
        restore::restore(&order, open, &mut NoFollower).expect("restored");
        seconds[1] = seconds[1].min(SHARE as f64 * start.elapsed().as_secs_f64());
    }
    println!("estimate {:.2} s, denoising {:.1} s", seconds[0], seconds[1]);
    assert!(seconds[0] < seconds[1] / 10.0, "estimate {:.2} s, denoising {:.1} s", seconds[0], seconds[1]);
}

/// Where nothing can be told, nothing is said to be noisy.
#[test]
fn nothing_to_tell_from() {
    let open = &mut engine::opener();
    for (width, height, value) in [(1, 1, 0.5), (7, 300, 0.5), (90, 90, 1.0), (90, 90, 0.0), (65, 33, 0.3)] {
        let pixels = Planes::filled(3, redawn::pixels::Size::new(width, height), value);
        let noise = measured(&photos::photo_of(pixels), open);
        assert!(noise.is_clean(), "{width} × {height} px of {value}: {}", noise.sigma());
    }
}

/// A value that is no number, as a floating-point picture may hold it, takes nothing from what the others say.
#[test]
fn what_is_no_number_is_left_out() {
    let open = &mut engine::opener();
    let noisy = read(&pictures("camera-0-noisy")[0]);
    let mut values = noisy.colours();
    values.row_mut(1, 90)[80] = f32::NAN;
    let (whole, holed) = (measured(&noisy, open).sigma(), measured(&photos::photo_of(values), open).sigma());
    assert!((holed / whole - 1.0).abs() < 0.1, "{holed} and not {whole}");
}

/// A share of auto is that share of σ, at every brightness; and it is as strong as it says.
#[test]
fn an_amount_of_auto_is_that_share_of_the_noise() {
    let open = &mut engine::opener();
    let noisy = read(&pictures("camera-0-noisy")[0]);
    let of = |percent: u8| Recipe { noise: Noise::Auto(AutoAmount::of(percent)), ..auto() };
    let whole = restored(&noisy, of(100), open);
    let mut last = 0.0;
    for percent in [50, 100, 150, 200] {
        let (result, outcome) = restored(&noisy, of(percent), open);
        let expected = whole.1.sigma * f32::from(percent) / 100.0;
        assert!((outcome.sigma - expected).abs() < 1e-3, "{percent} %: {} and not {expected}", outcome.sigma);
        let moved = noisy.colours().data().iter().zip(result.colours().data()).map(|(a, b)| (a - b).abs()).sum::<f32>();
        assert!(moved > last, "{percent} % removes more");
        last = moved;
    }
}

/// What was measured at three brightnesses is what the file has there: grain is strongest in the midtones.
#[test]
fn the_levels_follow_the_brightness() {
    let open = &mut engine::opener();
    let (width, height) = (256, 256);
    let mut random = Random(5);
    let size = redawn::pixels::Size::new(width, height);
    let mut values = Planes::filled(3, size, 0.0);
    for channel in 0..3 {
        for y in 0..height {
            for (x, value) in values.row_mut(channel, y).iter_mut().enumerate() {
                // Smooth steps of brightness; σ 3 in the shadows, 15 in the highlights.
                let light = 0.1 + 0.8 * (x / 32) as f32 / 7.0;
                *value = light + random.normal() * (3.0 + 15.0 * (light - 0.1)) / 255.0;
            }
        }
    }
    let noisy = Photo { pixels: Raster::from_planes(&values, None, Depth::Eight), ..photos::photo_of(values) };
    let noise = measured(&noisy, open);
    let at = |brightness: f32| noise.levels().at(brightness).sigma();
    let (shadows, highlights) = (at(NoiseLevels::SHADOWS), at(NoiseLevels::HIGHLIGHTS));
    println!("shadows {shadows:.1} (3.8), highlights {highlights:.1} (14.3)");
    assert!((2.0..6.0).contains(&shadows) && (9.0..24.0).contains(&highlights), "{shadows}, {highlights}");
}

/// A noisy JPEG: the artefacts of its quality and its noise are removed, in this order.
#[test]
fn a_noisy_jpeg_loses_artefacts_and_noise() {
    let open = &mut engine::opener();
    let path = &pictures("camera-2-noisy")[0];
    let (noisy, clean) = (read(path), read(&path.with_file_name("camera-2-clean.png")));
    let score = |recipe: Recipe, open: &mut RestorerFactory| {
        let (result, outcome) = restored(&noisy, recipe, open);
        (psnr(&clean.colours(), &result.colours()), outcome)
    };
    let (both, outcome) = score(auto(), open);
    let (noise_alone, _) = score(Recipe { compression: Compression::None, ..auto() }, open);
    let (artefacts_alone, _) = score(Recipe { noise: Noise::NONE, ..auto() }, open);
    println!("artefacts alone {artefacts_alone:.2} dB, noise alone {noise_alone:.2}, both {both:.2}");
    assert_eq!(outcome.quality, Some(75));
    assert!(outcome.sigma > 2.0 && both > artefacts_alone + 1.0 && both > noise_alone - 0.15);
}
