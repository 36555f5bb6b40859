//! Zoom controls.

use egui::{DragValue, Ui, WidgetInfo, vec2};

use super::canvas::{Canvas, ZOOM_STEP};
use crate::ui::{text, theme, widgets};

/// Space for all controls beside the comparisons, in points. With less, keys, wheel and clicks remain.
const ALL: f32 = 424.0;
const FIELD_AND_BUTTONS: f32 = 346.0;
const BUTTONS: f32 = 270.0;

/// The controls, in a right-to-left layout.
pub fn zoom_ui(ui: &mut Ui, canvas: &mut Canvas) {
    let room = ui.available_width();
    ui.add_enabled_ui(canvas.has_photo(), |ui| {
        if room > ALL && widgets::icon_button(ui, text::ZOOM_IN, widgets::draw_sign(true)).clicked() {
            canvas.zoom_by(ZOOM_STEP);
        }
        if room > FIELD_AND_BUTTONS {
            field_ui(ui, canvas);
        }
        if room > ALL && widgets::icon_button(ui, text::ZOOM_OUT, widgets::draw_sign(false)).clicked() {
            canvas.zoom_by(1.0 / ZOOM_STEP);
        }
        if room > BUTTONS {
            if ui.button(text::ONE_TO_ONE).on_hover_text(text::ONE_TO_ONE_HINT).clicked() {
                canvas.zoom_to(1.0, ui.ctx().pixels_per_point());
            }
            if ui.button(text::FIT).on_hover_text(text::FIT_HINT).clicked() {
                canvas.fit();
            }
        }
    });
}

/// The zoom in percent: typed or dragged.
fn field_ui(ui: &mut Ui, canvas: &mut Canvas) {
    let pixels_per_point = ui.ctx().pixels_per_point();
    let (ready, shown) = (canvas.has_photo(), f64::from(canvas.zoom(pixels_per_point)) * 100.0);
    let mut percent = shown;
    let value = DragValue::new(&mut percent)
        .speed(0.01 * shown)
        .range(0.1..=100_000.0)
        .clamp_existing_to_range(false)
        .update_while_editing(false)
        .custom_formatter(move |percent, _| if ready { text::percent(percent as f32 / 100.0) } else { "–".to_owned() })
        .custom_parser(|typed| typed.trim().trim_end_matches('%').trim().replace(',', ".").parse().ok());
    let field = ui.add_sized(vec2(8.0 * theme::STEP, theme::CONTROL_HEIGHT), value);
    field.widget_info(|| {
        let mut info = WidgetInfo::labeled(egui::Role::SpinButton, ready, text::ZOOM);
        info.value = Some(shown.round());
        info
    });
    // Rounding of the display is not a change.
    if (percent - shown).abs() > 1e-3 * shown && percent.round() != shown.round() {
        canvas.zoom_to(percent as f32 / 100.0, pixels_per_point);
    }
    field.on_hover_text(text::ZOOM_HINT);
}
