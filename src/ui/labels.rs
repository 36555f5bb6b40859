//! Labels on the photo: which picture it is, and its size.

use egui::{Align2, Color32, CornerRadius, Role, Sense, Ui, WidgetInfo, vec2};

use super::{
    text, theme,
    viewer::{
        compare::{Pane, Side},
        source::AMPLIFICATION,
    },
};
use crate::pixels::Size;

/// Labels a pane in its corner if it fits.
pub fn label_ui(ui: &mut Ui, pane: &Pane, size: Option<Size>) {
    let (name, corner) = match pane.side {
        Side::Before => (text::BEFORE.to_owned(), Align2::LEFT_TOP),
        Side::After => (text::AFTER.to_owned(), Align2::RIGHT_TOP),
        Side::Difference => (text::difference(AMPLIFICATION), Align2::RIGHT_TOP),
    };
    let label = match size {
        Some(size) => format!("{name}  {}", text::px(size)),
        None => name.clone(),
    };
    let painter = ui.painter().with_clip_rect(pane.visible);
    let galley = painter.layout_no_wrap(label.clone(), egui::FontId::proportional(13.0), theme::LABEL_TEXT);
    let padding = vec2(1.25 * theme::STEP, 0.5 * theme::STEP);
    let size = galley.size() + 2.0 * padding;
    let room = pane.visible.shrink(1.5 * theme::STEP);
    if room.width() < size.x || room.height() < size.y {
        return;
    }
    let rect = corner.align_size_within_rect(size, room);
    let response = ui.interact(rect, ui.scope_id().with(("label", pane.side)), Sense::empty());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &label));
    painter.rect_filled(rect, CornerRadius::same(theme::ROUNDING), theme::LABEL_FILL);
    painter.galley(rect.min + padding, galley, Color32::PLACEHOLDER);
}
