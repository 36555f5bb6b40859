//! How picture files are divided: segments, chunks, boxes, blocks and directories. Decoders and the readers of metadata
//! share them. All of them take any bytes.

pub mod boxes;
pub mod gif;
pub mod ifd;
pub mod jpeg;
pub mod png;
