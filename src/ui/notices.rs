//! Notices, as cards over the canvas.

use egui::{
    Align, CornerRadius, Id, Label, Layout, Rect, RichText, ScrollArea, Stroke, StrokeKind, TextStyle, Ui, UiBuilder,
    Vec2, pos2, vec2,
};

use super::{
    text,
    theme::{self, STEP},
    widgets,
};
use crate::state::{Command, Notice, NoticeBoard, Tone};

/// Height of expanded details, in points.
const DETAILS_HEIGHT: f32 = 144.0;

/// Cards over the lower edge of the canvas, the newest at the bottom.
pub fn notices_ui(ui: &mut Ui, area: Rect, notices: &NoticeBoard, commands: &mut Vec<Command>) {
    let room = Rect::from_center_size(area.center(), vec2((area.width() - 4.0 * STEP).min(560.0), area.height()));
    let mut bottom = room.bottom() - 2.0 * STEP;
    for (number, notice) in notices.iter().collect::<Vec<_>>().into_iter().rev() {
        let top = card_ui(ui, room.with_max_y(bottom), *number, notice, commands);
        bottom = top - STEP;
    }
}

/// One card at the bottom of `room`. Returns its upper edge.
fn card_ui(ui: &mut Ui, room: Rect, number: u64, notice: &Notice, commands: &mut Vec<Command>) -> f32 {
    let palette = theme::palette(ui);
    let expanded_id = Id::unique("details").with(number);
    let expanded = notice.details.is_some() && ui.data(|data| data.get_temp(expanded_id)).unwrap_or(false);
    let font = TextStyle::Body.resolve(ui.style());
    let text_width = room.width() - 4.0 * STEP - theme::CONTROL_HEIGHT;
    let galley = ui.painter().layout(notice.text.clone(), font, palette.text, text_width);

    let words = galley.size().y.max(theme::CONTROL_HEIGHT);
    let details = if expanded { DETAILS_HEIGHT + STEP } else { 0.0 };
    let has_buttons = notice.offer.is_some() || notice.details.is_some();
    let buttons = if has_buttons { theme::CONTROL_HEIGHT + 0.5 * STEP } else { 0.0 };
    let card = room.with_min_y(room.bottom() - words - details - buttons - STEP);

    let rounding = CornerRadius::same(theme::ROUNDING + 2);
    ui.painter().add(ui.visuals().popup_shadow.as_shape(card, rounding));
    ui.painter().rect(card, rounding, palette.surface, Stroke::new(1.0, palette.line), StrokeKind::Inside);
    let mark = if notice.tone == Tone::Problem { palette.problem } else { palette.accent };
    let bar = card.shrink(STEP).with_max_x(card.left() + STEP + 3.0);
    ui.painter().rect_filled(bar, CornerRadius::same(1), mark);

    let (left, middle) = (card.left() + 2.5 * STEP, card.top() + 0.5 * STEP + words / 2.0);
    let place = Rect::from_min_size(pos2(left, middle - galley.size().y / 2.0), vec2(text_width, galley.size().y));
    ui.scope_builder(UiBuilder::new().max_rect(place), |ui| ui.add(Label::new(galley)));
    if let (true, Some(details)) = (expanded, &notice.details) {
        let top = card.top() + words + STEP;
        let place = Rect::from_min_max(pos2(left, top), pos2(card.right() - 2.0 * STEP, top + DETAILS_HEIGHT));
        ui.scope_builder(UiBuilder::new().max_rect(place).id_salt(number), |ui| details_ui(ui, details));
    }
    let place = Rect::from_min_max(
        pos2(left, card.bottom() - buttons - 0.5 * STEP),
        pos2(card.right() - STEP, card.bottom() - STEP),
    );
    if has_buttons {
        ui.scope_builder(UiBuilder::new().max_rect(place).layout(Layout::left_to_right(Align::Center)), |ui| {
            if let Some(offer) = &notice.offer
                && ui.button(text::offer(offer)).clicked()
            {
                commands.push(Command::AcceptOffer(number));
            }
            if let Some(details) = &notice.details {
                if ui.selectable_label(expanded, text::DETAILS).clicked() {
                    ui.data_mut(|data| data.insert_temp(expanded_id, !expanded));
                }
                if expanded && ui.button(text::COPY_DETAILS).clicked() {
                    ui.ctx().copy_text(details.clone());
                }
            }
        });
    }
    let button = Rect::from_center_size(
        pos2(card.right() - STEP - theme::CONTROL_HEIGHT / 2.0, middle),
        Vec2::splat(theme::CONTROL_HEIGHT),
    );
    ui.scope_builder(UiBuilder::new().max_rect(button), |ui| {
        if widgets::icon_button(ui, text::DISMISS, widgets::draw_cross).clicked() {
            commands.push(Command::Dismiss(number));
        }
    });
    card.top()
}

fn details_ui(ui: &mut Ui, details: &str) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let quiet = theme::palette(ui).text_quiet;
        ui.add(Label::new(RichText::new(details).monospace().color(quiet)).wrap().selectable(true));
    });
}
