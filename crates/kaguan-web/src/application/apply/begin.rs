//! The number first: whoever applies is looked for, and what is on record is filled in.

use super::{draft_of, page};
use crate::Console;
use crate::frame::Said;
use crate::pages::{ApplyPage, FieldView, OnFileView};
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::State;
use jiff::civil::Date;
use kaguan_domain::dispatch::position;
use kaguan_domain::facts::application::Application;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::Field;
use kaguan_domain::spelling;
use kaguan_service::ports::OnRecord;
use kaguan_service::{Begun, Looked, Seen};

fn on_file(console: &Console, me: &SignedIn, seen: &Seen<Looked>) -> Option<OnFileView> {
    let person = seen.file.person.as_ref()?;
    Some(OnFileView {
        key: console.service.key_of(&me.session, seen.file.id),
        name: person.details.name.masked(),
        number: person.details.ssn.masked(),
        cards: seen.file.cards.len(),
        open: seen.file.open_application().map(|a| in_work(console, seen, a)).unwrap_or_default(),
    })
}

/// An application that is in work, and how far it is.
fn in_work(console: &Console, seen: &Seen<Looked>, application: &Application) -> String {
    let institutions = console.service.institutions();
    let place = position(&seen.file, application, &seen.batches, &institutions);
    let place = place.map(|p| format!("，办理环节：{}", p.name())).unwrap_or_default();
    format!("已有在办的{}业务（申领表编码{}{place}）", application.purpose.name(), application.form_no)
}

/// What a field says, as one reads it: the name of a code without the initials before it.
fn read(field: &FieldView) -> String {
    if let (true, Ok(day)) = (field.choices.is_empty(), Date::strptime("%Y%m%d", &field.value)) {
        return day.to_string();
    }
    let chosen = field.choices.iter().find(|(code, _)| *code == field.value);
    match chosen {
        Some((_, name)) => name.split_once(' ').map_or(name.as_str(), |(_, name)| name).to_owned(),
        None => field.unlisted().unwrap_or_else(|| field.value.clone()),
    }
}

/// Looks for whoever has the number, fills in what is known, and asks for the rest.
pub async fn begin(State(console): State<Console>, me: SignedIn, sent: Sent) -> ApplyPage {
    let key = format!("counter-{}", console.service.fresh());
    let typed = sent.text("document_number").trim().to_owned();
    let mut form = Sent::default();
    let asked = async |form: &Sent, why: Said| {
        let mut again = page(&console, &me, form, key.clone()).await;
        (again.begins, again.number) = (true, typed.clone());
        again.frame = again.frame.wrong(why);
        again
    };
    let Some(kind) = DocumentKind::from_code(sent.text("document_kind").trim()) else {
        return asked(&form, Said::from("请选择证件类型").about("document_kind")).await;
    };
    let Begun { on_file: files, number, record } =
        match console.service.begin_application(me.ctx(&console), kind, &typed).await {
            Ok(begun) => begun,
            Err(why) => return asked(&form, Said::from(why).about("document_number")).await,
        };
    let mut said = Vec::new();
    if number.len() != spelling::looked_for(&typed).len() {
        said.push("15位证件号码已换成18位，请与申请人现在的证件核对".to_owned());
    }
    match record {
        OnRecord::Person(record) => {
            for field in Field::TITLE_ROW.iter().chain(Field::PERSONAL) {
                if !record.get(*field).trim().is_empty() {
                    form.put(field.code(), record.get(*field));
                }
            }
            said.push("已按公安登记信息填入，请与证件原件核对；不符的展开更正".to_owned());
        }
        OnRecord::Nobody => said.push("公安没有该证件的登记信息，请按证件原件填写".to_owned()),
        OnRecord::Unavailable => {
            said.push("公安登记信息暂时查询不到，请按证件原件填写；受理后系统继续核验".to_owned())
        }
    }
    form.put(Field::DocumentKind.code(), kind.code());
    form.put(Field::DocumentNumber.code(), &number);
    let mut draft = draft_of(&form);
    draft.fill_from_number();
    for field in [Field::Sex, Field::BirthDate, Field::Nationality] {
        form.put(field.code(), draft.get(field));
    }
    let mut page = page(&console, &me, &form, key).await;
    let (mut fields, more): (Vec<_>, Vec<_>) =
        page.fields.into_iter().partition(|f| f.required && f.value.trim().is_empty());
    page.known = more.iter().filter(|f| !f.value.trim().is_empty()).map(|f| (f.title, read(f))).collect();
    if let Some(first) = fields.first_mut() {
        first.focus = true;
    }
    (page.fields, page.more) = (fields, more);
    page.found = files.iter().filter_map(|seen| on_file(&console, &me, seen)).collect();
    (page.said, page.number) = (said, number);
    page
}
