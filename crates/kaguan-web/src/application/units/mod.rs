//! 批量申请-受理登记: an employer's application is registered with its papers; the open ones, their forms to be printed, those
//! whose papers are outstanding, and those whose number of people may still be put right.

use crate::Console;
use crate::list::{Act, Asked, Kind, List, ListView, Offer, Row, column, offices};
use crate::may;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::records::papers;
use crate::session::SignedIn;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kaguan_domain::application::{UnitCommand, UnitForm};
use kaguan_domain::ctx::Channel;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::institution::{Institutions, Organisation};
use kaguan_domain::facts::unit::{UnitKind, UnitState};
use kaguan_domain::ids::UnitId;
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::spelling;
use kaguan_service::{Command, Failure, ListedUnit, UnitsChosen};
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/units",
    screens: &[Screen {
        group: "社保卡申请",
        name: "批量申请-受理登记",
        article: "第九条",
        verb: Verb::ApplyForUnit,
    }],
    doors: |d| {
        d.get("/units", page)
            .post("/units", register)
            .get("/units/{id}", papers::unit_forms)
            .get("/units/{id}/pdf", papers::unit_forms)
            .get("/units/{id}/papers", outstanding)
            .post("/units/{id}/close", close)
            .post("/units/{id}/people", correct)
    },
    samples: &["/units"],
};

const LIST: List = List {
    id: "units",
    path: "/units",
    title: "待上传与材料待补的批量申请",
    none: "没有待上传的批量申请。先在下面登记单位的申请材料，再上传人员数据。",
    columns: &[
        column("id", "受理编号", Kind::Code),
        column("form_no", "申请表编号", Kind::Code),
        column("employer", "单位", Kind::Text),
        column("outlet", "受理机构", Kind::Choice),
        column("state", "情况", Kind::Choice),
        column("people", "人数", Kind::Sum),
        column("rows", "已上传", Kind::Sum),
        column("due", "数据采集时限", Kind::Text),
    ],
};

const AWAITS_DATA: &str = "待上传";
const AWAITS_PAPERS: &str = "材料待补";

/// 情况: how far those in the list can be, by which it is narrowed.
const STATES: [(&str, &str, UnitState); 3] = [
    ("open", AWAITS_DATA, UnitState::Open),
    ("outstanding", AWAITS_PAPERS, UnitState::Outstanding),
    ("done", "已全部上传", UnitState::Done),
];

/// 更正总人数 and 办结 of one of them.
#[derive(Template)]
#[template(path = "application/units/unit_acts.html")]
struct UnitActs<'a> {
    frame: &'a Frame,
    id: UnitId,
    /// Whether 办结 can be asked.
    closes: bool,
}

fn line(u: ListedUnit, frame: &Frame, institutions: &Institutions) -> Row {
    let state = u.ended.unwrap_or(if u.outstanding { AWAITS_PAPERS } else { AWAITS_DATA });
    let open = match u.outstanding {
        true => Act::Open { to: format!("/units/{}/papers", u.id), name: "材料待补登记" },
        false => Act::Open { to: format!("/units/{}", u.id), name: "打印申请表" },
    };
    let own = UnitActs { frame, id: u.id, closes: u.ended.is_none() };
    let own = u.corrects.then(|| Act::Own(own.render()));
    Row {
        key: u.id.to_string(),
        cells: vec![
            u.id.to_string().into(),
            u.form_no.into(),
            u.employer.into(),
            institutions.org(u.outlet).map_or_else(String::new, |o| o.name.clone()).into(),
            state.into(),
            i64::from(u.people).into(),
            i64::from(u.rows).into(),
            u.due.map_or_else(String::new, |(day, standing)| format!("{day} {standing}")).into(),
        ],
        acts: std::iter::once(open).chain(own).collect(),
    }
}

/// A text field of the registration: name, label, what stands in it.
pub type TextView = (&'static str, &'static str, String);

/// 批量申请-受理登记.
#[derive(Template)]
#[template(path = "application/units/units.html")]
pub struct UnitsPage {
    pub frame: Frame,
    /// Whether this officer may register.
    pub may: bool,
    /// Request key.
    pub key: String,
    /// The unit application whose papers are being registered; empty for a new one.
    pub unit: String,
    /// `None` when they may not be seen, or none has the number that was looked for: the notice says which.
    pub list: Option<ListView>,
    /// The number that was looked for: nothing else is listed then.
    pub sought: String,
    /// 单位类型: what is sent, what one sees, whether it is chosen.
    pub kinds: Vec<(&'static str, String, bool)>,
    /// 证件类型 of the operator, the same.
    pub documents: Vec<(&'static str, String, bool)>,
    pub texts: Vec<TextView>,
    /// 性别 of the operator: code, name, and whether it is chosen.
    pub sexes: Vec<(&'static str, &'static str, bool)>,
    /// What the clerk states: name, sentence, whether it is ticked.
    pub boxes: Vec<(&'static str, &'static str, bool)>,
}
crate::frame::page!(UnitsPage);

const TITLE: &str = "批量申请-受理登记";

/// The form as it was typed, its request key, and the unit application whose papers it registers.
#[derive(Deserialize)]
pub struct Typed {
    key: String,
    #[serde(default)]
    unit: String,
    #[serde(flatten)]
    form: UnitForm,
}

/// Why no more data come.
#[derive(Deserialize)]
pub struct Closing {
    reason: String,
}

/// 更正总人数.
#[derive(Deserialize)]
pub struct Correcting {
    right_people: String,
    reason: String,
}

/// Those that wait, and behind them those whose data came of late, as far as they were chosen; or the one that was looked for.
async fn listed(
    console: &Console,
    me: &SignedIn,
    mut frame: Frame,
    (sought, asked): (&str, &Asked),
) -> (Frame, Option<ListView>) {
    let (actor, institutions) = (me.actor(), console.service.institutions());
    if !sought.is_empty() {
        let found = frame.list(console.service.units_numbered(&actor, sought).await);
        let view = found.map(|found| {
            let rows = found.into_iter().map(|u| line(u, &frame, &institutions));
            // What was chosen of the list does not hide the one that was looked for.
            LIST.choose(asked).view(rows.collect(), None)
        });
        return (frame, view);
    }
    let here = |o: &&Organisation| {
        console.service.may(&actor, Verb::ApplyForUnit, &Place::At(o.id)).is_ok() && o.city().is_some()
    };
    let in_area = institutions.orgs().filter(here).map(|o| o.id).collect();
    let state = |(code, name, value): (&str, &str, UnitState)| Offer {
        code: code.to_owned(),
        name: name.to_owned(),
        value,
    };
    let mut choose = LIST.choose(asked);
    let chosen = UnitsChosen {
        outlet: choose.by("outlet", offices(&institutions, in_area)),
        state: choose.by("state", STATES.map(state)),
    };
    let part = frame.part(console.service.units_part_for(&actor, chosen, LIST.part(asked)).await);
    let view = part.map(|part| {
        let rows = part.rows.into_iter().map(|u| line(u, &frame, &institutions));
        choose.view(rows.collect(), part.more)
    });
    (frame, view)
}

async fn page_of(
    console: &Console,
    me: &SignedIn,
    frame: Frame,
    typed: (String, String, UnitForm),
    (sought, asked): (&str, &Asked),
) -> UnitsPage {
    let (key, unit, form) = typed;
    let sought = spelling::trim(sought).to_owned();
    let (frame, list) = listed(console, me, frame, (&sought, asked)).await;
    let kinds =
        UnitKind::ALL.map(|k| (k.code(), format!("{}（{}）", k.name(), k.proof()), k.code() == form.kind));
    let documents =
        DocumentKind::ALL.iter().map(|k| (k.code(), k.name().to_owned(), k.code() == form.operator_document));
    let sexes = [("1", "男"), ("2", "女")].map(|(code, name)| (code, name, code == form.operator_sex));
    let texts = vec![
        ("form_no", "申请表编号", form.form_no),
        ("employer_code", "单位代码（法人证书/营业执照/法人登记证代码或组织机构代码）", form.employer_code),
        ("employer_name", "单位机构名称", form.employer_name),
        ("address", "单位地址", form.address),
        ("operator_name", "经办人姓名", form.operator_name),
        ("operator_number", "经办人证件号码", form.operator_number),
        ("operator_phone", "经办人联系方式", form.operator_phone),
        ("authorisation", "单位授权委托书编号", form.authorisation),
        ("matter", "授权办理事宜", form.matter),
        ("until", "授权期限（至，8位数字，如20271231）", form.until),
        ("people", "批量申请总人数", form.people),
        ("applied_on", "批量申请日期（8位数字，如20261123）", form.applied_on),
        ("accepted_on", "受理日期（8位数字，如20261123）", form.accepted_on),
    ];
    let boxes = vec![
        (
            "operator_verified",
            "已核实授权经办人本人有效身份证件原件（含电子证照）",
            form.operator_verified.is_some(),
        ),
        ("proof", "已留存单位证明文件复印件或影像", form.proof.is_some()),
        ("authorisation_kept", "已留存加盖公章的单位授权委托书", form.authorisation_kept.is_some()),
        ("operator_copy", "已留存授权经办人有效身份证件正反面复印件或影像", form.operator_copy.is_some()),
        (
            "applicant_copies",
            "已留存全部申请人有效身份证件正反面复印件或影像",
            form.applicant_copies.is_some(),
        ),
        ("personal_forms", "已收取全部申请人的个人业务申请表", form.personal_forms.is_some()),
        ("consents", "全部申请人（未满十四周岁的由监护人）已签署授权申明", form.consents.is_some()),
    ];
    UnitsPage {
        frame,
        may: true,
        key,
        unit,
        list,
        sought,
        kinds: kinds.to_vec(),
        documents: documents.collect(),
        texts,
        sexes: sexes.to_vec(),
        boxes,
    }
}

fn turned_away(me: &SignedIn, sentence: String) -> Response {
    let page = UnitsPage {
        frame: Frame::of(me, TITLE).wrong(sentence),
        may: false,
        key: String::new(),
        unit: String::new(),
        list: None,
        sought: String::new(),
        kinds: Vec::new(),
        documents: Vec::new(),
        texts: Vec::new(),
        sexes: Vec::new(),
        boxes: Vec::new(),
    };
    (StatusCode::FORBIDDEN, page).into_response()
}

fn empty(console: &Console, unit: String) -> (String, String, UnitForm) {
    let today = console.service.now().date().strftime("%Y%m%d").to_string();
    (
        format!("unit-{}", console.service.fresh()),
        unit,
        UnitForm { accepted_on: today, ..UnitForm::default() },
    )
}

/// Which unit application is looked for; empty for the list.
#[derive(Deserialize)]
pub struct Sought {
    #[serde(default)]
    number: String,
}

/// The list and an empty form.
pub async fn page(
    State(console): State<Console>,
    me: SignedIn,
    Query(sought): Query<Sought>,
    asked: Asked,
) -> Response {
    if let Err(refusal) = may::at_all(&console, &me, Verb::ApplyForUnit) {
        return turned_away(&me, refusal.sentence());
    }
    let empty = empty(&console, String::new());
    let page = page_of(&console, &me, Frame::of(&me, TITLE), empty, (&sought.number, &asked)).await;
    match page.list.as_ref().and_then(ListView::taken) {
        Some(file) => file,
        None => page.into_response(),
    }
}

/// 受理登记: everything that is missing is told at once, and stays typed.
pub async fn register(State(console): State<Console>, me: SignedIn, Form(typed): Form<Typed>) -> Response {
    if let Err(refusal) = may::at_all(&console, &me, Verb::ApplyForUnit) {
        return turned_away(&me, refusal.sentence());
    }
    let known = typed.unit.trim().parse().ok().map(UnitId);
    let ctx = console.service.ctx(me.actor(), Channel::Console, Some(typed.key.clone()));
    let done = console.service.register_unit(ctx, me.org.id, known, &typed.form).await;
    let frame = Frame::of(&me, TITLE);
    match done {
        Ok(id) => {
            let frame =
                frame.after(Ok::<_, Failure>(()), &format!("已受理登记，受理编号{id}；请打印申请表一式两联"));
            page_of(&console, &me, frame, empty(&console, String::new()), ("", &me.asked))
                .await
                .into_response()
        }
        Err(failure) => {
            let frame = frame.refused(&failure);
            let page =
                page_of(&console, &me, frame, (typed.key, typed.unit, typed.form), ("", &me.asked)).await;
            page.into_response()
        }
    }
}

/// 补登记: the form for one whose papers are outstanding.
pub async fn outstanding(State(console): State<Console>, me: SignedIn, Path(id): Path<i64>) -> Response {
    if let Err(refusal) = may::at_all(&console, &me, Verb::ApplyForUnit) {
        return turned_away(&me, refusal.sentence());
    }
    let empty = empty(&console, id.to_string());
    page_of(&console, &me, Frame::of(&me, TITLE), empty, ("", &me.asked)).await.into_response()
}

/// 办结: no more data come.
pub async fn close(
    State(console): State<Console>,
    me: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<Closing>,
) -> Response {
    if let Err(refusal) = may::at_all(&console, &me, Verb::ApplyForUnit) {
        return turned_away(&me, refusal.sentence());
    }
    let command = Command::Unit { id: UnitId(id), command: UnitCommand::Close { reason: form.reason } };
    let ctx = me.command(&console);
    let frame =
        Frame::of(&me, TITLE).after(console.service.execute(ctx, command).await, "已办结，不再上传其余人员");
    page_of(&console, &me, frame, empty(&console, String::new()), ("", &me.asked)).await.into_response()
}

/// 更正总人数: the papers say another number of people than was registered. What is no number is none, and the rule says so.
pub async fn correct(
    State(console): State<Console>,
    me: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<Correcting>,
) -> Response {
    if let Err(refusal) = may::at_all(&console, &me, Verb::ApplyForUnit) {
        return turned_away(&me, refusal.sentence());
    }
    let people = spelling::trim(&spelling::half_width(&form.right_people)).parse().unwrap_or_default();
    let command = UnitCommand::CorrectPeople { people, reason: form.reason };
    let ctx = me.command(&console);
    let done = console.service.execute(ctx, Command::Unit { id: UnitId(id), command }).await;
    let frame = Frame::of(&me, TITLE).after(done, "总人数已更正；请重新打印申请表，一式两联，交单位一联");
    // One whose data are all there may stand in no list of this office: it is shown alone, with its form.
    let (empty, alone) = (empty(&console, String::new()), id.to_string());
    page_of(&console, &me, frame, empty, (&alone, &me.asked)).await.into_response()
}
