//! 更正归档 (Articles 40 and 41): what was ticked goes to another case or kind, to whoever it is of, or counts for nothing any more.

use super::{
    ArchivePage, TITLE, case_of, document, holder_of, kind_of, name_of, of_person, officer, pages_of,
};
use crate::Console;
use crate::frame::{Frame, sentence};
use crate::marks::named;
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::State;
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::archive::{Case, Corrected, Correction, Material};
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::facts::lookup::LookedUp;
use kaguan_domain::ids::{HolderId, MaterialId};
use kaguan_domain::records::{CorrectFiling, Filing};
use kaguan_domain::refusal::Reason;
use kaguan_domain::spelling;
use kaguan_service::{Command, Failure, Looked, Seen};

/// Why the file of whoever a material is of is looked at.
const WHOSE: &str = "更正归档：材料所属人（脱敏显示）";

/// What was put right about a material, each with when, by whom and why.
pub(super) fn said(seen: &Seen<Looked>, m: &Material, institutions: &Institutions) -> Vec<String> {
    let one = |c: &Correction| {
        let what = match c.what {
            Corrected::Moved { case, kind } => format!("原归{}（{}）", name_of(seen, case), kind.name()),
            Corrected::CameFromAnother => "原误归他人档案".to_owned(),
            Corrected::Withdrawn => "作废".to_owned(),
        };
        let reason = if c.reason.is_empty() { String::new() } else { format!("，事由：{}", c.reason) };
        format!("已更正：{what}，{}{}更正{reason}", officer(institutions, c.by), c.at.local())
    };
    m.corrected.iter().map(one).collect()
}

/// What a form asks for; what is missing of it is said beside its field.
type Missing = Vec<(&'static str, String)>;

/// Whose the material is, and of which case there: by the number of the person, and that of the form or of the card that the case is
/// about, which both have to fit.
async fn whose(
    console: &Console,
    me: &SignedIn,
    sent: &Sent,
    missing: &mut Missing,
) -> Option<(HolderId, Case)> {
    clause!(R39.1);
    let of_case = spelling::looked_for(sent.text("form_no"));
    if of_case.is_empty() {
        missing.push(("form_no", "请填写材料所属业务的申领表编码或社保卡卡号".to_owned()));
    }
    if spelling::says_nothing(sent.text("number")) {
        missing.push(("number", "请填写材料所属人的社会保障号码或证件号码".to_owned()));
        return None;
    }
    let what = match LookedUp::read(sent.text("number")) {
        Ok(what) => what,
        Err(why) => {
            missing.push(("number", format!("材料所属人的号码：{why}")));
            return None;
        }
    };
    let mut found = match console.service.look_up(me.ctx(console), &what, WHOSE).await {
        Ok(found) => found,
        Err(Failure::Refused(r)) if r.reason == Reason::NotFound => {
            missing.push(("number", "材料所属人的号码没有档案，请核对号码".to_owned()));
            return None;
        }
        Err(why) => {
            missing.push(("number", sentence(&why).trim_end_matches('。').to_owned()));
            return None;
        }
    };
    let (Some(one), true) = (found.pop(), found.is_empty()) else {
        missing.push(("number", "该证件号码对应多人的档案，请改填社会保障号码".to_owned()));
        return None;
    };
    let file = &one.file;
    let application = file.applications.iter().find(|a| spelling::looked_for(&a.form_no) == of_case);
    let case = application.map(|a| Case::Application(a.id));
    let case = case.or_else(|| one.card_numbered(&of_case).map(Case::Card));
    if case.is_none() && !of_case.is_empty() {
        missing
            .push(("form_no", "材料所属人没有该申领表编码或社保卡卡号的业务，请核对编码或卡号".to_owned()));
    }
    Some((file.id, case?))
}

/// 更正归档 of what was ticked.
pub(super) async fn correct(State(console): State<Console>, me: SignedIn, mut sent: Sent) -> ArchivePage {
    clause!(R40.1);
    let id = holder_of(&sent);
    let ticked =
        sent.fields().filter_map(|(name, _)| Some(MaterialId(name.strip_prefix("m-")?.parse().ok()?)));
    let mut materials: Vec<MaterialId> = ticked.collect();
    materials.sort();
    let mut missing = Missing::new();
    if materials.is_empty() {
        missing.push(("materials", "请在材料清单中勾选要更正的材料".to_owned()));
    }
    if spelling::says_nothing(sent.text("reason")) {
        missing.push(("reason", "请写明更正事由".to_owned()));
    }
    let (case, kind) = (case_of(sent.text("to_case")), kind_of(sent.text("to_kind")));
    let (mut images, mut said) = (Vec::new(), String::new());
    let n = materials.len();
    let to = match sent.text("how") {
        "move" => {
            said = format!("{n}份材料已改归所选业务和种类");
            Some(Filing::Move { case, kind })
        }
        "withdraw" => {
            said = format!("{n}份材料已作废，保存到期满后销毁");
            Some(Filing::Withdraw)
        }
        "replace" => {
            images = pages_of(&console, &me, &mut sent, &mut missing).await;
            said = format!("{n}份材料已作废，重新收取的已归档");
            Some(Filing::Replace { by: document(&console, &sent, &images) })
        }
        "give" => whose(&console, &me, &sent, &mut missing).await.map(|(to, case)| {
            said = format!("{n}份材料已移出本档案，归入所属人的业务");
            Filing::Give { to, case, kind }
        }),
        _ => {
            missing.push(("how", "请选择更正方式".to_owned()));
            None
        }
    };
    let frame = Frame::of(&me, TITLE);
    let (Some(to), true) = (to, missing.is_empty()) else {
        let so = format!("。依据{}。没有更正。", clause!(R40.1).cite());
        return of_person(&console, &me, frame.wrong_in(named(missing), &so), id).await;
    };
    let reason = sent.text("reason").to_owned();
    let command = HolderCommand::CorrectFiling(CorrectFiling { materials, to, reason });
    let ctx = me.command(&console);
    let done = console.service.execute_with_images(ctx, Command::of(id, command), &images).await;
    of_person(&console, &me, frame.after(done, &said), id).await
}
