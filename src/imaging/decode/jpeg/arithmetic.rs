//! Arithmetic decoding (ITU-T T.81, annex D, F.2.4 and G.2).

use super::{
    blocks::{Band, Block, BlockDecoder, Coding, DcPredictor},
    headers::ZIGZAG,
    recovery::Source,
};

/// Encoders omit zeros at the end of an interval, but hardly more bytes of them.
const MOST_OMITTED: usize = 16;
/// The final bytes of an interval can be unused, but hardly more.
const MOST_UNUSED: usize = 4;

/// Statistics of a binary decision: an index into [`ESTIMATES`], and the more probable symbol in the highest bit.
type State = u8;

const SYMBOL: State = 0x80;

/// Reads binary decisions up to the next marker; from there on zero bytes, which are counted.
pub struct Decisions<'a> {
    bytes: &'a [u8],
    /// The next byte to load; never beyond a marker.
    at: usize,
    /// Number of loaded zero bytes after the marker.
    padding: usize,
    /// The code register: its upper half is compared with the interval.
    code: u32,
    interval: u32,
    /// Number of loaded bits in the lower half.
    loaded: u32,
    /// The statistics of each table.
    dc: [[State; 64]; 4],
    ac: [[State; 256]; 4],
}

impl<'a> Source<'a> for Decisions<'a> {
    fn new(bytes: &'a [u8], at: usize) -> Self {
        let (dc, ac) = ([[0; 64]; 4], [[0; 256]; 4]);
        let mut decisions = Self { bytes, at, padding: 0, code: 0, interval: 0x1_0000, loaded: 0, dc, ac };
        decisions.code = (decisions.byte() << 8 | decisions.byte()) << 16;
        decisions
    }

    fn is_beyond(&self) -> bool {
        self.padding > MOST_OMITTED
    }

    fn position(&self) -> usize {
        let is_marker = |at: &usize| matches!(self.bytes.get(*at..), Some([0xFF, marker, ..]) if *marker != 0);
        (self.at..=self.at + MOST_UNUSED).find(is_marker).unwrap_or(self.at)
    }
}

impl Decisions<'_> {
    fn byte(&mut self) -> u32 {
        match (self.bytes.get(self.at), self.bytes.get(self.at + 1)) {
            (Some(0xFF), Some(0)) => {
                self.at += 2;
                0xFF
            }
            (Some(&byte), _) if byte != 0xFF => {
                self.at += 1;
                byte.into()
            }
            _ => {
                self.padding += 1;
                0
            }
        }
    }

    /// Decodes a decision and adapts its statistics (D.2.4).
    fn next(&mut self, state: State) -> (bool, State) {
        let (symbol, index) = (state & SYMBOL, usize::from(state & !SYMBOL));
        let (less_probable, after_less, after_more, switches) = ESTIMATES[index];
        let less_probable = u32::from(less_probable);
        self.interval -= less_probable;
        let is_upper = self.code >> 16 >= self.interval;
        // The larger part of the interval belongs to the more probable symbol.
        let is_more = is_upper == (self.interval < less_probable);
        if is_upper {
            self.code -= self.interval << 16;
            self.interval = less_probable;
        } else if self.interval >= 0x8000 {
            return (symbol != 0, state);
        }
        while self.interval < 0x8000 {
            if self.loaded == 0 {
                self.code |= self.byte() << 8;
                self.loaded = 8;
            }
            (self.interval, self.code) = (self.interval << 1, self.code << 1);
            self.loaded -= 1;
        }
        match is_more {
            true => (symbol != 0, symbol | after_more),
            false => (symbol == 0, (symbol ^ if switches { SYMBOL } else { 0 }) | after_less),
        }
    }

    /// Decodes a decision about a DC coefficient; 1 or 0.
    fn dc(&mut self, table: usize, at: usize) -> i32 {
        let (decision, state) = self.next(self.dc[table][at]);
        self.dc[table][at] = state;
        decision.into()
    }

    /// Decodes a decision about AC coefficients.
    fn ac(&mut self, table: usize, at: usize) -> bool {
        let (decision, state) = self.next(self.ac[table][at]);
        self.ac[table][at] = state;
        decision
    }

    /// Decodes a decision of equal probabilities.
    fn even(&mut self) -> bool {
        self.next(EVEN).0
    }
}

/// Conditioning of a table (DAC).
#[derive(Debug, Clone, Copy)]
pub struct Conditioning {
    /// Bounds of small DC differences, as exponents.
    pub small: (u32, u32),
    /// The last AC coefficient that belongs to the low frequencies, in zigzag order.
    pub low_frequencies: usize,
}

impl Default for Conditioning {
    fn default() -> Self {
        Self { small: (0, 1), low_frequencies: 5 }
    }
}

/// Decoder of a component's blocks.
pub struct ArithmeticBlocks {
    pub predictor: DcPredictor,
    /// Its statistics tables.
    pub dc: usize,
    pub ac: usize,
    /// Bounds of small DC differences, as exponents.
    pub small: (u32, u32),
    /// The last AC coefficient that belongs to the low frequencies, in zigzag order.
    pub low_frequencies: usize,
    /// The kind of the last DC difference, which is the first index of the statistics of the next one.
    pub context: usize,
}

impl ArithmeticBlocks {
    /// Decodes a DC coefficient (F.1.4.4.1).
    fn dc(&mut self, source: &mut Decisions, low: u32) -> Option<i16> {
        let (table, at) = (self.dc, self.context);
        self.context = 0;
        if source.dc(table, at) == 0 {
            return self.predictor.add(0, low);
        }
        let sign = source.dc(table, at + 1) as usize;
        let mut at = at + 2 + sign;
        let mut magnitude = source.dc(table, at);
        if magnitude != 0 {
            at = 20;
            while source.dc(table, at) != 0 {
                magnitude = doubled(magnitude)?;
                at += 1;
            }
        }
        let (least, most) = self.small;
        self.context = match magnitude {
            _ if magnitude < (1 << least) >> 1 => 0,
            _ if magnitude > (1 << most) >> 1 => 12 + 4 * sign,
            _ => 4 + 4 * sign,
        };
        let mut difference = magnitude;
        let mut bit = magnitude >> 1;
        while bit > 0 {
            difference |= bit * source.dc(table, at + 14);
            bit >>= 1;
        }
        difference += 1;
        self.predictor.add(if sign == 1 { -difference } else { difference }, low)
    }

    /// Decodes a nonzero AC coefficient of a sign and magnitude (F.1.4.4.2).
    fn coefficient(&self, source: &mut Decisions, place: usize) -> Option<i32> {
        let table = self.ac;
        let is_negative = source.even();
        let mut at = 3 * (place - 1) + 2;
        let mut magnitude = i32::from(source.ac(table, at));
        if magnitude != 0 && source.ac(table, at) {
            magnitude = 2;
            at = if place <= self.low_frequencies { 189 } else { 217 };
            while source.ac(table, at) {
                magnitude = doubled(magnitude)?;
                at += 1;
            }
        }
        let mut value = magnitude;
        let mut bit = magnitude >> 1;
        while bit > 0 {
            if source.ac(table, at + 14) {
                value |= bit;
            }
            bit >>= 1;
        }
        Some(if is_negative { -value - 1 } else { value + 1 })
    }

    fn ac_first(&self, source: &mut Decisions, band: Band, block: &mut Block) -> Option<()> {
        let mut place = band.first;
        while place <= band.last {
            // Whether the rest is 0.
            if source.ac(self.ac, 3 * (place - 1)) {
                break;
            }
            while !source.ac(self.ac, 3 * (place - 1) + 1) {
                place += 1;
                if place > band.last {
                    return None;
                }
            }
            block[usize::from(ZIGZAG[place])] = (self.coefficient(source, place)? << band.low) as i16;
            place += 1;
        }
        Some(())
    }

    /// Decodes one more bit of each nonzero coefficient, and the new coefficients (G.1.3.3.3).
    fn ac_refine(&self, source: &mut Decisions, band: Band, block: &mut Block) -> Option<()> {
        let bit = 1 << band.low;
        let known = (band.first..=band.last).rev().find(|&place| block[usize::from(ZIGZAG[place])] != 0);
        let mut place = band.first;
        while place <= band.last {
            let is_after_known = known.is_none_or(|known| place > known);
            if is_after_known && source.ac(self.ac, 3 * (place - 1)) {
                break;
            }
            loop {
                let (coefficient, at) = (&mut block[usize::from(ZIGZAG[place])], 3 * (place - 1));
                if *coefficient != 0 {
                    if source.ac(self.ac, at + 2) {
                        *coefficient = coefficient.wrapping_add(if *coefficient > 0 { bit } else { -bit });
                    }
                    break;
                }
                if source.ac(self.ac, at + 1) {
                    *coefficient = if source.even() { -bit } else { bit };
                    break;
                }
                place += 1;
                if place > band.last {
                    return None;
                }
            }
            place += 1;
        }
        Some(())
    }
}

/// Twice a magnitude; none if it is out of range.
fn doubled(magnitude: i32) -> Option<i32> {
    (magnitude < 0x4000).then_some(magnitude << 1)
}

impl BlockDecoder<Decisions<'_>> for ArithmeticBlocks {
    fn restart(&mut self) {
        (self.predictor.last, self.context) = (0, 0);
    }

    fn read(&mut self, coding: Coding, source: &mut Decisions, block: &mut Block) -> Option<()> {
        match coding {
            Coding::Whole => {
                block[0] = self.dc(source, 0)?;
                self.ac_first(source, Band { first: 1, last: 63, low: 0 }, block)
            }
            Coding::DcFirst(low) => {
                block[0] = self.dc(source, low)?;
                Some(())
            }
            Coding::DcRefine(low) => {
                block[0] |= i16::from(source.even()) << low;
                Some(())
            }
            Coding::AcFirst(band) => self.ac_first(source, band, block),
            Coding::AcRefine(band) => self.ac_refine(source, band, block),
        }
    }

    /// Decisions never end: after the last byte they come from zeros.
    fn can_read_more(&mut self, _: Coding, _: &mut Decisions) -> bool {
        false
    }
}

/// The state of a decision of equal probabilities, which never changes.
const EVEN: State = 113;

/// Table D.3: the size of the less probable symbol's part of the interval, the next index after this symbol and after the more
/// probable one, and whether the symbols are then exchanged.
#[rustfmt::skip]
const ESTIMATES: [(u16, u8, u8, bool); 114] = {
    const Y: bool = true;
    const N: bool = false;
    [
        (0x5A1D, 1, 1, Y), (0x2586, 14, 2, N), (0x1114, 16, 3, N), (0x080B, 18, 4, N), (0x03D8, 20, 5, N),
        (0x01DA, 23, 6, N), (0x00E5, 25, 7, N), (0x006F, 28, 8, N), (0x0036, 30, 9, N), (0x001A, 33, 10, N),
        (0x000D, 35, 11, N), (0x0006, 9, 12, N), (0x0003, 10, 13, N), (0x0001, 12, 13, N), (0x5A7F, 15, 15, Y),
        (0x3F25, 36, 16, N), (0x2CF2, 38, 17, N), (0x207C, 39, 18, N), (0x17B9, 40, 19, N), (0x1182, 42, 20, N),
        (0x0CEF, 43, 21, N), (0x09A1, 45, 22, N), (0x072F, 46, 23, N), (0x055C, 48, 24, N), (0x0406, 49, 25, N),
        (0x0303, 51, 26, N), (0x0240, 52, 27, N), (0x01B1, 54, 28, N), (0x0144, 56, 29, N), (0x00F5, 57, 30, N),
        (0x00B7, 59, 31, N), (0x008A, 60, 32, N), (0x0068, 62, 33, N), (0x004E, 63, 34, N), (0x003B, 32, 35, N),
        (0x002C, 33, 9, N), (0x5AE1, 37, 37, Y), (0x484C, 64, 38, N), (0x3A0D, 65, 39, N), (0x2EF1, 67, 40, N),
        (0x261F, 68, 41, N), (0x1F33, 69, 42, N), (0x19A8, 70, 43, N), (0x1518, 72, 44, N), (0x1177, 73, 45, N),
        (0x0E74, 74, 46, N), (0x0BFB, 75, 47, N), (0x09F8, 77, 48, N), (0x0861, 78, 49, N), (0x0706, 79, 50, N),
        (0x05CD, 48, 51, N), (0x04DE, 50, 52, N), (0x040F, 50, 53, N), (0x0363, 51, 54, N), (0x02D4, 52, 55, N),
        (0x025C, 53, 56, N), (0x01F8, 54, 57, N), (0x01A4, 55, 58, N), (0x0160, 56, 59, N), (0x0125, 57, 60, N),
        (0x00F6, 58, 61, N), (0x00CB, 59, 62, N), (0x00AB, 61, 63, N), (0x008F, 61, 32, N), (0x5B12, 65, 65, Y),
        (0x4D04, 80, 66, N), (0x412C, 81, 67, N), (0x37D8, 82, 68, N), (0x2FE8, 83, 69, N), (0x293C, 84, 70, N),
        (0x2379, 86, 71, N), (0x1EDF, 87, 72, N), (0x1AA9, 87, 73, N), (0x174E, 72, 74, N), (0x1424, 72, 75, N),
        (0x119C, 74, 76, N), (0x0F6B, 74, 77, N), (0x0D51, 75, 78, N), (0x0BB6, 77, 79, N), (0x0A40, 77, 48, N),
        (0x5832, 80, 81, Y), (0x4D1C, 88, 82, N), (0x438E, 89, 83, N), (0x3BDD, 90, 84, N), (0x34EE, 91, 85, N),
        (0x2EAE, 92, 86, N), (0x299A, 93, 87, N), (0x2516, 86, 71, N), (0x5570, 88, 89, Y), (0x4CA9, 95, 90, N),
        (0x44D9, 96, 91, N), (0x3E22, 97, 92, N), (0x3824, 99, 93, N), (0x32B4, 99, 94, N), (0x2E17, 93, 86, N),
        (0x56A8, 95, 96, Y), (0x4F46, 101, 97, N), (0x47E5, 102, 98, N), (0x41CF, 103, 99, N), (0x3C3D, 104, 100, N),
        (0x375E, 99, 93, N), (0x5231, 105, 102, N), (0x4C0F, 106, 103, N), (0x4639, 107, 104, N), (0x415E, 103, 99, N),
        (0x5627, 105, 106, Y), (0x50E7, 108, 107, N), (0x4B85, 109, 103, N), (0x5597, 110, 109, N), (0x504F, 111, 107, N),
        (0x5A10, 110, 111, Y), (0x5522, 112, 109, N), (0x59EB, 112, 111, Y),
        // Equal probabilities (EVEN).
        (0x5A1D, 113, 113, N),
    ]
};
