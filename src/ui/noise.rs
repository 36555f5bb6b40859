//! Noise: the level to remove, the amount for Auto, and the estimate.

use egui::{DragValue, Slider, Ui, vec2};

use super::{
    Scene,
    preview_grid::preview_button,
    section::{full_width_slider, header_ui, is_reset, named},
    text,
    theme::{self, STEP},
    viewer::canvas::Canvas,
    widgets::{caption, choice, toggle},
};
use crate::{
    restore::{AutoAmount, Noise, NoiseEstimate, Recipe},
    state::{Command, Compared},
};

/// Edits `noise`.
pub fn noise_ui(ui: &mut Ui, scene: &Scene, canvas: &mut Canvas, noise: &mut Noise, commands: &mut Vec<Command>) {
    level_ui(ui, scene, canvas, noise, commands);
    amount_ui(ui, noise);
    caption(ui, text::measured(scene.session.source().map(|source| &source.noise)));
}

/// The level: measured, a named step, or a number.
fn level_ui(ui: &mut Ui, scene: &Scene, canvas: &mut Canvas, noise: &mut Noise, commands: &mut Vec<Command>) {
    let source = scene.session.source();
    // Rounded like the slider, so that displaying it is not a change.
    let shown = match (*noise, source) {
        (Noise::Sigma(sigma), _) => sigma,
        (noise, Some(source)) => source.sigma_removed(noise),
        (Noise::Auto(_), None) => 0.0,
    }
    .round();
    let mut sigma = shown;
    let is_auto = matches!(noise, Noise::Auto(_));
    let unknown = is_auto && source.is_none();
    header_ui(ui, text::NOISE, |ui| {
        let value = DragValue::new(&mut sigma).range(0.0..=Noise::MAX_SIGMA).speed(0.5).max_decimals(0);
        let value =
            value.custom_formatter(|sigma, _| if unknown { text::AUTO.into() } else { text::sigma(sigma as f32) });
        let value = value.custom_parser(|typed| typed.trim_start_matches(['σ', ' ']).parse().ok());
        named(ui.add(value), &text::value_of(text::NOISE), f64::from(sigma));
        preview_button(ui, scene, Compared::Levels, commands);
        map_button(ui, source.map(|source| &source.noise), canvas);
    });
    let width = (ui.available_width() - 2.0 * STEP) / 3.0;
    let size = vec2(width, 5.5 * STEP);
    let step = |ui: &mut Ui, noise: &mut Noise, step: &(&str, f32)| {
        let (title, detail) = (text::noise_step(step.0), text::sigma(step.1));
        let selected = *noise == Noise::Sigma(step.1);
        if choice(ui, size, selected, &title, Some(&detail), &format!("{title}, {detail}")).clicked() {
            *noise = Noise::Sigma(step.1);
        }
    };
    ui.horizontal(|ui| {
        let detail = text::estimate(source);
        let auto = choice(ui, size, is_auto, text::AUTO, Some(&detail), text::AUTO);
        // Selecting Auto again keeps its amount.
        if auto.on_hover_text(text::AUTO_HINT).clicked() && !is_auto {
            *noise = Noise::AUTO;
        }
        Noise::PRESETS[..2].iter().for_each(|named| step(ui, noise, named));
    });
    ui.horizontal(|ui| Noise::PRESETS[2..].iter().for_each(|named| step(ui, noise, named)));
    let slider = full_width_slider(ui, Slider::new(&mut sigma, 0.0..=Noise::MAX_SIGMA).step_by(1.0));
    named(slider.clone(), text::NOISE, f64::from(sigma));
    if is_reset(ui, &slider) {
        *noise = Recipe::default().noise;
    } else if sigma != shown {
        *noise = Noise::Sigma(sigma);
    }
}

/// Amount of the measured noise to remove, for Auto only.
fn amount_ui(ui: &mut Ui, noise: &mut Noise) {
    let (is_auto, before) = match *noise {
        Noise::Auto(amount) => (true, amount.percent()),
        Noise::Sigma(_) => (false, AutoAmount::ALL.percent()),
    };
    let mut percent = before;
    ui.add_enabled_ui(is_auto, |ui| {
        // On one line, as a part of the section above.
        let slider = header_ui(ui, text::AMOUNT, |ui| {
            let value = ui.add(DragValue::new(&mut percent).range(AutoAmount::RANGE).speed(0.5).suffix(" %"));
            named(value, &text::value_of(text::AMOUNT), percent.into());
            full_width_slider(ui, Slider::new(&mut percent, AutoAmount::RANGE))
        });
        named(slider.clone(), text::AMOUNT, percent.into());
        if is_auto && is_reset(ui, &slider) {
            *noise = Noise::AUTO;
        } else if percent != before {
            *noise = Noise::Auto(AutoAmount::of(percent));
        }
        slider.on_hover_text(text::AMOUNT_HINT).on_disabled_hover_text(text::AMOUNT_NEEDS_AUTO);
    });
}

/// Shows or hides the noise map.
fn map_button(ui: &mut Ui, noise: Option<&NoiseEstimate>, canvas: &mut Canvas) {
    let (shown, missing) = (canvas.shows_noise_map(), text::no_noise_map(noise));
    let size = vec2(6.0 * STEP, theme::CONTROL_HEIGHT);
    ui.add_enabled_ui(missing.is_none(), |ui| {
        let map = toggle(ui, size, shown, text::MAP, text::NOISE_MAP).on_hover_text(text::NOISE_MAP_HINT);
        if map.on_disabled_hover_text(missing.unwrap_or_default()).clicked() {
            canvas.show_noise_map(!shown);
        }
    });
}
