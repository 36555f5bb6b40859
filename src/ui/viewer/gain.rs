//! The slider for the amplification of the difference, below its label.

use egui::{Align2, CornerRadius, Rect, Slider, Ui, UiBuilder, vec2};

use crate::{
    state::Settings,
    ui::{
        section::{full_width_slider, is_reset, named},
        text,
        theme::{self, STEP},
    },
};

/// Size of the slider with its background, in points.
const SIZE: egui::Vec2 = vec2(184.0, 32.0);

/// Edits `gain` in a corner of `area` if there is room, `below` points under its upper edge.
pub fn gain_ui(ui: &mut Ui, area: Rect, below: f32, gain: &mut u8) {
    let room = area.shrink(1.5 * STEP).with_min_y(area.top() + below);
    if room.width() < SIZE.x || room.height() < SIZE.y {
        return;
    }
    let rect = Align2::RIGHT_TOP.align_size_within_rect(SIZE, room);
    ui.painter().rect_filled(rect, CornerRadius::same(theme::ROUNDING), theme::LABEL_FILL);
    let inner = Rect::from_center_size(rect.center(), vec2(SIZE.x - 2.5 * STEP, 2.5 * STEP));
    ui.scope_builder(UiBuilder::new().max_rect(inner), |ui| {
        let slider = full_width_slider(ui, Slider::new(gain, Settings::DIFFERENCE_GAINS).logarithmic(true));
        named(slider.clone(), text::DIFFERENCE_GAIN, f64::from(*gain));
        if is_reset(ui, &slider) {
            *gain = Settings::DIFFERENCE_GAIN;
        }
        slider.on_hover_text(text::DIFFERENCE_GAIN_HINT);
    });
}
