//! The checkerboard under transparent pixels.

use egui::{ColorImage, Context, Painter, Rect, TextureHandle, TextureOptions, pos2};

use super::pyramid::draw;
use crate::ui::theme;

/// Side of a square, in points.
const SIDE: f32 = 8.0;

/// A checkerboard that is fixed to the screen.
pub struct Checker(TextureHandle);

impl Checker {
    /// Loads its texture.
    pub fn new(context: &Context) -> Self {
        let [light, dark] = theme::CHECKER;
        let image = ColorImage::new([2, 2], vec![light, dark, dark, light]);
        Self(context.load_texture("checker", image, TextureOptions::NEAREST_REPEAT))
    }

    /// Fills `place`.
    pub fn paint(&self, painter: &Painter, place: Rect) {
        if place.is_positive() {
            let texels = 1.0 / (2.0 * SIDE);
            let at = |x: f32, y: f32| pos2(x * texels, y * texels);
            let uv = Rect::from_min_max(at(place.left(), place.top()), at(place.right(), place.bottom()));
            draw(painter, &self.0, place, uv);
        }
    }
}
