//! 批量领取 (Article 15): a box to the employer's operator on the unit's authorisation, and what the employer says afterwards of each
//! holder who signed. Nothing of it enables a card.

use crate::clause;
use crate::collection::kept::{box_of, deliverable, leaves_its_box};
use crate::collection::{Taken, handed_over};
use crate::counter::{Missing, guardian_signed, is_whole, unreadable};
use crate::ctx::Ctx;
use crate::facts::archive::MaterialKind;
use crate::facts::batch::{BatchEvent, BatchFile, keeper_of};
use crate::facts::boxes::{BoxFile, BoxHandedOver};
use crate::facts::counter::{Collector, KeptCopy, Shown};
use crate::facts::custody::Party;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::institution::Institutions;
use crate::facts::name::names_agree;
use crate::facts::post::Signature;
use crate::facts::social_security_number::SocialSecurityNumber;
use crate::facts::unit::{UnitApplication, UnitFile};
use crate::ids::{BoxId, CardId, MaterialId, UnitId};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule};
use crate::spelling;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Which employer a box is for, as lists, registers and hand-over sheets say it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BoxEmployer {
    /// 单位机构名称 with its 单位编号, or the number alone where no form says the name; empty of a box for no employer.
    pub said: String,
    /// 申请表编号 of its 批量业务申请表, several separated by 、; empty where none is known.
    pub forms: String,
}

/// Which employer a box is for. `here` are the unit applications of those of its batch whose cards its outlet gets. The box's are those of
/// its 单位编号; where none has it, for the rows of a file may write another number than the form, the only one that there is.
pub fn employer_of_box(b: &BoxFile, here: &[&UnitApplication]) -> BoxEmployer {
    clause!(R15.1);
    let Some(code) = b.employer.as_deref() else { return BoxEmployer::default() };
    let mut of: Vec<_> = here.iter().filter(|a| a.employer_code == code).collect();
    if of.is_empty()
        && let [only] = here
    {
        of.push(only);
    }
    let mut names: Vec<&str> = of.iter().map(|a| a.employer_name.as_str()).collect();
    names.dedup();
    let forms: Vec<&str> = of.iter().map(|a| a.form_no.as_str()).collect();
    let said = if names.is_empty() { code.to_owned() } else { format!("{}（{code}）", names.join("、")) };
    BoxEmployer { said, forms: forms.join("、") }
}

/// 批量领取: a box to the employer's operator (R15.1).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct HandOverToUnit {
    pub r#box: BoxId,
    /// 单位编号.
    pub employer: String,
    /// 授权经办人, name.
    pub operator: String,
    /// 单位授权委托书, by its number or what it says of itself.
    pub authorisation: String,
    /// Whether the operator's document was verified in the original.
    pub verified: bool,
    /// Cards counted by both.
    pub counted: i64,
    /// The unit application that the cards were made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// 批量业务申请表编号, on the form that the operator brings.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub form_no: String,
    /// The operator's document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Shown>,
    /// What is kept: the authorisation with its seal, and the operator's document where it was copied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<KeptCopy>,
    /// 单位更换经办人: the authorisation names another than was registered with the unit application.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other_operator: bool,
    /// 双方清点并签字确认.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub signed: bool,
    /// 已提醒通知申请人及时签收、做好签收记录，并到服务银行办理启用和激活.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reminded: bool,
}

/// 单位发放签收登记: a holder signed the employer's list for the card.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SignAtUnit {
    pub card: CardId,
    /// 签收日期.
    pub signed_on: Date,
    /// Who signed.
    pub collector: Collector,
    /// Whether the clerk has seen the signature on the employer's list.
    pub seen: bool,
}

/// What a registration of a signature lacks beside its day, as Chinese phrases, all of it: `deputy` is the name of whoever signed for the
/// holder, `None` of the holder himself; `seen` whether the clerk has compared the signature.
pub fn unstated_signature(deputy: Option<&str>, seen: bool) -> Vec<&'static str> {
    clause!(R15.1);
    let nameless = deputy.is_some_and(spelling::says_nothing);
    let lacks = [("未核对单位签收名册上的签名", !seen), ("未登记代领人姓名", nameless)];
    lacks.into_iter().filter(|(_, lacks)| *lacks).map(|(what, _)| what).collect()
}

/// Decides 批量领取: counts, signs, enables nothing. `unit` is the unit application that the command names.
pub fn hand_over_to_unit(
    file: &BatchFile,
    command: &HandOverToUnit,
    unit: Option<&UnitFile>,
    ctx: &Ctx,
    institutions: &Institutions,
) -> Result<Vec<BatchEvent>, Refusal> {
    clause!(R15.1);
    let b = file.box_file(command.r#box).ok_or(Reason::NotFound)?;
    let from = match b.keeper {
        Party::Org(id) if b.on_the_way.is_none() => id,
        Party::Employer(_) => return Err(Reason::AlreadyHandedOver.into()),
        _ => return Err(Reason::CardNotHere.into()),
    };
    if !institutions.org(from).is_some_and(|o| o.kind.is_outlet()) {
        return Err(Reason::CardNotHere.into());
    }
    if b.employer.as_deref() != Some(command.employer.as_str()) {
        return Err(Reason::NotThisEmployer.into());
    }
    let inside = file.inside(b.id);
    if inside == 0 {
        return Err(Refusal::about(Reason::CountMismatch, "箱内没有卡"));
    }
    let form_no = command.form_no.trim();
    let application = unit.and_then(|u| u.application.as_ref());
    if application.is_none() && !form_no.is_empty() {
        return Err(Reason::UnitNotRegistered.into());
    }
    let of_batch = match (&file.batch, application) {
        (Some(batch), Some(a)) => batch.city == a.city,
        (None, _) | (_, None) => true,
    };
    let ours = form_no.is_empty() || (application.is_some_and(|a| a.form_no == form_no) && of_batch);
    let other = "经办人所持批量业务申请表的编号与该箱的批量申请不符";
    let counted = command.counted == inside;
    let differs = match command.counted {
        // What is no number was sent as none.
        ..0 => "未填写双方清点的张数".to_owned(),
        n => format!("双方清点{n}张"),
    };
    let mut missing = Missing::default();
    missing.unless(!form_no.is_empty(), "未登记经办人所持批量业务申请表的编号");
    stated(&mut missing, command, application, ctx.today());
    match (missing.is_empty(), ours, counted) {
        (true, true, true) => {}
        (true, false, true) => return Err(Refusal::about(Reason::NotThisEmployer, other)),
        (true, true, false) => return Err(Refusal::about(Reason::CountMismatch, differs)),
        (false, ..) | (true, false, false) => {
            missing.unless(ours, other);
            missing.unless(counted, &format!("{differs}，与账面数量不符"));
            missing.end_by(Reason::CollectorNotVerified, clause!(R15.1))?;
        }
    }
    Ok(vec![BatchEvent::BoxHandedOver(BoxHandedOver {
        r#box: b.id,
        from,
        employer: command.employer.clone(),
        counted: command.counted,
        operator: command.operator.clone(),
        authorisation: command.authorisation.clone(),
        unit: command.unit,
        shown: command.shown.clone(),
        copies: command.copies.clone(),
    })])
}

/// What the clerk must state of the operator and of the unit's papers: all that is missing is told at once. The authorisation that was registered
/// serves until its 授权期限; after that the unit gives another. `None` while nobody has said which form the operator brings.
fn stated(
    missing: &mut Missing,
    command: &HandOverToUnit,
    application: Option<&UnitApplication>,
    today: Date,
) {
    clause!(R15.1);
    clause!(X4.1);
    missing.unless_verified(command.verified, "未核实授权经办人有效身份证件原件（含电子证照）");
    missing.unless_verified(!spelling::says_nothing(&command.operator), "未登记授权经办人姓名");
    let shown = command.shown.as_ref().filter(|s| !spelling::says_nothing(&s.number));
    match shown {
        None => missing.unverified("未登记授权经办人证件种类和号码"),
        Some(s) if s.kind.has_citizen_shape() && SocialSecurityNumber::parse(s.number.trim()).is_err() => {
            missing.unverified("授权经办人证件号码有误");
        }
        Some(s) => {
            if let Some(known) = application.filter(|_| !command.other_operator) {
                operator_is(missing, known, &command.operator, &s.number);
            }
        }
    }
    missing.unless(!spelling::says_nothing(&command.authorisation), "未收取单位授权委托书");
    let registered = application.and_then(|a| Some((a, a.mandate.as_ref()?.until)));
    if let Some((a, until)) = registered.filter(|(_, until)| *until < today)
        && command.authorisation.trim() == a.authorisation.trim()
    {
        missing.say(format!("该单位授权委托书的授权期限至{until}，已过，须由单位重新出具"));
    }
    let authorises = |c: &KeptCopy| c.kind == MaterialKind::Authorisation;
    let kept = command.copies.iter().any(|c| authorises(c) && (is_whole(c) || c.is_unreadable()));
    missing.unless(kept, "未留存加盖公章的单位授权委托书复印件或影像");
    let named = |c: &KeptCopy| if authorises(c) { "单位授权委托书" } else { "授权经办人证件" };
    command.copies.iter().filter_map(|c| unreadable(c, named(c))).for_each(|what| missing.say(what));
    let complete = command.copies.iter().all(|c| is_whole(c) || c.is_unreadable());
    missing.unless(complete, "所附材料的影像不完整");
    missing.unless(command.signed, "双方尚未清点数量并签字确认");
    missing.unless(
        command.reminded,
        "未提醒授权经办人通知申请人及时签收并到服务银行办理社保功能启用和银行账户激活",
    );
}

/// Whether who came is the operator that was registered with the unit application; each item that differs is told by itself.
fn operator_is(missing: &mut Missing, known: &UnitApplication, name: &str, number: &str) {
    clause!(R15.1);
    let same_name = names_agree(&known.operator_name, name);
    let same_number = spelling::number(number) == spelling::number(&known.operator_number);
    missing.unless_verified(same_name, "授权经办人姓名与批量申请登记的不符");
    missing.unless_verified(same_number, "授权经办人证件号码与批量申请登记的不符");
    let changed = "单位更换经办人的，须予注明，授权委托书须载明由其领取";
    missing.unless(same_name && same_number, changed);
}

/// 查看批量领卡材料: what an operator's unit left, with the reason.
pub(crate) fn open_paper(
    file: &BatchFile,
    r#box: BoxId,
    material: MaterialId,
    reason: &str,
) -> Result<Vec<BatchEvent>, Refusal> {
    clause!(R40.1);
    clause!(R39.1);
    let b = file.box_file(r#box).ok_or(Reason::NotFound)?;
    if !b.papers.iter().any(|c| c.id == material) {
        return Err(Refusal::about(Reason::NotFound, "该箱的批量领卡材料"));
    }
    if spelling::says_nothing(reason) {
        return Err(Refusal::about(Reason::MaterialDefective, "须写明查看原因"));
    }
    Ok(vec![BatchEvent::PaperOpened { r#box, material, reason: reason.trim().to_owned() }])
}

/// The box that a card lies in while an employer has it.
fn with_employer<'a>(file: &HolderFile, card: CardId, around: Around<'a>) -> Option<&'a BoxFile> {
    box_of(file.card(card)?, around).filter(|b| matches!(b.keeper, Party::Employer(_)))
}

impl Rule for SignAtUnit {
    fn verb(&self) -> Verb {
        Verb::SignAtUnit
    }

    /// At the outlet that gave the box out.
    fn place(&self, file: &HolderFile, around: Around<'_>) -> Place {
        with_employer(file, self.card, around).map_or(Place::Anywhere, |b| Place::At(b.outlet))
    }

    /// Decides 单位发放签收登记: the card is in its holder's hands; enabling is the holder's own business at the bank or an outlet.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R15.1);
        clause!(R12.2);
        let Asked { file, ctx, around } = asked;
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        let from = match keeper_of(&card.custody, around.batches.get(&card.batch)) {
            Some(from @ Party::Employer(_)) => from,
            Some(Party::Holder) => return Err(Reason::AlreadyHandedOver.into()),
            _ => return Err(Refusal::about(Reason::WrongStage, "该卡不由单位代领")),
        };
        leaves_its_box(card, around)?;
        deliverable(card)?;
        let since = with_employer(file, self.card, around).map(|b| b.last_signed.date());
        let mut missing = Missing::default();
        let deputy = match &self.collector {
            Collector::Deputy(deputy) => Some(deputy.name.as_str()),
            Collector::Holder | Collector::Agent { .. } => None,
        };
        unstated_signature(deputy, self.seen).into_iter().for_each(|what| missing.say(what));
        missing.unless(in_time(self.signed_on, since, ctx), "签收日期不在单位领卡之日与今天之间");
        match &self.collector {
            Collector::Holder => guardian_signed(&mut missing, None, asked),
            Collector::Deputy(deputy) => guardian_signed(&mut missing, Some(deputy.relation), asked),
            Collector::Agent { .. } => missing.say("须登记代领人姓名和与持卡人的关系"),
        }
        // The employer's list says who signed; nobody shows a document here.
        missing.end_by(Reason::MaterialDefective, clause!(R15.1))?;
        let taken = Taken {
            signature: Signature::of(&self.collector, &from, self.signed_on, None),
            from,
            collector: self.collector.clone(),
            shown: None,
            old_back_at: None,
            // No employer applies for a change of the bank.
            receipt_seen: false,
        };
        handed_over(card, taken, asked)
    }
}

/// Not before the employer had it, and not after today.
fn in_time(day: Date, since: Option<Date>, ctx: &Ctx) -> bool {
    since.is_none_or(|since| day >= since) && day <= ctx.today()
}
