//! Taking people the whole way, each step by the officer whose step it is.

use crate::counter::Clerk;
use anyhow::{Context, bail};
use kaguan_domain::account_opening;
use kaguan_domain::application::{RegisterUnit, UnitCommand};
use kaguan_domain::collection::HandOverToUnit;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::dispatch::{BatchCommand, HolderCommand, Position, position};
use kaguan_domain::distribution::{Receive, Ship};
use kaguan_domain::facts::archive::MaterialKind;
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::card::{Account, Social};
use kaguan_domain::facts::counter::{KeptCopy, Shown};
use kaguan_domain::facts::custody::{Custody, Party};
use kaguan_domain::facts::difference::{Short, Surplus};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::institution::{OrgKind, Organisation, Role};
use kaguan_domain::facts::names::{BatchStateKind, StageKind};
use kaguan_domain::facts::unit::{Mandate, Papers, UnitApplication, UnitFile, UnitKind};
use kaguan_domain::ids::{
    BankCode, BatchId, BoxId, CityCode, HolderId, MaterialId, OfficerId, OrgId, VendorCode,
};
use kaguan_domain::institution::{InstitutionCommand, NewOfficer};
use kaguan_domain::production;
use kaguan_domain::refusal::Reason;
use kaguan_service::{Command, Failure, Service};
use kaguan_store::{BatchesAsked, LoadRequest};
use std::collections::BTreeMap;

/// The officer of an organisation who acts in the story and cannot sign in, added when there is none: what those do who can
/// is left to whoever signs in.
pub async fn officer(service: &Service, org: &Organisation) -> anyhow::Result<Actor> {
    let institutions = service.institutions();
    if let Some(o) = institutions.officers().find(|o| o.org == org.id && o.active && o.password_hash == "!") {
        return Ok(Actor::Officer(o.id));
    }
    let role = match org.kind {
        OrgKind::ProvinceCentre => Role::ProvinceOfficer,
        OrgKind::CityCentre => Role::CityOfficer,
        OrgKind::CountyCentre => Role::CountyClerk,
        OrgKind::HrOutlet => Role::HrClerk,
        OrgKind::BankOutlet => Role::BankClerk,
    };
    let id = OfficerId(service.fresh());
    // Whoever was added before and can sign in by now has kept the first of these names.
    let names = (1..).map(|n| match n {
        1 => format!("demo-{}", org.code),
        n => format!("demo-{}-{n}", org.code),
    });
    let free = |login: &String| institutions.officer_by_login(login).is_none();
    let login = names.take(100).find(free).context("the names of the story's officers are used up")?;
    let new = NewOfficer {
        id,
        login,
        name: format!("{}演示", role.name()),
        role,
        org: org.id,
        password_hash: "!".into(),
    };
    let ctx = service.ctx(Actor::System, Channel::CommandLine, None);
    service.execute(ctx, Command::Institution(InstitutionCommand::AddOfficer(new))).await?;
    Ok(Actor::Officer(id))
}

/// The same by the identity of the organisation.
pub async fn officer_of(service: &Service, id: OrgId) -> anyhow::Result<Actor> {
    let institutions = service.institutions();
    let org = institutions.org(id).context("an organisation of the demo is not there")?;
    officer(service, org).await
}

async fn batch(service: &Service, actor: &Actor, id: BatchId, command: BatchCommand) -> anyhow::Result<()> {
    let ctx = service.ctx(actor.clone(), Channel::Console, None);
    service.execute(ctx, Command::Batch { id, command }).await?;
    Ok(())
}

/// 批次筛选 and 批次确认 of everything ready in a city.
pub async fn confirm_batches(service: &Service, city: &CityCode) -> anyhow::Result<Vec<BatchId>> {
    let institutions = service.institutions();
    let centre = institutions.city_centre(city).context("the city has no centre")?;
    let actor = officer(service, centre).await?;
    let mut out = Vec::new();
    for ready in service.store().ready_counts(Some(city.as_str())).await? {
        let screened = service.screen(&actor, city, &BankCode(ready.bank), ready.urgent).await;
        // Whoever has died since is left out, and may be the only one who waits.
        if let Err(Failure::Refused(why)) = &screened
            && why.reason == Reason::PersonDead
        {
            continue;
        }
        let (id, _) = screened?;
        batch(service, &actor, id, BatchCommand::Confirm).await?;
        out.push(id);
    }
    Ok(out)
}

/// 制卡数据下发 of every batch whose accounts are opened.
pub async fn hand_out(service: &Service, vendor: &str) -> anyhow::Result<usize> {
    let institutions = service.institutions();
    let province = officer(service, institutions.province_centre().context("no province centre")?).await?;
    let opened = BatchesAsked { state: Some(BatchStateKind::Opened), ..BatchesAsked::default() };
    let batches = service.store().batches(opened, 10_000).await?;
    for b in &batches {
        batch(service, &province, b.id, BatchCommand::HandOut { vendor: VendorCode(vendor.into()) }).await?;
    }
    Ok(batches.len())
}

/// At whom rows of a batch have failed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum FailedAt {
    /// 开户失败
    Bank,
    /// 制卡失败
    Vendor,
}

/// Settles every failure of some batches: the data are confirmed, and the applications wait for a batch again.
pub async fn settle_failures(service: &Service, batches: &[BatchId], at: FailedAt) -> anyhow::Result<usize> {
    let mut n = 0;
    let stage = match at {
        FailedAt::Bank => StageKind::OpeningFailed,
        FailedAt::Vendor => StageKind::ProductionFailed,
    };
    for id in batches {
        let file = service.batch(*id).await?.and_then(|f| f.batch).context("the batch is not there")?;
        let institutions = service.institutions();
        let actor = officer(service, institutions.city_centre(&file.city).context("no centre")?).await?;
        for row in service.store().batch_people(*id, stage, HolderId(i64::MIN), 100_000).await? {
            let application = row.application;
            let command = match at {
                FailedAt::Bank => {
                    HolderCommand::SettleOpeningFailure(account_opening::SettleFailure { application })
                }
                FailedAt::Vendor => {
                    HolderCommand::SettleProductionFailure(production::SettleFailure { application })
                }
            };
            let ctx = service.ctx(actor.clone(), Channel::Console, None);
            match service.execute(ctx, Command::of(row.holder, command)).await {
                Ok(_) => n += 1,
                // Whoever has died since gets no card: the outlet declines it.
                Err(Failure::Refused(why)) if why.reason == Reason::PersonDead => {}
                Err(why) => return Err(why.into()),
            }
        }
    }
    Ok(n)
}

/// In what a count differs from the books.
#[derive(Clone, Default)]
pub struct Counted {
    /// 短少
    pub short: Option<Short>,
    /// 多出
    pub surplus: Vec<Surplus>,
}

/// A count that finds what the books have.
pub fn as_booked(_: &BoxFile) -> Counted {
    Counted::default()
}

/// One hop of every box of some batches: whoever it is on the way to counts it and signs for it, and then sends it on one level.
/// Returns how many boxes moved.
pub async fn one_hop(
    service: &Service,
    batches: &[BatchId],
    count: impl Fn(&BoxFile) -> Counted,
) -> anyhow::Result<usize> {
    let mut moved = 0;
    for id in batches {
        let file = service.batch(*id).await?.context("the batch is not there")?;
        for b in &file.boxes {
            if let Some(way) = &b.on_the_way {
                let actor = officer_of(service, way.to).await?;
                let Counted { short, surplus } = count(b);
                let missing = short.as_ref().map_or(0, |s| s.cards);
                let receive = Receive {
                    r#box: b.id,
                    org: way.to,
                    counted: file.inside(b.id) - missing + i64::try_from(surplus.len())?,
                    kept_at: "成品卡库".into(),
                    signer: "演示签收人".into(),
                    short,
                    surplus,
                };
                batch(service, &actor, *id, BatchCommand::Receive(receive)).await?;
                moved += 1;
            } else if let Party::Org(keeper) = b.keeper
                && keeper != b.outlet
                && file.inside(b.id) > 0
            {
                let institutions = service.institutions();
                let from = institutions.org(keeper).context("no keeper")?;
                let outlet = institutions.org(b.outlet).context("no outlet")?;
                let to = match from.kind {
                    OrgKind::ProvinceCentre => {
                        institutions.city_centre(&outlet.city().context("no city")?).context("no centre")?.id
                    }
                    // An HR outlet's parent is its county centre; a bank's outlet is reached from the city.
                    OrgKind::CityCentre if outlet.kind == OrgKind::HrOutlet => {
                        outlet.parent.unwrap_or(outlet.id)
                    }
                    _ => outlet.id,
                };
                let to = if to == keeper { outlet.id } else { to };
                let actor = officer(service, from).await?;
                let ship = Ship {
                    r#box: b.id,
                    to,
                    responsible: "演示责任人".into(),
                    manner: "专车".into(),
                    tracking: format!("D{}", b.id),
                };
                batch(service, &actor, *id, BatchCommand::Ship(ship)).await?;
                moved += 1;
            }
        }
    }
    Ok(moved)
}

/// 领取: employers' boxes to their operators, everybody else at the outlet. Returns boxes and people.
pub async fn collect(service: &Service, batches: &[BatchId]) -> anyhow::Result<(usize, usize)> {
    let (mut boxes, mut people) = (0, 0);
    for id in batches {
        let file = service.batch(*id).await?.context("the batch is not there")?;
        for b in &file.boxes {
            let Party::Org(outlet) = b.keeper else { continue };
            if b.on_the_way.is_some() || outlet != b.outlet {
                continue;
            }
            let actor = officer_of(service, outlet).await?;
            if let Some(employer) = &b.employer {
                hand_over_to_unit(service, &actor, *id, (b.id, employer, file.inside(b.id))).await?;
                boxes += 1;
            } else {
                people += hand_over_box(service, &actor, b.id, outlet).await?;
            }
        }
    }
    Ok((boxes, people))
}

/// 批量领卡 of a box: the unit's papers are registered when nobody has done it, and its operator comes with the authorisation.
async fn hand_over_to_unit(
    service: &Service,
    actor: &Actor,
    batch: BatchId,
    (r#box, employer, counted): (BoxId, &str, i64),
) -> anyhow::Result<()> {
    let unit = service.unit_of_box(r#box, "").await?.context("an employer's box of nobody's application")?;
    let loaded = service.store().load(&LoadRequest { units: vec![unit], ..LoadRequest::default() }).await?;
    let known = loaded.units.get(&unit).context("the unit application is not there")?;
    let application = match &known.application {
        Some(application) => application.clone(),
        None => {
            let application = papers(service, known, employer)?;
            let register =
                RegisterUnit { application: Box::new(application.clone()), operator_verified: true };
            let ctx = service.ctx(Actor::System, Channel::CommandLine, None);
            let command = UnitCommand::Register(register);
            service.execute(ctx, Command::Unit { id: unit, command }).await?;
            application
        }
    };
    let image = kaguan_files::portrait::draw(1);
    let kept = KeptCopy {
        id: MaterialId(service.fresh()),
        kind: MaterialKind::Authorisation,
        digest: Some(kaguan_service::digest_of(&image)),
    };
    let images = [(kept.id, image)];
    let hand_over = HandOverToUnit {
        r#box,
        employer: employer.to_owned(),
        operator: application.operator_name.clone(),
        authorisation: application.authorisation.clone(),
        verified: true,
        counted,
        unit: Some(unit),
        form_no: application.form_no.clone(),
        shown: Some(Shown {
            kind: DocumentKind::IdentityCard,
            number: application.operator_number.clone(),
            electronic: false,
        }),
        copies: vec![kept],
        other_operator: false,
        signed: true,
        reminded: true,
    };
    let ctx = service.ctx(actor.clone(), Channel::Console, None);
    let command = Command::Batch { id: batch, command: BatchCommand::HandOverBox(hand_over) };
    service.execute_with_images(ctx, command, &images).await?;
    Ok(())
}

/// The papers of an invented employer.
fn papers(service: &Service, unit: &UnitFile, employer: &str) -> anyhow::Result<UnitApplication> {
    let (city, outlet) = unit.lies().context("the unit application lies nowhere")?;
    let today = service.now().date();
    Ok(UnitApplication {
        form_no: format!("{}U{}", city.as_str(), unit.id.0.unsigned_abs() % 1_000_000_000_000),
        city: city.clone(),
        outlet,
        employer_code: employer.to_owned(),
        employer_name: "演示单位".into(),
        kind: UnitKind::Enterprise,
        address: "演示地址".into(),
        operator_name: "演示授权经办人".into(),
        operator_number: "440106199001010013".into(),
        operator_phone: "13900000000".into(),
        authorisation: "演示委托书".into(),
        people: unit.people().unwrap_or(1),
        applied_on: today,
        operator_document: Some(DocumentKind::IdentityCard),
        accepted_on: Some(today),
        mandate: Some(Mandate {
            operator_sex: "1".into(),
            matter: "批量申请和领取社会保障卡".into(),
            until: today.saturating_add(jiff::Span::new().years(1)),
        }),
        papers: Papers {
            operator_original: true,
            proof: true,
            authorisation: true,
            operator_document: true,
            applicant_documents: true,
            personal_forms: true,
            consents: true,
        },
        seen_by: None,
    })
}

async fn hand_over_box(
    service: &Service,
    actor: &Actor,
    r#box: BoxId,
    outlet: OrgId,
) -> anyhow::Result<usize> {
    let inside = service.store().box_people(r#box, HolderId(i64::MIN), 100_000).await?;
    let mut clerk = Clerk::of(service);
    let mut done = 0;
    for some in inside.chunks(1_000) {
        let holders = some.iter().map(|(holder, _)| *holder).collect();
        let loaded = service.store().load(&LoadRequest { holders, ..LoadRequest::default() }).await?;
        let mut commands = Vec::new();
        for (holder, card) in some {
            let file = loaded.holders.get(holder).context("somebody in a box is not on file")?;
            let hand_over = clerk.hand_over(file, *card, outlet);
            let ctx = service.ctx(actor.clone(), Channel::Console, None);
            commands.push((ctx, Command::of(*holder, HolderCommand::HandOver(hand_over))));
        }
        clerk.keep_images().await?;
        done += all_done(service.execute_all(commands, |_| {}).await)?;
    }
    Ok(done)
}

fn all_done(outcomes: Vec<Result<kaguan_service::Receipt, Failure>>) -> anyhow::Result<usize> {
    let n = outcomes.len();
    for outcome in outcomes {
        outcome?;
    }
    Ok(n)
}

/// 社保功能启用 of cards that employers collected, and 银行账户激活 of `activate` in ten of all cards in hand.
pub async fn enable_and_activate(
    service: &Service,
    city: &CityCode,
    activate: usize,
) -> anyhow::Result<(usize, usize)> {
    let institutions = service.institutions();
    let hr = institutions.orgs().find(|o| o.kind == OrgKind::HrOutlet && o.city().as_ref() == Some(city));
    let clerk = officer(service, hr.context("the city has no HR outlet")?).await?;
    let (mut enables, mut activates) = (Vec::new(), Vec::new());
    let mut n = 0;
    let mut stated = Clerk::of(service);
    let mut people = service.store().people();
    while let Some(page) = people.next().await? {
        for file in page.files() {
            for card in file.cards.iter().filter(|c| c.city == *city) {
                let keeper = kaguan_domain::facts::batch::keeper_of(
                    &card.custody,
                    page.loaded.batches.get(&card.batch),
                );
                let in_hand = matches!(card.custody, Custody::WithHolder { .. });
                if matches!(keeper, Some(Party::Employer(_))) && card.social == Social::NotEnabled {
                    let enable = stated.enable(file, card.id);
                    let ctx = service.ctx(clerk.clone(), Channel::Console, None);
                    enables.push((ctx, Command::of(file.id, HolderCommand::Enable(enable))));
                } else if !in_hand {
                    continue;
                }
                n += 1;
                if n % 10 < activate && card.account == Account::PreOpened {
                    let activate = stated.activate(file, card.id);
                    let ctx = service.ctx(Actor::Bank(card.bank.clone()), Channel::Partner, None);
                    activates.push((ctx, Command::of(file.id, HolderCommand::Activate(activate))));
                }
            }
        }
    }
    stated.keep_images().await?;
    let enabled = all_done(service.execute_all(enables, |_| {}).await)?;
    let activated = all_done(service.execute_all(activates, |_| {}).await)?;
    Ok((enabled, activated))
}

/// How many applications stand at each place. Everybody is in exactly one.
pub async fn places(service: &Service) -> anyhow::Result<BTreeMap<Position, usize>> {
    let institutions = service.institutions();
    let mut out = BTreeMap::new();
    let mut people = service.store().people();
    while let Some(page) = people.next().await? {
        for file in page.files() {
            for a in &file.applications {
                let Some(p) = position(file, a, &page.loaded.batches, &institutions) else {
                    bail!("application {} of holder {} is nowhere", a.id, file.id);
                };
                *out.entry(p).or_default() += 1;
            }
        }
    }
    Ok(out)
}
