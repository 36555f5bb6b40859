//! Strength sliders: overall, and collapsed, of luminance and colour.

use egui::{CollapsingHeader, DragValue, Slider, Ui};

use super::{
    Scene,
    section::{full_width_slider, header_ui, is_reset, named},
    text,
};
use crate::restore::Strength;

/// Edits `strength`. A grey photo has no colour slider.
pub fn strength_ui(ui: &mut Ui, scene: &Scene, strength: &mut Strength) {
    share_ui(ui, text::STRENGTH, text::STRENGTH_HINT, &mut strength.overall, 1.0);
    let grey = scene.session.source().is_some_and(|source| source.photo.is_grey());
    let fold = CollapsingHeader::new(text::luminance_and_colour(*strength, grey)).id_salt("apart");
    fold.show_unindented(ui, |ui| {
        share_ui(ui, text::LUMINANCE, text::LUMINANCE_HINT, &mut strength.luminance, 1.0);
        if !grey {
            share_ui(ui, text::COLOUR, text::COLOUR_HINT, &mut strength.colour, 1.0);
        }
    });
}

/// A share of 0–1, in percent; a double click resets it to `default`.
pub fn share_ui(ui: &mut Ui, name: &str, hint: &str, share: &mut f32, default: f32) {
    let before = (*share * 100.0).round();
    let mut percent = before;
    header_ui(ui, name, |ui| {
        let value = DragValue::new(&mut percent).range(0.0..=100.0).speed(0.5).max_decimals(0).suffix(" %");
        named(ui.add(value), &text::value_of(name), f64::from(percent));
    });
    let slider = full_width_slider(ui, Slider::new(&mut percent, 0.0..=100.0).step_by(1.0));
    named(slider.clone(), name, f64::from(percent));
    if is_reset(ui, &slider) {
        *share = default;
    } else if percent != before {
        *share = percent / 100.0;
    }
    slider.on_hover_text(hint);
}
