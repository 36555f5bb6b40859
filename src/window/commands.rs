//! Executes the user's commands.

use std::path::PathBuf;

use super::{app::RedawnApp, background::TaskResult};
use crate::{
    engine::DeviceChoice,
    state::{Closing, Command, Edit, Item, Notice, Offer, RunState, State},
    ui::text,
};

impl RedawnApp {
    pub(super) fn run(&mut self, context: &egui::Context, command: Command) {
        match command {
            Command::ChoosePhoto => self.open_dialog(context, |dialogs| TaskResult::Photos(dialogs.photos_to_open())),
            Command::Open(files) => self.open(files),
            Command::SetRecipe(recipe) => self.change_recipe(context, recipe),
            Command::SetMask(mask) => self.change_mask(context, mask),
            Command::SetMarks(edits) => self.change_marks(context, edits),
            Command::SetDevice(device) => self.devices.choice = device,
            Command::MeasureDevices => self.measure_devices(),
            Command::Restore => self.compute(),
            Command::Cancel if self.list.batch.run_state() != RunState::Idle => self.list.batch.stop(),
            Command::Cancel if self.photo.session.job().is_some() || self.photo.marking.is_pending() => {
                self.stop_photo();
            }
            Command::Cancel | Command::StopSearch => self.import.stop(),
            Command::AddFolders => self.open_dialog(context, |dialogs| TaskResult::Photos(dialogs.folders_to_open())),
            Command::Select(id) => self.show(id),
            Command::SelectNeighbour { down } => {
                self.list.queue.neighbour(down).into_iter().for_each(|id| self.show(id));
            }
            Command::Remove(ids) => self.edit(Edit::Remove(ids.into_iter().collect())),
            Command::RemoveDone => self.remove(|item| matches!(item.state, State::Done(_) | State::Skipped(_))),
            Command::RemoveAll => self.remove(|_| true),
            Command::Move(id, position) => self.edit(Edit::Move(id, position)),
            Command::CopySettings(id) => self.list.copied = self.list.queue.get(id).map(|item| item.recipe),
            Command::PasteSettings(ids) => {
                self.list.copied.into_iter().for_each(|recipe| self.edit(Edit::apply(&ids, recipe)));
            }
            Command::ShowFile(path) => self.show_file(context, path),
            Command::ApplyToAll => self.edit(Edit::apply_to_all(&self.list.queue, self.recipe())),
            Command::ApplyMaskToAll => self.apply_mask_to_all(),
            Command::ApplyMarksToAll => self.apply_marks_to_all(),
            Command::Retry(id) => self.retry(id),
            Command::RetryFailed => self.requeue_failed(),
            Command::RestoreAll => self.restore_all(),
            Command::Pause => self.list.batch.pause(),
            Command::Resume => self.list.batch.start(),
            Command::StopActive => self.list.batch.stop_active(),
            Command::SetNaming(naming) => self.set_naming(naming),
            Command::SetSubfolders(subfolders) => self.import.set_subfolders(subfolders),
            Command::ChooseOutputFolder => {
                let now = self.list.names.naming().folder.clone();
                self.open_dialog(context, move |dialogs| TaskResult::Folder(dialogs.folder_to_save_in(now.as_deref())));
            }
            Command::CancelClose => self.closing = Closing::No,
            Command::CloseAnyway => self.closing = Closing::Yes,
            // The close dialog stays open until the result is saved.
            Command::SaveAndClose => self.save_at_once(context),
            Command::SaveAs => self.choose_target(context),
            Command::Dismiss(number) => self.notices.dismiss(number),
            Command::KeepNotices => self.notices.keep(),
            Command::SetAppearance(appearance) => self.set_appearance(context, appearance),
            Command::SetPanels(panels) => self.preferences.settings_mut().panels = panels,
            Command::SetFullScreen(full) => context.send_viewport_cmd(egui::ViewportCommand::Fullscreen(full)),
            Command::SetView { rect, of } => self.set_view(rect, of),
            Command::ShowPreviews(compared) => self.open_previews(compared),
            Command::FillPreviews(room) => self.fill_previews(room),
            Command::ChoosePreview(number) => self.choose_preview(context, number),
            Command::ClosePreviews => self.previews = None,
            Command::Close => self.close(),
            Command::Save => self.save_at_once(context),
            Command::AcceptOffer(number) => self.accept_offer(context, number),
            Command::Undo => self.undo(),
            Command::Redo => self.redo(),
            Command::CopyPicture => self.copy_picture(context),
            Command::PasteText(text) => self.paste_text(&text),
            Command::PastePicture(image) => self.paste_picture(context, image),
            Command::ApplyPreset(preset) => {
                self.change_recipe(context, preset.recipe);
                self.preferences.settings_mut().preset = Some(preset.name);
            }
            Command::SavePreset(name) => {
                let recipe = self.recipe();
                self.preferences.settings_mut().add_preset(&name, recipe);
            }
            Command::DeletePreset(name) => {
                self.preferences.settings_mut().presets.retain(|preset| preset.name != name);
            }
            Command::ClearRecent => self.preferences.settings_mut().recent.clear(),
            Command::ResetSettings => self.reset_settings(context),
            Command::CopyDiagnostics => self.copy_diagnostics(context),
        }
    }

    fn remove(&mut self, unwanted: impl Fn(&Item) -> bool) {
        self.edit(Edit::remove(&self.list.queue, unwanted));
    }

    fn show_file(&mut self, context: &egui::Context, path: PathBuf) {
        self.spawn_task(context, move |dialogs| {
            let failure = dialogs.show_file(&path).err();
            TaskResult::Notice(failure.map(|why| Notice::problem(text::file_not_shown(&path, &why))))
        });
    }

    fn requeue_failed(&mut self) {
        self.list.queue.retry(|item| matches!(item.state, State::Failed(_) | State::Stopped));
        self.queue_changed();
        self.list.queue.selected().into_iter().for_each(|id| self.show(id));
    }

    /// Performs the action a notice offers.
    fn accept_offer(&mut self, context: &egui::Context, number: u64) {
        let Some(offer) = self.notices.get(number).and_then(|notice| notice.offer.clone()) else { return };
        if !matches!(offer, Offer::ShowFile(_)) {
            self.notices.dismiss(number);
        }
        match offer {
            Offer::ShowFile(path) => self.show_file(context, path),
            Offer::RetryFailed => {
                self.requeue_failed();
                self.restore_all();
            }
            Offer::Open(path) => self.open(vec![path]),
            Offer::Restore => self.compute(),
            Offer::UseCpu => {
                self.devices.choice = DeviceChoice::Cpu;
                self.compute();
            }
            Offer::AlwaysUseCpu => self.devices.choice = DeviceChoice::Cpu,
            Offer::SaveAs => self.choose_target(context),
            Offer::UndoReset(settings) => self.apply(context, *settings),
            Offer::AddPreviousQueue => self.add_previous_queue(),
        }
    }
}
