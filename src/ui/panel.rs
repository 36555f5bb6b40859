//! The panel: recipe, device, and the button that restores.

use egui::{Align, Label, Layout, RichText, Ui};

use super::{
    Scene,
    area::area_ui,
    compression::compression_ui,
    model::model_ui,
    noise::noise_ui,
    output::output_ui,
    presets::presets_ui,
    repair::repair_ui,
    section::drop_down_ui,
    size::size_ui,
    strength::strength_ui,
    text,
    theme::{self, STEP},
    viewer::canvas::Canvas,
    widgets::{self, caption},
};
use crate::{
    engine::DeviceChoice,
    restore::Stage,
    state::{Command, DeviceSpeed, ForecastResult, Progress, RunState, Session, Source, State},
};

/// Height of the state of the picture, in points: of all states, so that the controls above stay where they are.
const ACTION_HEIGHT: f32 = 70.0;

/// The controls of the recipe and the device.
pub fn controls_ui(ui: &mut Ui, scene: &Scene, canvas: &mut Canvas, commands: &mut Vec<Command>) {
    presets_ui(ui, scene, commands);
    gap(ui);
    let mut recipe = scene.recipe;
    repair_ui(ui, scene, canvas, &mut recipe.repair, commands);
    gap(ui);
    compression_ui(ui, scene, &mut recipe.compression);
    gap(ui);
    noise_ui(ui, scene, canvas, &mut recipe.noise, commands);
    gap(ui);
    size_ui(ui, scene, &mut recipe.scale, commands);
    gap(ui);
    strength_ui(ui, scene, &mut recipe.strength);
    area_ui(ui, scene, canvas, commands);
    gap(ui);
    model_ui(ui, scene, &mut recipe.model);
    ui.checkbox(&mut recipe.best, text::BEST).on_hover_text(text::BEST_HINT);
    gap(ui);
    device_ui(ui, scene, commands);
    if recipe != scene.recipe {
        commands.push(Command::SetRecipe(recipe));
    }
}

fn gap(ui: &mut Ui) {
    ui.add_space(STEP);
}

fn device_ui(ui: &mut Ui, scene: &Scene, commands: &mut Vec<Command>) {
    let name = match scene.devices.choice {
        DeviceChoice::Auto => text::DEVICE_AUTO,
        DeviceChoice::Cpu => text::DEVICE_CPU,
        DeviceChoice::Named(name) => name,
    };
    let shown = drop_down_ui(ui, "device", text::DEVICE, name, name, |ui| device_list_ui(ui, scene, commands));
    // Not a line of its own: the panel keeps its height when a run starts or ends.
    if let Some((device, reason)) = scene.session.run().and_then(|run| run.device.as_ref()) {
        shown.on_hover_text(format!("{}: {reason}", device.name));
    }
}

fn device_list_ui(ui: &mut Ui, scene: &Scene, commands: &mut Vec<Command>) {
    theme::roomy_menu(ui);
    let mut entry_ui = |ui: &mut Ui, choice: DeviceChoice, label: &str, hint: &str| {
        let entry = ui.selectable_label(*scene.devices.choice == choice, label);
        if entry.on_hover_text(hint).clicked() {
            commands.push(Command::SetDevice(choice));
            ui.close();
        }
    };
    entry_ui(ui, DeviceChoice::Auto, text::DEVICE_AUTO, text::DEVICE_AUTO_HINT);
    match scene.devices.available {
        None => {
            ui.label(text::DEVICE_SEARCH);
        }
        Some(devices) => {
            for device in devices {
                let expected = scene.devices.speeds.of(&device.name);
                let hint = match &expected {
                    DeviceSpeed::Unusable(why) => why,
                    _ => &device.driver,
                };
                let label = text::device(&device.name, &expected);
                entry_ui(ui, DeviceChoice::from(device.name.as_str()), &label, hint);
            }
            if scene.devices.speeds.next_to_measure(devices).is_some() {
                commands.push(Command::MeasureDevices);
            }
        }
    }
}

/// Time, file size and memory of the next restoration, or why it is not possible.
fn forecast_ui(ui: &mut Ui, scene: &Scene, source: &Source) {
    let words = match scene.forecast.result(&source.photo) {
        Some(ForecastResult::Forecast(forecast, warning)) => {
            if let Some(warning) = warning {
                widgets::warning(ui, warning);
            }
            text::forecast(forecast, source.pages.len())
        }
        Some(ForecastResult::Refused(reason)) => reason.clone(),
        None if scene.forecast.prepares_gpu() => text::PREPARING_GPU.to_owned(),
        None => text::ESTIMATING.to_owned(),
    };
    caption(ui, words);
}

/// Where results are saved, and the state of the picture on screen: progress and the button that stops, or what was done and how long saving takes.
pub fn action_ui(ui: &mut Ui, scene: &Scene, commands: &mut Vec<Command>) {
    let idle = scene.batch.run_state() == RunState::Idle;
    if idle && !scene.queue.items().is_empty() {
        output_ui(ui, scene, commands);
        ui.add_space(STEP);
    }
    if scene.session.source().is_some() {
        ui.set_min_height(ACTION_HEIGHT);
    }
    match scene.session {
        Session::Restoring { run, .. } => {
            let paused = scene.batch.run_state() == RunState::Paused;
            let (label, hint, command) = match idle {
                true => (text::CANCEL, text::CANCEL_HINT, Command::Cancel),
                false => (text::STOP_PHOTO, text::STOP_PHOTO_HINT, Command::StopActive),
            };
            let stage = scene.forecast.stage_of(run.progress.stage());
            let stage = if paused { text::PAUSED } else { text::stage(stage) };
            if progress_ui(ui, stage, run.progress.share(), (label, hint)) {
                commands.push(command);
            }
            if !paused {
                caption(ui, text::time_left(run.progress.time_left(std::time::Instant::now())));
            }
        }
        Session::Ready { .. } | Session::Partial { .. } | Session::Restored { .. }
            if let Some(progress) = progress_of_export(scene) =>
        {
            let stop = (text::STOP_PHOTO, text::STOP_PHOTO_HINT);
            if progress_ui(ui, text::stage(progress.stage()), progress.share(), stop) {
                commands.push(Command::StopActive);
            }
        }
        Session::Ready { .. } | Session::Partial { .. } | Session::Restored { .. }
            if let Some(share) = scene.marks.marking.searched() =>
        {
            let cancel = (text::CANCEL, text::CANCEL_SEARCH_HINT);
            if progress_ui(ui, text::stage(Stage::Finding), share, cancel) {
                commands.push(Command::Cancel);
            }
        }
        Session::Ready { source } | Session::Partial { source, .. } | Session::Restored { source, .. } => {
            if idle {
                forecast_ui(ui, scene, source);
            }
            if scene.result.can_compute {
                if widgets::wide_button(ui, text::COMPUTE).on_hover_text(text::COMPUTE_HINT).clicked() {
                    commands.push(Command::Restore);
                }
            } else if let Some(outcome) = scene.session.outcome() {
                caption(ui, text::outcome(outcome));
            }
        }
        Session::Empty | Session::Opening { .. } => {}
    }
}

/// Progress of the queue with the photo on screen, such as with the pages of a TIFF.
fn progress_of_export(scene: &Scene) -> Option<Progress> {
    let source = scene.session.source()?;
    let item = scene.queue.get(scene.batch.active()?.item).filter(|item| item.path == source.path)?;
    match item.state {
        State::Running(progress) => Some(progress),
        _ => None,
    }
}

/// What is being done, how far it is, and the button that stops it. Returns whether that was clicked.
fn progress_ui(ui: &mut Ui, stage: &str, share: f32, (label, hint): (&str, &str)) -> bool {
    let stopped = ui
        .horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let stopped = ui.button(label).on_hover_text(hint).clicked();
                ui.label(RichText::new(text::percent(share)).strong());
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| ui.add(Label::new(stage).truncate()));
                stopped
            })
            .inner
        })
        .inner;
    widgets::progress_bar(ui, share, text::PROGRESS);
    stopped
}
