//! What a holder does alone at 自助服务设施: one question a page, nothing of anybody left on it. A page that nobody touches goes back to the
//! first one, and a visit that nobody goes on with is forgotten.

mod card;
mod pin;
mod progress;

use super::hub::Visit;
use crate::Console;
use crate::agent::{For, Unheard, now_ms, perform};
use crate::menu::Page;
use crate::session::{KIOSK, Source};
use askama::Template;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::header::REFRESH;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Response};
use kaguan_api::desk::{Identity, Outcome, Work};
use kaguan_api::sign::digest;
use kaguan_domain::ctx::{Actor, Ctx};
use kaguan_domain::facts::desk::Desk;
use kaguan_domain::refusal::Reason;
use kaguan_service::{Failure, Identified};

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/kiosk",
    screens: &[],
    doors: |d| {
        d.get("/kiosk", first)
            .get("/kiosk/pin", pin::page)
            .post("/kiosk/pin", pin::change)
            .get("/kiosk/progress", progress::page)
            .post("/kiosk/progress", progress::shows)
            .get("/kiosk/card", card::page)
            .post("/kiosk/card", card::reads)
            .form("/kiosk/card/face", card::face)
            .get("/kiosk/card/choice", card::choice)
            .post("/kiosk/card/lose", card::lose)
            .post("/kiosk/card/apply", card::apply)
            .post("/kiosk/card/make", card::make)
            .get("/kiosk/card/making", card::making)
            .post("/kiosk/card/collect", card::collect)
    },
    samples: &["/kiosk"],
};

/// How long a page stands that nobody touches, in seconds; and one that says what was done.
const STANDS: u32 = 60;
const SAYS: u32 = 25;

/// The machine that a browser is bound to, open to whoever comes.
pub struct AtKiosk {
    pub desk: Desk,
    /// A digest of the token.
    pub session: String,
    pub token: String,
    pub outlet: String,
}

impl AtKiosk {
    pub fn actor(&self) -> Actor {
        Actor::Kiosk(self.desk.id)
    }

    /// For a look, or a question.
    pub fn ctx(&self, console: &Console) -> Ctx {
        let actor = self.actor();
        let door = actor.door();
        console.service.ctx(actor, door, None)
    }

    /// For a command of a visit: sent twice, it is done once.
    pub fn command(&self, console: &Console, visit: &Visit, what: &str) -> Ctx {
        Ctx { request_key: Some(visit.key(what)), ..self.ctx(console) }
    }

    /// For the machine.
    pub fn whose(&self) -> For {
        For { session: self.session.clone(), officer: None, desk: self.desk.clone() }
    }

    /// Who stands there.
    pub fn visit(&self, console: &Console) -> Option<Visit> {
        console.kiosks.visit(&self.session, now_ms(console))
    }
}

/// What is shown where no machine is open.
fn closed() -> Response {
    let page = ServePage {
        outlet: String::new(),
        title: "本机没有启用自助服务",
        back: None,
        wrong: None,
        question: Question::Closed,
    };
    (StatusCode::FORBIDDEN, page).into_response()
}

impl FromRequestParts<Console> for AtKiosk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Response> {
        let Ok(Source(source)) = Source::from_request_parts(parts, console).await;
        let token = console.token_in(parts, KIOSK).ok_or_else(closed)?;
        let session = digest(token.as_bytes());
        let held = console.kiosks.holds(&session, &source, now_ms(console));
        let Some((desk, by)) = held else {
            // One that is over has no machine any more; one that is asked for from elsewhere goes on.
            if !console.kiosks.knows(&session) {
                console.desks.release(&session);
            }
            return Err(closed());
        };
        let institutions = console.service.institutions();
        // It is over with the machine's state, with the outlet's business, and with the clerk who answers for it.
        let desk = institutions.desk(desk).filter(|d| d.serves_alone()).cloned();
        let here = |d: &Desk| {
            let clerk = institutions.officer(by).is_some_and(|o| o.active && o.org == d.outlet);
            clerk && console.desks.of_session(&session) == Some(d.id)
        };
        let Some(desk) = desk.filter(here) else {
            console.kiosks.close(&session);
            console.desks.release(&session);
            return Err(closed());
        };
        let outlet = institutions.org(desk.outlet).map(|o| o.name.clone()).unwrap_or_default();
        Ok(Self { desk, session, token, outlet })
    }
}

/// A card of whoever stands there, as they can tell it from another.
pub struct CardView {
    pub card: i64,
    /// Masked.
    pub number: String,
    pub bank: &'static str,
    /// 正式挂失 can be reported here.
    pub lose: bool,
    /// 补卡 can be applied for here.
    pub reissue: bool,
    /// What keeps it from being made here anew, now or once it is lost, and what is done then; empty when nothing does.
    pub why: String,
}

/// A business that was done, of which whoever stands there is told before the next one.
pub struct DoneView {
    /// What was done, as a Chinese phrase without a full stop.
    pub text: String,
    /// Its line.
    pub entry: i64,
}

/// The one thing that a page asks or says.
pub enum Question {
    Closed,
    First,
    /// With what the holder is told before typing; empty where there is nothing.
    Pin {
        told: &'static str,
    },
    Progress,
    Steps {
        name: String,
        rows: Vec<(String, String, String)>,
    },
    Identity,
    Face,
    Choice {
        name: String,
        number: String,
        cards: Vec<CardView>,
        make: bool,
        why: String,
        /// What was done just before.
        done: Option<DoneView>,
    },
    Making {
        lines: Vec<(String, String)>,
    },
    Collect,
    Done {
        text: String,
        entry: Option<i64>,
    },
    Sorry,
}

/// The page.
#[derive(Template)]
#[template(path = "kiosk/serve/serve.html")]
pub struct ServePage {
    pub outlet: String,
    pub title: &'static str,
    /// After how many seconds it goes, and where.
    pub back: Option<(u32, &'static str)>,
    pub wrong: Option<String>,
    pub question: Question,
}

impl IntoResponse for ServePage {
    fn into_response(self) -> Response {
        let status = if self.wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        let mut answer = match self.render() {
            Ok(html) => (status, Html(html)).into_response(),
            Err(why) => {
                tracing::error!(%why, "a page could not be made");
                crate::wrong::page(StatusCode::INTERNAL_SERVER_ERROR, "本机暂时不能办理，请到柜台办理")
            }
        };
        // Nothing of whoever walked away stays on the screen, with scripts or without.
        let goes = self.back.and_then(|(seconds, to)| format!("{seconds};url={to}").parse().ok());
        if let Some(goes) = goes {
            answer.headers_mut().insert(REFRESH, goes);
        }
        answer
    }
}

impl ServePage {
    /// A page that asks.
    fn asks(kiosk: &AtKiosk, title: &'static str, question: Question) -> Self {
        let back = Some((STANDS, "/kiosk"));
        Self { outlet: kiosk.outlet.clone(), title, back, wrong: None, question }
    }

    /// One that says what was done; nobody goes on from it.
    fn says(kiosk: &AtKiosk, title: &'static str, text: impl Into<String>, entry: Option<i64>) -> Self {
        let question = Question::Done { text: text.into(), entry };
        Self { back: Some((SAYS, "/kiosk")), ..Self::asks(kiosk, title, question) }
    }

    /// One that says why nothing was done.
    fn sorry(kiosk: &AtKiosk, title: &'static str, why: impl Into<String>) -> Self {
        Self::asks(kiosk, title, Question::Sorry).but(why)
    }

    /// The same with what is wrong.
    fn but(self, why: impl Into<String>) -> Self {
        Self { wrong: Some(why.into()), ..self }
    }
}

/// The first page: whoever was there before has left.
pub async fn first(State(console): State<Console>, kiosk: AtKiosk) -> ServePage {
    console.kiosks.leaves(&kiosk.session);
    ServePage::asks(&kiosk, "请选择要办理的业务", Question::First)
}

/// A sentence that has its full stop, once.
fn ended(why: &str) -> String {
    format!("{}。", why.trim_end_matches('。'))
}

const SILENT: &str = "本机读卡设备没有应答，请到柜台办理，并告知网点工作人员";

/// The identity card on the reader.
async fn identity(console: &Console, kiosk: &AtKiosk) -> Result<Identity, String> {
    match perform(console, &kiosk.whose(), ("", ""), Work::ReadIdentity).await {
        Ok(Outcome::Identity(identity)) => Ok(identity),
        Ok(Outcome::Failed { code: -13 | -2, .. }) => {
            Err("没有读到身份证。请把身份证平放在读卡区后再按一次".into())
        }
        Ok(Outcome::Failed { words, .. }) => Err(format!("没有读到身份证：{words}")),
        Ok(Outcome::Refused { why }) | Err(Unheard::NotGiven(why)) => Err(why),
        Ok(Outcome::Done | Outcome::Card(_) | Outcome::ChipKey(_) | Outcome::Paper { .. })
        | Err(Unheard::Lost) => Err(SILENT.into()),
    }
}

/// Whose it is.
async fn whose(console: &Console, identity: &Identity) -> Result<Identified, String> {
    let found = console.service.identified(&identity.number, &identity.name).await;
    found.map_err(|why| match why {
        Failure::Refused(r) if r.reason == Reason::LossIdentityMismatch => {
            "没有查到与该身份证姓名、号码一致的社会保障卡档案。如有变更，请到柜台办理".into()
        }
        why => why.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::{Question, ServePage};
    use askama::Template as _;
    use kaguan_api::desk::NewPin;

    #[test]
    fn art_18_whoever_types_what_nobody_judges_is_told_so_before() {
        let page = |new_pin: NewPin| {
            let question = Question::Pin { told: new_pin.told() };
            let page = ServePage {
                outlet: "网点".into(),
                title: "社保应用密码修改",
                back: None,
                wrong: None,
                question,
            };
            page.render().unwrap()
        };
        let rule = "不得使用初始密码、同一个数字、连续数字、出生日期和社会保障号码中的数字";
        let said = page(NewPin::NotJudged);
        assert!(said.contains("不能核对新密码是否过于简单") && said.contains(rule), "{said}");
        assert!(page(NewPin::Unknown).contains("不能确定本机是否核对"));
        assert!(!page(NewPin::Judged).contains(rule));
    }
}
