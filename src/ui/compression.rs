//! Removal of JPEG artefacts: one line that opens a list.

use egui::{DragValue, Slider, Ui};

use super::{
    Scene,
    section::{drop_down_ui, full_width_slider, header_ui, is_reset, named},
    text,
    theme::{self, STEP},
};
use crate::{imaging::JpegHistory, restore::Compression};

/// Edits `compression`.
pub fn compression_ui(ui: &mut Ui, scene: &Scene, compression: &mut Compression) {
    let found = scene.session.source().map(|source| source.photo.metadata.jpeg);
    let now = text::compression(*compression, found);
    let shown = drop_down_ui(ui, "compression", text::JPEG_ARTEFACTS, &now, text::NO_ARTEFACTS, |ui| {
        list_ui(ui, compression, found);
    });
    shown.on_hover_text(text::compression_hint(found));
}

fn list_ui(ui: &mut Ui, compression: &mut Compression, found: Option<JpegHistory>) {
    theme::roomy_menu(ui);
    ui.set_min_width(28.0 * STEP);
    let steps = Compression::PRESETS.map(|(_, quality)| Compression::Quality(quality));
    for choice in [Compression::Auto, Compression::None].into_iter().chain(steps) {
        if ui.selectable_label(*compression == choice, text::compression(choice, found)).clicked() {
            *compression = choice;
            ui.close();
        }
    }
    ui.separator();
    let before = compression.quality(found.unwrap_or_default()).unwrap_or(100);
    let mut quality = before;
    header_ui(ui, text::SOURCE_QUALITY, |ui| {
        let value = ui.add(DragValue::new(&mut quality).range(1..=100).speed(0.5));
        named(value, &text::value_of(text::SOURCE_QUALITY), quality.into());
    });
    let slider = full_width_slider(ui, Slider::new(&mut quality, 1..=100));
    named(slider.clone(), text::SOURCE_QUALITY, quality.into());
    if is_reset(ui, &slider) {
        *compression = Compression::default();
    } else if quality != before {
        *compression = Compression::Quality(quality);
    }
}
