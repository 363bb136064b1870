//! Who somebody is, when the document changes (Articles 3, 5, 29 and 35): foreigners with renewed passports, people from Hong Kong with
//! renewed permits and residence permits; some come as if nobody knew them, and some are alike and are not the same.

use super::{BANKS, City};
use kaguan_domain::application::FilledIn;
use kaguan_domain::ctx::Channel;
use kaguan_domain::facts::application::{ExchangeReason, Purpose};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::facts::identity::Answer;
use kaguan_domain::facts::lookup::LookedUp;
use kaguan_domain::ids::HolderId;
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_files::sample::{adult, citizen_number};
use kaguan_service::Failure;
use kaguan_store::Subject;

const NAMES: [&str; 6] =
    ["JOHN SMITH", "MARIA GARCIA", "ANNA MUELLER", "KENJI TANAKA", "PAUL MARTIN", "OLGA IVANOVA"];

/// Somebody with a passport or permit.
#[derive(Clone)]
pub(super) struct Abroad {
    file: HolderId,
    /// The form as it was filled in last.
    draft: FormDraft,
}

/// In a thousand people with passports and permits a year.
const A_YEAR: [(Changes, u32); 4] = [
    (Changes::Renewed, 400),
    (Changes::ComesAsUnknown, 400),
    (Changes::HasADouble, 200),
    (Changes::ResidencePermit, 150),
];

#[derive(Clone, Copy)]
enum Changes {
    /// Exchanges the card for the renewed document.
    Renewed,
    /// Applies with the renewed document as if for the first time.
    ComesAsUnknown,
    /// Somebody else of the same name, birth date and sex applies.
    HasADouble,
    /// 港澳台居民居住证 in place of the permit.
    ResidencePermit,
}

impl City {
    /// One who comes from abroad, with a passport or a permit.
    pub(super) async fn comes_from_abroad(&mut self) -> anyhow::Result<()> {
        let bank = BANKS[usize::from(self.rng.bool())];
        let n = u32::try_from(self.abroad.len())?;
        let mut draft = adult(700_000 + n, bank);
        if self.rng.u8(..3) == 0 {
            draft.nationality = "HKG".into();
            draft.document_kind = DocumentKind::MainlandTravelPermitHkMo.code().into();
            draft.name = format!("陈{}文", ["大", "小", "志", "嘉"][self.rng.usize(..4)]);
        } else {
            draft.nationality = ["DEU", "JPN", "FRA", "USA"][self.rng.usize(..4)].into();
            draft.document_kind = DocumentKind::Passport.code().into();
            draft.name = NAMES[self.rng.usize(..NAMES.len())].into();
            draft.sex = if self.rng.bool() { "1" } else { "2" }.into();
        }
        let draft = self.newly_issued(&draft);
        match self.applies(&draft, None).await? {
            Ok(file) => self.abroad.push(Abroad { file, draft }),
            Err(r) => self.wrongs.push(format!("境外人员未能申请：{}", r.sentence())),
        }
        Ok(())
    }

    /// The form with a document of the same kind under another number, as an office issued it some days ago.
    fn newly_issued(&mut self, draft: &FormDraft) -> FormDraft {
        self.forms += 1;
        let permit = draft.document_kind == DocumentKind::MainlandTravelPermitHkMo.code();
        let letter = if permit { 'H' } else { 'P' };
        FormDraft {
            form_no: format!("4401P{:011}", self.forms),
            document_number: format!("{letter}{:08}", 10_000_000 + self.forms),
            document_valid_until: "20350101".into(),
            ..draft.clone()
        }
    }

    /// 个人申请 at the counter: whose file it went into, or why not.
    async fn applies(
        &mut self,
        draft: &FormDraft,
        same: Option<Answer>,
    ) -> anyhow::Result<Result<HolderId, Refusal>> {
        self.forms += 1;
        let key = format!("simulate-{}", self.forms);
        let filled = FilledIn { same, ..self.apply(draft.clone(), None) };
        match self.service.apply(self.clerk.clone(), Channel::Console, &key, filled).await {
            Ok(receipt) => {
                let Subject::Holder(id) = receipt.subject else { anyhow::bail!("an application of nobody") };
                if !self.people.contains(&id) {
                    self.people.push(id);
                }
                self.known.push((id, draft.document_number.clone()));
                Ok(Ok(id))
            }
            Err(Failure::Refused(r)) => {
                self.refused(r.reason);
                Ok(Err(*r))
            }
            Err(e) => Err(e.into()),
        }
    }

    /// What happens today to documents of people from abroad.
    pub(super) async fn who_is_who(&mut self) -> anyhow::Result<()> {
        for (what, in_a_thousand) in A_YEAR {
            let expected = self.abroad.len() as u64 * u64::from(in_a_thousand);
            if self.rng.u64(..365_000) >= expected {
                continue;
            }
            let who = self.rng.usize(..self.abroad.len());
            let residence = DocumentKind::HmtResidencePermit.code();
            let file = self.file(self.abroad[who].file).await?;
            // A residence permit is for life as an identity card is.
            if self.abroad[who].draft.document_kind == residence {
                continue;
            }
            if file.person.as_ref().is_none_or(|p| !p.death.is_empty()) {
                continue;
            }
            match what {
                Changes::Renewed => {
                    let draft = self.newly_issued(&self.abroad[who].draft.clone());
                    self.exchanges(who, draft, "证件换号换卡").await?;
                }
                Changes::ComesAsUnknown => self.comes_as_unknown(who).await?,
                Changes::HasADouble => self.has_a_double(who).await?,
                Changes::ResidencePermit => {
                    let old = self.abroad[who].draft.clone();
                    if old.document_kind != DocumentKind::MainlandTravelPermitHkMo.code() {
                        continue;
                    }
                    let born = jiff::civil::Date::strptime("%Y%m%d", &old.birth_date)?;
                    let n = u32::try_from(who)? % 500 * 2 + 1;
                    let draft = FormDraft {
                        document_kind: residence.into(),
                        document_number: citizen_number("810000", born, n),
                        ..self.newly_issued(&old)
                    };
                    self.exchanges(who, draft, "通行证改居住证换卡").await?;
                }
            }
        }
        Ok(())
    }

    /// 信息变更换卡 (Article 29) with another document, stated whole. Afterwards the old and the new number lead to the one file.
    async fn exchanges(&mut self, who: usize, draft: FormDraft, what: &'static str) -> anyhow::Result<()> {
        let Abroad { file: id, draft: before } = self.abroad[who].clone();
        let Some(old) = self.file(id).await?.cards.last().map(|c| c.id) else { return Ok(()) };
        let purpose = Purpose::Exchange { old, reason: ExchangeReason::DataChanged };
        let mut replace = *self.replace(purpose, self.outlet);
        replace.changes = Box::new(FormDraft {
            nationality: draft.nationality.clone(),
            document_kind: draft.document_kind.clone(),
            document_number: draft.document_number.clone(),
            document_valid_from: draft.document_valid_from.clone(),
            document_valid_until: draft.document_valid_until.clone(),
            issuing_authority: draft.issuing_authority.clone(),
            ..FormDraft::collected()
        });
        let clerk = self.clerk.clone();
        if !self.replaces(&clerk, id, replace).await? {
            return Ok(());
        }
        self.did(what);
        self.known.push((id, draft.document_number.clone()));
        for number in [&before.document_number, &draft.document_number] {
            self.looks_up(id, number).await?;
        }
        self.abroad[who].draft = draft;
        Ok(())
    }

    /// 查看 by a number, at the counter.
    async fn looks_up(&mut self, id: HolderId, number: &str) -> anyhow::Result<()> {
        let what = LookedUp::read(number).map_err(|e| anyhow::anyhow!("{e}"))?;
        let seen = self.service.look_up(self.ctx(&self.clerk), &what, "换卡后核对").await?;
        let found: Vec<HolderId> = seen.iter().map(|s| s.file.id).collect();
        if found != [id] {
            self.wrongs.push(format!("档案{id}：按新旧证件号码查到的是{found:?}"));
        }
        self.did("按新旧证件号码查询");
        Ok(())
    }

    /// Somebody applies with a renewed document as if nobody knew: the clerk is shown who it may be, and sees that it is.
    async fn comes_as_unknown(&mut self, who: usize) -> anyhow::Result<()> {
        let Abroad { file: id, draft } = self.abroad[who].clone();
        let draft = self.newly_issued(&draft);
        let Some(candidates) = self.shown(id, &draft).await? else { return Ok(()) };
        let answer = Answer {
            candidates, same: Some(id), reason: "新证件签注有原证件号码，照片一致".into()
        };
        match self.applies(&draft, Some(answer)).await? {
            Ok(found) if found == id => {
                self.did("凭新证件申请，认定为本人");
                self.abroad[who].draft = draft;
            }
            Ok(other) => self.wrongs.push(format!("档案{id}：认定为本人的申请进了档案{other}")),
            // He has a card, or an application under way: the new document goes through an exchange.
            Err(r) if matches!(r.reason, Reason::CardHeld | Reason::ApplicationOpen) => {
                self.did("凭新证件申请，认定为本人，已有卡");
                self.exchanges(who, draft, "证件换号换卡").await?;
            }
            Err(_) => {}
        }
        Ok(())
    }

    /// Somebody of the same name, birth date and sex who is not the same: the clerk is asked, and says so.
    async fn has_a_double(&mut self, who: usize) -> anyhow::Result<()> {
        let Abroad { file: id, draft } = self.abroad[who].clone();
        let draft = self.newly_issued(&draft);
        let Some(candidates) = self.shown(id, &draft).await? else { return Ok(()) };
        let answer = Answer { candidates, same: None, reason: "父母姓名和出生地不同".into() };
        match self.applies(&draft, Some(answer)).await? {
            Ok(found) if found == id => self.wrongs.push(format!("档案{id}：另一人的申请进了这份档案")),
            Ok(file) => {
                self.did("同名同生日，认定为另一人");
                self.abroad.push(Abroad { file, draft });
            }
            Err(_) => {}
        }
        Ok(())
    }

    /// Whom the clerk is shown when somebody alike applies; nobody when the application stopped for another reason. Somebody must
    /// be shown, and the one who is alike among them.
    async fn shown(&mut self, id: HolderId, draft: &FormDraft) -> anyhow::Result<Option<Vec<HolderId>>> {
        match self.applies(draft, None).await? {
            Ok(file) => {
                self.wrongs.push(format!("档案{id}：没有提示可能是同一人，另立了档案{file}"));
                Ok(None)
            }
            Err(r) => {
                let candidates: Vec<HolderId> = r.candidates.iter().map(|c| c.holder).collect();
                if r.reason != Reason::PossiblySamePerson || !candidates.contains(&id) {
                    self.wrongs.push(format!("档案{id}：没有提示可能是同一人（{}）", r.sentence()));
                    return Ok(None);
                }
                self.did("提示可能是同一人");
                Ok(Some(candidates))
            }
        }
    }

    /// Every human is found by every document that he ever showed, in one file, with at most one card in force.
    pub(crate) async fn check_identities(&mut self) -> anyhow::Result<()> {
        for (id, number) in std::mem::take(&mut self.known) {
            let what = LookedUp::read(&number).map_err(|e| anyhow::anyhow!("{e}"))?;
            let found = self.service.store().locate(&what).await?;
            if found.files != [id] {
                let files = found.files;
                self.wrongs.push(format!("档案{id}：凭曾用证件查到的档案是{files:?}"));
                continue;
            }
            let file = self.file(id).await?;
            if file.cards.iter().filter(|c| c.in_force()).count() > 1 {
                self.wrongs.push(format!("档案{id}：凭任一证件有两张正常使用的卡"));
            }
        }
        Ok(())
    }
}
