//! Opens the window, or explains why that failed.

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

use super::app::{RedawnApp, Startup};
use crate::{
    desktop::{PathScanner, Store, SystemDialogs, log_file, text_scale, window_placement},
    engine::{self, Threads},
    state::WindowPlacement,
    worker::{Wake, Worker},
};

/// Why the window could not be opened or was lost.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// No display, no graphics adapter, or the driver failed.
    #[error(
        "the window can't be opened: {0}. Photos can be restored without a window: `redawn restore INPUT -o OUTPUT`"
    )]
    Window(String),
    /// The display or the driver failed later.
    #[error("the window was lost: {0}. The photos on disk are unchanged")]
    Lost(String),
}

/// Opens the window with these photos, and returns when it is closed.
///
/// # Errors
/// If there is no display or graphics adapter, or they fail.
pub fn run(files: Vec<PathBuf>) -> Result<(), LaunchError> {
    // The window works without a log.
    if let Some(Err(error)) = log_file::folder().map(|folder| log_file::start(&folder)) {
        eprintln!("The log can't be written: {error}");
    }
    let store = Store::of_user();
    // Needed before the window is created. Problems with the file are reported when the settings are loaded.
    let placement = store.as_ref().and_then(window_placement);
    let options =
        eframe::NativeOptions { renderer: eframe::Renderer::Wgpu, viewport: viewport(placement), ..Default::default() };
    // Parts of the windowing stack panic instead of returning an error.
    let shown = AtomicBool::new(false);
    let ended = catch_unwind(AssertUnwindSafe(|| {
        let start = |creation: &eframe::CreationContext<'_>| {
            let app = start(creation, files, store, placement)?;
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

/// Smallest size of the window's contents, in points.
const MIN_SIZE: [f32; 2] = [720.0, 520.0];
/// Their size at the first start, in points.
const FIRST_SIZE: [f32; 2] = [1280.0, 800.0];
/// What the desktop's bars and the window's frame may need of the screen's sides, in points.
const BARS: [f32; 2] = [48.0, 96.0];

/// Size of the window at the first start on a screen of this size, in points.
fn first_size(screen: [f32; 2]) -> [f32; 2] {
    [0, 1].map(|side| FIRST_SIZE[side].min(screen[side] - BARS[side]).max(MIN_SIZE[side]))
}

/// The window's options, with its previous placement.
fn viewport(placement: Option<WindowPlacement>) -> egui::ViewportBuilder {
    let min_size = MIN_SIZE;
    // The screen is not known yet: one of a small laptop is assumed.
    let size = placement.map_or(first_size([1280.0, 800.0]), |placement| placement.size);
    let viewport = egui::ViewportBuilder::default()
        .with_title("Redawn")
        .with_app_id("io.github.redawn.Redawn")
        .with_inner_size([size[0].max(min_size[0]), size[1].max(min_size[1])])
        .with_min_inner_size(min_size)
        .with_maximized(placement.is_some_and(|placement| placement.maximised))
        .with_drag_and_drop(true)
        .with_icon(icon());
    match placement.and_then(|placement| placement.position) {
        Some(position) => viewport.with_position(position),
        None => viewport,
    }
}

/// Sizes the window for its screen at the first start.
fn fit_to_screen(creation: &eframe::CreationContext<'_>) {
    let Some(monitor) = creation.winit_window().and_then(|window| window.current_monitor()) else { return };
    let (size, scale) = (monitor.size(), monitor.scale_factor() as f32);
    let [width, height] = first_size([size.width as f32 / scale, size.height as f32 / scale]);
    creation.egui_ctx.send_viewport_cmd(egui::ViewportCommand::InnerSize(egui::vec2(width, height)));
}

/// Moves the window to a connected screen if its previous one is gone.
fn ensure_on_screen(creation: &eframe::CreationContext<'_>, placement: WindowPlacement) {
    let (Some(window), Some([left, top])) = (creation.winit_window(), placement.position) else { return };
    let scale = window.scale_factor() as f32;
    // Part of the title bar must be visible, so that the window can be moved.
    let (title_bar, reach) = (egui::pos2(left + placement.size[0] / 2.0, top + 16.0), placement.size[0] / 2.0 - 64.0);
    let visible = window.available_monitors().any(|monitor| {
        let (corner, size) = (monitor.position(), monitor.size());
        let corner = egui::pos2(corner.x as f32, corner.y as f32) / scale;
        let screen = egui::Rect::from_min_size(corner, egui::vec2(size.width as f32, size.height as f32) / scale);
        screen.expand2(egui::vec2(reach.max(0.0), 0.0)).contains(title_bar)
    });
    if !visible {
        creation.egui_ctx.send_viewport_cmd(egui::ViewportCommand::OuterPosition(egui::pos2(64.0, 64.0)));
    }
}

fn is_wayland(creation: &eframe::CreationContext<'_>) -> bool {
    creation.display_handle().is_ok_and(|display| matches!(display.as_raw(), RawDisplayHandle::Wayland(_)))
}

/// Creates the app, its workers, and the thread that lists the devices.
fn start(
    creation: &eframe::CreationContext<'_>,
    files: Vec<PathBuf>,
    store: Option<Store>,
    placement: Option<WindowPlacement>,
) -> std::io::Result<RedawnApp> {
    match placement {
        Some(placement) => ensure_on_screen(creation, placement),
        None => fit_to_screen(creation),
    }
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
    let text_scale = if is_wayland(creation) { read_text_scale(&creation.egui_ctx)? } else { never() };
    let startup = Startup { worker, reader, scanner, devices, text_scale, dialogs, files, store };
    let app = RedawnApp::new(&creation.egui_ctx, startup);
    // winit does not support dropped files on Wayland (winit #1881).
    Ok(if is_wayland(creation) { app.without_drops() } else { app })
}

/// Reads the desktop's text scale in a thread.
fn read_text_scale(context: &egui::Context) -> std::io::Result<Receiver<f32>> {
    let (sender, scale) = bounded(1);
    let context = context.clone();
    std::thread::Builder::new().name("redawn-desktop".to_owned()).spawn(move || {
        // Fails if the window was closed meanwhile.
        if text_scale::of_desktop().is_some_and(|scale| sender.send(scale).is_ok()) {
            context.request_repaint();
        }
    })?;
    Ok(scale)
}

fn icon() -> egui::IconData {
    eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon.png")).unwrap_or_default()
}

fn explain(error: &eframe::Error) -> String {
    match error {
        eframe::Error::Wgpu(_) => {
            format!("no graphics adapter can draw it ({error}); a Vulkan or OpenGL driver, such as Mesa, is needed")
        }
        // The error's own text is about source files.
        eframe::Error::Winit(_) | eframe::Error::WinitEventLoop(_) => {
            "no display was found; check DISPLAY or WAYLAND_DISPLAY".to_owned()
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_window_leaves_room_for_the_desktop() {
        assert_eq!(first_size([1280.0, 800.0]), [1232.0, 704.0]);
        assert_eq!(first_size([1366.0, 768.0]), [1280.0, 672.0]);
        assert_eq!(first_size([2560.0, 1440.0]), FIRST_SIZE);
        assert_eq!(first_size([640.0, 480.0]), MIN_SIZE);
    }
}
