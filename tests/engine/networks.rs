//! The networks agree with PyTorch, on the CPU within 1e-4 and on the GPU (or software Vulkan) within 1e-3; invalid
//! weight files are errors.

use redawn::engine::{self, DeviceChoice, DeviceKind, TileChoice, Weights};

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
        let weights = engine::models::load(task).expect("a built-in model");
        assert_eq!(weights.shape.task, task);
        assert_eq!(weights.encoder.len(), weights.shape.pairs);
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
    assert!(reason(&edited(r#"\"width\": 64"#, r#"\"width\": 32"#)).contains("enc.0.weight is F32 [64, 4, 4, 4]"));
    assert!(reason(&edited(r#"\"stride\": 2"#, r#"\"stride\": 3"#)).contains("stride of 3"));

    let mut infinite = whole.clone();
    let end = infinite.len();
    infinite[end - 4..].copy_from_slice(&f32::INFINITY.to_le_bytes());
    assert!(reason(&infinite).contains("not finite"));

    let error = engine::models::find("no-such-model").map(|_| ()).expect_err("no such model").to_string();
    assert!(error.contains("no-such-model") && error.contains("denoise-red20"), "{error}");
}
