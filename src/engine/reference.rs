//! The network through burn's `flex` on the CPU: slower than [`super::cpu`] and written by others,
//! so it is what tests compare that engine with.

use burn::tensor::Device;

use super::{
    EngineError, Restorer, Weights,
    burn_restorer::{Alive, BurnRestorer},
    cpu,
};

/// Loads a network for whole pictures.
///
/// # Errors
/// When the backend fails.
pub fn load(weights: &Weights) -> Result<Box<dyn Restorer>, EngineError> {
    let restorer = BurnRestorer::load(weights, Device::flex(), cpu::info(), usize::MAX, Alive::new(true.into()))?;
    Ok(Box::new(restorer))
}
