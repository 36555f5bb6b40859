//! Parsers of container structures: segments, chunks, boxes, blocks and directories, shared by decoders and metadata
//! readers. All of them accept arbitrary bytes.

pub mod boxes;
pub mod gif;
pub mod ifd;
pub mod jpeg;
pub mod png;
