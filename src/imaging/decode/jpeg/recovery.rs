//! Through a scan from one restart marker to the next, whatever is damaged between them (ITU-T T.81, E.2.4).

use std::ops::Range;

use super::{
    bits::Bits,
    segments::{contents, next_marker},
};

/// What a scan is made of (MCUs), in its order.
pub trait Units {
    /// A restart marker was there: nothing of what came before counts.
    fn restart(&mut self);

    /// Reads one unit; none where the bits are none.
    fn read(&mut self, bits: &mut Bits, unit: usize) -> Option<()>;

    /// These could not be read.
    fn lose(&mut self, units: Range<usize>);

    /// Whether one more unit can be read, which has no place in the picture.
    fn read_on(&mut self, bits: &mut Bits) -> bool;

    /// The last unit was read, but it can't have been the last one: some were missed.
    fn doubt(&mut self);
}

/// Reads `total` units from a place in a file, a restart marker after every `interval` of them (0 for none); where the
/// scan ends.
#[inline(always)]
pub fn read(bytes: &[u8], mut at: usize, total: usize, interval: usize, units: &mut impl Units) -> usize {
    let interval = if interval == 0 { total } else { interval };
    let (mut done, mut number) = (0, 0);
    while done < total {
        let end = (done + interval).min(total);
        units.restart();
        let mut bits = Bits::new(bytes, at);
        let read = (done..end).find(|unit| units.read(&mut bits, *unit).is_none() || bits.is_beyond());
        if let Some(read) = read {
            units.lose(read..end);
        }
        at = bits.place();
        if end == total {
            if read.is_none() && has_more(bytes, at) && units.read_on(&mut bits) && !bits.is_beyond() {
                units.doubt();
            }
            return at;
        }
        let is_damaged = read.is_some() || {
            // Where bits are left over, some that came before them were wrong.
            let is_left = !matches!(bytes.get(at..), None | Some([] | [0xFF, ..]));
            if is_left {
                units.lose(done..end);
            }
            is_left
        };
        match next_restart(bytes, at, number, is_damaged, (total - end).div_ceil(interval)) {
            Some((missing, after)) => {
                done = (end + missing * interval).min(total);
                units.lose(end..done);
                (at, number) = (after, number + missing + 1);
            }
            None => {
                units.lose(end..total);
                return at;
            }
        }
    }
    at
}

/// Whether something else than one byte again and again stands before the end of the scan. Where that is missing, what
/// comes is no part of it.
fn has_more(bytes: &[u8], at: usize) -> bool {
    let Some((marker, after)) = next_marker(bytes, at) else { return false };
    let more = &bytes[at..after - 2];
    let is_end = marker == 0xD9 || is_segment(bytes, after);
    is_end && more.iter().any(|byte| *byte != more[0] && *byte != 0xFF)
}

/// How many intervals are missing before the next restart marker of a scan, and where that ends. `number` is that of
/// the marker that should come, `left` the number of intervals that should.
fn next_restart(bytes: &[u8], mut at: usize, number: usize, is_damaged: bool, left: usize) -> Option<(usize, usize)> {
    loop {
        let (found, after) = restart_marker(bytes, at)?;
        let ahead = (usize::from(found) + 8 - number % 8) % 8;
        if ahead == 0 && !is_damaged {
            return Some((0, after));
        }
        // Their numbers begin anew after eight; how many are left tells it all, if nothing else is missing.
        let missing = left.checked_sub(markers(bytes, after) + 1).filter(|missing| missing % 8 == ahead);
        match (missing, ahead) {
            (Some(missing), _) => return Some((missing, after)),
            (None, 0..=2) => return Some((ahead, after)),
            // One that came before.
            (None, 6..) => at = after,
            (None, _) => return Some((0, after)),
        }
    }
}

/// The restart markers from a place on.
fn markers(bytes: &[u8], mut at: usize) -> usize {
    std::iter::from_fn(|| {
        let (_, after) = restart_marker(bytes, at)?;
        at = after;
        Some(())
    })
    .count()
}

/// The number of the next restart marker of a scan, 0 to 7, and where it ends. What only looks like another marker is
/// damage.
fn restart_marker(bytes: &[u8], mut at: usize) -> Option<(u8, usize)> {
    loop {
        let (marker, after) = next_marker(bytes, at)?;
        match marker {
            0xD0..=0xD7 => return Some((marker - 0xD0, after)),
            0xD9 => return None,
            0xC4 | 0xDA..=0xDD | 0xE0..=0xEF | 0xFE if is_segment(bytes, after) => return None,
            _ => at = after,
        }
    }
}

/// Whether a segment begins here: another marker follows it, or a scan.
fn is_segment(bytes: &[u8], at: usize) -> bool {
    let Some(contents) = contents(bytes, at) else { return false };
    bytes[at - 1] == 0xDA && contents.len() < 13 || bytes.get(at + 2 + contents.len()) == Some(&0xFF)
}
