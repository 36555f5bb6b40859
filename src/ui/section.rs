//! Header and slider of a section of the panel.

use egui::{Align, Layout, PointerButton, RichText, Slider, Stroke, Ui, WidgetInfo};

use super::theme::{self, STEP};

/// A section's name on the left, its value on the right.
pub fn header_ui<R>(ui: &mut Ui, name: &str, value: impl FnOnce(&mut Ui) -> R) -> R {
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL_HEIGHT);
        ui.label(RichText::new(name).strong());
        ui.with_layout(Layout::right_to_left(Align::Center), value).inner
    })
    .inner
}

/// A slider without a number, as wide as the panel.
pub fn full_width_slider(ui: &mut Ui, slider: Slider<'_>) -> egui::Response {
    ui.scope(|ui| {
        let palette = theme::palette(ui);
        // Sets the size of the handle.
        ui.spacing_mut().interact_size.y = 2.5 * STEP;
        ui.spacing_mut().slider_width = ui.available_width();
        let widgets = &mut ui.visuals_mut().widgets;
        widgets.inactive.fg_stroke.width = 2.0;
        for state in [&mut widgets.hovered, &mut widgets.active] {
            state.bg_fill = palette.text;
            state.fg_stroke = Stroke::new(2.0, palette.accent);
        }
        ui.add(slider.show_value(false))
    })
    .inner
}

/// Sets the accessible name of a control without a label of its own.
pub fn named(response: egui::Response, name: &str, value: f64) {
    response.widget_info(|| WidgetInfo::slider(response.enabled(), value, name));
}

/// Whether a slider was double clicked, which resets it.
pub fn is_reset(ui: &Ui, slider: &egui::Response) -> bool {
    slider.contains_pointer() && ui.input(|input| input.pointer.button_double_clicked(PointerButton::Primary))
}
