//! A photo as textures: a grid of tiles at each power of two of reduction, made when they come
//! into view and forgotten when there are too many.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use egui::{Color32, ColorImage, Context, Mesh, Painter, Rect, TextureHandle, TextureOptions, pos2};

use super::view;
use crate::{
    imaging::{Photo, ScreenColours},
    pixels::{self, Size},
};

/// Side of a tile, in texels.
const SIDE: usize = 512;
/// Tiles kept, 1 MiB each. A screen of 4K shows 45 of a picture.
const MOST_TILES: usize = 128;
/// Samples taken of a row for one texel, at most.
const MOST_SAMPLES: usize = 4;
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

    fn allows(&self) -> bool {
        self.made == 0 || Instant::now() < self.ends
    }
}

/// Reduction by `2^level`, and the tile's place in that level's grid.
type Key = (u32, usize, usize);

struct Tile {
    texture: TextureHandle,
    nearest: bool,
    used: u64,
}

/// One photo as textures.
pub struct Pyramid {
    photo: Arc<Photo>,
    colours: Option<ScreenColours>,
    overview: TextureHandle,
    tiles: HashMap<Key, Tile>,
    frame: u64,
}

impl Pyramid {
    /// The textures of a photo; only a small overview is made at once.
    pub fn new(context: &Context, photo: Arc<Photo>) -> Self {
        let colours = ScreenColours::of(&photo);
        let overview = context.load_texture("overview", overview(&photo, colours.as_ref()), TextureOptions::LINEAR);
        Self { photo, colours, overview, tiles: HashMap::new(), frame: 0 }
    }

    /// The photo it shows.
    pub fn photo(&self) -> &Arc<Photo> {
        &self.photo
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
        let size = self.photo.size();
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
                let ready = self.tiles.get(&key).is_some_and(|tile| tile.nearest == nearest);
                if !ready {
                    if !budget.allows() {
                        complete = false;
                        continue;
                    }
                    budget.made += 1;
                    let image = texels(&self.photo, self.colours.as_ref(), part, level);
                    let options = if nearest { TextureOptions::NEAREST } else { TextureOptions::LINEAR };
                    let texture = painter.ctx().load_texture("photo", image, options);
                    self.tiles.insert(key, Tile { texture, nearest, used: self.frame });
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

/// A part of a photo, reduced by `2^level` by averaging, with a border of one texel.
fn texels(photo: &Photo, colours: Option<&ScreenColours>, part: pixels::Rect, level: u32) -> ColorImage {
    let [width, height] = texel_size(part, level);
    let (cell, size) = (1_usize << level, photo.size());
    let stride = cell.div_ceil(MOST_SAMPLES);
    // Where the samples of texel `index` (0 is the border) lie.
    let samples = |index: usize, origin: usize, side: usize| {
        let start = (origin + index * cell).saturating_sub(cell).min(side - 1);
        let end = (start + cell).min(side);
        (start..end).step_by(stride)
    };
    let mut pixels = Vec::with_capacity((width + 2) * (height + 2));
    for row in 0..height + 2 {
        for column in 0..width + 2 {
            let (rows, columns) = (samples(row, part.y, size.height), samples(column, part.x, size.width));
            pixels.push(mean_colour(photo, rows, columns));
        }
    }
    image([width + 2, height + 2], pixels, colours)
}

/// An image for the screen from red, green, blue and alpha (not multiplied into them).
pub fn image(size: [usize; 2], mut texels: Vec<[u8; 4]>, colours: Option<&ScreenColours>) -> ColorImage {
    if let Some(colours) = colours {
        colours.convert(&mut texels);
    }
    let colour = |[r, g, b, a]: [u8; 4]| Color32::from_rgba_unmultiplied(r, g, b, a);
    ColorImage::new(size, texels.into_iter().map(colour).collect())
}

fn mean_colour(
    photo: &Photo,
    rows: impl Iterator<Item = usize> + Clone,
    columns: impl Iterator<Item = usize> + Clone,
) -> [u8; 4] {
    let mean = |channel: usize| {
        let (mut sum, mut count) = (0.0, 0.0);
        for y in rows.clone() {
            for x in columns.clone() {
                sum += photo.pixels.value(channel, x, y);
                count += 1.0;
            }
        }
        byte(sum / count)
    };
    let red = mean(0);
    let [green, blue] = if photo.is_grey() { [red; 2] } else { [1, 2].map(mean) };
    let alpha = if photo.pixels.has_alpha() { mean(photo.pixels.channels() - 1) } else { 255 };
    [red, green, blue, alpha]
}

/// A value of 0–1 as a byte; anything else becomes the nearest.
pub fn byte(value: f32) -> u8 {
    (value * 255.0 + 0.5) as u8
}

/// The whole photo, small, from single px: cheap, for the moment until the tiles are there.
fn overview(photo: &Photo, colours: Option<&ScreenColours>) -> ColorImage {
    let size = photo.size();
    let cell = size.width.max(size.height).div_ceil(OVERVIEW_SIDE).max(1);
    let [width, height] = [size.width, size.height].map(|side| side.div_ceil(cell).max(1));
    let mut pixels = Vec::with_capacity(width * height);
    for row in 0..height {
        for column in 0..width {
            let at = |index: usize, side: usize| {
                let middle = (index * cell + cell / 2).min(side - 1);
                middle..middle + 1
            };
            pixels.push(mean_colour(photo, at(row, size.height), at(column, size.width)));
        }
    }
    image([width, height], pixels, colours)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        imaging::{Depth, Format},
        pixels::{Planes, Raster},
    };

    fn ramp(width: usize, height: usize) -> Photo {
        let size = Size::new(width, height);
        let data = (0..size.area()).map(|index| (index % width) as f32 / 255.0).collect();
        let pixels = Raster::of(&Planes::new(1, size, data), None, Depth::Eight);
        Photo { pixels, format: Format::Png, metadata: Default::default() }
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
