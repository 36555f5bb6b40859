//! Changes of the marks by hand.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{groups::Groups, marks::nearest};
use crate::{
    pixels::{Rect, Size},
    restore::{
        Bitmap, Repair,
        painting::{Coverage, Effect, Grid, Painting, Point, Stroke},
    },
};

/// Rows that a stroke is drawn in at once.
const BAND: usize = 256;

/// One change of the marks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum MarkEdit {
    /// A brush stroke, which adds or erases.
    Stroke(Stroke),
    /// Removes the mark at this point: all marked px connected with it.
    Remove(Point),
}

/// Changes of the marks, in their order. Copies share them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<MarkEdit>", into = "Vec<MarkEdit>")]
pub struct MarkEdits(Arc<[Arc<MarkEdit>]>);

impl From<Vec<MarkEdit>> for MarkEdits {
    fn from(edits: Vec<MarkEdit>) -> Self {
        Self(edits.into_iter().map(Arc::new).collect())
    }
}

impl From<MarkEdits> for Vec<MarkEdit> {
    fn from(edits: MarkEdits) -> Self {
        edits.0.iter().map(|edit| MarkEdit::clone(edit)).collect()
    }
}

impl PartialEq for MarkEdits {
    fn eq(&self, other: &Self) -> bool {
        let is_same = |(one, other): (&Arc<MarkEdit>, &Arc<MarkEdit>)| Arc::ptr_eq(one, other) || one == other;
        self.0.len() == other.0.len() && self.0.iter().zip(&*other.0).all(is_same)
    }
}

impl MarkEdits {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &MarkEdit> {
        self.0.iter().map(|edit| &**edit)
    }

    /// The strokes, in their order.
    pub fn strokes(&self) -> impl DoubleEndedIterator<Item = &Stroke> {
        self.0.iter().filter_map(|edit| match &**edit {
            MarkEdit::Stroke(stroke) => Some(stroke),
            MarkEdit::Remove(_) => None,
        })
    }

    /// Those that `earlier` does not begin with: all from the first difference on.
    pub fn since(&self, earlier: &Self) -> Self {
        let is_same = |(one, other): (&Arc<MarkEdit>, &Arc<MarkEdit>)| Arc::ptr_eq(one, other) || one == other;
        let same = self.0.iter().zip(&*earlier.0).take_while(|pair| is_same(*pair)).count();
        Self(self.0[same..].into())
    }

    /// The same, or none if nothing is repaired.
    pub fn effective(&self, repair: Repair) -> Self {
        if repair == Repair::None { Self::default() } else { self.clone() }
    }

    /// A repair as the command line can repeat it: marks changed by hand have to be given.
    pub fn repeatable(&self, repair: Repair) -> Repair {
        match repair {
            Repair::Auto(_) if !self.is_empty() => Repair::Given,
            _ => repair,
        }
    }

    /// Whether they mark something.
    pub fn add_marks(&self) -> bool {
        self.strokes().any(|stroke| stroke.effect == Effect::Add)
    }

    /// The repair that is made: none if marks are to be made by hand and none are.
    pub fn effective_repair(&self, repair: Repair) -> Repair {
        if repair == Repair::Given && !self.add_marks() { Repair::None } else { repair }
    }

    /// The same with another one.
    pub fn with(&self, edit: MarkEdit) -> Self {
        Self(self.0.iter().cloned().chain([Arc::new(edit)]).collect())
    }

    /// Changes the marks, and which of them are hidden: what is painted is.
    pub(super) fn apply(&self, marks: &mut Bitmap, hidden: &mut Bitmap) {
        for edit in self.iter() {
            match edit {
                MarkEdit::Stroke(stroke) => {
                    let is_added = stroke.effect == Effect::Add;
                    each_covered(stroke, marks.size(), |x, y| {
                        marks.set(x, y, is_added);
                        hidden.set(x, y, is_added);
                    });
                }
                MarkEdit::Remove(point) => remove(marks, hidden, *point),
            }
        }
    }
}

/// Calls `change` with the px of a photo of this size that a stroke covers by more than half.
fn each_covered(stroke: &Stroke, size: Size, mut change: impl FnMut(usize, usize)) {
    // What it covers, whatever its effect.
    let painting = Painting::from(vec![Stroke { effect: Effect::Add, ..stroke.clone() }]);
    let Some([least, most]) = painting.difference(&Painting::default()) else { return };
    // The casts clamp to 0.
    let corner = |point: Point| (point[0] as usize, point[1] as usize);
    let ((left, top), (right, bottom)) = (corner(least), corner(most));
    let reached = Rect::new(left, top, right.saturating_sub(left) + 1, bottom.saturating_sub(top) + 1);
    let reached = reached.intersection(size.rect());
    for y in (reached.y..reached.bottom()).step_by(BAND) {
        let band = Rect { y, height: BAND.min(reached.bottom() - y), ..reached };
        let covered = match painting.coverage(&Grid::of_part(band, size, size)) {
            Coverage::Uniform(coverage) if coverage <= 0.5 => continue,
            Coverage::Uniform(_) => None,
            Coverage::Varying(coverage) => Some(coverage),
        };
        for (x, y) in (band.y..band.bottom()).flat_map(|y| (band.x..band.right()).map(move |x| (x, y))) {
            if covered.as_ref().is_none_or(|covered| covered.row(0, y - band.y)[x - band.x] > 0.5) {
                change(x, y);
            }
        }
    }
}

/// How far a mark may be from the point that removes it, in px: at another sensitivity it is smaller.
const NEAR: f32 = 6.0;

/// Removes all px connected with the one nearest to a point.
fn remove(marks: &mut Bitmap, hidden: &mut Bitmap, point: Point) {
    let Some([x, y]) = nearest(marks, point, NEAR) else { return };
    let groups = Groups::of(marks);
    let Some(removed) = groups.at(x as usize, y as usize) else { return };
    for (run, _) in groups.iter().filter(|(_, group)| *group == removed) {
        marks.remove(run.y(), run.columns());
        hidden.remove(run.y(), run.columns());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::restore::Sensitivity;

    #[test]
    fn later_edits_and_those_that_count() {
        let stroke = |x: f32| Stroke { points: vec![[x, 1.0]], radius: 2.0, feather: 0.0, effect: Effect::Add };
        let first = MarkEdits::from(vec![MarkEdit::Stroke(stroke(1.0)), MarkEdit::Remove([3.0, 3.0])]);
        let later = first.with(MarkEdit::Stroke(stroke(5.0)));
        assert_eq!(later.strokes().map(|stroke| stroke.points[0][0]).collect::<Vec<_>>(), [1.0, 5.0]);
        assert_eq!(later.since(&first), MarkEdits::from(vec![MarkEdit::Stroke(stroke(5.0))]));
        assert_eq!(later.since(&MarkEdits::default()), later);
        // After an undo; while the last stroke is being painted.
        assert!(first.since(&later).is_empty());
        let longer = MarkEdit::Stroke(Stroke { points: vec![[5.0, 1.0], [9.0, 1.0]], ..stroke(5.0) });
        assert_eq!(first.with(longer.clone()).since(&later), MarkEdits::from(vec![longer]));
        assert_eq!([Repair::None, Repair::Given].map(|repair| later.effective(repair).is_empty()), [true, false]);
        assert_eq!(later.effective(Repair::Auto(Sensitivity::LOW)), later);
    }
}
