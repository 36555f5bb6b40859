//! Presets, and undo and redo next to them.

use egui::{Align, Id, Layout, TextEdit, Ui, WidgetInfo, vec2};

use super::{
    Scene, icons,
    keys::{self, hint},
    text,
    theme::{self, STEP},
    widgets,
};
use crate::state::{Command, Preset};

/// The current preset with a list of all, undo and redo.
pub fn presets_ui(ui: &mut Ui, scene: &Scene, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let width = ui.available_width() - 2.0 * (theme::CONTROL_HEIGHT + STEP);
        let own = &scene.settings.presets;
        let in_use = Preset::in_use(scene.settings.preset.as_deref(), scene.recipe, own);
        let name = in_use.map_or_else(|| text::CUSTOM.to_owned(), |preset| preset.name);
        let list = widgets::drop_down(ui, "presets", width, &name);
        let shown = list.show_ui(ui, |ui| list_ui(ui, scene, commands));
        shown.response.widget_info(|| {
            let mut info = WidgetInfo::labeled(egui::Role::ComboBox, true, text::PRESETS);
            info.current_text_value = Some(name.clone());
            info
        });
        if !widgets::fits_drop_down(ui, width, &name) {
            shown.response.on_hover_text(&name);
        }
        let steps = [(true, text::UNDO, keys::UNDO, Command::Undo), (false, text::REDO, keys::REDO[0], Command::Redo)];
        for ((undo, name, keys, command), possible) in steps.into_iter().zip([scene.edits.undo, scene.edits.redo]) {
            let name = hint(ui, name, &keys);
            ui.add_enabled_ui(possible, |ui| {
                if widgets::icon_button(ui, &name, icons::draw_undo(undo)).clicked() {
                    commands.push(command);
                }
            });
        }
    });
}

fn list_ui(ui: &mut Ui, scene: &Scene, commands: &mut Vec<Command>) {
    theme::roomy_menu(ui);
    ui.set_min_width(36.0 * STEP);
    let own = &scene.settings.presets;
    let in_use = Preset::in_use(scene.settings.preset.as_deref(), scene.recipe, own).map(|preset| preset.name);
    let entry_ui = |ui: &mut Ui, preset: &Preset, selected: bool, commands: &mut Vec<Command>| {
        if ui.selectable_label(selected, &preset.name).clicked() {
            commands.push(Command::ApplyPreset(preset.clone()));
            ui.close();
        }
    };
    let is_own = own.iter().any(|preset| in_use.as_ref() == Some(&preset.name));
    for preset in Preset::built_in().iter() {
        entry_ui(ui, preset, !is_own && in_use.as_ref() == Some(&preset.name), commands);
    }
    if !own.is_empty() {
        ui.separator();
    }
    for preset in own {
        let row = vec2(ui.available_width(), theme::CONTROL_HEIGHT);
        ui.allocate_ui_with_layout(row, Layout::right_to_left(Align::Center), |ui| {
            if widgets::icon_button(ui, &text::delete_preset(&preset.name), widgets::draw_cross).clicked() {
                commands.push(Command::DeletePreset(preset.name.clone()));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                entry_ui(ui, preset, in_use.as_ref() == Some(&preset.name), commands);
            });
        });
    }
    ui.separator();
    let id = Id::unique("new preset");
    let mut name: String = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    ui.horizontal(|ui| {
        let width = ui.available_width() - 16.0 * STEP;
        let field = TextEdit::singleline(&mut name).hint_text(text::NEW_PRESET_NAME).desired_width(width);
        let field = ui.add(field.char_limit(60).margin(vec2(STEP, 0.75 * STEP)));
        field.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, text::NEW_PRESET_NAME));
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let saved = ui.button(text::SAVE_PRESET).clicked();
        if saved && name.trim().is_empty() {
            field.request_focus();
        }
        if (saved || entered) && !name.trim().is_empty() {
            commands.push(Command::SavePreset(std::mem::take(&mut name)));
            ui.close();
        }
    });
    ui.data_mut(|data| data.insert_temp(id, name));
}
