//! Distributions for coding with asymmetric numeral systems (ISO/IEC 18181-1, annex C).

use super::bits::BitWriter;

/// Binary logarithm of the sum of all frequencies.
const TABLE_BITS: u32 = 12;
const TABLE: usize = 1 << TABLE_BITS;
/// The state that decoding ends with.
const FINAL_STATE: u32 = 0x13_0000;
/// Length and bits of the codes for a frequency's number of bits.
const LENGTH_CODES: [(u32, u32); 13] = [
    (5, 0b10001),
    (4, 0b1011),
    (4, 0b1111),
    (4, 0b0011),
    (4, 0b1001),
    (4, 0b0111),
    (3, 0b100),
    (3, 0b010),
    (3, 0b101),
    (3, 0b110),
    (3, 0b000),
    (6, 0b100001),
    (7, 0b0000001),
];

/// A distribution of symbols, for an encoder.
pub struct Distribution {
    /// Frequency of each symbol; together [`TABLE`].
    frequencies: Vec<u16>,
    /// Place in `slots` of each symbol's first slot.
    starts: Vec<u16>,
    /// The slots of the decoder's table, ordered by symbol.
    slots: Vec<u16>,
}

impl Distribution {
    /// The best distribution for these numbers of symbols. `alphabet_bits`: binary logarithm of the size of the decoder's
    /// alphabet, 5–8, which is at least as large.
    pub fn new(counts: &[u32], alphabet_bits: u32) -> Self {
        let frequencies = frequencies(counts);
        let mut starts = Vec::with_capacity(frequencies.len());
        let mut start = 0;
        for &frequency in &frequencies {
            starts.push(start);
            start += frequency;
        }
        let mut slots = vec![0; TABLE];
        for (slot, (symbol, offset)) in alias_table(&frequencies, alphabet_bits).into_iter().enumerate() {
            slots[usize::from(starts[symbol] + offset)] = slot as u16;
        }
        Self { frequencies, starts, slots }
    }

    /// Writes it.
    pub fn write(&self, bits: &mut BitWriter) {
        let used = self.frequencies.iter().enumerate().filter(|&(_, &frequency)| frequency > 0);
        let used: Vec<_> = used.map(|(symbol, &frequency)| (symbol as u32, u32::from(frequency))).collect();
        match used[..] {
            [] | [_] => {
                bits.put(2, 0b01);
                put_byte(bits, used.first().map_or(0, |(symbol, _)| *symbol));
            }
            [(first, frequency), (second, _)] => {
                bits.put(2, 0b11);
                put_byte(bits, first);
                put_byte(bits, second);
                bits.put(TABLE_BITS, frequency);
            }
            [.., (last, _)] => {
                bits.put(2, 0b00);
                // All bits of each frequency: shift 12, as 7 + 5.
                bits.put(6, 0b101_111);
                put_byte(bits, last + 1 - 3);
                let frequencies = &self.frequencies[..=last as usize];
                let length = |frequency: u16| (u16::BITS - frequency.leading_zeros()) as usize;
                for &frequency in frequencies {
                    let (count, code) = LENGTH_CODES[length(frequency)];
                    bits.put(count, code);
                }
                // The first of the greatest length follows from the sum.
                let longest = frequencies.iter().map(|&frequency| length(frequency)).max().unwrap_or(0);
                let omitted = frequencies.iter().position(|&frequency| length(frequency) == longest);
                for (symbol, &frequency) in frequencies.iter().enumerate() {
                    if frequency > 1 && Some(symbol) != omitted {
                        bits.put(length(frequency) as u32 - 1, frequency.into());
                    }
                }
            }
        }
    }
}

/// Writes a number of up to 8 bits.
fn put_byte(bits: &mut BitWriter, value: u32) {
    match value.checked_ilog2() {
        None => bits.put(1, 0),
        Some(length) => {
            bits.put(4, 1 | length << 1);
            bits.put(length, value);
        }
    }
}

/// Frequencies near the shares of the counts: at least 1 for a symbol that occurs. None occurs: all of them are the first.
fn frequencies(counts: &[u32]) -> Vec<u16> {
    let total: u64 = counts.iter().map(|&count| u64::from(count)).sum();
    let mut frequencies: Vec<u16> = match total {
        0 => vec![0; counts.len().max(1)],
        _ => {
            let share = |count: u32| (u64::from(count) * TABLE as u64 + total / 2) / total;
            counts.iter().map(|&count| if count == 0 { 0 } else { share(count).max(1) as u16 }).collect()
        }
    };
    // What rounding changed is taken from or given to the most frequent ones.
    loop {
        let sum: usize = frequencies.iter().map(|&frequency| usize::from(frequency)).sum();
        let Some(most) = frequencies.iter_mut().max() else { return frequencies };
        match sum.cmp(&TABLE) {
            std::cmp::Ordering::Equal => return frequencies,
            std::cmp::Ordering::Less => *most += (TABLE - sum) as u16,
            std::cmp::Ordering::Greater => *most -= (sum - TABLE).min(usize::from(*most).div_ceil(4)) as u16,
        }
    }
}

/// The decoder's table: symbol, and offset among the symbol's slots, of each slot.
fn alias_table(frequencies: &[u16], alphabet_bits: u32) -> Vec<(usize, u16)> {
    if let Some(only) = frequencies.iter().position(|&frequency| usize::from(frequency) == TABLE) {
        return (0..TABLE as u16).map(|slot| (only, slot)).collect();
    }
    let buckets = 1 << alphabet_bits;
    let bucket = (TABLE / buckets) as u16;
    let mut cutoffs = frequencies.to_vec();
    cutoffs.resize(buckets, 0);
    // The other symbol of a bucket, and the offset of its first slot there.
    let mut others = vec![(0, 0); buckets];
    let mut underfull: Vec<usize> = (0..buckets).filter(|&symbol| cutoffs[symbol] < bucket).collect();
    let mut overfull: Vec<usize> = (0..buckets).filter(|&symbol| cutoffs[symbol] > bucket).collect();
    while let (Some(over), Some(under)) = (overfull.pop(), underfull.pop()) {
        cutoffs[over] -= bucket - cutoffs[under];
        others[under] = (over, cutoffs[over]);
        match cutoffs[over].cmp(&bucket) {
            std::cmp::Ordering::Less => underfull.push(over),
            std::cmp::Ordering::Equal => {}
            std::cmp::Ordering::Greater => overfull.push(over),
        }
    }
    let slots = (0..buckets).flat_map(|symbol| (0..bucket).map(move |place| (symbol, place)));
    slots
        .map(|(symbol, place)| {
            let (other, offset) = others[symbol];
            let cutoff = cutoffs[symbol];
            if place < cutoff { (symbol, place) } else { (other, offset + place - cutoff) }
        })
        .collect()
}

/// The state of an encoder, which goes through the symbols from the last to the first.
pub struct AnsState(u32);

impl AnsState {
    /// Before the last symbol.
    pub fn new() -> Self {
        Self(FINAL_STATE)
    }

    /// Encodes a symbol, which must occur in the distribution. Returns the 16 bits that follow it, if any do.
    pub fn encode(&mut self, distribution: &Distribution, symbol: usize) -> Option<u16> {
        let frequency = u32::from(distribution.frequencies[symbol]);
        let mut follows = None;
        if self.0 >> (32 - TABLE_BITS) >= frequency {
            follows = Some(self.0 as u16);
            self.0 >>= 16;
        }
        let slot = usize::from(distribution.starts[symbol]) + (self.0 % frequency) as usize;
        self.0 = (self.0 / frequency) << TABLE_BITS | u32::from(distribution.slots[slot]);
        follows
    }

    /// What decoding begins with.
    pub fn value(&self) -> u32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequencies_fill_the_table_and_no_symbol_is_lost() {
        let many = |symbol: u32| if symbol < 2 { 1_000_000 } else { 1 };
        for counts in [vec![], vec![0, 7], vec![1; 256], (0..256).map(many).collect(), vec![3, 0, 5, 9_000_000]] {
            let found = frequencies(&counts);
            assert_eq!(found.iter().map(|&frequency| usize::from(frequency)).sum::<usize>(), TABLE, "{counts:?}");
            assert!(counts.iter().zip(&found).all(|(&count, &frequency)| count == 0 || frequency > 0), "{counts:?}");
        }
    }

    #[test]
    fn each_symbol_has_as_many_slots_as_its_frequency() {
        let frequencies = frequencies(&[900, 1, 0, 40, 40, 7, 2_000, 3]);
        let table = alias_table(&frequencies, 5);
        for (symbol, &frequency) in frequencies.iter().enumerate() {
            let mut offsets: Vec<_> =
                table.iter().filter(|(other, _)| *other == symbol).map(|(_, offset)| *offset).collect();
            offsets.sort_unstable();
            assert_eq!(offsets, (0..frequency).collect::<Vec<_>>(), "{symbol}");
        }
    }
}
