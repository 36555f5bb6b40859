//! Size of the result: a factor, or the length of its longer side.

use egui::{DragValue, RichText, Ui, vec2};

use super::{
    Scene,
    preview_grid::preview_button,
    section::{header_ui, named},
    text,
    theme::{self, STEP},
    widgets::choice,
};
use crate::{
    pixels::Size,
    restore::Scale,
    state::{Command, Compared},
};

/// Width of the field for any factor, in points.
const FACTOR_WIDTH: f32 = 8.0 * STEP;

/// Edits `scale`.
pub fn size_ui(ui: &mut Ui, scene: &Scene, scale: &mut Scale, commands: &mut Vec<Command>) {
    let photo = scene.session.source().map(|source| source.photo.size());
    header_ui(ui, text::SIZE, |ui| {
        long_side_ui(ui, photo, scale);
        preview_button(ui, scene, Compared::Sizes, commands);
    });
    ui.horizontal(|ui| {
        let size = vec2((ui.available_width() - 4.0 * STEP - FACTOR_WIDTH) / 4.0, theme::CONTROL_HEIGHT);
        for whole in Scale::WHOLE {
            let title = text::scale(whole);
            if choice(ui, size, *scale == whole, &title, None, &title).clicked() {
                *scale = whole;
            }
        }
        factor_ui(ui, photo, scale);
    });
}

/// Any factor from 1 to 4.
fn factor_ui(ui: &mut Ui, photo: Option<Size>, scale: &mut Scale) {
    let shown = match (*scale, photo) {
        (Scale::Percent(percent), _) => f64::from(percent) / 100.0,
        (scale, Some(photo)) => scale.factor_for(photo),
        (Scale::LongSide(_), None) => 1.0,
    };
    let mut factor = shown;
    let field = DragValue::new(&mut factor).range(1.0..=Scale::MOST as f64).speed(0.01).max_decimals(2).suffix("×");
    let field = ui.add_sized(vec2(FACTOR_WIDTH, theme::CONTROL_HEIGHT), field);
    named(field.on_hover_text(text::FACTOR_HINT), text::FACTOR, shown);
    if factor != shown {
        *scale = Scale::from_factor(factor).unwrap_or(*scale);
    }
}

/// The length of the longer side in px.
fn long_side_ui(ui: &mut Ui, photo: Option<Size>, scale: &mut Scale) {
    let long = |size: Size| size.width.max(size.height).max(1) as u32;
    let (shown, range) = match (*scale, photo) {
        (scale, Some(photo)) => (long(scale.size_of(photo)), long(photo)..=Scale::MOST as u32 * long(photo)),
        (Scale::LongSide(length), None) => (length, 1..=u32::MAX),
        (Scale::Percent(_), None) => return,
    };
    let mut length = shown;
    let field = DragValue::new(&mut length).range(range).suffix(" px");
    named(ui.add(field).on_hover_text(text::LONG_SIDE_HINT), text::LONG_SIDE, f64::from(shown));
    ui.label(RichText::new(text::LONG_SIDE).color(theme::palette(ui).text_quiet));
    if length != shown {
        *scale = Scale::LongSide(length);
    }
}
