//! Fax compression (ITU-T T.4 and T.6; TIFF 6.0, sections 10 and 11).

use fax::{
    BitReader,
    maps::{Mode, black, mode, white},
};
use image::{ImageError, ImageResult};

use crate::imaging::decode::errors::{broken, truncated};

/// Coding of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Runs; rows are aligned to `align` bytes.
    Runs { align: usize },
    /// T.4: runs, or for tagged rows differences from the row above, with end-of-line codes.
    Group3 { differences: bool },
    /// T.6: differences from the row above.
    Group4,
}

/// Decompresses rows: 8 px per byte, black is 1.
///
/// # Errors
/// If the data end early, or contain an invalid code.
pub fn unpack(data: &[u8], code: Code, width: usize, rows: usize) -> ImageResult<Vec<u8>> {
    let mut decoder = Decoder { bits: FaxBits { data, at: 0 }, width, above: Vec::new() };
    let mut unpacked = vec![0; width.div_ceil(8) * rows];
    for row in unpacked.chunks_exact_mut(width.div_ceil(8)) {
        let changes = match code {
            Code::Runs { align } => {
                let runs = decoder.runs();
                decoder.bits.at = decoder.bits.at.next_multiple_of(8 * align);
                runs
            }
            Code::Group3 { differences } => {
                decoder.bits.skip_end_of_line();
                let by_runs = !differences || decoder.bits.take() == 1;
                if by_runs { decoder.runs() } else { decoder.differences() }
            }
            Code::Group4 => decoder.differences(),
        };
        decoder.above = changes.ok_or_else(|| decoder.bits.failure())?;
        for black in decoder.above.chunks(2) {
            let end = black.get(1).map_or(width, |&end| end.min(width));
            paint(row, black[0].min(end), end);
        }
    }
    Ok(unpacked)
}

/// Sets the bits `from..to`.
fn paint(row: &mut [u8], from: usize, to: usize) {
    let (first, last) = (from / 8, to / 8);
    let (head, tail) = (0xFF_u8 >> (from % 8), !(0xFF_u8 >> (to % 8)));
    if first == last {
        if let Some(byte) = row.get_mut(first) {
            *byte |= head & tail;
        }
        return;
    }
    row[first] |= head;
    row[first + 1..last].fill(0xFF);
    if let Some(byte) = row.get_mut(last) {
        *byte |= tail;
    }
}

struct Decoder<'a> {
    bits: FaxBits<'a>,
    width: usize,
    /// Positions in the row above where the colour changes: to black, to white, and so on.
    above: Vec<usize>,
}

impl Decoder<'_> {
    /// Decodes a row of runs to changes of colour.
    fn runs(&mut self) -> Option<Vec<usize>> {
        let (mut changes, mut at) = (Vec::new(), 0);
        while at < self.width {
            at += self.run(changes.len() % 2 == 1)?;
            changes.push(at);
        }
        (at == self.width).then_some(changes)
    }

    /// Decodes one run: make-up codes (multiples of 64) and a terminating code.
    fn run(&mut self, is_black: bool) -> Option<usize> {
        let mut length = 0;
        loop {
            let part = if is_black { black::decode(&mut self.bits) } else { white::decode(&mut self.bits) }?;
            length += usize::from(part);
            if part < 64 {
                return Some(length);
            }
            if length > self.width {
                return None;
            }
        }
    }

    /// Decodes a row of differences to changes of colour.
    fn differences(&mut self) -> Option<Vec<usize>> {
        let (mut changes, mut at, mut above) = (Vec::new(), 0, 0);
        let mut started = false;
        while at < self.width {
            let is_black = changes.len() % 2 == 1;
            // The next change to the opposite colour in the row above (b1).
            above = (above & !1) + usize::from(is_black);
            while above >= 2 && self.above_at(above - 2) > at {
                above -= 2;
            }
            while above < self.above.len() && (self.above[above] < at || (started && self.above[above] == at)) {
                above += 2;
            }
            match mode::decode(&mut self.bits)? {
                Mode::Pass => at = self.above_at(above + 1),
                Mode::Vertical(by) => {
                    let to = self.above_at(above).checked_add_signed(by.into())?;
                    if to < at || to > self.width {
                        return None;
                    }
                    changes.push(to);
                    at = to;
                }
                Mode::Horizontal => {
                    let first = at + self.run(is_black)?;
                    let second = first + self.run(!is_black)?;
                    if second > self.width {
                        return None;
                    }
                    changes.extend([first, second]);
                    at = second;
                }
                Mode::Extension | Mode::EOF => return None,
            }
            started = true;
        }
        Some(changes)
    }

    fn above_at(&self, index: usize) -> usize {
        self.above.get(index).map_or(self.width, |&change| change.min(self.width))
    }
}

/// Bit reader, most significant bit first. Returns zeros after the end, where a code can be shorter than the bits read at
/// once.
struct FaxBits<'a> {
    data: &'a [u8],
    at: usize,
}

impl FaxBits<'_> {
    fn take(&mut self) -> u16 {
        let bit = self.peek(1).unwrap_or(0);
        self.at += 1;
        bit
    }

    /// An end-of-line code is at least 11 zeros and a one. It may be missing before the first row.
    fn skip_end_of_line(&mut self) {
        if self.peek(11) == Some(0) {
            while self.at < 8 * self.data.len() && self.take() == 0 {}
        }
    }

    /// The error for an invalid row.
    fn failure(&self) -> ImageError {
        if self.at + 12 >= 8 * self.data.len() {
            truncated()
        } else {
            broken("TIFF", "its fax data have an unknown code")
        }
    }
}

impl BitReader for FaxBits<'_> {
    type Error = ();

    fn peek(&self, bits: u8) -> Option<u16> {
        let byte = |index| u32::from(self.data.get(self.at / 8 + index).copied().unwrap_or(0));
        let three = byte(0) << 16 | byte(1) << 8 | byte(2);
        let shift = 24_usize.checked_sub(self.at % 8 + usize::from(bits))?;
        let all = (1_u32 << bits) - 1;
        (bits <= 16).then_some(((three >> shift) & all) as u16)
    }

    /// Fails beyond the end.
    fn consume(&mut self, bits: u8) -> Result<(), ()> {
        self.at += usize::from(bits);
        if self.at <= 8 * self.data.len() { Ok(()) } else { Err(()) }
    }

    fn bits_to_byte_boundary(&self) -> u8 {
        (self.at.next_multiple_of(8) - self.at) as u8
    }
}
