//! The printer: draws the face at 300 dots to the inch (ID-1, 1011 by 638 dots), where the print strings of Appendix 9 say.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, MetadataProvider};
use zeno::{Command, Mask, Transform, Vector};

/// Dots of a card, width and height.
pub const DOTS: (usize, usize) = (1011, 638);
const DOTS_PER_INCH: f32 = 300.0;

/// 宋体 and what stands in for it, in this order; the last have the characters of GB 18030 that the first lack.
const FILES: [(&str, u32); 9] = [
    ("C:\\Windows\\Fonts\\simsun.ttc", 0),
    ("C:\\Windows\\Fonts\\SimSun18030.ttc", 0),
    ("C:\\Windows\\Fonts\\simsunb.ttf", 0),
    ("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc", 2),
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc", 2),
    ("/usr/share/fonts/truetype/fonts-japanese-mincho.ttf", 0),
    ("/usr/share/fonts/truetype/hanazono/HanaMinB.ttf", 0),
    ("/usr/share/fonts/truetype/babelstone/BabelStoneHan.ttf", 0),
];

/// The fonts of a machine. `KAGUAN_DESK_FONTS` names files that are asked first, separated as in `PATH`.
pub struct Fonts(Vec<(Vec<u8>, u32)>);

impl Fonts {
    /// Those that are installed.
    pub fn of_machine() -> Self {
        let own = std::env::var_os("KAGUAN_DESK_FONTS").unwrap_or_default();
        let own: Vec<_> = std::env::split_paths(&own).map(|p| (p, 0)).collect();
        let usual = FILES.iter().map(|(p, n)| (std::path::PathBuf::from(p), *n));
        Self(own.into_iter().chain(usual).filter_map(|(p, n)| Some((std::fs::read(p).ok()?, n))).collect())
    }

    fn with(&self, c: char) -> Option<(FontRef<'_>, skrifa::GlyphId)> {
        self.0.iter().find_map(|(bytes, n)| {
            let font = FontRef::from_index(bytes, *n).ok()?;
            let glyph = font.charmap().map(c).filter(|g| g.to_u32() != 0)?;
            Some((font, glyph))
        })
    }

    /// The characters of a text that no font has: such a card is not begun.
    pub fn missing(&self, text: &str) -> Vec<char> {
        let mut out: Vec<char> =
            text.chars().filter(|c| !c.is_whitespace() && self.with(*c).is_none()).collect();
        out.dedup();
        out
    }
}

struct Text {
    said: String,
    /// Points.
    size: f32,
    left: f32,
    top: f32,
}

struct Photo {
    jpeg: Vec<u8>,
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

/// What is to be printed.
pub struct Card {
    texts: Vec<Text>,
    photos: Vec<Photo>,
}

fn number<T: std::str::FromStr>(text: Option<&&str>) -> Result<T, String> {
    // The regulation's own example has the unit beside the number: 320左边距.
    let digits: String =
        text.unwrap_or(&"").trim().chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    digits.parse().map_err(|_| "打印参数的字号、位置不是数字".to_owned())
}

fn text_of(data: &str) -> Result<Option<Text>, String> {
    let parts: Vec<&str> = data.split('|').collect();
    if parts[0].trim().is_empty() {
        return Ok(None);
    }
    if parts.len() != 5 {
        return Err("文本打印项应有数据、字体、字号、左边距、上边距五项".into());
    }
    let (size, left, top) = (number(parts.get(2))?, number(parts.get(3))?, number(parts.get(4))?);
    Ok(Some(Text { said: parts[0].to_owned(), size, left, top }))
}

fn photo_of(data: &str) -> Result<Option<Photo>, String> {
    let parts: Vec<&str> = data.split('|').collect();
    if parts[0].trim().is_empty() {
        return Ok(None);
    }
    if parts.len() != 5 {
        return Err("图片打印项应有数据、左边距、上边距、宽度、高度五项".into());
    }
    let jpeg = BASE64.decode(parts[0]).map_err(|_| "图片不是BASE64".to_owned())?;
    let at = |n: usize| number::<usize>(parts.get(n));
    Ok(Some(Photo { jpeg, left: at(1)?, top: at(2)?, width: at(3)?, height: at(4)? }))
}

impl Card {
    /// Reads the print strings; an item without data is not printed.
    ///
    /// # Errors
    /// What is wrong with them, in Chinese.
    pub fn of(texts: &[String], photos: &[String]) -> Result<Self, String> {
        let texts = texts.iter().filter_map(|t| text_of(t).transpose()).collect::<Result<_, _>>()?;
        let photos = photos.iter().filter_map(|p| photo_of(p).transpose()).collect::<Result<_, _>>()?;
        Ok(Self { texts, photos })
    }

    /// The face as PNG.
    ///
    /// # Errors
    /// A character without a glyph, something beyond the edge, or a picture that is none; in Chinese.
    pub fn draw(&self, fonts: &Fonts) -> Result<Vec<u8>, String> {
        let (width, height) = DOTS;
        let mut dots = vec![0xFF; width * height * 3];
        for text in &self.texts {
            let missing = fonts.missing(&text.said);
            if !missing.is_empty() {
                return Err(format!("没有字形：{}", missing.iter().collect::<String>()));
            }
            text.draw(fonts, &mut dots)?;
        }
        for photo in &self.photos {
            photo.draw(&mut dots)?;
        }
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(
            &mut out,
            u32::try_from(width).unwrap_or(0),
            u32::try_from(height).unwrap_or(0),
        );
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let write = encoder.write_header().and_then(|mut w| w.write_image_data(&dots));
        write.map_err(|e| e.to_string())?;
        Ok(out)
    }
}

struct Pen(Vec<Command>);

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.push(Command::MoveTo(Vector::new(x, y)));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.0.push(Command::LineTo(Vector::new(x, y)));
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.0.push(Command::QuadTo(Vector::new(cx, cy), Vector::new(x, y)));
    }

    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        self.0.push(Command::CurveTo(Vector::new(ax, ay), Vector::new(bx, by), Vector::new(x, y)));
    }

    fn close(&mut self) {
        self.0.push(Command::Close);
    }
}

impl Text {
    fn draw(&self, fonts: &Fonts, dots: &mut [u8]) -> Result<(), String> {
        let (width, height) = DOTS;
        let size = self.size / 72.0 * DOTS_PER_INCH;
        // The top of the letters' square, which Chinese fonts put 0.88 above the line.
        let line = self.top + 0.88 * size;
        let mut x = self.left;
        for c in self.said.chars() {
            let Some((font, glyph)) = fonts.with(c) else {
                x += size / 2.0;
                continue;
            };
            let mut pen = Pen(Vec::new());
            if let Some(outline) = font.outline_glyphs().get(glyph) {
                let settings = DrawSettings::unhinted(Size::new(size), LocationRef::default());
                outline.draw(settings, &mut pen).map_err(|e| e.to_string())?;
            }
            let metrics = font.glyph_metrics(Size::new(size), LocationRef::default());
            let advance = metrics.advance_width(glyph).unwrap_or(size);
            if x + advance > width as f32 || line > height as f32 {
                return Err(format!("“{}”超出卡面", self.said));
            }
            let (left, up) = (x.floor(), line.floor());
            let (mask, at) = Mask::new(&pen.0[..])
                .transform(Some(Transform::scale(1.0, -1.0).then_translate(x - left, line - up)))
                .render();
            blend(dots, &mask, (left as i32 + at.left, up as i32 + at.top), (at.width, at.height));
            x += advance;
        }
        Ok(())
    }
}

/// Lays black through a mask upon white.
fn blend(dots: &mut [u8], mask: &[u8], (left, top): (i32, i32), (width, height): (u32, u32)) {
    let (across, down) = DOTS;
    for (n, cover) in mask.iter().enumerate() {
        let n = u32::try_from(n).unwrap_or(u32::MAX);
        if width == 0 || n / width >= height {
            return;
        }
        let x = usize::try_from(left + (n % width).cast_signed()).unwrap_or(usize::MAX);
        let y = usize::try_from(top + (n / width).cast_signed()).unwrap_or(usize::MAX);
        if x < across && y < down {
            for dot in &mut dots[(y * across + x) * 3..][..3] {
                *dot = dot.saturating_sub(*cover);
            }
        }
    }
}

impl Photo {
    fn draw(&self, dots: &mut [u8]) -> Result<(), String> {
        let (across, down) = DOTS;
        if self.left + self.width > across || self.top + self.height > down {
            return Err("相片超出卡面".into());
        }
        let mut decoder = zune_jpeg::JpegDecoder::new(std::io::Cursor::new(&self.jpeg[..]));
        let pixels = decoder.decode().map_err(|_| "相片不是JPEG".to_owned())?;
        let (w, h) = decoder.dimensions().ok_or("相片没有尺寸")?;
        let each = pixels.len() / (w * h).max(1);
        for y in 0..self.height {
            for x in 0..self.width {
                // The mean of what falls upon the dot.
                let (x0, x1) =
                    (x * w / self.width, ((x + 1) * w / self.width).max(x * w / self.width + 1).min(w));
                let (y0, y1) =
                    (y * h / self.height, ((y + 1) * h / self.height).max(y * h / self.height + 1).min(h));
                let count = (x1 - x0) * (y1 - y0);
                for part in 0..3 {
                    let part_of = if each == 3 { part } else { 0 };
                    let sum: usize = (y0..y1)
                        .flat_map(|sy| (x0..x1).map(move |sx| (sy * w + sx) * each + part_of))
                        .map(|at| usize::from(pixels[at]))
                        .sum();
                    let dot = ((self.top + y) * across + self.left + x) * 3 + part;
                    dots[dot] = u8::try_from(sum / count.max(1)).unwrap_or(u8::MAX);
                }
            }
        }
        Ok(())
    }
}
