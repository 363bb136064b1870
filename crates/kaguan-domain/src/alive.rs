//! 生存状态 (Articles 8, 32 and 33): a register's mark that somebody is dead is a soft hold, seen by everybody and stopping
//! nothing. Two registers must agree before the card stops; one command restores it. Nobody's card is cancelled or taken back on
//! one mark, and what a person says is no register's mark at all.

use crate::clause;
use crate::collection::ready::told_once_free;
use crate::ctx::Actor;
use crate::facts::application::{Application, Register, Stage};
use crate::facts::batch::Dead;
use crate::facts::card::{Card, Hold};
use crate::facts::custody::Custody;
use crate::facts::document::Document;
use crate::facts::form::ApplicationForm;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::identity::NumberEnd;
use crate::facts::notice::NoticeKind;
use crate::facts::person::{DeathAnswer, DeathMark, Person, registers_of};
use crate::facts::social_security_number::SocialSecurityNumber;
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule};
use crate::social_security_number::derive;
use crate::spelling;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A register says that the person is dead: the duty that compared them, or an officer who has the register's answer on paper.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MarkDeath {
    pub source: Register,
    /// 社会保障号码 of which the register says it, one of the file's; `None` where whoever asks knows none, which will do while the file has
    /// one alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<SocialSecurityNumber>,
    /// The paper, by its number, when an officer has it; `None` when the duty asked the register.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

impl MarkDeath {
    /// Whether an officer has said by which paper the register answered.
    ///
    /// # Errors
    /// When not.
    pub fn said(&self) -> Result<(), Refusal> {
        if !self.evidence.as_deref().is_none_or(spelling::says_nothing) {
            return Ok(());
        }
        let about = "须登记公安或社保部门书面比对结果的文号；家属申报的，按“死亡申报”办理";
        Err(Refusal::about(Reason::MaterialDefective, about).by(clause!(R33.1)))
    }

    /// The person's number of which the register says it.
    fn of_which(&self, person: &Person) -> Result<SocialSecurityNumber, Refusal> {
        let way = "请按书面结果填写其中一个社会保障号码后重新登记；死亡登记随该号码";
        of_which(person, self.number.as_ref(), ("须填写书面结果所载的社会保障号码", way))
    }
}

/// The person's number of which a death is said. Whoever has several, as files that were joined have, is found by each of them and by
/// documents: then it is stated, and otherwise refused with what is asked for and what to do.
fn of_which(
    person: &Person,
    stated: Option<&SocialSecurityNumber>,
    (asked, way): (&str, &'static str),
) -> Result<SocialSecurityNumber, Refusal> {
    clause!(R5.5);
    let stated = stated.filter(|n| person.all_numbers().any(|own| own == *n));
    if let Some(number) = stated.or_else(|| person.numbers.is_empty().then_some(&person.details.ssn)) {
        return Ok(number.clone());
    }
    let all: Vec<String> = person.all_numbers().map(SocialSecurityNumber::masked).collect();
    let about = format!("该人档案有几个社会保障号码（{}），{asked}", all.join("、"));
    Err(Refusal::about(Reason::MaterialDefective, about).by(clause!(R32.5)).way(way))
}

/// 死亡申报: somebody says that the person is dead. It is a suspicion, to be compared with the registers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StateDeath {
    /// Who says so, by the relation to the holder.
    pub relation: String,
    /// What was shown: 死亡证明, 火化证明 and the like, by its number.
    pub evidence: String,
    /// 社会保障号码 of which it is said, one of the file's; as that of [`MarkDeath`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<SocialSecurityNumber>,
}

impl StateDeath {
    /// Whether all of it is said that has to be: whoever asks it need not know yet whom it is about.
    ///
    /// # Errors
    /// With everything that is not said.
    pub fn said(&self) -> Result<(), Refusal> {
        filled_in(&[
            ("申报人与持卡人关系", self.relation.as_str()),
            ("所示证明及编号", self.evidence.as_str()),
        ])
    }

    /// The person's number of which it is said.
    fn of_which(&self, person: &Person) -> Result<SocialSecurityNumber, Refusal> {
        let way = "请按所示证明填写其中一个社会保障号码后重新申报；死亡申报随该号码";
        of_which(person, self.number.as_ref(), ("须填写所示证明所载的社会保障号码", way))
    }
}

/// 恢复: the person is alive; marks and holds go at once.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RestoreLife {
    /// What proves it.
    pub evidence: String,
    /// 社会保障号码 of whoever is alive, one of the file's; as that of [`MarkDeath`]. What was said of another's number stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<SocialSecurityNumber>,
}

impl RestoreLife {
    /// By what proves it, of a file that has one person's numbers alone.
    pub fn by(evidence: &str) -> Self {
        Self { evidence: evidence.to_owned(), number: None }
    }

    /// As [`StateDeath::said`].
    ///
    /// # Errors
    /// When nothing proves it.
    pub fn said(&self) -> Result<(), Refusal> {
        filled_in(&[("证明生存的材料", self.evidence.as_str())])
    }

    /// Whose number it is about, where the file has those of several that were joined.
    fn of_which(&self, person: &Person) -> Result<Option<SocialSecurityNumber>, Refusal> {
        clause!(R5.5);
        if !person.has_joined_numbers() {
            return Ok(None);
        }
        let way = "请按本人的证件填写其中一个社会保障号码后重新办理；只恢复该号码的死亡登记和申报";
        of_which(person, self.number.as_ref(), ("须填写恢复生存状态的社会保障号码", way)).map(Some)
    }
}

/// Nothing of these is empty, each by its name; or all that is, at once (R8.5).
fn filled_in(items: &[(&str, &str)]) -> Result<(), Refusal> {
    clause!(R8.5);
    let empty = items.iter().filter(|(_, text)| spelling::says_nothing(text));
    let empty: Vec<&str> = empty.map(|(name, _)| *name).collect();
    if empty.is_empty() {
        return Ok(());
    }
    let about = format!("须填写{}", empty.join("、"));
    Err(Refusal::about(Reason::MaterialDefective, about).by(clause!(R33.1)))
}

/// Whether somebody is to be compared with the registers of deaths (R32.5): who has a card that stands, and of whom both have not
/// said it yet.
pub fn to_compare(file: &HolderFile) -> bool {
    clause!(R32.5);
    file.person.is_some() && !file.death_confirmed() && file.standing_cards().next().is_some()
}

/// By what the registers are asked about a person, one form for each number by which they may know of the death: that of the details, and
/// each earlier one (Article 29) with the document that it was made from. A number that came by a joining is asked by the form of the file
/// that it came from, which knows name and document of it; its answer is this file's.
pub fn death_questions(file: &HolderFile) -> Vec<ApplicationForm> {
    clause!(R32.5);
    clause!(R5.5);
    let Some(person) = &file.person else { return Vec::new() };
    let earlier = person.numbers.iter().filter(|n| n.why != NumberEnd::Joined).map(|n| {
        let document = document_of(person, &n.number).unwrap_or_else(|| person.details.document.clone());
        ApplicationForm { ssn: n.number.clone(), document, ..person.details.clone() }
    });
    std::iter::once(person.details.clone()).chain(earlier).collect()
}

/// The document that a number was made from, among those that the person held.
fn document_of(person: &Person, number: &SocialSecurityNumber) -> Option<Document> {
    person.documents().iter().find_map(|held| {
        let which = &held.which;
        let until = held.valid_until.unwrap_or(Date::MAX);
        let document = Document::new(which.kind, &which.number, until).ok()?;
        let made = |reserve| derive(&document, &which.nationality, reserve).is_ok_and(|n| n == *number);
        (0..=9).any(made).then_some(document)
    })
}

/// What is marked of an answer of the registers, one mark for each that says so and has not said it before of the number by which it was
/// asked. A register that is silent, or does not know the person, marks nothing.
pub fn marks(file: &HolderFile, number: &SocialSecurityNumber, said: &DeathAnswer) -> Vec<MarkDeath> {
    clause!(R32.5);
    let known = |source| file.person.iter().flat_map(|p| &p.death).any(|m| m.says(source, number));
    [(Register::PublicSecurity, said.public_security), (Register::SocialSecurity, said.social_security)]
        .into_iter()
        .filter(|(source, dead)| *dead == Some(true) && !known(*source))
        .map(|(source, _)| MarkDeath { source, number: Some(number.clone()), evidence: None })
        .collect()
}

/// That what a card was to be taken back for, the death of its holder, is over (R32.2); nothing when no notice of it stands.
pub(crate) fn notice_over(card: &Card) -> Option<HolderEvent> {
    clause!(R32.2);
    let kind = NoticeKind::HolderDead;
    let stands = card.notices.iter().any(|n| n.kind == kind && n.over.is_none());
    stands.then_some(HolderEvent::NoticeOver { card: card.id, kind })
}

/// No card is made for somebody of whom two registers say that he has died, in no batch and at no counter (R33.1).
///
/// # Errors
/// When they do, with what to do then.
pub fn not_dead(file: &HolderFile) -> Result<(), Refusal> {
    clause!(R33.1);
    if !file.death_confirmed() {
        return Ok(());
    }
    let refusal = Refusal::about(Reason::PersonDead, "死亡已经两个来源核实，不再制卡");
    Err(refusal.by(clause!(R33.1)).way(WAY_OUT))
}

/// What is done about an application of somebody whose death is confirmed.
const WAY_OUT: &str = "登记有误的，凭生存状态证明材料在“死亡登记”办理恢复；确已死亡的，由受理网点作不予受理";

/// So many forms are named in a sentence.
const NAMED: usize = 10;

/// People who are left out or stand in the way, by their forms, which name nobody: `3人，申领表编码…、…、…`.
pub fn by_forms<'a>(forms: impl IntoIterator<Item = &'a str>) -> String {
    let forms: Vec<&str> = forms.into_iter().collect();
    let named = forms.iter().take(NAMED).copied().collect::<Vec<_>>().join("、");
    let others = if forms.len() > NAMED { "等" } else { "" };
    format!("{}人，申领表编码{named}{others}", forms.len())
}

/// 批次筛选 that finds only people whose death is confirmed: who they are, by their forms.
pub fn nobody_else_waits<'a>(forms: impl IntoIterator<Item = &'a str>) -> Refusal {
    clause!(R33.1);
    let about = format!("死亡已经两个来源核实，不再制卡：{}", by_forms(forms));
    Refusal::about(Reason::PersonDead, about).by(clause!(R33.1)).way(WAY_OUT)
}

/// A batch is not confirmed with somebody in it whose death is confirmed (R33.1). The city takes him out, whoever confirms.
pub(crate) fn nobody_dead(dead: &[Dead]) -> Result<(), Refusal> {
    clause!(R33.1);
    if dead.is_empty() {
        return Ok(());
    }
    let who = by_forms(dead.iter().map(|d| d.form_no.as_str()));
    let about = format!("批次内有人员死亡已经两个来源核实，不再制卡：{who}");
    let way = "请由市卡管机构将其移出批次（在“批次核对”首页列在最前），再由受理网点作不予受理；登记有误的，凭生存状态证明材料在“死亡登记”办理恢复";
    Err(Refusal::about(Reason::PersonDead, about).by(clause!(R33.1)).way(way))
}

/// Nothing is agreed on bringing a card to somebody whose death is confirmed (R33.1).
pub(crate) fn nothing_is_brought(file: &HolderFile) -> Result<(), Refusal> {
    clause!(R33.1);
    if !file.death_confirmed() {
        return Ok(());
    }
    let way = "登记有误的，凭生存状态证明材料在“死亡登记”办理恢复后再登记";
    let refusal = Refusal::about(Reason::PersonDead, "死亡已经两个来源核实，不再约定邮递");
    Err(refusal.by(clause!(R33.1)).way(way))
}

/// No fee is taken at a counter for a card that is not made (R33.1, R22.1).
pub(crate) fn nothing_is_paid(file: &HolderFile) -> Result<(), Refusal> {
    clause!(R33.1);
    if !file.death_confirmed() {
        return Ok(());
    }
    let way = "登记有误的，凭生存状态证明材料在“死亡登记”办理恢复后再登记；确已死亡的，由受理网点作不予受理，已向财政缴纳的凭票据向收款部门申请退付";
    let refusal = Refusal::about(Reason::PersonDead, "死亡已经两个来源核实，不再收取工本费");
    Err(refusal.by(clause!(R33.1)).way(way))
}

/// What whoever has recorded the answer of the second register is told: what follows from it for what the person has, as a Chinese phrase
/// without a full stop.
pub fn confirmed_said(file: &HolderFile) -> String {
    clause!(R32.5);
    clause!(R33.1);
    let mut all = vec!["公安、社保两个来源均已登记，死亡已核实".to_owned()];
    let out = |c: &Card| match c.custody {
        Custody::InBox { .. }
        | Custody::AtOutlet { .. }
        | Custody::InPost { .. }
        | Custody::WithHolder { .. } => c.stands(),
        Custody::Recalled { .. } | Custody::Missing { .. } | Custody::Destroyed { .. } => false,
    };
    let recalled = file.cards.iter().any(out);
    if recalled {
        all.push("系统通知网点10个工作日内回收社保卡".to_owned());
    }
    let ends = file.open_application().and_then(|a| {
        let how = match a.stage {
            Stage::Received
            | Stage::Accepted { .. }
            | Stage::OpeningFailed { .. }
            | Stage::ProductionFailed { .. } => "不再制卡，由受理网点作不予受理",
            Stage::InBatch { .. } => {
                "已在制卡批次中，服务银行提取数据以前由市卡管机构移出批次，再由受理网点作不予受理"
            }
            Stage::AccountOpened { .. } | Stage::Personalising { .. } => {
                "已在制卡，制成的卡不再发放，予以回收"
            }
            Stage::Made { .. } | Stage::Withdrawn { .. } | Stage::Declined { .. } => return None,
        };
        Some(format!("在办申请（申领表{}）{how}", a.form_no))
    });
    if ends.is_none() && !recalled {
        all.push("该人没有须回收的社保卡，也没有在办的申请".to_owned());
    }
    all.extend(ends);
    all.join("；")
}

/// The applications of somebody whose death is confirmed that still wait for a card, before a bank has answered: the outlet declines them,
/// and whoever is in a batch is taken out first (R33.1).
pub fn left_waiting(file: &HolderFile) -> impl Iterator<Item = &Application> {
    clause!(R33.1);
    let waits = |a: &&Application| match a.stage {
        Stage::Accepted { .. } | Stage::InBatch { .. } => true,
        Stage::Received
        | Stage::OpeningFailed { .. }
        | Stage::AccountOpened { .. }
        | Stage::Personalising { .. }
        | Stage::ProductionFailed { .. }
        | Stage::Made { .. }
        | Stage::Withdrawn { .. }
        | Stage::Declined { .. } => false,
    };
    file.applications.iter().filter(|_| file.death_confirmed()).filter(waits)
}

impl Rule for MarkDeath {
    fn verb(&self) -> Verb {
        Verb::MarkDeath
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        // Served wherever the person comes (R18.1).
        Place::Anywhere
    }

    /// Decides a mark; the same register twice is one source, also where it says it of two numbers of one person. An officer's word alone is no
    /// register's.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R33.1);
        clause!(R32.5);
        let person = file.person.as_ref().ok_or(Reason::NotFound)?;
        if !matches!(self.source, Register::PublicSecurity | Register::SocialSecurity) {
            return Err(Refusal::about(Reason::DeathNotConfirmed, "死亡信息须来自公安或社保登记"));
        }
        if ctx.actor != Actor::System {
            self.said()?;
        }
        let paper = self.evidence.as_deref().map(str::trim).filter(|e| !e.is_empty());
        let number = self.of_which(person)?;
        if person.death.iter().any(|m| m.says(self.source, &number)) {
            let about = format!("{}的死亡信息此前已登记", self.source.name());
            let way = "无需重复登记；登记有误的，凭生存状态证明材料办理恢复";
            return Err(Refusal::about(Reason::NothingToDo, about).by(clause!(R32.5)).way(way));
        }
        let (source, evidence) = (self.source, paper.map(str::to_owned));
        let mark = DeathMark { source, at: ctx.now, number: Some(number.clone()) };
        let confirms = registers_of(&[&person.death[..], &[mark]].concat()) >= 2 && !file.death_confirmed();
        // A notice of before was of a death that was none: this one begins its own ten working days.
        let mut events: Vec<_> = file.cards.iter().filter(|_| confirms).filter_map(notice_over).collect();
        events.push(HolderEvent::DeathMarked { source, number: Some(number), evidence });
        Ok(events)
    }
}

impl Rule for StateDeath {
    fn verb(&self) -> Verb {
        Verb::StateDeath
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        // Served wherever the relatives come (R18.1).
        Place::Anywhere
    }

    /// Decides a statement: the cards are under suspicion, and nothing is confirmed by it.
    fn decide(&self, Asked { file, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R32.5);
        let person = file.person.as_ref().ok_or(Reason::NotFound)?;
        self.said()?;
        let number = self.of_which(person);
        // Of files that were joined it is known of each number whether it was said of it.
        let known = match person.has_joined_numbers() {
            true => number.as_ref().is_ok_and(|number| is_suspected_of(file, person, number)),
            false => is_suspected(file),
        };
        if known {
            let about = "该人已登记为疑似死亡或死亡已核实";
            let way = "无需重复申报；登记有误的，凭生存状态证明材料办理恢复";
            return Err(Refusal::about(Reason::NothingToDo, about).by(clause!(R32.5)).way(way));
        }
        let (relation, evidence, number) =
            (self.relation.trim().into(), self.evidence.trim().into(), Some(number?));
        Ok(vec![HolderEvent::DeathStated { relation, evidence, number }])
    }
}

/// Whether somebody, or something, has said already that the person is dead.
fn is_suspected(file: &HolderFile) -> bool {
    let held = |h: &Hold| matches!(h, Hold::SuspectedDeath | Hold::DeathConfirmed);
    file.person.as_ref().is_some_and(|p| !(p.death.is_empty() && p.stated.is_empty()))
        || file.cards.iter().any(|c| c.holds.iter().any(held))
}

/// The same of one of the numbers of a person who has several. A death that two registers confirm is the person's, of whichever number they
/// said it.
fn is_suspected_of(file: &HolderFile, person: &Person, number: &SocialSecurityNumber) -> bool {
    clause!(R32.5);
    let marked = |m: &DeathMark| m.number.as_ref().is_none_or(|own| own == number);
    file.death_confirmed()
        || file.is_suspected_by_nobody_known()
        || person.death.iter().any(marked)
        || person.stated.iter().any(|s| s.says(number))
}

/// Of the number that is to be restored nobody has said anything, but of another one of the file.
fn said_of_another(person: &Person, number: &SocialSecurityNumber) -> Refusal {
    clause!(R5.5);
    let marked = person.death.iter().filter_map(|m| m.number.as_ref());
    let mut said: Vec<String> = Vec::new();
    for other in marked.chain(person.stated.iter().filter_map(|s| s.number.as_ref())) {
        if !said.contains(&other.masked()) {
            said.push(other.masked());
        }
    }
    let which = if said.is_empty() { "并入的另一号码".to_owned() } else { said.join("、") };
    let about =
        format!("社会保障号码{}没有死亡登记或申报，档案中的死亡登记或申报是{which}的", number.masked());
    let way =
        "系同一人且本人生存的，请填写登记或申报的号码办理恢复；不是同一人的，请由市卡管机构撤销档案合并";
    Refusal::about(Reason::NothingToDo, about).by(clause!(R33.1)).way(way)
}

/// What whoever has restored a life is told, as a Chinese phrase without a full stop: of files that were joined, also that what was said of another
/// number stands.
pub fn restored_said(file: &HolderFile) -> &'static str {
    clause!(R33.1);
    clause!(R5.5);
    if !is_suspected(file) {
        return "已恢复生存状态；因登记死亡已回收的社保卡，由保管机构办理二次发放后领取";
    }
    match file.death_confirmed() {
        true => {
            "已恢复所填号码的生存状态；合并的另一号码死亡已核实，仍按该人死亡停用社保卡并回收：系同一人且本人生存的，请按另一号码再办理恢复；不是同一人的，请由市卡管机构撤销档案合并"
        }
        false => {
            "已恢复所填号码的生存状态；合并的另一号码仍有死亡登记或申报，该人仍标为疑似死亡：系同一人且本人生存的，请按另一号码再办理恢复；不是同一人的，请由市卡管机构撤销档案合并"
        }
    }
}

impl Rule for RestoreLife {
    fn verb(&self) -> Verb {
        Verb::RestoreLife
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        // Served wherever the person comes (R18.1).
        Place::Anywhere
    }

    /// Decides 恢复: of files that were joined, what was said of one number is over, and of another's stays (R5.5).
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R33.1);
        let Asked { file, ctx, .. } = asked;
        let person = file.person.as_ref().ok_or(Reason::NotFound)?;
        if !is_suspected(file) {
            let about = "该人没有死亡登记或申报";
            let way = "无需恢复；请核对社会保障号码";
            return Err(Refusal::about(Reason::NothingToDo, about).by(clause!(R33.1)).way(way));
        }
        self.said()?;
        let number = self.of_which(person)?;
        let mut after = file.clone();
        after.apply(&HolderEvent::LifeRestored { evidence: None, number: number.clone() }, ctx.now);
        if let Some(number) =
            number.as_ref().filter(|_| after.person == file.person && after.cards == file.cards)
        {
            return Err(said_of_another(person, number));
        }
        let evidence = Some(self.evidence.trim().to_owned());
        let mut events = vec![HolderEvent::LifeRestored { evidence, number }];
        // Where the death of another number stands, what is to be taken back for it is.
        events.extend(file.cards.iter().filter(|_| !after.death_confirmed()).filter_map(notice_over));
        let told = told_once_free(asked, &events);
        events.extend(told);
        Ok(events)
    }
}
