//! What the clerk of a test states: the holder stood there, showed this document in the original, and signed. In the program
//! nothing fills these fields in; a clerk, or a bank's computer, does. The rule tests of the domain include this file by its path.

use jiff::civil::date;
use kaguan_domain::activation::{Activate, Enable};
use kaguan_domain::application::{Presented, UnitForm};
use kaguan_domain::collection::{ConfirmPost, HandOver, HandOverToUnit};
use kaguan_domain::facts::activation::ActivationManner;
use kaguan_domain::facts::archive::{MaterialKind, Paper};
use kaguan_domain::facts::counter::{Collector, KeptCopy, Shown};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::Delivery;
use kaguan_domain::facts::pin::PinChange;
use kaguan_domain::facts::post::{Wish, WishedBy};
use kaguan_domain::facts::restriction::{CardIs, Conduct};
use kaguan_domain::facts::unit::{Papers, UnitApplication, UnitFile, UnitKind};
use kaguan_domain::ids::{BoxId, CardId, CaseId, CityCode, MaterialId, OrgId, UnitId};
use kaguan_domain::pin::RecordPin;
use kaguan_domain::replacement::Replace;
use kaguan_domain::replacement::bank_change::CarryOut;
use kaguan_domain::restriction::Propose;

/// What an applicant brought: the document, which was verified in the original, the card that is exchanged, and nothing else.
pub fn presented() -> Presented {
    Presented { document_verified: true, card_seen: true, ..Presented::default() }
}

/// The same where somebody acts: the copy of the applicant's document is kept on paper.
pub fn presented_by_agent() -> Presented {
    let copy = Paper { id: MaterialId(991), kind: MaterialKind::Identity, place: "1柜1夹".into() };
    Presented { papers: vec![copy], ..presented() }
}

/// 李四 brings the papers of 样例公司 for five people, with a form of this number.
pub fn unit_form(number: &str) -> UnitForm {
    let seen = || Some("1".to_owned());
    UnitForm {
        form_no: number.into(),
        kind: "enterprise".into(),
        employer_code: "91440101".into(),
        employer_name: "样例公司".into(),
        address: "广州".into(),
        operator_name: "李四".into(),
        operator_sex: "1".into(),
        operator_document: "1".into(),
        operator_number: "440106199001010013".into(),
        operator_phone: "13900000000".into(),
        authorisation: "委托书1".into(),
        matter: "批量申领社会保障卡".into(),
        until: "20271231".into(),
        people: "5".into(),
        applied_on: "20261123".into(),
        accepted_on: "20261123".into(),
        operator_verified: seen(),
        proof: seen(),
        authorisation_kept: seen(),
        operator_copy: seen(),
        applicant_copies: seen(),
        personal_forms: seen(),
        consents: seen(),
    }
}

/// 领卡 by the holder, who signs, and brings the receipt where one is asked for; no older card is given back.
pub fn handed_to_holder(card: CardId, outlet: OrgId, shown: Shown) -> HandOver {
    let (collector, shown) = (Collector::Holder, Some(shown));
    let (verified, signed, receipt_seen) = (true, true, true);
    HandOver { card, outlet, collector, verified, signed, shown, old_card_back: false, receipt_seen }
}

/// 社保功能启用 asked for by the holder.
pub fn enabled_by_holder(card: CardId, shown: Shown) -> Enable {
    Enable { card, verified: true, shown: Some(shown), deputy: None }
}

/// 银行账户激活 asked for by the holder at the bank's counter.
pub fn activated_face_to_face(card: CardId, shown: Shown) -> Activate {
    let nothing_stated = Activate::in_manner(card, ActivationManner::FaceToFace);
    Activate { verified: true, shown: Some(shown), ..nothing_stated }
}

/// A PIN service for the holder, who was told the risks.
pub fn pin_by_holder(card: CardId, change: PinChange, shown: Shown) -> RecordPin {
    RecordPin { card, change, verified: true, shown: Some(shown), guardian: None, risks_told: true }
}

/// 现场办理 of a bank change for the holder, who acknowledged the risks.
pub fn carried_out_by_holder(replace: Replace, shown: Shown) -> CarryOut {
    CarryOut { replace, verified: true, shown: Some(shown), risks_acknowledged: true }
}

/// 邮递意愿 of the holder, who stands at the counter.
pub fn wished_by_holder(shown: Shown) -> Option<Box<Wish>> {
    let to = Delivery {
        address: "广州市天河区体育东路1号".into(),
        recipient: "张三".into(),
        phone: "13900000000".into(),
    };
    let by = WishedBy::AtCounter { verified: true, shown: Some(shown), deputy: None };
    Some(Box::new(Wish { to, by }))
}

/// A posted card that the holder signs for with this code, before a clerk.
pub fn posted_to_holder(card: CardId, code_digest: &str, shown: Shown) -> ConfirmPost {
    let (collector, shown, code_digest) = (Collector::Holder, Some(shown), code_digest.into());
    let (verified, signed, receipt_seen) = (true, true, true);
    ConfirmPost { card, code_digest, collector, verified, shown, signed, receipt_seen, proof: None }
}

/// 提出限制 of a card that is genuine, by what another law says.
pub fn restriction(card: CardId, case: CaseId, ground: impl Into<String>) -> Propose {
    let (conduct, card_is) = (Some(Conduct::OtherLaw), Some(CardIs::Genuine));
    Propose { card, case, ground: ground.into(), conduct, card_is }
}

/// 提出限制 of a card that was obtained by fraud.
pub fn restriction_for_fraud(card: CardId, case: CaseId, ground: impl Into<String>) -> Propose {
    let (conduct, card_is) = (Some(Conduct::ObtainsByFraud), Some(CardIs::ByFraud));
    Propose { conduct, card_is, ..restriction(card, case, ground) }
}

/// A unit application that was registered with its papers; its operator is Wang Wu.
pub fn unit_registered(id: UnitId) -> UnitFile {
    let application = UnitApplication {
        form_no: "4401U1".into(),
        city: CityCode("4401".into()),
        outlet: OrgId(3),
        employer_code: "E1".into(),
        employer_name: "某单位".into(),
        kind: UnitKind::Enterprise,
        address: "广州市".into(),
        operator_name: "王五".into(),
        operator_number: "440106199001010013".into(),
        operator_phone: "13900000000".into(),
        authorisation: "委1".into(),
        people: 5,
        applied_on: date(2026, 11, 1),
        operator_document: Some(DocumentKind::IdentityCard),
        accepted_on: Some(date(2026, 11, 1)),
        mandate: None,
        papers: Papers::default(),
        seen_by: None,
    };
    UnitFile { application: Some(application), ..UnitFile::new(id) }
}

/// 批量领取 of a box by the operator of a registered unit application, with all that a clerk must state and keep.
pub fn handed_to_operator(r#box: BoxId, employer: &str, counted: i64, unit: &UnitFile) -> HandOverToUnit {
    let registered = unit.application.as_ref();
    let text = |of: fn(&UnitApplication) -> &String| registered.map(of).cloned().unwrap_or_default();
    HandOverToUnit {
        r#box,
        employer: employer.into(),
        operator: text(|a| &a.operator_name),
        authorisation: text(|a| &a.authorisation),
        verified: true,
        counted,
        unit: Some(unit.id),
        form_no: text(|a| &a.form_no),
        shown: Some(Shown {
            kind: DocumentKind::IdentityCard,
            number: text(|a| &a.operator_number),
            electronic: false,
        }),
        copies: vec![KeptCopy {
            id: MaterialId(990),
            kind: MaterialKind::Authorisation,
            digest: Some("ef".repeat(32)),
        }],
        other_operator: false,
        signed: true,
        reminded: true,
    }
}
