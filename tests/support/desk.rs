//! Drives the window with the real workers and a fake network.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use egui::{Key, Modifiers, accesskit::Role, vec2};
use egui_kittest::{Harness, kittest::Queryable};
use redawn::{
    desktop::{Dialogs, PathScanner, Picture, Store},
    engine::{self, DeviceInfo, DeviceKind, RestorerFactory, Task},
    pixels::Planes,
    state::{self, Progress, Session},
    window::{RedawnApp, Startup},
    worker::Worker,
};
use tempfile::TempDir;

use super::{drawing, networks::changed};

/// Timeout, also for busy machines.
pub const PATIENCE: Duration = Duration::from_secs(60);
pub const DIVIDER: &str = "Before and after divider";

/// Fake dialogs that return fixed files.
#[derive(Default)]
pub struct FakeDialogs {
    pub photos: Option<Vec<PathBuf>>,
    pub target: Option<PathBuf>,
    pub folder: Option<PathBuf>,
    pub suggested: Arc<Mutex<Option<PathBuf>>>,
    pub shown: Arc<Mutex<Vec<PathBuf>>>,
    pub copied: Arc<Mutex<Vec<Picture>>>,
    /// Acts as a desktop without file dialogs.
    pub mute: bool,
}

impl Dialogs for FakeDialogs {
    fn photos_to_open(&self) -> Option<Vec<PathBuf>> {
        self.photos.clone()
    }

    fn folders_to_open(&self) -> Option<Vec<PathBuf>> {
        self.photos.clone()
    }

    fn folder_to_save_in(&self, _: Option<&Path>) -> Option<PathBuf> {
        self.folder.clone()
    }

    fn target_to_save(&self, suggestion: &Path) -> Option<PathBuf> {
        *self.suggested.lock().unwrap() = Some(suggestion.to_owned());
        self.target.clone()
    }

    fn dialog_was_shown(&self) -> bool {
        !self.mute
    }

    fn show_file(&self, path: &Path) -> Result<(), String> {
        self.shown.lock().unwrap().push(path.to_owned());
        Ok(())
    }

    fn copy_picture(&self, picture: Picture) -> Result<(), String> {
        self.copied.lock().unwrap().push(picture);
        Ok(())
    }
}

/// The app with a network that takes `delay` per tile.
pub fn window(delay: Duration, dialogs: FakeDialogs, files: &[PathBuf]) -> Harness<'static, RedawnApp> {
    window_with(delay, dialogs, files, None)
}

/// A window with stored settings.
pub fn window_with(
    delay: Duration,
    dialogs: FakeDialogs,
    files: &[PathBuf],
    store: Option<Store>,
) -> Harness<'static, RedawnApp> {
    window_on(engine::fake::opener(delay), dialogs, files, store)
}

/// The same with another network.
pub fn window_on(
    network: RestorerFactory,
    dialogs: FakeDialogs,
    files: &[PathBuf],
    store: Option<Store>,
) -> Harness<'static, RedawnApp> {
    // About the noise of `photo`.
    window_measuring(|_| [18.0, 0.0], network, dialogs, files, store)
}

/// A window with this network, whose estimator finds this noise.
pub fn window_measuring(
    noise: Measured,
    network: RestorerFactory,
    dialogs: FakeDialogs,
    files: &[PathBuf],
    store: Option<Store>,
) -> Harness<'static, RedawnApp> {
    let worker = Worker::spawn(network, Arc::new(|| {})).unwrap();
    let reader = Worker::spawn(estimator(noise), Arc::new(|| {})).unwrap();
    let scanner = PathScanner::spawn(Arc::new(|| {})).unwrap();
    let (found, devices) = crossbeam_channel::bounded(1);
    let device = DeviceInfo { name: "Painted GPU".into(), kind: DeviceKind::DiscreteGpu, driver: "Vulkan".into() };
    found.send(vec![device]).unwrap();
    let text_scale = crossbeam_channel::never();
    let files = files.to_vec();
    // Small steps, so that no animation finishes within one.
    let builder = Harness::builder().with_size(vec2(1200.0, 800.0)).with_step_dt(1.0 / 30.0);
    builder.renderer(drawing::renderer()).build_eframe(move |creation| {
        RedawnApp::new(
            &creation.egui_ctx,
            Startup { worker, reader, scanner, devices, text_scale, dialogs: Arc::new(dialogs), files, store },
        )
    })
}

/// σ of brightness and colour (0–255 scale) at a brightness (0–1).
pub type Measured = fn(f32) -> [f32; 2];

/// A fake network that measures this noise in every photo.
fn estimator(noise: Measured) -> RestorerFactory {
    let mut open = engine::fake::opener(Duration::ZERO);
    Box::new(move |device, tile, network, preparing| {
        let opened = open(device, tile, network, preparing)?;
        Ok(match network.task {
            Task::Estimate => changed(opened, move |_, tile| Ok(measured(&tile, noise))),
            _ => opened,
        })
    })
}

/// The output of a network that measures this noise with a low uncertainty; see `Task::Estimate`.
fn measured(tile: &Planes, noise: Measured) -> Planes {
    let mut output = tile.clone();
    for at in 0..tile.size().area() {
        let brightness = (0..3).map(|plane| tile.plane(plane)[at]).sum::<f32>() / 3.0;
        for (plane, sigma) in noise(brightness).into_iter().enumerate() {
            output.plane_mut(plane)[at] += (sigma / 2.0).ln_1p();
        }
        output.plane_mut(2)[at] -= 2.0;
    }
    output
}

/// Steps until `reached` returns true.
pub fn wait(harness: &mut Harness<'_, RedawnApp>, what: &str, reached: impl Fn(&Harness<'_, RedawnApp>) -> bool) {
    let start = Instant::now();
    while !reached(harness) {
        assert!(start.elapsed() < PATIENCE, "never came: {what}");
        harness.step();
        std::thread::sleep(Duration::from_millis(5));
    }
    harness.step();
    harness.check_accessibility();
}

/// Waits until a photo is open.
pub fn wait_ready(harness: &mut Harness<'_, RedawnApp>) {
    wait(harness, "an open photo", |harness| {
        let session = harness.state().session();
        session.source().is_some() && !matches!(session, Session::Opening { .. })
    });
}

/// Waits until the photo of this file is open.
pub fn wait_open(harness: &mut Harness<'_, RedawnApp>, path: &Path) {
    wait(harness, "the photo", |harness| match harness.state().session() {
        Session::Opening { .. } => false,
        session => session.source().is_some_and(|source| source.path == path),
    });
}

/// Whether the picture on screen is complete, and what the settings say.
pub fn is_current(harness: &Harness<'_, RedawnApp>) -> bool {
    let window = harness.state();
    window.session().is_current(window.recipe(), &window.edits(), &window.mask())
}

/// Waits until the picture on screen is complete, and what the settings say.
pub fn wait_restored(harness: &mut Harness<'_, RedawnApp>) {
    wait(harness, "the result", is_current);
}

/// Runs the steps that a click or a key needs to take effect.
pub fn settle(harness: &mut Harness<'_, RedawnApp>) {
    harness.run_steps(3);
}

/// A photo with some structure and noise, whose size is not a multiple of the tiles'.
pub fn photo(folder: &TempDir, name: &str) -> PathBuf {
    let path = folder.path().join(name);
    let mut noise = 1_u32;
    let picture = image::RgbImage::from_fn(237, 151, |x, y| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let grain = (noise >> 26) as u8;
        image::Rgb([(x / 2) as u8 + grain, y as u8 + grain, 60 + grain])
    });
    picture.save(&path).unwrap();
    path
}

pub fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A file dropped on the window.
#[derive(Debug)]
pub struct Dropped(pub PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// Waits for a widget with this label and clicks it.
pub fn click(harness: &mut Harness<'_, RedawnApp>, label: &str) {
    wait(harness, label, |harness| harness.query_by_label(label).is_some());
    harness.get_by_label(label).click();
    settle(harness);
}

/// Scrolls a widget into view, and waits until it stays where it is.
pub fn bring_into_view(harness: &mut Harness<'_, RedawnApp>, role: Role, label: &str) {
    let place = |harness: &Harness<'_, RedawnApp>| harness.get_by_role_and_label(role, label).rect();
    harness.get_by_role_and_label(role, label).scroll_to_me();
    let start = Instant::now();
    loop {
        let before = place(harness);
        harness.run_steps(8);
        if place(harness) == before {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "{label} never stays");
    }
}

/// Presses a key.
pub fn press(harness: &mut Harness<'_, RedawnApp>, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    settle(harness);
}

/// Waits until a widget contains this text.
pub fn wait_label(harness: &mut Harness<'_, RedawnApp>, what: &str) {
    wait(harness, what, |harness| harness.query_by_label_contains(what).is_some());
}

/// State of a photo in the queue, simplified.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    Waiting,
    Restored,
    Running(Progress),
    Done(PathBuf),
    Skipped(PathBuf),
    Failed(String),
    Stopped,
}

/// The states of all photos in the queue.
pub fn states(harness: &Harness<'_, RedawnApp>) -> Vec<State> {
    let state = |state: &state::State| match state.clone() {
        state::State::Waiting => State::Waiting,
        state::State::Restored { .. } => State::Restored,
        state::State::Running(progress) => State::Running(progress),
        state::State::Done(saved) => State::Done(saved.path),
        state::State::Skipped(path) => State::Skipped(path),
        state::State::Failed(reason) => State::Failed(reason),
        state::State::Stopped => State::Stopped,
    };
    harness.state().queue().items().iter().map(|item| state(&item.state)).collect()
}
