//! The finished tiles of a restoration under way, as they land. One layer for each stage, the
//! later over the earlier, so that a denoised tile stays until its enlarged one is there.

use egui::{ColorImage, Painter, Rect, TextureHandle, TextureOptions};

use super::{
    pyramid::{Budget, draw},
    texels::{byte, image},
    view,
};
use crate::{
    imaging::{Depth, ScreenColours},
    pixels::{self, Planes, Raster, Size},
    restore::{Before, Strength, mix},
};

/// A stage's picture is reduced until it has at most this many px: 64 MiB of textures, and as much beside.
const MOST_PX: usize = 16 << 20;

/// What a tile takes from its photo.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// The photo, of any size.
    pub photo: &'a Raster,
    /// The way of its colours to the screen.
    pub colours: Option<&'a ScreenColours>,
    /// How much of the tile is shown; the rest is the photo.
    pub strength: Strength,
}

struct Tile {
    rect: pixels::Rect,
    /// The tile at full strength, reduced.
    full: Raster,
    /// What is shown of it, and at which strength; none before it is first seen.
    shown: Option<(TextureHandle, Strength)>,
}

struct Layer {
    frame: Size,
    tiles: Vec<Tile>,
}

/// What has landed so far.
#[derive(Default)]
pub struct Landing {
    layers: Vec<Layer>,
}

impl Landing {
    /// Takes in a tile of 1 or 3 planes at full strength, at `rect` of a picture of size `frame`.
    pub fn land(&mut self, frame: Size, rect: pixels::Rect, tile: &Planes) {
        if self.layers.last().is_none_or(|layer| layer.frame != frame) {
            self.layers.push(Layer { frame, tiles: Vec::new() });
        }
        if let Some(layer) = self.layers.last_mut() {
            // A fallback to smaller tiles starts over: what it repeats is the same picture.
            layer.tiles.retain(|landed| landed.rect != rect);
            let full = Raster::of(&reduced(tile, cell(frame)), None, Depth::Eight);
            layer.tiles.push(Tile { rect, full, shown: None });
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

    /// Draws what has landed, the whole picture lying at `place`. Whether all of it is as `look` says: what
    /// the budget did not allow is as it was before.
    pub fn paint(&mut self, painter: &Painter, place: Rect, look: Look, budget: &mut Budget) -> bool {
        let mut complete = true;
        for Layer { frame, tiles } in &mut self.layers {
            for tile in tiles {
                let at = view::place_of(tile.rect, *frame, place);
                if !at.intersects(painter.clip_rect()) {
                    continue;
                }
                if tile.shown.as_ref().is_none_or(|(_, strength)| *strength != look.strength) {
                    if budget.take() {
                        let image = texels(look, *frame, tile.rect, &tile.full);
                        let texture = painter.ctx().load_texture("tile", image, TextureOptions::LINEAR);
                        tile.shown = Some((texture, look.strength));
                    } else {
                        complete = false;
                    }
                }
                if let Some((texture, _)) = &tile.shown {
                    draw(painter, texture, at, view::WHOLE);
                }
            }
        }
        complete
    }
}

/// By how much a picture of that size is reduced.
fn cell(frame: Size) -> usize {
    (1..).find(|cell| frame.area() / (cell * cell) <= MOST_PX).unwrap_or(1)
}

/// Every `cell`th px, both ways.
fn reduced(planes: &Planes, cell: usize) -> Planes {
    let size = Size::new(planes.width().div_ceil(cell), planes.height().div_ceil(cell));
    let mut data = Vec::with_capacity(planes.channels() * size.area());
    for channel in 0..planes.channels() {
        for y in (0..planes.height()).step_by(cell) {
            data.extend(planes.row(channel, y).iter().step_by(cell));
        }
    }
    Planes::new(planes.channels(), size, data)
}

/// A reduced tile as texels, at the strength of `look`.
fn texels(look: Look, frame: Size, rect: pixels::Rect, full: &Raster) -> ColorImage {
    let (cell, photo) = (cell(frame), look.photo);
    let mut tile = full.colours_in(full.size().rect());
    if !look.strength.is_full() {
        let before = Before::of(photo, frame).colours(rect);
        tile = mix(tile, &reduced(&before, cell), look.strength);
    }
    let last = tile.channels() - 1;
    let mut pixels = Vec::with_capacity(tile.size().area());
    for y in 0..tile.height() {
        let rows = [0, 1, 2].map(|channel| tile.row(channel.min(last), y));
        for x in 0..tile.width() {
            let [red, green, blue] = rows.map(|row| byte(row[x]));
            let mut alpha = 255;
            if photo.has_alpha() {
                let Size { width, height } = photo.size();
                let (x, y) = ((rect.x + x * cell) * width / frame.width, (rect.y + y * cell) * height / frame.height);
                alpha = byte(photo.value(photo.channels() - 1, x, y));
            }
            pixels.push([red, green, blue, alpha]);
        }
    }
    image([tile.width(), tile.height()], pixels, look.colours)
}

#[cfg(test)]
mod tests {
    use egui::Color32;

    use super::*;

    fn look(photo: &Raster, strength: Strength) -> Look<'_> {
        Look { photo, colours: None, strength }
    }

    fn flat(size: Size, value: f32) -> Raster {
        Raster::of(&Planes::filled(3, size, value), None, Depth::Eight)
    }

    #[test]
    fn a_grey_tile_stays_grey_and_takes_the_photos_alpha() {
        let tile = Raster::of(&Planes::filled(1, Size::new(2, 2), 1.0), None, Depth::Eight);
        let alpha = Planes::new(1, Size::new(2, 1), vec![0.0, 1.0]);
        let photo = Raster::of(&Planes::filled(1, alpha.size(), 1.0), Some(&alpha), Depth::Eight);
        let look = look(&photo, Strength::FULL);
        let image = texels(look, Size::new(4, 2), pixels::Rect::new(1, 0, 2, 2), &tile);
        assert_eq!(image.pixels, [Color32::TRANSPARENT, Color32::WHITE, Color32::TRANSPARENT, Color32::WHITE]);
    }

    #[test]
    fn tiles_of_huge_frames_are_reduced() {
        let frame = Size::new(16_384, 16_384);
        let mut landing = Landing::default();
        landing.land(frame, pixels::Rect::new(0, 0, 100, 50), &Planes::filled(3, Size::new(100, 50), 0.5));
        assert_eq!(landing.layers[0].tiles[0].full.size(), Size::new(25, 13));
    }

    #[test]
    fn a_tile_is_mixed_with_its_photo() {
        let (photo, frame) = (flat(Size::new(4, 4), 0.0), Size::new(8, 8));
        let tile = flat(Size::new(8, 8), 1.0);
        for (strength, grey) in [(0.0, 0), (0.6, 153), (1.0, 255)] {
            let image = texels(look(&photo, Strength::of(strength)), frame, frame.rect(), &tile);
            assert!(image.pixels.iter().all(|pixel| *pixel == Color32::from_gray(grey)), "{strength}");
        }
    }

    #[test]
    fn a_stage_is_a_layer_and_a_repeated_tile_replaces_its_first() {
        let mut landing = Landing::default();
        let tile = Planes::filled(3, Size::new(2, 2), 0.5);
        let rect = pixels::Rect::new(0, 0, 2, 2);
        for frame in [Size::new(4, 4), Size::new(4, 4), Size::new(8, 8)] {
            landing.land(frame, rect, &tile);
        }
        let tiles: Vec<_> = landing.layers.iter().map(|layer| layer.tiles.len()).collect();
        assert_eq!(tiles, [1, 1]);
        assert_eq!(landing.frame(), Some(Size::new(8, 8)));
    }
}
