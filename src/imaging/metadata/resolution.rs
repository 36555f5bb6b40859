//! Print resolution.

/// Pixels per unit of length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resolution {
    /// Columns per unit.
    pub x: f64,
    /// Rows per unit.
    pub y: f64,
    /// The unit.
    pub unit: Unit,
}

/// Unit of a resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// 2.54 cm.
    Inch,
    /// 0.01 m.
    Centimetre,
    /// No length, only the aspect ratio of a pixel.
    Aspect,
}

impl Resolution {
    /// None if it is useless: not positive and finite, or square pixels without a length.
    pub(in crate::imaging) fn new(x: f64, y: f64, unit: Unit) -> Option<Self> {
        let is_valid = |value: f64| value.is_finite() && value > 0.0;
        (is_valid(x) && is_valid(y) && (unit != Unit::Aspect || x != y)).then_some(Self { x, y, unit })
    }

    /// Pixels per metre, rounded; none if it has no length or is too large.
    pub(in crate::imaging) fn per_metre(self) -> Option<(u32, u32)> {
        let scale = match self.unit {
            Unit::Inch => 1.0 / 0.0254,
            Unit::Centimetre => 100.0,
            Unit::Aspect => return None,
        };
        let whole = |value: f64| Some((value * scale).round()).filter(|value| *value <= f64::from(i32::MAX));
        Some((whole(self.x)? as u32, whole(self.y)? as u32))
    }

    /// Whether both are equal except for rounding.
    pub(in crate::imaging) fn is_near(self, other: Self) -> bool {
        let near = |a: u32, b: u32| a.abs_diff(b) <= 1 + a / 500;
        match (self.per_metre(), other.per_metre()) {
            (Some(one), Some(other)) => near(one.0, other.0) && near(one.1, other.1),
            _ => self == other,
        }
    }

    /// As fractions, exact to six decimals.
    pub(in crate::imaging) fn fractions(self) -> [(u32, u32); 2] {
        [self.x, self.y].map(|value| {
            let whole = |scale: f64| ((value * scale).round() as u32, scale as u32);
            let exact = |scale: &f64| ((value * scale).round() / scale - value).abs() < 1e-9 * value;
            let fits = |scale: &f64| value * scale < f64::from(u32::MAX);
            let scales = [1.0, 10.0, 100.0, 1_000.0, 10_000.0, 100_000.0, 1_000_000.0];
            let found = scales.into_iter().filter(fits).find(exact);
            whole(found.or_else(|| scales.into_iter().rev().find(fits)).unwrap_or(1.0))
        })
    }
}
