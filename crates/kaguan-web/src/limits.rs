//! How long, how large and how many: every bound of every door stands here. `kaguan serve --limit NAME=VALUE` sets one;
//! docs/operations/limits.md is made from this table.

use crate::spool::{Pool, Spool};
use std::path::Path;
use std::time::Duration;

/// In what a bound is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// Of a clock that nobody sets.
    Seconds,
    Bytes,
    BytesASecond,
    /// Pieces.
    Count,
}

impl Unit {
    /// As the table for operators says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seconds => "秒",
            Self::Bytes => "字节",
            Self::BytesASecond => "字节/秒",
            Self::Count => "个",
        }
    }
}

/// One bound as the command line and the operator's table have it.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    pub name: &'static str,
    pub unit: Unit,
    /// What holds when nothing is said.
    pub value: u64,
    /// What it bounds, and what whoever goes over it is told.
    pub says: &'static str,
}

macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $name:ident: $unit:ident = $value:expr, $says:literal;)*) => {
        /// Every bound.
        #[derive(Clone, Debug)]
        pub struct Limits { $($(#[doc = $doc])+ pub $name: u64,)* }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $value,)* }
            }
        }

        impl Limits {
            /// All of them, in the order of the operator's table.
            pub const TABLE: &[Bound] = &[$(Bound {
                name: stringify!($name), unit: Unit::$unit, value: $value, says: $says,
            },)*];

            fn field(&mut self, name: &str) -> Option<&mut u64> {
                match name { $(stringify!($name) => Some(&mut self.$name),)* _ => None }
            }
        }
    };
}

limits! {
    /// Seconds from the opening of a connection to its first byte.
    first_byte: Seconds = 10, "连接建立后至第一个字节；超时断开";
    /// Seconds from the first byte of a request (over TLS, of the handshake) to the end of its head.
    head: Seconds = 10, "一个请求的请求头收齐（TLS连接含握手）；超时断开";
    /// Seconds from one answer to the next request on the same connection.
    idle: Seconds = 60, "应答后至同一连接的下一请求；超时断开";
    /// Seconds within which something more of a body has to come.
    body_stall: Seconds = 15, "请求体两次数据之间；超时按上传中断处理";
    /// Bytes a second of a body, over all the time that it is waited for, once `body_stall` has passed.
    body_rate: BytesASecond = 1_024, "请求体的平均速度；低于此速度按上传中断处理";
    /// Seconds within which the caller takes something of an answer.
    answer_stall: Seconds = 30, "对方不接收应答；超时断开";
    /// Connections at once; fewer where the system allows the process fewer files.
    connections: Count = 8_192, "同时的连接；超出的应答503";
    /// Connections at once from one address (of IPv6 its first half). Proxies that are trusted are not counted.
    connections_of_source: Count = 256, "同一来源同时的连接（前置代理不计）；超出的应答503";
    /// Requests that are answered at once.
    requests: Count = 1_024, "同时办理的请求；超出的应答503";
    /// Requests of one partner that are answered at once.
    requests_of_partner: Count = 128, "同一合作方同时的请求；超出的应答503";
    /// Bulk bodies of one partner that are received, wait or are worked through; they are worked through one after the other.
    bulk_of_partner: Count = 4, "同一合作方同时提交的回盘；超出的应答503，逐个办理";
    /// Bulk bodies that are text files, which are held in memory as a whole, at once.
    texts: Count = 2, "同时办理的文本格式回盘（整个读入内存）；其余等候";
    /// A bulk body.
    bulk_bytes: Bytes = 96 << 20, "一个回盘；超出的拒收";
    /// Rows of a bulk body.
    bulk_rows: Count = 100_000, "一个回盘的行数；超出的拒收";
    /// Any other body of a partner: a photo, or 10,000 numbers.
    partner_bytes: Bytes = 2 << 20, "合作方的其他请求体；超出的拒收";
    /// A form without files.
    text_bytes: Bytes = 1 << 20, "不带文件的表单；超出的拒收";
    /// A form with its images.
    form_bytes: Bytes = 48 << 20, "带影像的表单；超出的拒收";
    /// One field that is text.
    field_bytes: Bytes = 64 << 10, "表单的一个文字栏；超出的拒收";
    /// Fields of a form.
    form_fields: Count = 10_000, "表单的栏数；超出的拒收";
    /// Files of a form with images.
    form_files: Count = 64, "带影像的表单中的文件；超出的拒收";
    /// Forms with images that are held in memory, together.
    forms_bytes: Bytes = 512 << 20, "同时接收的带影像表单合计；超出的应答503";
    /// A form of somebody who need not be signed in.
    sign_in_bytes: Bytes = 8 << 10, "登录、修改密码的表单；超出的拒收";
    /// The data files of one upload, together.
    upload_bytes: Bytes = 4 << 30, "一次上传的数据文件合计；超出的拒收";
    /// The data files of one upload.
    upload_files: Count = 20, "一次上传的数据文件；超出的拒收";
    /// Data files and bulk bodies that lie on disk until they are worked through, together. They have no name: a kill leaves none.
    spool_bytes: Bytes = 16 << 30, "等候办理的数据文件与回盘占用的磁盘合计；超出的应答503";
    /// Data files of one office that wait or are worked through.
    jobs_of_office: Count = 60, "同一机构等候办理的数据文件；超出的请稍后再传";
    /// The same of all offices.
    jobs: Count = 400, "全部等候办理的数据文件；超出的请稍后再传";
    /// Passwords that are hashed at once: each takes 19 MiB and a processor.
    hashes: Count = 2, "同时核对的密码（每个占19MiB内存和一个处理器）";
    /// Sign-ins that wait for that.
    sign_ins: Count = 64, "等候核对密码的登录；超出的应答503";
    /// The same from one address.
    sign_ins_of_source: Count = 8, "同一来源等候核对密码的登录；超出的应答503";
}

impl Limits {
    /// Sets what `NAME=VALUE` says; otherwise why it cannot be.
    pub fn set(&mut self, said: &str) -> Result<(), String> {
        let (name, value) = said.split_once('=').ok_or_else(|| format!("“{said}”应为 名称=数值"))?;
        let field = self.field(name.trim()).ok_or_else(|| {
            let one = |b: &Bound| format!("\n  {}　{}{}　{}", b.name, b.value, b.unit.name(), b.says);
            format!(
                "没有名为“{name}”的限额。可设（缺省值、含义）：{}",
                Self::TABLE.iter().map(one).collect::<String>()
            )
        })?;
        let value = value.trim().parse::<u64>().ok().filter(|v| *v > 0);
        *field = value.ok_or_else(|| format!("限额“{name}”应为正整数"))?;
        Ok(())
    }
}

/// Seconds of a bound.
pub fn seconds(bound: u64) -> Duration {
    Duration::from_secs(bound)
}

/// A number of a bound.
pub fn count(bound: u64) -> usize {
    usize::try_from(bound).unwrap_or(usize::MAX)
}

/// The bounds, and what is shared under them.
pub struct Bounds {
    pub limits: Limits,
    /// Where large bodies lie.
    pub spool: Spool,
    /// Memory of forms with images.
    pub forms: Pool,
}

impl Bounds {
    /// Bounds; large bodies lie in this directory.
    pub fn new(limits: Limits, spool: &Path) -> Self {
        let (spool, forms) = (Spool::new(spool, limits.spool_bytes), Pool::new(limits.forms_bytes));
        Self { limits, spool, forms }
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self::new(Limits::default(), &std::env::temp_dir())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_set_by_its_name_and_nothing_else_is_accepted() {
        let mut limits = Limits::default();
        limits.set("head=3").unwrap();
        assert_eq!((limits.head, limits.idle), (3, 60));
        assert!(limits.set("heads=3").unwrap_err().contains("first_byte"));
        for wrong in ["head", "head=", "head=0", "head=-1", "head=x"] {
            assert!(limits.set(wrong).is_err(), "{wrong}");
        }
        for bound in Limits::TABLE {
            limits.set(&format!("{}={}", bound.name, bound.value)).unwrap();
            assert!(!bound.says.is_empty());
        }
    }

    /// The table for operators; `cargo xtask documents` writes it.
    #[test]
    fn documents_the_operators_table_is_what_holds() {
        let at = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations/limits.md");
        let mut table = String::from("| 名称 | 缺省 | 单位 | 含义 |\n|---|---:|---|---|\n");
        for Bound { name, unit, value, says } in Limits::TABLE {
            table += &format!("| `{name}` | {value} | {} | {says} |\n", unit.name());
        }
        let text = std::fs::read_to_string(&at).unwrap();
        let (head, rest) = text.split_once("<!-- made from limits.rs -->\n").unwrap();
        let (made, tail) = rest.split_once("<!-- until here -->").unwrap();
        if std::env::var_os("KAGUAN_WRITE_DOCUMENTS").is_some() {
            let whole = format!("{head}<!-- made from limits.rs -->\n{table}<!-- until here -->{tail}");
            std::fs::write(&at, whole).unwrap();
            return;
        }
        assert_eq!(made, table, "KAGUAN_WRITE_DOCUMENTS=1 cargo test -p kaguan-web writes it");
    }
}
