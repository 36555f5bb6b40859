//! Changing the strength of a result: without another run, the view equals the saved file, which equals that of the
//! command line.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use egui::{ColorImage, ImageData, TexturesDelta, accesskit::Role, vec2};
use egui_kittest::{Harness, TestRenderer, kittest::Queryable};
use redawn::{
    desktop::{Dialogs, PathScanner},
    engine::{self, RestorerFactory, fake},
    imaging::{self, Depth, Photo, Rows, SaveOptions},
    pixels::{Planes, Rect, Size},
    restore::{
        BeforeImage, Blended, Buffering, Mask, NoFollower, Noise, NoiseEstimate, Order, Recipe, Scale, Strength,
        restore, restore_rows,
    },
    state::Session,
    window::{RedawnApp, Startup},
    worker::Worker,
};

use crate::support::{
    desk::bring_into_view,
    photos::{Random, photo_with},
};

const PATIENCE: Duration = Duration::from_secs(60);

/// A photo with structure and noise in every channel.
fn photo(size: Size, channels: usize, alpha: bool) -> Photo {
    let mut random = Random(7);
    let value = |random: &mut Random, at: usize| 0.2 + (at % 23) as f32 / 40.0 + 0.1 * random.normal();
    let colours = Planes::new(channels, size, (0..channels * size.area()).map(|at| value(&mut random, at)).collect());
    let fade = |at: usize| if at % 11 < 2 { 0.0 } else { 0.5 + (at % 11) as f32 / 20.0 };
    let alpha = alpha.then(|| Planes::new(1, size, (0..size.area()).map(fade).collect()));
    photo_with(&colours, alpha.as_ref(), Depth::Eight)
}

fn order(photo: &Photo, recipe: Recipe) -> Order {
    Order::new(Arc::new(photo.clone()), NoiseEstimate::none(), recipe)
}

/// A full result blended at the strength of a recipe.
fn blended(photo: &Arc<Photo>, result: &Arc<Photo>, recipe: Recipe) -> Blended {
    let (weights, mask) = (recipe.strength.weights().into(), Mask::default());
    Blended::new(photo.clone(), result.clone(), weights, recipe, mask)
}

/// A file written row by row equals the blend of the result in memory at full strength.
#[test]
fn a_file_at_a_strength_is_the_blended_full_result() {
    let mut open = fake::opener(Duration::ZERO);
    let strengths = [
        Strength::FULL,
        Strength::of(0.6),
        Strength { luminance: 0.25, ..Strength::FULL },
        Strength { overall: 0.8, luminance: 0.9, colour: 0.0 },
        Strength::of(0.0),
    ];
    for (channels, alpha) in [(3, false), (3, true), (1, false), (1, true)] {
        let photo = Arc::new(photo(Size::new(75, 141), channels, alpha));
        for (noise, scale) in [(25.0, Scale::X1), (25.0, Scale::X2), (0.0, Scale::X3)] {
            let recipe = Recipe { noise: Noise::Sigma(noise), scale, ..Recipe::default() };
            let (full, _) = restore(&order(&photo, recipe), &mut open, &mut NoFollower).expect("restored");
            let full = Arc::new(full);
            for strength in strengths {
                let recipe = Recipe { strength, ..recipe };
                let mut saved = Vec::new();
                let outcome = restore_rows(
                    &order(&photo, recipe),
                    Buffering::Bands,
                    &mut open,
                    &mut None,
                    &mut NoFollower,
                    &mut |band| {
                        saved.push(band);
                        true
                    },
                );
                outcome.expect("restored");
                let result = blended(&photo, &full, recipe);
                let case = format!("{channels} {alpha} {recipe:?}");
                assert_eq!(result.head().metadata, order(&photo, recipe).head().metadata, "{case}");
                let mut y = 0;
                for band in &saved {
                    let rect = Rect::new(0, y, band.size().width, band.size().height);
                    assert_eq!(result.part(rect), *band, "{case} at {y}");
                    y += rect.height;
                }
                let mut rows = result.rows();
                let mut y = 0;
                while let Some(band) = rows.next() {
                    let rect = Rect::new(0, y, band.size().width, band.size().height);
                    assert_eq!(result.part(rect), band, "{case} at {y}");
                    y += rect.height;
                }
                assert_eq!(y, result.size().height);
            }
        }
    }
}

/// At strength 0 the result is the enlarged photo, and no network is opened.
#[test]
fn strength_0_opens_no_network() {
    let mut none: RestorerFactory = Box::new(|_, _, task, _| panic!("opened for {task:?}"));
    let photo = photo(Size::new(40, 31), 3, false);
    for scale in Scale::WHOLE {
        let (noise, strength) = (Noise::Sigma(25.0), Strength::of(0.0));
        let order = order(&photo, Recipe { noise, scale, strength, ..Recipe::default() });
        let (result, outcome) = restore(&order, &mut none, &mut NoFollower).expect("restored");
        assert_eq!((result.size(), outcome.device), (scale.size_of(photo.size()), None));
        let expected = imaging::resize_bicubic(&photo.colours(), result.size());
        let is_near = |(a, b): (&f32, &f32)| (a - b.clamp(0.0, 1.0)).abs() <= 0.501 / 255.0;
        assert!(result.colours().data().iter().zip(expected.data()).all(is_near), "{scale:?}");
        let history = result.metadata.history;
        assert_eq!(history.is_some(), scale != Scale::X1, "{history:?}");
    }
}

/// The blend equals the formula, from the restored picture and the original, within half a level (rounding).
#[test]
fn a_blend_equals_the_formula_at_every_scale() {
    let mut open = fake::opener(Duration::ZERO);
    let photo = Arc::new(photo(Size::new(40, 31), 3, false));
    for scale in [Scale::X1, Scale::X2] {
        let recipe = Recipe { noise: Noise::Sigma(25.0), scale, ..Recipe::default() };
        let full = Arc::new(restore(&order(&photo, recipe), &mut open, &mut NoFollower).expect("restored").0);
        let size = full.size();
        let (after, before) = (full.colours(), imaging::resize_bicubic(&photo.colours(), size));
        for strength in [Strength::of(0.3), Strength { overall: 0.9, luminance: 0.2, colour: 0.7 }] {
            let result = blended(&photo, &full, Recipe { strength, ..recipe });
            let shown = result.part(size.rect()).colours_in(size.rect());
            let (l, c) = (strength.luminance_weight(), strength.colour_weight());
            for at in 0..size.area() {
                let d = [0, 1, 2].map(|channel| after.plane(channel)[at] - before.plane(channel)[at]);
                let y = 0.299 * d[0] + 0.587 * d[1] + 0.114 * d[2];
                for (channel, d) in d.into_iter().enumerate() {
                    let expected = (before.plane(channel)[at] + c * d + (l - c) * y).clamp(0.0, 1.0);
                    let off = 255.0 * (shown.plane(channel)[at] - expected).abs();
                    assert!(off <= 0.501, "{scale:?} {strength:?}: off by {off} levels at {at}");
                }
            }
        }
        // 0 and 1 are exact.
        let at = |strength| blended(&photo, &full, Recipe { strength, ..recipe });
        assert_eq!(at(Strength::FULL).part(size.rect()), full.pixels);
        let none = at(Strength::of(0.0)).part(size.rect()).colours_in(size.rect());
        let expected = BeforeImage::new(&photo.pixels, size).colours(size.rect());
        assert!(none.data().iter().zip(expected.data()).all(|(a, b)| (a - b.clamp(0.0, 1.0)).abs() <= 0.501 / 255.0));
    }
}

/// Rounding twice changes a value by less than a level (if the full result is between black and white).
#[test]
fn rounding_twice_changes_less_than_a_level() {
    let mut open = fake::opener(Duration::ZERO);
    let mut colours = photo(Size::new(64, 48), 3, false).colours();
    colours.data_mut().iter_mut().for_each(|value| *value = 0.3 + 0.2 * *value);
    let rough = photo_with(&colours, None, Depth::Eight);
    let fine = Photo { pixels: photo_with(&rough.colours(), None, Depth::Float).pixels, ..rough.clone() };
    let recipe =
        Recipe { noise: Noise::Sigma(25.0), scale: Scale::X2, strength: Strength::of(0.5), ..Recipe::default() };
    let [once, twice] = [&fine, &rough]
        .map(|photo| restore(&order(photo, recipe), &mut open, &mut NoFollower).expect("restored").0.colours());
    let off = once.data().iter().zip(twice.data()).map(|(once, twice)| (once.clamp(0.0, 1.0) - twice).abs());
    assert!(off.fold(0.0, f32::max) * 255.0 < 1.0);
}

// ---- The window.

struct Decided(PathBuf);

impl Dialogs for Decided {
    fn photos_to_open(&self) -> Option<Vec<PathBuf>> {
        None
    }

    fn folders_to_open(&self) -> Option<Vec<PathBuf>> {
        None
    }

    fn folder_to_save_in(&self, _: Option<&Path>) -> Option<PathBuf> {
        None
    }

    fn target_to_save(&self, _: &Path) -> Option<PathBuf> {
        Some(self.0.clone())
    }
}

/// Records the textures sent to the screen.
struct Screen(Arc<Mutex<Vec<Arc<ColorImage>>>>);

impl TestRenderer for Screen {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        // Patches are glyphs.
        for image in std::mem::take(&mut delta.set).into_values().flatten().filter(|image| image.pos.is_none()) {
            let ImageData::Color(image) = image.image;
            self.0.lock().unwrap().push(image);
        }
        delta.clear();
    }

    fn render(&mut self, _: &egui::Context, _: &egui::FullOutput) -> Result<image::RgbaImage, String> {
        Err("nothing is drawn here".into())
    }
}

struct Window {
    harness: Harness<'static, RedawnApp>,
    screen: Arc<Mutex<Vec<Arc<ColorImage>>>>,
    /// Number of networks loaded.
    loads: Arc<AtomicUsize>,
}

impl Window {
    fn open(mut open: RestorerFactory, photo: &Path, target: &Path) -> Self {
        let loads = Arc::new(AtomicUsize::new(0));
        let counter = loads.clone();
        let counted: RestorerFactory = Box::new(move |choice, tile, task, preparing| {
            counter.fetch_add(1, Ordering::Relaxed);
            open(choice, tile, task, preparing)
        });
        let worker = Worker::spawn(counted, Arc::new(|| {})).unwrap();
        let reader = Worker::spawn(fake::opener(Duration::ZERO), Arc::new(|| {})).unwrap();
        let scanner = PathScanner::spawn(Arc::new(|| {})).unwrap();
        let (_, devices) = crossbeam_channel::bounded(1);
        let (dialogs, files) = (Arc::new(Decided(target.to_owned())), vec![photo.to_owned()]);
        let screen = Arc::new(Mutex::new(Vec::new()));
        let builder = Harness::builder().with_size(vec2(1200.0, 800.0)).with_step_dt(1.0 / 30.0);
        let mut harness = builder.renderer(Screen(screen.clone())).build_eframe(move |creation| {
            RedawnApp::new(
                &creation.egui_ctx,
                Startup {
                    worker,
                    reader,
                    scanner,
                    devices,
                    text_scale: crossbeam_channel::never(),
                    dialogs,
                    files,
                    store: None,
                },
            )
        });
        wait(&mut harness, "ready", |harness| harness.state().session().source().is_some());
        Self { harness, screen, loads }
    }

    /// Opens the sliders below this title.
    fn unfold(&mut self, title: &str) {
        bring_into_view(&mut self.harness, Role::DisclosureTriangle, title);
        self.harness.get_by_label(title).click();
    }

    fn set(&mut self, slider: &str, percent: f64) {
        self.harness.get_by_role_and_label(Role::Slider, slider).set_value_accesskit(percent);
        self.harness.run_steps(4);
        self.harness.check_accessibility();
    }

    fn restore(&mut self) {
        wait(&mut self.harness, "restored", |harness| {
            let app = harness.state();
            app.session().is_current(app.recipe(), &app.edits(), &app.mask())
        });
    }

    fn save(&mut self) {
        self.harness.get_by_label("Save as…").click();
        wait(&mut self.harness, "saved", |harness| harness.query_by_label_contains("Saved as").is_some());
    }
}

fn wait(harness: &mut Harness<'_, RedawnApp>, what: &str, reached: impl Fn(&Harness<'_, RedawnApp>) -> bool) {
    let start = Instant::now();
    while !reached(harness) {
        assert!(start.elapsed() < PATIENCE, "timed out waiting for {what}");
        harness.step();
        std::thread::sleep(Duration::from_millis(5));
    }
    harness.run_steps(4);
    harness.check_accessibility();
}

fn folder_with_photo(size: Size) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("owl.png");
    imaging::save(&photo(size, 3, false), &path, &SaveOptions::default()).unwrap();
    (folder, path)
}

/// Strength changes the view at once, without a network, and the view equals the saved file.
#[test]
fn strength_changes_the_result_without_another_run() {
    let (folder, path) = folder_with_photo(Size::new(117, 91));
    let target = folder.path().join("out.png");
    let mut window = Window::open(fake::opener(Duration::ZERO), &path, &target);
    window.harness.get_by_label("Medium, σ 25").click();
    window.harness.get_by_label("2×").click();
    window.harness.run_steps(4);
    window.restore();
    let forecast = |window: &mut Window| {
        wait(&mut window.harness, "the forecast", |harness| harness.state().is_forecast_known());
    };
    forecast(&mut window);
    let loads = window.loads.load(Ordering::Relaxed);
    window.screen.lock().unwrap().clear();

    window.set("Strength", 60.0);
    let recipe = window.harness.state().recipe();
    assert_eq!(recipe.strength, Strength::of(0.6));
    window.unfold("Luminance and colour");
    window.harness.run_steps(12);
    window.set("Colour", 30.0);
    window.set("Luminance", 80.0);
    window.harness.get_by_label("Luminance 80 %, colour 30 %");
    assert!(matches!(window.harness.state().session(), Session::Restored { .. }), "no other run");
    forecast(&mut window);
    assert_eq!(window.loads.load(Ordering::Relaxed), loads, "no network was loaded");

    window.save();
    let saved = image::open(&target).unwrap().to_rgb8();
    // One tile holds the whole picture, with a border of one texel.
    let screen = window.screen.clone();
    wait(&mut window.harness, "the picture as it is saved", |_| {
        let made = screen.lock().unwrap();
        made.iter().filter(|image| image.size == [234 + 2, 182 + 2]).any(|shown| {
            saved.enumerate_pixels().all(|(x, y, pixel)| {
                let texel = shown[(x as usize + 1, y as usize + 1)];
                pixel.0 == [texel.r(), texel.g(), texel.b()]
            })
        })
    });
    // And it differs from both strength 0 and 1.
    let full = window.harness.state().session().restoration().unwrap().result.clone();
    let different = saved
        .enumerate_pixels()
        .filter(|(x, y, pixel)| f32::from(pixel[0]) != full.pixels.value(0, *x as usize, *y as usize) * 255.0);
    assert!(different.count() > 1000);
}

/// The window and the command line write the same file for the same network, photo and strength.
#[test]
fn the_window_saves_what_the_command_line_writes() {
    let (folder, path) = folder_with_photo(Size::new(70, 52));
    let [by_window, by_command] = ["window.png", "command.png"].map(|name| folder.path().join(name));
    let mut window = Window::open(engine::opener(), &path, &by_window);
    window.harness.get_by_label("Medium, σ 25").click();
    window.harness.get_by_label("2×").click();
    window.harness.run_steps(4);
    window.restore();
    window.unfold("Luminance and colour");
    window.harness.run_steps(12);
    window.set("Strength", 70.0);
    window.set("Luminance", 50.0);
    window.set("Colour", 90.0);
    window.save();
    let options = ["--noise", "25", "--scale", "2", "--strength", "70", "--luminance", "50", "--colour", "90"];
    let run = Command::new(env!("CARGO_BIN_EXE_redawn"))
        .args(["restore".as_ref(), path.as_os_str(), "-o".as_ref(), by_command.as_os_str()])
        .args(options)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let [window, command] = [by_window, by_command].map(|path| std::fs::read(path).unwrap());
    assert!(window == command, "the same file, with the same processing history");
    assert!(String::from_utf8_lossy(&window).contains("--strength 70 --luminance 50 --colour 90"));
}

/// Live tiles are shown at the current strength, also after it changes.
#[test]
fn live_tiles_are_shown_at_the_current_strength() {
    let (folder, path) = folder_with_photo(Size::new(117, 91));
    let may_work = Arc::new(AtomicBool::new(false));
    let gate = may_work.clone();
    let network = fake::opener_with(Duration::from_millis(150), move || {
        let gate = gate.clone();
        Box::new(move |_| {
            while !gate.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(1));
            }
            Ok(())
        })
    });
    let mut window = Window::open(network, &path, &folder.path().join("out.png"));
    window.harness.get_by_label("Medium, σ 25").click();
    window.harness.run_steps(4);
    window.set("Strength", 0.0);
    window.screen.lock().unwrap().clear();
    may_work.store(true, Ordering::Relaxed);
    let screen = window.screen.clone();
    let before = image::open(&path).unwrap().to_rgb8();
    let is_in = |image: &ColorImage, picture: &image::RgbImage| {
        let [width, height] = image.size;
        assert!(width <= 117 && height <= 91, "{width} × {height}");
        let texel = |x: usize, y: usize| image[(x, y)];
        (0..=91 - height).any(|top| {
            (0..=117 - width).any(|left| {
                (0..height).all(|y| {
                    (0..width).all(|x| {
                        let pixel = picture.get_pixel((left + x) as u32, (top + y) as u32);
                        pixel.0 == [texel(x, y).r(), texel(x, y).g(), texel(x, y).b()]
                    })
                })
            })
        })
    };
    // Tiles of the network are at most 32 px. They are painted on another thread.
    let tiles = || -> Vec<_> {
        screen.lock().unwrap().iter().filter(|image| image.size.iter().all(|side| *side <= 32)).cloned().collect()
    };
    wait(&mut window.harness, "a tile", |_| !tiles().is_empty());
    assert!(tiles().iter().all(|tile| is_in(tile, &before)), "at strength 0 a tile is the photo");
    window.set("Strength", 100.0);
    wait(&mut window.harness, "a tile at full strength", |_| tiles().iter().any(|tile| !is_in(tile, &before)));
    assert!(matches!(window.harness.state().session(), Session::Restoring { .. }));
}

/// A grey photo has no colour slider.
#[test]
fn a_grey_photo_has_only_luminance() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("grey.png");
    imaging::save(&photo(Size::new(60, 40), 1, false), &path, &SaveOptions::default()).unwrap();
    let mut window = Window::open(fake::opener(Duration::ZERO), &path, &folder.path().join("out.png"));
    window.unfold("Luminance");
    window.harness.run_steps(12);
    window.set("Luminance", 40.0);
    assert!(window.harness.query_by_role_and_label(Role::Slider, "Colour").is_none());
    assert_eq!(window.harness.state().recipe().strength, Strength { luminance: 0.4, ..Strength::FULL });
}
