//! The pictures on the canvas: before, after and difference, and live tiles over them.

use std::sync::Arc;

use egui::{Color32, Context, Painter, Rect, Ui};

use super::{Canvas, in_points};
use crate::{
    imaging::Photo,
    restore::{Mask, Rendition, Strength, WeightMap},
    state::{self, Compare, Session},
    ui::{
        labels::label_ui,
        viewer::{
            compare::{Pane, Side},
            live_tiles::TileStyle,
            pyramid::{Layout, Pyramid},
            source::Source,
            texture_painter::{TexturePainter, TextureRequests},
            view::View,
        },
    },
};

/// Textures uploaded per frame, 1 MiB each.
const MOST_UPLOADS: usize = 6;
/// Covers the parts of the photo whose difference is not known yet.
const NOT_COMPARED: Color32 = Color32::from_black_alpha(200);

/// The picture of a photo that was on screen.
pub struct Replaced {
    before: Pyramid,
    after: Option<Pyramid>,
    view: View,
}

impl Replaced {
    fn draw(&mut self, painter: &Painter, pane: &Pane, layout: Layout) {
        let Self { before, after, view } = self;
        let size = in_points(before.source().size());
        let place = view.place_on_pixels(pane.rect, size, layout.pixels_per_point);
        let shown = match after {
            Some(after) if pane.side != Side::Before && after.has_any() => after,
            _ => before,
        };
        shown.draw(painter, &Layout { place, ..layout });
    }
}

impl Canvas {
    /// Uploads finished textures.
    pub(super) fn upload_textures(&mut self, context: &Context) {
        for _ in 0..MOST_UPLOADS {
            let Some(painted) = self.textures.take() else { return };
            let mut left = self.live_tiles.accept(context, painted);
            left = left.or_else(|painted| self.painted.accept(context, painted));
            for pyramid in [&mut self.before, &mut self.after, &mut self.difference].into_iter().flatten() {
                left = left.or_else(|painted| pyramid.accept(context, painted));
            }
            // Others belong to a picture that is no longer shown.
        }
        context.request_repaint();
    }

    /// Prepares the pictures that the session shows.
    pub(super) fn update_pictures(&mut self, session: &Session, strength: Strength, mask: &Mask, frame: u64) {
        let was_shown = std::mem::replace(&mut self.frame, frame) + 1 >= frame;
        let is_shown = |photo: &Arc<Photo>| self.photo.as_ref().is_some_and(|shown| Arc::ptr_eq(shown, photo));
        if let Some(state::Source { path, photo, .. }) = session.source().filter(|source| !is_shown(&source.photo)) {
            let (photo, size) = (photo.clone(), self.photo.as_ref().map(|photo| photo.size()));
            let rendition = Source::Rendition(Rendition::Photo(photo.clone()));
            let next = Pyramid::new(self.textures.owner(), rendition, photo.clone());
            match self.before.replace(next).filter(Pyramid::has_any) {
                _ if !was_shown => self.replaced = None,
                Some(before) => self.replaced = Some(Replaced { before, after: self.after.take(), view: self.view }),
                // It was never painted: the one before is still on screen.
                None => {}
            }
            // A file that is read again, by the run of the list or after it has failed, stays in place.
            if (&self.path, size) != (path, Some(photo.size())) {
                self.view.fit();
            }
            self.path.clone_from(path);
            (self.after, self.difference, self.photo) = (None, None, Some(photo));
            self.live_tiles.clear();
            self.painted.clear();
            self.brush.set_on(false);
        }
        match (session.rendition(strength, mask), &self.photo) {
            (Some(result), Some(photo)) => {
                if self.compare == Compare::Difference {
                    let difference = Source::difference(photo.clone(), result.clone(), self.gain);
                    show(&mut self.difference, difference, &mut self.textures);
                }
                show(&mut self.after, Source::Rendition(result), &mut self.textures);
            }
            _ => (self.after, self.difference) = (None, None),
        }
        if self.after.is_none() && !session.has_live_tiles() {
            self.live_tiles.clear();
        }
    }

    /// Draws a part of the canvas.
    pub(super) fn paint(
        &mut self,
        painter: &Painter,
        pane: &Pane,
        layout: Layout,
        session: &Session,
        weights: &WeightMap,
        requests: &mut TextureRequests,
    ) {
        let Self { photo: Some(photo), before: Some(before), live_tiles, checker, .. } = self else { return };
        if !before.has_any() {
            before.request(&layout, requests);
            self.replaced.as_mut().into_iter().for_each(|replaced| replaced.draw(painter, pane, layout));
            return;
        }
        let under = |place: Rect| {
            if photo.pixels.has_alpha() {
                checker.paint(painter, place.intersect(layout.visible));
            }
        };
        under(layout.place);
        let is_difference = match pane.side {
            Side::Before => {
                before.request(&layout, requests);
                return before.draw(painter, &layout);
            }
            Side::After => false,
            Side::Difference => true,
        };
        let shown = if is_difference { &mut self.difference } else { &mut self.after };
        let ready = match shown {
            Some(shown) => {
                shown.request(&layout, requests);
                shown.is_ready(&layout)
            }
            None => false,
        };
        match shown {
            Some(shown) if shown.has_any() => shown.draw(painter, &layout),
            _ => {
                before.request(&layout, requests);
                before.draw(painter, &layout);
                // What has no difference yet is the photo, darkened.
                if is_difference {
                    painter.rect_filled(layout.place, 0.0, NOT_COMPARED);
                }
            }
        }
        if ready && !session.has_live_tiles() {
            live_tiles.clear();
        }
        // Over an earlier result only finished tiles are drawn, not those of earlier stages.
        let finished_only = shown.is_some();
        let style = TileStyle {
            photo: photo.clone(),
            colours: before.colours().clone(),
            weights: weights.clone(),
            difference: is_difference.then_some(self.gain),
        };
        live_tiles.draw(painter, &layout, &style, finished_only, under, requests);
    }

    /// Labels a part of the canvas.
    pub(super) fn label_ui(&self, ui: &mut Ui, pane: &Pane, session: &Session) {
        let size = match pane.side {
            Side::Before => self.photo.as_ref().map(|photo| photo.size()),
            Side::After | Side::Difference => {
                let live = if session.has_live_tiles() { self.live_tiles.frame() } else { None };
                live.or(self.after.as_ref().map(|after| after.source().size()))
            }
        };
        label_ui(ui, pane, size, self.gain);
    }
}

/// Makes a pyramid show `source`.
fn show(pyramid: &mut Option<Pyramid>, source: Source, textures: &mut TexturePainter) {
    match pyramid {
        Some(pyramid) if pyramid.source().is(&source) => {}
        Some(pyramid) if pyramid.source().size() == source.size() => pyramid.change(source),
        _ => {
            let photo = source.rendition().base().clone();
            *pyramid = Some(Pyramid::new(textures.owner(), source, photo));
        }
    }
}
