//! A picture as textures: a grid of tiles at each power of two of reduction, painted when visible and removed when
//! there are too many. Until a tile is ready, a coarser one is shown.

use std::{collections::HashMap, sync::Arc};

use egui::{Color32, ColorImage, Context, Mesh, Painter, Rect, TextureHandle, TextureOptions, pos2};

use super::{
    source::{Colours, Source},
    texels::image,
    texture_painter::{Painted, TextureKey, TextureRequest, TextureRequests},
    view,
};
use crate::{
    imaging::Photo,
    pixels::{self, Size},
};

/// Side of a tile, in texels.
const SIDE: usize = 512;
/// Tiles kept, 1 MiB each. A 4K screen shows 45, with 30 around them.
const MAX_TILES: usize = 160;

/// Level (reduction by `2^level`), column and row.
type Key = (u32, usize, usize);

struct PyramidTile {
    texture: TextureHandle,
    nearest: bool,
    /// Version of the picture it shows.
    version: u64,
    used: u64,
}

/// Position of a picture on the screen.
#[derive(Clone, Copy)]
pub struct Layout {
    /// The whole picture, in points.
    pub place: Rect,
    /// The visible area, in points.
    pub visible: Rect,
    /// Whether pixels are drawn as squares.
    pub nearest: bool,
    /// Screen pixels per point.
    pub pixels_per_point: f32,
}

/// One picture as textures.
pub struct Pyramid {
    owner: u64,
    source: Source,
    colours: Colours,
    /// Incremented by each change. Tiles of older versions are shown until repainted.
    version: u64,
    tiles: HashMap<Key, PyramidTile>,
    frame: u64,
}

/// Visible tiles of one level.
struct Grid {
    level: u32,
    columns: (usize, usize),
    rows: (usize, usize),
}

impl Pyramid {
    /// A pyramid without tiles. `photo` has the colour profile; `owner` identifies its textures.
    pub fn new(owner: u64, source: Source, photo: Arc<Photo>) -> Self {
        Self { owner, source, colours: Colours::of(photo), version: 0, tiles: HashMap::new(), frame: 0 }
    }

    /// The picture.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Conversion to screen colours.
    pub fn colours(&self) -> &Colours {
        &self.colours
    }

    /// Replaces the picture by one of the same size and colours. Old tiles are shown until repainted; those that show
    /// nothing of the change stay.
    pub fn change(&mut self, source: Source) {
        let (size, changed) = (source.size(), self.source.changed_by(&source));
        let version = self.version;
        self.version += 1;
        let stays = |(level, column, row): Key| {
            // With the border of its texture.
            !part(size, level, column, row).grown(2 << level, size).intersects(changed)
        };
        let current = self.tiles.iter_mut().filter(|(key, tile)| tile.version == version && stays(**key));
        current.for_each(|(_, tile)| tile.version = self.version);
        self.source = source;
    }

    /// Whether any tile is painted.
    pub fn has_any(&self) -> bool {
        !self.tiles.is_empty()
    }

    /// Uploads a painted tile, or returns it if it belongs to another owner.
    pub fn accept(&mut self, context: &Context, painted: Painted) -> Result<(), Painted> {
        let TextureKey { owner, tile: key, version, nearest } = painted.key;
        if owner != self.owner {
            return Err(painted);
        }
        let options = if nearest { TextureOptions::NEAREST } else { TextureOptions::LINEAR };
        let texture = context.load_texture("picture", painted.image, options);
        self.tiles.insert(key, PyramidTile { texture, nearest, version, used: self.frame });
        Ok(())
    }

    fn grid(&self, layout: &Layout) -> Option<Grid> {
        let size = self.source.size();
        let visible = view::visible_px(layout.visible, layout.place, size)?;
        let magnification = layout.place.width() * layout.pixels_per_point / size.width as f32;
        let level = level_for(magnification).min(top_level(size));
        let step = SIDE << level;
        let columns = (visible.x / step, (visible.right() - 1) / step);
        Some(Grid { level, columns, rows: (visible.y / step, (visible.bottom() - 1) / step) })
    }

    fn is_fresh(&self, key: Key, nearest: bool) -> bool {
        self.tiles.get(&key).is_some_and(|tile| tile.nearest == nearest && tile.version == self.version)
    }

    /// Whether all visible tiles are up to date.
    pub fn is_ready(&self, layout: &Layout) -> bool {
        let Some(grid) = self.grid(layout) else { return true };
        grid.keys(0, self.source.size()).all(|key| self.is_fresh(key, layout.nearest))
    }

    /// Requests missing tiles: the coarsest, then visible ones from the centre outwards, then their neighbours.
    pub fn request(&self, layout: &Layout, requests: &mut TextureRequests) {
        let Some(grid) = self.grid(layout) else { return };
        let size = self.source.size();
        let middle = |key: &Key| {
            let off = |at: usize, (first, last): (usize, usize)| (2 * at).abs_diff(first + last);
            off(key.1, grid.columns) + off(key.2, grid.rows)
        };
        let mut keys: Vec<Key> = grid.keys(0, size).collect();
        keys.sort_by_key(middle);
        let nearby = grid.keys(1, size).filter(|key| !keys.contains(key)).collect::<Vec<_>>();
        // The coarsest tile shows the whole picture at once after zooming or a change.
        let top = (top_level(size), 0, 0);
        if !keys.contains(&top) {
            self.request_tile(top, false, &mut requests.visible);
        }
        keys.into_iter().for_each(|key| self.request_tile(key, layout.nearest, &mut requests.visible));
        nearby.into_iter().for_each(|key| self.request_tile(key, layout.nearest, &mut requests.nearby));
    }

    fn request_tile(&self, key: Key, nearest: bool, requests: &mut Vec<TextureRequest>) {
        if !self.is_fresh(key, nearest) {
            let texture = TextureKey { owner: self.owner, tile: key, version: self.version, nearest };
            let (source, colours) = (self.source.clone(), self.colours.clone());
            requests.push(TextureRequest { key: texture, paint: Box::new(move || paint(&source, &colours, key)) });
        }
    }

    /// Draws the visible part from the tiles that exist.
    pub fn draw(&mut self, painter: &Painter, layout: &Layout) {
        self.frame += 1;
        let size = self.source.size();
        let Some(grid) = self.grid(layout) else { return };
        let top = top_level(size);
        // Neighbours were requested, so they are kept too.
        for key in grid.keys(1, size).chain([(top, 0, 0)]) {
            if let Some(tile) = self.tiles.get_mut(&key) {
                tile.used = self.frame;
            }
        }
        let opaque = !self.source.rendition().base().pixels.has_alpha();
        for (level, column, row) in grid.keys(0, size) {
            let wanted = part(size, level, column, row);
            let mut covering =
                (level..=top).map(|level| (level, wanted.x / (SIDE << level), wanted.y / (SIDE << level)));
            let key = covering.find(|key| self.tiles.contains_key(key));
            key.into_iter().for_each(|key| self.draw_from(painter, layout, key, wanted));
            // After zooming out, only finer tiles may exist. In a transparent picture the coarse one would show
            // through.
            if level > 0 && opaque && key.is_none_or(|key| key.0 > level) {
                for (right, down) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                    let finer = (level - 1, 2 * column + right, 2 * row + down);
                    if self.tiles.contains_key(&finer) {
                        self.draw_from(painter, layout, finer, part(size, finer.0, finer.1, finer.2));
                    }
                }
            }
        }
        self.evict();
    }

    /// Draws the whole picture at `place` from its coarsest tile, if that exists.
    pub fn draw_coarse(&mut self, painter: &Painter, place: Rect) {
        let size = self.source.size();
        let layout = Layout { place, visible: place, nearest: false, pixels_per_point: 1.0 };
        self.draw_from(painter, &layout, (top_level(size), 0, 0), size.rect());
    }

    /// Draws the pixels `wanted` from a tile, if it exists.
    fn draw_from(&mut self, painter: &Painter, layout: &Layout, key: Key, wanted: pixels::Rect) {
        let size = self.source.size();
        if let Some(tile) = self.tiles.get_mut(&key) {
            tile.used = self.frame;
            let uv = uv_of(wanted, part(size, key.0, key.1, key.2), key.0);
            draw(painter, &tile.texture, view::place_of(wanted, size, layout.place), uv);
        }
    }

    /// Removes the least recently used tiles.
    fn evict(&mut self) {
        if self.tiles.len() > MAX_TILES {
            let mut uses: Vec<u64> = self.tiles.values().map(|tile| tile.used).collect();
            uses.sort_unstable();
            let oldest_kept = uses[uses.len() - MAX_TILES / 2].min(self.frame);
            self.tiles.retain(|_, tile| tile.used >= oldest_kept);
        }
    }
}

impl Grid {
    /// The tiles and `more` on every side, within a picture of `size`.
    fn keys(&self, more: usize, size: Size) -> impl Iterator<Item = Key> + use<> {
        let step = SIDE << self.level;
        let reach = |(first, last): (usize, usize), side: usize| {
            first.saturating_sub(more)..=(last + more).min((side - 1) / step)
        };
        let (level, columns) = (self.level, reach(self.columns, size.width));
        reach(self.rows, size.height).flat_map(move |row| columns.clone().map(move |column| (level, column, row)))
    }
}

/// Draws a texture without antialiased edges, so that neighbours meet.
pub fn draw(painter: &Painter, texture: &TextureHandle, place: Rect, uv: Rect) {
    let mut mesh = Mesh::with_texture(texture.id());
    mesh.add_rect_with_uv(place, uv, Color32::WHITE);
    painter.add(mesh);
}

/// The level at which a texel is at most one screen pixel. `magnification`: screen pixels per picture pixel.
fn level_for(magnification: f32) -> u32 {
    (1.0 / magnification).log2().floor().clamp(0.0, 16.0) as u32
}

/// The level at which one tile holds the whole picture.
fn top_level(size: Size) -> u32 {
    let longer = size.width.max(size.height);
    (0..usize::BITS - 10).find(|level| longer <= SIDE << level).unwrap_or_default()
}

/// The pixels of a tile, without its border.
fn part(size: Size, level: u32, column: usize, row: usize) -> pixels::Rect {
    let step = SIDE << level;
    let (x, y) = (column * step, row * step);
    pixels::Rect::new(x, y, step.min(size.width - x), step.min(size.height - y))
}

/// Width and height of a part in texels.
fn texel_size(part: pixels::Rect, level: u32) -> [usize; 2] {
    [part.width, part.height].map(|side| side.div_ceil(1 << level))
}

/// uv of the pixels `wanted` in the texture of the tile `part`. Textures have a border of one texel from their
/// neighbours, so that tiles meet without a seam.
fn uv_of(wanted: pixels::Rect, part: pixels::Rect, level: u32) -> Rect {
    let [width, height] = texel_size(part, level).map(|side| (side + 2) as f32);
    let texel = |px: usize| 1.0 + px as f32 / (1u32 << level) as f32;
    let (left, top) = (wanted.x - part.x, wanted.y - part.y);
    Rect::from_min_max(
        pos2(texel(left) / width, texel(top) / height),
        pos2(texel(left + wanted.width) / width, texel(top + wanted.height) / height),
    )
}

/// A tile, reduced by averaging, with a border of one texel.
fn paint(source: &Source, colours: &Colours, (level, column, row): Key) -> ColorImage {
    let size = source.size();
    let (part, cell) = (part(size, level, column, row), 1_usize << level);
    let [width, height] = texel_size(part, level);
    // Pixel range of each texel, border included.
    let ranges = |texels: usize, origin: usize, side: usize| -> Vec<_> {
        let range = |index: usize| {
            let start = (origin + index * cell).saturating_sub(cell).min(side - 1);
            start..(start + cell).min(side)
        };
        (0..texels + 2).map(range).collect()
    };
    let (columns, rows) = (ranges(width, part.x, size.width), ranges(height, part.y, size.height));
    image([width + 2, height + 2], source.texels(colours, &columns, &rows, cell))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::{
        imaging::{Depth, Format},
        pixels::{Planes, Raster, Samples},
        restore::Rendition,
        ui::viewer::texture_painter::TexturePainter,
    };

    fn photo(pixels: Raster) -> Arc<Photo> {
        Arc::new(Photo { pixels, format: Format::Png, metadata: Default::default() })
    }

    fn ramp(width: usize, height: usize) -> Pyramid {
        let size = Size::new(width, height);
        let data = (0..size.area()).map(|index| (index % width) as f32 / 255.0).collect();
        let photo = photo(Raster::from_planes(&Planes::new(1, size, data), None, Depth::Eight));
        Pyramid::new(1, Source::Rendition(Rendition::Photo(photo.clone())), photo)
    }

    fn painted(pyramid: &Pyramid, key: Key) -> ColorImage {
        paint(&pyramid.source, &pyramid.colours, key)
    }

    #[test]
    fn level_0_has_the_pixels_and_repeats_the_edge() {
        let image = painted(&ramp(4, 2), (0, 0, 0));
        let row: Vec<u8> = (0..6).map(|x| image[(x, 1)].r()).collect();
        assert_eq!((image.size, row), ([6, 4], vec![0, 0, 1, 2, 3, 3]));
    }

    #[test]
    fn reduction_averages() {
        let image = painted(&ramp(8, 4), (2, 0, 0));
        assert_eq!(image.size, [4, 3]);
        // Means of 0–3 and 4–7, rounded: 1.5 and 5.5.
        assert_eq!([image[(1, 1)].r(), image[(2, 1)].r()], [2, 6]);
    }

    #[test]
    fn a_level_has_at_least_one_texel_per_screen_pixel() {
        for (magnification, level) in [(8.0, 0), (1.0, 0), (0.6, 0), (0.5, 1), (0.26, 1), (0.25, 2)] {
            assert_eq!(level_for(magnification), level, "{magnification}");
        }
    }

    #[test]
    fn the_top_level_is_one_tile() {
        for (width, height, level) in [(1, 1, 0), (512, 9, 0), (513, 3, 1), (40_000, 30_000, 7)] {
            let size = Size::new(width, height);
            assert_eq!(top_level(size), level);
            assert_eq!(part(size, level, 0, 0), size.rect());
        }
    }

    #[test]
    fn a_part_of_a_coarser_tile_is_found_in_it() {
        let size = Size::new(2048, 1024);
        let (wanted, coarse) = (part(size, 0, 3, 1), part(size, 2, 0, 0));
        let uv = uv_of(wanted, coarse, 2);
        // 512 × 256 texels and the border: the last quarter of the columns, the lower half.
        assert!((uv.left() - (1.0 + 384.0) / 514.0).abs() < 1e-6 && (uv.right() - 513.0 / 514.0).abs() < 1e-6);
        assert!((uv.top() - (1.0 + 128.0) / 258.0).abs() < 1e-6 && (uv.bottom() - 257.0 / 258.0).abs() < 1e-6);
    }

    /// A stroke repaints only the tiles that show it.
    #[test]
    fn a_change_of_a_part_repaints_only_tiles_with_it() {
        use crate::restore::{Area, Blended, Effect, Mask, Painting, Recipe, Strength, Stroke, WeightMap};
        let size = Size::new(2048, 1024);
        let picture = || photo(Raster::blank(1, size, Depth::Eight));
        let (before, after) = (picture(), picture());
        let source = |painting: &Painting, overall: f32| {
            let mask = Mask { area: Area::Painted, painting: painting.clone(), elsewhere: 0.0 };
            let weights = WeightMap::new(Strength::of(overall), &mask);
            let (photo, result, recipe) = (before.clone(), after.clone(), Recipe::default());
            Source::Rendition(Rendition::Blended(Blended::new(photo, result, weights, recipe, mask)))
        };
        let dot = |x, y| Stroke { points: vec![[x, y]], radius: 20.0, feather: 0.5, effect: Effect::Add };
        let painting = Painting::from(vec![dot(100.0, 100.0)]);
        let mut pyramid = Pyramid::new(1, source(&painting, 1.0), before.clone());
        let context = Context::default();
        let keys: Vec<Key> =
            (0..2).flat_map(|row| (0..4).map(move |column| (0, column, row))).chain([(2, 0, 0)]).collect();
        for key in &keys {
            let texture = TextureKey { owner: 1, tile: *key, version: 0, nearest: false };
            let accepted = pyramid.accept(&context, Painted { key: texture, image: ColorImage::default() });
            assert!(accepted.is_ok());
        }
        let stale = |pyramid: &Pyramid| -> Vec<Key> {
            keys.iter().copied().filter(|key| !pyramid.is_fresh(*key, false)).collect()
        };
        // Inside one tile, then across two, of level 0; the coarsest shows everything.
        pyramid.change(source(&painting.with(dot(700.0, 800.0)), 1.0));
        assert_eq!(stale(&pyramid), [(0, 1, 1), (2, 0, 0)]);
        let painting = painting.with(dot(700.0, 800.0));
        pyramid.change(source(&painting.with(dot(1024.0, 200.0)), 1.0));
        assert_eq!(stale(&pyramid), [(0, 1, 0), (0, 2, 0), (0, 1, 1), (2, 0, 0)]);
        pyramid.change(source(&painting, 0.5));
        assert_eq!(stale(&pyramid), keys);
    }

    /// After zooming out, finer tiles are drawn over a coarse one until those of the new zoom are painted.
    #[test]
    fn zooming_out_shows_the_finer_tiles_without_blur() {
        let context = Context::default();
        let mut pyramid = ramp(2048, 1024);
        let place = Rect::from_min_size(pos2(0.0, 0.0), egui::vec2(1024.0, 512.0));
        let layout = Layout { place, visible: place, nearest: false, pixels_per_point: 1.0 };
        let mut drawn = |keys: &[Key]| {
            let output = context.run_ui(egui::RawInput::default(), |ui| {
                for key in keys {
                    let texture = TextureKey { owner: 1, tile: *key, version: 0, nearest: false };
                    let accepted = pyramid.accept(ui.ctx(), Painted { key: texture, image: painted(&pyramid, *key) });
                    assert!(accepted.is_ok());
                }
                pyramid.draw(ui.painter(), &layout);
            });
            output.shapes.iter().filter(|clipped| matches!(clipped.shape, egui::Shape::Mesh(_))).count()
        };
        // Level 1 needs two tiles. The coarsest is painted, and drawn for each.
        assert_eq!(drawn(&[(2, 0, 0)]), 2);
        let fine: Vec<Key> = (0..2).flat_map(|row| (0..4).map(move |column| (0, column, row))).collect();
        assert_eq!(drawn(&fine), 2 + 8);
        assert_eq!(drawn(&[(1, 0, 0), (1, 1, 0)]), 2);
    }

    /// 100 megapixels under a moving view: frames stay short, and each tile is painted once.
    #[test]
    fn panning_a_huge_photo_costs_no_frame_time() {
        let size = Size::new(11_600, 8_700);
        let data = (0..3 * size.area()).map(|index| (index >> 4) as u8).collect();
        let huge = photo(Raster::new(3, size, Samples::Eight(data)));
        let context = Context::default();
        let painter = TexturePainter::new(&context);
        let mut pyramid = Pyramid::new(1, Source::Rendition(Rendition::Photo(huge.clone())), huge);
        let visible = Rect::from_min_size(pos2(0.0, 0.0), egui::vec2(1920.0, 1080.0));
        let (mut slowest, mut tiles) = (Duration::ZERO, Vec::new());
        let mut frame = |scale: f32, offset: f32| {
            let whole = egui::vec2(size.width as f32, size.height as f32) * scale;
            let place = Rect::from_min_size(pos2(-offset, -offset), whole);
            let layout = Layout { place, visible, nearest: false, pixels_per_point: 1.0 };
            let _ = context.run_ui(egui::RawInput::default(), |ui| {
                let start = Instant::now();
                while let Some(painted) = painter.take() {
                    tiles.push((painted.key.tile, painted.key.version));
                    let _ = pyramid.accept(ui.ctx(), painted);
                }
                pyramid.draw(ui.painter(), &layout);
                let mut requests = TextureRequests::default();
                pyramid.request(&layout, &mut requests);
                painter.request(requests.into());
                slowest = slowest.max(start.elapsed());
            });
            std::thread::sleep(Duration::from_millis(4));
            pyramid.is_ready(&layout)
        };
        for step in 0..120 {
            frame(1.0, 40.0 * step as f32);
        }
        for step in 0..60 {
            frame(1.0 / (1.0 + step as f32 / 10.0), 100.0);
        }
        let start = Instant::now();
        while !frame(0.1, 0.0) {
            assert!(start.elapsed() < Duration::from_secs(30), "never complete");
        }
        println!("slowest frame {slowest:?}, {} tiles painted", tiles.len());
        assert!(slowest < Duration::from_millis(16), "a frame took {slowest:?}");
        let painted = tiles.len();
        tiles.sort_unstable();
        tiles.dedup();
        assert!(painted - tiles.len() <= painted / 20, "{} of {painted} were painted twice", painted - tiles.len());
    }
}
