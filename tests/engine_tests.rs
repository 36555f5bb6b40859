//! Networks and what is made with them: the engines by PyTorch's answers and by the definition, tiles, the noise and
//! JPEG estimates, and the worker.

mod engine {
    mod cpu;
    mod jpeg;
    mod jpeg_traces;
    mod networks;
    mod noise;
    mod tiling;
    mod worker;
}

mod support {
    pub mod definition;
    pub mod golden;
    pub mod photos;
    pub mod skip;
}
