//! The demo goes on: cards in hand are lost and found, reissued, exchanged, moved to another bank, restricted, cancelled.

use crate::counter::{self, Clerk};
use crate::walk;
use anyhow::Context;
use kaguan_domain::alive::{MarkDeath, RestoreLife};
use kaguan_domain::application::Presented;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::{Consent, ExchangeReason, Purpose, Register, RegisterCheck};
use kaguan_domain::facts::cancellation::CancelReason;
use kaguan_domain::facts::card::Account;
use kaguan_domain::facts::custody::Custody;
use kaguan_domain::facts::institution::OrgKind;
use kaguan_domain::fee::Pay;
use kaguan_domain::ids::{ApplicationId, BankCode, CaseId, CityCode, HolderId, OrgId};
use kaguan_domain::loss::{Release, ReportFormal, ReportTemporary};
use kaguan_domain::recall::{is_to_be_given_back, use_said};
use kaguan_domain::replacement::Replace;
use kaguan_domain::replacement::bank_change::{Approve, CarryOut, Reserve};
use kaguan_domain::restriction::Decide;
use kaguan_service::{Command, Service};
use std::collections::BTreeMap;

/// What befell how many.
pub type Tally = BTreeMap<&'static str, usize>;

/// The bank that people move to.
pub const OTHER_BANK: &str = "95533";

/// Lets something befall every other person with an active card of a city; returns how many of each.
pub async fn befall(service: &Service, city: &CityCode) -> anyhow::Result<Tally> {
    let institutions = service.institutions();
    let hr = institutions
        .orgs()
        .find(|o| o.kind == OrgKind::HrOutlet && o.city().as_ref() == Some(city))
        .context("the city has no HR outlet")?;
    let clerk = walk::officer(service, hr).await?;
    let centre = institutions.city_centre(city).context("the city has no centre")?;
    let officer = walk::officer(service, centre).await?;
    let province = institutions.province_centre().context("no province centre")?;
    let province = walk::officer(service, province).await?;
    let other_bank = institutions
        .orgs()
        .find(|o| {
            o.bank.as_ref().is_some_and(|b| b.as_str() == OTHER_BANK) && o.city().as_ref() == Some(city)
        })
        .context("the other bank has no outlet in the city")?;
    let mut stated = Clerk::of(service);
    let mut tally = Tally::new();
    let mut commands: Vec<(Actor, HolderId, C)> = Vec::new();
    let mut n = 0;
    let mut people = service.store().people();
    while let Some(page) = people.next().await? {
        for file in page.files() {
            let Some(card) = file.cards.iter().find(|c| c.in_force() && c.city == *city) else { continue };
            // Children come with their guardians, who are not part of this half.
            let adult = file.person.as_ref().is_some_and(|p| !p.details.is_under(18, service.now().date()));
            if !adult || !matches!(card.account, Account::Active { .. }) {
                continue;
            }
            n += 1;
            let (old, bank) = (card.id, Actor::Bank(card.bank.clone()));
            let mut say = |actor: &Actor, command: C| commands.push((actor.clone(), file.id, command));
            let id = ApplicationId(service.fresh());
            let mut replace = |purpose, outlet| {
                let came = stated.presented(file);
                replace(id, n, purpose, outlet, service, came)
            };
            let pay = || C::PayFee(Pay::of_one_card(id, id.0.unsigned_abs(), service.now()));
            let temporary = || {
                C::ReportTemporaryLoss(ReportTemporary {
                    card: old,
                    identity: None,
                    verified: true,
                    deputy: None,
                })
            };
            let formal = || C::ReportFormalLoss(ReportFormal { card: old, verified: true, deputy: None });
            let what = match n % 20 {
                1 => {
                    say(&bank, temporary());
                    say(&bank, C::ReleaseLoss(Release { card: old, verified: true, deputy: None }));
                    "临时挂失后找回解挂"
                }
                2 => {
                    say(&bank, temporary());
                    say(&bank, formal());
                    say(&clerk, C::Replace(replace(Purpose::Reissue { old }, hr.id)));
                    say(&Actor::System, pay());
                    "正式挂失后补卡"
                }
                3 => {
                    say(&bank, formal());
                    "正式挂失未补卡"
                }
                4 => {
                    let reason = ExchangeReason::Damaged { by_human: true };
                    say(&clerk, C::Replace(replace(Purpose::Exchange { old, reason }, hr.id)));
                    say(&Actor::System, pay());
                    "损坏换卡"
                }
                5 => {
                    let to = BankCode(OTHER_BANK.into());
                    say(&Actor::Bank(to.clone()), C::ReserveBankChange(Reserve { card: old, to }));
                    say(&bank, C::ApproveBankChange(Approve { refused: None }));
                    let replace = *replace(Purpose::BankChange { old }, other_bank.id);
                    let shown = counter::shown(file);
                    let change = CarryOut { replace, verified: true, shown, risks_acknowledged: true };
                    say(&Actor::System, C::CarryOutBankChange(Box::new(change)));
                    say(&Actor::System, pay());
                    "变更服务银行"
                }
                6 => {
                    let case = CaseId(service.fresh());
                    let ground = "《社会保险法》第八十八条".to_owned();
                    say(&officer, C::ProposeRestriction(counter::restriction(old, case, ground)));
                    say(
                        &province,
                        C::DecideRestriction(Decide { card: old, case, approved: true, why: String::new() }),
                    );
                    "依法限制（提出、审核两人）"
                }
                7 => {
                    let cancel = stated.cancel(file, old, CancelReason::MovedOut, Some(hr.id));
                    say(&clerk, C::Cancel(cancel));
                    "迁出注销并回收"
                }
                8 => {
                    say(
                        &Actor::System,
                        C::MarkDeath(MarkDeath {
                            source: Register::SocialSecurity,
                            number: file.person.as_ref().map(|p| p.details.ssn.clone()),
                            evidence: None,
                        }),
                    );
                    say(&clerk, C::RestoreLife(RestoreLife::by("本人到场")));
                    "疑似死亡经核实恢复"
                }
                _ => continue,
            };
            *tally.entry(what).or_default() += 1;
        }
    }
    stated.keep_images().await?;
    let commands = commands
        .into_iter()
        .map(|(actor, holder, command)| {
            (service.ctx(actor, Channel::Console, None), Command::of(holder, command))
        })
        .collect();
    for outcome in service.execute_all(commands, |_| {}).await {
        outcome?;
    }
    Ok(tally)
}

/// A replacement that its holder asks for at a counter.
pub fn replace(
    id: ApplicationId,
    n: usize,
    purpose: Purpose,
    outlet: OrgId,
    service: &Service,
    presented: Presented,
) -> Box<Replace> {
    Box::new(Replace {
        id,
        purpose,
        form_no: format!("4401B{n:012}"),
        changes: Box::new(kaguan_domain::facts::form::FormDraft::collected()),
        photo: None,
        outlet,
        collect_at: outlet,
        agent: None,
        consent: Some(Consent { text_version: "2022".into(), by_guardian: false }),
        checks: RegisterCheck::passed(service.now()),
        presented,
        proof: None,
    })
}

/// How many cards are in each state: what a card can do now, and what keeps it from working.
pub async fn states(service: &Service) -> anyhow::Result<BTreeMap<String, usize>> {
    let mut out = BTreeMap::new();
    let mut people = service.store().people();
    while let Some(page) = people.next().await? {
        for card in page.files().flat_map(|f| &f.cards) {
            let holds: Vec<&str> = card.holds.iter().filter(|h| h.stops()).map(|h| h.name()).collect();
            let mut state = match (card.is_cancelled(), card.in_force()) {
                (true, _) if card.account_is_closed() => "已注销，账户已销户".to_owned(),
                (true, _) => "已注销，账户待销户".to_owned(),
                (_, true) => use_said(card).to_owned(),
                _ if holds.is_empty() => "未启用".to_owned(),
                _ => holds.join("、"),
            };
            if matches!(card.custody, Custody::Recalled { .. }) && !is_to_be_given_back(card) {
                state.push_str("，已回收");
            }
            *out.entry(state).or_default() += 1;
        }
    }
    Ok(out)
}
