//! Templates and what each shows.

use crate::menu::{self, Screen};
use crate::receipts;
use crate::session::SignedIn;
use askama::Template;
use askama_web::WebTemplate;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use kaguan_domain::clause;
use kaguan_service::{Failure, Receipt};

/// What stands around every page.
pub struct Frame {
    /// Title.
    pub title: &'static str,
    /// Organisation and officer.
    pub who: String,
    /// The menu of the role.
    pub menu: Vec<&'static Screen>,
    /// What was done, or refused and why.
    pub notice: Option<Notice>,
}

/// A notice on top of a page.
pub struct Notice {
    /// Whether something is wrong.
    pub wrong: bool,
    /// The sentence.
    pub text: String,
    /// Where the receipt of what was done is printed.
    pub receipt: Option<String>,
}

impl Notice {
    fn wrong(text: String) -> Self {
        Self { wrong: true, text, receipt: None }
    }
}

impl Frame {
    /// The frame of an officer's page.
    pub fn of(me: &SignedIn, title: &'static str) -> Self {
        let who = format!("{}　{}（{}）", me.org.name, me.officer.name, me.officer.role.name());
        Self { title, who, menu: menu::of(me.officer.role), notice: None }
    }

    /// The same with the outcome of a command.
    pub fn after<T>(mut self, outcome: Result<T, Failure>, done: &str) -> Self {
        self.notice = Some(match outcome {
            Ok(_) => Notice { wrong: false, text: done.into(), receipt: None },
            Err(e) => Notice::wrong(e.to_string()),
        });
        self
    }

    /// The same with the outcome of a business on a card: what was done, and where its receipt is printed (R19.2). Every page whose
    /// business ends with a receipt says its outcome by this.
    pub fn after_business(self, outcome: Result<Receipt, Failure>, done: &str) -> Self {
        clause!(R19.2);
        let receipt = outcome.as_ref().ok().map(|r| receipts::address(r.entry));
        let mut frame = self.after(outcome, done);
        if let Some(notice) = &mut frame.notice {
            notice.receipt = receipt;
        }
        frame
    }

    /// A list, or nothing in its place and why it cannot be shown; what was said of a command before stands.
    pub fn list<T>(&mut self, list: Result<Vec<T>, Failure>) -> Option<Vec<T>> {
        let say = |why: Failure| {
            self.notice.get_or_insert_with(|| Notice::wrong(why.to_string()));
        };
        list.map_err(say).ok()
    }

    /// The same with something wrong.
    pub fn wrong(mut self, text: impl Into<String>) -> Self {
        self.notice = Some(Notice::wrong(text.into()));
        self
    }
}

/// Sign-in.
#[derive(Template, WebTemplate)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    /// What went wrong.
    pub wrong: Option<&'static str>,
}

/// Home.
#[derive(Template, WebTemplate)]
#[template(path = "home.html")]
pub struct HomePage {
    pub frame: Frame,
}

/// One card on a person's page.
pub struct CardView {
    pub id: i64,
    /// Masked card number.
    pub number: String,
    /// City and bank.
    pub issuer: String,
    /// What may be tried.
    pub hand_over: bool,
    /// What may be tried.
    pub enable: bool,
    /// What may be tried.
    pub activate: bool,
}

/// One application on a person's page.
pub struct ApplicationView {
    /// 申领表编码.
    pub form_no: String,
    /// The public step and the place.
    pub step: String,
    /// Name, last day and standing of each clock.
    pub clocks: Vec<(&'static str, String, &'static str)>,
    /// Source, item, result and time of each check.
    pub checks: Vec<(&'static str, &'static str, &'static str, String)>,
}

/// A journal line about somebody.
pub struct HistoryView {
    /// Local time of the line, to the second.
    pub at: String,
    /// The verb.
    pub business: &'static str,
    /// 办结, or why not.
    pub outcome: String,
    /// Where its receipt is printed, when it ends with one.
    pub receipt: Option<String>,
}

/// A person, masked.
pub struct PersonView {
    /// Identity of the file.
    pub id: i64,
    /// Masked name.
    pub name: String,
    /// Masked number.
    pub number: String,
    /// Who the person is.
    pub category: &'static str,
    /// Applications.
    pub applications: Vec<ApplicationView>,
    /// Cards.
    pub cards: Vec<CardView>,
    /// The latest journal lines, or why they cannot be read.
    pub history: Result<Vec<HistoryView>, String>,
}

/// 持卡人档案.
#[derive(Template, WebTemplate)]
#[template(path = "people.html")]
pub struct PeoplePage {
    pub frame: Frame,
    /// The person found.
    pub person: Option<PersonView>,
}

/// One field of a form.
pub struct FieldView {
    /// The name it is sent under.
    pub name: &'static str,
    /// Its label.
    pub title: &'static str,
    /// Whether it must be filled in.
    pub required: bool,
    /// What stands in it.
    pub value: String,
    /// Codes and names to choose from; empty where one writes.
    pub choices: Vec<(String, String)>,
    /// What is wrong with it.
    pub wrong: Vec<String>,
}

/// 个人申请-新增申请.
#[derive(Template, WebTemplate)]
#[template(path = "apply.html")]
pub struct ApplyPage {
    pub frame: Frame,
    /// Request key.
    pub key: String,
    /// The fields in order.
    pub fields: Vec<FieldView>,
}

/// 业务受理回执.
#[derive(Template, WebTemplate)]
#[template(path = "receipt.html")]
pub struct ReceiptPage {
    pub frame: Frame,
    /// Title and text.
    pub items: Vec<(&'static str, String)>,
    /// The e-receipt of its fee, when one was paid: title and text.
    pub e_receipt: Vec<(&'static str, String)>,
    /// 个人业务申请表: title and text.
    pub form: Vec<(&'static str, String)>,
    /// The outlet that took the application.
    pub outlet: String,
}

/// One clock that a notice of days off moves.
pub struct MovedView {
    pub clock: &'static str,
    /// Of which business.
    pub what: String,
    pub before: String,
    pub after: String,
}

/// What a notice does, or would.
pub struct NoticeView {
    /// Whether it was done.
    pub taken: bool,
    /// Days of which it says something new.
    pub days: usize,
    pub moved: Vec<MovedView>,
}

/// 放假通知.
#[derive(Template, WebTemplate)]
#[template(path = "holidays.html")]
pub struct HolidaysPage {
    pub frame: Frame,
    /// The years whose notice is there.
    pub years: String,
    /// The notice as it was pasted.
    pub notice: String,
    /// What it does, once it was judged.
    pub said: Option<NoticeView>,
}

/// 业务受理回执 of a business on a card.
#[derive(Template, WebTemplate)]
#[template(path = "business_receipt.html")]
pub struct BusinessReceiptPage {
    pub frame: Frame,
    /// Title and text of each item of Appendix 2.
    pub items: Vec<(&'static str, String)>,
    /// The same of the fee's e-receipt, when the business was a payment.
    pub e_receipt: Vec<(&'static str, String)>,
}

/// 收取工本费.
#[derive(Template, WebTemplate)]
#[template(path = "fees.html")]
pub struct FeesPage {
    pub frame: Frame,
    /// What stands in the fields.
    pub filled: crate::fees::Payment,
}

/// 批量申请.
#[derive(Template, WebTemplate)]
#[template(path = "upload.html")]
pub struct UploadPage {
    pub frame: Frame,
    /// Whether this officer may send files.
    pub may: bool,
}

/// A running or finished upload.
#[derive(Template, WebTemplate)]
#[template(path = "job.html")]
pub struct JobPage {
    pub frame: Frame,
    /// Whether it still runs: the page then looks again by itself.
    pub running: bool,
    /// What it is doing.
    pub stage: String,
    /// So many of so many.
    pub done: usize,
    /// Of so many.
    pub of: usize,
    /// Row, column, code and sentence of every error.
    pub errors: Vec<(usize, &'static str, &'static str, String)>,
}

/// One batch in the list.
pub struct BatchView {
    pub id: i64,
    /// 批次号.
    pub number: String,
    pub city: &'static str,
    pub bank: &'static str,
    pub state: &'static str,
    /// People.
    pub people: i64,
    /// The clocks that run.
    pub clocks: String,
    /// Whether it can be confirmed.
    pub confirm: bool,
    /// Whether it can be handed out.
    pub hand_out: bool,
}

/// What can be screened.
pub struct ReadyView {
    /// City code.
    pub city: String,
    pub city_name: &'static str,
    /// Bank code.
    pub bank: String,
    pub bank_name: &'static str,
    /// 加急.
    pub urgent: bool,
    pub people: i64,
}

/// 批次筛选 and 批次确认.
#[derive(Template, WebTemplate)]
#[template(path = "batches.html")]
pub struct BatchesPage {
    pub frame: Frame,
    /// What can be screened; `None` when it may not be seen, or could not be read: the notice says which.
    pub ready: Option<Vec<ReadyView>>,
    /// The same of batches.
    pub batches: Option<Vec<BatchView>>,
}

/// One box in the list.
pub struct BoxView {
    /// Its batch.
    pub batch: i64,
    pub id: i64,
    /// 装箱位置.
    pub number: String,
    pub outlet: String,
    /// For which employer.
    pub employer: String,
    /// Cards when it was last counted.
    pub cards: i64,
    /// Where it was sent from here, and is not signed for yet.
    pub under_way: String,
    /// Whether it is to be signed for here.
    pub receive: bool,
    /// Whether it can be handed to its employer here.
    pub hand_over: bool,
    /// Where it can be sent from here: identity and name.
    pub next: Vec<(i64, String)>,
}

/// Boxes.
#[derive(Template, WebTemplate)]
#[template(path = "boxes.html")]
pub struct BoxesPage {
    pub frame: Frame,
    /// Boxes here, or on the way here; `None` when they may not be seen, or could not be read: the notice says which.
    pub boxes: Option<Vec<BoxView>>,
}

/// The style sheet.
pub async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../templates/style.css"))
}
