//! JPEG artefacts end to end: the quality of files written by other programs, the order and levels of the networks, and
//! the command line.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use redawn::{
    engine::{self, DeviceChoice, RestorerFactory, Task, fake},
    imaging::{self, Depth, JpegHistory, Metadata, Photo, metrics::psnr},
    pixels::{Raster, Size},
    restore::{self, Compression, NoFollower, Noise, NoiseEstimate, Order, Outcome, Recipe, Scale, Strength},
};
use serde_json::Value;

use crate::support::{
    networks::changed,
    photos::{clean_and_noisy, random_photo},
    skip,
};

const PYTHON: &str = "/usr/bin/python3";

/// Runs a Python script with Pillow; returns whether Pillow is installed.
fn pillow(script: &str, folder: &Path) -> bool {
    let run = |script: &str| {
        let mut command = Command::new(PYTHON);
        command.args(["-c", script]).current_dir(folder).stderr(Stdio::null()).status().is_ok_and(|it| it.success())
    };
    let there = run("import PIL.Image");
    if there {
        assert!(run(script), "the script failed:\n{script}");
    } else {
        skip::skip(format!("no {PYTHON} with Pillow here (python3-pil)"));
    }
    there
}

fn quality_of(path: &Path) -> Option<u8> {
    imaging::open(path).expect("a picture").photo.metadata.jpeg.table
}

#[test]
fn the_quality_is_that_used_by_the_writing_program() {
    let folder = tempfile::tempdir().unwrap();
    let script = "
from PIL import Image
colour = Image.radial_gradient('L').resize((40, 24)).convert('RGB')
for q in range(1, 101):
    colour.save(f'colour {q}.jpg', quality=q)
    colour.convert('L').save(f'grey {q}.jpg', quality=q)
    colour.save(f'progressive {q}.jpg', quality=q, progressive=True, optimize=True)
    colour.convert('CMYK').save(f'cmyk {q}.jpg', quality=q)
colour.save('no jpeg.png')
";
    if pillow(script, folder.path()) {
        for quality in 1..=100 {
            for kind in ["colour", "grey", "progressive", "cmyk"] {
                let path = folder.path().join(format!("{kind} {quality}.jpg"));
                assert_eq!(quality_of(&path), Some(quality), "{kind}");
            }
        }
        assert_eq!(quality_of(&folder.path().join("no jpeg.png")), None);
    }

    let mut magick = Command::new("convert");
    magick.current_dir(folder.path()).args(["-size", "40x24", "gradient:red-blue"]);
    for quality in 1..=100 {
        magick.args(["-quality", &quality.to_string(), "-write", &format!("magick-{quality}.jpg")]);
    }
    if magick.arg("null:").stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
        for quality in 1..=100 {
            assert_eq!(quality_of(&folder.path().join(format!("magick-{quality}.jpg"))), Some(quality));
        }
    } else {
        skip::skip("no convert here (imagemagick)");
    }
}

#[test]
fn eval_compresses_with_the_psnr_of_libjpeg() {
    let folder = tempfile::tempdir().unwrap();
    let (clean, _) = clean_and_noisy(0.0);
    for (name, planes) in [("colour", clean.colours()), ("grey", clean.colours().luma())] {
        let clean = Photo { pixels: Raster::from_planes(&planes, None, Depth::Eight), ..clean.clone() };
        imaging::save(&clean, &folder.path().join(format!("{name}.png")), &Default::default()).expect("written");
        let script = format!(
            "
from PIL import Image
for q in (5, 10, 20, 40, 75):
    Image.open('{name}.png').save('coded.jpg', quality=q, subsampling=2)
    Image.open('coded.jpg').save(f'{name} {{q}}.png')
"
        );
        if !pillow(&script, folder.path()) {
            return;
        }
        let clean = clean.colours();
        for quality in [5, 10, 20, 40, 75] {
            let theirs = imaging::open(&folder.path().join(format!("{name} {quality}.png"))).expect("a picture");
            let ours = imaging::compress(&clean, quality).expect("coded");
            let (ours, theirs) = (psnr(&clean, &ours), psnr(&clean, &theirs.photo.colours()));
            assert!((ours - theirs).abs() < 0.05, "{name}, quality {quality}: {ours:.3} dB, libjpeg {theirs:.3} dB");
        }
    }
}

fn run(open: &mut RestorerFactory, photo: &Photo, recipe: Recipe) -> (Photo, Outcome) {
    let order =
        Order { device: DeviceChoice::Cpu, ..Order::new(Arc::new(photo.clone()), NoiseEstimate::white(7.5), recipe) };
    restore::restore(&order, open, &mut NoFollower).expect("restored")
}

fn photo_saved_with(quality: Option<u8>) -> Photo {
    Photo {
        metadata: Metadata { jpeg: JpegHistory { table: quality, detected: None }, ..Metadata::default() },
        ..random_photo(Size::new(45, 37), 3, 6)
    }
}

#[test]
fn networks_run_in_order_with_their_levels() {
    let steps_of = |quality: Option<u8>, recipe: Recipe| {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (mut fake, to) = (fake::opener(Duration::ZERO), seen.clone());
        let mut open: RestorerFactory = Box::new(move |device, tile, network, preparing| {
            let opened = fake(device, tile, network, preparing)?;
            let to = to.clone();
            // Records the task and the value of the level plane.
            Ok(changed(opened, move |fake, tile| {
                let mut seen = to.lock().unwrap();
                let now = (network.task, tile.plane(tile.channels() - 1)[0]);
                if seen.last() != Some(&now) {
                    seen.push(now);
                }
                fake.restore(tile)
            }))
        });
        let (_, outcome) = run(&mut open, &photo_saved_with(quality), recipe);
        let seen = std::mem::take(&mut *seen.lock().unwrap());
        (seen, outcome.quality)
    };
    let (auto, all) = (Recipe::default(), Recipe { scale: Scale::X2, ..Recipe::default() });
    let (noise, size) = ((Task::Denoise, 7.5 / 255.0), (Task::Enlarge, 0.5));
    let blocks = |level| (Task::Deblock, level);
    assert_eq!(steps_of(Some(40), all), (vec![blocks(0.6), noise, size], Some(40)));
    assert_eq!(steps_of(Some(89), auto), (vec![blocks(0.11), noise], Some(89)));
    for leaves in [None, Some(90), Some(100)] {
        assert_eq!(steps_of(leaves, auto), (vec![noise], None));
    }
    let by_hand = Recipe { compression: Compression::Quality(25), noise: Noise::Sigma(0.0), ..auto };
    assert_eq!(steps_of(None, by_hand), (vec![blocks(0.75)], Some(25)));
    assert_eq!(steps_of(Some(40), Recipe { compression: Compression::None, ..auto }), (vec![noise], None));
    assert_eq!(steps_of(Some(40), Recipe { strength: Strength::of(0.0), ..auto }), (vec![], None));
}

#[test]
fn all_steps_at_once_equal_one_run_after_the_other() {
    let mut open = engine::opener();
    let nothing = Recipe { compression: Compression::None, noise: Noise::Sigma(0.0), ..Recipe::default() };
    let (compression, noise, scale) = (Compression::Quality(30), Noise::Sigma(20.0), Scale::X2);
    let mut restored = |photo: &Photo, recipe| run(&mut open, photo, recipe).0;
    let photo = photo_saved_with(None);
    let unblocked = restored(&photo, Recipe { compression, ..nothing });
    let clean = restored(&unblocked, Recipe { noise, ..nothing });
    let large = restored(&clean, Recipe { scale, ..nothing });
    let at_once = restored(&photo, Recipe { compression, noise, scale, ..nothing });
    assert!(unblocked.pixels != photo.pixels && clean.pixels != unblocked.pixels);
    let (one, other) = (large.colours(), at_once.colours());
    let differs = one.data().iter().zip(other.data()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(differs <= 1e-5, "{differs}");
}

fn redawn(args: &[&str]) -> (bool, Vec<Value>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redawn"));
    let output = command.args(args).args(["--json"]).env("XDG_RUNTIME_DIR", std::env::temp_dir()).output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    (output.status.success(), lines.lines().map(|line| serde_json::from_str(line).expect(line)).collect())
}

#[test]
fn the_command_line_detects_accepts_and_reports_the_quality() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let clean = clean_and_noisy(0.0).0;
    for (name, quality) in [("coarse.jpg", Some(30)), ("fine.jpg", Some(95)), ("photo.png", None)] {
        let options = imaging::SaveOptions { quality, ..Default::default() };
        imaging::save(&clean, Path::new(&at(name)), &options).expect("written");
    }
    let (_, lines) = redawn(&["estimate", &at("coarse.jpg"), &at("fine.jpg"), &at("photo.png")]);
    let found: Vec<_> = lines.iter().map(|line| &line["jpeg"]).collect();
    assert_eq!(found, [&Value::from(30), &Value::from(95), &Value::Null]);

    let out = at("out.png");
    for (input, options, quality) in [
        ("coarse.jpg", &[][..], Some(30)),
        ("coarse.jpg", &["--jpeg", "none"], None),
        ("coarse.jpg", &["--jpeg", "55"], Some(55)),
        ("fine.jpg", &["--jpeg", "auto"], None),
        ("photo.png", &[], None),
        ("photo.png", &["--jpeg", "12"], Some(12)),
    ] {
        let _ = fs::remove_file(&out);
        let input = at(input);
        let args = [&["restore", &input, "-o", &out, "--noise", "none", "--device", "cpu"], options].concat();
        let (done, lines) = redawn(&args);
        assert!(done, "{lines:?}");
        let of = |event: &str| lines.iter().filter(|line| line["event"] == event).collect::<Vec<_>>();
        assert_eq!((&of("start")[0]["jpeg"], &of("done")[0]["jpeg"]), (&quality.into(), &quality.into()));
        assert_eq!(of("progress").iter().any(|line| line["stage"] == "deblocking"), quality.is_some());
        let pixels = imaging::open(Path::new(&out)).expect("written").photo.pixels;
        assert_eq!(pixels == imaging::open(Path::new(&input)).unwrap().photo.pixels, quality.is_none());
    }
    assert!(!redawn(&["restore", &at("photo.png"), "-o", &out, "--jpeg", "0"]).0);
}

#[test]
fn eval_measures_the_improvement() {
    let folder = tempfile::tempdir().unwrap();
    let (clean, _) = clean_and_noisy(0.0);
    let clean = Photo { pixels: Raster::from_planes(&clean.colours(), None, Depth::Eight), ..clean };
    imaging::save(&clean, &folder.path().join("a.png"), &Default::default()).expect("written");
    let dir = folder.path().to_str().unwrap();
    let eval = |options: &[&str]| {
        let (done, lines) = redawn(&[&["eval", dir, "--device", "cpu"], options].concat());
        assert!(done, "{lines:?}");
        let psnr = |when: &str| lines[0][when]["psnr"].as_f64().unwrap();
        (psnr("before"), psnr("after"))
    };
    for quality in ["10", "40"] {
        let colour = eval(&["--jpeg", quality]);
        let grey = eval(&["--jpeg", quality, "--grey"]);
        assert!(colour.1 > colour.0 + 0.3 && grey.1 > grey.0 + 0.3, "{colour:?} {grey:?}");
        // Chroma loses more than luma, which has the papers' smaller range.
        assert!(grey.0 > colour.0 + 1.0, "{colour:?} {grey:?}");
    }
    assert!(!redawn(&["eval", dir, "--jpeg", "10", "--noise", "5"]).0);
}
