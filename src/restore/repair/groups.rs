//! Groups of pixels that touch each other, by side or corner.

use std::ops::Range;

use crate::{pixels::Size, restore::Bitmap};

/// Consecutive pixels of a row. Small, since a noisy photo can have millions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    y: u32,
    start: u32,
    end: u32,
}

impl Run {
    /// # Panics
    /// If the picture has more than 2³² px, and more runs than that.
    fn new(y: usize, columns: Range<usize>) -> Self {
        Self { y: index(y), start: index(columns.start), end: index(columns.end) }
    }

    /// The row.
    pub fn y(self) -> usize {
        self.y as usize
    }

    /// The columns.
    pub fn columns(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The pixels of a bitmap in groups.
#[derive(Debug)]
pub struct Groups {
    /// All pixels, from the top.
    runs: Vec<Run>,
    /// The group of each run.
    group_of: Vec<u32>,
    /// Number of groups.
    pub count: usize,
}

impl Groups {
    /// Finds the groups of a bitmap.
    pub fn of(bitmap: &Bitmap) -> Self {
        let size = bitmap.size();
        let (mut runs, mut parents): (Vec<Run>, Vec<u32>) = (Vec::new(), Vec::new());
        let mut above = 0..0;
        for y in 0..size.height {
            let first = runs.len();
            let mut candidate = above.start;
            for columns in bitmap.runs(y, 0..size.width) {
                let (number, run) = (runs.len(), Run::new(y, columns));
                runs.push(run);
                parents.push(index(number));
                // The runs of the row above that end before this one are done.
                while candidate < above.end && runs[candidate].end < run.start {
                    candidate += 1;
                }
                let touching = (candidate..above.end).take_while(|other| runs[*other].start <= run.end);
                for other in touching {
                    join(&mut parents, number, other);
                }
            }
            above = first..runs.len();
        }
        // From here on a run's parent is its group: a root is the first run of its group.
        let (mut group_of, mut count) = (parents, 0);
        for number in 0..runs.len() {
            let parent = group_of[number] as usize;
            group_of[number] = if parent == number { count } else { group_of[parent] };
            count += u32::from(parent == number);
        }
        Self { runs, group_of, count: count as usize }
    }

    /// The group of a pixel, if it is in one.
    pub fn at(&self, x: usize, y: usize) -> Option<usize> {
        let after = self.runs.partition_point(|run| (run.y(), run.columns().start) <= (y, x));
        let before = after.checked_sub(1)?;
        let run = self.runs[before];
        (run.y() == y && run.columns().contains(&x)).then(|| self.group_of[before] as usize)
    }

    /// The runs, each with its group.
    pub fn iter(&self) -> impl Iterator<Item = (Run, usize)> + '_ {
        self.runs.iter().copied().zip(self.group_of.iter().map(|group| *group as usize))
    }
}

/// Adds what a group encloses, if it is no larger than the group: the inside of a stain of which the edge was found, but not
/// what a hair happens to lie around.
pub fn add_enclosed(bitmap: &mut Bitmap) {
    /// Pixels that are not in the bitmap and touch each other.
    #[derive(Clone, Copy, Default)]
    struct Others {
        px: usize,
        /// The group around them, once known.
        around: Option<usize>,
        reach_border: bool,
    }
    let Size { width, height } = bitmap.size();
    let (groups, others) = (Groups::of(bitmap), Groups::of(&bitmap.inverted()));
    let mut px = vec![0; groups.count];
    groups.iter().for_each(|(run, group)| px[group] += run.columns().len());
    let mut found = vec![Others::default(); others.count];
    for (run, number) in others.iter() {
        let (y, columns, of) = (run.y(), run.columns(), &mut found[number]);
        of.px += columns.len();
        of.reach_border |= y == 0 || y + 1 == height || columns.start == 0 || columns.end == width;
        if of.around.is_none() && !of.reach_border {
            of.around = groups.at(columns.start - 1, y);
        }
    }
    let is_enclosed = |of: Others| !of.reach_border && of.around.is_some_and(|group| of.px <= px[group]);
    for (run, _) in others.iter().filter(|(_, number)| is_enclosed(found[*number])) {
        bitmap.add(run.y(), run.columns());
    }
}

fn index(value: usize) -> u32 {
    u32::try_from(value).unwrap_or_else(|_| unreachable!("a picture has less than 2³² px"))
}

fn root(parents: &mut [u32], run: usize) -> usize {
    let mut run = run;
    while parents[run] as usize != run {
        parents[run] = parents[parents[run] as usize];
        run = parents[run] as usize;
    }
    run
}

fn join(parents: &mut [u32], one: usize, other: usize) {
    let (one, other) = (root(parents, one), root(parents, other));
    parents[one.max(other)] = index(one.min(other));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(rows: &[&str]) -> Bitmap {
        Bitmap::of(Size::new(rows[0].len(), rows.len()), |y, x| rows[y].as_bytes()[x] == b'#')
    }

    #[test]
    fn pixels_that_touch_by_side_or_corner_are_one_group() {
        let groups = Groups::of(&drawn(&[
            "#.#....##", //
            "#.#...#..",
            ".#...#..#",
            "......#..",
            "#.....#.#",
        ]));
        assert_eq!(groups.count, 5);
        let of = |y: usize, x: usize| groups.at(x, y).unwrap();
        assert_eq!((groups.at(1, 0), groups.at(0, 3), groups.at(8, 1)), (None, None, None));
        assert_eq!(of(0, 0), of(0, 2));
        assert_eq!(of(0, 8), of(4, 6));
        assert!(of(2, 8) != of(0, 8) && of(4, 8) != of(4, 6) && of(4, 0) != of(2, 1));
        assert_eq!(Groups::of(&drawn(&["...", "..."])).count, 0);
    }

    #[test]
    fn what_is_enclosed_by_a_group_of_its_size_is_added() {
        // Squares of 20 px with an edge of some px, the last one at the border.
        let ring = |(left, top): (usize, usize), edge: usize| {
            move |x: usize, y: usize| {
                let inside = |from: usize, at: usize, edge: usize| (from + edge..from + 20 - edge).contains(&at);
                inside(left, x, 0) && inside(top, y, 0) && !(inside(left, x, edge) && inside(top, y, edge))
            }
        };
        let [thick, thin, open] = [ring((5, 5), 3), ring((35, 5), 2), ring((80, 5), 3)];
        let is_drawn = |x: usize, y: usize| thick(x, y) || thin(x, y) || open(x, y) || (x, y) == (15, 15);
        let size = Size::new(96, 30);
        let mut bitmap = Bitmap::of(size, |y, x| is_drawn(x, y));
        add_enclosed(&mut bitmap);
        // 204 px around 195, 144 around 256.
        let is_filled = |x: usize, y: usize| is_drawn(x, y) || (5..25).contains(&x) && (5..25).contains(&y);
        assert_eq!(bitmap, Bitmap::of(size, |y, x| is_filled(x, y)));
    }
}
