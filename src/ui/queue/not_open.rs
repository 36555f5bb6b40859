//! A selected photo that is not open.

use egui::{Align, Label, Layout, Rect, TextStyle, Ui, UiBuilder, vec2};

use super::super::{names::fitted_name, text, theme::STEP, widgets};
use crate::state::{Command, Item, State};

/// Shown in place of a photo that could not be opened, or whose opening was stopped.
pub fn not_open_ui(ui: &mut Ui, area: Rect, item: &Item, commands: &mut Vec<Command>) {
    let (reason, label, command) = match &item.state {
        State::Failed(reason) => (reason.as_str(), text::RETRY, Command::Retry(item.id)),
        _ => (text::OPENING_STOPPED, text::OPEN_PHOTO, Command::Select(item.id)),
    };
    let room = Rect::from_center_size(area.center(), vec2((area.width() - 4.0 * STEP).min(60.0 * STEP), 20.0 * STEP));
    ui.scope_builder(UiBuilder::new().max_rect(room).layout(Layout::top_down(Align::Center)), |ui| {
        let name = text::file_name(&item.path);
        let font = TextStyle::Heading.resolve(ui.style());
        let short = fitted_name(ui, &name, &font, ui.available_width());
        widgets::name_label(ui, &name, &short, |name| name.text_style(TextStyle::Heading).strong());
        widgets::words_label(ui, reason, |words| Label::new(words).wrap());
        ui.add_space(STEP);
        ui.allocate_ui(vec2(24.0 * STEP, 5.0 * STEP), |ui| {
            if widgets::wide_button(ui, label).clicked() {
                commands.push(command);
            }
        });
    });
}
