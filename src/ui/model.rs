//! Which networks to use.

use egui::Ui;

use super::{
    Scene,
    section::drop_down_ui,
    text,
    theme::{self, STEP},
};
use crate::{
    engine::Model,
    restore::ModelChoice,
    state::{ForecastResult, Session},
};

/// Edits `choice`.
pub fn model_ui(ui: &mut Ui, scene: &Scene, choice: &mut ModelChoice) {
    let now = text::model(*choice, taken_by_auto(scene));
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

/// The networks that auto took for the picture on screen, or will take for it.
fn taken_by_auto(scene: &Scene) -> Option<Model> {
    let made = match scene.session {
        Session::Restored { restoration, .. } => restoration.made_with.map(|made_with| (made_with, restoration.model)),
        Session::Partial { recipe, outcome: Some(outcome), .. } => Some((*recipe, outcome.model)),
        _ => None,
    };
    let made = made.filter(|(recipe, _)| recipe.model == ModelChoice::Auto).and_then(|(_, model)| model);
    let forecast = || match scene.forecast.result(&scene.session.source()?.photo)? {
        ForecastResult::Forecast(forecast, _) => forecast.model,
        ForecastResult::Refused(_) => None,
    };
    made.or_else(forecast)
}
