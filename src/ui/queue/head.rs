//! The number of photos in the queue, and its menu.

use egui::{Align, Layout, Popup, PopupCloseBehavior, RichText, Ui};

use super::{
    super::{
        Scene, text, theme,
        widgets::{self, menu_entry},
    },
    row::settings_ui,
};
use crate::{
    restore::Repair,
    state::{Command, ItemId, Subfolders},
};

/// The number of photos and the menu.
/// `selection`: the selected photos.
pub fn head_ui(ui: &mut Ui, scene: &Scene, selection: &[ItemId], commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL_HEIGHT);
        ui.label(RichText::new(text::photos(scene.queue.items().len())).strong());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let button = widgets::icon_button(ui, text::QUEUE_MENU, widgets::draw_dots);
            Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClick).show(|ui| {
                theme::roomy_menu(ui);
                let counts = scene.queue.counts();
                menu_entry(ui, true, text::ADD_PHOTOS, Command::ChoosePhoto, commands);
                menu_entry(ui, true, text::ADD_FOLDERS, Command::AddFolders, commands);
                let mut included = scene.subfolders == Subfolders::Included;
                if ui.checkbox(&mut included, text::INCLUDE_SUBFOLDERS).changed() {
                    let subfolders = if included { Subfolders::Included } else { Subfolders::Excluded };
                    commands.push(Command::SetSubfolders(subfolders));
                }
                ui.separator();
                if let Some(shown) = scene.queue.selected() {
                    settings_ui(ui, scene, shown, selection, commands);
                }
                menu_entry(ui, true, text::APPLY_TO_ALL, Command::ApplyToAll, commands);
                if !scene.mask.is_everywhere() {
                    menu_entry(ui, true, text::APPLY_PAINTED_TO_ALL, Command::ApplyMaskToAll, commands);
                }
                if scene.recipe.repair != Repair::None && !scene.marks.edits.is_empty() {
                    menu_entry(ui, true, text::APPLY_MARKS_TO_ALL, Command::ApplyMarksToAll, commands);
                }
                menu_entry(ui, counts.failed + counts.stopped > 0, text::RETRY_FAILED, Command::RetryFailed, commands);
                ui.separator();
                menu_entry(ui, counts.done > 0, text::REMOVE_FINISHED, Command::RemoveDone, commands);
                menu_entry(ui, true, text::CLEAR_QUEUE, Command::RemoveAll, commands);
            });
        });
    });
}
