//! Cards in people's hands, by every step of everybody whose step it is.

use crate::{World, stated};
use jiff::civil::{Date, date};
use kaguan_domain::application::{AgentDraft, FilledIn};
use kaguan_domain::cancellation::Cancel;
use kaguan_domain::collection::{HandOver, Post};
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::{BatchCommand, HolderCommand};
use kaguan_domain::distribution::{Receive, RecordMissing, Ship};
use kaguan_domain::facts::application::{AgentGround, AgentRelation};
use kaguan_domain::facts::archive::MaterialKind;
use kaguan_domain::facts::cancellation::{CancelReason, ChipLock};
use kaguan_domain::facts::counter::{Collector, Deputy, KeptCopy, Shown};
use kaguan_domain::facts::custody::PickUpCode;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::ids::{BatchId, BoxId, CardId, HolderId, MaterialId, OrgId, VendorCode};
use kaguan_files::sample::citizen_number;
use kaguan_partner_sim::{BadDay, Bank, Vendor};

/// 寄出.
pub fn ship(r#box: BoxId, to: OrgId) -> BatchCommand {
    BatchCommand::Ship(Ship {
        r#box,
        to,
        responsible: "责任人".into(),
        manner: "专车".into(),
        tracking: "T1".into(),
    })
}

/// 接收.
pub fn receive(r#box: BoxId, org: OrgId, counted: i64) -> BatchCommand {
    let (kept_at, signer) = ("库房".into(), "签收人".into());
    BatchCommand::Receive(Receive { r#box, org, counted, kept_at, signer, short: None, surplus: Vec::new() })
}

/// 登记缺卡 of one card.
pub fn missing(card: CardId, since: Date) -> HolderCommand {
    let (place, account) = ("清点".into(), "箱内未见该卡".into());
    HolderCommand::RecordMissing(RecordMissing {
        card,
        since,
        place,
        account,
        answers: None,
        counted_at: None,
    })
}

impl World {
    /// Makes the cards of everybody ready in Guangzhou with ICBC; the boxes are on their way to the province.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn cards_made(&self) -> BatchId {
        let batch = self.confirmed_batch().await;
        Bank::new("95588", BadDay::default()).work(&self.service).await.expect("the bank answers");
        let vendor = BatchCommand::HandOut { vendor: VendorCode("1".into()) };
        self.batch(&Actor::System, batch, vendor).await.expect("the vendor gets the data");
        Vendor::new("1", BadDay::default()).work(&self.service).await.expect("the vendor answers");
        batch
    }

    /// Brings the only box of a batch down the four levels to its outlet.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn at_outlet(&self, batch: BatchId, outlet: OrgId) {
        let file = self.service.batch(batch).await.expect("the batch can be read").expect("it is there");
        let b = file.boxes[0].clone();
        let (province, city, county) =
            (self.org("44000000000001"), self.org("44010000000001"), self.org("44010600000001"));
        for (org, next) in
            [(province, Some(city)), (city, Some(county)), (county, Some(outlet)), (outlet, None)]
        {
            let keeper = self.officer(org).await;
            self.batch(&keeper, batch, receive(b.id, org, b.cards)).await.expect("it is received");
            if let Some(next) = next {
                self.batch(&keeper, batch, ship(b.id, next)).await.expect("it is shipped");
            }
        }
    }

    /// A clerk of the outlet posts a person's card, as the holder wished it, under a number; the code against which it is signed for.
    ///
    /// # Panics
    /// When it cannot be posted.
    pub async fn posted(&self, id: HolderId, tracking: &str, carrier: Option<&str>) -> PickUpCode {
        let (clerk, card) = (self.officer(self.outlet()).await, self.card_of(id).await);
        let (code, code_digest) = self.service.pick_up_code(card, tracking);
        let post = Post {
            carrier: carrier.map(str::to_owned),
            card,
            outlet: self.outlet(),
            tracking: tracking.to_owned(),
            code_digest,
            code: Some(code.clone()),
            told_postage: true,
            told_code: true,
            wish: stated::wished_by_holder(self.shown(id).await),
        };
        self.about(&clerk, id, HolderCommand::Post(post)).await.expect("it is posted");
        code
    }

    /// The document that a person shows at a counter: the one on file.
    ///
    /// # Panics
    /// When there is nobody.
    pub async fn shown(&self, id: HolderId) -> Shown {
        Shown::on_file(&self.file(id).await.0.person.as_ref().expect("somebody").details)
    }

    /// 注销 of a card whose holder moved out of the province, with all that a clerk states: the card is given back at the outlet.
    pub async fn moved_out(&self, id: HolderId, card: CardId) -> Cancel {
        let proof = KeptCopy {
            id: MaterialId(self.service.fresh()),
            kind: MaterialKind::TerminationProof,
            digest: Some("ab".repeat(32)),
        };
        self.service.store().put_material(proof.id, b"proof").await.expect("stored, as a door does");
        Cancel {
            reminded: true,
            given_back_at: Some(self.outlet()),
            verified: true,
            shown: Some(self.shown(id).await),
            proofs: vec![proof],
            chip: Some(ChipLock::Locked),
            ..Cancel::of(card, CancelReason::MovedOut)
        }
    }

    /// The latest card of a person.
    ///
    /// # Panics
    /// When there is none.
    pub async fn card_of(&self, id: HolderId) -> CardId {
        self.file(id).await.0.cards.last().expect("a card").id
    }

    /// The `n`-th person with a card in hand, enabled, its account active.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn with_card(&self, n: u32) -> (HolderId, CardId) {
        let id = self.applicant(n, self.outlet()).await;
        let batch = self.cards_made().await;
        self.at_outlet(batch, self.outlet()).await;
        let card = self.card_of(id).await;
        let outlet = self.outlet();
        let clerk = self.officer(outlet).await;
        let hand_over = stated::handed_to_holder(card, outlet, self.shown(id).await);
        self.about(&clerk, id, HolderCommand::HandOver(hand_over)).await.expect("it is handed over");
        let bank = self.officer(self.bank_outlet()).await;
        let activate = stated::activated_face_to_face(card, self.shown(id).await);
        self.about(&bank, id, HolderCommand::Activate(activate)).await.expect("the account is activated");
        (id, card)
    }

    /// The `n`-th person as a child of fifteen, whose father applied and took the card for it; who he is, as a counter states it.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn with_child(&self, n: u32) -> (HolderId, CardId, Deputy) {
        let copy =
            |kind| KeptCopy { id: MaterialId(self.service.fresh()), kind, digest: Some("ab".repeat(32)) };
        let father = Deputy {
            name: "李父".into(),
            document_kind: DocumentKind::IdentityCard,
            document_number: citizen_number("440106", date(1985, 5, 5), 1),
            electronic: false,
            phone: "13900000000".into(),
            relation: AgentRelation::Guardian,
            ground: Some(AgentGround::Minor),
            other_guardian: false,
            copies: vec![copy(MaterialKind::AgentIdentity), copy(MaterialKind::RelationProof)],
        };
        for copy in &father.copies {
            self.service.store().put_material(copy.id, b"paper").await.expect("stored, as a door does");
        }
        let born = date(2011, 6, 1);
        let draft = FormDraft {
            document_number: citizen_number("440106", born, n * 2 + 1),
            birth_date: "20110601".into(),
            guardian_name: father.name.clone(),
            guardian_document_kind: "1".into(),
            guardian_document_number: father.document_number.clone(),
            ..self.draft(n)
        };
        let agent = AgentDraft {
            name: father.name.clone(),
            document_kind: "1".into(),
            document_number: father.document_number.clone(),
            phone: father.phone.clone(),
            relation: Some(father.relation),
            ground: father.ground,
            proof: Some("户口簿，柜1-1".into()),
            verified: true,
        };
        let presented = stated::presented_by_agent();
        let apply = self.apply(n, self.outlet());
        let apply = FilledIn { draft: Box::new(draft), agent: Some(agent), presented, ..apply };
        let id = self.takes_in(n, apply).await;
        let batch = self.cards_made().await;
        self.at_outlet(batch, self.outlet()).await;
        let (card, outlet) = (self.card_of(id).await, self.outlet());
        let clerk = self.officer(outlet).await;
        let collector = Collector::Deputy(Box::new(father.clone()));
        let hand_over =
            HandOver { collector, ..stated::handed_to_holder(card, outlet, self.shown(id).await) };
        self.about(&clerk, id, HolderCommand::HandOver(hand_over)).await.expect("it is handed over");
        (id, card, father)
    }
}
