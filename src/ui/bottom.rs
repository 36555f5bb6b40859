//! The bar at the bottom.

use egui::{Align, Label, Layout, TextStyle, Ui};

use super::{
    Scene, text,
    theme::{self, STEP},
    viewer::{canvas::Canvas, compare_switch::compare_switch_ui, zoom::zoom_ui},
};
use crate::state::Session;

/// The photo on the left, comparison and zoom on the right.
pub fn bottom_ui(ui: &mut Ui, scene: &Scene, canvas: &mut Canvas) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        zoom_ui(ui, canvas);
        compare_switch_ui(ui, canvas);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| match (scene.session, scene.session.source()) {
            (Session::Opening { path, .. }, _) => {
                ui.add(Label::new(format!("{} {}", text::OPENING, text::file_name(path))).truncate());
            }
            (_, Some(source)) => {
                let (name, size) = (text::file_name(&source.path), text::px_and_megapixels(source.photo.size()));
                let quiet = theme::palette(ui).text_quiet;
                let mut line = egui::text::LayoutJob::default();
                let font = TextStyle::Body.resolve(ui.style());
                line.append(&name, 0.0, egui::TextFormat::simple(font.clone(), theme::palette(ui).text));
                line.append(&size, 2.0 * STEP, egui::TextFormat::simple(font, quiet));
                ui.add(Label::new(line).truncate());
            }
            _ => {}
        });
    });
}
