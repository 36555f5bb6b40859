//! A colour profile (ICC.1:2022, version 4) that says what a PNG's own chunks about colour say, for
//! formats that have only profiles.

type Matrix = [[f64; 3]; 3];

/// x and y of white, red, green and blue.
type Chromaticities = [[f64; 2]; 4];

const SRGB: Chromaticities = [[0.3127, 0.329], [0.64, 0.33], [0.3, 0.6], [0.15, 0.06]];
const DISPLAY_P3: Chromaticities = [[0.3127, 0.329], [0.68, 0.32], [0.265, 0.69], [0.15, 0.06]];
/// The white that profiles refer to.
const D50: [f64; 3] = [0.9642, 1.0, 0.8249];
/// To the cones' answers by Bradford (annex E of the standard).
const BRADFORD: Matrix = [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]];

/// The profile for pixels of `channels` (1 or 3); none where the chunks can't be said that way.
pub fn of_png(chunks: &[([u8; 4], Vec<u8>)], channels: usize) -> Option<Vec<u8>> {
    let find = |kind: &[u8; 4]| chunks.iter().find(|(other, _)| other == kind).map(|(_, data)| &data[..]);
    let number = |data: &[u8], index: usize| {
        data.get(index * 4..)?.first_chunk().map(|bytes| f64::from(u32::from_be_bytes(*bytes)) / 100_000.0)
    };
    let (chromaticities, gamma) = match (find(b"cICP"), find(b"cHRM"), find(b"gAMA")) {
        // Display P3 with the curve of sRGB, full range.
        (Some([12, 13, 0, 1]), ..) => (DISPLAY_P3, None),
        (Some(_), ..) => return None,
        (None, chromaticities, gamma) => {
            let pair = |data: &[u8], index: usize| Some([number(data, index * 2)?, number(data, index * 2 + 1)?]);
            let chromaticities = match chromaticities {
                Some(data) => [pair(data, 0)?, pair(data, 1)?, pair(data, 2)?, pair(data, 3)?],
                None => SRGB,
            };
            let gamma = match gamma {
                Some(data) => Some(1.0 / number(data, 0).filter(|gamma| *gamma > 0.0)?),
                None => None,
            };
            (chromaticities, gamma)
        }
    };
    let curve = curve(gamma);
    let mut tags = vec![
        (*b"desc", text("As the PNG's chunks say")),
        (*b"cprt", text("No copyright, use freely")),
        (*b"wtpt", xyz(D50)),
    ];
    if channels == 1 {
        tags.push((*b"kTRC", curve));
    } else {
        let (to_xyz, adaptation) = matrices(chromaticities)?;
        tags.push((*b"chad", numbers(b"sf32", adaptation.as_flattened())));
        for (index, (colorant, curve_tag)) in
            [(*b"rXYZ", *b"rTRC"), (*b"gXYZ", *b"gTRC"), (*b"bXYZ", *b"bTRC")].into_iter().enumerate()
        {
            tags.push((colorant, xyz(to_xyz.map(|row| row[index]))));
            tags.push((curve_tag, curve.clone()));
        }
    }
    Some(file(if channels == 1 { b"GRAY" } else { b"RGB " }, &tags))
}

/// From linear values to XYZ seen under D50, and the part of that which changes the white.
fn matrices([white, red, green, blue]: Chromaticities) -> Option<(Matrix, Matrix)> {
    let tristimulus = |[x, y]: [f64; 2]| (y > 0.0).then(|| [x / y, 1.0, (1.0 - x - y) / y]);
    let white = tristimulus(white)?;
    let primaries = transposed([tristimulus(red)?, tristimulus(green)?, tristimulus(blue)?]);
    let scale = apply(inverse(primaries)?, white);
    let to_xyz = product(primaries, diagonal(scale));

    let (from, to) = (apply(BRADFORD, white), apply(BRADFORD, D50));
    let gain = diagonal([to[0] / from[0], to[1] / from[1], to[2] / from[2]]);
    let adaptation = product(inverse(BRADFORD)?, product(gain, BRADFORD));
    let seen = product(adaptation, to_xyz);
    // What the file holds must be within its numbers' range.
    let fits = |matrix: &Matrix| matrix.as_flattened().iter().all(|value| value.abs() < 32_000.0);
    (fits(&seen) && fits(&adaptation)).then_some((seen, adaptation))
}

fn diagonal([a, b, c]: [f64; 3]) -> Matrix {
    [[a, 0.0, 0.0], [0.0, b, 0.0], [0.0, 0.0, c]]
}

fn transposed(matrix: Matrix) -> Matrix {
    [0, 1, 2].map(|column| matrix.map(|row| row[column]))
}

fn apply(matrix: Matrix, vector: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum())
}

fn product(left: Matrix, right: Matrix) -> Matrix {
    transposed(transposed(right).map(|column| apply(left, column)))
}

fn inverse(matrix: Matrix) -> Option<Matrix> {
    let cross =
        |a: [f64; 3], b: [f64; 3]| [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
    let [a, b, c] = matrix;
    let cofactors = [cross(b, c), cross(c, a), cross(a, b)];
    let determinant: f64 = a.iter().zip(cofactors[0]).map(|(a, b)| a * b).sum();
    (determinant.abs() > 1e-9).then(|| transposed(cofactors).map(|row| row.map(|value| value / determinant)))
}

/// A power, or the curve of sRGB.
fn curve(gamma: Option<f64>) -> Vec<u8> {
    let (kind, parameters) = match gamma {
        Some(gamma) => (0_u16, vec![gamma]),
        None => (3, vec![2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045]),
    };
    let mut curve = b"para\0\0\0\0".to_vec();
    curve.extend(kind.to_be_bytes());
    curve.extend([0, 0]);
    curve.extend(parameters.into_iter().flat_map(fixed));
    curve
}

/// 16 bits before the point and 16 behind it.
fn fixed(value: f64) -> [u8; 4] {
    ((value * 65_536.0).round() as i32).to_be_bytes()
}

fn numbers(kind: &[u8; 4], values: &[f64]) -> Vec<u8> {
    [&kind[..], &[0; 4], &values.iter().flat_map(|value| fixed(*value)).collect::<Vec<_>>()].concat()
}

fn xyz(values: [f64; 3]) -> Vec<u8> {
    numbers(b"XYZ ", &values)
}

/// A text in English, without another language.
fn text(words: &str) -> Vec<u8> {
    let utf16: Vec<u8> = words.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut text = b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0CenUS".to_vec();
    text.extend((utf16.len() as u32).to_be_bytes());
    text.extend(28_u32.to_be_bytes());
    text.extend(utf16);
    text
}

/// Header, table and tags.
fn file(space: &[u8; 4], tags: &[([u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut table = (tags.len() as u32).to_be_bytes().to_vec();
    let mut data = Vec::new();
    let start = 128 + 4 + 12 * tags.len();
    for (name, value) in tags {
        table.extend(name);
        table.extend(((start + data.len()) as u32).to_be_bytes());
        table.extend((value.len() as u32).to_be_bytes());
        data.extend(value);
        data.resize(data.len().next_multiple_of(4), 0);
    }
    let mut header = vec![0; 128];
    header[..4].copy_from_slice(&((start + data.len()) as u32).to_be_bytes());
    header[8] = 4; // version
    header[9] = 0x40;
    header[12..16].copy_from_slice(b"mntr");
    header[16..20].copy_from_slice(space);
    header[20..24].copy_from_slice(b"XYZ ");
    header[24..36].copy_from_slice(&[7, 228, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]); // a date: 2020-01-01
    header[36..40].copy_from_slice(b"acsp");
    header[68..80].copy_from_slice(&D50.map(fixed).concat());
    [header, table, data].concat()
}
