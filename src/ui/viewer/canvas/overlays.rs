//! The painted area and the marks of scratches, in colour over the photo.

use egui::{Context, Painter};

use super::super::{
    brush::Target,
    overlay::{Overlay, Shape},
    pyramid::Layout,
    texture_painter::{Painted, TexturePainter, TextureRequests},
};
use crate::{
    pixels::Size,
    restore::{MarkEdits, Mask, Painting, Repair},
    state::PhotoMarks,
    ui::theme,
};

/// How marks are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MarkView {
    /// Not at all.
    Hidden,
    /// In colour over the photo.
    #[default]
    OverPhoto,
    /// White on black, without the photo.
    Alone,
}

/// What there is to show over a photo.
#[derive(Clone, Copy)]
pub struct Marked<'a> {
    /// What is repaired.
    pub repair: Repair,
    /// Changes of the marks by hand.
    pub edits: &'a MarkEdits,
    /// The marks, or earlier ones until they are known.
    pub marks: Option<&'a PhotoMarks>,
    /// How much of the photo was searched, 0–1, while it is being searched.
    pub searched: Option<f32>,
}

/// All overlays, and which are shown.
pub struct Overlays {
    area: Overlay,
    /// One for each pane.
    marks: [Overlay; 2],
    /// Strokes whose marks are not known yet.
    strokes: Overlay,
    /// Whether the area is shown while it is painted.
    pub shows_area: bool,
    /// How marks are shown.
    pub mark_view: MarkView,
}

impl Overlays {
    /// Nothing yet.
    pub fn new(textures: &mut TexturePainter) -> Self {
        let [area, first, second, strokes] = std::array::from_fn(|_| Overlay::new(textures.owner()));
        Self { area, marks: [first, second], strokes, shows_area: true, mark_view: MarkView::default() }
    }

    fn all(&mut self) -> impl Iterator<Item = &mut Overlay> {
        self.marks.iter_mut().chain([&mut self.area, &mut self.strokes])
    }

    /// Removes the textures: another photo is shown.
    pub fn clear(&mut self) {
        self.all().for_each(Overlay::clear);
    }

    /// Uploads a painted texture, or returns it if it belongs to another owner.
    pub fn accept(&mut self, context: &Context, painted: Painted) -> Result<(), Painted> {
        let mut left = painted;
        for overlay in self.all() {
            match overlay.accept(context, left) {
                Ok(()) => return Ok(()),
                Err(painted) => left = painted,
            }
        }
        Err(left)
    }

    /// Draws the area while it is painted.
    pub fn paint_area(
        &mut self,
        painter: &Painter,
        layout: &Layout,
        photo: Size,
        (mask, target): (&Mask, Option<Target>),
        requests: &mut TextureRequests,
    ) {
        if self.shows_area && target == Some(Target::Area) {
            let shape = Shape::Painting(mask.painting.clone());
            self.area.paint(painter, layout, photo, (shape, theme::PAINTED), requests);
        }
    }

    /// Draws the marks in a pane of this number.
    pub fn paint_marks(
        &mut self,
        painter: &Painter,
        layout: &Layout,
        photo: Size,
        (marked, pane): (&Marked, usize),
        requests: &mut TextureRequests,
    ) {
        if marked.repair == Repair::None || self.mark_view == MarkView::Hidden {
            return;
        }
        let [white, black] = theme::MARKED_ALONE;
        let colour = match self.mark_view {
            MarkView::Alone => {
                painter.rect_filled(layout.place, 0.0, black);
                white
            }
            _ => theme::MARKED,
        };
        let mut are_up_to_date = true;
        if let (Some(marks), Some(overlay)) = (marked.marks, self.marks.get_mut(pane)) {
            overlay.paint(painter, layout, photo, (Shape::Marks(marks.marks.clone()), colour), requests);
            are_up_to_date = overlay.is_up_to_date();
        }
        let strokes = unknown_strokes(marked);
        if !strokes.is_empty() {
            self.strokes.paint(painter, layout, photo, (Shape::Painting(strokes), colour), requests);
        } else if are_up_to_date {
            self.strokes.clear();
        } else {
            self.strokes.paint_earlier(painter, layout);
        }
    }
}

/// The strokes of which the marks are not known yet.
fn unknown_strokes(marked: &Marked) -> Painting {
    let known = marked.marks.map(|marks| marks.edits.clone()).unwrap_or_default();
    Painting::from(marked.edits.since(&known).strokes().cloned().collect::<Vec<_>>())
}
