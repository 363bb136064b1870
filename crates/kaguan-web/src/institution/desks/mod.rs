//! 制卡桌面机 (Appendix 9): an administrator ties a machine to an outlet by the code that it shows, and takes it away again.

use crate::Console;
use crate::agent::now_ms;
use crate::marks::Fault;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::SignedIn;
use crate::upload::Sent;
use askama::Template;
use axum::extract::State;
use kaguan_domain::clause;
use kaguan_domain::facts::desk::CardBox;
use kaguan_domain::ids::{BankCode, DeskId};
use kaguan_domain::institution::{InstitutionCommand, defect_of_desk_outlet, defects_of_boxes};
use kaguan_domain::permission::Verb;
use kaguan_service::Command;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/desks",
    screens: &[Screen {
        group: "系统管理", name: "制卡桌面机", article: "附件9", verb: Verb::PairDesk
    }],
    doors: |d| {
        d.get("/desks", page).post("/desks/pair", pair).post("/desks/end", end).post("/desks/kiosk", kiosk)
    },
    samples: &["/desks"],
};

const TITLE: &str = "制卡桌面机";

/// A desk in one line.
pub struct DeskView {
    pub id: i64,
    pub name: String,
    pub outlet: String,
    pub boxes: String,
    pub since: String,
    /// The driver of one that is connected.
    pub driver: String,
    pub ended: String,
    /// 自助服务设施.
    pub kiosk: bool,
}

/// The page.
#[derive(Template)]
#[template(path = "institution/desks/desks.html")]
pub struct DesksPage {
    pub frame: Frame,
    pub desks: Vec<DeskView>,
    pub code: String,
    pub outlet: String,
    pub name: String,
    pub boxes: String,
}
crate::frame::page!(DesksPage);

fn shown(console: &Console, frame: Frame, sent: Option<&Sent>) -> DesksPage {
    let institutions = console.service.institutions();
    let now = now_ms(console);
    let desks = institutions.desks().map(|d| DeskView {
        id: d.id.0,
        name: d.name.clone(),
        outlet: institutions.org(d.outlet).map(|o| o.name.clone()).unwrap_or_default(),
        boxes: d
            .boxes
            .iter()
            .map(|b| format!("{}号盒{}", b.number, b.bank.name()))
            .collect::<Vec<_>>()
            .join("，"),
        since: d.paired_at.local(),
        driver: console.desks.driver_of(d.id, now).unwrap_or_else(|| "未连接".into()),
        ended: d.ended.map(|at| at.local()).unwrap_or_default(),
        kiosk: d.kiosk,
    });
    let typed = |name: &str| sent.map(|s| s.text(name).to_owned()).unwrap_or_default();
    DesksPage {
        desks: desks.collect(),
        code: typed("code"),
        outlet: typed("outlet"),
        name: typed("name"),
        boxes: typed("boxes"),
        frame,
    }
}

/// All desks.
pub async fn page(State(console): State<Console>, me: SignedIn) -> DesksPage {
    shown(&console, Frame::of(&me, TITLE), None)
}

/// `1=95588，2=95533`; nothing of a machine with one box.
fn boxes_of(typed: &str) -> Option<Vec<CardBox>> {
    let parts = typed.split([',', '，', ' ', '、']).filter(|p| !p.trim().is_empty());
    parts
        .map(|p| {
            let (number, bank) = p.trim().split_once(['=', '＝'])?;
            Some(CardBox { number: number.trim().parse().ok()?, bank: BankCode(bank.trim().to_owned()) })
        })
        .collect()
}

/// The command, or all that is wrong with what was typed, each beside its field.
fn asked(console: &Console, sent: &Sent) -> Result<InstitutionCommand, Vec<Fault>> {
    clause!(X9.5);
    let wished = console.desks.wished(sent.text("code"), now_ms(console));
    let institutions = console.service.institutions();
    let outlet = institutions.org_by_code(sent.text("outlet").trim());
    let boxes = boxes_of(sent.text("boxes"));
    let mut wrong = Vec::new();
    if wished.is_none() {
        let none = "没有显示这个配对码的桌面机，配对码五分钟有效，请核对桌面机上现在显示的配对码";
        wrong.push(Fault::of("code", none));
    }
    match outlet {
        None => wrong.push(Fault::of("outlet", "没有这个机构编码的网点，请核对14位机构编码")),
        Some(outlet) => {
            let stopped = defect_of_desk_outlet(&institutions, outlet.id);
            wrong.extend(stopped.map(|why| Fault::of("outlet", why)));
        }
    }
    match &boxes {
        None => wrong.push(Fault::of("boxes", "卡盒的写法为：卡盒号=银行代码，如 1=95588")),
        Some(boxes) => {
            wrong.extend(defects_of_boxes(boxes).into_iter().map(|why| Fault::of("boxes", why)));
        }
    }
    let ((public, machine), outlet, boxes) = match (wished, outlet, boxes) {
        (Some(wished), Some(outlet), Some(boxes)) if wrong.is_empty() => (wished, outlet, boxes),
        _ => return Err(wrong),
    };
    let name = match sent.text("name").trim() {
        "" => machine,
        name => name.to_owned(),
    };
    Ok(InstitutionCommand::PairDesk {
        id: DeskId(console.service.fresh()),
        outlet: outlet.id,
        name,
        public,
        boxes,
    })
}

/// 配对.
pub async fn pair(State(console): State<Console>, me: SignedIn, sent: Sent) -> DesksPage {
    clause!(X9.3);
    let frame = Frame::of(&me, TITLE);
    let command = match asked(&console, &sent) {
        Ok(command) => command,
        Err(wrong) => return shown(&console, frame.wrong_in(wrong, ""), Some(&sent)),
    };
    match console.service.execute(me.command(&console), Command::Institution(command)).await {
        Ok(_) => shown(&console, frame.done("已配对；桌面机几秒内即可使用"), None),
        Err(why) => shown(&console, frame.refused(&why), Some(&sent)),
    }
}

/// 解除配对.
pub async fn end(State(console): State<Console>, me: SignedIn, sent: Sent) -> DesksPage {
    let desk = DeskId(sent.text("desk").trim().parse().unwrap_or(-1));
    let command = Command::Institution(InstitutionCommand::EndDesk { desk });
    let outcome = console.service.execute(me.command(&console), command).await;
    let frame = Frame::of(&me, TITLE);
    console.desks.ring(desk);
    match outcome {
        Ok(_) => shown(&console, frame.done("已解除配对，该桌面机的任务和答复不再被接受"), None),
        Err(why) => shown(&console, frame.wrong(why), None),
    }
}

/// 设为自助服务设施, or no more: then whatever runs there is over at once.
pub async fn kiosk(State(console): State<Console>, me: SignedIn, sent: Sent) -> DesksPage {
    clause!(R19.1);
    let desk = DeskId(sent.text("desk").trim().parse().unwrap_or(-1));
    let kiosk = sent.text("kiosk") == "yes";
    let command = Command::Institution(InstitutionCommand::SetKiosk { desk, kiosk });
    let outcome = console.service.execute(me.command(&console), command).await;
    let frame = Frame::of(&me, TITLE);
    let done = match kiosk {
        true => "已设为自助服务设施；由该网点经办人在“自助服务设施”中录入桌面号启用",
        false => "已取消自助服务设施，正在使用的自助服务随即停止",
    };
    shown(&console, frame.after(outcome, done), None)
}
