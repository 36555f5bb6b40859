//! The pictures on the canvas: before, after and difference, and live tiles over them.

use std::{path::PathBuf, sync::Arc};

use egui::{Color32, Context, Painter, Rect, Ui};

use super::{Canvas, in_points};
use crate::{
    imaging::Photo,
    pixels::Size,
    restore::{Mask, Rendition, Strength, WeightMap},
    state::{self, Compare, Session},
    ui::{
        labels::label_ui,
        viewer::{
            compare::{Pane, Side},
            live_tiles::TileStyle,
            pyramid::{Layout, Pyramid},
            source::Source,
            texture_painter::{Painted, TexturePainter, TextureRequests},
            view::View,
        },
    },
};

/// Textures uploaded per frame, at most; 1 MiB each.
const UPLOADS_PER_FRAME: usize = 6;
/// Covers the parts of the photo whose difference is not known yet.
const NOT_COMPARED: Color32 = Color32::from_black_alpha(200);

/// The photo with its result and their difference.
#[derive(Default)]
pub struct Pictures {
    photo: Option<Arc<Photo>>,
    path: PathBuf,
    before: Option<Pyramid>,
    after: Option<Pyramid>,
    difference: Option<Pyramid>,
    /// What was shown before the photo was replaced, until something of the new one can be drawn.
    replaced: Option<Replaced>,
}

/// The picture of a photo that was on screen.
struct Replaced {
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

impl Pictures {
    /// The photo.
    pub fn photo(&self) -> Option<&Arc<Photo>> {
        self.photo.as_ref()
    }

    /// Whether something of the photo can be drawn.
    pub fn has_any(&self) -> bool {
        self.before.as_ref().is_some_and(Pyramid::has_any)
    }

    /// Whether there is a result.
    pub fn has_result(&self) -> bool {
        self.after.is_some()
    }

    /// Width of the picture that 100 % refers to, divided by that of the photo.
    pub fn enlargement(&self) -> f32 {
        match (&self.photo, self.result_size()) {
            (Some(photo), Some(result)) => result.width as f32 / photo.size().width as f32,
            _ => 1.0,
        }
    }

    fn result_size(&self) -> Option<Size> {
        self.after.as_ref().map(|after| after.source().size())
    }

    /// Uploads a painted tile, or returns it if it belongs to another owner.
    fn accept(&mut self, context: &Context, painted: Painted) -> Result<(), Painted> {
        let mut left = Err(painted);
        for pyramid in [&mut self.before, &mut self.after, &mut self.difference].into_iter().flatten() {
            left = left.or_else(|painted| pyramid.accept(context, painted));
        }
        left
    }

    /// Replaces the photo. `view`: how the one before is shown, if it is on screen. Returns whether it is the same file,
    /// read again.
    fn replace(&mut self, source: &state::Source, view: Option<View>, textures: &mut TexturePainter) -> bool {
        let state::Source { path, photo, .. } = source;
        let rendition = Source::Rendition(Rendition::Photo(photo.clone()));
        let next = Pyramid::new(textures.owner(), rendition, photo.clone());
        match (self.before.replace(next).filter(Pyramid::has_any), view) {
            (_, None) => self.replaced = None,
            (Some(before), Some(view)) => self.replaced = Some(Replaced { before, after: self.after.take(), view }),
            // Nothing of it was drawn: the one before is still on screen.
            (None, Some(_)) => {}
        }
        let before = self.photo.replace(photo.clone());
        let is_same_file = self.path == *path && before.is_some_and(|before| before.size() == photo.size());
        self.path.clone_from(path);
        (self.after, self.difference) = (None, None);
        is_same_file
    }

    /// Replaces the result. `gain`: that of the difference, if it is needed.
    fn set_result(&mut self, result: Option<Rendition>, gain: Option<u8>, textures: &mut TexturePainter) {
        let (Some(result), Some(photo)) = (result, &self.photo) else {
            (self.after, self.difference) = (None, None);
            return;
        };
        if let Some(gain) = gain {
            let difference = Source::difference(photo.clone(), result.clone(), gain);
            show(&mut self.difference, difference, textures);
        }
        show(&mut self.after, Source::Rendition(result), textures);
    }

    /// Draws the result, or the photo, from coarse tiles.
    pub fn draw_coarse(&mut self, painter: &Painter, place: Rect) {
        let picture = self.after.as_mut().filter(|after| after.has_any()).or(self.before.as_mut());
        picture.into_iter().for_each(|picture| picture.draw_coarse(painter, place));
    }

    /// The photo is drawn in place of the one before.
    pub fn forget_replaced(&mut self) {
        self.replaced = None;
    }
}

impl Canvas {
    /// Uploads finished textures.
    pub(super) fn upload_textures(&mut self, context: &Context) {
        for _ in 0..UPLOADS_PER_FRAME {
            let Some(painted) = self.textures.take() else { return };
            let left = self.live_tiles.accept(context, painted);
            let left = left.or_else(|painted| self.area_overlay.accept(context, painted));
            // Others belong to a picture that is no longer shown.
            let _ = left.or_else(|painted| self.pictures.accept(context, painted));
        }
        context.request_repaint();
    }

    /// Prepares the pictures that the session shows.
    pub(super) fn update_pictures(&mut self, session: &Session, strength: Strength, mask: &Mask, frame: u64) {
        let was_shown = std::mem::replace(&mut self.frame, frame) + 1 >= frame;
        let is_shown = |photo| self.pictures.photo().is_some_and(|shown| Arc::ptr_eq(shown, photo));
        if let Some(source) = session.source().filter(|source| !is_shown(&source.photo)) {
            let view = was_shown.then_some(self.view);
            // A file that is read again, by the run of the list or after it has failed, stays in place.
            if !self.pictures.replace(source, view, &mut self.textures) {
                self.view.fit();
            }
            self.live_tiles.clear();
            self.area_overlay.clear();
            self.brush.set_on(false);
        }
        let gain = (self.compare == Compare::Difference).then_some(self.gain);
        self.pictures.set_result(session.rendition(strength, mask), gain, &mut self.textures);
        if !self.pictures.has_result() && !session.has_live_tiles() {
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
        let Self { pictures, live_tiles, checker, gain, .. } = self;
        let Pictures { photo: Some(photo), before: Some(before), after, difference, replaced, .. } = pictures else {
            return;
        };
        if !before.has_any() {
            before.request(&layout, requests);
            replaced.iter_mut().for_each(|replaced| replaced.draw(painter, pane, layout));
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
        let shown = if is_difference { difference } else { after };
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
            difference: is_difference.then_some(*gain),
        };
        live_tiles.draw(painter, &layout, &style, finished_only, under, requests);
    }

    /// Labels a part of the canvas.
    pub(super) fn label_ui(&self, ui: &mut Ui, pane: &Pane, session: &Session) {
        let size = match pane.side {
            Side::Before => self.pictures.photo().map(|photo| photo.size()),
            Side::After | Side::Difference => {
                let live = if session.has_live_tiles() { self.live_tiles.frame() } else { None };
                live.or(self.pictures.result_size())
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
