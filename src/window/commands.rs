//! Carries out what a person wishes.

use super::{app::RedawnApp, asides::Answer};
use crate::state::{Closing, Command, Edit, Item, RunState, State};

impl RedawnApp {
    pub(super) fn run(&mut self, context: &egui::Context, command: Command) {
        match command {
            Command::ChoosePhoto => self.ask(context, |dialogs| Answer::Photos(dialogs.photos_to_open())),
            Command::Open(files) => self.open(files),
            Command::SetRecipe(recipe) => self.choose_by_hand(context, recipe),
            Command::SetDevice(device) => self.devices.choice = device,
            Command::MeasureDevices => self.measure_devices(),
            Command::Restore => self.restore(),
            Command::Cancel if self.list.batch.run_state() != RunState::Idle => self.list.batch.stop(),
            Command::Cancel if self.photo.session.job().is_some() => self.photo.session.stop(),
            Command::Cancel | Command::StopSearch => self.intake.stop(),
            Command::AddFolders => self.ask(context, |dialogs| Answer::Photos(dialogs.folders_to_open())),
            Command::Select(id) => self.show(id),
            Command::Step { down } => self.list.queue.neighbour(down).into_iter().for_each(|id| self.show(id)),
            Command::Remove(id) => self.remove(|item| item.id == id),
            Command::RemoveDone => self.remove(|item| matches!(item.state, State::Done(_) | State::Skipped(_))),
            Command::RemoveAll => self.remove(|_| true),
            Command::Move(id, position) => self.edit(Edit::Move(id, position)),
            Command::ApplyToAll => self.edit(Edit::apply_to_all(&self.list.queue, self.recipe())),
            Command::Retry(id) => self.retry(id),
            Command::RetryFailed => {
                self.list.queue.retry(|item| matches!(item.state, State::Failed(_) | State::Stopped));
                self.keep_queue();
            }
            Command::RestoreAll => self.restore_all(),
            Command::Pause => self.list.batch.pause(),
            Command::Resume => self.list.batch.go(),
            Command::StopOne => self.list.batch.stop_one(),
            Command::SetNaming(naming) => self.name_by(naming),
            Command::SetSubfolders(subfolders) => self.intake.subfolders = subfolders,
            Command::ChooseFolder => {
                let now = self.list.names.naming().folder.clone();
                self.ask(context, move |dialogs| Answer::Folder(dialogs.folder_to_save_in(now.as_deref())));
            }
            Command::Stay => self.closing = Closing::No,
            Command::Leave => self.closing = Closing::Agreed,
            // The question is on screen until it is saved.
            Command::SaveAndLeave => self.save_at_once(context),
            Command::ChooseTarget => self.choose_target(context),
            Command::Dismiss(number) => self.notices.dismiss(number),
            Command::SetAppearance(appearance) => self.set_appearance(context, appearance),
            Command::Look(rect) => self.look(rect),
            Command::ShowPreviews(compared) => self.open_previews(compared),
            Command::FillPreviews(room) => self.fill_previews(room),
            Command::ChoosePreview(number) => self.choose_preview(context, number),
            Command::ClosePreviews => self.previews = None,
            Command::Close => self.close(),
            Command::Save => self.save_at_once(context),
            Command::Accept(number) => self.accept(context, number),
            Command::Undo => self.undo(),
            Command::Redo => self.redo(),
            Command::CopyPicture => self.copy_picture(context),
            Command::Paste(text) => self.paste_text(&text),
            Command::PastePicture(image) => self.paste_picture(context, image),
            Command::ApplyPreset(preset) => {
                self.choose_by_hand(context, preset.recipe);
                self.preferences.memory.settings.preset = Some(preset.name);
            }
            Command::SavePreset(name) => self.preferences.memory.settings.add_preset(&name, self.recipe()),
            Command::DeletePreset(name) => {
                self.preferences.memory.settings.presets.retain(|preset| preset.name != name);
            }
            Command::ForgetRecent => self.preferences.memory.settings.recent.clear(),
            Command::ResetSettings => self.reset_settings(context),
            Command::CopyDiagnostics => self.copy_diagnostics(context),
        }
    }

    fn remove(&mut self, unwanted: impl Fn(&Item) -> bool) {
        self.edit(Edit::remove(&self.list.queue, unwanted));
    }
}
