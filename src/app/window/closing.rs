//! Whether the window may be closed.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{Closing, RedawnApp};
use crate::app::batch::Pace;

/// So long the end of a photo under way is waited for: it stops within a tile.
const PATIENCE: Duration = Duration::from_secs(10);

impl RedawnApp {
    /// Stops the photos that are being restored. A result that came to its file nevertheless is known to be there.
    pub(super) fn end_batch(&mut self) {
        self.batch.stop();
        let start = Instant::now();
        while self.batch.passage().is_some() && start.elapsed() < PATIENCE {
            while let Some(event) = self.network.hear().or_else(|| self.reader.hear()) {
                let jobs = &mut self.jobs;
                let asked = self.batch.apply(&event, &mut self.queue, || jobs.take(), Instant::now());
                self.ask_for(asked);
            }
            self.post();
            thread::sleep(Duration::from_millis(5));
        }
    }

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
