//! ICC profiles (ISO/IEC 18181-1, annex E): a header as differences from an expected one, and the rest as it is.

use super::{
    bits::BitWriter,
    entropy::{self, CodedNumber, Split},
};

/// Contexts of a profile's bytes.
const CONTEXTS: usize = 41;
/// Length of a profile's header, in bytes.
const HEADER: usize = 128;
/// Command that copies bytes.
const COPY: u8 = 1;

/// Writes a profile.
pub fn write(bits: &mut BitWriter, profile: &[u8]) {
    let header = profile.len().min(HEADER);
    let mut commands = Vec::new();
    if profile.len() > HEADER {
        // No table of tags.
        commands.extend([0, COPY]);
        commands.extend(variable_length(profile.len() - HEADER));
    }
    let mut bytes = variable_length(profile.len());
    bytes.extend(variable_length(commands.len()));
    bytes.extend(commands);
    bytes.extend((0..header).map(|at| profile[at].wrapping_sub(expected(at, profile))));
    bytes.extend(&profile[header..]);
    bits.long(bytes.len() as u64);
    let numbers = bytes.iter().map(|&byte| CodedNumber::new(0, byte.into())).collect();
    entropy::write(bits, &[0; CONTEXTS], Split::Bytes, numbers);
}

/// The expected byte of a profile's header.
fn expected(at: usize, profile: &[u8]) -> u8 {
    let platform = profile.get(40..44).unwrap_or_default();
    let continued = |name: &[u8; 4], from: usize| {
        let starts = platform.starts_with(&name[..from - 40]);
        starts.then(|| name[at - 40])
    };
    match at {
        0..=3 => (profile.len() as u32).to_be_bytes()[at],
        8 => 4,
        12..=23 => b"mntrRGB XYZ "[at - 12],
        36..=39 => b"acsp"[at - 36],
        41..=43 => continued(b"APPL", 41)
            .or_else(|| continued(b"MSFT", 41))
            .or_else(|| continued(b"SGI ", 42).filter(|_| at > 41))
            .or_else(|| continued(b"SUNW", 42).filter(|_| at > 41))
            .unwrap_or(0),
        // The illuminant D50.
        70 => 246,
        71 => 214,
        73 => 1,
        78 => 211,
        79 => 45,
        // The creator is the maker.
        80..=83 => profile[at - 76],
        _ => 0,
    }
}

/// Seven bits in each byte, the lowest first.
fn variable_length(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}
