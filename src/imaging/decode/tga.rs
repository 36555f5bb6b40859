//! Postprocessing of TGA files (Truevision, version 2.0) decoded by the `image` crate.

use image::DynamicImage;

/// Signature at the end of a file with a footer, after two offsets of 4 bytes.
const SIGNATURE: &[u8; 18] = b"TRUEVISION-XFILE.\0";
/// Offset of the attributes type, which describes the fourth channel, in the extension area.
const ATTRIBUTES_TYPE: usize = 494;

/// Removes the fourth channel if it is not alpha: by the extension area, or because the whole picture would be
/// transparent.
pub fn without_false_alpha(image: DynamicImage, bytes: &[u8]) -> DynamicImage {
    match image {
        DynamicImage::ImageRgba8(rgba) if has_no_alpha(bytes) || rgba.pixels().all(|pixel| pixel[3] == 0) => {
            DynamicImage::ImageRgba8(rgba).to_rgb8().into()
        }
        image => image,
    }
}

fn has_no_alpha(bytes: &[u8]) -> bool {
    let kind = || {
        let (rest, _) = bytes.split_last_chunk::<18>().filter(|(_, signature)| *signature == SIGNATURE)?;
        let (_, offsets) = rest.split_last_chunk::<8>()?;
        let extension = u32::from_le_bytes(*offsets.first_chunk()?) as usize;
        (extension > 0).then(|| bytes.get(extension.checked_add(ATTRIBUTES_TYPE)?).copied())?
    };
    kind() == Some(0)
}
