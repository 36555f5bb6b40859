//! What the window says to the person.

use egui::{CornerRadius, Label, Rect, Stroke, StrokeKind, TextStyle, Ui, UiBuilder, Vec2, pos2, vec2};

use super::{
    text,
    theme::{self, STEP},
    widgets,
};
use crate::app::{Command, NoticeBoard, Tone};

/// Cards over the lower edge of the canvas, the newest at the bottom.
pub fn notices_ui(ui: &mut Ui, area: Rect, notices: &NoticeBoard, commands: &mut Vec<Command>) {
    let room = Rect::from_center_size(area.center(), vec2((area.width() - 4.0 * STEP).min(560.0), area.height()));
    let mut bottom = room.bottom() - 2.0 * STEP;
    let palette = theme::palette(ui);
    for (number, notice) in notices.iter().collect::<Vec<_>>().into_iter().rev() {
        let font = TextStyle::Body.resolve(ui.style());
        let text_width = room.width() - 4.0 * STEP - theme::CONTROL_HEIGHT;
        let galley = ui.painter().layout(notice.text.clone(), font, palette.text, text_width);
        let height = galley.size().y.max(theme::CONTROL_HEIGHT) + STEP;
        let card = Rect::from_min_max(pos2(room.left(), bottom - height), pos2(room.right(), bottom));
        bottom = card.top() - STEP;

        let rounding = CornerRadius::same(theme::ROUNDING + 2);
        ui.painter().add(ui.visuals().popup_shadow.as_shape(card, rounding));
        ui.painter().rect(card, rounding, palette.surface, Stroke::new(1.0, palette.line), StrokeKind::Inside);
        let mark = if notice.tone == Tone::Problem { palette.problem } else { palette.accent };
        let bar = card.shrink(STEP).with_max_x(card.left() + STEP + 3.0);
        ui.painter().rect_filled(bar, CornerRadius::same(1), mark);

        let text = Rect::from_min_size(
            pos2(card.left() + 2.5 * STEP, card.center().y - galley.size().y / 2.0),
            vec2(text_width, galley.size().y),
        );
        ui.scope_builder(UiBuilder::new().max_rect(text), |ui| ui.add(Label::new(galley)));
        let button = Rect::from_center_size(
            pos2(card.right() - STEP - theme::CONTROL_HEIGHT / 2.0, card.center().y),
            Vec2::splat(theme::CONTROL_HEIGHT),
        );
        ui.scope_builder(UiBuilder::new().max_rect(button), |ui| {
            if widgets::icon_button(ui, text::DISMISS, widgets::draw_cross).clicked() {
                commands.push(Command::Dismiss(*number));
            }
        });
    }
}
