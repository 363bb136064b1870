//! The fonts of this machine, the console's address on receipts, and a paper as the answer to a request.

use crate::Console;
use crate::pages::Frame;
use crate::session::SignedIn;
use askama::Template;
use axum::Extension;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use kaguan_print::{Face, Faces, Missing, Paper, PrintError};
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, OnceLock};

/// The fonts of Debian's fonts-noto-cjk, fonts-hanazono and fonts-babelstone-han, in the order in which a character is looked for.
/// The third face of the first file is the one for simplified Chinese.
pub const FONTS: [&str; 4] = [
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc#2",
    "/usr/share/fonts/truetype/hanazono/HanaMinA.ttf",
    "/usr/share/fonts/truetype/hanazono/HanaMinB.ttf",
    "/usr/share/fonts/truetype/babelstone/BabelStoneHan.ttf",
];
/// What to install when none of them is there.
const INSTALL: &str = "请系统管理员安装字库（Debian：apt-get install fonts-noto-cjk fonts-hanazono fonts-babelstone-han），或以 serve 的 --fonts 指定字库文件；网页打印不受影响";

struct Slot {
    path: PathBuf,
    index: u32,
    face: OnceLock<Option<Face>>,
}

/// What printing needs besides the papers. A font is read when the first character is looked for in it, and kept.
pub struct Printing {
    fonts: Vec<Slot>,
    address: Option<String>,
}

impl Default for Printing {
    /// Debian's fonts.
    fn default() -> Self {
        Self::new(&FONTS.map(str::to_owned), None)
    }
}

impl Printing {
    /// Font files, `PATH` or `PATH#FACE` with a face of a TTC from 0, and the address under which the public reaches the console;
    /// without one, receipts name the address at which they are printed.
    pub fn new(fonts: &[String], address: Option<&str>) -> Self {
        let slot = |font: &String| {
            let (path, index) = match font.rsplit_once('#') {
                Some((path, index)) => (path, index.parse().unwrap_or(0)),
                None => (font.as_str(), 0),
            };
            Slot { path: path.into(), index, face: OnceLock::new() }
        };
        let address = address.map(|a| a.trim_end_matches('/').to_owned());
        Self { fonts: fonts.iter().map(slot).collect(), address }
    }

    /// For the router of a server.
    pub fn layer(self) -> Extension<Arc<Self>> {
        Extension(Arc::new(self))
    }

    fn is_there(&self) -> bool {
        self.fonts.iter().any(|s| s.path.exists())
    }
}

impl Faces for Printing {
    fn count(&self) -> usize {
        self.fonts.len()
    }

    fn face(&self, n: usize) -> Option<&Face> {
        let slot = self.fonts.get(n)?;
        let read = || Face::read(std::fs::read(&slot.path).ok()?, slot.index);
        slot.face.get_or_init(read).as_ref()
    }
}

/// How this request prints.
pub struct Printer {
    printing: Arc<Printing>,
    /// The console's address, without a slash at its end.
    base: String,
}

impl FromRequestParts<Console> for Printer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Infallible> {
        static USUAL: LazyLock<Arc<Printing>> = LazyLock::new(Arc::default);
        let given = parts.extensions.get::<Arc<Printing>>().map(Arc::clone);
        let printing = given.unwrap_or_else(|| Arc::clone(&USUAL));
        let host = parts.headers.get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or("localhost");
        let scheme = if console.speaks_tls(parts) { "https" } else { "http" };
        let base = printing.address.clone().unwrap_or_else(|| format!("{scheme}://{host}"));
        Ok(Self { printing, base })
    }
}

/// Where the PDF of a page is asked for.
pub struct PdfAt {
    pub action: String,
    /// What is sent with it; nothing where the address says all.
    pub fields: Vec<(&'static str, String)>,
}

/// A paper on a page.
#[derive(Template)]
#[template(path = "records/papers/paper.html")]
pub struct PaperPage {
    pub frame: Frame,
    /// The paper as HTML.
    pub paper: String,
    pub pdf: Option<PdfAt>,
    /// What to do with what is printed.
    pub hint: &'static str,
    /// Where one goes on: address and what it is called.
    pub back: (&'static str, &'static str),
    /// Why there is no PDF.
    pub missing: Option<&'static str>,
}
crate::frame::page!(PaperPage);

impl Printer {
    /// The address that tells whether the receipt of a line is genuine.
    pub fn proof(&self, console: &Console, line: i64) -> String {
        format!("{}/verify/{}", self.base, console.service.receipt_code(line))
    }

    /// Why no PDF can be made here, when none can.
    pub fn missing(&self) -> Option<&'static str> {
        (!self.printing.is_there()).then_some(INSTALL)
    }

    /// A paper as PDF, under a name that tells nobody; a page that says why there is none.
    pub async fn pdf(self, me: &SignedIn, paper: Paper, name: &str) -> Response {
        let printing = self.printing;
        let made = tokio::task::spawn_blocking(move || paper.pdf(&*printing)).await;
        let why = match made {
            Ok(Ok(bytes)) => {
                let name = format!("inline; filename=\"{name}.pdf\"");
                let head = [
                    (header::CONTENT_TYPE, "application/pdf".to_owned()),
                    (header::CONTENT_DISPOSITION, name),
                ];
                return (head, bytes).into_response();
            }
            Ok(Err(PrintError::NoGlyph(missing))) => unprintable(&missing),
            Ok(Err(PrintError::NoFont)) => format!("{}。{INSTALL}。", PrintError::NoFont),
            Ok(Err(other)) => format!("{other}。请改用网页打印，并告知系统管理员。"),
            Err(broke) => {
                tracing::error!(%broke, "a paper could not be made into PDF");
                "PDF未能生成。请改用网页打印，并告知系统管理员。".to_owned()
            }
        };
        let frame = Frame::of(me, "PDF打印").wrong(why);
        let page = PaperPage {
            frame,
            paper: String::new(),
            pdf: None,
            hint: "",
            back: ("/people", "返回持卡人档案"),
            missing: None,
        };
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    }
}

/// Which characters of which items cannot be printed, and what to do about them.
fn unprintable(missing: &[Missing]) -> String {
    let one = |m: &Missing| {
        let item = if m.item.is_empty() { "正文" } else { &m.item };
        format!("“{item}”中的“{}”（U+{:04X}）", m.character, u32::from(m.character))
    };
    let all = missing.iter().map(one).collect::<Vec<_>>().join("、");
    format!(
        "以下字符在已安装的字库中没有字形，PDF没有生成：{all}。请收取并归档含该字的证件影像（字形图片），报系统管理员补充字库（--fonts）；急需的，用网页打印并按证件手写补上该字。"
    )
}
