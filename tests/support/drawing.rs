//! Renders the window without a screen, with one graphics device for all tests of a program: drivers crash if they are
//! loaded and unloaded on several threads.

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

/// None without an adapter. An adapter that does not work is a failure.
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

/// A renderer for [`picture`].
pub fn renderer() -> LazyRenderer {
    LazyRenderer::new(|| WgpuTestRenderer::from_setup(SETUP.clone().expect("`picture` has looked for an adapter")))
}

/// Renders the window. None, and a skip, without an adapter.
pub fn picture(harness: &mut Harness<'_, RedawnApp>) -> Option<RgbaImage> {
    if SETUP.is_none() {
        skip("no graphics adapter, not even a software one (mesa-vulkan-drivers)");
        return None;
    }
    Some(harness.render().expect("a drawn window"))
}
