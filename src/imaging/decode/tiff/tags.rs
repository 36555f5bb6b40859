//! The tags of a picture in a TIFF (TIFF 6.0, section 2) or BigTIFF. Accepts arbitrary bytes.

use image::ImageResult;
use img_parts::Bytes;

use crate::imaging::{
    container::ifd::{ByteOrder, value_bytes},
    decode::errors::{broken, truncated, unsupported},
};

/// A directory of a file.
pub struct TiffTags {
    pub bytes: Bytes,
    pub order: ByteOrder,
    /// Whether it is a BigTIFF, with 64-bit offsets.
    big: bool,
    /// Its offset.
    pub start: usize,
    /// The position after its entries, where the offset of the next directory is.
    pub end: usize,
    entries: Vec<Field>,
}

struct Field {
    tag: u16,
    kind: u16,
    count: u64,
    /// Position of its values, if they fit, or of their offset.
    field: usize,
}

impl TiffTags {
    /// Reads the first directory.
    ///
    /// # Errors
    /// If the file is truncated or not a TIFF.
    pub fn first(bytes: Bytes) -> ImageResult<Self> {
        let (order, big) = match bytes.get(..4) {
            Some(b"II*\0") => (ByteOrder::Little, false),
            Some(b"MM\0*") => (ByteOrder::Big, false),
            Some(b"II+\0") => (ByteOrder::Little, true),
            Some(b"MM\0+") => (ByteOrder::Big, true),
            _ => return Err(broken("TIFF", "its signature is invalid")),
        };
        let mut directory = Self { bytes, order, big, start: 0, end: 0, entries: Vec::new() };
        directory.read(directory.offset(directory.first_at())?)?;
        Ok(directory)
    }

    /// The next directory; none if this is the last one.
    ///
    /// # Errors
    /// If it is not entirely within the file.
    pub fn next(&self) -> ImageResult<Option<Self>> {
        // Some files end before the offset.
        let Some(start) = self.offset(self.end).ok().filter(|&start| start != 0) else { return Ok(None) };
        let (bytes, order, big) = (self.bytes.clone(), self.order, self.big);
        let mut next = Self { bytes, order, big, start: 0, end: 0, entries: Vec::new() };
        next.read(start)?;
        Ok(Some(next))
    }

    /// Position of the offset of the first directory.
    fn first_at(&self) -> usize {
        if self.big { 8 } else { 4 }
    }

    /// The position and bytes of a file's header that make this directory its first one.
    pub fn as_first(&self) -> (usize, Vec<u8>) {
        let start = match self.big {
            false => self.order.u32(self.start as u32).to_vec(),
            true => self.order.u64(self.start as u64).to_vec(),
        };
        (self.first_at(), start)
    }

    fn read(&mut self, start: usize) -> ImageResult<()> {
        let (count, first, length) = match self.big {
            false => (u64::from(self.order.u16_of(self.at(start)?)), 2, 12),
            true => (self.order.u64_of(self.at(start)?), 8, 20),
        };
        let mut end = start.saturating_add(first);
        // Fails at the end of the file, even if the count is huge.
        for _ in 0..count {
            let entry = self.entry(end)?;
            self.entries.push(entry);
            end = end.saturating_add(length);
        }
        (self.start, self.end) = (start, end);
        Ok(())
    }

    fn entry(&self, at: usize) -> ImageResult<Field> {
        let (tag, kind) = (self.order.u16_of(self.at(at)?), self.order.u16_of(self.at(at.saturating_add(2))?));
        let count_at = at.saturating_add(4);
        let (count, field) = match self.big {
            false => (u64::from(self.order.u32_of(self.at(count_at)?)), at.saturating_add(8)),
            true => (self.order.u64_of(self.at(count_at)?), at.saturating_add(12)),
        };
        Ok(Field { tag, kind, count, field })
    }

    fn at<const N: usize>(&self, at: usize) -> ImageResult<[u8; N]> {
        self.bytes.get(at..).and_then(<[u8]>::first_chunk).copied().ok_or_else(truncated)
    }

    fn offset(&self, at: usize) -> ImageResult<usize> {
        let offset = match self.big {
            false => u64::from(self.order.u32_of(self.at(at)?)),
            true => self.order.u64_of(self.at(at)?),
        };
        usize::try_from(offset).map_err(|_| truncated())
    }

    /// An entry's type and encoded values; none if there is no such entry.
    fn value(&self, tag: u16) -> ImageResult<Option<(u16, &[u8])>> {
        let Some(entry) = self.entries.iter().find(|entry| entry.tag == tag) else { return Ok(None) };
        let kind = entry.kind;
        let size =
            value_bytes(kind).ok_or_else(|| broken("TIFF", format!("its tag {tag} has values of type {kind}")))?;
        let length = entry
            .count
            .checked_mul(size as u64)
            .and_then(|length| usize::try_from(length).ok())
            .ok_or_else(truncated)?;
        let inside = if self.big { 8 } else { 4 };
        let at = if length <= inside { entry.field } else { self.offset(entry.field)? };
        let end = at.checked_add(length).ok_or_else(truncated)?;
        Ok(Some((entry.kind, self.bytes.get(at..end).ok_or_else(truncated)?)))
    }

    /// An entry's encoded values; none if there is no such entry.
    ///
    /// # Errors
    /// If they are outside the file.
    pub fn block(&self, tag: u16) -> ImageResult<Option<&[u8]>> {
        Ok(self.value(tag)?.map(|(_, value)| value))
    }

    /// An entry's integers; none if there is no such entry.
    ///
    /// # Errors
    /// If they are outside the file, not integers, or negative.
    pub fn numbers(&self, tag: u16) -> ImageResult<Option<Vec<u64>>> {
        let order = self.order;
        let Some((kind, value)) = self.value(tag)? else { return Ok(None) };
        let negative = || broken("TIFF", format!("its tag {tag} has a negative number"));
        let signed = |number: i64| u64::try_from(number).map_err(|_| negative());
        let two = || value.as_chunks().0.iter().map(|&two| order.u16_of(two));
        let four = || value.as_chunks().0.iter().map(|&four| order.u32_of(four));
        let eight = || value.as_chunks().0.iter().map(|&eight| order.u64_of(eight));
        match kind {
            1 => Ok(value.iter().map(|&byte| byte.into()).collect()),
            3 => Ok(two().map(u64::from).collect()),
            4 | 13 => Ok(four().map(u64::from).collect()),
            16 | 18 => Ok(eight().collect()),
            6 => value.iter().map(|&byte| signed(byte.cast_signed().into())).collect(),
            8 => two().map(|number| signed(number.cast_signed().into())).collect(),
            9 => four().map(|number| signed(number.cast_signed().into())).collect(),
            17 => eight().map(|number| signed(number.cast_signed())).collect(),
            _ => Err(broken("TIFF", format!("its tag {tag} is not an integer"))),
        }
        .map(Some)
    }

    /// An entry's first integer.
    ///
    /// # Errors
    /// Those of [`Self::numbers`].
    pub fn number(&self, tag: u16) -> ImageResult<Option<u64>> {
        Ok(self.numbers(tag)?.and_then(|numbers| numbers.first().copied()))
    }

    /// An entry's integer for all samples, which must be equal. `what`: its name for the error.
    ///
    /// # Errors
    /// Those of [`Self::numbers`], and if they differ.
    pub fn same_number(&self, tag: u16, what: &str) -> ImageResult<Option<u64>> {
        let numbers = self.numbers(tag)?.unwrap_or_default();
        match numbers.iter().all(|number| *number == numbers[0]) {
            true => Ok(numbers.first().copied()),
            false => Err(unsupported(format!("channels of different {what} ({numbers:?})"))),
        }
    }

    /// An entry's rational numbers; none if there is no such entry.
    ///
    /// # Errors
    /// If they are outside the file, or not rational.
    pub fn fractions(&self, tag: u16) -> ImageResult<Option<Vec<f64>>> {
        let order = self.order;
        let Some((kind, value)) = self.value(tag)? else { return Ok(None) };
        let four = || value.as_chunks().0.iter().map(|&four| order.u32_of(four));
        let numbers: Vec<f64> = match kind {
            5 => four().map(f64::from).collect(),
            10 => four().map(|number| f64::from(number.cast_signed())).collect(),
            _ => return Err(broken("TIFF", format!("its tag {tag} is not a rational number"))),
        };
        Ok(Some(numbers.as_chunks().0.iter().map(|[above, below]| above / below).collect()))
    }
}
