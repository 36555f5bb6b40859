//! Drawing the window without a screen: one graphics device for all tests of a program, as drivers crash when they are
//! loaded and unloaded by several threads.

use std::sync::LazyLock;

use eframe::{
    egui_wgpu::{RendererOptions, WgpuSetup, WgpuSetupExisting},
    wgpu::Backends,
};
use egui_kittest::{
    Harness, LazyRenderer,
    wgpu::{WgpuTestRenderer, create_render_state, default_wgpu_setup},
};
use image::RgbaImage;
use redawn::window::RedawnApp;

use super::skip::skip;

/// None where there is no adapter at all. An adapter that does not work is a failure.
static SETUP: LazyLock<Option<WgpuSetup>> = LazyLock::new(|| {
    let setup = default_wgpu_setup();
    let instance = pollster::block_on(setup.new_instance());
    let adapters = pollster::block_on(instance.enumerate_adapters(Backends::all()));
    (!adapters.is_empty()).then(|| {
        let state = create_render_state(setup, RendererOptions::PREDICTABLE);
        let (instance, adapter, device, queue) = (state.instance, state.adapter, state.device, state.queue);
        WgpuSetup::Existing(WgpuSetupExisting { instance, adapter, device, queue })
    })
});

/// Draws from the first [`picture`] on.
pub fn renderer() -> LazyRenderer {
    LazyRenderer::new(|| WgpuTestRenderer::from_setup(SETUP.clone().expect("`picture` has looked for an adapter")))
}

/// The window as on a screen. None, and the test skipped, where nothing can draw it.
pub fn picture(harness: &mut Harness<'_, RedawnApp>) -> Option<RgbaImage> {
    if SETUP.is_none() {
        skip("no graphics adapter, not even a software one (mesa-vulkan-drivers)");
        return None;
    }
    Some(harness.render().expect("a drawn window"))
}
