//! 输入生僻字 (Article 34, Appendix 9): a rare character is found by its reading, its strokes, its parts or its code point, beside the image
//! of the document, and goes into the name field from which one came: as `[PINYIN]` where names are filed, as itself on a card's face.

use crate::Console;
use crate::desk::drafts;
use crate::frame::{Said, status_of};
use crate::institution::glyphs;
use crate::list::{beside, lists_again};
use crate::menu::{self, Page, Screen};
use crate::pages::Frame;
use crate::records::papers::Printer;
use crate::session::SignedIn;
use crate::upload::Sent;
use crate::wrong;
use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kaguan_domain::characters::{check_brackets, is_han, is_private_use, is_rare};
use kaguan_domain::clause;
use kaguan_domain::codes::han::{self, Han, Sought};
use kaguan_domain::codes::standard_of_private_use;
use kaguan_domain::facts::form::Field;
use kaguan_domain::facts::glyph::code_point;
use kaguan_domain::ids::HolderId;
use kaguan_domain::permission::Verb;
use kaguan_service::{Failure, Item};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/rare",
    screens: &[Screen {
        group: "预制卡管理",
        name: "输入生僻字",
        article: "附件9",
        verb: Verb::ProposeGlyph,
    }],
    doors: |d| d.get("/rare", page).form("/rare/from", from).post("/rare/take", take),
    samples: &["/rare", "/rare?parts=%E7%A6%BE%E5%86%85", "/rare?code=U%2B2EBF0"],
};

const TITLE: &str = "输入生僻字";
const WHY: &str = "生僻字核对：对照证件影像录入生僻字";
/// Characters that one can look through.
const SHOWN: usize = 150;
/// The field of a card's face, which has the character itself.
const FACE: &str = "printed_name";

/// What one looks for, and for which field of which form that was put aside.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub struct Asked {
    pinyin: String,
    strokes: String,
    parts: String,
    /// A code point, or the character itself.
    code: String,
    draft: String,
    field: String,
    /// What an address of this session calls the image of the document.
    image: String,
}

impl Asked {
    /// Where the page stands for a form that was put aside.
    fn address(&self) -> String {
        format!("/rare?draft={}&field={}&image={}", self.draft, self.field, self.image)
    }
}

/// A character that fits.
pub struct FoundView {
    pub character: char,
    pub code: String,
    /// 总笔画; 0 where it is not known.
    pub strokes: u8,
    /// Readings, in capitals.
    pub readings: String,
    /// What stands in the field of the spelling: the reading that was looked for, or the only one.
    pub spelling: String,
    /// Whether a file has it as `[PINYIN]`.
    pub rare: bool,
    /// Where its picture is handed in: the print has no glyph for it, and no picture of it is approved or waits.
    pub picture: Option<String>,
}

/// The name that is written, and the form that it goes back into.
pub struct BackView {
    /// The field as it stands now.
    pub name: String,
    /// Whether the character itself goes into it.
    pub face: bool,
    /// Where the form is sent.
    pub form: String,
    /// What else stands in the form.
    pub fields: Vec<(String, String)>,
    /// What pressing it does.
    pub button: &'static str,
}

/// The page.
#[derive(Template)]
#[template(path = "application/rare/rare.html")]
pub struct RarePage {
    pub frame: Frame,
    pub asked: Asked,
    pub found: Vec<FoundView>,
    /// How many more fit than are shown.
    pub more: usize,
    pub searched: bool,
    pub back: Option<BackView>,
}
crate::frame::page!(RarePage);

/// A code point as it is written, or the one character that was pasted; what an older standard had in private use as its standard character.
fn character(typed: &str) -> Option<char> {
    let mut all = typed.trim().chars();
    let meant = match (all.next(), all.next()) {
        (Some(one), None) => Some(one),
        _ => {
            let digits = typed.trim().trim_start_matches(['U', 'u', '+']);
            u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)
        }
    };
    meant.map(|c| standard_of_private_use(c).unwrap_or(c))
}

fn view(asked: &Asked, known: &Han, lacks: bool) -> FoundView {
    let upper: Vec<String> = known.readings.iter().map(|r| r.to_uppercase()).collect();
    let sought = asked.pinyin.trim().to_uppercase().replace('Ü', "V");
    let only = if let [one] = &upper[..] { one.clone() } else { String::new() };
    FoundView {
        character: known.character,
        code: code_point(known.character),
        strokes: known.strokes,
        spelling: if sought.is_empty() { only } else { sought },
        readings: upper.join(" "),
        rare: is_rare(known.character),
        picture: lacks.then(|| glyphs::address(known.character)),
    }
}

/// What fits, or why nothing can be looked for.
fn found(asked: &Asked) -> Result<Vec<Han>, Said> {
    clause!(R34.1);
    if !asked.code.trim().is_empty() {
        let c = character(&asked.code).filter(|c| is_han(*c) && !is_private_use(*c));
        let why = "这不是一个汉字，也不是汉字的码位（如U+4132）。私用区的码位各机显示不同，不能使用";
        let c = c.ok_or_else(|| Said::from(why).about("code"))?;
        let unknown = Han { character: c, radical: 0, rest: 0, strokes: 0, readings: Vec::new() };
        return Ok(vec![han::of(c).unwrap_or(unknown)]);
    }
    let strokes = match asked.strokes.trim() {
        "" => None,
        typed => {
            let why = "笔画为1至84的数字";
            Some(typed.parse().map_err(|_| Said::from(why).about("strokes"))?)
        }
    };
    let sought = Sought { pinyin: asked.pinyin.clone(), strokes, parts: asked.parts.clone() };
    han::find(&sought).map_err(|why| {
        let field = match why {
            han::SoughtError::Nothing | han::SoughtError::NotPinyin => "pinyin",
            han::SoughtError::NoRadical => "parts",
        };
        Said::from(why.to_string()).about(field)
    })
}

/// The form that was put aside, with the name in it.
async fn back(console: &Console, me: &SignedIn, asked: &Asked) -> Result<Option<BackView>, Said> {
    let Ok(id) = asked.draft.parse() else { return Ok(None) };
    let draft = console.service.draft(me.officer.id, id).await.map_err(Said::from)?;
    let gone = || Said::from("原来的表单已经提交、已满七天，或者是其他人的。请从原来的页面重新进入");
    let draft = draft.ok_or_else(gone)?;
    let mut fields = drafts::typed(&draft);
    let name = fields.remove(&asked.field).unwrap_or_default();
    let face = asked.field == FACE;
    let button = if face { "按此姓名在制卡桌面机上制卡" } else { "按此姓名继续提交" };
    Ok(Some(BackView { name, face, form: draft.form, fields: fields.into_iter().collect(), button }))
}

async fn shown(
    console: &Console,
    me: &SignedIn,
    printer: &Printer,
    mut frame: Frame,
    asked: Asked,
) -> RarePage {
    let said = [&asked.pinyin, &asked.strokes, &asked.parts, &asked.code];
    let searched = said.iter().any(|t| !t.trim().is_empty());
    let back = match back(console, me, &asked).await {
        Ok(back) => back,
        Err(why) => {
            frame = frame.wrong(why);
            None
        }
    };
    let all = match if searched { found(&asked) } else { Ok(Vec::new()) } {
        Ok(all) => all,
        Err(why) => {
            frame = frame.wrong(why);
            Vec::new()
        }
    };
    let in_sight = all.iter().take(SHOWN);
    let characters: BTreeSet<char> = in_sight.clone().map(|h| h.character).collect();
    let lacking = printer.lack(&characters).await;
    let institutions = console.service.institutions();
    let pictures = institutions.glyphs();
    // 无字形 is said only of what the fonts are known to lack.
    // A desk prints a face with its own fonts, and uses no picture.
    let lacks = |c: char| {
        let unknown = pictures.of(c).is_none() && !pictures.waits(c);
        asked.field != FACE && unknown && lacking.as_ref().is_ok_and(|l| l.contains(&c))
    };
    let found = in_sight.map(|known| view(&asked, known, lacks(known.character))).collect();
    RarePage { frame, found, more: all.len().saturating_sub(SHOWN), searched, back, asked }
}

async fn page(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    Query(asked): Query<Asked>,
) -> RarePage {
    shown(&console, &me, &printer, Frame::of(&me, TITLE), asked).await
}

/// From which form one comes.
#[derive(Deserialize)]
struct From {
    /// Where it is sent.
    form: String,
    /// Its name field.
    field: String,
    /// Its draft, when it has one.
    #[serde(default)]
    draft: Option<i64>,
}

fn written(sent: &Sent) -> Vec<u8> {
    let fields: BTreeMap<&str, &str> = sent.fields().collect();
    serde_json::to_vec(&fields).expect("text is always JSON")
}

/// Puts the form aside in which a name is written, and opens the page for its field. Of whoever is on file the image of the document is
/// opened beside it, which is a look.
async fn from(
    State(console): State<Console>,
    me: SignedIn,
    Query(from): Query<From>,
    mut sent: Sent,
) -> Response {
    clause!(X9.4);
    let named = from.field == FACE || Field::of_code(&from.field).is_some();
    if menu::screen_of(&from.form).is_none() || !named {
        return wrong::page(StatusCode::BAD_REQUEST, "这份表单没有姓名可以录入生僻字");
    }
    let mut image = String::new();
    if let Ok(holder) = sent.text("holder").parse().map(HolderId) {
        match on_file(&console, &me, holder).await {
            Ok((name, key)) => {
                image = key;
                if from.field == FACE && !sent.has(FACE) {
                    sent.put(FACE, &name);
                }
            }
            Err(why) => return wrong::page(status_of(&why), &why.to_string()),
        }
    }
    let form = beside(&from.form, &me.asked.behind());
    match console.service.keep_draft(me.officer.id, from.draft, &form, written(&sent)).await {
        Ok(id) => {
            let asked = Asked { draft: id.to_string(), field: from.field, image, ..Asked::default() };
            Redirect::to(&asked.address()).into_response()
        }
        Err(why) => wrong::page(StatusCode::SERVICE_UNAVAILABLE, &why.to_string()),
    }
}

/// Somebody's name as it is filed, and what this session may call the image of the document; empty when there is none.
async fn on_file(console: &Console, me: &SignedIn, holder: HolderId) -> Result<(String, String), Failure> {
    let (seen, name) = console.service.look_at_item(me.ctx(console), holder, Item::Name, WHY).await?;
    let name = name.into_shown();
    let Some(id) = seen.rare_document() else { return Ok((name, String::new())) };
    match console.service.open_material(me.ctx(console), &me.session, (holder, id), WHY).await {
        Ok((key, _)) => Ok((name, key)),
        Err(why) => {
            tracing::warn!(%why, "the image of a document cannot be shown beside a rare character");
            Ok((name, String::new()))
        }
    }
}

/// A name with a character in the place of the first sign that stands for one (`?`, `□`), else of the first `[PINYIN]`, else behind it.
fn put(name: &str, character: &str) -> String {
    if let Some(sign) = name.chars().find(|c| ['?', '？', '□', '*', '＊'].contains(c)) {
        return name.replacen(sign, character, 1);
    }
    match (name.find('['), name.find(']')) {
        (Some(from), Some(to)) if from < to && !character.starts_with('[') => {
            format!("{}{character}{}", &name[..from], &name[to + 1..])
        }
        _ => format!("{name}{character}"),
    }
}

/// A character is taken into the name.
async fn take(State(console): State<Console>, me: SignedIn, printer: Printer, sent: Sent) -> Response {
    clause!(R34.1);
    clause!(X9.4);
    let text = |name: &str| sent.text(name).to_owned();
    let asked = Asked {
        pinyin: text("pinyin"),
        strokes: text("strokes"),
        parts: text("parts"),
        code: text("code"),
        draft: text("draft"),
        field: text("field"),
        image: text("image"),
    };
    let wrong = async |said: Said| {
        let page = shown(&console, &me, &printer, Frame::of(&me, TITLE), asked.clone()).await;
        RarePage { frame: page.frame.wrong(said), ..page }.into_response()
    };
    let id = asked.draft.parse().unwrap_or(-1);
    let (form, asks, mut fields) = match console.service.draft(me.officer.id, id).await {
        Ok(Some(draft)) => {
            let fields = Sent::of_typed(drafts::typed(&draft));
            (draft.form, draft.asks, fields)
        }
        Ok(None) => return wrong("没有要录入生僻字的表单。请从填写姓名的页面进入".into()).await,
        Err(why) => return wrong(why.into()).await,
    };
    let c = character(sent.text("character")).filter(|c| is_han(*c) && !is_private_use(*c));
    let Some(c) = c else { return wrong("没有选定要录入的字".into()).await };
    let spelling = format!("[{}]", sent.text("spelling").trim().to_uppercase());
    let name = if asked.field == FACE || !is_rare(c) {
        put(fields.text(&asked.field), &c.to_string())
    } else if check_brackets(&spelling).is_ok() {
        put(fields.text(&asked.field), &spelling)
    } else {
        let why = format!(
            "{}须以[拼音]登记。请由申请人确认读音，录入1至6位字母。依据{}",
            code_point(c),
            clause!(R34.1).cite()
        );
        return wrong(Said::from(why).about("spelling")).await;
    };
    fields.put(&asked.field, &name);
    let kept = lists_again(&form, &asks);
    match console.service.keep_draft(me.officer.id, Some(id), &kept, written(&fields)).await {
        Ok(_) if form == "/apply" => Redirect::to(&format!("/apply?draft={id}")).into_response(),
        Ok(_) => {
            let kept =
                Asked { draft: asked.draft, field: asked.field, image: asked.image, ..Asked::default() };
            Redirect::to(&kept.address()).into_response()
        }
        Err(why) => wrong::page(StatusCode::SERVICE_UNAVAILABLE, &why.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_takes_the_place_that_was_left_for_it() {
        assert_eq!(put("张?三", "[CHUI]"), "张[CHUI]三");
        assert_eq!(put("张[CHUI]三", "䄲"), "张䄲三");
        assert_eq!(put("[LV][CHUI]", "㼆"), "㼆[CHUI]");
        assert_eq!(put("张[CHUI]", "[LV]"), "张[CHUI][LV]");
        assert_eq!(put("", "䄲"), "䄲");
        assert_eq!((character("U+4132"), character("䄲"), character("U+ZZ")), (Some('䄲'), Some('䄲'), None));
        let standard = Some('\u{20087}');
        assert_eq!((character("U+E816"), character("\u{E816}")), (standard, standard));
    }
}
