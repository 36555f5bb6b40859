//! The tree that selects a sample's distribution (ISO/IEC 18181-1, annex H): by its channel, and by the errors of the predictions
//! around it.

use super::{
    bits::BitWriter,
    entropy::{self, CodedNumber, Split},
};

/// The properties of a sample that are used.
const CHANNEL: u32 = 0;
const NEARBY_ERROR: u32 = 15;
/// Number of the self-correcting predictor.
const SELF_CORRECTING: u32 = 6;

/// Clusters of the tree's own numbers.
const THRESHOLD: u8 = 0;
const PROPERTY: u8 = 1;
const PREDICTOR: u8 = 2;
/// What is added to a prediction, and two parts of its factor.
const ADJUSTMENT: u8 = 3;
/// The cluster of each of their contexts.
const CLUSTERS: [u8; 6] = [THRESHOLD, PROPERTY, PREDICTOR, ADJUSTMENT, ADJUSTMENT, ADJUSTMENT];

/// A tree of decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree {
    /// This distribution.
    Leaf(u8),
    /// The first one for a property above the threshold, else the second one.
    Decision(u32, i32, Box<[Tree; 2]>),
}

impl Tree {
    /// The tree for channels whose distributions are separated by errors nearby: `thresholds` of each channel, ascending.
    /// Distributions are numbered by channel, and within it by error.
    pub fn of_channels(thresholds: &[Vec<i32>]) -> Self {
        let mut first = 0;
        let mut channels = Vec::new();
        for thresholds in thresholds {
            channels.push(Self::of_errors(thresholds, first));
            first += thresholds.len() as u8 + 1;
        }
        let mut channels = channels.into_iter().enumerate().rev();
        let last = channels.next().map_or(Tree::Leaf(0), |(_, tree)| tree);
        channels.fold(last, |others, (channel, tree)| Tree::Decision(CHANNEL, channel as i32, Box::new([others, tree])))
    }

    fn of_errors(thresholds: &[i32], first: u8) -> Self {
        let middle = thresholds.len() / 2;
        match thresholds.get(middle) {
            None => Tree::Leaf(first),
            Some(&threshold) => {
                let above = Self::of_errors(&thresholds[middle + 1..], first + middle as u8 + 1);
                let others = Self::of_errors(&thresholds[..middle], first);
                Tree::Decision(NEARBY_ERROR, threshold, Box::new([above, others]))
            }
        }
    }

    /// Writes it, level by level. Returns the distribution of each leaf, in that order.
    pub fn write(&self, bits: &mut BitWriter) -> Vec<u8> {
        let mut numbers = Vec::new();
        let mut leaves = Vec::new();
        let mut nodes = vec![self];
        let mut next = 0;
        while let Some(node) = nodes.get(next) {
            next += 1;
            let mut put = |cluster, value| numbers.push(CodedNumber::new(cluster, value));
            match node {
                Tree::Leaf(distribution) => {
                    put(PROPERTY, 0);
                    put(PREDICTOR, SELF_CORRECTING);
                    (0..3).for_each(|_| put(ADJUSTMENT, 0));
                    leaves.push(*distribution);
                }
                Tree::Decision(property, threshold, branches) => {
                    put(PROPERTY, property + 1);
                    put(THRESHOLD, signed(*threshold));
                    nodes.extend(branches.iter());
                }
            }
        }
        entropy::write(bits, &CLUSTERS, Split::Residuals, numbers);
        leaves
    }
}

/// A signed number as an unsigned one: 0, -1, 1, -2, …
pub fn signed(value: i32) -> u32 {
    (value << 1 ^ value >> 31) as u32
}
