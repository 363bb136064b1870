//! One person with a card, and whoever gives commands about it.

use jiff::civil::{Date, date};
use kaguan_domain::application::form::{Circumstances, Door, judge};
use kaguan_domain::cancellation::Cancel;
use kaguan_domain::ctx::{Actor, Channel, Ctx, Instant};
use kaguan_domain::dispatch::{HolderCommand, decide};
use kaguan_domain::facts::account::{AccountNumber, BankAccount};
use kaguan_domain::facts::activation::ActivationManner;
use kaguan_domain::facts::application::{
    AgentGround, AgentRelation, Application, CheckItem, CheckResult, Consent, Origin, Purpose, Register,
    RegisterCheck, Stage,
};
use kaguan_domain::facts::archive::MaterialKind;
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::blank_order::Stock;
use kaguan_domain::facts::cancellation::{CancelReason, ChipLock};
use kaguan_domain::facts::card::{Account, Card, NewCard, Social};
use kaguan_domain::facts::counter::{Deputy, KeptCopy, Shown};
use kaguan_domain::facts::custody::Custody;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::fee::{Fee, FreeGround};
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::facts::institution::{
    InstitutionEvent, Institutions, Officer, OrgKind, Organisation, Role,
};
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::ids::{
    ApplicationId, BankCardNumber, BankCode, BatchId, CardId, CardNumber, ChipIdentifier, CityCode, HolderId,
    MaterialId, OfficerId, OrgId, ResetInformation,
};
use kaguan_domain::refusal::Reason;
use kaguan_domain::rule::{Around, Found};
use std::collections::HashMap;

pub const TODAY: Date = date(2026, 11, 23);
pub const HR: OrgId = OrgId(3);
/// An outlet of the bank of the card that the person has.
pub const OWN_BANK: OrgId = OrgId(4);
/// An outlet of another bank of the city.
pub const NEW_BANK: OrgId = OrgId(5);
/// An HR outlet of another city.
pub const AWAY: OrgId = OrgId(6);
/// The card that the person has.
pub const OLD: CardId = CardId(1);

/// The identity card that the person shows.
pub fn shown() -> Shown {
    Shown { kind: DocumentKind::IdentityCard, number: "440106199001010013".into(), electronic: false }
}

/// The son, with his identity card and the household register as images.
pub fn relative(ground: AgentGround) -> Deputy {
    let copy = |id, kind| KeptCopy { id: MaterialId(id), kind, digest: Some("ab".repeat(32)) };
    Deputy {
        name: "张子".into(),
        document_kind: DocumentKind::IdentityCard,
        document_number: "44010619600101001X".into(),
        electronic: false,
        phone: "13900000000".into(),
        relation: AgentRelation::DirectRelative,
        ground: Some(ground),
        other_guardian: false,
        copies: vec![copy(901, MaterialKind::AgentIdentity), copy(902, MaterialKind::RelationProof)],
    }
}

/// 注销 with everything that a clerk must state for it.
pub fn cancel(card: CardId, reason: CancelReason) -> Cancel {
    let copy =
        KeptCopy { id: MaterialId(903), kind: MaterialKind::TerminationProof, digest: Some("cd".repeat(32)) };
    Cancel {
        reminded: true,
        given_back_at: Some(HR),
        verified: true,
        shown: Some(shown()),
        proofs: vec![copy],
        chip: Some(ChipLock::Locked),
        ..Cancel::of(card, reason)
    }
}

pub fn checks() -> Vec<RegisterCheck> {
    [CheckItem::Identity, CheckItem::Alive]
        .map(|item| RegisterCheck {
            source: Register::PublicSecurity,
            item,
            at: Instant(0),
            result: CheckResult::Passed,
            said: Vec::new(),
        })
        .into()
}

pub fn office() -> Institutions {
    let mut i = Institutions::new();
    for (id, kind, division, bank) in [
        (1, OrgKind::ProvinceCentre, "440000", None),
        (2, OrgKind::CityCentre, "440100", None),
        (3, OrgKind::HrOutlet, "440106", None),
        (4, OrgKind::BankOutlet, "440103", Some("95588")),
        (5, OrgKind::BankOutlet, "440103", Some("95533")),
        (6, OrgKind::HrOutlet, "440304", None),
    ] {
        i.apply(&InstitutionEvent::OrganisationAdded(Organisation {
            id: OrgId(id),
            code: format!("{division}{id:08}"),
            name: format!("机构{id}"),
            kind,
            parent: (id > 1).then_some(OrgId(1)),
            division: division.into(),
            bank: bank.map(|b| BankCode(b.into())),
        }));
    }
    for bank in ["95588", "95533"] {
        let (city, bank) = (CityCode("4401".into()), BankCode(bank.into()));
        i.apply(&InstitutionEvent::BankOffered { city, bank });
    }
    for (id, role, org) in [
        (1, Role::HrClerk, 3),
        (2, Role::BankClerk, 4),
        (3, Role::CityOfficer, 2),
        (4, Role::BankClerk, 4),
        (5, Role::BankClerk, 5),
        (6, Role::ProvinceOfficer, 1),
    ] {
        i.apply(&InstitutionEvent::OfficerAdded(Officer {
            id: OfficerId(id),
            login: format!("o{id}"),
            name: "经办人".into(),
            role,
            org: OrgId(org),
            active: true,
            password_hash: "!".into(),
        }));
    }
    i
}

pub fn draft() -> FormDraft {
    FormDraft {
        form_no: "44010000001".into(),
        card_kind: "1".into(),
        nationality: "CHN".into(),
        document_kind: "1".into(),
        document_number: "440106199001010013".into(),
        document_valid_until: "20400101".into(),
        name: "张三".into(),
        sex: "1".into(),
        ethnicity: "01".into(),
        birth_date: "19900101".into(),
        mobile: "13900000000".into(),
        phone: "13900000000".into(),
        document_valid_from: "20200101".into(),
        issuing_authority: "广州市公安局天河区分局".into(),
        postal_address: "广州市天河区".into(),
        occupation: "3000000".into(),
        bank: "95588".into(),
        ..FormDraft::default()
    }
}

/// A card as it is made.
pub fn card(id: CardId, application: ApplicationId, bank: &str, issued_on: Date) -> Card {
    Card::new(NewCard {
        id,
        application,
        batch: BatchId(1),
        card_no: CardNumber::parse(if id == OLD { "A00000001" } else { "A0000001X" }).unwrap_or_else(|_| {
            // The check character of each serial number is the library's to know.
            (0..10)
                .chain([10])
                .filter_map(|c| {
                    let c = if c == 10 { 'X'.to_string() } else { c.to_string() };
                    CardNumber::parse(&format!("A000000{}{c}", id.0)).ok()
                })
                .next()
                .unwrap()
        }),
        city: CityCode("4401".into()),
        bank: BankCode(bank.into()),
        bank_account: BankAccount {
            bank_card_no: BankCardNumber::with_check(&format!("62{bank}{:011}", id.0)).unwrap(),
            account_no: AccountNumber(format!("acc{id}")),
            of: Some(BankCode(bank.into())),
        },
        chip: ChipIdentifier::parse(&format!("440001D156000005{:016X}", id.0)).unwrap(),
        reset: ResetInformation::parse(&format!("00814E4323{:016X}", id.0)).unwrap(),
        issued_on,
        custody: Custody::AtOutlet { org: HR },
    })
}

/// A person's file, and who speaks.
pub struct Scene {
    pub file: HolderFile,
    pub office: Institutions,
    pub actor: Actor,
    pub channel: Channel,
    pub now: Instant,
    pub stock: Stock,
    pub batches: HashMap<BatchId, BatchFile>,
}

impl Scene {
    /// With a card, made three months ago, that waits at the outlet.
    pub fn uncollected() -> Self {
        let form = judge(&draft(), &Circumstances::new(TODAY, Door::Personal)).form.unwrap();
        let application = Application {
            id: ApplicationId(1),
            form_no: form.form_no.clone(),
            origin: Origin::Counter,
            city: CityCode("4401".into()),
            bank: form.bank.clone(),
            outlet: HR,
            collect_at: HR,
            employer: None,
            received_on: date(2026, 8, 10),
            urgent: false,
            agent: None,
            consent: Consent { text_version: "2022".into(), by_guardian: false },
            checks: checks(),
            fee: Fee::Free { ground: FreeGround::FirstCard },
            stage: Stage::Received,
            purpose: Purpose::First,
            clock: None,
            photo_from: None,
            delivery: None,
            chose_outlet: false,
            by_hand: None,
            taken_by: None,
            instant_at: None,
            post_agreed: None,
            taken_out: None,
            urgent_ground: None,
            before: None,
        };
        let mut scene = Self {
            file: HolderFile::new(HolderId(1)),
            office: office(),
            actor: Actor::System,
            channel: Channel::Console,
            now: Instant::at_start_of(TODAY),
            stock: Stock::default(),
            batches: HashMap::new(),
        };
        let card = card(OLD, ApplicationId(1), "95588", date(2026, 8, 23));
        for event in [
            HolderEvent::Applied {
                application: Box::new(application),
                details: Box::new(form),
                photo: Some(PhotoRef("p".into())),
            },
            HolderEvent::CardMade { application: ApplicationId(1), card: Box::new(card) },
        ] {
            scene.file.apply(&event, scene.now);
        }
        scene
    }

    /// With a card in hand, enabled, its account active.
    pub fn with_card() -> Self {
        let mut scene = Self::uncollected();
        let c = &mut scene.file.cards[0];
        c.custody = Custody::WithHolder { since: scene.now };
        c.social = Social::Enabled { at: scene.now };
        c.account = Account::Active { at: scene.now, manner: ActivationManner::FaceToFace };
        scene
    }

    pub fn old(&self) -> &Card {
        self.card(OLD)
    }

    pub fn card(&self, id: CardId) -> &Card {
        self.file.card(id).unwrap()
    }

    pub fn as_actor(&mut self, actor: Actor) -> &mut Self {
        self.actor = actor;
        self
    }

    pub fn as_officer(&mut self, id: i64) -> &mut Self {
        self.as_actor(Actor::Officer(OfficerId(id)))
    }

    pub fn as_bank(&mut self, code: &str) -> &mut Self {
        self.as_actor(Actor::Bank(BankCode(code.into())))
    }

    pub fn as_system(&mut self) -> &mut Self {
        self.as_actor(Actor::System)
    }

    pub fn days_pass(&mut self, days: i64) {
        self.now = Instant(self.now.0 + days * 86_400_000_000);
    }

    pub fn ctx(&self) -> Ctx {
        Ctx {
            now: self.now,
            actor: self.actor.clone(),
            channel: self.channel,
            request_key: None,
            request_body: None,
        }
    }

    /// Asks the rule, with everything that the executor would load.
    pub fn decide(
        &self,
        command: &HolderCommand,
    ) -> Result<Vec<HolderEvent>, kaguan_domain::refusal::Refusal> {
        let none = Stock::default();
        // Loaded as the executor does: only the pre-made card that the command names.
        let stock = if command.rule().blank().is_some() { &self.stock } else { &none };
        decide(
            &self.file,
            command,
            &self.ctx(),
            Around {
                institutions: &self.office,
                batches: &self.batches,
                stock,
                found: Found::NOBODY,
                other: None,
            },
        )
    }

    /// The command is done.
    pub fn done(&mut self, command: HolderCommand) {
        match self.decide(&command) {
            Ok(events) => {
                for event in events {
                    self.file.apply(&event, self.now);
                    self.plain_events_name_nobody(&event);
                    if let Some((id, event)) = event.blank() {
                        self.stock.blanks.get_mut(&id).unwrap().apply(&event, self.now);
                    }
                }
            }
            Err(refusal) => panic!("{command:?} is refused: {}", refusal.sentence()),
        }
        // At most one card in force, whatever happened.
        assert!(self.file.cards.iter().filter(|c| c.in_force()).count() <= 1);
    }

    /// An event that the journal stores in plain text carries nothing that says who somebody is.
    fn plain_events_name_nobody(&self, event: &HolderEvent) {
        let person = self.file.person.as_ref().unwrap();
        let d = &person.details;
        let cards = self.file.cards.iter().flat_map(|c| {
            [c.bank_account.bank_card_no.as_str().to_owned(), c.bank_account.account_no.0.clone()]
        });
        let mobile = d.mobile.as_deref().unwrap_or_default();
        let secrets =
            [d.name.display(), d.ssn.as_str(), d.document.number(), mobile, &d.phone, &d.postal_address];
        let json = serde_json::to_string(event).unwrap();
        let told = secrets.map(str::to_owned).into_iter().chain(cards).filter(|s| !s.is_empty());
        for secret in told.filter(|s| json.contains(s.as_str())) {
            assert!(
                event.is_personal(),
                "{event:?} carries {} characters of somebody in plain text",
                secret.len()
            );
        }
    }

    /// What it would do.
    pub fn events(&self, command: &HolderCommand) -> Vec<HolderEvent> {
        self.decide(command).unwrap()
    }

    /// Whether the command would be done.
    pub fn may(&self, command: &HolderCommand) -> bool {
        self.decide(command).is_ok()
    }

    /// The command is refused, with all that is said of it.
    pub fn refusal(&mut self, command: HolderCommand) -> kaguan_domain::refusal::Refusal {
        match self.decide(&command) {
            Ok(events) => panic!("{command:?} is done: {events:?}"),
            Err(refusal) => refusal,
        }
    }

    /// The command is refused, and why.
    pub fn refused(&mut self, command: HolderCommand) -> Reason {
        match self.decide(&command) {
            Ok(events) => panic!("{command:?} is done: {events:?}"),
            Err(refusal) => refusal.reason,
        }
    }

    /// The card of an application is made and waits at the outlet.
    pub fn card_made(&mut self, application: ApplicationId, bank: &str) -> CardId {
        let id = CardId(2);
        let card = self.file.as_held(card(id, application, bank, TODAY));
        self.file.apply(&HolderEvent::CardMade { application, card: Box::new(card) }, self.now);
        id
    }
}
