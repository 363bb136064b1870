//! The fonts of this machine, the console's address on receipts, and a paper as the answer to a request.

use crate::Console;
use crate::counter::details;
use crate::institution::glyphs::{self, picture_at};
use crate::pages::Frame;
use crate::session::SignedIn;
use askama::Template;
use axum::Extension;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use kaguan_domain::characters::is_rare;
use kaguan_domain::clause;
use kaguan_domain::facts::glyph::code_point;
use kaguan_domain::institution::may_have_picture;
use kaguan_print::{Face, Faces, Missing, Paper, Picture, PrintError};
use kaguan_service::Failure;
use std::collections::{BTreeSet, HashMap};
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
    console: Console,
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
        Ok(Self { printing, console: console.clone(), base })
    }
}

/// Where the PDF of a page is asked for.
pub struct PdfAt {
    pub action: String,
    /// What is sent with it; nothing where the address says all.
    pub fields: Vec<(&'static str, String)>,
}

impl PdfAt {
    /// One step below a page whose address says all.
    pub fn below(page: String) -> Self {
        Self { action: page + "/pdf", fields: Vec::new() }
    }
}

/// A paper on a page.
#[derive(Template)]
#[template(path = "records/papers/paper.html")]
pub struct PaperPage {
    pub frame: Frame,
    /// The paper as HTML.
    pub paper: String,
    pub pdf: PdfAt,
    /// What to do with what is printed.
    pub hint: &'static str,
    /// Where one goes on: address and what it is called.
    pub back: (String, &'static str),
    /// Why there is no PDF.
    pub missing: Option<&'static str>,
}
crate::frame::page!(PaperPage);

/// Nobody knows what the fonts lack: none is installed, or one cannot be read.
pub struct Untold;

/// A character that stopped a print.
struct Lacking {
    /// In which item of the paper it stands.
    item: String,
    character: char,
    code: String,
    /// What becomes of it.
    remedy: Remedy,
    /// Where that is done; nothing when its picture waits already, or when nobody knows where the paper's words come from.
    to: Option<String>,
}

/// What becomes of a character that stopped a print.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Remedy {
    /// Its picture is handed in.
    HandIn,
    /// Its picture is, and waits for another officer.
    Waits,
    /// It has none: what is on file is put right.
    Correct,
}

impl Remedy {
    const ALL: [Self; 3] = [Self::HandIn, Self::Waits, Self::Correct];

    /// As the table says it.
    fn says(self) -> &'static str {
        match self {
            Self::HandIn => "请按证件原件提交字形图片",
            Self::Waits => "字形图片已提交，待审核；启用后重新打印",
            Self::Correct => "不是有统一码位的汉字，不收字形图片：请更正登记的内容，生僻字按[拼音]登记",
        }
    }

    /// As the notice goes on behind the characters.
    fn so(self) -> &'static str {
        match self {
            Self::HandIn => "请按下表提交字形图片，审核启用后重新打印",
            Self::Waits => "的字形图片已提交，待审核启用后重新打印",
            Self::Correct => "不是有统一码位的汉字，不收字形图片，请更正登记的内容后重新打印",
        }
    }
}

/// Why there is no PDF.
#[derive(Template)]
#[template(path = "records/papers/unprinted.html")]
pub struct UnprintedPage {
    pub frame: Frame,
    lacking: Vec<Lacking>,
}
crate::frame::page!(UnprintedPage);

/// The fonts, and the approved pictures of what they lack.
struct Pictured {
    printing: Arc<Printing>,
    pictures: HashMap<char, Picture>,
}

impl Faces for Pictured {
    fn count(&self) -> usize {
        self.printing.count()
    }

    fn face(&self, n: usize) -> Option<&Face> {
        self.printing.face(n)
    }

    fn picture(&self, c: char) -> Option<&Picture> {
        self.pictures.get(&c)
    }
}

impl Printer {
    /// The address that tells whether the receipt of a line is genuine.
    pub fn proof(&self, console: &Console, line: i64) -> String {
        format!("{}/verify/{}", self.base, console.service.receipt_code(line))
    }

    /// Why no PDF can be made here, when none can.
    pub fn missing(&self) -> Option<&'static str> {
        (!self.printing.is_there()).then_some(INSTALL)
    }

    /// Which of these characters no font has.
    pub async fn lack(&self, of: &BTreeSet<char>) -> Result<BTreeSet<char>, Untold> {
        if !self.printing.is_there() {
            return Err(Untold);
        }
        let (printing, of) = (Arc::clone(&self.printing), of.clone());
        let lacks = move || of.into_iter().filter(|c| !kaguan_print::has(&*printing, *c)).collect();
        tokio::task::spawn_blocking(lacks).await.map_err(|broke| {
            tracing::error!(%broke, "the fonts could not be read");
            Untold
        })
    }

    /// Whether some font has a character; `false` as well where nobody can tell.
    pub async fn has(&self, c: char) -> bool {
        self.lack(&BTreeSet::from([c])).await.is_ok_and(|lacking| lacking.is_empty())
    }

    /// A paper as a part of a page. What no font has stands in it as its approved picture: the browser's fonts lack it, too. Without
    /// fonts here, each rare character that has a picture stands as one.
    pub async fn html(&self, paper: &Paper, photo: Option<&str>) -> String {
        clause!(R34.1);
        let html = paper.html(photo);
        let rare: BTreeSet<char> = html.chars().filter(|c| is_rare(*c)).collect();
        if rare.is_empty() {
            return html;
        }
        let institutions = self.console.service.institutions();
        let lacking = match self.lack(&rare).await {
            Ok(lacking) => lacking,
            Err(Untold) => rare,
        };
        lacking.into_iter().fold(html, |html, c| match institutions.glyphs().of(c) {
            None => html,
            Some(g) => {
                let (at, code) = (picture_at(g.id), code_point(c));
                html.replace(c, &format!("<img class=\"glyph\" src=\"{at}\" alt=\"{code}\">"))
            }
        })
    }

    /// The approved pictures of characters.
    async fn pictures(&self, of: &[Missing]) -> Result<HashMap<char, Picture>, Failure> {
        let mut out = HashMap::new();
        for c in of.iter().map(|m| m.character) {
            let id = self.console.service.institutions().glyphs().of(c).map(|g| g.id);
            let Some(id) = id.filter(|_| !out.contains_key(&c)) else { continue };
            let png = self.console.service.glyph_picture(id).await?;
            out.extend(png.and_then(|png| Picture::read(&png).ok()).map(|picture| (c, picture)));
        }
        Ok(out)
    }

    /// The bytes of a PDF; with pictures where the fonts lack a character.
    async fn made(&self, paper: Paper) -> Result<Vec<u8>, Unprinted> {
        let paper = Arc::new(paper);
        let with = |pictures| {
            let fonts = Pictured { printing: Arc::clone(&self.printing), pictures };
            let paper = Arc::clone(&paper);
            tokio::task::spawn_blocking(move || paper.pdf(&fonts))
        };
        let missing = match with(HashMap::new()).await? {
            Err(PrintError::NoGlyph(missing)) => missing,
            done => return Ok(done?),
        };
        let pictures = self.pictures(&missing).await?;
        match pictures.is_empty() {
            true => Err(PrintError::NoGlyph(missing).into()),
            false => Ok(with(pictures).await??),
        }
    }

    /// A paper as PDF, under a name that tells nobody; a page that says why there is none, and asks for the pictures that it needs.
    pub async fn pdf(self, me: &SignedIn, paper: Paper, name: &str) -> Response {
        clause!(R34.1);
        let mut lacking = Vec::new();
        let frame = Frame::of(me, "PDF打印");
        let frame = match self.made(paper).await {
            Ok(bytes) => {
                let name = format!("inline; filename=\"{name}.pdf\"");
                let head = [
                    (header::CONTENT_TYPE, "application/pdf".to_owned()),
                    (header::CONTENT_DISPOSITION, name),
                ];
                return (head, bytes).into_response();
            }
            Err(Unprinted::Print(PrintError::NoGlyph(missing))) => {
                let corrects = frame.menu.iter().any(|line| line.path == details::PAGE.path);
                lacking = missing.iter().map(|m| self.lacking(m, corrects)).collect();
                frame.wrong(unprintable(&lacking))
            }
            Err(Unprinted::Print(PrintError::NoFont)) => {
                frame.wrong(format!("{}。{INSTALL}。", PrintError::NoFont))
            }
            Err(Unprinted::Print(other)) => {
                frame.wrong(format!("{other}。请改用网页打印，并告知系统管理员。"))
            }
            Err(Unprinted::Store(why)) => frame.wrong(why),
            Err(Unprinted::Broken(broke)) => {
                tracing::error!(%broke, "a paper could not be made into PDF");
                frame.wrong("PDF未能生成。请改用网页打印，并告知系统管理员。")
            }
        };
        (StatusCode::UNPROCESSABLE_ENTITY, UnprintedPage { frame, lacking }).into_response()
    }

    fn lacking(&self, m: &Missing, corrects: bool) -> Lacking {
        let c = m.character;
        let waits = self.console.service.institutions().glyphs().waits(c);
        // That the fonts lack it is what stopped the print.
        let remedy = match (waits, may_have_picture(c, false)) {
            (true, _) => Remedy::Waits,
            (false, Ok(())) => Remedy::HandIn,
            (false, Err(_)) => Remedy::Correct,
        };
        let here = corrects && details::ON_PAPERS.contains(&m.item.as_str());
        let to = match remedy {
            Remedy::HandIn => Some(glyphs::address(c)),
            Remedy::Correct if here => Some(details::PAGE.path.to_owned()),
            Remedy::Correct | Remedy::Waits => None,
        };
        Lacking { item: m.item.clone(), character: c, code: code_point(c), remedy, to }
    }
}

/// Why a paper was not made.
enum Unprinted {
    Print(PrintError),
    /// The pictures could not be read.
    Store(Failure),
    Broken(tokio::task::JoinError),
}

impl From<PrintError> for Unprinted {
    fn from(why: PrintError) -> Self {
        Self::Print(why)
    }
}

impl From<Failure> for Unprinted {
    fn from(why: Failure) -> Self {
        Self::Store(why)
    }
}

impl From<tokio::task::JoinError> for Unprinted {
    fn from(why: tokio::task::JoinError) -> Self {
        Self::Broken(why)
    }
}

/// Which characters of which items cannot be printed, and what becomes of each of them.
fn unprintable(lacking: &[Lacking]) -> String {
    let one = |l: &Lacking| {
        let item = if l.item.is_empty() { "正文" } else { &l.item };
        format!("“{item}”中的“{}”（{}）", l.character, l.code)
    };
    let all = lacking.iter().map(one).collect::<Vec<_>>().join("、");
    let of = |remedy: Remedy| {
        let mut characters: Vec<String> = Vec::new();
        for c in lacking.iter().filter(|l| l.remedy == remedy).map(|l| format!("“{}”", l.character)) {
            if !characters.contains(&c) {
                characters.push(c);
            }
        }
        (!characters.is_empty()).then(|| format!("{}{}", characters.join("、"), remedy.so()))
    };
    let so = Remedy::ALL.into_iter().filter_map(of).collect::<Vec<_>>().join("；");
    format!(
        "以下字符在已安装的字库中没有字形，PDF没有生成：{all}。{so}；急需的，用网页打印并按证件手写补上该字。"
    )
}
