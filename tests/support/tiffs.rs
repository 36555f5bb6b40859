//! TIFF files with several pages, in both byte orders and with offsets of 32 or 64 bits.
#![allow(dead_code, reason = "each test uses its own part of this file")]

/// One page: uncompressed, in one strip.
#[derive(Clone)]
pub struct Page {
    pub size: (u32, u32),
    /// Bits per sample: 1, 8 or 16.
    pub bits: u16,
    /// 1: grey, 2: RGB, 5: CMYK.
    pub photometric: u16,
    /// Interleaved, row by row.
    pub samples: Vec<u16>,
    pub description: &'static str,
    pub dpi: u32,
    /// NewSubfileType, if it is not 0.
    pub subfile: u32,
}

/// Byte order and width of offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    pub big_endian: bool,
    /// Whether it is a BigTIFF.
    pub wide: bool,
}

impl Layout {
    pub const ALL: [Self; 4] = [
        Self { big_endian: false, wide: false },
        Self { big_endian: true, wide: false },
        Self { big_endian: false, wide: true },
        Self { big_endian: true, wide: true },
    ];

    fn number(self, value: u64, bytes: usize) -> Vec<u8> {
        let mut number = value.to_le_bytes()[..bytes].to_vec();
        if self.big_endian {
            number.reverse();
        }
        number
    }

    /// The file, and the offset of each page's directory.
    pub fn file(self, pages: &[Page]) -> (Vec<u8>, Vec<usize>) {
        let (wide, number) = (self.wide, |value, bytes| self.number(value, bytes));
        let offset = if wide { 8 } else { 4 };
        let mut file = if self.big_endian { b"MM".to_vec() } else { b"II".to_vec() };
        file.extend(number(if wide { 43 } else { 42 }, 2));
        if wide {
            file.extend([number(8, 2), number(0, 2)].concat());
        }
        let mut link = file.len();
        file.extend(number(0, offset));
        let mut directories = Vec::new();
        for page in pages {
            let mut put = |bytes: &[u8]| {
                let at = file.len();
                file.extend(bytes);
                file.resize(file.len().next_multiple_of(8), 0);
                at as u64
            };
            let strip = page.strip(self);
            let channels = page.channels();
            // Tag, type, count, values.
            let mut entries = vec![
                (254, 4, 1, number(page.subfile.into(), 4)),
                (256, 4, 1, number(page.size.0.into(), 4)),
                (257, 4, 1, number(page.size.1.into(), 4)),
                (258, 3, channels, number(page.bits.into(), 2).repeat(channels)),
                (259, 3, 1, number(1, 2)),
                (262, 3, 1, number(page.photometric.into(), 2)),
                (270, 2, page.description.len() + 1, [page.description.as_bytes(), &[0]].concat()),
                (273, 4, 1, number(put(&strip), 4)),
                (277, 3, 1, number(channels as u64, 2)),
                (278, 4, 1, number(page.size.1.into(), 4)),
                (279, 4, 1, number(strip.len() as u64, 4)),
                (282, 5, 1, [number(page.dpi.into(), 4), number(1, 4)].concat()),
                (283, 5, 1, [number(page.dpi.into(), 4), number(1, 4)].concat()),
                (296, 3, 1, number(2, 2)),
            ];
            entries.retain(|(tag, ..)| *tag != 254 || page.subfile != 0);
            let mut directory = number(entries.len() as u64, if wide { 8 } else { 2 });
            for (tag, kind, count, mut value) in entries {
                directory.extend([number(tag, 2), number(kind, 2), number(count as u64, offset)].concat());
                if value.len() > offset {
                    value = number(put(&value), offset);
                }
                value.resize(offset, 0);
                directory.extend(value);
            }
            directory.extend(number(0, offset));
            let at = put(&directory);
            file[link..link + offset].copy_from_slice(&number(at, offset));
            link = at as usize + directory.len() - offset;
            directories.push(at as usize);
        }
        (file, directories)
    }
}

impl Page {
    fn channels(&self) -> usize {
        match self.photometric {
            2 => 3,
            5 => 4,
            _ => 1,
        }
    }

    fn strip(&self, layout: Layout) -> Vec<u8> {
        match self.bits {
            1 => {
                let rows = self.samples.chunks(self.size.0 as usize);
                let byte = |bits: &[u16]| bits.iter().enumerate().map(|(at, bit)| (*bit as u8) << (7 - at)).sum::<u8>();
                rows.flat_map(|row| row.chunks(8).map(byte).collect::<Vec<_>>()).collect()
            }
            8 => self.samples.iter().map(|sample| *sample as u8).collect(),
            _ => self.samples.iter().flat_map(|sample| layout.number((*sample).into(), 2)).collect(),
        }
    }
}
