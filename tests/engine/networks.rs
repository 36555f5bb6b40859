//! The networks agree with PyTorch, on the CPU within 1e-4 and on the GPU (or software Vulkan) within 1e-3; invalid
//! weight files are errors.

use half::f16;
use redawn::engine::{self, DeviceChoice, DeviceKind, Model, NetworkId, TileChoice, Weights};

use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use crate::support::{
    golden::{self, max_difference},
    skip,
};

fn compare(choice: &DeviceChoice, tolerance: f32) {
    for golden in golden::all() {
        let name = &golden.weights.name;
        let opened = engine::open_weights(choice, TileChoice::Auto, &golden.weights).expect("a device");
        let mut restorer = opened.restorer;
        if *choice != DeviceChoice::Cpu {
            assert_ne!(restorer.device().kind, DeviceKind::Cpu, "fell back: {}", opened.reason);
        }
        for (input, expected) in &golden.cases {
            let output = restorer.restore(input.clone()).expect("an output");
            let difference = max_difference(&output, expected);
            println!("{name} on {} {:?}: {difference:.1e}", restorer.device().name, input.size());
            assert!(difference <= tolerance, "{name} {:?}: {difference}", input.size());
        }
    }
}

#[test]
fn the_cpu_agrees_with_pytorch() {
    compare(&DeviceChoice::Cpu, 1e-4);
}

#[test]
fn every_gpu_agrees_with_pytorch() {
    let gpus: Vec<_> = engine::list_devices().into_iter().filter(|device| device.kind != DeviceKind::Cpu).collect();
    if gpus.is_empty() {
        skip::skip("no Vulkan, Metal or DX12 adapter here, not even a software one (mesa-vulkan-drivers)");
    }
    for gpu in gpus {
        compare(&DeviceChoice::Named(gpu.name), 1e-3);
    }
}

#[test]
fn the_built_in_models_load() {
    let others = [engine::Task::Estimate, engine::Task::Detect, engine::Task::Repair];
    for task in engine::Task::ALL.into_iter().chain(others) {
        let [fast, best] = [Model::Fast, Model::Best].map(|model| {
            let weights = engine::models::load(NetworkId::new(task, model)).expect("a built-in model");
            assert_eq!(weights.shape.task, task);
            assert_eq!(weights.encoder.len(), weights.shape.pairs);
            weights.shape.flops(1)
        });
        assert_eq!(fast < best, engine::models::has_fast(task), "{task:?}");
    }
}

#[test]
fn weights_are_read_from_f16_and_f32() {
    let path = "tests/golden/red10-s2-w16.safetensors";
    let bytes = std::fs::read(path).expect("golden file");
    let (_, header) = SafeTensors::read_metadata(&bytes).expect("golden file");
    let file = SafeTensors::deserialize(&bytes).expect("golden file");
    let halved = |name: &str| {
        let values = file.tensor(name).expect("a tensor").data().as_chunks().0;
        let halves = values.iter().flat_map(|&value| f16::from_f32(f32::from_le_bytes(value)).to_le_bytes());
        halves.collect::<Vec<u8>>()
    };
    let names: Vec<_> = file.names().into_iter().filter(|name| !name.starts_with("golden")).collect();
    let data: Vec<_> = names.iter().map(|name| halved(name)).collect();
    let tensors = names.iter().zip(&data).map(|(name, data)| {
        let shape = file.tensor(name).expect("a tensor").shape().to_vec();
        (*name, TensorView::new(Dtype::F16, shape, data).expect("a tensor"))
    });
    let small = safetensors::serialize(tensors, header.metadata().clone()).expect("a file");
    let (whole, small) =
        (Weights::parse("f32", &bytes).expect("weights"), Weights::parse("f16", &small).expect("weights"));
    assert_ne!(whole.out.weight, small.out.weight);
    let rounded = |values: &[f32]| values.iter().map(|&value| f16::from_f32(value).to_f32()).collect::<Vec<_>>();
    let layers = |weights: &Weights| {
        let inner = weights.encoder.iter().chain(&weights.decoder);
        inner.chain([&weights.out]).map(|layer| (layer.weight.clone(), layer.bias.clone())).collect::<Vec<_>>()
    };
    for (whole, small) in layers(&whole).iter().zip(&layers(&small)) {
        assert_eq!(&(rounded(&whole.0), rounded(&whole.1)), small);
    }
}

#[test]
fn invalid_weight_files_are_errors() {
    let whole = std::fs::read("models/denoise-red20.safetensors").expect("a model");
    let reason = |bytes: &[u8]| match Weights::parse("mine", bytes) {
        Ok(_) => panic!("accepted"),
        Err(error) => error.to_string(),
    };
    for cut in [0, 7, 100, whole.len() / 2, whole.len() - 1] {
        let text = reason(&whole[..cut]);
        assert!(text.contains("mine") && text.contains("not a complete safetensors file"), "{cut}: {text}");
    }
    assert!(reason(b"GIF89a, and more bytes than a header").contains("not a complete"));

    // The same bytes with another header of the same length.
    let edited = |from: &str, to: &str| {
        let mut bytes = whole.clone();
        let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).expect("in the header");
        bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
        bytes
    };
    assert!(reason(&edited("rednet", "resnet")).contains("not a RED-Net"));
    assert!(reason(&edited(r#"\"pairs\": 10"#, r#"\"pairs\": 11"#)).contains("enc.10.weight is missing"));
    assert!(reason(&edited(r#"\"width\": 64"#, r#"\"width\": 32"#)).contains("enc.0.weight is F16 [64, 4, 4, 4]"));
    assert!(reason(&edited(r#"\"stride\": 2"#, r#"\"stride\": 3"#)).contains("stride of 3"));

    let mut infinite = whole.clone();
    let end = infinite.len();
    infinite[end - 2..].copy_from_slice(&f16::INFINITY.to_le_bytes());
    assert!(reason(&infinite).contains("not finite"));

    let error = engine::models::find("no-such-model").map(|_| ()).expect_err("no such model").to_string();
    assert!(error.contains("no-such-model") && error.contains("denoise-red20"), "{error}");
}
