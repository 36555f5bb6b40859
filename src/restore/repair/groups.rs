//! Groups of pixels that touch each other, by side or corner.

use std::ops::Range;

use crate::restore::Bitmap;

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
    use crate::pixels::Size;

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
}
