//! Opens, fills and closes the preview grid.

use std::sync::Arc;

use super::{app::RedawnApp, jobs::Owner};
use crate::{
    pixels::Size,
    restore::Recipe,
    state::{Compared, PreviewGrid, RunState},
    worker::Request,
};

impl RedawnApp {
    /// The preview grid, while it is open.
    pub fn previews(&self) -> Option<&PreviewGrid> {
        self.previews.as_ref()
    }

    /// Opens the grid if a photo is open and nothing is being restored.
    pub(super) fn open_previews(&mut self, compared: Compared) {
        let source = self.photo.session.source().filter(|_| self.list.batch.run_state() == RunState::Idle).cloned();
        let recipe = self.recipe();
        if source.is_some() {
            // The network is needed for the grid.
            self.photo.session.stop();
        }
        self.previews = source.map(|source| PreviewGrid::new(compared, source, recipe, self.view()));
    }

    /// Requests the previews, of at most `room` px each.
    pub(super) fn fill_previews(&mut self, room: Size) {
        let Some(mut grid) = self.previews.take() else { return };
        for (job, recipe, rect) in grid.request(room, || self.workers.start(Owner::Preview)) {
            let mut request = self.restore_request(job, grid.cancel.clone(), grid.source.clone());
            request.order.recipe = recipe;
            self.workers.send(Request::Preview(request, rect));
        }
        self.previews = Some(grid);
    }

    /// Applies the choice of this number.
    pub(super) fn choose_preview(&mut self, context: &egui::Context, number: usize) {
        if let Some(grid) = self.previews.take()
            && let Some(cell) = grid.cells.get(number).filter(|cell| !cell.chosen)
        {
            let now = self.recipe();
            let recipe = match grid.compared {
                Compared::Levels => Recipe { noise: cell.recipe.noise, ..now },
                Compared::Sizes => Recipe { scale: cell.recipe.scale, ..now },
            };
            self.change_recipe(context, recipe);
        }
    }

    /// Closes the grid if the photo has changed or is being restored.
    pub(super) fn check_previews(&mut self) {
        let photo = self.photo.session.source().map(|source| &source.photo);
        let stays = self.list.batch.run_state() == RunState::Idle
            && self.previews.as_ref().is_some_and(|grid| photo.is_some_and(|now| Arc::ptr_eq(now, &grid.source.photo)));
        if !stays {
            self.previews = None;
        }
    }
}
