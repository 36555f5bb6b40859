//! Where the restoration is applied: everywhere, in the painted area, or except there; and the brush.

use egui::{DragValue, Slider, Ui, vec2};

use super::{
    Scene,
    section::{SliderPlace, drop_down_ui, full_width_slider, header_ui, is_reset, named, reveal, share_ui},
    text,
    theme::{self, STEP},
    viewer::{
        brush::{Target, Tip},
        canvas::Canvas,
    },
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
        let tip = &mut canvas.brush().area;
        diameter_ui(ui, tip);
        let (feather, default) = (&mut tip.feather, Tip::AREA.feather);
        share_ui(ui, SliderPlace::Beside, text::FEATHER, text::FEATHER_HINT, feather, default);
        share_ui(ui, SliderPlace::Below, text::ELSEWHERE, text::ELSEWHERE_HINT, &mut mask.elsewhere, 0.0);
        let help = if canvas.brush().paints(Target::Area) { text::BRUSH_HELP } else { text::BRUSH_OFF };
        match mask.painting.is_empty() {
            true => caption(ui, format!("{} {help}", text::NOTHING_PAINTED)),
            false => caption(ui, help),
        };
    }
    reveal(ui, "area", top, canvas.brush().paints(Target::Area));
    if mask != *scene.mask {
        commands.push(Command::SetMask(mask));
    }
}

fn choice_ui(ui: &mut Ui, canvas: &mut Canvas, mask: &mut Mask) {
    let (now, widest) = (text::area(mask.area), text::area(Area::Unpainted));
    let shown = drop_down_ui(ui, "where", text::WHERE, now, widest, |ui| {
        theme::roomy_menu(ui);
        for area in Area::ALL {
            if ui.selectable_label(mask.area == area, text::area(area)).clicked() {
                if mask.is_everywhere() && area != Area::Everywhere {
                    canvas.brush().take_up(Target::Area);
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
            let is_on = brush.does(Target::Area, effect);
            if toggle(ui, size, is_on, name, name).on_hover_text(hint).clicked() {
                brush.toggle_effect(Target::Area, effect);
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

fn diameter_ui(ui: &mut Ui, tip: &mut Tip) {
    let slider = header_ui(ui, text::BRUSH_SIZE, |ui| {
        let value = DragValue::new(&mut tip.diameter).range(Tip::DIAMETERS).max_decimals(0);
        named(ui.add(value), &text::value_of(text::BRUSH_SIZE), f64::from(tip.diameter));
        let slider = Slider::new(&mut tip.diameter, Tip::DIAMETERS).logarithmic(true).step_by(1.0);
        full_width_slider(ui, slider)
    });
    named(slider.clone(), text::BRUSH_SIZE, f64::from(tip.diameter));
    if is_reset(ui, &slider) {
        tip.diameter = Tip::AREA.diameter;
    }
    slider.on_hover_text(text::BRUSH_SIZE_HINT);
}
