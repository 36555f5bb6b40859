//! The picture on screen follows the settings and the view, with the real workers and a network whose output shows the
//! level it was given.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use egui::{Key, Modifiers, Pos2, accesskit::Role, vec2};
use egui_kittest::{Harness, kittest::Queryable};
use redawn::{
    engine::{self, EngineError, Restorer, RestorerFactory, Task},
    pixels::Planes,
    state::Session,
    window::RedawnApp,
};
use tempfile::TempDir;

use crate::support::{desk::*, drawing, networks::changed};

type Window = Harness<'static, RedawnApp>;

/// Time per tile, long enough to act between two tiles.
const SLOW: Duration = Duration::from_millis(20);
const GREY: u8 = 100;

/// What the network is told, and what it has done.
#[derive(Clone, Default)]
struct Control {
    /// Number of tiles.
    tiles: Arc<AtomicUsize>,
    /// Whether tiles wait.
    is_held: Arc<AtomicBool>,
    /// Whether tiles fail on every device.
    fails: Arc<AtomicBool>,
}

impl Control {
    fn tiles(&self) -> usize {
        self.tiles.load(Ordering::Relaxed)
    }

    /// Opens networks that make every value brighter by the σ they remove.
    fn opener(&self, delay: Duration) -> RestorerFactory {
        let mut open = engine::fake::opener(delay);
        let control = self.clone();
        Box::new(move |device, tile, network, preparing| {
            let opened = open(device, tile, network, preparing)?;
            let control = control.clone();
            Ok(changed(opened, move |fake, tile| control.restore(fake, network.task, tile)))
        })
    }

    fn restore(&self, fake: &mut dyn Restorer, task: Task, tile: Planes) -> Result<Planes, EngineError> {
        while self.is_held.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
        if self.fails.load(Ordering::Relaxed) {
            return Err(EngineError::Device { device: "it".into(), reason: "it is too warm".into() });
        }
        self.tiles.fetch_add(1, Ordering::Relaxed);
        let mut output = fake.restore(tile.clone())?;
        if task == Task::Denoise {
            let values = tile.plane(0).iter().zip(tile.plane(3)).map(|(value, level)| value + level);
            let values: Vec<f32> = values.collect();
            (0..3).for_each(|plane| output.plane_mut(plane).copy_from_slice(&values));
        }
        Ok(output)
    }
}

fn grey(folder: &TempDir, name: &str, (width, height): (u32, u32)) -> PathBuf {
    let path = folder.path().join(name);
    image::RgbImage::from_pixel(width, height, image::Rgb([GREY; 3])).save(&path).unwrap();
    path
}

fn open(control: &Control, delay: Duration, files: &[PathBuf]) -> Window {
    let mut harness = window_on(control.opener(delay), FakeDialogs::default(), files, None);
    wait_ready(&mut harness);
    harness
}

/// All values of the result on screen.
fn values(harness: &Window) -> Vec<u8> {
    let Session::Restored { restoration, .. } = harness.state().session() else { return Vec::new() };
    let pixels = &restoration.result.pixels;
    let mut values: Vec<u8> =
        pixels.colours_in(pixels.size().rect()).data().iter().map(|value| (value * 255.0).round() as u8).collect();
    values.sort_unstable();
    values.dedup();
    values
}

fn values_of(path: &Path) -> Vec<u8> {
    let mut values = image::open(path).unwrap().to_rgb8().into_raw();
    values.sort_unstable();
    values.dedup();
    values
}

fn wait_run(harness: &mut Window) {
    wait(harness, "a run", |harness| harness.state().session().run().is_some());
}

/// Runs frames until none requests another one and no texture is being painted.
fn rest(harness: &mut Window) {
    let (start, mut calm) = (Instant::now(), 0);
    while calm < 10 {
        assert!(start.elapsed() < PATIENCE, "the window keeps repainting");
        harness.step();
        calm = if asks_for_frames(harness) { 0 } else { calm + 1 };
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn asks_for_frames(harness: &Window) -> bool {
    harness.output().viewport_output[&egui::ViewportId::ROOT].repaint_delay < Duration::from_secs(1)
}

/// Brightness of the screen at points of the result.
fn lights(harness: &mut Window) -> Option<Vec<u8>> {
    let area = harness.get_by_label_contains("Photo: ").rect();
    let picture = drawing::picture(harness)?;
    let points = [0.35, 0.5, 0.65].map(|y| [0.6, 0.7, 0.8].map(|x| area.min + area.size() * vec2(x, y)));
    Some(points.into_iter().flatten().map(|Pos2 { x, y }| picture.get_pixel(x as u32, y as u32)[0]).collect())
}

#[test]
fn a_change_of_the_level_is_shown_tile_by_tile_without_a_click() {
    let folder = folder();
    let control = Control::default();
    let mut harness = open(&control, 3 * SLOW, &[grey(&folder, "owl.png", (237, 151))]);
    click(&mut harness, "Medium, σ 25");
    wait_restored(&mut harness);
    assert_eq!(values(&harness), [GREY + 25]);
    rest(&mut harness);
    if lights(&mut harness).is_none() {
        return;
    }

    click(&mut harness, "Strong, σ 50");
    let mut seen = Vec::new();
    let start = Instant::now();
    while !is_current(&harness) {
        assert!(start.elapsed() < PATIENCE);
        harness.step();
        let is_running = harness.state().session().run().is_some();
        let lights = lights(&mut harness).unwrap();
        // Old or new, or between tiles of both; never the photo.
        assert!(lights.iter().all(|light| (GREY + 25..=GREY + 50).contains(light)), "{lights:?}");
        if is_running {
            harness.get_by_label("Updating…");
            seen.push(lights);
        }
    }
    assert!(seen.iter().any(|lights| lights.contains(&(GREY + 25)) && lights.contains(&(GREY + 50))), "{seen:?}");
    assert_eq!(values(&harness), [GREY + 50]);
    rest(&mut harness);
    assert!(harness.query_by_label("Updating…").is_none() && harness.query_by_label("Not up to date").is_none());
    assert!(lights(&mut harness).unwrap().iter().all(|light| *light == GREY + 50));
}

#[test]
fn an_abandoned_request_leaves_nothing() {
    let folder = folder();
    let control = Control::default();
    let mut harness = open(&control, SLOW, &[grey(&folder, "owl.png", (237, 151))]);
    for level in ["Light, σ 10", "Strong, σ 50", "Light, σ 10", "Medium, σ 25"] {
        let before = control.tiles();
        click(&mut harness, level);
        wait(&mut harness, "some tiles", |_| control.tiles() > before + 4);
    }
    wait_restored(&mut harness);
    assert_eq!(values(&harness), [GREY + 25]);
    rest(&mut harness);
    if let Some(lights) = lights(&mut harness) {
        assert!(lights.iter().all(|light| *light == GREY + 25), "{lights:?}");
    }
}

#[test]
fn save_right_after_a_change_writes_the_new_settings_result() {
    let folder = folder();
    let control = Control::default();
    let path = grey(&folder, "owl.png", (237, 151));
    let mut harness = open(&control, SLOW, std::slice::from_ref(&path));
    click(&mut harness, "Medium, σ 25");
    wait_restored(&mut harness);
    click(&mut harness, "Strong, σ 50");
    press(&mut harness, Modifiers::COMMAND, Key::S);
    wait_label(&mut harness, "Saved as");
    assert_eq!(values_of(&path.with_file_name("owl-denoised.png")), [GREY + 50]);

    // The latest settings, if they change while it waits. It does not wait for previews.
    click(&mut harness, "Light, σ 10");
    click(&mut harness, "Compare sizes");
    press(&mut harness, Modifiers::COMMAND, Key::S);
    click(&mut harness, "Medium, σ 25");
    let saved = path.with_file_name("owl-denoised (2).png");
    wait(&mut harness, "its file", |_| saved.exists());
    assert_eq!(values_of(&saved), [GREY + 25]);
}

#[test]
fn a_photo_saved_by_the_queue_is_not_saved_again() {
    let folder = folder();
    let control = Control::default();
    let files = ["a.png", "b.png"].map(|name| grey(&folder, name, (237, 151)));
    let mut harness = open(&control, SLOW, &files);
    click(&mut harness, "Medium, σ 25");
    click(&mut harness, "Export all");
    harness.get_by_label_contains("b.png: ").click();
    wait_open(&mut harness, &files[1]);
    press(&mut harness, Modifiers::COMMAND, Key::S);
    let saved = ["a", "b"].map(|name| State::Done(folder.path().join(format!("{name}-denoised.png"))));
    wait(&mut harness, "the results", |harness| states(harness) == saved);
    wait_restored(&mut harness);
    rest(&mut harness);
    assert_eq!(states(&harness), saved);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4);
}

/// It is exported behind the photo that is shown instead.
#[test]
fn a_photo_that_is_left_while_it_waits_to_be_saved_is_saved() {
    let folder = folder();
    let control = Control::default();
    let files = ["a.png", "b.png"].map(|name| grey(&folder, name, (237, 151)));
    let mut harness = open(&control, SLOW, &files);
    click(&mut harness, "Medium, σ 25");
    press(&mut harness, Modifiers::COMMAND, Key::S);
    harness.get_by_label_contains("b.png: ").click();
    wait_open(&mut harness, &files[1]);
    let saved = folder.path().join("a-denoised.png");
    wait(&mut harness, "its file", |harness| states(harness)[0] == State::Done(saved.clone()));
    assert_eq!(values_of(&saved), [GREY + 25]);
    wait_restored(&mut harness);
    assert_eq!(harness.state().session().source().unwrap().path, files[1]);
    assert_eq!(states(&harness)[1], State::Restored, "the other one is not exported");

    // Also one that was alone, under the name it was to have.
    let control = Control::default();
    let mut harness = open(&control, SLOW, &files[..1]);
    click(&mut harness, "Strong, σ 50");
    press(&mut harness, Modifiers::COMMAND, Key::S);
    wait_label(&mut harness, "Saving…");
    harness.input_mut().dropped_files.push(Arc::new(Dropped(files[1].clone())));
    wait_open(&mut harness, &files[1]);
    let saved = folder.path().join("a-denoised (2).png");
    wait(&mut harness, "its file", |harness| states(harness)[0] == State::Done(saved.clone()));
    assert_eq!(values_of(&saved), [GREY + 50]);
}

#[test]
fn stopping_keeps_the_old_picture_marked_until_it_is_updated() {
    let folder = folder();
    let control = Control::default();
    let mut harness = open(&control, SLOW, &[grey(&folder, "owl.png", (237, 151))]);
    click(&mut harness, "Medium, σ 25");
    wait_restored(&mut harness);
    rest(&mut harness);
    control.is_held.store(true, Ordering::Relaxed);
    click(&mut harness, "Strong, σ 50");
    wait_run(&mut harness);
    harness.key_press(Key::Escape);
    settle(&mut harness);
    control.is_held.store(false, Ordering::Relaxed);
    wait(&mut harness, "its end", |harness| harness.state().session().run().is_none());
    rest(&mut harness);
    let tiles = control.tiles();
    harness.get_by_label("Not up to date");
    harness.run_steps(10);
    assert_eq!(control.tiles(), tiles, "it does not go on by itself");
    if let Some(lights) = lights(&mut harness) {
        assert!(lights.iter().filter(|light| **light == GREY + 25).count() > 6, "{lights:?}");
    }
    click(&mut harness, "Update preview");
    wait_restored(&mut harness);
    assert_eq!(values(&harness), [GREY + 50]);
    assert!(harness.query_by_label("Update preview").is_none());

    // Another level needs no click.
    click(&mut harness, "Light, σ 10");
    harness.key_press(Key::Escape);
    settle(&mut harness);
    click(&mut harness, "Medium, σ 25");
    wait_restored(&mut harness);
    assert_eq!(values(&harness), [GREY + 25]);
}

#[test]
fn a_failed_run_is_tried_again_only_if_asked_for() {
    let folder = folder();
    let control = Control::default();
    let mut harness = open(&control, Duration::ZERO, &[grey(&folder, "owl.png", (237, 151))]);
    wait_restored(&mut harness);
    control.fails.store(true, Ordering::Relaxed);
    click(&mut harness, "Medium, σ 25");
    wait(&mut harness, "why", |harness| harness.query_all_by_label_contains("it is too warm").count() > 0);
    wait(&mut harness, "its end", |harness| harness.state().session().run().is_none());
    rest(&mut harness);
    harness.get_by_label("Not up to date");
    control.fails.store(false, Ordering::Relaxed);
    let tiles = control.tiles();
    harness.run_steps(20);
    assert_eq!(control.tiles(), tiles);
    click(&mut harness, "Update preview");
    wait_restored(&mut harness);
    assert_eq!(values(&harness), [GREY + 25]);
}

/// At 1:1 only what is visible is computed, and after panning only what has come into view.
#[test]
fn only_what_is_visible_of_a_large_photo_is_computed() {
    // More than the visible part, and too slow to be computed without being asked for.
    let side = 2600;
    let folder = folder();
    let control = Control::default();
    let mut harness = open(&control, Duration::from_millis(3), &[grey(&folder, "owl.png", (side, side))]);
    click(&mut harness, "1:1");
    click(&mut harness, "Medium, σ 25");
    let done = |harness: &Harness<'_, RedawnApp>| {
        matches!(harness.state().session(), Session::Partial { outcome: Some(_), .. })
    };
    wait(&mut harness, "the visible part", done);
    rest(&mut harness);
    assert!(done(&harness), "the rest is not computed");
    assert!(harness.query_by_label("Not up to date").is_none() && harness.query_by_label("Update preview").is_none());
    let canvas = harness.get_by_label("Photo: owl.png").rect();
    // Whole cells of 256 px, in tiles of 28 px and more; the measurement needs some too.
    let tiles_of = |width: f32, height: f32| ((width / 28.0).ceil() * (height / 28.0).ceil()) as usize;
    let (first, most) = (control.tiles(), tiles_of(canvas.width() + 512.0, canvas.height() + 512.0));
    assert!(first < most * 5 / 4, "{first} of {most}");

    harness.get_by_label("Photo: owl.png").focus();
    settle(&mut harness);
    (0..6).for_each(|_| press(&mut harness, Modifiers::NONE, Key::ArrowRight));
    rest(&mut harness);
    wait(&mut harness, "what has come into view", done);
    rest(&mut harness);
    let more = control.tiles() - first;
    assert!(more > 0 && more < first * 2 / 3, "{more} after {first}");
    (0..6).for_each(|_| press(&mut harness, Modifiers::NONE, Key::ArrowLeft));
    rest(&mut harness);
    assert_eq!(control.tiles() - first, more, "what was computed is kept");
    if let Some(lights) = lights(&mut harness) {
        assert!(lights.iter().all(|light| *light > GREY), "{lights:?}");
    }

    // Another level computes the visible part again.
    click(&mut harness, "Light, σ 10");
    wait(&mut harness, "the visible part", done);
    if let Some(lights) = lights(&mut harness) {
        assert!(lights.iter().all(|light| *light == GREY + 10), "{lights:?}");
    }
}

#[test]
fn nothing_is_done_at_rest() {
    let folder = folder();
    let control = Control::default();
    let mut harness = open(&control, Duration::ZERO, &[grey(&folder, "owl.png", (237, 151))]);
    click(&mut harness, "2×");
    wait_restored(&mut harness);
    rest(&mut harness);
    let tiles = control.tiles();
    for _ in 0..50 {
        harness.step();
        assert!(!asks_for_frames(&harness));
    }
    assert_eq!(control.tiles(), tiles);
}

/// The settings that a result depends on in other ways than the level.
#[test]
fn every_kind_of_settings_and_photo_comes_to_rest() {
    let folder = folder();
    let glass = folder.path().join("glass.png");
    image::RgbaImage::from_fn(120, 90, |x, _| image::Rgba([GREY, GREY, GREY, 128 + x as u8])).save(&glass).unwrap();
    let faint = folder.path().join("faint.png");
    image::GrayImage::from_pixel(120, 90, image::Luma([GREY])).save(&faint).unwrap();
    let jpeg = folder.path().join("owl.jpg");
    image::open(grey(&folder, "owl.png", (120, 90))).unwrap().to_rgb8().save(&jpeg).unwrap();
    for path in [glass, faint, jpeg] {
        let control = Control::default();
        let mut harness = open(&control, Duration::ZERO, std::slice::from_ref(&path));
        wait(&mut harness, &format!("{path:?}"), is_current);
        for choice in ["None, σ 0", "2×", "Best quality", "Auto", "1×"] {
            harness.get_by_label(choice).click();
            settle(&mut harness);
            wait(&mut harness, &format!("{path:?}: {choice}"), is_current);
        }
        rest(&mut harness);
        let tiles = control.tiles();
        for percent in [0.0, 30.0, 100.0] {
            harness.get_by_role_and_label(Role::Slider, "Strength").set_value_accesskit(percent);
            settle(&mut harness);
            assert!(is_current(&harness), "{path:?} at {percent} %");
        }
        rest(&mut harness);
        assert_eq!(control.tiles(), tiles, "a change of the strength runs no network");
    }
}
