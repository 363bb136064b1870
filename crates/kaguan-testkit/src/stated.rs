//! What the clerk of a test states: the holder stood there, showed this document in the original, and signed. In the program
//! nothing fills these fields in; a clerk, or a bank's computer, does. The rule tests of the domain include this file by its path.

use kaguan_domain::activation::{Activate, Enable};
use kaguan_domain::collection::{ConfirmPost, HandOver};
use kaguan_domain::facts::activation::ActivationManner;
use kaguan_domain::facts::counter::{Collector, Shown};
use kaguan_domain::facts::form::Delivery;
use kaguan_domain::facts::pin::PinChange;
use kaguan_domain::facts::post::{Wish, WishedBy};
use kaguan_domain::ids::{CardId, OrgId};
use kaguan_domain::pin::RecordPin;
use kaguan_domain::replacement::Replace;
use kaguan_domain::replacement::bank_change::CarryOut;

/// 领卡 by the holder, who signs; no older card is given back.
pub fn handed_to_holder(card: CardId, outlet: OrgId, shown: Shown) -> HandOver {
    let (collector, shown) = (Collector::Holder, Some(shown));
    HandOver { card, outlet, collector, verified: true, signed: true, shown, old_card_back: false }
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
    ConfirmPost { card, code_digest, collector, verified: true, shown, signed: true, proof: None }
}
