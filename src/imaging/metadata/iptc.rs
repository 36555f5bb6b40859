//! IPTC records (IIM 4), alone and among Photoshop's image resources.

/// What a JPEG segment holds, less the headers around the records.
pub const MAX_JPEG_IPTC: usize = 65_535 - 2 - HEADER.len() - 12 - 1;
/// Before the resources in a JPEG segment.
pub const HEADER: &[u8] = b"Photoshop 3.0\0";
/// The resource that holds the records.
const RECORDS: u16 = 0x0404;

/// The records of Photoshop's image resources.
///
/// # Errors
/// When the resources, or the records, are damaged.
pub fn of_photoshop(mut resources: &[u8]) -> Result<Option<Vec<u8>>, Damaged> {
    // What is left is padding.
    while resources.len() > 4 && resources.iter().any(|&byte| byte != 0) {
        let (id, data, rest) = resource(resources).ok_or(Damaged)?;
        if id == RECORDS {
            return whole(data.to_vec()).map(Some);
        }
        resources = rest;
    }
    Ok(None)
}

/// What was to be read is damaged.
#[derive(Debug, PartialEq, Eq)]
pub struct Damaged;

/// The first resource: its number, its data, and what follows.
fn resource(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    // Other programs' resources have other marks.
    if !matches!(bytes.get(..4)?, b"8BIM" | b"PHUT" | b"AgHg" | b"DCSR" | b"MeSa") {
        return None;
    }
    let id = u16::from_be_bytes(*bytes.get(4..)?.first_chunk()?);
    let name = usize::from(*bytes.get(6)?);
    let at = 6 + (name + 1).next_multiple_of(2);
    let length = u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?) as usize;
    let data = bytes.get(at + 4..(at + 4).checked_add(length)?)?;
    let next = at + 4 + length.next_multiple_of(2);
    Some((id, data, bytes.get(next..).unwrap_or_default()))
}

/// Records, when each of them is whole.
///
/// # Errors
/// When one is not.
pub fn whole(records: Vec<u8>) -> Result<Vec<u8>, Damaged> {
    let mut rest = &records[..];
    // Padding may follow.
    while rest.first().is_some_and(|&mark| mark != 0) {
        rest = record(rest).ok_or(Damaged)?;
    }
    Ok(records)
}

/// What follows the first record.
fn record(bytes: &[u8]) -> Option<&[u8]> {
    if bytes.first() != Some(&0x1C) {
        return None;
    }
    let short = usize::from(u16::from_be_bytes(*bytes.get(3..)?.first_chunk()?));
    // A long record says in how many bytes its length is.
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

/// The records of a TIFF's tag. Some programs write them as numbers of four bytes, in the other order.
///
/// # Errors
/// When they are damaged.
pub fn of_tiff(value: &[u8]) -> Result<Vec<u8>, Damaged> {
    if value.first() != Some(&0x1C) && value.get(3) == Some(&0x1C) {
        let (numbers, _) = value.as_chunks::<4>();
        return whole(numbers.iter().flat_map(|number| number.iter().rev().copied()).collect());
    }
    whole(value.to_vec())
}

/// Records as Photoshop's image resource, header included.
pub fn to_photoshop(records: &[u8]) -> Vec<u8> {
    let mut block = HEADER.to_vec();
    block.extend(b"8BIM");
    block.extend(RECORDS.to_be_bytes());
    block.extend([0, 0]);
    block.extend((records.len() as u32).to_be_bytes());
    block.extend(records);
    if !records.len().is_multiple_of(2) {
        block.push(0);
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_travel_through_photoshop() {
        let records = b"\x1C\x02\x05\0\x03Sky\x1C\x02\x19\x80\x02\0\x01x".to_vec();
        let block = to_photoshop(&records);
        let resources = block.strip_prefix(HEADER).unwrap();
        assert_eq!(of_photoshop(resources), Ok(Some(records.clone())));
        let before = [b"8BIM\x04\x25\x01A\0\0\0\x01z\0", resources].concat();
        assert_eq!(of_photoshop(&before), Ok(Some(records.clone())));
        for end in 5..block.len() - HEADER.len() - 1 {
            assert_eq!(of_photoshop(&resources[..end]), Err(Damaged), "cut at {end}");
        }
        let turned: Vec<u8> = records[..16].chunks(4).flat_map(|four| four.iter().rev().copied()).collect();
        assert_eq!(of_tiff(&turned), Ok(records[..16].to_vec()));
    }
}
