//! Decodes a scan interval by interval, and resumes at the next restart marker after damage (ITU-T T.81, E.2.4).

use std::ops::Range;

use crate::imaging::container::jpeg::{END, SCAN, contents, next_marker};

/// Entropy-coded data of an interval.
pub trait Source<'a> {
    /// Starts at an offset.
    fn new(bytes: &'a [u8], at: usize) -> Self;

    /// Whether data beyond the next marker was used.
    fn is_beyond(&self) -> bool;

    /// The first offset of which nothing was used.
    fn position(&self) -> usize;
}

/// Decoder of the MCUs of a scan.
pub trait Mcus<S> {
    /// Resets the predictions at a restart marker.
    fn restart(&mut self);

    /// Decodes one MCU; none if the data is invalid.
    fn read(&mut self, source: &mut S, mcu: usize) -> Option<()>;

    /// Records MCUs that could not be decoded.
    fn lose(&mut self, mcus: Range<usize>);

    /// Whether one more MCU can be decoded, after the last one.
    fn can_read_more(&mut self, source: &mut S) -> bool;

    /// Records that more MCUs follow the last one, so that some before are wrong.
    fn mark_doubtful(&mut self);
}

/// Reads `total` MCUs from the offset `at`, with a restart marker after every `interval` of them (0 for none). Returns the
/// end of the scan.
#[inline(always)]
pub fn read<'a, S: Source<'a>>(
    bytes: &'a [u8],
    mut at: usize,
    total: usize,
    interval: usize,
    mcus: &mut impl Mcus<S>,
) -> usize {
    let interval = if interval == 0 { total } else { interval };
    let (mut done, mut number) = (0, 0);
    let mut markers = MarkerCount::default();
    while done < total {
        let end = (done + interval).min(total);
        mcus.restart();
        let mut source = S::new(bytes, at);
        let read = (done..end).find(|mcu| mcus.read(&mut source, *mcu).is_none() || source.is_beyond());
        if let Some(read) = read {
            mcus.lose(read..end);
        }
        at = source.position();
        if end == total {
            if read.is_none() && has_more(bytes, at) && mcus.can_read_more(&mut source) && !source.is_beyond() {
                mcus.mark_doubtful();
            }
            return at;
        }
        let is_damaged = read.is_some() || {
            // If data is left over, some of the decoded data was wrong.
            let is_left = !matches!(bytes.get(at..), None | Some([] | [0xFF, ..]));
            if is_left {
                mcus.lose(done..end);
            }
            is_left
        };
        match next_restart(bytes, at, number, is_damaged, (total - end).div_ceil(interval), &mut markers) {
            Some((missing, after)) => {
                done = (end + missing * interval).min(total);
                mcus.lose(end..done);
                (at, number) = (after, number + missing + 1);
            }
            None => {
                mcus.lose(end..total);
                return at;
            }
        }
    }
    at
}

/// Whether more than padding (a repeated byte) precedes the end of the scan. If the end is missing, the rest is not part
/// of the scan.
fn has_more(bytes: &[u8], at: usize) -> bool {
    let Some((marker, after)) = next_marker(bytes, at) else { return false };
    let more = &bytes[at..after - 2];
    let is_end = marker == END || is_segment(bytes, after);
    is_end && more.iter().any(|byte| *byte != more[0] && *byte != 0xFF)
}

/// The number of missing intervals before the next restart marker, and the end of the marker. `number` is that of the
/// expected marker, `left` the number of remaining intervals.
fn next_restart(
    bytes: &[u8],
    mut at: usize,
    number: usize,
    is_damaged: bool,
    left: usize,
    markers: &mut MarkerCount,
) -> Option<(usize, usize)> {
    loop {
        let (found, after) = restart_marker(bytes, at)?;
        let ahead = (usize::from(found) + 8 - number % 8) % 8;
        if ahead == 0 && !is_damaged {
            return Some((0, after));
        }
        // The numbers wrap after eight; the number of remaining markers decides, if no other one is missing.
        let missing = left.checked_sub(markers.after(bytes, after) + 1).filter(|missing| missing % 8 == ahead);
        match (missing, ahead) {
            (Some(missing), _) => return Some((missing, after)),
            (None, 0..=2) => return Some((ahead, after)),
            // A repeated earlier marker.
            (None, 6..) => at = after,
            (None, _) => return Some((0, after)),
        }
    }
}

/// Counts the restart markers after ascending positions, in one pass over the scan.
#[derive(Default)]
struct MarkerCount {
    /// A position after a marker, and the number of markers after it.
    known: Option<(usize, usize)>,
}

impl MarkerCount {
    fn after(&mut self, bytes: &[u8], place: usize) -> usize {
        let next = |at: usize| restart_marker(bytes, at).map(|(_, after)| after);
        let count_all = || (place, std::iter::successors(next(place), |at| next(*at)).count());
        let (mut at, mut count) = self.known.unwrap_or_else(count_all);
        while let Some(after) = next(at).filter(|after| *after <= place) {
            (at, count) = (after, count - 1);
        }
        self.known = Some((at, count));
        count
    }
}

/// The number of the next restart marker, 0 to 7, and its end. Bytes that only look like another marker are skipped.
fn restart_marker(bytes: &[u8], mut at: usize) -> Option<(u8, usize)> {
    loop {
        let (marker, after) = next_marker(bytes, at)?;
        match marker {
            0xD0..=0xD7 => return Some((marker - 0xD0, after)),
            END => return None,
            0xC4 | SCAN..=0xDD | 0xE0..=0xEF | 0xFE if is_segment(bytes, after) => return None,
            _ => at = after,
        }
    }
}

/// Whether this is a plausible segment: followed by another marker, or the header of a scan.
fn is_segment(bytes: &[u8], at: usize) -> bool {
    let Some(contents) = contents(bytes, at) else { return false };
    bytes[at - 1] == SCAN && contents.len() < 13 || bytes.get(at + 2 + contents.len()) == Some(&0xFF)
}

#[cfg(test)]
mod tests {
    use super::{super::bits::Bits, *};

    /// A decoder that always fails, and counts lost MCUs.
    struct Unreadable(usize);

    impl Mcus<Bits<'_>> for Unreadable {
        fn restart(&mut self) {}
        fn read(&mut self, _: &mut Bits, _: usize) -> Option<()> {
            None
        }
        fn lose(&mut self, mcus: Range<usize>) {
            self.0 += mcus.len();
        }
        fn can_read_more(&mut self, _: &mut Bits) -> bool {
            false
        }
        fn mark_doubtful(&mut self) {}
    }

    /// Searching the rest of the scan at each damaged marker would take hours.
    #[test]
    fn a_million_damaged_intervals_take_linear_time() {
        const COUNT: usize = 1_000_000;
        let mut bytes: Vec<u8> = (1..COUNT).flat_map(|at| [0x5A, 0xFF, 0xD0 + ((at - 1) % 8) as u8]).collect();
        bytes.extend([0x5A, 0xFF, END]);
        let mut mcus = Unreadable(0);
        assert_eq!(read(&bytes, 0, COUNT, 1, &mut mcus), bytes.len() - 3);
        assert_eq!(mcus.0, COUNT);
    }

    #[test]
    fn markers_are_counted_from_every_position() {
        let bytes = b"\x01\xFF\xD0\x02\xFF\0\xFF\xFF\xD1\x03\xFF\xD2\xFF\xD3\x04\xFF\xD9\xFF\xD4";
        let mut markers = MarkerCount::default();
        let mut found = Vec::new();
        let mut at = 0;
        while let Some((_, after)) = restart_marker(bytes, at) {
            found.push(markers.after(bytes, after));
            at = after;
        }
        assert_eq!(found, [3, 2, 1, 0]);
    }
}
