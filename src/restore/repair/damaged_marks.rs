//! Tells the marks of a mask that are damage from those that cover something else.

use super::groups::Groups;
use crate::{pixels::Planes, restore::Bitmap};

/// Probability from which a px of the photo of half the size counts as damaged, 0–1.
const LIKELY: f32 = 0.2;
/// Share of damaged px from which a mark is damage, 0–1.
const SHARE: f32 = 0.3;

/// The marks without those that are damage; `likely`: how likely each px of the photo of half the size is damaged.
pub fn without_damage(marks: &Bitmap, likely: &Planes) -> Bitmap {
    let groups = Groups::of(marks);
    let (mut px, mut damaged) = (vec![0; groups.count], vec![0; groups.count]);
    for (run, group) in groups.iter() {
        let row = likely.row(0, run.y() / 2);
        px[group] += run.columns().len();
        damaged[group] += run.columns().filter(|x| row[x / 2] >= LIKELY).count();
    }
    let is_damage = |group: usize| damaged[group] as f32 >= SHARE * px[group] as f32;
    let mut others = Bitmap::new(marks.size());
    for (run, _) in groups.iter().filter(|(_, group)| !is_damage(*group)) {
        others.add(run.y(), run.columns());
    }
    others
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::Size;

    #[test]
    fn marks_are_damage_if_enough_of_them_is_likely_to_be() {
        // Lines of 10 px: of the first 4 are likely, of the second 2, of the third 4 that are less likely.
        let size = Size::new(21, 11);
        let marks = Bitmap::of(size, |y, x| y % 4 == 2 && (4..14).contains(&x));
        let mut likely = Planes::filled(1, Size::new(11, 6), 0.0);
        likely.row_mut(0, 1)[2..4].fill(0.2);
        likely.row_mut(0, 3)[2..3].fill(1.0);
        likely.row_mut(0, 5)[2..4].fill(0.19);
        let others = without_damage(&marks, &likely);
        assert_eq!([2, 6, 10].map(|y| others.runs(y, 0..21).map(|run| run.len()).sum::<usize>()), [0, 10, 10]);
        assert!(without_damage(&Bitmap::new(size), &likely).is_empty());
    }
}
