//! Whether the picture of a JPEG is all there: its Huffman codes are walked and its blocks counted.
//!
//! Why: decoders are made to show something. `image` and `zune-jpeg`, the latter in strict mode too, fill what is
//! missing with grey and call it a picture, so a photo cut in transfer and closed with an end mark passes them
//! and is printed on a card. Here a block too few or a byte too many is an error.

/// Why the data are not a whole picture.
pub(super) type Incomplete = &'static str;

const CUT: Incomplete = "图像数据不完整，被截断";
const BROKEN: Incomplete = "图像数据损坏";

/// One component of the frame.
#[derive(Clone, Copy, Default)]
struct Component {
    id: u8,
    horizontal: usize,
    vertical: usize,
}

#[derive(Default)]
struct Frame {
    progressive: bool,
    width: usize,
    height: usize,
    components: Vec<Component>,
}

/// A Huffman table: codes of up to nine bits by look-up, longer ones by the largest code of each length.
struct Table {
    fast: [u16; 512],
    /// By length: one more than the largest code, shifted to 16 bits; 0 where no code has that length.
    limit: [u32; 17],
    /// By length: index of the first value minus the first code.
    offset: [i32; 17],
    values: Vec<u8>,
}

impl Table {
    fn new(counts: &[u8], values: &[u8]) -> Option<Self> {
        let mut t = Self { fast: [0; 512], limit: [0; 17], offset: [0; 17], values: values.to_vec() };
        let (mut code, mut index) = (0_u32, 0_usize);
        for length in 1..=16 {
            let n = usize::from(counts[length - 1]);
            t.offset[length] = i32::try_from(index).ok()? - i32::try_from(code).ok()?;
            for value in values.get(index..index + n)? {
                if length <= 9 {
                    let first = (code as usize) << (9 - length);
                    let entry = (length as u16) << 8 | u16::from(*value);
                    t.fast.get_mut(first..first + (1 << (9 - length)))?.fill(entry);
                }
                code += 1;
            }
            index += n;
            // More codes than the length has room for.
            if code > 1 << length {
                return None;
            }
            if n > 0 {
                t.limit[length] = code << (16 - length);
            }
            code <<= 1;
        }
        Some(t)
    }

    fn decode(&self, bits: &mut Bits<'_>) -> Result<u8, Incomplete> {
        let next = bits.peek16();
        let entry = self.fast[(next >> 7) as usize];
        if entry != 0 {
            bits.spend(usize::from(entry >> 8))?;
            return Ok(entry as u8);
        }
        for length in 10..=16 {
            if next < self.limit[length] {
                bits.spend(length)?;
                let code = i32::try_from(next >> (16 - length)).map_err(|_| BROKEN)?;
                let at = usize::try_from(code + self.offset[length]).map_err(|_| BROKEN)?;
                return self.values.get(at).copied().ok_or(BROKEN);
            }
        }
        Err(if bits.at_marker { CUT } else { BROKEN })
    }
}

/// The bits between two markers, stuffing removed.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    buffer: u64,
    /// Bits in the buffer that come from the file.
    have: usize,
    at_marker: bool,
}

impl<'a> Bits<'a> {
    fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, buffer: 0, have: 0, at_marker: false }
    }

    fn fill(&mut self) {
        while self.have <= 48 && !self.at_marker {
            match (self.bytes.get(self.at), self.bytes.get(self.at + 1)) {
                (Some(0xFF), Some(0)) => {
                    self.buffer = self.buffer << 8 | 0xFF;
                    self.at += 2;
                }
                (Some(0xFF), _) | (None, _) => {
                    self.at_marker = true;
                    return;
                }
                (Some(b), _) => {
                    self.buffer = self.buffer << 8 | u64::from(*b);
                    self.at += 1;
                }
            }
            self.have += 8;
        }
    }

    /// The next sixteen bits; zeros after the end.
    fn peek16(&mut self) -> u32 {
        if self.have < 16 {
            self.fill();
        }
        let next =
            if self.have >= 16 { self.buffer >> (self.have - 16) } else { self.buffer << (16 - self.have) };
        (next & 0xFFFF) as u32
    }

    fn spend(&mut self, n: usize) -> Result<(), Incomplete> {
        if self.have < n {
            self.fill();
        }
        self.have = self.have.checked_sub(n).ok_or(CUT)?;
        Ok(())
    }

    /// Ends a run of blocks: less than a byte may be left. Returns where the marker stands.
    fn end(&mut self) -> Result<usize, Incomplete> {
        self.fill();
        if !self.at_marker || self.have >= 8 {
            return Err(BROKEN);
        }
        self.have = 0;
        // Any number of fill bytes may stand before a marker.
        while self.bytes.get(self.at + 1) == Some(&0xFF) {
            self.at += 1;
        }
        Ok(self.at)
    }
}

/// Walks the whole picture, and says where it ends: behind its end marker.
///
/// # Errors
/// A Chinese phrase: a block is missing, a code does not exist, bytes are left over. Of a progressive picture only
/// the script is checked: that its scans cover every coefficient of every component to the last bit.
pub(super) fn complete(b: &[u8]) -> Result<usize, Incomplete> {
    let mut tables: [Option<Table>; 8] = Default::default();
    let (mut frame, mut restart) = (Frame::default(), 0_usize);
    // For each component and coefficient: the lowest bit that a scan has brought, plus one; 0 for none.
    let mut covered = [[0_u8; 64]; 4];
    let mut at = 2;
    loop {
        while b.get(at) == Some(&0xFF) && b.get(at + 1) == Some(&0xFF) {
            at += 1;
        }
        let (Some(0xFF), Some(&kind)) = (b.get(at), b.get(at + 1)) else { return Err(CUT) };
        if kind == 0xD9 {
            break;
        }
        let length = b.get(at + 2..at + 4).map_or(0, |l| usize::from(u16::from_be_bytes([l[0], l[1]])));
        let body = (length >= 2).then(|| b.get(at + 4..at + 2 + length)).flatten().ok_or(CUT)?;
        at += 2 + length;
        match kind {
            0xC0..=0xC2 => frame = read_frame(kind, body).ok_or(BROKEN)?,
            0xC4 => read_tables(body, &mut tables).ok_or(BROKEN)?,
            0xDD => restart = body.get(..2).map_or(0, |r| usize::from(u16::from_be_bytes([r[0], r[1]]))),
            0xDA => {
                let scan = read_scan(body, &frame).ok_or(BROKEN)?;
                for &(c, _, _) in &scan.components {
                    covered[c][scan.from..=scan.to].fill(scan.low + 1);
                }
                at = if frame.progressive {
                    skip_scan(b, at)
                } else {
                    walk_scan(b, at, &frame, &scan, &tables, restart)?
                };
            }
            _ => {}
        }
    }
    let whole = |c: &[u8; 64]| c.iter().all(|bit| *bit == 1);
    if frame.components.is_empty() || !covered[..frame.components.len()].iter().all(whole) {
        return Err(CUT);
    }
    Ok(at + 2)
}

fn read_frame(kind: u8, body: &[u8]) -> Option<Frame> {
    let [_, h1, h2, w1, w2, n, rest @ ..] = body else { return None };
    let components: Vec<_> = rest
        .as_chunks::<3>()
        .0
        .iter()
        .map(|[id, factors, _]| Component {
            id: *id,
            horizontal: usize::from(factors >> 4),
            vertical: usize::from(factors & 15),
        })
        .collect();
    let fits = |c: &Component| (1..=4).contains(&c.horizontal) && (1..=4).contains(&c.vertical);
    let sound = components.len() == usize::from(*n) && (1..=4).contains(n) && components.iter().all(fits);
    sound.then(|| Frame {
        progressive: kind == 0xC2,
        width: usize::from(u16::from_be_bytes([*w1, *w2])),
        height: usize::from(u16::from_be_bytes([*h1, *h2])),
        components,
    })
}

fn read_tables(mut body: &[u8], tables: &mut [Option<Table>; 8]) -> Option<()> {
    while let [place, rest @ ..] = body {
        let (class, number) = (usize::from(place >> 4), usize::from(place & 15));
        let counts = rest.get(..16)?;
        let n: usize = counts.iter().map(|c| usize::from(*c)).sum();
        let values = rest.get(16..16 + n)?;
        if class > 1 || number > 3 || n > 256 {
            return None;
        }
        tables[class * 4 + number] = Some(Table::new(counts, values)?);
        body = &rest[16 + n..];
    }
    Some(())
}

struct Scan {
    /// Index of the component in the frame, its DC table and its AC table.
    components: Vec<(usize, usize, usize)>,
    from: usize,
    to: usize,
    low: u8,
}

fn read_scan(body: &[u8], frame: &Frame) -> Option<Scan> {
    let n = usize::from(*body.first()?);
    let mut components = Vec::new();
    for [id, places] in body.get(1..1 + 2 * n)?.as_chunks::<2>().0 {
        let index = frame.components.iter().position(|c| c.id == *id)?;
        if components.iter().any(|&(i, _, _)| i == index) || places & 0xCC != 0 {
            return None;
        }
        components.push((index, usize::from(places >> 4), usize::from(places & 15)));
    }
    let &[from, to, bits] = body.get(1 + 2 * n..4 + 2 * n)? else { return None };
    let (from, to) = (usize::from(from), usize::from(to));
    (!components.is_empty() && from <= to && to < 64 && (frame.progressive || (from == 0 && to == 63)))
        .then_some(Scan { components, from, to, low: if frame.progressive { bits & 15 } else { 0 } })
}

/// Where the marker after a scan stands.
fn skip_scan(b: &[u8], mut at: usize) -> usize {
    while let (Some(&first), Some(&second)) = (b.get(at), b.get(at + 1)) {
        if first == 0xFF && second != 0 && second != 0xFF && !(0xD0..=0xD7).contains(&second) {
            break;
        }
        at += 1;
    }
    at
}

fn walk_scan(
    b: &[u8],
    at: usize,
    frame: &Frame,
    scan: &Scan,
    tables: &[Option<Table>; 8],
    restart: usize,
) -> Result<usize, Incomplete> {
    let most = |of: fn(&Component) -> usize| frame.components.iter().map(of).max().unwrap_or(1);
    let (wide, high) = (most(|c| c.horizontal), most(|c| c.vertical));
    // A scan of one component has no padding blocks; one of several has whole units of all of them.
    let (units, blocks): (usize, Vec<usize>) = if let [(only, _, _)] = scan.components[..] {
        let c = frame.components[only];
        let across = (frame.width * c.horizontal).div_ceil(wide).div_ceil(8);
        let down = (frame.height * c.vertical).div_ceil(high).div_ceil(8);
        (across * down, vec![1])
    } else {
        let of = |&(i, _, _): &(usize, usize, usize)| {
            frame.components[i].horizontal * frame.components[i].vertical
        };
        (
            frame.width.div_ceil(8 * wide) * frame.height.div_ceil(8 * high),
            scan.components.iter().map(of).collect(),
        )
    };
    let mut parts = Vec::new();
    for (&(_, dc, ac), n) in scan.components.iter().zip(blocks) {
        parts.push((tables[dc].as_ref().ok_or(BROKEN)?, tables[4 + ac].as_ref().ok_or(BROKEN)?, n));
    }
    let mut bits = Bits::new(b, at);
    for unit in 0..units {
        if restart > 0 && unit > 0 && unit % restart == 0 {
            let marker = bits.end()?;
            let expected = 0xD0 + ((unit / restart - 1) % 8) as u8;
            if b.get(marker + 1) != Some(&expected) {
                return Err(if b.get(marker + 1) == Some(&0xD9) { CUT } else { BROKEN });
            }
            bits = Bits::new(b, marker + 2);
        }
        for (dc, ac, n) in &parts {
            for _ in 0..*n {
                walk_block(&mut bits, dc, ac)?;
            }
        }
    }
    bits.end()
}

fn walk_block(bits: &mut Bits<'_>, dc: &Table, ac: &Table) -> Result<(), Incomplete> {
    let size = dc.decode(bits)?;
    if size > 11 {
        return Err(BROKEN);
    }
    bits.spend(usize::from(size))?;
    let mut k = 1;
    while k < 64 {
        let symbol = ac.decode(bits)?;
        let (run, size) = (usize::from(symbol >> 4), usize::from(symbol & 15));
        match (run, size) {
            (0, 0) => break,
            (15, 0) => k += 16,
            (_, 0) | (_, 11..) => return Err(BROKEN),
            _ => {
                k += run + 1;
                bits.spend(size)?;
            }
        }
        if k > 64 {
            return Err(BROKEN);
        }
    }
    Ok(())
}
