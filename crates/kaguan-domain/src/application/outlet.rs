//! 收表网点 of a row: the outlet where the account is opened and the card collected (Appendix 7).

use crate::clause;
use crate::facts::institution::{Institutions, OrgKind, Organisation};
use crate::ids::{BankCode, OrgId};

/// Why a row's 收表网点 names no outlet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OutletFault {
    /// It is empty, and the file is not an outlet's own.
    Empty,
    /// Nothing has this code.
    Unknown,
    /// It is a centre.
    NoOutlet,
    /// It lies in another city.
    OtherCity,
    /// It is an outlet of another bank than the row's.
    OtherBank,
    /// It works no more.
    Stopped,
}

impl OutletFault {
    /// What is wrong, in Chinese.
    pub fn says(self) -> &'static str {
        match self {
            Self::Empty => "为空，而经办机构不是卡经办网点，须明确开户和领卡网点",
            Self::Unknown => "网点编码未登记",
            Self::NoOutlet => "不是卡经办网点",
            Self::OtherCity => "不是本市的卡经办网点",
            Self::OtherBank => "不是该服务银行的网点",
            Self::Stopped => "已停办",
        }
    }

    /// The whole sentence: what, by which article, and what to do.
    pub fn sentence(self) -> String {
        let cite = clause!(X7.1).cite();
        let way = "请填写本市该服务银行的网点编码或卡经办网点的机构编码";
        format!("收表网点：{}。依据{cite}。{way}。", self.says())
    }
}

/// The outlet that a row of an organisation's file means: the one it names, or the organisation itself when that is an
/// outlet (X7.1). `named` is the code by which the row's bank knows its outlet of the city, or an organisation's code.
///
/// # Errors
/// When it means none of the city and the bank.
pub fn opening_outlet(
    named: Option<&str>,
    bank: &BankCode,
    of: &Organisation,
    institutions: &Institutions,
) -> Result<OrgId, OutletFault> {
    clause!(X7.1);
    let outlet = match named {
        Some(code) => by_code(code, bank, of, institutions)?,
        None if of.kind.is_outlet() => of,
        None => return Err(OutletFault::Empty),
    };
    if !outlet.kind.is_outlet() {
        return Err(OutletFault::NoOutlet);
    }
    if outlet.city() != of.city() {
        return Err(OutletFault::OtherCity);
    }
    // The account is opened there: another bank's outlet opens none.
    if outlet.kind == OrgKind::BankOutlet && outlet.bank.as_ref() != Some(bank) {
        return Err(OutletFault::OtherBank);
    }
    if institutions.is_stopped(outlet.id) {
        return Err(OutletFault::Stopped);
    }
    Ok(outlet.id)
}

fn by_code<'a>(
    code: &str,
    bank: &BankCode,
    of: &Organisation,
    institutions: &'a Institutions,
) -> Result<&'a Organisation, OutletFault> {
    let own = of.city().and_then(|city| institutions.outlet_by_code(&city, bank, code));
    if let Some(outlet) = own.or_else(|| institutions.org_by_code(code)) {
        return Ok(outlet);
    }
    // Whose it is says what is wrong with it here.
    match institutions.outlets_coded(code).any(|o| o.city() == of.city()) {
        true => Err(OutletFault::OtherBank),
        false if institutions.outlets_coded(code).next().is_some() => Err(OutletFault::OtherCity),
        false => Err(OutletFault::Unknown),
    }
}
