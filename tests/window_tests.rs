//! The window, driven by the names of its controls, with the real workers and a fake network.

mod window {
    mod compare;
    mod compression;
    mod devices;
    mod live;
    mod names;
    mod noise_controls;
    mod painting;
    mod panning;
    mod photo;
    mod previews;
    mod queue;
    mod settings;
    mod snapshots;
    mod strength;
}

mod support {
    pub mod desk;
    pub mod drawing;
    pub mod photos;
    pub mod skip;
}
