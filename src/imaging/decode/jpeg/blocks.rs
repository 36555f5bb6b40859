//! Decodes the blocks of a scan (ITU-T T.81, F.2.2 and G.2). The functions return none if the bits are invalid.

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
        self.last += bits.signed(size.into());
        let next = self.last << low;
        (-self.limit..=self.limit).contains(&next).then_some(next as i16)
    }
}

/// Decodes all coefficients of an empty block.
#[inline(always)]
pub fn whole(
    bits: &mut Bits,
    dc: &Huffman,
    ac: &Huffman,
    predictor: &mut DcPredictor,
    block: &mut Block,
) -> Option<()> {
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
pub fn dc_first(bits: &mut Bits, dc: &Huffman, predictor: &mut DcPredictor, low: u32, block: &mut Block) -> Option<()> {
    bits.fill();
    block[0] = predictor.next(bits, dc, low)?;
    Some(())
}

/// Decodes one more bit of the DC coefficient.
pub fn dc_refine(bits: &mut Bits, low: u32, block: &mut Block) {
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
pub fn ac_first(bits: &mut Bits, codes: &Huffman, band: Band, run: &mut u32, block: &mut Block) -> Option<()> {
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
pub fn ac_refine(bits: &mut Bits, codes: &Huffman, band: Band, run: &mut u32, block: &mut Block) -> Option<()> {
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
