//! Marked areas that are too wide to be filled: hidden ones are refused, the middle of damage is left.

use std::ops::Range;

use crate::{pixels::Size, restore::Bitmap};

/// Greatest distance of what is filled from what is not marked, of a hidden px from one that is not hidden, in px.
pub const REACH: usize = 64;
/// The same where a hidden area reaches the border of the picture.
pub const REACH_AT_BORDER: usize = 100;
/// What is at most twice as wide is not left within filled damage, in px.
const NARROW: usize = 12;

/// The middle of each hidden area that is too wide: px that are too far from others, as columns of a row.
pub fn middles(hidden: &Bitmap) -> impl Iterator<Item = (usize, Range<usize>)> + '_ {
    const BEYOND_BORDER: usize = 2 * REACH - REACH_AT_BORDER;
    let Size { width, height } = hidden.size();
    // For each column, in how many successive rows it is far from the ends of its run.
    let mut rows = vec![BEYOND_BORDER; width];
    (0..height).flat_map(move |y| {
        let is_last = y + 1 == height;
        let (mut done, mut found) = (0, Vec::new());
        for inner in hidden.runs(y, 0..width).map(|run| inner(&run, width)).filter(|inner| !inner.is_empty()) {
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

/// The px of damage that are more than [`REACH`] px from all that is unmarked (the larger of the horizontal and vertical
/// distance), without narrow parts.
pub fn middle(damage: &Bitmap) -> Bitmap {
    let Size { width, height } = damage.size();
    const DEPTH: usize = REACH + NARROW;
    // Beyond the border all counts as damage.
    let is_wide = |run: Range<usize>| {
        let end = if run.end == width { width } else { run.end.saturating_sub(DEPTH) };
        end > if run.start == 0 { 0 } else { run.start + DEPTH }
    };
    match (0..height).any(|y| damage.runs(y, 0..width).any(is_wide)) {
        true => damage.shrunk(DEPTH).grown(NARROW),
        false => Bitmap::new(damage.size()),
    }
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
    use crate::pixels::Rect;

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
    fn the_middle_is_far_from_all_that_is_unmarked() {
        // A corner of damage, with a hole, and a corner of what is intact.
        let size = Size::new(460, 420);
        let is_marked = |x: usize, y: usize| (x, y) != (70, 80) && x < 400 && y < 400 && (x < 300 || y < 250);
        let damage = Bitmap::of(size, |y, x| is_marked(x, y));
        let middle = middle(&damage);
        let is_far = |x: usize, y: usize| {
            let around = Rect::new(x, y, 1, 1).grown(REACH, size);
            (around.y..around.bottom())
                .all(|y| damage.runs(y, 0..size.width).any(|run| run.start <= around.x && around.right() <= run.end))
        };
        let far = Bitmap::of(size, |y, x| is_far(x, y));
        assert!(middle.clone().without(&far).is_empty(), "only what is far");
        let narrow = far.clone().without(&middle);
        assert!(!middle.is_empty() && narrow.shrunk(NARROW).is_empty(), "all of it but what is narrow");
        let spot = |radius: usize| Bitmap::of(SIZE, move |y, x| x.abs_diff(350) <= radius && y.abs_diff(250) <= radius);
        assert_eq!([75, 76].map(|radius| super::middle(&spot(radius)).count()), [0, 625]);
        for all in [SIZE, Size::new(90, 400), Size::new(400, 90)] {
            assert_eq!(super::middle(&Bitmap::of(all, |_, _| true)).count(), all.area());
        }
        assert!(super::middle(&Bitmap::of(SIZE, |y, _| y == 30)).is_empty());
    }
}
