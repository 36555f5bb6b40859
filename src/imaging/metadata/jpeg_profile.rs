//! The colour profile in a JPEG's segments (ICC.1:2022, annex B.4): numbered chunks. Some programs count them from 0,
//! give all of them the same number, or write the profile twice.

/// Signature of such a segment.
const HEADER: &[u8] = b"ICC_PROFILE\0";

/// The chunks in file order, with their numbers.
#[derive(Debug, Default)]
pub struct IccChunks<'a>(Vec<(u8, &'a [u8])>);

/// The profile of the chunks.
#[derive(Debug, PartialEq, Eq)]
pub enum JoinedProfile {
    /// There is none.
    None,
    /// The profile, and whether there was a different second one.
    Whole(Vec<u8>, bool),
    /// A part is missing.
    Incomplete,
}

impl<'a> IccChunks<'a> {
    /// Whether a segment with this content is a chunk.
    pub fn is_icc(contents: &[u8]) -> bool {
        contents.starts_with(HEADER)
    }

    /// Adds the content of a segment; segments of other kinds are ignored.
    pub fn add_segment(&mut self, contents: &'a [u8]) {
        let Some(contents) = contents.strip_prefix(HEADER) else { return };
        // The second number, the count, is wrong in too many files.
        let chunk = match contents {
            [number, _, data @ ..] => (*number, data),
            _ => (0, &[][..]),
        };
        self.0.push(chunk);
    }

    /// Joins the chunks; the result is checked by the length in the profile's header.
    pub fn join(&self) -> JoinedProfile {
        if self.0.is_empty() {
            return JoinedProfile::None;
        }
        let mut by_number = self.0.clone();
        by_number.sort_by_key(|(number, _)| *number);
        // The first chunk of each number counts.
        by_number.dedup_by_key(|(number, _)| *number);
        let another = self.0.iter().any(|chunk| !by_number.contains(chunk));
        let joined = |chunks: &[(u8, &[u8])]| chunks.iter().flat_map(|(_, data)| data.iter().copied()).collect();
        let in_order: Vec<u8> = joined(&by_number);
        if is_whole(&in_order) {
            return JoinedProfile::Whole(in_order, another);
        }
        let in_file_order: Vec<u8> = joined(&self.0);
        match is_whole(&in_file_order) {
            true => JoinedProfile::Whole(in_file_order, false),
            false => JoinedProfile::Incomplete,
        }
    }
}

/// Whether a profile has a header and as many bytes as declared there.
fn is_whole(profile: &[u8]) -> bool {
    let declared = profile.first_chunk().map(|length| u32::from_be_bytes(*length) as usize);
    profile.len() >= 128 && declared.is_some_and(|length| length <= profile.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(length: u32, shade: u8) -> Vec<u8> {
        let mut profile = length.to_be_bytes().to_vec();
        profile.extend((4..length).map(|index| (index as u8).wrapping_mul(shade)));
        profile
    }

    fn joined(numbers: &[u8], parts: &[&[u8]]) -> JoinedProfile {
        let contents: Vec<_> =
            numbers.iter().zip(parts).map(|(&number, part)| [HEADER, &[number, 9], part].concat()).collect();
        let mut chunks = IccChunks::default();
        contents.iter().for_each(|contents| chunks.add_segment(contents));
        chunks.join()
    }

    #[test]
    fn chunks_are_joined_for_any_numbering() {
        let whole = profile(300, 7);
        let parts = [&whole[..100], &whole[100..200], &whole[200..]];
        let found = JoinedProfile::Whole(whole.clone(), false);
        assert_eq!(joined(&[1, 2, 3], &parts), found);
        assert_eq!(joined(&[0, 1, 2], &parts), found);
        assert_eq!(joined(&[1, 1, 1], &parts), found);
        assert_eq!(joined(&[3, 1, 2], &[parts[2], parts[0], parts[1]]), found);
        assert_eq!(joined(&[1, 2, 3, 1, 2, 3], &[parts, parts].concat()), found);
        let other = profile(200, 9);
        assert_eq!(joined(&[1, 1], &[&whole, &other]), JoinedProfile::Whole(whole, true));
    }

    #[test]
    fn missing_chunks_are_detected() {
        let whole = profile(300, 7);
        assert_eq!(joined(&[1, 3], &[&whole[..100], &whole[200..]]), JoinedProfile::Incomplete);
        assert_eq!(joined(&[1], &[&whole[..299]]), JoinedProfile::Incomplete);
        assert_eq!(joined(&[1], &[b""]), JoinedProfile::Incomplete);
        assert_eq!(joined(&[], &[]), JoinedProfile::None);
    }
}
