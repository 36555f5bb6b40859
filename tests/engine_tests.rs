//! Engines compared with PyTorch and with the network's definition, tiles, noise and JPEG estimates, and the worker.

mod engine {
    mod cpu;
    mod gpu;
    mod gpu_counts;
    mod jpeg;
    mod jpeg_traces;
    mod networks;
    mod noise;
    mod repair;
    mod resident;
    mod resized;
    mod tiling;
    mod times;
    mod uploads;
    mod worker;
}

mod support {
    pub mod damage;
    pub mod definition;
    pub mod golden;
    pub mod networks;
    pub mod photos;
    pub mod random_networks;
    pub mod skip;
}
