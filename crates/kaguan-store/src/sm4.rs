//! SM4 (GM/T 0002), eight blocks at once: a counter's blocks do not wait for each other, and a check opens everything that is sealed. The
//! tables are computed from the standard's definition. Like any table of S-boxes in software it is for machines whose users are
//! trusted; a certified module takes its place behind [`crate::seal`].

use sm4::cipher::array::Array;
use sm4::cipher::consts::{U8, U16};
use sm4::cipher::inout::{InOut, InOutBuf};
use sm4::cipher::{
    Block, BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser, Key, KeyInit,
    KeySizeUser, ParBlocks, ParBlocksSizeUser,
};
use zeroize::Zeroize;

/// Blocks at once.
const MANY: usize = 8;

/// The product of two polynomials over GF(2) modulo x⁸+x⁷+x⁶+x⁵+x⁴+x²+1.
const fn product(mut a: u16, mut b: u16) -> u16 {
    let mut sum = 0;
    while b > 0 {
        if b & 1 == 1 {
            sum ^= a;
        }
        a <<= 1;
        if a & 0x100 != 0 {
            a ^= 0x1F5;
        }
        b >>= 1;
    }
    sum
}

/// a⁻¹, which is a²⁵⁴; of 0 it is 0.
const fn inverse(a: u16) -> u16 {
    let (mut power, mut n) = (1, 0);
    while n < 254 {
        power = product(power, a);
        n += 1;
    }
    power
}

const fn affine(x: u8) -> u8 {
    let (mut out, mut n) = (0xD3, 0);
    while n < 8 {
        out ^= (((0xA7_u8.rotate_left(n) & x).count_ones() & 1) as u8) << n;
        n += 1;
    }
    out
}

const fn boxes() -> [u8; 256] {
    let (mut all, mut n) = ([0; 256], 0);
    while n < 256 {
        all[n] = affine(inverse(affine(n as u8) as u16) as u8);
        n += 1;
    }
    all
}

const S: [u8; 256] = boxes();

const fn linear(b: u32) -> u32 {
    b ^ b.rotate_left(2) ^ b.rotate_left(10) ^ b.rotate_left(18) ^ b.rotate_left(24)
}

const fn table() -> [u32; 256] {
    let (mut all, mut n) = ([0; 256], 0);
    while n < 256 {
        all[n] = linear((S[n] as u32) << 24);
        n += 1;
    }
    all
}

/// The S-box and what follows it, of the highest byte; those of the others are its rotations.
static T: [u32; 256] = table();

fn t(word: u32) -> u32 {
    let [a, b, c, d] = word.to_be_bytes().map(|byte| T[usize::from(byte)]);
    a ^ b.rotate_right(8) ^ c.rotate_right(16) ^ d.rotate_right(24)
}

/// The same for the keys of the rounds.
fn t_of_keys(word: u32) -> u32 {
    let b = u32::from_be_bytes(word.to_be_bytes().map(|byte| S[usize::from(byte)]));
    b ^ b.rotate_left(13) ^ b.rotate_left(23)
}

fn word(bytes: &[u8], n: usize) -> u32 {
    bytes[4 * n..4 * n + 4].iter().fold(0, |word, byte| word << 8 | u32::from(*byte))
}

/// The cipher under one key; it only encrypts, which is all that a counter needs.
pub(crate) struct Sm4 {
    keys: [u32; 32],
}

impl Drop for Sm4 {
    fn drop(&mut self) {
        self.keys.zeroize();
    }
}

impl KeySizeUser for Sm4 {
    type KeySize = U16;
}

impl KeyInit for Sm4 {
    fn new(key: &Key<Self>) -> Self {
        const SYSTEM: [u32; 4] = [0xA3B1_BAC6, 0x56AA_3350, 0x677D_9197, 0xB270_22DC];
        let mut k: [u32; 4] = std::array::from_fn(|n| word(key, n) ^ SYSTEM[n]);
        let keys = std::array::from_fn(|round| {
            let constant = (0..4).fold(0, |c, n| c << 8 | (((4 * round + n) * 7) as u32 & 0xFF));
            let next = k[0] ^ t_of_keys(k[1] ^ k[2] ^ k[3] ^ constant);
            k = [k[1], k[2], k[3], next];
            next
        });
        Self { keys }
    }
}

impl Sm4 {
    /// Each round of all blocks before the next round of any.
    #[inline]
    fn encrypt<const N: usize>(&self, blocks: &mut [Block<Self>; N]) {
        let [mut a, mut b, mut c, mut d]: [[u32; N]; 4] =
            std::array::from_fn(|part| std::array::from_fn(|n| word(&blocks[n], part)));
        for key in self.keys.chunks_exact(4) {
            (0..N).for_each(|n| a[n] ^= t(b[n] ^ c[n] ^ d[n] ^ key[0]));
            (0..N).for_each(|n| b[n] ^= t(c[n] ^ d[n] ^ a[n] ^ key[1]));
            (0..N).for_each(|n| c[n] ^= t(d[n] ^ a[n] ^ b[n] ^ key[2]));
            (0..N).for_each(|n| d[n] ^= t(a[n] ^ b[n] ^ c[n] ^ key[3]));
        }
        for (n, block) in blocks.iter_mut().enumerate() {
            for (to, from) in block.chunks_exact_mut(4).zip([d[n], c[n], b[n], a[n]]) {
                to.copy_from_slice(&from.to_be_bytes());
            }
        }
    }
}

impl BlockSizeUser for Sm4 {
    type BlockSize = U16;
}

impl ParBlocksSizeUser for Sm4 {
    type ParBlocksSize = U8;
}

impl BlockCipherEncrypt for Sm4 {
    fn encrypt_with_backend(&self, f: impl BlockCipherEncClosure<BlockSize = U16>) {
        f.call(self);
    }
}

impl BlockCipherEncBackend for Sm4 {
    fn encrypt_block(&self, mut block: InOut<'_, '_, Block<Self>>) {
        let mut one = [*block.get_in()];
        self.encrypt(&mut one);
        *block.get_out() = one[0];
    }

    fn encrypt_par_blocks(&self, mut blocks: InOut<'_, '_, ParBlocks<Self>>) {
        let mut all: [Block<Self>; MANY] = blocks.get_in().0;
        self.encrypt(&mut all);
        *blocks.get_out() = Array(all);
    }

    fn encrypt_tail_blocks(&self, mut blocks: InOutBuf<'_, '_, Block<Self>>) {
        let n = blocks.len();
        if n == 1 {
            return BlockCipherEncBackend::encrypt_block(self, blocks.get(0));
        }
        // Two cost as much as four.
        if n <= MANY / 2 {
            return self.some::<{ MANY / 2 }>(blocks);
        }
        self.some::<MANY>(blocks);
    }
}

impl Sm4 {
    fn some<const N: usize>(&self, mut blocks: InOutBuf<'_, '_, Block<Self>>) {
        let mut all = [Block::<Self>::default(); N];
        all.iter_mut().zip(blocks.get_in()).for_each(|(to, from)| *to = *from);
        self.encrypt(&mut all);
        blocks.get_out().iter_mut().zip(all).for_each(|(to, from)| *to = from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sm4_equals_the_vector_of_the_standard_and_the_other_program_for_any_number_of_blocks() {
        let key: [u8; 16] = hex::decode("0123456789abcdeffedcba9876543210").unwrap().try_into().unwrap();
        let (ours, other) = (Sm4::new(&key.into()), sm4::Sm4::new(&key.into()));
        let mut block = Block::<Sm4>::from(key);
        ours.encrypt_block_b2b(&Block::<Sm4>::from(key), &mut block);
        assert_eq!(hex::encode(block), "681edf34d206965e86b3e94f536e4246");
        for n in 0..40_u8 {
            let blocks: Vec<Block<Sm4>> =
                (0..n).map(|i| Block::<Sm4>::from([i.wrapping_mul(97) ^ n; 16])).collect();
            let (mut mine, mut theirs) = (blocks.clone(), blocks);
            BlockCipherEncrypt::encrypt_blocks(&ours, &mut mine);
            BlockCipherEncrypt::encrypt_blocks(&other, &mut theirs);
            assert_eq!(mine, theirs, "{n}");
        }
    }
}
