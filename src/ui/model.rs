//! Which networks to use.

use egui::Ui;

use super::{
    Scene,
    section::drop_down_ui,
    text,
    theme::{self, STEP},
};
use crate::{restore::ModelChoice, state::Session};

/// Edits `choice`.
pub fn model_ui(ui: &mut Ui, scene: &Scene, choice: &mut ModelChoice) {
    // Those of the picture on screen.
    let used = match scene.session {
        Session::Restored { restoration, .. } => restoration
            .model
            .filter(|_| restoration.made_with.is_some_and(|made_with| made_with.model == ModelChoice::Auto)),
        _ => None,
    };
    let now = text::model(*choice, used);
    let shown = drop_down_ui(ui, "model", text::MODEL, &now, text::LONGEST_MODEL, |ui| {
        theme::roomy_menu(ui);
        ui.set_min_width(20.0 * STEP);
        for (_, other) in ModelChoice::ALL {
            if ui.selectable_label(*choice == other, text::model(other, None)).clicked() {
                *choice = other;
                ui.close();
            }
        }
    });
    shown.on_hover_text(text::MODEL_HINT);
}
