//! The noise map: the measured noise in colours over the photo.

use std::{ops::Range, sync::Arc};

use egui::{
    Align2, Color32, ColorImage, Context, CornerRadius, FontId, Mesh, Painter, Pos2, Rect, Role, Sense, TextureHandle,
    TextureOptions, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::pyramid::draw;
use crate::{
    pixels::{Planes, Size},
    restore::{NoiseEstimate, NoiseMap},
    ui::{
        text,
        theme::{self, STEP},
    },
};

/// The longest side of the texture, in texels.
const LONGEST: usize = 1024;
/// σ ranges below this are shown as a single level.
const FLAT: f32 = 1.0;

/// The noise map of the open photo. Hidden at first for each photo.
#[derive(Default)]
pub struct NoiseOverlay(Option<Overlay>);

struct Overlay {
    map: Arc<NoiseMap>,
    shown: bool,
    /// Created when first shown.
    picture: Option<MapTexture>,
}

/// The map in colours.
struct MapTexture {
    texture: TextureHandle,
    /// Photo pixels per texel side.
    px: usize,
    /// Lowest and highest σ, on the 0–255 scale.
    sigmas: Range<f32>,
}

impl NoiseOverlay {
    /// Sets the noise to show. A clean photo has no map.
    pub fn set_noise(&mut self, noise: Option<&NoiseEstimate>) {
        let map = noise.filter(|noise| !noise.is_clean()).map(NoiseEstimate::map);
        let stays = match (&self.0, map) {
            (Some(overlay), Some(map)) => Arc::ptr_eq(&overlay.map, map),
            (None, None) => true,
            _ => false,
        };
        if !stays {
            self.0 = map.map(|map| Overlay { map: map.clone(), shown: false, picture: None });
        }
    }

    /// Whether it is shown.
    pub fn is_shown(&self) -> bool {
        self.0.as_ref().is_some_and(|overlay| overlay.shown)
    }

    /// Shows or hides it. Ignored without a map.
    pub fn set_shown(&mut self, shown: bool) {
        if let Some(overlay) = &mut self.0 {
            overlay.shown = shown;
        }
    }

    fn picture(&mut self, context: &Context) -> Option<&MapTexture> {
        let overlay = self.0.as_mut().filter(|overlay| overlay.shown)?;
        Some(overlay.picture.get_or_insert_with(|| MapTexture::of(context, overlay.map.cells())))
    }

    /// Draws it over the `visible` part of a photo of `size` px at `place`.
    pub fn paint(&mut self, painter: &Painter, size: Size, place: Rect, visible: Rect) {
        let Some(picture) = self.picture(painter.ctx()) else { return };
        let part = place.intersect(visible);
        if part.is_positive() {
            let whole = uv_of_end(size, picture.texture.size(), picture.px);
            let uv = |at: Pos2| ((at - place.min) / place.size() * whole).to_pos2();
            draw(painter, &picture.texture, part, Rect::from_min_max(uv(part.min), uv(part.max)));
        }
    }

    /// Draws the legend in a corner of `area` if it fits.
    pub fn legend_ui(&mut self, ui: &mut Ui, area: Rect) {
        let Some(picture) = self.picture(ui.ctx()) else { return };
        let words = text::noise_range(picture.sigmas.start, picture.sigmas.end);
        let painter = ui.painter().with_clip_rect(area);
        let galley = painter.layout_no_wrap(words.clone(), FontId::proportional(13.0), theme::LABEL_TEXT);
        let padding = vec2(1.25 * STEP, 0.75 * STEP);
        let bar = vec2(galley.size().x, STEP);
        let size = galley.size() + vec2(0.0, bar.y + 0.5 * STEP) + 2.0 * padding;
        let room = area.shrink(1.5 * STEP);
        if room.width() < size.x || room.height() < size.y {
            return;
        }
        let rect = Align2::LEFT_BOTTOM.align_size_within_rect(size, room);
        let response = ui.interact(rect, ui.scope_id().with("noise legend"), Sense::empty());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
        painter.rect_filled(rect, CornerRadius::same(theme::ROUNDING), theme::LABEL_FILL);
        painter.galley(rect.min + padding, galley, Color32::PLACEHOLDER);
        let corner = rect.left_bottom() + vec2(padding.x, -padding.y - bar.y);
        painter.add(bar_mesh(Rect::from_min_size(corner, bar), is_flat(&picture.sigmas)));
    }
}

impl MapTexture {
    fn of(context: &Context, cells: &Planes) -> Self {
        let by = cells.size().width.max(cells.size().height).div_ceil(LONGEST).max(1);
        let (sigmas, size) = shrunk(cells, by);
        let least = sigmas.iter().copied().fold(f32::INFINITY, f32::min).min(f32::MAX);
        let greatest = sigmas.iter().copied().fold(0.0, f32::max);
        let range = least..greatest.max(least);
        let colour = |sigma: &f32| theme::noise_colour(share(&range, *sigma)).gamma_multiply(theme::NOISE_MAP_OPACITY);
        let image = ColorImage::new([size.width, size.height], sigmas.iter().map(colour).collect());
        let texture = context.load_texture("noise map", image, TextureOptions::LINEAR);
        Self { texture, px: by * NoiseMap::CELL, sigmas: range }
    }
}

/// uv of the photo's lower right corner; the last texels may extend beyond it. `px`: photo pixels per texel side.
fn uv_of_end(photo: Size, [width, height]: [usize; 2], px: usize) -> Vec2 {
    vec2(photo.width as f32 / (width * px) as f32, photo.height as f32 / (height * px) as f32)
}

fn is_flat(sigmas: &Range<f32>) -> bool {
    sigmas.end - sigmas.start < FLAT
}

/// Position of a σ in a range, 0–1; 0.5 in a flat one.
fn share(sigmas: &Range<f32>, sigma: f32) -> f32 {
    match is_flat(sigmas) {
        true => 0.5,
        false => ((sigma - sigmas.start) / (sigmas.end - sigmas.start)).clamp(0.0, 1.0),
    }
}

/// Means of `by` × `by` cells (fewer at the edges) as σ on the 0–255 scale.
fn shrunk(cells: &Planes, by: usize) -> (Vec<f32>, Size) {
    let Size { width, height } = cells.size();
    let size = Size::new(width.div_ceil(by), height.div_ceil(by));
    let mean = |at: usize| {
        let (column, row) = (at % size.width, at / size.width);
        let (xs, ys) = (column * by..((column + 1) * by).min(width), row * by..((row + 1) * by).min(height));
        let count = (xs.len() * ys.len()) as f32;
        let sum: f32 = ys.map(|y| cells.row(0, y)[xs.clone()].iter().sum::<f32>()).sum();
        sum / count * 255.0
    };
    ((0..size.area()).map(mean).collect(), size)
}

/// A bar from the colour of the lowest σ to that of the highest.
fn bar_mesh(rect: Rect, flat: bool) -> Mesh {
    const STOPS: u16 = 16;
    let mut mesh = Mesh::default();
    for stop in 0..=STOPS {
        let along = f32::from(stop) / f32::from(STOPS);
        let colour = theme::noise_colour(if flat { 0.5 } else { along });
        let x = rect.left() + along * rect.width();
        mesh.colored_vertex(pos2(x, rect.top()), colour);
        mesh.colored_vertex(pos2(x, rect.bottom()), colour);
        if stop > 0 {
            let last = 2 * u32::from(stop);
            mesh.add_triangle(last - 2, last - 1, last);
            mesh.add_triangle(last - 1, last, last + 1);
        }
    }
    mesh
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_map_is_shrunk_to_means() {
        let cells = Planes::new(1, Size::new(5, 3), (0..15).map(|at| at as f32 / 255.0).collect());
        let (sigmas, size) = shrunk(&cells, 1);
        assert_eq!(size, cells.size());
        assert!(sigmas.iter().enumerate().all(|(at, sigma)| (sigma - at as f32).abs() < 1e-3), "{sigmas:?}");
        let (sigmas, size) = shrunk(&cells, 2);
        assert_eq!(size, Size::new(3, 2));
        // 0, 1, 5, 6 and so on; at the right edge 4, 9 and at the corner 14 alone.
        for (sigma, expected) in sigmas.iter().zip([3.0, 5.0, 6.5, 10.5, 12.5, 14.0]) {
            assert!((sigma - expected).abs() < 1e-3, "{sigmas:?}");
        }
    }

    #[test]
    fn cell_centres_are_texel_centres() {
        let photo = Size::new(83, 45);
        for (cells, by) in [([11, 6], 1), ([6, 3], 2)] {
            let (end, px) = (uv_of_end(photo, cells, by * NoiseMap::CELL), (by * NoiseMap::CELL) as f32);
            for number in 0..3 {
                let middle = Vec2::splat((number as f32 + 0.5) * px) / vec2(83.0, 45.0) * end;
                let texel = middle * vec2(cells[0] as f32, cells[1] as f32);
                assert!((texel - Vec2::splat(number as f32 + 0.5)).length() < 1e-4, "{number}: {texel:?}");
            }
        }
    }

    #[test]
    fn colours_span_the_range_and_a_flat_one_has_the_middle() {
        assert_eq!([2.0, 5.0, 8.0, 9.0].map(|sigma| share(&(2.0..8.0), sigma)), [0.0, 0.5, 1.0, 1.0]);
        assert_eq!([6.0, 6.4].map(|sigma| share(&(6.0..6.4), sigma)), [0.5, 0.5]);
    }

    #[test]
    fn each_photo_has_its_own_map_hidden_at_first() {
        let (one, other) = (NoiseEstimate::white(9.0), NoiseEstimate::white(9.0));
        let mut overlay = NoiseOverlay::default();
        overlay.set_shown(true);
        assert!(!overlay.is_shown(), "no photo");
        overlay.set_noise(Some(&one));
        assert!(!overlay.is_shown());
        overlay.set_shown(true);
        overlay.set_noise(Some(&one.clone()));
        assert!(overlay.is_shown(), "the same photo");
        for next in [Some(&other), None, Some(&NoiseEstimate::none())] {
            overlay.set_noise(Some(&one));
            overlay.set_shown(true);
            overlay.set_noise(next);
            assert!(!overlay.is_shown(), "{next:?}");
        }
        overlay.set_shown(true);
        assert!(!overlay.is_shown(), "a clean photo has none");
    }

    #[test]
    fn the_texture_is_small_however_large_the_photo_is() {
        let context = Context::default();
        for (cells, px) in [(Size::new(1, 1), 8), (Size::new(750, 500), 8), (Size::new(2500, 10), 24)] {
            let picture = MapTexture::of(&context, &Planes::filled(1, cells, 0.1));
            let [width, height] = picture.texture.size();
            assert_eq!((picture.px, width.max(height) <= LONGEST), (px, true), "{cells:?}");
            assert!(width * picture.px >= cells.width * NoiseMap::CELL);
            assert!(height * picture.px >= cells.height * NoiseMap::CELL);
        }
    }
}
