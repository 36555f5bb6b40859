//! Menus of the top bar: recent photos, panels, settings and help.

use std::path::Path;

use egui::{Popup, ScrollArea, TextFormat, TextStyle, Ui, text::LayoutJob};

use super::{
    Scene,
    bidi::in_drawn_order,
    icons,
    keys::{self, hint},
    shortcuts,
    side_panels::SidePanels,
    text,
    theme::{self, STEP},
    top::can_save,
    widgets::{self, caption, menu_entry},
};
use crate::state::{Appearance, Command, SidePanel};

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
            let entry = ui.selectable_label(false, name_and_folder(ui, path));
            if widgets::words_on_hover(entry, &path.to_string_lossy()).clicked() {
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
    line.append(&in_drawn_order(&text::file_name(path)), 0.0, TextFormat::simple(font.clone(), palette.text));
    line.append(&in_drawn_order(&folder), 1.5 * STEP, TextFormat::simple(font, palette.text_quiet));
    line
}

/// What of the top bar is in the menu, for want of room.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// Nothing.
    None,
    /// "Save as".
    SaveAs,
}

/// What the top bar has no room for, panels, appearance, help, diagnostics, reset.
pub fn menu_ui(ui: &mut Ui, scene: &Scene, overflow: Overflow, panels: &mut SidePanels, commands: &mut Vec<Command>) {
    let button = widgets::icon_button(ui, text::MENU, icons::draw_gear);
    Popup::menu(&button).show(|ui| {
        let room = ui.ctx().content_rect().height() - theme::BAR_HEIGHT - 4.0 * STEP;
        // As high as its contents if there is room; the last frame may have had less.
        ScrollArea::vertical().max_height(room).min_scrolled_height(room).show(ui, |ui| {
            entries_ui(ui, scene, overflow, panels, commands);
        });
    });
}

fn entries_ui(ui: &mut Ui, scene: &Scene, overflow: Overflow, panels: &mut SidePanels, commands: &mut Vec<Command>) {
    theme::roomy_menu(ui);
    if overflow == Overflow::SaveAs {
        menu_entry(ui, can_save(scene), text::SAVE_AS, Command::SaveAs, commands);
        ui.separator();
    }
    panels_ui(ui, panels, commands);
    ui.separator();
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
}

/// Shows and hides panels.
fn panels_ui(ui: &mut Ui, panels: &mut SidePanels, commands: &mut Vec<Command>) {
    let both = [(SidePanel::List, text::SHOW_LIST), (SidePanel::Settings, text::SHOW_SETTINGS)];
    for (panel, name) in both {
        if panel == SidePanel::List && !panels.has_list() {
            continue;
        }
        let mut shown = panels.width(panel).is_some();
        if ui.checkbox(&mut shown, name).clicked() {
            panels.toggle(panel);
        }
    }
    ui.checkbox(&mut panels.wanted.navigator, text::SHOW_NAVIGATOR);
    let is_full = ui.input(|input| input.viewport().fullscreen == Some(true));
    let mut full = is_full;
    if ui.checkbox(&mut full, hint(ui, text::FULL_SCREEN, &keys::FULL_SCREEN)).clicked() {
        commands.push(Command::SetFullScreen(!is_full));
        ui.close();
    }
}
