//! Makes the window, or says in a sentence why there is none.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{Clerk, Parts, RedawnApp, Store, SystemDialogs};
use crate::{
    engine::{self, Threads},
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
    let options = eframe::NativeOptions {
        renderer: eframe::Renderer::Wgpu,
        viewport: egui::ViewportBuilder::default()
            .with_title("Redawn")
            .with_app_id("io.github.redawn.Redawn")
            .with_inner_size([1280.0, 800.0])
            .with_min_inner_size([720.0, 520.0])
            .with_drag_and_drop(true)
            .with_icon(icon()),
        ..Default::default()
    };
    // Parts of the windowing stack panic where they could answer with an error.
    let shown = AtomicBool::new(false);
    let ended = catch_unwind(AssertUnwindSafe(|| {
        let start = |creation: &eframe::CreationContext<'_>| {
            let app = start(creation, files)?;
            shown.store(true, Ordering::Relaxed);
            Ok(Box::new(app) as Box<dyn eframe::App>)
        };
        eframe::run_native("Redawn", options, Box::new(start))
    }));
    match ended {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(LaunchError::Window(explain(&error))),
        Err(panic) if shown.into_inner() => Err(LaunchError::Lost(engine::panic_text(panic.as_ref()))),
        Err(panic) => Err(LaunchError::Window(engine::panic_text(panic.as_ref()))),
    }
}

/// The app with its worker and the search for devices, each on a thread of its own.
fn start(creation: &eframe::CreationContext<'_>, files: Vec<PathBuf>) -> std::io::Result<RedawnApp> {
    let context = creation.egui_ctx.clone();
    let wake: Wake = Arc::new(move || context.request_repaint());
    let worker = Worker::spawn(engine::opener_on(Threads::BesideWindow), wake.clone())?;
    let reader = Worker::spawn(engine::opener_on(Threads::BesideWindow), wake.clone())?;
    let clerk = Clerk::spawn(wake)?;
    let (found, devices) = crossbeam_channel::bounded(1);
    let context = creation.egui_ctx.clone();
    std::thread::Builder::new().name("redawn-devices".to_owned()).spawn(move || {
        // Nobody listens any more when the window was closed meanwhile.
        if found.send(engine::list_devices()).is_ok() {
            context.request_repaint();
        }
    })?;
    Ok(RedawnApp::new(
        &creation.egui_ctx,
        Parts { worker, reader, clerk, devices, dialogs: Arc::new(SystemDialogs), files, store: Store::of_user() },
    ))
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
