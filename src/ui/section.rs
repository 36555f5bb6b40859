//! Header and slider of a section of the panel.

use egui::{Align, DragValue, Layout, PointerButton, Response, RichText, Slider, Stroke, TextStyle, Ui, WidgetInfo};

use super::{
    text,
    theme::{self, STEP},
    widgets,
};

/// A section's name on the left, its value on the right.
pub fn header_ui<R>(ui: &mut Ui, name: &str, value: impl FnOnce(&mut Ui) -> R) -> R {
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL_HEIGHT);
        ui.label(RichText::new(name).strong());
        ui.with_layout(Layout::right_to_left(Align::Center), value).inner
    })
    .inner
}

/// A drop-down list with its name: beside it if the `current` and the `widest` choice fit there, otherwise below.
pub fn drop_down_ui(
    ui: &mut Ui,
    id: &'static str,
    name: &str,
    current: &str,
    widest: &str,
    list: impl FnOnce(&mut Ui),
) -> Response {
    let room = ui.available_width();
    let beside = room - widgets::text_width(ui, name, TextStyle::Body) - ui.spacing().item_spacing.x;
    let both_ui = |ui: &mut Ui| {
        ui.set_min_height(theme::CONTROL_HEIGHT);
        let label = ui.label(RichText::new(name).strong());
        let shown = widgets::drop_down(ui, id, ui.available_width(), current).show_ui(ui, list);
        shown.response.labelled_by(label.id)
    };
    if [current, widest].into_iter().all(|choice| widgets::fits_drop_down(ui, beside, choice)) {
        return ui.horizontal(both_ui).inner;
    }
    let shown = ui.vertical(both_ui).inner;
    if widgets::fits_drop_down(ui, room, current) { shown } else { shown.on_hover_text(current) }
}

/// A slider without a number, as wide as the panel.
pub fn full_width_slider(ui: &mut Ui, slider: Slider<'_>) -> Response {
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
pub fn named(response: Response, name: &str, value: f64) {
    response.widget_info(|| WidgetInfo::slider(response.enabled(), value, name));
}

/// Whether a slider was double clicked, which resets it.
pub fn is_reset(ui: &Ui, slider: &Response) -> bool {
    slider.contains_pointer() && ui.input(|input| input.pointer.button_double_clicked(PointerButton::Primary))
}

/// Where a slider is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SliderPlace {
    /// Between name and number.
    Beside,
    /// Below them.
    Below,
}

/// A share of 0–1, in percent; a double click resets it to `default`.
pub fn share_ui(ui: &mut Ui, place: SliderPlace, name: &str, hint: &str, share: &mut f32, default: f32) {
    let before = (*share * 100.0).round();
    let mut percent = before;
    let slider_ui =
        |ui: &mut Ui, percent: &mut f32| full_width_slider(ui, Slider::new(percent, 0.0..=100.0).step_by(1.0));
    let beside = header_ui(ui, name, |ui| {
        let value = DragValue::new(&mut percent).range(0.0..=100.0).speed(0.5).max_decimals(0).suffix(" %");
        named(ui.add(value), &text::value_of(name), f64::from(percent));
        (place == SliderPlace::Beside).then(|| slider_ui(ui, &mut percent))
    });
    let slider = beside.unwrap_or_else(|| slider_ui(ui, &mut percent));
    named(slider.clone(), name, f64::from(percent));
    if is_reset(ui, &slider) {
        *share = default;
    } else if percent != before {
        *share = percent / 100.0;
    }
    slider.on_hover_text(hint);
}

#[cfg(test)]
mod tests {
    use egui::{Context, RawInput, Shape};

    use super::*;
    use crate::{restore::Area, state::SidePanel};

    #[test]
    fn lists_show_their_choice_whole_in_the_narrowest_panel() {
        let context = Context::default();
        theme::install(&context);
        // Without the margins.
        let narrowest = SidePanel::Settings.widths()[0] - 6.0 * STEP;
        for (name, choice) in [
            (text::JPEG_ARTEFACTS, text::NO_ARTEFACTS),
            (text::JPEG_ARTEFACTS, "Auto: quality 30, detected"),
            (text::WHERE, text::area(Area::Unpainted)),
            (text::DEVICE, text::DEVICE_AUTO),
        ] {
            for width in [narrowest, 1.5 * narrowest] {
                let output = context.run_ui(RawInput::default(), |ui| {
                    ui.set_max_width(width);
                    drop_down_ui(ui, "list", name, choice, choice, |_| {});
                });
                let shown = output.shapes.iter().find_map(|shape| match &shape.shape {
                    Shape::Text(text) if text.galley.text() == choice => Some(!text.galley.elided),
                    _ => None,
                });
                assert_eq!(shown, Some(true), "{choice}, {width}");
            }
        }
    }
}
