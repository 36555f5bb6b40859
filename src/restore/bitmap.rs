//! One bit for each pixel of a picture.

use std::ops::Range;

use crate::pixels::{Rect, Size, each_row};

/// Bits of a word.
const BITS: usize = u64::BITS as usize;

/// A set of pixels of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bitmap {
    size: Size,
    /// Row by row, each of whole words; bits behind the last column are 0.
    words: Vec<u64>,
}

impl Bitmap {
    /// No pixel of a picture of this size.
    pub fn new(size: Size) -> Self {
        Self { size, words: vec![0; size.width.div_ceil(BITS) * size.height] }
    }

    /// The pixels for which `is_in` is true, given the row and the column.
    pub fn of(size: Size, is_in: impl Fn(usize, usize) -> bool + Sync) -> Self {
        let mut bitmap = Self::new(size);
        let across = bitmap.words_across();
        each_row(&mut bitmap.words, across, |y, words| {
            for (at, word) in words.iter_mut().enumerate() {
                let columns = at * BITS..((at + 1) * BITS).min(size.width);
                *word = columns.filter(|x| is_in(y, *x)).fold(0, |word, x| word | 1 << (x % BITS));
            }
        });
        bitmap
    }

    /// Size of the picture, in px.
    pub fn size(&self) -> Size {
        self.size
    }

    fn words_across(&self) -> usize {
        self.size.width.div_ceil(BITS)
    }

    /// The bits of the last word of a row.
    fn tail(&self) -> u64 {
        u64::MAX >> (self.words_across() * BITS - self.size.width)
    }

    fn row(&self, y: usize) -> &[u64] {
        let across = self.words_across();
        &self.words[y * across..(y + 1) * across]
    }

    /// Whether it has this pixel, which must lie in the picture.
    pub fn contains(&self, x: usize, y: usize) -> bool {
        self.row(y)[x / BITS] >> (x % BITS) & 1 != 0
    }

    /// Adds or removes a pixel.
    pub fn set(&mut self, x: usize, y: usize, is_in: bool) {
        let word = y * self.words_across() + x / BITS;
        let bit = 1 << (x % BITS);
        if is_in {
            self.words[word] |= bit;
        } else {
            self.words[word] &= !bit;
        }
    }

    /// Adds columns of a row.
    pub fn add(&mut self, y: usize, columns: Range<usize>) {
        let start = y * self.words_across();
        for (word, mask) in masks(columns) {
            self.words[start + word] |= mask;
        }
    }

    /// Removes columns of a row.
    pub fn remove(&mut self, y: usize, columns: Range<usize>) {
        let start = y * self.words_across();
        for (word, mask) in masks(columns) {
            self.words[start + word] &= !mask;
        }
    }

    /// Number of pixels.
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether it has no pixel.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Whether it has a pixel of `rect`, which must lie in the picture.
    pub fn intersects(&self, rect: Rect) -> bool {
        (rect.y..rect.bottom()).any(|y| {
            let row = self.row(y);
            masks(rect.x..rect.right()).any(|(word, mask)| row[word] & mask != 0)
        })
    }

    /// The columns of a row, within `within`, as ascending ranges.
    pub fn runs(&self, y: usize, within: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
        let row = self.row(y);
        let mut at = within.start;
        std::iter::from_fn(move || {
            let start = next(row, at, within.end, 0);
            at = next(row, start, within.end, u64::MAX);
            (start < within.end).then_some(start..at)
        })
    }

    /// Grown by 1 px in all eight directions.
    pub fn dilated(&self) -> Self {
        self.dilated_by(true)
    }

    /// Grown by 1 px, diagonally too or only sideways, up and down.
    fn dilated_by(&self, diagonally: bool) -> Self {
        let (across, last) = (self.words_across(), self.size.height.saturating_sub(1));
        let mut dilated = Self::new(self.size);
        let tail = self.tail();
        each_row(&mut dilated.words, across, |y, words| {
            let rows = [self.row(y.saturating_sub(1)), self.row(y), self.row((y + 1).min(last))];
            let column = |at: usize| rows.iter().fold(0, |all, row| all | row[at]);
            let beside = |at: usize| if diagonally { column(at) } else { rows[1][at] };
            let mut before = 0;
            for (at, word) in words.iter_mut().enumerate() {
                let here = beside(at);
                let after = if at + 1 < across { beside(at + 1) } else { 0 };
                *word = column(at) | here << 1 | here >> 1 | before >> (BITS - 1) | after << (BITS - 1);
                before = here;
            }
            if let Some(word) = words.last_mut() {
                *word &= tail;
            }
        });
        dilated
    }

    /// Grown by so many px in all eight directions.
    pub fn grown(&self, px: usize) -> Self {
        (0..px).fold(self.clone(), |grown, _| grown.dilated())
    }

    /// Shrunk by so many px in all eight directions; at the border of the picture it is not.
    pub fn shrunk(&self, px: usize) -> Self {
        self.inverted().grown(px).inverted()
    }

    /// Shrunk by about as many px in every direction: by an octagon. At the border of the picture it is not.
    pub fn shrunk_evenly(&self, px: usize) -> Self {
        // √2 − 1 of the steps go in all eight directions.
        let diagonal = |step: usize| step * 41 / 99;
        let others = (0..px).fold(self.inverted(), |grown, step| grown.dilated_by(diagonal(step + 1) > diagonal(step)));
        others.inverted()
    }

    /// The other pixels.
    fn inverted(&self) -> Self {
        let mut inverted = self.clone();
        let (across, tail) = (self.words_across(), self.tail());
        each_row(&mut inverted.words, across, |_, words| {
            words.iter_mut().for_each(|word| *word = !*word);
            if let Some(word) = words.last_mut() {
                *word &= tail;
            }
        });
        inverted
    }

    /// The pixels that one of them has; of pictures of the same size.
    pub fn union(mut self, other: &Self) -> Self {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
        self
    }

    /// The pixels that both have; of pictures of the same size.
    pub fn intersection(mut self, other: &Self) -> Self {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= other);
        self
    }

    /// The pixels that the other one does not have; of pictures of the same size.
    pub fn without(mut self, other: &Self) -> Self {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= !other);
        self
    }

    /// 1 for its pixels and 0 for others, of the part `rect`, row by row. Beyond the picture its last row and column are
    /// repeated.
    pub fn values(&self, rect: Rect, values: &mut Vec<f32>) {
        let Size { width, height } = self.size;
        for y in rect.y..rect.bottom() {
            let y = y.min(height - 1);
            values.extend((rect.x..rect.right()).map(|x| f32::from(u8::from(self.contains(x.min(width - 1), y)))));
        }
    }
}

/// The words of a row that hold these columns, each with their bits.
fn masks(columns: Range<usize>) -> impl Iterator<Item = (usize, u64)> {
    let words = if columns.is_empty() { 0..0 } else { columns.start / BITS..(columns.end - 1) / BITS + 1 };
    words.map(move |word| {
        let from = columns.start.saturating_sub(word * BITS);
        let to = (columns.end - word * BITS).min(BITS);
        (word, (u64::MAX << from) & (u64::MAX >> (BITS - to)))
    })
}

/// The first column from `at` on whose bit differs from those of `others` (all 0 or all 1), at most `end`.
fn next(row: &[u64], at: usize, end: usize, others: u64) -> usize {
    let mut at = at;
    while at < end {
        let rest = (row[at / BITS] ^ others) >> (at % BITS);
        if rest != 0 {
            return (at + rest.trailing_zeros() as usize).min(end);
        }
        at = (at / BITS + 1) * BITS;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size::new(201, 7);

    fn some() -> Bitmap {
        Bitmap::of(SIZE, |y, x| (x * 7 + y * 13) % 11 < 3 || (60..140).contains(&x) && y == 2 || x == 200)
    }

    #[test]
    fn runs_cover_its_pixels() {
        let bitmap = some();
        let mut again = Bitmap::new(SIZE);
        for y in 0..SIZE.height {
            bitmap.runs(y, 0..SIZE.width).for_each(|run| again.add(y, run));
        }
        assert_eq!(again, bitmap);
        again.remove(2, 63..130);
        let others = Bitmap::of(SIZE, |y, x| bitmap.contains(x, y) && !(y == 2 && (63..130).contains(&x)));
        assert_eq!(again, others);
        assert_eq!(bitmap.count(), (0..SIZE.area()).filter(|at| bitmap.contains(at % 201, at / 201)).count());
        assert!(bitmap.runs(2, 63..130).eq(std::iter::once(63..130)));
        assert_eq!(bitmap.runs(2, 64..64).count(), 0);
    }

    #[test]
    fn it_grows_by_one_pixel() {
        let bitmap = some();
        let near = |y: usize, x: usize| {
            let part = Rect::new(x, y, 1, 1).grown(1, SIZE);
            (part.y..part.bottom()).any(|y| (part.x..part.right()).any(|x| bitmap.contains(x, y)))
        };
        assert_eq!(bitmap.dilated(), Bitmap::of(SIZE, near));
    }

    #[test]
    fn it_shrinks_but_not_at_the_border() {
        let is_in = |y: usize, x: usize| x < 90 && (x != 40 || y != 3);
        let shrunk = |y: usize, x: usize| x < 89 && !((39..=41).contains(&x) && (2..=4).contains(&y));
        assert_eq!(Bitmap::of(SIZE, is_in).shrunk(1), Bitmap::of(SIZE, shrunk));
        let rest = Bitmap::of(SIZE, is_in).without(&some());
        assert_eq!(rest, Bitmap::of(SIZE, |y, x| is_in(y, x) && !some().contains(x, y)));
        let either = Bitmap::of(SIZE, is_in).union(&some());
        assert_eq!(either, Bitmap::of(SIZE, |y, x| is_in(y, x) || some().contains(x, y)));
        let both = Bitmap::of(SIZE, is_in).intersection(&some());
        assert_eq!(both, Bitmap::of(SIZE, |y, x| is_in(y, x) && some().contains(x, y)));
    }

    #[test]
    fn it_shrinks_as_far_in_every_direction() {
        let size = Size::new(201, 190);
        let rest = Bitmap::of(size, |y, x| (x, y) != (90, 100)).shrunk_evenly(64);
        for (x, y) in (0..size.area()).map(|at| (at % size.width, at / size.width)) {
            let distance = (x as f32 - 90.0).hypot(y as f32 - 100.0);
            assert!(if rest.contains(x, y) { distance > 63.0 } else { distance < 69.5 }, "{x} {y}");
        }
    }

    #[test]
    fn parts_intersect_it_or_not() {
        let mut bitmap = Bitmap::new(SIZE);
        bitmap.set(128, 3, true);
        for (rect, intersects) in [
            (SIZE.rect(), true),
            (Rect::new(128, 3, 1, 1), true),
            (Rect::new(0, 3, 128, 1), false),
            (Rect::new(129, 0, 72, 7), false),
            (Rect::new(0, 0, 201, 3), false),
        ] {
            assert_eq!(bitmap.intersects(rect), intersects, "{rect:?}");
        }
        bitmap.set(128, 3, false);
        assert!(bitmap.is_empty());
    }

    #[test]
    fn beyond_the_picture_the_edge_is_repeated() {
        let mut values = Vec::new();
        some().values(Rect::new(199, 6, 3, 2), &mut values);
        assert_eq!(values[..3], values[3..]);
        assert_eq!(values[1..3], [1.0, 1.0]);
    }
}
