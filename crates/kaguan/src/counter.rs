//! What the clerks of the demo, the walk and the simulation state at their counters: the document on file was shown, a child's
//! guardian came, copies were kept.

use kaguan_domain::activation::{Activate, Enable};
use kaguan_domain::application::Presented;
use kaguan_domain::cancellation::Cancel;
use kaguan_domain::collection::HandOver;
use kaguan_domain::facts::activation::ActivationManner;
use kaguan_domain::facts::application::{AgentGround, AgentRelation};
use kaguan_domain::facts::archive::{Enclosed, MaterialKind, Paper};
use kaguan_domain::facts::cancellation::{CancelReason, ChipLock};
use kaguan_domain::facts::counter::{Collector, Deputy, KeptCopy, Shown};
use kaguan_domain::facts::custody::Custody;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::pin::PinChange;
use kaguan_domain::facts::restriction::{CardIs, Conduct};
use kaguan_domain::ids::{CardId, CaseId, MaterialId, OrgId};
use kaguan_domain::pin::RecordPin;
use kaguan_domain::restriction::Propose;
use kaguan_service::Service;

/// An image that a clerk takes.
pub const IMAGE: &[u8] = b"\xFF\xD8\xFF\xE0 demo";

/// What an applicant of the simulation brings to the clerk: the document, verified in the original, and the card, if there is one.
pub fn presented_in_original() -> Presented {
    Presented { document_verified: true, card_seen: true, ..Presented::default() }
}

/// The same where somebody acts: the copy of the applicant's document is kept on paper.
pub fn presented_by_agent() -> Presented {
    let copy = Paper { id: MaterialId(0), kind: MaterialKind::Identity, place: "1柜1夹".into() };
    Presented { papers: vec![copy], ..presented_in_original() }
}

/// A clerk who has images to be kept.
pub struct Clerk {
    service: Service,
    images: Vec<MaterialId>,
}

impl Clerk {
    /// Of a running system.
    pub fn of(service: &Service) -> Self {
        Self { service: service.clone(), images: Vec::new() }
    }

    /// Stores the images, before the commands that name them are given.
    pub async fn keep_images(&mut self) -> anyhow::Result<()> {
        for id in std::mem::take(&mut self.images) {
            self.service.store().put_material(id, IMAGE).await?;
        }
        Ok(())
    }

    fn image(&mut self, kind: MaterialKind) -> KeptCopy {
        let id = MaterialId(self.service.fresh());
        self.images.push(id);
        KeptCopy { id, kind, digest: Some(kaguan_service::digest_of(IMAGE)) }
    }

    /// What comes with a replacement: the document, verified, and its image when the name has a rare character (Article 34).
    pub fn presented(&mut self, file: &HolderFile) -> Presented {
        let rare = file.person.as_ref().is_some_and(|p| p.details.name.has_rare());
        let scan = rare.then(|| self.image(MaterialKind::Identity));
        let enclosed =
            |k: KeptCopy| Enclosed { id: k.id, kind: k.kind, digest: k.digest.unwrap_or_default() };
        Presented { materials: scan.into_iter().map(enclosed).collect(), ..presented_in_original() }
    }

    /// Somebody who acts for the holder, with copies.
    pub fn deputy(&mut self, relation: AgentRelation, ground: AgentGround) -> Deputy {
        Deputy {
            name: "张父".into(),
            document_kind: DocumentKind::IdentityCard,
            document_number: "440106199001010013".into(),
            electronic: false,
            phone: "13900000000".into(),
            relation,
            ground: Some(ground),
            other_guardian: false,
            copies: vec![self.image(MaterialKind::AgentIdentity), self.image(MaterialKind::RelationProof)],
        }
    }

    /// Who comes for a child: the guardian on file, if there is one; `None` of an adult.
    pub fn guardian(&mut self, file: &HolderFile) -> Option<Box<Deputy>> {
        let today = self.service.now().date();
        let child = file.person.as_ref().map(|p| &p.details).filter(|d| d.is_under(16, today))?;
        let mut deputy = self.deputy(AgentRelation::Guardian, AgentGround::Minor);
        if let Some(on_file) = &child.guardian {
            on_file.name.display().clone_into(&mut deputy.name);
            deputy.document_kind = on_file.document_kind;
            deputy.document_number.clone_from(&on_file.document_number);
        }
        Some(Box::new(deputy))
    }

    /// Who collects a card: the holder, or a child's guardian.
    pub fn collector(&mut self, file: &HolderFile) -> Collector {
        self.guardian(file).map_or(Collector::Holder, Collector::Deputy)
    }

    /// 领取, by the holder or a child's guardian.
    pub fn hand_over(&mut self, file: &HolderFile, card: CardId, outlet: OrgId) -> HandOver {
        HandOver {
            card,
            outlet,
            collector: self.collector(file),
            verified: true,
            signed: true,
            shown: shown(file),
            // Whoever exchanges a card brings the old one.
            old_card_back: kaguan_domain::replacement::brings_the_old(file, card),
            // And after a change of the bank the receipt.
            receipt_seen: file.card(card).is_some_and(|c| kaguan_domain::collection::shows_receipt(file, c)),
        }
    }

    /// 启用 alone, by the holder or a child's guardian.
    pub fn enable(&mut self, file: &HolderFile, card: CardId) -> Enable {
        Enable { card, verified: true, shown: shown(file), deputy: self.guardian(file) }
    }

    /// 激活, by the holder or a child's guardian.
    pub fn activate(&mut self, file: &HolderFile, card: CardId) -> Activate {
        let deputy = self.guardian(file);
        let manner = match deputy {
            Some(_) => ActivationManner::Proxy { copy: "银行档案".into() },
            None => ActivationManner::FaceToFace,
        };
        Activate { verified: true, shown: shown(file), deputy, ..Activate::in_manner(card, manner) }
    }

    /// 密码服务.
    pub fn pin(&mut self, file: &HolderFile, card: CardId, change: PinChange) -> RecordPin {
        let (guardian, shown) = (self.guardian(file), shown(file));
        RecordPin { card, change, verified: true, shown, guardian, risks_told: true }
    }

    /// 注销, with its proof; the card is locked and given back when an outlet is named and the holder has it.
    pub fn cancel(
        &mut self,
        file: &HolderFile,
        card: CardId,
        reason: CancelReason,
        given_back_at: Option<OrgId>,
    ) -> Cancel {
        let agent = match reason {
            CancelReason::Dead | CancelReason::Missing => {
                Some(self.deputy(AgentRelation::DirectRelative, AgentGround::LongAbsent))
            }
            CancelReason::MovedOut
            | CancelReason::Emigrated
            | CancelReason::Surplus
            | CancelReason::Cleaned => self.guardian(file).map(|d| *d),
            CancelReason::SecondOfferFailed | CancelReason::Stranded | CancelReason::Confiscated => {
                return Cancel::of(card, reason);
            }
        };
        let in_hand = file.card(card).is_some_and(|c| matches!(c.custody, Custody::WithHolder { .. }));
        let given_back_at = given_back_at.filter(|_| in_hand);
        Cancel {
            agent,
            reminded: true,
            given_back_at,
            verified: true,
            shown: shown(file),
            proofs: vec![self.image(MaterialKind::TerminationProof)],
            chip: given_back_at.map(|_| ChipLock::Locked),
            ..Cancel::of(card, reason)
        }
    }
}

/// 提出限制 of a card that is genuine, by what another law says.
pub fn restriction(card: CardId, case: CaseId, ground: String) -> Propose {
    let (conduct, card_is) = (Some(Conduct::OtherLaw), Some(CardIs::Genuine));
    Propose { card, case, ground, conduct, card_is }
}

/// The document on file, in the original.
pub fn shown(file: &HolderFile) -> Option<Shown> {
    file.person.as_ref().map(|p| Shown::on_file(&p.details))
}
