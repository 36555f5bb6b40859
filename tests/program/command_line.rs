//! The command line: files, output and exit codes of the real program on small pictures, on the CPU for the same
//! results on every machine.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use image::{DynamicImage, ImageBuffer, Luma, Rgb, Rgba};
use redawn::{imaging::open, pixels::Size};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{
    skip,
    tiffs::{Layout, Page},
};

// ---- Running the program.

pub(super) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redawn"));
    // Without a GPU, graphics drivers write to stderr.
    command.env("XDG_RUNTIME_DIR", std::env::temp_dir());
    command
}

pub(super) fn run<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Finished {
    Finished(program().args(args).output().unwrap())
}

/// `redawn restore INPUT… -o OUT --device cpu OPTIONS`
pub(super) fn restore<P: AsRef<Path>>(inputs: &[P], out: impl AsRef<Path>, options: &[&str]) -> Finished {
    let mut command = program();
    command.arg("restore").args(inputs.iter().map(|path| path.as_ref())).arg("-o").arg(out.as_ref());
    if !options.contains(&"--device") {
        command.args(["--device", "cpu"]);
    }
    Finished(command.args(options).output().unwrap())
}

/// Output of a finished run.
pub(super) struct Finished(pub(super) Output);

impl Finished {
    pub(super) fn code(&self) -> i32 {
        self.0.status.code().expect("ended by a signal")
    }

    pub(super) fn stdout(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    pub(super) fn stderr(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }

    /// Every line of stdout as JSON.
    pub(super) fn lines(&self) -> Vec<Value> {
        self.stdout().lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    /// The JSON lines of one event.
    pub(super) fn events(&self, name: &str) -> Vec<Value> {
        self.lines().into_iter().filter(|line| line["event"] == name).collect()
    }

    #[track_caller]
    pub(super) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code(), code, "stdout:\n{}\nstderr:\n{}", self.stdout(), self.stderr());
        self
    }

    /// Asserts exit code 1 and an error that contains these words.
    #[track_caller]
    pub(super) fn fails_with(self, words: &[&str]) -> Self {
        let output = self.ends_with(1);
        let stderr = output.stderr();
        for word in words {
            assert!(stderr.contains(word), "no {word:?} in: {stderr}");
        }
        assert!(!stderr.contains("panicked"), "{stderr}");
        output
    }
}

// ---- Pictures.

/// Pseudorandom numbers in 0–1 (a linear congruential generator).
struct Random(u64);

impl Random {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1 << 24) as f32
    }

    /// Nearly Gaussian, mean 0, standard deviation 1.
    fn gauss(&mut self) -> f32 {
        (0..12).map(|_| self.next()).sum::<f32>() - 6.0
    }
}

/// A picture of smooth gradients with noise of standard deviation `sigma`.
pub(super) fn picture(width: u32, height: u32, sigma: f32) -> DynamicImage {
    let mut random = Random(7);
    DynamicImage::ImageRgb8(ImageBuffer::from_fn(width, height, |x, y| {
        let (x, y) = (x as f32 / 64.0, y as f32 / 64.0);
        let base = [110.0 + 50.0 * x.sin(), 120.0 + 40.0 * (x + y).cos(), 130.0 + 50.0 * y.sin()];
        Rgb(base.map(|value| (value + sigma * random.gauss()).round().clamp(0.0, 255.0) as u8))
    }))
}

/// A folder with one noisy picture.
fn folder_with_picture(name: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    picture(72, 48, 25.0).save(&path).unwrap();
    (folder, path)
}

fn rgb(path: impl AsRef<Path>) -> image::RgbImage {
    image::open(path.as_ref()).unwrap().to_rgb8()
}

fn mean_difference(a: &image::RgbImage, b: &image::RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let sum: u64 = a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.as_raw().len() as f64
}

pub(super) fn names_in(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[track_caller]
fn assert_holds(folder: &Path, names: &[&str]) {
    assert_eq!(names_in(folder), names.iter().map(|name| name.to_string()).collect());
}

// ---- Results and output of restore.

#[test]
fn one_photo_to_a_file() {
    let (folder, input) = folder_with_picture("in.png");
    let out = folder.path().join("out.png");
    let output = restore(&[&input], &out, &["--noise", "25"]).ends_with(0);
    assert_eq!(output.stdout().lines().count(), 1);
    assert!(output.stdout().contains("out.png") && output.stdout().contains("CPU"), "{}", output.stdout());
    assert_eq!(output.stderr(), "", "a pipe gets no progress bar");
    let clean = picture(72, 48, 0.0).to_rgb8();
    let (before, after) = (mean_difference(&rgb(&input), &clean), mean_difference(&rgb(&out), &clean));
    assert!(after < before / 2.0, "mean error {before} before, {after} after");
    assert_holds(folder.path(), &["in.png", "out.png"]);
}

#[test]
fn json_lines_report_the_whole_run() {
    let (folder, input) = folder_with_picture("in.png");
    let out = folder.path().join("out.png");
    let output = restore(&[&input], &out, &["--noise", "high", "--scale", "2", "--json"]).ends_with(0);
    assert_eq!(output.stderr(), "");
    let lines = output.lines();
    assert_eq!(lines[0]["event"], "start");
    assert_eq!(lines[0]["input"], input.to_str().unwrap());
    assert_eq!((&lines[0]["width"], &lines[0]["height"]), (&Value::from(144), &Value::from(96)));
    let (estimated, written) = (lines[0]["bytes"].as_f64().unwrap(), fs::metadata(&out).unwrap().len() as f64);
    assert!((0.3..3.0).contains(&(estimated / written)), "{estimated} bytes estimated, {written} written");
    assert!(lines[0]["memory"].as_u64().unwrap() > 1 << 20 && lines[0]["seconds"].as_f64().unwrap() > 0.0);
    let progress = output.events("progress");
    let last = progress.last().unwrap();
    assert!(last["total"].as_u64().unwrap() >= 2 && last["done"] == last["total"], "{last}");
    let counts: Vec<u64> = progress.iter().map(|line| line["done"].as_u64().unwrap()).collect();
    assert!(counts.is_sorted(), "{counts:?}");
    let stages: BTreeSet<&str> = progress.iter().map(|line| line["stage"].as_str().unwrap()).collect();
    assert!(stages.contains("denoising") && stages.contains("enlarging"), "{stages:?}");

    let done = &output.events("done")[0];
    assert_eq!(done["input"], input.to_str().unwrap());
    assert_eq!(done["output"], out.to_str().unwrap());
    assert_eq!(done["sigma"], 50.0);
    assert_eq!((&done["width"], &done["height"]), (&Value::from(144), &Value::from(96)));
    assert_eq!(done["clean"], false);
    assert!(done["device"].as_str().unwrap().contains("CPU"), "{done}");
    assert!(done["seconds"].as_f64().unwrap() > 0.0);
    assert!(done["notices"].is_array());
    assert_eq!(lines.last().unwrap()["event"], "summary");
    assert_eq!(lines.last().unwrap()["done"], 1);
}

#[test]
fn every_noise_level_is_accepted() {
    let (folder, input) = folder_with_picture("in.png");
    let sigma_of = |level: &str| {
        let out = folder.path().join(format!("{level}.png"));
        let output = restore(&[&input], &out, &["--noise", level, "--json"]).ends_with(0);
        output.events("done")[0]["sigma"].as_f64().unwrap()
    };
    for (level, sigma) in [
        ("none", 0.0),
        ("low", 10.0),
        ("medium", 25.0),
        ("high", 50.0),
        ("very-high", 70.0),
        ("12.5", 12.5),
        ("75", 75.0),
    ] {
        assert_eq!(sigma_of(level), sigma, "{level}");
    }
    let auto = sigma_of("auto");
    assert!((18.0..32.0).contains(&auto), "σ 25 was estimated as {auto}");
    assert_eq!(rgb(folder.path().join("none.png")), rgb(&input), "level none changes no pixel");
    assert_ne!(rgb(folder.path().join("low.png")), rgb(folder.path().join("very-high.png")));
}

#[test]
fn every_scale_is_accepted() {
    let (folder, input) = folder_with_picture("in.png");
    for scale in 1..=4 {
        let out = folder.path().join(format!("{scale}.png"));
        restore(&[&input], &out, &["--noise", "none", "--scale", &scale.to_string()]).ends_with(0);
        assert_eq!(rgb(&out).dimensions(), (72 * scale, 48 * scale));
    }
    for (options, size) in [(["--scale", "1.5"], (108, 72)), (["--long-side", "100"], (100, 67))] {
        let out = folder.path().join(format!("{}.png", options[1]));
        restore(&[&input], &out, &["--noise", "none", options[0], options[1]]).ends_with(0);
        assert_eq!(rgb(&out).dimensions(), size, "{options:?}");
    }
    // Never smaller, and then nothing changes.
    let out = folder.path().join("small.png");
    restore(&[&input], &out, &["--noise", "none", "--long-side", "10"]).ends_with(0);
    assert_eq!(rgb(&out), rgb(&input));
}

#[test]
fn the_depth_is_chosen() {
    let (folder, input) = folder_with_picture("in.png");
    let deep = folder.path().join("deep.png");
    restore(&[&input], &deep, &["--noise", "none", "--depth", "16"]).ends_with(0);
    let widened = image::open(&deep).expect("a PNG");
    assert_eq!(widened.color(), image::ColorType::Rgb16);
    assert_eq!(widened.into_rgb8(), rgb(&input));
    let shallow = folder.path().join("shallow.png");
    let output = restore(&[&deep], &shallow, &["--noise", "none", "--depth", "8"]).ends_with(0);
    assert!(!output.stderr().contains("rounded"), "it was asked for: {}", output.stderr());
    let reduced = image::open(&shallow).expect("a PNG");
    assert_eq!(reduced.color(), image::ColorType::Rgb8);
    assert_eq!(reduced.into_rgb8(), rgb(&input));
}

#[test]
fn strength_blends_before_and_after() {
    let (folder, input) = folder_with_picture("in.png");
    let at = |strength: &str| {
        let out = folder.path().join(format!("{strength}.png"));
        restore(&[&input], &out, &["--noise", "25", "--strength", strength]).ends_with(0);
        mean_difference(&rgb(&out), &rgb(&input))
    };
    let (none, half, full) = (at("0"), at("50"), at("100"));
    assert_eq!(none, 0.0);
    assert!(full > 5.0 && (half - full / 2.0).abs() < 1.0, "changed by {half} at 50 %, by {full} at 100 %");
}

/// White is restored, black is the original bit for bit, and grey is in between.
#[test]
fn a_mask_says_where_to_restore() {
    let folder = tempfile::tempdir().unwrap();
    let (width, height) = (150, 97);
    let input = folder.path().join("in.png");
    picture(width, height, 20.0).save(&input).unwrap();
    let mask = folder.path().join("mask.png");
    let shade = |x: u32| [0, 255, 128][(x / 50) as usize];
    image::GrayImage::from_fn(width, height, |x, _| Luma([shade(x)])).save(&mask).unwrap();
    let mask = mask.to_str().unwrap();
    let made = |name: &str, options: &[&str]| {
        let out = folder.path().join(name);
        restore(&[&input], &out, &[&["--noise", "25"], options].concat()).ends_with(0);
        image::open(&out).unwrap().to_rgb8()
    };
    let before = image::open(&input).unwrap().to_rgb8();
    let (after, half) = (made("all.png", &[]), made("half.png", &["--strength", "50"]));
    let masked = made("masked.png", &["--mask", mask]);
    let elsewhere = made("elsewhere.png", &["--mask", mask, "--elsewhere", "50"]);
    let with_tiles = made("tiles.png", &["--mask", mask, "--tile", "64"]);
    for (x, y, pixel) in masked.enumerate_pixels() {
        let tiled = with_tiles.get_pixel(x, y);
        assert!((0..3).all(|channel| pixel[channel].abs_diff(tiled[channel]) <= 1), "{x}, {y}");
        let at = |picture: &image::RgbImage| *picture.get_pixel(x, y);
        match x / 50 {
            0 => assert_eq!((*pixel, *tiled, at(&elsewhere)), (at(&before), at(&before), at(&half)), "{x}, {y}"),
            1 => assert_eq!((*pixel, at(&elsewhere)), (at(&after), at(&after)), "{x}, {y}"),
            _ => assert!((0..3).all(|channel| pixel[channel].abs_diff(at(&half)[channel]) <= 1), "{x}, {y}"),
        }
    }
    assert!(before != after);
    let history = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let says_so = |name: &str| history(name).windows(18).any(|part| part == b"--mask MASK --else");
    assert!(says_so("masked.png") && !says_so("all.png"));

    // Twice as large: the middle of each part.
    let (large, all) = (made("large.png", &["--mask", mask, "--scale", "2"]), made("large-all.png", &["--scale", "2"]));
    assert!((110..190).all(|x| (0..2 * height).all(|y| large.get_pixel(x, y) == all.get_pixel(x, y))));
    assert!((0..90).any(|x| large.get_pixel(x, 90) != all.get_pixel(x, 90)));

    let small = folder.path().join("small.png");
    picture(20, 20, 0.0).save(&small).unwrap();
    let out = folder.path().join("never.png");
    let fails = |mask: &Path, words: &[&str]| {
        restore(&[&input], &out, &["--mask", mask.to_str().unwrap()]).fails_with(words);
        assert!(!out.exists());
    };
    fails(&small, &["small.png", "20 × 20 px", "150 × 97 px", "same size"]);
    fails(&folder.path().join("none.png"), &["none.png"]);
    let text = folder.path().join("text.png");
    fs::write(&text, "no picture").unwrap();
    fails(&text, &["text.png"]);
}

#[test]
fn luminance_and_colour_have_separate_strengths() {
    let (folder, input) = folder_with_picture("in.png");
    let at = |luminance: &str, colour: &str| {
        let out = folder.path().join(format!("{luminance}-{colour}.png"));
        let options = ["--noise", "25", "--luminance", luminance, "--colour", colour, "--json"];
        let output = restore(&[&input], &out, &options).ends_with(0);
        let done = &output.events("done")[0];
        assert_eq!(done["strength"], 100);
        assert_eq!((&done["luminance"].to_string()[..], &done["colour"].to_string()[..]), (luminance, colour));
        let saved = rgb(&out);
        let luma = |image: &image::RgbImage| {
            image::GrayImage::from_fn(image.width(), image.height(), |x, y| {
                let [r, g, b] = image.get_pixel(x, y).0.map(f32::from);
                image::Luma([(0.299 * r + 0.587 * g + 0.114 * b).round() as u8])
            })
        };
        let (saved, input) = (luma(&saved), luma(&rgb(&input)));
        let moved = saved.iter().zip(input.iter()).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>();
        moved / saved.len() as f64
    };
    let (colour_alone, all) = (at("0", "100"), at("100", "100"));
    assert!(colour_alone < 1.0 && all > 4.0, "Y moved by {colour_alone} with the colours alone, by {all} with all");
}

#[test]
fn best_quality_is_closer_to_the_original() {
    let pictures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/pictures");
    let mean = |best: &[&str]| {
        let options = ["eval", pictures.to_str().unwrap(), "--noise", "25", "--device", "cpu", "--json"];
        let lines = run([&options, best].concat()).ends_with(0).lines();
        lines.last().unwrap()["after"]["psnr"].as_f64().unwrap()
    };
    let (plain, best) = (mean(&[]), mean(&["--best"]));
    assert!(best > plain, "{plain} dB plain, {best} dB best");
}

#[test]
fn the_networks_are_chosen() {
    let (folder, input) = folder_with_picture("owl.png");
    let made = |name: &str, options: &[&str]| {
        let out = folder.path().join(name);
        let options = [&["--noise", "25", "--json"], options].concat();
        let done = restore(&[&input], &out, &options).ends_with(0).events("done")[0].clone();
        let file = fs::read(&out).unwrap();
        let says = |text: &str| file.windows(text.len()).any(|part| part == text.as_bytes());
        let (fast, best) = (says("--model fast") && says("denoise-red10"), says("denoise-red20"));
        assert!(fast != best, "the history names the network");
        assert_eq!(done["model"], if fast { "fast" } else { "best" });
        (fast, rgb(&out))
    };
    let ((fast, quick), (_, best)) = (made("fast.png", &["--model", "fast"]), made("best.png", &["--model", "best"]));
    assert!(fast && quick != best && mean_difference(&quick, &best) < 4.0);
    assert_eq!(made("default.png", &[]), (false, best.clone()), "the same everywhere");
    // A small photo takes less than ten seconds.
    assert_eq!(made("auto.png", &["--model", "auto"]), (false, best));
    let out = folder.path().join("none.png");
    let error = restore(&[&input], &out, &["--model", "slow"]).ends_with(2).stderr();
    assert!(error.contains("use auto, fast or best"), "{error}");
    assert!(!out.exists());
}

#[test]
fn quality_is_for_jpeg_avif_and_webp() {
    let (folder, input) = folder_with_picture("in.png");
    for extension in ["jpg", "webp", "avif"] {
        let size_at = |quality: &str| {
            let out = folder.path().join(format!("{quality}.{extension}"));
            let output = restore(&[&input], &out, &["--noise", "none", "--quality", quality]).ends_with(0);
            assert!(!output.stderr().contains("--quality"), "{}", output.stderr());
            assert_eq!(open(&out).unwrap().photo.size(), Size::new(72, 48));
            fs::metadata(&out).unwrap().len()
        };
        let (low, high) = (size_at("5"), size_at("95"));
        assert!(low < high, "{extension}: {low} bytes at 5, {high} at 95");
    }
    let output = restore(&[&input], folder.path().join("q.png"), &["--noise", "none", "--quality", "50"]).ends_with(0);
    assert!(output.stderr().contains("--quality"), "a quality that does nothing is output: {}", output.stderr());
}

#[test]
fn the_tile_size_does_not_change_the_picture() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.png");
    picture(300, 200, 25.0).save(&input).unwrap();
    let with_tile = |tile: &str| {
        let out = folder.path().join(format!("{tile}.png"));
        let output = restore(&[&input], &out, &["--noise", "25", "--json", "--tile", tile]).ends_with(0);
        (output.events("progress").last().unwrap()["total"].as_u64().unwrap(), rgb(&out))
    };
    let ((few, whole), (many, tiled)) = (with_tile("512"), with_tile("128"));
    assert!(many > few, "{many} tiles of 128 px, {few} of 512 px");
    let worst = whole.as_raw().iter().zip(tiled.as_raw()).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
    assert!(worst <= 1, "a tile's edge is off by {worst} levels");
}

#[test]
fn a_clean_photo_is_reported_and_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let (input, out) = (folder.path().join("in.png"), folder.path().join("out.png"));
    picture(160, 120, 0.0).save(&input).unwrap();
    let output = restore(&[&input], &out, &[]).ends_with(0);
    assert!(output.stdout().contains("clean"), "{}", output.stdout());
    assert_eq!(rgb(&out), rgb(&input));
    let output = restore(&[&input], &out, &["--json", "--if-exists", "replace"]).ends_with(0);
    assert_eq!(output.events("done")[0]["clean"], true);
}

#[test]
fn sixteen_bits_and_alpha_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(3);
    let deep: ImageBuffer<Rgba<u16>, _> = ImageBuffer::from_fn(40, 30, |x, _| {
        let [red, green, blue] = [(); 3].map(|()| (random.next() * 65_535.0) as u16);
        Rgba([red, green, blue, x as u16 * 1600])
    });
    let grey: ImageBuffer<Luma<u16>, _> = ImageBuffer::from_fn(40, 30, |x, y| Luma([(x * 1000 + y * 37) as u16]));
    for (name, picture) in [("deep.png", DynamicImage::from(deep)), ("grey.png", DynamicImage::from(grey))] {
        let input = folder.path().join(name);
        picture.save(&input).unwrap();
        let none = folder.path().join(format!("none-{name}"));
        restore(&[&input], &none, &["--noise", "none"]).ends_with(0);
        assert_eq!(image::open(&none).unwrap(), picture, "level none returns {name} bit for bit");
        let some = folder.path().join(format!("some-{name}"));
        restore(&[&input], &some, &["--noise", "20"]).ends_with(0);
        let after = image::open(&some).unwrap();
        assert_eq!(after.color(), picture.color(), "{name}");
        assert_ne!(after, picture, "{name}");
        let alpha = |picture: &DynamicImage| picture.to_rgba16().pixels().map(|pixel| pixel[3]).collect::<Vec<_>>();
        assert_eq!(alpha(&after), alpha(&picture), "{name}");
    }
}

#[test]
fn names_may_be_in_any_script() {
    let (folder, input) = folder_with_picture("Übung – 夜明け.png");
    let out = folder.path().join("результат").join("");
    restore(&[&input], &out, &["--noise", "low"]).ends_with(0);
    assert_holds(&out, &["Übung – 夜明け.png"]);
}

#[test]
fn quiet_prints_only_errors() {
    let (folder, input) = folder_with_picture("in.png");
    let output = restore(&[&input], folder.path().join("out.png"), &["--noise", "low", "--quiet"]).ends_with(0);
    assert_eq!((output.stdout(), output.stderr()), (String::new(), String::new()));
    let missing = folder.path().join("missing.png");
    let output = restore(&[&missing], folder.path().join("b.png"), &["--quiet"]).fails_with(&["missing.png"]);
    assert_eq!(output.stdout(), "");
}

#[test]
fn a_terminal_gets_a_progress_bar() {
    if Command::new("script").arg("--version").output().is_err() {
        skip::skip("the command `script` (Debian: bsdutils), which lends a terminal, is not here");
        return;
    }
    let (folder, input) = folder_with_picture("in.png");
    let (input, out) = (input.display(), folder.path().join("out.png"));
    let line = format!(
        "'{}' restore '{input}' -o '{}' --noise 25 --best --tile 128 --device cpu",
        env!("CARGO_BIN_EXE_redawn"),
        out.display()
    );
    let output = Command::new("script").args(["-qec", &line, "/dev/null"]).env("TERM", "xterm").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && text.contains(" %, "), "{text}");
}

// ---- Names.

#[test]
fn out_is_a_folder_for_several_inputs() {
    let (folder, first) = folder_with_picture("one.png");
    let second = folder.path().join("two.jpg");
    fs::write(folder.path().join("three.gif"), "").unwrap();
    picture(40, 40, 10.0).save(folder.path().join("three.gif")).unwrap();
    picture(40, 40, 10.0).save(&second).unwrap();
    let out = folder.path().join("made/for/them");
    let inputs = [first, second, folder.path().join("three.gif")];
    let output = restore(&inputs, &out, &["--noise", "low"]).ends_with(0);
    assert_holds(&out, &["one.png", "three.png", "two.jpg"]);
    assert!(output.stdout().lines().last().unwrap().contains("3 done"), "{}", output.stdout());
}

#[test]
fn existing_files_are_kept_skipped_or_replaced() {
    let (folder, input) = folder_with_picture("in.png");
    let out = folder.path().join("out.png");
    fs::write(&out, "mine").unwrap();

    let output = restore(&[&input], &out, &["--noise", "low", "--json"]).ends_with(0);
    assert_eq!(fs::read(&out).unwrap(), b"mine");
    let beside = folder.path().join("out (2).png");
    assert_eq!(output.events("done")[0]["output"], beside.to_str().unwrap());
    assert!(image::open(&beside).is_ok());

    let output = restore(&[&input], &out, &["--noise", "low", "--json", "--if-exists", "skip-any"]).ends_with(0);
    assert_eq!(fs::read(&out).unwrap(), b"mine");
    assert_eq!(output.events("skipped")[0]["output"], out.to_str().unwrap());
    assert_eq!(output.lines().last().unwrap()["skipped"], 1);
    assert!(output.events("progress").is_empty(), "a skipped photo costs no work");

    restore(&[&input], &out, &["--noise", "low", "--if-exists", "replace"]).ends_with(0);
    assert!(image::open(&out).is_ok());
    assert_holds(folder.path(), &["in.png", "out (2).png", "out.png"]);
}

/// A file that another run writes meanwhile is skipped too.
#[test]
fn a_file_written_meanwhile_is_skipped_too() {
    for side in [600, 1_200, 2_400] {
        let folder = tempfile::tempdir().unwrap();
        let (input, out) = (folder.path().join("in.png"), folder.path().join("results"));
        picture(side, side, 25.0).save(&input).unwrap();
        fs::create_dir(&out).unwrap();
        let mut run = program();
        run.arg("restore").arg(&input).arg("-o").arg(&out).args(["--noise", "25", "--device", "cpu", "--json"]);
        let mut run =
            run.args(["--if-exists", "skip-any"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // It has started to write, or has ended.
        while names_in(&out).is_empty() && run.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let taken = fs::File::create_new(out.join("in.png"));
        let output = Finished(run.wait_with_output().unwrap()).ends_with(0);
        if taken.is_ok() {
            assert_eq!(output.events("skipped")[0]["output"], out.join("in.png").to_str().unwrap());
            assert_eq!(output.lines().last().unwrap()["skipped"], 1);
            assert!(output.stderr().is_empty(), "{}", output.stderr());
            assert_holds(&out, &["in.png"]);
            return;
        }
    }
    panic!("the run was always faster");
}

/// A file size limit acts like a full disk.
#[cfg(unix)]
#[test]
fn a_file_size_limit_is_an_error_and_leaves_nothing() {
    let (folder, input) = folder_with_picture("in.png");
    picture(400, 400, 25.0).save(&input).unwrap();
    let script = "ulimit -f 16; exec \"$0\" restore \"$1\" -o \"$2\" --noise none --jpeg none --device cpu";
    for extension in ["png", "tif", "bmp", "jpg", "webp", "jxl", "avif"] {
        let out = folder.path().join(format!("out.{extension}"));
        let mut shell = Command::new("sh");
        shell.args(["-c", script, env!("CARGO_BIN_EXE_redawn")]).arg(&input).arg(&out);
        Finished(shell.output().unwrap()).fails_with(&[&format!("out.{extension}"), "no room for so large a file"]);
        assert_holds(folder.path(), &["in.png"]);
    }
}

// ---- Standard input and output.

pub(super) fn piped(arguments: &[&str], input: &[u8]) -> Finished {
    let mut command = program();
    let pipes = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A program that exits with an error may not read its input.
    let writer = std::thread::spawn(move || std::io::Write::write_all(&mut stdin, &input).is_ok());
    let output = Finished(child.wait_with_output().unwrap());
    writer.join().unwrap();
    output
}

const UNCHANGED: [&str; 6] = ["--noise", "none", "--jpeg", "none", "--device", "cpu"];

#[test]
fn a_photo_goes_from_standard_input_to_standard_output() {
    let (folder, input) = folder_with_picture("in.png");
    let bytes = fs::read(&input).unwrap();
    let before = image::load_from_memory(&bytes).unwrap().to_rgb8();
    let restored = |arguments: &[&str], input: &[u8]| {
        let output = piped(&[&["restore"], arguments, &UNCHANGED].concat(), input).ends_with(0);
        assert!(output.stderr().contains("standard output: "), "{}", output.stderr());
        let from = if arguments[0] == "-" { "standard input -> " } else { "in.png -> " };
        assert!(output.stderr().contains(from), "{}", output.stderr());
        output.0.stdout
    };
    // The format is that of the input, from a file or not, or as requested.
    for arguments in [["-", "-o", "-"], [input.to_str().unwrap(), "-o", "-"], ["-", "--output", "-"]] {
        let result = restored(&arguments, &bytes);
        assert_eq!(image::guess_format(&result).unwrap(), image::ImageFormat::Png);
        assert_eq!(image::load_from_memory(&result).unwrap().to_rgb8(), before);
    }
    let mut jpeg = Vec::new();
    DynamicImage::ImageRgb8(before.clone())
        .write_to(&mut std::io::Cursor::new(&mut jpeg), image::ImageFormat::Jpeg)
        .unwrap();
    assert_eq!(image::guess_format(&restored(&["-", "-o", "-"], &jpeg)).unwrap(), image::ImageFormat::Jpeg);
    for (format, bytes_of) in
        [("tif", &b"II*"[..]), ("tiff", b"II*"), ("webp", b"RIFF"), ("bmp", b"BM"), ("jpeg", b"\xFF\xD8")]
            .into_iter()
            .chain([("jxl", &b"\0\0\0\x0CJXL "[..]), ("avif", b"\0\0\0\x20ftypavif")])
    {
        let result = restored(&["-", "-o", "-", "--format", format], &bytes);
        assert!(result.starts_with(bytes_of), "{format}");
    }
    // In a folder it gets a default name, as a file that name.
    let out = folder.path().join("out");
    piped(&[&["restore", "-", "-o", out.to_str().unwrap()], &UNCHANGED[..]].concat(), &bytes).ends_with(0);
    assert_holds(&out, &["stdin.png"]);
    let out = folder.path().join("out.png");
    let output = piped(&[&["restore", "-", "-o", out.to_str().unwrap(), "--json"], &UNCHANGED[..]].concat(), &bytes);
    assert_eq!(output.ends_with(0).events("done")[0]["input"], "-");
    assert_eq!(rgb(out), before);
    let output = piped(&["estimate", "-"], &bytes).ends_with(0);
    assert!(output.stdout().starts_with("standard input: σ "), "{}", output.stdout());
    assert_holds(folder.path(), &["in.png", "out", "out.png"]);
}

/// Nothing tells whether other bytes are the same photo, changed, or another one.
#[test]
fn other_bytes_from_standard_input_do_not_replace_a_result() {
    let (folder, input) = folder_with_picture("in.png");
    let (out, records) = (folder.path().join("out.png"), folder.path().join("records"));
    let run = |bytes: &[u8]| {
        let options = ["--if-exists", "skip", "--records", records.to_str().unwrap(), "--json"];
        piped(&[&["restore", "-", "-o", out.to_str().unwrap()][..], &UNCHANGED, &options].concat(), bytes)
    };
    let bytes = fs::read(&input).unwrap();
    assert_eq!(run(&bytes).ends_with(0).events("done").len(), 1);
    assert_eq!(run(&bytes).ends_with(0).events("skipped").len(), 1);
    let mut other = Vec::new();
    DynamicImage::new_rgb8(9, 7).write_to(&mut std::io::Cursor::new(&mut other), image::ImageFormat::Png).unwrap();
    let error = run(&other).ends_with(1).stderr();
    assert!(error.contains("is the result of another picture from standard input"), "{error}");
    assert_eq!(rgb(out), rgb(input));
}

#[test]
fn standard_output_has_the_whole_picture_or_nothing() {
    let refused = |arguments: &[&str], input: &[u8], code: i32, words: &[&str]| {
        let output = piped(arguments, input).ends_with(code);
        assert!(output.0.stdout.is_empty(), "{arguments:?}");
        for word in words {
            assert!(output.stderr().contains(word), "{arguments:?}: {}", output.stderr());
        }
    };
    refused(&["restore", "-", "-o", "-"], b"", 1, &["standard input is empty"]);
    refused(&["restore", "-", "-o", "-"], b"no picture", 1, &["standard input is not a picture"]);
    refused(&["restore", "-", "-o", "-", "--quiet"], b"no picture", 1, &["standard input is not a picture"]);
    refused(&["restore", "-", "-o", "-", "--json"], b"", 2, &["--json"]);
    refused(&["restore", "-", "a.png", "-o", "-"], b"", 2, &["one photo"]);
    refused(&["restore", "-", "-", "-o", "out"], b"", 2, &["once"]);
    refused(&["restore", "-", "-o", "out.png", "--format", "jpg"], b"", 2, &["out.png", "--format"]);
    refused(&["restore", "-", "-o", "-", "--format", "gif"], b"", 2, &["--format"]);
}

#[test]
fn a_requested_format_applies_to_all_results() {
    let (folder, input) = folder_with_picture("in.png");
    let out = folder.path().join("out");
    restore(&[&input], &out, &["--noise", "none", "--jpeg", "none", "--format", "tif"]).ends_with(0);
    assert_holds(&out, &["in.tif"]);
}

/// A limit below the memory of the program itself is reported as such, without naming a file.
#[test]
fn too_low_a_memory_limit_is_reported() {
    let (folder, input) = folder_with_picture("in.png");
    let out = folder.path().join("out.png");
    for memory in ["1", "10M"] {
        let output = restore(&[&input], &out, &["--memory", memory]).fails_with(&["--memory", "itself"]);
        assert!(
            !output.stderr().contains("kB may be used") && !output.stderr().contains("in.png"),
            "{}",
            output.stderr()
        );
    }
    assert_holds(folder.path(), &["in.png"]);
}

#[test]
fn an_input_is_replaced_only_on_request() {
    let (folder, input) = folder_with_picture("in.png");
    let before = fs::read(&input).unwrap();
    restore(&[&input], folder.path(), &["--noise", "low"]).ends_with(0);
    assert_eq!(fs::read(&input).unwrap(), before);
    assert_holds(folder.path(), &["in (2).png", "in.png"]);
    restore(&[&input], folder.path(), &["--noise", "low", "--if-exists", "replace"]).ends_with(0);
    assert_ne!(fs::read(&input).unwrap(), before);
    assert_holds(folder.path(), &["in (2).png", "in.png"]);
}

#[test]
fn inputs_of_one_name_do_not_overwrite_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = ["a", "b"].map(|name| folder.path().join(name).join("x.png"));
    for (side, input) in [40, 56].into_iter().zip(&inputs) {
        fs::create_dir(input.parent().unwrap()).unwrap();
        picture(side, side, 10.0).save(input).unwrap();
    }
    let out = folder.path().join("out");
    for _ in 0..2 {
        restore(&inputs, &out, &["--noise", "low", "--if-exists", "replace"]).ends_with(0);
        assert_holds(&out, &["x (2).png", "x.png"]);
        assert_eq!(rgb(out.join("x.png")).width(), 40);
        assert_eq!(rgb(out.join("x (2).png")).width(), 56);
    }
}

// ---- Wrong usage, bad input.

#[test]
fn wrong_usage_ends_with_2_before_any_work() {
    let (folder, input) = folder_with_picture("in.png");
    let out = folder.path().join("out.png");
    let (input, out) = (input.to_str().unwrap(), out.to_str().unwrap());
    let fine = ["restore", input, "-o", out];
    for wrong in [
        &["--noise", "76"][..],
        &["--noise", "loud"],
        &["--noise", "-1"],
        &["--scale", "5"],
        &["--scale", "0"],
        &["--long-side", "0"],
        &["--long-side", "9", "--scale", "2"],
        &["--depth", "12"],
        &["--strength", "101"],
        &["--luminance", "101"],
        &["--colour", "none"],
        &["--quality", "0"],
        &["--quality", "101"],
        &["--tile", "0"],
        &["--if-exists", "ask"],
        &["--sharpen"],
    ] {
        let output = run(fine.iter().chain(wrong)).ends_with(2);
        assert!(output.stderr().contains(wrong[0]) && output.stdout().is_empty(), "{wrong:?}: {}", output.stderr());
    }
    run(["restore", input]).ends_with(2);
    run(["restore", "-o", out]).ends_with(2);
    run(["estimate"]).ends_with(2);
    run(["bench", "--size", "big"]).ends_with(2);
    let output = run(["restore", input, "-o", &format!("{out}.xyz")]).ends_with(2);
    assert!(output.stderr().contains("out.png.xyz") && output.stderr().contains(".png"), "{}", output.stderr());
    let output = run(["restore", input, input, "-o", input]).ends_with(2);
    assert!(output.stderr().contains("folder"), "{}", output.stderr());
    assert_holds(folder.path(), &["in.png"]);
}

#[test]
fn help_and_version_are_printed() {
    let output = run(["--help"]).ends_with(0);
    for word in ["restore", "devices", "estimate", "bench", "FILES"] {
        assert!(output.stdout().contains(word), "{word}");
    }
    let output = run(["restore", "--help"]).ends_with(0);
    for option in [
        "--noise",
        "--scale",
        "--long-side",
        "--depth",
        "--strength",
        "--luminance",
        "--colour",
        "--best",
        "--quality",
        "--device",
        "--tile",
        "--if-exists",
        "--keep-tree",
        "--shard",
        "--records",
        "--format",
        "- is standard input",
        "- for standard output",
        "Exit codes:",
        "JSON lines (--json):",
        "jpeg_from",
    ] {
        let words = output.stdout().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(option), "{option}");
    }
    assert!(run(["--version"]).ends_with(0).stdout().contains(env!("CARGO_PKG_VERSION")));
}

/// Bad files.
fn bad_files(folder: &Path) -> Vec<PathBuf> {
    let mut png = Vec::new();
    picture(64, 64, 25.0).write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png).unwrap();
    let files = [
        ("text.png", b"this is no picture".to_vec()),
        ("empty.png", Vec::new()),
        ("truncated.png", png[..png.len() / 2].to_vec()),
        ("lying.png", with_size_in_header(&png, 64, 60_000)),
        ("beyond-memory.png", with_size_in_header(&png, 2_000_000_000, 2_000_000_000)),
    ];
    files
        .into_iter()
        .map(|(name, bytes)| {
            let path = folder.join(name);
            fs::write(&path, bytes).unwrap();
            path
        })
        .collect()
}

/// A PNG with another size in its header than its data.
fn with_size_in_header(png: &[u8], width: u32, height: u32) -> Vec<u8> {
    // 8 bytes signature, 4 length, then the chunk: "IHDR", 13 bytes, checksum.
    let mut png = png.to_vec();
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let mut crc = u32::MAX;
    for byte in &png[12..29] {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    png[29..33].copy_from_slice(&(!crc).to_be_bytes());
    png
}

#[test]
fn each_bad_file_is_reported_and_leaves_no_result() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    for bad in bad_files(folder.path()) {
        let name = bad.file_name().unwrap().to_str().unwrap();
        let output = restore(&[&bad], &out, &["--json"]).fails_with(&[name]);
        let failed = &output.events("failed")[0];
        assert_eq!(failed["input"], bad.to_str().unwrap());
        assert!(failed["reason"].as_str().unwrap().len() > 20, "{failed}");
        assert_eq!(output.lines().last().unwrap()["failed"], 1);
        assert!(!out.exists(), "{name} left a folder behind");
    }
    let missing = folder.path().join("missing.png");
    restore(&[&missing], &out, &[]).fails_with(&["missing.png"]);
    restore(&[folder.path()], folder.path().join("a.png"), &[]).fails_with(&[folder.path().to_str().unwrap()]);
    assert!(!out.exists());
}

#[test]
fn other_photos_are_restored_after_a_failure() {
    let (folder, first) = folder_with_picture("first.png");
    let last = folder.path().join("last.png");
    fs::copy(&first, &last).unwrap();
    let mut inputs = bad_files(folder.path());
    let bad = inputs.len();
    inputs.insert(0, first);
    inputs.push(last);
    let out = folder.path().join("out");
    let output = restore(&inputs, &out, &["--noise", "low", "--json"]).fails_with(&["empty.png"]);
    assert_eq!((output.events("done").len(), output.events("failed").len()), (2, bad));
    let summary = output.lines().pop().unwrap();
    assert_eq!((&summary["done"], &summary["failed"]), (&Value::from(2), &Value::from(bad)));
    assert_holds(&out, &["first.png", "last.png"]);
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_and_a_read_only_folder_are_reported() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, input) = folder_with_picture("in.png");
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
    // Root ignores permissions, unless it drops that capability.
    let root = fs::write(closed.join("probe"), "").is_ok();
    let mut as_anybody = vec![OsStr::new(env!("CARGO_BIN_EXE_redawn"))];
    if root {
        fs::remove_file(closed.join("probe")).unwrap();
        as_anybody.splice(0..0, ["setpriv", "--inh-caps=-all", "--bounding-set=-all"].map(OsStr::new));
        if Command::new("setpriv").arg("--version").output().is_err() {
            return skip::skip("root may read and write everything, and `setpriv` (Debian: util-linux) is not here");
        }
    }
    let restore = |out: &Path| {
        let mut command = Command::new(as_anybody[0]);
        command.args(&as_anybody[1..]).arg("restore").arg(&input).arg("-o").arg(out);
        Finished(command.args(["--noise", "low", "--device", "cpu"]).output().unwrap())
    };
    for out in [closed.join("out.png"), closed.clone(), closed.join("deeper")] {
        restore(&out).fails_with(&["closed"]);
    }
    assert!(names_in(&closed).is_empty());
    fs::set_permissions(&input, fs::Permissions::from_mode(0o000)).unwrap();
    restore(&folder.path().join("out.png")).fails_with(&["in.png"]);
    assert_holds(folder.path(), &["closed", "in.png"]);
}

#[test]
fn a_missing_target_folder_is_reported() {
    let (folder, input) = folder_with_picture("in.png");
    let out = folder.path().join("no such folder/out.png");
    restore(&[&input], &out, &["--noise", "low"]).fails_with(&["no such folder"]);
    // A file has the name of the folder.
    restore(&[&input], input.join("out"), &["--noise", "low"]).fails_with(&["in.png"]);
    assert_holds(folder.path(), &["in.png"]);
}

/// A file size limit stands for a disk that fills up early in the run.
#[cfg(unix)]
#[test]
fn a_full_disk_ends_the_run_early() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.png");
    picture(900, 2400, 25.0).save(&input).unwrap();
    for out in ["out.png", "out.tif", "out.jpg", "out.webp", "out.jxl", "out.avif"] {
        let mut limited = Command::new("timeout");
        limited.args(["-s", "KILL", "120", "sh", "-c", "trap '' XFSZ; ulimit -f 200; exec \"$@\"", "sh"]);
        limited.arg(env!("CARGO_BIN_EXE_redawn")).arg("restore").arg(&input).arg("-o").arg(folder.path().join(out));
        limited.args(["--noise", "25", "--strength", "50", "--device", "cpu"]);
        Finished(limited.output().unwrap()).fails_with(&[out, "so large a file"]);
        assert_holds(folder.path(), &["in.png"]);
    }
}

#[test]
fn an_unknown_device_is_reported_once_with_the_known_ones() {
    let (folder, input) = folder_with_picture("in.png");
    let out = folder.path().join("out");
    let output = restore(&[&input, &input], &out, &["--json", "--device", "Voodoo 2"]);
    let output = output.fails_with(&["Voodoo 2", "redawn devices", "CPU"]);
    assert_eq!(output.stderr().lines().count(), 1);
    assert_eq!(output.events("failed").len(), 2);
    assert_eq!(output.lines().last().unwrap()["failed"], 2);
    run(["bench", "--device", "Voodoo 2"]).fails_with(&["Voodoo 2"]);
    assert_holds(folder.path(), &["in.png"]);
}

#[test]
fn a_size_that_the_format_does_not_support_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    for (width, out) in [(4_100, "out.webp"), (16_400, "out.jpg"), (16_400, "out.avif")] {
        let input = folder.path().join("wide.png");
        picture(width, 2, 10.0).save(&input).unwrap();
        let output = restore(&[&input], folder.path().join(out), &["--scale", "4", "--json"]);
        let output = output.fails_with(&["wide.png", out]);
        assert!(output.events("progress").is_empty());
        assert_holds(folder.path(), &["wide.png"]);
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_no_unfinished_file() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.png");
    picture(1200, 900, 25.0).save(&input).unwrap();
    let out = folder.path().join("out");
    for signal in ["-INT", "-TERM"] {
        let mut child = program()
            .args(["restore", "--best", "--noise", "25", "--tile", "128", "--device", "cpu", "--json", "-o"])
            .args([&out, &input, &input])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        lines.find(|line| line.contains("\"progress\"")).expect("no progress");
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let rest: Vec<Value> = lines.map(|line| serde_json::from_str(&line).unwrap()).collect();
        let status = child.wait().unwrap();
        assert_eq!(status.code(), Some(130), "{rest:?}");
        let summary = rest.last().unwrap();
        assert_eq!((&summary["event"], &summary["cancelled"]), (&Value::from("summary"), &Value::from(2)));
        assert_holds(folder.path(), &["in.png"]);
    }
}

// ---- The other commands.

#[test]
fn devices_marks_the_one_that_auto_selects() {
    let lines = run(["devices", "--json"]).ends_with(0).lines();
    for line in &lines {
        assert!(line["name"].is_string() && line["kind"].is_string() && line["driver"].is_string(), "{line}");
    }
    assert_eq!(lines.last().unwrap()["kind"], "cpu");
    assert!(lines.last().unwrap()["megapixels_per_second"].as_f64().unwrap() > 0.0);
    let picked: Vec<&Value> = lines.iter().filter(|line| line["auto"] == true).collect();
    assert_eq!(picked.len(), 1, "{lines:?}");
    assert!(picked[0]["reason"].as_str().unwrap().len() > 10);
    assert_ne!(picked[0]["kind"], "software");

    let text = run(["devices"]).ends_with(0).stdout();
    for line in &lines {
        assert!(text.contains(line["name"].as_str().unwrap()), "{text}");
    }
    assert!(text.contains("auto selects") && text.contains(" MP/s"), "{text}");
}

#[test]
fn devices_prints_nothing_else_without_a_desktop() {
    for folder in [None, Some("")] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_redawn"));
        command.arg("devices").env_remove("XDG_RUNTIME_DIR").envs(folder.map(|folder| ("XDG_RUNTIME_DIR", folder)));
        let output = command.output().unwrap();
        assert!(output.status.success());
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
}

#[test]
fn a_closed_pipe_is_no_panic() {
    let (folder, input) = folder_with_picture("in.png");
    let out = folder.path().join("out.png");
    let (input, out) = (input.to_str().unwrap(), out.to_str().unwrap());
    for args in [
        &["devices"][..],
        &["estimate", input],
        &["restore", input, "-o", out, "--noise", "low", "--device", "cpu", "--json"],
    ] {
        let mut child = program().args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = Finished(child.wait_with_output().unwrap()).ends_with(0);
        assert_eq!(output.stderr(), "", "{args:?}");
    }
    assert_holds(folder.path(), &["in.png", "out.png"]);
}

#[test]
fn eval_agrees_with_pytorch_and_scikit_image() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let cases: Vec<serde_json::Value> =
        serde_json::from_slice(&std::fs::read(golden.join("eval.json")).unwrap()).unwrap();
    assert!(cases.len() >= 4);
    for case in cases {
        let network = golden.join(format!("{}.safetensors", case["network"].as_str().unwrap()));
        let pictures = golden.join("pictures");
        let mut options = vec!["eval", pictures.to_str().unwrap()];
        options.extend(case["options"].as_array().unwrap().iter().map(|option| option.as_str().unwrap()));
        options.extend(["--model", network.to_str().unwrap(), "--device", "cpu", "--json"]);
        let lines = run(options).ends_with(0).lines();
        for (picture, theirs) in case["pictures"].as_object().unwrap() {
            let ours = lines.iter().find(|line| line["picture"] == *picture).unwrap();
            for when in ["before", "after"] {
                for (measure, within) in [("psnr", 0.01), ("ssim", 1e-4)] {
                    let [ours, theirs] = [ours, theirs].map(|of| of[when][measure].as_f64().unwrap());
                    assert!((ours - theirs).abs() < within, "{case}: {picture} {when} {measure} {ours}");
                }
            }
        }
    }
}

#[test]
fn eval_measures_a_network_on_known_damage() {
    let folder = tempfile::tempdir().unwrap();
    let sample = image::open(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/sample-clean.png")).unwrap();
    for (x, name) in [(300, "a.png"), (420, "b.png")] {
        sample.crop_imm(x, 180, 120, 101).save(folder.path().join(name)).unwrap();
    }
    fs::write(folder.path().join(".hidden"), "no picture").unwrap();
    let dir = folder.path().to_str().unwrap();
    let eval =
        |options: &[&str]| run([&["eval", dir, "--device", "cpu", "--json"], options].concat()).ends_with(0).lines();
    let psnr = |line: &Value, when: &str| line[when]["psnr"].as_f64().unwrap();
    for options in [&["--noise", "25"][..], &["--noise", "25", "--grey"], &["--scale", "3"]] {
        let lines = eval(options);
        let names: Vec<_> = lines.iter().map(|line| line["picture"].as_str().unwrap()).collect();
        assert_eq!(names, ["a.png", "b.png", "mean"]);
        assert!(lines.iter().all(|line| psnr(line, "after") > psnr(line, "before")), "{options:?} {lines:?}");
        assert!((psnr(&lines[2], "after") - (psnr(&lines[0], "after") + psnr(&lines[1], "after")) / 2.0).abs() < 1e-9);
    }
    // Noise of σ 25 alone is 20·log10(255 / 25) = 20.17 dB, and is the same for the same seed.
    let noisy = eval(&["--noise", "25"]);
    assert!((psnr(&noisy[2], "before") - 20.17).abs() < 0.1, "{noisy:?}");
    assert_eq!(noisy, eval(&["--noise", "25", "--seed", "0"]));
    assert_ne!(noisy, eval(&["--noise", "25", "--seed", "1"]));

    let other = run(["eval", dir, "--noise", "25", "--device", "cpu", "--model", "enlarge-red10"]);
    other.fails_with(&["enlarge-red10", "another task"]);
    run(["eval", "no such folder", "--noise", "25"]).fails_with(&["no such folder"]);
    run(["eval", dir]).ends_with(2);
}

#[test]
fn estimates_are_near_the_added_noise() {
    let folder = tempfile::tempdir().unwrap();
    let inputs: Vec<PathBuf> = [0.0, 10.0, 40.0]
        .into_iter()
        .map(|sigma| {
            let path = folder.path().join(format!("{sigma}.png"));
            picture(256, 192, sigma).save(&path).unwrap();
            path
        })
        .collect();
    let command = |json: &[&str]| {
        run([OsStr::new("estimate")]
            .into_iter()
            .chain(inputs.iter().map(|path| path.as_os_str()))
            .chain(json.iter().map(OsStr::new)))
    };
    let lines = command(&["--json"]).ends_with(0).lines();
    for (line, (input, sigma)) in lines.iter().zip(inputs.iter().zip([0.0, 10.0, 40.0])) {
        assert_eq!(line["input"], input.to_str().unwrap());
        assert_eq!(line["clean"], sigma == 0.0, "{line}");
        let estimated = line["sigma"].as_f64().unwrap();
        assert!((estimated - sigma).abs() < 1.5 + sigma * 0.15, "σ {sigma} estimated as {estimated}");
    }
    assert_eq!(lines.len(), 3);
    let text = command(&[]).ends_with(0).stdout();
    assert!(text.contains("0.png: σ") && text.contains("(clean)") && text.contains("(low)"), "{text}");
}

#[test]
fn estimate_continues_after_a_bad_file() {
    let (folder, good) = folder_with_picture("good.png");
    let bad = folder.path().join("bad.png");
    fs::write(&bad, "no picture").unwrap();
    let output = run([OsStr::new("estimate"), bad.as_os_str(), good.as_os_str(), OsStr::new("--json")]);
    let output = output.fails_with(&["bad.png"]);
    let lines = output.lines();
    assert!(lines[0]["error"].is_string() && lines[1]["sigma"].is_number(), "{lines:?}");
}

#[test]
fn bench_prints_one_json_object() {
    for model in ["denoise-red20", concat!(env!("CARGO_MANIFEST_DIR"), "/models/enlarge-red10.safetensors")] {
        let output = run(["bench", "--device", "cpu", "--size", "96x64", "--runs", "2", "--json", "--model", model]);
        let result = output.ends_with(0).lines().pop().unwrap();
        for number in ["seconds", "megapixels_per_second", "gflops"] {
            assert!(result[number].as_f64().unwrap() > 0.0, "{result}");
        }
        let megapixels = 96.0 * 64.0 / 1e6;
        let speed = megapixels / result["seconds"].as_f64().unwrap();
        assert!((result["megapixels_per_second"].as_f64().unwrap() / speed - 1.0).abs() < 1e-3, "{result}");
        assert!(result["device"].as_str().unwrap().contains("CPU"), "{result}");
        assert!(model.contains(result["model"].as_str().unwrap()), "{result}");
        assert!(result["peak_memory_bytes"].is_u64() || !cfg!(target_os = "linux"), "{result}");
    }
    let output = run(["bench", "--device", "cpu", "--size", "64x64", "--runs", "1"]).ends_with(0);
    assert!(output.stdout().contains("GFLOP/s"), "{}", output.stdout());
    run(["bench", "--model", "no-such-model"]).fails_with(&["no-such-model", "denoise-red20"]);
}

// ---- Scratches.

/// A folder with `in.png`, a noisy picture, and `mask.png`, a line on it.
fn folder_with_mask() -> (TempDir, PathBuf, PathBuf) {
    let (folder, input) = folder_with_picture("in.png");
    let mask = folder.path().join("mask.png");
    mask_of(72, 48, |x, y| x.abs_diff(y) < 2).save(&mask).unwrap();
    (folder, input, mask)
}

fn mask_of(width: u32, height: u32, is_marked: impl Fn(u32, u32) -> bool) -> image::GrayImage {
    image::GrayImage::from_fn(width, height, |x, y| Luma([if is_marked(x, y) { 255 } else { 0 }]))
}

const ONLY_REPAIR: [&str; 4] = ["--noise", "none", "--jpeg", "none"];

#[test]
fn a_mask_says_what_to_fill() {
    let (folder, input, mask) = folder_with_mask();
    let out = folder.path().join("out.png");
    let options = [&ONLY_REPAIR[..], &["--repair", mask.to_str().unwrap(), "--json"]].concat();
    let run = restore(&[&input], &out, &options).ends_with(0);
    let done = &run.events("done")[0];
    assert_eq!((done["marks"].as_u64(), done["mask"].as_str()), (Some(1), None));
    let share = f64::from((0..72 * 48).filter(|at| (at % 72_u32).abs_diff(at / 72) < 2).count() as u32) / (72.0 * 48.0);
    assert!((done["marked"].as_f64().unwrap() - share).abs() < 1e-9, "{done}");
    let (before, after) = (rgb(&input), rgb(&out));
    let mut changed = 0;
    for (x, y, pixel) in after.enumerate_pixels() {
        match x.abs_diff(y) {
            0..2 => changed += usize::from(before.get_pixel(x, y) != pixel),
            // Within 2 px along the axes.
            2..6 => {}
            _ => assert_eq!(before.get_pixel(x, y), pixel, "{x}, {y}"),
        }
    }
    assert!(changed > 100, "{changed}");
    let file = fs::read(&out).unwrap();
    assert!(file.windows(13).any(|part| part == b"--repair MASK"), "the history has it");

    // One mask in a folder for each input.
    let masks = folder.path().join("masks");
    fs::create_dir(&masks).unwrap();
    let second = folder.path().join("second.png");
    picture(30, 40, 5.0).save(&second).unwrap();
    mask_of(72, 48, |x, y| x.abs_diff(y) < 2).save(masks.join("in.png")).unwrap();
    let results = folder.path().join("results");
    let options = [&ONLY_REPAIR[..], &["--repair", masks.to_str().unwrap()]].concat();
    restore(&[&input, &second], &results, &options).fails_with(&["no mask for", "second.png"]);
    assert!(!results.exists());
    // Nothing is marked.
    mask_of(30, 40, |_, _| false).save(masks.join("second.bmp")).unwrap();
    restore(&[&input, &second], &results, &options).ends_with(0);
    assert_eq!(rgb(results.join("in.png")), after);
    assert_eq!(rgb(results.join("second.png")), rgb(&second));
}

#[test]
fn bad_masks_are_refused_and_leave_nothing() {
    let (folder, input, _) = folder_with_mask();
    let out = folder.path().join("out.png");
    let at = |name: &str| folder.path().join(name);
    mask_of(72, 48, |_, _| true).save(at("white.png")).unwrap();
    mask_of(72, 48, |_, _| false).save(at("black.png")).unwrap();
    mask_of(70, 48, |x, _| x == 9).save(at("narrow.png")).unwrap();
    fs::write(at("text.png"), "no picture").unwrap();
    fs::write(at("empty.png"), "").unwrap();
    let names = names_in(folder.path());
    for (mask, words) in [
        ("white.png", &["white.png", "all of the photo is marked"][..]),
        ("black.png", &["black.png", "black everywhere"]),
        ("narrow.png", &["narrow.png", "70 × 48 px", "72 × 48 px", "same size"]),
        ("text.png", &["text.png", "not a picture"]),
        ("empty.png", &["empty.png", "0 bytes"]),
        ("missing.png", &["missing.png", "no file"]),
    ] {
        restore(&[&input], &out, &["--repair", at(mask).to_str().unwrap()]).fails_with(words);
        assert_eq!(names_in(folder.path()), names, "{mask}");
    }
    let large = at("large.png");
    picture(300, 200, 3.0).save(&large).unwrap();
    mask_of(300, 200, |x, y| x.abs_diff(150) < 70 && y.abs_diff(100) < 70).save(at("wide.png")).unwrap();
    for dry in [&[][..], &["--dry-run"]] {
        restore(&[&large], &out, &[&["--repair", at("wide.png").to_str().unwrap()][..], dry].concat())
            .fails_with(&["wide.png", "column ", "too wide"]);
    }
    assert!(!out.exists());
}

#[test]
fn marks_are_found_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.png");
    let mut scratched = picture(160, 120, 0.0).to_rgb8();
    for y in 0..120 {
        for x in 0..2 {
            scratched.put_pixel(70 + x + y / 8, y, Rgb([250, 250, 250]));
        }
    }
    scratched.save(&input).unwrap();
    let mask = folder.path().join("marks.png");
    let mask_name = mask.to_str().unwrap();
    let marked = |sensitivity: &str| {
        let input = input.to_str().unwrap();
        let options = ["--repair-only-mask", "--if-exists", "replace", "--device", "cpu", "--json"];
        let what = ["restore", input, "--repair", sensitivity, "--save-mask", mask_name];
        run([&what[..], &options].concat()).ends_with(0)
    };
    let has_marks = |found: &Finished| found.events("done")[0]["marks"].as_u64() > Some(0);
    // Whichever sensitivity finds the line, or parts of it.
    let sensitivities = ["medium", "60", "high", "90", "40", "low"];
    let found = sensitivities.map(|sensitivity| (sensitivity, marked(sensitivity)));
    let (sensitivity, _) = found.iter().find(|(_, found)| has_marks(found)).expect("marks");
    let found = marked(sensitivity);
    assert_holds(folder.path(), &["in.png", "marks.png"]);
    let (start, done) = (&found.events("start")[0], &found.events("done")[0]);
    assert_eq!((start["output"].as_str(), done["mask"].as_str()), (Some(mask_name), Some(mask_name)));
    assert!(found.events("progress").iter().any(|line| line["stage"] == "finding"));
    let marks = image::open(&mask).unwrap();
    assert!(matches!(marks, DynamicImage::ImageLuma8(_)), "grey, 8 bits");
    let marks = marks.to_luma8();
    // Grey: found, not painted.
    let grey = marks.pixels().filter(|pixel| pixel[0] == 191).count();
    assert_eq!(grey + marks.pixels().filter(|pixel| pixel[0] == 0).count(), 160 * 120);
    assert!((done["marked"].as_f64().unwrap() - grey as f64 / (160.0 * 120.0)).abs() < 1e-9);
    assert!(grey > 3, "{done}");

    // What is written is what is filled.
    let [direct, by_mask] = ["direct.png", "by-mask.png"].map(|name| folder.path().join(name));
    let options =
        [&ONLY_REPAIR[..], &["--repair", sensitivity, "--save-mask", mask_name, "--if-exists", "replace"]].concat();
    let text = restore(&[&input], &direct, &options).ends_with(0).stdout();
    assert!(text.contains("repaired (") && text.contains("% of the picture"), "{text}");
    restore(&[&input], &by_mask, &[&ONLY_REPAIR[..], &["--repair", mask_name]].concat()).ends_with(0);
    assert_eq!(rgb(&direct), rgb(&by_mask));
    assert!(rgb(&direct) != scratched);
    assert_eq!(image::open(&mask).unwrap().to_luma8(), marks);

    // The time of finding marks counts in a dry run.
    let dry_seconds = |repair: &str| {
        let options = ["--repair-only-mask", "--save-mask", mask_name, "--device", "cpu", "--dry-run", "--json"];
        let plan = run([&["restore", input.to_str().unwrap(), "--repair", repair][..], &options].concat());
        plan.ends_with(0).lines().pop().unwrap()["seconds"].as_f64().unwrap()
    };
    // The fastest of three: other programs only slow it down.
    let fastest = |repair| (0..3).map(|_| dry_seconds(repair)).fold(f64::INFINITY, f64::min);
    let [finding, given] = [sensitivity, mask_name].map(fastest);
    assert!(finding > 3.0 * given, "{finding} s, {given} s");

    // A photo without a result leaves the masks as they are.
    let folders = ["results", "masks"].map(|name| folder.path().join(name));
    let [results, masks] = &folders;
    fs::create_dir_all(results.join("in.png")).unwrap();
    fs::create_dir(masks).unwrap();
    fs::write(masks.join("in.png"), "earlier").unwrap();
    let masks_name = masks.to_str().unwrap();
    let blocked = ["--repair", mask_name, "--save-mask", masks_name, "--if-exists", "replace"];
    restore(&[&input], results, &[&ONLY_REPAIR[..], &blocked].concat()).fails_with(&["in.png"]);
    assert_eq!(fs::read(masks.join("in.png")).unwrap(), b"earlier");

    // Never over an input or a result.
    let own = ["--repair", "low", "--save-mask", input.to_str().unwrap(), "--if-exists", "replace"];
    restore(&[&input], &by_mask, &own).fails_with(&["--save-mask", "over the input"]);
    let same = ["--repair", "low", "--save-mask", by_mask.to_str().unwrap()];
    restore(&[&input], &by_mask, &same).fails_with(&["--save-mask and -o"]);
    let respelled = folder.path().join("masks/..").join("by-mask.png");
    let same = ["--repair", "low", "--save-mask", respelled.to_str().unwrap(), "--if-exists", "replace"];
    restore(&[&input], &by_mask, &same).fails_with(&["--save-mask and -o"]);
    restore(&[&input], &by_mask, &["--save-mask", mask_name]).ends_with(2);
    restore(&[&input], &by_mask, &["--repair", "low", "--repair-only-mask"]).ends_with(2);
    let jpeg = ["--repair", "low", "--save-mask", "marks.jpg"];
    restore(&[&input], &by_mask, &jpeg).fails_with(&["PNG"]);
}

/// White that is damage is written grey, and filled like grey; other white stays hidden.
#[test]
fn damage_in_a_mask_is_not_hidden() {
    let folder = tempfile::tempdir().unwrap();
    let [input, white, told, direct, again] =
        ["in.png", "white.png", "told.png", "direct.png", "again.png"].map(|name| folder.path().join(name));
    let is_scratch = |x: u32, y: u32| (70 + y / 8..74 + y / 8).contains(&x);
    let is_other = |x: u32, y: u32| (20..40).contains(&x) && (40..60).contains(&y);
    let mut scratched = picture(160, 120, 0.0).to_rgb8();
    for (x, y, pixel) in scratched.enumerate_pixels_mut().filter(|(x, y, _)| is_scratch(*x, *y)) {
        *pixel = Rgb([250, 250, 250 - ((x + y) % 2) as u8]);
    }
    scratched.save(&input).unwrap();
    mask_of(160, 120, |x, y| is_scratch(x, y) || is_other(x, y)).save(&white).unwrap();
    let mask = |path: &Path| path.to_str().unwrap().to_owned();
    let (white, told_name) = (mask(&white), mask(&told));
    let options = [&ONLY_REPAIR[..], &["--repair", &white, "--save-mask", &told_name]].concat();
    restore(&[&input], &direct, &options).ends_with(0);
    let written = image::open(&told).unwrap().to_luma8();
    for (x, y, pixel) in written.enumerate_pixels() {
        let expected = match (is_scratch(x, y), is_other(x, y)) {
            (true, _) => 191,
            (_, true) => 255,
            _ => 0,
        };
        assert_eq!(pixel[0], expected, "{x}, {y}");
    }
    restore(&[&input], &again, &[&ONLY_REPAIR[..], &["--repair", &told_name]].concat()).ends_with(0);
    assert_eq!(rgb(&direct), rgb(&again));
    // The same without that file, and of the first of two pages.
    let [without, pages, of_pages] = ["without.png", "pages.tif", "of-pages.tif"].map(|name| folder.path().join(name));
    let samples = scratched.iter().map(|value| u16::from(*value)).collect();
    let page = Page { size: (160, 120), bits: 8, photometric: 2, samples, description: "", dpi: 72, subfile: 0 };
    fs::write(&pages, Layout { big_endian: false, wide: false }.file(&[page.clone(), page]).0).unwrap();
    for (input, out) in [(&input, &without), (&pages, &of_pages)] {
        restore(&[input], out, &[&ONLY_REPAIR[..], &["--repair", &white]].concat()).ends_with(0);
        let pixels = [&direct, out].map(|path| open(path).unwrap().photo.pixels);
        assert_eq!(pixels[0], pixels[1]);
    }
}

/// A stained print: a hole that shows the paper, and a stain through which the picture shows, as wide.
#[test]
fn wide_holes_are_left_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    let [input, mask, out, again] = ["in.png", "mask.png", "out.png", "again.png"].map(|name| folder.path().join(name));
    let is_near =
        |x: u32, y: u32, column: u32, radius: u32| x.abs_diff(column).pow(2) + y.abs_diff(130).pow(2) <= radius.pow(2);
    let mut stained = picture(440, 260, 2.0).to_rgb8();
    for (x, y, pixel) in stained.enumerate_pixels_mut() {
        let paper = [250, 248, 240].map(|value: u8| value - 3 * (pixel[0] % 5));
        if (x / 30 + y / 30) % 3 == 0 && (x + y) % 8 < 4 {
            *pixel = Rgb(pixel.0.map(|value| value / 2));
        }
        match (is_near(x, y, 110, 90), is_near(x, y, 330, 90)) {
            (true, _) => *pixel = Rgb(paper),
            (_, true) => *pixel = Rgb(pixel.0.map(|value| value / 2 + 120)),
            _ => {}
        }
    }
    stained.save(&input).unwrap();
    let marked = mask_of(440, 260, |x, y| is_near(x, y, 110, 92) || is_near(x, y, 330, 92));
    image::GrayImage::from_fn(440, 260, |x, y| Luma([marked.get_pixel(x, y)[0] / 255 * 190])).save(&mask).unwrap();
    let options = [&ONLY_REPAIR[..], &["--repair", mask.to_str().unwrap()]].concat();
    let said = restore(&[&input], &out, &options).ends_with(0).stdout();
    assert!(said.contains("1 mark, ") && said.contains(", 1 hole left, which is too wide to be filled"), "{said}");
    let (before, after) = (rgb(&input), rgb(&out));
    let changed = |column: u32, radius: u32| {
        let px = before.enumerate_pixels().filter(|(x, y, _)| is_near(*x, *y, column, radius));
        px.filter(|(x, y, px)| after.get_pixel(*x, *y) != *px).count()
    };
    assert_eq!(changed(110, 98), 0, "neither the hole nor what is around it");
    assert!(changed(330, 90) > 25_000);
    let done = restore(&[&input], &again, &[&options[..], &["--json"]].concat()).ends_with(0).events("done");
    assert_eq!((done[0]["marks"].as_u64(), done[0]["too_wide"].as_u64()), (Some(1), Some(1)));
}

#[test]
fn eval_measures_what_is_filled() {
    let folder = tempfile::tempdir().unwrap();
    let [clean, masks] = ["clean", "masks"].map(|name| folder.path().join(name));
    fs::create_dir(&clean).unwrap();
    fs::create_dir(&masks).unwrap();
    let sample = image::open(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/sample-clean.png")).unwrap();
    for (x, name) in [(300, "a.png"), (420, "b.png")] {
        sample.crop_imm(x, 180, 120, 101).save(clean.join(name)).unwrap();
        mask_of(120, 101, |x, y| x.abs_diff(y) < 2).save(masks.join(name)).unwrap();
    }
    let [clean, masks] = [&clean, &masks].map(|path| path.to_str().unwrap());
    let lines = run(["eval", clean, "--repair", masks, "--device", "cpu", "--json"]).ends_with(0).lines();
    assert_eq!(lines.len(), 3);
    let value = |line: &Value, of: &str| line["inside"][of].as_f64().unwrap();
    for line in &lines {
        let (before, after) = (value(line, "before"), value(line, "after"));
        assert!(after > before + 6.0 && value(line, "classical") > before, "{line}");
        // The whole differs inside and next to it only.
        assert!(line["after"]["psnr"].as_f64().unwrap() > after);
    }
    assert!((value(&lines[2], "after") - (value(&lines[0], "after") + value(&lines[1], "after")) / 2.0).abs() < 1e-9);
    run(["eval", clean, "--repair", "no such folder"]).fails_with(&["no such folder"]);
    run(["eval", clean, "--repair", masks, "--noise", "5"]).ends_with(2);
}
