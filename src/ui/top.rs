//! The bar at the top.

use egui::{Align, Button, Image, Layout, RichText, TextureHandle, Ui, Vec2};

use super::{
    Scene, icons,
    keys::{self, hint},
    menu::{Overflow, menu_ui, recent_ui},
    shortcuts,
    side_panels::SidePanels,
    text,
    theme::STEP,
    widgets,
};
use crate::state::{Command, Session};

/// Room for everything, in points. With less, the name of the program and the button for the shortcuts, which the menu
/// has too, are left out.
const ALL: f32 = 520.0;
/// With less, "Save as" moves to the menu.
const WITH_SAVE_AS: f32 = 380.0;

/// Files on the left, settings and help on the right.
pub fn top_ui(
    ui: &mut Ui,
    scene: &Scene,
    icon: Option<&TextureHandle>,
    panels: &mut SidePanels,
    commands: &mut Vec<Command>,
) {
    ui.horizontal_centered(|ui| {
        let room = ui.available_width();
        if let Some(icon) = icon {
            ui.add(Image::new(icon).fit_to_exact_size(Vec2::splat(3.0 * STEP)).alt_text(text::APP));
        }
        if room > ALL {
            ui.label(RichText::new(text::APP).size(16.0).strong());
            ui.add_space(STEP);
        }
        if ui.button(text::OPEN).on_hover_text(hint(ui, text::OPEN_HINT, &keys::OPEN)).clicked() {
            commands.push(Command::ChoosePhoto);
        }
        recent_ui(ui, scene, commands);
        let overflow = if room > WITH_SAVE_AS { Overflow::None } else { Overflow::SaveAs };
        save_ui(ui, scene, overflow, commands);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            menu_ui(ui, scene, overflow, panels, commands);
            let name = hint(ui, text::SHORTCUTS, &keys::HELP[1]);
            if room > ALL && widgets::icon_button(ui, &name, icons::draw_question).clicked() {
                shortcuts::toggle(ui.ctx());
            }
        });
    });
}

/// Whether the photo on screen can be saved now.
pub fn can_save(scene: &Scene) -> bool {
    let is_opening = matches!(scene.session, Session::Opening { .. });
    scene.session.source().is_some() && !is_opening && !scene.result.is_saving
}

fn save_ui(ui: &mut Ui, scene: &Scene, overflow: Overflow, commands: &mut Vec<Command>) {
    let enabled = can_save(scene);
    let label = if scene.result.is_saving { text::SAVING } else { text::SAVE };
    // Of a list, the button that exports all is the accented one.
    let is_list = scene.queue.items().len() > 1;
    let save = if enabled && !is_list && !scene.result.is_saved {
        widgets::accent_button(ui, label)
    } else {
        ui.add_enabled(enabled, Button::new(label))
    };
    let tooltip = hint(ui, text::SAVE_HINT, &keys::SAVE);
    if save.on_hover_text(tooltip).on_disabled_hover_text(text::SAVE_NEEDS_PHOTO).clicked() {
        commands.push(Command::Save);
    }
    if overflow == Overflow::SaveAs {
        return;
    }
    let save_as = ui.add_enabled(enabled, Button::new(text::SAVE_AS));
    let tooltip = hint(ui, text::SAVE_AS_HINT, &keys::SAVE_AS);
    if save_as.on_hover_text(tooltip).on_disabled_hover_text(text::SAVE_NEEDS_PHOTO).clicked() {
        commands.push(Command::SaveAs);
    }
}
