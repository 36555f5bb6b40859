//! The finished tiles of a restoration under way, as they land. One layer for each stage, the
//! later over the earlier, so that a denoised tile stays until its enlarged one is there.

use egui::{ColorImage, Context, Painter, Rect, TextureHandle, TextureOptions};

use super::{
    pyramid::{byte, draw, image},
    view,
};
use crate::{
    imaging::ScreenColours,
    pixels::{self, Planes, Raster, Size},
};

/// A stage's picture is reduced until it has at most this many px: 64 MiB of textures.
const MOST_PX: usize = 16 << 20;

/// What a tile takes from its photo.
#[derive(Clone, Copy, Default)]
pub struct Look<'a> {
    /// The photo, of any size, when its alpha is to be looked at.
    pub transparent: Option<&'a Raster>,
    /// The way of its colours to the screen.
    pub colours: Option<&'a ScreenColours>,
}

struct Layer {
    frame: Size,
    tiles: Vec<(pixels::Rect, TextureHandle)>,
}

/// What has landed so far.
#[derive(Default)]
pub struct Landing {
    layers: Vec<Layer>,
}

impl Landing {
    /// Takes in a tile of 1 or 3 planes at `rect` of a picture of size `frame`, as it looks in the photo.
    pub fn land(&mut self, context: &Context, look: Look, frame: Size, rect: pixels::Rect, tile: &Planes) {
        let texture = context.load_texture("tile", texels(look, frame, rect, tile), TextureOptions::LINEAR);
        if self.layers.last().is_none_or(|layer| layer.frame != frame) {
            self.layers.push(Layer { frame, tiles: Vec::new() });
        }
        if let Some(layer) = self.layers.last_mut() {
            // A fallback to smaller tiles starts over: what it repeats is the same picture.
            layer.tiles.retain(|(landed, _)| *landed != rect);
            layer.tiles.push((rect, texture));
        }
    }

    /// Forgets all of it.
    pub fn clear(&mut self) {
        self.layers.clear();
    }

    /// Whether nothing has landed.
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// The size of the latest stage's picture, in px.
    pub fn frame(&self) -> Option<Size> {
        self.layers.last().map(|layer| layer.frame)
    }

    /// Draws what has landed, the whole picture lying at `place`.
    pub fn paint(&self, painter: &Painter, place: Rect) {
        for layer in &self.layers {
            for (rect, texture) in &layer.tiles {
                let at = view::place_of(*rect, layer.frame, place);
                if at.intersects(painter.clip_rect()) {
                    draw(painter, texture, at, view::WHOLE);
                }
            }
        }
    }
}

/// A tile as texels, reduced by as much as its frame needs.
fn texels(look: Look, frame: Size, rect: pixels::Rect, tile: &Planes) -> ColorImage {
    let cell = (1..).find(|cell| frame.area() / (cell * cell) <= MOST_PX).unwrap_or(1);
    let [width, height] = [tile.width(), tile.height()].map(|side| side.div_ceil(cell));
    let last = tile.channels() - 1;
    let mut pixels = Vec::with_capacity(width * height);
    for y in (0..tile.height()).step_by(cell) {
        let rows = [0, 1, 2].map(|channel| tile.row(channel.min(last), y));
        for x in (0..tile.width()).step_by(cell) {
            let [red, green, blue] = rows.map(|row| byte(row[x]));
            let alpha = look.transparent.map_or(255, |photo| {
                let Size { width, height } = photo.size();
                let (x, y) = ((rect.x + x) * width / frame.width, (rect.y + y) * height / frame.height);
                byte(photo.value(photo.channels() - 1, x, y))
            });
            pixels.push([red, green, blue, alpha]);
        }
    }
    image([width, height], pixels, look.colours)
}

#[cfg(test)]
mod tests {
    use egui::Color32;

    use super::*;
    use crate::pixels::Depth;

    #[test]
    fn a_grey_tile_stays_grey_and_takes_the_photos_alpha() {
        let tile = Planes::filled(1, Size::new(2, 2), 1.0);
        let alpha = Planes::new(1, Size::new(2, 1), vec![0.0, 1.0]);
        let photo = Raster::of(&Planes::filled(1, alpha.size(), 1.0), Some(&alpha), Depth::Eight);
        let look = Look { transparent: Some(&photo), colours: None };
        let image = texels(look, Size::new(4, 2), pixels::Rect::new(1, 0, 2, 2), &tile);
        assert_eq!(image.pixels, [Color32::TRANSPARENT, Color32::WHITE, Color32::TRANSPARENT, Color32::WHITE]);
    }

    #[test]
    fn tiles_of_huge_frames_are_reduced() {
        let tile = Planes::filled(3, Size::new(100, 50), 0.5);
        let image = texels(Look::default(), Size::new(16_384, 16_384), pixels::Rect::new(0, 0, 100, 50), &tile);
        assert_eq!(image.size, [25, 13]);
    }

    #[test]
    fn a_stage_is_a_layer_and_a_repeated_tile_replaces_its_first() {
        let context = Context::default();
        let mut landing = Landing::default();
        let tile = Planes::filled(3, Size::new(2, 2), 0.5);
        let rect = pixels::Rect::new(0, 0, 2, 2);
        for frame in [Size::new(4, 4), Size::new(4, 4), Size::new(8, 8)] {
            landing.land(&context, Look::default(), frame, rect, &tile);
        }
        let tiles: Vec<_> = landing.layers.iter().map(|layer| layer.tiles.len()).collect();
        assert_eq!(tiles, [1, 1]);
        assert_eq!(landing.frame(), Some(Size::new(8, 8)));
    }
}
