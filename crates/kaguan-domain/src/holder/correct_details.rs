//! Correcting what the file says of a person: the whole form while its card is not made yet, and, without an application, what does
//! not stand on the card: a renewed document, an address (Article 29).

use crate::application::changed::{self, Changed};
use crate::application::form::{Circumstances, Door, judge};
use crate::application::presented::{Presented, Who};
use crate::application::taking::{clerk, document_image};
use crate::clause;
use crate::ctx::{Actor, Ctx};
use crate::facts::application::{Application, Origin, Purpose, Stage};
use crate::facts::archive::Enclosed;
use crate::facts::batch::{BatchFile, Extraction};
use crate::facts::claim::Claim;
use crate::facts::form::{Defect, Field, FormDraft};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::permission::{Place, Verb};
use crate::refusal::{Findings, Reason, Refusal};
use crate::rule::{Around, Asked, Rule, Seek};
use serde::{Deserialize, Serialize};

/// Replaces the details by a whole new form.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CorrectDetails {
    /// The form as it should read.
    pub draft: Box<FormDraft>,
    /// Whether the clerk has verified the holder's document.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verified: bool,
    /// The image of the holder's document, stored already: another name with a rare character brings one (Article 34).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub materials: Vec<Enclosed>,
}

impl CorrectDetails {
    /// What comes with the form, as with an application.
    fn presented(&self) -> Presented {
        Presented { materials: self.materials.clone(), ..Presented::default() }
    }

    /// What is missing of the image of the document, or wrong with it, when the name becomes this one.
    fn image_missing(&self, folded: &FormDraft, file: &HolderFile) -> Vec<Defect> {
        clause!(R34.1);
        let known = file.person.as_ref().is_some_and(|p| p.details.name.display() == folded.name.trim());
        if known && self.materials.is_empty() {
            return Vec::new();
        }
        let mut found = Findings::default();
        let presented = self.presented();
        document_image(&Who::of_draft(folded), &presented, Some(file), &mut found);
        found.told().err().map(|refused| refused.defects).unwrap_or_default()
    }

    /// The images, filed with the application that waits, or with the last one: of files that were joined, with the last of the file that
    /// stays, whose details they are, so that an undoing leaves them with their person.
    fn filed(&self, file: &HolderFile, ctx: &Ctx, around: Around<'_>) -> Vec<HolderEvent> {
        clause!(R40.1);
        let last = file.own_applications().next_back().or(file.applications.last());
        let Some(application) = file.open_application().or(last) else {
            return Vec::new();
        };
        let org =
            clerk(ctx).and_then(|id| around.institutions.officer(id)).map_or(application.outlet, |o| o.org);
        self.presented().filed(application.id, org, ctx)
    }
}

/// Whether the holder stands at the counter for it (R29.1). What came back from a bank, a vendor or a batch is put right from what is
/// on file: nobody was called for that.
pub(super) fn in_person(file: &HolderFile, ctx: &Ctx) -> bool {
    let comes = match ctx.actor {
        Actor::Officer(_) => true,
        Actor::Bank(_) | Actor::Vendor(_) | Actor::Partner(_) | Actor::Kiosk(_) | Actor::System => false,
    };
    let came_back = |a: &Application| {
        let failed = matches!(a.stage, Stage::OpeningFailed { .. } | Stage::ProductionFailed { .. });
        failed || a.taken_out.is_some()
    };
    comes && !file.open_application().is_some_and(came_back)
}

/// 更正联系方式, with or without an application; an empty one keeps what is known.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ChangeContacts {
    /// 联系手机.
    pub mobile: String,
    /// 联系电话.
    pub phone: String,
    /// 通讯地址.
    pub postal_address: String,
    /// Whether the clerk has verified the holder's document.
    pub verified: bool,
}

/// That nobody has stated to have seen the holder's document.
pub(super) fn unverified() -> Defect {
    let what = "尚未核实持卡人有效身份证件原件（含电子证照）";
    Defect::new(Field::OwnDocument, "not_verified", clause!(R29.1), what, "请核实原件后勾选")
}

/// Data about the person are with a bank or a vendor, who must not find them changed; or the city has confirmed them, and the bank may
/// fetch them at any moment. In a batch that is still screened they are with nobody.
fn outside(file: &HolderFile, around: Around<'_>) -> Result<(), Refusal> {
    clause!(X7.1);
    let Some(open) = file.open_application() else { return Ok(()) };
    let why = match &open.stage {
        Stage::Received
        | Stage::Accepted { .. }
        | Stage::OpeningFailed { .. }
        | Stage::ProductionFailed { .. }
        | Stage::Made { .. }
        | Stage::Withdrawn { .. }
        | Stage::Declined { .. } => return Ok(()),
        Stage::InBatch { batch, .. } => match around.batches.get(batch).and_then(BatchFile::extraction) {
            Some(Extraction::Unconfirmed) => return Ok(()),
            Some(Extraction::Awaited) => "所在批次已确认：服务银行提取前，请市卡管机构撤销批次确认后再更正",
            Some(Extraction::Done) | None => "资料已交服务银行开户，待回盘后方可更正",
        },
        Stage::AccountOpened { .. } => "银行账户已开立，资料在制卡中，待制卡回盘后方可更正",
        Stage::Personalising { .. } => "正在即时制卡，制卡完成或登记制卡失败后方可更正",
    };
    Err(Refusal::about(Reason::WrongStage, why))
}

impl Rule for CorrectDetails {
    fn verb(&self) -> Verb {
        Verb::CorrectDetails
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        file.open_application().map_or(Place::Anywhere, |a| Place::At(a.outlet))
    }

    fn claims(&self) -> Vec<Claim> {
        self.seeks().claims
    }

    fn seeks(&self) -> Seek {
        changed::seek(&self.draft)
    }

    /// The details may be corrected while no data about them are with a bank or a vendor: before the batch of the application is
    /// confirmed, or after a failure came back. The social security number stays: another one comes with another card, and so
    /// does, once there is a card, another name (R29.1).
    fn decide(&self, Asked { file, ctx, around }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R29.1);
        let person = file.person.as_ref().ok_or(Reason::NotFound)?;
        outside(file, around)?;
        // What the application came with rules: a row of a file, the personal form, or business of somebody on file.
        let open = file.open_application().map(|a| (&a.purpose, &a.origin));
        let door = match open {
            Some((Purpose::First, Origin::Unit { .. })) => Door::Batch,
            Some((Purpose::First, Origin::Counter | Origin::Online)) => Door::Personal,
            Some((Purpose::Reissue { .. } | Purpose::Exchange { .. } | Purpose::BankChange { .. }, _))
            | None => Door::OnFile,
        };
        let judged = judge(&self.draft, &Circumstances::new(ctx.today(), door));
        let mut beside: Vec<Defect> =
            (!self.verified && in_person(file, ctx)).then(unverified).into_iter().collect();
        beside.extend(self.image_missing(&judged.folded, file));
        let Some(form) = judged.form else {
            return Err(Refusal::defects([judged.defects, beside].concat()));
        };
        let Changed { form, mut events, .. } = changed::changed(file, form, &self.seeks(), around.found)?;
        let printed = file.open_application().is_none() && file.standing_cards().next().is_some();
        if form.ssn != person.details.ssn || (printed && form.name != person.details.name) {
            return Err(Reason::OnTheFace.into());
        }
        if form == person.details && events.is_empty() {
            return Err(Reason::NothingToDo.into());
        }
        if !beside.is_empty() {
            return Err(Refusal::defects(beside));
        }
        events.extend(self.filed(file, ctx, around));
        events.push(HolderEvent::DetailsCorrected { details: Box::new(form) });
        Ok(events)
    }
}

impl Rule for ChangeContacts {
    fn verb(&self) -> Verb {
        Verb::ChangeContacts
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::Anywhere
    }

    /// Decides 更正联系方式: what is wrong with a phone or an address is told at once; what else the file has is not asked for again.
    fn decide(&self, Asked { file, ctx, around }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R29.1);
        let person = file.person.as_ref().ok_or(Reason::NotFound)?;
        outside(file, around)?;
        let mut draft = person.details.draft();
        let said = [
            (Field::Mobile, &self.mobile),
            (Field::Phone, &self.phone),
            (Field::PostalAddress, &self.postal_address),
        ];
        for (field, text) in said.iter().filter(|(_, text)| !text.trim().is_empty()) {
            draft.set(*field, text.trim());
        }
        let judged = judge(&draft, &Circumstances::new(ctx.today(), Door::OnFile));
        let about = |d: &Defect| said.iter().any(|(field, _)| *field == d.field);
        let draft = judged.folded;
        let unverified = (!self.verified).then(unverified);
        let defects: Vec<Defect> = judged.defects.into_iter().filter(about).chain(unverified).collect();
        if !defects.is_empty() {
            return Err(Refusal::defects(defects));
        }
        let mut details = person.details.clone();
        let kept = |text: String, known: &str| if text.is_empty() { known.to_owned() } else { text };
        details.phone = kept(draft.phone, &details.phone);
        details.postal_address = kept(draft.postal_address, &details.postal_address);
        details.mobile = Some(draft.mobile).filter(|m| !m.is_empty()).or(details.mobile);
        if details == person.details {
            return Err(Reason::NothingToDo.into());
        }
        Ok(vec![HolderEvent::DetailsCorrected { details: Box::new(details) }])
    }
}
