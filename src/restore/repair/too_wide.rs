//! Marked areas that are too wide to be filled.

use std::ops::Range;

use crate::{pixels::Size, restore::Bitmap};

/// Greatest distance of a hidden px from the nearest other one, along the axes, in px: more can't be filled.
pub const REACH: usize = 64;
/// The same where an area reaches the border of the picture.
pub const REACH_AT_BORDER: usize = 100;
/// The same of damage, of which something may show through.
pub const REACH_IN_DAMAGE: usize = 100;
/// Half the width of what is too narrow to be left in the middle of filled damage, in px.
const NARROW: usize = 12;

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

/// The px that are more than [`REACH_IN_DAMAGE`] px from every unmarked one in their row and column, without narrow parts.
pub fn far(marks: &Bitmap) -> Bitmap {
    let far = far_along_axes(marks);
    if far.is_empty() { far } else { far.shrunk(NARROW).grown(NARROW) }
}

fn far_along_axes(marks: &Bitmap) -> Bitmap {
    const REACH: usize = REACH_IN_DAMAGE;
    let Size { width, height } = marks.size();
    let in_row = |y: usize| {
        marks.runs(y, 0..width).map(move |run| {
            let start = if run.start == 0 { 0 } else { run.start + REACH };
            start..if run.end == width { width } else { run.end.saturating_sub(REACH) }
        })
    };
    let mut far = Bitmap::new(marks.size());
    if (0..height).flat_map(in_row).all(|columns| columns.is_empty()) {
        return far;
    }
    // In how many successive rows each column is marked; beyond the border all are.
    let mut rows = vec![REACH; width];
    for y in 0..height + REACH {
        let mut done = 0;
        let marked = (y < height).then(|| marks.runs(y, 0..width)).into_iter().flatten();
        let all = (y >= height).then_some(0..width);
        for run in marked.chain(all) {
            rows[done..run.start].fill(0);
            rows[run.clone()].iter_mut().for_each(|rows| *rows += 1);
            done = run.end;
        }
        rows[done..].fill(0);
        let Some(y) = y.checked_sub(REACH) else { continue };
        for x in in_row(y).flatten().filter(|x| rows[*x] > 2 * REACH) {
            far.set(x, y, true);
        }
    }
    far
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
    fn far_pixels_are_those_with_marks_all_around() {
        let small = Size::new(450, 330);
        let is_marked = |x: usize, y: usize| {
            let is_hole = (x == 205 || x == 290) && y == 160 || x == 240 && (y == 57 || y == 270);
            !is_hole && x > 40 && (y < 230 || x < 260 && y < 300)
        };
        let marks = Bitmap::of(small, |y, x| is_marked(x, y));
        let is_far = |x: usize, y: usize| {
            let reach = REACH_IN_DAMAGE;
            let row = (x.saturating_sub(reach)..=(x + reach).min(small.width - 1)).map(|x| (x, y));
            let column = (y.saturating_sub(reach)..=(y + reach).min(small.height - 1)).map(|y| (x, y));
            row.chain(column).all(|(x, y)| is_marked(x, y))
        };
        let expected = Bitmap::of(small, |y, x| is_far(x, y));
        assert!(far_along_axes(&marks) == expected && expected.count() > 1000, "{}", expected.count());
        let spot = |radius: usize| Bitmap::of(SIZE, move |y, x| x.abs_diff(350) <= radius && y.abs_diff(250) <= radius);
        assert_eq!([99, 100, 101].map(|radius| far_along_axes(&spot(radius)).count()), [0, 1, 9]);
        assert_eq!([111, 112].map(|radius| far(&spot(radius)).count()), [0, 625]);
        assert_eq!(far(&Bitmap::of(SIZE, |_, _| true)).count(), SIZE.area());
    }
}
