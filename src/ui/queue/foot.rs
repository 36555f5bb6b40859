//! The run over all photos of the queue.

use std::time::Instant;

use egui::{Align, Layout, RichText, Ui};

use super::super::{
    Scene, text,
    widgets::{self, caption},
};
use crate::state::{Command, RunState};

/// Whether the run can be started.
pub fn can_export(scene: &Scene) -> bool {
    let counts = scene.queue.counts();
    scene.batch.run_state() == RunState::Idle && counts.remaining + counts.stopped > 0
}

/// The button that starts, or progress and the buttons that pause and stop.
pub fn foot_ui(ui: &mut Ui, scene: &Scene, commands: &mut Vec<Command>) {
    let counts = scene.queue.counts();
    let run_state = scene.batch.run_state();
    if run_state == RunState::Idle {
        caption(ui, text::counts(counts));
        let button = widgets::primary_button(ui, can_export(scene), text::EXPORT_ALL);
        let button = button.on_hover_text(text::EXPORT_ALL_HINT);
        if button.on_disabled_hover_text(text::NOTHING_TO_EXPORT).clicked() {
            commands.push(Command::RestoreAll);
        }
        return;
    }
    let share = scene.batch.share(scene.queue);
    ui.horizontal(|ui| {
        ui.label(if run_state == RunState::Paused { text::PAUSED } else { text::EXPORTING_ALL });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(RichText::new(text::percent(share)).strong());
        });
    });
    widgets::progress_bar(ui, share, text::QUEUE_PROGRESS);
    let words = match run_state {
        RunState::Running => {
            let left = scene.batch.time_left(scene.queue, Instant::now());
            match scene.batch.only(scene.queue) {
                Some(_) => text::time_left(left),
                None => format!("{} · {}", text::counts(counts), text::time_left(left)),
            }
        }
        // "Paused" is above.
        RunState::Paused | RunState::Idle => text::counts(counts),
    };
    caption(ui, words);
    ui.columns(2, |columns| {
        let (label, command) = match run_state {
            RunState::Paused => (text::RESUME, Command::Resume),
            _ => (text::PAUSE, Command::Pause),
        };
        if widgets::wide_button(&mut columns[0], label).clicked() {
            commands.push(command);
        }
        if widgets::wide_button(&mut columns[1], text::STOP_ALL).on_hover_text(text::STOP_ALL_HINT).clicked() {
            commands.push(Command::Cancel);
        }
    });
}
