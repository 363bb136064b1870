//! Synthetic portraits, drawn to the photo standard; nobody's face. The same seed draws the same picture.

use crate::photo::{DPI, HEIGHT, WIDTH};
use jpeg_encoder::{ColorType, Encoder, PixelDensity, PixelDensityUnit, SamplingFactor};

/// A portrait on white.
pub fn draw(seed: u64) -> Vec<u8> {
    picture(seed, WIDTH, HEIGHT, [255, 255, 255])
}

/// A portrait of another size, which the standard refuses.
pub fn draw_sized(seed: u64, width: u16, height: u16) -> Vec<u8> {
    picture(seed, width, height, [255, 255, 255])
}

/// A portrait on another background, which the standard refuses.
pub fn draw_on(seed: u64, background: [u8; 3]) -> Vec<u8> {
    picture(seed, WIDTH, HEIGHT, background)
}

/// A portrait in a thin dark frame, which the standard refuses.
pub fn draw_framed(seed: u64) -> Vec<u8> {
    let frame = |x: u16, y: u16| x < 2 || y < 2 || x + 2 >= WIDTH || y + 2 >= HEIGHT;
    painted(seed, WIDTH, HEIGHT, [255, 255, 255], frame)
}

/// An ellipse: centre and half axes.
struct Ellipse(f32, f32, f32, f32);

impl Ellipse {
    fn holds(&self, x: f32, y: f32) -> bool {
        let (dx, dy) = ((x - self.0) / self.2, (y - self.1) / self.3);
        dx * dx + dy * dy <= 1.0
    }
}

fn picture(seed: u64, width: u16, height: u16, background: [u8; 3]) -> Vec<u8> {
    painted(seed, width, height, background, |_, _| false)
}

fn painted(
    seed: u64,
    width: u16,
    height: u16,
    background: [u8; 3],
    frame: impl Fn(u16, u16) -> bool,
) -> Vec<u8> {
    let mut rng = fastrand::Rng::with_seed(seed ^ 0x5eed_face);
    let skins: [[u8; 3]; 4] = [[236, 200, 172], [224, 184, 150], [210, 168, 134], [242, 212, 188]];
    let clothes: [[u8; 3]; 5] = [[40, 60, 110], [110, 40, 50], [60, 90, 60], [70, 70, 80], [150, 110, 40]];
    let skin = skins[rng.usize(..skins.len())];
    let cloth = clothes[rng.usize(..clothes.len())];
    let hair = [20 + rng.u8(..40), 18 + rng.u8(..25), 15 + rng.u8(..20)];
    let wide = 100.0 + rng.f32() * 12.0;
    let crown = 12.0 + rng.f32() * 5.0;
    // Head 200 to 224 wide; crown 12 to 17 from the top; eyes on the middle line, some 245 above the bottom.
    let head = Ellipse(179.0, 185.0, wide, 165.0);
    let cap = Ellipse(179.0, crown + 125.0, wide + 6.0, 125.0);
    let forehead = Ellipse(179.0, 205.0, wide - 8.0, 130.0);
    let neck = Ellipse(179.0, 350.0, 48.0, 60.0);
    let body = Ellipse(179.0, 470.0, 172.0, 105.0);
    let eyes = [Ellipse(137.0, 196.0, 17.0, 8.0), Ellipse(221.0, 196.0, 17.0, 8.0)];
    let pupils = [Ellipse(137.0, 196.0, 7.0, 7.0), Ellipse(221.0, 196.0, 7.0, 7.0)];
    let mouth = Ellipse(179.0, 288.0, 30.0, 7.0);
    let nose = Ellipse(179.0, 240.0, 10.0, 22.0);
    let (w, h) = (usize::from(width), usize::from(height));
    let mut pixels = Vec::with_capacity(w * h * 3);
    for y in 0..h {
        for x in 0..w {
            let (fx, fy) = (x as f32, y as f32);
            let inside = |e: &Ellipse| e.holds(fx, fy);
            // Grain gives the texture of skin, hair and cloth, and with it the usual size of a file.
            let (colour, grain) = if frame(x as u16, y as u16) {
                ([30, 30, 30], 0)
            } else if pupils.iter().any(inside) {
                ([25, 20, 18], 6)
            } else if eyes.iter().any(inside) {
                ([248, 246, 244], 4)
            } else if inside(&mouth) {
                ([176, 84, 82], 10)
            } else if inside(&nose) {
                (skin.map(|c| c.saturating_sub(14)), 10)
            } else if inside(&forehead) && inside(&head) {
                (skin, 12)
            } else if inside(&cap) {
                (hair, 26)
            } else if inside(&head) {
                (skin, 12)
            } else if inside(&body) {
                (cloth, 30)
            } else if inside(&neck) {
                (skin.map(|c| c.saturating_sub(20)), 12)
            } else {
                (background, 0)
            };
            let shift = if grain == 0 { 0 } else { i16::from(rng.u8(..grain)) - i16::from(grain / 2) };
            pixels.extend(colour.map(|c| (i16::from(c) + shift).clamp(0, 255) as u8));
        }
    }
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, 70);
    encoder.set_density(PixelDensity { density: (DPI, DPI), unit: PixelDensityUnit::Inches });
    encoder.set_sampling_factor(SamplingFactor::R_4_4_4);
    encoder.encode(&pixels, width, height, ColorType::Rgb).expect("the buffer has width × height pixels");
    out
}
