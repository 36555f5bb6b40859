//! The headers of a JPEG (ITU-T T.81, annex B).

use std::rc::Rc;

use super::{
    arithmetic::Conditioning,
    frame::{Component, Entropy, Frame, Process},
    huffman::{self, Huffman},
};
use crate::imaging::{
    container::jpeg::{END, SCAN, contents, has_contents, next_marker},
    metadata::{IccChunks, JoinedProfile},
};

/// Why a JPEG can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JpegError {
    /// It is unsupported: the end of the sentence "a picture with …".
    Unsupported(&'static str),
    /// It violates the standard.
    Damaged(&'static str),
    /// It ends before its pixel data.
    Truncated,
}

/// Quantisation steps of a block, row by row.
pub type Steps = [u16; 64];

/// Zigzag order (figure A.6): positions in a block, row by row.
#[rustfmt::skip]
pub const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55,
    62, 63,
];

/// The tables in use.
#[derive(Default)]
pub struct Tables {
    pub steps: [Option<Steps>; 4],
    pub dc: [Option<Rc<Huffman>>; 4],
    pub ac: [Option<Rc<Huffman>>; 4],
    pub conditioning: [Conditioning; 4],
    /// MCUs per restart interval; 0 for none.
    pub interval: usize,
}

/// The header of a scan.
pub struct Scan {
    /// Its components.
    pub parts: Vec<Part>,
    /// The first and last coefficient, in zigzag order (Ss, Se).
    pub first: usize,
    pub last: usize,
    /// The lowest bit decoded before it; 0 for none (Ah).
    pub above: u32,
    /// The lowest bit decoded by it (Al).
    pub low: u32,
}

/// A component in a scan.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Its index in the frame.
    pub component: usize,
    /// Slots of its Huffman or statistics tables.
    pub dc: usize,
    pub ac: usize,
}

/// The next part of a file.
pub enum Next {
    /// A scan, whose data begins at [`HeaderReader::at`].
    Scan(Scan),
    /// The end of the picture.
    End,
    /// The unexpected end of the file.
    Truncated,
}

/// Colour model of the components.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColourModel {
    Grey,
    Ycc,
    Rgb,
    Cmyk,
    /// CMY converted to YCC, and black.
    Ycck,
}

/// Reads the headers of a file.
pub struct HeaderReader<'a> {
    bytes: &'a [u8],
    /// Position of the next marker, or of stray bytes before it.
    pub at: usize,
    pub tables: Tables,
    pub frame: Option<Frame>,
    profile: IccChunks<'a>,
    has_jfif: bool,
    /// The colour transform in Adobe's segment.
    adobe: Option<u8>,
}

impl<'a> HeaderReader<'a> {
    /// Starts at the beginning of a file.
    pub fn new(bytes: &'a [u8]) -> Self {
        let (tables, profile) = (Tables::default(), IccChunks::default());
        Self { bytes, at: 2, tables, frame: None, profile, has_jfif: false, adobe: None }
    }

    /// Reads up to the next scan.
    ///
    /// # Errors
    /// If a segment is damaged or unsupported.
    pub fn next(&mut self) -> Result<Next, JpegError> {
        loop {
            let Some((marker, at)) = next_marker(self.bytes, self.at) else { return Ok(Next::Truncated) };
            self.at = at;
            if marker == END {
                return Ok(Next::End);
            } else if !has_contents(marker) {
                continue;
            }
            let Some(contents) = contents(self.bytes, at) else { return Ok(Next::Truncated) };
            self.at += 2 + contents.len();
            match marker {
                0xC0..=0xC2 | 0xC9 | 0xCA => self.begin_frame(marker, contents)?,
                0xC3 => return Err(JpegError::Unsupported("lossless JPEG compression")),
                0xC5..=0xC7 | 0xCD..=0xCF => return Err(JpegError::Unsupported("hierarchical JPEG compression")),
                0xCB => return Err(JpegError::Unsupported("lossless arithmetic JPEG coding")),
                0xF7 => return Err(JpegError::Unsupported("JPEG-LS compression")),
                0xCC => self.read_conditioning(contents).ok_or(JpegError::Damaged("a DAC segment is damaged"))?,
                0xC4 => self.read_codes(contents).ok_or(JpegError::Damaged("a Huffman table is incomplete"))?,
                0xDB => self.read_steps(contents).ok_or(JpegError::Damaged("a quantisation table is incomplete"))?,
                0xDD => {
                    let interval =
                        contents.first_chunk().ok_or(JpegError::Damaged("a restart interval is incomplete"))?;
                    self.tables.interval = u16::from_be_bytes(*interval).into();
                }
                SCAN => return self.scan(contents).map(Next::Scan),
                0xE0 => self.has_jfif |= contents.starts_with(b"JFIF\0"),
                0xE2 => self.profile.add_segment(contents),
                0xEE if contents.starts_with(b"Adobe") => self.adobe = contents.get(11).copied(),
                _ => {}
            }
        }
    }

    /// The colour model by JFIF, Adobe's segment, or the component ids, as in libjpeg.
    pub fn colours(&self) -> ColourModel {
        let ids: Vec<u8> = self.frame.iter().flat_map(|frame| &frame.components).map(|it| it.id).collect();
        match (ids.len(), self.adobe) {
            (1, _) => ColourModel::Grey,
            (3, _) if self.has_jfif => ColourModel::Ycc,
            (3, Some(0)) => ColourModel::Rgb,
            (3, None) if ids == *b"RGB" => ColourModel::Rgb,
            (3, _) => ColourModel::Ycc,
            (_, None | Some(0)) => ColourModel::Cmyk,
            _ => ColourModel::Ycck,
        }
    }

    /// The colour profile, if it is complete.
    pub fn profile(&self) -> Option<Vec<u8>> {
        match self.profile.join() {
            JoinedProfile::Whole(profile, _) => Some(profile),
            JoinedProfile::None | JoinedProfile::Incomplete => None,
        }
    }

    /// Whether CMYK is stored inverted, as by Adobe's programs.
    pub fn is_inverted(&self) -> bool {
        self.adobe.is_some()
    }

    fn begin_frame(&mut self, marker: u8, contents: &[u8]) -> Result<(), JpegError> {
        if self.frame.is_some() {
            return Err(JpegError::Damaged("it has two frames"));
        }
        let damaged = JpegError::Damaged("its frame header is incomplete");
        let Some((&[bits, h1, h0, w1, w0, count], components)) = contents.split_first_chunk() else {
            return Err(damaged);
        };
        match (bits, count) {
            (12, _) => return Err(JpegError::Unsupported("12 bits a channel")),
            (8, 1 | 3 | 4) => {}
            (8, 2) => return Err(JpegError::Unsupported("two channels")),
            _ => return Err(JpegError::Damaged("it has an invalid number of bits or channels")),
        }
        let components = components.get(..3 * usize::from(count)).ok_or(damaged)?;
        let component = |&[id, factors, table]: &[u8; 3]| Component {
            id,
            across: usize::from(factors >> 4),
            down: usize::from(factors & 15),
            table: table.into(),
        };
        let components: Vec<_> = components.as_chunks().0.iter().map(component).collect();
        let is_sound = |it: &Component| matches!((it.across, it.down, it.table), (1..=4, 1..=4, 0..=3));
        if !components.iter().all(is_sound) {
            return Err(damaged);
        }
        let process = if matches!(marker, 0xC2 | 0xCA) { Process::Progressive } else { Process::Sequential };
        let entropy = if marker >= 0xC9 { Entropy::Arithmetic } else { Entropy::Huffman };
        let (width, height) = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
        let height = if height == 0 { self.height_from_dnl().unwrap_or(0) } else { height };
        self.frame = Some(Frame { process, entropy, width: width.into(), height: height.into(), components });
        Ok(())
    }

    /// The number of lines in a DNL segment, if the frame has none.
    fn height_from_dnl(&self) -> Option<u16> {
        let mut rest = self.bytes[self.at..].windows(6);
        rest.find_map(|segment| segment.strip_prefix(&[0xFF, 0xDC, 0, 4]))
            .and_then(|height| Some(u16::from_be_bytes(*height.first_chunk()?)))
    }

    fn read_codes(&mut self, mut contents: &[u8]) -> Option<()> {
        while let Some((&kind, rest)) = contents.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let (symbols, rest) = rest.split_at_checked(counts.iter().map(|count| usize::from(*count)).sum())?;
            let tables = if kind >> 4 == 0 { &mut self.tables.dc } else { &mut self.tables.ac };
            *tables.get_mut(usize::from(kind & 15))? = Some(Rc::new(Huffman::new(counts, symbols)?));
            contents = rest;
        }
        Some(())
    }

    fn read_conditioning(&mut self, contents: &[u8]) -> Option<()> {
        for &[kind, value] in contents.as_chunks().0 {
            let table = self.tables.conditioning.get_mut(usize::from(kind & 15))?;
            match (kind >> 4, value) {
                (0, _) if value & 15 <= value >> 4 => table.small = ((value & 15).into(), (value >> 4).into()),
                (1, 1..=63) => table.low_frequencies = value.into(),
                _ => return None,
            }
        }
        Some(())
    }

    fn read_steps(&mut self, mut contents: &[u8]) -> Option<()> {
        while let Some((&kind, rest)) = contents.split_first() {
            let wide = usize::from(kind >> 4 != 0);
            let (values, rest) = rest.split_at_checked(64 << wide)?;
            let mut steps = [0; 64];
            for (at, place) in ZIGZAG.iter().enumerate() {
                steps[usize::from(*place)] = match wide {
                    0 => values[at].into(),
                    _ => u16::from_be_bytes([values[2 * at], values[2 * at + 1]]),
                };
            }
            *self.tables.steps.get_mut(usize::from(kind & 15))? = Some(steps);
            contents = rest;
        }
        Some(())
    }

    fn scan(&self, contents: &[u8]) -> Result<Scan, JpegError> {
        let damaged = JpegError::Damaged("the header of a scan is damaged");
        let frame = self.frame.as_ref().ok_or(JpegError::Damaged("its pixels come before their size"))?;
        let (&count, rest) = contents.split_first().ok_or(damaged)?;
        let (entries, rest) = rest.split_at_checked(2 * usize::from(count)).ok_or(damaged)?;
        let &[first, last, bits] = rest.first_chunk().ok_or(damaged)?;
        let mut parts: Vec<Part> = Vec::new();
        for &[id, tables] in entries.as_chunks().0 {
            let is_new = |component: &usize| parts.iter().all(|part| part.component != *component);
            let mut named = (0..frame.components.len()).filter(|at| frame.components[*at].id == id);
            let component = named.find(is_new).ok_or(damaged)?;
            parts.push(Part { component, dc: usize::from(tables >> 4), ac: usize::from(tables & 15) });
        }
        if parts.is_empty() || parts.iter().any(|part| part.dc > 3 || part.ac > 3) {
            return Err(damaged);
        }
        let (above, low) = (u32::from(bits >> 4), u32::from(bits & 15));
        let (first, last) = (usize::from(first), usize::from(last));
        if frame.process == Process::Sequential {
            return Ok(Scan { parts, first: 0, last: 63, above: 0, low: 0 });
        }
        // DC only, or a band of AC coefficients of one component.
        let is_sound = if first == 0 { last == 0 } else { first <= last && last < 64 && parts.len() == 1 };
        if !is_sound || low > 13 || above > 14 {
            return Err(damaged);
        }
        Ok(Scan { parts, first, last, above, low })
    }

    /// The Huffman table for DC or AC coefficients; the standard one for motion JPEG, which omits it.
    ///
    /// # Errors
    /// If it is missing.
    pub fn codes(&self, part: &Part, dc: bool) -> Result<Rc<Huffman>, JpegError> {
        let (tables, place) = if dc { (&self.tables.dc, part.dc) } else { (&self.tables.ac, part.ac) };
        let is_sequential = self.frame.as_ref().is_some_and(|frame| frame.process == Process::Sequential);
        let standard = || huffman::standard(dc, place > 0).filter(|_| is_sequential).map(Rc::new);
        tables[place].clone().or_else(standard).ok_or(JpegError::Damaged("a Huffman table is missing"))
    }
}
