//! Files in and out: every format, its metadata, and files that are damaged or hostile.

mod files {
    mod bad_files;
    mod jpeg_reading;
    mod metadata;
    mod pictures;
    mod reading;
    mod tiff;
    mod unkept;
}

mod support {
    pub mod bases;
    pub mod bombs;
    pub mod broken;
    pub mod jpegs;
    pub mod skip;
}
