//! Closing the window.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{app::RedawnApp, jobs::Owner};
use crate::state::{AtStake, Closing, Saving};

/// Maximum time to wait for the active photo to stop, which it does within a tile.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

impl RedawnApp {
    /// Stops the run and waits for its active photo, whose result may be written nevertheless.
    pub(super) fn stop_batch(&mut self) {
        self.list.batch.stop();
        let start = Instant::now();
        while self.list.batch.active().is_some() && start.elapsed() < STOP_TIMEOUT {
            while let Some(event) = self.workers.next_event() {
                let workers = &mut self.workers;
                let next =
                    self.list.batch.apply(&event, &mut self.list.queue, || workers.start(Owner::Queue), Instant::now());
                next.into_iter().for_each(|request| self.workers.send(request));
            }
            self.workers.flush();
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Closes the window, or asks for confirmation if something is at stake.
    pub(super) fn close(&mut self) {
        let at_stake = self.at_stake();
        self.closing = if at_stake.is_nothing() { Closing::Yes } else { Closing::Confirming(at_stake) };
    }

    /// Handles close requests in every frame. A confirmed close is repeated until the window is gone.
    pub(super) fn update_closing(&mut self, context: &egui::Context) {
        let requested = context.input(|input| input.viewport().close_requested());
        if self.closing != Closing::Yes && (requested || matches!(self.closing, Closing::Confirming(_))) {
            // What was at stake may be finished meanwhile.
            self.close();
        }
        match (self.closing, requested) {
            // Ending the threads may take a while. The window is hidden meanwhile.
            (Closing::Yes, true) => context.send_viewport_cmd(egui::ViewportCommand::Visible(false)),
            (Closing::Yes, false) => context.send_viewport_cmd(egui::ViewportCommand::Close),
            (Closing::Confirming(_), true) => context.send_viewport_cmd(egui::ViewportCommand::CancelClose),
            (Closing::Confirming(_) | Closing::No, _) => {}
        }
    }

    fn at_stake(&self) -> AtStake {
        let items = self.list.queue.items();
        let kept = self.list.writer.is_some() && self.list.queue.is_stored();
        // A stored queue has the settings of its photos.
        let unsaved = items.iter().filter(|item| !kept && item.has_unsaved_edits());
        AtStake {
            unsaved: unsaved.clone().count(),
            on_screen: unsaved.into_iter().any(|item| self.photo.item == Some(item.id)),
            saving: self.results.saving != Saving::Idle || !self.results.requested.is_empty(),
            remaining: self.list.batch.remaining(&self.list.queue),
            kept,
        }
    }
}
