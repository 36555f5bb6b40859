//! The keys that work everywhere.

use egui::{Key, KeyboardShortcut, Modifiers, Popup, Ui};

use super::Scene;
use crate::app::{Closing, Command, Pace};

const OPEN_KEYS: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::O);
const SAVE_KEYS: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::S);
const CLOSE_KEYS: [KeyboardShortcut; 2] =
    [KeyboardShortcut::new(Modifiers::COMMAND, Key::Q), KeyboardShortcut::new(Modifiers::COMMAND, Key::W)];
const RESTORE_ALL_KEYS: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::R);
const NEXT_KEYS: KeyboardShortcut = KeyboardShortcut::new(Modifiers::NONE, Key::PageDown);
const PREVIOUS_KEYS: KeyboardShortcut = KeyboardShortcut::new(Modifiers::NONE, Key::PageUp);
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
    // The longer one first: the shorter one would take it.
    if scene.queue.items().len() > 1 && pressed(&RESTORE_ALL_KEYS) {
        commands.push(Command::RestoreAll);
    }
    if pressed(&RESTORE_KEYS) {
        commands.push(Command::Restore);
    }
    if scene.queue.items().len() > 1 {
        for (keys, down) in [(&NEXT_KEYS, true), (&PREVIOUS_KEYS, false)] {
            if pressed(keys) {
                commands.push(Command::Step { down });
            }
        }
    }
    if CLOSE_KEYS.iter().any(pressed) {
        commands.push(Command::Close);
    }
    let popup = Popup::is_any_open(ui.ctx());
    let busy = scene.session.job().is_some() || scene.batch.pace() != Pace::Idle;
    if busy
        && scene.closing == Closing::No
        && !popup
        && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape))
    {
        commands.push(Command::Cancel);
    }
}
