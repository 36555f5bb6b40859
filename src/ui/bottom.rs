//! The bar at the bottom.

use egui::{Align, Label, Layout, RichText, TextStyle, Ui};

use super::{
    Scene,
    names::fitted_name,
    text,
    theme::{self, STEP},
    viewer::{canvas::Canvas, compare_switch::compare_switch_ui, zoom::zoom_ui},
    widgets,
};
use crate::state::Session;

/// Least width for a name, in points.
const LEAST_NAME: f32 = 56.0;

/// The photo on the left, comparison and zoom on the right.
pub fn bottom_ui(ui: &mut Ui, scene: &Scene, canvas: &mut Canvas) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        zoom_ui(ui, canvas);
        compare_switch_ui(ui, canvas);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| match (scene.session, scene.session.source()) {
            (Session::Opening { path, .. }, _) => {
                widgets::words_label(ui, &text::opening(path), |words| Label::new(words).truncate());
            }
            (_, Some(source)) => {
                photo_ui(ui, &text::file_name(&source.path), &text::px_and_megapixels(source.photo.size()));
            }
            _ => {}
        });
    });
}

/// Name and size of the photo, as far as there is room.
fn photo_ui(ui: &mut Ui, name: &str, size: &str) {
    let room = ui.available_width();
    if room < LEAST_NAME {
        return;
    }
    let font = TextStyle::Body.resolve(ui.style());
    let quiet = theme::palette(ui).text_quiet;
    let size_width = ui.painter().layout_no_wrap(size.to_owned(), font.clone(), quiet).size().x + 2.0 * STEP;
    let with_size = room - size_width >= 2.0 * LEAST_NAME;
    let shown = fitted_name(ui, name, &font, if with_size { room - size_width } else { room });
    let label = widgets::name_label(ui, name, &shown, |name| name);
    widgets::words_on_hover(label, &format!("{name}\n{size}"));
    if with_size {
        ui.add_space(STEP);
        ui.add(Label::new(RichText::new(size).color(quiet)).truncate());
    }
}
