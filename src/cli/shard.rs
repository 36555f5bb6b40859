//! Shares of the inputs for several processes or machines (`--shard`).

use std::{
    num::NonZeroU64,
    path::{Component, Path},
};

use super::sha256::Hash;

/// Share `number` of `shares`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// 1 to `shares`.
    number: u64,
    shares: NonZeroU64,
}

impl Shard {
    /// Share `number` of `shares`, counted from 1; none if there is no such share.
    pub fn new(number: u64, shares: u64) -> Option<Self> {
        let shares = NonZeroU64::new(shares)?;
        (1..=shares.get()).contains(&number).then_some(Self { number, shares })
    }

    /// Whether it has the photo of this path. Every path is in exactly one share: that of the first 8 bytes (big-endian) of
    /// the SHA-256 of its components, joined by `/`, modulo the number of shares.
    pub fn has(self, path: &Path) -> bool {
        let parts = path.components().filter(|part| *part != Component::CurDir);
        let parts: Vec<_> = parts.map(|part| part.as_os_str().as_encoded_bytes()).collect();
        let [a, b, c, d, e, f, g, h, ..] = Hash::of(&parts.join(&b'/')).0;
        u64::from_be_bytes([a, b, c, d, e, f, g, h]) % self.shares == self.number - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_in_one_share_of_about_equal_size() {
        let shares: Vec<_> = (1..=7).map(|number| Shard::new(number, 7).unwrap()).collect();
        let mut counts = [0; 7];
        for photo in 0..7_000 {
            let path = format!("box {}/{photo}.tif", photo % 90);
            let having: Vec<_> = (0..7).filter(|&share| shares[share].has(Path::new(&path))).collect();
            assert_eq!(having.len(), 1, "{path}");
            counts[having[0]] += 1;
        }
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
    }

    /// Other versions and other programs agree: `printf box/a.tif | sha256sum` begins with 7bdcb89a07304f87.
    #[test]
    fn shares_never_change() {
        let share = |path: &str| (1..=1000).find(|&number| Shard::new(number, 1000).unwrap().has(Path::new(path)));
        assert_eq!(share("box/a.tif"), Some(0x7bdc_b89a_0730_4f87 % 1000 + 1));
        assert_eq!(share("./box//a.tif"), share("box/a.tif"));
    }

    #[test]
    fn shares_are_counted_from_one() {
        for (number, shares) in [(0, 3), (4, 3), (1, 0)] {
            assert_eq!(Shard::new(number, shares), None);
        }
    }
}
