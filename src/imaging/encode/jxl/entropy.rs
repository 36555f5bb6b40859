//! Entropy-coded numbers (ISO/IEC 18181-1, annex C): each has a context, contexts are grouped into clusters, and each cluster has
//! a distribution.

use super::{
    ans::{AnsState, Distribution},
    bits::BitWriter,
};

/// Sizes of the decoder's alphabet, as binary logarithms.
const ALPHABET_BITS: std::ops::RangeInclusive<u32> = 5..=8;

/// How numbers are split into a symbol and bits that follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// All of the number, below 256, is the symbol.
    Bytes,
    /// Below 16, all of it; above, its number of bits and its two highest ones after the first.
    Residuals,
}

/// A number below 2²⁴, and the cluster of its context, below 128.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodedNumber(u32);

impl CodedNumber {
    const CLUSTER_AT: u32 = 24;
    /// Set if 16 bits follow its symbol.
    const REFILLS: u32 = 1 << 31;

    /// A number that does not exceed the limits.
    pub fn new(cluster: u8, value: u32) -> Self {
        debug_assert!(cluster < 128 && value < 1 << Self::CLUSTER_AT, "{value} in {cluster}");
        Self(u32::from(cluster) << Self::CLUSTER_AT | value)
    }

    fn cluster(self) -> usize {
        (self.0 >> Self::CLUSTER_AT & 0x7F) as usize
    }

    fn value(self) -> u32 {
        self.0 & ((1 << Self::CLUSTER_AT) - 1)
    }
}

/// A symbol with bits that follow it.
struct Symbol {
    symbol: u32,
    count: u32,
    bits: u32,
}

impl Split {
    fn symbol_of(self, value: u32) -> Symbol {
        if self == Split::Bytes || value < 16 {
            return Symbol { symbol: value, count: 0, bits: 0 };
        }
        let length = value.ilog2();
        let count = length - 2;
        Symbol { symbol: 16 + (length - 4) * 4 + (value >> count & 3), count, bits: value & ((1 << count) - 1) }
    }

    fn write(self, bits: &mut BitWriter, alphabet_bits: u32) {
        let field = alphabet_bits.ilog2() + 1;
        match self {
            Split::Bytes => bits.put(field, 8),
            Split::Residuals => {
                bits.put(field, 4);
                bits.put(3, 2);
                bits.put(2, 0);
            }
        }
    }
}

/// Writes the distributions, and then the numbers. `clusters`: the cluster of each context; each cluster up to the greatest occurs.
pub fn write(bits: &mut BitWriter, clusters: &[u8], split: Split, mut numbers: Vec<CodedNumber>) {
    let cluster_count = clusters.iter().max().map_or(1, |&greatest| usize::from(greatest) + 1);
    let mut counts = vec![[0_u32; 256]; cluster_count];
    let mut greatest = 0;
    for number in &numbers {
        let symbol = split.symbol_of(number.value()).symbol;
        counts[number.cluster()][symbol as usize] += 1;
        greatest = greatest.max(symbol);
    }
    let alphabet_bits = match split {
        Split::Bytes => *ALPHABET_BITS.end(),
        Split::Residuals => greatest.max(1).ilog2().saturating_add(1).max(*ALPHABET_BITS.start()),
    };

    // No repetitions.
    bits.flag(false);
    if clusters.len() > 1 {
        write_clusters(bits, clusters);
    }
    // No prefix codes.
    bits.flag(false);
    bits.put(2, alphabet_bits - ALPHABET_BITS.start());
    (0..cluster_count).for_each(|_| split.write(bits, alphabet_bits));
    let distributions: Vec<_> =
        counts.iter().map(|counts| Distribution::new(&counts[..=greatest as usize], alphabet_bits)).collect();
    distributions.iter().for_each(|distribution| distribution.write(bits));

    let mut state = AnsState::new();
    let mut refills = Vec::new();
    for number in numbers.iter_mut().rev() {
        let symbol = split.symbol_of(number.value()).symbol;
        if let Some(refill) = state.encode(&distributions[number.cluster()], symbol as usize) {
            number.0 |= CodedNumber::REFILLS;
            refills.push(refill);
        }
    }
    bits.put(32, state.value());
    let mut refills = refills.into_iter().rev();
    for number in numbers {
        if number.0 & CodedNumber::REFILLS != 0 {
            bits.put(16, refills.next().unwrap_or_default().into());
        }
        let symbol = split.symbol_of(number.value());
        bits.put(symbol.count, symbol.bits);
    }
}

fn write_clusters(bits: &mut BitWriter, clusters: &[u8]) {
    let is_simple = clusters.iter().all(|&cluster| cluster == 0);
    bits.flag(is_simple);
    if is_simple {
        // Of no bits each.
        bits.put(2, 0);
        return;
    }
    // Not moved to the front.
    bits.flag(false);
    let numbers = clusters.iter().map(|&cluster| CodedNumber::new(0, cluster.into())).collect();
    write(bits, &[0], Split::Residuals, numbers);
}
