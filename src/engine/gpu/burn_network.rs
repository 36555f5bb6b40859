//! RED-Net as one burn module, with burn's own kernels: Mao, Shen, Yang, "Image Restoration Using Very Deep Convolutional
//! Encoder-Decoder Networks with Symmetric Skip Connections", NIPS 2016.
//!
//! `pairs` convolutions and as many deconvolutions with ReLU between them; the activation of every
//! second encoder layer is added to its mirrored decoder layer before the ReLU; the network learns
//! the residual: output = input + F(input). Deconvolutions of stride 1 are stored as the equivalent convolutions.

use burn::{
    module::{Module, Param},
    tensor::{
        Device, Tensor, TensorData,
        activation::relu,
        module::{conv_transpose2d, conv2d},
        ops::{ConvOptions, ConvTransposeOptions},
    },
};

use crate::engine::{
    layers::has_skip,
    weights::{self, Weights},
};

/// The network, on a device.
#[derive(Module, Debug)]
pub struct RedNet {
    encoder: Vec<ConvLayer>,
    decoder: Vec<ConvLayer>,
    out: ConvLayer,
    planes_out: usize,
    stride: usize,
}

/// The parameters of one layer.
#[derive(Module, Debug)]
struct ConvLayer {
    weight: Param<Tensor<4>>,
    bias: Param<Tensor<1>>,
}

impl ConvLayer {
    fn load(layer: &weights::LayerWeights, device: &Device) -> Self {
        let weight = TensorData::new(layer.weight.clone(), layer.dims);
        let bias = TensorData::new(layer.bias.clone(), [layer.bias.len()]);
        Self {
            weight: Param::from_tensor(Tensor::from_data(weight, device)),
            bias: Param::from_tensor(Tensor::from_data(bias, device)),
        }
    }

    fn forward(&self, x: Tensor<4>, stride: usize) -> Tensor<4> {
        let options = ConvOptions::new([stride; 2], [1; 2], [1; 2], 1);
        conv2d(x, self.weight.val(), Some(self.bias.val()), options)
    }

    fn forward_transposed(&self, x: Tensor<4>) -> Tensor<4> {
        let options = ConvTransposeOptions::new([2; 2], [1; 2], [0; 2], [1; 2], 1);
        conv_transpose2d(x, self.weight.val(), Some(self.bias.val()), options)
    }
}

impl RedNet {
    /// Copies a network's weights to a device.
    pub fn load(weights: &Weights, device: &Device) -> Self {
        let load =
            |layers: &[weights::LayerWeights]| layers.iter().map(|layer| ConvLayer::load(layer, device)).collect();
        Self {
            encoder: load(&weights.encoder),
            decoder: load(&weights.decoder),
            out: ConvLayer::load(&weights.out, device),
            planes_out: weights.shape.planes_out,
            stride: weights.shape.stride,
        }
    }

    /// `x`: 1 × planes in × height × width, both sides multiples of the stride. The output has the same size and
    /// `planes_out` planes.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let pairs = self.encoder.len();
        let mut kept = vec![None; pairs];
        let mut h = x.clone();
        for (i, layer) in self.encoder.iter().enumerate() {
            h = relu(layer.forward(h, if i == 0 { self.stride } else { 1 }));
            if has_skip(pairs, i) {
                kept[i] = Some(h.clone());
            }
        }
        for (j, layer) in self.decoder.iter().enumerate() {
            h = layer.forward(h, 1);
            if let Some(mirrored) = kept[pairs - 2 - j].take() {
                h = h + mirrored;
            }
            h = relu(h);
        }
        let residual = if self.stride == 2 { self.out.forward_transposed(h) } else { self.out.forward(h, 1) };
        x.narrow(1, 0, self.planes_out) + residual
    }
}
