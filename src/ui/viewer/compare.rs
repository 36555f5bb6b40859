//! Layout of before and after on the canvas. Pure.

use egui::{Rect, Vec2, pos2};

use crate::state::{Compare, Cut};

/// Space between two pictures, in points.
const GAP: f32 = 4.0;
/// A canvas at least this many times higher than wide is split into top and bottom.
const TALL: f32 = 1.1;

impl Cut {
    /// Whether `area` is split into top and bottom.
    pub fn is_level(self, area: Rect) -> bool {
        match self {
            Cut::Auto => area.height() > TALL * area.width(),
            Cut::Upright => false,
            Cut::Level => true,
        }
    }

    /// The other direction.
    pub fn turned(self, area: Rect) -> Self {
        if self.is_level(area) { Cut::Upright } else { Cut::Level }
    }
}

/// What a part of the canvas shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The photo.
    Before,
    /// The result.
    After,
    /// The difference of both.
    Difference,
}

/// A part of the canvas with one picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pane {
    /// What it shows.
    pub side: Side,
    /// The area the picture is laid out in, in points.
    pub rect: Rect,
    /// The visible part of `rect`.
    pub visible: Rect,
}

impl Compare {
    /// Selecting a split or side-by-side view again changes its direction.
    pub fn choose(self, chosen: Compare, area: Rect) -> Compare {
        match (self, chosen) {
            (Compare::Split(cut), Compare::Split(_)) => Compare::Split(cut.turned(area)),
            (Compare::SideBySide(cut), Compare::SideBySide(_)) => Compare::SideBySide(cut.turned(area)),
            (_, chosen) => chosen,
        }
    }

    /// The panes of a canvas; `share` is the position of the divider, 0–1.
    pub fn panes(self, area: Rect, share: f32, pixels_per_point: f32) -> Vec<Pane> {
        let one = |side| vec![Pane { side, rect: area, visible: area }];
        match self {
            Compare::Before => one(Side::Before),
            Compare::After => one(Side::After),
            Compare::Difference => one(Side::Difference),
            Compare::Split(cut) => {
                let at = area.min + share * area.size();
                let (before, after) = match cut.is_level(area) {
                    true => (area.with_max_y(at.y), area.with_min_y(at.y)),
                    false => (area.with_max_x(at.x), area.with_min_x(at.x)),
                };
                vec![
                    Pane { side: Side::Before, rect: area, visible: before },
                    Pane { side: Side::After, rect: area, visible: after },
                ]
            }
            Compare::SideBySide(cut) => {
                // Whole screen pixels, so that both pictures are sampled alike.
                let half = |side: f32| ((side - GAP) / 2.0 * pixels_per_point).floor().max(1.0) / pixels_per_point;
                let (size, step) = match cut.is_level(area) {
                    true => (Vec2::new(area.width(), half(area.height())), pos2(0.0, area.height())),
                    false => (Vec2::new(half(area.width()), area.height()), pos2(area.width(), 0.0)),
                };
                let before = Rect::from_min_size(area.min, size);
                let after = before.translate(Vec2::new((step.x - size.x).max(0.0), (step.y - size.y).max(0.0)));
                [(Side::Before, before), (Side::After, after)]
                    .map(|(side, rect)| Pane { side, rect, visible: rect })
                    .to_vec()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: Rect = Rect { min: pos2(10.0, 20.0), max: pos2(1011.0, 620.0) };
    const TALL: Rect = Rect { min: pos2(10.0, 20.0), max: pos2(311.0, 620.0) };

    #[test]
    fn a_split_divides_one_picture() {
        let panes = Compare::default().panes(WIDE, 0.25, 1.0);
        assert!(panes.iter().all(|pane| pane.rect == WIDE));
        assert_eq!(panes[0].visible.right(), panes[1].visible.left());
        assert_eq!(panes[0].visible.width(), 0.25 * WIDE.width());
        let panes = Compare::default().panes(TALL, 0.25, 1.0);
        assert_eq!((panes[0].visible.bottom(), panes[0].visible.height()), (panes[1].visible.top(), 150.0));
    }

    #[test]
    fn side_by_side_panes_are_equal_and_whole_pixels_apart() {
        for (area, ppp) in [(WIDE, 1.0), (TALL, 1.0), (WIDE, 1.5), (TALL, 2.0)] {
            let panes = Compare::SideBySide(Cut::Auto).panes(area, 0.1, ppp);
            assert_eq!(panes[0].rect.size(), panes[1].rect.size());
            assert!(!panes[0].rect.intersects(panes[1].rect));
            assert!(area.contains_rect(panes[0].rect) && area.contains_rect(panes[1].rect));
            assert_eq!(panes[1].rect.max, area.max);
        }
    }

    #[test]
    fn selecting_again_changes_the_direction() {
        let split = Compare::default();
        let turned = split.choose(Compare::default(), WIDE);
        assert_eq!(turned, Compare::Split(Cut::Level));
        assert_eq!(turned.choose(Compare::default(), WIDE), Compare::Split(Cut::Upright));
        assert_eq!(split.choose(Compare::default(), TALL), Compare::Split(Cut::Upright));
        assert_eq!(turned.choose(Compare::Difference, WIDE), Compare::Difference);
        assert_eq!(Compare::Difference.choose(Compare::Difference, WIDE), Compare::Difference);
    }
}
