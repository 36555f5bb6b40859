//! IPTC records (IIM 4).

/// Name of further records in a file.
pub const FURTHER: &str = "further IPTC data";

/// The data is damaged.
#[derive(Debug, PartialEq, Eq)]
pub struct Damaged;

/// Validates records.
///
/// # Errors
/// If one is incomplete.
pub fn validated(records: Vec<u8>) -> Result<Vec<u8>, Damaged> {
    let mut rest = &records[..];
    // Padding may follow.
    while rest.first().is_some_and(|&mark| mark != 0) {
        rest = record(rest).ok_or(Damaged)?;
    }
    Ok(records)
}

/// Whether records are equal except for padding.
pub fn are_equal(one: &[u8], other: &[u8]) -> bool {
    let unpadded = |records: &[u8]| records.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    one[..unpadded(one)] == other[..unpadded(other)]
}

/// The bytes after the first record.
fn record(bytes: &[u8]) -> Option<&[u8]> {
    if bytes.first() != Some(&0x1C) {
        return None;
    }
    let short = usize::from(u16::from_be_bytes(*bytes.get(3..)?.first_chunk()?));
    // An extended record begins with the length of its length.
    let (digits, length) = match short & 0x8000 {
        0 => (0, short),
        _ => {
            let digits = short & 0x7FFF;
            let length = bytes.get(5..5 + digits)?;
            (digits, length.iter().try_fold(0_usize, |sum, &digit| sum.checked_mul(256)?.checked_add(digit.into()))?)
        }
    };
    bytes.get((5 + digits).checked_add(length)?..)
}

/// The records of a TIFF tag. Some programs write them as 32-bit numbers, in the wrong byte order.
///
/// # Errors
/// If they are damaged.
pub fn from_tiff(value: &[u8]) -> Result<Vec<u8>, Damaged> {
    if value.first() != Some(&0x1C) && value.get(3) == Some(&0x1C) {
        let (numbers, _) = value.as_chunks::<4>();
        return validated(numbers.iter().flat_map(|number| number.iter().rev().copied()).collect());
    }
    validated(value.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_in_the_wrong_byte_order_are_swapped() {
        let records = b"\x1C\x02\x05\0\x03Sky\x1C\x02\x19\x80\x02\0\x01x".to_vec();
        let turned: Vec<u8> = records[..16].chunks(4).flat_map(|four| four.iter().rev().copied()).collect();
        assert_eq!(from_tiff(&turned), Ok(records[..16].to_vec()));
        assert_eq!(from_tiff(&records), Ok(records));
    }
}
