//! Conversion of `image`'s errors to [`PictureError`].

use std::{error::Error, io, path::Path};

use image::{
    ImageError,
    error::{DecodingError, ImageFormatHint, UnsupportedError, UnsupportedErrorKind},
};

use crate::imaging::PictureError;

/// An error for a file that violates its format.
pub fn broken(format: &str, why: impl Into<Box<dyn Error + Send + Sync>>) -> ImageError {
    ImageError::Decoding(DecodingError::new(ImageFormatHint::Name(format.into()), why))
}

/// An error for an unsupported feature: the end of the sentence "a picture with …".
pub fn unsupported(what: impl Into<String>) -> ImageError {
    let kind = UnsupportedErrorKind::GenericFeature(what.into());
    ImageError::Unsupported(UnsupportedError::from_format_and_kind(ImageFormatHint::Unknown, kind))
}

/// An error for a file that ends too early.
pub fn truncated() -> ImageError {
    ImageError::IoError(io::ErrorKind::UnexpectedEof.into())
}

/// Converts a decoder's error.
pub fn failure(path: &Path, error: ImageError) -> PictureError {
    let path = path.to_path_buf();
    if ends_early(&error) {
        return PictureError::Truncated { path };
    }
    match error {
        ImageError::Unsupported(error) => {
            let what = match error.kind() {
                UnsupportedErrorKind::GenericFeature(what) => what.clone(),
                UnsupportedErrorKind::Color(color) => format!("pixels of the kind {color:?}"),
                _ => format!("something rare ({error})"),
            };
            PictureError::Unsupported { path, kind: format!("a picture with {what}") }
        }
        error => PictureError::Broken { path, reason: error.to_string() },
    }
}

/// Whether an error was caused by an unexpected end of the file.
fn ends_early(error: &(dyn Error + 'static)) -> bool {
    // The source of `ImageError` and `io::Error` is not the error they wrap, but only the source of that.
    if let Some(ImageError::IoError(error)) = error.downcast_ref() {
        return ends_early(error);
    }
    match error.downcast_ref::<io::Error>() {
        Some(error) if error.kind() == io::ErrorKind::UnexpectedEof => true,
        Some(error) => error.get_ref().is_some_and(|error| ends_early(error)),
        None => error.source().is_some_and(ends_early),
    }
}
