//! Three offices with work: two counties of one city with different banks, and another city. What belongs to one is told from the rest by
//! its names and numbers.

use crate::desk::{Desk, encoded};
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::dispatch::{BatchCommand, HolderCommand};
use kaguan_domain::facts::archive::{Case, MaterialKind};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::institution::{OrgKind, Role};
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::facts::policy::{DatedPolicy, LocalPolicy};
use kaguan_domain::ids::{
    ApplicationId, BankCode, BatchId, BlankOrderId, BoxId, CardId, CityCode, HolderId, MaterialId, OfficerId,
    OrgId, UnitId, VendorCode,
};
use kaguan_domain::institution::{InstitutionCommand, ProposeGlyph, ProposePolicy};
use kaguan_domain::records::FileMaterial;
use kaguan_partner_sim::{BadDay, Bank, Vendor};
use kaguan_service::Command;
use kaguan_service::intake::Acceptance;
use kaguan_testkit::{World, receive, ship, stated};

/// Surnames that nobody else has, masked too.
const SURNAMES: [&str; 3] = ["禤", "亓", "仉"];

/// What is in one office, by its identities.
pub struct Area {
    pub city: CityCode,
    pub outlet: OrgId,
    pub bank: BankCode,
    pub bank_outlet: OrgId,
    pub county: OrgId,
    pub centre: OrgId,
    person: HolderId,
    waiting: HolderId,
    card: CardId,
    application: ApplicationId,
    batch: BatchId,
    r#box: BoxId,
    screened: BatchId,
    order: BlankOrderId,
    unit: UnitId,
    job: i64,
    draft: i64,
    material: MaterialId,
    line: i64,
    policy: i64,
    glyph: i64,
    officer: OfficerId,
    numbers: [String; 3],
    forms: [String; 2],
    /// What tells of a person, unmasked.
    pub personal: Vec<String>,
    /// What tells of anything of this office.
    pub marks: Vec<String>,
}

impl Area {
    /// A text with things of this office in the place of their names; addresses are those of a session.
    pub fn fill(&self, w: &World, text: &str, session: &str, another: &str) -> String {
        let service = &w.service;
        let mut out = String::new();
        for (i, part) in text.split('<').enumerate() {
            let Some((name, rest)) = part.split_once('>').filter(|_| i > 0) else {
                out.push_str(part);
                continue;
            };
            out.push_str(&match name {
                "person" => self.person.to_string(),
                "waiting" => self.waiting.to_string(),
                "card" => self.card.to_string(),
                "application" => self.application.to_string(),
                "batch" => self.batch.to_string(),
                "box" => self.r#box.to_string(),
                "screened" => self.screened.to_string(),
                "order" => self.order.to_string(),
                "unit" => self.unit.to_string(),
                "job" => self.job.to_string(),
                "draft" => self.draft.to_string(),
                "material" => self.material.to_string(),
                "line" => self.line.to_string(),
                "policy" => self.policy.to_string(),
                "glyph" => self.glyph.to_string(),
                "officer" => self.officer.to_string(),
                "county" => self.county.to_string(),
                "outlet" => self.outlet.to_string(),
                "city" => self.city.as_str().to_owned(),
                "bank" => self.bank.as_str().to_owned(),
                "number" => self.numbers[0].clone(),
                "other number" => self.numbers[1].clone(),
                "waiting number" => self.numbers[2].clone(),
                "form_no" => self.forms[1].clone(),
                "key" => service.key_of(session, self.person),
                "paper" => service.paper_key(session, self.person, &self.forms[0]),
                "key of another session" => service.key_of(another, self.person),
                "photo of another session" => {
                    let photo = PhotoRef(kaguan_testkit::portrait().1.clone());
                    service.photo_key(another, &photo)
                }
                other => panic!("no <{other}>"),
            });
            out.push_str(rest);
        }
        out
    }
}

async fn takes_in(w: &World, n: usize, i: u32, bank: &str, outlet: OrgId, city: &str) -> HolderId {
    let n_th = u32::try_from(n).unwrap() * 10 + i;
    let mut filled = w.apply(n_th, outlet);
    filled.draft.name = format!("{}{}平", SURNAMES[n], ["一", "二", "三", "四", "五"][i as usize]);
    filled.draft.mobile = format!("1391{n}55{i}{n}{i}7");
    filled.draft.phone = filled.draft.mobile.clone();
    filled.draft.postal_address = format!("秘密路{n}号");
    filled.draft.bank = bank.into();
    filled.draft.form_no = format!("{city}T{n_th:011}");
    w.takes_in(n_th, filled).await
}

/// An office with work in every state.
pub async fn area(w: &World, n: usize, city: &str, county: &str, bank: &str) -> Area {
    let institutions = w.service.institutions();
    let city_code = CityCode(city.into());
    let find = |kind: OrgKind| {
        let in_city = |o: &&kaguan_domain::facts::institution::Organisation| {
            o.kind == kind
                && o.city().as_ref() == Some(&city_code)
                && (o.division == county || kind == OrgKind::CityCentre || kind == OrgKind::BankOutlet)
                && (kind != OrgKind::BankOutlet || o.bank.as_ref().is_some_and(|b| b.as_str() == bank))
        };
        institutions.orgs().find(in_city).unwrap().id
    };
    let (outlet, bank_outlet) = (find(OrgKind::HrOutlet), find(OrgKind::BankOutlet));
    let (county, centre) = (find(OrgKind::CountyCentre), find(OrgKind::CityCentre));
    let bank_code = BankCode(bank.into());
    let person = takes_in(w, n, 0, bank, outlet, city).await;
    let other = takes_in(w, n, 1, bank, outlet, city).await;
    let system = Actor::System;
    let screen = async || w.service.screen(&system, &city_code, &bank_code, false).await.unwrap().0;
    let batch = screen().await;
    w.batch(&system, batch, BatchCommand::Confirm).await.unwrap();
    Bank::new(bank, BadDay::default()).work(&w.service).await.unwrap();
    w.batch(&system, batch, BatchCommand::HandOut { vendor: VendorCode("1".into()) }).await.unwrap();
    Vendor::new("1", BadDay::default()).work(&w.service).await.unwrap();
    let file = w.service.batch(batch).await.unwrap().unwrap();
    let b = file.boxes[0].clone();
    let way = [w.org("44000000000001"), centre, county, outlet];
    for (i, org) in way.into_iter().enumerate() {
        let keeper = w.officer(org).await;
        w.batch(&keeper, batch, receive(b.id, org, b.cards)).await.unwrap();
        if let Some(next) = way.get(i + 1) {
            w.batch(&keeper, batch, ship(b.id, *next)).await.unwrap();
        }
    }
    let clerk = w.officer(outlet).await;
    let card = w.card_of(person).await;
    let handed = stated::handed_to_holder(card, outlet, w.shown(person).await);
    let line = w.about(&clerk, person, HolderCommand::HandOver(handed)).await.unwrap().entry;
    let material = FileMaterial {
        id: MaterialId(w.service.fresh()),
        case: Case::Card(card),
        kind: MaterialKind::AgentIdentity,
        digest: None,
        cabinet: None,
        org: outlet,
        more: Vec::new(),
    };
    let ctx = w.service.ctx(clerk.clone(), Channel::Console, None);
    let material = w.service.file_material(ctx, person, material, Some(b"\xFF\xD8\xFFscan")).await.unwrap();
    takes_in(w, n, 2, bank, outlet, city).await;
    let screened = screen().await;
    let waiting = takes_in(w, n, 3, bank, outlet, city).await;
    let in_city = w.officer(centre).await;
    let (vendor, note) = (VendorCode("1".into()), format!("备注标记{n}"));
    let order = w.service.order_blanks(&in_city, &city_code, &bank_code, &vendor, 3, &note).await.unwrap();
    let Actor::Officer(officer) = clerk else { unreachable!("a clerk is an officer") };
    let draft = w
        .service
        .keep_draft(officer, None, "/apply", format!("name=草稿标记{n}").into_bytes())
        .await
        .unwrap();
    let name = format!("upload-mark-{n}.zip");
    let job = w.service.begin_upload(&clerk, &name, None, Acceptance::AllOrNone).await.unwrap();
    let policy = w.service.fresh();
    let dated = DatedPolicy { from: w.service.now().date(), until: None, policy: LocalPolicy::default() };
    let propose =
        ProposePolicy {
            id: policy, city: city_code.clone(), paper: format!("规标记{n}号"), policy: dated
        };
    w.system(Command::Institution(InstitutionCommand::ProposePolicy(propose))).await.unwrap();
    let glyph = w.service.fresh();
    let pictures = w.service.store().put_photos(&[format!("字形{n}").into_bytes()]).await.unwrap();
    let propose = ProposeGlyph {
        id: glyph,
        character: char::from_u32(0x2EBF0 + u32::try_from(n).unwrap()).unwrap(),
        picture: PhotoRef(pictures.into_iter().next().unwrap()),
        seen_on: DocumentKind::IdentityCard,
        org: outlet,
        in_fonts: false,
    };
    w.system(Command::Institution(InstitutionCommand::ProposeGlyph(propose))).await.unwrap();
    let desk = Desk::of(w, Role::HrClerk, outlet).await;
    let form = format!(
        "key=unit-{n}&form_no={city}UMARK{n}&kind=enterprise&employer_code=91440101SAMPLE0001&employer_name={}&address=x&operator_name={}\
         &operator_sex=1&operator_document=1&operator_number=440106199001010013&operator_phone=13900000000&authorisation=1\
         &matter=x&until=20271231&applied_on=20261123&accepted_on=20261123&operator_verified=1&proof=1&authorisation_kept=1\
         &operator_copy=1&applicant_copies=1&personal_forms=1&consents=1&people=5",
        encoded(&format!("蜃楼公司{n}")),
        encoded("李四")
    );
    let page = desk.send("POST", "/units", &form).await.1;
    let unit = page.split("受理编号").nth(1).unwrap_or_else(|| panic!("{page}"));
    let unit: String = unit.chars().take_while(char::is_ascii_digit).collect();
    let file = |id| async move { w.file(id).await.0 };
    let (of_person, of_other, of_waiting) = (file(person).await, file(other).await, file(waiting).await);
    let number = |f: &kaguan_domain::facts::holder::HolderFile| {
        f.person.as_ref().unwrap().details.ssn.as_str().to_owned()
    };
    let batch_number = async |id| w.service.batch(id).await.unwrap().unwrap().batch.unwrap().number;
    let mut personal = vec![format!("秘密路{n}号")];
    for (i, f) in [&of_person, &of_other, &of_waiting].into_iter().enumerate() {
        personal.push(number(f));
        personal.push(format!("{}{}平", SURNAMES[n], ["一", "二", "四"][i]));
        personal.push(f.person.as_ref().unwrap().details.mobile.clone().unwrap());
    }
    let mut marks = vec![
        SURNAMES[n].to_owned(),
        format!("备注标记{n}"),
        format!("草稿标记{n}"),
        name,
        format!("规标记{n}号"),
        format!("UMARK{n}"),
        format!("蜃楼公司{n}"),
        batch_number(batch).await,
        batch_number(screened).await,
    ];
    marks.extend(of_person.applications.iter().chain(&of_waiting.applications).map(|a| a.form_no.clone()));
    marks.extend(of_person.cards.iter().chain(&of_other.cards).map(|c| c.card_no.as_str().to_owned()));
    marks.extend(personal.iter().cloned());
    Area {
        city: city_code,
        outlet,
        bank: bank_code,
        bank_outlet,
        county,
        centre,
        person,
        waiting,
        card,
        application: of_waiting.applications[0].id,
        batch,
        r#box: b.id,
        screened,
        order,
        unit: UnitId(unit.parse().unwrap()),
        job,
        draft,
        material,
        line,
        policy,
        glyph,
        officer,
        numbers: [number(&of_person), number(&of_other), number(&of_waiting)],
        forms: [of_person.applications[0].form_no.clone(), of_waiting.applications[0].form_no.clone()],
        personal,
        marks,
    }
}
