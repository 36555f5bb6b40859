//! Draws the window without a screen. All tests of a program share one graphics device, since drivers crash when loaded
//! and unloaded by several threads.

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

/// None if there is no adapter. An adapter that does not work is a failure.
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

/// A renderer that is created by the first [`picture`].
pub fn renderer() -> LazyRenderer {
    LazyRenderer::new(|| WgpuTestRenderer::from_setup(SETUP.clone().expect("`picture` checks for an adapter")))
}

/// A screenshot of the window. None if there is no adapter: the test is skipped.
pub fn picture(harness: &mut Harness<'_, RedawnApp>) -> Option<RgbaImage> {
    if SETUP.is_none() {
        skip("no graphics adapter, not even a software one (mesa-vulkan-drivers)");
        return None;
    }
    Some(harness.render().expect("a drawn window"))
}
