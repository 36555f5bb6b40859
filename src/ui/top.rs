//! The bar at the top.

use egui::{Align, Button, Image, Layout, Popup, RichText, TextureHandle, Ui, Vec2};

use super::{
    Scene, text,
    theme::{self, STEP},
    widgets,
};
use crate::app::{Appearance, Command, Saving, Session};

/// Files on the left, the window itself on the right.
pub fn top_ui(ui: &mut Ui, scene: &Scene, icon: Option<&TextureHandle>, commands: &mut Vec<Command>) {
    ui.horizontal_centered(|ui| {
        if let Some(icon) = icon {
            ui.add(Image::new(icon).fit_to_exact_size(Vec2::splat(3.0 * STEP)).alt_text(text::APP));
        }
        ui.label(RichText::new(text::APP).size(16.0).strong());
        ui.add_space(STEP);
        if ui.button(text::OPEN).on_hover_text(text::OPEN_HINT).clicked() {
            commands.push(Command::ChoosePhoto);
        }
        let restored = matches!(scene.session, Session::Restored { .. });
        let writing = scene.saving != Saving::Idle;
        let label = if writing { text::SAVING } else { text::SAVE_AS };
        let save = if restored && !writing {
            widgets::accent_button(ui, label)
        } else {
            ui.add_enabled(false, Button::new(label))
        };
        if save.on_hover_text(text::SAVE_HINT).on_disabled_hover_text(text::SAVE_NEEDS_RESULT).clicked() {
            commands.push(Command::ChooseTarget);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| appearance_ui(ui, scene, commands));
    });
}

fn appearance_ui(ui: &mut Ui, scene: &Scene, commands: &mut Vec<Command>) {
    let button = widgets::icon_button(ui, text::APPEARANCE, widgets::draw_contrast);
    Popup::menu(&button).show(|ui| {
        theme::roomy_menu(ui);
        for appearance in Appearance::ALL {
            if ui.selectable_label(scene.appearance == appearance, text::appearance(appearance)).clicked() {
                ui.ctx().set_theme(match appearance {
                    Appearance::System => egui::ThemePreference::System,
                    Appearance::Dark => egui::ThemePreference::Dark,
                    Appearance::Light => egui::ThemePreference::Light,
                });
                commands.push(Command::SetAppearance(appearance));
                ui.close();
            }
        }
    });
}
