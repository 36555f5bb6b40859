//! Menus of the top bar: recent photos, settings and help.

use std::path::Path;

use egui::{Popup, TextFormat, TextStyle, Ui, text::LayoutJob};

use super::{
    Scene, icons,
    keys::{self, hint},
    shortcuts, text,
    theme::{self, STEP},
    widgets::{self, caption, menu_entry},
};
use crate::state::{Appearance, Command};

/// Recent photos.
pub fn recent_ui(ui: &mut Ui, scene: &Scene, commands: &mut Vec<Command>) {
    let button = widgets::icon_button(ui, text::RECENT, icons::draw_chevron);
    Popup::menu(&button).show(|ui| {
        theme::roomy_menu(ui);
        ui.set_max_width(56.0 * STEP);
        if scene.settings.recent.is_empty() {
            caption(ui, text::NO_RECENT);
        }
        for path in &scene.settings.recent {
            if ui.selectable_label(false, name_and_folder(ui, path)).on_hover_text(path.to_string_lossy()).clicked() {
                commands.push(Command::Open(vec![path.clone()]));
                ui.close();
            }
        }
        if !scene.settings.recent.is_empty() {
            ui.separator();
            menu_entry(ui, true, text::CLEAR_RECENT, Command::ClearRecent, commands);
        }
    });
}

/// `owl.png` and its folder in a quiet colour, long folders cut at the start.
pub fn name_and_folder(ui: &Ui, path: &Path) -> LayoutJob {
    const LONGEST: usize = 36;
    let (font, palette) = (TextStyle::Button.resolve(ui.style()), theme::palette(ui));
    let folder = path.parent().unwrap_or(Path::new("")).to_string_lossy();
    let length = folder.chars().count();
    let folder = match length > LONGEST {
        true => format!("…{}", folder.chars().skip(length - LONGEST).collect::<String>()),
        false => folder.into_owned(),
    };
    let mut line = LayoutJob::default();
    line.append(&text::file_name(path), 0.0, TextFormat::simple(font.clone(), palette.text));
    line.append(&folder, 1.5 * STEP, TextFormat::simple(font, palette.text_quiet));
    line
}

/// Appearance, help, diagnostics, reset.
pub fn menu_ui(ui: &mut Ui, scene: &Scene, commands: &mut Vec<Command>) {
    let button = widgets::icon_button(ui, text::MENU, icons::draw_gear);
    Popup::menu(&button).show(|ui| {
        theme::roomy_menu(ui);
        caption(ui, text::APPEARANCE);
        for appearance in Appearance::ALL {
            if ui.radio(scene.settings.appearance == appearance, text::appearance(appearance)).clicked() {
                commands.push(Command::SetAppearance(appearance));
            }
        }
        ui.separator();
        if ui.selectable_label(false, hint(ui, text::SHORTCUTS, &keys::HELP[0])).clicked() {
            shortcuts::toggle(ui.ctx());
            ui.close();
        }
        menu_entry(ui, true, text::COPY_DIAGNOSTICS, Command::CopyDiagnostics, commands)
            .on_hover_text(text::COPY_DIAGNOSTICS_HINT);
        ui.separator();
        menu_entry(ui, true, text::RESET_SETTINGS, Command::ResetSettings, commands);
        ui.separator();
        caption(ui, text::version());
    });
}
