//! The window, driven by the names of its controls, with the real workers and a fake network.

mod window {
    mod compare;
    mod compression;
    mod devices;
    mod live;
    mod names;
    mod navigator;
    mod networks;
    mod noise_controls;
    mod output;
    mod pages;
    mod painting;
    mod panels;
    mod panning;
    mod photo;
    mod previews;
    mod queue;
    mod repair;
    mod selection;
    mod settings;
    mod shortcuts;
    mod snapshots;
    mod strength;
}

mod support {
    pub mod desk;
    pub mod drawing;
    pub mod networks;
    pub mod photos;
    pub mod skip;
    pub mod strokes;
    pub mod tiffs;
}
