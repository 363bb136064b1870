//! Photos, and how the entries of an archive are called, piece by piece.

mod bare;
mod entries;
mod faces;
mod findings;
mod photos;
mod text;

/// A marker of a JPEG with its body.
fn segment(out: &mut Vec<u8>, kind: u8, body: &[u8]) {
    let length = u16::try_from(body.len() + 2).unwrap();
    out.extend([0xFF, kind]);
    out.extend(length.to_be_bytes());
    out.extend(body);
}
