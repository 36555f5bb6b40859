//! Pixels in memory, and integer geometry.

mod planes;
mod raster;
mod rows;

pub use planes::Planes;
pub use raster::{Depth, Raster, Samples};
pub use rows::each_row;

/// A width and a height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    /// Columns, in px.
    pub width: usize,
    /// Rows, in px.
    pub height: usize,
}

impl Size {
    /// A size in px.
    pub const fn new(width: usize, height: usize) -> Self {
        Self { width, height }
    }

    /// Number of pixels.
    pub const fn area(self) -> usize {
        self.width * self.height
    }

    /// The size enlarged `factor` times.
    pub const fn times(self, factor: usize) -> Self {
        Self::new(self.width * factor, self.height * factor)
    }

    /// The size with both sides even: enlarged by up to 1 px.
    pub const fn evened(self) -> Self {
        Self::new(self.width.next_multiple_of(2), self.height.next_multiple_of(2))
    }

    /// The rectangle from the origin that covers this size.
    pub const fn rect(self) -> Rect {
        Rect { x: 0, y: 0, width: self.width, height: self.height }
    }
}

/// A rectangle of whole pixels: `x..x + width`, `y..y + height`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rect {
    /// Left edge, in px.
    pub x: usize,
    /// Top edge, in px.
    pub y: usize,
    /// Columns, in px.
    pub width: usize,
    /// Rows, in px.
    pub height: usize,
}

impl Rect {
    /// A rectangle in px.
    pub const fn new(x: usize, y: usize, width: usize, height: usize) -> Self {
        Self { x, y, width, height }
    }

    /// Width and height.
    pub const fn size(self) -> Size {
        Size::new(self.width, self.height)
    }

    /// First column right of the rectangle.
    pub const fn right(self) -> usize {
        self.x + self.width
    }

    /// First row below the rectangle.
    pub const fn bottom(self) -> usize {
        self.y + self.height
    }

    /// The common part; 0 px wide or high if the rectangles don't intersect.
    pub fn intersection(self, other: Rect) -> Rect {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let (right, bottom) = (self.right().min(other.right()), self.bottom().min(other.bottom()));
        Rect::new(x, y, right.saturating_sub(x), bottom.saturating_sub(y))
    }

    /// The smallest rectangle that contains both.
    pub fn union(self, other: Rect) -> Rect {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        Rect::new(x, y, self.right().max(other.right()) - x, self.bottom().max(other.bottom()) - y)
    }

    /// Grown by `margin` px on every side, and clipped to a picture of `size`.
    pub fn grown(self, margin: usize, size: Size) -> Rect {
        let (x, y) = (self.x.saturating_sub(margin), self.y.saturating_sub(margin));
        let (right, bottom) = ((self.right() + margin).min(size.width), (self.bottom() + margin).min(size.height));
        Rect::new(x, y, right.saturating_sub(x), bottom.saturating_sub(y))
    }

    /// The rectangle in coordinates with the origin (`x`, `y`), which must not lie right of it or below.
    pub const fn relative_to(self, x: usize, y: usize) -> Rect {
        Rect::new(self.x - x, self.y - y, self.width, self.height)
    }

    /// Whether the rectangles share a pixel.
    pub const fn intersects(self, other: Rect) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }
}
