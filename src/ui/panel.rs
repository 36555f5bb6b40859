//! The panel of controls: what to do to the photo, and where.

use std::sync::Arc;

use egui::{Align, ComboBox, DragValue, Layout, PointerButton, RichText, Slider, Stroke, Ui, WidgetInfo, vec2};

use super::{
    Scene,
    compression::compression_ui,
    glance::glance_button,
    presets::presets_ui,
    strength::strength_ui,
    text,
    theme::{self, STEP},
    widgets::{self, caption, choice},
};
use crate::{
    app::{Command, Compared, Expected, Foretold, Pace, Session},
    engine::DeviceChoice,
    imaging::Photo,
    restore::{Noise, Recipe, Scale},
};

/// The controls; a change comes back as a command.
pub fn controls_ui(ui: &mut Ui, scene: &Scene, commands: &mut Vec<Command>) {
    presets_ui(ui, scene, commands);
    gap(ui);
    let mut recipe = scene.recipe;
    compression_ui(ui, scene, &mut recipe.compression);
    gap(ui);
    noise_ui(ui, scene, &mut recipe, commands);
    gap(ui);
    scale_ui(ui, scene, &mut recipe, commands);
    gap(ui);
    strength_ui(ui, scene, &mut recipe.strength);
    ui.checkbox(&mut recipe.best, text::BEST).on_hover_text(text::BEST_HINT);
    gap(ui);
    device_ui(ui, scene, commands);
    if recipe != scene.recipe {
        commands.push(Command::SetRecipe(recipe));
    }
}

/// There is a photo, and the network is free.
fn can_compare(scene: &Scene) -> bool {
    scene.batch.pace() == Pace::Idle && scene.session.can_restore()
}

fn gap(ui: &mut Ui) {
    ui.add_space(1.5 * STEP);
}

/// A section's name on the left, its value on the right.
pub(super) fn header_ui(ui: &mut Ui, name: &str, value: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL_HEIGHT);
        ui.label(RichText::new(name).strong());
        ui.with_layout(Layout::right_to_left(Align::Center), value);
    });
}

fn noise_ui(ui: &mut Ui, scene: &Scene, recipe: &mut Recipe, commands: &mut Vec<Command>) {
    let source = scene.session.source();
    let estimated = source.map(|source| if source.is_clean() { 0.0 } else { source.estimated_sigma });
    // Whole numbers, as the slider steps: what it shows must not count as a change.
    let shown = match recipe.noise {
        Noise::Auto => estimated.unwrap_or_default().min(Noise::MAX_SIGMA),
        Noise::Sigma(sigma) => sigma,
    }
    .round();
    let mut sigma = shown;
    let unknown = recipe.noise == Noise::Auto && source.is_none();
    header_ui(ui, text::NOISE, |ui| {
        let value = DragValue::new(&mut sigma).range(0.0..=Noise::MAX_SIGMA).speed(0.5).max_decimals(0);
        let value =
            value.custom_formatter(|sigma, _| if unknown { text::AUTO.into() } else { text::sigma(sigma as f32) });
        let value = value.custom_parser(|typed| typed.trim_start_matches(['σ', ' ']).parse().ok());
        named(ui.add(value), text::NOISE_VALUE, f64::from(sigma));
        glance_button(ui, can_compare(scene), Compared::Levels, commands);
    });
    let width = (ui.available_width() - 2.0 * STEP) / 3.0;
    let size = vec2(width, 5.5 * STEP);
    let step = |ui: &mut Ui, noise: &mut Noise, step: &(&str, f32)| {
        let (title, detail) = (text::step_name(step.0), text::sigma(step.1));
        let chosen = *noise == Noise::Sigma(step.1);
        if choice(ui, size, chosen, &title, Some(&detail), &format!("{title}, {detail}")).clicked() {
            *noise = Noise::Sigma(step.1);
        }
    };
    ui.horizontal(|ui| {
        let detail = text::estimate(source);
        let auto = choice(ui, size, recipe.noise == Noise::Auto, text::AUTO, Some(&detail), text::AUTO);
        if auto.on_hover_text(text::AUTO_HINT).clicked() {
            recipe.noise = Noise::Auto;
        }
        Noise::STEPS[..2].iter().for_each(|named| step(ui, &mut recipe.noise, named));
    });
    ui.horizontal(|ui| Noise::STEPS[2..].iter().for_each(|named| step(ui, &mut recipe.noise, named)));
    let slider = full_width_slider(ui, Slider::new(&mut sigma, 0.0..=Noise::MAX_SIGMA).step_by(1.0));
    named(slider.clone(), text::NOISE, f64::from(sigma));
    if reset(ui, &slider) {
        recipe.noise = Recipe::default().noise;
    } else if sigma != shown {
        recipe.noise = Noise::Sigma(sigma);
    }
}

fn scale_ui(ui: &mut Ui, scene: &Scene, recipe: &mut Recipe, commands: &mut Vec<Command>) {
    header_ui(ui, text::SCALE, |ui| {
        if let Some(source) = scene.session.source() {
            let size = source.photo.size().times(recipe.scale.factor());
            ui.label(RichText::new(text::px_and_megapixels(size)).color(theme::palette(ui).text_quiet));
        }
        glance_button(ui, can_compare(scene), Compared::Sizes, commands);
    });
    let size = vec2((ui.available_width() - 3.0 * STEP) / 4.0, theme::CONTROL_HEIGHT);
    ui.horizontal(|ui| {
        for scale in Scale::ALL {
            let title = text::scale(scale);
            if choice(ui, size, recipe.scale == scale, &title, None, &title).clicked() {
                recipe.scale = scale;
            }
        }
    });
}

pub(super) fn full_width_slider(ui: &mut Ui, slider: Slider<'_>) -> egui::Response {
    ui.scope(|ui| {
        let palette = theme::palette(ui);
        // The handle is sized by this.
        ui.spacing_mut().interact_size.y = 2.5 * STEP;
        ui.spacing_mut().slider_width = ui.available_width();
        let widgets = &mut ui.visuals_mut().widgets;
        widgets.inactive.fg_stroke.width = 2.0;
        for state in [&mut widgets.hovered, &mut widgets.active] {
            state.bg_fill = palette.text;
            state.fg_stroke = Stroke::new(2.0, palette.accent);
        }
        ui.add(slider.show_value(false))
    })
    .inner
}

/// What a screen reader calls a control whose name stands apart from it.
pub(super) fn named(response: egui::Response, name: &str, value: f64) {
    response.widget_info(|| WidgetInfo::slider(response.enabled(), value, name));
}

/// A double click on a slider asks for the default.
pub(super) fn reset(ui: &Ui, slider: &egui::Response) -> bool {
    slider.contains_pointer() && ui.input(|input| input.pointer.button_double_clicked(PointerButton::Primary))
}

fn device_ui(ui: &mut Ui, scene: &Scene, commands: &mut Vec<Command>) {
    let label = ui.label(RichText::new(text::DEVICE).strong());
    let name = match scene.device {
        DeviceChoice::Auto => text::DEVICE_AUTO,
        DeviceChoice::Cpu => text::DEVICE_CPU,
        DeviceChoice::Named(name) => name,
    };
    let combo = ComboBox::from_id_salt("device").width(ui.available_width()).selected_text(name).truncate();
    let shown = combo.show_ui(ui, |ui| {
        theme::roomy_menu(ui);
        let mut offer = |ui: &mut Ui, choice: DeviceChoice, label: &str, hint: &str| {
            let entry = ui.selectable_label(*scene.device == choice, label);
            if entry.on_hover_text(hint).clicked() {
                commands.push(Command::SetDevice(choice));
                ui.close();
            }
        };
        offer(ui, DeviceChoice::Auto, text::DEVICE_AUTO, text::DEVICE_AUTO_HINT);
        match scene.devices {
            None => {
                ui.label(text::DEVICE_SEARCH);
            }
            Some(devices) => {
                for device in devices {
                    let expected = scene.speeds.of(&device.name);
                    let hint = match &expected {
                        Expected::Unusable(why) => why,
                        _ => &device.driver,
                    };
                    let label = text::device(&device.name, &expected);
                    offer(ui, DeviceChoice::from(device.name.as_str()), &label, hint);
                }
                if scene.speeds.next_of(devices).is_some() {
                    commands.push(Command::MeasureDevices);
                }
            }
        }
    });
    shown.response.labelled_by(label.id);
    if let Some((device, reason)) = scene.session.run().and_then(|run| run.device.as_ref()) {
        caption(ui, format!("{}: {reason}", device.name));
    }
}

/// What a restoration would come to, or why it can't be done.
fn outlook_ui(ui: &mut Ui, scene: &Scene, photo: &Arc<Photo>) {
    let said = match scene.outlook.answer(photo) {
        Some(Foretold::Forecast(forecast, warning)) => {
            if let Some(warning) = warning {
                widgets::warning(ui, warning);
            }
            text::forecast(forecast)
        }
        Some(Foretold::Refused(reason)) => reason.clone(),
        None => text::FORECAST_SOON.to_owned(),
    };
    caption(ui, said);
}

/// What to do now: restore, or follow the restoration and stop it.
pub fn action_ui(ui: &mut Ui, scene: &Scene, commands: &mut Vec<Command>) {
    match scene.session {
        Session::Restoring { run, .. } => {
            ui.horizontal(|ui| {
                ui.label(text::stage(run.progress.stage()));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.label(RichText::new(text::percent(run.progress.share())).strong());
                });
            });
            widgets::progress_bar(ui, run.progress.share(), text::PROGRESS);
            caption(ui, text::time_left(run.progress.left(std::time::Instant::now())));
            let (label, hint, command) = match scene.batch.pace() {
                Pace::Idle => (text::CANCEL, text::CANCEL_HINT, Command::Cancel),
                _ => (text::STOP_THIS, text::STOP_THIS_HINT, Command::StopOne),
            };
            if widgets::wide_button(ui, label).on_hover_text(hint).clicked() {
                commands.push(command);
            }
        }
        _ if scene.batch.pace() != Pace::Idle => {
            widgets::primary_button(ui, false, text::RESTORE).on_disabled_hover_text(text::QUEUE_WORKS);
        }
        Session::Restored { source, restoration } => {
            outlook_ui(ui, scene, &source.photo);
            // Saving is what comes next now: it has the accent.
            if widgets::wide_button(ui, text::RESTORE_AGAIN).on_hover_text(text::RESTORE_HINT).clicked() {
                commands.push(Command::Restore);
            }
            if let Some(outcome) = &restoration.outcome {
                caption(ui, text::outcome(outcome));
            }
            if scene.session.print(scene.recipe.strength).is_some_and(|print| print.recipe().is_none()) {
                caption(ui, text::FROM_FILE);
            }
        }
        session => {
            if let Session::Ready { source } = session {
                outlook_ui(ui, scene, &source.photo);
            }
            let button = widgets::primary_button(ui, session.can_restore(), text::RESTORE);
            let button = button.on_hover_text(text::RESTORE_HINT).on_disabled_hover_text(text::RESTORE_NEEDS_PHOTO);
            if button.clicked() {
                commands.push(Command::Restore);
            }
        }
    }
}
