//! Commands and status words of ISO 7816 as the card understands them (`data/apdu_status_words.csv`).

use zeroize::Zeroizing;

/// 成功
pub const DONE: u16 = 0x9000;
/// Lc 错
pub const WRONG_LENGTH: u16 = 0x6700;
/// 不满足安全状态
pub const NOT_ALLOWED: u16 = 0x6982;
/// 验证方法锁定
pub const LOCKED: u16 = 0x6983;
/// 引用数据无效
pub const NO_CHALLENGE: u16 = 0x6984;
/// 使用条件不满足
pub const CONDITIONS: u16 = 0x6985;
/// 数据域参数不正确
pub const WRONG_DATA: u16 = 0x6A80;
/// 未找到文件
pub const NO_FILE: u16 = 0x6A82;
/// 未找到记录
pub const NO_RECORD: u16 = 0x6A83;
/// 未找到引用数据
pub const NO_KEY: u16 = 0x6A88;
/// 命令不存在
pub const NO_COMMAND: u16 = 0x6D00;
/// MAC 无效
pub const WRONG_MAC: u16 = 0x9302;
/// 应用被永久锁定
pub const APPLICATION_LOCKED: u16 = 0x9303;

/// One command.
pub struct Apdu<'a> {
    pub class: u8,
    pub ins: u8,
    pub p1: u8,
    pub p2: u8,
    pub data: &'a [u8],
}

impl<'a> Apdu<'a> {
    /// Header, Lc and data; Lc of three bytes for what is longer than 255. What stands behind the data is the length of an answer that
    /// is wished for: the card answers what it has.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (head, rest) = bytes.split_at_checked(4)?;
        let data = match rest {
            [] => &[][..],
            [0, high, low, data @ ..] if data.len() == usize::from(u16::from_be_bytes([*high, *low])) => data,
            [n, data @ ..] if data.len() == usize::from(*n) => data,
            [n, data @ .., _] if *n > 0 && data.len() == usize::from(*n) => data,
            // Le alone.
            [_] => &[],
            _ => return None,
        };
        Some(Self { class: head[0], ins: head[1], p1: head[2], p2: head[3], data })
    }

    /// The bytes of a command, in one piece of memory that is wiped: a PIN may be in them.
    pub fn bytes(head: [u8; 4], data: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(head.len() + 3 + data.len()));
        out.extend(head);
        match u8::try_from(data.len()) {
            Ok(0) => {}
            Ok(n) => out.push(n),
            Err(_) => {
                let n = u16::try_from(data.len()).unwrap_or(u16::MAX);
                out.push(0);
                out.extend(n.to_be_bytes());
            }
        }
        out.extend(data);
        out
    }
}
