//! AVIF files: AV1 pictures decoded by rav1d, and converted to RGB here (ITU-T H.273).

mod container;

use image::{ColorType, ImageDecoder, ImageError, ImageResult, metadata::Orientation};
use img_parts::Bytes;
use rayon::prelude::*;
use re_rav1d::dav1d::{Decoder, Picture, PixelLayout, PlanarImageComponent, Plane, Settings, pixel::YUVRange};

use self::container::{AvifImage, Cicp, Container, ContainerError};
use super::{
    errors::{broken, truncated, unsupported},
    samples::color_type,
};
use crate::pixels::{Depth, Rect};

/// Maximum number of frames (quality layers) of a picture.
const MAX_FRAMES: usize = 4;

/// Decoder of an AVIF's primary picture.
pub struct AvifDecoder {
    container: Container,
    matrix: Option<YuvMatrix>,
}

/// The conversion of luma and chroma to RGB.
#[derive(Debug, Clone, Copy, PartialEq)]
enum YuvMatrix {
    /// The planes are green, blue and red.
    Identity,
    /// YCgCo.
    YCgCo,
    /// YCbCr with these luma coefficients of red and blue.
    YCbCr(f32, f32),
}

impl YuvMatrix {
    fn from_code(code: u8) -> ImageResult<Self> {
        Ok(match code {
            0 => YuvMatrix::Identity,
            1 => YuvMatrix::YCbCr(0.2126, 0.0722),
            4 => YuvMatrix::YCbCr(0.30, 0.11),
            // 2: unspecified.
            2 | 5 | 6 => YuvMatrix::YCbCr(0.299, 0.114),
            7 => YuvMatrix::YCbCr(0.212, 0.087),
            8 => YuvMatrix::YCgCo,
            9 => YuvMatrix::YCbCr(0.2627, 0.0593),
            _ => return Err(unsupported(format!("matrix coefficients {code}"))),
        })
    }

    /// Red, green and blue of luma (0 to 1) and chroma (-0.5 to 0.5).
    fn colours(self, y: f32, u: f32, v: f32) -> [f32; 3] {
        match self {
            YuvMatrix::Identity => [v, y, u],
            YuvMatrix::YCgCo => [y - u + v, y + u, y - u - v],
            YuvMatrix::YCbCr(red, blue) => {
                let (r, b) = (y + 2.0 * (1.0 - red) * v, y + 2.0 * (1.0 - blue) * u);
                [r, (y - red * r - blue * b) / (1.0 - red - blue), b]
            }
        }
    }
}

impl AvifDecoder {
    /// Reads the container.
    ///
    /// # Errors
    /// If it is damaged, truncated or unsupported.
    pub fn new(file: &Bytes) -> ImageResult<Self> {
        let container = container::read(file).map_err(|error| match error {
            ContainerError::Damaged => broken("AVIF", "the description of its picture is incomplete"),
            ContainerError::Truncated => truncated(),
            ContainerError::Unsupported(what) => unsupported(what),
        })?;
        let matrix = container.cicp.map(|cicp| YuvMatrix::from_code(cicp.matrix)).transpose()?;
        Ok(Self { container, matrix })
    }

    /// Whether alpha is premultiplied.
    pub fn is_premultiplied(&self) -> bool {
        self.container.premultiplied
    }

    /// The clean aperture, before the orientation is applied; none for the whole picture.
    pub fn crop(&self) -> Option<Rect> {
        self.container.crop
    }

    /// Sentences about pixel data that is not kept.
    pub fn notices(&self) -> Vec<String> {
        let animation = "It is an animation: only its first frame is used.";
        self.container.animation.then(|| animation.to_string()).into_iter().collect()
    }

    /// Primaries and transfer characteristics as a PNG's cICP chunk, if there is no profile and they are not those of
    /// sRGB.
    pub fn cicp(&self) -> Option<Vec<u8>> {
        let Cicp { primaries, transfer, .. } = self.container.cicp.filter(|_| self.container.icc.is_none())?;
        let srgb = matches!(primaries, 1 | 2) && matches!(transfer, 2 | 13);
        // The decoded pixels are RGB, full range.
        (!srgb).then(|| vec![primaries, transfer, 0, 1])
    }

    fn depth(&self) -> Depth {
        if self.container.picture.deep { Depth::Sixteen } else { Depth::Eight }
    }

    /// Decodes a picture's tiles into the channels of the buffer from `channel` on.
    fn decode_into(&self, image: &AvifImage, channel: usize, buffer: &mut [u8]) -> ImageResult<()> {
        let color = self.color_type();
        let pixel = usize::from(color.bytes_per_pixel());
        let row_length = self.container.picture.size.0 as usize * pixel;
        let (width, height) = (image.tile.0 as usize, image.tile.1 as usize);
        let mut decoder = decoder(image.tile)?;
        for (index, tile) in image.tiles.iter().enumerate() {
            let decoded = decode_tile(&mut decoder, tile, image.tile)?;
            let planes = YuvPlanes::new(&decoded, self.container.cicp.filter(|_| channel == 0));
            let matrix = self.matrix.map_or_else(|| YuvMatrix::from_code(decoded.matrix_coefficients() as u8), Ok)?;
            let (left, top) = (index % image.columns * width * pixel, index / image.columns * height);
            let rows = buffer.par_chunks_exact_mut(row_length).skip(top).take(height);
            rows.enumerate().for_each(|(y, row)| {
                let pixels = row[left..].chunks_exact_mut(pixel);
                let luma = planes.luma(y);
                if channel > 0 || color.channel_count() <= 2 {
                    let values = luma.iter().map(|&value| [value]);
                    self.write(pixels, channel, values);
                } else {
                    let [u, v] = planes.chroma(y, matrix == YuvMatrix::Identity);
                    let values = luma.iter().zip(u.iter().zip(&v));
                    self.write(pixels, channel, values.map(|(&y, (&u, &v))| matrix.colours(y, u, v)));
                }
            });
        }
        Ok(())
    }

    /// Writes each pixel's values, 0 to 1, from a channel on. `as` clamps to the range.
    fn write<'a, const N: usize>(
        &self,
        pixels: impl Iterator<Item = &'a mut [u8]>,
        channel: usize,
        values: impl Iterator<Item = [f32; N]>,
    ) {
        let eight = self.depth() == Depth::Eight;
        for (place, values) in pixels.zip(values) {
            if eight {
                let places = place[channel..].iter_mut();
                places.zip(values).for_each(|(place, value)| *place = (value * 255.0 + 0.5) as u8);
            } else {
                let places = place[2 * channel..].as_chunks_mut().0.iter_mut();
                places.zip(values).for_each(|(place, value)| *place = ((value * 65_535.0 + 0.5) as u16).to_ne_bytes());
            }
        }
    }
}

/// The planes of a decoded picture.
struct YuvPlanes {
    /// Each with its stride, in bytes.
    planes: Vec<(Plane, usize)>,
    /// Whether a sample has two bytes.
    wide: bool,
    size: (usize, usize),
    /// Powers of two by which chroma is subsampled, across and down.
    shifts: (u32, u32),
    /// The sample of black, and the range to white.
    luma: (f32, f32),
    /// The sample of neutral chroma, and the range.
    chroma: (f32, f32),
}

impl YuvPlanes {
    /// `cicp`: from the container; overrides that of the AV1 data.
    fn new(picture: &Picture, cicp: Option<Cicp>) -> Self {
        use PlanarImageComponent::{U, V, Y};
        let bits = picture.bits_per_component().map_or(8, |bits| bits.0);
        let (components, shifts): (&[_], _) = match picture.pixel_layout() {
            PixelLayout::I400 => (&[Y], (0, 0)),
            PixelLayout::I420 => (&[Y, U, V], (1, 1)),
            PixelLayout::I422 => (&[Y, U, V], (1, 0)),
            PixelLayout::I444 => (&[Y, U, V], (0, 0)),
        };
        let full_range = cicp.map_or_else(|| picture.color_range() == YUVRange::Full, |cicp| cicp.full_range);
        let (unit, top) = ((1_u32 << (bits - 8)) as f32, ((1_u32 << bits) - 1) as f32);
        let (luma, range) = match full_range {
            true => ((0.0, top), top),
            false => ((16.0 * unit, 219.0 * unit), 224.0 * unit),
        };
        let plane = |&component| (picture.plane(component), picture.stride(component) as usize);
        Self {
            planes: components.iter().map(plane).collect(),
            wide: bits > 8,
            size: (picture.width() as usize, picture.height() as usize),
            shifts,
            luma,
            chroma: (128.0 * unit, range),
        }
    }

    /// One row of a plane.
    fn row(&self, (plane, stride): &(Plane, usize), y: usize, width: usize, (zero, range): (f32, f32)) -> Vec<f32> {
        let row = plane.get(y * stride..).unwrap_or_default();
        let value = |value: u16| (f32::from(value) - zero) / range;
        match self.wide {
            false => row.iter().take(width).map(|&byte| value(byte.into())).collect(),
            true => row.as_chunks().0.iter().take(width).map(|&two| value(u16::from_ne_bytes(two))).collect(),
        }
    }

    /// One row of luma, 0 to 1.
    fn luma(&self, y: usize) -> Vec<f32> {
        self.row(&self.planes[0], y, self.size.0, self.luma)
    }

    /// One row of chroma, interpolated if it is subsampled: -0.5 to 0.5, or 0 to 1 if the planes are colours.
    fn chroma(&self, y: usize, colours: bool) -> [Vec<f32>; 2] {
        let scale = if colours { self.luma } else { self.chroma };
        let (width, height) = (self.size.0.div_ceil(1 << self.shifts.0), self.size.1.div_ceil(1 << self.shifts.1));
        let (near, far, part) = between(y, self.shifts.1, height);
        [1, 2].map(|index| {
            // A grey tile among coloured ones.
            let Some(plane) = self.planes.get(index) else { return vec![0.0; self.size.0] };
            let mut row = self.row(plane, near, width, scale);
            if far != near {
                let far = self.row(plane, far, width, scale);
                row.iter_mut().zip(far).for_each(|(near, far)| *near += (far - *near) * part);
            }
            if self.shifts.0 == 0 {
                return row;
            }
            let value = |x| {
                let (near, far, part) = between(x, 1, row.len());
                row[near] + (row[far] - row[near]) * part
            };
            (0..self.size.0.min(2 * row.len())).map(value).collect()
        })
    }
}

/// The two nearest samples of a subsampled plane, and the weight of the farther one.
fn between(at: usize, shift: u32, end: usize) -> (usize, usize, f32) {
    let near = at >> shift;
    let far = if at & 1 == 0 { near.saturating_sub(1) } else { near + 1 };
    if shift == 0 { (near, near, 0.0) } else { (near, far.min(end.saturating_sub(1)), 0.25) }
}

fn failed(error: re_rav1d::dav1d::Error) -> ImageError {
    broken("AVIF", error)
}

fn decoder((width, height): (u32, u32)) -> ImageResult<Decoder> {
    let mut settings = Settings::new();
    settings.set_max_frame_delay(1);
    settings.set_all_layers(false);
    settings.set_n_threads(rayon::current_num_threads() as u32);
    settings.set_frame_size_limit(width.saturating_mul(height).max(1));
    Decoder::with_settings(&settings).map_err(failed)
}

/// Decodes a tile.
fn decode_tile(decoder: &mut Decoder, tile: &Bytes, size: (u32, u32)) -> ImageResult<Picture> {
    if tile.is_empty() {
        return Err(broken("AVIF", "its picture is empty"));
    }
    if frames(tile) > MAX_FRAMES {
        return Err(broken("AVIF", "its picture has too many frames"));
    }
    decoder.flush();
    let mut sent = decoder.send_data(tile.clone(), None, None, None);
    let picture = loop {
        if let Err(error) = sent
            && !error.is_again()
        {
            return Err(failed(error));
        }
        match decoder.get_picture() {
            Ok(picture) => break picture,
            Err(error) if !error.is_again() => return Err(failed(error)),
            // All data was sent, and there is no picture.
            Err(_) if sent.is_ok() => return Err(truncated()),
            Err(_) => sent = decoder.send_pending_data(),
        }
    };
    if (picture.width(), picture.height()) != size {
        return Err(broken("AVIF", "its picture does not have the declared size"));
    }
    Ok(picture)
}

/// The number of frames in AV1 OBUs (AV1, section 5.3), each of which can take as long as the picture.
fn frames(mut units: &[u8]) -> usize {
    let mut frames = 0;
    while let Some((&header, rest)) = units.split_first() {
        // OBU_FRAME or OBU_FRAME_HEADER.
        frames += usize::from(matches!(header >> 3 & 0xF, 3 | 6));
        let rest = rest.get(usize::from(header >> 2 & 1)..).unwrap_or_default();
        // An OBU without a size is the last one.
        if header & 2 == 0 {
            break;
        }
        let (mut length, mut at) = (0_u64, 0);
        while let Some(byte) = rest.get(at).filter(|_| at < 8) {
            length |= u64::from(byte & 0x7F) << (7 * at);
            at += 1;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let next = usize::try_from(length).ok().and_then(|length| length.checked_add(at));
        units = next.and_then(|next| rest.get(next..)).unwrap_or_default();
    }
    frames
}

/// A metadata block; an empty one is damaged.
fn intact(block: Option<Vec<u8>>) -> ImageResult<Option<Vec<u8>>> {
    match block {
        Some(block) if block.is_empty() => Err(truncated()),
        block => Ok(block),
    }
}

impl ImageDecoder for AvifDecoder {
    fn dimensions(&self) -> (u32, u32) {
        self.container.picture.size
    }

    fn color_type(&self) -> ColorType {
        color_type(self.container.picture.grey, self.container.alpha.is_some(), self.depth())
    }

    fn icc_profile(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.container.icc.take())
    }

    fn exif_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        intact(self.container.exif.take())
    }

    fn xmp_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        intact(self.container.xmp.take())
    }

    fn orientation(&mut self) -> ImageResult<Orientation> {
        Ok(self.container.orientation)
    }

    fn read_image(self, buffer: &mut [u8]) -> ImageResult<()> {
        self.decode_into(&self.container.picture, 0, buffer)?;
        match &self.container.alpha {
            Some(alpha) => self.decode_into(alpha, usize::from(self.color_type().channel_count()) - 1, buffer),
            None => Ok(()),
        }
    }

    fn read_image_boxed(self: Box<Self>, buffer: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(buffer)
    }
}
