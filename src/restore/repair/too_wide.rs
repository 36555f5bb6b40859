//! Marked areas that are too wide to be filled.

use std::ops::Range;

use super::groups::Groups;
use crate::{
    pixels::{Rect, Size},
    restore::Bitmap,
};

/// Greatest distance of a marked px from the nearest unmarked one, along the axes, in px: more can't be filled.
pub const REACH: usize = 64;
/// The same where an area reaches the border of the picture.
pub const REACH_AT_BORDER: usize = 100;
/// How far around the middle of an area that is too wide nothing is marked, in px.
const LEFT_OUT: usize = 112;

/// The middle of each area that is too wide: marked px that are too far from unmarked ones, as columns of a row.
pub fn middles(marks: &Bitmap) -> impl Iterator<Item = (usize, Range<usize>)> + '_ {
    const BEYOND_BORDER: usize = 2 * REACH - REACH_AT_BORDER;
    let Size { width, height } = marks.size();
    // For each column, in how many successive rows it is far from the ends of its run.
    let mut rows = vec![BEYOND_BORDER; width];
    (0..height).flat_map(move |y| {
        let is_last = y + 1 == height;
        let (mut done, mut found) = (0, Vec::new());
        for inner in marks.runs(y, 0..width).map(|run| inner(&run, width)).filter(|inner| !inner.is_empty()) {
            rows[done..inner.start].fill(0);
            done = inner.end;
            rows[inner.clone()].iter_mut().for_each(|rows| *rows += 1);
            // From the upper to the lower border there is nothing to fill it from.
            let is_too_far = |rows: usize| {
                rows + if is_last { BEYOND_BORDER } else { 0 } > 2 * REACH || is_last && rows == BEYOND_BORDER + height
            };
            let mut at = inner.start;
            while let Some(start) = (at..inner.end).find(|x| is_too_far(rows[*x])) {
                at = (start..inner.end).find(|x| !is_too_far(rows[*x])).unwrap_or(inner.end);
                found.push((y.saturating_sub(REACH), start..at));
            }
        }
        rows[done..].fill(0);
        found
    })
}

/// Removes the areas that are too wide, without what is connected with them but far enough away. Returns their number.
pub fn remove(marks: &mut Bitmap) -> usize {
    let size = marks.size();
    let mut left_out = Bitmap::new(size);
    for (y, columns) in middles(marks) {
        let around = Rect::new(columns.start, y, columns.len(), 1).grown(LEFT_OUT, size);
        (around.y..around.bottom()).for_each(|y| left_out.add(y, around.x..around.right()));
    }
    if left_out.is_empty() {
        return 0;
    }
    let count = Groups::of(&left_out).count;
    for y in 0..size.height {
        left_out.runs(y, 0..size.width).for_each(|columns| marks.remove(y, columns));
    }
    count
}

/// The columns of a run that are too far from its ends; where it reaches the border, only one of them counts.
fn inner(run: &Range<usize>, width: usize) -> Range<usize> {
    match (run.start == 0, run.end == width) {
        (true, true) => 0..width,
        (true, false) => 0..run.end.saturating_sub(REACH_AT_BORDER),
        (false, true) => run.start + REACH_AT_BORDER..width,
        (false, false) => run.start + REACH..run.end.saturating_sub(REACH),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size::new(700, 500);

    fn is_too_wide(is_marked: impl Fn(usize, usize) -> bool + Sync) -> bool {
        middles(&Bitmap::of(SIZE, |y, x| is_marked(x, y))).next().is_some()
    }

    #[test]
    fn areas_inside_have_unmarked_pixels_on_both_sides_and_those_at_the_border_on_one() {
        let spot = |radius: usize| move |x: usize, y: usize| x.abs_diff(350) <= radius && y.abs_diff(250) <= radius;
        assert_eq!([63, 64].map(|radius| is_too_wide(spot(radius))), [false, true]);
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
        let low = Bitmap::of(Size::new(400, 20), |_, x| (100..300).contains(&x));
        assert!(middles(&low).next().is_some());
        assert!(is_too_wide(|_, _| true));
    }

    #[test]
    fn what_is_connected_with_it_stays() {
        let is_crease = |x: usize, y: usize| y.abs_diff(250) < 3 && x > 20;
        let is_stain = |x: usize, y: usize| x.abs_diff(350) <= 80 && y.abs_diff(250) <= 80;
        let mut marks = Bitmap::of(SIZE, |y, x| is_crease(x, y) || is_stain(x, y));
        assert_eq!(remove(&mut marks), 1);
        assert!([30, 200, 500, 690].iter().all(|x| marks.contains(*x, 250)));
        assert!(marks.runs(180, 0..SIZE.width).chain(marks.runs(330, 0..SIZE.width)).next().is_none());
        assert!(middles(&marks).next().is_none());
        let before = marks.clone();
        assert_eq!((remove(&mut marks), marks), (0, before));
    }
}
