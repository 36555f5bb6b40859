//! The switch between the ways to compare.

use egui::{Color32, CornerRadius, Painter, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::canvas::Canvas;
use crate::{
    state::{Compare, Cut},
    ui::{
        text,
        theme::{self, STEP},
    },
};

type Draw = fn(&Painter, Rect, Color32);

/// The comparisons in order: name, tooltip (but for the difference, whose amplification varies) and icon.
const COMPARISONS: [(Compare, &str, &str, Draw); 5] = [
    (Compare::Split(Cut::Auto), text::SPLIT, text::SPLIT_HINT, draw_split),
    (Compare::SideBySide(Cut::Auto), text::SIDE_BY_SIDE, text::SIDE_BY_SIDE_HINT, draw_side_by_side),
    (Compare::Before, text::BEFORE_ONLY, text::BEFORE_ONLY_HINT, draw_before),
    (Compare::After, text::AFTER_ONLY, text::AFTER_ONLY_HINT, draw_after),
    (Compare::Difference, text::DIFFERENCE, "", draw_difference),
];

/// A row of segments, for a right-to-left layout.
pub fn compare_switch_ui(ui: &mut Ui, canvas: &mut Canvas) {
    let side = theme::CONTROL_HEIGHT;
    let size = vec2(side * COMPARISONS.len() as f32, side);
    if ui.available_width() < size.x {
        return;
    }
    ui.add_enabled_ui(canvas.is_comparing(), |ui| {
        let (row, _) = ui.allocate_exact_size(size, Sense::hover());
        let palette = theme::palette(ui);
        let rounding = CornerRadius::same(theme::ROUNDING);
        ui.painter().rect_filled(row, rounding, palette.raised);
        for (index, (mode, name, hint, draw)) in COMPARISONS.into_iter().enumerate() {
            let rect = Rect::from_min_size(pos2(row.left() + index as f32 * side, row.top()), vec2(side, side));
            let selected = std::mem::discriminant(&mode) == std::mem::discriminant(&canvas.compare_shown());
            let response = ui.interact(rect, ui.scope_id().with(name), Sense::click());
            response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), selected, name));
            let enabled = ui.is_enabled();
            let lit = enabled && (response.hovered() || response.has_focus());
            let fill = match (selected && enabled, lit) {
                (true, _) => palette.accent_tint,
                (false, true) => palette.raised_hover,
                (false, false) => palette.raised,
            };
            let edge = match (selected && enabled, response.has_focus()) {
                (true, focus) => Stroke::new(if focus { 2.5 } else { 1.5 }, palette.accent),
                (false, true) => Stroke::new(1.5, palette.text_quiet),
                (false, false) => Stroke::NONE,
            };
            ui.painter().rect(rect, rounding, fill, edge, StrokeKind::Inside);
            let colour = if enabled { palette.text } else { palette.text_quiet };
            draw(ui.painter(), Rect::from_center_size(rect.center(), vec2(2.25 * STEP, 1.75 * STEP)), colour);
            if response.clicked() {
                canvas.choose(mode);
                ui.ctx().request_repaint();
            }
            let hint = if mode == Compare::Difference { text::difference_hint(canvas.gain()) } else { hint.to_owned() };
            response.on_hover_text(&hint).on_disabled_hover_text(hint);
        }
    });
}

const LINE: f32 = 1.5;

fn frame(painter: &Painter, rect: Rect, colour: Color32) {
    painter.rect_stroke(rect, CornerRadius::same(2), Stroke::new(LINE, colour), StrokeKind::Inside);
}

fn draw_split(painter: &Painter, rect: Rect, colour: Color32) {
    frame(painter, rect, colour);
    painter.rect_filled(rect.with_max_x(rect.center().x), CornerRadius::same(2), colour);
}

fn draw_side_by_side(painter: &Painter, rect: Rect, colour: Color32) {
    let (left, right) = rect.split_left_right_at_x(rect.center().x);
    let gap = 1.25;
    frame(painter, left.with_max_x(left.right() - gap), colour);
    frame(painter, right.with_min_x(right.left() + gap), colour);
}

/// A frame with grain.
fn draw_before(painter: &Painter, rect: Rect, colour: Color32) {
    frame(painter, rect, colour);
    let inside = rect.shrink(4.0);
    for (x, y) in [(0.0, 0.1), (0.35, 0.75), (0.6, 0.15), (1.0, 0.5), (0.1, 1.0), (0.75, 1.0)] {
        let at = pos2(inside.left() + x * inside.width(), inside.top() + y * inside.height());
        painter.circle_filled(at, 1.0, colour);
    }
}

/// A frame without grain.
fn draw_after(painter: &Painter, rect: Rect, colour: Color32) {
    frame(painter, rect, colour);
    painter.rect_filled(rect.shrink(3.5), CornerRadius::same(1), colour);
}

/// Plus and minus.
fn draw_difference(painter: &Painter, rect: Rect, colour: Color32) {
    let (centre, stroke) = (rect.center(), Stroke::new(LINE, colour));
    let reach = 4.5;
    painter.hline(centre.x - reach..=centre.x + reach, centre.y - 2.0, stroke);
    painter.vline(centre.x, centre.y - 2.0 - reach..=centre.y - 2.0 + reach, stroke);
    painter.hline(centre.x - reach..=centre.x + reach, centre.y + 6.0, stroke);
}
