//! Which networks to use.

use egui::Ui;

use super::{
    Scene,
    section::drop_down_ui,
    text,
    theme::{self, STEP},
};
use crate::{restore::ModelChoice, state::ForecastResult};

/// Edits `choice`.
pub fn model_ui(ui: &mut Ui, scene: &Scene, choice: &mut ModelChoice) {
    let photo = scene.session.source().map(|source| &source.photo);
    let used = match photo.and_then(|photo| scene.forecast.result(photo)) {
        Some(ForecastResult::Forecast(forecast, _)) => forecast.model,
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
