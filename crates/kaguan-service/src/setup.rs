//! Setting up a province: the centre, 21 cities with their counties, outlets, and the cooperating banks. Synthetic
//! but for the names and codes of divisions and banks; a real office adds its own organisations.

use crate::outcome::Failure;
use crate::service::Service;
use crate::work::Command;
use kaguan_domain::codes;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::facts::institution::{OrgKind, Organisation};
use kaguan_domain::facts::policy::DatedPolicy;
use kaguan_domain::ids::{BankCode, CityCode, OrgId};
use kaguan_domain::institution::{DecidePolicy, InstitutionCommand, ProposePolicy};

/// The banks on the application form (Appendix 1).
pub const FORM_BANKS: [&str; 8] = ["95588", "95599", "95566", "95533", "95580", "95508", "95559", "96138"];

/// Sets up whatever is not there yet; returns how many organisations there are then.
pub async fn set_up(service: &Service) -> Result<usize, Failure> {
    let there = service.institutions();
    let mut next = 0;
    let mut org = |kind, division: &str, tail: &str, name: String, parent, bank: Option<&str>| {
        next += 1;
        Organisation {
            id: OrgId(next),
            code: format!("{division}{tail}"),
            name,
            kind,
            parent,
            division: division.into(),
            bank: bank.map(|b| BankCode(b.into())),
        }
    };
    let mut commands = Vec::new();
    let mut add = |o: Organisation| {
        let id = o.id;
        commands.push(InstitutionCommand::AddOrganisation(o));
        id
    };
    let province =
        add(org(OrgKind::ProvinceCentre, "440000", "00000001", "广东省社保卡管理中心".into(), None, None));
    let (mut offers, mut codes_of_banks) = (Vec::new(), Vec::new());
    for city in codes::cities() {
        let name = format!("{}社保卡管理中心", city.name);
        let centre = add(org(OrgKind::CityCentre, &city.code, "00000001", name, Some(province), None));
        let counties: Vec<_> = codes::counties_of(&city.code).collect();
        for county in &counties {
            let name = format!("{}社保卡服务中心", county.name);
            let c = add(org(OrgKind::CountyCentre, &county.code, "00000001", name, Some(centre), None));
            let name = format!("{}人社局社保卡窗口", county.name);
            add(org(OrgKind::HrOutlet, &county.code, "00000101", name, Some(c), None));
        }
        let first = counties.first().map_or(city.code.as_str(), |c| c.code.as_str());
        if counties.is_empty() {
            let name = format!("{}人社局社保卡窗口", city.name);
            add(org(OrgKind::HrOutlet, &city.code, "00000101", name, Some(centre), None));
        }
        for bank in FORM_BANKS {
            let name =
                format!("{}{}分行营业部", codes::bank(bank).map_or("", |b| b.name.as_str()), city.name);
            let at = format!("{bank}001");
            let outlet = add(org(OrgKind::BankOutlet, first, &at, name, Some(centre), Some(bank)));
            codes_of_banks.push((outlet, format!("{bank}0001")));
            if let Some(city) = CityCode::of_division(&city.code) {
                offers.push(InstitutionCommand::OfferBank { city, bank: BankCode(bank.into()) });
            }
        }
    }
    commands.extend(offers);
    // The bank's own code of its first outlet: five digits of the bank and a serial number.
    let coded = |(org, code)| InstitutionCommand::CodeOutlet { org, code };
    commands.extend(codes_of_banks.into_iter().map(coded));
    // A set-up that was interrupted goes on where it stopped.
    let missing = |c: &InstitutionCommand| {
        if let InstitutionCommand::AddOrganisation(o) = c {
            there.org(o.id).is_none()
        } else if let InstitutionCommand::OfferBank { city, bank } = c {
            !there.banks_of(city).contains(bank)
        } else if let InstitutionCommand::CodeOutlet { org, code } = c {
            // A code that the administrator gave stands.
            there.outlet_code(*org).is_none()
                && there.outlets_coded(code).all(|o| o.city() != there.org(*org).and_then(|o| o.city()))
        } else {
            true
        }
    };
    let with_ctx = commands
        .into_iter()
        .filter(missing)
        .map(|c| (service.ctx(Actor::System, Channel::CommandLine, None), Command::Institution(c)))
        .collect();
    for outcome in service.execute_all(with_ctx, |_| {}).await {
        outcome?;
    }
    Ok(service.institutions().orgs().count())
}

/// Rules of a city, proposed and filed by the system itself: for set-up and for what is invented. A city and the province do it on
/// their page.
pub async fn file_policy(
    service: &Service,
    city: CityCode,
    paper: &str,
    policy: DatedPolicy,
) -> Result<(), Failure> {
    let id = service.fresh();
    let ctx = || service.ctx(Actor::System, Channel::CommandLine, None);
    let propose = InstitutionCommand::ProposePolicy(ProposePolicy { id, city, paper: paper.into(), policy });
    service.execute(ctx(), Command::Institution(propose)).await?;
    let reason = "初始设置".into();
    let decide = InstitutionCommand::DecidePolicy(DecidePolicy { id, approved: true, reason });
    service.execute(ctx(), Command::Institution(decide)).await?;
    Ok(())
}
