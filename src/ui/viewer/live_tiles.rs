//! The tiles of a restoration under way, as they land. One layer for each stage, the later over the
//! earlier, so that a denoised tile stays until its enlarged one is there.

use std::sync::Arc;

use egui::{ColorImage, Context, Painter, Rect, TextureHandle, TextureOptions};

use super::{
    pyramid::{Layout, draw},
    source::{Colours, difference},
    texels::{byte, image},
    texture_painter::{Label, Painted, Wish, Wishes},
    view,
};
use crate::{
    imaging::{Depth, Photo},
    pixels::{self, Planes, Raster, Size},
    restore::{BeforeImage, Strength, blend},
};

/// The first tiles of a stage, the visible ones, keep all their px: so many, 64 MiB of textures.
const FULL_PX: usize = 16 << 20;
/// The others are reduced, as much as keeps all of the picture to so many px.
const MOST_PX: usize = 16 << 20;

/// What a tile takes from its photo, and how it is shown.
#[derive(Clone)]
pub struct Look {
    /// The photo, of any size.
    pub photo: Arc<Photo>,
    /// The way of its colours to the screen.
    pub colours: Colours,
    /// How much of the tile is shown; the rest is the photo.
    pub strength: Strength,
    /// Whether what it differs by from the photo is shown.
    pub difference: bool,
}

struct Tile {
    rect: pixels::Rect,
    /// The tile at full strength, every `cell`th px of it both ways.
    full: Arc<Raster>,
    cell: usize,
    /// What is shown of it, as which edition and whether as squares; none before it is first painted.
    shown: Option<(TextureHandle, u64, bool)>,
    /// Tells it from one that was there before.
    number: usize,
}

struct Layer {
    frame: Size,
    /// Whether no stage comes after.
    finished: bool,
    /// Whether its settings are no longer current.
    outdated: bool,
    tiles: Vec<Tile>,
}

impl Layer {
    /// Its px that are kept in full.
    fn full_px(&self) -> usize {
        self.tiles.iter().filter(|tile| tile.cell == 1).map(|tile| tile.rect.size().area()).sum()
    }
}

/// What has landed so far.
pub struct LiveTiles {
    owner: u64,
    layers: Vec<Layer>,
    landed: usize,
    /// Counts the looks.
    edition: u64,
    look: Option<(Strength, bool)>,
}

impl LiveTiles {
    /// Nothing. `owner` tells its textures from others.
    pub fn new(owner: u64) -> Self {
        Self { owner, layers: Vec::new(), landed: 0, edition: 0, look: None }
    }

    /// Takes in a tile of 1 or 3 planes at full strength, at `rect` of a picture of size `frame`, and whether it is
    /// `finished`.
    pub fn land(&mut self, (frame, finished): (Size, bool), rect: pixels::Rect, tile: &Planes) {
        let is_one_of = |layer: &Layer| !layer.outdated && (layer.frame, layer.finished) == (frame, finished);
        if !self.layers.iter().any(is_one_of) {
            self.layers.push(Layer { frame, finished, outdated: false, tiles: Vec::new() });
        }
        for layer in self.layers.iter_mut().filter(|layer| layer.outdated && finished) {
            layer.tiles.retain(|tile| !covers((frame, rect), (layer.frame, tile.rect)));
        }
        self.layers.retain(|layer| !layer.tiles.is_empty() || !layer.outdated);
        if let Some(layer) = self.layers.iter_mut().find(|layer| is_one_of(layer)) {
            // A fallback to smaller tiles starts over: what it repeats is the same picture.
            layer.tiles.retain(|landed| landed.rect != rect);
            let keeps_all = layer.full_px() + rect.size().area() <= FULL_PX;
            let cell = if keeps_all { 1 } else { cell(frame) };
            let full = match cell {
                1 => Raster::from_planes(tile, None, Depth::Eight),
                cell => Raster::from_planes(&reduced(tile, cell), None, Depth::Eight),
            };
            self.landed += 1;
            layer.tiles.push(Tile { rect, full: Arc::new(full), cell, shown: None, number: self.landed });
        }
    }

    /// The settings changed: what is finished stays until newer tiles cover it.
    pub fn outdate(&mut self) {
        self.layers.retain(|layer| layer.finished);
        self.layers.iter_mut().for_each(|layer| layer.outdated = true);
    }

    /// Forgets all of it.
    pub fn clear(&mut self) {
        self.layers.clear();
    }

    /// The size of the latest stage's picture, in px.
    pub fn frame(&self) -> Option<Size> {
        self.layers.iter().rfind(|layer| !layer.outdated).map(|layer| layer.frame)
    }

    /// Takes in a painted tile, if it is one of its own.
    pub fn take_in(&mut self, context: &Context, painted: Painted) -> Result<(), Painted> {
        let Label { owner, key: (_, number, _), edition, nearest } = painted.label;
        if owner != self.owner {
            return Err(painted);
        }
        let mut tiles = self.layers.iter_mut().flat_map(|layer| &mut layer.tiles);
        if let Some(tile) = tiles.find(|tile| tile.number == number) {
            let options = if nearest { TextureOptions::NEAREST } else { TextureOptions::LINEAR };
            tile.shown = Some((context.load_texture("tile", painted.image, options), edition, nearest));
        }
        Ok(())
    }

    /// Draws what has landed, of all stages or only what is finished, over `under`. What is not as `look`
    /// says is wished for, and meanwhile as it was before.
    pub fn draw(
        &mut self,
        painter: &Painter,
        layout: &Layout,
        (look, finished_only): (&Look, bool),
        under: impl Fn(Rect),
        wishes: &mut Wishes,
    ) {
        let now = (look.strength, look.difference);
        if self.look != Some(now) {
            self.look = Some(now);
            self.edition += 1;
        }
        let (edition, nearest) = (self.edition, layout.nearest);
        for Layer { frame, tiles, .. } in self.layers.iter().filter(|layer| layer.finished || !finished_only) {
            let frame = *frame;
            for tile in tiles {
                let at = view::place_of(tile.rect, frame, layout.place);
                if !at.intersects(layout.seen) {
                    continue;
                }
                if tile.shown.as_ref().is_none_or(|(_, of, squares)| (*of, *squares) != (edition, nearest)) {
                    let label = Label { owner: self.owner, key: (0, tile.number, 0), edition, nearest };
                    let (look, rect, full, cell) = (look.clone(), tile.rect, tile.full.clone(), tile.cell);
                    let paint = move || texels(&look, frame, rect, &full, cell);
                    wishes.seen.push(Wish { label, paint: Box::new(paint) });
                }
                if let Some((texture, ..)) = &tile.shown {
                    under(at);
                    draw(painter, texture, at, view::WHOLE);
                }
            }
        }
    }
}

/// Whether a part of one picture covers a part of another one, both of the same photo.
fn covers((frame, rect): (Size, pixels::Rect), (other_frame, other): (Size, pixels::Rect)) -> bool {
    let spans = |from: usize, to: usize, length: usize| [from as f64 / length as f64, to as f64 / length as f64];
    let along = |of: &dyn Fn(pixels::Rect, Size) -> [f64; 2]| {
        let ([from, to], [other_from, other_to]) = (of(rect, frame), of(other, other_frame));
        from <= other_from + 1e-9 && to >= other_to - 1e-9
    };
    along(&|rect, frame| spans(rect.x, rect.right(), frame.width))
        && along(&|rect, frame| spans(rect.y, rect.bottom(), frame.height))
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

/// A reduced tile as texels, as `look` says.
fn texels(look: &Look, frame: Size, rect: pixels::Rect, full: &Raster, cell: usize) -> ColorImage {
    let photo = &look.photo.pixels;
    let mut tile = full.colours_in(full.size().rect());
    let before = (!look.strength.is_full() || look.difference)
        .then(|| reduced(&BeforeImage::new(photo, frame).colours(rect), cell));
    if let Some(before) = &before {
        tile = blend(tile, before, look.strength.weights());
    }
    let alpha = |x: usize, y: usize| {
        let Size { width, height } = photo.size();
        let (x, y) = ((rect.x + x * cell) * width / frame.width, (rect.y + y * cell) * height / frame.height);
        byte(photo.value(photo.channels() - 1, x, y))
    };
    let shown = |tile: &Planes| {
        let last = tile.channels() - 1;
        let mut pixels = Vec::with_capacity(tile.size().area());
        for y in 0..tile.height() {
            let rows = [0, 1, 2].map(|channel| tile.row(channel.min(last), y));
            for x in 0..tile.width() {
                let [red, green, blue] = rows.map(|row| byte(row[x]));
                pixels.push([red, green, blue, if photo.has_alpha() { alpha(x, y) } else { 255 }]);
            }
        }
        look.colours.convert(&mut pixels);
        pixels
    };
    let pixels = match before.filter(|_| look.difference) {
        Some(before) => difference(&shown(&before), shown(&tile)),
        None => shown(&tile),
    };
    image([tile.width(), tile.height()], pixels)
}

#[cfg(test)]
mod tests {
    use egui::Color32;

    use super::*;
    use crate::imaging::Format;

    fn look(pixels: Raster, strength: Strength) -> Look {
        let photo = Arc::new(Photo { pixels, format: Format::Png, metadata: Default::default() });
        Look { colours: Colours::of(photo.clone()), photo, strength, difference: false }
    }

    fn flat(size: Size, value: f32) -> Raster {
        Raster::from_planes(&Planes::filled(3, size, value), None, Depth::Eight)
    }

    #[test]
    fn a_grey_tile_stays_grey_and_takes_the_photos_alpha() {
        let tile = Raster::from_planes(&Planes::filled(1, Size::new(2, 2), 1.0), None, Depth::Eight);
        let alpha = Planes::new(1, Size::new(2, 1), vec![0.0, 1.0]);
        let photo = Raster::from_planes(&Planes::filled(1, alpha.size(), 1.0), Some(&alpha), Depth::Eight);
        let image = texels(&look(photo, Strength::FULL), Size::new(4, 2), pixels::Rect::new(1, 0, 2, 2), &tile, 1);
        assert_eq!(image.pixels, [Color32::TRANSPARENT, Color32::WHITE, Color32::TRANSPARENT, Color32::WHITE]);
    }

    #[test]
    fn the_first_tiles_of_huge_frames_keep_their_px_and_the_others_are_reduced() {
        let frame = Size::new(16_384, 16_384);
        let mut landing = LiveTiles::new(1);
        let tile = Planes::filled(1, Size::new(4096, 2048), 0.5);
        for row in 0..3 {
            landing.land((frame, true), pixels::Rect::new(0, 2048 * row, 4096, 2048), &tile);
        }
        let sizes =
            |landing: &LiveTiles| landing.layers[0].tiles.iter().map(|tile| tile.full.size()).collect::<Vec<_>>();
        assert_eq!(sizes(&landing), [tile.size(), tile.size(), Size::new(1024, 512)]);
        // One that takes the place of another takes its room, too.
        for _ in 0..3 {
            landing.land((frame, true), pixels::Rect::new(0, 0, 4096, 2048), &tile);
        }
        assert_eq!(sizes(&landing), [tile.size(), Size::new(1024, 512), tile.size()]);
    }

    #[test]
    fn a_tile_is_mixed_with_its_photo_or_compared_with_it() {
        let frame = Size::new(8, 8);
        let tile = flat(Size::new(8, 8), 0.1);
        for (strength, grey) in [(0.0, 0), (0.6, 16), (1.0, 26)] {
            let mut look = look(flat(Size::new(4, 4), 0.0), Strength::of(strength));
            let image = texels(&look, frame, frame.rect(), &tile, 1);
            assert!(image.pixels.iter().all(|pixel| *pixel == Color32::from_gray(grey)), "{strength}");
            look.difference = true;
            let image = texels(&look, frame, frame.rect(), &tile, 1);
            assert!(image.pixels.iter().all(|pixel| *pixel == Color32::from_gray(8 * grey)), "{strength}");
        }
    }

    #[test]
    fn a_stage_is_a_layer_and_a_repeated_tile_replaces_its_first() {
        let mut landing = LiveTiles::new(1);
        let tile = Planes::filled(3, Size::new(2, 2), 0.5);
        let rect = pixels::Rect::new(0, 0, 2, 2);
        let (small, large) = (Size::new(4, 4), Size::new(8, 8));
        for stage in [(small, false), (small, false), (small, true), (large, true)] {
            landing.land(stage, rect, &tile);
        }
        let tiles: Vec<_> = landing.layers.iter().map(|layer| layer.tiles.len()).collect();
        assert_eq!(tiles, [1, 1, 1]);
        assert_eq!(landing.frame(), Some(Size::new(8, 8)));
    }
}
