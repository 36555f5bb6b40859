//! Labels on the photo: which picture it is, and its size.

use std::path::Path;

use egui::{Align2, Color32, CornerRadius, Rect, Role, Sense, Spinner, Ui, Vec2, WidgetInfo, vec2};

use super::{
    bidi::in_drawn_order,
    text, theme,
    viewer::compare::{Pane, Side},
};
use crate::pixels::Size;

/// Height of the bar that shows the progress of an update, in points.
const BAR_HEIGHT: f32 = 3.0;

/// Labels a pane in its corner if it fits. `gain`: amplification of a difference.
pub fn label_ui(ui: &mut Ui, pane: &Pane, size: Option<Size>, gain: u8) {
    let (name, corner) = match pane.side {
        Side::Before => (text::BEFORE.to_owned(), Align2::LEFT_TOP),
        Side::After => (text::AFTER.to_owned(), Align2::RIGHT_TOP),
        Side::Difference => (text::difference(gain), Align2::RIGHT_TOP),
    };
    let label = match size {
        Some(size) => format!("{name}  {}", text::px(size)),
        None => name.clone(),
    };
    tag_ui(ui, pane.visible, corner, ("label", pane.side), &label);
}

/// Says that the picture is not what the settings say, with the progress of its update if there is one.
pub fn outdated_ui(ui: &mut Ui, area: Rect, progress: Option<f32>) {
    if let Some(share) = progress {
        let bar = area.with_max_y(area.top() + BAR_HEIGHT);
        ui.painter().rect_filled(bar, 0.0, theme::LABEL_FILL);
        let done = bar.with_max_x(bar.left() + bar.width() * share);
        ui.painter().rect_filled(done, 0.0, theme::palette(ui).accent);
    }
    let words = if progress.is_some() { text::UPDATING } else { text::OUTDATED };
    tag_ui(ui, area, Align2::CENTER_TOP, "outdated", words);
}

/// Says that a photo is being opened, over what was shown before.
pub fn opening_ui(ui: &mut Ui, area: Rect, path: &Path) {
    ui.put(Rect::from_center_size(area.center(), Vec2::splat(4.0 * theme::STEP)), Spinner::new());
    tag_ui(ui, area, Align2::CENTER_TOP, "opening", &text::opening(path));
}

/// A label at a side of `area` if it fits.
pub fn tag_ui(ui: &Ui, area: Rect, side: Align2, id: impl egui::AsIdSalt, label: &str) {
    let painter = ui.painter().with_clip_rect(area);
    let galley =
        painter.layout_no_wrap(in_drawn_order(label).into_owned(), egui::FontId::proportional(13.0), theme::LABEL_TEXT);
    let padding = vec2(1.25 * theme::STEP, 0.5 * theme::STEP);
    let size = galley.size() + 2.0 * padding;
    let room = area.shrink(1.5 * theme::STEP);
    if room.width() < size.x || room.height() < size.y {
        return;
    }
    let rect = side.align_size_within_rect(size, room);
    let response = ui.interact(rect, ui.scope_id().with(id), Sense::empty());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, label));
    painter.rect_filled(rect, CornerRadius::same(theme::ROUNDING), theme::LABEL_FILL);
    painter.galley(rect.min + padding, galley, Color32::PLACEHOLDER);
}
