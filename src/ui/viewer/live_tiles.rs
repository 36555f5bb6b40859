//! Tiles of the running restoration. One layer per stage, later over earlier ones, so that a denoised tile stays
//! until it is enlarged.

use std::{ops::Range, sync::Arc};

use egui::{ColorImage, Context, Painter, Rect, TextureHandle, TextureOptions};

use super::{
    pyramid::{Layout, draw},
    source::{Colours, difference},
    texels::{byte, image},
    texture_painter::{Painted, TextureKey, TextureRequest, TextureRequests},
    view,
};
use crate::{
    imaging::{Depth, Photo},
    pixels::{self, Planes, Raster, Size},
    restore::{BeforeImage, Grid, WeightMap},
};

/// Pixels per stage that are kept in full, 64 MiB of textures. The first tiles are the visible ones.
const FULL_PX: usize = 16 << 20;
/// Other tiles are reduced so that the whole picture has at most this many pixels.
const MOST_PX: usize = 16 << 20;

/// How tiles are shown.
#[derive(Clone)]
pub struct TileStyle {
    /// The photo, of any size.
    pub photo: Arc<Photo>,
    /// Its conversion to screen colours.
    pub colours: Colours,
    /// Weights of the blend with the photo.
    pub weights: WeightMap,
    /// Amplification of the difference from the photo, if that is shown.
    pub difference: Option<u8>,
}

struct Tile {
    rect: pixels::Rect,
    /// The tile at full strength, every `cell`th pixel of both axes.
    full: Arc<Raster>,
    cell: usize,
    /// Its texture, version and whether it is drawn as squares; `None` until first painted.
    shown: Option<(TextureHandle, u64, bool)>,
    /// Unique number of this tile.
    number: usize,
}

struct Layer {
    frame: Size,
    /// Whether this is the last stage.
    finished: bool,
    /// Whether its settings are no longer current.
    outdated: bool,
    tiles: Vec<Tile>,
}

impl Layer {
    /// Pixels kept in full.
    fn full_px(&self) -> usize {
        self.tiles.iter().filter(|tile| tile.cell == 1).map(|tile| tile.rect.size().area()).sum()
    }
}

/// All tiles of the running restoration.
pub struct LiveTiles {
    owner: u64,
    layers: Vec<Layer>,
    count: usize,
    /// Incremented when the style changes.
    version: u64,
    style: Option<(WeightMap, Option<u8>)>,
}

impl LiveTiles {
    /// No tiles. `owner` identifies its textures.
    pub fn new(owner: u64) -> Self {
        Self { owner, layers: Vec::new(), count: 0, version: 0, style: None }
    }

    /// Adds a tile of 1 or 3 planes at full strength, at `rect` of a picture of size `frame`. `finished`: of the last
    /// stage.
    pub fn add(&mut self, frame: Size, finished: bool, rect: pixels::Rect, tile: &Planes) {
        let is_of_stage = |layer: &Layer| !layer.outdated && (layer.frame, layer.finished) == (frame, finished);
        if !self.layers.iter().any(is_of_stage) {
            self.layers.push(Layer { frame, finished, outdated: false, tiles: Vec::new() });
        }
        for layer in self.layers.iter_mut().filter(|layer| layer.outdated && finished) {
            layer.tiles.retain(|tile| !covers(rect, frame, tile.rect, layer.frame));
        }
        self.layers.retain(|layer| !layer.outdated || !layer.tiles.is_empty());
        if let Some(layer) = self.layers.iter_mut().find(|layer| is_of_stage(layer)) {
            // A fallback to smaller tiles repeats parts of the same picture.
            layer.tiles.retain(|old| old.rect != rect);
            let keeps_all = layer.full_px() + rect.size().area() <= FULL_PX;
            let cell = if keeps_all { 1 } else { cell(frame) };
            let full = match cell {
                1 => Raster::from_planes(tile, None, Depth::Eight),
                cell => Raster::from_planes(&reduced(tile, cell), None, Depth::Eight),
            };
            self.count += 1;
            layer.tiles.push(Tile { rect, full: Arc::new(full), cell, shown: None, number: self.count });
        }
    }

    /// The settings changed: finished tiles stay until newer ones cover them.
    pub fn outdate(&mut self) {
        self.layers.retain(|layer| layer.finished);
        self.layers.iter_mut().for_each(|layer| layer.outdated = true);
    }

    /// Removes all tiles.
    pub fn clear(&mut self) {
        self.layers.clear();
    }

    /// Size of the latest stage's picture, in px.
    pub fn frame(&self) -> Option<Size> {
        self.layers.iter().rfind(|layer| !layer.outdated).map(|layer| layer.frame)
    }

    /// Uploads a painted tile, or returns it if it belongs to another owner.
    pub fn accept(&mut self, context: &Context, painted: Painted) -> Result<(), Painted> {
        let TextureKey { owner, tile: (_, number, _), version, nearest } = painted.key;
        if owner != self.owner {
            return Err(painted);
        }
        let mut tiles = self.layers.iter_mut().flat_map(|layer| &mut layer.tiles);
        if let Some(tile) = tiles.find(|tile| tile.number == number) {
            let options = if nearest { TextureOptions::NEAREST } else { TextureOptions::LINEAR };
            tile.shown = Some((context.load_texture("tile", painted.image, options), version, nearest));
        }
        Ok(())
    }

    /// Draws the tiles of all stages, or only of the last, over `under`. Tiles in an older style are requested anew and
    /// drawn as they are.
    pub fn draw(
        &mut self,
        painter: &Painter,
        layout: &Layout,
        style: &TileStyle,
        finished_only: bool,
        under: impl Fn(Rect),
        requests: &mut TextureRequests,
    ) {
        if self
            .style
            .as_ref()
            .is_none_or(|(weights, difference)| (weights, *difference) != (&style.weights, style.difference))
        {
            self.style = Some((style.weights.clone(), style.difference));
            self.version += 1;
        }
        let (version, nearest) = (self.version, layout.nearest);
        for Layer { frame, tiles, .. } in self.layers.iter().filter(|layer| layer.finished || !finished_only) {
            let frame = *frame;
            for tile in tiles {
                let at = view::place_of(tile.rect, frame, layout.place);
                if !at.intersects(layout.visible) {
                    continue;
                }
                if tile.shown.as_ref().is_none_or(|(_, of, squares)| (*of, *squares) != (version, nearest)) {
                    let key = TextureKey { owner: self.owner, tile: (0, tile.number, 0), version, nearest };
                    let (style, rect, full, cell) = (style.clone(), tile.rect, tile.full.clone(), tile.cell);
                    let paint = move || texels(&style, frame, rect, &full, cell);
                    requests.visible.push(TextureRequest { key, paint: Box::new(paint) });
                }
                if let Some((texture, ..)) = &tile.shown {
                    under(at);
                    draw(painter, texture, at, view::WHOLE);
                }
            }
        }
    }
}

/// Whether a part of one picture covers a part of another one of the same photo.
fn covers(rect: pixels::Rect, frame: Size, other: pixels::Rect, other_frame: Size) -> bool {
    // Compared as fractions of their pictures.
    let at_most = |at: usize, of: usize, other: usize, of_other: usize| at * of_other <= other * of;
    at_most(rect.x, frame.width, other.x, other_frame.width)
        && at_most(rect.y, frame.height, other.y, other_frame.height)
        && at_most(other.right(), other_frame.width, rect.right(), frame.width)
        && at_most(other.bottom(), other_frame.height, rect.bottom(), frame.height)
}

/// Reduction of a picture of this size.
fn cell(frame: Size) -> usize {
    (1..).find(|cell| frame.area() / (cell * cell) <= MOST_PX).unwrap_or(1)
}

/// Every `cell`th pixel of both axes.
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

/// A reduced tile as texels.
fn texels(style: &TileStyle, frame: Size, rect: pixels::Rect, full: &Raster, cell: usize) -> ColorImage {
    let photo = &style.photo.pixels;
    let mut tile = full.colours_in(full.size().rect());
    let before = (!style.weights.is_all() || style.difference.is_some())
        .then(|| reduced(&BeforeImage::new(photo, frame).colours(rect), cell));
    if let Some(before) = &before {
        let kept = |range: Range<usize>| range.step_by(cell).map(|at| at..at + 1).collect::<Vec<_>>();
        let (columns, rows) = (kept(rect.x..rect.right()), kept(rect.y..rect.bottom()));
        tile = style.weights.at(&Grid::of_ranges(&columns, &rows, frame, photo.size(), cell)).blend(tile, before);
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
        style.colours.convert(&mut pixels);
        pixels
    };
    let pixels = match before.zip(style.difference) {
        Some((before, gain)) => difference(&shown(&before), shown(&tile), gain),
        None => shown(&tile),
    };
    image([tile.width(), tile.height()], pixels)
}

#[cfg(test)]
mod tests {
    use egui::Color32;

    use super::*;
    use crate::{imaging::Format, restore::Strength};

    fn style(pixels: Raster, strength: Strength) -> TileStyle {
        let photo = Arc::new(Photo { pixels, format: Format::Png, metadata: Default::default() });
        TileStyle { colours: Colours::of(photo.clone()), photo, weights: strength.weights().into(), difference: None }
    }

    fn flat(size: Size, value: f32) -> Raster {
        Raster::from_planes(&Planes::filled(3, size, value), None, Depth::Eight)
    }

    #[test]
    fn a_grey_tile_stays_grey_and_has_the_photos_alpha() {
        let tile = Raster::from_planes(&Planes::filled(1, Size::new(2, 2), 1.0), None, Depth::Eight);
        let alpha = Planes::new(1, Size::new(2, 1), vec![0.0, 1.0]);
        let photo = Raster::from_planes(&Planes::filled(1, alpha.size(), 1.0), Some(&alpha), Depth::Eight);
        let image = texels(&style(photo, Strength::FULL), Size::new(4, 2), pixels::Rect::new(1, 0, 2, 2), &tile, 1);
        assert_eq!(image.pixels, [Color32::TRANSPARENT, Color32::WHITE, Color32::TRANSPARENT, Color32::WHITE]);
    }

    #[test]
    fn only_the_first_tiles_of_a_huge_picture_are_kept_in_full() {
        let frame = Size::new(16_384, 16_384);
        let mut live = LiveTiles::new(1);
        let tile = Planes::filled(1, Size::new(4096, 2048), 0.5);
        for row in 0..3 {
            live.add(frame, true, pixels::Rect::new(0, 2048 * row, 4096, 2048), &tile);
        }
        let sizes = |live: &LiveTiles| live.layers[0].tiles.iter().map(|tile| tile.full.size()).collect::<Vec<_>>();
        assert_eq!(sizes(&live), [tile.size(), tile.size(), Size::new(1024, 512)]);
        // A tile that replaces another one uses its space.
        for _ in 0..3 {
            live.add(frame, true, pixels::Rect::new(0, 0, 4096, 2048), &tile);
        }
        assert_eq!(sizes(&live), [tile.size(), Size::new(1024, 512), tile.size()]);
    }

    #[test]
    fn a_tile_is_blended_with_its_photo_or_compared_with_it() {
        let frame = Size::new(8, 8);
        let tile = flat(Size::new(8, 8), 0.1);
        for (strength, grey) in [(0.0, 0), (0.6, 16), (1.0, 26)] {
            let mut style = style(flat(Size::new(4, 4), 0.0), Strength::of(strength));
            let image = texels(&style, frame, frame.rect(), &tile, 1);
            assert!(image.pixels.iter().all(|pixel| *pixel == Color32::from_gray(grey)), "{strength}");
            style.difference = Some(8);
            let image = texels(&style, frame, frame.rect(), &tile, 1);
            assert!(image.pixels.iter().all(|pixel| *pixel == Color32::from_gray(8 * grey)), "{strength}");
        }
    }

    #[test]
    fn each_stage_is_a_layer_and_a_repeated_tile_replaces_the_first() {
        let mut live = LiveTiles::new(1);
        let tile = Planes::filled(3, Size::new(2, 2), 0.5);
        let rect = pixels::Rect::new(0, 0, 2, 2);
        let (small, large) = (Size::new(4, 4), Size::new(8, 8));
        for (frame, finished) in [(small, false), (small, false), (small, true), (large, true)] {
            live.add(frame, finished, rect, &tile);
        }
        let tiles: Vec<_> = live.layers.iter().map(|layer| layer.tiles.len()).collect();
        assert_eq!(tiles, [1, 1, 1]);
        assert_eq!(live.frame(), Some(Size::new(8, 8)));
    }
}
