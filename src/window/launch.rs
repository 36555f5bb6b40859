//! Makes the window, or says in a sentence why there is none.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crossbeam_channel::{Receiver, bounded, never};
use eframe::wgpu::rwh::{HasDisplayHandle, RawDisplayHandle};

use super::app::{Parts, RedawnApp};
use crate::{
    desktop::{PathScanner, Store, SystemDialogs, log_file, text_scale, window_in},
    engine::{self, Threads},
    state::Place,
    worker::{Wake, Worker},
};

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// No display, no graphics adapter, or the driver failed.
    #[error(
        "the window can't be opened: {0}. Photos can be restored without a window: `redawn restore INPUT -o OUTPUT`"
    )]
    Window(String),
    /// The window was there, and the display or the driver failed under it.
    #[error("the window was lost: {0}. The photos on disk are as they were")]
    Lost(String),
}

/// Shows the window with these photos until it is closed.
///
/// # Errors
/// When there is no display or nothing to draw with.
pub fn run(files: Vec<PathBuf>) -> Result<(), LaunchError> {
    // Without a log the window works as well.
    if let Some(Err(error)) = log_file::folder().map(|folder| log_file::start(&folder)) {
        eprintln!("The log can't be written: {error}");
    }
    let store = Store::of_user();
    // The window needs its place before it is there. What is wrong with the file is said when all of it is loaded.
    let place = store.as_ref().and_then(window_in);
    let options =
        eframe::NativeOptions { renderer: eframe::Renderer::Wgpu, viewport: viewport(place), ..Default::default() };
    // Parts of the windowing stack panic where they could answer with an error.
    let shown = AtomicBool::new(false);
    let ended = catch_unwind(AssertUnwindSafe(|| {
        let start = |creation: &eframe::CreationContext<'_>| {
            let app = start(creation, files, store, place)?;
            shown.store(true, Ordering::Relaxed);
            Ok(Box::new(app) as Box<dyn eframe::App>)
        };
        eframe::run_native("Redawn", options, Box::new(start))
    }));
    match ended {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) if shown.load(Ordering::Relaxed) => Err(LaunchError::Lost(error.to_string())),
        Ok(Err(error)) => Err(LaunchError::Window(explain(&error))),
        Err(panic) if shown.into_inner() => Err(LaunchError::Lost(engine::panic_text(panic.as_ref()))),
        Err(panic) => Err(LaunchError::Window(engine::panic_text(panic.as_ref()))),
    }
}

/// The window where it was before, or in the beginning.
fn viewport(place: Option<Place>) -> egui::ViewportBuilder {
    let smallest = [720.0, 520.0];
    let size = place.map_or([1280.0, 800.0], |place| place.size);
    let viewport = egui::ViewportBuilder::default()
        .with_title("Redawn")
        .with_app_id("io.github.redawn.Redawn")
        .with_inner_size([size[0].max(smallest[0]), size[1].max(smallest[1])])
        .with_min_inner_size(smallest)
        .with_maximized(place.is_some_and(|place| place.maximised))
        .with_drag_and_drop(true)
        .with_icon(icon());
    match place.and_then(|place| place.position) {
        Some(position) => viewport.with_position(position),
        None => viewport,
    }
}

/// A screen may have been taken away since: then the window comes back to one that is there.
fn bring_back(creation: &eframe::CreationContext<'_>, place: Place) {
    let (Some(window), Some([left, top])) = (creation.winit_window(), place.position) else { return };
    let scale = window.scale_factor() as f32;
    // The bar it is moved by must be within reach.
    let (grip, reach) = (egui::pos2(left + place.size[0] / 2.0, top + 16.0), place.size[0] / 2.0 - 64.0);
    let seen = window.available_monitors().any(|monitor| {
        let (corner, size) = (monitor.position(), monitor.size());
        let corner = egui::pos2(corner.x as f32, corner.y as f32) / scale;
        let screen = egui::Rect::from_min_size(corner, egui::vec2(size.width as f32, size.height as f32) / scale);
        screen.expand2(egui::vec2(reach.max(0.0), 0.0)).contains(grip)
    });
    if !seen {
        creation.egui_ctx.send_viewport_cmd(egui::ViewportCommand::OuterPosition(egui::pos2(64.0, 64.0)));
    }
}

fn is_wayland(creation: &eframe::CreationContext<'_>) -> bool {
    creation.display_handle().is_ok_and(|display| matches!(display.as_raw(), RawDisplayHandle::Wayland(_)))
}

/// The app with its worker and the search for devices, each on a thread of its own.
fn start(
    creation: &eframe::CreationContext<'_>,
    files: Vec<PathBuf>,
    store: Option<Store>,
    place: Option<Place>,
) -> std::io::Result<RedawnApp> {
    place.into_iter().for_each(|place| bring_back(creation, place));
    let context = creation.egui_ctx.clone();
    let wake: Wake = Arc::new(move || context.request_repaint());
    let worker = Worker::spawn(engine::opener_on(Threads::BesideWindow), wake.clone())?;
    let reader = Worker::spawn(engine::opener_on(Threads::BesideWindow), wake.clone())?;
    let scanner = PathScanner::spawn(wake)?;
    let (found, devices) = bounded(1);
    let context = creation.egui_ctx.clone();
    std::thread::Builder::new().name("redawn-devices".to_owned()).spawn(move || {
        // Fails if the window was closed meanwhile.
        if found.send(engine::list_devices()).is_ok() {
            context.request_repaint();
        }
    })?;
    let dialogs = Arc::new(SystemDialogs::default());
    let text_scale = if is_wayland(creation) { ask_text_scale(&creation.egui_ctx)? } else { never() };
    let parts = Parts { worker, reader, scanner, devices, text_scale, dialogs, files, store };
    let app = RedawnApp::new(&creation.egui_ctx, parts);
    // Under Wayland dropped files are not handed over (winit #1881).
    Ok(if is_wayland(creation) { app.without_drops() } else { app })
}

/// The desktop's text size, as soon as it is known.
fn ask_text_scale(context: &egui::Context) -> std::io::Result<Receiver<f32>> {
    let (answer, scale) = bounded(1);
    let context = context.clone();
    std::thread::Builder::new().name("redawn-desktop".to_owned()).spawn(move || {
        // Fails if the window was closed meanwhile.
        if text_scale::of_desktop().is_some_and(|scale| answer.send(scale).is_ok()) {
            context.request_repaint();
        }
    })?;
    Ok(scale)
}

fn icon() -> egui::IconData {
    // An icon that can't be read is no reason to have no window.
    eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon.png")).unwrap_or_default()
}

fn explain(error: &eframe::Error) -> String {
    match error {
        eframe::Error::Wgpu(_) => {
            format!("no graphics adapter can draw it ({error}); a Vulkan or OpenGL driver, such as Mesa, is needed")
        }
        // Its own text tells of source files, not of displays.
        eframe::Error::Winit(_) | eframe::Error::WinitEventLoop(_) => {
            "no display was found; check DISPLAY or WAYLAND_DISPLAY".to_owned()
        }
        _ => error.to_string(),
    }
}
