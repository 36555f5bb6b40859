//! Groups of pixels that touch each other, by side or corner.

use super::Bitmap;

/// Consecutive pixels of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The row.
    pub y: usize,
    /// The first column.
    pub start: usize,
    /// The column behind the last.
    pub end: usize,
}

/// The pixels of a bitmap in groups.
#[derive(Debug)]
pub struct Groups {
    /// All pixels, from the top.
    pub runs: Vec<Run>,
    /// The group of each run.
    pub group_of: Vec<usize>,
    /// Number of groups.
    pub count: usize,
}

impl Groups {
    /// Finds the groups of a bitmap.
    pub fn of(bitmap: &Bitmap) -> Self {
        let size = bitmap.size();
        let (mut runs, mut parents): (Vec<Run>, Vec<usize>) = (Vec::new(), Vec::new());
        let mut above = 0..0;
        for y in 0..size.height {
            let first = runs.len();
            let mut candidate = above.start;
            for columns in bitmap.runs(y, 0..size.width) {
                let (number, run) = (runs.len(), Run { y, start: columns.start, end: columns.end });
                runs.push(run);
                parents.push(number);
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
        let (mut group_of, mut count) = (vec![0; runs.len()], 0);
        for number in 0..runs.len() {
            let root = root(&mut parents, number);
            // A root is the first run of its group.
            if root == number {
                group_of[number] = count;
                count += 1;
            } else {
                group_of[number] = group_of[root];
            }
        }
        Self { runs, group_of, count }
    }

    /// The group of a pixel, if it is in one.
    pub fn at(&self, x: usize, y: usize) -> Option<usize> {
        let after = self.runs.partition_point(|run| (run.y, run.start) <= (y, x));
        let before = after.checked_sub(1)?;
        let run = self.runs[before];
        (run.y == y && x < run.end).then(|| self.group_of[before])
    }

    /// The runs, each with its group.
    pub fn iter(&self) -> impl Iterator<Item = (Run, usize)> + '_ {
        self.runs.iter().copied().zip(self.group_of.iter().copied())
    }
}

fn root(parents: &mut [usize], mut run: usize) -> usize {
    while parents[run] != run {
        parents[run] = parents[parents[run]];
        run = parents[run];
    }
    run
}

fn join(parents: &mut [usize], one: usize, other: usize) {
    let (one, other) = (root(parents, one), root(parents, other));
    parents[one.max(other)] = one.min(other);
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
