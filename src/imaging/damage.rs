//! Describes which part of a damaged photo could not be read.

use std::path::PathBuf;

/// The damage of a photo of which only a part could be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Damage {
    /// The damaged file, which is never replaced by a result.
    pub file: PathBuf,
    /// Whether it ends before its picture does.
    pub is_cut_off: bool,
    /// The share of the picture that could not be read and is grey or wrong, 0 to 1.
    pub missing: f64,
    /// The share that has lost some of its detail, 0 to 1.
    pub blurred: f64,
    /// Where the damage is.
    pub place: DamagePlace,
    /// Whether some of the rest is wrong, in an unknown place.
    pub is_doubtful: bool,
}

/// Position of the damage in the upright photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DamagePlace {
    /// From the top to some row.
    Upper,
    /// From some row to the bottom.
    Lower,
    /// From the left edge to some column.
    Left,
    /// From some column to the right edge.
    Right,
    /// Anywhere.
    Scattered,
}

impl Damage {
    /// The extent of the damage, such as `its lower 34 % could not be read`.
    pub fn in_words(&self) -> String {
        let place = match self.place {
            DamagePlace::Upper => "its upper ",
            DamagePlace::Lower => "its lower ",
            DamagePlace::Left => "its left ",
            DamagePlace::Right => "its right ",
            DamagePlace::Scattered => "",
        };
        let part = |share: f64, place: &str| match ((100.0 * share).round() as u32, place) {
            (0, _) => "less than 1 % of it".to_owned(),
            // Not rounded up to 100 %.
            (percent, "") => format!("{} % of it", if share < 1.0 { percent.min(99) } else { 100 }),
            (percent, place) => format!("{place}{} %", percent.min(99)),
        };
        let missing = (self.missing > 0.0).then(|| format!("{} could not be read", part(self.missing, place)));
        let blurred = (self.blurred > 0.0).then(|| match (&missing, self.blurred) {
            (_, 1.0) => "all of it has lost detail".to_owned(),
            (None, share) => format!("{} has lost detail", part(share, place)),
            (Some(_), share) => format!("{} has lost detail", part(share, "")),
        });
        let doubtful = self.is_doubtful.then(|| "some of it is wrong".to_owned());
        [missing, blurred, doubtful].into_iter().flatten().collect::<Vec<_>>().join(", and ")
    }

    /// The notice if the photo is used in spite of the damage.
    pub fn notice(&self) -> String {
        let what = if self.is_cut_off { "incomplete" } else { "damaged" };
        let grey = if self.missing > 0.0 { " That part is grey, or wrong." } else { "" };
        format!(
            "The file is {what}: {}.{grey} Copy or download it again if you can; no result replaces it.",
            self.in_words()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_described_in_words() {
        let damage = |place, missing, blurred, is_doubtful| {
            Damage { file: PathBuf::new(), is_cut_off: false, missing, blurred, place, is_doubtful }.in_words()
        };
        assert_eq!(damage(DamagePlace::Lower, 0.342, 0.0, false), "its lower 34 % could not be read");
        assert_eq!(damage(DamagePlace::Scattered, 0.1, 0.0, false), "10 % of it could not be read");
        assert_eq!(damage(DamagePlace::Left, 0.002, 0.0, false), "less than 1 % of it could not be read");
        assert_eq!(damage(DamagePlace::Upper, 0.999, 0.0, false), "its upper 99 % could not be read");
        assert_eq!(damage(DamagePlace::Right, 0.0, 0.25, false), "its right 25 % has lost detail");
        assert_eq!(damage(DamagePlace::Lower, 0.0, 1.0, false), "all of it has lost detail");
        assert_eq!(
            damage(DamagePlace::Lower, 0.2, 0.3, true),
            "its lower 20 % could not be read, and 30 % of it has lost detail, and some of it is wrong"
        );
    }
}
