//! Reading and writing files: all formats, metadata, damaged and hostile files.

mod files {
    mod bad_files;
    mod gain_maps;
    mod heic;
    mod jpeg_reading;
    mod metadata;
    mod pictures;
    mod reading;
    mod tiff;
    mod unkept;
    mod writing;
}

mod support {
    pub mod bases;
    pub mod bombs;
    pub mod broken;
    pub mod jpegs;
    pub mod skip;
}
