//! Zoom and pan. Pure geometry, one transform for before and after.

use egui::{Pos2, Rect, Vec2, pos2, vec2};

use crate::pixels;

/// Zoom of the photo.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
enum Zoom {
    /// Fits the canvas.
    #[default]
    Fit,
    /// Points per pixel of the original photo.
    Fixed(f32),
}

/// Zoom and centre. The centre is in shares of the photo, so that a result of another size stays in place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    zoom: Zoom,
    /// Point of the photo at the centre of the canvas, in shares of its sides, 0–1.
    centre: Vec2,
}

impl Default for View {
    fn default() -> Self {
        Self { zoom: Zoom::Fit, centre: Vec2::splat(0.5) }
    }
}

/// Margin around a fitted photo, in points.
const MARGIN: f32 = 24.0;
/// Zoom limits, in points per pixel of the original photo.
const LARGEST: f32 = 64.0;
const SMALLEST: f32 = 1.0 / 64.0;

impl View {
    /// Points per pixel of the original photo.
    pub fn scale(&self, canvas: Rect, photo: Vec2) -> f32 {
        match self.zoom {
            Zoom::Fit => {
                let room = (canvas.size() - Vec2::splat(2.0 * MARGIN)).max(Vec2::splat(1.0));
                (room.x / photo.x).min(room.y / photo.y).min(LARGEST)
            }
            Zoom::Fixed(scale) => scale,
        }
    }

    /// The smallest zoom, which shows the whole photo however large it is.
    fn smallest(canvas: Rect, photo: Vec2) -> f32 {
        Self::default().scale(canvas, photo).min(SMALLEST)
    }

    /// Rectangle of a photo of `photo` px, in points.
    pub fn place(&self, canvas: Rect, photo: Vec2) -> Rect {
        let size = photo * self.scale(canvas, photo);
        let centre = if self.zoom == Zoom::Fit { Vec2::splat(0.5) } else { self.centre };
        Rect::from_min_size(canvas.center() - centre * size, size)
    }

    /// [`place`](Self::place), aligned to screen pixels, so that whole-number zooms are not blurred.
    pub fn place_on_pixels(&self, canvas: Rect, photo: Vec2, pixels_per_point: f32) -> Rect {
        let place = self.place(canvas, photo);
        Rect::from_min_size((place.min * pixels_per_point).round() / pixels_per_point, place.size())
    }

    /// Fits the photo into the canvas.
    pub fn fit(&mut self) {
        *self = Self::default();
    }

    /// Whether the photo fits the canvas.
    pub fn is_fit(&self) -> bool {
        self.zoom == Zoom::Fit
    }

    /// Centres a point, in shares of the photo's sides. Ignored while the photo fits the canvas.
    pub fn centre_on(&mut self, point: Vec2, canvas: Rect, photo: Vec2) {
        if self.zoom != Zoom::Fit {
            self.centre = point;
            self.clamp_centre(canvas, photo);
        }
    }

    /// Zooms to `scale` points per pixel, keeping the point under `fixed`.
    pub fn zoom_to(&mut self, scale: f32, fixed: Pos2, canvas: Rect, photo: Vec2) {
        let share = (fixed - self.place(canvas, photo).min) / (photo * self.scale(canvas, photo));
        let scale = scale.clamp(Self::smallest(canvas, photo), LARGEST);
        self.zoom = Zoom::Fixed(scale);
        self.centre = share - (fixed - canvas.center()) / (photo * scale);
        self.clamp_centre(canvas, photo);
    }

    /// Pans by `delta` points.
    pub fn pan(&mut self, delta: Vec2, canvas: Rect, photo: Vec2) {
        if self.zoom != Zoom::Fit {
            self.centre -= delta / (photo * self.scale(canvas, photo));
            self.clamp_centre(canvas, photo);
        }
    }

    /// Limits the pan after the canvas has changed.
    pub fn limit_pan(&mut self, canvas: Rect, photo: Vec2) {
        if self.zoom != Zoom::Fit {
            self.clamp_centre(canvas, photo);
        }
    }

    /// Centres a photo that fits; keeps the edges of a larger one at or beyond those of the canvas, per axis.
    fn clamp_centre(&mut self, canvas: Rect, photo: Vec2) {
        let shown = canvas.size() / (photo * self.scale(canvas, photo));
        let reach = |centre: f32, shown: f32| {
            if shown >= 1.0 { 0.5 } else { centre.clamp(shown / 2.0, 1.0 - shown / 2.0) }
        };
        self.centre = vec2(reach(self.centre.x, shown.x), reach(self.centre.y, shown.y));
    }
}

/// The visible part of a picture of `size` px drawn at `place`; `None` if it is off the canvas.
pub fn visible_px(canvas: Rect, place: Rect, size: pixels::Size) -> Option<pixels::Rect> {
    let visible = canvas.intersect(place);
    if !visible.is_positive() || size.area() == 0 {
        return None;
    }
    let per_point = vec2(size.width as f32, size.height as f32) / place.size();
    let (min, max) = ((visible.min - place.min) * per_point, (visible.max - place.min) * per_point);
    let (x, y) = ((min.x as usize).min(size.width - 1), (min.y as usize).min(size.height - 1));
    let (right, bottom) = ((max.x.ceil() as usize).min(size.width), (max.y.ceil() as usize).min(size.height));
    Some(pixels::Rect::new(x, y, right.saturating_sub(x).max(1), bottom.saturating_sub(y).max(1)))
}

/// Rectangle of a part of a picture of `size` px drawn at `place`.
pub fn place_of(part: pixels::Rect, size: pixels::Size, place: Rect) -> Rect {
    let points = place.size() / vec2(size.width as f32, size.height as f32);
    let at = |x: usize, y: usize| place.min + vec2(x as f32, y as f32) * points;
    Rect::from_min_max(at(part.x, part.y), at(part.right(), part.bottom()))
}

/// The uv of a whole texture.
pub const WHOLE: Rect = Rect { min: pos2(0.0, 0.0), max: pos2(1.0, 1.0) };

#[cfg(test)]
mod tests {
    use super::*;

    const CANVAS: Rect = Rect { min: pos2(0.0, 0.0), max: pos2(1000.0, 800.0) };
    const PHOTO: Vec2 = vec2(4000.0, 2000.0);

    fn close(a: Pos2, b: Pos2) -> bool {
        (a - b).length() < 0.01
    }

    #[test]
    fn fit_shows_the_whole_photo_centred() {
        let place = View::default().place(CANVAS, PHOTO);
        assert!(CANVAS.contains_rect(place));
        assert!(close(place.center(), CANVAS.center()));
        assert_eq!(place.width(), 1000.0 - 2.0 * MARGIN);
    }

    #[test]
    fn zoom_keeps_the_point_under_the_cursor() {
        let mut view = View::default();
        let cursor = pos2(300.0, 350.0);
        let point = |view: &View| (cursor - view.place(CANVAS, PHOTO).min) / view.place(CANVAS, PHOTO).size();
        let before = point(&view);
        for scale in [0.5, 1.0, 3.0, 2.0] {
            view.zoom_to(scale, cursor, CANVAS, PHOTO);
            assert!((point(&view) - before).length() < 1e-4, "{scale}");
        }
    }

    #[test]
    fn a_result_of_another_size_stays_in_place() {
        let mut view = View::default();
        view.zoom_to(1.0, pos2(500.0, 300.0), CANVAS, PHOTO);
        let place = view.place(CANVAS, PHOTO);
        let of_before = visible_px(CANVAS, place, pixels::Size::new(4000, 2000));
        let of_after = visible_px(CANVAS, place, pixels::Size::new(8000, 4000));
        let (Some(before), Some(after)) = (of_before, of_after) else { panic!("both are on the canvas") };
        // Half a pixel of before may be one of after.
        assert!(after.x.abs_diff(2 * before.x) <= 1 && after.y.abs_diff(2 * before.y) <= 1, "{before:?} {after:?}");
        assert!(after.width.abs_diff(2 * before.width) <= 2, "{before:?} {after:?}");
    }

    #[test]
    fn a_photo_larger_than_the_zoom_limit_still_fits() {
        let (mut view, photo) = (View::default(), vec2(200_000.0, 900.0));
        assert!(CANVAS.contains_rect(view.place(CANVAS, photo)));
        view.zoom_to(0.0, CANVAS.center(), CANVAS, photo);
        assert!(CANVAS.contains_rect(view.place(CANVAS, photo)));
    }

    #[test]
    fn pan_stops_at_the_edges() {
        let mut view = View::default();
        view.zoom_to(1.0, CANVAS.center(), CANVAS, PHOTO);
        view.pan(vec2(1e6, 1e6), CANVAS, PHOTO);
        assert!(close(view.place(CANVAS, PHOTO).min, CANVAS.min));
        view.pan(vec2(-1e6, -1e6), CANVAS, PHOTO);
        assert!(close(view.place(CANVAS, PHOTO).max, CANVAS.max));
    }

    #[test]
    fn a_point_is_centred_as_far_as_the_edges_allow() {
        let mut view = View::default();
        view.centre_on(vec2(0.9, 0.9), CANVAS, PHOTO);
        assert!(view.is_fit() && close(view.place(CANVAS, PHOTO).center(), CANVAS.center()));
        view.zoom_to(1.0, CANVAS.center(), CANVAS, PHOTO);
        view.centre_on(vec2(0.5, 0.25), CANVAS, PHOTO);
        assert!(close(view.place(CANVAS, PHOTO).min, pos2(-1500.0, -100.0)), "{:?}", view.place(CANVAS, PHOTO));
        view.centre_on(vec2(0.0, 1.0), CANVAS, PHOTO);
        assert!(close(view.place(CANVAS, PHOTO).left_bottom(), CANVAS.left_bottom()));
    }

    #[test]
    fn pixels_are_aligned_to_the_screen() {
        for pixels_per_point in [1.0, 1.25, 2.0] {
            let mut view = View::default();
            view.zoom_to(1.0 / pixels_per_point, pos2(123.4, 56.7), CANVAS, PHOTO);
            view.pan(vec2(10.3, -7.7), CANVAS, PHOTO);
            let place = view.place_on_pixels(CANVAS, PHOTO, pixels_per_point);
            let min = place.min * pixels_per_point;
            assert!(close(min, min.round()));
            assert!((place.min - view.place(CANVAS, PHOTO).min).length() < 1.0);
        }
    }

    #[test]
    fn visible_pixels_are_inside_the_picture() {
        let size = pixels::Size::new(3, 1);
        for place in [
            Rect::from_min_size(pos2(-10.0, -10.0), vec2(5000.0, 5000.0)),
            Rect::from_min_size(pos2(999.9, 799.9), vec2(30.0, 10.0)),
            Rect::from_min_size(pos2(400.0, 400.0), vec2(0.3, 0.1)),
        ] {
            let rect = visible_px(CANVAS, place, size).expect("part of it is on the canvas");
            assert!(rect.right() <= 3 && rect.bottom() <= 1 && rect.size().area() > 0, "{rect:?}");
        }
        assert_eq!(visible_px(CANVAS, Rect::from_min_size(pos2(2000.0, 0.0), vec2(9.0, 9.0)), size), None);
    }

    #[test]
    fn parts_of_a_picture_tile_its_place() {
        let place = Rect::from_min_size(pos2(10.0, 20.0), vec2(300.0, 100.0));
        let size = pixels::Size::new(30, 10);
        assert_eq!(place_of(size.rect(), size, place), place);
        let half = place_of(pixels::Rect::new(15, 0, 15, 10), size, place);
        assert_eq!((half.left(), half.right()), (160.0, 310.0));
    }
}
