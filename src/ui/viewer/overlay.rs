//! What is painted or marked, in colour over the photo.

use std::sync::Arc;

use egui::{Color32, ColorImage, Context, Painter, Rect, TextureHandle, TextureOptions};

use super::{
    pyramid::{Layout, draw},
    texture_painter::{Painted, TextureKey, TextureRequest, TextureRequests},
    view,
};
use crate::{
    pixels::{self, Size},
    restore::{Coverage, Grid, Marks, Painting},
};

/// What a texture shows: the part `rect` of a picture of `size` texels of the whole photo.
#[derive(Clone, PartialEq)]
struct Part {
    shape: Shape,
    colour: Color32,
    size: Size,
    rect: pixels::Rect,
}

/// What is shown.
#[derive(Clone)]
pub enum Shape {
    /// A painted area.
    Painting(Painting),
    /// Marked px.
    Marks(Arc<Marks>),
}

impl PartialEq for Shape {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Painting(one), Self::Painting(other)) => one == other,
            (Self::Marks(one), Self::Marks(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Shape {
    /// Texels per screen pixel: marks have sharp edges.
    fn density(&self) -> f32 {
        match self {
            Self::Painting(_) => 0.5,
            Self::Marks(_) => 1.0,
        }
    }
}

impl Part {
    fn image(&self, photo: Size) -> ColorImage {
        let painting = match &self.shape {
            Shape::Painting(painting) => painting,
            Shape::Marks(marks) => return self.image_of_marks(marks),
        };
        let colours: Vec<_> = (0..=255).map(|share: u8| self.colour.gamma_multiply(f32::from(share) / 255.0)).collect();
        let colour = |coverage: f32| colours[(coverage * 255.0 + 0.5) as usize];
        match painting.coverage(&Grid::of_part(self.rect, self.size, photo)) {
            Coverage::Uniform(coverage) => ColorImage::filled([1, 1], colour(coverage)),
            Coverage::Varying(planes) => ColorImage::new(
                [planes.width(), planes.height()],
                planes.data().iter().map(|coverage| colour(*coverage)).collect(),
            ),
        }
    }

    /// A texel is coloured if any px in it is marked, so that thin marks are seen at every zoom.
    fn image_of_marks(&self, marks: &Marks) -> ColorImage {
        let Self { colour, size, rect, .. } = self;
        let photo = marks.size();
        let px = |texel: usize, side: usize, texels: usize| texel * side / texels;
        let mut image = ColorImage::filled([rect.width, rect.height], Color32::TRANSPARENT);
        let columns = px(rect.x, photo.width, size.width)..(rect.right() * photo.width).div_ceil(size.width);
        for (y, row) in (rect.y..rect.bottom()).zip(image.pixels.chunks_exact_mut(rect.width)) {
            let from = px(y, photo.height, size.height);
            let to = px(y + 1, photo.height, size.height).clamp(from + 1, photo.height.max(from + 1));
            for run in (from..to).flat_map(|y| marks.bits().runs(y, columns.clone())) {
                // The texels whose first px, or any other, lies in the run.
                let start = (run.start * size.width / photo.width).saturating_sub(rect.x);
                let end = (run.end * size.width).div_ceil(photo.width).saturating_sub(rect.x).min(rect.width);
                row[start.min(end)..end].fill(*colour);
            }
        }
        image
    }
}

/// An overlay: one texture for what is in view.
pub struct Overlay {
    owner: u64,
    version: u64,
    /// What was requested last.
    wanted: Option<Part>,
    /// Version and place of the texture.
    shown: Option<(TextureHandle, u64, Part)>,
    /// Requested parts that may still arrive.
    requested: Vec<(u64, Part)>,
}

impl Overlay {
    /// Nothing yet. `owner` identifies its textures.
    pub fn new(owner: u64) -> Self {
        Self { owner, version: 0, wanted: None, shown: None, requested: Vec::new() }
    }

    /// Removes the texture.
    pub fn clear(&mut self) {
        (self.wanted, self.shown) = (None, None);
        self.requested.clear();
    }

    /// Uploads a painted texture, or returns it if it belongs to another owner.
    pub fn accept(&mut self, context: &Context, painted: Painted) -> Result<(), Painted> {
        let TextureKey { owner, version, .. } = painted.key;
        if owner != self.owner {
            return Err(painted);
        }
        if let Some(place) = self.requested.iter().position(|(requested, _)| *requested == version) {
            let (_, part) = self.requested.swap_remove(place);
            let texture = context.load_texture("overlay", painted.image, TextureOptions::LINEAR);
            self.shown = Some((texture, version, part));
            self.requested.retain(|(requested, _)| *requested > version);
        }
        Ok(())
    }

    /// Requests and draws what is in view. Until it is painted, the one before is drawn at its place.
    pub fn paint(
        &mut self,
        painter: &Painter,
        layout: &Layout,
        photo: Size,
        (shape, colour): (Shape, Color32),
        requests: &mut TextureRequests,
    ) {
        let density = layout.pixels_per_point * shape.density();
        let texels = |points: f32| (points * density).round().max(1.0) as usize;
        let size = Size::new(texels(layout.place.width()), texels(layout.place.height()));
        let Some(rect) = view::visible_px(layout.visible, layout.place, size) else { return };
        let part = Part { shape, colour, size, rect };
        if self.wanted.as_ref() != Some(&part) {
            self.version += 1;
            self.wanted = Some(part.clone());
            self.requested.push((self.version, part.clone()));
        }
        let version = self.version;
        if !self.is_up_to_date() {
            let key = TextureKey { owner: self.owner, tile: (0, 0, 0), version, nearest: false };
            requests.visible.insert(0, TextureRequest { key, paint: Box::new(move || part.image(photo)) });
        }
        self.paint_earlier(painter, layout);
    }

    /// Whether the texture is the one requested last.
    pub fn is_up_to_date(&self) -> bool {
        self.shown.as_ref().is_some_and(|(_, shown, _)| *shown == self.version)
    }

    /// Draws the texture as it is, without a request.
    pub fn paint_earlier(&self, painter: &Painter, layout: &Layout) {
        if let Some((texture, _, part)) = &self.shown {
            let place: Rect = view::place_of(part.rect, part.size, layout.place);
            draw(painter, texture, place, view::WHOLE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        pixels::{Depth, Planes, Raster},
        ui::theme,
    };

    #[test]
    fn thin_marks_are_seen_at_every_zoom_and_only_there() {
        let photo = Size::new(301, 120);
        let mut mask = Raster::blank(1, photo, Depth::Eight);
        mask.put(0, &Planes::filled(1, Size::new(1, 60), 1.0), 200, 30);
        let shape = Shape::Marks(Arc::new(Marks::from_mask(&mask)));
        for size in [Size::new(301, 120), Size::new(50, 20), Size::new(77, 31), Size::new(903, 360)] {
            for rect in [size.rect(), pixels::Rect::new(size.width / 2, 3, size.width / 2, size.height - 5)] {
                let image = Part { shape: shape.clone(), colour: theme::MARKED, size, rect }.image(photo);
                assert_eq!(image.size, [rect.width, rect.height]);
                let px = |texel: usize, side: usize, texels: usize| {
                    (texel * side) as f32 / texels as f32..((texel + 1) * side) as f32 / texels as f32
                };
                for (at, colour) in image.pixels.iter().enumerate() {
                    let x = px(at % rect.width + rect.x, photo.width, size.width);
                    let y = px(at / rect.width + rect.y, photo.height, size.height);
                    let overlaps = x.start < 201.0 && x.end > 200.0 && y.start < 89.0 && y.end > 31.0;
                    let is_near = x.start < 202.0 && x.end > 199.0 && y.start < 91.0 && y.end > 29.0;
                    let is_marked = *colour == theme::MARKED;
                    assert!(is_marked || !overlaps, "{size:?} {rect:?} {at}");
                    assert!(is_near || !is_marked, "{size:?} {rect:?} {at}");
                }
            }
        }
    }
}
