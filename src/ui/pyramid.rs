//! A picture as textures: a grid of tiles at each power of two of reduction, made when they come
//! into view and forgotten when there are too many.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use egui::{Color32, ColorImage, Context, Mesh, Painter, Rect, TextureHandle, TextureOptions, pos2};

use super::{
    texels::{self, image},
    view,
};
use crate::{
    imaging::ScreenColours,
    pixels::{self, Size},
    restore::Print,
};

/// Side of a tile, in texels.
const SIDE: usize = 512;
/// Tiles kept, 1 MiB each. A screen of 4K shows 45 of a picture.
const MOST_TILES: usize = 128;
/// Longer side of the overview that stands in for tiles to come, in texels.
const OVERVIEW_SIDE: usize = 256;

/// Time that one frame may spend on making tiles. At least one tile is made in each frame.
pub struct Budget {
    ends: Instant,
    made: usize,
}

impl Budget {
    /// A frame's worth.
    pub fn for_frame() -> Self {
        Self { ends: Instant::now() + Duration::from_millis(8), made: 0 }
    }

    /// Whether one more may be made.
    pub fn take(&mut self) -> bool {
        let allowed = self.made == 0 || Instant::now() < self.ends;
        self.made += usize::from(allowed);
        allowed
    }
}

/// Reduction by `2^level`, and the tile's place in that level's grid.
type Key = (u32, usize, usize);

struct Tile {
    texture: TextureHandle,
    nearest: bool,
    /// Of which edition of the picture it is.
    edition: u64,
    used: u64,
}

/// One picture as textures.
pub struct Pyramid {
    print: Print,
    /// Counts its strengths: a tile of another one is shown until it is made anew.
    edition: u64,
    colours: Option<ScreenColours>,
    overview: TextureHandle,
    tiles: HashMap<Key, Tile>,
    frame: u64,
}

impl Pyramid {
    /// The textures of a picture; only a small overview is made at once.
    pub fn new(context: &Context, print: Print) -> Self {
        let colours = ScreenColours::of(print.base());
        let overview = context.load_texture("overview", overview(&print, colours.as_ref()), TextureOptions::LINEAR);
        Self { print, edition: 0, colours, overview, tiles: HashMap::new(), frame: 0 }
    }

    /// The picture it shows.
    pub fn print(&self) -> &Print {
        &self.print
    }

    /// Shows the same picture at another strength from now on.
    pub fn change(&mut self, print: Print) {
        self.print = print;
        self.edition += 1;
        self.overview.set(overview(&self.print, self.colours.as_ref()), TextureOptions::LINEAR);
    }

    /// The way of its colours to the screen.
    pub fn colours(&self) -> Option<&ScreenColours> {
        self.colours.as_ref()
    }

    /// Draws the part that is in the painter's clip rectangle, the whole photo lying at `place`.
    /// `nearest` shows the px as squares. Whether all of it could be drawn in the budget.
    pub fn paint(
        &mut self,
        painter: &Painter,
        place: Rect,
        nearest: bool,
        with_overview: bool,
        budget: &mut Budget,
    ) -> bool {
        self.frame += 1;
        let size = self.print.size();
        let Some(seen) = view::visible_px(painter.clip_rect(), place, size) else { return true };
        if with_overview {
            draw(painter, &self.overview, place, view::WHOLE);
        }
        let magnification = place.width() * painter.ctx().pixels_per_point() / size.width as f32;
        let level = level_for(magnification);
        let step = SIDE << level;
        let mut complete = true;
        for row in seen.y / step..=(seen.bottom() - 1) / step {
            for column in seen.x / step..=(seen.right() - 1) / step {
                let part = part(size, step, column, row);
                let key = (level, column, row);
                let ready =
                    self.tiles.get(&key).is_some_and(|tile| tile.nearest == nearest && tile.edition == self.edition);
                if !ready && budget.take() {
                    let image = texels(&self.print, self.colours.as_ref(), part, level);
                    let options = if nearest { TextureOptions::NEAREST } else { TextureOptions::LINEAR };
                    let texture = painter.ctx().load_texture("photo", image, options);
                    self.tiles.insert(key, Tile { texture, nearest, edition: self.edition, used: self.frame });
                } else if !ready {
                    complete = false;
                }
                if let Some(tile) = self.tiles.get_mut(&key) {
                    tile.used = self.frame;
                    let uv = inner_uv(part, level);
                    draw(painter, &tile.texture, view::place_of(part, size, place), uv);
                }
            }
        }
        self.forget();
        complete
    }

    /// Forgets the tiles that were not used for longest.
    fn forget(&mut self) {
        if self.tiles.len() > MOST_TILES {
            let mut uses: Vec<u64> = self.tiles.values().map(|tile| tile.used).collect();
            uses.sort_unstable();
            let oldest_kept = uses[uses.len() - MOST_TILES / 2].min(self.frame);
            self.tiles.retain(|_, tile| tile.used >= oldest_kept);
        }
    }
}

/// Draws a texture without smoothing its edges, so that neighbours meet.
pub fn draw(painter: &Painter, texture: &TextureHandle, place: Rect, uv: Rect) {
    let mut mesh = Mesh::with_texture(texture.id());
    mesh.add_rect_with_uv(place, uv, Color32::WHITE);
    painter.add(mesh);
}

/// The reduction at which a texel is about a pixel of the screen, never larger; `magnification` in
/// pixels of the screen for one px of the photo.
fn level_for(magnification: f32) -> u32 {
    (1.0 / magnification).log2().floor().clamp(0.0, 16.0) as u32
}

/// The px of a tile, without its border.
fn part(size: Size, step: usize, column: usize, row: usize) -> pixels::Rect {
    let (x, y) = (column * step, row * step);
    pixels::Rect::new(x, y, step.min(size.width - x), step.min(size.height - y))
}

/// Width and height of a part in texels.
fn texel_size(part: pixels::Rect, level: u32) -> [usize; 2] {
    [part.width, part.height].map(|side| side.div_ceil(1 << level))
}

/// Each texture has a border of one texel of its neighbours, so that tiles meet without a seam.
fn inner_uv(part: pixels::Rect, level: u32) -> Rect {
    let [width, height] = texel_size(part, level).map(|side| (side + 2) as f32);
    // The last column and row of texels may be only partly filled.
    let (columns, rows) = (part.width as f32 / (1u32 << level) as f32, part.height as f32 / (1u32 << level) as f32);
    Rect::from_min_max(pos2(1.0 / width, 1.0 / height), pos2((1.0 + columns) / width, (1.0 + rows) / height))
}

/// A part of a picture, reduced by `2^level` by averaging, with a border of one texel.
fn texels(print: &Print, colours: Option<&ScreenColours>, part: pixels::Rect, level: u32) -> ColorImage {
    let [width, height] = texel_size(part, level);
    let (cell, size) = (1_usize << level, print.size());
    // Where the px of each texel lie, from the border on.
    let ranges = |texels: usize, origin: usize, side: usize| -> Vec<_> {
        let range = |index: usize| {
            let start = (origin + index * cell).saturating_sub(cell).min(side - 1);
            start..(start + cell).min(side)
        };
        (0..texels + 2).map(range).collect()
    };
    let texels = texels::texels(print, &ranges(width, part.x, size.width), &ranges(height, part.y, size.height), cell);
    image([width + 2, height + 2], texels, colours)
}

/// The whole picture, small, from single px: cheap, for the moment until the tiles are there.
fn overview(print: &Print, colours: Option<&ScreenColours>) -> ColorImage {
    let size = print.size();
    let cell = size.width.max(size.height).div_ceil(OVERVIEW_SIDE).max(1);
    let middles = |side: usize| -> Vec<_> {
        let middle = |index: usize| (index * cell + cell / 2).min(side - 1);
        (0..side.div_ceil(cell).max(1)).map(middle).map(|at| at..at + 1).collect()
    };
    let (columns, rows) = (middles(size.width), middles(size.height));
    image([columns.len(), rows.len()], texels::texels(print, &columns, &rows, cell), colours)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::{
        imaging::{Depth, Format, Photo},
        pixels::{Planes, Raster},
    };

    fn ramp(width: usize, height: usize) -> Print {
        let size = Size::new(width, height);
        let data = (0..size.area()).map(|index| (index % width) as f32 / 255.0).collect();
        let pixels = Raster::of(&Planes::new(1, size, data), None, Depth::Eight);
        Print::Photo(Arc::new(Photo { pixels, format: Format::Png, metadata: Default::default() }))
    }

    #[test]
    fn texels_at_full_size_are_the_px_and_their_neighbours() {
        let image = texels(&ramp(8, 2), None, pixels::Rect::new(2, 0, 4, 2), 0);
        let row: Vec<u8> = (0..6).map(|x| image[(x, 1)].r()).collect();
        assert_eq!(row, [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn the_border_at_the_edge_repeats_it() {
        let image = texels(&ramp(4, 1), None, pixels::Rect::new(0, 0, 4, 1), 0);
        let row: Vec<u8> = (0..6).map(|x| image[(x, 0)].r()).collect();
        assert_eq!(row, [0, 0, 1, 2, 3, 3]);
    }

    #[test]
    fn reduction_averages() {
        let image = texels(&ramp(8, 4), None, pixels::Rect::new(0, 0, 8, 4), 2);
        assert_eq!(image.size, [4, 3]);
        // Means of 0–3 and 4–7, rounded: 1.5 and 5.5.
        assert_eq!([image[(1, 1)].r(), image[(2, 1)].r()], [2, 6]);
    }

    #[test]
    fn the_level_never_shows_fewer_texels_than_pixels() {
        for (magnification, level) in [(8.0, 0), (1.0, 0), (0.6, 0), (0.5, 1), (0.26, 1), (0.25, 2)] {
            assert_eq!(level_for(magnification), level, "{magnification}");
        }
    }

    #[test]
    fn every_size_has_an_overview_and_texels() {
        for (width, height) in [(1, 1), (1, 9), (1025, 3)] {
            let photo = ramp(width, height);
            assert!(overview(&photo, None).pixels.iter().all(|pixel| pixel.is_opaque()));
            let step = SIDE << 3;
            let part = part(photo.size(), step, 0, 0);
            assert_eq!(texels(&photo, None, part, 3).size, [width.div_ceil(8) + 2, height.div_ceil(8) + 2]);
        }
    }
}
