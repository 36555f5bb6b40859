//! The keys that work everywhere.

use egui::{Key, KeyboardShortcut, Modifiers, Popup, Ui};

use super::Scene;
use crate::app::Command;

const OPEN_KEYS: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::O);
const SAVE_KEYS: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::S);
const CLOSE_KEYS: [KeyboardShortcut; 2] =
    [KeyboardShortcut::new(Modifiers::COMMAND, Key::Q), KeyboardShortcut::new(Modifiers::COMMAND, Key::W)];
const RESTORE_KEYS: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::R);

/// What was asked for by keys.
pub fn keys(ui: &Ui, scene: &Scene, commands: &mut Vec<Command>) {
    let pressed = |keys: &KeyboardShortcut| ui.input_mut(|input| input.consume_shortcut(keys));
    if pressed(&OPEN_KEYS) {
        commands.push(Command::ChoosePhoto);
    }
    if pressed(&SAVE_KEYS) {
        commands.push(Command::ChooseTarget);
    }
    if pressed(&RESTORE_KEYS) {
        commands.push(Command::Restore);
    }
    if CLOSE_KEYS.iter().any(pressed) {
        commands.push(Command::Close);
    }
    let popup = Popup::is_any_open(ui.ctx());
    if scene.session.job().is_some() && !popup && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape))
    {
        commands.push(Command::Cancel);
    }
}
