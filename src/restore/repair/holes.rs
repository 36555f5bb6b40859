//! Holes: marked areas that show nothing of the picture. Those that are too wide are not filled.

use std::{collections::HashSet, ops::Range};

use super::groups::Groups;
use crate::{pixels::Size, restore::Bitmap};

/// Greatest distance of what is filled from what is left of the picture, in px.
pub const REACH: usize = 64;
/// The same where a hole reaches the border of the picture.
pub const REACH_AT_BORDER: usize = 100;

/// How wide the edge of a hole is, which is not plain but stays with it, in px.
const EDGE: usize = 18;

/// The px of holes that are too far from all others.
pub fn too_far(holes: &Bitmap) -> Bitmap {
    /// How far beyond the border the picture ends, so to say, in px.
    const BEYOND: usize = 2 * REACH - REACH_AT_BORDER;
    let Size { width, height } = holes.size();
    if !has_long_runs(holes) {
        return Bitmap::new(holes.size());
    }
    // From border to border there is nothing to fill them from.
    let is_row: Vec<_> = (0..height).map(|y| (0..width).all(|x| holes.contains(x, y))).collect();
    let is_column: Vec<_> = (0..width).map(|x| (0..height).all(|y| holes.contains(x, y))).collect();
    let padding = BEYOND + 1;
    let padded = Size::new(width + 2 * padding, height + 2 * padding);
    let within = Bitmap::of(padded, |y, x| {
        let is_end = |at: usize, side: usize| at == 0 || at + 1 == side;
        let inside = |at: usize, side: usize| at.saturating_sub(padding).min(side - 1);
        let (column, row) = (inside(x, width), inside(y, height));
        let is_open = is_end(x, padded.width) && !is_row[row] || is_end(y, padded.height) && !is_column[column];
        !is_open && holes.contains(column, row)
    })
    .shrunk_evenly(REACH);
    Bitmap::of(holes.size(), |y, x| within.contains(x + padding, y + padding))
}

/// Whether any run of a row is long enough for [`too_far`].
fn has_long_runs(holes: &Bitmap) -> bool {
    let Size { width, height } = holes.size();
    let is_long = |run: Range<usize>| match (run.start == 0, run.end == width) {
        (true, true) => true,
        (false, false) => run.len() > 2 * REACH,
        _ => run.len() > REACH_AT_BORDER,
    };
    (0..height).any(|y| holes.runs(y, 0..width).any(is_long))
}

/// Damage that is not filled: holes that are too wide, with their edges. `plain`: where the photo is of one colour, so that nothing
/// shows through; `hidden`: other marks, which are filled though nothing is seen of what is below them.
pub fn holes_in(damage: &Bitmap, plain: &Bitmap, hidden: &Bitmap) -> Bitmap {
    let mut stays = Bitmap::new(damage.size());
    let holes = damage.clone().intersection(plain).union(hidden);
    let far = too_far(&holes);
    if far.is_empty() {
        return stays;
    }
    let groups = Groups::of(&holes);
    let far = Groups::of(&far);
    let too_wide: HashSet<_> = far.iter().filter_map(|(run, _)| groups.at(run.columns().start, run.y())).collect();
    for (run, _) in groups.iter().filter(|(_, group)| too_wide.contains(group)) {
        stays.add(run.y(), run.columns());
    }
    stays.grown(EDGE).intersection(damage)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size::new(700, 500);

    fn is_too_wide(is_marked: impl Fn(usize, usize) -> bool + Sync) -> bool {
        !too_far(&Bitmap::of(SIZE, |y, x| is_marked(x, y))).is_empty()
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
        assert!(!too_far(&low).is_empty());
        for size in [SIZE, Size::new(90, 400), Size::new(1, 1)] {
            assert_eq!(too_far(&Bitmap::of(size, |_, _| true)).count(), size.area());
        }
        assert!(!is_too_wide(|_, y| y == 30) && !is_too_wide(|_, _| false));
    }

    #[test]
    fn wide_damage_stays_where_nothing_shows_through() {
        let square = |x: usize, y: usize, radius: usize| {
            Bitmap::of(SIZE, move |row, column| column.abs_diff(x) <= radius && row.abs_diff(y) <= radius)
        };
        let (all, none) = (Bitmap::of(SIZE, |_, _| true), Bitmap::new(SIZE));
        let (wide, narrow) = (square(200, 200, 70), square(500, 200, 60));
        let damage = wide.clone().union(&narrow);
        assert_eq!(holes_in(&damage, &all, &none), wide, "all of it");
        let scratch = Bitmap::of(SIZE, |y, x| y == 200 || x.abs_diff(200) <= 80 && y.abs_diff(200) <= 80);
        let edge = Bitmap::of(SIZE, |y, x| x.abs_diff(200) <= if y == 200 { 88 } else { 80 } && y.abs_diff(200) <= 80);
        assert_eq!(holes_in(&scratch, &wide, &none), edge, "with its edge");
        assert!(holes_in(&damage, &none, &none).is_empty());
        assert!(holes_in(&damage, &square(200, 200, 60), &none).is_empty(), "only a part is plain");
        // What is hidden is filled, but shows nothing either.
        let line = Bitmap::of(SIZE, |y, x| x.abs_diff(200) <= 5 && y < 400);
        let beside = wide.without(&line);
        assert_eq!(holes_in(&beside, &all, &line), beside);
        assert!(holes_in(&none, &all, &line.union(&beside)).is_empty());
    }
}
