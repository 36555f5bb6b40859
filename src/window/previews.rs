//! The window's dealings with choices at a glance.

use std::sync::Arc;

use super::{app::RedawnApp, jobs::Owner};
use crate::{
    pixels::Size,
    restore::Recipe,
    state::{Compared, PreviewGrid},
    worker::Request,
};

impl RedawnApp {
    /// The choices next to each other, when they are on screen.
    pub fn glance(&self) -> Option<&PreviewGrid> {
        self.previews.as_ref()
    }

    /// Shows them, unless the network has other things to do.
    pub(super) fn open_previews(&mut self, compared: Compared) {
        let source = self.photo.session.source().filter(|_| self.can_restore()).cloned();
        let recipe = self.recipe();
        self.previews = source.map(|source| PreviewGrid::new(compared, source, recipe, self.photo.view));
    }

    /// Has the pictures made, for cells of that many px.
    pub(super) fn fill_previews(&mut self, room: Size) {
        let Some(mut glance) = self.previews.take() else { return };
        for (job, recipe, rect) in glance.ask(room, || self.workers.start(Owner::Preview)) {
            let mut request = self.request(job, glance.cancel.clone(), glance.source.clone());
            request.order.recipe = recipe;
            self.workers.ask(Request::Preview(request, rect));
        }
        self.previews = Some(glance);
    }

    /// Takes the choice of that number.
    pub(super) fn choose_preview(&mut self, context: &egui::Context, number: usize) {
        if let Some(glance) = self.previews.take()
            && let Some(cell) = glance.cells.get(number).filter(|cell| !cell.chosen)
        {
            let now = self.recipe();
            let recipe = match glance.compared {
                Compared::Levels => Recipe { noise: cell.recipe.noise, ..now },
                Compared::Sizes => Recipe { scale: cell.recipe.scale, ..now },
            };
            self.choose_by_hand(context, recipe);
        }
    }

    /// Takes them off the screen when another photo is there, or the network has other things to do.
    pub(super) fn check_previews(&mut self) {
        let photo = self.photo.session.source().map(|source| &source.photo);
        let stays = self.can_restore()
            && self
                .previews
                .as_ref()
                .is_some_and(|glance| photo.is_some_and(|now| Arc::ptr_eq(now, &glance.source.photo)));
        if !stays {
            self.previews = None;
        }
    }
}
