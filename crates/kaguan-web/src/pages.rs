//! Templates and what each shows.

use crate::application::photos::RefusedPhoto;
use crate::candidates::CandidatesView;
use crate::counter::Posting;
pub use crate::frame::Frame;
use crate::menu::Page;
use crate::premade::offer::OfferView;
use crate::session::SignedIn;
use askama::Template;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use kaguan_domain::codes;
use kaguan_domain::facts::form::Field;
use kaguan_files::photo::Mark;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/style.css",
    screens: &[],
    doors: |d| d.get("/style.css", style).get("/script.js", script),
    samples: &[],
};

/// One card on a person's page.
pub struct CardView {
    pub id: i64,
    /// Masked card number.
    pub number: String,
    /// City and bank.
    pub issuer: String,
    /// Why its city posts nothing; empty where it does.
    pub no_post: String,
    /// Whether it can be used now, in a sentence; and `ok`, `bad` or nothing.
    pub headline: String,
    pub tone: &'static str,
    /// 社保功能, 社保密码, 银行账户, 进度, 卡片所在, 有效期至: title and text.
    pub facets: Vec<(&'static str, String)>,
    /// What the viewer's role does and this card does not allow now: the business, and the refusal.
    pub cannot: Vec<CannotView>,
    /// 领取 may be tried; so of what follows.
    pub hand_over: bool,
    /// What the clerk tells its holder once it is handed over here.
    pub reminder: String,
    /// What is left to do at the bank that a change left; empty of any other card.
    pub left: String,
    /// What the clerk is told once it is offered again here.
    pub offered: String,
    /// What the clerk is told once it is taken back here.
    pub recalled: String,
    /// The same once it is confiscated here.
    pub confiscated: String,
    /// The same once its account is closed.
    pub closed: String,
    /// The same once a loss of it was reported or released.
    pub loss_said: String,
    /// Whether whoever collects it has an old card to give back here.
    pub old_card: bool,
    /// Whether whoever collects it shows the receipt of a change of the bank.
    pub receipt: bool,
    pub enable: bool,
    pub activate: bool,
    /// 上门激活, by the first clerk.
    pub record_visit: bool,
    /// The same by the second.
    pub confirm_visit: bool,
    /// What the first clerk recorded today, and that another one confirms it; empty when nobody did.
    pub visited: String,
    /// PIN services: code and name.
    pub pins: Vec<(&'static str, &'static str)>,
    pub lose_temporarily: bool,
    pub lose_formally: bool,
    pub release: bool,
    /// Reasons for which it may be cancelled: code and name.
    pub cancel: Vec<(&'static str, &'static str)>,
    /// Whether somebody stands at the counter for one of them.
    pub cancel_asked_for: bool,
    /// Whether it can be locked at the counter and given back there.
    pub in_hand: bool,
    /// 账户销户.
    pub close: bool,
    /// Reasons for which it may be taken back here: code and name.
    pub take_back: Vec<(&'static str, &'static str)>,
    pub destroy: bool,
    /// 二次发放.
    pub offer_again: bool,
    /// 邮递上门.
    pub post: Posting,
    /// 变更服务银行: 预约, 审核, 撤销, 现场办理.
    pub reserve: bool,
    pub approve: bool,
    pub call_off: bool,
    pub carry_out: bool,
    /// 提出限制.
    pub propose: bool,
    /// Cases against it.
    pub cases: Vec<CaseView>,
}

/// One case on a person's page.
pub struct CaseView {
    pub case: i64,
    /// What it states, with its ground.
    pub said: String,
    /// The same with its state, and when it was proposed and decided.
    pub line: String,
    /// Whether it waits for this officer's decision.
    pub decide: bool,
    /// Whether it can be lifted.
    pub lift: bool,
    /// What is written down when it is.
    pub lifted_by: &'static str,
    /// Whether the card can be taken here, from its holder or where it is kept.
    pub confiscate: bool,
}

/// Something that the viewer's role does and that cannot be done now.
pub struct CannotView {
    /// The page of the business.
    pub path: &'static str,
    pub name: &'static str,
    /// The refusal, with its article and what to do.
    pub why: String,
}

/// One application on a person's page.
pub struct ApplicationView {
    pub id: i64,
    /// What its checks wait for, when they do.
    pub waiting: Option<String>,
    /// Whether the registers can be asked again.
    pub verify: bool,
    /// Whether a person can decide.
    pub by_hand: bool,
    /// Whether it can be declined.
    pub decline: bool,
    /// 撤销补换卡.
    pub withdraw: bool,
    /// Where its voucher is printed, when it was declined.
    pub voucher: Option<String>,
    /// 加急.
    pub expedite: bool,
    /// 邮递上门登记.
    pub agree_post: bool,
    /// Where its card could be collected instead: what is sent, name, and whether it is the outlet on file; nothing when that cannot be
    /// corrected now.
    pub collected_at: Vec<(String, String, bool)>,
    /// 工本费.
    pub fee: String,
    /// 申领表编码.
    pub form_no: String,
    /// The public step and the place.
    pub step: String,
    /// What was asked for of the delivery, masked.
    pub delivery: Vec<String>,
    /// Name, last day and standing of each clock.
    pub clocks: Vec<(&'static str, String, &'static str)>,
    /// Source, item, result and time of each check.
    pub checks: Vec<(&'static str, &'static str, String, String)>,
}

/// A journal line about somebody.
pub struct HistoryView {
    /// Local time of the line, to the second.
    pub at: String,
    /// The verb.
    pub business: &'static str,
    /// Who did it.
    pub by: String,
    /// 办结, or why not.
    pub outcome: String,
    /// Where its receipt is printed, when it ends with one.
    pub receipt: Option<String>,
}

/// A person, masked.
pub struct PersonView {
    /// Identity of the file.
    pub id: i64,
    /// What this session's addresses call the person.
    pub key: String,
    /// Masked name.
    pub name: String,
    /// Masked number.
    pub number: String,
    /// Who the person is.
    pub category: &'static str,
    pub sex: &'static str,
    pub age: String,
    /// What one has to see at once, with its tone: under 14, the guardian, a death.
    pub marks: Vec<(&'static str, String)>,
    /// 变更服务银行: how the last change ended that came to nothing.
    pub ended_change: Option<String>,
    /// Code and name of the documents that can be shown, the one on file first.
    pub documents: Vec<(&'static str, &'static str)>,
    /// Applications.
    pub applications: Vec<ApplicationView>,
    /// Cards.
    pub cards: Vec<CardView>,
    /// 一人一卡 may be looked through.
    pub one_card: bool,
    /// A card may be reissued or exchanged.
    pub replaces: bool,
    /// Whether details may be corrected.
    pub correct: bool,
    /// Whether phone and address may be corrected.
    pub contacts: bool,
    /// What can be corrected.
    pub fields: Vec<FieldView>,
    /// What cannot be done now about the person or an application.
    pub cannot: Vec<CannotView>,
    /// What can be seen in the clear, one at a time: code and name.
    pub clear_fields: Vec<(String, String)>,
    /// What was asked to be seen: its name, and the text.
    pub clear: Option<(&'static str, String)>,
    /// Material on file: what it is, when it was filed, and where.
    pub archive: Vec<(String, String, String)>,
    /// Address and name of what may be done next.
    pub businesses: Vec<(String, &'static str)>,
    /// The latest journal lines, or why they cannot be read.
    pub history: Result<Vec<HistoryView>, String>,
    /// What waits of 档案合并 with another file, and who decides; or why it cannot be read.
    pub joins: Result<Vec<String>, String>,
    /// The latest looks: when, who, why; or why they cannot be read.
    pub looks: Result<Vec<(String, String, String)>, String>,
}

/// 持卡人档案.
#[derive(Template)]
#[template(path = "holder/people/people.html")]
pub struct PeoplePage {
    pub frame: Frame,
    /// The person found.
    pub person: Option<PersonView>,
    /// Several people who were found by the number of a document.
    pub several: Vec<FoundView>,
}
crate::frame::page!(PeoplePage);

impl PeoplePage {
    /// Nobody was looked up yet.
    pub fn empty(me: &SignedIn) -> Self {
        Self { frame: Frame::of(me, "持卡人档案"), person: None, several: Vec::new() }
    }
}

/// One of several, masked.
pub struct FoundView {
    pub id: i64,
    /// 姓名.
    pub name: String,
    /// 社会保障号码.
    pub number: String,
    /// Kinds and masked numbers.
    pub documents: String,
}

/// Somebody who is on file already, masked.
pub struct OnFileView {
    /// The address of the file.
    pub key: String,
    pub name: String,
    pub number: String,
    /// How many cards are on file.
    pub cards: usize,
    /// The application that is in work, and how far it is; empty when there is none.
    pub open: String,
}

/// One field of a form.
pub struct FieldView {
    /// The name it is sent under.
    pub name: &'static str,
    /// Its label.
    pub title: &'static str,
    /// Whether it must be filled in.
    pub required: bool,
    /// Whether one begins here.
    pub focus: bool,
    /// What stands in it.
    pub value: String,
    /// Codes and names to choose from; empty where one writes.
    pub choices: Vec<(String, String)>,
}

impl FieldView {
    /// How it is written, where one has to know it.
    pub(crate) fn hint(&self) -> &'static str {
        Field::of_code(self.name).map_or("", Field::hint)
    }

    /// What stands in it although its list has no such choice, in words: the 户籍地 of another province, to the county. Nothing otherwise.
    pub(crate) fn unlisted(&self) -> Option<String> {
        let here = self.name == Field::HouseholdDivision.code() && !self.value.trim().is_empty();
        let listed = self.choices.iter().any(|(code, _)| *code == self.value);
        (here && !listed).then(|| codes::household_division(&self.value))
    }
}

/// An outlet where the card can be collected.
pub struct CollectAtView {
    pub id: String,
    pub name: String,
    /// The bank whose cards it gives out, by its code; empty for the labour department's.
    pub of_bank: String,
    pub chosen: bool,
}

/// 个人申请-新增申请.
#[derive(Template)]
#[template(path = "application/apply/apply.html")]
pub struct ApplyPage {
    pub frame: Frame,
    /// Request key.
    pub key: String,
    /// Its identity when it is put aside.
    pub draft: i64,
    /// Whether it goes on with a draft: the files that were chosen are gone, and it can be given up.
    pub goes_on: bool,
    /// The fields to be filled in, in order.
    pub fields: Vec<FieldView>,
    /// What may be corrected or added, once the form was begun by a number.
    pub more: Vec<FieldView>,
    /// What is known: title and text.
    pub known: Vec<(&'static str, String)>,
    /// Whether the page asks for the number only.
    pub begins: bool,
    /// Documents: code and name.
    pub kinds: Vec<(&'static str, &'static str)>,
    /// What the look and the register said.
    pub said: Vec<String>,
    /// The number that was looked for.
    pub number: String,
    /// Whoever is on file with this number.
    pub found: Vec<OnFileView>,
    /// Whoever may be the same person.
    pub candidates: CandidatesView,
    /// 领取方式 and where the card is posted to.
    pub delivery: Vec<FieldView>,
    /// Why the city posts nothing; empty where it does.
    pub no_post: String,
    /// 代办人（监护人）.
    pub agent: Vec<FieldView>,
    /// 制卡方式.
    pub making: OfferView,
    /// 相片回执号.
    pub receipt: FieldView,
    /// The photo that was refused, with what was found on it.
    pub judged: Option<RefusedPhoto>,
    /// What stands beside the form, by name, when it is shown again.
    pub kept: Vec<(&'static str, String)>,
    /// Code, name and whether it is chosen: where the photo comes from.
    pub sources: Vec<(&'static str, String, bool)>,
    /// The same of the agent's relation.
    pub relations: Vec<(&'static str, &'static str, bool)>,
    /// The same of the ground on which an agent acts.
    pub grounds: Vec<(&'static str, &'static str, bool)>,
    /// The outlets of the city.
    pub outlets: Vec<CollectAtView>,
    /// 不予受理凭证, when it was refused.
    pub voucher: Option<(String, String)>,
}
crate::frame::page!(ApplyPage);

impl ApplyPage {
    /// What stood in a field beside the form.
    fn kept(&self, name: &str) -> &str {
        self.kept.iter().find(|(n, _)| *n == name).map_or("", |(_, text)| text)
    }

    /// Whether whoever has the number has an application in work: another one cannot be taken.
    fn applies_already(&self) -> bool {
        self.found.iter().any(|f| !f.open.is_empty())
    }

    /// Whether the box of the agent is open: somebody acts.
    fn agent_open(&self) -> bool {
        let written = self.agent.iter().any(|f| !f.value.trim().is_empty());
        let said = |(name, text): &(&str, String)| name.starts_with("agent_") && !text.trim().is_empty();
        written || self.kept.iter().any(said)
    }
}

/// The style sheet.
pub async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("frame/style.css"))
}

/// The script: pages work without it.
pub async fn script() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("frame/script.js"))
}
