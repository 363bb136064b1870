//! From whom to whom a box may go (Article 12, Appendix 7).

use crate::clause;
use crate::facts::boxes::BoxFile;
use crate::facts::custody::Party;
use crate::facts::institution::{Institutions, OrgKind, Organisation, Task};
use crate::facts::policy::{CountyLevel, VendorWay};
use crate::ids::BankCode;
use jiff::civil::Date;

/// 省 0, 市 1, 县 2, 网点 3 (R12.1).
pub(super) fn level(kind: OrgKind) -> u8 {
    match kind {
        OrgKind::ProvinceCentre => 0,
        OrgKind::CityCentre => 1,
        OrgKind::CountyCentre => 2,
        OrgKind::HrOutlet | OrgKind::BankOutlet => 3,
    }
}

/// Whether a box may go from one keeper to the next: vendor to province, and by the city's rules to the city or the bank; province
/// to the city of the box or to the bank's outlet that the city entrusts; from either to a county centre of the city or to the
/// outlet of the box; county centre to the outlet; and back, one up.
pub(super) fn allowed(
    from: &Party,
    to: &Organisation,
    b: &BoxFile,
    bank: Option<&BankCode>,
    institutions: &Institutions,
    today: Date,
) -> bool {
    let outlet = institutions.org(b.outlet);
    let Some(city) = outlet.and_then(Organisation::city) else { return false };
    let policy = institutions.policy_of(&city, today);
    let same_city = to.city().as_ref() == Some(&city);
    // 委托服务银行负责成品卡接收: in the city's name.
    let entrusted = |org: &Organisation| {
        org.city().as_ref() == Some(&city)
            && org.bank.as_ref() == bank
            && institutions.is_entrusted(org.id, Task::ReceiveCards)
    };
    let open = |way| !policy.closed_ways.contains(&way);
    let from = match from {
        Party::Vendor(_) => {
            clause!(X7.3);
            return match to.kind {
                OrgKind::ProvinceCentre => true,
                OrgKind::CityCentre => same_city && open(VendorWay::City),
                OrgKind::BankOutlet => {
                    (to.id == b.outlet && to.bank.as_ref() == bank || entrusted(to)) && open(VendorWay::Bank)
                }
                OrgKind::CountyCentre | OrgKind::HrOutlet => false,
            };
        }
        Party::Org(from) => institutions.org(*from),
        Party::Employer(_)
        | Party::Holder
        | Party::Post(_)
        | Party::Recalled(_)
        | Party::Destroyed
        | Party::Missing
        | Party::Production(_) => None,
    };
    let Some(from) = from else { return false };
    let has_county = || {
        institutions
            .orgs()
            .any(|o| o.kind == OrgKind::CountyCentre && outlet.is_some_and(|x| x.division == o.division))
    };
    let onward = |to: &Organisation| match to.kind {
        OrgKind::CountyCentre => {
            clause!(R42.1);
            policy.county_level != CountyLevel::Never
                && same_city
                && outlet.is_some_and(|o| o.division == to.division)
        }
        OrgKind::HrOutlet | OrgKind::BankOutlet => {
            to.id == b.outlet && !(policy.county_level == CountyLevel::Always && has_county())
        }
        OrgKind::ProvinceCentre | OrgKind::CityCentre => false,
    };
    match (from.kind, to.kind) {
        (OrgKind::ProvinceCentre, OrgKind::CityCentre) => same_city,
        (OrgKind::ProvinceCentre, OrgKind::BankOutlet) => entrusted(to),
        (OrgKind::ProvinceCentre, _) => false,
        (OrgKind::CityCentre, _) => onward(to),
        (OrgKind::BankOutlet, _) if from.id != b.outlet && entrusted(from) => {
            onward(to) || (to.kind == OrgKind::CityCentre && same_city)
        }
        (OrgKind::CountyCentre, OrgKind::HrOutlet | OrgKind::BankOutlet) => to.id == b.outlet,
        (OrgKind::HrOutlet | OrgKind::BankOutlet, OrgKind::CountyCentre | OrgKind::CityCentre)
        | (OrgKind::CountyCentre, OrgKind::CityCentre) => same_city,
        (OrgKind::CountyCentre | OrgKind::HrOutlet | OrgKind::BankOutlet, _) => false,
    }
}
