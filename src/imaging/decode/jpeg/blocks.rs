//! Decodes the blocks of a scan (ITU-T T.81, F.2.2 and G.2). The functions return none if the bits are invalid.

use std::rc::Rc;

use super::{bits::Bits, headers::ZIGZAG, huffman::Huffman};

/// Coefficients, row by row.
pub type Block = [i16; 64];

/// Predicts the DC coefficient of a block from that of the previous one.
#[derive(Debug, Clone, Copy)]
pub struct DcPredictor {
    pub last: i32,
    /// The largest valid magnitude.
    limit: i32,
}

impl DcPredictor {
    /// For a quantisation step. White is at 1,024; the limit is twice that, because encoders overshoot.
    pub fn new(step: u16) -> Self {
        Self { last: 0, limit: 2_048 / i32::from(step.max(1)) + 1 }
    }

    #[inline(always)]
    fn next(&mut self, bits: &mut Bits, dc: &Huffman, low: u32) -> Option<i16> {
        let size = dc.symbol(bits).filter(|size| *size < 16)?;
        self.add(bits.signed(size.into()), low)
    }

    /// The coefficient after a difference, down to the bit `low`; none if it is invalid.
    #[inline(always)]
    pub fn add(&mut self, difference: i32, low: u32) -> Option<i16> {
        self.last += difference;
        let next = self.last << low;
        (-self.limit..=self.limit).contains(&next).then_some(next as i16)
    }
}

/// What a scan contains of its blocks.
#[derive(Clone, Copy)]
pub enum Coding {
    Whole,
    DcFirst(u32),
    DcRefine(u32),
    AcFirst(Band),
    AcRefine(Band),
}

/// Decoder of a component's blocks in a scan.
pub trait BlockDecoder<S> {
    /// Resets the predictions at a restart marker.
    fn restart(&mut self);

    /// Decodes a block's part of the scan; none if the data is invalid.
    fn read(&mut self, coding: Coding, source: &mut S, block: &mut Block) -> Option<()>;

    /// Whether one more block can be decoded, after the last one.
    fn can_read_more(&mut self, coding: Coding, source: &mut S) -> bool;
}

/// Decoder of a component's blocks in a Huffman-coded scan.
pub struct HuffmanBlocks {
    pub dc: Option<Rc<Huffman>>,
    pub ac: Option<Rc<Huffman>>,
    pub predictor: DcPredictor,
    /// Number of following blocks without coefficients in this band.
    pub run: u32,
}

impl BlockDecoder<Bits<'_>> for HuffmanBlocks {
    fn restart(&mut self) {
        (self.predictor.last, self.run) = (0, 0);
    }

    #[inline(always)]
    fn read(&mut self, coding: Coding, bits: &mut Bits, block: &mut Block) -> Option<()> {
        let ac = self.ac.as_deref();
        match coding {
            Coding::Whole => whole(bits, self.dc.as_deref()?, ac?, &mut self.predictor, block),
            Coding::DcFirst(low) => dc_first(bits, self.dc.as_deref()?, &mut self.predictor, low, block),
            Coding::DcRefine(low) => {
                dc_refine(bits, low, block);
                Some(())
            }
            Coding::AcFirst(band) => ac_first(bits, ac?, band, &mut self.run, block),
            Coding::AcRefine(band) => ac_refine(bits, ac?, band, &mut self.run, block),
        }
    }

    fn can_read_more(&mut self, coding: Coding, bits: &mut Bits) -> bool {
        self.read(coding, bits, &mut [0; 64]).is_some()
    }
}

/// Decodes all coefficients of an empty block.
#[inline(always)]
fn whole(bits: &mut Bits, dc: &Huffman, ac: &Huffman, predictor: &mut DcPredictor, block: &mut Block) -> Option<()> {
    bits.fill();
    block[0] = predictor.next(bits, dc, 0)?;
    let mut at = 1;
    while at < 64 {
        bits.fill();
        let (zeros, value) = match ac.coefficient(bits) {
            Some(coefficient) => coefficient,
            None => {
                let symbol = ac.symbol(bits)?;
                match (usize::from(symbol >> 4), u32::from(symbol & 15)) {
                    (15, 0) => {
                        at += 16;
                        continue;
                    }
                    (_, 0) => return Some(()),
                    (zeros, size) => (zeros, bits.signed(size) as i16),
                }
            }
        };
        at += zeros;
        block[usize::from(*ZIGZAG.get(at)?)] = value;
        at += 1;
    }
    Some(())
}

/// Decodes the DC coefficient of a block, down to the bit `low`.
fn dc_first(bits: &mut Bits, dc: &Huffman, predictor: &mut DcPredictor, low: u32, block: &mut Block) -> Option<()> {
    bits.fill();
    block[0] = predictor.next(bits, dc, low)?;
    Some(())
}

/// Decodes one more bit of the DC coefficient.
fn dc_refine(bits: &mut Bits, low: u32, block: &mut Block) {
    bits.fill();
    block[0] |= (bits.number(1) << low) as i16;
}

/// A band of coefficients (in zigzag order), down to the bit `low`.
#[derive(Clone, Copy)]
pub struct Band {
    pub first: usize,
    pub last: usize,
    pub low: u32,
}

/// Decodes the coefficients of a band. `run`: the number of blocks without further coefficients, this one included.
fn ac_first(bits: &mut Bits, codes: &Huffman, band: Band, run: &mut u32, block: &mut Block) -> Option<()> {
    if *run > 0 {
        *run -= 1;
        return Some(());
    }
    let mut at = band.first;
    while at <= band.last {
        bits.fill();
        let symbol = codes.symbol(bits)?;
        match (u32::from(symbol >> 4), u32::from(symbol & 15)) {
            (15, 0) => at += 16,
            (size, 0) => {
                *run = (1 << size) - 1 + bits.number(size) as u32;
                return Some(());
            }
            (zeros, size) => {
                at += zeros as usize;
                if at > band.last {
                    return None;
                }
                block[usize::from(ZIGZAG[at])] = (bits.signed(size) << band.low) as i16;
                at += 1;
            }
        }
    }
    Some(())
}

/// Decodes one more bit of each nonzero coefficient of a band, and the new coefficients, 1 or -1 at that bit.
fn ac_refine(bits: &mut Bits, codes: &Huffman, band: Band, run: &mut u32, block: &mut Block) -> Option<()> {
    let mut at = band.first;
    while *run == 0 && at <= band.last {
        bits.fill();
        let symbol = codes.symbol(bits)?;
        let (zeros, new) = match (u32::from(symbol >> 4), symbol & 15) {
            (15, 0) => (15, 0),
            (size, 0) => {
                *run = (1 << size) + bits.number(size) as u32;
                break;
            }
            (zeros, _) => (zeros, if bits.number(1) == 1 { 1 << band.low } else { -1 << band.low }),
        };
        at = refine_until(bits, band, block, at, zeros)?;
        match ZIGZAG.get(at).filter(|_| at <= band.last) {
            Some(place) if new != 0 => block[usize::from(*place)] = new,
            None if new != 0 => return None,
            _ => {}
        }
        at += 1;
    }
    if *run > 0 {
        *run -= 1;
        refine_until(bits, band, block, at, 64)?;
    }
    Some(())
}

/// Decodes one more bit of each nonzero coefficient and skips a number of zeros; returns the position of the next zero.
fn refine_until(bits: &mut Bits, band: Band, block: &mut Block, from: usize, mut zeros: u32) -> Option<usize> {
    for at in from..=band.last {
        let coefficient = &mut block[usize::from(ZIGZAG[at])];
        if *coefficient == 0 {
            if zeros == 0 {
                return Some(at);
            }
            zeros -= 1;
            continue;
        }
        bits.fill();
        let bit = 1 << band.low;
        if bits.number(1) == 1 && *coefficient & bit == 0 {
            *coefficient = coefficient.wrapping_add(if *coefficient > 0 { bit } else { -bit });
        }
    }
    Some(band.last + 1)
}
