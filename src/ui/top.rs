//! The bar at the top.

use egui::{Align, Button, Image, Layout, RichText, TextureHandle, Ui, Vec2};

use super::{
    Scene, icons,
    keys::{self, hint},
    menu::{menu_ui, recent_ui},
    shortcuts, text,
    theme::STEP,
    widgets,
};
use crate::state::Command;

/// Files on the left, settings and help on the right.
pub fn top_ui(ui: &mut Ui, scene: &Scene, icon: Option<&TextureHandle>, commands: &mut Vec<Command>) {
    ui.horizontal_centered(|ui| {
        if let Some(icon) = icon {
            ui.add(Image::new(icon).fit_to_exact_size(Vec2::splat(3.0 * STEP)).alt_text(text::APP));
        }
        ui.label(RichText::new(text::APP).size(16.0).strong());
        ui.add_space(STEP);
        if ui.button(text::OPEN).on_hover_text(hint(ui, text::OPEN_HINT, &keys::OPEN)).clicked() {
            commands.push(Command::ChoosePhoto);
        }
        recent_ui(ui, scene, commands);
        save_ui(ui, scene, commands);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            menu_ui(ui, scene, commands);
            let name = hint(ui, text::SHORTCUTS, &keys::HELP[1]);
            if widgets::icon_button(ui, &name, icons::draw_question).clicked() {
                shortcuts::toggle(ui.ctx());
            }
        });
    });
}

fn save_ui(ui: &mut Ui, scene: &Scene, commands: &mut Vec<Command>) {
    let writing = scene.is_saving;
    let enabled = scene.session.source().is_some() && !writing;
    let label = if writing { text::SAVING } else { text::SAVE };
    // Of a list, the button that exports all is the accented one.
    let is_list = scene.queue.items().len() > 1;
    let save = if enabled && !is_list && !scene.is_saved {
        widgets::accent_button(ui, label)
    } else {
        ui.add_enabled(enabled, Button::new(label))
    };
    let tooltip = hint(ui, text::SAVE_HINT, &keys::SAVE);
    if save.on_hover_text(tooltip).on_disabled_hover_text(text::SAVE_NEEDS_PHOTO).clicked() {
        commands.push(Command::Save);
    }
    let save_as = ui.add_enabled(enabled, Button::new(text::SAVE_AS));
    let tooltip = hint(ui, text::SAVE_AS_HINT, &keys::SAVE_AS);
    if save_as.on_hover_text(tooltip).on_disabled_hover_text(text::SAVE_NEEDS_PHOTO).clicked() {
        commands.push(Command::SaveAs);
    }
}
