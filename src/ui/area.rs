//! Where the restoration is applied: everywhere, in the painted area, or except there; and the brush.

use egui::{DragValue, Id, Slider, Ui, vec2};

use super::{
    Scene,
    section::{SliderPlace, drop_down_ui, full_width_slider, header_ui, is_reset, named, share_ui},
    text,
    theme::{self, STEP},
    viewer::{brush::Brush, canvas::Canvas},
    widgets::{self, caption, toggle},
};
use crate::{
    restore::{Area, Effect, Mask, Painting},
    state::Command,
};

/// Edits the mask of the photo on screen. One line until an area is chosen.
pub fn area_ui(ui: &mut Ui, scene: &Scene, canvas: &mut Canvas, commands: &mut Vec<Command>) {
    let mut mask = scene.mask.clone();
    let top = ui.cursor().top();
    ui.add_enabled_ui(scene.session.source().is_some(), |ui| choice_ui(ui, canvas, &mut mask));
    if !mask.is_everywhere() && scene.session.source().is_some() {
        tools_ui(ui, canvas, &mut mask);
        let brush = canvas.brush();
        diameter_ui(ui, brush);
        let (feather, default) = (&mut brush.feather, Brush::default().feather);
        share_ui(ui, SliderPlace::Beside, text::FEATHER, text::FEATHER_HINT, feather, default);
        share_ui(ui, SliderPlace::Below, text::ELSEWHERE, text::ELSEWHERE_HINT, &mut mask.elsewhere, 0.0);
        let help = if canvas.brush().is_on() { text::BRUSH_HELP } else { text::BRUSH_OFF };
        match mask.painting.is_empty() {
            true => caption(ui, format!("{} {help}", text::NOTHING_PAINTED)),
            false => caption(ui, help),
        };
    }
    reveal(ui, top, canvas.brush().is_on());
    if mask != *scene.mask {
        commands.push(Command::SetMask(mask));
    }
}

/// Scrolls the section, from `top` to here, into view when the brush is taken up.
fn reveal(ui: &Ui, top: f32, is_on: bool) {
    let was_on = Id::unique("brush was on");
    if is_on && !ui.data(|data| data.get_temp(was_on)).unwrap_or(false) {
        ui.scroll_to_rect(ui.min_rect().with_min_y(top), None);
    }
    ui.data_mut(|data| data.insert_temp(was_on, is_on));
}

fn choice_ui(ui: &mut Ui, canvas: &mut Canvas, mask: &mut Mask) {
    let (now, widest) = (text::area(mask.area), text::area(Area::Unpainted));
    let shown = drop_down_ui(ui, "where", text::WHERE, now, widest, |ui| {
        theme::roomy_menu(ui);
        for area in Area::ALL {
            if ui.selectable_label(mask.area == area, text::area(area)).clicked() {
                if mask.is_everywhere() && area != Area::Everywhere {
                    canvas.brush().set_on(true);
                }
                mask.area = area;
                ui.close();
            }
        }
    });
    shown.on_hover_text(text::WHERE_HINT);
}

/// Brush, eraser, overlay, and the button that clears the area.
fn tools_ui(ui: &mut Ui, canvas: &mut Canvas, mask: &mut Mask) {
    let size = vec2((ui.available_width() - 3.0 * STEP) / 4.0, theme::CONTROL_HEIGHT);
    ui.horizontal(|ui| {
        let brush = canvas.brush();
        for (effect, name, hint) in
            [(Effect::Add, text::BRUSH, text::BRUSH_HINT), (Effect::Erase, text::ERASER, text::ERASER_HINT)]
        {
            let is_on = brush.is_on() && brush.effect == effect;
            if toggle(ui, size, is_on, name, name).on_hover_text(hint).clicked() {
                brush.effect = effect;
                brush.set_on(!is_on);
            }
        }
        let is_shown = canvas.shows_area();
        let overlay = toggle(ui, size, is_shown, text::SHOW, text::SHOW_PAINTED);
        if overlay.on_hover_text(text::SHOW_PAINTED_HINT).clicked() {
            canvas.show_area(!is_shown);
        }
        ui.add_enabled_ui(!mask.painting.is_empty(), |ui| {
            if widgets::small_choice(ui, size, text::CLEAR, text::CLEAR_PAINTED).clicked() {
                mask.painting = Painting::default();
            }
        });
    });
}

fn diameter_ui(ui: &mut Ui, brush: &mut Brush) {
    let slider = header_ui(ui, text::BRUSH_SIZE, |ui| {
        let value = DragValue::new(&mut brush.diameter).range(Brush::DIAMETERS).max_decimals(0);
        named(ui.add(value), &text::value_of(text::BRUSH_SIZE), f64::from(brush.diameter));
        let slider = Slider::new(&mut brush.diameter, Brush::DIAMETERS).logarithmic(true).step_by(1.0);
        full_width_slider(ui, slider)
    });
    named(slider.clone(), text::BRUSH_SIZE, f64::from(brush.diameter));
    if is_reset(ui, &slider) {
        brush.diameter = Brush::default().diameter;
    }
    slider.on_hover_text(text::BRUSH_SIZE_HINT);
}
