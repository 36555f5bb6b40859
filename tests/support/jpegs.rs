//! Generates JPEG files of any layout with blocks of constant values, so that the decoded values can be computed.

/// Layout of a JPEG.
#[derive(Debug, Clone)]
pub struct Layout {
    pub width: usize,
    pub height: usize,
    /// Sampling factors of each component, across and down.
    pub factors: Vec<(usize, usize)>,
    /// Whether all components share a scan.
    pub interleaved: bool,
    pub progressive: bool,
    /// MCUs per restart interval; 0 for none.
    pub interval: usize,
    /// Segments before the frame, with markers and lengths.
    pub segments: Vec<u8>,
}

impl Layout {
    /// One scan without restart markers.
    pub fn new((width, height): (usize, usize), factors: &[(usize, usize)]) -> Self {
        let factors = factors.to_vec();
        Self { width, height, factors, interleaved: true, progressive: false, interval: 0, segments: Vec::new() }
    }

    /// The largest sampling factors.
    pub fn most(&self) -> (usize, usize) {
        let most = |factor: fn(&(usize, usize)) -> usize| self.factors.iter().map(factor).max().unwrap();
        (most(|it| it.0), most(|it| it.1))
    }

    /// Encodes the file. The samples of a block are `value(component, column, row)` + 128.
    pub fn file(&self, value: impl Fn(usize, usize, usize) -> i32) -> Vec<u8> {
        let mut file = vec![0xFF, 0xD8];
        file.extend(&self.segments);
        file.extend(segment(0xDB, &[&[0][..], &[8; 64]].concat()));
        let side = |px: usize| (px as u16).to_be_bytes();
        let mut frame = [&[8][..], &side(self.height), &side(self.width), &[self.factors.len() as u8]].concat();
        for (at, (across, down)) in self.factors.iter().enumerate() {
            frame.extend([at as u8 + 1, (across << 4 | down) as u8, 0]);
        }
        file.extend(segment(if self.progressive { 0xC2 } else { 0xC0 }, &frame));
        // DC codes of table K.3; AC codes only for end of block and for zeros before a 1.
        let means = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
        file.extend(segment(0xC4, &[&[0][..], &means].concat()));
        file.extend(segment(0xC4, &[&[0x10][..], &[1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]].concat()));
        file.extend(segment(0xDD, &(self.interval as u16).to_be_bytes()));
        let all: Vec<usize> = (0..self.factors.len()).collect();
        let scans: Vec<&[usize]> = if self.interleaved { vec![&all] } else { all.chunks(1).collect() };
        for scan in scans {
            match self.progressive {
                false => file.extend(self.scan(scan, (0, 63, 0), &value)),
                // DC without the last bit, then that bit.
                true => {
                    file.extend(self.scan(scan, (0, 0, 0x01), &value));
                    file.extend(self.scan(scan, (0, 0, 0x10), &value));
                }
            }
        }
        if self.progressive {
            all.chunks(1).for_each(|scan| file.extend(self.scan(scan, (1, 63, 0), &value)));
        }
        file.extend([0xFF, 0xD9]);
        file
    }

    fn scan(
        &self,
        parts: &[usize],
        (first, last, bits): (u8, u8, u8),
        value: &impl Fn(usize, usize, usize) -> i32,
    ) -> Vec<u8> {
        let names = parts.iter().flat_map(|part| [*part as u8 + 1, 0]);
        let header: Vec<u8> = [parts.len() as u8].into_iter().chain(names).chain([first, last, bits]).collect();
        let mut scan = segment(0xDA, &header);
        let (most, mut writer) = (self.most(), Writer::default());
        let factors: Vec<_> = match parts {
            [_] => vec![(1, 1)],
            _ => parts.iter().map(|part| self.factors[*part]).collect(),
        };
        let units = |px: usize, most: usize, own: usize| match parts {
            [_] => (px * own).div_ceil(most).div_ceil(8),
            _ => px.div_ceil(8 * most),
        };
        let own = self.factors[parts[0]];
        let (columns, rows) = (units(self.width, most.0, own.0), units(self.height, most.1, own.1));
        let mut before = vec![0; parts.len()];
        for unit in 0..columns * rows {
            if self.interval > 0 && unit > 0 && unit % self.interval == 0 {
                scan.extend(std::mem::take(&mut writer).finished());
                scan.extend([0xFF, 0xD0 + ((unit / self.interval - 1) % 8) as u8]);
                before.fill(0);
            }
            for (at, (part, (across, down))) in parts.iter().zip(&factors).enumerate() {
                for place in 0..across * down {
                    let (x, y) = (unit % columns * across + place % across, unit / columns * down + place / across);
                    let value = value(*part, x, y);
                    match (first, bits) {
                        (0, 0x10) => writer.bits((value & 1) as u32, 1),
                        (0, low) => {
                            let value = value >> low;
                            writer.mean(value - before[at]);
                            before[at] = value;
                            if last > 0 {
                                writer.bits(0, 1);
                            }
                        }
                        _ => writer.bits(0, 1),
                    }
                }
            }
        }
        scan.extend(writer.finished());
        scan
    }
}

/// A marker segment.
pub fn segment(marker: u8, contents: &[u8]) -> Vec<u8> {
    [&[0xFF, marker][..], &(contents.len() as u16 + 2).to_be_bytes(), contents].concat()
}

#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    held: u32,
    count: u32,
}

impl Writer {
    fn bits(&mut self, value: u32, count: u32) {
        for at in (0..count).rev() {
            self.held = self.held << 1 | (value >> at & 1);
            self.count += 1;
            if self.count == 8 {
                self.bytes.push(self.held as u8);
                if self.held == 0xFF {
                    self.bytes.push(0);
                }
                (self.held, self.count) = (0, 0);
            }
        }
    }

    fn mean(&mut self, difference: i32) {
        let size = 32 - difference.unsigned_abs().leading_zeros();
        // Table K.3: two bits for 0, three for sizes up to 5, then one more for each.
        match size {
            0 => self.bits(0, 2),
            1..=5 => self.bits(size + 1, 3),
            _ => self.bits((1 << (size - 2)) - 2, size - 2),
        }
        let value = if difference < 0 { difference - 1 } else { difference };
        self.bits(value as u32 & ((1 << size) - 1), size);
    }

    fn finished(mut self) -> Vec<u8> {
        while self.count > 0 {
            self.bits(1, 1);
        }
        self.bytes
    }
}
