//! Holes: marked areas that show nothing of the picture. Those that are too wide are not filled.

use std::ops::Range;

use super::groups::Groups;
use crate::{pixels::Size, restore::Bitmap};

/// Greatest depth of a hole that is filled, in px: distance from what is no hole.
pub const REACH: usize = 64;
/// The same where it reaches the border of the picture.
pub const REACH_AT_BORDER: usize = 100;

/// Parts of holes at most twice as wide do not belong to a wide hole that they touch, in px.
const NARROW: usize = 8;

/// The px of holes that are deeper than [`REACH`].
pub fn too_deep(holes: &Bitmap) -> Bitmap {
    /// Px beyond the border that count as part of a hole that reaches it.
    const BEYOND: usize = 2 * REACH - REACH_AT_BORDER;
    let Size { width, height } = holes.size();
    if !has_wide_parts(holes) {
        return Bitmap::new(holes.size());
    }
    // From border to border there is nothing to fill them from.
    let full_rows: Vec<_> = (0..height).map(|y| holes.runs(y, 0..width).next() == Some(0..width)).collect();
    let mut full_columns = vec![true; width];
    for y in 0..height {
        let gaps_end = holes.runs(y, 0..width).fold(0, |from, run| {
            full_columns[from..run.start].fill(false);
            run.end
        });
        full_columns[gaps_end..].fill(false);
    }
    let padding = BEYOND + 1;
    let padded = Size::new(width + 2 * padding, height + 2 * padding);
    let deep = Bitmap::of(padded, |y, x| {
        let is_end = |at: usize, side: usize| at == 0 || at + 1 == side;
        let inside = |at: usize, side: usize| at.saturating_sub(padding).min(side - 1);
        let (column, row) = (inside(x, width), inside(y, height));
        let is_outside =
            is_end(x, padded.width) && !full_rows[row] || is_end(y, padded.height) && !full_columns[column];
        !is_outside && holes.contains(column, row)
    })
    .shrunk_evenly(REACH);
    Bitmap::of(holes.size(), |y, x| deep.contains(x + padding, y + padding))
}

/// Whether enough successive rows have a run that is long enough for [`too_deep`].
fn has_wide_parts(holes: &Bitmap) -> bool {
    /// Rows in which [`Bitmap::shrunk_evenly`] reaches all of [`REACH`].
    const ROWS: usize = 53;
    let Size { width, height } = holes.size();
    let is_long = |run: Range<usize>| match (run.start == 0, run.end == width) {
        (true, true) => true,
        (false, false) => run.len() > 2 * REACH,
        _ => run.len() > REACH_AT_BORDER,
    };
    let mut rows = 0;
    (0..height).any(|y| {
        rows = if holes.runs(y, 0..width).any(is_long) { rows + 1 } else { 0 };
        rows >= ROWS.min(height)
    })
}

/// The holes that are not filled: those that are too deep somewhere. `hidden`: other marks, which are filled though nothing is seen of
/// what is below them.
pub fn wide_holes(holes: &Bitmap, hidden: &Bitmap) -> Bitmap {
    let all = holes.clone().union(hidden);
    let deep = too_deep(&all);
    if deep.is_empty() {
        return deep;
    }
    let broad = all.shrunk(NARROW).grown(NARROW).intersection(&all);
    let wide = touching(&broad, &deep).without(hidden);
    touching(&wide.grown(NARROW).intersection(holes), &wide)
}

/// The groups of some px that have one of `others`.
fn touching(px: &Bitmap, others: &Bitmap) -> Bitmap {
    let groups = Groups::of(px);
    let mut touches = vec![false; groups.count];
    for (run, group) in groups.iter() {
        touches[group] |= others.runs(run.y(), run.columns()).next().is_some();
    }
    let mut touching = Bitmap::new(px.size());
    for (run, _) in groups.iter().filter(|(_, group)| touches[*group]) {
        touching.add(run.y(), run.columns());
    }
    touching
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size::new(700, 500);

    fn is_too_wide(is_marked: impl Fn(usize, usize) -> bool + Sync) -> bool {
        !too_deep(&Bitmap::of(SIZE, |y, x| is_marked(x, y))).is_empty()
    }

    #[test]
    fn holes_inside_have_others_on_both_sides_and_those_at_the_border_on_one() {
        let spot = |radius: usize| move |x: usize, y: usize| x.abs_diff(350) <= radius && y.abs_diff(250) <= radius;
        assert_eq!([63, 64].map(|radius| is_too_wide(spot(radius))), [false, true]);
        let disc = |radius: f32| move |x: usize, y: usize| (x as f32 - 350.0).hypot(y as f32 - 250.0) <= radius;
        assert_eq!([62.0, 70.0].map(|radius| is_too_wide(disc(radius))), [false, true]);
        for (right, bottom) in [(false, false), (true, false), (false, true), (true, true)] {
            let from_corner = |x: usize, y: usize| {
                [if right { SIZE.width - 1 - x } else { x }, if bottom { SIZE.height - 1 - y } else { y }]
            };
            let corner = |side: usize| move |x: usize, y: usize| from_corner(x, y).iter().all(|at| *at < side);
            assert_eq!([100, 101].map(|side| is_too_wide(corner(side))), [false, true], "{right} {bottom}");
        }
        // Strips along a border.
        assert_eq!([100, 101].map(|side| is_too_wide(|x, _| x < side)), [false, true]);
        assert_eq!([100, 101].map(|side| is_too_wide(|_, y| y >= SIZE.height - side)), [false, true]);
        // From border to border.
        assert!(!is_too_wide(|x, _| x.abs_diff(350) <= 63) && is_too_wide(|x, _| x.abs_diff(350) <= 64));
        assert!(!is_too_wide(|_, y| y.abs_diff(250) <= 63) && is_too_wide(|_, y| y.abs_diff(250) <= 64));
        let low = Bitmap::of(Size::new(400, 20), |_, x| (100..300).contains(&x));
        assert!(!too_deep(&low).is_empty());
        for size in [SIZE, Size::new(90, 400), Size::new(1, 1)] {
            assert_eq!(too_deep(&Bitmap::of(size, |_, _| true)).count(), size.area());
        }
        assert!(!is_too_wide(|_, y| y == 30) && !is_too_wide(|_, _| false));
        // The guard finds the shallowest ones.
        let octagon = |x: usize, y: usize, radius: usize| {
            let (dx, dy) = (x.abs_diff(350), y.abs_diff(250));
            dx.max(dy) <= radius && dx + dy <= radius + radius * 41 / 99
        };
        assert_eq!([63, 64].map(|radius| is_too_wide(|x, y| octagon(x, y, radius))), [false, true]);
    }

    #[test]
    fn wide_holes_stay() {
        let square = |x: usize, y: usize, radius: usize| {
            Bitmap::of(SIZE, move |row, column| column.abs_diff(x) <= radius && row.abs_diff(y) <= radius)
        };
        let none = Bitmap::new(SIZE);
        let (wide, narrow) = (square(200, 200, 70), square(500, 200, 60));
        assert_eq!(wide_holes(&wide.clone().union(&narrow), &none), wide, "all of it");
        assert!(wide_holes(&narrow, &none).is_empty());
        // What is narrow is filled, a little beside them.
        let others = Bitmap::of(SIZE, |y, x| y.abs_diff(200) <= 7 || (x, y) == (200, 280));
        assert_eq!(wide_holes(&wide.clone().union(&others), &none), {
            let near = Bitmap::of(SIZE, |y, x| y.abs_diff(200) <= 7 && x.abs_diff(200) <= 70 + NARROW);
            near.union(&wide)
        });
        // What is hidden is filled, but shows nothing either.
        let line = Bitmap::of(SIZE, |y, x| x.abs_diff(200) <= 5 && y < 400);
        let beside = wide.without(&line);
        assert_eq!(wide_holes(&beside, &line), beside);
        assert!(wide_holes(&none, &line.union(&beside)).is_empty());
    }
}
