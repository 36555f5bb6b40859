//! Whether the window may be closed.

use super::{Closing, RedawnApp};
use crate::app::batch::Pace;

impl RedawnApp {
    /// Whether closing now would end something that takes long: a photo alone is restored again in seconds,
    /// and what is being saved is saved to its end.
    pub(super) fn is_busy(&self) -> bool {
        self.batch.pace() != Pace::Idle
    }

    pub(super) fn ask_before_closing(&mut self, context: &egui::Context) {
        let wanted = context.input(|input| input.viewport().close_requested());
        if wanted && self.closing != Closing::Agreed && self.is_busy() {
            context.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.closing = Closing::Asked;
        }
        // What was under way is done meanwhile: nothing is lost any more.
        if self.closing == Closing::Asked && !self.is_busy() {
            self.closing = Closing::Agreed;
            context.send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }
}
