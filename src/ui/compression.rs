//! Removal of JPEG artefacts: one line that opens a list.

use egui::{DragValue, RichText, Slider, Ui};

use super::{
    Scene,
    section::{full_width_slider, header_ui, is_reset, named},
    text,
    theme::{self, STEP},
    widgets,
};
use crate::{imaging::JpegHistory, restore::Compression};

/// Edits `compression`.
pub fn compression_ui(ui: &mut Ui, scene: &Scene, compression: &mut Compression) {
    let found = scene.session.source().map(|source| source.photo.metadata.jpeg);
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL_HEIGHT);
        let label = ui.label(RichText::new(text::JPEG_ARTEFACTS).strong());
        let now = text::compression(*compression, found);
        let list = widgets::drop_down(ui, "compression", ui.available_width(), &now);
        let shown = list.show_ui(ui, |ui| list_ui(ui, compression, found));
        let response = shown.response.labelled_by(label.id);
        response.on_hover_text(format!("{now}\n{}", text::compression_hint(found)));
    });
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
