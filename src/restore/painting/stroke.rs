//! Strokes of a round brush.

use serde::{Deserialize, Serialize};

/// A point on a photo, in px from its top left corner.
pub type Point = [f32; 2];

/// What a stroke does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Effect {
    /// Adds to the area.
    #[default]
    Add,
    /// Removes from the area.
    Erase,
}

/// A stroke of a round brush.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stroke {
    /// The path of its centre, straight from point to point.
    #[serde(with = "stored_points")]
    pub points: Vec<Point>,
    /// Radius of the brush, in px of the photo.
    pub radius: f32,
    /// Share of the radius over which the coverage falls to 0, 0–1. Edges are at least one sample wide.
    pub feather: f32,
    /// Whether it adds or erases.
    pub effect: Effect,
}

impl Stroke {
    /// Distance of the points, as a share of the radius: the straight parts between them look round.
    const SPACING: f32 = 0.25;

    /// Extends the path to a point. Points that are too near to change it visibly are left out, except the last one.
    /// Returns whether the path has changed.
    pub fn extend(&mut self, to: Point) -> bool {
        match &mut self.points[..] {
            [.., last] if *last == to => return false,
            [.., before, last] if (last[0] - before[0]).hypot(last[1] - before[1]) < Self::SPACING * self.radius => {
                *last = to;
            }
            _ => self.points.push(to),
        }
        true
    }

    /// Distance from the path beyond which samples `step` px apart are not covered.
    pub(super) fn reach(&self, step: f32) -> f32 {
        let soft = self.feather.clamp(0.0, 1.0) * self.radius;
        self.radius - soft / 2.0 + soft.max(step) / 2.0
    }

    /// Coverage at this squared distance from the path, for samples `step` px apart.
    pub(super) fn coverage(&self, squared: f32, step: f32) -> f32 {
        let soft = self.feather.clamp(0.0, 1.0) * self.radius;
        let share = ((self.reach(step) - squared.sqrt()) / soft.max(step)).clamp(0.0, 1.0);
        // Smoothstep: without visible bounds.
        share * share * (3.0 - 2.0 * share)
    }

    /// The corners of the area it may change, in px.
    pub(super) fn bounds(&self, step: f32) -> [Point; 2] {
        let reach = self.reach(step);
        let [mut least, mut most] = [[f32::INFINITY; 2], [f32::NEG_INFINITY; 2]];
        for point in &self.points {
            for axis in 0..2 {
                least[axis] = least[axis].min(point[axis] - reach);
                most[axis] = most[axis].max(point[axis] + reach);
            }
        }
        [least, most]
    }

    /// The straight parts of the path; of a single point, that point.
    pub(super) fn segments(&self) -> impl Iterator<Item = Segment> + '_ {
        let single = (self.points.len() == 1).then(|| Segment::new(self.points[0], self.points[0]));
        self.points.windows(2).map(|ends| Segment::new(ends[0], ends[1])).chain(single)
    }
}

/// A straight part of a path.
pub(super) struct Segment {
    start: Point,
    along: Point,
    /// 1 / length²; 0 for a point.
    inverse: f32,
    /// The least and greatest coordinates along both axes.
    pub(super) ranges: [[f32; 2]; 2],
}

impl Segment {
    fn new(start: Point, end: Point) -> Self {
        let along = [end[0] - start[0], end[1] - start[1]];
        let squared = along[0] * along[0] + along[1] * along[1];
        let ranges = [0, 1].map(|axis| [start[axis].min(end[axis]), start[axis].max(end[axis])]);
        Self { start, along, inverse: if squared > 0.0 { 1.0 / squared } else { 0.0 }, ranges }
    }

    pub(super) fn squared_distance(&self, [x, y]: Point) -> f32 {
        let (x, y) = (x - self.start[0], y - self.start[1]);
        let share = ((x * self.along[0] + y * self.along[1]) * self.inverse).clamp(0.0, 1.0);
        let (x, y) = (x - share * self.along[0], y - share * self.along[1]);
        x * x + y * y
    }
}

/// Points as `x,y x,y`, a tenth of the length of nested arrays.
mod stored_points {
    use std::fmt::Write;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use super::Point;

    pub fn serialize<S: Serializer>(points: &[Point], to: S) -> Result<S::Ok, S::Error> {
        let mut text = String::new();
        for [x, y] in points {
            let space = if text.is_empty() { "" } else { " " };
            // Writing to a string does not fail.
            let _ = write!(text, "{space}{x},{y}");
        }
        to.serialize_str(&text)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Point>, D::Error> {
        let text = String::deserialize(from)?;
        let number = |text: &str| text.parse::<f32>().ok().filter(|number| number.is_finite());
        let point = |text: &str| {
            let (x, y) = text.split_once(',')?;
            Some([number(x)?, number(y)?])
        };
        let points: Option<Vec<Point>> = text.split_whitespace().map(point).collect();
        points.ok_or_else(|| D::Error::custom("points are not numbers"))
    }
}
