//! Strength sliders: overall, and collapsed, of luminance and colour.

use egui::{CollapsingHeader, Ui};

use super::{
    Scene,
    section::{SliderPlace, share_ui},
    text,
};
use crate::restore::Strength;

/// Edits `strength`. A grey photo has no colour slider.
pub fn strength_ui(ui: &mut Ui, scene: &Scene, strength: &mut Strength) {
    share_ui(ui, SliderPlace::Below, text::STRENGTH, text::STRENGTH_HINT, &mut strength.overall, 1.0);
    let grey = scene.session.source().is_some_and(|source| source.photo.is_grey());
    let fold = CollapsingHeader::new(text::luminance_and_colour(*strength, grey)).id_salt("apart");
    fold.show_unindented(ui, |ui| {
        share_ui(ui, SliderPlace::Below, text::LUMINANCE, text::LUMINANCE_HINT, &mut strength.luminance, 1.0);
        if !grey {
            share_ui(ui, SliderPlace::Below, text::COLOUR, text::COLOUR_HINT, &mut strength.colour, 1.0);
        }
    });
}
