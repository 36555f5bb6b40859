//! Progress of a long search for photos, with a button that stops it.

use egui::{Align, CornerRadius, Label, Layout, Rect, Spinner, Stroke, StrokeKind, Ui, UiBuilder, vec2};

use super::{
    text,
    theme::{self, STEP},
};
use crate::state::{Command, Searching};

/// A card over the upper edge of the canvas.
pub fn search_ui(ui: &mut Ui, area: Rect, search: Option<&Searching>, commands: &mut Vec<Command>) {
    let Some(search) = search else { return };
    let palette = theme::palette(ui);
    let size = vec2((area.width() - 4.0 * STEP).min(560.0), theme::CONTROL_HEIGHT + 2.0 * STEP);
    let card = Rect::from_center_size(area.center_top() + vec2(0.0, 2.0 * STEP + size.y / 2.0), size);
    let rounding = CornerRadius::same(theme::ROUNDING + 2);
    ui.painter().add(ui.visuals().popup_shadow.as_shape(card, rounding));
    ui.painter().rect(card, rounding, palette.surface, Stroke::new(1.0, palette.line), StrokeKind::Inside);
    let inner = card.shrink2(vec2(2.0 * STEP, STEP));
    ui.scope_builder(UiBuilder::new().max_rect(inner).layout(Layout::right_to_left(Align::Center)), |ui| {
        if ui.button(text::STOP_SEARCH).clicked() {
            commands.push(Command::StopSearch);
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add(Spinner::new().size(2.0 * STEP));
            ui.add(Label::new(text::searching(&search.place, search.found)).truncate());
        });
    });
}
