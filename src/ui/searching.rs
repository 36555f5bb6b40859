//! Progress of a long search for photos, with a button that stops it.

use egui::{Align, Label, Layout, Spinner, Ui, vec2};

use super::{
    text,
    theme::{self, STEP},
    widgets::words_label,
};
use crate::state::{Command, Searching};

/// A row with the place and what was found there.
pub fn search_ui(ui: &mut Ui, search: Option<&Searching>, commands: &mut Vec<Command>) {
    let Some(search) = search else { return };
    let row = vec2(ui.available_width(), theme::CONTROL_HEIGHT);
    ui.allocate_ui_with_layout(row, Layout::right_to_left(Align::Center), |ui| {
        if ui.button(text::STOP_SEARCH).clicked() {
            commands.push(Command::StopSearch);
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add(Spinner::new().size(2.0 * STEP));
            let words = text::searching(&search.place, search.found);
            words_label(ui, &words, |words| Label::new(words).truncate());
        });
    });
}
